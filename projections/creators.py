"""Creators: where each account stands now, and until when that holds by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.creator import notices, points, scheme
from domain.creator import violations as violating
from domain.creator.decider import next_change
from domain.creator.grammar import BOOKKEEPING, evolve
from domain.creator.overturn import ViolationAmended, ViolationOverturned
from domain.creator.penalties import restrictions_of
from domain.creator.scheme import CreatorAccountOpened
from domain.creator.state import Account, Erased, ErasureAwaited, Penalty, Submitted
from domain.creator.warnings import WarningIssued
from domain.facts import Event, Fact
from projections import subjects as about
from projections.columns import token_of
from projections.readmodel import Need, ReadModel
from projections.rows import Batch, Row
from projections.tables import creator_restrictions, creators

IGNORES = (
    about.MEASURES | about.DELETIONS | about.SUSPICIONS | about.QUIZZES | about.REMEDIES | about.CONTESTS | about.STATEMENTS
    | about.AFTER_STATEMENTS)
ID = creators.c.creator_id


def needs(fact: Fact) -> Iterator[Need]:
    """Every fact changes its creator's row."""
    yield ID, fact.stream


def placed(batch: Batch, fact: Fact) -> None:
    """The row is as of this fact."""
    if isinstance(fact.event, CreatorAccountOpened):
        open_account(batch, fact.event, fact)
    row = batch[creators].set(fact.stream, version=fact.version, position=fact.position, changed_at=fact.recorded_at)
    note(row["health"], fact)


def note(account: Account, fact: Fact) -> None:
    """The account is as of a fact, also of one that the row keeps too little for to let the domain take it in."""
    account.version = fact.version
    account.at = fact.occurred_at if account.at is None else max(account.at, fact.occurred_at)
    if fact.cause is None and type(fact.event) not in BOOKKEEPING:
        account.cause_version = fact.version


def finish(batch: Batch) -> None:
    """What follows from the accounts as they are after the batch."""
    for row in batch[creators].changed.values():
        row.update(derived(row["health"]))
    for creator in batch.replaced[creator_restrictions.name]:
        row = batch[creators].edit(creator)
        batch.replace(creator_restrictions, creator, restriction_rows(creator, row["health"]))


ScoreEvent = (
    points.PointsDeducted | points.PointsEarned | points.PointsClawedBack | points.PointsRestored | points.PointsExpired
    | scheme.SchemeAdopted)
CREATORS = ReadModel("creators", 3, (creators, creator_restrictions), needs, IGNORES, placed, finish)


def open_account(batch: Batch, event: CreatorAccountOpened, fact: Fact) -> None:
    """A new row."""
    batch[creators].new(
        fact.stream, sequence=fact.position, external_id=event.external_id, account_type=event.account_type.value,
        languages=event.languages, handle_token=token_of(event.handle), contact_token=token_of(event.contact),
        registered_at=fact.occurred_at, health=Account())


def derived(health: Account) -> Row:
    """The columns that are a function of the account, which is cut to what time alone changes."""
    for kept_elsewhere in (
            health.causes, health.ended, health.milestones, health.forfeitures, health.lost, health.participants, health.evidence):
        kept_elsewhere.clear()
    health.kept = {id: kept for id, kept in health.kept.items() if kept.due_at is not None}
    adopted, live = health.scheme, health.standing.penalties
    held: Row = {} if adopted is None else {
        "scheme": adopted.name, "pack": adopted.pack, "pack_version": adopted.version, "pack_hash": adopted.hash,
        "score": health.standing.ledger.score}
    return held | {
        "market": health.market, "jurisdictions": health.jurisdictions, "status": status_of(live),
        "erasure": erasure_of(health), "next_change_at": next_change(health),
        "penalties_live": len(live), "appeals_open": len(health.appeals), "rewards_live": len(health.rewards), "tier": health.tier,
        "representatives": [
            {"representative": id, "kind": found.kind, "until": found.until} for id, found in health.representatives.items()],
        "links": [{"other": other, "relation": link.relation} for other, link in health.links.items()]}


