"""What a policy pack says. A scheme nobody here thought of needs a new file of this shape and no code.

Every table that holds numbers names where they come from in `provenance`; `domain.packs.reading` sees to it.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from domain.calendar import Duration
from domain.statements.categories import Category, Keyword
from domain.statements.schema import ContentType

Whole = Annotated[int, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
Name = Annotated[str, Meta(min_length=1)]
MonthNumber = Annotated[int, Meta(ge=1, le=12)]


class Mark(StrEnum):
    """How sure a figure is. A figure known only from hearsay has no mark and no place in a pack."""

    OFFICIAL = "O"  # the official page or statute was read
    SECONDARY = "S"  # a secondary source was read
    OURS = "P"  # our own choice: the platform does not publish it


class Shape(StrEnum):
    """A credit falls from its base, a debt rises from it."""

    CREDIT = "CREDIT"
    DEBT = "DEBT"


class Comparison(StrEnum):
    """How a counter's value is compared with a threshold."""

    AT_OR_BELOW = "AT_OR_BELOW"
    BELOW = "BELOW"
    AT_OR_ABOVE = "AT_OR_ABOVE"
    ABOVE = "ABOVE"

    def holds(self, value: float, at: float) -> bool:
        """Whether `value` stands so to `at`."""
        match self:
            case Comparison.AT_OR_BELOW:
                return value <= at
            case Comparison.BELOW:
                return value < at
            case Comparison.AT_OR_ABOVE:
                return value >= at
            case Comparison.ABOVE:
                return value > at


class Severity(StrEnum):
    """How grave a violation is."""

    MINOR = "MINOR"
    MODERATE = "MODERATE"
    MAJOR = "MAJOR"
    SEVERE = "SEVERE"


class ExpiryMode(StrEnum):
    """When an entry of a counter stops to weigh."""

    PER_ENTRY = "PER_ENTRY"  # so many days after it was made
    CALENDAR = "CALENDAR"  # when the next of the named months begins
    NEVER = "NEVER"


class StepMode(StrEnum):
    """Whether a step of the ladder takes effect by itself or waits for a second person."""

    IMMEDIATE = "IMMEDIATE"
    PROPOSED = "PROPOSED"


class Group(StrEnum):
    """What a counter counts apart: the whole account, each policy, each product feature, each severity."""

    ACCOUNT = "ACCOUNT"
    POLICY = "POLICY"
    FEATURE = "FEATURE"
    SEVERITY = "SEVERITY"


class Restricts(StrEnum):
    """What somebody loses who loses a capability, in the words of a statement of reasons; of a content item, how it is shown."""

    VISIBILITY = "VISIBILITY"
    PAYMENTS = "PAYMENTS"
    PART_OF_SERVICE = "PART_OF_SERVICE"
    SERVICE = "SERVICE"
    ACCOUNT = "ACCOUNT"


