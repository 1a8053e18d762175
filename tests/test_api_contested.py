"""What can be contested beside violations and penalties, by the ids it is told with; and what a creator is told of who decided."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLInterfaceType, GraphQLNamedType, GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from api.app import schema
from tests.asking import AUDITOR, MODERATOR, POLICY_MANAGER, REVIEWER, SECOND, SERVICE, World, creator, evidence

CONTESTED = """externalId
  milestones { totalCount nodes { id threshold reversedAt violation { id } appeals { nodes { id status } } } }
  violations { nodes { id contentMeasures { nodes { id measure label contentId takenBy endedAt appeals { nodes { id status } } } } } }
  commission { nodes { id currency frozen held forfeited reinstated penalty { kind } forfeitures { id amount at reversedAt } } }
  appeals { nodes { subjectKind subject clocks { rule } evidence { reference changed { sha256 } } milestone { id } contentMeasure { id } } }
  disputes { nodes { body subject } }"""

FEW = re.sub("(appeals|violations|contentMeasures|milestones|commission|disputes) {", r"\1(first: 5) {", CONTESTED)


def contested(asked: World, token: str = AUDITOR) -> Any:
    return asked.ask(f'{{ creator(externalId: "ann") {{ {CONTESTED} }} }}', token)["creator"]


def milestone(asked: World, ann: str) -> Any:
    """A milestone that two violations reached, for which the penalty in force was imposed."""
    for number in (1, 2):
        asked.confirmed(ann, f"bag-{number}", "COUNTERFEIT", "MAJOR")
    return contested(asked)["milestones"]["nodes"][0]


def removed(asked: World, ann: str) -> Any:
    """A content item that was taken down."""
    violation = asked.confirmed(ann)["violation"]["id"]
    asked.done("removeContent", {"creatorId": ann, "contentId": "video-1", "violationId": violation}, SECOND)
    (measure,) = contested(asked)["violations"]["nodes"][0]["contentMeasures"]["nodes"]
    return measure


def forfeited(asked: World, ann: str, days: int = 40) -> Any:
    """Commission held because of a penalty, some of it forfeited when the time for an appeal was over."""
    violation = asked.confirmed(ann, "shoe-1", "LOW_QUALITY", "MINOR")["violation"]["id"]
    penalty = asked.done("imposePenalty", {
        "creatorId": ann, "kind": "COMMISSION_FROZEN", "violations": [violation], "reasons": "Seen.", "restrictions": [
            {"capability": "WITHDRAW_COMMISSION"}]}, MODERATOR, "penalty { id }")["penalty"]["id"]
    for decision in (violation, penalty):
        asked.told(ann, decision)
    freezing = {"creatorId": ann, "penaltyId": penalty, "amount": 700, "currency": "USD", "orders": ["o-1"]}
    freeze = asked.done("freezeCommission", freezing, SERVICE, "freezeId")["freezeId"]
    asked.days(days)
    asked.done("forfeitCommission", {"creatorId": ann, "freezeId": freeze, "amount": 500, "reasons": "Fraud."}, SECOND)
    return contested(asked)["commission"]["nodes"][0]["forfeitures"][0]


def decided(asked: World, ann: str, subject: str, outcome: str, by: str = REVIEWER, **more: Any) -> Any:
    """An appeal about a decision, decided."""
    filed = asked.done("submitAppeal", {"creatorId": ann, "subject": subject, "grounds": "No."}, creator("ann"), "appeal { id }")
    asked.claimed(ann, filed["appeal"]["id"], by)
    deciding = {"creatorId": ann, "appealId": filed["appeal"]["id"], "outcome": outcome, "reasons": "Checked."}
    select = """appeal { id status subjectKind subject milestone { id } contentMeasure { id } relief { endsAt measure label }
      newlyImposed { kind } redress }"""
    return asked.done("decideAppeal", deciding | more, by, select)["appeal"]


def test_a_milestone_is_appealed_by_its_id_and_falls_with_what_was_enforced_for_it(asked: World, ann: str) -> None:
    reached = milestone(asked, ann)
    assert (reached["threshold"], reached["reversedAt"], reached["appeals"]["nodes"]) == (100, None, [])
    appeal = decided(asked, ann, reached["id"], "REVERSED")
    assert (appeal["subjectKind"], appeal["subject"], appeal["milestone"], appeal["contentMeasure"]) == (
        "MILESTONE", reached["id"], {"id": reached["id"]}, None)
    found = contested(asked, creator("ann"))["milestones"]["nodes"][0]
    assert (found["reversedAt"], found["appeals"]["nodes"]) == ("2026-03-02T10:00:00Z", [{"id": appeal["id"], "status": "REVERSED"}])
    account = asked.ask('{ creator(externalId: "ann") { score restrictions { capability } } }')["creator"]
    assert account == {"score": 100, "restrictions": []}, "the points stay"


def test_what_was_enforced_for_a_milestone_ends_earlier_by_relief(asked: World, ann: str) -> None:
    reached, until = milestone(asked, ann), "2026-03-05T10:00:00Z"
    appeal = decided(asked, ann, reached["id"], "PARTIALLY_REVERSED", relief={"endsAt": until})
    assert appeal["relief"] == {"endsAt": until, "measure": None, "label": None}
    restrictions = asked.ask('{ creator(externalId: "ann") { restrictions { until } } }')["creator"]["restrictions"]
    assert {it["until"] for it in restrictions} == {until}


def test_a_measure_on_content_is_appealed_by_its_id_and_gives_way_to_a_milder_one(asked: World, ann: str) -> None:
    taken = removed(asked, ann)
    assert (taken["measure"], taken["takenBy"], taken["contentId"], taken["endedAt"]) == ("REMOVED", "moderator-2", "video-1", None)
    appeal = decided(asked, ann, taken["id"], "PARTIALLY_REVERSED", relief={"measure": "LABELLED", "label": "SATIRE"})
    assert (appeal["subjectKind"], appeal["contentMeasure"]) == ("CONTENT_MEASURE", {"id": taken["id"]})
    first, second = contested(asked, creator("ann"))["violations"]["nodes"][0]["contentMeasures"]["nodes"]
    assert (first["endedAt"], first["takenBy"], first["appeals"]["nodes"][0]["id"]) == ("2026-03-02T10:00:00Z", None, appeal["id"])
    assert (second["measure"], second["label"], second["endedAt"]) == ("LABELLED", "SATIRE", None)
    assert decided(asked, ann, second["id"], "REVERSED", "dev:APPEALS_REVIEWER:reviewer-2")["status"] == "REVERSED"
    assert contested(asked)["violations"]["nodes"][0]["contentMeasures"]["nodes"][1]["endedAt"] == "2026-03-02T10:00:00Z"


def test_a_forfeiture_is_appealed_by_its_id_and_the_commission_is_owed_again(asked: World, ann: str) -> None:
    lost = forfeited(asked, ann)
    assert lost == {"id": lost["id"], "amount": 500, "at": "2026-04-11T10:00:00Z", "reversedAt": None}
    appeal = decided(asked, ann, lost["id"], "REVERSED")
    assert (appeal["subjectKind"], appeal["subject"], appeal["milestone"], appeal["contentMeasure"]) == ("FORFEITURE", lost["id"], None, None)
    (held,) = contested(asked, creator("ann"))["commission"]["nodes"]
    assert (held["frozen"], held["held"], held["forfeited"], held["reinstated"]) == (700, 200, 0, 500)
    assert held["forfeitures"] == [lost | {"reversedAt": "2026-04-11T10:00:00Z"}]
    remedies = asked.ask("{ remedies { nodes { kind amount currency } } }")["remedies"]["nodes"]
    assert {"kind": "COMMISSION", "amount": 500, "currency": "USD"} in remedies
    story = asked.ask("query($s: ID!) { decisionTimeline(subject: $s, first: 100) { nodes { kind } } }", s=lost["id"])["decisionTimeline"]["nodes"]
    told = [it["kind"] for it in story]
    assert [kind for kind in told if kind in ("CommissionForfeited", "AppealSubmitted", "AppealDecided", "CommissionReinstated", "RemedyOwed")] == [
        "CommissionForfeited", "AppealSubmitted", "AppealDecided", "CommissionReinstated", "RemedyOwed"]


def test_whoever_did_not_win_wholly_is_told_of_further_redress_where_the_law_asks_for_it(asked: World) -> None:
    ann = asked.registered(jurisdictions=["DE"])
    violation = asked.confirmed(ann)["violation"]["id"]
    assert decided(asked, ann, violation, "UPHELD", redress=["OMBUDSMAN"])["redress"] == ["OUT_OF_COURT_DISPUTE", "COURT", "OMBUDSMAN"]
    found = asked.ask('{ creator(externalId: "ann") { appeals { nodes { redress appealRule clocks { rule pausable } } } } }', creator("ann"))
    (appeal,) = found["creator"]["appeals"]["nodes"]
    assert appeal["redress"] == ["OUT_OF_COURT_DISPUTE", "COURT", "OMBUDSMAN"]


def test_the_rule_that_gave_a_deadline_is_told_with_it(asked: World, ann: str) -> None:
    violation = asked.confirmed(ann)["violation"]["id"]
    asked.told(ann, violation)
    decided(asked, ann, violation, "UPHELD")
    found = asked.ask("""query($id: ID!) { violation(id: $id) { appealUntil appealRule
      appeals { nodes { appealUntil appealRule } } } }""", creator("ann"), id=violation)["violation"]
    deadline = {"appealUntil": "2026-04-02T07:00:00Z", "appealRule": "PLATFORM: 30 days"}
    assert found == deadline | {"appeals": {"nodes": [deadline]}}


def test_three_creators_with_all_that_is_contested_take_as_many_statements_as_one(asked: World) -> None:
    for name in ("ann", "ben", "cat"):
        id = asked.registered(name)
        for number in (1, 2):
            violation = asked.confirmed(id, f"{name}-{number}", "COUNTERFEIT", "MAJOR")["violation"]["id"]
            asked.done("removeContent", {"creatorId": id, "contentId": f"{name}-{number}", "violationId": violation})
            filing = {"creatorId": id, "subject": violation, "grounds": "No.", "evidence": [evidence(f"e-{number}")]}
            asked.done("submitAppeal", filing, creator(name))
            asked.done("openDispute", {"creatorId": id, "subject": violation, "body": "ADR-1", "reference": "case"}, REVIEWER)
    counted = []
    for first in (1, 3):
        with asked.statements() as statements:
            found = asked.ask(f"query($first: Int!) {{ creators(first: $first) {{ nodes {{ {FEW} }} }} }}", first=first)["creators"]["nodes"]
        assert [len(node["disputes"]["nodes"]) for node in found] == [2] * first
        counted.append(len(statements))
    assert counted[0] == counted[1]


# Who decided


GRAPHQL = schema._schema  # noqa: SLF001  # there is no other way to its types
DEEPEST = 3


def all_below(kind: GraphQLNamedType, above: tuple[str, ...] = ()) -> str:
    """A selection of every field of a type that needs no argument, and of what is below it; no type in itself."""
    assert isinstance(kind, GraphQLObjectType | GraphQLInterfaceType)
    found = []
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()):
            continue
        if is_leaf_type(below):
            found.append(name)
        elif below.name not in above and len(above) < DEEPEST:
            inner = all_of(below, (*above, kind.name))
            pages = "(first: 5)" if below.name.endswith("Connection") else ""
            found += [f"{name}{pages} {{ {inner} }}"] if inner else []
    return " ".join(found)


def all_of(kind: GraphQLNamedType, above: tuple[str, ...]) -> str:
    """As `all_below`; of a connection what its nodes have."""
    if isinstance(kind, GraphQLObjectType) and kind.name.endswith("Connection"):
        node = get_named_type(kind.fields["nodes"].type)
        inner = all_below(node, above) if node.name not in above else ""
        return f"nodes {{ {inner} }}" if inner else ""
    return all_below(kind, above)


@pytest.fixture
def whole(asked: World) -> str:
    """An account about which every person of the staff has decided something, under each way by which a decision falls."""
    ann = asked.registered(jurisdictions=["DE"])
    reached, taken = milestone(asked, ann), removed(asked, ann)
    for number, (subject, relief) in enumerate((
            (reached["id"], {"endsAt": (asked.clock.now + timedelta(days=3)).isoformat()}), (taken["id"], {"measure": "DEMOTED"}))):
        decided(asked, ann, subject, "PARTIALLY_REVERSED", f"dev:APPEALS_REVIEWER:partial-{number}", relief=relief)
    bags = [it["id"] for it in contested(asked)["violations"]["nodes"]]
    asked.done("recordQualityReview", {"creatorId": ann, "subject": bags[1], "verdict": "ERROR", "note": "By quality-1."}, "dev:MODERATOR:quality-1")
    asked.done("overturnDecision", {"creatorId": ann, "subject": bags[1], "ground": "COURT", "reasons": "Ordered.", "rootCause": "R-9"},
               POLICY_MANAGER)
    disputed = {"creatorId": ann, "subject": bags[2], "body": "ADR-1", "reference": "case-7"}
    dispute = asked.done("openDispute", disputed, "dev:APPEALS_REVIEWER:dispute-1", "dispute { id }")["dispute"]["id"]
    about = {"creatorId": ann, "disputeId": dispute, "reasons": "So it is."}
    factor = {"effect": "MITIGATING", "code": "FIRST", "reasons": "A first one."}
    asked.done("recordDisputeDecision", about | {"outcome": "PARTIALLY_REVERSED"}, "dev:APPEALS_REVIEWER:dispute-2")
    asked.done("implementDispute", about | {"relief": {"factors": [factor]}, "rootCause": "R-9"}, "dev:APPEALS_REVIEWER:dispute-3")
    decided(asked, ann, forfeited(asked, ann, days=200)["id"], "UPHELD", "dev:APPEALS_REVIEWER:upheld-1")
    return ann


PEOPLE = ("moderator-1", "moderator-2", "partial-0", "partial-1", "quality-1", "policy-1", "dispute-1", "dispute-2", "dispute-3", "upheld-1")


@pytest.mark.usefixtures("whole")
def test_a_creator_who_asks_for_everything_is_told_of_no_person_of_the_staff(asked: World) -> None:
    kind = GRAPHQL.type_map["Creator"]
    assert isinstance(kind, GraphQLObjectType)
    staff, own, told = "", "", set()
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if is_leaf_type(below) or any(is_required_argument(argument) for argument in field.args.values()):
            continue
        inner = all_of(below, ("Creator",))
        pages = "(first: 100)" if name == "timeline" else ""
        query = f'{{ creator(externalId: "ann") {{ {name}{pages} {{ {inner} }} }} }}'
        staff += str(asked.ask(query, AUDITOR))
        own += str(asked.ask(query, creator("ann")))
        told.add(name)
    assert {"appeals", "violations", "penalties", "milestones", "commission", "disputes", "timeline", "remedies"} <= told
    assert [person for person in PEOPLE if person not in staff] == []
    assert [person for person in PEOPLE if person in own] == []
    assert "R-9" in staff
    assert "R-9" not in own
