"""Points: what a violation costs, when a milestone fires and is armed again, how entries expire, what is earned and clawed back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from domain.creator.earning import (
    AlreadyEarned,
    ClawBackPoints,
    EarningUnknown,
    EarnPoints,
    EntryUnknown,
    NothingEarned,
    PointsOutOfRange,
)
from domain.creator.enforcement import NoPointsRule
from domain.creator.finding import Discretion
from domain.creator.ledger import SCORE_TALLY, Fired, Tally
from domain.creator.penalties import PenaltyExpired, PenaltyImposed
from domain.creator.points import (
    MilestoneCrossed,
    PointsClawedBack,
    PointsDeducted,
    PointsEarned,
    PointsExpired,
    RepeatOffenceThresholdReached,
    StrikeExpired,
    StrikeIssued,
)
from domain.creator.scheme import AdoptScheme
from domain.creator.violations import ConfirmViolation, DiscretionNotGranted, DiscretionOutOfRange, ViolationConfirmed
from domain.creator.warnings import IssueWarning, ReasonsRequired, ViolationUnknown, WarningIssued, WarningKind
from domain.facts import SYSTEM, Personal
from domain.identity import EntryId
from domain.packs.catalogue import Catalogue
from domain.packs.model import (
    Comparison,
    ContentRule,
    Earning,
    Expiry,
    ExpiryMode,
    Filter,
    Group,
    Occurrences,
    OldEntries,
    PointRule,
    Severity,
    Shape,
)
from tests.rulebook import (
    MODEL,
    REASONS,
    START,
    Outcome,
    Story,
    at,
    counting,
    laddered,
    later,
    plain,
    published,
    step,
    stories_are_replayed,
)

__all__ = ["stories_are_replayed"]

PLAIN = published([plain()])
EXPIRES = datetime(2026, 6, 1, tzinfo=UTC)  # 90 days from the START's day, at midnight
TICK = timedelta(microseconds=1)


def story(packs: Catalogue = PLAIN) -> Story:
    return Story(packs=packs)


def earn(told: Story, quantity: int, reference: str = "week-1", source: str = "ORDERS") -> Outcome:
    return told.when(EarnPoints(creator=told.creator, source=source, quantity=quantity, reference=reference))


def claw_back(told: Story, entry: EntryId, points: int) -> Outcome:
    return told.when(ClawBackPoints(creator=told.creator, entry_id=entry, points=points, reasons=REASONS))


# Milestones

@pytest.mark.parametrize(("points", "fires"), [(49, 0), (50, 1), (51, 1)])
def test_a_milestone_fires_at_149_and_150_but_not_at_151(points: int, fires: int) -> None:
    told = story()
    crossed = told.deduct(points).all(MilestoneCrossed)
    assert told.score == 200 - points
    assert [(one.threshold, one.value_before, one.value_after) for one in crossed] == [(150, 200, 200 - points)] * fires
    assert len(told.penalties) == fires


@pytest.mark.parametrize(("comparison", "fires"), [(Comparison.AT_OR_BELOW, (True, True, False)), (Comparison.BELOW, (True, False, False))])
def test_a_credit_fires_at_or_below_its_threshold_or_below_it_as_the_pack_says(comparison: Comparison, fires: tuple[bool, ...]) -> None:
    packs = laddered(at(150, step(), comparison=comparison))
    assert tuple(bool(story(packs).deduct(points).all(MilestoneCrossed)) for points in (51, 50, 49)) == fires


@pytest.mark.parametrize(("comparison", "fires"), [(Comparison.AT_OR_ABOVE, (False, True, True)), (Comparison.ABOVE, (False, False, True))])
def test_a_debt_fires_at_or_above_its_threshold_or_above_it_as_the_pack_says(comparison: Comparison, fires: tuple[bool, ...]) -> None:
    packs = laddered(at(8, step(), comparison=comparison), shape=Shape.DEBT, base=0)
    assert tuple(bool(story(packs).deduct(points).all(MilestoneCrossed)) for points in (7, 8, 9)) == fires


def test_a_milestone_that_has_fired_does_not_fire_again_below_it() -> None:
    told = story()
    told.deduct(50).includes(MilestoneCrossed)
    told.deduct(10).excludes(MilestoneCrossed, PenaltyImposed)


def test_of_several_milestones_at_once_the_strictest_alone_gives_its_penalty_and_all_are_recorded() -> None:
    told = story()
    outcome = told.deduct(110)
    crossed = outcome.one(MilestoneCrossed)
    assert crossed.threshold == 100
    assert [fired.at for fired in crossed.strictest_of] == [150, 100]
    assert outcome.one(PenaltyImposed).ends_at == datetime(2026, 3, 17, tzinfo=UTC), "14 days"
    told.deduct(1).excludes(MilestoneCrossed)


def test_at_the_end_of_the_ladder_every_milestone_is_crossed_and_every_step_of_the_last_is_taken() -> None:
    outcome = story().deduct(200)
    assert [fired.at for fired in outcome.one(MilestoneCrossed).strictest_of] == [150, 100, 50, 0]
    assert [penalty.kind for penalty in outcome.all(PenaltyImposed)] == ["ECOMMERCE_PERMISSION_REVOKED", "COMMISSION_FROZEN"]
    assert [penalty.ends_at for penalty in outcome.all(PenaltyImposed)] == [None, None]


def test_of_two_thresholds_at_one_value_below_is_stricter_than_at_or_below() -> None:
    packs = laddered(at(150, step("MILD")), at(150, step("STRICT"), comparison=Comparison.BELOW))
    assert story(packs).deduct(50).one(PenaltyImposed).kind == "MILD"
    assert story(packs).deduct(51).one(PenaltyImposed).kind == "STRICT"


def test_a_milestone_is_armed_again_when_the_score_has_risen_above_it() -> None:
    told = story()
    told.deduct(50)
    earn(told, 10)
    assert told.score == 151
    told.deduct(1).includes(MilestoneCrossed, PenaltyImposed)


def test_a_milestone_is_not_armed_again_by_a_score_that_rises_just_to_it() -> None:
    told = story()
    told.deduct(51)
    earn(told, 10)
    assert told.score == 150
    told.deduct(1).excludes(MilestoneCrossed)


def test_a_milestone_without_steps_is_recorded_and_imposes_nothing() -> None:
    outcome = story(laddered(at(150))).deduct(50)
    assert outcome.one(MilestoneCrossed).threshold == 150
    outcome.excludes(PenaltyImposed)


def test_two_violations_in_one_millisecond_both_count_and_one_of_them_fires() -> None:
    told = story()
    told.deduct(25, "video-1").excludes(MilestoneCrossed)
    told.deduct(25, "video-2").includes(MilestoneCrossed)
    assert told.score == 150
    assert {entry.at for entry in told.account.standing.ledger.entries.values()} == {START}


def test_what_fires_names_the_violation_the_pack_the_entries_and_the_system_as_its_actor() -> None:
    told = story()
    told.deduct(30)
    outcome = told.deduct(30)
    crossed = outcome.one(MilestoneCrossed)
    assert crossed.violation_id == told.latest
    assert crossed.entries == tuple(entry.id for entry in told.account.standing.ledger.on(SCORE_TALLY))
    assert told.account.scheme is not None
    assert crossed.pack == told.account.scheme.hash
    confirmed, *follows = outcome.facts
    assert confirmed.cause is None
    assert {fact.actor for fact in follows} == {SYSTEM}
    assert [fact.cause.version - confirmed.version for fact in follows if fact.cause] == [0, 1, 2, 0, 0], "deduction, milestone, penalty, two strikes"


def test_a_penalty_of_a_milestone_ends_by_time_not_because_the_score_recovers() -> None:
    told = story()
    told.deduct(50)
    for week in range(5):
        earn(told, 100, f"week-{week}")
    assert told.score == 200
    assert len(told.penalties) == 1


def test_a_penalty_rests_on_every_violation_whose_entries_counted() -> None:
    told = story()
    told.deduct(30)
    first = told.latest
    outcome = told.deduct(30)
    assert outcome.one(PenaltyImposed).violations == (first, told.latest)


# Warnings before a milestone

@pytest.mark.parametrize(("points", "warned"), [(29, None), (30, 150), (49, 150)])
def test_a_creator_is_warned_when_the_next_milestone_is_twenty_points_or_less_away(points: int, warned: int | None) -> None:
    warnings = [one for one in story().deduct(points).all(WarningIssued) if one.kind is WarningKind.NEAR_MILESTONE]
    assert [(one.milestone, one.value) for one in warnings] == ([(warned, 200 - points)] if warned else [])


def test_a_deduction_that_fires_does_not_warn_of_the_next_milestone_as_well() -> None:
    story().deduct(90).includes(MilestoneCrossed).excludes(WarningIssued)


def test_the_warning_is_about_the_next_milestone_that_is_armed() -> None:
    told = story()
    told.deduct(60)
    assert told.deduct(25).one(WarningIssued).milestone == 100


def test_a_counter_without_near_warning_warns_of_nothing() -> None:
    story(laddered(at(150, step()))).deduct(49).excludes(WarningIssued)


# Expiry

@pytest.mark.parametrize(("moment", "score"), [(EXPIRES - TICK, 170), (EXPIRES, 200), (EXPIRES + TICK, 200)])
def test_an_entry_weighs_until_the_midnight_at_which_its_ninety_days_end(moment: datetime, score: int) -> None:
    told = story()
    told.deduct(30)
    told.at(moment).settle()
    assert told.score == score


def test_what_expires_is_recorded_at_the_moment_it_did_however_late_it_is_settled() -> None:
    told = story()
    deducted = told.deduct(30).one(PointsDeducted)
    assert deducted.expires_at == EXPIRES
    told.days(200).settle()
    fact = next(fact for fact in told.facts if isinstance(fact.event, PointsExpired))
    assert (fact.occurred_at, fact.actor) == (EXPIRES, SYSTEM)
    assert isinstance(fact.event, PointsExpired)
    assert (fact.event.delta, fact.event.score.before, fact.event.score.after) == (30, 170, 200)
    assert fact.cause is not None
    assert isinstance(told.facts[fact.cause.version - 1].event, PointsDeducted)
    assert told.settle() == [], "once"


def test_an_entry_expires_before_a_deduction_at_the_same_instant() -> None:
    told = story()
    told.deduct(30)
    told.at(EXPIRES)
    outcome = told.deduct(30)
    assert outcome.one(PointsDeducted).score.before == 200
    outcome.excludes(MilestoneCrossed)


def test_a_deduction_just_before_an_entry_expires_counts_on_top_of_it() -> None:
    told = story()
    told.deduct(30)
    told.at(EXPIRES - TICK)
    told.deduct(30).includes(MilestoneCrossed)


def test_an_expiry_that_lifts_the_score_above_a_milestone_arms_it_again() -> None:
    told = story()
    told.deduct(50)
    told.at(EXPIRES)
    told.deduct(50).includes(MilestoneCrossed, PenaltyImposed)


def test_the_score_is_held_at_its_ends_but_the_entries_are_not_cut() -> None:
    told = story()
    told.deduct(150, "first")
    told.days(1)
    told.deduct(150, "second")
    assert told.score == 0
    told.at(EXPIRES).settle()
    assert told.score == 50, "an expiry gives back what it took, and creates no points"


def test_earned_points_do_not_raise_the_score_above_its_highest() -> None:
    packs = laddered(at(150), highest=210, earning={"ORDERS": Earning(points=100, expiry=Expiry(mode=ExpiryMode.NEVER))})
    told = story(packs)
    earn(told, 1)
    assert told.score == 210
    told.deduct(100)
    assert told.score == 200, "200 and 100 earned, less 100"


def test_entries_that_never_expire_stay() -> None:
    told = story(laddered(at(150), days=None))
    assert told.deduct(30).one(PointsDeducted).expires_at is None
    told.days(5000).settle()
    assert told.score == 170


def test_entries_of_a_calendar_expire_together_when_the_next_named_month_begins() -> None:
    told = story(laddered(at(150), expiry=Expiry(mode=ExpiryMode.CALENDAR, months=(4, 10))))
    assert told.deduct(10).one(PointsDeducted).expires_at == datetime(2026, 4, 1, tzinfo=UTC)
    told.at(datetime(2026, 4, 1, tzinfo=UTC) - TICK).settle()
    assert told.deduct(10).one(PointsDeducted).expires_at == datetime(2026, 4, 1, tzinfo=UTC)
    assert told.score == 180
    told.at(datetime(2026, 4, 1, tzinfo=UTC)).settle()
    assert told.score == 200
    assert told.deduct(10).one(PointsDeducted).expires_at == datetime(2026, 10, 1, tzinfo=UTC)


def test_a_score_that_sinks_because_earned_points_expire_fires_nothing_and_the_next_deduction_does() -> None:
    told = story(published([plain(earning={"ORDERS": Earning(points=1, expiry=Expiry(mode=ExpiryMode.PER_ENTRY, days=10))})]))
    earn(told, 20)
    told.deduct(60)
    assert told.score == 160
    told.days(20)
    assert [type(event) for event in told.settle()] == [PointsExpired]
    assert told.score == 140
    assert told.deduct(1).one(MilestoneCrossed).value_before == 140


# Earning and clawing back

def test_good_conduct_earns_points_by_the_rule_of_the_pack() -> None:
    told = story()
    earned = earn(told, 39).then(PointsEarned).one(PointsEarned)
    assert (earned.points, earned.delta, earned.score.after, earned.expires_at) == (3, 3, 203, EXPIRES)


def test_points_earned_on_a_debt_lower_it() -> None:
    packs = laddered(shape=Shape.DEBT, base=10, earning={"ORDERS": Earning(points=2, expiry=Expiry(mode=ExpiryMode.NEVER))})
    told = story(packs)
    assert earn(told, 1).one(PointsEarned).delta == -2
    assert told.score == 8
    told.deduct(5)
    assert told.score == 13


@pytest.mark.parametrize(("quantity", "points"), [(499, 49), (500, 50), (510, 50)])
def test_earned_points_stop_at_the_cap(quantity: int, points: int) -> None:
    assert earn(story(), quantity).one(PointsEarned).points == points


@pytest.mark.parametrize(("moment", "points"), [
    (datetime(2026, 4, 2, tzinfo=UTC) - TICK, 0), (datetime(2026, 4, 2, tzinfo=UTC), 50), (datetime(2026, 4, 2, tzinfo=UTC) + TICK, 50)])
def test_the_cap_counts_what_was_earned_until_its_thirty_days_end_at_midnight(moment: datetime, points: int) -> None:
    told = story()
    earn(told, 500)
    told.at(moment)
    outcome = earn(told, 500, "later")
    if points:
        assert outcome.one(PointsEarned).points == points
    else:
        outcome.refused(NothingEarned)


def test_a_clawback_does_not_make_room_under_the_cap() -> None:
    told = story()
    claw_back(told, earn(told, 500).one(PointsEarned).entry_id, 50)
    earn(told, 500, "again").refused(NothingEarned)


def test_a_rule_without_a_cap_earns_without_limit() -> None:
    told = story(laddered(highest=1_000_000, earning={"ORDERS": Earning(points=1, expiry=Expiry(mode=ExpiryMode.NEVER))}))
    assert earn(told, 5000).one(PointsEarned).points == 5000


@pytest.mark.parametrize("quantity", [9, 0, -100])
def test_a_quantity_too_small_earns_nothing(quantity: int) -> None:
    earn(story(), quantity).refused(NothingEarned)


def test_an_earning_rule_that_the_pack_does_not_have_earns_nothing() -> None:
    assert "ORDERS" in earn(story(), 10, source="LUCK").refused(EarningUnknown).message


def test_a_reference_earns_once_even_when_it_was_clawed_back_or_has_expired() -> None:
    told = story()
    claw_back(told, earn(told, 10).one(PointsEarned).entry_id, 1)
    earn(told, 10).refused(AlreadyEarned)
    told.days(200)
    earn(told, 10).refused(AlreadyEarned)


def test_earned_points_are_clawed_back_in_part_and_then_the_rest() -> None:
    told = story()
    entry = earn(told, 100).one(PointsEarned).entry_id
    told.again_may_differ()
    assert claw_back(told, entry, 4).then(PointsClawedBack).one(PointsClawedBack).score.after == 206
    claw_back(told, entry, 6)
    assert told.score == 200
    claw_back(told, entry, 1).refused(EntryUnknown)


@pytest.mark.parametrize("points", [0, -1, 11])
def test_no_more_is_clawed_back_than_was_earned_and_at_least_one(points: int) -> None:
    told = story()
    claw_back(told, earn(told, 100).one(PointsEarned).entry_id, points).refused(PointsOutOfRange)


def test_a_clawback_needs_reasons() -> None:
    told = story()
    entry = earn(told, 100).one(PointsEarned).entry_id
    told.when(ClawBackPoints(creator=told.creator, entry_id=entry, points=1, reasons=Personal(" "))).refused(ReasonsRequired)


def test_a_deduction_is_no_earned_entry_and_cannot_be_clawed_back() -> None:
    told = story()
    claw_back(told, told.deduct(30).one(PointsDeducted).entry_id, 1).refused(EntryUnknown)
    claw_back(told, EntryId(uuid4()), 1).refused(EntryUnknown)


def test_a_strike_is_no_earned_entry_and_cannot_be_clawed_back() -> None:
    told = story()
    claw_back(told, told.deduct(30).all(StrikeIssued)[0].entry_id, 1).refused(EntryUnknown)


def test_earned_points_that_have_expired_cannot_be_clawed_back() -> None:
    told = story()
    entry = earn(told, 100).one(PointsEarned).entry_id
    claw_back(told.at(EXPIRES), entry, 1).refused(EntryUnknown)


def test_a_score_that_sinks_by_a_clawback_fires_nothing_and_the_next_deduction_does() -> None:
    told = story()
    entry = earn(told, 100).one(PointsEarned).entry_id
    told.deduct(55)
    claw_back(told, entry, 10).excludes(MilestoneCrossed)
    assert told.score == 145
    crossed = told.deduct(1).one(MilestoneCrossed)
    assert (crossed.value_before, crossed.value_after) == (145, 144)


def test_points_clawed_back_on_a_debt_raise_it() -> None:
    told = story(laddered(shape=Shape.DEBT, base=10, earning={"ORDERS": Earning(points=2, expiry=Expiry(mode=ExpiryMode.NEVER))}))
    entry = earn(told, 3).one(PointsEarned).entry_id
    assert told.score == 4
    claw_back(told, entry, 2)
    assert told.score == 6


# The matrix

def matrix(*rows: PointRule, by_leaf: bool = False, days: int = 90) -> Catalogue:
    return published([plain(points=rows, occurrences=Occurrences(days=days, by_leaf=by_leaf))])


ROWS = (PointRule(severities=(Severity.MODERATE,), occurrence=3, points=5), PointRule(severities=(Severity.MODERATE,), occurrence=2, points=3),
        PointRule(severities=(Severity.MODERATE,), points=1), PointRule(points=40))


def cost(
        told: Story, content: str, policy: str = "MISLEADING_PROMOTION", severity: Severity = Severity.MODERATE, leaf: str = "",
) -> tuple[int, int, int]:
    deducted = told.confirm(content, policy, severity, leaf=leaf).one(PointsDeducted)
    return deducted.points, deducted.rule, deducted.occurrence


def test_the_first_row_that_fits_severity_and_occurrence_gives_the_points() -> None:
    told = story(matrix(*ROWS))
    assert [cost(told, f"video-{n}") for n in range(4)] == [(1, 3, 1), (3, 2, 2), (5, 1, 3), (5, 1, 4)]
    assert cost(told, "video-5", severity=Severity.MAJOR) == (40, 4, 5)


def test_occurrences_are_counted_for_each_policy_apart() -> None:
    told = story(matrix(*ROWS))
    assert cost(told, "video-1") == (1, 3, 1)
    assert cost(told, "video-2", "UNORIGINAL_CONTENT") == (1, 3, 1)


def test_a_row_may_be_for_one_policy_alone() -> None:
    told = story(matrix(PointRule(policies=("UNORIGINAL_CONTENT",), points=9), PointRule(points=2)))
    assert cost(told, "video-1")[0] == 2
    assert cost(told, "video-2", "UNORIGINAL_CONTENT")[0] == 9


def test_occurrences_are_counted_by_leaf_where_the_pack_says_so() -> None:
    told = story(matrix(*ROWS, by_leaf=True))
    assert cost(told, "video-1", leaf="FALSE_CLAIM")[2] == 1
    assert cost(told, "video-2", leaf="FALSE_DISPLAY")[2] == 1
    assert cost(told, "video-3", leaf="FALSE_CLAIM")[2] == 2


@pytest.mark.parametrize(("moment", "occurrence"), [(EXPIRES - TICK, 2), (EXPIRES, 1), (EXPIRES + TICK, 1)])
def test_an_earlier_occurrence_counts_until_its_days_end_at_midnight(moment: datetime, occurrence: int) -> None:
    told = story(matrix(*ROWS))
    cost(told, "video-1")
    assert cost(told.at(moment), "video-2")[2] == occurrence


def test_a_warning_stands_in_place_of_points_where_the_matrix_says_so() -> None:
    told = Story()
    first = told.confirm("live-1", "LOW_QUALITY", Severity.MINOR).then(ViolationConfirmed, WarningIssued, StrikeIssued, StrikeIssued)
    assert first.one(WarningIssued).kind is WarningKind.FIRST_VIOLATION
    assert told.score == 200
    assert told.confirm("live-2", "LOW_QUALITY", Severity.MINOR).one(PointsDeducted).points == 10


def test_a_warning_stands_in_place_of_points_even_where_its_row_names_points() -> None:
    told = story(matrix(PointRule(points=40, warning=True)))
    told.confirm().includes(WarningIssued).excludes(PointsDeducted)
    assert told.score == 200


def test_a_schedule_without_a_row_for_a_severity_refuses_it() -> None:
    severe = plain(points=(PointRule(severities=(Severity.MAJOR,), points=10),))
    Story(packs=published([severe])).confirm(severity=Severity.MODERATE).refused(NoPointsRule)


# Discretion

def discretion(told: Story, points: int, reasons: str = "A first slip.", **more: object) -> Outcome:
    severity = more.pop("severity", Severity.MODERATE)
    assert isinstance(severity, Severity)
    finding = told.finding(severity=severity)
    by = MODEL if more.pop("by", None) == "model" else None
    command = ConfirmViolation(creator=told.creator, finding=finding, discretion=Discretion(points, Personal(reasons)))
    return told.when(command, by) if by else told.when(command)


@pytest.mark.parametrize("points", [10, 25, 40])
def test_a_person_chooses_points_within_the_range_of_the_pack(points: int) -> None:
    assert discretion(Story(), points).one(PointsDeducted).points == points


@pytest.mark.parametrize("points", [9, 41, 0, -5])
def test_points_outside_the_range_are_refused(points: int) -> None:
    told = Story()
    assert "10 to 40" in discretion(told, points).refused(DiscretionOutOfRange).message
    assert told.score == 200


def test_a_machine_chooses_no_points() -> None:
    discretion(Story(), 20, by="model").refused(DiscretionNotGranted)


def test_points_are_chosen_with_reasons() -> None:
    discretion(Story(), 20, " ").refused(ReasonsRequired)


def test_where_the_pack_gives_no_range_nobody_chooses() -> None:
    discretion(story(matrix(PointRule(points=20))), 20).refused(DiscretionNotGranted)


def test_the_range_is_that_of_the_occurrence() -> None:
    told = Story()
    told.confirm("video-0").includes(PointsDeducted)
    discretion(told, 60).includes(PointsDeducted)
    discretion(Story(), 60).refused(DiscretionOutOfRange)


# Counters beside the score

def repeat(told: Story, times: int, policy: str = "MISLEADING_PROMOTION") -> list[Outcome]:
    return [told.deduct(1, f"{policy}-{len(told.facts)}-{n}", policy) for n in range(times)]


def test_the_fifth_violation_of_a_policy_in_ninety_days_revokes_nothing_and_the_sixth_does() -> None:
    told = story()
    for outcome in repeat(told, 5):
        outcome.excludes(RepeatOffenceThresholdReached)
    [sixth] = repeat(told, 1)
    reached = sixth.one(RepeatOffenceThresholdReached)
    assert (reached.tally, reached.threshold, reached.value_before, reached.value_after, len(reached.entries)) == (
        "repeat-offence/MISLEADING_PROMOTION", 6, 5, 6, 6)
    assert [penalty.kind for penalty in told.penalties] == ["ECOMMERCE_PERMISSION_REVOKED", "COMMISSION_FROZEN"]
    [seventh] = repeat(told, 1)
    seventh.excludes(RepeatOffenceThresholdReached)


def test_six_violations_of_two_policies_are_no_repeat_offence() -> None:
    told = story()
    outcomes = repeat(told, 5) + repeat(told, 1, "UNORIGINAL_CONTENT")
    for outcome in outcomes:
        outcome.excludes(RepeatOffenceThresholdReached)


@pytest.mark.parametrize(("moment", "reached"), [(EXPIRES - TICK, True), (EXPIRES, False), (EXPIRES + TICK, False)])
def test_a_violation_is_one_of_six_until_its_ninety_days_end(moment: datetime, reached: bool) -> None:  # noqa: FBT001  # the expected answer
    told = story()
    repeat(told, 1)
    told.days(1)
    repeat(told, 4)
    told.at(moment)
    [sixth] = repeat(told, 1)
    assert bool(sixth.all(RepeatOffenceThresholdReached)) is reached


def test_a_violation_that_was_overturned_is_none_of_six() -> None:
    told = story()
    repeat(told, 5)
    told.overturn(told.latest)
    [fifth] = repeat(told, 1)
    fifth.excludes(RepeatOffenceThresholdReached)
    [sixth] = repeat(told, 1)
    sixth.includes(RepeatOffenceThresholdReached)


def test_a_repeat_threshold_is_armed_again_once_the_count_has_sunk_below_it() -> None:
    told = story()
    repeat(told, 6)
    told.at(EXPIRES)
    assert StrikeExpired in {type(event) for event in told.settle()}
    *fine, sixth = repeat(told, 6)
    for outcome in fine:
        outcome.excludes(RepeatOffenceThresholdReached)
    sixth.includes(RepeatOffenceThresholdReached)


def test_a_violation_that_a_counter_does_not_count_leaves_it_alone() -> None:
    told = story()
    told.deduct(5, policy="UNDISCLOSED_COMMERCIAL").then(ViolationConfirmed, PointsDeducted)


@pytest.mark.parametrize(("group", "tally"), [
    (Group.ACCOUNT, "extra"), (Group.POLICY, "extra/MISLEADING_PROMOTION"), (Group.FEATURE, "extra/LIVE"), (Group.SEVERITY, "extra/MODERATE")])
def test_a_counter_counts_each_of_its_groups_apart(group: Group, tally: str) -> None:
    extra = counting(at(2, step(), comparison=Comparison.AT_OR_ABOVE), shape=Shape.DEBT, base=0, weight=1, group=group)
    told = story(laddered(others={"extra": extra}))
    told.deduct(1, item={"feature": "LIVE"}).excludes(RepeatOffenceThresholdReached)
    told.deduct(1, policy="AIGC_MISUSE", severity=Severity.MAJOR, item={"feature": "VIDEO"})
    reached = bool(told.penalties)
    assert reached is (group is Group.ACCOUNT)
    if not reached:
        assert told.deduct(1, item={"feature": "LIVE"}).one(RepeatOffenceThresholdReached).tally == tally


def test_a_counter_counts_only_what_its_filter_takes() -> None:
    extra = counting(shape=Shape.DEBT, base=0, weight=1, counts=Filter(severities=(Severity.MAJOR,), features=("LIVE",)))
    told = story(laddered(others={"extra": extra}))
    told.deduct(1).excludes(StrikeIssued)
    told.deduct(1, severity=Severity.MAJOR).excludes(StrikeIssued)
    told.deduct(1, severity=Severity.MAJOR, item={"feature": "LIVE"}).includes(StrikeIssued)


def test_a_fixed_weight_counts_so_much_for_each_violation() -> None:
    extra = counting(at(6, step(), comparison=Comparison.AT_OR_ABOVE), shape=Shape.DEBT, base=0, weight=3)
    told = story(laddered(others={"extra": extra}))
    assert told.deduct(1).one(StrikeIssued).value == 3
    assert told.deduct(1).one(RepeatOffenceThresholdReached).value_after == 6


def test_a_counter_that_weighs_points_counts_them_beside_the_score_and_not_in_it_again() -> None:
    extra = counting(at(50, step("FEATURE_LOST"), comparison=Comparison.AT_OR_ABOVE), shape=Shape.DEBT, base=0, group=Group.FEATURE)
    told = story(laddered(others={"extra": extra}))
    first = told.deduct(30, item={"feature": "LIVE"})
    assert (first.one(StrikeIssued).weight, first.one(StrikeIssued).tally) == (30, "extra/LIVE")
    assert told.score == 170, "once, not twice"
    told.deduct(30, item={"feature": "VIDEO"}).excludes(RepeatOffenceThresholdReached)
    assert told.deduct(20, item={"feature": "LIVE"}).one(PenaltyImposed).channel == "extra"


def test_a_warning_in_place_of_points_weighs_nothing_in_a_counter_of_points() -> None:
    told = story(laddered(others={"extra": counting(shape=Shape.DEBT, base=0)}, points=(PointRule(points=0, warning=True),)))
    told.confirm().then(ViolationConfirmed, WarningIssued)


def test_a_counter_beside_the_score_may_be_a_credit_that_falls() -> None:
    extra = counting(at(1, step("LAST_LIFE")), base=3, weight=1)
    told = story(laddered(others={"extra": extra}))
    assert [told.deduct(1).one(StrikeIssued).value for _ in range(2)] == [2, 1]
    assert told.account.standing.ledger.fired == (Fired(Tally("extra"), 1, Comparison.AT_OR_BELOW),)


def test_one_violation_may_lead_to_penalties_of_several_channels_which_end_each_at_its_time() -> None:
    extra = counting(at(1, step(days=1), comparison=Comparison.AT_OR_ABOVE), shape=Shape.DEBT, base=0, weight=1)
    told = story(laddered(at(150, step()), others={"extra": extra}))
    assert [penalty.channel for penalty in told.deduct(50).all(PenaltyImposed)] == ["score", "extra"]
    told.days(3).settle()
    assert [penalty.channel for penalty in told.penalties] == ["score"]
    told.days(30)
    assert PenaltyExpired in {type(event) for event in told.settle()}


# Points of another time

def test_adopting_a_pack_arms_every_milestone_and_fires_none() -> None:
    header = msgspec.structs.replace(plain().pack, when_adopted_from_another_scheme=OldEntries.KEEP)
    packs = published([plain(pack=msgspec.structs.replace(header, scheme=name)) for name in ("one", "other")])
    told = story(packs)
    told.deduct(50).includes(MilestoneCrossed)
    scheme = told.account.scheme
    assert scheme is not None
    other = next(version.hash for version in packs if version.hash != scheme.hash)
    outcome = told.when(AdoptScheme(creator=told.creator, pack=other))
    outcome.excludes(MilestoneCrossed)
    assert told.score == 150, "kept, as the header says"
    told.deduct(1).includes(MilestoneCrossed)


def test_entries_that_cancel_out_weigh_nothing_before_and_after_a_pack_is_adopted() -> None:
    told = story(published([plain(), later(plain(content=ContentRule()), date(2026, 3, 20))]))
    told.deduct(5, policy="UNDISCLOSED_COMMERCIAL")
    earn(told, 50)
    assert told.account.standing.ledger.sums == {}
    told.at(datetime(2026, 3, 20, tzinfo=UTC)).settle()
    assert len(told.account.standing.ledger.entries) == 2
    assert told.account.standing.ledger.sums == {}


# Warnings by people

def test_a_person_warns_with_reasons_about_a_violation_or_in_general() -> None:
    told = story().again_may_differ()
    told.when(IssueWarning(creator=told.creator, reasons=REASONS)).then(WarningIssued)
    told.deduct(5)
    told.when(IssueWarning(creator=told.creator, reasons=REASONS, violation_id=told.latest)).then(WarningIssued)


def test_a_warning_needs_reasons_and_a_violation_that_stands() -> None:
    told = story()
    told.when(IssueWarning(creator=told.creator, reasons=Personal(""))).refused(ReasonsRequired)
    told.deduct(5)
    violation = told.latest
    told.overturn(violation)
    told.when(IssueWarning(creator=told.creator, reasons=REASONS, violation_id=violation)).refused(ViolationUnknown)


def test_the_zone_is_told_with_every_change_of_the_score() -> None:
    told = story()
    assert [(one.zone_before, one.zone_after) for one in (told.deduct(1).one(PointsDeducted).score, told.deduct(49).one(PointsDeducted).score)] == [
        ("GREEN", "ORANGE"), ("ORANGE", "RED")]

