"""What the rules make of one more violation on the account as folded so far: points, strikes, thresholds reached, penalties."""

from __future__ import annotations

from itertools import takewhile

from domain.calendar import end_of, end_of_days
from domain.creator.grammar import Work
from domain.creator.ledger import SCORE_TALLY, Fired, Tally, counter_of
from domain.creator.penalties import PenaltyImposed, PenaltyProposed
from domain.creator.points import (
    MilestoneCrossed,
    PointsDeducted,
    RepeatOffenceThresholdReached,
    StrikeIssued,
    ThresholdReached,
    change_of_score,
    expiry_of,
)
from domain.creator.state import Account, Confirmed, Restriction
from domain.creator.warnings import WarningIssued, WarningKind
from domain.identity import ContentId, EntryId, MilestoneId, PenaltyId, ViolationId, derived
from domain.packs.model import SCORE, Counter, Group, Pack, PointRule, Severity, Step, StepMode, Threshold
from domain.refusals import Refused

ZERO_TOLERANCE = "ZERO_TOLERANCE"
RULES_REVISION = "1"  # of the code of the rules: raise it when the same causes would lead to other consequences


class NoPointsRule(Refused):
    """The pack has no row for such a violation."""


def enforce(work: Work, id: ViolationId, cause: int) -> None:
    """Record what follows from a violation just confirmed; `cause` is the version of that fact."""
    violation = confirmed(work.account, id)
    for name, counter in work.pack.counters.items():
        if counter.counts.takes(violation.policy, violation.severity, violation.feature):
            count(work, id, violation, name, counter, cause)
    for rule in work.pack.zero_tolerance:
        if rule.counts.takes(violation.policy, violation.severity, violation.feature):
            take_steps(work, id, violation, ZERO_TOLERANCE, rule.steps, cause)


def confirmed(account: Account, id: ViolationId) -> Confirmed:
    """The violation of that id, which stands."""
    violation = account.violations[id]
    if not isinstance(violation, Confirmed):
        raise TypeError(f"violation {id} does not stand")
    return violation


def count(work: Work, id: ViolationId, violation: Confirmed, name: str, counter: Counter, cause: int) -> None:
    """Enter a violation in one counter, and take the steps of the strictest threshold that this reaches."""
    ledger, tally = work.account.standing.ledger, tally_of(name, counter, violation)
    before = ledger.value(tally)
    entry = EntryId(derived(id, name))
    version = (deduct if tally == SCORE_TALLY else strike)(work, id, violation, counter, tally, entry, cause)
    if version is None:
        return
    after = work.account.standing.ledger.value(tally)
    crossed = tuple(t for t in counter.thresholds if t.comparison.holds(after, t.at) and ledger.armed(tally, t.at, t.comparison))
    if crossed:
        reach(work, id, tally, (before, after), crossed, version)
    elif counter.near_warning is not None and violation.origin is None:
        warn_when_near(work, id, tally, counter, after, version)


def tally_of(name: str, counter: Counter, violation: Confirmed) -> Tally:
    """Which tally of a counter a violation belongs to."""
    match counter.group:
        case Group.ACCOUNT:
            return Tally(name)
        case Group.POLICY:
            return Tally(f"{name}/{violation.policy}")
        case Group.FEATURE:
            return Tally(f"{name}/{violation.feature}")
        case Group.SEVERITY:
            return Tally(f"{name}/{violation.severity}")


def deduct(work: Work, id: ViolationId, violation: Confirmed, counter: Counter, tally: Tally, entry: EntryId, cause: int) -> int | None:
    """Enter the violation's points in the score; a warning in their place where the matrix says so. Gives the fact's version."""
    schedule = work.packs.by_hash(violation.schedule).pack
    occurrence = occurrence_of(work.account, id, violation, schedule)
    row, _ = rule_for(schedule, violation.policy, violation.severity, occurrence)
    points = points_of(schedule, violation, occurrence)
    if not points:
        work.follow(WarningIssued(kind=WarningKind.FIRST_VIOLATION, violation_id=id), cause)
        return None
    delta = work.account.standing.ledger.figures[SCORE].worse(points)
    return work.follow(PointsDeducted(
        entry_id=entry, violation_id=id, points=points, delta=delta, expires_at=expiry_of(counter.expiry, work.at, work.zone),
        schedule=violation.schedule, rule=row, occurrence=occurrence, score=change_of_score(work, delta)), cause)


def points_of(schedule: Pack, violation: Confirmed, occurrence: int) -> int:
    """What a violation costs by a schedule; chosen points stay within the range of the row that fits. 0: a warning in their place."""
    _, rule = rule_for(schedule, violation.policy, violation.severity, occurrence)
    if rule.warning:
        return 0
    if violation.discretion is None or rule.range is None:
        return rule.points
    return max(rule.range[0], min(rule.range[1], violation.discretion))


def strike(work: Work, id: ViolationId, violation: Confirmed, counter: Counter, tally: Tally, entry: EntryId, cause: int) -> int | None:
    """Enter a fixed weight, or the violation's points if it has any, in a counter other than the score. Gives the fact's version."""
    weight = weight_of(work, id, violation, counter)
    if not weight:
        return None
    ledger = work.account.standing.ledger
    figures = ledger.figures[counter_of(tally)]
    delta = figures.worse(weight)
    value = figures.held(figures.base + ledger.sums.get(tally, 0) + delta)
    return work.follow(StrikeIssued(
        entry_id=entry, violation_id=id, tally=tally, weight=weight, delta=delta, expires_at=expiry_of(counter.expiry, work.at, work.zone),
        value=value), cause)


