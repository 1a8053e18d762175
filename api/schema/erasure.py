"""What stands between an account and the erasure of its personal data."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from api.gathering import Document, value
from api.schema.words import ErasureGround
from api.view import View
from domain.creator.state import Erased, ErasureAwaited


@strawberry.type(description="An erasure of personal data that waits for a second person.")
class ErasureRequest:
    """An erasure that waits for a second person."""

    loaded: strawberry.Private[dict[str, Any]]
    ground: ErasureGround = value("Why.", by=lambda it, _: ErasureGround(it.ground))
    reference: str | None = value("What it goes by elsewhere.", by=lambda it, _: it.reference or None)
    requested_by: str = value("Who asked for it, by the id in the staff directory.")
    requested_at: datetime = value("When.")


@strawberry.type(description="A matter because of which everything on record is kept.")
class LegalHold:
    """A matter because of which everything on record is kept."""

    loaded: strawberry.Private[dict[str, Any]]
    reference: str = value("What the matter goes by elsewhere.")
    since: datetime = value("Since when.")


def erased_at(row: Any, view: View) -> datetime | None:
    """When the personal data of an account was erased."""
    erasure = view.standing(row).erasure
    return erasure.at if isinstance(erasure, Erased) else None


def request_of(row: Any, view: View) -> Document | None:
    """The erasure that waits for a second person; told to staff alone."""
    erasure = view.standing(row).erasure
    if not (view.is_staff and isinstance(erasure, ErasureAwaited)):
        return None
    return Document({name: getattr(erasure, name) for name in ErasureAwaited.__struct_fields__})


def holds_of(row: Any, view: View) -> list[Document] | None:
    """The legal holds; told to staff alone."""
    holds = view.standing(row).legal_holds
    return [Document({"reference": reference, "since": since}) for reference, since in holds.items()] if view.is_staff else None
