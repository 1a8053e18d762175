"""One log for all: structlog's own entries, the standard library's and Uvicorn's, on standard error, in one form.

Tracebacks carry no local variables, which may hold personal data or keys.
"""

from __future__ import annotations

import logging
import sys
from contextlib import AbstractContextManager
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict, Processor

from application.settings import Settings

UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")


def configure(settings: Settings) -> None:
    """Set up the process's log. Run Uvicorn with `log_config=None`, so that it keeps to this."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        without_colour_message,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering(settings)],
    ))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for name in UVICORN:
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True


def request_context(request_id: str) -> AbstractContextManager[None]:
    """While it is entered, everything that this task logs carries the request's id."""
    return structlog.contextvars.bound_contextvars(request=request_id)


def request_id() -> str:
    """The id of the request that this task answers; "" outside one."""
    return str(structlog.contextvars.get_contextvars().get("request", ""))


def rendering(settings: Settings) -> list[Processor]:
    """The last steps of an entry, to text in the form that the settings ask for."""
    match settings.log_format:
        case "console":
            return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)]
        case "json":
            tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            return [structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer(serializer=to_json)]


def to_json(entry: EventDict, **_: Any) -> str:
    """One line of JSON; what it has no form for is told as text."""
    return orjson.dumps(entry, default=str).decode()


def without_colour_message(_: Any, __: str, entry: EventDict) -> EventDict:
    """The entry without the second, coloured copy of its message that Uvicorn adds."""
    entry.pop("color_message", None)
    return entry
