"""A pack's history: published in versions that never change, and retired. One stream for each scheme and market."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from domain.calendar import midnight
from domain.facts import Actor, Draft, Event, Fact
from domain.identity import PackHash, PackId, pack_id
from domain.packs.catalogue import Published
from domain.packs.model import Pack
from domain.packs.reading import content_hash
from domain.refusals import Refused

# Events


class PolicyPublished(Event, frozen=True, kw_only=True):
    """A version of the pack was published: `number` counts from 1, `hash` names the content, instants are UTC."""

    number: int
    hash: PackHash
    effective_from: datetime
    effective_until: datetime | None = None
    content: Pack


class PolicyRetired(Event, frozen=True, kw_only=True):
    """The pack was withdrawn: no version so far is in force from `effective_until` (UTC) on."""

    reason: str
    effective_until: datetime


EVENTS: dict[str, type[Event]] = {event.__name__: event for event in (PolicyPublished, PolicyRetired)}

# State


class PackStream(msgspec.Struct):
    """The versions published so far, and how the pack was retired, if it is. `version` is the stream's, of its latest fact."""

    version: int = 0
    published: list[Published] = []
    retirement: PolicyRetired | None = None


# Commands


class PublishPack(msgspec.Struct, frozen=True):
    """Publish this content as the next version of its scheme and market."""

    pack: Pack


class RetirePack(msgspec.Struct, frozen=True):
    """Withdraw the pack from an instant (UTC) on."""

    id: PackId
    reason: str
    effective_until: datetime


Command = PublishPack | RetirePack

# Refusals


class PolicyNotPublishable(Refused):
    """The pack is only a layer for others, or does not say since when and in which time zone it holds."""

    def __init__(self, pack: Pack) -> None:
        super().__init__(f"{pack.pack.title} is only a layer for other packs, or lacks its first day or its time zone.", field="pack")


class PolicyNotLater(Refused):
    """A new version that would take effect before or with an earlier one, and so change what was decided under that."""

    def __init__(self, proposed: datetime, newest: datetime) -> None:
        super().__init__(
            f"A new version must take effect after the newest one, which does at {newest.isoformat()}; this one would at "
            f"{proposed.isoformat()}.",
            field="pack",
        )


class PolicyNotPublished(Refused):
    """There is no such pack to retire."""

    def __init__(self, stream: PackId) -> None:
        super().__init__(f"No version of policy pack {stream} has been published.", field="id")


class PolicyAlreadyRetired(Refused):
    """The pack is retired already, in another way."""

    def __init__(self, retirement: PolicyRetired) -> None:
        super().__init__(f"The policy pack is already retired at {retirement.effective_until.isoformat()}.", field="effective_until")


class PolicyRetiredInThePast(Refused):
    """A retirement that would take away the rules of decisions already made."""

    def __init__(self, until: datetime, at: datetime) -> None:
        sentence = f"A policy pack cannot be retired from {until.isoformat()} on: it is {at.isoformat()} already."
        super().__init__(sentence, field="effective_until")


# Decide


def decide(stream: PackStream, command: Command, actor: Actor, at: datetime) -> list[Draft]:
    """What follows from a command given at `at` (UTC); nothing if it has been done already."""
    match command:
        case PublishPack(pack=pack):
            return _drafts(_publish(stream, pack), actor, at)
        case RetirePack():
            return _drafts(_retire(stream, command, at), actor, at)


def _drafts(events: list[Event], actor: Actor, at: datetime) -> list[Draft]:
    return [Draft(event, at, actor) for event in events]


def _publish(stream: PackStream, pack: Pack) -> list[Event]:
    header = pack.pack
    if header.abstract or header.effective_from is None or not header.time_zone:
        raise PolicyNotPublishable(pack)
    name = content_hash(pack)
    if any(version.hash == name for version in stream.published):
        return []
    begins = midnight(header.effective_from, header.time_zone)
    if stream.published and begins <= stream.published[-1].effective_from:
        raise PolicyNotLater(begins, stream.published[-1].effective_from)
    ends = None if header.effective_until is None else midnight(header.effective_until, header.time_zone)
    number = len(stream.published) + 1
    return [PolicyPublished(number=number, hash=name, effective_from=begins, effective_until=ends, content=pack)]


def _retire(stream: PackStream, command: RetirePack, at: datetime) -> list[Event]:
    if not stream.published:
        raise PolicyNotPublished(command.id)
    retirement = PolicyRetired(reason=command.reason, effective_until=command.effective_until)
    if stream.retirement == retirement:
        return []
    if stream.retirement is not None:
        raise PolicyAlreadyRetired(stream.retirement)
    if command.effective_until < at:
        raise PolicyRetiredInThePast(command.effective_until, at)
    return [retirement]


# Evolve


def empty() -> PackStream:
    """A pack of which nothing has been published."""
    return PackStream()


def fold(stream: PackStream, facts: Iterable[Fact]) -> PackStream:
    """The stream after more facts; the one given is not changed."""
    result = PackStream(stream.version, list(stream.published), stream.retirement)
    for fact in facts:
        if isinstance(fact.event, PolicyPublished | PolicyRetired):
            _evolve(result, fact.event, fact)
        result.version = fact.version
    return result


def published(stream: PackStream) -> tuple[Published, ...]:
    """Every version, oldest first."""
    return tuple(stream.published)


def _evolve(stream: PackStream, event: PolicyPublished | PolicyRetired, fact: Fact) -> None:
    match event:
        case PolicyPublished(content=pack):
            stream.published.append(_version(event, pack, fact))
            stream.retirement = None
        case PolicyRetired():
            stream.published = [_ending(version, event.effective_until) for version in stream.published]
            stream.retirement = event


def _version(event: PolicyPublished, pack: Pack, fact: Fact) -> Published:
    stream = pack_id(pack.pack.scheme, pack.pack.market)
    return Published(
        stream, event.number, event.hash, event.effective_from, event.effective_until, pack, fact.version, fact.actor, fact.occurred_at)


def _ending(version: Published, until: datetime) -> Published:
    earlier = until if version.effective_until is None else min(until, version.effective_until)
    return msgspec.structs.replace(version, effective_until=earlier)
