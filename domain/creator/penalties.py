"""Penalties: what restricts a creator, because of what, and until when. What a creator may not do now is the union over live penalties."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from domain.calendar import Duration
from domain.creator.finding import Origin
from domain.creator.grammar import evolves
from domain.creator.state import EXTERNAL, PERSON, Account, Application, Penalty, Proposal, Restriction, Stretch
from domain.facts import Event, Fact, Personal
from domain.identity import NoticeId, PenaltyId, ViolationId


class PenaltyImposed(Event, frozen=True, kw_only=True):
    """A restriction took effect. `channel` is the counter, ZERO_TOLERANCE or PERSON; `ends_at` None: without end.

    `approved_by` is the second person where one was needed; `interim` says that it only holds until the proposal is decided.
    """

    penalty_id: PenaltyId
    kind: str
    channel: str
    trigger: ViolationId
    violations: tuple[ViolationId, ...]
    restrictions: tuple[Restriction, ...]
    starts_at: datetime
    ends_at: datetime | None
    decided_by: str
    approved_by: str = ""
    restorable: bool = True
    interim: bool = False
    reasons: Personal | None = None
    category: str = ""
    announced_by: NoticeId | None = None
    exception: str = ""


class PenaltyProposed(Event, frozen=True, kw_only=True):
    """A step of the pack waits for a second person until `lapses_at`."""

    penalty_id: PenaltyId
    kind: str
    channel: str
    trigger: ViolationId
    violations: tuple[ViolationId, ...]
    restrictions: tuple[Restriction, ...]
    duration: Duration | None
    lapses_at: datetime
    decided_by: str
    restorable: bool = True


class PenaltyProposalDeclined(Event, frozen=True, kw_only=True):
    """The second person did not agree."""

    penalty_id: PenaltyId
    reasons: Personal


class PenaltyProposalLapsed(Event, frozen=True, kw_only=True):
    """Nobody approved the proposal in time, or what it rested on fell."""

    penalty_id: PenaltyId


class PenaltyShortened(Event, frozen=True, kw_only=True):
    """A penalty ends earlier than it was to. `served_seconds` were served beyond what should have been."""

    penalty_id: PenaltyId
    ends_at: datetime
    ended_before: datetime | None
    reasons: Personal | None = None
    served_seconds: int = 0


class PenaltyExpired(Event, frozen=True, kw_only=True):
    """A penalty came to its end."""

    penalty_id: PenaltyId


class PenaltyLifted(Event, frozen=True, kw_only=True):
    """A person ended a penalty early."""

    penalty_id: PenaltyId
    reasons: Personal


class PenaltyReversed(Event, frozen=True, kw_only=True):
    """A penalty was undone, because what it rested on fell. `served_seconds` were served that should not have been."""

    penalty_id: PenaltyId
    served_seconds: int


class PermissionSuspended(Event, frozen=True, kw_only=True):
    """A person took capabilities away for a time, or in the interim."""

    penalty_id: PenaltyId
    violations: tuple[ViolationId, ...]
    restrictions: tuple[Restriction, ...]
    ends_at: datetime
    reasons: Personal


class PermissionRevoked(Event, frozen=True, kw_only=True):
    """A person took capabilities away without end; only an overturn gives them back.

    `announced_by` names the notice by which the creator was told long before, `exception` why there had to be none, where the law asks for it.
    """

    penalty_id: PenaltyId
    violations: tuple[ViolationId, ...]
    restrictions: tuple[Restriction, ...]
    reasons: Personal
    announced_by: NoticeId | None = None
    exception: str = ""


class PermissionRestored(Event, frozen=True, kw_only=True):
    """A person gave suspended capabilities back early."""

    penalty_id: PenaltyId
    reasons: Personal


class RecommendationEligibilityRevoked(Event, frozen=True, kw_only=True):
    """An item (or with item "*" the account) is not recommended any more, until `ends_at` or (None) until restored."""

    penalty_id: PenaltyId
    violations: tuple[ViolationId, ...]
    restrictions: tuple[Restriction, ...]
    ends_at: datetime | None
    reasons: Personal


class RecommendationEligibilityRestored(Event, frozen=True, kw_only=True):
    """An item or account may be recommended again."""

    penalty_id: PenaltyId
    reasons: Personal


class ExternalPenaltyRecorded(Event, frozen=True, kw_only=True):
    """Another system had restricted the creator, from the time it occurred until `ends_at` (None: without end). It follows from no rule of ours."""

    penalty_id: PenaltyId
    kind: str
    origin: Origin
    restrictions: tuple[Restriction, ...]
    ends_at: datetime | None
    violations: tuple[ViolationId, ...] = ()
    reasons: Personal | None = None


class RestrictionRequested(Event, frozen=True, kw_only=True):
    """The platform was asked again to carry out a penalty, or its end."""

    penalty_id: PenaltyId


class RestrictionApplied(Event, frozen=True, kw_only=True):
    """The platform has carried out a penalty."""

    penalty_id: PenaltyId


class RestrictionFailed(Event, frozen=True, kw_only=True):
    """The platform could not carry out a penalty, or its end."""

    penalty_id: PenaltyId
    detail: Personal | None = None


class RestrictionLifted(Event, frozen=True, kw_only=True):
    """The platform has carried out the end of a penalty."""

    penalty_id: PenaltyId


PERMISSION_SUSPENDED = "PERMISSION_SUSPENDED"
PERMISSION_REVOKED = "PERMISSION_REVOKED"
RECOMMENDATION_INELIGIBLE = "RECOMMENDATION_INELIGIBLE"
RECOMMENDATION = "RECOMMENDATION"


def every(account: Account) -> Iterator[Penalty]:
    """The penalties in force and over."""
    yield from account.standing.penalties.values()
    yield from account.ended.values()


def find(account: Account, id: PenaltyId) -> Penalty | None:
    """A penalty of the account, live or ended."""
    return account.standing.penalties.get(id) or account.ended.get(id)


def stretches(penalty: Penalty, now: datetime) -> tuple[Stretch, ...]:
    """When a penalty was in force until now: its interim, and itself."""
    return *penalty.earlier, (penalty.starts_at, penalty.over_at or min(now, penalty.ends_at or now))


def restrictions_of(account: Account) -> dict[Restriction, tuple[PenaltyId, ...]]:
    """What the creator may not do now: each restriction with the live penalties it comes from."""
    found: dict[Restriction, tuple[PenaltyId, ...]] = {}
    for penalty in account.standing.penalties.values():
        for restriction in penalty.restrictions:
            found[restriction] = (*found.get(restriction, ()), penalty.id)
    return found


def wider(one: Restriction, other: Restriction) -> bool:
    """Whether the first restriction holds wherever the second does."""
    pairs = ((one.category, other.category), (one.territory, other.territory), (one.item, other.item))
    return one.capability == other.capability and all(mine in ("*", its) for mine, its in pairs)


@evolves(PenaltyImposed)
def imposed(account: Account, event: PenaltyImposed, fact: Fact) -> None:
    interim = find(account, event.penalty_id)
    if not event.interim:
        account.standing.proposals.pop(event.penalty_id, None)
        account.ended.pop(event.penalty_id, None)  # its interim may have been lifted before the approval
    account.standing.penalties[event.penalty_id] = Penalty(
        event.penalty_id, event.kind, event.channel, event.trigger, event.violations, event.restrictions, event.starts_at, event.ends_at,
        event.decided_by, fact.version, event.restorable, event.interim, earlier=stretches(interim, event.starts_at) if interim else ())


@evolves(PenaltyProposed)
def proposed(account: Account, event: PenaltyProposed, fact: Fact) -> None:
    penalty = Penalty(
        event.penalty_id, event.kind, event.channel, event.trigger, event.violations, event.restrictions, fact.occurred_at, None,
        event.decided_by, fact.version, event.restorable)
    account.standing.proposals[event.penalty_id] = Proposal(penalty, event.duration, event.lapses_at)


@evolves(PenaltyProposalDeclined)
def declined(account: Account, event: PenaltyProposalDeclined, fact: Fact) -> None:
    withdraw(account, event.penalty_id)
    account.takes_part(event.penalty_id, fact.actor)


@evolves(PenaltyProposalLapsed)
def lapsed(account: Account, event: PenaltyProposalLapsed, fact: Fact) -> None:
    withdraw(account, event.penalty_id)


def withdraw(account: Account, id: PenaltyId) -> None:
    """A proposal is over, and with it what was restricted in the interim."""
    account.standing.proposals.pop(id, None)
    end(account, id)


@evolves(PenaltyShortened)
def shortened(account: Account, event: PenaltyShortened, fact: Fact) -> None:
    if penalty := account.standing.penalties.get(event.penalty_id):
        ends_at = event.ends_at - timedelta(seconds=event.served_seconds)  # one that should have ended before ends at once
        account.standing.penalties[penalty.id] = msgspec.structs.replace(penalty, ends_at=ends_at)
    elif penalty := account.ended.get(event.penalty_id):
        account.ended[penalty.id] = msgspec.structs.replace(penalty, ends_at=event.ends_at)
    account.takes_part(event.penalty_id, fact.actor)


@evolves(PenaltyExpired)
def expired(account: Account, event: PenaltyExpired, fact: Fact) -> None:
    end(account, event.penalty_id)


@evolves(PenaltyReversed)
def undone(account: Account, event: PenaltyReversed, fact: Fact) -> None:
    end(account, event.penalty_id)
    if penalty := account.ended.get(event.penalty_id):
        account.ended[event.penalty_id] = msgspec.structs.replace(penalty, reversed=True)


def ended_by_person(account: Account, event: PenaltyLifted | PermissionRestored | RecommendationEligibilityRestored, fact: Fact) -> None:
    """Somebody ended a live penalty early; where that follows from a decision, because the penalty fell with it."""
    end(account, event.penalty_id)
    account.takes_part(event.penalty_id, fact.actor)
    if fact.cause is not None:
        account.ended[event.penalty_id] = msgspec.structs.replace(account.ended[event.penalty_id], reversed=True)


evolves(PenaltyLifted)(ended_by_person)
evolves(PermissionRestored)(ended_by_person)
evolves(RecommendationEligibilityRestored)(ended_by_person)


def end(account: Account, id: PenaltyId) -> None:
    """Move a penalty from those in force to those that are over."""
    if penalty := account.standing.penalties.pop(id, None):
        account.ended[id] = msgspec.structs.replace(penalty, application=Application.REQUESTED, over_at=account.at)


def keep(account: Account, ids: tuple[PenaltyId, ...]) -> None:
    """People's penalties stand although a violation under them fell: it was decided so, with reasons."""
    for id in ids:
        if penalty := account.standing.penalties.get(id):
            account.standing.penalties[id] = msgspec.structs.replace(penalty, kept=True)


