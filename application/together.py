"""One transaction for all who wait: while one caller's commit is flushed to disk, those who come meanwhile share the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Condition, Lock
from typing import Generic, TypeVar
from uuid import UUID

T = TypeVar("T")

AT_ONCE = 2000


class Closed(Exception):
    """Nothing more is taken."""


class Waiting(Generic[T]):
    """Work that a caller waits for: it touches `streams` and is as large as `size`."""

    def __init__(self, work: T, streams: frozenset[UUID], size: int) -> None:
        self.work, self.streams, self.size = work, streams, size
        self.outcome: int | BaseException | None = None
        self.leads = False
        self.woken = Lock()
        self.woken.acquire()

    def end(self, outcome: int | BaseException) -> None:
        """Let the caller go."""
        self.outcome = outcome
        self.woken.release()


class Together(Generic[T]):
    """Commits the work of concurrent callers in their order.

    `commit` gives for each piece a number or what the caller is to be told; what it raises, all are told. No thread of its own: the
    first caller leads, and one who came meanwhile leads next. Two that touch the same stream never share a transaction.
    """

    def __init__(self, commit: Callable[[Sequence[T]], Sequence[int | BaseException]]) -> None:
        self._commit = commit
        self._queue: list[Waiting[T]] = []
        self._led = self._closed = False
        self._changed = Condition()

    def __call__(self, work: T, streams: frozenset[UUID], size: int) -> int:
        """Commit one piece of work, and whatever waits with it. Its number is given once it is durable."""
        mine = Waiting(work, streams, size)
        with self._changed:
            if self._closed:
                raise Closed
            self._queue.append(mine)
            if not self._led:
                self._led = mine.leads = True
        if not mine.leads:
            self._await(mine)
        if mine.outcome is None:
            self._lead()
        if isinstance(mine.outcome, int):
            return mine.outcome
        assert mine.outcome is not None  # noqa: S101 - it led
        raise mine.outcome

    def close(self) -> None:
        """Take nothing more, and come back when what was taken is done."""
        with self._changed:
            self._closed = True
            self._changed.wait_for(lambda: not self._led)

    def _await(self, mine: Waiting[T]) -> None:
        try:
            mine.woken.acquire()
        except BaseException:  # Ctrl-C: nobody waits for it any more, and others must not wait for its caller
            with self._changed:
                if mine in self._queue:
                    self._queue.remove(mine)
                leads = mine.leads and mine.outcome is None
            if leads:
                self._hand_on()
            raise

    def _lead(self) -> None:
        batch = self._taken()
        outcomes: Sequence[int | BaseException] = ()
        try:
            outcomes = self._commit([it.work for it in batch])
        except BaseException as error:  # noqa: BLE001 - it is raised by every caller, the leading one too
            outcomes = [error] * len(batch)
        finally:
            self._hand_on()
            for it, outcome in zip(batch, outcomes, strict=True):
                it.end(outcome)

    def _hand_on(self) -> None:
        """Let the first who waits lead, if anybody does."""
        with self._changed:
            self._led = bool(self._queue)
            if self._queue:
                self._queue[0].leads = True
                self._queue[0].woken.release()
            else:
                self._changed.notify_all()

    def _taken(self) -> list[Waiting[T]]:
        """The first in the queue and all that may go with it."""
        with self._changed:
            taken: list[Waiting[T]] = []
            left: list[Waiting[T]] = []
            touched: set[UUID] = set()
            size = 0
            for it in self._queue:
                fits = not taken or (size + it.size <= AT_ONCE and touched.isdisjoint(it.streams))
                (taken if fits else left).append(it)
                size += it.size if fits else 0
                touched |= it.streams  # whoever comes after one that is left behind stays behind it
            self._queue = left
            return taken
