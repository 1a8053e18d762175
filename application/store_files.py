"""How a SQLite file is opened so that what was committed survives a crash and several processes may share it."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

BUSY_SECONDS = 60
RETRY_SECONDS = 0.005


def connected(path: Path) -> sqlite3.Connection:
    """A connection in WAL mode that flushes at every commit (synchronous=FULL), for any thread, without implicit transactions."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        switch_to_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def switch_to_wal(connection: sqlite3.Connection) -> None:
    """Make the file a WAL one, once.

    SQLite's busy timeout does not cover this switch: of twelve processes that first open one file together, about one in 25 is told
    "database is locked". So it is tried again until the same time is over.
    """
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return
