"""The timeline of a creator: every fact, as whoever asks may know it. What an event is about decides its type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from uuid import UUID

import strawberry

from api.gathering import Document, explained, inside, named, together, value
from api.schema.words import JSON, ActorKind, BigInt
from api.view import View
from domain.creator.explaining.thresholds import explain_threshold
from domain.creator.points import MilestoneCrossed, RepeatOffenceThresholdReached
from projections import subjects, tables
from projections.sentences import sentence, sentence_to_creators

if TYPE_CHECKING:
    from api.schema.appeal import Appeal
    from api.schema.contested import Dispute
    from api.schema.explanation import ThresholdExplanation
    from api.schema.penalty import Penalty
    from api.schema.remedy import Remedy
    from api.schema.reward import Reward
    from api.schema.statement import StatementOfReasons
    from api.schema.violation import Violation

THRESHOLDS = frozenset(event.__name__ for event in (MilestoneCrossed, RepeatOffenceThresholdReached))
ACTOR = ("actor_kind", "actor_id", "actor_role", "actor_team", "actor_qualifications", "on_behalf_of")
SEALED = re.compile(r"\d+:[A-Za-z]+\.\d+:[\w=.-]+")


@strawberry.type(description="Who acted.")
class Actor:
    """Who acted."""

    kind: ActorKind = value("In which capacity.", by=lambda row, _: ActorKind(row.actor_kind))
    id: str | None = value("The id in the staff directory or account system; none is told to creators.", by=lambda row, view: (
        row.actor_id if view.is_staff else None))
    role: str | None = value("The role; none is told to creators.", by=lambda row, view: row.actor_role if view.is_staff else None)
    team: str | None = value(
        "The team as it was then; none is told to creators.", by=lambda row, view: (row.actor_team or None) if view.is_staff else None)
    qualifications: list[str] | None = value(
        "The qualifications as they were then; none are told to creators.",
        by=lambda row, view: list(row.actor_qualifications) if view.is_staff else None)
    on_behalf_of: str | None = value("For whom a representative acted.", by=lambda row, _: row.on_behalf_of or None)


@strawberry.type(description="The event that another one follows from.")
class Because:
    """The event that another one follows from."""

    version: int = value("Its number in the account's history.")
    kind: str = value("What happened, as the event is named.")


def causes(rows: Sequence[Any], view: View) -> list[Any]:
    """What each row follows from: what is known of it already, or else its recorded cause in the same history."""
    wanted = {(row.creator_id, row.cause_version) for row in rows if not isinstance(row, Document) and row.cause_stream == row.creator_id}
    kinds = view.reader.kinds_of(wanted)
    found = []
    for row in rows:
        kind = kinds.get((row.creator_id, row.cause_version)) if not isinstance(row, Document) else None
        found.append(row.because if isinstance(row, Document) else kind and Document({"version": row.cause_version, "kind": kind}))
    return found


def about(description: str, table: Any, key: str, column: str = "") -> Any:
    """A field with what an event is about, by the id in a column, by default that of the same name as the key."""
    return named(description, table, key, column or key, by=lambda row, _: getattr(row, column or key))


def told(description: str, parameter: str) -> Any:
    """A field with one of the event's own fields."""
    return value(description, "parameters", by=lambda row, _: row.parameters.get(parameter))


def moment(description: str, parameter: str) -> Any:
    """As `told`, of a time."""
    return value(description, "parameters", by=lambda row, _: datetime.fromisoformat(at) if (at := row.parameters.get(parameter)) else None)


def parameters(row: Any, view: View) -> Any:
    """The event's own fields, with what is personal left out; told to staff alone."""
    return unsealed(row.parameters) if view.is_staff else None


def unsealed(content: Any) -> Any:
    """A document in which ciphertext gives way to nothing."""
    match content:
        case dict():
            return {key: unsealed(it) for key, it in content.items()}
        case list():
            return [unsealed(it) for it in content]
        case str() if SEALED.fullmatch(content):
            return None
        case _:
            return content


def whose_threshold(row: Any) -> UUID | None:
    """Whose threshold was reached, if that is what happened."""
    return row.creator_id if row.kind in THRESHOLDS else None


def sentence_for(view: View) -> Callable[[str, Mapping[str, Any]], str]:
    """What tells an event in a sentence to whoever asks."""
    return sentence if view.is_staff else sentence_to_creators


