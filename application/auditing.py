"""The audit log for other programs: what may be asked of it, and its facts one after the other, as records that hold no personal text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from application.wiring import System, followed_logs
from domain.facts import Fact
from domain.history import EVENTS
from projections.auditing import LINES, Span, Wanted, page, where
from projections.reading import Asked, Reader, conditions, key_of

MOST_VALUES = 50
AT_ONCE = 1000
LISTS = ("actor", "role", "kinds", "market", "policy", "pack")
COLUMNS: Mapping[str, type] = {  # of a record, with the kind of their values; any may be None
    "log": str, "position": int, "kind": str, "recorded_at": datetime, "occurred_at": datetime,
    "actor_kind": str, "actor_id": str, "actor_role": str, "actor_team": str, "actor_qualifications": list, "on_behalf_of": str,
    "creator_id": UUID, "market": str, "policy": str, "policy_version": str,
    "violation_id": UUID, "penalty_id": UUID, "appeal_id": UUID, "reward_id": UUID, "subject": UUID,
    "stream": UUID, "version": int, "cause_stream": UUID, "cause_version": int, "request": str, "parameters": dict}
OF_LINES = (
    "kind", "recorded_at", "occurred_at", "creator_id", "market", "policy", "pack_hash", "violation_id", "penalty_id", "appeal_id", "reward_id",
    "subject")

Record = dict[str, Any]


class Format(StrEnum):
    """How a file is written; also how its name ends."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class CannotAsk(Exception):
    """A part of a filter cannot be used: `part` names the field of Wanted, the message says what is wrong with it."""

    def __init__(self, part: str, problem: str) -> None:
        super().__init__(problem)
        self.part = part


def checked(wanted: Wanted) -> Wanted:
    """What is asked for, if every part of it can be used, each value of a list once. Raises CannotAsk."""
    lists = {part: tuple(dict.fromkeys(values)) for part in LISTS if (values := getattr(wanted, part)) is not None}
    for part, values in lists.items():
        if len(values) > MOST_VALUES:
            raise CannotAsk(part, f"there are {len(values)} values, and at most {MOST_VALUES} are allowed")
        if "" in values:
            raise CannotAsk(part, "one of the values is empty")
    if unknown := [kind for kind in lists.get("kinds", ()) if kind not in EVENTS]:
        raise CannotAsk("kinds", f"{unknown[0]!r} is no kind of event; they are named in domain/events.json, such as {min(EVENTS)}")
    for part in ("recorded", "occurred"):
        span: Span = getattr(wanted, part)
        if span.begin and span.end and span.begin >= span.end:
            raise CannotAsk(part, "its beginning must lie before its end")
    first, last = wanted.first_position, wanted.last_position
    if (first, last) != (None, None) and wanted.log is None:
        raise CannotAsk("log", "positions are those of one log; name it too")
    if first is not None and last is not None and first > last:
        raise CannotAsk("first_position", f"the first ({first}) lies after the last ({last})")
    return replace(wanted, **lists)  # type: ignore[arg-type]  # its own fields


def log_numbered(system: System, name: str) -> int:
    """The number of a log. Raises CannotAsk."""
    numbers = {known: number for number, known in system.log_names().items()}
    if name not in numbers:
        raise CannotAsk("log", f"there is no log {name!r}; there are {', '.join(numbers)}")
    return numbers[name]


def lacking(system: System) -> list[str]:
    """The logs of which the audit log, once it has caught up, still does not hold every fact: it was stopped there, or must be rebuilt."""
    logs = followed_logs(system.store)
    recorded = {number: log.last_position() for number, log in logs.items()}
    system.keep_up()
    reached = system.projector.positions_of("audit_log")
    return [logs[number].name for number, position in recorded.items() if reached[number] < position]


def parameters(fact: Fact) -> Any:
    """The event's own fields as JSON has them; in the place of personal text stands None."""
    return msgspec.to_builtins(fact.event, enc_hook=lambda _: None)


def records(system: System, wanted: Wanted, progress: Callable[[int, int], None]) -> Iterator[list[Record]]:
    """What is asked for of all that was recorded before, some at a time, in the order that suits it; always the same records in the same order.

    `progress` hears of those done and all. Nothing is held open meanwhile.
    """
    wanted, names, last = checked(wanted), system.log_names(), system.projector.positions_of("audit_log")
    with system.views.connect() as connection:
        reader = Reader(connection)
        asked = Asked(wanted.order, AT_ONCE, None, where(wanted, reader))
        all_, = reader.rows(select(func.count().label("number")).select_from(LINES).where(*conditions(LINES, asked.where)))[0]
    done, more = 0, True
    while more:
        with system.views.connect() as connection:
            found = page(Reader(connection), OF_LINES, asked)
        if found.rows:
            asked = replace(asked, after=key_of(found.rows[-1], asked.order))
        rows = [row for row in found.rows if row.position <= last[row.log]]
        facts = system.facts_at({(row.log, row.position) for row in rows})
        yield [record(names[row.log], row, facts[row.log, row.position]) for row in rows]
        done, more = done + len(rows), found.more
        progress(done, max(done, all_))


def record(log: str, row: Any, fact: Fact) -> Record:
    """A fact, as it concerns one creator."""
    actor, cause = fact.actor, fact.cause
    values = (
        log, row.position, row.kind, row.recorded_at, row.occurred_at,
        actor.kind.value, actor.id, actor.role, actor.team, list(actor.qualifications), actor.on_behalf_of,
        row.creator_id, row.market, row.policy, row.pack_hash, row.violation_id, row.penalty_id, row.appeal_id, row.reward_id, row.subject,
        fact.stream, fact.version, cause.stream if cause else None, cause.version if cause else None, fact.request, parameters(fact))
    return {name: None if value == "" else value for name, value in zip(COLUMNS, values, strict=True)}
