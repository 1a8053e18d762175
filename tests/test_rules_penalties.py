"""Penalties: imposed by the ladder or by a person, proposed and approved, shortened, lifted, and carried out by the platform."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.creator import decider
from domain.creator.approvals import ApprovePenalty, DeclinePenalty, FourEyesRequired, PenaltyApproved, ProposalUnknown, SameApprover
from domain.creator.carrying_out import Report, ReportRestriction
from domain.creator.notices import DeliverNotice
from domain.creator.penalties import (
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
    RestrictionApplied,
    RestrictionFailed,
    RestrictionLifted,
    RestrictionRequested,
    restrictions_of,
)
from domain.creator.sanctions import (
    CapabilityUnknown,
    ImposePenalty,
    LiftPenalty,
    PenaltyAlreadyActive,
    PenaltyEndBeforeStart,
    PenaltyNotShorter,
    PenaltyUnknownOrEnded,
    PenaltyWithoutViolation,
    PermissionNotHeld,
    PersonRequired,
    RestorePermission,
    RestoreRecommendationEligibility,
    RevocationFinal,
    RevokePermission,
    RevokeRecommendationEligibility,
    ShortenPenalty,
    SuspendPermission,
    TerminationNoticeTooShort,
)
from domain.creator.scheme import AccountType, RegisterCreator
from domain.creator.state import PERSON, Restriction
from domain.creator.violations import DismissViolation, SuspectViolation
from domain.creator.warnings import ReasonsRequired
from domain.facts import Actor, ActorKind, Personal
from domain.identity import PenaltyId, ViolationId
from domain.packs.catalogue import Catalogue
from domain.packs.model import Comparison, Severity, Shape
from tests.rulebook import (
    MODEL,
    MODERATOR,
    REASONS,
    SECOND,
    SHIPPED,
    START,
    Outcome,
    Story,
    at,
    counting,
    laddered,
    pack_of,
    plain,
    proposed,
    published,
    restricted,
    step,
    stories_are_replayed,
)

__all__ = ["stories_are_replayed"]

PLAIN = published([plain()])
LIVE = restricted("LIVE_SELLING")
TICK = timedelta(microseconds=1)
SOON = START + timedelta(days=3)
ENDS = datetime(2026, 3, 10, tzinfo=UTC)  # seven days from the START's day, at midnight
LAPSES = START + timedelta(hours=72)
NOBODY = PenaltyId(uuid4())


def guilty(packs: Catalogue = PLAIN) -> Story:
    """An account with a violation that led to nothing but points."""
    told = Story(packs=packs)
    told.deduct(5)
    return told


def impose(told: Story, *, by: Actor = MODERATOR, **parts: Any) -> Outcome:
    given: dict[str, Any] = {"kind": "LIVE_BAN", "violations": (told.latest,), "restrictions": LIVE, "reasons": REASONS, "ends_at": SOON}
    return told.when(ImposePenalty(creator=told.creator, **(given | parts)), by)


def suspend(told: Story, *, by: Actor = MODERATOR, **parts: Any) -> Outcome:
    given: dict[str, Any] = {"violations": (told.latest,), "restrictions": LIVE, "reasons": REASONS, "ends_at": SOON}
    return told.when(SuspendPermission(creator=told.creator, **(given | parts)), by)


def revoke(told: Story, *, by: Actor = MODERATOR, **parts: Any) -> Outcome:
    given: dict[str, Any] = {"violations": (told.latest,), "restrictions": LIVE, "reasons": REASONS}
    return told.when(RevokePermission(creator=told.creator, **(given | parts)), by)


def lift(told: Story, penalty: PenaltyId, *, by: Actor = MODERATOR, reasons: Personal = REASONS) -> Outcome:
    return told.when(LiftPenalty(creator=told.creator, penalty_id=penalty, reasons=reasons), by)


def shorten(told: Story, penalty: PenaltyId, ends_at: datetime, *, by: Actor = MODERATOR, reasons: Personal = REASONS) -> Outcome:
    return told.when(ShortenPenalty(creator=told.creator, penalty_id=penalty, ends_at=ends_at, reasons=reasons), by)


def report(told: Story, penalty: PenaltyId, what: Report, detail: str = "") -> Outcome:
    return told.when(ReportRestriction(creator=told.creator, penalty_id=penalty, report=what, detail=Personal(detail) if detail else None), MODEL)


# Of the ladder

@pytest.mark.parametrize(("moment", "live"), [(ENDS - TICK, 1), (ENDS, 0), (ENDS + TICK, 0)])
def test_a_penalty_of_seven_days_is_over_at_the_midnight_that_ends_the_seventh(moment: datetime, live: int) -> None:
    told = Story(packs=PLAIN)
    assert told.deduct(50).one(PenaltyImposed).ends_at == ENDS
    told.at(moment).settle()
    assert len(told.penalties) == live


def test_that_a_penalty_ended_is_recorded_at_the_moment_it_did_and_names_what_imposed_it() -> None:
    told = Story(packs=PLAIN)
    told.deduct(50)
    told.days(30).settle()
    fact = next(fact for fact in told.facts if isinstance(fact.event, PenaltyExpired))
    assert fact.occurred_at == ENDS
    assert fact.cause is not None
    assert isinstance(told.facts[fact.cause.version - 1].event, PenaltyImposed)


def test_a_penalty_without_end_does_not_expire() -> None:
    told = Story(packs=laddered(at(150, step(days=None))))
    told.deduct(50)
    told.days(5000).settle()
    assert len(told.penalties) == 1


def test_a_step_restricts_each_capability_in_each_category_and_territory() -> None:
    told = Story(packs=laddered(at(150, step(capabilities=("A", "B"), categories=("x", "y"), territories=("DE",)))))
    assert told.deduct(50).one(PenaltyImposed).restrictions == tuple(Restriction(a, c, "DE") for a in "AB" for c in "xy")


def test_a_step_on_content_restricts_the_item_of_the_violation_alone() -> None:
    told = Story(packs=laddered(at(150, step(on_content=True))))
    assert told.deduct(50, "video-7").one(PenaltyImposed).restrictions == (Restriction("LIVE_SELLING", item="video-7"),)


def test_the_same_step_written_twice_is_taken_once() -> None:
    told = Story(packs=laddered(at(150, step(), step())))
    told.deduct(50).one(PenaltyImposed)
    told = Story(packs=laddered(at(150, proposed(), proposed())))
    told.deduct(50).one(PenaltyProposed)


def test_what_a_creator_may_not_do_is_the_union_over_penalties_each_named() -> None:
    told = Story(packs=PLAIN)
    told.deduct(50)
    automatic = told.penalties[0].id
    held = suspend(told).one(PermissionSuspended).penalty_id
    assert restrictions_of(told.account)[Restriction("LIVE_SELLING")] == (automatic, held)
    assert restrictions_of(told.account)[Restriction("CAMPAIGN")] == (automatic,)


# Zero tolerance and proposals

def severe(by: Actor = MODERATOR, packs: Catalogue = PLAIN) -> tuple[Story, PenaltyId]:
    """A violation without tolerance, with its proposal."""
    told = Story(packs=packs)
    outcome = told.deduct(1, policy="MINOR_SAFETY", severity=Severity.SEVERE, by=by) if by.is_person else told.confirm(
        policy="MINOR_SAFETY", severity=Severity.SEVERE, by=by)
    return told, outcome.one(PenaltyProposed).penalty_id


def approve(told: Story, penalty: PenaltyId, by: Actor = SECOND) -> Outcome:
    return told.when(ApprovePenalty(creator=told.creator, penalty_id=penalty), by)


def decline(told: Story, penalty: PenaltyId, by: Actor = SECOND, reasons: Personal = REASONS) -> Outcome:
    return told.when(DeclinePenalty(creator=told.creator, penalty_id=penalty, reasons=reasons), by)


def test_zero_tolerance_proposes_a_penalty_and_restricts_in_the_interim_whatever_the_score() -> None:
    told, id = severe()
    [interim] = told.penalties
    assert (interim.id, interim.interim, interim.ends_at, interim.channel) == (id, True, LAPSES, "ZERO_TOLERANCE")
    assert told.account.standing.proposals[id].lapses_at == LAPSES
    assert told.score == 199


def test_a_severity_that_zero_tolerance_does_not_name_proposes_nothing() -> None:
    told = Story(packs=PLAIN)
    told.deduct(1, policy="AIGC_MISUSE", severity=Severity.SEVERE).excludes(PenaltyProposed, PenaltyImposed)


def test_a_second_person_approves_and_the_penalty_takes_effect_from_then() -> None:
    told, id = severe()
    told.days(1)
    imposed = approve(told, id).then(PenaltyApproved, PenaltyImposed).one(PenaltyImposed)
    assert (imposed.approved_by, imposed.decided_by, imposed.interim, imposed.ends_at) == (SECOND.id, MODERATOR.id, False, None)
    assert imposed.starts_at == told.now
    assert told.account.standing.proposals == {}
    assert [penalty.interim for penalty in told.penalties] == [False]
    told.days(30).settle()
    assert len(told.penalties) == 1, "the interim's end is not the penalty's"


def test_whoever_decided_the_violation_cannot_approve_nor_decline_its_penalty() -> None:
    told, id = severe()
    approve(told, id, MODERATOR).refused(SameApprover)
    decline(told, id, MODERATOR).refused(SameApprover)


def test_a_machine_neither_approves_nor_declines() -> None:
    told, id = severe()
    approve(told, id, MODEL).refused(FourEyesRequired)
    decline(told, id, MODEL).refused(FourEyesRequired)
    decline(told, id, Actor(ActorKind.SYSTEM, "governance")).refused(FourEyesRequired)


def test_of_a_model_s_decision_any_person_may_approve_the_penalty() -> None:
    told, id = severe(by=MODEL)
    approve(told, id, MODERATOR).includes(PenaltyImposed)


def test_a_declined_proposal_falls_with_its_interim_restriction() -> None:
    told, id = severe()
    decline(told, id).then(PenaltyProposalDeclined)
    assert (told.penalties, told.account.standing.proposals) == ([], {})
    approve(told, id).refused(ProposalUnknown)


def test_a_proposal_is_declined_with_reasons() -> None:
    told, id = severe()
    decline(told, id, reasons=Personal(" ")).refused(ReasonsRequired)


@pytest.mark.parametrize(("moment", "waits"), [(LAPSES - TICK, True), (LAPSES, False), (LAPSES + TICK, False)])
def test_a_proposal_that_nobody_approves_in_72_hours_lapses_with_its_interim_restriction(moment: datetime, waits: bool) -> None:  # noqa: FBT001
    told, id = severe()
    told.at(moment).settle()
    assert bool(told.penalties) is bool(told.account.standing.proposals) is waits
    if waits:
        approve(told, id).includes(PenaltyImposed)
    else:
        assert [fact.occurred_at for fact in told.facts if isinstance(fact.event, PenaltyProposalLapsed)] == [LAPSES]
        approve(told, id).refused(ProposalUnknown)


def test_a_proposal_that_never_was_is_neither_approved_nor_declined() -> None:
    approve(guilty(), NOBODY).refused(ProposalUnknown)
    decline(guilty(), NOBODY).refused(ProposalUnknown)


def test_a_penalty_in_force_waits_for_nobody() -> None:
    told = Story(packs=PLAIN)
    told.deduct(50)
    approve(told, told.penalties[0].id).refused(ProposalUnknown)


def test_a_proposal_without_interim_restricts_nothing_until_it_is_approved() -> None:
    told = Story(packs=laddered(at(150, proposed(days=2))))
    id = told.deduct(50).one(PenaltyProposed).penalty_id
    assert told.penalties == []
    told.days(1)
    assert approve(told, id).one(PenaltyImposed).ends_at == datetime(2026, 3, 6, tzinfo=UTC), "two days from the approval"


def test_an_interim_restriction_that_a_person_shortens_ends_then_and_the_proposal_goes_on_waiting() -> None:
    told, id = severe()
    sooner = START + timedelta(hours=10)
    shorten(told, id, sooner).then(PenaltyShortened)
    assert decider.next_change(told.account) == sooner
    told.at(sooner)
    assert [type(event) for event in told.settle()] == [PenaltyExpired]
    assert told.penalties == []
    approve(told, id).includes(PenaltyImposed)
    assert [penalty.interim for penalty in told.penalties] == [False]


def test_an_interim_restriction_that_a_person_lifted_comes_back_with_the_approval_and_is_applied_anew() -> None:
    told, id = severe()
    lift(told, id)
    assert told.penalties == []
    approve(told, id)
    report(told, id, Report.APPLIED).then(RestrictionApplied)
    assert id not in told.account.ended


# By a person

def test_a_person_imposes_a_penalty_because_of_a_violation() -> None:
    told = guilty()
    imposed = impose(told).then(PenaltyImposed).one(PenaltyImposed)
    assert (imposed.channel, imposed.decided_by, imposed.ends_at, imposed.violations) == (PERSON, MODERATOR.id, SOON, (told.latest,))
    told.at(SOON).settle()
    assert told.penalties == []


def test_a_person_suspends_a_permission_and_gives_it_back_early() -> None:
    told = guilty()
    id = suspend(told).then(PermissionSuspended).one(PermissionSuspended).penalty_id
    assert told.penalties[0].ends_at == SOON
    told.when(RestorePermission(creator=told.creator, penalty_id=id, reasons=REASONS)).then(PermissionRestored)
    assert told.penalties == []


def test_a_permission_that_a_person_revoked_comes_back_only_by_an_overturn() -> None:
    told = guilty()
    id = revoke(told).then(PermissionRevoked).one(PermissionRevoked).penalty_id
    told.when(RestorePermission(creator=told.creator, penalty_id=id, reasons=REASONS)).refused(RevocationFinal)
    lift(told, id).refused(RevocationFinal)
    shorten(told, id, SOON).refused(RevocationFinal)
    told.days(5000).settle()
    assert len(told.penalties) == 1
    told.overturn(id).includes(PenaltyReversed)
    assert told.penalties == []


def test_a_penalty_that_the_pack_makes_final_is_neither_lifted_nor_shortened() -> None:
    told = Story(packs=laddered(at(150, step(restorable=False))))
    id = told.deduct(50).one(PenaltyImposed).penalty_id
    lift(told, id).refused(RevocationFinal)
    shorten(told, id, SOON).refused(RevocationFinal)


def test_a_machine_places_no_penalty_by_hand() -> None:
    told = guilty()
    for outcome in (impose(told, by=MODEL), suspend(told, by=MODEL), revoke(told, by=MODEL), unrecommend(told, by=MODEL)):
        outcome.refused(PersonRequired)


@pytest.mark.parametrize("act", [impose, suspend, revoke])
def test_a_penalty_by_hand_needs_reasons_a_violation_and_something_to_take_away(act: Any) -> None:
    told = guilty()
    act(told, reasons=Personal(" ")).refused(ReasonsRequired)
    act(told, violations=()).refused(PenaltyWithoutViolation)
    act(told, violations=(ViolationId(uuid4()),)).refused(PenaltyWithoutViolation)
    act(told, violations=(told.latest, ViolationId(uuid4()))).refused(PenaltyWithoutViolation)
    act(told, restrictions=()).refused(PermissionNotHeld)


def test_a_violation_that_fell_or_was_dismissed_carries_no_penalty_and_a_suspicion_does() -> None:
    told = guilty()
    fallen = told.latest
    told.overturn(fallen)
    impose(told, violations=(fallen,)).refused(PenaltyWithoutViolation)
    told.when(SuspectViolation(creator=told.creator, finding=told.finding("video-9")))
    suspected = told.latest
    impose(told, violations=(suspected,)).includes(PenaltyImposed)
    told.when(SuspectViolation(creator=told.creator, finding=told.finding("video-10")))
    told.when(DismissViolation(creator=told.creator, violation_id=told.latest, reasons=REASONS))
    suspend(told).refused(PenaltyWithoutViolation)


@pytest.mark.parametrize(("ends_at", "fits"), [(START - TICK, False), (START, False), (START + TICK, True)])
def test_a_penalty_by_hand_ends_after_it_starts(ends_at: datetime, fits: bool) -> None:  # noqa: FBT001
    for act in (impose, suspend):
        outcome = act(guilty(), ends_at=ends_at)
        if fits:
            assert outcome.refusal is None
        else:
            outcome.refused(PenaltyEndBeforeStart)


@pytest.mark.parametrize(("ends_at", "fits"), [(SOON - TICK, False), (SOON, False), (SOON + TICK, True), (None, True)])
def test_what_a_person_has_imposed_is_imposed_again_only_for_longer(ends_at: datetime | None, fits: bool) -> None:  # noqa: FBT001
    told = guilty()
    impose(told)
    outcome = impose(told, ends_at=ends_at)
    if fits:
        outcome.includes(PenaltyImposed)
        assert len(told.penalties) == 2
    else:
        outcome.refused(PenaltyAlreadyActive)


def test_nothing_is_longer_than_a_penalty_without_end() -> None:
    told = guilty()
    impose(told, ends_at=None)
    impose(told, ends_at=None).refused(PenaltyAlreadyActive)
    impose(told).refused(PenaltyAlreadyActive)


def test_a_penalty_of_another_kind_or_of_more_than_is_in_force_is_another_one() -> None:
    told = guilty()
    impose(told)
    impose(told, kind="OTHER").includes(PenaltyImposed)
    impose(told, restrictions=restricted("LIVE_SELLING", "CAMPAIGN")).includes(PenaltyImposed)
    impose(told, restrictions=restricted("CAMPAIGN")).refused(PenaltyAlreadyActive)


def test_what_has_been_revoked_is_not_taken_away_again() -> None:
    told = guilty()
    revoke(told)
    suspend(told).refused(PermissionNotHeld)
    impose(told).refused(PermissionNotHeld)
    revoke(told).refused(PenaltyAlreadyActive)
    suspend(told, restrictions=restricted("CAMPAIGN")).includes(PermissionSuspended)


def test_a_person_s_hold_and_an_automatic_penalty_of_the_same_kind_overlap() -> None:
    told = Story(packs=PLAIN)
    told.deduct(50)
    kind, whole = told.penalties[0].kind, told.penalties[0].restrictions
    impose(told, kind=kind, restrictions=whole).includes(PenaltyImposed)
    assert [penalty.by_person for penalty in told.penalties] == [False, True]


# Independent lives

def both() -> tuple[Story, PenaltyId, PenaltyId]:
    """An automatic penalty and a person's of the same restriction."""
    told = Story(packs=laddered(at(150, step())))
    automatic = told.deduct(50).one(PenaltyImposed).penalty_id
    return told, automatic, suspend(told, ends_at=ENDS + timedelta(days=30)).one(PermissionSuspended).penalty_id


