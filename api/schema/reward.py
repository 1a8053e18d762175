"""A reward: a benefit for a healthy creator."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.gathering import Document, inside, named, value
from api.ids import global_id
from api.schema.lists import Node
from api.schema.violation import enumerated, for_staff, opened
from api.schema.words import RewardStatus
from projections import tables

if TYPE_CHECKING:
    from api.schema.creator import Creator


@strawberry.type(description="The value of a counter that a gate was checked with.")
class GateValue:
    """The value of a counter."""

    counter: str = value("The counter.")
    value: int = value("Its value.")


def gates(row: Any, _view: Any) -> list[Any]:
    """The values as rows."""
    return [Document({"counter": counter, "value": value}) for counter, value in row.values.items()]


@strawberry.type(description="A benefit that was granted.")
class Reward(Node):
    """A benefit that was granted."""

    id: strawberry.ID = value("Its id among all things; opaque.", "reward_id", by=lambda row, _: global_id("Reward", row.reward_id))
    creator: Annotated[Creator, strawberry.lazy("api.schema.creator")] | None = named(
        "Whose it is.", tables.creators, "creator_id", "creator_id", by=lambda row, _: row.creator_id)
    market: str = value("The market the creator was in.")
    kind: str = value("Which benefit of the pack it is.")
    status: RewardStatus = value("Whether it is in force, as last recorded.", "status", by=enumerated(RewardStatus, "status"))
    granted_at: datetime = value("When it was granted.")
    granted_by: str | None = value("Who granted it; none is told to creators.", "granted_by", by=for_staff("granted_by"))
    ends_at: datetime | None = value("When it ends; none: without end.")
    promotion_score: int = value("The Promotion Performance Score (0 to 5) it was granted with, in hundredths.")
    gates: list[GateValue] = inside("What its gates were checked with.", "values", by=gates)
    pack_hash: str = value("The pack it was granted under, by the hash of its content.")
    ended_at: datetime | None = value("When it was over.")
    reasons: str | None = value("Why it was taken back; none once erased.", "creator_id", "reasons_token", by=opened("reasons_token"))
    changed_at: datetime = value("When something was last recorded about it.")
