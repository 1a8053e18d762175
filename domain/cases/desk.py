"""The appeals desk: cases are assigned, claimed on a lease, given back, and worked on by nobody who should not."""

from __future__ import annotations

from datetime import datetime

import msgspec

from domain.calendar import end_of
from domain.cases.case import (
    Case,
    CaseAssigned,
    CaseClaimed,
    CaseClosed,
    CaseEvent,
    CaseLeaseRenewed,
    CaseOpened,
    CaseReassigned,
    CaseRecused,
    CaseReleased,
    CaseRescheduled,
    RecusalReason,
    ReleaseReason,
)
from domain.cases.fitness import require_fit, require_impartial, require_lease, until
from domain.facts import Actor, Cause, Draft
from domain.identity import AppealId, CreatorId
from domain.packs.catalogue import Catalogue
from domain.packs.model import Pack
from domain.refusals import Refused

# Commands


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is asked of the case of one appeal, in the imperative."""

    creator: CreatorId
    appeal_id: AppealId


class OpenCase(Command, frozen=True, kw_only=True):
    """Open the case of an appeal that was submitted; `cause` is the fact that says so."""

    opened: CaseOpened
    cause: Cause


class CloseCase(Command, frozen=True, kw_only=True):
    """Close the case of an appeal that waits no more; `cause` is the fact that says so."""

    outcome: str
    cause: Cause


class RescheduleCase(Command, frozen=True, kw_only=True):
    """Note when an appeal is due now; `cause` is the fact that says so."""

    due_at: datetime | None
    cause: Cause


class AssignAppeal(Command, frozen=True, kw_only=True):
    """Give an appeal to somebody, who alone may claim it then."""

    assignee: str


class ReassignAppeal(Command, frozen=True, kw_only=True):
    """Give an appeal that is assigned or claimed to somebody else; whoever had it in hand has it no more."""

    assignee: str


class ClaimAppeal(Command, frozen=True, kw_only=True):
    """Take an appeal in hand, for as long as the pack grants; again by the same person it is kept longer."""


class ReleaseAppeal(Command, frozen=True, kw_only=True):
    """Give an appeal back that one has in hand."""

    reason: ReleaseReason


class RecuseFromAppeal(Command, frozen=True, kw_only=True):
    """Declare that one may not work on an appeal."""

    reason: RecusalReason


Desk = AssignAppeal | ReassignAppeal | ClaimAppeal | ReleaseAppeal | RecuseFromAppeal
COMMANDS: dict[str, type[Command]] = {command.__name__: command for command in (
    AssignAppeal, ReassignAppeal, ClaimAppeal, ReleaseAppeal, RecuseFromAppeal)}


class Order(msgspec.Struct, frozen=True):
    """A command with who asks and when (UTC); `occurred_at` is when it was so."""

    command: OpenCase | CloseCase | RescheduleCase | Desk
    actor: Actor
    at: datetime
    occurred_at: datetime


# Refusals


class CaseUnknown(Refused):
    """The creator has no appeal of that id."""


class CaseAlreadyClosed(Refused):
    """The appeal was decided or withdrawn: there is nothing to work on."""


class CaseAlreadyAssigned(Refused):
    """The appeal is assigned to somebody: to give it to another person is to reassign it."""


class CaseNotAssigned(Refused):
    """The appeal is neither assigned nor claimed, so it cannot be reassigned."""


class CaseAssignedToAnother(Refused):
    """The appeal is another person's to claim."""


class CaseLeasedByAnother(Refused):
    """Somebody else has the appeal in hand."""


# Decide


