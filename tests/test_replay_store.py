"""Accounts at random moments, from stages and without, are what a straight refold of their facts makes of them; on SQLite and PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application import replaying
from application.replaying import Replays
from application.store import Store
from domain.creator import decider
from domain.creator.changing import compared, steps
from domain.creator.replaying import AtVersion, Moment, When, about, counted, replayed
from domain.facts import Fact
from domain.identity import CreatorId
from tests.rulebook import CREATOR, TOLD, Story
from tests.test_projections_histories import ACTS, AGGREGATE, MASTER, PACKS, Market

LATE = (0, 0, 0, 1, 20, 200, 900)  # hours by which what happened is recorded too late
EVERY = 7


def history(seed: int, decisions: int) -> Story:
    """One account's random story, in which much is recorded late, in any order."""
    chance = Random(seed)  # noqa: S311  # a history, not a secret
    story = Market().stories[0]
    deck = [*ACTS, *["confirm", "suspect"] * 5]
    for _ in range(decisions):
        story.at(timedelta(hours=chance.choice((0, 0, 1, 9, 60, 500))))
        command, by = ACTS[chance.choice(deck)](story, chance.randrange(99))
        if command is not None:
            story.when(command, by or CREATOR, occurred_at=story.now - timedelta(hours=chance.choice(LATE)))
    TOLD.clear()
    return story


def moments(story: Story, seed: int, count: int) -> list[When]:
    """Moments at which something happened, or was recorded, and just beside; and versions."""
    chance = Random(seed)  # noqa: S311  # as above
    times = [at for fact in story.facts for at in (fact.occurred_at, fact.recorded_at)]

    def some() -> datetime:
        return chance.choice(times) + timedelta(microseconds=chance.choice((-1, 0, 1)))

    versions = [AtVersion(chance.randint(1, len(story.facts))) for _ in range(count // 4)]
    return [*versions, *(Moment(some(), chance.choice((some(), story.now))) for _ in range(count))]


def straight(story: Story, when: When) -> list[Fact]:
    """The facts that count, by the rule itself: each asked on its own, with all that it follows from."""
    if isinstance(when, AtVersion):
        return story.facts[:when.version]
    found: list[Fact] = []
    left: list[Fact] = []
    for fact in story.facts:
        if any(before.recorded_at > when.known_at for before in story.facts[:fact.version]):
            break
        was = fact.occurred_at <= when.as_of and not any(follows(fact, before) for before in left)
        (found if was else left).append(fact)
    return found


def follows(fact: Fact, before: Fact) -> bool:
    """Whether a fact follows from another one, or is about the same thing."""
    caused = fact.cause is not None and (fact.cause.stream, fact.cause.version) == (before.stream, before.version)
    return caused or not about(fact.event).isdisjoint(about(before.event))


@given(st.integers(0, 10**6))
@settings(max_examples=12)
def test_a_replay_never_fails_and_loses_nothing_but_what_was_not_so_or_not_known_or_follows_from_that(seed: int) -> None:
    story = history(seed, 120)
    for when in moments(story, seed, 12):
        facts = counted(story.facts, when, PACKS)
        assert facts == straight(story, when)
        replayed(story.facts, when, PACKS)


@given(st.integers(0, 10**6))
@settings(max_examples=6)
def test_what_each_fact_changed_adds_up_to_what_changed_between_two_moments(seed: int) -> None:
    story = history(seed, 40)
    one, other = moments(story, seed, 12)[-2:]
    for why in compared(decider.empty(), story.facts, one, other, PACKS):
        assert why.added or why.removed or why.fell_due, why.change
        assert why.change.before != why.change.after


@pytest.fixture(params=[11, 13], name="story", scope="module")
def story_of(request: pytest.FixtureRequest) -> Story:
    return history(request.param, 250)


@pytest.fixture(name="replays")
def replays_of(tmp_path: Path, database: str, story: Story) -> Iterator[Replays]:
    """The story in a log, to be replayed with a stage at every few facts."""
    with Store.open(tmp_path, MASTER, database=database) as store:
        log = store.log(AGGREGATE)
        for fact in fresh(story.facts):
            log.append([fact])
        yield Replays(store.logs(AGGREGATE), lambda: PACKS, EVERY)


def fresh(facts: Sequence[Fact]) -> list[Fact]:
    """The facts as if they had not been stored."""
    return [msgspec.structs.replace(fact, position=0) for fact in facts]


def test_from_stages_an_account_is_what_a_straight_refold_makes_of_it(replays: Replays, story: Story) -> None:
    creator: CreatorId = story.creator
    for when in moments(story, 1, 40):
        assert replays.at(creator, when) == replayed(story.facts, when, PACKS)
        assert [fact.version for fact in replays.facts(creator, when)] == [fact.version for fact in counted(story.facts, when, PACKS)]
    assert replays.at(creator, AtVersion(len(story.facts) + 1)) is None


def test_steps_and_differences_are_the_same_from_stages(replays: Replays, story: Story) -> None:
    some = moments(story, 2, 16)
    for one, other in itertools.pairwise(some):
        everything = list(steps(decider.empty(), counted(story.facts, one, PACKS), PACKS))
        found = replays.steps(story.creator, one, 20, 5)
        assert [step.changes for step in found] == [step.changes for step in everything if step.fact.version > 20][:5]
        whole = compared(decider.empty(), story.facts, one, other, PACKS)
        assert [(why.change, why.by_time_alone) for why in replays.difference(story.creator, one, other)] == [
            (why.change, why.by_time_alone) for why in whole]


def test_there_are_never_more_stages_than_a_few_and_those_that_cannot_be_read_are_no_loss(
        replays: Replays, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    log = replays._logs.of(story.creator)  # noqa: SLF001  # what is kept is not seen otherwise
    replays.at(story.creator, AtVersion(9))
    kept = log.stages.of(story.creator)
    assert 8 <= len(kept) <= replaying.STAGES
    assert {stage.version % EVERY for stage in kept} == {0}
    log.stages.put(story.creator, [(stage, b"\xc1") for stage in kept])
    assert replays.at(story.creator, AtVersion(40)) == replayed(story.facts, AtVersion(40), PACKS)
    monkeypatch.setattr(replaying, "STAGES", 4)
    log.stages.put(story.creator, [(kept[0]._replace(revision="of another time"), b"")])
    last = AtVersion(len(story.facts))
    assert replays.at(story.creator, last) == replayed(story.facts, last, PACKS)
    assert 2 <= len(log.stages.of(story.creator)) <= replaying.STAGES