@strawberry.interface(description="Something that happened to an account.")
class TimelineEvent:
    """Something that happened."""

    TYPE_FROM: ClassVar[tuple[str, ...]] = ("kind",)

    loaded: strawberry.Private[dict[str, Any]]
    version: int = value("Its number in the account's history, from 1.")
    kind: str = value("What happened, as the event is named.")
    sentence: str = value(
        "What happened, in a sentence; creators read nothing of other accounts, of evidence that others gave, and of the staff's own work.",
        "kind", "parameters", by=lambda row, view: sentence_for(view)(row.kind, row.parameters))
    occurred_at: datetime = value("When it was so.")
    recorded_at: datetime = value("When we knew.")
    actor: Actor = inside("Who acted.", *ACTOR, by=lambda row, _: row)
    cause_version: int | None = value(
        "The number of the fact it follows from, in this history.", "creator_id", "cause_stream", "cause_version",
        by=lambda row, _: row.cause_version if row.cause_stream == row.creator_id else None)
    because: Because | None = together(
        "The event it follows from: its cause; in the timeline of a decision, where none is recorded, the last one about the same thing.",
        "creator_id", "cause_stream", "cause_version", by=causes)
    depth: int | None = value(
        "In the timeline of a decision: how many events lie above it; none elsewhere.", by=lambda row, _: getattr(row, "depth", None))
    policy: str | None = value("The policy it is about.", "policy", by=lambda row, _: row.policy or None)
    pack_hash: str | None = value("The pack it was decided under.", "pack_hash", by=lambda row, _: row.pack_hash or None)
    parameters: JSON | None = value(
        "The event's own fields, without personal text; none is told to creators.", "parameters", by=parameters)

    @staticmethod
    def type_of(row: Any) -> str:
        """The name of the type that a row is told as."""
        return TYPE_OF[row.kind]


@strawberry.type(description="A violation was suspected, decided, amended or overturned.")
class ViolationEvent(TimelineEvent):
    """About a violation."""

    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = about(
        "The violation.", tables.violations, "violation_id")


@strawberry.type(description="The creator was warned.")
class WarningEvent(TimelineEvent):
    """About a warning."""

    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = about(
        "The violation it is about; none: about none.", tables.violations, "violation_id")
    milestone: int | None = told("The milestone that is near.", "milestone")
    value: int | None = told("Where its counter is.", "value")


@strawberry.type(description="Something was done to a content item, or its owner deleted it.")
class ContentEvent(TimelineEvent):
    """About a content item."""

    content_id: str = told("The platform's own id of it.", "content_id")
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = about(
        "The violation it was done because of.", tables.violations, "violation_id")


@strawberry.type(description="The health score changed.")
class PointsEvent(TimelineEvent):
    """About the score."""

    score_before: int = value("The health score before it.")
    score_after: int = value("The health score after it.")
    zone_after: str = value("The zone after it.")
    delta: int = told("By how much, with a sign.", "delta")
    expires_at: datetime | None = moment("When the points stop to weigh.", "expires_at")
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = about(
        "The violation that cost them.", tables.violations, "violation_id")


@strawberry.type(description="Something was counted, or a counter reached a threshold.")
class CounterEvent(TimelineEvent):
    """About a counter."""

    tally: str = told("What it counts in: a counter, or one group of it.", "tally")
    threshold: int | None = told("The threshold that was reached.", "threshold")
    explanation: Annotated[ThresholdExplanation, strawberry.lazy("api.schema.explanation")] | None = explained(
        "Why it was reached; none for what reached none.", "creator_id", "kind", "version", of=whose_threshold,
        by=lambda row, view: explain_threshold(view.chronicle(row.creator_id), row.version) if whose_threshold(row) else None)
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = about(
        "The violation that was counted.", tables.violations, "violation_id")


@strawberry.type(description="A policy quiz was taken.")
class QuizEvent(TimelineEvent):
    """About a quiz."""

    quiz_id: str = told("The quiz.", "quiz_id")
    attempt: int = told("Which attempt it was, from 1.", "attempt")


@strawberry.type(description="A penalty was proposed, imposed, changed, carried out or ended.")
class PenaltyEvent(TimelineEvent):
    """About a penalty."""

    penalty: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = about(
        "The penalty.", tables.penalties, "penalty_id")


@strawberry.type(description="Commission was held, released or forfeited.")
class CommissionEvent(TimelineEvent):
    """About commission."""

    amount: BigInt = told("How much, in minor units of the currency.", "amount")
    currency: str = told("The currency (ISO 4217).", "currency")
    penalty: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = about(
        "The penalty it was held because of, told when it was.", tables.penalties, "penalty_id")


@strawberry.type(description="A notice was sent, received, read or came back.")
class NoticeEvent(TimelineEvent):
    """About a notice."""

    channel: str | None = told("By which channel it was sent.", "channel")
    appeal_until: datetime | None = moment("Until when an appeal may be filed, if the creator is informed now.", "appeal_until")
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = about(
        "The violation it is about, if it is about one.", tables.violations, "violation_id", "subject")
    penalty: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = about(
        "The penalty it is about, if it is about one.", tables.penalties, "penalty_id", "subject")
    appeal: Annotated[Appeal, strawberry.lazy("api.schema.appeal")] | None = about(
        "The appeal it is about, if it is about one.", tables.appeals, "appeal_id", "subject")


@strawberry.type(description="An appeal was submitted, withdrawn or decided.")
class AppealEvent(TimelineEvent):
    """About an appeal."""

    appeal: Annotated[Appeal, strawberry.lazy("api.schema.appeal")] | None = about(
        "The appeal.", tables.appeals, "appeal_id")
    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = about(
        "The violation it is against, if it is against one.", tables.violations, "violation_id", "subject")
    penalty: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = about(
        "The penalty it is against, if it is against one.", tables.penalties, "penalty_id", "subject")


