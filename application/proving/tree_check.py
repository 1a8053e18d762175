"""A tree as it is kept, read from its leaves up: whether every tile follows from those below it."""

from __future__ import annotations

from collections.abc import Iterator

from application.proving.findings import Finding, Kind
from application.proving.trees import Trees
from domain.proof.merkle import EMPTY, HASH_BYTES, root_at
from domain.proof.tiles import TILE_BYTES, WIDTH, folded, subtree_of

TILES_AT_ONCE = 64


class TreeCheck:
    """The tree over one log. Its leaves are read once; then it tells roots, and which tiles are wrong by themselves."""

    def __init__(self, trees: Trees, log: str) -> None:
        self._trees = trees
        self._log = log
        self.size = trees.size(log)
        self._above = bytearray()  # the roots of whole tiles of level 0, as their leaves give them
        self._wrong: list[tuple[int, int]] = []

    def leaves(self) -> Iterator[bytes | None]:
        """The leaf hashes; None where a tile is missing or too short."""
        tiles = -(-self.size // WIDTH)
        for first in range(0, tiles, TILES_AT_ONCE):
            found = self._trees.tiles(self._log, 0, first, first + TILES_AT_ONCE - 1)
            for number in range(first, min(tiles, first + TILES_AT_ONCE)):
                yield from self._leaves_of(number, found.get(number, b""))

    def _leaves_of(self, number: int, hashes: bytes) -> Iterator[bytes | None]:
        held = min(WIDTH, self.size - number * WIDTH)
        if len(hashes) < held * HASH_BYTES:  # it may have grown since
            self._wrong.append((0, number))
        whole = hashes.ljust(TILE_BYTES, b"\0")[:TILE_BYTES]
        if held == WIDTH:
            self._above += folded(whole)
        for at in range(0, held * HASH_BYTES, HASH_BYTES):
            yield whole[at:at + HASH_BYTES] if at + HASH_BYTES <= len(hashes) else None

    def root(self, size: int) -> bytes | None:
        """The root of its first leaves, as the leaves themselves give it; None if it has not so many."""
        if size > self.size:
            return None
        levels = self._levels()

        def tile(level: int, number: int) -> bytes:
            if level == 0:
                return self._trees.tiles(self._log, 0, number, number).get(number, b"")
            return levels[level - 1][number * TILE_BYTES:(number + 1) * TILE_BYTES] if level <= len(levels) else b""

        return root_at(size, subtree_of(tile)) if size else EMPTY

    def findings(self) -> Iterator[Finding]:
        """The tiles that are missing, too short, or do not follow from those below."""
        for level, hashes in enumerate(self._levels(), start=1):
            tiles = range(0, len(hashes), TILE_BYTES)
            kept = self._trees.tiles(self._log, level, 0, len(tiles))
            self._wrong += [
                (level, number) for number, at in enumerate(tiles) if not kept.get(number, b"").startswith(hashes[at:at + TILE_BYTES])]
        for level, number in self._wrong:
            first, span = number * WIDTH ** (level + 1), WIDTH ** (level + 1)
            yield tree_finding(self._log, first + 1, min(first + span, self.size), f"tile {number} of level {level} is missing, or not what "
                               "the tiles below it give;")

    def _levels(self) -> list[bytes]:
        """The hashes of all levels of tiles above the leaves."""
        levels, hashes = [], bytes(self._above)
        while hashes:
            levels.append(hashes)
            whole = len(hashes) // TILE_BYTES * TILE_BYTES
            hashes = b"".join(folded(hashes[at:at + TILE_BYTES]) for at in range(0, whole, TILE_BYTES))
        return levels


def tree_finding(log: str, first: int, last: int, words: str) -> Finding:
    """Something that is wrong with a tree, and not with its log."""
    return Finding(
        Kind.TREE, f"Tree over the log {log}, positions {first} to {last}: {words} `governance rebuild tree` builds it from the log.",
        log, first, last)
