"""Dossiers: what is in them, and that whoever changes one is found out by whoever checks it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tracemalloc
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_type_hints
from uuid import UUID
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eventsourcing.persistence import StoredEvent
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from api.cli import app
from application.proving.dossier_checking import check
from application.proving.dossier_reading import MOST_PART_BYTES, NoDossier
from application.proving.dossiers import FACTS_AT_ONCE, CannotMake, Dossiers
from application.proving.heads import heads_of
from domain.creator.decider import EVENTS
from domain.identity import PackHash, creator_id
from domain.proof.dossier import (
    ABOUT,
    FACTS,
    FORMAT,
    HEAD,
    PAGE,
    PINNING,
    PROOFS,
    README,
    SINCE,
    About,
    Head,
    Proof,
    Since,
    StoredFact,
    written,
)
from domain.proof.heads import LogHead, SignedTreeHead, TreeHead, signed_bytes, text_of
from domain.proof.merkle import inclusion_path, root_of
from tests.asking import START, World, world
from tests.raw import environment, log_database

ROOT = Path(__file__).parent.parent
HANDLE = "ann-of-the-hundred-bags"
ANN = creator_id("ann")
FOREIGN = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


class Made(NamedTuple):
    """A dossier with a head of before in it: the world it is of, its bytes, the deployment's public key, and that head."""

    world: World
    file: Path
    dossier: bytes
    key: bytes
    before: SignedTreeHead


def dossiers_of(one: World) -> Dossiers:
    return Dossiers(one.system, heads_of(one.system))


@contextmanager
def making(folder: Path, database: str = "") -> Iterator[Made]:
    """The dossier of an account with another one beside it, with a head of before in it."""
    with world(folder, database) as one:
        ann = one.registered("ann", handle=HANDLE, contact="ann@example.org")
        bob = one.registered("<b>bob</b>")
        one.confirmed(ann, "video-1")
        one.confirmed(bob, "video-2")
        before = heads_of(one.system).take()
        one.days(1)
        for number in range(3, 6):
            one.confirmed(ann, f"video-{number}", "COUNTERFEIT", "MAJOR", facts="The logo is a copy.")
            one.confirmed(bob, f"video-b{number}")
        dossiers, file = dossiers_of(one), folder / "ann.zip"
        dossiers.write(ANN, file, before)
        yield Made(one, file, file.read_bytes(), dossiers.heads.signer.public_key, before)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory, database_of_module: str) -> Iterator[Made]:
    """One of each database."""
    with making(tmp_path_factory.mktemp("stored"), database_of_module) as found:
        yield found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """One to be checked, wherever it is from."""
    with making(tmp_path_factory.mktemp("made")) as found:
        yield found


