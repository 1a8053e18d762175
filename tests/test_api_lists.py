"""Lists: every item once however they are paged, filtered as asked, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from application.search import Findable
from domain.identity import creator_id
from tests.asking import AUDITOR, World, creator, lookups, world

CREATORS = 53
PAGE = """query($first: Int!, $after: String, $order: CreatorOrder, $filter: CreatorFilter) {
  creators(first: $first, after: $after, orderBy: $order, filter: $filter) {
    totalCount totalCountIsExact settledUntil nodes { externalId score } edges { cursor node { externalId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, database_of_module: str) -> Iterator[World]:
    """Creators with 0 to 3 violations in two markets, so that many have equal scores."""
    with world(tmp_path_factory.mktemp("lists"), database_of_module) as asked:
        for number in range(CREATORS):
            id = asked.registered(f"acct-{number:02}", "US" if number % 3 else "VN")
            for violation in range(number % 4):
                asked.confirmed(id, f"video-{violation}", "LOW_QUALITY", "MINOR", select="")
        yield asked


def pages(asked: World, first: int, **variables: Any) -> list[Any]:
    """Every page of creators, from the first to the last."""
    found, after = [], None
    while True:
        page = asked.ask(PAGE, first=first, after=after, **variables)["creators"]
        found.append(page)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", ["REGISTERED", "CHANGED", "EXTERNAL_ID", "SCORE"])
def test_all_pages_together_hold_every_creator_once_in_order(full: World, field: str, direction: str) -> None:
    found = pages(full, 7, order={"field": field, "direction": direction})
    names = [node["externalId"] for page in found for node in page["nodes"]]
    assert sorted(names) == [f"acct-{number:02}" for number in range(CREATORS)]
    assert [len(page["nodes"]) for page in found] == [7] * 7 + [4]
    assert [page["pageInfo"]["hasPreviousPage"] for page in found] == [False] + [True] * 7
    scores = [node["score"] for page in found for node in page["nodes"]]
    keys = {"SCORE": scores, "EXTERNAL_ID": names, "REGISTERED": names}.get(field)
    if keys is not None:
        assert keys == sorted(keys, reverse=direction == "DESC")


def test_a_page_names_where_each_item_stands(full: World) -> None:
    page = full.ask(PAGE, first=3)["creators"]
    assert [edge["node"]["externalId"] for edge in page["edges"]] == [node["externalId"] for node in page["nodes"]]
    assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
    second = full.ask(PAGE, first=1, after=page["edges"][1]["cursor"])["creators"]
    assert second["nodes"] == [page["nodes"][2]]
    empty = full.ask(PAGE, first=0)["creators"]
    assert (empty["nodes"], empty["pageInfo"]["endCursor"], empty["pageInfo"]["hasNextPage"], empty["totalCount"]) == ([], None, True, CREATORS)


def test_a_creator_registered_while_somebody_pages_shifts_nothing(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database) as asked:
        for name in "bdfh":
            asked.registered(name)
        order = {"field": "EXTERNAL_ID", "direction": "ASC"}
        page = asked.ask(PAGE, first=2, order=order)["creators"]
        asked.registered("a")
        rest = asked.ask(PAGE, first=9, order=order, after=page["pageInfo"]["endCursor"])["creators"]
        assert [node["externalId"] for node in page["nodes"] + rest["nodes"]] == ["b", "d", "f", "h"]


@pytest.mark.parametrize(("which", "expected"), [
    ({"market": ["VN"]}, 18),
    ({"market": ["VN", "US"]}, 53),
    ({"market": []}, 0),
    ({"externalIdPrefix": "acct-1"}, 10),
    ({"externalIdPrefix": "acct-1", "market": ["VN"]}, 3),
    ({"externalIdPrefix": "acct-%"}, 0),
    ({"status": ["IN_GOOD_STANDING"]}, 53),
    ({"status": ["REVOKED"]}, 0),
    ({"restrictedIn": "LIVE_SELLING"}, 0),
    ({}, 53),
    (None, 53),
])
def test_filters_hold_all_at_once(full: World, which: Any, expected: int) -> None:
    assert full.ask(PAGE, first=1, filter=which)["creators"]["totalCount"] == expected


def test_creators_are_found_by_score_and_zone(full: World) -> None:
    def names(which: dict[str, Any]) -> set[str]:
        return {node["externalId"] for page in pages(full, 50, filter=which) for node in page["nodes"]}

    scores = {node["externalId"]: node["score"] for page in pages(full, 50) for node in page["nodes"]}
    assert len(set(scores.values())) > 2
    middle = sorted(set(scores.values()))[1]
    assert names({"lowestScore": middle, "highestScore": middle}) == {name for name, score in scores.items() if score == middle}
    assert names({"highestScore": middle - 1}) == {name for name, score in scores.items() if score < middle}
    assert names({"zone": ["GREEN"]}) == {name for name, score in scores.items() if score >= 200}


def test_restricted_creators_are_found_by_capability(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database) as asked:
        for name in ("ann", "ben"):
            asked.registered(name)
        ann = asked.ask('{ creator(externalId: "ann") { id } }')["creator"]["id"]
        for number in range(3):
            asked.confirmed(ann, f"video-{number}", severity="MAJOR", select="")
        found = asked.ask(PAGE, first=9, filter={"restrictedIn": "LIVE_SELLING", "status": ["RESTRICTED"]})["creators"]
        assert [node["externalId"] for node in found["nodes"]] == ["ann"]


def found_by(asked: World, which: dict[str, Any]) -> list[str]:
    page = asked.ask(PAGE, first=9, filter=which, order={"field": "EXTERNAL_ID", "direction": "ASC"})["creators"]
    assert page["totalCount"] == len(page["nodes"])
    return [node["externalId"] for node in page["nodes"]]


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory, other_database_of_module: str) -> Iterator[World]:
    """Three who call themselves alike, in two markets, and one who gave no name; two of them have one agency."""
    with world(tmp_path_factory.mktemp("called"), other_database_of_module) as asked:
        asked.registered("ann", "US", handle="@Ann.Lee", contact="Agency@Example.com")
        asked.registered("bea", "VN", handle="ann.lee", contact="agency@example.com")
        asked.registered("cat", "US", handle="ann.leeway")
        asked.registered("dot", "US")
        yield asked


@pytest.mark.parametrize(("which", "expected"), [
    ({"handle": "ann.lee"}, ["ann", "bea"]),
    ({"handle": "@ANN.LEE "}, ["ann", "bea"]),
    ({"handle": "ann.lee", "market": ["US"]}, ["ann"]),
    ({"handle": "ann.lee", "externalIdPrefix": "b"}, ["bea"]),
    ({"handle": "ann.leeway"}, ["cat"]),
    ({"handle": "ann.leeway", "contact": "agency@example.com"}, []),
    ({"contact": "AGENCY@example.com"}, ["ann", "bea"]),
    ({"contact": "ann.lee"}, []),
    ({"handle": "ann"}, []),
    ({"handle": "nobody"}, []),
    ({"handle": ""}, []),
    ({"handle": "\x00"}, []),
    ({"handle": None, "contact": None}, ["ann", "bea", "cat", "dot"]),
])
def test_creators_are_found_by_handle_and_contact(called: World, which: dict[str, Any], expected: list[str]) -> None:
    assert found_by(called, which) == expected


def test_creators_of_one_handle_are_paged(called: World) -> None:
    found = pages(called, 1, filter={"handle": "ann.lee"})
    assert [[node["externalId"] for node in page["nodes"]] for page in found] == [["ann"], ["bea"]]
    assert {page["totalCount"] for page in found} == {2}


def test_a_search_takes_one_statement_more_however_many_it_finds(called: World) -> None:
    counted = []
    for handle in ("ann.lee", "ann.leeway"):
        with called.statements() as statements:
            called.ask(PAGE, first=9, filter={"handle": handle})
        counted.append(lookups(statements))
    with called.statements() as statements:
        called.ask(PAGE, first=9)
    assert counted == [1 + lookups(statements)] * 2


def test_only_staff_search_by_handle(called: World) -> None:
    assert called.failed(PAGE, creator("ann"), first=9, filter={"handle": "ann.lee"}) == "FORBIDDEN"


def test_nobody_is_found_by_a_handle_that_was_refused(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database) as asked:
        asked.registered("ann", handle="ann")
        asked.system.store.keys.ensure([], [Findable(creator_id("ann"), "handle", "lost")])  # as who lost the race to register leaves it
        assert asked.system.store.keys.streams_with("handle", "lost") != []
        assert (found_by(asked, {"handle": "lost"}), found_by(asked, {"handle": "ann"})) == ([], ["ann"])


def test_an_erased_creator_is_found_by_nothing(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database) as asked:
        asked.registered("ann", handle="ann")
        asked.registered("bea", handle="ann")
        asked.system.store.keys.destroy(creator_id("ann"))
        assert found_by(asked, {"handle": "ann"}) == ["bea"]


@pytest.mark.parametrize(("arguments", "code"), [
    ("first: 101", "BAD_USER_INPUT"),
    ("first: -1", "BAD_USER_INPUT"),
    ("first: null", "GRAPHQL_VALIDATION_FAILED"),
    ('after: "nonsense"', "BAD_USER_INPUT"),
    ('after: ""', "BAD_USER_INPUT"),
    ('after: "é"', "BAD_USER_INPUT"),
])
def test_a_page_that_cannot_be_is_refused(full: World, arguments: str, code: str) -> None:
    assert full.failed(f"{{ creators({arguments}) {{ totalCount }} }}") == code
    assert full.failed(f'{{ creator(externalId: "acct-03") {{ violations({arguments}) {{ totalCount }} }} }}') == code


def test_a_cursor_serves_only_the_order_it_was_given_out_in(full: World) -> None:
    cursor = full.ask(PAGE, first=1)["creators"]["pageInfo"]["endCursor"]
    for order in ({"field": "SCORE", "direction": "ASC"}, {"field": "REGISTERED", "direction": "DESC"}):
        assert full.failed(PAGE, first=1, after=cursor, order=order) == "BAD_USER_INPUT"
    assert full.failed(f'{{ creator(externalId: "acct-03") {{ violations(after: "{cursor}") {{ totalCount }} }} }}') == "BAD_USER_INPUT"


def test_a_list_below_a_creator_is_paged_and_filtered_apart_under_each_name(full: World) -> None:
    query = """query($after: String) { creator(externalId: "acct-03") {
      all: violations { totalCount totalCountIsExact nodes { id } }
      page: violations(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } }
      none: violations(filter: {status: [OVERTURNED]}) { totalCount nodes { id } }
      minor: violations(first: 1, filter: {severity: [MINOR], policy: ["LOW_QUALITY"]}) { totalCount nodes { id } } } }"""
    found = full.ask(query)["creator"]
    ids = [node["id"] for node in found["all"]["nodes"]]
    assert (len(ids), found["all"]["totalCount"], found["all"]["totalCountIsExact"]) == (3, 3, True)
    assert [node["id"] for node in found["page"]["nodes"]] == ids[:2]
    assert (found["none"], found["minor"]) == ({"totalCount": 0, "nodes": []}, {"totalCount": 3, "nodes": [{"id": ids[0]}]})
    rest = full.ask(query, after=found["page"]["pageInfo"]["endCursor"])["creator"]["page"]
    assert (rest["nodes"], rest["pageInfo"]["hasNextPage"]) == ([{"id": ids[2]}], False)


DEEP = """query($first: Int!) { creators(first: $first) {
  totalCount
  edges { cursor node {
    externalId score representatives { kind }
    health { score entries { points cause { violation { policy } } } }
    restrictions { capability causes { penalty { kind } violations { severity } } }
    violations(first: 5) { totalCount nodes { policy creator { externalId } appeals { nodes { status } } } }
    others: violations(first: 2) { nodes { severity } }
    penalties(first: 5) { nodes { kind violations { policy } trigger { severity } } }
    timeline(first: 5) { nodes { sentence because { kind } ...Told } }
    policyPack { title }
  } } } }
  fragment Told on TimelineEvent {
    ... on ViolationEvent { violation { policy } } ... on PointsEvent { delta violation { policy } } ... on PenaltyEvent { penalty { kind } }
    ... on CounterEvent { violation { policy } } }"""


def test_fifty_creators_take_as_many_statements_as_four(full: World) -> None:
    counted = {}
    for first in (4, 50):  # four have every type of event that there is among fifty
        with full.statements() as statements:
            found = full.ask(DEEP, first=first)["creators"]
        assert len(found["edges"]) == first
        counted[first] = len(statements)
    assert counted[50] == counted[4] <= 20


def test_what_is_not_selected_is_not_read(full: World) -> None:
    with full.statements() as statements:
        full.ask("{ creators(first: 5) { nodes { externalId } } }")
    (statement,) = [it for it in statements if it.startswith("SELECT")]
    assert "health" not in statement
    with full.statements() as statements:
        full.ask("query($no: Boolean!) { creators(first: 5) { nodes { externalId violations @include(if: $no) { totalCount } "
                 "penalties @skip(if: true) { totalCount } } } }", no=False)
    assert sum(it.startswith("SELECT") for it in statements) == 1


def test_what_fragments_ask_for_is_read(full: World) -> None:
    plain = full.ask('{ creator(externalId: "acct-03") { id violations(first: 2) { nodes { id policy creator { market } } } } }')["creator"]
    spread = full.ask("""
      query($id: ID!, $first: Int = 2) { node(id: $id) {
        id ...Account ... on Creator { violations(first: $first) { ...Page } } ... on Penalty { kind } } }
      fragment Account on Creator { violations(first: $first) { nodes { id } } }
      fragment Page on ViolationConnection { nodes { policy ... on Node { id } creator { ...Where } } }
      fragment Where on Creator { market }""", id=plain["id"])["node"]
    assert spread == plain


def test_a_query_that_could_come_to_too_much_is_refused_before_it_is_read(full: World) -> None:
    with full.statements() as statements:
        code = full.failed("{ creators(first: 100) { nodes { violations(first: 100) { nodes { appeals(first: 3) { totalCount } } } } } }")
    assert (code, statements) == ("QUERY_TOO_COMPLEX", [])


def test_the_list_says_until_when_time_has_been_reckoned_with(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database) as asked:
        ann = asked.registered()
        assert asked.ask(PAGE, first=1)["creators"]["settledUntil"] == "2026-03-02T10:00:00Z"
        expiry = asked.confirmed(ann, select="violation { expiresAt }")["violation"]["expiresAt"]
        asked.days(200)
        page = asked.ask(PAGE, first=1)["creators"]
        assert page["settledUntil"] < expiry  # a strike falls due before the points do
        asked.system.settle()
        assert asked.ask(PAGE, first=1)["creators"]["settledUntil"] == asked.clock.now.isoformat().replace("+00:00", "Z")


def test_a_long_list_is_counted_only_so_far_and_says_so(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("projections.reading", "api.schema.lists"):
        monkeypatch.setattr(f"{module}.EXACT_UP_TO", 52)
    page = full.ask(PAGE, first=1)["creators"]
    assert (page["totalCount"], page["totalCountIsExact"]) == (52, False)
    page = full.ask(PAGE, first=1, filter={"market": ["VN"]})["creators"]
    assert (page["totalCount"], page["totalCountIsExact"]) == (18, True)


def test_an_answer_is_of_one_moment(full: World) -> None:
    with full.statements() as statements:
        full.ask(DEEP, AUDITOR, first=3)
    assert sum(it == "BEGIN" for it in statements) <= 1
