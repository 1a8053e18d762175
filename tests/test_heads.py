"""Signed tree heads: made under one key, kept beside the database, and held by others whom nobody here can make forget them."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import SecretStr
from typer.testing import CliRunner, Result

from api.cli import app
from api.metrics import Metrics
from application.demo.run import make
from application.proving.heads import Heads, heads_of
from application.proving.signing import Signer, verify
from application.proving.taking import heads_taken
from application.settings import Settings, SettingsInvalid
from application.wiring import opened
from domain.proof.heads import SignedTreeHead, signed_bytes
from domain.proof.merkle import is_consistent
from tests.raw import environment, log_database
from tests.tampering import Deployment, deployment

KEY = bytes(range(32))
PATIENCE_SECONDS = 30


class Endpoint:
    """A real HTTP server that keeps what it is sent, and answers with `status`."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{server.server_address[1]}/heads?token=s3cr3t"
        self.status = 204
        self.taken: list[SignedTreeHead] = []
        self.wanted = 1
        self.enough = Event()

    def take(self, body: bytes) -> int:
        if self.status == 204:
            self.taken.append(msgspec.json.decode(body, type=SignedTreeHead))
        if len(self.taken) >= self.wanted:
            self.enough.set()
        return self.status


@contextmanager
def serving() -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.headers["content-type"] == "application/json"
            self.send_response(endpoint.take(body))
            self.send_header("location", "/elsewhere")
            self.end_headers()

        def do_GET(self) -> None:  # whoever follows a redirection comes here
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        endpoint = Endpoint(server)
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield endpoint
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Deployment]:
    with deployment(tmp_path, "") as it:
        it.record([0, 1, 0])
        yield it


def sending(made: Deployment, *places: object) -> Heads:
    """The heads of the same deployment, sent to these places."""
    settings = made.system.settings.model_copy(update={"heads_to": SecretStr(",".join(map(str, places)))})
    return heads_of(replace(made.system, settings=settings))


# The key

def test_a_key_is_made_once_that_its_owner_alone_can_read(made: Deployment) -> None:
    file = made.system.settings.folder / "signing.key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert Signer.of(made.system.settings).public_key == made.heads.signer.public_key


def test_the_key_of_the_settings_comes_before_the_folders(tmp_path: Path) -> None:
    settings = Settings.load({"GOVERNANCE_FOLDER": str(tmp_path), "GOVERNANCE_SIGNING_KEY": b64encode(KEY).decode()})
    signer = Signer.of(settings)
    assert not (tmp_path / "signing.key").exists()
    assert signer.origin == sha256(signer.public_key).hexdigest()
    assert b64encode(KEY).decode() not in repr(settings)


def test_a_signature_is_one_of_ed25519_over_lines_of_text(made: Deployment) -> None:
    signed = made.heads.take()
    Ed25519PublicKey.from_public_bytes(made.heads.signer.public_key).verify(b64decode(signed.signature), signed_bytes(signed.head))
    assert signed_bytes(signed.head).decode().splitlines()[-2].startswith("creators 3 ")
    assert verify(signed, made.heads.signer.public_key)
    assert not verify(msgspec.structs.replace(signed, signature="no base64!"), made.heads.signer.public_key)
    later = msgspec.structs.replace(signed.head, at=signed.head.at + timedelta(microseconds=1))
    assert not verify(msgspec.structs.replace(signed, head=later), made.heads.signer.public_key)


# Kept

def test_heads_are_kept_beside_the_database_and_survive_what_is_done_to_the_read_models(made: Deployment) -> None:
    made.head()
    made.record([2])
    made.head()
    assert [log.size for it in made.heads.kept() for log in it.head.logs if log.log == "creators"] == [3, 4]
    made.system.views.dispose()
    for file in made.system.settings.folder.glob("views.db*"):
        file.unlink()
    with opened(made.system.settings, clock=made.clock) as again:
        assert heads_of(again).latest() == made.heads.kept()[-1]
        assert heads_of(again).take().head.logs == made.heads.kept()[-1].head.logs, "the tree is built again from the log"


def test_a_head_is_taken_when_it_is_due_by_one_of_all_processes(made: Deployment) -> None:
    assert made.heads.take_when_due(60)
    assert made.heads.take_when_due(60) is None
    made.clock.now += timedelta(seconds=60)
    assert heads_of(made.system).take_when_due(60)
    assert len(made.heads.kept()) == 2


# Sent

