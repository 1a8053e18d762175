"""Violations: suspected, corrected, confirmed, dismissed. What follows from a confirmed one is `enforcement`; what undoes one, `overturn`."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from domain.calendar import end_of
from domain.creator.consequences import count_in
from domain.creator.content import release_content
from domain.creator.enforcement import enforce, occurrence_of, rule_for
from domain.creator.finding import Discretion, Finding, Origin, PolicyPin
from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.judging import judged_by, refuse_if_too_old, schedule_of
from domain.creator.keeping import take_in, with_evidence
from domain.creator.state import Account, Closed, Confirmed, Noticed, Suspected, ViolationCause
from domain.creator.warnings import ViolationUnknown, require_reasons
from domain.facts import Event, Fact, Personal
from domain.identity import CreatorId, ViolationId, derived
from domain.packs.catalogue import Published
from domain.refusals import Refused


class ViolationSuspected(Event, frozen=True, kw_only=True):
    """Something was noticed and is not decided; until `correct_until` the creator may put it right."""

    violation_id: ViolationId
    finding: Finding
    correct_until: datetime | None = None


class ViolationCorrected(Event, frozen=True, kw_only=True):
    """The creator put a suspected violation right in time."""

    violation_id: ViolationId


class ViolationConfirmed(Event, frozen=True, kw_only=True):
    """It was decided that a content item or behaviour breached a policy; `pin` says by which text and which schedule of sanctions.

    `automated` says that no person took part in the decision; `facts` is the statement of what was found. With an `origin` another system
    decided it: it counts, and imposes nothing.
    """

    violation_id: ViolationId
    finding: Finding
    pin: PolicyPin
    automated: bool
    discretion: Discretion | None = None
    facts: Personal | None = None
    origin: Origin | None = None


class ViolationDismissed(Event, frozen=True, kw_only=True):
    """A suspicion was not borne out."""

    violation_id: ViolationId
    reasons: Personal


class SuspectViolation(Command, frozen=True, kw_only=True):
    """Record a suspicion."""

    finding: Finding


class CorrectViolation(Command, frozen=True, kw_only=True):
    """Record that the creator put a suspected violation right."""

    violation_id: ViolationId


class ConfirmViolation(Command, frozen=True, kw_only=True):
    """Decide that a violation took place; suspected before or not. The pack gives the points, within its range a person may choose."""

    finding: Finding
    language: str = "en"
    discretion: Discretion | None = None
    facts: Personal | None = None


class DismissViolation(Command, frozen=True, kw_only=True):
    """Decide that a suspicion was not borne out."""

    violation_id: ViolationId
    reasons: Personal


class ViolationAlreadyDecided(Refused):
    """The violation was confirmed, dismissed, corrected or overturned before."""


class CorrectionWindowOpen(Refused):
    """The creator may still put the violation right."""


class CorrectionWindowClosed(Refused):
    """The time for putting the violation right is over, or there was none."""


class ContentAlreadyCounted(Refused):
    """What the violation is counted in has been counted for this policy, and the creator has not been informed of it yet."""


class DiscretionNotGranted(Refused):
    """The pack gives no range of points for such a violation, or nobody with discretion decides."""


class DiscretionOutOfRange(Refused):
    """The points chosen lie outside the pack's range."""


def violation_id(creator: CreatorId, finding: Finding) -> ViolationId:
    """One occurrence of one leaf of one policy in one content item is one violation."""
    content = finding.content
    return ViolationId(derived(creator, "violation", content.id, content.offset_seconds, finding.policy, finding.leaf, finding.count_group))


@decides(SuspectViolation)
def suspect(work: Work, command: SuspectViolation) -> None:
    """Record a suspicion once; where the policy grants it, the creator's time for putting it right begins."""
    finding = command.finding
    _, policy = judged_by(work, finding)
    id = violation_id(work.creator, finding)
    known = work.account.violations.get(id)
    if isinstance(known, Suspected):
        return
    if known is not None:
        raise ViolationAlreadyDecided("This occurrence was decided before.", field="finding")
    correct_until = end_of(work.at, policy.correction, work.zone) if policy.correction else None
    work.record(ViolationSuspected(violation_id=id, finding=with_evidence(work, finding), correct_until=correct_until))


