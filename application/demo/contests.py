"""How decisions are contested in the demo: appeals and what is asked about them, reviews of quality, a detector that was wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import UUID

from application.demo.people import QUALITY_LEAD, Creator, appeals_reviewer, quality_reviewer
from application.demo.play import Play
from domain.cases.desk import ClaimAppeal
from domain.creator.appeals import SubmitAppeal, WithdrawAppeal
from domain.creator.finding import Effect, Evidence, Factor
from domain.creator.hearing import ProvideInformation, RequestInformation
from domain.creator.judgement import DecideAppeal, Outcome
from domain.creator.overruling import OverturnDecision, RecordQualityReview, Verdict
from domain.creator.overturn import GRAVITY, Ground
from domain.creator.reliefs import Relief, by_people
from domain.creator.state import Account, Confirmed, Submitted
from domain.facts import Actor, Personal
from domain.identity import AppealId, PenaltyId, ViolationId

HOURS, DAY = timedelta(hours=1), timedelta(days=1)
ROOT_CAUSES = ("CONTEXT_MISSED", "POLICY_MISREAD", "DETECTOR_ERROR", "TRANSLATION")
Commands = Iterator[tuple[Any, Actor]]

GROUNDS = ("The claim is on the product's own label.", "The clip was taken out of its context.", "This is another creator's video, not mine.",
           "I had disclosed the advertisement in the caption.", "The translation of what I said is wrong.")
DECISIONS = {
    Outcome.UPHELD: Personal("The finding is borne out by the recording."),
    Outcome.PARTIALLY_REVERSED: Personal("There was something in it, but it was judged too severely."),
    Outcome.REVERSED: Personal("The documents support the claim.")}


class Mistake(NamedTuple):
    """What the platform itself found wrong: by which way, of which kind, and its name elsewhere."""

    ground: Ground
    root_cause: str
    reference: str


def appeal(play: Play, creator: Creator, account: Account, at: datetime, id: ViolationId) -> Commands:
    """The creator appeals; somebody takes the appeal in hand within days, of a few too late."""
    r = creator.random
    subject: UUID = id
    penalties = [penalty.id for penalty in account.standing.penalties.values() if penalty.trigger == id]
    if penalties and r.random() < 0.25:
        subject = penalties[0]
    grounds, upload = Personal(r.choice(GROUNDS)), f"upload/{creator.number}/{r.randrange(10**6)}"
    yield SubmitAppeal(creator=creator.id, subject=subject, grounds=grounds, evidence=(
        Evidence(upload, sha256(upload.encode()).hexdigest(), "DOCUMENT", "APPEAL"),)), creator.actor
    days = r.uniform(8, 12) if r.random() < 0.08 else 1.1 + min(r.expovariate(1 / 1.25), 5)
    play.put(at + days * DAY, creator, claim_appeal, subject)


def waiting(account: Account, subject: UUID) -> AppealId | None:
    """The appeal about a subject that waits, if one does."""
    return next((id for id, one in account.appeals.items() if isinstance(one, Submitted) and one.subject == subject), None)


def claim_appeal(play: Play, creator: Creator, account: Account, at: datetime, subject: UUID) -> Commands:
    """An appeals reviewer takes the appeal in hand; what comes of it follows within hours, before the lease runs out."""
    r, id = creator.random, waiting(account, subject)
    if id is not None:
        reviewer = appeals_reviewer(r, creator.market)
        yield ClaimAppeal(creator=creator.id, appeal_id=id), reviewer
        play.put(at + r.uniform(0.2, 6) * HOURS, creator, hear_appeal, subject, reviewer)


def hear_appeal(play: Play, creator: Creator, account: Account, at: datetime, subject: UUID, reviewer: Actor) -> Commands:
    """The reviewer decides, or asks the creator for more first; a few creators have thought better of it."""
    r, id = creator.random, waiting(account, subject)
    if id is None:
        return
    chance = r.random()
    if chance < 0.03:
        yield WithdrawAppeal(creator=creator.id, appeal_id=id), creator.actor
    elif chance < 0.11:
        yield from ask(play, creator, at, id, subject, reviewer)
    else:
        yield decision(play, creator, account, at, id, subject), reviewer


def ask(play: Play, creator: Creator, at: datetime, id: AppealId, subject: UUID, reviewer: Actor) -> Commands:
    """The creator is asked for the product's papers, and answers most of the time; then the appeal is taken in hand again."""
    r, until = creator.random, at + 5 * DAY
    yield RequestInformation(creator=creator.id, appeal_id=id, question=Personal("Please send the product's papers."), until=until), reviewer
    if r.random() < 0.8:
        until = at + r.uniform(0.5, 4) * DAY
        play.put(until, creator, answer, id)
    play.put(until + r.uniform(25, 40) * HOURS, creator, claim_appeal, subject)


