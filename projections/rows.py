"""The rows that a batch of facts touches: found once, changed in memory, written at once.

A table's `info` says how: `also_by` names a second column its rows are found by; rows of a table that `adds` are not looked up, their
figures are added to those that are there; one that `appends` is only added to; of one with an `owner` all rows of an owner are replaced together.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from projections.columns import Document

Row = dict[str, Any]
Key = Any  # the value of the key's only column beside `log`, or a tuple of several


def key_columns(table: Table) -> list[Column[Any]]:
    """The columns of a table's key beside `log`."""
    return [column for column in table.primary_key.columns if column.name != "log"]


@lru_cache(maxsize=512)
def key_names(table: Table) -> list[str]:
    """Their names."""
    return [column.name for column in key_columns(table)]


@lru_cache(maxsize=512)
def blank(table: Table) -> Row:
    """A row of which nothing is known: each column's default."""
    return {column.name: _default(column) for column in table.columns if column.name != "log"}


def _default(column: Column[Any]) -> object:
    if isinstance(column.default, ScalarElementColumnDefault):
        return column.default.arg
    return () if isinstance(column.type, Document) and not column.nullable else None


class Rows:
    """The rows of one table, by key."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.changed: dict[Key, Row] = {}
        self._rows: dict[Key, Row] = {}
        self._names = key_names(table)
        self._blank = blank(table)
        self._also_by: str = table.info.get("also_by", "")
        self._also: dict[Any, Key] = {}

    def found(self, rows: Iterable[Row]) -> None:
        """Take in rows as they are stored."""
        for row in rows:
            self._take(self._key(row), row)

    def get(self, key: Key) -> Row | None:
        """The row of a key, to be read."""
        return self._rows.get(key)

    def new(self, key: Key, **values: Any) -> Row:
        """A new row, to be written to: what is not given is its column's default. One that is there already is lost."""
        names = (key,) if len(self._names) == 1 else key
        row = self._blank | dict(zip(self._names, names, strict=True)) | values
        self._take(key, row)
        self.changed[key] = row
        return row

    def edit(self, key: Key) -> Row:
        """The row of a key, to be written to. KeyError if there is none."""
        row = self.changed[key] = self._rows[key]
        return row

    def set(self, key: Key, **values: Any) -> Row:
        """Write to the row of a key. KeyError if there is none."""
        row = self.edit(key)
        row.update(values)
        if self._also_by in values:
            self._also[values[self._also_by]] = key
        return row

    def also(self, value: Any) -> Key | None:
        """The key of the row whose second column has that value."""
        return self._also.get(value)

    def add(self, key: Key, **amounts: int) -> None:
        """Add to the figures of a row that need not be known."""
        row = self.changed.get(key) or self.new(key, **dict.fromkeys(amounts, 0))
        for name, amount in amounts.items():
            row[name] += amount

    def _key(self, row: Row) -> Key:
        return row[self._names[0]] if len(self._names) == 1 else tuple(row[name] for name in self._names)

    def _take(self, key: Key, row: Row) -> None:
        self._rows[key] = row
        if self._also_by:
            self._also[row[self._also_by]] = key


class Batch:
    """The rows of all tables of a read model that a batch of facts touches."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self.rows = {table.name: Rows(table) for table in tables}
        self.replaced: dict[str, dict[Key, list[Row]]] = {table.name: {} for table in tables if "owner" in table.info}

    def __getitem__(self, table: Table) -> Rows:
        return self.rows[table.name]

    def replace(self, table: Table, owner: Key, rows: Iterable[Row] = ()) -> None:
        """Let these be all rows of an owner."""
        self.replaced[table.name][owner] = list(rows)
