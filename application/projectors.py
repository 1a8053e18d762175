"""The read models of all logs, each kept up to date by the projector of its log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Engine

from application.following import LOOK_EVERY_SECONDS, Following
from application.projector import Failure, Projector, summed, unheard, untold
from application.projector_beside import Filling, Progress, fill
from application.store import Log
from projections.catalogue import CASES_LOG, CREATORS_LOG, READ_MODELS, models_of

LOOK_SECONDS = 0.25  # whether a position has come, should no word of it
LOOK_AGAIN_SECONDS = 0.02  # the same where nobody follows


class Projectors:
    """One projector for each log, by the log's number.

    Whoever records something projects it at once. While this process follows the logs (`followed`), the threads that do so project in its
    place, or those of another process that has the turn; `announce` tells other processes how far a log's read models have come.
    """

    def __init__(self, logs: Mapping[int, Log[Any]], views: Engine, announce: Callable[[int, int], None] | None = None) -> None:
        self._of = {
            number: Projector(log, views, models_of(number), number, announce=partial(announce, number) if announce else untold)
            for number, log in logs.items()}
        self.following: Following | None = None

    @contextmanager
    def followed(self, database: str, look_every: float = LOOK_EVERY_SECONDS) -> Iterator[Following]:
        """Meanwhile this process follows the logs in a PostgreSQL database."""
        self.following = following = Following(database, self._of, look_every)
        try:
            yield following
        finally:
            self.following = None
            following.close()

    def grown(self, log: int, last: int) -> None:
        """Something was recorded in a log, up to `last`: let it be projected by who follows, or project it."""
        following = self.following
        if following is None:
            self.catch_up_with(log, last)
        else:
            following.wake(log)

    def has_come_to(self, log: int, position: int, seconds: float) -> bool:
        """Whether the read models of a log have come to a position within so many seconds; what nobody follows is projected here and now.

        What happens to an account may lead to something at the desk: whoever waits for it waits for what was recorded there by now, too,
        by whichever process.
        """
        projector = self._of[log]
        if self.following is not None:
            desk = self._of.get(CASES_LOG)
            return self._comes_to(log, position, seconds) and (desk is None or self._comes_to(CASES_LOG, desk.last_recorded(), seconds))
        return projector.catch_up(position) >= position or projector.arrival.wait_for(
            position, seconds, LOOK_AGAIN_SECONDS, lambda: projector.catch_up(position))

    def _comes_to(self, log: int, position: int, seconds: float) -> bool:
        projector = self._of[log]
        return projector.arrival.wait_for(position, seconds, LOOK_SECONDS, lambda: projector.reached(position))

    def knows(self, log: int) -> bool:
        """Whether there is a log of that number."""
        return log in self._of

    def catch_up(self, progress: Progress = unheard) -> None:
        """Project whatever was recorded."""
        for projector, hear in zip(self._of.values(), summed(len(self._of), progress), strict=True):
            projector.catch_up(progress=hear)

    def catch_up_with(self, log: int, until: int) -> int:
        """Project what was recorded in a log, up to `until` at least. Gives the position that all its read models have reached."""
        return self._of[log].catch_up(until)

    def telling(self, log: int, hear: Callable[[], None]) -> AbstractContextManager[None]:
        """Meanwhile call `hear`, in whichever thread learns of it, each time that the read models of a log have moved on."""
        return self._of[log].telling(hear)

    def positions(self) -> dict[str, int]:
        """The position that each read model has reached in each log, by what it is called."""
        return {called(name, it): position for it in self._of.values() for name, position in it.positions().items()}

    def positions_of(self, name: str) -> dict[int, int]:
        """The position that a read model has reached in each log that it is made of, by the log's number."""
        return {log: it.positions()[name] for log, it in self._of.items() if name in it.models}

    def errors(self) -> dict[str, Failure]:
        """The read models that had to be stopped, and where."""
        return {called(name, it): failure for it in self._of.values() for name, failure in it.errors().items()}

    def outdated(self) -> list[str]:
        """The read models that must be rebuilt."""
        return [called(name, it) for it in self._of.values() for name in it.outdated()]

    def rebuild(self, name: str | None = None, progress: Progress = unheard, filling: Filling = fill) -> None:
        """Build one read model, or all, anew beside what is read meanwhile. RebuildFailed for those that could not be built."""
        first, *others = [projector for projector in self._of.values() if name is None or name in projector.models]
        first.rebuild(name, progress, others, filling)


def called(name: str, projector: Projector) -> str:
    """What a read model of one log is called: by its name; of any but the first log that it is made of, also by that of the log."""
    first = CREATORS_LOG if name in READ_MODELS else projector.number
    return name if projector.number == first else f"{name} of {projector.log_name}"
