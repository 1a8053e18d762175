"""An account as it was at a moment, folded from the facts that count by then.

A fact counts as of a time if it was so by then (`occurred_at`), and was known at a time if it was recorded by then. Facts are folded in the
order of their versions, whatever their dates, and what had fallen due by the moment is taken in as `decider.settle` gives it under the
packs of that time. Where dates and order disagree, this holds:

* Who recorded a fact knew all before it: what stands after a fact recorded later was known no earlier, whatever two clocks say.
* A fact that follows from one that does not count does not count either: its cause, or one before it about the same thing (an id that both
  name; the ledger with its thresholds is one thing). So a penalty shortened, dated back before it was imposed, is not shortened by then.
* A decision dated back counts from its date; what it led to counts from when that took effect, which is never before the account's latest
  fact at the time. So a violation recorded late is found early, and its points are deducted where the ledger had come to.
* A pack holds for no time before it was published, also where it was said to be in force earlier: editing a policy changes nothing that is
  shown as of a past date.

At a version it is simpler: the first so many facts as they were, and nothing settled beyond.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from uuid import UUID

import msgspec

from domain.creator.decider import empty, fold, settle
from domain.creator.scheme import SchemeAdopted
from domain.creator.state import Account
from domain.facts import Event, Fact, placed
from domain.identity import CreatorId
from domain.packs.catalogue import Catalogue

LEDGER = "ledger"
OF_LEDGER = frozenset({"fired", "strictest_of", "figures", "score", "tally"})  # the fields by which an event is about it


class Moment(msgspec.Struct, frozen=True):
    """What was so as of a time, as far as it was known at another one (both UTC)."""

    as_of: datetime
    known_at: datetime


class AtVersion(msgspec.Struct, frozen=True):
    """What the first so many facts made of the account."""

    version: int


When = Moment | AtVersion


class Replayed(msgspec.Struct, frozen=True):
    """An account at a moment: `version` is that of the last fact that counts (0: none does), `at` the moment it is told for (UTC).

    `settled` had fallen due by then, and is taken in without being among the facts that count; it has no versions of its own.
    """

    account: Account
    version: int
    at: datetime
    settled: tuple[Fact, ...] = ()


def replayed(facts: Sequence[Fact], when: When, packs: Catalogue, since: Account | None = None) -> Replayed | None:
    """The account at a moment, from all its facts, or from those after `since`, in which every fact counts; None before it was opened."""
    return come_to(fold(since or empty(), counted(facts, when, packs)), when, packs)


def come_to(account: Account, when: When, packs: Catalogue) -> Replayed | None:
    """An account of the facts that count at a moment, as it was then; None before it was opened."""
    if not account.registered or account.at is None:
        return None
    if isinstance(when, AtVersion):
        return Replayed(account, account.version, account.at)
    drafts = settle(account, when.as_of, packs_at(packs, account, when))
    settled = placed(drafts, CreatorId(account.id), account.version, when.as_of, "")
    return Replayed(fold(account, settled), account.version, when.as_of, tuple(settled))


def counted(facts: Sequence[Fact], when: When, packs: Catalogue) -> list[Fact]:
    """Those of consecutive facts that count at a moment, if all before them do."""
    if isinstance(when, AtVersion):
        return [fact for fact in facts if fact.version <= when.version]
    known = list(takewhile(lambda fact: fact.recorded_at <= when.known_at, facts))
    so = [counts_from(fact, packs) <= when.as_of for fact in known]
    if all(so):
        return known
    first, last = so.index(False), len(so) - so[::-1].index(True) if any(so) else 0
    return known[:first] + list(standing_alone(known[first:last], so[first:last]))


def standing_alone(facts: Iterable[Fact], so: Iterable[bool]) -> Iterator[Fact]:
    """Those of the facts that were so and follow from none that was not."""
    left: set[object] = set()
    for fact, was in zip(facts, so, strict=True):
        named = about(fact.event)
        if was and left.isdisjoint(named) and cause_in(fact) not in left:
            yield fact
        else:
            left |= {fact.version, *named}


def cause_in(fact: Fact) -> int | None:
    """The version of the fact of the same account that this one follows from."""
    return fact.cause.version if fact.cause and fact.cause.stream == fact.stream else None


def counts_from(fact: Fact, packs: Catalogue) -> datetime:
    """Since when a fact counts: when it was so, but no newer pack before it was published, unless that is told later than it was used."""
    if isinstance(fact.event, SchemeAdopted) and fact.cause is not None and fact.cause.stream == fact.event.pack:
        return max(fact.occurred_at, min(fact.recorded_at, packs.by_hash(fact.event.hash).published_at))
    return fact.occurred_at


def packs_at(packs: Catalogue, account: Account, when: Moment) -> Catalogue:
    """The packs that an account could have taken over by a moment: none newer than its own that was not published by then."""
    scheme, until = account.scheme, min(when.as_of, when.known_at)
    if scheme is None:
        return packs
    return Catalogue(it for it in packs if it.id != scheme.pack or it.version <= scheme.version or it.published_at <= until)


def about(event: Event) -> set[object]:
    """What an event is about: every id that it names, and the ledger."""
    found = set[object](ids_in(event))
    return found if OF_LEDGER.isdisjoint(event.__struct_fields__) else found | {LEDGER}


def ids_in(value: object) -> Iterator[UUID]:
    """Every id anywhere in a value."""
    match value:
        case UUID():
            yield value
        case msgspec.Struct():
            for name in value.__struct_fields__:
                yield from ids_in(getattr(value, name))
        case dict():
            for pair in value.items():
                yield from ids_in(pair)
        case tuple() | list() | frozenset():
            for one in value:
                yield from ids_in(one)
        case _:
            pass
