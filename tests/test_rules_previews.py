"""Previews: what a command would lead to, and that nobody approves a penalty without having seen it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.creator.approvals import ApprovePenalty, PenaltyApproved, ProposalUnknown, SameApprover
from domain.creator.carrying_out import Report, ReportRestriction
from domain.creator.decider import PreviewChanged, PreviewRequired
from domain.creator.grammar import Command
from domain.creator.notices import DeliverNotice, ReadNotice, SendNotice
from domain.creator.overturn import AmendViolation
from domain.creator.penalties import PenaltyImposed
from domain.creator.preview import Deadline, DeadlineKind
from domain.creator.rewards import GrantReward
from domain.creator.sanctions import ImposePenalty, LiftPenalty, RevokeRecommendationEligibility, ShortenPenalty, SuspendPermission
from domain.creator.state import Restriction
from domain.creator.violations import ConfirmViolation
from domain.facts import Actor, ActorKind, Personal
from domain.identity import PenaltyId, ViolationId
from domain.packs.model import Reward
from tests.rulebook import MODERATOR, REASONS, SECOND, Outcome, Story, at, laddered, proposed, restricted, step, stories_are_replayed

__all__ = ["stories_are_replayed"]

THIRD = Actor(ActorKind.REVIEWER, "moderator-3", "MODERATOR")
PACKS = laddered(
    at(180, proposed(days=7)), at(150, step("BAN", 14, ("CAMPAIGN",))), at(100, proposed("OUT", None, interim=True)),
    rewards={"BADGE": Reward(title="Badge")})


def waiting() -> tuple[Story, PenaltyId, ViolationId]:
    """A creator at 180 of 200 points, whose seven days without LIVE selling wait for a second person."""
    told = Story(packs=PACKS)
    told.deduct(20)
    return told, next(iter(told.account.standing.proposals)), told.latest


def approving(told: Story, penalty: PenaltyId) -> Command:
    return ApprovePenalty(creator=told.creator, penalty_id=penalty)


def seen(told: Story, penalty: PenaltyId, by: Actor = SECOND) -> str:
    return told.preview(approving(told, penalty), by).digest


def approve(told: Story, penalty: PenaltyId, digest: str, by: Actor = SECOND) -> Outcome:
    return told.when(approving(told, penalty), by, seen=digest)


# What a preview says


def test_a_preview_says_what_a_deduction_does_to_score_milestones_restrictions_and_deadlines() -> None:
    told = Story(packs=PACKS)
    command = ConfirmViolation(creator=told.creator, finding=told.finding())
    found = told.preview(command)
    assert found.score is not None
    assert (found.score.before, found.score.after) == (200, 180)
    assert [(one.tally, one.threshold) for one in found.milestones] == [("score", 180)]
    assert (found.gained, found.lost) == ((), ())
    assert found.deadlines == (
        Deadline(DeadlineKind.EXPIRY, datetime(2026, 6, 1, tzinfo=UTC)), Deadline(DeadlineKind.APPROVAL, told.now + timedelta(hours=72)))
    assert told.facts[-1].version == told.account.version == 2, "nothing was recorded"


def test_a_preview_of_an_approval_says_what_the_creator_may_not_do_any_more_and_until_when() -> None:
    told, id, _ = waiting()
    [gained] = told.preview(approving(told, id), SECOND).gained
    assert (gained.restriction, gained.until_before, gained.until) == (Restriction("LIVE_SELLING"), None, datetime(2026, 3, 10, tzinfo=UTC))
    assert [penalty.id for penalty in gained.penalties] == [id]


def test_a_penalty_that_holds_longer_is_gained_and_one_that_ends_sooner_is_lost() -> None:
    told, _, violation = waiting()
    until, longer = told.now + timedelta(days=3), told.now + timedelta(days=9)
    suspending = SuspendPermission(
        creator=told.creator, violations=(violation,), restrictions=restricted("CAMPAIGN"), ends_at=until, reasons=REASONS)
    told.given(suspending)
    imposing = ImposePenalty(
        creator=told.creator, kind="HOLD", violations=(violation,), restrictions=restricted("CAMPAIGN"), ends_at=longer, reasons=REASONS)
    [gained] = told.preview(imposing).gained
    assert (gained.until_before, gained.until) == (until, longer)
    told.given(imposing)
    hold = told.penalties[-1].id
    [lost] = told.preview(LiftPenalty(creator=told.creator, penalty_id=hold, reasons=REASONS)).lost
    assert (lost.until_before, lost.until) == (longer, until)
    told.given(LiftPenalty(creator=told.creator, penalty_id=hold, reasons=REASONS))
    [lost] = told.preview(LiftPenalty(creator=told.creator, penalty_id=told.penalties[0].id, reasons=REASONS)).lost
    assert (lost.until_before, lost.until, lost.penalties) == (until, told.now, ())


def test_what_fell_due_is_told_apart_and_compared_with_as_settled() -> None:
    told, _, _ = waiting()
    told.days(200)
    found = told.preview(ConfirmViolation(creator=told.creator, finding=told.finding("video-2")))
    assert [type(fact.event).__name__ for fact in found.settled] == ["PenaltyProposalLapsed", "PointsExpired"]
    assert found.score is not None
    assert (found.score.before, found.score.after) == (200, 180)


def test_a_window_for_an_appeal_that_runs_already_is_not_begun_anew() -> None:
    told, _, violation = waiting()
    notice = told.notify(violation)
    delivering, reading = DeliverNotice(creator=told.creator, notice_id=notice), ReadNotice(creator=told.creator, notice_id=notice)
    [window] = told.preview(delivering).deadlines
    assert window.kind is DeadlineKind.APPEAL
    told.given(delivering)
    assert told.preview(reading).deadlines == ()


def test_a_preview_tells_the_refusal_and_nothing_to_pin() -> None:
    told, id, _ = waiting()
    found = told.preview(approving(told, id), MODERATOR)
    assert isinstance(found.refusal, SameApprover)
    assert (found.decided, found.digest) == ((), "")


# Four eyes


def test_nobody_approves_a_penalty_without_having_seen_what_it_leads_to() -> None:
    told, id, _ = waiting()
    approve(told, id, "").refused(PreviewRequired)
    approve(told, id, "0" * 64).refused(PreviewChanged)
    approve(told, id, seen(told, id)).then(PenaltyApproved, PenaltyImposed)


def test_the_digest_is_of_what_the_approver_saw_not_of_what_somebody_else_did() -> None:
    told, id, _ = waiting()
    approve(told, id, seen(told, id, THIRD)).refused(PreviewChanged)


def test_what_was_seen_is_the_same_a_minute_and_two_days_later() -> None:
    told, id, _ = waiting()
    before = seen(told, id)
    assert seen(told.at(timedelta(minutes=1)), id) == before
    approve(told.days(2), id, before).includes(PenaltyImposed)


def test_words_that_only_the_reasons_hold_may_be_written_after_looking() -> None:
    told, id, _ = waiting()
    digest = seen(told, id)
    told.when(ApprovePenalty(creator=told.creator, penalty_id=id, reasons=Personal("I agree.")), SECOND, seen=digest).includes(PenaltyImposed)


def test_an_amended_violation_is_another_thing_to_approve_even_where_the_penalty_stays() -> None:
    told, id, violation = waiting()
    digest = seen(told, id)
    told.given(AmendViolation(creator=told.creator, violation_id=violation, leaf="FALSE_CLAIM", reasons=REASONS))
    assert id in told.account.standing.proposals
    approve(told, id, digest).refused(PreviewChanged)


def test_another_penalty_in_between_is_to_be_seen_first() -> None:
    told, id, violation = waiting()
    digest = seen(told, id)
    told.given(SuspendPermission(
        creator=told.creator, violations=(violation,), restrictions=restricted("LIVE_SELLING"), reasons=REASONS,
        ends_at=told.now + timedelta(days=2)))
    approve(told, id, digest).refused(PreviewChanged)
    digest = seen(told, id)
    told.given(ShortenPenalty(
        creator=told.creator, penalty_id=told.penalties[-1].id, ends_at=told.now + timedelta(days=1), reasons=REASONS))
    approve(told, id, digest).refused(PreviewChanged)
    approve(told, id, seen(told, id)).includes(PenaltyImposed)


def test_a_proposal_that_an_overturn_shortened_is_to_be_seen_again() -> None:
    packs = laddered(at(180, step("BAN", 3)), at(150, proposed("BAN", 14)), at(120, proposed("BAN", 30)))
    told = Story(packs=packs)
    told.deduct(10, content="first")
    first = told.latest
    told.deduct(70, content="second")
    [id] = told.account.standing.proposals
    digest = seen(told, id)
    assert told.overturn(first).refusal is None
    shortened = told.account.standing.proposals[id]
    assert (shortened.duration, str(shortened.duration)) != (None, "30 DAYS")
    approve(told, id, digest).refused(PreviewChanged)


def test_a_proposal_that_was_decided_meanwhile_is_unknown_whatever_was_seen() -> None:
    told, id, _ = waiting()
    digest = seen(told, id)
    approve(told, id, digest).includes(PenaltyImposed)
    approve(told, id, digest).refused(ProposalUnknown)


def bookkeep(told: Story, violation: ViolationId) -> None:
    """A notice is sent and arrives, and the platform carries out what is in force."""
    told.inform(violation)
    for penalty in told.penalties:
        told.given(ReportRestriction(creator=told.creator, penalty_id=penalty.id, report=Report.APPLIED))


def test_bookkeeping_in_between_changes_nothing_that_was_seen() -> None:
    told, id, violation = waiting()
    told.given(SuspendPermission(
        creator=told.creator, violations=(violation,), restrictions=restricted("CAMPAIGN"), ends_at=told.now + timedelta(days=2), reasons=REASONS))
    digest = seen(told, id)
    bookkeep(told, violation)
    approve(told, id, digest).includes(PenaltyImposed)


@pytest.mark.parametrize("make", [
    lambda told, violation: SuspendPermission(
        creator=told.creator, violations=(violation,), restrictions=restricted("CAMPAIGN"), ends_at=told.now + timedelta(days=2), reasons=REASONS),
    lambda told, violation: ImposePenalty(
        creator=told.creator, kind="HOLD", violations=(violation,), restrictions=restricted("CAMPAIGN"), reasons=REASONS),
    lambda told, _: RevokeRecommendationEligibility(creator=told.creator, reasons=REASONS),
    lambda told, _: GrantReward(creator=told.creator, kind="BADGE", promotion_score=420),
    lambda told, violation: SendNotice(
        creator=told.creator, subject=violation, channel="INBOX", language="en", template="t", template_version="1", sha256="0" * 64),
], ids=["suspension", "penalty", "recommendation", "reward", "notice"])
def test_an_id_that_counts_from_where_the_history_stands_is_no_part_of_what_was_seen(make: object) -> None:
    assert callable(make)
    told, _, violation = waiting()
    command = make(told, violation)
    digest = told.preview(command).digest
    bookkeep(told, violation)
    assert told.when(command, seen=digest).refusal is None


def test_any_command_may_be_pinned_to_what_was_seen() -> None:
    told = Story(packs=PACKS)
    command = ConfirmViolation(creator=told.creator, finding=told.finding())
    digest = told.preview(command).digest
    told.deduct(5, content="another")
    told.when(command, seen=digest).refused(PreviewChanged)
    assert told.when(command, seen=told.preview(command).digest).refusal is None
