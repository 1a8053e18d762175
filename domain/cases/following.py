"""What follows for the desk from what happens to an account: an appeal submitted opens a case, one decided or withdrawn closes it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.cases.case import CaseOpened
from domain.cases.desk import CloseCase, OpenCase
from domain.creator.appeals import AppealDecided, AppealSubmitted, AppealWithdrawn, subject_kind, took_part
from domain.creator.grammar import AccountNotRegistered
from domain.creator.penalties import find
from domain.creator.state import Account, Confirmed, Overturned, Submitted
from domain.facts import Cause, Fact
from domain.identity import AppealId, CreatorId, PenaltyId, ViolationId

FOLLOWED = (AppealSubmitted, AppealDecided, AppealWithdrawn)
WITHDRAWN = "WITHDRAWN"


def react(fact: Fact, account: Account) -> OpenCase | CloseCase | None:
    """What is to be done at the desk because of a fact of an account, which is given as it was right after that fact."""
    creator, cause = CreatorId(fact.stream), Cause(fact.stream, fact.version)
    match fact.event:
        case AppealSubmitted(appeal_id=id):
            return OpenCase(creator=creator, appeal_id=id, opened=case_of(account, id), cause=cause)
        case AppealDecided(appeal_id=id, outcome=outcome):
            return CloseCase(creator=creator, appeal_id=id, outcome=outcome.value, cause=cause)
        case AppealWithdrawn(appeal_id=id):
            return CloseCase(creator=creator, appeal_id=id, outcome=WITHDRAWN, cause=cause)
        case _:
            return None


def case_of(account: Account, id: AppealId) -> CaseOpened:
    """The case of an appeal of the account, as it is opened."""
    if account.scheme is None:
        raise AccountNotRegistered("This creator account has not been registered.", field="creator")
    appeal = account.appeals[id]
    return CaseOpened(
        appeal_id=id, creator=CreatorId(account.id), market=account.market, languages=account.languages,
        policies=policies_of(account, appeal.subject), pack=account.scheme.hash, level=appeal.level,
        subject_kind=subject_kind(account, appeal.subject), due_at=due_at(account, id),
        conflicted=tuple(sorted(took_part(account, appeal.subject))))


def due_at(account: Account, id: AppealId) -> datetime | None:  # noqa: ARG001  # what a deadline will follow from
    """When an appeal should be decided (UTC). None: the packs set no time yet."""
    return None


def policies_of(account: Account, subject: UUID) -> tuple[str, ...]:
    """The policies of the violation that an appeal is about, or of those that the penalty it is about rests on."""
    penalty = find(account, PenaltyId(subject))
    violations = (account.violations.get(id) for id in (penalty.violations if penalty else (ViolationId(subject),)))
    found = (it.was if isinstance(it, Overturned) else it for it in violations)
    return tuple(sorted({it.policy for it in found if isinstance(it, Confirmed)}))


def awaits_decision(account: Account, id: AppealId) -> bool:
    """Whether the account has that appeal, and it waits for its decision."""
    return isinstance(account.appeals.get(id), Submitted)
