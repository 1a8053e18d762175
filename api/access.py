"""Who may do what: a table of all mutations, one of queries, one of subscriptions; whose accounts one sees.

What is asked of an account can be previewed by whoever may do it; work at the desk has no preview.
"""

from __future__ import annotations

from api.errors import Forbidden, Unauthenticated
from api.identity import Principal, Role
from domain.identity import CreatorId

ALL = frozenset(Role)
MODERATION = frozenset({Role.MODERATOR, Role.INCIDENT_COMMANDER, Role.ADMIN})
INGEST = MODERATION | {Role.SERVICE}
PLATFORM = frozenset({Role.SERVICE, Role.ADMIN})
REVIEW = frozenset({Role.APPEALS_REVIEWER, Role.ADMIN})
APPELLANT = frozenset({Role.CREATOR, Role.AGENCY, Role.GUARDIAN})
OWNER = frozenset({Role.CREATOR})
POLICY = frozenset({Role.POLICY_MANAGER, Role.ADMIN})
COUNSEL = frozenset({Role.ADMIN})  # who lifts a hold must be trusted with what it protects
STAFF = ALL - APPELLANT
OVERSIGHT = frozenset({Role.AUDITOR, Role.ADMIN})  # who oversees the others: it shows what each of them did, and whose data they read
WITNESSES = OVERSIGHT | {Role.SERVICE}  # programs that keep heads elsewhere

AT_DESK = dict.fromkeys(("assignAppeal", "reassignAppeal", "claimAppeal", "releaseAppeal", "recuseFromAppeal"), REVIEW)
MAY_DO: dict[str, frozenset[Role]] = {
    "registerCreator": PLATFORM,
    "changeMarket": PLATFORM,
    "adoptScheme": POLICY,
    "recordExternalViolation": PLATFORM,
    "recordExternalPenalty": PLATFORM,
    "suspectViolation": INGEST,
    "correctViolation": INGEST,
    "confirmViolation": INGEST,
    "dismissViolation": INGEST,
    "amendViolation": MODERATION | REVIEW,
    "issueWarning": INGEST,
    "removeContent": INGEST,
    "demoteContent": INGEST,
    "labelContent": INGEST,
    "restoreContent": MODERATION | REVIEW,
    "deleteContent": PLATFORM | OWNER,
    "imposePenalty": MODERATION,
    "suspendPermission": MODERATION,
    "revokePermission": MODERATION,
    "restorePermission": MODERATION | REVIEW,
    "revokeRecommendationEligibility": MODERATION,
    "restoreRecommendationEligibility": MODERATION | REVIEW,
    "approvePenalty": MODERATION,
    "declinePenalty": MODERATION,
    "shortenPenalty": MODERATION | REVIEW,
    "liftPenalty": MODERATION | REVIEW,
    "reportRestriction": PLATFORM,
    "reportStatement": PLATFORM,
    "freezeCommission": PLATFORM | MODERATION,
    "releaseCommission": PLATFORM | MODERATION,
    "forfeitCommission": MODERATION,
    "sendNotice": PLATFORM | MODERATION,
    "deliverNotice": PLATFORM,
    "readNotice": PLATFORM | OWNER,
    "bounceNotice": PLATFORM,
    "submitAppeal": APPELLANT,
    "withdrawAppeal": APPELLANT,
    "admitLateAppeal": REVIEW,
    "addAppealEvidence": APPELLANT | REVIEW | INGEST,
    "requestInformation": REVIEW,
    "provideInformation": APPELLANT,
    "reportEvidence": PLATFORM,
    "decideAppeal": REVIEW,
    "overturnDecision": REVIEW | POLICY | frozenset({Role.INCIDENT_COMMANDER}),
    "recordQualityReview": MODERATION | REVIEW,
    "openDispute": REVIEW,
    "recordDisputeDecision": REVIEW,
    "implementDispute": REVIEW,
    **AT_DESK,
    "earnPoints": PLATFORM,
    "clawBackPoints": PLATFORM | MODERATION,
    "takeQuiz": PLATFORM,
    "grantReward": PLATFORM | MODERATION,
    "revokeReward": MODERATION,
    "assignRemedy": MODERATION | REVIEW,
    "fulfilRemedy": MODERATION | REVIEW,
    "changeRewardTier": PLATFORM | MODERATION,
    "authoriseRepresentative": PLATFORM | OWNER,
    "revokeRepresentative": PLATFORM | OWNER,
    "linkAccounts": MODERATION,
    "unlinkAccounts": MODERATION,
    "settleAccount": PLATFORM,
    "eraseCreator": POLICY,
    "approveErasure": POLICY,
    "declineErasure": POLICY,
    "placeLegalHold": COUNSEL,
    "releaseLegalHold": COUNSEL,
}

MAY_SEE: dict[str, frozenset[Role]] = {
    "viewer": ALL,
    "node": ALL,
    "creator": ALL,
    "creatorHistory": ALL,
    "replayDiff": ALL,
    "violation": ALL,
    "penalty": ALL,
    "appeal": ALL,
    "statementOfReasons": ALL,
    "decisionTimeline": ALL,
    "creatorHistoryForAppeal": REVIEW | {Role.AUDITOR},
    "policyPacks": ALL,
    "policyPack": ALL,
    "creators": STAFF,
    "remedies": STAFF,
    "evidenceDue": STAFF,
    "exportCreatorData": APPELLANT | {Role.ADMIN},
    "appealDesk": STAFF,
    "ecosystemHealth": STAFF,
    "treeHead": WITNESSES,
    "inclusionProof": OVERSIGHT,
    "consistencyProof": WITNESSES,
    "auditLog": OVERSIGHT,
}

MAY_FOLLOW: dict[str, frozenset[Role]] = {
    "accountEvents": ALL,
    "appealDeskChanged": STAFF,
}


def preview_name(mutation: str) -> str:
    """What the preview of a mutation is called."""
    return f"preview{mutation[0].upper()}{mutation[1:]}"


MAY_PREVIEW = {preview_name(mutation): roles for mutation, roles in MAY_DO.items() if mutation not in AT_DESK}


def allowed(principal: Principal | None, field: str, table: dict[str, frozenset[Role]]) -> Principal:
    """The principal, if it may use that root field; otherwise Unauthenticated or Forbidden."""
    if principal is None:
        raise Unauthenticated("Send a token: this is not shown to strangers.")
    if principal.role not in table[field]:
        raise Forbidden(f"{principal.role} may not use {field}; allowed: {', '.join(sorted(table[field]))}.")
    return principal


def own_account_only(principal: Principal, creator: CreatorId) -> None:
    """Forbid a creator to do something to another account. For agencies and guardians the account itself knows whom they act for."""
    if principal.own not in (None, creator):
        raise Forbidden("You may do this to your own account only.")
