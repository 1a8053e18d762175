"""Warnings: recorded notices without points."""

from __future__ import annotations

from uuid import uuid4

from domain.creator.appeals import AppealSubmitted, SubmitAppeal
from domain.creator.judgement import DecideAppeal
from domain.creator.judgement import Outcome as Decision
from domain.creator.points import MilestoneCrossed, PointsDeducted
from domain.creator.violations import DismissViolation, SuspectViolation, ViolationSuspected
from domain.creator.warnings import IssueWarning, ReasonsRequired, ViolationUnknown, WarningIssued, WarningKind
from domain.facts import ActorKind, Personal
from domain.identity import ViolationId
from domain.packs.model import Severity
from tests.rulebook import APPEALS_REVIEWER, CREATOR, MODEL, Story, stories_are_replayed

__all__ = ["stories_are_replayed"]


def warning(story: Story, about: ViolationId | None = None, reasons: str = "Please label such videos.") -> IssueWarning:
    return IssueWarning(creator=story.creator, violation_id=about, reasons=Personal(reasons))


def test_a_person_warns_a_creator_in_general() -> None:
    story = Story().again_may_differ()
    event = story.when(warning(story)).then(WarningIssued).one(WarningIssued)
    assert (event.kind, event.violation_id) == (WarningKind.BY_PERSON, None)


def test_a_person_warns_a_creator_about_a_violation_that_stands() -> None:
    story = Story().again_may_differ()
    story.confirm()
    assert story.when(warning(story, story.latest)).then(WarningIssued).one(WarningIssued).violation_id == story.latest


def test_a_person_warns_a_creator_about_a_suspicion() -> None:
    story = Story().again_may_differ()
    suspected = story.when(SuspectViolation(creator=story.creator, finding=story.finding()), MODEL).one(ViolationSuspected)
    story.when(warning(story, suspected.violation_id)).then(WarningIssued)


def test_a_warning_gives_reasons() -> None:
    story = Story()
    story.when(warning(story, reasons=" \n")).refused(ReasonsRequired)


def test_nobody_is_warned_about_a_violation_that_is_not_known() -> None:
    story = Story()
    story.when(warning(story, ViolationId(uuid4()))).refused(ViolationUnknown)


def test_nobody_is_warned_about_a_suspicion_that_was_dismissed() -> None:
    story = Story()
    suspected = story.when(SuspectViolation(creator=story.creator, finding=story.finding()), MODEL).one(ViolationSuspected)
    story.given(DismissViolation(creator=story.creator, violation_id=suspected.violation_id, reasons=Personal("not so")))
    story.when(warning(story, suspected.violation_id)).refused(ViolationUnknown)


def test_nobody_is_warned_about_a_violation_that_fell() -> None:
    story = Story()
    story.confirm()
    id = story.when(SubmitAppeal(creator=story.creator, subject=story.latest, grounds=Personal("no")), CREATOR).one(AppealSubmitted).appeal_id
    story.given(DecideAppeal(creator=story.creator, appeal_id=id, outcome=Decision.REVERSED, reasons=Personal("yes")), by=APPEALS_REVIEWER)
    story.when(warning(story, story.latest)).refused(ViolationUnknown)


def test_a_warning_costs_nothing_and_restricts_nothing() -> None:
    story = Story()
    story.given(warning(story))
    assert (story.score, story.account.standing.penalties) == (200, {})


def test_the_first_minor_violation_is_a_warning_in_place_of_points() -> None:
    story = Story()
    outcome = story.confirm(policy="IRRELEVANT_PROMOTION", severity=Severity.MINOR).includes(WarningIssued).excludes(PointsDeducted)
    assert outcome.one(WarningIssued).kind is WarningKind.FIRST_VIOLATION
    assert {fact.actor.kind for fact in outcome.facts[1:]} == {ActorKind.SYSTEM}
    assert story.score == 200


def test_a_creator_is_warned_as_the_score_comes_near_a_milestone() -> None:
    story = Story()
    story.confirm().excludes(WarningIssued)  # 180, 30 above
    near = story.confirm("video-2", "UNDISCLOSED_COMMERCIAL").one(WarningIssued)  # 160, 10 above
    assert (near.kind, near.milestone, near.value) == (WarningKind.NEAR_MILESTONE, 150, 160)


def test_a_creator_who_reaches_a_milestone_is_not_warned_of_it_as_well() -> None:
    story = Story()
    story.confirm()
    story.confirm("video-2", "COUNTERFEIT", Severity.MAJOR).includes(MilestoneCrossed).excludes(WarningIssued)
