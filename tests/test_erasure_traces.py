"""Nothing personal remains: distinctive text is written into every field there is, and looked for everywhere once its creator was erased."""

from __future__ import annotations

import io
import json
import logging
import sqlite3
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID
from zipfile import ZipFile

import msgspec
import psycopg
import pytest
import structlog

from api.cli_audit import written
from application.auditing import Format
from application.desk import CASES
from application.exporting import export
from application.library import PACKS
from application.logs import configure
from application.mapper import holds_personal
from application.proving.dossiers import Dossiers
from application.proving.heads import heads_of
from application.proving.verifying import verified
from application.settings import Settings
from application.taking_out import lines_of, parts
from application.wiring import CREATORS
from domain.facts import Event, Fact, Personal
from domain.identity import creator_id
from domain.proof.heads import SignedTreeHead
from domain.proof.merkle import entry, leaf_hash, root_of
from projections.auditing import Wanted
from tests.asking import ADMIN, AUDITOR, MODERATOR, POLICY_MANAGER, World, creator, world
from tests.planting import FORMS, WANTED, WORD, Planting, left_in, lived_in, questions
from tests.postgres import FASTER, database, new_server
from tests.raw import breaking, dsn_of, everything, log_database, mending

TELLING = "-c log_statement=all -c log_min_duration_statement=0 -c log_error_verbosity=verbose -c log_min_error_statement=info"
ANN, BEN = creator_id("ann"), creator_id("ben")


@dataclass
class Erased:
    """A deployment in which ann was erased and ben was not. `before`: as it was before; the names of files with what is in them."""

    planting: Planting
    ben: str
    answers_before: str
    planted_before: set[str]
    texts_before: set[str]
    secrets: list[bytes]
    head_before: SignedTreeHead | None = None
    leaves_before: list[bytes] = field(default_factory=list)
    log: str = ""
    files: dict[str, bytes] = field(default_factory=dict)


def history(asked: World, id: UUID = ANN) -> list[Fact]:
    return asked.system.store.logs(CREATORS).facts(id)


def leaves(asked: World) -> list[bytes]:
    """The leaves of the Merkle tree over the accounts' log, of the bytes as they are stored."""
    rows = asked.system.store.log(CREATORS).recorder.log_rows(0, 10_000)
    return [leaf_hash(entry(UUID(stream), version, name, bytes(state))) for stream, version, name, state, _ in rows]


def personal_of(event: Event) -> list[Personal]:
    """All personal text in an event."""
    found: list[Personal] = []

    def met(value: Personal) -> str:
        found.append(value)
        return ""

    msgspec.to_builtins(event, enc_hook=met)
    return found


def texts(asked: World, id: UUID = ANN) -> list[str | None]:
    """All personal text of an account, opened."""
    return [asked.system.open_text(id, text.token) for fact in history(asked, id) for text in personal_of(fact.event)]


def answers(asked: World, id: str, *tokens: str) -> str:
    """Everything that the API tells of a creator."""
    told = [asked.ask(query, token, id=id) for query in questions() for token in (AUDITOR, *tokens)]
    told += [asked.ask("{ appealDesk(filter: {status: [CLOSED]}) { nodes { appeal { id grounds } } } remedies { nodes { note } } }")]
    return json.dumps(told, ensure_ascii=False)


def files_in(*folders: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}


def secrets(settings: Settings) -> list[bytes]:
    """What ann's text could be opened with, and what ann could be found by."""
    with closing(sqlite3.connect(settings.folder / "keys.db")) as keys:
        found = keys.execute(
            "SELECT wrapped FROM creator_keys WHERE stream = ? UNION SELECT wrapped FROM evidence_keys WHERE stream = ? "
            "UNION SELECT mark FROM marks WHERE stream = ?", (ANN.bytes,) * 3)
        return [value for (value,) in found]


