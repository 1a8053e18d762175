"""Why a violation cost its points: the row of the matrix, the occurrence with the violations before it, and the discretion used."""

from __future__ import annotations

from domain.creator.enforcement import RULES_REVISION, rule_for
from domain.creator.explaining.chronicle import Chronicle
from domain.creator.explaining.explanations import Occurrence, PointsExplained
from domain.creator.explaining.thresholds import rule
from domain.creator.ledger import SCORE_TALLY
from domain.creator.points import PointsDeducted
from domain.creator.violations import ViolationConfirmed
from domain.creator.warnings import WarningIssued, WarningKind
from domain.facts import Fact
from domain.identity import ViolationId


def explain_points(told: Chronicle, id: ViolationId) -> PointsExplained | None:
    """Why a violation cost its points, or a warning in their place; None unless it was confirmed."""
    fact = told.confirmed.get(id)
    if fact is None or not isinstance(fact.event, ViolationConfirmed):
        return None
    event, finding = fact.event, fact.event.finding
    earlier, deducted = told.earlier[id], deduction(told, fact)
    published = told.packs.by_hash(event.pin.schedule)
    occurrence = deducted.occurrence if deducted else 1 + len(earlier)
    row = deducted.rule if deducted else rule_for(published.pack, finding.policy, finding.severity, occurrence)[0]
    fitting, entries = published.pack.points[row - 1], told.made_for(id)
    return PointsExplained(
        revision=RULES_REVISION, violation=id, version=fact.version, at=fact.occurred_at, policy=finding.policy, leaf=finding.leaf,
        severity=finding.severity, points=deducted.points if deducted else 0, warned=warned(told, fact), occurrence=occurrence,
        earlier=tuple(Occurrence(violation=other, at=told.confirmed[other].occurred_at) for other in earlier),
        rule=rule(published, "points", row), row_points=fitting.points, range=fitting.range,
        chosen=event.discretion.points if event.discretion else None,
        entry=next((entry for entry in entries if entry.tally == SCORE_TALLY), None),
        strikes=tuple(entry for entry in entries if entry.tally != SCORE_TALLY))


def deduction(told: Chronicle, confirmed: Fact) -> PointsDeducted | None:
    """The points that a violation cost, if it did."""
    return next((one.event for one in told.followers(confirmed) if isinstance(one.event, PointsDeducted)), None)


def warned(told: Chronicle, confirmed: Fact) -> bool:
    """Whether a warning was given in place of points."""
    return any(
        isinstance(one.event, WarningIssued) and one.event.kind is WarningKind.FIRST_VIOLATION for one in told.followers(confirmed))
