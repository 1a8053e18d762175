"""HTTP: what may be sent, how large, and how everything that goes wrong is told."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import get_introspection_query
from starlette.responses import Response
from structlog.testing import capture_logs

from api.graphiql import SCRIPTS, STATIC, STYLES
from api.http import GRAPHQL_JSON, JSON, LARGEST_BODY, acceptable
from api.limits import MOST
from api.roomy import roomy
from projections.reading import Reader
from tests.asking import AUDITOR, World, world

HEADERS = {"authorization": f"Bearer {AUDITOR}"}
VIEWER = "{ viewer { role } }"


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory, database_of_module: str) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("http"), database_of_module) as made:
        made.registered()
        yield made


def code(response: Any) -> str:
    (error,) = response.json()["errors"]
    found: str = error["extensions"]["code"]
    return found


# What may be sent


def test_a_query_may_be_posted_or_put_in_the_address(asked: World) -> None:
    for response in (asked.client.post("/graphql", json={"query": VIEWER}, headers=HEADERS),
                     asked.client.get("/graphql", params={"query": VIEWER, "variables": "{}"}, headers=HEADERS)):
        assert (response.status_code, response.json()) == (200, {"data": {"viewer": {"role": "AUDITOR"}}})
        assert response.headers["content-type"] == f"{JSON}; charset=utf-8"
        assert re.fullmatch("[0-9a-f]{32}", response.headers["x-request-id"])


def test_a_mutation_may_not_be_put_in_the_address(asked: World) -> None:
    mutation = 'mutation { settleAccount(input: {creatorId: "x", idempotencyKey: "k"}) { repeated } }'
    response = asked.client.get("/graphql", params={"query": mutation}, headers=HEADERS)
    assert (response.status_code, response.headers["allow"], code(response)) == (405, "POST", "METHOD_NOT_ALLOWED")
    assert asked.client.put("/graphql", json={"query": VIEWER}).status_code == 405


@pytest.mark.parametrize("body", [
    b"", b"x", b"[]", b"null", b"1", b"{}", b'{"query": 1}', b'{"query": ""}', b'{"query": "{ viewer { id } }", "variables": []}',
    b'{"query": "{ viewer { id } }", "operationName": 1}', b'{"query": "{ viewer { id } }", "extensions": 1}', b'{"query": "\xff"}',
    b"[" * 5000, b'{"query": "{ viewer { id } }", "operationName": "C"}',
])
def test_a_body_that_says_nothing_is_refused(asked: World, body: bytes) -> None:
    response = asked.client.post("/graphql", content=body, headers=HEADERS | {"content-type": JSON})
    assert (response.status_code, code(response)) == (400, "BAD_REQUEST")


def test_of_several_operations_one_must_be_named(asked: World) -> None:
    body = {"query": "query A { viewer { id } } query B { viewer { role } }"}
    unnamed = asked.client.post("/graphql", json=body, headers=HEADERS)
    assert (code(unnamed), "data" in unnamed.json()) == ("BAD_USER_INPUT", False)
    named = asked.client.post("/graphql", json=body | {"operationName": "B"}, headers=HEADERS)
    assert named.json() == {"data": {"viewer": {"role": "AUDITOR"}}}


def test_a_body_must_be_json_in_utf8(asked: World) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "", "application/json; charset=latin-1"):
        response = asked.client.post("/graphql", content=json.dumps({"query": VIEWER}), headers=HEADERS | {"content-type": kind})
        assert (response.status_code, code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


def test_a_body_may_be_only_so_large_however_it_is_sent(asked: World) -> None:
    large = json.dumps({"query": VIEWER, "variables": {"x": "x" * LARGEST_BODY}}).encode()
    whole = asked.client.post("/graphql", content=large, headers=HEADERS | {"content-type": JSON})
    parts = asked.client.post("/graphql", content=iter([large[:1000], large[1000:]]), headers=HEADERS | {"content-type": JSON})
    assert [(response.status_code, code(response)) for response in (whole, parts)] == [(413, "TOO_LARGE")] * 2
    fits = json.dumps({"query": VIEWER, "variables": {"x": "x" * (LARGEST_BODY - 100)}}).encode()
    assert asked.client.post("/graphql", content=fits, headers=HEADERS | {"content-type": JSON}).status_code == 200


@pytest.mark.parametrize(("accept", "media"), [
    (None, JSON), ("", JSON), ("*/*", JSON), (JSON, JSON), (GRAPHQL_JSON, GRAPHQL_JSON), (f"{GRAPHQL_JSON}, {JSON};q=0.9", GRAPHQL_JSON),
    (f"{GRAPHQL_JSON};q=0.1, {JSON}", JSON), (f"{JSON}, text/event-stream", JSON), ("text/html", None), (f"{JSON};q=0", None),
    (f"{JSON};q=x", None), (f"{JSON};charset=latin-1", None), ("application/*", JSON),
])
def test_the_media_type_is_the_one_that_the_client_likes_best(accept: str | None, media: str | None) -> None:
    assert acceptable(accept) == media


def test_an_operation_that_was_not_executed_has_a_status_of_its_own_where_the_client_knows_it(asked: World) -> None:
    for media, status in ((JSON, 200), (GRAPHQL_JSON, 400)):
        response = asked.client.post("/graphql", json={"query": "{ nothing }"}, headers=HEADERS | {"accept": media})
        assert (response.status_code, "data" in response.json()) == (status, False)
        assert response.headers["content-type"] == f"{media}; charset=utf-8"
    assert asked.client.post("/graphql", json={"query": VIEWER}, headers={"accept": "text/html"}).status_code == 406
    partly = asked.client.post("/graphql", json={"query": VIEWER}, headers={"accept": GRAPHQL_JSON})
    assert (partly.status_code, partly.json()["data"]) == (200, {"viewer": None})


def test_a_token_that_is_none_is_told_at_once(asked: World) -> None:
    response = asked.client.post("/graphql", json={"query": VIEWER}, headers={"authorization": "Bearer nonsense"})
    assert (response.status_code, code(response)) == (401, "UNAUTHENTICATED")


# What goes wrong


@pytest.mark.parametrize(("query", "expected"), [
    ("{", "GRAPHQL_PARSE_FAILED"),
    ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
    ("{ viewer }", "GRAPHQL_VALIDATION_FAILED"),
    ("query($first: Int!) { creators(first: $first) { totalCount } }", "BAD_USER_INPUT"),
    ("{ creators(first: 101) { totalCount } }", "BAD_USER_INPUT"),
])
def test_every_error_has_a_code(asked: World, query: str, expected: str) -> None:
    assert asked.failed(query) == expected


def test_an_unknown_field_brings_no_suggestions(asked: World) -> None:
    (error,) = asked.answer("{ viewerr { role } }")["errors"]
    assert "Did you mean" not in error["message"]


def test_what_we_did_wrong_is_told_by_an_id_that_is_in_the_log(asked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(Reader, "by_key", broken)
    with capture_logs() as entries:
        answer = asked.answer('{ creator(externalId: "ann") { id } viewer { role } }')
    (error,) = answer["errors"]
    assert answer["data"] == {"creator": None, "viewer": {"role": "AUDITOR"}}
    assert (error["message"], error["path"]) == ("Something went wrong on our side.", ["creator"])
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    (entry,) = entries
    assert (entry["error_id"], str(entry["exc_info"])) == (error["extensions"]["errorId"], "a secret of ours")
    assert "secret" not in json.dumps(answer)


def test_errors_of_callers_are_not_logged(asked: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        asked.failed("{ creators(first: 101) { totalCount } }")
        asked.failed("{")
        asked.failed(VIEWER, None)
    assert [record.name for record in caplog.records if record.name.startswith(("strawberry", "graphql", "api"))] == []


# How much may be asked


def deep(levels: int) -> str:
    return "{ node(id: 1) { ... on Creator { " + "violations { nodes { creator { " * levels + "id" + " } } }" * levels + " } } }"


@pytest.mark.parametrize(("what", "query"), [
    ("depth", deep(5)),
    ("depth", "{" + "a{" * 400 + "a" + "}" * 401),
    ("aliases", "{ viewer { " + " ".join(f"a{number}: role" for number in range(MOST["aliases"] + 1)) + " } }"),
    ("directives", "{ viewer { role " + "@skip(if: false) " * (MOST["directives"] + 1) + "} }"),
    ("root fields", "{ " + "viewer { role } " * (MOST["root fields"] + 1) + "}"),
    ("fields", "{ viewer { " + "role " * MOST["fields"] + "} }"),
])
def test_an_operation_that_is_too_large_is_refused(asked: World, what: str, query: str) -> None:
    errors = asked.answer(query)["errors"]
    assert {"QUERY_TOO_COMPLEX"} <= {error["extensions"]["code"] for error in errors} or "nest" in str(errors).lower()
    assert any(error["extensions"].get("limit") == what for error in errors) or "nest" in str(errors).lower()


def test_an_ordinary_operation_is_not_too_large(asked: World) -> None:
    assert "errors" not in asked.answer(deep(3))


def test_tools_may_read_the_whole_schema_and_nobody_may_go_round_in_it(asked: World) -> None:
    whole = get_introspection_query(input_value_deprecation=True, specified_by_url=True)
    assert len(asked.ask(whole, None)["__schema"]["types"]) > 100
    loop = "{ __schema { types { " + "fields { type { " * 4 + "name" + " } }" * 4 + " } } }"
    assert asked.failed(loop, None) == "GRAPHQL_VALIDATION_FAILED"


def test_a_query_of_too_many_words_is_refused(asked: World) -> None:
    assert asked.failed("{ viewer { " + "role " * 6000 + "} }") == "GRAPHQL_PARSE_FAILED"


def test_fragments_in_fragments_take_no_time(asked: World) -> None:
    fragments = [f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60)]
    query = "{ viewer { ...F0 } } " + " ".join(fragments) + " fragment F60 on Viewer { role }"
    began = time.perf_counter()
    asked.answer(query)
    assert time.perf_counter() - began < 5
    loop = "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }"
    assert {error["extensions"]["code"] for error in asked.answer(loop)["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}


# Beside GraphQL


def test_graphiql_needs_no_other_network(asked: World) -> None:
    page = asked.client.get("/")
    assert (page.status_code, "http:" in page.text, "https:" in page.text, "//" in page.text) == (200, False, False, False)
    names = re.findall(r'(?:src|href)="(/graphiql/[^"]+)"', page.text)
    assert names == [f"/graphiql/{name}" for name in STYLES + SCRIPTS]
    assert "dev:AUDITOR:me" in page.text
    for name in names:
        response = asked.client.get(name)
        plain = asked.client.get(name, headers={"accept-encoding": "identity"})
        assert response.status_code == plain.status_code == 200
        assert response.content == plain.content
        assert "content-encoding" not in plain.headers
    assert [asked.client.get(f"/graphiql/{name}").status_code for name in ("LICENSES.md", "..%2fapp.py", "x")] == [404] * 3


def test_the_files_of_graphiql_are_those_that_were_published() -> None:
    told = dict(re.findall(r"\| (\S+\.gz) \| .* \| ([0-9a-f]{64}) \|", (STATIC / "LICENSES.md").read_text()))
    found = {path.name: hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest() for path in STATIC.glob("*.gz")}
    assert found == told
    assert len(found) == 4


def test_nothing_of_an_answer_is_kept_by_others(asked: World) -> None:
    response: Response = asked.client.post("/graphql", json={"query": VIEWER}, headers=HEADERS)  # type: ignore[assignment]
    assert (response.headers["cache-control"], response.headers["vary"]) == ("no-store", "Accept")


def test_a_roomy_call_is_a_call() -> None:
    def add(one: int, *, two: int) -> int:
        return one + two

    assert roomy(add)(1, two=2) == 3
    with pytest.raises(TypeError):
        roomy(add)(1)  # type: ignore[call-arg]
