"""What falls with a decision, what stays, and what is owed for it: the rules of overturning, each with the history that shows it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.creator.approvals import ApprovePenalty
from domain.creator.commission import CommissionForfeited, CommissionFrozen, CommissionReleased, ForfeitCommission, FreezeCommission
from domain.creator.content import ContentRestored, DeleteContent, RemoveContent
from domain.creator.overruling import OverturnDecision
from domain.creator.overturn import AmendViolation, Ground
from domain.creator.penalties import (
    PenaltyImposed,
    PenaltyLifted,
    PenaltyReversed,
    PenaltyShortened,
    PermissionSuspended,
)
from domain.creator.points import MilestoneReversed, PointsRestored
from domain.creator.reliefs import PersonalPenaltyUndecided, Relief
from domain.creator.remedies import RemedyFulfilled, RemedyOwed
from domain.creator.rewards import GrantReward, RevokeReward, RewardGranted
from domain.creator.sanctions import LiftPenalty, SuspendPermission
from domain.creator.state import Measure, RemedyKind, Restriction
from domain.facts import Actor, ActorKind
from domain.identity import ContentId, PenaltyId, ViolationId
from domain.packs.catalogue import Catalogue
from tests.rulebook import (
    REASONS,
    SECOND,
    START,
    Outcome,
    Story,
    at,
    laddered,
    plain,
    proposed,
    restricted,
    step,
    stories_are_replayed,
)

__all__ = ["stories_are_replayed"]

HOUR, DAY = 3600, 86_400
LIVE, CAMPAIGN = restricted("LIVE_SELLING"), restricted("CAMPAIGN")
IN_HEALTH = (Restriction("LIVE_SELLING", category="HEALTH"),)
PLAIN = laddered(at(150, step(days=7)), at(100, step(days=14)), rewards=plain().rewards)


def told(packs: Catalogue = PLAIN, *points: int) -> tuple[Story, tuple[ViolationId, ...]]:
    """Violations that cost so many points, a day apart, each in a content item of its own."""
    story = Story(packs=packs)
    for number, each in enumerate(points):
        story.days(min(number, 1)).deduct(each, f"video-{number}")
    return story, tuple(ViolationId(id) for id in story.account.violations)


def fell(story: Story, subject: UUID, **more: Any) -> Outcome:
    """A decision falls by a way that is no appeal."""
    reviewer = Actor(ActorKind.REVIEWER, f"reviewer-{len(story.facts)}")
    return story.when(OverturnDecision(
        creator=story.creator, subject=subject, ground=Ground.COURT, reasons=REASONS, root_cause="UNFOUNDED", **more), reviewer)


def suspended(story: Story, *because: ViolationId, days: int = 10, what: tuple[Restriction, ...] = CAMPAIGN) -> PenaltyId:
    """A person takes something away because of violations."""
    return story.when(SuspendPermission(
        creator=story.creator, violations=because, restrictions=what, ends_at=story.now + timedelta(days=days), reasons=REASONS),
        SECOND).one(PermissionSuspended).penalty_id


def times(outcome: Outcome) -> dict[tuple[str, ...], int]:
    """The seconds that a decision owes, by what was restricted."""
    found = [one for one in outcome.all(RemedyOwed) if one.kind is RemedyKind.SERVED_TIME]
    return {tuple(each.name for each in one.restrictions): one.seconds for one in found}


def name(*restrictions: Restriction) -> tuple[str, ...]:
    return tuple(one.name for one in restrictions)


# Milestones


def test_a_later_milestone_that_would_not_have_been_crossed_is_reversed_with_what_was_enforced_for_it() -> None:
    story, (first, later) = told(PLAIN, 40, 20)
    outcome = story.overturn(first)
    reversed_ = outcome.one(MilestoneReversed)
    assert (reversed_.violation_id, reversed_.threshold) == (later, 150)
    outcome.includes(PenaltyReversed).excludes(PenaltyImposed)
    assert (story.penalties, story.account.milestones, story.score) == ([], {}, 180)


def test_a_milestone_that_another_violation_would_have_crossed_anyway_stays_with_its_penalty() -> None:
    story, (first, later) = told(PLAIN, 10, 60)
    story.overturn(first).excludes(MilestoneReversed, PenaltyReversed, PenaltyShortened)
    assert [one.violation for one in story.account.milestones.values()] == [later]


def test_a_milestone_in_whose_place_a_milder_one_would_have_been_crossed_stays_and_its_penalty_becomes_the_milder_one() -> None:
    story, (first, later) = told(PLAIN, 60, 60)
    outcome = story.overturn(first)
    assert outcome.one(MilestoneReversed).violation_id == first
    assert [one.violation for one in story.account.milestones.values()] == [later]
    assert outcome.one(PenaltyShortened).ends_at == datetime(2026, 3, 11, tzinfo=UTC)


def test_an_amendment_reverses_the_milestone_that_the_lighter_violation_does_not_reach() -> None:
    story, (only,) = told(PLAIN, 60)
    lighter = AmendViolation(creator=story.creator, violation_id=only, points=10, reasons=REASONS)
    assert story.when(lighter, SECOND).one(MilestoneReversed).violation_id == only
    assert story.account.milestones == {}


# Penalties that are over


def test_a_penalty_that_is_over_is_shortened_once_however_often_something_falls() -> None:
    story, (first, _, third) = told(PLAIN, 60, 60, 5)
    story.days(60)
    shortened = story.overturn(first).one(PenaltyShortened)
    assert shortened.served_seconds == 7 * DAY
    story.overturn(third).excludes(PenaltyShortened, RemedyOwed)


def test_what_a_penalty_that_is_over_was_served_beyond_the_shorter_one_is_owed() -> None:
    story, (first, _) = told(PLAIN, 60, 60)
    assert times(story.days(60).overturn(first)) == {name(*LIVE): 7 * DAY + 24 * HOUR}, "the first day was for the fallen one alone"


# What a second person approved


def approved(**more: Any) -> tuple[Story, ViolationId, PenaltyId]:
    """A penalty with its interim, which a second person approved a day later."""
    story, (violation,) = told(laddered(at(150, proposed(days=5, interim=True, **more))), 60)
    (penalty,) = story.penalties
    story.days(1).given(ApprovePenalty(creator=story.creator, penalty_id=penalty.id), by=SECOND)
    return story, violation, penalty.id


def test_the_interim_of_a_penalty_that_was_approved_is_time_served_too() -> None:
    story, violation, _ = approved()
    outcome = story.days(1).overturn(violation)
    assert (outcome.one(PenaltyReversed).served_seconds, times(outcome)) == (2 * DAY, {name(*LIVE): 2 * DAY})


def test_the_time_between_an_interim_that_was_lifted_and_the_approval_is_not_time_served() -> None:
    story, (violation,) = told(laddered(at(150, proposed(days=5, interim=True))), 60)
    (penalty,) = story.penalties
    story.days(1).given(LiftPenalty(creator=story.creator, penalty_id=penalty.id, reasons=REASONS))
    story.days(1).given(ApprovePenalty(creator=story.creator, penalty_id=penalty.id), by=SECOND)
    outcome = story.days(1).overturn(violation)
    assert (outcome.one(PenaltyReversed).served_seconds, times(outcome)) == (2 * DAY, {name(*LIVE): 2 * DAY})


# What people placed


def test_the_decision_by_which_a_violation_falls_says_which_of_the_penalties_people_placed_go_and_no_other_goes() -> None:
    story, (first, second) = told(PLAIN, 10, 10)
    goes, stays, another = suspended(story, first), suspended(story, first, what=IN_HEALTH), suspended(story, second, days=20)
    story.overturn(first, lift=(goes,)).refused(PersonalPenaltyUndecided)
    outcome = fell(story, first, lift=(goes,), keep=(stays,))
    assert [one.penalty_id for one in outcome.all(PenaltyLifted)] == [goes]
    assert [one.id for one in story.penalties] == [stays, another]


def test_time_under_a_persons_penalty_that_is_over_is_owed_once_all_it_rested_on_fell() -> None:
    story, (first, second) = told(PLAIN, 10, 10)
    suspended(story, first, second, days=3)
    story.days(5).overturn(first).excludes(RemedyOwed)
    assert times(story.overturn(second)) == {name(*CAMPAIGN): 3 * DAY}


@pytest.mark.parametrize("milder", [False, True], ids=["itself", "a milder one in its place"])
def test_time_under_a_persons_penalty_that_was_kept_is_not_owed_when_it_is_over(*, milder: bool) -> None:
    story, (first, second) = told(PLAIN, 10, 10)
    kept = suspended(story, first, what=CAMPAIGN + LIVE)
    story.overturn(first, keep=(kept,))
    if milder:
        fell(story, kept, relief=Relief(kind="MILDER", restrictions=CAMPAIGN))
    story.days(20).overturn(second).excludes(RemedyOwed)


# Time that is owed


def test_who_was_spared_one_penalty_of_mercy_is_owed_the_time_served_for_another_that_fell() -> None:
    story, (first, second) = told(laddered(at(150, step("FIRST", 20)), at(100, step("SECOND", 20))), 60, 60)
    by_first = story.penalties[0]
    story.given(LiftPenalty(creator=story.creator, penalty_id=by_first.id, reasons=REASONS))
    assert times(story.days(3).overturn(second)) == {name(*LIVE): 3 * DAY}, "without it nothing would have been restricted"
    assert first in story.account.violations


def test_what_was_served_beyond_the_end_that_a_decision_finds_right_is_owed() -> None:
    story, _ = told(PLAIN, 60)
    (penalty,) = story.penalties
    outcome = fell(story.days(3), penalty.id, relief=Relief(ends_at=penalty.starts_at + timedelta(days=1)))
    assert (times(outcome), story.penalties) == ({name(*LIVE): 2 * DAY}, [])
    assert times(story.overturn(story.latest)) == {name(*LIVE): DAY}, "the rest, and no more"


def test_what_a_milder_penalty_leaves_out_is_owed_from_the_beginning_and_what_it_keeps_is_not() -> None:
    story, _ = told(laddered(at(150, step("BAN", 9, ("LIVE_SELLING", "CAMPAIGN")))), 60)
    (penalty,) = story.penalties
    outcome = fell(story.days(2), penalty.id, relief=Relief(kind="MILDER", restrictions=CAMPAIGN))
    assert (times(outcome), outcome.one(RemedyOwed).subject) == ({name(*LIVE): 2 * DAY}, penalty.id)
    (milder,) = story.penalties
    assert times(fell(story.days(1), milder.id)) == {name(*CAMPAIGN): 3 * DAY}


def test_time_within_a_wider_restriction_is_owed_for_that_one_alone() -> None:
    story, _ = told(PLAIN, 60)
    (penalty,) = story.penalties
    wide = fell(story.days(2), penalty.id, relief=Relief(kind="MILDER", restrictions=IN_HEALTH))
    assert times(wide) == {name(*LIVE): 2 * DAY}
    (milder,) = story.penalties
    assert times(fell(story.days(1), milder.id)) == {name(*IN_HEALTH): DAY}


def test_less_than_a_second_is_not_owed() -> None:
    story, (first, second) = told(laddered(at(150, step("FIRST", 2)), at(100, step("SECOND", 2))), 60, 60)
    half = timedelta(milliseconds=500)
    first_end = story.penalties[0].ends_at
    assert first_end is not None
    assert times(story.at(first_end + half).overturn(second)) == {}
    assert first in story.account.violations


# All of it in one decision


def test_one_decision_gives_back_all_it_took_and_nothing_else_and_lists_what_is_owed() -> None:
    ban = step("BAN", 90, ("WITHDRAW_COMMISSION", "LIVE_SELLING"))
    story, (violation, other) = told(laddered(at(150, ban), rewards=plain().rewards), 60, 5)
    story.again_may_differ()
    (penalty,) = story.penalties
    for content, because in (("video-0", violation), ("video-1", other)):
        story.given(RemoveContent(creator=story.creator, content_id=ContentId(content), violation_id=because))
    freezes = [story.when(FreezeCommission(
        creator=story.creator, penalty_id=penalty.id, amount=amount, currency="USD")).one(CommissionFrozen).freeze_id for amount in (500, 700)]
    reward = story.when(GrantReward(creator=story.creator, kind="WIDER_REACH", promotion_score=420)).one(RewardGranted).reward_id
    story.given(RevokeReward(creator=story.creator, reward_id=reward, reasons=REASONS, because=(violation,)))
    story.inform(violation)
    story.inform(penalty.id)
    story.days(31).when(ForfeitCommission(creator=story.creator, freeze_id=freezes[0], amount=500, reasons=REASONS)).then(CommissionForfeited)
    held = suspended(story, other, days=20)

    outcome = fell(story, violation)

    assert outcome.one(PointsRestored).points == 60
    assert outcome.one(PenaltyReversed).penalty_id == penalty.id
    assert [one.freeze_id for one in outcome.all(CommissionReleased)] == [freezes[1]]
    assert outcome.one(ContentRestored).content_id == "video-0"
    served = int((story.now - START).total_seconds())
    assert {(one.kind, one.subject, one.seconds, one.amount) for one in outcome.all(RemedyOwed)} == {
        (RemedyKind.SERVED_TIME, penalty.id, served, 0), (RemedyKind.COMMISSION, freezes[0], 0, 500), (RemedyKind.REWARD, reward, 0, 0)}
    assert {one.violation_id for one in outcome.all(RemedyOwed)} == {violation}
    assert [(one.content_id, one.measure) for one in story.account.measures.values()] == [("video-1", Measure.REMOVED)]
    assert ([one.id for one in story.penalties], story.score) == ([held], 195)
    story.days(20).when(GrantReward(creator=story.creator, kind="WIDER_REACH", promotion_score=420)).includes(RemedyFulfilled)


def test_content_that_its_owner_deleted_stays_deleted() -> None:
    story, (violation,) = told(PLAIN, 10)
    story.given(RemoveContent(creator=story.creator, content_id=ContentId("video-0"), violation_id=violation))
    story.given(DeleteContent(creator=story.creator, content_id=ContentId("video-0")))
    story.overturn(violation).excludes(ContentRestored)


def test_points_that_have_expired_are_not_given_back_and_the_penalty_they_led_to_is_reversed_all_the_same() -> None:
    story, (violation,) = told(laddered(at(150, step(days=365))), 60)
    story.days(120).overturn(violation).excludes(PointsRestored).includes(PenaltyReversed, RemedyOwed)
    assert (story.score, story.penalties) == (200, [])
