"""Sixteen promises, each a place where systems of this kind go wrong: one number, one promise, and a test or a few that would see it broken."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from threading import Barrier
from typing import Any

import msgspec
import psycopg
import pytest
from eventsourcing.persistence import IntegrityError
from graphql import GraphQLInputObjectType
from sqlalchemy import text

from api.app import schema
from api.ids import id_of
from application.desk import CASES
from application.governance import Governance
from application.library import PACKS
from application.wiring import CREATORS, RULES, System, opened
from domain.creator.content import ContentRestored, DeleteContent, RemoveContent
from domain.creator.earning import EarnPoints
from domain.creator.finding import Content, ContentKind, Finding
from domain.creator.judgement import AppealDecided
from domain.creator.overturn import ViolationOverturned
from domain.creator.penalties import PenaltyReversed, restrictions_of
from domain.creator.reliefs import PersonalPenaltyUndecided
from domain.creator.sanctions import LiftPenalty, ShortenPenalty, SuspendPermission
from domain.creator.state import Confirmed
from domain.creator.violations import ConfirmViolation
from domain.facts import SYSTEM, Actor, ActorKind, Cause, Fact
from domain.identity import CaseId, ContentId, case_id, creator_id
from domain.packs.model import Comparison, Earning, Expiry, ExpiryMode, Group, Pack, PointRule, Severity, Shape
from domain.packs.publishing import PublishPack
from tests.asking import MODERATOR, REVIEWER, SERVICE, World, creator
from tests.raw import breaking, log_database, mending
from tests.rulebook import (
    ANY_ZONE,
    APPEALS_REVIEWER,
    REASONS,
    SHIPPED,
    Story,
    at,
    counting,
    laddered,
    later,
    plain,
    proposed,
    published,
    refolded,
    restricted,
    shipped,
    step,
    stories_are_replayed,
)
from tests.rulebook import MODERATOR as PERSON
from tests.test_projections_histories import Market, varied

__all__ = ["stories_are_replayed"]

TICK, DAY = timedelta(microseconds=1), timedelta(days=1)
LADDER = (at(150, step("SUSPENDED", 7)), at(100, step("SUSPENDED", 14)))
OTHER = "UNORIGINAL_CONTENT"
REPEAT = counting(
    at(2, proposed("REPEAT", 5, 72, interim=True), comparison=Comparison.AT_OR_ABOVE), shape=Shape.DEBT, base=0, weight=1, group=Group.POLICY,
    highest=None)
Rows = dict[str, list[tuple[Any, ...]]]


@lru_cache
def long_history() -> Market:
    """Three accounts to which everything has happened."""
    return varied(1500)


def won(asked: World, id: str, name: str, violation: str) -> Any:
    """The creator appeals against a violation, and wins."""
    filing = {"creatorId": id, "subject": violation, "grounds": "It is true."}
    appeal = asked.done("submitAppeal", filing, creator(name), "appeal { id }")["appeal"]["id"]
    asked.claimed(id, appeal)
    return asked.done("decideAppeal", {"creatorId": id, "appealId": appeal, "outcome": "REVERSED", "reasons": "So it is."}, REVIEWER)


def facts_of(system: System, name: str = "ann") -> list[Fact]:
    return system.store.log(CREATORS).facts(creator_id(name))


def recorded(asked: World) -> Rows:
    """Every row of every log, byte for byte."""
    return {log.name: log.recorder.log_rows(0, 10_000) for log in (asked.system.store.log(it) for it in (CREATORS, CASES, PACKS))}


# 1. A violation and its overturn net to zero at every instant, also after the violation would have expired.

@pytest.mark.parametrize("fell_after", [timedelta(0), DAY, 60 * DAY, 91 * DAY - TICK, 91 * DAY, 200 * DAY])
def test_01_a_violation_and_its_overturn_net_to_zero_at_every_instant_also_after_the_violation_would_have_expired(fell_after: timedelta) -> None:
    packs = laddered(*LADDER, others={"repeat": REPEAT})
    told, without = Story(packs=packs), Story(packs=packs)
    told.deduct(40)
    fallen = told.latest
    for story in (told, without):
        story.at(DAY).deduct(30, content="the other")
        story.at(fell_after)
    told.overturn(fallen)
    for _ in range(8):
        for story in (told, without):
            story.settle()
        ledger, other = told.account.standing.ledger, without.account.standing.ledger
        assert ledger.score == other.score
        assert {tally: total for tally, total in ledger.sums.items() if total} == {tally: total for tally, total in other.sums.items() if total}
        assert set(ledger.fired) == set(other.fired)
        for story in (told, without):
            story.at(15 * DAY)


# 2. Every boundary has one definition, the same in rules and views.

@pytest.mark.parametrize(("points", "reached"), [(49, False), (50, True), (51, True)])
def test_02_a_milestone_is_reached_at_one_score_for_the_rules_the_zone_the_gates_and_the_lists(
        asked: World, points: int, *, reached: bool) -> None:
    ann = asked.registered()
    asked.confirmed(ann, policy="COUNTERFEIT", severity="MAJOR", discretion={"points": points, "reasons": "Within the range."})
    found = asked.ask("""query($id: ID!) { creators(filter: {zone: ["RED"]}) { totalCount } creator(id: $id) {
      score zone status health { zone nextMilestone { at } } restrictions { capability } milestones { nodes { threshold } }
      explainEligibility(reward: "CAMPAIGN", promotionScore: 400) { gates { name open } } } }""", id=ann)
    told = found["creator"]
    gates = {gate["name"]: gate["open"] for gate in told["explainEligibility"]["gates"]}
    assert told["score"] == 200 - points
    assert bool(told["restrictions"]) is reached
    assert (told["status"] == "RESTRICTED") is reached
    assert [one["threshold"] for one in told["milestones"]["nodes"]] == [150] * reached
    assert (told["health"]["nextMilestone"]["at"] == 100) is reached
    assert (told["zone"], told["health"]["zone"]) == (("RED",) if reached else ("ORANGE",)) * 2
    assert found["creators"]["totalCount"] == reached
    assert gates["score"] is not reached


@pytest.mark.parametrize(("beside", "over"), [(-TICK, False), (timedelta(0), True), (TICK, True)])
def test_02_a_penalty_is_over_at_one_instant_for_the_rules_and_for_every_view(asked: World, beside: timedelta, *, over: bool) -> None:
    ann = asked.registered()
    for number in range(2):
        asked.confirmed(ann, f"video-{number}", "COUNTERFEIT", "MAJOR")
    (penalty,) = asked.ask("query($id: ID!) { creator(id: $id) { penalties { nodes { endsAt } } } }", id=ann)["creator"]["penalties"]["nodes"]
    asked.clock.now = datetime.fromisoformat(penalty["endsAt"]) + beside
    told = asked.ask("query($id: ID!) { creator(id: $id) { status restrictions { until } } }", id=ann)["creator"]
    assert (told["status"], bool(told["restrictions"])) == (("IN_GOOD_STANDING", False) if over else ("RESTRICTED", True))
    asked.system.settle()
    assert bool(restrictions_of(asked.system.store.load(CREATORS, creator_id("ann")))) is not over
    listed = asked.ask('{ creators(filter: {restrictedIn: "LIVE_SELLING"}) { totalCount } }')["creators"]["totalCount"]
    assert listed == (not over)


@pytest.mark.parametrize(("beside", "late"), [(-TICK, False), (timedelta(0), True), (TICK, True)])
def test_02_an_appeal_may_be_filed_until_the_instant_that_the_view_tells(asked: World, beside: timedelta, *, late: bool) -> None:
    ann = asked.registered()
    violation = asked.confirmed(ann)["violation"]["id"]
    asked.told(ann, violation)
    until = asked.ask("query($id: ID!) { violation(id: $id) { appealUntil } }", id=violation)["violation"]["appealUntil"]
    asked.clock.now = datetime.fromisoformat(until) + beside
    errors = asked.tell("submitAppeal", {"creatorId": ann, "subject": violation, "grounds": "No."}, creator("ann"))["errors"]
    assert [error["code"] for error in errors] == ["APPEAL_WINDOW_CLOSED"] * late


# 3. What happens at the same instant all counts, in the order in which it was recorded.

def test_03_two_violations_of_the_same_instant_both_count_in_the_order_in_which_they_were_recorded() -> None:
    story = Story()
    for name in ("a", "b"):
        story.confirm(name, OTHER)
    first, second = story.account.violations
    lines = [line for line in story.account.standing.ledger.entries.values() if line.tally == "score"]
    assert [(line.source, line.delta, line.at) for line in lines] == [(first, -20, story.now), (second, -30, story.now)]
    assert story.score == 150


def test_03_what_is_dated_back_stands_where_it_was_recorded() -> None:
    story = Story()
    story.at(2 * DAY).confirm("a", OTHER)
    earlier = story.finding("b", OTHER, made=story.now - 3 * DAY)
    story.when(ConfirmViolation(creator=story.creator, finding=earlier), occurred_at=story.now - DAY)
    lines = [line for line in story.account.standing.ledger.entries.values() if line.tally == "score"]
    assert [line.delta for line in lines] == [-20, -30], "the second recorded is the second of its kind"
    assert [fact.version for fact in story.facts] == list(range(1, len(story.facts) + 1))


# 4. Expiry changes what something weighs, and never deletes it.

def test_04_expiry_changes_weight_and_never_deletes_history(asked: World) -> None:
    ann = asked.registered()
    for number in range(2):
        asked.confirmed(ann, f"video-{number}", "COUNTERFEIT", "MAJOR")
    before = facts_of(asked.system)
    asked.days(100)
    asked.system.settle()
    told = asked.ask("""query($id: ID!) { creator(id: $id) { score health { entries { points } } restrictions { capability }
      violations { nodes { status points explanation { entry { points weighs } } } } penalties { nodes { status } }
      timeline(first: 50) { nodes { kind } } } }""", id=ann)["creator"]
    assert (told["score"], told["health"]["entries"], told["restrictions"]) == (200, [], [])
    assert [(one["status"], one["points"]) for one in told["violations"]["nodes"]] == [("CONFIRMED", 60), ("CONFIRMED", 40)]
    assert [one["explanation"]["entry"] for one in told["violations"]["nodes"]] == [{"points": -60, "weighs": 0}, {"points": -40, "weighs": 0}]
    assert [one["status"] for one in told["penalties"]["nodes"]] == ["EXPIRED"]
    assert facts_of(asked.system)[:len(before)] == before
    assert len(asked.system.store.load(CREATORS, creator_id("ann")).violations) == 2
    kinds = [one["kind"] for one in told["timeline"]["nodes"]]
    assert (kinds.count("PointsDeducted"), kinds.count("PointsExpired")) == (2, 2)


# 5. Overturning one decision never lifts another's consequence; automation never lifts what a person placed.

def held(story: Story, days: int = 30) -> Any:
    """A person takes a capability away, the same that the ladder takes."""
    story.given(SuspendPermission(
        creator=story.creator, violations=(story.latest,), restrictions=restricted("LIVE_SELLING"), ends_at=story.now + days * DAY, reasons=REASONS))
    return story.penalties[-1]


def test_05_overturning_a_never_lifts_b() -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(60)
    first = story.latest
    story.at(DAY).deduct(60)
    second = story.latest
    ends = {penalty.trigger: penalty.ends_at for penalty in story.penalties}
    story.overturn(second)
    assert {penalty.trigger: penalty.ends_at for penalty in story.penalties} == {first: ends[first]}
    assert isinstance(story.account.violations[first], Confirmed)


def test_05_what_a_person_placed_outlasts_everything_that_happens_by_itself() -> None:
    first = plain(counters={"score": counting(*LADDER)}, earning={"GOOD": Earning(points=50, expiry=Expiry(mode=ExpiryMode.NEVER))}, zones=ANY_ZONE)
    story = Story(packs=published([first, later(first, date(2026, 3, 6), counters={"score": counting(base=300)})]))
    story.deduct(60)
    hold = held(story)
    acts = (
        lambda: story.given(EarnPoints(creator=story.creator, source="GOOD", quantity=2, reference="r")), lambda: story.at(8 * DAY),
        lambda: story.overturn(story.latest, keep=(hold.id,)), lambda: story.at(hold.ends_at - TICK))
    for act in acts:
        act()
        story.settle()
        assert story.account.standing.penalties[hold.id].ends_at == hold.ends_at
        assert hold.id in restrictions_of(story.account)[hold.restrictions[0]]
    assert [penalty.id for penalty in story.penalties] == [hold.id], "all that is automatic is gone"
    assert story.account.scheme
    assert story.account.scheme.version == 2


def test_05_whether_a_persons_penalty_falls_with_its_violation_is_decided_by_a_person() -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(10)
    hold = held(story)
    story.overturn(story.latest).refused(PersonalPenaltyUndecided)
    assert [penalty.id for penalty in story.penalties] == [hold.id]


# 6. What the system does by itself carries a system actor and the fact it follows from.

def test_06_what_follows_is_the_systems_with_its_cause_and_what_was_asked_for_is_somebodys() -> None:
    for story in long_history().stories:
        facts = story.facts
        following = [fact for fact in facts if fact.cause]
        assert {fact.actor for fact in following} == {SYSTEM}
        assert all(fact.cause and fact.cause.stream == fact.stream and fact.cause.version < fact.version for fact in following)
        assert all(fact.actor.kind is not ActorKind.SYSTEM and fact.actor.id for fact in facts if not fact.cause)
        assert len(following) > len(facts) / 3


def test_06_a_reversal_is_credited_to_no_moderator_and_leads_back_to_who_decided_the_appeal() -> None:
    story = Story(packs=laddered(*LADDER))
    story.deduct(60)
    story.overturn(story.latest)
    by = {type(fact.event): fact for fact in story.facts}
    reversed_, fell, decided = by[PenaltyReversed], by[ViolationOverturned], by[AppealDecided]
    assert (reversed_.actor, reversed_.cause) == (SYSTEM, Cause(story.creator, fell.version))
    assert (fell.actor, fell.cause) == (SYSTEM, Cause(story.creator, decided.version))
    assert (decided.actor, decided.cause) == (APPEALS_REVIEWER, None)


# 7. Nothing changes without an event, policies included.

def test_07_an_account_is_nothing_but_its_facts() -> None:
    for story in long_history().stories:
        assert refolded(story) == story.account


def test_07_what_is_refused_or_only_previewed_changes_nothing(asked: World) -> None:
    ann = asked.registered()
    asked.confirmed(ann)
    before, account = recorded(asked), asked.system.store.load(CREATORS, creator_id("ann"))
    asked.refused("confirmViolation", {"creatorId": ann, "finding": asked.finding()})
    asked.preview("confirmViolation", {"creatorId": ann, "finding": asked.finding("video-2")})
    assert recorded(asked) == before
    assert asked.system.store.load(CREATORS, creator_id("ann")) == account


def test_07_a_rule_is_in_force_by_an_event_of_its_publication_and_not_by_a_file(asked: World) -> None:
    system, us = asked.system, SHIPPED.in_force("US", asked.clock.now)
    folder, written = system.settings.packs, shipped()
    assert {path.name for path in folder.glob("*.toml")}
    with opened(system.settings.model_copy(update={"folder": system.settings.folder / "other", "database": None}), clock=asked.clock) as unpublished:
        assert list(unpublished.packs()) == [], "files alone are no rules"
        unpublished.library.publish(PublishPack(next(pack for pack in written if pack.pack.market == "US")), Actor(ActorKind.POLICY_OWNER, "paula"))
        (fact,) = unpublished.library.facts(us.id)
        assert [version.hash for version in unpublished.packs()] == [us.hash]
        assert fact.actor.id == "paula"


# 8. Nothing that happens removes history.

def test_08_no_overturn_erasure_rebuild_or_new_policy_changes_a_byte_of_what_was_recorded(asked: World) -> None:
    ann = asked.registered(handle="@ann")
    violation = asked.confirmed(ann, facts="The logo is a copy.")["violation"]["id"]
    before = recorded(asked)
    won(asked, ann, "ann", violation)
    asked.done("deleteContent", {"creatorId": ann, "contentId": "video-1"}, creator("ann"))
    asked.days(400)
    asked.system.settle()
    asked.system.library.publish(PublishPack(stricter()), Actor(ActorKind.POLICY_OWNER, "paula"))
    asked.system.store.keys.destroy(creator_id("ann"))
    asked.system.projector.rebuild()
    after = recorded(asked)
    for log, rows in before.items():
        assert after[log][:len(rows)] == rows
    assert len(after["creators"]) > len(before["creators"])
    told = asked.ask("query($id: ID!) { creator(id: $id) { handle timeline(first: 100) { nodes { version actor { id } } } } }", id=ann)["creator"]
    assert told["handle"] is None, "who it was is gone, what happened is not"
    assert [one["version"] for one in told["timeline"]["nodes"]] == list(range(len(facts_of(asked.system)), 0, -1))
    assert "moderator-1" in {one["actor"]["id"] for one in told["timeline"]["nodes"]}


# 9. Points, expiry and ladder come from the pinned policy alone.

FIGURES = {"points", "score", "delta", "expires", "weight", "threshold", "occurrence", "tally", "zone", "schedule"}
CHOSEN = {  # what a person may say, within what the pack or the ledger allows
    "DiscretionInput.points", "AmendViolationInput.points", "PreviewAmendViolationInput.points", "ClawBackPointsInput.points",
    "PreviewClawBackPointsInput.points"}
GIVEN = {  # what other systems measured
    f"{preview}{field}" for preview in ("", "Preview")
    for field in ("GrantRewardInput.promotionScore", "ChangeRewardTierInput.promotionScore", "TakeQuizInput.score")}


def test_09_no_input_takes_a_figure_of_the_rules() -> None:
    inputs = [kind for kind in schema._schema.type_map.values() if isinstance(kind, GraphQLInputObjectType)]  # noqa: SLF001  # there is no other way
    figures = {
        f"{kind.name}.{name}" for kind in inputs for name in kind.fields
        if "Filter" not in kind.name and any(figure in name.lower() for figure in FIGURES)}
    assert figures == CHOSEN | GIVEN


@pytest.mark.parametrize("figure", ["points: 1", 'expiresAt: "2026-03-03T00:00:00Z"', "occurrence: 1"])
def test_09_a_figure_that_a_client_sends_along_is_refused(asked: World, figure: str) -> None:
    ann = asked.registered()
    query = f"""mutation($id: ID!) {{ confirmViolation(input: {{creatorId: $id, idempotencyKey: "k", {figure}, finding: {{policy: "COUNTERFEIT",
      severity: MAJOR, content: {{id: "v", kind: VIDEO, createdAt: "2026-03-01T00:00:00Z"}}}}}}) {{ visible }} }}"""
    assert asked.failed(query, MODERATOR, id=ann) == "GRAPHQL_VALIDATION_FAILED"
    assert asked.confirmed(ann, policy="COUNTERFEIT", severity="MAJOR")["violation"]["points"] == 40


def test_09_a_person_chooses_within_the_packs_range_and_a_machine_not_at_all(asked: World) -> None:
    ann = asked.registered()
    for points in (19, 20, 80, 81):
        choosing = {"creatorId": ann, "finding": asked.finding(f"v-{points}", "COUNTERFEIT", "MAJOR"), "discretion": {
            "points": points, "reasons": "It is so."}}
        told = asked.preview("confirmViolation", choosing, select="scoreAfter")
        assert [error["code"] for error in told["errors"]] == ["DISCRETION_OUT_OF_RANGE"] * (points not in range(20, 81)), points
        assert asked.refused("confirmViolation", choosing, SERVICE) == "DISCRETION_NOT_GRANTED"


# 10. An idempotency key is unique in the database.

def confirming(content: str, now: datetime, policy: str = OTHER, name: str = "ann") -> ConfirmViolation:
    item = Content(ContentId(content), ContentKind.VIDEO, now - timedelta(hours=1))
    return ConfirmViolation(creator=creator_id(name), finding=Finding(policy, Severity.MODERATE, item))


def test_10_a_key_that_many_send_at_once_is_recorded_once_and_all_hear_the_same(asked: World) -> None:
    asked.registered()
    start = Barrier(8)
    with ExitStack() as systems, ThreadPoolExecutor(8) as threads:
        many = [systems.enter_context(opened(asked.system.settings, clock=asked.clock)) for _ in range(8)]

        def send(system: System) -> Any:
            start.wait()
            return system.governance.handle(confirming("video-1", asked.clock.now), by=PERSON, key="the-same")

        answers = list(threads.map(send, many))
    assert [answer.repeated for answer in answers].count(False) == 1
    assert len({(answer.first_version, answer.last_version, answer.position) for answer in answers}) == 1
    assert len([fact for fact in facts_of(asked.system) if fact.request == "the-same" and fact.cause is None]) == 1


def test_10_the_database_itself_takes_no_second_row_of_a_key(asked: World) -> None:
    ann = asked.registered()
    asked.done("confirmViolation", {"creatorId": ann, "finding": asked.finding()}, key="once")
    with log_database(asked.system.settings) as connection, pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError), match=r"(?i)unique"):
        connection.execute("""INSERT INTO creators_requests SELECT principal, stream, key, payload, first_version + 1, last_version + 1, position + 1
          FROM creators_requests WHERE key = 'once'""")


# 11. A failure to record or to project is loud.

def test_11_what_could_not_be_recorded_is_no_success(asked: World) -> None:
    ann = asked.registered()
    before = recorded(asked)
    on_postgres = bool(asked.system.settings.database)
    with log_database(asked.system.settings) as connection:
        for statement in breaking("creators", "the disk is full", postgres=on_postgres):
            connection.execute(statement)
        with pytest.raises((IntegrityError, psycopg.Error), match="the disk is full"):
            asked.system.governance.handle(confirming("video-1", asked.clock.now), by=PERSON, key="k")
        query = "mutation($input: ConfirmViolationInput!) { confirmViolation(input: $input) { visible } }"
        given = {"creatorId": ann, "finding": asked.finding(), "idempotencyKey": "k"}
        assert asked.failed(query, MODERATOR, input=given) == "INTERNAL_SERVER_ERROR"
        connection.execute(mending("creators", postgres=on_postgres))
    assert recorded(asked) == before
    assert asked.done("confirmViolation", {"creatorId": ann, "finding": asked.finding()}, key="k")["repeated"] is False


def test_11_a_read_model_that_fails_says_so_to_the_caller_to_the_operator_and_in_the_log(asked: World, caplog: pytest.LogCaptureFixture) -> None:
    ann = asked.registered()
    assert asked.client.get("/health/ready").status_code == 200
    with asked.system.views.begin() as views:
        for statement in breaking("violations", "no such page", postgres=bool(asked.system.settings.database)):
            views.execute(text(statement))
    told = asked.tell("confirmViolation", {"creatorId": ann, "finding": asked.finding()})
    assert (told["errors"], told["visible"]) == ([], True), "the others follow"
    health = asked.client.get("/health/ready")
    assert (health.status_code, health.json()["status"]) == (503, "not ready")
    assert health.json()["problems"][0].startswith("violations (log creators) stopped at position")
    assert "The read model violations stopped at position" in caplog.text
    assert "no such page" in caplog.text


# 12. A threshold crossed by two decisions at once fires once.

def test_12_a_threshold_that_two_decisions_cross_at_once_fires_exactly_once(asked: World) -> None:
    ann = asked.registered()
    asked.confirmed(ann, discretion={"points": 40, "reasons": "It is so."})
    interruptions = iter(["other"])
    with opened(asked.system.settings, clock=asked.clock) as other:

        def meanwhile(*_: Any) -> None:
            for name in interruptions:
                other.governance.handle(confirming(name, asked.clock.now), by=PERSON)

        overtaken = Governance(asked.system.store, RULES, asked.system.packs, asked.clock, guard=meanwhile)
        overtaken.handle(confirming("mine", asked.clock.now), by=PERSON)
    kinds = [type(fact.event).__name__ for fact in facts_of(asked.system)]
    assert (kinds.count("ViolationConfirmed"), kinds.count("MilestoneCrossed"), kinds.count("PenaltyImposed")) == (3, 1, 1)
    assert asked.system.store.load(CREATORS, creator_id("ann")).standing.ledger.score == 200 - 40 - 20 - 30


# 13. A new policy changes no past decision, and no health of the past.

def stricter() -> Pack:
    """A later version of the pack of the United States, in which everything is worse."""
    us = next(pack for pack in shipped() if pack.pack.market == "US")
    header = msgspec.structs.replace(us.pack, effective_from=date(2026, 3, 10))
    score = msgspec.structs.replace(us.counters["score"], base=120, thresholds=us.counters["score"].thresholds[:1])
    return msgspec.structs.replace(
        us, pack=header, points=(PointRule(points=999, provenance=us.points[0].provenance),), counters={**us.counters, "score": score})


PAST = """query($creator: ID!, $violation: ID!, $appeal: ID!) {
  violation(id: $violation) { points expiresAt pin { textPack textVersion textSha256 schedule scheduleVersion rule occurrence }
    explanation { inWords points rowPoints rule { hash row } } }
  creator(id: $creator) { penalties { nodes { kind startsAt endsAt explanation { inWords threshold { valueAfter } } } }
    timeline(first: 50) { nodes { version sentence packHash ... on PointsEvent { scoreAfter zoneAfter } } } }
  then: creator(id: $creator, asOf: "2026-03-02T10:00:00Z") { score zone health { packHash nextMilestone { at } entries { points expiresAt } }
    penalties { nodes { kind } } policyPack { version } }
  creatorHistoryForAppeal(appeal: $appeal) { standingThen { at status score zone penalties { kind } } } }"""


def past(asked: World, last: int, **which: str) -> Any:
    """What is told of the decisions, and of the account until its fact of that version."""
    told = asked.ask(PAST, **which)
    told["creator"]["timeline"]["nodes"] = [one for one in told["creator"]["timeline"]["nodes"] if one["version"] <= last]
    return told


def test_13_a_new_policy_changes_no_past_decision_and_no_health_of_the_past(asked: World) -> None:
    ann = asked.registered()
    found = [asked.confirmed(ann, f"video-{number}", "COUNTERFEIT", "MAJOR")["violation"]["id"] for number in range(2)]
    filing = {"creatorId": ann, "subject": found[1], "grounds": "No."}
    appeal = asked.done("submitAppeal", filing, creator("ann"), "appeal { id }")["appeal"]["id"]
    facts, which = facts_of(asked.system), {"creator": ann, "violation": found[1], "appeal": appeal}
    before = past(asked, len(facts), **which)
    asked.system.library.publish(PublishPack(stricter()), Actor(ActorKind.POLICY_OWNER, "paula"))
    asked.days(10)
    asked.system.settle()
    assert asked.ask("query($id: ID!) { creator(id: $id) { policyPack { version } } }", id=ann)["creator"]["policyPack"]["version"] == 2
    assert past(asked, len(facts), **which) == before
    assert facts_of(asked.system)[:len(facts)] == facts
    asked.system.projector.rebuild()
    assert past(asked, len(facts), **which) == before


# 14. Withdrawing a cause withdraws what followed from it automatically.

def test_14_with_its_only_cause_everything_automatic_is_withdrawn() -> None:
    packs = laddered(at(150, step("SUSPENDED", 7), proposed("OUT", None, 72, interim=True)), others={"repeat": counting(
        at(1, step("REPEAT", 5, ("CAMPAIGN",)), comparison=Comparison.AT_OR_ABOVE), shape=Shape.DEBT, base=0, weight=1, highest=None)})
    story = Story(packs=packs)
    story.deduct(60, "video-1")
    story.given(RemoveContent(creator=story.creator, content_id=ContentId("video-1"), violation_id=story.latest))
    standing = story.account.standing
    assert (len(standing.penalties), len(standing.proposals), len(standing.ledger.entries)) == (3, 1, 2)
    story.at(DAY).overturn(story.latest)
    standing = story.account.standing
    assert (standing.penalties, standing.proposals, standing.ledger.entries, standing.counted) == ({}, {}, {}, {})
    assert (story.score, standing.ledger.fired, story.account.measures, restrictions_of(story.account)) == (200, (), {}, {})
    assert all(penalty.reversed or penalty.interim for penalty in story.account.ended.values())


# 15. Every stored attribution can be read through the API.

ATTRIBUTION = """query($name: String!, $after: String) { creator(externalId: $name) { timeline(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor } nodes { version kind occurredAt recordedAt causeVersion
    actor { kind id role team qualifications onBehalfOf } } } } }"""


def told_of(asked: World, name: str) -> list[Any]:
    """What the timeline tells, from the first event on."""
    found: list[Any] = []
    after = None
    while True:
        page = asked.ask(ATTRIBUTION, name=name, after=after)["creator"]["timeline"]
        found, after = [*found, *page["nodes"]], page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return found[::-1]


def attributed(fact: Fact) -> Any:
    """Who, when and because of what, as the API would tell it."""
    actor = fact.actor
    return {
        "version": fact.version, "kind": type(fact.event).__name__, "occurredAt": instant(fact.occurred_at), "recordedAt": instant(fact.recorded_at),
        "causeVersion": fact.cause.version if fact.cause else None, "actor": {
            "kind": actor.kind, "id": actor.id, "role": actor.role, "team": actor.team or None, "qualifications": list(actor.qualifications),
            "onBehalfOf": actor.on_behalf_of or None}}


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def test_15_who_did_what_when_and_why_is_told_of_every_fact_of_an_account(asked: World) -> None:
    team = Actor(ActorKind.REVIEWER, "reviewer-9", "MODERATOR", "Hanoi", ("LANGUAGE:vi", "POLICY:*"), "somebody")
    stories = {f"creator-{number}": story.facts for number, story in enumerate(long_history().stories)}
    stories["creator-2"] = [msgspec.structs.replace(fact, actor=team) for fact in stories["creator-2"]]
    for facts in stories.values():
        asked.system.store.log(CREATORS).append(facts)
    asked.system.projector.catch_up()
    for name, facts in stories.items():
        assert told_of(asked, name) == [attributed(fact) for fact in facts]
        assert len(facts) > 100


def test_15_who_worked_on_an_appeal_and_who_published_a_rule_is_told_too(asked: World) -> None:
    ann, maria = asked.registered(), "dev:APPEALS_REVIEWER(LANGUAGE:vi,POLICY:*):maria"
    violation = asked.confirmed(ann)["violation"]["id"]
    filing = {"creatorId": ann, "subject": violation, "grounds": "No."}
    appeal = asked.done("submitAppeal", filing, creator("ann"), "appeal { id }")["appeal"]["id"]
    asked.claimed(ann, appeal, maria)
    asked.done("releaseAppeal", {"creatorId": ann, "appealId": appeal, "reason": "SHIFT_ENDED"}, maria)
    told = asked.ask("{ appealDesk { nodes { history { at by role qualifications } } } }")["appealDesk"]["nodes"][0]["history"]
    _, *steps = asked.system.store.log(CASES).facts(the_case(appeal))
    assert told == [
        {"at": instant(fact.occurred_at), "by": fact.actor.id, "role": fact.actor.role, "qualifications": list(fact.actor.qualifications)}
        for fact in steps]
    packs = asked.ask("{ policyPacks { hash publishedAt publishedBy { kind id } } }")["policyPacks"]
    assert {pack["publishedBy"]["id"] for pack in packs} == {"operator"}
    assert {pack["publishedAt"] for pack in packs} == {instant(asked.clock.now)}
    assert asked.ask("{ policyPacks { publishedBy { id } } }", creator("ann"))["policyPacks"][0] == {"publishedBy": {"id": None}}


def the_case(appeal: str) -> CaseId:
    """The case of an appeal."""
    found: Any = id_of(appeal, "Appeal")
    return case_id(found)


# 16. A reversal restores only what the decision changed.

def test_16_a_reversal_does_not_bring_back_what_the_owner_deleted_nor_what_another_decision_removed() -> None:
    story = Story()
    story.confirm("mine", items=tuple(map(ContentId, ("deleted", "shared", "plain"))))
    fallen = story.latest
    for name in ("deleted", "shared", "plain"):
        story.given(RemoveContent(creator=story.creator, content_id=ContentId(name), violation_id=fallen))
    story.confirm("shared", OTHER)
    story.given(
        RemoveContent(creator=story.creator, content_id=ContentId("shared"), violation_id=story.latest),
        DeleteContent(creator=story.creator, content_id=ContentId("deleted")))
    restored = story.overturn(fallen).all(ContentRestored)
    assert {(event.content_id, event.violation_id) for event in restored} == {("shared", fallen), ("plain", fallen)}
    assert {taken.content_id for taken in story.account.measures.values() if taken.violation == story.latest} == {"shared"}
    assert "deleted" in story.account.deleted


def test_16_a_reversal_does_not_undo_what_people_did_to_a_penalty_meanwhile() -> None:
    story = Story(packs=laddered(at(170, proposed("OUT", 9)), at(150, step("SUSPENDED", 7)), at(100, step("SUSPENDED", 14))))
    story.deduct(60)
    fallen = story.latest
    story.deduct(60)
    lifted, shortened = story.penalties
    story.given(
        LiftPenalty(creator=story.creator, penalty_id=lifted.id, reasons=REASONS),
        ShortenPenalty(creator=story.creator, penalty_id=shortened.id, ends_at=story.now + 2 * DAY, reasons=REASONS))
    story.at(DAY).overturn(fallen)
    assert {penalty.id: penalty.ends_at for penalty in story.penalties} == {shortened.id: story.now + DAY}


def test_16_a_reversal_gives_back_no_more_than_the_decision_took() -> None:
    story = Story(packs=laddered(*LADDER, earning={"GOOD": Earning(points=1, expiry=Expiry(mode=ExpiryMode.NEVER))}))
    story.deduct(30)
    fallen = story.latest
    story.given(EarnPoints(creator=story.creator, source="GOOD", quantity=7, reference="r"))
    story.deduct(5)
    entries = {id: line for id, line in story.account.standing.ledger.entries.items() if line.source != fallen}
    story.overturn(fallen)
    assert (story.account.standing.ledger.entries, story.score) == (entries, 202)
