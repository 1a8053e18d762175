"""What a request can be answered with in place of data. Every error says in `extensions.code` what it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import uuid4

import structlog
from graphql import GraphQLError, GraphQLSyntaxError, OperationDefinitionNode
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.extensions import SchemaExtension

from application.projector import TRANSIENT as READ_MODELS_IN_TROUBLE
from application.recorder import TryAgain

TRANSIENT = (TryAgain, *READ_MODELS_IN_TROUBLE)
UNREAD = "The read models cannot be read right now. What was to be recorded may have been; ask again, under the same idempotency key."

log = structlog.stdlib.get_logger(__name__)


class RequestError(GraphQLError):
    """An error that the caller can put right."""

    code: ClassVar[str]

    def __init__(self, message: str, **more: Any) -> None:
        super().__init__(message, extensions={"code": self.code, **more})


class Unauthenticated(RequestError):
    """Nobody was told to ask."""

    code = "UNAUTHENTICATED"


class Forbidden(RequestError):
    """The role does not allow it."""

    code = "FORBIDDEN"


class BadUserInput(RequestError):
    """An argument cannot be used."""

    code = "BAD_USER_INPUT"


class TooComplex(RequestError):
    """The operation asks for too much at once."""

    code = "QUERY_TOO_COMPLEX"


class NotYetKnown(RequestError):
    """The read models have not come as far as was asked for in time."""

    code = "NOT_YET_KNOWN"


class NotProvable(RequestError):
    """What is stored is not what was recorded, so that nothing can be proved of it."""

    code = "NOT_PROVABLE"


class TransientError(RequestError):
    """The database is in trouble or too busy. The same request, under the same idempotency key, may be sent again."""

    code = "TRY_AGAIN"


class SlowConsumer(RequestError):
    """Whoever subscribed did not keep up."""

    code = "SLOW_CONSUMER"


def code_of(error: GraphQLError) -> str:
    """The code of an error: its own, or that of the stage at which the request failed."""
    if error.extensions and "code" in error.extensions:
        return str(error.extensions["code"])
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    if is_unexpected(error):
        return "INTERNAL_SERVER_ERROR"
    coerced = isinstance(error.original_error, GraphQLError | StrawberryInputCoercionError)
    return "BAD_USER_INPUT" if error.path is not None or coerced else "GRAPHQL_VALIDATION_FAILED"


def is_unexpected(error: GraphQLError) -> bool:
    """Whether the program failed, and not the request."""
    cause = error.original_error
    return cause is not None and not isinstance(cause, GraphQLError | StrawberryInputCoercionError)


def told(error: GraphQLError) -> GraphQLError:
    """The error as the caller hears it; of one that is unexpected only an id, which is in the log beside what happened."""
    cause = error.original_error
    if isinstance(cause, TRANSIENT):
        log.warning("a request is to be sent again", path=error.path, reason=str(cause.__cause__ or cause))
        return GraphQLError(
            str(cause) if isinstance(cause, TryAgain) else UNREAD, nodes=error.nodes, source=error.source, positions=error.positions, path=error.path,
            extensions={"code": TransientError.code})
    code = code_of(error)
    if not is_unexpected(error):
        error.extensions = {**(error.extensions or {}), "code": code}
        return error
    id = uuid4().hex
    log.error("unexpected error in a request", error_id=id, path=error.path, exc_info=error.original_error)
    return GraphQLError(
        "Something went wrong on our side.", nodes=error.nodes, source=error.source, positions=error.positions, path=error.path,
        extensions={"code": code, "errorId": id})


class OneOperation(SchemaExtension):
    """Refuses a document of several operations where none of them is named: Strawberry would take the first one."""

    def on_validate(self) -> Iterator[None]:
        """Look at the document before it is executed."""
        context = self.execution_context
        definitions = context.graphql_document.definitions if context.graphql_document else ()
        several = sum(isinstance(it, OperationDefinitionNode) for it in definitions) > 1
        if several and not context._provided_operation_name and not context.pre_execution_errors:  # noqa: SLF001  # its public name is the first one's
            context.pre_execution_errors = [BadUserInput("The document has several operations: name one as `operationName`.")]
        yield
