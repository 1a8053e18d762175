"""What happens in the demo and what follows from it: each act makes commands and puts what comes of them on the agenda."""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from application.demo.contests import HOURS, Commands, Mistake, appeal, overturn, review_quality
from application.demo.findings import invent_finding
from application.demo.people import CLASSIFIER, INGEST, LANGUAGES, POLICY_OWNER, Creator, appeals_reviewer, moderator
from application.demo.play import Play
from domain.creator.approvals import ApprovePenalty, DeclinePenalty
from domain.creator.carrying_out import Report, ReportRestriction
from domain.creator.commission import ForfeitCommission, FreezeCommission
from domain.creator.content import DeleteContent, DemoteContent, LabelContent, RemoveContent
from domain.creator.earning import ClawBackPoints, EarnPoints, is_credit
from domain.creator.finding import Evidence, Finding
from domain.creator.notices import BounceNotice, DeliverNotice, ReadNotice, SendNotice
from domain.creator.overturn import Ground
from domain.creator.quizzes import TakeQuiz
from domain.creator.relations import AuthoriseRepresentative, LinkAccounts, Relation, RepresentativeKind
from domain.creator.rewards import ChangeRewardTier, GrantReward
from domain.creator.sanctions import SuspendPermission
from domain.creator.scheme import AccountType, AdoptScheme, RegisterCreator
from domain.creator.state import Account, Application, Confirmed, Restriction, Suspected
from domain.creator.statements import ReportStatement, StatementReport
from domain.creator.violations import ConfirmViolation, CorrectViolation, DismissViolation, SuspectViolation, violation_id
from domain.facts import Personal
from domain.identity import ViolationId, creator_id

FINDINGS = ("What is promised is not on the listing.", "The video promises an effect that no document supports.",
            "The stream shows a still picture for most of its length.", "The clip is copied from another account.")


def register(play: Play, creator: Creator, account: Account, at: datetime) -> Commands:
    """A creator joins, and the year begins."""
    r = creator.random
    yield RegisterCreator(
                adult=True,
        creator=creator.id, external_id=creator.external_id, market=creator.market, jurisdictions=creator.jurisdictions,
        account_type=AccountType.BUSINESS if r.random() < 0.4 else AccountType.PRIVATE, languages=(LANGUAGES[creator.market],),
        handle=Personal(creator.handle), contact=Personal(f"{creator.handle[1:]}@example.com")), INGEST
    for _ in range(poisson(creator, creator.risk * (play.end - at).days / 365)):
        play.put(at + timedelta(days=r.uniform(1, max(1.5, (play.end - at).days - 1))), creator, offend)
    if r.random() < 0.06:
        play.put(at + timedelta(days=r.uniform(2, 60)), creator, be_represented)
    if r.random() < 0.03:
        play.put(at + timedelta(days=r.uniform(2, 90)), creator, be_linked)
    play.put(at + timedelta(days=30, hours=r.uniform(0, 12)), creator, month)
    published = next((p for p in play.packs if creator.market in p.markets and at < p.effective_from < play.end), None)
    if published:
        play.put(published.effective_from + r.uniform(1, 9) * HOURS, creator, adopt)


def poisson(creator: Creator, mean: float) -> int:
    """How many of something that happens `mean` times on average."""
    count, left = 0, creator.random.expovariate(1)
    while left < mean:
        count, left = count + 1, left + creator.random.expovariate(1)
    return count


def adopt(play: Play, creator: Creator, account: Account, at: datetime) -> Commands:
    """The market has another scheme now."""
    published = play.packs.in_force(creator.market, at)
    yield AdoptScheme(creator=creator.id, pack=published.hash), POLICY_OWNER


def be_represented(play: Play, creator: Creator, account: Account, at: datetime) -> Commands:
    """An agency may act for the creator."""
    yield AuthoriseRepresentative(
        creator=creator.id, representative=f"agency-{creator.random.randint(1, 12)}", kind=RepresentativeKind.AGENCY), creator.actor


def be_linked(play: Play, creator: Creator, account: Account, at: datetime) -> Commands:
    """The account turns out to have the same owner as another one."""
    other = f"acct-{play.seed}-{creator.random.randrange(play.creators):05d}"
    if creator_id(other) != creator.id:
        evidence = Evidence(f"evidence/link/{creator.number}", sha256(other.encode()).hexdigest(), "DEVICE_MATCH", "ACCOUNT_LINK")
        by = moderator(creator.random, creator.market)
        yield LinkAccounts(creator=creator.id, other=other, relation=Relation.SAME_OWNER, evidence=(evidence,)), by


