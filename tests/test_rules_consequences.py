"""Overturning a violation undoes what it caused, no more and no less, and nobody is worse off for having won."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from domain.creator.approvals import ApprovePenalty, DeclinePenalty
from domain.creator.content import ContentRestored, RemoveContent
from domain.creator.earning import EarnPoints
from domain.creator.overturn import Ground, ViolationOverturned
from domain.creator.penalties import (
    PenaltyExpired,
    PenaltyImposed,
    PenaltyLifted,
    PenaltyProposalLapsed,
    PenaltyProposed,
    PenaltyReversed,
    PenaltyShortened,
    PermissionSuspended,
)
from domain.creator.points import MilestoneCrossed, PointsDeducted, PointsRestored, RepeatOffenceThresholdReached, StrikeIssued, StrikeRemoved
from domain.creator.quizzes import TakeQuiz
from domain.creator.reliefs import PersonalPenaltyUndecided
from domain.creator.sanctions import LiftPenalty, ShortenPenalty, SuspendPermission
from domain.creator.state import Overturned
from domain.facts import SYSTEM
from domain.identity import ViolationId
from domain.packs.model import Comparison, Group, Occurrences, PointRule, Quiz, Severity, Shape
from tests.rulebook import (
    APPEALS_REVIEWER,
    REASONS,
    SECOND,
    START,
    TOLD,
    Outcome,
    Story,
    at,
    counting,
    laddered,
    lines,
    plain,
    proposed,
    published,
    restricted,
    step,
    stories_are_replayed,
)

__all__ = ["stories_are_replayed"]

PLAIN = published([plain()])
EXPIRES = datetime(2026, 6, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


def march(day: int) -> datetime:
    return datetime(2026, 3, day, tzinfo=UTC)


def two(first: int = 60, second: int = 60, packs: Any = PLAIN, apart: float = 0) -> tuple[Story, ViolationId, ViolationId]:
    """Violations A and B, so many days apart."""
    told = Story(packs=packs)
    told.deduct(first, "a")
    a = told.latest
    told.days(apart)
    told.deduct(second, "b")
    return told, a, told.latest


# The example of the design

def test_without_a_the_first_milestone_is_b_s_so_a_s_penalty_is_reversed_and_b_s_shortened_from_14_days_to_7() -> None:
    told, a, b = two()
    assert [(penalty.trigger, penalty.ends_at) for penalty in told.penalties] == [(a, march(10)), (b, march(17))]
    told.days(2)
    outcome = told.overturn(a)
    assert outcome.one(PenaltyReversed).served_seconds == 2 * 86400
    shortened = outcome.one(PenaltyShortened)
    assert (shortened.ends_at, shortened.ended_before, shortened.served_seconds) == (march(10), march(17), 0)
    assert [(penalty.trigger, penalty.ends_at) for penalty in told.penalties] == [(b, march(10))]
    assert told.score == 140


def test_what_was_served_beyond_the_shorter_penalty_is_listed_and_the_penalty_is_over() -> None:
    told, a, _ = two()
    told.at(march(12))
    outcome = told.overturn(a)
    shortened = outcome.one(PenaltyShortened)
    assert (shortened.ends_at, shortened.ended_before, shortened.served_seconds) == (march(12), march(17), 2 * 86400)
    outcome.includes(PenaltyExpired)
    assert told.penalties == []


@pytest.mark.parametrize(("moment", "beyond"), [(march(10) - TICK, 0), (march(10), 0), (march(10) + timedelta(seconds=1), 1)])
def test_a_penalty_whose_shorter_end_is_now_or_past_ends_now(moment: datetime, beyond: int) -> None:
    told, a, _ = two()
    told.at(moment)
    shortened = told.overturn(a).one(PenaltyShortened)
    assert (shortened.ends_at, shortened.served_seconds) == (max(moment, march(10)), beyond)
    assert bool(told.penalties) is (moment < march(10))


def test_an_overturn_of_b_takes_b_s_penalty_and_leaves_a_s_as_it_is() -> None:
    told, a, b = two()
    told.overturn(b).includes(PenaltyReversed).excludes(PenaltyShortened)
    assert [(penalty.trigger, penalty.ends_at) for penalty in told.penalties] == [(a, march(10))]


def test_the_milestones_fired_are_those_of_the_history_without_it() -> None:
    told, a, _ = two()
    told.overturn(a)
    assert [fired.at for fired in told.account.standing.ledger.fired] == [150]
    told.deduct(40).one(MilestoneCrossed)


# Nothing else

def test_a_milestone_that_another_violation_crosses_anyway_keeps_its_penalty() -> None:
    told, a, b = two(10, 60)
    told.overturn(a).excludes(PenaltyReversed, PenaltyShortened)
    assert [(penalty.trigger, penalty.ends_at) for penalty in told.penalties] == [(b, march(10))]
    told.deduct(5).excludes(MilestoneCrossed)


def test_a_violation_that_triggers_only_without_the_other_is_punished_by_nothing_and_its_milestone_counts_as_fired() -> None:
    told, a, _ = two(50, 60, laddered(at(150, step())))
    outcome = told.overturn(a)
    outcome.includes(PenaltyReversed).excludes(PenaltyImposed, MilestoneCrossed)
    assert told.penalties == []
    assert [fired.at for fired in told.account.standing.ledger.fired] == [150]
    told.deduct(1).excludes(MilestoneCrossed)


def test_an_overturn_gives_back_exactly_what_the_violation_took() -> None:
    told, a, _ = two(30, 10)
    outcome = told.overturn(a)
    restored = outcome.one(PointsRestored)
    assert (restored.points, restored.delta, restored.score.before, restored.score.after) == (30, 30, 160, 190)
    assert told.score == 190


@pytest.mark.parametrize(("moment", "restored"), [(EXPIRES - TICK, 1), (EXPIRES, 0), (EXPIRES + TICK, 0)])
def test_an_entry_that_has_expired_gives_nothing_back(moment: datetime, restored: int) -> None:
    told, a, _ = two(30, 10)
    told.at(moment)
    outcome = told.overturn(a)
    assert len(outcome.all(PointsRestored)) == restored
    assert told.score == 190 if restored else 200


def test_a_violation_and_its_overturn_net_to_zero_at_every_instant_also_after_it_would_have_expired() -> None:
    with_it, a, _ = two(30, 10)
    without = Story(packs=PLAIN)
    without.deduct(10, "b")
    with_it.overturn(a)
    for moment in (START, EXPIRES - TICK, EXPIRES, EXPIRES + TICK, EXPIRES + timedelta(days=400)):
        for told in (with_it, without):
            told.at(moment).settle()
        assert with_it.score == without.score


def test_an_overturn_is_recorded_with_its_ground_by_the_system_because_of_the_decision() -> None:
    told, a, _ = two()
    outcome = told.overturn(a)
    overturned = outcome.one(ViolationOverturned)
    assert (overturned.ground, overturned.items) == (Ground.APPEAL, ("a",))
    decided, *follows = outcome.facts
    assert decided.actor == APPEALS_REVIEWER
    assert {fact.actor for fact in follows} == {SYSTEM}
    assert all(fact.cause for fact in follows)
    assert isinstance(told.account.violations[a], Overturned)


def test_a_penalty_that_a_person_had_shortened_further_is_left_as_short() -> None:
    told, a, _ = two()
    id = told.penalties[1].id
    told.when(ShortenPenalty(creator=told.creator, penalty_id=id, ends_at=march(5), reasons=REASONS))
    told.overturn(a).excludes(PenaltyShortened)
    assert [penalty.ends_at for penalty in told.penalties] == [march(5)]


def test_a_penalty_that_a_person_had_lifted_does_not_come_back() -> None:
    told, a, _ = two()
    told.when(LiftPenalty(creator=told.creator, penalty_id=told.penalties[1].id, reasons=REASONS))
    told.overturn(a)
    assert told.penalties == []


def test_a_penalty_that_is_over_is_reversed_once_with_what_was_served_of_it() -> None:
    told, a, b = two(60, 10)
    told.at(march(20))
    (penalty,) = told.penalties
    assert told.overturn(a).one(PenaltyReversed).served_seconds == int((march(10) - penalty.starts_at).total_seconds())
    told.overturn(b).excludes(PenaltyReversed, PenaltyShortened)


def test_content_comes_back_with_the_violation_s_fall() -> None:
    told, a, _ = two()
    told.when(RemoveContent(creator=told.creator, content_id=told.finding("a").content.id, violation_id=a))
    told.overturn(a).includes(ContentRestored)


# Counters and occurrences

def repeated(packs: Any = PLAIN, times: int = 6) -> tuple[Story, list[ViolationId]]:
    told = Story(packs=packs)
    for n in range(times):
        told.deduct(1, f"video-{n}")
    return told, list(told.account.violations)


def test_the_repeat_counter_is_recounted_without_the_violation_and_its_revocation_falls() -> None:
    told, ids = repeated()
    outcome = told.overturn(ids[0])
    assert {removed.tally for removed in outcome.all(StrikeRemoved)} == {"repeat-offence/MISLEADING_PROMOTION", "key-policy-violations"}
    assert len(outcome.all(PenaltyReversed)) == 2, "the permissions and the commission"
    assert told.penalties == []
    told.deduct(1).one(RepeatOffenceThresholdReached)


def test_a_seventh_violation_does_not_keep_alive_the_revocation_that_the_sixth_set_off() -> None:
    """Without one of the first six it is the seventh that would have set it off: another trigger, which imposes nothing."""
    told, ids = repeated(times=7)
    told.overturn(ids[0]).excludes(PenaltyImposed)
    assert told.penalties == []
    told.deduct(1).excludes(RepeatOffenceThresholdReached)


def test_the_seventh_falls_and_the_revocation_stays() -> None:
    told, ids = repeated(times=7)
    told.overturn(ids[6]).excludes(PenaltyReversed)
    assert len(told.penalties) == 2


MATRIX = published([plain(points=(PointRule(occurrence=2, points=60), PointRule(points=20)))])


def confirmed(told: Story, content: str) -> ViolationId:
    told.confirm(content)
    return told.latest


def test_what_was_the_second_occurrence_becomes_the_first_and_costs_so_much_less() -> None:
    told = Story(packs=MATRIX)
    first = confirmed(told, "a")
    confirmed(told, "b")
    assert told.score == 120
    restored = told.overturn(first).all(PointsRestored)
    assert sorted(one.points for one in restored) == [20, 40]
    assert told.score == 180
    assert told.confirm("c").one(PointsDeducted).occurrence == 2


def test_what_cost_points_as_a_second_occurrence_is_a_warning_as_the_first() -> None:
    told = Story()
    told.confirm("a", "LOW_QUALITY", Severity.MINOR)
    first = told.latest
    told.confirm("b", "LOW_QUALITY", Severity.MINOR)
    assert told.score == 190
    told.overturn(first)
    assert told.score == 200


def test_an_occurrence_that_would_cost_more_without_the_other_stays_as_light_as_it_was() -> None:
    told = Story(packs=published([plain(points=(PointRule(occurrence=2, points=10), PointRule(points=60)))]))
    first = confirmed(told, "a")
    told.confirm("b")
    told.overturn(first)
    assert told.score == 190
    assert told.account.standing.ledger.fired == (), "150 is armed: the score stands above it"
    told.when(EarnPoints(creator=told.creator, source="ORDERS", quantity=10, reference="r"))
    TOLD.clear()  # to the creator's good, the ledger differs from its causes told again


def test_a_chosen_figure_is_held_within_the_range_of_the_row_that_fits_without_the_other() -> None:
    packs = published([plain(points=(PointRule(occurrence=2, points=60, range=(50, 100)), PointRule(points=20, range=(10, 40))))])
    told = Story(packs=packs)
    first = confirmed(told, "a")
    told.deduct(90, "b")
    told.overturn(first)
    assert told.score == 160


def test_a_counter_that_weighs_points_becomes_as_light_as_the_violation() -> None:
    extra = counting(at(60, step(), comparison=Comparison.AT_OR_ABOVE), shape=Shape.DEBT, base=0, group=Group.POLICY)
    rows = (PointRule(occurrence=2, points=60), PointRule(points=20))
    told = Story(packs=laddered(others={"extra": extra}, points=rows))
    first = confirmed(told, "a")
    told.confirm("b").includes(RepeatOffenceThresholdReached)
    outcome = told.overturn(first)
    assert (outcome.one(StrikeRemoved).tally, outcome.one(StrikeIssued).weight) == ("extra/MISLEADING_PROMOTION", 20)
    assert told.account.standing.ledger.sums == {"score": -20, "extra/MISLEADING_PROMOTION": 20}
    assert told.penalties == []


def test_a_strike_made_lighter_leaves_its_threshold_fired_where_that_still_holds() -> None:
    extra = counting(at(15, step(), comparison=Comparison.AT_OR_ABOVE), shape=Shape.DEBT, base=0)
    told = Story(packs=laddered(others={"extra": extra}, points=(PointRule(occurrence=2, points=60), PointRule(points=20))))
    first = confirmed(told, "a")
    told.confirm("b")
    told.overturn(first)
    assert [fired.at for fired in told.account.standing.ledger.fired] == [15]


# Quizzes

def quiz(told: Story) -> Outcome:
    return told.when(TakeQuiz(creator=told.creator, quiz_id="q", policy="MISLEADING_PROMOTION", score=5, full=5))


def test_what_a_quiz_gave_back_on_the_fallen_entry_is_not_given_twice() -> None:
    told = Story(packs=PLAIN)
    told.deduct(30)
    quiz(told)
    assert told.score == 180
    assert told.overturn(told.latest).one(PointsRestored).points == 20
    assert told.score == 200


def test_a_quiz_that_gave_more_than_the_lighter_entry_holds_gives_no_more_than_all_of_it() -> None:
    packs = published([plain(points=(PointRule(occurrence=2, points=30), PointRule(points=5)), quiz=Quiz(credit=10, cap=1, cap_days=30, attempts=3))])
    told = Story(packs=packs)
    first = confirmed(told, "a")
    told.confirm("b")
    quiz(told)
    assert told.score == 175
    told.overturn(first)
    assert told.score == 200


# Several

def state(told: Story) -> tuple[Any, ...]:
    entries, fired, sums = lines(told.account.standing.ledger)
    return {entry.id: entry.delta for entry in entries}, fired, sums, told.account.standing.counted


def test_the_order_of_several_overturns_does_not_matter_for_score_counters_and_milestones() -> None:
    ends = []
    for order in permutations(range(3)):
        told = Story(packs=MATRIX)
        ids = [confirmed(told.days(1), f"video-{n}") for n in range(5)]
        told.when(EarnPoints(creator=told.creator, source="ORDERS", quantity=100, reference="r"))
        for n in order:
            told.overturn(ids[n])
        ends.append(state(told))
    assert all(end == ends[0] for end in ends)


def test_when_everything_fell_nothing_is_in_force() -> None:
    told, ids = repeated(times=8)
    for id in ids:
        told.overturn(id)
    assert (told.score, told.penalties, told.account.standing.ledger.fired, told.account.standing.ledger.entries) == (200, [], (), {})


# Proposals

SEVERE: dict[str, Any] = {"policy": "MINOR_SAFETY", "severity": Severity.SEVERE}


def test_a_proposal_falls_with_the_violation_and_so_does_its_interim_restriction() -> None:
    told = Story(packs=PLAIN)
    told.deduct(1, **SEVERE)
    told.overturn(told.latest).includes(PenaltyProposalLapsed)
    assert (told.penalties, told.account.standing.proposals) == ([], {})


def test_an_approved_penalty_falls_with_the_violation_and_stays_when_another_one_falls() -> None:
    told = Story(packs=PLAIN)
    told.deduct(1)
    other = told.latest
    told.deduct(1, **SEVERE)
    severe = told.latest
    told.days(1)
    told.when(ApprovePenalty(creator=told.creator, penalty_id=told.penalties[0].id), SECOND)
    told.overturn(other).excludes(PenaltyReversed, PenaltyShortened)
    told.overturn(severe).includes(PenaltyReversed)
    assert told.penalties == []


def test_a_proposal_that_was_declined_does_not_come_back() -> None:
    told = Story(packs=PLAIN)
    told.deduct(1)
    other = told.latest
    told.deduct(1, **SEVERE)
    told.when(DeclinePenalty(creator=told.creator, penalty_id=told.penalties[0].id, reasons=REASONS), SECOND)
    told.overturn(other).excludes(PenaltyProposed, PenaltyImposed)
    assert (told.penalties, told.account.standing.proposals) == ([], {})


def test_a_proposal_is_for_no_longer_than_the_history_without_the_violation_proposes() -> None:
    told, a, b = two(packs=laddered(at(150, proposed(days=7)), at(100, proposed(days=14))))
    again = told.overturn(a).one(PenaltyProposed)
    assert again.trigger == b
    assert str(again.duration) == "7 days"
    [waiting] = told.account.standing.proposals.values()
    assert str(waiting.duration) == "7 days"
    imposed = told.when(ApprovePenalty(creator=told.creator, penalty_id=waiting.penalty.id), SECOND).one(PenaltyImposed)
    assert imposed.ends_at == march(10)


def test_a_proposal_without_end_becomes_one_with_the_end_that_the_milder_milestone_gives() -> None:
    told, a, _ = two(packs=laddered(at(150, proposed(days=7)), at(100, proposed(days=None))))
    assert str(told.overturn(a).one(PenaltyProposed).duration) == "7 days"


def test_a_proposal_as_long_as_the_other_history_makes_it_is_not_made_again() -> None:
    told, a, _ = two(packs=laddered(at(150, proposed(days=14)), at(100, proposed(days=7))))
    told.overturn(a).excludes(PenaltyProposed)


def test_a_proposal_lapses_no_later_than_the_milder_one_would_with_its_interim() -> None:
    told, a, _ = two(packs=laddered(at(150, proposed(hours=24, interim=True)), at(100, proposed(hours=72, interim=True))))
    told.overturn(a).includes(PenaltyProposed, PenaltyShortened)
    told.at(START + timedelta(hours=24) - TICK).settle()
    assert len(told.penalties) == 1
    told.at(START + timedelta(hours=24)).settle()
    assert (told.penalties, told.account.standing.proposals) == ([], {})


def test_an_interim_restriction_ends_where_the_milder_milestone_only_proposes() -> None:
    told, a, _ = two(packs=laddered(at(150, proposed()), at(100, proposed(interim=True))))
    told.overturn(a).includes(PenaltyReversed)
    assert told.penalties == []
    assert len(told.account.standing.proposals) == 1


def test_a_penalty_in_force_is_reversed_where_the_milder_milestone_only_proposes() -> None:
    told, a, _ = two(packs=laddered(at(150, proposed()), at(100, step())))
    told.overturn(a).includes(PenaltyReversed)
    assert told.penalties == []


def test_a_penalty_in_force_keeps_the_interim_of_a_milder_milestone_that_only_proposes() -> None:
    told, a, _ = two(packs=laddered(at(150, proposed(interim=True)), at(100, step())))
    told.overturn(a).includes(PenaltyShortened)
    assert [penalty.ends_at for penalty in told.penalties] == [START + timedelta(hours=72)]


def test_a_proposal_falls_where_the_milder_milestone_would_have_acted_at_once() -> None:
    told, a, _ = two(packs=laddered(at(150, step()), at(100, proposed(interim=True))))
    told.overturn(a).includes(PenaltyProposalLapsed, PenaltyReversed)
    assert (told.penalties, told.account.standing.proposals) == ([], {})


# What people placed

def held() -> tuple[Story, ViolationId, Any]:
    told = Story(packs=PLAIN)
    told.deduct(50)
    violation = told.latest
    id = told.when(SuspendPermission(
        creator=told.creator, violations=(violation,), restrictions=restricted("LIVE_SELLING"), ends_at=march(30), reasons=REASONS,
    )).one(PermissionSuspended).penalty_id
    return told, violation, id


def test_a_person_s_penalty_because_of_the_violation_must_be_named() -> None:
    told, violation, _ = held()
    told.overturn(violation).refused(PersonalPenaltyUndecided)
    assert len(told.penalties) == 2


@pytest.mark.parametrize("kept", [True, False])
def test_a_person_s_penalty_is_kept_or_lifted_as_the_decision_says_and_the_automatic_one_is_reversed(kept: bool) -> None:  # noqa: FBT001
    told, violation, id = held()
    outcome = told.overturn(violation, keep=(id,) if kept else (), lift=() if kept else (id,))
    assert [one.penalty_id for one in outcome.all(PenaltyLifted)] == ([] if kept else [id])
    outcome.includes(PenaltyReversed)
    assert [penalty.id for penalty in told.penalties] == ([id] if kept else [])


def test_a_person_s_penalty_because_of_another_violation_is_untouched_and_may_not_be_named() -> None:
    told, _, id = held()
    told.deduct(1)
    other = told.latest
    told.overturn(other, lift=(id,)).refused(PersonalPenaltyUndecided)


# Other shapes

@pytest.mark.parametrize("shaped", [
    lambda: laddered(at(8, step(), comparison=Comparison.AT_OR_ABOVE), shape=Shape.DEBT, base=0),
    lambda: laddered(at(192, step())),
], ids=["debt", "credit"])
def test_debt_and_credit_are_undone_alike(shaped: Callable[[], Any]) -> None:
    told, a, b = two(8, 1, shaped())
    before = told.score
    told.overturn(a)
    assert abs(told.score - before) == 8
    assert told.penalties == []
    told.overturn(b)
    assert told.account.standing.ledger.entries == {}


def test_an_entry_held_at_the_end_of_the_scale_gives_back_only_what_the_others_leave() -> None:
    told, a, _ = two(150, 150)
    assert told.score == 0
    told.overturn(a)
    assert told.score == 50


def test_occurrences_by_leaf_are_recounted_by_leaf() -> None:
    rows = (PointRule(occurrence=2, points=60), PointRule(points=20))
    told = Story(packs=published([plain(points=rows, occurrences=Occurrences(days=90, by_leaf=True))]))
    told.confirm("a", leaf="FALSE_CLAIM")
    first = told.latest
    told.confirm("b", leaf="FALSE_DISPLAY")
    told.confirm("c", leaf="FALSE_CLAIM")
    assert told.score == 100
    told.overturn(first)
    assert told.score == 160
