"""Accounts as they were: as of a time, as known at a time, and at a version."""

from __future__ import annotations

import typing
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from domain.creator.changing import KEPT, Part, Step, Why, changes, compared, steps
from domain.creator.decider import empty, fold
from domain.creator.erasure import EraseCreator, ErasureGround
from domain.creator.holds import PlaceLegalHold, ReleaseLegalHold
from domain.creator.overturn import AmendViolation
from domain.creator.penalties import PenaltyImposed
from domain.creator.replaying import AtVersion, Moment, Replayed, When, counted, replayed
from domain.creator.rewards import ChangeRewardTier
from domain.creator.sanctions import LiftPenalty
from domain.creator.scheme import SchemeAdopted
from domain.creator.state import Account, Confirmed, Overturned
from domain.creator.violations import ConfirmViolation
from domain.creator.warnings import IssueWarning
from domain.facts import Cause
from domain.packs.catalogue import Catalogue
from domain.packs.model import Severity
from tests.rulebook import (
    APPEALS_REVIEWER,
    REASONS,
    START,
    Story,
    at,
    laddered,
    later,
    pack_of,
    published,
    step,
    stories_are_replayed,
)

__all__ = ["stories_are_replayed"]

DAY = timedelta(days=1)
PACKS = laddered(at(150, step("PAUSE", 3)))  # from 200 points: at 150 or below, no selling in LIVE for three days
SOON = timedelta(hours=1)


@pytest.fixture(name="story")
def told() -> Story:
    return Story(packs=PACKS)


def then(story: Story, as_of: datetime, known_at: datetime | None = None, packs: Catalogue | None = None) -> Account:
    """The account as of a time, as known now or at another time."""
    return found(story, Moment(as_of, known_at or story.now), packs).account


def found(story: Story, when: When, packs: Catalogue | None = None) -> Replayed:
    replay = replayed(story.facts, when, packs or story.packs)
    assert replay is not None
    return replay


def score(account: Account) -> int:
    return account.standing.ledger.score


def late(story: Story, days: float, content: str = "late") -> Any:
    """Confirm now a violation of some days ago."""
    finding = story.finding(content, made=story.now - days * DAY - SOON)
    return story.when(ConfirmViolation(creator=story.creator, finding=finding), occurred_at=story.now - days * DAY)


def test_a_violation_recorded_late_was_so_as_of_then_and_was_not_known_then(story: Story) -> None:
    story.days(10)
    late(story, days=6)
    between = story.now - 3 * DAY
    assert score(then(story, between)) == 180
    assert score(then(story, between, known_at=between)) == 200
    assert score(then(story, story.now, known_at=between)) == 200, "what is known now was not known then"
    assert score(then(story, between - 4 * DAY)) == 200, "before it happened it was not so, whatever is known now"


def test_a_violation_dated_back_before_another_one_is_found_from_then_and_costs_points_from_when_that_took_effect(story: Story) -> None:
    story.days(10).deduct(20, content="first")
    story.days(1)
    late(story, days=5)
    between = then(story, story.now - 3 * DAY)
    assert [violation.content_id for violation in between.violations.values() if isinstance(violation, Confirmed)] == ["late"]
    assert score(between) == 200
    assert score(then(story, story.now - DAY)) == 160


def test_before_an_account_was_opened_there_is_none_and_at_its_opening_there_is(story: Story) -> None:
    story.days(1)
    assert replayed(story.facts, Moment(START - SOON, story.now), PACKS) is None
    assert replayed(story.facts, Moment(story.now, START - SOON), PACKS) is None
    assert then(story, START).registered


def test_an_overturned_violation_stands_until_it_is_overturned(story: Story) -> None:
    story.deduct(60)
    fallen = story.latest
    story.inform(fallen)
    story.days(2).overturn(fallen)
    before, after = then(story, story.now - SOON), then(story, story.now)
    assert (score(before), len(before.standing.penalties), type(before.violations[fallen])) == (140, 1, Confirmed)
    assert (score(after), len(after.standing.penalties), type(after.violations[fallen])) == (200, 0, Overturned)


def test_an_amended_violation_is_as_it_was_found_until_it_is_amended(story: Story) -> None:
    story.confirm(severity=Severity.MAJOR)
    amended = story.latest
    story.days(2).given(
        AmendViolation(creator=story.creator, violation_id=amended, severity=Severity.MODERATE, reasons=REASONS), by=APPEALS_REVIEWER)
    severities = [getattr(then(story, moment).violations[amended], "severity", None) for moment in (story.now - SOON, story.now)]
    assert severities == [Severity.MAJOR, Severity.MODERATE]


