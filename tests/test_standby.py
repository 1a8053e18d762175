"""A primary dies and its standby takes over: what was answered is still there, where the server was told to wait for the standby."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any, NamedTuple

import psycopg
import pytest
from eventsourcing.persistence import OperationalError

from application.governance import Answer, Governance
from application.recorder_postgres import PostgresLogs
from application.sealing import KeyStore
from application.store import Store
from domain.identity import creator_id
from tests.postgres import FASTER, Server, new_server
from tests.test_store_process import ALICE, JARS, MASTER, Fill, Jar, governance

WAITING = ("remote_apply", "on", "remote_write")  # of those who answer once the standby has it
NOT_WAITING = "local"
WRITERS = 2
PATIENCE = 30
ADA = creator_id("ada")


class Pair(NamedTuple):
    primary: Server
    standby: Server


@pytest.fixture
def pair() -> Iterator[Pair]:
    with new_server() as primary, ExitStack() as stack:
        primary.start(f"{FASTER} -c synchronous_standby_names=*")
        stack.callback(stop, primary)
        standby = primary.standby(FASTER)
        stack.callback(stop, standby)
        yield Pair(primary, standby)


def stop(server: Server) -> None:
    """As if the machine died."""
    if (server.folder / "data" / "postmaster.pid").exists():
        server.control("-m", "immediate", "stop")


def asked(server: Server, statement: str) -> list[Any]:
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def until(server: Server, condition: str) -> None:
    """Wait for what a server says to be so."""
    ends = monotonic() + PATIENCE
    while not asked(server, f"SELECT {condition}")[0][0]:
        assert monotonic() < ends, condition


class Load:
    """Callers who write to one store until told to end, each asking again under the same key until there is an answer."""

    def __init__(self, store: Store, threads: ThreadPoolExecutor) -> None:
        self.jars, self.answers, self.ended = governance(store), dict[str, Answer](), Event()
        self._running = [threads.submit(self._write, creator_id(f"creator-{number}"), number) for number in range(WRITERS)]

    def _write(self, creator: Any, number: int) -> None:
        for key in (f"{number}-{turn}" for turn in count()):
            answer = None
            while answer is None:
                if self.ended.is_set():
                    return
                answer = answered(self.jars, creator, key)
            self.answers[key] = answer

    def answer_more(self) -> None:
        """Wait until each caller has had two more answers: at least one of them was asked for meanwhile."""
        ends, wanted = monotonic() + PATIENCE, {number: self._count(number) + 2 for number in range(WRITERS)}
        while any(self._count(number) < least for number, least in wanted.items()):
            assert monotonic() < ends

    def end(self) -> None:
        for writing in self._running:
            writing.result(PATIENCE)

    def _count(self, number: int) -> int:
        return sum(key.startswith(f"{number}-") for key in list(self.answers))


def answered(jars: Governance[Jar, int], creator: Any, key: str) -> Answer | None:
    try:
        return jars.handle(Fill(creator), by=ALICE, key=key)
    except (psycopg.Error, OperationalError):
        return None


def cancel_waits(primary: Server) -> None:
    """Cancel waits for the standby, as an impatient operator does, until those who wait are callers who ask again."""
    waits = "FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = 'kept_on'"
    until(primary, f"count(*) >= 1 {waits}")
    asked(primary, f"SELECT pg_cancel_backend(pid) {waits}")
    until(primary, f"count(*) >= 1 {waits} AND query LIKE '%pg_logical_emit_message%'")


def assert_kept(store: Store, answers: dict[str, Answer]) -> None:
    facts = {fact.position: fact for fact in store.log(JARS).facts_after(0, 1_000_000)}
    assert sorted(facts) == list(range(1, len(facts) + 1))
    assert len({(fact.stream, fact.request) for fact in facts.values()}) == len(facts), "no request is recorded twice"
    for key, answer in answers.items():
        fact = facts[answer.position]
        assert (fact.stream, fact.version, fact.request) == (answer.stream, answer.last_version, key)


def test_what_was_answered_survives_the_primary_where_it_was_told_to_wait_for_the_standby(pair: Pair, tmp_path: Path) -> None:
    primary, standby = pair
    with ExitStack() as stack:
        stores: dict[str, Store] = {}
        for setting in (*WAITING, NOT_WAITING):
            asked(primary, f"CREATE DATABASE kept_{setting}")
            asked(primary, f"ALTER DATABASE kept_{setting} SET synchronous_commit = {setting}")
            dsn = f"postgresql://postgres@/kept_{setting}?host={primary.folder},{standby.folder}&target_session_attrs=read-write"
            keys = KeyStore(tmp_path / f"{setting}.db", MASTER)
            stores[setting] = stack.enter_context(Store(PostgresLogs(dsn, patience=10), keys))
        threads = stack.enter_context(ThreadPoolExecutor(WRITERS * len(WAITING)))
        loads = {setting: Load(stores[setting], threads) for setting in WAITING}
        try:
            careless = governance(stores[NOT_WAITING])
            replicated = [careless.handle(Fill(ADA), by=ALICE, key=f"{number}") for number in range(5)]
            for load in loads.values():
                load.answer_more()  # the standby has all that came before, the careless one's too

            asked(standby, "ALTER SYSTEM SET primary_conninfo = ''")
            asked(standby, "SELECT pg_reload_conf()")
            until(standby, "NOT EXISTS (SELECT FROM pg_stat_wal_receiver)")
            lost = [careless.handle(Fill(ADA), by=ALICE, key=f"{number}") for number in range(5, 10)]
            cancel_waits(primary)
            stop(primary)
            standby.control("promote")

            for load in loads.values():
                load.answer_more()
        finally:
            for load in loads.values():
                load.ended.set()
        for load in loads.values():
            load.end()
        for setting, load in loads.items():
            assert_kept(stores[setting], load.answers)
        found = [fact.request for fact in stores[NOT_WAITING].log(JARS).facts_after(0, 100)]
        assert found == [f"{number}" for number in range(len(replicated))], f"{len(lost)} answered writes are lost"
        assert stores[NOT_WAITING].load(JARS, ADA) == Jar(version=5, level=5), "what is lost is not remembered"
        again = [careless.handle(Fill(ADA), by=ALICE, key=f"{number}") for number in range(5, 10)]
        assert [answer.repeated for answer in again] == [False] * 5
        assert stores[NOT_WAITING].load(JARS, ADA) == Jar(version=10, level=10)
