"""What it means that a decision falls, wholly or in part, by whichever way: the same effect for an appeal, a dispute, a court, an error found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from domain.creator.commission import CommissionReinstated
from domain.creator.content import ContentDemoted, ContentLabelled, measure_id, release_content, release_measure
from domain.creator.finding import Factor
from domain.creator.grammar import Work
from domain.creator.overturn import Ground, amended_by, lighten, overturn, reverse, shorten_to, stands
from domain.creator.penalties import PenaltyImposed, PenaltyLifted, PenaltyProposalLapsed, find, wider
from domain.creator.points import MilestoneReversed
from domain.creator.state import PERSON, Account, Measure, Penalty, Restriction
from domain.creator.subjects import Decision, Subject, enforced
from domain.facts import Personal
from domain.identity import ContentId, ForfeitureId, MeasureId, MilestoneId, PenaltyId, ViolationId, derived
from domain.packs.model import Severity
from domain.refusals import Refused

LIGHTEST_FIRST = (Measure.LABELLED, Measure.DEMOTED, Measure.REMOVED)


class Relief(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What becomes of a decision that falls in part; never a bare figure.

    Of a violation `severity`, `leaf` and `factors` as found now, or the `items` of its batch that were not in breach. Of a penalty an
    earlier `ends_at`, or a milder `kind` with the `restrictions` that it leaves. Of a milestone an earlier `ends_at` for what was enforced.
    Of a content measure a milder `measure` (with its `label`).
    """

    severity: Severity | None = None
    leaf: str | None = None
    factors: tuple[Factor, ...] = ()
    items: tuple[ContentId, ...] = ()
    ends_at: datetime | None = None
    kind: str = ""
    restrictions: tuple[Restriction, ...] = ()
    measure: Measure | None = None
    label: str = ""


class Fall(msgspec.Struct, frozen=True):
    """How a decision falls: by which way, because of which kind of error, with what in its place (None: nothing), and why.

    `keep` and `lift` name the penalties that people placed because of a violation that falls.
    """

    subject: UUID
    ground: Ground
    root_cause: str
    reasons: Personal
    relief: Relief | None = None
    keep: tuple[PenaltyId, ...] = ()
    lift: tuple[PenaltyId, ...] = ()


class PersonalPenaltyUndecided(Refused):
    """Where a violation falls, the decision must say what becomes of the penalties that people placed because of it."""


class ReliefInvalid(Refused):
    """What should take the decision's place does not fit it, changes nothing, or is not milder."""


def refuse_unfit(work: Work, decision: Decision, fall: Fall) -> None:
    """Refuse a fall that leaves open what becomes of a person's penalty, or puts in the place of a decision what does not fit it."""
    placed = by_people(work.account, fall.subject) if fall.relief is None else ()
    refuse_unless_named(fall, placed)
    if fall.relief is not None:
        given = {name for name in Relief.__struct_fields__ if getattr(fall.relief, name) != getattr(Relief(), name)}
        fitting = FITTING[decision.kind]
        if not given or not given <= fitting:
            right = ", ".join(sorted(fitting)) or "nothing: it stands or falls as a whole"
            raise ReliefInvalid(f"Of a {decision.kind.lower().replace('_', ' ')} may be changed: {right}.", field="relief")


FITTING: dict[Subject, frozenset[str]] = {
    Subject.VIOLATION: frozenset({"severity", "leaf", "factors", "items"}),
    Subject.PENALTY: frozenset({"ends_at", "kind", "restrictions"}),
    Subject.MILESTONE: frozenset({"ends_at"}),
    Subject.FORFEITURE: frozenset(),
    Subject.CONTENT_MEASURE: frozenset({"measure", "label"}),
}


def by_people(account: Account, subject: UUID) -> tuple[Penalty, ...]:
    """Live penalties that people placed because of a violation."""
    return tuple(penalty for penalty in account.standing.penalties.values() if penalty.by_person and subject in penalty.violations)


