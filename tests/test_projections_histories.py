"""Random histories for the tests of the read models, made by the real rules; and what each read model says that it knows of events."""

from __future__ import annotations

import multiprocessing.synchronize
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import pytest

from application.projector import Projector, open_views
from application.store import Aggregate, Log, Store
from domain.calendar import Duration, Unit
from domain.creator import decider
from domain.creator.appeals import AdmitLateAppeal, AppealSubmitted, SubmitAppeal, WithdrawAppeal
from domain.creator.approvals import ApprovePenalty, DeclinePenalty
from domain.creator.carrying_out import Report, ReportRestriction
from domain.creator.commission import ForfeitCommission, FreezeCommission, ReleaseCommission, subjects_of
from domain.creator.content import DeleteContent, DemoteContent, LabelContent, RemoveContent, RestoreContent
from domain.creator.earning import ClawBackPoints, EarnPoints
from domain.creator.erasure import ApproveErasure, DeclineErasure, EraseCreator, ErasureGround
from domain.creator.external import RecordExternalPenalty
from domain.creator.finding import Effect, Evidence, Factor, Origin
from domain.creator.grammar import Command
from domain.creator.hearing import AddAppealEvidence, ProvideInformation, ReportEvidence, RequestInformation
from domain.creator.holds import PlaceLegalHold, ReleaseLegalHold
from domain.creator.judgement import AppealDecided, DecideAppeal, Outcome
from domain.creator.notices import BounceNotice, DeliverNotice, ReadNotice, SendNotice, informed_of
from domain.creator.overruling import (
    DecisionOverturned,
    ImplementDispute,
    OpenDispute,
    OverturnDecision,
    RecordDisputeDecision,
    RecordQualityReview,
    Verdict,
)
from domain.creator.overturn import AmendViolation, Ground
from domain.creator.penalties import RECOMMENDATION_INELIGIBLE
from domain.creator.quizzes import TakeQuiz
from domain.creator.relations import AuthoriseRepresentative, LinkAccounts, Relation, RepresentativeKind, RevokeRepresentative, UnlinkAccounts
from domain.creator.reliefs import Relief, by_people
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
from domain.creator.state import REVISION, Account, Confirmed, Measure, MeasureTaken, Penalty, Restriction, Submitted, Suspected
from domain.creator.statements import ReportStatement, StatementReport
from domain.creator.subjects import Subject, decision_on
from domain.creator.violations import ConfirmViolation, CorrectViolation, DismissViolation, SuspectViolation
from domain.creator.warnings import IssueWarning
from domain.facts import Actor, ActorKind, Fact, Personal
from domain.history import EVENTS
from domain.identity import ContentId, creator_id
from domain.packs.model import Pack, Severity
from projections.catalogue import READ_MODELS
from projections.readmodel import ReadModel
from tests.rulebook import MODEL, MODERATOR, SECOND, Story, changed, published, shipped

MASTER = bytes(range(32))
AGGREGATE: Aggregate[Account] = Aggregate("creators", decider.EVENTS, decider.empty, decider.fold, REVISION, Account)
MARKETS = ("US", "VN", "TH")
FINDINGS = (
    ("MISLEADING_PROMOTION", Severity.MODERATE), ("MEDICAL_CLAIM", Severity.MAJOR), ("LOW_QUALITY", Severity.MINOR),
    ("COUNTERFEIT", Severity.SEVERE), ("MISLEADING_PROMOTION", Severity.MAJOR),
    ("EVASION", Severity.SEVERE))
WORDS = Personal("the cat wrote this")
REVIEWERS = tuple(Actor(ActorKind.REVIEWER, f"reviewer-{number}", "APPEALS_REVIEWER") for number in range(1, 6))
BODIES = ("ADR Europe", "The court of appeal")
CUT = (Restriction("LIVE_SELLING"), Restriction("WITHDRAW_COMMISSION"))

DAYS = (*[0] * 60, 1, 35, 95)
LONG = 3600  # steps, by which everything has come up

T = TypeVar("T")
Step = tuple[str, int, int, int]  # what, by which creator, after how many days, which of several


def some(things: Sequence[T], pick: int) -> T | None:
    """One of them, more often a late one."""
    return things[-1 - pick % (1 + pick % len(things))] if things else None


