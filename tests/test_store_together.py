"""Concurrent callers share a transaction, and nothing else: what is wrong with one of them is told to that one alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from time import sleep
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent

from application.recorder import Answered, RequestKey
from application.recorder_postgres import Appended, PostgresLog, PostgresLogs
from application.together import Closed, Together
from tests.postgres import FASTER, new_server
from tests.postgres import database as new_database

A, B, C = (UUID(int=number) for number in (1, 2, 3))


@pytest.fixture
def logs(postgres: str) -> Iterator[PostgresLogs]:
    with new_database(postgres) as dsn:
        found = PostgresLogs(dsn)
        yield found
        found.close()


@pytest.fixture
def log(logs: PostgresLogs) -> PostgresLog:
    return logs.recorder("jars")


class Held:
    """Callers of a `Together` whose first commit waits until told: the others come meanwhile, in the order they are sent."""

    def __init__(self, commit: Callable[[Sequence[int]], Sequence[int | BaseException]], **bounds: Any) -> None:
        self.batches: list[list[int]] = []
        self.go_on, self._begun = Event(), Event()
        self._commit = commit
        self.together = Together(self._held, **bounds)
        self._threads = ThreadPoolExecutor(16)

    def _held(self, works: Sequence[int]) -> Sequence[int | BaseException]:
        self.batches.append(list(works))
        self._begun.set()
        assert self.go_on.wait(10)
        return self._commit(works)

    def send(self, work: int, stream: UUID | None = None, size: int = 1) -> Future[int]:
        """A caller, who waits in the queue when this returns."""
        sent = self._threads.submit(self.together, work, frozenset([stream or uuid4()]), size)
        assert self._begun.wait(10)
        while not sent.done() and not any(work in batch for batch in self.batches) and work not in [it.work for it in self.together._queue]:  # noqa: SLF001
            pass
        return sent


@contextmanager
def taking_turns(commit: Callable[[Sequence[int]], Sequence[int | BaseException]] = list, **bounds: Any) -> Iterator[Held]:
    held = Held(commit, **bounds)
    yield held
    held.go_on.set()
    held._threads.shutdown()  # noqa: SLF001


def event(stream: UUID, version: int = 1, name: str = "Filled") -> StoredEvent:
    return StoredEvent(stream, version, name, b"{}")


def answered(stream: UUID, key: str = "k") -> Answered:
    return Answered(RequestKey("REVIEWER:alice", stream, key), b"payload", 1, 1, 1)


# Sharing

def test_those_who_come_while_one_commits_share_the_next_transaction() -> None:
    with taking_turns() as held:
        sent = [held.send(number) for number in range(8)]
        held.go_on.set()
        assert [it.result(10) for it in sent] == list(range(8))
    assert held.batches == [[0], [1, 2, 3, 4, 5, 6, 7]]


def test_two_that_touch_one_stream_take_turns_in_the_order_they_came() -> None:
    with taking_turns() as held:
        sent = [held.send(0), held.send(1, A), held.send(2, A), held.send(3, B), held.send(4, A)]
        held.go_on.set()
        assert [it.result(10) for it in sent] == [0, 1, 2, 3, 4]
    assert held.batches == [[0], [1, 3], [2], [4]]


def test_a_transaction_is_not_larger_than_is_good_for_those_who_wait() -> None:
    with taking_turns() as held:
        sent = [held.send(0), held.send(1, size=1500), held.send(2, size=1500), held.send(3, size=9000)]
        held.go_on.set()
        assert [it.result(10) for it in sent] == [0, 1, 2, 3]
    assert held.batches == [[0], [1], [2], [3]]


def test_a_commit_that_breaks_down_is_told_to_all_in_it_and_the_next_goes_on() -> None:
    def broken(works: Sequence[int]) -> Sequence[int | BaseException]:
        if 1 in works:
            raise RuntimeError("the disk is full")
        return works

    with taking_turns(broken) as held:
        first, second, third = held.send(0), held.send(1), held.send(2)
        held.go_on.set()
        assert first.result(10) == 0
        for it in (second, third):
            with pytest.raises(RuntimeError, match="the disk is full"):
                it.result(10)
        assert held.send(3).result(10) == 3


def test_closing_waits_for_what_was_taken_and_takes_nothing_more() -> None:
    with taking_turns() as held:
        sent = [held.send(0), held.send(1)]
        with ThreadPoolExecutor(1) as other:
            closed = other.submit(held.together.close)
            assert not closed.done()
            held.go_on.set()
            closed.result(10)
        assert [it.result(0) for it in sent] == [0, 1]
        with pytest.raises(Closed):
            held.together(2, frozenset([A]), 1)


# In PostgreSQL

def test_a_version_that_exists_fails_its_own_caller_alone(log: PostgresLog) -> None:
    log.append([event(A)], ())
    outcomes = log.commit([Appended([event(B)], ()), Appended([event(C), event(A)], ()), Appended([event(C)], [answered(C)])])
    assert (outcomes[0], outcomes[2]) == (1, 2)
    assert isinstance(outcomes[1], IntegrityError)
    assert [(row[0], row[4]) for row in log.log_rows(0, 10)] == [(str(A), 1), (str(B), 2), (str(C), 3)]
    remembered = log.remembered(answered(C).request)
    assert remembered is not None
    assert remembered.position == 3


def test_a_version_after_one_that_is_not_there_fails_its_own_caller_alone(log: PostgresLog) -> None:
    for works in ([Appended([event(A, 2)], ())], [Appended([event(A, 2), event(A, 3)], ()), Appended([event(B, 3)], ())]):
        assert all(isinstance(outcome, IntegrityError) for outcome in log.commit(works))
    outcomes = log.commit([Appended([event(A), event(B), event(A, 2)], ()), Appended([event(C, 2)], ())])
    assert outcomes[0] == 0
    assert isinstance(outcomes[1], IntegrityError)
    assert [log.commit([Appended([event(A, 3)], ())]), log.last_position()] == [[3], 4]


def test_a_request_that_exists_fails_its_own_caller_alone(log: PostgresLog) -> None:
    log.append([], [answered(A)])
    outcomes = log.commit([Appended([event(A)], [answered(A)]), Appended([event(B)], [answered(B)])])
    assert isinstance(outcomes[0], IntegrityError)
    assert outcomes[1] == 0
    assert [row[0] for row in log.log_rows(0, 10)] == [str(B)]


def test_what_cannot_be_stored_fails_its_own_caller_alone(log: PostgresLog) -> None:
    outcomes = log.commit([Appended([event(A)], ()), Appended([event(B, name="\0")], ()), Appended([event(C)], ())])
    assert (outcomes[0], outcomes[2]) == (0, 1)
    assert isinstance(outcomes[1], psycopg.DataError)
    assert [row[0] for row in log.log_rows(0, 10)] == [str(A), str(C)]


def test_many_threads_at_one_log_are_answered_each_with_the_place_of_its_own_facts(log: PostgresLog) -> None:
    streams = [UUID(int=number) for number in range(200)]

    def appended(stream: UUID) -> int:
        return log.append([event(stream), event(stream, 2)], [answered(stream)])

    with ThreadPoolExecutor(16) as threads:
        lasts = list(threads.map(appended, streams))
    found = {row[4]: (UUID(row[0]), row[1]) for row in log.log_rows(0, 1000)}
    assert sorted(found) == list(range(1, 401))
    for stream, last in zip(streams, lasts, strict=True):
        assert (found[last + 1], found[last + 2]) == ((stream, 1), (stream, 2))
        remembered = log.remembered(answered(stream).request)
        assert remembered is not None
        assert remembered.position == last + 1


def test_sessions_that_the_server_ended_are_noticed_before_they_are_used(logs: PostgresLogs, log: PostgresLog, postgres: str) -> None:
    log.append([event(A)], ())
    with logs.pool.connection() as connection:
        name = connection.info.dbname
    with psycopg.connect(postgres, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", (name,))
    assert log.append([event(B)], ()) == 1


def test_a_server_that_was_away_is_found_again_soon() -> None:
    with new_server() as server:
        server.start(FASTER)
        logs = PostgresLogs(server.dsn)
        log = logs.recorder("jars")
        log.append([event(A)], ())
        server.control("-m", "immediate", "stop")
        with ThreadPoolExecutor(1) as threads:
            waits = threads.submit(log.append, [event(B)], ())
            sleep(8.5)  # a pool that doubles its pauses without end tries after 1, 3, 7 and 15 seconds
            server.start(FASTER)
            try:
                assert waits.result(4) == 1
            finally:
                server.control("-m", "immediate", "stop")
        logs.close()


def test_that_a_log_has_grown_is_announced_once_it_can_be_read(logs: PostgresLogs, log: PostgresLog) -> None:
    with logs.pool.connection() as listener:
        listener.execute("LISTEN governance")
        for number in range(1, 4):
            log.append([event(UUID(int=number))], ())
            assert [word.payload for word in listener.notifies(timeout=10, stop_after=1)] == ["jars"]
            assert log.last_position() == number
        with log.held() as append:
            append([event(UUID(int=9))], ())
            assert list(listener.notifies(timeout=0)) == []
        assert [word.payload for word in listener.notifies(timeout=10, stop_after=1)] == ["jars"]
        listener.execute("UNLISTEN *")


def test_a_closed_log_takes_nothing(logs: PostgresLogs, log: PostgresLog) -> None:
    logs.close()
    with pytest.raises(OperationalError, match="closed"):
        log.append([event(A)], ())
