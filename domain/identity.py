"""Names of things. An id that must be unique is derived from what makes it unique, so that the store itself refuses a second one."""

from __future__ import annotations

from typing import Annotated, NewType
from uuid import UUID, uuid5

CreatorId = NewType("CreatorId", UUID)
PackId = NewType("PackId", UUID)
ViolationId = NewType("ViolationId", UUID)
PenaltyId = NewType("PenaltyId", UUID)
EntryId = NewType("EntryId", UUID)
AppealId = NewType("AppealId", UUID)
CaseId = NewType("CaseId", UUID)
RewardId = NewType("RewardId", UUID)
NoticeId = NewType("NoticeId", UUID)
FreezeId = NewType("FreezeId", UUID)
ForfeitureId = NewType("ForfeitureId", UUID)
MeasureId = NewType("MeasureId", UUID)
MilestoneId = NewType("MilestoneId", UUID)
DisputeId = NewType("DisputeId", UUID)
RemedyId = NewType("RemedyId", UUID)
StatementId = NewType("StatementId", UUID)
EvidenceId = NewType("EvidenceId", UUID)
ContentId = NewType("ContentId", str)
PackHash = NewType("PackHash", str)


class Digest:
    """Marks text as a SHA-256 in lower-case hexadecimal. msgspec ignores the mark: commands are held to it, stored events are read as they are."""


Sha256 = Annotated[str, Digest()]

NAMESPACE = UUID("6f1d5c2e-6f0b-5b57-9a51-0c4a5c8d7b10")


def creator_id(external_id: str) -> CreatorId:
    """The creator's stream: derived from the platform's own account id (a pseudonym, never a handle)."""
    return CreatorId(uuid5(NAMESPACE, f"creator/{external_id}"))


def pack_id(scheme: str, market: str) -> PackId:
    """The stream of one scheme's packs in one market."""
    return PackId(uuid5(NAMESPACE, f"pack/{scheme}/{market}"))


def case_id(appeal: AppealId) -> CaseId:
    """The stream of the work on one appeal."""
    return CaseId(uuid5(appeal, "case"))


def derived(owner: UUID, *parts: object) -> UUID:
    """An id within an owner's stream, from the parts that make it unique there."""
    return uuid5(owner, "/".join(str(part) for part in parts))
