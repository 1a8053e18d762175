"""Reads of personal data, recorded: by whom, of whom, which fields, through what. Nobody is shown what is not recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Lock
from uuid import UUID, uuid4

from application.recorder import OutcomeUnknown
from application.store import Aggregate, Log
from application.together import Together
from domain import accesses
from domain.accesses import PersonalDataAccessed
from domain.facts import Actor, Draft, Fact, placed
from domain.identity import CreatorId
from projections.catalogue import ACCESSES_LOG

ACCESSES: Aggregate[accesses.Accesses] = Aggregate(
    "accesses", accesses.EVENTS, accesses.empty, accesses.fold, "1", accesses.Accesses, number=ACCESSES_LOG)
FAILED = (
    "Who reads personal data is recorded before it is shown, and that could not be done. Ask again; what was to be recorded besides may have "
    "been, so use the same idempotency key.")

logger = logging.getLogger(__name__)


class Afterwards:
    """Does work for a log in a thread of its own, once for all that was recorded meanwhile: whoever only reads waits for no read model."""

    def __init__(self, work: Callable[[int, int], object]) -> None:
        self._work = work
        self._thread = ThreadPoolExecutor(1, "afterwards")
        self._lock = Lock()
        self._last: dict[int, int] = {}

    def __call__(self, log: int, last: int) -> None:
        """Let it be done soon for a log up to a position."""
        with self._lock:
            waits = log in self._last
            self._last[log] = last
        if not waits:
            self._thread.submit(self._run, log)

    def close(self) -> None:
        """Do what is to be done, and end."""
        self._thread.shutdown()

    def _run(self, log: int) -> None:
        with self._lock:
            last = self._last.pop(log)
        self._work(log, last)


class Accesses:
    """Records who was shown personal data; those who come at the same time share a transaction.

    `after` is called with the log's number and its last position once something is committed, which is where read models catch up.
    """

    def __init__(self, log: Log[accesses.Accesses], clock: Callable[[], datetime], after: Callable[[int, int], object]) -> None:
        self._log = log
        self._clock = clock
        self._after = after
        self._together = Together(self._commit)

    def record(self, by: Actor, operation: str, accessed: Mapping[UUID, Collection[str]], request_id: str = "") -> None:
        """Record that somebody is shown these fields of these accounts: one fact for all accounts of which the same was read.

        `operation` says through what, `request_id` in which request. Raises OutcomeUnknown, and then nothing may be shown.
        """
        if not accessed:
            return
        alike: dict[tuple[str, ...], list[CreatorId]] = {}
        for creator in sorted(accessed):
            alike.setdefault(tuple(sorted(accessed[creator])), []).append(CreatorId(creator))
        at, stream = self._clock(), uuid4()
        events = [
            PersonalDataAccessed(creators=tuple(creators), fields=fields, operation=operation, request_id=request_id)
            for fields, creators in alike.items()]
        facts = placed([Draft(event, at, by) for event in events], stream, 0, at, "")
        try:
            self._together(facts, frozenset({stream}), len(facts))
        except Exception as error:
            logger.exception("A read of personal data could not be recorded, and was refused.")
            raise OutcomeUnknown(FAILED) from error

    def _commit(self, works: Sequence[list[Fact]]) -> list[int]:
        facts = [fact for work in works for fact in work]
        last = self._log.append(facts)
        self._after(self._log.number, last + len(facts))
        return [last] * len(works)
