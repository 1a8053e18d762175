"""What can be appealed beside violations and penalties, and by which other ways it is contested.

Milestones, measures on content, commission held and forfeited, disputes, and evidence that is not what it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from domain.creator.commission import CommissionForfeited, CommissionFrozen, CommissionReinstated, CommissionReleased
from domain.creator.content import (
    MEASURES,
    ContentDemoted,
    ContentLabelled,
    ContentMeasured,
    ContentRemoved,
    ContentRestored,
    measure_id,
)
from domain.creator.hearing import EvidenceChanged
from domain.creator.ledger import counter_of
from domain.creator.overruling import DisputeDecided, DisputeOpened, DisputeOutcomeImplemented
from domain.creator.points import MilestoneCrossed, MilestoneReversed, RepeatOffenceThresholdReached, ThresholdReached
from domain.creator.remedies import RemedyOwed
from domain.facts import Fact
from domain.identity import ForfeitureId, derived
from projections import subjects as about
from projections.columns import token_of
from projections.readmodel import Need, ReadModel
from projections.rows import Batch
from projections.tables import commission, content_measures, disputes, evidence_changes, forfeitures, milestones

HANDLED = about.MEASURES | about.COMMISSION | about.DISPUTES | about.EVIDENCE | frozenset(
    {MilestoneCrossed, RepeatOffenceThresholdReached, MilestoneReversed, RemedyOwed})
IGNORES = (
    about.SCORE | about.COUNTERS | about.QUIZZES | about.WARNINGS | about.SUSPICIONS | about.VERDICTS | about.DELETIONS | about.PENALTIES
    | about.PROGRESS | about.OPEN_NOTICES | about.INFORMED | about.APPEALS | about.LATE_FILING | about.OVERRULING | about.REWARDS
    | about.REMEDIES | about.STATEMENTS | about.AFTER_STATEMENTS | about.TIERS | about.RELATIONS | about.SCHEMES | about.MARKETS
    | about.ERASURES | about.RETENTION) - HANDLED


def evidence_id(creator: UUID, reference: str) -> UUID:
    """What names a reference to evidence on one account."""
    return derived(creator, "evidence", reference)


def needs(fact: Fact) -> Iterator[Need]:
    """The rows that a fact names."""
    match fact.event:
        case MilestoneReversed():
            yield milestones.c.milestone_id, fact.event.milestone_id
        case RemedyOwed(forfeitures=fallen, subject=freeze) if fallen:
            yield commission.c.freeze_id, freeze
        case ContentRestored():
            yield content_measures.c.measure_id, measure_id(fact.event.violation_id, fact.event.content_id, fact.event.measure)
        case ContentMeasured():
            yield content_measures.c.measure_id, fact.event.measure_id
        case CommissionReleased() | CommissionForfeited() | CommissionReinstated():
            yield commission.c.freeze_id, fact.event.freeze_id
        case DisputeDecided() | DisputeOutcomeImplemented():
            yield disputes.c.dispute_id, fact.event.dispute_id
        case EvidenceChanged():
            yield evidence_changes.c.evidence_id, evidence_id(fact.stream, fact.event.reference)
        case _:
            pass


DECISIONS = ReadModel(
    "decisions", 2, (milestones, content_measures, commission, forfeitures, disputes, evidence_changes), needs, IGNORES)


def placed(fact: Fact) -> dict[str, Any]:
    """As of which fact a row is."""
    return {"changed_at": fact.recorded_at, "position": fact.position}


@DECISIONS.on(MilestoneCrossed, RepeatOffenceThresholdReached)
def reached(batch: Batch, event: ThresholdReached, fact: Fact) -> None:
    """A threshold was reached."""
    batch[milestones].new(
        event.milestone_id, sequence=fact.position, creator_id=fact.stream, version=fact.version, violation_id=event.violation_id,
        tally=event.tally, channel=counter_of(event.tally), threshold=event.threshold, value_before=event.value_before,
        value_after=event.value_after, pack_hash=event.pack, reached_at=fact.occurred_at, **placed(fact))


@DECISIONS.on(MilestoneReversed)
def milestone_reversed(batch: Batch, event: MilestoneReversed, fact: Fact) -> None:
    """What was enforced for it is undone."""
    batch[milestones].set(event.milestone_id, reversed_at=fact.occurred_at, **placed(fact))


@DECISIONS.on(ContentRemoved, ContentDemoted, ContentLabelled)
def measured(batch: Batch, event: ContentMeasured, fact: Fact) -> None:
    """Something was done to a content item; again, if it had been taken back."""
    before = batch[content_measures].get(event.measure_id)
    batch[content_measures].new(
        event.measure_id, sequence=before["sequence"] if before else fact.position, creator_id=fact.stream, violation_id=event.violation_id,
        content_id=event.content_id, measure=MEASURES[type(event)].value, label=getattr(event, "label", ""), taken_at=fact.occurred_at,
        taken_by=fact.actor.id, reasons_token=token_of(event.reasons), **placed(fact))


@DECISIONS.on(ContentRestored)
def restored(batch: Batch, event: ContentRestored, fact: Fact) -> None:
    """It was taken back."""
    batch[content_measures].set(
        measure_id(event.violation_id, event.content_id, event.measure), ended_at=fact.occurred_at, **placed(fact))


@DECISIONS.on(CommissionFrozen)
def frozen(batch: Batch, event: CommissionFrozen, fact: Fact) -> None:
    """Commission is held."""
    batch[commission].new(
        event.freeze_id, sequence=fact.position, creator_id=fact.stream, penalty_id=event.penalty_id, currency=event.currency,
        orders=event.orders, frozen=event.amount, held=event.amount, frozen_at=fact.occurred_at, **placed(fact))


@DECISIONS.on(CommissionReleased)
def released(batch: Batch, event: CommissionReleased, fact: Fact) -> None:
    """So much went to the creator."""
    row = batch[commission].edit(event.freeze_id)
    batch[commission].set(
        event.freeze_id, held=row["held"] - event.amount, released=row["released"] + event.amount, **placed(fact))


@DECISIONS.on(CommissionForfeited)
def forfeited(batch: Batch, event: CommissionForfeited, fact: Fact) -> None:
    """So much was lost."""
    row = batch[commission].edit(event.freeze_id)
    lost = {"id": event.forfeiture_id, "amount": event.amount, "at": fact.occurred_at, "reversed_at": None}
    batch[commission].set(
        event.freeze_id, held=row["held"] - event.amount, forfeited=row["forfeited"] + event.amount,
        forfeitures=(*row["forfeitures"], lost), **placed(fact))
    batch[forfeitures].new(event.forfeiture_id, creator_id=fact.stream, freeze_id=event.freeze_id)


@DECISIONS.on(CommissionReinstated)
def reinstated(batch: Batch, event: CommissionReinstated, fact: Fact) -> None:
    """What was lost is owed again."""
    owed_again(batch, event.freeze_id, fact, (event.forfeiture_id,))


@DECISIONS.on(RemedyOwed)
def owed(batch: Batch, event: RemedyOwed, fact: Fact) -> None:
    """So is what was lost, where the penalty it was held because of fell."""
    if event.forfeitures:
        owed_again(batch, event.subject, fact, event.forfeitures)


def owed_again(batch: Batch, id: UUID, fact: Fact, fallen: tuple[ForfeitureId, ...]) -> None:
    """Forfeitures fell, those of them that had not."""
    row, named = batch[commission].edit(id), {str(each) for each in fallen}
    lost = [each for each in row["forfeitures"] if str(each["id"]) in named and each["reversed_at"] is None]
    amount = sum(each["amount"] for each in lost)
    batch[commission].set(
        id, forfeited=row["forfeited"] - amount, reinstated=row["reinstated"] + amount,
        forfeitures=tuple({**each, "reversed_at": fact.occurred_at} if each in lost else each for each in row["forfeitures"]), **placed(fact))


@DECISIONS.on(DisputeOpened)
def dispute_opened(batch: Batch, event: DisputeOpened, fact: Fact) -> None:
    """A body outside deals with it."""
    batch[disputes].new(
        event.dispute_id, sequence=fact.position, creator_id=fact.stream, subject=event.subject, subject_kind=event.subject_kind.value,
        body=event.body, reference=event.reference, status="OPEN", opened_at=fact.occurred_at, **placed(fact))


@DECISIONS.on(DisputeDecided)
def dispute_decided(batch: Batch, event: DisputeDecided, fact: Fact) -> None:
    """It decided."""
    batch[disputes].set(
        event.dispute_id, status="DECIDED", outcome=event.outcome.value, reasons_token=token_of(event.reasons), decided_at=fact.occurred_at,
        **placed(fact))


@DECISIONS.on(DisputeOutcomeImplemented)
def implemented(batch: Batch, event: DisputeOutcomeImplemented, fact: Fact) -> None:
    """It is carried out."""
    batch[disputes].set(
        event.dispute_id, status="IMPLEMENTED", root_cause=event.root_cause, implemented_at=fact.occurred_at, **placed(fact))


@DECISIONS.on(EvidenceChanged)
def changed(batch: Batch, event: EvidenceChanged, fact: Fact) -> None:
    """The reference leads to something else."""
    id = evidence_id(fact.stream, event.reference)
    batch[evidence_changes].new(id, creator_id=fact.stream, reference=event.reference, sha256=event.sha256, seen_at=fact.occurred_at)
