"""What everything runs on, wired once: the store, the rules over it, the packs in force, the read models that follow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from application.governance import Governance, Rules
from application.library import Library
from application.store import Aggregate, Store
from domain.creator import decider
from domain.creator.grammar import Order
from domain.creator.state import REVISION, Account
from domain.packs.catalogue import Catalogue

CREATORS: Aggregate[Account] = Aggregate("creators", decider.EVENTS, decider.empty, decider.fold, REVISION, Account)
RULES: Rules[Account, Catalogue] = Rules(CREATORS, decider.settle, decider.decide, Order)


def utc_now() -> datetime:
    """The time (UTC)."""
    return datetime.now(UTC)


def governance(store: Store, library: Library, clock: Callable[[], datetime], after: Callable[[int], object]) -> Governance[Account, Catalogue]:
    """What handles commands on creator accounts."""
    return Governance(store, RULES, library.catalogue, clock, after)
