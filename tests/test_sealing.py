"""Personal text is readable by who has its creator's key, in the place it was written to, and by nobody else."""

from __future__ import annotations

import hashlib
import hmac
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from application.sealing import BrokenSeal, KeyStore, WrongMasterKey
from application.search import comparable
from application.store import Store
from domain.facts import Fact, Personal
from domain.identity import CreatorId, creator_id
from tests.test_store_process import ALICE, JARS, MASTER, NOW, Fill, Filled, Jar, Note, Noted, governance

ADA = creator_id("ada")
BEN = creator_id("ben")
SECRET = "My landlord Mr Quill saw it"  # noqa: S105


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path, MASTER) as opened:
        yield opened


def noted(store: Store, creator: CreatorId, version: int) -> Noted:
    event = store.log(JARS).facts(creator, version - 1)[0].event
    assert isinstance(event, Noted)
    return event


def contents(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("keys.db*"))


def rewrite(folder: Path, statement: str, *parameters: object) -> None:
    with closing(sqlite3.connect(folder / "log.db")) as file, file:
        file.execute(statement, parameters)


def test_personal_text_is_opened_with_its_creators_key(store: Store) -> None:
    governance(store).handle(Note(ADA, Personal(SECRET), (Personal("Zoë"), Personal())), by=ALICE)
    event = noted(store, ADA, 1)
    assert not event.note.text
    assert event.note.token.startswith("1:Noted.1:")
    assert [store.keys.open(ADA, it.token) for it in (event.note, *event.witnesses)] == [SECRET, "Zoë", ""]


def test_personal_text_is_never_in_the_files(tmp_path: Path) -> None:
    with Store.open(tmp_path, MASTER) as store:
        governance(store).handle(Note(ADA, Personal(SECRET)), by=ALICE, key="k")
        contents = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    contents |= {f"{path.name}, closed": path.read_bytes() for path in tmp_path.iterdir()}
    assert {"log.db", "log.db-wal", "keys.db", "log.db, closed"} <= contents.keys()
    assert any(b"Noted" in content for content in contents.values())
    assert not [name for name, content in contents.items() if b"Quill" in content]


def test_a_state_and_its_snapshot_hold_no_personal_text(store: Store) -> None:
    governance(store).handle(Note(ADA, Personal(SECRET)), by=ALICE)
    assert store.load(JARS, ADA) == Jar(version=1)


def test_facts_are_loaded_without_a_key_and_their_text_is_gone(store: Store) -> None:
    governance(store).handle(Note(ADA, Personal(SECRET)), by=ALICE)
    governance(store).handle(Note(BEN, Personal(SECRET)), by=ALICE)
    before = store.log(JARS).facts(ADA)
    assert store.keys.open(ADA, noted(store, ADA, 1).note.token) == SECRET
    store.keys.destroy(ADA)
    assert store.log(JARS).facts(ADA) == before
    assert store.keys.open(ADA, noted(store, ADA, 1).note.token) is None
    assert store.keys.open(BEN, noted(store, BEN, 1).note.token) == SECRET


def test_a_destroyed_key_is_gone_in_every_process_that_had_it(store: Store, tmp_path: Path) -> None:
    governance(store).handle(Note(ADA, Personal(SECRET)), by=ALICE)
    token = noted(store, ADA, 1).note.token
    assert store.keys.open(ADA, token) == SECRET
    with Store.open(tmp_path, MASTER) as other:
        other.keys.destroy(ADA)
    assert store.keys.open(ADA, token) is None


def test_a_destroyed_key_is_never_made_again_and_later_text_is_not_kept(store: Store) -> None:
    store.keys.destroy(ADA)
    governance(store).handle(Note(ADA, Personal(SECRET)), by=ALICE)
    event = noted(store, ADA, 1)
    assert event.note.token == "1:Noted.1:."  # noqa: S105
    assert store.keys.open(ADA, event.note.token) is None


def test_nothing_is_kept_of_what_a_process_records_after_another_one_destroyed_the_key(store: Store, tmp_path: Path) -> None:
    governance(store).handle(Note(ADA, Personal(SECRET)), by=ALICE)
    with Store.open(tmp_path, MASTER) as other:
        other.keys.destroy(ADA)
    governance(store).handle(Note(ADA, Personal(SECRET)), by=ALICE)
    assert noted(store, ADA, 2).note.token == "2:Noted.1:."  # noqa: S105


