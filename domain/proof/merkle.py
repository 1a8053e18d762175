"""The Merkle tree of RFC 6962, section 2.1 (SHA-256): what proves that a fact is in a log, and that a log was only added to.

A hash is 32 bytes. A log's leaves are its facts in the order of their positions: the fact at position 1 is leaf 0. `Subtree` gives the root
of a whole subtree: of the 2^level leaves from `number` * 2^level on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from struct import Struct
from uuid import UUID

HASH_BYTES = 32
EMPTY = sha256(b"").digest()
PLACE = Struct(">16sQH").pack  # stream, version, bytes of the name

Subtree = Callable[[int, int], bytes]  # (level, number)


def entry(stream: UUID, version: int, name: str, state: bytes) -> bytes:
    """What is hashed of a fact: its stream, version and name, each in its place, and its bytes as they are stored."""
    return stored_entry(stream.bytes, version, name.encode(), state)


def stored_entry(stream: bytes, version: int, name: bytes, state: bytes) -> bytes:
    """The same, of the bytes of the stream's id (16) and of the name (UTF-8)."""
    return PLACE(stream, version, len(name)) + name + state


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf, of what it stands for."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node, of those below it."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """A tree that is only added to: of each whole subtree on its right edge the root, the largest first."""

    __slots__ = ("roots", "size")

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self.roots = list(roots)

    def add(self, leaf: bytes) -> None:
        """One more leaf, by its hash."""
        size, roots = self.size, self.roots
        while size & 1:
            leaf = node_hash(roots.pop(), leaf)
            size >>= 1
        roots.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it is."""
        if not self.roots:
            return EMPTY
        *left, found = self.roots
        for root in reversed(left):
            found = node_hash(root, found)
        return found


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root of a tree of leaves, by their hashes."""
    tree = Frontier()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def root_at(size: int, subtree: Subtree) -> bytes:
    """The root of the tree as it was with so many leaves."""
    return _range(0, size, subtree) if size else EMPTY


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The hashes that lead from a leaf to the root of the tree of that size, from below. ValueError if it has no such leaf."""
    if not 0 <= index < size:
        raise ValueError(f"A tree of {size} leaves has no leaf {index}.")
    first, end = 0, size
    path: list[bytes] = []
    while end - first > 1:
        middle = first + _left(end - first)
        if index < middle:
            path.append(_range(middle, end, subtree))
            end = middle
        else:
            path.append(_range(first, middle, subtree))
            first = middle
    return path[::-1]


def root_by_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root that a leaf and its path make (RFC 9162, section 2.1.3.2); None if they cannot be of such a tree."""
    if not 0 <= index < size:
        return None
    node, last, found = index, size - 1, leaf
    for hash_ in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            found = node_hash(hash_, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, hash_)
        node, last = node >> 1, last >> 1
    return found if last == 0 else None


def consistency_path(first: int, second: int, subtree: Subtree) -> list[bytes]:
    """The hashes that show that the tree of the second size begins with that of the first. ValueError unless 0 <= first <= second."""
    if not 0 <= first <= second:
        raise ValueError(f"A tree of {second} leaves cannot begin with one of {first}.")
    if first in (0, second):
        return []
    start, end, whole = 0, second, True
    path: list[bytes] = []
    while first != end:
        middle = start + _left(end - start)
        if first <= middle:
            path.append(_range(middle, end, subtree))
            end = middle
        else:
            path.append(_range(start, middle, subtree))
            start, whole = middle, False
    return path[::-1] if whole else [_range(start, end, subtree), *path[::-1]]


def is_consistent(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows that a tree of the second size and root begins with one of the first (RFC 9162, section 2.1.4.2)."""
    if first in (0, second):
        return not path and 0 <= first <= second and (first_root == EMPTY if first == 0 else first_root == second_root)
    if not 0 < first < second:
        return False
    hashes = [first_root, *path] if first & (first - 1) == 0 else list(path)
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    if not hashes:
        return False
    before = after = hashes[0]
    for hash_ in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            before, after = node_hash(hash_, before), node_hash(hash_, after)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            after = node_hash(after, hash_)
        node, last = node >> 1, last >> 1
    return last == 0 and before == first_root and after == second_root


def _left(size: int) -> int:
    """How many leaves are on the left of the root: the greatest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)


def _range(first: int, end: int, subtree: Subtree) -> bytes:
    """The root of the leaves from `first` up to `end`, which begin where a subtree of their size would."""
    size = end - first
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return subtree(level, first >> level)
    middle = first + _left(size)
    return node_hash(_range(first, middle, subtree), _range(middle, end, subtree))
