"""Statements of reasons: what the creator was told, whether it holds, and what the DSA Transparency Database said of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from domain.creator.decider import EVENTS
from domain.creator.statements import (
    StatementOfReasonsCorrected,
    StatementOfReasonsIssued,
    StatementOfReasonsRejected,
    StatementOfReasonsSubmitted,
)
from domain.facts import Fact
from projections import subjects as about
from projections.readmodel import Need, ReadModel
from projections.rows import Batch
from projections.tables import statements as table

IGNORES = frozenset(EVENTS.values()) - about.STATEMENTS - about.AFTER_STATEMENTS


def needs(fact: Fact) -> Iterator[Need]:
    """The statement a fact is about."""
    if type(fact.event) in about.AFTER_STATEMENTS:
        yield table.c.statement_id, fact.event.statement_id  # type: ignore[attr-defined]  # all of them have one


STATEMENTS = ReadModel("statements", 1, (table,), needs, IGNORES)


def change(batch: Batch, id: UUID, fact: Fact, **values: Any) -> None:
    """Write to a statement's row; a correction weighs more than what the database says."""
    status = "CORRECTED" if batch[table].edit(id)["correction"] else values.pop("status")
    batch[table].set(id, changed_at=fact.recorded_at, position=fact.position, **(values | {"status": status}))


@STATEMENTS.on(StatementOfReasonsIssued)
def issued(batch: Batch, event: StatementOfReasonsIssued, fact: Fact) -> None:
    """It holds, and is to be sent."""
    batch[table].new(
        event.statement_id, sequence=fact.position, creator_id=fact.stream, subject=event.subject, subject_kind=event.subject_kind.value,
        status="ISSUED", issued=event, issued_at=fact.occurred_at, awaits=True, changed_at=fact.recorded_at, position=fact.position)


@STATEMENTS.on(StatementOfReasonsCorrected)
def corrected(batch: Batch, event: StatementOfReasonsCorrected, fact: Fact) -> None:
    """It does not hold any more."""
    change(
        batch, event.statement_id, fact, status="CORRECTED", correction=event.correction.value, corrected_at=fact.occurred_at,
        replaced_by=event.replaced_by)


@STATEMENTS.on(StatementOfReasonsSubmitted)
def submitted(batch: Batch, event: StatementOfReasonsSubmitted, fact: Fact) -> None:
    """The database took it."""
    change(
        batch, event.statement_id, fact, status="SUBMITTED", awaits=False, submitted_at=fact.recorded_at, remote_id=event.remote_id, errors=())


@STATEMENTS.on(StatementOfReasonsRejected)
def rejected(batch: Batch, event: StatementOfReasonsRejected, fact: Fact) -> None:
    """The database did not take it."""
    change(batch, event.statement_id, fact, status="REJECTED", errors=event.errors)
