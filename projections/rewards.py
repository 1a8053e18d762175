"""Rewards: benefits granted, in force and over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from domain.creator.rewards import RewardExpired, RewardGranted, RewardRevoked
from domain.facts import Fact
from projections import subjects as about
from projections.columns import token_of
from projections.readmodel import Need, ReadModel, follows_markets, market_of
from projections.rows import Batch
from projections.tables import reward_markets
from projections.tables import rewards as table

IGNORES = (
    about.SCORE | about.COUNTERS | about.QUIZZES | about.WARNINGS | about.SUSPICIONS | about.VERDICTS | about.MEASURES | about.DELETIONS
    | about.COMMISSION | about.OPEN_NOTICES | about.RELATIONS | about.SCHEMES | about.TIERS  # the tier is the creator's
    | about.APPEALS | about.PENALTIES | about.PROGRESS | about.INFORMED | about.REMEDIES | about.CONTESTS | about.STATEMENTS
    | about.AFTER_STATEMENTS | about.ERASURES | about.RETENTION)
ID, MARKET = table.c.reward_id, reward_markets.c.creator_id


def needs(fact: Fact) -> Iterator[Need]:
    """The reward a fact names."""
    if isinstance(fact.event, RewardGranted):
        yield MARKET, fact.stream
    elif isinstance(fact.event, RewardRevoked | RewardExpired):
        yield ID, fact.event.reward_id


REWARDS = ReadModel("rewards", 1, (table, reward_markets), needs, IGNORES)
follows_markets(REWARDS, reward_markets)


def change(batch: Batch, id: UUID, fact: Fact, **values: Any) -> None:
    """Write to a reward's row."""
    batch[table].set(id, changed_at=fact.recorded_at, position=fact.position, **values)


@REWARDS.on(RewardGranted)
def granted(batch: Batch, event: RewardGranted, fact: Fact) -> None:
    """It is in force."""
    batch[table].new(
        event.reward_id, sequence=fact.position, creator_id=fact.stream, market=market_of(batch, reward_markets, fact.stream),
        kind=event.kind, status="LIVE", granted_at=fact.occurred_at, granted_by=fact.actor.id, ends_at=event.ends_at,
        promotion_score=event.promotion_score, values=event.values, pack_hash=event.pack, changed_at=fact.recorded_at,
        position=fact.position)


@REWARDS.on(RewardRevoked)
def revoked(batch: Batch, event: RewardRevoked, fact: Fact) -> None:
    """It was taken back."""
    change(batch, event.reward_id, fact, status="REVOKED", ended_at=fact.occurred_at, reasons_token=token_of(event.reasons))


@REWARDS.on(RewardExpired)
def expired(batch: Batch, event: RewardExpired, fact: Fact) -> None:
    """It came to its end."""
    change(batch, event.reward_id, fact, status="EXPIRED", ended_at=fact.occurred_at)