def test_lifting_the_automatic_penalty_leaves_the_person_s_hold() -> None:
    told, automatic, held = both()
    lift(told, automatic).then(PenaltyLifted)
    assert restrictions_of(told.account) == {Restriction("LIVE_SELLING"): (held,)}


def test_lifting_the_person_s_hold_leaves_the_automatic_penalty() -> None:
    told, automatic, held = both()
    lift(told, held).then(PenaltyLifted)
    assert restrictions_of(told.account) == {Restriction("LIVE_SELLING"): (automatic,)}


def test_the_automatic_penalty_expires_and_the_person_s_hold_stays() -> None:
    told, _, held = both()
    told.at(ENDS).settle()
    assert restrictions_of(told.account) == {Restriction("LIVE_SELLING"): (held,)}


def test_automation_never_ends_nor_shortens_what_a_person_placed() -> None:
    told, automatic, held = both()
    lift(told, held, by=MODEL).refused(PersonRequired)
    shorten(told, held, SOON, by=MODEL).refused(PersonRequired)
    told.when(RestorePermission(creator=told.creator, penalty_id=held, reasons=REASONS), MODEL).refused(PersonRequired)
    lift(told, automatic, by=MODEL).includes(PenaltyLifted)
    assert [penalty.id for penalty in told.penalties] == [held]


