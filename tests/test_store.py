"""What was answered is recorded, once, in one order, whoever else writes and whenever the power fails."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from eventsourcing.persistence import IntegrityError
from psycopg.errors import LockNotAvailable

from application.governance import Answer, Governance, IdempotencyKeyReused, Request, Rules
from application.mapper import CorruptFact, UnknownEvent
from application.recorder_postgres import PostgresLog, PostgresLogs
from application.recorder_sqlite import SQLiteLogs
from application.store import SNAPSHOT_EVERY, Aggregate, Store, parts
from application.wiring import opened
from domain.facts import SYSTEM, Draft, Fact, Personal
from domain.identity import creator_id
from domain.refusals import Refused
from tests.postgres import database as new_database
from tests.postgres import settings_in
from tests.processes import MANY, SPAWN, all_heard, in_processes
from tests.test_store_process import (
    ALICE,
    BOB,
    JARS,
    NOW,
    Fill,
    Filled,
    Jar,
    Lapsed,
    Leave,
    Note,
    Order,
    Place,
    Promise,
    Promised,
    decide,
    fill_for_ever,
    fill_often,
    fill_once,
    governance,
    note_first,
    open_many,
)
from tests.test_store_start_process import open_first

ADA = creator_id("ada")
BEN = creator_id("ben")


@pytest.fixture
def place(tmp_path: Path, database: str) -> Place:
    return Place(tmp_path, database)


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    with place.open() as opened:
        yield opened


def filled(version: int, amount: int = 1) -> Fact:
    return Fact(ADA, version, Filled(amount=amount), NOW, NOW, ALICE)


def in_log(place: Place, statement: str) -> list[Any]:
    """What a statement gives, asked of the log's database without us."""
    if place.database:
        with psycopg.connect(place.database, autocommit=True) as connection:
            cursor = connection.execute(statement.format("log.").encode())
            return cursor.fetchall() if cursor.description else []
    with closing(sqlite3.connect(place.folder / "log.db")) as file, file:
        return file.execute(statement.format("")).fetchall()


def assert_nobody_can_write(place: Place) -> None:
    if place.database:
        with psycopg.connect(place.database, autocommit=True, options="-c lock_timeout=1") as connection, pytest.raises(LockNotAvailable):
            connection.execute("SELECT * FROM log.jars_append('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}')")
    else:
        with closing(sqlite3.connect(place.folder / "log.db", timeout=0)) as file, pytest.raises(sqlite3.OperationalError, match="locked"):
            file.execute("BEGIN IMMEDIATE")


def positions(store: Store) -> list[int]:
    return [fact.position for fact in store.log(JARS).facts_after(0, 1_000_000)]


# Recording


def test_a_fact_is_read_as_it_was_recorded(store: Store) -> None:
    fact = Fact(ADA, 1, Promised(due=NOW), NOW, NOW + timedelta(hours=1), ALICE, request="k")
    assert store.log(JARS).append([fact]) == 0
    assert store.log(JARS).facts(ADA) == [msgspec.structs.replace(fact, position=1)]
    assert store.log(JARS).facts_after(0, 10) == store.log(JARS).facts(ADA)


def test_positions_are_dense_whatever_failed_between(store: Store) -> None:
    log = store.log(JARS)
    log.append([filled(1), filled(2)])
    with pytest.raises(IntegrityError):
        log.append([filled(3), filled(2)])
    log.append([filled(3), Fact(BEN, 1, Filled(amount=1), NOW, NOW, ALICE)])
    assert [(fact.stream, fact.version, fact.position) for fact in log.facts_after(0, 10)] == [
        (ADA, 1, 1), (ADA, 2, 2), (ADA, 3, 3), (BEN, 1, 4)]
    assert [fact.position for fact in log.facts_after(2, 1)] == [3]
    assert log.last_position() == 4


