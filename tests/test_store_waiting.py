"""Nobody waits for ever to be recorded, nor behind one who is busier: whoever is not answered hears what became of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError
from sqlalchemy.event import listen, remove

from application.recorder import OutcomeUnknown, TryAgain
from application.recorder_postgres import PostgresLogs
from application.sealing import KeyStore
from application.store import Store
from application.together import Closed, Figures, TurnedAway
from domain.identity import creator_id
from tests.asking import SERVICE, world
from tests.postgres import database as new_database
from tests.test_store_process import ALICE, JARS, MASTER, Fill, governance
from tests.test_store_together import A, B, answered, event, taking_turns

ADA = creator_id("ada")
LOCAL = pytest.mark.skipif("GOVERNANCE_TEST_DATABASE" in os.environ, reason="it stops a process of the server")


# Turns

def test_nobody_waits_for_more_transactions_than_callers_came_before() -> None:
    with taking_turns() as held:
        busy = [held.send(0), *(held.send(number, A, size=1500) for number in range(1, 6))]
        other = held.send(6, B, size=1500)
        small = held.send(7)
        held.go_on.set()
        assert [it.result(10) for it in (*busy, other, small)] == list(range(8))
    assert held.batches == [[0], [1, 7], [2], [3], [4], [5], [6]]


def test_one_busy_stream_holds_up_nobody_else() -> None:
    with taking_turns() as held:
        sent = [held.send(0), *(held.send(number, A) for number in range(1, 10)), held.send(10, B)]
        held.go_on.set()
        assert [it.result(10) for it in sent] == list(range(11))
    assert held.batches == [[0], [1, 10], *([number] for number in range(2, 10))]


def test_who_brings_much_again_and_again_is_behind_those_who_came_meanwhile() -> None:
    with taking_turns() as held:
        first = held.send(0, A, size=5000)
        waiting = [held.send(1, B), held.send(2)]
        again = held.send(3, A, size=5000)
        held.go_on.set()
        assert [it.result(10) for it in (first, *waiting, again)] == [0, 1, 2, 3]
    assert held.batches == [[0], [1, 2], [3]]


# Waiting

def test_whoever_finds_no_room_waits_for_it_and_then_has_it() -> None:
    with taking_turns(most_waiting=1) as held, ThreadPoolExecutor(1) as other:
        sent = [held.send(0), held.send(1)]
        late = other.submit(held.together, 2, frozenset([A]), 1)
        held.go_on.set()
        assert [it.result(10) for it in (*sent, late)] == [0, 1, 2]


def test_whoever_finds_no_room_for_long_is_turned_away_and_nothing_of_it_committed() -> None:
    with taking_turns(most_waiting=1, patience=0.05) as held:
        first, second = held.send(0), held.send(1)
        with pytest.raises(TurnedAway):
            held.together(2, frozenset([A]), 1)
        with pytest.raises(TurnedAway):
            second.result(10)  # there was room, and its turn never came
        assert held.together.figures() == Figures(waiting=0, works=1, transactions=1, turned_away=2)
        held.go_on.set()
        assert first.result(10) == 0
        assert held.together(3, frozenset([A]), 1) == 3
    assert held.batches == [[0], [3]]


def test_whoever_waits_for_room_when_it_closes_is_told_so() -> None:
    with taking_turns(most_waiting=1) as held, ThreadPoolExecutor(2) as others:
        sent = [held.send(0), held.send(1)]
        late = others.submit(held.together, 2, frozenset([A]), 1)
        closed = others.submit(held.together.close)
        with pytest.raises(Closed):
            late.result(10)
        held.go_on.set()
        closed.result(10)
        assert [it.result(0) for it in sent] == [0, 1]


def test_the_figures_say_how_busy_it_is() -> None:
    with taking_turns() as held:
        assert held.together.figures() == Figures(0, 0, 0, 0)
        sent = [held.send(number) for number in range(4)]
        assert held.together.figures() == Figures(waiting=3, works=1, transactions=1, turned_away=0)
        held.go_on.set()
        assert [it.result(10) for it in sent] == [0, 1, 2, 3]
        assert held.together.figures() == Figures(waiting=0, works=4, transactions=2, turned_away=0)


# In PostgreSQL

@contextmanager
def impatient(dsn: str, folder: Path) -> Iterator[tuple[PostgresLogs, Store]]:
    """A store that waits for little."""
    logs = PostgresLogs(dsn, patience=0.2)
    with Store(logs, KeyStore(folder / "keys.db", MASTER)) as store:
        yield logs, store


def test_each_log_says_how_busy_it_is(postgres: str, tmp_path: Path) -> None:
    with new_database(postgres) as dsn, impatient(dsn, tmp_path) as (logs, store):
        governance(store).handle(Fill(ADA), by=ALICE)
        logs.recorder("packs")
        assert logs.figures() == {"jars": Figures(0, 1, 1, 0), "packs": Figures(0, 0, 0, 0)}


def test_a_log_that_another_process_holds_for_long_is_asked_again_later(postgres: str, tmp_path: Path) -> None:
    with new_database(postgres) as dsn, impatient(dsn, tmp_path) as (_, store), closing(PostgresLogs(dsn)) as others:
        jars = governance(store)
        with others.recorder("jars").held(), pytest.raises(TryAgain, match="Nothing was recorded") as caught:
            jars.handle(Fill(ADA), by=ALICE, key="k")
        assert not isinstance(caught.value, OutcomeUnknown)
        assert not jars.handle(Fill(ADA), by=ALICE, key="k").repeated


@LOCAL
def test_what_a_silent_database_did_is_not_known_until_it_is_asked_again_under_the_same_key(postgres: str, tmp_path: Path) -> None:
    with new_database(postgres) as dsn, impatient(dsn, tmp_path) as (logs, _), psycopg.connect(dsn, autocommit=True) as listener:
        logs.pool.resize(1, 1)
        log = logs.recorder("jars")
        listener.execute("LISTEN governance")
        log.append([event(B)], [answered(B)])
        assert list(listener.notifies(timeout=10, stop_after=1))  # nobody else is to need a session
        with logs.pool.connection() as session:
            server_side = session.info.backend_pid
        os.kill(server_side, signal.SIGSTOP)
        try:
            with pytest.raises(OutcomeUnknown, match="under the same idempotency key"):
                log.append([event(A)], [answered(A)])
        finally:
            os.kill(server_side, signal.SIGCONT)
        until = monotonic() + 10
        while log.remembered(answered(A).request) is None:  # the server goes on with what it was sent
            assert monotonic() < until
        with pytest.raises(IntegrityError):
            log.append([event(A)], [answered(A)])
        assert log.last_position() == 2


def test_a_session_that_ends_in_the_middle_leaves_it_unknown(postgres: str, tmp_path: Path) -> None:
    with new_database(postgres) as dsn, impatient(dsn, tmp_path) as (_, store), psycopg.connect(dsn, autocommit=True) as other:
        log = store.log(JARS)
        end = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with pytest.raises(OutcomeUnknown), log.recorder.held() as append:  # noqa: PT012 - it is letting go that fails
            append([event(A)], ())
            other.execute(end)
        assert log.last_position() == 0


def test_whoever_asks_through_the_api_hears_that_it_may_be_asked_again(postgres: str, tmp_path: Path) -> None:
    register = ('mutation { registerCreator(input: {externalId: "ann", market: "US", accountType: PRIVATE, adult: true, idempotencyKey: "k"}) '
                "{ errors { code } } }")
    with new_database(postgres) as dsn, world(tmp_path, dsn) as asked:
        asked.system.store.close()  # as a database that is not there
        response = asked.client.post("/graphql", json={"query": register}, headers={"authorization": f"Bearer {SERVICE}"})
    (error,) = response.json()["errors"]
    assert (response.status_code, response.headers["retry-after"], error["extensions"]) == (503, "1", {"code": "TRY_AGAIN"})
    assert error["message"].endswith("; try again.")


def test_what_was_recorded_though_the_read_models_cannot_be_read_may_be_asked_again(postgres: str, tmp_path: Path) -> None:
    register = ('mutation { registerCreator(input: {externalId: "ann", market: "US", accountType: PRIVATE, adult: true, idempotencyKey: "k"}) '
                "{ repeated errors { code } } }")

    def away(*_: object) -> None:
        raise psycopg.OperationalError("the server closed the connection unexpectedly")

    with new_database(postgres) as dsn, world(tmp_path, dsn) as asked:
        listen(asked.system.views, "checkout", away)
        response = asked.client.post("/graphql", json={"query": register}, headers={"authorization": f"Bearer {SERVICE}"})
        remove(asked.system.views, "checkout", away)
        again = asked.ask(register, SERVICE)
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]) == (503, {"code": "TRY_AGAIN"})
    assert again == {"registerCreator": {"repeated": True, "errors": []}}
