"""What holds for every history: the account against a plain model of it, the everyday path against the history told from scratch,
nobody worse off by winning, and the account as nothing but its facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.creator import decider
from domain.creator.approvals import ApprovePenalty, DeclinePenalty
from domain.creator.consequences import retold
from domain.creator.earning import ClawBackPoints, EarnPoints
from domain.creator.finding import Discretion
from domain.creator.grammar import Command, Order
from domain.creator.overruling import OverturnDecision
from domain.creator.overturn import AmendViolation, Ground
from domain.creator.penalties import PenaltyShortened, every, find, wider
from domain.creator.points import PointsEarned
from domain.creator.quizzes import TakeQuiz
from domain.creator.reliefs import Relief
from domain.creator.remedies import RemedyOwed
from domain.creator.sanctions import (
    ImposePenalty,
    LiftPenalty,
    RevokePermission,
    RevokeRecommendationEligibility,
    ShortenPenalty,
    SuspendPermission,
)
from domain.creator.scheme import AdoptScheme, ChangeMarket
from domain.creator.state import Account, Confirmed, Overturned, Penalty, RemedyKind, Restriction, Standing
from domain.creator.violations import ConfirmViolation
from domain.facts import Actor, ActorKind, Fact, Personal
from domain.identity import EntryId, PenaltyId, ViolationId
from domain.packs.catalogue import Catalogue
from domain.packs.model import (
    Comparison,
    Earning,
    Expiry,
    ExpiryMode,
    Filter,
    Group,
    Occurrences,
    OldEntries,
    Pack,
    PointRule,
    Policy,
    Quiz,
    Severity,
    Shape,
    ZeroTolerance,
)
from tests.rulebook import (
    ANY_ZONE,
    MODERATOR,
    REASONS,
    SECOND,
    START,
    TOLD,
    Outcome,
    Story,
    at,
    counting,
    laddered,
    plain,
    proposed,
    published,
    restricted,
    step,
)

NEVER = Expiry(mode=ExpiryMode.NEVER)
MONTHLY = Expiry(mode=ExpiryMode.CALENDAR, months=tuple(range(1, 13)))
ABOVE, REACHED = Comparison.ABOVE, Comparison.AT_OR_ABOVE
TICK = timedelta(microseconds=1)


# The plain model. It knows nothing of the domain: causes in a list, told from the beginning each time.

class Rules(NamedTuple):
    """A ladder as the model knows it; each threshold with the days of its penalty (None: without end)."""

    sign: int  # -1: a violation lowers the score
    base: int
    lowest: int
    highest: int
    inclusive: bool
    ladder: tuple[tuple[int, int | None], ...]
    expiry: str
    repeats: int  # so many of one policy within seven days

    def expires(self, at: datetime) -> datetime | None:
        first = datetime(at.year + at.month // 12, at.month % 12 + 1, 1, tzinfo=UTC)
        return {"DAYS": night_after(at, 9), "MONTHS": first, "NEVER": None}[self.expiry]

    def read(self, raw: int) -> int:
        return max(self.lowest, min(self.highest, self.base + raw))

    def reached(self, value: int, threshold: int) -> bool:
        badness = (value - threshold) * self.sign
        return badness >= 0 if self.inclusive else badness > 0


def night_after(at: datetime, days: int) -> datetime:
    return datetime(at.year, at.month, at.day, tzinfo=UTC) + timedelta(days=days + 1)


class Line(NamedTuple):
    """A violation, points earned, or points taken back, as it happened."""

    kind: str
    id: Any
    at: datetime
    points: int = 0
    policy: str = ""


Penalties = dict[tuple[Any, str], tuple[datetime, datetime | None]]  # by trigger and channel


class Telling:
    """What some causes lead to, by a time."""

    def __init__(self, rules: Rules, causes: list[Line], until: datetime) -> None:
        self.rules, self.fired, self.penalties = rules, set[tuple[str, int]](), Penalties()
        self.live: list[tuple[str, Any, int, datetime | None]] = []  # tally, id, delta, end
        for cause in causes:
            self.settle(cause.at)
            getattr(self, cause.kind)(cause)
        self.settle(until)

    def value(self, tally: str) -> int:
        raw = sum(delta for other, _, delta, _ in self.live if other == tally)
        return self.rules.read(raw) if tally == "score" else raw

    def rearm(self) -> None:
        self.fired = {(tally, limit) for tally, limit in self.fired if self.holds(tally, limit)}

    def holds(self, tally: str, limit: int) -> bool:
        return self.rules.reached(self.value(tally), limit) if tally == "score" else self.value(tally) >= limit

    def settle(self, until: datetime) -> None:
        due = sorted((line for line in self.live if line[3] and line[3] <= until), key=lambda line: line[3] or until)
        for line in due:
            self.live.remove(line)
            self.rearm()

    def violation(self, cause: Line) -> None:
        self.live.append(("score", cause.id, self.rules.sign * cause.points, self.rules.expires(cause.at)))
        self.fire(cause, "score", self.rules.ladder)
        self.live.append((cause.policy, cause.id, 1, night_after(cause.at, 7)))
        self.fire(cause, cause.policy, ((self.rules.repeats, 2),))

    def fire(self, cause: Line, tally: str, ladder: tuple[tuple[int, int | None], ...]) -> None:
        crossed = [(limit, days) for limit, days in ladder if self.holds(tally, limit) and (tally, limit) not in self.fired]
        if crossed:
            days = crossed[-1][1]
            channel = "score" if tally == "score" else "repeat"
            self.penalties[cause.id, channel] = (cause.at, None if days is None else night_after(cause.at, days))
            self.fired |= {(tally, limit) for limit, _ in crossed}

    def earned(self, cause: Line) -> None:
        self.live.append(("score", cause.id, -self.rules.sign * cause.points, self.rules.expires(cause.at)))
        self.rearm()

    def taken_back(self, cause: Line) -> None:
        index = next(n for n, line in enumerate(self.live) if line[:2] == ("score", cause.id))
        tally, id, delta, end = self.live[index]
        left = delta + self.rules.sign * cause.points
        self.live[index : index + 1] = [(tally, id, left, end)] if left else []
        self.rearm()


def invented(rules: Rules, shape: Shape, comparison: Comparison, expiry: Expiry) -> Catalogue:
    """The same rules as a pack."""
    ladder = tuple(at(limit, step("BAN", days), comparison=comparison) for limit, days in rules.ladder)
    repeat = counting(
        at(rules.repeats, step("PAUSE", 2), comparison=REACHED), shape=Shape.DEBT, base=0, days=7, weight=1, group=Group.POLICY, highest=None)
    return laddered(
        *ladder, others={"repeat": repeat}, shape=shape, base=rules.base, lowest=rules.lowest, highest=rules.highest, expiry=expiry,
        earning={"GOOD": Earning(points=1, expiry=expiry)}, zero_tolerance=())


CREDIT = Rules(-1, 20, 0, 40, inclusive=True, ladder=((15, 2), (10, 4), (0, None)), expiry="DAYS", repeats=3)
DEBT = Rules(1, 3, 0, 30, inclusive=False, ladder=((8, 1), (12, 3), (20, 10)), expiry="MONTHS", repeats=4)
LASTING = Rules(-1, 50, -10, 60, inclusive=False, ladder=((40, 3), (30, 6), (0, 12)), expiry="NEVER", repeats=2)
SHAPES = [
    (CREDIT, invented(CREDIT, Shape.CREDIT, Comparison.AT_OR_BELOW, Expiry(mode=ExpiryMode.PER_ENTRY, days=9))),
    (DEBT, invented(DEBT, Shape.DEBT, ABOVE, MONTHLY)),
    (LASTING, invented(LASTING, Shape.CREDIT, Comparison.BELOW, NEVER))]
POLICIES = ("MISLEADING_PROMOTION", "UNORIGINAL_CONTENT")


class AccountAgainstModel(RuleBasedStateMachine):
    """Whatever is asked of the account in whatever order, it says what the plain model says."""

    @initialize(shape=st.sampled_from(range(len(SHAPES))))
    def open(self, shape: int) -> None:
        self.scheme, packs = SHAPES[shape]
        self.told = Story(packs=packs)
        self.causes: list[Line] = []
        self.automatic: Penalties = {}
        self.by_hand: dict[UUID, tuple[datetime, datetime]] = {}

    def teardown(self) -> None:
        TOLD.clear()

    @property
    def telling(self) -> Telling:
        return Telling(self.scheme, self.causes, self.told.now)

    @rule(hours=st.sampled_from([0, 1, 10, 14, 24, 60, 200, 700]))
    def wait(self, hours: int) -> None:
        self.told.at(timedelta(hours=hours)).settle()

    @rule(early=st.booleans())
    def wait_until_something_falls_due(self, *, early: bool) -> None:
        if (moment := decider.next_change(self.told.account)) is not None:
            self.told.at(max(self.told.now, moment - TICK if early else moment)).settle()

    @rule(points=st.sampled_from([1, 2, 4, 5, 6, 9, 15, 30]), policy=st.sampled_from(POLICIES))
    def violate(self, points: int, policy: str) -> None:
        self.told.deduct(points, policy=policy).refusal  # noqa: B018  # every one is taken
        self.causes.append(Line("violation", self.told.latest, self.told.now, points, policy))
        self.automatic |= {key: span for key, span in self.telling.penalties.items() if key[0] == self.told.latest}

    @rule(quantity=st.sampled_from([1, 3, 10]))
    def earn(self, quantity: int) -> None:
        command = EarnPoints(creator=self.told.creator, source="GOOD", quantity=quantity, reference=str(len(self.told.facts)))
        entry = self.told.when(command).one(PointsEarned).entry_id
        self.causes.append(Line("earned", entry, self.told.now, quantity))

    @rule(data=st.data())
    def take_back(self, data: st.DataObject) -> None:
        earned = {cause.id for cause in self.causes if cause.kind == "earned"}
        if live := [(id, abs(delta)) for tally, id, delta, _ in self.telling.live if tally == "score" and id in earned]:
            entry, most = data.draw(st.sampled_from(live))
            points = data.draw(st.integers(1, most))
            self.told.given(ClawBackPoints(creator=self.told.creator, entry_id=EntryId(entry), points=points, reasons=REASONS))
            self.causes.append(Line("taken_back", entry, self.told.now, points))

    @rule(data=st.data())
    @precondition(lambda self: any(cause.kind == "violation" for cause in self.causes))
    def overturn(self, data: st.DataObject) -> None:
        fallen = data.draw(st.sampled_from([cause.id for cause in self.causes if cause.kind == "violation"]))
        held = tuple(penalty.id for penalty in self.told.penalties if penalty.by_person and fallen in penalty.violations)
        assert self.told.overturn(fallen, keep=held).refusal is None
        self.causes = [cause for cause in self.causes if cause.id != fallen]
        without = self.telling.penalties
        self.automatic = {key: (start, least(end, without[key][1])) for key, (start, end) in self.automatic.items() if key in without}

    @rule(days=st.integers(1, 20))
    def hold(self, days: int) -> None:
        standing = [cause.id for cause in self.causes if cause.kind == "violation"]
        ends_at = self.told.now + timedelta(days=days)
        if standing and not self.by_hand:
            self.told.given(SuspendPermission(
                creator=self.told.creator, violations=(standing[0],), restrictions=restricted("RECOMMENDATION"), ends_at=ends_at, reasons=REASONS))
            self.by_hand[self.told.penalties[-1].id] = (self.told.now, ends_at)

    @rule(data=st.data())
    def lift(self, data: st.DataObject) -> None:
        if self.told.penalties:
            penalty = data.draw(st.sampled_from(self.told.penalties))
            self.told.given(LiftPenalty(creator=self.told.creator, penalty_id=penalty.id, reasons=REASONS))
            self.by_hand.pop(penalty.id, None)
            self.automatic.pop((penalty.trigger, penalty.channel), None)

    @invariant()
    def agrees(self) -> None:
        telling, standing, now = self.telling, self.told.account.standing, self.told.now
        assert self.told.score == telling.value("score")
        assert sorted((e.tally.partition("/")[2] or "score", e.delta, e.expires_at) for e in standing.ledger.entries.values()) == sorted(
            (tally, delta, end) for tally, _, delta, end in telling.live)
        assert {(one.tally.partition("/")[2] or "score", one.at) for one in standing.ledger.fired} == telling.fired
        self.by_hand = {id: span for id, span in self.by_hand.items() if span[1] > now}
        in_force = {key: span for key, span in self.automatic.items() if span[1] is None or span[1] > now}
        assert {(p.trigger, p.channel): (p.starts_at, p.ends_at) for p in self.told.penalties if not p.by_person} == in_force
        assert {p.id: (p.starts_at, p.ends_at) for p in self.told.penalties if p.by_person} == self.by_hand


def least(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((end for end in (one, other) if end is not None), default=None)


AccountAgainstModel.TestCase.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
TestTheAccountIsWhatAPlainModelSays = AccountAgainstModel.TestCase


# Histories over packs of several shapes, versions and markets

POLICY = Policy(title="A", severities=tuple(Severity), text={"en": "Do not."})
ROWS = (
    PointRule(severities=(Severity.MINOR,), points=0, warning=True),
    PointRule(severities=(Severity.MODERATE,), occurrence=2, points=6, range=(4, 12)),
    PointRule(severities=(Severity.MODERATE,), points=3, range=(1, 6)), PointRule(severities=(Severity.MAJOR,), points=13), PointRule(points=20))


def counters(shape: Shape, base: int, expiry: Expiry, *ladder: Any) -> dict[str, Any]:
    return {
        "score": counting(*ladder, shape=shape, base=base, expiry=expiry, highest=60, lowest=-5),
        "repeat": counting(
            at(3, proposed("REPEAT", 5, 60, interim=True, capabilities=("CAMPAIGN",)), comparison=REACHED), shape=Shape.DEBT, base=0, days=8,
            weight=1, group=Group.POLICY),
        "faults": counting(
            at(9, step("FEATURE", 4, ("CAMPAIGN", "LIVE_SELLING")), comparison=REACHED), shape=Shape.DEBT, base=0, group=Group.FEATURE,
            expiry=MONTHLY, highest=None),
        "graver": counting(at(1, step("GRAVE", 2)), base=3, days=None, weight=1, group=Group.SEVERITY)}


def pack(market: str, scheme: str, day: date, keep: OldEntries, counted: dict[str, Any], points: tuple[PointRule, ...] = ROWS) -> Pack:
    header = msgspec.structs.replace(
        plain().pack, market=market, scheme=scheme, effective_from=day, when_adopted_from_another_scheme=keep,
        when_adopted_from_an_earlier_version=keep)
    out = proposed("OUT", None, 120, interim=True, capabilities=("WITHDRAW_COMMISSION",))
    tolerance = ZeroTolerance(counts=Filter(severities=(Severity.SEVERE,)), steps=(out,))
    return plain(
        pack=header, counters=counted, zones=ANY_ZONE, points=points, occurrences=Occurrences(days=6), policies=dict.fromkeys("AB", POLICY),
        zero_tolerance=(tolerance,), earning={"GOOD": Earning(points=1, cap=20, cap_days=5, expiry=Expiry(mode=ExpiryMode.PER_ENTRY, days=6))},
        quiz=Quiz(credit=2, cap=2, cap_days=4, attempts=3, not_reducible=(Severity.SEVERE,)), rewards={})


DAYS = Expiry(mode=ExpiryMode.PER_ENTRY, days=9)
LADDER = (at(15, step("BAN", 2)), at(10, step("BAN", 5)), at(0, step("BAN", None)))
WORLDS = [
    published([
        pack("XX", "gentle", date(2024, 1, 1), OldEntries.KEEP, counters(Shape.CREDIT, 25, MONTHLY, *LADDER[:2])),
        pack("XX", "credit", date(2025, 1, 1), OldEntries.KEEP, counters(Shape.CREDIT, 20, DAYS, *LADDER)),
        pack("XX", "credit", date(2026, 3, 9), OldEntries.KEEP, counters(Shape.CREDIT, 25, NEVER, *LADDER[1:])),
        pack("XX", "credit", date(2026, 3, 16), OldEntries.DROP, counters(Shape.CREDIT, 20, DAYS, *LADDER)),
        pack("YY", "debt", date(2025, 1, 1), OldEntries.DROP, counters(
            Shape.DEBT, 3, MONTHLY, at(8, step("BAN", 1), comparison=ABOVE), at(14, step("BAN", 9), comparison=REACHED)))]),
    published([
        pack("XX", "gentle", date(2024, 1, 1), OldEntries.KEEP, counters(Shape.DEBT, 0, DAYS, at(4, step("BAN", 6), comparison=ABOVE))),
        pack("XX", "debt", date(2025, 1, 1), OldEntries.KEEP, counters(
            Shape.DEBT, 0, MONTHLY, at(5, proposed("BAN", 2, 20), comparison=REACHED), at(9, step("BAN", 4), comparison=REACHED),
            at(15, proposed("BAN", None, 90, interim=True), comparison=ABOVE)), ROWS[1:]),
        pack("XX", "debt", date(2026, 3, 6), OldEntries.KEEP, counters(Shape.DEBT, 0, DAYS, at(6, step("BAN", 3), comparison=REACHED))),
        pack("YY", "debt", date(2025, 1, 1), OldEntries.KEEP, counters(Shape.DEBT, 1, NEVER, at(7, step("BAN", 3), comparison=REACHED)))])]

OTHER_GROUNDS = (Ground.QUALITY_REVIEW, Ground.POLICY_ROLLBACK, Ground.COURT, Ground.DETECTOR_DEFECT)
HOURS = (0, 0, 0, 1, 14, 24, 48, 90, 300)
SMALL = st.integers(0, 9)
OPS = st.tuples(st.sampled_from(HOURS), st.sampled_from((
    "confirm", "confirm", "confirm", "confirm", "backdate", "choose", "earn", "take_back", "quiz", "overturn", "overturn", "overrule", "undo",
    "relieve", "relieve",
    "amend", "move", "adopt", "approve", "approve", "approve", "decline", "hold", "hold", "lift", "shorten", "due")), SMALL, SMALL)
HISTORIES = st.tuples(st.sampled_from(range(len(WORLDS))), st.lists(OPS, min_size=12, max_size=40))


class Life:
    """A random life of an account: whatever is refused is left out."""

    def __init__(self, world: int) -> None:
        self.told, self.asked = Story("XX", WORLDS[world]), list[tuple[datetime, Command]]()

    def live(self, ops: list[tuple[int, str, int, int]]) -> Iterator[str]:
        """Live it step by step."""
        for hours, act, one, other in ops:
            self.told.at(timedelta(hours=hours))
            self.told.settle()
            self.before = self.told.account
            getattr(self, act)(one, other)
            self.told.settle()  # what was dated back may be over already
            yield act
        TOLD.clear()

    def standing(self) -> dict[ViolationId, Confirmed]:
        return {id: found for id, found in self.told.account.violations.items() if isinstance(found, Confirmed)}

    def ask(self, command: Command) -> Outcome:
        """Ask for what no violation has a part in, and remember it."""
        outcome = self.told.when(command)
        if outcome.refusal is None:
            self.asked.append((self.told.now, command))
        return outcome

    def some(self, found: Any, pick: int) -> Any:
        """One of several by number; None of none."""
        listed = list(found)
        return listed[pick % len(listed)] if listed else None

    def confirm(self, one: int, other: int, chosen: int | None = None, earlier: int = 0) -> Outcome:
        severity = tuple(Severity)[min(3, (0, 1, 1, 1, 1, 2, 2, 2, 3, 1)[one])]
        finding = self.told.finding(
            f"item-{len(self.told.facts)}", "AB"[other % 2], severity if chosen is None else Severity.MODERATE,
            made=START if earlier or other > 6 else self.told.now, item={"feature": ("", "LIVE")[other % 3 == 0]})
        discretion = None if chosen is None else Discretion(chosen, REASONS)
        command = ConfirmViolation(creator=self.told.creator, finding=finding, discretion=discretion)
        return self.told.when(command, occurred_at=max(START, self.told.now - timedelta(hours=earlier)) if earlier else None)

    def backdate(self, one: int, other: int) -> Outcome:
        return self.confirm(one, other, earlier=7 * (one + 1))

    def choose(self, one: int, other: int) -> Outcome:
        return self.confirm(one, other, chosen=one + 1)

    def earn(self, one: int, _: int) -> Outcome:
        return self.ask(EarnPoints(creator=self.told.creator, source="GOOD", quantity=one, reference=str(len(self.told.facts))))

    def take_back(self, one: int, other: int) -> None:
        account = self.told.account
        if entry := self.some((entry for entry in account.standing.ledger.entries.values() if entry.source not in account.violations), one):
            self.ask(ClawBackPoints(creator=self.told.creator, entry_id=entry.id, points=min(abs(entry.delta), other + 1), reasons=REASONS))

    def quiz(self, one: int, other: int) -> None:
        self.told.when(TakeQuiz(creator=self.told.creator, quiz_id="q", policy="AB"[one % 2], score=3 if other else 2, full=3))

    def overturn(self, one: int, other: int) -> Outcome | None:
        violation = self.some(self.standing(), one)
        if violation is None:
            return None
        return self.told.overturn(violation, **{"keep" if other % 2 else "lift": self.held(violation)})

    def held(self, violation: ViolationId) -> tuple[PenaltyId, ...]:
        """What people placed because of a violation."""
        return tuple(penalty.id for penalty in self.told.penalties if penalty.by_person and violation in penalty.violations)

    def overrule(self, one: int, other: int) -> None:
        if violation := self.some(self.standing(), one):
            held = self.held(violation)
            self.fell(violation, other, keep=held[: other % 2], lift=held[other % 2 :])

    def fell(self, subject: UUID, other: int, **more: Any) -> Outcome:
        """A decision falls by a way that is no appeal."""
        command = OverturnDecision(
            creator=self.told.creator, subject=subject, ground=OTHER_GROUNDS[other % len(OTHER_GROUNDS)], root_cause="X", reasons=REASONS, **more)
        return self.told.when(command, Actor(ActorKind.REVIEWER, f"somebody-{len(self.told.facts)}"))

    def undo(self, one: int, other: int) -> None:
        account = self.told.account
        subjects: Any = account.milestones if other % 3 == 0 else (penalty.id for penalty in every(account))
        if subject := self.some(subjects, one):
            self.fell(subject, other)

    def relieve(self, one: int, other: int) -> None:
        account, sooner = self.told.account, Relief(ends_at=self.told.now + timedelta(hours=(other - 3) * 12))
        match other % 4:
            case 0 if violation := self.some(self.standing(), one):
                self.fell(violation, other, relief=Relief(severity=tuple(Severity)[other % 3]))
            case 1 if milestone := self.some(account.milestones, one):
                self.fell(milestone, other, relief=sooner)
            case 2 if penalty := self.some(account.standing.penalties, one):
                self.fell(penalty, other, relief=sooner)
            case 3 if penalty := self.some(account.standing.penalties.values(), one):
                left = penalty.restrictions[0] if other > 5 else msgspec.structs.replace(penalty.restrictions[0], category="HEALTH")
                self.fell(penalty.id, other, relief=Relief(kind="MILDER", restrictions=(left,)))

    def amend(self, one: int, other: int) -> None:
        if violation := self.some(self.standing(), one):
            self.told.when(AmendViolation(
                creator=self.told.creator, violation_id=violation, severity=tuple(Severity)[other % 4], reasons=REASONS))

    def move(self, one: int, _: int) -> None:
        self.ask(ChangeMarket(creator=self.told.creator, market=("XX", "YY")[one % 2]))

    def adopt(self, one: int, _: int) -> None:
        self.ask(AdoptScheme(creator=self.told.creator, pack=self.some((published.hash for published in self.told.packs), one)))

    def approve(self, one: int, _: int) -> None:
        if penalty := self.some(self.told.account.standing.proposals, one):
            self.told.when(ApprovePenalty(creator=self.told.creator, penalty_id=penalty), SECOND)

    def decline(self, one: int, _: int) -> None:
        if penalty := self.some(self.told.account.standing.proposals, one):
            self.told.when(DeclinePenalty(creator=self.told.creator, penalty_id=penalty, reasons=REASONS), SECOND)

    def hold(self, one: int, other: int) -> None:
        because, ends_at = tuple(self.standing())[: one % 2 + 1], self.told.now + timedelta(days=other + 1)
        everywhere, here = restricted("LIVE_SELLING"), (Restriction("LIVE_SELLING", "HEALTH"),)
        commands: tuple[Any, ...] = (
            SuspendPermission(creator=self.told.creator, violations=because, restrictions=everywhere, ends_at=ends_at, reasons=REASONS),
            RevokePermission(creator=self.told.creator, violations=because, restrictions=here, reasons=REASONS),
            ImposePenalty(
                creator=self.told.creator, kind="HELD", violations=because, restrictions=everywhere + here, ends_at=ends_at, reasons=REASONS),
            RevokeRecommendationEligibility(creator=self.told.creator, violations=because[:other % 2], ends_at=ends_at, reasons=REASONS))
        self.told.when(commands[(one + other) % len(commands)], SECOND)

    def lift(self, one: int, _: int) -> None:
        if penalty := self.some(self.told.account.standing.penalties, one):
            self.told.when(LiftPenalty(creator=self.told.creator, penalty_id=penalty, reasons=REASONS))

    def shorten(self, one: int, other: int) -> None:
        if penalty := self.some(self.told.account.standing.penalties, one):
            self.told.when(ShortenPenalty(
                creator=self.told.creator, penalty_id=penalty, ends_at=self.told.now + timedelta(hours=other * 10 + 1), reasons=REASONS))

    def due(self, one: int, _: int) -> None:
        if (moment := decider.next_change(self.told.account)) is not None:
            self.told.at(max(self.told.now, moment - TICK * (one % 2)))
            self.told.settle()


def from_scratch(told: Story, account: Account | None = None, without: ViolationId | None = None) -> Account:
    """The account as the causes that stand make it by now."""
    account = account or told.account
    standing = {id: found for id, found in account.violations.items() if isinstance(found, Confirmed) and id != without}
    return retold(account, told.packs, Order(Command(creator=told.creator), MODERATOR, told.now), max(told.now, account.at or told.now), standing)


def weights(standing: Standing) -> tuple[Any, ...]:
    ledger = standing.ledger
    return {e.id: (e.tally, e.source, e.delta, e.expires_at) for e in ledger.entries.values()}, set(ledger.fired), ledger.sums, ledger.figures


def restrictions(standing: Standing, moment: datetime, *, automatic: bool = False) -> set[Restriction]:
    """What is restricted at a moment if nothing happens until then."""
    live = (p for p in standing.penalties.values() if (p.ends_at is None or moment < p.ends_at) and not (automatic and p.by_person))
    return {restriction for penalty in live for restriction in penalty.restrictions}


def moments(*standings: Standing) -> set[datetime]:
    """All instants at which anything of these may change, and those just before."""
    ends = {p.ends_at for standing in standings for p in standing.penalties.values() if p.ends_at}
    return {START + timedelta(days=9999)} | ends | {end - TICK for end in ends}


EVERY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FEWER = settings(EVERY, max_examples=25)  # each step of a history is tried with every violation fallen


@EVERY
@given(HISTORIES)
def test_the_account_kept_day_by_day_is_the_one_told_from_scratch(history: tuple[int, list[tuple[int, str, int, int]]]) -> None:
    life = Life(history[0])
    for act in life.live(history[1]):
        again, account = from_scratch(life.told), life.told.account
        assert weights(account.standing) == weights(again.standing), act
        assert account.standing.counted == again.standing.counted
        for moment in moments(account.standing, again.standing):
            if moment >= life.told.now:
                assert restrictions(account.standing, moment, automatic=True) <= restrictions(again.standing, moment), act


@FEWER
@given(HISTORIES)
def test_nobody_is_worse_off_by_an_overturn_at_any_later_instant_nor_more_restricted_than_without_the_violation(
        history: tuple[int, list[tuple[int, str, int, int]]]) -> None:
    life = Life(history[0])
    for _ in life.live(history[1]):
        told = life.told
        for violation in life.standing():
            kept = told.account, list(told.facts)
            without = from_scratch(told, without=violation)
            assert told.overturn(violation, keep=life.held(violation)).refusal is None
            before, after = kept[0].standing, told.account.standing
            assert (told.score - before.ledger.score) * (1 if before.ledger.figures["score"].shape is Shape.CREDIT else -1) >= 0
            assert weights(after)[:3] == weights(without.standing)[:3]
            for moment in moments(before, after, without.standing):
                if moment >= told.now:
                    assert restrictions(after, moment) <= restrictions(before, moment), "never worse off"
                    assert restrictions(after, moment, automatic=True) <= restrictions(without.standing, moment), "no more than without it"
            for id, waiting in after.proposals.items():
                assert waiting.lapses_at <= before.proposals[id].lapses_at
                assert waiting.lapses_at <= without.standing.proposals[id].lapses_at
            told.account, told.facts = kept  # it was only a try


@EVERY
@given(HISTORIES, st.data())
def test_overturns_in_any_order_leave_the_same_score_counters_and_milestones(
        history: tuple[int, list[tuple[int, str, int, int]]], data: st.DataObject) -> None:
    life = Life(history[0])
    for _ in life.live(history[1]):
        pass
    kept, fallen = (life.told.account, list(life.told.facts)), list(life.standing())[:4]
    ends = []
    for order in (fallen, data.draw(st.permutations(fallen))):
        life.told.account, life.told.facts = kept[0], list(kept[1])
        for violation in order:
            assert life.told.overturn(violation, lift=life.held(violation)).refusal is None
        ends.append((weights(life.told.account.standing), life.told.account.standing.counted))
    assert ends[0] == ends[1]


LIGHTENING = {"overturn", "overrule", "undo", "relieve", "amend", "lift", "shorten", "decline"}


@EVERY
@given(HISTORIES)
def test_whatever_falls_or_is_lightened_in_whatever_way_nobody_is_more_restricted_at_any_later_instant(
        history: tuple[int, list[tuple[int, str, int, int]]]) -> None:
    life = Life(history[0])
    for act in life.live(history[1]):
        before, after = life.before.standing, life.told.account.standing
        if act in LIGHTENING:
            for moment in moments(before, after):
                if moment >= life.told.now:
                    held, free = restrictions(before, moment), restrictions(after, moment)
                    assert all(any(wider(one, other) for one in held) for other in free), act


def make_everything_fall(life: Life) -> None:
    """Every violation is overturned, and every penalty that a person placed."""
    for number, violation in enumerate(life.standing()):
        if number % 2:
            assert life.told.overturn(violation, lift=life.held(violation)).refusal is None
        else:
            assert life.fell(violation, number, keep=life.held(violation)).refusal is None
    for penalty in tuple(every(life.told.account)):
        now = find(life.told.account, penalty.id)
        if penalty.by_person and now and not now.reversed:
            assert life.fell(penalty.id, 0).refusal is None


@EVERY
@given(HISTORIES)
def test_once_everything_fell_the_account_stands_as_one_that_never_had_it_and_all_time_restricted_is_owed(
        history: tuple[int, list[tuple[int, str, int, int]]]) -> None:
    life = Life(history[0])
    for _ in life.live(history[1]):
        pass
    make_everything_fall(life)
    never = Story("XX", life.told.packs)
    for moment, command in life.asked:
        assert never.at(moment).when(command).refusal is None
    never.at(life.told.now).settle()
    assert weights(life.told.account.standing) == weights(never.account.standing)
    assert (life.told.account.standing.counted, life.told.account.milestones) == ({}, {})
    assert (life.told.penalties, life.told.account.standing.proposals) == ([], {})
    watch = Watch()
    watch.look(life.told.facts)
    assert owed(life.told.facts) == watch.beyond([])


def owed(facts: list[Fact]) -> dict[Restriction, int]:
    """The seconds owed for each restriction by all remedies together."""
    found: dict[Restriction, int] = {}
    for fact in facts:
        if isinstance(fact.event, RemedyOwed) and fact.event.kind is RemedyKind.SERVED_TIME:
            assert fact.event.seconds > 0
            for restriction in fact.event.restrictions:
                found[restriction] = found.get(restriction, 0) + fact.event.seconds
    return found


Span = tuple[PenaltyId, Restriction, datetime, datetime]


class Watch:
    """Looks on, fact by fact, and notes when each penalty was in force, and when one that was shortened too late should have ended."""

    def __init__(self) -> None:
        self.account, self.seen, self.lived, self.cut = decider.empty(), 0, list[Span](), dict[PenaltyId, datetime]()

    def look(self, facts: list[Fact]) -> None:
        for fact in facts[self.seen :]:
            since, before = self.account.at, self.account.standing.penalties
            self.account = decider.fold(self.account, [fact])
            if since and self.account.at and since < self.account.at:
                self.lived += [(one.id, restriction, since, self.account.at) for one in before.values() for restriction in one.restrictions]
            if isinstance(fact.event, PenaltyShortened) and fact.event.served_seconds:
                late = timedelta(seconds=fact.event.served_seconds) if fact.event.penalty_id in before else timedelta()
                self.cut[fact.event.penalty_id] = fact.event.ends_at - late
        self.seen = len(facts)

    def rightly(self, again: Account, now: datetime) -> list[Span]:
        """When penalties of the history told again were in force in this one too, or would have been; and people's, as far as they stand."""
        told = {one.id: one for one in every(again)}
        found = [(one.id, restriction, begin, end) for one in told.values() if find(self.account, one.id) is None
                 for restriction in one.restrictions for begin, end in lasted(one, now)]
        here = {one.id: one for one in every(self.account) if not one.reversed}
        for id, restriction, begin, end in self.lived:
            if id in told and id in here:
                found += [(id, restriction, max(begin, since), min(end, until, self.cut.get(id, end))) for since, until in lasted(told[id], now)]
        for one in here.values():
            if one.by_person and stands(self.account, one):  # also what a person put in the place of another, from its beginning on
                found += [(one.id, restriction, one.starts_at, self.cut.get(one.id, one.over_at or now)) for restriction in one.restrictions]
        return found

    def beyond(self, right: list[Span]) -> dict[Restriction, int]:
        """How many whole seconds each restriction was in force without being so rightly, nor within a wider one."""
        found: dict[Restriction, timedelta] = {}
        for begin, end in pairwise(sorted({moment for span in (*self.lived, *right) for moment in span[2:]})):
            held = {restriction for _, restriction, since, until in self.lived if since <= begin < until}
            due = {restriction for _, restriction, since, until in right if since <= begin < until}
            for one in held:
                if not any(wider(other, one) for other in (held - {one}) | due):
                    found[one] = found.get(one, timedelta()) + (end - begin)
        return {restriction: int(time.total_seconds()) for restriction, time in found.items() if int(time.total_seconds())}


