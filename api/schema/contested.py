"""What can be appealed beside violations and penalties: milestones, measures on content, commission; and disputes about decisions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.gathering import Document, Listed, explained, inside, listing, named, value
from api.ids import global_id
from api.schema.filters import AppealFilter, of_appeals
from api.schema.lists import Connection, Node
from api.schema.violation import enumerated, for_staff, opened, subject_of
from api.schema.words import BigInt, DisputeStatus, Measure, Outcome, Subject
from domain.creator.explaining.thresholds import explain_threshold
from projections import tables
from projections.reading import Order

if TYPE_CHECKING:
    from api.schema.appeal import Appeal
    from api.schema.explanation import ThresholdExplanation
    from api.schema.penalty import Penalty
    from api.schema.violation import Violation

OLDEST_FIRST = Order(("sequence",))


def id_as(type_name: str, column: str) -> Any:
    """A global id from a column."""
    return value("Its id among all things; opaque.", column, by=lambda row, _: global_id(type_name, getattr(row, column)))


def appeals_about(column: str) -> Any:
    """A field with the appeals about a decision."""
    return listing("The appeals about it, oldest first.", Listed(tables.appeals, "subject", (column,), OLDEST_FIRST, of_appeals), AppealFilter)


def violation_of(description: str) -> Any:
    """A field with the violation of a row."""
    return named(description, tables.violations, "violation_id", "violation_id", by=lambda row, _: row.violation_id)


@strawberry.type(description="A threshold that a violation made a counter reach. What was enforced for it can be appealed as a whole.")
class CrossedMilestone(Node):
    """A threshold that was reached."""

    id: strawberry.ID = id_as("CrossedMilestone", "milestone_id")
    version: int = value("The number, in the account's history, of the fact that says so.")
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = violation_of("The violation that reached it.")
    channel: str = value("The counter: `score` or another one of the pack.")
    tally: str = value("The counter, with its group if it counts several apart.")
    threshold: int = value("The value at which it fired.")
    value_before: int = value("The counter before.")
    value_after: int = value("The counter after.")
    pack_hash: str = value("The pack it follows from, by the hash of its content.")
    reached_at: datetime = value("When it was reached.")
    reversed_at: datetime | None = value("When what was enforced for it was undone.")
    explanation: Annotated[ThresholdExplanation, strawberry.lazy("api.schema.explanation")] | None = explained(
        "Why it was reached.", "creator_id", "version", by=lambda row, view: explain_threshold(view.chronicle(row.creator_id), row.version))
    appeals: Connection[Annotated[Appeal, strawberry.lazy("api.schema.appeal")]] = appeals_about("milestone_id")


@strawberry.type(description="A measure on a content item because of a violation.")
class ContentMeasure(Node):
    """A measure on a content item."""

    id: strawberry.ID = id_as("ContentMeasure", "measure_id")
    content_id: str = value("The platform's own id of the item.")
    measure: Measure = value("What was done to it.", "measure", by=enumerated(Measure, "measure"))
    label: str | None = value("The label's code, if it was labelled.", "label", by=lambda row, _: row.label or None)
    taken_at: datetime = value("Since when.")
    taken_by: str | None = value("Who took it; none is told to creators.", "taken_by", by=for_staff("taken_by"))
    reasons: str | None = value("Why; none once erased.", "creator_id", "reasons_token", by=opened("reasons_token"))
    ended_at: datetime | None = value("When it was taken back.")
    appeals: Connection[Annotated[Appeal, strawberry.lazy("api.schema.appeal")]] = appeals_about("measure_id")


@strawberry.type(description="Commission that was forfeited.")
class Forfeiture:
    """Commission that was forfeited."""

    id: strawberry.ID = value("Its id among all things; opaque.", by=lambda it, _: global_id("Forfeiture", it.id))
    amount: BigInt = value("How much, in minor units of the currency.")
    at: datetime = value("When.", by=lambda it, _: datetime.fromisoformat(it.at))
    reversed_at: datetime | None = value(
        "When it fell, and was owed to the creator again.", by=lambda it, _: datetime.fromisoformat(it.reversed_at) if it.reversed_at else None)


@strawberry.type(description="Commission held because of a penalty, and what became of it. Amounts are in minor units of the currency.")
class Commission(Node):
    """Commission held because of a penalty."""

    id: strawberry.ID = id_as("Commission", "freeze_id")
    penalty: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = named(
        "The penalty it is held because of.", tables.penalties, "penalty_id", "penalty_id", by=lambda row, _: row.penalty_id)
    currency: str = value("The currency (ISO 4217).")
    orders: list[str] = value("The orders it came from.")
    frozen: BigInt = value("How much was held at first.")
    held: BigInt = value("How much is held still.")
    released: BigInt = value("How much went to the creator.")
    forfeited: BigInt = value("How much is lost to the creator.")
    reinstated: BigInt = value("How much was lost and is owed again, because the forfeiture fell.")
    forfeitures: list[Forfeiture] = inside(
        "What was forfeited, oldest first.", "forfeitures", by=lambda row, _: [Document(it) for it in row.forfeitures])
    frozen_at: datetime = value("Since when.")


@strawberry.type(description="A dispute about a decision before a body outside the platform.")
class Dispute(Node):
    """A dispute before a body outside the platform."""

    id: strawberry.ID = id_as("Dispute", "dispute_id")
    subject_kind: Subject = value("What kind of decision it is about.", "subject_kind", by=enumerated(Subject, "subject_kind"))
    subject: strawberry.ID = subject_of("The id of what it is about.")
    body: str = value("The body.")
    reference: str = value("The body's own reference.")
    status: DisputeStatus = value("How far it has come.", "status", by=enumerated(DisputeStatus, "status"))
    outcome: Outcome | None = value("How the body decided.", "outcome", by=enumerated(Outcome, "outcome"))
    reasons: str | None = value("Why; none once erased.", "creator_id", "reasons_token", by=opened("reasons_token"))
    root_cause: str | None = value("What had gone wrong; none is told to creators.", "root_cause", by=for_staff("root_cause"))
    opened_at: datetime = value("When it was opened.")
    decided_at: datetime | None = value("When the body decided.")
    implemented_at: datetime | None = value("When that was carried out.")
