"""What an account is, folded from its history: no personal text, no pack, only what decisions need."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from domain.calendar import Duration
from domain.creator.finding import ContentKind, SourceKind
from domain.creator.ledger import Ledger
from domain.identity import AppealId, ContentId, EntryId, FreezeId, NoticeId, PackHash, PackId, PenaltyId, RewardId, StatementId, ViolationId
from domain.packs.model import Severity

REVISION = "2"
PERSON = "PERSON"


class Value(msgspec.Struct, frozen=True, gc=False):
    """An immutable part of the state. No cycle can lead through one, so the garbage collector need not look: snapshots load three times faster."""


class Restriction(Value, frozen=True, omit_defaults=True):
    """What the creator may not do: a capability, in a category, a territory and an item; "*" means all."""

    capability: str
    category: str = "*"
    territory: str = "*"
    item: str = "*"


class Application(StrEnum):
    """Whether the platform has carried out what was decided."""

    REQUESTED = "REQUESTED"
    APPLIED = "APPLIED"
    FAILED = "FAILED"


class Penalty(Value, frozen=True, omit_defaults=True):
    """A restriction because of violations, a milestone or a repeat rule; `channel` PERSON if somebody placed it by hand.

    `trigger` is the cause that set it off, `violations` those it rests on. `ends_at` None: without end.
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

    @property
    def key(self) -> tuple[UUID, str, str, tuple[Restriction, ...]]:
        """What makes an automatic penalty the same one in another history."""
        return self.trigger, self.channel, self.kind, self.restrictions

    @property
    def by_person(self) -> bool:
        """Whether a person placed it; the rules then never lift it by themselves."""
        return self.channel == PERSON


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


class Closed(Value, frozen=True, tag=True):
    """A suspicion that was corrected or dismissed."""

    policy: str
    corrected: bool


class Confirmed(Value, frozen=True, tag=True, omit_defaults=True):
    """A violation as decided: what its consequences follow from. `at` is when it took effect."""

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
    amended_by: tuple[str, ...] = ()

    @property
    def deciders(self) -> frozenset[str]:
        """The ids of those who decided it, or amended what was decided."""
        return frozenset({self.decided_by, *self.amended_by})


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


class ContentState(Value, frozen=True, omit_defaults=True):
    """Measures in force on a content item with the violation each rests on, and whether its owner deleted it."""

    measures: tuple[tuple[Measure, ViolationId], ...] = ()
    deleted: bool = False


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
    """When the creator was first informed of a decision, and until when an appeal against it may be filed."""

    at: datetime
    appeal_until: datetime


class Freeze(Value, frozen=True):
    """Commission held because of a penalty; `amount` in minor units of the currency."""

    penalty: PenaltyId
    amount: int
    currency: str
    version: int


class Stated(Value, frozen=True, omit_defaults=True):
    """A statement of reasons about a restriction: whether it was corrected, and what the DSA Transparency Database said of it."""

    subject: UUID
    corrected: bool = False
    remote_id: str = ""
    errors: tuple[str, ...] = ()


class Reward(Value, frozen=True):
    """A live benefit."""

    kind: str
    ends_at: datetime | None
    version: int


class Submitted(Value, frozen=True, tag=True):
    """An appeal that waits for its decision."""

    subject: UUID
    level: int
    ordinal: int


class Withdrawn(Value, frozen=True, tag=True):
    """An appeal that was taken back."""

    subject: UUID
    level: int
    ordinal: int


class Decided(Value, frozen=True, tag=True):
    """An appeal that was decided."""

    subject: UUID
    level: int
    ordinal: int
    reversed: bool
    decided_by: str


Appeal = Submitted | Withdrawn | Decided


class Representative(Value, frozen=True):
    """Somebody who may act for the creator until `until` (None: until revoked)."""

    kind: str
    until: datetime | None


class QuizAttempts(Value, frozen=True):
    """Attempts at the quiz for one deduction."""

    used: int
    passed: bool = False


class QuizCredit(Value, frozen=True):
    """A credit that a quiz gave."""

    policy: str
    at: datetime


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
    """One creator's account. `at` is the latest time anything in it occurred; `cause_version` the last fact that was decided, not bookkept."""

    id: UUID = UUID(int=0)
    version: int = 0
    cause_version: int = 0
    at: datetime | None = None
    market: str = ""
    jurisdictions: tuple[str, ...] = ()
    scheme: Scheme | None = None
    standing: Standing = msgspec.field(default_factory=Standing)
    violations: dict[ViolationId, Violation] = {}
    causes: list[CauseRecord] = []
    ended: dict[PenaltyId, Penalty] = {}
    contents: dict[ContentId, ContentState] = {}
    notices: dict[NoticeId, Notice] = {}
    informed: dict[UUID, Informed] = {}
    opened_at: datetime | None = None
    account_type: str = ""
    languages: tuple[str, ...] = ()
    freezes: dict[FreezeId, Freeze] = {}
    rewards: dict[RewardId, Reward] = {}
    tier: str = ""
    appeals: dict[AppealId, Appeal] = {}
    representatives: dict[str, Representative] = {}
    links: dict[str, str] = {}
    quiz_attempts: dict[EntryId, QuizAttempts] = {}
    quiz_credits: tuple[QuizCredit, ...] = ()
    statements: dict[StatementId, Stated] = {}

    @property
    def registered(self) -> bool:
        """Whether the account has been opened."""
        return self.scheme is not None

    def copy(self) -> Account:
        """An account that may be written to without touching this one. Everything inside the containers is immutable."""
        return msgspec.structs.replace(self, **{name: getattr(self, name).copy() for name in CONTAINERS})


CONTAINERS = tuple(name for name in Account.__struct_fields__ if isinstance(getattr(Account(), name), dict | list | Standing))
