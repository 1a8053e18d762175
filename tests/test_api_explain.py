"""Explanations as a client reads them: beside what they explain, to whoever may see it, in a fixed number of statements of both files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from api.ids import id_of
from application.recorder_postgres import PostgresLog
from application.recorder_sqlite import LogConnection
from application.wiring import opened
from domain.creator.sanctions import LiftPenalty
from domain.facts import Actor, ActorKind, Personal
from domain.identity import PenaltyId, creator_id
from tests.asking import AUDITOR, MODERATOR, World, creator, world

OF_ONE = """
  externalId
  restrictions { capability explanation { inWords since until penalties { kind threshold { valueAfter } } } }
  penalties(first: 5) { nodes { id kind explanation {
    inWords revision version kind channel proposed startsAt endsAt duration { value unit } restrictions { capability category }
    decidedBy { kind role id } violations { policy }
    rule { scheme market version hash table row pack { title } }
    changes { kind cause at endsAt decidedBy { kind role id } violation { policy } }
    threshold { inWords counter group shape base lowest highest valueBefore valueAfter unheld threshold { at comparison } crossed { at }
      entriesCounted { points weighs policy severity at expiresAt losses { reason } violation { id } }
      entriesNotCounted { reason since entry { points tally } violation { id } }
      violation { id } penalties { id } } } } }
  violations(first: 5) { nodes { id explanation {
    inWords points warned occurrence earlier { at violation { id } } rule { table row } rowPoints range { lowest highest } chosen
    entry { weighs } strikes { tally } } } }
  timeline(first: 50) { nodes { version kind ... on CounterEvent { explanation { version inWords threshold { at } } } } }
  explainEligibility(reward: "CAMPAIGN", promotionScore: 300) {
    inWords eligible gates { name value comparison at open }
    exclusions { capability since until causes { kind penalty { id } violations { id } } } rule { table } }"""
ALL = f"query($first: Int!) {{ creators(first: $first) {{ nodes {{ {OF_ONE} }} }} }}"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, database_of_module: str) -> Iterator[World]:
    """Creators with violations grave enough for a milestone each, and one penalty by hand."""
    with world(tmp_path_factory.mktemp("explain"), database_of_module) as asked:
        for name in ("ann", "ben", "cat", "dan", "eva"):
            id = asked.registered(name)
            asked.days(1)
            for number in range(3):
                asked.confirmed(id, f"video-{number}", severity="MAJOR", select="")
        yield asked


@contextmanager
def log_statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that the log is asked meanwhile."""
    found: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(LogConnection, "rows", noting(found, LogConnection.rows))
        patched.setattr(PostgresLog, "_rows", noting(found, PostgresLog._rows))  # noqa: SLF001  # where all its SELECTs pass
        yield found


