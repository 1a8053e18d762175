"""Histories in bulk: some hundred are played by the real rules, then stamped out for any number of creators, each with ids of its own.

A stamped account is a played one under other names: its stream, every id derived in it and its external id are replaced in the stored
bytes, and nothing else. So times are those of the one that was played, and personal text, which was sealed for another stream, reads as
erased. Idempotency keys are not stamped: nobody asks twice.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

import msgspec

from application.demo.play import PlayedClock
from application.demo.run import a_year_before, play
from application.settings import Settings
from application.wiring import CREATORS, opened
from bench.figures import progress
from bench.scene import MASTER_KEY
from domain.creator.content import MEASURES, ContentMeasured, measure_id
from domain.creator.points import PointsEarned, source_id
from domain.creator.state import Account, Measure
from domain.facts import Fact
from domain.identity import ContentId, CreatorId, ViolationId, creator_id

IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
KEPT_BITS = UUID("00000000-0000-f000-c000-000000000000").int  # the version and the variant of an id
YEAR = timedelta(days=365)
R = TypeVar("R")
CREATORS_AT_ONCE = 20_000  # whose facts are mixed in time, and held in memory meanwhile
SPREAD_SECONDS = 7 * 86_400  # by how much copies of one history are apart


class Stamped(NamedTuple):
    """One fact to be stored."""

    stream: UUID
    version: int
    name: str
    state: bytes


class Taken(NamedTuple):
    """A measure on content, and what its id is derived from."""

    id: str
    violation: str
    content: ContentId
    measure: Measure


@dataclass(frozen=True)
class Template:
    """A played history: its stored bytes with a gap for each of its own ids, and what stands in the gaps (by number in `ids`).

    `bursts` are the facts that were recorded at once: when, the first, and the one after the last.
    """

    stream: UUID
    external_id: str
    facts: Sequence[Fact]
    names: Sequence[str]
    ids: Sequence[str]
    pattern: str
    gaps: itemgetter[Any]
    measures: Sequence[Taken]
    bursts: Sequence[tuple[float, int, int]]

    def renamed(self, number: int, seed: int) -> dict[str, str]:
        """Its own ids in order, each with what it is in the history of creator `number`."""
        found = {id: other_id(id, number, seed) for id in self.ids}
        for taken in self.measures:  # their ids are derived again when they end
            found[taken.id] = str(measure_id(ViolationId(UUID(found[taken.violation])), taken.content, taken.measure))
        return found

    def stamped(self, number: int, seed: int) -> list[Stamped]:
        """The history as that of creator `number`."""
        external_id = external_id_of(number, seed)
        stream = creator_id(external_id)
        texts = [external_id, str(stream), *self.renamed(number, seed).values()]
        states = (self.pattern % self.gaps(texts)).split("\n")
        return [Stamped(stream, version, name, state.encode()) for version, (name, state) in enumerate(zip(self.names, states, strict=True), start=1)]

    def expected(self, number: int, seed: int) -> Account:
        """What the account of creator `number` is to be: the played one's state, its ids replaced one by one."""
        external_id = external_id_of(number, seed)
        stream = creator_id(external_id)
        own = {str(self.stream): str(stream)} | self.renamed(number, seed)
        sources = {fact.event.source for fact in self.facts if isinstance(fact.event, PointsEarned)}  # their ids are derived as they are folded
        own |= {str(source_id(CreatorId(self.stream), name)): str(source_id(stream, name)) for name in sources}
        text = msgspec.json.encode(CREATORS.fold(CREATORS.empty(), self.facts)).decode()
        text = IDS.sub(lambda found: own.get(found.group(), found.group()), text)
        return msgspec.json.decode(text.replace(f'"{self.external_id}"', f'"{external_id}"'), type=Account)


def external_id_of(number: int, seed: int) -> str:
    """The platform's own account id of creator `number`."""
    return f"stamped-{seed}-{number:08d}"


def other_id(id: str, number: int, seed: int) -> str:
    """An id as it is in the history of creator `number`: others in all that is random of it, and no two the same."""
    mask = int.from_bytes(blake2b(b"%d/%d" % (seed, number), digest_size=16).digest()) & ~KEPT_BITS
    text = f"{int(id.replace('-', ''), 16) ^ mask:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@lru_cache(maxsize=1)
def templates(count: int, events: int, seed: int, until: date) -> Sequence[Template]:
    """Some `count` histories from the demo's year, as they were on the day when accounts had so many facts on average; `until` is that day."""
    with TemporaryDirectory() as folder:
        days = played(Path(folder) / "1", count, seed, until, lambda histories, begin: day_of(histories, events, begin))
    with TemporaryDirectory() as folder:
        end = until + YEAR - timedelta(days=days)
        cut = datetime.combine(until, time(), UTC)
        return played(Path(folder) / "2", count, seed, end, lambda histories, _: [
            template(kept, packs) for packs in [histories.packs] for facts in histories.facts
            if (kept := [(fact, state) for fact, state in facts if fact.recorded_at <= cut])])


