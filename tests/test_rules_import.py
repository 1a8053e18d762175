"""Decisions of another system: they count as causes, and trigger nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.creator import decider
from domain.creator.decider import OccurredBeforeLatest, OccurredBeforeRegistration
from domain.creator.enforcement import ZERO_TOLERANCE
from domain.creator.external import ExternalReferenceReused, ExternalViolationUnknown, RecordExternalPenalty, RecordExternalViolation
from domain.creator.finding import Origin
from domain.creator.grammar import Command, Order, TimeInFuture
from domain.creator.judging import PolicyNotEffective
from domain.creator.overturn import ViolationOverturned
from domain.creator.penalties import (
    ExternalPenaltyRecorded,
    PenaltyExpired,
    PenaltyImposed,
    PenaltyLifted,
    PenaltyProposed,
    restrictions_of,
)
from domain.creator.points import MilestoneCrossed, MilestoneReversed, PointsDeducted, PointsExpired, PointsRestored
from domain.creator.sanctions import CapabilityUnknown, LiftPenalty, PenaltyEndBeforeStart, PermissionNotHeld, PersonRequired
from domain.creator.scheme import AccountType, CreatorAccountOpened, RegisterCreator, SchemeAdopted
from domain.creator.state import EXTERNAL, Application, Confirmed, Restriction
from domain.creator.statements import StatementOfReasonsIssued
from domain.creator.subjects import took_part
from domain.creator.violations import ViolationAlreadyDecided, ViolationConfirmed
from domain.creator.warnings import WarningIssued
from domain.facts import Actor, ActorKind, Event
from domain.packs.catalogue import Catalogue, MarketNotCovered
from domain.packs.model import PointRule, Severity
from domain.refusals import Refused
from tests.rulebook import MODEL, REASONS, SHIPPED, START, Outcome, Story, at, laddered, restricted, step, stories_are_replayed

__all__ = ["stories_are_replayed"]

IMPORTER = Actor(ActorKind.POLICY_OWNER, "operator", "POLICY_MANAGER")
OPENED = datetime(2025, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
LADDER = laddered(at(150, step("MILD", 7)), at(100, step("STRICT", 30)), points=(PointRule(points=60, range=(1, 1000)),), days=None)
IMPOSING: tuple[type[Event], ...] = (PenaltyImposed, PenaltyProposed, StatementOfReasonsIssued)


def past(story: Story, command: Command, when: datetime, by: Actor = IMPORTER) -> Outcome:
    """Something was so then, and is told now."""
    order = Order(command, by, story.now, when)
    try:
        drafts = decider.decide_past(story.account, order, story.packs)
    except Refused as refusal:
        return Outcome(story, order, [], refusal)
    return Outcome(story, order, story._take(drafts), None)  # noqa: SLF001  # the story's own way


def opened(packs: Catalogue = LADDER, market: str = "US", when: datetime = OPENED) -> Story:
    """An account that another system opened a year ago."""
    story = Story(market, packs, registered=False)
    past(story, registering(story, market), when).then(CreatorAccountOpened, SchemeAdopted)
    return story


def registering(story: Story, market: str = "US") -> RegisterCreator:
    return RegisterCreator(
        adult=True, creator=story.creator, external_id="creator-1", account_type=AccountType.PRIVATE, market=market)


def origin(reference: str, by: str = "") -> Origin:
    return Origin("legacy", reference, by)


def violating(story: Story, when: datetime, reference: str = "V-1", by: str = "", **more: Any) -> RecordExternalViolation:
    """A violation decided there, in content made a day before."""
    finding = story.finding(f"content-{reference}", made=when - DAY, **more)
    return RecordExternalViolation(creator=story.creator, finding=finding, origin=origin(reference, by))


def penalising(story: Story, ends_at: datetime | None, reference: str = "P-1", **more: Any) -> RecordExternalPenalty:
    given: dict[str, Any] = {"kind": "LIVE_BANNED", "restrictions": restricted("LIVE_SELLING")} | more
    return RecordExternalPenalty(creator=story.creator, origin=origin(reference), ends_at=ends_at, **given)


# Violations


def test_a_violation_decided_elsewhere_costs_what_the_pack_of_its_time_says() -> None:
    story = opened()
    when = OPENED + 30 * DAY
    outcome = past(story, violating(story, when), when).then(ViolationConfirmed, PointsDeducted, MilestoneCrossed)
    assert outcome.one(ViolationConfirmed).origin == origin("V-1")
    assert {fact.occurred_at for fact in outcome.facts} == {when}
    assert {fact.recorded_at for fact in outcome.facts} == {START}
    assert outcome.facts[0].actor == IMPORTER
    assert story.score == 140


def test_a_threshold_that_it_reaches_has_fired_and_imposes_nothing() -> None:
    story = opened()
    when = OPENED + 30 * DAY
    past(story, violating(story, when), when).includes(MilestoneCrossed).excludes(*IMPOSING)
    assert story.penalties == []


def test_the_next_violation_does_not_fire_again_what_an_imported_one_has() -> None:
    story = opened()
    when = OPENED + 30 * DAY
    past(story, violating(story, when), when)
    story.deduct(1).excludes(MilestoneCrossed, *IMPOSING)
    story.deduct(60).includes(MilestoneCrossed, PenaltyImposed)  # a stricter one is of our own making


def test_it_counts_as_an_earlier_occurrence() -> None:
    packs = laddered(points=(PointRule(points=50, occurrence=2), PointRule(points=10)))
    story = opened(packs)
    when = START - 10 * DAY
    past(story, violating(story, when), when)
    assert story.confirm("here").one(PointsDeducted).points == 50


def test_points_that_expired_before_today_do_not_weigh_any_more() -> None:
    story = opened(laddered(points=(PointRule(points=20),), days=90))
    when = OPENED + 5 * DAY
    past(story, violating(story, when), when)
    assert story.score == 180
    story.settle()
    assert story.score == 200


def test_between_two_decisions_of_the_past_what_fell_due_is_recorded_at_its_own_time() -> None:
    story = opened(laddered(points=(PointRule(points=20),), days=90))
    first, second = OPENED + 5 * DAY, OPENED + 200 * DAY
    past(story, violating(story, first), first)
    past(story, violating(story, second, "V-2"), second).then(PointsExpired, ViolationConfirmed, PointsDeducted)
    assert story.score == 180


def test_what_falls_due_after_a_decision_of_the_past_does_not_stand_in_its_way() -> None:
    story = opened(laddered(points=(PointRule(points=20),), days=90))
    first, second = OPENED + 5 * DAY, OPENED + 50 * DAY
    past(story, violating(story, first), first)
    past(story, violating(story, second, "V-2"), second).then(ViolationConfirmed, PointsDeducted)
    assert story.score == 160


def test_zero_tolerance_imposes_nothing_for_what_another_system_decided() -> None:
    policy, severity = not_tolerated()
    story = opened(SHIPPED)
    when = OPENED + 30 * DAY
    past(story, violating(story, when, policy=policy, severity=severity), when).includes(ViolationConfirmed).excludes(*IMPOSING)
    assert ZERO_TOLERANCE in {penalty.channel for penalty in story.confirm("here", policy, severity).all(PenaltyImposed)}


def not_tolerated() -> tuple[str, Severity]:
    """A policy and a severity that the shipped pack punishes at once."""
    pack = SHIPPED.in_force("US", START).pack
    return next(
        (name, severity) for name, policy in pack.policies.items() for severity in policy.severities
        if any(rule.counts.takes(name, severity, "") for rule in pack.zero_tolerance))


def test_when_it_is_overturned_its_points_come_back_and_its_threshold_is_armed_again() -> None:
    story = opened()
    when = OPENED + 30 * DAY
    past(story, violating(story, when), when)
    story.overturn(story.latest).includes(ViolationOverturned, PointsRestored, MilestoneReversed)
    assert story.score == 200
    story.deduct(60).includes(PenaltyImposed)


def test_who_decided_there_takes_part_in_no_review_here() -> None:
    story = opened()
    when = OPENED + 30 * DAY
    past(story, violating(story, when, by="reviewer-1"), when)
    known = story.account.violations[story.latest]
    assert isinstance(known, Confirmed)
    assert took_part(story.account, story.latest) == {"reviewer-1"}
    assert known.origin == origin("V-1", "reviewer-1")


def test_the_same_violation_is_decided_once() -> None:
    story = opened()
    when = OPENED + 30 * DAY
    command = violating(story, when)
    past(story, command, when)
    past(story, command, when).refused(ViolationAlreadyDecided)


def test_a_reference_names_one_violation() -> None:
    story = opened()
    when = OPENED + 30 * DAY
    past(story, violating(story, when), when)
    finding = story.finding("another", made=when)
    past(story, RecordExternalViolation(creator=story.creator, finding=finding, origin=origin("V-1")), when).refused(ExternalReferenceReused)


def test_a_warning_of_the_creator_is_not_given_for_what_is_long_past() -> None:
    story = opened(laddered(at(150, step("MILD", 7)), points=(PointRule(points=20),), near_warning=40))
    when = OPENED + 30 * DAY
    past(story, violating(story, when), when).excludes(WarningIssued)
    story.confirm("here").includes(WarningIssued)


# Penalties


def test_a_penalty_of_another_system_restricts_until_that_system_s_end_and_triggers_nothing() -> None:
    story = opened()
    when, end = START - 10 * DAY, START + 20 * DAY
    past(story, penalising(story, end), when).then(ExternalPenaltyRecorded)
    (penalty,) = story.penalties
    assert (penalty.channel, penalty.starts_at, penalty.ends_at) == (EXTERNAL, when, end)
    assert penalty.application is Application.APPLIED  # nothing is asked of the platform
    assert list(restrictions_of(story.account)) == [Restriction("LIVE_SELLING")]
    assert story.score == 200
    story.at(end)
    assert [type(event) for event in story.settle()] == [PenaltyExpired]
    assert restrictions_of(story.account) == {}


def test_a_penalty_that_was_over_long_ago_is_known_and_restricts_nothing() -> None:
    story = opened()
    past(story, penalising(story, OPENED + 12 * DAY), OPENED + 5 * DAY)
    story.settle()
    assert story.penalties == []
    assert len(story.account.ended) == 1


def test_it_names_the_violations_it_rests_on_by_what_they_are_called_there() -> None:
    story = opened()
    when = START - 10 * DAY
    past(story, violating(story, when), when)
    past(story, penalising(story, None, because=("V-1",)), when).then(ExternalPenaltyRecorded)
    assert story.penalties[0].violations == (story.latest,)
    past(story, penalising(story, None, "P-2", because=("V-9",)), when).refused(ExternalViolationUnknown)


def test_a_violation_that_falls_takes_the_penalty_that_rests_on_it_along_if_a_person_says_so() -> None:
    story = opened()
    when = START - 10 * DAY
    past(story, violating(story, when), when)
    past(story, penalising(story, None, because=("V-1",)), when)
    story.overturn(story.latest, lift=(story.penalties[0].id,)).includes(PenaltyLifted)
    assert story.penalties == []


def test_a_person_may_end_it_early_and_no_machine_may() -> None:
    story = opened()
    past(story, penalising(story, None), START - DAY)
    lifting = LiftPenalty(creator=story.creator, penalty_id=story.penalties[0].id, reasons=REASONS)
    story.when(lifting, MODEL).refused(PersonRequired)
    story.when(lifting).then(PenaltyLifted)


def test_what_it_restricts_must_be_something_that_there_is() -> None:
    story = opened()
    past(story, penalising(story, None, restrictions=()), START).refused(PermissionNotHeld)
    past(story, penalising(story, None, restrictions=restricted("LIFE_SELLING")), START).refused(CapabilityUnknown)


def test_it_ends_after_it_began() -> None:
    story = opened()
    past(story, penalising(story, START - DAY), START - DAY).refused(PenaltyEndBeforeStart)


def test_a_reference_names_one_penalty() -> None:
    story = opened()
    past(story, penalising(story, None), START - DAY)
    past(story, penalising(story, None), START).then()
    past(story, penalising(story, START + DAY), START).refused(ExternalReferenceReused)


# Times


def test_an_account_that_is_older_than_any_pack_of_its_market_lives_under_the_first() -> None:
    long_ago = datetime(2019, 5, 1, tzinfo=UTC)
    story = opened(SHIPPED, when=long_ago)
    assert story.account.opened_at == long_ago
    past(story, penalising(story, None), long_ago + DAY).then(ExternalPenaltyRecorded)


def test_a_market_without_a_pack_is_refused_as_it_always_was() -> None:
    story = Story(packs=SHIPPED, registered=False)
    past(story, registering(story, "XX"), OPENED).refused(MarketNotCovered)


def test_a_violation_from_before_there_was_a_policy_is_refused() -> None:
    long_ago = datetime(2019, 5, 1, tzinfo=UTC)
    story = opened(SHIPPED, when=long_ago)
    past(story, violating(story, long_ago + 9 * DAY), long_ago + 9 * DAY).refused(PolicyNotEffective)


def test_what_is_older_than_the_latest_fact_of_a_live_account_is_refused() -> None:
    story = Story(packs=LADDER)
    story.days(10).confirm()
    past(story, penalising(story, None), story.now - timedelta(seconds=1)).refused(OccurredBeforeLatest)
    past(story, penalising(story, None), story.now).then(ExternalPenaltyRecorded)


def test_what_is_older_than_the_account_is_refused() -> None:
    story = opened()
    past(story, penalising(story, None), OPENED - DAY).refused(OccurredBeforeRegistration)


def test_what_has_not_happened_is_refused() -> None:
    story = opened()
    past(story, penalising(story, None), START + DAY).refused(TimeInFuture)


def test_an_account_told_again_is_no_other_account() -> None:
    story = opened()
    past(story, registering(story), OPENED).then()
    past(story, registering(story), OPENED - DAY).refused(OccurredBeforeRegistration)


@pytest.mark.parametrize("points", [1, 60, 200])
def test_whatever_is_taken_over_imposes_nothing(points: int) -> None:
    story = opened(laddered(
        at(150, step("MILD", 7)), at(100, step("STRICT", 30)), at(0, step("BANNED", None)), points=(PointRule(points=points),), days=None))
    for number in range(6):
        when = OPENED + (10 + number) * DAY
        past(story, violating(story, when, f"V-{number}"), when).excludes(*IMPOSING)
    assert story.penalties == []
