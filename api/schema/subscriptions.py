"""What can be followed as it happens. Each message says from where to go on, so that nothing is missed and nothing comes twice."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Annotated, Any

import strawberry
from strawberry import Info

from api.access import MAY_FOLLOW, allowed
from api.errors import BadUserInput, Forbidden
from api.gathering import Document, gather, inside, named, refuse_too_large, value
from api.ids import global_id, id_of, position_of, position_text
from api.schema.appeal import Appeal
from api.schema.filters import AppealChangeFilter
from api.schema.inputs import is_given
from api.schema.timeline import TimelineEvent
from api.schema.words import AppealStatus
from api.selection import Field, root_of
from api.view import Context, View
from domain.creator.appeals import AppealSettled, AppealWithdrawn
from domain.creator.judgement import AppealDecided
from projections import subjects, tables
from projections.catalogue import CREATORS_LOG
from projections.reading import OneOf

Asked = Info[Context, None]
CreatorGiven = Annotated[strawberry.ID, strawberry.argument(description="A global id, or the plain UUID.")]
After = Annotated[str | None, strawberry.argument(description="The last position that was heard of; none: from now on.")]
Which = Annotated[AppealChangeFilter | None, strawberry.argument(name="filter", description="Which of them.")]

Tell = Callable[[View, Sequence[Any]], Sequence[Any]]
STATUSES = {
    event.__name__: AppealStatus.SUBMITTED for event in subjects.APPEALS - {AppealDecided}} | {
    AppealWithdrawn.__name__: AppealStatus.WITHDRAWN, AppealSettled.__name__: AppealStatus.SETTLED}
OF_APPEALS = frozenset(event.__name__ for event in subjects.APPEALS)


@strawberry.type(description="Something that happened to the account that is followed.")
class AccountUpdate:
    """Something that happened."""

    loaded: strawberry.Private[dict[str, Any]]
    position: str = value(
        "Where it lies; give it as `after` to go on from there.", "position", by=lambda row, _: position_text(CREATORS_LOG, row.position))
    event: TimelineEvent = inside("What happened.", by=lambda row, _: row)


@strawberry.type(description="An appeal came to the desk, or was decided or withdrawn.")
class AppealDeskUpdate:
    """Something changed on the desk of appeals."""

    loaded: strawberry.Private[dict[str, Any]]
    position: str = value(
        "Where it lies; give it as `after` to go on from there.", "position", by=lambda row, _: position_text(CREATORS_LOG, row.position))
    appeal_id: strawberry.ID = value("The appeal.", "appeal_id", by=lambda row, _: global_id("Appeal", row.appeal_id))
    status: AppealStatus = value("How far it had come then.")
    market: str | None = value("The market the creator was in when it was submitted; none: not known yet.")
    appeal: Appeal | None = named("The appeal as it is now.", tables.appeals, "appeal_id", "appeal_id", by=lambda row, _: row.appeal_id)


async def follow(context: Context, root: Field, where: OneOf, after: int | None, tell: Tell) -> AsyncGenerator[Any, None]:
    """What is told of the rows that fulfil a condition, one after the other, for as long as somebody listens and may."""
    principal = context.principal
    if principal is None:
        raise TypeError("Only who was allowed to listen gets here.")
    async with aclosing(context.follower.listen(where, after)) as pieces:
        async for rows in pieces:
            for message in await context.read(principal, lambda view: gather(view, root.below, tell(view, rows))):  # noqa: B023  # awaited at once
                yield message


def place_after(given: str | None) -> int | None:
    """The position in the log of the accounts that was given; BadUserInput if it is one of another log."""
    if given is None:
        return None
    log, position = position_of(given, "after")
    if log != CREATORS_LOG:
        raise BadUserInput("The position is not one of the accounts' log.", argument="after")
    return position


async def account_events(info: Asked, creator: CreatorGiven, after: After = None) -> AsyncGenerator[AccountUpdate, None]:
    """Everything that happens to one account."""
    principal, root = allowed(info.context.principal, info.field_name, MAY_FOLLOW), root_of(info)
    id = id_of(creator, "Creator")
    position = place_after(after)
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
    return follow(info.context, root, OneOf("creator_id", frozenset({id})), position, seen)


async def appeal_desk_changed(info: Asked, which: Which = None, after: After = None) -> AsyncGenerator[AppealDeskUpdate, None]:
    """What changes on the desk of appeals."""
    allowed(info.context.principal, info.field_name, MAY_FOLLOW)
    position, root = place_after(after), root_of(info)
    refuse_too_large(root.below)
    return follow(info.context, root, OneOf("kind", OF_APPEALS), position, lambda view, rows: desk_updates(view, rows, which))


def desk_updates(view: View, rows: Sequence[Any], which: AppealChangeFilter | None) -> list[Document]:
    """What is told of those rows, as far as the filter lets through; the market is the one that the appeal is listed under."""
    listed = view.reader.by_key(tables.appeals, "appeal_id", {row.appeal_id for row in rows}, ("market",))
    told = [Document({
        "position": row.position, "appeal_id": row.appeal_id, "status": STATUSES.get(row.kind) or AppealStatus(row.parameters["outcome"]),
        "market": listed[row.appeal_id].market if row.appeal_id in listed else None}) for row in rows]
    return told if which is None else [it for it in told if fits(it, which)]


def fits(update: Any, which: AppealChangeFilter) -> bool:
    """Whether the filter lets it through; what cannot be said to be elsewhere is not kept back."""
    in_market = not is_given(which.market) or update.market in (None, *(which.market or ()))
    return in_market and (not is_given(which.status) or update.status in (which.status or ()))


@strawberry.type(description="What can be followed as it happens, over graphql-transport-ws.")
class Subscription:
    """What can be followed."""

    account_events = strawberry.subscription(
        resolver=account_events, description="Every event of one account after a position, each once and in order.")
    appeal_desk_changed = strawberry.subscription(
        resolver=appeal_desk_changed, description="Every change of an appeal after a position, each once and in order.")
