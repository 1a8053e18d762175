"""What compose.yaml and the Containerfile name is there: files, commands, settings, addresses. No engine is asked."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import typer

from api.cli import app
from application.settings import Settings
from tests.asking import world
from tests.documents import ROOT

CONTAINERFILE, COMPOSE = ((ROOT / name).read_text() for name in ("Containerfile", "compose.yaml"))
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def copied() -> set[str]:
    """The files and folders that are copied into the image."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", CONTAINERFILE, re.MULTILINE)
    return {name for line in lines for name in line.split()}


def test_the_image_holds_all_that_is_packed_and_nothing_else() -> None:
    allowed = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    assert copied() == set(allowed)
    assert all((ROOT / name).exists() for name in copied())
    packed = re.search(r"^packages = (\[.*\])$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert packed
    assert set(json.loads(packed[1])) == {name for name in copied() if (ROOT / name).is_dir()}


def test_what_is_installed_is_pinned_by_hashes_and_run_by_nobody_special() -> None:
    assert "pip install --no-cache-dir --require-hashes -r constraints.txt" in CONTAINERFILE
    assert "--hash=sha256:" in (ROOT / "constraints.txt").read_text()
    assert CONTAINERFILE.index("\nUSER 10001") < CONTAINERFILE.index("\nENTRYPOINT")


def test_every_command_that_is_run_is_one_of_ours() -> None:
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    run = [words[0] for words in map(json.loads, re.findall(r"^(?:    command:|CMD) (\[.*\])$", f"{COMPOSE}\n{CONTAINERFILE}", re.MULTILINE))]
    assert sorted(run) == ["project", "serve", "serve"]
    told = re.findall(r"compose run --rm serve (\w+)", OPERATIONS)
    assert told
    assert known >= {*run, *told}


def test_every_variable_that_is_set_is_a_setting() -> None:
    named = set(re.findall(r"GOVERNANCE_\w+", COMPOSE + CONTAINERFILE))
    assert named
    assert named <= {f"GOVERNANCE_{field.upper()}" for field in Settings.model_fields}


def test_no_secret_is_written_down() -> None:
    for name in ("GOVERNANCE_MASTER_KEY", "POSTGRES_PASSWORD", "PGPASSWORD"):
        values = re.findall(rf"^ +{name}: (.*)$", COMPOSE, re.MULTILINE)
        assert values
        assert all(re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value) for value in values)
    assert not re.search(r"://\w+:[^@\s]*@", COMPOSE)


@pytest.mark.parametrize("text", [CONTAINERFILE, COMPOSE], ids=["Containerfile", "compose.yaml"])
def test_the_addresses_that_health_is_asked_at_are_there(text: str, tmp_path: Path) -> None:
    (address,) = re.findall(r"'http://127\.0\.0\.1:8000(/\S+)'", text)
    with world(tmp_path) as asked:
        assert asked.client.get(address).status_code == 200
