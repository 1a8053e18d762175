"""Statements of reasons: issued, corrected, and what became of them in the DSA Transparency Database. When one is issued is in `stating`."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

import msgspec

from domain.calendar import Duration
from domain.creator.finding import ContentKind
from domain.creator.grammar import Command, Work, bookkeeping, decides, evolves
from domain.creator.state import Account, Stated
from domain.facts import Event, Fact
from domain.identity import ContentId, PackHash, StatementId, ViolationId
from domain.refusals import Refused
from domain.statements.statement import Statement


class StatementSubject(StrEnum):
    """What kind of restriction a statement of reasons is about."""

    PENALTY = "PENALTY"
    CONTENT = "CONTENT"
    COMMISSION = "COMMISSION"


class Correction(StrEnum):
    """Why a statement of reasons does not hold any more; CONFIRMED: an interim restriction became a final one."""

    OVERTURNED = "OVERTURNED"
    LIFTED = "LIFTED"
    SHORTENED = "SHORTENED"
    CONFIRMED = "CONFIRMED"


class StatementOfReasonsIssued(Event, frozen=True, kw_only=True):
    """The creator is owed reasons for a restriction, and they are these; `statement` holds no text and nothing personal.

    `policy` and content are of the first of `violations`, which led to the restriction. The texts are those of `pack` in `language`;
    `template_version` is the pack's. `puid` names the statement in the database, and is never used again.
    """

    statement_id: StatementId
    puid: str
    schema_version: str
    subject: UUID
    subject_kind: StatementSubject
    violations: tuple[ViolationId, ...]
    policy: str
    content_id: ContentId
    content_kind: ContentKind
    capabilities: tuple[str, ...] = ()
    appeal_window: Duration
    pack: PackHash
    language: str
    template: str
    template_version: int
    statement: Statement


class StatementOfReasonsCorrected(Event, frozen=True, kw_only=True):
    """A statement of reasons does not hold any more; another one takes its place where something is still restricted."""

    statement_id: StatementId
    subject: UUID
    correction: Correction
    replaced_by: StatementId | None = None


class StatementOfReasonsSubmitted(Event, frozen=True, kw_only=True):
    """The database took a statement of reasons, and calls it `remote_id`."""

    statement_id: StatementId
    remote_id: str


class StatementOfReasonsRejected(Event, frozen=True, kw_only=True):
    """The database did not take a statement of reasons."""

    statement_id: StatementId
    errors: tuple[str, ...]


class StatementReport(StrEnum):
    """What the database says of a statement."""

    SUBMITTED = "SUBMITTED"
    REJECTED = "REJECTED"


class ReportStatement(Command, frozen=True, kw_only=True):
    """Record whether the DSA Transparency Database took a statement of reasons, under which id, or why not."""

    statement_id: StatementId
    report: StatementReport
    remote_id: str = ""
    errors: tuple[str, ...] = ()


class StatementUnknown(Refused):
    """The account has no statement of reasons of that id."""


class StatementReportIncomplete(Refused):
    """Whoever reports that a statement was taken says under which id, and that it was not, why."""


class PuidReused(Refused):
    """The database has taken the statement before; its puid cannot be used for another one, nor sent again."""


class SorAfterEffect(Refused):
    """The creator is owed reasons no later than a restriction takes effect, and this one would have taken effect before."""


@decides(ReportStatement)
def report(work: Work, command: ReportStatement) -> None:
    """Record what the database says; the same again records nothing."""
    known = work.account.statements.get(command.statement_id)
    if known is None:
        raise StatementUnknown(f"The account has no statement of reasons {command.statement_id}.", field="statement_id")
    match command.report:
        case StatementReport.SUBMITTED:
            if not command.remote_id:
                raise StatementReportIncomplete("Give the id under which the database took the statement.", field="remote_id")
            refuse_reuse(known, command.remote_id)
            if not known.remote_id:
                work.record(StatementOfReasonsSubmitted(statement_id=command.statement_id, remote_id=command.remote_id))
        case StatementReport.REJECTED:
            if not command.errors:
                raise StatementReportIncomplete("Give the errors for which the database did not take the statement.", field="errors")
            refuse_reuse(known, "")
            if known.errors != command.errors:
                work.record(StatementOfReasonsRejected(statement_id=command.statement_id, errors=command.errors))


def refuse_reuse(known: Stated, remote_id: str) -> None:
    """Refuse another answer about a statement that was taken."""
    if known.remote_id not in ("", remote_id):
        raise PuidReused(f"The database took this statement as {known.remote_id}; its puid is used up.", field="statement_id")


@evolves(StatementOfReasonsIssued)
def issued(account: Account, event: StatementOfReasonsIssued, fact: Fact) -> None:
    account.statements[event.statement_id] = Stated(event.subject)


@evolves(StatementOfReasonsCorrected)
def corrected(account: Account, event: StatementOfReasonsCorrected, fact: Fact) -> None:
    change(account, event.statement_id, corrected=True)


@evolves(StatementOfReasonsSubmitted)
def submitted(account: Account, event: StatementOfReasonsSubmitted, fact: Fact) -> None:
    change(account, event.statement_id, remote_id=event.remote_id, errors=())


@evolves(StatementOfReasonsRejected)
def rejected(account: Account, event: StatementOfReasonsRejected, fact: Fact) -> None:
    change(account, event.statement_id, errors=event.errors)


def change(account: Account, id: StatementId, **values: object) -> None:
    """Note something about a statement."""
    account.statements[id] = msgspec.structs.replace(account.statements[id], **values)


bookkeeping(StatementOfReasonsSubmitted, StatementOfReasonsRejected)
