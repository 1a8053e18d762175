"""A log in PostgreSQL with read models that are followed, in this process or in another one that may be killed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Engine, Table, select

from application.announcing import progress
from application.following import Following
from application.projector import Projector, open_views
from application.store import Log, Store
from application.turns import TURNS
from domain.creator.state import Account
from domain.facts import Fact
from projections.catalogue import READ_MODELS
from projections.readmodel import ReadModel
from tests.live import PATIENCE
from tests.raw import rows_of
from tests.test_projections_histories import MASTER, log_of

SPAWN = multiprocessing.get_context("spawn")
NEVER = 3600.0  # seconds between two looks: longer than any test waits
ALL = frozenset(READ_MODELS)
HOLDER = f"SELECT DISTINCT pid FROM pg_locks WHERE locktype = 'advisory' AND classid = {TURNS} AND granted"  # noqa: S608
SILENTLY = (
    "INSERT INTO log.creators SELECT %s + it.number, it.stream, it.version, it.name, it.state FROM unnest(%s::uuid[], %s::integer[], %s::text[], "
    "%s::bytea[]) WITH ORDINALITY AS it (stream, version, name, state, number) RETURNING position")
LISTENER = "SELECT pid FROM pg_stat_activity WHERE query = 'LISTEN governance'"
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass
class Deployment:
    """One process's part of a deployment, open."""

    folder: Path
    database: str
    store: Store
    log: Log[Account]
    views: Engine

    def projector(self, models: Mapping[str, ReadModel] = READ_MODELS, at_most: int = 2000) -> Projector:
        """A projector that tells other processes how far it has come."""
        return Projector(self.log, self.views, models, at_most=at_most, announce=lambda position: self.store.announce(*progress(0, position)))

    def come_to(self) -> set[int]:
        """The positions that the read models have reached."""
        return set(Projector(self.log, self.views).positions().values())

    def all(self, table: Table) -> list[Any]:
        """The rows of a table."""
        with self.views.connect() as connection:
            return list(connection.execute(select(table)))

    def rows(self) -> Rows:
        """Every row of every read model, as stored."""
        return rows_of(self.views, READ_MODELS)

    def record_silently(self, facts: list[Fact]) -> None:
        """Record facts of which nobody hears a word."""
        stored = self.log.mapper.stored(facts)
        columns = [list(column) for column in zip(*((it.originator_id, it.originator_version, it.topic, it.state) for it in stored), strict=True)]
        self.ask(SILENTLY, self.log.last_position(), *columns)

    def ask(self, statement: str, *values: Any) -> list[Any]:
        """The rows of a statement."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def end_session(self, which: str) -> None:
        """Let the server end the one session that a statement finds."""
        ((pid,),) = self.ask(which)
        assert self.ask("SELECT pg_terminate_backend(%s, 10000)", pid) == [(True,)]


@contextmanager
def deployed(folder: Path, database: str) -> Iterator[Deployment]:
    """A deployment in a folder and a database."""
    with Store.open(folder, MASTER, database=database) as store:
        views = open_views(folder, database)
        try:
            yield Deployment(folder, database, store, log_of(store), views)
        finally:
            views.dispose()


@contextmanager
def followed(projector: Projector, database: str, look_every: float = NEVER) -> Iterator[Following]:
    """Meanwhile this process follows the log."""
    following = Following(database, {projector.number: projector}, look_every)
    try:
        yield following
    finally:
        following.close()


def follow(folder: Path, database: str, at_most: int, told: Connection) -> None:
    """In a process of its own: follow the log until killed, and tell of every position that is reached."""
    with deployed(folder, database) as here:
        projector = here.projector(at_most=at_most)
        with projector.telling(lambda: told.send(projector.reached(0))), followed(projector, database, look_every=0.1) as following:
            while following.turns(0) != ALL:
                pass
            told.send("active")
            SPAWN.Event().wait()


def record(folder: Path, database: str, facts: list[Fact]) -> None:
    """In a process of its own: record facts, and project nothing."""
    with deployed(folder, database) as here:
        for start in range(0, len(facts), 50):
            here.log.append(facts[start:start + 50])


@contextmanager
def in_process(work: Any, *given: Any) -> Iterator[BaseProcess]:
    """Meanwhile another process does some work; it is killed at the end if it has not ended."""
    process = SPAWN.Process(target=work, args=given)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def done_elsewhere(work: Any, *given: Any) -> None:
    """Let another process do some work."""
    with in_process(work, *given) as process:
        process.join(PATIENCE)
        assert process.exitcode == 0


@contextmanager
def active_elsewhere(here: Deployment, at_most: int = 2000) -> Iterator[tuple[BaseProcess, Connection]]:
    """Another process that follows and has all turns, and what it tells: each position that it reaches."""
    heard, told = SPAWN.Pipe(duplex=False)
    with in_process(partial(follow, here.folder, here.database, at_most), told) as process:
        told.close()
        while True:
            assert heard.poll(PATIENCE)
            if heard.recv() == "active":
                break
        yield process, heard
