"""Legal holds: while a court, an authority or a claim needs what is on record, nothing personal in it is erased. And what is refused after."""

from __future__ import annotations

from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.state import Account, Erased
from domain.creator.warnings import require_reasons
from domain.facts import Event, Fact, Personal
from domain.refusals import Refused


class LegalHoldPlaced(Event, frozen=True, kw_only=True):
    """What is on record must be kept. `reference` is what the matter goes by elsewhere."""

    reference: str
    reasons: Personal


class LegalHoldReleased(Event, frozen=True, kw_only=True):
    """A matter needs the record no more; other holds stand."""

    reference: str
    reasons: Personal


class PlaceLegalHold(Command, frozen=True, kw_only=True):
    """Have everything on record kept because of a matter."""

    reference: str
    reasons: Personal


class ReleaseLegalHold(Command, frozen=True, kw_only=True):
    """End a legal hold."""

    reference: str
    reasons: Personal


class UnderLegalHold(Refused):
    """What is on record must be kept because of a legal hold."""


class LegalHoldUnknown(Refused):
    """The account is under no legal hold of that reference."""


class AccountErased(Refused):
    """The personal data of the account was erased, so that this cannot be."""


@decides(PlaceLegalHold)
def place(work: Work, command: PlaceLegalHold) -> None:
    """Place a hold; the same again records nothing."""
    require_reasons(command.reasons)
    refuse_erased(work.account, "there is nothing left to keep")
    if command.reference not in work.account.legal_holds:
        work.record(LegalHoldPlaced(reference=command.reference, reasons=command.reasons))


@decides(ReleaseLegalHold)
def release(work: Work, command: ReleaseLegalHold) -> None:
    """Release a hold."""
    require_reasons(command.reasons)
    if command.reference not in work.account.legal_holds:
        raise LegalHoldUnknown(f"The account is under no legal hold {command.reference!r}.", field="reference")
    work.record(LegalHoldReleased(reference=command.reference, reasons=command.reasons))


def refuse_held(account: Account) -> None:
    """Refuse to let go of what must be kept."""
    if account.legal_holds:
        raise UnderLegalHold(f"What is on record of this account must be kept because of {', '.join(account.legal_holds)}.")


def refuse_erased(account: Account, because: str) -> None:
    """Refuse what makes no sense of an account that was erased."""
    if isinstance(account.erasure, Erased):
        raise AccountErased(f"The personal data of this account was erased at {account.erasure.at:%Y-%m-%d %H:%M} UTC: {because}.")


@evolves(LegalHoldPlaced)
def placed(account: Account, event: LegalHoldPlaced, fact: Fact) -> None:
    account.legal_holds[event.reference] = fact.occurred_at


@evolves(LegalHoldReleased)
def released(account: Account, event: LegalHoldReleased, fact: Fact) -> None:
    account.legal_holds.pop(event.reference, None)
