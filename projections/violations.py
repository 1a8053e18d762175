"""Violations: what was found, what was decided about it, and what became of that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.creator import notices, points, violations, warnings
from domain.creator.content import (
    MEASURES,
    ContentDemoted,
    ContentLabelled,
    ContentMeasured,
    ContentRemoved,
    ContentRestored,
)
from domain.creator.finding import Finding
from domain.creator.overturn import ViolationAmended, ViolationOverturned
from domain.creator.retention import EvidenceRetentionEnded
from domain.facts import Actor, ActorKind, Fact
from projections import subjects as about
from projections.columns import token_of
from projections.readmodel import Need, ReadModel, follows_markets, market_of
from projections.retention import ended_in
from projections.rows import Batch
from projections.tables import violation_markets
from projections.tables import violations as table

SCHEDULED = about.RETENTION - {EvidenceRetentionEnded}
IGNORES = (
    about.DELETIONS  # what was decided about the content stands
    | about.COUNTERS | about.QUIZZES | about.PENALTIES | about.PROGRESS | about.COMMISSION | about.OPEN_NOTICES | about.APPEALS
    | about.REWARDS | about.REMEDIES | about.CONTESTS | about.STATEMENTS | about.AFTER_STATEMENTS | about.TIERS | about.RELATIONS | about.SCHEMES
    | about.ERASURES | SCHEDULED | (about.SCORE - {points.PointsDeducted, points.PointsRestored}))
ID, ENTRY, MARKET = table.c.violation_id, table.c.entry_id, violation_markets.c.creator_id


def needs(fact: Fact) -> Iterator[Need]:
    """The violation a fact names, by its id, as a notice's subject or by its entry in the ledger."""
    event = fact.event
    match event:
        case violations.ViolationSuspected() | violations.ViolationConfirmed():
            yield MARKET, fact.stream
            yield ID, event.violation_id
        case points.PointsRestored():
            yield ENTRY, event.entry_id
        case notices.CreatorInformed():
            yield ID, event.subject
        case EvidenceRetentionEnded():
            yield from ((ID, piece.given_in) for piece in event.evidence)
        case _:
            if id := getattr(event, "violation_id", None):
                yield ID, id


VIOLATIONS = ReadModel("violations", 2, (table, violation_markets), needs, IGNORES)
follows_markets(VIOLATIONS, violation_markets)


def found(batch: Batch, id: Any, finding: Finding, fact: Fact, **values: Any) -> None:
    """Write what was found, in a row of its own if it was not suspected before."""
    if batch[table].get(id) is None:
        batch[table].new(id, sequence=fact.position, creator_id=fact.stream, market=market_of(batch, violation_markets, fact.stream))
    content, detection, source = finding.content, finding.detection, finding.source
    change(
        batch, id, fact, policy=finding.policy, leaf=finding.leaf, severity=finding.severity.value, count_group=finding.count_group,
        content_id=content.id, content_kind=content.kind.value, content_created_at=content.created_at, content_ended_at=content.ended_at,
        content_offset_seconds=content.offset_seconds, content_markets=content.markets, content_feature=content.feature,
        content_category=content.category, detected_at=detection.detected_at, detected_automatically=detection.automated,
        detector=detection.detector, detector_version=detection.detector_version, confidence=detection.confidence,
        source_kind=source.kind.value, source_reference=source.reference, factors=finding.factors, evidence=finding.evidence,
        content_items=finding.items, **values)


def change(batch: Batch, id: Any, fact: Fact, **values: Any) -> None:
    """Write to a violation's row."""
    batch[table].set(id, changed_at=fact.recorded_at, position=fact.position, **values)


@VIOLATIONS.on(violations.ViolationSuspected)
def suspected(batch: Batch, event: violations.ViolationSuspected, fact: Fact) -> None:
    """Not decided yet."""
    found(
        batch, event.violation_id, event.finding, fact, status="SUSPECTED", suspected_at=fact.occurred_at,
        correct_until=event.correct_until)


@VIOLATIONS.on(violations.ViolationCorrected)
def corrected(batch: Batch, event: violations.ViolationCorrected, fact: Fact) -> None:
    """Put right in time."""
    change(batch, event.violation_id, fact, status="CORRECTED", closed_at=fact.occurred_at)


@VIOLATIONS.on(violations.ViolationDismissed)
def dismissed(batch: Batch, event: violations.ViolationDismissed, fact: Fact) -> None:
    """Not borne out."""
    change(
        batch, event.violation_id, fact, status="DISMISSED", closed_at=fact.occurred_at, reasons_token=token_of(event.reasons),
        decided_by=fact.actor.id, decided_by_role=fact.actor.role, decided_by_kind=fact.actor.kind.value)


