"""What can be asked before it is done: a preview of each mutation, by the same rules and for the same roles. Nothing is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import Info

from api.access import MAY_PREVIEW, allowed, preview_name
from api.gathering import Document, gather, inside, refuse_too_large, value
from api.identity import Principal
from api.schema.health import RestrictionCause, cause_row
from api.schema.inputs import Unfit, preview_input_of
from api.schema.mutations import UserError, error_of, mutation_name, request_of
from api.schema.words import DeadlineKind
from api.selection import root_of
from api.view import Context, View
from domain.creator.decider import COMMANDS
from domain.creator.grammar import Command
from domain.creator.preview import Preview as Foreseen
from domain.facts import Fact
from domain.identity import CreatorId
from projections.sentences import sentence_of


@strawberry.type(description="An event that would be recorded.")
class ForeseenEvent:
    """An event that would be recorded."""

    loaded: strawberry.Private[dict[str, Any]]
    kind: str = value("What would happen, as the event is named.")
    sentence: str = value("What would happen, in the sentence that the timeline would tell.")


@strawberry.type(description="A threshold of a counter that would be reached.")
class MilestoneReached:
    """A threshold that would be reached."""

    loaded: strawberry.Private[dict[str, Any]]
    tally: str = value("Which counter, or group of one.")
    threshold: int = value("The threshold.")
    value_before: int = value("What the counter reads now.")
    value_after: int = value("What it would read.")


@strawberry.type(description="A restriction that would hold longer, or less long, than it does now; `*` means all.")
class RestrictionChange:
    """A restriction that would hold longer, or less long, than now."""

    loaded: strawberry.Private[dict[str, Any]]
    capability: str = value("What may not be done.", by=lambda it, _: it.restriction.capability)
    category: str = value("In which category.", by=lambda it, _: it.restriction.category)
    territory: str = value("In which territory.", by=lambda it, _: it.restriction.territory)
    item: str = value("With which content item.", by=lambda it, _: it.restriction.item)
    until: datetime | None = value("Until when it would hold; none: without end.")
    until_before: datetime | None = value(
        "Until when it holds now; none: of a restriction gained, that it does not hold; of one lost, that it has no end.")
    causes: list[RestrictionCause] = inside("The penalties it would come from.", by=lambda it, _: [cause_row(penalty) for penalty in it.penalties])


@strawberry.type(description="A time that would be set.")
class Deadline:
    """A time that would be set."""

    loaded: strawberry.Private[dict[str, Any]]
    kind: DeadlineKind = value("What ends then.")
    at: datetime = value("When.")


@strawberry.type(description="What a mutation would lead to if it were asked for now. Nothing of it is recorded.")
class Preview:
    """What a mutation would lead to."""

    loaded: strawberry.Private[dict[str, Any]]
    events: list[ForeseenEvent] = inside("What would be recorded for it; nothing if it is refused.", by=lambda it, _: told(it.decided))
    settled_first: list[ForeseenEvent] = inside(
        "What has fallen due and would be recorded before; all else is told as of then.", by=lambda it, _: told(it.settled))
    score_before: int | None = value("The health score as it is; none: there is no account yet.", by=lambda it, _: it.score and it.score.before)
    score_after: int | None = value("The health score as it would be.", by=lambda it, _: it.score and it.score.after)
    zone_before: str | None = value("The zone it lies in.", by=lambda it, _: it.score and it.score.zone_before)
    zone_after: str | None = value("The zone it would lie in.", by=lambda it, _: it.score and it.score.zone_after)
    milestones: list[MilestoneReached] = inside("The thresholds that would be reached, of any counter.", by=lambda it, _: listed(it.milestones))
    restrictions_gained: list[RestrictionChange] = inside("What the creator could not do any more, or longer.", by=lambda it, _: listed(it.gained))
    restrictions_lost: list[RestrictionChange] = inside("What the creator could do again, or sooner.", by=lambda it, _: listed(it.lost))
    deadlines: list[Deadline] = inside("The times that would be set, in the order of the events.", by=lambda it, _: listed(it.deadlines))
    digest: str | None = value(
        "Names what was seen here: given as `preview`, the mutation is refused if it leads to anything else. None if it is refused.",
        by=lambda it, _: it.digest or None)
    errors: list[UserError] = inside("Why it would be refused; empty: it would not.", by=lambda it, _: it.errors)


def told(facts: Sequence[Fact] | None) -> list[Any]:
    """The events of facts as rows."""
    return [Document({"kind": type(fact.event).__name__, "sentence": sentence_of(fact.event)}) for fact in facts or ()]


def listed(found: Sequence[Any] | None) -> list[Any]:
    """All of several; none of what is not told."""
    return list(found or ())


def preview_of(command: type[Command]) -> Any:
    """The preview of a command."""
    mutation = mutation_name(command)

    async def resolve(info: Info[Context, None], given: Any) -> Any:
        principal, root = allowed(info.context.principal, info.field_name, MAY_PREVIEW), root_of(info)
        refuse_too_large(root.below)
        return await info.context.read(principal, lambda view: gather(view, root.below, [foreseen(view, principal, command, given)])[0])

    resolve.__annotations__ = {
        "info": Info, "given": Annotated[preview_input_of(command), strawberry.argument(name="input", description="What would be asked for.")],
        "return": Preview | None}
    resolve.__name__ = preview_name(mutation)
    return strawberry.field(resolver=resolve, description=f"What {mutation} would lead to if it were asked for now.")


def foreseen(view: View, principal: Principal, kind: type[Command], given: Any) -> Document:
    """What a command would lead to; of an account that whoever asks may not see, the refusal alone."""
    try:
        asked = request_of(principal, kind, given)
    except Unfit as unfit:
        return Document({"errors": [error_of(unfit, given)]})
    found: Foreseen = view.system.preview(asked)
    errors = [error_of(found.refusal, given)] if found.refusal else []
    if found.refusal and CreatorId(asked.command.creator) not in view.seen([asked.command.creator]):
        return Document({"errors": errors})
    return Document({name: getattr(found, name) for name in Foreseen.__struct_fields__}, errors=errors)


Previews = strawberry.type(
    type("Previews", (), {preview_name(mutation_name(command)): preview_of(command) for command in COMMANDS.values()}),
    description="What each mutation would lead to.")
