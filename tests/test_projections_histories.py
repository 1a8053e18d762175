"""Random histories for the tests of the read models, made by the real rules; and what each read model says that it knows of events."""

from __future__ import annotations

import multiprocessing.synchronize
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import pytest

from application.projector import Projector, open_views
from application.store import Aggregate, Log, Store
from domain.creator import decider
from domain.creator.appeals import SubmitAppeal, WithdrawAppeal
from domain.creator.approvals import ApprovePenalty, DeclinePenalty
from domain.creator.carrying_out import Report, ReportRestriction
from domain.creator.commission import ForfeitCommission, FreezeCommission, ReleaseCommission
from domain.creator.content import DeleteContent, DemoteContent, LabelContent, RemoveContent, RestoreContent
from domain.creator.earning import ClawBackPoints, EarnPoints
from domain.creator.finding import Effect, Evidence, Factor
from domain.creator.grammar import Command
from domain.creator.judgement import DecideAppeal, Outcome
from domain.creator.notices import BounceNotice, DeliverNotice, ReadNotice, SendNotice
from domain.creator.overturn import AmendViolation
from domain.creator.quizzes import TakeQuiz
from domain.creator.relations import AuthoriseRepresentative, LinkAccounts, Relation, RepresentativeKind, RevokeRepresentative, UnlinkAccounts
from domain.creator.remedies import AssignRemedy, FulfilRemedy
from domain.creator.rewards import ChangeRewardTier, GrantReward, RevokeReward
from domain.creator.sanctions import (
    ImposePenalty,
    LiftPenalty,
    RestorePermission,
    RestoreRecommendationEligibility,
    RevokePermission,
    RevokeRecommendationEligibility,
    ShortenPenalty,
    SuspendPermission,
)
from domain.creator.scheme import AccountType, ChangeMarket, RegisterCreator
from domain.creator.state import REVISION, Account, Confirmed, Measure, Restriction
from domain.creator.statements import ReportStatement, StatementReport
from domain.creator.violations import ConfirmViolation, CorrectViolation, DismissViolation, SuspectViolation
from domain.creator.warnings import IssueWarning
from domain.facts import Actor, ActorKind, Fact, Personal
from domain.identity import ContentId, creator_id
from domain.packs.model import Severity
from projections.catalogue import READ_MODELS
from projections.readmodel import ReadModel
from tests.rulebook import APPEALS_REVIEWER, MODEL, MODERATOR, SECOND, Story

MASTER = bytes(range(32))
AGGREGATE: Aggregate[Account] = Aggregate("creators", decider.EVENTS, decider.empty, decider.fold, REVISION, Account)
MARKETS = ("US", "VN", "TH")
FINDINGS = (
    ("MISLEADING_PROMOTION", Severity.MODERATE), ("MEDICAL_CLAIM", Severity.MAJOR), ("LOW_QUALITY", Severity.MINOR),
    ("COUNTERFEIT", Severity.SEVERE), ("MISLEADING_PROMOTION", Severity.MAJOR),
    ("EVASION", Severity.SEVERE))
WORDS = Personal("the cat wrote this")
CUT = (Restriction("LIVE_SELLING"), Restriction("WITHDRAW_COMMISSION"))

DAYS = (*[0] * 40, 1, 35, 95)

T = TypeVar("T")
Step = tuple[str, int, int, int]  # what, by which creator, after how many days, which of several


def some(things: Sequence[T], pick: int) -> T | None:
    """One of them, more often a late one."""
    return things[-1 - pick % (1 + pick % len(things))] if things else None


