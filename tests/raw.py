"""The databases themselves, past the program: what is stored, and how one is made to fail."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from sqlalchemy import Engine

from application.settings import Settings
from projections.readmodel import ReadModel


def dsn_of(settings: Settings) -> str:
    """The PostgreSQL URL of a deployment, "" if it has SQLite files."""
    return settings.database.get_secret_value() if settings.database else ""


def environment(settings: Settings) -> dict[str, str]:
    """The variables under which a process finds the same deployment."""
    return {"GOVERNANCE_FOLDER": str(settings.folder)} | ({"GOVERNANCE_DATABASE": dsn} if (dsn := dsn_of(settings)) else {})


@contextmanager
def log_database(settings: Settings) -> Iterator[Any]:
    """A connection of one's own to the database of the log; tables are named as in SQLite."""
    if dsn := dsn_of(settings):
        with psycopg.connect(dsn, autocommit=True, options="-c search_path=log") as connection:
            yield connection
    else:
        with closing(sqlite3.connect(settings.folder / "log.db", isolation_level=None)) as file:
            yield file


def breaking(table: str, message: str, *, postgres: bool) -> list[str]:
    """Statements after which every INSERT into a table fails with a message."""
    if not postgres:
        return [f"CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, '{message}'); END"]
    return [f"CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{message}'; END $$",
            f"CREATE TRIGGER broken BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION broken()"]


def mending(table: str, *, postgres: bool) -> str:
    """The statement that ends it."""
    return f"DROP TRIGGER broken ON {table}" if postgres else "DROP TRIGGER broken"


def rows_of(views: Engine, models: Mapping[str, ReadModel]) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of these read models, as stored."""
    names = [table.name for model in models.values() for table in model.tables]
    with views.connect() as connection:
        return {name: sorted((tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {name}")), key=repr) for name in names}  # noqa: S608


def everything(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table: facts, keys of requests, personal keys, read models."""
    files = ["keys.db"] if settings.database else ["log.db", "keys.db", "views.db"]
    found: dict[str, list[tuple[Any, ...]]] = {}
    for file in files:
        with closing(sqlite3.connect(f"file:{settings.folder / file}?mode=ro", uri=True)) as store:
            for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
                found[f"{file}/{name}"] = store.execute(f"SELECT * FROM {name}").fetchall()  # noqa: S608  # its own tables
    if dsn := dsn_of(settings):
        with psycopg.connect(dsn, autocommit=True) as store:
            for schema, name in store.execute(
                    "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('log', 'views') ORDER BY 1, 2").fetchall():
                found[f"{schema}/{name}"] = store.execute(f'SELECT * FROM {schema}."{name}"'.encode()).fetchall()  # noqa: S608  # as above
    return found