def decide(case: Case, order: Order, packs: Catalogue) -> list[Draft]:
    """What a command leads to; nothing if it is so already."""
    match order.command:
        case OpenCase() as command:
            return [] if case.opened else [Draft(command.opened, order.occurred_at, order.actor, command.cause)]
        case CloseCase() as command:
            closed = CaseClosed(outcome=command.outcome)
            return [] if case.closed else [Draft(closed, order.occurred_at, order.actor, command.cause)]
        case RescheduleCase() as command:
            moved = CaseRescheduled(due_at=command.due_at)
            return [] if case.closed or case.due_at == command.due_at else [Draft(moved, order.occurred_at, order.actor, command.cause)]
        case work:
            events = worked_on(case, still_open(case, work), work, order, packs)
            return [Draft(event, order.occurred_at, order.actor) for event in events]


def worked_on(case: Case, opened: CaseOpened, command: Desk, order: Order, packs: Catalogue) -> list[CaseEvent]:
    """What follows from work on an open case."""
    match command:
        case AssignAppeal(assignee=assignee):
            return assign(case, opened, assignee, order.at)
        case ReassignAppeal(assignee=assignee):
            return reassign(case, opened, assignee, order.at)
        case ClaimAppeal():
            return claim(case, opened, order, packs.by_hash(opened.pack).pack)
        case ReleaseAppeal(reason=reason):
            require_lease(case, order.actor, order.at)
            return [CaseReleased(reviewer=order.actor.id, reason=reason)]
        case RecuseFromAppeal(reason=reason):
            return [] if order.actor.id in case.recused else [CaseRecused(reviewer=order.actor.id, reason=reason)]


def still_open(case: Case, command: Command) -> CaseOpened:
    """How the case was opened, or a refusal if it cannot be worked on."""
    if case.opened is None or case.opened.creator != command.creator:
        raise CaseUnknown(f"The creator has no appeal {command.appeal_id}.", field="appeal_id")
    if case.closed:
        raise CaseAlreadyClosed(f"The appeal was closed: {case.closed.outcome.lower().replace('_', ' ')}.", field="appeal_id")
    return case.opened


def assign(case: Case, opened: CaseOpened, assignee: str, at: datetime) -> list[CaseEvent]:
    """Give the case to somebody who may work on it."""
    if case.assignee == assignee:
        return []
    if case.assignee:
        raise CaseAlreadyAssigned(f"The appeal is assigned to {case.assignee}; reassign it.", field="assignee")
    if (holder := case.held_by(at)) not in ("", assignee):
        raise CaseLeasedByAnother(f"{holder} has the appeal in hand{until(case)}; reassign it.", field="assignee")
    require_impartial(case, opened, assignee, "assignee")
    return [CaseAssigned(assignee=assignee)]


def reassign(case: Case, opened: CaseOpened, assignee: str, at: datetime) -> list[CaseEvent]:
    """Give the case to somebody else."""
    holder = case.held_by(at)
    if case.assignee == assignee:
        return []
    if not case.assignee and not holder:
        raise CaseNotAssigned("The appeal is neither assigned nor claimed; assign it.", field="appeal_id")
    require_impartial(case, opened, assignee, "assignee")
    return [CaseReassigned(assignee=assignee, before=case.assignee or holder)]


def claim(case: Case, opened: CaseOpened, order: Order, pack: Pack) -> list[CaseEvent]:
    """Take the case in hand; the lease runs from now, also where it is renewed."""
    reviewer, at = order.actor.id, order.at
    require_fit(case, opened, order.actor, pack)
    if (holder := case.held_by(at)) not in ("", reviewer):
        raise CaseLeasedByAnother(f"{holder} has the appeal in hand{until(case)}.", field="appeal_id")
    if case.assignee not in ("", reviewer):
        raise CaseAssignedToAnother(f"The appeal is assigned to {case.assignee}.", field="appeal_id")
    lease_until = end_of(at, pack.appeal.lease, pack.pack.time_zone) if pack.appeal.lease else None
    if not holder:
        return [CaseClaimed(reviewer=reviewer, lease_until=lease_until)]
    held = case.lease.until if case.lease else None
    if lease_until is None or held is None or lease_until <= held:
        return []
    return [CaseLeaseRenewed(reviewer=reviewer, lease_until=lease_until)]
