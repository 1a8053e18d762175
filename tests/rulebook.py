"""The grammar of the rule tests: given what happened, when this is asked, then these facts follow, or this refusal.

`then` also asks for the same again, which must change nothing. Every story is replayed at its end: the folded account must be what its
facts alone make of it, and its ledger what its causes alone make of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import pytest

from application.library import pack_files
from domain.calendar import Duration, Unit
from domain.creator import appeals, decider, judgement
from domain.creator.consequences import retold
from domain.creator.finding import Content, ContentKind, Discretion, Finding
from domain.creator.grammar import Command, Order
from domain.creator.ledger import Ledger
from domain.creator.notices import DeliverNotice, NoticeSent, SendNotice
from domain.creator.preview import Preview, preview
from domain.creator.scheme import AccountType, RegisterCreator
from domain.creator.state import Account, Confirmed, Penalty, Restriction
from domain.creator.violations import ConfirmViolation, violation_id
from domain.facts import Actor, ActorKind, Draft, Event, Fact, Personal, placed
from domain.identity import ContentId, CreatorId, NoticeId, PenaltyId, ViolationId, creator_id, pack_id
from domain.packs import publishing
from domain.packs.catalogue import Catalogue, Published
from domain.packs.model import (
    Comparison,
    Counter,
    Expiry,
    ExpiryMode,
    Pack,
    PointRule,
    Severity,
    Shape,
    Step,
    StepMode,
    Threshold,
    Zone,
)
from domain.packs.reading import read_layers
from domain.refusals import Refused

PACKS = Path(__file__).parent.parent / "packs"
MODERATOR = Actor(ActorKind.REVIEWER, "moderator-1", "MODERATOR")
SECOND = Actor(ActorKind.REVIEWER, "moderator-2", "MODERATOR")
APPEALS_REVIEWER = Actor(ActorKind.REVIEWER, "reviewer-1", "APPEALS_REVIEWER")
MODEL = Actor(ActorKind.MODEL, "classifier-7", "SERVICE")
CREATOR = Actor(ActorKind.CREATOR, "creator-1", "CREATOR")
START = datetime(2026, 3, 2, 10, tzinfo=UTC)
REASONS = Personal("Seen by the reviewer.")

E = TypeVar("E", bound=Event)

TOLD: list[Story] = []


def shipped() -> tuple[Pack, ...]:
    """The packs that come with the project."""
    return tuple(found.pack for found in read_layers(pack_files(PACKS)))


def published(packs: Sequence[Pack]) -> Catalogue:
    """A catalogue of packs as if just published; later ones of a stream are its later versions."""
    versions: dict[Any, tuple[Published, ...]] = {}
    streams: dict[Any, publishing.PackStream] = {}
    for pack in packs:
        id = pack_id(pack.pack.scheme, pack.pack.market)
        stream = streams.get(id, publishing.empty())
        drafts = publishing.decide(stream, publishing.PublishPack(pack), MODERATOR, START)
        streams[id] = publishing.fold(stream, placed(drafts, id, stream.version, START, ""))
        versions[id] = publishing.published(streams[id])
    return Catalogue(version for found in versions.values() for version in found)


SHIPPED = published(shipped())


class Outcome:
    """What a command led to."""

    def __init__(self, story: Story, order: Order, facts: list[Fact], refusal: Refused | None) -> None:
        self.story, self.order, self.facts, self.refusal = story, order, facts, refusal

    @property
    def events(self) -> list[Event]:
        """The events decided, without what fell due before."""
        if self.refusal:
            raise AssertionError(f"refused: {self.refusal.code()} {self.refusal}")
        return [fact.event for fact in self.facts]

    def then(self, *expected: type[Event]) -> Outcome:
        """Exactly events of these kinds followed, in this order; asking again changes nothing."""
        assert [type(event).__name__ for event in self.events] == [kind.__name__ for kind in expected]
        try:
            again = decider.decide(self.story.account, self.order, self.story.packs)
        except Refused:
            again = []
        if not self.story.repeatable:
            assert again == [], "the same again changes nothing"
        return self

    def includes(self, *expected: type[Event]) -> Outcome:
        """Events of these kinds are among those that followed."""
        names = [type(event).__name__ for event in self.events]
        assert [kind.__name__ for kind in expected if kind.__name__ not in names] == []
        return self

    def excludes(self, *unexpected: type[Event]) -> Outcome:
        """No event of these kinds followed."""
        names = [type(event).__name__ for event in self.events]
        assert [kind.__name__ for kind in unexpected if kind.__name__ in names] == []
        return self

    def one(self, kind: type[E]) -> E:
        """The only event of a kind that followed."""
        found = self.all(kind)
        assert len(found) == 1, f"{len(found)} {kind.__name__}"
        return found[0]

    def all(self, kind: type[E]) -> list[E]:
        """All events of a kind that followed."""
        return [event for event in self.events if isinstance(event, kind)]

    def refused(self, refusal: type[Refused]) -> Refused:
        """The command was refused so, and nothing was decided."""
        assert self.refusal is not None, f"not refused; followed {[type(f.event).__name__ for f in self.facts]}"
        assert type(self.refusal) is refusal, f"refused with {self.refusal.code()}: {self.refusal}"
        assert self.refusal.message.endswith((".", "!")), "a refusal is a sentence"
        return self.refusal


class Story:
    """One creator's account in one market, told command by command at simulated times."""

    def __init__(self, market: str = "US", packs: Catalogue = SHIPPED, *, jurisdictions: tuple[str, ...] = (), registered: bool = True) -> None:
        self.packs, self.account, self.now = packs, decider.empty(), START
        self.creator: CreatorId = creator_id("creator-1")
        self.facts: list[Fact] = []
        self.repeatable = False
        TOLD.append(self)
        if registered:
            self.given(RegisterCreator(
                adult=True,
                creator=self.creator, external_id="creator-1", account_type=AccountType.PRIVATE, market=market, jurisdictions=jurisdictions))

    def at(self, moment: datetime | timedelta) -> Story:
        """Let time pass: to a moment, or by so much."""
        self.now = self.now + moment if isinstance(moment, timedelta) else moment
        return self

    def days(self, days: float) -> Story:
        """Let so many days pass."""
        return self.at(timedelta(days=days))

    def settle(self) -> list[Event]:
        """What falls due by now."""
        drafts = decider.settle(self.account, self.now, self.packs)
        self._take(drafts)
        return [draft.event for draft in drafts]

    def when(
            self, command: Command, by: Actor = MODERATOR, *, occurred_at: datetime | None = None, expected: int | None = None,
            seen: str | None = None) -> Outcome:
        """Ask for something now; what fell due before is settled first. Who must have seen what it leads to has, unless `seen` says what."""
        self.settle()
        order = Order(command, by, self.now, occurred_at, expected, seen or "")
        if seen is None and isinstance(command, decider.MUST_BE_SEEN):
            order = msgspec.structs.replace(order, preview=self.preview(command, by, occurred_at=occurred_at).digest)
        try:
            drafts = decider.decide(self.account, order, self.packs)
        except Refused as refusal:
            return Outcome(self, order, [], refusal)
        return Outcome(self, order, self._take(drafts), None)

    def preview(self, command: Command, by: Actor = MODERATOR, *, occurred_at: datetime | None = None) -> Preview:
        """What that would lead to now; what fell due before is settled in the preview alone."""
        settled = placed(decider.settle(self.account, self.now, self.packs), self.creator, self.account.version, self.now, "")
        account = decider.fold(self.account, settled)
        outcome: list[Fact] | Refused
        try:
            drafts = decider.foresee(account, Order(command, by, self.now, occurred_at), self.packs)
            outcome = placed(drafts, self.creator, account.version, self.now, "")
        except Refused as refusal:
            outcome = refusal
        return preview(account, settled, outcome, self.packs, self.now)

    def given(self, *commands: Command, by: Actor = MODERATOR) -> Story:
        """Commands that are taken for granted: none may be refused."""
        for command in commands:
            outcome = self.when(command, by)
            assert outcome.refusal is None, f"given, but refused: {outcome.refusal}"
        return self

    def again_may_differ(self) -> Story:
        """For acts whose repetition is another act (each delivery of the same kind has its own id)."""
        self.repeatable = True
        return self

    def _take(self, drafts: Sequence[Draft]) -> list[Fact]:
        facts = placed(drafts, self.creator, self.account.version, self.now, "")
        self.account = decider.fold(self.account, facts)
        self.facts += facts
        return facts

    # short hands

    @property
    def score(self) -> int:
        return self.account.standing.ledger.score

    def finding(self, content: str = "video-1", policy: str = "MISLEADING_PROMOTION", severity: Severity = Severity.MODERATE, **more: Any) -> Finding:
        """A finding in a content item made just now, unless said otherwise."""
        made = more.pop("made", self.now)
        kind = more.pop("kind", ContentKind.VIDEO)
        item = Content(id=ContentId(content), kind=kind, created_at=made, **more.pop("item", {}))
        return Finding(policy=policy, severity=severity, content=item, **more)

    def confirm(self, content: str = "video-1", policy: str = "MISLEADING_PROMOTION", severity: Severity = Severity.MODERATE, by: Actor = MODERATOR,
                **more: Any) -> Outcome:
        """Confirm a violation in a content item made just now, unless said otherwise."""
        return self.when(ConfirmViolation(creator=self.creator, finding=self.finding(content, policy, severity, **more)), by)

    def violation(self, finding: Finding) -> ViolationId:
        """The id of the violation that a finding makes."""
        return violation_id(self.creator, finding)

    def notify(self, subject: UUID) -> NoticeId:
        """The creator is sent word of a decision."""
        return self.when(SendNotice(
            creator=self.creator, subject=subject, channel="INBOX", language="en", template="decision", template_version="1",
            sha256="0" * 64)).one(NoticeSent).notice_id

    def inform(self, subject: UUID) -> Outcome:
        """The creator is sent word of a decision, and it arrives at once."""
        return self.when(DeliverNotice(creator=self.creator, notice_id=self.notify(subject)))

    def deduct(self, points: int, content: str = "", policy: str = "MISLEADING_PROMOTION", by: Actor = MODERATOR, **more: Any) -> Outcome:
        """Confirm a violation that costs so many points, in a content item of its own unless named."""
        finding = self.finding(content or f"content-{len(self.facts)}", policy, **more)
        return self.when(ConfirmViolation(creator=self.creator, finding=finding, discretion=Discretion(points, REASONS)), by)

    def overturn(self, violation: UUID, *, keep: tuple[PenaltyId, ...] = (), lift: tuple[PenaltyId, ...] = ()) -> Outcome:
        """The creator appeals, and the appeal is decided: the decision falls."""
        filed = self.when(appeals.SubmitAppeal(creator=self.creator, subject=violation, grounds=REASONS), CREATOR)
        return self.when(judgement.DecideAppeal(
            creator=self.creator, appeal_id=filed.one(appeals.AppealSubmitted).appeal_id, outcome=judgement.Outcome.REVERSED, reasons=REASONS,
            keep=keep, lift=lift), APPEALS_REVIEWER)

    @property
    def penalties(self) -> list[Penalty]:
        """The penalties in force, oldest first."""
        return list(self.account.standing.penalties.values())

    @property
    def latest(self) -> ViolationId:
        """The violation that was recorded last."""
        return list(self.account.violations)[-1]