def test_the_facts_of_several_streams_are_read_at_once_up_to_a_position(store: Store) -> None:
    log, cay = store.log(JARS), creator_id("cay")
    log.append([filled(1), Fact(BEN, 1, Filled(amount=1), NOW, NOW, ALICE), filled(2), Fact(cay, 1, Filled(amount=1), NOW, NOW, ALICE), filled(3)])
    found = log.facts_of({ADA, BEN, creator_id("dan")}, 4)
    assert {stream: [fact.version for fact in facts] for stream, facts in found.items()} == {ADA: [1, 2], BEN: [1], creator_id("dan"): []}
    assert found[ADA] == log.facts(ADA)[:2]


@pytest.mark.parametrize(("limit", "count"), [(1, 4), (3, 4), (100, 2)])
def test_a_log_is_read_stream_by_stream_up_to_a_position_and_no_stream_is_cut(store: Store, limit: int, count: int) -> None:
    log, streams = store.log(JARS), (ADA, BEN, creator_id("cay"), creator_id("dan"))
    log.append([Fact(stream, version, Filled(amount=1), NOW, NOW, ALICE) for version in range(1, 5) for stream in streams])
    until = log.last_position() - 1
    pieces = list(log.facts_by_stream(until, limit))
    assert [fact for piece in pieces for fact in piece] == sorted(log.facts_after(0, until), key=lambda fact: (fact.stream.bytes, fact.version))
    assert sum(len({fact.stream for fact in piece}) for piece in pieces) == len(streams)
    assert len(pieces) == count


def test_no_statement_goes_through_a_log_or_sorts_it(tmp_path: Path, postgres_database: str) -> None:
    """However long the log is: the plans are those that are kept, whatever is asked for."""
    with Place(tmp_path, postgres_database).open() as store, store.datastore.pool.connection() as connection:  # type: ignore[attr-defined]
        recorder = store.log(JARS).recorder
        assert isinstance(recorder, PostgresLog)
        for name, statement in vars(recorder).items():
            if name.startswith("_select"):
                numbers = count(1)
                numbered = re.sub("%b", lambda _, numbers=numbers: f"${next(numbers)}", statement.decode())  # type: ignore[misc]
                plan = "\n".join(row[0] for row in connection.execute(f"EXPLAIN (GENERIC_PLAN) {numbered}".encode(), prepare=False))
                assert "Index" in plan, (name, plan)
                assert "Sort" not in plan or name == "_select_streams", (name, plan)  # which sorts what it was asked for alone


def test_the_parts_of_a_log_hold_every_stream_once(store: Store) -> None:
    log, streams = store.log(JARS), [creator_id(f"creator-{number}") for number in range(20)]
    log.append([Fact(stream, version, Filled(amount=1), NOW, NOW, ALICE) for version in (1, 2) for stream in streams])
    found = [[fact for piece in log.facts_by_stream(log.last_position(), 7, part) for fact in piece] for part in parts(3)]
    assert [len(facts) for facts in found if facts] == [len(facts) for facts in found], "each has some of so many"
    assert sorted(((fact.stream, fact.version) for facts in found for fact in facts), key=repr) == sorted(
        ((stream, version) for stream in streams for version in (1, 2)), key=repr)


def test_the_librarys_own_reading_of_a_log_works(store: Store) -> None:
    log = store.log(JARS)
    facts: list[Any] = [filled(1), filled(2)]
    log.events.put(facts)
    assert [(it.id, it.originator_id, it.topic) for it in log.notification_log.select(1, 10)] == [(1, ADA, "Filled"), (2, ADA, "Filled")]
    assert [fact.version for fact in log.events.get(ADA, gt=1)] == [2]  # type: ignore[attr-defined]


def test_each_log_has_positions_of_its_own(store: Store) -> None:
    other = Aggregate("packs", JARS.events, JARS.empty, JARS.fold, JARS.revision, Jar)
    store.log(JARS).append([filled(1), filled(2)])
    store.log(other).append([filled(1)])
    assert [fact.position for fact in store.log(other).facts(ADA)] == [1]


def test_a_position_is_a_column_that_no_vacuum_renumbers(tmp_path: Path) -> None:
    with Place(tmp_path).open() as store:
        store.log(JARS)
    with closing(sqlite3.connect(tmp_path / "log.db")) as file:
        assert file.execute("SELECT name, type FROM pragma_table_info('jars') WHERE pk").fetchall() == [("rowid", "INTEGER")]


