"""A server that is told to end: who was let in is answered, what was answered is recorded, and who follows is told to come back."""

from __future__ import annotations

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psycopg

from api.websocket import GOING_AWAY
from application.library import read_packs
from application.wiring import opened
from domain.facts import Actor, ActorKind
from domain.identity import creator_id
from domain.packs.publishing import PublishPack
from tests.live import BEGINNING, client
from tests.postgres import database as new_database
from tests.postgres import settings_in
from tests.test_serve import free_port, started

CLIENTS = 16
PATIENCE = 60
MANY = 100  # mutations answered before the server is told to end
REGISTER = """mutation($id: String!) {
  registerCreator(input: {externalId: $id, market: "US", accountType: PRIVATE, adult: true, idempotencyKey: $id}) { visible errors { code } } }"""


def environment(folder: Path, port: int, database: str, **more: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "GOVERNANCE_PORT": str(port), "GOVERNANCE_DATABASE": database,
            "GOVERNANCE_FOLDER": str(folder), "GOVERNANCE_LOG_FORMAT": "json", **more}


def register(connection: HTTPConnection, name: str) -> Any:
    """What a registration is answered with."""
    body = json.dumps({"query": REGISTER, "variables": {"id": name}})
    connection.request("POST", "/graphql", body, {"content-type": "application/json", "authorization": "Bearer dev:SERVICE:ingest"})
    response = connection.getresponse()
    answer = json.loads(response.read())
    assert response.status == 200, answer
    return answer["data"]["registerCreator"]


def register_one(port: int, name: str) -> Any:
    """What a registration over a connection of its own is answered with."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        return register(connection, name)


def register_many(port: int, number: int, answered: list[str]) -> None:
    """Register creators one after the other until nobody listens any more."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        for count in range(100_000):
            name = f"acct-{number}-{count}"
            try:
                told = register(connection, name)
            except (HTTPException, OSError):  # not let in: the connection was closed before, or is refused
                return
            assert told == {"visible": True, "errors": []}
            answered.append(name)


def entries_of(err: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in err.splitlines() if line.startswith("{")]


def test_under_load_everybody_let_in_is_answered_and_everything_answered_is_recorded(tmp_path: Path, database: str) -> None:
    port, folder, told, answered = free_port(), tmp_path / "data", tmp_path / "log", list[str]()
    where = environment(folder, port, database)
    publish(folder, database)
    with told.open("w") as err, started(["serve"], port, where, err) as server, ThreadPoolExecutor(CLIENTS) as clients:
        register_one(port, "acct-followed")
        with client(port, "dev:AUDITOR:me") as follower:
            follower.subscribe(creator=str(creator_id("acct-followed")), after=BEGINNING)
            assert follower.heard()["event"]["version"] == 1
            working = [clients.submit(register_many, port, number, answered) for number in range(CLIENTS)]
            until = time.monotonic() + PATIENCE
            while len(answered) < MANY:
                assert time.monotonic() < until, "hardly anything is answered"
                time.sleep(0.01)
            began = time.monotonic()
            server.send_signal(signal.SIGTERM)
            assert follower.closed()[0] == GOING_AWAY
        for each in working:
            each.result()
        server.wait(PATIENCE)
        seconds = time.monotonic() - began
    entries = entries_of(told.read_text())
    assert (server.returncode, seconds < 10) == (0, True), entries
    assert {entry["level"] for entry in entries} == {"info"}, [entry for entry in entries if entry["level"] != "info"]
    with opened(settings_in(folder, database)) as system, system.views.connect() as views:
        recorded = {row[0] for row in views.exec_driver_sql("SELECT external_id FROM creators")}
    assert recorded == {"acct-followed", *answered}, "nothing answered is missing, and nobody who was recorded went without an answer"


def test_what_takes_longer_than_it_may_is_cut_off(tmp_path: Path, postgres: str) -> None:
    port, folder = free_port(), tmp_path / "data"
    with new_database(postgres) as database, ThreadPoolExecutor(1) as clients, psycopg.connect(database) as other:
        publish(folder, database)
        with started(["serve"], port, environment(folder, port, database, GOVERNANCE_STOP_WITHIN="1.5")) as server:
            other.execute("LOCK TABLE log.creators IN EXCLUSIVE MODE")
            waiting = clients.submit(register_one, port, "acct-waits")
            until = time.monotonic() + PATIENCE
            while not waits(database):
                assert time.monotonic() < until, "the command does not wait"
            server.send_signal(signal.SIGTERM)
            _, err = server.communicate(timeout=PATIENCE)
        assert waiting.exception(PATIENCE), "it hears nothing that it could take for an answer"
    assert server.returncode == 1
    assert "stopping took too long" in entries_of(err)[-1]["event"]


def waits(database: str) -> bool:
    """Whether somebody waits for a lock there."""
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
        return row is not None and row[0] > 0


def publish(folder: Path, database: str) -> None:
    """Publish the shipped packs."""
    with opened(settings_in(folder, database)) as system:
        for pack in read_packs(system.settings.packs):
            system.library.publish(PublishPack(pack.pack), Actor(ActorKind.POLICY_OWNER, "operator"))
