"""Tree heads of a deployment: taken, signed, kept in the folder, and sent to places outside.

They are kept in a file beside the database and not in it, one on a line: what proves that the database was not changed is neither lost
when it is rebuilt or put back, nor rewritten by who can write to it alone.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import msgspec

from application.proving.evidence import head_in
from application.proving.signing import Signer, verify
from application.proving.sinks import CannotSend, Sink, append, sinks_of
from application.proving.trees import Progress, Trees, unheard
from application.settings import places_of
from application.wiring import Clock, System
from domain.proof.heads import LogHead, SignedTreeHead, TreeHead
from domain.proof.merkle import Subtree, root_at

FILE = "heads.jsonl"
END_BYTES = 1 << 18  # in which the last head stands, however many logs there are
SENT = "heads-sent.json"  # of each place the signature of the last head it has taken

_decode_sent = msgspec.json.Decoder(dict[str, str]).decode


class HistoryDiffers(Exception):
    """The logs do not begin as a head that was signed says: no head is signed over that."""


@dataclass(frozen=True)
class Heads:
    """The heads of a deployment, the oldest first in the folder's file, and the places outside (`sinks`) that they are sent to."""

    trees: Trees
    signer: Signer
    folder: Path
    clock: Clock
    sinks: Mapping[str, Sink] = field(default_factory=dict)

    def take(self, progress: Progress = unheard) -> SignedTreeHead:
        """Let the trees catch up, sign a head over them now, and keep it. HistoryDiffers if it would not go on from the latest one."""
        self.trees.catch_up(progress)
        with self._held(FILE):
            return self._taken()

    def take_when_due(self, every: float) -> SignedTreeHead | None:
        """The same, unless a head was taken less than so many seconds ago, here or by another process."""
        self.trees.catch_up()
        with self._held(FILE):
            latest = self.latest()
            if latest and self.clock() - latest.head.at < timedelta(seconds=every):
                return None
            return self._taken()

    def send(self) -> list[str]:
        """Send every place what it has not taken yet. Gives what went wrong, a line for each place that did not take all; it is sent next time."""
        if not self.sinks:
            return []
        with self._held(SENT):
            heads = self.kept()
            return [problem for place, sink in self.sinks.items() if (problem := self._sent(place, sink, heads))]

    def rebuild_trees(self, progress: Progress = unheard) -> None:
        """Build the trees anew; HistoryDiffers, and the old one stays, if a log does not give what the latest head says.

        For the old tree is then what tells which facts were changed.
        """
        latest = self.latest()

        def confirm(name: str, size: int, subtree: Subtree) -> None:
            it = latest.head.of(name) if latest and verify(latest, self.signer.public_key) else None
            if latest and it and (size < it.size or root_at(it.size, subtree).hex() != it.root):
                raise differs(latest.head, it)

        self.trees.rebuild(progress, confirm)

    def kept(self) -> list[SignedTreeHead]:
        """All heads that were kept and can be read, the oldest first."""
        path = self.folder / FILE
        return [head for line in (path.read_bytes().split(b"\n") if path.exists() else ()) if (head := head_in(line))]

    def latest(self) -> SignedTreeHead | None:
        """The latest head, if one was taken."""
        return latest_in(self.folder)

    def unsent(self) -> dict[str, int]:
        """By the name of each place, how many heads it has not taken yet."""
        heads, sent = self.kept(), self._last_sent()
        return {sink.name: len(after(sent.get(place), heads)) for place, sink in self.sinks.items()}

    def _taken(self) -> SignedTreeHead:
        latest = self.latest()
        head = TreeHead(self.signer.origin, self.clock(), tuple(map(self._log_head, self.trees.names)))
        if latest:
            self._refuse_unless_it_goes_on(latest.head, head)
        signed = self.signer.sign(head)
        append(self.folder / FILE, [signed])
        return signed

    def _sent(self, place: str, sink: Sink, heads: list[SignedTreeHead]) -> str:
        """Send a place what it has not taken yet, and say what went wrong."""
        waiting = after(self._last_sent().get(place), heads)
        done = 0
        try:
            while some := waiting[done:done + sink.at_once]:
                sink.send(some)
                done += len(some)
                self._remember_sent(place, some[-1])
        except CannotSend as problem:
            return f"{problem} Heads that wait to be sent there: {len(waiting) - done}."
        return ""

    def _last_sent(self) -> dict[str, str]:
        path = self.folder / SENT
        try:
            return _decode_sent(path.read_bytes())
        except (FileNotFoundError, msgspec.MsgspecError):
            return {}

    def _remember_sent(self, place: str, last: SignedTreeHead) -> None:
        path = self.folder / SENT
        new = path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(self._last_sent() | {place: last.signature}))
        new.replace(path)

    def _log_head(self, name: str) -> LogHead:
        size = self.trees.size(name)
        return LogHead(name, size, self.trees.root(name, size).hex())

    def _refuse_unless_it_goes_on(self, before: TreeHead, now: TreeHead) -> None:
        for log in before.logs:
            it = now.of(log.log)
            if it is None or it.size < log.size or self.trees.root(log.log, log.size).hex() != log.root:
                raise differs(before, log)

    @contextmanager
    def _held(self, what: str) -> Iterator[None]:
        """Meanwhile nobody else takes a head here, or sends one."""
        with (self.folder / f".{what}.lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def differs(head: TreeHead, log: LogHead) -> HistoryDiffers:
    """What is told of a log that does not begin as a head says."""
    return HistoryDiffers(
        f"The log {log.log} does not begin as the head of {head.at:%Y-%m-%d %H:%M:%S} UTC says ({log.size} facts). "
        "`governance verify` finds out where; its tree is left as it is, for it tells what was changed.")


def latest_in(folder: Path) -> SignedTreeHead | None:
    """The latest head that a deployment keeps in its folder, if it has taken one. Of the file no more than its end is read."""
    path = folder / FILE
    if not path.exists():
        return None
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - END_BYTES))
        lines = file.read().split(b"\n")
    return next((head for line in reversed(lines) if (head := head_in(line))), None)


def after(signature: str | None, heads: list[SignedTreeHead]) -> list[SignedTreeHead]:
    """The heads that come after the one with that signature: all if there is none."""
    return heads[1 + next((place for place, it in enumerate(heads) if it.signature == signature), -1):]


def heads_of(system: System) -> Heads:
    """The heads of a deployment that is open."""
    settings = system.settings
    return Heads(
        Trees(system.store, system.views), Signer.of(settings), settings.folder, system.clock, sinks_of(places_of(settings.heads_to)))