def status_of(live: dict[Any, Penalty]) -> str:
    """REVOKED by a penalty that neither ends nor can be restored, RESTRICTED by any other."""
    if any(penalty.ends_at is None and not penalty.restorable for penalty in live.values()):
        return "REVOKED"
    return "RESTRICTED" if live else "IN_GOOD_STANDING"


def erasure_of(health: Account) -> str:
    """How far the erasure of personal data has come."""
    match health.erasure:
        case None:
            return ""
        case ErasureAwaited():
            return "REQUESTED"
        case Erased():
            return "DONE"


def restriction_rows(creator: UUID, health: Account) -> Iterator[Row]:
    """What the creator may not do: one row for each restriction, with the latest end of the penalties it comes from."""
    live = health.standing.penalties
    for restriction, because in restrictions_of(health).items():
        ends = [live[id].ends_at for id in because]
        until: datetime | None = None if None in ends else max(end for end in ends if end is not None)
        yield {
            "creator_id": creator, "capability": restriction.capability, "category": restriction.category,
            "territory": restriction.territory, "item": restriction.item, "until": until, "penalties": because}


def account_of(batch: Batch, fact: Fact) -> Account:
    """The account that a fact is about."""
    health: Account = batch[creators].edit(fact.stream)["health"]
    return health


def counted(batch: Batch, fact: Fact, **by: int) -> None:
    """So many more of each."""
    row = batch[creators].edit(fact.stream)
    for name, amount in by.items():
        row[name] += amount


@CREATORS.on(*about.PENALTIES)
def penalised(batch: Batch, _event: Event, fact: Fact) -> None:
    """Restrictions may be others now."""
    evolve(account_of(batch, fact), fact)
    batch.replace(creator_restrictions, fact.stream)


@CREATORS.on(*(
    about.COUNTERS | about.PROGRESS | about.MARKETS | about.RELATIONS | about.COMMISSION | about.REWARDS | about.TIERS
    | about.ERASURES | about.RETENTION), notices.NoticeSent)
def taken_in(batch: Batch, _event: Event, fact: Fact) -> None:
    """The fact means what the domain says it means."""
    evolve(account_of(batch, fact), fact)


@CREATORS.on(*(about.SCORE | about.SCHEMES))
def scored(batch: Batch, event: ScoreEvent, fact: Fact) -> None:
    """The score changed, and perhaps the zone."""
    evolve(account_of(batch, fact), fact)
    batch[creators].set(fact.stream, zone=event.score.zone_after)


@CREATORS.on(violating.ViolationConfirmed)
def confirmed(batch: Batch, _event: violating.ViolationConfirmed, fact: Fact) -> None:
    """One more stands."""
    counted(batch, fact, violations_confirmed=1, violations_standing=1)


@CREATORS.on(ViolationOverturned)
def overturned(batch: Batch, event: ViolationOverturned, fact: Fact) -> None:
    """One stands no more."""
    account_of(batch, fact).standing.ledger.fired = event.fired
    counted(batch, fact, violations_standing=-1)


@CREATORS.on(ViolationAmended)
def amended(batch: Batch, event: ViolationAmended, fact: Fact) -> None:
    """Thresholds are armed as if it had been found so at once."""
    account_of(batch, fact).standing.ledger.fired = event.fired


@CREATORS.on(notices.NoticeDelivered, notices.NoticeRead, notices.NoticeDeemed, notices.NoticeBounced)
def notice_closed(batch: Batch, event: notices.CreatorInformed | notices.NoticeBounced, fact: Fact) -> None:
    """The notice waits for nothing any more."""
    account_of(batch, fact).notices.pop(event.notice_id, None)


@CREATORS.on(*about.APPEALS)
def appealed(batch: Batch, _event: Event, fact: Fact) -> None:
    """Another number of them may wait, and other clocks run."""
    account = account_of(batch, fact)
    evolve(account, fact)
    account.appeals = {id: appeal for id, appeal in account.appeals.items() if isinstance(appeal, Submitted)}


@CREATORS.on(WarningIssued)
def warned(batch: Batch, _event: WarningIssued, fact: Fact) -> None:
    """One more warning."""
    counted(batch, fact, warnings=1)
