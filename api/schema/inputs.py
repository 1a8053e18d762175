"""Inputs of the schema, made of the domain's commands; and commands, made of the inputs that clients send.

A command says once what it takes; the schema follows from its fields, with the words below for each. Ids are global ids or plain UUIDs,
personal text is text, times carry an offset.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, NewType, TypeVar, Union, get_args, get_origin
from uuid import UUID

import msgspec
import strawberry
from msgspec import NODEFAULT
from msgspec.structs import FieldInfo
from strawberry import UNSET

from api.ids import id_of
from api.schema.words import BigInt, camel, described
from domain.cases.desk import Command as DeskCommand
from domain.creator.grammar import Command
from domain.creator.scheme import RegisterCreator
from domain.facts import Personal
from domain.identity import (
    AppealId,
    CreatorId,
    DisputeId,
    EntryId,
    FreezeId,
    NoticeId,
    PenaltyId,
    RemedyId,
    RewardId,
    Sha256,
    StatementId,
    ViolationId,
    creator_id,
)

THINGS: dict[Any, tuple[str, ...]] = {
    CreatorId: ("Creator",),
    ViolationId: ("Violation",),
    PenaltyId: ("Penalty",),
    AppealId: ("Appeal",),
    RewardId: ("Reward",),
    RemedyId: ("Remedy",),
    NoticeId: ("Notice",),
    FreezeId: ("Commission",),
    EntryId: ("LedgerEntry",),
    DisputeId: ("Dispute",),
    StatementId: ("StatementOfReasons",),
    UUID: ("Violation", "Penalty", "Appeal", "CrossedMilestone", "Forfeiture", "ContentMeasure"),
}

WORDS = {
    "account_type": "Whether the creator acts as a business.",
    "adult": "Whether the age was checked: 18 or more.",
    "amount": "How much, in minor units of the currency.",
    "announced_by": "The notice by which the creator was told long before, where the law asks for that.",
    "answer": "What the appellant says. Sealed under the creator's own key.",
    "appeal_id": "The appeal.",
    "assignee": "Who is to work on it, by the id in the staff directory.",
    "automated": "Whether no person noticed it.",
    "body": "The body outside the platform.",
    "because": "The violations or penalties it rests on.",
    "capability": "What may not be done.",
    "category": "The category it belongs to; `*` in a restriction means all.",
    "channel": "By which channel it was sent.",
    "code": "The factor's code.",
    "confidence": "How sure the detector was, from 0 to 1.",
    "contact": "How to reach the creator. Sealed under the creator's own key.",
    "content": "The content item.",
    "content_id": "The platform's own id of the content item.",
    "count_group": "What counts once only (a session, a batch, a notice); empty: the content item, with its offset.",
    "created_at": "When it was made.",
    "creator": "The account: a global id, or the plain UUID.",
    "currency": "The currency (ISO 4217).",
    "detail": "What the platform says about it.",
    "detected_at": "When it came to notice.",
    "detection": "How it came to notice.",
    "detector": "Which detector noticed it.",
    "detector_version": "In which version.",
    "discretion": "Points chosen by a person within the pack's range; none: those of the pack.",
    "dispute_id": "The dispute.",
    "due_at": "By when; none: the date stays as it is.",
    "decided_by": "Who decided it there: a pseudonym, never a name; empty: not told.",
    "effect": "Against the creator or in favour.",
    "ended_at": "When it ended, if it was a LIVE.",
    "ends_at": "When it ends; none: without end.",
    "entry_id": "The entry of the ledger.",
    "error_type": "What kind of error was found: a code of the platform's own list; empty: none.",
    "errors": "Why it was not taken, in the database's words.",
    "evidence": "References to evidence.",
    "exception": "The law's code for why the creator need not be told long before; empty: none applies.",
    "external_id": "The platform's own id of the account: a pseudonym, never a handle.",
    "factors": "What makes it graver or lighter.",
    "facts": "The statement of what was found, for the creator. Sealed under the creator's own key.",
    "feature": "The product feature it belongs to.",
    "finding": "What was found.",
    "freeze_id": "The commission held.",
    "full": "How many answers there were.",
    "ground": "By which way it falls.",
    "grounds": "Why the decision should be reviewed. Sealed under the creator's own key.",
    "handle": "How the creator calls itself. Sealed under the creator's own key.",
    "id": "The platform's own id of it.",
    "item": "The content item; `*` means all.",
    "items": "Further content items of the same batch.",
    "jurisdictions": "Under whose laws the account is; empty: its market's.",
    "keep": "Penalties placed by people that stay in force.",
    "kind": "Of which kind.",
    "label": "The label's code.",
    "language": "The language (ISO 639).",
    "languages": "The languages the creator can be written to in.",
    "leaf": "The leaf of the policy.",
    "level": "At which level; none: the next there is.",
    "lift": "Penalties placed by people that are lifted.",
    "market": "The market.",
    "markets": "The markets it was shown in.",
    "measure": "What was done to it.",
    "note": "A note about it. Sealed under the creator's own key.",
    "notice_id": "The notice.",
    "offset_seconds": "How many seconds into it the occurrence lies.",
    "orders": "The orders concerned.",
    "other": "The platform's own id of the other account.",
    "origin": "The decision of the other system.",
    "outcome": "How it is decided.",
    "owner": "The team, by its code.",
    "pack": "The pack, by the hash of its content.",
    "penalty_id": "The penalty.",
    "points": "How many points.",
    "policy": "The policy's code.",
    "promotion_score": "The Promotion Performance Score (0 to 5), in hundredths.",
    "quantity": "How much of what the rule counts.",
    "question": "What the appellant is asked. Sealed under the creator's own key.",
    "quiz_id": "The platform's own id of the quiz taken.",
    "reason": "Why: a code, never text about a person.",
    "reasons": "Why. Sealed under the creator's own key.",
    "redress": "Ways of redress that the appellant is told of, beside those that the pack names.",
    "reference": "What it refers to, by the id it has elsewhere.",
    "relation": "How the accounts belong together.",
    "relief": "What takes the place of a decision that falls in part.",
    "remedy_id": "The remedy.",
    "remote_id": "The id under which it was taken.",
    "report": "What the platform says.",
    "representative": "The platform's own id of the account that acts.",
    "restrictions": "What is taken away.",
    "retention": "Its retention class.",
    "reward_id": "The reward.",
    "root_cause": "What had gone wrong: a code of the platform's own list.",
    "score": "How many answers were right.",
    "sensitivity": "How carefully it must be shown.",
    "severity": "How grave it is.",
    "sha256": "The SHA-256 of the content: 64 hexadecimal digits in lower case.",
    "source": "Where it came from.",
    "statement_id": "The statement of reasons; its puid will do.",
    "subject": "What it is about: a violation, penalty, appeal, milestone, forfeiture or content measure.",
    "system": "The other system, by its code.",
    "template": "The template of the text.",
    "template_version": "The version of the template.",
    "territory": "The territory; `*` means all.",
    "tier": "The tier.",
    "until": "Until when; none: until revoked.",
    "verdict": "What was found.",
    "violation_id": "The violation.",
    "violations": "The violations it rests on.",
}
WORDS_OF = {
    ("EarnPoints", "source"): "The pack's earning rule.",
    ("EarnPoints", "reference"): "What earned them, by an id of the platform's own; it earns once only.",
    ("FulfilRemedy", "reference"): "What it was given by (a payment, a reward), by the id it has elsewhere.",
    ("Origin", "reference"): "What the other system calls it.",
    ("RecordExternalPenalty", "because"): "What the other system calls the violations it rests on.",
    ("RecordExternalViolation", "automated"): "Whether no person took part in the decision.",
    ("ReportStatement", "report"): "What the DSA Transparency Database says.",
    ("ShortenPenalty", "ends_at"): "When it ends from now on.",
    ("SuspendPermission", "ends_at"): "When it ends.",
    ("EraseCreator", "ground"): "Why it is to be erased.",
    ("EraseCreator", "reasons"): "Why. Sealed under the creator's own key, and so erased as well.",
    ("EraseCreator", "reference"): "What the request goes by elsewhere, which is not erased: never a name; empty: nothing.",
    ("PlaceLegalHold", "reference"): "What the matter goes by elsewhere.",
    ("ReleaseLegalHold", "reference"): "What the matter goes by elsewhere.",
    ("AdmitLateAppeal", "until"): "Until when the appeal may be filed.",
    ("OpenDispute", "reference"): "The body's own reference.",
    ("OverturnDecision", "reference"): "The case, defect or rollback it goes by elsewhere.",
    ("Relief", "ends_at"): "When it ends instead: earlier than it would.",
    ("Relief", "factors"): "What is found now to make it graver or lighter.",
    ("Relief", "items"): "The items of the batch that were not in breach.",
    ("Relief", "kind"): "The kind of the milder penalty.",
    ("Relief", "label"): "The label's code, with the measure LABELLED.",
    ("Relief", "leaf"): "The leaf of the policy that is found now.",
    ("Relief", "measure"): "The milder measure.",
    ("Relief", "restrictions"): "What the milder penalty restricts: within what the penalty restricts.",
    ("Relief", "severity"): "How grave the violation is found now.",
    ("ReportEvidence", "reference"): "Where the evidence lies.",
    ("ReportEvidence", "sha256"): "The SHA-256 of what lies there now, in hexadecimal.",
    ("RequestInformation", "until"): "Until when the appellant may answer.",
}


C = TypeVar("C", bound=Command | DeskCommand)


class Unfit(Exception):
    """A value that no command can be made of; `path` leads to it from the input."""

    def __init__(self, message: str, *path: str | int) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


LONGEST_NAME = 500
LONGEST_TEXT = 20_000


# Schema


@cache
def input_of(struct: type[msgspec.Struct]) -> type[Any]:
    """The input type of a command, or of something inside one."""
    fields = fields_of(struct)
    if issubclass(struct, Command):
        fields += [*naming_fields(), *request_fields()]
    elif issubclass(struct, DeskCommand):
        fields += [key_field()]
    return made(f"{struct.__name__}Input", fields, described(struct))


def preview_input_of(command: type[Command]) -> type[Any]:
    """The input type of a command's preview: that of the command, without what names a request and what pins a preview."""
    return made(f"Preview{command.__name__}Input", [*fields_of(command), *request_fields()], described(command))