def contents(dossier: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(dossier)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes], compression: int = ZIP_DEFLATED) -> BytesIO:
    found = BytesIO()
    with ZipFile(found, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return found


def changed(dossier: bytes, name: str, change: Callable[[bytes], bytes]) -> BytesIO:
    files = contents(dossier)
    return packed(files | {name: change(files[name])})


def changed_lines(dossier: bytes, change: Callable[[list[bytes]], list[bytes]], *names: str) -> BytesIO:
    files = contents(dossier)
    return packed(files | {name: b"".join(change(files[name].splitlines(keepends=True))) for name in names or (FACTS, PROOFS)})


def facts_in(dossier: bytes) -> list[StoredFact]:
    return [msgspec.json.decode(line, type=StoredFact) for line in contents(dossier)[FACTS].splitlines()]


def head_in(dossier: bytes) -> Head:
    return msgspec.json.decode(contents(dossier)[HEAD], type=Head)


def first_fault(file: BytesIO, **more: Any) -> str:
    found = check(file, **more)
    assert not found.sound
    return found.faults[0].message


# What is in it

def test_a_dossier_holds_every_fact_of_the_account_as_it_is_stored(stored: Made) -> None:
    found, facts = check(BytesIO(stored.dossier), stored.key, stored.before), facts_in(stored.dossier)
    assert found.sound, found.faults
    assert (found.account, found.stream, found.log, found.facts) == ("ann", str(ANN), "creators", len(facts))
    log = stored.world.system.log_of(ANN)
    assert [(it.stream.hex, it.version, it.name, it.state, it.position) for it in facts] == [
        (UUID(stream).hex, *rest) for stream, *rest in log.recorder.stream_rows(ANN, 0)]
    assert facts[-1].position - facts[0].position >= len(facts), "others are in between"


def test_a_dossier_holds_the_packs_that_the_facts_pin_and_no_other(made: Made) -> None:
    packs = {name: content for name, content in contents(made.dossier).items() if name.startswith("packs/")}
    pinned = {published.hash for published in made.world.system.packs() if any(published.hash.encode() in it.state for it in facts_in(made.dossier))}
    assert {f"packs/{name}.json" for name in pinned} == packs.keys()
    assert 0 < len(pinned) < len(tuple(made.world.system.packs()))
    assert all(sha256(content).hexdigest() in name for name, content in packs.items())


def fields_in(kind: Any, seen: set[Any]) -> Iterator[tuple[str, Any]]:
    """Every field of an event, and of what stands in it, with its type."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind not in seen:
        seen.add(kind)
        for name, hint in get_type_hints(kind).items():
            yield name, hint
            yield from fields_in(hint, seen)
    for part in get_args(kind):
        yield from fields_in(part, seen)


def test_every_field_in_which_an_event_names_a_pack_is_known() -> None:
    fields = [it for event in EVENTS.values() for it in fields_in(event, set())]
    assert {name for name, hint in fields if PackHash in (hint, *get_args(hint))} == PINNING
    assert [name for name, hint in fields if name in PINNING and hint is str] == []


def test_personal_text_stays_ciphertext(stored: Made) -> None:
    for name, content in contents(stored.dossier).items():
        assert HANDLE.encode() not in content, name
        assert b"example.org" not in content, name
        assert b"The logo is a copy." not in content, name


def test_the_same_content_under_the_same_head_is_the_same_file(stored: Made, tmp_path: Path) -> None:
    dossiers = dossiers_of(stored.world)
    dossiers.write(ANN, tmp_path / "again.zip", stored.before)
    assert (tmp_path / "again.zip").read_bytes() == stored.dossier


def test_a_dossier_is_made_as_a_whole_or_not_at_all(stored: Made, tmp_path: Path) -> None:
    dossiers = dossiers_of(stored.world)
    with pytest.raises(CannotMake, match="Nothing is recorded of the account"):
        dossiers.write(creator_id("nobody"), tmp_path / "nobody.zip")
    with pytest.raises(FileExistsError):
        dossiers.write(ANN, stored.file)
    with pytest.raises(CannotMake, match="not one of this deployment"):
        dossiers.write(ANN, tmp_path / "other.zip", resigned(stored.before.head, FOREIGN))
    assert list(tmp_path.iterdir()) == []


def test_no_dossier_is_made_of_facts_that_were_edited_in_the_database(tmp_path: Path, asked: World) -> None:
    asked.confirmed(asked.registered("ann"))
    dossiers = dossiers_of(asked)
    dossiers.write(ANN, tmp_path / "before.zip")
    state = facts_in((tmp_path / "before.zip").read_bytes())[2].state
    with log_database(asked.system.settings) as database:
        mark = "%s" if asked.system.settings.database else "?"
        database.execute(f"UPDATE creators SET state = {mark} WHERE state = {mark}", (state.replace(b"2026", b"2025"), state))  # noqa: S608
    with pytest.raises(CannotMake, match=r"not what was recorded: Fact 3 .*`governance verify` finds out more"):
        dossiers.write(ANN, tmp_path / "after.zip")
    dossiers.heads.trees.rebuild()
    with pytest.raises(CannotMake, match=r"The log creators does not begin as the head of .*`governance verify` finds out where"):
        dossiers.write(ANN, tmp_path / "after.zip")
    assert [it.name for it in tmp_path.glob("*.zip")] == ["before.zip"]


def test_a_long_history_is_read_piece_by_piece(tmp_path: Path, asked: World) -> None:
    log, stream, count = asked.system.log_of(creator_id("long")), creator_id("long"), 2 * FACTS_AT_ONCE + 1
    log.recorder.append([StoredEvent(stream, version, "Told", b"{}" * version) for version in range(1, count + 1)], ())
    dossiers_of(asked).write(stream, tmp_path / "long.zip")
    assert [(it.version, len(it.state)) for it in facts_in((tmp_path / "long.zip").read_bytes())] == [
        (version, 2 * version) for version in range(1, count + 1)]


# What is found out of one that was changed

def resigned(head: TreeHead, key: Ed25519PrivateKey) -> SignedTreeHead:
    """A head signed with another key, as that key's own."""
    own = msgspec.structs.replace(head, origin=sha256(key.public_key().public_bytes_raw()).hexdigest())
    return SignedTreeHead(own, text_of(key.sign(signed_bytes(own))))


def test_an_edited_fact_is_named_by_its_position_and_version(made: Made) -> None:
    fact = next(it for it in facts_in(made.dossier) if it.name == "ViolationConfirmed")
    found = check(changed(made.dossier, FACTS, lambda text: text.replace(b"MODERATE", b"MINOR", 1)))
    (fault,) = found.faults
    assert (fault.file, fault.position, fault.version) == (FACTS, fact.position, fact.version)
    assert re.fullmatch(
        rf"Fact {fact.version} \(ViolationConfirmed, position {fact.position}\): It is not what was recorded there: "
        r"the leaf in the log is [0-9a-f]{64}, and that of this fact [0-9a-f]{64}\.", fault.message)


def test_a_fact_edited_with_its_leaf_or_with_its_path_is_not_proved(made: Made) -> None:
    facts = facts_in(made.dossier)
    edited = StoredFact.of(facts[4].position, ANN, 5, facts[4].name, facts[4].state.replace(b"2026", b"2025"))

    def proofs(lines: list[bytes]) -> list[bytes]:
        proof = msgspec.json.decode(lines[4], type=Proof)
        return [*lines[:4], written(msgspec.structs.replace(proof, leaf=edited.leaf.hex())), *lines[5:]]

    files = contents(made.dossier)
    lines = files[FACTS].splitlines(keepends=True)
    forged = packed(files | {
        FACTS: b"".join([*lines[:4], written(edited), *lines[5:]]), PROOFS: b"".join(proofs(files[PROOFS].splitlines(keepends=True)))})
    assert first_fault(forged).startswith(f"Fact 5 ({edited.name}, position {edited.position}): It is not proved: its path does not lead")


def same_base64(text: str) -> str:
    """Other text that a lenient reader takes for the same bytes: bits of the last character count for nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = len(text.rstrip("=")) - 1
    return f"{text[:last]}{alphabet[alphabet.index(text[last]) ^ 1]}{text[last + 1:]}"


@pytest.mark.parametrize(("name", "where"), [(HEAD, ("key",)), (HEAD, ("signed", "signature")), (SINCE, ("signed", "signature"))])
def test_a_key_or_signature_written_in_another_way_is_found(made: Made, name: str, where: tuple[str, ...]) -> None:
    document = json.loads(contents(made.dossier)[name])
    inner = document
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = same_base64(inner[where[-1]])
    file = packed(contents(made.dossier) | {name: written(msgspec.convert(document, Head if name == HEAD else Since))})
    assert not check(file).sound


@pytest.mark.parametrize("paths", [{"accesses": ("0" * 64,)}, {"another": ()}, {"cases": None}], ids=["more", "another log", "fewer"])
def test_a_path_too_many_or_too_few_in_the_head_of_before_is_found(made: Made, paths: dict[str, Any]) -> None:
    since = msgspec.json.decode(contents(made.dossier)[SINCE], type=Since)
    changed_paths = {log: path for log, path in (since.paths | paths).items() if path is not None}
    file = packed(contents(made.dossier) | {SINCE: written(msgspec.structs.replace(since, paths=changed_paths))})
    assert not check(file).sound


@pytest.mark.parametrize(("change", "told"), [
    (lambda lines: [*lines[:2], *lines[3:]], r"Fact 4 .*: It stands where fact 3 ought to"),
    (lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], r"Fact 4 .*: It stands where fact 3 ought to"),
    (lambda lines: [*lines[:3], lines[2], *lines[3:]], r"Fact 3 .*: It stands where fact 4 ought to"),
    (lambda lines: lines[:-1], r"The last fact is \d+, not \d+\."),
    (lambda lines: lines[1:], r"Fact 2 .*: It stands where fact 1 ought to"),
    (lambda lines: [*lines, lines[0]], r"Fact 1 .*: It stands where fact \d+ ought to"),
    (lambda lines: [lines[0], lines[1].replace(b'"', b' "', 1), *lines[2:]], r"Fact 2, or its proof: It is not written as a dossier is"),
    (lambda lines: [lines[0], b"?\n", *lines[2:]], r"Fact 2, or its proof: It cannot be read"),
    (lambda lines: [lines[0], *lines[1:-1], lines[-1].rstrip()], r"Fact \d+, or its proof: It is not written as a dossier is"),
    (lambda lines: [line.replace(b'"version":3', b'"version":30') for line in lines], r"Fact 30 .*: It stands where fact 3 ought to"),
], ids=["left out", "exchanged", "twice", "the last cut off", "the first cut off", "added", "spaced", "no fact", "without its end", "renumbered"])
def test_facts_left_out_exchanged_or_added_are_found(made: Made, change: Callable[[list[bytes]], list[bytes]], told: str) -> None:
    assert re.match(told, first_fault(changed_lines(made.dossier, change)))


def test_a_fact_or_a_proof_without_the_other_is_found(made: Made) -> None:
    assert first_fault(changed_lines(made.dossier, lambda lines: lines[:-1], FACTS)).startswith("It has no fact ")
    assert first_fault(changed_lines(made.dossier, lambda lines: lines[:-1], PROOFS)).startswith("It has no fact ")
    assert "Its proof is one of position" in first_fault(changed_lines(made.dossier, lambda lines: [lines[1], lines[0], *lines[2:]], PROOFS))


def test_a_fact_of_another_account_is_found(made: Made) -> None:
    other = str(creator_id("<b>bob</b>")).encode()
    moved = changed_lines(made.dossier, lambda lines: [lines[0], lines[1].replace(str(ANN).encode(), other, 1), *lines[2:]], FACTS)
    assert f"It belongs to another account, {other.decode()}." in first_fault(moved)
    renamed = changed(made.dossier, ABOUT, lambda text: text.replace(str(ANN).encode(), other))
    assert f"It belongs to another account, {ANN}." in first_fault(renamed)


def test_that_there_is_no_later_fact_is_not_proved(made: Made) -> None:
    files = contents(made.dossier)
    about = msgspec.json.decode(files[ABOUT], type=About)
    files[ABOUT] = written(msgspec.structs.replace(about, facts=about.facts - 1))
    shorter = changed_lines(packed(files).getvalue(), lambda lines: lines[:-1])
    assert check(shorter).sound
    assert b"That there is no later fact." in files[PAGE].partition(b"What is not proved")[2]


def test_a_pack_edited_left_out_or_added_is_found(made: Made) -> None:
    files = contents(made.dossier)
    pack = next(name for name in files if name.startswith("packs/"))
    assert first_fault(packed(files | {pack: files[pack].replace(b"20", b"21", 1)})).startswith("It is not the pack that the facts pin")
    assert first_fault(packed({name: content for name, content in files.items() if name != pack})) == "It is not there, although facts pin it."
    assert first_fault(packed(files | {f"packs/{'0' * 64}.json": b"{}"})) == "No fact pins it."


def test_a_head_that_was_changed_cannot_be_signed_again(made: Made) -> None:
    head = msgspec.json.decode(contents(made.dossier)[HEAD], type=Head)
    for old, new in ((b'"size":', b'"size":1'), (b'"log":"cases"', b'"log":"cakes"'), (b"2026-", b"2025-")):
        assert "was changed, or whoever made it has not the key" in first_fault(changed(made.dossier, HEAD, lambda text, old=old, new=new: (  # type: ignore[misc]
            text.replace(old, new, 1))))
    forged = Head(b64encode(FOREIGN.public_key().public_bytes_raw()).decode(), resigned(head.signed.head, FOREIGN))
    own = packed({name: content for name, content in contents(made.dossier).items() if name != SINCE} | {HEAD: written(forged)})
    assert check(own).sound, "who does not know the key cannot know"
    assert first_fault(own, key=made.key) == "The head is signed with another key than the one expected."
    stolen = written(Head(head.key, forged.signed))
    assert "was changed, or whoever made it has not the key" in first_fault(packed(contents(made.dossier) | {HEAD: stolen}))
    of_another = SignedTreeHead(head.signed.head, text_of(FOREIGN.sign(signed_bytes(head.signed.head))))
    assert "names another key as its origin" in first_fault(packed(contents(made.dossier) | {HEAD: written(Head(forged.key, of_another))}))


def test_the_logs_of_a_head_stand_in_one_order(made: Made) -> None:
    head = msgspec.json.decode(contents(made.dossier)[HEAD], type=Head)
    turned = msgspec.structs.replace(head.signed.head, logs=head.signed.head.logs[::-1])
    other = Head(head.key, SignedTreeHead(turned, head.signed.signature))
    assert first_fault(packed(contents(made.dossier) | {HEAD: written(other)})) == "Its logs are not in order, each once."


def forged(facts: list[StoredFact]) -> BytesIO:
    """A dossier as somebody with a key of their own makes it, of a log that is these facts by their positions."""
    leaves = {it.position: it.leaf for it in facts}

    def subtree(level: int, number: int) -> bytes:
        return root_of(leaves[position + 1] for position in range(number << level, (number + 1) << level))

    log = LogHead("told", len(facts), root_of(leaf for _, leaf in sorted(leaves.items())).hex())
    head = Head(b64encode(FOREIGN.public_key().public_bytes_raw()).decode(), resigned(TreeHead("", START, (log,)), FOREIGN))
    proofs = [Proof(it.position, it.leaf.hex(), tuple(hash_.hex() for hash_ in inclusion_path(it.position - 1, log.size, subtree))) for it in facts]
    return packed({
        ABOUT: written(About(FORMAT, ANN, "told", len(facts))), HEAD: written(head), FACTS: b"".join(map(written, facts)),
        PROOFS: b"".join(map(written, proofs))})


def test_what_is_forged_from_nothing_is_right_in_all_but_its_key(made: Made) -> None:
    file = forged([StoredFact.of(version, ANN, version, "Told", b"{}") for version in range(1, 8)])
    assert check(file).sound
    assert first_fault(file, key=made.key) == "The head is signed with another key than the one expected."


def test_the_facts_of_an_account_stand_in_the_log_in_their_order() -> None:
    """Even where whoever made the log, and signed it, put them there otherwise."""
    (fault,) = check(forged([StoredFact.of(3 - version, ANN, version, "Told", b"{}") for version in (1, 2)])).faults
    assert fault.message == "Fact 2 (Told, position 1): It follows on a fact that was recorded later, at position 2."


def test_a_fact_whose_bytes_are_no_text_is_held_as_it_is() -> None:
    assert check(forged([StoredFact.of(1, ANN, 1, "Told", b"\xff\x00"), StoredFact.of(2, ANN, 2, "Told", b"")])).sound


def test_facts_that_pin_more_packs_than_there_can_be_are_not_read_on() -> None:
    pins = msgspec.json.encode([{"pack": f"{number:064x}"} for number in range(1001)])
    assert "They pin more than 1000 packs." in first_fault(forged([StoredFact.of(1, ANN, 1, "Told", pins)]))


def test_a_head_got_before_shows_that_a_log_was_rewritten_or_cut(made: Made) -> None:
    """By whoever has the key: all else is right in what they hand out."""
    signer, head = heads_of(made.world.system).signer, msgspec.json.decode(contents(made.dossier)[HEAD], type=Head).signed
    since = check(BytesIO(made.dossier), made.key, made.before)
    assert since.sound
    assert since.head_compared

    def differing(**more: Any) -> SignedTreeHead:
        return signer.sign(msgspec.structs.replace(made.before.head, **more))

    logs = {log.log: log for log in made.before.head.logs}
    rewritten = differing(logs=tuple({**logs, "creators": LogHead("creators", logs["creators"].size, "0" * 64)}.values()))
    files = contents(made.dossier)
    proof = msgspec.json.decode(files[SINCE], type=Since)
    told = first_fault(packed(files | {SINCE: written(Since(rewritten, proof.paths))}), earlier=rewritten)
    assert told == f"The log creators: Its first {logs['creators'].size} facts are not what they were then: its history was rewritten."
    longer = differing(logs=tuple({**logs, "creators": LogHead("creators", 10_000, "0" * 64)}.values()))
    assert "It had 10000 facts and has" in first_fault(BytesIO(made.dossier), earlier=longer)
    same = differing(logs=tuple(LogHead(it.log, it.size, "0" * 64) for it in head.head.logs))
    assert "its history was rewritten" in first_fault(BytesIO(made.dossier), earlier=same)
    assert check(BytesIO(made.dossier), earlier=head).sound


def test_a_head_that_cannot_be_compared_is_told(made: Made) -> None:
    signer = heads_of(made.world.system).signer
    without = packed({name: content for name, content in contents(made.dossier).items() if name != SINCE})
    assert check(without).sound
    assert first_fault(without, earlier=made.before).endswith("ask for one that was made with --since that head.")
    later = signer.sign(msgspec.structs.replace(made.before.head, at=made.world.clock.now.replace(year=2030)))
    assert "was taken later than the dossier's" in first_fault(BytesIO(made.dossier), earlier=later)
    assert "is not signed with this dossier's key" in first_fault(BytesIO(made.dossier), earlier=resigned(made.before.head, FOREIGN))


@settings(max_examples=80)
@given(st.data())
def test_every_change_of_a_byte_that_is_to_prove_something_is_found(made: Made, data: st.DataObject) -> None:
    files = contents(made.dossier)
    name = data.draw(st.sampled_from([it for it in files if it not in (PAGE, README)]))
    at, by = data.draw(st.integers(0, len(files[name]) - 1)), data.draw(st.integers(1, 255))
    edited = bytearray(files[name])
    edited[at] ^= by
    assert found_out(packed(files | {name: bytes(edited)}))


@settings(max_examples=60)
@given(st.data())
def test_every_change_of_a_byte_of_the_file_is_found_or_changes_nothing_that_is_proved(made: Made, data: st.DataObject) -> None:
    edited = bytearray(made.dossier)
    edited[data.draw(st.integers(0, len(edited) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = check(BytesIO(edited))
    except NoDossier:
        return
    if found.sound:
        proved, before = contents_read(bytes(edited)), contents(made.dossier)
        assert proved == {name: content for name, content in before.items() if name not in (PAGE, README)}


def contents_read(dossier: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(dossier)) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name not in (PAGE, README)}


def test_what_is_for_reading_alone_proves_nothing(made: Made) -> None:
    for name in (PAGE, README):
        assert check(changed(made.dossier, name, lambda text: text.replace(b"ann", b"eve"))).sound
        assert b"for reading" in contents(made.dossier)[name]


# What may come from a stranger

NASTY: tuple[Any, ...] = (None, True, -1, 0, 1.5, 2**63, 2**70, 10**400, "", "\0", "é", "x" * 300, "0001-01-01T00:00:00+14:00", "2026-03-02T10:00:00",
                          "9999-12-31T23:59:59-14:00", [], {}, [[]], {"": 0})


def places_in(content: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of everything in JSON."""
    yield place
    for key in content if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else ():
        yield from places_in(content[key], (*place, key))


def replaced(content: Any, place: tuple[Any, ...], value: Any) -> Any:
    """JSON with something else in that place."""
    if not place:
        return value
    copy = content.copy()
    copy[place[0]] = replaced(content[place[0]], place[1:], value)
    return copy


@settings(max_examples=60)
@given(st.data())
def test_whatever_a_stranger_writes_is_told_and_never_fails(made: Made, data: st.DataObject) -> None:
    files = contents(made.dossier)
    name = data.draw(st.sampled_from([ABOUT, HEAD, SINCE, FACTS, PROOFS]))
    first, *others = files[name].splitlines(keepends=True)
    content = json.loads(first)
    place = data.draw(st.sampled_from(list(places_in(content))))
    value = data.draw(st.sampled_from(NASTY))
    text = json.dumps(replaced(content, place, value), separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    assert text == first or found_out(packed(files | {name: b"".join([text, *others])}))


def found_out(file: BytesIO) -> bool:
    try:
        return not check(file).sound
    except NoDossier:
        return True


def test_a_time_without_its_zone_is_no_time_of_a_head(made: Made) -> None:
    """A machine that is in UTC would take it for the same time."""
    for name in (HEAD, SINCE):
        zoneless = changed(made.dossier, name, lambda text: re.sub(rb'("at":"[^"]+)Z"', rb'\1"', text))
        assert first_fault(zoneless) == "The time of a head is not told in UTC."
    zoneless_head = msgspec.structs.replace(made.before.head, at=made.before.head.at.replace(tzinfo=None))
    assert first_fault(BytesIO(made.dossier), earlier=msgspec.structs.replace(made.before, head=zoneless_head)) == (
        "The time of a head is not told in UTC.")


def test_what_is_no_dossier_is_told_apart_from_one_that_is_wrong(made: Made) -> None:
    for file in (b"", b"PK", b"no zip", made.dossier[:-1], made.dossier + b"\0", packed({"a": b""}).getvalue()):
        with pytest.raises(NoDossier):
            check(BytesIO(file))
    with pytest.raises(NoDossier, match=r"dossier\.json"):
        check(changed(made.dossier, ABOUT, lambda text: text.replace(b"v1", b"v2")))


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "packs/../x.json", "facts.jsonl/", "C:\\x", "packs/\x1b[31m.json"])
def test_a_file_that_does_not_belong_there_is_found_and_left_alone(made: Made, name: str) -> None:
    found = check(packed(contents(made.dossier) | {name: b"x"}))
    (fault,) = found.faults
    assert fault.message == "It does not belong in a dossier."
    assert fault.file.isprintable()


