"""How far each read model has come: a position that is written with the rows, and only if nobody else wrote it meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from secrets import randbits
from typing import NamedTuple

from sqlalchemy import Connection, Table, and_, delete, insert, select, update
from sqlalchemy.schema import CreateTable

from projections.readmodel import ReadModel
from projections.storing import Place, beside
from projections.tables import positions

GENERATION_BITS = 31
PLACE = (positions.c.version, positions.c.generation, positions.c.position, positions.c.failed_at)
GATE = "gate"  # the table in PostgreSQL that readers pass, and that is shut while tables change places


class Overtaken(Exception):
    """Another process has moved a read model on, or built it anew."""


class Position(NamedTuple):
    """How far a read model of that version has come; `generation` tells one building of it from another.

    `failed_at` is the position of the fact that it stopped at, if it has.
    """

    version: int
    generation: int
    position: int
    failed_at: int | None = None

    def at(self, position: int) -> Position:
        """The same, moved on to a position."""
        return self._replace(position=position, failed_at=None)


def prepare(connection: Connection, models: Iterable[ReadModel], log: int) -> None:
    """A position 0 for each read model that has none."""
    known = read(connection, log)
    for model in models:
        if model.name not in known:
            connection.execute(insert(positions).values(name=model.name, log=log, version=model.version, generation=0, position=0, error=""))


def read(connection: Connection, log: int) -> dict[str, Position]:
    """Every position, by name."""
    it = positions.c
    return {row.name: Position(*row[1:]) for row in connection.execute(select(it.name, *PLACE).where(it.log == log))}


def failures(connection: Connection, log: int) -> dict[str, tuple[int, str]]:
    """Of each read model that stopped, the position of the fact it stopped at and the error."""
    it = positions.c
    rows = connection.execute(select(it.name, it.failed_at, it.error).where(it.log == log, it.failed_at.is_not(None)))
    return {row.name: (row.failed_at, row.error) for row in rows}


def hold(connection: Connection, log: int, at: Mapping[str, Position]) -> None:
    """Let nobody else move read models on. Overtaken if one is not where it was seen."""
    it = positions.c
    seen = select(it.name, *PLACE).where(it.log == log, it.name.in_(list(at))).with_for_update()
    if {row.name: Position(*row[1:]) for row in connection.execute(seen)} != dict(at):
        raise Overtaken


def advance(connection: Connection, log: int, names: Collection[str], position: int) -> None:
    """Move read models on to a position."""
    mine = and_(positions.c.log == log, positions.c.name.in_(names))
    connection.execute(update(positions).where(mine).values(position=position, failed_at=None, error=""))


def note(connection: Connection, log: int, name: str, position: int) -> None:
    """Note how far something that follows a log, and keeps no rows, has come."""
    mine = and_(positions.c.log == log, positions.c.name == name)
    connection.execute(delete(positions).where(mine))
    connection.execute(insert(positions).values(name=name, log=log, version=1, generation=0, position=position, error=""))


def fail(connection: Connection, log: int, name: str, position: int, error: str) -> None:
    """Note that a read model stopped at a fact, unless another process has moved it past that."""
    mine = and_(positions.c.log == log, positions.c.name == name, positions.c.position < position)
    connection.execute(update(positions).where(mine).values(failed_at=position, error=error))


def begin(connection: Connection, logs: Collection[int], model: ReadModel) -> Place:
    """An empty place beside a read model of some logs. What another rebuild left there is gone, and if it is at work, it is Overtaken."""
    place = beside(model, randbits(GENERATION_BITS))
    forget(connection, place)
    for table in place.tables.values():
        connection.execute(CreateTable(table))
    connection.execute(insert(positions), [
        {"name": place.name, "log": log, "version": model.version, "generation": place.generation, "position": 0, "error": ""}
        for log in logs])
    if connection.dialect.name == "sqlite":
        index(connection, place)  # later it would keep all writers waiting
    return place


def index(connection: Connection, place: Place) -> None:
    """Make the indexes of what was built beside a read model: sooner done when its rows are there."""
    for table in place.tables.values():
        for it in table.indexes:
            it.create(connection, checkfirst=True)


def forget(connection: Connection, place: Place) -> None:
    """Take away what was built beside a read model."""
    for table in place.tables.values():
        table.drop(connection, checkfirst=True)
    connection.execute(delete(positions).where(positions.c.name == place.name))


def swap(connection: Connection, logs: Collection[int], place: Place) -> bool:
    """Put what was built in the place of what is read, unless it is behind that. Whether it is there now; Overtaken if it is gone."""
    known = {log: read(connection, log) for log in logs}
    built = {log: of.get(place.name) for log, of in known.items()}
    if any(it is None or it.generation != place.generation for it in built.values()):
        raise Overtaken
    if any(it is not None and it.position < known[log][place.model.name].position for log, it in built.items()):
        return False
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"LOCK TABLE {GATE} IN ACCESS EXCLUSIVE MODE")
    for table in place.model.tables:
        table.drop(connection, checkfirst=True)
        rename(connection, place.tables[table.name], table.name)
    connection.execute(delete(positions).where(positions.c.name.in_((place.name, place.model.name))))
    connection.execute(insert(positions), [
        {"name": place.model.name, "log": log, "error": "", **it._asdict()} for log, it in built.items() if it is not None])
    return True


def rename(connection: Connection, table: Table, name: str) -> None:
    """Give a table another name."""
    quoted = connection.dialect.identifier_preparer.quote
    connection.exec_driver_sql(f"ALTER TABLE {quoted(table.name)} RENAME TO {quoted(name)}")
