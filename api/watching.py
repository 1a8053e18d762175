"""What is counted and logged of every request and every command: who asked is told by role, what was said never."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import TypeVar
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.extensions import SchemaExtension

from api.errors import BadUserInput, RequestError
from api.identity import KINDS, Principal
from api.metrics import Metrics
from api.schema.inputs import Unfit
from application.governance import Answer
from application.logs import request_context
from domain.refusals import Refused

T = TypeVar("T")
REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
PATHS = frozenset({"/", "/graphql", "/metrics", "/health/live", "/health/ready"})
ASKED_OFTEN = frozenset({"/metrics", "/health/live", "/health/ready"})  # by machines, several times a minute
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SERVER_ERROR = 500

log = logging.getLogger(__name__)


class Watch:
    """Gives every request an id, that everything logged meanwhile carries, and logs and counts how it was answered.

    The id is the caller's `x-request-id` if that is a plain word of at most 128 characters, or else one of our own; the answer carries it.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on what comes, and look at what comes of it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        id = id_of(Headers(scope=scope).get("x-request-id"))
        with request_context(id):
            watched = self._answer if scope["type"] == "http" else self._connection
            await watched(scope, receive, send, id)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, id: str) -> None:
        began, status = perf_counter(), SERVER_ERROR

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["x-request-id"] = id
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            self._note(scope, status, perf_counter() - began)

    async def _connection(self, scope: Scope, receive: Receive, send: Send, _id: str) -> None:
        began = perf_counter()
        self._metrics.connections.inc()
        try:
            await self._app(scope, receive, send)
        finally:
            self._metrics.connections.dec()
            log.info("connection closed", extra={"path": known_path(scope), "ms": milliseconds(perf_counter() - began)})

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        path, known = scope["path"], known_path(scope)
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._metrics.requests.labels(method, known, str(status)).inc()
        self._metrics.request_seconds.labels(method, known).observe(seconds)
        level = logging.ERROR if status >= SERVER_ERROR and path not in ASKED_OFTEN else logging.DEBUG if path in ASKED_OFTEN else logging.INFO
        if log.isEnabledFor(level):
            log.log(level, "request answered", extra={
                "method": scope["method"], "path": known, "status": status, "ms": milliseconds(seconds)})


def known_path(scope: Scope) -> str:
    """The path that was asked for, if it is one of ours: else it may be anybody's words."""
    return scope["path"] if scope["path"] in PATHS else "other"


def id_of(given: str | None) -> str:
    """The id of a request: the caller's, if it is a plain word, or else a new one."""
    return given if given and REQUEST_ID.fullmatch(given) else uuid4().hex


def milliseconds(seconds: float) -> float:
    """Seconds as they are told in the log."""
    return round(seconds * 1000, 2)


def watched(metrics: Metrics, command: str, principal: Principal, work: Callable[[], tuple[T, Answer]]) -> tuple[T, Answer]:
    """What comes of a command, counted, and logged in one line with where it was recorded."""
    began, outcome, place = perf_counter(), "failed", {}
    try:
        asked, answer = work()
        outcome, place = ("repeated" if answer.repeated else "answered"), place_of(answer)
    except RequestError as refusal:
        outcome = refusal.code
        raise
    except Refused as refusal:
        outcome = refusal.code()
        raise
    except Unfit:
        outcome = BadUserInput.code
        raise
    else:
        return asked, answer
    finally:
        seconds = perf_counter() - began
        metrics.commands.labels(command, outcome).inc()
        metrics.command_seconds.labels(command).observe(seconds)
        log.info("command handled", extra={
            "command": command, "outcome": outcome, "actor_kind": KINDS[principal.role].value, "actor_role": principal.role.value, **place,
            "ms": milliseconds(seconds)})


def place_of(answer: Answer) -> dict[str, object]:
    """Where an answer is recorded."""
    return {"stream": str(answer.stream), "first_version": answer.first_version, "last_version": answer.last_version, "log": answer.log,
            "position": answer.position}


class Counted(SchemaExtension):
    """Counts operations by their type."""

    def on_execute(self) -> Iterator[None]:
        """Count one that was found valid."""
        self.execution_context.context.metrics.operations.labels(self.execution_context.operation_type.value.lower()).inc()
        yield
