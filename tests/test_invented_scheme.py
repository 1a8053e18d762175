"""A scheme that nobody here thought of, written as one pack file: it is enforced from that file alone.

Creators of an invented market start with three faults. Faults add up to bans at 5, 9 and 12 and are forgotten when a half-year begins;
each stage (feature) has lives of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.creator.approvals import ApprovePenalty
from domain.creator.earning import ClawBackPoints, EarnPoints
from domain.creator.penalties import PenaltyImposed, PenaltyProposed, PenaltyReversed, PenaltyShortened
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
from domain.creator.state import Restriction
from domain.creator.violations import CorrectionWindowOpen, SuspectViolation
from domain.creator.warnings import WarningIssued
from domain.packs.model import Severity
from tests.rulebook import REASONS, SECOND, START, Outcome, Story, from_toml, stories_are_replayed

__all__ = ["stories_are_replayed"]

FAULTS = """
[pack]
scheme = "stage-faults"
market = "XX"
title = "Stage faults"
effective_from = 2025-01-01
time_zone = "Asia/Tokyo"
languages = ["en"]
provenance = { mark = "P", source = "invented" }

[counters.score]
shape = "DEBT"
base = 3
lowest = 0
highest = 12
near_warning = 1
provenance = { mark = "P", source = "invented" }
expiry = { mode = "CALENDAR", months = [1, 7], provenance = { mark = "P", source = "invented" } }

[[counters.score.thresholds]]
at = 5
comparison = "AT_OR_ABOVE"
provenance = { mark = "P", source = "invented" }
[[counters.score.thresholds.steps]]
kind = "STAGE_BAN"
duration = { value = 36, unit = "HOURS" }
capabilities = ["PERFORM"]
provenance = { mark = "P", source = "invented" }

[[counters.score.thresholds]]
at = 9
comparison = "AT_OR_ABOVE"
provenance = { mark = "P", source = "invented" }
[[counters.score.thresholds.steps]]
kind = "STAGE_BAN"
duration = { value = 2, unit = "MONTHS" }
capabilities = ["PERFORM"]
provenance = { mark = "P", source = "invented" }

[[counters.score.thresholds]]
at = 12
comparison = "AT_OR_ABOVE"
provenance = { mark = "P", source = "invented" }
[[counters.score.thresholds.steps]]
kind = "EXPULSION"
capabilities = ["PERFORM", "ENTER"]
mode = "PROPOSED"
approve_within = { value = 3, unit = "WEEKDAYS" }
interim = true
restorable = false
provenance = { mark = "P", source = "invented" }

[counters.lives]
shape = "CREDIT"
base = 3
lowest = 0
highest = 3
weight = 1
group = "FEATURE"
provenance = { mark = "P", source = "invented" }
expiry = { mode = "NEVER" }
[[counters.lives.thresholds]]
at = 1
comparison = "BELOW"
provenance = { mark = "P", source = "invented" }
[[counters.lives.thresholds.steps]]
kind = "STAGE_CLOSED"
capabilities = ["PERFORM"]
on_content = true

[[zones]]
name = "QUIET"
lowest = 0
highest = 4
provenance = { mark = "P", source = "invented" }
[[zones]]
name = "LOUD"
lowest = 5
highest = 12
provenance = { mark = "P", source = "invented" }

[[points]]
severities = ["MINOR"]
points = 1
provenance = { mark = "P", source = "invented" }
[[points]]
severities = ["MAJOR"]
occurrence = 2
points = 4
provenance = { mark = "P", source = "invented" }
[[points]]
severities = ["MAJOR"]
points = 2
provenance = { mark = "P", source = "invented" }

[occurrences]
days = 30
provenance = { mark = "P", source = "invented" }

[appeal]
window = { value = 10, unit = "WEEKDAYS" }
provenance = { mark = "P", source = "invented" }

[earning.APPLAUSE]
points = 1
per = 100
provenance = { mark = "P", source = "invented" }
expiry = { mode = "NEVER" }

[policies.NOISE]
title = "Noise"
severities = ["MINOR", "MAJOR"]
text.en = "Be quiet behind the stage."

