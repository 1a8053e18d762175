"""The runner of the read models: facts in batches, each batch with its position in one transaction, whichever process comes first."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from application.arrival import Arrival
from application.mapper import UnreadableFact
from application.projector_beside import WRITE_SECONDS, Filling, Pace, Progress, fill, finish, write_beside
from application.projector_views import open_views, writing
from application.recorder import TryAgain
from application.store import Log
from domain.facts import Fact
from projections import places, storing
from projections.catalogue import READ_MODELS
from projections.places import Overtaken, Position
from projections.readmodel import ReadModel
from projections.storing import Change, Place

__all__ = ["Failure", "Projector", "RebuildFailed", "open_views"]

FACTS_AT_MOST = 2000
FACTS_BESIDE = 10_000  # nobody reads what is being built: rows may be written long after they were made, and piece by piece
TRY_AGAIN_SECONDS = 30.0  # what a fact stopped: the program or the fact may have been mended elsewhere
TRANSIENT = (OperationalError, PoolExhausted, TryAgain)  # the database's trouble, not the fact's

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """Where a read model stopped, and why; `since` by a clock that only this process can read."""

    position: int
    error: str
    since: float = field(default_factory=time.monotonic, compare=False)

    def is_over(self, position: int) -> bool:
        """Whether the read model, which is at that position now, may be tried again."""
        return position >= self.position or time.monotonic() - self.since >= TRY_AGAIN_SECONDS


class RebuildFailed(Exception):
    """A read model could not be built anew; what was there is untouched."""


def unheard(_done: int, _all: int) -> None:
    """Progress that nobody asked about."""


def summed(parts: int, progress: Progress) -> list[Progress]:
    """For each part of some work what hears of its progress, so that `progress` hears of the whole."""
    done: dict[int, tuple[int, int]] = {}

    def heard(part: int, now: int, whole: int) -> None:
        done[part] = now, whole
        progress(sum(it[0] for it in done.values()), sum(it[1] for it in done.values()))

    return [partial(heard, part) for part in range(parts)]


def untold(_position: int) -> None:
    """What other processes are told of progress where none listens."""


def made_of(model: ReadModel, everybody: Sequence[Projector]) -> list[Projector]:
    """The projectors of those logs that a read model is made of."""
    return [it for it in everybody if model.name in it.models]


def overtaken(built: str) -> RebuildFailed:
    """What is told of a building that another process has begun anew."""
    return RebuildFailed(f"Another process builds {built} anew, and has thrown away what was built here.")


class Projector:
    """Keeps the read models in `views` up to date with one log (`number`). Several processes may do so at once."""

    def __init__(
            self, log: Log[Any], views: Engine, models: Mapping[str, ReadModel] = READ_MODELS, number: int = 0,
            at_most: int = FACTS_AT_MOST, announce: Callable[[int], None] = untold) -> None:
        self._log = log
        self._views = views
        self.models = models
        self.number = number
        self.log_name = log.name
        self._own = [storing.own(model) for model in models.values()]
        self.failures: dict[str, Failure] = {}
        self._at_most = at_most
        self._seconds = WRITE_SECONDS[views.dialect.name]
        self._pace = Pace(at_most, self._seconds)
        self._turn = Lock()
        self._rebuilding = Lock()
        self.arrival = Arrival(announce)
        with writing(views) as connection:
            places.prepare(connection, models.values(), number)
        if outdated := self.outdated():
            logger.warning("These read models are of another version and must be rebuilt: %s.", ", ".join(outdated))

    def catch_up(
            self, until: int | None = None, progress: Progress = unheard, turns: Callable[[], Collection[str]] | None = None) -> int:
        """Project what was recorded, up to `until` at least (None: all). Gives the position that all read models have reached.

        Those that have stopped, or are of another version, are left out; so are all but those that `turns` names before each batch.
        """
        with self._turn:
            return self.run(self._own, self._pace, until, progress, turns)

    def reached(self, until: int) -> int:
        """The position that all read models have reached, whoever projects them; `until` if there is none that goes on."""
        level = self._level(self._seen())
        return until if level is None else level

    def last_recorded(self) -> int:
        """The position of the last fact in the log."""
        return self._log.last_position()

    def able(self) -> list[str]:
        """The read models that can be projected, as far as this process knows: not those that it had to stop a short while ago."""
        seen = self._seen()
        return [place.name for place in self._own if self._is_able(place, seen)]

    def telling(self, hear: Callable[[], None]) -> AbstractContextManager[None]:
        """Meanwhile call `hear`, in whichever thread learns of it, each time that the read models have moved on."""
        return self.arrival.telling(hear)

    def positions(self) -> dict[str, int]:
        """The position each read model has reached."""
        return {name: found.position for name, found in self._seen().items() if name in self.models}

    def errors(self) -> dict[str, Failure]:
        """The read models that had to be stopped by whoever projected them, and where."""
        with self._views.connect() as connection:
            found = places.failures(connection, self.number)
        return {name: Failure(*found[name]) for name in self.models if name in found}

    def outdated(self) -> list[str]:
        """The read models that must be rebuilt: of another version than the program's, or ahead of the log they were made from."""
        seen, last = self._seen(), self._log.last_position()
        return [name for name, model in self.models.items() if seen[name].version != model.version or seen[name].position > last]

    def rebuild(
            self, name: str | None = None, progress: Progress = unheard, others: Sequence[Projector] = (), filling: Filling = fill) -> None:
        """Build one read model, or all, anew beside what is read meanwhile, and put it in its place.

        `others` are the projectors of all other logs that it is made of, `filling` how what was recorded before is built. Every log is read once.
        `progress` hears of the facts done and all. RebuildFailed for those at which a fact could not be projected; the others are built.
        """
        everybody = (self, *others)
        models = {model.name: model for it in everybody for model in it.models.values() if name in (None, model.name)}.values()
        heard = summed(len(everybody), progress)
        with self._rebuilding:
            waiting = begun = self._begun(models, everybody, heard, filling)
            finish(self._views, begun)
            while waiting:
                for it, hear in zip(everybody, heard, strict=True):
                    it.run(waiting, Pace(FACTS_BESIDE, self._seconds), None, hear)
                waiting = [place for place in waiting if not any(place.name in it.failures for it in everybody)
                           and not self._swapped(place, everybody)]
            self._raise_failed(begun, everybody)

    def fill(self, begun: Sequence[Place], progress: Progress, filling: Filling) -> None:
        """Build in those empty places that are made of this log what follows from all that has been recorded in it so far.

        In SQLite indexes are there from the beginning, and stream by stream nearly every entry would be in a page that was long not touched:
        where most of them are in the order of the log, it takes a third of the time to catch up from its beginning.
        """
        sqlite = self._views.dialect.name == "sqlite"
        if mine := [place for place in begun if place.model.name in self.models and not (sqlite and place.model.chronological)]:
            filling(self._log, self.number, self._views, mine, progress)

    def _begun(
            self, models: Collection[ReadModel], everybody: Sequence[Projector], heard: Sequence[Progress], filling: Filling) -> list[Place]:
        """Places beside the read models, with all that has been recorded so far in them; empty ones if that cannot be had in the quick way."""
        begun = self._empty(models, everybody)
        try:
            for it, hear in zip(everybody, heard, strict=True):
                it.fill(begun, hear, filling)
        except Overtaken as error:
            raise overtaken(", ".join(model.name for model in models)) from error
        except TRANSIENT:
            raise
        except Exception:
            logger.warning("What cannot be built stream by stream is built fact by fact, to find out where it fails.", exc_info=True)
            return self._empty(models, everybody)
        return begun

    def _empty(self, models: Collection[ReadModel], everybody: Sequence[Projector]) -> list[Place]:
        with writing(self._views) as connection:
            return [places.begin(connection, [it.number for it in made_of(model, everybody)], model) for model in models]

    def run(
            self, waiting: Sequence[Place], pace: Pace, until: int | None, progress: Progress = unheard,
            turns: Callable[[], Collection[str]] | None = None) -> int:
        """Step until all that can be projected is."""
        while True:
            mine = waiting if turns is None else [place for place in waiting if place.name in turns()]
            reached, more = self._step(mine, pace, until)
            progress(reached, self._log.last_position())
            if not more:
                return reached

    def _step(self, waiting: Sequence[Place], pace: Pace, until: int | None) -> tuple[int, bool]:
        """Project one batch into those that are furthest behind. Gives how far all had come before, and whether there may be more."""
        seen = self._seen()
        self._arrive(seen)
        able = [place for place in waiting if self._is_able(place, seen)]
        levels = sorted({seen[place.name].position for place in able})
        if not levels or (until is not None and levels[0] >= until):
            return (levels[0] if levels else until or 0), False
        behind = [place for place in able if seen[place.name].position == levels[0]]
        limit = min(pace.limit, levels[1] - levels[0]) if levels[1:] else pace.limit
        try:
            facts = self._facts(levels[0], limit)
        except UnreadableFact as error:
            for place in behind:
                self._stop(place, levels[0] + 1, error)
            return levels[0], True
        if facts:
            self._project(behind, seen, facts, pace)
        return levels[0], bool(facts)

    def _facts(self, after: int, limit: int) -> list[Fact]:
        """The facts after a position; those before one that cannot be read, if there are any."""
        try:
            return self._log.facts_after(after, limit)
        except UnreadableFact:
            if limit == 1:
                raise
            return self._facts(after, limit // 2)

    def _project(self, behind: Sequence[Place], seen: Mapping[str, Position], facts: list[Fact], pace: Pace) -> None:
        """Project facts into read models that all are where the first begins; where that fails, find out at which fact and which model."""
        try:
            self._commit(behind, seen, facts, pace)
        except Overtaken:
            logger.debug("Another process projected the facts after %s.", facts[0].position - 1)
        except TRANSIENT:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a fact does to one read model, the others go on
            now = self._seen()
            if any(now.get(place.name) != seen[place.name] for place in behind):
                logger.debug("The rows were another process's, which projected the facts after %s.", facts[0].position - 1)
            elif len(behind) > 1:
                for place in behind:
                    self._project([place], seen, facts, pace)
            elif len(facts) > 1:
                self._project(behind, seen, facts[:len(facts) // 2], pace)
            else:
                self._stop(behind[0], facts[0].position, error)
        else:
            self._arrive({**seen, **{place.name: seen[place.name].at(facts[-1].position) for place in behind}})

    def _arrive(self, seen: Mapping[str, Position]) -> None:
        """Let it be known how far all have come, as was seen after the last commit or is so by this one."""
        level = self._level(seen)
        if level is not None:
            self.arrival.come(level)

    def _level(self, seen: Mapping[str, Position]) -> int | None:
        """Where the last of those is that go on: whoever waits does not wait for what has stopped, or must be rebuilt."""
        return min((
            it.position for name, model in self.models.items() if (it := seen[name]).version == model.version and it.failed_at is None),
            default=None)

    def _commit(self, behind: Sequence[Place], seen: Mapping[str, Position], facts: Sequence[Fact], pace: Pace) -> None:
        """Find the rows, project, and write them if the positions are still as seen, and so were when the rows were read."""
        at = {place.name: seen[place.name] for place in behind}
        changes = self._changes(behind, facts)
        if behind[0].generation is not None:
            write_beside(self._views, self.number, at, changes)
            changes = []
        with writing(self._views) as connection:
            began = time.perf_counter()
            places.hold(connection, self.number, at)
            for change in changes:
                storing.write(connection, self.number, change)
            places.advance(connection, self.number, list(at), facts[-1].position)
        pace.took(len(facts), time.perf_counter() - began)

    def _changes(self, behind: Sequence[Place], facts: Sequence[Fact]) -> list[Change]:
        with self._views.connect() as connection:  # one transaction for all: to begin one takes longer than to look for most rows
            batches = [storing.load(connection, place, self.number, facts) for place in behind]
        return [change for place, batch in zip(behind, batches, strict=True) for change in storing.projected(place, batch, facts)]

    def _seen(self) -> dict[str, Position]:
        with self._views.connect() as connection:
            return places.read(connection, self.number)

    def _is_able(self, place: Place, seen: Mapping[str, Position]) -> bool:
        it, failure = seen.get(place.name), self.failures.get(place.name)
        if it is None or (failure is not None and (place.generation is not None or not failure.is_over(it.position))):
            return False
        return it.version == place.model.version and place.generation in (None, it.generation)

    def _stop(self, place: Place, position: int, error: Exception) -> None:
        """Stop one read model, loudly; it is tried again by the next process, by this one after a while, or rebuilt."""
        before = self.failures.get(place.name)
        failure = self.failures[place.name] = Failure(position, f"{type(error).__name__}: {error}")
        where = {"model": place.name, "log": self.number, "position": position}
        logger.error(
            "The read model %s stopped at position %s.", place.name, position, exc_info=None if failure == before else error, extra=where)
        with writing(self._views) as connection:
            places.fail(connection, self.number, place.name, position, failure.error)

    def _swapped(self, place: Place, everybody: Sequence[Projector]) -> bool:
        """Put a place in use, with what was projected into the one in use meanwhile. Whether that could be done."""
        concerned = made_of(place.model, everybody)
        try:
            with writing(self._views) as connection:
                for it in concerned:
                    it.complete(connection, place)
                swapped = places.swap(connection, [it.number for it in concerned], place)
        except Overtaken as error:
            raise overtaken(place.model.name) from error
        except TRANSIENT:
            raise
        except Exception:  # at which fact it fails is found out where nobody has to wait
            logger.debug("What %s lacks could not be projected at once.", place.name, exc_info=True)
            return False
        if swapped:
            for it in concerned:
                it.failures.pop(place.model.name, None)
        return swapped

    def complete(self, connection: Connection, place: Place) -> None:
        """Project into a place what the one in use has and it lacks, if that is not much, while nobody can move that one on."""
        seen = places.read(connection, self.number)
        built, used = seen.get(place.name), seen[place.model.name]
        if built is None or built.generation != place.generation or not 0 < used.position - built.position <= FACTS_AT_MOST:
            return
        if facts := self._log.facts_after(built.position, used.position - built.position):
            batch = storing.load(connection, place, self.number, facts)
            for change in storing.projected(place, batch, facts):
                storing.write(connection, self.number, change)
            places.advance(connection, self.number, [place.name], facts[-1].position)

    def _raise_failed(self, begun: Sequence[Place], everybody: Sequence[Projector]) -> None:
        failed = [(place, failure) for place in begun for it in everybody if (failure := it.failures.pop(place.name, None))]
        for place, _ in failed:
            with writing(self._views) as connection:
                places.forget(connection, place)
        if failed:
            told = "; ".join(f"{place.model.name} at position {failure.position} ({failure.error})" for place, failure in failed)
            raise RebuildFailed(f"Not built anew, and left as before: {told}.")
