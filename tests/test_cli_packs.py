"""`governance packs` as a policy manager uses it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.cli import app

SHIPPED = Path(__file__).parent.parent / "packs"


Governance = Callable[..., Result]


@pytest.fixture
def governance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Governance:
    monkeypatch.setenv("GOVERNANCE_FOLDER", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "250")

    def run(*words: str) -> Result:
        return CliRunner().invoke(app, words)

    return run


def test_the_shipped_packs_are_sound(governance: Governance) -> None:
    result = governance("packs", "check")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("ok  ") == 3


def test_a_broken_file_is_told_with_every_problem(governance: Governance, tmp_path: Path) -> None:
    text = (SHIPPED / "violation-points.sea.toml").read_text()
    broken = tmp_path / "broken.toml"
    broken.write_text(text.replace('shape = "DEBT"', 'shape = "DEBIT"', 1).replace("time_zone", "time_zon", 1))
    result = governance("packs", "check", str(broken))
    assert result.exit_code == 2
    assert "broken.toml" in result.stderr
    assert "DEBIT" in result.stderr
    assert "time_zon" in result.stderr
    assert "time_zone" in result.stderr


def test_publishing_the_same_content_again_changes_nothing(governance: Governance) -> None:
    assert governance("packs", "publish").stdout.count("published") == 3
    assert governance("packs", "publish").stdout.count("unchanged") == 3
    listed = governance("packs", "list").stdout
    assert "creator-health-rating" in listed
    assert "violation-points" in listed


def test_before_anything_is_published_the_list_says_what_to_do(governance: Governance) -> None:
    assert "governance packs publish" in governance("packs", "list").stdout


def test_show_tells_every_figure_of_a_market_with_its_layer_and_mark(governance: Governance) -> None:
    shown = governance("packs", "show", "US").stdout
    assert "creator-health-rating.global.toml → creator-health-rating.us.toml" in shown
    assert "counters.score.base" in shown
    assert "official" in shown
    assert "ours" in shown


def test_an_unknown_market_is_told_with_those_there_are(governance: Governance) -> None:
    result = governance("packs", "show", "XX")
    assert result.exit_code == 2
    assert "US" in result.stderr


def test_diff_shows_what_a_changed_file_would_change(governance: Governance, tmp_path: Path) -> None:
    governance("packs", "publish")
    changed = tmp_path / "packs"
    shutil.copytree(SHIPPED / "messages", changed / "messages")
    for file in SHIPPED.glob("*.toml"):
        (changed / file.name).write_text(file.read_text().replace("near_warning = 20", "near_warning = 25"))
    line = next(line for line in governance("packs", "check").stdout.splitlines() if "United States" in line)
    hash_ = line.partition("  from")[0].split()[-1]
    result = governance("packs", "diff", hash_, "--folder", str(changed))
    assert result.exit_code == 0, result.output
    assert "counters.score.near_warning" in result.stdout
    assert "25" in result.stdout
    assert governance("packs", "diff", hash_).stdout.strip() == "The two are the same."


def test_texts_that_are_no_fluent_are_told(governance: Governance, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "packs")
    text = tmp_path / "packs" / "messages" / "fr" / "statement.ftl"
    text.write_text(text.read_text().replace("scope = ", "scope = { ", 1))
    result = governance("packs", "check", "--folder", str(tmp_path / "packs"))
    assert result.exit_code == 2
    assert "messages in fr" in result.stderr
