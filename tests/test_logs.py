"""Accounts are spread over logical logs: an account belongs to one for ever, and whoever reads and writes notices nothing of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretBytes

from api.ids import position_text, positions_of
from application.governance import Answer, Request
from application.settings import SettingsInvalid
from application.store import Store, WrongNumberOfLogs
from application.wiring import CREATORS, opened
from domain.identity import creator_id
from projections.catalogue import CASES_LOG
from tests.asking import AUDITOR, World, creator, world
from tests.live import EVENTS, client, serving
from tests.postgres import settings_in
from tests.test_store_process import ALICE, JARS, MASTER, Fill, governance

NAMES = [f"creator-{number}" for number in range(12)]
STREAMS = [creator_id(name) for name in NAMES]


def opened_with(folder: Path, database: str, logs: int | None) -> Store:
    return Store.open(folder, MASTER, database=database, logs=logs)


@pytest.fixture
def asked(tmp_path: Path, database: str) -> Iterator[World]:
    with world(tmp_path, database, logs=3) as made:
        yield made


def test_positions_are_dense_in_each_log_and_an_account_stays_in_its_own(tmp_path: Path, database: str) -> None:
    with opened_with(tmp_path, database, 3) as store:
        logs = store.logs(JARS)
        assert [log.number for log in logs.all] == [0, 2, 3]
        belongs = {stream: logs.of(stream).number for stream in STREAMS}
        assert set(belongs.values()) == {0, 2, 3}
    with opened_with(tmp_path, database, None) as store:
        assert {stream: store.logs(JARS).of(stream).number for stream in STREAMS} == belongs


def test_many_commands_are_answered_in_their_order_whichever_logs_they_are_in(tmp_path: Path, database: str) -> None:
    with opened_with(tmp_path, database, 3) as store:
        jars, logs = governance(store), store.logs(JARS)
        answers = jars.handle_all([Request(Fill(stream, amount), ALICE, f"k-{amount}") for amount in (1, 2) for stream in STREAMS])
        again = jars.handle_all([Request(Fill(STREAMS[0], 1), ALICE, "k-1"), Request(Fill(STREAMS[1], 1), ALICE, "k-1")])
        assert [it.stream for it in answers if isinstance(it, Answer)] == STREAMS * 2
        assert [it.log for it in answers if isinstance(it, Answer)] == [logs.of(stream).number for stream in STREAMS] * 2
        for log in logs.all:
            assert [fact.position for fact in log.facts_after(0, 100)] == list(range(1, log.last_position() + 1))
        assert sum(log.last_position() for log in logs.all) == 24
        assert [(it.repeated, it.position, it.log) for it in again if isinstance(it, Answer)] == [
            (True, it.position, it.log) for it in answers[:2] if isinstance(it, Answer)]
        assert {stream: logs.load(stream).level for stream in STREAMS} == dict.fromkeys(STREAMS, 3)


def test_who_holds_one_log_keeps_nobody_from_another(tmp_path: Path, postgres_database: str) -> None:
    with opened_with(tmp_path, postgres_database, 2) as store:
        first, second = store.logs(JARS).all
        (stream, *_) = [stream for stream in STREAMS if store.logs(JARS).of(stream) is second]
        with first.held():
            assert governance(store).handle(Fill(stream), by=ALICE).position == 1


def test_the_number_of_logs_is_fixed_when_the_database_is_made(tmp_path: Path, database: str) -> None:
    opened_with(tmp_path, database, 3).close()
    with opened_with(tmp_path, database, None) as store:
        assert store.spread == 3
    with pytest.raises(WrongNumberOfLogs, match="made with 3 logs, not 4"):
        opened_with(tmp_path, database, 4)
    with pytest.raises(SettingsInvalid, match="GOVERNANCE_LOGS is 4, but the database was made with 3; it must be 3, or not set"), \
            opened(settings_in(tmp_path, database).model_copy(update={"logs": 4, "master_key": SecretBytes(MASTER)})):
        pass


def test_a_database_of_before_there_were_several_has_one(tmp_path: Path, database: str) -> None:
    opened_with(tmp_path, database, 1).log(JARS)
    if database:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("DROP TABLE log.made")
    else:
        with closing(sqlite3.connect(tmp_path / "log.db")) as file:
            file.execute("DROP TABLE made")
    with pytest.raises(WrongNumberOfLogs, match="made with 1 logs, not 4"):
        opened_with(tmp_path, database, 4)


def test_whoever_asks_notices_nothing_of_the_logs(asked: World) -> None:
    ids = {name: asked.registered(name) for name in NAMES}
    assert {log.number for log in asked.system.store.logs(CREATORS).all if log.last_position()} == {0, 2, 3}
    for id in ids.values():
        asked.confirmed(id)
    listed = asked.ask("{ creators(first: 100, orderBy: {field: REGISTERED}) { totalCount nodes { externalId violationsConfirmed version } } }")
    assert listed["creators"]["totalCount"] == len(NAMES)
    assert {it["externalId"]: it["violationsConfirmed"] for it in listed["creators"]["nodes"]} == dict.fromkeys(NAMES, 1)
    for name, id in ids.items():
        found = asked.ask("query($id: ID!) { creator(id: $id) { externalId version timeline(first: 50) { totalCount nodes { version } } } }", id=id)
        assert found["creator"]["externalId"] == name
        assert [it["version"] for it in found["creator"]["timeline"]["nodes"]] == list(range(found["creator"]["version"], 0, -1))


def test_appeals_of_accounts_in_every_log_come_to_the_one_desk(asked: World) -> None:
    for name in NAMES[:6]:
        id = asked.registered(name)
        violation = asked.confirmed(id)["violation"]["id"]
        asked.done("submitAppeal", {"creatorId": id, "subject": violation, "grounds": "No."}, creator(name), "appeal { id }")
    assert asked.ask("{ appealDesk { totalCount } }") == {"appealDesk": {"totalCount": 6}}


def test_the_read_models_of_several_logs_built_anew_are_those_that_were_kept(asked: World) -> None:
    for name in NAMES[:6]:
        asked.confirmed(asked.registered(name), content=f"video-{name}")
    query = """{ creators(first: 100, orderBy: {field: REGISTERED}) { nodes { externalId health { score zone }
        violations(first: 10) { nodes { policy points } } timeline(first: 50) { nodes { version sentence } } } }
      ecosystemHealth(market: "US") { zones { day zone creators } flows { day policy measure count points } } }"""
    kept, heard = asked.ask(query), list[tuple[int, int]]()
    asked.system.projector.rebuild(None, lambda done, all_: heard.append((done, all_)))
    facts = sum(log.last_position() for log in asked.system.store.logs(CREATORS).all)
    assert asked.ask(query) == kept
    assert (facts, facts) in heard
    assert asked.system.projector.outdated() == []
    asked.system.projector.rebuild("timeline")
    assert asked.ask(query) == kept


def test_a_position_is_waited_for_in_every_log_that_it_names(asked: World) -> None:
    ids = [asked.registered(name) for name in NAMES[:6]]
    positions = [asked.confirmed(id)["position"] for id in ids]
    come_to: dict[int, int] = {}
    for position in positions:
        for log, at in positions_of(position, "after").items():
            come_to[log] = max(at, come_to.get(log, 0))
    assert come_to.keys() >= {0, 2}
    query = "query($p: String) { creators(atLeast: $p) { totalCount } }"
    assert asked.ask(query, p=position_text(*come_to.items())) == {"creators": {"totalCount": 6}}
    assert asked.failed(query, p=position_text((0, 1), (9, 1))) == "BAD_USER_INPUT"


def test_an_account_is_followed_in_its_own_log(asked: World) -> None:
    ids = {name: asked.registered(name) for name in NAMES[:6]}
    apart = {asked.system.log_of(creator_id(name)).number: name for name in ids}
    assert len(apart) > 1
    with serving(asked.system) as (port, _):
        for log, name in apart.items():
            position = asked.ask("query($id: ID!) { creator(id: $id) { position } }", id=ids[name])["creator"]["position"]
            with client(port, AUDITOR) as one:
                assert one.refused(EVENTS, creator=ids[name], after=position_text((CASES_LOG, 0))) == "BAD_USER_INPUT"
                one.subscribe(EVENTS, creator=ids[name], after=position)
                asked.confirmed(ids[name])
                heard = one.heard()
            assert heard["event"]["kind"] == "ViolationConfirmed"
            assert list(positions_of(heard["position"], "after")) == [log]
