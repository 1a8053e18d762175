"""The Merkle tree, against the vectors of RFC 6962's own tests and against another program's trees."""

from __future__ import annotations

from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from domain.proof.merkle import (
    EMPTY,
    Subtree,
    consistency_path,
    entry,
    inclusion_path,
    is_consistent,
    leaf_hash,
    node_hash,
    root_at,
    root_by_inclusion,
    root_of,
)

STREAM = UUID(int=7)


def leaves(size: int) -> list[bytes]:
    return [leaf_hash(b"%d" % number) for number in range(size)]


def subtree_of(hashes: list[bytes]) -> Subtree:
    def subtree(level: int, number: int) -> bytes:
        assert (number + 1) << level <= len(hashes), "a subtree that is not whole"
        return root_of(hashes[number << level:(number + 1) << level])

    return subtree


def test_the_empty_tree_is_the_hash_of_nothing() -> None:
    assert root_of([]) == EMPTY == sha256(b"").digest()


def test_the_root_of_three_leaves_is_what_the_standard_says() -> None:
    one, two, three = leaves(3)
    assert root_of([one, two, three]) == node_hash(node_hash(one, two), three)
    assert one == sha256(b"\x000").digest()


@pytest.mark.parametrize("size", range(1, 40))
def test_every_tree_is_that_of_another_program(size: int) -> None:
    other = InmemoryTree(algorithm="sha256")
    for number in range(size):
        other.append_entry(b"%d" % number)
    assert root_of(leaves(size)) == root_at(size, subtree_of(leaves(size))) == other.get_root()


@pytest.mark.parametrize("size", range(1, 34))
def test_every_leaf_is_proved_to_be_where_it_is_and_nowhere_else(size: int) -> None:
    hashes = leaves(size)
    root = root_of(hashes)
    for index in range(size):
        path = inclusion_path(index, size, subtree_of(hashes))
        assert root_by_inclusion(index, size, hashes[index], path) == root
        for elsewhere in set(range(size)) - {index}:
            assert root_by_inclusion(elsewhere, size, hashes[index], path) != root
        assert root_by_inclusion(index, size, hashes[index], [*path, EMPTY]) is None
        assert not path or root_by_inclusion(index, size, hashes[index], path[:-1]) != root


@pytest.mark.parametrize("second", range(34))
def test_every_tree_is_proved_to_begin_with_each_before_it(second: int) -> None:
    hashes = leaves(second)
    for first in range(second + 1):
        path = consistency_path(first, second, subtree_of(hashes))
        before, after = root_of(hashes[:first]), root_of(hashes)
        assert is_consistent(first, second, before, after, path)
        assert first == 0 or not is_consistent(first, second, before, EMPTY, path), "every tree begins with the empty one, and with no other"
        assert first == 0 or not is_consistent(first, second, root_of([*hashes[:first - 1], EMPTY]), after, path)
        assert not is_consistent(first, second, before, after, [*path, EMPTY])


def test_a_leaf_or_a_beginning_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="A tree of 3 leaves has no leaf 3"):
        inclusion_path(3, 3, subtree_of(leaves(3)))
    with pytest.raises(ValueError, match="A tree of 3 leaves cannot begin with one of 4"):
        consistency_path(4, 3, subtree_of(leaves(3)))
    assert root_by_inclusion(3, 3, EMPTY, []) is None
    assert not is_consistent(4, 3, EMPTY, EMPTY, [])


@given(st.tuples(st.uuids(), st.integers(1, 9), st.text("ab", max_size=3), st.binary(max_size=3)),
       st.tuples(st.uuids(), st.integers(1, 9), st.text("ab", max_size=3), st.binary(max_size=3)))
def test_two_facts_are_hashed_alike_only_if_they_are_one(one: tuple[UUID, int, str, bytes], other: tuple[UUID, int, str, bytes]) -> None:
    assert (entry(*one) == entry(*other)) == (one == other)
    assert entry(STREAM, *one[1:]) == entry(STREAM, *other[1:]) or one[1:] != other[1:]
