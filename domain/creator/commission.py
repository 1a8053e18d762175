"""Commission: frozen because of a penalty, released when it ends, forfeited only when no appeal can change the decision any more."""

from __future__ import annotations

import re
from uuid import UUID

import msgspec

from domain.creator.appeals import against, on_merits
from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.notices import informed_of, second_window
from domain.creator.penalties import find
from domain.creator.state import Account, Confirmed, Forfeiture, Freeze, Informed, Submitted, Suspected
from domain.creator.subjects import milestones_of
from domain.creator.warnings import require_reasons
from domain.facts import Event, Fact, Personal
from domain.identity import ForfeitureId, FreezeId, PenaltyId, derived
from domain.refusals import Refused

WITHDRAW_COMMISSION = "WITHDRAW_COMMISSION"


class CommissionFrozen(Event, frozen=True, kw_only=True):
    """Commission is held because of a penalty; `amount` in minor units of `currency` (ISO 4217), with the orders it came from."""

    freeze_id: FreezeId
    penalty_id: PenaltyId
    amount: int
    currency: str
    orders: tuple[str, ...] = ()


class CommissionReleased(Event, frozen=True, kw_only=True):
    """Held commission goes to the creator; `amount` in minor units."""

    freeze_id: FreezeId
    amount: int
    currency: str


class CommissionForfeited(Event, frozen=True, kw_only=True):
    """Held commission is lost to the creator; `amount` in minor units. It was held because of `penalty_id`."""

    forfeiture_id: ForfeitureId
    freeze_id: FreezeId
    amount: int
    currency: str
    reasons: Personal
    penalty_id: PenaltyId | None = None


class CommissionReinstated(Event, frozen=True, kw_only=True):
    """A forfeiture fell: the commission is owed to the creator again; `amount` in minor units."""

    forfeiture_id: ForfeitureId
    freeze_id: FreezeId
    amount: int
    currency: str


class FreezeCommission(Command, frozen=True, kw_only=True):
    """Hold commission because of a live penalty that keeps the creator from withdrawing it."""

    penalty_id: PenaltyId
    amount: int
    currency: str
    orders: tuple[str, ...] = ()


class ReleaseCommission(Command, frozen=True, kw_only=True):
    """Let held commission go, in whole or in part."""

    freeze_id: FreezeId
    amount: int


class ForfeitCommission(Command, frozen=True, kw_only=True):
    """Let held commission be lost, in whole or in part."""

    freeze_id: FreezeId
    amount: int
    reasons: Personal


class CommissionNotFrozen(Refused):
    """So much commission is not held, or nothing lets it be held."""


class ForfeitBeforeAppealEnd(Refused):
    """An appeal may still be filed, or waits for its decision."""


class AmountInvalid(Refused):
    """An amount of money must be a positive number of minor units in an ISO 4217 currency."""


@decides(FreezeCommission)
def freeze(work: Work, command: FreezeCommission) -> None:
    """Hold commission."""
    penalty = work.account.standing.penalties.get(command.penalty_id)
    if penalty is None or all(restriction.capability != WITHDRAW_COMMISSION for restriction in penalty.restrictions):
        raise CommissionNotFrozen("Only a live penalty that restricts WITHDRAW_COMMISSION lets commission be held.", field="penalty_id")
    if command.amount <= 0 or not re.fullmatch("[A-Z]{3}", command.currency):  # as ISO 4217 has it
        raise AmountInvalid("Give a positive amount in minor units and a currency such as USD.", field="amount")
    work.record(CommissionFrozen(
        freeze_id=FreezeId(derived(work.creator, "freeze", work.account.version + 1)), penalty_id=command.penalty_id,
        amount=command.amount, currency=command.currency, orders=command.orders))


@decides(ReleaseCommission)
def release(work: Work, command: ReleaseCommission) -> None:
    """Let held commission go."""
    held = held_amount(work, command.freeze_id, command.amount)
    work.record(CommissionReleased(freeze_id=command.freeze_id, amount=command.amount, currency=held.currency))


