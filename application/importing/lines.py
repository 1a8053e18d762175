"""The format of an import: one JSON object a line, of the types below. Times carry an offset; what is not known is left out.

The JSON Schema of a line is made of these classes, and every field says what it is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from msgspec import Meta

from domain.creator.external import RecordExternalPenalty, RecordExternalViolation
from domain.creator.finding import Content, ContentKind, Detection, Finding, Origin, Source, SourceKind
from domain.creator.grammar import Command
from domain.creator.scheme import AccountType, RegisterCreator
from domain.creator.state import Restriction
from domain.creator.warnings import IssueWarning
from domain.facts import Personal
from domain.identity import ContentId, creator_id
from domain.packs.model import Severity

VISIBLE = r"^[^\x00-\x1f\x7f]*$"
DAY = timedelta(days=1)

Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=VISIBLE)]
NameOrNone = Annotated[str, Meta(max_length=200, pattern=VISIBLE)]
Text = Annotated[str, Meta(max_length=20_000)]
Moment = Annotated[datetime, Meta(tz=True)]
Seconds = Annotated[int, Meta(ge=0, le=2**31 - 1)]

Account = Annotated[Name, Meta(description="The platform's own id of the account: a pseudonym, never a handle.")]
System = Annotated[Name, Meta(description="The other system, by a code of your own.")]
Reference = Annotated[Name, Meta(description="What the other system calls this decision; unique for the account and type.")]
DecidedBy = Annotated[NameOrNone, Meta(description="Who decided it there: a pseudonym; empty: not told.")]


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A part of a line."""

    def __post_init__(self) -> None:
        """Refuse a time that is on no calendar in UTC, or is not in every time zone: nothing could be worked out with it."""
        for name in self.__struct_fields__:
            if isinstance(at := getattr(self, name), datetime):
                refuse_outside_of_calendar(name, at)


class Line(Told, frozen=True, kw_only=True, tag_field="type"):
    """What every line says."""

    account: Account
    at: Annotated[Moment, Meta(description="When it was so: opened, decided, begun.")]


class AccountLine(Line, frozen=True, kw_only=True, tag="account"):
    """An account that was opened."""

    market: Annotated[Name, Meta(description="Its market; a pack must cover it.")]
    account_type: Annotated[AccountType, Meta(description="Whether the creator acts as a business.")]
    adult: Annotated[bool, Meta(description="Whether the age was checked: 18 or more.")]
    jurisdictions: Annotated[tuple[Name, ...], Meta(description="Under whose laws it is, such as US-TX; none: its market's.")] = ()
    languages: Annotated[tuple[Name, ...], Meta(description="The languages the creator can be written to in.")] = ()
    handle: Annotated[Text, Meta(description="How the creator calls itself. Sealed as it is recorded.")] = ""
    contact: Annotated[Text, Meta(description="How to reach the creator. Sealed as it is recorded.")] = ""

    def command(self) -> Command:
        """Register the account."""
        return RegisterCreator(
            creator=creator_id(self.account), external_id=self.account, account_type=self.account_type, market=self.market,
            jurisdictions=self.jurisdictions, languages=self.languages, adult=self.adult, handle=personal(self.handle),
            contact=personal(self.contact))


class ContentTold(Told, frozen=True, kw_only=True):
    """The content item that a violation was found in."""

    id: Annotated[Name, Meta(description="The platform's own id of it.")]
    kind: ContentKind
    created_at: Annotated[Moment, Meta(description="When it was made; the policy in force then is the one that counts.")]
    ended_at: Annotated[Moment | None, Meta(description="When it ended, if it was a LIVE.")] = None
    offset_seconds: Annotated[Seconds | None, Meta(description="How many seconds into it the occurrence lies.")] = None
    feature: Annotated[NameOrNone, Meta(description="The product feature it belongs to.")] = ""
    category: Annotated[NameOrNone, Meta(description="The category it belongs to.")] = ""

    def content(self) -> Content:
        """The content item of a finding."""
        return Content(
            id=ContentId(self.id), kind=self.kind, created_at=self.created_at, ended_at=self.ended_at, offset_seconds=self.offset_seconds,
            feature=self.feature, category=self.category)


