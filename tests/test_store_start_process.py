"""What each of many processes does that start at once; apart from the others, for it imports the whole application."""

from __future__ import annotations

from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from application.wiring import opened
from domain.identity import CreatorId
from tests.postgres import settings_in
from tests.test_store_process import ALICE, Fill, Place, governance


def open_first(place: Place, creator: CreatorId, start: Barrier, told: Connection) -> None:
    """Open a deployment that is not there at the same moment as others do, and write to its store at once."""
    start.wait()
    with opened(settings_in(*place)) as system:
        told.send(governance(system.store).handle(Fill(creator), by=ALICE).position)
