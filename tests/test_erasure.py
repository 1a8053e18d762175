"""An erasure is carried out whatever happens in between, and no copy of the log or of the keys undoes it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from pydantic import SecretBytes, SecretStr

from application.erasing import LIST_FILE, ErasureList, ErasureListBroken
from application.forgetting import REMEMBER_EVERY
from application.governance import Governance
from application.settings import Settings, SettingsInvalid
from application.wiring import CREATORS, RULES, System, opened
from domain.creator.erasure import ApproveErasure, CreatorErased, EraseCreator, ErasureGround
from domain.creator.scheme import CreatorAccountOpened
from domain.facts import Actor, ActorKind, Personal
from domain.identity import creator_id
from tests.asking import ADMIN, POLICY_MANAGER, World, world
from tests.postgres import database as new_database
from tests.test_backup import BACKUP, RESTORE, shell
from tests.test_store_process import MASTER

NAMES = ("ann", "ben")
FIRST, SECOND = (Actor(ActorKind.POLICY_OWNER, f"policy-{number}") for number in (1, 2))


def lived_in(asked: World) -> None:
    for name in NAMES:
        asked.registered(name, handle=f"@{name}.{name}")


def handles(system: System) -> list[str | None]:
    """How the creators call themselves, as their histories say it."""
    opening = [system.store.logs(CREATORS).facts(creator_id(name))[0] for name in NAMES]
    return [system.open_text(fact.stream, fact.event.handle.token) for fact in opening
            if isinstance(fact.event, CreatorAccountOpened) and fact.event.handle]


READABLE, ERASED = ["@ann.ann", "@ben.ben"], [None, "@ben.ben"]


def erase(asked: World) -> None:
    id = str(creator_id("ann"))
    asked.done("eraseCreator", {"creatorId": id, "ground": "CREATOR_REQUEST", "reasons": "As asked."}, POLICY_MANAGER)
    asked.done("approveErasure", {"creatorId": id}, ADMIN)


def die_before_the_key_is_destroyed(system: System) -> None:
    """Record an erasure as a process does that gets no further."""
    governance = Governance(system.store, RULES, system.library.catalogue, system.clock)
    ann = creator_id("ann")
    governance.handle(EraseCreator(creator=ann, ground=ErasureGround.OBJECTION, reasons=Personal("As asked.")), by=FIRST)
    governance.handle(ApproveErasure(creator=ann), by=SECOND)


def listed(settings: Settings) -> list[str]:
    return (settings.folder / LIST_FILE).read_text().splitlines()


# The key after the fact


def test_whoever_is_erased_can_be_read_and_found_by_nobody_in_any_process(asked: World) -> None:
    lived_in(asked)
    with opened(asked.system.settings, asked.clock) as other:
        assert handles(other) == READABLE
        erase(asked)
        assert handles(asked.system) == handles(other) == ERASED
        assert other.store.keys.streams_with("handle", "ann.ann") == []
    assert listed(asked.system.settings) == [str(creator_id("ann"))]


def test_an_erasure_that_a_process_died_over_is_carried_out_by_whoever_settles_next(asked: World) -> None:
    lived_in(asked)
    die_before_the_key_is_destroyed(asked.system)
    assert handles(asked.system) == READABLE
    asked.system.settle()
    assert handles(asked.system) == ERASED
    assert listed(asked.system.settings) == [str(creator_id("ann"))]


def test_an_erasure_that_a_process_died_over_is_carried_out_before_anybody_reads_again(asked: World) -> None:
    lived_in(asked)
    die_before_the_key_is_destroyed(asked.system)
    with opened(asked.system.settings, asked.clock) as later:
        assert handles(later) == ERASED
    assert handles(asked.system) == ERASED


def test_an_erasure_in_one_of_several_logs_is_found_and_how_far_that_log_was_followed_is_remembered(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database, logs=3) as asked:
        lived_in(asked)
        die_before_the_key_is_destroyed(asked.system)
        asked.system.settle()
        log = asked.system.log_of(creator_id("ann"))
        position, fact = asked.system.store.keys.followed("CreatorErased", log.name)
        assert (position, fact) == (log.last_position(), f"{creator_id('ann')}/4")
        assert position < REMEMBER_EVERY, "so that it was remembered because something was found"
        other = next(it for it in asked.system.store.logs(CREATORS).all if it is not log)
        assert asked.system.store.keys.followed("CreatorErased", other.name) == (0, "")


def test_what_is_written_of_an_erased_account_is_recorded_and_not_kept(asked: World) -> None:
    lived_in(asked)
    erase(asked)
    id = str(creator_id("ann"))
    asked.done("issueWarning", {"creatorId": id, "reasons": "Mind this."})
    fact = asked.system.store.logs(CREATORS).facts(creator_id("ann"))[-1]
    assert asked.system.open_text(fact.stream, fact.event.reasons.token) is None  # type: ignore[attr-defined]
    assert asked.ask("query($id: ID!) { creator(id: $id) { warnings } }", id=id)["creator"]["warnings"] == 1


# Copies that are put back


def test_no_copy_of_the_log_or_of_the_keys_from_before_undoes_an_erasure(
        tmp_path: Path, database: str, request: pytest.FixtureRequest) -> None:
    kind = "postgres" if database else "sqlite"
    with ExitStack() as stack:
        elsewhere = stack.enter_context(new_database(request.getfixturevalue("postgres"))) if database else ""
        with world(tmp_path / "old", database, master_key=SecretBytes(MASTER)) as asked:
            lived_in(asked)
            old, backup = asked.system.settings, tmp_path / "backup"
            shell(BACKUP[kind], backup, old)
            erase(asked)
        new = old.model_copy(update={"folder": tmp_path / "new", "database": SecretStr(elsewhere) if elsewhere else None})
        shell(RESTORE[kind].replace("governance rebuild", ""), backup, new)

        for name in ("keys.db", LIST_FILE):  # the log from before; the keys and the list as they are
            shutil.copy(old.folder / name, new.folder / name)
        with opened(new, asked.clock) as system:
            assert handles(system) == ERASED
            assert not any(isinstance(fact.event, CreatorErased) for fact in system.store.logs(CREATORS).facts(creator_id("ann")))

        for name in ("keys.db", LIST_FILE):  # the keys and the list from before; the log as it is
            shutil.copy(backup / name, old.folder / name)
        assert readable_by(old.folder / "keys.db", "ann")
        with opened(old, asked.clock) as system:
            assert handles(system) == ERASED
        assert not readable_by(old.folder / "keys.db", "ann")

        shutil.copy(backup / "keys.db", new.folder / "keys.db")  # log and keys from before; the list as it is
        assert readable_by(new.folder / "keys.db", "ann")
        with opened(new, asked.clock) as system:
            assert handles(system) == ERASED
        assert not readable_by(new.folder / "keys.db", "ann")


def readable_by(keys: Path, name: str) -> bool:
    """Whether a file of keys has that of a creator."""
    with closing(sqlite3.connect(keys)) as file:
        (found,) = file.execute("SELECT wrapped IS NOT NULL FROM creator_keys WHERE stream = ?", (creator_id(name).bytes,)).fetchone()
        return bool(found)


def test_an_older_log_that_has_grown_since_is_not_taken_for_the_one_that_was_followed(asked: World) -> None:
    lived_in(asked)
    keys, log = asked.system.store.keys, asked.system.store.log(CREATORS)
    keys.remember_followed("CreatorErased", log.name, log.last_position() + 2, "what stood there in another log")
    die_before_the_key_is_destroyed(asked.system)
    assert log.last_position() > keys.followed("CreatorErased", log.name)[0] - 1
    asked.system.settle()
    assert handles(asked.system) == ERASED


# The list


def test_the_list_is_added_to_and_every_line_of_it_is_an_account(tmp_path: Path) -> None:
    (tmp_path / "erased.txt").write_text(f"{creator_id('ann')}\n\n{creator_id('ben')}\n{str(creator_id('cat'))[:7]}")
    one = ErasureList(tmp_path / "erased.txt")
    assert one.read() == [creator_id("ann"), creator_id("ben")], "the last line was not written to its end"
    one.add([creator_id("cat")])
    ErasureList(tmp_path / "erased.txt").add([creator_id("dan")])
    assert one.read() == [creator_id(name) for name in ("ann", "ben", "cat", "dan")]


def test_a_list_that_cannot_be_read_is_told_with_its_line_before_anything_is_served(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path)
    (tmp_path / LIST_FILE).write_text(f"{creator_id('ann')}\nben\n")
    with pytest.raises(ErasureListBroken, match="line 2: 'ben' is no account's id; put it right"):
        ErasureList(tmp_path / LIST_FILE).read()
    with pytest.raises(SettingsInvalid, match="line 2"), opened(settings):
        pass


def test_the_list_holds_every_account_whose_key_is_gone(asked: World) -> None:
    lived_in(asked)
    asked.system.store.keys.destroy(creator_id("ben"))
    with opened(asked.system.settings, asked.clock):
        assert listed(asked.system.settings) == [str(creator_id("ben"))]