def test_a_person_s_hold_outlives_the_overturn_of_another_violation() -> None:
    told = Story(packs=laddered(at(150, step())))
    told.deduct(50)
    first = told.latest
    told.deduct(1)
    held = suspend(told).one(PermissionSuspended).penalty_id
    told.overturn(first).includes(PenaltyReversed)
    assert [penalty.id for penalty in told.penalties] == [held]


# Ended early

def test_a_penalty_is_lifted_with_reasons_and_only_once() -> None:
    told = Story(packs=PLAIN)
    id = told.deduct(50).one(PenaltyImposed).penalty_id
    lift(told, id, reasons=Personal("")).refused(ReasonsRequired)
    lift(told, id).then(PenaltyLifted)
    lift(told, id).refused(PenaltyUnknownOrEnded)
    shorten(told, id, SOON).refused(PenaltyUnknownOrEnded)
    lift(told, NOBODY).refused(PenaltyUnknownOrEnded)


@pytest.mark.parametrize(("ends_at", "refusal"), [
    (START - TICK, PenaltyEndBeforeStart), (START, PenaltyEndBeforeStart), (START + TICK, None), (ENDS - TICK, None), (ENDS, PenaltyNotShorter),
    (ENDS + TICK, PenaltyNotShorter)])
def test_a_penalty_is_shortened_to_an_end_that_lies_ahead_and_before_its_own(ends_at: datetime, refusal: Any) -> None:
    told = Story(packs=PLAIN)
    id = told.deduct(50).one(PenaltyImposed).penalty_id
    outcome = shorten(told, id, ends_at)
    if refusal:
        outcome.refused(refusal)
    else:
        shortened = outcome.then(PenaltyShortened).one(PenaltyShortened)
        assert (shortened.ended_before, shortened.served_seconds) == (ENDS, 0)
        told.at(ends_at).settle()
        assert told.penalties == []


