"""How appeals are decided: by a person who took no part in the decision, with reasons; what falls by it is undone and nothing else."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from domain.creator.appeals import refuse_participants, subject_of, waiting
from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.overturn import Ground
from domain.creator.penalties import keep
from domain.creator.reliefs import Fall, Relief, ReliefInvalid, let_fall, newly_imposed, refuse_unfit, refuse_unless_named
from domain.creator.state import Account, Decided
from domain.creator.subjects import note_reviewers
from domain.creator.warnings import require_reasons
from domain.facts import Event, Fact, Personal
from domain.identity import AppealId, PenaltyId
from domain.refusals import Refused


class Outcome(StrEnum):
    """How an appeal or dispute was decided; OMITTED: closed without a decision on its merits."""

    UPHELD = "UPHELD"
    PARTIALLY_REVERSED = "PARTIALLY_REVERSED"
    REVERSED = "REVERSED"
    OMITTED = "OMITTED"

    @property
    def overturns(self) -> bool:
        """Whether the decision falls, wholly or in part."""
        return self in (Outcome.REVERSED, Outcome.PARTIALLY_REVERSED)


class AppealDecided(Event, frozen=True, kw_only=True):
    """The appeal was decided.

    `kept` and `lifted` are penalties placed by people that rested on the violation; `relief` what took the decision's place;
    `newly_imposed` the penalties and measures that the decision itself imposed. `redress` names the ways that remain, where the law asks for it.
    """

    appeal_id: AppealId
    subject: UUID
    outcome: Outcome
    reasons: Personal
    root_cause: str = ""
    kept: tuple[PenaltyId, ...] = ()
    lifted: tuple[PenaltyId, ...] = ()
    relief: Relief | None = None
    newly_imposed: tuple[UUID, ...] = ()
    redress: tuple[str, ...] = ()


class DecideAppeal(Command, frozen=True, kw_only=True):
    """Decide an appeal, with reasons.

    With PARTIALLY_REVERSED `relief` says what changes, to what. Penalties that people placed because of a violation that falls are named as
    kept or lifted. `redress` adds ways of redress to those that the pack names.
    """

    appeal_id: AppealId
    outcome: Outcome
    reasons: Personal
    root_cause: str = ""
    relief: Relief | None = None
    keep: tuple[PenaltyId, ...] = ()
    lift: tuple[PenaltyId, ...] = ()
    redress: tuple[str, ...] = ()


class AutomatedAppealDecision(Refused):
    """A person must decide this appeal."""


class OocInfoMissing(Refused):
    """A decision that does not wholly reverse must tell of redress outside the platform, where the law asks for it."""


@decides(DecideAppeal)
def decide(work: Work, command: DecideAppeal) -> None:
    """Decide an appeal; what falls by it is undone, and nothing else."""
    appeal = waiting(work, command.appeal_id)
    require_reasons(command.reasons)
    if work.pack.appeal.person_required and not work.actor.is_person:
        raise AutomatedAppealDecision("A person must decide this appeal.")
    refuse_participants(work, appeal.subject)
    decision = subject_of(work.account, appeal.subject)
    fall = Fall(appeal.subject, Ground.APPEAL, command.root_cause, command.reasons, command.relief, command.keep, command.lift)
    refuse_mismatch(command.outcome, command.relief)
    if command.outcome.overturns:
        refuse_unfit(work, decision, fall)
    else:
        refuse_unless_named(fall, ())
    imposed = newly_imposed(work, fall)
    version = work.record(AppealDecided(
        appeal_id=command.appeal_id, subject=appeal.subject, outcome=command.outcome, reasons=command.reasons, root_cause=command.root_cause,
        kept=command.keep, lifted=command.lift, relief=command.relief, newly_imposed=imposed, redress=redress_of(work, command)))
    if command.outcome.overturns:
        let_fall(work, decision.kind, fall, imposed, version)


def refuse_mismatch(outcome: Outcome, relief: Relief | None) -> None:
    """Refuse a partial outcome that does not say what changes, and any other that does."""
    if (outcome is Outcome.PARTIALLY_REVERSED) is (relief is None):
        raise ReliefInvalid("Say in relief what changes, to what, with PARTIALLY_REVERSED, and with no other outcome.", field="relief")


def redress_of(work: Work, command: DecideAppeal) -> tuple[str, ...]:
    """The ways of redress that the appellant is told of: those of every law that applies, and those the reviewer adds."""
    if command.outcome is Outcome.REVERSED:
        return command.redress
    laws = [law for law in work.pack.appeal.redress if law.applies(work.account.jurisdictions)]
    ways = tuple(dict.fromkeys((*(way for law in laws for way in law.ways), *command.redress)))
    if laws and not ways:
        raise OocInfoMissing(f"The law of {laws[0].jurisdiction} asks that the appellant be told of further redress.", field="redress")
    return ways


@evolves(AppealDecided)
def decided(account: Account, event: AppealDecided, fact: Fact) -> None:
    appeal = account.appeals[event.appeal_id]
    account.appeals[event.appeal_id] = Decided(
        appeal.subject, appeal.level, appeal.ordinal, appeal.filed, event.outcome.value, fact.actor.id, account.at or fact.occurred_at, fact.version)
    account.admitted.pop(event.subject, None)
    note_reviewers(account, event.subject, fact.actor, event.newly_imposed)
    keep(account, event.kept)