def test_a_file_that_is_there_twice_or_packed_otherwise_is_found(made: Made) -> None:
    twice = BytesIO(made.dossier)
    with pytest.warns(UserWarning, match="Duplicate name"), ZipFile(twice, "a") as archive:
        archive.writestr(FACTS, b"")
    assert first_fault(twice) == "It is there twice."
    assert first_fault(packed(contents(made.dossier), ZIP_BZIP2)) == "It is packed in another way than a dossier's files are."


def test_a_hostile_file_is_read_no_further_than_a_dossier_could_go(made: Made) -> None:
    files, much = contents(made.dossier), 16 * MOST_PART_BYTES
    deep = b"[" * 100_000
    hostile = {
        "a long line": packed(files | {FACTS: b"0" * much}), "long proofs": packed(files | {PROOFS: b"0" * much}),
        "a long pack": packed(files | {next(name for name in files if name.startswith("packs/")): b" " * much}),
        "a long head": packed(files | {HEAD: b" " * much}), "a deep line": packed(files | {FACTS: deep}), "a deep head": packed(files | {HEAD: deep}),
    }
    for name, file in hostile.items():
        tracemalloc.start()
        assert found_out(file)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 8 * MOST_PART_BYTES, f"{name} took {most:,} bytes"


def test_a_zip_file_that_no_dossier_could_be_is_not_even_listed(made: Made) -> None:
    many = packed(contents(made.dossier) | {f"packs/{number:064x}.json": b"" for number in range(12_000)}).getvalue()
    commented, large = bytearray(made.dossier), made.dossier[:-22] + b"PK\6\7" + bytes(16) + made.dossier[-22:]
    commented[-2:] = b"\1\0"
    for file in (many, bytes(commented), large):
        with pytest.raises(NoDossier, match="It is a zip file, but none that a dossier could be"):
            check(BytesIO(file))
    longer = bytearray(made.dossier)
    listed = longer.index(b"PK\1\2")
    longer[listed + 24:listed + 28] = (3 << 30).to_bytes(4, "little")
    assert first_fault(BytesIO(longer)) == "It is longer than a dossier's file can be."
    assert "There are more than 1000 files." in {it.message for it in check(packed(
        contents(made.dossier) | {f"packs/{number:064x}.json": b"" for number in range(1001)})).faults}