@evolves(PermissionSuspended)
def suspended(account: Account, event: PermissionSuspended, fact: Fact) -> None:
    placed_by_person(account, event, fact, PERMISSION_SUSPENDED, event.ends_at)


@evolves(PermissionRevoked)
def revoked(account: Account, event: PermissionRevoked, fact: Fact) -> None:
    placed_by_person(account, event, fact, PERMISSION_REVOKED, None)


@evolves(RecommendationEligibilityRevoked)
def ineligible(account: Account, event: RecommendationEligibilityRevoked, fact: Fact) -> None:
    placed_by_person(account, event, fact, RECOMMENDATION_INELIGIBLE, event.ends_at)


def placed_by_person(
        account: Account, event: PermissionSuspended | PermissionRevoked | RecommendationEligibilityRevoked, fact: Fact, kind: str,
        ends_at: datetime | None) -> None:
    """A penalty that somebody placed by hand is in force."""
    account.standing.penalties[event.penalty_id] = Penalty(
        event.penalty_id, kind, PERSON, event.penalty_id, event.violations, event.restrictions, fact.occurred_at, ends_at, fact.actor.id,
        fact.version, restorable=kind != PERMISSION_REVOKED)


@evolves(ExternalPenaltyRecorded)
def recorded(account: Account, event: ExternalPenaltyRecorded, fact: Fact) -> None:
    """It was carried out where it was decided; what the platform is asked for is its end."""
    account.standing.penalties[event.penalty_id] = Penalty(
        event.penalty_id, event.kind, EXTERNAL, event.penalty_id, event.violations, event.restrictions, fact.occurred_at, event.ends_at,
        event.origin.decided_by or fact.actor.id, fact.version, application=Application.APPLIED)


@evolves(RestrictionRequested)
def requested(account: Account, event: RestrictionRequested, fact: Fact) -> None:
    mark(account, event.penalty_id, Application.REQUESTED)


@evolves(RestrictionApplied)
def applied(account: Account, event: RestrictionApplied, fact: Fact) -> None:
    mark(account, event.penalty_id, Application.APPLIED)


@evolves(RestrictionFailed)
def failed(account: Account, event: RestrictionFailed, fact: Fact) -> None:
    mark(account, event.penalty_id, Application.FAILED)


@evolves(RestrictionLifted)
def lifted(account: Account, event: RestrictionLifted, fact: Fact) -> None:
    mark(account, event.penalty_id, Application.APPLIED)


def mark(account: Account, id: PenaltyId, application: Application) -> None:
    """Note how far the platform has come with a penalty, or with its end."""
    for penalties in (account.standing.penalties, account.ended):
        if id in penalties:
            penalties[id] = msgspec.structs.replace(penalties[id], application=application)
