"""Content items: what is done to them because of a violation, what a reversal gives back, and what their owner deleted."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from domain.creator.content import (
    ContentDeleted,
    ContentDeletedByOwner,
    ContentDemoted,
    ContentLabelled,
    ContentRemoved,
    ContentRestored,
    ContentUnknown,
    DeleteContent,
    DemoteContent,
    LabelContent,
    MeasureNotInForce,
    RemoveContent,
    RestoreContent,
)
from domain.creator.state import Measure
from domain.creator.violations import CorrectViolation, DismissViolation, SuspectViolation
from domain.creator.warnings import ReasonsRequired
from domain.facts import SYSTEM, Personal
from domain.identity import ContentId, ViolationId
from tests.rulebook import CREATOR, REASONS, Outcome, Story, stories_are_replayed

__all__ = ["stories_are_replayed"]

VIDEO = ContentId("video-1")


def guilty() -> Story:
    told = Story()
    told.confirm(VIDEO)
    return told


def act(told: Story, command: Any, **more: Any) -> Outcome:
    given = {"content_id": VIDEO, "violation_id": told.latest} | more
    return told.when(command(creator=told.creator, **given))


def remove(told: Story, **more: Any) -> Outcome:
    return act(told, RemoveContent, **more)


def demote(told: Story, **more: Any) -> Outcome:
    return act(told, DemoteContent, **more)


def label(told: Story, **more: Any) -> Outcome:
    return act(told, LabelContent, **({"label": "MISLEADING"} | more))


def restore(told: Story, measure: Measure, violation: ViolationId | None = None, reasons: Personal = REASONS) -> Outcome:
    return told.when(RestoreContent(
        creator=told.creator, content_id=VIDEO, measure=measure, violation_id=violation or told.latest, reasons=reasons))


def delete(told: Story) -> Outcome:
    return told.when(DeleteContent(creator=told.creator, content_id=VIDEO), CREATOR)


def measures(told: Story) -> list[Measure]:
    return [taken.measure for taken in told.account.measures.values() if taken.content_id == VIDEO]


MEASURES = pytest.mark.parametrize(("act_on", "event", "measure"), [
    (remove, ContentRemoved, Measure.REMOVED), (demote, ContentDemoted, Measure.DEMOTED), (label, ContentLabelled, Measure.LABELLED)])


@MEASURES
def test_a_content_item_is_measured_because_of_a_violation_once_and_restored_with_reasons(act_on: Any, event: Any, measure: Measure) -> None:
    told = guilty()
    act_on(told).then(event)
    assert measures(told) == [measure]
    act_on(told).then()
    restore(told, measure, reasons=Personal(" ")).refused(ReasonsRequired)
    restore(told, measure).then(ContentRestored)
    assert measures(told) == []
    restore(told, measure).refused(MeasureNotInForce)


@MEASURES
def test_a_content_item_without_a_violation_in_it_is_left_alone(act_on: Any, event: Any, measure: Measure) -> None:
    told = guilty()
    act_on(told, content_id=ContentId("video-2")).refused(ContentUnknown)
    act_on(told, violation_id=ViolationId(uuid4())).refused(ContentUnknown)
    restore(told, measure).refused(MeasureNotInForce)
    assert event.__name__ not in {type(fact.event).__name__ for fact in told.facts}


def test_a_suspicion_is_enough_to_take_content_down() -> None:
    told = Story()
    told.when(SuspectViolation(creator=told.creator, finding=told.finding(VIDEO)))
    remove(told).then(ContentRemoved)


@pytest.mark.parametrize("command", [DismissViolation, CorrectViolation])
def test_a_suspicion_that_is_closed_gives_its_content_back_and_touches_no_other_measure(command: Any) -> None:
    told = Story(market="US")
    told.confirm(VIDEO)
    remove(told)
    told.when(SuspectViolation(creator=told.creator, finding=told.finding(VIDEO, "UNORIGINAL_CONTENT")))
    demote(told)
    if command is DismissViolation:
        told.when(DismissViolation(creator=told.creator, violation_id=told.latest, reasons=REASONS)).includes(ContentRestored)
        assert measures(told) == [Measure.REMOVED]
    else:
        assert told.when(CorrectViolation(creator=told.creator, violation_id=told.latest)).refusal is not None, "no window, nothing changes"
        assert measures(told) == [Measure.REMOVED, Measure.DEMOTED]


def test_a_violation_that_fell_or_was_dismissed_carries_no_measure() -> None:
    told = guilty()
    violation = told.latest
    told.overturn(violation)
    remove(told, violation_id=violation).refused(ContentUnknown)
    told.when(SuspectViolation(creator=told.creator, finding=told.finding("video-2")))
    told.when(DismissViolation(creator=told.creator, violation_id=told.latest, reasons=REASONS))
    remove(told, content_id=ContentId("video-2")).refused(ContentUnknown)


def test_an_overturned_violation_gives_its_content_back_by_the_system_because_of_the_overturn() -> None:
    told = guilty()
    remove(told)
    label(told)
    outcome = told.overturn(told.latest)
    assert [(one.content_id, one.measure) for one in outcome.all(ContentRestored)] == [(VIDEO, Measure.REMOVED), (VIDEO, Measure.LABELLED)]
    assert measures(told) == []
    restored = [fact for fact in outcome.facts if isinstance(fact.event, ContentRestored)]
    assert {fact.actor for fact in restored} == {SYSTEM}
    assert {told.facts[fact.cause.version - 1].event.__class__.__name__ for fact in restored if fact.cause} == {"ViolationOverturned"}


def test_an_overturn_leaves_the_measures_of_another_violation_in_the_same_content() -> None:
    told = guilty()
    first = told.latest
    remove(told)
    told.confirm(VIDEO, "UNORIGINAL_CONTENT")
    remove(told)
    assert measures(told) == [Measure.REMOVED, Measure.REMOVED], "each violation has its own"
    assert told.overturn(first).one(ContentRestored).violation_id == first
    assert [(taken.measure, taken.violation) for taken in told.account.measures.values()] == [(Measure.REMOVED, told.latest)]


def test_what_its_owner_deleted_is_neither_measured_nor_restored() -> None:
    told = guilty()
    remove(told)
    delete(told).then(ContentDeletedByOwner)
    delete(told).then()
    demote(told).refused(ContentDeleted)
    restore(told, Measure.REMOVED).refused(ContentDeleted)


def test_an_overturn_does_not_undo_the_owner_s_deletion() -> None:
    told = guilty()
    remove(told)
    delete(told)
    told.overturn(told.latest).excludes(ContentRestored)
    assert VIDEO in told.account.deleted


def test_content_that_never_was_measured_can_be_deleted_by_its_owner() -> None:
    told = Story()
    delete(told).then(ContentDeletedByOwner)
    told.confirm(VIDEO).facts[0]
    remove(told).refused(ContentDeleted)
