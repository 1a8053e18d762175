"""Questions as a frontend sends them: what is so now, for whoever may know it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.access import MAY_DO, MAY_PREVIEW, MAY_SEE
from api.app import schema
from api.identity import CREATOR_SIDE, KINDS, Principal, Role, TokenRefused, principal_of
from api.ids import global_id
from domain.facts import ActorKind
from domain.identity import creator_id
from tests.asking import ADMIN, AUDITOR, MODERATOR, REVIEWER, SECOND, SERVICE, World, creator, world

NOBODY = creator_id("nobody")


@pytest.fixture
def ann(asked: World) -> str:
    return asked.registered(handle="Ann", contact="ann@example.org", languages=["en"])


# Roots


def test_a_creator_is_found_by_each_of_its_names(asked: World, ann: str) -> None:
    plain = str(creator_id("ann"))
    for arguments in (f'id: "{ann}"', f'id: "{plain}"', 'externalId: "ann"'):
        assert asked.ask(f"{{ creator({arguments}) {{ id externalId handle contact accountType jurisdictions languages }} }}")["creator"] == {
            "id": ann, "externalId": "ann", "handle": "Ann", "contact": "ann@example.org", "accountType": "PRIVATE", "jurisdictions": ["US"],
            "languages": ["en"]}
    assert asked.failed("{ creator { id } }") == "BAD_USER_INPUT"
    assert asked.failed('{ creator(id: "a", externalId: "b") { id } }') == "BAD_USER_INPUT"


def test_nobody_is_found_by_a_name_that_nobody_can_have(asked: World) -> None:
    found = asked.ask('{ creators(filter: {externalIdPrefix: "\\u0000"}) { totalCount } creator(externalId: "\\u0000") { id } }')
    assert found == {"creators": {"totalCount": 0}, "creator": None}


REAL = global_id("Creator", creator_id("ann"))


@pytest.mark.parametrize("id", [
    "", "x", "é", "=", "Creator:1", str(NOBODY), str(creator_id("ann")).upper(), "{" + str(creator_id("ann")) + "}", creator_id("ann").hex,
    global_id("Creator", NOBODY), global_id("Creator", "1"), global_id("Nothing", creator_id("ann")), global_id("creator", creator_id("ann")),
    REAL + "=", REAL + "AA", " " + REAL, REAL[:5] + "!" + REAL[5:], REAL + "\n", "A" * 5000,
])
@pytest.mark.usefixtures("ann")
def test_an_unknown_or_malformed_id_is_nothing(asked: World, id: str) -> None:
    query = """query($id: ID!) { node(id: $id) { id } creator(id: $id) { id } violation(id: $id) { id } penalty(id: $id) { id }
      appeal(id: $id) { id } }"""
    assert set(asked.ask(query, id=id).values()) == {None}
    assert asked.ask("query($id: String!) { creator(externalId: $id) { id } policyPack(hash: $id) { title } }", id=id) == {
        "creator": None, "policyPack": None}


def test_an_id_of_another_type_is_nothing(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    assert asked.ask("query($id: ID!) { creator(id: $id) { id } penalty(id: $id) { id } violation(id: $id) { id } }", id=violation) == {
        "creator": None, "penalty": None, "violation": {"id": violation}}


def test_a_node_is_whatever_has_the_id(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    reward = asked.done("grantReward", {"creatorId": ann, "kind": "WIDER_REACH", "promotionScore": 400}, SERVICE, "reward { id }")["reward"]["id"]
    appeal = asked.done("submitAppeal", {"creatorId": ann, "subject": violation, "grounds": "No."}, creator("ann"), "appeal { id }")["appeal"]["id"]
    query = """query($id: ID!) { node(id: $id) { __typename id ... on Creator { externalId } ... on Violation { policy }
      ... on Reward { kind creator { externalId } } ... on Appeal { status } } }"""
    assert asked.ask(query, id=ann)["node"] == {"__typename": "Creator", "id": ann, "externalId": "ann"}
    assert asked.ask(query, id=violation)["node"] == {"__typename": "Violation", "id": violation, "policy": "MISLEADING_PROMOTION"}
    assert asked.ask(query, id=reward)["node"] == {
        "__typename": "Reward", "id": reward, "kind": "WIDER_REACH", "creator": {"externalId": "ann"}}
    assert asked.ask(query, id=appeal)["node"] == {"__typename": "Appeal", "id": appeal, "status": "SUBMITTED"}


def test_the_viewer_is_whoever_asks(asked: World) -> None:
    assert asked.ask("{ viewer { role id } }", REVIEWER)["viewer"] == {"role": "APPEALS_REVIEWER", "id": "reviewer-1"}


# Now


HEALTH = """{ creator(externalId: "ann") { score zone status health { score zone asOf packVersion scheme nextMilestone { at comparison distance }
  entries { tally points expiresAt cause { violation { policy } earningRule } } }
  restrictions { capability category territory item kind until causes {
    kind until automatic interim penalty { id kind } violations { policy } } } } }"""


def test_health_is_evaluated_at_the_moment_it_is_asked_for(asked: World, ann: str) -> None:
    asked.confirmed(ann)
    before = asked.ask(HEALTH)["creator"]
    assert (before["health"]["score"], before["health"]["zone"], before["score"], before["zone"]) == (180, "ORANGE", 180, "ORANGE")
    assert before["health"]["nextMilestone"] == {"at": 150, "comparison": "AT_OR_BELOW", "distance": 30}
    (entry,) = [entry for entry in before["health"]["entries"] if entry["tally"] == "score"]
    assert entry == {
        "tally": "score", "points": -20, "expiresAt": "2026-06-01T07:00:00Z",
        "cause": {"violation": {"policy": "MISLEADING_PROMOTION"}, "earningRule": None}}
    asked.days(91)
    after = asked.ask(HEALTH)["creator"]["health"]
    assert (after["score"], after["zone"], after["entries"], after["asOf"]) == (200, "GREEN", [], "2026-06-01T10:00:00Z")
    assert after["nextMilestone"]["distance"] == 50


def test_a_restriction_is_told_until_it_is_over(asked: World, ann: str) -> None:
    for number in range(2):
        asked.confirmed(ann, f"video-{number}", severity="MAJOR", select="")
    before = asked.ask(HEALTH)["creator"]
    assert before["status"] == "RESTRICTED"
    restriction = next(it for it in before["restrictions"] if it["capability"] == "LIVE_SELLING")
    assert (restriction["category"], restriction["territory"], restriction["item"], restriction["kind"]) == (
        "*", "*", "*", "ECOMMERCE_PERMISSION_SUSPENDED")
    assert [cause["until"] for cause in restriction["causes"]] == sorted((cause["until"] for cause in restriction["causes"]), reverse=True)
    assert restriction["until"] == restriction["causes"][0]["until"]
    assert {cause["penalty"]["kind"] for cause in restriction["causes"]} == {"ECOMMERCE_PERMISSION_SUSPENDED"}
    asked.days(40)
    after = asked.ask(HEALTH)["creator"]
    assert (after["status"], after["restrictions"]) == ("IN_GOOD_STANDING", [])


@pytest.mark.usefixtures("ann")
def test_the_pack_an_account_lives_under_is_that_of_its_health(asked: World) -> None:
    found = asked.ask('{ creator(externalId: "ann") { policyPack { hash inForce version } health { packHash packVersion } } }')["creator"]
    assert found["policyPack"] == {"hash": found["health"]["packHash"], "inForce": True, "version": found["health"]["packVersion"]}


# Everything about one creator


def test_the_timeline_tells_all_that_happened_latest_first(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    query = """query($filter: TimelineFilter) { creator(externalId: "ann") { version timeline(filter: $filter) { totalCount nodes {
      __typename version kind sentence occurredAt recordedAt causeVersion because { version kind } depth policy packHash parameters
      actor { kind id role onBehalfOf } ... on ViolationEvent { violation { id } }
      ... on PointsEvent { scoreBefore scoreAfter zoneAfter delta violation { id } } } } } }"""
    found = asked.ask(query)["creator"]
    events = found["timeline"]["nodes"]
    assert [event["version"] for event in events] == list(range(found["version"], 0, -1))
    assert found["timeline"]["totalCount"] == found["version"]
    confirmed = next(event for event in events if event["kind"] == "ViolationConfirmed")
    assert (confirmed["violation"], confirmed["policy"]) == ({"id": violation}, "MISLEADING_PROMOTION")
    assert confirmed["actor"] == {"kind": "REVIEWER", "id": "moderator-1", "role": "MODERATOR", "onBehalfOf": None}
    assert "MISLEADING" in confirmed["sentence"].upper().replace(" ", "_")
    deducted = next(event for event in events if event["kind"] == "PointsDeducted")
    assert (deducted["causeVersion"], deducted["scoreBefore"], deducted["scoreAfter"], deducted["zoneAfter"]) == (
        confirmed["version"], 200, 180, "ORANGE")
    assert (deducted["__typename"], deducted["violation"], deducted["delta"]) == ("PointsEvent", {"id": violation}, -20)
    assert (deducted["because"], confirmed["because"]) == ({"version": confirmed["version"], "kind": "ViolationConfirmed"}, None)
    assert {event["depth"] for event in events} == {None}
    assert deducted["parameters"]["points"] == 20
    opened = events[-1]
    assert opened["kind"] == "CreatorAccountOpened"
    assert opened["parameters"]["handle"] is None, "personal text is not told, not even sealed"
    some = asked.ask(query, filter={"kinds": ["StrikeIssued"], "actorKind": ["SYSTEM"]})["creator"]["timeline"]
    assert {event["kind"] for event in some["nodes"]} == {"StrikeIssued"}


def test_a_violation_tells_what_was_found_and_by_which_rule(asked: World, ann: str) -> None:
    finding = asked.finding(
        leaf="", factors=[{"effect": "MITIGATING", "code": "FIRST", "reasons": "The first one."}],
        detection={"detector": "d-7", "detectorVersion": "2", "confidence": 0.9, "automated": True, "detectedAt": "2026-03-02T09:30:00+01:00"},
        source={"kind": "TRUSTED_FLAGGER", "reference": "n-1"},
        evidence=[{"reference": "e-1", "sha256": "e1" * 32, "note": "At the end.", "sensitivity": "GRAPHIC"}])
    deciding = {"creatorId": ann, "finding": finding, "facts": "Too good."}
    id = asked.done("confirmViolation", deciding, MODERATOR, "violation { id }")["violation"]["id"]
    found = asked.ask("""query($id: ID!) { violation(id: $id) { status severity facts automated points warned discretion confirmedAt expiresAt
      creator { externalId } market content { id kind createdAt endedAt offsetSeconds markets feature category measures }
      factors { effect code reasons } detection { detector detectorVersion confidence automated detectedAt source reference }
      evidence { reference note sensitivity sha256 kind retention } decidedBy { id role kind }
      pin { textPack textVersion textLanguage textSha256 schedule rule occurrence } } }""",
                      id=id)["violation"]
    pack = asked.ask('{ policyPack(market: "US") { hash } }')["policyPack"]["hash"]
    assert found.pop("pin") | {"textSha256": ""} == {
        "textPack": pack, "textVersion": 1, "textLanguage": "en", "textSha256": "", "schedule": pack, "rule": 4, "occurrence": 1}
    assert found == {
        "status": "CONFIRMED", "severity": "MODERATE", "facts": "Too good.", "automated": False, "points": 20, "warned": False, "discretion": None,
        "confirmedAt": "2026-03-02T10:00:00Z", "expiresAt": "2026-06-01T07:00:00Z", "creator": {"externalId": "ann"}, "market": "US",
        "content": {"id": "video-1", "kind": "VIDEO", "createdAt": "2026-03-02T09:00:00Z", "endedAt": None, "offsetSeconds": None, "markets": [],
                    "feature": "", "category": "", "measures": []},
        "factors": [{"effect": "MITIGATING", "code": "FIRST", "reasons": "The first one."}],
        "detection": {"detector": "d-7", "detectorVersion": "2", "confidence": 0.9, "automated": True, "detectedAt": "2026-03-02T08:30:00Z",
                      "source": "TRUSTED_FLAGGER", "reference": "n-1"},
        "evidence": [{"reference": "e-1", "note": "At the end.", "sensitivity": "GRAPHIC", "sha256": "e1" * 32, "kind": "", "retention": ""}],
        "decidedBy": {"id": "moderator-1", "role": "MODERATOR", "kind": "REVIEWER"}}


def test_personal_text_that_was_erased_is_nothing(asked: World, ann: str) -> None:
    asked.confirmed(ann, facts="Too good.")
    query = '{ creator(externalId: "ann") { handle contact externalId violations { nodes { facts policy } } } }'
    assert asked.ask(query)["creator"]["violations"]["nodes"] == [{"facts": "Too good.", "policy": "MISLEADING_PROMOTION"}]
    asked.system.store.keys.destroy(creator_id("ann"))
    assert asked.ask(query)["creator"] == {
        "handle": None, "contact": None, "externalId": "ann", "violations": {"nodes": [{"facts": None, "policy": "MISLEADING_PROMOTION"}]}}


# Packs and the ecosystem


def test_a_pack_tells_its_rules_and_where_each_figure_comes_from(asked: World) -> None:
    query = """{ policyPack(market: "US") { title version scheme market markets timeZone effectiveFrom effectiveUntil inForce
      zones { name lowest highest sources { mark source } } policies { code title severities texts { language text } leaves }
      counters { name shape base expiry { mode days } thresholds { at comparison
        steps { kind mode duration { value unit } capabilities } sources { mark } } }
      points { policies severities occurrence points warning } sources { of mark note }
      appealRule { window { value unit } levels personRequired legalMinimums { jurisdiction window { value unit } sources { mark source } } } } }"""
    pack = asked.ask(query, creator("ann"))["policyPack"]
    assert (pack["scheme"], pack["market"], pack["timeZone"], pack["effectiveFrom"]) == (
        "creator-health-rating", "US", "America/Los_Angeles", "2024-01-01T08:00:00Z")
    (score,) = [counter for counter in pack["counters"] if counter["name"] == "score"]
    assert [threshold["at"] for threshold in score["thresholds"]] == [150, 100, 50, 0]
    assert score["thresholds"][0]["steps"][0]["duration"] == {"value": 7, "unit": "DAYS"}
    assert all(zone["sources"] for zone in pack["zones"])
    assert {policy["code"] for policy in pack["policies"]} > {"MISLEADING_PROMOTION"}
    assert all(policy["texts"] for policy in pack["policies"])
    assert "EU" in {law["jurisdiction"] for law in pack["appealRule"]["legalMinimums"]}


def test_packs_are_found_by_hash_and_by_market(asked: World) -> None:
    packs = asked.ask("{ policyPacks { hash markets } }")["policyPacks"]
    assert len(packs) == len(tuple(asked.system.packs()))
    for pack in packs:
        assert asked.ask("query($hash: String!) { policyPack(hash: $hash) { hash } }", hash=pack["hash"])["policyPack"]["hash"] == pack["hash"]
    some = asked.ask('{ policyPacks(market: "US") { markets } policyPack(market: "NOWHERE") { title } }')
    assert (all("US" in pack["markets"] for pack in some["policyPacks"]), some["policyPack"]) == (True, None)
    assert asked.failed("{ policyPack { title } }") == "BAD_USER_INPUT"


def test_the_ecosystem_tells_flows_and_stocks_of_each_day(asked: World, ann: str) -> None:
    asked.registered("ben")
    asked.registered("cat", "VN")
    asked.days(1)
    asked.confirmed(ann)
    query = """query($market: String, $from: Date, $to: Date) { ecosystemHealth(market: $market, from: $from, to: $to) {
      first last flows { day market policy packHash measure kind count points } zones { day market zone creators } } }"""
    us = asked.ask(query, market="US")["ecosystemHealth"]
    assert (us["first"], us["last"]) == ("2026-02-02", "2026-03-03")
    assert {flow["market"] for flow in us["flows"]} == {"US"}
    (deducted,) = [flow for flow in us["flows"] if flow["measure"] == "PointsDeducted"]
    assert (deducted["day"], deducted["policy"], deducted["count"], deducted["points"]) == ("2026-03-03", "MISLEADING_PROMOTION", 1, 20)
    stocks = {(zone["day"], zone["zone"]): zone["creators"] for zone in us["zones"]}
    assert stocks == {("2026-03-02", "GREEN"): 2, ("2026-03-03", "GREEN"): 1, ("2026-03-03", "ORANGE"): 1}
    everywhere = asked.ask(query, **{"from": "2026-03-03", "to": "2026-03-03"})["ecosystemHealth"]
    assert sum(zone["creators"] for zone in everywhere["zones"]) == 3
    for wrong in ({"from": "2026-03-04", "to": "2026-03-03"}, {"from": "2020-01-01", "to": "2026-03-03"}, {"from": "today"}):
        assert asked.failed(query, **wrong) == "BAD_USER_INPUT"
    assert asked.ask(query, **{"from": "2026-03-01", "to": "2026-03-01"})["ecosystemHealth"]["zones"] == []


# Who may know what


@pytest.fixture
def two(asked: World, ann: str) -> dict[str, Any]:
    """Two creators with a violation, an appeal and a penalty by a person each."""
    found = {}
    for name, id in (("ann", ann), ("ben", asked.registered("ben"))):
        violation = asked.confirmed(id)["violation"]["id"]
        placing = {"creatorId": id, "kind": "BAN", "violations": [violation], "restrictions": [{"capability": "CAMPAIGN"}], "reasons": "Again."}
        penalty = asked.done("imposePenalty", placing, MODERATOR, "penalty { id }")["penalty"]["id"]
        filing = {"creatorId": id, "subject": violation, "grounds": "No."}
        appeal = asked.done("submitAppeal", filing, creator(name), "appeal { id }")["appeal"]["id"]
        found[name] = {"creator": id, "violation": violation, "penalty": penalty, "appeal": appeal}
    return found


def test_a_creator_sees_its_own_account_and_no_other(asked: World, two: dict[str, Any]) -> None:
    query = """query($creator: ID!, $violation: ID!, $penalty: ID!, $appeal: ID!) {
      creator(id: $creator) { externalId } violation(id: $violation) { policy } penalty(id: $penalty) { kind } appeal(id: $appeal) { status }
      a: node(id: $creator) { id } b: node(id: $violation) { id } c: node(id: $penalty) { id } d: node(id: $appeal) { id } }"""
    own = asked.ask(query, creator("ann"), **two["ann"])
    assert None not in own.values()
    other = asked.ask(query, creator("ann"), **two["ben"])
    assert set(other.values()) == {None}
    assert asked.ask('{ creator(externalId: "ben") { id } }', creator("ann"))["creator"] is None
    for forbidden in ("{ creators { totalCount } }", "{ ecosystemHealth { first } }", "{ appealDesk { totalCount } }"):
        assert asked.failed(forbidden, creator("ann")) == "FORBIDDEN"


INTERNAL = """{ creator(externalId: "ann") { links { other }
  violations { nodes { facts decidedBy { id role } rootCause detection { detector } evidence { reference }
    appeals { nodes { decidedBy { id } evidence { reference } case { conflicted history { by } } } } } }
  penalties { nodes { decidedBy approvedBy endedBy reasons } } appeals { nodes { decidedBy { id } rootCause reasons } }
  rewards { nodes { grantedBy } } timeline(first: 50) { nodes { sentence parameters actor { kind id role } } } } }"""


def test_a_creator_never_learns_who_decided_nor_anything_internal(asked: World, two: dict[str, Any]) -> None:
    deciding = {"creatorId": two["ann"]["creator"], "appealId": two["ann"]["appeal"], "outcome": "UPHELD", "reasons": "Seen.", "rootCause": "R-9"}
    asked.claimed(two["ann"]["creator"], two["ann"]["appeal"])
    asked.done("decideAppeal", deciding, REVIEWER)
    asked.done("liftPenalty", {"creatorId": two["ann"]["creator"], "penaltyId": two["ann"]["penalty"], "reasons": "Enough."}, SECOND)
    asked.done("grantReward", {"creatorId": two["ann"]["creator"], "kind": "WIDER_REACH", "promotionScore": 400}, ADMIN)
    staff = str(asked.ask(INTERNAL, AUDITOR))
    seen = str(asked.ask(INTERNAL, creator("ann")))
    for secret in ("moderator-1", "moderator-2", "reviewer-1", "admin-1", "R-9"):
        assert secret in staff
        assert secret not in seen
    assert "Again." in seen, "the reasons are told to the creator"
    own = asked.ask(INTERNAL, creator("ann"))["creator"]
    assert own["links"] is None
    assert {(node["decidedBy"], node["detection"], node["evidence"]) for node in own["violations"]["nodes"]} == {(None, None, None)}
    assert {node["actor"]["id"] for node in own["timeline"]["nodes"]} == {None}


def test_representatives_see_those_they_act_for_while_they_do(asked: World, two: dict[str, Any]) -> None:
    query = "query($id: ID!) { creator(id: $id) { externalId } }"
    agency, id = "dev:AGENCY:agency-1", two["ann"]["creator"]
    assert asked.ask(query, agency, id=id)["creator"] is None
    authorising = {"creatorId": id, "representative": "agency-1", "kind": "AGENCY", "until": "2026-03-12T10:00:00Z"}
    asked.done("authoriseRepresentative", authorising, creator("ann"))
    assert asked.ask(query, agency, id=id)["creator"] == {"externalId": "ann"}
    assert asked.ask(query, agency, id=two["ben"]["creator"])["creator"] is None
    assert asked.ask(query, "dev:GUARDIAN:agency-1", id=id)["creator"] is None
    withdrawing = {"creatorId": id, "appealId": two["ann"]["appeal"]}
    withdrawn = asked.done("withdrawAppeal", withdrawing, agency, "appeal { status } creator { externalId }", key="w")
    assert (withdrawn["appeal"], withdrawn["creator"]) == ({"status": "WITHDRAWN"}, {"externalId": "ann"})
    asked.days(11)
    assert asked.ask(query, agency, id=id)["creator"] is None
    again = asked.tell("withdrawAppeal", withdrawing, agency, "appeal { status } creator { externalId }", key="w")
    assert (again["appeal"], again["creator"], again["repeated"]) == (None, None, True), "an old answer is not shown to who acts no more"


def test_an_appeal_by_a_stranger_is_refused(asked: World, two: dict[str, Any]) -> None:
    filing = {"creatorId": two["ann"]["creator"], "subject": two["ann"]["penalty"], "grounds": "No."}
    query = "mutation($input: SubmitAppealInput!) { submitAppeal(input: $input) { errors { code } } }"
    assert asked.failed(query, creator("ben"), input=filing | {"idempotencyKey": "k"}) == "FORBIDDEN"
    assert asked.refused("submitAppeal", filing, "dev:AGENCY:agency-1") == "APPEAL_NOT_YOURS"


@pytest.mark.parametrize("query", [
    "{ viewer { role } }", "{ creators { totalCount } }", '{ creator(externalId: "ann") { id } }', '{ node(id: "x") { id } }',
    '{ violation(id: "x") { id } }', "{ policyPacks { title } }", "{ ecosystemHealth { first } }",
    'mutation { settleAccount(input: {creatorId: "x", idempotencyKey: "k"}) { repeated } }',
])
def test_nothing_is_shown_to_strangers(asked: World, query: str) -> None:
    assert asked.failed(query, None) == "UNAUTHENTICATED"


def test_strangers_may_look_at_the_schema(asked: World) -> None:
    assert asked.ask("{ __schema { queryType { name } } __typename }", None) == {"__schema": {"queryType": {"name": "Query"}}, "__typename": "Query"}


def test_every_root_field_says_who_may_use_it() -> None:
    graphql = schema._schema  # noqa: SLF001  # there is no other way to the fields
    assert graphql.mutation_type is not None
    assert graphql.query_type is not None
    assert set(graphql.mutation_type.fields) == set(MAY_DO)
    assert set(graphql.query_type.fields) == set(MAY_SEE) | set(MAY_PREVIEW)
    assert all(roles and Role.AUDITOR not in roles for roles in MAY_DO.values())
    assert {field for field, roles in MAY_SEE.items() if Role.AUDITOR not in roles} == {"exportCreatorData"}, "it is handed to the creator"
    for decision in ("confirmViolation", "imposePenalty", "decideAppeal", "approvePenalty", "takeQuiz", "earnPoints", "grantReward"):
        assert not MAY_DO[decision] & CREATOR_SIDE


# Tokens


def test_every_role_acts_in_some_capacity() -> None:
    assert set(KINDS) == set(Role)
    person = Principal(Role.MODERATOR, "m").acting(creator_id("ann"))
    assert (person.kind, person.id, person.role, person.on_behalf_of) == (ActorKind.REVIEWER, "m", "MODERATOR", "")
    agency = Principal(Role.AGENCY, "a").acting(creator_id("ann"))
    assert (agency.kind, agency.on_behalf_of) == (ActorKind.AGENCY, str(creator_id("ann")))
    assert not Principal(Role.SERVICE, "s").acting(creator_id("ann")).is_person


def test_a_token_names_role_and_id() -> None:
    assert principal_of(None, development=True) is None
    assert principal_of("Bearer dev:CREATOR:acct:7", development=True) == Principal(Role.CREATOR, "acct:7")
    assert principal_of("bearer dev:ADMIN:a", development=True) == Principal(Role.ADMIN, "a")


def test_a_token_may_name_qualifications_after_the_role() -> None:
    one = principal_of("Bearer dev:APPEALS_REVIEWER(LANGUAGE:vi,POLICY:*):maria:x(y)", development=True)
    assert one == Principal(Role.APPEALS_REVIEWER, "maria:x(y)", ("LANGUAGE:vi", "POLICY:*"))
    assert one.acting(creator_id("ann")).qualifications == ("LANGUAGE:vi", "POLICY:*")


@pytest.mark.parametrize("header", [
    "Bearer", "Bearer ", "Bearer x", "Basic dev:ADMIN:a", "Bearer dev:ADMIN:", "Bearer dev:ADMIN", "Bearer dev:ROOT:a", "Bearer dev::a",
    "Bearer dev:admin:a", "Bearer prod:ADMIN:a", "Bearer dev:ADMIN:" + "a" * 201,
    "Bearer dev:ADMIN():a", "Bearer dev:ADMIN(vi):a", "Bearer dev:ADMIN(LANGUAGE:vi,):a", "Bearer dev:ADMIN(LANGUAGE:vi):",
])
def test_any_other_token_is_refused(header: str) -> None:
    with pytest.raises(TokenRefused):
        principal_of(header, development=True)


def test_development_tokens_are_refused_in_production(tmp_path: Path) -> None:
    with world(tmp_path, development=False) as asked:
        response = asked.client.post("/graphql", json={"query": "{ viewer { role } }"}, headers={"authorization": f"Bearer {ADMIN}"})
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
        assert response.headers["www-authenticate"] == "Bearer"
        assert asked.failed("{ viewer { role } }", None) == "UNAUTHENTICATED"
        assert "dev:" not in asked.client.get("/").text
