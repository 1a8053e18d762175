"""What falls due by itself, what is bookkeeping and what is decided, and when something takes effect."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from domain.calendar import Duration, Unit
from domain.creator import decider
from domain.creator.appeals import AppealSubmitted, SubmitAppeal
from domain.creator.approvals import ApprovePenalty, ProposalUnknown
from domain.creator.carrying_out import Report, ReportRestriction
from domain.creator.commission import CommissionReleased, FreezeCommission
from domain.creator.decider import ConcurrencyConflict, SettleAccount
from domain.creator.grammar import AccountNotRegistered, Order, TimeInFuture
from domain.creator.notices import BounceNotice, DeliverNotice, NoticeDeemed, ReadNotice
from domain.creator.penalties import PenaltyExpired, PenaltyImposed, PenaltyProposalLapsed
from domain.creator.points import MilestoneCrossed, PointsDeducted, PointsExpired, StrikeExpired
from domain.creator.rewards import ChangeRewardTier, GrantReward, RewardExpired, RewardTierChanged
from domain.creator.sanctions import ImposePenalty, LiftPenalty, PenaltyUnknownOrEnded
from domain.creator.scheme import SchemeAdopted
from domain.creator.state import Restriction
from domain.creator.violations import ConfirmViolation, ViolationConfirmed
from domain.creator.warnings import IssueWarning
from domain.facts import ActorKind, Personal, placed
from domain.identity import PenaltyId
from domain.packs.catalogue import Catalogue
from domain.packs.model import Severity
from tests.rulebook import CREATOR, MODERATOR, SECOND, SHIPPED, START, Story, changed, later, pack_of, published, stories_are_replayed

__all__ = ["stories_are_replayed"]

US = pack_of(SHIPPED, "US")
SEVEN_DAYS = datetime(2026, 3, 10, 7, tzinfo=UTC)  # 2 March and seven days, at midnight in Los Angeles
MOMENT = timedelta(microseconds=1)
REASONS = Personal("as found")


def on_one_day() -> Catalogue:
    """Packs where seven days after 2 March everything comes to its end at once, and a new version comes into force."""
    week = Duration(7, Unit.DAYS)
    counters = {
        name: msgspec.structs.replace(counter, expiry=msgspec.structs.replace(counter.expiry, days=7))
        for name, counter in US.counters.items()}
    rewards = {"WIDER_REACH": msgspec.structs.replace(US.rewards["WIDER_REACH"], duration=week)}
    steps = tuple(msgspec.structs.replace(step, approve_within=week) for step in US.zero_tolerance[0].steps)
    pack = changed(
        US, counters=counters, rewards=rewards, notice=msgspec.structs.replace(US.notice, deemed_after=week),
        zero_tolerance=(msgspec.structs.replace(US.zero_tolerance[0], steps=steps),))
    return published([pack, later(pack, date(2026, 3, 10), quiz=None)])


def all_at_once() -> Story:
    """An account with something of every kind that falls due at the same instant."""
    story = Story(packs=on_one_day())
    story.given(GrantReward(creator=story.creator, kind="WIDER_REACH", promotion_score=300))
    story.confirm(severity=Severity.MAJOR)
    story.notify(story.latest)
    story.confirm("video-2", "COUNTERFEIT", Severity.MAJOR).includes(PenaltyImposed)
    story.confirm("behaviour", "EVASION", Severity.SEVERE)
    return story.given(ImposePenalty(
        creator=story.creator, kind="OTHER", violations=(story.latest,), restrictions=(Restriction("WITHDRAW_COMMISSION"),), reasons=REASONS,
        ends_at=SEVEN_DAYS))


# Settle first


def test_at_one_instant_entries_expire_first_then_penalties_proposals_rewards_notices_and_a_new_pack_comes_last() -> None:
    story = all_at_once()
    assert story.at(SEVEN_DAYS - MOMENT).settle() == []
    kinds = list(dict.fromkeys(type(event) for event in story.at(SEVEN_DAYS).settle()))
    order = [kinds.index(kind) for kind in (PenaltyExpired, PenaltyProposalLapsed, RewardExpired, NoticeDeemed, SchemeAdopted)]
    assert order == sorted(order)
    assert max(kinds.index(PointsExpired), kinds.index(StrikeExpired)) < order[0]
    assert kinds[-1] is SchemeAdopted


def test_what_fell_due_is_settled_once() -> None:
    story = all_at_once().at(SEVEN_DAYS)
    assert story.settle() != []
    assert story.settle() == []
    assert story.account.standing.ledger.entries == {}


def test_what_falls_due_happens_in_the_order_of_time_however_late_it_is_settled() -> None:
    story = Story()
    story.confirm(severity=Severity.MAJOR)
    story.days(1).confirm("video-2", "COUNTERFEIT", Severity.MAJOR)
    story.notify(story.latest)
    story.days(400).settle()
    bookkept = [fact.occurred_at for fact in story.facts if fact.recorded_at == story.now]
    assert len(bookkept) > 3
    assert bookkept == sorted(bookkept)


def test_every_fact_of_settling_has_the_system_as_its_actor_and_a_cause() -> None:
    story = all_at_once().at(SEVEN_DAYS)
    story.settle()
    facts = [fact for fact in story.facts if fact.recorded_at == SEVEN_DAYS]
    assert {type(fact.event).__name__ for fact in facts} == {
        "PointsExpired", "StrikeExpired", "PenaltyExpired", "PenaltyProposalLapsed", "RewardExpired", "NoticeDeemed", "SchemeAdopted"}
    assert {fact.actor.kind for fact in facts} == {ActorKind.SYSTEM}
    assert [fact for fact in facts if fact.cause is None] == []
    caused_here = [fact for fact in facts if fact.cause and fact.cause.stream == story.creator]
    assert all(fact.cause and fact.cause.version < fact.version for fact in caused_here)


def test_settling_late_gives_the_same_facts_at_the_same_times_as_settling_in_time() -> None:
    late, in_time = all_at_once(), all_at_once()
    for _ in range(120):
        in_time.days(1).settle()
    late.days(120).settle()
    assert [(fact.event, fact.occurred_at) for fact in late.facts] == [(fact.event, fact.occurred_at) for fact in in_time.facts]


def test_a_command_is_decided_on_the_account_as_it_is_after_what_fell_due() -> None:
    story = Story()
    story.confirm()
    penalty = by_hand(story, SEVEN_DAYS)
    story.at(SEVEN_DAYS)
    story.when(LiftPenalty(creator=story.creator, penalty_id=penalty, reasons=REASONS)).refused(PenaltyUnknownOrEnded)
    assert story.facts[-1].event == PenaltyExpired(penalty_id=penalty)


def test_a_proposal_is_not_approved_at_the_instant_it_lapses() -> None:
    story = Story()
    story.confirm(policy="EVASION", severity=Severity.SEVERE)
    (penalty,) = story.account.standing.proposals
    story.days(3).when(ApprovePenalty(creator=story.creator, penalty_id=penalty), SECOND).refused(ProposalUnknown)


def test_settle_facts_stay_when_the_command_is_refused() -> None:
    story = Story()
    story.confirm()
    penalty = by_hand(story, SEVEN_DAYS)
    story.at(SEVEN_DAYS).when(IssueWarning(creator=story.creator, reasons=Personal(""))).story.settle()
    assert penalty in story.account.ended


def test_settling_an_account_by_command_records_nothing_beyond_what_fell_due() -> None:
    story = Story()
    story.confirm()
    by_hand(story, SEVEN_DAYS)
    story.at(SEVEN_DAYS).when(SettleAccount(creator=story.creator)).then()
    assert isinstance(story.facts[-1].event, PenaltyExpired)


def test_points_that_expire_at_the_instant_of_a_deduction_do_not_count_for_it() -> None:
    story = Story()
    first = story.confirm(severity=Severity.MAJOR).one(PointsDeducted)
    assert first.expires_at is not None
    outcome = story.at(first.expires_at).confirm("video-2", "COUNTERFEIT", Severity.MAJOR).excludes(MilestoneCrossed)
    assert outcome.one(PointsDeducted).score.before == 200


def by_hand(story: Story, ends_at: datetime) -> PenaltyId:
    return story.when(ImposePenalty(
        creator=story.creator, kind="LIVE_BAN", violations=(story.latest,), restrictions=(Restriction("WITHDRAW_COMMISSION"),), reasons=REASONS,
        ends_at=ends_at)).one(PenaltyImposed).penalty_id


def test_commission_is_released_as_soon_as_its_penalty_expired_and_before_what_falls_due_later() -> None:
    story = Story()
    story.confirm()
    penalty = by_hand(story, SEVEN_DAYS)
    story.given(FreezeCommission(creator=story.creator, penalty_id=penalty, amount=1, currency="USD"))
    kinds = [type(event) for event in story.days(100).settle()]
    assert kinds[:2] == [PenaltyExpired, CommissionReleased]
    assert penalty in story.account.ended


def test_after_settling_nothing_more_falls_due_before_the_next_change() -> None:
    story = all_at_once()
    assert decider.next_change(story.account) == SEVEN_DAYS
    story.at(SEVEN_DAYS).settle()
    assert decider.next_change(story.account) is None


@pytest.mark.parametrize("kind", ["entry", "penalty", "proposal", "reward", "notice"])
def test_the_next_change_is_the_earliest_of_what_falls_due(kind: str) -> None:
    story = Story(packs=on_one_day())
    assert decider.next_change(story.account) is None
    if kind == "reward":
        story.given(GrantReward(creator=story.creator, kind="WIDER_REACH", promotion_score=300))
    elif kind != "notice":
        story.confirm(policy="EVASION" if kind == "proposal" else "COUNTERFEIT", severity=Severity.SEVERE if kind == "proposal" else Severity.MAJOR)
    else:
        story.confirm(policy="LOW_QUALITY", severity=Severity.MINOR)
        story.notify(story.latest)
    if kind == "penalty":
        by_hand(story, SEVEN_DAYS - timedelta(days=1))
    assert decider.next_change(story.account) == (SEVEN_DAYS - timedelta(days=1) if kind == "penalty" else SEVEN_DAYS)


def test_a_notice_that_bounced_or_was_received_is_no_next_change() -> None:
    story = Story()
    story.confirm(policy="IRRELEVANT_PROMOTION", severity=Severity.MINOR)
    notice = story.notify(story.latest)
    assert decider.next_change(story.account) is not None
    story.given(BounceNotice(creator=story.creator, notice_id=notice))
    assert decider.next_change(story.account) is None
    story.inform(story.latest)
    assert decider.next_change(story.account) is None


# Versions


def test_a_decision_is_refused_if_something_was_decided_since_the_version_that_was_seen() -> None:
    story = Story()
    seen = story.account.version
    story.confirm()
    command = ConfirmViolation(creator=story.creator, finding=story.finding("video-2", "COUNTERFEIT", Severity.MAJOR))
    refusal = story.when(command, SECOND, expected=seen).refused(ConcurrencyConflict)
    assert f"version {seen}" in refusal.message


def test_a_decision_is_made_at_the_version_that_was_seen() -> None:
    story = Story()
    story.confirm()
    seen = story.account.version
    command = ConfirmViolation(creator=story.creator, finding=story.finding("video-2", "COUNTERFEIT", Severity.MAJOR))
    assert isinstance(story.when(command, SECOND, expected=seen).events[0], ViolationConfirmed)


def test_the_consequences_of_the_decision_that_was_seen_conflict_with_nothing() -> None:
    story = Story()
    confirmed = story.confirm().facts[0].version
    assert story.account.version > confirmed
    story.when(ChangeRewardTier(creator=story.creator, tier="GOLD", promotion_score=400), expected=confirmed).includes(RewardTierChanged)


def test_what_fell_due_meanwhile_conflicts_with_nothing() -> None:
    story = Story()
    story.confirm()
    by_hand(story, SEVEN_DAYS)
    seen = story.account.version
    outcome = story.days(200).when(ChangeRewardTier(creator=story.creator, tier="GOLD", promotion_score=400), expected=seen)
    outcome.includes(RewardTierChanged)
    assert outcome.facts[0].version > seen + 1


def test_word_of_a_notice_meanwhile_conflicts_with_nothing() -> None:
    story = Story()
    story.confirm()
    seen = story.account.version
    first, second = story.notify(story.latest), story.notify(story.latest)
    story.given(
        DeliverNotice(creator=story.creator, notice_id=first), ReadNotice(creator=story.creator, notice_id=first),
        BounceNotice(creator=story.creator, notice_id=second))
    story.when(ChangeRewardTier(creator=story.creator, tier="GOLD", promotion_score=400), expected=seen).includes(RewardTierChanged)


def test_what_the_platform_reports_meanwhile_conflicts_with_nothing() -> None:
    story = Story()
    story.confirm()
    by_hand(story, SEVEN_DAYS)
    (penalty,) = story.account.standing.penalties
    seen = story.account.version
    for report in (Report.FAILED, Report.REQUESTED, Report.APPLIED):
        story.given(ReportRestriction(creator=story.creator, penalty_id=penalty, report=report))
    story.given(LiftPenalty(creator=story.creator, penalty_id=penalty, reasons=REASONS))
    lifted = story.account.version
    story.given(ReportRestriction(creator=story.creator, penalty_id=penalty, report=Report.APPLIED))
    tier = ChangeRewardTier(creator=story.creator, tier="GOLD", promotion_score=400)
    story.when(tier, expected=seen).refused(ConcurrencyConflict)
    story.when(tier, expected=lifted).includes(RewardTierChanged)


def test_an_appeal_filed_meanwhile_is_a_conflict() -> None:
    story = Story()
    story.confirm()
    seen = story.account.version
    story.when(SubmitAppeal(creator=story.creator, subject=story.latest, grounds=REASONS), CREATOR).then(AppealSubmitted)
    story.when(IssueWarning(creator=story.creator, reasons=REASONS), expected=seen).refused(ConcurrencyConflict)


# Times


def test_nothing_is_recorded_as_having_occurred_in_the_future() -> None:
    story = Story()
    command = ChangeRewardTier(creator=story.creator, tier="GOLD", promotion_score=400)
    story.when(command, occurred_at=story.now + timedelta(seconds=6)).refused(TimeInFuture)


def test_a_few_seconds_between_two_clocks_are_forgiven() -> None:
    story = Story()
    command = ChangeRewardTier(creator=story.creator, tier="GOLD", promotion_score=400)
    story.when(command, occurred_at=story.now + timedelta(seconds=5)).then(RewardTierChanged)


def test_what_occurred_before_is_recorded_as_occurring_then_and_known_now() -> None:
    story = Story().days(10)
    outcome = story.when(ChangeRewardTier(creator=story.creator, tier="GOLD", promotion_score=400), occurred_at=START + timedelta(days=3))
    assert (outcome.facts[0].occurred_at, outcome.facts[0].recorded_at) == (START + timedelta(days=3), story.now)


def test_a_backdated_decision_takes_effect_when_it_occurred_if_nothing_came_after() -> None:
    story = Story().days(10)
    occurred = START + timedelta(days=3)
    command = ConfirmViolation(creator=story.creator, finding=story.finding(made=START))
    outcome = story.when(command, occurred_at=occurred)
    assert [fact.occurred_at for fact in outcome.facts] == [occurred] * len(outcome.facts)
    assert outcome.one(PointsDeducted).expires_at == datetime(2026, 6, 4, 7, tzinfo=UTC)


def test_a_backdated_decision_takes_effect_no_earlier_than_the_accounts_last_fact() -> None:
    story = Story().days(5)
    story.confirm()
    last, occurred = story.now, START + timedelta(days=1)
    command = ConfirmViolation(creator=story.creator, finding=story.finding("video-2", "COUNTERFEIT", Severity.MAJOR, made=START))
    outcome = story.days(5).when(command, SECOND, occurred_at=occurred)
    assert outcome.facts[0].occurred_at == occurred
    assert {fact.occurred_at for fact in outcome.facts[1:]} == {last}
    assert outcome.one(PointsDeducted).expires_at == datetime(2026, 6, 6, 7, tzinfo=UTC)


# An account that was never registered


def test_nothing_happens_to_an_account_that_was_never_registered() -> None:
    story = Story(registered=False)
    story.when(IssueWarning(creator=story.creator, reasons=REASONS)).refused(AccountNotRegistered)
    story.when(SettleAccount(creator=story.creator)).refused(AccountNotRegistered)


def test_folding_leaves_the_account_it_was_given_as_it_is() -> None:
    story = Story()
    before, copy = story.account, story.account.copy()
    drafts = decider.decide(before, Order(IssueWarning(creator=story.creator, reasons=REASONS), MODERATOR, story.now), story.packs)
    decider.fold(before, placed(drafts, story.creator, before.version, story.now, ""))
    story.confirm()
    assert before == copy

