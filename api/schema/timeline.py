"""The timeline of a creator: every fact, as whoever asks may know it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from api.gathering import explained, inside, named, value
from api.schema.words import JSON, ActorKind
from api.view import View
from domain.creator.explaining.thresholds import explain_threshold
from domain.creator.points import MilestoneCrossed, RepeatOffenceThresholdReached
from projections import tables
from projections.sentences import sentence

if TYPE_CHECKING:
    from api.schema.appeal import Appeal
    from api.schema.explanation import ThresholdExplanation
    from api.schema.penalty import Penalty
    from api.schema.reward import Reward
    from api.schema.violation import Violation

THRESHOLDS = frozenset(event.__name__ for event in (MilestoneCrossed, RepeatOffenceThresholdReached))
SEALED = re.compile(r"\d+:[A-Za-z]+\.\d+:[\w=.-]+")


@strawberry.type(description="Who acted.")
class Actor:
    """Who acted."""

    kind: ActorKind = value("In which capacity.", by=lambda row, _: ActorKind(row.actor_kind))
    id: str | None = value("The id in the staff directory or account system; none is told to creators.", by=lambda row, view: (
        row.actor_id if view.is_staff else None))
    role: str | None = value("The role; none is told to creators.", by=lambda row, view: row.actor_role if view.is_staff else None)
    on_behalf_of: str | None = value("For whom a representative acted.", by=lambda row, _: row.on_behalf_of or None)


def about(description: str, table: Any, key: str) -> Any:
    """A field with what an event is about."""
    return named(description, table, key, key, by=lambda row, _: getattr(row, key))


def parameters(row: Any, view: View) -> Any:
    """The event's own fields, with what is personal left out; told to staff alone."""
    return unsealed(row.parameters) if view.is_staff else None


def unsealed(content: Any) -> Any:
    """A document in which ciphertext gives way to nothing."""
    match content:
        case dict():
            return {key: unsealed(it) for key, it in content.items()}
        case list():
            return [unsealed(it) for it in content]
        case str() if SEALED.fullmatch(content):
            return None
        case _:
            return content


def whose_threshold(row: Any) -> UUID | None:
    """Whose threshold was reached, if that is what happened."""
    return row.creator_id if row.kind in THRESHOLDS else None


@strawberry.type(description="Something that happened to an account.")
class TimelineEvent:
    """Something that happened."""

    loaded: strawberry.Private[dict[str, Any]]
    version: int = value("Its number in the account's history, from 1.")
    kind: str = value("What happened, as the event is named.")
    sentence: str = value("What happened, in a sentence.", "kind", "parameters", by=lambda row, _: sentence(row.kind, row.parameters))
    occurred_at: datetime = value("When it was so.")
    recorded_at: datetime = value("When we knew.")
    actor: Actor = inside("Who acted.", "actor_kind", "actor_id", "actor_role", "on_behalf_of", by=lambda row, _: row)
    cause_version: int | None = value(
        "The number of the fact it follows from, in this history.", "creator_id", "cause_stream", "cause_version",
        by=lambda row, _: row.cause_version if row.cause_stream == row.creator_id else None)
    policy: str | None = value("The policy it is about.", "policy", by=lambda row, _: row.policy or None)
    pack_hash: str | None = value("The pack it was decided under.", "pack_hash", by=lambda row, _: row.pack_hash or None)
    score_before: int | None = value("The health score before it, if it changed.")
    score_after: int | None = value("The health score after it, if it changed.")
    zone_after: str | None = value("The zone after it, if the score changed.", "zone_after", by=lambda row, _: row.zone_after or None)
    explanation: Annotated[ThresholdExplanation, strawberry.lazy("api.schema.explanation")] | None = explained(
        "Why the threshold was reached, if that is what happened.", "creator_id", "kind", "version", of=whose_threshold,
        by=lambda row, view: explain_threshold(view.chronicle(row.creator_id), row.version) if whose_threshold(row) else None)
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = about(
        "The violation it is about.", tables.violations, "violation_id")
    penalty: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = about(
        "The penalty it is about.", tables.penalties, "penalty_id")
    appeal: Annotated[Appeal, strawberry.lazy("api.schema.appeal")] | None = about("The appeal it is about.", tables.appeals, "appeal_id")
    reward: Annotated[Reward, strawberry.lazy("api.schema.reward")] | None = about("The reward it is about.", tables.rewards, "reward_id")
    parameters: JSON | None = value(
        "The event's own fields, without personal text; none is told to creators.", "parameters", by=parameters)


