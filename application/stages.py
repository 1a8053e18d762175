"""Stages of long histories: what an account was at some of its versions, so that a moment of it can be replayed from the one before.

They are derived, and written by whoever replays. Those of one stream are all of one revision; where another is put, the others go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from uuid import UUID

from psycopg.sql import SQL, Identifier

if TYPE_CHECKING:
    from psycopg_pool import ConnectionPool

    from application.recorder_sqlite import SQLiteLogs
    from application.store_sessions import Session

COLUMNS = "version, revision, first_at, last_at, known_at"


class Stage(NamedTuple):
    """A stage of a stream: the state at `version`, of a `revision` of its kind. Times are microseconds since 1970.

    `first_at` is the earliest since when any fact counts that came after the stage before; `last_at` the latest of all facts so far, and
    `known_at` the latest that any of them was recorded.
    """

    version: int
    revision: str
    first_at: int
    last_at: int
    known_at: int


class Stages(Protocol):
    """The stages of each stream."""

    def of(self, stream: UUID) -> list[Stage]:
        """The stages of a stream, in order."""

    def state(self, stream: UUID, version: int) -> bytes | None:
        """The state at a stage; None if it has gone meanwhile."""

    def put(self, stream: UUID, kept: Sequence[tuple[Stage, bytes]]) -> None:
        """Keep stages of one revision with their states. Those of another revision go."""


class SQLiteStages:
    """The stages in a table of a SQLite file, made if it is not there."""

    def __init__(self, datastore: SQLiteLogs, table: str) -> None:
        self._datastore = datastore
        self._select = f"SELECT {COLUMNS} FROM {table} WHERE stream = ? ORDER BY version"  # noqa: S608 - names are constants
        self._select_state = f"SELECT state FROM {table} WHERE stream = ? AND version = ?"  # noqa: S608
        self._delete = f"DELETE FROM {table} WHERE stream = ? AND revision <> ?"  # noqa: S608
        self._insert = f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        with datastore.transaction(commit=True) as cursor:
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {table} (stream TEXT NOT NULL, version INTEGER NOT NULL, revision TEXT NOT NULL, "
                "first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, known_at INTEGER NOT NULL, state BLOB NOT NULL, "
                "PRIMARY KEY (stream, version))")

    def of(self, stream: UUID) -> list[Stage]:
        """The stages of a stream, in order."""
        return [Stage(*row) for row in self._datastore.rows(self._select, (stream.hex,))]

    def state(self, stream: UUID, version: int) -> bytes | None:
        """The state at a stage."""
        rows: list[tuple[bytes]] = self._datastore.rows(self._select_state, (stream.hex, version))
        return rows[0][0] if rows else None

    def put(self, stream: UUID, kept: Sequence[tuple[Stage, bytes]]) -> None:
        """Keep stages of one revision."""
        with self._datastore.transaction(commit=True) as cursor:
            cursor.execute(self._delete, (stream.hex, kept[0][0].revision))
            cursor.executemany(self._insert, [(stream.hex, *stage, state) for stage, state in kept])


class PostgresStages:
    """The stages in a table of PostgreSQL, made if it is not there in the transaction of a connection."""

    def __init__(self, pool: ConnectionPool[Session], making: Session, table: Identifier) -> None:
        def statement(text: str) -> bytes:
            return SQL(text).format(table=table, columns=SQL(COLUMNS)).as_bytes()

        self._pool = pool
        self._select = statement("SELECT {columns} FROM {table} WHERE stream = %b ORDER BY version")
        self._select_state = statement("SELECT state FROM {table} WHERE stream = %b AND version = %b")
        self._delete = statement("DELETE FROM {table} WHERE stream = %b AND revision <> %b")
        self._insert = statement(
            "INSERT INTO {table} VALUES (%b, %b, %b, %b, %b, %b, %b) ON CONFLICT (stream, version) DO UPDATE SET revision = excluded.revision, "
            "first_at = excluded.first_at, last_at = excluded.last_at, known_at = excluded.known_at, state = excluded.state")
        making.execute(statement(
            "CREATE TABLE IF NOT EXISTS {table} (stream uuid, version integer, revision text NOT NULL, first_at bigint NOT NULL, "
            "last_at bigint NOT NULL, known_at bigint NOT NULL, state bytea NOT NULL, PRIMARY KEY (stream, version))"), prepare=False)

    def of(self, stream: UUID) -> list[Stage]:
        """The stages of a stream, in order."""
        return [Stage(*row) for row in self._rows(self._select, stream)]

    def state(self, stream: UUID, version: int) -> bytes | None:
        """The state at a stage."""
        rows = self._rows(self._select_state, stream, version)
        return rows[0][0] if rows else None

    def put(self, stream: UUID, kept: Sequence[tuple[Stage, bytes]]) -> None:
        """Keep stages of one revision."""
        with self._pool.connection() as connection, connection.transaction():
            connection.execute(self._delete, (stream, kept[0][0].revision))
            for stage, state in kept:
                connection.execute(self._insert, (stream, *stage, state))

    def _rows(self, statement: bytes, *values: object) -> list[Any]:
        with self._pool.connection() as connection:
            return connection.execute(statement, values, binary=True).fetchall()
