"""How far the read models of one log have come, for whoever waits for a position: as this process projects, or hears of another that does."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition


class Arrival:
    """A position that only grows. Everybody who waits for it, in whichever thread, goes on as soon as it is there.

    `announce` tells other processes of what this one has seen by itself.
    """

    def __init__(self, announce: Callable[[int], None]) -> None:
        self._announce = announce
        self._changed = Condition()
        self._position = 0
        self._hearers: set[Callable[[], None]] = set()

    def come(self, position: int) -> None:
        """All read models have come so far: this process has seen it."""
        if self.heard(position):
            self._announce(position)

    def heard(self, position: int) -> bool:
        """All read models have come so far. Whether that is news."""
        with self._changed:
            if position <= self._position:
                return False
            self._position = position
            self._changed.notify_all()
        for hear in tuple(self._hearers):
            hear()
        return True

    @contextmanager
    def telling(self, hear: Callable[[], None]) -> Iterator[None]:
        """Meanwhile call `hear`, in whichever thread learns of it, each time that the read models have moved on."""
        self._hearers.add(hear)
        try:
            yield
        finally:
            self._hearers.discard(hear)

    def wait_for(self, position: int, seconds: float, every: float, look: Callable[[], int]) -> bool:
        """Wait until the read models have come to a position, so many seconds at most. Whether they have.

        `look` says how far they are, should nobody have told: it is asked at intervals and at the end.
        """
        give_up = time.monotonic() + seconds
        while not self._told(position, min(every, give_up - time.monotonic())):
            found = look()
            self.heard(found)
            if found < position and time.monotonic() >= give_up:
                return False
        return True

    def _told(self, position: int, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self._position >= position, max(0, seconds))
