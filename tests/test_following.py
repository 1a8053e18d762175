"""Read models in PostgreSQL follow by themselves: one process projects, others stand by; no lost word, session or process stops them for good."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app
from application import projector as projecting
from application import projectors
from application.projectors import Projectors
from application.turns import Turns
from domain.creator.rewards import RewardGranted
from domain.facts import Fact
from projections.catalogue import READ_MODELS
from projections.readmodel import ReadModel
from projections.tables import positions, timeline
from tests.asking import creator, world
from tests.following import (
    ALL,
    HOLDER,
    LISTENER,
    NEVER,
    Deployment,
    active_elsewhere,
    deployed,
    done_elsewhere,
    followed,
    record,
)
from tests.live import until
from tests.postgres import database as new_database
from tests.test_projections_histories import varied


@pytest.fixture
def here(tmp_path: Path, postgres: str) -> Iterator[Deployment]:
    with new_database(postgres) as dsn, deployed(tmp_path, dsn) as made:
        yield made


@pytest.fixture(scope="module")
def facts() -> list[Fact]:
    return varied(600).facts


def kept_is_rebuilt(here: Deployment, facts: list[Fact]) -> None:
    """Nothing was projected twice, and nothing left out."""
    assert here.come_to() == {len(facts)}
    assert len(here.all(timeline)) == len(facts)
    kept = here.rows()
    here.projector().rebuild()
    assert here.rows() == kept


# Woken


def test_word_of_another_process_wakes_who_follows(here: Deployment, facts: list[Fact]) -> None:
    projector = here.projector()
    with followed(projector, here.database, NEVER) as following:
        until(lambda: following.turns(0) == ALL and here.ask(LISTENER), "nobody follows")
        done_elsewhere(record, here.folder, here.database, facts)
        until(lambda: here.come_to() == {len(facts)}, "it is not projected")
    kept_is_rebuilt(here, facts)


def test_looking_at_intervals_suffices_where_no_word_comes(here: Deployment, facts: list[Fact]) -> None:
    with followed(here.projector(), here.database, look_every=0.02):
        here.record_silently(facts)
        until(lambda: here.come_to() == {len(facts)}, "it is not projected")


def test_without_a_word_and_without_looking_nothing_is_projected(here: Deployment, facts: list[Fact]) -> None:
    with followed(here.projector(), here.database, NEVER) as following:
        until(lambda: following.turns(0) == ALL and here.ask(LISTENER), "nobody follows")
        here.record_silently(facts[:10])
        assert here.come_to() == {0}
        following.wake(0)
        until(lambda: here.come_to() == {10}, "it is not projected when it is woken here")


def test_a_listener_whose_session_has_ended_listens_again_and_looks_what_it_missed(here: Deployment, facts: list[Fact]) -> None:
    with followed(here.projector(), here.database, NEVER) as following:
        until(lambda: following.turns(0) == ALL and here.ask(LISTENER), "nobody follows")
        here.record_silently(facts[:100])
        here.end_session(LISTENER)
        until(lambda: here.come_to() == {100}, "what was missed is not projected")
        until(lambda: here.ask(LISTENER), "nobody listens")
        here.log.append(facts[100:])
        until(lambda: here.come_to() == {len(facts)}, "no word is heard any more")


# One projects, the others stand by


def test_a_turn_is_one_sessions_and_the_next_ones_when_that_has_ended(here: Deployment) -> None:
    one, other = Turns(here.database), Turns(here.database)
    assert one.take(0, ["creators", "timeline"]) == {"creators", "timeline"}
    assert other.take(0, ["creators", "rewards"]) == {"rewards"}
    assert other.take(1, ["creators"]) == {"creators"}, "another log"
    assert one.take(0, ["timeline"]) == {"timeline"}
    assert other.take(0, ["creators", "rewards"]) == {"creators", "rewards"}
    other.close()
    here.end_session(HOLDER)
    assert one.mine(0) == frozenset(), "it knows that its turn is over"
    assert other.take(0, ["timeline"]) == {"timeline"}
    assert one.take(0, ["timeline", "creators"]) == {"creators"}
    one.close()
    other.close()


def test_who_stands_by_takes_over_from_a_process_that_is_killed_and_nothing_is_lost_or_done_twice(here: Deployment, facts: list[Fact]) -> None:
    with active_elsewhere(here, at_most=1) as (process, heard), followed(here.projector(), here.database, look_every=0.05) as following:
        assert following.turns(0) == frozenset()
        here.log.append(facts)
        while heard.recv() < len(facts) // 20:
            assert following.turns(0) == frozenset()
        process.kill()
        until(lambda: following.turns(0) == ALL, "nobody takes over")
        until(lambda: here.come_to() == {len(facts)}, "it is not projected")
    kept_is_rebuilt(here, facts)


def test_turns_that_end_with_their_session_are_taken_again_and_nothing_is_lost_or_done_twice(here: Deployment, facts: list[Fact]) -> None:
    one, other = here.projector(at_most=7), here.projector(at_most=7)
    with followed(one, here.database, 0.05) as first, followed(other, here.database, 0.05) as second:
        for start in range(0, len(facts), len(facts) // 4):
            here.log.append(facts[start:start + len(facts) // 4])
            until(lambda: first.turns(0) | second.turns(0) == ALL, "somebody has each turn")
            assert first.turns(0) & second.turns(0) == frozenset()
            if len(holders := here.ask(HOLDER)) == 1:
                here.end_session(HOLDER)
            assert holders
        until(lambda: here.come_to() == {len(facts)}, "it is not projected")
    assert here.ask(HOLDER) == [], "who ends lets others have the turn"
    kept_is_rebuilt(here, facts)


# Waited for


def goes_on(waiting: Projectors, position: int) -> None:
    """Who waits for a position, and would do so for ever, goes on."""
    waiter = Thread(target=waiting.has_come_to, args=(0, position, NEVER), daemon=True)
    waiter.start()
    until(lambda: not waiter.is_alive(), "who waits does not go on")


@pytest.fixture
def never_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projectors, "LOOK_SECONDS", NEVER)


@pytest.mark.usefixtures("never_looking")
def test_who_waits_goes_on_when_the_projector_of_another_process_has_come_there(here: Deployment, facts: list[Fact]) -> None:
    waiting, heard = Projectors({0: here.log}, here.views), Event()
    with active_elsewhere(here), waiting.followed(here.database, NEVER) as following, waiting.telling(0, heard.set):
        until(lambda: here.ask(LISTENER), "nobody listens")
        here.log.append(facts)
        goes_on(waiting, len(facts))
        assert here.come_to() == {len(facts)}
        assert following.turns(0) == frozenset()
        assert heard.is_set(), "whoever follows what happens is told, too"


@pytest.mark.usefixtures("never_looking")
def test_who_waits_goes_on_when_a_thread_of_the_same_process_has_come_there(here: Deployment, facts: list[Fact]) -> None:
    waiting = Projectors({0: here.log}, here.views)
    with waiting.followed(here.database, NEVER):
        waiting.grown(0, here.log.append(facts) + len(facts))
        goes_on(waiting, len(facts))


def test_who_waits_looks_too_and_not_for_ever(here: Deployment, facts: list[Fact]) -> None:
    turns, waiting = Turns(here.database), Projectors({0: here.log}, here.views)
    turns.take(0, ALL)  # and projects nothing
    with waiting.followed(here.database, NEVER):
        here.log.append(facts)
        assert not waiting.has_come_to(0, len(facts), seconds=0.05)
        Projectors({0: here.log}, here.views).catch_up()
        assert waiting.has_come_to(0, len(facts), seconds=0)
    turns.close()


def test_a_mutation_answers_when_it_can_be_seen(tmp_path: Path, postgres: str) -> None:
    with new_database(postgres) as dsn, world(tmp_path, dsn) as asked, asked.system.followed():
        ann = asked.registered()
        for number in range(5):
            made = asked.confirmed(ann, f"video-{number}", select="violation { id status } creator { version }")
            assert made["violation"]["status"] == "CONFIRMED"
            assert asked.ask("query($id: ID!) { creator(id: $id) { version } }", id=ann)["creator"] == made["creator"]
            asked.done("submitAppeal", {"creatorId": ann, "subject": made["violation"]["id"], "grounds": "It is true."}, creator("ann"))
            assert asked.ask("{ appealDesk { totalCount } }") == {"appealDesk": {"totalCount": number + 1}}, "so can the work that it leads to"


# Defects


class Defect(Exception):
    """What a read model with a defect raises."""


def failing(mended: Event) -> dict[str, ReadModel]:
    """The read models, one of which fails at an event until it is mended."""
    sound = READ_MODELS["rewards"]

    def fails(*given: Any) -> None:
        if not mended.is_set():
            raise Defect("2 + 2 is not 5")
        sound.handles[RewardGranted](*given)

    return READ_MODELS | {"rewards": replace(sound, handles=sound.handles | {RewardGranted: fails})}


def stopped(here: Deployment) -> list[tuple[str, int, str]]:
    return [(row.name, row.failed_at, row.error) for row in here.all(positions) if row.error]


def test_what_one_process_cannot_project_stops_there_alone_and_goes_on_with_a_program_that_can(
        here: Deployment, facts: list[Fact], caplog: pytest.LogCaptureFixture) -> None:
    here.log.append(facts)
    at = 1 + next(place for place, fact in enumerate(facts) if isinstance(fact.event, RewardGranted))
    broken = here.projector(failing(Event()))
    with caplog.at_level(logging.ERROR), followed(broken, here.database, look_every=0.05) as following:
        until(lambda: following.turns(0) == ALL - {"rewards"}, "the turn is not left to others")
        until(lambda: here.come_to() == {at - 1, len(facts)}, "the others do not go on")
        assert stopped(here) == [("rewards", at, "Defect: 2 + 2 is not 5")]
        assert f"rewards stopped at position {at}" in caplog.text
        assert broken.arrival.wait_for(len(facts), 60, NEVER, lambda: 0), "nobody waits for it"
        with followed(here.projector(), here.database, look_every=0.05) as sound:
            until(lambda: sound.turns(0) == {"rewards"}, "nobody takes it over")
            until(lambda: here.come_to() == {len(facts)}, "it does not go on")
    assert stopped(here) == []
    kept_is_rebuilt(here, facts)


def test_what_was_stopped_is_tried_again_by_the_same_process(
        here: Deployment, facts: list[Fact], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projecting, "TRY_AGAIN_SECONDS", 0.2)
    here.log.append(facts)
    mended = Event()
    with followed(here.projector(failing(mended)), here.database, look_every=0.05):
        until(lambda: stopped(here), "it does not stop")
        mended.set()
        until(lambda: here.come_to() == {len(facts)}, "it does not go on")
    kept_is_rebuilt(here, facts)


# Built anew


def test_read_models_are_built_anew_while_they_are_written_read_and_followed(here: Deployment, facts: list[Fact]) -> None:
    half, seen, built = len(facts) // 2, list[int](), Event()
    here.log.append(facts[:half])

    def write() -> None:
        for start in range(half, len(facts), 20):
            here.log.append(facts[start:start + 20])

    def read() -> None:
        while not built.is_set():
            seen.append(len(here.all(timeline)))

    with followed(here.projector(), here.database, look_every=0.05):
        until(lambda: here.come_to() == {half}, "it is not projected")
        threads = [Thread(target=write), Thread(target=read)]
        for thread in threads:
            thread.start()
        here.projector().rebuild()
        threads[0].join()
        here.projector().rebuild("timeline")
        built.set()
        threads[1].join()
        until(lambda: here.come_to() == {len(facts)}, "it is not projected")
    assert seen == sorted(seen)
    assert half <= seen[0] <= seen[-1] <= len(facts)
    kept_is_rebuilt(here, facts)


# A process of its own


def test_a_process_of_its_own_follows_until_it_is_told_to_end(here: Deployment, facts: list[Fact]) -> None:
    environment = {"PATH": os.environ["PATH"], "GOVERNANCE_FOLDER": str(here.folder / "own"), "GOVERNANCE_DATABASE": here.database}
    words = [sys.executable, "-c", "from api.cli import main; main()", "project"]
    with subprocess.Popen(words, cwd=Path(__file__).parent.parent, env=environment, text=True, stderr=subprocess.PIPE) as process:  # noqa: S603
        try:
            until(lambda: here.ask(HOLDER) or process.poll() is not None, "it does not follow")
            here.log.append(facts[:100])
            until(lambda: here.come_to() == {100} or process.poll() is not None, "it is not projected")
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert "this process projects: appeals" in err
    assert here.ask(HOLDER) == []


def test_in_sqlite_there_is_nothing_to_follow_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVERNANCE_FOLDER", str(tmp_path / "data"))
    result = CliRunner().invoke(app, ["project"])
    assert result.exit_code == 2
    assert "GOVERNANCE_DATABASE is not set" in result.stderr
