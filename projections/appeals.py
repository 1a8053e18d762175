"""Appeals: the desk where they wait, and how they were decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from domain.creator.appeals import AppealDecided, AppealSubmitted, AppealWithdrawn
from domain.facts import Fact
from projections import subjects as about
from projections.columns import token_of
from projections.readmodel import Need, ReadModel, follows_markets, market_of
from projections.rows import Batch
from projections.tables import appeal_markets
from projections.tables import appeals as table

IGNORES = (
    about.SCORE | about.COUNTERS | about.QUIZZES | about.WARNINGS | about.SUSPICIONS | about.VERDICTS | about.MEASURES | about.DELETIONS
    | about.COMMISSION | about.OPEN_NOTICES | about.RELATIONS | about.SCHEMES | about.TIERS | about.REWARDS | about.PENALTIES
    | about.PROGRESS | about.INFORMED | about.STATEMENTS | about.AFTER_STATEMENTS)
ID, MARKET = table.c.appeal_id, appeal_markets.c.creator_id


def needs(fact: Fact) -> Iterator[Need]:
    """The appeal a fact names."""
    if isinstance(fact.event, AppealSubmitted):
        yield MARKET, fact.stream
    elif isinstance(fact.event, AppealWithdrawn | AppealDecided):
        yield ID, fact.event.appeal_id


APPEALS = ReadModel("appeals", 1, (table, appeal_markets), needs, IGNORES)
follows_markets(APPEALS, appeal_markets)


def change(batch: Batch, id: UUID, fact: Fact, **values: Any) -> None:
    """Write to an appeal's row."""
    batch[table].set(id, changed_at=fact.recorded_at, position=fact.position, **values)


@APPEALS.on(AppealSubmitted)
def submitted(batch: Batch, event: AppealSubmitted, fact: Fact) -> None:
    """It waits."""
    batch[table].new(
        event.appeal_id, sequence=fact.position, creator_id=fact.stream, market=market_of(batch, appeal_markets, fact.stream),
        subject=event.subject, subject_kind=event.subject_kind.value, level=event.level, ordinal=event.ordinal, status="SUBMITTED",
        submitted_at=fact.occurred_at, submitted_by=fact.actor.id, submitted_by_kind=fact.actor.kind.value,
        appeal_until=event.appeal_until, grounds_token=token_of(event.grounds), evidence=event.evidence,
        changed_at=fact.recorded_at, position=fact.position)


@APPEALS.on(AppealWithdrawn)
def withdrawn(batch: Batch, event: AppealWithdrawn, fact: Fact) -> None:
    """It was taken back."""
    change(batch, event.appeal_id, fact, status="WITHDRAWN", withdrawn_at=fact.occurred_at)


@APPEALS.on(AppealDecided)
def decided(batch: Batch, event: AppealDecided, fact: Fact) -> None:
    """It was decided."""
    change(
        batch, event.appeal_id, fact, status=event.outcome.value, decided_at=fact.occurred_at, decided_by=fact.actor.id,
        decided_by_role=fact.actor.role, decided_by_kind=fact.actor.kind.value, reasons_token=token_of(event.reasons),
        root_cause=event.root_cause, kept=event.kept, lifted=event.lifted)