def test_the_check_rests_on_little_else() -> None:
    for module in ("dossier_checking", "dossier_reading"):
        source = (ROOT / "application" / "proving" / f"{module}.py").read_text()
        imported = set(re.findall(r"^ *(?:from|import) ([\w.]+)", source, re.MULTILINE)) - {"application.proving.dossier_reading"}
        assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names | {"msgspec", "cryptography", "domain"}


def test_another_program_finds_out_every_fact_among_those_of_others(made: Made, tmp_path: Path) -> None:
    (script,) = re.findall(r"```python independent.py\n(.*?)```", (ROOT / "docs" / "dossier.md").read_text(), re.DOTALL)

    def asked(file: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  # what the documentation says
            [sys.executable, "-c", script, str(file), b64encode(made.key).decode()], env={}, capture_output=True, text=True, check=False)

    assert asked(made.file).stdout == f"{len(facts_in(made.dossier))} facts, and every pack that came with them, are proved.\n"
    edits: dict[str, Callable[[list[bytes]], list[bytes]]] = {
        "edited": lambda lines: [*lines[:3], lines[3].replace(b"2026-", b"2025-", 1), *lines[4:]], "left out": lambda lines: [*lines[:3], *lines[4:]]}
    for name, edit in edits.items():
        (tmp_path / name).write_bytes(changed_lines(made.dossier, edit, *([FACTS] if name == "edited" else [])).getvalue())
        assert asked(tmp_path / name).returncode != 0


