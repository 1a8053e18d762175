"""What the page about auditing tells is so: every question in it gives the answer that it shows."""

from __future__ import annotations

from pathlib import Path

from tests.documents import ROOT, check


def test_every_question_of_the_page_about_auditing_gives_its_answer(tmp_path: Path) -> None:
    assert check((ROOT / "docs" / "auditing.md").read_text(), tmp_path / "data") >= 5