def test_a_penalty_without_end_is_shortened_to_any_end_ahead() -> None:
    told = guilty()
    id = impose(told, ends_at=None).one(PenaltyImposed).penalty_id
    shorten(told, id, SOON).then(PenaltyShortened)
    shorten(told, id, SOON - TICK, reasons=Personal(" ")).refused(ReasonsRequired)


def test_a_penalty_that_is_over_cannot_be_lifted_at_the_instant_it_ended() -> None:
    told = Story(packs=PLAIN)
    id = told.deduct(50).one(PenaltyImposed).penalty_id
    lift(told.at(ENDS), id).refused(PenaltyUnknownOrEnded)


# Recommendation

def unrecommend(told: Story, *, by: Actor = MODERATOR, **parts: Any) -> Outcome:
    return told.when(RevokeRecommendationEligibility(creator=told.creator, **({"reasons": REASONS} | parts)), by)


def recommend(told: Story, penalty: PenaltyId, reasons: Personal = REASONS) -> Outcome:
    return told.when(RestoreRecommendationEligibility(creator=told.creator, penalty_id=penalty, reasons=reasons))


def test_an_account_or_an_item_is_taken_out_of_recommendation_without_a_violation_and_let_in_again() -> None:
    told = Story()
    account = unrecommend(told).then(RecommendationEligibilityRevoked).one(RecommendationEligibilityRevoked)
    item = unrecommend(told, item="video-1", ends_at=SOON).one(RecommendationEligibilityRevoked)
    assert set(restrictions_of(told.account)) == {Restriction("RECOMMENDATION"), Restriction("RECOMMENDATION", item="video-1")}
    recommend(told, account.penalty_id).then(RecommendationEligibilityRestored)
    told.at(SOON).settle()
    assert told.penalties == []
    recommend(told, item.penalty_id).refused(PenaltyUnknownOrEnded)