def fields_of(struct: type[msgspec.Struct]) -> list[tuple[str, Any, Any]]:
    """The fields of a struct, each with its name, type and definition; the id of a new account follows from the platform's own."""
    return [declared(struct, field) for field in msgspec.structs.fields(struct) if (struct, field.name) != (RegisterCreator, "creator")]


def made(name: str, fields: list[tuple[str, Any, Any]], description: str) -> type[Any]:
    """An input type of fields, each with its name, type and definition."""
    members = {"__module__": __name__, "__annotations__": {name: kind for name, kind, _ in fields}, **{name: it for name, _, it in fields}}
    return strawberry.input(type(name, (), members), description=description)


def declared(struct: type[msgspec.Struct], field: FieldInfo) -> tuple[str, Any, Any]:
    """A field of an input: its name, type and definition."""
    words = WORDS_OF.get((struct.__name__, field.name)) or WORDS[field.name]
    name = "creator_id" if field.name == "creator" else field.name
    kind: Any = BigInt if field.name == "amount" else schema_type(field.type)
    default = default_of(field)
    if default is UNSET and not is_optional(field.type):
        kind = kind | None
    return name, kind, strawberry.field(description=words, **given_default(default))


def given_default(default: Any) -> dict[str, Any]:
    """How a default is told to Strawberry."""
    match default:
        case _ if default is NODEFAULT:
            return {}
        case ():
            return {"default_factory": list}
        case _:
            return {"default": default}


