"""How objects are read: from what was selected of them, all objects of one kind at once, before any resolver runs.

Each field of the schema that is read says how in its metadata: from columns, from something inside the row, or from rows of another
table, which for all objects together takes one statement. What was not selected is not read.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import strawberry
from strawberry import Info

from api.errors import BadUserInput, TooComplex
from api.ids import cursor, place_of
from api.selection import BACKREF, Alternatives, Field, Selected, Selection
from api.view import View
from projections.reading import Asked, Condition, Order, Page, Stored, key_of, types_of

MOST = 100
MOST_ITEMS = 20_000
READ = "read"
Make = Callable[[Any, View], Any]
First = Annotated[int, strawberry.argument(description=f"How many, from 0 to {MOST}.")]
After = Annotated[str | None, strawberry.argument(description="The cursor after which they begin; none: at the beginning.")]


class Way(ABC):
    """How one field of many objects is read."""

    columns: tuple[str, ...]

    def reads(self, field: Field) -> tuple[str, ...]:  # noqa: ARG002  # a value may be of the field's own column
        """The columns it needs of the row."""
        return self.columns

    @abstractmethod
    def fill(self, view: View, field: Field, sources: Sequence[Any], objects: Sequence[Any]) -> None:
        """Give each object its value of the field, from the source it is made of."""


@dataclass(frozen=True)
class Value(Way):
    """A value of columns of the row itself; without `make` it is a column as it stands, by default that of the field's own name."""

    columns: tuple[str, ...]
    make: Make | None

    def reads(self, field: Field) -> tuple[str, ...]:
        """The columns it needs of the row."""
        return self.columns if self.columns or self.make else (field.definition.python_name,)

    def fill(self, view: View, field: Field, sources: Sequence[Any], objects: Sequence[Any]) -> None:
        """Values are the same under whatever name they are asked for."""
        name, make = field.definition.python_name, self.make
        column = self.columns[0] if self.columns else name
        for source, made in zip(sources, objects, strict=True):
            setattr(made, name, getattr(source, column) if make is None else make(source, view))


@dataclass(frozen=True)
class Inside(Way):
    """Something that is in the row, or follows from it: one thing, a list, or nothing."""

    columns: tuple[str, ...]
    make: Make

    def found(self, view: View, sources: Sequence[Any]) -> list[Any]:
        """What is in each row."""
        return [self.make(source, view) for source in sources]

    def fill(self, view: View, field: Field, sources: Sequence[Any], objects: Sequence[Any]) -> None:
        """All of them are gathered together, then given back to those they belong to."""
        found = self.found(view, sources)
        flat = [one for some in found for one in (some if isinstance(some, list) else [] if some is None else [some])]
        gathered = iter(gather(view, field.below, flat))
        for made, some in zip(objects, found, strict=True):
            made.loaded[field.key] = (
                [next(gathered) for _ in some] if isinstance(some, list) else None if some is None else next(gathered))


@dataclass(frozen=True)
class Explained(Inside):
    """Something that follows from a creator's whole history; `of` says whose has to be known for a row (None: nobody's)."""

    of: Callable[[Any], UUID | None]

    def fill(self, view: View, field: Field, sources: Sequence[Any], objects: Sequence[Any]) -> None:
        """The histories of all are read in one statement."""
        view.read_chronicles({id for source in sources if (id := self.of(source)) is not None})
        super().fill(view, field, sources, objects)


@dataclass(frozen=True)
class Answering(Way):
    """Something that follows from the row and the field's own arguments, which `make` takes by their names."""

    columns: tuple[str, ...]
    make: Callable[..., Any]

    def fill(self, view: View, field: Field, sources: Sequence[Any], objects: Sequence[Any]) -> None:
        """All rows are asked the same."""
        Inside(self.columns, partial(self.make, **field.arguments)).fill(view, field, sources, objects)


@dataclass(frozen=True)
class Together(Inside):
    """As Inside, but found for all rows at once: `make` is given all of them."""

    def found(self, view: View, sources: Sequence[Any]) -> list[Any]:
        """What belongs to each row."""
        some: list[Any] = self.make(sources, view)
        return some


@dataclass(frozen=True)
class Part(Way):
    """Some columns of the row under a name of their own."""

    columns: tuple[str, ...] = ()

    def reads(self, field: Field) -> tuple[str, ...]:
        """What is selected of the part."""
        return tuple(columns_of(field.below))

    def fill(self, view: View, field: Field, sources: Sequence[Any], objects: Sequence[Any]) -> None:
        """The part is made of the same rows."""
        for made, part in zip(objects, gather(view, field.below, sources), strict=True):
            made.loaded[field.key] = part


