"""Why a threshold was reached: which entries counted, which did not, and by which rule."""

from __future__ import annotations

from domain.creator.enforcement import RULES_REVISION
from domain.creator.explaining.chronicle import Chronicle
from domain.creator.explaining.explanations import Entry, Limit, Loss, Rule, ThresholdExplained, Uncounted, UncountedEntry
from domain.creator.ledger import Fired, Tally, counter_of
from domain.creator.penalties import PenaltyImposed, PenaltyProposed
from domain.creator.points import ThresholdReached
from domain.facts import Fact
from domain.identity import PenaltyId
from domain.packs.catalogue import Published
from domain.packs.model import Threshold


def explain_threshold(told: Chronicle, version: int) -> ThresholdExplained | None:
    """Why the threshold of that fact was reached; None if no fact of that version says that one was."""
    fact = told.fact(version)
    if fact is None or not isinstance(fact.event, ThresholdReached):
        return None
    event, counter = fact.event, counter_of(fact.event.tally)
    figures, published = told.adoption(version).figures[counter], told.packs.by_hash(event.pack)
    counted, uncounted = parted(told, event, version)
    row, _ = threshold_of(published, event)
    return ThresholdExplained(
        revision=RULES_REVISION, version=version, at=fact.occurred_at, violation=event.violation_id, tally=event.tally, counter=counter,
        group=event.tally.partition("/")[2], shape=figures.shape, base=figures.base, lowest=figures.lowest, highest=figures.highest,
        value_before=event.value_before, value_after=event.value_after, unheld=figures.base + sum(entry.weighs for entry in counted),
        threshold=limit(event.strictest_of[-1]), crossed=tuple(limit(fired) for fired in event.strictest_of), counted=counted,
        uncounted=uncounted, rule=rule(published, f"counters.{counter}.thresholds", row), penalties=penalties_of(told, fact))


def parted(told: Chronicle, event: ThresholdReached, version: int) -> tuple[tuple[Entry, ...], tuple[UncountedEntry, ...]]:
    """The entries there ever were by then: those that counted, as recorded, and all others."""
    recorded, counted, uncounted = frozenset(event.entries), [], []
    for entry, loss in told.entries(version):
        if entry.id in recorded:
            counted.append(entry)
        else:
            uncounted.append(left_out(entry, event.tally, loss))
    return tuple(counted), tuple(uncounted)


def left_out(entry: Entry, tally: Tally, loss: Loss | None) -> UncountedEntry:
    """Why an entry did not count in a tally: it never would have, or it weighed nothing any more."""
    if counter_of(entry.tally) != counter_of(tally):
        return UncountedEntry(entry=entry, why=Uncounted.OTHER_COUNTER, since=None, violation=None)
    if entry.tally != tally or loss is None:
        return UncountedEntry(entry=entry, why=Uncounted.OTHER_GROUP, since=None, violation=None)
    return UncountedEntry(entry=entry, why=Uncounted(loss.why), since=loss.at, violation=loss.violation)


def threshold_of(published: Published, event: ThresholdReached) -> tuple[int, Threshold]:
    """The strictest threshold reached, as the pack has it, with its row (from 1)."""
    strictest = event.strictest_of[-1]
    thresholds = published.pack.counters[counter_of(event.tally)].thresholds
    return next((row, one) for row, one in enumerate(thresholds, start=1) if (one.at, one.comparison) == (strictest.at, strictest.comparison))


def limit(fired: Fired) -> Limit:
    """A threshold as it is told."""
    return Limit(at=fired.at, comparison=fired.comparison)


def rule(published: Published, table: str, row: int | None) -> Rule:
    """Where a rule stands."""
    header = published.pack.pack
    return Rule(scheme=header.scheme, market=header.market, version=published.version, hash=published.hash, table=table, row=row)


def penalties_of(told: Chronicle, fact: Fact) -> tuple[PenaltyId, ...]:
    """The penalties that a fact led to, imposed or proposed."""
    events = (one.event for one in told.followers(fact))
    return tuple(dict.fromkeys(event.penalty_id for event in events if isinstance(event, PenaltyImposed | PenaltyProposed)))
