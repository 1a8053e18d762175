"""The audit log: every fact of every log, by whatever it may be looked for. What it says is read from the log itself."""

from __future__ import annotations

from collections.abc import Iterator

from domain.accesses import PersonalDataAccessed
from domain.cases.case import CaseOpened
from domain.creator.decider import EVENTS as ACCOUNT_EVENTS
from domain.creator.scheme import AccountMarketChanged, CreatorAccountOpened
from domain.facts import Event, Fact
from domain.history import EVENTS
from domain.packs.publishing import PolicyPublished
from projections.readmodel import Need, ReadModel
from projections.rows import Batch, Row
from projections.tables import audit_log, audit_streams
from projections.timeline import named, rule

ACCOUNTS = frozenset(ACCOUNT_EVENTS.values())
FIRST = (CreatorAccountOpened, CaseOpened, PolicyPublished)  # say themselves what their stream is about
NOBODY: Row = {"creator_id": None, "market": "", "appeal_id": None}


def needs(fact: Fact) -> Iterator[Need]:
    """What the stream of a fact is about."""
    if not isinstance(fact.event, (*FIRST, PersonalDataAccessed)):
        yield audit_streams.c.stream, fact.stream


AUDIT_LOG = ReadModel("audit_log", 1, (audit_log, audit_streams), needs, chronological=True)


@AUDIT_LOG.on(*EVENTS.values())
def recorded(batch: Batch, event: Event, fact: Fact) -> None:
    """One more row, or one for each creator whose data were read."""
    about = stream_of(batch, event, fact)
    creators = event.creators if isinstance(event, PersonalDataAccessed) else (about["creator_id"],)
    found = {
        "kind": type(event).__name__, "recorded_at": fact.recorded_at, "occurred_at": fact.occurred_at, "actor_id": fact.actor.id,
        "actor_role": fact.actor.role, "market": about["market"], "appeal_id": about["appeal_id"], **named(event), **rule_of(event)}
    for number, creator in enumerate(creators):
        batch[audit_log].new((fact.position, number), creator_id=creator, **found)


def stream_of(batch: Batch, event: Event, fact: Fact) -> Row:
    """What a stream is about, once the event is taken in."""
    match event:
        case PersonalDataAccessed():
            return NOBODY
        case CreatorAccountOpened() | AccountMarketChanged():
            return batch[audit_streams].new(fact.stream, creator_id=fact.stream, market=event.market)
        case CaseOpened():
            return batch[audit_streams].new(fact.stream, creator_id=event.creator, market=event.market, appeal_id=event.appeal_id)
        case PolicyPublished():
            return batch[audit_streams].new(fact.stream, market=event.content.pack.market)
        case _:
            known = batch[audit_streams].get(fact.stream)
            return known or (NOBODY | {"creator_id": fact.stream} if type(event) in ACCOUNTS else NOBODY)


def rule_of(event: Event) -> Row:
    """Under which policy and pack."""
    return {"pack_hash": event.hash} if isinstance(event, PolicyPublished) else rule(event)
