"""Heads and proofs over HTTP: what is told is proved, by our own functions and by another program's."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pymerkle import InclusionProof, InmemoryTree, verify_inclusion

from api.ids import position_text
from application.proving.heads import heads_of
from domain.proof.heads import TreeHead, signed_bytes
from domain.proof.merkle import entry, is_consistent, root_by_inclusion
from tests.asking import ADMIN, AUDITOR, MODERATOR, SERVICE, World, creator, world
from tests.raw import log_database

HEAD = "origin at root logs { log size root } signed signature publicKey"
TREE_HEAD = f"query($fresh: Boolean! = false) {{ treeHead(fresh: $fresh) {{ {HEAD} }} }}"
INCLUSION = f"""query($position: String, $log: String, $number: BigInt, $head: String) {{
    inclusionProof(position: $position, log: $log, number: $number, head: $head) {{ log number leaf path size root treeHead {{ {HEAD} }} }} }}"""
CONSISTENCY = """query($from: String, $to: String, $log: String, $fromSize: BigInt, $toSize: BigInt) {
    consistencyProof(from: $from, to: $to, log: $log, fromSize: $fromSize, toSize: $toSize) { log fromSize fromRoot toSize toRoot path } }"""


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, database_of_module: str) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("proof"), database_of_module, logs=2) as made:
        yield made


def head_of(told: Any) -> TreeHead:
    """The head that was told."""
    return msgspec.convert({it: told[it] for it in ("origin", "at", "logs")}, TreeHead)


def other_tree(asked: World, log: str) -> InmemoryTree:
    """Another program's tree over what is stored in a log."""
    tree = InmemoryTree(algorithm="sha256")
    for stream, version, name, state, _ in heads_of(asked.system).trees.recorder(log).log_rows(0, 10_000):
        tree.append_entry(entry(UUID(stream), version, name, state))
    return tree


def turns(index: int, size: int) -> list[int]:
    """Which side a leaf is on at each node of its way to the root, from below: 1 for the right."""
    found: list[int] = []
    while size > 1:
        left = 1 << (size - 1).bit_length() - 1
        found.append(int(index >= left))
        index, size = (index - left, size - left) if index >= left else (index, left)
    return found[::-1]


def assert_included(proof: dict[str, Any]) -> None:
    """The proof holds, by our own function and by another program's."""
    leaf, path, root = bytes.fromhex(proof["leaf"]), [bytes.fromhex(it) for it in proof["path"]], bytes.fromhex(proof["root"])
    assert root_by_inclusion(proof["number"] - 1, proof["size"], leaf, path) == root
    rule = [*turns(proof["number"] - 1, proof["size"]), 0]
    verify_inclusion(leaf, root, InclusionProof("sha256", True, proof["size"], proof["number"], rule, [leaf, *path]))  # noqa: FBT003  # its own way
    assert {"log": proof["log"], "size": proof["size"], "root": proof["root"]} in proof["treeHead"]["logs"]


# Heads

def test_a_tree_head_is_signed_and_covers_every_log(asked: World) -> None:
    asked.registered("head-1")
    told = asked.ask(TREE_HEAD, fresh=True)["treeHead"]
    head = head_of(told)
    Ed25519PublicKey.from_public_bytes(b64decode(told["publicKey"])).verify(b64decode(told["signature"]), told["signed"].encode())
    assert signed_bytes(head).decode() == told["signed"]
    assert (head.root, head.origin) == (told["root"], sha256(b64decode(told["publicKey"])).hexdigest())
    assert [log.log for log in head.logs] == ["accesses", "cases", "creators", "creators_2", "packs"]
    for log in head.logs:
        tree = other_tree(asked, log.log)
        assert (log.size, log.root) == (tree.get_size(), tree.get_root().hex())


def test_a_head_is_taken_when_it_is_asked_for_and_something_was_recorded(asked: World) -> None:
    asked.registered("head-2")
    latest = asked.ask(TREE_HEAD, fresh=True)["treeHead"]
    asked.days(1)
    assert asked.ask(TREE_HEAD, fresh=True)["treeHead"] == latest, "nothing was recorded meanwhile"
    asked.registered("head-3")
    assert asked.ask(TREE_HEAD)["treeHead"] == latest
    now = asked.ask(TREE_HEAD, fresh=True)["treeHead"]
    assert head_of(now).at == asked.clock.now
    assert asked.ask(TREE_HEAD)["treeHead"] == now


# Inclusion

