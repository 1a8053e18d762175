"""The roots at which an account's past is asked for. Who may see the account today may see its past."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import strawberry
from strawberry import Info

from api.access import MAY_SEE, allowed
from api.errors import BadUserInput
from api.gathering import columns_of, gather, refuse_too_large
from api.ids import id_of
from api.replaying import AsOf, KnownAt, Version, past_of, when_of
from api.schema.replay import AccountMoment, diff_at, history_at
from api.selection import Field, root_of
from api.view import Context, View
from domain.creator.replaying import Moment, When
from domain.identity import CreatorId, creator_id
from projections import tables

Asked = Info[Context, None]
CreatorGiven = Annotated[strawberry.ID | None, strawberry.argument(description="A global id, or the plain UUID.")]
ExternalId = Annotated[str | None, strawberry.argument(description="The platform's own account id.")]
Earlier = Annotated[AccountMoment, strawberry.argument(name="from", description="The earlier moment.")]
Later = Annotated[AccountMoment | None, strawberry.argument(name="to", description="The later moment; none: now.")]


async def creator_history(
        info: Asked, id: CreatorGiven = None, external_id: ExternalId = None, as_of: AsOf = None, known_at: KnownAt = None,
        at_version: Version = None) -> Any:
    """An account at a moment, straight from its history."""
    now = info.context.system.clock()
    when = when_of(now, as_of, known_at, at_version) or Moment(now, now)
    return await replay(info, named_by(id, external_id), lambda view, root, found: history_at(view, root, found, when))


async def replay_diff(info: Asked, id: CreatorGiven = None, external_id: ExternalId = None, *, one: Earlier, other: Later = None) -> Any:
    """What is not the same at two moments of an account."""
    now = info.context.system.clock()
    moments = one.when(now, "from"), (other or AccountMoment()).when(now, "to")
    return await replay(info, named_by(id, external_id), lambda view, root, found: diff_at(view, root, found, *moments))


def named_by(id: str | None, external_id: str | None) -> str:
    """The id of a creator, by one of the two ways to name it. Raises BadUserInput."""
    if (id is None) == (external_id is None):
        raise BadUserInput("Give either `id` or `externalId`.", argument="id")
    return str(creator_id(external_id)) if external_id is not None else str(id)


async def replay(info: Asked, given: str, work: Callable[[View, Field, CreatorId], Any], at_least: str | None = None) -> Any:
    """What is found out about a creator's past; None if there is no such creator, or it may not be seen today."""
    principal, asked = allowed(info.context.principal, info.field_name, MAY_SEE), root_of(info)
    id = id_of(given, "Creator")

    def found(view: View) -> Any:
        refuse_too_large(asked.below)
        return work(view, asked, CreatorId(id)) if id is not None and id in view.seen([id]) else None

    return await info.context.read(principal, found, at_least)


def creator_at(view: View, root: Field, id: CreatorId, when: When) -> Any:
    """A creator as it was; None if it was not registered by then."""
    with past_of(view, id, when) as past:
        if past is None:
            return None
        row = past.reader.by_key(tables.creators, "creator_id", [id], {*columns_of(root.below), "creator_id"})[id]
        return gather(past, root.below, [row])[0]
