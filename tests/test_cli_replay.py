"""`governance replay` as an auditor uses it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner, Result

from api.cli import app
from application.library import read_packs
from application.settings import Settings
from application.wiring import opened
from domain.creator.finding import Content, ContentKind, Finding
from domain.creator.scheme import AccountType, RegisterCreator
from domain.creator.violations import ConfirmViolation
from domain.identity import ContentId, creator_id
from domain.packs.model import Severity
from domain.packs.publishing import PublishPack
from tests.rulebook import MODERATOR

DAY = timedelta(days=1)
NOW = datetime.now(UTC)
ID = creator_id("shop-4711")
Governance = Callable[..., Result]


@pytest.fixture(name="governance", scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Governance:
    """Registered nine days ago; today a violation of five days ago was recorded."""
    folder = tmp_path_factory.mktemp("replayed") / "data"
    settings = Settings(folder=folder)
    with opened(settings, clock=lambda: NOW - 9 * DAY) as system:
        for pack in read_packs(settings.packs):
            system.library.publish(PublishPack(pack.pack), MODERATOR)
        register = RegisterCreator(adult=True, creator=ID, external_id="shop-4711", account_type=AccountType.PRIVATE, market="US")
        system.governance.handle(register, by=MODERATOR)
        item = Content(id=ContentId("video-1"), kind=ContentKind.VIDEO, created_at=NOW - 6 * DAY)
        finding = Finding(policy="MISLEADING_PROMOTION", severity=Severity.MODERATE, content=item)
        system.governance.handle(
            ConfirmViolation(creator=ID, finding=finding), by=MODERATOR, at=NOW - timedelta(hours=1), occurred_at=NOW - 5 * DAY)

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, ("replay", *words), env={"GOVERNANCE_FOLDER": str(folder), "COLUMNS": "300"})

    return run


def days_ago(days: float) -> str:
    return (NOW - days * DAY).isoformat()


def test_an_account_is_told_as_of_a_time_and_as_known_at_a_time(governance: Governance) -> None:
    for words, score in (((), 180), (("--as-of", days_ago(3)), 180), (("--as-of", days_ago(3), "--known-at", days_ago(3)), 200),
                         (("--known-at", days_ago(3)), 200), (("--as-of", days_ago(6)), 200), (("--version", "2"), 200)):
        result = governance("shop-4711", *words, "--json")
        assert result.exit_code == 0, result.output
        (account,) = map(json.loads, result.stdout.splitlines())
        assert account["score"] == score, words


def test_step_by_step_it_is_told_what_each_fact_changed(governance: Governance) -> None:
    *steps, account = map(json.loads, governance(str(ID), "--step", "--json").stdout.splitlines())
    assert [step["version"] for step in steps] == list(range(1, account["version"] + 1))
    (deducted,) = (step for step in steps if step["kind"] == "PointsDeducted")
    assert (deducted["pack"], deducted["actor"]["kind"]) == (account["scheme"]["hash"], "SYSTEM")
    assert [(change["before"], change["after"]) for change in deducted["changes"] if change["part"] == "SCORE"] == [(200, 180)]
    told = governance("shop-4711", "--step").stdout
    for words in ("The health score", "score: 200 → 180", "+ violation", "moderator-1 (MODERATOR)", "180 (ORANGE)"):
        assert words.lower() in told.lower(), told


@pytest.mark.parametrize(("words", "told"), [
    (("nobody",), "There is no creator 'nobody'"),
    (("shop-4711", "--as-of", "2020-01-01"), "was not registered as of 2020-01-01 00:00:00 UTC"),
    (("shop-4711", "--version", "1"), "lives under a pack from version 2"),
    (("shop-4711", "--version", "900"), "fewer than 900 facts"),
    (("shop-4711", "--as-of", "soon"), "'soon' is no time; write 2026-03-02"),
    (("shop-4711", "--as-of", "2026-03-02T10:00"), "has no offset from UTC"),
    (("shop-4711", "--known-at", "2999-01-01"), "must not lie in the future"),
    (("shop-4711", "--version", "2", "--as-of", "2026-03-02"), "give either --version, or --as-of and --known-at")])
def test_what_cannot_be_told_is_one_message_and_exit_code_2(governance: Governance, words: tuple[str, ...], told: str) -> None:
    result = governance(*words)
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.replace("│", " ").split())
    assert result.stdout == ""