class OldEntries(StrEnum):
    """What becomes of an account's entries when it adopts a pack."""

    KEEP = "KEEP"
    DROP = "DROP"


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table of a pack file."""


class Source(Table, frozen=True, kw_only=True):
    """Where a figure comes from."""

    mark: Mark
    source: Name
    note: str = ""


class Provenance(Source, frozen=True, kw_only=True):
    """Where the figures of a table come from; `but` names, by key, those that come from elsewhere."""

    but: dict[str, Source] = {}


class Sourced(Table, frozen=True, kw_only=True):
    """A table with figures, and where they come from. Every number in it, not in tables below it, is covered by `provenance`."""

    provenance: Provenance | None = None


class Header(Sourced, frozen=True, kw_only=True):
    """Which scheme and market the file is about.

    `inherits` names the market of the same scheme on which this file is laid, later wins; an `abstract` file is only such a layer and is
    never published. `covers` lists the account markets it is in force for (default: its own). `effective_from` and `effective_until` are
    local days; before the first and from the second on nothing is decided under it.
    """

    scheme: Name
    market: Name
    title: Name
    inherits: str = ""
    abstract: bool = False
    covers: tuple[str, ...] = ()
    effective_from: date | None = None
    effective_until: date | None = None
    time_zone: str = ""
    languages: tuple[str, ...] = ()
    when_adopted_from_another_scheme: OldEntries = OldEntries.DROP
    when_adopted_from_an_earlier_version: OldEntries = OldEntries.KEEP


class Expiry(Sourced, frozen=True, kw_only=True):
    """When entries expire: `days` with PER_ENTRY, `months` (1 to 12) with CALENDAR."""

    mode: ExpiryMode
    days: Positive | None = None
    months: tuple[MonthNumber, ...] = ()


class Filter(Table, frozen=True, kw_only=True):
    """Which violations a rule is about; an empty list means all."""

    policies: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    features: tuple[str, ...] = ()

    def takes(self, policy: str, severity: Severity, feature: str) -> bool:
        """Whether a violation so described is meant."""
        return (
            (not self.policies or policy in self.policies)
            and (not self.severities or severity in self.severities)
            and (not self.features or feature in self.features)
        )


class Step(Sourced, frozen=True, kw_only=True):
    """A penalty that a threshold or a zero-tolerance rule leads to.

    `duration` None: without end. A restriction is each capability × category × territory ("*": all); `on_content` confines it to the
    content item of the violation. A PROPOSED step waits for a second person, at most `approve_within`, and may restrict in the interim.
    A penalty that is not `restorable` ends early only by an overturn; what holds in the interim may always be lifted.
    """

    kind: Name
    duration: Duration | None = None
    capabilities: tuple[str, ...]
    categories: tuple[str, ...] = ("*",)
    territories: tuple[str, ...] = ("*",)
    on_content: bool = False
    mode: StepMode = StepMode.IMMEDIATE
    approve_within: Duration | None = None
    interim: bool = False
    restorable: bool = True


class Threshold(Sourced, frozen=True, kw_only=True):
    """A value of a counter at which steps follow, once, until the counter has left it again."""

    at: int
    comparison: Comparison
    steps: tuple[Step, ...] = ()


class Counter(Sourced, frozen=True, kw_only=True):
    """Something that is counted for each account: the health score is the counter named `score`.

    An entry weighs the violation's points (`weight = "POINTS"`) or a fixed number. The value read is base ± live entries, held between
    `lowest` and `highest`; the entries themselves are never cut. `near_warning`: warn when the next armed threshold is that near or nearer.
    """

    shape: Shape
    base: int = 0
    lowest: int = 0
    highest: int | None = None
    weight: Positive | str = "POINTS"
    group: Group = Group.ACCOUNT
    counts: Filter = Filter()
    expiry: Expiry
    near_warning: Positive | None = None
    thresholds: tuple[Threshold, ...] = ()


class Zone(Sourced, frozen=True, kw_only=True):
    """A named stretch of the score, both ends included."""

    name: Name
    lowest: int
    highest: int


class Policy(Sourced, frozen=True, kw_only=True):
    """A normative rule as published: its leaves, the severities a finding may have, its text by language and since when it applies.

    `dsa_category` and `dsa_keywords` are those of the DSA Transparency Database. `law` names what makes a breach illegal as such; without
    it a breach is one of the terms.
    """

    title: Name
    leaves: tuple[str, ...] = ()
    severities: tuple[Severity, ...]
    text: dict[str, str]
    effective_from: date | None = None
    effective_until: date | None = None
    dsa_category: str = ""
    dsa_keywords: tuple[Keyword, ...] = ()
    law: str = ""
    correction: Duration | None = None


class PointRule(Sourced, frozen=True, kw_only=True):
    """One row of the matrix of type × severity × occurrence; the first row that fits gives the figure.

    `occurrence` n fits the n-th violation of its type and all later ones. A `range` (both ends included) grants the decider bounded
    discretion, used with reasons; without it `points` stand. `warning`: a warning in place of points.
    """

    policies: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    occurrence: Positive = 1
    points: Whole
    range: tuple[Whole, Whole] | None = None
    warning: bool = False


class Occurrences(Sourced, frozen=True, kw_only=True):
    """How occurrences of one type are counted for the matrix: over how long, and whether by policy or by leaf."""

    days: Positive
    by_leaf: bool = False


class ZeroTolerance(Sourced, frozen=True, kw_only=True):
    """Violations that lead to penalties directly, whatever the score."""

    counts: Filter
    steps: tuple[Step, ...]


class Quiz(Sourced, frozen=True, kw_only=True):
    """The policy quiz: a full score gives back `credit` points of a live deduction of its policy.

    At most `cap` credits in `cap_days` for each policy; `attempts` in all for each deduction; until the last day of the month that
    follows the deduction's. Deductions of the listed severities cannot be reduced.
    """

    credit: Positive
    cap: Positive
    cap_days: Positive
    attempts: Positive
    not_reducible: tuple[Severity, ...] = ()


class Earning(Sourced, frozen=True, kw_only=True):
    """Points earned by good conduct: `points` for every `per` of what the source counts, at most `cap` points in `cap_days`."""

    points: Positive
    per: Positive = 1
    cap: Positive | None = None
    cap_days: Positive | None = None
    expiry: Expiry


class CounterGate(Sourced, frozen=True, kw_only=True):
    """A counter that a reward asks to stand so."""

    counter: Name
    comparison: Comparison
    at: int


class Reward(Sourced, frozen=True, kw_only=True):
    """A benefit and the gates before it. `promotion_score` is the least Promotion Performance Score (0 to 5), in hundredths."""

    title: Name
    duration: Duration | None = None
    promotion_score: Whole | None = None
    gates: tuple[CounterGate, ...] = ()
    not_while_restricted: tuple[str, ...] = ()


class Law(Sourced, frozen=True, kw_only=True):
    """A law that holds for accounts of its jurisdiction, or of a member's."""

    jurisdiction: Name
    members: tuple[str, ...] = ()

    def applies(self, jurisdictions: tuple[str, ...]) -> bool:
        """Whether it holds for an account under these jurisdictions: one of them is the law's own, a member, or a part of one."""
        own = {self.jurisdiction, *self.members}
        return any(name in own or name.partition("-")[0] in own for name in jurisdictions)


