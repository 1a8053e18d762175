"""Other ways by which a decision falls, with the same effect as an appeal: an error found by the platform itself, a court, a dispute."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

import msgspec

from domain.creator.appeals import refuse_participants, subject_of
from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.judgement import Outcome, refuse_mismatch
from domain.creator.overturn import Ground
from domain.creator.penalties import keep
from domain.creator.reliefs import Fall, Relief, let_fall, newly_imposed, refuse_unfit
from domain.creator.sanctions import PersonRequired
from domain.creator.state import Account, Dispute
from domain.creator.subjects import Subject, decision_on, note_reviewers
from domain.creator.warnings import require_reasons
from domain.facts import Event, Fact, Personal
from domain.identity import DisputeId, PenaltyId, derived
from domain.refusals import Refused


class Verdict(StrEnum):
    """What a review of a decision's quality found."""

    CORRECT = "CORRECT"
    ERROR = "ERROR"


class DecisionOverturned(Event, frozen=True, kw_only=True):
    """A decision fell otherwise than by an appeal or a dispute; fields as in AppealDecided. `reference` names the case or defect elsewhere."""

    subject: UUID
    subject_kind: Subject
    ground: Ground
    reasons: Personal
    root_cause: str = ""
    reference: str = ""
    relief: Relief | None = None
    kept: tuple[PenaltyId, ...] = ()
    lifted: tuple[PenaltyId, ...] = ()
    newly_imposed: tuple[UUID, ...] = ()


class QualityReviewRecorded(Event, frozen=True, kw_only=True):
    """Somebody else looked at a decision again; `error_type` is the platform's own code where an error was found."""

    subject: UUID
    verdict: Verdict
    error_type: str = ""
    note: Personal | None = None


class DisputeOpened(Event, frozen=True, kw_only=True):
    """A body outside the platform deals with a decision; `reference` is its own."""

    dispute_id: DisputeId
    subject: UUID
    subject_kind: Subject
    body: str
    reference: str


class DisputeDecided(Event, frozen=True, kw_only=True):
    """The body decided; what it decided does not bind before it is implemented."""

    dispute_id: DisputeId
    subject: UUID
    outcome: Outcome
    reasons: Personal


class DisputeOutcomeImplemented(Event, frozen=True, kw_only=True):
    """What the body decided is carried out; fields as in AppealDecided."""

    dispute_id: DisputeId
    subject: UUID
    root_cause: str = ""
    relief: Relief | None = None
    kept: tuple[PenaltyId, ...] = ()
    lifted: tuple[PenaltyId, ...] = ()
    newly_imposed: tuple[UUID, ...] = ()


class OverturnDecision(Command, frozen=True, kw_only=True):
    """Let a decision fall, wholly or (with `relief`) in part, without an appeal."""

    subject: UUID
    ground: Ground
    reasons: Personal
    root_cause: str
    reference: str = ""
    relief: Relief | None = None
    keep: tuple[PenaltyId, ...] = ()
    lift: tuple[PenaltyId, ...] = ()


class RecordQualityReview(Command, frozen=True, kw_only=True):
    """Record that a decision was looked at again, by somebody who took no part in it."""

    subject: UUID
    verdict: Verdict
    error_type: str = ""
    note: Personal | None = None


class OpenDispute(Command, frozen=True, kw_only=True):
    """Record that a body outside the platform deals with a decision."""

    subject: UUID
    body: str
    reference: str


class RecordDisputeDecision(Command, frozen=True, kw_only=True):
    """Record how the body decided."""

    dispute_id: DisputeId
    outcome: Outcome
    reasons: Personal


class ImplementDispute(Command, frozen=True, kw_only=True):
    """Carry out what the body decided."""

    dispute_id: DisputeId
    reasons: Personal
    root_cause: str = ""
    relief: Relief | None = None
    keep: tuple[PenaltyId, ...] = ()
    lift: tuple[PenaltyId, ...] = ()


class GroundMustBeOwn(Refused):
    """An appeal and a dispute are decided as such."""


class DisputeUnknown(Refused):
    """The account has no dispute of that id."""


class DisputeAlreadyOpened(Refused):
    """The decision is before that body, or was."""


class DisputeAlreadyDecided(Refused):
    """The body has decided otherwise before."""


class DisputeNotToImplement(Refused):
    """The body has not decided, or let the decision stand."""


@decides(OverturnDecision)
def overturn_decision(work: Work, command: OverturnDecision) -> None:
    """Let a decision fall; the ground says by which way. Whoever reviews its quality must not have taken part in it."""
    require_reasons(command.reasons)
    if not work.actor.is_person:
        raise PersonRequired("Only a person may let a decision fall.")
    if command.ground in (Ground.APPEAL, Ground.DISPUTE):
        raise GroundMustBeOwn("Decide the appeal, or implement the dispute's outcome.", field="ground")
    decision = subject_of(work.account, command.subject)
    if command.ground is Ground.QUALITY_REVIEW:
        refuse_participants(work, command.subject)
    fall = Fall(command.subject, command.ground, command.root_cause, command.reasons, command.relief, command.keep, command.lift)
    refuse_unfit(work, decision, fall)
    imposed = newly_imposed(work, fall)
    version = work.record(DecisionOverturned(
        subject=command.subject, subject_kind=decision.kind, ground=command.ground, reasons=command.reasons, root_cause=command.root_cause,
        reference=command.reference, relief=command.relief, kept=command.keep, lifted=command.lift, newly_imposed=imposed))
    let_fall(work, decision.kind, fall, imposed, version)


