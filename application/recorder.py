"""What a log is asked, whichever database keeps it: the facts of many streams in one order, and which request was answered with which of them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, OperationalError, StoredEvent

from application.mapper import Row
from application.stages import Stages


class TryAgain(OperationalError):
    """The database is in trouble, or too busy. Nothing was recorded, and the same may be asked again."""


class OutcomeUnknown(TryAgain):
    """The database is in trouble, and whether it was recorded is not known. Asked again under the same idempotency key, it is answered."""


class StoredRow(NamedTuple):
    """What lies at a position, whatever it is: the bytes of the stream's id (16), version, bytes of the name, state.

    None stands for what can be no such thing: somebody has written there past the program.
    """

    position: int
    stream: bytes | None
    version: int | None
    name: bytes | None
    state: bytes | None


class RequestKey(NamedTuple):
    """What an idempotency key is unique for: who asks (`principal`), about which stream."""

    principal: str
    stream: UUID
    key: str


class Answered(NamedTuple):
    """A request that was answered, to be recorded with the facts it led to.

    `first_version` to `last_version` are those facts (none if the first is past the last); `preceding` counts the facts of the same
    transaction up to and with its own.
    """

    request: RequestKey
    payload: bytes
    first_version: int
    last_version: int
    preceding: int


class Remembered(NamedTuple):
    """What is remembered of an answered request."""

    payload: bytes
    first_version: int
    last_version: int
    position: int


LAST = 2**31 - 1  # no stream has as many facts
Append = Callable[[Sequence[StoredEvent], Sequence[Answered]], int]


class LogRecorder(ApplicationRecorder):
    """The facts of one log, positions dense from 1, and the requests answered."""

    @abstractmethod
    def append(self, events: Sequence[StoredEvent], answered: Sequence[Answered]) -> int:
        """Record events at the positions after the one returned. A version or request that exists is an IntegrityError for all of it."""

    @abstractmethod
    def held(self) -> AbstractContextManager[Append]:
        """The log while nobody else can write to it; what is appended with the function given is committed at the end."""

    @abstractmethod
    def stream_rows(self, stream: UUID, after: int, until: int = LAST) -> list[Row]:
        """The rows of a stream after a version, up to and with another one."""

    @abstractmethod
    def streams_rows(self, streams: Collection[UUID], until: int) -> list[Row]:
        """The rows of several streams up to and with a position of the log, one stream after the other."""

    @abstractmethod
    def rows_by_stream(self, stream: UUID, version: int, last: UUID, until: int, limit: int) -> list[Row]:
        """The rows up to and with a position of the log, by stream and version: at most `limit` of those after these, up to the `last` stream."""

    @abstractmethod
    def log_rows(self, after: int, limit: int) -> list[Row]:
        """The rows of the log after a position, at most `limit` of them."""

    @abstractmethod
    def stored_rows(self, first: int, limit: int) -> list[StoredRow]:
        """What lies at a position and after it, at most `limit` rows of it. Whatever is in them, they are read."""

    @abstractmethod
    def placed_rows(self, positions: Collection[int]) -> list[Row]:
        """The rows at these positions of the log, in order; nothing where there is none."""

    @abstractmethod
    def requests_after(self, after: RequestKey | None, limit: int) -> list[tuple[RequestKey, Remembered]]:
        """The requests that were answered, by their keys, after one of them (None: from the first), at most `limit` of them."""

    @abstractmethod
    def named_rows(self, names: Sequence[str], after: int, until: int, limit: int) -> list[Row]:
        """The rows of those names after a position and up to another one, at most `limit` of them."""

    @abstractmethod
    def last_position(self) -> int:
        """The greatest position, 0 while the log is empty."""

    @abstractmethod
    def remembered(self, request: RequestKey) -> Remembered | None:
        """What is remembered of a request, if it was answered."""


class Snapshots(Protocol):
    """The latest snapshot of each stream; a later one takes its place."""

    def latest(self, stream: UUID) -> tuple[int, str, bytes] | None:
        """The version, the revision and the bytes of a stream's snapshot, if it has one."""

    def put(self, stream: UUID, version: int, revision: str, state: bytes) -> None:
        """Keep a snapshot."""


class Datastore(Protocol):
    """Where logs are kept."""

    @property
    def is_written(self) -> bool:
        """Whether a snapshot would have to wait for whoever writes right now."""

    def spread(self, asked: int | None) -> int:
        """Over how many logs accounts are spread: as was asked when the database was made (1 if nothing was), for ever after."""

    def recorder(self, name: str) -> LogRecorder:
        """The log of that name, made if it is not there."""

    def snapshots(self, name: str) -> Snapshots:
        """The snapshots of its streams."""

    def stages(self, name: str) -> Stages:
        """The stages of its streams, made if they are not there."""

    def announce(self, about: str, word: str) -> None:
        """Send a word to other processes soon, if they can listen."""

    def close(self) -> None:
        """Let it go, once what was begun is done."""