class Market:
    """Creators in three markets, whose facts go into one order."""

    def __init__(self) -> None:
        self.stories: list[Story] = []
        self.facts: list[Fact] = []
        for number, market in enumerate(MARKETS):
            name = f"creator-{number}"
            story = Story(registered=False)
            story.creator = creator_id(name)
            self.stories.append(story)
            self.ask(number, RegisterCreator(
                adult=True,
                creator=story.creator, external_id=name, account_type=AccountType.PRIVATE, market=market,
                jurisdictions=(market,) if number else (market, "EU"), handle=WORDS, contact=WORDS))

    def ask(self, number: int, command: Command | None, by: Actor = MODERATOR) -> None:
        """Ask for something; a refusal is an answer too."""
        story = self.stories[number]
        before = len(story.facts)
        if command is not None:
            story.when(command, by)
        self.facts += story.facts[before:]

    def step(self, what: str, number: int, days: int, pick: int) -> None:
        """Let days pass and something happen."""
        story = self.stories[number]
        story.days(days)
        command, by = ACTS[what](story, pick)
        creator = Actor(ActorKind.CREATOR, f"creator-{number}", "CREATOR")
        self.ask(number, command, creator if by is None else by)


Act = Callable[[Story, int], tuple[Command | None, Actor | None]]


def finding(story: Story, pick: int) -> Any:
    policy, severity = FINDINGS[pick % len(FINDINGS)]
    return story.finding(
        f"video-{pick % 7}-{story.account.version}", policy, severity, factors=(Factor(Effect.MITIGATING, "FIRST", WORDS),),
        evidence=(Evidence("e-1", "1" * 64, note=WORDS),))


def by_id(command: type[Any], ids: Callable[[Account], Sequence[Any]], field: str, by: Actor | None = MODERATOR, **more: Any) -> Act:
    """A command about one of the things that the account has."""

    def act(story: Story, pick: int) -> tuple[Command | None, Actor | None]:
        id = some(ids(story.account), pick)
        return (None if id is None else command(creator=story.creator, **{field: id}, **more)), by

    return act


def fixed(command: type[Any], by: Actor | None = MODERATOR, **more: Any) -> Act:
    return lambda story, _pick: (command(creator=story.creator, **more), by)


def on_violation(make: Callable[[Story, Any], Command]) -> Act:
    def act(story: Story, pick: int) -> tuple[Command | None, Actor | None]:
        id = some(list(story.account.violations), pick)
        return (None if id is None else make(story, id)), SECOND

    return act


def violations(account: Account) -> list[Any]:
    return list(account.violations)


def penalties(account: Account) -> list[Any]:
    return [*account.standing.penalties, *account.ended]


def live(account: Account) -> list[Any]:
    return list(account.standing.penalties)


def proposals(account: Account) -> list[Any]:
    return list(account.standing.proposals)


def subjects(account: Account) -> list[UUID]:
    return [*account.ended, *account.appeals, *account.standing.penalties, *account.violations]


def shorten(story: Story, id: Any) -> tuple[Command | None, Actor | None]:
    until = story.now + timedelta(days=2)
    return (None if id is None else ShortenPenalty(creator=story.creator, penalty_id=id, ends_at=until, reasons=WORDS)), MODERATOR


def take(story: Story, id: Any) -> tuple[Command | None, Actor | None]:
    because = [id for id, found in story.account.violations.items() if isinstance(found, Confirmed)][-1:]
    return (None if id is None else RevokeReward(creator=story.creator, reward_id=id, reasons=WORDS, because=tuple(because))), MODERATOR


def content(story: Story, id: Any) -> ContentId:
    known = story.account.violations[id]
    return getattr(known, "content_id", ContentId("video"))


