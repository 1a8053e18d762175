"""Consequences as a function of causes: what falls due by itself, and history told again.

The everyday path adds one more cause to the account as folded so far. `retold` is the same from scratch: all causes in their order, without
those that are gone. Both go through `enforcement.enforce`, so what is decided is what a replay gives.
"""

from __future__ import annotations

from datetime import datetime

from domain.calendar import end_of
from domain.creator.enforcement import enforce
from domain.creator.grammar import Order, Work
from domain.creator.ledger import SCORE_TALLY, Entry
from domain.creator.penalties import PenaltyExpired, PenaltyImposed, PenaltyProposalLapsed
from domain.creator.points import expire
from domain.creator.scheme import adopt_figures
from domain.creator.state import (
    Account,
    ApprovalCause,
    CauseRecord,
    Confirmed,
    CreditCause,
    EntryCause,
    Penalty,
    Proposal,
    SchemeCause,
    Standing,
    ViolationCause,
)
from domain.identity import EntryId, PenaltyId, ViolationId
from domain.packs.catalogue import Catalogue

DueInStanding = Entry | Penalty | Proposal


def due_in_standing(standing: Standing, until: datetime) -> list[tuple[datetime, int, DueInStanding]]:
    """What of the standing falls due by `until`, each with its time and its rank among those of one instant (entries expire first)."""
    entries = standing.ledger.entries.values()
    due: list[tuple[datetime, int, DueInStanding]] = [(e.expires_at, 0, e) for e in entries if e.expires_at and e.expires_at <= until]
    penalties = (penalty for penalty in standing.penalties.values() if not ends_with_proposal(standing, penalty))
    due += [(p.ends_at, 1, p) for p in penalties if p.ends_at and p.ends_at <= until]
    due += [(p.lapses_at, 2, p) for p in standing.proposals.values() if p.lapses_at <= until]
    return due


def ends_with_proposal(standing: Standing, penalty: Penalty) -> bool:
    """Whether a penalty is the interim of a proposal and over when that lapses, not earlier."""
    proposal = standing.proposals.get(penalty.id)
    return proposal is not None and penalty.ends_at is not None and proposal.lapses_at <= penalty.ends_at


def record_due(work: Work, due: DueInStanding) -> None:
    """Record that something fell due, at the moment it did."""
    match due:
        case Entry():
            expire(work, due)
        case Penalty():
            work.follow(PenaltyExpired(penalty_id=due.id), due.version, at=due.ends_at)
        case Proposal():
            work.follow(PenaltyProposalLapsed(penalty_id=due.penalty.id), due.penalty.version, at=due.lapses_at)


def settle_standing(work: Work, until: datetime) -> None:
    """Record what of the standing falls due by `until`, in order."""
    for _, _, due in sorted(due_in_standing(work.account.standing, until), key=lambda due: due[:2]):
        record_due(work, due)


def impose_approved(work: Work, proposal: Proposal, approver: str, cause: int) -> None:
    """A proposal that a second person approved takes effect; its duration counts from now."""
    penalty = proposal.penalty
    ends_at = end_of(work.at, proposal.duration, work.zone) if proposal.duration else None
    work.follow(PenaltyImposed(
        penalty_id=penalty.id, kind=penalty.kind, channel=penalty.channel, trigger=ViolationId(penalty.trigger), violations=penalty.violations,
        restrictions=penalty.restrictions, starts_at=work.at, ends_at=ends_at, decided_by=penalty.decided_by, approved_by=approver,
        restorable=penalty.restorable), cause)


def retold(account: Account, packs: Catalogue, order: Order, until: datetime, violations: dict[ViolationId, Confirmed]) -> Account:
    """The account as its causes would have made it by `until`, had these violations alone stood; told from the beginning.

    Only what follows from causes is told: ledger, counted violations, penalties and proposals (those over in `ended`). Points that were
    earned, given back by a quiz or clawed back stand as they were recorded, as far as what they belong to is still there.
    """
    told = Account(id=account.id, market=account.market, scheme=account.scheme)
    told.violations = dict(violations)
    work = Work(told, order, packs)
    for cause in account.causes:
        at = time_of(cause, violations)
        if at is not None:
            settle_standing(work, at)
            work.at = at
            tell(work, cause)
    settle_standing(work, until)
    return work.account


def time_of(cause: CauseRecord, violations: dict[ViolationId, Confirmed]) -> datetime | None:
    """When a cause took effect (UTC); None for a violation that is left out."""
    if not isinstance(cause, ViolationCause):
        return cause.at
    violation = violations.get(cause.id)
    return violation.at if violation else None


def tell(work: Work, cause: CauseRecord) -> None:
    """Let one cause have its consequences."""
    standing = work.account.standing
    match cause:
        case ViolationCause(id):
            count_in(work.account, id)
            enforce(work, id, 0)
        case SchemeCause(_, hash, keep):
            adopt_figures(work.account, work.packs.by_hash(hash), keep=keep)
        case CreditCause(at, entry, source, delta, expires_at):
            standing.ledger.put(Entry(entry, SCORE_TALLY, source, delta, at, expires_at, 0))
        case EntryCause(_, entry, delta):
            change_if_there(standing, entry, delta)
        case ApprovalCause(_, penalty, approver):
            approve_if_there(work, penalty, approver)


def approve_if_there(work: Work, penalty: PenaltyId, approver: str) -> None:
    """Let an approval take effect, if the proposal is there in this history."""
    if proposal := work.account.standing.proposals.get(penalty):
        impose_approved(work, proposal, approver, 0)


def count_in(account: Account, id: ViolationId) -> None:
    """Count a confirmed violation among those of its type."""
    violation = account.violations[id]
    if isinstance(violation, Confirmed):
        counted = account.standing.counted
        counted[violation.policy] = (*counted.get(violation.policy, ()), (id, violation.at))


def change_if_there(standing: Standing, entry: EntryId, delta: int) -> None:
    """Change an entry towards zero, by no more than what is left of it; one that is not there is left alone."""
    if found := standing.ledger.entries.get(entry):
        standing.ledger.change(entry, max(-abs(found.delta), min(abs(found.delta), delta)))