def month(play: Play, creator: Creator, account: Account, at: datetime) -> Commands:
    """A month of good conduct: orders earn points, talent earns rewards."""
    r, pack = creator.random, play.packs.by_hash(account.scheme.hash).pack if account.scheme else None
    if pack is None:
        return
    talent = max(0, min(500, creator.talent + round(r.gauss(0, 25))))
    if "ORDERS" in pack.earning and r.random() < 0.6:
        yield EarnPoints(creator=creator.id, source="ORDERS", quantity=r.randint(20, 160), reference=f"orders/{at:%Y-%m-%d}"), INGEST
        if r.random() < 0.05:
            play.put(at + timedelta(days=5), creator, refund)
    held = {reward.kind for reward in account.rewards.values()}
    kind = r.choice(["", *(kind for kind in sorted(pack.rewards) if kind not in held)])
    if kind and talent >= (pack.rewards[kind].promotion_score or 0) and r.random() < 0.5:
        yield GrantReward(creator=creator.id, kind=kind, promotion_score=talent), POLICY_OWNER
    tier = "GOLD" if talent >= 400 else "SILVER" if talent >= 350 else "BASIC"
    if tier != account.tier and r.random() < 0.5:
        yield ChangeRewardTier(creator=creator.id, tier=tier, promotion_score=talent), INGEST
    play.put(at + timedelta(days=30), creator, month)


def refund(play: Play, creator: Creator, account: Account, at: datetime) -> Commands:
    """Orders that had earned points are refunded."""
    earned = [entry for entry in account.standing.ledger.entries.values() if is_credit(account, entry)]
    if earned:
        reasons = Personal("Orders were refunded.")
        yield ClawBackPoints(creator=creator.id, entry_id=earned[-1].id, points=1, reasons=reasons, orders=("o-1",)), INGEST


def offend(play: Play, creator: Creator, account: Account, at: datetime) -> Commands:
    """Something is noticed: some of it is suspected first, some put right or dismissed, most confirmed."""
    if account.scheme is None:
        return
    r, pack = creator.random, play.packs.by_hash(account.scheme.hash).pack
    finding = invent_finding(creator, pack, at)
    if pack.policies[finding.policy].correction or r.random() < 0.25:
        yield SuspectViolation(creator=creator.id, finding=finding), CLASSIFIER
        play.put(at + r.uniform(6, 90) * HOURS, creator, examine, finding)
    else:
        yield from confirm(play, creator, finding, at)


def examine(play: Play, creator: Creator, account: Account, at: datetime, finding: Finding) -> Commands:
    """A suspicion is put right, dismissed or confirmed."""
    id, r = violation_id(creator.id, finding), creator.random
    known = account.violations.get(id)
    if not isinstance(known, Suspected):
        return
    chance = r.random()
    if known.correct_until and at < known.correct_until:
        if chance < 0.4:
            yield CorrectViolation(creator=creator.id, violation_id=id), creator.actor
        else:
            play.put(known.correct_until + r.uniform(1, 10) * HOURS, creator, examine, finding)
    elif chance < 0.2:
        yield DismissViolation(creator=creator.id, violation_id=id, reasons=Personal("The listing does say so.")), moderator(r, creator.market)
    else:
        yield from confirm(play, creator, finding, at)


def confirm(play: Play, creator: Creator, finding: Finding, at: datetime) -> Commands:
    """A violation is confirmed; the content is dealt with and the creator told."""
    r = creator.random
    by = CLASSIFIER if finding.detection.automated and r.random() < 0.5 else moderator(r, creator.market)
    yield ConfirmViolation(creator=creator.id, finding=finding, facts=Personal(r.choice(FINDINGS))), by
    id, content = violation_id(creator.id, finding), finding.content.id
    measures = (
        RemoveContent(creator=creator.id, content_id=content, violation_id=id),
        LabelContent(creator=creator.id, content_id=content, violation_id=id, label="INFORMATION"),
        DemoteContent(creator=creator.id, content_id=content, violation_id=id))
    yield r.choices(measures, (36, 25, 37))[0], by
    play.put(at + r.uniform(0.1, 20) * HOURS, creator, tell, id)
    play.put(at + r.uniform(13, 23) * HOURS, creator, carry_out)
    if r.random() < 0.02 and by is not CLASSIFIER:
        play.put(at + r.uniform(1, 30) * HOURS, creator, suspend_by_hand, id)
    if r.random() < 0.03:
        play.put(at + timedelta(days=r.uniform(5, 25)), creator, review_quality, id)
    if finding.detection.automated and r.random() < 0.012:
        defect = Mistake(Ground.DETECTOR_DEFECT, "DETECTOR_ERROR", f"defect/{finding.detection.detector_version}")
        play.put(at + timedelta(days=r.uniform(3, 40)), creator, overturn, id, defect)