def refuse_unless_named(fall: Fall, placed: Sequence[Penalty]) -> None:
    """Refuse a decision that leaves open what becomes of a person's penalty, or names another one."""
    named, placed_ids = {*fall.keep, *fall.lift}, {penalty.id for penalty in placed}
    if named != placed_ids or set(fall.keep) & set(fall.lift):
        listed = ", ".join(str(id) for id in placed_ids) or "none"
        raise PersonalPenaltyUndecided(f"Name each of these in keep or in lift, and no other: {listed}.", field="keep")


def newly_imposed(work: Work, fall: Fall) -> tuple[UUID, ...]:
    """What will stand in the place of the penalty or measure that falls: to be named in the decision."""
    relief, taken = fall.relief, work.account.measures.get(MeasureId(fall.subject))
    if relief is not None and relief.restrictions:
        return (derived(work.creator, "penalty", PERSON, relief.kind, work.account.version + 1),)
    if relief is not None and relief.measure is not None and taken is not None:
        return (measure_id(taken.violation, taken.content_id, relief.measure),)
    return ()


def let_fall(work: Work, kind: Subject, fall: Fall, imposed: tuple[UUID, ...], cause: int) -> None:
    """Undo a decision, or put something milder in its place; `cause` is the version of the fact that says so."""
    if fall.relief is None:
        undo(work, kind, fall, cause)
    else:
        relieve(work, kind, fall, fall.relief, imposed, cause)


def undo(work: Work, kind: Subject, fall: Fall, cause: int) -> None:
    """Undo a decision with all it caused."""
    account, subject = work.account, fall.subject
    match kind:
        case Subject.VIOLATION:
            fallen = overturn(work, ViolationId(subject), fall.ground, fall.root_cause, cause)
            release_content(work, ViolationId(subject), fallen)
            for lifted in fall.lift:
                work.follow(PenaltyLifted(penalty_id=lifted, reasons=fall.reasons), cause)
        case Subject.PENALTY:
            undo_penalty(work, PenaltyId(subject), cause)
        case Subject.MILESTONE:
            crossed, imposed = account.milestones[MilestoneId(subject)], enforced(account, subject)
            version = work.follow(MilestoneReversed(
                milestone_id=MilestoneId(subject), violation_id=crossed.violation, tally=crossed.tally, threshold=crossed.threshold), cause)
            for penalty in imposed:
                undo_penalty(work, penalty.id, version)
        case Subject.FORFEITURE:
            lost = account.forfeitures[ForfeitureId(subject)]
            work.follow(CommissionReinstated(
                forfeiture_id=ForfeitureId(subject), freeze_id=lost.freeze, amount=lost.amount, currency=lost.currency), cause)
        case Subject.CONTENT_MEASURE:
            release_measure(work, account.measures[MeasureId(subject)], cause)


def undo_penalty(work: Work, id: PenaltyId, cause: int) -> None:
    """Undo one penalty, in force or over, and the proposal that it was the interim of."""
    penalty = find(work.account, id)
    if penalty is not None and not penalty.reversed:
        reverse(work, penalty, cause)
    if id in work.account.standing.proposals:
        work.follow(PenaltyProposalLapsed(penalty_id=id), cause)


def relieve(work: Work, kind: Subject, fall: Fall, relief: Relief, imposed: tuple[UUID, ...], cause: int) -> None:
    """Put something milder in the place of a decision."""
    match kind:
        case Subject.VIOLATION:
            relieve_violation(work, ViolationId(fall.subject), fall, relief, cause)
        case Subject.PENALTY:
            penalty = live(work, PenaltyId(fall.subject))
            if imposed or relief.kind:
                replace(work, penalty, fall, relief, PenaltyId(imposed[0]) if imposed else penalty.id, cause)
            else:
                shorten(work, [penalty], relief, cause)
        case Subject.MILESTONE:
            standing = work.account.standing.penalties
            shorten(work, [one for one in enforced(work.account, fall.subject) if one.id in standing], relief, cause)
        case Subject.CONTENT_MEASURE:
            relieve_measure(work, MeasureId(fall.subject), relief, cause)
        case Subject.FORFEITURE:
            raise ReliefInvalid("A forfeiture stands or falls as a whole.", field="relief")


