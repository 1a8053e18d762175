"""The story of a decision holds what led to it and what followed from it, and nothing else."""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as some

from domain.creator.decider import EVENTS
from domain.creator.notices import NoticeSent
from domain.creator.points import PointsDeducted
from domain.creator.violations import ViolationConfirmed
from domain.facts import Fact
from domain.identity import ViolationId
from domain.packs.model import Severity
from projections.causality import OWN, OWN_OF, Happened, closure, happened_of, reasons
from projections.columns import document_text
from projections.timeline import named
from tests.rulebook import Story
from tests.test_projections_histories import varied

THINGS = [UUID(int=number) for number in range(1, 6)]
ABSENT = dict.fromkeys(("violation_id", "penalty_id", "appeal_id", "reward_id", "subject"))


def row(fact: Fact) -> Any:
    """A fact as the timeline keeps it."""
    cause = fact.cause
    return SimpleNamespace(
        version=fact.version, kind=type(fact.event).__name__, creator_id=fact.stream, cause_stream=cause.stream if cause else None,
        cause_version=cause.version if cause else None, parameters=msgspec.json.decode(document_text(fact.event)), **(ABSENT | named(fact.event)))


@lru_cache
def histories() -> list[list[Happened]]:
    """Three long accounts, made by the real rules."""
    streams: dict[UUID, list[Happened]] = {}
    for fact in varied(1500).facts:
        streams.setdefault(fact.stream, []).append(happened_of(row(fact)))
    return list(streams.values())


def found(story: Story, number: int, policy: str, severity: Severity) -> ViolationId:
    """The id of a violation just confirmed."""
    return story.confirm(f"video-{number}", policy, severity).one(ViolationConfirmed).violation_id


@some.composite
def invented(draw: some.DrawFn) -> list[Happened]:
    """A short history in which anything hangs together with anything before it."""
    return [Happened(
        version, draw(some.none() | some.integers(1, version - 1)) if version > 1 else None, draw(some.none() | some.sampled_from(THINGS)),
        frozenset(draw(some.sets(some.sampled_from(THINGS), max_size=2)))) for version in range(1, draw(some.integers(1, 20)) + 1)]


def whole(history: list[Happened]) -> list[Happened]:
    """Each fact names its own thing, as happened_of has it."""
    return [it._replace(names=it.names | {it.own} if it.own else it.names) for it in history]


def by_definition(history: list[Happened], subject: UUID) -> set[int]:
    """What is in the story, said as slowly as can be: until nothing more is found."""
    follows = reasons(history)
    later = {it.version for it in history if subject in it.names}
    while more := {version for version, because in follows.items() if later.intersection(because)} - later:
        later |= more
    while more := {because for version in later for because in follows[version]} - later:
        later |= more
    return later


@given(invented().map(whole), some.sampled_from(THINGS))
def test_a_story_is_closed_under_causes_and_has_every_consequence_of_what_it_is_about(history: list[Happened], subject: UUID) -> None:
    steps = closure(history, subject)
    versions = {step.version for step in steps}
    assert versions == by_definition(history, subject)
    for it in history:
        if subject in it.names:
            assert it.version in versions
        if it.version in versions and it.cause is not None:
            assert it.cause in versions


@given(invented().map(whole), some.sampled_from(THINGS))
def test_a_cause_comes_before_what_follows_from_it_and_one_step_above(history: list[Happened], subject: UUID) -> None:
    causes = {it.version: it.cause for it in history}
    depths: dict[int, int] = {}
    for step in closure(history, subject):
        assert step.because is None or step.because in depths, "the cause was told before"
        assert step.depth == (0 if step.because is None else depths[step.because] + 1)
        assert causes[step.version] in (None, step.because), "a recorded cause goes before one that is found"
        depths[step.version] = step.depth


def test_the_story_of_each_thing_of_real_histories_is_as_defined() -> None:
    for history in histories():
        assert len(history) > 200
        things = {id for it in history for id in it.names}
        for thing in sorted(things)[::7]:
            assert {step.version for step in closure(history, thing)} == by_definition(history, thing)
            assert len({it.version for it in history if thing in it.names}) <= len(closure(history, thing)) < len(history)


def test_nothing_is_told_of_what_nobody_knows() -> None:
    assert closure(histories()[0], UUID(int=1)) == []


def test_violations_without_a_common_consequence_stay_out_of_each_others_story() -> None:
    story = Story()
    first, second = found(story, 1, "MISLEADING_PROMOTION", Severity.MODERATE), found(story, 2, "LOW_QUALITY", Severity.MINOR)
    rows = [happened_of(row(fact)) for fact in story.facts]
    for own, other in ((first, second), (second, first)):
        versions = {step.version for step in closure(rows, own)}
        assert versions == {it.version for it in rows if own in it.names}
        assert not {it.version for it in rows if other in it.names} & versions


def test_violations_that_led_to_one_penalty_together_are_in_each_others_story() -> None:
    story = Story()
    first, second = (found(story, number, "COUNTERFEIT", Severity.MAJOR) for number in range(2))
    story.notify(second)
    rows = [happened_of(row(fact)) for fact in story.facts]
    told = {step.version for step in closure(rows, first)}
    confirmed = {fact.event.violation_id: fact.version for fact in story.facts if isinstance(fact.event, ViolationConfirmed)}
    deducted = {fact.event.violation_id: fact.version for fact in story.facts if isinstance(fact.event, PointsDeducted)}
    assert {confirmed[first], deducted[first], confirmed[second], deducted[second]} <= told
    besides = {fact.version for fact in story.facts if isinstance(fact.event, NoticeSent)}
    assert besides
    assert not besides & told, "what the other violation led to besides is another story"


def test_every_event_that_tells_the_fate_of_a_thing_has_its_id() -> None:
    lacking = {name for name, field in OWN_OF.items() if field not in EVENTS[name].__struct_fields__}
    assert lacking == {"ContentRestored"}, "it names the item and the violation"
    assert set(OWN) >= {"violation_id", "penalty_id", "appeal_id"}
