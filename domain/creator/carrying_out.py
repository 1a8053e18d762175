"""Whether the platform has carried out a penalty, or its end."""

from __future__ import annotations

from enum import StrEnum

from domain.creator.grammar import Command, Work, decides
from domain.creator.penalties import (
    RestrictionApplied,
    RestrictionFailed,
    RestrictionLifted,
    RestrictionRequested,
    find,
)
from domain.creator.sanctions import PenaltyUnknownOrEnded
from domain.creator.state import Application
from domain.facts import Personal
from domain.identity import PenaltyId


class Report(StrEnum):
    """What the platform says about carrying out a penalty or its end."""

    REQUESTED = "REQUESTED"
    APPLIED = "APPLIED"
    FAILED = "FAILED"


class ReportRestriction(Command, frozen=True, kw_only=True):
    """Record whether the platform applied a live penalty, or lifted an ended one."""

    penalty_id: PenaltyId
    report: Report
    detail: Personal | None = None


@decides(ReportRestriction)
def report(work: Work, command: ReportRestriction) -> None:
    """Record how far the platform has come with a penalty or its end; the same report again records nothing."""
    penalty = find(work.account, command.penalty_id)
    if penalty is None:
        raise PenaltyUnknownOrEnded(f"The account has no penalty {command.penalty_id}.", field="penalty_id")
    if Application(command.report) is penalty.application:
        return
    match command.report:
        case Report.REQUESTED:
            work.record(RestrictionRequested(penalty_id=penalty.id))
        case Report.FAILED:
            work.record(RestrictionFailed(penalty_id=penalty.id, detail=command.detail))
        case Report.APPLIED:
            ended = penalty.id in work.account.ended
            work.record((RestrictionLifted if ended else RestrictionApplied)(penalty_id=penalty.id))
