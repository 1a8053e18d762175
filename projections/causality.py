"""What led to a decision and what followed from it, found among the facts of one account.

A fact follows from its recorded cause. Where a person or the platform acted, no cause is recorded; then it follows from the last that was
said of what it is about: an appeal from the violation it is against, its decision from its submission, a receipt from the notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from projections import subjects as about

OWN = {
    "freeze_id": about.COMMISSION - about.FORFEITURES,
    "forfeiture_id": about.FORFEITURES,
    "dispute_id": about.DISPUTES,
    "notice_id": about.OPEN_NOTICES | about.INFORMED,
    "entry_id": about.SCORE | about.COUNTERS - about.MILESTONES,
    "milestone_id": about.MILESTONES,
    "measure_id": about.MEASURES,
    "appeal_id": about.APPEALS,
    "penalty_id": about.PENALTIES,
    "reward_id": about.REWARDS,
    "violation_id": about.SUSPICIONS | about.VERDICTS,
}
OWN_OF = {event.__name__: field for field, events in OWN.items() for event in events}
COLUMNS = (
    "version", "kind", "creator_id", "cause_stream", "cause_version", "violation_id", "penalty_id", "appeal_id", "reward_id", "subject",
    "parameters")


class Happened(NamedTuple):
    """A fact as far as it hangs together with others: its recorded cause, the thing whose fate it tells (if any), all things it names."""

    version: int
    cause: int | None
    own: UUID | None
    names: frozenset[UUID]


class Step(NamedTuple):
    """A fact in the story of a decision: the fact it follows from, and how many lie above it."""

    version: int
    because: int | None
    depth: int


def happened_of(row: Any) -> Happened:
    """A row of the timeline (COLUMNS) as it hangs together with others."""
    told = row.parameters
    named = {field: UUID(told[field]) for field in OWN if told.get(field)}
    subjects = (row.violation_id, row.penalty_id, row.appeal_id, row.reward_id, row.subject)
    names = {*named.values(), *(id for id in subjects if id), *(UUID(id) for id in told.get("violations", ()))}
    cause = row.cause_version if row.cause_stream == row.creator_id else None
    return Happened(row.version, cause, named.get(OWN_OF.get(row.kind, "")), frozenset(names))


def reasons(history: Sequence[Happened]) -> dict[int, tuple[int, ...]]:
    """What each fact follows from, the nearest first: its cause, what was said last of its own thing, and of the others it names."""
    last: dict[UUID, int] = {}
    found = {}
    for it in history:
        known = [] if it.cause is None else [it.cause]
        if it.own in last:
            known.append(last[it.own])
        known += sorted({last[id] for id in it.names if id != it.own and id in last}, reverse=True)
        found[it.version] = tuple(dict.fromkeys(known))
        if it.own is not None:
            last[it.own] = it.version
    return found


def closure(history: Sequence[Happened], subject: UUID) -> list[Step]:
    """Facts about a subject, all that followed from them, and all that led to any of these; a cause always before what follows from it.

    What an earlier cause led to besides is not part of it. `history` is all of one account, in order; nothing if none is about the subject.
    """
    follows = reasons(history)
    part: set[int] = set()
    for it in history:
        if subject in it.names or not part.isdisjoint(follows[it.version]):
            part.add(it.version)
    for it in reversed(history):
        if it.version in part:
            part.update(follows[it.version])
    steps: dict[int, Step] = {}
    for version in sorted(part):
        because = next(iter(follows[version]), None)
        steps[version] = Step(version, because, 0 if because is None else steps[because].depth + 1)
    return list(steps.values())
