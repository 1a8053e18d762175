"""A statement of reasons: as data, and as the creator reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, cast

import msgspec
import strawberry
from strawberry import Info

from api.errors import BadUserInput
from api.gathering import READ, Way, named, value
from api.ids import global_id
from api.schema.lists import Node
from api.schema.violation import enumerated, for_staff, ids
from api.schema.words import JSON, Correction, StatementStatus, StatementSubject
from api.selection import Field
from api.view import View
from application.statements import Corrected, Telling
from domain.creator.statements import StatementOfReasonsIssued
from domain.identity import PackHash
from domain.statements.statement import DECISIONS, ENDS, Statement
from projections import tables

if TYPE_CHECKING:
    from api.schema.creator import Creator
    from api.schema.penalty import Penalty
    from api.schema.violation import Violation


def issued(row: Any) -> StatementOfReasonsIssued:
    """The statement as it was issued."""
    return msgspec.convert(row.issued, StatementOfReasonsIssued)


def telling(row: Any, view: View, language: str = "") -> Telling:
    """The statement in words: those of its own pack."""
    found = issued(row)
    return Telling(found, view.packs.by_hash(PackHash(found.pack)).pack, language)


def attribute(description: str, make: Any) -> Any:
    """A field made of the statement's attributes."""
    return value(description, "issued", by=lambda row, _: make(issued(row).statement))


def decisions(it: Statement) -> list[str]:
    """What was decided."""
    found = (getattr(it, name) for name in DECISIONS)
    return [str(one) for some in found for one in (some if isinstance(some, tuple) else (some,) if some else ())]


class Read(Way):
    """The document in a language: the words of whoever found the violations are read for all statements at once."""

    columns = ("creator_id", "issued", "issued_at", "correction", "corrected_at")

    def fill(self, view: View, field: Field, sources: Sequence[Any], objects: Sequence[Any]) -> None:
        """One statement finds what was found."""
        language = field.arguments.get("language") or ""
        wanted = {id for row in sources for id in ids(row.issued["violations"])}
        found = view.reader.by_key(tables.violations, "violation_id", wanted, ("facts_token",))
        for row, made in zip(sources, objects, strict=True):
            tokens = (found[id].facts_token for id in ids(row.issued["violations"]) if id in found)
            facts = [text for token in tokens if (text := view.opened(row.creator_id, token))]
            corrected = Corrected(row.correction, row.corrected_at) if row.correction else None
            told = telling(row, view, language)
            if language and told.words.locale.language != language.partition("-")[0]:
                raise BadUserInput(f"There is no text in {language!r}.", argument="language")
            made.loaded[field.key] = str(told.document(row.issued_at, facts, corrected))


Language = Annotated[str | None, strawberry.argument(description="The language (ISO 639); none: the one it was issued in.")]


def read(root: Any, info: Info[Any, Any], language: Language = None) -> str:  # noqa: ARG001  # was read before
    """The document."""
    return cast("str", root.loaded[info.path.key])


@strawberry.type(description="Why the creator was restricted, as the law requires it to be told (Art. 17 of the Digital Services Act).")
class StatementOfReasons(Node):
    """A statement of reasons."""

    id: strawberry.ID = value(
        "Its id among all things; opaque.", "statement_id", by=lambda row, _: global_id("StatementOfReasons", row.statement_id))
    puid: str = value("The name it has in the DSA Transparency Database, used once only.", "issued", by=lambda row, _: row.issued["puid"])
    creator: Annotated[Creator, strawberry.lazy("api.schema.creator")] | None = named(
        "Whom it was issued to.", tables.creators, "creator_id", "creator_id", by=lambda row, _: row.creator_id)
    status: StatementStatus = value("How far it has come.", "status", by=enumerated(StatementStatus, "status"))
    subject_kind: StatementSubject = value(
        "What kind of restriction it is about.", "subject_kind", by=enumerated(StatementSubject, "subject_kind"))
    penalty: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = named(
        "The penalty it is about, if it is about one.", tables.penalties, "penalty_id", "subject", by=lambda row, _: row.subject)
    violations: list[Annotated[Violation, strawberry.lazy("api.schema.violation")]] = named(
        "The violations it rests on; the first one led to it.", tables.violations, "violation_id", "issued",
        by=lambda row, _: ids(row.issued["violations"]))
    issued_at: datetime = value("When it was issued.")
    language: str = value("The language it was issued in (ISO 639).", "issued", by=lambda row, _: row.issued["language"])
    schema_version: str = value("The version of the database's schema.", "issued", by=lambda row, _: row.issued["schema_version"])
    pack: str = value("The pack with its texts, by the hash of its content.", "issued", by=lambda row, _: row.issued["pack"])
    document: str = strawberry.field(resolver=read, description="What the creator reads.", metadata={READ: Read()})
    decisions: list[str] = attribute("What was decided, in the database's words.", decisions)
    applied_on: date | None = attribute("The day it is applied on.", lambda it: it.application_date)
    ends_on: date | None = attribute(
        "The last day of the restriction; none: without end.", lambda it: next((end for name in ENDS if (end := getattr(it, name))), None))
    territories: list[str] = attribute("The countries it holds in.", lambda it: list(it.territorial_scope))
    category: str | None = attribute("What was breached, in the database's words.", lambda it: it.category and it.category.value)
    ground: str | None = attribute("Whether it is illegal or against the terms.", lambda it: it.decision_ground and it.decision_ground.value)
    data: JSON = value(
        "Every attribute, as the DSA Transparency Database takes it; nothing in it is personal.", "issued",
        by=lambda row, view: msgspec.to_builtins(telling(row, view).filled()))
    correction: Correction | None = value("Why it does not hold any more.", "correction", by=enumerated(Correction, "correction"))
    corrected_at: datetime | None = value("Since when it does not hold any more.")
    replaced_by: Annotated[StatementOfReasons, strawberry.lazy("api.schema.statement")] | None = named(
        "The statement that took its place.", tables.statements, "statement_id", "replaced_by", by=lambda row, _: row.replaced_by)
    submitted_at: datetime | None = value("When it was known that the database had taken it.")
    remote_id: str | None = value("What the database calls it; none is told to creators.", "remote_id", by=for_staff("remote_id"))
    errors: list[str] | None = value("Why the database did not take it; none is told to creators.", "errors", by=for_staff("errors"))


