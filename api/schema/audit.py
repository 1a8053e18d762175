"""The audit log: every fact of every log, as those who oversee the others see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from api.errors import BadUserInput
from api.gathering import Document, asked_for, counts, gather, listed, named, node_columns, refuse_too_large, together, value
from api.ids import global_id, id_of, thing_of
from api.schema.filters import given
from api.schema.inputs import is_given
from api.schema.timeline import Actor
from api.schema.words import JSON, AuditLogOrderField, BigInt, Direction, Role
from api.selection import Field
from api.view import View
from application.auditing import CannotAsk, checked, log_numbered, parameters
from domain.facts import Fact
from domain.history import EVENTS
from projections import tables
from projections.auditing import ORDERS, Span, Wanted, page, where
from projections.reading import Order

if TYPE_CHECKING:
    from api.schema.creator import Creator

PARTS = {"pack": "policyVersion", "log": "position", "first_position": "position", "recorded": "recordedAt", "occurred": "occurredAt"}


def facts(rows: Sequence[Any], view: View) -> list[Fact]:
    """The facts of rows, as they are recorded."""
    return view.facts_at([(row.log, row.position) for row in rows])


def actors(rows: Sequence[Any], view: View) -> list[Any]:
    """Who acted."""
    return [Document({
        "actor_kind": it.kind, "actor_id": it.id, "actor_role": it.role, "actor_team": it.team, "actor_qualifications": it.qualifications,
        "on_behalf_of": it.on_behalf_of}) for it in (fact.actor for fact in facts(rows, view))]


def id_field(description: str, type_name: str, column: str) -> Any:
    """A field with the id of something that a fact names."""
    return value(description, column, by=lambda row, _: global_id(type_name, id) if (id := getattr(row, column)) else None)


@strawberry.type(description="A fact as it is recorded. Personal text is never part of it.")
class RecordedFact:
    """A fact as it is recorded."""

    loaded: strawberry.Private[dict[str, Any]]
    stream: str = value("The history it is part of, by its UUID: an account's, a case's, a pack's, or that of one read of personal data.",
                        by=lambda fact, _: str(fact.stream))
    version: int = value("Its number in that history, from 1.")
    cause_stream: str | None = value("The history of the fact it follows from.", by=lambda fact, _: fact.cause and str(fact.cause.stream))
    cause_version: int | None = value("The number of the fact it follows from.", by=lambda fact, _: fact.cause and fact.cause.version)
    request: str | None = value("The idempotency key of the request that led to it.", by=lambda fact, _: fact.request or None)
    parameters: JSON = value("The event's own fields; null stands for personal text.", by=lambda fact, _: parameters(fact))


@strawberry.type(description="A fact in the audit log; if it says that data of several creators were read, once for each of them.")
class AuditLogEntry:
    """A fact in the audit log."""

    loaded: strawberry.Private[dict[str, Any]]
    log: str = value("The log that holds it.", "log", by=lambda row, view: view.system.log_names()[row.log])
    position: BigInt = value("Its position in that log, from 1.")
    kind: str = value("What happened, as the event is named.")
    recorded_at: datetime = value("When we knew.")
    occurred_at: datetime = value("When it was so.")
    actor: Actor = together("Who acted.", "log", "position", by=actors)
    creator_id: strawberry.ID | None = id_field("The creator it concerns; none: of a policy pack.", "Creator", "creator_id")
    creator: Annotated[Creator, strawberry.lazy("api.schema.creator")] | None = named(
        "That creator's account as it is now.", tables.creators, "creator_id", "creator_id", by=lambda row, _: row.creator_id)
    market: str | None = value(
        "The market that the account or the pack was in then; none of what was read.", "market", by=lambda row, _: row.market or None)
    policy: str | None = value("The policy it is about.", "policy", by=lambda row, _: row.policy or None)
    policy_version: str | None = value("The hash of the pack that it names.", "pack_hash", by=lambda row, _: row.pack_hash or None)
    violation_id: strawberry.ID | None = id_field("The violation it names.", "Violation", "violation_id")
    penalty_id: strawberry.ID | None = id_field("The penalty it names.", "Penalty", "penalty_id")
    appeal_id: strawberry.ID | None = id_field("The appeal it names.", "Appeal", "appeal_id")
    reward_id: strawberry.ID | None = id_field("The reward it names.", "Reward", "reward_id")
    subject: str | None = value("The UUID of what else it is about.", "subject", by=lambda row, _: row.subject and str(row.subject))
    fact: RecordedFact = together("The fact itself.", "log", "position", by=facts)


@strawberry.input(description="Some time.")
class TimeRange:
    """Some time."""

    begin: datetime | None = strawberry.field(name="from", description="From then on.", default=strawberry.UNSET)
    end: datetime | None = strawberry.field(name="to", description="Until before then.", default=strawberry.UNSET)


@strawberry.input(description="Some positions of one log.")
class PositionRange:
    """Some positions of one log."""

    log: str = strawberry.field(description="The log, such as creators, cases, packs or accesses.")
    begin: BigInt | None = strawberry.field(name="from", description="From that position on.", default=strawberry.UNSET)
    end: BigInt | None = strawberry.field(name="to", description="Up to that position.", default=strawberry.UNSET)


@strawberry.input(description="Which facts are asked for: those that fulfil all that is given, and of each list one.")
class AuditLogFilter:
    """Which facts."""

    actor: list[str] | None = given("By one of these, as the staff directory or account system names them; the system itself is governance.")
    role: list[Role] | None = given("By somebody in one of these roles.")
    kinds: list[str] | None = given(f"Of one of these kinds, such as {min(EVENTS)}.")
    creator_id: strawberry.ID | None = given("That concern this creator: a global id, or the plain UUID.")
    subject: strawberry.ID | None = given(
        "That name this violation, penalty, appeal or reward, or are about this milestone, measure, commission, dispute, remedy or statement: "
        "its global id, or the plain UUID.")
    market: list[str] | None = given("About accounts that were in one of these markets then, or about their packs.")
    policy: list[str] | None = given("About one of these policies.")
    policy_version: list[str] | None = given("That name one of these versions of a pack, by the hash of its content.")
    recorded_at: TimeRange | None = given("Recorded in this time.")
    occurred_at: TimeRange | None = given("That were so in this time.")
    position: PositionRange | None = given("At these positions.")


@strawberry.input(description="By what the audit log is listed.")
class AuditLogOrder:
    """By what the audit log is listed."""

    field: AuditLogOrderField | None = strawberry.field(
        default=None, description="By what; if it is not given, by when it was so if `occurredAt` alone is asked for, by position if that is, "
        "and else by when it was recorded.")
    direction: Direction = strawberry.field(description="In which direction.", default=Direction.ASC)


def audit_page(view: View, root: Field, which: AuditLogFilter | None, order: AuditLogOrder | None) -> Any:
    """A page of the audit log."""
    wanted = Wanted() if which is None else wanted_of(which, view)
    asked = asked_for(root, tables.audit_log, order_of(wanted, order), ())
    refuse_too_large(root.below, asked.first)
    asked = replace(asked, where=where(wanted, view.reader))
    found = page(view.reader, node_columns(root.below), asked)
    total = view.reader.total(tables.audit_log, asked.where) if counts(root.below) else None
    return gather(view, root.below, [listed(found, asked, total)])[0]


def order_of(wanted: Wanted, order: AuditLogOrder | None) -> Order:
    """The order that was asked for, or suits what was."""
    order = order or AuditLogOrder()
    found = wanted.order if order.field is None else ORDERS[order.field.value]
    return Order(found.columns, order.direction is Direction.DESC)


def wanted_of(which: AuditLogFilter, view: View) -> Wanted:
    """What was asked for. Raises BadUserInput."""
    placed = which.position or None
    try:
        return checked(Wanted(
            actor=values_of(which.actor), role=values_of(which.role), kinds=values_of(which.kinds),
            creator=ids_of("creatorId", which.creator_id, "Creator"), subject=next(iter(ids_of("subject", which.subject) or ()), None),
            market=values_of(which.market), policy=values_of(which.policy), pack=values_of(which.policy_version),
            log=log_numbered(view.system, placed.log) if placed else None, first_position=(placed.begin or None) if placed else None,
            last_position=(placed.end or None) if placed else None, recorded=span_of(which.recorded_at), occurred=span_of(which.occurred_at)))
    except CannotAsk as problem:
        raise refused(PARTS.get(problem.part, problem.part), str(problem)) from problem


def refused(name: str, problem: str) -> BadUserInput:
    """What is told of a part of the filter that cannot be used."""
    return BadUserInput(f"`filter.{name}`: {problem}.", argument=f"filter.{name}")


def values_of(given: Any) -> tuple[str, ...] | None:
    """The values of a list; None if it was not given."""
    return tuple(map(str, given)) if is_given(given) else None


def ids_of(name: str, given: Any, *type_names: str) -> tuple[UUID, ...] | None:
    """The own id behind an id, of any type if none is named; None if none was given."""
    if not is_given(given):
        return None
    thing = thing_of(given)
    id = id_of(given, *(type_names or ((thing[0],) if thing else ())))
    if id is None:
        raise refused(name, f"{given!r} is no id: give one that was given out here, or the plain UUID")
    return (id,)


def span_of(given: Any) -> Span:
    """Some time."""
    return Span(given.begin or None, given.end or None) if is_given(given) else Span()