def relieve_violation(work: Work, id: ViolationId, fall: Fall, relief: Relief, cause: int) -> None:
    """Find a violation lighter, or release items of its batch."""
    known = stands(work.account, id)
    if not set(relief.items) <= set(known.items):
        raise ReliefInvalid(f"Of the batch, these items can be released: {', '.join(known.items) or 'none'}.", field="relief.items")
    left = tuple(item for item in known.items if item not in relief.items)
    amended = msgspec.structs.replace(amended_by(known, relief.severity, relief.leaf, None), items=left)
    if amended == known and not relief.factors:
        raise ReliefInvalid("The violation was found so before.", field="relief")
    lighten(work, id, amended, relief.factors, fall.reasons, cause)
    for taken in tuple(work.account.measures.values()):
        if taken.violation == id and taken.content_id in relief.items:
            release_measure(work, taken, cause)


def live(work: Work, id: PenaltyId) -> Penalty:
    """The penalty, which must be in force, and wait for nobody's approval, to be made milder."""
    penalty = work.account.standing.penalties.get(id)
    if penalty is None or id in work.account.standing.proposals:
        raise ReliefInvalid("The penalty is over, or holds only until it is approved: it stands or falls as a whole.", field="relief")
    return penalty


def shorten(work: Work, penalties: Sequence[Penalty], relief: Relief, cause: int) -> None:
    """Let penalties end earlier: those that do not anyway."""
    at = relief.ends_at
    longer = [one for one in penalties if at is not None and (one.ends_at is None or at < one.ends_at)]
    if at is None or not longer:
        raise ReliefInvalid("Give an end that is earlier than the one it has.", field="relief.ends_at")
    for penalty in longer:
        shorten_to(work, penalty, at, cause)


def replace(work: Work, penalty: Penalty, fall: Fall, relief: Relief, id: PenaltyId, cause: int) -> None:
    """Lift a penalty, and put a milder one in its place, from its beginning on."""
    ends = [end for end in (penalty.ends_at, relief.ends_at) if end is not None]
    covered = all(any(wider(old, new) for old in penalty.restrictions) for new in relief.restrictions)
    later = relief.ends_at is not None and penalty.ends_at is not None and relief.ends_at > penalty.ends_at
    same = set(relief.restrictions) == set(penalty.restrictions) and min(ends, default=None) == penalty.ends_at
    if not relief.kind or not relief.restrictions or not covered or later or same or (ends and min(ends) <= work.at):
        raise ReliefInvalid(
            "Give a kind, with restrictions within those of the penalty and an end that lies ahead and not after its own; one of them milder.",
            field="relief.restrictions")
    version = work.follow(PenaltyLifted(penalty_id=penalty.id, reasons=fall.reasons), cause)
    work.follow(PenaltyImposed(
        penalty_id=id, kind=relief.kind, channel=PERSON, trigger=ViolationId(id), violations=penalty.violations,
        restrictions=relief.restrictions, starts_at=penalty.starts_at, ends_at=min(ends, default=None), decided_by=work.actor.id,
        reasons=fall.reasons), version)


def relieve_measure(work: Work, id: MeasureId, relief: Relief, cause: int) -> None:
    """Put a milder measure on a content item in the place of one in force."""
    taken = work.account.measures[id]
    if relief.measure is None or LIGHTEST_FIRST.index(relief.measure) >= LIGHTEST_FIRST.index(taken.measure):
        raise ReliefInvalid(f"Give a measure that is milder than {taken.measure.lower()}.", field="relief.measure")
    if (relief.measure is Measure.LABELLED) is not bool(relief.label):
        raise ReliefInvalid("Give the label with the measure LABELLED, and with no other.", field="relief.label")
    release_measure(work, taken, cause)
    milder = measure_id(taken.violation, taken.content_id, relief.measure)
    if milder in work.account.measures:
        return
    if relief.measure is Measure.LABELLED:
        work.follow(ContentLabelled(
            measure_id=milder, content_id=taken.content_id, violation_id=taken.violation, label=relief.label), cause)
    else:
        work.follow(ContentDemoted(measure_id=milder, content_id=taken.content_id, violation_id=taken.violation), cause)