def test_heads_go_to_a_file_an_endpoint_and_a_git_repository(made: Deployment, tmp_path: Path) -> None:
    repository, file = tmp_path / "repository", tmp_path / "out" / "heads.jsonl"
    file.parent.mkdir()
    subprocess.run(["git", "init", "--quiet", str(repository)], check=True)  # noqa: S603, S607
    with serving() as endpoint:
        heads = sending(made, file, repository, endpoint.url)
        for _ in range(2):
            made.head()
            assert heads.send() == []
        assert heads.send() == [], "nothing is sent twice"
        kept = made.heads.kept()
        assert endpoint.taken == kept
    assert [msgspec.json.decode(line, type=SignedTreeHead) for line in file.read_bytes().splitlines()] == kept
    committed = ["git", "-C", str(repository), "log", "--format=%an", "--", "heads-2026-03-02.jsonl"]
    assert subprocess.run(committed, check=True, capture_output=True, text=True).stdout.split("\n")[:-1] == ["Creator Governance"] * 2  # noqa: S603
    status = subprocess.run(["git", "-C", str(repository), "status", "--porcelain"], check=True, capture_output=True)  # noqa: S603, S607
    assert status.stdout == b""
    assert made.verified(file, repository).well


def test_what_could_not_be_sent_is_told_and_sent_the_next_time(made: Deployment, tmp_path: Path) -> None:
    with serving() as endpoint:
        late = tmp_path / "late" / "heads.jsonl"
        heads = sending(made, late, endpoint.url)
        for endpoint.status in (500, 302):
            made.head()
            problems = heads.send()
            assert len(problems) == 2
            assert str(late) in problems[0]
            assert str(endpoint.status) in problems[1]
            assert "s3cr3t" not in " ".join(problems)
        assert set(heads.unsent().values()) == {2}
        endpoint.status = 204
        late.parent.mkdir()
        assert heads.send() == []
        assert endpoint.taken == made.heads.kept()
        assert len(late.read_bytes().splitlines()) == 2


def test_a_line_that_was_left_half_written_spoils_no_other(made: Deployment, tmp_path: Path) -> None:
    file = tmp_path / "heads.jsonl"
    file.write_bytes(b'{"head": {"or')
    made.head()
    sending(made, file).send()
    assert len(file.read_bytes().splitlines()) == 2
    assert [it.kind.value for it in made.verified(file).findings] == ["HEAD"]


def test_a_server_takes_and_sends_heads_at_intervals(made: Deployment) -> None:
    with serving() as endpoint:
        endpoint.wanted = 2
        settings = made.system.settings.model_copy(update={"heads_to": SecretStr(endpoint.url), "head_every": 0.02})
        with opened(settings) as system, heads_taken(system):
            assert endpoint.enough.wait(PATIENCE_SECONDS)
        assert endpoint.taken[:2] == made.heads.kept()[:2]


@pytest.mark.parametrize(("places", "said"), [
    ("ftp://host/x", "part 1"), ("out.jsonl,,b", "part 2, which is empty"), ("https://user:secret@host/x", "user's name"),
    ("{folder}", "no git repository")])
def test_places_that_nothing_can_be_sent_to_are_refused_at_the_start(tmp_path: Path, places: str, said: str) -> None:
    with pytest.raises(SettingsInvalid, match=said) as caught:
        Settings.load({"GOVERNANCE_HEADS_TO": places.format(folder=tmp_path)})
    assert "secret" not in str(caught.value)


# On the command line, and where a deployment is watched

def test_how_old_the_latest_head_is_is_told_by_status_and_metrics(made: Deployment, log_restored: None) -> None:  # noqa: ARG001
    assert json.loads(governance(made.system.settings, "status", "--json").stdout)["head"] is None
    made.head()
    made.clock.now += timedelta(seconds=90)
    assert json.loads(governance(made.system.settings, "status", "--json").stdout)["head"]["facts"] == 3
    assert b"governance_head_age_seconds 90.0" in Metrics(made.system).told(None, "text/plain")[0]


def governance(settings: Settings, *words: str) -> Result:
    return CliRunner().invoke(app, list(words), env=environment(settings))


