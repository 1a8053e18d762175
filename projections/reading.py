"""How read models are asked: a fixed number of statements for whatever is asked about, however many creators it is about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Select,
    Table,
    and_,
    case,
    exists,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    tuple_,
)

from projections import tables
from projections.columns import Instant

EXACT_UP_TO = 10_000
CLOSED = "CLOSED"
NAMED = ("violation_id", "penalty_id", "appeal_id", "reward_id", "subject")
NAMED_AT_ONCE = 10_000  # pairs of parameters, of which SQLite takes 32,766
Key = tuple[Any, ...]
Stored = Table  # what layers above call it


@dataclass(frozen=True)
class OneOf:
    """The column has one of these values."""

    column: str
    values: Collection[Any]


@dataclass(frozen=True)
class Between:
    """The column lies between these, both included; None: no end."""

    column: str
    lowest: Any = None
    highest: Any = None


@dataclass(frozen=True)
class Before:
    """The column has a time, and one before this."""

    column: str
    end: datetime


@dataclass(frozen=True)
class Begins:
    """The column's text begins so."""

    column: str
    prefix: str


@dataclass(frozen=True)
class Restricted:
    """The creator is restricted in that capability."""

    capability: str


@dataclass(frozen=True)
class Certified:
    """The case asks for one of these certificates."""

    certificates: Collection[str]


@dataclass(frozen=True)
class CaseIs:
    """The case has one of these statuses at a time."""

    statuses: Collection[str]
    at: datetime


@dataclass(frozen=True)
class Breached:
    """Whether the case was not closed before it was due, as of a time; what has no time set is in none."""

    at: datetime
    yes: bool


@dataclass(frozen=True)
class Names:
    """The row of the audit log names that violation, penalty, appeal, reward or other subject."""

    subject: UUID


Condition = Names | OneOf | Between | Before | Begins | Restricted | Certified | CaseIs | Breached


@dataclass(frozen=True)
class Order:
    """By these columns, of which the last ones make it unique; all in one direction."""

    columns: tuple[str, ...]
    descending: bool = False


@dataclass(frozen=True)
class Asked:
    """A page of a list: `first` items after the one of key `after`."""

    order: Order
    first: int
    after: Key | None = None
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Page:
    """The items asked for, whether others follow, and how many there are in all (None: not counted)."""

    rows: Sequence[Any]
    more: bool
    total: int | None = None
    total_is_exact: bool = True


