"""What can be followed as it happens. Each message says from where to go on, so that nothing is missed and nothing comes twice."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Annotated, Any

import strawberry
from strawberry import Info

from api.access import MAY_FOLLOW, allowed
from api.errors import BadUserInput, Forbidden
from api.gathering import gather, inside, named, refuse_too_large, value
from api.ids import global_id, id_of, position_text, positions_of
from api.live import Follower
from api.schema.appeal import Appeal
from api.schema.case import Case
from api.schema.filters import AppealChangeFilter
from api.schema.inputs import is_given
from api.schema.timeline import TimelineEvent
from api.schema.words import CaseStatus, CaseStepKind
from api.selection import Field, root_of
from api.view import Context, View
from projections import tables
from projections.catalogue import CASES_LOG, CREATORS_LOG
from projections.reading import OneOf

Asked = Info[Context, None]
CreatorGiven = Annotated[strawberry.ID, strawberry.argument(description="A global id, or the plain UUID.")]
After = Annotated[str | None, strawberry.argument(description="The last position that was heard of; none: from now on.")]
Which = Annotated[AppealChangeFilter | None, strawberry.argument(name="filter", description="Which of them.")]

Tell = Callable[[View, Sequence[Any]], Sequence[Any]]


@strawberry.type(description="Something that happened to the account that is followed.")
class AccountUpdate:
    """Something that happened."""

    loaded: strawberry.Private[dict[str, Any]]
    position: str = value(
        "Where it lies; give it as `after` to go on from there.", "log", "position", by=lambda row, _: position_text((row.log, row.position)))
    event: TimelineEvent = inside("What happened.", by=lambda row, _: row)


@strawberry.type(description="Something happened at the appeals desk: an appeal came in, was assigned, claimed, given back, due anew, or closed.")
class AppealDeskUpdate:
    """Something happened at the appeals desk."""

    loaded: strawberry.Private[dict[str, Any]]
    position: str = value(
        "Where it lies; give it as `after` to go on from there.", "log", "position", by=lambda row, _: position_text((row.log, row.position)))
    kind: CaseStepKind = value("What happened.", "kind", by=lambda row, _: CaseStepKind(row.kind))
    status: CaseStatus = value("How far the work had come then.", "status", by=lambda row, _: CaseStatus(row.status))
    appeal_id: strawberry.ID = value("The appeal.", "appeal_id", by=lambda row, _: global_id("Appeal", row.appeal_id))
    market: str = value("The market the creator was in when the appeal was submitted.")
    case: Case | None = named("The case as it is now.", tables.cases, "case_id", "case_id", by=lambda row, _: row.case_id)
    appeal: Appeal | None = named("The appeal as it is now.", tables.appeals, "appeal_id", "appeal_id", by=lambda row, _: row.appeal_id)


async def follow(
        context: Context, follower: Follower, root: Field, where: OneOf | None, after: int | None, tell: Tell) -> AsyncGenerator[Any, None]:
    """What is told of the rows that fulfil a condition, one after the other, for as long as somebody listens and may."""
    principal = context.principal
    if principal is None:
        raise TypeError("Only who was allowed to listen gets here.")
    async with aclosing(follower.listen(where, after)) as pieces:
        async for rows in pieces:
            for message in await context.read(principal, lambda view: gather(view, root.below, tell(view, rows))):  # noqa: B023  # awaited at once
                yield message


def place_after(given: str | None, of: int) -> int | None:
    """The position in a log that was given; BadUserInput if it is one of another log."""
    if given is None:
        return None
    position = positions_of(given, "after").get(of)
    if position is None:
        raise BadUserInput("The position is one of another log: give one that this subscription gave out.", argument="after")
    return position


async def account_events(info: Asked, creator: CreatorGiven, after: After = None) -> AsyncGenerator[AccountUpdate, None]:
    """Everything that happens to one account."""
    principal, root = allowed(info.context.principal, info.field_name, MAY_FOLLOW), root_of(info)
    id = id_of(creator, "Creator")
    log = info.context.system.log_of(id).number if id else CREATORS_LOG
    position = place_after(after, log)
    refuse_too_large(root.below)

    def seen(view: View, rows: Sequence[Any]) -> Sequence[Any]:
        if id is None or id not in view.seen([id]):
            raise Forbidden("You may follow only accounts that you may see.")
        return rows

    def exists(view: View) -> bool:
        seen(view, ())
        return bool(view.reader.by_key(tables.creators, "creator_id", [id], ("creator_id",)))

    if not await info.context.read(principal, exists):
        raise BadUserInput("There is no such creator.", argument="creator")
    return follow(info.context, info.context.followers.accounts[log], root, OneOf("creator_id", frozenset({id})), position, seen)


async def appeal_desk_changed(info: Asked, which: Which = None, after: After = None) -> AsyncGenerator[AppealDeskUpdate, None]:
    """What happens at the appeals desk."""
    allowed(info.context.principal, info.field_name, MAY_FOLLOW)
    position, root = place_after(after, CASES_LOG), root_of(info)
    refuse_too_large(root.below)
    return follow(
        info.context, info.context.followers.desk, root, None, position, lambda _view, rows: [row for row in rows if fits(row, which)])


def fits(row: Any, which: AppealChangeFilter | None) -> bool:
    """Whether the filter lets a change through."""
    if which is None:
        return True
    asked = ((which.market, row.market), (which.status, row.status), (which.kind, row.kind))
    return all(not is_given(wanted) or given in (wanted or ()) for wanted, given in asked)


@strawberry.type(description="What can be followed as it happens, over graphql-transport-ws.")
class Subscription:
    """What can be followed."""

    account_events = strawberry.subscription(
        resolver=account_events, description="Every event of one account after a position, each once and in order.")
    appeal_desk_changed = strawberry.subscription(
        resolver=appeal_desk_changed, description="Everything that happens at the appeals desk after a position, each once and in order.")
