"""A case of the appeals desk: who is to work on an appeal, who has it in hand, and what happened to it there. Shown to staff alone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.gathering import Document, inside, named, value
from api.schema.lists import Connection
from api.schema.violation import enumerated
from api.schema.words import CaseStatus, CaseStepKind, Subject
from api.view import View
from projections import tables
from projections.reading import case_status_of

if TYPE_CHECKING:
    from api.schema.appeal import Appeal
    from api.schema.creator import Creator

LEASE = ("status", "leased_by", "lease_until")


def status(row: Any, view: View) -> CaseStatus:
    """How far it has come, now."""
    return CaseStatus(case_status_of(row.status, row.lease_until, view.now))


def while_claimed(column: str) -> Any:
    """What is so only while somebody has it in hand."""
    return lambda row, view: getattr(row, column) or None if status(row, view) is CaseStatus.CLAIMED else None


@strawberry.type(description="Something that happened at the desk.")
class CaseStep:
    """Something that happened at the desk."""

    kind: CaseStepKind = value("What.", by=lambda it, _: CaseStepKind(it.kind))
    at: datetime = value("When.", by=lambda it, _: datetime.fromisoformat(it.at))
    by: str = value("Who did it, by the id in the staff directory; the system closes cases by itself.")
    role: str | None = value("In which role; none: the system did.", by=lambda it, _: it.role or None)
    qualifications: list[str] = value("With which qualifications.", by=lambda it, _: list(it.qualifications))
    reviewer: str | None = value("Whom it concerns, if anybody.", by=lambda it, _: it.reviewer or None)
    reason: str | None = value("Why: a code.", by=lambda it, _: it.reason or None)


@strawberry.type(description="The work on one appeal.")
class Case:
    """The work on one appeal."""

    loaded: strawberry.Private[dict[str, Any]]
    appeal: Annotated[Appeal, strawberry.lazy("api.schema.appeal")] | None = named(
        "The appeal.", tables.appeals, "appeal_id", "appeal_id", by=lambda row, _: row.appeal_id)
    creator: Annotated[Creator, strawberry.lazy("api.schema.creator")] | None = named(
        "Whose it is.", tables.creators, "creator_id", "creator_id", by=lambda row, _: row.creator_id)
    market: str = value("The market the creator was in.")
    languages: list[str] = value("The languages the creator can be written to in.")
    policies: list[str] = value("The policies it is about.")
    level: int = value("The level the appeal is at, from 1.")
    subject_kind: Subject = value("What kind of decision it is about.", "subject_kind", by=enumerated(Subject, "subject_kind"))
    status: CaseStatus = value("How far the work has come.", "status", "lease_until", by=status)
    due_at: datetime | None = value("When it should be decided; none: no time is set.")
    assignee: str | None = value("To whom it is assigned.", "assignee", by=lambda row, _: row.assignee or None)
    leased_by: str | None = value("Who has it in hand now.", *LEASE, by=while_claimed("leased_by"))
    lease_until: datetime | None = value("Until when; none: nobody has, or until it is given back.", *LEASE, by=while_claimed("lease_until"))
    conflicted: list[str] = value("Who may not work on it, having taken part in the decision.")
    outcome: str | None = value("How it was closed: the appeal's outcome, or WITHDRAWN.", "outcome", by=lambda row, _: row.outcome or None)
    opened_at: datetime = value("When it was opened.")
    closed_at: datetime | None = value("When it was closed.")
    history: list[CaseStep] = inside("What happened to it, oldest first.", "history", by=lambda row, _: [Document(it) for it in row.history])
    changed_at: datetime = value("When something was last recorded about it.")


@strawberry.type(description="How many cases have a status.")
class CaseCount:
    """How many cases have a status."""

    status: CaseStatus = value("The status.")
    count: int = value("How many have it now.")


def counts(page: Any, _view: View) -> list[Document]:
    """How many of the cases asked for have each status."""
    return [Document({"status": it, "count": page.counts.get(it.value, 0)}) for it in CaseStatus]


@strawberry.type(description="A page of the appeals desk.")
class AppealDeskConnection(Connection[Case]):
    """A page of the appeals desk."""

    counts: list[CaseCount] = inside("How many of the cases asked for, whatever status was asked for, have each status.", by=counts)
