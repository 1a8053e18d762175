"""What an account is, folded from its history: no personal text, no pack, only what decisions need."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.calendar import Duration, Unit
from domain.creator.finding import ContentKind, Origin, SourceKind
from domain.creator.ledger import Ledger, Tally
from domain.facts import Actor, ActorKind
from domain.identity import (
    AppealId,
    ContentId,
    DisputeId,
    EntryId,
    EvidenceId,
    ForfeitureId,
    FreezeId,
    MeasureId,
    MilestoneId,
    NoticeId,
    PackHash,
    PackId,
    PenaltyId,
    RemedyId,
    RewardId,
    StatementId,
    ViolationId,
)
from domain.packs.model import Severity

REVISION = "4"
PERSON = "PERSON"
EXTERNAL = "EXTERNAL"

Stretch = tuple[datetime, datetime]  # of time, without its end


class Value(msgspec.Struct, frozen=True, gc=False):
    """An immutable part of the state. No cycle can lead through one, so the garbage collector need not look: snapshots load three times faster."""


class Restriction(Value, frozen=True, omit_defaults=True):
    """What the creator may not do: a capability, in a category, a territory and an item; "*" means all."""

    capability: str
    category: str = "*"
    territory: str = "*"
    item: str = "*"

    @property
    def name(self) -> str:
        """All four in one word."""
        return f"{self.capability}/{self.category}/{self.territory}/{self.item}"


class Application(StrEnum):
    """Whether the platform has carried out what was decided."""

    REQUESTED = "REQUESTED"
    APPLIED = "APPLIED"
    FAILED = "FAILED"


class Penalty(Value, frozen=True, omit_defaults=True):
    """A restriction because of violations, a milestone or a repeat rule; `channel` PERSON or EXTERNAL: somebody, or another system, placed it.

    `trigger` is the cause that set it off, `violations` those it rests on. `ends_at` None: without end. `reversed`: it is over because it fell,
    or had been over when it fell; `kept`: it was kept by hand where a violation under it fell; `over_at`: when it was over in fact,
    `ends_at` when it should have been; `earlier`: when it was in force in the interim, before it was approved.
    """

    id: PenaltyId
    kind: str
    channel: str
    trigger: UUID
    violations: tuple[ViolationId, ...]
    restrictions: tuple[Restriction, ...]
    starts_at: datetime
    ends_at: datetime | None
    decided_by: str
    version: int
    restorable: bool = True
    interim: bool = False
    application: Application = Application.REQUESTED
    reversed: bool = False
    kept: bool = False
    over_at: datetime | None = None
    earlier: tuple[Stretch, ...] = ()

    @property
    def key(self) -> tuple[UUID, str, str, tuple[Restriction, ...]]:
        """What makes an automatic penalty the same one in another history."""
        return self.trigger, self.channel, self.kind, self.restrictions

    @property
    def by_person(self) -> bool:
        """Whether it was placed otherwise than by the rules, here or in another system; they then never lift it by themselves."""
        return self.channel in (PERSON, EXTERNAL)


class Proposal(Value, frozen=True):
    """A penalty that waits for a second person until `lapses_at`; its `duration` (None: without end) counts from the approval."""

    penalty: Penalty
    duration: Duration | None
    lapses_at: datetime


class Noticed(Value, frozen=True, omit_defaults=True):
    """What a violation was found in, and how it came to notice: what the creator is told of it in a statement of reasons."""

    kind: ContentKind
    content_at: datetime
    source: SourceKind = SourceKind.OWN_INITIATIVE
    automatically: bool = False


class Suspected(Value, frozen=True, tag=True, omit_defaults=True):
    """A violation that is suspected, not decided; while `correct_until` is ahead the creator may put it right."""

    policy: str
    severity: Severity
    content_id: ContentId
    correct_until: datetime | None
    version: int
    noticed: Noticed
    items: tuple[ContentId, ...] = ()


class Closed(Value, frozen=True, tag=True):
    """A suspicion that was corrected or dismissed."""

    policy: str
    corrected: bool


class Confirmed(Value, frozen=True, tag=True, omit_defaults=True):
    """A violation as decided: what its consequences follow from. `at` is when it took effect.

    One with an `origin` was decided by another system: it counts, and imposes nothing.
    """

    policy: str
    severity: Severity
    at: datetime
    schedule: PackHash
    content_id: ContentId
    noticed: Noticed
    group: str
    decided_by: str
    automated: bool
    version: int
    leaf: str = ""
    feature: str = ""
    discretion: int | None = None
    items: tuple[ContentId, ...] = ()
    origin: Origin | None = None


class Overturned(Value, frozen=True, tag=True):
    """A violation that was decided and does not stand."""

    was: Confirmed
    version: int


Violation = Suspected | Closed | Confirmed | Overturned


class ViolationCause(Value, frozen=True, tag=True):
    """In the order of causes: a violation was confirmed."""

    id: ViolationId


class SchemeCause(Value, frozen=True, tag=True):
    """In the order of causes: a pack was adopted."""

    at: datetime
    hash: PackHash
    keep: bool


class CreditCause(Value, frozen=True, tag=True):
    """In the order of causes: points were earned, or clawed back (`delta` against an entry made before)."""

    at: datetime
    entry: EntryId
    source: UUID
    delta: int
    expires_at: datetime | None


class EntryCause(Value, frozen=True, tag=True):
    """In the order of causes: a live entry was changed by a quiz (towards zero) or a clawback."""

    at: datetime
    entry: EntryId
    delta: int


class ApprovalCause(Value, frozen=True, tag=True):
    """In the order of causes: a second person approved a proposal."""

    at: datetime
    penalty: PenaltyId
    approver: str


CauseRecord = ViolationCause | SchemeCause | CreditCause | EntryCause | ApprovalCause


class Scheme(Value, frozen=True):
    """The pack an account lives under."""

    name: str
    pack: PackId
    version: int
    hash: PackHash


class Measure(StrEnum):
    """What was done to a content item."""

    REMOVED = "REMOVED"
    DEMOTED = "DEMOTED"
    LABELLED = "LABELLED"


class MeasureTaken(Value, frozen=True):
    """A measure in force on a content item because of a violation."""

    content_id: ContentId
    measure: Measure
    violation: ViolationId
    at: datetime
    version: int
    decided_by: str


class Milestone(Value, frozen=True):
    """A threshold that a violation made a counter reach: what was enforced for it are the penalties of that `channel` and trigger."""

    violation: ViolationId
    channel: str
    tally: Tally
    threshold: int
    at: datetime
    version: int


class Forfeiture(Value, frozen=True):
    """Commission that is lost to the creator; `amount` in minor units of the currency."""

    freeze: FreezeId
    penalty: PenaltyId
    amount: int
    currency: str
    orders: tuple[str, ...]
    at: datetime
    version: int
    decided_by: str


class Notice(Value, frozen=True, omit_defaults=True):
    """A notice to the creator about a decision; `informed_at` once it was delivered, read or deemed received."""

    subject: UUID
    sent_at: datetime
    deemed_at: datetime | None
    version: int
    bounced: bool = False
    read: bool = False
    informed_at: datetime | None = None


class Informed(Value, frozen=True, omit_defaults=True):
    """When the creator was first informed of a decision, until when an appeal against it may be filed, and by which rule."""

    at: datetime
    appeal_until: datetime
    rule: str = ""


class Freeze(Value, frozen=True, omit_defaults=True):
    """Commission held because of a penalty, or forfeited out of what was held; `amount` in minor units of the currency."""

    penalty: PenaltyId
    amount: int
    currency: str
    version: int
    orders: tuple[str, ...] = ()


class Stated(Value, frozen=True, omit_defaults=True):
    """A statement of reasons about a restriction: whether it was corrected, and what the DSA Transparency Database said of it."""

    subject: UUID
    corrected: bool = False
    remote_id: str = ""
    errors: tuple[str, ...] = ()


class Reward(Value, frozen=True, omit_defaults=True):
    """A live benefit, or one that was taken back: `because` of which violations or penalties."""

    kind: str
    ends_at: datetime | None
    version: int
    because: tuple[UUID, ...] = ()


class RemedyKind(StrEnum):
    """What is owed: for time that a restriction was served wrongly, commission that is to be paid out, a reward to be offered again."""

    SERVED_TIME = "SERVED_TIME"
    COMMISSION = "COMMISSION"
    REWARD = "REWARD"


class Remedy(Value, frozen=True, omit_defaults=True):
    """Something owed to the creator, by whom (a team's code) and by when; `reward` is the kind of reward. `fulfilled` once it was given."""

    kind: RemedyKind
    reward: str = ""
    owner: str = ""
    due_at: datetime | None = None
    fulfilled: bool = False
    reference: str = ""


class Clock(Value, frozen=True, omit_defaults=True):
    """Until when an appeal must be decided by one rule; a `pausable` one stands still while the appellant is asked for more."""

    rule: str
    due_at: datetime
    unit: Unit
    pausable: bool = False


class Question(Value, frozen=True):
    """The appellant is asked for more, since when and until when."""

    since: datetime
    until: datetime
    version: int


class Submitted(Value, frozen=True, tag=True, omit_defaults=True):
    """An appeal that waits for its decision; `question` while the appellant is asked for more.

    `filed` is the version of the fact that it was filed in; `missed` are clocks that ran out; `evidence` each reference with its digest.
    """

    subject: UUID
    level: int
    ordinal: int
    filed: int
    clocks: tuple[Clock, ...] = ()
    missed: tuple[Clock, ...] = ()
    evidence: tuple[tuple[str, str], ...] = ()
    question: Question | None = None


class Withdrawn(Value, frozen=True, tag=True):
    """An appeal that was taken back, or closed without a decision."""

    subject: UUID
    level: int
    ordinal: int
    filed: int


class Decided(Value, frozen=True, tag=True, omit_defaults=True):
    """An appeal that was decided."""

    subject: UUID
    level: int
    ordinal: int
    filed: int
    outcome: str
    decided_by: str
    at: datetime
    version: int


Appeal = Submitted | Withdrawn | Decided


class Dispute(Value, frozen=True, omit_defaults=True):
    """A dispute before a body outside the platform; `outcome` "" while it is open, `implemented` once what was decided is carried out."""

    subject: UUID
    body: str
    outcome: str = ""
    implemented: bool = False


class Representative(Value, frozen=True):
    """Somebody who may act for the creator until `until` (None: until revoked)."""

    kind: str
    until: datetime | None


class Link(Value, frozen=True):
    """Another account that this one has to do with, and the evidence seen: each by its digest, or (of old) by its reference."""

    relation: str
    evidence: tuple[str, ...]


class QuizAttempts(Value, frozen=True):
    """Attempts at the quiz for one deduction."""

    used: int
    passed: bool = False


class QuizCredit(Value, frozen=True):
    """A credit that a quiz gave."""

    policy: str
    at: datetime


class ErasureAwaited(Value, frozen=True, tag=True):
    """An erasure of the account's personal data that waits for a second person; `reference` is what it goes by elsewhere ("": nothing)."""

    ground: str
    reference: str
    requested_by: str
    requested_at: datetime


class Erased(Value, frozen=True, tag=True):
    """The account's personal data was erased."""

    at: datetime


class Kept(Value, frozen=True, omit_defaults=True):
    """A piece of evidence that is kept under a retention class.

    It was given in `given_in` (a violation, an appeal, a link) and belongs to the decision `matter`; its class counts from `since` until
    `due_at` (None: that can still be contested), as the fact of version `scheduled` says.
    """

    reference: str
    sha256: str
    retention: str
    given_in: UUID
    matter: UUID
    given_at: datetime
    since: datetime | None = None
    due_at: datetime | None = None
    scheduled: int = 0


class Standing(msgspec.Struct):
    """What the causes so far have led to: the ledger, the violations counted by type, the penalties and proposals in force."""

    ledger: Ledger = msgspec.field(default_factory=Ledger)
    counted: dict[str, tuple[tuple[ViolationId, datetime], ...]] = {}
    penalties: dict[PenaltyId, Penalty] = {}
    proposals: dict[PenaltyId, Proposal] = {}

    def copy(self) -> Standing:
        """A standing that may be written to without touching this one."""
        return Standing(self.ledger.copy(), dict(self.counted), dict(self.penalties), dict(self.proposals))


class Account(msgspec.Struct):
    """One creator's account.

    `at` is the latest time anything in it occurred; `cause_version` the last fact that was decided, not bookkept. `admitted`: until when a
    late appeal about a subject may be filed; `participants`: who took part in a decision otherwise than by making it, `reviewers`: who
    among them reviewed its quality; `evidence`: the digest of each reference as last seen. `forfeitures` and `lost` are commission and
    rewards that were taken because of something, and not made good since, `served_owed` the seconds that are owed for
    each restriction (by its name). `legal_holds`: since when it must be kept as it is, by the matter's reference. `kept` is evidence with a retention
    class.
    """

    id: UUID = UUID(int=0)
    version: int = 0
    cause_version: int = 0
    at: datetime | None = None
    market: str = ""
    jurisdictions: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    scheme: Scheme | None = None
    standing: Standing = msgspec.field(default_factory=Standing)
    violations: dict[ViolationId, Violation] = {}
    causes: list[CauseRecord] = []
    ended: dict[PenaltyId, Penalty] = {}
    measures: dict[MeasureId, MeasureTaken] = {}
    deleted: dict[ContentId, datetime] = {}
    milestones: dict[MilestoneId, Milestone] = {}
    forfeitures: dict[ForfeitureId, Forfeiture] = {}
    notices: dict[NoticeId, Notice] = {}
    informed: dict[UUID, Informed] = {}
    opened_at: datetime | None = None
    account_type: str = ""
    freezes: dict[FreezeId, Freeze] = {}
    rewards: dict[RewardId, Reward] = {}
    lost: dict[RewardId, Reward] = {}
    remedies: dict[RemedyId, Remedy] = {}
    served_owed: dict[str, int] = {}
    tier: str = ""
    appeals: dict[AppealId, Appeal] = {}
    admitted: dict[UUID, datetime] = {}
    disputes: dict[DisputeId, Dispute] = {}
    participants: dict[UUID, tuple[str, ...]] = {}
    reviewers: dict[UUID, tuple[str, ...]] = {}
    evidence: dict[str, str] = {}
    kept: dict[EvidenceId, Kept] = {}
    representatives: dict[str, Representative] = {}
    links: dict[str, Link] = {}
    quiz_attempts: dict[EntryId, QuizAttempts] = {}
    quiz_credits: tuple[QuizCredit, ...] = ()
    statements: dict[StatementId, Stated] = {}
    erasure: ErasureAwaited | Erased | None = None
    legal_holds: dict[str, datetime] = {}

    @property
    def registered(self) -> bool:
        """Whether the account has been opened."""
        return self.scheme is not None

    def takes_part(self, subject: UUID, actor: Actor) -> None:
        """Note that somebody took part in a decision about a subject; the system takes part in none."""
        before = self.participants.get(subject, ())
        if actor.kind is not ActorKind.SYSTEM and actor.id not in before:
            self.participants[subject] = (*before, actor.id)

    def copy(self) -> Account:
        """An account that may be written to without touching this one. Everything inside the containers is immutable."""
        return msgspec.structs.replace(self, **{name: getattr(self, name).copy() for name in CONTAINERS})


CONTAINERS = tuple(name for name in Account.__struct_fields__ if isinstance(getattr(Account(), name), dict | list | Standing))
