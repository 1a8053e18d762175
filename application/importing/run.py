"""The import: read and check every line, bring them in order, decide them in batches, each as of its own time.

A batch is recorded in one transaction and holds whole accounts. What was recorded is known by the line's reference, so that a run that was
killed is taken up by running it again, and one more run records nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, NamedTuple

import msgspec

from application.governance import Answer, Governance, Request, Rules
from application.importing.lines import AnyLine, decode, key_of
from application.importing.ordering import Numbered, Ordering
from application.importing.rejecting import Rejects
from application.wiring import RULES, System
from domain.creator import decider
from domain.creator.state import Account
from domain.facts import Actor
from domain.packs.catalogue import Catalogue
from domain.refusals import Refused

LONGEST = 1 << 20  # bytes in a line
READ_AT_ONCE = 5000
BYTES_AT_ONCE = 1 << 24
DECIDED_AT_ONCE = 1000
DECIDED_AT_MOST = 5000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
PAST: Rules[Account, Catalogue] = replace(RULES, settle=lambda _account, _until, _packs: [], decide=decider.decide_past, answered_with_facts=True)

Progress = Callable[[str, int, int], None]


class Imported(NamedTuple):
    """What came of an import: lines with something new, lines that were known, lines rejected, facts recorded."""

    new: int
    known: int
    rejected: int
    facts: int


@dataclass
class Import:
    """An import of one source into a system, by somebody. About `at_once` lines are recorded in one transaction."""

    system: System
    by: Actor
    rejects: Rejects
    progress: Progress
    at_once: int = DECIDED_AT_ONCE
    new: int = 0
    known: int = 0
    facts: int = 0

    def run(self, source: IO[bytes], size: int) -> Imported:
        """Import a source of so many bytes (0: not known)."""
        before = max(self.system.projector.positions().values())
        with self.rejects, Ordering() as ordering, seldom_collected():
            self._read(source, size, ordering)
            self._decide(ordering)
        self._follow(before)
        return Imported(self.new, self.known, self.rejects.count, self.facts)

    def _read(self, source: IO[bytes], size: int, ordering: Ordering) -> None:
        done = 0
        for lines in in_groups(numbered(source)):
            ordering.put(self._readable(lines))
            done += sum(len(line.text) for line in lines)
            self.progress("Reading (kB)", done // 1000, max(size, done) // 1000)

    def _readable(self, lines: list[Numbered]) -> Iterator[tuple[Numbered, AnyLine]]:
        """The lines that are such; the others are rejected."""
        for line in lines:
            try:
                if len(line.text) > LONGEST:
                    self.rejects.unreadable(line, f"The line is longer than {LONGEST} bytes.", "Shorten what it says; this is its beginning.")
                else:
                    yield line, decode(line.text)
            except msgspec.ValidationError as error:
                self.rejects.unreadable(line, f"{error}.", "Write it as `governance import --schema` says.")
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                self.rejects.unreadable(line, f"This is no JSON: {error}.", "Write one JSON object on a line of its own, in UTF-8.")

    def _decide(self, ordering: Ordering) -> None:
        governance = Governance(self.system.store, PAST, self.system.packs, self.system.clock)
        done, all_ = 0, len(ordering)
        for batch in ordering.batches(self.at_once, DECIDED_AT_MOST):
            outcomes = governance.handle_all(self._request(decode(line.text)) for line in batch)
            for line, outcome in zip(batch, outcomes, strict=True):
                self._note(line, outcome)
            done += len(batch)
            self.progress("Importing lines", done, all_)

    def _follow(self, before: int) -> None:
        """Let the read models take over what was recorded; where that is most of what there is, it is faster to build them anew."""
        projector = self.system.projector
        if self.facts > before:
            projector.rebuild(None, self._show_following)
        else:
            projector.catch_up(self._show_following)

    def _show_following(self, done: int, all_: int) -> None:
        if all_:  # the log of cases may be empty
            self.progress("Read models", done, all_)

    def _request(self, line: AnyLine) -> Request:
        return Request(line.command(), self.by, key_of(line), occurred_at=line.at)

    def _note(self, line: Numbered, outcome: Answer | Refused) -> None:
        if isinstance(outcome, Refused):
            self.rejects.refused(line, outcome)
            return
        facts = 0 if outcome.repeated else outcome.last_version - outcome.first_version + 1
        self.facts += facts
        if facts:
            self.new += 1
        else:
            self.known += 1


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the garbage collector look seldom, and not at what was there before: batches make much, and hardly a cycle."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def numbered(source: IO[bytes]) -> Iterator[Numbered]:
    """The lines of a source, without those that are blank. Of one that is too long, the beginning."""
    number = 0
    while text := source.readline(LONGEST + 2):
        number += 1
        whole = text.endswith(b"\n")
        if not whole and len(text) > LONGEST:
            skip_line(source)
        text = (text.removeprefix(BYTE_ORDER_MARK) if number == 1 else text).strip()
        if text:
            yield Numbered(number, text)


def skip_line(source: IO[bytes]) -> None:
    """Go to the end of a line."""
    while (text := source.readline(LONGEST)) and not text.endswith(b"\n"):
        pass


def in_groups(lines: Iterator[Numbered]) -> Iterator[list[Numbered]]:
    """Some lines at a time, fewer if they are long."""
    group: list[Numbered] = []
    size = 0
    for line in lines:
        group.append(line)
        size += len(line.text)
        if len(group) == READ_AT_ONCE or size >= BYTES_AT_ONCE:
            yield group
            group, size = [], 0
    if group:
        yield group
