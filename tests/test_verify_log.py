"""Whoever changes what was recorded, past the program, is found out: what was done, where, and to whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from application.projector_views import writing
from application.proving.findings import Finding, Kind, Verified
from application.proving.heads import heads_of
from application.proving.signing import Signer
from application.proving.sinks import append
from application.proving.trees import Trees, TreeStopped
from application.proving.verifying import verified
from application.settings import master_key
from application.store import Store
from domain.identity import creator_id
from projections.tables import tree_tiles
from tests.asking import World
from tests.raw import log_database
from tests.tampering import ANN, BOB, EVE, LOG, Deployment, Stored, deployment, moved_up, stream

HISTORY = (0, 1, 0, 0, 1, 2, 0)  # whose each fact is
Rows = list[Stored]
Tampering = Callable[[Deployment, Rows], Rows]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, database_of_module: str) -> Iterator[Deployment]:
    """Seven facts, a head over four and a head over all."""
    with deployment(tmp_path_factory.mktemp("kept"), database_of_module) as made:
        made.record(HISTORY[:4])
        made.head()
        made.record(HISTORY[4:])
        made.head()
        yield made


def place(finding: Finding) -> tuple[Kind, str | None, int | None, str | None]:
    return finding.kind, finding.log, finding.position, finding.stream


def at(rows: Rows, position: int, **changed: object) -> Rows:
    """The rows, one of them changed."""
    return [replace(row, **changed) if row.position == position else row for row in rows]


def swapped(rows: Rows, one: int, other: int, *columns: str) -> Rows:
    """The rows, some columns of two of them exchanged."""
    first, second = rows[one - 1], rows[other - 1]
    return sorted(
        at(at(rows, one, **{it: getattr(second, it) for it in columns}), other, **{it: getattr(first, it) for it in columns}),
        key=lambda row: int(row.position))


# What is done to one log, and what is found: the kind, the position, whose fact it was.

TAMPERINGS: dict[str, tuple[Tampering, Kind, int, UUID | None]] = {
    "an edited fact": (lambda _, rows: at(rows, 3, state=b'{"n":0.9}'), Kind.EDITED, 3, ANN),
    "another name": (lambda _, rows: at(rows, 3, name="Closed"), Kind.EDITED, 3, ANN),
    "another version": (lambda _, rows: at(rows, 3, version=9), Kind.EDITED, 3, ANN),
    "a removed fact that left a gap": (lambda _, rows: rows[:2] + rows[3:], Kind.REMOVED, 3, ANN),
    "a removed fact whose place the later ones took": (lambda _, rows: rows[:4] + moved_up(rows[5:]), Kind.REMOVED, 5, None),
    "an inserted fact": (
        lambda _, rows: [*rows[:3], replace(rows[3], version=7), *moved_up(rows[3:], 1)], Kind.INSERTED, 4, ANN),
    "a fact inserted before the first": (lambda _, rows: [replace(rows[3], position=0, version=7), *rows], Kind.INSERTED, 0, ANN),
    "two neighbours exchanged": (lambda _, rows: swapped(rows, 5, 6, "stream", "version", "name", "state"), Kind.EXCHANGED, 5, BOB),
    "two facts exchanged": (lambda _, rows: swapped(rows, 2, 6, "stream", "version", "name", "state"), Kind.EXCHANGED, 2, BOB),
    "the bytes of two facts exchanged": (lambda _, rows: swapped(rows, 2, 4, "state"), Kind.EXCHANGED, 2, BOB),
    "a fact moved to another stream": (lambda kept, rows: at(rows, 4, stream=kept.id(EVE), version=2), Kind.MOVED_TO_STREAM, 4, ANN),
    "the last fact of a stream moved to another": (
        lambda kept, rows: at(rows, 5, stream=kept.id(stream(9)), version=1), Kind.MOVED_TO_STREAM, 5, BOB),
    "a fact moved to another position": (lambda _, rows: [*rows[:2], *rows[3:], replace(rows[2], position=90)], Kind.MOVED, 3, ANN),
    "a truncated tail": (lambda _, rows: rows[:5], Kind.TRUNCATED, 6, None),
    "an emptied log": (lambda _, __: [], Kind.TRUNCATED, 1, None),
    "positions that are not dense": (lambda _, rows: rows[:3] + moved_up(rows[3:], 2), Kind.POSITIONS, 4, None),
}


def test_an_untouched_log_is_found_to_be_one(kept: Deployment) -> None:
    found = kept.verified()
    assert found.findings == ()
    assert found.well
    assert found.heads == 2
    assert [(log.log, log.facts, log.in_tree, log.in_head) for log in found.logs] == [
        ("accesses", 0, 0, 0), ("cases", 0, 0, 0), (LOG, 7, 7, 7), ("packs", 0, 0, 0)]


@pytest.mark.parametrize("done", TAMPERINGS)
def test_what_was_done_to_a_log_is_named_by_position_and_stream(kept: Deployment, done: str) -> None:
    tamper, kind, position, owner = TAMPERINGS[done]
    with kept.tampered(tamper(kept, kept.rows())):
        found = kept.verified()
    assert not found.well
    (only,) = found.findings
    assert (only.kind, only.log, only.position) == (kind, LOG, position), only
    assert owner is None or only.stream == str(owner), only
    assert f"position {position}" in only.words


def test_the_other_place_of_what_was_exchanged_or_moved_is_named_too(kept: Deployment) -> None:
    for done, last in (("two facts exchanged", 6), ("the bytes of two facts exchanged", 4), ("a fact moved to another position", 90)):
        with kept.tampered(TAMPERINGS[done][0](kept, kept.rows())):
            assert [it.last for it in kept.verified().findings] == [last], done


def test_several_things_done_at_once_are_each_named(kept: Deployment) -> None:
    rows = kept.rows()
    with kept.tampered([*at(rows, 2, state=b"{}")[:3], *rows[4:5], *moved_up(rows[6:])]):
        found = kept.verified().findings
    assert [place(it) for it in found if it.kind is Kind.EDITED] == [(Kind.EDITED, LOG, 2, str(BOB))]
    assert [it.position for it in found if it.kind is Kind.REMOVED] == [4, 6]


@pytest.mark.parametrize("column", ["stream", "version", "name", "state"])
def test_the_check_goes_on_when_no_row_can_be_read(kept: Deployment, column: str) -> None:
    with kept.tampered(kept.rows()):
        if kept.system.settings.database:  # whose columns hold nothing that is not of their kind
            wrong = {"stream": f"uuid_in('{UUID(int=0)}'), version = position", "version": "-position", "name": "repeat('x', 70000)", "state": "''"}
            kept.hand.execute(f"UPDATE {LOG} SET {column} = {wrong[column]}")  # noqa: S608
        else:
            name = {"stream": "originator_id", "version": "originator_version", "name": "topic", "state": "state"}[column]
            kept.hand.execute(f"UPDATE {LOG} SET {name} = CAST(x'fffe' || rowid AS TEXT)")  # noqa: S608
        found = kept.verified().findings
    assert {it.position for it in found} == set(range(1, 8)), found


@pytest.mark.parametrize("covered", [0, 4])
@pytest.mark.parametrize("column", ["originator_id", "originator_version", "state"])
def test_what_can_be_no_fact_is_found_where_no_tree_has_come_to(tmp_path: Path, covered: int, column: str) -> None:
    with deployment(tmp_path, "") as made:
        made.record(HISTORY[:covered])
        made.trees.catch_up()
        made.record(HISTORY[covered:])
        made.hand.execute(f"UPDATE {LOG} SET {column} = CAST(x'fffe' AS TEXT) WHERE rowid = 6")  # noqa: S608
        with pytest.raises(TreeStopped):
            made.trees.catch_up()
        (finding,) = made.verified().findings
    assert (finding.kind, finding.log, finding.position) == (Kind.EDITED, LOG, 6)


def test_whose_a_fact_was_that_is_gone_the_read_models_remember(asked: World) -> None:
    asked.registered("ann")
    asked.registered("bob")
    heads = heads_of(asked.system)
    heads.take()
    last = heads.trees.size(LOG)
    with log_database(asked.system.settings) as hand:
        hand.execute(f"DELETE FROM {LOG} WHERE {'position' if asked.system.settings.database else 'rowid'} = {last}")  # noqa: S608
    (only,) = verified(asked.system.settings, (), ()).findings
    assert (only.kind, only.position, only.stream) == (Kind.TRUNCATED, last, str(creator_id("bob")))


# What the trees and the heads can tell when they were rewritten too

def test_if_the_tree_was_rewritten_with_the_log_heads_tell_between_which_positions(kept: Deployment) -> None:
    with kept.tampered(at(kept.rows(), 6, state=b"{}")):
        kept.trees.rebuild()
        (only,) = kept.verified().findings
    assert (only.kind, only.log, only.position, only.last) == (Kind.CHANGED, LOG, 5, 7)
    with kept.tampered(at(kept.rows(), 2, state=b"{}")):
        kept.trees.rebuild()
        (only,) = kept.verified().findings
    assert (only.kind, only.log, only.position, only.last) == (Kind.CHANGED, LOG, 1, 4)


def test_a_tail_that_was_cut_off_the_log_and_its_tree_is_missed_by_the_head(kept: Deployment) -> None:
    with kept.tampered(kept.rows()[:6]):
        kept.trees.rebuild()
        (only,) = kept.verified().findings
    assert (only.kind, only.log, only.position, only.last) == (Kind.TRUNCATED, LOG, 5, 7), "up to 4 a head vouches"
    with kept.tampered(kept.rows()[:4]):
        kept.trees.rebuild()
        (only,) = kept.verified().findings
    assert (only.kind, only.log, only.position, only.last) == (Kind.TRUNCATED, LOG, 5, 7)


def test_a_log_whose_tree_and_heads_were_rewritten_by_who_has_the_key_too_is_told_by_a_head_held_elsewhere(kept: Deployment, tmp_path: Path) -> None:
    outside = tmp_path / "outside.jsonl"
    outside.write_bytes(kept.file.read_bytes())
    with kept.tampered(at(kept.rows(), 6, state=b"{}")):
        kept.trees.rebuild()
        kept.file.unlink()
        kept.head()
        assert kept.verified().well, "nothing that is here tells"
        found = kept.verified(outside).findings
    assert (Kind.CHANGED, LOG, 5, 7) in {(it.kind, it.log, it.position, it.last) for it in found}
    assert sum(it.kind is Kind.HEAD for it in found) == 2, "both heads were taken out of the folder's file"


def test_a_head_that_was_rewritten_is_named_by_its_file_and_line(kept: Deployment) -> None:
    before = kept.file.read_bytes()
    first, second = before.splitlines()
    root = kept.heads.kept()[0].head.logs[1].root
    try:
        for line in (first.replace(root.encode(), root[::-1].encode()), first[:-3], b"\xff"):
            kept.file.write_bytes(line + b"\n" + second + b"\n")
            (only,) = kept.verified().findings
            assert only.kind is Kind.HEAD
            assert f"{kept.file}, line 1" in only.words
    finally:
        kept.file.write_bytes(before)


def test_a_head_that_was_signed_again_with_another_root_is_named(kept: Deployment) -> None:
    before, (first, second) = kept.file.read_bytes(), kept.heads.kept()
    logs = tuple(msgspec.structs.replace(log, root=log.root[::-1]) if log.log == LOG else log for log in first.head.logs)
    try:
        kept.file.unlink()
        append(kept.file, [kept.heads.signer.sign(msgspec.structs.replace(first.head, logs=logs)), second])
        (only,) = kept.verified().findings
    finally:
        kept.file.write_bytes(before)
    assert (only.kind, only.log, only.position) == (Kind.HEAD, LOG, 4)


def test_a_head_of_somebody_else_is_not_taken_for_evidence(kept: Deployment, tmp_path: Path) -> None:
    stranger = Signer.of(kept.system.settings.model_copy(update={"folder": tmp_path / "stranger"}))
    head = kept.heads.kept()[0].head
    append(tmp_path / "theirs.jsonl", [stranger.sign(msgspec.structs.replace(head, origin=stranger.origin))])
    (only,) = kept.verified(tmp_path / "theirs.jsonl").findings
    assert only.kind is Kind.HEAD
    assert "--key" in only.words


def test_a_tree_that_was_changed_while_its_log_fits_the_heads_is_to_be_rebuilt(kept: Deployment) -> None:
    for hashes in (bytes(7 * 32), b"", bytes(32)):
        with kept.tampered(kept.rows()):
            with writing(kept.system.views) as connection:
                connection.execute(update(tree_tiles).where(tree_tiles.c.log == LOG).values(hashes=hashes))
            found = kept.verified().findings
            assert {it.kind for it in found} == {Kind.TREE}
            assert "governance rebuild tree" in found[0].words
            kept.heads.rebuild_trees()
            assert kept.verified().well


def test_no_head_is_signed_and_no_tree_rebuilt_over_a_log_that_was_changed(kept: Deployment) -> None:
    with kept.tampered(at(kept.rows(), 6, state=b"{}")):
        with pytest.raises(Exception, match="does not begin as the head"):
            kept.heads.rebuild_trees()
        assert [it.kind for it in kept.verified().findings] == [Kind.EDITED], "the old tree still tells"
        kept.trees.rebuild()
        with pytest.raises(Exception, match="does not begin as the head"):
            kept.heads.take()


def test_a_tree_is_not_moved_on_over_a_gap(kept: Deployment) -> None:
    rows = kept.rows()
    with kept.tampered([*rows, replace(rows[6], position=9, version=5)]):
        with pytest.raises(TreeStopped, match="position 9"):
            kept.trees.catch_up()
        assert [(it.kind, it.position) for it in kept.verified().findings] == [(Kind.REMOVED, 8)]


# Every byte

def found_in(kept: Deployment, rows: Rows) -> Sequence[Finding]:
    kept.write(rows)
    return kept.verified().findings


def changes_of(row: Stored) -> Iterator[Stored]:
    """The row with each byte of each column changed, one at a time, and in such a way that text stays text."""
    for column in ("stream", "name"):
        text = str(getattr(row, column))
        for number, letter in enumerate(text):
            if letter != "-":
                other = "0123456789abcdef"[int(letter, 16) ^ 1] if column == "stream" else chr(ord(letter) ^ 1)
                yield replace(row, **{column: type(getattr(row, column))(text[:number] + other + text[number + 1:])})
    if isinstance(row.stream, str):
        yield replace(row, stream=row.stream.upper())  # the same id, and yet not what was written
    for number in range(len(row.state)):
        yield replace(row, state=row.state[:number] + bytes([row.state[number] ^ 1]) + row.state[number + 1:])
    for bit in range(31):
        yield replace(row, version=row.version ^ 1 << bit)
        yield replace(row, position=row.position ^ 1 << bit)
    for bit in range(31, 63):
        yield replace(row, position=row.position ^ 1 << bit)


def test_every_byte_of_every_column_is_guarded(kept: Deployment) -> None:
    rows = kept.rows()[:3]
    with kept.tampered(rows):
        kept.trees.rebuild()
        kept.file.unlink()
        kept.head()
        assert kept.verified().well
        count = 0
        for row in rows[1:2] if kept.system.settings.database else rows:
            others = [it for it in rows if it is not row]
            for changed in changes_of(row):
                if any(changed.position == it.position or (changed.stream, changed.version) == (it.stream, it.version) for it in others):
                    continue  # the database itself refuses that
                count += 1
                found = found_in(kept, [*others, changed])
                assert found, changed
                assert row.position in {it.position for it in found} | {it.last for it in found}, (row, changed, found)
    assert count >= 32 + len("Opened") + len(rows[1].state) + 31 + 61


def flips(made: Deployment, places: Callable[[bytes], Iterator[int]]) -> Iterator[tuple[int, Verified]]:
    """What is found with each of some bytes of SQLite's file changed in the file itself, one at a time."""
    settings = made.system.settings
    made.hand.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    file = settings.folder / "log.db"
    content = file.read_bytes()
    for number in places(content):
        file.write_bytes(content[:number] + bytes([content[number] ^ 1]) + content[number + 1:])
        with Store.open(settings.folder, master_key(settings)) as store:  # whose connections have read nothing yet
            yield number, made.verified(trees=Trees(store, made.system.views))
    file.write_bytes(content)