def test_a_fact_is_proved_by_the_position_that_its_mutation_told(asked: World) -> None:
    for number in range(6):
        registered = asked.done("registerCreator", {
            "externalId": f"included-{number}", "market": "US", "accountType": "PRIVATE", "adult": True}, SERVICE)
        proof = asked.ask(INCLUSION, position=registered["position"])["inclusionProof"]
        assert_included(proof)
        assert proof["treeHead"]["logs"] == asked.ask(TREE_HEAD)["treeHead"]["logs"], "one that has the fact was taken"
        assert other_tree(asked, proof["log"]).get_leaf(proof["number"]).hex() == proof["leaf"]


def test_every_fact_of_every_log_is_proved_by_its_place(asked: World) -> None:
    asked.confirmed(asked.registered("placed"))
    for log in asked.ask(TREE_HEAD, fresh=True)["treeHead"]["logs"]:
        for number in range(1, log["size"] + 1):
            proof = asked.ask(INCLUSION, log=log["log"], number=number)["inclusionProof"]
            assert (proof["log"], proof["number"], proof["size"]) == (log["log"], number, log["size"])
            assert_included(proof)


def test_a_fact_is_proved_under_a_head_of_before(asked: World) -> None:
    asked.registered("earlier")
    before = asked.ask(TREE_HEAD, fresh=True)["treeHead"]
    for number in range(3):
        asked.registered(f"later-{number}")
    asked.ask(TREE_HEAD, fresh=True)
    proof = asked.ask(INCLUSION, log="creators", number=1, head=before["root"])["inclusionProof"]
    assert proof["treeHead"] == before
    assert_included(proof)


@pytest.mark.parametrize(("asking", "message"), [
    ({}, "Give either `position`, or else `log` and `number`."),
    ({"log": "creators"}, "Give either `position`, or else `log` and `number`."),
    ({"position": position_text((0, 1)), "log": "creators"}, "Give either `position`, or else `log` and `number`."),
    ({"position": "nonsense"}, "The position was not given out by this service."),
    ({"position": position_text((0, 1), (1, 1))}, "The position is not one of a fact of this service."),
    ({"position": position_text((77, 1))}, "The position is not one of a fact of this service."),
    ({"log": "creators", "number": 0}, "The log creators has the places 1 to "),
    ({"log": "creators", "number": 1_000_000}, "The log creators has the places 1 to "),
    ({"position": position_text((0, 1_000_000))}, "The log creators has the places 1 to "),
    ({"log": "cars", "number": 1}, "The head has no log 'cars'; it has accesses, cases, creators, creators_2, packs."),
    ({"log": "creators", "number": 1, "head": "0" * 64}, "No head of that root was kept."),
])
def test_what_cannot_be_proved_to_be_there_is_told(asked: World, asking: dict[str, Any], message: str) -> None:
    (error,) = asked.answer(INCLUSION, **asking)["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"].startswith(message)


# Consistency

def test_a_later_head_is_proved_to_begin_as_one_before(asked: World) -> None:
    asked.registered("then")
    before = asked.ask(TREE_HEAD, fresh=True)["treeHead"]
    for number in range(5):
        asked.confirmed(asked.registered(f"since-{number}"))
    later = asked.ask(TREE_HEAD, fresh=True)["treeHead"]
    proofs = asked.ask(CONSISTENCY, **{"from": before["root"]})["consistencyProof"]
    assert proofs == asked.ask(CONSISTENCY, **{"from": before["root"], "to": later["root"]})["consistencyProof"]
    assert [(it["log"], it["fromSize"], it["fromRoot"], it["toSize"], it["toRoot"]) for it in proofs] == [
        (old["log"], old["size"], old["root"], new["size"], new["root"]) for old, new in zip(before["logs"], later["logs"], strict=True)]
    for it in proofs:
        assert holds(it)
        tree = other_tree(asked, it["log"])
        assert [tree.get_root(it[size]).hex() for size in ("fromSize", "toSize") if it[size]] == [
            it[root] for size, root in (("fromSize", "fromRoot"), ("toSize", "toRoot")) if it[size]]


def holds(proof: dict[str, Any]) -> bool:
    roots = bytes.fromhex(proof["fromRoot"]), bytes.fromhex(proof["toRoot"])
    return is_consistent(proof["fromSize"], proof["toSize"], *roots, [bytes.fromhex(it) for it in proof["path"]])


