"""All of history as JSON Schema: every event that may be stored, by its name. Fields may be added with a default; nothing else changes."""

from __future__ import annotations

from typing import Any

import msgspec

from domain import accesses
from domain.cases import case
from domain.creator import decider
from domain.facts import Event, Personal
from domain.packs import publishing

EVENTS: dict[str, type[Event]] = decider.EVENTS | publishing.EVENTS | case.EVENTS | accesses.EVENTS


def as_json_schema() -> dict[str, Any]:
    """The schema of every event under its name, with the definitions they share."""
    names = sorted(EVENTS)
    schemas, shared = msgspec.json.schema_components([EVENTS[name] for name in names], schema_hook=schema_of, ref_template="#/$defs/{name}")
    definitions = {name: shared[name] for name in sorted(shared)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "The events of Creator Governance",
        "events": dict(zip(names, schemas, strict=True)), "$defs": definitions}


def schema_of(kind: type) -> dict[str, Any]:
    """The schema of what msgspec does not know by itself."""
    if kind is Personal:
        return {"type": "string", "description": "Personal text, as ciphertext under the creator's own key."}
    raise NotImplementedError(f"{kind.__name__} cannot stand in an event.")