def go_wrong(it: Planting, ann: str) -> None:
    """Requests with personal text that are refused, make no sense, or meet a broken database."""
    about = {"creatorId": ann, "reasons": f"{WORD} errs", "idempotencyKey": "wrong"}
    query = "mutation($input: IssueWarningInput!) { issueWarning(input: $input) { repeated } }"
    for wrong in ({"violationId": 5.5}, {"nonsense": f"{WORD}"}, {"violationId": f"{WORD}"}, {"reasons": WORD * 9_000}):
        it.answer(query, MODERATOR, input=about | wrong)
    it.answer(f'mutation {{ issueWarning(input: {{reasons: "{WORD}", }}) }}', MODERATOR)
    it.client.post("/graphql", content=f'{{"query": "{WORD}'.encode(), headers={"authorization": f"Bearer {MODERATOR}"})
    postgres = bool(dsn_of(it.system.settings))
    with log_database(it.system.settings) as log:
        for statement in breaking("creators", "broken", postgres=postgres):
            log.execute(statement)
        assert it.failed(query, MODERATOR, input=about) == "INTERNAL_SERVER_ERROR"
        log.execute(mending("creators", postgres=postgres))


def erase(it: World, ann: str) -> None:
    it.done("eraseCreator", {"creatorId": ann, "ground": "CREATOR_REQUEST", "reasons": f"{WORD} asked us.", "reference": "DSR-17"}, POLICY_MANAGER)
    it.done("approveErasure", {"creatorId": ann}, ADMIN)


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """All that is logged meanwhile, of asyncio's own watching too."""
    root, log = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PYTHONASYNCIODEBUG", "1")
        with redirect_stderr(log):
            configure(Settings(log_level="DEBUG", log_format="json"))
        try:
            yield log
        finally:
            root.handlers, root.level = handlers, level
            structlog.reset_defaults()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def erased(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Erased]:
    """All of it played, erased, stopped; PostgreSQL's own server logs every statement with its parameters."""
    folder = tmp_path_factory.mktemp("traces")
    with ExitStack() as stack:
        log = stack.enter_context(logged())
        folders, dsn = [folder], ""
        if request.param == "postgres":
            server = stack.enter_context(new_server())
            server.start(f"{FASTER} {TELLING}")
            stack.callback(server.control, "-m", "immediate", "stop")
            dsn = stack.enter_context(database(server.dsn))
            folders += [server.folder / "data"]
        with world(folder, dsn, snapshot_every=20) as asked:
            it = Planting(asked)
            ann = lived_in(it)
            ben = asked.registered("ben", handle=f"of ben, not {WORD.swapcase()[::-1]}")
            found = Erased(
                it, ben, answers(it, ann, creator("ann")), set(it.planted.values()), {text for text in texts(it) if text},
                secrets(it.system.settings))
            go_wrong(it, ann)
            found.head_before, found.leaves_before = heads_of(it.system).take(), leaves(it)
            erase(it, ann)
            it.done("issueWarning", {"creatorId": ann}, MODERATOR)
            found.files = {f"{name}, open": content for name, content in files_in(*folders).items()}
            found.log = log.getvalue()
            if dsn:
                found.log += (server.folder / "server.log").read_text()
                with psycopg.connect(dsn, autocommit=True) as connection:
                    connection.execute("CHECKPOINT")
                found.files |= files_in(*folders)
            yield found


def test_every_personal_field_of_every_command_was_written_to(erased: Erased) -> None:
    assert {path for path in WANTED if path not in erased.planting.planted} == set()
    assert len(WANTED) > 50
    assert erased.planted_before - erased.texts_before == set(), "all of it is kept, sealed"


def test_only_accounts_hold_what_is_personal_and_so_one_key_erases_all_of_it() -> None:
    assert [name for aggregate in (CASES, PACKS) for name, event in aggregate.events.items() if holds_personal(event)] == []


def test_before_it_was_erased_all_of_it_could_be_read(erased: Erased) -> None:
    assert all(WORD in text for text in erased.texts_before)
    assert erased.answers_before.count(WORD) > 50
    assert left_in(erased.answers_before.encode())