class LegalMinimum(Law, frozen=True, kw_only=True):
    """The least time a law gives for an appeal, from the moment the creator was informed."""

    window: Duration


class DecisionLimit(Law, frozen=True, kw_only=True):
    """The most time a law gives for the decision of an appeal, from its filing; unless `pausable` it runs while the appellant is asked."""

    within: Duration
    pausable: bool = False


class Redress(Law, frozen=True, kw_only=True):
    """Where a law asks that an appellant who did not win wholly be told of further redress: the codes of the ways there are."""

    ways: tuple[Name, ...]


class Termination(Law, frozen=True, kw_only=True):
    """Where a law asks that a creator of one of these account types be told so long before all of the service is taken away for good.

    `exceptions` are the codes of the reasons for which it may be taken away at once.
    """

    account_types: tuple[Name, ...]
    notice: Duration
    exceptions: tuple[Name, ...]


class Certificate(StrEnum):
    """What whoever works on an appeal is asked to be certified for: a language of the creator's, every policy it is about."""

    LANGUAGE = "LANGUAGE"
    POLICY = "POLICY"


class AppealRule(Sourced, frozen=True, kw_only=True):
    """Appeals: the platform's window from the moment the creator was informed, levels, who may decide, and within what time.

    `second_window` is the time for each further level, from the moment the creator was informed of the decision before (default: `window`).
    `lease` is how long somebody has an appeal in hand who claims it, and then only that person may decide it; without it anybody who may
    decide appeals may decide this one. `answer_within` is the most time that the appellant may be given for an answer.
    """

    window: Duration
    levels: Positive = 1
    second_window: Duration | None = None
    person_required: bool = True
    decide_within: Duration | None = None
    answer_within: Duration | None = None
    lease: Duration | None = None
    certificates: tuple[Certificate, ...] = ()
    legal_minimums: tuple[LegalMinimum, ...] = ()
    decision_limits: tuple[DecisionLimit, ...] = ()
    redress: tuple[Redress, ...] = ()


