"""Whether each stream's facts are numbered without a gap, in the order of their positions."""

from __future__ import annotations

from typing import NamedTuple

from application.recorder import StoredRow

MOST = 1000  # of what is wrong, so much is remembered
VERSION_BITS = 32


class Lack(NamedTuple):
    """A version that a stream lacks: noticed at a position, `after` the position of the one before it (0: there is none)."""

    stream: bytes
    version: int
    after: int
    noticed: int


class Double(NamedTuple):
    """A version that a stream has where it should not: a second time, or after a later one."""

    stream: bytes
    version: int
    position: int


class Numbering:
    """The last version of every stream, and what was wrong on the way."""

    def __init__(self) -> None:
        self._last: dict[bytes, int] = {}  # position and version in one number: there are as many of them as streams
        self.lacks: dict[tuple[bytes, int], Lack] = {}
        self.doubles: list[Double] = []
        self.there: set[tuple[bytes | None, int | None]] = set()

    def take(self, row: StoredRow) -> None:
        """Take in the next fact of the log."""
        position, stream, version, _, _ = row
        if stream is None or version is None:
            return
        before, last = divmod(self._last.get(stream, 0), 1 << VERSION_BITS)
        if last < version < 1 << VERSION_BITS:
            for missing in range(last + 1, min(version, last + 1 + MOST - len(self.lacks))):
                self.lacks[stream, missing] = Lack(stream, missing, before, position)
            self._last[stream] = (position << VERSION_BITS) + version
        elif len(self.doubles) < MOST:
            self.lacks.pop((stream, version), None)
            self.doubles.append(Double(stream, version, position))

    def allow(self, row: StoredRow) -> None:
        """A fact that was not taken in, for something else is wrong with it, is there all the same."""
        self.there.add((row.stream, row.version))

    @property
    def streams(self) -> list[bytes]:
        """All streams that were seen."""
        return list(self._last)

    def last(self, stream: bytes) -> int:
        """The last version of a stream, 0 if it has none."""
        return self._last.get(stream, 0) % (1 << VERSION_BITS)
