"""`governance keys`: the keys that personal text is sealed under, and the master key that they are wrapped under."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli_common import Commands, progress_bar
from application.rotating import opened_keys
from application.rotating import rotate as rotated
from application.wiring import utc_now

keys = typer.Typer(
    cls=Commands, no_args_is_help=True, rich_markup_mode="markdown",
    help="The keys that personal text is sealed under.\n\nExamples: `governance keys status` · `governance keys rotate`")


@keys.callback()
def about() -> None:
    """Look after the keys that personal text is sealed under."""


@keys.command()
def status(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False) -> None:
    """Tell how many keys there are and how many were destroyed, and which master key they need. No key is shown.

    Examples:
        governance keys status

        governance keys status --json

    """
    with opened_keys(ctx.obj) as store:
        found = store.status()
    if as_json:
        typer.echo(json.dumps(found._asdict()))
        return
    typer.echo(f"{found.keys:,} creators have a key, {found.destroyed:,} had one that was destroyed.")
    typer.echo(f"{found.evidence:,} pieces of evidence have a key, {found.evidence_destroyed:,} had one that was destroyed.")
    typer.echo(f"Master key {found.master_key}, " + (f"since {found.since}." if found.since else "never rotated."))


@keys.command()
def rotate(
        ctx: typer.Context,
        to: Annotated[Path | None, typer.Option(
            "--to", help="The file of the new master key (base64 of 32 random bytes); made if it is not there.")] = None) -> None:
    """Wrap every key under a new master key. What is sealed stays as it is; destroyed keys stay destroyed.

    Where the master key is `master.key` in the folder, a new one takes its place, and running processes go over to it by themselves. Where
    it is `GOVERNANCE_MASTER_KEY`, give the new one in `GOVERNANCE_NEW_MASTER_KEY` or with `--to`, set `GOVERNANCE_MASTER_KEY` to it, and
    start every process again. Stopped on the way, all keys are as before or all are new: ask again.

    Examples:
        governance keys rotate

        governance keys rotate --to /run/secrets/governance-master-2027

        GOVERNANCE_NEW_MASTER_KEY="$(vault read …)" governance keys rotate

    """
    with progress_bar() as show:
        done = rotated(ctx.obj, to, utc_now(), lambda done, all_: show("Wrapping keys", done, all_))
    typer.echo(f"The keys had been wrapped under the master key {done.fingerprint} already." if done.keys is None
               else f"{done.keys:,} keys are wrapped under the master key {done.fingerprint}.")
    if not done.in_use:
        typer.echo(f"Next: set GOVERNANCE_MASTER_KEY to what is in {done.place}, and start every process again: an earlier master key opens "
                   "nothing that it has not opened already.")
    typer.echo("Copies of keys.db made before need the earlier master key: make a new copy now.")
