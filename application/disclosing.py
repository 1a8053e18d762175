"""What a creator is told of all that is held about the account, and what is not told and why: Articles 15 and 20 of the GDPR.

Every field of personal text in the events is named here, and whatever else of events and read models is not told. A test keeps that complete,
so that who adds a field has to say whether it is the creator's.
"""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import Table

from projections import tables


class Withheld(StrEnum):
    """Why something is not told."""

    STAFF = "STAFF"
    OTHERS = "OTHERS"
    INTERNAL = "INTERNAL"
    EVIDENCE = "EVIDENCE"
    LEGAL = "LEGAL"


REASONS = {
    Withheld.STAFF: "Who of the platform's staff acted is not told, in which capacity is: who they are is personal data of their own "
                    "(Article 15(4) GDPR).",
    Withheld.OTHERS: "What is about other accounts, or could tell who reported something, is not told: it would adversely affect the rights of "
                     "others (Article 15(4) GDPR).",
    Withheld.INTERNAL: "Notes by which the platform checks the work of its own staff, and by which it steers its systems, are not told.",
    Withheld.LEGAL: "That records are kept because of a legal matter is told; which one is not, for it could harm a proceeding or a claim.",
    Withheld.EVIDENCE: "Where evidence that others gave lies, and what they noted about it, is not told: it could show who reported something "
                       "(Article 15(4) GDPR). That there is some, and its kind, is; what the creator or a representative gave is told whole.",
}
OWN = None

PERSONAL: dict[tuple[str, str], Withheld | None] = {
    ("AccountLinked", "reasons"): Withheld.OTHERS,
    ("AccountUnlinked", "reasons"): Withheld.OTHERS,
    ("AppealDecided", "reasons"): OWN,
    ("AppealSubmitted", "grounds"): OWN,
    ("CommissionForfeited", "reasons"): OWN,
    ("ContentDemoted", "reasons"): OWN,
    ("ContentLabelled", "reasons"): OWN,
    ("ContentRemoved", "reasons"): OWN,
    ("ContentRestored", "reasons"): OWN,
    ("CreatorAccountOpened", "contact"): OWN,
    ("CreatorAccountOpened", "handle"): OWN,
    ("DecisionOverturned", "reasons"): OWN,
    ("Discretion", "reasons"): OWN,
    ("DisputeDecided", "reasons"): OWN,
    ("Evidence", "note"): Withheld.EVIDENCE,  # unless the creator gave it
    ("ErasureDeclined", "reasons"): OWN,
    ("ErasureRequested", "reasons"): OWN,
    ("ExternalPenaltyRecorded", "reasons"): OWN,
    ("Factor", "reasons"): OWN,
    ("InformationProvided", "answer"): OWN,
    ("InformationRequested", "question"): OWN,
    ("LateAppealAdmitted", "reasons"): OWN,
    ("LegalHoldPlaced", "reasons"): Withheld.LEGAL,
    ("LegalHoldReleased", "reasons"): Withheld.LEGAL,
    ("NoticeBounced", "detail"): OWN,
    ("PenaltyApproved", "reasons"): OWN,
    ("PenaltyImposed", "reasons"): OWN,
    ("PenaltyLifted", "reasons"): OWN,
    ("PenaltyProposalDeclined", "reasons"): OWN,
    ("PenaltyShortened", "reasons"): OWN,
    ("PermissionRestored", "reasons"): OWN,
    ("PermissionRevoked", "reasons"): OWN,
    ("PermissionSuspended", "reasons"): OWN,
    ("PointsClawedBack", "reasons"): OWN,
    ("QualityReviewRecorded", "note"): Withheld.INTERNAL,
    ("RecommendationEligibilityRestored", "reasons"): OWN,
    ("RecommendationEligibilityRevoked", "reasons"): OWN,
    ("RemedyFulfilled", "note"): OWN,
    ("RestrictionFailed", "detail"): OWN,
    ("RewardRevoked", "reasons"): OWN,
    ("ViolationAmended", "reasons"): OWN,
    ("ViolationConfirmed", "facts"): OWN,
    ("ViolationDismissed", "reasons"): OWN,
    ("WarningIssued", "reasons"): OWN,
}
FIELDS: dict[tuple[str, str], Withheld] = {  # of the events, beside personal text
    ("AccountLinked", "evidence"): Withheld.OTHERS,
    ("AccountLinked", "other"): Withheld.OTHERS,
    ("AccountUnlinked", "other"): Withheld.OTHERS,
    ("Evidence", "reference"): Withheld.EVIDENCE,  # likewise
    ("Evidence", "sha256"): Withheld.EVIDENCE,  # likewise
    ("CreatorErased", "requested_by"): Withheld.STAFF,
    ("EvidenceChanged", "reference"): Withheld.EVIDENCE,
    ("EvidenceChanged", "before"): Withheld.EVIDENCE,
    ("EvidenceChanged", "sha256"): Withheld.EVIDENCE,
    ("LegalHoldPlaced", "reference"): Withheld.LEGAL,
    ("LegalHoldReleased", "reference"): Withheld.LEGAL,
    ("Origin", "decided_by"): Withheld.STAFF,
    ("PenaltyImposed", "approved_by"): Withheld.STAFF,
    ("PenaltyImposed", "decided_by"): Withheld.STAFF,
    ("PenaltyProposed", "decided_by"): Withheld.STAFF,
    ("QualityReviewRecorded", "error_type"): Withheld.INTERNAL,
    ("QualityReviewRecorded", "verdict"): Withheld.INTERNAL,
    ("RemedyAssigned", "owner"): Withheld.STAFF,
    ("RemedyOwed", "owner"): Withheld.STAFF,
    ("RetainedEvidence", "reference"): Withheld.EVIDENCE,
    ("RetainedEvidence", "sha256"): Withheld.EVIDENCE,
    ("Source", "reference"): Withheld.OTHERS,
}

SECTIONS: dict[str, Table] = {
    "violations": tables.violations,
    "contentMeasures": tables.content_measures,
    "penalties": tables.penalties,
    "milestones": tables.milestones,
    "commission": tables.commission,
    "appeals": tables.appeals,
    "disputes": tables.disputes,
    "rewards": tables.rewards,
    "remedies": tables.remedies,
    "statementsOfReasons": tables.statements,
}
# Where rows stand and how they are kept: nothing about anybody.
PLACES = frozenset({"log", "sequence", "position", "listed_at", "health", "next_change_at", "creator_id", "changed_at"})
COLUMNS: dict[str, dict[str, Withheld]] = {  # of each table, those that are not told
    "creators": {"links": Withheld.OTHERS},
    "violations": {"decided_by": Withheld.STAFF, "source_reference": Withheld.OTHERS, "root_cause": Withheld.INTERNAL,
                   "evidence": Withheld.EVIDENCE},
    "content_measures": {"taken_by": Withheld.STAFF},
    "penalties": {"decided_by": Withheld.STAFF, "approved_by": Withheld.STAFF, "ended_by": Withheld.STAFF},
    "milestones": {},
    "commission": {},
    "appeals": {"decided_by": Withheld.STAFF, "root_cause": Withheld.INTERNAL},
    "disputes": {"root_cause": Withheld.INTERNAL},
    "rewards": {"granted_by": Withheld.STAFF},
    "remedies": {"owner": Withheld.STAFF, "fulfilled_by": Withheld.STAFF},
    "statements": {"remote_id": Withheld.INTERNAL, "errors": Withheld.INTERNAL},
}
