"""How a deployment's database is asked about itself: the statements in both dialects, and connections that can only read."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg

from application.recorder_postgres import PostgresLogs
from application.recorder_sqlite import SQLiteLogs
from application.settings import Settings, SettingsInvalid, variable
from application.wiring import System

Kind = Literal["sqlite", "postgresql"]
Ask = Callable[[str], Sequence[Sequence[Any]]]

LOG_NAME = re.compile(r"[a-z][a-z0-9_]*")
SNAPSHOTS = "_snapshots"
PATIENCE_SECONDS = 10
CREATORS_WITH_A_KEY = "SELECT (SELECT count(*) FROM creator_keys) - (SELECT count(*) FROM creator_keys WHERE wrapped IS NULL)"


class NotMade(Exception):
    """There is no deployment in that place."""


@dataclass(frozen=True)
class Words:
    """What things are called in one kind of database: the table of a log and its columns, that of the read models' positions."""

    log: str
    position: str
    stream: str
    version: str
    positions: str
    tables: str
    program: str


WORDS: dict[Kind, Words] = {
    "sqlite": Words(
        "{}", "rowid", "originator_id", "originator_version", "positions", "SELECT name FROM sqlite_master WHERE type = 'table'",
        "SELECT sqlite_version()"),
    "postgresql": Words(
        "log.{}", "position", "stream", "version", "views.positions", "SELECT tablename FROM pg_tables WHERE schemaname = 'log'",
        "SHOW server_version"),
}
SIZES = (
    "SELECT n.nspname, coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_namespace n "
    "LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r' WHERE n.nspname IN ('log', 'views') GROUP BY 1")