@dataclass(frozen=True)
class Named(Way):
    """Rows of another table by their ids: `ids` gives one (or None), or a list, of which those that are not there are left out."""

    table: Stored
    key: str
    columns: tuple[str, ...]
    ids: Make

    def fill(self, view: View, field: Field, sources: Sequence[Any], objects: Sequence[Any]) -> None:
        """One statement finds them all."""
        wanted = [self.ids(source, view) for source in sources]
        keys = {id for some in wanted for id in (some if isinstance(some, list) else [some]) if id is not None}
        below = field.below
        rows = view.reader.by_key(self.table, self.key, keys, columns_of(below))
        found = dict(zip(rows, gather(view, below, list(rows.values())), strict=True))
        for made, some in zip(objects, wanted, strict=True):
            made.loaded[field.key] = [found[id] for id in some if id in found] if isinstance(some, list) else found.get(some)


class Paged(Way):
    """A field with a page of a list, by its arguments `first` and `after`."""


@dataclass(frozen=True)
class Listed(Paged):
    """A page of rows of another table that belong to the row, by its argument `first`, `after` and those that `where` understands."""

    table: Stored
    owner: str
    columns: tuple[str, ...]
    order: Order
    where: Callable[[dict[str, Any]], tuple[Condition, ...]]

    def fill(self, view: View, field: Field, sources: Sequence[Any], objects: Sequence[Any]) -> None:
        """One statement finds the pages of all, another one counts."""
        (own,) = self.columns
        owners = {getattr(source, own) for source in sources}
        asked = asked_for(field, self.table, self.order, self.where(field.arguments))
        pages = view.reader.pages_of(self.table, self.owner, owners, node_columns(field.below), asked)
        totals = view.reader.totals_of(self.table, self.owner, owners, asked.where) if counts(field.below) else {}
        lists = {owner: listed(page, asked, totals.get(owner, 0)) for owner, page in pages.items()}
        gathered = gather(view, field.below, [lists[getattr(source, own)] for source in sources])
        for made, connection in zip(objects, gathered, strict=True):
            made.loaded[field.key] = connection


class Item(NamedTuple):
    """A row in a list, and where it stands."""

    cursor: str
    row: Any


class List(NamedTuple):
    """What a connection is made of."""

    items: list[Item]
    more: bool
    after: bool
    total: int | None
    settled_until: Any = None
    counts: Any = None


def gather(view: View, selected: Selected, sources: Sequence[Any]) -> list[Any]:
    """The objects that those rows make, with everything that was selected of them."""
    if isinstance(selected, Selection):
        return made_of(view, selected, sources)
    types = [selected.kind.extensions[BACKREF].origin.type_of(source) for source in sources]
    made = {name: iter(made_of(view, selected.of[name], [source for source, other in zip(sources, types, strict=True) if other == name]))
            for name in sorted(set(types))}
    return [next(made[name]) for name in types]


def made_of(view: View, selection: Selection, sources: Sequence[Any]) -> list[Any]:
    """As `gather`, of one type of objects."""
    kind = selection.kind.extensions[BACKREF].origin
    objects = [kind.__new__(kind) for _ in sources]
    for made in objects:
        made.loaded = {}
    if objects:
        for field in selection:
            view.reading = field
            field.definition.metadata[READ].fill(view, field, sources, objects)
    return objects


def columns_of(selected: Selected) -> set[str]:
    """The columns that a selection needs of its row; of an interface, those of every type and those that tell which one it is."""
    if isinstance(selected, Alternatives):
        return {*selected.kind.extensions[BACKREF].origin.TYPE_FROM, *(name for each in selected.of.values() for name in columns_of(each))}
    return {column for field in selected for column in field.definition.metadata[READ].reads(field)}


def node_columns(connection: Selected) -> set[str]:
    """The columns that a selection of a connection needs of the rows in it."""
    nodes = [node for edges in named_in(connection, "edges") for node in named_in(edges.below, "node")] + named_in(connection, "nodes")
    return {column for node in nodes for column in columns_of(node.below)}


def named_in(selected: Selected, name: str) -> list[Field]:
    """Every selection of the field of that name in the schema; an interface has none of those that are looked for."""
    return selected.named(name) if isinstance(selected, Selection) else []


