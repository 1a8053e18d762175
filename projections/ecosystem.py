"""The ecosystem: what happens under each policy of each market, day by day, and how many creators stand in which zone.

A fact is counted on the UTC day it occurred, in the market its creator was in, under the policy of what it names: an event's ids fall
under the policy, and the pack, of the first of them that is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from domain.creator import points
from domain.creator.decider import EVENTS
from domain.creator.judgement import AppealDecided
from domain.creator.overruling import DisputeDecided
from domain.creator.scheme import AccountMarketChanged, CreatorAccountOpened, SchemeAdopted
from domain.creator.violations import ViolationConfirmed, ViolationSuspected
from domain.facts import Event, Fact
from projections.readmodel import Need, ReadModel
from projections.rows import Batch, Row
from projections.tables import ecosystem_creators, ecosystem_flows, ecosystem_subjects, ecosystem_zones

NAMING = (
    "violation_id", "trigger", "violations", "subject", "entry_id", "freeze_id", "forfeiture_id", "milestone_id", "measure_id", "dispute_id",
    "penalty_id", "appeal_id", "remedy_id")
CREATOR, SUBJECT = ecosystem_creators.c.creator_id, ecosystem_subjects.c.subject


@cache
def naming(event: type[Event]) -> tuple[str, ...]:
    """The fields by which such an event names things, the most telling first."""
    return tuple(name for name in NAMING if name in event.__struct_fields__)


def named(event: Event) -> Iterator[UUID]:
    """What an event names."""
    for name in naming(type(event)):
        value = getattr(event, name)
        if isinstance(value, tuple):
            yield from value
        elif value is not None:
            yield value


def needs(fact: Fact) -> Iterator[Need]:
    """The creator and what the event names."""
    yield CREATOR, fact.stream
    for id in named(fact.event):
        yield SUBJECT, id


ECOSYSTEM = ReadModel("ecosystem", 2, (ecosystem_flows, ecosystem_zones, ecosystem_creators, ecosystem_subjects), needs)


@ECOSYSTEM.on(*EVENTS.values())
def happened(batch: Batch, event: Event, fact: Fact) -> None:
    """One more of its kind, and perhaps a creator in another zone."""
    if isinstance(event, CreatorAccountOpened):
        batch[ecosystem_creators].new(fact.stream, market=event.market, at=fact.occurred_at)
    creator = batch[ecosystem_creators].edit(fact.stream)
    creator["at"] = max(creator["at"], fact.occurred_at)
    moved(batch, creator, *place_of(event, creator))
    if isinstance(event, SchemeAdopted):
        creator["pack_hash"] = event.hash
    policy, pack_hash = rule_of(batch, event, creator)
    key = fact.occurred_at.date(), creator["market"], policy, pack_hash, type(event).__name__, kind_of(event)
    batch[ecosystem_flows].add(key, count=1, points=points_of(event))


def place_of(event: Event, creator: Row) -> tuple[str, str]:
    """The market and the zone a creator is in after an event."""
    if isinstance(event, AccountMarketChanged):
        return event.market, creator["zone"]
    change: Any = getattr(event, "score", None)
    return creator["market"], change.zone_after if isinstance(change, points.ScoreChange) else creator["zone"]


def moved(batch: Batch, creator: Row, market: str, zone: str) -> None:
    """Count a creator where it is from now on, on the day that takes effect; before its first scheme it is in no zone."""
    if (market, zone) == (creator["market"], creator["zone"]):
        return
    at: datetime = creator["at"]
    if creator["zone"]:
        batch[ecosystem_zones].add((at.date(), creator["market"], creator["zone"]), change=-1)
    if zone:
        batch[ecosystem_zones].add((at.date(), market, zone), change=1)
    creator["market"], creator["zone"] = market, zone


def rule_of(batch: Batch, event: Event, creator: Row) -> tuple[str, str]:
    """The policy and the pack an event falls under; what it names falls under them too from now on."""
    subjects = batch[ecosystem_subjects]
    ids = tuple(named(event))
    known = next((row for id in ids if (row := subjects.get(id)) is not None), None)
    if isinstance(event, ViolationSuspected | ViolationConfirmed):
        pack_hash = event.pin.schedule if isinstance(event, ViolationConfirmed) else creator["pack_hash"]
        subjects.new(event.violation_id, policy=event.finding.policy, pack_hash=pack_hash)
        return event.finding.policy, pack_hash
    if known is None:
        return getattr(event, "policy", ""), creator["pack_hash"]
    for id in ids:
        if subjects.get(id) is None:
            subjects.new(id, policy=known["policy"], pack_hash=known["pack_hash"])
    return known["policy"], known["pack_hash"]


def kind_of(event: Event) -> str:
    """An appeal's outcome, or the kind of a penalty, reward or warning."""
    return str(event.outcome if isinstance(event, AppealDecided | DisputeDecided) else getattr(event, "kind", ""))


def points_of(event: Event) -> int:
    """The points an event is about."""
    return abs(event.delta) if isinstance(event, points.PointsExpired) else int(getattr(event, "points", 0))
