"""What each fact of an account's history changed, and who did it, when, and under which rule."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import strawberry

from api.gathering import Document, inside, value
from api.schema.timeline import Actor, sentence_for
from api.schema.words import JSON, Part
from api.view import View
from domain.creator.changing import Step, is_by_time
from domain.facts import Fact
from projections.columns import document_text
from projections.timeline import rule

FIGURES = frozenset({Part.SCORE, Part.ZONE, Part.MARKET, Part.TIER})
INTERNAL = frozenset({Part.EVIDENCE, Part.LINK, Part.RETENTION, Part.LEGAL_HOLD})


@strawberry.type(description="One thing in an account that is not what it was.")
class AccountChange:
    """One thing in an account that is not what it was."""

    loaded: strawberry.Private[dict[str, Any]]
    part: Part = value("What kind of thing.")
    id: str | None = value("Which one; none where an account has but one.", by=lambda it, _: it.id or None)
    before: JSON | None = value(
        "What it was; none: it was not there. Creators are told figures alone.", by=lambda it, view: plain(it.part, it.before, view))
    after: JSON | None = value(
        "What it is; none: it is not there. Creators are told figures alone.", by=lambda it, view: plain(it.part, it.after, view))


def plain(part: Part, found: object, view: View) -> Any:
    """A value of the state as JSON, as whoever asks may know it."""
    return msgspec.to_builtins(found, str_keys=True) if view.is_staff or part in FIGURES else None


@strawberry.type(description="A fact of an account's history, and what it changed.")
class HistoryStep:
    """A fact of an account's history, and what it changed."""

    loaded: strawberry.Private[dict[str, Any]]
    version: int | None = value("Its number in the account's history; none: it fell due, and had not been recorded.")
    kind: str = value("What happened, as the event is named.")
    sentence: str = value(
        "What happened, in a sentence; creators read nothing of other accounts, of evidence that others gave, and of the staff's own work.",
        by=lambda it, view: sentence_for(view)(it.kind, parameters(it.fact)))
    occurred_at: datetime = value("When it was so.")
    recorded_at: datetime | None = value("When we knew; none: it had not been recorded.")
    actor: Actor = inside("Who acted.", by=lambda it, _: it)
    cause_version: int | None = value("The number of the fact it follows from, in this history.")
    policy: str | None = value("The policy it is about.", by=lambda it, _: rule(it.fact.event).get("policy") or None)
    pack_hash: str | None = value(
        "The pack it was decided under: the one that it pins, otherwise the one that the account lived under.",
        by=lambda it, _: rule(it.fact.event).get("pack_hash") or it.pack or None)
    by_time_alone: bool = value("Whether it fell due, by nobody's decision.", by=lambda it, _: is_by_time(it.fact))
    changes: list[AccountChange] = inside(
        "What it changed; creators are not told of evidence, of other accounts and of legal holds.", by=lambda it, view: changes_of(it.changes, view))


def parameters(fact: Fact) -> Any:
    """The event's own fields as the timeline keeps them."""
    return msgspec.json.decode(document_text(fact.event))


def changes_of(changes: Sequence[Any], view: View) -> list[Any]:
    """The changes that whoever asks may know of."""
    return [change for change in changes if view.is_staff or change.part not in INTERNAL]


def step_row(step: Step, *, recorded: bool = True) -> Document:
    """A step as a row."""
    fact, actor = step.fact, step.fact.actor
    return Document({
        "fact": fact, "version": fact.version if recorded else None, "kind": type(fact.event).__name__, "occurred_at": fact.occurred_at,
        "recorded_at": fact.recorded_at if recorded else None, "actor_kind": actor.kind, "actor_id": actor.id, "actor_role": actor.role,
        "actor_team": actor.team, "actor_qualifications": actor.qualifications, "on_behalf_of": actor.on_behalf_of,
        "cause_version": fact.cause.version if fact.cause and fact.cause.stream == fact.stream else None, "changes": step.changes,
        "pack": step.pack})
