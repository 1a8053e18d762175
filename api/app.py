"""The web application: GraphQL at /graphql, GraphiQL at /, and /health."""

from __future__ import annotations

from typing import Any

import strawberry
from anyio import to_thread
from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.extensions import AddValidationRules, MaxTokensLimiter, ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext

from api import limits
from api.errors import OneOperation
from api.graphiql import asset, page
from api.http import JSON, Endpoint, as_json
from api.schema.mutations import Mutation
from api.schema.queries import OTHER_TYPES, Query
from api.schema.words import SCALARS
from application.wiring import System

RULES = limits.rules()


class Schema(strawberry.Schema):
    """The schema; what has to be logged of errors is logged as they are told."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing: most errors are the caller's."""


schema = Schema(
    query=Query, mutation=Mutation, types=OTHER_TYPES,
    extensions=[
        lambda: MaxTokensLimiter(limits.MOST_TOKENS), lambda: AddValidationRules(RULES), ParserCache, ValidationCache, OneOperation],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True))


def create_app(system: System) -> Starlette:
    """The application over an open system."""
    endpoint = Endpoint(system, schema)
    development = system.settings.development

    async def graphql(request: Request) -> Response:
        return await endpoint(request)

    async def health(_request: Request) -> Response:
        return await to_thread.run_sync(lambda: told_health(system))

    async def graphiql(_request: Request) -> Response:
        return page(development=development)

    return Starlette(routes=[
        Route("/graphql", graphql, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        Route("/health", health),
        Route("/", graphiql),
        Route("/graphiql/{name}", asset),
    ])


def told_health(system: System) -> Response:
    """Whether requests can be answered: 200 if every read model follows, 503 if one has stopped."""
    failures: dict[str, Any] = {name: f"stopped at {failure.position}" for name, failure in system.projector.errors().items()}
    failures |= dict.fromkeys(system.projector.outdated(), "must be rebuilt")
    body = {"status": "failing" if failures else "ok", "positions": system.projector.positions(), "failures": failures}
    return as_json(body, JSON, 503 if failures else 200, {})
