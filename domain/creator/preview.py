"""What a command would lead to if it were given now: the account as it is beside the account as it would be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from domain.creator.appeals import AppealSubmitted, LateAppealAdmitted
from domain.creator.deadlines import AppealResumed
from domain.creator.digest import digest
from domain.creator.grammar import evolve
from domain.creator.hearing import InformationRequested
from domain.creator.notices import CreatorInformed, NoticeSent
from domain.creator.penalties import (
    ExternalPenaltyRecorded,
    PenaltyImposed,
    PenaltyProposed,
    PenaltyShortened,
    PermissionSuspended,
    RecommendationEligibilityRevoked,
    restrictions_of,
)
from domain.creator.points import PointsDeducted, PointsEarned, ScoreChange, StrikeIssued, ThresholdReached
from domain.creator.remedies import RemedyOwed
from domain.creator.rewards import RewardGranted
from domain.creator.state import Account, Penalty, Restriction
from domain.creator.violations import ViolationSuspected
from domain.facts import Event, Fact
from domain.packs.catalogue import Catalogue
from domain.refusals import Refused


class DeadlineKind(StrEnum):
    """What ends at a time that a decision sets: a time for somebody to act, or something that is in force until then."""

    APPEAL = "APPEAL"
    DECISION = "DECISION"
    ANSWER = "ANSWER"
    REMEDY = "REMEDY"
    CORRECTION = "CORRECTION"
    APPROVAL = "APPROVAL"
    RECEIPT = "RECEIPT"
    EXPIRY = "EXPIRY"
    PENALTY_END = "PENALTY_END"
    REWARD_END = "REWARD_END"


STARTS: dict[type[Event], tuple[str, DeadlineKind]] = {
    CreatorInformed: ("appeal_until", DeadlineKind.APPEAL),
    LateAppealAdmitted: ("until", DeadlineKind.APPEAL),
    InformationRequested: ("until", DeadlineKind.ANSWER),
    RemedyOwed: ("due_at", DeadlineKind.REMEDY),
    ViolationSuspected: ("correct_until", DeadlineKind.CORRECTION),
    PenaltyProposed: ("lapses_at", DeadlineKind.APPROVAL),
    NoticeSent: ("deemed_at", DeadlineKind.RECEIPT),
    PointsDeducted: ("expires_at", DeadlineKind.EXPIRY),
    PointsEarned: ("expires_at", DeadlineKind.EXPIRY),
    StrikeIssued: ("expires_at", DeadlineKind.EXPIRY),
    PenaltyImposed: ("ends_at", DeadlineKind.PENALTY_END),
    PenaltyShortened: ("ends_at", DeadlineKind.PENALTY_END),
    ExternalPenaltyRecorded: ("ends_at", DeadlineKind.PENALTY_END),
    PermissionSuspended: ("ends_at", DeadlineKind.PENALTY_END),
    RecommendationEligibilityRevoked: ("ends_at", DeadlineKind.PENALTY_END),
    RewardGranted: ("ends_at", DeadlineKind.REWARD_END),
}


class Deadline(msgspec.Struct, frozen=True):
    """A time that the decision would set (UTC)."""

    kind: DeadlineKind
    at: datetime


class RestrictionChange(msgspec.Struct, frozen=True):
    """A restriction that would hold longer, or less long, than now; `penalties` are those it comes from afterwards.

    Of one gained, `until_before` None says that it does not hold now; of one lost, that it holds without end. `until` None: without end.
    """

    restriction: Restriction
    until_before: datetime | None
    until: datetime | None
    penalties: tuple[Penalty, ...]


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """What a command would lead to. `settled` is what fell due before and would be recorded with it; `decided` its own facts.

    All else compares the account as it is once that is settled with the account as it would be; `score` is None where there is none.
    `digest` pins what was seen ("" if it is refused); what is refused leads to nothing.
    """

    settled: tuple[Fact, ...]
    decided: tuple[Fact, ...]
    score: ScoreChange | None
    milestones: tuple[ThresholdReached, ...]
    gained: tuple[RestrictionChange, ...]
    lost: tuple[RestrictionChange, ...]
    deadlines: tuple[Deadline, ...]
    digest: str
    refusal: Refused | None = None


def preview(
        account: Account, settled: Sequence[Fact], outcome: Sequence[Fact] | Refused, packs: Catalogue, at: datetime) -> Preview:
    """The preview at a moment (UTC) of what was decided on an account that is settled by then, or of its refusal."""
    refusal, decided = (outcome, ()) if isinstance(outcome, Refused) else (None, tuple(outcome))
    after = account.copy()
    for fact in decided:
        evolve(after, fact)
    events = [fact.event for fact in decided]
    gained, lost = restrictions_changed(account, after, at)
    return Preview(
        settled=tuple(settled), decided=decided, score=score_changed(account, after, packs),
        milestones=tuple(event for event in events if isinstance(event, ThresholdReached)), gained=gained, lost=lost,
        deadlines=tuple(dict.fromkeys(deadline for event in events for deadline in started(event))),
        digest="" if refusal else digest(account, events), refusal=refusal)


def score_changed(before: Account, after: Account, packs: Catalogue) -> ScoreChange | None:
    """The health score with its zone before and after; a new account begins with its own."""
    if after.scheme is None:
        return None
    then, now = (account.standing.ledger.score for account in (before if before.scheme else after, after))
    zone_before, zone_after = (packs.by_hash((account.scheme or after.scheme).hash).pack.zone(score) for account, score in (
        (before, then), (after, now)))
    return ScoreChange(then, now, zone_before, zone_after)


def restrictions_changed(
        before: Account, after: Account, at: datetime) -> tuple[tuple[RestrictionChange, ...], tuple[RestrictionChange, ...]]:
    """The restrictions that hold longer afterwards than before, and those that hold less long; each in the order it came."""
    held, holds = in_force(before, at), in_force(after, at)
    gained, lost = [], []
    for restriction in dict.fromkeys((*held, *holds)):
        old, new = held.get(restriction, ()), holds.get(restriction, ())
        if lasting(old) < lasting(new):
            gained.append(RestrictionChange(restriction, end_of_all(old) if old else None, end_of_all(new), new))
        elif lasting(old) > lasting(new):
            lost.append(RestrictionChange(restriction, end_of_all(old), end_of_all(new) if new else at, new))
    return tuple(gained), tuple(lost)


def in_force(account: Account, at: datetime) -> dict[Restriction, tuple[Penalty, ...]]:
    """What the creator may not do at a moment, with the penalties it comes from; one dated back may be over before it is recorded."""
    live = {id: penalty for id, penalty in account.standing.penalties.items() if penalty.ends_at is None or at < penalty.ends_at}
    found = {restriction: tuple(live[id] for id in ids if id in live) for restriction, ids in restrictions_of(account).items()}
    return {restriction: penalties for restriction, penalties in found.items() if penalties}


def lasting(penalties: tuple[Penalty, ...]) -> tuple[bool, bool, float]:
    """How long they last together, to be compared: without end is longest, none at all shortest."""
    until = end_of_all(penalties)
    return bool(penalties), bool(penalties) and until is None, until.timestamp() if until else 0.0


def end_of_all(penalties: tuple[Penalty, ...]) -> datetime | None:
    """When the last of them ends; None if one has no end, or there is none."""
    ends = [penalty.ends_at for penalty in penalties]
    return None if None in ends else max((end for end in ends if end is not None), default=None)


def started(event: Event) -> tuple[Deadline, ...]:
    """The deadlines that an event sets; a window for an appeal that runs already is not begun anew."""
    if isinstance(event, CreatorInformed) and event.law is None:
        return ()
    if isinstance(event, AppealSubmitted | AppealResumed):
        return tuple(Deadline(DeadlineKind.DECISION, clock.due_at) for clock in event.clocks)
    found = ((getattr(event, field), kind) for cause, (field, kind) in STARTS.items() if isinstance(event, cause))
    return tuple(Deadline(kind, at) for at, kind in found if at is not None)
