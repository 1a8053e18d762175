"""What follows for the desk from what happens to an account.

An appeal submitted opens a case, one decided, withdrawn or settled closes it; a question or its answer changes when it is due.
"""

from __future__ import annotations

from datetime import datetime

from domain.cases.case import CaseOpened
from domain.cases.desk import CloseCase, OpenCase, RescheduleCase
from domain.creator.appeals import AppealSettled, AppealSubjectUnknown, AppealSubmitted, AppealWithdrawn
from domain.creator.deadlines import AppealResumed, running
from domain.creator.grammar import AccountNotRegistered
from domain.creator.hearing import InformationRequested
from domain.creator.judgement import AppealDecided
from domain.creator.state import Account, Confirmed, Submitted
from domain.creator.subjects import decision_on, took_part
from domain.facts import Cause, Fact
from domain.identity import AppealId, CreatorId, ViolationId

FOLLOWED = (AppealSubmitted, AppealDecided, AppealWithdrawn, AppealSettled, InformationRequested, AppealResumed)
WITHDRAWN, SETTLED = "WITHDRAWN", "SETTLED"


def react(fact: Fact, account: Account) -> OpenCase | CloseCase | RescheduleCase | None:
    """What is to be done at the desk because of a fact of an account, which is given as it was right after that fact."""
    creator, cause = CreatorId(fact.stream), Cause(fact.stream, fact.version)
    match fact.event:
        case AppealSubmitted(appeal_id=id):
            return OpenCase(creator=creator, appeal_id=id, opened=case_of(account, id), cause=cause)
        case AppealDecided(appeal_id=id, outcome=outcome):
            return CloseCase(creator=creator, appeal_id=id, outcome=outcome.value, cause=cause)
        case AppealWithdrawn(appeal_id=id):
            return CloseCase(creator=creator, appeal_id=id, outcome=WITHDRAWN, cause=cause)
        case AppealSettled(appeal_id=id):
            return CloseCase(creator=creator, appeal_id=id, outcome=SETTLED, cause=cause)
        case InformationRequested(appeal_id=id) | AppealResumed(appeal_id=id):
            return RescheduleCase(creator=creator, appeal_id=id, due_at=due_at(account, id), cause=cause)
        case _:
            return None


def case_of(account: Account, id: AppealId) -> CaseOpened:
    """The case of an appeal of the account, as it is opened."""
    if account.scheme is None:
        raise AccountNotRegistered("This creator account has not been registered.", field="creator")
    appeal = account.appeals[id]
    decision = decision_on(account, appeal.subject)
    if decision is None:
        raise AppealSubjectUnknown(f"The account has no decision {appeal.subject} that could be appealed.", field="subject")
    return CaseOpened(
        appeal_id=id, creator=CreatorId(account.id), market=account.market, languages=account.languages,
        policies=policies_of(account, decision.rests_on), pack=account.scheme.hash, level=appeal.level, subject_kind=decision.kind,
        due_at=due_at(account, id), conflicted=tuple(sorted(took_part(account, appeal.subject))))


def due_at(account: Account, id: AppealId) -> datetime | None:
    """By when an appeal must be decided (UTC): when the first of its clocks that run runs out, or ran out. None: none runs."""
    appeal = account.appeals[id]
    clocks = (*appeal.missed, *running(appeal)) if isinstance(appeal, Submitted) else ()
    return min((clock.due_at for clock in clocks), default=None)


def policies_of(account: Account, violations: tuple[ViolationId, ...]) -> tuple[str, ...]:
    """The policies of the violations that a decision rests on."""
    found = (account.violations.get(id) for id in violations)
    return tuple(sorted({it.policy for it in found if isinstance(it, Confirmed)}))


def awaits_decision(account: Account, id: AppealId) -> bool:
    """Whether the account has that appeal, and it waits for its decision."""
    return isinstance(account.appeals.get(id), Submitted)
