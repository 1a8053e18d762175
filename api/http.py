"""GraphQL over HTTP, as the GraphQL-over-HTTP specification says it: what may be sent, and what each answer looks like."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import strawberry
from anyio import CapacityLimiter
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from strawberry.exceptions import MissingQueryError
from strawberry.http import process_result
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.errors import TransientError, code_of, told
from api.identity import TokenRefused, Tokens
from api.live import Followers
from api.metrics import Metrics
from api.view import Context
from application.wiring import System

LARGEST_BODY = 256 * 1024
THREADS = 12
JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
UTF8 = ("utf-8", "utf8")


class Problem(Exception):
    """A request that cannot be executed at all."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Asked(Struct, frozen=True):
    """One operation as it was sent."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


class Endpoint:
    """Answers GraphQL requests about one system."""

    def __init__(self, system: System, schema: strawberry.Schema, followers: Followers, metrics: Metrics, tokens: Tokens) -> None:
        self._metrics = metrics
        self._tokens = tokens
        self._system = system
        self._followers = followers
        self._schema = schema
        self._threads = CapacityLimiter(THREADS)

    async def __call__(self, request: Request) -> Response:
        """The answer; errors that come before any field are told in the same form."""
        accepted = acceptable(request.headers.get("accept"))
        try:
            return await self._answer(request, accepted)
        except Problem as problem:
            self._metrics.errors.labels(problem.code).inc()
            body = {"errors": [{"message": problem.message, "extensions": {"code": problem.code}}]}
            return as_json(body, accepted or JSON, problem.status, problem.headers)

    async def _answer(self, request: Request, accepted: str | None) -> Response:
        if request.method not in ("GET", "POST"):
            raise Problem(405, "METHOD_NOT_ALLOWED", "Send GET or POST.", allow="GET, POST")
        if accepted is None:
            raise Problem(406, "NOT_ACCEPTABLE", f"The answer is {GRAPHQL_JSON} or {JSON}, in UTF-8.")
        try:
            principal = self._tokens.principal_of(request.headers.get("authorization"))
        except TokenRefused as refused:
            raise Problem(401, "UNAUTHENTICATED", str(refused), www_authenticate="Bearer") from refused
        asked = asked_by_get(request) if request.method == "GET" else asked_of(await read_body(request))
        result = await self._executed(asked, Context(self._system, principal, self._threads, self._followers, self._metrics), request.method)
        result.errors = [told(error) for error in result.errors or ()] or None
        for error in result.errors or ():
            self._metrics.errors.labels(code_of(error)).inc()
        return answer(result, accepted)

    async def _executed(self, asked: Asked, context: Context, method: str) -> ExecutionResult:
        allowed = {OperationType.QUERY} if method == "GET" else {OperationType.QUERY, OperationType.MUTATION}
        try:
            result = await self._schema.execute(
                asked.query, asked.variables, context, operation_name=asked.operation_name, allowed_operation_types=allowed)
        except InvalidOperationTypeError as error:
            if error.operation_type is OperationType.SUBSCRIPTION:
                raise Problem(400, "BAD_REQUEST", "Subscribe over a WebSocket at this address, as graphql-transport-ws has it.") from error
            raise Problem(405, "METHOD_NOT_ALLOWED", error.as_http_error_reason(method), allow="POST") from error
        except CannotGetOperationTypeError as error:
            raise Problem(400, "BAD_REQUEST", error.as_http_error_reason()) from error
        except MissingQueryError as error:
            raise Problem(400, "BAD_REQUEST", "Send a `query`.") from error
        if not isinstance(result, ExecutionResult):
            raise Problem(400, "BAD_REQUEST", "Answers in several parts are not given here.")
        return result


def answer(result: ExecutionResult, accepted: str) -> Response:
    """The answer to an operation; one that was not executed has no data."""
    body: dict[str, Any] = dict(process_result(result))
    if result.data is None and any((error.extensions or {}).get("code") == TransientError.code for error in result.errors or ()):
        return as_json(body, accepted, 503, {"retry-after": "1"})
    executed = result.data is not None or any(error.path for error in result.errors or ())
    if not executed:
        body.pop("data", None)
    return as_json(body, accepted, 200 if executed or accepted == JSON else 400, {})


def as_json(body: object, media: str, status: int, headers: dict[str, str]) -> Response:
    """A JSON response."""
    return Response(orjson.dumps(body), status, {"vary": "Accept", "cache-control": "no-store", **headers}, f"{media}; charset=utf-8")


def acceptable(accept: str | None) -> str | None:
    """Which of the two media types a client prefers; None if it takes neither."""
    if not accept:
        return JSON
    weighed = [weight_of(part) for part in accept.split(",")]
    best = max(weighed, key=lambda one: one[0])
    return best[1] if best[0] > 0 else None


def weight_of(part: str) -> tuple[float, str]:
    """How much a client wants one entry of its Accept header, and what it would be given for it."""
    kind, *parameters = [word.strip().lower() for word in part.split(";")]
    given = dict(word.partition("=")[::2] for word in parameters)
    media = GRAPHQL_JSON if kind == GRAPHQL_JSON else JSON
    if kind not in (GRAPHQL_JSON, JSON, "application/*", "*/*") or given.get("charset", "utf-8").strip('"') not in UTF8:
        return 0.0, media
    try:
        return float(given.get("q", "1")), media
    except ValueError:
        return 0.0, media


async def read_body(request: Request) -> bytes:
    """The body, if it is JSON in UTF-8 and not too large."""
    kind, *parameters = [word.strip().lower() for word in request.headers.get("content-type", "").split(";")]
    charset = dict(word.partition("=")[::2] for word in parameters).get("charset", "utf-8").strip('"')
    if kind != JSON or charset not in UTF8:
        raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", f"Send {JSON} in UTF-8.")
    if request.headers.get("content-length", "0").isdigit() and int(request.headers.get("content-length", "0")) > LARGEST_BODY:
        raise too_large()
    parts, size = [], 0
    stream: AsyncIterator[bytes] = request.stream()
    async for part in stream:
        size += len(part)
        if size > LARGEST_BODY:
            raise too_large()
        parts.append(part)
    return b"".join(parts)


def too_large() -> Problem:
    """The problem with a large body."""
    return Problem(413, "TOO_LARGE", f"A request has at most {LARGEST_BODY // 1024} KB.", connection="close")


def parsed(text: bytes | str) -> Any:
    """What JSON says."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "BAD_REQUEST", "That is no JSON.") from error


def asked_of(body: bytes) -> Asked:
    """The operation in a body."""
    content = parsed(body)
    if not isinstance(content, dict):
        raise Problem(400, "BAD_REQUEST", "Send one JSON object with a `query`.")
    return checked(content.get("query"), content.get("variables"), content.get("operationName"), content.get("extensions"))


def asked_by_get(request: Request) -> Asked:
    """The operation in an address."""
    given = request.query_params
    objects = [parsed(text) if (text := given.get(name)) else None for name in ("variables", "extensions")]
    return checked(given.get("query"), objects[0], given.get("operationName") or None, objects[1])


def checked(query: object, variables: object, operation_name: object, extensions: object) -> Asked:
    """The operation, if every part of it is what it must be."""
    if not isinstance(query, str) or not query:
        raise Problem(400, "BAD_REQUEST", "Send a `query`.")
    if not isinstance(variables, dict | None) or not isinstance(extensions, dict | None):
        raise Problem(400, "BAD_REQUEST", "`variables` and `extensions` are JSON objects.")
    if not isinstance(operation_name, str | None):
        raise Problem(400, "BAD_REQUEST", "`operationName` is text.")
    return Asked(query, variables, operation_name, extensions)
