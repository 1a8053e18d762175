"""Lines of any number in the order of their accounts' histories, sorted on disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from application.importing.lines import RANKS, AccountLine, AnyLine
from domain.identity import creator_id

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
FIRST = -(2**62)
PRAGMAS = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -16384", "locking_mode = EXCLUSIVE")


class Numbered(NamedTuple):
    """A line of the file as it stands there, with its number from 1."""

    number: int
    text: bytes


class Ordering:
    """Lines put in as they come and given back account by account: first that it was opened, then its decisions from the oldest.

    Accounts come in the order of their ids here, so that the indices of the log grow at their end. The lines lie in a temporary database of
    SQLite, whose file has no name: it is gone with the process, however that ends.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for pragma in PRAGMAS:
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE line (creator BLOB, at INTEGER, rank INTEGER, number INTEGER, text BLOB)")

    def __enter__(self) -> Self:
        self._database.execute("BEGIN")
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def put(self, lines: Iterable[tuple[Numbered, AnyLine]]) -> None:
        """Put lines in."""
        rows = ((creator_id(line.account).bytes, time_of(line), RANKS[type(line)], text.number, text.text) for text, line in lines)
        self._database.executemany("INSERT INTO line VALUES (?, ?, ?, ?, ?)", rows)

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM line").fetchone()[0])

    def batches(self, about: int, at_most: int) -> Iterator[list[Numbered]]:
        """The lines in order, about so many at a time: an account is kept together, unless it has more lines than fit."""
        batch: list[Numbered] = []
        before = None
        for creator, number, text in self._database.execute("SELECT creator, number, text FROM line ORDER BY creator, at, rank, number"):
            if (creator != before and len(batch) >= about) or len(batch) >= at_most:
                yield batch
                batch = []
            batch.append(Numbered(number, text))
            before = creator
        if batch:
            yield batch


def time_of(line: AnyLine) -> int:
    """Where a line stands in its account: microseconds, and before all others that it was opened."""
    return FIRST if isinstance(line, AccountLine) else (line.at - EPOCH) // MICROSECOND