def test_no_key_is_made_for_the_evidence_of_who_was_erased(store: Store) -> None:
    store.keys.destroy(ADA)
    assert store.keys.seal_apart(ADA, BEN, "1:Noted.1", SECRET) == "."
    assert store.keys.status().evidence == 0


def test_the_bytes_of_a_destroyed_key_are_not_left_in_its_file(tmp_path: Path) -> None:
    with closing(KeyStore(tmp_path / "keys.db", MASTER)) as keys:
        keys.ensure([ADA, BEN])
        with closing(sqlite3.connect(tmp_path / "keys.db")) as file:
            (wrapped,) = file.execute("SELECT wrapped FROM creator_keys WHERE stream = ?", (ADA.bytes,)).fetchone()
        keys.destroy(ADA)
        assert not [path for path in tmp_path.iterdir() if wrapped in path.read_bytes()]


def test_a_ciphertext_moved_to_another_fact_does_not_open(store: Store, tmp_path: Path) -> None:
    jars = governance(store)
    jars.handle(Note(ADA, Personal("one")), by=ALICE)
    jars.handle(Note(ADA, Personal("two")), by=ALICE)
    jars.handle(Note(BEN, Personal("three")), by=ALICE)
    rewrite(tmp_path, "UPDATE jars SET state = (SELECT state FROM jars WHERE rowid = 1) WHERE rowid > 1")
    assert store.keys.open(ADA, noted(store, ADA, 1).note.token) == "one"
    for creator, version in ((ADA, 2), (BEN, 1)):
        with pytest.raises(BrokenSeal, match=f"{version}:Noted.1 of {creator}"):
            store.keys.open(creator, noted(store, creator, version).note.token)


def test_two_texts_of_one_fact_cannot_be_exchanged(store: Store, tmp_path: Path) -> None:
    governance(store).handle(Note(ADA, Personal("guilty"), (Personal("honest"),)), by=ALICE)
    first, second = (it.token.rpartition(":")[2] for it in (noted(store, ADA, 1).note, noted(store, ADA, 1).witnesses[0]))
    rewrite(tmp_path, "UPDATE jars SET state = CAST(replace(replace(replace(CAST(state AS TEXT), ?, '§'), ?, ?), '§', ?) AS BLOB)",
            first, second, first, second)
    event = noted(store, ADA, 1)
    assert event.note.token.endswith(second)
    for personal in (event.note, *event.witnesses):
        with pytest.raises(BrokenSeal):
            store.keys.open(ADA, personal.token)


@pytest.mark.parametrize("token", ["1:Noted.1:AAAA", "1:Noted.1:x", "nonsense", "1:Noted.1:" + "A" * 64])
def test_a_token_that_nobody_sealed_does_not_open(store: Store, token: str) -> None:
    store.keys.ensure([ADA])
    with pytest.raises(BrokenSeal):
        store.keys.open(ADA, token)


def test_text_read_from_the_log_is_not_recorded_a_second_time(store: Store) -> None:
    governance(store).handle(Note(ADA, Personal(SECRET)), by=ALICE)
    with pytest.raises(ValueError, match="cannot be recorded again"):
        store.log(JARS).append([Fact(ADA, 2, noted(store, ADA, 1), NOW, NOW, ALICE)])


def test_a_key_is_made_only_for_who_has_something_to_seal(store: Store, tmp_path: Path) -> None:
    governance(store).handle(Fill(ADA), by=ALICE)
    store.log(JARS).append([Fact(BEN, 1, Filled(amount=1), NOW, NOW, ALICE), Fact(BEN, 2, Noted(note=Personal("x")), NOW, NOW, ALICE)])
    with closing(sqlite3.connect(tmp_path / "keys.db")) as file:
        assert file.execute("SELECT stream FROM creator_keys").fetchall() == [(BEN.bytes,)]


def test_more_creators_than_are_remembered_are_sealed_and_opened(tmp_path: Path) -> None:
    with closing(KeyStore(tmp_path / "keys.db", MASTER, remembered=2)) as keys:
        creators = [creator_id(str(number)) for number in range(9)]
        keys.ensure(creators)
        tokens = [f"1:Noted.1:{keys.seal(creator, '1:Noted.1', str(creator))}" for creator in creators]
        assert [keys.open(creator, token) for creator, token in zip(creators, tokens, strict=True)] == list(map(str, creators))


