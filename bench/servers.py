"""The PostgreSQL that is measured: the one that is named, or a new one with fsync on, with the same settings for all who are compared."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import psycopg

from tests.postgres import database as new_database
from tests.postgres import server

__all__ = ["host", "new_database", "settings_of"]

# As PostgreSQL comes, but for connections and for what its manual says is too small for all but the smallest servers; each commit is flushed.
OPTIONS = "-c max_connections=300 -c shared_buffers=1GB -c max_wal_size=8GB"
TOLD = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "max_wal_size")


def host(database: str | None) -> AbstractContextManager[str]:
    """An administrator's DSN of the server to measure."""
    return nullcontext(database) if database else server(OPTIONS)


def settings_of(dsn: str) -> str:
    """The server's version and those of its settings that figures depend on, in one line."""
    with psycopg.connect(dsn) as connection:
        told = {name: connection.execute(f"SHOW {name}".encode()).fetchone() for name in TOLD}
    return "PostgreSQL " + ", ".join(
        f"{row[0]}" if name == "server_version" else f"{name} {row[0]}" for name, row in told.items() if row)
