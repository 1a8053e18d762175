"""Evidence that is kept under a retention class: what falls due when, and what is no longer kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.creator.appeals import AppealSubmitted
from domain.creator.decider import EVENTS
from domain.creator.finding import Evidence
from domain.creator.hearing import AppealEvidenceAdded, InformationProvided
from domain.creator.keeping import evidence_id, link_id
from domain.creator.relations import AccountLinked
from domain.creator.retention import EvidenceRetentionEnded, EvidenceRetentionScheduled, RetainedEvidence
from domain.creator.violations import ViolationConfirmed, ViolationSuspected
from domain.facts import Fact
from projections.readmodel import Need, ReadModel
from projections.remedies import FAR_AHEAD
from projections.rows import Batch, Rows
from projections.tables import kept_evidence as table

GIVING = (ViolationSuspected, ViolationConfirmed, AppealSubmitted, AppealEvidenceAdded, InformationProvided, AccountLinked)
TOLD = (EvidenceRetentionScheduled, EvidenceRetentionEnded)
IGNORES = frozenset(EVENTS.values()) - frozenset(GIVING) - frozenset(TOLD)
ID = table.c.evidence_id


def needs(fact: Fact) -> Iterator[Need]:
    """The pieces of evidence a fact names."""
    if isinstance(fact.event, EvidenceRetentionScheduled | EvidenceRetentionEnded):
        for piece in fact.event.evidence:
            yield ID, piece.evidence_id


RETENTION = ReadModel("retention", 1, (table,), needs, IGNORES)


def keep(batch: Batch, evidence: Iterable[Evidence], given_in: UUID, fact: Fact) -> None:
    """A row for each piece that is of a class."""
    for number, each in enumerate(evidence):
        if each.retention:
            batch[table].new(
                evidence_id(fact.stream, fact.version, number), sequence=fact.position, creator_id=fact.stream, given_in=given_in,
                reference=each.reference, sha256=each.sha256, kind=each.kind, retention=each.retention, status="KEPT", given_at=fact.occurred_at,
                listed_at=FAR_AHEAD, changed_at=fact.recorded_at, position=fact.position)


@RETENTION.on(ViolationSuspected, ViolationConfirmed)
def found(batch: Batch, event: ViolationSuspected | ViolationConfirmed, fact: Fact) -> None:
    """A violation rests on it."""
    keep(batch, event.finding.evidence, event.violation_id, fact)


@RETENTION.on(AppealSubmitted, AppealEvidenceAdded, InformationProvided)
def shown(batch: Batch, event: AppealSubmitted | AppealEvidenceAdded | InformationProvided, fact: Fact) -> None:
    """It was given in an appeal."""
    keep(batch, event.evidence, event.appeal_id, fact)


@RETENTION.on(AccountLinked)
def linked(batch: Batch, event: AccountLinked, fact: Fact) -> None:
    """It shows that accounts belong together."""
    keep(batch, event.evidence, link_id(fact.stream, event.other), fact)


@RETENTION.on(EvidenceRetentionScheduled)
def scheduled(batch: Batch, event: EvidenceRetentionScheduled, fact: Fact) -> None:
    """It is known when it is due to go, or known no more."""
    for piece in event.evidence:
        batch[table].set(
            piece.evidence_id, since=event.since, due_at=event.due_at, listed_at=event.due_at or FAR_AHEAD, pack_hash=event.pack,
            changed_at=fact.recorded_at, position=fact.position)


@RETENTION.on(EvidenceRetentionEnded)
def ended(batch: Batch, event: EvidenceRetentionEnded, fact: Fact) -> None:
    """It is no longer kept."""
    for piece in event.evidence:
        batch[table].set(
            piece.evidence_id, status="ENDED", reference="", ended_at=fact.occurred_at, listed_at=FAR_AHEAD, changed_at=fact.recorded_at,
            position=fact.position)


def ended_in(rows: Rows, event: EvidenceRetentionEnded, fact: Fact) -> Iterator[tuple[UUID, tuple[dict[str, Any], ...]]]:
    """The rows that evidence was given in which is no longer kept: of each its id, and its evidence without that."""
    for id in {piece.given_in for piece in event.evidence}:
        if (row := rows.get(id)) is not None:
            yield id, without(row["evidence"], (piece for piece in event.evidence if piece.given_in == id), fact.occurred_at)


def without(evidence: Iterable[Evidence | Mapping[str, Any]], gone: Iterable[RetainedEvidence], at: datetime) -> tuple[dict[str, Any], ...]:
    """References to evidence of a row, where those that are no longer kept say neither where they lay nor what was noted."""
    ended_pieces = {(piece.reference, piece.sha256) for piece in gone}
    each_as_row = (dict(each) if isinstance(each, Mapping) else msgspec.structs.asdict(each) for each in evidence)
    return tuple(
        each | {"reference": "", "note": None, "ended_at": at} if (each.get("reference"), each.get("sha256", "")) in ended_pieces else each
        for each in each_as_row)