def test_what_fell_due_by_a_moment_is_taken_in_whether_it_was_recorded_or_not_and_not_beyond_a_version(story: Story) -> None:
    story.deduct(60)
    imposed = len(story.facts)
    story.days(30)
    unrecorded = then(story, story.now)
    assert unrecorded.standing.penalties == {}
    story.settle()
    assert changes(unrecorded, then(story, story.now - SOON), PACKS) == ()
    assert len(found(story, AtVersion(imposed)).account.standing.penalties) == 1


def test_a_version_is_the_account_as_its_first_facts_made_it(story: Story) -> None:
    for number in range(5):
        story.days(1).deduct(5, content=f"video-{number}")
    for version in range(3, len(story.facts) + 1):
        replay = found(story, AtVersion(version))
        assert (replay.account, replay.version) == (fold(empty(), story.facts[:version]), version)


def test_what_is_dated_back_before_the_penalty_it_ends_does_not_count_before_that(story: Story) -> None:
    story.days(5).deduct(60)
    imposed = next(fact for fact in story.facts if isinstance(fact.event, PenaltyImposed))
    story.days(1).when(
        LiftPenalty(creator=story.creator, penalty_id=story.penalties[0].id, reasons=REASONS), occurred_at=imposed.occurred_at - 2 * DAY)
    early = Moment(imposed.occurred_at - DAY, story.now)
    assert [fact.version for fact in counted(story.facts, early, PACKS)] == [1, 2]
    assert score(found(story, early).account) == 200
    assert found(story, Moment(story.now, story.now)).account.standing.penalties == {}


def test_what_was_caused_by_what_does_not_count_does_not_count_either_whatever_its_date(story: Story) -> None:
    story.days(2).given(
        IssueWarning(creator=story.creator, reasons=REASONS), ChangeRewardTier(creator=story.creator, tier="GOLD", promotion_score=300))
    *before, warned, tiered = story.facts
    earlier = msgspec.structs.replace(tiered, occurred_at=START + DAY)
    caused = msgspec.structs.replace(earlier, cause=Cause(story.creator, warned.version))
    then = Moment(START + DAY, story.now)
    assert counted([*before, warned, earlier], then, PACKS) == [*before, earlier]
    assert counted([*before, warned, caused], then, PACKS) == before


def test_what_was_recorded_after_something_was_not_known_before_it_whatever_two_clocks_say(story: Story) -> None:
    story.deduct(20, content="first").story.deduct(20, content="second")
    behind = [msgspec.structs.replace(fact, recorded_at=fact.recorded_at - DAY) if fact.version > 4 else fact for fact in story.facts]
    assert counted(behind, Moment(story.now, story.now - SOON), PACKS) == []
    assert counted(behind, Moment(story.now, story.now), PACKS) == behind


def edited(day: date, now: datetime) -> Catalogue:
    """The same rules, and a stricter version of them in force from a day, published at a time."""
    first = pack_of(PACKS, "US")
    score = msgspec.structs.replace(first.score, base=100)
    stricter = later(first, day, counters={**first.counters, "score": score})
    *_, new = published([first, stricter])
    return Catalogue([*PACKS, msgspec.structs.replace(new, published_at=now)])


def test_editing_a_policy_changes_no_health_shown_as_of_a_past_date(story: Story) -> None:
    story.deduct(20)
    story.days(20)
    past = [story.now - days * DAY for days in (0.1, 5, 19)]
    shown = [then(story, moment) for moment in past]
    story.packs = edited((story.now + DAY).date(), story.now)
    assert [then(story, moment) for moment in past] == shown
    story.days(3).settle()
    assert [then(story, moment) for moment in past] == shown
    assert score(then(story, story.now)) == 100 - 20
    assert then(story, past[0]).scheme != then(story, story.now).scheme


def test_a_policy_said_to_have_been_in_force_before_it_was_published_changes_none_either(story: Story) -> None:
    story.deduct(20)
    story.days(20)
    past = [story.now - days * DAY for days in (0.1, 5, 19)]
    shown = [then(story, moment) for moment in past]
    story.packs = edited((story.now - 10 * DAY).date(), story.now)
    assert [then(story, moment) for moment in past] == shown, "before it is taken over"
    story.days(3).settle()
    assert isinstance(story.facts[-1].event, SchemeAdopted)
    assert story.facts[-1].occurred_at < past[0]
    assert [then(story, moment) for moment in past] == shown, "after it was taken over"
    assert score(then(story, story.now)) == 100 - 20