def tell(play: Play, creator: Creator, account: Account, at: datetime, id: ViolationId) -> Commands:
    """The creator is sent word of a decision."""
    yield SendNotice(
        creator=creator.id, subject=id, channel="IN_APP", language=LANGUAGES[creator.market], template="violation", template_version="4",
        sha256=sha256(id.bytes).hexdigest()), INGEST
    play.put(at + 24 * HOURS, creator, receive, id)


def receive(play: Play, creator: Creator, account: Account, at: datetime, id: ViolationId) -> Commands:
    """The notice arrives, most of the time; what the creator makes of it follows."""
    r, chance = creator.random, creator.random.random()
    found = next(((notice_id, notice) for notice_id, notice in account.notices.items() if notice.subject == id), None)
    if found is None:
        return
    if chance < 0.03:
        yield BounceNotice(creator=creator.id, notice_id=found[0], detail=Personal("mailbox full")), INGEST
    elif chance < 0.9:
        yield (ReadNotice if chance < 0.6 else DeliverNotice)(creator=creator.id, notice_id=found[0]), INGEST
    if r.random() < 0.058:
        play.put(at + timedelta(days=r.triangular(0.5, 33, 4)), creator, appeal, id)
    if r.random() < 0.3:
        play.put(at + timedelta(days=r.uniform(1, 45)), creator, take_quiz, id)
    if r.random() < 0.05:
        known = account.violations.get(id)
        if isinstance(known, Confirmed):
            yield DeleteContent(creator=creator.id, content_id=known.content_id), creator.actor


def carry_out(play: Play, creator: Creator, account: Account, at: datetime) -> Commands:
    """The platform applies penalties; second persons decide about proposals; commission is held, statements of reasons are submitted."""
    r = creator.random
    for penalty in account.standing.penalties.values():
        if penalty.application is Application.REQUESTED and r.random() < 0.96:
            failed = r.random() < 0.02
            yield ReportRestriction(
                creator=creator.id, penalty_id=penalty.id, report=Report.FAILED if failed else Report.APPLIED,
                detail=Personal("the shop service timed out") if failed else None), INGEST
        held = any(freeze.penalty == penalty.id for freeze in account.freezes.values())
        if not held and not penalty.interim and any(one.capability == "WITHDRAW_COMMISSION" for one in penalty.restrictions):
            amount = r.randint(2_000, 90_000)
            yield FreezeCommission(
                creator=creator.id, penalty_id=penalty.id, amount=amount, currency=creator.currency, orders=("o-7", "o-9")), INGEST
            play.put(at + timedelta(days=r.uniform(35, 60)), creator, forfeit)
    for id in account.standing.proposals:
        chance = r.random()
        if chance < 0.75:
            yield ApprovePenalty(creator=creator.id, penalty_id=id), appeals_reviewer(r, creator.market)
        elif chance < 0.85:
            reasons = Personal("The evidence does not carry it.")
            yield DeclinePenalty(creator=creator.id, penalty_id=id, reasons=reasons), appeals_reviewer(r, creator.market)
    for statement, stated in account.statements.items():
        if not stated.remote_id and not stated.errors:
            answer: dict[str, Any] = (
                {"report": StatementReport.REJECTED, "errors": ("The content type is not known.",)} if r.random() < 0.03
                else {"report": StatementReport.SUBMITTED, "remote_id": f"demo-{statement.hex[:12]}"})
            yield ReportStatement(creator=creator.id, statement_id=statement, **answer), INGEST


def forfeit(play: Play, creator: Creator, account: Account, at: datetime) -> Commands:
    """Some held commission is forfeited, once no appeal can change it any more."""
    for id, freeze in account.freezes.items():
        if creator.random.random() < 0.5:
            yield ForfeitCommission(
                creator=creator.id, freeze_id=id, amount=freeze.amount, reasons=Personal("Earned by prohibited promotion.")), POLICY_OWNER


def suspend_by_hand(play: Play, creator: Creator, account: Account, at: datetime, id: ViolationId) -> Commands:
    """A moderator suspends one capability by hand."""
    yield SuspendPermission(
        creator=creator.id, violations=(id,), restrictions=(Restriction("LIVE_SELLING", category="HEALTH"),), ends_at=at + timedelta(days=10),
        reasons=Personal("Until the claims have been checked.")), moderator(creator.random, creator.market)


def take_quiz(play: Play, creator: Creator, account: Account, at: datetime, id: ViolationId) -> Commands:
    """The creator takes the quiz of the policy."""
    known, r = account.violations.get(id), creator.random
    if isinstance(known, Confirmed):
        score = 5 if r.random() < 0.65 else r.randint(1, 4)
        yield TakeQuiz(creator=creator.id, quiz_id=f"quiz/{known.policy.lower()}", policy=known.policy, score=score, full=5), creator.actor