class ViolationLine(Line, frozen=True, kw_only=True, tag="violation"):
    """A violation that the other system confirmed. It counts by the pack of its time, and imposes nothing."""

    system: System
    reference: Reference
    policy: Annotated[Name, Meta(description="The policy's code, as the market's pack has it.")]
    severity: Severity
    content: ContentTold
    leaf: Annotated[NameOrNone, Meta(description="The leaf of the policy.")] = ""
    count_group: Annotated[NameOrNone, Meta(description="What counts once only; empty: the content item, with its offset.")] = ""
    automated: Annotated[bool, Meta(description="Whether no person took part in the decision.")] = False
    decided_by: DecidedBy = ""
    source: Annotated[SourceKind, Meta(description="Where the suspicion came from.")] = SourceKind.OWN_INITIATIVE
    facts: Annotated[Text, Meta(description="What was found, for the creator. Sealed as it is recorded.")] = ""

    def command(self) -> Command:
        """Take the violation over."""
        finding = Finding(
            policy=self.policy, severity=self.severity, content=self.content.content(), leaf=self.leaf, count_group=self.count_group,
            detection=Detection(automated=self.automated), source=Source(self.source))
        return RecordExternalViolation(
            creator=creator_id(self.account), finding=finding, origin=Origin(self.system, self.reference, self.decided_by),
            automated=self.automated, facts=personal(self.facts))


class RestrictionTold(Told, frozen=True, kw_only=True):
    """What the creator may not do; "*" means all."""

    capability: Annotated[Name, Meta(description="What may not be done, as the market's pack calls it.")]
    category: Name = "*"
    territory: Name = "*"
    item: Name = "*"


class PenaltyLine(Line, frozen=True, kw_only=True, tag="penalty"):
    """A penalty of the other system, from `at` until `ends_at`. It triggers nothing."""

    system: System
    reference: Reference
    kind: Annotated[Name, Meta(description="What kind of penalty it is, such as LIVE_SUSPENDED.")]
    restrictions: tuple[RestrictionTold, ...]
    ends_at: Annotated[Moment | None, Meta(description="When it ends or ended, in fact; none: without end.")] = None
    because: Annotated[tuple[Name, ...], Meta(description="The references of the violations it rests on; they are taken over first.")] = ()
    decided_by: DecidedBy = ""
    reasons: Annotated[Text, Meta(description="Why. Sealed as it is recorded.")] = ""

    def command(self) -> Command:
        """Take the penalty over."""
        return RecordExternalPenalty(
            creator=creator_id(self.account), kind=self.kind, origin=Origin(self.system, self.reference, self.decided_by),
            restrictions=tuple(Restriction(one.capability, one.category, one.territory, one.item) for one in self.restrictions),
            because=self.because, ends_at=self.ends_at, reasons=personal(self.reasons))


class WarningLine(Line, frozen=True, kw_only=True, tag="warning"):
    """A warning that the creator was given."""

    system: System
    reference: Reference
    reasons: Annotated[Text, Meta(description="Why. Sealed as it is recorded.")]

    def command(self) -> Command:
        """Record the warning."""
        return IssueWarning(creator=creator_id(self.account), reasons=Personal(self.reasons))


AnyLine = AccountLine | ViolationLine | PenaltyLine | WarningLine
RANKS: dict[type[AnyLine], int] = {AccountLine: 0, ViolationLine: 1, PenaltyLine: 2, WarningLine: 3}  # at one instant: what others rest on first
decode = msgspec.json.Decoder(AnyLine).decode


def refuse_outside_of_calendar(name: str, at: datetime) -> None:
    """Refuse a time that has no day before or after it, as "9999-12-31", by which some systems mean "for ever"."""
    try:
        at = at.astimezone(UTC)
        at - DAY, at + DAY
    except OverflowError:
        raise ValueError(f"`{name}` lies at the end of the calendar; what has no end is left out") from None


def personal(text: str) -> Personal | None:
    """Text to be sealed, if there is any."""
    return Personal(text) if text else None


def key_of(line: AnyLine) -> str:
    """By what the line is known when it comes again; an account is known by its id alone."""
    return "" if isinstance(line, AccountLine) else f"import/{type(line).__struct_config__.tag}/{quote(line.system, safe='')}/{line.reference}"


def as_json_schema() -> dict[str, Any]:
    """The JSON Schema of a line."""
    schema = msgspec.json.schema(AnyLine)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A line of an import into Creator Governance",
        **{name: schema[name] for name in sorted(schema)}}
