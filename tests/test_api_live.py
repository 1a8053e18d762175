"""What happens, as it happens: over a real server and a real WebSocket, nothing is missed and nothing comes twice."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import aclosing
from typing import Any

import pytest
from websockets.sync.client import connect

from api.access import MAY_FOLLOW
from api.app import schema
from api.http import LARGEST_BODY
from api.ids import position_text, positions_of
from api.live import Follower
from api.websocket import MOST_SUBSCRIPTIONS
from application.wiring import opened
from domain.identity import creator_id
from projections.catalogue import CASES_LOG, CREATORS_LOG
from projections.reading import OneOf
from tests.asking import AUDITOR, REVIEWER, World, creator
from tests.live import BEGINNING, EVENTS, PATIENCE, PROTOCOL, Client, another_process, client, serving, until, warn

DESK = """subscription($filter: AppealChangeFilter, $after: String) { appealDeskChanged(filter: $filter, after: $after) {
  position kind appealId status market appeal { status creator { externalId } } } }"""
DESK_BEGINNING = position_text((CASES_LOG, 0))


def position(asked: World, id: str) -> str:
    """Where the last fact about a creator lies."""
    found: str = asked.ask("query($id: ID!) { creator(id: $id) { position } }", id=id)["creator"]["position"]
    return found


def version(asked: World, id: str) -> int:
    found: int = asked.ask("query($id: ID!) { creator(id: $id) { version } }", id=id)["creator"]["version"]
    return found


# Accounts


def test_a_follower_hears_every_event_of_the_account_once_and_in_order(asked: World, ann: str) -> None:
    ben = asked.registered("ben")
    with serving(asked.system) as (port, _), client(port, AUDITOR) as one:
        one.subscribe(creator=ann, after=BEGINNING)
        assert [one.heard()["event"]["kind"] for _ in range(2)] == ["CreatorAccountOpened", "SchemeAdopted"]
        asked.confirmed(ben)
        asked.confirmed(ann)
        heard = [one.heard() for _ in range(version(asked, ann) - 2)]
    assert [it["event"]["version"] for it in heard] == list(range(3, version(asked, ann) + 1))
    assert heard[0]["event"] == {
        "version": 3, "kind": "ViolationConfirmed", "because": None, "actor": {"kind": "REVIEWER", "id": "moderator-1"},
        "sentence": "A moderate violation of misleading promotion was confirmed in video-1."}
    assert heard[1]["event"]["because"] == {"kind": "ViolationConfirmed"}
    assert heard[-1]["position"] == position(asked, ann)
    places = [positions_of(it["position"], "after")[CREATORS_LOG] for it in heard]
    assert places == sorted(places)


def test_whoever_names_no_position_hears_what_comes_from_now_on(asked: World, ann: str) -> None:
    follower = Follower(asked.system)
    with serving(asked.system, follower) as (port, _), client(port, AUDITOR) as one:
        one.subscribe(creator=ann)
        until(lambda: follower.listeners == 1, "nobody listens")
        warn(asked.system, "ann", 1)
        assert one.heard()["event"]["kind"] == "WarningIssued"


def test_nothing_is_missed_and_nothing_comes_twice_across_reconnects_while_another_process_writes(asked: World, ann: str) -> None:
    heard: list[int] = []
    after = position(asked, ann)
    with serving(asked.system) as (port, _), another_process(asked.system, "ann", 60):
        for some in (1, 7, 2, 20, 30):
            with client(port, AUDITOR) as one:
                one.subscribe(creator=ann, after=after)
                for _ in range(some):
                    message = one.heard()
                    after = message["position"]
                    heard.append(message["event"]["version"])
    assert heard == list(range(3, 63))


def test_late_followers_go_over_to_what_is_new_without_gap_or_repeat(asked: World, ann: str) -> None:
    warn(asked.system, "ann", 30)
    with serving(asked.system) as (port, _), another_process(asked.system, "ann", 40), client(port, AUDITOR) as one:
        for number in range(8):
            one.subscribe(id=f"{number}", creator=ann, after=BEGINNING)
        heard: dict[str, list[int]] = {}
        while sum(map(len, heard.values())) < 8 * 72:
            message = one.receive()
            heard.setdefault(message["id"], []).append(message["payload"]["data"]["accountEvents"]["event"]["version"])
    assert list(heard.values()) == [list(range(1, 73))] * 8


def test_two_followers_hear_the_same_each_as_far_as_it_may_know(asked: World, ann: str) -> None:
    with serving(asked.system) as (port, _), client(port, AUDITOR) as staff, client(port, creator("ann")) as own:
        for one in (staff, own):
            one.subscribe(creator=ann, after=position(asked, ann))
        warn(asked.system, "ann", 3)
        told, heard = ([one.heard() for _ in range(3)] for one in (staff, own))
    assert [it["position"] for it in told] == [it["position"] for it in heard]
    assert {it["event"]["actor"]["id"] for it in told} == {"moderator-1"}
    assert {it["event"]["actor"]["id"] for it in heard} == {None}


def test_nobody_is_followed_any_more_once_the_client_is_gone(asked: World, ann: str) -> None:
    follower = Follower(asked.system)
    with serving(asked.system, follower) as (port, _):
        with client(port, AUDITOR) as one:
            one.subscribe(creator=ann)
            one.subscribe(id="2", creator=ann)
            until(lambda: follower.listeners == 2, "nobody listens")
            one.send(id="1", type="complete")
            until(lambda: follower.listeners == 1, "it is followed still")
        until(lambda: follower.listeners == 0, "it is followed still")


async def versions(follower: Follower, where: OneOf, last: int) -> list[int]:
    """What somebody hears who comes late, up to a version."""
    found: list[int] = []
    async with aclosing(follower.listen(where, 0)) as pieces:
        async for rows in pieces:
            found += [row.version for row in rows]
            if found[-1] >= last:
                break
    return found


@pytest.mark.usefixtures("ann")
def test_whoever_comes_late_while_there_is_much_to_hear_hears_it_once(asked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.live.READ_AT_ONCE", 3)
    where, count = OneOf("creator_id", {creator_id("ann")}), 300

    async def follow_late() -> list[list[int]]:
        follower = Follower(asked.system)
        writing = asyncio.create_task(asyncio.to_thread(warn, asked.system, "ann", count))
        late = []
        async with aclosing(follower.listen(where, 0)) as pieces:
            async for rows in pieces:
                late.append(asyncio.create_task(versions(follower, where, count + 2)))
                if rows[-1].version == count + 2:
                    break
        await writing
        return await asyncio.gather(*late)

    found = asyncio.run(follow_late())
    assert len(found) > 10
    assert found == [list(range(1, count + 3))] * len(found)


@pytest.mark.usefixtures("ann")
def test_whoever_is_ahead_of_the_others_hears_nothing_from_before(asked: World) -> None:
    where = OneOf("creator_id", {creator_id("ann")})

    async def follow_ahead() -> list[int]:
        follower = Follower(asked.system, look_every=PATIENCE)
        async with aclosing(follower.listen(where, 0)) as first, aclosing(follower.listen(where, None)) as second:
            await anext(first)
            waiting = asyncio.create_task(anext(first))
            await asyncio.to_thread(until, lambda: follower.listeners == 1, "nobody listens")
            with opened(asked.system.settings, clock=asked.clock) as elsewhere:  # whose progress this one does not hear of
                await asyncio.to_thread(warn, elsewhere, "ann", 3)
            ahead = asyncio.create_task(anext(second))
            await asyncio.to_thread(until, lambda: follower.listeners == 2, "nobody listens")
            await asyncio.to_thread(warn, asked.system, "ann", 1)
            assert next(row.version for row in await waiting) == 3
            return [row.version for row in await ahead]

    assert asyncio.run(follow_ahead()) == [6]


# Rights


def test_a_creator_follows_its_own_account_alone(asked: World, ann: str) -> None:
    ben = asked.registered("ben")
    with serving(asked.system) as (port, _):
        with client(port, creator("ann")) as one:
            assert one.refused(creator=ben) == "FORBIDDEN"
            assert one.refused(creator=str(creator_id("nobody"))) == "FORBIDDEN"
            assert one.refused(DESK) == "FORBIDDEN"
        with client(port, None) as nobody:
            assert nobody.refused(creator=ann) == "UNAUTHENTICATED"
        with client(port, AUDITOR) as staff:
            for unknown in ("x", str(creator_id("nobody"))):
                assert staff.refused(creator=unknown) in ("BAD_USER_INPUT", "FORBIDDEN")
            assert staff.refused(creator=ann, after="yesterday") == "BAD_USER_INPUT"


def test_a_representative_hears_no_more_than_until_the_mandate_ends(asked: World, ann: str) -> None:
    asked.done("authoriseRepresentative", {"creatorId": ann, "representative": "agency-1", "kind": "AGENCY"}, creator("ann"))
    with serving(asked.system) as (port, _), client(port, "dev:AGENCY:agency-1") as one:
        one.subscribe(creator=ann, after=position(asked, ann))
        warn(asked.system, "ann", 1)
        assert one.heard()["event"]["kind"] == "WarningIssued"
        asked.done("revokeRepresentative", {"creatorId": ann, "representative": "agency-1"}, creator("ann"))
        message = one.receive()
        assert message["payload"]["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        assert one.receive() == {"id": "1", "type": "complete"}


@pytest.mark.parametrize("token", ["Bearer dev:ROOT:me", "Basic x", 7])
def test_a_bad_token_ends_the_connection(asked: World, token: Any) -> None:
    with serving(asked.system) as (port, _), connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL]) as raw:
        one = Client(raw)
        one.send(type="connection_init", payload={"Authorization": token})
        assert one.closed() == (4403, "Forbidden: the token is not accepted.")


def test_every_subscription_says_who_may_use_it() -> None:
    graphql = schema._schema  # noqa: SLF001  # there is no other way to the fields
    assert graphql.subscription_type is not None
    assert graphql.subscription_type.fields.keys() == MAY_FOLLOW.keys()


# Limits


def test_who_does_not_keep_up_is_cut_off_with_a_reason_and_can_resume(asked: World, ann: str) -> None:
    follower = Follower(asked.system, most_waiting=20)
    with serving(asked.system, follower) as (port, _):
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", port))
        with client(port, AUDITOR, sock=raw, compression=None, max_queue=1) as slow:
            aliases = " ".join(f"p{number}: parameters s{number}: sentence" for number in range(15))
            slow.subscribe(EVENTS.replace("because { kind }", aliases), creator=ann, after=position(asked, ann))
            until(lambda: follower.listeners == 1, "nobody listens")
            written = 0
            while follower.listeners:
                warn(asked.system, "ann", 50)
                written += 50
                assert written < 5000, "it is never cut off"
            versions, last, message = [], "", slow.receive()
            while message["payload"].get("data"):
                last, event = (message["payload"]["data"]["accountEvents"][it] for it in ("position", "event"))
                versions.append(event["version"])
                message = slow.receive()
            assert message["payload"]["errors"][0]["extensions"]["code"] == "SLOW_CONSUMER"
            assert slow.receive() == {"id": "1", "type": "complete"}
        with client(port, AUDITOR) as again:
            again.subscribe(creator=ann, after=last)
            versions += [again.heard()["event"]["version"] for _ in range(written - len(versions))]
    assert versions == list(range(3, 3 + written))


def test_a_connection_has_so_many_subscriptions_and_messages_so_many_bytes(asked: World, ann: str) -> None:
    with serving(asked.system) as (port, _), client(port, AUDITOR) as one:
        for number in range(MOST_SUBSCRIPTIONS):
            one.subscribe(id=str(number), creator=ann)
        assert one.refused(creator=ann) == "TOO_MANY_SUBSCRIPTIONS"
        one.subscribe(creator="x" * LARGEST_BODY)
        assert one.closed()[0] == 1009


@pytest.mark.parametrize("message", [
    "no JSON", "[]", "{}", '{"type": 1}', '{"type": "subscribe", "id": "1"}', '{"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": 1}}', '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}}',
    '{"type": "complete"}', '{"type": "connection_init", "payload": []}', '{"type": "shout"}',
])
def test_what_is_no_message_ends_the_connection(asked: World, message: str) -> None:
    with serving(asked.system) as (port, _), client(port, AUDITOR) as one:
        one.socket.send(message)
        assert one.closed()[0] == 4400


def test_who_does_not_say_who_it_is_in_time_is_sent_away(asked: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.websocket.INIT_SECONDS", 0.05)
    with serving(asked.system) as (port, _), connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[PROTOCOL]) as raw:
        assert Client(raw).closed()[0] == 4408


def test_queries_are_sent_over_http_and_subscriptions_over_websockets(asked: World, ann: str) -> None:
    with serving(asked.system) as (port, _), client(port, AUDITOR) as one:
        assert one.refused("{ viewer { role } }") == "BAD_USER_INPUT"
        assert one.refused("subscription { nothing }") == "GRAPHQL_VALIDATION_FAILED"
        one.send(type="ping")
        assert one.receive() == {"type": "pong"}
    response = asked.client.post("/graphql", content=json.dumps({"query": EVENTS, "variables": {"creator": ann}}), headers={
        "content-type": "application/json", "authorization": f"Bearer {AUDITOR}"})
    assert (response.status_code, "graphql-transport-ws" in response.text) == (400, True)


def test_a_server_that_ends_closes_its_subscriptions(asked: World, ann: str) -> None:
    follower = Follower(asked.system)
    with serving(asked.system, follower) as (port, server), client(port, AUDITOR) as one:
        one.subscribe(creator=ann)
        until(lambda: follower.listeners == 1, "nobody listens")
        server.should_exit = True
        assert one.closed()[0] in (1001, 1012)
        until(lambda: follower.listeners == 0, "it is followed still")


def test_a_reading_that_fails_is_tried_again(asked: World, ann: str, monkeypatch: pytest.MonkeyPatch) -> None:
    follower, failures, really = Follower(asked.system, look_every=0.01), iter([True, True]), Follower._step  # noqa: SLF001  # what is to fail

    async def failing(self: Follower) -> bool:
        if next(failures, False):
            raise OSError("The disk is elsewhere.")
        return await really(self)

    monkeypatch.setattr(Follower, "_step", failing)
    with serving(asked.system, follower) as (port, _), client(port, AUDITOR) as one:
        one.subscribe(creator=ann, after=position(asked, ann))
        warn(asked.system, "ann", 1)
        assert one.heard()["event"]["kind"] == "WarningIssued"


# The desk


def test_the_desk_hears_of_appeals_as_its_filter_says(asked: World, ann: str) -> None:
    ids = {"ann": ann, "vin": asked.registered("vin", "VN")}
    with serving(asked.system) as (port, _), client(port, REVIEWER) as one:
        one.subscribe(DESK, "all", after=DESK_BEGINNING)
        one.subscribe(DESK, "some", after=DESK_BEGINNING, filter={"market": ["US"], "status": ["CLOSED"]})
        appeals = {}
        for name, id in ids.items():
            violation = asked.confirmed(id, policy="MISLEADING_PROMOTION")["violation"]["id"]
            filing = {"creatorId": id, "subject": violation, "grounds": "No."}
            appeals[name] = asked.done("submitAppeal", filing, creator(name), "appeal { id }")["appeal"]["id"]
        asked.done("withdrawAppeal", {"creatorId": ids["vin"], "appealId": appeals["vin"]}, creator("vin"))
        asked.claimed(ann, appeals["ann"])
        asked.done("decideAppeal", {"creatorId": ann, "appealId": appeals["ann"], "outcome": "UPHELD", "reasons": "Seen."}, REVIEWER)
        heard: dict[str, list[Any]] = {"all": [], "some": []}
        while sum(map(len, heard.values())) < 6:
            message = one.receive()
            heard[message["id"]].append(message["payload"]["data"]["appealDeskChanged"])
    told = [(it["appealId"], it["kind"], it["status"], it["market"]) for it in heard["all"]]
    assert told == [
        (appeals["ann"], "OPENED", "OPEN", "US"), (appeals["vin"], "OPENED", "OPEN", "VN"), (appeals["vin"], "CLOSED", "CLOSED", "VN"),
        (appeals["ann"], "CLAIMED", "CLAIMED", "US"), (appeals["ann"], "CLOSED", "CLOSED", "US")]
    assert heard["some"] == heard["all"][-1:]
    assert heard["some"][0]["appeal"] == {"status": "UPHELD", "creator": {"externalId": "ann"}}
    with serving(asked.system) as (port, _), client(port, REVIEWER) as one:
        one.subscribe(DESK, "on", after=heard["all"][2]["position"])
        again = [one.receive()["payload"]["data"]["appealDeskChanged"] for _ in range(2)]
    now = {"appeal": heard["some"][0]["appeal"]}  # the appeal is told as it is when it is read
    assert again == [it | now for it in heard["all"][3:]], "none missed, none twice"


def test_a_position_of_another_log_is_none_of_the_desks(asked: World, ann: str) -> None:
    with serving(asked.system) as (port, _), client(port, REVIEWER) as one:
        assert one.refused(DESK, after=BEGINNING) == "BAD_USER_INPUT"
        assert one.refused(creator=ann, after=DESK_BEGINNING) == "BAD_USER_INPUT"
