"""The parts of an account at a moment, straight from its state: what stood, what was in force, and what waited."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from api.gathering import Document, inside, value
from api.ids import global_id
from api.schema.health import entries
from api.schema.penalty import Scope
from api.schema.words import Application, Comparison, Severity
from api.view import View
from domain.creator.ledger import SCORE_TALLY
from domain.creator.state import Confirmed, Submitted


@strawberry.type(description="A penalty that was in force.")
class HeldPenalty:
    """A penalty that was in force."""

    loaded: strawberry.Private[dict[str, Any]]
    id: strawberry.ID = value("Its id among all things; opaque.", by=lambda it, _: global_id("Penalty", it.id))
    version: int = value("The fact that made it so.")
    kind: str = value("What kind of penalty it is, in the pack's words.")
    channel: str = value("What imposed it: a counter's name, ZERO_TOLERANCE, PERSON or EXTERNAL.")
    restrictions: list[Scope] = inside("What it restricts.", by=lambda it, _: list(it.restrictions))
    violations: list[strawberry.ID] = value(
        "The violations it rests on.", by=lambda it, _: [global_id("Violation", id) for id in it.violations])
    starts_at: datetime = value("When it began.")
    ends_at: datetime | None = value("When it was to end; none: without end.")
    interim: bool = value("Whether it held only until a proposal is decided.")
    application: Application = value("How far the platform had come with carrying it out.")
    decided_by: str | None = value(
        "Who decided it; none is told to creators.", by=lambda it, view: (it.decided_by or None) if view.is_staff else None)


@strawberry.type(description="A penalty that waited for a second person.")
class WaitingProposal:
    """A penalty that waited for a second person."""

    loaded: strawberry.Private[dict[str, Any]]
    version: int = value("The fact that proposed it.")
    penalty: HeldPenalty = inside("The penalty.", by=lambda it, _: it.penalty)
    lapses_at: datetime = value("Until when a second person might approve it.")


@strawberry.type(description="A violation that stood.")
class StandingViolation:
    """A violation that stood."""

    loaded: strawberry.Private[dict[str, Any]]
    id: strawberry.ID = value("Its id among all things; opaque.", by=lambda it, _: global_id("Violation", it.id))
    version: int = value("The fact that confirmed it.")
    policy: str = value("The policy.")
    leaf: str | None = value("The leaf of the policy.", by=lambda it, _: it.leaf or None)
    severity: Severity = value("How grave it was found to be by then.")
    at: datetime = value("When it took effect.")
    content_id: str = value("The platform's own id of what it was found in.")
    pack_hash: str = value("The pack that it pins.", by=lambda it, _: it.schedule)
    automated: bool = value("Whether no person took part.")
    decided_by: str | None = value(
        "Who decided it; none is told to creators.", by=lambda it, view: (it.decided_by or None) if view.is_staff else None)


@strawberry.type(description="A threshold of the health score, or one that has fired.")
class ThresholdState:
    """A threshold, and whether it was armed."""

    loaded: strawberry.Private[dict[str, Any]]
    tally: str = value("What it counts in: a counter, or one group of it.")
    at: int = value("The value at which it fires.")
    comparison: Comparison = value("How the value has to stand to it.")
    armed: bool = value("Whether it might fire.")


@strawberry.type(description="A reward that was in force.")
class HeldReward:
    """A reward that was in force."""

    loaded: strawberry.Private[dict[str, Any]]
    id: strawberry.ID = value("Its id among all things; opaque.", by=lambda it, _: global_id("Reward", it.id))
    version: int = value("The fact that granted it.")
    kind: str = value("What kind of reward it is, in the pack's words.")
    ends_at: datetime | None = value("When it was to end; none: without end.")


@strawberry.type(description="An appeal that waited for its decision.")
class OpenAppeal:
    """An appeal that waited for its decision."""

    loaded: strawberry.Private[dict[str, Any]]
    id: strawberry.ID = value("Its id among all things; opaque.", by=lambda it, _: global_id("Appeal", it.id))
    version: int = value("The fact that it was filed in.", by=lambda it, _: it.filed)
    subject: str = value("What it is against (a UUID).")
    level: int = value("Its level, from 1.")
    due_at: datetime | None = value(
        "When it had to be decided: the first of its clocks, missed or not.",
        by=lambda it, _: min((clock.due_at for clock in (*it.clocks, *it.missed)), default=None))


def things(found: dict[Any, Any], version: str = "version") -> list[Any]:
    """Parts of the state as rows."""
    return [row_of(it, {"id": id, "version": getattr(it, version)}) for id, it in found.items()]


def row_of(found: Any, more: dict[str, Any]) -> Document:
    """A part of the state as a row."""
    return Document({name: getattr(found, name) for name in found.__struct_fields__} | more)


def violations_in(it: Any, _: View) -> list[Any]:
    """The violations that stand."""
    return things({id: found for id, found in it.account.violations.items() if isinstance(found, Confirmed)})


def penalties_in(it: Any, _: View) -> list[Any]:
    """The penalties in force."""
    return things(it.account.standing.penalties)


def proposals_in(it: Any, _: View) -> list[Any]:
    """The penalties that wait for a second person."""
    return [Document({"version": waiting.penalty.version, "penalty": row_of(waiting.penalty, {}), "lapses_at": waiting.lapses_at})
            for waiting in it.account.standing.proposals.values()]


def appeals_in(it: Any, _: View) -> list[Any]:
    """The appeals that wait."""
    return things({id: found for id, found in it.account.appeals.items() if isinstance(found, Submitted)}, "filed")


def entries_in(it: Any, view: View) -> list[Any]:
    """The live entries of the ledger."""
    made_by = {entry.id: entry.version for entry in it.account.standing.ledger.entries.values()}
    return [Document(row.__dict__, version=made_by[row.id]) for row in entries(it.account, view.published(it.account))]


def thresholds_of(it: Any, view: View) -> list[Any]:
    """The thresholds of the score, and those of other tallies that have fired."""
    ledger = it.account.standing.ledger
    ladder = [(SCORE_TALLY, one.at, one.comparison) for one in view.published(it.account).pack.score.thresholds]
    others = [(one.tally, one.at, one.comparison) for one in ledger.fired if one.tally != SCORE_TALLY]
    return [Document({"tally": tally, "at": at, "comparison": comparison, "armed": ledger.armed(tally, at, comparison)})
            for tally, at, comparison in (*ladder, *others)]
