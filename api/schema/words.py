"""Enumerations and scalars of the schema."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from inspect import cleandoc
from typing import Any, NewType, TypeVar

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from api.identity import Role
from domain.calendar import Unit
from domain.cases.case import RecusalReason, ReleaseReason
from domain.creator.carrying_out import Report
from domain.creator.changing import Part
from domain.creator.erasure import ErasureGround
from domain.creator.explaining.explanations import Became, ChangedBy, Lost, Uncounted
from domain.creator.finding import ContentKind, Effect, Sensitivity, SourceKind
from domain.creator.judgement import Outcome
from domain.creator.overruling import Verdict
from domain.creator.overturn import Ground
from domain.creator.preview import DeadlineKind
from domain.creator.relations import Relation, RepresentativeKind
from domain.creator.scheme import AccountType
from domain.creator.state import Application, Measure, RemedyKind
from domain.creator.statements import Correction, StatementReport, StatementSubject
from domain.creator.subjects import Subject
from domain.facts import ActorKind
from domain.packs.model import Certificate, Comparison, CountedFrom, ExpiryMode, Group, Mark, Severity, Shape, StepMode

__all__ = [
    "JSON",
    "SCALARS",
    "AccountType",
    "ActorKind",
    "AppealDeskOrder",
    "AppealStatus",
    "Application",
    "AuditLogOrderField",
    "Became",
    "BigInt",
    "CaseStatus",
    "CaseStepKind",
    "Certificate",
    "ChangedBy",
    "Comparison",
    "ContentKind",
    "Correction",
    "CountedFrom",
    "CreatorOrderField",
    "CreatorStatus",
    "DeadlineKind",
    "Direction",
    "DisputeStatus",
    "Effect",
    "ErasureGround",
    "ErasureStatus",
    "ExpiryMode",
    "Ground",
    "Group",
    "Lost",
    "Mark",
    "Measure",
    "Outcome",
    "Part",
    "PenaltyStatus",
    "RecusalReason",
    "Relation",
    "ReleaseReason",
    "RemedyKind",
    "RemedyOrderField",
    "RemedyStatus",
    "Report",
    "RepresentativeKind",
    "RetentionStatus",
    "RewardStatus",
    "Role",
    "Sensitivity",
    "Severity",
    "Shape",
    "SourceKind",
    "StatementReport",
    "StatementStatus",
    "StatementSubject",
    "StepMode",
    "Subject",
    "Uncounted",
    "Unit",
    "Verdict",
    "ViolationStatus",
    "camel",
    "described",
]

NAME = re.compile(r"`([a-z]+(?:_[a-z]+)+)`")
Kind = TypeVar("Kind", bound=type[Enum])


def described(kind: type) -> str:
    """The docstring of a class, as the schema tells it."""
    text = " ".join(cleandoc(kind.__doc__ or "").split())
    return NAME.sub(lambda found: f"`{camel(found[1])}`", text)


def camel(name: str) -> str:
    """A name as the schema writes it."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def enumeration(kind: Kind, name: str = "") -> Kind:
    """The enum in the schema, with its docstring."""
    return strawberry.enum(kind, name=name or kind.__name__, description=described(kind))


class CreatorStatus(StrEnum):
    """Where an account stands: REVOKED if something was taken away for good, RESTRICTED if for a time or until further notice."""

    IN_GOOD_STANDING = "IN_GOOD_STANDING"
    RESTRICTED = "RESTRICTED"
    REVOKED = "REVOKED"


class ErasureStatus(StrEnum):
    """How far the erasure of an account's personal data has come: REQUESTED while it waits for a second person."""

    REQUESTED = "REQUESTED"
    DONE = "DONE"


class ViolationStatus(StrEnum):
    """How far a violation has come."""

    SUSPECTED = "SUSPECTED"
    CORRECTED = "CORRECTED"
    DISMISSED = "DISMISSED"
    CONFIRMED = "CONFIRMED"
    OVERTURNED = "OVERTURNED"


class PenaltyStatus(StrEnum):
    """How far a penalty has come: PROPOSED until a second person approved it."""

    PROPOSED = "PROPOSED"
    LIVE = "LIVE"
    EXPIRED = "EXPIRED"
    LIFTED = "LIFTED"
    REVERSED = "REVERSED"
    LAPSED = "LAPSED"
    DECLINED = "DECLINED"


class AppealStatus(StrEnum):
    """How far an appeal has come. SETTLED: closed without a decision, because what it was about does not stand any more."""

    SUBMITTED = "SUBMITTED"
    WITHDRAWN = "WITHDRAWN"
    SETTLED = "SETTLED"
    UPHELD = "UPHELD"
    PARTIALLY_REVERSED = "PARTIALLY_REVERSED"
    REVERSED = "REVERSED"
    OMITTED = "OMITTED"


class DisputeStatus(StrEnum):
    """How far a dispute before a body outside the platform has come."""

    OPEN = "OPEN"
    DECIDED = "DECIDED"
    IMPLEMENTED = "IMPLEMENTED"


class CaseStatus(StrEnum):
    """How far the work on an appeal has come: CLAIMED while somebody has it in hand, OPEN again once that time has run out."""

    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    CLOSED = "CLOSED"