def test_every_commit_is_flushed_to_disk(tmp_path: Path) -> None:
    datastore = SQLiteLogs(tmp_path / "log.db")
    assert datastore.rows("PRAGMA journal_mode", ()) == [("wal",)]
    assert datastore.rows("PRAGMA synchronous", ()) == [(2,)]
    datastore.close()


def test_every_commit_is_flushed_to_disk_whatever_the_server_was_told(postgres: str) -> None:
    with new_database(postgres) as database:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("ALTER ROLE CURRENT_USER SET synchronous_commit = off")
        try:
            logs = PostgresLogs(database)
            with logs.pool.connection() as connection:
                assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
            logs.close()
        finally:
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute("ALTER ROLE CURRENT_USER RESET synchronous_commit")


def test_a_fact_of_an_unknown_name_is_named_where_it_stands(store: Store) -> None:
    store.log(JARS).append([filled(1)])
    fewer = Aggregate("jars", {"Lapsed": Lapsed}, JARS.empty, JARS.fold, JARS.revision, Jar)
    with Store(store._datastore, store.keys) as older, pytest.raises(UnknownEvent, match=rf"Fact 1 of {ADA} is named 'Filled'"):  # noqa: SLF001
        older.load(fewer, ADA)


def test_bytes_that_are_no_fact_are_named_where_they_stand(store: Store, place: Place) -> None:
    store.log(JARS).append([filled(1)])
    in_log(place, """UPDATE {}jars SET state = '{{"event":{{"amount":"x"}}}}'""")
    with pytest.raises(CorruptFact, match=f"Fact 1 of {ADA} is stored as Filled"):
        store.load(JARS, ADA)


def test_a_time_without_a_zone_is_not_recorded(store: Store) -> None:
    naive = datetime(2026, 3, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="without a zone"):
        store.log(JARS).append([Fact(ADA, 1, Filled(amount=1), naive, NOW, ALICE)])
    with pytest.raises(ValueError, match="no time zone"):
        governance(store).handle(Fill(ADA), by=ALICE, at=naive)
    assert positions(store) == []


# Snapshots


def test_a_snapshot_stands_for_the_facts_before_it(store: Store, place: Place) -> None:
    store.log(JARS).append([filled(version) for version in range(1, SNAPSHOT_EVERY + 2)])
    assert store.load(JARS, ADA).level == SNAPSHOT_EVERY + 1
    store.log(JARS).append([filled(SNAPSHOT_EVERY + 2)])
    folded: list[int] = []

    def counting(jar: Jar, facts: Any) -> Jar:
        folded.append(len(facts))
        return JARS.fold(jar, facts)

    with place.open() as again:
        jars = Aggregate("jars", JARS.events, JARS.empty, counting, "1", Jar)
        assert again.load(jars, ADA) == store.load(JARS, ADA)
    assert folded == [1]


def test_only_the_latest_snapshot_of_a_stream_is_kept(store: Store, place: Place) -> None:
    for first in (0, SNAPSHOT_EVERY + 1):
        store.log(JARS).append([filled(first + version) for version in range(1, SNAPSHOT_EVERY + 2)])
        store.load(JARS, ADA)
    assert in_log(place, "SELECT * FROM {}jars_snapshots")[0][1] == 2 * (SNAPSHOT_EVERY + 1)


