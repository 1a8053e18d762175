"""A Merkle tree as tiles (C2SP tlog-tiles): up to 256 hashes of one level in a row; what lies between two levels of tiles is computed.

A tile of level 0 holds leaf hashes, one of the next level the roots of whole tiles below it. Only the last tile of a level may hold fewer
than 256. Tiles that are whole never change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple

from domain.proof.merkle import HASH_BYTES, Subtree

BITS = 8  # levels of the tree in a tile
WIDTH = 1 << BITS
TILE_BYTES = WIDTH * HASH_BYTES

Hashes = Callable[[int, int], bytes]  # (level, number) of a tile: what it holds


class Tile(NamedTuple):
    """One tile: the level, its number in it from 0, and its hashes one after the other."""

    level: int
    number: int
    hashes: bytes


def grown(size: int, leaves: Iterable[bytes], edge: Hashes) -> Iterator[Tile]:
    """The tiles that are new or longer once leaves (their hashes) are added to a tree of that size; `edge` gives its unfinished tiles."""
    level, first, added = 0, size, b"".join(leaves)
    while added:
        number, held = divmod(first, WIDTH)
        row = edge(level, number)[:held * HASH_BYTES] + added if held else added
        tiles = [row[start:start + TILE_BYTES] for start in range(0, len(row), TILE_BYTES)]
        for further, hashes in enumerate(tiles):
            yield Tile(level, number + further, hashes)
        level, first, added = level + 1, number, b"".join(folded(hashes) for hashes in tiles if len(hashes) == TILE_BYTES)


def folded(hashes: bytes) -> bytes:
    """The root over hashes in a row, as many as a power of two."""
    while len(hashes) > HASH_BYTES:
        hashes = b"".join([sha256(b"\1" + hashes[at:at + 2 * HASH_BYTES]).digest() for at in range(0, len(hashes), 2 * HASH_BYTES)])
    return hashes


def subtree_of(tile: Hashes) -> Subtree:
    """The roots of whole subtrees, from tiles; b"" where they are not long enough."""

    def root(level: int, number: int) -> bytes:
        tiles, within = divmod(level, BITS)
        at, first = divmod(number << within, WIDTH)
        hashes = tile(tiles, at)[first * HASH_BYTES:(first + (1 << within)) * HASH_BYTES]
        return folded(hashes) if len(hashes) == HASH_BYTES << within else b""

    return root