def richer(pack: Pack) -> Pack:
    """The pack with a second level of appeal, with time to put a violation right, and sooner strict with who repeats an offence."""
    correcting = msgspec.structs.replace(pack.policies["MEDICAL_CLAIM"], correction=Duration(3, Unit.DAYS))
    counters = dict(pack.counters)
    if counter := counters.get("repeat-offence"):
        sooner = tuple(msgspec.structs.replace(one, at=3) for one in counter.thresholds)
        counters["repeat-offence"] = msgspec.structs.replace(counter, thresholds=sooner)
    return changed(
        pack, counters=counters, policies={**pack.policies, "MEDICAL_CLAIM": correcting},
        appeal=msgspec.structs.replace(pack.appeal, levels=2, second_window=Duration(20, Unit.DAYS)))


PACKS = published([richer(pack) for pack in shipped()])


class Market:
    """Creators in three markets, whose facts go into one order."""

    def __init__(self) -> None:
        self.stories: list[Story] = []
        self.facts: list[Fact] = []
        for number, market in enumerate(MARKETS):
            name = f"creator-{number}"
            story = Story(packs=PACKS, registered=False)
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
        command, by = (ACTS | ERASING)[what](story, pick)
        creator = Actor(ActorKind.CREATOR, f"creator-{number}", "CREATOR")
        self.ask(number, command, creator if by is None else by)


By = Callable[[int], Actor | None]
Act = Callable[[Story, int], tuple[Command | None, Actor | None]]


def finding(story: Story, pick: int) -> Any:
    policy, severity = FINDINGS[pick % len(FINDINGS)]
    return story.finding(
        f"video-{pick % 7}-{story.account.version}", policy, severity, factors=(Factor(Effect.MITIGATING, "FIRST", WORDS),),
        evidence=(Evidence("e-1", "1" * 64, note=WORDS),))


def creator(_pick: int) -> Actor | None:
    """The creator of the account."""
    return None


def moderator(_pick: int) -> Actor | None:
    return MODERATOR


def reviewer(pick: int) -> Actor:
    """Often one who has not reviewed the decision before."""
    return REVIEWERS[pick % len(REVIEWERS)]


def by_id(command: type[Any], ids: Callable[[Account], Sequence[Any]], field: str, by: Actor | None = MODERATOR, **more: Any) -> Act:
    """A command about one of the things that the account has."""

    def act(story: Story, pick: int) -> tuple[Command | None, Actor | None]:
        id = some(ids(story.account), pick)
        return (None if id is None else command(creator=story.creator, **{field: id}, **more)), by

    return act


def by_pick(
        make: Callable[[Story, Any, int], Command], things: Callable[[Account], Sequence[Any]], by: By = creator) -> Act:
    """A command about one of the things that the account has, which says more by the pick."""

    def act(story: Story, pick: int) -> tuple[Command | None, Actor | None]:
        thing = some(things(story.account), pick)
        return (None if thing is None else make(story, thing, pick)), by(pick)

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


def suspicions(account: Account) -> list[Any]:
    return [id for id, found in account.violations.items() if isinstance(found, Suspected)]


def penalties(account: Account) -> list[Any]:
    return [*account.standing.penalties, *account.ended]


def live(account: Account) -> list[Any]:
    return list(account.standing.penalties)


def hidden(account: Account) -> list[Any]:
    return [id for id, penalty in account.standing.penalties.items() if penalty.kind == RECOMMENDATION_INELIGIBLE]


def proposals(account: Account) -> list[Any]:
    return list(account.standing.proposals)


def subjects(account: Account) -> list[UUID]:
    return [*account.ended, *account.appeals, *account.standing.penalties, *account.violations]


def waiting(account: Account) -> list[Any]:
    return [id for id, appeal in account.appeals.items() if isinstance(appeal, Submitted)]


