"""Points and strikes: what is entered in the ledger, and how it leaves it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.calendar import end_of_days, next_reset
from domain.creator.grammar import Work, evolves
from domain.creator.ledger import SCORE_TALLY, Entry, Fired, Tally, counter_of
from domain.creator.state import Account, CreditCause, EntryCause, Milestone
from domain.facts import Event, Fact, Personal
from domain.identity import EntryId, MilestoneId, PackHash, ViolationId, derived
from domain.packs.model import Expiry, ExpiryMode


class ScoreChange(msgspec.Struct, frozen=True):
    """The health score, and the zone it lies in, before and after."""

    before: int
    after: int
    zone_before: str
    zone_after: str


class RestoreReason(StrEnum):
    """Why points came back."""

    OVERTURN = "OVERTURN"
    AMENDMENT = "AMENDMENT"
    QUIZ = "QUIZ"


class PointsDeducted(Event, frozen=True, kw_only=True):
    """A violation cost points. `rule` is the row of the pack's matrix (from 1), `occurrence` which of its type this violation was."""

    entry_id: EntryId
    violation_id: ViolationId
    points: int
    delta: int
    expires_at: datetime | None
    schedule: PackHash
    rule: int
    occurrence: int
    score: ScoreChange


class PointsEarned(Event, frozen=True, kw_only=True):
    """Good conduct earned points: `quantity` of what the source counts (orders, clean LIVEs), in the stretch of time that ends now."""

    entry_id: EntryId
    source: str
    quantity: int
    reference: str = ""
    points: int
    delta: int
    expires_at: datetime | None
    score: ScoreChange


class PointsClawedBack(Event, frozen=True, kw_only=True):
    """Earned points were taken back because what they were earned by was cancelled or refunded."""

    entry_id: EntryId
    points: int
    delta: int
    reasons: Personal
    orders: tuple[str, ...] = ()
    score: ScoreChange


class PointsRestored(Event, frozen=True, kw_only=True):
    """Points of a live deduction came back."""

    entry_id: EntryId
    reason: RestoreReason
    points: int
    delta: int
    score: ScoreChange


class PointsExpired(Event, frozen=True, kw_only=True):
    """An entry of the score stopped to weigh."""

    entry_id: EntryId
    delta: int
    score: ScoreChange


class StrikeIssued(Event, frozen=True, kw_only=True):
    """A violation was counted by a counter other than the score; `value` is the tally after it.

    Issued again under the same id, it weighs from then on what it says the second time.
    """

    entry_id: EntryId
    violation_id: ViolationId
    tally: Tally
    weight: int
    delta: int
    expires_at: datetime | None
    value: int


class StrikeExpired(Event, frozen=True, kw_only=True):
    """A strike stopped to count."""

    entry_id: EntryId
    tally: Tally


class StrikeRemoved(Event, frozen=True, kw_only=True):
    """A strike was taken away with what it stood for."""

    entry_id: EntryId
    tally: Tally


class ThresholdReached(Event, frozen=True, kw_only=True):
    """A tally reached an armed threshold: the trace of what fired, with every figure.

    `strictest_of` are all thresholds crossed at once; the strictest, `threshold`, gives the steps. `entries` are those that counted.
    """

    tally: Tally
    threshold: int
    value_before: int
    value_after: int
    strictest_of: tuple[Fired, ...]
    entries: tuple[EntryId, ...]
    milestone_id: MilestoneId
    violation_id: ViolationId
    pack: PackHash


class MilestoneCrossed(ThresholdReached, frozen=True, kw_only=True):
    """The health score reached a milestone of the ladder."""


class RepeatOffenceThresholdReached(ThresholdReached, frozen=True, kw_only=True):
    """A counter other than the score reached a threshold."""


class MilestoneReversed(Event, frozen=True, kw_only=True):
    """What was enforced at a milestone is undone.

    Either alone: then the milestone stays fired until the tally has left it. Or because a violation fell without which it would not have
    been reached.
    """

    milestone_id: MilestoneId
    violation_id: ViolationId
    tally: Tally
    threshold: int


def change_of_score(work: Work, delta: int) -> ScoreChange:
    """What adding `delta` to the score's entries makes of it."""
    ledger, pack = work.account.standing.ledger, work.pack
    before, figures = ledger.score, ledger.figures[SCORE_TALLY]
    after = figures.held(figures.base + ledger.sums.get(SCORE_TALLY, 0) + delta)
    return ScoreChange(before, after, pack.zone(before), pack.zone(after))


