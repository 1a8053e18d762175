"""What a log holds, beside what its tree says it held: each fact with its leaf, and where they part."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple, TypeVar

from application.recorder import StoredRow

T = TypeVar("T")

LOOK = 256  # how far is looked ahead for where log and tree go on alike


class Found(NamedTuple):
    """What lies in a log, and its leaf hash (None: it can be no fact)."""

    row: StoredRow
    leaf: bytes | None


class Pair(NamedTuple):
    """What the tree says was at a position (`place`, from 1) and what is found for it.

    Nothing found: it is gone. No `place`: it came in between. Beyond the end of the tree a place has no `leaf`.
    """

    place: int | None
    leaf: bytes | None
    found: Found | None

    @property
    def alike(self) -> bool:
        """Whether the fact is what it was, as far as the tree knows of it."""
        return self.place is not None and self.found is not None and (self.leaf is None or self.leaf == self.found.leaf)


def aligned(found: Iterator[Found], leaves: Iterator[bytes | None]) -> Iterator[Pair]:
    """All facts of a log, in the order of their positions, beside the leaves of its tree (None: the tree has lost it)."""
    have, want = deque[Found](), deque[bytes | None]()
    place = shift = 0
    while True:
        fill(have, found, 1)
        fill(want, leaves, 1)
        if not have and not want:
            return
        if not want or (have and want[0] in (None, have[0].leaf)):
            steps = [(True, True)]
        elif not have:
            steps = [(True, False)]
        else:
            fill(have, found, LOOK)
            fill(want, leaves, LOOK)
            steps = parted(have, want, place + 1 + shift)
        for with_place, with_found in steps:
            place += with_place
            pair = Pair(place if with_place else None, want.popleft() if with_place and want else None, have.popleft() if with_found else None)
            if pair.alike and pair.found:
                shift = pair.found.row.position - place
            yield pair


def parted(have: deque[Found], want: deque[bytes | None], expected: int) -> list[tuple[bool, bool]]:
    """What to take of tree and log until they go on alike: of both (it was changed), of the tree alone (gone), of the log alone (came)."""
    if len(have) > 1 and len(want) > 1 and (have[0].leaf, have[1].leaf) == (want[1], want[0]):
        return [(True, True)] * 2
    where = {leaf: number for number, leaf in reversed(list(enumerate(want))) if leaf}
    meetings = [(came, where[it.leaf]) for came, it in enumerate(have) if it.leaf in where]
    if meetings:
        came, gone = min(meetings, key=lambda it: (it[0] + it[1], abs(it[0] - it[1])))
        return [(True, True)] * min(came, gone) + [(True, False)] * (gone - came) + [(False, True)] * (came - gone)
    position = have[0].row.position
    return [(position >= expected, position <= expected)]


def fill(held: deque[T], more: Iterator[T], wanted: int) -> None:
    """Hold so many, if there are."""
    if len(held) < wanted:
        held.extend(islice(more, wanted - len(held)))
