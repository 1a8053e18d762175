"""Content items: removed, demoted, labelled because of a violation; restored; deleted by their owner, which no decision undoes."""

from __future__ import annotations

from domain.creator.grammar import Command, Work, decides, evolves
from domain.creator.state import Account, Closed, Confirmed, Measure, MeasureTaken, Overturned, Suspected, Violation
from domain.creator.warnings import require_reasons
from domain.facts import Event, Fact, Personal
from domain.identity import ContentId, MeasureId, ViolationId, derived
from domain.refusals import Refused


class ContentMeasured(Event, frozen=True, kw_only=True):
    """Something was done to a content item because of a violation."""

    measure_id: MeasureId
    content_id: ContentId
    violation_id: ViolationId
    reasons: Personal | None = None


class ContentRemoved(ContentMeasured, frozen=True, kw_only=True):
    """A content item was taken down."""


class ContentDemoted(ContentMeasured, frozen=True, kw_only=True):
    """A content item is shown less."""


class ContentLabelled(ContentMeasured, frozen=True, kw_only=True):
    """A content item carries a label; `label` is its code."""

    label: str


class ContentRestored(Event, frozen=True, kw_only=True):
    """A measure on a content item was taken back; with `reasons` where a person did so, not a decision that it follows from."""

    content_id: ContentId
    measure: Measure
    violation_id: ViolationId
    reasons: Personal | None = None


class ContentDeletedByOwner(Event, frozen=True, kw_only=True):
    """The creator deleted a content item. What was decided about it stands."""

    content_id: ContentId


class RemoveContent(Command, frozen=True, kw_only=True):
    """Take a content item down."""

    content_id: ContentId
    violation_id: ViolationId
    reasons: Personal | None = None


class DemoteContent(Command, frozen=True, kw_only=True):
    """Show a content item less."""

    content_id: ContentId
    violation_id: ViolationId
    reasons: Personal | None = None


class LabelContent(Command, frozen=True, kw_only=True):
    """Put a label on a content item."""

    content_id: ContentId
    violation_id: ViolationId
    label: str
    reasons: Personal | None = None


class RestoreContent(Command, frozen=True, kw_only=True):
    """Take a measure on a content item back."""

    content_id: ContentId
    measure: Measure
    violation_id: ViolationId
    reasons: Personal


class DeleteContent(Command, frozen=True, kw_only=True):
    """Record that the owner deleted a content item."""

    content_id: ContentId


class ContentUnknown(Refused):
    """The account has no violation in such a content item."""


class MeasureNotInForce(Refused):
    """The content item is under no such measure because of that violation."""


class ContentDeleted(Refused):
    """The owner deleted the content item."""


MEASURES: dict[type[ContentMeasured], Measure] = {
    ContentRemoved: Measure.REMOVED, ContentDemoted: Measure.DEMOTED, ContentLabelled: Measure.LABELLED}


@decides(RemoveContent)
def remove(work: Work, command: RemoveContent) -> None:
    """Take a content item down."""
    if not_yet(work, command, Measure.REMOVED):
        work.record(ContentRemoved(
            measure_id=named(command, Measure.REMOVED), content_id=command.content_id, violation_id=command.violation_id, reasons=command.reasons))


@decides(DemoteContent)
def demote(work: Work, command: DemoteContent) -> None:
    """Show a content item less."""
    if not_yet(work, command, Measure.DEMOTED):
        work.record(ContentDemoted(
            measure_id=named(command, Measure.DEMOTED), content_id=command.content_id, violation_id=command.violation_id, reasons=command.reasons))


@decides(LabelContent)
def label(work: Work, command: LabelContent) -> None:
    """Put a label on a content item."""
    if not_yet(work, command, Measure.LABELLED):
        work.record(ContentLabelled(
            measure_id=named(command, Measure.LABELLED), content_id=command.content_id, violation_id=command.violation_id, label=command.label,
            reasons=command.reasons))


def concerns(violation: Violation | None, content: ContentId) -> bool:
    """Whether a violation that stands or is suspected lies in that content item."""
    match violation:
        case Suspected() | Confirmed():
            return content == violation.content_id or content in violation.items
        case Closed() | Overturned() | None:
            return False


def not_yet(work: Work, command: RemoveContent | DemoteContent | LabelContent, measure: Measure) -> bool:
    """Whether the measure is not in force yet; refuse it where no violation stands in that content item."""
    known = work.account.violations.get(command.violation_id)
    if not concerns(known, command.content_id):
        raise ContentUnknown(f"No violation {command.violation_id} in content {command.content_id!r} stands or is suspected.", field="violation_id")
    refuse_deleted(work.account, command.content_id)
    return named(command, measure) not in work.account.measures


def named(command: RemoveContent | DemoteContent | LabelContent, measure: Measure) -> MeasureId:
    """The id of what a command does."""
    return measure_id(command.violation_id, command.content_id, measure)


def refuse_deleted(account: Account, content: ContentId) -> None:
    """Refuse to do anything to what its owner deleted."""
    if content in account.deleted:
        raise ContentDeleted(f"Its owner deleted the content item {content!r}.", field="content_id")


@decides(RestoreContent)
def restore(work: Work, command: RestoreContent) -> None:
    """Take a measure on a content item back."""
    require_reasons(command.reasons)
    if measure_id(command.violation_id, command.content_id, command.measure) not in work.account.measures:
        raise MeasureNotInForce(f"{command.content_id!r} is not {command.measure.lower()} because of that violation.", field="measure")
    refuse_deleted(work.account, command.content_id)
    work.record(ContentRestored(
        content_id=command.content_id, measure=command.measure, violation_id=command.violation_id, reasons=command.reasons))


@decides(DeleteContent)
def delete(work: Work, command: DeleteContent) -> None:
    """Record that the owner deleted a content item; again records nothing."""
    if command.content_id not in work.account.deleted:
        work.record(ContentDeletedByOwner(content_id=command.content_id))


def release_content(work: Work, violation: ViolationId, cause: int) -> None:
    """Take back what was done to content because of a violation that fell; what its owner deleted stays deleted."""
    for taken in tuple(work.account.measures.values()):
        if taken.violation == violation:
            release_measure(work, taken, cause)


def release_measure(work: Work, taken: MeasureTaken, cause: int) -> None:
    """Take one measure back, unless its content item was deleted by its owner."""
    if taken.content_id not in work.account.deleted:
        work.follow(ContentRestored(content_id=taken.content_id, measure=taken.measure, violation_id=taken.violation), cause)


def measure_id(violation: ViolationId, content: ContentId, measure: Measure) -> MeasureId:
    """One measure on one content item because of one violation."""
    return MeasureId(derived(violation, "measure", content, measure))


def measured(account: Account, event: ContentMeasured, fact: Fact) -> None:
    """A measure is in force."""
    account.measures[event.measure_id] = MeasureTaken(
        event.content_id, MEASURES[type(event)], event.violation_id, account.at or fact.occurred_at, fact.version, fact.actor.id)


for kind in MEASURES:
    evolves(kind)(measured)


@evolves(ContentRestored)
def restored(account: Account, event: ContentRestored, fact: Fact) -> None:
    account.measures.pop(measure_id(event.violation_id, event.content_id, event.measure), None)


@evolves(ContentDeletedByOwner)
def deleted(account: Account, event: ContentDeletedByOwner, fact: Fact) -> None:
    account.deleted[event.content_id] = fact.occurred_at