def test_taking_out_of_recommendation_needs_reasons_and_only_violations_that_stand() -> None:
    told = Story()
    unrecommend(told, reasons=Personal("")).refused(ReasonsRequired)
    unrecommend(told, violations=(ViolationId(uuid4()),)).refused(PenaltyWithoutViolation)
    unrecommend(told, ends_at=START).refused(PenaltyEndBeforeStart)
    unrecommend(told)
    unrecommend(told, ends_at=SOON).refused(PenaltyAlreadyActive)
    recommend(told, told.penalties[0].id, Personal(" ")).refused(ReasonsRequired)


def test_eligibility_is_restored_only_where_recommendation_alone_was_taken_away() -> None:
    told = guilty()
    recommend(told, suspend(told).one(PermissionSuspended).penalty_id).refused(PenaltyUnknownOrEnded)
    assert len(told.penalties) == 1


# Carried out

def test_a_restriction_is_requested_applied_and_after_its_end_lifted() -> None:
    told = Story(packs=PLAIN)
    id = told.deduct(50).one(PenaltyImposed).penalty_id
    report(told, id, Report.REQUESTED).then()
    report(told, id, Report.FAILED, "timeout").then(RestrictionFailed)
    report(told, id, Report.REQUESTED).then(RestrictionRequested)
    report(told, id, Report.APPLIED).then(RestrictionApplied)
    lift(told, id)
    report(told, id, Report.REQUESTED).then()
    report(told, id, Report.FAILED).then(RestrictionFailed)
    report(told, id, Report.APPLIED).then(RestrictionLifted)


