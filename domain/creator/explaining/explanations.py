"""What an explanation says, as data: entries with their expiry, thresholds, rules by pack and row, later changes.

Who acted is an `Actor`, of whom a creator is told the role alone.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.calendar import Duration
from domain.creator.gates import Gate
from domain.creator.ledger import Tally
from domain.creator.state import Restriction
from domain.facts import Actor
from domain.identity import EntryId, PackHash, PenaltyId, ViolationId
from domain.packs.model import Comparison, Severity, Shape


class Lost(StrEnum):
    """Why an entry weighs less than it did, or nothing; RESTORED where points were given back otherwise than by the ways named."""

    EXPIRED = "EXPIRED"
    OVERTURNED = "OVERTURNED"
    AMENDED = "AMENDED"
    QUIZ = "QUIZ"
    CLAWED_BACK = "CLAWED_BACK"
    DROPPED_WITH_SCHEME = "DROPPED_WITH_SCHEME"
    RESTORED = "RESTORED"


class Uncounted(StrEnum):
    """Why an entry did not count: it weighed nothing any more, or stands in another counter or another group of the same."""

    EXPIRED = "EXPIRED"
    OVERTURNED = "OVERTURNED"
    AMENDED = "AMENDED"
    QUIZ = "QUIZ"
    CLAWED_BACK = "CLAWED_BACK"
    DROPPED_WITH_SCHEME = "DROPPED_WITH_SCHEME"
    RESTORED = "RESTORED"
    OTHER_GROUP = "OTHER_GROUP"
    OTHER_COUNTER = "OTHER_COUNTER"


class Became(StrEnum):
    """What became of a penalty."""

    APPROVED = "APPROVED"
    IMPOSED = "IMPOSED"
    PROPOSED_ANEW = "PROPOSED_ANEW"
    SHORTENED = "SHORTENED"
    EXPIRED = "EXPIRED"
    LIFTED = "LIFTED"
    REVERSED = "REVERSED"
    LAPSED = "LAPSED"
    DECLINED = "DECLINED"


class ChangedBy(StrEnum):
    """By what a penalty changed: the passing of time, a decision, a violation overturned or amended, or a review of the penalty itself."""

    TIME = "TIME"
    DECISION = "DECISION"
    OVERTURN = "OVERTURN"
    AMENDMENT = "AMENDMENT"
    REVIEW = "REVIEW"


class Data(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an explanation."""


class Loss(Data, frozen=True, kw_only=True):
    """An entry came to weigh less: by how much (signed, as it was added), when and why; `violation` is the one that fell or was amended."""

    why: Lost
    at: datetime
    points: int
    violation: ViolationId | None


class Entry(Data, frozen=True, kw_only=True):
    """An entry of the ledger at a version: made for a violation (of that policy, as grave as found by then), or earned by a rule of the pack.

    `points` is what it weighed when it was made and `weighs` what it did then, with their signs as they are added to the base.
    """

    id: EntryId
    tally: Tally
    violation: ViolationId | None
    earned_by: str
    policy: str
    severity: Severity | None
    points: int
    weighs: int
    made_at: datetime
    expires_at: datetime | None
    losses: tuple[Loss, ...]


class UncountedEntry(Data, frozen=True, kw_only=True):
    """An entry that did not count; `since` when (None: it never did), `violation` the one whose fall or amendment took it away."""

    entry: Entry
    why: Uncounted
    since: datetime | None
    violation: ViolationId | None


class Limit(Data, frozen=True, kw_only=True):
    """A threshold, and how the value has to stand to it."""

    at: int
    comparison: Comparison


class Rule(Data, frozen=True, kw_only=True):
    """Where in which version of which pack a rule stands: the table, and the row in it (from 1; None: the table has one only)."""

    scheme: str
    market: str
    version: int
    hash: PackHash
    table: str
    row: int | None


class Explanation(Data, frozen=True, kw_only=True):
    """Why something was decided; `revision` is that of the rules' code that explains it."""

    revision: str


