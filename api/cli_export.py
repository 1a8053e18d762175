"""`governance export`: what others are owed, as files."""

from __future__ import annotations

import errno
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from api.cli_audit import audit, creator_of
from api.cli_common import CANNOT, OPERATOR, Commands, NotFound, progress_bar, say
from application.exporting import export as written
from application.files import new_file
from application.settings import Settings
from application.taking_out import EVERYTHING, lines_of, parts
from application.wiring import opened

export = typer.Typer(
    cls=Commands, no_args_is_help=True, rich_markup_mode="markdown",
    help="Files for others.\n\nExamples: `governance export dsa --out statements` · `governance export audit --out audit.parquet` · "
         "`governance export creator acc-42 --out acc-42.json`")


@export.callback()
def files() -> None:
    """Write files for others."""


export.command()(audit)


@export.command()
def dsa(
        ctx: typer.Context,
        out: Annotated[Path, typer.Option("--out", help="The folder for the files; made if it is not there.")],
        since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only statements issued on that day (UTC) or later.")] = None,
        limit: Annotated[int | None, typer.Option(min=1, help="At most so many.")] = None) -> None:
    """Write the statements of reasons that the DSA Transparency Database has not taken yet, in files of at most 100, each checked.

    A statement that is in a file of the folder is not written again. One that is wrong is told and left out, and the exit code is 2.

    Examples:
        governance export dsa --out statements

        governance export dsa --out statements --since 2026-03-01 --limit 1000

    """
    settings: Settings = ctx.obj
    with opened(settings) as system, progress_bar() as show:
        system.projector.catch_up()
        done = written(system, out, since.replace(tzinfo=UTC) if since else None, limit, lambda done, all_: show("Statements of reasons", done, all_))
    for file in done.files:
        typer.echo(file)
    typer.echo(f"{done.written} statements written, {done.there} were in files there already.")
    if done.files or done.there:
        typer.echo("Next: POST each file to /api/v1/statements of the DSA Transparency Database (201: all were taken, 422: none was), and report "
                   "each statement with the mutation reportStatement: SUBMITTED with the uuid it was given, or REJECTED with the errors.")
    for puid, faults in done.wrong:
        say(f"{puid} was left out: {' '.join(fault.message for fault in faults)}")
    if done.wrong:
        raise typer.Exit(CANNOT)


@export.command()
def creator(
        ctx: typer.Context,
        account: Annotated[str, typer.Argument(metavar="CREATOR", help="The platform's own account id, or the creator's id.")],
        out: Annotated[Path, typer.Option("--out", help="The file for it, which must not be there; its owner alone can read it.")]) -> None:
    """Write everything that is held about a creator, for the creator (Articles 15 and 20 of the GDPR), as JSON.

    The file is there when all is in it, and that it was written is recorded (`auditLog`, PersonalDataAccessed). What is not told (who of
    the staff acted, what is about others) is named in it, with why.

    Examples:
        governance export creator acc-42 --out acc-42.json

        governance export creator aa09fdbb-8a38-5912-8e22-1986b385d5af --out acc-42.json

    """
    if out.exists():
        raise FileExistsError(errno.EEXIST, "The file is there already; name another one", str(out))
    settings: Settings = ctx.obj
    with opened(settings) as system, progress_bar() as show, system.views.connect() as views:
        system.projector.catch_up()
        whose = creator_of(account)
        found = parts(system, views, whose, system.clock(), lambda token: system.open_text(whose, token))
        first = next(found, None)
        if first is None:
            raise NotFound(f"There is no account {account!r}; give the platform's own account id, or the creator's id.")
        with new_file(out) as file:
            file.writelines(lines_of(chain([first], found), lambda done, all_: show("Facts", done, all_)))
            system.accesses.record(OPERATOR, "governance export creator", {whose: (EVERYTHING,)})
    typer.echo(out)
