"""What happened to an account, told by what it is about."""

from __future__ import annotations

from graphql import GraphQLInterfaceType

from api.app import schema
from api.schema.timeline import TYPE_OF, TYPES, TimelineEvent
from domain.creator.decider import EVENTS
from tests.asking import World, creator

INTERFACE = schema._schema.type_map["TimelineEvent"]  # noqa: SLF001  # there is no other way to its types


def test_every_event_is_told_as_one_type() -> None:
    assert TYPE_OF.keys() == EVENTS.keys(), "say in api/schema/timeline.py what the new event is about"
    assert sum(len(events) for events in TYPES.values()) == len(EVENTS), "an event has two types"


def test_every_type_of_event_adds_something_to_what_all_have() -> None:
    assert isinstance(INTERFACE, GraphQLInterfaceType)
    possible = {it.name: it for it in schema._schema.get_possible_types(INTERFACE)}  # noqa: SLF001  # as above
    assert set(possible) == set(TYPE_OF.values())
    assert all(it.fields.keys() > INTERFACE.fields.keys() for it in possible.values())
    assert "score_before" not in TimelineEvent.__annotations__


def test_each_event_tells_what_only_its_type_has(asked: World) -> None:
    ann = asked.registered()
    violation = asked.confirmed(ann)["violation"]["id"]
    asked.told(ann, violation)
    filing = {"creatorId": ann, "subject": violation, "grounds": "No."}
    appeal = asked.done("submitAppeal", filing, creator("ann"), "appeal { id }")["appeal"]["id"]
    reward = asked.done("grantReward", {"creatorId": ann, "kind": "WIDER_REACH", "promotionScore": 400}, select="reward { id }")["reward"]["id"]
    nodes = asked.ask("""query($id: ID!) { creator(id: $id) { timeline { nodes { kind ... on TimelineEvent { __typename }
      ... on ViolationEvent { violation { id } } ...Other } } } }
      fragment Other on TimelineEvent { ... on PointsEvent { scoreBefore scoreAfter } ... on SchemeEvent { scoreAfter scheme packVersion }
        ... on NoticeEvent { channel appealUntil violation { id } penalty { id } } ... on AppealEvent { appeal { id } violation { id } }
        ... on RewardEvent { reward { id } tier } ... on AccountEvent { market }
        ... on CounterEvent { tally threshold } }""", id=ann)["creator"]["timeline"]["nodes"]
    found = {node.pop("kind"): node for node in nodes}
    until = found["NoticeDelivered"].pop("appealUntil")
    assert until > "2026-03"
    assert found["CreatorAccountOpened"] == {"__typename": "AccountEvent", "market": "US"}
    assert found["SchemeAdopted"] == {"__typename": "SchemeEvent", "scoreAfter": 200, "scheme": "creator-health-rating", "packVersion": 1}
    assert found["ViolationConfirmed"] == {"__typename": "ViolationEvent", "violation": {"id": violation}}
    assert found["PointsDeducted"] == {"__typename": "PointsEvent", "scoreBefore": 200, "scoreAfter": 180}
    assert found["NoticeDelivered"] == {"__typename": "NoticeEvent", "channel": None, "violation": {"id": violation}, "penalty": None}
    assert found["AppealSubmitted"] == {"__typename": "AppealEvent", "appeal": {"id": appeal}, "violation": {"id": violation}}
    assert found["RewardGranted"] == {"__typename": "RewardEvent", "reward": {"id": reward}, "tier": None}
    assert found["StrikeIssued"]["__typename"] == "CounterEvent"