@VIOLATIONS.on(violations.ViolationConfirmed)
def confirmed(batch: Batch, event: violations.ViolationConfirmed, fact: Fact) -> None:
    """Decided."""
    pin, chosen, by = event.pin, event.discretion, decider(event, fact)
    found(
        batch, event.violation_id, event.finding, fact, status="CONFIRMED", confirmed_at=fact.occurred_at, automated=event.automated,
        decided_by=by.id, decided_by_role=by.role, decided_by_kind=by.kind.value, facts_token=token_of(event.facts),
        text_pack=pin.text_pack, text_version=pin.text_version, text_sha256=pin.text_sha256, text_language=pin.language,
        schedule=pin.schedule, schedule_version=pin.schedule_version, discretion=chosen.points if chosen else None,
        reasons_token=token_of(chosen.reasons if chosen else None))


def decider(event: violations.ViolationConfirmed, fact: Fact) -> Actor:
    """Who decided it: the one in the other system, if one is told."""
    if event.origin is None or not event.origin.decided_by:
        return fact.actor
    return Actor(ActorKind.MODEL if event.automated else ActorKind.REVIEWER, event.origin.decided_by)


@VIOLATIONS.on(ViolationOverturned)
def overturned(batch: Batch, event: ViolationOverturned, fact: Fact) -> None:
    """It does not stand."""
    change(
        batch, event.violation_id, fact, status="OVERTURNED", overturned_at=fact.occurred_at, ground=event.ground.value,
        root_cause=event.root_cause)


@VIOLATIONS.on(ViolationAmended)
def amended(batch: Batch, event: ViolationAmended, fact: Fact) -> None:
    """Found lighter."""
    known = batch[table].edit(event.violation_id)
    change(
        batch, event.violation_id, fact, severity=event.severity.value, leaf=event.leaf, discretion=event.discretion,
        factors=(*known["factors"], *event.factors), reasons_token=token_of(event.reasons), amended_at=fact.occurred_at)


@VIOLATIONS.on(EvidenceRetentionEnded)
def forgotten(batch: Batch, event: EvidenceRetentionEnded, fact: Fact) -> None:
    """What it rested on is no longer kept."""
    for id, evidence in ended_in(batch[table], event, fact):
        change(batch, id, fact, evidence=evidence)


@VIOLATIONS.on(points.PointsDeducted)
def deducted(batch: Batch, event: points.PointsDeducted, fact: Fact) -> None:
    """What it cost."""
    change(
        batch, event.violation_id, fact, points=event.points, entry_id=event.entry_id, entry_expires_at=event.expires_at, rule=event.rule,
        occurrence=event.occurrence)


@VIOLATIONS.on(points.PointsRestored)
def restored(batch: Batch, event: points.PointsRestored, fact: Fact) -> None:
    """What came back of it."""
    id = batch[table].also(event.entry_id)
    if id is not None:
        change(batch, id, fact, points_restored=batch[table].edit(id)["points_restored"] + event.points)


@VIOLATIONS.on(warnings.WarningIssued)
def warned(batch: Batch, event: warnings.WarningIssued, fact: Fact) -> None:
    """The creator was warned because of it."""
    if event.violation_id is not None:
        change(batch, event.violation_id, fact, warned=True)


@VIOLATIONS.on(notices.NoticeDelivered, notices.NoticeRead, notices.NoticeDeemed)
def informed(batch: Batch, event: notices.CreatorInformed, fact: Fact) -> None:
    """The creator knows, and has a window for an appeal from now on."""
    if event.law is not None and batch[table].get(event.subject) is not None:
        change(batch, event.subject, fact, informed_at=fact.occurred_at, appeal_until=event.appeal_until, appeal_rule=event.law.rule)


@VIOLATIONS.on(ContentRemoved, ContentDemoted, ContentLabelled)
def measured(batch: Batch, event: ContentMeasured, fact: Fact) -> None:
    """Something was done to its content."""
    known = batch[table].edit(event.violation_id)
    change(batch, event.violation_id, fact, measures=(*known["measures"], MEASURES[type(event)].value))


@VIOLATIONS.on(ContentRestored)
def taken_back(batch: Batch, event: ContentRestored, fact: Fact) -> None:
    """It was undone."""
    known = batch[table].edit(event.violation_id)
    change(batch, event.violation_id, fact, measures=tuple(one for one in known["measures"] if one != event.measure))
