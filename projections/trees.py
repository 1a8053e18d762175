"""The Merkle tree over each log as it is kept: its tiles, and how many facts it covers, moved on only if nobody else has meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Connection, delete, null, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.proof.tiles import Hashes, grown
from projections.catalogue import CASES_LOG
from projections.tables import case_changes, timeline, tree_sizes, tree_tiles

NEW = "__new"  # after a log's name: its tree that is built anew


def size_of(connection: Connection, log: str) -> int:
    """How many facts of a log its tree covers."""
    return connection.scalar(select(tree_sizes.c.size).where(tree_sizes.c.log == log)) or 0


def tile_of(connection: Connection, log: str, level: int, number: int) -> bytes:
    """The hashes of a tile; b"" if there is none."""
    it = tree_tiles.c
    return connection.scalar(select(it.hashes).where(it.log == log, it.level == level, it.number == number)) or b""


def tiles_of(connection: Connection, log: str, level: int, first: int, last: int) -> dict[int, bytes]:
    """The tiles of a level between two numbers, both included, by number."""
    it = tree_tiles.c
    asked = select(it.number, it.hashes).where(it.log == log, it.level == level, it.number.between(first, last))
    return {row.number: row.hashes for row in connection.execute(asked)}


def tiles_in(connection: Connection, log: str) -> Hashes:
    """The tiles of a log's tree."""
    return lambda level, number: tile_of(connection, log, level, number)


def remembered(connection: Connection, log: int, positions: Collection[int]) -> dict[int, tuple[UUID, int | None]]:
    """The stream of the facts at some positions of a log, and the version where it is known, as the read models that follow it have noted."""
    if log == CASES_LOG:
        noted = select(case_changes.c.position, case_changes.c.case_id, null()).where(case_changes.c.position.in_(positions))
    else:
        it = timeline.c
        noted = select(it.position, it.creator_id, it.version).where(it.log == log, it.position.in_(positions))
    return {row[0]: (row[1], row[2]) for row in connection.execute(noted)}


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
