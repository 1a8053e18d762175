"""What falls due by itself: entries, penalties, proposals, rewards, notices, evidence, and packs that come into force.

It is settled before every command.
"""

from __future__ import annotations

from datetime import datetime

from domain.creator.commission import release_held
from domain.creator.consequences import DueInStanding, due_in_standing, record_due
from domain.creator.deadlines import due_clocks, record_run_out
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
from domain.creator.retention import Expiring, end, expiring, schedule
from domain.creator.rewards import RewardExpired
from domain.creator.scheme import adopt
from domain.creator.state import Account, Clock, Notice, Penalty, Proposal, Question, Reward
from domain.facts import Cause
from domain.identity import AppealId, NoticeId, RewardId
from domain.packs.catalogue import Catalogue, Published

DueElsewhere = tuple[RewardId, Reward] | tuple[NoticeId, Notice] | tuple[AppealId, Clock | Question] | Expiring | Published
ENDINGS = (PenaltyExpired, PenaltyLifted, PenaltyReversed, PermissionRestored, PenaltyProposalDeclined, PenaltyProposalLapsed)


def due(account: Account, packs: Catalogue, until: datetime) -> list[tuple[datetime, int, DueInStanding | DueElsewhere]]:
    """Everything that falls due by `until`, in order; at one instant entries first, a new pack last."""
    found: list[tuple[datetime, int, DueInStanding | DueElsewhere]] = [*due_in_standing(account.standing, until)]
    found += [(r.ends_at, 3, (id, r)) for id, r in account.rewards.items() if r.ends_at and r.ends_at <= until]
    awaited = ((id, n) for id, n in account.notices.items() if n.informed_at is None and not n.bounced)
    found += [(n.deemed_at, 4, (id, n)) for id, n in awaited if n.deemed_at and n.deemed_at <= until]
    found += [(at, 5, (id, what)) for at, id, what in due_clocks(account, until)]
    found += [(gone.due_at, 5, gone) for gone in expiring(account, until)]
    if account.scheme is not None:
        newer = ((begins(account, p), p) for p in packs.newer(account.scheme.pack, account.scheme.hash, until))
        found += [(at, 6, p) for at, p in newer if p.holds(at) and account.market in p.markets]
    return sorted(found, key=lambda one: one[:2])


def begins(account: Account, published: Published) -> datetime:
    """When an account takes a newer pack over (UTC): as it comes into force, or as soon as the account can where that was before."""
    return max(published.effective_from, account.at or published.effective_from)


def record(work: Work, thing: DueInStanding | DueElsewhere) -> None:
    """Record that something fell due, at the moment it did."""
    match thing:
        case Entry() | Penalty() | Proposal():
            record_due(work, thing)
        case Expiring():
            end(work, thing)
        case Published():
            adopt(work, thing, Cause(thing.id, thing.fact))
        case (id, Reward() as reward):
            work.follow(RewardExpired(reward_id=RewardId(id)), reward.version, at=reward.ends_at)
        case (id, Notice() as notice):
            deem(work, NoticeId(id), notice)
        case (id, Clock() | Question() as what):
            record_run_out(work, AppealId(id), what)


def settle_due(work: Work, until: datetime) -> None:
    """Record all that falls due by `until`; what a new pack, the end of a question or of a contest changes about it is looked at in its place."""
    changed = True
    while changed:
        changed = False
        for at, _, thing in due(work.account, work.packs, until):
            work.at = max(at, work.account.at or at)
            before = len(work.drafts)
            record(work, thing)
            release_over(work)
            scheduled = schedule(work, tuple(work.drafts[before:]))
            if changed := scheduled or isinstance(thing, Published) or (isinstance(thing, tuple) and isinstance(thing[1], Question)):
                break


def release_over(work: Work) -> None:
    """Release the commission held because of penalties that this decision has ended."""
    if not work.account.freezes:
        return
    first = work.account.version - len(work.drafts) + 1
    for version, draft in enumerate(tuple(work.drafts), start=first):
        if isinstance(draft.event, ENDINGS) and draft.event.penalty_id not in work.account.standing.penalties:
            release_held(work, draft.event.penalty_id, version)
