"""The master key is exchanged by wrapping every key anew: nothing that is sealed, marked or fingerprinted changes, whenever it is stopped."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from base64 import b64encode
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app
from application.sealing import KeyStore, WrongMasterKey
from application.search import Findable
from application.settings import Settings, SettingsInvalid, make_key_file, master_key
from domain.identity import creator_id
from tests.asking import SERVICE, World
from tests.test_store_process import MASTER

pytestmark = pytest.mark.usefixtures("log_restored")
ADA, BEN, EVE = map(creator_id, ("ada", "ben", "eve"))
EVIDENCE = creator_id("a piece of evidence")
NEW = bytes(range(100, 132))
AT = datetime(2026, 4, 1, tzinfo=UTC)
SECRET = "My landlord Mr Quill saw it"  # noqa: S105


def text(key: bytes) -> str:
    return b64encode(key).decode()


def lived_in(keys: KeyStore) -> tuple[str, str]:
    """Two sealed texts, the second under a key of its own besides; a destroyed key, and a mark."""
    keys.ensure([ADA, BEN], [Findable(ADA, "handle", "ada")])
    keys.destroy(BEN)
    return f"1:Noted.1:{keys.seal(ADA, '1:Noted.1', SECRET)}", f"2:Noted.1:{keys.seal_apart(ADA, EVIDENCE, '2:Noted.1', SECRET)}"


def earlier(path: Path) -> None:
    """Make the keys those of an earlier revision, which derived the keys of marks and fingerprints from the master key."""
    with closing(sqlite3.connect(path)) as file, file:
        for table in ("secrets", "masters", "evidence_keys", "followed"):
            file.execute(f"DROP TABLE {table}")


def test_after_a_rotation_everything_opens_and_is_found_under_the_new_master_key_and_nothing_under_the_old(tmp_path: Path) -> None:
    path = tmp_path / "keys.db"
    with closing(KeyStore(path, MASTER)) as keys:
        tokens, fingerprint, fingerprint_of_old = lived_in(keys), keys.fingerprint(b"x"), keys.status().master_key
        assert keys.rotate(NEW, AT) == 2
        assert [keys.open(ADA, token) for token in tokens] == [SECRET, SECRET]
    with closing(KeyStore(path, NEW)) as keys:
        assert [keys.open(ADA, token) for token in tokens] == [SECRET, SECRET]
        assert (keys.streams_with("handle", "@Ada"), keys.fingerprint(b"x")) == ([ADA], fingerprint)
        assert keys.open(BEN, tokens[0]) is None
        assert keys.seal(BEN, "1:Noted.1", SECRET) == "."  # destroyed, and never made again
        found = keys.status()
    assert (found[:4], found.since) == ((1, 1, 1, 0), AT.isoformat())
    with pytest.raises(WrongMasterKey, match=f"{found.master_key}, since 2026-04-01.* The one given is {fingerprint_of_old}"):
        KeyStore(path, MASTER)


def test_keys_of_before_go_on_with_the_same_marks_and_fingerprints(tmp_path: Path) -> None:
    path = tmp_path / "keys.db"
    with closing(KeyStore(path, MASTER)) as keys:
        (token, _), fingerprint = lived_in(keys), keys.fingerprint(b"x")
    earlier(path)
    with pytest.raises(WrongMasterKey, match="another master key"):
        KeyStore(path, NEW)
    with closing(KeyStore(path, MASTER)) as keys:
        assert (keys.open(ADA, token), keys.streams_with("handle", "ada"), keys.fingerprint(b"x")) == (SECRET, [ADA], fingerprint)
        assert keys.status().since is None


def test_no_wrapped_key_of_before_is_left_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.db"
    with closing(KeyStore(path, MASTER)) as keys:
        lived_in(keys)
        with closing(sqlite3.connect(path)) as file:
            before = [wrapped for table in ("creator_keys", "secrets", "master", "evidence_keys")
                      for (wrapped,) in file.execute(f"SELECT wrapped FROM {table} WHERE wrapped IS NOT NULL")]  # noqa: S608
        assert len(before) == 5
        keys.rotate(NEW, AT)
        assert not [wrapped for wrapped in before if any(wrapped in it.read_bytes() for it in tmp_path.iterdir())]


def test_who_runs_with_the_old_master_key_wraps_nothing_under_it_any_more(tmp_path: Path) -> None:
    path = tmp_path / "keys.db"
    with closing(KeyStore(path, MASTER)) as old, closing(KeyStore(path, MASTER)) as keys:
        token, _ = lived_in(keys)
        assert old.open(ADA, token) == SECRET
        keys.rotate(NEW, AT)
        sealed = f"1:Noted.1:{keys.seal(EVE, '1:Noted.1', SECRET)}"
        assert old.open(ADA, token) == SECRET  # it has her key already
        with pytest.raises(WrongMasterKey, match="start again what runs with an earlier one"):
            old.open(EVE, sealed)
        with pytest.raises(WrongMasterKey, match="start again what runs with an earlier one"):
            old.ensure([creator_id("new")])
        assert keys.status().keys == 2


def test_who_can_ask_for_the_master_key_again_goes_on(tmp_path: Path) -> None:
    path, given = tmp_path / "keys.db", [MASTER]
    with closing(KeyStore(path, lambda: given[0])) as other, closing(KeyStore(path, MASTER)) as keys:
        keys.rotate(NEW, AT)
        given[0] = NEW
        sealed = f"1:Noted.1:{keys.seal(EVE, '1:Noted.1', SECRET)}"
        assert other.open(EVE, sealed) == SECRET
        other.ensure([ADA])
    with closing(KeyStore(path, NEW)) as keys:
        keys.seal(ADA, "1:Noted.1", SECRET)


# Stopped on the way

KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from application import master, rotating
from application.settings import Settings

master.WRAPPED_AT_ONCE, at, heard = 1, int(sys.argv[2]), []

def killed(done, total):
    heard.append(done)
    if len(heard) == at:
        os.kill(os.getpid(), signal.SIGKILL)

rotating.rotate(Settings(folder=Path(sys.argv[1])), None, datetime.now(UTC), killed)
"""


