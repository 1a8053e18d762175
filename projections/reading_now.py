"""What time alone has made of an account since its row was written, by the domain's own functions."""

from __future__ import annotations

from datetime import datetime

from domain.creator import decider
from domain.creator.state import Account
from domain.facts import placed
from domain.identity import CreatorId
from domain.packs.catalogue import Catalogue


def standing_at(health: Account, packs: Catalogue, now: datetime) -> Account:
    """The account of a creator's row as it is at `now` (UTC): what has fallen due by then is taken in, as it will be recorded."""
    drafts = decider.settle(health, now, packs)
    return decider.fold(health, placed(drafts, CreatorId(health.id), health.version, now, "")) if drafts else health
