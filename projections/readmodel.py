"""A read model: tables, and what each kind of fact does to their rows. Every event is either handled or named as ignored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Column, Table

from domain.creator.scheme import AccountMarketChanged, CreatorAccountOpened
from domain.facts import Event, Fact
from projections.rows import Batch

Handler = TypeVar("Handler", bound=Callable[[Batch, Any, Fact], None])
Need = tuple[Column[Any], Any]  # a row by the value of its key, or of the second column it is found by


class EventNotNamed(Exception):
    """A read model neither handles an event nor names it as ignored."""


def nothing(_batch: Batch) -> None:
    """What most read models do at the end of a batch."""


def nothing_each(_batch: Batch, _fact: Fact) -> None:
    """What most read models do with every fact."""


@dataclass(frozen=True)
class ReadModel:
    """A function of history to rows. A row depends on the facts of one stream, in their order, or belongs to a table that `adds`.

    `version` changes whenever the same facts give other rows. `needs` names the rows a fact may read or change. `each` is done with
    every fact before its own handler, `finish` at the end of a batch. If `chronological`, most of its indexes are in the order of the log.
    """

    name: str
    version: int
    tables: tuple[Table, ...]
    needs: Callable[[Fact], Iterable[Need]]
    ignores: frozenset[type[Event]] = frozenset()
    each: Callable[[Batch, Fact], None] = nothing_each
    finish: Callable[[Batch], None] = nothing
    chronological: bool = False
    handles: dict[type[Event], Callable[[Batch, Any, Fact], None]] = field(default_factory=dict)

    def on(self, *events: type[Event]) -> Callable[[Handler], Handler]:
        """The function says what facts of those kinds do to the rows."""

        def register(handler: Handler) -> Handler:
            self.handles.update(dict.fromkeys(events, handler))
            return handler

        return register

    def project(self, facts: Sequence[Fact], batch: Batch) -> None:
        """Change the rows found in `batch` to what they are after these facts."""
        for fact in facts:
            self.each(batch, fact)
            handler = self.handles.get(type(fact.event))
            if handler is not None:
                handler(batch, fact.event, fact)
            elif type(fact.event) not in self.ignores:
                raise EventNotNamed(f"{self.name} does not say what {type(fact.event).__name__} does to it.")
        self.finish(batch)


def follows_markets(model: ReadModel, table: Table) -> None:
    """Let a read model keep the market of each creator in a table of its own."""

    @model.on(CreatorAccountOpened, AccountMarketChanged)
    def moved(batch: Batch, event: CreatorAccountOpened | AccountMarketChanged, fact: Fact) -> None:
        batch[table].new(fact.stream, market=event.market)


def market_of(batch: Batch, table: Table, creator: UUID) -> str:
    """The market a creator is in."""
    row = batch[table].get(creator)
    return str(row["market"]) if row else ""
