"""What can be appealed: decisions about a creator, each with when it was made, who took part in it and what it rests on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.creator.penalties import every, find
from domain.creator.state import Account, ApprovalCause, Confirmed, Penalty
from domain.facts import Actor
from domain.identity import ForfeitureId, MeasureId, MilestoneId, PenaltyId, ViolationId


class Subject(StrEnum):
    """What kind of decision an appeal is about. A milestone's are the penalties that were enforced for it."""

    VIOLATION = "VIOLATION"
    PENALTY = "PENALTY"
    MILESTONE = "MILESTONE"
    FORFEITURE = "FORFEITURE"
    CONTENT_MEASURE = "CONTENT_MEASURE"


class Decision(msgspec.Struct, frozen=True):
    """A decision that stands: when it took effect, the version of the fact it was made in, and who made it.

    It rests on violations; word of any subject in `told_by` informs the creator of it too. Whoever took part in one of the decisions
    `bound` with it (a milestone with the penalties enforced for it, a forfeiture with its penalty) took part in it as well.
    """

    kind: Subject
    at: datetime
    version: int
    deciders: frozenset[str]
    rests_on: tuple[ViolationId, ...]
    told_by: tuple[UUID, ...] = ()
    bound: tuple[UUID, ...] = ()


def decision_on(account: Account, subject: UUID) -> Decision | None:
    """The decision about a subject, if it stands and may be appealed; None for a suspicion, a proposal, what fell or was taken back."""
    return next((found for look in LOOKS if (found := look(account, subject))), None)


def violation(account: Account, subject: UUID) -> Decision | None:
    """A confirmed violation."""
    known = account.violations.get(ViolationId(subject))
    if not isinstance(known, Confirmed):
        return None
    return Decision(Subject.VIOLATION, known.at, known.version, frozenset({known.decided_by}), (ViolationId(subject),))


def penalty(account: Account, subject: UUID) -> Decision | None:
    """A penalty, in force or over, that was not reversed."""
    known = find(account, PenaltyId(subject))
    if known is None or known.reversed:
        return None
    return Decision(
        Subject.PENALTY, known.starts_at, known.version, frozenset({known.decided_by}), known.violations, (known.trigger,),
        milestones_of(account, known))


def milestone(account: Account, subject: UUID) -> Decision | None:
    """What was enforced because a threshold was reached; nothing once all of that has fallen."""
    known = account.milestones.get(MilestoneId(subject))
    penalties = tuple(one.id for one in enforced(account, subject) if not one.reversed)
    if known is None or not penalties:
        return None
    return Decision(Subject.MILESTONE, known.at, known.version, frozenset(), (known.violation,), (known.violation,), penalties)


def forfeiture(account: Account, subject: UUID) -> Decision | None:
    """Commission that was forfeited."""
    known = account.forfeitures.get(ForfeitureId(subject))
    if known is None:
        return None
    because = find(account, known.penalty)
    violations = because.violations if because else ()
    return Decision(Subject.FORFEITURE, known.at, known.version, frozenset({known.decided_by}), violations, (), (known.penalty,))


def measure(account: Account, subject: UUID) -> Decision | None:
    """A measure on a content item."""
    known = account.measures.get(MeasureId(subject))
    if known is None or known.content_id in account.deleted:
        return None
    return Decision(
        Subject.CONTENT_MEASURE, known.at, known.version, frozenset({known.decided_by}), (known.violation,), (known.violation,))


LOOKS: tuple[Callable[[Account, UUID], Decision | None], ...] = (violation, penalty, milestone, forfeiture, measure)


def took_part(account: Account, subject: UUID) -> frozenset[str]:
    """The ids of those who took part in a decision, or in one it rests on or is bound with: as decider, approver, or reviewer.

    For a violation also those who placed a penalty because of it.
    """
    decision = decision_on(account, subject)
    if decision is None:
        return frozenset(account.participants.get(subject, ()))
    concerned = {subject, *decision.rests_on, *decision.bound}
    found = set(decision.deciders).union(*(account.participants.get(each, ()) for each in concerned))
    found |= {known.decided_by for id in decision.rests_on if isinstance(known := account.violations.get(id), Confirmed)}
    found |= {penalty.decided_by for id in decision.bound if (penalty := find(account, PenaltyId(id)))}
    found |= {other.decided_by for other in every(account) if other.by_person and subject in other.violations}
    found |= {
        cause.approver for cause in account.causes
        if isinstance(cause, ApprovalCause) and (cause.penalty in concerned or enforces(account, cause.penalty, subject))}
    return frozenset(found)


def note_reviewers(account: Account, subject: UUID, actor: Actor, imposed: tuple[UUID, ...]) -> None:
    """Somebody reviewed a decision; who took part in it took part in what the review put in its place."""
    account.takes_part(subject, actor)
    for id in imposed:
        account.participants[id] = tuple(sorted(took_part(account, subject)))


def milestones_of(account: Account, penalty: Penalty) -> tuple[MilestoneId, ...]:
    """The milestones for which a penalty was enforced."""
    return tuple(id for id, known in account.milestones.items() if (known.violation, known.channel) == (penalty.trigger, penalty.channel))


def enforces(account: Account, id: PenaltyId, subject: UUID) -> bool:
    """Whether a penalty is the subject, rests on it, or was enforced for it."""
    found = find(account, id)
    return found is not None and (id == subject or subject in found.violations or found in enforced(account, subject))


def enforced(account: Account, subject: UUID) -> tuple[Penalty, ...]:
    """The penalties, in force or over, that were enforced for a milestone."""
    known = account.milestones.get(MilestoneId(subject))
    if known is None:
        return ()
    return tuple(one for one in every(account) if (one.trigger, one.channel) == (known.violation, known.channel))
