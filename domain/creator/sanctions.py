"""Penalties by hand: what people place, shorten and lift."""

from __future__ import annotations

from datetime import datetime

from domain.calendar import end_of
from domain.creator.grammar import Command, Work, decides
from domain.creator.penalties import (
    PERMISSION_REVOKED,
    PERMISSION_SUSPENDED,
    RECOMMENDATION,
    RECOMMENDATION_INELIGIBLE,
    PenaltyImposed,
    PenaltyLifted,
    PenaltyShortened,
    PermissionRestored,
    PermissionRevoked,
    PermissionSuspended,
    RecommendationEligibilityRestored,
    RecommendationEligibilityRevoked,
    wider,
)
from domain.creator.state import PERSON, Confirmed, Penalty, Restriction, Suspected
from domain.creator.warnings import require_reasons
from domain.facts import Personal
from domain.identity import NoticeId, PenaltyId, ViolationId, derived
from domain.refusals import Refused


class ImposePenalty(Command, frozen=True, kw_only=True):
    """Place a penalty by hand because of violations; `ends_at` None: without end."""

    kind: str
    violations: tuple[ViolationId, ...]
    restrictions: tuple[Restriction, ...]
    reasons: Personal
    ends_at: datetime | None = None
    announced_by: NoticeId | None = None
    exception: str = ""


class SuspendPermission(Command, frozen=True, kw_only=True):
    """Take capabilities away until `ends_at`."""

    violations: tuple[ViolationId, ...]
    restrictions: tuple[Restriction, ...]
    ends_at: datetime
    reasons: Personal


class RevokePermission(Command, frozen=True, kw_only=True):
    """Take capabilities away without end.

    Where a law asks that the creator be told long before all of the service is taken away, `announced_by` names the notice, or `exception`
    why it may be taken away at once.
    """

    violations: tuple[ViolationId, ...]
    restrictions: tuple[Restriction, ...]
    reasons: Personal
    announced_by: NoticeId | None = None
    exception: str = ""


class RestorePermission(Command, frozen=True, kw_only=True):
    """Give suspended capabilities back early."""

    penalty_id: PenaltyId
    reasons: Personal


class RevokeRecommendationEligibility(Command, frozen=True, kw_only=True):
    """Take an item ("*": the account) out of recommendation, until `ends_at` or (None) until restored."""

    reasons: Personal
    item: str = "*"
    violations: tuple[ViolationId, ...] = ()
    ends_at: datetime | None = None


class RestoreRecommendationEligibility(Command, frozen=True, kw_only=True):
    """Let an item or account be recommended again."""

    penalty_id: PenaltyId
    reasons: Personal


class ShortenPenalty(Command, frozen=True, kw_only=True):
    """Let a penalty end earlier."""

    penalty_id: PenaltyId
    ends_at: datetime
    reasons: Personal


class LiftPenalty(Command, frozen=True, kw_only=True):
    """End a penalty now."""

    penalty_id: PenaltyId
    reasons: Personal


class PenaltyUnknownOrEnded(Refused):
    """No live penalty of the account has that id."""


class PenaltyWithoutViolation(Refused):
    """A penalty must rest on a violation that stands, or is suspected."""


class PenaltyEndBeforeStart(Refused):
    """A penalty must end after it starts."""


class PenaltyNotShorter(Refused):
    """The new end is not earlier than the old one."""


class PenaltyAlreadyActive(Refused):
    """The same restrictions are in force already, for as long or longer."""


class CapabilityUnknown(Refused):
    """The pack knows no such capability, so that nothing would be restricted."""


class PermissionNotHeld(Refused):
    """What should be taken away has been revoked already, or nothing was named."""


class RevocationFinal(Refused):
    """What was revoked comes back only by an overturn."""


class TerminationNoticeTooShort(Refused):
    """All of the service may be taken away for good only so long after the creator was told, or for a reason that the law excepts."""


class PersonRequired(Refused):
    """Only a person places penalties by hand, and ends early what a person placed."""


