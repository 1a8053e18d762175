"""Erasure of personal data: one person asks for it, another approves; from then on nothing personal of the account can be read.

What was decided stays: the facts, the counts, and every proof of them. An account that was erased goes on existing, and decisions about it
go on being made; only the personal text of what is recorded from then on is not kept.
"""

from __future__ import annotations

from enum import StrEnum

from domain.creator.approvals import SameApprover
from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.holds import refuse_erased, refuse_held
from domain.creator.sanctions import PersonRequired
from domain.creator.state import Account, Erased, ErasureAwaited, Submitted
from domain.creator.warnings import require_reasons
from domain.facts import Event, Fact, Personal
from domain.refusals import Refused


class ErasureGround(StrEnum):
    """Why personal data is erased: the grounds of Article 17(1) GDPR, and a court's order."""

    CREATOR_REQUEST = "CREATOR_REQUEST"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    OBJECTION = "OBJECTION"
    RETENTION_ENDED = "RETENTION_ENDED"
    UNLAWFUL_PROCESSING = "UNLAWFUL_PROCESSING"
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION"
    COURT_ORDER = "COURT_ORDER"


class ErasureRequested(Event, frozen=True, kw_only=True):
    """Somebody asked for the creator's personal data to be erased. `reference` is what the request goes by elsewhere; it is not erased."""

    ground: ErasureGround
    reasons: Personal
    reference: str = ""


class ErasureDeclined(Event, frozen=True, kw_only=True):
    """What was asked for is not done: the personal data stays."""

    reasons: Personal


class CreatorErased(Event, frozen=True, kw_only=True):
    """A second person approved: the creator's key is destroyed, and with it everything personal in this history up to here."""

    ground: ErasureGround
    requested_by: str
    reference: str = ""


class EraseCreator(Command, frozen=True, kw_only=True):
    """Ask for the personal data of an account to be erased for ever. A second person must approve before anything is."""

    ground: ErasureGround
    reasons: Personal
    reference: str = ""


class ApproveErasure(Command, frozen=True, kw_only=True):
    """Agree, as a second person, to an erasure, and have it carried out. It cannot be undone."""


class DeclineErasure(Command, frozen=True, kw_only=True):
    """Let an erasure that was asked for not happen; whoever asked for it may take it back so."""

    reasons: Personal


class ErasureNotRequested(Refused):
    """Nobody has asked for the account to be erased, or it was declined."""


class ErasureAlreadyRequested(Refused):
    """The account is to be erased already, for another reason."""


class DecisionPending(Refused):
    """What the creator wrote is needed until an appeal or a dispute is decided."""


@decides(EraseCreator)
def request(work: Work, command: EraseCreator) -> None:
    """Have an erasure wait for a second person; the same request again records nothing."""
    require_reasons(command.reasons)
    refuse_machines(work)
    refuse_erased(work.account, "there is nothing left to erase")
    refuse_held(work.account)
    waiting = work.account.erasure
    if not isinstance(waiting, ErasureAwaited):
        work.record(ErasureRequested(ground=command.ground, reference=command.reference, reasons=command.reasons))
    elif (waiting.ground, waiting.reference) != (command.ground, command.reference):
        raise ErasureAlreadyRequested(
            f"The erasure of this account waits for approval already ({waiting.ground}, {waiting.reference or 'no reference'}): decline that first.",
            field="ground")


@decides(ApproveErasure)
def approve(work: Work, command: ApproveErasure) -> None:
    """Erase. An appeal or a dispute that waits is decided first: whoever decides it must be able to read it."""
    refuse_machines(work)
    asked = awaited(work.account)
    if work.actor.id == asked.requested_by:
        raise SameApprover("Whoever asked for the erasure cannot approve it as well.")
    refuse_held(work.account)
    refuse_pending(work.account)
    work.record(CreatorErased(ground=ErasureGround(asked.ground), reference=asked.reference, requested_by=asked.requested_by))


@decides(DeclineErasure)
def decline(work: Work, command: DeclineErasure) -> None:
    """Let it fall."""
    require_reasons(command.reasons)
    refuse_machines(work)
    awaited(work.account)
    work.record(ErasureDeclined(reasons=command.reasons))


def awaited(account: Account) -> ErasureAwaited:
    """The erasure that waits for a second person, or a refusal."""
    refuse_erased(account, "nothing waits for approval any more")
    if not isinstance(account.erasure, ErasureAwaited):
        raise ErasureNotRequested("Nobody has asked for this account to be erased.")
    return account.erasure


def refuse_machines(work: Work) -> None:
    """Refuse who is no person: four eyes are two persons'."""
    if not work.actor.is_person:
        raise PersonRequired("Only a person may decide about the erasure of an account.")


def refuse_pending(account: Account) -> None:
    """Refuse while an appeal or a dispute waits for its decision."""
    appeals = sum(isinstance(appeal, Submitted) for appeal in account.appeals.values())
    disputes = sum(not dispute.outcome for dispute in account.disputes.values())
    if appeals or disputes:
        raise DecisionPending(
            f"What was written is needed until it is decided on: appeals that wait: {appeals}, disputes: {disputes}.")


@evolves(ErasureRequested)
def requested(account: Account, event: ErasureRequested, fact: Fact) -> None:
    account.erasure = ErasureAwaited(event.ground, event.reference, fact.actor.id, fact.occurred_at)


@evolves(ErasureDeclined)
def declined(account: Account, event: ErasureDeclined, fact: Fact) -> None:
    account.erasure = None


@evolves(CreatorErased)
def erased(account: Account, event: CreatorErased, fact: Fact) -> None:
    account.erasure = Erased(fact.occurred_at)