@dataclass(frozen=True)
class Asking:
    """A database that can be asked; `log` and `views` each answer one SELECT with its rows. The keys lie in `folder`."""

    kind: Kind
    log: Ask
    views: Ask
    folder: Path

    @property
    def words(self) -> Words:
        """What things are called in it."""
        return WORDS[self.kind]

    def logs(self) -> list[str]:
        """The names of all logs: each has a table of snapshots beside it."""
        names = (str(row[0]) for row in self.log(self.words.tables))
        return sorted(it.removesuffix(SNAPSHOTS) for it in names if it.endswith(SNAPSHOTS) and LOG_NAME.fullmatch(it))

    def positions(self) -> Sequence[Sequence[Any]]:
        """Of everything that follows a log: its name, the log, the version, the position, where it failed, the error."""
        return self.views(f"SELECT name, log, version, position, failed_at, error FROM {self.words.positions} ORDER BY log, name")  # noqa: S608

    def last_positions(self, logs: Collection[str]) -> dict[str, int]:
        """The last position of each log."""
        it = self.words
        parts = [f"SELECT '{log}', coalesce(max({it.position}), 0) FROM {it.log.format(log)}" for log in logs]  # noqa: S608
        return {str(name): int(position) for name, position in self.log(" UNION ALL ".join(parts))} if parts else {}

    def facts_at_next(self, places: Collection[tuple[str, int]]) -> list[tuple[str, int, bytes]]:
        """For each log and position in it: both, and what is stored of the fact at the next position."""
        it = self.words
        parts = [f"SELECT '{log}', {position}, state FROM {it.log.format(log)} WHERE {it.position} = {position + 1}"  # noqa: S608
                 for log, position in places]
        return [(log, position, bytes(state)) for log, position, state in self.log(" UNION ALL ".join(parts))] if parts else []

    def snapshots(self, log: str) -> tuple[int, tuple[str, int, int] | None]:
        """How many snapshots a log has; of the stream whose snapshot lacks most facts the id, the snapshot's version and how many it lacks."""
        it, facts, table = self.words, self.words.log.format(log), self.words.log.format(log + SNAPSHOTS)
        last = f"(SELECT max(f.{it.version}) FROM {facts} f WHERE f.{it.stream} = s.{it.stream})"  # noqa: S608
        rows = self.log(
            f"SELECT CAST(s.{it.stream} AS text), s.{it.version}, {last} - s.{it.version} FROM {table} s ORDER BY 3 DESC LIMIT 1")  # noqa: S608
        ((count,),) = self.log(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(count), (str(rows[0][0]), int(rows[0][1]), int(rows[0][2] or 0)) if rows else None

    def keys(self) -> int:
        """How many creators have a key."""
        with reading(self.folder / "keys.db") as ask:
            return int(ask(CREATORS_WITH_A_KEY)[0][0])

    def measured(self) -> tuple[str, int, int, int]:
        """The version of the database's program, and how many bytes the logs, the read models and the keys take."""
        ((version,),) = self.log(self.words.program)
        if self.kind == "postgresql":
            sizes = {str(name): int(size) for name, size in self.log(SIZES)}
        else:
            sizes = {"log": bytes_of(self.folder / "log.db"), "views": bytes_of(self.folder / "views.db")}
        return str(version), sizes.get("log", 0), sizes.get("views", 0), bytes_of(self.folder / "keys.db")


def of_system(system: System) -> Asking:
    """The database of a system that is open, through its own connections."""
    match system.store.datastore:
        case PostgresLogs(pool=pool):

            def ask(statement: str) -> Sequence[Sequence[Any]]:
                with pool.connection() as connection:
                    return connection.execute(statement.encode(), prepare=False).fetchall()

            return Asking("postgresql", ask, ask, system.settings.folder)
        case SQLiteLogs(rows=rows):

            def views(statement: str) -> Sequence[Sequence[Any]]:
                with system.views.connect() as connection:
                    return connection.exec_driver_sql(statement).all()

            return Asking("sqlite", lambda statement: rows(statement, ()), views, system.settings.folder)
        case other:
            raise TypeError(f"{type(other).__name__} is not known here.")


def bytes_of(file: Path) -> int:
    """How many bytes a SQLite file takes, with what is not yet written home."""
    parts = (file, file.with_name(file.name + "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


@contextmanager
def asked(settings: Settings) -> Iterator[Asking]:
    """The database of a deployment, only to be read: nothing is made, projected or recorded.

    NotMade if nothing is there; SettingsInvalid if it cannot be reached.
    """
    if not (settings.folder / "keys.db").exists():
        raise NotMade(f"There is no deployment in {settings.folder}/; set {variable('folder')}, or begin one with `governance packs publish`.")
    if settings.database is not None:
        with session(settings.database.get_secret_value()) as ask:
            if not ask("SELECT FROM pg_tables WHERE schemaname = 'views' AND tablename = 'positions'"):
                raise NotMade(f"{variable('database')} names a database in which no deployment was made.")
            yield Asking("postgresql", ask, ask, settings.folder)
        return
    files = [settings.folder / name for name in ("log.db", "views.db")]
    if missing := [file.name for file in files if not file.exists()]:
        raise NotMade(f"{settings.folder}/ has keys but no {' and no '.join(missing)}; is {variable('database')} to be set?")
    with reading(files[0]) as log, reading(files[1]) as views:
        yield Asking("sqlite", log, views, settings.folder)


@contextmanager
def reading(file: Path) -> Iterator[Ask]:
    """A SQLite file that can only be read."""
    with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=PATIENCE_SECONDS)) as connection:
        yield lambda statement: connection.execute(statement).fetchall()


@contextmanager
def session(dsn: str) -> Iterator[Ask]:
    """A session with PostgreSQL that can only read."""
    try:
        connection = psycopg.connect(dsn, autocommit=True, connect_timeout=PATIENCE_SECONDS)
    except psycopg.OperationalError as error:  # its message names no password
        raise SettingsInvalid([f"{variable('database')} names a database that cannot be reached: {error}."]) from None
    with connection:
        connection.execute("SET default_transaction_read_only = on")
        yield lambda statement: connection.execute(statement.encode()).fetchall()
