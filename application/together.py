"""One transaction for all who wait: while one caller's commit is flushed to disk, those who come meanwhile share the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Condition, Lock
from time import monotonic
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

T = TypeVar("T")

AT_ONCE = 2000
MOST_WAITING = 1000
PATIENCE_SECONDS = 30.0


class Closed(Exception):
    """Nothing more is taken."""


class TurnedAway(Exception):
    """It did not come to be this caller's turn in time. Nothing of it was committed."""


class Figures(NamedTuple):
    """How busy it is: who waits now, and since the beginning what was taken, in how many transactions, and who was turned away."""

    waiting: int
    works: int
    transactions: int
    turned_away: int


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

    Every transaction takes the first who waits, and with it whoever fits in behind: so nobody waits for more transactions than callers
    came before, however busy one stream is and however much one caller brings. At most `most_waiting` wait; whoever finds no room, or
    whose turn does not come, is turned away after `patience` seconds.
    """

    def __init__(self, commit: Callable[[Sequence[T]], Sequence[int | BaseException]], *,
                 most_waiting: int = MOST_WAITING, patience: float = PATIENCE_SECONDS) -> None:
        self._commit = commit
        self._most_waiting, self._patience = most_waiting, patience
        self._queue: list[Waiting[T]] = []
        self._led = self._closed = False
        self._changed = Condition()
        self._works = self._transactions = self._turned_away = 0

    def __call__(self, work: T, streams: frozenset[UUID], size: int) -> int:
        """Commit one piece of work, and whatever waits with it. Its number is given once it is durable."""
        until = monotonic() + self._patience
        mine = Waiting(work, streams, size)
        with self._changed:
            self._find_room(until)
            self._queue.append(mine)
            if not self._led:
                self._led = mine.leads = True
        if not mine.leads:
            self._await(mine, until)
        if mine.outcome is None:
            self._lead()
        if isinstance(mine.outcome, int):
            return mine.outcome
        assert mine.outcome is not None  # noqa: S101 - it led
        raise mine.outcome

    def figures(self) -> Figures:
        """How busy it is."""
        return Figures(len(self._queue), self._works, self._transactions, self._turned_away)

    def close(self) -> None:
        """Take nothing more, and come back when what was taken is done."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._led)

    def _find_room(self, until: float) -> None:
        """Wait for a place in the queue."""
        if not self._closed and len(self._queue) >= self._most_waiting:
            self._changed.wait_for(lambda: self._closed or len(self._queue) < self._most_waiting, until - monotonic())
        if self._closed:
            raise Closed
        if len(self._queue) >= self._most_waiting:
            self._turned_away += 1
            raise TurnedAway

    def _await(self, mine: Waiting[T], until: float) -> None:
        """Wait to be done, or to lead. Whose work was taken waits for its outcome, however long it takes."""
        try:
            if not mine.woken.acquire(timeout=max(until - monotonic(), 0)):
                self._withdraw(mine)
                mine.woken.acquire()
        except TurnedAway:
            raise
        except BaseException:  # Ctrl-C: nobody waits for it any more, and others must not wait for its caller
            with self._changed:
                if mine in self._queue:
                    self._queue.remove(mine)
                leads = mine.leads and mine.outcome is None
            if leads:
                self._hand_on()
            raise

    def _withdraw(self, mine: Waiting[T]) -> None:
        """Leave the queue, unless the turn has just come."""
        with self._changed:
            if mine not in self._queue or mine.leads:
                return
            self._queue.remove(mine)
            self._turned_away += 1
            self._changed.notify_all()
        raise TurnedAway

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
            self._works += len(taken)
            self._transactions += 1
            self._changed.notify_all()  # there is room again
            return taken
