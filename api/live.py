"""What happens, as it happens: one task for each process and log reads the new rows once and hands them to all who listen.

It runs only while somebody listens. It looks when it is told that the read models have moved on, and at intervals besides, for word of
another process may be lost. Whoever comes from an earlier position reads what lies behind by itself, and is given new rows from exactly
there on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import Context
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from anyio import CapacityLimiter, to_thread

from api.errors import SlowConsumer
from application.wiring import CREATORS, System
from projections.catalogue import CASES_LOG, CREATORS_LOG
from projections.reading import OneOf, Reader, Stored
from projections.tables import case_changes, timeline

T = TypeVar("T")
Rows = Sequence[Any]
READ_AT_ONCE = 200
MOST_WAITING = 1000
LOOK_EVERY_SECONDS = 0.5
THREADS = 4

log = structlog.stdlib.get_logger(__name__)


class Listener:
    """Somebody who wants the rows that fulfil a condition, after a position, and what waits for them: at most so many rows."""

    def __init__(self, where: OneOf | None, position: int, most: int) -> None:
        self._where = where
        self._position = position
        self._most = most
        self._waiting: list[Any] = []
        self._woken = asyncio.Event()
        self.lost = False

    def hear(self, rows: Rows) -> None:
        """Keep what is wanted of these rows. Who does not fetch in time loses all that waits, and is told so."""
        wanted = [row for row in rows if row.position > self._position and self._is_wanted(row)]
        self._position = max(self._position, rows[-1].position)
        if len(self._waiting) + len(wanted) > self._most:
            self.lost = True
            self._waiting.clear()
        elif not self.lost:
            self._waiting += wanted
        if wanted:
            self._woken.set()

    def _is_wanted(self, row: Any) -> bool:
        return self._where is None or getattr(row, self._where.column) in self._where.values

    async def heard(self) -> Rows:
        """What waits, as soon as there is something. Raises SlowConsumer once something was lost."""
        await self._woken.wait()
        self._woken.clear()
        if self.lost:
            raise SlowConsumer("You were sent more than you took in; subscribe again after the last position you have.")
        rows, self._waiting = self._waiting, []
        return rows


class Follower:
    """Hands the new rows of a log to all who listen in this process, by default the timeline's. All but `_read` runs in one event loop."""

    def __init__(
            self, system: System, most_waiting: int = MOST_WAITING, look_every: float = LOOK_EVERY_SECONDS, *, lines: Stored = timeline,
            log: int = CREATORS_LOG) -> None:
        self._system = system
        self._lines = lines
        self._log = log
        self._most_waiting = most_waiting
        self._look_every = look_every
        self._threads = CapacityLimiter(THREADS)
        self._listeners: set[Listener] = set()
        self._woken = asyncio.Event()
        self._head = 0
        self._task: asyncio.Task[None] | None = None

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    async def listen(self, where: OneOf | None, after: int | None) -> AsyncGenerator[Rows, None]:
        """The rows that fulfil a condition, each once and in order, in pieces: those after a position (None: from now on), for ever."""
        last = await self._read(lambda reader: reader.last_position(self._lines, self._log))
        position = last if after is None else after
        if not self._listeners:
            self._head = max(self._head, last)
        while position < self._head:
            until = self._head
            rows = await self._read(lambda reader: reader.lines_after(self._lines, self._log, position, READ_AT_ONCE, where, until))  # noqa: B023  # awaited at once
            position = rows[-1].position if len(rows) == READ_AT_ONCE else until
            if rows:
                yield rows
        listener = Listener(where, position, self._most_waiting)  # nothing is awaited between the last look at the head and here
        self._listeners.add(listener)
        try:
            self._keep_following()
            while True:
                yield await listener.heard()
        finally:
            self._listeners.discard(listener)
            self._woken.set()

    def _keep_following(self) -> None:
        if self._task is None or self._task.done():
            self._woken = asyncio.Event()  # of the loop that runs now
            self._task = asyncio.create_task(self._follow(), context=Context())  # it belongs to no request

    async def _follow(self) -> None:
        """Read and hand on until nobody listens; a failure is logged and tried again."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has been closed: nobody listens any more
                loop.call_soon_threadsafe(self._woken.set)

        with self._system.projector.telling(self._log, wake):
            while self._listeners:
                self._woken.clear()
                try:
                    more = await self._step()
                except Exception:
                    log.exception("the log could not be followed; it is tried again", position=self._head)
                    more = False
                if not more:
                    await self._wait()

    async def _step(self) -> bool:
        """Hand on what is new. Whether there may be more."""
        head = self._head
        rows = await self._read(lambda reader: reader.lines_after(self._lines, self._log, head, READ_AT_ONCE))
        if rows:
            self._head = max(self._head, rows[-1].position)  # somebody who came when nobody listened may have moved it on
            for listener in tuple(self._listeners):
                listener.hear(rows)
                if listener.lost:
                    self._listeners.discard(listener)
        return len(rows) == READ_AT_ONCE

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._look_every):
                await self._woken.wait()

    async def _read(self, work: Callable[[Reader], T]) -> T:
        def read() -> T:
            with self._system.views.connect() as connection:
                return work(Reader(connection))

        return await to_thread.run_sync(read, limiter=self._threads)


@dataclass(frozen=True)
class Followers:
    """Who hands on what happens to accounts, for each log of them by its number, and what happens at the appeals desk."""

    accounts: Mapping[int, Follower]
    desk: Follower


def followers_of(system: System, accounts: Follower | None = None) -> Followers:
    """Followers of a system; by default with the usual limits."""
    logs = system.store.logs(CREATORS).all
    return Followers(
        {log.number: Follower(system, log=log.number) for log in logs} | ({CREATORS_LOG: accounts} if accounts else {}),
        Follower(system, lines=case_changes, log=CASES_LOG))
