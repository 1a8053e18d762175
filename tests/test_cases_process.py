"""What another process does at the desk of the tests of cases."""

from __future__ import annotations

from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier

from application.settings import Settings
from application.wiring import opened
from domain.cases.desk import ClaimAppeal
from domain.facts import Actor, ActorKind
from domain.identity import AppealId, CreatorId
from domain.refusals import Refused
from tests.rulebook import START


def claim_at_once(settings: Settings, creator: CreatorId, appeals: list[AppealId], name: str, start: Barrier, told: Connection) -> None:
    """Claim one appeal after the other, each at the moment at which others do; tell what came of it."""
    with opened(settings, lambda: START) as system:
        for appeal in appeals:
            start.wait()
            try:
                system.desk.handle(ClaimAppeal(creator=creator, appeal_id=appeal), by=Actor(ActorKind.REVIEWER, name, "APPEALS_REVIEWER"))
            except Refused as refused:
                told.send(refused.code())
            else:
                told.send(name)


def follow_at_once(settings: Settings, start: Barrier, told: Connection) -> None:
    """Do at the desk what follows from the accounts, at the moment at which others do."""
    with opened(settings, lambda: START) as system:
        start.wait()
        system.desk.catch_up()
        told.send(None)
