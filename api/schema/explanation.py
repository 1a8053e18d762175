"""Why something was decided, as data and in words; a creator is told in which role people acted, never who they are."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.gathering import inside, named, value
from api.schema.words import ActorKind, Became, ChangedBy, Comparison, Ground, Lost, Severity, Shape, Uncounted
from projections import tables
from projections.explanations import in_words

if TYPE_CHECKING:
    from api.schema.packs import PolicyPack
    from api.schema.penalty import Duration, Penalty, Scope
    from api.schema.violation import Violation

WORDS = "The whole of it as a paragraph in English, without anybody's name."
REVISION = "The revision of the rules' code that explains it."
Violations = list[Annotated["Violation", strawberry.lazy("api.schema.violation")]]


def words(it: Any, _view: Any) -> str:
    """An explanation as a paragraph."""
    return in_words(it)


def violation(description: str) -> Any:
    """A field with the violation that a part of an explanation names."""
    return named(description, tables.violations, "violation_id", by=lambda it, _: it.violation)


def violations(description: str) -> Any:
    """A field with the violations that a part of an explanation names."""
    return named(description, tables.violations, "violation_id", by=lambda it, _: list(it.violations))


@strawberry.type(description="In which role somebody acted.")
class ActingRole:
    """In which role somebody acted."""

    kind: ActorKind = value("In which capacity.")
    role: str = value("The role.")
    id: str | None = value("The id in the staff directory; none is told to creators.", by=lambda it, view: it.id if view.is_staff else None)


@strawberry.type(description="Where a rule stands: a table of a version of a policy pack, and the row in it.")
class ExplainedRule:
    """Where a rule stands."""

    loaded: strawberry.Private[dict[str, Any]]
    scheme: str = value("The scheme.")
    market: str = value("The market of the pack.")
    version: int = value("The version of the pack, from 1.")
    hash: str = value("The hash of the pack's content.")
    table: str = value("The table of the pack, as it is written there.")
    row: int | None = value("The row of the table, from 1; none where it has one only.")
    pack: Annotated[PolicyPack, strawberry.lazy("api.schema.packs")] = inside("The pack.", by=lambda it, view: view.packs.by_hash(it.hash))


@strawberry.type(description="Why an entry came to weigh less.")
class EntryLoss:
    """Why an entry came to weigh less."""

    loaded: strawberry.Private[dict[str, Any]]
    reason: Lost = value("Why.", "why")
    at: datetime = value("When.")
    points: int = value("By how much; with a sign, as it is added to the entry.")
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = violation("The violation that fell or was amended, if one was.")


@strawberry.type(description="An entry of the ledger as it was when the decision was made.")
class ExplainedEntry:
    """An entry as it was."""

    loaded: strawberry.Private[dict[str, Any]]
    id: strawberry.ID = value("The entry's id.")
    tally: str = value("What it counts in: a counter, or one group of it.")
    policy: str | None = value("The policy of the violation it was made for.", by=lambda it, _: it.policy or None)
    severity: Severity | None = value("How grave that violation had been found to be.")
    earning_rule: str | None = value("The pack's earning rule, if it was earned.", by=lambda it, _: it.earned_by or None)
    points: int = value("What it weighed when it was made; with a sign, as it is added to the counter's base.")
    weighs: int = value("What it weighed at the decision; with a sign.")
    at: datetime = value("When it was made.", "made_at")
    expires_at: datetime | None = value("When it stops to weigh; none: never.")
    losses: list[EntryLoss] = inside("What had been taken from it, oldest first.", by=lambda it, _: list(it.losses))
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = violation("The violation, if it was made for one.")


@strawberry.type(description="An entry that did not count, and why.")
class UncountedEntry:
    """An entry that did not count."""

    loaded: strawberry.Private[dict[str, Any]]
    reason: Uncounted = value("Why not.", "why")
    since: datetime | None = value("Since when; none: it never did.")
    entry: ExplainedEntry = inside("The entry.", by=lambda it, _: it.entry)
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = violation(
        "The violation whose fall or amendment took it away, if one did.")


@strawberry.type(description="A threshold, and how the value has to stand to it.")
class ExplainedLimit:
    """A threshold."""

    at: int = value("The threshold.")
    comparison: Comparison = value("How the value has to stand to it.")


@strawberry.type(description="Why a threshold of a counter was reached, as it was known then.")
class ThresholdExplanation:
    """Why a threshold was reached."""

    loaded: strawberry.Private[dict[str, Any]]
    in_words: str = value(WORDS, by=words)
    revision: str = value(REVISION)
    version: int = value("The number of the fact in the account's history.")
    at: datetime = value("When it was reached.")
    counter: str = value("The counter; the health score is the one named `score`.")
    group: str | None = value("The group of the counter: a policy, a feature, a severity.", by=lambda it, _: it.group or None)
    shape: Shape = value("Whether it falls from its base or rises from it.")
    base: int = value("Where it begins.")
    lowest: int = value("The least it is read as.")
    highest: int | None = value("The most it is read as.")
    value_before: int = value("The value before.")
    value_after: int = value("The value after.")
    unheld: int = value("What base and entries come to before they are held between least and most.")
    threshold: ExplainedLimit = inside("The strictest threshold crossed, which gave the penalties.", by=lambda it, _: it.threshold)
    crossed: list[ExplainedLimit] = inside("All thresholds crossed at once, from mild to strict.", by=lambda it, _: list(it.crossed))
    entries_counted: list[ExplainedEntry] = inside("The entries that counted, oldest first.", by=lambda it, _: list(it.counted))
    entries_not_counted: list[UncountedEntry] = inside(
        "All other entries the account had ever had, oldest first.", by=lambda it, _: list(it.uncounted))
    rule: ExplainedRule = inside("By which rule.", by=lambda it, _: it.rule)
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = violation("The violation by which it was reached.")
    penalties: list[Annotated[Penalty, strawberry.lazy("api.schema.penalty")]] = named(
        "The penalties it led to.", tables.penalties, "penalty_id", by=lambda it, _: list(it.penalties))


@strawberry.type(description="What became of a penalty after it was decided.")
class PenaltyChange:
    """What became of a penalty."""

    loaded: strawberry.Private[dict[str, Any]]
    kind: Became = value("What.", "became")
    cause: ChangedBy = value("By what.", "by")
    at: datetime = value("When.")
    version: int = value("The number of the fact in the account's history.")
    ends_at: datetime | None = value(
        "When it ends from then on, if it was imposed or shortened, or should have ended if it was over; none: without end.")
    ended_before: datetime | None = value("When it was to end before it was shortened; none: without end.")
    served_seconds: int = value("How many seconds of it had been served that should not have been.")
    ground: Ground | None = value(
        "By which way the violation or the penalty itself fell, wholly or in part.", by=lambda it, _: Ground(it.ground) if it.ground else None)
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = violation("The violation overturned or amended, if one was.")
    decided_by: ActingRole | None = inside("In which role somebody decided it, if somebody did.", by=lambda it, _: it.actor)


@strawberry.type(description="Why a penalty was decided, as it was decided at first, and what became of it.")
class PenaltyExplanation:
    """Why a penalty was decided."""

    loaded: strawberry.Private[dict[str, Any]]
    in_words: str = value(WORDS, by=words)
    revision: str = value(REVISION)
    version: int = value("The number of the fact in the account's history.")
    at: datetime = value("When it was decided.")
    kind: str = value("What kind of penalty it is, in the pack's words.")
    channel: str = value("What imposed it: a counter's name, ZERO_TOLERANCE, PERSON or EXTERNAL.")
    proposed: bool = value("Whether it was proposed, to wait for a second person.")
    lapses_at: datetime | None = value("Until when the proposal waited.")
    duration: Annotated[Duration, strawberry.lazy("api.schema.penalty")] | None = inside(
        "How long it lasts by the rule; none: without end, or as a person chose.", by=lambda it, _: it.duration)
    starts_at: datetime | None = value("When it began to restrict, if only in the interim; none: it was only proposed.")
    ends_at: datetime | None = value("When it was to end, as it was decided; none: without end.")
    restrictions: list[Annotated[Scope, strawberry.lazy("api.schema.penalty")]] = inside(
        "What it restricts.", by=lambda it, _: list(it.restrictions))
    rule: ExplainedRule | None = inside("By which rule; none where a person placed it.", by=lambda it, _: it.rule)
    threshold: ThresholdExplanation | None = inside(
        "The threshold it followed from; none for zero tolerance and where a person placed it.", by=lambda it, _: it.threshold)
    decided_by: ActingRole | None = inside("In which role a person placed it, if one did.", by=lambda it, _: it.decided_by)
    in_place_of: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = named(
        "The penalty that fell in part and whose place it took, if it did.", tables.penalties, "penalty_id", by=lambda it, _: it.in_place_of)
    violations: Violations = violations("The violations it rests on.")
    changes: list[PenaltyChange] = inside("What became of it, oldest first.", by=lambda it, _: list(it.changes))


@strawberry.type(description="Why the creator may not do something now.")
class RestrictionExplanation:
    """Why the creator may not do something."""

    loaded: strawberry.Private[dict[str, Any]]
    in_words: str = value(WORDS, by=words)
    revision: str = value(REVISION)
    since: datetime = value("Since when, by the penalty in force that began first.")
    until: datetime | None = value("Until when, by the one that ends last; none: without end.")
    penalties: list[PenaltyExplanation] = inside("The penalties in force that it comes from.", by=lambda it, _: list(it.penalties))


@strawberry.type(description="An earlier violation of the same type that counted for the occurrence.")
class EarlierOccurrence:
    """An earlier violation that counted."""

    loaded: strawberry.Private[dict[str, Any]]
    at: datetime = value("When it took effect.")
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = violation("The violation.")


@strawberry.type(description="The points that a row of the matrix lets a person choose from.")
class PointsRange:
    """What a person may choose from."""

    lowest: int = value("The fewest.", by=lambda it, _: it[0])
    highest: int = value("The most.", by=lambda it, _: it[1])


@strawberry.type(description="Why a violation cost its points, or led to a warning in their place.")
class PointsExplanation:
    """Why a violation cost its points."""

    loaded: strawberry.Private[dict[str, Any]]
    in_words: str = value(WORDS, by=words)
    revision: str = value(REVISION)
    version: int = value("The number of the fact in the account's history by which it was confirmed.")
    points: int = value("The points it cost; none of what came back later is taken off.")
    warned: bool = value("Whether a warning was given in their place.")
    occurrence: int = value("Which occurrence of its type it was.")
    earlier: list[EarlierOccurrence] = inside("The violations before it that counted for that, oldest first.", by=lambda it, _: list(it.earlier))
    rule: ExplainedRule = inside("The row of the matrix that fitted.", by=lambda it, _: it.rule)
    row_points: int = value("The points that the row gives.")
    range: PointsRange | None = inside("What a person may choose from; none: nobody may.", by=lambda it, _: it.range)
    chosen: int | None = value("What a person chose from it, with reasons.")
    entry: ExplainedEntry | None = inside("Its entry in the score, as it is now.", by=lambda it, _: it.entry)
    strikes: list[ExplainedEntry] = inside("Its entries in other counters, as they are now.", by=lambda it, _: list(it.strikes))


@strawberry.type(description="A gate before a reward.")
class Gate:
    """A gate before a reward."""

    name: str = value("The counter, or PROMOTION_SCORE.")
    comparison: Comparison = value("How it has to stand to the threshold.")
    at: int = value("The threshold.")
    open: bool = value("Whether it does.")
    value: int = value("Its value; the Promotion Performance Score in hundredths.")


@strawberry.type(description="A penalty in force that excludes a reward.")
class ExclusionCause:
    """A penalty that excludes a reward."""

    loaded: strawberry.Private[dict[str, Any]]
    kind: str = value("The kind of the penalty.")
    since: datetime = value("When it began.")
    until: datetime | None = value("When it ends; none: without end.")
    penalty: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = named(
        "The penalty.", tables.penalties, "penalty_id", by=lambda it, _: it.penalty)
    violations: Violations = violations("The violations it rests on.")


@strawberry.type(description="A restriction in force that excludes a reward.")
class Exclusion:
    """A restriction that excludes a reward."""

    loaded: strawberry.Private[dict[str, Any]]
    capability: str = value("What is restricted.")
    since: datetime = value("Since when.")
    until: datetime | None = value("Until when; none: without end.")
    causes: list[ExclusionCause] = inside("The penalties it comes from.", by=lambda it, _: list(it.penalties))


@strawberry.type(description="Whether a reward could be granted now, gate by gate.")
class EligibilityExplanation:
    """Whether a reward could be granted now."""

    loaded: strawberry.Private[dict[str, Any]]
    in_words: str = value(WORDS, by=words)
    revision: str = value(REVISION)
    kind: str = value("The kind of the reward.")
    title: str = value("Its title.")
    eligible: bool = value("Whether every gate is open, nothing excludes it, and it is not in force already.")
    gates: list[Gate] = inside("The gates.", by=lambda it, _: list(it.gates))
    exclusions: list[Exclusion] = inside("The restrictions in force that exclude it.", by=lambda it, _: list(it.exclusions))
    in_force: bool = value("Whether it is in force already.")
    in_force_until: datetime | None = value("Until when it is; none: without end.")
    rule: ExplainedRule = inside("By which rule.", by=lambda it, _: it.rule)
