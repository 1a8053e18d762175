"""Many writers, some of them killed, some of their sessions ended by the server: who reads the log on and on misses nothing of it."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator
from itertools import count
from multiprocessing.connection import Connection, wait
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any

import psycopg
import pytest

from application.store import Log
from domain.facts import Fact
from tests.postgres import database, server
from tests.test_store_process import JARS, Jar, Place
from tests.test_store_soak_process import LOST, write_for_ever

SPAWN = multiprocessing.get_context("spawn")
SECONDS = float(os.environ.get("GOVERNANCE_SOAK_SECONDS", "30"))
WRITERS = 3
LOGS = 2
SLOW_DISK = "-c commit_delay=2000 -c commit_siblings=0"  # a flush takes 2 ms at least, so that writers meet each other
Told = tuple[str, Any, int, int]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with server(SLOW_DISK) as dsn, database(dsn) as name:
        yield Place(tmp_path, name, LOGS)


class Reader(Thread):
    """Reads a log from its beginning, again and again from where it had come to, until it has read `until`."""

    def __init__(self, log: Log[Jar]) -> None:
        super().__init__(daemon=True)
        self.log, self.facts, self.until = log, list[Fact](), Event()
        self.wrong: list[str] = []

    def run(self) -> None:
        while True:
            last = self.until.is_set()
            try:
                facts = self.log.facts_after(len(self.facts), 500)
            except LOST:
                continue
            for fact in facts:
                if fact.position != len(self.facts) + 1:
                    self.wrong.append(f"{fact.position} after {len(self.facts)}")
                self.facts.append(fact)
            if last and not facts:
                return


class Writers:
    """Processes that write, each replaced by a new one when it is killed; and what they were answered."""

    def __init__(self, place: Place) -> None:
        self.place, self.names = place, count()
        self.running = [self._new() for _ in range(WRITERS)]
        self.heard: list[Told] = []

    def kill(self, which: int) -> None:
        process, heard = self.running[which]
        process.kill()
        process.join()
        self._hear_out(heard)
        self.running[which] = self._new()

    def listen(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for heard in wait([heard for _, heard in self.running], left):
                assert isinstance(heard, Connection)
                self.heard.append(heard.recv())

    def end(self) -> None:
        for process, heard in self.running:
            process.kill()
            process.join()
            self._hear_out(heard)

    def _new(self) -> tuple[Any, Connection]:
        heard, told = SPAWN.Pipe(duplex=False)
        process = SPAWN.Process(target=write_for_ever, args=(self.place, f"writer-{next(self.names)}", told))
        process.start()
        told.close()
        return process, heard

    def _hear_out(self, heard: Connection) -> None:
        with heard:
            try:
                while True:
                    self.heard.append(heard.recv())
            except EOFError:
                return


def end_a_session(place: Place, chance: Random) -> None:
    """Let the server end one of the sessions with the database, whatever it is doing."""
    with psycopg.connect(place.database, autocommit=True) as connection:
        others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY pid"
        sessions = connection.execute(others).fetchall()
        if sessions:
            connection.execute("SELECT pg_terminate_backend(%s)", chance.choice(sessions))


def test_whoever_reads_on_reads_every_answered_fact_once_and_in_order(place: Place) -> None:
    chance = Random(1)  # noqa: S311  # a choice, not a secret
    with place.open() as store:
        readers = [Reader(log) for log in store.logs(JARS).all]
        for reader in readers:
            reader.start()
        writers = Writers(place)
        ends = time.monotonic() + SECONDS
        ended = killed = 0
        while time.monotonic() < ends or killed == 0:
            writers.listen(chance.uniform(0.05, 0.3))
            end_a_session(place, chance)
            ended += 1
            if writers.heard and chance.random() < 1 / 8:
                writers.kill(chance.randrange(WRITERS))
                killed += 1
        writers.end()
        with psycopg.connect(place.database, autocommit=True) as connection:  # what a killed writer began may still be committed
            connection.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
                               "WHERE datname = current_database() AND pid <> pg_backend_pid()")
        for reader in readers:
            reader.until.set()
            reader.join(60)
            assert not reader.is_alive()
            assert reader.wrong == []
            assert len(reader.facts) == reader.log.last_position() > 0
            assert {store.logs(JARS).of(fact.stream) for fact in reader.facts} == {reader.log}
    facts = [fact for reader in readers for fact in reader.facts]
    assert len(facts) >= len({told[1:3] for told in writers.heard}) > 0
    read = {(fact.stream, fact.version): fact for fact in facts}
    assert len(read) == len(facts)
    assert len({fact.request for fact in facts}) == len(facts), "no request is recorded twice"
    for key, stream, version, position in writers.heard:
        fact = read[stream, version]
        assert (fact.request, fact.position) == (key, position)