def default_of(field: FieldInfo) -> Any:
    """What a field is when it is left out; UNSET where the command itself knows. NODEFAULT: it must be given, as a digest always must."""
    if field.type == Sha256:
        return NODEFAULT
    return UNSET if field.default is None or isinstance(field.default, msgspec.Struct) else field.default


def schema_type(kind: Any) -> Any:
    """What stands for a type of the domain."""
    if get_origin(kind) in (Union, UnionType):
        (one,) = (it for it in get_args(kind) if it is not NoneType)
        return schema_type(one) | None
    if get_origin(kind) is tuple:
        return list[schema_type(get_args(kind)[0])]  # type: ignore[misc]  # made as the program starts
    if kind in THINGS:
        return strawberry.ID
    if isinstance(kind, NewType):
        return kind.__supertype__
    if kind in (Personal, Sha256):
        return str
    return input_of(kind) if issubclass(kind, msgspec.Struct) else kind


def is_optional(kind: Any) -> bool:
    """Whether there may be none."""
    return get_origin(kind) in (Union, UnionType)


def key_field() -> tuple[str, Any, Any]:
    """What every mutation takes beside its command."""
    return ("idempotency_key", str, strawberry.field(description=(
        "Names this request: sent again with the same content, it is answered as before and records nothing. 1 to 200 characters.")))


