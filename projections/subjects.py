"""The events by what they are about, for read models to name those they ignore."""

from __future__ import annotations

from domain.creator import (
    appeals,
    approvals,
    commission,
    content,
    deadlines,
    erasure,
    hearing,
    holds,
    judgement,
    notices,
    overruling,
    overturn,
    penalties,
    points,
    quizzes,
    relations,
    remedies,
    retention,
    rewards,
    scheme,
    statements,
    violations,
    warnings,
)
from domain.facts import Event

Events = frozenset[type[Event]]

SCORE: Events = frozenset({
    points.PointsDeducted, points.PointsEarned, points.PointsClawedBack, points.PointsRestored, points.PointsExpired})
MILESTONES: Events = frozenset({points.MilestoneCrossed, points.RepeatOffenceThresholdReached, points.MilestoneReversed})
COUNTERS: Events = MILESTONES | {points.StrikeIssued, points.StrikeExpired, points.StrikeRemoved}
QUIZZES: Events = frozenset({quizzes.QuizPassed, quizzes.QuizFailed})
WARNINGS: Events = frozenset({warnings.WarningIssued})
SUSPICIONS: Events = frozenset({violations.ViolationSuspected, violations.ViolationCorrected, violations.ViolationDismissed})
VERDICTS: Events = frozenset({violations.ViolationConfirmed, overturn.ViolationOverturned, overturn.ViolationAmended})
MEASURES: Events = frozenset({content.ContentRemoved, content.ContentDemoted, content.ContentLabelled, content.ContentRestored})
DELETIONS: Events = frozenset({content.ContentDeletedByOwner})
PENALTIES: Events = frozenset({
    penalties.PenaltyImposed, penalties.PenaltyProposed, penalties.PenaltyProposalDeclined, penalties.PenaltyProposalLapsed,
    penalties.PenaltyShortened, penalties.PenaltyExpired, penalties.PenaltyLifted, penalties.PenaltyReversed,
    penalties.PermissionSuspended, penalties.PermissionRevoked, penalties.PermissionRestored, penalties.RecommendationEligibilityRevoked,
    penalties.RecommendationEligibilityRestored, penalties.ExternalPenaltyRecorded})
PROGRESS: Events = frozenset({
    approvals.PenaltyApproved, penalties.RestrictionRequested, penalties.RestrictionApplied, penalties.RestrictionFailed,
    penalties.RestrictionLifted})
FORFEITURES: Events = frozenset({commission.CommissionForfeited, commission.CommissionReinstated})
COMMISSION: Events = FORFEITURES | {commission.CommissionFrozen, commission.CommissionReleased}
OPEN_NOTICES: Events = frozenset({notices.NoticeSent, notices.NoticeBounced})
INFORMED: Events = frozenset({notices.NoticeDelivered, notices.NoticeRead, notices.NoticeDeemed})
APPEALS: Events = frozenset({
    appeals.AppealSubmitted, appeals.AppealWithdrawn, appeals.AppealSettled, judgement.AppealDecided, hearing.AppealEvidenceAdded,
    hearing.InformationRequested, hearing.InformationProvided, deadlines.AppealDeadlineMissed, deadlines.AppealResumed})
LATE_FILING: Events = frozenset({appeals.LateAppealAdmitted})
EVIDENCE: Events = frozenset({hearing.EvidenceChanged})
OVERRULING: Events = frozenset({overruling.DecisionOverturned, overruling.QualityReviewRecorded})
DISPUTES: Events = frozenset({overruling.DisputeOpened, overruling.DisputeDecided, overruling.DisputeOutcomeImplemented})
RETENTION: Events = frozenset({retention.EvidenceRetentionScheduled, retention.EvidenceRetentionEnded})
REWARDS: Events = frozenset({rewards.RewardGranted, rewards.RewardRevoked, rewards.RewardExpired})
REMEDIES: Events = frozenset({remedies.RemedyOwed, remedies.RemedyAssigned, remedies.RemedyFulfilled})
TIERS: Events = frozenset({rewards.RewardTierChanged})
CONTESTS: Events = LATE_FILING | EVIDENCE | OVERRULING | DISPUTES
RELATIONS: Events = frozenset({
    relations.RepresentativeAuthorised, relations.RepresentativeRevoked, relations.AccountLinked, relations.AccountUnlinked})
ERASURES: Events = frozenset({
    erasure.ErasureRequested, erasure.ErasureDeclined, erasure.CreatorErased, holds.LegalHoldPlaced, holds.LegalHoldReleased})
SCHEMES: Events = frozenset({scheme.SchemeAdopted})
MARKETS: Events = frozenset({scheme.CreatorAccountOpened, scheme.AccountMarketChanged})
STATEMENTS: Events = frozenset({statements.StatementOfReasonsIssued})
AFTER_STATEMENTS: Events = frozenset({
    statements.StatementOfReasonsCorrected, statements.StatementOfReasonsSubmitted, statements.StatementOfReasonsRejected})
