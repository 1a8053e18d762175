"""The proof that every log still begins as an earlier head says."""

from __future__ import annotations

import msgspec

from application.proving.trees import Trees
from domain.proof.heads import SignedTreeHead
from domain.proof.merkle import EMPTY, consistency_path, is_consistent


class LogConsistency(msgspec.Struct, frozen=True):
    """That a log with the second size and root begins with the first: the hashes (hex) of RFC 6962, section 2.1.2."""

    log: str
    first_size: int
    second_size: int
    first_root: str
    second_root: str
    path: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the hashes show it."""
        return is_consistent(
            self.first_size, self.second_size, bytes.fromhex(self.first_root), bytes.fromhex(self.second_root),
            [bytes.fromhex(it) for it in self.path])


class Consistency(msgspec.Struct, frozen=True):
    """That a head goes on from an earlier one, log by log."""

    first: SignedTreeHead
    second: SignedTreeHead
    logs: tuple[LogConsistency, ...]

    @property
    def broken(self) -> list[str]:
        """The logs of which it cannot be shown."""
        return [it.log for it in self.logs if not it.holds]


def consistency(trees: Trees, first: SignedTreeHead, second: SignedTreeHead) -> Consistency:
    """The proof between two heads, from the trees as they are; NotInTree if they do not go so far. A log that came later had no facts before."""
    logs = []
    for it in sorted(second.head.logs):
        before = first.head.of(it.log)
        size, root = (before.size, before.root) if before else (0, EMPTY.hex())
        path = consistency_path(size, it.size, trees.subtree(it.log)) if size <= it.size else []
        logs.append(LogConsistency(it.log, size, it.size, root, it.root, tuple(hash_.hex() for hash_ in path)))
    return Consistency(first, second, tuple(logs))