def expiry_of(expiry: Expiry, at: datetime, time_zone: str) -> datetime | None:
    """When an entry made at `at` expires under that rule."""
    match expiry.mode:
        case ExpiryMode.PER_ENTRY:
            return end_of_days(at, expiry.days or 0, time_zone)
        case ExpiryMode.CALENDAR:
            return next_reset(at, expiry.months, time_zone)
        case ExpiryMode.NEVER:
            return None


def expire(work: Work, entry: Entry) -> None:
    """Record that an entry expired, at the moment it did."""
    at = entry.expires_at
    if entry.tally == SCORE_TALLY:
        work.follow(PointsExpired(entry_id=entry.id, delta=-entry.delta, score=change_of_score(work, -entry.delta)), entry.version, at=at)
    else:
        work.follow(StrikeExpired(entry_id=entry.id, tally=entry.tally), entry.version, at=at)


def restore(work: Work, entry: Entry, points: int, reason: RestoreReason, version: int) -> None:
    """Give points of a live deduction back."""
    delta = points if entry.delta < 0 else -points
    change = change_of_score(work, delta)
    work.follow(PointsRestored(entry_id=entry.id, reason=reason, points=points, delta=delta, score=change), version)


@evolves(PointsDeducted)
def deducted(account: Account, event: PointsDeducted, fact: Fact) -> None:
    entry = Entry(event.entry_id, SCORE_TALLY, event.violation_id, event.delta, fact.occurred_at, event.expires_at, fact.version)
    account.standing.ledger.put(entry)


@evolves(StrikeIssued)
def struck(account: Account, event: StrikeIssued, fact: Fact) -> None:
    entry = Entry(event.entry_id, event.tally, event.violation_id, event.delta, fact.occurred_at, event.expires_at, fact.version)
    account.standing.ledger.put(entry)


@evolves(PointsEarned)
def earned(account: Account, event: PointsEarned, fact: Fact) -> None:
    at, source = effective(account, fact), source_id(fact.stream, event.source)
    account.standing.ledger.put(Entry(event.entry_id, SCORE_TALLY, source, event.delta, at, event.expires_at, fact.version))
    account.causes.append(CreditCause(at, event.entry_id, source, event.delta, event.expires_at))


@evolves(PointsClawedBack)
def clawed_back(account: Account, event: PointsClawedBack, fact: Fact) -> None:
    account.standing.ledger.change(event.entry_id, event.delta)
    account.causes.append(EntryCause(effective(account, fact), event.entry_id, event.delta))


@evolves(PointsRestored)
def restored(account: Account, event: PointsRestored, fact: Fact) -> None:
    account.standing.ledger.change(event.entry_id, event.delta)
    if event.reason is RestoreReason.QUIZ:
        account.causes.append(EntryCause(effective(account, fact), event.entry_id, event.delta))


@evolves(PointsExpired)
def expired(account: Account, event: PointsExpired, fact: Fact) -> None:
    account.standing.ledger.remove(event.entry_id)


@evolves(StrikeExpired)
def strike_expired(account: Account, event: StrikeExpired, fact: Fact) -> None:
    account.standing.ledger.remove(event.entry_id)


@evolves(StrikeRemoved)
def strike_removed(account: Account, event: StrikeRemoved, fact: Fact) -> None:
    account.standing.ledger.remove(event.entry_id)


def reached(account: Account, event: ThresholdReached, fact: Fact) -> None:
    """The thresholds fired are not armed any more."""
    account.standing.ledger.fire(event.strictest_of)
    account.milestones[event.milestone_id] = Milestone(
        event.violation_id, counter_of(event.tally), event.tally, event.threshold, effective(account, fact), fact.version)


evolves(MilestoneCrossed)(reached)
evolves(RepeatOffenceThresholdReached)(reached)


@evolves(MilestoneReversed)
def milestone_reversed(account: Account, event: MilestoneReversed, fact: Fact) -> None:
    account.milestones.pop(event.milestone_id, None)


def effective(account: Account, fact: Fact) -> datetime:
    """When a fact takes effect: when it occurred, or the account's latest time if that is later. UTC."""
    return fact.occurred_at if account.at is None else max(account.at, fact.occurred_at)


def source_id(creator: UUID, source: str) -> UUID:
    """What the entries of an earning rule name as their source."""
    return derived(creator, "source", source)
