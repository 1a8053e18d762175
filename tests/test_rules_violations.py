"""Violations: suspected, corrected, confirmed, dismissed; by which policy they are judged, and what counts once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from domain.calendar import Duration, Unit
from domain.creator.content import ContentRemoved, ContentRestored, RemoveContent
from domain.creator.finding import Effect, Factor
from domain.creator.grammar import TimeInFuture
from domain.creator.judging import ContentTooOld, PolicyNotEffective, PolicyNotInMarket, SeverityNotInPolicy
from domain.creator.overturn import (
    AmendmentOutOfPolicy,
    AmendmentWorsens,
    AmendViolation,
    ViolationAmended,
)
from domain.creator.penalties import PenaltyProposalLapsed, PenaltyProposed, PenaltyReversed, PenaltyShortened
from domain.creator.points import MilestoneCrossed, MilestoneReversed, PointsDeducted, PointsRestored, StrikeIssued, StrikeRemoved
from domain.creator.state import Confirmed, Overturned, Suspected
from domain.creator.violations import (
    ConfirmViolation,
    ContentAlreadyCounted,
    CorrectionWindowClosed,
    CorrectionWindowOpen,
    CorrectViolation,
    DiscretionNotGranted,
    DismissViolation,
    SuspectViolation,
    ViolationAlreadyDecided,
    ViolationConfirmed,
    ViolationCorrected,
    ViolationDismissed,
    ViolationSuspected,
)
from domain.creator.warnings import ReasonsRequired, ViolationUnknown
from domain.facts import Personal
from domain.identity import ViolationId
from domain.packs.catalogue import Catalogue
from domain.packs.model import Comparison, ContentRule, Group, Occurrences, Pack, PointRule, Policy, Severity, Shape
from tests.rulebook import (
    MODEL,
    MODERATOR,
    REASONS,
    START,
    TOLD,
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

TICK = timedelta(microseconds=1)
POLICY = Policy(title="Misleading", severities=tuple(Severity), text={"en": "Do not mislead.", "vi": "Khong."}, leaves=("CLAIM", "DISPLAY"))


def policed(policy: Policy = POLICY, **parts: Any) -> Pack:
    """A pack of one policy."""
    return plain(**({"policies": {"MISLEADING_PROMOTION": policy}, "zero_tolerance": ()} | parts))


def policy(**parts: Any) -> Policy:
    return msgspec.structs.replace(POLICY, **parts)


CORRECTABLE = published([policed(policy(correction=Duration(48, Unit.HOURS)))])
UNTIL = START + timedelta(hours=48)


def suspect(told: Story, content: str = "video-1", **more: Any) -> Outcome:
    return told.when(SuspectViolation(creator=told.creator, finding=told.finding(content, **more)), MODEL)


def correct(told: Story, violation: ViolationId | None = None) -> Outcome:
    return told.when(CorrectViolation(creator=told.creator, violation_id=violation or told.latest))


def dismiss(told: Story, violation: ViolationId | None = None, reasons: Personal = REASONS) -> Outcome:
    return told.when(DismissViolation(creator=told.creator, violation_id=violation or told.latest, reasons=reasons))


# Suspected

def test_a_suspicion_is_recorded_once_and_costs_nothing() -> None:
    told = Story()
    suspected = suspect(told).then(ViolationSuspected).one(ViolationSuspected)
    assert (suspected.violation_id, suspected.correct_until) == (told.latest, None)
    assert told.score == 200
    assert isinstance(told.account.violations[told.latest], Suspected)


def test_where_the_policy_grants_it_the_creator_has_its_hours_to_put_a_suspicion_right() -> None:
    assert suspect(Story(packs=CORRECTABLE)).one(ViolationSuspected).correct_until == UNTIL


@pytest.mark.parametrize("late", [-TICK, timedelta()], ids=["just before its end", "at its end"])
def test_a_suspicion_is_corrected_before_its_window_ends_and_confirmed_from_then_on(late: timedelta) -> None:
    told = Story(packs=CORRECTABLE)
    finding = told.finding()
    suspect(told)
    told.at(UNTIL + late)
    confirming = told.when(ConfirmViolation(creator=told.creator, finding=finding))
    if late:
        confirming.refused(CorrectionWindowOpen)
        correct(told).then(ViolationCorrected)
    else:
        confirming.includes(ViolationConfirmed)
        told = Story(packs=CORRECTABLE)
        suspect(told)
        correct(told.at(UNTIL)).refused(CorrectionWindowClosed)


def test_a_suspicion_under_a_policy_without_a_window_is_confirmed_at_once_and_cannot_be_corrected() -> None:
    told = Story()
    suspect(told)
    correct(told).refused(CorrectionWindowClosed)
    told.confirm().includes(ViolationConfirmed, PointsDeducted)


def test_a_violation_that_nobody_suspected_before_is_confirmed_at_once_even_where_the_policy_grants_correction() -> None:
    Story(packs=CORRECTABLE).confirm().includes(ViolationConfirmed)


def test_a_suspicion_that_was_not_borne_out_is_dismissed_with_reasons() -> None:
    told = Story()
    suspect(told)
    dismiss(told, reasons=Personal(" ")).refused(ReasonsRequired)
    dismiss(told).then(ViolationDismissed)


def test_what_was_corrected_is_neither_suspected_nor_confirmed_nor_dismissed_again() -> None:
    told = Story(packs=CORRECTABLE)
    suspect(told)
    correct(told)
    suspect(told).refused(ViolationAlreadyDecided)
    told.confirm().refused(ViolationAlreadyDecided)
    dismiss(told).refused(ViolationAlreadyDecided)
    correct(told).then()


def test_what_was_dismissed_is_neither_suspected_nor_confirmed_nor_corrected_again() -> None:
    told = Story(packs=CORRECTABLE)
    suspect(told)
    dismiss(told)
    suspect(told).refused(ViolationAlreadyDecided)
    told.confirm().refused(ViolationAlreadyDecided)
    correct(told).refused(ViolationAlreadyDecided)
    dismiss(told).then()


def test_what_was_confirmed_is_neither_suspected_nor_confirmed_nor_dismissed_nor_corrected_again() -> None:
    told = Story(packs=CORRECTABLE)
    told.confirm()
    suspect(told).refused(ViolationAlreadyDecided)
    told.confirm().refused(ViolationAlreadyDecided)
    dismiss(told).refused(ViolationAlreadyDecided)
    correct(told).refused(ViolationAlreadyDecided)


def test_what_was_overturned_is_not_decided_again() -> None:
    told = Story()
    told.confirm()
    violation = told.latest
    told.overturn(violation)
    assert isinstance(told.account.violations[violation], Overturned)
    told.confirm().refused(ViolationAlreadyDecided)
    suspect(told).refused(ViolationAlreadyDecided)
    dismiss(told, violation).refused(ViolationAlreadyDecided)


def test_a_violation_that_the_account_does_not_have_is_neither_corrected_nor_dismissed() -> None:
    told = Story()
    correct(told, ViolationId(uuid4())).refused(ViolationUnknown)
    dismiss(told, ViolationId(uuid4())).refused(ViolationUnknown)


@pytest.mark.parametrize("close", [correct, dismiss])
def test_with_a_suspicion_that_is_closed_falls_what_was_done_to_the_content_because_of_it(close: Any) -> None:
    told = Story(packs=CORRECTABLE)
    suspect(told)
    content = told.finding().content.id
    told.when(RemoveContent(creator=told.creator, content_id=content, violation_id=told.latest)).then(ContentRemoved)
    close(told).includes(ContentRestored)
    assert told.account.measures == {}


# Confirmed

def test_a_confirmed_violation_says_who_decided_and_pins_text_and_schedule() -> None:
    told = Story(packs=published([policed()]))
    confirmed = told.confirm().one(ViolationConfirmed)
    pack = told.packs.in_force("US", START)
    assert confirmed.pin.text_pack == confirmed.pin.schedule == pack.hash
    assert confirmed.pin.text_sha256 == sha256(b"Do not mislead.").hexdigest()
    assert (confirmed.pin.language, confirmed.automated) == ("en", False)
    known = told.account.violations[told.latest]
    assert isinstance(known, Confirmed)
    assert (known.decided_by, known.at) == (MODERATOR.id, START)


def test_a_violation_that_a_model_confirms_is_marked_as_decided_by_no_person() -> None:
    assert Story().confirm(by=MODEL).one(ViolationConfirmed).automated


def test_the_text_is_pinned_in_the_language_asked_for_and_otherwise_in_the_first_one() -> None:
    told = Story(packs=published([policed()]))
    for content, language, pinned in (("a", "vi", "vi"), ("b", "fr", "en")):
        command = ConfirmViolation(creator=told.creator, finding=told.finding(content), language=language)
        assert told.when(command).one(ViolationConfirmed).pin.language == pinned


def test_a_violation_that_is_said_to_have_been_confirmed_earlier_takes_effect_no_earlier_than_the_account_was_last_changed() -> None:
    told = Story()
    told.days(10)
    told.confirm("video-1", made=START)
    told.days(10)
    early = ConfirmViolation(creator=told.creator, finding=told.finding("video-2", made=START))
    told.when(early, occurred_at=START + timedelta(days=5))
    known = told.account.violations[told.latest]
    assert isinstance(known, Confirmed)
    assert known.at == START + timedelta(days=10)
    assert told.facts[known.version - 1].occurred_at == START + timedelta(days=5), "when it is said to have been so"


# Judged by

def test_a_policy_that_the_market_does_not_have_cannot_be_breached() -> None:
    told = Story()
    told.confirm(policy="UNVERIFIED_CLAIM").refused(PolicyNotInMarket)
    suspect(told, policy="UNVERIFIED_CLAIM").refused(PolicyNotInMarket)


@pytest.mark.parametrize(("made", "judged"), [
    (datetime(2026, 2, 1, tzinfo=UTC) - TICK, False), (datetime(2026, 2, 1, tzinfo=UTC), True),
    (datetime(2026, 3, 1, tzinfo=UTC) - TICK, True), (datetime(2026, 3, 1, tzinfo=UTC), False)])
def test_a_policy_applies_from_its_first_local_day_to_before_its_last(made: datetime, judged: bool) -> None:  # noqa: FBT001
    rule = policy(effective_from=date(2026, 2, 1), effective_until=date(2026, 3, 1))
    outcome = Story(packs=published([policed(rule)])).confirm(made=made)
    if judged:
        outcome.includes(ViolationConfirmed)
    else:
        outcome.refused(PolicyNotEffective)


def test_a_policy_that_came_later_does_not_reach_back_to_older_content() -> None:
    newer = later(policed(), date(2026, 2, 1))
    older = policed(policies={"OTHER": POLICY})
    Story(packs=published([older, newer])).confirm(made=datetime(2026, 1, 15, tzinfo=UTC)).refused(PolicyNotEffective)


def test_content_from_before_any_pack_was_in_force_breaches_nothing() -> None:
    packs = published([later(policed(content=ContentRule()), date(2026, 2, 1))])
    Story(packs=packs).confirm(made=datetime(2026, 1, 31, 23, 59, tzinfo=UTC)).refused(PolicyNotEffective)


def test_content_is_judged_by_the_text_and_the_schedule_of_its_own_date() -> None:
    older = policed(points=(PointRule(points=7),))
    newer = later(policed(policy(text={"en": "Never mislead."}), points=(PointRule(points=70),)), date(2026, 2, 1))
    told = Story(packs=published([older, newer]))
    outcome = told.confirm(made=datetime(2026, 1, 15, tzinfo=UTC))
    assert outcome.one(PointsDeducted).points == 7
    assert outcome.one(ViolationConfirmed).pin.text_version == outcome.one(ViolationConfirmed).pin.schedule_version == 1
    assert told.confirm("video-2").one(PointsDeducted).points == 70


def test_a_severity_or_a_leaf_that_the_policy_does_not_know_is_refused() -> None:
    told = Story()
    told.confirm(severity=Severity.SEVERE).refused(SeverityNotInPolicy)
    told.confirm(leaf="CURE_CLAIM").refused(SeverityNotInPolicy)
    told.confirm(leaf="FALSE_CLAIM").includes(ViolationConfirmed)


def test_content_cannot_have_been_made_in_the_future() -> None:
    told = Story()
    told.confirm(made=START + timedelta(seconds=6)).refused(TimeInFuture)
    told.confirm(made=START + timedelta(seconds=5)).includes(ViolationConfirmed)


@pytest.mark.parametrize(("moment", "counts"), [
    (datetime(2027, 3, 3, tzinfo=UTC) - TICK, True), (datetime(2027, 3, 3, tzinfo=UTC), False), (datetime(2027, 3, 3, tzinfo=UTC) + TICK, False)])
def test_content_counts_until_the_midnight_at_which_its_365_days_end(moment: datetime, counts: bool) -> None:  # noqa: FBT001
    told = Story(packs=published([plain()])).at(moment)
    outcome = told.confirm(made=START)
    if counts:
        outcome.includes(ViolationConfirmed)
    else:
        outcome.refused(ContentTooOld)


def test_where_the_pack_sets_no_age_content_of_any_age_counts() -> None:
    Story(packs=published([plain(content=ContentRule())])).days(5000).confirm(made=START).includes(ViolationConfirmed)


# What counts once

def test_a_group_counts_once_for_a_policy_until_the_creator_was_informed() -> None:
    told = Story()
    told.confirm(item={"offset_seconds": 10}, count_group="session-1").includes(ViolationConfirmed)
    told.confirm(item={"offset_seconds": 20}, count_group="session-1").refused(ContentAlreadyCounted)
    told.days(1)
    told.inform(told.latest)
    told.confirm(item={"offset_seconds": 20}, count_group="session-1").includes(ViolationConfirmed)


def test_a_group_counts_for_each_policy_apart() -> None:
    told = Story()
    told.confirm(count_group="session-1")
    told.confirm(policy="UNORIGINAL_CONTENT", count_group="session-1").includes(ViolationConfirmed)


def test_a_notice_at_the_very_instant_of_the_first_count_opens_no_second_one() -> None:
    told = Story()
    told.confirm(item={"offset_seconds": 10}, count_group="session-1")
    told.inform(told.latest)
    told.confirm(item={"offset_seconds": 20}, count_group="session-1").refused(ContentAlreadyCounted)


def test_without_a_group_a_content_item_counts_once_for_a_policy_whatever_the_leaf() -> None:
    told = Story()
    told.confirm(leaf="FALSE_CLAIM")
    told.confirm(leaf="FALSE_DISPLAY").refused(ContentAlreadyCounted)


def test_two_occurrences_at_different_seconds_of_a_live_are_two_violations() -> None:
    told = Story()
    told.confirm("live-1", item={"offset_seconds": 10}).includes(ViolationConfirmed)
    told.confirm("live-1", item={"offset_seconds": 11}).includes(ViolationConfirmed)
    told.confirm("live-1", item={"offset_seconds": 10}).refused(ViolationAlreadyDecided)


def test_a_group_whose_violation_fell_may_be_counted_again() -> None:
    told = Story()
    told.confirm(item={"offset_seconds": 10}, count_group="session-1")
    told.overturn(told.latest)
    told.confirm(item={"offset_seconds": 20}, count_group="session-1").includes(ViolationConfirmed)


# Amended

def amend(told: Story, violation: ViolationId, by: Any = MODERATOR, **parts: Any) -> Outcome:
    return told.when(AmendViolation(creator=told.creator, violation_id=violation, **({"reasons": REASONS} | parts)), by)


SCALE = tuple(PointRule(severities=(severity,), points=points, range=(points - 5, points + 5)) for severity, points in zip(
    Severity, (10, 30, 60, 120), strict=True))
SCALED = published([policed(points=SCALE)])


def test_an_amendment_to_a_lighter_severity_gives_the_difference_back() -> None:
    told = Story(packs=SCALED)
    told.confirm(severity=Severity.MAJOR)
    outcome = amend(told, told.latest, severity=Severity.MODERATE)
    assert outcome.then(ViolationAmended, PointsRestored, MilestoneReversed, PenaltyReversed).one(PointsRestored).points == 30
    assert told.score == 170


def test_an_amendment_rearms_the_milestone_that_the_lighter_finding_does_not_reach() -> None:
    told = Story(packs=SCALED)
    told.confirm(severity=Severity.MAJOR).includes(MilestoneCrossed)
    amend(told, told.latest, severity=Severity.MODERATE)
    told.confirm("video-2", severity=Severity.MODERATE).includes(MilestoneCrossed)


def test_an_amendment_shortens_the_penalty_to_that_of_the_milder_milestone() -> None:
    told = Story(packs=SCALED)
    told.confirm(severity=Severity.SEVERE)
    shortened = amend(told, told.latest, severity=Severity.MAJOR).one(PenaltyShortened)
    assert shortened.ends_at == datetime(2026, 3, 10, tzinfo=UTC)
    assert shortened.ended_before == datetime(2026, 3, 17, tzinfo=UTC)


def test_an_amendment_may_not_find_the_violation_graver() -> None:
    told = Story(packs=SCALED)
    told.confirm(severity=Severity.MODERATE)
    amend(told, told.latest, severity=Severity.MAJOR).refused(AmendmentWorsens)


def test_a_graver_finding_is_no_amendment_even_where_it_costs_the_same() -> None:
    told = Story(packs=published([policed(points=(PointRule(points=20),))]))
    told.confirm(severity=Severity.MODERATE)
    amend(told, told.latest, severity=Severity.SEVERE).refused(AmendmentWorsens)


def test_a_graver_finding_is_no_amendment_even_where_it_costs_less() -> None:
    told = Story(packs=published([policed(points=(PointRule(severities=(Severity.SEVERE,), points=1), PointRule(points=20)))]))
    told.confirm(severity=Severity.MODERATE)
    amend(told, told.latest, severity=Severity.SEVERE).refused(AmendmentWorsens)


def test_a_lighter_severity_that_costs_more_is_no_amendment() -> None:
    told = Story(packs=published([policed(points=(PointRule(severities=(Severity.MINOR,), points=30), PointRule(points=20)))]))
    told.confirm(severity=Severity.MODERATE)
    amend(told, told.latest, severity=Severity.MINOR).refused(AmendmentWorsens)


@pytest.mark.parametrize(("points", "refusal"), [
    (24, AmendmentOutOfPolicy), (25, None), (29, None), (31, AmendmentWorsens), (36, AmendmentOutOfPolicy)])
def test_an_amendment_chooses_fewer_points_within_the_range(points: int, refusal: Any) -> None:
    told = Story(packs=SCALED)
    told.confirm(severity=Severity.MODERATE)
    outcome = amend(told, told.latest, points=points)
    if refusal:
        outcome.refused(refusal)
    else:
        outcome.then(ViolationAmended, PointsRestored)
        assert told.score == 200 - points


def test_points_are_not_amended_where_the_pack_gives_no_range() -> None:
    told = Story(packs=published([policed(points=(PointRule(points=20),))]))
    told.confirm()
    amend(told, told.latest, points=10).refused(AmendmentOutOfPolicy)


def test_a_machine_chooses_no_points_in_an_amendment_either() -> None:
    told = Story(packs=SCALED)
    told.confirm()
    amend(told, told.latest, by=MODEL, points=28).refused(DiscretionNotGranted)


def test_an_amendment_of_the_first_of_two_violations_is_measured_by_the_row_of_the_first() -> None:
    rows = (PointRule(occurrence=2, points=60, range=(10, 100)), PointRule(points=20, range=(10, 100)))
    told = Story(packs=published([policed(points=rows)]))
    told.confirm("video-1")
    first = told.latest
    told.confirm("video-2")
    amend(told, first, points=45).refused(AmendmentWorsens)
    amend(told, first, points=15).then(ViolationAmended, PointsRestored)


def test_an_amendment_to_a_severity_or_leaf_that_the_policy_does_not_know_is_refused() -> None:
    told = Story()
    told.confirm()
    amend(told, told.latest, severity=Severity.MINOR).refused(AmendmentOutOfPolicy)
    amend(told, told.latest, leaf="CURE_CLAIM").refused(AmendmentOutOfPolicy)


def test_a_leaf_is_put_right_and_taken_away_and_costs_nothing() -> None:
    told = Story(packs=published([policed()]))
    told.confirm(leaf="CLAIM")
    violation = told.latest
    assert amend(told, violation, leaf="DISPLAY").then(ViolationAmended).one(ViolationAmended).leaf == "DISPLAY"
    amend(told, violation, leaf="").then(ViolationAmended)
    assert told.score == 180


def test_a_leaf_that_makes_the_violation_a_second_occurrence_is_no_amendment() -> None:
    rows = (PointRule(occurrence=2, points=60), PointRule(points=20))
    told = Story(packs=published([policed(points=rows, occurrences=Occurrences(days=90, by_leaf=True))]))
    told.confirm("video-1", leaf="CLAIM")
    told.confirm("video-2", leaf="DISPLAY")
    amend(told, told.latest, leaf="CLAIM").refused(AmendmentWorsens)


def test_an_amendment_needs_reasons_and_a_violation_that_stands() -> None:
    told = Story(packs=SCALED)
    suspect(told, "video-0")
    amend(told, told.latest, severity=Severity.MINOR).refused(ViolationAlreadyDecided)
    amend(told, ViolationId(uuid4()), severity=Severity.MINOR).refused(ViolationUnknown)
    told.confirm()
    amend(told, told.latest, reasons=Personal(""), severity=Severity.MINOR).refused(ReasonsRequired)
    violation = told.latest
    told.overturn(violation)
    amend(told, violation, severity=Severity.MINOR).refused(ViolationAlreadyDecided)


def test_an_amendment_that_changes_nothing_records_nothing() -> None:
    told = Story(packs=SCALED)
    told.confirm()
    amend(told, told.latest).then()
    amend(told, told.latest, severity=Severity.MODERATE).then()


def test_mitigating_factors_alone_are_an_amendment() -> None:
    told = Story(packs=SCALED).again_may_differ()
    told.confirm()
    factor = Factor(Effect.MITIGATING, "OWN_REPORT", REASONS)
    assert amend(told, told.latest, factors=(factor,)).then(ViolationAmended).one(ViolationAmended).factors == (factor,)


def test_an_amendment_to_a_severity_that_is_only_warned_of_gives_all_points_back() -> None:
    told = Story(packs=published([policed(points=(PointRule(severities=(Severity.MINOR,), points=0, warning=True), PointRule(points=20)))]))
    told.confirm()
    amend(told, told.latest, severity=Severity.MINOR).then(ViolationAmended, PointsRestored)
    assert told.score == 200


def by_severity(**more: Any) -> Catalogue:
    given: dict[str, Any] = {"weight": 1, "group": Group.SEVERITY} | more
    extra = counting(at(2, step(), comparison=Comparison.AT_OR_ABOVE), shape=Shape.DEBT, base=0, **given)
    return laddered(others={"extra": extra}, policies={"MISLEADING_PROMOTION": POLICY}, points=SCALE, zero_tolerance=())


def test_an_amendment_moves_a_strike_to_the_tally_of_the_lighter_severity_and_fires_nothing_there() -> None:
    told = Story(packs=by_severity())
    told.confirm("video-1", severity=Severity.MINOR)
    told.confirm("video-2", severity=Severity.MODERATE)
    amend(told, told.latest, severity=Severity.MINOR).then(ViolationAmended, PointsRestored, StrikeRemoved, StrikeIssued)
    assert told.account.standing.ledger.sums == {"score": -20, "extra/MINOR": 2}
    assert told.penalties == []


def test_an_amendment_makes_a_strike_that_weighs_points_lighter() -> None:
    told = Story(packs=by_severity(group=Group.ACCOUNT, weight="POINTS"))
    told.confirm(severity=Severity.MAJOR)
    assert amend(told, told.latest, severity=Severity.MINOR).one(StrikeIssued).weight == 10
    assert told.account.standing.ledger.sums == {"score": -10, "extra": 10}
    assert len(told.penalties) == 1, "10 points reach 2 as well"


def test_a_violation_that_is_no_longer_severe_loses_its_zero_tolerance() -> None:
    told = Story(packs=published([plain(policies={"MINOR_SAFETY": POLICY}, counters={"score": counting(at(0))}, points=SCALE)]))
    told.confirm(policy="MINOR_SAFETY", severity=Severity.SEVERE).includes(PenaltyProposed)
    amend(told, told.latest, severity=Severity.MAJOR).includes(PenaltyProposalLapsed)
    assert told.penalties == []


def test_an_amendment_that_makes_a_later_violation_a_second_occurrence_leaves_that_one_as_light_as_it_was() -> None:
    """The only way in which the ledger may differ from its causes told again, and to the creator's good; so the story is not replayed."""
    rows = (PointRule(occurrence=2, points=60), PointRule(points=20))
    told = Story(packs=published([policed(points=rows, occurrences=Occurrences(days=90, by_leaf=True))]))
    told.confirm("video-1", leaf="CLAIM")
    first = told.latest
    told.confirm("video-2", leaf="DISPLAY")
    amend(told, first, leaf="DISPLAY").then(ViolationAmended)
    assert told.score == 160
    assert told.account.standing.ledger.fired == (), "150 is armed: the score never came down to it"
    told.confirm("video-3", leaf="CLAIM").includes(MilestoneCrossed)
    TOLD.clear()


def test_word_of_another_violation_does_not_let_a_content_item_count_again() -> None:
    told = Story()
    told.confirm(leaf="FALSE_CLAIM")
    told.days(1).confirm("video-2", "COUNTERFEIT", Severity.MAJOR)
    told.inform(told.latest)
    told.days(1).confirm(leaf="EXAGGERATED_CLAIM", made=START).refused(ContentAlreadyCounted)
