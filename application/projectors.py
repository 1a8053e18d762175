"""The read models of all logs, each kept up to date by the projector of its log."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Engine

from application.projector import Failure, Progress, Projector, unheard
from application.store import Log
from projections.catalogue import MODELS_OF


class Projectors:
    """One projector for each log, by the log's number."""

    def __init__(self, logs: Mapping[int, Log[Any]], views: Engine) -> None:
        self._of = {number: Projector(log, views, MODELS_OF[number], number) for number, log in logs.items()}

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
        """The position in its log that each read model has reached."""
        return {name: position for projector in self._of.values() for name, position in projector.positions().items()}

    def errors(self) -> dict[str, Failure]:
        """The read models that this process had to stop, and where."""
        return {name: failure for projector in self._of.values() for name, failure in projector.errors().items()}

    def outdated(self) -> list[str]:
        """The read models that must be rebuilt."""
        return [name for projector in self._of.values() for name in projector.outdated()]

    def rebuild(self, name: str | None = None, progress: Progress = unheard) -> None:
        """Build one read model, or all, anew beside what is read meanwhile. RebuildFailed for those that could not be built."""
        for number, projector in self._of.items():
            if name is None or name in MODELS_OF[number]:
                projector.rebuild(name, progress)