class ThresholdExplained(Explanation, frozen=True, kw_only=True):
    """Why a threshold was reached: by fact `version`, which follows from `violation`.

    The value is `base` and what the counted entries weigh together, `unheld`, held between `lowest` and `highest`. Of all thresholds
    `crossed` at once the last, `threshold`, is the strictest and gave its steps: `penalties`.
    """

    version: int
    at: datetime
    violation: ViolationId
    tally: Tally
    counter: str
    group: str
    shape: Shape
    base: int
    lowest: int
    highest: int | None
    value_before: int
    value_after: int
    unheld: int
    threshold: Limit
    crossed: tuple[Limit, ...]
    counted: tuple[Entry, ...]
    uncounted: tuple[UncountedEntry, ...]
    rule: Rule
    penalties: tuple[PenaltyId, ...]


class Change(Data, frozen=True, kw_only=True):
    """What became of a penalty after it was decided, when and by what.

    `ends_at` is its end from then on, or the one it should have had if it was over, and `ended_before` the one it had (None: without end).
    `violation` is the one that was overturned or amended; `ground` by which way (an appeal, a court), of a review too; `actor` who decided
    just this, if somebody did.
    """

    became: Became
    by: ChangedBy
    version: int
    at: datetime
    ends_at: datetime | None = None
    ended_before: datetime | None = None
    served_seconds: int = 0
    violation: ViolationId | None = None
    ground: str = ""
    actor: Actor | None = None


class PenaltyExplained(Explanation, frozen=True, kw_only=True):
    """Why a penalty was decided, as it was decided at first, and what became of it.

    What imposed it is a `threshold` that was reached, a rule of zero tolerance (`rule` without `threshold`), a person (neither, and
    `decided_by`), perhaps `in_place_of` one that fell in part, or another system (none of these). `duration` and `ends_at` None: without
    end; `starts_at` None: it was proposed, with nothing restricted in the interim.
    """

    version: int
    at: datetime
    penalty: PenaltyId
    kind: str
    channel: str
    trigger: ViolationId | None
    violations: tuple[ViolationId, ...]
    restrictions: tuple[Restriction, ...]
    proposed: bool
    lapses_at: datetime | None
    duration: Duration | None
    starts_at: datetime | None
    ends_at: datetime | None
    rule: Rule | None
    threshold: ThresholdExplained | None
    decided_by: Actor | None
    in_place_of: PenaltyId | None
    changes: tuple[Change, ...]


class RestrictionExplained(Explanation, frozen=True, kw_only=True):
    """Why the creator may not do something: every penalty in force that it comes from. `until` None: without end."""

    restriction: Restriction
    since: datetime
    until: datetime | None
    penalties: tuple[PenaltyExplained, ...]


class Occurrence(Data, frozen=True, kw_only=True):
    """An earlier violation of the same type that counted, with the time it took effect."""

    violation: ViolationId
    at: datetime


class PointsExplained(Explanation, frozen=True, kw_only=True):
    """Why a violation cost its points, or a warning in their place: by the row of the matrix that fitted its occurrence.

    `row_points` and `range` (None: no discretion) are what the row gives, `chosen` what a person chose in that range. `entry` is what was
    entered in the score, `strikes` what was in other counters, as they are by now.
    """

    violation: ViolationId
    version: int
    at: datetime
    policy: str
    leaf: str
    severity: Severity
    points: int
    warned: bool
    occurrence: int
    earlier: tuple[Occurrence, ...]
    rule: Rule
    row_points: int
    range: tuple[int, int] | None
    chosen: int | None
    entry: Entry | None
    strikes: tuple[Entry, ...]


class Source(Data, frozen=True, kw_only=True):
    """A penalty in force that excludes a reward."""

    penalty: PenaltyId
    kind: str
    channel: str
    trigger: UUID
    violations: tuple[ViolationId, ...]
    since: datetime
    until: datetime | None


class Exclusion(Data, frozen=True, kw_only=True):
    """A restricted capability that excludes a reward, since when and until when (None: without end), and the penalties it comes from."""

    capability: str
    since: datetime
    until: datetime | None
    penalties: tuple[Source, ...]


class EligibilityExplained(Explanation, frozen=True, kw_only=True):
    """Whether a creator is eligible for a reward, gate by gate. `in_force` says that it was granted already, `in_force_until` until when."""

    kind: str
    title: str
    rule: Rule
    gates: tuple[Gate, ...]
    exclusions: tuple[Exclusion, ...]
    in_force: bool
    in_force_until: datetime | None

    @property
    def eligible(self) -> bool:
        """Whether it would be granted now."""
        return not self.in_force and not self.exclusions and all(gate.open for gate in self.gates)
