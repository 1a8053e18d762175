"""Overturning: what a violation caused is undone, no more and no less, and nobody is worse off for having won.

The history is told again without the violation. Score, counters and armed milestones become those of that history; each automatic penalty
keeps, from the decision on, no more than that history gives it under the same key (cause, channel, kind, scope). A milestone that only
that history would have crossed is taken as crossed, and imposes nothing. What a person placed is left to the person who decides.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from domain.calendar import Duration, end_of
from domain.creator.consequences import retold
from domain.creator.enforcement import occurrence_of, points_of, rule_for
from domain.creator.finding import Factor
from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.ledger import SCORE_TALLY, Entry, Fired
from domain.creator.penalties import PenaltyExpired, PenaltyProposalLapsed, PenaltyProposed, PenaltyReversed, PenaltyShortened, stretches
from domain.creator.points import MilestoneReversed, RestoreReason, StrikeIssued, StrikeRemoved, restore
from domain.creator.state import Account, Confirmed, Milestone, Overturned, Penalty, Proposal, Standing
from domain.creator.violations import DiscretionNotGranted, ViolationAlreadyDecided
from domain.creator.warnings import ViolationUnknown, require_reasons
from domain.facts import Event, Fact, Personal
from domain.identity import ContentId, MilestoneId, ViolationId
from domain.packs.model import Severity
from domain.refusals import Refused

GRAVITY = tuple(Severity)


class Ground(StrEnum):
    """By which way a decision fell."""

    APPEAL = "APPEAL"
    DISPUTE = "DISPUTE"
    QUALITY_REVIEW = "QUALITY_REVIEW"
    POLICY_ROLLBACK = "POLICY_ROLLBACK"
    COURT = "COURT"
    DETECTOR_DEFECT = "DETECTOR_DEFECT"


class ViolationOverturned(Event, frozen=True, kw_only=True):
    """A confirmed violation does not stand. `fired` and `counted` are the thresholds fired and violations counted in the history without it.

    `root_cause` is a code of the platform's own list of error causes; `items` the content items concerned.
    """

    violation_id: ViolationId
    ground: Ground
    root_cause: str = ""
    items: tuple[ContentId, ...] = ()
    fired: tuple[Fired, ...] = ()
    counted: tuple[ViolationId, ...] = ()


class ViolationAmended(Event, frozen=True, kw_only=True):
    """A confirmed violation was put right or found lighter; its consequences are those of the history with the new finding.

    `items` are the further items of its batch that are in breach still; None: as before.
    """

    violation_id: ViolationId
    severity: Severity
    leaf: str
    factors: tuple[Factor, ...] = ()
    discretion: int | None = None
    reasons: Personal
    fired: tuple[Fired, ...] = ()
    items: tuple[ContentId, ...] | None = None


class AmendViolation(Command, frozen=True, kw_only=True):
    """Correct or lighten what was found."""

    violation_id: ViolationId
    reasons: Personal
    severity: Severity | None = None
    leaf: str | None = None
    factors: tuple[Factor, ...] = ()
    points: int | None = None


class AmendmentWorsens(Refused):
    """An amendment may not find the violation graver, nor cost the creator more points."""


class AmendmentOutOfPolicy(Refused):
    """The policy knows no such severity or leaf, or the pack's range no such points."""


@decides(AmendViolation)
def amend(work: Work, command: AmendViolation) -> None:
    """Correct or lighten a confirmed violation; a heavier finding is another decision."""
    require_reasons(command.reasons)
    known = stands(work.account, command.violation_id)
    amended = amended_by(known, command.severity, command.leaf, command.points)
    if amended == known and not command.factors:
        return
    if command.points is not None:
        refuse_points(work, command.violation_id, amended, command.points)
    lighten(work, command.violation_id, amended, command.factors, command.reasons)


def amended_by(known: Confirmed, severity: Severity | None, leaf: str | None, points: int | None) -> Confirmed:
    """A violation as found anew; None: as found before."""
    return msgspec.structs.replace(
        known, severity=severity or known.severity, leaf=known.leaf if leaf is None else leaf,
        discretion=known.discretion if points is None else points)


def lighten(
        work: Work, id: ViolationId, amended: Confirmed, factors: tuple[Factor, ...], reasons: Personal, cause: int | None = None) -> None:
    """Record that a violation was found lighter, because of an earlier fact or (None) as asked for, and what follows from it."""
    refuse_out_of_policy(work, amended)
    before = stands(work.account, id)
    refuse_worse(work, id, before, amended)
    would = history(work, {id: amended})
    event = ViolationAmended(
        violation_id=id, severity=amended.severity, leaf=amended.leaf, factors=factors, discretion=amended.discretion, reasons=reasons,
        fired=fired_after(work.account, would), items=None if amended.items == before.items else amended.items)
    gone = uncrossed(work.account, would)
    version = work.record(event) if cause is None else work.follow(event, cause)
    reconcile(work, would, RestoreReason.AMENDMENT, version, gone)


