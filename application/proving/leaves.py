"""The leaves of a log's tree, hashed of its rows: fast for rows as the program writes them, and safe for whatever else may lie there."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from struct import error as DoesNotFit  # noqa: N812  # its name says nothing

from application.mapper import Row
from application.recorder import LogRecorder, StoredRow
from domain.proof.merkle import stored_entry

ROWS_AT_ONCE = 5000
UNLIKELY = (ValueError, TypeError, AttributeError, DoesNotFit, sqlite3.OperationalError)  # of rows that no program has written


def leaf_of(row: StoredRow) -> bytes | None:
    """The leaf hash of what is stored; None if that can be no fact."""
    _, stream, version, name, state = row
    if stream is None or version is None or name is None or state is None:
        return None
    try:
        return sha256(b"\0" + stored_entry(stream, version, name, state)).digest()
    except DoesNotFit:
        return None


def following(log: LogRecorder, size: int) -> tuple[list[bytes], str]:
    """The leaf hashes of some facts that follow a tree of that size; and why it cannot go on after them ("": it can)."""
    try:
        return leaves_of(log.log_rows(size, ROWS_AT_ONCE), size), ""
    except UNLIKELY:  # somebody has written there past the program: look at it more closely
        return taken(size, log.stored_rows(size + 1, ROWS_AT_ONCE))


def leaves_of(rows: Sequence[Row], size: int) -> list[bytes]:
    """The leaf hashes of rows that follow a tree of that size; one of UNLIKELY if one is no fact, or not in its place."""
    if rows and (rows[0][-1], rows[-1][-1]) != (size + 1, size + len(rows)):
        raise ValueError("Positions are not dense.")
    return [sha256(b"\0" + stored_entry(id_bytes(stream), version, name.encode(), state)).digest() for stream, version, name, state, _ in rows]


@lru_cache(maxsize=65536)
def id_bytes(text: str) -> bytes:
    """The bytes of an id by its text; ValueError if it is not written as it would be."""
    found = bytes.fromhex(text.replace("-", ""))
    it = found.hex()
    if text not in (it, f"{it[:8]}-{it[8:12]}-{it[12:16]}-{it[16:20]}-{it[20:]}"):
        raise ValueError("An id that is written in another way.")
    return found


def taken(size: int, rows: Sequence[StoredRow]) -> tuple[list[bytes], str]:
    """The leaf hashes of rows that follow a tree of that size, up to the first that is none or not in its place, and why it ends there."""
    leaves: list[bytes] = []
    for expected, row in enumerate(rows, size + 1):
        if row.position != expected:
            return leaves, f"the next fact is at position {row.position}."
        leaf = leaf_of(row)
        if leaf is None:
            return leaves, "what is stored there can be no fact."
        leaves.append(leaf)
    return leaves, ""