def occurrences(content: bytes, text: bytes) -> Iterator[int]:
    """Where a text begins."""
    start = content.find(text)
    while start >= 0:
        yield start
        start = content.find(text, start + 1)


def test_every_byte_of_a_state_as_it_lies_in_the_file_of_sqlite_is_guarded(tmp_path: Path) -> None:
    with deployment(tmp_path, "") as made:
        made.record((0, 1, 0))
        made.head()
        for row in made.rows():
            found = list(flips(made, lambda content, state=row.state: iter(  # type: ignore[misc]
                range(content.index(state), content.index(state) + len(state)))))
            assert len(found) == len(row.state)
            for number, told in found:
                assert [place(it) for it in told.findings] == [(Kind.EDITED, LOG, row.position, str(UUID(row.stream)))], number
        assert made.verified().well


def test_wherever_a_stream_is_named_in_the_file_of_sqlite_table_and_index_are_guarded(tmp_path: Path) -> None:
    with deployment(tmp_path, "") as made:
        made.record((0, 1, 0))
        made.head()
        found = [told for _, told in flips(made, lambda content: occurrences(content, ANN.hex.encode()))]
        assert len(found) == 4, "two facts, each in the table and in its index"
        assert all(not told.well for told in found)
        assert sum({it.kind for it in told.findings} == {Kind.DAMAGED} for told in found) == 2, "the index alone was changed"


