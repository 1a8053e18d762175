"""What the walkthrough tells is so: every step of its story gives the answer that it shows."""

from __future__ import annotations

import re
from pathlib import Path

from tests.documents import ROOT, check, examples

WALKTHROUGH = (ROOT / "docs" / "walkthrough.md").read_text()


def test_every_step_of_the_walkthrough_gives_its_answer(tmp_path: Path) -> None:
    assert check(WALKTHROUGH, tmp_path / "data") >= 14


def test_every_step_of_the_walkthrough_has_its_answer_and_its_own_time() -> None:
    told = examples(WALKTHROUGH)
    assert len(told) == len(re.findall(r"^```graphql$", WALKTHROUGH, re.MULTILINE))
    assert [one.at for one in told] == sorted(one.at for one in told)
    assert len({one.at for one in told}) == 6
