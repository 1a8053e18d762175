"""All published versions of all packs, and which of them holds for a market at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from domain.facts import Actor
from domain.identity import PackHash, PackId
from domain.packs.model import Pack
from domain.refusals import Refused


class PolicyVersionUnknown(Refused):
    """No version of any pack has this name."""

    def __init__(self, name: PackHash) -> None:
        super().__init__(f"No policy version is named {name}.", field="hash")


class MarketNotCovered(Refused):
    """No pack holds for the market at the time."""

    def __init__(self, market: str, at: datetime) -> None:
        super().__init__(f"No policy pack is in force in market {market} at {at.isoformat()}.", field="market")


class Published(msgspec.Struct, frozen=True):
    """One immutable version of a pack, in force from `effective_from` (UTC) until, not including, `effective_until` or a later version.

    `version` counts the versions of one stream from 1; `hash` names the content; `fact` is the version of the fact that published it, at
    `published_at` (UTC).
    """

    id: PackId
    version: int
    hash: PackHash
    effective_from: datetime
    effective_until: datetime | None
    pack: Pack
    fact: int
    published_by: Actor
    published_at: datetime

    @property
    def markets(self) -> tuple[str, ...]:
        """The account markets that the version holds for."""
        return self.pack.pack.covers or (self.pack.pack.market,)

    def holds(self, at: datetime) -> bool:
        """Whether the instant lies between its first and its last, as if there were no later version."""
        return self.effective_from <= at and (self.effective_until is None or at < self.effective_until)


class Catalogue:
    """Look-ups among published versions; built once, never changed."""

    def __init__(self, versions: Iterable[Published] = ()) -> None:
        self._versions = tuple(versions)
        self._by_hash = {version.hash: version for version in self._versions}
        self._streams: dict[PackId, list[Published]] = {}
        for version in sorted(self._versions, key=lambda version: version.version):
            self._streams.setdefault(version.id, []).append(version)
        self._markets: dict[str, list[PackId]] = {}
        for stream, published in self._streams.items():
            for market in {market for version in published for market in version.markets}:
                self._markets.setdefault(market, []).append(stream)

    def __iter__(self) -> Iterator[Published]:
        return iter(self._versions)

    def by_hash(self, name: PackHash) -> Published:
        """The version of that name; PolicyVersionUnknown if there is none."""
        if name not in self._by_hash:
            raise PolicyVersionUnknown(name)
        return self._by_hash[name]

    def in_force(self, market: str, at: datetime) -> Published:
        """Of the packs in force for a market, the one that came into force last; MarketNotCovered if there is none.

        Of two that came into force at once the one of the higher version number holds, then the one of the higher id.
        """
        versions = (self.version_at(stream, at) for stream in self._markets.get(market, ()))
        holding = [version for version in versions if version is not None and market in version.markets]
        if not holding:
            raise MarketNotCovered(market, at)
        return max(holding, key=lambda version: (version.effective_from, version.version, version.id))

    def first(self, market: str) -> Published | None:
        """Of the packs for a market, the one that came into force first; None if there is none."""
        versions = (version for stream in self._markets.get(market, ()) for version in self._streams[stream] if market in version.markets)
        return min(versions, key=lambda version: (version.effective_from, version.version, version.id), default=None)

    def version_at(self, stream: PackId, at: datetime) -> Published | None:
        """The version of one stream in force at a time; one that was replaced does not come back when its successor ends."""
        published = self._streams.get(stream, [])
        begun = bisect_right(published, at, key=lambda version: version.effective_from)
        latest = published[begun - 1] if begun else None
        return latest if latest is not None and latest.holds(at) else None

    def newer(self, stream: PackId, name: PackHash, until: datetime) -> tuple[Published, ...]:
        """The versions of a stream after the named one that are in effect by `until`, in order; PolicyVersionUnknown if it has no such."""
        published = self._streams.get(stream, [])
        known = next((version.version for version in published if version.hash == name), None)
        if known is None:
            raise PolicyVersionUnknown(name)
        return tuple(version for version in published if version.version > known and version.effective_from <= until)
