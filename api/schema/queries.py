"""The roots of what can be asked. Each reads all that was selected below it, in a thread, before anything else runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

import strawberry
from strawberry import Info

from api.access import MAY_SEE, allowed
from api.errors import BadUserInput
from api.gathering import asked_for, columns_of, counts, gather, listed, node_columns
from api.identity import Principal
from api.ids import id_of, thing_of
from api.schema.appeal import Appeal
from api.schema.creator import Creator, CreatorConnection
from api.schema.ecosystem import EcosystemHealth, days_of
from api.schema.filters import CreatorFilter, CreatorOrder, of_creators, order_of
from api.schema.lists import Node
from api.schema.packs import PolicyPack
from api.schema.penalty import Penalty
from api.schema.reward import Reward
from api.schema.violation import Violation
from api.schema.words import Role
from api.selection import Field, Selection, root_of
from api.view import Context, View
from domain.identity import PackHash, creator_id
from projections import tables

Asked = Info[Context, None]
Id = Annotated[strawberry.ID, strawberry.argument(description="A global id, or the plain UUID.")]
AtLeast = Annotated[str | None, strawberry.argument(description="The position of a mutation's answer: read models must have come to it.")]

TABLES = {
    "Creator": (tables.creators, "creator_id"),
    "Violation": (tables.violations, "violation_id"),
    "Penalty": (tables.penalties, "penalty_id"),
    "Appeal": (tables.appeals, "appeal_id"),
    "Reward": (tables.rewards, "reward_id"),
}


async def read(info: Asked, work: Callable[[View, Field], Any], at_least: str | None = None) -> Any:
    """What whoever asks may see, read as a whole."""
    principal = allowed(info.context.principal, info.field_name, MAY_SEE)
    root = root_of(info)
    return await info.context.read(principal, lambda view: work(view, root), at_least)


def one(view: View, selection: Selection, type_name: str, id: Any, *, by: str = "") -> Any:
    """The thing of that type and id with what was selected of it; None if there is none, or it may not be seen."""
    table, key = TABLES[type_name]
    column = by or key
    rows = view.reader.by_key(table, column, [id], {*columns_of(selection), "creator_id"})
    row = rows.get(id)
    if row is None or row.creator_id not in view.seen([row.creator_id]):
        return None
    return gather(view, selection, [row])[0]


async def of_id(info: Asked, type_name: str, given: str, at_least: str | None) -> Any:
    """The thing of that type that a given id names."""
    id = id_of(given, type_name)
    return await read(info, lambda view, root: None if id is None else one(view, root.below, type_name, id), at_least)


def creators_page(view: View, root: Field, filter: CreatorFilter | None, order: CreatorOrder | None) -> Any:
    """A page of creators."""
    where = of_creators(filter)
    asked = asked_for(root, tables.creators, order_of(order), where)
    page = view.reader.page(tables.creators, node_columns(root.below), asked)
    total = view.reader.total(tables.creators, where) if counts(root.below) else None
    settled = view.reader.settled_until(view.now) if root.below.named("settledUntil") else None
    return gather(view, root.below, [listed(page, asked, total)._replace(settled_until=settled)])[0]


@strawberry.type(description="Whoever asks.")
class Viewer:
    """Whoever asks."""

    loaded: strawberry.Private[dict[str, Any]]
    role: Role = strawberry.field(description="The role.")
    id: str = strawberry.field(description="The id in the staff directory or account system.")

    @classmethod
    def of(cls, principal: Principal) -> Viewer:
        """The viewer that a principal is."""
        return cls(loaded={}, role=principal.role, id=principal.id)


@strawberry.type(description="What can be asked.")
class Query:
    """What can be asked."""

    @strawberry.field(description="Whoever asks.")
    async def viewer(self, info: Asked) -> Viewer | None:
        """Whoever asks."""
        return Viewer.of(allowed(info.context.principal, info.field_name, MAY_SEE))

    @strawberry.field(description="Anything that has an id; none if it is unknown.")
    async def node(self, info: Asked, id: Id, at_least: AtLeast = None) -> Node | None:
        """Anything that has an id."""
        found = thing_of(id)
        if found is None or found[0] not in TABLES:
            return await read(info, lambda _view, _root: None)  # type: ignore[no-any-return]
        type_name, own = found
        return await read(  # type: ignore[no-any-return]
            info, lambda view, root: one(view, root.below_as(type_name), type_name, own), at_least)

    @strawberry.field(description="A creator by its id or by the platform's own account id; none if it is unknown.")
    async def creator(
            self, info: Asked, id: Annotated[strawberry.ID | None, strawberry.argument(description="A global id, or the plain UUID.")] = None,
            external_id: Annotated[str | None, strawberry.argument(description="The platform's own account id.")] = None,
            at_least: AtLeast = None) -> Creator | None:
        """A creator."""
        if (id is None) == (external_id is None):
            raise BadUserInput("Give either `id` or `externalId`.", argument="id")
        given = str(creator_id(external_id)) if external_id is not None else str(id)
        return await of_id(info, "Creator", given, at_least)  # type: ignore[no-any-return]

    @strawberry.field(description="Creators, in pages.")
    async def creators(
            self, info: Asked, filter: Annotated[CreatorFilter | None, strawberry.argument(description="Which of them.")] = None,
            order_by: Annotated[CreatorOrder | None, strawberry.argument(description="In which order; by default as registered.")] = None,
            first: Annotated[int, strawberry.argument(description="How many, from 0 to 100.")] = 20,
            after: Annotated[str | None, strawberry.argument(description="The cursor after which they begin.")] = None,  # noqa: ARG002  # read from the field
            at_least: AtLeast = None) -> CreatorConnection | None:
        """Creators, in pages."""
        del first
        return await read(info, lambda view, root: creators_page(view, root, filter, order_by), at_least)  # type: ignore[no-any-return]

    @strawberry.field(description="A violation; none if it is unknown.")
    async def violation(self, info: Asked, id: Id, at_least: AtLeast = None) -> Violation | None:
        """A violation."""
        return await of_id(info, "Violation", id, at_least)  # type: ignore[no-any-return]

    @strawberry.field(description="A penalty; none if it is unknown.")
    async def penalty(self, info: Asked, id: Id, at_least: AtLeast = None) -> Penalty | None:
        """A penalty."""
        return await of_id(info, "Penalty", id, at_least)  # type: ignore[no-any-return]

    @strawberry.field(description="An appeal; none if it is unknown.")
    async def appeal(self, info: Asked, id: Id, at_least: AtLeast = None) -> Appeal | None:
        """An appeal."""
        return await of_id(info, "Appeal", id, at_least)  # type: ignore[no-any-return]

    @strawberry.field(description="Every published version of every policy pack, or those that hold for one market.")
    async def policy_packs(
            self, info: Asked, market: Annotated[str | None, strawberry.argument(description="An account market.")] = None,
            ) -> list[PolicyPack] | None:
        """Every published version of every policy pack."""
        return await read(info, lambda view, root: gather(view, root.below, [  # type: ignore[no-any-return]
            it for it in sorted(view.packs, key=lambda it: (it.pack.pack.scheme, it.pack.pack.market, it.version))
            if market is None or market in it.markets]))

    @strawberry.field(description="A version of a policy pack: by its hash, or the one in force in a market; none if there is none.")
    async def policy_pack(
            self, info: Asked, hash: Annotated[str | None, strawberry.argument(description="The hash of its content.")] = None,
            market: Annotated[str | None, strawberry.argument(description="An account market.")] = None) -> PolicyPack | None:
        """A version of a policy pack."""
        if (hash is None) == (market is None):
            raise BadUserInput("Give either `hash` or `market`.", argument="hash")
        return await read(info, lambda view, root: next(iter(gather(  # type: ignore[no-any-return]
            view, root.below, found_packs(view, hash, market))), None))

    @strawberry.field(description="How a marketplace fared over some days, by default the last 30.")
    async def ecosystem_health(
            self, info: Asked, market: Annotated[str | None, strawberry.argument(description="The market; none: all.")] = None,
            first: Annotated[date | None, strawberry.argument(name="from", description="The first day.")] = None,
            last: Annotated[date | None, strawberry.argument(name="to", description="The last day.")] = None,
            at_least: AtLeast = None) -> EcosystemHealth | None:
        """How a marketplace fared."""
        return await read(  # type: ignore[no-any-return]
            info, lambda view, root: gather(view, root.below, [days_of(market, first, last, view.now)])[0], at_least)


def found_packs(view: View, hash: str | None, market: str | None) -> list[Any]:
    """The version of that hash, or the one in force in a market."""
    if hash is not None:
        return [it for it in view.packs if it.hash == PackHash(hash)]
    holding = [it for it in view.packs if market in it.markets and view.packs.version_at(it.id, view.now) == it]
    return [view.packs.in_force(market or "", view.now)] if holding else []


OTHER_TYPES = (Reward,)
