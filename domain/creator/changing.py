"""What one fact, or all that lies between two moments, changed in an account: part by part, before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any

import msgspec

from domain.creator.deadlines import AppealDeadlineMissed, AppealResumed
from domain.creator.decider import empty, fold
from domain.creator.grammar import evolve
from domain.creator.notices import NoticeDeemed
from domain.creator.penalties import PenaltyExpired, PenaltyProposalLapsed
from domain.creator.points import PointsExpired, StrikeExpired
from domain.creator.replaying import When, come_to, counted
from domain.creator.rewards import RewardExpired
from domain.creator.state import Account
from domain.facts import SYSTEM, Fact
from domain.identity import PackHash
from domain.packs.catalogue import Catalogue


class Part(StrEnum):
    """A part of an account that a fact may change."""

    SCORE = "SCORE"
    ZONE = "ZONE"
    MARKET = "MARKET"
    SCHEME = "SCHEME"
    TIER = "TIER"
    VIOLATION = "VIOLATION"
    ENTRY = "ENTRY"
    THRESHOLD = "THRESHOLD"
    MILESTONE = "MILESTONE"
    PENALTY = "PENALTY"
    PROPOSAL = "PROPOSAL"
    MEASURE = "MEASURE"
    CONTENT_DELETED = "CONTENT_DELETED"
    NOTICE = "NOTICE"
    INFORMED = "INFORMED"
    APPEAL = "APPEAL"
    LATE_APPEAL_ADMITTED = "LATE_APPEAL_ADMITTED"
    DISPUTE = "DISPUTE"
    FREEZE = "FREEZE"
    FORFEITURE = "FORFEITURE"
    REWARD = "REWARD"
    REMEDY = "REMEDY"
    QUIZ = "QUIZ"
    STATEMENT = "STATEMENT"
    REPRESENTATIVE = "REPRESENTATIVE"
    LINK = "LINK"
    EVIDENCE = "EVIDENCE"
    RETENTION = "RETENTION"
    LEGAL_HOLD = "LEGAL_HOLD"
    ERASURE = "ERASURE"


Value = object  # a part of the state, a figure or a word; None: there is none


class Change(msgspec.Struct, frozen=True):
    """One thing in an account that is not what it was: `id` tells it from others of its part ("" where there is but one)."""

    part: Part
    id: str
    before: Value
    after: Value

    @property
    def thing(self) -> tuple[Part, str]:
        """What changed."""
        return self.part, self.id


class Step(msgspec.Struct, frozen=True):
    """A fact, what it changed, and the pack that the account lived under from it on ("": none yet)."""

    fact: Fact
    changes: tuple[Change, ...]
    pack: PackHash


class Why(msgspec.Struct, frozen=True):
    """A change between two moments, and the facts that made it, in their order.

    `added` count at the later moment alone, `removed` at the earlier alone; `fell_due` are what time did by either moment, and is not among
    the facts that count there.
    """

    change: Change
    added: tuple[Step, ...]
    removed: tuple[Step, ...]
    fell_due: tuple[Step, ...]

    @property
    def by_time_alone(self) -> bool:
        """Whether nobody decided anything that made it."""
        return not self.removed and all(is_by_time(step.fact) for step in (*self.added, *self.fell_due))


BY_TIME = (
    PointsExpired, StrikeExpired, PenaltyExpired, PenaltyProposalLapsed, RewardExpired, NoticeDeemed, AppealDeadlineMissed, AppealResumed)


def is_by_time(fact: Fact) -> bool:
    """Whether a fact says that something fell due, by nobody's decision."""
    return isinstance(fact.event, BY_TIME) and fact.actor == SYSTEM


def steps(account: Account, facts: Iterable[Fact], packs: Catalogue) -> Iterator[Step]:
    """What each of the facts changed, that follow on an account; the one given is left as it is."""
    before = account
    for fact in facts:
        after = before.copy()
        evolve(after, fact)
        yield Step(fact, changes(before, after, packs), after.scheme.hash if after.scheme else PackHash(""))
        before = after


