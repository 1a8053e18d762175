"""Between the rows of a batch and the database: found in one SELECT for each column they are found by, written in one upsert per table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import quoted_name
from sqlalchemy.sql.dml import Insert

from domain.facts import Fact
from projections.readmodel import ReadModel
from projections.rows import Batch, Row

VALUES_AT_ONCE = 900
BESIDE = "__new"


@dataclass(frozen=True)
class Place:
    """Where a read model's rows are kept, under which name its position is: its own tables (by name), or new ones beside them."""

    name: str
    model: ReadModel
    tables: dict[str, Table]


def own(model: ReadModel) -> Place:
    """The place that is read from."""
    return Place(model.name, model, {table.name: table for table in model.tables})


def beside(model: ReadModel, generation: int) -> Place:
    """A place to build the read model anew; the names of indexes, which stay when tables are renamed, carry the generation."""
    metadata = MetaData()
    tables = {table.name: table.to_metadata(metadata, name=table.name + BESIDE) for table in model.tables}
    for table in tables.values():
        for index in table.indexes:
            index.name = quoted_name(f"{index.name}_{generation}", quote=None)
    return Place(model.name + BESIDE, model, tables)


def load(connection: Connection, place: Place, log: int, facts: Sequence[Fact]) -> Batch:
    """The rows that the facts touch, as they are stored."""
    batch = Batch(place.model.tables)
    wanted: dict[Column[Any], set[Any]] = {}
    for fact in facts:
        for column, value in place.model.needs(fact):
            wanted.setdefault(column, set()).add(value)
    for column, values in wanted.items():
        batch[column.table].found(stored(connection, place.tables[column.table.name], column.name, log, values))
    return batch


def stored(connection: Connection, table: Table, column: str, log: int, values: Iterable[Any]) -> Iterator[Row]:
    """The rows of a table in which a column has one of the values."""
    columns = [one for one in table.columns if one.name != "log"]
    names = [one.name for one in columns]
    for some in chunks(values):
        for row in connection.execute(select(*columns).where(table.c[column].in_(some), table.c.log == log)):
            yield dict(zip(names, row, strict=True))


def write(connection: Connection, place: Place, log: int, batch: Batch) -> None:
    """Write what the batch changed."""
    for name, rows in batch.rows.items():
        if rows.changed:
            table = place.tables[name]
            connection.execute(upsert(connection, table), [{"log": log, **row} for row in rows.changed.values()])
    for name, owners in batch.replaced.items():
        replace(connection, place.tables[name], log, owners)


def replace(connection: Connection, table: Table, log: int, owners: dict[Any, list[Row]]) -> None:
    """Write all rows of owners anew."""
    owner = table.c[table.info["owner"]]
    for some in chunks(owners):
        connection.execute(delete(table).where(owner.in_(some), table.c.log == log))
    if rows := [{"log": log, **row} for found in owners.values() for row in found]:
        connection.execute(table.insert(), rows)


def upsert(connection: Connection, table: Table) -> Insert:
    """An INSERT that overwrites the row of its key, or adds to its figures."""
    if "appends" in table.info:
        return table.insert()
    statement: postgresql.Insert | sqlite.Insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    figures = [column for column in table.columns if not column.primary_key]
    new = {
        column.name: column + statement.excluded[column.name] if "adds" in table.info else statement.excluded[column.name]
        for column in figures}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=new)


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values, so many at once as a statement may have."""
    rest = iter(values)
    while some := list(islice(rest, VALUES_AT_ONCE)):
        yield some
