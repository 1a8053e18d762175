"""Remedies as staff and creators see them: what is due first, first, listed until it is given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asking import REVIEWER, SERVICE, World, creator, world

LIST = """query($filter: RemedyFilter, $order: RemedyOrder, $first: Int! = 20, $after: String) {
  remedies(filter: $filter, orderBy: $order, first: $first, after: $after) {
    totalCount nodes { id kind status owner dueAt reward market creator { externalId } } pageInfo { hasNextPage endCursor } } }"""
DEEP = """query($first: Int!) { remedies(first: $first) { nodes {
  kind creator { externalId remedies(first: 2) { totalCount nodes { kind } } } violation { policy } penalty { kind } lostReward { kind } } } }"""


@pytest.fixture(scope="module")
def owed(tmp_path_factory: pytest.TempPathFactory, database_of_module: str) -> Iterator[World]:
    """A reward is owed to ann and ben at once, whose days end at other hours, and to cat on the next day."""
    with world(tmp_path_factory.mktemp("remedies"), database_of_module) as asked:
        for name, market, days in (("ann", "US", 0), ("ben", "VN", 0), ("cat", "US", 1)):
            asked.days(days)
            lose(asked, asked.registered(name, market))
        yield asked


def lose(asked: World, id: str) -> str:
    """A reward is taken back because of a violation, which falls on appeal. Gives the reward."""
    violation = asked.confirmed(id)["violation"]["id"]
    name = asked.ask("query($id: ID!) { creator(id: $id) { externalId } }", id=id)["creator"]["externalId"]
    granted = asked.done("grantReward", {"creatorId": id, "kind": "CAMPAIGN", "promotionScore": 420}, SERVICE, "reward { id }")
    reward: str = granted["reward"]["id"]
    asked.done("revokeReward", {"creatorId": id, "rewardId": reward, "reasons": "For this.", "because": [violation]})
    filed = asked.done("submitAppeal", {"creatorId": id, "subject": violation, "grounds": "It is true."}, creator(name), "appeal { id }")
    asked.claimed(id, filed["appeal"]["id"])
    asked.done("decideAppeal", {"creatorId": id, "appealId": filed["appeal"]["id"], "outcome": "REVERSED", "reasons": "So it is."}, REVIEWER)
    return reward


def names(found: Any) -> list[str]:
    return [node["creator"]["externalId"] for node in found["remedies"]["nodes"]]


def test_what_is_due_first_is_listed_first(owed: World) -> None:
    assert names(owed.ask(LIST)) == ["ben", "ann", "cat"]
    assert names(owed.ask(LIST, order={"field": "DUE", "direction": "DESC"})) == ["cat", "ann", "ben"]
    assert names(owed.ask(LIST, order={"field": "OWED", "direction": "DESC"})) == ["cat", "ben", "ann"]
    first = owed.ask(LIST)["remedies"]["nodes"][1]
    assert (first["kind"], first["status"], first["owner"], first["reward"], first["market"]) == ("REWARD", "OWED", "REMEDIES", "CAMPAIGN", "US")
    assert first["dueAt"] == "2026-03-17T07:00:00Z"


def test_all_pages_together_hold_every_remedy_once(owed: World) -> None:
    found, after = [], None
    for _ in range(3):
        page = owed.ask(LIST, first=1, after=after)
        found += names(page)
        after = page["remedies"]["pageInfo"]["endCursor"]
    assert found == ["ben", "ann", "cat"]
    assert page["remedies"]["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(("which", "expected"), [
    ({"market": ["US"]}, ["ann", "cat"]),
    ({"status": ["FULFILLED"]}, []),
    ({"status": ["OWED"], "kind": ["REWARD"]}, ["ben", "ann", "cat"]),
    ({"kind": ["COMMISSION", "SERVED_TIME"]}, []),
    ({"owner": [""]}, []),
    ({"owner": ["REMEDIES"], "market": ["VN"]}, ["ben"]),
    ({"dueBefore": "2026-03-17T07:00:00Z"}, ["ben"]),
    ({"dueBefore": "2026-03-17T07:00:00.000001Z"}, ["ben", "ann"]),
])
def test_filters_hold_all_at_once(owed: World, which: dict[str, Any], expected: list[str]) -> None:
    found = owed.ask(LIST, filter=which)
    assert names(found) == expected
    assert found["remedies"]["totalCount"] == len(expected)


def test_three_remedies_take_as_many_statements_as_one(owed: World) -> None:
    counted = []
    for first in (1, 3):
        with owed.statements() as statements:
            assert len(owed.ask(DEEP, first=first)["remedies"]["nodes"]) == first
        counted.append(len(statements))
    assert counted[0] == counted[1]


def test_a_creator_sees_what_is_owed_to_the_own_account_alone(owed: World) -> None:
    remedy = owed.ask(LIST)["remedies"]["nodes"][1]["id"]
    node = "query($id: ID!) { node(id: $id) { id ... on Remedy { kind owner note fulfilledBy } } }"
    assert owed.ask(node, creator("ann"), id=remedy)["node"] == {
        "id": remedy, "kind": "REWARD", "owner": None, "note": None, "fulfilledBy": None}
    assert owed.ask(node, creator("ben"), id=remedy)["node"] is None
    assert owed.failed(LIST, creator("ann")) == "FORBIDDEN"
    own = '{ creator(externalId: "ann") { remedies(filter: {status: [OWED]}) { totalCount nodes { id } } } }'
    assert owed.ask(own, creator("ann"))["creator"]["remedies"] == {"totalCount": 1, "nodes": [{"id": remedy}]}


def test_time_served_is_told_with_its_penalty_and_what_was_restricted(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database) as asked:
        ann = asked.registered()
        asked.confirmed(ann, "video-1", "COUNTERFEIT", "MAJOR")
        penalty = asked.confirmed(ann, "video-2", "COUNTERFEIT", "MAJOR", select="creator { restrictions { causes { penalty { id } } } }")
        asked.days(1)
        id = penalty["creator"]["restrictions"][0]["causes"][0]["penalty"]["id"]
        filed = asked.done("submitAppeal", {"creatorId": ann, "subject": id, "grounds": "No."}, creator("ann"), "appeal { id }")
        asked.claimed(ann, filed["appeal"]["id"])
        asked.done("decideAppeal", {"creatorId": ann, "appealId": filed["appeal"]["id"], "outcome": "REVERSED", "reasons": "No."}, REVIEWER)
        (told,) = asked.ask("""{ remedies { nodes { kind seconds penalty { id } lostReward { id } freezeId violation { id }
          restrictions { capability } } } }""")["remedies"]["nodes"]
        assert (told["kind"], told["seconds"], told["penalty"]) == ("SERVED_TIME", 86400, {"id": id})
        assert (told["lostReward"], told["freezeId"], told["violation"]) == (None, None, None)
        assert {"capability": "LIVE_SELLING"} in told["restrictions"]
        line = """{ creator(externalId: "ann") { timeline(filter: {kinds: ["RemedyOwed"]}) { nodes {
          sentence ... on RemedyEvent { remedy { penalty { id } } } } } } }"""
        (event,) = asked.ask(line, creator("ann"))["creator"]["timeline"]["nodes"]
        assert event["remedy"] == {"penalty": {"id": id}}
        assert event["sentence"].startswith("A remedy for 86400 seconds of a restriction")
