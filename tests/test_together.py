"""Several processes at one creator account, through the real rules: each is decided on what the others recorded."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from application.governance import Answer
from application.wiring import CREATORS, opened
from domain.creator.finding import Content, ContentKind, Finding
from domain.creator.scheme import AccountType, RegisterCreator
from domain.creator.violations import ConfirmViolation
from domain.facts import Actor, ActorKind
from domain.identity import ContentId, creator_id
from domain.packs.model import Severity
from domain.packs.publishing import PublishPack
from tests.asking import packs_in
from tests.postgres import settings_in
from tests.test_store_process import Place

OWNER = Actor(ActorKind.POLICY_OWNER, "operator")
MODERATOR = Actor(ActorKind.REVIEWER, "moderator-1", "MODERATOR")
CREATOR = creator_id("acct-1")
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def confirming(content: str) -> ConfirmViolation:
    item = Content(ContentId(content), ContentKind.VIDEO, NOW - timedelta(hours=1))
    return ConfirmViolation(creator=CREATOR, finding=Finding("LOW_QUALITY", Severity.MINOR, item))


def confirm_many(place: Place, writer: int) -> None:
    with opened(settings_in(*place), clock=lambda: NOW) as system:
        for number in range(12):
            system.governance.handle(confirming(f"video-{writer}-{number}"), by=MODERATOR)


def confirm_once(place: Place, _: int) -> Answer:
    with opened(settings_in(*place), clock=lambda: NOW) as system:
        return system.governance.handle(confirming("video-once"), by=MODERATOR, key="the-same")


def with_account(place: Place) -> None:
    with opened(settings_in(*place), clock=lambda: NOW) as system:
        for pack in packs_in(system.settings.packs):
            system.library.publish(PublishPack(pack.pack), OWNER)
        system.governance.handle(
            RegisterCreator(adult=True, creator=CREATOR, external_id="acct-1", account_type=AccountType.PRIVATE, market="US"), by=OWNER)


def history(place: Place) -> Counter[str]:
    with opened(settings_in(*place), clock=lambda: NOW) as system:
        facts = system.store.log(CREATORS).facts(CREATOR)
        assert [fact.version for fact in facts] == list(range(1, len(facts) + 1))
        return Counter(type(fact.event).__name__ for fact in facts)


def test_two_processes_at_one_account_lose_nothing_double_nothing_and_fire_each_threshold_once(tmp_path: Path, database: str) -> None:
    place = Place(tmp_path, database)
    with_account(place)
    with ProcessPoolExecutor(2, get_context("spawn")) as processes:
        list(processes.map(confirm_many, [place] * 2, range(2)))
    facts = history(place)
    assert facts["ViolationConfirmed"] == 24
    assert facts["StrikeIssued"] == 48
    assert facts["RepeatOffenceThresholdReached"] == 1
    assert facts["MilestoneCrossed"] == 4


def test_ten_processes_with_one_idempotency_key_record_it_once_and_get_equal_answers(tmp_path: Path, database: str) -> None:
    place = Place(tmp_path, database)
    with_account(place)
    with ProcessPoolExecutor(10, get_context("spawn")) as processes:
        answers = list(processes.map(confirm_once, [place] * 10, range(10)))
    assert sum(not answer.repeated for answer in answers) == 1
    assert len({(answer.stream, answer.first_version, answer.last_version, answer.position) for answer in answers}) == 1
    assert history(place)["ViolationConfirmed"] == 1
