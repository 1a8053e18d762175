"""Evidence that is kept under a retention class: what falls due when."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.gathering import named, value
from api.schema.violation import enumerated
from api.schema.words import RetentionStatus
from projections import tables

if TYPE_CHECKING:
    from api.schema.appeal import Appeal
    from api.schema.creator import Creator
    from api.schema.violation import Violation


@strawberry.type(description="A piece of evidence that is kept under a retention class until it is due to go.")
class RetainedEvidence:
    """A piece of evidence that is kept under a retention class."""

    loaded: strawberry.Private[dict[str, Any]]
    id: strawberry.ID = value("Its id in the facts about it; opaque.", "evidence_id", by=lambda row, _: str(row.evidence_id))
    creator: Annotated[Creator, strawberry.lazy("api.schema.creator")] | None = named(
        "Whose account it belongs to.", tables.creators, "creator_id", "creator_id", by=lambda row, _: row.creator_id)
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = named(
        "The violation it was given in, if it was one.", tables.violations, "violation_id", "given_in", by=lambda row, _: row.given_in)
    appeal: Annotated[Appeal, strawberry.lazy("api.schema.appeal")] | None = named(
        "The appeal it was given in, if it was one.", tables.appeals, "appeal_id", "given_in", by=lambda row, _: row.given_in)
    reference: str = value("Where it lies; empty once it is no longer kept.")
    sha256: str = value("The SHA-256 of its content, in hexadecimal.")
    kind: str = value("What it is.")
    retention: str = value("Its retention class.")
    status: RetentionStatus = value("Whether it is kept.", "status", by=enumerated(RetentionStatus, "status"))
    given_at: datetime = value("When it was given.")
    since: datetime | None = value("From when its class counts.")
    due_at: datetime | None = value("When it is due to go.")
    ended_at: datetime | None = value("Since when it is no longer kept.")
    pack_hash: str | None = value("The pack whose class says so.", "pack_hash", by=lambda row, _: row.pack_hash or None)