def test_no_snapshot_is_written_while_the_log_is_held(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    log = store.log(JARS)
    log.append([filled(version) for version in range(1, SNAPSHOT_EVERY + 2)])
    with log.held():
        assert log.load(ADA).level == SNAPSHOT_EVERY + 1
    assert caplog.text == ""


def test_a_snapshot_of_another_revision_is_discarded(store: Store, place: Place) -> None:
    facts = [filled(version) for version in range(1, SNAPSHOT_EVERY + 2)]
    store.log(JARS).append(facts)
    store.load(JARS, ADA)

    def doubly(jar: Jar, facts: Any) -> Jar:
        new = JARS.fold(jar, facts)
        return msgspec.structs.replace(new, level=jar.level + 2 * (new.level - jar.level))

    for _ in range(2):  # the second time from the snapshot that the first one left
        with place.open() as again:
            jars = Aggregate("jars", JARS.events, JARS.empty, doubly, "2", Jar)
            assert again.load(jars, ADA).level == 2 * len(facts)


def test_an_account_that_another_process_wrote_to_is_loaded_as_it_is_now(store: Store, place: Place) -> None:
    governance(store).handle(Fill(ADA), by=ALICE)
    assert store.load(JARS, ADA).level == 1
    with place.open() as other:
        governance(other).handle(Fill(ADA, 5), by=BOB)
    assert store.load(JARS, ADA) == Jar(version=2, level=6)


def test_an_account_of_which_facts_were_lost_with_a_server_is_loaded_as_it_is_now(store: Store, place: Place) -> None:
    """A standby that had not received the last facts took over, or a backup was put back, while this process ran."""
    lost = f"DELETE FROM {{}}jars WHERE {'position' if place.database else 'rowid'} > 1"  # noqa: S608
    store.log(JARS).append([filled(version) for version in (1, 2, 3)])
    assert store.load(JARS, ADA).level == 3
    in_log(place, lost)
    with place.open() as other:
        other.log(JARS).append([filled(version, 5) for version in (2, 3)])
    assert store.load(JARS, ADA) == Jar(version=3, level=11)
    in_log(place, lost)
    assert store.load(JARS, ADA) == Jar(version=1, level=1)


# Handling


def test_an_answer_says_which_facts_a_command_led_to(store: Store) -> None:
    jars = governance(store)
    assert jars.handle(Fill(ADA, 3), by=ALICE) == Answer(ADA, 1, 1, 1)
    assert jars.handle(Fill(BEN), by=ALICE) == Answer(BEN, 1, 1, 2)
    assert jars.handle(Fill(ADA), by=BOB, key="k", occurred_at=NOW - timedelta(days=1)) == Answer(ADA, 2, 2, 3)
    assert store.log(JARS).facts(ADA, 1) == [
        Fact(ADA, 2, Filled(amount=1), NOW - timedelta(days=1), NOW, BOB, request="k", position=3)]


def test_what_fell_due_is_recorded_before_the_command(store: Store) -> None:
    jars = governance(store)
    jars.handle(Promise(ADA, NOW + timedelta(days=1)), by=ALICE)
    later = NOW + timedelta(days=2)
    assert jars.handle(Fill(ADA), by=ALICE, at=later) == Answer(ADA, 3, 3, 3)
    assert [(fact.event, fact.occurred_at, fact.recorded_at, fact.actor) for fact in store.log(JARS).facts(ADA, 1)] == [
        (Lapsed(due=NOW + timedelta(days=1)), NOW + timedelta(days=1), later, SYSTEM), (Filled(amount=1), later, later, ALICE)]


def test_a_refused_command_keeps_what_fell_due_and_nothing_else(store: Store) -> None:
    jars = governance(store, limit=10)
    jars.handle(Promise(ADA, NOW + timedelta(days=1)), by=ALICE)
    with pytest.raises(Refused, match="A jar holds 10"):
        jars.handle(Fill(ADA, 11), by=ALICE, key="k", at=NOW + timedelta(days=2))
    assert store.load(JARS, ADA) == Jar(version=2, lapsed=1)
    assert jars.handle(Fill(ADA, 10), by=ALICE, key="k", at=NOW + timedelta(days=2)) == Answer(ADA, 3, 3, 3)


def test_a_command_that_changes_nothing_is_answered_and_remembered(store: Store) -> None:
    jars = governance(store)
    jars.handle(Fill(ADA), by=ALICE)
    answer = jars.handle(Leave(ADA), by=ALICE, key="k")
    assert (answer.first_version, answer.last_version, answer.position, answer.repeated) == (2, 1, 1, False)
    jars.handle(Fill(ADA), by=ALICE)
    assert jars.handle(Leave(ADA), by=ALICE, key="k") == msgspec.structs.replace(answer, repeated=True)
    assert positions(store) == [1, 2]


def test_a_repeated_request_is_answered_before_anything_falls_due(store: Store) -> None:
    jars = governance(store)
    first = jars.handle(Promise(ADA, NOW + timedelta(days=1)), by=ALICE, key="k")
    again = jars.handle(Promise(ADA, NOW + timedelta(days=1)), by=ALICE, key="k", at=NOW + timedelta(days=9))
    assert again == msgspec.structs.replace(first, repeated=True)
    assert positions(store) == [1]


def test_a_key_with_another_request_is_refused(store: Store) -> None:
    jars = governance(store)
    jars.handle(Note(ADA, Personal("one")), by=ALICE, key="k")
    for other in (Note(ADA, Personal("two")), Fill(ADA)):
        with pytest.raises(IdempotencyKeyReused, match="'k'"):
            jars.handle(other, by=ALICE, key="k")
    with pytest.raises(IdempotencyKeyReused):
        jars.handle(Note(ADA, Personal("one")), by=ALICE, key="k", occurred_at=NOW - timedelta(days=1))
    assert positions(store) == [1]


def test_a_key_may_be_any_text_at_all(store: Store) -> None:
    jars = governance(store)
    assert [jars.handle(Fill(ADA), by=ALICE, key=key).repeated for key in ("\0", "é", "\0", "é")] == [False, False, True, True]


def test_a_key_belongs_to_one_principal_and_one_account(store: Store) -> None:
    jars = governance(store)
    answers = [jars.handle(Fill(creator), by=by, key="k") for creator in (ADA, BEN) for by in (ALICE, BOB)]
    assert [answer.position for answer in answers] == [1, 2, 3, 4]


def test_what_reads_the_log_is_called_once_facts_are_committed(store: Store, place: Place) -> None:
    seen: list[tuple[int, int]] = []

    def after(_log: int, position: int) -> None:
        with place.open() as other:
            seen.append((position, other.log(JARS).last_position()))

    jars = governance(store, after=after)
    jars.handle_all([Request(Fill(ADA), ALICE), Request(Fill(BEN), ALICE)])
    jars.handle(Leave(ADA), by=ALICE)
    jars.handle(Fill(ADA), by=ALICE)
    assert seen == [(2, 2), (3, 3)]


def test_a_command_is_answered_though_what_follows_it_fails(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_log: int, _position: int) -> None:
        raise RuntimeError("no read model")

    assert governance(store, after=broken).handle(Fill(ADA), by=ALICE).position == 1
    assert "no read model" in caplog.text


def test_a_batch_is_decided_in_its_order_and_recorded_at_once(store: Store) -> None:
    jars = governance(store, limit=10)
    due = NOW + timedelta(days=1)
    outcomes = jars.handle_all([
        Request(Promise(ADA, due), ALICE),
        Request(Fill(ADA, 6), ALICE, "a"),
        Request(Fill(BEN, 10), ALICE, "b"),
        Request(Fill(ADA, 6), ALICE, "c", at=due),
        Request(Fill(ADA, 6), ALICE, "a"),
        Request(Fill(ADA, 7), ALICE, "a"),
        Request(Leave(BEN), ALICE, "d"),
        Request(Fill(ADA, 4), ALICE, at=due),
    ])
    assert [outcome for outcome in outcomes if isinstance(outcome, Answer)] == [
        Answer(ADA, 1, 1, 1), Answer(ADA, 2, 2, 2), Answer(BEN, 1, 1, 3), Answer(ADA, 2, 2, 2, repeated=True), Answer(BEN, 2, 1, 4),
        Answer(ADA, 4, 4, 5)]
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Refused)] == [Refused, IdempotencyKeyReused]
    assert [type(fact.event) for fact in store.log(JARS).facts(ADA)] == [Promised, Filled, Lapsed, Filled]
    assert jars.handle(Leave(BEN), by=ALICE, key="d") == Answer(BEN, 2, 1, 4, repeated=True)
    assert jars.handle_all([]) == []


