"""How the audit log is asked: each page from the one index that finds it, whatever else is asked for, however many facts there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, union_all

from domain.facts import SYSTEM
from projections import tables
from projections.reading import (
    Asked,
    Before,
    Between,
    Condition,
    Names,
    OneOf,
    Order,
    Page,
    Reader,
    chosen,
    condition_of,
    limited,
    ordered,
)

LINES = tables.audit_log
PLACE = ("log", "position", "number")
RECORDED, OCCURRED, PLACED = Order(("recorded_at", *PLACE)), Order(("occurred_at", *PLACE)), Order(PLACE)
ORDERS = {"RECORDED": RECORDED, "OCCURRED": OCCURRED, "POSITION": PLACED}
# What a page is found by, whichever of these is asked for first: the index that begins with it has the page in order. In the other orders
# only what has few facts is worth an index that has them in another order.
LEADS: Mapping[str, tuple[str, ...]] = {
    "recorded_at": ("creator_id", "actor_id", "pack_hash", "policy", "kind", "actor_role", "market"),
    "occurred_at": ("creator_id", "pack_hash"),
    "log": ("creator_id",)}
IN_ORDER = {"recorded_at": {"recorded_at"}, "occurred_at": {"occurred_at"}, "log": {"log", "position"}}
PARTIAL = {"actor_id": tables.BY_ANOTHER, "actor_role": tables.WITH_ROLE, "policy": tables.WITH_POLICY, "pack_hash": tables.WITH_PACK}
SUBJECTS = (
    (tables.violations, "violation_id"), (tables.penalties, "penalty_id"), (tables.appeals, "appeal_id"), (tables.rewards, "reward_id"),
    (tables.milestones, "milestone_id"), (tables.content_measures, "measure_id"), (tables.commission, "freeze_id"),
    (tables.forfeitures, "forfeiture_id"), (tables.disputes, "dispute_id"), (tables.remedies, "remedy_id"),
    (tables.statements, "statement_id"))


@dataclass(frozen=True)
class Span:
    """Some time: from `begin` on, until before `end`; None: without that end."""

    begin: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Wanted:
    """Which facts are asked for: those that fulfil all that is given. None: whatever it is; of several values, one."""

    actor: Collection[str] | None = None
    role: Collection[str] | None = None
    kinds: Collection[str] | None = None
    creator: Collection[UUID] | None = None
    subject: UUID | None = None
    market: Collection[str] | None = None
    policy: Collection[str] | None = None
    pack: Collection[str] | None = None
    log: int | None = None
    first_position: int | None = None
    last_position: int | None = None
    recorded: Span = Span()
    occurred: Span = Span()

    @property
    def order(self) -> Order:
        """The order that suits what is asked for: by when it was so if that is, by position if that is, else by when it was recorded."""
        if self.occurred != Span() and self.recorded == Span():
            return OCCURRED
        return PLACED if (self.first_position, self.last_position) != (None, None) else RECORDED


def where(wanted: Wanted, reader: Reader) -> tuple[Condition, ...]:
    """What facts have to fulfil. A subject is looked for in the history of its account."""
    lists: dict[str, Collection[Any] | None] = {
        "actor_id": wanted.actor, "actor_role": wanted.role, "kind": wanted.kinds, "creator_id": wanted.creator, "market": wanted.market,
        "policy": wanted.policy, "pack_hash": wanted.pack, "log": None if wanted.log is None else (wanted.log,)}
    found: list[Condition] = [OneOf(column, values) for column, values in lists.items() if values is not None]
    if wanted.subject is not None:
        found = [OneOf("creator_id", owner_of(reader, wanted.subject)), Names(wanted.subject), *found]
    if (wanted.first_position, wanted.last_position) != (None, None):
        found.append(Between("position", wanted.first_position, wanted.last_position))
    for column, span in (("recorded_at", wanted.recorded), ("occurred_at", wanted.occurred)):
        found += [] if span.begin is None else [Between(column, span.begin)]
        found += [] if span.end is None else [Before(column, span.end)]
    return tuple(found)


def owner_of(reader: Reader, subject: UUID) -> list[UUID]:
    """The account of a subject; none if it is not known."""
    known = union_all(*(select(table.c.creator_id).where(table.c[key] == subject) for table, key in SUBJECTS)).subquery()
    return [row.creator_id for row in reader.rows(select(known.c.creator_id).limit(1))]


def page(reader: Reader, columns: Iterable[str], asked: Asked) -> Page:
    """A page of the audit log."""
    lead = leading(asked)
    wanted = chosen(LINES, {*columns, *asked.order.columns})
    rest = [condition_of(LINES, it) if is_plain(it, asked.order) else hidden(it) for it in asked.where if it is not lead]
    parts = [limited(select(*wanted).where(*some, *rest), LINES, asked) for some in each_of(lead)]
    rows = reader.rows(merged(parts, asked)) if parts else ()
    return Page(rows[:asked.first], len(rows) > asked.first)


def leading(asked: Asked) -> OneOf | None:
    """The condition that a page is found by; none: the order alone."""
    lists = {it.column: it for it in asked.where if isinstance(it, OneOf)}
    found = (lists[column] for column in LEADS[asked.order.columns[0]] if column in lists)
    return next((it for it in found if it.column != "actor_id" or SYSTEM.id not in it.values), None)


def each_of(lead: OneOf | None) -> list[list[ColumnElement[bool]]]:
    """The conditions of each part: of several values each has its own place in the index, and there its own order."""
    if lead is None:
        return [[]]
    indexed = [PARTIAL[lead.column]] if lead.column in PARTIAL else []
    return [[LINES.c[lead.column] == value, *indexed] for value in sorted(lead.values)]


def is_plain(condition: Condition, order: Order) -> bool:
    """Whether a condition may be looked up in the index that has the order."""
    return isinstance(condition, Names) or getattr(condition, "column", "") in IN_ORDER[order.columns[0]]


def hidden(condition: Condition) -> ColumnElement[bool]:
    """A condition that rows are held to and never found by: without statistics SQLite would take any index that fits."""
    match condition:
        case OneOf(column, values):
            return veiled(column).in_(values)
        case Between(column, lowest, highest):
            ends = [] if lowest is None else [veiled(column) >= lowest]
            return and_(True, *ends, *([] if highest is None else [veiled(column) <= highest]))  # noqa: FBT003  # SQL's own
        case Before(column, end):
            return veiled(column) < end
        case _:
            raise NotImplementedError(f"The audit log is not asked {condition}.")


def veiled(column: str) -> ColumnElement[Any]:
    """The value of a column, which no index has."""
    return func.coalesce(LINES.c[column], LINES.c[column])


def merged(parts: list[Select[Any]], asked: Asked) -> Select[Any]:
    """The first rows of all parts together."""
    if len(parts) == 1:
        return parts[0]
    every = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return select(every).order_by(*ordered(every, asked.order)).limit(asked.first + 1)
