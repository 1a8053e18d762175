"""The audit log: every fact of every log can be found, by whatever it is looked for; and so can who read whose personal data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.identity import Role
from api.ids import thing_of
from application.accesses import ACCESSES
from application.wiring import followed_logs
from domain.accesses import PersonalDataAccessed
from domain.creator.scheme import CreatorAccountOpened
from domain.facts import SYSTEM, Fact
from domain.identity import creator_id
from tests.asking import ADMIN, MODERATOR, REVIEWER, SERVICE, START, World, creator, evidence, world
from tests.raw import breaking, log_database, mending

AGENCY = "dev:AGENCY:agency-1"
PAGE = """query($filter: AuditLogFilter, $order: AuditLogOrder, $first: Int! = 100, $after: String) {
  auditLog(filter: $filter, orderBy: $order, first: $first, after: $after) { totalCount totalCountIsExact pageInfo { hasNextPage endCursor }
    nodes { log position kind recordedAt occurredAt creatorId market policy policyVersion violationId penaltyId appealId rewardId subject
      actor { kind id role qualifications } fact { stream version causeStream causeVersion request parameters } } } }"""
PERSONAL = "{ creators(first: 20) { nodes { externalId handle contact } } }"
ROLES = [role.value for role in Role]
HANDLE = "ann-the-secret"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, database_of_module: str) -> Iterator[World]:
    """Two markets, a violation that cost a penalty, an appeal that was decided at the desk, and another that waits."""
    with world(tmp_path_factory.mktemp("audit"), database_of_module) as asked:
        ann = asked.registered("ann", handle=HANDLE, contact="ann@example.com")
        ben = asked.registered("ben", "VN")
        for number, name in enumerate((ann, ann, ben)):
            asked.days(1)
            found = asked.finding(f"video-{number}", "COUNTERFEIT", "MAJOR", evidence=[evidence(f"e-{number}", note="At the end.")])
            violation = asked.done("confirmViolation", {"creatorId": name, "finding": found}, MODERATOR, "violation { id }")["violation"]["id"]
            asked.told(name, violation)
        filing = {"creatorId": ben, "subject": violation, "grounds": "No."}
        appeal = asked.done("submitAppeal", filing, creator("ben"), "appeal { id }")["appeal"]["id"]
        asked.claimed(ben, appeal)
        deciding = {"creatorId": ben, "appealId": appeal, "outcome": "REVERSED", "reasons": "Seen.", "rootCause": "MODEL_ERROR"}
        asked.done("decideAppeal", deciding, REVIEWER)
        found = asked.finding("video-9")
        asked.days(40)
        late = {"creatorId": ann, "finding": found, "occurredAt": (asked.clock.now - timedelta(days=20)).isoformat()}
        asked.done("confirmViolation", late)
        asked.ask(PERSONAL)
        caught_up(asked)
        yield asked


def caught_up(asked: World) -> None:
    """Wait until what was read is in the audit log, which is a moment after whoever read it has the answer."""
    assert asked.system.projector.has_come_to(ACCESSES.number, asked.system.store.log(ACCESSES).last_position(), 10)


def entries(asked: World, which: dict[str, Any] | None = None, order: dict[str, Any] | None = None, first: int = 100) -> list[Any]:
    """All entries that a filter lets through, page by page."""
    found, after, more = [], None, True
    while more:
        page = asked.ask(PAGE, filter=which, order=order, first=first, after=after)["auditLog"]
        found += page["nodes"]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert page["totalCount"] == len(found)
    return found


def place(entry: Any) -> tuple[str, int]:
    return entry["log"], entry["position"]


def recorded(asked: World) -> dict[tuple[str, int], Fact]:
    """Every fact of every log."""
    return {(log.name, fact.position): fact for log in followed_logs(asked.system.store).values() for fact in log.facts_after(0, 10_000)}


def test_every_fact_of_every_log_is_in_the_audit_log_once_and_as_it_was_recorded(told: World) -> None:
    facts, found = recorded(told), entries(told)
    assert [place(it) for it in found] == sorted(facts, key=lambda at: (facts[at].recorded_at, told_number(told, at[0]), at[1]))
    assert {log for log, _ in facts} == {"creators", "cases", "packs", "accesses"}
    for it in found:
        fact = facts[place(it)]
        assert (it["kind"], it["fact"]["stream"], it["fact"]["version"]) == (type(fact.event).__name__, str(fact.stream), fact.version)
        assert (it["actor"]["kind"], it["actor"]["id"], it["actor"]["role"]) == (fact.actor.kind, fact.actor.id, fact.actor.role)
        assert (it["fact"]["request"] or "", it["fact"]["causeVersion"]) == (fact.request, fact.cause and fact.cause.version)
        assert it["recordedAt"] == fact.recorded_at.isoformat().replace("+00:00", "Z")


def told_number(asked: World, log: str) -> int:
    return next(number for number, name in asked.system.log_names().items() if name == log)


def test_facts_of_accounts_cases_and_packs_say_in_which_market_they_were(told: World) -> None:
    found: dict[tuple[str, str], set[str]] = {}
    for it in entries(told):
        found.setdefault((it["log"], it["kind"]), set()).add(it["market"])
    assert (found["creators", "CreatorAccountOpened"], found["cases", "CaseOpened"], found["cases", "CaseClosed"]) == ({"US", "VN"}, {"VN"}, {"VN"})
    assert found["packs", "PolicyPublished"] == {pack.pack.pack.market for pack in told.system.packs()}
    assert found["accesses", "PersonalDataAccessed"] == {None}


def test_an_account_that_moves_is_found_in_the_market_it_was_in_then(asked: World) -> None:
    ann = asked.registered("ann", "US")
    asked.confirmed(ann, select="")
    asked.done("changeMarket", {"creatorId": ann, "market": "VN"}, SERVICE)
    asked.confirmed(ann, "video-2", select="")
    us, vn = ({it["kind"] for it in entries(asked, {"market": [market], "creatorId": ann})} for market in ("US", "VN"))
    assert ("AccountMarketChanged" in us, "AccountMarketChanged" in vn) == (False, True)
    assert "ViolationConfirmed" in us & vn


FILTERS: list[tuple[str, Callable[[Any], dict[str, Any]], Callable[[Any, Any], bool]]] = [
    ("actor", lambda one: {"actor": [one["actor"]["id"]]}, lambda it, one: it["actor"]["id"] == one["actor"]["id"]),
    ("several actors", lambda one: {"actor": [one["actor"]["id"], "moderator-1"]}, lambda it, one: it["actor"]["id"] in (
        one["actor"]["id"], "moderator-1")),
    ("kind", lambda one: {"kinds": [one["kind"]]}, lambda it, one: it["kind"] == one["kind"]),
    ("several kinds", lambda one: {"kinds": [one["kind"], "PointsDeducted"]}, lambda it, one: it["kind"] in (one["kind"], "PointsDeducted")),
    ("log and position", lambda one: {"position": {"log": one["log"], "from": one["position"], "to": one["position"] + 2}}, lambda it, one: (
        it["log"] == one["log"] and one["position"] <= it["position"] <= one["position"] + 2)),
    ("recorded", lambda one: {"recordedAt": {"from": one["recordedAt"]}}, lambda it, one: it["recordedAt"] >= one["recordedAt"]),
    ("recorded before", lambda one: {"recordedAt": {"to": one["recordedAt"]}}, lambda it, one: it["recordedAt"] < one["recordedAt"]),
    ("occurred", lambda one: {"occurredAt": {"from": one["occurredAt"]}, "kinds": [one["kind"]]}, lambda it, one: (
        it["occurredAt"] >= one["occurredAt"] and it["kind"] == one["kind"])),
    ("kind and market", lambda one: {"kinds": [one["kind"]], "market": ["US"]}, lambda it, one: it["kind"] == one["kind"] and it["market"] == "US"),
    ("role", lambda one: {"role": [one["actor"]["role"]]} if one["actor"]["role"] in ROLES else {}, lambda it, one: (
        one["actor"]["role"] not in ROLES or it["actor"]["role"] == one["actor"]["role"])),
    ("creator", lambda one: {"creatorId": one["creatorId"]} if one["creatorId"] else {}, lambda it, one: (
        not one["creatorId"] or it["creatorId"] == one["creatorId"])),
    ("market", lambda one: {"market": [one["market"]]} if one["market"] else {}, lambda it, one: (
        not one["market"] or it["market"] == one["market"])),
    ("policy", lambda one: {"policy": [one["policy"]]} if one["policy"] else {}, lambda it, one: (
        not one["policy"] or it["policy"] == one["policy"])),
    ("policy version", lambda one: {"policyVersion": [one["policyVersion"]]} if one["policyVersion"] else {}, lambda it, one: (
        not one["policyVersion"] or it["policyVersion"] == one["policyVersion"])),
]
SORTED = {"RECORDED": "recordedAt", "OCCURRED": "occurredAt"}


@pytest.mark.parametrize(("asks", "fits"), [it[1:] for it in FILTERS], ids=[it[0] for it in FILTERS])
def test_a_filter_finds_exactly_what_it_asks_for(
        told: World, asks: Callable[[Any], dict[str, Any]], fits: Callable[[Any, Any], bool]) -> None:
    every = entries(told)
    seen: list[dict[str, Any]] = []
    for one in every:
        which = asks(one)
        if which not in seen and len(seen) < 6:
            seen.append(which)
            found = entries(told, which)
            assert sorted(map(place, found)) == sorted(place(it) for it in every if fits(it, one)), which
    assert len(seen) > 1


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", ["RECORDED", "OCCURRED", "POSITION"])
def test_pages_follow_one_another_in_every_order_with_nothing_twice_and_nothing_left_out(told: World, field: str, direction: str) -> None:
    order = {"field": field, "direction": direction}
    for which in (None, {"kinds": ["NoticeDelivered", "NoticeSent", "PointsDeducted"]}, {"creatorId": str(creator_id("ann"))}):
        found = entries(told, which, order, first=7)
        keys = [(it.get(SORTED.get(field, ""), ""), told_number(told, it["log"]), it["position"]) for it in found]
        assert keys == sorted(keys, reverse=direction == "DESC")
        assert sorted(map(place, found)) == sorted(map(place, entries(told, which)))


def test_what_happened_to_a_subject_is_found_by_its_id_in_every_log(told: World) -> None:
    every = entries(told)
    for name in ("violationId", "penaltyId", "appealId"):
        subject = next(it[name] for it in every if it[name])
        plain = str((thing_of(subject) or ("", ""))[1])
        expected = [place(it) for it in every if subject in (it["violationId"], it["penaltyId"], it["appealId"]) or it["subject"] == plain]
        assert [place(it) for it in entries(told, {"subject": subject})] == expected
        assert [place(it) for it in entries(told, {"subject": plain})] == expected
    assert {it["log"] for it in entries(told, {"subject": subject})} == {"creators", "cases"}
    assert entries(told, {"subject": str(creator_id("nobody"))}) == []


def test_no_personal_text_and_no_ciphertext_is_in_the_audit_log(told: World) -> None:
    every = entries(told)
    opened, _ = (it["fact"]["parameters"] for it in every if it["kind"] == "CreatorAccountOpened")
    assert opened["handle"] is None
    assert HANDLE not in str(every)
    (sealed,) = (fact.event.contact for fact in recorded(told).values() if isinstance(fact.event, CreatorAccountOpened) and fact.event.contact)
    assert sealed.token.rpartition(":")[2] not in str(every)


def test_the_system_itself_can_be_asked_for_as_an_actor(told: World) -> None:
    found = entries(told, {"actor": [SYSTEM.id], "kinds": ["CaseOpened"]})
    assert len(found) == 1
    assert found[0]["actor"]["kind"] == "SYSTEM"


@pytest.mark.parametrize(("which", "named", "message"), [
    ({"kinds": ["Nothing"]}, "filter.kinds", "'Nothing' is no kind of event"),
    ({"creatorId": "x"}, "filter.creatorId", "'x' is no id"),
    ({"subject": "x"}, "filter.subject", "'x' is no id"),
    ({"position": {"log": "nowhere"}}, "filter.position", "there is no log 'nowhere'; there are creators, cases, packs, accesses"),
    ({"position": {"log": "creators", "from": 9, "to": 3}}, "filter.position", "the first (9) lies after the last (3)"),
    ({"recordedAt": {"from": "2026-03-02T10:00:00Z", "to": "2026-03-02T10:00:00Z"}}, "filter.recordedAt", "its beginning must lie before its end"),
    ({"actor": [str(number) for number in range(51)]}, "filter.actor", "there are 51 values, and at most 50 are allowed"),
    ({"policy": [""]}, "filter.policy", "one of the values is empty")])
def test_what_cannot_be_asked_is_told_with_what_would_be_right(told: World, which: dict[str, Any], named: str, message: str) -> None:
    (error,) = told.answer(PAGE, filter=which)["errors"]
    assert (error["extensions"]["code"], error["extensions"]["argument"]) == ("BAD_USER_INPUT", named)
    assert message in error["message"]


def test_nothing_found_is_an_empty_page(told: World) -> None:
    nothing: tuple[dict[str, Any], ...] = ({"actor": ["nobody"]}, {"market": []}, {"recordedAt": {"from": "2090-01-01T00:00:00Z"}})
    for which in nothing:
        page = told.ask(PAGE, filter=which)["auditLog"]
        assert (page["nodes"], page["totalCount"], page["pageInfo"]) == ([], 0, {"hasNextPage": False, "endCursor": None})


@pytest.mark.parametrize("role", [it for it in Role if it not in (Role.AUDITOR, Role.ADMIN)])
def test_the_audit_log_is_for_auditors_and_administrators_alone(told: World, role: Role) -> None:
    assert told.failed(PAGE, f"dev:{role}:somebody") == "FORBIDDEN"
    assert told.ask(PAGE, ADMIN, first=1)["auditLog"]["nodes"] != []


def test_a_page_takes_as_many_statements_however_long_it_is(told: World) -> None:
    counted = []
    for first in (1, 50):
        with told.statements() as statements:
            told.ask(PAGE, first=first)
        counted.append(len(statements))
    assert counted[0] == counted[1]


# Who read whose personal data


class Reads:
    """Two creators who have a handle, of whom the second has contact details too, and the reads of personal data since a test began."""

    def __init__(self, asked: World) -> None:
        self.asked = asked
        self.ann, self.ben = asked.registered("ann", handle="ann"), asked.registered("ben", handle="ben", contact="ben@example.com")

    def begin(self) -> None:
        self._before = self.asked.system.store.log(ACCESSES).last_position()

    def facts(self) -> list[Fact]:
        return self.asked.system.store.log(ACCESSES).facts_after(self._before, 100)

    def entries(self, **which: Any) -> list[Any]:
        caught_up(self.asked)
        return entries(self.asked, {"position": {"log": "accesses", "from": self._before + 1}, **which})


@pytest.fixture(scope="module")
def reads_of_module(tmp_path_factory: pytest.TempPathFactory, other_database_of_module: str) -> Iterator[Reads]:
    with world(tmp_path_factory.mktemp("reads"), other_database_of_module) as asked:
        yield Reads(asked)


@pytest.fixture
def reads(reads_of_module: Reads) -> Reads:
    reads_of_module.begin()
    return reads_of_module


def read(entry: Any) -> tuple[str, str, list[str]]:
    told = entry["fact"]["parameters"]
    return entry["actor"]["id"], told["operation"], told["fields"]


def test_who_is_shown_personal_data_is_recorded_with_whose_and_which_through_what(reads: Reads) -> None:
    reads.asked.client.post("/graphql", json={"query": PERSONAL}, headers={"authorization": f"Bearer {MODERATOR}", "x-request-id": "page-1"})
    found = reads.entries()
    assert {it["creatorId"]: read(it)[2] for it in found} == {
        reads.ann: ["Creator.handle"], reads.ben: ["Creator.contact", "Creator.handle"]}
    assert {read(it)[:2] for it in found} == {("moderator-1", "creators")}
    assert {(it["actor"]["role"], it["fact"]["parameters"]["request_id"]) for it in found} == {("MODERATOR", "page-1")}
    assert len({it["fact"]["stream"] for it in found}) == 1, "one request, one stream"


def test_creators_of_whom_the_same_was_read_are_in_one_fact_and_each_is_found_by_it(reads: Reads) -> None:
    reads.asked.ask("{ creators(first: 20) { nodes { handle } } }", MODERATOR)
    assert len(reads.facts()) == 1
    assert {it["creatorId"] for it in reads.entries()} == {reads.ann, reads.ben}
    assert [it["creatorId"] for it in reads.entries(creatorId=reads.ben)] == [reads.ben]


def test_what_opens_no_personal_text_records_nothing(reads: Reads) -> None:
    reads.asked.ask("{ creators(first: 20) { nodes { externalId score } } }", MODERATOR)
    reads.asked.ask(PAGE)
    reads.asked.registered("chris", handle="chris")
    reads.asked.ask('{ creators(filter: { handle: "nobody" }) { nodes { handle } } }', MODERATOR)
    assert reads.facts() == []


def test_a_creator_who_reads_the_own_data_is_not_recorded_and_whoever_acts_for_one_is(reads: Reads) -> None:
    mine = "query($id: ID!) { creator(id: $id) { handle } }"
    assert reads.asked.ask(mine, creator("ann"), id=reads.ann)["creator"] == {"handle": "ann"}
    reads.asked.done("authoriseRepresentative", {"creatorId": reads.ann, "representative": "agency-1", "kind": "AGENCY"}, creator("ann"))
    assert reads.facts() == []
    assert reads.asked.ask(mine, AGENCY, id=reads.ann)["creator"] == {"handle": "ann"}
    (entry,) = reads.entries()
    assert (entry["creatorId"], *read(entry)) == (reads.ann, "agency-1", "creator", ["Creator.handle"])


@pytest.mark.parametrize("moment", ["asOf: $now", "knownAt: $now", "atVersion: 2"])
def test_who_is_shown_personal_data_of_a_past_moment_is_recorded_too(reads: Reads, moment: str) -> None:
    query = f"query($id: ID!, $now: DateTime) {{ creator(id: $id, {moment}) {{ handle }} unused: creator(id: $id, asOf: $now) {{ score }} }}"
    found = reads.asked.ask(query, MODERATOR, id=reads.ann, now=reads.asked.clock.now.isoformat())
    assert found["creator"] == {"handle": "ann"}
    (entry,) = reads.entries()
    assert (entry["creatorId"], *read(entry)) == (reads.ann, "moderator-1", "creator", ["Creator.handle"])


def test_who_searches_by_a_handle_is_recorded_as_having_read_it(reads: Reads) -> None:
    found = reads.asked.ask('{ creators(filter: { handle: "ben" }) { nodes { id } } }', MODERATOR)["creators"]["nodes"]
    (entry,) = reads.entries()
    assert (found, entry["creatorId"], *read(entry)) == (
        [{"id": reads.ben}], reads.ben, "moderator-1", "creators", ["CreatorFilter.handle"])


def test_what_a_mutation_shows_is_recorded_too(reads: Reads) -> None:
    reads.asked.confirmed(reads.ann, select="creator { handle }")
    (entry,) = reads.entries()
    assert read(entry) == ("moderator-1", "confirmViolation", ["Creator.handle"])


def test_nobody_is_shown_what_cannot_be_recorded(reads: Reads) -> None:
    asked, postgres = reads.asked, bool(reads.asked.system.settings.database)
    with log_database(asked.system.settings) as log:
        for statement in breaking("accesses", "out of order", postgres=postgres):
            log.execute(statement)
        try:
            answer = asked.client.post("/graphql", json={"query": PERSONAL}, headers={"authorization": f"Bearer {MODERATOR}"}).json()
            (error,) = answer["errors"]
            assert (answer["data"], error["extensions"]["code"]) == ({"creators": None}, "TRY_AGAIN")
            assert "recorded before it is shown" in error["message"]
            assert asked.ask("{ creators(first: 20) { nodes { externalId } } }", MODERATOR)["creators"]["nodes"] != []
            assert asked.ask("query($id: ID!) { creator(id: $id) { handle } }", creator("ann"), id=reads.ann)["creator"] == {"handle": "ann"}
        finally:
            log.execute(mending("accesses", postgres=postgres))
    assert reads.facts() == []
    assert asked.ask(PERSONAL, MODERATOR)["creators"]["nodes"][0]["handle"] == "ann"


def test_those_who_read_at_the_same_time_are_all_recorded(reads: Reads) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: reads.asked.ask(PERSONAL, f"dev:MODERATOR:reader-{number}"), range(24)))
    assert Counter(fact.actor.id for fact in reads.facts()).keys() == {f"reader-{number}" for number in range(24)}


def test_what_the_log_of_accesses_stores_names_no_text(reads: Reads) -> None:
    reads.asked.ask(PERSONAL, MODERATOR)
    assert {type(fact.event) for fact in reads.facts()} == {PersonalDataAccessed}
    with log_database(reads.asked.system.settings) as log:
        rows = log.execute("SELECT * FROM accesses").fetchall()
    stored = str([tuple(bytes(it) if isinstance(it, memoryview) else it for it in row) for row in rows])
    assert str(creator_id("ann")) in stored
    assert "ben@example.com" not in stored


def test_the_audit_log_built_anew_from_all_logs_is_the_one_that_was_kept(told: World) -> None:
    before = entries(told)
    told.system.projector.rebuild("audit_log")
    assert entries(told) == before
    told.system.projector.rebuild()
    assert entries(told) == before
    assert told.system.projector.positions()["audit_log of accesses"] == told.system.store.log(ACCESSES).last_position()


@pytest.mark.parametrize("logs", [3])
def test_where_accounts_are_spread_the_audit_log_holds_every_log(tmp_path: Path, logs: int) -> None:
    with world(tmp_path, logs=logs) as asked:
        for number in range(6):
            asked.registered(f"c-{number}", handle="x")
        asked.ask(PERSONAL)
        caught_up(asked)
        found = entries(asked, first=7)
        assert {place(it) for it in found} == recorded(asked).keys()
        assert {it["log"] for it in found} == {"creators", "creators_2", "creators_3", "packs", "accesses"}
        assert found[0]["recordedAt"] == START.isoformat().replace("+00:00", "Z")