def lasted(penalty: Penalty, now: datetime) -> list[tuple[datetime, datetime]]:
    """When a penalty of the history told again was in force until now."""
    return [*penalty.earlier, (penalty.starts_at, min(now, penalty.ends_at or now, penalty.over_at or now))]


def stands(account: Account, penalty: Penalty) -> bool:
    """Whether what a person placed is in force, was kept, or rests on nothing or on something that has not fallen since."""
    resting = [account.violations[id] for id in penalty.violations]
    still = [one for one in resting if isinstance(one, Confirmed) or (isinstance(one, Overturned) and one.version < penalty.version)]
    return penalty.id in account.standing.penalties or penalty.kept or bool(still) or not resting


@EVERY
@given(HISTORIES)
def test_time_is_owed_as_far_as_it_was_served_beyond_what_the_history_without_gives_and_never_twice(
        history: tuple[int, list[tuple[int, str, int, int]]]) -> None:
    life, watch, most = Life(history[0]), Watch(), dict[Restriction, int]()
    for act in life.live(history[1]):
        watch.look(life.told.facts)
        beyond = watch.beyond(watch.rightly(from_scratch(life.told), life.told.now))
        most = {one: max(most.get(one, 0), beyond.get(one, 0)) for one in {*most, *beyond}}
        assert owed(life.told.facts) == most, act  # what was owed once stays owed