def test_heads_are_taken_listed_sent_and_compared_on_the_command_line(made: Deployment, tmp_path: Path, log_restored: None) -> None:  # noqa: ARG001
    settings = made.system.settings
    assert governance(settings, "heads", "consistency").exit_code == 2
    assert governance(settings, "heads", "send").exit_code == 2
    assert "creators" in governance(settings, "heads", "take").stdout
    made.record([0, 1])
    assert governance(settings, "heads", "take").exit_code == 0
    assert len(governance(settings, "heads", "list", "--json").stdout.splitlines()) == 2
    assert "of this key" in governance(settings, "heads", "list").stdout
    assert b64decode(governance(settings, "heads", "key").stdout) == made.heads.signer.public_key
    (log,) = [it for it in json.loads(governance(settings, "heads", "consistency", "1", "2").stdout)["logs"] if it["log"] == "creators"]
    roots = bytes.fromhex(log["first_root"]), bytes.fromhex(log["second_root"])
    assert (log["first_size"], log["second_size"]) == (3, 5)
    assert is_consistent(3, 5, *roots, [bytes.fromhex(it) for it in log["path"]])
    assert governance(settings, "heads", "consistency", "1", "7").exit_code == 2
    nowhere = CliRunner().invoke(app, ["heads", "take"], env=environment(settings) | {"GOVERNANCE_HEADS_TO": str(tmp_path / "no" / "file")})
    assert nowhere.exit_code == 1
    assert "No such file" in nowhere.stderr


def test_a_check_on_the_command_line_ends_with_what_it_found(made: Deployment, tmp_path: Path, log_restored: None) -> None:  # noqa: ARG001
    settings = made.system.settings
    made.head()
    key = b64encode(made.heads.signer.public_key).decode()
    assert governance(settings, "verify", "--key", key).exit_code == 0
    assert governance(settings, "verify", "--key", b64encode(KEY).decode()).exit_code == 1, "nothing is signed under that one"
    for wrong in (("--key", "no key"), ("--heads", str(tmp_path / "none.jsonl"))):
        assert governance(settings, "verify", *wrong).exit_code == 2
    (tmp_path / "empty.jsonl").touch()
    assert governance(settings, "verify", "--heads", str(tmp_path / "empty.jsonl")).exit_code == 2
    assert governance(Settings(folder=tmp_path / "elsewhere"), "verify").exit_code == 2
    with log_database(settings) as hand:
        hand.execute("UPDATE creators SET state = x'00' WHERE rowid = 2")
    told = governance(settings, "verify", "--json")
    assert told.exit_code == 1
    assert [(it["kind"], it["log"], it["position"]) for it in json.loads(told.stdout)["findings"]] == [("EDITED", "creators", 2)]
    assert "position 2" in governance(settings, "verify").stdout
    assert governance(settings, "rebuild", "tree").exit_code == 1
    assert governance(settings, "heads", "take").exit_code == 0, "its tree has not been built anew: it still gives what was"


def test_of_facts_that_no_tree_has_taken_in_it_is_not_said_that_they_are_as_they_were(tmp_path: Path, log_restored: None) -> None:  # noqa: ARG001
    with deployment(tmp_path, "") as made:
        settings = made.system.settings
        made.record([0, 0, 1])
        told = governance(settings, "verify")
        assert (told.exit_code, "vouches yet for 3 facts" in told.stderr) == (0, True), told.output
        assert "Of all others nothing was changed" in told.stdout
        made.head()
        made.record([0])
        assert "vouches yet for 1 fact:" in governance(settings, "verify").stderr
        made.head()
        told = governance(settings, "verify")
        assert (told.stderr.count("vouches yet"), told.stdout.count("\nNothing was changed: ")) == (0, 1), told.output


def test_read_models_are_compared_with_history_by_the_same_command(tmp_path: Path, log_restored: None) -> None:  # noqa: ARG001
    settings = Settings(folder=tmp_path / "demo")
    make(settings, date(2026, 3, 2), lambda _stage, _done, _all: None, creators=5)
    assert "are what history gives" in governance(settings, "verify", "--read-models").stdout
    with closing(sqlite3.connect(settings.folder / "views.db", isolation_level=None)) as views:
        views.execute("UPDATE creators SET score = score + 1")
    told = governance(settings, "verify", "--read-models", "--json")
    assert told.exit_code == 1
    assert {it["table"] for it in json.loads(told.stdout)["first"]} == {"creators"}
    assert governance(settings, "verify").exit_code == 0, "the logs are as they were"
    assert governance(settings, "verify", "--read-models", "--key", "x").exit_code == 2


def test_a_database_that_cannot_be_read_at_all_is_told_as_damaged(made: Deployment, log_restored: None) -> None:  # noqa: ARG001
    settings = made.system.settings
    made.hand.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    (settings.folder / "log.db").write_bytes(b"no database" * 1000)
    told = governance(settings, "verify", "--json")
    assert told.exit_code == 1
    assert [it["kind"] for it in json.loads(told.stdout)["findings"]] == ["DAMAGED"]
