"""The story of one decision: everything that led to it and followed from it, a cause always before what follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.gathering import Document, List, Paged, asked_for, gather, listed, node_columns
from api.ids import thing_of, uuid_of
from api.selection import Field
from api.view import View
from projections import tables
from projections.causality import COLUMNS, closure, happened_of
from projections.reading import Order, Page

IN_ORDER = Order(("version",))
SUBJECTS = {
    "Violation": (tables.violations, "violation_id"),
    "Penalty": (tables.penalties, "penalty_id"),
    "Appeal": (tables.appeals, "appeal_id"),
    "Reward": (tables.rewards, "reward_id"),
    "CrossedMilestone": (tables.milestones, "milestone_id"),
    "ContentMeasure": (tables.content_measures, "measure_id"),
    "Forfeiture": (tables.forfeitures, "forfeiture_id"),
    "Dispute": (tables.disputes, "dispute_id"),
}


def subject_of(view: View, given: str) -> tuple[UUID, UUID] | None:
    """The account and own id of what an id of SUBJECTS names; None if there is none that may be seen."""
    plain = uuid_of(given)
    type_name, id = ("", plain) if plain else thing_of(given) or ("", None)
    for name, (table, key) in SUBJECTS.items() if id else ():
        row = view.reader.by_key(table, key, [id], ("creator_id",)).get(id) if type_name in ("", name) else None
        if row is not None and id is not None:
            return (row.creator_id, id) if row.creator_id in view.seen([row.creator_id]) else None
    return None


def history_columns(fields: Iterable[Field]) -> set[str]:
    """The columns of the timeline that stories selected by those fields are told from."""
    return {*COLUMNS, *(column for field in fields for column in node_columns(field.below))}


def story(field: Field, history: Sequence[Any], subject: UUID) -> List:
    """A page of the story of a subject, from all rows of its account's timeline."""
    steps = closure([happened_of(row) for row in history], subject)
    rows = {row.version: row for row in history}
    asked = asked_for(field, tables.timeline, IN_ORDER, ())
    (after,) = asked.after or (0,)
    told = [told_step(rows, *step) for step in steps if step.version > after]
    return listed(Page(told[:asked.first], len(told) > asked.first), asked, len(steps))


def told_step(rows: dict[int, Any], version: int, because: int | None, depth: int) -> Document:
    """A row of the timeline with its place in the story."""
    cause = None if because is None else Document({"version": because, "kind": rows[because].kind})
    return Document(dict(rows[version]._mapping), because=cause, depth=depth)  # noqa: SLF001  # what SQLAlchemy calls it


def story_of(view: View, root: Field, given: str) -> Any:
    """The story of a decision."""
    found = subject_of(view, given)
    if found is None:
        return None
    creator, subject = found
    return gather(view, root.below, [story(root, view.reader.history_of(creator, history_columns([root])), subject)])[0]


@dataclass(frozen=True)
class Story(Paged):
    """The story of the row's `subject`, from its `history`."""

    columns: tuple[str, ...] = ()

    def fill(self, view: View, field: Field, sources: Sequence[Any], objects: Sequence[Any]) -> None:
        """The rows were read before."""
        pages = [story(field, source.history, source.subject) for source in sources]
        for made, page in zip(objects, gather(view, field.below, pages), strict=True):
            made.loaded[field.key] = page