def decision(account: Account, pick: int) -> UUID | None:
    """Something that can be appealed: of any kind there is as often as of another."""
    there = (account.violations, (*account.ended, *account.standing.penalties), account.milestones, account.forfeitures, account.measures)
    kinds = [found for ids in there if (found := [id for id in ids if decision_on(account, id)])]
    return some(kinds[pick % len(kinds)], pick // len(kinds)) if kinds else None


def relief(story: Story, subject: UUID, pick: int) -> Relief:
    """What may take the place of a decision of that kind."""
    account, soon = story.account, story.now + timedelta(hours=1 + pick % 30)
    match decision_on(account, subject):
        case None:
            return Relief()
        case found if found.kind is Subject.VIOLATION:
            return Relief(severity=Severity.MINOR) if pick % 3 == 0 else Relief(factors=(Factor(Effect.MITIGATING, "CONTEXT", WORDS),))
        case found if found.kind is Subject.PENALTY and pick % 2:
            return Relief(kind="MILDER", restrictions=restricted_by(account, subject)[:1])
        case found if found.kind is Subject.CONTENT_MEASURE:
            return milder(account.measures[found_as(subject)], pick)
        case _:
            return Relief(ends_at=soon)


def restricted_by(account: Account, subject: UUID) -> tuple[Restriction, ...]:
    found: Penalty | None = account.standing.penalties.get(found_as(subject))
    return found.restrictions if found else ()


def found_as(id: UUID) -> Any:
    """An id as of whatever kind it is."""
    return id


def milder(taken: MeasureTaken, pick: int) -> Relief:
    if taken.measure is Measure.REMOVED and pick % 2:
        return Relief(measure=Measure.DEMOTED)
    return Relief(measure=Measure.LABELLED, label="AD")


def falling(story: Story, subject: UUID | None, pick: int, *, partly: bool) -> dict[str, Any]:
    """How a decision falls: wholly, with the penalties that people placed because of it, or partly, with what takes its place."""
    if subject is None or partly:
        return {"relief": relief(story, subject, pick) if subject else None}
    placed = tuple(penalty.id for penalty in by_people(story.account, subject))
    return {"keep": placed[:pick % 2], "lift": placed[pick % 2:]}


def decide(outcome: Outcome) -> Act:
    def act(story: Story, pick: int) -> tuple[Command | None, Actor | None]:
        id = some(waiting(story.account), pick)
        if id is None:
            return None, None
        how = falling(story, story.account.appeals[id].subject, pick, partly=outcome is not Outcome.REVERSED) if outcome.overturns else {}
        return DecideAppeal(creator=story.creator, appeal_id=id, outcome=outcome, reasons=WORDS, root_cause="HASTE", **how), reviewer(pick)

    return act


def overturn(story: Story, pick: int, *, partly: bool) -> tuple[Command | None, Actor | None]:
    id = decision(story.account, pick)
    if id is None:
        return None, None
    ground = tuple(Ground)[1 + pick % (len(Ground) - 1)]  # a dispute's falls are refused
    return OverturnDecision(
        creator=story.creator, subject=id, ground=ground, reasons=WORDS, root_cause="HASTE", reference=f"case {pick}",
        **falling(story, id, pick, partly=partly)), reviewer(pick)


def implement(story: Story, pick: int) -> tuple[Command | None, Actor | None]:
    id = some([id for id, found in story.account.disputes.items() if found.outcome and not found.implemented], pick)
    if id is None:
        return None, None
    found = story.account.disputes[id]
    how = falling(story, found.subject, pick, partly=found.outcome != Outcome.REVERSED)
    return ImplementDispute(creator=story.creator, dispute_id=id, reasons=WORDS, root_cause="HASTE", **how), SECOND


def about(make: Callable[[Story, Any, int], Command], by: By = creator) -> Act:
    """A command about something that can be appealed."""

    def act(story: Story, pick: int) -> tuple[Command | None, Actor | None]:
        id = decision(story.account, pick)
        return (None if id is None else make(story, id, pick)), by(pick)

    return act


def hold(story: Story, pick: int) -> tuple[Command | None, Actor | None]:
    """Tell the creator of what commission is held for, so that it can be lost some day."""
    held = some(list(story.account.freezes.values()), pick)
    untold = [id for id in subjects_of(story.account, held) if informed_of(story.account, id) is None] if held else []
    return (notice(story, untold[0]) if untold else None), MODERATOR


def notice(story: Story, subject: UUID) -> Command:
    return SendNotice(
        creator=story.creator, subject=subject, channel="INBOX", language="en", template="t", template_version="1", sha256="0" * 64)


def receipt(pick: int) -> Evidence:
    """Evidence of the creator's, some of it seen before, and some of that changed."""
    return Evidence(f"receipt/{pick % 5}", f"{pick % 4:064x}", "DOCUMENT", "APPEAL", note=WORDS)


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
    "correct": by_id(CorrectViolation, suspicions, "violation_id"),
    "dismiss": by_id(DismissViolation, violations, "violation_id", reasons=WORDS),
    "amend": by_id(AmendViolation, violations, "violation_id", reasons=WORDS, factors=(Factor(Effect.MITIGATING, "FIRST", WORDS),)),
    "appeal": about(lambda story, id, pick: SubmitAppeal(
        creator=story.creator, subject=id, grounds=WORDS, evidence=(receipt(pick),) * (pick % 2))),
    "appeal anything": by_id(SubmitAppeal, subjects, "subject", None, grounds=WORDS),
    "admit": about(lambda story, id, _pick: AdmitLateAppeal(
        creator=story.creator, subject=id, until=story.now + timedelta(days=9), reasons=WORDS), reviewer),
    "withdraw": by_id(WithdrawAppeal, lambda account: list(account.appeals), "appeal_id", None),
    "reverse": decide(Outcome.REVERSED),
    "reverse partly": decide(Outcome.PARTIALLY_REVERSED),
    "uphold": decide(Outcome.UPHELD),
    "omit": decide(Outcome.OMITTED),
    "show": by_pick(
        lambda story, id, pick: AddAppealEvidence(creator=story.creator, appeal_id=id, evidence=(receipt(pick),)), waiting),
    "change": by_pick(
        lambda story, reference, pick: ReportEvidence(creator=story.creator, reference=reference, sha256=f"{pick % 4:064x}"),
        lambda account: list(account.evidence), moderator),
    "ask": by_pick(
        lambda story, id, pick: RequestInformation(
            creator=story.creator, appeal_id=id, question=WORDS, until=story.now + timedelta(days=pick % 5)), waiting, reviewer),
    "answer": by_pick(
        lambda story, id, pick: ProvideInformation(
            creator=story.creator, appeal_id=id, answer=WORDS, evidence=(receipt(pick),) * (pick % 2)), waiting),
    "overturn": lambda story, pick: overturn(story, pick, partly=False),
    "overturn partly": lambda story, pick: overturn(story, pick, partly=True),
    "give back": by_pick(
        lambda story, id, _pick: OverturnDecision(creator=story.creator, subject=id, ground=Ground.COURT, reasons=WORDS, root_cause="HASTE"),
        lambda account: list(account.forfeitures), reviewer),
    "review": about(lambda story, id, pick: RecordQualityReview(
        creator=story.creator, subject=id, verdict=tuple(Verdict)[pick % 2], error_type="HASTE" * (pick % 2), note=WORDS), reviewer),
    "dispute": about(lambda story, id, pick: OpenDispute(
        creator=story.creator, subject=id, body=BODIES[pick % 2], reference=f"case {pick}"), moderator),
    "decide dispute": by_pick(
        lambda story, id, pick: RecordDisputeDecision(
            creator=story.creator, dispute_id=id, outcome=tuple(Outcome)[pick % 4], reasons=WORDS),
        lambda account: list(account.disputes), moderator),
    "implement": implement,
    "notify": by_pick(lambda story, id, _pick: notice(story, id), subjects, moderator),
    "notify of what is held": hold,
    "deliver": by_id(DeliverNotice, lambda account: list(account.notices), "notice_id"),
    "read": by_id(ReadNotice, lambda account: list(account.notices), "notice_id"),
    "bounce": by_id(BounceNotice, lambda account: list(account.notices), "notice_id"),
    "suspend": on_violation(lambda story, id: SuspendPermission(
        creator=story.creator, violations=(id,), restrictions=CUT, ends_at=story.now + timedelta(days=9), reasons=WORDS)),
    "impose": on_violation(lambda story, id: ImposePenalty(
        creator=story.creator, kind="HOLD", violations=(id,), restrictions=CUT, reasons=WORDS)),
    "revoke": on_violation(lambda story, id: RevokePermission(
        creator=story.creator, violations=(id,), restrictions=(Restriction("SHOPPABLE_VIDEO", territory="US"),), reasons=WORDS)),
    "hide": fixed(RevokeRecommendationEligibility, reasons=WORDS, item="video-1"),
    "recommend": by_id(RestoreRecommendationEligibility, hidden, "penalty_id", reasons=WORDS),
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
    "take over": lambda story, pick: (RecordExternalPenalty(
        creator=story.creator, kind="BANNED", restrictions=CUT, origin=Origin("legacy", f"P-{story.account.version}"),
        ends_at=story.now + timedelta(days=1 + pick % 9), reasons=WORDS), MODERATOR),
}
ERASING: dict[str, Act] = {  # at the end of a history: less can be told of an erased account
    "erase": fixed(EraseCreator, ground=ErasureGround.CREATOR_REQUEST, reasons=WORDS),
    "approve erasure": fixed(ApproveErasure, SECOND),
    "decline erasure": fixed(DeclineErasure, SECOND, reasons=WORDS),
    "hold": fixed(PlaceLegalHold, reference="matter 1", reasons=WORDS),
    "release hold": fixed(ReleaseLegalHold, reference="matter 1", reasons=WORDS),
}


