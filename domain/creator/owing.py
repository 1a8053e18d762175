"""What is owed because of what fell, by whatever way it fell: looked for once, at the end of every decision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from domain.calendar import end_of
from domain.creator.commission import CommissionReinstated
from domain.creator.grammar import Work
from domain.creator.overturn import ViolationAmended, ViolationOverturned, history
from domain.creator.penalties import PenaltyLifted, PenaltyReversed, PenaltyShortened, every, find
from domain.creator.remedies import RemedyOwed
from domain.creator.serving import does_not_stand, served_in_excess, stands_by_hand
from domain.creator.state import Account, Forfeiture, Penalty, RemedyKind, Restriction
from domain.creator.violations import ViolationDismissed
from domain.facts import Draft
from domain.identity import ForfeitureId, FreezeId, PenaltyId, RemedyId, ViolationId, derived

Falls = dict[int, Draft]  # by version

def owe(work: Work) -> None:
    """Record what is owed because of what this decision made fall, or lightened."""
    falls = falls_of(work)
    if not falls:
        return
    told = history(work, {})
    owe_time(work, falls, told)
    for version, draft in falls.items():
        if isinstance(draft.event, CommissionReinstated):
            record(work, falls, version, RemedyKind.COMMISSION, draft.event.freeze_id, amount=draft.event.amount,
                   currency=draft.event.currency, forfeitures=(draft.event.forfeiture_id,))
    owe_commission(work, falls, told)
    owe_rewards(work, falls, told)


def falls_of(work: Work) -> Falls:
    """The facts of this decision by which something fell, or was lightened; failing these, by which a penalty gave way to a milder one."""
    drafts = dict(enumerate(work.drafts, start=work.account.version - len(work.drafts) + 1))
    found = {version: draft for version, draft in drafts.items() if falls(draft)}
    return found or {version: draft for version, draft in drafts.items() if isinstance(draft.event, PenaltyLifted) and draft.cause}


def falls(draft: Draft) -> bool:
    """Whether something falls, or is lightened, by a fact. A person who lifts a penalty, or shortens it for the time ahead, makes nothing fall."""
    match draft.event:
        case ViolationOverturned() | ViolationAmended() | ViolationDismissed() | PenaltyReversed() | CommissionReinstated():
            return True
        case PenaltyShortened(served_seconds=served):
            return served > 0
        case _:
            return False


def owe_time(work: Work, falls: Falls, told: Account) -> None:
    """The time for which the creator was restricted and should not have been, as far as it is not owed already."""
    excess = {
        restriction: seconds - work.account.served_owed.get(restriction.name, 0)
        for restriction, seconds in served_in_excess(work.account, told, work.at).items()}
    for seconds in dict.fromkeys(found for found in excess.values() if found > 0):
        restrictions = tuple(restriction for restriction, found in excess.items() if found == seconds)
        fallen = concerned(work.account, falls, restrictions)
        record(work, falls, cause_of(falls, fallen), RemedyKind.SERVED_TIME, fallen[0], seconds=seconds, restrictions=restrictions)


def concerned(account: Account, falls: Falls, restrictions: tuple[Restriction, ...]) -> list[PenaltyId]:
    """The penalties, in force or over, that restrict any of that: those that fall first, of them the latest."""
    falling = {subject_of(draft.event) for draft in falls.values()}
    found = [one for one in every(account) if set(one.restrictions) & set(restrictions)]
    return [one.id for one in sorted(found, key=lambda one: (one.id not in falling, -one.version))]


def owe_commission(work: Work, falls: Falls, told: Account) -> None:
    """What was forfeited because of a penalty that has fallen."""
    by_freeze: dict[FreezeId, dict[ForfeitureId, Forfeiture]] = {}
    for id, lost in work.account.forfeitures.items():
        by_freeze.setdefault(lost.freeze, {})[id] = lost
    for freeze, forfeited in by_freeze.items():
        one = next(iter(forfeited.values()))
        penalty = one.penalty
        if has_fallen(work.account, penalty, told):
            cause = cause_of(falls, (penalty, *rests_on(work.account, penalty)))
            record(work, falls, cause, RemedyKind.COMMISSION, freeze, amount=sum(lost.amount for lost in forfeited.values()),
                   currency=one.currency, orders=one.orders, forfeitures=tuple(forfeited))


def owe_rewards(work: Work, falls: Falls, told: Account) -> None:
    """Rewards that were taken back because of nothing but what has fallen."""
    for id, reward in tuple(work.account.lost.items()):
        if all(has_fallen(work.account, basis, told) for basis in reward.because):
            below = (violation for basis in reward.because for violation in rests_on(work.account, basis))
            record(work, falls, cause_of(falls, (*reward.because, *below)), RemedyKind.REWARD, id, reward=reward.kind)


def has_fallen(account: Account, id: UUID, told: Account) -> bool:
    """Whether a violation or penalty does not stand; `told` is the account as its causes, as they stand now, would have made it."""
    if violation := account.violations.get(ViolationId(id)):
        return does_not_stand(violation)
    penalty = account.ended.get(PenaltyId(id))
    return penalty is not None and (
        penalty.reversed or not (stands_by_hand(account, penalty) if penalty.by_person else given(told, penalty)))


def given(told: Account, penalty: Penalty) -> bool:
    """Whether that history gives the penalty too."""
    return penalty.id in told.standing.penalties or penalty.id in told.ended


def rests_on(account: Account, id: UUID) -> tuple[ViolationId, ...]:
    """The violations a penalty rests on; none for what is no penalty."""
    penalty = find(account, PenaltyId(id))
    return penalty.violations if penalty else ()


def cause_of(falls: Falls, ids: Iterable[UUID]) -> int:
    """The fact of this decision that made one of these fall, the most telling one; where none names them, its first."""
    named = {subject_of(draft.event): version for version, draft in falls.items()}
    return next((named[id] for id in ids if id in named), next(iter(falls)))


def subject_of(event: Any) -> UUID:
    """What fell, or was lightened, by an event."""
    match event:
        case ViolationOverturned() | ViolationAmended() | ViolationDismissed():
            return event.violation_id
        case CommissionReinstated():
            return event.forfeiture_id
        case _:
            penalty: PenaltyId = event.penalty_id
            return penalty


def record(work: Work, falls: Falls, cause: int, kind: RemedyKind, subject: UUID, **what: Any) -> None:
    """Record that something is owed, to whom the pack gives it and by when."""
    rule = work.pack.remedies
    due_at = end_of(work.at, rule.within, work.zone) if rule.within else None
    id = RemedyId(derived(work.creator, "remedy", kind, subject, cause, *(one.name for one in what.get("restrictions", ()))))
    work.follow(RemedyOwed(
        remedy_id=id, kind=kind, subject=subject, violation_id=violation_behind(work.account, falls, cause), owner=rule.owner, due_at=due_at,
        **what), cause)


def violation_behind(account: Account, falls: Falls, version: int) -> ViolationId | None:
    """The violation that fell, or was lightened, at the root of a fact of this decision; none where a penalty alone fell."""
    draft = falls[version]
    id = ViolationId(subject_of(draft.event))
    if id in account.violations:
        return id
    above = draft.cause.version if draft.cause else 0
    return violation_behind(account, falls, above) if above in falls else None
