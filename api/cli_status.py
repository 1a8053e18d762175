"""`governance status`: how a deployment is doing, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from application.status import FollowerStatus, ModelStatus, SnapshotStatus, Status
from application.status import status as gathered
from application.status_asking import asked

UNHEALTHY = 1


def status(
        ctx: typer.Context,
        as_json: Annotated[bool, typer.Option("--json", help="Print it as one JSON object, for programs.")] = False) -> None:
    """Tell how far the read models have come, what has stopped, and how large everything is. It reads, and changes nothing.

    The exit code is 0 if all is well, 1 if a read model has stopped or must be rebuilt, 2 if there is nothing to ask.

    Examples:
        governance status

        governance status --json | jq '.models[] | select(.state != "follows")'

        watch governance status

    """
    with asked(ctx.obj) as asking:
        found = gathered(asking, datetime.now(UTC))
    if as_json:
        typer.echo(msgspec.json.encode(found))
    else:
        show(found)
    if not found.healthy:
        raise typer.Exit(UNHEALTHY)


def show(found: Status) -> None:
    """Print it for people."""
    console = Console(highlight=False, soft_wrap=True)
    database = found.database
    console.print(
        f"{'PostgreSQL' if database.kind == 'postgresql' else 'SQLite'} {database.version} · log {decimal(database.log_bytes)} · "
        f"read models {decimal(database.views_bytes)} · keys {decimal(database.keys_bytes)} of {found.keys:,} creators\n")
    console.print(table("Log", "Facts", "Snapshots", "Most facts behind its snapshot", rows=(
        (log.name, f"{log.facts:,}", f"{kept.snapshots:,}", lacking(kept))
        for log, kept in zip(found.logs, found.snapshots, strict=True))), "")
    console.print(table("Read model", "Log", "Position", "Backlog", "Lag", "Version", "State", rows=map(model_row, found.models)), "")
    if found.followers:
        console.print(table("Follower", "Log", "Position", "Backlog", rows=map(follower_row, found.followers)), "")
    if head := found.head:
        console.print(f"The latest tree head covers {head.facts:,} facts; it was taken on {head.at:%Y-%m-%d at %H:%M:%S} UTC.")
    for problem in found.problems:
        console.print(Text(problem, "bold red"))
    if found.healthy:
        console.print("Every read model follows.")


def table(*titles: str, rows: Iterable[Iterable[str | Text]]) -> Table:
    """A plain table, figures on the right."""
    made = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for title in titles:
        made.add_column(title, justify="right" if title in ("Facts", "Snapshots", "Position", "Backlog", "Lag") else "left")
    for row in rows:
        made.add_row(*row)
    return made


def model_row(model: ModelStatus) -> tuple[str | Text, ...]:
    """A read model as a row."""
    version = str(model.version) if model.version == model.wanted else f"{model.version}, not {model.wanted}"
    state = model.state if model.state == "follows" else Text(model.state, "bold red")
    if model.state == "stopped":
        state = Text(f"stopped at {model.stopped_at}: {model.error[:200]}", "bold red")
    lag = "?" if model.lag_seconds is None else f"{model.lag_seconds:,.1f} s"
    return model.name, model.log, f"{model.position:,}", f"{model.backlog:,}", lag, version, state


def follower_row(follower: FollowerStatus) -> tuple[str, ...]:
    """A follower as a row."""
    return follower.name, follower.log, f"{follower.position:,}", f"{follower.backlog:,}"


def lacking(kept: SnapshotStatus) -> str:
    """Which stream's snapshot is oldest, and how many facts it lacks."""
    return f"{kept.lacks:,} after version {kept.version:,} of {kept.stream}" if kept.stream else "–"
