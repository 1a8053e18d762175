"""Proposed penalties: a second person approves or declines them."""

from __future__ import annotations

from domain.creator.consequences import impose_approved
from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.penalties import (
    PenaltyProposalDeclined,
)
from domain.creator.state import Account, ApprovalCause, Proposal
from domain.creator.warnings import require_reasons
from domain.facts import Event, Fact, Personal
from domain.identity import PenaltyId
from domain.refusals import Refused


class PenaltyApproved(Event, frozen=True, kw_only=True):
    """A second person agreed to a proposed penalty."""

    penalty_id: PenaltyId
    reasons: Personal | None = None


class ApprovePenalty(Command, frozen=True, kw_only=True):
    """Agree, as a second person, to a proposed penalty."""

    penalty_id: PenaltyId
    reasons: Personal | None = None


class DeclinePenalty(Command, frozen=True, kw_only=True):
    """Disagree, as a second person, with a proposed penalty."""

    penalty_id: PenaltyId
    reasons: Personal


class ProposalUnknown(Refused):
    """No penalty of that id waits for approval."""


class SameApprover(Refused):
    """The second person must be another one than the first."""


class FourEyesRequired(Refused):
    """A person must approve."""


@decides(ApprovePenalty)
def approve(work: Work, command: ApprovePenalty) -> None:
    """Let a proposed penalty take effect."""
    proposal = waiting(work, command.penalty_id)
    version = work.record(PenaltyApproved(penalty_id=command.penalty_id, reasons=command.reasons))
    impose_approved(work, proposal, work.actor.id, version)


@decides(DeclinePenalty)
def decline(work: Work, command: DeclinePenalty) -> None:
    """Let a proposed penalty fall."""
    require_reasons(command.reasons)
    waiting(work, command.penalty_id)
    work.record(PenaltyProposalDeclined(penalty_id=command.penalty_id, reasons=command.reasons))


def waiting(work: Work, id: PenaltyId) -> Proposal:
    """The proposal that this actor may decide, or a refusal."""
    proposal = work.account.standing.proposals.get(id)
    if proposal is None:
        raise ProposalUnknown(f"No penalty {id} waits for approval.", field="penalty_id")
    if not work.actor.is_person:
        raise FourEyesRequired("A person must decide about this proposal.")
    if work.actor.id == proposal.penalty.decided_by:
        raise SameApprover("Whoever decided the violation cannot approve its penalty as well.")
    return proposal


@evolves(PenaltyApproved)
def approved(account: Account, event: PenaltyApproved, fact: Fact) -> None:
    account.causes.append(ApprovalCause(account.at or fact.occurred_at, event.penalty_id, fact.actor.id))
