"""Remedies: what is owed to a creator because a decision fell. Each has an owner and a date, and stands until it is fulfilled."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.state import Account, Remedy, RemedyKind, Restriction
from domain.facts import Event, Fact, Personal
from domain.identity import ForfeitureId, RemedyId, RewardId, ViolationId
from domain.refusals import Refused


class RemedyOwed(Event, frozen=True, kw_only=True):
    """Something is owed to the creator.

    `subject` is the penalty that fell (SERVED_TIME), the freeze (COMMISSION, with its
    `forfeitures`) or the reward (REWARD).

    `violation_id` is the violation that fell, if one did; `seconds` were served of these restrictions that should not have been; `amount` is
    to be paid out, in minor units; `reward` is the kind of reward. `owner` is a team's code, empty: nobody yet; `due_at` None: no date yet.
    """

    remedy_id: RemedyId
    kind: RemedyKind
    subject: UUID
    violation_id: ViolationId | None = None
    seconds: int = 0
    restrictions: tuple[Restriction, ...] = ()
    amount: int = 0
    currency: str = ""
    orders: tuple[str, ...] = ()
    forfeitures: tuple[ForfeitureId, ...] = ()
    reward: str = ""
    owner: str = ""
    due_at: datetime | None = None


class RemedyAssigned(Event, frozen=True, kw_only=True):
    """A team (its code) is to fulfil a remedy, by `due_at` if there is a date."""

    remedy_id: RemedyId
    owner: str
    due_at: datetime | None = None


class RemedyFulfilled(Event, frozen=True, kw_only=True):
    """The creator was given what was owed; `reference` is the id it has elsewhere (a payment, a reward)."""

    remedy_id: RemedyId
    reference: str = ""
    note: Personal | None = None


class AssignRemedy(Command, frozen=True, kw_only=True):
    """Say which team fulfils a remedy, and by when; without a date the one it has stays."""

    remedy_id: RemedyId
    owner: str
    due_at: datetime | None = None


class FulfilRemedy(Command, frozen=True, kw_only=True):
    """Record that the creator was given what was owed."""

    remedy_id: RemedyId
    reference: str = ""
    note: Personal | None = None


class RemedyUnknown(Refused):
    """The account has no remedy of that id."""


class RemedyFulfilledBefore(Refused):
    """The remedy was fulfilled before, and otherwise."""


@decides(AssignRemedy)
def assign(work: Work, command: AssignRemedy) -> None:
    """Hand a remedy that is owed to a team; the same again records nothing."""
    remedy = remedy_of(work, command.remedy_id)
    due_at = command.due_at or remedy.due_at
    if (command.owner, due_at) == (remedy.owner, remedy.due_at):
        return
    if remedy.fulfilled:
        raise RemedyFulfilledBefore("This remedy has been fulfilled; there is nothing left to assign.", field="remedy_id")
    work.record(RemedyAssigned(remedy_id=command.remedy_id, owner=command.owner, due_at=due_at))


@decides(FulfilRemedy)
def fulfil(work: Work, command: FulfilRemedy) -> None:
    """Close a remedy; again with the same reference records nothing."""
    remedy = remedy_of(work, command.remedy_id)
    if not remedy.fulfilled:
        work.record(RemedyFulfilled(remedy_id=command.remedy_id, reference=command.reference, note=command.note))
    elif remedy.reference != command.reference:
        raise RemedyFulfilledBefore(
            f"This remedy has been fulfilled, under the reference {remedy.reference or '(none)'}.", field="remedy_id")


def remedy_of(work: Work, id: RemedyId) -> Remedy:
    """The remedy of that id, or a refusal."""
    remedy = work.account.remedies.get(id)
    if remedy is None:
        raise RemedyUnknown(f"The account has no remedy {id}.", field="remedy_id")
    return remedy


def offered_again(work: Work, kind: str, reward: RewardId, cause: int) -> None:
    """A reward that was granted makes good the one of its kind that has been owed longest."""
    owed = (id for id, remedy in work.account.remedies.items() if remedy.kind is RemedyKind.REWARD and remedy.reward == kind and not remedy.fulfilled)
    if id := next(owed, None):
        work.follow(RemedyFulfilled(remedy_id=id, reference=str(reward)), cause)


@evolves(RemedyOwed)
def owed(account: Account, event: RemedyOwed, fact: Fact) -> None:
    account.remedies[event.remedy_id] = Remedy(event.kind, event.reward, event.owner, event.due_at)
    match event.kind:
        case RemedyKind.COMMISSION:
            account.forfeitures = {id: lost for id, lost in account.forfeitures.items() if id not in event.forfeitures}
        case RemedyKind.REWARD:
            account.lost.pop(RewardId(event.subject), None)
        case RemedyKind.SERVED_TIME:
            for restriction in event.restrictions:
                account.served_owed[restriction.name] = account.served_owed.get(restriction.name, 0) + event.seconds


@evolves(RemedyAssigned)
def assigned(account: Account, event: RemedyAssigned, fact: Fact) -> None:
    remedy = account.remedies[event.remedy_id]
    account.remedies[event.remedy_id] = msgspec.structs.replace(remedy, owner=event.owner, due_at=event.due_at)


@evolves(RemedyFulfilled)
def fulfilled(account: Account, event: RemedyFulfilled, fact: Fact) -> None:
    remedy = account.remedies[event.remedy_id]
    account.remedies[event.remedy_id] = msgspec.structs.replace(remedy, fulfilled=True, reference=event.reference)
