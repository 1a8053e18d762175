"""Penalties: proposed, in force, over; because of what, by whom, and how far the platform has come with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.creator import notices
from domain.creator.approvals import PenaltyApproved
from domain.creator.penalties import (
    PERMISSION_REVOKED,
    PERMISSION_SUSPENDED,
    RECOMMENDATION_INELIGIBLE,
    ExternalPenaltyRecorded,
    PenaltyExpired,
    PenaltyImposed,
    PenaltyLifted,
    PenaltyProposalDeclined,
    PenaltyProposalLapsed,
    PenaltyProposed,
    PenaltyReversed,
    PenaltyShortened,
    PermissionRestored,
    PermissionRevoked,
    PermissionSuspended,
    RecommendationEligibilityRestored,
    RecommendationEligibilityRevoked,
    RestrictionApplied,
    RestrictionFailed,
    RestrictionLifted,
    RestrictionRequested,
)
from domain.creator.state import EXTERNAL, PERSON, Application
from domain.creator.statements import StatementOfReasonsIssued, StatementSubject
from domain.facts import Event, Fact
from projections import subjects as about
from projections.columns import token_of
from projections.readmodel import Need, ReadModel, follows_markets, market_of
from projections.rows import Batch
from projections.tables import penalties as table
from projections.tables import penalty_markets

IGNORES = (
    about.SCORE | about.COUNTERS | about.QUIZZES | about.WARNINGS | about.SUSPICIONS | about.VERDICTS | about.MEASURES | about.DELETIONS
    | about.COMMISSION | about.OPEN_NOTICES | about.RELATIONS | about.SCHEMES | about.TIERS | about.APPEALS | about.REWARDS
    | about.REMEDIES | about.CONTESTS | about.AFTER_STATEMENTS | about.ERASURES | about.RETENTION)
PLACED: dict[type[Event], str] = {
    PermissionSuspended: PERMISSION_SUSPENDED, PermissionRevoked: PERMISSION_REVOKED,
    RecommendationEligibilityRevoked: RECOMMENDATION_INELIGIBLE}
ENDED: dict[type[Event], str] = {
    PenaltyExpired: "EXPIRED", PenaltyLifted: "LIFTED", PermissionRestored: "LIFTED", RecommendationEligibilityRestored: "LIFTED",
    PenaltyReversed: "REVERSED", PenaltyProposalLapsed: "LAPSED", PenaltyProposalDeclined: "DECLINED"}
PROPOSAL_ENDED = (PenaltyProposalLapsed, PenaltyProposalDeclined)
ID, MARKET = table.c.penalty_id, penalty_markets.c.creator_id


def needs(fact: Fact) -> Iterator[Need]:
    """The penalty a fact names, itself or as the subject of a notice or a statement of reasons."""
    if isinstance(fact.event, notices.CreatorInformed | StatementOfReasonsIssued):
        yield ID, fact.event.subject
    elif id := getattr(fact.event, "penalty_id", None):
        yield MARKET, fact.stream
        yield ID, id


PENALTIES = ReadModel("penalties", 2, (table, penalty_markets), needs, IGNORES)
follows_markets(PENALTIES, penalty_markets)


def change(batch: Batch, id: UUID, fact: Fact, **values: Any) -> None:
    """Write to a penalty's row."""
    batch[table].set(id, changed_at=fact.recorded_at, position=fact.position, **values)


def open_row(batch: Batch, id: UUID, fact: Fact) -> None:
    """Have a row for a penalty."""
    if batch[table].get(id) is None:
        batch[table].new(id, sequence=fact.position, creator_id=fact.stream, market=market_of(batch, penalty_markets, fact.stream))


@PENALTIES.on(PenaltyProposed)
def proposed(batch: Batch, event: PenaltyProposed, fact: Fact) -> None:
    """It waits for a second person."""
    open_row(batch, event.penalty_id, fact)
    change(
        batch, event.penalty_id, fact, status="PROPOSED", kind=event.kind, channel=event.channel, trigger=event.trigger,
        violations=event.violations, restrictions=event.restrictions, duration=event.duration, lapses_at=event.lapses_at,
        application=Application.REQUESTED.value, restorable=event.restorable, decided_by=event.decided_by)


@PENALTIES.on(PenaltyImposed)
def imposed(batch: Batch, event: PenaltyImposed, fact: Fact) -> None:
    """It is in force; in the interim of a proposal it is still one, restricting already."""
    open_row(batch, event.penalty_id, fact)
    change(
        batch, event.penalty_id, fact, status="PROPOSED" if event.interim else "LIVE", kind=event.kind, channel=event.channel,
        trigger=event.trigger, violations=event.violations, restrictions=event.restrictions, starts_at=event.starts_at,
        ends_at=event.ends_at, application=Application.REQUESTED.value, interim=event.interim, restorable=event.restorable,
        decided_by=event.decided_by, approved_by=event.approved_by, reasons_token=token_of(event.reasons), category=event.category,
        ended_at=None, ended_by="", end_reasons_token="")


