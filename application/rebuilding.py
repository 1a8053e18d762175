"""Read models built anew by several processes at once, each of a part of the streams: a row depends on one stream alone, or is a sum."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from application.projector_beside import Progress, fill, fill_part, filled
from application.settings import Settings
from application.store import Log, Part, parts
from application.wiring import followed_logs, opened
from projections.catalogue import models_of
from projections.storing import Place, beside

WORTH_IT = 100_000  # facts: fewer are built before other processes have begun
PARTS_EACH = 8  # for each process: progress is told after each part, and nobody waits long for the last


@dataclass(frozen=True)
class InProcesses:
    """How a deployment's read models are filled by so many processes, if there are as many facts as make that worth it."""

    settings: Settings
    count: int
    worth_it: int = WORTH_IT

    def __call__(self, log: Log[Any], number: int, views: Engine, empty: Sequence[Place], progress: Progress) -> None:
        """As `fill`."""
        until, done = log.last_position(), 0
        if self.count == 1 or until < self.worth_it:
            fill(log, number, views, empty, progress)
            return
        built = [(place.model.name, place.generation or 0) for place in empty]
        with ProcessPoolExecutor(self.count, multiprocessing.get_context("spawn")) as pool:
            waiting = [pool.submit(fill_elsewhere, self.settings, number, built, until, part) for part in parts(PARTS_EACH * self.count)]
            try:
                for part in as_completed(waiting):
                    done += part.result()
                    progress(done, log.last_position())
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        filled(number, views, empty, until)


def fill_elsewhere(settings: Settings, number: int, built: Sequence[tuple[str, int]], until: int, part: Part) -> int:
    """Fill places, named by their read models and generations, with what follows from a part of the streams. Gives of how many facts."""
    with opened(settings, projecting=False) as system:
        log = followed_logs(system.store)[number]
        empty = [beside(models_of(number)[name], generation) for name, generation in built]
        return sum(fill_part(log, number, system.views, empty, until, part))
