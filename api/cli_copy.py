"""`governance copy`: all logs in another database."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli_common import progress_bar
from application.copying import copy as copied
from application.settings import MOST_LOGS


def copy(
        source: Annotated[str, typer.Option("--from", help="The folder of a deployment (SQLite), or a URL that begins with postgresql://.")],
        target: Annotated[str, typer.Option("--to", help="The same; an empty database, or a folder that is made.")],
        logs: Annotated[int | None, typer.Option(
            min=1, max=MOST_LOGS, help="Over how many logs accounts are spread there (default: as many as now).")] = None) -> None:
    """Copy every fact and answered request to another database, byte for byte, and compare the hash of every stream.

    Stop whoever writes first. Keys and the master key stay in their folder. A password need not stand in the URL: `PGPASSFILE` will do.
    Over another number of logs facts have other positions, so that earlier tree heads do not fit any more.

    Examples:
        governance copy --from governance-data --to postgresql://governance@db.example/governance

        governance copy --from postgresql://governance@db.example/governance --to postgresql://governance@new.example/governance --logs 8

    """
    with progress_bar() as show:
        done = copied(source, target, logs, show)
    typer.echo(f"{done.facts} facts of {done.streams} streams and {done.requests} answered requests copied; every stream is the same in both.")
    typer.echo("Next: set GOVERNANCE_DATABASE to the new database (or GOVERNANCE_FOLDER to the new folder, with keys.db, master.key, erased.txt, "
               "heads.jsonl and signing.key copied into it, as far as they are there), then `governance rebuild` and `governance serve`.")
    if not done.in_place:
        typer.echo("Before that, run `governance verify` once more over the old logs, keep heads.jsonl as evidence, and take it out of the folder: "
                   "facts have other positions now, so that no head goes on from an earlier one.")
