"""What falls due by itself: entries, penalties, proposals, rewards, notices, and packs that come into force. Settled before every command."""

from __future__ import annotations

from datetime import datetime

from domain.creator.commission import release_held
from domain.creator.consequences import DueInStanding, due_in_standing, record_due
from domain.creator.grammar import Work
from domain.creator.ledger import Entry
from domain.creator.notices import deem
from domain.creator.penalties import (
    PenaltyExpired,
    PenaltyLifted,
    PenaltyProposalDeclined,
    PenaltyProposalLapsed,
    PenaltyReversed,
    PermissionRestored,
)
from domain.creator.rewards import RewardExpired
from domain.creator.scheme import adopt
from domain.creator.state import Account, Notice, Penalty, Proposal, Reward
from domain.facts import Cause
from domain.identity import NoticeId, RewardId
from domain.packs.catalogue import Catalogue, Published

DueElsewhere = tuple[RewardId, Reward] | tuple[NoticeId, Notice] | Published
ENDINGS = (PenaltyExpired, PenaltyLifted, PenaltyReversed, PermissionRestored, PenaltyProposalDeclined, PenaltyProposalLapsed)


def due(account: Account, packs: Catalogue, until: datetime) -> list[tuple[datetime, int, DueInStanding | DueElsewhere]]:
    """Everything that falls due by `until`, in order; at one instant entries first, a new pack last."""
    found: list[tuple[datetime, int, DueInStanding | DueElsewhere]] = [*due_in_standing(account.standing, until)]
    found += [(r.ends_at, 3, (id, r)) for id, r in account.rewards.items() if r.ends_at and r.ends_at <= until]
    found += [(n.deemed_at, 4, (id, n)) for id, n in account.notices.items() if is_deemed(n, until) and n.deemed_at]
    if account.scheme is not None:
        newer = packs.newer(account.scheme.pack, account.scheme.hash, until)
        found += [(max(p.effective_from, account.at or p.effective_from), 5, p) for p in newer]
    return sorted(found, key=lambda one: one[:2])


def is_deemed(notice: Notice, until: datetime) -> bool:
    """Whether a notice counts as received by then."""
    return notice.deemed_at is not None and notice.deemed_at <= until and not notice.bounced and notice.informed_at is None


def record(work: Work, thing: DueInStanding | DueElsewhere) -> None:
    """Record that something fell due, at the moment it did."""
    match thing:
        case Entry() | Penalty() | Proposal():
            record_due(work, thing)
        case Published():
            adopt(work, thing, Cause(thing.id, thing.fact))
        case (id, Reward() as reward):
            work.follow(RewardExpired(reward_id=RewardId(id)), reward.version, at=reward.ends_at)
        case (id, Notice() as notice):
            deem(work, NoticeId(id), notice)


def settle_due(work: Work, until: datetime) -> None:
    """Record all that falls due by `until`; a new pack in between is taken over in its place."""
    adopted = True
    while adopted:
        adopted = False
        for at, _, thing in due(work.account, work.packs, until):
            work.at = max(at, work.account.at or at)
            record(work, thing)
            if adopted := isinstance(thing, Published):
                break
    release_over(work)


def release_over(work: Work) -> None:
    """Release the commission held because of penalties that this decision has ended."""
    if not work.account.freezes:
        return
    first = work.account.version - len(work.drafts) + 1
    for version, draft in enumerate(tuple(work.drafts), start=first):
        if isinstance(draft.event, ENDINGS) and draft.event.penalty_id not in work.account.standing.penalties:
            release_held(work, draft.event.penalty_id, version)
