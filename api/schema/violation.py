"""A violation: what was found, by which rule it was judged, and what became of that."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from api.gathering import Document, Listed, explained, inside, listing, named, part, value
from api.ids import global_id
from api.schema.filters import AppealFilter, of_appeals
from api.schema.lists import Connection, Node
from api.schema.words import ActorKind, ContentKind, Effect, Ground, Measure, Sensitivity, Severity, SourceKind, Subject, ViolationStatus
from api.view import View
from domain.creator.explaining.points import explain_points
from projections import tables
from projections.decisions import evidence_id
from projections.reading import Condition, Order

if TYPE_CHECKING:
    from api.schema.appeal import Appeal
    from api.schema.contested import ContentMeasure
    from api.schema.creator import Creator
    from api.schema.explanation import PointsExplanation


@strawberry.type(description="Who decided.")
class Decider:
    """Who decided."""

    id: str = value("The id in the staff directory, or of the service.")
    role: str = value("The role it was decided in.")
    kind: ActorKind = value("In which capacity.")


def decider(row: Any, view: View) -> Document | None:
    """Who decided, told to staff alone."""
    if not view.is_staff or not row.decided_by:
        return None
    return Document({"id": row.decided_by, "role": row.decided_by_role, "kind": ActorKind(row.decided_by_kind)})


@strawberry.type(description="The content item a violation is about.")
class Content:
    """The content item."""

    id: str = value("The platform's own id of it.", "content_id")
    kind: ContentKind = value("What kind of content it is.", "content_kind", by=lambda row, _: ContentKind(row.content_kind))
    created_at: datetime = value("When it was made.", "content_created_at")
    ended_at: datetime | None = value("When it ended, if it was a LIVE.", "content_ended_at")
    offset_seconds: int | None = value("How many seconds into it the occurrence lies.", "content_offset_seconds")
    markets: list[str] = value("The markets it was shown in.", "content_markets")
    feature: str = value("The product feature it belongs to.", "content_feature")
    category: str = value("The category of what it is about.", "content_category")
    items: list[str] = value("The further items of its batch.", "content_items")
    measures: list[Measure] = value(
        "What is done to it because of the violation, in force.", "measures", by=lambda row, _: [Measure(it) for it in row.measures])


@strawberry.type(description="How a violation came to notice.")
class Detection:
    """How it came to notice."""

    detected_at: datetime | None = value("When.")
    automated: bool = value("Whether no person noticed it.", "detected_automatically")
    detector: str = value("Which detector.")
    detector_version: str = value("In which version.")
    confidence: float | None = value("How sure it was, from 0 to 1.")
    source: SourceKind | None = value(
        "Where the suspicion came from.", "source_kind", by=lambda row, _: SourceKind(row.source_kind) if row.source_kind else None)
    reference: str = value("The notice or order it came from.", "source_reference")


@strawberry.type(description="What makes a violation graver or lighter.")
class Factor:
    """What makes a violation graver or lighter."""

    effect: Effect = value("Against the creator or in favour.", by=lambda it, _: Effect(it.effect))
    code: str = value("The factor's code.")
    reasons: str | None = value("Why it weighs; none once erased.", by=lambda it, view: view.opened(it.creator_id, it.reasons or ""))


@strawberry.type(description="That what a reference to evidence leads to is not what it was.")
class EvidenceChange:
    """What a reference to evidence leads to now."""

    sha256: str = value("The SHA-256 of what lies there now, in hexadecimal.")
    seen_at: datetime = value("When that was seen.")


@strawberry.type(description="A reference to evidence.")
class Evidence:
    """A reference to evidence."""

    reference: str = value("Where it lies; empty once it is no longer kept.")
    sha256: str = value("The SHA-256 of its content, in hexadecimal.", by=lambda it, _: it.sha256 or "")
    kind: str = value("What it is.", by=lambda it, _: it.kind or "")
    retention: str = value("Its retention class.", by=lambda it, _: it.retention or "")
    sensitivity: Sensitivity = value("How carefully it must be shown.", by=lambda it, _: Sensitivity(it.sensitivity or "NORMAL"))
    ended_at: datetime | None = value("Since when it is no longer kept, because the time of its retention class was over.", by=lambda it, _: (
        datetime.fromisoformat(it.ended_at) if it.ended_at else None))
    note: str | None = value("A note about it; none once erased, or no longer kept.", by=lambda it, view: view.opened(it.creator_id, it.note or ""))
    given_by: ActorKind | None = value("In which capacity it was given, to an appeal.", by=lambda it, _: ActorKind(it.by) if it.by else None)
    given_at: datetime | None = value("When it was given, to an appeal.", by=lambda it, _: datetime.fromisoformat(it.at) if it.at else None)
    changed: EvidenceChange | None = named(
        "What lies there now, if that is not what it was.", tables.evidence_changes, "evidence_id",
        by=lambda it, _: evidence_id(it.creator_id, it.reference))


def evidence(row: Any, view: View) -> list[Any] | None:
    """References to evidence, told to staff alone."""
    return [Document(it, creator_id=row.creator_id) for it in row.evidence] if view.is_staff else None


@strawberry.type(description="The rules a violation is judged by, pinned for ever: the text in force when the content was made, and the schedule.")
class Pin:
    """The rules it is judged by."""

    text_pack: str = value("The pack with the text, by the hash of its content.")
    text_version: int = value("The version of that pack.")
    text_sha256: str = value("The SHA-256 of the text, in hexadecimal.")
    text_language: str = value("The language of the text.")
    schedule: str = value("The pack with the points, by the hash of its content.")
    schedule_version: int = value("The version of that pack.")
    rule: int | None = value("The row of the schedule's matrix that applied, from 1.")
    occurrence: int | None = value("Which occurrence of its type it was.")


def enumerated(kind: type[Any], column: str) -> Any:
    """A value of an enum from a text column; none where that is empty."""
    return lambda row, _: kind(text) if (text := getattr(row, column)) else None


TYPES = {
    Subject.VIOLATION: "Violation", Subject.PENALTY: "Penalty", Subject.MILESTONE: "CrossedMilestone", Subject.FORFEITURE: "Forfeiture",
    Subject.CONTENT_MEASURE: "ContentMeasure"}


def subject_of(description: str) -> Any:
    """A field with the id of the decision that a row is about."""
    return value(
        description, "subject", "subject_kind", by=lambda row, _: global_id(TYPES[Subject(row.subject_kind)], row.subject))


def opened(column: str) -> Any:
    """Personal text from a column with its token."""
    return lambda row, view: view.opened(row.creator_id, getattr(row, column))


def for_staff(column: str) -> Any:
    """What is told to staff alone."""
    return lambda row, view: getattr(row, column) or None if view.is_staff else None


def all_of(_arguments: dict[str, Any]) -> tuple[Condition, ...]:
    """No condition."""
    return ()


OLDEST_FIRST = Order(("sequence",))
APPEALS = Listed(tables.appeals, "subject", ("violation_id",), OLDEST_FIRST, of_appeals)


@strawberry.type(description="A violation: suspected, decided, and perhaps overturned.")
class Violation(Node):
    """A violation."""

    id: strawberry.ID = value("Its id among all things; opaque.", "violation_id", by=lambda row, _: global_id("Violation", row.violation_id))
    creator: Annotated[Creator, strawberry.lazy("api.schema.creator")] | None = named(
        "Whose it is.", tables.creators, "creator_id", "creator_id", by=lambda row, _: row.creator_id)
    market: str = value("The market it was found in.")
    status: ViolationStatus = value("How far it has come.", "status", by=enumerated(ViolationStatus, "status"))
    policy: str = value("The policy it is about.")
    leaf: str = value("The leaf of that policy; empty: none.")
    severity: Severity = value("How grave it is.", "severity", by=enumerated(Severity, "severity"))
    count_group: str = value("What it is counted in, once for each policy.")
    content: Content = part("The content item it is about.")
    detection: Detection | None = inside("How it came to notice; none is told to creators.", *(
        "detected_at", "detected_automatically", "detector", "detector_version", "confidence", "source_kind", "source_reference"),
        by=lambda row, view: row if view.is_staff else None)
    factors: list[Factor] = inside(
        "What makes it graver or lighter.", "creator_id", "factors",
        by=lambda row, _: [Document(it, creator_id=row.creator_id) for it in row.factors])
    evidence: list[Evidence] | None = inside("References to evidence; none is told to creators.", "creator_id", "evidence", by=evidence)
    facts: str | None = value("What was found, as told to the creator; none once erased.", "creator_id", "facts_token", by=opened("facts_token"))
    reasons: str | None = value(
        "Why it was dismissed or amended; none once erased.", "creator_id", "reasons_token", by=opened("reasons_token"))
    pin: Pin = part("The rules it is judged by.")
    points: int = value("The points it cost.")
    points_restored: int = value("The points of those that came back.")
    explanation: Annotated[PointsExplanation, strawberry.lazy("api.schema.explanation")] | None = explained(
        "Why it cost these points; none unless it was confirmed.", "creator_id", "violation_id",
        by=lambda row, view: explain_points(view.chronicle(row.creator_id), row.violation_id))
    discretion: int | None = value("The points that a person chose within the pack's range, if one did.")
    entry_id: strawberry.ID | None = value("Its entry in the ledger.")
    expires_at: datetime | None = value("When its points stop to weigh.", "entry_expires_at")
    warned: bool = value("Whether it led to a warning in place of points.")
    suspected_at: datetime | None = value("When it was suspected, if it was.")
    correct_until: datetime | None = value("Until when the creator may or might put it right.")
    closed_at: datetime | None = value("When it was corrected or dismissed.")
    confirmed_at: datetime | None = value("When it was confirmed.")
    decided_by: Decider | None = inside(
        "Who confirmed it; none is told to creators.", "decided_by", "decided_by_role", "decided_by_kind", by=decider)
    automated: bool = value("Whether it was confirmed without any person.")
    overturned_at: datetime | None = value("When it was overturned.")
    ground: Ground | None = value("By which way it was overturned.", "ground", by=enumerated(Ground, "ground"))
    root_cause: str | None = value("What had gone wrong; none is told to creators.", "root_cause", by=for_staff("root_cause"))
    informed_at: datetime | None = value("When the creator was informed of it.")
    appeal_until: datetime | None = value("Until when an appeal against it may be filed.")
    appeal_rule: str | None = value("By which rule that is counted.", "appeal_rule", by=lambda row, _: row.appeal_rule or None)
    content_measures: Connection[Annotated[ContentMeasure, strawberry.lazy("api.schema.contested")]] = listing(
        "What was done to its content, oldest first.", Listed(tables.content_measures, "violation_id", ("violation_id",), OLDEST_FIRST, all_of))
    changed_at: datetime = value("When something was last recorded about it.")
    appeals: Connection[Annotated[Appeal, strawberry.lazy("api.schema.appeal")]] = listing(
        "The appeals against it, oldest first.", APPEALS, AppealFilter)


def ids(documents: list[str]) -> list[UUID]:
    """Ids from a document."""
    return [UUID(it) for it in documents]


def violations_named(description: str) -> Any:
    """A field with the violations that a document names."""
    return named(description, tables.violations, "violation_id", "violations", by=lambda row, _: ids(row.violations))


def penalties_named(description: str, column: str) -> Any:
    """A field with the penalties that a document names."""
    return named(description, tables.penalties, "penalty_id", column, by=lambda row, _: ids(getattr(row, column)))