ACTS: dict[str, Act] = {
    "confirm": lambda story, pick: (ConfirmViolation(creator=story.creator, finding=finding(story, pick), facts=WORDS), MODERATOR),
    "confirm by machine": lambda story, pick: (ConfirmViolation(creator=story.creator, finding=finding(story, pick)), MODEL),
    "suspect": lambda story, pick: (SuspectViolation(creator=story.creator, finding=finding(story, pick)), MODEL),
    "correct": by_id(CorrectViolation, violations, "violation_id"),
    "dismiss": by_id(DismissViolation, violations, "violation_id", reasons=WORDS),
    "amend": by_id(AmendViolation, violations, "violation_id", reasons=WORDS, factors=(Factor(Effect.MITIGATING, "FIRST", WORDS),)),
    "appeal": by_id(SubmitAppeal, subjects, "subject", None, grounds=WORDS),
    "withdraw": by_id(WithdrawAppeal, lambda account: list(account.appeals), "appeal_id", None),
    "reverse": by_id(
        DecideAppeal, lambda account: list(account.appeals), "appeal_id", APPEALS_REVIEWER, outcome=Outcome.REVERSED, reasons=WORDS),
    "uphold": by_id(
        DecideAppeal, lambda account: list(account.appeals), "appeal_id", APPEALS_REVIEWER, outcome=Outcome.UPHELD, reasons=WORDS),
    "notify": by_id(SendNotice, subjects, "subject", channel="INBOX", language="en", template="t", template_version="1", sha256="0" * 64),
    "deliver": by_id(DeliverNotice, lambda account: list(account.notices), "notice_id"),
    "read": by_id(ReadNotice, lambda account: list(account.notices), "notice_id"),
    "bounce": by_id(BounceNotice, lambda account: list(account.notices), "notice_id"),
    "suspend": on_violation(lambda story, id: SuspendPermission(
        creator=story.creator, violations=(id,), restrictions=CUT, ends_at=story.now + timedelta(days=9), reasons=WORDS)),
    "impose": on_violation(lambda story, id: ImposePenalty(
        creator=story.creator, kind="HOLD", violations=(id,), restrictions=CUT[:1], reasons=WORDS)),
    "revoke": on_violation(lambda story, id: RevokePermission(
        creator=story.creator, violations=(id,), restrictions=(Restriction("CAMPAIGN", territory="US"),), reasons=WORDS)),
    "hide": fixed(RevokeRecommendationEligibility, reasons=WORDS, item="video-1"),
    "show": by_id(RestoreRecommendationEligibility, live, "penalty_id", reasons=WORDS),
    "restore": by_id(RestorePermission, live, "penalty_id", reasons=WORDS),
    "lift": by_id(LiftPenalty, live, "penalty_id", reasons=WORDS),
    "shorten": lambda story, pick: shorten(story, some(live(story.account), pick)),
    "approve": by_id(ApprovePenalty, proposals, "penalty_id", SECOND),
    "decline": by_id(DeclinePenalty, proposals, "penalty_id", SECOND, reasons=WORDS),
    "applied": by_id(ReportRestriction, penalties, "penalty_id", report=Report.APPLIED),
    "failed": by_id(ReportRestriction, penalties, "penalty_id", report=Report.FAILED, detail=WORDS),
    "requested": by_id(ReportRestriction, penalties, "penalty_id", report=Report.REQUESTED),
    "taken": by_id(
        ReportStatement, lambda account: list(account.statements), "statement_id", report=StatementReport.SUBMITTED, remote_id="r-1"),
    "not taken": by_id(
        ReportStatement, lambda account: list(account.statements), "statement_id", report=StatementReport.REJECTED, errors=("e",)),
    "freeze": by_id(FreezeCommission, live, "penalty_id", amount=500, currency="USD"),
    "release": by_id(ReleaseCommission, lambda account: list(account.freezes), "freeze_id", amount=200),
    "forfeit": by_id(ForfeitCommission, lambda account: list(account.freezes), "freeze_id", amount=100, reasons=WORDS),
    "earn": lambda story, pick: (
        EarnPoints(creator=story.creator, source="ORDERS", quantity=10 * (pick + 1), reference=f"week {story.account.version}"), MODERATOR),
    "claw back": by_id(
        ClawBackPoints, lambda account: list(account.standing.ledger.entries), "entry_id", points=1, reasons=WORDS, orders=("o-1",)),
    "quiz": lambda story, pick: (
        TakeQuiz(creator=story.creator, quiz_id="q", policy=FINDINGS[pick % len(FINDINGS)][0], score=4 + pick % 2, full=5), MODERATOR),
    "grant": fixed(GrantReward, kind="CAMPAIGN", promotion_score=420),
    "take": lambda story, pick: take(story, some(list(story.account.rewards), pick)),
    "assign": by_id(AssignRemedy, lambda account: list(account.remedies), "remedy_id", owner="PAYOUTS"),
    "fulfil": by_id(FulfilRemedy, lambda account: list(account.remedies), "remedy_id", reference="r-1", note=WORDS),
    "tier": lambda story, pick: (ChangeRewardTier(creator=story.creator, tier=f"TIER_{pick % 3}", promotion_score=300), MODERATOR),
    "remove": on_violation(lambda story, id: RemoveContent(creator=story.creator, content_id=content(story, id), violation_id=id)),
    "demote": on_violation(lambda story, id: DemoteContent(creator=story.creator, content_id=content(story, id), violation_id=id)),
    "label": on_violation(
        lambda story, id: LabelContent(creator=story.creator, content_id=content(story, id), violation_id=id, label="AD", reasons=WORDS)),
    "put back": on_violation(lambda story, id: RestoreContent(
        creator=story.creator, content_id=content(story, id), measure=Measure.REMOVED, violation_id=id, reasons=WORDS)),
    "delete": on_violation(lambda story, id: DeleteContent(creator=story.creator, content_id=content(story, id))),
    "move": lambda story, pick: (ChangeMarket(
        creator=story.creator, market=MARKETS[pick % 3], jurisdictions=(MARKETS[pick % 3], *story.account.jurisdictions[1:])), MODERATOR),
    "authorise": fixed(AuthoriseRepresentative, None, representative="agency-1", kind=RepresentativeKind.AGENCY),
    "end": fixed(RevokeRepresentative, None, representative="agency-1"),
    "link": fixed(LinkAccounts, other="shop-1", relation=Relation.SHOP, evidence=(Evidence("e-2", "2" * 64),), reasons=WORDS),
    "unlink": fixed(UnlinkAccounts, other="shop-1", reasons=WORDS),
    "warn": fixed(IssueWarning, reasons=WORDS),
}


