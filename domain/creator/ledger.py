"""The ledger of an account: what its counters count. The health score is the counter named `score`.

A tally is one counter, or one group of it: `score`, `repeat-offence/MEDICAL_CLAIM`. Entries are signed; the value read is the base plus
all live entries, held between the counter's ends. The entries themselves are never cut, so an expiry never creates points.
"""

from __future__ import annotations

from datetime import datetime
from typing import NewType
from uuid import UUID

import msgspec

from domain.identity import EntryId
from domain.packs.model import SCORE, Comparison, Counter, Shape

Tally = NewType("Tally", str)
SCORE_TALLY = Tally(SCORE)


class Figures(msgspec.Struct, frozen=True, omit_defaults=True):
    """The figures of one counter, as its pack gave them when the scheme was adopted."""

    shape: Shape
    base: int
    lowest: int
    highest: int | None = None

    def worse(self, weight: int) -> int:
        """The signed entry by which that weight makes the value worse."""
        return -weight if self.shape is Shape.CREDIT else weight

    def held(self, value: int) -> int:
        """The value as it is read."""
        value = max(self.lowest, value)
        return value if self.highest is None else min(self.highest, value)


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A live line of the ledger: `delta` is signed; it weighs until `expires_at` (None: for ever). `version`: the fact that made it."""

    id: EntryId
    tally: Tally
    source: UUID
    delta: int
    at: datetime
    expires_at: datetime | None
    version: int


class Fired(msgspec.Struct, frozen=True):
    """A threshold that has fired and is not armed again before its tally has left it."""

    tally: Tally
    at: int
    comparison: Comparison


class Ledger(msgspec.Struct):
    """Live entries, and the thresholds that have fired."""

    figures: dict[str, Figures] = {}
    entries: dict[EntryId, Entry] = {}
    fired: tuple[Fired, ...] = ()
    sums: dict[Tally, int] = {}

    def copy(self) -> Ledger:
        """A ledger that may be written to without touching this one."""
        return Ledger(dict(self.figures), dict(self.entries), self.fired, dict(self.sums))

    def value(self, tally: Tally) -> int:
        """The tally as it is read."""
        figures = self.figures[counter_of(tally)]
        return figures.held(figures.base + self.sums.get(tally, 0))

    @property
    def score(self) -> int:
        """The health score."""
        return self.value(SCORE_TALLY)

    def on(self, tally: Tally) -> tuple[Entry, ...]:
        """The live entries of a tally, oldest first."""
        return tuple(entry for entry in self.entries.values() if entry.tally == tally)

    def armed(self, tally: Tally, at: int, comparison: Comparison) -> bool:
        """Whether that threshold of the tally may fire."""
        return Fired(tally, at, comparison) not in self.fired

    def put(self, entry: Entry) -> None:
        """Add an entry; one of the same id is replaced."""
        before = self.entries.get(entry.id)
        self.entries[entry.id] = entry
        self._move(entry.tally, entry.delta - (before.delta if before else 0))

    def change(self, id: EntryId, by: int) -> None:
        """Change an entry by a signed amount; one that weighs nothing any more is gone."""
        entry = self.entries[id]
        left = msgspec.structs.replace(entry, delta=entry.delta + by)
        if left.delta:
            self.entries[id] = left
        else:
            del self.entries[id]
        self._move(entry.tally, by)

    def remove(self, id: EntryId) -> None:
        """Take an entry away; one that is not live any more is no error."""
        if entry := self.entries.pop(id, None):
            self._move(entry.tally, -entry.delta)

    def fire(self, fired: tuple[Fired, ...]) -> None:
        """Take the thresholds as fired."""
        self.fired += tuple(one for one in fired if one not in self.fired)

    def adopt(self, figures: dict[str, Figures], kept: tuple[EntryId, ...]) -> None:
        """Count by other figures from now on, with the kept entries alone and every threshold armed."""
        self.figures, self.fired = dict(figures), ()
        self.entries = {id: self.entries[id] for id in kept}
        sums: dict[Tally, int] = {}
        for entry in self.entries.values():
            sums[entry.tally] = sums.get(entry.tally, 0) + entry.delta
        self.sums = {tally: total for tally, total in sums.items() if total}

    def _move(self, tally: Tally, by: int) -> None:
        self.sums[tally] = self.sums.get(tally, 0) + by
        if not self.sums[tally]:
            del self.sums[tally]
        if self.fired:
            self.fired = tuple(one for one in self.fired if one.tally != tally or one.comparison.holds(self.value(tally), one.at))


def counter_of(tally: Tally) -> str:
    """The name of the counter that a tally belongs to."""
    return tally.partition("/")[0]


def figures_of(counter: Counter) -> Figures:
    """What the ledger keeps of a pack's counter."""
    return Figures(counter.shape, counter.base, counter.lowest, counter.highest)