def noting(found: list[str], rows: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """The same, and what is asked is noted."""

    def noted(self: object, statement: object, *parameters: Any) -> list[Any]:
        found.append(str(statement))
        return rows(self, statement, *parameters)

    return noted


def is_of_many(statement: str) -> bool:
    """Whether a statement reads the facts of several creators."""
    return "json_each" in statement or "ANY(" in statement


def of(asked: World, name: str, token: str = AUDITOR) -> Any:
    """All explanations of one creator."""
    return asked.ask(f"query($name: String!) {{ creator(externalId: $name) {{ {OF_ONE} }} }}", token, name=name)["creator"]


def test_five_creators_with_all_their_explanations_take_as_many_statements_as_one(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = {}
    for first in (1, 5):
        with full.statements() as statements, log_statements(monkeypatch) as log:
            found = full.ask(ALL, first=first)["creators"]["nodes"]
        assert len(found) == first
        counted[first] = len(statements), sum(is_of_many(statement) for statement in log), len(log)
    assert counted[5] == counted[1]
    assert counted[5][1] == 1, "the histories of all are read at once"


def test_a_history_is_not_read_where_no_explanation_is_asked_for(full: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with log_statements(monkeypatch) as log:
        full.ask("{ creators(first: 5) { nodes { penalties { nodes { kind } } timeline { nodes { kind } } } } }")
    assert not any(is_of_many(statement) for statement in log)


def test_a_penalty_explains_itself_with_its_threshold_entries_and_rule(full: World) -> None:
    found = of(full, "ann")
    explained = found["penalties"]["nodes"][0]["explanation"]
    threshold = explained["threshold"]
    assert sum(entry["weighs"] for entry in threshold["entriesCounted"]) + threshold["base"] == threshold["unheld"]
    assert explained["rule"]["scheme"] == "creator-health-rating"
    assert explained["rule"]["hash"]
    assert (explained["channel"], explained["decidedBy"], explained["changes"]) == (threshold["counter"], None, [])
    assert explained["inWords"].startswith("The penalty ")
    assert threshold["penalties"][-1]["id"] in {penalty["id"] for penalty in found["penalties"]["nodes"]}
    assert {one["reason"] for one in threshold["entriesNotCounted"]} <= {"OTHER_COUNTER", "OTHER_GROUP"}


def test_the_timeline_explains_the_thresholds_that_were_reached_and_nothing_else(full: World) -> None:
    explained = {one["kind"] for one in of(full, "ann")["timeline"]["nodes"] if one.get("explanation")}
    assert explained <= {"MilestoneCrossed", "RepeatOffenceThresholdReached"}
    assert "MilestoneCrossed" in explained


def test_points_and_restrictions_and_eligibility_are_explained_too(full: World) -> None:
    found = of(full, "ann")
    latest = found["violations"]["nodes"][0]["explanation"]
    assert latest["occurrence"] == 1 + len(latest["earlier"])
    assert latest["rule"]["table"] == "points"
    assert all(one["explanation"]["penalties"] for one in found["restrictions"])
    assert found["restrictions"]
    eligibility = found["explainEligibility"]
    assert (eligibility["eligible"], eligibility["gates"][0]["open"], eligibility["gates"][0]["value"]) == (False, False, 300)
    assert {one["capability"] for one in eligibility["exclusions"]} <= {one["capability"] for one in found["restrictions"]}


def test_a_creator_reads_why_without_being_told_who(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database) as asked:
        ann = asked.registered()
        violation = asked.confirmed(ann)["violation"]["id"]
        ends_at = asked.clock.now.replace(day=20).isoformat()
        asked.done("suspendPermission", {
            "creatorId": ann, "violations": [violation], "restrictions": [{"capability": "LIVE_SELLING"}], "endsAt": ends_at, "reasons": "Seen."})
        staff, own = (of(asked, "ann", token)["penalties"]["nodes"][0]["explanation"] for token in (MODERATOR, creator("ann")))
        assert staff["decidedBy"] == {"kind": "REVIEWER", "role": "MODERATOR", "id": "moderator-1"}
        assert own["decidedBy"] == {"kind": "REVIEWER", "role": "MODERATOR", "id": None}
        assert own["inWords"] == staff["inWords"]
        assert "moderator-1" not in str(of(asked, "ann", creator("ann")))
        query = '{ creator(externalId: "ann") { explainEligibility(reward: "CAMPAIGN", promotionScore: 1) { inWords } } }'
        assert asked.ask(query, creator("ben")) == {"creator": None}


def test_an_explanation_is_of_the_same_moment_as_what_it_stands_beside(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database) as asked:
        ann = asked.registered()
        for number in range(3):
            asked.confirmed(ann, f"video-{number}", severity="MAJOR", select="")
        query = '{ creator(externalId: "ann") { penalties { nodes { id status explanation { changes { kind } } } } } }'
        before = asked.ask(query)
        penalty = id_of(before["creator"]["penalties"]["nodes"][0]["id"], "Penalty")
        assert penalty
        with opened(asked.system.settings, asked.clock, projecting=False) as elsewhere:  # its read models do not follow yet
            lift = LiftPenalty(creator=creator_id("ann"), penalty_id=PenaltyId(penalty), reasons=Personal("Enough."))
            elsewhere.governance.handle(lift, by=Actor(ActorKind.REVIEWER, "moderator-1", "MODERATOR"))
        assert asked.ask(query) == before
        asked.system.projector.catch_up()
        lifted = next(one for one in asked.ask(query)["creator"]["penalties"]["nodes"] if one["status"] == "LIFTED")
        assert lifted["explanation"]["changes"] == [{"kind": "LIFTED"}]


def test_eligibility_for_what_the_pack_does_not_have_is_none_and_a_score_that_cannot_be_is_refused(full: World) -> None:
    query = """query($kind: String!, $score: Int!) {
      creator(externalId: "ann") { explainEligibility(reward: $kind, promotionScore: $score) { title } } }"""
    assert full.ask(query, kind="FREE_LUNCH", score=1) == {"creator": {"explainEligibility": None}}
    assert full.failed(query, kind="CAMPAIGN", score=501) == "BAD_USER_INPUT"
