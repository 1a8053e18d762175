"""What the README says is so: its queries give its answers, and its commands are those that CI runs."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from api.app import create_app
from application.library import read_packs
from application.settings import Settings
from application.wiring import opened
from domain.facts import Actor, ActorKind
from domain.packs.publishing import PublishPack

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
TOKEN = re.compile(r"`(dev:[A-Z_]+(?:\([^)]*\))?:[\w-]+)`")


def examples() -> list[tuple[str, str, Any]]:
    """Each query of the README with the token told last before it, and its answer."""
    found, token, query = [], "", ""
    for part in re.split(r"(```\w+\n.*?```)", README, flags=re.DOTALL):
        block = BLOCK.match(part)
        if block is None:
            token = (TOKEN.findall(part) or [token])[-1]
        elif block[1] == "graphql":
            query = block[2]
        elif block[1] == "json":
            found.append((token, query, json.loads(block[2])))
    return found


def test_every_query_of_the_readme_gives_its_answer(tmp_path: Path) -> None:
    with opened(Settings(folder=tmp_path / "data"), clock=lambda: NOW) as system:
        for pack in read_packs(system.settings.packs):
            system.library.publish(PublishPack(pack.pack), Actor(ActorKind.POLICY_OWNER, "operator"))
        with TestClient(create_app(system)) as client:
            for token, query, answer in examples():
                response = client.post("/graphql", json={"query": query}, headers={"authorization": f"Bearer {token}"})
                assert response.json() == {"data": answer}, f"\n{query}\n{json.dumps(response.json(), indent=1)}"
    assert len(examples()) >= 4


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
