"""The story of a decision, and what a reviewer of an appeal sees: for those who may, in a fixed number of statements."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from api.ids import global_id
from application.settings import Settings
from domain.identity import creator_id
from tests.asking import AUDITOR, MODERATOR, REVIEWER, World, creator, evidence, lookups, world

STORY = """query($subject: ID!, $first: Int = 100, $after: String) { decisionTimeline(subject: $subject, first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor } nodes { version kind depth because { version kind } sentence occurredAt recordedAt
    ... on AppealEvent { appeal { status } } ... on PenaltyEvent { penalty { kind } } ... on PointsEvent { scoreAfter } } } }"""
PAGE = """query($appeal: ID!) { creatorHistoryForAppeal(appeal: $appeal) {
  appeal { status grounds } creator { externalId } violation { id policy decidedBy { id } } penalty { id } violations { id }
  policies { code title text language pinnedLanguage pinnedSha256 packHash packVersion } evidence { reference note }
  decidedAt standingThen { at status score zone penalties { kind } restrictions { capability } }
  standingNow { at status score zone penalties { kind } restrictions { capability } }
  earlierViolations { id status } earlierAppeals { id status } penaltiesInForce { kind } warnings { sentence }
  decisionTimeline(first: 50) { totalCount nodes { kind depth } } timeZone jurisdictions } }"""


@pytest.fixture
def two(asked: World) -> dict[str, Any]:
    """Two violations of one policy that led to a penalty together, an appeal against each, of which the first was upheld."""
    ann = asked.registered(languages=["es", "en"])
    found: dict[str, Any] = {"creator": ann}
    for name in ("first", "second"):
        asked.days(1)
        finding = asked.finding(f"video-{name}", "COUNTERFEIT", "MAJOR", evidence=[evidence(f"e-{name}", note="At the end.")])
        found[name] = asked.done("confirmViolation", {"creatorId": ann, "finding": finding}, MODERATOR, "violation { id }")["violation"]["id"]
        asked.told(ann, found[name])
        filing = {"creatorId": ann, "subject": found[name], "grounds": "No.", "evidence": [evidence(f"a-{name}")]}
        found[f"appeal of {name}"] = asked.done("submitAppeal", filing, creator("ann"), "appeal { id }")["appeal"]["id"]
        if name == "first":
            upholding = {"creatorId": ann, "appealId": found["appeal of first"], "outcome": "UPHELD", "reasons": "Seen."}
            asked.claimed(ann, found["appeal of first"])
            asked.done("decideAppeal", upholding, REVIEWER)
    return found


def told(asked: World, subject: str, token: str = AUDITOR, **more: Any) -> Any:
    return asked.ask(STORY, token, subject=subject, **more)["decisionTimeline"]


def test_the_story_of_an_overturned_violation_tells_cause_and_consequence(asked: World, two: dict[str, Any]) -> None:
    reversing = {"creatorId": two["creator"], "appealId": two["appeal of second"], "outcome": "REVERSED", "reasons": "Yours."}
    asked.claimed(two["creator"], two["appeal of second"])
    asked.done("decideAppeal", reversing, REVIEWER)
    nodes = told(asked, two["second"])["nodes"]
    by = {node["kind"]: node for node in nodes if node["kind"] != "ViolationConfirmed"}
    confirmed = [node for node in nodes if node["kind"] == "ViolationConfirmed"]
    assert [node["version"] for node in nodes] == sorted(node["version"] for node in nodes)
    assert len(confirmed) == 2, "the other one led to the same penalty"
    assert by["PenaltyImposed"]["because"]["kind"] == "MilestoneCrossed"
    assert by["MilestoneCrossed"]["because"]["kind"] == "PointsDeducted"
    assert by["NoticeDelivered"]["because"]["kind"] == "NoticeSent"
    assert by["NoticeSent"]["because"] == {"version": confirmed[1]["version"], "kind": "ViolationConfirmed"}
    assert by["AppealDecided"]["because"]["kind"] == "AppealSubmitted"
    assert by["ViolationOverturned"]["because"]["kind"] == "AppealDecided"
    assert by["PenaltyReversed"]["because"]["kind"] == "ViolationOverturned"
    assert [by[kind]["depth"] for kind in ("NoticeSent", "AppealSubmitted", "AppealDecided", "ViolationOverturned", "PenaltyReversed")] == [
        1, 1, 2, 3, 4]
    assert by["AppealDecided"]["appeal"] == {"status": "REVERSED"}
    assert "CreatorAccountOpened" not in by


def test_the_story_of_an_appeal_or_penalty_begins_with_what_it_is_about(asked: World, two: dict[str, Any]) -> None:
    appeal = told(asked, two["appeal of first"])["nodes"]
    assert [node["kind"] for node in appeal] == [
        "ViolationConfirmed", "AppealSubmitted", "EvidenceRetentionScheduled", "AppealDecided", "EvidenceRetentionScheduled"]
    penalty = asked.ask("query($id: ID!) { creator(id: $id) { penalties { nodes { id } } } }", id=two["creator"])["creator"]["penalties"]["nodes"][0]
    kinds = [node["kind"] for node in told(asked, penalty["id"])["nodes"]]
    assert kinds.count("ViolationConfirmed") == 2
    assert [kind for kind in kinds if kind != "EvidenceRetentionScheduled"][-1] == "PenaltyImposed"


def test_the_story_is_read_in_pages(asked: World, two: dict[str, Any]) -> None:
    everything, found, after = told(asked, two["second"]), [], None
    while True:
        page = told(asked, two["second"], first=3, after=after)
        found += page["nodes"]
        assert page["totalCount"] == everything["totalCount"] == len(everything["nodes"])
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == everything["nodes"]


def test_the_story_is_for_those_who_see_the_account(asked: World, two: dict[str, Any]) -> None:
    assert told(asked, two["second"], creator("ann"))["totalCount"] > 0
    assert told(asked, two["second"], creator("ben")) is None
    for unknown in (global_id("Violation", creator_id("nobody")), str(creator_id("nobody")), "x", two["creator"]):
        assert told(asked, unknown) is None
    assert asked.failed(STORY, subject=two["second"], first=101) == "BAD_USER_INPUT"


def test_a_story_takes_as_many_statements_however_long_it_is(asked: World, two: dict[str, Any]) -> None:
    counted = []
    for subject in (two["first"], two["second"], two["first"]):
        with asked.statements() as statements:
            told(asked, subject)
        counted.append(len(statements))
        asked.confirmed(two["creator"], f"video-{len(counted)}", "COUNTERFEIT", "MAJOR")
    assert len(set(counted)) == 1


def test_a_reviewer_sees_all_that_a_fair_decision_needs_on_one_page(asked: World, two: dict[str, Any]) -> None:
    asked.days(1)
    asked.done("issueWarning", {"creatorId": two["creator"], "reasons": "Careful."}, MODERATOR)
    page = asked.ask(PAGE, REVIEWER, appeal=two["appeal of second"])["creatorHistoryForAppeal"]
    assert page["appeal"] == {"status": "SUBMITTED", "grounds": "No."}
    assert page["violation"] == {"id": two["second"], "policy": "COUNTERFEIT", "decidedBy": {"id": "moderator-1"}}
    assert (page["penalty"], page["violations"], page["creator"]) == (None, [{"id": two["second"]}], {"externalId": "ann"})
    (policy,) = page["policies"]
    assert (policy["code"], policy["language"], policy["pinnedLanguage"], policy["packVersion"]) == ("COUNTERFEIT", "en", "en", 1)
    assert policy["text"]
    assert page["evidence"] == [{"reference": "e-second", "note": "At the end."}, {"reference": "a-second", "note": None}]
    assert (page["standingThen"]["score"], page["standingThen"]["zone"], page["standingThen"]["status"]) == (160, "ORANGE", "IN_GOOD_STANDING")
    assert page["standingThen"]["at"] == page["decidedAt"] == "2026-03-04T10:00:00Z"
    assert (page["standingThen"]["penalties"], page["standingThen"]["restrictions"]) == ([], [])
    assert (page["standingNow"]["score"], page["standingNow"]["status"]) == (100, "RESTRICTED")
    assert page["standingNow"]["penalties"] == page["penaltiesInForce"] == [{"kind": "ECOMMERCE_PERMISSION_SUSPENDED"}]
    assert page["earlierViolations"] == [{"id": two["first"], "status": "CONFIRMED"}]
    assert page["earlierAppeals"] == [{"id": two["appeal of first"], "status": "UPHELD"}]
    assert page["warnings"][0] == {"sentence": "The creator was warned by a person."}
    assert page["decisionTimeline"] == {
        "totalCount": told(asked, two["second"])["totalCount"],
        "nodes": [{"kind": node["kind"], "depth": node["depth"]} for node in told(asked, two["second"])["nodes"]]}
    assert (page["timeZone"], page["jurisdictions"]) == ("America/Los_Angeles", ["US"])


def test_what_came_later_was_not_known_at_the_first_decision(asked: World, two: dict[str, Any]) -> None:
    page = asked.ask(PAGE, REVIEWER, appeal=two["appeal of first"])["creatorHistoryForAppeal"]
    assert (page["earlierViolations"], page["earlierAppeals"], page["standingThen"]["score"]) == ([], [], 200)


def test_an_appeal_against_a_penalty_shows_the_violations_it_rests_on(asked: World, two: dict[str, Any]) -> None:
    penalty = asked.ask("query($id: ID!) { creator(id: $id) { penalties { nodes { id } } } }", id=two["creator"])["creator"]["penalties"]["nodes"][0]
    filing = {"creatorId": two["creator"], "subject": penalty["id"], "grounds": "No."}
    appeal = asked.done("submitAppeal", filing, creator("ann"), "appeal { id }")["appeal"]["id"]
    page = asked.ask(PAGE, REVIEWER, appeal=appeal)["creatorHistoryForAppeal"]
    assert (page["violation"], page["penalty"]) == (None, penalty)
    assert {it["id"] for it in page["violations"]} == {two["first"], two["second"]}
    assert len(page["policies"]) == 1
    assert {it["id"] for it in page["earlierAppeals"]} == {two["appeal of first"], two["appeal of second"]}
    assert page["standingThen"]["score"] == 100, "the points were gone when the penalty followed"


OTHER = """query($id: ID!) { creator(id: $id) { milestones(first: 1) { nodes { id } }
  violations(first: 1) { nodes { contentMeasures { nodes { id } } } } commission { nodes { id forfeitures { id } } } } }"""


def test_an_appeal_against_any_decision_shows_the_violations_it_rests_on_and_its_story(asked: World, two: dict[str, Any]) -> None:
    ann, first, second = two["creator"], two["first"], two["second"]
    asked.done("removeContent", {"creatorId": ann, "contentId": "video-second", "violationId": second})
    found = asked.ask(OTHER, id=ann)["creator"]
    (measure,) = found["violations"]["nodes"][0]["contentMeasures"]["nodes"]
    shows(asked, ann, found["milestones"]["nodes"][0]["id"], "MilestoneCrossed", second)
    shows(asked, ann, measure["id"], "ContentRemoved", second)
    shows(asked, ann, forfeited(asked, ann, first), "CommissionForfeited", first)


def forfeited(asked: World, ann: str, violation: str) -> str:
    """Commission that was held because of a penalty, and forfeited when the time for an appeal was over."""
    placing = {"creatorId": ann, "kind": "COMMISSION_FROZEN", "violations": [violation], "reasons": "Seen.", "restrictions": [
        {"capability": "WITHDRAW_COMMISSION"}]}
    penalty = asked.done("imposePenalty", placing, MODERATOR, "penalty { id }")["penalty"]["id"]
    asked.told(ann, penalty)
    freezing = {"creatorId": ann, "penaltyId": penalty, "amount": 500, "currency": "USD", "orders": ["o-1"]}
    freeze = asked.done("freezeCommission", freezing, MODERATOR, "freezeId")["freezeId"]
    asked.days(40)
    asked.done("forfeitCommission", {"creatorId": ann, "freezeId": freeze, "amount": 500, "reasons": "Fraud."})
    (held,) = asked.ask(OTHER, id=ann)["creator"]["commission"]["nodes"]
    assert held["id"] == freeze
    id: str = held["forfeitures"][0]["id"]
    return id


def shows(asked: World, ann: str, subject: str, kind: str, violation: str) -> None:
    """The page about an appeal against a decision has what it rests on, and its whole story."""
    filed = asked.done("submitAppeal", {"creatorId": ann, "subject": subject, "grounds": "No."}, creator("ann"), "appeal { id subject }")["appeal"]
    page = asked.ask(PAGE, REVIEWER, appeal=filed["id"])["creatorHistoryForAppeal"]
    assert (filed["subject"], [it["id"] for it in page["violations"]], len(page["policies"])) == (subject, [violation], 1)
    assert page["standingThen"]["at"] == page["decidedAt"] is not None
    kinds = [node["kind"] for node in page["decisionTimeline"]["nodes"]]
    assert kinds.index("ViolationConfirmed") < kinds.index(kind) < len(kinds) - 1
    assert kinds[-1] == "AppealSubmitted"


def test_the_page_is_for_those_who_review(asked: World, two: dict[str, Any]) -> None:
    for token in (creator("ann"), MODERATOR, "dev:SERVICE:ingest"):
        assert asked.failed(PAGE, token, appeal=two["appeal of first"]) == "FORBIDDEN"
    assert asked.ask(PAGE, AUDITOR, appeal=two["appeal of first"])["creatorHistoryForAppeal"]["creator"] == {"externalId": "ann"}
    for unknown in (two["first"], "x", str(creator_id("nobody"))):
        assert asked.ask(PAGE, REVIEWER, appeal=unknown)["creatorHistoryForAppeal"] is None


def test_the_page_takes_as_many_statements_however_long_the_history_is(asked: World, two: dict[str, Any]) -> None:
    counted = []
    for number in range(2):
        with asked.statements() as statements:
            asked.ask(PAGE, REVIEWER, appeal=two["appeal of second"])
        counted.append(lookups(statements))
        for more in range(3):
            asked.confirmed(two["creator"], f"video-{number}-{more}", "COUNTERFEIT", "MAJOR")
    assert counted[0] == counted[1] <= 16


def test_the_policy_is_told_in_the_creators_language_where_there_is_a_text_in_it(tmp_path: Path, database: str) -> None:
    folder = copytree(Settings().packs, tmp_path / "packs")
    for file in folder.glob("*.toml"):
        head, mark, rest = file.read_text().partition("[policies.COUNTERFEIT]\n")
        file.write_text(head + mark + (f'text.es = "No es tuyo."\n{rest}' if mark else ""))
    with world(tmp_path, database, packs=folder) as asked:
        ann = asked.registered(languages=["pt", "es"])
        violation = asked.confirmed(ann, policy="COUNTERFEIT", severity="MAJOR")["violation"]["id"]
        filing = {"creatorId": ann, "subject": violation, "grounds": "No."}
        appeal = asked.done("submitAppeal", filing, creator("ann"), "appeal { id }")["appeal"]["id"]
        (policy,) = asked.ask(PAGE, REVIEWER, appeal=appeal)["creatorHistoryForAppeal"]["policies"]
    assert (policy["text"], policy["language"], policy["pinnedLanguage"]) == ("No es tuyo.", "es", "en")
