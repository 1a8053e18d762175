"""What an operator sees: the status, health and metrics of a deployment, and its log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from api.app import create_app
from api.cli import app
from api.http import LARGEST_BODY
from api.metrics import Metrics
from api.server import Stopped, settle
from application import status_asking, wiring
from application.logs import configure
from application.settings import Settings
from application.status import number_of
from projections.catalogue import READ_MODELS
from tests.asking import AUDITOR, MODERATOR, SERVICE, World, world
from tests.live import client, serving, until

VIEWER = "{ viewer { role } }"
HEADERS = {"authorization": f"Bearer {AUDITOR}"}


def behind(asked: World, *statements: str) -> None:
    """Change the read models' database behind everybody's back."""
    with asked.system.views.begin() as views:
        for statement in statements:
            views.execute(text(statement))


# governance status


@pytest.fixture
def governance(asked: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("GOVERNANCE_FOLDER", str(asked.system.settings.folder))
    monkeypatch.setenv("COLUMNS", "200")
    if asked.system.settings.database:
        monkeypatch.setenv("GOVERNANCE_DATABASE", asked.system.settings.database.get_secret_value())
    return lambda *words: CliRunner().invoke(app, ["status", *words])


def test_the_status_tells_how_far_everything_has_come(asked: World, governance: Callable[..., Result]) -> None:
    asked.confirmed(asked.registered())
    found = governance("--json")
    assert found.exit_code == 0, found.output
    told = json.loads(found.stdout)
    last = asked.client.get("/health/ready")
    assert (told["healthy"], told["problems"], last.status_code) == (True, [], 200)
    assert told["database"]["kind"] == asked.system.views.dialect.name
    assert min(told["database"][part] for part in ("log_bytes", "views_bytes", "keys_bytes")) > 0
    facts = {log["name"]: log["facts"] for log in told["logs"]}
    assert (facts["creators"] > 2, facts["cases"], facts["packs"], told["keys"]) == (True, 0, 3, 1)
    assert {(model["name"], model["position"], model["backlog"]) for model in told["models"] if model["log"] == "creators"} == {
        (name, facts["creators"], 0) for name in READ_MODELS}
    assert "Every read model follows." in governance().stdout


def test_the_status_tells_what_is_behind_and_for_how_long(asked: World, governance: Callable[..., Result]) -> None:
    asked.registered()
    behind(asked, "UPDATE positions SET position = 1 WHERE name = 'timeline'")
    (model,) = [it for it in json.loads(governance("--json").stdout)["models"] if it["name"] == "timeline"]
    assert (model["state"], model["position"], model["backlog"]) == ("follows", 1, 1)
    assert model["lag_seconds"] > timedelta(days=1).total_seconds(), "recorded on 2 March 2026, by the clock of the test"


def test_the_status_tells_what_has_stopped_or_must_be_rebuilt_and_fails(asked: World, governance: Callable[..., Result]) -> None:
    asked.registered()
    behind(asked, "UPDATE positions SET failed_at = 2, error = 'no such page' WHERE name = 'timeline'",
           "UPDATE positions SET version = 0 WHERE name = 'appeals'", "UPDATE positions SET position = 99 WHERE name = 'cases'")
    found = governance()
    assert found.exit_code == 1
    for line in ("timeline (log creators) stopped at position 2", "appeals (log creators) is of version 0, not 2: governance rebuild appeals",
                 "cases (log cases) is ahead of its log: governance rebuild cases", "no such page"):
        assert line in found.stdout
    assert json.loads(governance("--json").stdout)["healthy"] is False


def test_the_status_of_nothing_says_so_and_makes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVERNANCE_FOLDER", str(tmp_path / "none"))
    found = CliRunner().invoke(app, ["status"])
    assert (found.exit_code, "There is no deployment in" in found.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_the_status_tells_the_stream_whose_snapshot_lacks_most_facts(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with world(tmp_path, database, snapshot_every=3) as asked:
        ann, _ = asked.registered(), asked.registered("bob")
        for number in range(5):
            asked.done("issueWarning", {"creatorId": ann, "reasons": "Careful."}, key=f"w-{number}")
        monkeypatch.setenv("GOVERNANCE_FOLDER", str(asked.system.settings.folder))
        monkeypatch.setenv("GOVERNANCE_DATABASE", database)
        (kept,) = [it for it in json.loads(CliRunner().invoke(app, ["status", "--json"]).stdout)["snapshots"] if it["log"] == "creators"]
        assert (kept["snapshots"], kept["version"], kept["lacks"]) == (1, 4, 3)


def test_whoever_asks_for_the_status_can_only_read(asked: World) -> None:
    with status_asking.asked(asked.system.settings) as asking:
        for ask in (asking.log, asking.views):
            with pytest.raises(Exception, match=r"read.?only"):
                ask("CREATE TABLE somewhere (one integer)")


def test_the_logs_that_accounts_are_spread_over_have_numbers_of_their_own() -> None:
    assert [number_of(name) for name in ("creators", "cases", "creators_2", "creators_17", "packs", "accesses", "x")] == [
        0, 1, 2, 17, 1000, 1001, None]


# Health


def test_live_says_that_the_process_answers_and_asks_no_database(asked: World) -> None:
    with asked.statements() as statements:
        response = asked.client.get("/health/live")
    assert (response.status_code, response.json(), statements) == (200, {"status": "live"}, [])


def test_ready_fails_when_a_read_model_has_stopped_or_must_be_rebuilt(asked: World) -> None:
    asked.registered()
    assert asked.client.get("/health/ready").json() == {"status": "ready", "problems": []}
    behind(asked, "UPDATE positions SET version = 0 WHERE name = 'timeline'",
           "UPDATE positions SET failed_at = 2, error = 'x' WHERE name = 'appeals'")
    response = asked.client.get("/health/ready")
    assert (response.status_code, response.json()["status"]) == (503, "not ready")
    assert response.json()["problems"] == [
        "appeals (log creators) stopped at position 2", "timeline (log creators) is of version 0, not 2: governance rebuild timeline"]


def test_ready_fails_when_a_read_model_lags_further_behind_than_it_may(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database, ready_within=60.0) as asked:
        asked.registered()
        behind(asked, "UPDATE positions SET position = 1 WHERE name = 'timeline'")
        assert asked.client.get("/health/ready").status_code == 200
        asked.days(1)
        response = asked.client.get("/health/ready")
        assert (response.status_code, response.json()["problems"]) == (
            503, ["timeline (log creators) lags 86,400 seconds behind, more than 60"])


def test_ready_fails_when_the_database_does_not_answer(asked: World) -> None:
    asked.system.store.close()
    response = asked.client.get("/health/ready")
    assert (response.status_code, response.json()["problems"]) == (503, ["the database does not answer"])
    assert asked.client.get("/health/live").status_code == 200
    assert metrics_of(asked.client)["governance_database_up", ()] == 0


# Metrics


def figures_in(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every figure by its name and the values of its labels, in the order of the labels' names."""
    return {(sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(text) for sample in family.samples}


def metrics_of(asked: TestClient) -> dict[tuple[str, tuple[str, ...]], float]:
    """The figures of an application."""
    response = asked.get("/metrics")
    assert response.status_code == 200
    return figures_in(response.text)


def test_the_metrics_count_what_was_done(asked: World) -> None:
    ann = asked.registered()
    asked.confirmed(ann)
    asked.done("issueWarning", {"creatorId": ann, "reasons": "Careful."}, key="once")
    assert asked.done("issueWarning", {"creatorId": ann, "reasons": "Careful."}, key="once")["repeated"] is True
    code = asked.refused("submitAppeal", {"creatorId": ann, "subject": ann, "grounds": "No."}, "dev:CREATOR:ann")
    asked.failed("{ creators(first: 101) { totalCount } }")
    found = metrics_of(asked.client)
    last = asked.system.projector.positions()["timeline"]
    for name, labels, value in (
            ("governance_commands_total", ("RegisterCreator", "answered"), 1), ("governance_commands_total", ("ConfirmViolation", "answered"), 1),
            ("governance_commands_total", ("IssueWarning", "answered"), 1), ("governance_commands_total", ("IssueWarning", "repeated"), 1),
            ("governance_commands_total", ("SubmitAppeal", code), 1), ("governance_command_duration_seconds_count", ("IssueWarning",), 2),
            ("governance_graphql_operations_total", ("mutation",), 5), ("governance_graphql_errors_total", ("BAD_USER_INPUT",), 1),
            ("governance_http_requests_total", ("POST", "/graphql", "200"), 6), ("governance_database_up", (), 1),
            ("governance_read_wait_seconds_count", (), 4), ("governance_read_wait_timeouts_total", (), 0),
            ("governance_log_position", ("creators",), last), ("governance_facts_appended_total", ("packs",), 3),
            ("governance_read_model_position", ("creators", "timeline"), last), ("governance_read_model_backlog_facts", ("creators", "timeline"), 0),
            ("governance_read_model_lag_seconds", ("creators", "timeline"), 0), ("governance_read_model_stopped", ("creators", "timeline"), 0)):
        assert found[name, labels] == value, name
    assert found["governance_pool_connections_max", ("log",)] >= found["governance_pool_connections", ("log", "idle")] >= 1
    assert found["process_resident_memory_bytes", ()] > 0
    words = {word for _, labels in found for word in labels}
    assert not any("acct" in word or word == "ann" or ann in word for word in words)


def test_the_metrics_cost_the_read_models_one_statement_and_nothing_when_the_application_is_made(asked: World) -> None:
    asked.registered()
    with asked.statements() as statements, TestClient(create_app(asked.system)) as other:
        assert statements == []
        behind(asked, "UPDATE positions SET position = 1 WHERE name = 'timeline'")
        statements.clear()
        assert metrics_of(other)["governance_read_model_backlog_facts", ("creators", "timeline")] == 1
    assert len([it for it in statements if it.startswith("SELECT")]) <= 1


def test_what_is_asked_for_in_vain_makes_no_metric_of_its_own(asked: World) -> None:
    for path in ("/nothing", "/health", "/somebody@example.com"):
        assert asked.client.request("BREW", path).status_code in (404, 405)
    found = metrics_of(asked.client)
    assert found["governance_http_requests_total", ("other", "other", "404")] == 3


def test_the_metrics_count_what_the_sweeper_did_which_ends_between_two_transactions(asked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wiring, "SETTLED_AT_ONCE", 1)
    metrics = Metrics(asked.system)
    for name in ("ann", "bob"):
        asked.confirmed(asked.registered(name))
    asked.days(400)
    ended = Event()
    ended.set()
    with pytest.raises(Stopped):
        settle(asked.system, metrics, ended)
    settle(asked.system, metrics, Event())
    settle(asked.system, metrics, Event())
    found = figures_in(metrics.told(None, "")[0].decode())
    assert found["governance_settled_accounts_total", ()] == 1, "the other one was settled before the end"
    assert found["governance_settle_runs_total", ("done",)] == 2
    assert found["governance_settle_duration_seconds_count", ()] == 3


def test_the_metrics_count_who_follows(asked: World) -> None:
    ann = asked.registered()
    with serving(asked.system) as (port, _), client(port, AUDITOR) as follower:
        follower.subscribe(creator=ann)

        def followed() -> tuple[float, float]:
            with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:  # our own server
                found = figures_in(answer.read().decode())
            return found["governance_websocket_connections", ()], found["governance_subscriptions", ()]

        until(lambda: followed() == (1, 1), "the subscription is not counted")
        follower.socket.close()
        until(lambda: followed() == (0, 0), "the connection is still counted")


# The log


@pytest.fixture
def lines(log_restored: None, capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:  # noqa: ARG001  # it puts back what is changed here
    """What was logged since it was last asked; it is to be asked once before."""

    def logged() -> list[dict[str, Any]]:
        found = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
        configure(Settings(log_format="json", log_level="DEBUG"))
        return [entry for entry in found if entry["logger"].startswith(("api", "application"))]

    return logged


def test_a_command_is_logged_once_with_its_request_and_where_it_is_recorded(asked: World, lines: Callable[[], list[dict[str, Any]]]) -> None:
    ann = asked.registered()
    lines()
    query = """mutation($ann: ID!, $words: String!) {
      issueWarning(input: {creatorId: $ann, reasons: $words, idempotencyKey: "k"}) { errors { code } } }"""
    asked.client.post("/graphql", json={"query": query, "variables": {"ann": ann, "words": "something personal"}},
                      headers={"authorization": f"Bearer {MODERATOR}", "x-request-id": "gateway-17"})
    entries = [entry for entry in lines() if entry["level"] == "info"]
    command, answer = entries
    position = asked.system.projector.positions()["timeline"]
    assert {name: command[name] for name in ("event", "command", "outcome", "actor_kind", "actor_role", "log", "position", "request")} == {
        "event": "command handled", "command": "IssueWarning", "outcome": "answered", "actor_kind": "REVIEWER", "actor_role": "MODERATOR",
        "log": 0, "position": position, "request": "gateway-17"}
    assert (command["first_version"], command["last_version"], command["ms"] > 0) == (3, 3, True)
    assert (answer["event"], answer["method"], answer["path"], answer["status"], answer["request"]) == (
        "request answered", "POST", "/graphql", 200, "gateway-17")
    told = json.dumps(entries)
    assert not any(word in told for word in ("something personal", "moderator-1", "issueWarning"))


def test_a_refused_command_is_logged_with_the_code_of_the_refusal(asked: World, lines: Callable[[], list[dict[str, Any]]]) -> None:
    ann = asked.registered()
    lines()
    code = asked.refused("submitAppeal", {"creatorId": ann, "subject": ann, "grounds": "Something personal."}, "dev:CREATOR:ann")
    (entry,) = [entry for entry in lines() if entry["event"] == "command handled"]
    assert (entry["outcome"], "position" in entry) == (code, False)


@pytest.mark.parametrize(("given", "kept"), [
    ("gateway-17", True), ("Root=1-67891233-abcdef012345678912345678", True), ("x" * 128, True), ("x" * 129, False), ("a b", False),
    ("a\tb", False), ("", False), ('"quoted"', False)])
def test_the_callers_request_id_is_kept_if_it_is_a_plain_word(one: World, given: str, *, kept: bool) -> None:
    found = one.client.post("/graphql", json={"query": VIEWER}, headers=HEADERS | {"x-request-id": given}).headers["x-request-id"]
    assert (found == given) is kept
    assert len(found) == len(given) if kept else len(found) == 32


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("one")) as made:
        yield made


def test_every_answer_carries_its_request_id_whatever_was_asked(one: World) -> None:
    for path in ("/", "/graphql", "/health/live", "/metrics", "/nothing"):
        assert one.client.get(path, headers={"x-request-id": "r-1"}).headers["x-request-id"] == "r-1"


def test_probes_are_logged_at_debug_and_the_rest_at_info(one: World, lines: Callable[[], list[dict[str, Any]]]) -> None:
    lines()
    for path in ("/health/live", "/nothing?secret=1"):
        one.client.get(path)
    one.client.post("/graphql", content=b"x" * (LARGEST_BODY + 1), headers=HEADERS | {"content-type": "application/json"})
    told = [(entry["path"], entry["status"], entry["level"]) for entry in lines() if entry["event"] == "request answered"]
    assert told == [("/health/live", 200, "debug"), ("other", 404, "info"), ("/graphql", 413, "info")]


BREAK = {
    "sqlite": "CREATE TRIGGER broken BEFORE INSERT ON timeline BEGIN SELECT RAISE(ABORT, 'no such page'); END",
    "postgresql": "ALTER TABLE timeline ADD CONSTRAINT broken CHECK (false) NOT VALID"}


def test_a_read_model_that_stops_is_logged_with_the_position(asked: World, lines: Callable[[], list[dict[str, Any]]]) -> None:
    behind(asked, BREAK[asked.system.views.dialect.name])
    lines()
    asked.tell("registerCreator", {"externalId": "bob", "market": "US", "accountType": "PRIVATE", "adult": True}, SERVICE)
    (entry,) = [entry for entry in lines() if entry["level"] == "error"]
    assert (entry["model"], entry["log"], entry["position"]) == ("timeline", 0, 1)
    assert asked.client.get("/health/ready").json()["problems"] == ["timeline (log creators) stopped at position 1"]
