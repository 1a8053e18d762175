"""Documents that run: the GraphQL of a document is asked step by step, and must give the answers that it shows."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from starlette.testclient import TestClient

from api.app import create_app
from application.settings import Settings
from application.wiring import opened
from domain.facts import Actor, ActorKind
from domain.packs.publishing import PublishPack
from tests.asking import packs_in

ROOT = Path(__file__).parent.parent
BEGINNING = datetime(2026, 3, 2, 10, tzinfo=UTC)
PARTS = re.compile(r"(```\w+\n.*?```)", re.DOTALL)
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
TOKEN = re.compile(r"`(dev:[A-Z_]+(?:\([^)]*\))?:[\w-]+)`")
MOMENT = re.compile(r"\*\*(\d+ \w+ \d{4}, \d\d:\d\d) UTC\*\*")


class Example(NamedTuple):
    """A query with its answer, and the token and the time that were told last before it."""

    token: str
    at: datetime
    query: str
    answer: Any


def examples(document: str) -> list[Example]:
    """All examples of a document, in their order."""
    found, token, at, query = [], "", BEGINNING, ""
    for part in PARTS.split(document):
        block = BLOCK.match(part)
        if block is None:
            token = (TOKEN.findall(part) or [token])[-1]
            at = ([datetime.strptime(told, "%d %B %Y, %H:%M").replace(tzinfo=UTC) for told in MOMENT.findall(part)] or [at])[-1]
        elif block[1] == "graphql":
            query = block[2]
        elif block[1] == "json":
            found.append(Example(token, at, query, json.loads(block[2])))
    return found


def asked(document: str, folder: Path) -> list[tuple[Example, Any]]:
    """All examples of a document with what they give, asked one after the other of a new system with the shipped packs."""
    told, now = examples(document), [BEGINNING]
    with opened(Settings(folder=folder), clock=lambda: now[-1]) as system:
        for pack in packs_in(system.settings.packs):
            system.library.publish(PublishPack(pack.pack), Actor(ActorKind.POLICY_OWNER, "operator"))
        with TestClient(create_app(system)) as client:
            answers = []
            for example in told:
                now.append(example.at)
                headers = {"authorization": f"Bearer {example.token}"}
                answers.append((example, client.post("/graphql", json={"query": example.query}, headers=headers).json()))
            return answers


def check(document: str, folder: Path) -> int:
    """Every example of a document gives the answer that it shows. Tells how many there are."""
    answers = asked(document, folder)
    for example, answer in answers:
        assert answer == {"data": example.answer}, f"\n{example.query}\n{json.dumps(answer, indent=1)}"
    return len(answers)