class StatementRule(Table, frozen=True, kw_only=True):
    """Statements of reasons: which laws require one for every restriction, and what it says.

    `restricts` says what a capability stands for (PART_OF_SERVICE where it is not named), `content_types` which type a kind of content is
    (OTHER), `category` that of a policy without one of its own, `territories` where what is restricted everywhere is restricted.
    `texts` are Project Fluent messages by language, that of `language` for creators of any other; a pack file names the files they are in.
    """

    laws: tuple[Law, ...]
    schema_version: Name
    platform: Name
    terms: Name
    terms_address: str = ""
    category: Category
    territories: tuple[str, ...]
    restricts: dict[str, Restricts] = {}
    content_types: dict[str, ContentType] = {}
    template: Name
    language: Name
    texts: dict[str, str]

    def required(self, jurisdictions: tuple[str, ...]) -> bool:
        """Whether an account under these jurisdictions is owed a statement of reasons."""
        return any(law.applies(jurisdictions) for law in self.laws)

    def spoken(self, languages: tuple[str, ...]) -> str:
        """The first of somebody's languages that there is a text in, or else the pack's own; for `de-AT`, `de` will do."""
        known = (name for wanted in languages for name in (wanted, wanted.partition("-")[0]) if name in self.texts)
        return next(known, self.language)


class NoticeRule(Sourced, frozen=True, kw_only=True):
    """Notices to the creator: after how long one that was sent and did not bounce counts as received."""

    deemed_after: Duration | None = None


class ContentRule(Sourced, frozen=True, kw_only=True):
    """How old content may be, at its confirmation, for a violation in it to count."""

    greatest_age_days: Positive | None = None


class RemedyRule(Sourced, frozen=True, kw_only=True):
    """What is owed to a creator after a decision fell: which team owes it unless another is named, and within which time."""

    owner: str = ""
    within: Duration | None = None


class CountedFrom(StrEnum):
    """From when a retention class counts. Whatever is still open to contest is kept until it is not."""

    DECISION_FINAL = "DECISION_FINAL"  # when what the evidence belongs to was decided and can be contested no more
    GIVEN = "GIVEN"  # when the evidence was given


class Retention(Sourced, frozen=True, kw_only=True):
    """A retention class: how long evidence is kept after that moment."""

    after: Duration
    counted_from: CountedFrom = CountedFrom.DECISION_FINAL


class Pack(Table, frozen=True, kw_only=True):
    """A scheme in a market: all that its rules need to know. `domain.packs.reading` makes it from a file and checks it."""

    pack: Header
    counters: dict[str, Counter]
    zones: tuple[Zone, ...]
    policies: dict[str, Policy]
    points: tuple[PointRule, ...]
    occurrences: Occurrences
    zero_tolerance: tuple[ZeroTolerance, ...] = ()
    appeal: AppealRule
    notice: NoticeRule = NoticeRule()
    statement: StatementRule | None = None
    terminations: tuple[Termination, ...] = ()
    content: ContentRule = ContentRule()
    remedies: RemedyRule = RemedyRule()
    quiz: Quiz | None = None
    earning: dict[str, Earning] = {}
    rewards: dict[str, Reward] = {}
    retention: dict[str, Retention] = {}

    @property
    def score(self) -> Counter:
        """The counter that is shown as the account's health."""
        return self.counters[SCORE]

    @property
    def capabilities(self) -> frozenset[str]:
        """Every capability that a step of the pack may restrict."""
        steps = [step for counter in self.counters.values() for threshold in counter.thresholds for step in threshold.steps]
        steps += [step for rule in self.zero_tolerance for step in rule.steps]
        return frozenset(capability for step in steps for capability in step.capabilities)

    def zone(self, score: int) -> str:
        """The name of the zone in which a score lies."""
        return next(zone.name for zone in self.zones if zone.lowest <= score <= zone.highest)


SCORE = "score"