def test_a_batch_in_which_a_rule_breaks_down_records_nothing(store: Store) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        governance(store).handle_all([Request(Fill(ADA), ALICE, "a"), Request(Fill(BEN), ALICE, at=datetime(2026, 3, 1))])  # noqa: DTZ001
    assert positions(store) == []
    assert not governance(store).handle(Fill(ADA), by=ALICE, key="a").repeated


def test_a_decision_overtaken_by_another_is_made_anew_on_what_that_one_recorded(store: Store, place: Place) -> None:
    # The other one writes while this one decides, twice; the third time the log is held and nobody can.
    decided_on: list[int] = []
    with place.open() as elsewhere:
        others = governance(elsewhere)

        def overtaken(jar: Jar, _at: datetime, _limit: int) -> list[Draft]:
            decided_on.append(jar.level)
            if len(decided_on) <= 2:
                others.handle(Fill(ADA, 4), by=BOB)
            else:
                assert_nobody_can_write(place)
            return []

        jars = Governance(store, Rules(JARS, overtaken, decide, Order, decide), lambda: 10, lambda: NOW)
        assert jars.handle(Fill(ADA, 2), by=ALICE) == Answer(ADA, 3, 3, 3)
    assert decided_on == [0, 4, 8]
    assert store.load(JARS, ADA).level == 10


