"""The timeline: every fact of every creator, with who, when, why and under which rule. It holds parameters, not prose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from domain.creator.appeals import AppealSubmitted
from domain.creator.decider import EVENTS
from domain.creator.notices import CreatorInformed
from domain.creator.points import ScoreChange
from domain.creator.remedies import RemedyOwed
from domain.creator.scheme import SchemeAdopted
from domain.creator.state import RemedyKind
from domain.creator.subjects import Subject
from domain.creator.violations import ViolationConfirmed, ViolationSuspected
from domain.facts import Event, Fact
from projections.readmodel import Need, ReadModel
from projections.rows import Batch, Row
from projections.tables import timeline

NAMED = ("violation_id", "penalty_id", "appeal_id", "reward_id", "subject", "policy")
REMEDIED = {RemedyKind.SERVED_TIME: "penalty_id", RemedyKind.REWARD: "reward_id"}


SUBJECTS = {Subject.VIOLATION: "violation_id", Subject.PENALTY: "penalty_id"}


def needs(_fact: Fact) -> Iterator[Need]:
    """A row is a function of its fact alone."""
    return iter(())


TIMELINE = ReadModel("timeline", 2, (timeline,), needs)


@TIMELINE.on(*EVENTS.values())
def happened(batch: Batch, event: Event, fact: Fact) -> None:
    """One more row."""
    actor, cause = fact.actor, fact.cause
    batch[timeline].new(
        fact.position, creator_id=fact.stream, version=fact.version, kind=type(event).__name__, occurred_at=fact.occurred_at,
        recorded_at=fact.recorded_at, actor_kind=actor.kind.value, actor_id=actor.id, actor_role=actor.role,
        actor_team=actor.team, actor_qualifications=actor.qualifications, on_behalf_of=actor.on_behalf_of,
        cause_stream=cause.stream if cause else None, cause_version=cause.version if cause else None, request=fact.request,
        parameters=event, **named(event), **rule(event), **score(event))


def named(event: Event) -> Row:
    """What the event names."""
    found = {name: value for name in NAMED if (value := getattr(event, name, None)) is not None}
    if isinstance(event, AppealSubmitted) and event.subject_kind in SUBJECTS:
        found[SUBJECTS[event.subject_kind]] = event.subject
    if isinstance(event, RemedyOwed) and event.kind in REMEDIED:
        found[REMEDIED[event.kind]] = event.subject
    return found


def rule(event: Event) -> Row:
    """Under which policy and pack."""
    match event:
        case ViolationSuspected():
            return {"policy": event.finding.policy}
        case ViolationConfirmed():
            return {"policy": event.finding.policy, "pack_hash": event.pin.schedule}
        case SchemeAdopted():
            return {"pack_hash": event.hash}
        case CreatorInformed() if event.law is not None:
            return {"pack_hash": event.law.pack}
        case _:
            return {"pack_hash": getattr(event, "schedule", "") or getattr(event, "pack", "")}


def score(event: Event) -> Row:
    """How the score changed."""
    change: Any = getattr(event, "score", None)
    if not isinstance(change, ScoreChange):
        return {}
    return {"score_before": change.before, "score_after": change.after, "zone_after": change.zone_after}