def compared(account: Account, facts: Sequence[Fact], one: When, other: When, packs: Catalogue) -> tuple[Why, ...]:
    """What is not the same at two moments, and why: of an account in which every fact counts at both, and the facts after it."""
    earlier, later = counted(facts, one, packs), counted(facts, other, packs)
    same = next((n for n, (was, now) in enumerate(zip(earlier, later, strict=False)) if was.version != now.version), min(len(earlier), len(later)))
    start = fold(account, earlier[:same])
    was, removed, due_before = way(start, earlier[same:], one, packs)
    now, added, due_after = way(start, later[same:], other, packs)
    counts_before, counts_after = {fact.version for fact in earlier}, {fact.version for fact in later}

    def why(change: Change) -> Why:
        touched = change.thing
        return Why(
            change, tuple(step for step in added.get(touched, ()) if step.fact.version not in counts_before),
            tuple(step for step in removed.get(touched, ()) if step.fact.version not in counts_after),
            (*due_before.get(touched, ()), *due_after.get(touched, ())))

    return tuple(map(why, changes(was, now, packs)))


Touched = dict[tuple[Part, str], list[Step]]


def way(account: Account, facts: Sequence[Fact], when: When, packs: Catalogue) -> tuple[Account, Touched, Touched]:
    """What the facts that count at a moment make of an account with what fell due by then, and which of both touched which thing."""
    counting = fold(account, facts)
    found = come_to(counting, when, packs)
    by_facts, by_time = touching(account, facts, packs), touching(counting, found.settled if found else (), packs)
    return (found.account if found else empty()), by_facts, by_time


def touching(account: Account, facts: Iterable[Fact], packs: Catalogue) -> Touched:
    """For each thing that facts change, the steps that do."""
    found: Touched = {}
    for step in steps(account, facts, packs):
        for change in step.changes:
            found.setdefault(change.thing, []).append(step)
    return found


def changes(before: Account, after: Account, packs: Catalogue) -> tuple[Change, ...]:
    """All that is not the same in two states of an account."""
    found = [Change(part, "", was, now) for part, was, now in zip(Part, figures(before, packs), figures(after, packs), strict=False) if was != now]
    for (part, were), (_, are) in zip(things(before), things(after), strict=True):
        if list(were.values()) != list(are.values()) or list(were) != list(are):  # hashes no id, as comparing the two would
            were, are = remaining(were, are)  # noqa: PLW2901  # the same for what follows
            found += [Change(part, str(id), were.get(id), are.get(id)) for id in {**were, **are} if were.get(id) != are.get(id)]
    return tuple(found)


def remaining(were: Mapping[Any, Value], are: Mapping[Any, Value]) -> tuple[Mapping[Any, Value], Mapping[Any, Value]]:
    """Both without what they begin with alike: what a fact adds stands at the end."""
    alike = 0
    for (id, was), (other, now) in zip(were.items(), are.items(), strict=False):
        if id is not other or was is not now:
            break
        alike += 1
    return dict(islice(were.items(), alike, None)), dict(islice(are.items(), alike, None))


def figures(account: Account, packs: Catalogue) -> tuple[Value, ...]:
    """What an account has one of, in the order of their names: score, zone, market, scheme, tier."""
    if account.scheme is None:
        return None, None, account.market or None, None, account.tier or None
    score, zone = account.standing.ledger.score, packs.by_hash(account.scheme.hash).pack.zone
    return score, zone(score), account.market, account.scheme, account.tier or None


def things(account: Account) -> list[tuple[Part, Mapping[Any, Value]]]:
    """What an account has several of, by their ids."""
    standing = account.standing
    fired = {f"{it.tally} {it.comparison} {it.at}": it for it in standing.ledger.fired}
    return [
        (Part.ENTRY, standing.ledger.entries), (Part.THRESHOLD, fired), (Part.PENALTY, standing.penalties), (Part.PROPOSAL, standing.proposals),
        (Part.ERASURE, {} if account.erasure is None else {"": account.erasure}),
        *((part, getattr(account, name)) for part, name in KEPT.items())]


KEPT = {
    Part.VIOLATION: "violations", Part.MILESTONE: "milestones", Part.MEASURE: "measures", Part.CONTENT_DELETED: "deleted",
    Part.NOTICE: "notices", Part.INFORMED: "informed", Part.APPEAL: "appeals", Part.LATE_APPEAL_ADMITTED: "admitted",
    Part.DISPUTE: "disputes", Part.FREEZE: "freezes", Part.FORFEITURE: "forfeitures", Part.REWARD: "rewards", Part.REMEDY: "remedies",
    Part.QUIZ: "quiz_attempts", Part.STATEMENT: "statements", Part.REPRESENTATIVE: "representatives", Part.LINK: "links",
    Part.EVIDENCE: "evidence", Part.RETENTION: "kept", Part.LEGAL_HOLD: "legal_holds"}
