"""A remedy: what is owed to a creator because a decision fell."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.gathering import Document, inside, named, value
from api.ids import global_id
from api.schema.lists import Node
from api.schema.penalty import Scope
from api.schema.violation import enumerated, for_staff
from api.schema.words import BigInt, RemedyKind, RemedyStatus
from projections import tables

if TYPE_CHECKING:
    from api.schema.creator import Creator
    from api.schema.penalty import Penalty
    from api.schema.reward import Reward
    from api.schema.violation import Violation


def subject(description: str, table: Any, key: str, kind: RemedyKind) -> Any:
    """A field with what a remedy of that kind is about."""
    return named(description, table, key, "kind", "subject", by=lambda row, _: row.subject if row.kind == kind else None)


@strawberry.type(description="What is owed to a creator because a decision fell; it stands until it is fulfilled.")
class Remedy(Node):
    """What is owed to a creator because a decision fell."""

    id: strawberry.ID = value("Its id among all things; opaque.", "remedy_id", by=lambda row, _: global_id("Remedy", row.remedy_id))
    creator: Annotated[Creator, strawberry.lazy("api.schema.creator")] | None = named(
        "To whom it is owed.", tables.creators, "creator_id", "creator_id", by=lambda row, _: row.creator_id)
    market: str = value("The market the creator was in.")
    kind: RemedyKind = value("What is owed.", "kind", by=enumerated(RemedyKind, "kind"))
    status: RemedyStatus = value("Whether it was given.", "status", by=enumerated(RemedyStatus, "status"))
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = named(
        "The violation that fell, or was found lighter; none where a penalty alone fell.", tables.violations, "violation_id", "violation_id",
        by=lambda row, _: row.violation_id)
    penalty: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = subject(
        "The penalty that was served, of SERVED_TIME.", tables.penalties, "penalty_id", RemedyKind.SERVED_TIME)
    lost_reward: Annotated[Reward, strawberry.lazy("api.schema.reward")] | None = subject(
        "The reward that was lost, of REWARD.", tables.rewards, "reward_id", RemedyKind.REWARD)
    freeze_id: strawberry.ID | None = value(
        "What the commission was held by, of COMMISSION.", "kind", "subject",
        by=lambda row, _: global_id("Commission", row.subject) if row.kind == RemedyKind.COMMISSION else None)
    seconds: BigInt = value("How many seconds were served that should not have been.")
    restrictions: list[Scope] = inside("What was restricted then.", "restrictions", by=lambda row, _: [Document(it) for it in row.restrictions])
    amount: BigInt = value("How much is to be paid out, in minor units of the currency.")
    currency: str = value("The currency (ISO 4217); empty where no money is owed.")
    orders: list[str] = value("The orders the commission came from.")
    reward: str = value("Which benefit is to be offered again; empty where none is.")
    owner: str | None = value("The team that is to give it, by its code; none: nobody yet, or not told to creators.", "owner", by=for_staff("owner"))
    due_at: datetime | None = value("By when it is to be given; none: no date.")
    owed_at: datetime = value("Since when it is owed.")
    fulfilled_at: datetime | None = value("When it was given.")
    fulfilled_by: str | None = value("Who recorded that; none is told to creators.", "fulfilled_by", by=for_staff("fulfilled_by"))
    reference: str = value("What it was given by (a payment, a reward), by the id it has elsewhere.")
    note: str | None = value(
        "A note about that; none once erased, and none is told to creators.", "creator_id", "note_token",
        by=lambda row, view: view.opened(row.creator_id, row.note_token) if view.is_staff else None)
    changed_at: datetime = value("When something was last recorded about it.")
