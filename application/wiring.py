"""What everything runs on, wired once: the store, the rules over it, the packs in force, the read models that follow."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine, or_, select

from application.accesses import ACCESSES, Accesses, Afterwards
from application.announcing import progress
from application.desk import CASES, Desk, impartial
from application.desk import RULES as CASE_RULES
from application.disposing import Disposal
from application.erasing import LIST_FILE, ErasureList, ErasureListBroken, Erasures
from application.governance import Governance, Request, Rules, attempted
from application.library import PACKS, Library
from application.projector_views import open_views
from application.projectors import Projectors
from application.replaying import Replays
from application.settings import Settings, SettingsInvalid, master_key, variable
from application.store import Aggregate, Log, Store, WrongNumberOfLogs
from domain.creator import decider
from domain.creator.decider import SettleAccount
from domain.creator.grammar import Order
from domain.creator.preview import Preview, preview
from domain.creator.replaying import AtVersion
from domain.creator.state import REVISION, Account
from domain.facts import SYSTEM, Fact
from domain.identity import CreatorId
from domain.packs.catalogue import Catalogue
from projections.catalogue import CREATORS_LOG
from projections.tables import creators

CREATORS: Aggregate[Account] = Aggregate(
    "creators", decider.EVENTS, decider.empty, decider.fold, REVISION, Account, number=CREATORS_LOG, spread=True)
RULES: Rules[Account, Catalogue] = Rules(CREATORS, decider.settle, decider.decide, Order, decider.foresee)
SETTLED_AT_ONCE = 200

Clock = Callable[[], datetime]

logger = logging.getLogger(__name__)


class FactGone(Exception):
    """A log holds no fact where one was recorded."""


def utc_now() -> datetime:
    """The time (UTC)."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class System:
    """One deployment, open. `clock` is the one source of time."""

    settings: Settings
    store: Store
    library: Library
    views: Engine
    projector: Projectors
    governance: Governance[Account, Catalogue]
    desk: Desk
    erasures: Erasures
    replays: Replays
    disposal: Disposal
    accesses: Accesses
    clock: Clock

    def packs(self) -> Catalogue:
        """Every published pack, as of now."""
        return self.library.catalogue()

    def preview(self, request: Request) -> Preview:
        """What a request would lead to if it came now. Nothing is recorded."""
        return previewed(self.governance, request)

    def log_of(self, creator: UUID) -> Log[Account]:
        """The log that an account belongs to."""
        return self.store.logs(CREATORS).of(creator)

    def histories(self, creators: Collection[UUID], until: Mapping[int, int]) -> dict[UUID, list[Fact]]:
        """Everything that was recorded of these creators up to and with a position of each log, by its number; each log is read at once."""
        return self.store.logs(CREATORS).facts_of(creators, until)

    def open_text(self, creator: UUID, token: str) -> str | None:
        """The personal text behind a token of that creator's history; None if it was erased."""
        return self.store.keys.open(creator, token)

    def facts_at(self, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], Fact]:
        """The facts at these places, each the number of a log and a position in it; each log is read at once. FactGone if one is."""
        wanted: dict[int, list[int]] = {}
        for log, position in places:
            wanted.setdefault(log, []).append(position)
        logs = followed_logs(self.store)
        found = {(log, fact.position): fact for log, positions in wanted.items() for fact in logs[log].facts_at(positions)}
        if gone := sorted(set(places) - found.keys()):
            name, position = logs[gone[0][0]].name, gone[0][1]
            raise FactGone(f"The log {name} holds no fact at position {position}, where one was recorded. `governance verify` finds out more.")
        return found

    def log_names(self) -> dict[int, str]:
        """What each log is called, by its number."""
        return {number: log.name for number, log in followed_logs(self.store).items()}

    def account_before(self, creator: UUID, version: int) -> Account:
        """An account as it was before the fact of that version was recorded: what whoever decided it had before them."""
        found = self.replays.at(creator, AtVersion(version - 1))
        return found.account if found else decider.empty()

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Meanwhile this process follows the logs, or stands by for another that does. In SQLite, whoever records projects, as ever."""
        if self.settings.database is None:
            yield
        else:
            with self.projector.followed(self.settings.database.get_secret_value()):
                yield

    def keep_up(self) -> None:
        """Project whatever was recorded, unless this process follows the logs anyway."""
        if self.projector.following is None:
            self.projector.catch_up()

    def settle(self, progress: Callable[[int, int], None] = lambda _done, _all: None) -> int:
        """Record what has fallen due on any account, and at the desk, and forget evidence whose time is over. Gives the number of accounts looked at.

        `progress` hears of those done and all.
        """
        self.erasures.catch_up()
        self.desk.catch_up()
        due = self._due()
        for start in range(0, len(due), SETTLED_AT_ONCE):
            some = due[start:start + SETTLED_AT_ONCE]
            self.governance.handle_all(Request(SettleAccount(creator=creator), SYSTEM) for creator in some)
            progress(start + len(some), len(due))
        self.disposal.catch_up()
        return len(due)

    def _due(self) -> list[CreatorId]:
        """The accounts on which time has changed something, or whose pack has a newer version in force."""
        now, packs = self.clock(), self.packs()
        replaced = [version.hash for version in packs if (current := packs.version_at(version.id, now)) and current.hash != version.hash]
        due = or_(creators.c.next_change_at <= now, creators.c.pack_hash.in_(replaced))
        with self.views.connect() as connection:
            return [CreatorId(row[0]) for row in connection.execute(select(creators.c.creator_id).where(due))]


def previewed(governance: Governance[Account, Catalogue], request: Request) -> Preview:
    """What a request would lead to."""
    found = governance.foresee(request)
    return preview(found.state, found.settled, found.outcome, found.packs, found.at)


def followed_logs(store: Store) -> dict[int, Log[Any]]:
    """The logs that read models follow, by their numbers."""
    logs: list[Log[Any]] = [*store.logs(CREATORS).all, store.log(CASES), store.log(PACKS), store.log(ACCESSES)]
    return {log.number: log for log in logs}


def open_store(settings: Settings, database: str) -> Store:
    """The store of these settings; SettingsInvalid if its database cannot be reached, or has another number of logs."""
    try:
        return Store.open(settings.folder, partial(master_key, settings), settings.snapshot_every, database=database, logs=settings.logs)
    except WrongNumberOfLogs as error:
        raise SettingsInvalid([
            f"{variable('logs')} is {error.asked}, but the database was made with {error.made}; it must be {error.made}, or not set."]) from None
    except psycopg.OperationalError as error:  # its message names no password
        raise SettingsInvalid([f"{variable('database')} names a database that cannot be reached: {error}."]) from None


def erasures_of(settings: Settings, store: Store) -> Erasures:
    """The erasures of a deployment, all of them carried out; SettingsInvalid if the list of them cannot be read."""
    erasures = Erasures(store.logs(CREATORS), store.keys, ErasureList(settings.folder / LIST_FILE))
    try:
        erasures.recover()
    except ErasureListBroken as error:
        raise SettingsInvalid([str(error)]) from None
    return erasures


@contextmanager
def opened(settings: Settings, clock: Clock = utc_now, *, projecting: bool = True) -> Iterator[System]:
    """The deployment of these settings, made if it is not there. Unless `projecting`, read models and desk do not follow by themselves."""
    database = settings.database.get_secret_value() if settings.database else ""
    with open_store(settings, database) as store:
        views, accounts = open_views(settings.folder, database), store.logs(CREATORS)
        projector = Projectors(
            followed_logs(store), views, lambda log, position: store.announce(*progress(log, position)))

        def grown(log: int, last: int) -> None:
            if projecting:
                projector.grown(log, last)

        def follow(log: int, last: int) -> None:
            attempted(lambda: grown(log, last), last)  # what fails is projected the next time

        library, afterwards = Library(store, clock, follow), Afterwards(follow)
        accesses = Accesses(store.log(ACCESSES), clock, afterwards)
        cases = Governance(store, CASE_RULES, library.catalogue, clock, grown, guard=impartial(accounts))
        replays = Replays(accounts, library.catalogue, settings.snapshot_every)
        desk = Desk(accounts, store.log(CASES), cases, views)
        erasures = erasures_of(settings, store)

        def after(log: int, last: int) -> None:
            if projecting:
                grown(log, last)
                desk.catch_up_with(log)

        governance = Governance(store, RULES, library.catalogue, clock, after, guard=desk.guard, heard=erasures.heard)
        try:
            yield System(
                settings, store, library, views, projector, governance, desk, erasures, replays, Disposal(accounts, store.keys), accesses, clock)
        finally:
            afterwards.close()
            views.dispose()