def changed(pack: Pack, **parts: Any) -> Pack:
    """A pack with some parts replaced."""
    return msgspec.structs.replace(pack, **parts)


def later(pack: Pack, day: date, *, header: Mapping[str, Any] | None = None, **parts: Any) -> Pack:
    """A pack with some parts replaced, in force from a later day."""
    return msgspec.structs.replace(pack, pack=msgspec.structs.replace(pack.pack, effective_from=day, **(header or {})), **parts)


@pytest.fixture(autouse=True)
def stories_are_replayed() -> Iterator[None]:
    """Import it, and every story that a test tells is replayed at its end."""
    TOLD.clear()
    yield
    for story in TOLD:
        assert refolded(story) == story.account, "the account is what its facts alone make of it"
        if story.account.registered:
            account, until = story.account, max(story.now, story.account.at or story.now)
            order = Order(Command(creator=story.creator), MODERATOR, until)
            due = decider.fold(account, placed(decider.settle(account, until, story.packs), story.creator, account.version, until, ""))
            standing = {id: found for id, found in due.violations.items() if isinstance(found, Confirmed)}
            again = retold(due, story.packs, order, until, standing).standing.ledger
            assert lines(again) == lines(due.standing.ledger), "the ledger is what its causes alone make of it"


def refolded(story: Story) -> Account:
    """The account as its facts alone make it."""
    return decider.fold(decider.empty(), story.facts)


