"""Between the rows of a batch and the database: found in one SELECT for each column they are found by, written in one upsert per table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from operator import itemgetter
from typing import Any

from sqlalchemy import Column, Connection, Dialect, MetaData, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import quoted_name
from sqlalchemy.sql.dml import Insert

from domain.facts import Fact
from projections.columns import document_text
from projections.readmodel import ReadModel
from projections.rows import Batch, Row

BESIDE = "__new"
FLOAT = 701  # the kind of a column as PostgreSQL numbers it: only floats ask for theirs
KINDS = {"float": "float8"}  # where the driver knows a kind of column by another name alone
LASTING = frozenset({"sequence", "creator_id", "external_id"})  # never change: an index on them need not be written again
AMONG = {"sqlite": "IN (SELECT value FROM json_each(?)) AND log = ?", "postgresql": "= ANY(%s) AND log = %s"}


@dataclass(frozen=True)
class Place:
    """Where a read model's rows are kept, and under which name its position: its own tables (by name), or new ones beside them.

    `generation` tells one building of it from all others; None: whichever is read now.
    """

    name: str
    model: ReadModel
    tables: dict[str, Table]
    generation: int | None = None


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
    return Place(model.name + BESIDE, model, tables, generation)


def load(connection: Connection, place: Place, log: int, facts: Sequence[Fact]) -> Batch:
    """The rows that the facts touch, as they are stored."""
    batch = Batch(place.model.tables)
    wanted: dict[Column[Any], set[Any]] = {}
    for fact in facts:
        for column, value in place.model.needs(fact):
            wanted.setdefault(column, set()).add(value)
    for column, values in wanted.items():
        form = form_of(place.tables[column.table.name], connection.dialect)
        batch[column.table].found(form.found(connection, column.name, log, values))
    return batch


@dataclass(frozen=True)
class Change:
    """Rows to be written to one table, once all rows of these owners are gone."""

    place: Place
    table: Table
    rows: Sequence[Row]
    owners: Collection[Any] = ()


def projected(place: Place, batch: Batch, facts: Sequence[Fact]) -> list[Change]:
    """What facts change in a batch of the rows that they touch."""
    place.model.project(facts, batch)
    return list(changes(place, batch))


def changes(place: Place, batch: Batch) -> Iterator[Change]:
    """What a batch changed."""
    for name, rows in batch.rows.items():
        if rows.changed:
            yield Change(place, place.tables[name], list(rows.changed.values()))
    for name, owners in batch.replaced.items():
        if owners:
            yield Change(place, place.tables[name], [row for found in owners.values() for row in found], list(owners))


def pour(connection: Connection, log: int, change: Change) -> None:
    """Write a change where none of its rows is yet."""
    form_of(change.table, connection.dialect).pour(connection, log, change.rows)


def write(connection: Connection, log: int, change: Change) -> None:
    """Write a change."""
    form = form_of(change.table, connection.dialect)
    if change.owners:
        form.remove(connection, change.table.info["owner"], log, change.owners)
    form.write(connection, log, change.rows)


class Form:
    """The statements of one table in one dialect, made once: to build them anew for every batch takes longer than the batch."""

    def __init__(self, table: Table, dialect: Dialect) -> None:
        self._dialect = dialect
        self._columns = [column for column in table.columns if column.name != "log"]
        self._names, self._name = [column.name for column in self._columns], self._quoted(table.name)
        self._to = {column.name: column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns}
        self._from = [column.type.dialect_impl(dialect).result_processor(dialect, FLOAT) for column in self._columns]
        self._values = itemgetter(*self._names)
        self._processors = [(place, process) for place, name in enumerate(self._names) if (process := self._to[name])]
        self._kinds = [str(column.type.compile(dialect=dialect)).partition(" COLLATE")[0].lower() for column in self._columns]
        self._copy = self._copied(table) if dialect.name == "postgresql" and "adds" not in table.info else ""
        compiled = upsert(table, dialect).compile(dialect=dialect, column_keys=[column.name for column in table.columns])
        if compiled.positiontup:
            self._write, self._upsert = self._row_by_row, str(compiled)
            self._order = itemgetter(*map(["log", *self._names].index, compiled.positiontup))
        else:
            self._write, self._upsert = self._at_once, self._of_arrays(table, str(compiled))

    def found(self, connection: Connection, column: str, log: int, values: Iterable[Any]) -> list[Row]:
        """The rows in which a column has one of the values."""
        listed = ", ".join(map(self._quoted, self._names))
        rows = self._among(connection, f"SELECT {listed} FROM {self._name}", column, log, values)  # noqa: S608  # the metadata's own names
        processors = [(place, process) for place, process in enumerate(self._from) if process]
        return [self._row(list(row), processors) for row in rows]

    def remove(self, connection: Connection, column: str, log: int, values: Collection[Any]) -> None:
        """Delete the rows in which a column has one of the values."""
        self._among(connection, f"DELETE FROM {self._name}", column, log, values)  # noqa: S608  # as above

    def write(self, connection: Connection, log: int, rows: Collection[Row]) -> None:
        """Write rows, in one statement."""
        if not rows:
            return
        self._write(connection, log, rows)

    def pour(self, connection: Connection, log: int, rows: Collection[Row]) -> None:
        """Write rows of which none is there yet; figures are added even so."""
        if not self._copy:
            self.write(connection, log, rows)
        elif rows:
            driven: Any = connection.connection.driver_connection
            with driven.cursor().copy(self._copy) as copy:
                copy.set_types([KINDS.get(kind, kind) for kind in ("integer", *self._kinds)])
                for values in zip(repeat(log), *self._bound(rows), strict=False):
                    copy.write_row(values)

    def _bound(self, rows: Collection[Row]) -> list[Iterable[Any]]:
        """The columns of rows, as the driver takes them."""
        columns: list[Iterable[Any]] = list(zip(*map(self._values, rows), strict=True))
        for place, process in self._processors:
            columns[place] = map(process, columns[place])
        return columns

    def _row_by_row(self, connection: Connection, log: int, rows: Collection[Row]) -> None:
        connection.exec_driver_sql(self._upsert, list(map(self._order, zip(repeat(log), *self._bound(rows), strict=False))))

    def _at_once(self, connection: Connection, log: int, rows: Collection[Row]) -> None:
        connection.exec_driver_sql(self._upsert, (log, *map(list, self._bound(rows))))

    def _copied(self, table: Table) -> str:
        return f"COPY {self._quoted(table.name)} ({', '.join(map(self._quoted, ['log', *self._names]))}) FROM STDIN (FORMAT BINARY)"

    def _of_arrays(self, table: Table, upsert: str) -> str:
        """The same upsert of rows that come as one array for each column: one statement, however many there are."""
        listed = ", ".join(map(self._quoted, ["log", *self._names]))
        arrays = ", ".join(f"%b::{kind}[]" for kind in self._kinds)
        _, on, conflict = upsert.partition(" ON CONFLICT ")
        return f"INSERT INTO {self._quoted(table.name)} ({listed}) SELECT %s, it.* FROM unnest({arrays}) AS it{on}{conflict}"  # noqa: S608

    def _among(self, connection: Connection, statement: str, column: str, log: int, values: Iterable[Any]) -> Any:
        process = self._to[column]
        bound = [process(value) for value in values] if process else list(values)
        where = f" WHERE {self._quoted(column)} {AMONG[self._dialect.name]}"
        sqlite_ = self._dialect.name == "sqlite"
        result = connection.exec_driver_sql(statement + where, (document_text(bound) if sqlite_ else bound, log))
        return result.all() if result.returns_rows else ()

    def _row(self, values: list[Any], processors: Sequence[tuple[int, Any]]) -> Row:
        for place, process in processors:
            values[place] = process(values[place])
        return dict(zip(self._names, values, strict=True))

    def _quoted(self, name: str) -> str:
        return self._dialect.identifier_preparer.quote(name)


@lru_cache(maxsize=512)
def form_of(table: Table, dialect: Dialect) -> Form:
    """The form of a table."""
    return Form(table, dialect)


def upsert(table: Table, dialect: Dialect) -> Insert:
    """An INSERT that overwrites the row of its key, or adds to its figures."""
    if "appends" in table.info:
        return table.insert()
    statement: postgresql.Insert | sqlite.Insert = (postgresql if dialect.name == "postgresql" else sqlite).insert(table)
    figures = [column for column in table.columns if not column.primary_key and column.name not in LASTING]
    new = {
        column.name: column + statement.excluded[column.name] if "adds" in table.info else statement.excluded[column.name]
        for column in figures}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=new)