def test_a_log_of_any_length_is_proved_to_begin_as_a_shorter_one(asked: World) -> None:
    asked.confirmed(asked.registered("long"))
    (size,) = [log["size"] for log in asked.ask(TREE_HEAD, fresh=True)["treeHead"]["logs"] if log["log"] == "packs"]
    for first in range(size + 1):
        for second in range(first, size + 1):
            (proof,) = asked.ask(CONSISTENCY, log="packs", fromSize=first, toSize=second)["consistencyProof"]
            assert (proof["fromSize"], proof["toSize"]) == (first, second)
            assert holds(proof)
    (now,) = asked.ask(CONSISTENCY, log="packs", fromSize=1)["consistencyProof"]
    assert (now["toSize"], holds(now)) == (size, True)


@pytest.mark.parametrize(("asking", "message"), [
    ({}, "Give either `from`, and perhaps `to`, or else `log` and `fromSize`"),
    ({"from": "0" * 64, "log": "packs", "fromSize": 1}, "Give either `from`, and perhaps `to`, or else `log` and `fromSize`"),
    ({"log": "packs"}, "Give either `from`, and perhaps `to`, or else `log` and `fromSize`"),
    ({"from": "0" * 64}, "No head of that root was kept."),
    ({"log": "packs", "fromSize": 3, "toSize": 2}, "`fromSize` must be from 0 to 2, not 3."),
    ({"log": "packs", "fromSize": 1, "toSize": 1_000_000}, "The tree over the log packs covers "),
    ({"log": "packs", "fromSize": -1}, "`fromSize` must be from 0 to "),
    ({"log": "cars", "fromSize": 1}, "There is no log 'cars'; there are accesses, cases, creators, creators_2, packs."),
])
def test_what_cannot_be_proved_to_begin_so_is_told(asked: World, asking: dict[str, Any], message: str) -> None:
    (error,) = asked.answer(CONSISTENCY, **asking)["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"].startswith(message)


def test_an_earlier_head_does_not_begin_as_a_later_one(asked: World) -> None:
    before = asked.ask(TREE_HEAD, fresh=True)["treeHead"]
    asked.days(1)
    asked.registered("between")
    later = asked.ask(TREE_HEAD, fresh=True)["treeHead"]
    (error,) = asked.answer(CONSISTENCY, **{"from": later["root"], "to": before["root"]})["errors"]
    assert error["message"] == "The head `to` is of before the head `from`."


# Who may ask, and what cannot be proved at all

def test_heads_are_for_auditors_and_for_programs_that_keep_them(asked: World) -> None:
    for token in (AUDITOR, ADMIN, SERVICE):
        assert asked.ask(TREE_HEAD, token)["treeHead"]
    for token in (MODERATOR, creator("ann")):
        assert asked.failed(TREE_HEAD, token) == "FORBIDDEN"
        assert asked.failed(CONSISTENCY, token, log="packs", fromSize=1) == "FORBIDDEN"
    assert asked.failed(INCLUSION, SERVICE, log="packs", number=1) == "FORBIDDEN"
    assert asked.failed(TREE_HEAD, None) == "UNAUTHENTICATED"


def test_a_head_of_another_key_is_told_without_the_key_of_now(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database) as asked:
        asked.ask(TREE_HEAD)
        (asked.system.settings.folder / "signing.key").unlink()
        told = asked.ask(TREE_HEAD)["treeHead"]
        assert told["publicKey"] is None
        asked.registered()
        assert asked.ask(TREE_HEAD, fresh=True)["treeHead"]["publicKey"]


def test_over_a_history_that_was_rewritten_nothing_is_signed_or_proved(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database) as asked:
        asked.registered("ann")
        before = asked.ask(TREE_HEAD)["treeHead"]["root"]
        asked.registered("bob")
        later = asked.ask(TREE_HEAD, fresh=True)["treeHead"]["root"]
        for statement in ("UPDATE creators SET state = (SELECT max(state) FROM creators)", "DELETE FROM creators"):
            with log_database(asked.system.settings) as log:
                log.execute(statement)
            heads_of(asked.system).trees.rebuild()
            (error,) = asked.answer(TREE_HEAD, fresh=True)["errors"]
            assert error["extensions"]["code"] == "NOT_PROVABLE"
            assert error["message"].startswith("The log creators does not begin as the head of 2026-03-02 10:00:00 UTC says")
            assert asked.failed(CONSISTENCY, **{"from": before, "to": later}) == "NOT_PROVABLE"
        assert asked.failed(INCLUSION, log="creators", number=1) == "NOT_PROVABLE"
