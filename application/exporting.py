"""Statements of reasons as files that the DSA Transparency Database takes (`POST /api/v1/statements`): checked, and without personal data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from application.statements import Telling, TextsBroken
from application.wiring import System
from domain.creator.statements import StatementOfReasonsIssued
from domain.packs.catalogue import Catalogue
from domain.refusals import Refused
from domain.statements.checking import SorIncomplete, problems
from domain.statements.schema import MOST_AT_ONCE
from domain.statements.statement import Statement
from projections import tables
from projections.reading import Asked, Between, OneOf, Order, Reader

FILE = "statements-{:04}.json"
BY_SEQUENCE = Order(("log", "sequence"))


class Exported(NamedTuple):
    """What came of an export: the files written, how many statements are in them, how many were there before, and which are wrong."""

    files: tuple[Path, ...]
    written: int
    there: int
    wrong: tuple[tuple[str, tuple[Refused, ...]], ...]


def export(system: System, folder: Path, since: datetime | None = None, limit: int | None = None,
           progress: Callable[[int, int], None] = lambda _done, _all: None) -> Exported:
    """Write the statements that the database has not taken, issued at `since` or later, oldest first and `limit` at the most.

    A statement that is in a file of the folder already is not written again, so that to run it once more is safe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = sorted(folder.glob(FILE.replace("{:04}", "*")))
    there = {one["puid"] for file in before for one in msgspec.json.decode(file.read_bytes())["statements"]}
    rows = [row for row in waiting(system, since) if row.issued["puid"] not in there]
    found, wrong = [], []
    for done, row in enumerate(rows[:limit], start=1):
        statement, faults = checked(row.issued, system.packs())
        if faults:
            wrong.append((row.issued["puid"], tuple(faults)))
        else:
            found.append(statement)
        progress(done, len(rows[:limit]))
    number = max((int(file.stem.rpartition("-")[2]) for file in before), default=0)
    files = [put(folder / FILE.format(number + ahead), some) for ahead, some in enumerate(in_batches(found), start=1)]
    return Exported(tuple(files), len(found), len(there), tuple(wrong))


def waiting(system: System, since: datetime | None) -> list[Any]:
    """The statements that the database has not taken."""
    where = (OneOf("awaits", (True,)), Between("issued_at", since))
    found: list[Any] = []
    with system.views.connect() as connection:
        reader, more, after = Reader(connection), True, None
        while more:
            page = reader.page(tables.statements, ("issued",), Asked(BY_SEQUENCE, 1000, after, where))
            found += page.rows
            more, after = page.more, (page.rows[-1].log, page.rows[-1].sequence) if page.rows else None
    return found


def checked(issued: dict[str, Any], packs: Catalogue) -> tuple[Statement, list[Refused]]:
    """A statement with its texts, and what is wrong with it."""
    event = msgspec.convert(issued, StatementOfReasonsIssued)
    try:
        statement = Telling(event, packs.by_hash(event.pack).pack).filled()
    except TextsBroken as broken:
        return event.statement, [SorIncomplete(str(broken), field="decision_facts")]
    return statement, problems(statement)


def in_batches(statements: list[Statement]) -> Iterator[list[Statement]]:
    """As many at once as the database takes."""
    return (statements[start:start + MOST_AT_ONCE] for start in range(0, len(statements), MOST_AT_ONCE))


def put(file: Path, statements: list[Statement]) -> Path:
    """Write a file as a whole or not at all."""
    beside = file.with_suffix(".part")
    beside.write_bytes(msgspec.json.format(msgspec.json.encode({"statements": statements}), indent=2))
    return beside.replace(file)
