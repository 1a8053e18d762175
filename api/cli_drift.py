"""What `governance verify --read-models` tells: how many rows are what history gives, and of those that are not, where that began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from application.drift import Checked, Drift

LONGEST = 60


def lines_of(found: Checked, logs: Mapping[int, str]) -> Iterator[str]:
    """What was found, in sentences. `logs` are the names of the logs by their numbers."""
    for name in found.left_out:
        yield f"{name} was left out: it is of another version than the program. Run: governance rebuild {name}"
    for drift in found.first:
        yield sentence(drift, logs)
    if found.drifted > len(found.first):
        yield f"… and {found.drifted - len(found.first):,} rows more."
    if found.drifted:
        commands = ", ".join(f"governance rebuild {model}" for model in sorted({drift.model for drift in found.first}))
        yield f"{found.drifted:,} of {found.rows:,} rows are not what history gives. To put them right, once it is known why: {commands}"
    else:
        yield f"All {found.rows:,} rows are what history gives."


def sentence(drift: Drift, logs: Mapping[int, str]) -> str:
    """One row that has drifted: which, how, and since when."""
    row = f"{drift.table}: the row {', '.join(f'{name} {value}' for name, value in drift.key.items() if name != 'log')}"
    return f"{row} {difference(drift)}{since(drift, logs)}"


def difference(drift: Drift) -> str:
    """How a row differs."""
    if drift.stored is None:
        return "is missing"
    if drift.replayed is None:
        return "follows from nothing in history"
    stored, replayed = drift.stored, drift.replayed
    return "differs: " + "; ".join(f"{name} is {short(stored[name])}, and should be {short(replayed[name])}" for name in drift.columns)


def since(drift: Drift, logs: Mapping[int, str]) -> str:
    """Since when."""
    log = logs.get(drift.log, str(drift.log))
    if drift.began is None:
        return f", in the log {log}."
    return f", since position {drift.began} of the log {log} ({drift.kind}, fact {drift.version} of {drift.stream})."


def short(value: object) -> str:
    """A value, cut where it is long."""
    text = str(value) if isinstance(value, UUID | datetime | date) else repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def as_data(found: Checked, logs: Mapping[int, str]) -> dict[str, Any]:
    """The same for a program."""
    return {
        "rows": found.rows, "drifted": found.drifted, "leftOut": found.left_out,
        "first": [{
            "table": drift.table, "key": {name: str(value) for name, value in drift.key.items() if name != "log"},
            "columns": drift.columns, "missing": drift.stored is None, "unfounded": drift.replayed is None, "log": logs.get(drift.log, ""),
            "began": drift.began, "stream": str(drift.stream) if drift.stream else None, "version": drift.version, "kind": drift.kind or None,
        } for drift in found.first]}
