"""The read models of one creator as they were: the ordinary ones, made in memory of the facts that count at a moment, when they are asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, NullPool, Row, Select, Table, create_engine
from sqlalchemy.sql.visitors import iterate

from domain.facts import Fact
from projections import storing
from projections.catalogue import READ_MODELS
from projections.ecosystem import ECOSYSTEM
from projections.reading import Reader
from projections.readmodel import ReadModel
from projections.rows import Batch

OF_ONE_CREATOR = {table.name: model for model in READ_MODELS.values() if model is not ECOSYSTEM for table in model.tables}


class NotReplayable(LookupError):
    """What a read model tells cannot be had at a moment, because it is not made of the history of one creator; `table` is one of its tables."""

    def __init__(self, table: str) -> None:
        super().__init__(table)
        self.table = table


@dataclass
class PastReader(Reader):
    """Reads what `facts` of one creator make of the read models, in an empty database of its own."""

    facts: Callable[[], Sequence[Fact]]
    log: int
    _made: set[str] = field(default_factory=set)

    def rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        """What a statement finds."""
        for name in {it.name for it in iterate(statement) if isinstance(it, Table)}:
            if name not in OF_ONE_CREATOR:
                raise NotReplayable(name)
            if OF_ONE_CREATOR[name].name not in self._made:
                self._make(OF_ONE_CREATOR[name])
        return super().rows(statement)

    def _make(self, model: ReadModel) -> None:
        self._made.add(model.name)
        for table in model.tables:
            table.create(self.connection)
        for change in storing.projected(storing.own(model), Batch(model.tables), self.facts()):
            storing.pour(self.connection, self.log, change)


def in_memory() -> Engine:
    """An engine whose every connection is an empty database of its own, gone when it is closed."""
    return create_engine("sqlite+pysqlite://", creator=empty_database, poolclass=NullPool)


def empty_database() -> sqlite3.Connection:
    """An empty database."""
    return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