def pack_of(catalogue: Catalogue, market: str, at: datetime = START) -> Pack:
    """The pack in force in a market."""
    return catalogue.in_force(market, at).pack


def from_toml(files: Mapping[str, str]) -> Catalogue:
    """A catalogue of packs written in a test."""
    return published([found.pack for found in read_layers({name: text.encode() for name, text in files.items()})])


def plain(**parts: Any) -> Pack:
    """The pack of the United States in UTC, where a violation costs what the decider says, with some parts replaced."""
    us = pack_of(SHIPPED, "US")
    given: dict[str, Any] = {"points": (PointRule(points=20, range=(1, 1000)),), "pack": msgspec.structs.replace(us.pack, time_zone="UTC")}
    return msgspec.structs.replace(us, **(given | parts))


def lines(ledger: Ledger) -> tuple[Any, ...]:
    """What a ledger holds, whichever fact recorded it: entries in their order, thresholds fired, sums."""
    entries = [msgspec.structs.replace(entry, version=0) for entry in ledger.entries.values()]
    return entries, set(ledger.fired), ledger.sums


def restricted(*capabilities: str) -> tuple[Restriction, ...]:
    """Restrictions of those capabilities everywhere."""
    return tuple(Restriction(capability) for capability in capabilities)


ANY_ZONE = (Zone(name="ANY", lowest=-100_000, highest=100_000),)


