"""Everything that is held about a creator, as the API tells it and as the command line writes it."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from api.errors import BadUserInput
from api.selection import Field
from api.view import View
from application.taking_out import parts
from projections.tables import creators

MOST_FACTS = 10_000


def exported(view: View, root: Field, creator: UUID) -> dict[str, Any] | None:
    """The document of a creator, if whoever asks may have it; BadUserInput if the account is too long to be told at once."""
    if creator not in view.seen([creator]):
        return None
    row = view.reader.by_key(creators, "creator_id", [creator], ("version",)).get(creator)
    if row is None:
        return None
    if row.version > MOST_FACTS:
        raise BadUserInput(
            f"The account has {row.version:,} facts, more than {MOST_FACTS:,}: have them written with `governance export creator`.",
            argument="creatorId")
    view.reading = root
    found = dict(parts(view.system, view.reader.connection, creator, view.now, partial(view.opened, creator)))
    return {name: list(value) if name == "history" else value for name, value in found.items()}