# Others at the same time


def test_two_processes_fill_one_jar_and_neither_loses_nor_doubles_anything(place: Place, store: Store) -> None:
    told = in_processes(fill_often, [(place, ADA, 100)] * 2)
    answers = [answer for heard in told for answer in heard if answer]
    assert sorted(answer.last_version for answer in answers) == list(range(1, 101))
    assert [heard.count(None) for heard in told].count(0) <= 1
    assert store.load(JARS, ADA) == Jar(version=100, level=100)
    assert positions(store) == list(range(1, 101))


def test_ten_processes_with_one_key_get_one_success_and_ten_equal_answers(place: Place, store: Store) -> None:
    answers = [heard for (heard,) in in_processes(fill_once, [(place, ADA, "k")] * 10)]
    assert [answer.repeated for answer in answers].count(False) == 1
    assert {msgspec.structs.replace(answer, repeated=False) for answer in answers} == {Answer(ADA, 1, 1, 1)}
    assert store.load(JARS, ADA).level == 1


def test_processes_may_open_a_new_store_together(tmp_path: Path) -> None:
    places = [Place(tmp_path / str(number)) for number in range(60)]
    assert in_processes(open_many, [(places,)] * 4) == [[0] * 60] * 4


def test_fifty_processes_may_open_a_new_database_together(tmp_path: Path, postgres: str) -> None:
    with new_database(postgres) as dsn:
        place = Place(tmp_path, dsn)
        told = in_processes(open_first, [(place, creator_id(f"creator-{number}")) for number in range(50)], MANY)
        assert sorted(told) == [[position] for position in range(1, 51)]
        with opened(settings_in(*place)) as system:
            assert positions(system.store) == list(range(1, 51))


def test_processes_that_make_a_creators_first_key_together_seal_with_the_same_one(place: Place) -> None:
    texts = ["one", "two", "three", "four"]
    in_processes(note_first, [(place, ADA, text) for text in texts])
    with place.open() as store:
        notes = [fact.event.note.token for fact in store.log(JARS).facts(ADA)]  # type: ignore[attr-defined]
        assert sorted(str(store.keys.open(ADA, token)) for token in notes) == sorted(texts)


def test_threads_of_one_process_share_a_store(store: Store) -> None:
    jars = governance(store, limit=150)
    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda _: jars.handle_all([Request(Fill(ADA), ALICE)])[0], range(200)))
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 50
    assert store.load(JARS, ADA) == Jar(version=150, level=150)


def test_a_killed_process_loses_nothing_that_it_answered(place: Place) -> None:
    heard, told = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=fill_for_ever, args=(place, ADA, told))
    process.start()
    told.close()
    answers = [heard.recv() for _ in range(50)]
    process.kill()
    process.join()
    answers += all_heard(heard)
    with place.open() as store:
        version = store.load(JARS, ADA).version
        assert len(answers) <= version <= len(answers) + 1
        assert positions(store) == list(range(1, version + 1))
        assert governance(store).handle(Fill(ADA), by=ALICE) == Answer(ADA, version + 1, version + 1, version + 1)