@decides(CorrectViolation)
def correct(work: Work, command: CorrectViolation) -> None:
    """Close a suspicion that was put right in time."""
    known = suspicion(work, command.violation_id)
    if isinstance(known, Closed) and known.corrected:
        return
    if not isinstance(known, Suspected):
        raise ViolationAlreadyDecided("This violation was decided before.", field="violation_id")
    if known.correct_until is None or work.at >= known.correct_until:
        until = f"ended at {known.correct_until:%Y-%m-%d %H:%M} UTC" if known.correct_until else "is not granted by the policy"
        raise CorrectionWindowClosed(f"The time for putting this right {until}.", field="violation_id")
    version = work.record(ViolationCorrected(violation_id=command.violation_id))
    release_content(work, command.violation_id, version)


@decides(DismissViolation)
def dismiss(work: Work, command: DismissViolation) -> None:
    """Close a suspicion that was not borne out. A confirmed violation is not dismissed but overturned."""
    require_reasons(command.reasons)
    known = suspicion(work, command.violation_id)
    if isinstance(known, Closed) and not known.corrected:
        return
    if not isinstance(known, Suspected):
        raise ViolationAlreadyDecided("This violation was decided before; a confirmed one falls by an appeal.", field="violation_id")
    version = work.record(ViolationDismissed(violation_id=command.violation_id, reasons=command.reasons))
    release_content(work, command.violation_id, version)


def suspicion(work: Work, id: ViolationId) -> Suspected | Closed | object:
    """The violation of that id, in whatever state."""
    known = work.account.violations.get(id)
    if known is None:
        raise ViolationUnknown(f"The account has no violation {id}.", field="violation_id")
    return known


@decides(ConfirmViolation)
def confirm(work: Work, command: ConfirmViolation) -> None:
    """Decide that a violation took place, and record all that follows."""
    finding = command.finding
    id, pin = pinned(work, finding, command.language)
    refuse_unless_granted(work, command, work.packs.by_hash(pin.schedule), id)
    version = work.record(ViolationConfirmed(
        violation_id=id, finding=with_evidence(work, finding), pin=pin, automated=not work.actor.is_person,
        discretion=command.discretion, facts=command.facts))
    enforce(work, id, version)


def pinned(work: Work, finding: Finding, language: str) -> tuple[ViolationId, PolicyPin]:
    """The id of a violation that may be decided, and the text and schedule it is decided by; a refusal if it may not be."""
    published, policy = judged_by(work, finding)
    id = violation_id(work.creator, finding)
    refuse_if_decided(work, id)
    refuse_if_counted(work, finding)
    refuse_if_too_old(work, finding)
    schedule = schedule_of(work, finding)
    spoken = language if language in policy.text else next(iter(policy.text))
    text = sha256(policy.text[spoken].encode()).hexdigest()
    return id, PolicyPin(published.hash, published.version, text, spoken, schedule.hash, schedule.version)


def refuse_if_decided(work: Work, id: ViolationId) -> None:
    """Refuse to decide twice, or while the creator may still put it right."""
    known = work.account.violations.get(id)
    if isinstance(known, Suspected):
        if known.correct_until is not None and work.at < known.correct_until:
            raise CorrectionWindowOpen(f"The creator may put this right until {known.correct_until:%Y-%m-%d %H:%M} UTC.", field="finding")
    elif known is not None:
        raise ViolationAlreadyDecided("This occurrence was decided before.", field="finding")


