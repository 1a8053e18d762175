"""`governance export audit`: the audit log as a file for other programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.cli_common import NotFound, progress_bar
from api.identity import Role
from api.ids import id_of, thing_of
from application.auditing import CannotAsk, Format, lacking, log_numbered, records
from application.settings import Settings
from application.wiring import System, opened
from domain.identity import creator_id
from projections.auditing import Span, Wanted

TIMES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S"]
OPTIONS = {"kinds": "kind", "pack": "policy-version", "first_position": "position-from", "recorded": "recorded-from", "occurred": "occurred-from"}
Texts = list[str] | None
Time = datetime | None


def audit(  # noqa: PLR0913, PLR0917  # an option each
        ctx: typer.Context,
        out: Annotated[Path, typer.Option("--out", help="The file; its ending says in which format, unless --format does.")],
        form: Annotated[Format | None, typer.Option("--format", help="JSON Lines, CSV or Parquet.")] = None,
        actor: Annotated[Texts, typer.Option(help="By this one; again for others, as all that may be given more than once.")] = None,
        role: Annotated[list[Role] | None, typer.Option(help="By somebody in this role.")] = None,
        kind: Annotated[Texts, typer.Option(help="Events of this name, such as PenaltyImposed or PersonalDataAccessed.")] = None,
        creator: Annotated[Texts, typer.Option(help="About this creator: the platform's own account id, or ours.")] = None,
        subject: Annotated[str | None, typer.Option(help="About this violation, penalty, appeal or reward, or what else has an id.")] = None,
        market: Annotated[Texts, typer.Option(help="About accounts that were in this market then.")] = None,
        policy: Annotated[Texts, typer.Option(help="About this policy.")] = None,
        policy_version: Annotated[Texts, typer.Option(help="Under the pack of this hash.")] = None,
        recorded_from: Annotated[Time, typer.Option(formats=TIMES, help="Recorded then (UTC, unless it says otherwise) or later.")] = None,
        recorded_to: Annotated[Time, typer.Option(formats=TIMES, help="Recorded before then.")] = None,
        occurred_from: Annotated[Time, typer.Option(formats=TIMES, help="What was so then or later.")] = None,
        occurred_to: Annotated[Time, typer.Option(formats=TIMES, help="What was so before then.")] = None,
        log: Annotated[str | None, typer.Option(help="Of this log: creators, cases, packs, accesses.")] = None,
        position_from: Annotated[int | None, typer.Option(min=1, help="From this position of the log on.")] = None,
        position_to: Annotated[int | None, typer.Option(min=1, help="Up to this position of the log.")] = None) -> None:
    """Write the audit log, or what is asked for of it, to one file: a fact a row, oldest first, times in UTC, no personal text.

    A fact that says that data of several creators were read is there once for each. The file appears when it is whole.

    Examples:
        governance export audit --out audit.parquet

        governance export audit --out march.csv --recorded-from 2026-03-01 --recorded-to 2026-04-01

        governance export audit --out reads.jsonl --kind PersonalDataAccessed --creator creator-17

    """
    settings: Settings = ctx.obj
    form = form or format_of(out)
    if not out.parent.is_dir() or out.is_dir():
        raise NotFound(f"{out} cannot be written: name a file in a folder that is there.")
    with opened(settings) as system, progress_bar() as show:
        if logs := lacking(system):
            raise NotFound(f"The audit log does not hold every fact of {', '.join(logs)}, so that nothing is written: `governance status` says why.")
        try:
            wanted = Wanted(
                actor=actor or None, role=[str(it) for it in role or ()] or None, kinds=kind or None,
                creator=[creator_of(it) for it in creator or ()] or None, subject=subject_of(subject) if subject else None, market=market or None,
                policy=policy or None, pack=policy_version or None, log=log_numbered(system, log) if log else None,
                first_position=position_from, last_position=position_to, recorded=Span(utc(recorded_from), utc(recorded_to)),
                occurred=Span(utc(occurred_from), utc(occurred_to)))
            count = written(system, wanted, out, form, lambda done, all_: show("Audit log", done, all_))
        except CannotAsk as problem:
            raise NotFound(f"--{OPTIONS.get(problem.part, problem.part)}: {problem}.") from problem
    typer.echo(f"{count:,} rows written to {out}.")


def written(system: System, wanted: Wanted, out: Path, form: Format, progress: Callable[[int, int], None]) -> int:
    """Write a file. Gives how many rows it has."""
    from application.auditing_files import writing  # noqa: PLC0415  # pyarrow takes longer to import than most commands do to run

    count = 0
    with writing(out, form) as writer:
        for some in records(system, wanted, progress):
            writer.write(some)
            count += len(some)
    return count


def format_of(out: Path) -> Format:
    """The format that a file's name ends with."""
    ending = out.suffix.removeprefix(".").lower()
    if ending not in Format.__members__.values():
        raise NotFound(f"{out} does not end with {', '.join(f'.{it}' for it in Format)}; say --format.")
    return Format(ending)


def creator_of(given: str) -> UUID:
    """The account of an id of ours, or of the platform's."""
    return id_of(given, "Creator") or creator_id(given)


def subject_of(given: str) -> UUID:
    """What an id names."""
    thing = thing_of(given)
    found = id_of(given, *((thing[0],) if thing else ()))
    if found is None:
        raise CannotAsk("subject", f"{given!r} is no id: give one that the API gave out, or the plain UUID")
    return found


def utc(at: datetime | None) -> datetime | None:
    """A time in UTC, in which it is unless it says otherwise."""
    return at and (at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC))
