"""The appeals desk as a frontend asks it: what waits, who has it in hand, and when it is due."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event
from typing import Any
from uuid import UUID

from api.ids import id_of
from application.desk import CASES, Shared
from domain.cases.case import CaseOpened
from domain.cases.desk import OpenCase
from domain.creator.subjects import Subject
from domain.facts import SYSTEM, Cause
from domain.identity import AppealId, CreatorId, case_id, creator_id, derived
from tests.asking import ADMIN, AUDITOR, MODERATOR, REVIEWER, START, World, creator

MARIA = "dev:APPEALS_REVIEWER(LANGUAGE:vi,POLICY:*):maria"
DESK = """query($filter: AppealDeskFilter, $orderBy: AppealDeskOrder! = DUE_FIRST, $first: Int! = 20, $after: String) {
  appealDesk(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount counts { status count } pageInfo { hasNextPage endCursor }
    nodes { status market languages policies level subjectKind dueAt assignee leasedBy leaseUntil conflicted outcome openedAt closedAt
            appeal { id status } creator { externalId } } } }"""


def appealed(asked: World, name: str = "ann", content: str = "video-1", policy: str = "MISLEADING_PROMOTION", severity: str = "MODERATE",
             **more: Any) -> dict[str, Any]:
    """A creator with an appeal, named as a command about it names them."""
    id = asked.registered(name, **more)
    violation = asked.confirmed(id, content, policy, severity)["violation"]["id"]
    filing = {"creatorId": id, "subject": violation, "grounds": "It is true."}
    return {"creatorId": id, "appealId": asked.done("submitAppeal", filing, creator(name), "appeal { id }")["appeal"]["id"]}


def names(asked: World, token: str = AUDITOR, **which: Any) -> list[str]:
    return [node["creator"]["externalId"] for node in asked.ask(DESK, token, filter=which)["appealDesk"]["nodes"]]


def counted(asked: World, **which: Any) -> dict[str, int]:
    return {it["status"]: it["count"] for it in asked.ask(DESK, filter=which)["appealDesk"]["counts"]}


def due(asked: World, name: str, at: datetime) -> None:
    """A case that is due at a time, as if its pack said so."""
    owner, appeal = CreatorId(creator_id(name)), AppealId(derived(creator_id(name), "appeal"))
    pack = asked.system.packs().in_force("US", START).hash
    opened = CaseOpened(appeal_id=appeal, creator=owner, market="US", pack=pack, level=2, subject_kind=Subject.PENALTY, due_at=at)
    asked.system.desk.governance.handle(OpenCase(creator=owner, appeal_id=appeal, opened=opened, cause=Cause(owner, 1)), by=SYSTEM)


def test_an_appeal_is_claimed_from_the_desk_and_the_answer_shows_the_appeal_and_its_case(asked: World) -> None:
    appeal = appealed(asked, languages=["en", "es"])
    assert asked.ask(DESK)["appealDesk"]["nodes"] == [{
        "status": "OPEN", "market": "US", "languages": ["en", "es"], "policies": ["MISLEADING_PROMOTION"], "level": 1, "subjectKind": "VIOLATION",
        "dueAt": "2026-03-10T07:00:00Z", "assignee": None, "leasedBy": None, "leaseUntil": None, "conflicted": ["moderator-1"], "outcome": None,
        "openedAt": "2026-03-02T10:00:00Z", "closedAt": None, "appeal": {"id": appeal["appealId"], "status": "SUBMITTED"},
        "creator": {"externalId": "ann"}}]
    payload = asked.done("claimAppeal", appeal, MARIA, "creator { externalId } appeal { id case { leasedBy } } case { status leasedBy leaseUntil }")
    assert payload["case"] == {"status": "CLAIMED", "leasedBy": "maria", "leaseUntil": "2026-03-02T18:00:00Z"}
    assert payload["appeal"] == {"id": appeal["appealId"], "case": {"leasedBy": "maria"}}
    assert payload["creator"] == {"externalId": "ann"}
    stream = case_id(AppealId(id_of(appeal["appealId"], "Appeal") or UUID(int=0)))
    fact = asked.system.store.log(CASES).facts(stream)[-1]
    assert (fact.actor.id, fact.actor.qualifications) == ("maria", ("LANGUAGE:vi", "POLICY:*"))


def test_the_desk_is_worked_through_its_mutations(asked: World) -> None:
    appeal, seen = appealed(asked), "case { status assignee leasedBy history { kind by reviewer reason } }"
    assert asked.done("assignAppeal", appeal | {"assignee": "maria"}, ADMIN, seen)["case"]["assignee"] == "maria"
    assert asked.refused("claimAppeal", appeal, REVIEWER) == "CASE_ASSIGNED_TO_ANOTHER"
    assert asked.refused("assignAppeal", appeal | {"assignee": "peter"}, ADMIN) == "CASE_ALREADY_ASSIGNED"
    asked.claimed(appeal["creatorId"], appeal["appealId"], MARIA)
    assert asked.refused("claimAppeal", appeal, REVIEWER) == "CASE_LEASED_BY_ANOTHER"
    asked.done("reassignAppeal", appeal | {"assignee": "reviewer-1"}, ADMIN)
    asked.claimed(appeal["creatorId"], appeal["appealId"])
    asked.done("releaseAppeal", appeal | {"reason": "SHIFT_ENDED"}, REVIEWER)
    found = asked.done("recuseFromAppeal", appeal | {"reason": "KNOWS_CREATOR"}, REVIEWER, seen)["case"]
    assert asked.refused("claimAppeal", appeal, REVIEWER) == "REVIEWER_RECUSED"
    assert (found["status"], found["assignee"], found["leasedBy"]) == ("OPEN", None, None)
    assert [(it["kind"], it["by"], it["reviewer"], it["reason"]) for it in found["history"]] == [
        ("ASSIGNED", "admin-1", "maria", None), ("CLAIMED", "maria", "maria", None), ("REASSIGNED", "admin-1", "reviewer-1", None),
        ("CLAIMED", "reviewer-1", "reviewer-1", None), ("RELEASED", "reviewer-1", "reviewer-1", "SHIFT_ENDED"),
        ("RECUSED", "reviewer-1", "reviewer-1", "KNOWS_CREATOR")]


def test_an_appeal_is_decided_by_whoever_has_it_in_hand_and_then_the_case_is_closed(asked: World) -> None:
    appeal = appealed(asked)
    deciding = appeal | {"outcome": "REVERSED", "reasons": "It is so."}
    assert asked.refused("decideAppeal", deciding, MARIA) == "CASE_NOT_LEASED"
    asked.claimed(appeal["creatorId"], appeal["appealId"], MARIA)
    asked.days(8 / 24)
    assert asked.refused("decideAppeal", deciding, MARIA) == "CASE_NOT_LEASED"
    asked.claimed(appeal["creatorId"], appeal["appealId"], MARIA)
    assert asked.refused("decideAppeal", deciding, REVIEWER) == "CASE_NOT_LEASED"
    decided = asked.done("decideAppeal", deciding, MARIA, "appeal { status case { status outcome leasedBy closedAt } }")
    assert decided["appeal"] == {
        "status": "REVERSED", "case": {"status": "CLOSED", "outcome": "REVERSED", "leasedBy": None, "closedAt": "2026-03-02T18:00:00Z"}}
    assert asked.refused("claimAppeal", appeal, MARIA) == "CASE_ALREADY_CLOSED"


def test_a_lease_that_ran_out_shows_at_once(asked: World) -> None:
    appealed(asked, "ann")
    ben = appealed(asked, "ben")
    asked.done("claimAppeal", ben, MARIA)
    assert (names(asked, status=["CLAIMED"]), names(asked, leasedBy=["maria"]), counted(asked)) == (
        ["ben"], ["ben"], {"OPEN": 1, "CLAIMED": 1, "CLOSED": 0})
    asked.days(8 / 24)
    assert (names(asked, status=["CLAIMED"]), names(asked, leasedBy=["maria"]), counted(asked)) == ([], [], {"OPEN": 2, "CLAIMED": 0, "CLOSED": 0})
    assert names(asked, status=["OPEN"]) == ["ann", "ben"]
    assert {(node["status"], node["leasedBy"], node["leaseUntil"]) for node in asked.ask(DESK)["appealDesk"]["nodes"]} == {("OPEN", None, None)}


def test_the_desk_is_filtered_by_what_reviewers_are_able_to_do(asked: World) -> None:
    appealed(asked, "ann", languages=["en"])
    appealed(asked, "ben", market="VN", languages=["vi", "en"])
    cid = appealed(asked, "cid", policy="COUNTERFEIT", severity="MAJOR", languages=["es"])
    asked.done("assignAppeal", cid | {"assignee": "maria"}, ADMIN)
    assert names(asked) == ["ben", "ann", "cid"], "the seventh day ends sooner in Viet Nam than in the United States"
    assert names(asked, market=["VN"]) == ["ben"]
    assert names(asked, language=["en"]) == ["ben", "ann"]
    assert names(asked, language=["vi", "es"], level=[1]) == ["ben", "cid"]
    assert names(asked, policy=["COUNTERFEIT"]) == ["cid"]
    assert names(asked, assignee=["maria"]) == ["cid"]
    assert names(asked, level=[2]) == names(asked, language=[]) == []
    assert counted(asked, market=["US"], status=["CLOSED"]) == {"OPEN": 2, "CLAIMED": 0, "CLOSED": 0}, "counts are told of every status"
    assert asked.ask(DESK, filter={"market": ["US"], "status": ["OPEN"]})["appealDesk"]["totalCount"] == 2


def test_what_is_due_comes_first_page_by_page_and_what_is_late_is_breached(asked: World) -> None:
    appealed(asked, "ann")
    for number, name in enumerate(("late", "soon", "later")):
        asked.registered(name)
        due(asked, name, START + timedelta(days=(1, 2, 9)[number]))
    order, after = [], None
    while True:
        page = asked.ask(DESK, first=1, after=after)["appealDesk"]
        order += [node["creator"]["externalId"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert order == ["late", "soon", "ann", "later"], "the appeal's own clock runs for seven days"
    opened = asked.ask(DESK, orderBy="OPENED")["appealDesk"]["nodes"]
    assert [node["creator"]["externalId"] for node in opened] == ["ann", "late", "soon", "later"]
    assert names(asked, breached=True) == []
    asked.clock.now = START + timedelta(days=2)
    assert names(asked, breached=True) == ["late", "soon"], "a time is over at its very instant"
    assert names(asked, breached=False) == ["ann", "later"]


def test_an_appeal_goes_to_the_end_of_the_desk_while_the_appellant_is_asked_and_comes_back_with_more_time(asked: World) -> None:
    ann = appealed(asked, "ann")
    asked.days(1)
    appealed(asked, "ben")
    assert names(asked) == ["ann", "ben"]
    asked.claimed(ann["creatorId"], ann["appealId"], MARIA)
    asked.done("requestInformation", ann | {"question": "Which order?", "until": "2026-03-08T10:00:00Z"}, MARIA)
    assert [(node["creator"]["externalId"], node["dueAt"]) for node in asked.ask(DESK)["appealDesk"]["nodes"]] == [
        ("ben", "2026-03-11T07:00:00Z"), ("ann", None)]
    asked.days(2)
    answered = asked.done("provideInformation", ann | {"answer": "The last one."}, creator("ann"), "appeal { dueAt }")
    assert answered["appeal"]["dueAt"] == "2026-03-12T07:00:00Z"
    assert [(node["creator"]["externalId"], node["dueAt"]) for node in asked.ask(DESK)["appealDesk"]["nodes"]] == [
        ("ben", "2026-03-11T07:00:00Z"), ("ann", "2026-03-12T07:00:00Z")]


def test_the_desk_is_the_staffs_alone(asked: World) -> None:
    appeal = appealed(asked)
    assert asked.ask("query($id: ID!) { appeal(id: $id) { status case { status } } }", creator("ann"), id=appeal["appealId"]) == {
        "appeal": {"status": "SUBMITTED", "case": None}}
    claiming = "mutation($input: ClaimAppealInput!) { claimAppeal(input: $input) { visible } }"
    for token in (creator("ann"), MODERATOR, AUDITOR):
        assert asked.failed(claiming, token, input=appeal | {"idempotencyKey": "k"}) == "FORBIDDEN"


def test_a_conflict_is_told_before_the_lease(asked: World) -> None:
    appeal = appealed(asked)
    took_part = "dev:APPEALS_REVIEWER:moderator-1"
    assert asked.refused("claimAppeal", appeal, took_part) == "REVIEWER_CONFLICT"
    assert asked.refused("decideAppeal", appeal | {"outcome": "UPHELD", "reasons": "So it is."}, took_part) == "REVIEWER_CONFLICT"
    other = asked.registered("ben")
    assert asked.refused("claimAppeal", {"creatorId": other, "appealId": appeal["appealId"]}, MARIA) == "CASE_UNKNOWN"


def test_the_position_of_a_claim_is_one_of_the_desks_own(asked: World) -> None:
    appeal = appealed(asked)
    position = asked.claimed(appeal["creatorId"], appeal["appealId"])["position"]
    assert asked.ask("query($at: String) { appealDesk(atLeast: $at) { totalCount } }", at=position) == {"appealDesk": {"totalCount": 1}}
    again = asked.tell("claimAppeal", appeal, MARIA, key="again")
    assert [error["code"] for error in again["errors"]] == ["CASE_LEASED_BY_ANOTHER"]
    asked.done("claimAppeal", appeal, REVIEWER, key="once")
    assert asked.done("claimAppeal", appeal, REVIEWER, key="once")["repeated"] is True


def test_the_desk_is_read_in_as_many_statements_for_one_appeal_as_for_many(asked: World) -> None:
    appealed(asked, "ann")
    with asked.statements() as one:
        asked.ask(DESK)
    for name in ("ben", "cid", "dan"):
        appealed(asked, name)
    with asked.statements() as many:
        asked.ask(DESK)
    assert len(one) == len(many)


def test_the_pack_tells_its_lease_and_certificates(asked: World) -> None:
    pack = asked.ask('{ policyPack(market: "US") { appealRule { lease { value unit } certificates sources { of mark } } } }')["policyPack"]
    rule = pack["appealRule"]
    assert (rule["lease"], rule["certificates"]) == ({"value": 8, "unit": "HOURS"}, [])
    assert {"of": "lease", "mark": "OURS"} in rule["sources"], "how long it is is our own choice"


def test_what_is_done_is_listed_only_if_it_is_asked_for(asked: World) -> None:
    appeal = appealed(asked)
    asked.done("withdrawAppeal", appeal, creator("ann"))
    assert (names(asked), names(asked, status=["CLOSED"])) == ([], ["ann"])
    assert counted(asked) == {"OPEN": 0, "CLAIMED": 0, "CLOSED": 1}


def test_many_who_wait_for_the_desk_to_catch_up_wait_for_it_once() -> None:
    begun, go_on, done = Event(), Event(), list[int]()

    def work() -> None:
        begun.set()
        assert go_on.wait(10)
        done.append(1)

    shared = Shared(work)
    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(shared)
        assert begun.wait(10)
        others = [threads.submit(shared) for _ in range(7)]
        while shared._came < 8:  # noqa: SLF001
            pass
        assert not any(it.done() for it in others), "what they came for may be later than what is being done"
        go_on.set()
        for it in (first, *others):
            it.result(10)
    assert len(done) == 2
