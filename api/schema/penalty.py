"""A penalty: what it restricts, because of what, until when, and how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from api.gathering import Document, Listed, explained, inside, listing, named, value
from api.ids import global_id
from api.schema.filters import AppealFilter, of_appeals
from api.schema.lists import Connection, Node
from api.schema.violation import OLDEST_FIRST, enumerated, for_staff, opened, violations_named
from api.schema.words import Application, PenaltyStatus, Unit
from domain.creator.explaining.penalties import explain_penalty
from projections import tables

if TYPE_CHECKING:
    from api.schema.appeal import Appeal
    from api.schema.creator import Creator
    from api.schema.explanation import PenaltyExplanation
    from api.schema.statement import StatementOfReasons
    from api.schema.violation import Violation


@strawberry.type(description="What a penalty restricts; `*` means all.")
class Scope:
    """What a penalty restricts."""

    capability: str = value("What may not be done.")
    category: str = value("In which category.", by=lambda it, _: it.category or "*")
    territory: str = value("In which territory.", by=lambda it, _: it.territory or "*")
    item: str = value("With which content item.", by=lambda it, _: it.item or "*")


@strawberry.type(description="A length of time, in the unit in which the rule gives it.")
class Duration:
    """A length of time."""

    unit: Unit = value("In what it is counted.", by=lambda it, _: Unit(it.unit))
    value: int = value("How many of them.")


APPEALS = Listed(tables.appeals, "subject", ("penalty_id",), OLDEST_FIRST, of_appeals)


@strawberry.type(description="A penalty: proposed, in force, or over.")
class Penalty(Node):
    """A penalty."""

    id: strawberry.ID = value("Its id among all things; opaque.", "penalty_id", by=lambda row, _: global_id("Penalty", row.penalty_id))
    creator: Annotated[Creator, strawberry.lazy("api.schema.creator")] | None = named(
        "Whose it is.", tables.creators, "creator_id", "creator_id", by=lambda row, _: row.creator_id)
    market: str = value("The market the creator was in.")
    status: PenaltyStatus = value("How far it has come, as last recorded.", "status", by=enumerated(PenaltyStatus, "status"))
    kind: str = value("What kind of penalty it is, in the pack's words.")
    channel: str = value("What imposed it: a counter's name, ZERO_TOLERANCE, PERSON or EXTERNAL.")
    violations: list[Annotated[Violation, strawberry.lazy("api.schema.violation")]] = violations_named("The violations it rests on.")
    trigger: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = named(
        "The violation that set it off; none where a person placed it.", tables.violations, "violation_id", "trigger",
        by=lambda row, _: row.trigger)
    restrictions: list[Scope] = inside("What it restricts.", "restrictions", by=lambda row, _: [Document(it) for it in row.restrictions])
    starts_at: datetime | None = value("When it began.")
    ends_at: datetime | None = value("When it ends or ended; none: without end.")
    lapses_at: datetime | None = value("Until when a second person may approve it.")
    duration: Duration | None = inside(
        "How long it will last once approved.", "duration", by=lambda row, _: Document(row.duration) if row.duration else None)
    application: Application | None = value(
        "How far the platform has come with carrying it, or its end, out.", "application", by=enumerated(Application, "application"))
    application_detail: str | None = value(
        "What the platform said about that; none is told to creators.", "creator_id", "application_detail_token",
        by=lambda row, view: view.opened(row.creator_id, row.application_detail_token) if view.is_staff else None)
    interim: bool = value("Whether it holds only until a proposal is decided.")
    restorable: bool = value("Whether people may end it early.")
    decided_by: str | None = value("Who decided it; none is told to creators.", "decided_by", by=for_staff("decided_by"))
    approved_by: str | None = value("Who approved it; none is told to creators.", "approved_by", by=for_staff("approved_by"))
    reasons: str | None = value("Why a person placed it; none once erased.", "creator_id", "reasons_token", by=opened("reasons_token"))
    ended_at: datetime | None = value("When it was over; of one still proposed: when its interim restriction was.")
    ended_by: str | None = value("Who ended it; none is told to creators.", "ended_by", by=for_staff("ended_by"))
    end_reasons: str | None = value(
        "Why a person ended it; none once erased.", "creator_id", "end_reasons_token", by=opened("end_reasons_token"))
    served_seconds: int = value("How many seconds of it were served that should not have been.")
    informed_at: datetime | None = value("When the creator was informed of it.")
    appeal_until: datetime | None = value("Until when an appeal against it may be filed.")
    appeal_rule: str | None = value("By which rule that is counted.", "appeal_rule", by=lambda row, _: row.appeal_rule or None)
    explanation: Annotated[PenaltyExplanation, strawberry.lazy("api.schema.explanation")] | None = explained(
        "Why it was decided.", "creator_id", "penalty_id",
        by=lambda row, view: explain_penalty(view.chronicle(row.creator_id), row.penalty_id))
    statement_of_reasons: Annotated[StatementOfReasons, strawberry.lazy("api.schema.statement")] | None = named(
        "The latest statement of reasons for it; none where no law requires one.", tables.statements, "statement_id", "statement_id",
        by=lambda row, _: row.statement_id)
    changed_at: datetime = value("When something was last recorded about it.")
    appeals: Connection[Annotated[Appeal, strawberry.lazy("api.schema.appeal")]] = listing(
        "The appeals against it, oldest first.", APPEALS, AppealFilter)


