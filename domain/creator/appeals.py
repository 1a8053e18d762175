"""Appeals: submitted in time by the creator or somebody authorised, withdrawn, decided by a person who took no part in the decision."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.creator.content import release_content
from domain.creator.finding import Evidence
from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.notices import informed_of
from domain.creator.overturn import Ground, overturn, reverse
from domain.creator.penalties import PenaltyLifted, PenaltyProposalLapsed, find
from domain.creator.relations import represents
from domain.creator.state import Account, ApprovalCause, Confirmed, Decided, Penalty, Submitted, Withdrawn
from domain.creator.warnings import require_reasons
from domain.facts import ActorKind, Event, Fact, Personal
from domain.identity import AppealId, PenaltyId, ViolationId, creator_id, derived
from domain.refusals import Refused


class Subject(StrEnum):
    """What kind of decision an appeal is about."""

    VIOLATION = "VIOLATION"
    PENALTY = "PENALTY"


class Outcome(StrEnum):
    """How an appeal was decided."""

    UPHELD = "UPHELD"
    REVERSED = "REVERSED"


class AppealSubmitted(Event, frozen=True, kw_only=True):
    """Somebody asked for a decision to be reviewed. `appeal_until` None: the creator had not been informed, so no window ran."""

    appeal_id: AppealId
    subject: UUID
    subject_kind: Subject
    level: int
    ordinal: int
    grounds: Personal
    evidence: tuple[Evidence, ...] = ()
    appeal_until: datetime | None = None


class AppealWithdrawn(Event, frozen=True, kw_only=True):
    """The appeal was taken back."""

    appeal_id: AppealId


class AppealDecided(Event, frozen=True, kw_only=True):
    """The appeal was decided. `kept` and `lifted` are penalties placed by people that rested on the violation."""

    appeal_id: AppealId
    subject: UUID
    outcome: Outcome
    reasons: Personal
    root_cause: str = ""
    kept: tuple[PenaltyId, ...] = ()
    lifted: tuple[PenaltyId, ...] = ()


class SubmitAppeal(Command, frozen=True, kw_only=True):
    """Ask for a violation or penalty to be reviewed."""

    subject: UUID
    grounds: Personal
    evidence: tuple[Evidence, ...] = ()


class WithdrawAppeal(Command, frozen=True, kw_only=True):
    """Take an appeal back."""

    appeal_id: AppealId


class DecideAppeal(Command, frozen=True, kw_only=True):
    """Decide an appeal, with reasons. Penalties that people placed because of the violation are named as kept or lifted."""

    appeal_id: AppealId
    outcome: Outcome
    reasons: Personal
    root_cause: str = ""
    keep: tuple[PenaltyId, ...] = ()
    lift: tuple[PenaltyId, ...] = ()


class AppealSubjectUnknown(Refused):
    """The account has no decision of that id that could be appealed."""


class AppealNotYours(Refused):
    """Only the creator, or somebody authorised, may appeal."""


class AppealWindowClosed(Refused):
    """The time for an appeal is over."""


class DuplicateAppeal(Refused):
    """The decision is under appeal, or was decided on appeal."""


class AppealUnknown(Refused):
    """The account has no appeal of that id."""


class AppealAlreadyDecided(Refused):
    """The appeal was decided or withdrawn before."""


class ReviewerConflict(Refused):
    """Whoever took part in a decision cannot decide the appeal against it."""


class AutomatedAppealDecision(Refused):
    """A person must decide this appeal."""


class PersonalPenaltyUndecided(Refused):
    """Where a violation falls, the decision must say what becomes of the penalties that people placed because of it."""


@decides(SubmitAppeal)
def submit(work: Work, command: SubmitAppeal) -> None:
    """File an appeal while the window is open; before the creator was informed it has not begun, and an appeal is taken all the same."""
    if not may_appeal(work):
        raise AppealNotYours("Only the creator, or an agency or guardian that is authorised, may appeal.")
    require_reasons(command.grounds, "grounds")
    kind = subject_kind(work.account, command.subject)
    earlier = [appeal for appeal in work.account.appeals.values() if appeal.subject == command.subject]
    if any(not isinstance(appeal, Withdrawn) for appeal in earlier):
        raise DuplicateAppeal("This decision is under appeal, or has been decided on appeal.", field="subject")
    informed = informed_of(work.account, command.subject)
    if informed is not None and max(work.at, work.order.at) >= informed.appeal_until:  # it counts when it is filed
        raise AppealWindowClosed(f"An appeal could be filed until {informed.appeal_until:%Y-%m-%d %H:%M} UTC.", field="subject")
    ordinal = len(earlier) + 1
    work.record(AppealSubmitted(
        appeal_id=AppealId(derived(work.creator, "appeal", command.subject, 1, ordinal)), subject=command.subject, subject_kind=kind, level=1,
        ordinal=ordinal, grounds=command.grounds, evidence=command.evidence, appeal_until=informed.appeal_until if informed else None))


def may_appeal(work: Work) -> bool:
    """Whether the actor is the creator or may act for the creator now."""
    actor = work.actor
    if actor.kind is ActorKind.CREATOR:
        return creator_id(actor.id) == work.creator
    return actor.kind in (ActorKind.AGENCY, ActorKind.GUARDIAN) and represents(work.account, actor, work.at)


def subject_kind(account: Account, subject: UUID) -> Subject:
    """What kind of decision has that id."""
    if isinstance(account.violations.get(ViolationId(subject)), Confirmed):
        return Subject.VIOLATION
    if find(account, PenaltyId(subject)):
        return Subject.PENALTY
    raise AppealSubjectUnknown(f"The account has no violation or penalty {subject} that could be appealed.", field="subject")


@decides(WithdrawAppeal)
def withdraw(work: Work, command: WithdrawAppeal) -> None:
    """Take an appeal back; again records nothing."""
    appeal = appeal_of(work, command.appeal_id)
    if not may_appeal(work):
        raise AppealNotYours("Only the creator, or an agency or guardian that is authorised, may withdraw the appeal.")
    if isinstance(appeal, Decided):
        raise AppealAlreadyDecided("This appeal has been decided.", field="appeal_id")
    if isinstance(appeal, Submitted):
        work.record(AppealWithdrawn(appeal_id=command.appeal_id))


def appeal_of(work: Work, id: AppealId) -> Submitted | Withdrawn | Decided:
    """The appeal of that id, or a refusal."""
    appeal = work.account.appeals.get(id)
    if appeal is None:
        raise AppealUnknown(f"The account has no appeal {id}.", field="appeal_id")
    return appeal


@decides(DecideAppeal)
def decide(work: Work, command: DecideAppeal) -> None:
    """Uphold or reverse a decision; reversing undoes what it caused and nothing else."""
    appeal = appeal_of(work, command.appeal_id)
    if not isinstance(appeal, Submitted):
        raise AppealAlreadyDecided("This appeal has been decided or withdrawn.", field="appeal_id")
    require_reasons(command.reasons)
    if work.pack.appeal.person_required and not work.actor.is_person:
        raise AutomatedAppealDecision("A person must decide this appeal.")
    if work.actor.id in took_part(work.account, appeal.subject):
        raise ReviewerConflict("You took part in this decision; another person must decide the appeal.")
    placed = by_people(work.account, appeal.subject) if command.outcome is Outcome.REVERSED else ()
    refuse_unless_named(command, placed)
    version = work.record(AppealDecided(
        appeal_id=command.appeal_id, subject=appeal.subject, outcome=command.outcome, reasons=command.reasons, root_cause=command.root_cause,
        kept=command.keep, lifted=command.lift))
    if command.outcome is Outcome.REVERSED:
        undo(work, command, appeal.subject, version)


def took_part(account: Account, subject: UUID) -> frozenset[str]:
    """The ids of those who took part in a decision or placed a penalty because of it, as decider or approver."""
    found = account.violations.get(ViolationId(subject))
    penalty = find(account, PenaltyId(subject))
    deciders = set(found.deciders) if isinstance(found, Confirmed) else set()
    if penalty:
        deciders.add(penalty.decided_by)
        resting = [violation for id in penalty.violations if isinstance(violation := account.violations.get(id), Confirmed)]
        deciders |= {id for violation in resting for id in violation.deciders}
    placed = (*account.standing.penalties.values(), *account.ended.values())
    deciders |= {other.decided_by for other in placed if other.by_person and subject in other.violations}
    approvers = {cause.approver for cause in account.causes if isinstance(cause, ApprovalCause) and rests_on(account, cause.penalty, subject)}
    return frozenset(deciders | approvers)


def rests_on(account: Account, penalty: PenaltyId, subject: UUID) -> bool:
    """Whether a penalty is the subject or rests on it."""
    found = find(account, penalty)
    return found is not None and (penalty == subject or subject in found.violations)


def by_people(account: Account, subject: UUID) -> tuple[Penalty, ...]:
    """Live penalties that people placed because of a violation."""
    return tuple(penalty for penalty in account.standing.penalties.values() if penalty.by_person and subject in penalty.violations)


def refuse_unless_named(command: DecideAppeal, placed: tuple[Penalty, ...]) -> None:
    """Refuse a decision that leaves open what becomes of a person's penalty, or names another one."""
    named, placed_ids = {*command.keep, *command.lift}, {penalty.id for penalty in placed}
    if named != placed_ids or set(command.keep) & set(command.lift):
        listed = ", ".join(str(id) for id in placed_ids) or "none"
        raise PersonalPenaltyUndecided(f"Name each of these in keep or in lift, and no other: {listed}.", field="keep")


