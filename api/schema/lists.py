"""Lists in pages, as Relay asks for them."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import strawberry

from api.gathering import List, inside, value
from projections.reading import EXACT_UP_TO

T = TypeVar("T")


@strawberry.interface(description="Something with an id among all things.")
class Node:
    """Something with an id."""

    loaded: strawberry.Private[dict[str, Any]]
    id: strawberry.ID = value("Its id among all things; opaque.")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Where a page stands."""

    has_next_page: bool = value("Whether others follow.", "more")
    has_previous_page: bool = value("Whether it was asked for what comes after a cursor.", "after")
    start_cursor: str | None = value("The cursor of its first item.", by=lambda page, _: page.items[0].cursor if page.items else None)
    end_cursor: str | None = value("The cursor of its last item.", by=lambda page, _: page.items[-1].cursor if page.items else None)


@strawberry.type(description="An item in a list.")
class Edge(Generic[T]):
    """An item in a list."""

    loaded: strawberry.Private[dict[str, Any]]
    cursor: str = value("Where it stands; give it as `after` to go on from there.")
    node: T = inside("The item.", by=lambda item, _: item.row)


def total(page: List) -> int:
    """How many there are, as far as they were counted."""
    return min(page.total or 0, EXACT_UP_TO)


@strawberry.type(description="A page of a list.")
class Connection(Generic[T]):
    """A page of a list."""

    loaded: strawberry.Private[dict[str, Any]]
    edges: list[Edge[T]] = inside("The items with their cursors.", by=lambda page, _: page.items)
    nodes: list[T] = inside("The items.", by=lambda page, _: [item.row for item in page.items])
    page_info: PageInfo = inside("Where the page stands in the list.", by=lambda page, _: page)
    total_count: int = value(f"How many there are in all, counted up to {EXACT_UP_TO:,}.", by=lambda page, _: total(page))
    total_count_is_exact: bool = value(
        f"Whether there are no more than `totalCount`; false beyond {EXACT_UP_TO:,}.", by=lambda page, _: (page.total or 0) <= EXACT_UP_TO)