def test_what_was_erased_is_told_to_nobody(erased: Erased) -> None:
    ann = str(ANN)
    assert not left_in(answers(erased.planting, ann, MODERATOR, creator("ann")).encode())
    assert set(texts(erased.planting)) == {None}
    assert erased.planting.system.store.keys.streams_with("handle", erased.planting.planted["RegisterCreator", "handle"]) == []
    told = erased.planting.ask("query($id: ID!) { creator(id: $id) { erasedAt handle contact erasureRequest { ground } } }", id=ann)["creator"]
    assert (told["handle"], told["contact"], told["erasureRequest"]) == (None, None, None)
    assert told["erasedAt"]


def test_nobody_else_is_erased_with_it(erased: Erased) -> None:
    told = erased.planting.ask("query($id: ID!) { creator(id: $id) { erasedAt handle } }", id=erased.ben)["creator"]
    assert told["erasedAt"] is None
    assert told["handle"].startswith("of ben")


def test_no_file_of_any_database_holds_any_of_it(erased: Erased) -> None:
    assert len(erased.files) > 5
    assert [name for name, content in erased.files.items() if left_in(content)] == []


def test_no_file_holds_what_it_could_be_opened_with_or_found_by(erased: Erased) -> None:
    assert len(erased.secrets) == 10, "the key, the marks of handle and contact, and the keys of seven notes about evidence"
    forms = [form for secret in erased.secrets for form in (secret, secret.hex().encode(), b64encode(secret))]
    assert [name for name, content in erased.files.items() if any(form in content for form in forms)] == []


def test_no_row_of_any_table_holds_any_of_it(erased: Erased) -> None:
    rows = everything(erased.planting.system.settings)
    assert len(rows) > 20
    assert [name for name in rows if name.endswith("creators_snapshots") and rows[name]], "snapshots were taken"
    assert [name for name, found in rows.items() if left_in(repr(found).encode())] == []


def test_no_log_and_no_metric_holds_any_of_it(erased: Erased) -> None:
    assert all(said in erased.log for said in ("command handled", "unexpected error in a request", "personal data erased"))
    if dsn_of(erased.planting.system.settings):
        assert "INSERT INTO" in erased.log, "what the database's server logs"
    assert [line for line in erased.log.splitlines() if left_in(line.encode())] == []
    assert not left_in(erased.planting.client.get("/metrics").content)


def test_no_export_holds_any_of_it(erased: Erased, tmp_path: Path) -> None:
    system, form = erased.planting.system, Format.JSONL
    done = export(system, tmp_path)
    assert done.written > 0
    assert written(system, Wanted(), tmp_path / "audit.jsonl", form, lambda _done, _all: None) > 100
    with system.views.connect() as views:
        found = parts(system, views, ANN, system.clock(), lambda token: system.open_text(ANN, token))
        (tmp_path / "ann.json").write_bytes(b"".join(lines_of(found, lambda _done, _all: None)))
    Dossiers(system, heads_of(system)).write(ANN, tmp_path / "ann.zip")
    with ZipFile(tmp_path / "ann.zip") as dossier:
        dossier.extractall(tmp_path / "ann")
    files = files_in(tmp_path)
    assert len(files) > 8
    assert [name for name, content in files.items() if left_in(content)] == []


def test_no_byte_of_history_was_changed_and_every_proof_still_verifies(erased: Erased) -> None:
    before, after = erased.leaves_before, leaves(erased.planting)
    assert after[:len(before)] == before
    assert root_of(after[:len(before)]) == root_of(before)


def test_a_dossier_made_after_it_goes_on_from_a_head_signed_before(erased: Erased, tmp_path: Path) -> None:
    system = erased.planting.system
    assert Dossiers(system, heads_of(system)).write(ANN, tmp_path / "ann.zip", erased.head_before).sound
    assert verified(system.settings, [], [], lambda _stage, _done, _all: None).well


def test_the_search_would_find_it_in_any_case_and_encoding() -> None:
    for ahead in range(4):
        text = "." * ahead + f"{WORD} and more"
        for form in (text, text.upper(), text.lower()):
            assert all(left_in(it) for it in (
                form.encode(), form.encode("utf-16"), form.encode().hex().encode(), b64encode(form.encode()), json.dumps(form).encode()))
    assert not left_in(b"Quill feather")
    assert len(FORMS) == len(set(FORMS))