@decides(RecordQualityReview)
def review(work: Work, command: RecordQualityReview) -> None:
    """Record a review; one by the same person of the same decision is recorded once."""
    subject_of(work.account, command.subject)
    if not work.actor.is_person:
        raise PersonRequired("Only a person reviews a decision's quality.")
    if work.actor.id in work.account.reviewers.get(command.subject, ()):
        return
    refuse_participants(work, command.subject)
    work.record(QualityReviewRecorded(subject=command.subject, verdict=command.verdict, error_type=command.error_type, note=command.note))


@decides(OpenDispute)
def open_dispute(work: Work, command: OpenDispute) -> None:
    """Record a dispute, once for each decision and body."""
    id = DisputeId(derived(work.creator, "dispute", command.subject, command.body))
    if id in work.account.disputes:
        raise DisputeAlreadyOpened(f"{command.body} deals with this decision, or did.", field="body")
    decision = subject_of(work.account, command.subject)
    work.record(DisputeOpened(
        dispute_id=id, subject=command.subject, subject_kind=decision.kind, body=command.body, reference=command.reference))


def dispute_of(work: Work, id: DisputeId) -> Dispute:
    """The dispute of that id, or a refusal."""
    dispute = work.account.disputes.get(id)
    if dispute is None:
        raise DisputeUnknown(f"The account has no dispute {id}.", field="dispute_id")
    return dispute


@decides(RecordDisputeDecision)
def decide_dispute(work: Work, command: RecordDisputeDecision) -> None:
    """Record how the body decided; the same again records nothing."""
    require_reasons(command.reasons)
    dispute = dispute_of(work, command.dispute_id)
    if dispute.outcome and dispute.outcome != command.outcome:
        raise DisputeAlreadyDecided(f"{dispute.body} decided {dispute.outcome.lower().replace('_', ' ')}.", field="outcome")
    if not dispute.outcome:
        work.record(DisputeDecided(
            dispute_id=command.dispute_id, subject=dispute.subject, outcome=command.outcome, reasons=command.reasons))


@decides(ImplementDispute)
def implement(work: Work, command: ImplementDispute) -> None:
    """Carry out what the body decided; once it is, again records nothing."""
    require_reasons(command.reasons)
    dispute = dispute_of(work, command.dispute_id)
    if dispute.implemented:
        return
    outcome = Outcome(dispute.outcome) if dispute.outcome else Outcome.OMITTED
    if not outcome.overturns:
        raise DisputeNotToImplement(f"{dispute.body} has not decided that the decision falls.", field="dispute_id")
    refuse_mismatch(outcome, command.relief)
    decision = decision_on(work.account, dispute.subject)
    if decision is None:  # it fell by another way meanwhile: nothing is left to undo
        work.record(DisputeOutcomeImplemented(dispute_id=command.dispute_id, subject=dispute.subject, root_cause=command.root_cause))
        return
    fall = Fall(dispute.subject, Ground.DISPUTE, command.root_cause, command.reasons, command.relief, command.keep, command.lift)
    refuse_unfit(work, decision, fall)
    imposed = newly_imposed(work, fall)
    version = work.record(DisputeOutcomeImplemented(
        dispute_id=command.dispute_id, subject=dispute.subject, root_cause=command.root_cause, relief=command.relief, kept=command.keep,
        lifted=command.lift, newly_imposed=imposed))
    let_fall(work, decision.kind, fall, imposed, version)


@evolves(DecisionOverturned)
def overturned(account: Account, event: DecisionOverturned, fact: Fact) -> None:
    note_reviewers(account, event.subject, fact.actor, event.newly_imposed)
    keep(account, event.kept)


@evolves(QualityReviewRecorded)
def reviewed(account: Account, event: QualityReviewRecorded, fact: Fact) -> None:
    account.reviewers[event.subject] = (*account.reviewers.get(event.subject, ()), fact.actor.id)
    account.takes_part(event.subject, fact.actor)


@evolves(DisputeOpened)
def opened(account: Account, event: DisputeOpened, fact: Fact) -> None:
    account.disputes[event.dispute_id] = Dispute(event.subject, event.body)


@evolves(DisputeDecided)
def dispute_decided(account: Account, event: DisputeDecided, fact: Fact) -> None:
    dispute = account.disputes[event.dispute_id]
    account.disputes[event.dispute_id] = msgspec.structs.replace(dispute, outcome=event.outcome.value)


@evolves(DisputeOutcomeImplemented)
def implemented(account: Account, event: DisputeOutcomeImplemented, fact: Fact) -> None:
    dispute = account.disputes[event.dispute_id]
    account.disputes[event.dispute_id] = msgspec.structs.replace(dispute, implemented=True)
    note_reviewers(account, dispute.subject, fact.actor, event.newly_imposed)
    keep(account, event.kept)
