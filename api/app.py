"""The web application: GraphQL at /graphql (over HTTP, and over WebSockets what is followed), GraphiQL at /, health and metrics."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import strawberry
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from strawberry.extensions import AddValidationRules, MaxTokensLimiter, ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.schema.schema import StreamResult
from strawberry.types.execution import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from api import limits
from api.errors import BadUserInput, OneOperation, told
from api.graphiql import asset, page
from api.health import Health
from api.http import Endpoint
from api.identity import Tokens
from api.live import Follower, followers_of
from api.metrics import Metrics
from api.schema.mutations import Mutation
from api.schema.queries import OTHER_TYPES, Query
from api.schema.subscriptions import Subscription
from api.schema.words import SCALARS
from api.watching import Counted, Watch
from api.websocket import Live
from application.wiring import System

RULES = limits.rules()


class Schema(strawberry.Schema):
    """The schema; what has to be logged of errors is logged as they are told."""

    async def stream(self, *given: Any, **named: Any) -> StreamResult:
        """The results of a subscription, and of nothing else; errors as the caller hears them."""
        named["allowed_operation_types"] = (OperationType.SUBSCRIPTION,)
        return heard(await super().stream(*given, **named))

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing: most errors are the caller's."""


async def heard(source: StreamResult) -> StreamResult:
    """The results with their errors as the caller hears them."""
    async with aclosing(source):
        async for result in source:
            if isinstance(result, ExecutionResult):
                result.errors = [told_of(error) for error in result.errors or ()] or None
            yield result


def told_of(error: GraphQLError) -> GraphQLError:
    """An error in a subscription as the caller hears it."""
    match error.original_error:
        case InvalidOperationTypeError():
            return BadUserInput("Send queries and mutations over HTTP.")
        case CannotGetOperationTypeError():
            return error  # the connection is closed with it
        case _:
            return told(error)


schema = Schema(
    query=Query, mutation=Mutation, subscription=Subscription, types=OTHER_TYPES,
    extensions=[
        lambda: MaxTokensLimiter(limits.MOST_TOKENS), lambda: AddValidationRules(RULES), ParserCache, ValidationCache, OneOperation, Counted],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True))


def create_app(system: System, follower: Follower | None = None) -> Starlette:
    """The application over an open system; `follower` hands on what happens to accounts (by default one with the usual limits).

    Its state holds what the server needs besides: `metrics`, and `live`, which knows all WebSockets.
    """
    metrics, followers = Metrics(system), followers_of(system, follower)
    development = system.settings.development
    tokens = Tokens(development=development)
    endpoint, live = Endpoint(system, schema, followers, metrics, tokens), Live(system, schema, followers, metrics, tokens)

    async def graphql(request: Request) -> Response:
        return await endpoint(request)

    async def graphiql(_request: Request) -> Response:
        return page(development=development)

    app = Starlette(middleware=[Middleware(Watch, metrics)], routes=[
        Route("/graphql", graphql, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        WebSocketRoute("/graphql", live),
        *Health(system, metrics).routes,
        Route("/", graphiql),
        Route("/graphiql/{name}", asset),
    ])
    app.state.metrics, app.state.live = metrics, live
    return app
