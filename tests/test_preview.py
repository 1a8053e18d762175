"""What a preview says is what then happens: over random histories through the application, and over HTTP for every mutation."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from graphql import GraphQLInputObjectType
from hypothesis import given, settings

from api.access import MAY_DO, MAY_PREVIEW, preview_name
from api.app import schema
from api.identity import Role
from api.schema.mutations import mutation_name
from application.governance import Governance, Request
from application.store import Log, Store
from application.wiring import CREATORS, RULES, previewed
from domain.creator import decider
from domain.creator.carrying_out import Report, ReportRestriction
from domain.creator.decider import COMMANDS, SettleAccount
from domain.creator.grammar import Command, Order
from domain.creator.notices import SendNotice
from domain.creator.points import ThresholdReached
from domain.creator.preview import Preview
from domain.creator.state import Account, Restriction
from domain.facts import SYSTEM, Actor, Event, Fact
from domain.packs.catalogue import Catalogue
from domain.refusals import Refused
from tests.asking import AUDITOR, MODERATOR, REVIEWER, SECOND, SERVICE, World, creator
from tests.raw import everything
from tests.rulebook import MODERATOR as PERSON
from tests.rulebook import Outcome, Story
from tests.test_properties import EVERY, HISTORIES, WORLDS, Life

MASTER = bytes(range(32))
MINUTE = timedelta(minutes=1)
History = tuple[int, list[tuple[int, str, int, int]]]


# Against what is then recorded


def bare(fact: Fact) -> tuple[Any, ...]:
    """A fact without its position, and without what is personal, which is sealed once it is recorded."""
    content = msgspec.to_builtins(fact.event, enc_hook=lambda _: None)
    return fact.version, type(fact.event).__name__, content, fact.occurred_at, fact.recorded_at, fact.actor, fact.cause


def ends(account: Account, at: datetime) -> dict[Restriction, datetime | None]:
    """What is restricted at a moment, and until when."""
    found: dict[Restriction, datetime | None] = {}
    for penalty in account.standing.penalties.values():
        for restriction in penalty.restrictions if penalty.ends_at is None or penalty.ends_at > at else ():
            known = found.get(restriction, at)
            found[restriction] = max(known, penalty.ends_at) if known and penalty.ends_at else None
    return found


class Recorded(Story):
    """A story told through the application, in which whoever asks for something looks first."""

    def __init__(self, world: int, folder: Path) -> None:
        self.store = Store.open(folder, MASTER)
        self.log: Log[Account] = self.store.log(CREATORS)
        self.governance: Governance[Account, Catalogue] = Governance(self.store, RULES, lambda: WORLDS[world], lambda: self.now)
        super().__init__("XX", WORLDS[world])

    def settle(self) -> list[Event]:
        if self.account.registered:
            self.governance.handle(SettleAccount(creator=self.creator), by=SYSTEM)
        return [fact.event for fact in self.caught_up()]

    def caught_up(self) -> list[Fact]:
        facts = self.log.facts(self.creator, self.account.version)
        self.account = decider.fold(self.account, facts)
        self.facts += facts
        return facts

    def when(
            self, command: Command, by: Actor = PERSON, *, occurred_at: datetime | None = None, expected: int | None = None,
            seen: str | None = None) -> Outcome:
        request, before = Request(command, by, "key", None, occurred_at, expected), self.log.last_position()
        found = previewed(self.governance, request)
        assert self.log.last_position() == before, "looking records nothing"
        settled = decider.fold(self.account, found.settled)
        [answer] = self.governance.handle_all([msgspec.structs.replace(request, key="", preview=found.digest if seen is None else seen)])
        facts = self.caught_up()
        self.compare(found, settled, facts, answer if isinstance(answer, Refused) else None)
        order = Order(command, by, self.now, occurred_at, expected)
        return Outcome(self, order, facts[len(found.settled):], found.refusal)

    def compare(self, found: Preview, settled: Account, facts: list[Fact], refusal: Refused | None) -> None:
        """What was seen is what happened."""
        assert [bare(fact) for fact in (*found.settled, *found.decided)] == [bare(fact) for fact in facts]
        assert (type(found.refusal), str(found.refusal)) == (type(refusal), str(refusal))
        assert bool(found.digest) is (refusal is None), "what is refused cannot be pinned"
        if self.account.registered:
            assert found.score is not None
            assert (found.score.after, found.score.zone_after) == (self.score, self.packs.by_hash(self.scheme).pack.zone(self.score))
            assert found.score.before == (settled.standing.ledger.score if settled.registered else self.score)
        before, after = ends(settled, self.now), ends(self.account, self.now)
        changed = {what for what in {*before, *after} if (what in before, before.get(what)) != (what in after, after.get(what))}
        assert {change.restriction for change in (*found.gained, *found.lost)} == changed
        foreseen = before | {change.restriction: change.until for change in (*found.gained, *found.lost)}
        assert {what: until for what, until in foreseen.items() if until is None or until > self.now} == after
        reached = [fact.event for fact in facts[len(found.settled):] if isinstance(fact.event, ThresholdReached)]
        assert [(one.tally, one.threshold) for one in found.milestones] == [(one.tally, one.threshold) for one in reached]

    @property
    def scheme(self) -> Any:
        assert self.account.scheme is not None
        return self.account.scheme.hash


class Looked(Life):
    """A life in which every step is looked at before it is taken."""

    def __init__(self, world: int, folder: Path) -> None:
        super().__init__(world)
        self.told = Recorded(world, folder)


@settings(EVERY, max_examples=40)
@given(HISTORIES)
def test_what_a_preview_says_is_what_then_happens(history: History) -> None:
    with TemporaryDirectory() as folder:
        life = Looked(history[0], Path(folder))
        assert isinstance(life.told, Recorded)
        with life.told.store:
            for _ in life.live(history[1]):
                pass


class Waited(Story):
    """A story in which whoever asks for something finds the same a minute and some bookkeeping later."""

    def when(
            self, command: Command, by: Actor = PERSON, *, occurred_at: datetime | None = None, expected: int | None = None,
            seen: str | None = None) -> Outcome:
        self.settle()
        undated = occurred_at is None  # what is dated back takes effect no earlier than the last fact, which may be bookkeeping
        if undated and self.account.violations and (self.now + MINUTE).hour == self.now.hour:  # otherwise something may fall due meanwhile
            digest, kept = self.preview(command, by, occurred_at=occurred_at).digest, (self.account, list(self.facts), self.now)
            self.now += MINUTE
            self.bookkeep()
            assert self.preview(command, by, occurred_at=occurred_at).digest == digest
            self.account, self.facts, self.now = kept
        return super().when(command, by, occurred_at=occurred_at, expected=expected, seen=seen)

    def bookkeep(self) -> None:
        """The platform carries out what is in force, and the creator is sent word."""
        for penalty in self.penalties:
            super().when(ReportRestriction(creator=self.creator, penalty_id=penalty.id, report=Report.APPLIED))
        super().when(SendNotice(
            creator=self.creator, subject=self.latest, channel="INBOX", language="en", template="t", template_version="1", sha256="0" * 64))


@settings(EVERY, max_examples=40)
@given(HISTORIES)
def test_neither_a_minute_nor_bookkeeping_changes_the_digest_of_what_was_seen(history: History) -> None:
    life = Life(history[0])
    life.told = Waited("XX", WORLDS[history[0]])
    for _ in life.live(history[1]):
        pass


# Over HTTP


WHOLE = """events { kind sentence } settledFirst { kind sentence } scoreBefore scoreAfter zoneBefore zoneAfter digest
  milestones { tally threshold valueBefore valueAfter } deadlines { kind at }
  restrictionsGained { capability category territory item until untilBefore causes { kind automatic penalty { id } violations { id } } }
  restrictionsLost { capability until untilBefore causes { kind } }"""
GRAPHQL = schema._schema  # noqa: SLF001  # there is no other way to its types


def test_every_mutation_has_a_preview_for_the_same_roles_and_with_the_same_input_but_for_what_names_the_request() -> None:
    assert GRAPHQL.query_type is not None
    assert {name for name in GRAPHQL.query_type.fields if name.startswith("preview")} == set(MAY_PREVIEW)
    for command in COMMANDS.values():
        mutation = mutation_name(command)
        assert MAY_PREVIEW[preview_name(mutation)] == MAY_DO[mutation]
        done, seen = (GRAPHQL.type_map[f"{prefix}{command.__name__}Input"] for prefix in ("", "Preview"))
        assert isinstance(done, GraphQLInputObjectType)
        assert isinstance(seen, GraphQLInputObjectType)
        own = {name: str(field.type) for name, field in done.fields.items() if name not in ("idempotencyKey", "preview")}
        assert {name: str(field.type) for name, field in seen.fields.items()} == own


@pytest.mark.parametrize("role", Role)
def test_whoever_may_not_do_it_may_not_preview_it(asked: World, ann: str, role: Role) -> None:
    query = 'query($ann: ID!) { previewLiftPenalty(input: {creatorId: $ann, penaltyId: "x", reasons: "x"}) { errors { code path } } }'
    if role in MAY_DO["liftPenalty"]:
        assert asked.ask(query, f"dev:{role}:somebody", ann=ann) == {
            "previewLiftPenalty": {"errors": [{"code": "BAD_USER_INPUT", "path": ["input", "penaltyId"]}]}}
    else:
        assert asked.failed(query, f"dev:{role}:somebody", ann=ann) == "FORBIDDEN"
    assert asked.failed(query, None, ann=ann) == "UNAUTHENTICATED"


def test_a_preview_tells_what_the_mutation_then_does_and_records_nothing(asked: World, ann: str) -> None:
    asked.confirmed(ann, "video-0", policy="COUNTERFEIT", severity="MAJOR")
    confirming = {"creatorId": ann, "finding": asked.finding("video-1", "COUNTERFEIT", "MAJOR"), "facts": "The logo is a copy."}
    before = everything(asked.system.settings)
    found = asked.preview("confirmViolation", confirming, MODERATOR, WHOLE)
    assert everything(asked.system.settings) == before
    assert (found["scoreBefore"], found["scoreAfter"], found["zoneBefore"], found["zoneAfter"]) == (160, 100, "ORANGE", "RED")
    assert found["milestones"] == [{"tally": "score", "threshold": 100, "valueBefore": 160, "valueAfter": 100}]
    assert (found["settledFirst"], found["restrictionsLost"], found["errors"]) == ([], [], [])
    assert {cause["penalty"] for one in found["restrictionsGained"] for cause in one["causes"]} == {None}, "there is none yet"
    payload = asked.done("confirmViolation", confirming | {"preview": found["digest"]}, MODERATOR, """creator {
      health { score zone } restrictions { capability until } timeline(first: 50) { nodes { kind sentence } } }""")["creator"]
    assert payload["health"] == {"score": 100, "zone": "RED"}
    assert payload["timeline"]["nodes"][:len(found["events"])] == found["events"][::-1]
    assert payload["restrictions"] == [{"capability": one["capability"], "until": one["until"]} for one in sorted(
        found["restrictionsGained"], key=lambda one: str(one["capability"]))]


def test_a_preview_of_an_account_that_is_not_there_yet_begins_with_its_own_score(asked: World) -> None:
    opening = {"externalId": "bea", "market": "US", "accountType": "PRIVATE", "adult": True}
    found = asked.preview("registerCreator", opening, SERVICE, "scoreBefore scoreAfter zoneAfter events { kind }")
    assert (found["scoreBefore"], found["scoreAfter"], found["zoneAfter"]) == (200, 200, "GREEN")
    assert [event["kind"] for event in found["events"]] == ["CreatorAccountOpened", "SchemeAdopted"]
    refused = asked.preview("registerCreator", opening | {"adult": False}, SERVICE, WHOLE)
    assert (refused["scoreBefore"], refused["digest"], refused["events"]) == (None, None, [])
    assert [error["code"] for error in refused["errors"]] == ["CREATOR_UNDER_AGE"]


def test_what_fell_due_is_told_apart(asked: World, ann: str) -> None:
    asked.confirmed(ann)
    asked.days(200)
    found = asked.preview("settleAccount", {"creatorId": ann}, SERVICE, WHOLE)
    assert found["events"] == []
    assert [event["kind"] for event in found["settledFirst"]] == ["StrikeExpired", "PointsExpired", "StrikeExpired"]
    assert found["scoreBefore"] == found["scoreAfter"] == 200


def test_what_changed_since_it_was_seen_is_refused_as_data(asked: World, ann: str) -> None:
    confirming = {"creatorId": ann, "finding": asked.finding("video-1")}
    digest = asked.preview("confirmViolation", confirming)["digest"]
    asked.confirmed(ann, "video-2")
    (error,) = asked.tell("confirmViolation", confirming | {"preview": digest})["errors"]
    assert (error["code"], error["path"]) == ("PREVIEW_CHANGED", ["input", "preview"])


def test_the_same_approval_again_gets_the_same_answer_though_what_was_seen_is_gone(asked: World, ann: str) -> None:
    asked.confirmed(ann, policy="FAKE_ENGAGEMENT", severity="SEVERE", select="")
    (proposed,) = asked.ask('{ creator(externalId: "ann") { penalties(filter: {channel: ["ZERO_TOLERANCE"]}) { nodes { id } } } }'
                            )["creator"]["penalties"]["nodes"]
    approving = {"creatorId": ann, "penaltyId": proposed["id"]}
    assert asked.refused("approvePenalty", approving, SECOND) == "PREVIEW_REQUIRED"
    approving["preview"] = asked.preview("approvePenalty", approving, SECOND)["digest"]
    first = asked.done("approvePenalty", approving, SECOND, "penalty { id status }", key="once")
    assert first["penalty"] == {"id": proposed["id"], "status": "LIVE"}
    assert asked.done("approvePenalty", approving, SECOND, "penalty { id status }", key="once") == first | {"repeated": True}


def test_a_creator_sees_what_an_appeal_would_do_without_a_name_or_anybodys_words(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann, facts="Seen by moderator-1.")["violation"]["id"]
    asked.told(ann, violation)
    filing = {"creatorId": ann, "subject": violation, "grounds": "It is my own words."}
    found = asked.preview("submitAppeal", filing, creator("ann"), WHOLE)
    assert [event["sentence"] for event in found["events"]] == ["An appeal against a violation was submitted at level 1."]
    assert "moderator-1" not in str(found)
    assert "words" not in str(found)
    late = filing | {"occurredAt": "2026-03-01T10:00:00Z"}
    assert [error["code"] for error in asked.preview("submitAppeal", late, creator("ann"))["errors"]] == ["BAD_USER_INPUT"]
    query = "query($input: PreviewSubmitAppealInput!) { previewSubmitAppeal(input: $input) { digest } }"
    assert asked.failed(query, creator("ben"), input=filing) == "FORBIDDEN"


def test_who_may_not_see_the_account_is_told_the_refusal_alone(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    asked.days(200)
    filing = {"creatorId": ann, "subject": violation, "grounds": "It is true."}
    found = asked.preview("submitAppeal", filing, "dev:AGENCY:agency-1", WHOLE)
    assert [error["code"] for error in found.pop("errors")] == ["APPEAL_NOT_YOURS"]
    assert [name for name, told in found.items() if told] == []


def test_reviewers_see_what_reversing_an_appeal_gives_back(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann, "video-0", policy="COUNTERFEIT", severity="MAJOR")["violation"]["id"]
    asked.confirmed(ann, "video-1", policy="COUNTERFEIT", severity="MAJOR")
    appeal = asked.done("submitAppeal", {"creatorId": ann, "subject": violation, "grounds": "Mine."}, creator("ann"), "appeal { id }")["appeal"]["id"]
    deciding = {"creatorId": ann, "appealId": appeal, "outcome": "REVERSED", "reasons": "It is."}
    asked.claimed(ann, appeal)
    found = asked.preview("decideAppeal", deciding, REVIEWER, WHOLE)
    assert (found["scoreBefore"], found["scoreAfter"], found["restrictionsGained"]) == (100, 160, [])
    assert {one["until"] for one in found["restrictionsLost"]} == {"2026-03-02T10:00:00Z"}
    assert "PenaltyReversed" in [event["kind"] for event in found["events"]]
    assert asked.failed("query($i: PreviewDecideAppealInput!) { previewDecideAppeal(input: $i) { digest } }", AUDITOR, i=deciding) == "FORBIDDEN"