[policies.LATE]
title = "Late"
severities = ["MINOR"]
correction = { value = 12, unit = "HOURS" }
text.en = "Come in time."
provenance = { mark = "P", source = "invented" }
"""

PACKS = from_toml({"stage-faults.xx.toml": FAULTS})
HALF_YEAR = datetime(2026, 6, 30, 15, tzinfo=UTC)  # 1 July in Tokyo


def story() -> Story:
    return Story("XX", PACKS)


def minor(told: Story, stage: str = "LIVE") -> Outcome:
    return told.confirm(f"show-{len(told.facts)}", "NOISE", Severity.MINOR, item={"feature": stage})


def major(told: Story, stage: str = "LIVE") -> Outcome:
    return told.confirm(f"show-{len(told.facts)}", "NOISE", Severity.MAJOR, item={"feature": stage})


def test_an_account_begins_with_three_faults_and_each_adds_to_them() -> None:
    told = story()
    assert told.score == 3
    assert minor(told).one(PointsDeducted).delta == 1
    assert told.score == 4


@pytest.mark.parametrize(("faults", "bans"), [(1, 0), (2, 1), (3, 1)])
def test_the_first_ban_comes_at_five_faults_not_at_four_and_not_again_at_six(faults: int, bans: int) -> None:
    told = story()
    crossed = [one for stage in range(faults) for one in minor(told, str(stage)).all(MilestoneCrossed)]
    assert [one.threshold for one in crossed] == [5] * bans


def test_the_first_ban_lasts_36_hours_and_the_second_two_months_of_tokyo() -> None:
    told = story()
    assert major(told, "a").one(PenaltyImposed).ends_at == START + timedelta(hours=36)
    assert major(told, "b").one(PenaltyImposed).ends_at == datetime(2026, 5, 2, 15, tzinfo=UTC)
    assert told.score == 9


def test_the_warning_comes_one_fault_before_a_ban() -> None:
    told = story()
    assert minor(told, "a").one(WarningIssued).milestone == 5
    minor(told, "b").excludes(WarningIssued)


def test_at_twelve_expulsion_is_proposed_with_an_interim_and_a_second_person_decides() -> None:
    told = story()
    major(told, "a")
    major(told, "b")
    proposal = major(told, "c").one(PenaltyProposed)
    assert told.score == 12, "13 is held at 12"
    assert proposal.lapses_at == datetime(2026, 3, 5, 15, tzinfo=UTC), "three weekdays, to midnight in Tokyo"
    assert [penalty.kind for penalty in told.penalties if penalty.interim] == ["EXPULSION"]
    imposed = told.when(ApprovePenalty(creator=told.creator, penalty_id=proposal.penalty_id), SECOND).one(PenaltyImposed)
    assert (imposed.ends_at, imposed.restorable) == (None, False)


@pytest.mark.parametrize(("moment", "score"), [(HALF_YEAR - timedelta(microseconds=1), 5), (HALF_YEAR, 3)])
def test_faults_are_forgotten_as_a_half_year_begins_in_tokyo_and_lives_are_not(moment: datetime, score: int) -> None:
    told = story()
    major(told)
    told.at(moment)
    kinds = [type(event) for event in told.settle() if isinstance(event, PointsExpired | StrikeExpired)]
    assert kinds == ([PointsExpired] if score == 3 else [])
    assert told.score == score
    assert minor(told).one(StrikeIssued).value == 1


def test_the_ban_is_armed_again_by_the_new_half_year() -> None:
    told = story()
    major(told, "a").includes(MilestoneCrossed)
    told.at(HALF_YEAR)
    minor(told, "b").excludes(MilestoneCrossed)
    minor(told, "c").includes(MilestoneCrossed)


def test_each_stage_has_three_lives_of_its_own_and_closes_with_the_last_on_its_content_alone() -> None:
    told = story()
    values = [minor(told, stage).one(StrikeIssued).value for stage in ("LIVE", "VIDEO", "LIVE")]
    assert values == [2, 2, 1]
    outcome = told.confirm("last-show", "NOISE", Severity.MINOR, item={"feature": "LIVE"})
    assert outcome.one(RepeatOffenceThresholdReached).tally == "lives/LIVE"
    assert [one.restrictions for one in outcome.all(PenaltyImposed) if one.channel == "lives"] == [(Restriction("PERFORM", item="last-show"),)]


def test_a_second_major_fault_within_thirty_days_costs_four_and_after_them_two() -> None:
    told = story()
    assert [major(told, "a").one(PointsDeducted).points, major(told, "b").one(PointsDeducted).points] == [2, 4]
    told.days(32)
    assert major(told, "c").one(PointsDeducted).points == 2


def test_applause_takes_faults_away_and_can_be_clawed_back() -> None:
    told = story()
    earned = told.when(EarnPoints(creator=told.creator, source="APPLAUSE", quantity=250, reference="tour")).one(PointsEarned)
    assert (earned.delta, told.score) == (-2, 1)
    told.when(ClawBackPoints(creator=told.creator, entry_id=earned.entry_id, points=1, reasons=REASONS)).includes(PointsClawedBack)
    assert told.score == 2


def test_a_fault_that_can_be_corrected_waits_twelve_hours() -> None:
    told = story()
    finding = told.finding("show", "LATE", Severity.MINOR)
    told.when(SuspectViolation(creator=told.creator, finding=finding))
    told.confirm("show", "LATE", Severity.MINOR).refused(CorrectionWindowOpen)
    told.at(START + timedelta(hours=12)).confirm("show", "LATE", Severity.MINOR, made=START).includes(PointsDeducted)


def test_overturning_the_first_fault_shortens_the_second_ban_to_the_first_and_gives_its_life_back() -> None:
    told = story()
    major(told, "a")
    first = told.latest
    told.days(1)
    major(told, "b")
    outcome = told.overturn(first)
    assert told.score == 5
    assert outcome.one(PenaltyReversed).served_seconds == 86400
    assert outcome.one(PenaltyShortened).ends_at == START + timedelta(hours=24 + 36)
    assert told.account.standing.ledger.sums == {"score": 2, "lives/b": -1}
