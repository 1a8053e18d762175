"""Why a penalty was imposed or proposed, what became of it, and why something is restricted now."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from domain.calendar import Duration
from domain.creator.approvals import PenaltyApproved
from domain.creator.enforcement import RULES_REVISION, restrictions_of
from domain.creator.explaining.chronicle import Chronicle
from domain.creator.explaining.explanations import (
    Became,
    Change,
    ChangedBy,
    PenaltyExplained,
    RestrictionExplained,
    Rule,
    ThresholdExplained,
)
from domain.creator.explaining.thresholds import explain_threshold, rule, threshold_of
from domain.creator.finding import Finding
from domain.creator.judgement import AppealDecided
from domain.creator.overruling import DecisionOverturned, DisputeOutcomeImplemented
from domain.creator.overturn import Ground, ViolationAmended, ViolationOverturned
from domain.creator.penalties import (
    PERMISSION_REVOKED,
    PERMISSION_SUSPENDED,
    RECOMMENDATION_INELIGIBLE,
    ExternalPenaltyRecorded,
    PenaltyExpired,
    PenaltyImposed,
    PenaltyLifted,
    PenaltyProposalDeclined,
    PenaltyProposalLapsed,
    PenaltyProposed,
    PenaltyReversed,
    PenaltyShortened,
    PermissionRestored,
    PermissionRevoked,
    PermissionSuspended,
    RecommendationEligibilityRestored,
    RecommendationEligibilityRevoked,
)
from domain.creator.penalties import restrictions_of as restrictions_on
from domain.creator.points import MilestoneReversed, ThresholdReached
from domain.creator.state import EXTERNAL, PERSON, Account, Restriction
from domain.facts import Actor, Event, Fact
from domain.identity import PenaltyId, ViolationId, derived
from domain.packs.model import Step

ByHand = PermissionSuspended | PermissionRevoked | RecommendationEligibilityRevoked
Beginning = PenaltyImposed | PenaltyProposed | ByHand | ExternalPenaltyRecorded
Ruling = AppealDecided | DecisionOverturned | DisputeOutcomeImplemented
BY_HAND: dict[type[Event], str] = {
    PermissionSuspended: PERMISSION_SUSPENDED, PermissionRevoked: PERMISSION_REVOKED,
    RecommendationEligibilityRevoked: RECOMMENDATION_INELIGIBLE}
BECAME: dict[type[Event], Became] = {
    PenaltyApproved: Became.APPROVED, PenaltyImposed: Became.IMPOSED, PenaltyProposed: Became.PROPOSED_ANEW, PenaltyShortened: Became.SHORTENED,
    PenaltyExpired: Became.EXPIRED, PenaltyLifted: Became.LIFTED, PermissionRestored: Became.LIFTED,
    RecommendationEligibilityRestored: Became.LIFTED, PenaltyReversed: Became.REVERSED, PenaltyProposalLapsed: Became.LAPSED,
    PenaltyProposalDeclined: Became.DECLINED}


class Because(NamedTuple):
    """By what a penalty changed: the violation that fell or was amended, by which way, and who decided just this."""

    by: ChangedBy
    violation: ViolationId | None = None
    ground: str = ""
    actor: Actor | None = None


class Origin(NamedTuple):
    """What the rules decided a penalty by."""

    rule: Rule | None = None
    threshold: ThresholdExplained | None = None
    duration: Duration | None = None


def explain_penalty(told: Chronicle, id: PenaltyId) -> PenaltyExplained | None:
    """Why a penalty was decided, and what became of it; None if the account has none of that id."""
    facts = told.about(id)
    if not facts:
        return None
    first, *others = facts
    event = first.event
    assert isinstance(event, Beginning)  # noqa: S101  # nothing can become of a penalty before it began
    interim = next((one.event for one in others if isinstance(one.event, PenaltyImposed) and one.event.interim), None)
    begun = interim if isinstance(event, PenaltyProposed) else event
    channel, replaced = channel_of(event), replaced_by(told, first)
    by_hand = channel in (PERSON, EXTERNAL)
    origin = Origin() if by_hand else origin_of(told, first)
    return PenaltyExplained(
        revision=RULES_REVISION, version=first.version, at=first.occurred_at, penalty=id, kind=kind_of(event),
        channel=channel, trigger=event.trigger if isinstance(event, PenaltyImposed | PenaltyProposed) and not by_hand else None,
        violations=event.violations,
        restrictions=event.restrictions, proposed=isinstance(event, PenaltyProposed),
        lapses_at=event.lapses_at if isinstance(event, PenaltyProposed) else None, duration=origin.duration,
        starts_at=None if begun is None else starts_at(begun, first), ends_at=None if begun is None else ends_at(begun),
        rule=origin.rule, threshold=origin.threshold,
        decided_by=(because(told, replaced).actor if replaced else first.actor) if channel == PERSON else None,
        in_place_of=replaced.event.penalty_id if replaced and isinstance(replaced.event, PenaltyLifted) else None,
        changes=tuple(change(told, one) for one in others if one.event is not interim))


def replaced_by(told: Chronicle, first: Fact) -> Fact | None:
    """The lifting of the penalty whose place one took; None if it took no other's."""
    cause = told.cause(first)
    return cause if cause and isinstance(cause.event, PenaltyLifted) else None