def weight_of(work: Work, id: ViolationId, violation: Confirmed, counter: Counter) -> int:
    """What a violation weighs in a counter other than the score."""
    if isinstance(counter.weight, int):
        return counter.weight
    schedule = work.packs.by_hash(violation.schedule).pack
    return points_of(schedule, violation, occurrence_of(work.account, id, violation, schedule))


def occurrence_of(account: Account, id: ViolationId, violation: Confirmed, schedule: Pack) -> int:
    """Which occurrence of its type a violation is: 1 for the first that stands within the schedule's days."""
    return 1 + len(occurrences_before(account, id, violation, schedule))


def occurrences_before(account: Account, id: ViolationId, violation: Confirmed, schedule: Pack) -> tuple[ViolationId, ...]:
    """The violations of its type that stand within the schedule's days before a violation, oldest first."""
    days, by_leaf, zone = schedule.occurrences.days, schedule.occurrences.by_leaf, schedule.pack.time_zone
    earlier = takewhile(lambda counted: counted[0] != id, account.standing.counted.get(violation.policy, ()))
    return tuple(
        other for other, at in earlier
        if end_of_days(at, days, zone) > violation.at and (not by_leaf or confirmed(account, other).leaf == violation.leaf))


def rule_for(schedule: Pack, policy: str, severity: Severity, occurrence: int) -> tuple[int, PointRule]:
    """The first row of the matrix that fits, and its number (from 1)."""
    fitting = (
        (row, rule) for row, rule in enumerate(schedule.points, start=1)
        if (not rule.policies or policy in rule.policies) and (not rule.severities or severity in rule.severities)
        and occurrence >= rule.occurrence)
    found = next(fitting, None)
    if found is None:
        raise NoPointsRule(f"The pack has no points for {policy} of severity {severity}.", field="severity")
    return found


def reach(
        work: Work, id: ViolationId, tally: Tally, values: tuple[int, int], crossed: tuple[Threshold, ...], cause: int) -> None:
    """Record that thresholds were reached, and take the steps of the strictest: a pack lists them from mild to strict."""
    strictest = crossed[-1]
    kind: type[ThresholdReached] = MilestoneCrossed if tally == SCORE_TALLY else RepeatOffenceThresholdReached
    version = work.follow(kind(
        milestone_id=MilestoneId(derived(id, "milestone", tally, strictest.at)), tally=tally, threshold=strictest.at,
        value_before=values[0], value_after=values[1], violation_id=id, pack=work.scheme_hash,
        strictest_of=tuple(Fired(tally, threshold.at, threshold.comparison) for threshold in crossed),
        entries=tuple(entry.id for entry in work.account.standing.ledger.on(tally))), cause)
    take_steps(work, id, confirmed(work.account, id), counter_of(tally), strictest.steps, version, resting_on(work, tally))


def resting_on(work: Work, tally: Tally) -> tuple[ViolationId, ...]:
    """The violations whose live entries a tally counts."""
    sources = (ViolationId(entry.source) for entry in work.account.standing.ledger.on(tally))
    return tuple(dict.fromkeys(source for source in sources if source in work.account.violations))


def warn_when_near(work: Work, id: ViolationId, tally: Tally, counter: Counter, value: int, cause: int) -> None:
    """Warn the creator when the next armed threshold is near."""
    ahead = [t.at for t in counter.thresholds if work.account.standing.ledger.armed(tally, t.at, t.comparison)]
    near = [at for at in ahead if abs(value - at) <= (counter.near_warning or 0)]
    if near:
        work.follow(WarningIssued(kind=WarningKind.NEAR_MILESTONE, violation_id=id, milestone=near[0], value=value), cause)


def take_steps(
        work: Work, id: ViolationId, violation: Confirmed, channel: str, steps: tuple[Step, ...], cause: int,
        violations: tuple[ViolationId, ...] = ()) -> None:
    """Impose or propose what the steps of a threshold or zero-tolerance rule say; for what another system decided, that system did."""
    for step in () if violation.origin else steps:
        restrictions = restrictions_of(step, violation.content_id)
        penalty = PenaltyId(derived(id, channel, step.kind, *restrictions))
        if penalty in work.account.standing.penalties or penalty in work.account.standing.proposals:
            continue
        lapses_at = None
        if step.mode is StepMode.PROPOSED and step.approve_within is not None:
            lapses_at = end_of(work.at, step.approve_within, work.zone)
            work.follow(PenaltyProposed(
                penalty_id=penalty, kind=step.kind, channel=channel, trigger=id, violations=violations or (id,), restrictions=restrictions,
                duration=step.duration, lapses_at=lapses_at, decided_by=violation.decided_by, restorable=step.restorable), cause)
        if lapses_at is None or step.interim:
            ends_at = lapses_at or (end_of(work.at, step.duration, work.zone) if step.duration else None)
            work.follow(PenaltyImposed(
                penalty_id=penalty, kind=step.kind, channel=channel, trigger=id, violations=violations or (id,), restrictions=restrictions,
                starts_at=work.at, ends_at=ends_at, decided_by=violation.decided_by, restorable=step.restorable or lapses_at is not None,
                interim=lapses_at is not None), cause)


def restrictions_of(step: Step, content: ContentId) -> tuple[Restriction, ...]:
    """The restrictions of a step because of a violation in that content: each capability in each category and territory."""
    item = content if step.on_content else "*"
    return tuple(
        Restriction(capability, category, territory, item)
        for capability in step.capabilities for category in step.categories for territory in step.territories)
