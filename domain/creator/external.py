"""Decisions of another system, taken over as causes. A violation counts, as one decided here would; neither it nor a penalty triggers anything.

A penalty is held until its end as the other system decided, and a person may end it early. A violation enters the counters by the rules of
its time; a threshold that it reaches has fired, so that the next violation does not fire it again, and imposes nothing.
"""

from __future__ import annotations

from datetime import datetime

from domain.creator.enforcement import enforce
from domain.creator.finding import Finding, Origin
from domain.creator.grammar import Command, Work, decides
from domain.creator.keeping import with_evidence
from domain.creator.penalties import ExternalPenaltyRecorded, find
from domain.creator.sanctions import PenaltyEndBeforeStart, PermissionNotHeld, refuse_unknown_capabilities
from domain.creator.state import EXTERNAL, Confirmed, Overturned, Restriction
from domain.creator.violations import ViolationConfirmed, pinned
from domain.facts import Personal
from domain.identity import PenaltyId, ViolationId, derived
from domain.refusals import Refused


class RecordExternalViolation(Command, frozen=True, kw_only=True):
    """Take over a violation that another system decided. `automated`: no person took part in that."""

    finding: Finding
    origin: Origin
    automated: bool = False
    language: str = "en"
    facts: Personal | None = None


class RecordExternalPenalty(Command, frozen=True, kw_only=True):
    """Take over a penalty of another system, from when it was so until `ends_at` (None: without end).

    `because` names the violations it rests on by what they are called there; they must have been taken over before.
    """

    kind: str
    restrictions: tuple[Restriction, ...]
    origin: Origin
    because: tuple[str, ...] = ()
    ends_at: datetime | None = None
    reasons: Personal | None = None


class ExternalReferenceReused(Refused):
    """What the other system calls so was taken over before, with other content."""


class ExternalViolationUnknown(Refused):
    """The account has no violation that the other system calls so."""


@decides(RecordExternalViolation)
def record_violation(work: Work, command: RecordExternalViolation) -> None:
    """Take a violation over, with what follows from it for the counters."""
    origin = command.origin
    id, pin = pinned(work, command.finding, command.language)
    if known_as(work, origin.system, origin.reference):
        raise ExternalReferenceReused(
            f"{origin.system} calls another violation of this account {origin.reference!r} already.", field="origin.reference")
    version = work.record(ViolationConfirmed(
        violation_id=id, finding=with_evidence(work, command.finding), pin=pin, automated=command.automated, facts=command.facts, origin=origin))
    enforce(work, id, version)


@decides(RecordExternalPenalty)
def record_penalty(work: Work, command: RecordExternalPenalty) -> None:
    """Take a penalty over; again records nothing."""
    origin = command.origin
    id = PenaltyId(derived(work.creator, "penalty", EXTERNAL, origin.system, origin.reference))
    violations = tuple(violation_called(work, origin.system, reference) for reference in command.because)
    if known := find(work.account, id):
        if (known.kind, known.restrictions, known.violations, known.ends_at) == (command.kind, command.restrictions, violations, command.ends_at):
            return
        raise ExternalReferenceReused(
            f"{origin.system} calls another penalty of this account {origin.reference!r} already.", field="origin.reference")
    if not command.restrictions:
        raise PermissionNotHeld("Name what is taken away.", field="restrictions")
    refuse_unknown_capabilities(work, command.restrictions)
    if command.ends_at is not None and command.ends_at <= work.at:
        raise PenaltyEndBeforeStart(
            f"The penalty ended at {command.ends_at:%Y-%m-%d %H:%M} UTC and began at {work.at:%Y-%m-%d %H:%M} UTC.", field="ends_at")
    work.record(ExternalPenaltyRecorded(
        penalty_id=id, kind=command.kind, origin=origin, restrictions=command.restrictions, ends_at=command.ends_at, violations=violations,
        reasons=command.reasons))


def known_as(work: Work, system: str, reference: str) -> ViolationId | None:
    """The violation that was taken over under that name, whether it stands or not."""
    for id, found in work.account.violations.items():
        decided = found.was if isinstance(found, Overturned) else found
        if isinstance(decided, Confirmed) and decided.origin and (decided.origin.system, decided.origin.reference) == (system, reference):
            return id
    return None


def violation_called(work: Work, system: str, reference: str) -> ViolationId:
    """The violation that was taken over under that name, or a refusal."""
    id = known_as(work, system, reference)
    if id is None:
        raise ExternalViolationUnknown(f"{system} has taken no violation over to this account that it calls {reference!r}.", field="because")
    return id
