"""Rewards: benefits behind gates, while nothing restricts the creator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from domain.calendar import Duration, Unit
from domain.creator.finding import Discretion
from domain.creator.points import StrikeExpired
from domain.creator.rewards import (
    ChangeRewardTier,
    GrantReward,
    PromotionScoreInvalid,
    RevokeReward,
    RewardAlreadyGranted,
    RewardExpired,
    RewardGranted,
    RewardNotEligible,
    RewardNotInMarket,
    RewardRevoked,
    RewardTierChanged,
    RewardUnknown,
    RewardWhilePenalised,
)
from domain.creator.sanctions import LiftPenalty, SuspendPermission
from domain.creator.state import Restriction
from domain.creator.violations import ConfirmViolation
from domain.creator.warnings import ReasonsRequired
from domain.facts import Cause, Personal
from domain.identity import RewardId
from domain.packs.catalogue import Catalogue
from domain.packs.model import Severity
from tests.rulebook import SHIPPED, Outcome, Story, changed, pack_of, published, stories_are_replayed

__all__ = ["stories_are_replayed"]

US = pack_of(SHIPPED, "US")
TEN_DAYS = datetime(2026, 3, 13, 7, tzinfo=UTC)  # 2 March and ten days, at midnight in Los Angeles


def lasting(duration: Duration | None) -> Catalogue:
    """The pack with so long a WIDER_REACH."""
    return published([changed(US, rewards={"WIDER_REACH": msgspec.structs.replace(US.rewards["WIDER_REACH"], duration=duration)})])


FOR_TEN_DAYS = lasting(Duration(10, Unit.DAYS))


def grant(story: Story, kind: str = "CAMPAIGN", score: int = 400) -> Outcome:
    return story.when(GrantReward(creator=story.creator, kind=kind, promotion_score=score))


def violate(story: Story, points: int, content: str, policy: str, severity: Severity) -> None:
    """A violation for which a person chose so many points."""
    chosen = Discretion(points=points, reasons=Personal("as found"))
    story.given(ConfirmViolation(creator=story.creator, finding=story.finding(content, policy, severity), discretion=chosen))


def lose(story: Story, points: int) -> None:
    """So many points for a violation of a policy that the campaign gate does not count."""
    violate(story, points, "video-0", "COUNTERFEIT", Severity.MAJOR)


def test_a_reward_is_granted_with_the_figures_its_gates_were_checked_with() -> None:
    story = Story()
    event = grant(story, score=350).then(RewardGranted).one(RewardGranted)
    assert (event.kind, event.promotion_score, event.values) == ("CAMPAIGN", 350, {"score": 200, "key-policy-violations": 0})
    assert event.pack == SHIPPED.in_force("US", story.now).hash


@pytest.mark.parametrize(("kind", "least"), [("CAMPAIGN", 350), ("LIVE_GIVEAWAYS", 400), ("WIDER_REACH", 200)])
def test_a_promotion_score_just_below_the_gate_closes_it_and_one_at_or_above_it_opens_it(kind: str, least: int) -> None:
    grant(Story(), kind, least - 1).refused(RewardNotEligible)
    grant(Story(), kind, least).then(RewardGranted)
    grant(Story(), kind, least + 1).then(RewardGranted)


@pytest.mark.parametrize(("lost", "score"), [(51, 149), (50, 150)], ids=["below", "at"])
def test_a_health_score_below_or_at_the_gate_closes_it(lost: int, score: int) -> None:
    story = Story()
    lose(story, lost)
    for penalty in story.account.standing.penalties:
        story.given(LiftPenalty(creator=story.creator, penalty_id=penalty, reasons=Personal("to see the gate alone")))
    assert story.score == score
    grant(story).refused(RewardNotEligible)


def test_a_health_score_just_above_the_gate_opens_it() -> None:
    story = Story()
    lose(story, 49)
    assert story.score == 151
    grant(story).then(RewardGranted)


def with_strikes(count: int) -> Story:
    """So many violations of key policies, five at the most of one policy, for as few points as may be."""
    story = Story()
    story.confirm("video-1", "LOW_QUALITY", Severity.MINOR)
    for number in range(2, min(count, 5) + 1):
        violate(story, 5, f"video-{number}", "LOW_QUALITY", Severity.MINOR)
    if count >= 6:
        violate(story, 10, "video-6", "UNORIGINAL_CONTENT", Severity.MODERATE)
    if count >= 7:
        violate(story, 10, "video-7", "MISLEADING_PROMOTION", Severity.MODERATE)
    assert story.score > 150
    return story


def test_fewer_violations_of_key_policies_than_the_gate_leave_it_open() -> None:
    assert grant(with_strikes(5)).then(RewardGranted).one(RewardGranted).values["key-policy-violations"] == 5


@pytest.mark.parametrize("count", [6, 7], ids=["at", "above"])
def test_as_many_violations_of_key_policies_as_the_gate_or_more_close_it(count: int) -> None:
    refusal = grant(with_strikes(count)).refused(RewardNotEligible)
    assert f"it is {count}" in refusal.message


def test_the_gate_opens_again_when_the_violations_it_counts_have_expired() -> None:
    story = with_strikes(6).days(29)
    grant(story).refused(RewardNotEligible)
    expired = story.days(2).settle()
    assert StrikeExpired in {type(event) for event in expired}
    grant(story).then(RewardGranted)


def test_a_gate_on_a_counter_with_groups_looks_at_all_of_them_together() -> None:
    gate = msgspec.structs.replace(US.rewards["CAMPAIGN"].gates[1], counter="repeat-offence", at=7)
    story = Story(packs=published([changed(US, rewards={"CAMPAIGN": msgspec.structs.replace(US.rewards["CAMPAIGN"], gates=(gate,))})]))
    story.confirm("video-1", "LOW_QUALITY", Severity.MINOR)
    story.confirm("video-2", "UNORIGINAL_CONTENT")
    assert grant(story).one(RewardGranted).values == {"repeat-offence": 2}


def suspended(capability: str) -> Story:
    story = Story()
    story.confirm(policy="LOW_QUALITY", severity=Severity.MINOR)
    return story.given(SuspendPermission(
        creator=story.creator, violations=(story.latest,), restrictions=(Restriction(capability),), ends_at=TEN_DAYS, reasons=Personal("until then")))


def test_a_reward_is_not_granted_while_what_it_needs_is_restricted() -> None:
    story = suspended("CAMPAIGN").at(TEN_DAYS - timedelta(microseconds=1))
    refusal = grant(story).refused(RewardWhilePenalised)
    assert "CAMPAIGN is restricted" in refusal.message


def test_a_reward_is_granted_again_at_the_instant_the_restriction_ends() -> None:
    grant(suspended("CAMPAIGN").at(TEN_DAYS)).then(RewardGranted)


def test_a_restriction_of_something_else_excludes_no_reward() -> None:
    grant(suspended("ADD_PRODUCTS")).then(RewardGranted)


def test_a_reward_that_is_in_force_is_not_granted_again() -> None:
    story = Story()
    grant(story)
    grant(story).refused(RewardAlreadyGranted)
    grant(story, "LIVE_GIVEAWAYS").then(RewardGranted)


def test_a_reward_that_the_market_does_not_have_is_not_granted() -> None:
    grant(Story(), "FREE_LUNCH").refused(RewardNotInMarket)


@pytest.mark.parametrize("score", [-1, 501])
def test_a_promotion_score_outside_its_scale_is_refused(score: int) -> None:
    grant(Story(), score=score).refused(PromotionScoreInvalid)
    story = Story()
    story.when(ChangeRewardTier(creator=story.creator, tier="GOLD", promotion_score=score)).refused(PromotionScoreInvalid)


def test_the_ends_of_the_promotion_scores_scale_belong_to_it() -> None:
    grant(Story(), score=500).then(RewardGranted)
    story = Story()
    story.when(ChangeRewardTier(creator=story.creator, tier="BRONZE", promotion_score=0)).then(RewardTierChanged)


# How a reward ends


def test_a_reward_expires_at_local_midnight_after_its_days() -> None:
    story = Story(packs=FOR_TEN_DAYS)
    outcome = grant(story, "WIDER_REACH")
    granted = outcome.one(RewardGranted)
    assert granted.ends_at == TEN_DAYS
    assert story.at(TEN_DAYS - timedelta(microseconds=1)).settle() == []
    assert story.at(TEN_DAYS).settle() == [RewardExpired(reward_id=granted.reward_id)]
    fact = story.facts[-1]
    assert (fact.occurred_at, fact.cause) == (TEN_DAYS, Cause(story.creator, outcome.facts[0].version))


def test_an_expired_reward_may_be_granted_again() -> None:
    story = Story(packs=FOR_TEN_DAYS)
    first = grant(story, "WIDER_REACH").one(RewardGranted).reward_id
    assert grant(story.at(TEN_DAYS), "WIDER_REACH").one(RewardGranted).reward_id != first


def test_a_reward_without_days_does_not_expire() -> None:
    story = Story(packs=lasting(None))
    assert grant(story, "WIDER_REACH").one(RewardGranted).ends_at is None
    assert story.days(5000).settle() == []


def test_a_reward_is_revoked_with_reasons() -> None:
    story = Story()
    reward = grant(story).one(RewardGranted).reward_id
    story.when(RevokeReward(creator=story.creator, reward_id=reward, reasons=Personal(""))).refused(ReasonsRequired)
    story.when(RevokeReward(creator=story.creator, reward_id=reward, reasons=Personal("by mistake"))).then(RewardRevoked)
    assert story.account.rewards == {}


def test_a_reward_that_is_not_in_force_is_not_revoked() -> None:
    story = Story(packs=FOR_TEN_DAYS)
    story.when(RevokeReward(creator=story.creator, reward_id=RewardId(uuid4()), reasons=Personal("none"))).refused(RewardUnknown)
    reward = grant(story, "WIDER_REACH").one(RewardGranted).reward_id
    story.at(TEN_DAYS).when(RevokeReward(creator=story.creator, reward_id=reward, reasons=Personal("late"))).refused(RewardUnknown)


# Tiers


def test_a_reward_tier_changes_once() -> None:
    story = Story()
    event = story.when(ChangeRewardTier(creator=story.creator, tier="GOLD", promotion_score=420)).then(RewardTierChanged).one(RewardTierChanged)
    assert (event.before, event.tier, event.promotion_score, story.account.tier) == ("", "GOLD", 420, "GOLD")
    story.when(ChangeRewardTier(creator=story.creator, tier="GOLD", promotion_score=430)).then()
    story.when(ChangeRewardTier(creator=story.creator, tier="SILVER", promotion_score=300)).then(RewardTierChanged)