@PENALTIES.on(PermissionSuspended, PermissionRevoked, RecommendationEligibilityRevoked)
def placed(batch: Batch, event: PermissionSuspended | PermissionRevoked | RecommendationEligibilityRevoked, fact: Fact) -> None:
    """A person placed it."""
    ends_at: datetime | None = None if isinstance(event, PermissionRevoked) else event.ends_at
    open_row(batch, event.penalty_id, fact)
    change(
        batch, event.penalty_id, fact, status="LIVE", kind=PLACED[type(event)], channel=PERSON, trigger=event.penalty_id,
        violations=event.violations, restrictions=event.restrictions, starts_at=fact.occurred_at, ends_at=ends_at,
        application=Application.REQUESTED.value, restorable=not isinstance(event, PermissionRevoked), decided_by=fact.actor.id,
        reasons_token=token_of(event.reasons))


@PENALTIES.on(ExternalPenaltyRecorded)
def recorded(batch: Batch, event: ExternalPenaltyRecorded, fact: Fact) -> None:
    """Another system had placed it, and it was carried out there."""
    open_row(batch, event.penalty_id, fact)
    change(
        batch, event.penalty_id, fact, status="LIVE", kind=event.kind, channel=EXTERNAL, trigger=event.penalty_id,
        violations=event.violations, restrictions=event.restrictions, starts_at=fact.occurred_at, ends_at=event.ends_at,
        application=Application.APPLIED.value, restorable=True, decided_by=event.origin.decided_by or fact.actor.id,
        reasons_token=token_of(event.reasons))


@PENALTIES.on(PenaltyApproved)
def approved(batch: Batch, event: PenaltyApproved, fact: Fact) -> None:
    """A second person agreed; that it takes effect is told by the next fact."""
    change(batch, event.penalty_id, fact, approved_by=fact.actor.id)


@PENALTIES.on(PenaltyShortened)
def shortened(batch: Batch, event: PenaltyShortened, fact: Fact) -> None:
    """It ends earlier."""
    change(
        batch, event.penalty_id, fact, ends_at=event.ends_at, end_reasons_token=token_of(event.reasons),
        served_seconds=batch[table].edit(event.penalty_id)["served_seconds"] + event.served_seconds)


@PENALTIES.on(
    PenaltyExpired, PenaltyLifted, PermissionRestored, RecommendationEligibilityRestored, PenaltyReversed, PenaltyProposalLapsed,
    PenaltyProposalDeclined)
def ended(batch: Batch, event: Any, fact: Fact) -> None:
    """It is over, or had been when it fell; a proposal of which only the interim restriction is over goes on waiting."""
    row = batch[table].edit(event.penalty_id)
    waits = row["status"] == "PROPOSED" and type(event) not in PROPOSAL_ENDED
    if row["status"] in ("PROPOSED", "LIVE"):
        change(
            batch, event.penalty_id, fact, ended_at=fact.occurred_at, ended_by=fact.actor.id,
            application=row["application"] if row["ended_at"] else Application.REQUESTED.value,
            end_reasons_token=token_of(getattr(event, "reasons", None)))
    change(
        batch, event.penalty_id, fact, status="PROPOSED" if waits else ENDED[type(event)],
        served_seconds=row["served_seconds"] + getattr(event, "served_seconds", 0))


@PENALTIES.on(RestrictionRequested)
def requested(batch: Batch, event: RestrictionRequested, fact: Fact) -> None:
    """The platform was asked again."""
    change(batch, event.penalty_id, fact, application=Application.REQUESTED.value, application_detail_token="")


@PENALTIES.on(RestrictionApplied, RestrictionLifted)
def applied(batch: Batch, event: RestrictionApplied | RestrictionLifted, fact: Fact) -> None:
    """The platform has done it."""
    change(batch, event.penalty_id, fact, application=Application.APPLIED.value, application_detail_token="")


@PENALTIES.on(RestrictionFailed)
def failed(batch: Batch, event: RestrictionFailed, fact: Fact) -> None:
    """The platform could not."""
    change(batch, event.penalty_id, fact, application=Application.FAILED.value, application_detail_token=token_of(event.detail))


@PENALTIES.on(notices.NoticeDelivered, notices.NoticeRead, notices.NoticeDeemed)
def informed(batch: Batch, event: notices.CreatorInformed, fact: Fact) -> None:
    """The creator knows, and has a window for an appeal from now on."""
    if event.law is not None and batch[table].get(event.subject) is not None:
        change(batch, event.subject, fact, informed_at=fact.occurred_at, appeal_until=event.appeal_until, appeal_rule=event.law.rule)


@PENALTIES.on(StatementOfReasonsIssued)
def stated(batch: Batch, event: StatementOfReasonsIssued, fact: Fact) -> None:
    """The creator was given reasons for it, for the first time or anew."""
    if event.subject_kind is StatementSubject.PENALTY:
        change(batch, event.subject, fact, statement_id=event.statement_id)
