"""The demo: the same seed gives the same year, played through the real commands, with the proportions that platforms publish."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from application.demo.run import is_there, make
from application.settings import Settings, SettingsInvalid
from application.wiring import CREATORS, opened
from domain.creator.content import ContentMeasured
from domain.creator.judgement import AppealDecided, Outcome
from domain.creator.overruling import DecisionOverturned, QualityReviewRecorded, Verdict
from domain.creator.overturn import Ground
from domain.creator.scheme import CreatorAccountOpened
from domain.creator.statements import StatementOfReasonsIssued
from domain.facts import Fact
from tests.postgres import database as new_database
from tests.postgres import settings_in

TODAY = date(2026, 11, 22)
MIDNIGHT = datetime(2026, 11, 22, tzinfo=UTC)


def history(folder: Path, creators: int, seed: int = 3) -> list[Fact]:
    settings = Settings(folder=folder)
    make(settings, TODAY, lambda _stage, _done, _all: None, creators=creators, seed=seed)
    with opened(settings) as system:
        return system.store.log(CREATORS).facts_after(0, 1_000_000)


def told(facts: list[Fact]) -> list[tuple[object, ...]]:
    return [(fact.stream, fact.version, type(fact.event).__name__, fact.occurred_at, fact.actor, fact.cause) for fact in facts]


def test_the_same_seed_gives_the_same_history_and_another_seed_another(tmp_path: Path) -> None:
    first, second, other = history(tmp_path / "a", 20), history(tmp_path / "b", 20), history(tmp_path / "c", 20, seed=4)
    assert told(first) == told(second)
    assert told(first) != told(other)


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> list[Fact]:
    return history(tmp_path_factory.mktemp("demo") / "demo", 400)


def test_the_year_ends_at_todays_midnight_and_nothing_is_recorded_after_it(year: list[Fact]) -> None:
    assert max(fact.recorded_at for fact in year) <= MIDNIGHT
    assert min(fact.recorded_at for fact in year) < MIDNIGHT - timedelta(days=360)


def test_about_one_in_twenty_measures_is_appealed_and_about_half_of_the_decided_appeals_reversed(year: list[Fact]) -> None:
    count = Counter(type(fact.event).__name__ for fact in year)
    measures = sum(isinstance(fact.event, ContentMeasured) for fact in year) + count["PenaltyImposed"]
    decided = [fact.event for fact in year if isinstance(fact.event, AppealDecided)]
    assert 0.03 < count["AppealSubmitted"] / measures < 0.08
    assert 0.33 < sum(event.outcome.overturns for event in decided) / len(decided) < 0.63


def test_most_appeals_are_decided_in_time_and_a_few_in_part(year: list[Fact]) -> None:
    count = Counter(type(fact.event).__name__ for fact in year)
    assert 0 < count["AppealDeadlineMissed"] / count["AppealSubmitted"] < 0.15
    outcomes = Counter(fact.event.outcome for fact in year if isinstance(fact.event, AppealDecided))
    assert 0 < outcomes[Outcome.PARTIALLY_REVERSED] < outcomes[Outcome.REVERSED]
    assert count["InformationRequested"] > 0


def test_some_errors_are_found_by_reviews_of_quality_and_in_a_detector(year: list[Fact]) -> None:
    fallen = Counter(fact.event.ground for fact in year if isinstance(fact.event, DecisionOverturned))
    assert set(fallen) == {Ground.QUALITY_REVIEW, Ground.DETECTOR_DEFECT}
    reviews = Counter(fact.event.verdict for fact in year if isinstance(fact.event, QualityReviewRecorded))
    assert 0 < reviews[Verdict.ERROR] < reviews[Verdict.CORRECT]


def test_the_few_creators_who_live_in_the_european_union_are_given_statements_of_reasons(year: list[Fact]) -> None:
    told = {fact.stream for fact in year if isinstance(fact.event, StatementOfReasonsIssued)}
    european = {
        fact.stream for fact in year
        if isinstance(fact.event, CreatorAccountOpened) and {"DE", "FR", "IT", "NL"} & set(fact.event.jurisdictions)}
    assert told
    assert told <= european
    assert len(european) < 400 / 20


def test_penalties_expire_rewards_are_granted_and_quizzes_taken(year: list[Fact]) -> None:
    names = {type(fact.event).__name__ for fact in year}
    assert {"PenaltyExpired", "RewardGranted", "RewardExpired", "QuizPassed", "QuizFailed", "ViolationOverturned", "PointsClawedBack"} <= names


def test_a_demo_that_was_interrupted_is_not_there(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path / "demo")

    def interrupt(_stage: str, done: int, _total: int) -> None:
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(settings, TODAY, interrupt, creators=5)
    assert not is_there(settings.folder)
    make(settings, TODAY, lambda _stage, _done, _all: None, creators=5)
    assert is_there(settings.folder)


def test_a_demo_is_played_into_an_empty_database_alone(tmp_path: Path, postgres: str) -> None:
    with new_database(postgres) as database:
        make(settings_in(tmp_path / "demo", database), TODAY, lambda _stage, _done, _all: None, creators=5)
        with pytest.raises(SettingsInvalid, match="GOVERNANCE_DATABASE names a database that is not empty"):
            make(settings_in(tmp_path / "other", database), TODAY, lambda _stage, _done, _all: None, creators=5)
