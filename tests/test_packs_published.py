"""How packs are published and retired, and which version holds where and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from application.library import read_packs
from domain.facts import Actor, ActorKind, placed
from domain.identity import PackHash, PackId, pack_id
from domain.packs.catalogue import Catalogue, MarketNotCovered, PolicyVersionUnknown, Published
from domain.packs.model import Pack
from domain.packs.publishing import (
    EVENTS,
    Command,
    PackStream,
    PolicyAlreadyRetired,
    PolicyNotLater,
    PolicyNotPublishable,
    PolicyNotPublished,
    PolicyPublished,
    PolicyRetired,
    PolicyRetiredInThePast,
    PublishPack,
    RetirePack,
    decide,
    empty,
    fold,
    published,
)
from domain.packs.reading import canonical, content_hash

PACKS = {each.layers[-1]: each.pack for each in read_packs(Path(__file__).parents[1] / "packs")}
US = PACKS["creator-health-rating.us.toml"]
VN = PACKS["creator-health-rating.vn.toml"]
LEGACY = PACKS["violation-points.sea.toml"]
OWNER = Actor(ActorKind.POLICY_OWNER, "p-1")
NOW = datetime(2026, 2, 1, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


def stream_of(pack: Pack) -> PackId:
    return pack_id(pack.pack.scheme, pack.pack.market)


def after(stream: PackStream, *commands: Command) -> PackStream:
    for command in commands:
        stream = fold(stream, placed(decide(stream, command, OWNER, NOW), stream_of(US), stream.version, NOW, ""))
        assert decide(stream, command, OWNER, NOW) == []
    return stream


def since(pack: Pack, day: date, until: date | None = None) -> Pack:
    header = msgspec.structs.replace(pack.pack, effective_from=day, effective_until=until)
    return msgspec.structs.replace(pack, pack=header)


def catalogue(*packs: Pack) -> Catalogue:
    streams: dict[PackId, PackStream] = {}
    for pack in packs:
        streams[stream_of(pack)] = after(streams.get(stream_of(pack), empty()), PublishPack(pack))
    return Catalogue(version for stream in streams.values() for version in published(stream))


# Publishing


def test_a_pack_is_published_from_local_midnight_of_its_first_day() -> None:
    (version,) = published(after(empty(), PublishPack(VN)))
    assert (version.id, version.version, version.hash) == (stream_of(VN), 1, content_hash(VN))
    assert version.effective_from == datetime(2026, 1, 11, 17, tzinfo=UTC)
    assert version.effective_until is None
    assert version.pack == VN


def test_publishing_the_same_content_again_records_nothing() -> None:
    later = since(US, date(2026, 3, 1))
    stream = after(empty(), PublishPack(US), PublishPack(later))
    assert decide(stream, PublishPack(US), OWNER, NOW) == []
    assert [version.version for version in published(stream)] == [1, 2]


def test_a_version_must_take_effect_after_the_newest() -> None:
    stream = after(empty(), PublishPack(since(US, date(2026, 3, 1))))
    for day in (date(2026, 2, 28), date(2026, 3, 1)):
        with pytest.raises(PolicyNotLater, match="2026-03-01"):
            decide(stream, PublishPack(msgspec.structs.replace(since(US, day), quiz=None)), OWNER, NOW)


def test_a_layer_is_not_published() -> None:
    layer = msgspec.structs.replace(US, pack=msgspec.structs.replace(US.pack, abstract=True))
    undated = msgspec.structs.replace(US, pack=msgspec.structs.replace(US.pack, effective_from=None))
    for pack in (layer, undated):
        with pytest.raises(PolicyNotPublishable):
            decide(empty(), PublishPack(pack), OWNER, NOW)


def test_a_retired_pack_ends_when_its_retirement_says() -> None:
    until = NOW + timedelta(days=1)
    stream = after(empty(), PublishPack(US), RetirePack(stream_of(US), "replaced", until))
    packs = Catalogue(published(stream))
    assert packs.in_force("US", until - MOMENT).version == 1
    with pytest.raises(MarketNotCovered):
        packs.in_force("US", until)


def test_a_retirement_does_not_make_an_earlier_end_later() -> None:
    ending = since(US, date(2024, 1, 1), date(2026, 2, 2))
    stream = after(empty(), PublishPack(ending), RetirePack(stream_of(US), "replaced", NOW + timedelta(days=9)))
    assert published(stream)[0].effective_until == datetime(2026, 2, 2, 8, tzinfo=UTC)


def test_a_pack_is_retired_once_and_not_in_the_past() -> None:
    stream = after(empty(), PublishPack(US))
    with pytest.raises(PolicyRetiredInThePast):
        decide(stream, RetirePack(stream_of(US), "replaced", NOW - MOMENT), OWNER, NOW)
    retired = after(stream, RetirePack(stream_of(US), "replaced", NOW))
    with pytest.raises(PolicyAlreadyRetired):
        decide(retired, RetirePack(stream_of(US), "replaced", NOW + MOMENT), OWNER, NOW)


def test_what_was_never_published_cannot_be_retired() -> None:
    with pytest.raises(PolicyNotPublished):
        decide(empty(), RetirePack(stream_of(US), "replaced", NOW), OWNER, NOW)


def test_a_retired_pack_may_be_published_anew() -> None:
    anew = since(US, date(2026, 3, 1))
    stream = after(empty(), PublishPack(US), RetirePack(stream_of(US), "replaced", NOW), PublishPack(anew))
    packs = Catalogue(published(stream))
    assert packs.version_at(stream_of(US), NOW) is None
    assert packs.in_force("US", datetime(2026, 3, 2, tzinfo=UTC)).version == 2


def test_folding_does_not_change_the_stream_it_is_given() -> None:
    before = after(empty(), PublishPack(US))
    after(before, PublishPack(since(US, date(2026, 3, 1))), RetirePack(stream_of(US), "replaced", NOW))
    assert len(before.published) == 1
    assert (before.version, before.retirement, before.published[0].effective_until) == (1, None, None)


def test_a_stored_publication_comes_back_as_it_was() -> None:
    (draft,) = decide(empty(), PublishPack(VN), OWNER, NOW)
    assert isinstance(draft.event, PolicyPublished)
    read = msgspec.json.decode(msgspec.json.encode(draft.event), type=PolicyPublished)
    assert read == draft.event
    assert canonical(read.content) == canonical(VN)


def test_every_event_is_known_by_its_name() -> None:
    assert [EVENTS[name] for name in sorted(EVENTS)] == [PolicyPublished, PolicyRetired]
    assert all(event.__name__ == name for name, event in EVENTS.items())


# Which version holds


def test_vietnam_changes_scheme_at_its_local_midnight() -> None:
    packs = catalogue(LEGACY, VN)
    change = datetime(2026, 1, 11, 17, tzinfo=UTC)
    assert packs.in_force("VN", change - MOMENT).pack == LEGACY
    assert packs.in_force("VN", change).pack == VN
    assert packs.in_force("TH", change).pack == LEGACY


def test_no_pack_is_in_force_before_the_first_nor_where_none_covers() -> None:
    packs = catalogue(US)
    begins = datetime(2024, 1, 1, 8, tzinfo=UTC)
    assert packs.in_force("US", begins).version == 1
    for market, at in (("US", begins - MOMENT), ("BR", begins)):
        with pytest.raises(MarketNotCovered, match=market):
            packs.in_force(market, at)


def test_a_version_that_was_replaced_does_not_come_back() -> None:
    brief = since(US, date(2025, 1, 1), date(2025, 2, 1))
    packs = catalogue(US, brief)
    assert packs.in_force("US", datetime(2025, 1, 2, tzinfo=UTC)).version == 2
    assert packs.version_at(stream_of(US), datetime(2025, 2, 1, 8, tzinfo=UTC)) is None
    assert packs.version_at(stream_of(US), datetime(2025, 2, 1, 8, tzinfo=UTC) - MOMENT) is not None


def test_of_two_packs_since_the_same_instant_the_higher_version_holds() -> None:
    day = since(LEGACY, date(2026, 1, 12))
    both = msgspec.structs.replace(VN, pack=msgspec.structs.replace(VN.pack, time_zone="Asia/Singapore"))
    packs = catalogue(LEGACY, day, both)
    assert packs.in_force("VN", NOW).pack == day


def test_a_version_is_found_by_its_hash() -> None:
    packs = catalogue(US, VN)
    assert packs.by_hash(content_hash(VN)).pack == VN
    assert {version.hash for version in packs} == {content_hash(US), content_hash(VN)}
    with pytest.raises(PolicyVersionUnknown, match="0000"):
        packs.by_hash(PackHash("0000"))


def test_newer_versions_are_those_of_the_same_stream_in_effect_by_then() -> None:
    second, third = since(US, date(2025, 1, 1)), since(US, date(2026, 1, 1))
    packs = catalogue(US, second, third, VN)

    def numbers(after: Pack, until: datetime) -> list[int]:
        return [version.version for version in packs.newer(stream_of(US), content_hash(after), until)]

    assert numbers(US, NOW) == [2, 3]
    assert numbers(second, NOW) == [3]
    assert numbers(third, NOW) == []
    begins = datetime(2025, 1, 1, 8, tzinfo=UTC)
    assert numbers(US, begins) == [2]
    assert numbers(US, begins - MOMENT) == []
    with pytest.raises(PolicyVersionUnknown):
        numbers(VN, NOW)


def test_a_stream_without_versions_has_none_in_force() -> None:
    assert Catalogue().version_at(stream_of(US), NOW) is None
    assert list(Catalogue([])) == []
    assert isinstance(next(iter(catalogue(US))), Published)