def told(steps: Sequence[Step]) -> Market:
    """The market after these steps."""
    market = Market()
    for step in steps:
        market.step(*step)
    return market


def varied(count: int) -> Market:
    """A long history, always the same, in which every act comes up again and again."""
    chance = Random(13)  # noqa: S311  # a history, not a secret
    often = ["notify", "deliver", "appeal", "earn", "grant", "reverse", "freeze", "suspend", "suspend", "approve", "decline", "take"]
    deck = [*ACTS, *["confirm", "suspect"] * 3, *often]
    return told([(chance.choice(deck), chance.randrange(len(MARKETS)), chance.choice(DAYS), chance.randrange(99)) for _ in range(count)])


def log_of(store: Store) -> Log[Account]:
    return store.log(AGGREGATE)


def project_all(folder: Path, start: multiprocessing.synchronize.Barrier, at_most: int, database: str) -> None:
    """In a process of its own: catch up as soon as the others do."""
    with Store.open(folder, MASTER, database=database) as store:
        views = open_views(folder, database)
        projector = Projector(log_of(store), views, at_most=at_most)
        start.wait()
        projector.catch_up()
        assert projector.errors() == {}
        views.dispose()


@pytest.mark.parametrize("model", READ_MODELS.values(), ids=list(READ_MODELS))
def test_a_read_model_names_every_event_once_as_handled_or_as_ignored(model: ReadModel) -> None:
    assert model.handles.keys() | model.ignores == set(decider.EVENTS.values())
    assert model.handles.keys() & model.ignores == set()


RARE = frozenset({"CommissionForfeited", "StrikeRemoved", "ViolationCorrected"})


def test_a_varied_history_has_nearly_every_event() -> None:
    names = {type(fact.event).__name__ for fact in varied(2600).facts}
    assert set(decider.EVENTS) - names <= RARE
