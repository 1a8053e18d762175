"""The Merkle tree over each log as it is kept: its tiles, and how many facts it covers, moved on only if nobody else has meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.proof.tiles import Hashes, grown
from projections.tables import tree_sizes, tree_tiles

NEW = "__new"  # after a log's name: its tree that is built anew


def size_of(connection: Connection, log: str) -> int:
    """How many facts of a log its tree covers."""
    return connection.scalar(select(tree_sizes.c.size).where(tree_sizes.c.log == log)) or 0


def tile_of(connection: Connection, log: str, level: int, number: int) -> bytes:
    """The hashes of a tile; b"" if there is none."""
    it = tree_tiles.c
    return connection.scalar(select(it.hashes).where(it.log == log, it.level == level, it.number == number)) or b""


def tiles_in(connection: Connection, log: str) -> Hashes:
    """The tiles of a log's tree."""
    return lambda level, number: tile_of(connection, log, level, number)


def extend(connection: Connection, log: str, size: int, leaves: Sequence[bytes]) -> bool:
    """Add leaves (their hashes) to a log's tree, unless it is not of that size any more. Whether they were added."""
    upserting = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert
    connection.execute(upserting(tree_sizes).values(log=log, size=0).on_conflict_do_nothing())
    if connection.scalar(select(tree_sizes.c.size).where(tree_sizes.c.log == log).with_for_update()) != size:
        return False
    tiles = list(grown(size, leaves, tiles_in(connection, log)))
    statement = upserting(tree_tiles)
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(tree_tiles.primary_key), set_={"hashes": statement.excluded.hashes}),
        [{"log": log, **tile._asdict()} for tile in tiles])
    connection.execute(update(tree_sizes).where(tree_sizes.c.log == log).values(size=size + len(leaves)))
    return True


def forget(connection: Connection, log: str) -> None:
    """Take a log's tree away."""
    for table in (tree_tiles, tree_sizes):
        connection.execute(delete(table).where(table.c.log == log))


def swap(connection: Connection, log: str) -> None:
    """Put the tree that was built anew in the place of a log's tree."""
    forget(connection, log)
    for table in (tree_tiles, tree_sizes):
        connection.execute(update(table).where(table.c.log == log + NEW).values(log=log))
