"""Word that a log has grown, or that its read models have, for whoever listens in other processes: after the commit, once for all meanwhile."""

from __future__ import annotations

import logging
from threading import Condition, Thread
from typing import Any

import psycopg
from psycopg_pool import ConnectionPool

CHANNEL = "governance"
PAUSE_SECONDS = 0.005  # between two words: many commits, one word
NOTIFY = "SELECT set_config('synchronous_commit', 'off', true), pg_notify(%s, %s)"  # a word is a commit, and need not be on disk
VIEWS = "views"

logger = logging.getLogger(__name__)


def progress(log: int, position: int) -> tuple[str, str]:
    """What to announce once all read models of a log have come to a position: about what, and the word itself ("views 0 1234")."""
    return f"{VIEWS} {log}", f"{VIEWS} {log} {position}"


def progress_in(word: str) -> tuple[int, int] | None:
    """The log and the position that a word tells of, if it tells of read models."""
    match word.split():
        case [it, log, position] if it == VIEWS and log.isdigit() and position.isdigit():
            return int(log), int(position)
    return None


class Announcer:
    """Sends words on the channel "governance": the names of logs that have grown, and how far read models have come.

    A NOTIFY inside the append would hold a lock over all logs until the commit is flushed. Word may be lost: who listens looks by itself, too.
    """

    def __init__(self, pool: ConnectionPool[Any]) -> None:
        self._pool = pool
        self._changed = Condition()
        self._words: dict[str, str] = {}
        self._closed = False
        self._thread = Thread(target=self._run, name="announcer", daemon=True)
        self._thread.start()

    def announce(self, about: str, word: str = "") -> None:
        """Send a word soon (by default what it is about); a later one about the same takes its place."""
        with self._changed:
            if self._words.get(about) != (word or about):
                self._words[about] = word or about
                self._changed.notify()

    def close(self) -> None:
        """Send what is to be said, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while words := self._next():
            try:
                with self._pool.connection() as connection:
                    for word in words:
                        connection.execute(NOTIFY, (CHANNEL, word))
            except psycopg.Error:
                logger.warning("What has grown could not be announced: %s.", ", ".join(words), exc_info=True)
            with self._changed:
                self._changed.wait_for(lambda: self._closed, PAUSE_SECONDS)

    def _next(self) -> list[str]:
        """The words to be sent, none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._words or self._closed)
            words, self._words = sorted(self._words.values()), {}
            return words