@dataclass(frozen=True)
class Histories:
    """What was played: the facts of each account with their stored bytes, and the ids of packs, which are nobody's own."""

    facts: Sequence[Sequence[tuple[Fact, str]]]
    packs: frozenset[str]


def played(folder: Path, creators: int, seed: int, end: date, told: Callable[[Histories, datetime], R]) -> R:
    """Play the demo's year until a day, and tell something of it."""
    finish = datetime.combine(end, time(), UTC)
    clock = PlayedClock(a_year_before(finish))
    begin = clock.now
    settings = Settings(folder=folder, master_key=b64encode(MASTER_KEY).decode())  # type: ignore[arg-type]  # it is read as settings are
    with opened(settings, clock, projecting=False) as system:
        play(system, clock, finish, lambda what, done, all_: progress(f"{what}: {done} of {all_}"), creators, seed)
        log = system.store.log(CREATORS)
        rows: dict[str, list[tuple[Any, ...]]] = {}
        for row in log.recorder.log_rows(0, log.last_position()):
            rows.setdefault(row[0], []).append(row)
        facts = [[(fact, bytes(row[3]).decode()) for fact, row in zip(log.mapper.facts_from_rows(some), some, strict=True)] for some in rows.values()]
        packs = frozenset(str(version.id) for version in system.packs())
        return told(Histories(facts, packs), begin)


def day_of(histories: Histories, events: int, begin: datetime) -> int:
    """The day of the year by which accounts have so many facts on average; the last one if they never do."""
    for day in range(30, YEAR.days):
        until = begin + timedelta(days=day)
        counts = [sum(fact.recorded_at <= until for fact, _ in facts) for facts in histories.facts]
        opened_by_then = [count for count in counts if count]
        if opened_by_then and sum(opened_by_then) >= events * len(opened_by_then):
            return day
    return YEAR.days


def template(stored: Sequence[tuple[Fact, str]], packs: frozenset[str]) -> Template:
    """A history with its gaps."""
    facts = [fact for fact, _ in stored]
    external_id = str(facts[0].event.external_id)  # type: ignore[attr-defined]  # an account begins with its opening
    stream = str(facts[0].stream)
    whole = "\n".join(state for _, state in stored)
    ids = sorted(set(IDS.findall(whole)) - packs - {stream})
    places = {f'"{external_id}"': 0, stream: 1} | {id: number for number, id in enumerate(ids, start=2)}
    parts = re.split("(" + "|".join(map(re.escape, places)) + ")", whole)
    gaps = [places[part] for part in parts[1::2]]
    texts = ('"%s"' if place == 0 else "%s" for place in gaps)
    pattern = parts[0].replace("%", "%%") + "".join(gap + rest.replace("%", "%%") for gap, rest in zip(texts, parts[2::2], strict=True))
    measures = [
        Taken(str(event.measure_id), str(event.violation_id), event.content_id, MEASURES[type(event)]) for fact in facts
        if isinstance(event := fact.event, ContentMeasured)]
    bursts = []
    for number, fact in enumerate(facts):
        if not number or fact.recorded_at != facts[number - 1].recorded_at:
            bursts.append([fact.recorded_at.timestamp(), number, number + 1])
        bursts[-1][2] = number + 1
    return Template(
        facts[0].stream, external_id, facts, [type(fact.event).__name__ for fact in facts], ids, pattern, itemgetter(*gaps), measures,
        [(at, first, last) for at, first, last in bursts])  # type: ignore[misc]


def stamp(histories: Sequence[Template], numbers: range, seed: int) -> Iterator[list[Stamped]]:
    """The facts of creators in the order in which they might have been recorded, in parts; what one command led to stays together."""
    for start in range(numbers.start, numbers.stop, CREATORS_AT_ONCE):
        some = range(start, min(start + CREATORS_AT_ONCE, numbers.stop))
        made = {number: histories[number % len(histories)].stamped(number, seed) for number in some}
        random = Random(f"{seed}/{start}")  # noqa: S311  # an order, not a secret
        later = {number: random.uniform(0, SPREAD_SECONDS) for number in some}
        bursts = sorted(
            (at + later[number], number, first, last) for number in some for at, first, last in histories[number % len(histories)].bursts)
        yield [fact for _, number, first, last in bursts for fact in made[number][first:last]]


def differing(histories: Sequence[Template], load: Any, numbers: Iterable[int], seed: int) -> list[int]:
    """The creators whose accounts, loaded from the log, are not what was played under other names."""
    return [
        number for number in numbers
        if load(creator_id(external_id_of(number, seed))) != histories[number % len(histories)].expected(number, seed)]
