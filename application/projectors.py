"""The read models of all logs, each kept up to date by the projector of its log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Engine

from application.projector import Failure, Progress, Projector, unheard
from application.store import FIRST_FURTHER, Log
from projections.catalogue import CASES_LOG, models_of


class Projectors:
    """One projector for each log, by the log's number."""

    def __init__(self, logs: Mapping[int, Log[Any]], views: Engine) -> None:
        self._of = {number: Projector(log, views, models_of(number), number) for number, log in logs.items()}

    def knows(self, log: int) -> bool:
        """Whether there is a log of that number."""
        return log in self._of

    def catch_up(self, progress: Progress = unheard) -> None:
        """Project whatever was recorded."""
        for projector in self._of.values():
            projector.catch_up(progress=progress)

    def catch_up_with(self, log: int, until: int) -> int:
        """Project what was recorded in a log, up to `until` at least. Gives the position that all its read models have reached."""
        return self._of[log].catch_up(until)

    def telling(self, log: int, hear: Callable[[], None]) -> AbstractContextManager[None]:
        """Meanwhile call `hear`, in whichever thread projects, each time that this process has moved the read models of a log on."""
        return self._of[log].telling(hear)

    def positions(self) -> dict[str, int]:
        """The position that each read model has reached in each log, by what it is called."""
        return {called(name, log): position for log, projector in self._of.items() for name, position in projector.positions().items()}

    def errors(self) -> dict[str, Failure]:
        """The read models that this process had to stop, and where."""
        return {called(name, log): failure for log, projector in self._of.items() for name, failure in projector.errors().items()}

    def outdated(self) -> list[str]:
        """The read models that must be rebuilt."""
        return [called(name, log) for log, projector in self._of.items() for name in projector.outdated()]

    def rebuild(self, name: str | None = None, progress: Progress = unheard) -> None:
        """Build one read model, or all, anew beside what is read meanwhile. RebuildFailed for those that could not be built."""
        cases = self._of[CASES_LOG]
        accounts = [projector for projector in self._of.values() if projector is not cases]
        for first, *others in (accounts, [cases]):
            if name is None or name in first.models:
                first.rebuild(name, progress, others)


def called(name: str, log: int) -> str:
    """What a read model of one log is called: by its name; if accounts are spread over several logs, also by the number of the log."""
    return name if log < FIRST_FURTHER else f"{name} of log {log}"