@decides(ImposePenalty)
def impose(work: Work, command: ImposePenalty) -> None:
    """Place a penalty by hand."""
    if command.ends_at is None:
        refuse_sudden_termination(work, command)
    id = place(work, command.kind, command.violations, command.restrictions, command.ends_at, command.reasons)
    work.record(PenaltyImposed(
        penalty_id=id, kind=command.kind, channel=PERSON, trigger=ViolationId(id), violations=command.violations,
        restrictions=command.restrictions, starts_at=work.at, ends_at=command.ends_at, decided_by=work.actor.id, reasons=command.reasons,
        announced_by=command.announced_by, exception=command.exception))


@decides(SuspendPermission)
def suspend(work: Work, command: SuspendPermission) -> None:
    """Take capabilities away for a time."""
    id = place(work, PERMISSION_SUSPENDED, command.violations, command.restrictions, command.ends_at, command.reasons)
    work.record(PermissionSuspended(
        penalty_id=id, violations=command.violations, restrictions=command.restrictions, ends_at=command.ends_at, reasons=command.reasons))


@decides(RevokePermission)
def revoke(work: Work, command: RevokePermission) -> None:
    """Take capabilities away without end."""
    refuse_sudden_termination(work, command)
    id = place(work, PERMISSION_REVOKED, command.violations, command.restrictions, None, command.reasons)
    work.record(PermissionRevoked(
        penalty_id=id, violations=command.violations, restrictions=command.restrictions, reasons=command.reasons,
        announced_by=command.announced_by, exception=command.exception))


@decides(RevokeRecommendationEligibility)
def make_ineligible(work: Work, command: RevokeRecommendationEligibility) -> None:
    """Take an item or the account out of recommendation."""
    restrictions = (Restriction(RECOMMENDATION, item=command.item),)
    id = place(work, RECOMMENDATION_INELIGIBLE, command.violations, restrictions, command.ends_at, command.reasons, needs_violation=False)
    work.record(RecommendationEligibilityRevoked(
        penalty_id=id, violations=command.violations, restrictions=restrictions, ends_at=command.ends_at, reasons=command.reasons))


def place(
        work: Work, kind: str, violations: tuple[ViolationId, ...], restrictions: tuple[Restriction, ...], ends_at: datetime | None,
        reasons: Personal, *, needs_violation: bool = True) -> PenaltyId:
    """Refuse a penalty by hand that may not be; otherwise give its id."""
    require_reasons(reasons)
    if not work.actor.is_person:
        raise PersonRequired("Only a person places a penalty by hand; what follows by itself is in the pack.")
    standing = [id for id in violations if isinstance(work.account.violations.get(id), Confirmed | Suspected)]
    if len(standing) < max(len(violations), int(needs_violation)):
        raise PenaltyWithoutViolation("Name at least one violation, and only such as stand or are suspected.", field="violations")
    if not restrictions:
        raise PermissionNotHeld("Name what is taken away.", field="restrictions")
    refuse_unknown_capabilities(work, restrictions)
    if ends_at is not None and ends_at <= work.at:
        raise PenaltyEndBeforeStart(f"The penalty would end at {ends_at:%Y-%m-%d %H:%M} UTC, before it starts.", field="ends_at")
    refuse_if_active(work, kind, restrictions, ends_at)
    return PenaltyId(derived(work.creator, "penalty", PERSON, kind, work.account.version + 1))


def refuse_sudden_termination(work: Work, command: ImposePenalty | RevokePermission) -> None:
    """Refuse to take all of the service away for good, where a law asks for notice, without that notice or an exception."""
    everything = all(any(wider(one, Restriction(name)) for one in command.restrictions) for name in work.pack.capabilities)
    laws = [law for law in work.pack.terminations if law.applies(work.account.jurisdictions) and work.account.account_type in law.account_types]
    notice = work.account.notices.get(command.announced_by) if command.announced_by else None
    for law in laws if everything else ():
        announced = notice is not None and notice.informed_at is not None and end_of(notice.informed_at, law.notice, work.zone) <= work.at
        if not announced and command.exception not in law.exceptions:
            raise TerminationNoticeTooShort(
                f"The law of {law.jurisdiction} asks for {law.notice} between word of it and the end of the whole service: name the notice in "
                f"announced_by, or the exception ({', '.join(law.exceptions)}).", field="exception")


