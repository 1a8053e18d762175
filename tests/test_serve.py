"""The demo as a newcomer runs it: one command, an answer over HTTP, a clean end; and nothing that was answered is lost by a hard one."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from api.websocket import GOING_AWAY
from tests.live import BEGINNING, client

PATIENCE = 60


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def ask(port: int, query: str, token: str = "dev:AUDITOR:me") -> Any:  # noqa: S107  # a development token
    request = Request(f"http://127.0.0.1:{port}/graphql", json.dumps({"query": query}).encode(), {  # our own server
        "content-type": "application/json", "authorization": f"Bearer {token}"})
    with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
        return json.load(answer)


@contextmanager
def started(words: list[str], port: int, environment: dict[str, str], err: int | IO[str] = subprocess.PIPE) -> Iterator[subprocess.Popen[str]]:
    """A command that serves, once it answers. `err` is where its log goes: a pipe that nobody reads would stop it when it is full."""
    whole = [sys.executable, "-c", "from api.cli import main; main()", *words]
    root = Path(__file__).parent.parent
    with subprocess.Popen(whole, cwd=root, env=environment, text=True, stdout=subprocess.PIPE, stderr=err) as server:  # noqa: S603
        try:
            until = time.monotonic() + PATIENCE
            while not answers(port):
                assert server.poll() is None, server.communicate()
                assert time.monotonic() < until, "it does not answer"
            yield server
        finally:
            if server.poll() is None:
                server.kill()


@contextmanager
def running(folder: Path, port: int, database: str = "") -> Iterator[subprocess.Popen[str]]:
    """`governance demo`, once it answers."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "GOVERNANCE_PORT": str(port), "GOVERNANCE_DATABASE": database}
    with started(["demo", "--creators", "12", "--folder", str(folder)], port, environment) as server:
        yield server


def answers(port: int) -> bool:
    try:
        return bool(ask(port, "{ viewer { role } }")["data"]["viewer"])
    except (URLError, ConnectionError):
        return False


def test_the_demo_answers_says_what_to_ask_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    with running(tmp_path / "demo", port) as server:
        answer = ask(port, "{ creators(first: 3) { totalCount edges { node { externalId health { score zone } } } } }")
        assert answer["data"]["creators"]["totalCount"] == 12
        with client(port, "dev:AUDITOR:me") as follower:
            follower.subscribe(creator=ask(port, "{ creators(first: 1) { nodes { id } } }")["data"]["creators"]["nodes"][0]["id"], after=BEGINNING)
            assert follower.heard()["event"]["version"] == 1
            server.send_signal(signal.SIGINT)
            assert follower.closed()[0] == GOING_AWAY
        out, err = server.communicate(timeout=PATIENCE)
    assert server.returncode in (0, 130)
    assert "Traceback" not in err
    assert f"http://127.0.0.1:{port}" in out
    assert out.count("{ ") >= 3
    assert "Ctrl-C" in out
    with running(tmp_path / "demo", port) as server:
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate(timeout=PATIENCE)
    assert "Found the demo" in err


def test_what_was_answered_survives_a_hard_end(tmp_path: Path, database: str) -> None:
    port = free_port()
    register = (
        'mutation { registerCreator(input: {externalId: "acct-hard", market: "US", accountType: PRIVATE, adult: true, idempotencyKey: "k"}) '
        "{ creator { externalId } repeated errors { code } } }")
    with running(tmp_path / "demo", port, database) as server:
        first = ask(port, register, "dev:SERVICE:ingest")["data"]["registerCreator"]
        server.kill()
    assert (first["errors"], first["repeated"]) == ([], False)
    with running(tmp_path / "demo", port, database):
        again = ask(port, register, "dev:SERVICE:ingest")["data"]["registerCreator"]
        found = ask(port, '{ creator(externalId: "acct-hard") { version } }')
    assert again["repeated"] is True
    assert found["data"]["creator"]["version"] == 2
