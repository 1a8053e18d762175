"""Plays the demo's agenda: day by day, all commands of a day in one transaction, on a clock of its own."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec

from application.demo.people import INGEST, Creator
from application.desk import Desk
from application.governance import Governance, Request
from application.store import Logs
from application.wiring import previewed
from domain.cases.desk import Command as DeskCommand
from domain.creator.approvals import ApprovePenalty
from domain.creator.decider import SettleAccount, next_change
from domain.creator.state import Account
from domain.facts import Actor
from domain.packs.catalogue import Catalogue
from domain.refusals import Refused

Act = Callable[..., Iterator[tuple[Any, Actor]]]
DAY = timedelta(days=1)


@dataclass
class PlayedClock:
    """The time in the play: the end of the day that is being played."""

    now: datetime

    def __call__(self) -> datetime:
        """The time (UTC)."""
        return self.now


@dataclass
class Play:
    """The state of a run: what is on the agenda, until when. `refused` counts commands that the rules did not allow, by code."""

    clock: PlayedClock
    governance: Governance[Account, Catalogue]
    desk: Desk
    logs: Logs[Account]
    packs: Catalogue
    seed: int
    creators: int
    start: datetime
    end: datetime
    agenda: list[tuple[datetime, int, Creator, Act, tuple[Any, ...]]] = field(default_factory=list)
    due: list[tuple[datetime, int, Creator]] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    commands: int = 0
    _count: int = 0

    def put(self, at: datetime, creator: Creator, act: Act, *more: Any) -> None:
        """Put something on the agenda; what would come after the end is left out."""
        if at < self.end:
            self._count += 1
            heapq.heappush(self.agenda, (at, self._count, creator, act, more))

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Play until the end; `progress` hears of days done and days in all."""
        days = (self.end - self.start).days
        for day in range(days):
            self._play_until(self.start + (day + 1) * DAY)
            progress(day + 1, days)

    def _play_until(self, until: datetime) -> None:
        self.clock.now = until
        requests, touched = [], {}
        for creator in self._falling_due(until):
            requests.append(Request(SettleAccount(creator=creator.id), INGEST, at=until))
            touched[creator.number] = creator
        acts = []
        while self.agenda and self.agenda[0][0] < until:
            acts.append(heapq.heappop(self.agenda))
        played: list[Request] = []
        for at, _, creator, act, more in acts:
            account = self.logs.load(creator.id)
            for command, by in act(self, creator, account, at, *more):
                if isinstance(command, ApprovePenalty):  # who approves sees what all before it has led to
                    self._carry_out(played)
                    played = [self._seen(Request(command, by, at=at))]
                else:
                    played.append(Request(command, by, at=at))
            touched[creator.number] = creator
        self._carry_out([*played, *requests])
        for creator in touched.values():
            self._note_due(creator)

    def _carry_out(self, requests: list[Request]) -> None:
        """At the desk first, then on the accounts."""
        self._handle(self.desk.governance, [request for request in requests if isinstance(request.command, DeskCommand)])
        self._handle(self.governance, [request for request in requests if not isinstance(request.command, DeskCommand)])
        self.desk.catch_up()

    def _seen(self, request: Request) -> Request:
        return msgspec.structs.replace(request, preview=previewed(self.governance, request).digest)

    def _falling_due(self, until: datetime) -> Iterator[Creator]:
        seen = set()
        while self.due and self.due[0][0] <= until:
            _, number, creator = heapq.heappop(self.due)
            if number not in seen:
                seen.add(number)
                yield creator

    def _note_due(self, creator: Creator) -> None:
        ahead = next_change(self.logs.load(creator.id))
        if ahead is not None:
            heapq.heappush(self.due, (ahead, creator.number, creator))

    def _handle(self, governance: Governance[Any, Catalogue], requests: list[Request]) -> None:
        self.commands += len(requests)
        for outcome in governance.handle_all(requests):
            if isinstance(outcome, Refused):
                self.refused[outcome.code()] = self.refused.get(outcome.code(), 0) + 1
