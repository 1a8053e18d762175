"""How a whole marketplace fares: what happened on each day, and how many creators are in each zone."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import strawberry

from api.errors import BadUserInput
from api.gathering import Document, inside, value
from api.view import View

MOST_DAYS = 366


@strawberry.type(description="How much of something there was on a day, in a market, under a policy of a version of a pack.")
class EcosystemFlow:
    """How much of something there was on a day."""

    day: date = value("The day (UTC).")
    market: str = value("The market.")
    policy: str | None = value("The policy; none: about none.", by=lambda row, _: row.policy or None)
    pack_hash: str | None = value("The pack, by the hash of its content.", by=lambda row, _: row.pack_hash or None)
    measure: str = value("What happened, as the event is named.")
    kind: str | None = value("Of which kind: an appeal's outcome, a penalty's, reward's or warning's kind.", by=lambda row, _: row.kind or None)
    count: int = value("How often.")
    points: int = value("With how many points in all.")


@strawberry.type(description="How many creators were in a zone at the end of a day.")
class ZoneStock:
    """How many creators were in a zone."""

    day: date = value("The day (UTC).")
    market: str = value("The market.")
    zone: str = value("The zone.")
    creators: int = value("How many.")


def days_of(market: str | None, first: date | None, last: date | None, now: datetime) -> Document:
    """The days that are asked about: by default the last 30, to this one."""
    last = last or now.astimezone(UTC).date()
    first = first or last - timedelta(days=29)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise BadUserInput(f"`from` must lie before `to`, and at most {MOST_DAYS} days.", argument="from")
    return Document({"market": market or "", "first": first, "last": last})


def stocks(asked: Any, view: View) -> list[Any]:
    """The number of creators in each zone at the end of each day: the sum of all changes until then."""
    changes: dict[tuple[str, str], dict[date, int]] = defaultdict(dict)
    for row in view.reader.zone_changes(asked.market, asked.last):
        changes[row.market, row.zone][row.day] = row.change
    return [
        Document({"day": day, "market": market, "zone": zone, "creators": creators})
        for (market, zone), by_day in changes.items() for day, creators in running(by_day, asked.first, asked.last) if creators]


def running(changes: dict[date, int], first: date, last: date) -> list[tuple[date, int]]:
    """The sum of changes up to and with each day from the first to the last."""
    total = sum(change for day, change in changes.items() if day < first)
    found = []
    for ahead in range((last - first).days + 1):
        day = first + timedelta(days=ahead)
        total += changes.get(day, 0)
        found.append((day, total))
    return found


@strawberry.type(description="How a marketplace fared over some days.")
class EcosystemHealth:
    """How a marketplace fared."""

    loaded: strawberry.Private[dict[str, Any]]
    first: date = value("The first day.")
    last: date = value("The last day.")
    flows: list[EcosystemFlow] = inside("What happened on each day.", by=lambda it, view: list(view.reader.flows(it.market, it.first, it.last)))
    zones: list[ZoneStock] = inside("How many creators were in each zone at the end of each day.", by=stocks)