def largest(selected: Selected, of_each: int = 1) -> int:
    """How many items of lists a selection can come to, if every list is as long as was asked for."""
    if isinstance(selected, Alternatives):
        return max(largest(each, of_each) for each in selected.of.values())
    found = 0
    for field in selected:
        way = field.definition.metadata.get(READ)
        each = of_each * max(0, field.arguments["first"]) if isinstance(way, Paged) else of_each
        found += each if isinstance(way, Paged) else 0
        if field.has_below:
            found += largest(field.below, each)
    return found


def refuse_too_large(selected: Selected, of_each: int = 1) -> None:
    """Refuse a selection that can come to too many items. Raises TooComplex."""
    if (most := largest(selected, of_each)) > MOST_ITEMS:
        raise TooComplex(f"The lists in this query come to as many as {most:,} items; at most {MOST_ITEMS:,} are allowed.", most=MOST_ITEMS)


def counts(connection: Selected) -> bool:
    """Whether the number of all items was asked for."""
    return bool(named_in(connection, "totalCount") or named_in(connection, "totalCountIsExact"))


def asked_for(field: Field, table: Stored, order: Order, where: tuple[Condition, ...]) -> Asked:
    """The page that a field's arguments ask for. Raises BadUserInput."""
    first, given = field.arguments.get("first", 20), field.arguments.get("after")
    if first is None or not 0 <= first <= MOST:
        raise BadUserInput(f"`first` must lie between 0 and {MOST}; it is {first}.", argument="first", field=field.key)
    place = None if given is None else place_of(given, signature(order), types_of(table, order))
    return Asked(order, first, place, where)


def signature(order: Order) -> str:
    """What a cursor says of the order it was given out in."""
    return ("-" if order.descending else "+") + ",".join(order.columns)


def listed(page: Page, asked: Asked, total: int | None) -> List:
    """A page as a connection is made of it."""
    name = signature(asked.order)
    items = [Item(cursor(name, key_of(row, asked.order)), row) for row in page.rows]
    return List(items, page.more, asked.after is not None, total)


# What the schema's classes say of their fields


def value(description: str, *columns: str, by: Make | None = None) -> Any:
    """A field with a value of the row; `by` makes it of the columns named, otherwise it is the column of the field's own name."""
    return strawberry.field(description=description, metadata={READ: Value(columns, by)})


def below(description: str, way: Way) -> Any:
    """A field with other objects, read before."""

    def resolve(root: Any, info: Info[Any, Any]) -> Any:
        return root.loaded[info.path.key]

    return strawberry.field(resolver=resolve, description=description, metadata={READ: way})


def inside(description: str, *columns: str, by: Make) -> Any:
    """A field with what is in the row."""
    return below(description, Inside(columns, by))


def explained(description: str, *columns: str, by: Make, of: Callable[[Any], UUID | None] = lambda row: row.creator_id) -> Any:
    """A field with what follows from the creator's whole history."""
    return below(description, Explained(columns, by, of))


def together(description: str, *columns: str, by: Make) -> Any:
    """A field with what is found for all rows at once."""
    return below(description, Together(columns, by))


def part(description: str) -> Any:
    """A field with some columns of the row itself."""
    return below(description, Part())


def named(description: str, table: Stored, key: str, *columns: str, by: Make) -> Any:
    """A field with rows of another table."""
    return below(description, Named(table, key, columns, by))


def listing(description: str, way: Paged, which: Any = None) -> Any:
    """A field with a page of a list, with a filter of that kind if there is one."""

    def all_of_them(root: Any, info: Info[Any, Any], first: First = 20, after: After = None) -> Any:  # noqa: ARG001  # were read before
        return root.loaded[info.path.key]

    def filtered(root: Any, info: Info[Any, Any], first: First = 20, after: After = None, which: Any = None) -> Any:  # noqa: ARG001  # as above
        return root.loaded[info.path.key]

    filtered.__annotations__["which"] = Annotated[which | None, strawberry.argument(name="filter", description="Which of them.")] if which else None
    return strawberry.field(resolver=filtered if which else all_of_them, description=description, metadata={READ: way})


class Document:
    """A JSON document as a row: its keys are attributes, and absent ones None."""

    def __init__(self, content: dict[str, Any], **more: Any) -> None:
        self.__dict__ = content | more

    def __getattr__(self, name: str) -> None:
        return None
