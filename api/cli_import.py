"""`governance import`: accounts and decisions of another system."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

import typer

from api.cli_common import OPERATOR, NotFound, progress_bar, say
from api.contracts import import_schema
from application.importing.rejecting import Reject, Rejects
from application.importing.run import Import
from application.settings import Settings
from application.wiring import opened

SOME_REJECTED = 1
TOLD_AT_MOST = 20
STANDARD_INPUT = Path("-")


def import_(
        ctx: typer.Context,
        file: Annotated[Path | None, typer.Argument(help="The file, one JSON object a line; `-` for standard input.")] = None,
        rejects: Annotated[Path | None, typer.Option(help="Where rejected lines go (default: FILE.rejects.jsonl).")] = None,
        schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of a line, and stop.")] = False) -> None:
    """Take over accounts, violations, penalties and warnings of another system, each as of its own time.

    Nothing imposes a penalty: violations count by the packs of their time, penalties are held until their end there. A line that cannot be
    taken over goes to the rejects file with the reason and the remedy, and the exit code is 1; the rest is kept. To run it again adds nothing.

    Examples:
        governance import --schema

        governance import legacy.jsonl

        zcat legacy.jsonl.gz | governance import - --rejects rejected.jsonl

    """
    if schema:
        typer.echo(import_schema(), nl=False)
        return
    if file is None:
        raise NotFound("Name the file to import, or `-` for standard input.")
    rejected = rejects or beside(file)
    refuse_unfit(rejected, file)
    settings: Settings = ctx.obj
    with source(file) as (stream, size), opened(settings, projecting=False) as system, progress_bar() as show:
        found = Rejects(rejected, Teller())
        done = Import(system, OPERATOR, found, show).run(stream, size)
    typer.echo(f"{done.new} lines were taken over ({done.facts} facts), {done.known} were known, {done.rejected} were rejected.")
    if done.rejected:
        say(f"Rejected lines are in {found.path}: put each `original` right, and import them again.")
        raise typer.Exit(SOME_REJECTED)


def refuse_unfit(rejected: Path, file: Path) -> None:
    """Refuse a place for rejected lines before all else: what is there is replaced, or removed if no line is rejected."""
    if rejected.exists() and file.exists() and rejected.samefile(file):
        raise NotFound(f"{file} is the file to import: name another one for the rejected lines, for it is replaced.")
    if not rejected.parent.is_dir() or (rejected.exists() and not rejected.is_file()):
        raise NotFound(f"{rejected} cannot be replaced by a file of rejected lines: name one in a folder that is there.")


def beside(file: Path) -> Path:
    """Where the rejected lines of a file go."""
    return Path("import.rejects.jsonl") if file == STANDARD_INPUT else file.with_name(file.name + ".rejects.jsonl")


@contextmanager
def source(file: Path) -> Iterator[tuple[IO[bytes], int]]:
    """The file to read, and its size in bytes; standard input has none that is known."""
    if file == STANDARD_INPUT:
        yield sys.stdin.buffer, 0
        return
    with file.open("rb") as stream:
        yield stream, file.stat().st_size


class Teller:
    """Tells of the first rejected lines."""

    def __init__(self) -> None:
        self._told = 0

    def __call__(self, reject: Reject) -> None:
        """Tell of one more."""
        self._told += 1
        if self._told <= TOLD_AT_MOST:
            say(f"Line {reject.line}{f' ({reject.field})' if reject.field else ''}: {reject.reason} {reject.remedy}")
        elif self._told == TOLD_AT_MOST + 1:
            say("More lines are rejected; they are in the rejects file.")
