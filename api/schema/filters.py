"""Which of a list are asked for, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import strawberry
from strawberry import UNSET

from api.schema.inputs import is_given
from api.schema.words import (
    ActorKind,
    AppealStatus,
    CreatorOrderField,
    CreatorStatus,
    Direction,
    PenaltyStatus,
    RewardStatus,
    Severity,
    ViolationStatus,
)
from domain.creator.decider import EVENTS
from projections.reading import Begins, Between, Condition, OneOf, Order, Restricted


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
    restricted_in: str | None = given("Restricted in this capability.")
    external_id_prefix: str | None = given("With a platform's account id that begins so.")


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
    channel: list[str] | None = given("From one of these channels: a counter's name, ZERO_TOLERANCE or PERSON.")


@strawberry.input(description="Which appeals are asked for: those that fulfil all that is given.")
class AppealFilter:
    """Which appeals."""

    status: list[AppealStatus] | None = given("Of one of these statuses.")


@strawberry.input(description="Which changes of appeals are asked for: those that fulfil all that is given.")
class AppealDeskFilter:
    """Which changes of appeals."""

    market: list[str] | None = given("Of an appeal submitted in one of these markets.")
    status: list[AppealStatus] | None = given("To one of these statuses.")


@strawberry.input(description="Which rewards are asked for: those that fulfil all that is given.")
class RewardFilter:
    """Which rewards."""

    status: list[RewardStatus] | None = given("Of one of these statuses.")
    kind: list[str] | None = given("Of one of these kinds.")


@strawberry.input(description="Which events are asked for: those that fulfil all that is given.")
class TimelineFilter:
    """Which events."""

    kinds: list[str] | None = given(f"Of one of these kinds, such as {next(iter(EVENTS))}.")
    policy: list[str] | None = given("Under one of these policies.")
    actor_kind: list[ActorKind] | None = given("By somebody in one of these capacities.")


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


def among(which: Any, **columns: str) -> tuple[Condition, ...]:
    """That each column has one of the values given for it."""
    lists: list[tuple[str, Sequence[str] | None]] = [] if which is None else [(columns[name], getattr(which, name)) for name in columns]
    return tuple(OneOf(column, [str(value) for value in values or ()]) for column, values in lists if is_given(values))


def of_creators(which: CreatorFilter | None) -> tuple[Condition, ...]:
    """What creators have to fulfil."""
    if which is None:
        return ()
    found: list[Condition] = [*among(which, market="market", zone="zone", status="status")]
    lowest, highest = which.lowest_score, which.highest_score
    if is_given(lowest) or is_given(highest):
        found.append(Between("score", lowest if is_given(lowest) else None, highest if is_given(highest) else None))
    if which.restricted_in:
        found.append(Restricted(which.restricted_in))
    if which.external_id_prefix:
        found.append(Begins("external_id", which.external_id_prefix))
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


def of_timeline(arguments: dict[str, Any]) -> tuple[Condition, ...]:
    """What events have to fulfil."""
    return among(arguments.get("which"), kinds="kind", policy="policy", actor_kind="actor_kind")
