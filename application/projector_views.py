"""How the read models' database is opened: read by many, written by one at a time, never half."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import InvalidatePoolError

from application.store_files import BUSY_SECONDS, switch_to_wal
from application.store_sessions import LIVELY, MAKING, has_spoken
from projections.places import GATE
from projections.tables import metadata

PAGES_BEFORE_CHECKPOINT = 4000  # 16 MB: rows change often, and a page is written home once for many commits
CONNECTIONS = 16
CONNECTIONS_AT_MOST = 64
WRITES = "writes"
MAKES = "makes"
SCHEMA = "views"
WRITING = 0x76696577  # the advisory lock of whoever writes
SESSION = (
    f"-c search_path={SCHEMA} -c timezone=UTC -c synchronous_commit=off -c jit=off -c lock_timeout={BUSY_SECONDS}s "
    f"-c idle_in_transaction_session_timeout={BUSY_SECONDS}s")


def open_views(folder: Path, database: str = "") -> Engine:
    """The read models of a folder (`views.db`), or those in the schema "views" of a PostgreSQL `database`; made if they are not there.

    They may be lost, for they are derived: a commit is not flushed. Every transaction sees one moment; one that writes takes the lock
    as it begins, for one that read first and then writes would fail if another wrote in between.
    """
    engine = open_postgres(database) if database else open_sqlite(folder)
    try:
        with writing(engine) as connection:
            metadata.create_all(connection)
    except BaseException:
        engine.dispose()
        raise
    return engine


def open_sqlite(folder: Path) -> Engine:
    """The read models of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = engine_of("sqlite+pysqlite://", partial(connected, folder / "views.db"))
    event.listen(engine, "begin", begin)
    return engine


def open_postgres(dsn: str) -> Engine:
    """The read models in a database."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (MAKING,))
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}".encode())
        connection.execute(f"CREATE TABLE IF NOT EXISTS {SCHEMA}.{GATE} ()".encode())
    engine = engine_of("postgresql+psycopg://", partial(psycopg.connect, dsn, autocommit=True, options=SESSION, **LIVELY))
    event.listen(engine, "begin", begin_postgres)
    event.listen(engine, "checkout", refuse_ended)
    return engine


def engine_of(dialect: str, connect: Callable[[], Any]) -> Engine:
    """An engine over connections that begin no transactions by themselves."""
    return create_engine(
        dialect, creator=connect, poolclass=QueuePool, pool_size=CONNECTIONS, max_overflow=CONNECTIONS_AT_MOST - CONNECTIONS,
        pool_timeout=BUSY_SECONDS, hide_parameters=True)  # what a statement was given is not for the log


def connected(path: Path) -> sqlite3.Connection:
    """A connection to a file, for any thread."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        switch_to_wal(connection)
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint={PAGES_BEFORE_CHECKPOINT}")
    except BaseException:
        connection.close()
        raise
    return connection


def begin(connection: Connection) -> None:
    """Begin a transaction in SQLite."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")


def begin_postgres(connection: Connection) -> None:
    """Begin a transaction in PostgreSQL, in one round trip.

    A reader passes the gate before it sees its moment: whoever swaps tables closes it, and no reader sees half of a swap.
    """
    options = connection.get_execution_options()
    if options.get(MAKES):
        connection.exec_driver_sql("BEGIN ISOLATION LEVEL READ COMMITTED")
    elif options.get(WRITES):
        connection.exec_driver_sql(f"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock({WRITING})")
    else:
        connection.exec_driver_sql(f"BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE {GATE} IN ACCESS SHARE MODE")


def refuse_ended(connection: Any, *_: object) -> None:
    """Let no connection be used that the server has ended."""
    if has_spoken(connection):
        raise InvalidatePoolError


@contextmanager
def making(views: Engine) -> Iterator[Connection]:
    """A transaction that may take its time over what nobody reads yet: in PostgreSQL no writer and no swap waits for it."""
    with views.execution_options(**{WRITES: True, MAKES: True}).begin() as connection:
        yield connection


@contextmanager
def writing(views: Engine) -> Iterator[Connection]:
    """A transaction that writes, committed at the end."""
    with views.execution_options(**{WRITES: True}).begin() as connection:
        yield connection
