"""What is done to read models that are built anew beside those in use, where nobody reads: rows in pieces, and at first stream by stream."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Engine

from application.projector_views import making, writing
from application.store import WHOLE, Log, Part
from projections import places, storing
from projections.places import Position
from projections.rows import Batch
from projections.storing import Change, Place

ROWS_AT_ONCE = 5000
FACTS_AT_ONCE = 10_000
AT_LEAST = 50
WRITE_SECONDS = {"sqlite": 0.05, "postgresql": 1.0}  # in SQLite all writers wait meanwhile, in PostgreSQL those alone who would do the same

Progress = Callable[[int, int], None]
Write = Callable[[Connection, int, Change], None]


class Pace:
    """How much is taken at once, so that no write transaction is long."""

    def __init__(self, at_most: int, seconds: float) -> None:
        self.limit = self.at_most = at_most
        self.seconds = seconds

    def took(self, taken: int, seconds: float) -> None:
        """So much held the lock so long."""
        if seconds > self.seconds:
            self.limit = max(min(AT_LEAST, self.at_most), taken // 2)
        elif taken == self.limit:
            self.limit = min(self.at_most, self.limit + self.limit // 4 + 1)


Filling = Callable[[Log[Any], int, Engine, Sequence[Place], Progress], None]


def fill(log: Log[Any], number: int, views: Engine, empty: Sequence[Place], progress: Progress) -> None:
    """Build in empty places what follows from all that has been recorded by now, stream by stream, and move them on to there.

    A row depends on one stream's facts alone, or is a sum. So none has to be looked for, and each is written once, when it is complete.
    If that fails halfway, it is begun from the start.
    """
    until, done = log.last_position(), 0
    for count in fill_part(log, number, views, empty, until, WHOLE):
        done += count
        progress(done, log.last_position())
    filled(number, views, empty, until)


def fill_part(log: Log[Any], number: int, views: Engine, empty: Sequence[Place], until: int, part: Part) -> Iterator[int]:
    """Build what follows from a part of the streams, up to and with a position. Gives of how many facts each time something was written."""
    at = unmoved(empty)
    for facts in log.facts_by_stream(until, FACTS_AT_ONCE, part):
        changes = [change for place in empty for change in storing.projected(place, Batch(place.model.tables), facts)]
        write_beside(views, number, at, changes, storing.pour)
        yield len(facts)


def filled(number: int, views: Engine, empty: Sequence[Place], until: int) -> None:
    """Move places that were filled on to a position."""
    with writing(views) as connection:
        places.hold(connection, number, at := unmoved(empty))
        places.advance(connection, number, list(at), until)


def unmoved(empty: Sequence[Place]) -> dict[str, Position]:
    """Where places are as long as they are filled."""
    return {place.name: Position(place.model.version, place.generation or 0, 0) for place in empty}


def write_beside(
        views: Engine, number: int, at: Mapping[str, Position], changes: Sequence[Change], write: Write = storing.write) -> None:
    """Write in several short transactions what nobody reads; if that ends halfway, it is begun from the start."""
    pace = Pace(ROWS_AT_ONCE, WRITE_SECONDS[views.dialect.name])
    for change in changes:
        start = 0
        while start < max(1, len(change.rows)):
            part = replace(change, rows=change.rows[start:start + pace.limit], owners=() if start else change.owners)
            with writing(views) as connection:
                began = time.perf_counter()
                places.hold(connection, number, at)
                write(connection, number, part)
            start += pace.limit
            pace.took(len(part.rows), time.perf_counter() - began)


def finish(views: Engine, built: Sequence[Place]) -> None:
    """Make the indexes, while others write elsewhere."""
    for place in built:
        with making(views) as connection:
            places.index(connection, place)
