"""Warnings: recorded notices without points."""

from __future__ import annotations

from enum import StrEnum

from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.state import Account, Confirmed, Suspected
from domain.facts import Event, Fact, Personal
from domain.identity import ViolationId
from domain.refusals import Refused


class WarningKind(StrEnum):
    """Why a creator is warned."""

    FIRST_VIOLATION = "FIRST_VIOLATION"
    NEAR_MILESTONE = "NEAR_MILESTONE"
    BY_PERSON = "BY_PERSON"


class WarningIssued(Event, frozen=True, kw_only=True):
    """The creator was warned. With NEAR_MILESTONE: the milestone ahead and the value of its counter."""

    kind: WarningKind
    violation_id: ViolationId | None = None
    milestone: int | None = None
    value: int | None = None
    reasons: Personal | None = None


class IssueWarning(Command, frozen=True, kw_only=True):
    """Warn the creator, about a violation or in general."""

    reasons: Personal
    violation_id: ViolationId | None = None


class ViolationUnknown(Refused):
    """The account has no violation of that id."""


class ReasonsRequired(Refused):
    """The decision must give reasons."""


def require_reasons(reasons: Personal | None, field: str = "reasons") -> None:
    """Refuse a decision without reasons."""
    if not reasons or not reasons.text.strip():
        raise ReasonsRequired("Give the reasons for this decision: the creator is told, and a reviewer must be able to check them.", field=field)


@decides(IssueWarning)
def warn(work: Work, command: IssueWarning) -> None:
    """Warn the creator, with reasons."""
    require_reasons(command.reasons)
    if command.violation_id and not isinstance(work.account.violations.get(command.violation_id), Suspected | Confirmed):
        raise ViolationUnknown(f"The account has no violation {command.violation_id} that stands.", field="violation_id")
    work.record(WarningIssued(kind=WarningKind.BY_PERSON, violation_id=command.violation_id, reasons=command.reasons))


@evolves(WarningIssued)
def warned(account: Account, event: WarningIssued, fact: Fact) -> None:
    """A warning changes nothing but the record."""
