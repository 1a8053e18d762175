"""Notices to the creator: sent, delivered, bounced, read, deemed received. The appeal window begins when the creator was informed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from domain.calendar import Duration, end_of
from domain.creator.grammar import Command, Work, bookkeeping, decides, evolves
from domain.creator.penalties import find
from domain.creator.state import Account, Decided, Informed, Notice
from domain.creator.subjects import decision_on
from domain.facts import Event, Fact, Personal
from domain.identity import AppealId, NoticeId, PackHash, PenaltyId, Sha256, ViolationId, derived
from domain.refusals import Refused

OMITTED = "OMITTED"
STANDING = ("UPHELD", "PARTIALLY_REVERSED")  # outcomes that leave something to be appealed at the next level


class ProceduralLaw(msgspec.Struct, frozen=True):
    """By which law the creator's deadlines run: fixed when the creator is informed. `rule` names what gave the deadline, with its length."""

    jurisdictions: tuple[str, ...]
    time_zone: str
    pack: PackHash
    rule: str
    window: Duration


class NoticeSent(Event, frozen=True, kw_only=True):
    """The creator was sent word of a decision. `deemed_at`: when it counts as received unless it bounces before."""

    notice_id: NoticeId
    subject: UUID
    channel: str
    language: str
    template: str
    template_version: str
    sha256: Sha256
    deemed_at: datetime | None = None


class CreatorInformed(Event, frozen=True, kw_only=True):
    """The creator is informed of a decision; until `appeal_until` an appeal may be filed (None: it is about nothing that can be appealed).

    The first time, it begins that window, and `law` says how it is counted; None where no window begins, or it runs already.
    """

    notice_id: NoticeId
    subject: UUID
    appeal_until: datetime | None = None
    law: ProceduralLaw | None = None


class NoticeDelivered(CreatorInformed, frozen=True, kw_only=True):
    """The notice reached the creator's inbox."""


class NoticeRead(CreatorInformed, frozen=True, kw_only=True):
    """The creator opened the notice."""


class NoticeDeemed(CreatorInformed, frozen=True, kw_only=True):
    """The notice counts as received, because it was sent and did not bounce."""


class NoticeBounced(Event, frozen=True, kw_only=True):
    """The notice could not be delivered; nothing begins."""

    notice_id: NoticeId
    subject: UUID
    detail: Personal | None = None


class SendNotice(Command, frozen=True, kw_only=True):
    """Record that the creator was sent word of a violation, penalty or appeal."""

    subject: UUID
    channel: str
    language: str
    template: str
    template_version: str
    sha256: Sha256


class DeliverNotice(Command, frozen=True, kw_only=True):
    """Record that a notice reached the creator."""

    notice_id: NoticeId


class ReadNotice(Command, frozen=True, kw_only=True):
    """Record that the creator opened a notice."""

    notice_id: NoticeId


class BounceNotice(Command, frozen=True, kw_only=True):
    """Record that a notice could not be delivered."""

    notice_id: NoticeId
    detail: Personal | None = None


class NoticeSubjectUnknown(Refused):
    """The account has no violation, penalty, appeal or other decision of that id."""


class NoticeUnknown(Refused):
    """The account has no notice of that id."""


class NoticeNotOpen(Refused):
    """The notice bounced before, or was received before it bounced."""


@decides(SendNotice)
def send(work: Work, command: SendNotice) -> None:
    """Record a notice about something decided."""
    account = work.account
    if not (ViolationId(command.subject) in account.violations or find(account, PenaltyId(command.subject))
            or PenaltyId(command.subject) in account.standing.proposals or AppealId(command.subject) in account.appeals
            or decision_on(account, command.subject)):
        raise NoticeSubjectUnknown(f"The account has no decision or appeal {command.subject}.", field="subject")
    deemed_after = work.pack.notice.deemed_after
    work.record(NoticeSent(
        notice_id=NoticeId(derived(work.creator, "notice", command.subject, account.version + 1)), subject=command.subject,
        channel=command.channel, language=command.language, template=command.template, template_version=command.template_version,
        sha256=command.sha256, deemed_at=end_of(work.at, deemed_after, work.zone) if deemed_after else None))


@decides(DeliverNotice)
def deliver(work: Work, command: DeliverNotice) -> None:
    """The notice arrived; once it has, again records nothing."""
    notice = open_notice(work, command.notice_id)
    if notice.informed_at is None:
        deadline, law = window_of(work, notice, work.at)
        work.record(NoticeDelivered(notice_id=command.notice_id, subject=notice.subject, appeal_until=deadline, law=law))


@decides(ReadNotice)
def read(work: Work, command: ReadNotice) -> None:
    """The creator opened the notice."""
    notice = open_notice(work, command.notice_id)
    if not notice.read:
        deadline, law = window_of(work, notice, work.at)
        work.record(NoticeRead(notice_id=command.notice_id, subject=notice.subject, appeal_until=deadline, law=law))


