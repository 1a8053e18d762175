"""What is said and shown while an appeal waits: evidence by either side, questions to the appellant. A decision locks it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from domain.calendar import end_of
from domain.creator.appeals import refuse_participants, refuse_strangers, require_complete, shown, waiting
from domain.creator.deadlines import resume
from domain.creator.finding import Evidence
from domain.creator.grammar import Command, Work, bookkeeping, decides, evolves
from domain.creator.keeping import to_record
from domain.creator.relations import EvidenceRequired
from domain.creator.sanctions import PersonRequired
from domain.creator.state import Account, Question, Submitted
from domain.creator.warnings import require_reasons
from domain.facts import ActorKind, Event, Fact, Personal
from domain.identity import AppealId, Sha256
from domain.refusals import Refused

APPELLANTS = frozenset({ActorKind.CREATOR, ActorKind.AGENCY, ActorKind.GUARDIAN})


class AppealEvidenceAdded(Event, frozen=True, kw_only=True):
    """Either side added evidence to an appeal that waits."""

    appeal_id: AppealId
    evidence: tuple[Evidence, ...]


class EvidenceChanged(Event, frozen=True, kw_only=True):
    """What a reference to evidence leads to is not what it was: its SHA-256 (hex) before and now."""

    reference: str
    before: str
    sha256: str


class InformationRequested(Event, frozen=True, kw_only=True):
    """The appellant is asked for more; until `until` the pausable clocks stand still."""

    appeal_id: AppealId
    question: Personal
    until: datetime


class InformationProvided(Event, frozen=True, kw_only=True):
    """The appellant answered."""

    appeal_id: AppealId
    answer: Personal
    evidence: tuple[Evidence, ...] = ()


class AddAppealEvidence(Command, frozen=True, kw_only=True):
    """Add evidence to an appeal that waits."""

    appeal_id: AppealId
    evidence: tuple[Evidence, ...]


class ReportEvidence(Command, frozen=True, kw_only=True):
    """Record what a reference to evidence leads to now, by its SHA-256 (hex)."""

    reference: str
    sha256: Sha256


class RequestInformation(Command, frozen=True, kw_only=True):
    """Ask the appellant for more, with a time for the answer."""

    appeal_id: AppealId
    question: Personal
    until: datetime


class ProvideInformation(Command, frozen=True, kw_only=True):
    """Answer what was asked of the appellant."""

    appeal_id: AppealId
    answer: Personal
    evidence: tuple[Evidence, ...] = ()


class EvidenceUnknown(Refused):
    """The account has no evidence of that reference."""


class InformationNotRequested(Refused):
    """The appellant was not asked, or the time for the answer is over."""


class InformationAlreadyRequested(Refused):
    """The appellant has been asked, and the time for the answer is not over."""


class AnswerTimeInvalid(Refused):
    """The time for the answer must lie ahead, and within what the pack grants."""


@decides(AddAppealEvidence)
def add(work: Work, command: AddAppealEvidence) -> None:
    """Add evidence, by the appellant or the platform; what is there already is not recorded again."""
    if work.actor.kind in APPELLANTS:
        refuse_strangers(work)
    appeal = waiting(work, command.appeal_id)
    if not command.evidence:
        raise EvidenceRequired("Give the evidence.", field="evidence")
    require_complete(command.evidence)
    new = tuple(each for each in command.evidence if (each.reference, each.sha256) not in appeal.evidence)
    if new:
        work.record(AppealEvidenceAdded(appeal_id=command.appeal_id, evidence=to_record(work, new)))


@decides(ReportEvidence)
def report(work: Work, command: ReportEvidence) -> None:
    """Record that a reference leads to something else than before; the same as before records nothing."""
    before = work.account.evidence.get(command.reference)
    if before is None:
        raise EvidenceUnknown(f"The account has no evidence {command.reference!r}.", field="reference")
    if before != command.sha256:
        work.record(EvidenceChanged(reference=command.reference, before=before, sha256=command.sha256))


@decides(RequestInformation)
def ask(work: Work, command: RequestInformation) -> None:
    """Ask the appellant for more, for no longer than the pack lets the clocks stand still."""
    appeal = waiting(work, command.appeal_id)
    require_reasons(command.question, "question")
    if not work.actor.is_person:
        raise PersonRequired("Only a person asks the appellant for more.")
    refuse_participants(work, appeal.subject)
    if appeal.question is not None:
        raise InformationAlreadyRequested(f"The appellant has until {appeal.question.until:%Y-%m-%d %H:%M} UTC to answer.", field="appeal_id")
    longest = work.pack.appeal.answer_within
    latest = end_of(work.at, longest, work.zone) if longest else None
    if command.until <= work.at or (latest and command.until > latest):
        until = f", at the latest {latest:%Y-%m-%d %H:%M} UTC" if latest else ""
        raise AnswerTimeInvalid(f"Give a time for the answer that lies ahead{until}.", field="until")
    work.record(InformationRequested(appeal_id=command.appeal_id, question=command.question, until=command.until))


@decides(ProvideInformation)
def answer(work: Work, command: ProvideInformation) -> None:
    """Answer; the clocks run on."""
    refuse_strangers(work)
    appeal = waiting(work, command.appeal_id)
    require_reasons(command.answer, "answer")
    require_complete(command.evidence)
    if appeal.question is None:
        raise InformationNotRequested("Nothing is asked of the appellant now; add evidence while the appeal waits.", field="appeal_id")
    version = work.record(InformationProvided(appeal_id=command.appeal_id, answer=command.answer, evidence=to_record(work, command.evidence)))
    resume(work, command.appeal_id, appeal, version, work.at)


def added(account: Account, event: AppealEvidenceAdded | InformationProvided, fact: Fact) -> None:
    """There is more evidence in the appeal."""
    shown(account, event.appeal_id, event.evidence, fact)


evolves(AppealEvidenceAdded)(added)
evolves(InformationProvided)(added)


@evolves(EvidenceChanged)
def changed(account: Account, event: EvidenceChanged, fact: Fact) -> None:
    account.evidence[event.reference] = event.sha256


@evolves(InformationRequested)
def asked(account: Account, event: InformationRequested, fact: Fact) -> None:
    appeal = account.appeals[event.appeal_id]
    if isinstance(appeal, Submitted):
        question = Question(account.at or fact.occurred_at, event.until, fact.version)
        account.appeals[event.appeal_id] = msgspec.structs.replace(appeal, question=question)


bookkeeping(EvidenceChanged)
