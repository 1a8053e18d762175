"""A whole deployment's logs in another database, byte for byte: from SQLite to PostgreSQL, back, or over another number of logs."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import groupby, zip_longest
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent

from application.accesses import ACCESSES
from application.desk import CASES
from application.library import PACKS
from application.mapper import Row
from application.recorder import Answered, Datastore, LogRecorder, Remembered, RequestKey
from application.recorder_postgres import PostgresLogs
from application.recorder_sqlite import SQLiteLogs
from application.settings import is_postgres
from application.store import WHOLE, Aggregate, which
from application.wiring import CREATORS

AT_ONCE = 5000
AGGREGATES: tuple[Aggregate[Any], ...] = (PACKS, CREATORS, CASES, ACCESSES)

Progress = Callable[[str, int, int], None]


class CannotCopy(Exception):
    """What is to be copied is not there, or where it is to go is not empty, or they were not the same in the end."""


@dataclass(frozen=True)
class Copied:
    """How much was copied, and found to be the same; and whether over as many logs as before, so that each fact has its old position."""

    facts: int
    streams: int
    requests: int
    in_place: bool


@dataclass(frozen=True)
class Side:
    """The logs that are copied from, or to, of each kind of stream."""

    spread: int
    logs: dict[str, list[LogRecorder]]

    @property
    def all(self) -> list[LogRecorder]:
        """All of them."""
        return [log for logs in self.logs.values() for log in logs]

    def of(self, aggregate: Aggregate[Any], stream: UUID) -> LogRecorder:
        """The log that a stream belongs to."""
        return self.logs[aggregate.name][which(stream, len(self.logs[aggregate.name]))]


def copy(source: str, target: str, logs: int | None, progress: Progress) -> Copied:
    """Copy all facts and answered requests to an empty database, and compare every stream of both.

    Either is a folder (SQLite) or a PostgreSQL URL; `logs` is over how many the target's accounts are spread (None: as the source's).
    Nobody may write to the source meanwhile. Keys, snapshots and read models are not copied: keys stay in their folder, the others
    are made anew. `progress` hears of the stage, how much of it is done, and how much there is. Raises CannotCopy.
    """
    with ExitStack() as opened:
        here = opened.enter_context(side(source, None, must_exist=True))
        there = opened.enter_context(side(target, logs or here.spread, must_exist=False))
        if held := sum(log.last_position() for log in there.all):
            raise CannotCopy(f"The target holds {held} facts already; name an empty database.")
        facts = sum(log.last_position() for log in here.all)
        done = 0
        for aggregate in AGGREGATES:
            for log in here.logs[aggregate.name]:
                done = copy_facts(log, partial(there.of, aggregate), partial(progress, "Copying facts"), done, facts)
        requests = sum(copy_requests(log, partial(there.of, aggregate), same=here.spread == there.spread)
                       for aggregate in AGGREGATES for log in here.logs[aggregate.name])
        streams = sum(compare(here.logs[it.name], there.logs[it.name]) for it in AGGREGATES)
        progress("Comparing streams", streams, streams)
        return Copied(facts, streams, requests, here.spread == there.spread)


@contextmanager
def side(at: str, logs: int | None, *, must_exist: bool) -> Iterator[Side]:
    """The logs in a folder or database. CannotCopy if they cannot be opened, or are spread over another number than is asked for."""
    with opened_at(at, must_exist=must_exist) as datastore:
        spread = datastore.spread(logs)
        if logs is not None and logs != spread:
            raise CannotCopy(f"The target was made with {spread} logs, not {logs}; name a database that is new, or give --logs {spread}.")
        yield Side(spread, {
            it.name: [datastore.recorder(it.log_name(number)) for number in it.numbers(spread)] for it in AGGREGATES})


@contextmanager
def opened_at(at: str, *, must_exist: bool) -> Iterator[Datastore]:
    """The database of a folder, or of a PostgreSQL URL."""
    folder = Path(at)
    if not is_postgres(at) and must_exist and not (folder / "log.db").exists():
        raise CannotCopy(f"{at} holds no log.db; name the folder of a deployment, or a URL that begins with postgresql://.")
    try:
        if is_postgres(at):
            datastore: Datastore = PostgresLogs(at)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            datastore = SQLiteLogs(folder / "log.db")
    except psycopg.OperationalError as error:  # its message names no password
        raise CannotCopy(f"The database cannot be reached: {error}.") from None
    try:
        yield datastore
    finally:
        datastore.close()


def copy_facts(
        log: LogRecorder, of: Callable[[UUID], LogRecorder], progress: Callable[[int, int], None], done: int, whole: int) -> int:
    """Copy the facts of one log, in their order, to the logs that their streams belong to. Gives how many were copied in all."""
    position = 0
    while rows := log.log_rows(position, AT_ONCE):
        parts: dict[LogRecorder, list[StoredEvent]] = {}
        for stream, version, name, state in map(placed_row, rows):
            parts.setdefault(of(stream), []).append(StoredEvent(stream, version, name, state))
        for target, events in parts.items():
            target.append(events, ())
        position = rows[-1][-1]
        done += len(rows)
        progress(done, max(done, whole))
    return done


def copy_requests(log: LogRecorder, of: Callable[[UUID], LogRecorder], *, same: bool) -> int:
    """Copy the answered requests of one log. Where facts lie at other places now, a request is said to lie where the log ends."""
    last: RequestKey | None = None
    count = 0
    while found := log.requests_after(last, AT_ONCE):
        parts: dict[LogRecorder, list[tuple[RequestKey, Remembered]]] = {}
        for request in found:
            parts.setdefault(of(request[0].stream), []).append(request)
        for target, some in parts.items():
            end = target.last_position()
            target.append((), [
                Answered(key, it.payload, it.first_version, it.last_version, it.position - end if same else 0) for key, it in some])
        last, count = found[-1][0], count + len(found)
    return count


def compare(here: Sequence[LogRecorder], there: Sequence[LogRecorder]) -> int:
    """How many streams there are, the same in both. CannotCopy names the first that is not."""
    count = 0
    for one, other in zip_longest(digests(here), digests(there)):
        if one != other:
            stream = min(it[0] for it in (one, other) if it)
            raise CannotCopy(f"Stream {stream} is not the same in both. Was it written to meanwhile? Stop whoever writes, and copy into an empty "
                             "database again.")
        count += 1
    return count


def digests(logs: Sequence[LogRecorder]) -> Iterator[tuple[UUID, bytes]]:
    """The hash of each stream (SHA-256 over versions, names and stored bytes), in the order of their ids."""
    rows = heapq.merge(*map(all_rows, logs), key=lambda row: (row[0], row[1]))
    for stream, some in groupby(rows, key=lambda row: row[0]):
        digest = sha256()
        for _, version, name, state in some:
            digest.update(b"%d %d %d " % (version, len(name.encode()), len(state)) + name.encode() + state)
        yield stream, digest.digest()


def all_rows(log: LogRecorder) -> Iterator[tuple[UUID, int, str, bytes]]:
    """Every row of a log, one stream after the other."""
    stream, version, until = WHOLE.first, 0, log.last_position()
    while rows := log.rows_by_stream(stream, version, WHOLE.last, until, AT_ONCE):
        for row in rows:
            yield placed_row(row)
        stream, version = UUID(rows[-1][0]), rows[-1][1]


def placed_row(row: Row) -> tuple[UUID, int, str, bytes]:
    """A row without its position."""
    stream, version, name, state, _ = row
    return UUID(stream), version, name, bytes(state)
