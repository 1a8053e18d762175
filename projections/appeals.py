"""Appeals: the desk where they wait, by when they are due, and how they were decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from domain.creator.appeals import AppealSettled, AppealSubmitted, AppealWithdrawn
from domain.creator.deadlines import AppealDeadlineMissed, AppealResumed
from domain.creator.finding import Evidence
from domain.creator.hearing import AppealEvidenceAdded, InformationProvided, InformationRequested
from domain.creator.judgement import AppealDecided
from domain.creator.retention import EvidenceRetentionEnded
from domain.creator.state import Clock
from domain.facts import Fact
from projections import subjects as about
from projections.columns import token_of
from projections.readmodel import Need, ReadModel, follows_markets, market_of
from projections.retention import ended_in
from projections.rows import Batch
from projections.tables import appeal_markets
from projections.tables import appeals as table

SCHEDULED = about.RETENTION - {EvidenceRetentionEnded}
IGNORES = (
    about.SCORE | about.COUNTERS | about.QUIZZES | about.WARNINGS | about.SUSPICIONS | about.VERDICTS | about.MEASURES | about.DELETIONS
    | about.COMMISSION | about.OPEN_NOTICES | about.RELATIONS | about.SCHEMES | about.TIERS | about.REWARDS | about.PENALTIES
    | about.PROGRESS | about.INFORMED | about.REMEDIES | about.CONTESTS | about.STATEMENTS | about.AFTER_STATEMENTS
    | about.ERASURES | SCHEDULED)
ID, MARKET = table.c.appeal_id, appeal_markets.c.creator_id


def needs(fact: Fact) -> Iterator[Need]:
    """The appeal a fact names."""
    if isinstance(fact.event, AppealSubmitted):
        yield MARKET, fact.stream
    elif isinstance(fact.event, EvidenceRetentionEnded):
        yield from ((ID, piece.given_in) for piece in fact.event.evidence)
    elif (id := getattr(fact.event, "appeal_id", None)) is not None:
        yield ID, id


APPEALS = ReadModel("appeals", 2, (table, appeal_markets), needs, IGNORES)
follows_markets(APPEALS, appeal_markets)


def change(batch: Batch, id: UUID, fact: Fact, **values: Any) -> None:
    """Write to an appeal's row."""
    batch[table].set(id, changed_at=fact.recorded_at, position=fact.position, **values)


def given(evidence: tuple[Evidence, ...], fact: Fact) -> tuple[dict[str, Any], ...]:
    """Evidence with the capacity of who gave it, and when."""
    return tuple(
        {name: getattr(each, name) for name in Evidence.__struct_fields__} | {"by": fact.actor.kind.value, "at": fact.occurred_at}
        for each in evidence)


def first_due(clocks: Iterable[Clock], missed: Iterable[Mapping[str, Any]] = ()) -> datetime | None:
    """When the first of some clocks runs out, or of those that were missed ran out; none if there is none."""
    late = (msgspec.convert(one["due_at"], datetime) for one in missed)  # text once it was stored
    return min((*(clock.due_at for clock in clocks), *late), default=None)


@APPEALS.on(AppealSubmitted)
def submitted(batch: Batch, event: AppealSubmitted, fact: Fact) -> None:
    """It waits."""
    batch[table].new(
        event.appeal_id, sequence=fact.position, creator_id=fact.stream, market=market_of(batch, appeal_markets, fact.stream),
        subject=event.subject, subject_kind=event.subject_kind.value, level=event.level, ordinal=event.ordinal, status="SUBMITTED",
        submitted_at=fact.occurred_at, submitted_by=fact.actor.id, submitted_by_kind=fact.actor.kind.value,
        appeal_until=event.appeal_until, appeal_rule=event.rule, grounds_token=token_of(event.grounds), evidence=given(event.evidence, fact),
        clocks=event.clocks, due_at=first_due(event.clocks), changed_at=fact.recorded_at, position=fact.position)


@APPEALS.on(AppealEvidenceAdded)
def shown(batch: Batch, event: AppealEvidenceAdded, fact: Fact) -> None:
    """There is more evidence."""
    change(batch, event.appeal_id, fact, evidence=(*batch[table].edit(event.appeal_id)["evidence"], *given(event.evidence, fact)))


@APPEALS.on(EvidenceRetentionEnded)
def forgotten(batch: Batch, event: EvidenceRetentionEnded, fact: Fact) -> None:
    """What was shown in it is no longer kept."""
    for id, evidence in ended_in(batch[table], event, fact):
        change(batch, id, fact, evidence=evidence)


@APPEALS.on(InformationRequested)
def asked(batch: Batch, event: InformationRequested, fact: Fact) -> None:
    """The pausable clocks stand still."""
    row = batch[table].edit(event.appeal_id)
    running = (clock for clock in clocks_in(batch, event.appeal_id) if not clock.pausable)
    change(
        batch, event.appeal_id, fact, question_token=token_of(event.question), question_until=event.until,
        due_at=first_due(running, row["missed"]))


@APPEALS.on(InformationProvided)
def answered(batch: Batch, event: InformationProvided, fact: Fact) -> None:
    """The appellant answered."""
    row = batch[table].edit(event.appeal_id)
    change(
        batch, event.appeal_id, fact, answers=(*row["answers"], token_of(event.answer)),
        evidence=(*row["evidence"], *given(event.evidence, fact)))


def clocks_in(batch: Batch, id: UUID) -> tuple[Clock, ...]:
    """The clocks of an appeal's row."""
    return msgspec.convert(batch[table].edit(id)["clocks"], tuple[Clock, ...])


@APPEALS.on(AppealResumed)
def resumed(batch: Batch, event: AppealResumed, fact: Fact) -> None:
    """All clocks run."""
    row = batch[table].edit(event.appeal_id)
    change(
        batch, event.appeal_id, fact, clocks=event.clocks, due_at=first_due(event.clocks, row["missed"]), question_token="",
        question_until=None)


@APPEALS.on(AppealDeadlineMissed)
def missed(batch: Batch, event: AppealDeadlineMissed, fact: Fact) -> None:
    """It was not decided in time."""
    row = batch[table].edit(event.appeal_id)
    change(batch, event.appeal_id, fact, missed=(*row["missed"], {"rule": event.rule, "due_at": event.due_at}), breached=True)


@APPEALS.on(AppealWithdrawn)
def withdrawn(batch: Batch, event: AppealWithdrawn, fact: Fact) -> None:
    """It was taken back."""
    change(batch, event.appeal_id, fact, status="WITHDRAWN", withdrawn_at=fact.occurred_at, due_at=None)


@APPEALS.on(AppealSettled)
def settled(batch: Batch, event: AppealSettled, fact: Fact) -> None:
    """It was closed without a decision."""
    change(batch, event.appeal_id, fact, status="SETTLED", decided_at=fact.occurred_at, due_at=None)


@APPEALS.on(AppealDecided)
def decided(batch: Batch, event: AppealDecided, fact: Fact) -> None:
    """It was decided."""
    change(
        batch, event.appeal_id, fact, status=event.outcome.value, decided_at=fact.occurred_at, decided_by=fact.actor.id,
        decided_by_role=fact.actor.role, decided_by_kind=fact.actor.kind.value, reasons_token=token_of(event.reasons),
        root_cause=event.root_cause, kept=event.kept, lifted=event.lifted, relief=event.relief, newly_imposed=event.newly_imposed,
        redress=event.redress, due_at=None, question_token="", question_until=None)
