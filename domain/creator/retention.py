"""How long evidence is kept: its class counts once what it belongs to is final, and when its time is over the evidence is due to go.

A decision is final when it can be contested no more: whoever it is about was informed of it and of all that rests on it, every window for
an appeal is over, and no appeal, dispute or proposal waits. What changes that puts the date off, or back to none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from domain.calendar import end_of
from domain.creator.appeals import on_merits
from domain.creator.grammar import Work, evolves
from domain.creator.keeping import link_id
from domain.creator.notices import informed_of, second_window
from domain.creator.penalties import every, find
from domain.creator.relations import AccountLinked, AccountUnlinked
from domain.creator.scheme import SchemeAdopted
from domain.creator.state import Account, Kept, Submitted, Suspected
from domain.creator.subjects import decision_on
from domain.facts import Draft, Event, Fact
from domain.identity import AppealId, DisputeId, EvidenceId, ForfeitureId, FreezeId, MeasureId, MilestoneId, PackHash, PenaltyId, ViolationId
from domain.packs.model import CountedFrom, Retention

NAMED = ("violation_id", "penalty_id", "appeal_id", "subject", "measure_id", "milestone_id", "forfeiture_id", "freeze_id", "dispute_id")


class RetainedEvidence(msgspec.Struct, frozen=True, gc=False):
    """A piece of evidence, by where it lies and the SHA-256 (hex) of its content, its retention class, what it was given in and when."""

    evidence_id: EvidenceId
    reference: str
    sha256: str
    retention: str
    given_in: UUID
    given_at: datetime


class EvidenceRetentionScheduled(Event, frozen=True, kw_only=True):
    """From when its class counts, and when the evidence of a decision is due to go; both None: not until that can be contested no more.

    `pack` is the one whose classes say so.
    """

    matter: UUID
    evidence: tuple[RetainedEvidence, ...]
    since: datetime | None = None
    due_at: datetime | None = None
    pack: PackHash


class EvidenceRetentionEnded(Event, frozen=True, kw_only=True):
    """The time for which evidence is kept is over: it is to be deleted where it lies, and what was noted about it can be read no more."""

    matter: UUID
    evidence: tuple[RetainedEvidence, ...]


class Expiring(msgspec.Struct, frozen=True):
    """Evidence of one decision that is due to go at one moment."""

    matter: UUID
    due_at: datetime
    pieces: tuple[EvidenceId, ...]


def expiring(account: Account, until: datetime) -> list[Expiring]:
    """The evidence that is due to go by `until` (UTC); none while a legal hold stands."""
    if account.legal_holds:
        return []
    together: dict[tuple[UUID, datetime], list[EvidenceId]] = {}
    for id, kept in account.kept.items():
        if kept.due_at is not None and kept.due_at <= until:
            together.setdefault((kept.matter, kept.due_at), []).append(id)
    return [Expiring(matter, due_at, tuple(pieces)) for (matter, due_at), pieces in together.items()]


def next_expiry(account: Account) -> Iterator[datetime]:
    """When evidence is due to go (UTC); never while a legal hold stands."""
    if account.legal_holds:
        return iter(())
    return (kept.due_at for kept in account.kept.values() if kept.due_at is not None)


def end(work: Work, due: Expiring) -> None:
    """Record that evidence is due to go."""
    cause = max(work.account.kept[id].scheduled for id in due.pieces)
    work.follow(EvidenceRetentionEnded(matter=due.matter, evidence=described(work.account, due.pieces)), cause)


def described(account: Account, pieces: Iterable[EvidenceId]) -> tuple[RetainedEvidence, ...]:
    """Kept evidence, as a fact names it."""
    known = ((id, account.kept[id]) for id in pieces)
    return tuple(RetainedEvidence(id, it.reference, it.sha256, it.retention, it.given_in, it.given_at) for id, it in known)


def schedule(work: Work, drafts: Sequence[Draft]) -> bool:
    """Record until when evidence is kept, where these new facts have changed that. Gives whether they have."""
    account = work.account
    if not account.kept or not work.pack.retention:
        return False
    concerned = matters(account, [draft.event for draft in drafts])
    if not concerned:
        return False
    cause, before, closed = account.version, len(work.drafts), dict[UUID, tuple[datetime, int] | None]()
    changed: dict[tuple[UUID, datetime | None, datetime | None], list[EvidenceId]] = {}
    for id, kept in account.kept.items():
        rule = work.pack.retention.get(kept.retention)
        if rule is None or kept.matter not in concerned:
            continue
        if kept.matter not in closed:
            closed[kept.matter] = final(work, kept.matter)
        since, due_at = counted(work, kept, closed[kept.matter], rule)
        if due_at != kept.due_at:
            changed.setdefault((kept.matter, since, due_at), []).append(id)
    for (matter, since, due_at), pieces in changed.items():
        work.follow(EvidenceRetentionScheduled(
            matter=matter, evidence=described(account, pieces), since=since, due_at=due_at, pack=work.scheme_hash), cause)
    return len(work.drafts) > before


def counted(work: Work, kept: Kept, closed: tuple[datetime, int] | None, rule: Retention) -> tuple[datetime | None, datetime | None]:
    """From when a piece's class counts, and when it is due to go, given when its matter became final and by which fact (None: it is not)."""
    if closed is None:
        return None, None
    at, version = closed
    known = kept.since if kept.due_at is not None and version < kept.scheduled else work.at
    over = max(at, known) if known else at
    match rule.counted_from:
        case CountedFrom.DECISION_FINAL:
            return over, end_of(over, rule.after, work.zone)
        case CountedFrom.GIVEN:
            return kept.given_at, max(over, end_of(kept.given_at, rule.after, work.zone))