def refuse_if_counted(work: Work, finding: Finding) -> None:
    """Refuse a second count of one group for one policy, unless the creator was informed of the first in between."""
    for id, known in work.account.violations.items():
        if not isinstance(known, Confirmed) or (known.policy, known.group) != (finding.policy, finding.group):
            continue
        informed = work.account.informed.get(id)
        if informed is None or informed.at <= known.at:
            raise ContentAlreadyCounted(
                f"{finding.group!r} was counted for {finding.policy} on {known.at:%Y-%m-%d}, and the creator has not been informed of it yet.",
                field="finding.content")


def refuse_unless_granted(work: Work, command: ConfirmViolation, schedule: Published, id: ViolationId) -> None:
    """Refuse points chosen by hand where the pack gives no range, outside it, by a machine, or without reasons."""
    finding, chosen = command.finding, command.discretion
    would = as_confirmed(work, finding, schedule)
    occurrence = occurrence_of(work.account, id, would, schedule.pack)
    _, rule = rule_for(schedule.pack, finding.policy, finding.severity, occurrence)
    if chosen is None:
        return
    require_reasons(chosen.reasons, "discretion.reasons")
    if rule.range is None or not work.actor.is_person:
        raise DiscretionNotGranted(f"The pack gives {rule.points} points for this; no person may choose others.", field="discretion.points")
    if not rule.range[0] <= chosen.points <= rule.range[1]:
        raise DiscretionOutOfRange(f"The pack gives {rule.range[0]} to {rule.range[1]} points for this.", field="discretion.points")


def as_confirmed(work: Work, finding: Finding, schedule: Published) -> Confirmed:
    """The violation as the account would keep it."""
    content = finding.content
    return Confirmed(
        finding.policy, finding.severity, work.at, schedule.hash, content.id, noticed_in(finding), finding.group, work.actor.id,
        not work.actor.is_person, work.account.version + 1, finding.leaf, content.feature)


def noticed_in(finding: Finding) -> Noticed:
    """What the account keeps of the content, and of how it came to notice."""
    return Noticed(finding.content.kind, finding.content.created_at, finding.source.kind, finding.detection.automated)


@evolves(ViolationSuspected)
def suspected(account: Account, event: ViolationSuspected, fact: Fact) -> None:
    account.violations[event.violation_id] = Suspected(
        event.finding.policy, event.finding.severity, event.finding.content.id, event.correct_until, fact.version, noticed_in(event.finding),
        event.finding.items)
    take_in(account, event.finding.evidence, event.violation_id, event.violation_id, fact)


@evolves(ViolationCorrected)
def corrected(account: Account, event: ViolationCorrected, fact: Fact) -> None:
    close(account, event.violation_id, corrected=True)


@evolves(ViolationDismissed)
def dismissed(account: Account, event: ViolationDismissed, fact: Fact) -> None:
    close(account, event.violation_id, corrected=False)


def close(account: Account, id: ViolationId, *, corrected: bool) -> None:
    """A suspicion is over."""
    known = account.violations[id]
    if isinstance(known, Suspected):
        account.violations[id] = Closed(known.policy, corrected)


@evolves(ViolationConfirmed)
def confirmed(account: Account, event: ViolationConfirmed, fact: Fact) -> None:
    finding, content = event.finding, event.finding.content
    account.violations[event.violation_id] = Confirmed(
        finding.policy, finding.severity, account.at or fact.occurred_at, event.pin.schedule, content.id, noticed_in(finding), finding.group,
        decided_by(event, fact), event.automated, fact.version, finding.leaf, content.feature,
        event.discretion.points if event.discretion else None, finding.items, event.origin)
    for each in finding.evidence:
        account.evidence.setdefault(each.reference, each.sha256)
    take_in(account, finding.evidence, event.violation_id, event.violation_id, fact)
    account.causes.append(ViolationCause(event.violation_id))
    count_in(account, event.violation_id)


def decided_by(event: ViolationConfirmed, fact: Fact) -> str:
    """Who decided: the one who did in the other system, if one is told."""
    return (event.origin.decided_by if event.origin else "") or fact.actor.id
