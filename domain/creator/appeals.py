"""Appeals: submitted in time by the creator or somebody authorised, with evidence, and withdrawn. `judgement` decides them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from domain.creator.deadlines import clocks_of
from domain.creator.finding import Evidence
from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.holds import refuse_erased
from domain.creator.keeping import take_in, to_record
from domain.creator.notices import OMITTED, informed_of
from domain.creator.relations import represents
from domain.creator.sanctions import PersonRequired
from domain.creator.state import Account, Appeal, Clock, Decided, Informed, Submitted, Withdrawn
from domain.creator.subjects import Decision, Subject, decision_on, took_part
from domain.creator.warnings import require_reasons
from domain.facts import ActorKind, Event, Fact, Personal
from domain.identity import AppealId, creator_id, derived
from domain.refusals import Refused


class AppealSubmitted(Event, frozen=True, kw_only=True):
    """Somebody asked for a decision to be reviewed.

    `appeal_until` None: the creator had not been informed, so no window ran; `rule` names what gave that deadline. `clocks` are the
    times by which it must be decided.
    """

    appeal_id: AppealId
    subject: UUID
    subject_kind: Subject
    level: int
    ordinal: int
    grounds: Personal
    evidence: tuple[Evidence, ...] = ()
    appeal_until: datetime | None = None
    rule: str = ""
    clocks: tuple[Clock, ...] = ()


class AppealWithdrawn(Event, frozen=True, kw_only=True):
    """The appeal was taken back."""

    appeal_id: AppealId


class AppealSettled(Event, frozen=True, kw_only=True):
    """The appeal was closed without a decision, because what it was about does not stand any more."""

    appeal_id: AppealId


class LateAppealAdmitted(Event, frozen=True, kw_only=True):
    """A reviewer found good cause for filing late: an appeal about the subject may be filed until then."""

    subject: UUID
    until: datetime
    reasons: Personal


class SubmitAppeal(Command, frozen=True, kw_only=True):
    """Ask for a decision to be reviewed: a violation, a penalty, what was enforced at a milestone, a forfeiture, a measure on content."""

    subject: UUID
    grounds: Personal
    evidence: tuple[Evidence, ...] = ()
    level: int | None = None


class WithdrawAppeal(Command, frozen=True, kw_only=True):
    """Take an appeal back."""

    appeal_id: AppealId


class AdmitLateAppeal(Command, frozen=True, kw_only=True):
    """Let an appeal be filed until a time, though its window is over, because there was good cause for being late."""

    subject: UUID
    until: datetime
    reasons: Personal


class ReviewerConflict(Refused):
    """Whoever took part in a decision cannot decide the appeal against it."""


class AppealSubjectUnknown(Refused):
    """The account has no decision of that id that could be appealed."""


class AppealNotYours(Refused):
    """Only the creator, or somebody authorised, may appeal."""


class AppealWindowClosed(Refused):
    """The time for an appeal is over."""


class SecondAppealWindowClosed(Refused):
    """The time for an appeal at the next level is over."""


class AppealWindowOpen(Refused):
    """The appeal would not be late."""


class AppealLevelSkipped(Refused):
    """The level before has not decided."""


class AppealLevelExhausted(Refused):
    """The last level has decided."""


class DuplicateAppeal(Refused):
    """The decision is under appeal, or was decided on appeal at that level."""


class EvidenceIncomplete(Refused):
    """Evidence in an appeal says of what kind it is, and how long it is to be kept."""


class AppealUnknown(Refused):
    """The account has no appeal of that id."""


class AppealAlreadyDecided(Refused):
    """The appeal was decided or withdrawn before."""


@decides(SubmitAppeal)
def submit(work: Work, command: SubmitAppeal) -> None:
    """File an appeal while the window is open; before the creator was informed it has not begun, and an appeal is taken all the same."""
    refuse_strangers(work)
    refuse_erased(work.account, "what an appeal says would not be kept, and nobody could decide it")
    require_reasons(command.grounds, "grounds")
    require_complete(command.evidence)
    decision = subject_of(work.account, command.subject)
    level, ordinal = place_of(work, command.subject, command.level)
    told = informed_at(work.account, command.subject, level)
    refuse_late(work, command.subject, level, told)
    work.record(AppealSubmitted(
        appeal_id=AppealId(derived(work.creator, "appeal", command.subject, level, ordinal)), subject=command.subject,
        subject_kind=decision.kind, level=level, ordinal=ordinal, grounds=command.grounds, evidence=to_record(work, command.evidence),
        appeal_until=told.appeal_until if told else None, rule=told.rule if told else "", clocks=clocks_of(work)))


def refuse_strangers(work: Work) -> None:
    """Refuse who is neither the creator nor may act for the creator now."""
    actor = work.actor
    own = actor.kind is ActorKind.CREATOR and creator_id(actor.id) == work.creator
    acts = actor.kind in (ActorKind.AGENCY, ActorKind.GUARDIAN) and represents(work.account, actor, work.at)
    if not (own or acts):
        raise AppealNotYours("Only the creator, or an agency or guardian that is authorised, may do this.")


def require_complete(evidence: tuple[Evidence, ...]) -> None:
    """Refuse evidence without its kind or its retention class; that it has a reference and a digest is seen to for every command."""
    for number, each in enumerate(evidence):
        for name in ("kind", "retention"):
            if not getattr(each, name):
                raise EvidenceIncomplete(f"Say of which kind {each.reference!r} is, and its retention class.", field=f"evidence.{number}.{name}")


def refuse_participants(work: Work, subject: UUID) -> None:
    """Refuse who took part in a decision, in one it rests on, or in an earlier review of it."""
    if work.actor.id in took_part(work.account, subject):
        raise ReviewerConflict("You took part in this decision; another person must review it.")


def subject_of(account: Account, subject: UUID) -> Decision:
    """The decision of that id, or a refusal."""
    decision = decision_on(account, subject)
    if decision is None:
        raise AppealSubjectUnknown(f"The account has no decision {subject} that could be appealed.", field="subject")
    return decision


def against(account: Account, subject: UUID) -> dict[AppealId, Appeal]:
    """The appeals about the decision that stands about a subject; those about an earlier one (an interim restriction) count for nothing."""
    decision = decision_on(account, subject)
    since = decision.version if decision else 0
    return {id: one for id, one in account.appeals.items() if one.subject == subject and one.filed > since}


def on_merits(account: Account, subject: UUID) -> list[tuple[AppealId, Decided]]:
    """Those of them that were decided on their merits, lowest level first."""
    return [(id, one) for id, one in against(account, subject).items() if isinstance(one, Decided) and one.outcome != OMITTED]


def place_of(work: Work, subject: UUID, asked: int | None = None) -> tuple[int, int]:
    """The level of a new appeal, and which at that level it is; a refusal if there is none to be filed."""
    account, decided = work.account, on_merits(work.account, subject)
    if any(isinstance(appeal, Submitted) for appeal in against(account, subject).values()):
        raise DuplicateAppeal("This decision is under appeal.", field="subject")
    reached, levels = len(decided), work.pack.appeal.levels
    level = reached + 1 if asked is None else asked
    if level <= reached:
        raise DuplicateAppeal(f"This decision has been decided on appeal at level {level}.", field="subject")
    if level > reached + 1:
        raise AppealLevelSkipped(f"Level {reached + 1} has to decide before level {level}.", field="level")
    if level > levels and not (decided and decided[-1][0] in account.informed):  # a window that has begun outlives a pack with fewer levels
        raise AppealLevelExhausted(f"Appeals are decided at {levels} level{'s' * (levels > 1)}; there is no level {level}.", field="level")
    return level, 1 + sum(1 for appeal in account.appeals.values() if appeal.subject == subject and appeal.level == level)


def informed_at(account: Account, subject: UUID, level: int) -> Informed | None:
    """When the creator was informed of what an appeal at that level is against: the decision, or the level before it."""
    if level == 1:
        return informed_of(account, subject)
    before, _ = on_merits(account, subject)[-1]
    return account.informed.get(before)


def refuse_late(work: Work, subject: UUID, level: int, told: Informed | None) -> None:
    """Refuse an appeal after its window; it counts when it is filed, and a reviewer may have admitted it all the same."""
    filed = max(work.at, work.order.at)
    admitted = work.account.admitted.get(subject)
    if told is None or filed < told.appeal_until or (admitted is not None and filed < admitted):
        return
    closed = AppealWindowClosed if level == 1 else SecondAppealWindowClosed
    raise closed(f"An appeal could be filed until {told.appeal_until:%Y-%m-%d %H:%M} UTC.", field="subject")


@decides(AdmitLateAppeal)
def admit(work: Work, command: AdmitLateAppeal) -> None:
    """Let an appeal be filed late, for good cause; the same again records nothing."""
    require_reasons(command.reasons)
    if not work.actor.is_person:
        raise PersonRequired("Only a person may find good cause.")
    subject_of(work.account, command.subject)
    refuse_participants(work, command.subject)
    level, _ = place_of(work, command.subject)
    told = informed_at(work.account, command.subject, level)
    if told is None or work.at < told.appeal_until:
        raise AppealWindowOpen("The time for an appeal is not over: it would not be late.", field="subject")
    if command.until <= work.at:
        raise AppealWindowClosed("Give a time that lies ahead.", field="until")
    if work.account.admitted.get(command.subject) != command.until:
        work.record(LateAppealAdmitted(subject=command.subject, until=command.until, reasons=command.reasons))


@decides(WithdrawAppeal)
def withdraw(work: Work, command: WithdrawAppeal) -> None:
    """Take an appeal back; again records nothing."""
    appeal = appeal_of(work, command.appeal_id)
    refuse_strangers(work)
    if isinstance(appeal, Decided):
        raise AppealAlreadyDecided("This appeal has been decided.", field="appeal_id")
    if isinstance(appeal, Submitted):
        work.record(AppealWithdrawn(appeal_id=command.appeal_id))


def appeal_of(work: Work, id: AppealId) -> Submitted | Withdrawn | Decided:
    """The appeal of that id, or a refusal."""
    appeal = work.account.appeals.get(id)
    if appeal is None:
        raise AppealUnknown(f"The account has no appeal {id}.", field="appeal_id")
    return appeal


def waiting(work: Work, id: AppealId) -> Submitted:
    """The appeal of that id, if it waits for its decision."""
    appeal = appeal_of(work, id)
    if not isinstance(appeal, Submitted):
        raise AppealAlreadyDecided("This appeal has been decided or withdrawn.", field="appeal_id")
    return appeal


def close_moot(work: Work) -> None:
    """Close the appeals whose subject this decision has taken away."""
    for id, appeal in tuple(work.account.appeals.items()):
        if isinstance(appeal, Submitted) and decision_on(work.account, appeal.subject) is None:
            work.follow(AppealSettled(appeal_id=id), work.account.version)


@evolves(AppealSubmitted)
def submitted(account: Account, event: AppealSubmitted, fact: Fact) -> None:
    account.appeals[event.appeal_id] = Submitted(event.subject, event.level, event.ordinal, fact.version, event.clocks)
    shown(account, event.appeal_id, event.evidence, fact)


def shown(account: Account, id: AppealId, evidence: tuple[Evidence, ...], fact: Fact) -> None:
    """Evidence belongs to an appeal; each reference is known by what it led to when it was given first."""
    appeal = account.appeals[id]
    if isinstance(appeal, Submitted):
        given = (*appeal.evidence, *((each.reference, each.sha256) for each in evidence))
        account.appeals[id] = msgspec.structs.replace(appeal, evidence=given)
    for each in evidence:
        account.evidence.setdefault(each.reference, each.sha256)
    take_in(account, evidence, id, appeal.subject, fact)


def closed(account: Account, event: AppealWithdrawn | AppealSettled, fact: Fact) -> None:
    """The appeal waits no more."""
    appeal = account.appeals[event.appeal_id]
    account.appeals[event.appeal_id] = Withdrawn(appeal.subject, appeal.level, appeal.ordinal, appeal.filed)


evolves(AppealWithdrawn)(closed)
evolves(AppealSettled)(closed)


@evolves(LateAppealAdmitted)
def admitted(account: Account, event: LateAppealAdmitted, fact: Fact) -> None:
    account.admitted[event.subject] = event.until


