"""Explanations: every threshold, penalty, deduction and refusal of eligibility says of what it was made, and stays as it was then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given

from domain.creator.appeals import AppealSubmitted, SubmitAppeal
from domain.creator.approvals import ApprovePenalty
from domain.creator.earning import ClawBackPoints, EarnPoints
from domain.creator.explaining.chronicle import PENALTIES, Chronicle
from domain.creator.explaining.eligibility import explain_eligibility
from domain.creator.explaining.explanations import (
    Became,
    ChangedBy,
    EligibilityExplained,
    Entry,
    Limit,
    Lost,
    PenaltyExplained,
    PointsExplained,
    ThresholdExplained,
    Uncounted,
    UncountedEntry,
)
from domain.creator.explaining.penalties import explain_penalty, explain_restriction
from domain.creator.explaining.points import explain_points
from domain.creator.explaining.thresholds import explain_threshold
from domain.creator.external import RecordExternalPenalty
from domain.creator.finding import Origin
from domain.creator.gates import PROMOTION_SCORE
from domain.creator.judgement import DecideAppeal, Outcome
from domain.creator.ledger import Tally
from domain.creator.overruling import DisputeOpened, ImplementDispute, OpenDispute, OverturnDecision, RecordDisputeDecision
from domain.creator.overturn import AmendViolation, Ground
from domain.creator.points import PointsDeducted, PointsEarned, StrikeIssued
from domain.creator.quizzes import TakeQuiz
from domain.creator.reliefs import Relief
from domain.creator.rewards import GrantReward, PromotionScoreInvalid, RewardNotInMarket
from domain.creator.sanctions import LiftPenalty, ShortenPenalty, SuspendPermission
from domain.creator.state import Restriction
from domain.identity import EntryId, PenaltyId, ViolationId
from domain.packs.model import Comparison, Earning, Expiry, ExpiryMode, Filter, Group, PointRule, Quiz, Severity, Shape, ZeroTolerance
from projections import subjects
from projections.explanations import in_words, left_out
from tests.rulebook import (
    APPEALS_REVIEWER,
    CREATOR,
    MODERATOR,
    REASONS,
    SECOND,
    SHIPPED,
    START,
    Story,
    at,
    counting,
    laddered,
    later,
    pack_of,
    plain,
    proposed,
    published,
    restricted,
    step,
    stories_are_replayed,
)
from tests.test_properties import EVERY, HISTORIES, Life

__all__ = ["stories_are_replayed"]

TICK = timedelta(microseconds=1)
BY_POLICY = counting(
    at(2, step("PAUSE", 2), comparison=Comparison.AT_OR_ABOVE), shape=Shape.DEBT, base=0, weight=1, group=Group.POLICY, highest=None)
LADDER = (at(150, step("SUSPENDED", 7)), at(100, step("SUSPENDED", 14)))
OTHER = "UNORIGINAL_CONTENT"


def told(story: Story) -> Chronicle:
    return Chronicle(story.facts, story.packs)


def thresholds(story: Story) -> list[ThresholdExplained]:
    """Every threshold that was reached, explained."""
    chronicle = told(story)
    return [found for fact in story.facts if (found := explain_threshold(chronicle, fact.version))]


def latest(story: Story) -> ThresholdExplained:
    return thresholds(story)[-1]


def penalty(story: Story, id: PenaltyId | None = None) -> PenaltyExplained:
    found = explain_penalty(told(story), id or story.penalties[-1].id)
    assert found
    return found


def cost(story: Story, id: ViolationId | None = None) -> PointsExplained:
    found = explain_points(told(story), id or story.latest)
    assert found
    return found


def why(story: Story) -> dict[int, Uncounted]:
    """Why entries of so many points did not count."""
    return {one.entry.points: one.why for one in latest(story).uncounted}


def weighs(entries: tuple[Entry, ...]) -> list[int]:
    return [entry.weighs for entry in entries]


# Thresholds

@pytest.mark.parametrize(("points", "reached"), [(49, []), (50, [150]), (51, [150])])
def test_a_threshold_is_explained_at_and_below_it_and_above_it_there_is_nothing_to_explain(points: int, reached: list[int]) -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(points)
    assert [one.threshold.at for one in thresholds(story)] == reached
    assert [one.value_after for one in thresholds(story)] == [200 - points] * len(reached)


def test_an_explanation_has_every_figure_as_recorded() -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(30)
    first = story.latest
    story.days(1).deduct(90)
    second = story.latest
    found, version = latest(story), story.packs.in_force("US", START)
    assert (found.counter, found.group, found.shape, found.base, found.lowest, found.highest) == ("score", "", Shape.CREDIT, 200, 0, 1000)
    assert (found.value_before, found.value_after, found.unheld, found.violation) == (170, 80, 80, second)
    limits = Limit(at=150, comparison=Comparison.AT_OR_BELOW), Limit(at=100, comparison=Comparison.AT_OR_BELOW)
    assert (found.threshold, found.crossed, found.uncounted) == (limits[1], limits, ())
    assert [(e.violation, e.policy, e.severity, e.points, e.weighs, e.made_at, e.expires_at) for e in found.counted] == [
        (first, "MISLEADING_PROMOTION", Severity.MODERATE, -30, -30, START, datetime(2026, 6, 1, tzinfo=UTC)),
        (second, "MISLEADING_PROMOTION", Severity.MODERATE, -90, -90, story.now, datetime(2026, 6, 2, tzinfo=UTC))]
    rule = found.rule
    assert (rule.scheme, rule.market, rule.version, rule.hash) == ("creator-health-rating", "US", 1, version.hash)
    assert (rule.table, rule.row, found.penalties) == ("counters.score.thresholds", 2, (story.penalties[0].id,))


@pytest.mark.parametrize(("early", "counted", "uncounted"), [(TICK, [-30, -50], {}), (timedelta(0), [-50], {-30: Uncounted.EXPIRED})])
def test_an_entry_counts_until_the_instant_before_it_expires_and_is_named_as_expired_from_then_on(
        early: timedelta, counted: list[int], uncounted: dict[int, Uncounted]) -> None:
    story, expiry = Story(packs=laddered(*LADDER)), datetime(2026, 6, 1, tzinfo=UTC)
    story.deduct(30)
    story.at(expiry - early).deduct(50)
    assert (weighs(latest(story).counted), why(story)) == (counted, uncounted)
    assert [one.since for one in latest(story).uncounted] == [expiry] * len(uncounted)


def test_an_overturned_entry_is_named_with_the_violation_that_fell() -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(30)
    fallen = story.latest
    story.days(1).overturn(fallen)
    fell_at = story.now
    story.days(1).deduct(60)
    (one,) = latest(story).uncounted
    assert (one.why, one.violation, one.since, one.entry.points, one.entry.weighs) == (Uncounted.OVERTURNED, fallen, fell_at, -30, 0)


def test_points_given_back_by_a_quiz_are_told_of_the_entry_that_counts_less_and_of_the_one_that_does_not_count_any_more() -> None:
    quiz = Quiz(credit=10, cap=9, cap_days=1, attempts=3)
    story = Story(packs=laddered(*LADDER, quiz=quiz))
    for points in (10, 12):
        story.deduct(points, policy=(OTHER, "MISLEADING_PROMOTION")[points == 10])
        policy = (OTHER, "MISLEADING_PROMOTION")[points == 10]
        story.given(TakeQuiz(creator=story.creator, quiz_id="q", policy=policy, score=3, full=3))
    story.deduct(60)
    assert (why(story), weighs(latest(story).counted)) == ({-10: Uncounted.QUIZ}, [-2, -60])
    assert [(loss.why, loss.points) for loss in latest(story).counted[0].losses] == [(Lost.QUIZ, 10)]


def test_earned_points_count_by_the_rule_they_were_earned_by_and_clawed_back_ones_do_not() -> None:
    earning = {"ORDERS": Earning(points=1, expiry=Expiry(mode=ExpiryMode.NEVER))}
    story = Story(packs=laddered(*LADDER, earning=earning))
    for number, reference in ((10, "a"), (5, "b")):
        story.given(EarnPoints(creator=story.creator, source="ORDERS", quantity=number, reference=reference))
    entry = next(iter(story.account.standing.ledger.entries))
    story.given(ClawBackPoints(creator=story.creator, entry_id=entry, points=10, reasons=REASONS))
    story.deduct(60)
    assert (why(story), weighs(latest(story).counted)) == ({10: Uncounted.CLAWED_BACK}, [5, -60])
    assert (latest(story).counted[0].earned_by, latest(story).counted[0].violation) == ("ORDERS", None)


def test_strikes_of_another_policy_are_named_as_of_another_group_and_points_as_of_another_counter() -> None:
    story = Story(packs=laddered(others={"repeat": BY_POLICY}))
    story.deduct(3, policy=OTHER)
    other = story.latest
    story.deduct(4)
    story.deduct(5)
    found = latest(story)
    assert (found.counter, found.group, found.value_after, weighs(found.counted)) == ("repeat", "MISLEADING_PROMOTION", 2, [1, 1])
    assert [one.entry.violation for one in found.uncounted if one.why is Uncounted.OTHER_GROUP] == [other]
    assert [one.entry.points for one in found.uncounted if one.why is Uncounted.OTHER_COUNTER] == [-3, -4, -5]


def test_entries_dropped_with_another_pack_are_named_so() -> None:
    dropping = {"when_adopted_from_an_earlier_version": "DROP"}
    first = plain(counters={"score": counting(*LADDER)})
    story = Story(packs=published([first, later(first, date(2026, 3, 9), header=dropping)]))
    story.deduct(30)
    story.days(10).deduct(60)
    assert (why(story), latest(story).rule.version) == ({-30: Uncounted.DROPPED_WITH_SCHEME}, 2)


def test_a_value_held_at_its_end_is_told_with_what_it_would_be() -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(230)
    assert (latest(story).value_after, latest(story).unheld) == (0, -30)
    assert "to 0 (-30 before it was held between 0 and 1000)" in in_words(latest(story))


# Penalties

def test_a_penalty_is_explained_by_its_threshold_and_its_step() -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(110)
    found = penalty(story)
    assert found.threshold == latest(story)
    assert (found.rule, str(found.duration), found.trigger) == (latest(story).rule, "14 days", story.latest)
    assert (found.starts_at, found.ends_at, found.decided_by, found.changes) == (START, datetime(2026, 3, 17, tzinfo=UTC), None, ())


def test_a_penalty_of_zero_tolerance_is_explained_by_the_row_of_its_rule() -> None:
    never, always = (ZeroTolerance(counts=counts, steps=(proposed("OUT", None, 40, interim=True),)) for counts in (
        Filter(policies=(OTHER,)), Filter(severities=(Severity.MODERATE,))))
    story = Story(packs=laddered(*LADDER, zero_tolerance=(never, always)))
    story.deduct(1)
    found = penalty(story)
    assert found.rule
    assert (found.rule.table, found.rule.row, found.threshold, found.channel) == ("zero_tolerance", 2, None, "ZERO_TOLERANCE")
    assert (found.proposed, found.starts_at, found.ends_at) == (True, START, found.lapses_at)
    assert "directly, whatever the score" in in_words(found)


def test_a_penalty_by_hand_is_explained_by_the_person_alone_and_the_words_do_not_say_who() -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(1)
    story.given(SuspendPermission(
        creator=story.creator, violations=(story.latest,), restrictions=restricted("LIVE_SELLING"), ends_at=START + timedelta(days=3),
        reasons=REASONS))
    found = penalty(story)
    assert (found.rule, found.threshold, found.trigger, found.decided_by) == (None, None, None, MODERATOR)
    assert "A person placed it" in in_words(found)
    assert MODERATOR.id not in in_words(found)


def test_a_penalty_of_another_system_is_explained_by_that_system_alone_and_not_by_who_took_it_over() -> None:
    story = Story(packs=laddered(*LADDER))
    story.given(RecordExternalPenalty(
        creator=story.creator, kind="LIVE_BANNED", restrictions=restricted("LIVE_SELLING"), origin=Origin("legacy", "P-1", "reviewer-7")))
    found = penalty(story)
    assert (found.channel, found.rule, found.threshold, found.trigger, found.decided_by) == ("EXTERNAL", None, None, None, None)
    assert "Another system placed it" in in_words(found)
    assert "person" not in in_words(found)


def test_an_approved_proposal_tells_by_whom_in_which_role_and_from_when_it_counts() -> None:
    story = Story(packs=laddered(at(150, proposed("BAN", 5, 72))))
    story.deduct(60)
    id = next(iter(story.account.standing.proposals))
    assert (penalty(story, id).starts_at, penalty(story, id).proposed) == (None, True)
    story.at(timedelta(hours=2)).when(ApprovePenalty(creator=story.creator, penalty_id=id), SECOND)
    approved, begun = penalty(story, id).changes
    assert (approved.became, approved.by, approved.actor) == (Became.APPROVED, ChangedBy.DECISION, SECOND)
    assert (begun.became, begun.ends_at, begun.actor) == (Became.IMPOSED, datetime(2026, 3, 8, tzinfo=UTC), None)


def test_what_became_of_a_penalty_is_told_with_its_cause() -> None:
    def ended(act: Any) -> list[tuple[Became, ChangedBy]]:
        story = Story(packs=laddered(*LADDER))
        story.deduct(110)
        id = story.penalties[0].id
        act(story, id)
        story.settle()
        return [(change.became, change.by) for change in penalty(story, id).changes]

    def lifted(story: Story, id: PenaltyId) -> None:
        story.given(LiftPenalty(creator=story.creator, penalty_id=id, reasons=REASONS))

    def shortened(story: Story, id: PenaltyId) -> None:
        story.given(ShortenPenalty(creator=story.creator, penalty_id=id, ends_at=story.now + timedelta(days=1), reasons=REASONS)).days(1)

    assert ended(lambda *_: None) == []
    assert ended(lambda story, _: story.days(30)) == [(Became.EXPIRED, ChangedBy.TIME)]
    assert ended(lifted) == [(Became.LIFTED, ChangedBy.DECISION)]
    assert ended(shortened) == [(Became.SHORTENED, ChangedBy.DECISION), (Became.EXPIRED, ChangedBy.TIME)]
    assert ended(lambda story, _: story.overturn(story.latest)) == [(Became.REVERSED, ChangedBy.OVERTURN)]
    assert ended(lambda story, id: story.overturn(id)) == [(Became.REVERSED, ChangedBy.REVIEW)]


def test_a_penalty_shortened_because_an_earlier_violation_fell_names_that_violation() -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(60)
    first = story.latest
    story.days(1).deduct(60)
    (strict,) = (one for one in story.penalties if one.trigger == story.latest)
    story.days(1).overturn(first)
    (change,) = penalty(story, strict.id).changes
    assert (change.became, change.by, change.violation, change.ground) == (Became.SHORTENED, ChangedBy.OVERTURN, first, "APPEAL")
    assert (change.ended_before, change.ends_at) == (strict.ends_at, datetime(2026, 3, 11, tzinfo=UTC))


def test_a_penalty_over_at_once_because_a_violation_fell_ended_by_that_and_not_by_time() -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(60)
    first = story.latest
    story.days(1).deduct(60)
    (strict,) = (one for one in story.penalties if one.trigger == story.latest)
    story.days(10).overturn(first)
    changes = penalty(story, strict.id).changes
    assert [(one.became, one.by, one.violation) for one in changes] == [
        (Became.SHORTENED, ChangedBy.OVERTURN, first), (Became.EXPIRED, ChangedBy.OVERTURN, first)]
    assert changes[0].served_seconds > 0


def falls(story: Story, subject: UUID, ground: Ground, relief: Relief | None = None, **more: Any) -> None:
    """A decision falls by that way, wholly or in part."""
    parts: dict[str, Any] = {"creator": story.creator, "reasons": REASONS, "relief": relief} | more
    outcome = Outcome.PARTIALLY_REVERSED if relief else Outcome.REVERSED
    if ground is Ground.APPEAL:
        filed = story.when(SubmitAppeal(creator=story.creator, subject=subject, grounds=REASONS), CREATOR).one(AppealSubmitted)
        story.given(DecideAppeal(appeal_id=filed.appeal_id, outcome=outcome, **parts), by=APPEALS_REVIEWER)
    elif ground is Ground.DISPUTE:
        opening = OpenDispute(creator=story.creator, subject=subject, body="ODS-1", reference="7")
        dispute = story.when(opening, APPEALS_REVIEWER).one(DisputeOpened).dispute_id
        said = RecordDisputeDecision(creator=story.creator, dispute_id=dispute, outcome=outcome, reasons=REASONS)
        story.given(said, ImplementDispute(dispute_id=dispute, **parts), by=APPEALS_REVIEWER)
    else:
        story.given(OverturnDecision(subject=subject, ground=ground, root_cause="WRONG", **parts), by=APPEALS_REVIEWER)


@pytest.mark.parametrize("ground", Ground)
def test_a_penalty_that_falls_by_review_of_it_or_of_its_milestone_tells_by_which_way_and_in_which_role(ground: Ground) -> None:
    for about_milestone in (False, True):
        story = Story(packs=laddered(*LADDER))
        story.deduct(60)
        id = story.penalties[0].id
        falls(story, next(iter(story.account.milestones)) if about_milestone else id, ground)
        (change,) = penalty(story, id).changes
        assert (change.became, change.by, change.ground, change.violation, change.actor) == (
            Became.REVERSED, ChangedBy.REVIEW, ground, None, APPEALS_REVIEWER)
        assert APPEALS_REVIEWER.id not in in_words(penalty(story, id))


@pytest.mark.parametrize("ground", Ground)
def test_a_penalty_that_falls_with_its_violation_tells_by_which_way_and_is_nobodys_own_decision(ground: Ground) -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(60)
    falls(story, story.latest, ground)
    (change,) = penalty(story, next(iter(story.account.ended))).changes
    assert (change.by, change.ground, change.violation, change.actor) == (ChangedBy.OVERTURN, ground, story.latest, None)


def test_a_penalty_that_takes_the_place_of_one_that_fell_in_part_names_it_and_the_reviewer() -> None:
    story = Story(packs=laddered(at(150, step("SUSPENDED", 7, capabilities=("LIVE_SELLING", "CAMPAIGN")))))
    story.deduct(60)
    old = story.penalties[0]
    falls(story, old.id, Ground.APPEAL, Relief(kind="LIVE_PAUSED", restrictions=restricted("LIVE_SELLING")))
    (lifted,), found = penalty(story, old.id).changes, penalty(story)
    assert (lifted.became, lifted.by, lifted.ground, lifted.actor) == (Became.LIFTED, ChangedBy.REVIEW, "APPEAL", APPEALS_REVIEWER)
    assert (found.kind, found.in_place_of, found.decided_by, found.rule) == ("LIVE_PAUSED", old.id, APPEALS_REVIEWER, None)
    assert "in the place of one that fell in part" in in_words(found)
    story.days(30).settle()
    assert [(one.became, one.by) for one in penalty(story, found.penalty).changes] == [(Became.EXPIRED, ChangedBy.TIME)]


def test_a_persons_penalty_lifted_because_its_violation_fell_names_the_violation_and_who_lifted_it() -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(1)
    story.given(SuspendPermission(
        creator=story.creator, violations=(story.latest,), restrictions=restricted("CAMPAIGN"), ends_at=START + timedelta(days=3), reasons=REASONS))
    held = story.penalties[-1].id
    falls(story, story.latest, Ground.COURT, lift=(held,))
    (change,) = penalty(story, held).changes
    assert (change.became, change.by, change.violation, change.ground, change.actor) == (
        Became.LIFTED, ChangedBy.OVERTURN, story.latest, "COURT", APPEALS_REVIEWER)


def test_a_penalty_that_falls_because_its_violation_was_found_lighter_on_appeal_tells_so() -> None:
    rows = (PointRule(severities=(Severity.MAJOR,), points=60), PointRule(points=20))
    story = Story(packs=laddered(*LADDER, points=rows))
    story.confirm(severity=Severity.MAJOR)
    falls(story, story.latest, Ground.APPEAL, Relief(severity=Severity.MODERATE))
    (change,) = penalty(story, next(iter(story.account.ended))).changes
    assert (change.by, change.violation, change.ground) == (ChangedBy.AMENDMENT, story.latest, "APPEAL")


def test_a_penalty_that_was_over_is_told_to_have_lasted_too_long_and_not_to_be_shortened_now() -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(60)
    first = story.latest
    story.days(1).deduct(60)
    (strict,) = (one for one in story.penalties if one.trigger == story.latest)
    story.days(20).overturn(first)
    changes = penalty(story, strict.id).changes
    assert [(one.became, one.by) for one in changes] == [(Became.EXPIRED, ChangedBy.TIME), (Became.SHORTENED, ChangedBy.OVERTURN)]
    assert changes[1].served_seconds == 7 * 86400
    assert "it was found that it should have ended on 11 March 2026 00:00 UTC because a violation was overturned (appeal); 168 hours" in in_words(
        penalty(story, strict.id))


def test_every_event_about_a_penalty_but_the_platforms_reports_has_a_place_in_its_explanation() -> None:
    approved = {event for event in subjects.PROGRESS if event.__name__ == "PenaltyApproved"}
    assert subjects.PENALTIES | approved == PENALTIES


def test_a_restriction_is_explained_by_every_penalty_in_force_it_comes_from() -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(60)
    ends_at = START + timedelta(days=30)
    story.given(SuspendPermission(
        creator=story.creator, violations=(story.latest,), restrictions=restricted("LIVE_SELLING"), ends_at=ends_at, reasons=REASONS))
    found = explain_restriction(told(story), story.account, Restriction("LIVE_SELLING"))
    assert found
    assert ([one.penalty for one in found.penalties], found.since, found.until) == ([one.id for one in story.penalties], START, ends_at)
    assert explain_restriction(told(story), story.account, Restriction("CAMPAIGN")) is None
    story.days(8).settle()
    left = explain_restriction(told(story), story.account, Restriction("LIVE_SELLING"))
    assert left
    assert [one.channel for one in left.penalties] == ["PERSON"]


# Invariant: what was explained stays as it was

def test_an_old_explanation_changes_neither_with_a_new_pack_nor_with_what_the_score_does_later() -> None:
    first = plain(counters={"score": counting(*LADDER)})
    story = Story(packs=published([first]))
    story.deduct(30)
    story.deduct(60)
    old, id = story.latest, story.penalties[0].id
    before, points = penalty(story, id), cost(story, old)
    stricter = later(first, date(2026, 3, 9), counters={"score": counting(at(190, step("OUT", None)), base=300)}, points=(PointRule(points=999),))
    story.packs = published([first, stricter])
    story.days(3).deduct(5)
    story.overturn(next(iter(story.account.violations)))
    story.days(40).settle()
    assert story.account.scheme
    assert story.account.scheme.version == 2
    after = penalty(story, id)
    assert after.changes != ()
    assert after.threshold == before.threshold
    assert in_words(after).startswith(in_words(before))
    assert (cost(story, old).points, cost(story, old).rule) == (points.points, points.rule)


def test_an_explanation_tells_the_severity_as_it_had_been_found_by_then() -> None:
    rows = (PointRule(severities=(Severity.MODERATE,), points=20), PointRule(points=60))
    story = Story(packs=laddered(*LADDER, points=rows))
    story.confirm("a", severity=Severity.MAJOR)
    amended = story.latest
    story.given(AmendViolation(creator=story.creator, violation_id=amended, severity=Severity.MODERATE, reasons=REASONS))
    story.confirm("b", severity=Severity.MAJOR)
    before, after = thresholds(story)
    assert [(one.severity, one.weighs) for one in before.counted] == [(Severity.MAJOR, -60)]
    assert [(one.severity, one.weighs) for one in after.counted] == [(Severity.MODERATE, -20), (Severity.MAJOR, -60)]
    assert [(loss.why, loss.points, loss.violation) for loss in after.counted[0].losses] == [(Lost.AMENDED, 40, amended)]
    assert (cost(story, amended).severity, cost(story, amended).points) == (Severity.MAJOR, 60)


# Points

MATRIX = (
    PointRule(severities=(Severity.MINOR,), points=0, warning=True), PointRule(occurrence=2, points=12, range=(10, 20)), PointRule(points=5))


def test_points_are_explained_by_the_row_the_occurrence_and_the_violations_that_counted_before() -> None:
    story = Story(packs=laddered(*LADDER, points=MATRIX))
    story.confirm("a")
    first, first_at = story.latest, story.now
    story.days(1).confirm("b", policy=OTHER)
    story.days(1).confirm("c")
    found = cost(story)
    assert (found.points, found.rule.table, found.rule.row, found.row_points, found.range, found.chosen) == (12, "points", 2, 12, (10, 20), None)
    assert (found.occurrence, [(one.violation, one.at) for one in found.earlier]) == (2, [(first, first_at)])
    assert found.entry
    assert (found.entry.points, found.warned, cost(story, first).occurrence) == (-12, False, 1)


def test_points_chosen_by_a_person_are_told_with_the_range_they_were_chosen_from() -> None:
    story = Story(packs=laddered(*LADDER, points=MATRIX))
    story.confirm("a")
    story.deduct(15)
    assert (cost(story).points, cost(story).chosen, cost(story).range) == (15, 15, (10, 20))
    assert "A person chose 15 within that range" in in_words(cost(story))


def test_a_warning_in_place_of_points_is_explained_by_its_row() -> None:
    story = Story(packs=laddered(*LADDER, points=MATRIX))
    story.confirm("a", "LOW_QUALITY", Severity.MINOR)
    assert (cost(story).points, cost(story).warned, cost(story).rule.row, cost(story).entry) == (0, True, 1, None)
    assert "a warning in place of points" in in_words(cost(story))


def test_only_what_there_is_can_be_explained() -> None:
    story = Story()
    chronicle = told(story)
    assert explain_points(chronicle, ViolationId(story.creator)) is None
    assert explain_penalty(chronicle, PenaltyId(story.creator)) is None
    assert [explain_threshold(chronicle, version) for version in (0, 1, 2, 3)] == [None] * 4


# Eligibility

def eligible(story: Story, kind: str = "CAMPAIGN", score: int = 400) -> EligibilityExplained:
    scheme = story.account.scheme
    assert scheme
    return explain_eligibility(story.account, story.packs.by_hash(scheme.hash), kind, score)


@pytest.mark.parametrize(("score", "is_open"), [(349, False), (350, True), (351, True)])
def test_each_gate_is_told_with_its_value_and_its_threshold_open_or_closed(score: int, *, is_open: bool) -> None:
    found = eligible(Story(), score=score)
    first = found.gates[0]
    assert (first.name, first.value, first.comparison, first.at) == (PROMOTION_SCORE, score, Comparison.AT_OR_ABOVE, 350)
    assert (first.open, found.eligible, [gate.open for gate in found.gates[1:]]) == (is_open, is_open, [True, True])
    assert ("Every gate is open" in in_words(found)) is is_open


@pytest.mark.parametrize("points", [49, 50, 51])
def test_what_is_explained_as_eligible_is_granted_and_nothing_else(points: int) -> None:
    pack = pack_of(SHIPPED, "US")
    story = Story(packs=published([plain(rewards=pack.rewards)]))
    story.deduct(points, policy="COUNTERFEIT", severity=Severity.MAJOR)
    found = eligible(story)
    granted = story.when(GrantReward(creator=story.creator, kind="CAMPAIGN", promotion_score=400)).refusal is None
    assert found.eligible is granted is (points < 50)


def test_a_restriction_that_excludes_a_reward_is_told_with_its_penalties_since_and_until_when() -> None:
    story = Story()
    excluded = pack_of(SHIPPED, "US").rewards["CAMPAIGN"].not_while_restricted[0]
    story.confirm()
    ends_at = START + timedelta(days=3)
    story.given(SuspendPermission(
        creator=story.creator, violations=(story.latest,), restrictions=restricted(excluded), ends_at=ends_at, reasons=REASONS))
    (found,) = eligible(story).exclusions
    assert (found.capability, found.since, found.until) == (excluded, START, ends_at)
    assert [(one.penalty, one.violations) for one in found.penalties] == [(story.penalties[-1].id, (story.latest,))]
    assert eligible(story).eligible is False
    story.at(ends_at).settle()
    assert eligible(story).exclusions == ()


def test_a_reward_in_force_is_explained_as_such() -> None:
    story = Story()
    story.given(GrantReward(creator=story.creator, kind="CAMPAIGN", promotion_score=400))
    assert (eligible(story).in_force, eligible(story).eligible) == (True, False)


def test_there_is_no_explanation_for_a_reward_or_a_score_that_cannot_be() -> None:
    with pytest.raises(RewardNotInMarket):
        eligible(Story(), "FREE_LUNCH")
    with pytest.raises(PromotionScoreInvalid):
        eligible(Story(), score=501)


# Every history

@EVERY
@given(HISTORIES)
def test_in_every_history_what_counted_makes_the_value_and_every_entry_is_told_once(history: tuple[int, list[Any]]) -> None:
    life = Life(history[0])
    for _ in life.live(history[1]):
        pass
    story, chronicle = life.told, Chronicle(life.told.facts, life.told.packs)
    for fact in story.facts:
        if found := explain_threshold(chronicle, fact.version):
            figures = chronicle.adoption(fact.version).figures[found.counter]
            assert figures.held(found.unheld) == found.value_after
            ids = [entry.id for entry in found.counted] + [one.entry.id for one in found.uncounted]
            made = {one.event.entry_id for one in story.facts[:fact.version] if isinstance(one.event, MAKING)}
            assert sorted(ids) == sorted(made)
            assert {one.why for one in found.uncounted if one.entry.weighs} <= {Uncounted.OTHER_COUNTER, Uncounted.OTHER_GROUP}
            assert in_words(found)
    for violation in chronicle.confirmed:
        points = explain_points(chronicle, violation)
        assert points
        assert points.occurrence == 1 + len(points.earlier)
        assert in_words(points)


MAKING = (PointsDeducted, PointsEarned, StrikeIssued)


@EVERY
@given(HISTORIES)
def test_in_every_history_every_penalty_has_its_explanation_by_the_rule_it_followed_from(history: tuple[int, list[Any]]) -> None:
    life = Life(history[0])
    for _ in life.live(history[1]):
        pass
    chronicle, account = Chronicle(life.told.facts, life.told.packs), life.told.account
    for id, known in (account.standing.penalties | account.ended).items():
        found = explain_penalty(chronicle, id)
        assert found
        assert (found.kind, found.channel, found.violations) == (known.kind, known.channel, known.violations)
        assert (found.rule is None) == known.by_person
        assert (found.threshold is None) == (known.channel in {"PERSON", "ZERO_TOLERANCE"})
        latest = next((one.became for one in reversed(found.changes) if one.became is not Became.SHORTENED), None)
        assert (id in account.ended) == (latest in OVER), "one that is over can still be found to have lasted too long"
        assert in_words(found)


OVER = frozenset({Became.EXPIRED, Became.LIFTED, Became.REVERSED, Became.LAPSED, Became.DECLINED})


def expired(day: int) -> UncountedEntry:
    """An entry of January that expired on that day of March."""
    entry = Entry(
        id=EntryId(UUID(int=day)), tally=Tally("score"), violation=None, earned_by="ORDERS", policy="", severity=None, points=1, weighs=0,
        made_at=datetime(2026, 1, day, tzinfo=UTC), expires_at=None, losses=())
    return UncountedEntry(entry=entry, why=Uncounted.EXPIRED, since=datetime(2026, 3, day, tzinfo=UTC), violation=None)


def test_the_words_name_the_last_few_that_did_not_count_and_tell_the_others_by_their_number() -> None:
    gone = tuple(expired(day) for day in range(1, 6))
    first, second = left_out(gone)[:2]
    assert [f"on {day} March" in first for day in range(1, 6)] == [False, False, True, True, True]
    assert second == "Nor did 2 entries that went before."