def refuse_out_of_policy(work: Work, amended: Confirmed) -> None:
    """Refuse a severity or leaf that the policy does not have."""
    policy = work.packs.by_hash(amended.schedule).pack.policies.get(amended.policy)
    if policy and (amended.severity not in policy.severities or (amended.leaf and amended.leaf not in policy.leaves)):
        known = f"{', '.join(policy.severities)}; leaves: {', '.join(policy.leaves)}"
        raise AmendmentOutOfPolicy(f"{amended.policy} knows {known}.", field="severity")


def refuse_points(work: Work, id: ViolationId, amended: Confirmed, points: int) -> None:
    """Refuse points outside the pack's range, or chosen by a machine."""
    if not work.actor.is_person:
        raise DiscretionNotGranted("Only a person may choose points within the pack's range.", field="points")
    schedule = work.packs.by_hash(amended.schedule).pack
    _, rule = rule_for(schedule, amended.policy, amended.severity, occurrence_of(work.account, id, amended, schedule))
    least, most = rule.range or (rule.points, rule.points)
    if not least <= points <= most:
        raise AmendmentOutOfPolicy(f"The pack gives {least} to {most} points for this.", field="points")


def refuse_worse(work: Work, id: ViolationId, known: Confirmed, amended: Confirmed) -> None:
    """Refuse an amendment that finds the violation graver or costs more points."""
    if GRAVITY.index(amended.severity) > GRAVITY.index(known.severity):
        raise AmendmentWorsens(f"The violation was found {known.severity}: an amendment may only lighten.", field="severity")
    schedule = work.packs.by_hash(known.schedule).pack
    before, after = (points_of(schedule, each, occurrence_of(work.account, id, each, schedule)) for each in (known, amended))
    if after > before:
        raise AmendmentWorsens(f"This violation cost {before} points and would cost {after}: an amendment may only lighten.", field="severity")


def stands(account: Account, id: ViolationId) -> Confirmed:
    """The confirmed violation of that id, or a refusal."""
    known = account.violations.get(id)
    if known is None:
        raise ViolationUnknown(f"The account has no violation {id}.", field="violation_id")
    if not isinstance(known, Confirmed):
        raise ViolationAlreadyDecided("Only a violation that was confirmed and stands can be amended or overturned.", field="violation_id")
    return known


def history(work: Work, changed: dict[ViolationId, Confirmed | None]) -> Account:
    """The account as it would be now, had these violations been other than they are (None: had they not been)."""
    stood = {id: known for id, known in work.account.violations.items() if isinstance(known, Confirmed)} | changed
    return retold(work.account, work.packs, work.order, max(work.at, work.order.at), {id: known for id, known in stood.items() if known is not None})


def overturn(work: Work, id: ViolationId, ground: Ground, root_cause: str, cause: int) -> int:
    """Record that a violation falls, and undo what it caused. Gives the fact's version."""
    known = stands(work.account, id)
    would = history(work, {id: None})
    gone = uncrossed(work.account, would)
    version = work.follow(ViolationOverturned(
        violation_id=id, ground=ground, root_cause=root_cause, items=(known.content_id, *known.items), fired=fired_after(work.account, would),
        counted=tuple(other for counted in would.standing.counted.values() for other, _ in counted)), cause)
    reconcile(work, would, RestoreReason.OVERTURN, version, gone)
    return version


def fired_after(account: Account, would: Account) -> tuple[Fired, ...]:
    """The thresholds fired in the other history; where entries here weigh less than there, those alone that hold here too."""
    ledger, other = account.standing.ledger.copy(), would.standing.ledger
    ledger.sums = {}
    for entry in other.entries.values():
        mine = ledger.entries.get(entry.id)
        if mine is not None:
            delta = min(entry.delta, mine.delta, key=abs) if mine.tally == entry.tally else entry.delta
            ledger.sums[entry.tally] = ledger.sums.get(entry.tally, 0) + delta
    return tuple(one for one in other.fired if one.comparison.holds(ledger.value(one.tally), one.at))


def uncrossed(account: Account, would: Account) -> dict[MilestoneId, Milestone]:
    """The milestones of violations that reach none of that counter in the other history."""
    reached = {(other.violation, other.tally) for other in would.milestones.values()}
    return {id: found for id, found in account.milestones.items() if (found.violation, found.tally) not in reached}


def reconcile(work: Work, would: Account, reason: RestoreReason, cause: int, gone: dict[MilestoneId, Milestone]) -> None:
    """Bring the ledger to that of the other history, and take from milestones, penalties and proposals what it does not give."""
    for entry in tuple(work.account.standing.ledger.entries.values()):
        reconcile_entry(work, entry, would.standing, reason, cause)
    for milestone, found in gone.items():
        work.follow(MilestoneReversed(milestone_id=milestone, violation_id=found.violation, tally=found.tally, threshold=found.threshold), cause)
    for id, proposal in tuple(work.account.standing.proposals.items()):
        reconcile_proposal(work, proposal, would.standing.proposals.get(id), cause)
    for penalty in (*work.account.standing.penalties.values(), *over(work.account)):
        if not penalty.by_person:
            reconcile_penalty(work, penalty, would, cause)