def channel_of(event: Beginning) -> str:
    """What imposed it."""
    match event:
        case PenaltyImposed() | PenaltyProposed():
            return event.channel
        case ExternalPenaltyRecorded():
            return EXTERNAL
        case _:
            return PERSON


def kind_of(event: Beginning) -> str:
    """What kind of penalty it is."""
    return BY_HAND[type(event)] if isinstance(event, ByHand) else event.kind


def starts_at(event: Beginning, fact: Fact) -> datetime:
    """When it began."""
    return event.starts_at if isinstance(event, PenaltyImposed) else fact.occurred_at


def ends_at(event: Beginning) -> datetime | None:
    """When it was to end, as it was decided."""
    return None if isinstance(event, PenaltyProposed | PermissionRevoked) else event.ends_at


def origin_of(told: Chronicle, first: Fact) -> Origin:
    """By which rule of which pack a penalty was decided."""
    cause, event = told.cause(first), first.event
    if cause is None or not isinstance(event, PenaltyImposed | PenaltyProposed):
        return Origin()
    finding = told.finding(event.trigger)
    if isinstance(cause.event, ThresholdReached):
        threshold = explain_threshold(told, cause.version)
        _, found = threshold_of(told.packs.by_hash(cause.event.pack), cause.event)
        step = step_of(event, finding, found.steps)
        return Origin(threshold.rule if threshold else None, threshold, step.duration if step else None)
    published, feature = told.pack(cause.version), finding.content.feature
    for row, tolerance in enumerate(published.pack.zero_tolerance, start=1):
        takes = tolerance.counts.takes(finding.policy, finding.severity, feature)
        if takes and (step := step_of(event, finding, tolerance.steps)):
            return Origin(rule(published, "zero_tolerance", row), None, step.duration)
    return Origin()


def step_of(event: PenaltyImposed | PenaltyProposed, finding: Finding, steps: tuple[Step, ...]) -> Step | None:
    """The step that gave a penalty: its id is derived from it."""
    return next((
        step for step in steps
        if PenaltyId(derived(event.trigger, event.channel, step.kind, *restrictions_of(step, finding.content.id))) == event.penalty_id), None)


def change(told: Chronicle, fact: Fact) -> Change:
    """What became of a penalty by one fact."""
    event, found = fact.event, because(told, fact)
    return Change(
        became=BECAME[type(event)], by=found.by, version=fact.version, at=fact.occurred_at,
        ends_at=event.ends_at if isinstance(event, PenaltyShortened | PenaltyImposed) else None,
        ended_before=event.ended_before if isinstance(event, PenaltyShortened) else None,
        served_seconds=event.served_seconds if isinstance(event, PenaltyShortened | PenaltyReversed) else 0,
        violation=found.violation, ground=found.ground, actor=found.actor)


def because(told: Chronicle, fact: Fact) -> Because:
    """By what something changed: what the fact follows from says so; one that follows from nothing was decided for itself."""
    cause = told.cause(fact)
    if cause is None:
        return Because(ChangedBy.DECISION, actor=fact.actor)
    match cause.event:
        case ViolationOverturned() as fallen:
            return Because(ChangedBy.OVERTURN, fallen.violation_id, fallen.ground)
        case ViolationAmended() as amended:
            return Because(ChangedBy.AMENDMENT, amended.violation_id, because(told, cause).ground)
        case PenaltyShortened() | MilestoneReversed():
            return because(told, cause)
        case AppealDecided() | DecisionOverturned() | DisputeOutcomeImplemented() as ruling:
            return by_ruling(told, ruling, cause.actor)
        case _:
            return Because(ChangedBy.DECISION if isinstance(cause.event, PenaltyApproved) else ChangedBy.TIME)


def by_ruling(told: Chronicle, ruling: Ruling, actor: Actor) -> Because:
    """What a ruling changed by itself: it was about the penalty or its milestone, or about a violation that fell, and said so of the penalty."""
    ground = ruling.ground if isinstance(ruling, DecisionOverturned) else Ground.APPEAL if isinstance(ruling, AppealDecided) else Ground.DISPUTE
    violation = ViolationId(ruling.subject)
    if violation in told.confirmed:
        return Because(ChangedBy.OVERTURN, violation, ground, actor)
    return Because(ChangedBy.REVIEW, None, ground, actor)


def explain_restriction(told: Chronicle, account: Account, restriction: Restriction) -> RestrictionExplained | None:
    """Why the account may not do something as it stands: all penalties in force that it comes from; None if nothing restricts it so."""
    ids = restrictions_on(account).get(restriction, ())
    live = [account.standing.penalties[id] for id in ids]
    if not live:
        return None
    ends = [penalty.ends_at for penalty in live]
    return RestrictionExplained(
        revision=RULES_REVISION, restriction=restriction, since=min(penalty.starts_at for penalty in live),
        until=None if None in ends else max(end for end in ends if end),
        penalties=tuple(found for id in ids if (found := explain_penalty(told, id))))