def test_another_master_key_is_refused_at_the_start(tmp_path: Path) -> None:
    KeyStore(tmp_path / "keys.db", MASTER).close()
    with pytest.raises(WrongMasterKey, match="another master key"):
        KeyStore(tmp_path / "keys.db", bytes(32))
    with pytest.raises(WrongMasterKey, match="31 bytes"):
        KeyStore(tmp_path / "keys.db", bytes(31))


def test_a_fingerprint_tells_equal_data_and_depends_on_the_master_key(tmp_path: Path) -> None:
    with closing(KeyStore(tmp_path / "a.db", MASTER)) as one, closing(KeyStore(tmp_path / "b.db", bytes(32))) as other:
        assert one.fingerprint(b"x") == one.fingerprint(b"x")
        assert len({one.fingerprint(b"x"), one.fingerprint(b"y"), other.fingerprint(b"x")}) == 3


# Search

@pytest.mark.parametrize("text", ["ada.lovelace", "@Ada.Lovelace", " ADA.LOVELACE\n", "\N{FULLWIDTH COMMERCIAL AT}ada.lovelace"])
def test_a_creator_is_found_by_all_of_a_text_whatever_its_case(store: Store, text: str) -> None:
    governance(store).handle(Note(ADA, Personal("@Ada.Lovelace")), by=ALICE)
    assert store.keys.streams_with("note", text) == [ADA]


def test_letters_that_are_the_same_to_a_reader_are_the_same_to_the_search() -> None:
    assert comparable("Stra\N{LATIN SMALL LETTER SHARP S}e") == comparable("STRASSE")
    assert comparable("Zoe\N{COMBINING DIAERESIS}") == comparable("ZO\N{LATIN CAPITAL LETTER E WITH DIAERESIS}")
    assert comparable("@@ada") != comparable("ada")


@pytest.mark.parametrize(("field", "text"), [
    ("note", "ada"), ("note", "ada.lovelac"), ("note", "ben"), ("note", ""), ("note", "@"), ("other", "ada.lovelace")])
def test_nobody_is_found_by_less_by_another_field_or_by_nothing(store: Store, field: str, text: str) -> None:
    governance(store).handle(Note(ADA, Personal("ada.lovelace")), by=ALICE)
    governance(store).handle(Note(BEN, Personal("@")), by=ALICE)
    governance(store).handle(Note(BEN, Personal()), by=ALICE)
    assert store.keys.streams_with(field, text) == []


def test_only_the_fields_that_an_event_names_are_searched(store: Store) -> None:
    governance(store).handle(Note(ADA, Personal("ada"), (Personal("ben"),)), by=ALICE)
    assert (store.keys.streams_with("note", "ben"), store.keys.streams_with("witnesses", "ben")) == ([], [])


def test_all_who_have_a_text_are_found(store: Store) -> None:
    for creator in (ADA, BEN):
        governance(store).handle(Note(creator, Personal("agency@example.com")), by=ALICE)
    assert store.keys.streams_with("note", "Agency@Example.com") == sorted([ADA, BEN])


def test_marks_tell_nothing_to_who_has_not_the_master_key(tmp_path: Path) -> None:
    with Store.open(tmp_path, MASTER) as store:
        governance(store).handle(Note(ADA, Personal("ada.lovelace")), by=ALICE)
        found = contents(tmp_path)
    found += contents(tmp_path)
    texts = [b"ada.lovelace", b"note\0ada.lovelace"]
    keys = [bytes(32), hmac.digest(bytes(32), b"marks", "sha256"), b"marks", b"", ADA.bytes]
    guesses = [*texts, *(hashlib.sha256(text).digest() for text in texts), *(hmac.digest(key, text, "sha256") for key in keys for text in texts)]
    assert not [guess for guess in guesses if guess in found]
    assert hmac.digest(hmac.digest(MASTER, b"marks", "sha256"), texts[1], "sha256") in found  # so that the others were looked for rightly


