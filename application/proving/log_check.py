"""One log, read from its first position: beside its tree, and beside every head that names it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from application.proving.aligning import Found, Pair, aligned
from application.proving.evidence import Witness
from application.proving.findings import Finding, Kind, LogChecked
from application.proving.leaves import ROWS_AT_ONCE, leaf_of
from application.proving.naming import Difference, Naming
from application.proving.numbering import Numbering
from application.proving.tree_check import TreeCheck, tree_finding
from application.proving.trees import Trees
from domain.proof.heads import LogHead
from domain.proof.merkle import EMPTY, Frontier

LOWEST = -(1 << 63)  # a row past the program's reach may stand before position 1
MOST = 10_000  # differences are named one by one, up to so many


@dataclass(frozen=True)
class Said:
    """What a head that is trusted says of one log."""

    witness: Witness
    head: LogHead

    @property
    def size(self) -> int:
        """Of how many facts."""
        return self.head.size

    @property
    def root(self) -> bytes:
        """The root over them; b"" if that is none."""
        try:
            return bytes.fromhex(self.head.root)
        except ValueError:
            return b""


@dataclass
class Gap:
    """Positions that are empty: the first of them, and the one at which facts go on. `beyond`: the tree does not cover them."""

    first: int
    on: int
    beyond: bool


@dataclass
class LogCheck:
    """The check of one log. `progress` hears of the facts read."""

    trees: Trees
    log: str
    said: Sequence[Said]
    progress: Callable[[int], None]
    differences: list[Difference] = field(default_factory=list)
    more: int = 0
    gaps: list[Gap] = field(default_factory=list)
    numbering: Numbering = field(default_factory=Numbering)
    names: set[bytes] = field(default_factory=set)
    roots: dict[int, bytes] = field(default_factory=dict)
    count: int = 0
    end: int = 0
    _shift: int = 0
    _stray: int = 0
    _before: int = 0
    _pending: list[int] = field(default_factory=list)

    def run(self) -> tuple[LogChecked, list[Finding]]:
        """Read all of it, and say what is wrong."""
        tree = TreeCheck(self.trees, self.log)
        self._lost: set[bytes] = set()
        for pair in aligned(self._found(), tree.leaves()):
            self._take(pair, tree.size)
        fitting = self._fitting()
        vouched = max(fitting, default=0)
        findings = [*self._named(vouched), *tree.findings(), *self._emptied(), *self._unfit(tree, fitting)]
        return LogChecked(self.log, self.count, tree.size, vouched), findings

    def _fits(self, said: Said) -> bool:
        return self.roots.get(said.size) == said.root

    def _fitting(self) -> list[int]:
        """The sizes of heads that the log gives: of the folder's own none from where a head that is held outside says otherwise."""
        confirmed = max((it.size for it in self.said if it.witness.outside and self._fits(it)), default=0)
        doubted = min((it.size for it in self.said if it.witness.outside and it.size > confirmed and not self._fits(it)), default=None)
        return [it.size for it in self.said if self._fits(it) and (it.witness.outside or doubted is None or it.size < doubted)]

    def _found(self) -> Iterator[Found]:
        """What lies in the log, with its leaves; the roots at the heads' sizes are noted on the way."""
        wanted, frontier, first = {it.size for it in self.said}, Frontier(), LOWEST
        self.roots[0] = EMPTY
        recorder = self.trees.recorder(self.log)
        while rows := recorder.stored_rows(first, ROWS_AT_ONCE):
            for row in rows:
                leaf = leaf_of(row)
                frontier.add(leaf or EMPTY)
                if frontier.size in wanted:
                    self.roots[frontier.size] = frontier.root()
                if row.name is not None:
                    self.names.add(row.name)
                yield Found(row, leaf)
            self.count, self.end, first = frontier.size, rows[-1].position, rows[-1].position + 1
            self.progress(self.count)

    def _take(self, pair: Pair, covered: int) -> None:
        """Note where log and tree part, and where positions are not dense."""
        if pair.place is not None and pair.place > covered and pair.found and pair.found.leaf in self._lost:
            self._stray += 1  # not a new fact, but an old one from elsewhere
            pair = Pair(None, None, pair.found)
        if not pair.alike or pair.place is None or pair.found is None or pair.found.leaf is None:
            self._differ(pair)
            return
        self.numbering.take(pair.found.row)
        self._before += 1
        position, place = pair.found.row.position, pair.place - self._stray
        shift = position - place
        if shift != self._shift:
            self._settle(shift, place, beyond=pair.place > covered)
        self._pending.clear()

    def _differ(self, pair: Pair) -> None:
        if len(self.differences) == MOST:
            self.more += 1
            self._before += pair.found is not None
            return
        self._pending.append(len(self.differences))
        self.differences.append(Difference(pair, self._before))
        self._before += pair.found is not None
        if pair.leaf:
            self._lost.add(pair.leaf)

    def _settle(self, shift: int, place: int, *, beyond: bool) -> None:
        """From here on facts stand elsewhere by so much: because some before were removed or inserted, or for no reason that is seen."""
        came = sum(self.differences[it].pair.place is None for it in self._pending)
        if shift > self._shift + came:
            self.gaps.append(Gap(place + self._shift, place + shift, beyond))
        elif shift < self._shift:
            for it in self._pending:
                self.differences[it] = replace(self.differences[it], closed_up=True)
        self._shift = shift

    def _named(self, vouched: int) -> Iterator[Finding]:
        """What was done, by name; what a head vouches for was not done to the log, but to its tree."""
        wrong = [it for it in self.differences if it.before < vouched]
        mine = [it for it in self.differences if it.before >= vouched]
        if wrong:
            first, last = wrong[0].position, wrong[-1].position
            yield tree_finding(self.log, first, last, "the tree says otherwise than the log, which a signed head confirms.")
        asked = {it.position for it in mine} | {position for gap in self.gaps for position in range(gap.first, min(gap.on, gap.first + 100))}
        for it in self.differences:
            if it.came:
                self.numbering.allow(it.came.row)
        yield from Naming(self.log, mine, self.numbering, frozenset(self.names), self.trees.whose(self.log, asked)).findings(self.end)

    def _emptied(self) -> Iterator[Finding]:
        """Positions that are empty though the tree lacks no fact."""
        for gap in self.gaps:
            last = gap.on - 1
            where = f"Log {self.log}, position {gap.first}: "
            if gap.beyond:
                said = f"nothing is at the positions from {gap.first} to {last}; what was there was removed, or later facts were moved."
                yield Finding(Kind.REMOVED, where + said, self.log, gap.first, last, *self._lacking(gap))
            else:
                said = f"facts go on at position {gap.on} though none is missing; they were moved."
                yield Finding(Kind.POSITIONS, where + said, self.log, gap.first, last)

    def _lacking(self, gap: Gap) -> tuple[str | None, int | None]:
        owners = self.trees.whose(self.log, [gap.first])
        stream, version = owners.get(gap.first, (None, None))
        return (str(stream), version) if stream else (None, None)

    def _unfit(self, tree: TreeCheck, fitting: Collection[int]) -> Iterator[Finding]:
        """Heads that the log does not give: what that says which the tree did not."""
        unfit = sorted((it for it in self.said if not self._fits(it)), key=lambda it: it.size)
        unexplained = [it for it in unfit if tree.root(it.size) != it.root]
        cut = [it for it in unexplained if it.size > self.count]
        changed = [it for it in unexplained if it.size <= self.count]
        before = max(fitting, default=0)
        for it in [it for it in changed if it.size <= before]:
            yield self._rewritten(it)
        if later := [it for it in changed if it.size > before]:
            yield self._changed(later[0], before)
        if cut:
            yield self._cut(cut[-1], max([before, *(it.size for it in changed)]))

    def _rewritten(self, said: Said) -> Finding:
        return Finding(
            Kind.HEAD, f"{said.witness.place}: neither the log {self.log} nor its tree gives the root for its first {said.size} facts, though a head "
            "over as many or more fits: this head was rewritten by somebody who has the key, or the log before the other one was signed.",
            self.log, said.size)

    def _changed(self, said: Said, before: int) -> Finding:
        return Finding(
            Kind.CHANGED, f"Log {self.log}, positions {before + 1} to {said.size}: neither the log nor its tree gives the root in "
            f"{said.witness.place}. Something between these positions was changed, and the tree with it"
            f"{f'; up to {before} all is as it was' if before else ''}.", self.log, before + 1, said.size)

    def _cut(self, said: Said, before: int) -> Finding:
        elsewhere = f", or facts after position {before} were removed" if before < self.count else ""
        return Finding(
            Kind.TRUNCATED, f"Log {self.log}, positions {before + 1} to {said.size}: the log has {self.count} facts, and {said.size} according to "
            f"the head in {said.witness.place}. Its end was cut off{elsewhere}, and the tree with it.", self.log, before + 1, said.size)