def test_what_the_platform_says_about_a_penalty_that_never_was_is_refused() -> None:
    report(guilty(), NOBODY, Report.APPLIED).refused(PenaltyUnknownOrEnded)


def test_a_debt_leads_to_penalties_as_a_credit_does() -> None:
    extra = counting(at(2, step("TWICE"), comparison=Comparison.AT_OR_ABOVE), shape=Shape.DEBT, base=0, weight=1)
    told = Story(packs=laddered(others={"extra": extra}))
    told.deduct(1).excludes(PenaltyImposed)
    assert told.deduct(1).one(PenaltyImposed).kind == "TWICE"


def test_a_capability_that_the_pack_does_not_know_is_misspelt_and_refused() -> None:
    told = Story()
    told.confirm()
    told.when(SuspendPermission(
        creator=told.creator, violations=(told.latest,), restrictions=(Restriction("LIVE_SELING"),), ends_at=told.now + timedelta(days=1),
        reasons=Personal("For a day."))).refused(CapabilityUnknown)


# The end of the whole service


def business(jurisdiction: str = "DE", kind: AccountType = AccountType.BUSINESS) -> Story:
    """A creator with a violation, of that account type and under that law."""
    story = Story(registered=False)
    story.given(RegisterCreator(
        creator=story.creator, external_id="creator-1", account_type=kind, market="US", jurisdictions=(jurisdiction,), adult=True))
    story.confirm()
    return story