# The page

def test_the_page_needs_no_network_and_no_script(made: Made) -> None:
    page = contents(made.dossier)[PAGE].decode()
    assert "default-src 'none'" in page
    assert not re.search(r"<(script|img|link|iframe|object|embed)\b|@import|url\(|\bon\w+=|https?://", page)
    assert set(re.findall(r'href="([^"]*)"', page)) == {"#check", *(name for name in contents(made.dossier) if name.startswith("packs/"))}
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_the_page_tells_every_fact_and_nothing_from_it_becomes_markup(made: Made, tmp_path: Path) -> None:
    assert contents(made.dossier)[PAGE].decode().count("<tr><td") == len(facts_in(made.dossier)) + len(
        [name for name in contents(made.dossier) if name.startswith("packs/")])
    dossiers_of(made.world).write(creator_id("<b>bob</b>"), tmp_path / "bob.zip")
    page = contents((tmp_path / "bob.zip").read_bytes())[PAGE].decode()
    assert "Dossier of the account &lt;b&gt;bob&lt;/b&gt;" in page
    assert "<b>" not in page


# The command line

def command(*arguments: object, made: Made | None = None) -> Any:
    return CliRunner().invoke(app, [str(it) for it in arguments], env=environment(made.world.system.settings) if made else {})


def test_an_operator_writes_a_dossier_and_an_auditor_checks_it(stored: Made, tmp_path: Path) -> None:
    file, head = tmp_path / "ann.zip", tmp_path / "head.json"
    head.write_bytes(b"\n" + msgspec.json.encode(stored.before) + b"\n")
    wrote = command("dossier", "ann", "--out", file, "--since", head, made=stored)
    assert wrote.exit_code == 0, wrote.output
    assert f"facts of ann and 1 pack, signed with the key {b64encode(stored.key).decode()}" in wrote.stdout
    checked = command("verify-dossier", file, "--key", b64encode(stored.key).decode(), "--head", head)
    assert checked.exit_code == 0, checked.output
    assert "Nothing is wrong with it. Account ann: " in checked.stdout
    assert "Not checked" not in checked.stdout
    alone = command("verify-dossier", stored.file)
    assert alone.stdout.count("Not checked") == 2
    assert command("dossier", ANN, "--out", file, made=stored).exit_code == 2, "it is there already"