def over(account: Account) -> tuple[Penalty, ...]:
    """The penalties that are over and were not reversed, without those whose interim alone is."""
    return tuple(penalty for id, penalty in account.ended.items() if not penalty.reversed and id not in account.standing.proposals)


def reconcile_proposal(work: Work, proposal: Proposal, other: Proposal | None, cause: int) -> None:
    """Let a proposal lapse that the other history does not make; propose no more than it does."""
    penalty = proposal.penalty
    if other is None:
        work.follow(PenaltyProposalLapsed(penalty_id=penalty.id), cause)
        return
    lapses_at = min(proposal.lapses_at, other.lapses_at)
    duration = shorter(work, proposal.duration, other.duration)
    if (duration, lapses_at) != (proposal.duration, proposal.lapses_at):
        work.follow(PenaltyProposed(
            penalty_id=penalty.id, kind=penalty.kind, channel=penalty.channel, trigger=ViolationId(penalty.trigger),
            violations=penalty.violations, restrictions=penalty.restrictions, duration=duration, lapses_at=lapses_at,
            decided_by=penalty.decided_by, restorable=penalty.restorable or other.penalty.restorable), cause)


def shorter(work: Work, one: Duration | None, other: Duration | None) -> Duration | None:
    """Of two durations the shorter; None is without end."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other, key=lambda duration: end_of(work.at, duration, work.zone))


def reconcile_entry(work: Work, entry: Entry, would: Standing, reason: RestoreReason, cause: int) -> None:
    """Give back what an entry weighs more than in the other history."""
    other = would.ledger.entries.get(entry.id)
    if entry.tally == SCORE_TALLY:
        excess = abs(entry.delta) - (abs(other.delta) if other else 0)
        if excess > 0 and entry.source in work.account.violations:
            restore(work, entry, excess, reason, cause)
        return
    if other is None or other.tally != entry.tally:
        work.follow(StrikeRemoved(entry_id=entry.id, tally=entry.tally), cause)
    if other is not None and (other.tally != entry.tally or abs(other.delta) < abs(entry.delta)):
        work.follow(StrikeIssued(
            entry_id=other.id, violation_id=ViolationId(other.source), tally=other.tally, weight=abs(other.delta), delta=other.delta,
            expires_at=other.expires_at, value=would.ledger.value(other.tally)), cause)


def reverse(work: Work, penalty: Penalty, cause: int) -> None:
    """Record that a penalty is undone, with what was served of it."""
    served = sum(max(0, int((end - begin).total_seconds())) for begin, end in stretches(penalty, work.at))
    work.follow(PenaltyReversed(penalty_id=penalty.id, served_seconds=served), cause)


def reconcile_penalty(work: Work, penalty: Penalty, would: Account, cause: int) -> None:
    """Leave an automatic penalty no more than the other history gives it; of one that is over, say what was served beyond that."""
    ends_at, given = end_in(penalty, would)
    ended = min((end for end in (penalty.over_at, penalty.ends_at) if end is not None), default=None)
    if not given:
        reverse(work, penalty, cause)
    elif ends_at is not None and (ended is None or ends_at < ended):
        shorten_to(work, penalty, ends_at, cause)


def shorten_to(work: Work, penalty: Penalty, ends_at: datetime, cause: int) -> None:
    """Let a penalty end at an earlier time, and say what was served beyond it; one in force whose new end is past ends now."""
    over = max(0, int(((penalty.over_at or work.at) - max(ends_at, penalty.starts_at)).total_seconds()))
    live = penalty.over_at is None
    ends_at = max(ends_at, work.at) if live else ends_at
    version = work.follow(PenaltyShortened(penalty_id=penalty.id, ends_at=ends_at, ended_before=penalty.ends_at, served_seconds=over), cause)
    if live and ends_at == work.at:
        work.follow(PenaltyExpired(penalty_id=penalty.id), version)


def end_in(penalty: Penalty, would: Account) -> tuple[datetime | None, bool]:
    """When a penalty ends in the other history, and whether it is there at all; what is only proposed there, in its interim alone."""
    other = would.standing.penalties.get(penalty.id) or would.ended.get(penalty.id)
    return (other.ends_at if other else None), other is not None


@evolves(ViolationOverturned)
def overturned(account: Account, event: ViolationOverturned, fact: Fact) -> None:
    known = account.violations[event.violation_id]
    if isinstance(known, Confirmed):
        account.violations[event.violation_id] = Overturned(known, fact.version)
    account.standing.ledger.fired = event.fired
    account.milestones = {id: found for id, found in account.milestones.items() if found.violation != event.violation_id}
    still = frozenset(event.counted)
    account.standing.counted = {
        policy: left for policy, counted in account.standing.counted.items() if (left := tuple(one for one in counted if one[0] in still))}


@evolves(ViolationAmended)
def amended(account: Account, event: ViolationAmended, fact: Fact) -> None:
    known = account.violations[event.violation_id]
    if isinstance(known, Confirmed):
        account.violations[event.violation_id] = msgspec.structs.replace(
            known, severity=event.severity, leaf=event.leaf, discretion=event.discretion,
            items=known.items if event.items is None else event.items)
    account.takes_part(event.violation_id, fact.actor)
    account.standing.ledger.fired = event.fired
