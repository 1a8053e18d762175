"""Tree heads of a deployment: taken, signed, kept in the folder, and sent to places outside.

They are kept in a file beside the database and not in it, one on a line: what proves that the database was not changed is neither lost
when it is rebuilt or put back, nor rewritten by who can write to it alone.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from application.proving.signing import Signer
from application.proving.trees import Progress, Trees, unheard
from application.wiring import Clock, System
from domain.proof.heads import LogHead, SignedTreeHead, TreeHead

FILE = "heads.jsonl"

_decode = msgspec.json.Decoder(SignedTreeHead).decode


class HistoryDiffers(Exception):
    """The logs do not begin as a head that was signed says: no head is signed over that."""


@dataclass(frozen=True)
class Heads:
    """The heads of a deployment, the oldest first in the folder's file."""

    trees: Trees
    signer: Signer
    folder: Path
    clock: Clock

    def take(self, progress: Progress = unheard) -> SignedTreeHead:
        """Let the trees catch up, sign a head over them now, and keep it. HistoryDiffers if it would not go on from the latest one."""
        self.trees.catch_up(progress)
        with self._held():
            latest = self.latest()
            head = TreeHead(self.signer.origin, self.clock(), tuple(map(self._log_head, self.trees.names)))
            if latest:
                self._refuse_unless_it_goes_on(latest.head, head)
            signed = self.signer.sign(head)
            self._keep(signed)
        return signed

    def kept(self) -> list[SignedTreeHead]:
        """All heads that were kept and can be read, the oldest first."""
        return [head for head in self._read() if head]

    def latest(self) -> SignedTreeHead | None:
        """The latest head, if one was taken."""
        return next(iter(self.kept()[::-1]), None)

    def _log_head(self, name: str) -> LogHead:
        size = self.trees.size(name)
        return LogHead(name, size, self.trees.root(name, size).hex())

    def _refuse_unless_it_goes_on(self, before: TreeHead, now: TreeHead) -> None:
        for log in before.logs:
            it = now.of(log.log)
            if it is None or it.size < log.size or self.trees.root(log.log, log.size).hex() != log.root:
                raise HistoryDiffers(
                    f"The log {log.log} does not begin as the head of {before.at:%Y-%m-%d %H:%M:%S} UTC says ({log.size} facts). "
                    "`governance verify` finds out where.")

    def _read(self) -> Iterator[SignedTreeHead | None]:
        path = self.folder / FILE
        for line in path.read_bytes().splitlines() if path.exists() else ():
            try:
                yield _decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError):
                yield None

    def _keep(self, signed: SignedTreeHead) -> None:
        with (self.folder / FILE).open("ab") as file:
            file.write(msgspec.json.encode(signed) + b"\n")
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Meanwhile no other process takes a head here."""
        with (self.folder / f".{FILE}.lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def heads_of(system: System) -> Heads:
    """The heads of a deployment that is open."""
    return Heads(Trees(system.store, system.views), Signer.of(system.settings), system.settings.folder, system.clock)
