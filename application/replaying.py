"""Accounts at any moment, quickly: from a stage of their history before it, and the few facts that may count since.

A stage (`application.stages`) is kept at every `every` facts of an account that is replayed, or every twice as many and so on, so that there are
at most STAGES of them. What may count is known from the times that each keeps: those of the facts up to it, and the earliest since the one
before. Nothing is lost with the stages but time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import Engine

from application.stages import Stage
from application.store import Log, Logs
from domain.creator.changing import Step, Why, compared, steps
from domain.creator.decider import empty, fold
from domain.creator.replaying import AtVersion, Replayed, When, counted, counts_from, replayed
from domain.creator.state import Account
from domain.facts import Fact
from domain.packs.catalogue import Catalogue
from projections.past import PastReader, in_memory

STAGES = 32
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

logger = logging.getLogger(__name__)


class Replays:
    """The accounts in some logs at any moment. `packs` gives every published pack."""

    def __init__(self, logs: Logs[Account], packs: Callable[[], Catalogue], every: int) -> None:
        self._logs = logs
        self._packs = packs
        self._every = every
        self._decode = msgspec.msgpack.Decoder(Account).decode
        self._memory: Engine = in_memory()

    def at(self, creator: UUID, when: When) -> Replayed | None:
        """An account at a moment; None if it was not opened by then, or its history has no such version."""
        packs = self._packs()
        base, facts = self._near(creator, (when,), packs)
        found = replayed(facts, when, packs, base)
        return None if found and isinstance(when, AtVersion) and found.version < when.version else found

    def facts(self, creator: UUID, when: When) -> list[Fact]:
        """Every fact that counts at a moment."""
        until = (when.version,) if isinstance(when, AtVersion) else ()
        return counted(self._logs.of(creator).facts(creator, 0, *until), when, self._packs())

    def steps(self, creator: UUID, when: When, after: int, first: int) -> list[Step]:
        """What each fact that counts at a moment changed: the `first` of them after a version."""
        packs = self._packs()
        base, facts = self._near(creator, (when,), packs, at_most=after)
        those = counted(facts, when, packs)
        earlier = [fact for fact in those if fact.version <= after]
        return list(steps(fold(base or empty(), earlier), those[len(earlier):len(earlier) + first], packs))

    def fell_due(self, creator: UUID, when: When, found: Replayed) -> list[Step]:
        """What each of the facts changed that had fallen due in an account replayed."""
        packs = self._packs()
        base, facts = self._near(creator, (when,), packs)
        return list(steps(fold(base or empty(), counted(facts, when, packs)), found.settled, packs))

    def difference(self, creator: UUID, one: When, other: When) -> tuple[Why, ...]:
        """What is not the same at two moments, and why. Before an account was opened there is nothing in it."""
        packs = self._packs()
        base, facts = self._near(creator, (one, other), packs)
        return compared(base or empty(), facts, one, other, packs)

    @contextmanager
    def reader(self, creator: UUID, facts: Callable[[], Sequence[Fact]]) -> Iterator[PastReader]:
        """The read models as facts of a creator make them, each made when it is first asked."""
        with self._memory.connect() as connection:
            yield PastReader(connection, facts, self._logs.of(creator).number)

    def _near(
            self, creator: UUID, moments: tuple[When, ...], packs: Catalogue, at_most: int | None = None) -> tuple[Account | None, list[Fact]]:
        """A state in which every fact counts at these moments, of a version of `at_most` (None: any), and the facts after it that may count."""
        log = self._logs.of(creator)
        stages, tail = self._known(log, creator, moments, packs)
        whole = [it for it in stages if all(is_whole(it, when) for when in moments) and (at_most is None or it.version <= at_most)]
        state = self._state(log, creator, whole[-1]) if whole else None
        after = whole[-1].version if whole and state else 0
        if tail and after == tail[0].version - 1:
            return state, tail
        may_count_in_tail = any(may_count(fact, when, packs) for when in moments for fact in tail)
        until = tail[-1].version if may_count_in_tail else max(last_needed(stages, when) for when in moments)
        return state, log.facts(creator, after, until) if until > after else []

    def _known(
            self, log: Log[Account], creator: UUID, moments: tuple[When, ...], packs: Catalogue) -> tuple[list[Stage], list[Fact]]:
        """The stages of an account, and the facts after the last of them unless none of those can count; where stages lack, they are made."""
        stages = [stage for stage in log.stages.of(creator) if stage.revision.startswith(f"{log.aggregate.revision}/")]
        if stages and all(ends_before(when, stages[-1]) for when in moments):
            return stages, []
        tail = log.facts(creator, stages[-1].version if stages else 0)
        if tail and len(tail) > self._width(tail[-1].version):
            stages = self._made(log, creator, stages, tail, packs)
            tail = [fact for fact in tail if fact.version > stages[-1].version]
        return stages, tail

    def _width(self, version: int) -> int:
        """How many facts lie between two stages of an account of so many."""
        width = self._every
        while version // width >= STAGES:
            width *= 2
        return width

    def _made(self, log: Log[Account], creator: UUID, stages: list[Stage], tail: list[Fact], packs: Catalogue) -> list[Stage]:
        """The stages with those that lack; all anew if they are to lie further apart."""
        width = self._width(tail[-1].version)
        revision = f"{log.aggregate.revision}/{width}"
        state = self._state(log, creator, stages[-1]) if stages and stages[-1].revision == revision else None
        kept, facts = (stages, tail) if state else ([], log.facts(creator))
        account, new = state or empty(), list[tuple[Stage, bytes]]()
        for start in range(0, len(facts) - width + 1, width):
            part = facts[start:start + width]
            account = fold(account, part)
            kept = [*kept, stage_of(part, revision, kept[-1] if kept else None, packs)]
            new.append((kept[-1], msgspec.msgpack.encode(account)))
        self._keep(log, creator, new)
        return kept

    def _keep(self, log: Log[Account], creator: UUID, new: Sequence[tuple[Stage, bytes]]) -> None:
        if log.is_written:  # the next time will do
            return
        try:
            log.stages.put(creator, new)
        except Exception:
            logger.exception("The stages of %s could not be written.", creator)

    def _state(self, log: Log[Account], creator: UUID, stage: Stage) -> Account | None:
        """The state at a stage; None if it cannot be had, and facts must be folded instead."""
        state = log.stages.state(creator, stage.version)
        try:
            return self._decode(state) if state else None
        except msgspec.MsgspecError:
            logger.warning("The stage of %s at %s cannot be read; its facts are folded instead.", creator, stage.version, exc_info=True)
            return None


def moment(at: datetime) -> int:
    """A time as stages keep it."""
    return (at - EPOCH) // MICROSECOND


def stage_of(facts: Sequence[Fact], revision: str, before: Stage | None, packs: Catalogue) -> Stage:
    """The stage that ends with these facts."""
    since = [moment(counts_from(fact, packs)) for fact in facts]
    known = max(moment(fact.recorded_at) for fact in facts)
    return Stage(
        facts[-1].version, revision, min(since), max(*since, before.last_at if before else 0), max(known, before.known_at if before else 0))


def ends_before(when: When, stage: Stage) -> bool:
    """Whether no fact after a stage can count at a moment."""
    return when.version <= stage.version if isinstance(when, AtVersion) else stage.known_at > moment(when.known_at)


def is_whole(stage: Stage, when: When) -> bool:
    """Whether every fact up to a stage counts."""
    if isinstance(when, AtVersion):
        return stage.version <= when.version
    return stage.last_at <= moment(when.as_of) and stage.known_at <= moment(when.known_at)


def last_needed(stages: Sequence[Stage], when: When) -> int:
    """The version of the last stage up to which facts may count that came after the stage before it; 0: none."""
    if isinstance(when, AtVersion):
        return when.version
    as_of, known_at = moment(when.as_of), moment(when.known_at)
    known = [0, *(stage.known_at for stage in stages)]
    return max((stage.version for stage, before in zip(stages, known, strict=False) if stage.first_at <= as_of and before <= known_at), default=0)


def may_count(fact: Fact, when: When, packs: Catalogue) -> bool:
    """Whether a fact counts, if those that it follows from do."""
    if isinstance(when, AtVersion):
        return fact.version <= when.version
    return counts_from(fact, packs) <= when.as_of and fact.recorded_at <= when.known_at