def terminate(story: Story, *capabilities: str, **more: Any) -> Outcome:
    names = capabilities or tuple(pack_of(SHIPPED, "US").capabilities)
    return story.when(RevokePermission(
        creator=story.creator, violations=(story.latest,), restrictions=restricted(*names), reasons=REASONS, **more), SECOND)


def test_a_business_of_the_union_is_told_thirty_days_before_its_whole_service_ends() -> None:
    story = business()
    assert "30 days" in terminate(story).refused(TerminationNoticeTooShort).message
    told = story.notify(story.latest)
    terminate(story, announced_by=told).refused(TerminationNoticeTooShort)
    story.given(DeliverNotice(creator=story.creator, notice_id=told))
    story.at(datetime(2026, 4, 2, 7, tzinfo=UTC) - timedelta(microseconds=1))  # 2 March and thirty days, at midnight in Los Angeles
    terminate(story, announced_by=told).refused(TerminationNoticeTooShort)
    event = terminate(story.at(timedelta(microseconds=1)), announced_by=told).one(PermissionRevoked)
    assert event.announced_by == told


@pytest.mark.parametrize("exception", ["LEGAL_OBLIGATION", "IMPERATIVE_REASON", "REPEATED_INFRINGEMENT"])
def test_the_law_excepts_some_reasons_for_ending_the_whole_service_at_once(exception: str) -> None:
    assert terminate(business(), exception=exception).one(PermissionRevoked).exception == exception


def test_no_other_exception_serves() -> None:
    terminate(business(), exception="HURRY").refused(TerminationNoticeTooShort)


@pytest.mark.parametrize("story", [business, lambda: business("US-CA"), lambda: business(kind=AccountType.PRIVATE)], ids=["part", "law", "type"])
def test_part_of_the_service_another_law_or_a_private_account_needs_no_such_notice(story: Callable[[], Story]) -> None:
    told = story()
    whole = told.account.account_type == "PRIVATE" or "DE" not in told.account.jurisdictions
    (terminate(told) if whole else terminate(told, "LIVE_SELLING")).includes(PermissionRevoked)


def test_a_penalty_by_hand_without_end_is_no_way_round_it() -> None:
    story = business()
    everything = restricted(*pack_of(SHIPPED, "US").capabilities)
    story.when(ImposePenalty(
        creator=story.creator, kind="BAN", violations=(story.latest,), restrictions=everything, reasons=REASONS), SECOND).refused(
        TerminationNoticeTooShort)
