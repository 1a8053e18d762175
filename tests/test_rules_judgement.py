"""How decisions fall, wholly or in part: on appeal, and by every other way, with the same effect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.calendar import Duration, Unit
from domain.creator.appeals import AppealSettled, AppealSubjectUnknown, AppealSubmitted, ReviewerConflict, SubmitAppeal
from domain.creator.approvals import ApprovePenalty, DeclinePenalty
from domain.creator.commission import (
    CommissionForfeited,
    CommissionFrozen,
    CommissionReinstated,
    ForfeitBeforeAppealEnd,
    ForfeitCommission,
    FreezeCommission,
)
from domain.creator.content import (
    ContentDemoted,
    ContentLabelled,
    ContentRemoved,
    ContentRestored,
    ContentUnknown,
    DeleteContent,
    LabelContent,
    RemoveContent,
)
from domain.creator.finding import Effect, Factor
from domain.creator.judgement import AppealDecided, AutomatedAppealDecision, DecideAppeal, OocInfoMissing, Outcome
from domain.creator.overruling import (
    DecisionOverturned,
    DisputeAlreadyDecided,
    DisputeAlreadyOpened,
    DisputeDecided,
    DisputeNotToImplement,
    DisputeOpened,
    DisputeOutcomeImplemented,
    DisputeUnknown,
    GroundMustBeOwn,
    ImplementDispute,
    OpenDispute,
    OverturnDecision,
    QualityReviewRecorded,
    RecordDisputeDecision,
    RecordQualityReview,
    Verdict,
)
from domain.creator.overturn import AmendmentWorsens, Ground, ViolationAmended, ViolationOverturned
from domain.creator.penalties import (
    PenaltyImposed,
    PenaltyLifted,
    PenaltyReversed,
    PenaltyShortened,
    PermissionRevoked,
    restrictions_of,
)
from domain.creator.points import MilestoneCrossed, MilestoneReversed, PointsRestored
from domain.creator.reliefs import PersonalPenaltyUndecided, Relief, ReliefInvalid
from domain.creator.sanctions import ImposePenalty, LiftPenalty, PersonRequired, RevokePermission, ShortenPenalty
from domain.creator.state import Measure, Restriction
from domain.creator.warnings import ReasonsRequired
from domain.facts import Actor, ActorKind, Personal
from domain.identity import AppealId, ContentId, DisputeId, PenaltyId, ViolationId
from domain.packs.catalogue import Catalogue
from domain.packs.model import AppealRule, Mark, PointRule, Provenance, Redress, Severity
from tests.rulebook import (
    APPEALS_REVIEWER,
    CREATOR,
    MODEL,
    MODERATOR,
    REASONS,
    SECOND,
    Story,
    at,
    laddered,
    proposed,
    restricted,
    step,
    stories_are_replayed,
)

__all__ = ["stories_are_replayed"]

OURS = Provenance(mark=Mark.OURS, source="ours")
POINTS = (PointRule(severities=(Severity.MAJOR,), points=60), PointRule(points=20))
COURT = Actor(ActorKind.AUTHORITY, "court-1", "ADMIN")
THIRD = Actor(ActorKind.REVIEWER, "reviewer-3", "APPEALS_REVIEWER")
VIDEO, SECOND_VIDEO = ContentId("video-1"), ContentId("video-2")


def packs(**more: Any) -> Catalogue:
    """Major violations cost 60 points, others 20; the milestone at 150 suspends two capabilities for seven days."""
    return laddered(at(150, step(capabilities=("LIVE_SELLING", "WITHDRAW_COMMISSION"))), **({"points": POINTS} | more))


def guilty(catalogue: Catalogue | None = None, **more: Any) -> Story:
    """A creator with one major violation, at the milestone."""
    story = Story(packs=catalogue or packs(), **more)
    story.confirm(VIDEO, severity=Severity.MAJOR, items=(SECOND_VIDEO,))
    return story


def appealed(story: Story, subject: UUID) -> AppealId:
    return story.when(SubmitAppeal(creator=story.creator, subject=subject, grounds=REASONS), CREATOR).one(AppealSubmitted).appeal_id


def decide(story: Story, subject: UUID, outcome: Outcome, by: Actor = APPEALS_REVIEWER, **more: Any) -> Any:
    """An appeal about the subject, decided so."""
    return story.when(DecideAppeal(creator=story.creator, appeal_id=appealed(story, subject), outcome=outcome, reasons=REASONS, **more), by)


def partly(story: Story, subject: UUID, **relief: Any) -> Any:
    return decide(story, subject, Outcome.PARTIALLY_REVERSED, relief=Relief(**relief))


def milestone(story: Story) -> UUID:
    (found,) = story.account.milestones
    return found


# A violation that falls in part


def test_a_violation_found_lighter_on_appeal_costs_what_the_lighter_one_costs_and_its_penalty_goes() -> None:
    story = guilty()
    outcome = partly(story, story.latest, severity=Severity.MODERATE).includes(
        AppealDecided, ViolationAmended, PointsRestored, PenaltyReversed)
    assert (story.score, story.penalties) == (180, [])
    assert outcome.one(AppealDecided).relief == Relief(severity=Severity.MODERATE)
    assert outcome.one(AppealDecided).newly_imposed == ()


def test_a_violation_is_not_found_graver_on_appeal() -> None:
    story = Story(packs=packs())
    story.confirm(VIDEO)
    partly(story, story.latest, severity=Severity.MAJOR).refused(AmendmentWorsens)


def test_a_factor_found_on_appeal_is_recorded_with_the_violation() -> None:
    story = guilty()
    factor = Factor(Effect.MITIGATING, "FIRST_OFFENCE", REASONS)
    assert partly(story, story.latest, factors=(factor,)).one(ViolationAmended).factors == (factor,)


def test_items_of_a_batch_that_were_not_in_breach_are_released_and_the_others_are_not() -> None:
    story = guilty()
    for item in (VIDEO, SECOND_VIDEO):
        story.when(RemoveContent(creator=story.creator, content_id=item, violation_id=story.latest)).then(ContentRemoved)
    restored = partly(story, story.latest, items=(SECOND_VIDEO,)).one(ContentRestored)
    assert restored.content_id == SECOND_VIDEO
    assert [taken.content_id for taken in story.account.measures.values()] == [VIDEO]


def test_only_items_of_the_batch_are_released() -> None:
    story = guilty()
    partly(story, story.latest, items=(ContentId("video-9"),)).refused(ReliefInvalid)


def test_what_changes_is_said_with_a_partial_outcome_and_with_no_other() -> None:
    story = guilty()
    decide(story, story.latest, Outcome.PARTIALLY_REVERSED).refused(ReliefInvalid)
    appeal = list(story.account.appeals)[-1]
    for outcome in (Outcome.REVERSED, Outcome.UPHELD, Outcome.OMITTED):
        story.when(DecideAppeal(
            creator=story.creator, appeal_id=appeal, outcome=outcome, reasons=REASONS, relief=Relief(severity=Severity.MINOR)),
            APPEALS_REVIEWER).refused(ReliefInvalid)


@pytest.mark.parametrize("relief", [Relief(), Relief(kind="MILDER"), Relief(severity=Severity.MAJOR), Relief(measure=Measure.LABELLED)])
def test_what_changes_of_a_violation_fits_a_violation_and_changes_something(relief: Relief) -> None:
    story = guilty()
    decide(story, story.latest, Outcome.PARTIALLY_REVERSED, relief=relief).refused(ReliefInvalid)


# A penalty that falls in part


def test_a_penalty_may_be_shortened_on_appeal() -> None:
    story = guilty()
    (penalty,) = story.penalties
    ends = story.now + timedelta(days=2)
    assert partly(story, penalty.id, ends_at=ends).one(PenaltyShortened).ends_at == ends
    assert story.penalties[0].ends_at == ends
    assert story.score == 140, "the violation stands"


def test_a_penalty_that_should_have_ended_before_ends_now_and_says_what_was_served_beyond() -> None:
    story = guilty().days(3)
    (penalty,) = story.penalties
    event = partly(story, penalty.id, ends_at=penalty.starts_at + timedelta(days=1)).one(PenaltyShortened)
    assert (event.served_seconds, story.penalties) == (2 * 86_400, [])


def test_a_milder_penalty_takes_the_place_of_one_that_falls_and_is_named_as_newly_imposed() -> None:
    story = guilty()
    (penalty,) = story.penalties
    outcome = partly(story, penalty.id, kind="LIVE_BAN", restrictions=restricted("LIVE_SELLING"))
    outcome.includes(AppealDecided, PenaltyLifted, PenaltyImposed)
    (milder,) = story.penalties
    assert outcome.one(AppealDecided).newly_imposed == (milder.id,)
    assert (milder.kind, milder.ends_at, milder.by_person) == ("LIVE_BAN", penalty.ends_at, True)
    assert {found.capability for found in restrictions_of(story.account)} == {"LIVE_SELLING"}


@pytest.mark.parametrize("relief", [
    Relief(kind="LIVE_BAN", restrictions=restricted("ADD_PRODUCTS")),  # more than before
    Relief(restrictions=restricted("LIVE_SELLING")),  # of no kind
    Relief(ends_at=None, kind="LIVE_BAN"),  # restricts nothing
    Relief(severity=Severity.MINOR),
])
def test_what_takes_the_place_of_a_penalty_is_milder(relief: Relief) -> None:
    story = guilty()
    decide(story, story.penalties[0].id, Outcome.PARTIALLY_REVERSED, relief=relief).refused(ReliefInvalid)


def test_a_restriction_in_one_category_is_within_one_in_all() -> None:
    story = guilty()
    narrower = (Restriction("LIVE_SELLING", category="HEALTH"),)
    partly(story, story.penalties[0].id, kind="LIVE_BAN", restrictions=narrower).includes(PenaltyImposed)
    partly(story, story.penalties[0].id, kind="LIVE_BAN", restrictions=restricted("LIVE_SELLING")).refused(ReviewerConflict)


def test_a_penalty_is_not_shortened_to_a_later_end_and_one_that_is_over_not_at_all() -> None:
    story = guilty()
    (penalty,) = story.penalties
    partly(story, penalty.id, ends_at=story.now + timedelta(days=90)).refused(ReliefInvalid)
    story.days(30)
    story.when(DecideAppeal(
        creator=story.creator, appeal_id=list(story.account.appeals)[-1], outcome=Outcome.PARTIALLY_REVERSED, reasons=REASONS,
        relief=Relief(ends_at=story.now)), APPEALS_REVIEWER).refused(ReliefInvalid)


def test_what_a_milder_penalty_rests_on_falls_with_a_decision_that_says_what_becomes_of_it() -> None:
    story = guilty()
    violation = story.latest
    partly(story, story.penalties[0].id, kind="LIVE_BAN", restrictions=restricted("LIVE_SELLING"))
    decide(story, violation, Outcome.REVERSED, THIRD).refused(PersonalPenaltyUndecided)


# What was enforced at a milestone


def test_what_was_enforced_at_a_milestone_is_undone_together_and_the_violation_stands() -> None:
    story = guilty()
    decide(story, milestone(story), Outcome.REVERSED).then(AppealDecided, MilestoneReversed, PenaltyReversed)
    assert (story.score, story.penalties, story.account.milestones) == (140, [], {})


def test_a_milestone_whose_enforcement_fell_does_not_fire_again_before_the_score_has_left_it() -> None:
    story = guilty()
    decide(story, milestone(story), Outcome.REVERSED)
    story.confirm("video-7").excludes(MilestoneCrossed, PenaltyImposed)


def test_what_was_enforced_at_a_milestone_may_be_shortened_together() -> None:
    story = guilty()
    ends = story.now + timedelta(days=1)
    partly(story, milestone(story), ends_at=ends).includes(PenaltyShortened)
    assert [penalty.ends_at for penalty in story.penalties] == [ends]


def test_word_of_the_violation_informs_of_the_milestone_it_reached() -> None:
    story = guilty()
    story.inform(story.latest)
    filed = story.when(SubmitAppeal(creator=story.creator, subject=milestone(story), grounds=REASONS), CREATOR).one(AppealSubmitted)
    assert filed.appeal_until == story.account.informed[story.latest].appeal_until


def test_whoever_decided_the_violation_does_not_decide_about_what_was_enforced_for_it() -> None:
    story = guilty()
    decide(story, milestone(story), Outcome.UPHELD, MODERATOR).refused(ReviewerConflict)


# Forfeitures


def forfeited() -> tuple[Story, UUID]:
    story = guilty()
    story.inform(story.latest)
    penalty = story.when(ImposePenalty(
        creator=story.creator, kind="HOLD", violations=(story.latest,), restrictions=restricted("WITHDRAW_COMMISSION"), reasons=REASONS),
        SECOND).one(PenaltyImposed).penalty_id
    story.inform(penalty)
    freeze = story.when(FreezeCommission(
        creator=story.creator, penalty_id=penalty, amount=100, currency="USD")).one(CommissionFrozen).freeze_id
    story.days(60)
    event = story.when(ForfeitCommission(creator=story.creator, freeze_id=freeze, amount=100, reasons=REASONS)).one(CommissionForfeited)
    return story, event.forfeiture_id


def test_a_forfeiture_that_falls_is_owed_to_the_creator_again() -> None:
    story, forfeiture = forfeited()
    event = decide(story, forfeiture, Outcome.REVERSED).includes(CommissionReinstated).one(CommissionReinstated)
    assert (event.amount, event.currency, story.account.forfeitures) == (100, "USD", {})


def test_a_forfeiture_stands_or_falls_as_a_whole() -> None:
    story, forfeiture = forfeited()
    partly(story, forfeiture, ends_at=story.now).refused(ReliefInvalid)


@pytest.mark.parametrize("reviewer", [MODERATOR, SECOND])
def test_whoever_forfeited_or_placed_the_penalty_does_not_decide_about_the_forfeiture(reviewer: Actor) -> None:
    story, forfeiture = forfeited()
    decide(story, forfeiture, Outcome.UPHELD, reviewer).refused(ReviewerConflict)


# Measures on content


def removed() -> tuple[Story, UUID]:
    story = guilty()
    event = story.when(RemoveContent(creator=story.creator, content_id=VIDEO, violation_id=story.latest)).one(ContentRemoved)
    return story, event.measure_id


def test_a_measure_on_content_is_appealed_alone() -> None:
    story, measure = removed()
    decide(story, measure, Outcome.REVERSED).then(AppealDecided, ContentRestored)
    assert story.score == 140


def test_a_removed_item_may_be_demoted_in_its_place() -> None:
    story, measure = removed()
    partly(story, measure, measure=Measure.DEMOTED).then(AppealDecided, ContentRestored, ContentDemoted)
    assert [taken.measure for taken in story.account.measures.values()] == [Measure.DEMOTED]


def test_a_removed_item_may_be_labelled_in_its_place_once() -> None:
    story, measure = removed()
    story.when(LabelContent(creator=story.creator, content_id=VIDEO, violation_id=story.latest, label="OLD")).then(ContentLabelled)
    partly(story, measure, measure=Measure.LABELLED, label="NEW").then(AppealDecided, ContentRestored)


@pytest.mark.parametrize("relief", [
    Relief(measure=Measure.REMOVED), Relief(label="X"), Relief(measure=Measure.LABELLED), Relief(measure=Measure.DEMOTED, label="X")])
def test_what_takes_the_place_of_a_measure_is_milder_and_complete(relief: Relief) -> None:
    story, measure = removed()
    decide(story, measure, Outcome.PARTIALLY_REVERSED, relief=relief).refused(ReliefInvalid)


def test_an_appeal_about_a_measure_is_closed_when_the_owner_deletes_the_item() -> None:
    story, measure = removed()
    appealed(story, measure)
    story.when(DeleteContent(creator=story.creator, content_id=VIDEO), CREATOR).includes(AppealSettled)


# Redress


def redressing(*ways: str) -> Catalogue:
    return packs(appeal=AppealRule(window=Duration(30, Unit.DAYS), provenance=OURS, redress=(
        Redress(jurisdiction="EU", members=("DE",), ways=ways, provenance=OURS),)))


@pytest.mark.parametrize("outcome", [Outcome.UPHELD, Outcome.OMITTED])
def test_who_did_not_win_is_told_of_further_redress_where_the_law_asks_for_it(outcome: Outcome) -> None:
    story = guilty(redressing("OUT_OF_COURT_DISPUTE"), jurisdictions=("DE",))
    assert decide(story, story.latest, outcome).one(AppealDecided).redress == ("OUT_OF_COURT_DISPUTE",)


def test_who_won_wholly_needs_no_further_redress_nor_does_one_under_another_law() -> None:
    story = guilty(redressing("OUT_OF_COURT_DISPUTE"), jurisdictions=("DE",))
    assert decide(story, story.latest, Outcome.REVERSED).one(AppealDecided).redress == ()
    story = guilty(redressing("OUT_OF_COURT_DISPUTE"), jurisdictions=("VN",))
    assert decide(story, story.latest, Outcome.UPHELD).one(AppealDecided).redress == ()


def test_a_decision_that_leaves_out_redress_the_law_asks_for_is_refused() -> None:
    story = guilty(redressing(), jurisdictions=("DE",))
    decide(story, story.latest, Outcome.UPHELD).refused(OocInfoMissing)
    appeal = list(story.account.appeals)[-1]
    event = story.when(DecideAppeal(
        creator=story.creator, appeal_id=appeal, outcome=Outcome.UPHELD, reasons=REASONS, redress=("COURT",)), APPEALS_REVIEWER)
    assert event.one(AppealDecided).redress == ("COURT",)


# Who took part


def test_whoever_shortened_a_penalty_does_not_decide_the_appeal_against_it() -> None:
    story = guilty()
    penalty = story.penalties[0].id
    story.given(ShortenPenalty(creator=story.creator, penalty_id=penalty, ends_at=story.now + timedelta(days=3), reasons=REASONS), by=THIRD)
    decide(story, penalty, Outcome.UPHELD, THIRD).refused(ReviewerConflict)


def test_whoever_lifted_a_penalty_does_not_decide_the_appeal_against_it() -> None:
    story = guilty()
    penalty = story.penalties[0].id
    story.given(LiftPenalty(creator=story.creator, penalty_id=penalty, reasons=REASONS), by=THIRD)
    decide(story, penalty, Outcome.UPHELD, THIRD).refused(ReviewerConflict)


def test_whoever_reviewed_a_decisions_quality_does_not_decide_the_appeal_against_it() -> None:
    story = guilty()
    review(story, THIRD).then(QualityReviewRecorded)
    decide(story, story.latest, Outcome.UPHELD, THIRD).refused(ReviewerConflict)


# Other ways


def review(story: Story, by: Actor, verdict: Verdict = Verdict.ERROR) -> Any:
    return story.when(RecordQualityReview(creator=story.creator, subject=story.latest, verdict=verdict, error_type="FALSE_POSITIVE"), by)


def let_fall(story: Story, subject: UUID, ground: Ground = Ground.DETECTOR_DEFECT, by: Actor = MODERATOR, **more: Any) -> Any:
    given: dict[str, Any] = {"reasons": REASONS, "root_cause": "DETECTOR_THRESHOLD"}
    return story.when(OverturnDecision(creator=story.creator, subject=subject, ground=ground, **(given | more)), by)


def disputed(story: Story, subject: UUID, outcome: Outcome, **more: Any) -> Any:
    dispute = story.when(OpenDispute(creator=story.creator, subject=subject, body="ADR-1", reference="case/1")).one(DisputeOpened).dispute_id
    story.given(RecordDisputeDecision(creator=story.creator, dispute_id=dispute, outcome=outcome, reasons=REASONS))
    return story.when(ImplementDispute(
        creator=story.creator, dispute_id=dispute, reasons=REASONS, root_cause="DETECTOR_THRESHOLD", **more))


WAYS: dict[Ground, Callable[[Story, UUID], Any]] = {
    Ground.APPEAL: lambda story, subject: decide(story, subject, Outcome.REVERSED, root_cause="DETECTOR_THRESHOLD"),
    Ground.DISPUTE: lambda story, subject: disputed(story, subject, Outcome.REVERSED),
    Ground.QUALITY_REVIEW: lambda story, subject: let_fall(story, subject, Ground.QUALITY_REVIEW, THIRD),
    Ground.POLICY_ROLLBACK: lambda story, subject: let_fall(story, subject, Ground.POLICY_ROLLBACK),
    Ground.COURT: lambda story, subject: let_fall(story, subject, Ground.COURT, COURT),
    Ground.DETECTOR_DEFECT: let_fall,
}


@pytest.mark.parametrize("ground", Ground)
def test_by_whichever_way_a_violation_falls_it_has_the_same_effect_and_its_own_ground_and_root_cause(ground: Ground) -> None:
    story = guilty()
    event = WAYS[ground](story, story.latest).includes(PointsRestored, PenaltyReversed).one(ViolationOverturned)
    assert (event.ground, event.root_cause) == (ground, "DETECTOR_THRESHOLD")
    assert (story.score, story.penalties) == (200, [])


@pytest.mark.parametrize("ground", Ground)
def test_a_revocation_is_undone_by_every_way_by_which_a_decision_falls(ground: Ground) -> None:
    story = guilty()
    revoked = story.when(RevokePermission(
        creator=story.creator, violations=(story.latest,), restrictions=restricted("LIVE_SELLING"), reasons=REASONS), SECOND)
    WAYS[ground](story, revoked.one(PermissionRevoked).penalty_id).includes(PenaltyReversed)


def test_a_decision_may_fall_in_part_without_an_appeal() -> None:
    story = guilty()
    event = let_fall(story, story.latest, relief=Relief(severity=Severity.MODERATE)).includes(ViolationAmended).one(DecisionOverturned)
    assert event.relief == Relief(severity=Severity.MODERATE)
    assert story.score == 180


def test_the_way_is_named_truly() -> None:
    story = guilty()
    for ground in (Ground.APPEAL, Ground.DISPUTE):
        let_fall(story, story.latest, ground).refused(GroundMustBeOwn)


def test_only_a_person_lets_a_decision_fall_with_reasons() -> None:
    story = guilty()
    let_fall(story, story.latest, by=MODEL).refused(PersonRequired)
    let_fall(story, story.latest, reasons=Personal("")).refused(ReasonsRequired)


def test_nobody_reviews_the_quality_of_what_they_decided() -> None:
    story = guilty()
    review(story, MODERATOR).refused(ReviewerConflict)
    review(story, MODEL).refused(PersonRequired)
    let_fall(story, story.latest, Ground.QUALITY_REVIEW).refused(ReviewerConflict)


def test_one_reviewer_reviews_a_decision_once() -> None:
    story = guilty()
    review(story, THIRD, Verdict.CORRECT).then(QualityReviewRecorded)
    review(story, THIRD).then()


def test_what_a_body_decided_does_not_bind_before_it_is_implemented() -> None:
    story = guilty()
    opened = story.when(OpenDispute(creator=story.creator, subject=story.latest, body="ADR-1", reference="case/1")).then(DisputeOpened)
    dispute = opened.one(DisputeOpened).dispute_id
    implementing = ImplementDispute(creator=story.creator, dispute_id=dispute, reasons=REASONS)
    story.when(implementing).refused(DisputeNotToImplement)
    decision = RecordDisputeDecision(creator=story.creator, dispute_id=dispute, outcome=Outcome.REVERSED, reasons=REASONS)
    story.when(decision).then(DisputeDecided)
    assert story.score == 140
    story.when(implementing).includes(DisputeOutcomeImplemented, ViolationOverturned)
    story.when(implementing).then()


def test_a_dispute_that_lets_the_decision_stand_is_not_implemented() -> None:
    story = guilty()
    disputed(story, story.latest, Outcome.UPHELD).refused(DisputeNotToImplement)


def test_a_dispute_may_let_a_decision_fall_in_part() -> None:
    story = guilty()
    disputed(story, story.latest, Outcome.PARTIALLY_REVERSED, relief=Relief(severity=Severity.MODERATE)).includes(ViolationAmended)


def test_a_dispute_is_opened_once_for_a_decision_and_body_and_decided_once() -> None:
    story = guilty()
    opening = OpenDispute(creator=story.creator, subject=story.latest, body="ADR-1", reference="case/1")
    dispute = story.when(opening).one(DisputeOpened).dispute_id
    story.when(opening).refused(DisputeAlreadyOpened)
    deciding = RecordDisputeDecision(creator=story.creator, dispute_id=dispute, outcome=Outcome.UPHELD, reasons=REASONS)
    story.given(deciding)
    story.when(RecordDisputeDecision(
        creator=story.creator, dispute_id=dispute, outcome=Outcome.REVERSED, reasons=REASONS)).refused(DisputeAlreadyDecided)
    story.when(ImplementDispute(creator=story.creator, dispute_id=DisputeId(uuid4()), reasons=REASONS)).refused(DisputeUnknown)


def test_a_persons_penalty_is_named_by_whichever_way_its_violation_falls() -> None:
    story = guilty()
    placed: PenaltyId = story.when(ImposePenalty(
        creator=story.creator, kind="HOLD", violations=(story.latest,), restrictions=restricted("LIVE_SELLING"), reasons=REASONS),
        SECOND).one(PenaltyImposed).penalty_id
    violation: ViolationId = story.latest
    let_fall(story, violation).refused(PersonalPenaltyUndecided)
    let_fall(story, violation, lift=(placed,)).includes(PenaltyLifted)


# What reviewers of these rules asked about


def waiting_for_approval() -> Story:
    """A creator whose revocation waits for a second person, and holds in the interim."""
    return guilty(laddered(at(150, proposed(capabilities=("LIVE_SELLING",), days=None, interim=True, restorable=False)), points=POINTS))


def test_a_final_penalty_is_appealed_though_its_interim_was() -> None:
    story = waiting_for_approval()
    (interim,) = story.penalties
    decide(story, interim.id, Outcome.UPHELD)
    story.given(ApprovePenalty(creator=story.creator, penalty_id=interim.id), by=SECOND)
    filed = story.when(SubmitAppeal(creator=story.creator, subject=interim.id, grounds=REASONS), CREATOR).one(AppealSubmitted)
    assert (filed.level, filed.ordinal) == (1, 2)


def test_an_interim_restriction_stands_or_falls_as_a_whole() -> None:
    story = waiting_for_approval()
    partly(story, story.penalties[0].id, ends_at=story.now + timedelta(hours=1)).refused(ReliefInvalid)


def test_whoever_put_a_milder_measure_in_place_does_not_decide_about_it_nor_who_took_the_first_one() -> None:
    story, measure = removed()
    outcome = partly(story, measure, measure=Measure.DEMOTED)
    (milder,) = story.account.measures
    assert outcome.one(AppealDecided).newly_imposed == (milder,)
    decide(story, milder, Outcome.UPHELD).refused(ReviewerConflict)
    appeal = list(story.account.appeals)[-1]
    story.when(DecideAppeal(creator=story.creator, appeal_id=appeal, outcome=Outcome.UPHELD, reasons=REASONS), MODERATOR).refused(ReviewerConflict)


def test_whoever_placed_a_penalty_does_not_decide_about_the_milder_one_in_its_place() -> None:
    story = guilty()
    placed = story.when(ImposePenalty(
        creator=story.creator, kind="HOLD", violations=(story.latest,), restrictions=restricted("LIVE_SELLING", "WITHDRAW_COMMISSION"),
        reasons=REASONS), SECOND).one(PenaltyImposed).penalty_id
    (milder,) = partly(story, placed, kind="MILDER", restrictions=restricted("LIVE_SELLING")).one(AppealDecided).newly_imposed
    decide(story, milder, Outcome.UPHELD, SECOND).refused(ReviewerConflict)


def test_whoever_reviewed_a_penalty_does_not_decide_about_the_milestone_it_was_enforced_for_nor_the_other_way_round() -> None:
    story = guilty()
    (penalty,) = story.penalties
    decide(story, penalty.id, Outcome.UPHELD)
    decide(story, milestone(story), Outcome.UPHELD).refused(ReviewerConflict)
    story = guilty()
    decide(story, milestone(story), Outcome.UPHELD)
    decide(story, story.penalties[0].id, Outcome.UPHELD).refused(ReviewerConflict)


def test_whoever_reviewed_a_penalty_does_not_decide_about_the_forfeiture_that_rests_on_it() -> None:
    story = guilty()
    story.inform(story.latest)
    penalty = story.when(ImposePenalty(
        creator=story.creator, kind="HOLD", violations=(story.latest,), restrictions=restricted("WITHDRAW_COMMISSION"), reasons=REASONS),
        SECOND).one(PenaltyImposed).penalty_id
    freeze = story.when(FreezeCommission(
        creator=story.creator, penalty_id=penalty, amount=100, currency="USD")).one(CommissionFrozen).freeze_id
    decide(story, penalty, Outcome.UPHELD, THIRD)
    forfeiting = ForfeitCommission(creator=story.creator, freeze_id=freeze, amount=100, reasons=REASONS)
    lost = story.days(60).when(forfeiting).one(CommissionForfeited)
    decide(story, lost.forfeiture_id, Outcome.UPHELD, THIRD).refused(ReviewerConflict)


def test_whoever_declined_a_proposal_does_not_decide_about_its_interim_restriction() -> None:
    story = waiting_for_approval()
    interim = story.penalties[0].id
    story.given(DeclinePenalty(creator=story.creator, penalty_id=interim, reasons=REASONS), by=THIRD)
    decide(story, interim, Outcome.UPHELD, THIRD).refused(ReviewerConflict)


def test_a_milestone_is_nothing_to_appeal_once_all_that_was_enforced_for_it_has_fallen() -> None:
    story = Story(packs=packs())
    story.confirm("a", severity=Severity.MODERATE)
    first = story.latest
    story.confirm("b")
    story.confirm("c")
    reached = milestone(story)
    appealed(story, reached)
    story.overturn(first).includes(PenaltyReversed, AppealSettled)
    story.when(SubmitAppeal(creator=story.creator, subject=reached, grounds=REASONS), CREATOR).refused(AppealSubjectUnknown)


def test_commission_is_not_forfeited_while_an_appeal_about_its_milestone_waits() -> None:
    story = guilty()
    story.inform(story.latest)
    freeze = story.when(FreezeCommission(
        creator=story.creator, penalty_id=story.penalties[0].id, amount=100, currency="USD")).one(CommissionFrozen).freeze_id
    appealed(story, milestone(story))
    story.days(6).when(ForfeitCommission(creator=story.creator, freeze_id=freeze, amount=100, reasons=REASONS)).refused(ForfeitBeforeAppealEnd)


@pytest.mark.parametrize("relief", [
    Relief(kind="WARNING", ends_at=datetime(2026, 3, 4, tzinfo=UTC)),  # a kind that restricts nothing
    Relief(kind="LIVE_BAN", restrictions=restricted("LIVE_SELLING"), ends_at=datetime(2027, 1, 1, tzinfo=UTC)),  # longer
    Relief(kind="LIVE_BAN", restrictions=restricted("LIVE_SELLING", "WITHDRAW_COMMISSION")),  # the same under another name
])
def test_a_partial_outcome_says_nothing_that_does_not_come_to_be(relief: Relief) -> None:
    story = guilty()
    decide(story, story.penalties[0].id, Outcome.PARTIALLY_REVERSED, relief=relief).refused(ReliefInvalid)


def test_an_item_that_was_released_is_not_measured_again_because_of_the_violation() -> None:
    story = guilty()
    assert partly(story, story.latest, items=(SECOND_VIDEO,)).one(ViolationAmended).items == ()
    story.when(RemoveContent(creator=story.creator, content_id=SECOND_VIDEO, violation_id=story.latest)).refused(ContentUnknown)


def test_a_disputes_outcome_is_implemented_also_where_the_decision_fell_meanwhile() -> None:
    story = guilty()
    violation = story.latest
    dispute = story.when(OpenDispute(creator=story.creator, subject=violation, body="ADR-1", reference="case/1")).one(DisputeOpened).dispute_id
    story.given(RecordDisputeDecision(creator=story.creator, dispute_id=dispute, outcome=Outcome.REVERSED, reasons=REASONS))
    decide(story, violation, Outcome.REVERSED)
    story.when(ImplementDispute(creator=story.creator, dispute_id=dispute, reasons=REASONS)).then(DisputeOutcomeImplemented)


def test_no_party_decides_its_own_appeal() -> None:
    story = guilty()
    decide(story, story.latest, Outcome.REVERSED, CREATOR).refused(AutomatedAppealDecision)