def sealed(value: object) -> object:
    if isinstance(value, Personal):
        return value.text
    raise NotImplementedError


def opened(kind: type, value: object) -> object:
    assert kind is Personal
    return Personal(str(value))


def stored(fact: Fact) -> Fact:
    """A fact as it comes back from its JSON, under its event's name."""
    name, body = type(fact.event).__name__, msgspec.json.encode(fact.event, enc_hook=sealed)
    return msgspec.structs.replace(fact, event=msgspec.json.decode(body, type=decider.EVENTS[name], dec_hook=opened))


@EVERY
@given(HISTORIES)
def test_the_account_is_the_fold_of_its_facts_and_both_survive_being_stored(history: tuple[int, list[tuple[int, str, int, int]]]) -> None:
    life = Life(history[0])
    for _ in life.live(history[1]):
        pass
    facts = [stored(fact) for fact in life.told.facts]
    assert facts == life.told.facts
    assert decider.fold(decider.empty(), facts) == life.told.account
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(life.told.account), type=Account) == life.told.account
    assert [fact.version for fact in facts] == list(range(1, len(facts) + 1))


@EVERY
@given(HISTORIES, SMALL, SMALL)
def test_a_decision_leaves_the_account_it_was_made_on_as_it_was(history: tuple[int, list[tuple[int, str, int, int]]], one: int, other: int) -> None:
    life = Life(history[0])
    for _ in life.live(history[1]):
        pass
    before, written = life.told.account, msgspec.msgpack.encode(life.told.account)
    life.confirm(one, other)
    life.overturn(one, other)
    assert msgspec.msgpack.encode(before) == written
