"""A small account of its own for the tests of the store, and what another process does with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import NamedTuple

import msgspec

from application.governance import Answer, Governance, Rules
from application.store import Aggregate, Store
from domain.facts import SYSTEM, Actor, ActorKind, Draft, Event, Fact, Personal
from domain.identity import CreatorId
from domain.refusals import Refused

MASTER = bytes(range(32))
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALICE = Actor(ActorKind.REVIEWER, "alice")
BOB = Actor(ActorKind.REVIEWER, "bob")


class Place(NamedTuple):
    """Where a store is: its folder, the database of its logs ("": SQLite, in the folder), over how many accounts are spread."""

    folder: Path
    database: str = ""
    logs: int | None = None

    def open(self) -> Store:
        """The store there."""
        return Store.open(self.folder, MASTER, database=self.database, logs=self.logs)


class Filled(Event, frozen=True):
    amount: int


class Noted(Event, frozen=True):
    note: Personal
    witnesses: tuple[Personal, ...] = ()

    searchable = ("note",)


class Promised(Event, frozen=True):
    due: datetime


class Lapsed(Event, frozen=True):
    due: datetime


class Jar(msgspec.Struct):
    version: int = 0
    level: int = 0
    due: datetime | None = None
    lapsed: int = 0


class Fill(msgspec.Struct, frozen=True):
    creator: CreatorId
    amount: int = 1


class Note(msgspec.Struct, frozen=True):
    creator: CreatorId
    note: Personal
    witnesses: tuple[Personal, ...] = ()


class Promise(msgspec.Struct, frozen=True):
    creator: CreatorId
    due: datetime


class Leave(msgspec.Struct, frozen=True):
    creator: CreatorId


class Order(msgspec.Struct, frozen=True):
    command: Fill | Note | Promise | Leave
    actor: Actor
    at: datetime
    occurred_at: datetime
    expected_version: int | None
    preview: str


def fold(state: Jar, facts: Sequence[Fact]) -> Jar:
    jar = msgspec.structs.replace(state)
    for fact in facts:
        assert fact.version == jar.version + 1
        jar.version = fact.version
        match fact.event:
            case Filled(amount=amount):
                jar.level += amount
            case Promised(due=due):
                jar.due = due
            case Lapsed():
                jar.due, jar.lapsed = None, jar.lapsed + 1
            case _:
                assert isinstance(fact.event, Noted)
    return jar


def settle(jar: Jar, at: datetime, _limit: int) -> list[Draft]:
    return [Draft(Lapsed(due=jar.due), jar.due, SYSTEM)] if jar.due and jar.due <= at else []


def decide(jar: Jar, order: Order, limit: int) -> list[Draft]:
    event: Event
    match order.command:
        case Fill(amount=amount):
            if jar.level + amount > limit:
                raise Refused(f"A jar holds {limit}.", field="amount")
            event = Filled(amount=amount)
        case Note(note=note, witnesses=witnesses):
            event = Noted(note=note, witnesses=witnesses)
        case Promise(due=due):
            event = Promised(due=due)
        case Leave():
            return []
    return [Draft(event, order.occurred_at, order.actor)]


EVENTS: dict[str, type[Event]] = {event.__name__: event for event in (Filled, Noted, Promised, Lapsed)}
JARS = Aggregate("jars", EVENTS, Jar, fold, "1", Jar, spread=True)
RULES = Rules(JARS, settle, decide, Order, decide)


def governance(store: Store, *, limit: int = 1_000_000, clock: Callable[[], datetime] = lambda: NOW,
               after: Callable[[int, int], object] = lambda _log, _position: None) -> Governance[Jar, int]:
    return Governance(store, RULES, lambda: limit, clock, after)


def fill_often(place: Place, creator: CreatorId, limit: int, start: Barrier, told: Connection) -> None:
    """Fill a jar by one, sixty times; tell every answer, or None where it was refused."""
    with place.open() as store:
        jars = governance(store, limit=limit)
        start.wait()
        for _ in range(60):
            try:
                told.send(jars.handle(Fill(creator), by=ALICE))
            except Refused:
                told.send(None)


def fill_once(place: Place, creator: CreatorId, key: str, start: Barrier, told: Connection) -> None:
    """Fill a jar under an idempotency key that others use too."""
    with place.open() as store:
        start.wait()
        told.send(governance(store).handle(Fill(creator), by=ALICE, key=key))


def open_many(places: list[Place], start: Barrier, told: Connection) -> None:
    """Open one new store after the other, each at the same moment as others do."""
    for place in places:
        start.wait()
        with place.open() as store:
            told.send(store.log(JARS).last_position())


def note_first(place: Place, creator: CreatorId, text: str, start: Barrier, told: Connection) -> None:
    """Write what needs the account's first key."""
    start.wait()
    with place.open() as store:
        told.send(governance(store).handle(Note(creator, Personal(text)), by=ALICE))


def fill_for_ever(place: Place, creator: CreatorId, told: Connection) -> None:
    """Fill a jar until killed."""
    with place.open() as store:
        jars = governance(store)
        while True:
            answer: Answer = jars.handle(Fill(creator), by=ALICE)
            told.send(answer)
