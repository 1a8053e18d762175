"""Remedies: what is owed to creators, by whom and by when, and what was given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.creator.remedies import RemedyAssigned, RemedyFulfilled, RemedyOwed
from domain.facts import Fact
from projections import subjects as about
from projections.columns import token_of
from projections.readmodel import Need, ReadModel, follows_markets, market_of
from projections.rows import Batch
from projections.tables import remedies as table
from projections.tables import remedy_markets

IGNORES = (
    about.SCORE | about.COUNTERS | about.QUIZZES | about.WARNINGS | about.SUSPICIONS | about.VERDICTS | about.MEASURES | about.DELETIONS
    | about.COMMISSION | about.OPEN_NOTICES | about.RELATIONS | about.SCHEMES | about.TIERS | about.APPEALS | about.PENALTIES
    | about.PROGRESS | about.INFORMED | about.REWARDS | about.CONTESTS | about.STATEMENTS | about.AFTER_STATEMENTS
    | about.ERASURES | about.RETENTION)
ID, MARKET = table.c.remedy_id, remedy_markets.c.creator_id
FAR_AHEAD = datetime(9999, 1, 1, tzinfo=UTC)


def needs(fact: Fact) -> Iterator[Need]:
    """The remedy a fact names."""
    if isinstance(fact.event, RemedyOwed):
        yield MARKET, fact.stream
    elif isinstance(fact.event, RemedyAssigned | RemedyFulfilled):
        yield ID, fact.event.remedy_id


REMEDIES = ReadModel("remedies", 1, (table, remedy_markets), needs, IGNORES)
follows_markets(REMEDIES, remedy_markets)


def change(batch: Batch, id: UUID, fact: Fact, **values: Any) -> None:
    """Write to a remedy's row."""
    batch[table].set(id, changed_at=fact.recorded_at, position=fact.position, **values)


@REMEDIES.on(RemedyOwed)
def owed(batch: Batch, event: RemedyOwed, fact: Fact) -> None:
    """It waits to be given."""
    batch[table].new(
        event.remedy_id, sequence=fact.position, creator_id=fact.stream, market=market_of(batch, remedy_markets, fact.stream),
        kind=event.kind.value, status="OWED", subject=event.subject, violation_id=event.violation_id, seconds=event.seconds,
        restrictions=event.restrictions, amount=event.amount, currency=event.currency, orders=event.orders, reward=event.reward,
        owner=event.owner, due_at=event.due_at, listed_at=event.due_at or FAR_AHEAD, owed_at=fact.occurred_at, changed_at=fact.recorded_at,
        position=fact.position)


@REMEDIES.on(RemedyAssigned)
def assigned(batch: Batch, event: RemedyAssigned, fact: Fact) -> None:
    """A team is to give it."""
    change(batch, event.remedy_id, fact, owner=event.owner, due_at=event.due_at, listed_at=event.due_at or FAR_AHEAD)


@REMEDIES.on(RemedyFulfilled)
def fulfilled(batch: Batch, event: RemedyFulfilled, fact: Fact) -> None:
    """It was given."""
    change(
        batch, event.remedy_id, fact, status="FULFILLED", fulfilled_at=fact.occurred_at, fulfilled_by=fact.actor.id,
        reference=event.reference, note_token=token_of(event.note))