# Any history, any change

def edited(rows: Rows, position: int, _: int) -> Rows:
    return at(rows, position, state=b"{}")


def removed(rows: Rows, position: int, _: int) -> Rows:
    return rows[:position - 1] + rows[position:]


def closed_up(rows: Rows, position: int, _: int) -> Rows:
    return rows[:position - 1] + moved_up(rows[position:])


def inserted(rows: Rows, position: int, _: int) -> Rows:
    return [*rows[:position - 1], replace(rows[position - 1], version=99), *moved_up(rows[position - 1:], 1)]


def exchanged(rows: Rows, position: int, other: int) -> Rows:
    return swapped(rows, position, other, "stream", "version", "name", "state")


def contents_exchanged(rows: Rows, position: int, other: int) -> Rows:
    return swapped(rows, position, other, "state")


def renumbered(rows: Rows, position: int, _: int) -> Rows:
    return at(rows, position, version=77)


def put_last(rows: Rows, position: int, _: int) -> Rows:
    return [*removed(rows, position, 0), replace(rows[position - 1], position=len(rows) + 5)]


def cut(rows: Rows, position: int, _: int) -> Rows:
    return rows[:position - 1]


@settings(max_examples=15)
@given(
    streams=st.lists(st.integers(0, 3), min_size=2, max_size=12), first_head=st.integers(0, 12),
    places=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    change=st.sampled_from([edited, removed, closed_up, inserted, exchanged, contents_exchanged, renumbered, put_last, cut]),
    rewritten=st.booleans())
def test_whatever_is_done_to_whatever_history_is_found_at_its_first_position(
        kept: Deployment, streams: list[int], first_head: int, places: tuple[int, int], change: Callable[[Rows, int, int], Rows], *,
        rewritten: bool) -> None:
    position, other = sorted((it - 1) % len(streams) + 1 for it in places)
    with kept.tampered([]):
        kept.trees.rebuild()
        kept.file.unlink()
        kept.record(streams[:first_head])
        kept.head()
        kept.record(streams[first_head:])
        kept.head()
        assert kept.verified().well
        before = kept.rows()
        after = change(before, position, other)
        if after == before:  # it was exchanged with itself
            return
        kept.write(after)
        rewritten = rewritten and [it.position for it in after] == list(range(1, len(after) + 1))  # no tree goes over a gap
        if rewritten:
            kept.trees.rebuild()
        found = kept.verified().findings
    assert min(int(it.position or 0) for it in found) <= position <= max(int(it.last or it.position or 0) for it in found), found
    if not rewritten:
        assert min(int(it.position or 0) for it in found) == position, found