def test_another_master_key_finds_nobody(tmp_path: Path) -> None:
    with Store.open(tmp_path, MASTER) as store:
        governance(store).handle(Note(ADA, Personal("ada")), by=ALICE)
    with closing(sqlite3.connect(tmp_path / "keys.db")) as file, file:
        for table in ("master", "masters", "secrets"):  # or it would not even open
            file.execute(f"DELETE FROM {table}")  # noqa: S608
    with closing(KeyStore(tmp_path / "keys.db", bytes(32))) as keys:
        assert keys.streams_with("note", "ada") == []


def test_with_its_key_a_creators_marks_are_gone_from_the_file_and_from_every_process(store: Store, tmp_path: Path) -> None:
    for creator in (ADA, BEN):
        governance(store).handle(Note(creator, Personal(f"of {creator}")), by=ALICE)
    with closing(sqlite3.connect(tmp_path / "keys.db")) as file:
        marks = {stream: mark for mark, stream in file.execute("SELECT mark, stream FROM marks")}
    with Store.open(tmp_path, MASTER) as other:
        other.keys.destroy(ADA)
    assert store.keys.streams_with("note", f"of {ADA}") == []
    assert store.keys.streams_with("note", f"of {BEN}") == [BEN]
    assert [marks[creator.bytes] in contents(tmp_path) for creator in (ADA, BEN)] == [False, True]


def test_nobody_is_found_by_what_is_written_after_the_key_was_destroyed(store: Store, tmp_path: Path) -> None:
    governance(store).handle(Note(ADA, Personal("before")), by=ALICE)
    with Store.open(tmp_path, MASTER) as other:  # this process still remembers the key
        other.keys.destroy(ADA)
    governance(store).handle(Note(ADA, Personal("after")), by=ALICE)
    assert store.keys.streams_with("note", "after") == []


def test_a_mark_is_there_before_its_fact(store: Store) -> None:
    fact = Fact(ADA, 1, Noted(note=Personal("ada")), NOW, NOW, ALICE)
    store.log(JARS).mapper.stored([fact])
    assert (store.keys.streams_with("note", "ada"), store.log(JARS).facts(ADA)) == ([ADA], [])


def earlier(folder: Path) -> None:
    """Make the keys those of an earlier revision, which kept no marks."""
    with closing(sqlite3.connect(folder / "keys.db")) as file, file:
        file.execute("DROP TABLE marks")
        file.execute("DROP TABLE marked")


def test_what_was_stored_before_there_were_marks_is_found_too(tmp_path: Path) -> None:
    with Store.open(tmp_path, MASTER) as store:
        for creator in (ADA, BEN):
            governance(store).handle(Fill(creator), by=ALICE)
            governance(store).handle(Note(creator, Personal(f"of {creator}")), by=ALICE)
        store.keys.destroy(BEN)
    earlier(tmp_path)
    with Store.open(tmp_path, MASTER) as store:
        store.log(JARS)
        assert store.keys.streams_with("note", f"of {ADA}") == [ADA]
        assert store.keys.streams_with("note", f"of {BEN}") == []


def test_marks_are_made_from_the_log_once(tmp_path: Path) -> None:
    with Store.open(tmp_path, MASTER) as store:
        governance(store).handle(Note(ADA, Personal("ada")), by=ALICE)
    with closing(sqlite3.connect(tmp_path / "keys.db")) as file, file:
        file.execute("DELETE FROM marks")
    with Store.open(tmp_path, MASTER) as store:
        store.log(JARS)
        assert store.keys.streams_with("note", "ada") == []


def test_a_fact_that_cannot_be_read_keeps_nobody_else_from_being_found(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Store.open(tmp_path, MASTER) as store:
        for creator in (ADA, BEN):
            for text in ("first", "second"):
                governance(store).handle(Note(creator, Personal(f"{text} of {creator}")), by=ALICE)
    earlier(tmp_path)
    rewrite(tmp_path, "UPDATE jars SET state = x'00' WHERE rowid = 1")
    rewrite(tmp_path, "UPDATE jars SET state = (SELECT state FROM jars WHERE rowid = 4) WHERE rowid = 2")
    with Store.open(tmp_path, MASTER) as store:
        store.log(JARS)
        assert [store.keys.streams_with("note", f"{text} of {BEN}") for text in ("first", "second")] == [[BEN], [BEN]]
        assert [store.keys.streams_with("note", f"{text} of {ADA}") for text in ("first", "second")] == [[], []]
    assert len([it for it in caplog.messages if "Nobody can be found" in it]) == 2
