"""Word that a log has grown, for whoever listens in other processes: sent after the commit, and once for all commits meanwhile."""

from __future__ import annotations

import logging
from threading import Condition, Thread
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

CHANNEL = "governance"
PAUSE_SECONDS = 0.005  # between two words: many commits, one word
NOTIFY = "SELECT set_config('synchronous_commit', 'off', true), pg_notify(%s, %s)"  # a word is a commit, and need not be on disk

logger = logging.getLogger(__name__)


class Announcer:
    """Notifies the channel "governance" of the names of logs that have grown.

    A NOTIFY inside the append would hold a lock over all logs until the commit is flushed. Word may be lost: who listens looks by itself, too.
    """

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool
        self._changed = Condition()
        self._grown: set[str] = set()
        self._closed = False
        self._thread = Thread(target=self._run, name="announcer", daemon=True)
        self._thread.start()

    def announce(self, log: str) -> None:
        """Let it be known soon that a log has grown."""
        with self._changed:
            if log not in self._grown:
                self._grown.add(log)
                self._changed.notify()

    def close(self) -> None:
        """Send what is to be said, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while grown := self._next():
            try:
                with self._pool.connection() as connection:
                    for log in sorted(grown):
                        connection.execute(NOTIFY, (CHANNEL, log))
            except psycopg.Error:
                logger.warning("That %s has grown could not be announced.", ", ".join(sorted(grown)), exc_info=True)
            with self._changed:
                self._changed.wait_for(lambda: self._closed, PAUSE_SECONDS)

    def _next(self) -> set[str]:
        """The logs that have grown since, none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._grown or self._closed)
            grown, self._grown = self._grown, set()
            return grown
