"""Where histories are kept: the logs, and apart from them the keys of what is personal in them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Generic, NamedTuple, Protocol, Self, TypeVar
from uuid import UUID

import msgspec
from eventsourcing.application import Application, LRUCache
from eventsourcing.persistence import IntegrityError, Mapper
from eventsourcing.utils import Environment

from application.mapper import FactMapper, Row
from application.recorder import LAST, Answered, Append, Datastore, LogRecorder, Remembered, RequestKey
from application.recorder_postgres import PostgresLogs
from application.recorder_sqlite import SQLiteLogs
from application.sealing import KeyStore
from domain.facts import Event, Fact

SNAPSHOT_EVERY = 500
STATES_REMEMBERED = 4096
MARKED_AT_ONCE = 2000
FIRST_FURTHER = 2  # the number of the second log of what is spread over several: lower ones are the first logs of a kind

logger = logging.getLogger(__name__)


class Versioned(Protocol):
    """A state that knows up to which version of its stream it was folded."""

    @property
    def version(self) -> int:
        """The version of the last fact in it, 0 before the first."""


S = TypeVar("S", bound=Versioned)


@dataclass(frozen=True)
class Aggregate(Generic[S]):
    """A kind of stream.

    `name` is its log's; `events` every class of event by its name; `fold` leaves its argument untouched; `revision` changes whenever a
    state of before would not be what `fold` gives now. `number` is its log's among those that read models follow; if `spread`, its
    streams are spread over as many logs as the database has.
    """

    name: str
    events: Mapping[str, type[Event]]
    empty: Callable[[], S]
    fold: Callable[[S, Sequence[Fact]], S]
    revision: str
    state_type: type[S]
    number: int = 0
    spread: bool = False

    def numbers(self, count: int) -> tuple[int, ...]:
        """The numbers of its logs in a database of so many."""
        return (self.number, *range(FIRST_FURTHER, FIRST_FURTHER + count - 1)) if self.spread else (self.number,)

    def log_name(self, number: int) -> str:
        """What the log of that number is called, and its table: the first as the aggregate."""
        return self.name if number == self.number else f"{self.name}_{number}"


class WrongNumberOfLogs(Exception):
    """The database was made with another number of logs than is asked for."""

    def __init__(self, asked: int, made: int) -> None:
        super().__init__(f"The database was made with {made} logs, not {asked}; an account belongs to its log for ever.")
        self.asked = asked
        self.made = made


class Part(NamedTuple):
    """The streams whose ids are between these, both included."""

    first: UUID
    last: UUID


def parts(count: int) -> list[Part]:
    """All streams in so many parts, of about equal size since ids are hashes."""
    bounds = [number * (1 << 128) // count for number in range(count + 1)]
    return [Part(UUID(int=first), UUID(int=beyond - 1)) for first, beyond in pairwise(bounds)]


(WHOLE,) = parts(1)


@dataclass(frozen=True)
class Loaded(Generic[S]):
    """A state as its stored facts gave it, the version of its last snapshot, and the row of the last fact in it."""

    state: S
    snapshot: int
    last: Row | None = None


class Log(Application[UUID], Generic[S]):
    """A log of one kind of stream. `name` is its table's, `number` its own among those that read models follow."""

    recorder: LogRecorder
    mapper: FactMapper

    def __init__(self, aggregate: Aggregate[S], datastore: Datastore, keys: KeyStore, snapshot_every: int, number: int) -> None:
        self.aggregate = aggregate
        self.number = number
        self.name = aggregate.log_name(number)
        self.keys = keys
        self.snapshot_every = snapshot_every
        self._datastore = datastore
        self._recent: LRUCache[UUID, Loaded[S]] = LRUCache(STATES_REMEMBERED)
        self._decoder = msgspec.msgpack.Decoder(aggregate.state_type)
        super().__init__()
        self._snapshots = datastore.snapshots(self.name)
        self.stages = datastore.stages(self.name)
        self._make_searchable()

    def construct_env(self, name: str, env: object = None) -> Environment:  # noqa: ARG002
        """Nothing comes from the environment."""
        return Environment(name)

    def construct_recorder(self) -> LogRecorder:
        """A log in the shared database."""
        return self._datastore.recorder(self.name)

    def construct_mapper(self) -> Mapper[UUID]:
        """Facts, sealed."""
        return FactMapper(self.aggregate.events, self.keys)

    @property
    def is_written(self) -> bool:
        """Whether what is kept beside the facts would have to wait for whoever writes right now."""
        return self._datastore.is_written

    def close(self) -> None:
        """Leave the database open: the store that shares it closes it."""
        self.closing.set()

    def load(self, stream: UUID) -> S:
        """The state of a stream as of now. It is shared: fold into a new one, never write to it."""
        loaded = self._caught_up(stream)
        if loaded.state.version - loaded.snapshot > self.snapshot_every and not self.is_written:
            loaded = self._snapshot(stream, loaded)
        if loaded.last:  # what a snapshot alone gave cannot be told from what was lost
            self._recent.put(stream, loaded)
        return loaded.state

    def facts(self, stream: UUID, after: int = 0, until: int = LAST) -> list[Fact]:
        """The facts of a stream after a version, up to and with another one."""
        return self.mapper.facts_from_rows(self.recorder.stream_rows(stream, after, until))

    def facts_of(self, streams: Collection[UUID], until: int) -> dict[UUID, list[Fact]]:
        """The facts of each of these streams up to and with a position of the log, read at once."""
        found: dict[UUID, list[Fact]] = {stream: [] for stream in streams}
        for fact in self.mapper.facts_from_rows(self.recorder.streams_rows(streams, until)):
            found[fact.stream].append(fact)
        return found

    def facts_after(self, position: int, limit: int) -> list[Fact]:
        """The facts of the log after a position, at most `limit` of them."""
        return self.mapper.facts_from_rows(self.recorder.log_rows(position, limit))

    def facts_at(self, positions: Collection[int]) -> list[Fact]:
        """The facts at these positions of the log, in order."""
        return self.mapper.facts_from_rows(self.recorder.placed_rows(positions))

    def facts_by_stream(self, until: int, limit: int, part: Part = WHOLE) -> Iterator[list[Fact]]:
        """The facts up to and with a position, one stream after the other: some `limit` at a time, but always all of a stream."""
        stream, version, left = part.first, 0, list[Fact]()
        while rows := self.recorder.rows_by_stream(stream, version, part.last, until, limit):
            found = left + self.mapper.facts_from_rows(rows)
            stream, version = found[-1].stream, found[-1].version
            whole = len(found)
            while whole and found[whole - 1].stream == stream:
                whole -= 1
            left = found[whole:]
            if whole:
                yield found[:whole]
        if left:
            yield left

    def facts_named(self, events: Sequence[type[Event]], after: int, until: int, limit: int) -> list[Fact]:
        """The facts of those kinds after a position of the log and up to another one, at most `limit` of them."""
        return self.mapper.facts_from_rows(self.recorder.named_rows([event.__name__ for event in events], after, until, limit))

    def state_at(self, stream: UUID, version: int) -> S:
        """The state of a stream as of one of its versions."""
        latest = self.load(stream)
        if latest.version == version:
            return latest
        return self.aggregate.fold(self.aggregate.empty(), [fact for fact in self.facts(stream) if fact.version <= version])

    def last_position(self) -> int:
        """The greatest position, 0 while the log is empty."""
        return self.recorder.last_position()

    def remembered(self, request: RequestKey) -> Remembered | None:
        """What is remembered of a request, if it was answered."""
        return self.recorder.remembered(request)

    def append(self, facts: Sequence[Fact], answered: Sequence[Answered] = ()) -> int:
        """Record facts and answers in one transaction, at the positions after the one returned.

        Raises the library's IntegrityError, and records nothing, if any version or request exists, or a version before is not there.
        """
        stored = self.mapper.stored(facts)  # first, for it makes keys and marks durable: none is ever missing
        try:
            return self.recorder.append(stored, answered)
        except IntegrityError:
            for stream in {fact.stream for fact in facts}:  # it may hold facts that were lost with a server
                self._recent.put(stream, self._from_snapshot(stream))
            raise

    @contextmanager
    def held(self) -> Iterator[HeldLog]:
        """The log while nobody else can write to it: what is loaded inside is still so when it is appended."""
        with self.recorder.held() as append:
            yield HeldLog(append, self.mapper)

    def _make_searchable(self) -> None:
        """Mark what was stored before it could be searched for, once."""
        name, events = self.name, self.aggregate.events
        fields = " ".join(sorted(f"{event}.{field}" for event, kind in events.items() for field in kind.searchable))
        if self.keys.marked(name) == fields:
            return
        position = 0
        while rows := self.recorder.log_rows(position, MARKED_AT_ONCE):
            self.keys.ensure((), self.mapper.findable_in(rows))
            position = rows[-1][-1]
        self.keys.remember_marked(name, fields)

    def _caught_up(self, stream: UUID) -> Loaded[S]:
        """What is remembered of a stream with what came since.

        If the last fact in it is not there any more, it was lost with a server, and another may stand in its place: all is read anew.
        """
        try:
            loaded = self._recent.get(stream)
        except KeyError:
            loaded = self._from_snapshot(stream)
        version, last = loaded.state.version, loaded.last
        rows = self.recorder.stream_rows(stream, version - 1 if last else version)
        if last and rows[:1] != [last]:
            loaded, last = self._from_snapshot(stream), None
            rows = self.recorder.stream_rows(stream, loaded.state.version)
        new = rows[1:] if last else rows
        return Loaded(self.aggregate.fold(loaded.state, self.mapper.facts_from_rows(new)), loaded.snapshot, new[-1]) if new else loaded

    def _from_snapshot(self, stream: UUID) -> Loaded[S]:
        version, revision, state = self._snapshots.latest(stream) or (0, "", b"")
        if version and revision == self.aggregate.revision:
            try:
                return Loaded(self._decoder.decode(state), version)
            except msgspec.MsgspecError:
                logger.warning("The snapshot of %s cannot be read; its facts are folded instead.", stream, exc_info=True)
        return Loaded(self.aggregate.empty(), 0)

    def _snapshot(self, stream: UUID, loaded: Loaded[S]) -> Loaded[S]:
        version = loaded.state.version
        try:
            self._snapshots.put(stream, version, self.aggregate.revision, msgspec.msgpack.encode(loaded.state))
        except Exception:
            logger.exception("The snapshot of %s at %s could not be written.", stream, version)
        return Loaded(loaded.state, version, loaded.last)


