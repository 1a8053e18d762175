"""An account's facts gone through once in their order, so that it can be said what each entry weighed at any version, and why.

The facts are evolved as they always are; what each one changes in the ledger is seen by comparing. One chronicle serves any number of
explanations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.creator.approvals import PenaltyApproved
from domain.creator.decider import empty
from domain.creator.enforcement import occurrences_before
from domain.creator.explaining.explanations import Entry, Loss, Lost
from domain.creator.finding import Finding
from domain.creator.grammar import evolve
from domain.creator.ledger import Entry as Line
from domain.creator.overturn import ViolationAmended, ViolationOverturned
from domain.creator.penalties import (
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
)
from domain.creator.points import (
    PointsClawedBack,
    PointsDeducted,
    PointsEarned,
    PointsExpired,
    PointsRestored,
    RestoreReason,
    StrikeExpired,
    StrikeIssued,
)
from domain.creator.scheme import SchemeAdopted
from domain.creator.state import Account, Confirmed
from domain.creator.violations import ViolationConfirmed
from domain.facts import Event, Fact
from domain.identity import EntryId, PenaltyId, ViolationId
from domain.packs.catalogue import Catalogue, Published
from domain.packs.model import Severity

PENALTIES: frozenset[type[Event]] = frozenset({
    PenaltyImposed, PenaltyProposed, PenaltyApproved, PenaltyProposalDeclined, PenaltyProposalLapsed, PenaltyShortened, PenaltyExpired,
    PenaltyLifted, PenaltyReversed, PermissionSuspended, PermissionRevoked, PermissionRestored, RecommendationEligibilityRevoked,
    RecommendationEligibilityRestored, ExternalPenaltyRecorded})
LOST: dict[type[Event], Lost] = {
    PointsExpired: Lost.EXPIRED, StrikeExpired: Lost.EXPIRED, PointsClawedBack: Lost.CLAWED_BACK, SchemeAdopted: Lost.DROPPED_WITH_SCHEME}


class Stage:
    """What an entry was from a version on: `line` None once it weighs nothing any more; `loss` why it weighs less than before."""

    __slots__ = ("line", "loss", "version")

    def __init__(self, version: int, line: Line | None, loss: Loss | None) -> None:
        self.version, self.line, self.loss = version, line, loss


class Chronicle:
    """The facts of one account from its first, those that count at some moment or all of them, and what they came to one by one."""

    def __init__(self, facts: Sequence[Fact], packs: Catalogue) -> None:
        self.packs = packs
        self._facts = {fact.version: fact for fact in facts}
        self.confirmed: dict[ViolationId, Fact] = {}
        self.earlier: dict[ViolationId, tuple[ViolationId, ...]] = {}
        self._penalties: dict[PenaltyId, list[Fact]] = {}
        self._followers: dict[int, list[Fact]] = {}
        self._adoptions: list[Fact] = []
        self._stages: dict[EntryId, list[Stage]] = {}
        self._made_for: dict[ViolationId, list[EntryId]] = {}
        self._severities: dict[ViolationId, list[tuple[int, Severity]]] = {}
        self._sources: dict[EntryId, str] = {}
        account = empty()
        for fact in facts:
            self._take(account, fact)

    def fact(self, version: int) -> Fact | None:
        """The fact of that version, if it is known yet."""
        return self._facts.get(version)

    def cause(self, fact: Fact) -> Fact | None:
        """The fact of this account that another one follows from."""
        return self.fact(fact.cause.version) if fact.cause and fact.cause.stream == fact.stream else None

    def followers(self, fact: Fact) -> Sequence[Fact]:
        """The facts that follow from another one directly."""
        return self._followers.get(fact.version, ())

    def about(self, id: PenaltyId) -> Sequence[Fact]:
        """The facts that say what became of a penalty, from its beginning."""
        return self._penalties.get(id, ())

    def adoption(self, version: int) -> SchemeAdopted:
        """By which figures the account lived at a version. LookupError if there were none."""
        for fact in reversed(self._adoptions):
            if fact.version <= version and isinstance(fact.event, SchemeAdopted):
                return fact.event
        raise LookupError(f"The account lived under no pack at version {version}.")

    def pack(self, version: int) -> Published:
        """The pack the account lived under at a version."""
        return self.packs.by_hash(self.adoption(version).hash)

    def entries(self, version: int) -> Iterator[tuple[Entry, Loss | None]]:
        """Every entry there ever was up to a version, oldest first, as it was then, with what took the last of it (None: it is live)."""
        for id in self._stages:
            if found := self.entry(id, version):
                yield found

    def made_for(self, id: ViolationId) -> tuple[Entry, ...]:
        """The entries of a violation, as they are by now."""
        found = (self.entry(entry, max(self._facts)) for entry in self._made_for.get(id, ()))
        return tuple(one[0] for one in found if one)

    def entry(self, id: EntryId, version: int) -> tuple[Entry, Loss | None] | None:
        """An entry as it was at a version, and what took the last of it; None if it was not made yet."""
        stages = [stage for stage in self._stages.get(id, ()) if stage.version <= version]
        lines = [stage.line for stage in stages if stage.line]
        if not lines:
            return None
        made, latest, losses = lines[0], lines[-1], tuple(stage.loss for stage in stages if stage.loss)
        violation = ViolationId(made.source) if ViolationId(made.source) in self.confirmed else None
        now = stages[-1].line
        entry = Entry(
            id=id, tally=latest.tally, violation=violation, earned_by=self._sources.get(id, ""),
            policy=self.finding(violation).policy if violation else "", severity=self.severity(violation, version) if violation else None,
            points=made.delta, weighs=now.delta if now else 0, made_at=made.at, expires_at=latest.expires_at, losses=losses)
        return entry, None if now else stages[-1].loss

    def finding(self, id: ViolationId) -> Finding:
        """What was found when a violation was confirmed. LookupError if it was not."""
        event = self.confirmed[id].event
        if isinstance(event, ViolationConfirmed):
            return event.finding
        raise LookupError(f"Violation {id} was not confirmed.")

    def severity(self, id: ViolationId, version: int) -> Severity:
        """How grave a violation was found to be, as of a version."""
        return [severity for since, severity in self._severities[id] if since <= version][-1]

    def _take(self, account: Account, fact: Fact) -> None:
        touched = self._touched(account, fact.event)
        before = {id: account.standing.ledger.entries.get(id) for id in touched}
        evolve(account, fact)
        for id, was in before.items():
            now = account.standing.ledger.entries.get(id)
            if was != now:
                self._stages.setdefault(id, []).append(Stage(fact.version, now, self._loss(fact, was, now)))
        self._note(account, fact)
        if cause := self.cause(fact):
            self._followers.setdefault(cause.version, []).append(fact)

    def _touched(self, account: Account, event: Event) -> tuple[EntryId, ...]:
        if isinstance(event, SchemeAdopted):
            return tuple(account.standing.ledger.entries)
        entry: EntryId | None = getattr(event, "entry_id", None)
        return (entry,) if entry else ()

    def _loss(self, fact: Fact, was: Line | None, now: Line | None) -> Loss | None:
        """What a fact took from an entry; nothing when it made it."""
        if was is None:
            return None
        quiz = isinstance(fact.event, PointsRestored) and fact.event.reason is RestoreReason.QUIZ
        because, violation = (Lost.QUIZ, None) if quiz else self._because(fact)
        return Loss(why=because, at=fact.occurred_at, points=(now.delta if now else 0) - was.delta, violation=violation)

    def _because(self, fact: Fact) -> tuple[Lost, ViolationId | None]:
        match self.cause(fact):
            case Fact(event=ViolationAmended(violation_id=violation)):
                return Lost.AMENDED, violation
            case Fact(event=ViolationOverturned(violation_id=violation)):
                return Lost.OVERTURNED, violation
            case _:
                return LOST.get(type(fact.event), Lost.RESTORED), None

    def _note(self, account: Account, fact: Fact) -> None:
        event = fact.event
        match event:
            case SchemeAdopted():
                self._adoptions.append(fact)
            case PointsEarned():
                self._sources[event.entry_id] = event.source
            case PointsDeducted() | StrikeIssued():
                made = self._made_for.setdefault(event.violation_id, [])
                made += [] if event.entry_id in made else [event.entry_id]
            case ViolationAmended():
                self._severities[event.violation_id].append((fact.version, event.severity))
            case ViolationConfirmed():
                self._confirmed(account, event, fact)
            case _ if type(event) in PENALTIES:
                self._penalties.setdefault(event.penalty_id, []).append(fact)  # type: ignore[attr-defined]  # all of those have it
            case _:
                pass

    def _confirmed(self, account: Account, event: ViolationConfirmed, fact: Fact) -> None:
        id, violation = event.violation_id, account.violations[event.violation_id]
        self.confirmed[id] = fact
        self._severities[id] = [(fact.version, event.finding.severity)]
        if isinstance(violation, Confirmed):
            self.earlier[id] = occurrences_before(account, id, violation, self.packs.by_hash(violation.schedule).pack)