def matters(account: Account, events: Sequence[Event]) -> frozenset[UUID]:
    """The decisions whose contest these events may have opened, put off or ended; a new scheme concerns all."""
    if any(isinstance(event, SchemeAdopted) for event in events):
        return frozenset(kept.matter for kept in account.kept.values())
    found: set[UUID] = set()
    for event in events:
        if isinstance(event, AccountLinked | AccountUnlinked):
            found.add(link_id(account.id, event.other))
        for name in NAMED:
            if isinstance(id := getattr(event, name, None), UUID):
                found.update(behind(account, id))
    return frozenset(found.union(*(one.violations for one in every(account) if one.trigger in found)))


def behind(account: Account, id: UUID) -> Iterator[UUID]:
    """A thing of the account, and the decisions it is about or rests on."""
    yield id
    if appeal := account.appeals.get(AppealId(id)):
        yield from behind(account, appeal.subject)
    if dispute := account.disputes.get(DisputeId(id)):
        yield from behind(account, dispute.subject)
    if penalty := find(account, PenaltyId(id)):
        yield from penalty.violations
    if proposal := account.standing.proposals.get(PenaltyId(id)):
        yield from proposal.penalty.violations
    if milestone := account.milestones.get(MilestoneId(id)):
        yield milestone.violation
    if measure := account.measures.get(MeasureId(id)):
        yield measure.violation
    if taken := account.forfeitures.get(ForfeitureId(id)) or account.freezes.get(FreezeId(id)):
        yield from behind(account, taken.penalty)


def final(work: Work, matter: UUID) -> tuple[datetime, int] | None:
    """When a decision and all that rests on it could be contested for the last time, and the version of the last decision; None: it can be."""
    account = work.account
    if isinstance(account.violations.get(ViolationId(matter)), Suspected) or any(link_id(account.id, other) == matter for other in account.links):
        return None
    if any(matter in (id, *it.penalty.violations) for id, it in account.standing.proposals.items()):
        return None
    latest, version = work.account.opened_at or work.at, 0
    for subject in (matter, *resting_on(account, matter)):
        closed = contested(work, subject)
        if closed is None:
            return None
        latest, version = max(latest, closed[0]), max(version, closed[1])
    return latest, version


def resting_on(account: Account, violation: UUID) -> Iterator[UUID]:
    """The decisions that rest on a violation."""
    penalties = {one.id for one in every(account) if violation in one.violations}
    yield from penalties
    yield from (id for id, one in account.milestones.items() if one.violation == violation)
    yield from (id for id, one in account.measures.items() if one.violation == violation)
    yield from (id for id, one in account.forfeitures.items() if one.penalty in penalties)


def contested(work: Work, subject: UUID) -> tuple[datetime, int] | None:
    """Until when a decision could be contested, and the version of the last one about it; None: it is contested, or can be."""
    account, decision = work.account, decision_on(work.account, subject)
    if any(isinstance(appeal, Submitted) and appeal.subject == subject for appeal in account.appeals.values()):
        return None
    if any(dispute.subject == subject and not dispute.implemented for dispute in account.disputes.values()):
        return None
    times, version = [account.opened_at or work.at], 0
    if decision is not None:
        told = informed_of(account, subject)
        if told is None:
            return None
        times += [decision.at, told.appeal_until]
        version = decision.version
    if admitted := account.admitted.get(subject):
        times.append(admitted)
    for id, decided in on_merits(account, subject)[-1:]:
        next_level = account.informed.get(id)
        if next_level is None and decision is not None and second_window(work, decided) is not None:
            return None
        times += [decided.at, *([next_level.appeal_until] if next_level else [])]
        version = max(version, decided.version)
    return max(times), version


@evolves(EvidenceRetentionScheduled)
def scheduled(account: Account, event: EvidenceRetentionScheduled, fact: Fact) -> None:
    for piece in event.evidence:
        account.kept.pop(piece.evidence_id, None)  # who has kept it and who has not come to the same order
        account.kept[piece.evidence_id] = Kept(
            piece.reference, piece.sha256, piece.retention, piece.given_in, event.matter, piece.given_at, event.since, event.due_at, fact.version)


@evolves(EvidenceRetentionEnded)
def ended(account: Account, event: EvidenceRetentionEnded, fact: Fact) -> None:
    for piece in event.evidence:
        account.kept.pop(piece.evidence_id, None)
