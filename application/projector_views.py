"""How the read models' file is opened: read by many, written by one at a time, never half."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

from application.store_files import BUSY_SECONDS, switch_to_wal

PAGES_BEFORE_CHECKPOINT = 4000  # 16 MB: rows change often, and a page is written home once for many commits
CONNECTIONS = 16
CONNECTIONS_AT_MOST = 64
WRITES = "writes"


def open_views(folder: Path) -> Engine:
    """The read models (`views.db`) of a folder, made if they are not there.

    They may be lost, for they are derived: a commit is not flushed (synchronous=NORMAL). Every transaction sees one moment; one that
    writes takes the lock as it begins, for one that read first and then writes fails at once if another wrote in between.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "views.db"
    engine = create_engine(
        "sqlite+pysqlite://", creator=lambda: connected(path), poolclass=QueuePool, pool_size=CONNECTIONS,
        max_overflow=CONNECTIONS_AT_MOST - CONNECTIONS, pool_timeout=BUSY_SECONDS)
    event.listen(engine, "begin", begin)
    return engine


def connected(path: Path) -> sqlite3.Connection:
    """A connection, for any thread, that begins no transactions by itself."""
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
    """Begin a transaction."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITES) else "BEGIN")


@contextmanager
def writing(views: Engine) -> Iterator[Connection]:
    """A transaction that writes, committed at the end."""
    with views.execution_options(**{WRITES: True}).begin() as connection:
        yield connection