def test_what_is_wrong_is_told_to_people_and_to_programs(made: Made, tmp_path: Path) -> None:
    file = tmp_path / "edited.zip"
    file.write_bytes(changed(made.dossier, FACTS, lambda text: text.replace(b"MODERATE", b"MINOR", 1)).getvalue())
    for_people = command("verify-dossier", file)
    assert for_people.exit_code == 1
    assert "facts.jsonl: Fact " in for_people.stderr
    for_programs = command("verify-dossier", file, "--json")
    assert for_programs.exit_code == 1
    told = json.loads(for_programs.stdout)
    assert told["sound"] is False
    assert told["faults"][0]["version"] == next(it.version for it in facts_in(made.dossier) if it.name == "ViolationConfirmed")


def test_what_cannot_be_done_is_one_message(made: Made, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("text")
    for arguments, told in (
            (("verify-dossier", tmp_path / "text"), "is no dossier. It is no zip file"),
            (("verify-dossier", tmp_path / "nothing"), "No such file"),
            (("verify-dossier", made.file, "--key", "AAAA"), "--key is base64 of 3 bytes; it must be the base64 of 32 bytes"),
            (("verify-dossier", made.file, "--head", tmp_path / "text"), "holds no signed tree head")):
        answer = command(*arguments)
        assert (answer.exit_code, told in answer.stderr) == (2, True), answer.output
    nobody = command("dossier", "nobody", "--out", tmp_path / "x.zip", made=made)
    assert (nobody.exit_code, "There is no account 'nobody'" in nobody.stderr) == (2, True)


def test_a_dossier_is_checked_whatever_the_settings_are(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVERNANCE_PORT", "no port")
    assert command("verify-dossier", made.file).exit_code == 0
