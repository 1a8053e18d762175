"""A case: what happened to it, and what it is. One stream for each appeal; nothing in it is a fact of the creator's account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

import msgspec

from domain.creator.subjects import Subject
from domain.facts import Event, Fact
from domain.identity import AppealId, CreatorId, PackHash


class ReleaseReason(StrEnum):
    """Why a case was given back."""

    SHIFT_ENDED = "SHIFT_ENDED"
    NEEDS_EXPERTISE = "NEEDS_EXPERTISE"
    WAITS_FOR_EVIDENCE = "WAITS_FOR_EVIDENCE"
    OTHER = "OTHER"


class RecusalReason(StrEnum):
    """Why somebody may not work on a case."""

    TOOK_PART = "TOOK_PART"
    KNOWS_CREATOR = "KNOWS_CREATOR"
    OWN_INTEREST = "OWN_INTEREST"
    OTHER = "OTHER"


# Events


class CaseOpened(Event, frozen=True, kw_only=True):
    """An appeal waits to be worked on, under the rules of `pack`.

    `policies` are those of the violations it is about; `conflicted` the ids of those who took part in the decision; `due_at` (UTC) when
    it should be decided (None: no time is set).
    """

    appeal_id: AppealId
    creator: CreatorId
    market: str
    languages: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    pack: PackHash
    level: int
    subject_kind: Subject
    due_at: datetime | None = None
    conflicted: tuple[str, ...] = ()


class CaseAssigned(Event, frozen=True, kw_only=True):
    """The case was given to somebody; only that person may claim it."""

    assignee: str


class CaseReassigned(Event, frozen=True, kw_only=True):
    """The case was given to somebody else; whoever had it in hand has it no more. `before` "": it was assigned to nobody."""

    assignee: str
    before: str = ""


class CaseClaimed(Event, frozen=True, kw_only=True):
    """A reviewer took the case in hand, until `lease_until` (UTC; None: until it is released)."""

    reviewer: str
    lease_until: datetime | None = None


class CaseLeaseRenewed(Event, frozen=True, kw_only=True):
    """Whoever had the case in hand keeps it longer, until `lease_until` (UTC)."""

    reviewer: str
    lease_until: datetime


class CaseReleased(Event, frozen=True, kw_only=True):
    """Whoever had the case in hand gave it back."""

    reviewer: str
    reason: ReleaseReason


class CaseRecused(Event, frozen=True, kw_only=True):
    """Somebody may not work on the case, and has it neither in hand nor assigned any more."""

    reviewer: str
    reason: RecusalReason


class CaseRescheduled(Event, frozen=True, kw_only=True):
    """The appeal is due at another time (UTC; None: no clock runs), because the appellant was asked for more, or answered."""

    due_at: datetime | None = None


class CaseClosed(Event, frozen=True, kw_only=True):
    """The appeal waits no more: `outcome` is how it was decided, WITHDRAWN, or SETTLED."""

    outcome: str


CaseEvent = CaseOpened | CaseAssigned | CaseReassigned | CaseClaimed | CaseLeaseRenewed | CaseReleased | CaseRecused | CaseRescheduled | CaseClosed
EVENTS: dict[str, type[Event]] = {event.__name__: event for event in (
    CaseOpened, CaseAssigned, CaseReassigned, CaseClaimed, CaseLeaseRenewed, CaseReleased, CaseRecused, CaseRescheduled,
    CaseClosed)}

# State


class Lease(msgspec.Struct, frozen=True):
    """Who has the case in hand, and until when (None: until it is released). One that ran out does not hold."""

    reviewer: str
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it is in force."""
        return self.until is None or at < self.until


class Case(msgspec.Struct):
    """The work on one appeal. `version` is the stream's, of its latest fact."""

    version: int = 0
    opened: CaseOpened | None = None
    assignee: str = ""
    lease: Lease | None = None
    recused: tuple[str, ...] = ()
    closed: CaseClosed | None = None
    due_at: datetime | None = None

    def held_by(self, at: datetime) -> str:
        """Who has it in hand at that time; "": nobody."""
        return self.lease.reviewer if self.lease and self.lease.holds(at) else ""


def empty() -> Case:
    """A case that was never opened."""
    return Case()


# Evolve


def fold(case: Case, facts: Iterable[Fact]) -> Case:
    """The case after more facts; the one given is not changed."""
    folded = msgspec.structs.replace(case)
    for fact in facts:
        if isinstance(fact.event, CaseEvent):
            _evolve(folded, fact.event)
        folded.version = fact.version
    return folded


def _evolve(case: Case, event: CaseEvent) -> None:
    match event:
        case CaseOpened():
            case.opened, case.due_at = event, event.due_at
        case CaseRescheduled(due_at=due_at):
            case.due_at = due_at
        case CaseAssigned(assignee=assignee):
            case.assignee = assignee
        case CaseReassigned(assignee=assignee):
            case.assignee = assignee
            case.lease = case.lease if case.lease and case.lease.reviewer == assignee else None
        case CaseClaimed(reviewer=reviewer, lease_until=until) | CaseLeaseRenewed(reviewer=reviewer, lease_until=until):
            case.lease = Lease(reviewer, until)
        case CaseReleased():
            case.lease = None
        case CaseRecused(reviewer=reviewer):
            case.recused = (*case.recused, reviewer)
            case.assignee = "" if case.assignee == reviewer else case.assignee
            case.lease = None if case.lease and case.lease.reviewer == reviewer else case.lease
        case CaseClosed():
            case.closed, case.lease = event, None