@dataclass
class Reader:
    """Reads in one transaction, so that all that it answers is of one moment."""

    connection: Connection

    def rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        """What a statement finds."""
        return self.connection.execute(statement).all()

    def come_to(self) -> dict[int, int]:
        """The position in each log, by its number, of the last fact in the timeline, which holds every one."""
        it = tables.positions.c
        return {row.log: row.position for row in self.rows(select(it.log, it.position).where(it.name == "timeline"))}

    def by_key(self, table: Table, column: str, keys: Collection[Any], columns: Iterable[str]) -> dict[Any, Row[Any]]:
        """The rows whose key column has one of these values, by it."""
        if not keys:
            return {}
        found = self.rows(select(*chosen(table, {*columns, column})).where(table.c[column].in_(keys)))
        return {getattr(row, column): row for row in found}

    def page(self, table: Table, columns: Iterable[str], asked: Asked) -> Page:
        """A page of a whole table."""
        statement = select(*chosen(table, {*columns, *asked.order.columns})).where(*conditions(table, asked.where))
        rows = self.rows(limited(statement, table, asked))
        return Page(rows[:asked.first], len(rows) > asked.first)

    def total(self, table: Table, where: tuple[Condition, ...]) -> int:
        """How many rows a table has; not counted beyond EXACT_UP_TO, where it is one more."""
        some = select(literal(1)).select_from(table).where(*conditions(table, where)).limit(EXACT_UP_TO + 1).subquery()
        return int(self.rows(select(func.count().label("number")).select_from(some))[0].number)

    def pages_of(self, table: Table, owner: str, owners: Collection[UUID], columns: Iterable[str], asked: Asked) -> dict[UUID, Page]:
        """A page of the rows of each owner, all in one statement."""
        if not owners:
            return {}
        wanted = chosen(table, {*columns, *asked.order.columns, owner})
        if len(owners) == 1:  # an index gives them in order, and no more of them than are asked for
            (one,) = owners
            statement = limited(select(*wanted).where(table.c[owner] == one, *conditions(table, asked.where)), table, asked)
        else:
            statement = first_of_each(table, owner, owners, wanted, asked)
        found: dict[UUID, list[Row[Any]]] = {id: [] for id in owners}
        for row in self.rows(statement):
            found[getattr(row, owner)].append(row)
        return {id: Page(rows[:asked.first], len(rows) > asked.first) for id, rows in found.items()}

    def totals_of(self, table: Table, owner: str, owners: Collection[UUID], where: tuple[Condition, ...]) -> dict[UUID, int]:
        """How many rows each owner has, all in one statement; an owner without any is left out."""
        of = table.c[owner]
        found = self.rows(select(of.label("owner"), func.count().label("number")).where(
            of.in_(owners), *conditions(table, where)).group_by(of))
        return {row.owner: row.number for row in found}

    def case_counts(self, where: tuple[Condition, ...], now: datetime) -> dict[str, int]:
        """How many cases of each status there are; a status without any is left out."""
        status = case_status(now).label("status")
        columns: list[ColumnElement[Any]] = [status, func.count().label("number")]
        found = self.rows(select(*columns).where(*conditions(tables.cases, where)).group_by(status))
        return {row.status: row.number for row in found}

    def settled_until(self, now: datetime) -> datetime:
        """Until when the rows of creators are what the passing of time alone makes of them: now, or the first time at which one is not."""
        first = self.rows(select(func.min(tables.creators.c.next_change_at)))[0][0]
        return now if first is None else min(now, cast("datetime", first))

    def timeline_of(self, creator: UUID, version: int) -> Row[Any] | None:
        """What the timeline says of one fact."""
        line = tables.timeline
        found = self.rows(select(line).where(line.c.creator_id == creator, line.c.version == version))
        return found[0] if found else None

    def history_of(self, creator: UUID, columns: Iterable[str]) -> Sequence[Row[Any]]:
        """Every row of one creator's timeline, in order."""
        line = tables.timeline
        return self.rows(select(*chosen(line, columns)).where(line.c.creator_id == creator).order_by(line.c.version))

    def last_position(self, line: Table, log: int) -> int:
        """How far a table of what happened has come in a log; 0 before its first fact."""
        return int(self.rows(select(func.max(line.c.position)).where(line.c.log == log))[0][0] or 0)

    def lines_after(
            self, line: Table, log: int, position: int, most: int, where: OneOf | None = None, until: int | None = None,
            ) -> Sequence[Row[Any]]:
        """Its rows after a position of a log, in order, at most so many: those that fulfil a condition, up to and with `until`."""
        if where is not None and where.column == "creator_id":  # the index of one account has them in order; no range of positions is gone through
            among, order = [], line.c.version
        else:
            among, order = [line.c.log == log], line.c.position
        among += [line.c.position > position, *conditions(line, () if where is None else (where,))]
        among += [] if until is None else [line.c.position <= until]
        return self.rows(select(line).where(*among).order_by(order).limit(most))

    def kinds_of(self, facts: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], str]:
        """What facts are, by creator and version."""
        line, wanted = tables.timeline.c, sorted(facts)
        found: dict[tuple[UUID, int], str] = {}
        for start in range(0, len(wanted), NAMED_AT_ONCE):
            some = tuple_(line.creator_id, line.version).in_(wanted[start:start + NAMED_AT_ONCE])
            found |= {(row.creator_id, row.version): row.kind for row in self.rows(select(line.creator_id, line.version, line.kind).where(some))}
        return found

    def flows(self, market: str, first: date, last: date) -> Sequence[Row[Any]]:
        """How much of each measure there was on each day, first and last included; market "": of all."""
        flows = tables.ecosystem_flows.c
        keys = (flows.day, flows.market, flows.policy, flows.pack_hash, flows.measure, flows.kind)
        figures = (func.sum(flows["count"]).label("count"), func.sum(flows.points).label("points"))
        return self.rows(
            select(*keys, *figures).where(flows.day.between(first, last), *in_market(flows, market)).group_by(*keys).order_by(*keys))

    def zone_changes(self, market: str, last: date) -> Sequence[Row[Any]]:
        """By how many the creators in each zone became more or fewer on each day until the last one; market "": in all."""
        zones = tables.ecosystem_zones.c
        keys = (zones.day, zones.market, zones.zone)
        return self.rows(
            select(*keys, func.sum(zones.change).label("change")).where(zones.day <= last, *in_market(zones, market))
            .group_by(*keys).order_by(*keys))


def in_market(columns: Any, market: str) -> tuple[ColumnElement[bool], ...]:
    """That it is of that market, if one is named."""
    return (columns.market == market,) if market else ()


def chosen(table: FromClause, columns: Iterable[str]) -> list[ColumnElement[Any]]:
    """The columns of those names, in the table's order, so that one selection is always one statement."""
    wanted = set(columns)
    return [column for column in table.c if column.key in wanted]