def step(kind: str = "SUSPENDED", days: int | None = 7, capabilities: tuple[str, ...] = ("LIVE_SELLING",), **more: Any) -> Step:
    """A penalty of a ladder, of so many days (None: without end)."""
    return Step(kind=kind, duration=Duration(days, Unit.DAYS) if days else None, capabilities=capabilities, **more)


def proposed(kind: str = "SUSPENDED", days: int | None = 7, hours: int = 72, **more: Any) -> Step:
    """A penalty of a ladder that waits so many hours for a second person."""
    return step(kind, days, mode=StepMode.PROPOSED, approve_within=Duration(hours, Unit.HOURS), **more)


def at(value: int, *steps: Step, comparison: Comparison = Comparison.AT_OR_BELOW) -> Threshold:
    """A threshold with its steps."""
    return Threshold(at=value, comparison=comparison, steps=steps)


def counting(*thresholds: Threshold, shape: Shape = Shape.CREDIT, base: int = 200, days: int | None = 90, **more: Any) -> Counter:
    """A counter whose entries live so many days (None: for ever)."""
    expiry = Expiry(mode=ExpiryMode.PER_ENTRY, days=days) if days else Expiry(mode=ExpiryMode.NEVER)
    given: dict[str, Any] = {"shape": shape, "base": base, "expiry": expiry, "thresholds": thresholds, "lowest": 0, "highest": 1000}
    return Counter(**(given | more))


def laddered(*thresholds: Threshold, others: Mapping[str, Counter] | None = None, **more: Any) -> Catalogue:
    """A catalogue of one invented pack: its score with these thresholds, and other counters beside it."""
    parts = {name: more.pop(name) for name in tuple(more) if name in Pack.__struct_fields__}
    return published([plain(**({"counters": {"score": counting(*thresholds, **more), **(others or {})}, "zones": ANY_ZONE} | parts))])
