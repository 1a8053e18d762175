"""What the tests of subscriptions share: a real server in a thread, a real client, and another process that writes."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from typing import Any

import uvicorn
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from api.app import create_app
from api.ids import position_text
from api.live import Follower
from api.server import configured
from application.governance import Request
from application.settings import Settings
from application.wiring import System, opened
from domain.creator.warnings import IssueWarning
from domain.facts import Personal
from domain.identity import creator_id
from tests.asking import START
from tests.rulebook import MODERATOR

PATIENCE = 60
BEGINNING = position_text((0, 0))
PROTOCOL = Subprotocol("graphql-transport-ws")
EVENTS = """subscription($creator: ID!, $after: String) { accountEvents(creator: $creator, after: $after) {
  position event { version kind sentence actor { kind id } because { kind } } } }"""


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


@contextmanager
def serving(system: System, follower: Follower | None = None) -> Iterator[tuple[int, uvicorn.Server]]:
    """The port of a real server, and the server, which has ended by the end."""
    server = uvicorn.Server(configured(create_app(system, follower), "127.0.0.1", 0))
    thread = Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started, "the server does not start")
        yield server.servers[0].sockets[0].getsockname()[1], server
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        assert not thread.is_alive()


class Client:
    """One WebSocket, after it was greeted."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def send(self, **message: Any) -> None:
        """Send a message."""
        self.socket.send(json.dumps(message))

    def receive(self) -> Any:
        """The next message."""
        return json.loads(self.socket.recv(timeout=PATIENCE))

    def subscribe(self, query: str = EVENTS, id: str = "1", **variables: Any) -> None:
        """Begin a subscription."""
        self.send(id=id, type="subscribe", payload={"query": query, "variables": variables})

    def heard(self) -> Any:
        """What the next message of a subscription tells."""
        message = self.receive()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        (data,) = message["payload"]["data"].values()
        return data

    def refused(self, query: str = EVENTS, **variables: Any) -> str:
        """The code with which a subscription is refused at once."""
        self.subscribe(query, "refused", **variables)
        message = self.receive()
        assert (message["id"], message["type"]) == ("refused", "error"), message
        (error,) = message["payload"]
        code: str = error["extensions"]["code"]
        return code


    def closed(self) -> tuple[int, str]:
        """With which code and reason the server closes the connection, whatever it tells before."""
        try:
            while True:
                self.receive()
        except ConnectionClosed as end:
            return (end.rcvd.code, end.rcvd.reason) if end.rcvd else (0, "it was not closed but cut")


@contextmanager
def client(port: int, token: str | None, **options: Any) -> Iterator[Client]:
    """A client whose token was accepted."""
    with connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL], close_timeout=0.1, **options) as socket:
        one = Client(socket)
        one.send(type="connection_init", payload={"Authorization": f"Bearer {token}"} if token else {})
        assert one.receive() == {"type": "connection_ack"}
        yield one


def warn(system: System, name: str, count: int) -> None:
    """Warn a creator so many times, ten in one transaction."""
    command = IssueWarning(creator=creator_id(name), reasons=Personal("Careful."))
    for done in range(0, count, 10):
        system.governance.handle_all([Request(command, MODERATOR)] * min(10, count - done))


def warn_elsewhere(settings: Settings, name: str, count: int) -> None:
    """The same, in a process of its own."""
    with opened(settings, clock=lambda: START + timedelta(days=1)) as system:
        warn(system, name, count)


@contextmanager
def another_process(system: System, name: str, count: int) -> Iterator[None]:
    """Meanwhile another process warns a creator so many times."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=warn_elsewhere, args=(system.settings, name, count))
    process.start()
    try:
        yield
        process.join(PATIENCE)
        assert process.exitcode == 0
    finally:
        process.kill()
        process.join()