def test_each_fact_says_what_it_changed(story: Story) -> None:
    story.deduct(60)
    told = {type(it.fact.event).__name__: {change.part for change in it.changes} for it in steps(empty(), story.facts, PACKS)}
    assert told["ViolationConfirmed"] == {Part.VIOLATION}
    assert told["PointsDeducted"] == {Part.SCORE, Part.ENTRY}
    assert told["MilestoneCrossed"] == {Part.THRESHOLD, Part.MILESTONE}
    assert told["PenaltyImposed"] == {Part.PENALTY}
    (change,) = (change for it in steps(empty(), story.facts, PACKS) for change in it.changes if change.part is Part.SCORE and change.before)
    assert (change.before, change.after) == (200, 140)


def test_holds_erasures_and_until_when_evidence_is_kept_are_parts_of_an_account(story: Story) -> None:
    story.when(PlaceLegalHold(creator=story.creator, reference="matter-1", reasons=REASONS))
    story.when(ReleaseLegalHold(creator=story.creator, reference="matter-1", reasons=REASONS))
    story.when(EraseCreator(creator=story.creator, ground=ErasureGround.OBJECTION, reasons=REASONS))
    told = [(change.part, change.id, change.before is None, change.after is None)
            for it in steps(empty(), story.facts[-3:], PACKS) for change in it.changes if change.part not in {Part.SCORE, Part.ZONE}]
    assert told == [
        (Part.LEGAL_HOLD, "matter-1", True, False), (Part.LEGAL_HOLD, "matter-1", False, True), (Part.ERASURE, "", True, False)]


def test_everything_in_an_account_that_has_an_id_is_a_part_of_it() -> None:
    several = {field.name for field in msgspec.structs.fields(Account) if typing.get_origin(field.type) is dict}
    assert several - set(KEPT.values()) == {"ended", "lost", "served_owed", "participants", "reviewers"}, "what another part tells, or nobody"


def why(story: Story, one: Moment, other: Moment) -> dict[Part, Why]:
    return {it.change.part: it for it in compared(empty(), story.facts, one, other, story.packs)}


def kinds(told: tuple[Step, ...]) -> list[str]:
    return [type(step.fact.event).__name__ for step in told]


def test_between_two_moments_it_is_told_what_changed_and_by_which_facts(story: Story) -> None:
    story.days(1).deduct(60)
    before, after = Moment(START, story.now), Moment(story.now, story.now)
    told = why(story, before, after)
    assert (told[Part.SCORE].change.before, told[Part.SCORE].change.after, kinds(told[Part.SCORE].added)) == (200, 140, ["PointsDeducted"])
    assert kinds(told[Part.PENALTY].added) == ["PenaltyImposed"]
    back = why(story, after, before)
    assert (back[Part.PENALTY].added, kinds(back[Part.PENALTY].removed)) == ((), ["PenaltyImposed"])
    assert not any(it.by_time_alone for it in (*told.values(), *back.values()))
    assert compared(empty(), story.facts, after, after, PACKS) == ()


@pytest.mark.parametrize("recorded", [True, False])
def test_what_time_alone_changed_between_two_moments_is_told_as_such(story: Story, *, recorded: bool) -> None:
    story.deduct(60).story.days(1)
    before = Moment(story.now, story.now)
    story.days(9)
    if recorded:
        story.settle()
    told = why(story, before, Moment(story.now, story.now))
    assert set(told) == {Part.PENALTY}
    assert told[Part.PENALTY].by_time_alone
    assert kinds(told[Part.PENALTY].added if recorded else told[Part.PENALTY].fell_due) == ["PenaltyExpired"]


def test_what_became_known_between_two_moments_is_told_with_the_fact_that_was_recorded_late(story: Story) -> None:
    story.days(10)
    late(story, days=6)
    between = story.now - 3 * DAY
    told = why(story, Moment(between, between), Moment(between, story.now))
    assert kinds(told[Part.VIOLATION].added) == ["ViolationConfirmed"]
    assert kinds(told[Part.SCORE].added) == ["PointsDeducted"]
    assert told[Part.SCORE].added[0].fact.recorded_at > between
