"""The Merkle tree over each log: a read model of its stored bytes, which follows when it is asked to and never delays who records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import Engine

from application.copying import AGGREGATES
from application.desk import CASES
from application.projector_views import making, open_views
from application.proving.leaves import following
from application.recorder import LogRecorder
from application.recorder_sqlite import SQLiteLogs
from application.settings import Settings, variable
from application.status_asking import NotMade
from application.store import Log, Store
from application.wiring import CREATORS, open_store
from domain.proof.merkle import Subtree, root_at
from domain.proof.tiles import subtree_of
from projections import trees

Progress = Callable[[str, int, int], None]
Confirm = Callable[[str, int, Subtree], None]  # the log, the size of its new tree, and its subtrees


def unheard(_stage: str, _done: int, _all: int) -> None:
    """Progress that nobody asked about."""


def unasked(_log: str, _size: int, _subtree: Subtree) -> None:
    """Nobody has to confirm a tree."""


class NotInTree(Exception):
    """There is no such log, or its tree does not go so far."""


class TreeStopped(Exception):
    """What lies next in a log is no fact, or is not where it should be: the tree is not moved on."""

    def __init__(self, log: str, position: int, why: str) -> None:
        super().__init__(f"The tree over the log {log} cannot be moved on past position {position - 1}: {why} See `governance verify`.")
        self.log = log
        self.position = position


def recorders_of(store: Store) -> dict[str, LogRecorder]:
    """Every log of a deployment, by its name: the one list of what is proved."""
    return {log.name: log.recorder for aggregate in AGGREGATES for log in store.logs(aggregate).all}


def refuse_unless_made(settings: Settings) -> None:
    """NotMade if there is no deployment to be checked: none is to be made of that."""
    if not (settings.folder / "keys.db").exists():
        raise NotMade(f"There is no deployment in {settings.folder}/; set {variable('folder')} to the folder of one.")


@contextmanager
def opened_trees(settings: Settings) -> Iterator[Trees]:
    """The trees of a deployment that is there, and nothing else of it. NotMade if none is; SettingsInvalid if it cannot be reached."""
    refuse_unless_made(settings)
    database = settings.database.get_secret_value() if settings.database else ""
    with open_store(settings, database) as store:
        views = open_views(settings.folder, database)
        try:
            yield Trees(store, views)
        finally:
            views.dispose()


class Trees:
    """The trees over the logs of a store, kept in the read models' database (`views`). Several processes may move them on at once.

    A log is called by its name ("creators", "creators_2", "cases", "packs" …); the fact at position 1 is leaf 0.
    """

    def __init__(self, store: Store, views: Engine) -> None:
        self._store = store
        self._logs = recorders_of(store)
        followed: list[Log[Any]] = [*store.logs(CREATORS).all, *store.logs(CASES).all]
        self._numbers = {log.name: log.number for log in followed}
        self._views = views

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the logs, sorted."""
        return tuple(sorted(self._logs))

    def catch_up(self, progress: Progress = unheard) -> None:
        """Take in whatever was recorded. `progress` hears of the stage, the facts done and all.

        TreeStopped, once all other trees have caught up, if a log holds what can be no fact or lacks a position.
        """
        stopped: list[TreeStopped] = []
        for name in self.names:
            try:
                self._follow(name, name, progress)
            except TreeStopped as problem:
                stopped.append(problem)
        if stopped:
            raise stopped[0]

    def rebuild(self, progress: Progress = unheard, confirm: Confirm = unasked) -> None:
        """Build all trees anew from the logs, each beside the one in use, and put it in its place once `confirm` has not raised."""
        for name in self.names:
            new = name + trees.NEW
            with making(self._views) as connection:
                trees.forget(connection, new)
            self._follow(name, new, progress)
            with making(self._views) as connection:
                confirm(name, trees.size_of(connection, new), subtree_of(trees.tiles_in(connection, new)))
                trees.swap(connection, name)

    def size(self, log_name: str) -> int:
        """How many facts of a log its tree covers."""
        self.recorder(log_name)
        with self._views.connect() as connection:
            return trees.size_of(connection, log_name)

    def subtree(self, log_name: str) -> Subtree:
        """The roots of whole subtrees of a log's tree, as `domain.proof.merkle` asks for them; NotInTree if it does not go so far.

        A tile is read once and remembered for as long as this is, and read again if it has to have grown meanwhile.
        """
        self.recorder(log_name)
        read: dict[tuple[int, int], bytes] = {}

        def tile(level: int, number: int) -> bytes:
            hashes = read.get((level, number))
            if hashes is None:
                hashes = read[level, number] = self._tile(log_name, level, number)
            return hashes

        found = subtree_of(tile)

        def root(level: int, number: int) -> bytes:
            hash_ = found(level, number)
            if not hash_:
                read.clear()
                hash_ = found(level, number)
            if not hash_:
                raise NotInTree(f"The tree over the log {log_name} has no whole subtree {number} of level {level}.")
            return hash_

        return root

    def leaf(self, log_name: str, position: int) -> bytes:
        """The leaf hash of the fact at a position, as it was when the tree took it in."""
        if position < 1:
            raise NotInTree(f"Positions begin at 1; there is no {position}.")
        return self.subtree(log_name)(0, position - 1)

    def root(self, log_name: str, size: int) -> bytes:
        """The root of a log's tree as it was with so many facts."""
        if not 0 <= size <= (there := self.size(log_name)):
            raise NotInTree(f"The tree over the log {log_name} covers {there} facts, not {size}.")
        return root_at(size, self.subtree(log_name))

    def tiles(self, log_name: str, level: int, first: int, last: int) -> dict[int, bytes]:
        """The tiles of a level between two numbers, both included, by number."""
        with self._views.connect() as connection:
            return trees.tiles_of(connection, log_name, level, first, last)

    def whose(self, log_name: str, positions: Collection[int]) -> dict[int, tuple[UUID, int | None]]:
        """The stream, and if known the version, of the facts at some positions, as the read models remember them. Nothing proves that."""
        number = self._numbers.get(log_name)
        if number is None:  # no read model follows it
            return {}
        with self._views.connect() as connection:
            return trees.remembered(connection, number, positions)

    def damage(self) -> list[str]:
        """What the database finds wrong with its own file, if it can be asked (SQLite)."""
        datastore = self._store.datastore
        if not isinstance(datastore, SQLiteLogs):
            return []
        return [it for (it,) in datastore.rows("PRAGMA integrity_check(20)", ()) if it != "ok"]

    def recorder(self, log_name: str) -> LogRecorder:
        """The log of that name; NotInTree if there is none."""
        if log_name not in self._logs:
            raise NotInTree(f"There is no log {log_name!r}; there are {', '.join(self.names)}.")
        return self._logs[log_name]

    def _tile(self, log_name: str, level: int, number: int) -> bytes:
        with self._views.connect() as connection:
            return trees.tile_of(connection, log_name, level, number)

    def _follow(self, name: str, kept: str, progress: Progress) -> None:
        """Take in what was recorded in a log, into the tree that is kept under that name."""
        log = self._logs[name]
        last = log.last_position()  # whoever goes on recording would keep this from ending: what comes later is taken in the next time
        while True:
            with self._views.connect() as connection:
                size = trees.size_of(connection, kept)
            progress(f"Tree over {name}", min(size, last), last)
            leaves, stopped = following(log, size)
            if not leaves and not stopped:
                return
            if leaves:
                with making(self._views) as connection:  # who is overtaken has nothing to do but look again
                    trees.extend(connection, kept, size, leaves)
            if stopped:
                raise TreeStopped(name, size + len(leaves) + 1, stopped)
            if size + len(leaves) >= last:
                return
