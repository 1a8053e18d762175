"""What the README says is so: its queries give its answers, and its commands are those that CI runs."""

from __future__ import annotations

import re
from pathlib import Path

from application.settings import Settings
from tests.documents import ROOT, check

README = (ROOT / "README.md").read_text()


def test_every_query_of_the_readme_gives_its_answer(tmp_path: Path) -> None:
    assert check(README, tmp_path / "data") >= 4


def test_the_test_command_of_the_readme_is_the_one_that_ci_runs() -> None:
    commands = [block[1].strip() for block in re.finditer(r"```sh\n(.*?)```", README, re.DOTALL)]
    ci, makefile = (ROOT / ".ci" / "run").read_text(), (ROOT / "Makefile").read_text()
    assert commands[1] in ci
    assert all(command in makefile for command in commands)


def test_every_setting_and_every_dependency_is_in_the_readme() -> None:
    for field in Settings.model_fields:
        assert f"GOVERNANCE_{field.upper()}" in README
    project = (ROOT / "pyproject.toml").read_text()
    for name in re.findall(r'^    "([a-z0-9-]+)>=', project, re.MULTILINE):
        assert name in README, f"{name} has no line in the README"
