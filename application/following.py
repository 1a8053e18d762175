"""What keeps the read models in PostgreSQL up to date: a thread for each log, woken when the log grows, and nothing that ends it for good.

Of all processes that follow, one at a time projects a read model of a log; the others stand by. Growth is told by this process itself, or
heard from another; since words may be lost, everybody looks at intervals too, and then also tries to have the turns that nobody has.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from threading import Event, Thread

from application.announcing import progress_in
from application.listening import Listening, pauses
from application.projector import Projector
from application.turns import Turns

LOOK_EVERY_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Follower:
    """Projects the read models of one log whose turns this process has, in a thread of its own."""

    def __init__(self, projector: Projector, turns: Turns, look_every: float) -> None:
        self._projector = projector
        self._turns = turns
        self._look_every = look_every
        self._woken = Event()
        self._ended = Event()
        self._mine: frozenset[str] = frozenset()
        self._thread = Thread(target=self._run, name=f"following-{projector.number}", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Look now."""
        self._woken.set()

    def end(self) -> None:
        """Begin nothing more."""
        self._ended.set()
        self._woken.set()

    def join(self) -> None:
        """Wait until what was begun is done."""
        self._thread.join()

    def _run(self) -> None:
        pause = pauses()
        while not self._ended.is_set():
            self._woken.clear()
            try:
                self._follow()
            except Exception:
                logger.exception("The read models of log %s cannot be kept up to date; it is tried again.", self._projector.number)
                self._ended.wait(next(pause))
            else:
                pause = pauses()
                self._woken.wait(self._look_every)

    def _follow(self) -> None:
        """Have the turns that can be had, and project while they last. What had to be stopped is left for others to try."""
        mine = self._turns.take(self._projector.number, self._projector.able())
        if mine != self._mine:
            logger.info("Of log %s this process projects: %s.", self._projector.number, ", ".join(sorted(mine)) or "nothing, and stands by")
        self._mine = mine
        if mine:
            self._projector.catch_up(turns=self._still)

    def _still(self) -> frozenset[str]:
        return frozenset() if self._ended.is_set() else self._turns.mine(self._projector.number)


class Following:
    """Follows all logs until it is closed: what was begun is done then, and others have their turns."""

    def __init__(self, database: str, projectors: Mapping[int, Projector], look_every: float = LOOK_EVERY_SECONDS) -> None:
        self._projectors = projectors
        self._turns = Turns(database)
        self._followers = {number: Follower(projector, self._turns, look_every) for number, projector in projectors.items()}
        self._listening = Listening(database, self._hear)

    def wake(self, log: int) -> None:
        """Look at that log now: it has grown by what was recorded here."""
        self._followers[log].wake()

    def turns(self, log: int) -> frozenset[str]:
        """The read models of a log that this process projects now; it stands by for all others."""
        return self._turns.mine(log)

    def close(self) -> None:
        """End."""
        self._listening.close()
        for follower in self._followers.values():
            follower.end()
        for follower in self._followers.values():
            follower.join()
        self._turns.close()

    def _hear(self, word: str | None) -> None:
        """Take in how far read models have come, or look at the log that has grown: at all of them if word may have been lost."""
        told = progress_in(word) if word else None
        if told is None:
            for number, follower in self._followers.items():
                if word in (None, self._projectors[number].log_name):
                    follower.wake()
        elif told[0] in self._projectors:
            self._projectors[told[0]].arrival.heard(told[1])
