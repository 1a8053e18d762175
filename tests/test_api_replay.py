"""Accounts as they were, asked for over HTTP; on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.asking import ADMIN, AUDITOR, MODERATOR, REVIEWER, START, World, creator, world

WHEN = "$id: ID, $asOf: DateTime, $knownAt: DateTime, $atVersion: Int"
GIVEN = "id: $id, asOf: $asOf, knownAt: $knownAt, atVersion: $atVersion"
SCORE = f"query({WHEN}) {{ creator({GIVEN}) {{ score version violations {{ totalCount }} }} }}"
WHOLE = """{
  id externalId accountType market jurisdictions languages status score zone tier handle violationsConfirmed violationsStanding appealsOpen warnings
  registeredAt changedAt version position policyPack { hash } representatives { representative }
  health { score zone packHash asOf nextMilestone { at distance } entries { id points at expiresAt cause { violation { id } } } }
  restrictions { capability until kind causes { penalty { id status explanation { inWords } } violations { id } } explanation { inWords } }
  timeline(first: 100) { totalCount nodes { version kind sentence actor { kind id } because { version kind }
    ... on CounterEvent { explanation { inWords } } } }
  violations(first: 50) { nodes { id status severity policy points explanation { inWords } appeals { nodes { id status } } } }
  penalties(first: 50) { nodes { id status startsAt endsAt appeals { nodes { id } } statementOfReasons { id } explanation { inWords } } }
  appeals { nodes { id status submittedAt subject } } milestones { nodes { id } } rewards { nodes { id } } remedies { nodes { id } }
  disputes { nodes { id } } commission { nodes { id } } commissionFrozen { amount }
}"""
HISTORY = f"""query({WHEN}, $first: Int, $after: String) {{ creatorHistory({GIVEN}) {{
  asOf knownAt version status score zone market packHash packVersion health {{ entries {{ points }} }}
  thresholds {{ tally at armed }} restrictions {{ capability }}
  violations {{ totalCount nodes {{ id version policy severity packHash decidedBy }} }}
  entries {{ nodes {{ points expiresAt }} }} penalties {{ nodes {{ id kind endsAt decidedBy restrictions {{ capability }} violations }} }}
  proposals {{ nodes {{ lapsesAt }} }} rewards {{ nodes {{ id }} }} appeals {{ nodes {{ id level dueAt }} }}
  fellDue {{ kind version recordedAt occurredAt byTimeAlone }}
  facts(first: $first, after: $after) {{ totalCount pageInfo {{ hasNextPage endCursor }} nodes {{
    version kind sentence occurredAt recordedAt actor {{ id role }} causeVersion policy packHash changes {{ part id before after }} }} }}
}} }}"""
STEP = "{ version kind recordedAt occurredAt actor { id } policy packHash }"
DIFF = f"""query($id: ID, $from: AccountMoment!, $to: AccountMoment) {{ replayDiff(id: $id, from: $from, to: $to) {{ changes(first: 100) {{
  totalCount nodes {{ part id before after byTimeAlone because {STEP} noLonger {STEP} fellDue {STEP} }} }} }} }}"""


class Told(NamedTuple):
    """A creator with a violation, a penalty until it is overturned, another violation recorded late, and an appeal that waits."""

    world: World
    id: str
    first: str

    def at(self, days: float) -> str:
        return (START + timedelta(days=days)).isoformat()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, database_of_module: str) -> Iterator[Told]:
    """Day 0: registered; 1: a severe violation; 3: overturned; 10: one of day 6 recorded; 12: an appeal against it."""
    with world(Path(tmp_path_factory.mktemp("replay")), database_of_module) as asked:
        id = asked.registered()
        asked.days(1)
        first = asked.confirmed(id, "video-1", severity="MAJOR")["violation"]["id"]
        asked.told(id, first)
        asked.days(2)
        asked.done("overturnDecision", {"creatorId": id, "subject": first, "ground": "QUALITY_REVIEW", "reasons": "Wrong.", "rootCause": "HASTE"},
                   REVIEWER)
        asked.days(7)
        at = asked.clock.now - timedelta(days=4)
        finding = asked.finding("video-2")
        finding["content"]["createdAt"] = (at - timedelta(hours=1)).isoformat()
        late = asked.done("confirmViolation", {"creatorId": id, "finding": finding, "occurredAt": at.isoformat()}, MODERATOR, "violation { id }")
        asked.told(id, late["violation"]["id"])
        asked.days(2)
        asked.done("submitAppeal", {"creatorId": id, "subject": late["violation"]["id"], "grounds": "It is mine."}, creator("ann"))
        asked.days(1)
        yield Told(asked, id, first)


def score(story: Told, **when: Any) -> tuple[int, int]:
    found = story.world.ask(SCORE, id=story.id, **when)["creator"]
    return found["score"], found["violations"]["totalCount"]


def test_a_creator_is_told_as_of_a_time_and_as_known_at_a_time(story: Told) -> None:
    today = score(story)
    assert score(story, asOf=story.at(0.5)) == (200, 0)
    violated, count = score(story, asOf=story.at(2))
    assert (violated < 200, count) == (True, 1)
    assert score(story, asOf=story.at(4))[0] == 200
    assert score(story, asOf=story.at(7))[0] == today[0] < 200
    assert score(story, asOf=story.at(7), knownAt=story.at(7)) == (200, 1)
    assert score(story, knownAt=story.at(7)) == (200, 1)
    assert score(story, atVersion=2) == (200, 0)


def test_at_the_last_moment_a_replay_is_what_the_read_models_say_today_in_every_field(story: Told) -> None:
    now = story.world.clock.now.isoformat()
    today = story.world.ask(f"query($id: ID) {{ creator(id: $id) {WHOLE} }}", id=story.id)
    assert story.world.ask(f"query($id: ID, $at: DateTime) {{ creator(id: $id, asOf: $at, knownAt: $at) {WHOLE} }}", id=story.id, at=now) == today
    version = today["creator"]["version"]
    last = story.world.ask(f"query($id: ID, $v: Int) {{ creator(id: $id, atVersion: $v) {WHOLE} }}", id=story.id, v=version)["creator"]
    assert {**last, "health": None} == {**today["creator"], "health": None}


def test_the_whole_creator_can_be_asked_for_at_any_version(story: Told) -> None:
    version = story.world.ask(SCORE, id=story.id)["creator"]["version"]
    for at in range(2, version + 1, 5):
        found = story.world.ask(f"query($id: ID, $v: Int) {{ creator(id: $id, atVersion: $v) {WHOLE} }}", id=story.id, v=at)["creator"]
        assert (found["version"], found["timeline"]["totalCount"]) == (at, at)


def test_a_history_says_where_the_account_stood_and_what_each_fact_changed(story: Told) -> None:
    then = story.world.ask(HISTORY, id=story.id, asOf=story.at(2), first=100)["creatorHistory"]
    facts = then["facts"]["nodes"]
    assert [fact["version"] for fact in facts] == list(range(1, then["version"] + 1))
    assert then["facts"]["totalCount"] == len(facts)
    (deducted,) = (fact for fact in facts if fact["kind"] == "PointsDeducted")
    (change,) = (change for change in deducted["changes"] if change["part"] == "SCORE")
    assert (change["before"], change["after"]) == (200, then["score"])
    assert deducted["packHash"] == then["packHash"]
    assert deducted["causeVersion"] == next(fact["version"] for fact in facts if fact["kind"] == "ViolationConfirmed")
    assert [(it["id"], it["severity"], it["decidedBy"]) for it in then["violations"]["nodes"]] == [(story.first, "MAJOR", "moderator-1")]
    assert then["violations"]["totalCount"] == 1
    assert sum(entry["points"] for entry in then["entries"]["nodes"] if entry["points"] < -1) == then["score"] - 200


def test_the_facts_of_a_history_come_in_pages(story: Told) -> None:
    found: list[int] = []
    after = None
    while after is not None or not found:
        page = story.world.ask(HISTORY, id=story.id, first=3, after=after)["creatorHistory"]["facts"]
        found += [fact["version"] for fact in page["nodes"]]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    assert found == list(range(1, found[-1] + 1))
    assert page["totalCount"] == len(found)


def test_what_had_fallen_due_without_being_recorded_is_told(story: Told) -> None:
    then = story.world.ask(HISTORY, id=story.id, asOf=story.world.clock.now.isoformat(), knownAt=story.at(2), first=1)["creatorHistory"]
    assert {(it["version"], it["recordedAt"], it["byTimeAlone"]) for it in then["fellDue"]} <= {(None, None, True)}
    assert then["knownAt"] is not None


def test_between_two_moments_it_is_told_what_changed_who_did_it_and_under_which_pack(story: Told) -> None:
    pack = story.world.ask(HISTORY, id=story.id, first=1)["creatorHistory"]["packHash"]
    found = story.world.ask(DIFF, AUDITOR, id=story.id, **{"from": {"asOf": story.at(0.5)}, "to": {"asOf": story.at(2)}})["replayDiff"]["changes"]
    told = {change["part"]: change for change in found["nodes"]}
    assert found["totalCount"] == len(found["nodes"])
    (because,) = told["SCORE"]["because"]
    assert (told["SCORE"]["before"], because["kind"], because["packHash"], told["SCORE"]["byTimeAlone"]) == (200, "PointsDeducted", pack, False)
    assert [it["actor"]["id"] for it in told["VIOLATION"]["because"]] == ["moderator-1"]
    since = story.world.ask(DIFF, AUDITOR, id=story.id, **{
        "from": {"asOf": story.at(7), "knownAt": story.at(7)}, "to": {"asOf": story.at(7)}})["replayDiff"]["changes"]["nodes"]
    (learned,) = ({it["kind"] for it in change["because"]} for change in since if change["part"] == "SCORE")
    assert learned == {"PointsDeducted"}
    back = story.world.ask(DIFF, AUDITOR, id=story.id, **{"from": {}, "to": {"atVersion": 2}})["replayDiff"]["changes"]["nodes"]
    assert all(change["noLonger"] and not change["because"] for change in back)


def test_creators_see_their_own_past_without_reviewers_and_internals_and_nobody_elses(story: Told) -> None:
    own = creator("ann")
    then = story.world.ask(HISTORY, own, id=story.id, asOf=story.at(2), first=100)["creatorHistory"]
    assert {it["decidedBy"] for it in then["violations"]["nodes"]} == {None}
    assert {fact["actor"]["id"] for fact in then["facts"]["nodes"]} == {None}
    changes = [change for fact in then["facts"]["nodes"] for change in fact["changes"]]
    assert {change["part"] for change in changes if change["after"] is not None} <= {"SCORE", "ZONE", "MARKET", "TIER"}
    assert any(change["part"] == "SCORE" and change["after"] == then["score"] for change in changes)
    whole = story.world.answer(HISTORY, own, id=story.id, first=100)
    assert not any(name in str(whole) for name in ("moderator-1", "reviewer-1"))
    diff = story.world.answer(DIFF, own, id=story.id, **{"from": {"atVersion": 2}})
    assert diff["data"]["replayDiff"]["changes"]["totalCount"] > 0
    assert not any(name in str(diff) for name in ("moderator-1", "reviewer-1"))
    for query, more in ((SCORE, {"atVersion": 2}), (HISTORY, {}), (DIFF, {"from": {}})):
        answer = story.world.ask(query, creator("bob"), id=story.id, **more)
        assert set(answer.values()) == {None}


def test_what_was_not_yet_or_never_is_none(story: Told) -> None:
    never = "00000000-0000-0000-0000-000000000001"
    for id, when in ((story.id, {"asOf": story.at(-1)}), (story.id, {"knownAt": story.at(-1)}), (story.id, {"atVersion": 999}),
                     (never, {"asOf": story.at(2)}), ("nonsense", {"asOf": story.at(2)})):
        assert story.world.ask(SCORE, id=id, **when)["creator"] is None
        assert story.world.ask(HISTORY, id=id, **when)["creatorHistory"] is None


@pytest.mark.parametrize("when", [
    {"asOf": "2027-01-01T00:00:00Z"}, {"knownAt": "2027-01-01T00:00:00Z"}, {"atVersion": 0}, {"atVersion": 2, "asOf": "2026-03-03T00:00:00Z"}])
def test_moments_that_cannot_be_are_refused(story: Told, when: dict[str, Any]) -> None:
    for query in (SCORE, HISTORY):
        assert story.world.failed(query, id=story.id, **when) == "BAD_USER_INPUT"
    assert story.world.failed(DIFF, AUDITOR, id=story.id, **{"from": when}) == "BAD_USER_INPUT"


def test_a_moment_waits_for_a_position_as_any_other_question_does(story: Told) -> None:
    asked = "query($id: ID, $at: String) { creator(id: $id, atVersion: 2, atLeast: $at) { score } }"
    position = story.world.ask("query($id: ID) { creator(id: $id) { position } }", id=story.id)["creator"]["position"]
    assert story.world.ask(asked, id=story.id, at=position)["creator"] == {"score": 200}
    assert story.world.failed(asked, id=story.id, at="nowhere") == "BAD_USER_INPUT"


def test_the_work_at_the_desk_cannot_be_had_as_it_was_and_says_so(story: Told) -> None:
    query = f"query({WHEN}) {{ creator({GIVEN}) {{ appeals {{ nodes {{ case {{ status }} }} }} }} }}"
    (error,) = story.world.answer(query, ADMIN, id=story.id, asOf=story.world.clock.now.isoformat())["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "ask for it without a moment" in error["message"]
    assert story.world.ask(query, AUDITOR, id=story.id)["creator"]["appeals"]["nodes"]
