"""What was done to a log, from where it and its tree part: each thing named by position and stream, and proved by the tree where that can be.

A tree holds hashes alone. What a fact was before is found by trying: if what is stored, put into another stream, gives the hash that was
there, then that is where it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from uuid import UUID

from application.proving.aligning import Found, Pair
from application.proving.findings import Finding, Kind
from application.proving.leaves import leaf_of
from application.proving.numbering import Lack, Numbering
from application.recorder import StoredRow

PAIRED_AT_MOST = 64  # changed facts, of which any two may have been exchanged
TRIED_AT_MOST = 50  # changed facts, of which it is tried where they were
STREAMS_AT_MOST = 100_000  # that a changed fact may have been in
UNREADABLE = "the fact was edited: its {} can be none."
COLUMNS = ("stream", "version", "name", "bytes")

Whose = Mapping[int, tuple[UUID, int | None]]  # by position the stream and version of a fact, as somebody else remembers them


@dataclass(frozen=True)
class Difference:
    """Where log and tree part, after so many facts. `closed_up`: whether the facts after a removed one stand one position earlier for it."""

    pair: Pair
    before: int
    closed_up: bool = False

    @property
    def lost(self) -> bytes | None:
        """The leaf that is not where it was."""
        return self.pair.leaf

    @property
    def came(self) -> Found | None:
        """What is there instead."""
        return self.pair.found

    @property
    def is_changed(self) -> bool:
        """Whether something is in the place of another thing; what can be no fact is, though no tree knows of that place."""
        return self.came is not None and (self.lost is not None or (self.pair.place is not None and self.came.leaf is None))

    @property
    def position(self) -> int:
        """Where to look in the log."""
        return self.pair.place if self.pair.place is not None else self.pair.found.row.position if self.pair.found else 0


class Naming:
    """Names what was done to one log. `names` are those that facts have (UTF-8), `whose` what the read models remember."""

    def __init__(self, log: str, differences: Sequence[Difference], numbering: Numbering, names: frozenset[bytes], whose: Whose) -> None:
        self._log = log
        self._numbering = numbering
        self._names = names
        self._whose = whose
        self._waiting = list(differences)
        self._lacks = dict(numbering.lacks)
        self._tried = 0

    def findings(self, end: int) -> Iterator[Finding]:
        """All that was done; `end` is the last position of the log."""
        yield from self._moved()
        yield from self._exchanged()
        for it in self._waiting:
            if it.came and it.is_changed:
                yield self._changed(it, it.came)
            elif it.came:
                yield self._finding(Kind.INSERTED, it.came.row.position, row_words(it.came.row) + " was not there before.", it.came.row)
        yield from self._gone([it for it in self._waiting if it.lost and not it.came], end)
        yield from self._unnumbered()

    def _moved(self) -> Iterator[Finding]:
        """Facts that are at another position now; two that have changed places are told as one thing."""
        lost = {it.lost: it for it in self._waiting if it.lost}
        moved = [(lost[it.came.leaf], it) for it in self._waiting if it.came and it.came.leaf in lost]
        sources, targets = {id(source): target for source, target in moved}, {id(target) for _, target in moved}
        for source, target in moved:
            if sources.get(id(target)) is source:
                if source.position < target.position and source.came and target.came:
                    yield self._finding(
                        Kind.EXCHANGED, source.position, f"{row_words(source.came.row)} and {row_words(target.came.row)} have changed places.",
                        target.came.row, last=target.position)
            elif target.came:
                row = target.came.row
                yield self._finding(
                    Kind.MOVED, source.position, f"{row_words(row)} was moved from here to position {row.position}.", row, last=row.position)
        self._waiting = [left for it in self._waiting if (left := unexplained(it, lost=id(it) in sources, came=id(it) in targets))]

    def _exchanged(self) -> Iterator[Finding]:
        """Two facts whose columns were exchanged."""
        changed = [it for it in self._waiting if it.lost and it.came]
        told: set[int] = set()
        for one, other in combinations(changed, 2) if len(changed) <= PAIRED_AT_MOST else ():
            if one.came and other.came and not {id(one), id(other)} & told:
                columns = exchanged_columns(one.came.row, other.came.row, one.lost, other.lost)
                if columns:
                    told |= {id(one), id(other)}
                    yield self._finding(
                        Kind.EXCHANGED, one.position, f"{row_words(one.came.row)} and {row_words(other.came.row)} at position {other.position} "
                        f"have exchanged their {' and '.join(columns)}.", one.came.row, last=other.position)
        self._waiting = [it for it in self._waiting if id(it) not in told]

    def _changed(self, it: Difference, came: Found) -> Finding:
        """A fact that is not what it was."""
        row = came.row
        self._tried += 1
        place = next(self._places_before(row, it.lost), None) if it.lost and self._tried <= TRIED_AT_MOST else None
        if place:
            stream, version = place
            self._lacks.pop(place, None)
            if stream != row.stream:
                return self._finding(
                    Kind.MOVED_TO_STREAM, it.position, f"the fact was version {version} of stream {UUID(bytes=stream)}, and was moved: now it is "
                    f"{row_words(row) if row.stream else 'in none that can be'}.", row, stream=stream, version=version)
            return self._finding(Kind.EDITED, it.position, f"the fact was edited: its version was {version}, and is {row.version} now.", row)
        name = next((name for name in self._names if leaf_of(row._replace(name=name)) == it.lost), None) if it.lost else None
        if name is not None:
            was = f"the fact was edited: its name was {name.decode(errors='replace')}, and is {name_words(row)} now."
            return self._finding(Kind.EDITED, it.position, was, row)
        wrong = [column for column, value in zip(COLUMNS, row[1:], strict=True) if value is None]
        said = UNREADABLE.format(" and ".join(wrong)) if wrong else f"{row_words(row)} was edited, or stands in the place of another one."
        return self._finding(Kind.EDITED, it.position, said, row, *(self._owner(it.position) if row.stream is None else (None, None)))

    def _places_before(self, row: StoredRow, lost: bytes | None) -> Iterator[tuple[bytes, int]]:
        """The stream and version that a fact had, if what else is stored of it is as it was."""
        streams = self._numbering.streams
        known = [(it.bytes, version) for it, version in self._whose.values() if version]
        ends = ((stream, self._numbering.last(stream) + 1) for stream in (streams if len(streams) <= STREAMS_AT_MOST else ()))
        for stream, version in (*known, *self._lacks, *ends):
            if leaf_of(row._replace(stream=stream, version=version)) == lost:
                yield stream, version

    def _gone(self, gone: Sequence[Difference], end: int) -> Iterator[Finding]:
        """Facts that are not there any more; those at the end are told as one thing."""
        tail = [it for it in gone if it.position > end and not it.closed_up]
        for it in gone:
            if it not in tail:
                stream, version = self._owner(it.position)
                after = "later facts were moved up into its place." if it.closed_up else "nothing is at its position."
                yield self._finding(Kind.REMOVED, it.position, f"the fact{of_stream(stream, version)} was removed; {after}", None, stream, version)
        if tail:
            first, last = tail[0].position, tail[-1].position
            owners = [self._owner(it.position)[0] for it in tail[:PAIRED_AT_MOST]]
            streams = ", ".join(dict.fromkeys(str(UUID(bytes=it)) for it in owners if it))
            said = f"the log ends at position {end}; its facts up to {last} were cut off{f' (of {streams})' if streams else ''}."
            yield self._finding(Kind.TRUNCATED, first, said, None, owners[0], last=last)

    def _owner(self, position: int) -> tuple[bytes | None, int | None]:
        """Whose the fact at a position was: as the read models say, or else as the one version says that is missing thereabouts."""
        if position in self._whose:
            stream, version = self._whose[position]
            self._lacks.pop((stream.bytes, version or 0), None)
            return stream.bytes, version
        fitting = [it for it in self._lacks.values()
                   if it.after <= position <= it.noticed + 1 and (it.stream, it.version) not in self._numbering.there]
        if len(fitting) != 1:
            return None, None
        del self._lacks[fitting[0].stream, fitting[0].version]
        return fitting[0].stream, fitting[0].version

    def _unnumbered(self) -> Iterator[Finding]:
        """Streams whose versions have gaps or doubles that nothing told before explains."""
        for lack in self._lacks.values():
            if (lack.stream, lack.version) not in self._numbering.there and not self._blank(lack):
                yield self._finding(
                    Kind.VERSIONS, lack.noticed, f"version {lack.version} of stream {UUID(bytes=lack.stream)} is missing before this one.",
                    None, lack.stream, lack.version)
        for it in self._numbering.doubles:
            yield self._finding(
                Kind.VERSIONS, it.position, f"version {it.version} of stream {UUID(bytes=it.stream)} comes a second time, or too late.",
                None, it.stream, it.version)

    def _blank(self, lack: Lack) -> bool:
        """Whether a fact that is told to be changed or removed may have been the one that a stream lacks."""
        return any((it.lost or it.is_changed) and lack.after < it.position <= lack.noticed + 1 for it in self._waiting)

    def _finding(
            self, kind: Kind, position: int, words: str, row: StoredRow | None, stream: bytes | None = None, version: int | None = None,
            *, last: int | None = None) -> Finding:
        of, number = stream or (row.stream if row else None), version or (row.version if row else None)
        return Finding(
            kind, f"Log {self._log}, position {position}: {words}", self._log, position, last, str(UUID(bytes=of)) if of else None, number)


def unexplained(it: Difference, *, lost: bool, came: bool) -> Difference | None:
    """What is left to be told of a difference when the fact it lost, or the one that came, is known to have been moved."""
    pair = it.pair._replace(leaf=None if lost else it.lost, found=None if came else it.came)
    return Difference(pair, it.before, it.closed_up) if pair.leaf or pair.found else None


def exchanged_columns(one: StoredRow, other: StoredRow, leaf: bytes | None, other_leaf: bytes | None) -> list[str]:
    """The columns that two facts have exchanged: put back, they give the leaves that were there. None if they do not."""
    for swapped in product((False, True), repeat=len(COLUMNS)):
        if any(swapped) and not all(swapped):
            first = StoredRow(0, *(b if swap else a for swap, a, b in zip(swapped, one[1:], other[1:], strict=True)))  # type: ignore[arg-type]
            second = StoredRow(0, *(a if swap else b for swap, a, b in zip(swapped, one[1:], other[1:], strict=True)))  # type: ignore[arg-type]
            if leaf_of(first) == leaf and leaf_of(second) == other_leaf:
                return [column for column, swap, a, b in zip(COLUMNS, swapped, one[1:], other[1:], strict=True) if swap and a != b]
    return []


def row_words(row: StoredRow) -> str:
    """What a fact is called."""
    version = "?" if row.version is None else row.version
    return f"{name_words(row)} (version {version} of stream {UUID(bytes=row.stream) if row.stream else '?'})"


def name_words(row: StoredRow) -> str:
    """What a fact's name is."""
    return row.name.decode(errors="replace") if row.name is not None else "a fact without a name"


def of_stream(stream: bytes | None, version: int | None) -> str:
    """Whose fact, if that is known."""
    return f" (version {version} of stream {UUID(bytes=stream)})" if stream else ""