@pytest.mark.parametrize(("at", "new"), [(1, False), (2, False), (4, True)])
def test_killed_on_the_way_one_master_key_opens_everything_and_the_rotation_can_go_on(tmp_path: Path, at: int, *, new: bool) -> None:
    settings = Settings(folder=tmp_path)
    before = master_key(settings)
    with closing(KeyStore(tmp_path / "keys.db", before)) as keys:
        tokens = lived_in(keys)
    process = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(at)], check=False)  # noqa: S603
    assert process.returncode == -signal.SIGKILL
    assert (master_key(settings) != before) is new  # the program finds the one that is needed
    with closing(KeyStore(tmp_path / "keys.db", master_key(settings))) as keys:
        assert [keys.open(ADA, token) for token in tokens] == [SECRET, SECRET]
    answer = CliRunner().invoke(app, ["keys", "rotate"], env={"GOVERNANCE_FOLDER": str(tmp_path)})
    assert ("had been wrapped" in answer.output) is new, answer.output
    assert [it.name for it in tmp_path.glob("master.key*")] == ["master.key"]
    after = master_key(settings)
    assert after != before
    with closing(KeyStore(tmp_path / "keys.db", after)) as keys:
        assert [keys.open(ADA, token) for token in tokens] == [SECRET, SECRET]


# As an operator does it

def ran(folder: Path, *arguments: str, **environ: str) -> str:
    answer = CliRunner().invoke(app, ["keys", *arguments], env={"GOVERNANCE_FOLDER": str(folder)} | environ)
    assert answer.exit_code == 0, answer.output
    return " ".join(answer.output.split())


def refused(folder: Path, *arguments: str, **environ: str) -> str:
    answer = CliRunner().invoke(app, ["keys", *arguments], env={"GOVERNANCE_FOLDER": str(folder)} | environ)
    assert answer.exit_code == 2, answer.output
    return " ".join(answer.output.split())


