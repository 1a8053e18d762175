"""An account at any moment, straight from its history: where it stood, which facts made it so, and what changed between two moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import strawberry

from api.gathering import MOST, Document, Paged, asked_for, gather, inside, listed, listing, value
from api.ids import global_id
from api.replaying import PastView, past_of, when_of
from api.schema.creator import CommissionFreeze, frozen
from api.schema.health import Health, LedgerEntry, Restriction, health_of, restrictions_in
from api.schema.held import (
    HeldPenalty,
    HeldReward,
    OpenAppeal,
    StandingViolation,
    ThresholdState,
    WaitingProposal,
    appeals_in,
    entries_in,
    penalties_in,
    proposals_in,
    row_of,
    things,
    thresholds_of,
    violations_in,
)
from api.schema.lists import Connection
from api.schema.steps import AccountChange, HistoryStep, changes_of, step_row
from api.schema.words import CreatorStatus
from api.selection import Field
from api.view import View
from domain.creator.changing import Why
from domain.creator.replaying import Moment, When
from domain.identity import CreatorId
from projections import tables
from projections.creators import status_of
from projections.reading import Order, Page

BY_VERSION = Order(("version",))
STEPS = "HistoryStepConnection"
Rows = Callable[[Any, View], list[Any]]


@dataclass(frozen=True)
class Kept(Paged):
    """A page of what `rows` finds in the row, each with a `version` of its own, by which they are ordered."""

    rows: Rows
    columns: tuple[str, ...] = ()

    def fill(self, view: View, field: Field, sources: Sequence[Any], objects: Sequence[Any]) -> None:
        """All of it was read before."""
        asked = asked_for(field, tables.timeline, BY_VERSION, ())
        (after,) = asked.after or (0,)
        pages = []
        for source in sources:
            every = sorted(self.rows(source, view), key=lambda row: int(row.version))
            left = [row for row in every if row.version > after]
            pages.append(listed(Page(left[:asked.first], len(left) > asked.first), asked, len(every)))
        for made, page in zip(objects, gather(view, field.below, pages), strict=True):
            made.loaded[field.key] = page


@dataclass(frozen=True)
class Facts(Paged):
    """A page of the facts that count at the moment, and what each of them changed."""

    columns: tuple[str, ...] = ()

    def fill(self, view: View, field: Field, sources: Sequence[Any], objects: Sequence[Any]) -> None:
        """Only those of the page are gone through."""
        asked = asked_for(field, tables.timeline, BY_VERSION, ())
        (after,) = asked.after or (0,)
        for made, source in zip(objects, sources, strict=True):
            found = view.system.replays.steps(source.id, source.when, after, asked.first + 1)
            rows = [step_row(step) for step in found[:asked.first]]
            total = len(view.counting()) if isinstance(view, PastView) and counted_in(field) else None
            (made.loaded[field.key],) = gather(view, field.below, [listed(Page(rows, len(found) > asked.first), asked, total)])


def counted_in(field: Field) -> bool:
    """Whether the number of all items was asked for."""
    return bool(field.below_as(STEPS).named("totalCount") or field.below_as(STEPS).named("totalCountIsExact"))


def due_rows(it: Any, view: View) -> list[Any]:
    """What had fallen due, as rows."""
    return [step_row(step, recorded=False) for step in view.system.replays.fell_due(it.id, it.when, it.replay)]


@strawberry.type(description=(
    "An account at a moment, folded from the facts that count then, with what had fallen due by then under the packs of that time."))
class CreatorHistory:
    """An account at a moment."""

    loaded: strawberry.Private[dict[str, Any]]
    creator_id: strawberry.ID = value("The creator's id among all things; opaque.", by=lambda it, _: global_id("Creator", it.id))
    as_of: datetime = value("The moment it is told for; of a version, the latest time that anything in it occurred.", by=lambda _, view: view.now)
    known_at: datetime | None = value(
        "Of what was known at that time; none: of the facts up to a version.",
        by=lambda it, _: it.when.known_at if isinstance(it.when, Moment) else None)
    version: int = value("The last fact that counts.")
    market: str = value("The market it was in.", by=lambda it, _: it.account.market)
    status: CreatorStatus = value("Where it stood.", by=lambda it, _: CreatorStatus(status_of(it.account.standing.penalties)))
    score: int = value("Its health score.", by=lambda it, _: it.account.standing.ledger.score)
    zone: str = value(
        "The zone its score lay in.", by=lambda it, view: view.published(it.account).pack.zone(it.account.standing.ledger.score))
    tier: str = value("Its reward tier; empty: none.", by=lambda it, _: it.account.tier)
    scheme: str = value("The scheme it lived under.", by=lambda it, _: it.account.scheme.name)
    pack_hash: str = value("The pack it lived under, by the hash of its content.", by=lambda it, _: it.account.scheme.hash)
    pack_version: int = value("The version of that pack, from 1.", by=lambda it, _: it.account.scheme.version)
    health: Health = inside("Its health score, and what it was made of.", by=health_of)
    thresholds: list[ThresholdState] = inside("The thresholds of the score, and those of other counters that have fired.", by=thresholds_of)
    restrictions: list[Restriction] = inside(
        "What it might not do: the union over all penalties in force.", by=lambda it, _: restrictions_in(it.account))
    commission_frozen: list[CommissionFreeze] = inside("Commission held.", by=lambda it, _: frozen(it.account))
    violations: Connection[StandingViolation] = listing("The violations that stood, oldest first.", Kept(violations_in))
    entries: Connection[LedgerEntry] = listing("The live entries of all counters, oldest first.", Kept(entries_in))
    penalties: Connection[HeldPenalty] = listing("The penalties in force, oldest first.", Kept(penalties_in))
    proposals: Connection[WaitingProposal] = listing("The penalties that waited for a second person, oldest first.", Kept(proposals_in))
    rewards: Connection[HeldReward] = listing(
        "The rewards in force, oldest first.", Kept(lambda it, _: things(it.account.rewards)))
    appeals: Connection[OpenAppeal] = listing("The appeals that waited for their decision, oldest first.", Kept(appeals_in))
    fell_due: list[HistoryStep] = inside(
        "What had fallen due by then, and is not among the facts that count.", by=due_rows)
    facts: Connection[HistoryStep] = listing("Every fact that counts, oldest first, and what it changed.", Facts())


@strawberry.input(description="A moment of an account: `atVersion` alone, or `asOf` and `knownAt`; neither: now.")
class AccountMoment:
    """A moment of an account."""

    as_of: datetime | None = strawberry.field(default=None, description="As it was at that time; none: at `knownAt`, or now.")
    known_at: datetime | None = strawberry.field(default=None, description="Of what was known at that time; none: of what is known now.")
    at_version: int | None = strawberry.field(default=None, description="As its first so many facts made it; given alone.")

    def when(self, now: datetime, argument: str) -> When:
        """The moment. Raises BadUserInput."""
        return when_of(now, self.as_of, self.known_at, self.at_version, argument) or Moment(now, now)


@strawberry.type(description="A change between two moments, and the facts that made it: of many, the latest hundred, in their order.")
class AccountDifference(AccountChange):
    """A change between two moments, and the facts that made it."""

    because: list[HistoryStep] = inside(
        "The facts that count at the later moment alone.", by=lambda it, _: [step_row(step) for step in it.why.added[-MOST:]])
    no_longer: list[HistoryStep] = inside(
        "The facts that count at the earlier moment alone.", by=lambda it, _: [step_row(step) for step in it.why.removed[-MOST:]])
    fell_due: list[HistoryStep] = inside(
        "What had fallen due by one of the moments without counting there.",
        by=lambda it, _: [step_row(step, recorded=False) for step in it.why.fell_due[-MOST:]])
    by_time_alone: bool = value("Whether nobody decided anything that made it.", by=lambda it, _: it.why.by_time_alone)


@strawberry.type(description="What is not the same at two moments of an account, and why.")
class ReplayDiff:
    """What is not the same at two moments."""

    loaded: strawberry.Private[dict[str, Any]]
    changes: Connection[AccountDifference] = listing(
        "The changes; creators are not told of evidence, of other accounts and of legal holds.", Kept(lambda it, view: changes_of(it.changes, view)))


def history_at(view: View, root: Field, creator: CreatorId, when: When) -> Any:
    """An account at a moment; None if it was not opened by then."""
    with past_of(view, creator, when) as past:
        if past is None:
            return None
        found = past.replay
        row = Document({
            "id": creator, "creator_id": creator, "account": found.account, "version": found.version, "when": when, "replay": found})
        return gather(past, root.below, [row])[0]


def diff_at(view: View, root: Field, creator: CreatorId, one: When, other: When) -> Any:
    """What is not the same at two moments."""
    found: Sequence[Why] = view.system.replays.difference(creator, one, other)
    changes = [row_of(why.change, {"why": why, "version": number}) for number, why in enumerate(found, start=1)]
    return gather(view, root.below, [Document({"changes": changes})])[0]
