"""What was found about a content item or behaviour: the part of a violation that people and models decide. It holds no figures."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from domain.facts import Personal
from domain.identity import ContentId, PackHash, Sha256
from domain.packs.model import Severity


class ContentKind(StrEnum):
    """What kind of content a finding is about."""

    VIDEO = "VIDEO"
    LIVE = "LIVE"
    IMAGE = "IMAGE"
    TEXT = "TEXT"
    AUDIO = "AUDIO"
    PRODUCT_SHOWCASE = "PRODUCT_SHOWCASE"
    BEHAVIOUR = "BEHAVIOUR"


class SourceKind(StrEnum):
    """Where the suspicion came from."""

    OWN_INITIATIVE = "OWN_INITIATIVE"
    NOTICE = "NOTICE"
    TRUSTED_FLAGGER = "TRUSTED_FLAGGER"
    USER_REPORT = "USER_REPORT"
    ORDER = "ORDER"


class Sensitivity(StrEnum):
    """How carefully a piece of evidence must be shown."""

    NORMAL = "NORMAL"
    SENSITIVE = "SENSITIVE"
    GRAPHIC = "GRAPHIC"


class Effect(StrEnum):
    """Whether a factor weighs against the creator or in favour."""

    AGGRAVATING = "AGGRAVATING"
    MITIGATING = "MITIGATING"


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """The content item: when it was made (until `ended_at` for a LIVE), and how many seconds into it the occurrence lies."""

    id: ContentId
    kind: ContentKind
    created_at: datetime
    ended_at: datetime | None = None
    offset_seconds: int | None = None
    markets: tuple[str, ...] = ()
    feature: str = ""
    category: str = ""


class Detection(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who or what noticed: a detector has id, version and score (0 to 1); a person has none."""

    detected_at: datetime | None = None
    automated: bool = False
    detector: str = ""
    detector_version: str = ""
    confidence: float | None = None


class Source(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where the suspicion came from. `reference` names a notice or order; the notifier is never in the creator's stream."""

    kind: SourceKind = SourceKind.OWN_INITIATIVE
    reference: str = ""


class Factor(msgspec.Struct, frozen=True, omit_defaults=True):
    """What makes a violation graver or lighter, with reasons."""

    effect: Effect
    code: str
    reasons: Personal


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reference to evidence, with the SHA-256 (hex) of its content, its kind and its retention class."""

    reference: str
    sha256: Sha256 = ""  # no command may be without (what cannot be checked proves nothing), an event recorded earlier may
    kind: str = ""
    retention: str = ""
    sensitivity: Sensitivity = Sensitivity.NORMAL
    note: Personal | None = None


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """A violation as found: which rule, how grave, in which content, how it came to notice.

    `count_group` names what counts once only (a session, a batch, a notice); without it the content item with its offset does. `items` are
    the further content items of a batch found in breach with it.
    """

    policy: str
    severity: Severity
    content: Content
    leaf: str = ""
    count_group: str = ""
    factors: tuple[Factor, ...] = ()
    detection: Detection = Detection()
    source: Source = Source()
    evidence: tuple[Evidence, ...] = ()
    items: tuple[ContentId, ...] = ()

    @property
    def group(self) -> str:
        """What this finding is counted in, once for each policy."""
        offset = self.content.offset_seconds
        return self.count_group or (self.content.id if offset is None else f"{self.content.id}@{offset}")


class Origin(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The decision of another system: which system, what it is called there, and who decided it there (a pseudonym; "": not told)."""

    system: str
    reference: str
    decided_by: str = ""


class PolicyPin(msgspec.Struct, frozen=True):
    """The policy text a violation is judged by (in force at the content's date) and the schedule of sanctions its points come from.

    Both are named by the hash of a pack's content; `text_sha256` (hex) is that of the text in `language`.
    """

    text_pack: PackHash
    text_version: int
    text_sha256: str
    language: str
    schedule: PackHash
    schedule_version: int


class Discretion(msgspec.Struct, frozen=True):
    """Points chosen by a person within the range that the pack grants, with reasons."""

    points: int
    reasons: Personal
