"""What falls due of the evidence is listed for staff, and once its time is over nobody is shown where it lay or what was noted."""

from __future__ import annotations

from typing import Any

import pytest

from domain.creator.violations import ViolationConfirmed
from domain.identity import creator_id
from tests.asking import ADMIN, SERVICE, World, creator, evidence

pytestmark = pytest.mark.usefixtures("log_restored")
NOTE = "Mr Quill is seen at the end"
ANN = creator_id("ann")
DUE = """query($filter: EvidenceDueFilter, $first: Int, $after: String) { evidenceDue(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { endCursor hasNextPage }
    nodes { reference sha256 kind retention status dueAt since endedAt violation { id } appeal { id } creator { externalId } } } }"""
VIOLATION = "query($id: ID!) { violation(id: $id) { evidence { reference sha256 retention note endedAt } } }"


def due(asked: World, **asked_for: Any) -> Any:
    return asked.ask(DUE, **asked_for)["evidenceDue"]


def told_violation(asked: World, ann: str, *references: str) -> str:
    given = [evidence(each, retention="DECISION", note=NOTE) for each in references]
    found = asked.done("confirmViolation", {"creatorId": ann, "finding": asked.finding(evidence=given)}, select="violation { id }")
    id: str = found["violation"]["id"]
    asked.told(ann, id)
    return id


def test_evidence_is_listed_by_when_it_is_due_and_gone_when_it_was(asked: World, ann: str) -> None:
    id = told_violation(asked, ann, "clip/1", "clip/2")
    listed = due(asked)
    assert [(it["reference"], it["status"], it["retention"], it["violation"]["id"]) for it in listed["nodes"]] == [
        ("clip/1", "KEPT", "DECISION", id), ("clip/2", "KEPT", "DECISION", id)]
    assert {it["dueAt"][:10] for it in listed["nodes"]} == {"2027-04-03"}  # 30 days for an appeal, and twelve months, in the market's time
    first = due(asked, first=1)
    assert first["pageInfo"]["hasNextPage"]
    assert [it["reference"] for it in due(asked, after=first["pageInfo"]["endCursor"])["nodes"]] == ["clip/2"]
    assert due(asked, filter={"dueBefore": "2027-04-01T00:00:00Z"})["totalCount"] == 0
    assert due(asked, filter={"retention": ["APPEAL"]})["totalCount"] == 0
    assert due(asked, filter={"creatorId": ann, "retention": ["DECISION"]})["totalCount"] == 2
    assert [it["note"] for it in asked.ask(VIOLATION, id=id)["violation"]["evidence"]] == [NOTE, NOTE]

    asked.days(500)
    asked.system.settle()
    assert due(asked)["totalCount"] == 0
    ended = due(asked, filter={"status": ["ENDED"]})["nodes"]
    assert [(it["reference"], it["status"], it["endedAt"] == it["dueAt"]) for it in ended] == [("", "ENDED", True)] * 2
    shown = asked.ask(VIOLATION, id=id)["violation"]["evidence"]
    assert [(it["reference"], it["note"], it["retention"], it["sha256"]) for it in shown] == [
        ("", None, "DECISION", evidence(each)["sha256"]) for each in ("clip/1", "clip/2")]
    assert all(it["endedAt"] for it in shown)
    (event,) = asked.ask('query($id: ID!) { creator(id: $id) { timeline(filter: {kinds: ["EvidenceRetentionEnded"]}) '
                         "{ nodes { sentence ... on RetentionEvent { references } } } } }", id=ann)["creator"]["timeline"]["nodes"]
    assert event == {"sentence": "Evidence is no longer kept: the time of its retention class is over.", "references": ["clip/1", "clip/2"]}


def notes(asked: World) -> list[str | None]:
    """What the stored facts still give of notes about evidence."""
    keys = asked.system.store.keys
    return [keys.open(ANN, each.note.token) for fact in asked.system.log_of(ANN).facts(ANN)
            if isinstance(fact.event, ViolationConfirmed) for each in fact.event.finding.evidence if each.note]


def test_the_note_is_gone_from_the_stored_fact_itself_and_nothing_else_is(asked: World, ann: str) -> None:
    told_violation(asked, ann, "clip/1")
    assert notes(asked) == [NOTE]
    asked.days(500)
    asked.done("settleAccount", {"creatorId": ann}, SERVICE)  # any command settles; the sweep destroys what it finds so
    asked.system.settle()
    assert notes(asked) == [None]
    assert asked.system.store.keys.status()[:4] == (1, 0, 0, 1)
    asked.system.disposal.catch_up()
    assert asked.system.store.keys.status()[:4] == (1, 0, 0, 1)
    asked.confirmed(ann, "video-2", facts="What is written later can be read.", select="violation { facts }")


def test_keys_from_a_copy_made_before_are_destroyed_again(asked: World, ann: str) -> None:
    told_violation(asked, ann, "clip/1")
    keys = asked.system.store.keys
    (before,) = keys._file.execute("SELECT wrapped FROM evidence_keys").fetchone()  # noqa: SLF001  # what a copy would hold
    asked.days(500)
    asked.system.settle()
    with keys._writing():  # noqa: SLF001
        keys._file.execute("UPDATE evidence_keys SET wrapped = ?", (before,))  # noqa: SLF001
        keys._file.execute("DELETE FROM followed")  # noqa: SLF001
    assert notes(asked) == [NOTE]
    asked.system.settle()
    assert notes(asked) == [None]


def test_classes_are_told_unknown_ones_refused_and_what_falls_due_is_for_staff_alone(asked: World, ann: str) -> None:
    finding = asked.finding(evidence=[evidence("clip/1", retention="FOREVER")])
    (error,) = asked.tell("confirmViolation", {"creatorId": ann, "finding": finding})["errors"]
    assert (error["code"], error["path"]) == ("RETENTION_CLASS_UNKNOWN", ["input", "finding", "evidence", "0", "retention"])
    (pack,) = asked.ask('{ policyPacks(market: "US") { retention { name after { value unit } countedFrom sources { mark } } } }')["policyPacks"]
    assert pack["retention"][0] == {
        "name": "DECISION", "after": {"value": 12, "unit": "MONTHS"}, "countedFrom": "DECISION_FINAL", "sources": [{"mark": "OURS"}]}
    told_violation(asked, ann, "clip/1")
    assert asked.failed(DUE, creator("ann")) == "FORBIDDEN"
    references = ('{ creator(externalId: "ann") { timeline(filter: {kinds: ["EvidenceRetentionScheduled"]}) '
                  "{ nodes { ... on RetentionEvent { references } } } } }")
    assert [asked.ask(references, token)["creator"]["timeline"]["nodes"] for token in (creator("ann"), ADMIN)] == [
        [{"references": None}], [{"references": ["clip/1"]}]]
