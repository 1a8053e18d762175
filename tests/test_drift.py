"""The read models are what a replay of everything gives; a row that is not is found, with the fact at which it began to be wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, update

from application.demo.run import make
from application.drift import Checked, Drift, check
from application.projector_views import writing
from application.wiring import System, followed_logs, opened
from domain.creator.warnings import IssueWarning
from domain.facts import Actor, ActorKind, Personal
from projections.tables import audit_log, content_measures, creators, ecosystem_flows, timeline, violations
from tests.postgres import settings_in

TODAY = date(2026, 11, 22)
MODERATOR = Actor(ActorKind.REVIEWER, "moderator-1", "MODERATOR")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, database_of_module: str) -> Iterator[System]:
    settings = settings_in(tmp_path_factory.mktemp("demo") / "demo", database_of_module)
    make(settings, TODAY, lambda _stage, _done, _all: None, creators=20, seed=3)
    with opened(settings) as system:
        yield system


def checked(system: System) -> Checked:
    return check(followed_logs(system.store), system.views, lambda _stage, _done, _all: None)


def drifted(system: System) -> Drift:
    found = checked(system)
    (drift,) = found.first
    assert found.drifted == 1
    return drift


def changed(system: System, *statements: Any) -> None:
    with writing(system.views) as connection:
        for statement in statements:
            connection.execute(statement)


def row_of(system: System, table: Any, *where: Any) -> dict[str, Any]:
    with system.views.connect() as connection:
        return dict(connection.execute(select(table).where(*where).limit(1)).mappings().one())


def test_the_read_models_of_the_demo_are_what_its_history_gives(demo: System) -> None:
    found = checked(demo)
    assert (found.drifted, found.first, found.left_out) == (0, (), ())
    assert found.rows > 500


def test_a_row_that_was_altered_is_found_with_the_fact_that_gave_it_its_last_right_value(demo: System) -> None:
    row = row_of(demo, violations, violations.c.points > 0)
    changed(demo, update(violations).where(violations.c.violation_id == row["violation_id"]).values(points=row["points"] + 1))
    drift = drifted(demo)
    assert (drift.table, drift.key["violation_id"], drift.columns) == ("violations", row["violation_id"], ("points",))
    assert (drift.kind, drift.stream) == ("PointsDeducted", row["creator_id"])
    changed(demo, update(violations).where(violations.c.violation_id == row["violation_id"]).values(points=row["points"]))
    assert checked(demo).drifted == 0


def test_a_row_that_was_left_behind_is_found_with_the_first_fact_that_it_lacks(demo: System) -> None:
    stale = row_of(demo, creators, creators.c.score > 0)
    command = IssueWarning(creator=stale["creator_id"], reasons=Personal("Mind the sound."))
    answer = demo.governance.handle(command, by=MODERATOR, key="w")
    fresh = row_of(demo, creators, creators.c.creator_id == stale["creator_id"])
    changed(demo, update(creators).where(creators.c.creator_id == stale["creator_id"]).values(stale))
    drift = drifted(demo)
    first = next(fact for fact in demo.log_of(stale["creator_id"]).facts(stale["creator_id"]) if fact.version > stale["version"])
    assert (drift.model, drift.began, drift.version) == ("creators", first.position, first.version)
    assert first.version <= answer.first_version
    changed(demo, update(creators).where(creators.c.creator_id == stale["creator_id"]).values(fresh))


def test_a_row_that_is_missing_is_found_with_the_fact_that_made_it(demo: System) -> None:
    row = row_of(demo, timeline, timeline.c.version == 3)
    changed(demo, delete(timeline).where(timeline.c.position == row["position"]))
    drift = drifted(demo)
    assert (drift.stored, drift.began, drift.version) == (None, row["position"], 3)
    changed(demo, insert(timeline).values(row))


@pytest.mark.parametrize("name", ["creators", "cases", "packs", "accesses"])
def test_a_row_of_the_audit_log_is_found_with_its_fact_in_whichever_log_that_is(demo: System, name: str) -> None:
    creator = row_of(demo, creators)["creator_id"]
    demo.accesses.record(MODERATOR, "creator", {creator: {"Creator.handle"}})
    demo.keep_up()
    number = next(number for number, called in demo.log_names().items() if called == name)
    row = row_of(demo, audit_log, audit_log.c.log == number)
    where = [column == row[column.name] for column in audit_log.primary_key.columns]
    changed(demo, update(audit_log).where(*where).values(actor_id="somebody-else", creator_id=creator))
    drift = drifted(demo)
    assert (drift.log, drift.began, drift.kind) == (number, row["position"], row["kind"])
    changed(demo, update(audit_log).where(*where).values({name: row[name] for name in ("actor_id", "creator_id")}))


def test_a_row_that_no_fact_made_is_found(demo: System) -> None:
    row = row_of(demo, content_measures)
    invented = row | {"measure_id": uuid4()}
    changed(demo, insert(content_measures).values(invented))
    drift = drifted(demo)
    assert (drift.table, drift.key["measure_id"], drift.replayed, drift.began) == ("content_measures", invented["measure_id"], None, None)
    changed(demo, delete(content_measures).where(content_measures.c.measure_id == invented["measure_id"]))


def test_a_sum_that_is_wrong_is_found(demo: System) -> None:
    row = row_of(demo, ecosystem_flows)
    figures = {column.name: row[column.name] + 1 for column in ecosystem_flows.columns if not column.primary_key}
    where = [column == row[column.name] for column in ecosystem_flows.primary_key.columns]
    changed(demo, update(ecosystem_flows).where(*where).values(figures))
    drift = drifted(demo)
    assert (drift.table, drift.columns, drift.began) == ("ecosystem_flows", tuple(figures), None)
    changed(demo, update(ecosystem_flows).where(*where).values({name: row[name] for name in figures}))


def test_what_is_recorded_meanwhile_is_no_drift(demo: System) -> None:
    creator = row_of(demo, creators)["creator_id"]

    def recorded(stage: str, _done: int, _all: int) -> None:
        if stage == "Replaying":
            command = IssueWarning(creator=creator, reasons=Personal("Mind the light."))
            demo.governance.handle(command, by=MODERATOR)

    before = checked(demo)
    found = check(followed_logs(demo.store), demo.views, recorded)
    assert found.drifted == 0
    assert found.rows > before.rows
