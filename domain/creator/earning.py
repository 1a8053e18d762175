"""Points earned by good conduct, and clawed back when what they were earned by is undone."""

from __future__ import annotations

from domain.calendar import end_of_days
from domain.creator.grammar import Command, Work, decides
from domain.creator.ledger import SCORE_TALLY, Entry
from domain.creator.points import PointsClawedBack, PointsEarned, change_of_score, expiry_of, source_id
from domain.creator.state import Account, CreditCause
from domain.creator.warnings import require_reasons
from domain.facts import Personal
from domain.identity import EntryId, ViolationId, derived
from domain.packs.model import Earning
from domain.refusals import Refused


class EarnPoints(Command, frozen=True, kw_only=True):
    """Credit good conduct: so much of what the pack's earning rule `source` counts. The pack gives the points."""

    source: str
    quantity: int
    reference: str


class ClawBackPoints(Command, frozen=True, kw_only=True):
    """Take earned points back, because orders were cancelled or refunded."""

    entry_id: EntryId
    points: int
    reasons: Personal
    orders: tuple[str, ...] = ()


class EarningUnknown(Refused):
    """The pack has no earning rule of that name."""


class NothingEarned(Refused):
    """The quantity earns no points, or the cap is reached."""


class AlreadyEarned(Refused):
    """The same reference has earned points before."""


class EntryUnknown(Refused):
    """No live entry of that kind has this id."""


class PointsOutOfRange(Refused):
    """The number of points does not lie where it may."""


@decides(EarnPoints)
def earn(work: Work, command: EarnPoints) -> None:
    """Credit points for good conduct, as many as the rule and its cap give."""
    rule = work.pack.earning.get(command.source)
    if rule is None:
        known = ", ".join(sorted(work.pack.earning)) or "none"
        raise EarningUnknown(f"The pack has no earning rule {command.source!r}; it has: {known}.", field="source")
    entry_id = EntryId(derived(work.creator, "earned", command.source, command.reference))
    if any(isinstance(cause, CreditCause) and cause.entry == entry_id for cause in work.account.causes):
        raise AlreadyEarned(f"{command.reference!r} has earned points before.", field="reference")
    points = min(command.quantity // rule.per * rule.points, left_under_cap(work, command.source, rule))
    if points <= 0:
        raise NothingEarned(f"{command.quantity} earn nothing: {rule.points} points for every {rule.per}, cap {rule.cap}.", field="quantity")
    delta = -work.account.standing.ledger.figures[SCORE_TALLY].worse(points)
    work.record(PointsEarned(
        entry_id=entry_id, source=command.source, quantity=command.quantity, reference=command.reference, points=points, delta=delta,
        expires_at=expiry_of(rule.expiry, work.at, work.zone), score=change_of_score(work, delta)))


def left_under_cap(work: Work, source: str, rule: Earning) -> int:
    """How many points the source may still earn within the rule's days."""
    if rule.cap is None or rule.cap_days is None:
        return 1_000_000
    name, days = source_id(work.creator, source), rule.cap_days
    earned = (cause for cause in work.account.causes if isinstance(cause, CreditCause) and cause.source == name)
    return max(0, rule.cap - sum(abs(cause.delta) for cause in earned if end_of_days(cause.at, days, work.zone) > work.at))


@decides(ClawBackPoints)
def claw_back(work: Work, command: ClawBackPoints) -> None:
    """Take back points that were earned. A score that sinks so fires nothing; the next deduction does."""
    entry = work.account.standing.ledger.entries.get(command.entry_id)
    if entry is None or not is_credit(work.account, entry):
        raise EntryUnknown(f"No live entry of earned points has the id {command.entry_id}.", field="entry_id")
    if not 0 < command.points <= abs(entry.delta):
        raise PointsOutOfRange(f"Between 1 and {abs(entry.delta)} points can be clawed back from this entry.", field="points")
    require_reasons(command.reasons)
    delta = -command.points if entry.delta > 0 else command.points
    work.record(PointsClawedBack(
        entry_id=entry.id, points=command.points, delta=delta, reasons=command.reasons, orders=command.orders,
        score=change_of_score(work, delta)))


def is_credit(account: Account, entry: Entry) -> bool:
    """Whether an entry was earned, as opposed to deducted for a violation."""
    return entry.tally == SCORE_TALLY and ViolationId(entry.source) not in account.violations
