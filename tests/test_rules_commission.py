"""Commission: frozen because of a penalty, released when it ends, forfeited only when no appeal can change the decision any more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from domain.creator.appeals import AppealSubmitted, SubmitAppeal, WithdrawAppeal
from domain.creator.approvals import ApprovePenalty, DeclinePenalty
from domain.creator.commission import (
    AmountInvalid,
    CommissionForfeited,
    CommissionFrozen,
    CommissionNotFrozen,
    CommissionReleased,
    ForfeitBeforeAppealEnd,
    ForfeitCommission,
    FreezeCommission,
    ReleaseCommission,
)
from domain.creator.judgement import AppealDecided, DecideAppeal
from domain.creator.judgement import Outcome as Decision
from domain.creator.penalties import (
    PenaltyExpired,
    PenaltyImposed,
    PenaltyLifted,
    PenaltyProposalDeclined,
    PenaltyProposalLapsed,
    PenaltyReversed,
    PenaltyShortened,
    PermissionRestored,
    PermissionSuspended,
)
from domain.creator.sanctions import (
    ImposePenalty,
    LiftPenalty,
    PenaltyUnknownOrEnded,
    RestorePermission,
    RestoreRecommendationEligibility,
    ShortenPenalty,
    SuspendPermission,
)
from domain.creator.state import Restriction
from domain.creator.violations import DismissViolation, SuspectViolation, ViolationSuspected
from domain.creator.warnings import ReasonsRequired
from domain.facts import Actor, ActorKind, Cause, Personal
from domain.identity import AppealId, FreezeId, PenaltyId
from domain.packs.model import Severity
from tests.rulebook import (
    APPEALS_REVIEWER,
    CREATOR,
    MODEL,
    SECOND,
    SHIPPED,
    START,
    Outcome,
    Story,
    changed,
    pack_of,
    published,
    stories_are_replayed,
)

__all__ = ["stories_are_replayed"]

US = pack_of(SHIPPED, "US")
THIRTY_DAYS = datetime(2026, 4, 2, 7, tzinfo=UTC)  # 2 March and thirty days, at midnight in Los Angeles
MOMENT = timedelta(microseconds=1)
HELD = (Restriction("WITHDRAW_COMMISSION"),)
REASONS = Personal("as decided")


def freezing(story: Story, penalty: PenaltyId, **more: Any) -> FreezeCommission:
    return msgspec.structs.replace(
        FreezeCommission(creator=story.creator, penalty_id=penalty, amount=12_50, currency="USD", orders=("order-1",)), **more)


def frozen(days: int = 60) -> tuple[Story, PenaltyId, FreezeId]:
    """12.50 USD held because of a penalty that a person placed for so many days."""
    story = Story().again_may_differ()
    story.confirm()
    penalty = story.when(SuspendPermission(
        creator=story.creator, violations=(story.latest,), restrictions=HELD, ends_at=START + timedelta(days=days), reasons=REASONS),
        SECOND).one(PermissionSuspended).penalty_id
    return story, penalty, story.when(freezing(story, penalty)).one(CommissionFrozen).freeze_id


def forfeit(story: Story, freeze: FreezeId, amount: int = 12_50, reasons: Personal = REASONS) -> Outcome:
    return story.when(ForfeitCommission(creator=story.creator, freeze_id=freeze, amount=amount, reasons=reasons))


def release(story: Story, freeze: FreezeId, amount: int = 12_50) -> Outcome:
    return story.when(ReleaseCommission(creator=story.creator, freeze_id=freeze, amount=amount))


def appealed(story: Story, subject: UUID) -> AppealId:
    return story.when(SubmitAppeal(creator=story.creator, subject=subject, grounds=REASONS), CREATOR).one(AppealSubmitted).appeal_id


def decide(story: Story, id: AppealId, outcome: Decision, by: Actor = APPEALS_REVIEWER, **more: Any) -> Outcome:
    return story.when(DecideAppeal(creator=story.creator, appeal_id=id, outcome=outcome, reasons=REASONS, **more), by)


def released_after(outcome: Outcome, kind: type, amount: int = 12_50) -> None:
    """What was held went to the creator, because of the end of the penalty, at once, by the system."""
    end = next(fact for fact in outcome.facts if isinstance(fact.event, kind))
    out = next(fact for fact in outcome.facts if isinstance(fact.event, CommissionReleased))
    assert isinstance(out.event, CommissionReleased)
    assert (out.event.amount, out.event.currency, out.actor.kind) == (amount, "USD", ActorKind.SYSTEM)
    assert (out.cause, out.occurred_at) == (Cause(end.stream, end.version), end.occurred_at)
    assert outcome.story.account.freezes == {}


# Freezing


def test_commission_is_frozen_because_of_a_live_penalty_that_keeps_it_from_being_withdrawn() -> None:
    story, penalty, _ = frozen()
    event = story.when(freezing(story, penalty)).then(CommissionFrozen).one(CommissionFrozen)
    assert (event.penalty_id, event.amount, event.currency, event.orders) == (penalty, 1250, "USD", ("order-1",))


def test_a_penalty_that_restricts_something_else_freezes_no_commission() -> None:
    story = Story()
    story.confirm("video-1", "COUNTERFEIT", Severity.MAJOR)
    crossed = story.confirm("video-2", "COUNTERFEIT", Severity.MAJOR).one(PenaltyImposed)
    story.when(freezing(story, crossed.penalty_id)).refused(CommissionNotFrozen)


def test_a_penalty_that_does_not_exist_freezes_no_commission() -> None:
    story = Story()
    story.when(freezing(story, PenaltyId(uuid4()))).refused(CommissionNotFrozen)


def test_a_penalty_that_is_over_freezes_no_commission() -> None:
    story, penalty, _ = frozen(days=5)
    story.at(START + timedelta(days=5)).when(freezing(story, penalty)).refused(CommissionNotFrozen)


@pytest.mark.parametrize(("amount", "currency"), [(0, "USD"), (-1, "USD"), (1, "usd"), (1, "US"), (1, "USDT"), (1, "U5D"), (1, "ÜSD")])
def test_an_amount_is_positive_and_its_currency_has_three_letters(amount: int, currency: str) -> None:
    story, penalty, _ = frozen()
    story.when(freezing(story, penalty, amount=amount, currency=currency)).refused(AmountInvalid)


def test_the_milestone_at_0_lets_commission_be_frozen() -> None:
    story = Story().again_may_differ()
    story.confirm(policy="AIGC_MISUSE", severity=Severity.SEVERE)
    imposed = story.confirm("video-2", "AIGC_MISUSE", Severity.SEVERE).all(PenaltyImposed)
    (penalty,) = (event.penalty_id for event in imposed if event.kind == "COMMISSION_FROZEN")
    story.when(freezing(story, penalty)).then(CommissionFrozen)


# Releasing


def test_commission_is_released_in_part_and_the_rest_stays_held() -> None:
    story, _, freeze = frozen()
    event = release(story, freeze, 250).then(CommissionReleased).one(CommissionReleased)
    assert (event.amount, event.currency, story.account.freezes[freeze].amount) == (250, "USD", 1000)
    release(story, freeze, 1000).then(CommissionReleased)
    assert story.account.freezes == {}


@pytest.mark.parametrize("amount", [0, -1, 1251])
def test_nothing_is_released_or_forfeited_but_a_positive_amount_that_is_held(amount: int) -> None:
    story, _, freeze = frozen()
    release(story, freeze, amount).refused(CommissionNotFrozen)
    forfeit(story, freeze, amount).refused(CommissionNotFrozen)


def test_what_is_not_held_is_neither_released_nor_forfeited() -> None:
    story, _, freeze = frozen()
    release(story, freeze)
    release(story, freeze).refused(CommissionNotFrozen)
    forfeit(story, FreezeId(uuid4())).refused(CommissionNotFrozen)


def test_commission_is_released_at_the_instant_the_penalty_expires_however_late_that_is_settled() -> None:
    story, penalty, freeze = frozen(days=5)
    ends = START + timedelta(days=5)
    assert story.at(ends - MOMENT).settle() == []
    story.at(ends + timedelta(days=100)).settle()
    expired = next(fact for fact in story.facts if fact.event == PenaltyExpired(penalty_id=penalty))
    out = next(fact for fact in story.facts if fact.event == CommissionReleased(freeze_id=freeze, amount=1250, currency="USD"))
    assert (out.occurred_at, out.cause) == (ends, Cause(story.creator, expired.version))
    assert story.account.freezes == {}


def test_commission_is_released_when_a_person_lifts_the_penalty() -> None:
    story, penalty, _ = frozen()
    outcome = story.when(LiftPenalty(creator=story.creator, penalty_id=penalty, reasons=REASONS)).then(PenaltyLifted, CommissionReleased)
    released_after(outcome, PenaltyLifted)


def test_commission_is_released_when_the_permission_is_given_back() -> None:
    story, penalty, _ = frozen()
    released_after(story.when(RestorePermission(creator=story.creator, penalty_id=penalty, reasons=REASONS)), PermissionRestored)


def test_no_penalty_that_holds_commission_ends_by_a_restored_eligibility() -> None:
    story, penalty, freeze = frozen()
    story.when(RestoreRecommendationEligibility(creator=story.creator, penalty_id=penalty, reasons=REASONS)).refused(PenaltyUnknownOrEnded)
    assert list(story.account.freezes) == [freeze]


def test_commission_is_released_when_the_penalty_is_reversed_on_appeal() -> None:
    story, penalty, _ = frozen()
    outcome = decide(story, appealed(story, penalty), Decision.REVERSED).then(AppealDecided, PenaltyReversed, CommissionReleased)
    released_after(outcome, PenaltyReversed)


def test_commission_is_released_when_the_violation_falls_and_the_decision_lifts_the_penalty() -> None:
    story, penalty, _ = frozen()
    released_after(decide(story, appealed(story, story.latest), Decision.REVERSED, lift=(penalty,)), PenaltyLifted)


def test_commission_stays_held_when_the_violation_falls_and_the_decision_keeps_the_penalty() -> None:
    story, penalty, freeze = frozen()
    decide(story, appealed(story, story.latest), Decision.REVERSED, keep=(penalty,)).excludes(CommissionReleased)
    assert story.account.freezes[freeze].amount == 1250


def test_commission_is_released_when_a_violation_under_an_automatic_penalty_falls() -> None:
    story = Story().again_may_differ()
    story.confirm(policy="AIGC_MISUSE", severity=Severity.SEVERE)
    imposed = story.confirm("video-2", "AIGC_MISUSE", Severity.SEVERE).all(PenaltyImposed)
    (penalty,) = (event.penalty_id for event in imposed if event.kind == "COMMISSION_FROZEN")
    story.given(freezing(story, penalty))
    outcome = decide(story, appealed(story, story.latest), Decision.REVERSED).includes(PenaltyReversed)
    assert outcome.one(CommissionReleased).amount == 1250


def interim() -> tuple[Story, PenaltyId]:
    """Commission held because of a restriction in the interim."""
    steps = tuple(msgspec.structs.replace(step, capabilities=("WITHDRAW_COMMISSION",)) for step in US.zero_tolerance[0].steps)
    packs = published([changed(US, zero_tolerance=(msgspec.structs.replace(US.zero_tolerance[0], steps=steps),))])
    story = Story(packs=packs).again_may_differ()
    story.confirm(policy="EVASION", severity=Severity.SEVERE)
    (penalty,) = story.account.standing.proposals
    story.given(freezing(story, penalty))
    return story, penalty


def test_commission_is_released_when_an_interim_restriction_lapses() -> None:
    story, penalty = interim()
    (freeze,) = story.account.freezes
    assert story.days(3).settle() == [
        PenaltyProposalLapsed(penalty_id=penalty), CommissionReleased(freeze_id=freeze, amount=1250, currency="USD")]


def test_commission_is_released_when_the_second_person_declines() -> None:
    story, penalty = interim()
    outcome = story.when(DeclinePenalty(creator=story.creator, penalty_id=penalty, reasons=REASONS), SECOND)
    released_after(outcome, PenaltyProposalDeclined)


def test_commission_stays_held_when_the_second_person_approves() -> None:
    story, penalty = interim()
    story.when(ApprovePenalty(creator=story.creator, penalty_id=penalty), SECOND).excludes(CommissionReleased)
    assert len(story.account.freezes) == 1


def test_shortening_a_penalty_releases_nothing_before_its_new_end() -> None:
    story, penalty, _ = frozen()
    ends = START + timedelta(days=2)
    story.when(ShortenPenalty(creator=story.creator, penalty_id=penalty, ends_at=ends, reasons=REASONS)).then(PenaltyShortened)
    assert [type(event) for event in story.at(ends).settle()] == [PenaltyExpired, CommissionReleased]


def test_every_freeze_of_the_penalty_is_released_and_none_of_another() -> None:
    story, penalty, _ = frozen()
    story.given(freezing(story, penalty, amount=500))
    other = story.when(ImposePenalty(
        creator=story.creator, kind="OTHER", violations=(story.latest,), restrictions=HELD, reasons=REASONS)).one(PenaltyImposed).penalty_id
    kept = story.when(freezing(story, other, amount=700)).one(CommissionFrozen).freeze_id
    outcome = story.when(LiftPenalty(creator=story.creator, penalty_id=penalty, reasons=REASONS))
    assert sorted(event.amount for event in outcome.all(CommissionReleased)) == [500, 1250]
    assert list(story.account.freezes) == [kept]


# Forfeiting


def informed_of_both() -> tuple[Story, PenaltyId, FreezeId]:
    story, penalty, freeze = frozen()
    story.inform(story.latest)
    story.inform(penalty)
    return story, penalty, freeze


def test_commission_is_forfeited_once_the_window_is_over() -> None:
    story, _, freeze = informed_of_both()
    event = forfeit(story.at(THIRTY_DAYS), freeze).then(CommissionForfeited).one(CommissionForfeited)
    assert (event.amount, event.currency, story.account.freezes) == (1250, "USD", {})


def test_commission_is_forfeited_in_part_and_the_rest_stays_held() -> None:
    story, _, freeze = informed_of_both()
    forfeit(story.at(THIRTY_DAYS), freeze, 1000).then(CommissionForfeited)
    assert story.account.freezes[freeze].amount == 250


def test_commission_is_not_forfeited_before_the_window_is_over() -> None:
    story, _, freeze = informed_of_both()
    refusal = forfeit(story.at(THIRTY_DAYS - MOMENT), freeze).refused(ForfeitBeforeAppealEnd)
    assert "2026-04-02 07:00" in refusal.message


def test_commission_is_not_forfeited_before_the_creator_was_informed_of_the_violation() -> None:
    story, penalty, freeze = frozen()
    story.inform(penalty)
    forfeit(story.at(THIRTY_DAYS), freeze).refused(ForfeitBeforeAppealEnd)


def test_commission_is_not_forfeited_before_the_creator_was_informed_of_a_penalty_that_a_person_placed() -> None:
    story, _, freeze = frozen()
    story.inform(story.latest)
    forfeit(story.at(THIRTY_DAYS), freeze).refused(ForfeitBeforeAppealEnd)


@pytest.mark.parametrize("of", ["violation", "penalty"])
def test_commission_is_not_forfeited_while_an_appeal_waits_even_after_the_window(of: str) -> None:
    story, penalty, freeze = informed_of_both()
    appealed(story, story.latest if of == "violation" else penalty)
    forfeit(story.at(THIRTY_DAYS), freeze).refused(ForfeitBeforeAppealEnd)


def test_commission_is_forfeited_before_the_window_is_over_once_every_appeal_that_there_could_be_was_decided() -> None:
    story, penalty, freeze = informed_of_both()
    decide(story, appealed(story, story.latest), Decision.UPHELD)
    forfeit(story, freeze).refused(ForfeitBeforeAppealEnd)
    decide(story, appealed(story, penalty), Decision.UPHELD, Actor(ActorKind.REVIEWER, "reviewer-2", "APPEALS_REVIEWER"))
    forfeit(story, freeze).then(CommissionForfeited)


def test_a_withdrawn_appeal_leaves_the_window_open() -> None:
    story, penalty, freeze = informed_of_both()
    story.given(WithdrawAppeal(creator=story.creator, appeal_id=appealed(story, penalty)), by=CREATOR)
    forfeit(story, freeze).refused(ForfeitBeforeAppealEnd)
    forfeit(story.at(THIRTY_DAYS), freeze).then(CommissionForfeited)


def test_commission_is_forfeited_with_reasons() -> None:
    story, _, freeze = informed_of_both()
    forfeit(story.at(THIRTY_DAYS), freeze, reasons=Personal()).refused(ReasonsRequired)


def on_a_suspicion() -> tuple[Story, PenaltyId, FreezeId]:
    """Commission held because of a confirmed violation and a suspicion; the window of all that is decided is over."""
    story = Story().again_may_differ()
    suspected = story.when(SuspectViolation(creator=story.creator, finding=story.finding("video-2")), MODEL).one(ViolationSuspected).violation_id
    story.confirm()
    both = tuple(story.account.violations)
    penalty = story.when(SuspendPermission(
        creator=story.creator, violations=both, restrictions=HELD, ends_at=START + timedelta(days=60), reasons=REASONS)).one(
        PermissionSuspended).penalty_id
    freeze = story.when(freezing(story, penalty)).one(CommissionFrozen).freeze_id
    for subject in (*both, penalty):
        story.inform(subject)
    assert suspected in both
    return story.at(THIRTY_DAYS), penalty, freeze


def test_commission_is_not_forfeited_while_the_penalty_rests_on_a_suspicion() -> None:
    story, _, freeze = on_a_suspicion()
    forfeit(story, freeze).refused(ForfeitBeforeAppealEnd)


def test_a_suspicion_that_was_dismissed_does_not_keep_commission_from_being_forfeited_for_another_violation() -> None:
    story, penalty, freeze = on_a_suspicion()
    suspected = story.account.standing.penalties[penalty].violations[0]
    story.given(DismissViolation(creator=story.creator, violation_id=suspected, reasons=REASONS))
    forfeit(story, freeze).then(CommissionForfeited)
