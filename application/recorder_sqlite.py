"""Logs in a SQLite file."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import (
    SQLiteAggregateRecorder,
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
    SQLiteTransaction,
)

from application.mapper import Row
from application.recorder import LAST, Answered, Append, LogRecorder, Remembered, RequestKey, StoredRow, TryAgain
from application.stages import SQLiteStages
from application.store_files import BUSY_SECONDS, connected

CONNECTIONS = 16
CONNECTIONS_AT_MOST = 64
ID = re.compile(rb"[0-9a-f]{32}")


class LogTransaction(SQLiteTransaction):
    """A transaction that takes the write lock at once if it is to write; one that cannot be committed leaves nothing open."""

    def __enter__(self) -> SQLiteCursor:
        """Begin."""
        cursor = self.connection.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE" if self.commit else "BEGIN")
        except sqlite3.OperationalError as error:
            raise TryAgain("Another process holds the log. Nothing was recorded; try again.") from error
        return cursor

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Commit, or roll back."""
        try:
            super().__exit__(kind, error, trace)
        except BaseException:
            self.connection.rollback()
            raise


class LogConnection(SQLiteConnection):
    """A connection whose transactions are of that kind."""

    @contextmanager
    def transaction(self, *, commit: bool) -> Iterator[SQLiteCursor]:
        """A transaction with its cursor."""
        with LogTransaction(self, commit=commit) as cursor, cursor:
            yield cursor

    def rows(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        """The rows of one SELECT, as tuples; a statement of its own sees one moment of the log."""
        cursor = self._sqlite_conn.cursor()
        cursor.row_factory = None
        return cursor.execute(statement, parameters).fetchall()


class LogPool(SQLiteConnectionPool):
    """A pool of such connections."""

    def _create_connection(self) -> LogConnection:
        connection = connected(Path(self.db_name))
        connection.row_factory = sqlite3.Row  # for the library's own reading
        return LogConnection(connection, self.max_age)


class SQLiteLogs(SQLiteDatastore):
    """The file `path` that logs share. One thread of a process writes at a time; readers wait for nobody."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.pool: LogPool = LogPool(
            db_name=str(path), pool_size=CONNECTIONS, max_overflow=CONNECTIONS_AT_MOST - CONNECTIONS, pool_timeout=BUSY_SECONDS)
        self._writing = Lock()

    @property
    def is_written(self) -> bool:
        """Whether a thread of this process writes right now."""
        return self._writing.locked()

    @contextmanager
    def get_connection(self, *, commit: bool) -> Iterator[SQLiteConnection]:
        """A connection; one to commit with is given to one thread at a time.

        The pool's own lock for writers would make readers queue behind those that wait for it.
        """
        if not commit:
            with self._connection() as connection:
                yield connection
            return
        if not self._writing.acquire(timeout=BUSY_SECONDS):
            raise TryAgain(f"Nobody else in this process could write to the log for {BUSY_SECONDS} seconds. Nothing was recorded; try again.")
        try:
            with self._connection() as connection:
                yield connection
        finally:
            self._writing.release()

    def spread(self, asked: int | None) -> int:
        """Over how many logs accounts are spread, in the table "made"; one without it was made when there was but one."""
        with self.transaction(commit=True) as cursor:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {row[0] for row in cursor.fetchall()}
            if "made" not in tables:
                cursor.execute("CREATE TABLE made (logs INTEGER NOT NULL)")
                cursor.execute("INSERT INTO made VALUES (?)", (1 if tables else asked or 1,))
            cursor.execute("SELECT logs FROM made")
            return int(cursor.fetchone()[0])

    def recorder(self, name: str) -> SQLiteLog:
        """The log of that name, made if it is not there."""
        recorder = SQLiteLog(self, name)
        recorder.create_table()
        return recorder

    def announce(self, about: str, word: str) -> None:
        """Nobody can listen."""

    def snapshots(self, name: str) -> SQLiteSnapshots:
        """The snapshots of its streams."""
        recorder = SQLiteSnapshots(self, f"{name}_snapshots")
        recorder.create_table()
        return recorder

    def stages(self, name: str) -> SQLiteStages:
        """The stages of its streams."""
        return SQLiteStages(self, f"{name}_stages")

    def rows(self, statement: str, parameters: Sequence[object]) -> list[Any]:
        """The rows of one SELECT, as tuples."""
        with self._connection() as connection:
            return connection.rows(statement, parameters)

    @contextmanager
    def _connection(self) -> Iterator[LogConnection]:
        connection = self.pool.get_connection()
        assert isinstance(connection, LogConnection)  # noqa: S101 - the pool makes no others
        try:
            yield connection
        finally:
            self.pool.put_connection(connection)


class SQLiteLog(SQLiteApplicationRecorder, LogRecorder):
    """The facts of one log in the table of its name, positions dense from 1, and the requests answered in "{name}_requests"."""

    datastore: SQLiteLogs

    def __init__(self, datastore: SQLiteLogs, name: str) -> None:
        self.requests_table_name = f"{name}_requests"
        super().__init__(datastore, name)
        facts, requests = self.events_table_name, self.requests_table_name
        place = f"SELECT originator_id, originator_version, topic, state, rowid FROM {facts} "  # noqa: S608 - names are constants
        self._insert = f"INSERT INTO {facts} (rowid, originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?, ?)"  # noqa: S608
        self._insert_request = f"INSERT INTO {requests} VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        self._select_stream = place + "WHERE originator_id = ? AND originator_version > ? AND originator_version <= ? ORDER BY originator_version"
        among = "WHERE originator_id IN (SELECT value FROM json_each(?)) AND rowid <= ? "
        self._select_streams = place + among + "ORDER BY originator_id, originator_version"
        self._select_by_stream = (
            place + "WHERE (originator_id, originator_version) > (?, ?) AND originator_id <= ? AND rowid <= ? "
            "ORDER BY originator_id, originator_version LIMIT ?")
        self._select_log = place + "WHERE rowid > ? ORDER BY rowid LIMIT ?"
        self._select_stored = (
            "SELECT rowid, CASE typeof(originator_id) WHEN 'text' THEN CAST(originator_id AS BLOB) END, "  # noqa: S608 - names are constants
            "CASE typeof(originator_version) WHEN 'integer' THEN originator_version END, "
            "CASE typeof(topic) WHEN 'text' THEN CAST(topic AS BLOB) END, CASE typeof(state) WHEN 'blob' THEN state END "
            f"FROM {facts} WHERE rowid >= ? ORDER BY rowid LIMIT ?")
        placed = "rowid IN (SELECT value FROM json_each(?))"
        self._select_placed = place + f"WHERE {placed} ORDER BY rowid"
        self._select_requests = (
            f"SELECT principal, stream, key, payload, first_version, last_version, position FROM {requests} "  # noqa: S608
            "WHERE (principal, stream, key) > (?, ?, ?) ORDER BY principal, stream, key LIMIT ?")
        named = "topic IN (SELECT value FROM json_each(?))"
        self._select_named = place + f"WHERE rowid > ? AND rowid <= ? AND {named} ORDER BY rowid LIMIT ?"
        self._select_last = f"SELECT coalesce(max(rowid), 0) FROM {facts}"  # noqa: S608
        self._select_request = (
            f"SELECT payload, first_version, last_version, position FROM {requests} "  # noqa: S608
            "WHERE principal = ? AND stream = ? AND key = ?")

    def construct_create_table_statements(self) -> list[str]:
        """The library's table with its rowid named, so that VACUUM may not renumber it; and the requests."""
        facts = (
            f"CREATE TABLE IF NOT EXISTS {self.events_table_name} (rowid INTEGER PRIMARY KEY, originator_id TEXT NOT NULL, "
            "originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL, UNIQUE (originator_id, originator_version))")
        requests = (
            f"CREATE TABLE IF NOT EXISTS {self.requests_table_name} (principal TEXT, stream TEXT, key TEXT, payload BLOB NOT NULL, "
            "first_version INTEGER NOT NULL, last_version INTEGER NOT NULL, position INTEGER NOT NULL, "
            "PRIMARY KEY (principal, stream, key)) WITHOUT ROWID")
        return [facts, requests]

    def append(self, events: Sequence[StoredEvent], answered: Sequence[Answered]) -> int:
        """Record events and answers in a transaction of their own."""
        with self.held() as append:
            return append(events, answered)

    @contextmanager
    def held(self) -> Iterator[Append]:
        """The write lock of the file."""
        with self.datastore.transaction(commit=True) as cursor:
            yield partial(self._append, cursor)

    def _append(self, cursor: SQLiteCursor, events: Sequence[StoredEvent], answered: Sequence[Answered]) -> int:
        cursor.execute(self._select_last)
        last = int(cursor.fetchone()[0])
        rows = [(position, _text(it.originator_id), it.originator_version, it.topic, it.state)
                for position, it in enumerate(events, last + 1)]
        cursor.executemany(self._insert, rows)
        cursor.executemany(self._insert_request, [
            (it.request.principal, it.request.stream.hex, it.request.key, it.payload, it.first_version, it.last_version,
             last + it.preceding) for it in answered])
        return last

    def _insert_events(self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        last = self._append(c, stored_events, ())
        return range(last + 1, last + 1 + len(stored_events))

    def stream_rows(self, stream: UUID, after: int, until: int = LAST) -> list[Row]:
        """The rows of a stream after a version, up to and with another one."""
        return self.datastore.rows(self._select_stream, (stream.hex, after, until))

    def streams_rows(self, streams: Collection[UUID], until: int) -> list[Row]:
        """The rows of several streams up to and with a position of the log, one stream after the other."""
        listed = json.dumps([stream.hex for stream in streams])
        return self.datastore.rows(self._select_streams, (listed, until))

    def rows_by_stream(self, stream: UUID, version: int, last: UUID, until: int, limit: int) -> list[Row]:
        """The rows up to and with a position of the log, by stream and version: at most `limit` of those after these, up to the `last` stream."""
        return self.datastore.rows(self._select_by_stream, (stream.hex, version, last.hex, until, limit))

    def log_rows(self, after: int, limit: int) -> list[Row]:
        """The rows of the log after a position, at most `limit` of them."""
        return self.datastore.rows(self._select_log, (after, limit))

    def stored_rows(self, first: int, limit: int) -> list[StoredRow]:
        """What lies at a position and after it, at most `limit` rows of it. SQLite keeps whatever it is given in any column."""
        rows = self.datastore.rows(self._select_stored, (first, limit))
        return [StoredRow(position, _id_bytes(stream), version, name, state) for position, stream, version, name, state in rows]

    def placed_rows(self, positions: Collection[int]) -> list[Row]:
        """The rows at these positions of the log, in order; nothing where there is none."""
        return self.datastore.rows(self._select_placed, (json.dumps(list(positions)),))

    def requests_after(self, after: RequestKey | None, limit: int) -> list[tuple[RequestKey, Remembered]]:
        """The requests that were answered, by their keys, after one of them (None: from the first), at most `limit` of them."""
        first = (after.principal, after.stream.hex, after.key) if after else ("", "", "")
        rows = self.datastore.rows(self._select_requests, (*first, limit))
        return [(RequestKey(row[0], UUID(row[1]), row[2]), Remembered(*row[3:])) for row in rows]

    def named_rows(self, names: Sequence[str], after: int, until: int, limit: int) -> list[Row]:
        """The rows of those names after a position and up to another one, at most `limit` of them."""
        return self.datastore.rows(self._select_named, (after, until, json.dumps(names), limit))

    def last_position(self) -> int:
        """The greatest position, 0 while the log is empty."""
        return int(self.datastore.rows(self._select_last, ())[0][0])

    def remembered(self, request: RequestKey) -> Remembered | None:
        """What is remembered of a request, if it was answered."""
        rows = self.datastore.rows(self._select_request, (request.principal, request.stream.hex, request.key))
        return Remembered(*rows[0]) if rows else None


class SQLiteSnapshots(SQLiteAggregateRecorder):
    """The latest snapshot of each stream; a later one takes its place."""

    datastore: SQLiteLogs

    def __init__(self, datastore: SQLiteLogs, name: str) -> None:
        super().__init__(datastore, name)
        self._delete = f"DELETE FROM {name} WHERE originator_id = ?"  # noqa: S608
        self._select_latest = (
            f"SELECT originator_version, topic, state FROM {name} "  # noqa: S608
            "WHERE originator_id = ? ORDER BY originator_version DESC LIMIT 1")

    def latest(self, stream: UUID) -> tuple[int, str, bytes] | None:
        """The version, the revision and the bytes of a stream's snapshot, if it has one."""
        rows: list[tuple[int, str, bytes]] = self.datastore.rows(self._select_latest, (stream.hex,))
        return rows[0] if rows else None

    def put(self, stream: UUID, version: int, revision: str, state: bytes) -> None:
        """Keep a snapshot."""
        self.insert_events([StoredEvent(stream, version, revision, state)])

    def _insert_events(self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], **_: Any) -> None:
        c.executemany(self._delete, [(_text(it.originator_id),) for it in stored_events])
        super()._insert_events(c, stored_events)


def _text(stream: UUID | str) -> str:
    return stream.hex if isinstance(stream, UUID) else stream


@lru_cache(maxsize=65536)
def _id_bytes(text: bytes | None) -> bytes | None:
    """The bytes of a stream's id by its hex, in the one form in which it is written."""
    if text is None or not ID.fullmatch(text):
        return None
    return bytes.fromhex(text.decode())
