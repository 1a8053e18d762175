"""An appeal: against what, on which grounds, and how it was decided."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from api.gathering import Document, inside, named, value
from api.ids import global_id
from api.schema.lists import Node
from api.schema.violation import Decider, Evidence, Factor, decider, enumerated, evidence, for_staff, opened, penalties_named, subject_of
from api.schema.words import ActorKind, AppealStatus, Measure, Severity, Subject
from api.view import View
from projections import tables

if TYPE_CHECKING:
    from api.schema.case import Case
    from api.schema.contested import ContentMeasure, CrossedMilestone
    from api.schema.creator import Creator
    from api.schema.penalty import Penalty, Scope
    from api.schema.violation import Violation


def about(kind: Subject) -> Any:
    """The id of what it is about, if that is of the kind."""

    def id(row: Any, _view: Any) -> UUID | None:
        return row.subject if row.subject_kind == kind else None

    return id


def answers_of(row: Any, view: View) -> list[str]:
    """What the appellant answered, as far as it was not erased."""
    return [text for token in row.answers if (text := view.opened(row.creator_id, token)) is not None]


@strawberry.type(description="A clock by which an appeal must be decided.")
class Clock:
    """A clock by which an appeal must be decided."""

    rule: str = value("The rule it goes by, with its length.")
    due_at: datetime = value("When it runs out.", by=lambda it, _: datetime.fromisoformat(it.due_at))
    pausable: bool = value("Whether it stands still while the appellant is asked for more.", by=lambda it, _: bool(it.pausable))


@strawberry.type(description="A deadline that was missed.")
class MissedDeadline:
    """A deadline that was missed."""

    rule: str = value("The rule it goes by, with its length.")
    due_at: datetime = value("When it ran out.", by=lambda it, _: datetime.fromisoformat(it.due_at))


@strawberry.type(description="What took the place of a decision that fell in part; what is not told stayed as it was.")
class Relief:
    """What took the place of a decision that fell in part."""

    loaded: strawberry.Private[dict[str, Any]]
    severity: Severity | None = value("How grave the violation is found now.", by=enumerated(Severity, "severity"))
    leaf: str | None = value("The leaf of the policy that is found now.")
    factors: list[Factor] = inside(
        "What is found now to make it graver or lighter.",
        by=lambda it, _: [Document(factor, creator_id=it.creator_id) for factor in it.factors or ()])
    items: list[str] = value("The items of the batch that were not in breach.", by=lambda it, _: it.items or [])
    ends_at: datetime | None = value("When it ends instead.", by=lambda it, _: datetime.fromisoformat(it.ends_at) if it.ends_at else None)
    kind: str | None = value("The kind of the milder penalty.")
    restrictions: list[Annotated[Scope, strawberry.lazy("api.schema.penalty")]] = inside(
        "What the milder penalty restricts.", by=lambda it, _: [Document(one) for one in it.restrictions or ()])
    measure: Measure | None = value("The milder measure.", by=enumerated(Measure, "measure"))
    label: str | None = value("Its label's code.")


@strawberry.type(description="A request to review a decision.")
class Appeal(Node):
    """A request to review a decision."""

    id: strawberry.ID = value("Its id among all things; opaque.", "appeal_id", by=lambda row, _: global_id("Appeal", row.appeal_id))
    creator: Annotated[Creator, strawberry.lazy("api.schema.creator")] | None = named(
        "Whose it is.", tables.creators, "creator_id", "creator_id", by=lambda row, _: row.creator_id)
    market: str = value("The market the creator was in.")
    status: AppealStatus = value("How far it has come.", "status", by=enumerated(AppealStatus, "status"))
    subject_kind: Subject = value("What kind of decision it is about.", "subject_kind", by=enumerated(Subject, "subject_kind"))
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = named(
        "The violation it is about, if it is about one.", tables.violations, "violation_id", "subject", "subject_kind",
        by=about(Subject.VIOLATION))
    penalty: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = named(
        "The penalty it is about, if it is about one.", tables.penalties, "penalty_id", "subject", "subject_kind",
        by=about(Subject.PENALTY))
    subject: strawberry.ID = subject_of("The id of what it is about.")
    milestone: Annotated[CrossedMilestone, strawberry.lazy("api.schema.contested")] | None = named(
        "The milestone it is about, if it is about one.", tables.milestones, "milestone_id", "subject", "subject_kind",
        by=about(Subject.MILESTONE))
    content_measure: Annotated[ContentMeasure, strawberry.lazy("api.schema.contested")] | None = named(
        "The measure on content it is about, if it is about one.", tables.content_measures, "measure_id", "subject", "subject_kind",
        by=about(Subject.CONTENT_MEASURE))
    level: int = value("The level it is at, from 1.")
    ordinal: int = value("Which appeal at that level it is, from 1; those before were withdrawn.")
    submitted_at: datetime = value("When it was filed.")
    submitted_by: ActorKind = value(
        "In which capacity it was filed.", "submitted_by_kind", by=enumerated(ActorKind, "submitted_by_kind"))
    appeal_until: datetime | None = value("Until when it could be filed; none: no window had begun.")
    appeal_rule: str | None = value("By which rule that is counted.", "appeal_rule", by=lambda row, _: row.appeal_rule or None)
    due_at: datetime | None = value("By when it must be decided, or was to be; none: no clock runs.")
    clocks: list[Clock] = inside("The clocks by which it must be decided.", "clocks", by=lambda row, _: [Document(it) for it in row.clocks])
    missed: list[MissedDeadline] = inside("The deadlines that were missed.", "missed", by=lambda row, _: [Document(it) for it in row.missed])
    breached: bool = value("Whether a deadline was missed.")
    question: str | None = value(
        "What the appellant is asked now; none once erased.", "creator_id", "question_token", by=opened("question_token"))
    question_until: datetime | None = value("Until when the appellant may answer.")
    answers: list[str] = value("What the appellant answered; without those erased.", "creator_id", "answers", by=answers_of)
    grounds: str | None = value("Why the decision should be reviewed; none once erased.", "creator_id", "grounds_token", by=opened("grounds_token"))
    evidence: list[Evidence] | None = inside("References to evidence; none is told to creators.", "creator_id", "evidence", by=evidence)
    decided_at: datetime | None = value("When it was decided.")
    decided_by: Decider | None = inside(
        "Who decided it; none is told to creators.", "decided_by", "decided_by_role", "decided_by_kind", by=decider)
    reasons: str | None = value("Why it was decided so; none once erased.", "creator_id", "reasons_token", by=opened("reasons_token"))
    root_cause: str | None = value("What had gone wrong; none is told to creators.", "root_cause", by=for_staff("root_cause"))
    kept: list[Annotated[Penalty, strawberry.lazy("api.schema.penalty")]] = penalties_named("Penalties by people that were kept.", "kept")
    lifted: list[Annotated[Penalty, strawberry.lazy("api.schema.penalty")]] = penalties_named(
        "Penalties by people that were lifted.", "lifted")
    relief: Relief | None = inside(
        "What took the decision's place, if it fell in part.", "creator_id", "relief",
        by=lambda row, _: Document(row.relief, creator_id=row.creator_id) if row.relief else None)
    newly_imposed: list[Annotated[Penalty, strawberry.lazy("api.schema.penalty")]] = penalties_named(
        "Penalties that the decision itself imposed.", "newly_imposed")
    redress: list[str] = value("The further ways of redress that the appellant was told of.")
    withdrawn_at: datetime | None = value("When it was taken back.")
    case: Annotated[Case, strawberry.lazy("api.schema.case")] | None = named(
        "The work on it; none is told to creators.", tables.cases, "appeal_id", "appeal_id",
        by=lambda row, view: row.appeal_id if view.is_staff else None)
    changed_at: datetime = value("When something was last recorded about it.")
