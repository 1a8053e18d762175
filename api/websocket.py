"""Subscriptions over WebSockets, as the graphql-transport-ws protocol has them; queries and mutations are sent over HTTP.

The token is sent with the connection's first message: `{"type": "connection_init", "payload": {"Authorization": "Bearer dev:…"}}`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import strawberry
from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from api.http import THREADS, Problem, checked
from api.identity import TokenRefused, Tokens
from api.live import Followers
from api.metrics import Metrics
from api.view import Context
from application.wiring import System

MOST_SUBSCRIPTIONS = 20
INIT_SECONDS = 10
GOING_AWAY = 1001
LEAVE_SECONDS = 1


class Connection(BaseGraphQLTransportWSHandler[Context, None]):
    """One client's connection."""

    view: Live

    async def handle(self) -> None:
        """Be one of those open for as long as it is."""
        self.view.connections.add(self)
        try:
            await super().handle()
        finally:
            self.view.connections.discard(self)

    async def leave(self) -> None:
        """Say that the server goes away: nothing is lost to who comes back and goes on after the last position heard of."""
        await self.shutdown()
        await self.websocket.close(GOING_AWAY, "The server goes away; come back, and go on after the last position.")

    async def handle_message(self, message: Any) -> None:
        """Take a message, if it is one of the protocol."""
        if is_message(message):
            await super().handle_message(message)
        else:
            await self.handle_invalid_message("That is no message of graphql-transport-ws.")

    async def handle_connection_init(self, message: Any) -> None:
        """Learn who asks; a token that is not accepted ends the connection."""
        payload = message.get("payload") or {}
        try:
            principal = self.view.principal(payload.get("Authorization") or payload.get("authorization"))
        except TokenRefused:
            await self.websocket.close(4403, "Forbidden: the token is not accepted.")
            return
        self.context = replace(self.context, principal=principal)
        await super().handle_connection_init({"type": "connection_init", "payload": payload})

    async def handle_subscribe(self, message: Any) -> None:
        """Begin a subscription, unless there are too many."""
        if len(self.operations) < MOST_SUBSCRIPTIONS or message["id"] in self.operations:
            await super().handle_subscribe(message)
            return
        error: Any = {
            "message": f"A connection has at most {MOST_SUBSCRIPTIONS} subscriptions at once.",
            "extensions": {"code": "TOO_MANY_SUBSCRIPTIONS", "most": MOST_SUBSCRIPTIONS}}
        await self.send_message({"id": message["id"], "type": "error", "payload": [error]})


def is_message(message: Any) -> bool:
    """Whether a message can be taken: an object with a type, and where it says what is asked, in the form that is asked over HTTP too."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    payload = message.get("payload")
    if message["type"] == "complete":
        return isinstance(message.get("id"), str)
    if message["type"] != "subscribe":
        return payload is None or isinstance(payload, dict)
    return isinstance(message.get("id"), str) and bool(message["id"]) and isinstance(payload, dict) and is_asked(payload)


def is_asked(payload: Mapping[str, Any]) -> bool:
    """Whether every part of an operation is what it must be."""
    try:
        checked(payload.get("query"), payload.get("variables"), payload.get("operationName"), payload.get("extensions"))
    except Problem:
        return False
    return True


class Live(GraphQL[Context, None]):
    """Answers WebSockets about one system."""

    graphql_transport_ws_handler_class = Connection

    def __init__(self, system: System, schema: strawberry.Schema, followers: Followers, metrics: Metrics, tokens: Tokens) -> None:
        super().__init__(
            schema, graphql_ide=None, subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=INIT_SECONDS), max_subscriptions_per_connection=None)
        self._tokens = tokens
        self._context = Context(system, None, CapacityLimiter(THREADS), followers, metrics)
        self.connections: set[Connection] = set()
        metrics.subscriptions.set_function(lambda: sum(len(it.operations) for it in self.connections.copy()))

    async def leave(self) -> None:
        """Close all connections, for the server goes away. Who does not hear of it soon is cut off."""
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(it.leave() for it in self.connections.copy()), return_exceptions=True), LEAVE_SECONDS)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:  # noqa: ARG002  # the library's signature
        """A connection of which nobody knows yet whose it is."""
        return self._context

    def principal(self, authorization: object) -> Any:
        """Who sends that token; None without one. TokenRefused if it is not accepted."""
        if authorization is not None and not isinstance(authorization, str):
            raise TokenRefused("The token is text.")
        return self._tokens.principal_of(authorization)