@decides(ForfeitCommission)
def forfeit(work: Work, command: ForfeitCommission) -> None:
    """Let held commission be lost, once the creator was informed, the window is over and no appeal waits."""
    require_reasons(command.reasons)
    held = held_amount(work, command.freeze_id, command.amount)
    for subject in subjects_of(work.account, held):
        refuse_while_appealable(work, subject)
    work.record(CommissionForfeited(
        forfeiture_id=ForfeitureId(derived(command.freeze_id, "forfeiture", work.account.version + 1)), freeze_id=command.freeze_id,
        amount=command.amount, currency=held.currency, reasons=command.reasons, penalty_id=held.penalty))


def held_amount(work: Work, id: FreezeId, amount: int) -> Freeze:
    """The freeze that holds at least that amount, or a refusal."""
    held = work.account.freezes.get(id)
    if held is None:
        raise CommissionNotFrozen(f"No commission is held under {id}.", field="freeze_id")
    if not 0 < amount <= held.amount:
        raise CommissionNotFrozen(f"{held.amount} {held.currency} (minor units) are held, not {amount}.", field="amount")
    return held


def subjects_of(account: Account, held: Freeze) -> tuple[UUID, ...]:
    """What an appeal against a freeze may be about: its penalty, its milestone, and the violations it rests on that stand or are suspected."""
    penalty = find(account, held.penalty)
    rests_on = penalty.violations if penalty else ()
    milestones = milestones_of(account, penalty) if penalty else ()
    return (held.penalty, *milestones, *(id for id in rests_on if isinstance(account.violations.get(id), Confirmed | Suspected)))


def refuse_while_appealable(work: Work, subject: UUID) -> None:
    """Refuse as long as an appeal about the subject is possible or waits."""
    if any(isinstance(appeal, Submitted) for appeal in against(work.account, subject).values()):
        raise ForfeitBeforeAppealEnd("An appeal waits for its decision; commission is forfeited only after it.")
    decided = on_merits(work.account, subject)
    if not decided:
        refuse_while_open(work, informed_of(work.account, subject))
    elif second_window(work, decided[-1][1]) is not None or decided[-1][0] in work.account.informed:
        refuse_while_open(work, work.account.informed.get(decided[-1][0]))
    admitted = work.account.admitted.get(subject)
    if admitted is not None and work.at < admitted:
        raise ForfeitBeforeAppealEnd(f"A late appeal was admitted until {admitted:%Y-%m-%d %H:%M} UTC.")


def refuse_while_open(work: Work, informed: Informed | None) -> None:
    """Refuse until the time for an appeal is over."""
    if informed is None:
        raise ForfeitBeforeAppealEnd("The creator has not been informed of the decision yet, so the time for an appeal has not begun.")
    if work.at < informed.appeal_until:
        raise ForfeitBeforeAppealEnd(f"An appeal may be filed until {informed.appeal_until:%Y-%m-%d %H:%M} UTC.")


def release_held(work: Work, penalty: PenaltyId, cause: int) -> None:
    """Release all that is held because of a penalty that is over."""
    for id, held in tuple(work.account.freezes.items()):
        if held.penalty == penalty:
            work.follow(CommissionReleased(freeze_id=id, amount=held.amount, currency=held.currency), cause)


@evolves(CommissionFrozen)
def frozen(account: Account, event: CommissionFrozen, fact: Fact) -> None:
    account.freezes[event.freeze_id] = Freeze(event.penalty_id, event.amount, event.currency, fact.version, event.orders)


@evolves(CommissionReleased)
def released(account: Account, event: CommissionReleased, fact: Fact) -> None:
    take(account, event.freeze_id, event.amount)


@evolves(CommissionForfeited)
def forfeited(account: Account, event: CommissionForfeited, fact: Fact) -> None:
    held = take(account, event.freeze_id, event.amount)
    account.forfeitures[event.forfeiture_id] = Forfeiture(
        event.freeze_id, held.penalty, event.amount, event.currency, held.orders, account.at or fact.occurred_at, fact.version, fact.actor.id)


@evolves(CommissionReinstated)
def reinstated(account: Account, event: CommissionReinstated, fact: Fact) -> None:
    account.forfeitures.pop(event.forfeiture_id, None)


def take(account: Account, id: FreezeId, amount: int) -> Freeze:
    """So much less is held. Gives the freeze as it was."""
    held = account.freezes.pop(id)
    if left := held.amount - amount:
        account.freezes[id] = msgspec.structs.replace(held, amount=left)
    return held