def answer(play: Play, creator: Creator, account: Account, at: datetime, id: AppealId) -> Commands:
    """The creator answers."""
    yield ProvideInformation(creator=creator.id, appeal_id=id, answer=Personal("The seller sent me this certificate.")), creator.actor


def decision(play: Play, creator: Creator, account: Account, at: datetime, id: AppealId, subject: UUID) -> DecideAppeal:
    """How the reviewer decides: 48 % are reversed, some of them in part."""
    r, chance = creator.random, creator.random.random()
    outcome = Outcome.REVERSED if chance < 0.4 else Outcome.PARTIALLY_REVERSED if chance < 0.48 else Outcome.UPHELD
    relief = relief_for(play, account, at, subject) if outcome is Outcome.PARTIALLY_REVERSED else None
    if outcome is Outcome.PARTIALLY_REVERSED and relief is None:
        outcome = Outcome.REVERSED
    return DecideAppeal(
        creator=creator.id, appeal_id=id, outcome=outcome, relief=relief, reasons=DECISIONS[outcome],
        lift=placed(account, subject) if outcome is Outcome.REVERSED else (), root_cause=r.choice(ROOT_CAUSES) if outcome.overturns else "")


def placed(account: Account, subject: UUID) -> tuple[PenaltyId, ...]:
    """The penalties that people placed because of a violation: they fall with it here."""
    return tuple(penalty.id for penalty in by_people(account, subject))


def relief_for(play: Play, account: Account, at: datetime, subject: UUID) -> Relief | None:
    """Something milder: a lighter severity, or good faith, for a violation; half the days that are left for a penalty. None: there is nothing."""
    known = account.violations.get(ViolationId(subject))
    if isinstance(known, Confirmed):
        policy = play.packs.by_hash(known.schedule).pack.policies[known.policy]
        milder = [one for one in GRAVITY[:GRAVITY.index(known.severity)] if one in policy.severities]
        faith = Factor(Effect.MITIGATING, "GOOD_FAITH", Personal("The creator had asked the seller for proof."))
        return Relief(severity=milder[-1]) if milder else Relief(factors=(faith,))
    penalty = account.standing.penalties.get(PenaltyId(subject))
    if penalty is None or penalty.interim or penalty.ends_at is None or penalty.ends_at < at + DAY:
        return None
    return Relief(ends_at=at + (penalty.ends_at - at) / 2)


def review_quality(play: Play, creator: Creator, account: Account, at: datetime, id: ViolationId) -> Commands:
    """Somebody else looks at a decision again; where there was an error, the decision falls."""
    if not isinstance(account.violations.get(id), Confirmed):
        return
    r = creator.random
    verdict = Verdict.ERROR if r.random() < 0.15 else Verdict.CORRECT
    error = r.choice(ROOT_CAUSES) if verdict is Verdict.ERROR else ""
    yield RecordQualityReview(creator=creator.id, subject=id, verdict=verdict, error_type=error), quality_reviewer(r, creator.market)
    if error:
        play.put(
            at + r.uniform(0.5, 3) * DAY, creator, overturn, id, Mistake(Ground.QUALITY_REVIEW, error, f"review/{creator.number}"))


def overturn(play: Play, creator: Creator, account: Account, at: datetime, id: ViolationId, mistake: Mistake) -> Commands:
    """A decision falls that the platform itself found wrong, if it still stands."""
    if isinstance(account.violations.get(id), Confirmed):
        yield OverturnDecision(
            creator=creator.id, subject=id, ground=mistake.ground, reasons=Personal("The mistake was ours."), root_cause=mistake.root_cause,
            reference=mistake.reference, lift=placed(account, id)), QUALITY_LEAD
