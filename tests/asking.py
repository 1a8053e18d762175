"""The grammar of the API's tests: a real store, the real application, and questions as a frontend sends them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import event
from starlette.testclient import TestClient

from api.app import create_app
from application.library import read_packs
from application.wiring import System, opened
from domain.facts import Actor, ActorKind
from domain.packs.publishing import PublishPack
from tests.postgres import settings_in

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
MODERATOR = "dev:MODERATOR:moderator-1"
SECOND = "dev:MODERATOR:moderator-2"
REVIEWER = "dev:APPEALS_REVIEWER:reviewer-1"
SERVICE = "dev:SERVICE:ingest"
AUDITOR = "dev:AUDITOR:auditor-1"
ADMIN = "dev:ADMIN:admin-1"
POLICY_MANAGER = "dev:POLICY_MANAGER:policy-1"


def creator(name: str) -> str:
    """The token of a creator."""
    return f"dev:CREATOR:{name}"


def evidence(reference: str, **more: Any) -> dict[str, Any]:
    """A reference to evidence, with the digest of what lies there, its kind and its retention class."""
    return {"reference": reference, "sha256": sha256(reference.encode()).hexdigest(), "kind": "SCREENSHOT", "retention": "APPEAL", **more}


class Clock:
    """The time, moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class World:
    """A system that is asked over HTTP."""

    def __init__(self, system: System, client: TestClient, clock: Clock) -> None:
        self.system, self.client, self.clock = system, client, clock
        self._keys = (f"k-{number}" for number in itertools.count(1))

    def days(self, days: float) -> None:
        """Let so many days pass."""
        self.clock.now += timedelta(days=days)

    def answer(self, query: str, token: str | None = AUDITOR, **variables: Any) -> dict[str, Any]:
        """The whole answer to a query."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        response = self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def ask(self, query: str, token: str | None = AUDITOR, **variables: Any) -> Any:
        """What a query gives, which must be no error."""
        answer = self.answer(query, token, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    def failed(self, query: str, token: str | None = AUDITOR, **variables: Any) -> str:
        """The code of the one error that a query gives."""
        (error,) = self.answer(query, token, **variables)["errors"]
        code: str = error["extensions"]["code"]
        return code

    def tell(self, mutation: str, content: dict[str, Any], token: str = MODERATOR, select: str = "", key: str | None = None) -> Any:
        """What comes of a mutation, refused or not."""
        kind = mutation[0].upper() + mutation[1:] + "Input"
        query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {select} position repeated visible errors {{ code message path }} }} }}"
        return self.ask(query, token, input={"idempotencyKey": key or next(self._keys)} | content)[mutation]

    def preview(self, mutation: str, content: dict[str, Any], token: str = MODERATOR, select: str = "digest") -> Any:
        """What a mutation would lead to, refused or not."""
        name = mutation[0].upper() + mutation[1:]
        query = f"query($input: Preview{name}Input!) {{ preview{name}(input: $input) {{ {select} errors {{ code message path }} }} }}"
        return self.ask(query, token, input=content)[f"preview{name}"]

    def done(self, mutation: str, content: dict[str, Any], token: str = MODERATOR, select: str = "", key: str | None = None) -> Any:
        """What comes of a mutation that may not be refused."""
        payload = self.tell(mutation, content, token, select, key)
        assert payload["errors"] == [], payload["errors"]
        assert payload["visible"] is True
        return payload

    def refused(self, mutation: str, content: dict[str, Any], token: str = MODERATOR, select: str = "") -> str:
        """The code with which a mutation is refused."""
        (error,) = self.tell(mutation, content, token, select)["errors"]
        assert error["message"].endswith("."), error
        code: str = error["code"]
        return code

    def registered(self, name: str = "ann", market: str = "US", **more: Any) -> str:
        """The id of a creator just registered."""
        content = {"externalId": name, "market": market, "accountType": "PRIVATE", "adult": True, **more}
        id: str = self.done("registerCreator", content, SERVICE, "creator { id }")["creator"]["id"]
        return id

    def confirmed(self, creator: str, content: str = "video-1", policy: str = "MISLEADING_PROMOTION", severity: str = "MODERATE",
                  token: str = MODERATOR, select: str = "violation { id points }", **more: Any) -> Any:
        """What comes of a violation confirmed."""
        return self.done("confirmViolation", {"creatorId": creator, "finding": self.finding(content, policy, severity), **more}, token, select)

    def finding(self, content: str = "video-1", policy: str = "MISLEADING_PROMOTION", severity: str = "MODERATE", **more: Any) -> dict[str, Any]:
        """A finding in a content item made an hour ago."""
        made = (self.clock.now - timedelta(hours=1)).isoformat()
        return {"policy": policy, "severity": severity, "content": {"id": content, "kind": "VIDEO", "createdAt": made}, **more}

    def told(self, creator: str, subject: str) -> None:
        """The creator is informed of a decision."""
        sent = {"creatorId": creator, "subject": subject, "channel": "INBOX", "language": "en", "template": "decision", "templateVersion": "1",
                "sha256": "0" * 64}
        notice = self.done("sendNotice", sent, SERVICE, "noticeId")["noticeId"]
        self.done("deliverNotice", {"creatorId": creator, "noticeId": notice}, SERVICE)

    def claimed(self, creator: str, appeal: str, token: str = REVIEWER, select: str = "") -> Any:
        """What comes of an appeal claimed, as it must be before it is decided."""
        return self.done("claimAppeal", {"creatorId": creator, "appealId": appeal}, token, select)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The statements that read models are asked meanwhile."""
        found: list[str] = []

        def heard(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            found.append(statement)

        event.listen(self.system.views, "before_cursor_execute", heard)
        try:
            yield found
        finally:
            event.remove(self.system.views, "before_cursor_execute", heard)


packs_in = cache(read_packs)  # many tests publish the same


def lookups(statements: list[str]) -> int:
    """How many statements looked something up; not those that note who read personal data, which is one transaction more for all of it."""
    return sum(it.startswith("SELECT") and "FROM positions" not in it for it in statements)


@contextmanager
def world(folder: Path, database: str = "", **settings: Any) -> Iterator[World]:
    """A new system with the shipped packs published, on 2 March 2026 at 10:00 UTC."""
    clock = Clock()
    with opened(settings_in(folder / "data", database).model_copy(update=settings), clock=clock) as system:
        for pack in packs_in(system.settings.packs):
            system.library.publish(PublishPack(pack.pack), Actor(ActorKind.POLICY_OWNER, "operator"))
        with TestClient(create_app(system)) as client:
            yield World(system, client, clock)
