"""What other processes say on the channel "governance", heard on a connection of its own that is made anew whenever it is lost."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import psycopg

from application.announcing import CHANNEL
from application.store_sessions import LIVELY

LOOK_UP_SECONDS = 0.25  # whether it is to end
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
OPTIONS = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"  # the same as LIVELY, for the server's side

logger = logging.getLogger(__name__)


class Listening:
    """Calls `hear` with every word, in a thread of its own; with None when words may have been lost, as before each connection."""

    def __init__(self, database: str, hear: Callable[[str | None], None]) -> None:
        self._database = database
        self._hear = hear
        self._ended = Event()
        self._thread = Thread(target=self._run, name="listening", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear no more."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        pause = pauses()
        while not self._ended.is_set():
            try:
                with lasting_session(self._database) as connection:
                    connection.execute(f"LISTEN {CHANNEL}".encode())
                    pause = pauses()
                    self._hear(None)
                    while not self._ended.is_set():
                        for word in connection.notifies(timeout=LOOK_UP_SECONDS):
                            self._hear(word.payload)
            except psycopg.Error:
                logger.warning("Nothing is heard of other processes until the database can be reached again.", exc_info=True)
                self._ended.wait(next(pause))


def lasting_session(database: str) -> psycopg.Connection[tuple[Any, ...]]:
    """A session that is kept open, and whose end each side finds out though the other be gone without a word."""
    return psycopg.connect(database, autocommit=True, options=OPTIONS, **LIVELY)


def pauses() -> Iterator[float]:
    """How long to wait before each further attempt: twice as long each time, up to a limit, for ever."""
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_PAUSE)