@dataclass(frozen=True)
class HeldLog:
    """A log that only its holder can write to."""

    record: Append
    mapper: FactMapper

    def append(self, facts: Sequence[Fact], answered: Sequence[Answered] = ()) -> int:
        """As `Log.append`; committed when the log is let go."""
        return self.record(self.mapper.stored(facts), answered)


def which(stream: UUID, logs: int) -> int:
    """Which of so many logs a stream belongs to, from 0. Ids are hashes already (`uuid5`)."""
    return stream.int % logs


@dataclass(frozen=True)
class Logs(Generic[S]):
    """The logs that streams of one kind are spread over. A stream belongs to one of them for ever."""

    all: tuple[Log[S], ...]

    def of(self, stream: UUID) -> Log[S]:
        """The log that a stream belongs to."""
        return self.all[which(stream, len(self.all))]

    def load(self, stream: UUID) -> S:
        """The state of a stream as of now, which is shared: fold into a new one, never write to it."""
        return self.of(stream).load(stream)

    def facts(self, stream: UUID, after: int = 0) -> list[Fact]:
        """The facts of a stream after a version."""
        return self.of(stream).facts(stream, after)

    def facts_of(self, streams: Collection[UUID], until: Mapping[int, int]) -> dict[UUID, list[Fact]]:
        """The facts of each of these streams up to and with a position of its log (by the log's number), each log read at once."""
        found: dict[UUID, list[Fact]] = {}
        for log in self.all:
            if mine := [stream for stream in streams if self.of(stream) is log]:
                found |= log.facts_of(mine, until.get(log.number, 0))
        return found


