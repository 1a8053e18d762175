"""Policy quizzes: a full score gives points of a live deduction back, within the pack's window, attempts and cap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from domain.creator.appeals import AppealSubmitted, SubmitAppeal
from domain.creator.finding import Discretion
from domain.creator.judgement import DecideAppeal
from domain.creator.judgement import Outcome as Decision
from domain.creator.points import PointsDeducted, PointsRestored, RestoreReason
from domain.creator.quizzes import (
    PointsNotReducible,
    QuizAlreadyPassed,
    QuizAttemptsExhausted,
    QuizCapReached,
    QuizFailed,
    QuizNotOffered,
    QuizPassed,
    QuizScoreInvalid,
    QuizWindowClosed,
    TakeQuiz,
)
from domain.creator.violations import ConfirmViolation
from domain.facts import ActorKind, Cause, Personal
from domain.packs.catalogue import Catalogue
from domain.packs.model import Severity
from tests.rulebook import APPEALS_REVIEWER, CREATOR, SHIPPED, Outcome, Story, changed, pack_of, published, stories_are_replayed

__all__ = ["stories_are_replayed"]

US = pack_of(SHIPPED, "US")
MOMENT = timedelta(microseconds=1)
APRIL_ENDS = datetime(2026, 5, 1, 7, tzinfo=UTC)  # in Los Angeles; the deductions are made on 2 March
CAP_ENDS = datetime(2026, 4, 2, 7, tzinfo=UTC)  # 2 March and thirty days, at midnight in Los Angeles


def offering(**figures: int) -> Catalogue:
    """The pack with a quiz of other figures."""
    assert US.quiz is not None
    return published([changed(US, quiz=msgspec.structs.replace(US.quiz, **figures))])


def with_deduction(packs: Catalogue = SHIPPED, market: str = "US") -> Story:
    """A creator who lost 20 points for a misleading promotion (2 in the markets of the violation points)."""
    story = Story(market, packs).again_may_differ()
    story.confirm()
    return story


def quiz(story: Story, score: int = 5, full: int = 5, policy: str = "MISLEADING_PROMOTION") -> Outcome:
    return story.when(TakeQuiz(creator=story.creator, quiz_id="quiz-1", policy=policy, score=score, full=full), CREATOR)


def test_a_full_score_gives_points_of_a_credit_back() -> None:
    story = with_deduction()
    outcome = quiz(story).then(QuizPassed, PointsRestored)
    restored = outcome.one(PointsRestored)
    assert (restored.reason, restored.points, restored.delta, restored.score.before, restored.score.after) == (RestoreReason.QUIZ, 10, 10, 180, 190)
    assert (outcome.facts[1].actor.kind, outcome.facts[1].cause) == (ActorKind.SYSTEM, Cause(story.creator, outcome.facts[0].version))
    assert story.score == 190


def test_a_full_score_takes_points_of_a_debt_away() -> None:
    story = with_deduction(market="TH")
    restored = quiz(story).then(QuizPassed, PointsRestored).one(PointsRestored)
    assert (restored.points, restored.delta, story.score) == (1, -1, 1)


@pytest.mark.parametrize("score", [0, 4])
def test_anything_less_than_a_full_score_gives_nothing(score: int) -> None:
    story = with_deduction()
    failed = quiz(story, score).then(QuizFailed).one(QuizFailed)
    assert (failed.attempt, failed.score, failed.full, story.score) == (1, score, 5, 180)


def test_a_quiz_never_gives_back_more_than_the_deduction_took() -> None:
    story = with_deduction(offering(credit=50, cap=9))
    assert quiz(story).then(QuizPassed, PointsRestored).one(PointsRestored).points == 20
    assert story.score == 200
    quiz(story).refused(QuizNotOffered)


def test_a_quiz_gives_points_of_a_deduction_back_once() -> None:
    story = with_deduction(offering(credit=5, cap=9))
    quiz(story).then(QuizPassed, PointsRestored)
    quiz(story).refused(QuizAlreadyPassed)


def test_after_a_pass_the_quiz_counts_for_an_earlier_deduction() -> None:
    story = with_deduction(offering(credit=5, cap=9))
    first = next(iter(story.account.standing.ledger.entries))
    latest = story.days(1).confirm("video-2").one(PointsDeducted).entry_id
    assert [quiz(story).one(QuizPassed).entry_id for _ in range(2)] == [latest, first]


def test_a_quiz_counts_for_the_latest_deduction_under_its_policy() -> None:
    story = with_deduction()
    first = next(iter(story.account.standing.ledger.entries))
    latest = story.days(1).confirm("video-2").one(PointsDeducted).entry_id
    assert latest != first
    assert quiz(story).one(QuizPassed).entry_id == latest


def test_without_a_deduction_under_the_policy_no_quiz_is_offered() -> None:
    quiz(with_deduction(), policy="COUNTERFEIT").refused(QuizNotOffered)


def test_a_warning_leaves_nothing_that_a_quiz_could_give_back() -> None:
    story = Story()
    story.confirm(policy="LOW_QUALITY", severity=Severity.MINOR)
    quiz(story, policy="LOW_QUALITY").refused(QuizNotOffered)


def test_where_the_pack_has_no_quiz_none_is_offered() -> None:
    quiz(with_deduction(published([changed(US, quiz=None)]))).refused(QuizNotOffered)


def test_a_deduction_that_fell_on_appeal_leaves_nothing_to_give_back() -> None:
    story = with_deduction()
    id = story.when(SubmitAppeal(creator=story.creator, subject=story.latest, grounds=Personal("no")), CREATOR).one(AppealSubmitted).appeal_id
    story.given(DecideAppeal(creator=story.creator, appeal_id=id, outcome=Decision.REVERSED, reasons=Personal("yes")), by=APPEALS_REVIEWER)
    quiz(story).refused(QuizNotOffered)


def test_points_of_a_severe_violation_are_not_reduced() -> None:
    story = Story()
    story.confirm(policy="AIGC_MISUSE", severity=Severity.SEVERE)
    quiz(story, policy="AIGC_MISUSE").refused(PointsNotReducible)


def test_a_lighter_deduction_is_reduced_although_a_severe_one_came_later() -> None:
    story = Story()
    light = story.confirm(policy="AIGC_MISUSE").one(PointsDeducted).entry_id
    story.confirm("video-2", "AIGC_MISUSE", Severity.SEVERE)
    assert quiz(story, policy="AIGC_MISUSE").one(QuizPassed).entry_id == light


@pytest.mark.parametrize(("score", "full"), [(-1, 5), (6, 5), (0, 0)])
def test_a_score_lies_between_none_and_all_answers(score: int, full: int) -> None:
    quiz(with_deduction(), score, full).refused(QuizScoreInvalid)


def test_a_quiz_is_open_until_just_before_the_following_month_ends() -> None:
    quiz(with_deduction().at(APRIL_ENDS - MOMENT)).then(QuizPassed, PointsRestored)


@pytest.mark.parametrize("late", [timedelta(0), MOMENT], ids=["at its end", "just after"])
def test_a_quiz_is_closed_from_the_end_of_the_following_month_on(late: timedelta) -> None:
    quiz(with_deduction().at(APRIL_ENDS + late)).refused(QuizWindowClosed)


def test_attempts_count_from_one_and_the_last_one_may_still_pass() -> None:
    story = with_deduction()
    assert [quiz(story, score).one(kind).attempt for score, kind in ((0, QuizFailed), (4, QuizFailed), (5, QuizPassed))] == [1, 2, 3]


def test_after_the_last_attempt_there_is_no_other() -> None:
    story = with_deduction()
    for _ in range(3):
        quiz(story, 0)
    quiz(story).refused(QuizAttemptsExhausted)


def test_attempts_count_for_each_deduction_apart() -> None:
    story = with_deduction()
    for _ in range(3):
        quiz(story, 0)
    story.days(1).confirm("video-2")
    assert quiz(story, 0).one(QuizFailed).attempt == 1


def test_no_more_than_the_cap_is_given_in_its_days() -> None:
    story = with_deduction()
    story.confirm("video-2")
    quiz(story)
    quiz(story.at(CAP_ENDS - MOMENT)).refused(QuizCapReached)


def test_the_days_of_the_cap_end_at_local_midnight() -> None:
    story = with_deduction()
    story.confirm("video-2")
    quiz(story)
    quiz(story.at(CAP_ENDS)).then(QuizPassed, PointsRestored)


def test_the_cap_counts_for_each_policy_apart() -> None:
    story = with_deduction()
    story.confirm("video-2", "UNDISCLOSED_COMMERCIAL")
    quiz(story)
    quiz(story, policy="UNDISCLOSED_COMMERCIAL").then(QuizPassed, PointsRestored)


def test_failed_attempts_do_not_use_the_cap_up() -> None:
    story = with_deduction()
    quiz(story, 0)
    quiz(story).then(QuizPassed, PointsRestored)


def test_points_chosen_by_a_person_are_given_back_like_others() -> None:
    story = Story().again_may_differ()
    chosen = Discretion(points=40, reasons=Personal("seen by many"))
    story.given(ConfirmViolation(creator=story.creator, finding=story.finding(), discretion=chosen))
    quiz(story)
    assert story.score == 170