def test_the_folders_own_key_is_replaced_by_a_new_file_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    with closing(KeyStore(tmp_path / "keys.db", master_key(Settings(folder=tmp_path)))) as keys:
        lived_in(keys)
    before = (tmp_path / "master.key").read_bytes()
    assert "2 keys are wrapped under the master key" in ran(tmp_path, "rotate")
    assert (tmp_path / "master.key").read_bytes() != before
    assert (tmp_path / "master.key").stat().st_mode & 0o777 == 0o600
    found = json.loads(ran(tmp_path, "status", "--json"))
    assert (found["keys"], found["destroyed"], found["evidence"]) == (1, 1, 1)
    told = ran(tmp_path, "status")
    assert f"Master key {found['master_key']}, since {found['since']}." in told
    assert "1 creators have a key, 1 had one that was destroyed." in told


def test_a_key_from_a_secret_manager_is_replaced_by_another_from_it(tmp_path: Path) -> None:
    with closing(KeyStore(tmp_path / "keys.db", MASTER)) as keys:
        lived_in(keys)
    old, new = {"GOVERNANCE_MASTER_KEY": text(MASTER)}, {"GOVERNANCE_NEW_MASTER_KEY": text(NEW)}
    assert "GOVERNANCE_NEW_MASTER_KEY, or a file for it with --to" in refused(tmp_path, "rotate", **old)
    assert "Give the new master key once" in refused(tmp_path, "rotate", "--to", str(tmp_path / "x"), **old, **new)
    assert "set GOVERNANCE_MASTER_KEY to what is in GOVERNANCE_NEW_MASTER_KEY" in ran(tmp_path, "rotate", **old, **new)
    assert "had been wrapped" in ran(tmp_path, "rotate", **old, **new)  # asked again
    assert "another master key" in refused(tmp_path, "status", **old)
    assert "1 creators have a key" in ran(tmp_path, "status", GOVERNANCE_MASTER_KEY=text(NEW))


def test_a_file_for_the_new_key_is_made_or_used(tmp_path: Path) -> None:
    folder, to = tmp_path / "data", tmp_path / "vault.key"
    folder.mkdir()
    KeyStore(folder / "keys.db", MASTER).close()
    assert f"what is in {to}" in ran(folder, "rotate", "--to", str(to), GOVERNANCE_MASTER_KEY=text(MASTER))
    assert "since" in ran(folder, "status", GOVERNANCE_MASTER_KEY=to.read_text().strip())
    make_key_file(other := tmp_path / "other.key")
    given = other.read_text()
    ran(folder, "rotate", "--to", str(other), GOVERNANCE_MASTER_KEY=to.read_text().strip())
    assert other.read_text() == given
    other.write_text("no key")
    assert "is not base64" in refused(folder, "rotate", "--to", str(other), GOVERNANCE_MASTER_KEY=given.strip())


def test_where_there_are_no_keys_nothing_is_rotated_or_made(tmp_path: Path) -> None:
    assert "There are no keys in" in refused(tmp_path / "none", "rotate")
    assert "There are no keys in" in refused(tmp_path / "none", "status")
    assert list(tmp_path.iterdir()) == []


def test_no_new_master_key_is_made_for_keys_that_need_another(tmp_path: Path) -> None:
    KeyStore(tmp_path / "keys.db", MASTER).close()
    with pytest.raises(SettingsInvalid, match=r"GOVERNANCE_MASTER_KEY is not set and .*/master.key is not there"):
        master_key(Settings(folder=tmp_path))
    assert not list(tmp_path.glob("master.key*"))


def test_a_deployment_goes_on_while_its_master_key_is_exchanged(asked: World) -> None:
    registered = {"externalId": "ann", "market": "US", "accountType": "PRIVATE", "adult": True, "handle": "@ann"}
    first = asked.done("registerCreator", registered, SERVICE, "creator { id }", key="once")
    ran(asked.system.settings.folder, "rotate")
    again = asked.done("registerCreator", registered, SERVICE, "creator { id }", key="once")
    assert (again["creator"], again["repeated"]) == (first["creator"], True)
    asked.done("registerCreator", registered | {"externalId": "ben", "handle": "@ben"}, SERVICE)
    found = asked.ask('{ creators(filter: {handle: "ann"}) { nodes { handle } } }')
    assert found["creators"]["nodes"] == [{"handle": "@ann"}]