class Store:
    """The logs with their keys. `spread` is over how many logs accounts are spread."""

    def __init__(self, datastore: Datastore, keys: KeyStore, snapshot_every: int = SNAPSHOT_EVERY, logs: int | None = None) -> None:
        self.keys = keys
        self._snapshot_every = snapshot_every
        self._datastore = datastore
        self._logs: dict[str, Logs[Any]] = {}
        self.spread = datastore.spread(logs)
        if logs is not None and logs != self.spread:
            raise WrongNumberOfLogs(logs, self.spread)

    @classmethod
    def open(
            cls, folder: Path, master_key: bytes | Callable[[], bytes], snapshot_every: int = SNAPSHOT_EVERY, *, database: str = "",
            logs: int | None = None) -> Store:
        """Open the store in `folder` (`log.db`, `keys.db`), made if it is not there; the log in a PostgreSQL `database` if one is named.

        `master_key` is 32 bytes or a function that gives them, `snapshot_every` a number of facts. Accounts are spread over so many `logs`
        (None: as many as there are, one in a new database); WrongNumberOfLogs if the database was made with another number.
        """
        folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as opened:
            keys = KeyStore(folder / "keys.db", master_key)
            opened.callback(keys.close)
            datastore: Datastore = PostgresLogs(database) if database else SQLiteLogs(folder / "log.db")
            opened.callback(datastore.close)
            store = cls(datastore, keys, snapshot_every, logs)
            opened.pop_all()
        return store

    def logs(self, aggregate: Aggregate[S]) -> Logs[S]:
        """The logs of one kind of stream."""
        found = self._logs.get(aggregate.name)
        if found is None:
            found = self._logs.setdefault(aggregate.name, Logs(tuple(
                Log(aggregate, self._datastore, self.keys, self._snapshot_every, number) for number in aggregate.numbers(self.spread))))
        return found

    def log(self, aggregate: Aggregate[S]) -> Log[S]:
        """The log of one kind of stream, if it has but one."""
        (only,) = self.logs(aggregate).all
        return only

    @property
    def datastore(self) -> Datastore:
        """Where the logs are kept."""
        return self._datastore

    def load(self, aggregate: Aggregate[S], stream: UUID) -> S:
        """The state of a stream as of now."""
        return self.logs(aggregate).load(stream)

    def announce(self, about: str, word: str) -> None:
        """Send a word to other processes soon, if they can listen: a later one about the same takes its place."""
        self._datastore.announce(about, word)

    def close(self) -> None:
        """Close what was opened."""
        self._datastore.close()
        self.keys.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