@decides(BounceNotice)
def bounce(work: Work, command: BounceNotice) -> None:
    """The notice could not be delivered."""
    notice = notice_of(work, command.notice_id)
    if notice.informed_at is not None:
        raise NoticeNotOpen("This notice was received; it cannot bounce any more.", field="notice_id")
    if not notice.bounced:
        work.record(NoticeBounced(notice_id=command.notice_id, subject=notice.subject, detail=command.detail))


def notice_of(work: Work, id: NoticeId) -> Notice:
    """The notice of that id, or a refusal."""
    notice = work.account.notices.get(id)
    if notice is None:
        raise NoticeUnknown(f"The account has no notice {id}.", field="notice_id")
    return notice


def open_notice(work: Work, id: NoticeId) -> Notice:
    """The notice of that id, if it did not bounce."""
    notice = notice_of(work, id)
    if notice.bounced:
        raise NoticeNotOpen("This notice bounced; send another one.", field="notice_id")
    return notice


def window_of(work: Work, notice: Notice, informed_at: datetime) -> tuple[datetime | None, ProceduralLaw | None]:
    """Until when an appeal may be filed now that the creator is informed (UTC), and the law where the window begins with this notice.

    Word of a suspicion or proposal begins none: the decision may come later, and has a window of its own.
    """
    appeal = work.account.appeals.get(AppealId(notice.subject))
    decided = appeal if isinstance(appeal, Decided) else decision_on(work.account, notice.subject)
    if decided is None or notice.version < decided.version:
        return None, None
    known = work.account.informed.get(notice.subject)
    if known is not None and known.at >= decided.at:
        return known.appeal_until, None
    if isinstance(decided, Decided):
        window = second_window(work, decided)
        return next_level(work, window, informed_at) if window else (None, None)
    deadline, law = appeal_deadline(work, informed_at)
    return (max(deadline, known.appeal_until) if known else deadline), law


def second_window(work: Work, decided: Decided) -> Duration | None:
    """The time for an appeal at the next level; None if there is none to be filed."""
    rule = work.pack.appeal
    if decided.level >= rule.levels or decided.outcome not in STANDING:
        return None
    return rule.second_window or rule.window


def next_level(work: Work, window: Duration, informed_at: datetime) -> tuple[datetime, ProceduralLaw]:
    """Until when an appeal at the next level may be filed (UTC), and by which rule."""
    law = ProceduralLaw(work.account.jurisdictions, work.zone, work.scheme_hash, f"PLATFORM, next level: {window}", window)
    return end_of(informed_at, window, work.zone), law


def informed_of(account: Account, subject: UUID) -> Informed | None:
    """When the creator was informed of a decision: also by word of what it follows from, if it was in force then.

    Of two deadlines the later one holds, so that one that has begun to run never gets shorter.
    """
    decided = decision_on(account, subject)
    if decided is None:
        return None
    told = (account.informed.get(each) for each in (subject, *decided.told_by))
    since = [informed for informed in told if informed is not None and informed.at >= decided.at]
    return max(since, key=lambda informed: informed.appeal_until, default=None)


def appeal_deadline(work: Work, informed_at: datetime) -> tuple[datetime, ProceduralLaw]:
    """Until when an appeal may be filed (UTC), and by which rule: the longest of the platform's window and every legal minimum that applies."""
    rule, account = work.pack.appeal, work.account
    windows = [("PLATFORM", rule.window)]
    windows += [(law.jurisdiction, law.window) for law in rule.legal_minimums if law.applies(account.jurisdictions)]
    name, window = max(windows, key=lambda one: end_of(informed_at, one[1], work.zone))
    return end_of(informed_at, window, work.zone), ProceduralLaw(account.jurisdictions, work.zone, work.scheme_hash, f"{name}: {window}", window)


def deem(work: Work, id: NoticeId, notice: Notice) -> None:
    """Record that a notice counts as received, at the moment it does."""
    at = notice.deemed_at or work.at
    deadline, law = window_of(work, notice, at)
    work.follow(NoticeDeemed(notice_id=id, subject=notice.subject, appeal_until=deadline, law=law), notice.version, at=at)


@evolves(NoticeSent)
def sent(account: Account, event: NoticeSent, fact: Fact) -> None:
    account.notices[event.notice_id] = Notice(event.subject, fact.occurred_at, event.deemed_at, fact.version)


def informed(account: Account, event: CreatorInformed, fact: Fact) -> None:
    """The creator knows, and may have a window for an appeal from now on."""
    notice = account.notices[event.notice_id]
    at = notice.informed_at or fact.occurred_at
    account.notices[event.notice_id] = msgspec.structs.replace(notice, informed_at=at, read=isinstance(event, NoticeRead))
    if event.law is not None and event.appeal_until is not None:
        account.informed[event.subject] = Informed(account.at or fact.occurred_at, event.appeal_until, event.law.rule)


for kind in (NoticeDelivered, NoticeRead, NoticeDeemed):
    evolves(kind)(informed)


@evolves(NoticeBounced)
def bounced(account: Account, event: NoticeBounced, fact: Fact) -> None:
    account.notices[event.notice_id] = msgspec.structs.replace(account.notices[event.notice_id], bounced=True)


bookkeeping(NoticeSent, NoticeDelivered, NoticeRead, NoticeDeemed, NoticeBounced)
