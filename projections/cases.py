"""Cases: the work on appeals, who has which in hand, and what is due first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from domain.cases.case import (
    CaseAssigned,
    CaseClaimed,
    CaseClosed,
    CaseLeaseRenewed,
    CaseOpened,
    CaseReassigned,
    CaseRecused,
    CaseReleased,
    CaseRescheduled,
)
from domain.facts import Fact
from projections.readmodel import Need, ReadModel
from projections.rows import Batch, Row
from projections.tables import case_certificates, case_changes
from projections.tables import cases as table

ID = table.c.case_id
NEVER = datetime.max.replace(tzinfo=UTC)
NOBODY: Row = {"status": "OPEN", "leased_by": "", "lease_until": None}


def needs(fact: Fact) -> Iterator[Need]:
    """The case a fact is about."""
    if not isinstance(fact.event, CaseOpened):
        yield ID, fact.stream


CASES = ReadModel("cases", 3, (table, case_changes, case_certificates), needs)


def change(batch: Batch, fact: Fact, kind: str, who: str = "", reason: str = "", **values: Any) -> None:
    """Write to a case's row, and to its history."""
    row = batch[table].edit(fact.stream)
    actor = {"by": fact.actor.id, "role": fact.actor.role, "qualifications": fact.actor.qualifications}
    step = {"kind": kind, "at": fact.occurred_at, **actor, "reviewer": who, "reason": reason}
    row.update(values, history=[*row["history"], step], changed_at=fact.recorded_at, position=fact.position)
    told(batch, fact, kind, row)


def told(batch: Batch, fact: Fact, kind: str, row: Row) -> None:
    """One more change of a case that can be followed."""
    batch[case_changes].new(
        fact.position, case_id=fact.stream, appeal_id=row["appeal_id"], creator_id=row["creator_id"], market=row["market"], kind=kind,
        status=row["status"])


@CASES.on(CaseOpened)
def opened(batch: Batch, event: CaseOpened, fact: Fact) -> None:
    """It waits."""
    batch[table].new(
        fact.stream, sequence=fact.position, appeal_id=event.appeal_id, creator_id=event.creator, market=event.market,
        languages=event.languages, policies=event.policies, pack_hash=event.pack, level=event.level, subject_kind=event.subject_kind.value,
        status="OPEN", due_at=event.due_at, due_first=event.due_at or NEVER, conflicted=event.conflicted, opened_at=fact.occurred_at,
        changed_at=fact.recorded_at, position=fact.position)
    told(batch, fact, "OPENED", batch[table].edit(fact.stream))
    certificates = [f"LANGUAGE:{it}" for it in event.languages] + [f"POLICY:{it}" for it in event.policies]
    for certificate in dict.fromkeys(certificates):
        batch[case_certificates].new((fact.stream, certificate))


@CASES.on(CaseAssigned)
def assigned(batch: Batch, event: CaseAssigned, fact: Fact) -> None:
    """Somebody is to do it."""
    change(batch, fact, "ASSIGNED", event.assignee, assignee=event.assignee)


@CASES.on(CaseReassigned)
def reassigned(batch: Batch, event: CaseReassigned, fact: Fact) -> None:
    """Somebody else is to do it, and nobody but that person can have it in hand."""
    kept = batch[table].edit(fact.stream)["leased_by"] == event.assignee
    change(batch, fact, "REASSIGNED", event.assignee, **({} if kept else NOBODY), assignee=event.assignee)


@CASES.on(CaseClaimed, CaseLeaseRenewed)
def claimed(batch: Batch, event: CaseClaimed | CaseLeaseRenewed, fact: Fact) -> None:
    """Somebody has it in hand."""
    kind = "CLAIMED" if isinstance(event, CaseClaimed) else "RENEWED"
    change(batch, fact, kind, event.reviewer, status="CLAIMED", leased_by=event.reviewer, lease_until=event.lease_until)


@CASES.on(CaseReleased)
def released(batch: Batch, event: CaseReleased, fact: Fact) -> None:
    """It was given back."""
    change(batch, fact, "RELEASED", event.reviewer, event.reason.value, **NOBODY)


@CASES.on(CaseRecused)
def recused(batch: Batch, event: CaseRecused, fact: Fact) -> None:
    """Somebody may not work on it."""
    row = batch[table].edit(fact.stream)
    freed = NOBODY if row["leased_by"] == event.reviewer else {}
    assignee = "" if row["assignee"] == event.reviewer else row["assignee"]
    change(batch, fact, "RECUSED", event.reviewer, event.reason.value, **freed, assignee=assignee)


@CASES.on(CaseRescheduled)
def rescheduled(batch: Batch, event: CaseRescheduled, fact: Fact) -> None:
    """It is due at another time."""
    change(batch, fact, "RESCHEDULED", due_at=event.due_at, due_first=event.due_at or NEVER)


@CASES.on(CaseClosed)
def closed(batch: Batch, event: CaseClosed, fact: Fact) -> None:
    """It is done."""
    change(batch, fact, "CLOSED", **(NOBODY | {"status": "CLOSED"}), outcome=event.outcome, closed_at=fact.occurred_at)
