"""Whose turn it is to project a read model: one process's at a time, by an advisory lock of a session of its own."""

from __future__ import annotations

import logging
from collections.abc import Collection
from threading import Lock
from typing import Any
from zlib import crc32

import psycopg

from application.listening import lasting_session
from application.store_sessions import has_spoken

TURNS = 0x7475726E  # the first half of each lock's number
TAKE = b"SELECT name, pg_try_advisory_lock(%s, key) FROM unnest(%s::text[], %s::integer[]) AS it (name, key)"
GIVE = b"SELECT pg_advisory_unlock(%s, key) FROM unnest(%s::integer[]) AS it (key)"

logger = logging.getLogger(__name__)


class Turns:
    """The turns of this process, for all logs. They end with their session, whoever ends it, and whoever asks next has them.

    A turn keeps two processes from doing the same work. That nothing is projected twice is not its doing: each batch makes sure of that.
    """

    def __init__(self, database: str) -> None:
        self._database = database
        self._session: psycopg.Connection[Any] | None = None
        self._mine: dict[int, set[str]] = {}
        self._using = Lock()

    def take(self, log: int, names: Collection[str]) -> frozenset[str]:
        """Have the turns of these read models as far as nobody else has them, and no others. Those are told. Raises psycopg.Error."""
        with self._using:
            session, mine = self._connected(), self._mine.setdefault(log, set())
            if left := mine.difference(names):
                session.execute(GIVE, (TURNS, [key_of(log, name) for name in left]))
                mine -= left
            if wanted := sorted(set(names) - mine):
                taken = session.execute(TAKE, (TURNS, wanted, [key_of(log, name) for name in wanted]))
                mine |= {name for name, is_taken in taken if is_taken}
            return frozenset(mine)

    def mine(self, log: int) -> frozenset[str]:
        """The turns that this process has, none if their session has ended."""
        with self._using:
            if self._session is not None and not lives(self._session):
                self._lose(self._session)
            return frozenset(self._mine.get(log, ()))

    def close(self) -> None:
        """Let others have their turn."""
        with self._using:
            if self._session is not None:
                self._lose(self._session)

    def _connected(self) -> psycopg.Connection[Any]:
        if self._session is not None and not lives(self._session):
            self._lose(self._session)
        if self._session is None:
            self._session = lasting_session(self._database)
        return self._session

    def _lose(self, session: psycopg.Connection[Any]) -> None:
        session.close()
        self._session = None
        self._mine.clear()


def lives(session: psycopg.Connection[Any]) -> bool:
    """Whether a session has not ended. Only if the server has said something unasked is it asked."""
    try:
        if not session.closed and has_spoken(session):
            session.execute("SELECT 1")
    except psycopg.Error:
        logger.warning("The session that holds this process's turns to project has ended.", exc_info=True)
        return False
    return not session.closed


def key_of(log: int, name: str) -> int:
    """The second half of the number of a lock: a signed integer."""
    return int.from_bytes(crc32(f"{log}.{name}".encode()).to_bytes(4), signed=True)