def naming_fields() -> list[tuple[str, Any, Any]]:
    """What a mutation of an account alone takes beside its command."""
    return [
        key_field(),
        ("preview", str | None, strawberry.field(default=UNSET, description=(
            "The digest of the preview that you had seen: if this leads to anything else by now, it is refused."))),
    ]


def request_fields() -> list[tuple[str, Any, Any]]:
    """What a mutation of an account and its preview take beside the command."""
    return [
        ("expected_version", int | None, strawberry.field(default=UNSET, description=(
            "The account's version that you had seen: if anything was decided on it since, this is refused."))),
        ("occurred_at", datetime | None, strawberry.field(default=UNSET, description="When it was so; none: now.")),
    ]


# Commands


def command_of(kind: type[C], given: Any) -> C:
    """The command that an input asks for. Raises Unfit."""
    creator = creator_id(given.external_id) if kind is RegisterCreator else converted(CreatorId, given.creator_id, "creatorId")
    command: C = struct_of(kind, given, creator=creator)
    return command


def struct_of(kind: type[Any], given: Any, *path: str | int, **known: Any) -> Any:
    """The struct that an input stands for; what was left out is as it is by default."""
    values = dict(known)
    for field in msgspec.structs.fields(kind):
        if field.name in known:
            continue
        value = getattr(given, field.name)
        if is_given(value):
            values[field.name] = converted(field.type, value, *path, camel(field.name))
    return kind(**values)


def converted(kind: Any, value: Any, *path: str | int) -> Any:
    """A value of the domain's type."""
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (it for it in get_args(kind) if it is not NoneType)
    if get_origin(kind) is tuple:
        return tuple(converted(get_args(kind)[0], one, *path, index) for index, one in enumerate(value))
    if kind in THINGS:
        id = id_of(value, *THINGS[kind])
        if id is None:
            raise Unfit(f"{value!r} is the id of no {' or '.join(THINGS[kind])}.", *path)
        return id
    if isinstance(value, str):
        well_formed(value, LONGEST_TEXT if kind is Personal else LONGEST_NAME, *path)
    if kind is Personal:
        return Personal(value)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return struct_of(kind, value, *path)
    return value


def well_formed(text: str, most: int, *path: str | int) -> None:
    """Refuse text that is too long, or that holds characters nobody can see."""
    if len(text) > most:
        raise Unfit(f"It has {len(text)} characters; at most {most} are taken.", *path)
    if any(character < " " and character not in "\t\n\r" for character in text):
        raise Unfit("It holds control characters.", *path)


def is_given(value: Any) -> bool:
    """Whether a client gave a value; null is as good as none."""
    return value is not None and value is not UNSET
