"""Which of a list are asked for, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry
from strawberry import UNSET

from api.ids import id_of
from api.schema.inputs import is_given
from api.schema.words import (
    ActorKind,
    AppealDeskOrder,
    AppealStatus,
    CaseStatus,
    CaseStepKind,
    CreatorOrderField,
    CreatorStatus,
    Direction,
    ErasureStatus,
    PenaltyStatus,
    RemedyKind,
    RemedyOrderField,
    RemedyStatus,
    RetentionStatus,
    RewardStatus,
    Severity,
    ViolationStatus,
)
from api.view import View
from domain.creator.decider import EVENTS
from projections.reading import Before, Begins, Between, Breached, CaseIs, Certified, Condition, OneOf, Order, Restricted
from projections.remedies import FAR_AHEAD


def given(description: str) -> Any:
    """A condition that may be left out."""
    return strawberry.field(description=description, default=UNSET)


@strawberry.input(description="Which creators are asked for: those that fulfil all that is given.")
class CreatorFilter:
    """Which creators."""

    market: list[str] | None = given("In one of these markets.")
    zone: list[str] | None = given("In one of these zones.")
    status: list[CreatorStatus] | None = given("Of one of these statuses.")
    lowest_score: int | None = given("With this score or a higher one.")
    highest_score: int | None = given("With this score or a lower one.")
    erasure: list[ErasureStatus] | None = given("Whose erasure has one of these statuses; the others were never asked to be erased.")
    restricted_in: str | None = given("Restricted in this capability.")
    external_id_prefix: str | None = given("With a platform's account id that begins so.")
    handle: str | None = given("That call themselves so: all of it, whatever its case, with or without a leading @.")
    contact: str | None = given("That are reached so: all of it, whatever its case.")


@strawberry.input(description="By what creators are listed.")
class CreatorOrder:
    """By what creators are listed."""

    field: CreatorOrderField = strawberry.field(description="By what.", default=CreatorOrderField.REGISTERED)
    direction: Direction = strawberry.field(description="In which direction.", default=Direction.ASC)


@strawberry.input(description="Which violations are asked for: those that fulfil all that is given.")
class ViolationFilter:
    """Which violations."""

    status: list[ViolationStatus] | None = given("Of one of these statuses.")
    policy: list[str] | None = given("Of one of these policies.")
    severity: list[Severity] | None = given("Of one of these severities.")


@strawberry.input(description="Which penalties are asked for: those that fulfil all that is given.")
class PenaltyFilter:
    """Which penalties."""

    status: list[PenaltyStatus] | None = given("Of one of these statuses.")
    kind: list[str] | None = given("Of one of these kinds.")
    channel: list[str] | None = given("From one of these channels: a counter's name, ZERO_TOLERANCE, PERSON or EXTERNAL.")


@strawberry.input(description="Which appeals are asked for: those that fulfil all that is given.")
class AppealFilter:
    """Which appeals."""

    status: list[AppealStatus] | None = given("Of one of these statuses.")


@strawberry.input(description="Which happenings at the appeals desk are asked for: those that fulfil all that is given.")
class AppealChangeFilter:
    """Which happenings at the appeals desk."""

    market: list[str] | None = given("About an appeal submitted in one of these markets.")
    status: list[CaseStatus] | None = given("After which the work has one of these statuses.")
    kind: list[CaseStepKind] | None = given("Of one of these kinds.")


@strawberry.input(description="Which rewards are asked for: those that fulfil all that is given.")
class RewardFilter:
    """Which rewards."""

    status: list[RewardStatus] | None = given("Of one of these statuses.")
    kind: list[str] | None = given("Of one of these kinds.")


@strawberry.input(description="Which remedies are asked for: those that fulfil all that is given.")
class RemedyFilter:
    """Which remedies."""

    status: list[RemedyStatus] | None = given("Of one of these statuses.")
    kind: list[RemedyKind] | None = given("Of one of these kinds.")
    owner: list[str] | None = given("That one of these teams is to give; an empty one: nobody yet.")
    market: list[str] | None = given("Of creators that were in one of these markets.")
    due_before: datetime | None = given("Due before this time.")


@strawberry.input(description="Which evidence is asked for: what fulfils all that is given.")
class EvidenceDueFilter:
    """Which evidence."""

    status: list[RetentionStatus] | None = given("Of one of these statuses; by default what is kept.")
    retention: list[str] | None = given("Of one of these retention classes.")
    due_before: datetime | None = given("Due before this time.")
    creator_id: strawberry.ID | None = given("Of this account: a global id, or the plain UUID.")


@strawberry.input(description="By what remedies are listed.")
class RemedyOrder:
    """By what remedies are listed."""

    field: RemedyOrderField = strawberry.field(description="By what; what has no date is due last.", default=RemedyOrderField.DUE)
    direction: Direction = strawberry.field(description="In which direction.", default=Direction.ASC)


@strawberry.input(description="Which events are asked for: those that fulfil all that is given.")
class TimelineFilter:
    """Which events."""

    kinds: list[str] | None = given(f"Of one of these kinds, such as {min(EVENTS)}.")
    policy: list[str] | None = given("Under one of these policies.")
    actor_kind: list[ActorKind] | None = given("By somebody in one of these capacities.")


@strawberry.input(description="Which cases of the appeals desk are asked for: those that fulfil all that is given.")
class AppealDeskFilter:
    """Which cases."""

    market: list[str] | None = given("Of creators in one of these markets.")
    language: list[str] | None = given("Of creators who can be written to in one of these languages (ISO 639).")
    policy: list[str] | None = given("About one of these policies.")
    level: list[int] | None = given("At one of these levels.")
    status: list[CaseStatus] | None = given("Of one of these statuses, now; by default those that are not closed.")
    assignee: list[str] | None = given("Assigned to one of these.")
    leased_by: list[str] | None = given("In the hands of one of these, now.")
    breached: bool | None = given("Whether it was not closed before it was due, or is not closed and was due before now.")


ORDERS = {
    CreatorOrderField.REGISTERED: ("log", "sequence"),
    CreatorOrderField.CHANGED: ("changed_at", "log", "sequence"),
    CreatorOrderField.EXTERNAL_ID: ("external_id",),
    CreatorOrderField.SCORE: ("score", "log", "sequence"),
}


def order_of(order: CreatorOrder | None) -> Order:
    """The order of creators that was asked for."""
    order = order or CreatorOrder()
    return Order(ORDERS[order.field], order.direction is Direction.DESC)


REMEDY_ORDERS = {RemedyOrderField.DUE: ("listed_at", "log", "sequence"), RemedyOrderField.OWED: ("log", "sequence")}


def order_of_remedies(order: RemedyOrder | None) -> Order:
    """The order of remedies that was asked for."""
    order = order or RemedyOrder()
    return Order(REMEDY_ORDERS[order.field], order.direction is Direction.DESC)


def among(which: Any, **columns: str) -> tuple[Condition, ...]:
    """That each column has one of the values given for it."""
    lists: list[tuple[str, Sequence[str] | None]] = [] if which is None else [(columns[name], getattr(which, name)) for name in columns]
    return tuple(OneOf(column, [str(value) for value in values or ()]) for column, values in lists if is_given(values))


def of_creators(which: CreatorFilter | None, view: View) -> tuple[Condition, ...]:
    """What creators have to fulfil."""
    if which is None:
        return ()
    found: list[Condition] = [*among(which, market="market", zone="zone", status="status", erasure="erasure")]
    lowest, highest = which.lowest_score, which.highest_score
    if is_given(lowest) or is_given(highest):
        found.append(Between("score", lowest if is_given(lowest) else None, highest if is_given(highest) else None))
    if which.restricted_in:
        found.append(Restricted(which.restricted_in))
    if which.external_id_prefix:
        found.append(Begins("external_id", which.external_id_prefix))
    found += [OneOf("creator_id", view.found(field, text)) for field in ("handle", "contact") if is_given(text := getattr(which, field))]
    return tuple(found)


def of_violations(arguments: dict[str, Any]) -> tuple[Condition, ...]:
    """What violations have to fulfil."""
    return among(arguments.get("which"), status="status", policy="policy", severity="severity")


def of_penalties(arguments: dict[str, Any]) -> tuple[Condition, ...]:
    """What penalties have to fulfil."""
    return among(arguments.get("which"), status="status", kind="kind", channel="channel")


def of_appeals(arguments: dict[str, Any]) -> tuple[Condition, ...]:
    """What appeals have to fulfil."""
    return among(arguments.get("which"), status="status")


def of_rewards(arguments: dict[str, Any]) -> tuple[Condition, ...]:
    """What rewards have to fulfil."""
    return among(arguments.get("which"), status="status", kind="kind")


def of_remedies(arguments: dict[str, Any]) -> tuple[Condition, ...]:
    """What remedies have to fulfil."""
    which = arguments.get("which")
    found = among(which, status="status", kind="kind", owner="owner", market="market")
    return (*found, Before("due_at", which.due_before)) if which and is_given(which.due_before) else found


EVIDENCE_ORDER = Order(("listed_at", "log", "sequence", "evidence_id"))


def of_evidence(which: EvidenceDueFilter | None) -> tuple[Condition, ...]:
    """What evidence has to fulfil: it has a date."""
    which = which or EvidenceDueFilter()
    statuses = (which.status or ()) if is_given(which.status) else (RetentionStatus.KEPT,)
    found: list[Condition] = [OneOf("status", [status.value for status in statuses]), *among(which, retention="retention")]
    found.append(Before("due_at", which.due_before if is_given(which.due_before) and which.due_before else FAR_AHEAD))
    if is_given(which.creator_id):
        creator = id_of(str(which.creator_id), "Creator")
        found.append(OneOf("creator_id", [creator] if creator else []))
    return tuple(found)


def of_timeline(arguments: dict[str, Any]) -> tuple[Condition, ...]:
    """What events have to fulfil."""
    return among(arguments.get("which"), kinds="kind", policy="policy", actor_kind="actor_kind")


DESK_ORDERS = {AppealDeskOrder.DUE_FIRST: Order(("due_first", "log", "sequence")), AppealDeskOrder.OPENED: Order(("log", "sequence"))}


def of_desk(which: AppealDeskFilter | None, now: datetime) -> tuple[Condition, ...]:
    """What cases have to fulfil, whatever their status."""
    if which is None:
        return ()
    found: list[Condition] = [*among(which, market="market", assignee="assignee", leased_by="leased_by")]
    if is_given(which.level):
        found.append(OneOf("level", which.level or ()))
    for kind, values in (("LANGUAGE", which.language), ("POLICY", which.policy)):
        if is_given(values):
            found.append(Certified([f"{kind}:{value}" for value in values or ()]))
    if is_given(which.leased_by):
        found.append(CaseIs([CaseStatus.CLAIMED.value], now))
    if is_given(which.breached):
        found.append(Breached(now, bool(which.breached)))
    return tuple(found)


def of_desk_status(which: AppealDeskFilter | None, now: datetime) -> tuple[Condition, ...]:
    """Which status cases have to have; unless it is asked for, those that are closed are not listed."""
    wanted = which.status if which and is_given(which.status) else (CaseStatus.OPEN, CaseStatus.CLAIMED)
    return (CaseIs([status.value for status in wanted or ()], now),)