def told(steps: Sequence[Step]) -> Market:
    """The market after these steps."""
    market = Market()
    for step in steps:
        market.step(*step)
    return market


def varied(count: int) -> Market:
    """A long history, always the same, in which every act comes up again and again."""
    chance = Random(14)  # noqa: S311  # a history, not a secret
    often = [
        "notify", "deliver", "bounce", "earn", "claw back", "suspend", "suspend", "impose", "approve", "decline", "admit", "implement",
        *["correct", "quiz", "take", "grant", "appeal", "ask", "ask", "answer", "answer", "reverse", "reverse partly", "overturn partly"] * 2,
        *["decide dispute"] * 2, *["freeze", "notify of what is held", "forfeit"] * 4]
    deck = [*ACTS, *["confirm", "suspect"] * 5, *often]
    market = told([(chance.choice(deck), chance.randrange(len(MARKETS)), chance.choice(DAYS), chance.randrange(99)) for _ in range(count)])
    erase(market, len(MARKETS) - 1)
    return market


def erase(market: Market, number: int) -> None:
    """A creator's personal data is erased, once nothing waits for a decision that it is needed for; one more violation follows."""
    story, reasons = market.stories[number], WORDS
    for appeal in waiting(story.account):
        market.ask(number, WithdrawAppeal(creator=story.creator, appeal_id=appeal), Actor(ActorKind.CREATOR, f"creator-{number}", "CREATOR"))
    for dispute in [id for id, found in story.account.disputes.items() if not found.outcome]:
        market.ask(number, RecordDisputeDecision(creator=story.creator, dispute_id=dispute, outcome=Outcome.UPHELD, reasons=reasons))
    for act in ("erase", "decline erasure", "hold", "release hold", "erase", "approve erasure", "confirm"):
        market.step(act, number, 0, 0)


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
    every = EVENTS if model.name == "audit_log" else decider.EVENTS
    assert model.handles.keys() | model.ignores == set(every.values())
    assert model.handles.keys() & model.ignores == set()


