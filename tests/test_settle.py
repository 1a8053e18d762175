"""The sweeper: what falls due is recorded on every account it is due on, and a new version of a pack is taken over by all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from application.wiring import CREATORS, opened
from domain.creator.finding import Content, ContentKind, Finding
from domain.creator.scheme import AccountType, RegisterCreator
from domain.creator.violations import ConfirmViolation
from domain.facts import Actor, ActorKind
from domain.identity import ContentId, creator_id
from domain.packs.model import Severity
from domain.packs.publishing import PublishPack
from tests.asking import packs_in
from tests.postgres import settings_in

OWNER = Actor(ActorKind.POLICY_OWNER, "operator")
START = datetime(2026, 3, 2, 10, tzinfo=UTC)


class Hands:
    """A clock that is set by hand."""

    now = START

    def __call__(self) -> datetime:
        return self.now


def test_settling_expires_what_is_due_on_every_account_and_finds_nothing_the_second_time(tmp_path: Path, database: str) -> None:
    clock = Hands()
    with opened(settings_in(tmp_path, database), clock) as system:
        for pack in packs_in(system.settings.packs):
            system.library.publish(PublishPack(pack.pack), OWNER)
        for number in range(3):
            external = f"acct-{number}"
            system.governance.handle(
                RegisterCreator(
                    adult=True, creator=creator_id(external), external_id=external, account_type=AccountType.PRIVATE, market="US"), by=OWNER)
        content = Content(ContentId("video-1"), ContentKind.VIDEO, START - timedelta(hours=1))
        finding = Finding("COUNTERFEIT", Severity.MAJOR, content)
        system.governance.handle(ConfirmViolation(creator=creator_id("acct-1"), finding=finding), by=OWNER)
        assert system.settle() == 0
        clock.now = START + timedelta(days=100)
        assert system.settle() == 1
        assert system.settle() == 0
        assert system.store.load(CREATORS, creator_id("acct-1")).standing.ledger.score == 200


def test_a_new_version_of_a_pack_is_taken_over_by_all_accounts_under_it(tmp_path: Path, database: str) -> None:
    clock = Hands()
    with opened(settings_in(tmp_path, database), clock) as system:
        first = next(pack.pack for pack in packs_in(system.settings.packs) if pack.pack.pack.market == "US")
        system.library.publish(PublishPack(first), OWNER)
        for number in range(3):
            external = f"acct-{number}"
            system.governance.handle(
                RegisterCreator(
                    adult=True, creator=creator_id(external), external_id=external, account_type=AccountType.PRIVATE, market="US"), by=OWNER)
        header = msgspec.structs.replace(first.pack, effective_from=date(2026, 4, 1))
        system.library.publish(PublishPack(msgspec.structs.replace(first, pack=header)), OWNER)
        assert system.settle() == 0, "it is not in force yet"
        clock.now = datetime(2026, 4, 2, tzinfo=UTC)
        assert system.settle() == 3
        schemes = [system.store.load(CREATORS, creator_id(f"acct-{number}")).scheme for number in range(3)]
        assert [scheme.version for scheme in schemes if scheme] == [2, 2, 2]
        assert system.settle() == 0