def undo(work: Work, command: DecideAppeal, subject: UUID, version: int) -> None:
    """Undo a violation with all it caused, or one penalty."""
    id = ViolationId(subject)
    if isinstance(work.account.violations.get(id), Confirmed):
        fallen = overturn(work, id, Ground.APPEAL, command.root_cause, version)
        release_content(work, id, fallen)
    elif penalty := work.account.standing.penalties.get(PenaltyId(subject)):
        reverse(work, penalty, version)
        if penalty.id in work.account.standing.proposals:
            work.follow(PenaltyProposalLapsed(penalty_id=penalty.id), version)
    for lifted in command.lift:
        work.follow(PenaltyLifted(penalty_id=lifted, reasons=command.reasons), version)


@evolves(AppealSubmitted)
def submitted(account: Account, event: AppealSubmitted, fact: Fact) -> None:
    account.appeals[event.appeal_id] = Submitted(event.subject, event.level, event.ordinal)


@evolves(AppealWithdrawn)
def withdrawn(account: Account, event: AppealWithdrawn, fact: Fact) -> None:
    appeal = account.appeals[event.appeal_id]
    account.appeals[event.appeal_id] = Withdrawn(appeal.subject, appeal.level, appeal.ordinal)


@evolves(AppealDecided)
def decided(account: Account, event: AppealDecided, fact: Fact) -> None:
    appeal = account.appeals[event.appeal_id]
    reversed_ = event.outcome is Outcome.REVERSED
    account.appeals[event.appeal_id] = Decided(appeal.subject, appeal.level, appeal.ordinal, reversed_, fact.actor.id, event.kept)