def key_of(row: Any, order: Order) -> Key:
    """Where a row stands in that order."""
    return tuple(getattr(row, column) for column in order.columns)


def types_of(table: Table, order: Order) -> tuple[type, ...]:
    """The Python types of an order's key."""
    kinds = (table.c[column].type for column in order.columns)
    return tuple(datetime if isinstance(kind, Instant) else kind.python_type for kind in kinds)


def limited(statement: Select[Any], table: Table, asked: Asked) -> Select[Any]:
    """The rows of a page, and one more if others follow."""
    return statement.where(*after(table, asked)).order_by(*ordered(table, asked.order)).limit(asked.first + 1)


def ordered(table: FromClause, order: Order) -> list[ColumnElement[Any]]:
    """How rows are sorted."""
    return [table.c[column].desc() if order.descending else table.c[column].asc() for column in order.columns]


def after(table: Table, asked: Asked) -> tuple[ColumnElement[bool], ...]:
    """That a row comes after the key."""
    if asked.after is None:
        return ()
    columns = [table.c[column] for column in asked.order.columns]
    key = tuple_(*(literal(value, column.type) for value, column in zip(asked.after, columns, strict=True)))
    return (tuple_(*columns) < key if asked.order.descending else tuple_(*columns) > key,)


def first_of_each(
        table: Table, owner: str, owners: Collection[UUID], wanted: list[ColumnElement[Any]], asked: Asked) -> Select[Any]:
    """A page for each owner: rows are numbered by their keys alone, and only those within the page are read."""
    number = func.row_number().over(partition_by=table.c[owner], order_by=ordered(table, asked.order)).label("number")
    keys = tuple(table.primary_key.columns)
    numbered = select(*keys, number).where(
        table.c[owner].in_(owners), *conditions(table, asked.where), *after(table, asked)).subquery("numbered")
    same = and_(*(table.c[column.key] == numbered.c[column.key] for column in keys))
    return select(*wanted).join(numbered, same).where(numbered.c.number <= asked.first + 1).order_by(
        table.c[owner], *ordered(table, asked.order))


def conditions(table: Table, where: Iterable[Condition]) -> list[ColumnElement[bool]]:
    """What rows have to fulfil."""
    return [condition_of(table, condition) for condition in where]


def condition_of(table: Table, condition: Condition) -> ColumnElement[bool]:
    """One condition in SQL."""
    match condition:
        case OneOf(column, values):
            return table.c[column].in_(values)
        case Between(column, lowest, highest):
            ends = [] if lowest is None else [table.c[column] >= lowest]
            return and_(True, *ends, *([] if highest is None else [table.c[column] <= highest]))  # noqa: FBT003  # SQL's own
        case Before(column, end):
            return table.c[column] < end
        case Begins(column, prefix):
            return and_(table.c[column] >= prefix, table.c[column] < prefix + chr(0x10FFFF))
        case Restricted() | Names():
            return relation_of(table, condition)
        case Certified() | CaseIs() | Breached():
            return case_condition(condition)


def relation_of(table: Table, condition: Restricted | Names) -> ColumnElement[bool]:
    """One condition on what a row has to do with in SQL."""
    match condition:
        case Names(subject):
            return or_(*(table.c[column] == subject for column in NAMED))
        case Restricted(capability):
            restrictions = tables.creator_restrictions.c
            return exists().where(restrictions.capability == capability, restrictions.creator_id == table.c.creator_id)


def case_condition(condition: Certified | CaseIs | Breached) -> ColumnElement[bool]:
    """One condition on cases in SQL."""
    cases = tables.cases.c
    match condition:
        case Certified(certificates):
            asked = tables.case_certificates.c
            return exists().where(asked.certificate.in_(certificates), asked.case_id == cases.case_id)
        case CaseIs(statuses, now):
            return and_(case_status(now).in_(statuses), *(() if CLOSED in statuses else (cases.status != literal_column(f"'{CLOSED}'"),)))
        case Breached(now, yes):
            late = cases.due_at <= func.coalesce(cases.closed_at, literal(now, Instant()))
            return late if yes else not_(func.coalesce(late, false()))


def case_status_of(recorded: str, lease_until: datetime | None, now: datetime) -> str:
    """The status of one case, as `case_status` tells it in SQL."""
    return "OPEN" if recorded == "CLAIMED" and lease_until is not None and lease_until <= now else recorded


def case_status(now: datetime) -> ColumnElement[str]:
    """The status of a case: one whose lease has run out is open, whatever was recorded last."""
    cases = tables.cases.c
    return case((and_(cases.status == "CLAIMED", cases.lease_until <= now), "OPEN"), else_=cases.status)