@strawberry.type(description="A reward was granted, revoked or came to its end, or the reward tier changed.")
class RewardEvent(TimelineEvent):
    """About a reward."""

    reward: Annotated[Reward, strawberry.lazy("api.schema.reward")] | None = about(
        "The reward; none: the tier changed.", tables.rewards, "reward_id")
    tier: str | None = told("The tier from now on, if it changed.", "tier")


@strawberry.type(description="The account came under another scheme, or another version of it.")
class SchemeEvent(TimelineEvent):
    """About the scheme."""

    score_before: int = value("The health score before it.")
    score_after: int = value("The health score after it.")
    zone_after: str = value("The zone after it.")
    scheme: str = told("The scheme.", "scheme")
    pack_version: int = told("The version of its pack.", "version")


@strawberry.type(description="Something is owed to the creator because a decision fell, or was given.")
class RemedyEvent(TimelineEvent):
    """About a remedy."""

    remedy: Annotated[Remedy, strawberry.lazy("api.schema.remedy")] | None = named(
        "The remedy.", tables.remedies, "remedy_id", "parameters", by=lambda row, _: UUID(row.parameters["remedy_id"]))


@strawberry.type(description="Reasons were stated for a restriction, corrected, or sent to the DSA Transparency Database.")
class StatementEvent(TimelineEvent):
    """About a statement of reasons."""

    statement: Annotated[StatementOfReasons, strawberry.lazy("api.schema.statement")] | None = named(
        "The statement of reasons.", tables.statements, "statement_id", "parameters", by=lambda row, _: UUID(row.parameters["statement_id"]))


@strawberry.type(description="A body outside the platform dealt with a decision.")
class DisputeEvent(TimelineEvent):
    """About a dispute."""

    dispute: Annotated[Dispute, strawberry.lazy("api.schema.contested")] | None = named(
        "The dispute.", tables.disputes, "dispute_id", "parameters", by=lambda row, _: UUID(row.parameters["dispute_id"]))


@strawberry.type(description="A decision fell otherwise than by an appeal, its quality was reviewed, or a late appeal against it was admitted.")
class DecisionEvent(TimelineEvent):
    """About a decision."""

    violation: Annotated[Violation, strawberry.lazy("api.schema.violation")] | None = about(
        "The violation it is about, if it is about one.", tables.violations, "violation_id", "subject")
    penalty: Annotated[Penalty, strawberry.lazy("api.schema.penalty")] | None = about(
        "The penalty it is about, if it is about one.", tables.penalties, "penalty_id", "subject")


@strawberry.type(description="What a reference to evidence leads to is not what it was.")
class EvidenceEvent(TimelineEvent):
    """About evidence."""

    reference: str = told("Where it lies.", "reference")


@strawberry.type(description="Until when evidence is kept was fixed or put off, or its time is over.")
class RetentionEvent(TimelineEvent):
    """About evidence that is kept under a retention class."""

    references: list[str] | None = value("Where it lies, or lay; none is told to creators.", "parameters", by=lambda row, view: (
        [piece["reference"] for piece in row.parameters["evidence"]] if view.is_staff else None))
    due_at: datetime | None = moment("When it is due to go; none: its time is over, or it is not known yet.", "due_at")


@strawberry.type(description="The account was registered, moved to another market, or came to have to do with somebody else.")
class AccountEvent(TimelineEvent):
    """About the account."""

    market: str | None = told("The market it is in from now on, if that was decided.", "market")


@strawberry.type(description="The erasure of the account's personal data was asked for, declined or done, or a legal hold forbids or allows it.")
class ErasureEvent(TimelineEvent):
    """About the erasure of the account."""

    ground: str | None = told("Why it is to be erased, or was; none where it was declined, and of a hold.", "ground")


TYPES: dict[type[TimelineEvent], subjects.Events] = {
    ViolationEvent: subjects.SUSPICIONS | subjects.VERDICTS,
    WarningEvent: subjects.WARNINGS,
    ContentEvent: subjects.MEASURES | subjects.DELETIONS,
    PointsEvent: subjects.SCORE,
    CounterEvent: subjects.COUNTERS,
    QuizEvent: subjects.QUIZZES,
    PenaltyEvent: subjects.PENALTIES | subjects.PROGRESS,
    CommissionEvent: subjects.COMMISSION,
    NoticeEvent: subjects.OPEN_NOTICES | subjects.INFORMED,
    AppealEvent: subjects.APPEALS,
    RewardEvent: subjects.REWARDS | subjects.TIERS,
    RemedyEvent: subjects.REMEDIES,
    StatementEvent: subjects.STATEMENTS | subjects.AFTER_STATEMENTS,
    DisputeEvent: subjects.DISPUTES,
    DecisionEvent: subjects.OVERRULING | subjects.LATE_FILING,
    EvidenceEvent: subjects.EVIDENCE,
    RetentionEvent: subjects.RETENTION,
    SchemeEvent: subjects.SCHEMES,
    AccountEvent: subjects.MARKETS | subjects.RELATIONS,
    ErasureEvent: subjects.ERASURES,
}
TYPE_OF = {event.__name__: kind.__name__ for kind, events in TYPES.items() for event in events}
