"""The contracts that others build on, committed as files: the GraphQL schema, all of history and a line of an import as JSON Schema."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson

from application.importing import lines
from domain.history import as_json_schema

ROOT = Path(__file__).parent.parent


def sdl() -> str:
    """The GraphQL schema as it is in the code."""
    from api.app import schema  # noqa: PLC0415  # to build it takes longer than most commands, which do without

    return schema.as_str().rstrip() + "\n"


def events() -> str:
    """The events as they are in the code."""
    return orjson.dumps(as_json_schema(), option=orjson.OPT_INDENT_2).decode() + "\n"


def import_schema() -> str:
    """The format of an import as it is in the code."""
    return orjson.dumps(lines.as_json_schema(), option=orjson.OPT_INDENT_2).decode() + "\n"


CONTRACTS: dict[Path, Callable[[], str]] = {
    ROOT / "api" / "schema.graphql": sdl, ROOT / "domain" / "events.json": events, ROOT / "api" / "import.schema.json": import_schema}


def differing() -> list[Path]:
    """The committed contracts that differ from the code, or are not there."""
    return [path.relative_to(ROOT) for path, now in CONTRACTS.items() if not path.exists() or path.read_text() != now()]


def write() -> None:
    """Write all contracts anew."""
    for path, now in CONTRACTS.items():
        path.write_text(now())
