"""Mutations: each asks one thing of one account, answers with what came of it, and says no as data."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.access import MAY_DO
from api.identity import Role
from api.ids import global_id, packed, position_text
from api.schema.mutations import mutation_name
from domain.creator.decider import COMMANDS
from domain.identity import creator_id
from tests.asking import ADMIN, AUDITOR, MODERATOR, POLICY_MANAGER, REVIEWER, SECOND, SERVICE, World, creator, evidence, world
from tests.test_api_remedies import LIST, lose

SEVERE = ("FAKE_ENGAGEMENT", "SEVERE")


def frozen(asked: World, ann: str) -> str:
    """The penalty of a creator whose commission may be held."""
    for number in range(8):
        asked.confirmed(ann, f"video-{number}", severity="MAJOR", select="")
    nodes = asked.ask('{ creator(externalId: "ann") { penalties { nodes { id kind } } } }')["creator"]["penalties"]["nodes"]
    id: str = next(node["id"] for node in nodes if node["kind"] == "COMMISSION_FROZEN")
    return id


# Each family


def test_a_creator_is_registered_and_moves(asked: World, ann: str) -> None:
    private = {"accountType": "PRIVATE", "adult": True}
    again = asked.done("registerCreator", {"externalId": "ann", "market": "US", **private}, SERVICE, "creator { id version }")
    assert again["creator"] == {"id": ann, "version": 2}
    assert asked.refused("registerCreator", {"externalId": "ann", "market": "VN", **private}, SERVICE) == "ACCOUNT_ALREADY_REGISTERED"
    assert asked.refused("registerCreator", {"externalId": "", "market": "US", **private}, SERVICE) == "TEXT_BLANK"
    moved = asked.done("changeMarket", {"creatorId": ann, "market": "VN"}, SERVICE, "creator { market jurisdictions policyPack { market } }")
    assert moved["creator"] == {"market": "VN", "jurisdictions": ["VN"], "policyPack": {"market": "VN"}}


def test_a_pack_is_adopted_by_its_hash(asked: World, ann: str) -> None:
    pack = asked.ask('{ policyPack(market: "US") { hash } }')["policyPack"]["hash"]
    other = asked.ask('{ policyPack(market: "VN") { hash } }')["policyPack"]["hash"]
    assert asked.done("adoptScheme", {"creatorId": ann, "pack": pack}, POLICY_MANAGER, "creator { version }")["creator"]["version"] == 2
    assert asked.refused("adoptScheme", {"creatorId": ann, "pack": other}, POLICY_MANAGER) == "SCHEME_NOT_IN_MARKET"
    error = asked.tell("adoptScheme", {"creatorId": ann, "pack": "none"}, POLICY_MANAGER)["errors"][0]
    assert error["code"] == "POLICY_VERSION_UNKNOWN"


def test_a_violation_is_suspected_confirmed_amended_and_warned_about(asked: World, ann: str) -> None:
    select = "violation { id status severity points reasons }"
    suspected = asked.done("suspectViolation", {"creatorId": ann, "finding": asked.finding(severity="MAJOR")}, SERVICE, select)["violation"]
    assert suspected["status"] == "SUSPECTED"
    warned = asked.done("issueWarning", {"creatorId": ann, "violationId": suspected["id"], "reasons": "Mind this."}, MODERATOR, select)
    assert warned["violation"] == suspected
    confirmed = asked.confirmed(ann, severity="MAJOR", select=select)["violation"]
    assert (confirmed["id"], confirmed["status"]) == (suspected["id"], "CONFIRMED")
    lighter = {"creatorId": ann, "violationId": confirmed["id"], "severity": "MODERATE", "reasons": "Looked at again."}
    amended = asked.done("amendViolation", lighter, SECOND, select + " creator { score warnings }")
    assert amended["violation"]["severity"] == "MODERATE"
    assert amended["creator"] == {"score": 180, "warnings": 2}  # the other one: a milestone was near


def test_decisions_of_another_system_are_taken_over_and_impose_nothing(asked: World, ann: str) -> None:
    there = {"system": "legacy", "decidedBy": "reviewer-9"}
    violating = {"creatorId": ann, "finding": asked.finding(), "origin": there | {"reference": "V-1"}}
    taken = asked.done("recordExternalViolation", violating, SERVICE, "violation { status decidedBy { id } } creator { status }")
    assert taken["violation"] == {"status": "CONFIRMED", "decidedBy": {"id": "reviewer-9"}}
    penalising = {
        "creatorId": ann, "kind": "LIVE_BANNED", "restrictions": [{"capability": "LIVE_SELLING"}], "because": ["V-1"],
        "origin": there | {"reference": "P-1"}}
    kept = asked.done("recordExternalPenalty", penalising, SERVICE, "penalty { id channel status } creator { restrictions { capability } }")
    assert (kept["penalty"]["channel"], kept["penalty"]["status"]) == ("EXTERNAL", "LIVE")
    assert kept["creator"]["restrictions"] == [{"capability": "LIVE_SELLING"}]
    lifting = {"creatorId": ann, "penaltyId": kept["penalty"]["id"], "reasons": "Enough."}
    assert asked.done("liftPenalty", lifting, SECOND, "penalty { status }")["penalty"]["status"] == "LIFTED"


def test_a_suspicion_is_dismissed_or_was_corrected(asked: World, ann: str) -> None:
    one = asked.done("suspectViolation", {"creatorId": ann, "finding": asked.finding("video-1")}, SERVICE, "violation { id }")["violation"]["id"]
    dismissing = {"creatorId": ann, "violationId": one, "reasons": "A parody."}
    dismissed = asked.done("dismissViolation", dismissing, MODERATOR, "violation { status reasons }")
    assert dismissed["violation"] == {"status": "DISMISSED", "reasons": "A parody."}
    two = asked.done("suspectViolation", {"creatorId": ann, "finding": asked.finding("video-2")}, SERVICE, "violation { id }")["violation"]["id"]
    assert asked.refused("correctViolation", {"creatorId": ann, "violationId": two}) == "CORRECTION_WINDOW_CLOSED"


def test_content_is_measured_and_restored(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    about = {"creatorId": ann, "contentId": "video-1", "violationId": violation}
    select = "violation { content { measures } }"
    asked.done("removeContent", about)
    asked.done("demoteContent", about)
    labelled = asked.done("labelContent", about | {"label": "MISLEADING"}, MODERATOR, select)
    assert sorted(labelled["violation"]["content"]["measures"]) == ["DEMOTED", "LABELLED", "REMOVED"]
    restored = asked.done("restoreContent", about | {"measure": "REMOVED", "reasons": "Too much."}, MODERATOR, select)
    assert sorted(restored["violation"]["content"]["measures"]) == ["DEMOTED", "LABELLED"]
    asked.done("deleteContent", {"creatorId": ann, "contentId": "video-1"}, creator("ann"))
    assert asked.refused("removeContent", about) == "CONTENT_DELETED"
    assert asked.refused("removeContent", about | {"contentId": "video-9"}) == "CONTENT_UNKNOWN"


def test_penalties_are_placed_shortened_and_lifted_by_people(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    later = (asked.clock.now + timedelta(days=9)).isoformat()
    sooner = (asked.clock.now + timedelta(days=3)).isoformat()
    restriction = {"capability": "LIVE_SELLING", "category": "TOYS"}
    placing = {"creatorId": ann, "violations": [violation], "restrictions": [restriction], "reasons": "Again."}
    select = """penalty { id kind status endsAt reasons restrictions { capability category territory } }
      creator { restrictions { capability category } }"""
    imposed = asked.done("imposePenalty", placing | {"kind": "LIVE_BAN", "endsAt": later}, MODERATOR, select)
    assert imposed["penalty"]["restrictions"] == [{"capability": "LIVE_SELLING", "category": "TOYS", "territory": "*"}]
    assert (imposed["penalty"]["status"], imposed["penalty"]["reasons"]) == ("LIVE", "Again.")
    assert imposed["creator"]["restrictions"] == [{"capability": "LIVE_SELLING", "category": "TOYS"}]
    ending = {"creatorId": ann, "penaltyId": imposed["penalty"]["id"], "reasons": "Enough."}
    shortened = asked.done("shortenPenalty", ending | {"endsAt": sooner}, SECOND, select)
    assert shortened["penalty"]["endsAt"] == sooner.replace("+00:00", "Z")
    assert asked.refused("shortenPenalty", ending | {"endsAt": later}) == "PENALTY_NOT_SHORTER"
    assert asked.done("liftPenalty", ending, SECOND, select)["penalty"]["status"] == "LIFTED"
    assert asked.refused("liftPenalty", ending) == "PENALTY_UNKNOWN_OR_ENDED"


def test_permissions_and_recommendation_are_taken_and_given_back(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    placing = {"creatorId": ann, "violations": [violation], "restrictions": [{"capability": "CAMPAIGN"}], "reasons": "Again."}
    until = (asked.clock.now + timedelta(days=9)).isoformat()
    suspended = asked.done("suspendPermission", placing | {"endsAt": until}, MODERATOR, "penalty { id kind }")["penalty"]
    assert suspended["kind"] == "PERMISSION_SUSPENDED"
    back = {"creatorId": ann, "penaltyId": suspended["id"], "reasons": "Enough."}
    assert asked.done("restorePermission", back, SECOND, "penalty { status }")["penalty"]["status"] == "LIFTED"
    revoked = asked.done("revokePermission", placing, MODERATOR, "penalty { id } creator { status }")
    assert revoked["creator"]["status"] == "REVOKED"
    assert asked.refused("restorePermission", back | {"penaltyId": revoked["penalty"]["id"]}) == "REVOCATION_FINAL"
    hidden = asked.done("revokeRecommendationEligibility", {"creatorId": ann, "item": "video-1", "reasons": "Dull."}, MODERATOR,
                        "penalty { id restrictions { capability item } }")["penalty"]
    assert hidden["restrictions"] == [{"capability": "RECOMMENDATION", "item": "video-1"}]
    shown = asked.done("restoreRecommendationEligibility", back | {"penaltyId": hidden["id"]}, SECOND, "penalty { status }")
    assert shown["penalty"]["status"] == "LIFTED"


@pytest.mark.parametrize(("mutation", "status"), [("approvePenalty", "LIVE"), ("declinePenalty", "DECLINED")])
def test_a_second_person_decides_a_proposal(asked: World, ann: str, mutation: str, status: str) -> None:
    asked.confirmed(ann, policy=SEVERE[0], severity=SEVERE[1], select="")
    (proposed,) = asked.ask('{ creator(externalId: "ann") { penalties(filter: {channel: ["ZERO_TOLERANCE"]}) { nodes { id status } } } }'
                            )["creator"]["penalties"]["nodes"]
    deciding = {"creatorId": ann, "penaltyId": proposed["id"], "reasons": "Seen."}
    assert asked.refused(mutation, deciding, MODERATOR) == "SAME_APPROVER"
    seen = asked.preview(mutation, deciding, SECOND)["digest"]
    assert asked.done(mutation, deciding | {"preview": seen}, SECOND, "penalty { status }")["penalty"]["status"] == status


def test_the_platform_reports_what_it_carried_out(asked: World, ann: str) -> None:
    asked.confirmed(ann, policy=SEVERE[0], severity=SEVERE[1], select="")
    penalty = asked.ask('{ creator(externalId: "ann") { restrictions { causes { penalty { id application } } } } }')["creator"]["restrictions"][0]
    id = penalty["causes"][0]["penalty"]["id"]
    failed = asked.done("reportRestriction", {"creatorId": ann, "penaltyId": id, "report": "FAILED", "detail": "down"}, SERVICE,
                        "penalty { application applicationDetail }")
    assert failed["penalty"] == {"application": "FAILED", "applicationDetail": "down"}


def test_what_the_database_says_of_a_statement_of_reasons_is_recorded(asked: World) -> None:
    bob = asked.registered("bob", jurisdictions=["DE"])
    asked.confirmed(bob, policy=SEVERE[0], severity=SEVERE[1], select="")
    found = asked.ask('{ creator(externalId: "bob") { restrictions { causes { penalty { statementOfReasons { id puid status } } } } } }')
    stated = found["creator"]["restrictions"][0]["causes"][0]["penalty"]["statementOfReasons"]
    select = "statementOfReasons { status remoteId errors }"
    report = {"creatorId": bob, "statementId": stated["puid"]}
    wrong = asked.done("reportStatement", {**report, "report": "REJECTED", "errors": ["no"]}, SERVICE, select)
    assert wrong["statementOfReasons"] == {"status": "REJECTED", "remoteId": None, "errors": ["no"]}
    taken = asked.done("reportStatement", {**report, "report": "SUBMITTED", "remoteId": "r-1"}, SERVICE, select)
    assert taken["statementOfReasons"] == {"status": "SUBMITTED", "remoteId": "r-1", "errors": None}
    assert asked.refused("reportStatement", {**report, "report": "SUBMITTED", "remoteId": "r-2"}, SERVICE) == "PUID_REUSED"


def test_commission_is_held_released_and_forfeited_in_its_time(asked: World, ann: str) -> None:
    penalty = frozen(asked, ann)
    holding = {"creatorId": ann, "penaltyId": penalty, "amount": 3_000_000_000, "currency": "VND", "orders": ["o-1"]}
    select = "freezeId penalty { id } creator { commissionFrozen { id amount currency penalty { id } } }"
    held = asked.done("freezeCommission", holding, SERVICE, select)
    assert held["creator"]["commissionFrozen"] == [
        {"id": held["freezeId"], "amount": 3_000_000_000, "currency": "VND", "penalty": {"id": penalty}}]
    some = {"creatorId": ann, "freezeId": held["freezeId"], "amount": 1_000_000_000}
    left = asked.done("releaseCommission", some, SERVICE, "creator { commissionFrozen { amount } }")
    assert left["creator"]["commissionFrozen"] == [{"amount": 2_000_000_000}]
    assert asked.refused("forfeitCommission", some | {"reasons": "Fraud."}) == "FORFEIT_BEFORE_APPEAL_END"
    assert asked.refused("releaseCommission", some | {"amount": 9_000_000_000}, SERVICE) == "COMMISSION_NOT_FROZEN"


def test_notices_reach_the_creator_or_bounce(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    sending = {"creatorId": ann, "subject": violation, "channel": "INBOX", "language": "en", "template": "t", "templateVersion": "1",
               "sha256": "0" * 64}
    first = asked.done("sendNotice", sending, SERVICE, "noticeId")["noticeId"]
    asked.done("bounceNotice", {"creatorId": ann, "noticeId": first, "detail": "full"}, SERVICE)
    assert asked.refused("deliverNotice", {"creatorId": ann, "noticeId": first}, SERVICE) == "NOTICE_NOT_OPEN"
    second = asked.done("sendNotice", sending, SERVICE, "noticeId")["noticeId"]
    asked.done("deliverNotice", {"creatorId": ann, "noticeId": second}, SERVICE)
    asked.done("readNotice", {"creatorId": ann, "noticeId": second}, creator("ann"))
    found = asked.ask("query($id: ID!) { violation(id: $id) { informedAt appealUntil } }", id=violation)["violation"]
    assert found == {"informedAt": "2026-03-02T10:00:00Z", "appealUntil": "2026-04-02T07:00:00Z"}


@pytest.mark.parametrize(("outcome", "score", "status"), [("REVERSED", 200, "OVERTURNED"), ("UPHELD", 180, "CONFIRMED")])
def test_an_appeal_is_submitted_and_decided(asked: World, ann: str, outcome: str, score: int, status: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    asked.told(ann, violation)
    select = "appeal { id status subjectKind grounds submittedBy violation { id status } penalty { id } } creator { score appealsOpen }"
    submitted = asked.done("submitAppeal", {"creatorId": ann, "subject": violation, "grounds": "It is true."}, creator("ann"), select)
    assert submitted["appeal"] == {
        "id": submitted["appeal"]["id"], "status": "SUBMITTED", "subjectKind": "VIOLATION", "grounds": "It is true.", "submittedBy": "CREATOR",
        "violation": {"id": violation, "status": "CONFIRMED"}, "penalty": None}
    assert submitted["creator"] == {"score": 180, "appealsOpen": 1}
    deciding = {"creatorId": ann, "appealId": submitted["appeal"]["id"], "outcome": outcome, "reasons": "Checked.", "rootCause": "CONTEXT"}
    asked.claimed(ann, submitted["appeal"]["id"])
    decided = asked.done("decideAppeal", deciding, REVIEWER, select)
    assert (decided["appeal"]["status"], decided["appeal"]["violation"]["status"]) == (outcome, status)
    assert decided["creator"] == {"score": score, "appealsOpen": 0}


def test_an_appeal_is_withdrawn_and_filed_again(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    filing = {"creatorId": ann, "subject": violation, "grounds": "It is true."}
    first = asked.done("submitAppeal", filing, creator("ann"), "appeal { id }")["appeal"]["id"]
    assert asked.refused("submitAppeal", filing, creator("ann")) == "DUPLICATE_APPEAL"
    withdrawn = asked.done("withdrawAppeal", {"creatorId": ann, "appealId": first}, creator("ann"), "appeal { status }")
    assert withdrawn["appeal"]["status"] == "WITHDRAWN"
    assert asked.done("submitAppeal", filing, creator("ann"), "appeal { ordinal }")["appeal"]["ordinal"] == 2


def appealed(asked: World, ann: str) -> tuple[str, str]:
    """A violation that the creator was told of, and the appeal against it."""
    violation = asked.confirmed(ann)["violation"]["id"]
    asked.told(ann, violation)
    filing = {"creatorId": ann, "subject": violation, "grounds": "It is true.", "evidence": [evidence("e-1")]}
    return violation, asked.done("submitAppeal", filing, creator("ann"), "appeal { id }")["appeal"]["id"]


def test_a_late_appeal_is_admitted_for_good_cause(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    asked.told(ann, violation)
    admitting = {"creatorId": ann, "subject": violation, "until": (asked.clock.now + timedelta(days=50)).isoformat(), "reasons": "In hospital."}
    assert asked.refused("admitLateAppeal", admitting, REVIEWER) == "APPEAL_WINDOW_OPEN"
    asked.days(40)
    filing = {"creatorId": ann, "subject": violation, "grounds": "It is true."}
    assert asked.refused("submitAppeal", filing, creator("ann")) == "APPEAL_WINDOW_CLOSED"
    asked.done("admitLateAppeal", admitting, REVIEWER, "creator { version }")
    assert asked.done("submitAppeal", filing, creator("ann"), "appeal { status }")["appeal"]["status"] == "SUBMITTED"


def test_both_sides_add_evidence_to_an_appeal_that_waits(asked: World, ann: str) -> None:
    _, appeal = appealed(asked, ann)
    adding, select = {"creatorId": ann, "appealId": appeal}, "appeal { evidence { reference givenBy givenAt } }"
    assert asked.refused("addAppealEvidence", adding | {"evidence": []}, creator("ann")) == "EVIDENCE_REQUIRED"
    asked.done("addAppealEvidence", adding | {"evidence": [evidence("e-2")]}, creator("ann"))
    found = asked.done("addAppealEvidence", adding | {"evidence": [evidence("e-3")]}, MODERATOR, select)["appeal"]["evidence"]
    assert [(it["reference"], it["givenBy"]) for it in found] == [("e-1", "CREATOR"), ("e-2", "CREATOR"), ("e-3", "REVIEWER")]
    assert found[0]["givenAt"] == "2026-03-02T10:00:00Z"
    incomplete = asked.tell("addAppealEvidence", adding | {"evidence": [evidence("e-4"), evidence("e-5", kind="")]}, creator("ann"))["errors"]
    assert [(it["code"], it["path"]) for it in incomplete] == [("EVIDENCE_INCOMPLETE", ["input", "evidence", "1", "kind"])]


def test_evidence_that_is_not_what_it_was_is_told_beside_it(asked: World, ann: str) -> None:
    _, appeal = appealed(asked, ann)
    reporting = {"creatorId": ann, "reference": "e-1", "sha256": "f" * 64}
    assert asked.refused("reportEvidence", reporting | {"reference": "e-9"}, SERVICE) == "EVIDENCE_UNKNOWN"
    query = "query($id: ID!) { appeal(id: $id) { evidence { sha256 changed { sha256 seenAt } } } }"
    given = evidence("e-1")["sha256"]
    assert asked.ask(query, id=appeal)["appeal"]["evidence"] == [{"sha256": given, "changed": None}]
    asked.days(1)
    asked.done("reportEvidence", reporting, SERVICE, "creator { id }")
    assert asked.ask(query, id=appeal)["appeal"]["evidence"] == [
        {"sha256": given, "changed": {"sha256": "f" * 64, "seenAt": "2026-03-03T10:00:00Z"}}]


def test_the_appellant_is_asked_for_more_and_the_clock_stands_still_until_the_answer(asked: World, ann: str) -> None:
    _, appeal = appealed(asked, ann)
    select = "appeal { dueAt clocks { rule dueAt pausable } question questionUntil answers }"
    asking = {"creatorId": ann, "appealId": appeal, "question": "Whose bag is it?", "until": "2026-03-05T10:00:00Z"}
    answering = {"creatorId": ann, "appealId": appeal, "answer": "My sister's.", "evidence": [evidence("e-2")]}
    assert asked.refused("provideInformation", answering, creator("ann")) == "INFORMATION_NOT_REQUESTED"
    assert asked.refused("requestInformation", asking, REVIEWER) == "CASE_NOT_LEASED"
    asked.claimed(ann, appeal)
    assert asked.refused("requestInformation", asking | {"until": "2026-03-01T10:00:00Z"}, REVIEWER) == "ANSWER_TIME_INVALID"
    asked_for = asked.done("requestInformation", asking, REVIEWER, select)["appeal"]
    clock = {"rule": "PLATFORM: 7 days", "dueAt": "2026-03-10T07:00:00Z", "pausable": True}
    assert asked_for == {
        "dueAt": None, "clocks": [clock], "question": "Whose bag is it?", "questionUntil": "2026-03-05T10:00:00Z", "answers": []}
    asked.days(2)
    answered = asked.done("provideInformation", answering, creator("ann"), select)["appeal"]
    later = "2026-03-12T07:00:00Z"
    assert answered == {
        "dueAt": later, "clocks": [clock | {"dueAt": later}], "question": None, "questionUntil": None, "answers": ["My sister's."]}


def test_a_deadline_that_was_missed_is_told_with_its_rule(asked: World, ann: str) -> None:
    _, appeal = appealed(asked, ann)
    asked.days(10)
    asked.done("settleAccount", {"creatorId": ann}, SERVICE)
    found = asked.ask("query($id: ID!) { appeal(id: $id) { status breached missed { rule dueAt } } }", id=appeal)["appeal"]
    assert found == {"status": "SUBMITTED", "breached": True, "missed": [{"rule": "PLATFORM: 7 days", "dueAt": "2026-03-10T07:00:00Z"}]}


def test_an_appeal_is_granted_in_part_and_says_what_changed(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann, severity="MAJOR")["violation"]["id"]
    appeal = asked.done("submitAppeal", {"creatorId": ann, "subject": violation, "grounds": "No."}, creator("ann"), "appeal { id }")["appeal"]["id"]
    asked.claimed(ann, appeal)
    deciding = {"creatorId": ann, "appealId": appeal, "outcome": "PARTIALLY_REVERSED", "reasons": "Less grave."}
    for unfit in (None, {"endsAt": "2026-03-05T10:00:00Z"}, {"severity": "MAJOR"}, {}):
        (error,) = asked.tell("decideAppeal", deciding | {"relief": unfit}, REVIEWER)["errors"]
        assert (error["code"], error["path"]) == ("RELIEF_INVALID", ["input", "relief"])
    relief: dict[str, Any] = {"severity": "MODERATE", "factors": [{"effect": "MITIGATING", "code": "FIRST", "reasons": "A first one."}]}
    told = "relief { severity leaf factors { effect code reasons } items endsAt kind restrictions { capability } measure label }"
    decided = asked.done("decideAppeal", deciding | {"relief": relief}, REVIEWER, f"""appeal {{ status {told} newlyImposed {{ id }}
      violation {{ status severity }} }} creator {{ score }}""")
    assert (decided["appeal"]["status"], decided["appeal"]["violation"]) == (
        "PARTIALLY_REVERSED", {"status": "CONFIRMED", "severity": "MODERATE"})
    assert decided["appeal"]["relief"] == relief | {
        "leaf": None, "items": [], "endsAt": None, "kind": None, "restrictions": [], "measure": None, "label": None}
    assert (decided["appeal"]["newlyImposed"], decided["creator"]["score"]) == ([], 180)


def test_a_penalty_gives_way_to_a_milder_one_that_the_decision_names(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    asked.done("imposePenalty", {"creatorId": ann, "kind": "BAN", "violations": [violation], "reasons": "Again.", "restrictions": [
        {"capability": "LIVE_SELLING"}]})
    penalty = asked.ask('{ creator(externalId: "ann") { penalties(first: 1) { nodes { id } } } }')["creator"]["penalties"]["nodes"][0]["id"]
    filing = {"creatorId": ann, "subject": penalty, "grounds": "Too much."}
    appeal = asked.done("submitAppeal", filing, creator("ann"), "appeal { id }")["appeal"]["id"]
    asked.claimed(ann, appeal)
    relief = {"kind": "TOY_BAN", "restrictions": [{"capability": "LIVE_SELLING", "category": "TOYS"}], "endsAt": "2026-03-09T10:00:00Z"}
    deciding = {"creatorId": ann, "appealId": appeal, "outcome": "PARTIALLY_REVERSED", "reasons": "Toys only.", "relief": relief}
    (error,) = asked.tell("decideAppeal", deciding | {"relief": relief | {"restrictions": [{"capability": "CAMPAIGN"}]}}, REVIEWER)["errors"]
    assert (error["code"], error["path"]) == ("RELIEF_INVALID", ["input", "relief", "restrictions"])
    decided = asked.done("decideAppeal", deciding, REVIEWER, """appeal { penalty { id status }
      relief { kind endsAt restrictions { capability category } } newlyImposed { kind status endsAt restrictions { capability category } } }
      creator { restrictions { capability category until } }""")
    milder = relief | {"status": "LIVE", "endsAt": "2026-03-09T10:00:00Z"}
    assert decided["appeal"] == {"penalty": {"id": penalty, "status": "LIFTED"}, "relief": relief, "newlyImposed": [milder]}
    assert decided["creator"]["restrictions"] == [{"capability": "LIVE_SELLING", "category": "TOYS", "until": relief["endsAt"]}]


def test_a_decision_falls_without_an_appeal(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    overturning = {"creatorId": ann, "subject": violation, "ground": "DETECTOR_DEFECT", "reasons": "Wrong hash.", "rootCause": "DETECTOR",
                   "reference": "defect-1"}
    assert asked.refused("overturnDecision", overturning | {"ground": "APPEAL"}, POLICY_MANAGER) == "GROUND_MUST_BE_OWN"
    assert asked.refused("overturnDecision", overturning | {"subject": ann}, POLICY_MANAGER) == "BAD_USER_INPUT"
    asked.done("overturnDecision", overturning, POLICY_MANAGER, "creator { score }")
    found = asked.ask("query($id: ID!) { violation(id: $id) { status ground rootCause } }", id=violation)["violation"]
    assert found == {"status": "OVERTURNED", "ground": "DETECTOR_DEFECT", "rootCause": "DETECTOR"}
    assert asked.refused("overturnDecision", overturning, POLICY_MANAGER) == "APPEAL_SUBJECT_UNKNOWN"


def test_a_decision_is_looked_at_again_by_somebody_else(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    reviewing = {"creatorId": ann, "subject": violation, "verdict": "ERROR", "errorType": "CONTEXT", "note": "It is satire."}
    assert asked.refused("recordQualityReview", reviewing, MODERATOR) == "REVIEWER_CONFLICT"
    asked.done("recordQualityReview", reviewing, SECOND)
    (event,) = asked.ask("""{ creator(externalId: "ann") { timeline(filter: {kinds: ["QualityReviewRecorded"]}) { nodes {
      sentence parameters ... on DecisionEvent { violation { id } } } } } }""")["creator"]["timeline"]["nodes"]
    assert event["violation"] == {"id": violation}
    assert (event["parameters"]["verdict"], event["parameters"]["note"]) == ("ERROR", None)


def test_what_a_body_outside_decides_is_recorded_and_carried_out(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    select = "dispute { id status subjectKind subject body reference outcome reasons rootCause openedAt decidedAt implementedAt } creator { score }"
    opening = {"creatorId": ann, "subject": violation, "body": "ADR-1", "reference": "case-7"}
    opened = asked.done("openDispute", opening, REVIEWER, select, key="once")
    dispute = opened["dispute"]
    assert dispute == {
        "id": dispute["id"], "status": "OPEN", "subjectKind": "VIOLATION", "subject": violation, "body": "ADR-1", "reference": "case-7",
        "outcome": None, "reasons": None, "rootCause": None, "openedAt": "2026-03-02T10:00:00Z", "decidedAt": None, "implementedAt": None}
    assert asked.done("openDispute", opening, REVIEWER, select, key="once") == opened | {"repeated": True}
    assert asked.refused("openDispute", opening, REVIEWER) == "DISPUTE_ALREADY_OPENED"
    about = {"creatorId": ann, "disputeId": dispute["id"]}
    assert asked.refused("implementDispute", about | {"reasons": "So it is."}, REVIEWER) == "DISPUTE_NOT_TO_IMPLEMENT"
    decided = asked.done("recordDisputeDecision", about | {"outcome": "REVERSED", "reasons": "It is satire."}, REVIEWER, select)
    assert (decided["dispute"]["status"], decided["dispute"]["outcome"], decided["creator"]) == ("DECIDED", "REVERSED", {"score": 180})
    assert asked.refused("recordDisputeDecision", about | {"outcome": "UPHELD", "reasons": "No."}, REVIEWER) == "DISPUTE_ALREADY_DECIDED"
    assert asked.refused("recordDisputeDecision", about | {"disputeId": violation, "outcome": "UPHELD", "reasons": "No."}, REVIEWER
                         ) == "BAD_USER_INPUT"
    done = asked.done("implementDispute", about | {"reasons": "As decided.", "rootCause": "CONTEXT"}, REVIEWER, select)
    assert (done["dispute"]["status"], done["dispute"]["rootCause"], done["creator"]) == ("IMPLEMENTED", "CONTEXT", {"score": 200})
    told = asked.ask('{ creator(externalId: "ann") { disputes { totalCount nodes { id status reasons rootCause } } } }', creator("ann"))
    assert told["creator"]["disputes"] == {
        "totalCount": 1, "nodes": [{"id": dispute["id"], "status": "IMPLEMENTED", "reasons": "It is satire.", "rootCause": None}]}


APPELLANTS = {Role.CREATOR, Role.AGENCY, Role.GUARDIAN}
REVIEWERS = {Role.APPEALS_REVIEWER, Role.ADMIN}
MODERATORS = {Role.MODERATOR, Role.INCIDENT_COMMANDER, Role.ADMIN}


@pytest.mark.parametrize(("mutation", "content", "roles"), [
    ("admitLateAppeal", {"subject": "x", "until": "2026-04-01T00:00:00Z", "reasons": "x"}, REVIEWERS),
    ("addAppealEvidence", {"appealId": "x", "evidence": []}, APPELLANTS | REVIEWERS | MODERATORS | {Role.SERVICE}),
    ("requestInformation", {"appealId": "x", "question": "x", "until": "2026-04-01T00:00:00Z"}, REVIEWERS),
    ("provideInformation", {"appealId": "x", "answer": "x"}, APPELLANTS),
    ("reportEvidence", {"reference": "x", "sha256": "x"}, {Role.SERVICE, Role.ADMIN}),
    ("overturnDecision", {"subject": "x", "ground": "COURT", "reasons": "x", "rootCause": "x"},
     REVIEWERS | {Role.POLICY_MANAGER, Role.INCIDENT_COMMANDER}),
    ("recordQualityReview", {"subject": "x", "verdict": "ERROR"}, REVIEWERS | MODERATORS),
    ("openDispute", {"subject": "x", "body": "x", "reference": "x"}, REVIEWERS),
    ("recordDisputeDecision", {"disputeId": "x", "outcome": "UPHELD", "reasons": "x"}, REVIEWERS),
    ("implementDispute", {"disputeId": "x", "reasons": "x"}, REVIEWERS),
])
def test_what_contests_a_decision_is_done_by_those_whose_part_it_is(
        asked: World, mutation: str, content: dict[str, Any], roles: set[Role]) -> None:
    query = f"mutation($input: {mutation[0].upper() + mutation[1:]}Input!) {{ {mutation}(input: $input) {{ errors {{ code }} }} }}"
    for role in Role:
        answer = asked.answer(query, f"dev:{role}:somebody", input={"creatorId": "x", "idempotencyKey": "k", **content})
        if role in roles:
            assert answer == {"data": {mutation: {"errors": [{"code": "BAD_USER_INPUT"}]}}}, role
        else:
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"], role


def test_points_are_earned_clawed_back_and_given_back_by_a_quiz(asked: World, ann: str) -> None:
    asked.confirmed(ann)
    earned = asked.done("earnPoints", {"creatorId": ann, "source": "ORDERS", "quantity": 100, "reference": "june"}, SERVICE,
                        "entryId creator { health { score entries { id points cause { earningRule violation { policy } } } } }")
    (entry,) = [entry for entry in earned["creator"]["health"]["entries"] if entry["cause"]["earningRule"]]
    assert entry == {"id": entry["id"], "points": 10, "cause": {"earningRule": "ORDERS", "violation": None}}
    clawing = {"creatorId": ann, "entryId": earned["entryId"], "points": 4, "reasons": "Refunds."}
    assert asked.done("clawBackPoints", clawing, SERVICE, "entryId creator { score }")["creator"]["score"] == 186
    taking = {"creatorId": ann, "quizId": "q", "policy": "MISLEADING_PROMOTION", "score": 5, "full": 5}
    passed = asked.done("takeQuiz", taking, SERVICE, "creator { score }")
    assert passed["creator"]["score"] == 196


def test_rewards_are_granted_and_revoked(asked: World, ann: str) -> None:
    select = "reward { id kind status endsAt gates { counter value } }"
    granted = asked.done("grantReward", {"creatorId": ann, "kind": "CAMPAIGN", "promotionScore": 400}, SERVICE, select)["reward"]
    gates = {gate["counter"]: gate["value"] for gate in granted["gates"]}
    assert (granted["status"], gates) == ("LIVE", {"score": 200, "key-policy-violations": 0})
    assert asked.refused("grantReward", {"creatorId": ann, "kind": "CAMPAIGN", "promotionScore": 400}, SERVICE) == "REWARD_ALREADY_GRANTED"
    revoked = asked.done("revokeReward", {"creatorId": ann, "rewardId": granted["id"], "reasons": "By mistake."}, MODERATOR, select)["reward"]
    assert revoked["status"] == "REVOKED"
    changed = asked.done("changeRewardTier", {"creatorId": ann, "tier": "GOLD", "promotionScore": 450}, SERVICE, "creator { tier }")
    assert changed["creator"]["tier"] == "GOLD"


def test_a_remedy_is_assigned_and_fulfilled_by_staff_and_then_no_longer_owed(asked: World, ann: str) -> None:
    reward = lose(asked, ann)
    (remedy,) = asked.ask(LIST)["remedies"]["nodes"]
    about = {"creatorId": ann, "remedyId": remedy["id"]}
    select = """remedy { id status owner dueAt reference note fulfilledBy fulfilledAt penalty { id } freezeId restrictions { capability }
      lostReward { id } violation { status } }"""
    assigned = asked.done("assignRemedy", about | {"owner": "GROWTH", "dueAt": "2026-04-01T00:00:00Z"}, MODERATOR, select)["remedy"]
    assert (assigned["owner"], assigned["dueAt"], assigned["status"]) == ("GROWTH", "2026-04-01T00:00:00Z", "OWED")
    assert asked.refused("assignRemedy", about | {"owner": " "}) == "TEXT_BLANK"
    assert asked.failed("mutation($input: FulfilRemedyInput!) { fulfilRemedy(input: $input) { repeated } }", AUDITOR,
                        input=about | {"idempotencyKey": "a"}) == "FORBIDDEN"
    fulfilled = asked.done("fulfilRemedy", about | {"reference": "offer-7", "note": "By phone."}, REVIEWER, select)["remedy"]
    assert fulfilled == assigned | {
        "status": "FULFILLED", "reference": "offer-7", "note": "By phone.", "fulfilledBy": "reviewer-1", "fulfilledAt": "2026-03-02T10:00:00Z"}
    assert (fulfilled["lostReward"], fulfilled["violation"], fulfilled["penalty"]) == ({"id": reward}, {"status": "OVERTURNED"}, None)
    assert (fulfilled["freezeId"], fulfilled["restrictions"]) == (None, [])
    assert asked.refused("fulfilRemedy", about | {"reference": "offer-8"}) == "REMEDY_FULFILLED_BEFORE"
    assert asked.ask(LIST, filter={"status": ["OWED"]})["remedies"]["totalCount"] == 0


def test_representatives_and_links_come_and_go(asked: World, ann: str) -> None:
    select = "creator { representatives { representative kind until } links { other relation } }"
    agency = {"creatorId": ann, "representative": "agency-1", "kind": "AGENCY"}
    authorised = asked.done("authoriseRepresentative", agency, creator("ann"), "creator { representatives { representative kind until } }")
    assert authorised["creator"]["representatives"] == [{"representative": "agency-1", "kind": "AGENCY", "until": None}]
    linking = {"creatorId": ann, "other": "ben", "relation": "SAME_OWNER", "evidence": [{"reference": "case-1", "sha256": "1" * 64}]}
    assert asked.done("linkAccounts", linking, MODERATOR, select)["creator"]["links"] == [{"other": "ben", "relation": "SAME_OWNER"}]
    assert asked.refused("linkAccounts", linking | {"evidence": [], "other": "cat"}) == "EVIDENCE_REQUIRED"
    asked.done("unlinkAccounts", {"creatorId": ann, "other": "ben", "reasons": "Not so."})
    gone = asked.done("revokeRepresentative", {"creatorId": ann, "representative": "agency-1"}, SERVICE, select)
    assert gone["creator"] == {"representatives": [], "links": []}


def test_an_account_is_erased_by_two_persons_unless_it_must_be_kept(asked: World) -> None:
    ann = asked.registered("ann", handle="@ann", contact="ann@example.com")
    counsel, asking = "dev:ADMIN:counsel-1", {"creatorId": ann, "ground": "CREATOR_REQUEST", "reasons": "By letter.", "reference": "DSR-17"}
    select = "creator { handle contact erasedAt erasureRequest { ground reference requestedBy requestedAt } legalHolds { reference since } }"
    holding = {"creatorId": ann, "reference": "matter 4", "reasons": "A lawsuit."}
    held = asked.done("placeLegalHold", holding, counsel, select)["creator"]
    assert held["legalHolds"] == [{"reference": "matter 4", "since": "2026-03-02T10:00:00Z"}]
    assert asked.refused("eraseCreator", asking, POLICY_MANAGER) == "UNDER_LEGAL_HOLD"
    asked.done("releaseLegalHold", holding, counsel)
    asked_for = asked.done("eraseCreator", asking, POLICY_MANAGER, select)["creator"]
    assert asked_for["erasureRequest"] == {
        "ground": "CREATOR_REQUEST", "reference": "DSR-17", "requestedBy": "policy-1", "requestedAt": "2026-03-02T10:00:00Z"}
    assert (asked_for["handle"], asked_for["erasedAt"]) == ("@ann", None)
    told = asked.ask("query($id: ID!) { creator(id: $id) { erasureRequest { ground } legalHolds { since } } }", creator("ann"), id=ann)["creator"]
    assert told == {"erasureRequest": None, "legalHolds": None}
    asked.done("declineErasure", {"creatorId": ann, "reasons": "Not signed."}, ADMIN)
    asked.done("eraseCreator", asking, POLICY_MANAGER)
    assert asked.refused("approveErasure", {"creatorId": ann}, POLICY_MANAGER) == "SAME_APPROVER"
    waiting = "query($of: [ErasureStatus!]) { creators(filter: {erasure: $of}) { totalCount nodes { id } } }"
    asked.registered("ben")
    assert asked.ask(waiting, of=["REQUESTED"])["creators"] == {"totalCount": 1, "nodes": [{"id": ann}]}
    foreseen = asked.preview("approveErasure", {"creatorId": ann}, ADMIN, "digest events { sentence }")
    assert foreseen["events"] == [{"sentence": "The personal data of the account was erased (creator request)."}]
    erased = asked.done("approveErasure", {"creatorId": ann, "preview": foreseen["digest"]}, ADMIN, select)["creator"]
    assert erased == {"handle": None, "contact": None, "erasedAt": "2026-03-02T10:00:00Z", "erasureRequest": None, "legalHolds": []}
    assert asked.ask('{ creators(filter: {handle: "ann"}) { nodes { id } } }')["creators"]["nodes"] == []
    assert asked.ask(waiting, of=["REQUESTED"])["creators"]["totalCount"] == 0
    assert asked.ask(waiting, of=["DONE"])["creators"]["nodes"] == [{"id": ann}]
    (event,) = asked.ask("""{ creator(externalId: "ann") { timeline(filter: {kinds: ["CreatorErased"]}) { nodes {
      actor { id } ... on ErasureEvent { ground } } } } }""")["creator"]["timeline"]["nodes"]
    assert event == {"actor": {"id": "admin-1"}, "ground": "CREATOR_REQUEST"}


def test_erasures_and_legal_holds_are_in_few_hands(asked: World) -> None:
    requested: dict[str, Any] = {"creatorId": "x", "idempotencyKey": "k", "reasons": "x"}
    hands: dict[str, tuple[dict[str, Any], set[Role]]] = {
        "eraseCreator": (requested | {"ground": "OBJECTION"}, {Role.POLICY_MANAGER, Role.ADMIN}),
        "declineErasure": (requested, {Role.POLICY_MANAGER, Role.ADMIN}),
        "placeLegalHold": (requested | {"reference": "x"}, {Role.ADMIN}),
        "releaseLegalHold": (requested | {"reference": "x"}, {Role.ADMIN})}
    for mutation, (content, roles) in hands.items():
        query = f"mutation($input: {mutation[0].upper() + mutation[1:]}Input!) {{ {mutation}(input: $input) {{ errors {{ code }} }} }}"
        for role in Role:
            assert ("errors" not in asked.answer(query, f"dev:{role}:somebody", input=content)) == (role in roles), (mutation, role)
    assert MAY_DO["approveErasure"] == MAY_DO["eraseCreator"]


def test_an_account_is_settled_on_request(asked: World, ann: str) -> None:
    asked.confirmed(ann)
    asked.days(200)
    before = asked.ask('{ creator(externalId: "ann") { version score } }')["creator"]
    after = asked.done("settleAccount", {"creatorId": ann}, SERVICE, "creator { version score }")["creator"]
    assert (before["score"], after["score"]) == (200, 200)
    assert after["version"] > before["version"]


def test_every_mutation_was_tried_here() -> None:
    text = Path(__file__).read_text()
    assert [name for command in COMMANDS.values() if f'"{(name := mutation_name(command))}"' not in text and name != "confirmViolation"] == []


# Saying no


def test_a_refusal_names_the_rule_the_figures_and_the_part_at_fault(asked: World, ann: str) -> None:
    finding = asked.finding(policy="NO_SUCH")
    payload = asked.tell("confirmViolation", {"creatorId": ann, "finding": finding}, MODERATOR, "violation { id } creator { id }")
    (error,) = payload["errors"]
    assert (error["code"], error["path"]) == ("POLICY_NOT_IN_MARKET", ["input", "finding", "policy"])
    assert "MISLEADING_PROMOTION" in error["message"]
    assert (payload["violation"], payload["creator"], payload["position"], payload["repeated"]) == (None, None, None, False)
    late = asked.tell("confirmViolation", {"creatorId": ann, "finding": asked.finding(), "occurredAt": "2027-01-01T00:00:00Z"})
    assert (late["errors"][0]["code"], late["errors"][0]["path"]) == ("TIME_IN_FUTURE", ["input", "occurredAt"])


@pytest.mark.parametrize(("change", "code", "path", "told"), [
    ({"policy": ""}, "TEXT_BLANK", ["policy"], "blank"),
    ({"content": {"id": "  "}}, "TEXT_BLANK", ["content", "id"], "nothing but spaces"),
    ({"content": {"id": "video-1", "markets": ["US", ""]}}, "TEXT_BLANK", ["content", "markets", "1"], "blank"),
    ({"countGroup": " live-1"}, "TEXT_PADDED", ["countGroup"], "' live-1' begins or ends with a space"),
    ({"evidence": [{"reference": "", "sha256": "0" * 64}]}, "TEXT_BLANK", ["evidence", "0", "reference"], "blank"),
    ({"evidence": [{"reference": "e-1", "sha256": "ABC"}]}, "DIGEST_MALFORMED", ["evidence", "0", "sha256"], "64 hexadecimal digits"),
    ({"factors": [{"effect": "MITIGATING", "code": "", "reasons": "x"}]}, "TEXT_BLANK", ["factors", "0", "code"], "blank"),
])
def test_what_a_command_names_by_nothing_is_told_at_its_place(
        asked: World, ann: str, change: dict[str, Any], code: str, path: list[str], told: str) -> None:
    finding = asked.finding()
    content = finding["content"] | change.get("content", {})
    (error,) = asked.tell("confirmViolation", {"creatorId": ann, "finding": finding | change | {"content": content}})["errors"]
    assert (error["code"], error["path"]) == (code, ["input", "finding", *path])
    assert told in error["message"]


def test_a_notice_names_its_channel_and_template_and_the_digest_of_what_was_sent(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    sending = {"creatorId": ann, "subject": violation, "channel": "INBOX", "language": "en", "template": "t", "templateVersion": "1",
               "sha256": "0" * 64}
    for field, wrong, code in (("channel", "", "TEXT_BLANK"), ("templateVersion", " ", "TEXT_BLANK"), ("sha256", "x", "DIGEST_MALFORMED")):
        (error,) = asked.tell("sendNotice", sending | {field: wrong}, SERVICE)["errors"]
        assert (error["code"], error["path"]) == (code, ["input", field])


def test_evidence_without_a_digest_is_not_even_asked_for(asked: World, ann: str) -> None:
    query = "mutation($input: LinkAccountsInput!) { linkAccounts(input: $input) { repeated } }"
    content = {"creatorId": ann, "idempotencyKey": "k", "other": "ben", "relation": "SHOP", "evidence": [{"reference": "case-1"}]}
    assert asked.failed(query, MODERATOR, input=content) == "BAD_USER_INPUT"


@pytest.mark.parametrize(("change", "path"), [
    ({"creatorId": "nonsense"}, ["input", "creatorId"]),
    ({"creatorId": global_id("Violation", creator_id("ann"))}, ["input", "creatorId"]),
    ({"violations": ["x"]}, ["input", "violations", "0"]),
    ({"idempotencyKey": ""}, ["input", "idempotencyKey"]),
    ({"idempotencyKey": "k" * 201}, ["input", "idempotencyKey"]),
])
def test_an_input_that_no_command_can_be_made_of_is_told_as_data(asked: World, ann: str, change: dict[str, Any], path: list[str]) -> None:
    content = {"creatorId": ann, "kind": "BAN", "violations": [], "restrictions": [], "reasons": "x"} | change
    (error,) = asked.tell("imposePenalty", content)["errors"]
    assert (error["code"], error["path"]) == ("BAD_USER_INPUT", path)


@pytest.mark.parametrize("finding", [
    {"severity": "HUGE"},
    {"content": {"id": "v", "kind": "VIDEO", "createdAt": "2026-03-01T10:00:00"}},
    {"content": {"id": "v", "kind": "VIDEO", "createdAt": "yesterday"}},
    {"content": {"id": "v", "kind": "VIDEO", "createdAt": 5}},
    {"content": None},
    {"unknown": 1},
])
def test_a_value_of_the_wrong_kind_is_refused_before_anything_is_decided(asked: World, ann: str, finding: dict[str, Any]) -> None:
    query = "mutation($input: ConfirmViolationInput!) { confirmViolation(input: $input) { repeated } }"
    content = {"creatorId": ann, "idempotencyKey": "k", "finding": asked.finding() | finding}
    assert asked.failed(query, MODERATOR, input=content) == "BAD_USER_INPUT"


def test_an_account_that_was_never_opened_is_unknown(asked: World) -> None:
    unknown = str(creator_id("nobody"))
    assert asked.refused("confirmViolation", {"creatorId": unknown, "finding": asked.finding()}) == "ACCOUNT_NOT_REGISTERED"


# Again


def test_the_same_request_again_gets_the_same_answer_and_records_nothing(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    until = (asked.clock.now + timedelta(days=9)).isoformat()
    placing = {"creatorId": ann, "kind": "BAN", "violations": [violation], "restrictions": [{"capability": "CAMPAIGN"}], "reasons": "Again.",
               "endsAt": until}
    select = "penalty { id kind } creator { version }"
    first = asked.done("imposePenalty", placing, MODERATOR, select, key="once")
    again = asked.done("imposePenalty", placing, MODERATOR, select, key="once")
    assert again == first | {"repeated": True}
    (error,) = asked.tell("imposePenalty", placing | {"reasons": "Other."}, MODERATOR, select, key="once")["errors"]
    assert (error["code"], error["path"]) == ("IDEMPOTENCY_KEY_REUSED", ["input", "idempotencyKey"])


def test_a_key_names_the_requests_of_one_principal(asked: World, ann: str) -> None:
    finding = {"creatorId": ann, "finding": asked.finding()}
    asked.done("suspectViolation", finding, SERVICE, key="same")
    assert asked.done("suspectViolation", finding, MODERATOR, key="same")["repeated"] is False


def test_who_has_seen_an_older_version_is_told_to_look_again(asked: World, ann: str) -> None:
    seen = asked.ask('{ creator(externalId: "ann") { version } }')["creator"]["version"]
    asked.confirmed(ann, "video-1")
    stale = asked.tell("confirmViolation", {"creatorId": ann, "finding": asked.finding("video-2", "LOW_QUALITY", "MINOR"), "expectedVersion": seen})
    assert (stale["errors"][0]["code"], stale["errors"][0]["path"]) == ("CONCURRENCY_CONFLICT", ["input", "expectedVersion"])
    now = asked.ask('{ creator(externalId: "ann") { version } }')["creator"]["version"]
    asked.done("confirmViolation", {"creatorId": ann, "finding": asked.finding("video-2", "LOW_QUALITY", "MINOR"), "expectedVersion": now})
    assert asked.refused("confirmViolation", {"creatorId": ann, "finding": asked.finding("video-3", "LOW_QUALITY", "MINOR"), "expectedVersion": 0}
                         ) == "CONCURRENCY_CONFLICT"


# Positions


def test_what_was_recorded_can_be_asked_for_at_its_position(asked: World, ann: str) -> None:
    position = asked.confirmed(ann)["position"]
    query = "query($id: ID!, $p: String) { creator(id: $id, atLeast: $p) { violationsStanding } }"
    assert asked.ask(query, id=ann, p=position)["creator"]["violationsStanding"] == 1


def test_a_position_that_never_comes_is_waited_for_only_so_long(tmp_path: Path, database: str) -> None:
    with world(tmp_path, database, wait_for_read_models=0.05) as asked:
        ahead = position_text((0, 999))
        assert asked.failed("query($p: String) { creators(atLeast: $p) { totalCount } }", p=ahead) == "NOT_YET_KNOWN"
        for wrong in ("", "999", *map(packed, (b"position:999", b"position:0:-1", b"position:0:9 ", b"position:7:9", b"place:0:9"))):
            assert asked.failed("query($p: String) { creators(atLeast: $p) { totalCount } }", p=wrong) == "BAD_USER_INPUT"


def test_several_mutations_of_one_request_run_in_their_order(asked: World, ann: str) -> None:
    answer = asked.ask("""mutation($ann: ID!) {
      first: changeRewardTier(input: {creatorId: $ann, tier: "SILVER", promotionScore: 300, idempotencyKey: "a"}) { creator { tier } }
      second: changeRewardTier(input: {creatorId: $ann, tier: "GOLD", promotionScore: 300, idempotencyKey: "b"}) { creator { tier } }
    }""", ADMIN, ann=ann)
    assert answer == {"first": {"creator": {"tier": "SILVER"}}, "second": {"creator": {"tier": "GOLD"}}}


def test_an_auditor_changes_nothing(asked: World, ann: str) -> None:
    query = 'mutation($ann: ID!) { liftPenalty(input: {creatorId: $ann, penaltyId: "x", reasons: "x", idempotencyKey: "k"}) { repeated } }'
    assert asked.failed(query, AUDITOR, ann=ann) == "FORBIDDEN"
    assert asked.failed(query, None, ann=ann) == "UNAUTHENTICATED"