class CaseStepKind(StrEnum):
    """What happened at the desk."""

    OPENED = "OPENED"
    ASSIGNED = "ASSIGNED"
    REASSIGNED = "REASSIGNED"
    CLAIMED = "CLAIMED"
    RENEWED = "RENEWED"
    RELEASED = "RELEASED"
    RECUSED = "RECUSED"
    RESCHEDULED = "RESCHEDULED"
    CLOSED = "CLOSED"


class AppealDeskOrder(StrEnum):
    """By what the desk is listed: what is due first (then what has no time set), or as the appeals came in."""

    DUE_FIRST = "DUE_FIRST"
    OPENED = "OPENED"


class RewardStatus(StrEnum):
    """Whether a reward is in force."""

    LIVE = "LIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


class RemedyStatus(StrEnum):
    """Whether a remedy was given."""

    OWED = "OWED"
    FULFILLED = "FULFILLED"


class RetentionStatus(StrEnum):
    """Whether evidence is kept."""

    KEPT = "KEPT"
    ENDED = "ENDED"


class StatementStatus(StrEnum):
    """How far a statement of reasons has come: CORRECTED if it does not hold any more, else what the DSA Transparency Database said."""

    ISSUED = "ISSUED"
    CORRECTED = "CORRECTED"
    SUBMITTED = "SUBMITTED"
    REJECTED = "REJECTED"


class Direction(StrEnum):
    """In which direction a list runs."""

    ASC = "ASC"
    DESC = "DESC"


class CreatorOrderField(StrEnum):
    """By what creators are listed."""

    REGISTERED = "REGISTERED"
    CHANGED = "CHANGED"
    EXTERNAL_ID = "EXTERNAL_ID"
    SCORE = "SCORE"


class AuditLogOrderField(StrEnum):
    """By what the audit log is listed: when it was recorded, when it was so, or log by log as it was recorded there."""

    RECORDED = "RECORDED"
    OCCURRED = "OCCURRED"
    POSITION = "POSITION"


class RemedyOrderField(StrEnum):
    """By what remedies are listed."""

    DUE = "DUE"
    OWED = "OWED"


for kind in (
        AccountType, ActorKind, AppealDeskOrder, AppealStatus, AuditLogOrderField, CaseStatus, CaseStepKind, Certificate, Comparison, ContentKind,
        CountedFrom, CreatorOrderField, CreatorStatus, DeadlineKind, Direction, DisputeStatus, Effect, ErasureGround, ErasureStatus, ExpiryMode,
        Ground, Measure, PenaltyStatus, RecusalReason, Relation, ReleaseReason, RemedyKind, RemedyOrderField, RemedyStatus, RepresentativeKind,
        RetentionStatus, RewardStatus, Role, Sensitivity, Severity, Shape, SourceKind, StatementReport, StatementStatus, StatementSubject,
        StepMode, Verdict, ViolationStatus):
    enumeration(kind)
enumeration(Became, "PenaltyChangeKind")
enumeration(ChangedBy, "PenaltyChangeCause")
enumeration(Lost, "EntryLossReason")
enumeration(Uncounted, "UncountedReason")
enumeration(Unit, "DurationUnit")
enumeration(Group, "CounterGroup")
enumeration(Part, "AccountPart")
enumeration(Mark, "ProvenanceMark")
enumeration(Outcome, "AppealOutcome")
enumeration(Subject, "AppealSubject")
enumeration(Correction, "StatementCorrection")
enumeration(Application, "RestrictionApplication")
enumeration(Report, "RestrictionReport")


def instant(given: Any) -> datetime:
    """The time that a client wrote; it must say in which offset."""
    try:
        at = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        raise GraphQLError(f"{given!r} is no time; write 2026-03-02T10:00:00Z.") from None
    if at.tzinfo is None:
        raise GraphQLError(f"{given!r} has no offset from UTC; write 2026-03-02T10:00:00Z.")
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise GraphQLError(f"{given!r} lies outside of the calendar.") from None


def day(given: Any) -> date:
    """The day that a client wrote."""
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise GraphQLError(f"{given!r} is no day; write 2026-03-02.") from None


def whole(given: Any) -> int:
    """The whole number that a client wrote."""
    if isinstance(given, bool) or not isinstance(given, int) or abs(given) > GREATEST:
        raise GraphQLError(f"{given!r} is no whole number of at most 2^53.")
    return given


GREATEST = 2**53
JSON = NewType("JSON", object)
BigInt = NewType("BigInt", int)

SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime", description="A time in ISO 8601, given in any offset from UTC and answered in UTC: 2026-03-02T10:00:00Z.",
        serialize=lambda at: at.astimezone(UTC).isoformat().replace("+00:00", "Z"), parse_value=instant),
    date: strawberry.scalar(name="Date", description="A day in ISO 8601: 2026-03-02.", serialize=date.isoformat, parse_value=day),
    BigInt: strawberry.scalar(
        name="BigInt", description="A whole number of at most 2^53, which JSON can hold exactly.", serialize=int, parse_value=whole),
    JSON: strawberry.scalar(name="JSON", description="Any JSON value.", serialize=lambda given: given, parse_value=lambda given: given),
}