def refuse_unknown_capabilities(work: Work, restrictions: tuple[Restriction, ...]) -> None:
    """Refuse what no step of the pack ever restricts: it is misspelt."""
    known = {RECOMMENDATION, *work.pack.capabilities}
    for restriction in restrictions:
        if restriction.capability not in known:
            raise CapabilityUnknown(
                f"There is no capability {restriction.capability!r}; there are {', '.join(sorted(known))}.", field="restrictions")


def refuse_if_active(work: Work, kind: str, restrictions: tuple[Restriction, ...], ends_at: datetime | None) -> None:
    """Refuse what people have imposed already for as long, and what is revoked anyway; a timed automatic penalty may overlap."""
    for penalty in work.account.standing.penalties.values():
        covered = set(restrictions) <= set(penalty.restrictions)
        if covered and penalty.by_person and penalty.kind == kind and not_longer(ends_at, penalty.ends_at):
            raise PenaltyAlreadyActive("The same is in force already for as long or longer.", field="restrictions")
        if covered and penalty.ends_at is None and not penalty.restorable:
            raise PermissionNotHeld("What should be taken away has been revoked already.", field="restrictions")


def not_longer(ends_at: datetime | None, other: datetime | None) -> bool:
    """Whether the first end is not later than the second; None is never."""
    return other is None or (ends_at is not None and ends_at <= other)


def live(work: Work, id: PenaltyId) -> Penalty:
    """The live penalty of that id, or a refusal."""
    penalty = work.account.standing.penalties.get(id)
    if penalty is None:
        raise PenaltyUnknownOrEnded(f"The account has no penalty {id} that is in force.", field="penalty_id")
    return penalty


@decides(RestorePermission)
def restore_permission(work: Work, command: RestorePermission) -> None:
    """Give suspended capabilities back."""
    restorable(work, command.penalty_id, command.reasons)
    work.record(PermissionRestored(penalty_id=command.penalty_id, reasons=command.reasons))


@decides(RestoreRecommendationEligibility)
def restore_recommendation(work: Work, command: RestoreRecommendationEligibility) -> None:
    """Let an item or account be recommended again."""
    penalty = restorable(work, command.penalty_id, command.reasons)
    if any(restriction.capability != RECOMMENDATION for restriction in penalty.restrictions):
        raise PenaltyUnknownOrEnded(f"Penalty {penalty.id} restricts more than recommendation: lift it.", field="penalty_id")
    work.record(RecommendationEligibilityRestored(penalty_id=command.penalty_id, reasons=command.reasons))


@decides(LiftPenalty)
def lift(work: Work, command: LiftPenalty) -> None:
    """End a penalty now."""
    restorable(work, command.penalty_id, command.reasons)
    work.record(PenaltyLifted(penalty_id=command.penalty_id, reasons=command.reasons))


def restorable(work: Work, id: PenaltyId, reasons: Personal) -> Penalty:
    """The live penalty that may be ended early, or a refusal."""
    require_reasons(reasons)
    penalty = live(work, id)
    if not penalty.restorable:
        raise RevocationFinal("What was revoked comes back only when the decision is overturned.", field="penalty_id")
    if penalty.by_person and not work.actor.is_person:
        raise PersonRequired("A person placed this penalty; only a person may end it early.", field="penalty_id")
    return penalty


@decides(ShortenPenalty)
def shorten(work: Work, command: ShortenPenalty) -> None:
    """Let a penalty end earlier."""
    penalty = restorable(work, command.penalty_id, command.reasons)
    if command.ends_at <= max(penalty.starts_at, work.at):
        raise PenaltyEndBeforeStart("The new end must lie ahead; to end the penalty now, lift it.", field="ends_at")
    if penalty.ends_at is not None and command.ends_at >= penalty.ends_at:
        raise PenaltyNotShorter(f"The penalty ends at {penalty.ends_at:%Y-%m-%d %H:%M} UTC already.", field="ends_at")
    work.record(PenaltyShortened(
        penalty_id=penalty.id, ends_at=command.ends_at, ended_before=penalty.ends_at, reasons=command.reasons))
