"""Reading: what time alone makes of an account is what settling it records, whenever it is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from domain.facts import Actor, ActorKind
from domain.identity import creator_id
from domain.packs.publishing import PublishPack
from projections import tables
from projections.reading import Asked, Begins, Between, OneOf, Order, Reader, key_of
from projections.reading_now import standing_at
from tests.asking import SERVICE, World

NOW = """{ creator(externalId: "ann") { score zone status health { score zone packVersion packHash nextMilestone { at distance }
  entries { tally points expiresAt } } restrictions { capability until causes { kind until } } commissionFrozen { amount }
  policyPack { version } } }"""


@pytest.mark.parametrize("days", [0, 7, 8, 15, 29, 31, 61, 89, 90, 91, 120, 400])
def test_what_is_told_now_is_what_settling_then_records(asked: World, days: int) -> None:
    ann = asked.registered()
    for number in range(4):
        asked.confirmed(ann, f"video-{number}", severity=("MODERATE", "MAJOR")[number % 2], select="")
        asked.days(1)
    asked.done("earnPoints", {"creatorId": ann, "source": "ORDERS", "quantity": 200, "reference": "x"}, SERVICE)
    asked.days(days)
    told = asked.ask(NOW)
    asked.system.settle()
    assert asked.ask(NOW) == told


def test_a_pack_that_comes_into_force_is_told_before_anybody_settles(asked: World) -> None:
    asked.registered()
    pack = asked.system.packs().in_force("US", asked.clock.now).pack
    header = msgspec.structs.replace(pack.pack, effective_from=date(2026, 4, 1))
    asked.system.library.publish(PublishPack(msgspec.structs.replace(pack, pack=header)), Actor(ActorKind.POLICY_OWNER, "operator"))
    assert asked.ask(NOW)["creator"]["policyPack"]["version"] == 1
    asked.days(40)
    told = asked.ask(NOW)
    assert told["creator"]["policyPack"]["version"] == 2
    asked.system.settle()
    assert asked.ask(NOW) == told


def test_an_account_on_which_nothing_fell_due_is_the_row_itself(asked: World) -> None:
    asked.registered()
    with asked.system.views.connect() as connection:
        row = Reader(connection).by_key(tables.creators, "creator_id", [creator_id("ann")], ["health"])[creator_id("ann")]
    assert standing_at(row.health, asked.system.packs(), asked.clock.now) is row.health


# The reader itself


@pytest.fixture
def reader(asked: World) -> Iterator[Reader]:
    """Three creators with 3, 1 and 0 violations."""
    for name, count in (("ann", 3), ("ben", 1), ("cat", 0)):
        id = asked.registered(name)
        for number in range(count):
            asked.confirmed(id, f"video-{number}", "LOW_QUALITY", "MINOR", select="")
    with asked.system.views.connect() as connection:
        yield Reader(connection)


ANN, BEN, CAT = map(creator_id, ("ann", "ben", "cat"))
NEWEST = Order(("sequence",), descending=True)


@pytest.mark.parametrize("order", [NEWEST, Order(("sequence",))])
def test_pages_of_one_owner_are_those_of_many(reader: Reader, order: Order) -> None:
    def seen(page: Any) -> Any:
        return [row.violation_id for row in page.rows], page.more

    whole = reader.pages_of(tables.violations, "creator_id", [ANN], ["violation_id"], Asked(order, 9))[ANN]
    for first in (0, 1, 2, 3, 4):
        for after in (None, *(key_of(row, order) for row in whole.rows)):
            asked = Asked(order, first, after)
            many = reader.pages_of(tables.violations, "creator_id", [ANN, BEN, CAT], ["violation_id"], asked)
            for owner in (ANN, BEN, CAT):
                one = reader.pages_of(tables.violations, "creator_id", [owner], ["violation_id"], asked)
                assert seen(many[owner]) == seen(one[owner])
    assert reader.pages_of(tables.violations, "creator_id", [], ["violation_id"], Asked(order, 1)) == {}


def test_totals_are_of_each_owner_that_has_any(reader: Reader) -> None:
    assert reader.totals_of(tables.violations, "creator_id", [ANN, BEN, CAT], ()) == {ANN: 3, BEN: 1}
    assert reader.totals_of(tables.violations, "creator_id", [ANN, BEN], (OneOf("status", ["OVERTURNED"]),)) == {}
    assert reader.total(tables.violations, ()) == 4


@pytest.mark.parametrize(("condition", "names"), [
    (OneOf("external_id", ["ann", "dan"]), ["ann"]),
    (OneOf("external_id", []), []),
    (Between("external_id", "b", None), ["ben", "cat"]),
    (Between("external_id", None, "b"), ["ann"]),
    (Between("external_id", "ann", "ben"), ["ann", "ben"]),
    (Between("external_id"), ["ann", "ben", "cat"]),
    (Begins("external_id", "b"), ["ben"]),
    (Begins("external_id", "%"), []),
    (Between("registered_at", datetime(2026, 3, 3, tzinfo=UTC)), []),
])
def test_a_condition_holds_for_some(reader: Reader, condition: Any, names: list[str]) -> None:
    page = reader.page(tables.creators, ["external_id"], Asked(Order(("external_id",)), 9, where=(condition,)))
    assert [row.external_id for row in page.rows] == names


def test_more_than_can_be_counted_is_said_to_be_more(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.reading.EXACT_UP_TO", 2)
    assert reader.total(tables.violations, ()) == 3
    assert reader.total(tables.violations, (OneOf("creator_id", [BEN]),)) == 1


def test_the_first_moment_at_which_a_row_is_not_so_any_more_is_told(asked: World, reader: Reader) -> None:
    now = asked.clock.now
    first = min(row.next_change_at for row in reader.rows(tables.creators.select()) if row.next_change_at)
    assert reader.settled_until(now) == now
    assert reader.settled_until(now + timedelta(days=500)) == first