def test_a_varied_history_has_every_event() -> None:
    assert set(decider.EVENTS) == {type(fact.event).__name__ for fact in varied(LONG).facts}


def test_in_a_varied_history_every_kind_of_decision_falls_wholly_and_in_part_and_is_appealed_at_both_levels() -> None:
    events = [fact.event for fact in varied(LONG).facts]
    submitted = {event.appeal_id: event for event in events if isinstance(event, AppealSubmitted)}
    assert {event.subject_kind for event in submitted.values()} == set(Subject)
    assert {event.level for event in submitted.values()} == {1, 2}
    decided = [event for event in events if isinstance(event, AppealDecided)]
    assert {event.outcome for event in decided} == set(Outcome)
    falls = [(submitted[event.appeal_id].subject_kind, event.relief) for event in decided if event.outcome.overturns]
    falls += [(event.subject_kind, event.relief) for event in events if isinstance(event, DecisionOverturned)]
    assert {kind for kind, instead in falls if instead is None} == set(Subject)
    assert {kind for kind, instead in falls if instead is not None} == set(Subject) - {Subject.FORFEITURE}, "a forfeiture falls as a whole"
    assert {event.ground for event in events if isinstance(event, DecisionOverturned)} == set(Ground) - {Ground.APPEAL, Ground.DISPUTE}
