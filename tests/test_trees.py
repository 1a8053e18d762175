"""The trees over the logs are those of RFC 6962 over what is stored, follow by themselves, and delay nobody who records."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.projector_views import making
from application.proving.leaves import leaf_of
from application.proving.tree_check import TreeCheck
from application.proving.trees import NotInTree, Trees
from application.recorder import StoredRow
from domain.proof.merkle import EMPTY, entry, inclusion_path, leaf_hash, root_by_inclusion, root_of
from domain.proof.tiles import TILE_BYTES, grown, subtree_of
from tests.tampering import ANN, LOG, Deployment, deployment


def leaves(count: int) -> list[bytes]:
    return [sha256(number.to_bytes(4)).digest() for number in range(count)]


def tiles_of(steps: list[list[bytes]]) -> dict[tuple[int, int], bytes]:
    """The tiles of a tree that was added to step by step."""
    tiles: dict[tuple[int, int], bytes] = {}
    size = 0
    for step in steps:
        for level, number, hashes in list(grown(size, step, lambda level, number: tiles[level, number])):
            tiles[level, number] = hashes
        size += len(step)
    return tiles


@given(st.lists(st.integers(0, 300), min_size=1, max_size=6), st.data())
def test_however_a_tree_grows_its_tiles_give_the_root_of_every_size(steps: list[int], data: st.DataObject) -> None:
    every = leaves(sum(steps))
    ends = [sum(steps[:number]) for number in range(len(steps) + 1)]
    tiles = tiles_of([every[first:end] for first, end in pairwise(ends)])
    assert all(len(hashes) <= TILE_BYTES for hashes in tiles.values())
    size = data.draw(st.integers(0, len(every)))
    root = root_of(every[:size])
    for index in {0, size // 2, size - 1} if size else ():
        path = inclusion_path(index, size, subtree_of(lambda level, number: tiles[level, number]))
        assert root_by_inclusion(index, size, every[index], path) == root


def test_a_tree_of_three_levels_of_tiles_is_that_of_its_leaves() -> None:
    every = leaves(256 ** 2 + 300)
    tiles = tiles_of([every[:70], every[70:256 ** 2 - 1], every[256 ** 2 - 1:]])
    assert {level for level, _ in tiles} == {0, 1, 2}
    subtree = subtree_of(lambda level, number: tiles[level, number])
    assert subtree(16, 0) == root_of(every[:256 ** 2])
    assert subtree(9, 127) == root_of(every[127 * 512:128 * 512])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, database_of_module: str) -> Iterator[Deployment]:
    with deployment(tmp_path_factory.mktemp("kept"), database_of_module) as made:
        made.record([number % 5 for number in range(600)])
        made.trees.catch_up()
        yield made


def expected(kept: Deployment) -> list[bytes]:
    """The leaf hashes of what is stored."""
    return [leaf_hash(entry(UUID(str(row.stream)), row.version, row.name, bytes(row.state))) for row in kept.rows()]


def test_a_leaf_is_the_hash_of_stream_version_name_and_stored_bytes(kept: Deployment) -> None:
    every = expected(kept)
    assert [kept.trees.leaf(LOG, position) for position in (1, 256, 257, 600)] == [every[number] for number in (0, 255, 256, 599)]
    stored = ANN.bytes + (3).to_bytes(8) + (4).to_bytes(2) + b"Name" + b"{}"
    assert leaf_of(StoredRow(1, ANN.bytes, 3, b"Name", b"{}")) == sha256(b"\0" + stored).digest()


def test_the_tree_follows_what_is_recorded_and_gives_its_root_at_every_size(kept: Deployment) -> None:
    before = kept.trees.size(LOG)
    kept.record([1, 2, 3])
    assert kept.trees.size(LOG) == before, "nobody has asked it to follow"
    kept.trees.catch_up()
    every = expected(kept)
    assert kept.trees.size(LOG) == len(every) == before + 3
    for size in (0, 1, 255, 256, 257, 513, len(every)):
        assert kept.trees.root(LOG, size) == root_of(every[:size])
    assert kept.trees.root("packs", 0) == EMPTY


def test_a_tree_that_is_built_anew_is_the_same(kept: Deployment) -> None:
    def tiles() -> list[dict[int, bytes]]:
        return [kept.trees.tiles(LOG, level, 0, 100) for level in range(3)]

    before, size = tiles(), kept.trees.size(LOG)
    kept.trees.rebuild()
    assert (tiles(), kept.trees.size(LOG)) == (before, size)


def test_whoever_follows_at_the_same_time_comes_to_the_same_tree(kept: Deployment) -> None:
    kept.record([0] * 700)
    trees = [Trees(kept.system.store, kept.system.views) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(Trees.catch_up, trees))
    every = expected(kept)
    assert {it.root(LOG, len(every)) for it in trees} == {root_of(every)}


def test_a_tree_that_grows_while_it_is_checked_is_not_taken_for_a_wrong_one(kept: Deployment) -> None:
    kept.trees.catch_up()
    check = TreeCheck(kept.trees, LOG)
    kept.record([1] * 300)
    kept.trees.catch_up()
    assert list(check.leaves()) == expected(kept)[:-300]
    assert list(check.findings()) == []


def test_whoever_records_does_not_wait_for_a_tree(kept: Deployment) -> None:
    before = len(kept.rows())
    with making(kept.system.views):  # whoever moves a tree on holds the read models so
        kept.record([4])
    assert len(kept.rows()) == before + 1


def test_what_is_in_no_tree_is_told(kept: Deployment) -> None:
    last = kept.trees.size(LOG)
    for ask in (lambda: kept.trees.leaf(LOG, 0), lambda: kept.trees.leaf(LOG, last + 1), lambda: kept.trees.root(LOG, last + 1),
                lambda: kept.trees.size("nothing"), lambda: kept.trees.subtree("nothing")):
        with pytest.raises(NotInTree):
            ask()


def test_there_is_a_tree_over_each_log_that_accounts_are_spread_over(tmp_path: Path) -> None:
    with deployment(tmp_path, "", logs=3) as made:
        assert made.trees.names == ("accesses", "cases", "creators", "creators_2", "creators_3", "packs")
        made.record([0, 1], "creators_3")
        assert [(log.log, log.size) for log in made.heads.take().head.logs if log.size] == [("creators_3", 2)]


def test_a_tree_that_catches_up_ends_where_its_log_did_as_it_began_however_much_is_recorded_meanwhile(tmp_path: Path) -> None:
    with deployment(tmp_path, "") as made:
        made.record([0])

        def meanwhile(stage: str, _done: int, whole: int) -> None:
            if stage == f"Tree over {LOG}":
                assert whole < 4, "it never ends"
                made.record([1])

        made.trees.catch_up(meanwhile)
        assert len(made.rows()) == 2, "it looked once"
