"""Erasure and legal holds: two persons erase, nobody erases what must be kept, and the account goes on without what was personal."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from application.wiring import CREATORS
from domain.creator import decider
from domain.creator.appeals import SubmitAppeal, WithdrawAppeal
from domain.creator.approvals import SameApprover
from domain.creator.erasure import (
    ApproveErasure,
    CreatorErased,
    DecisionPending,
    DeclineErasure,
    EraseCreator,
    ErasureAlreadyRequested,
    ErasureDeclined,
    ErasureGround,
    ErasureNotRequested,
    ErasureRequested,
)
from domain.creator.holds import (
    AccountErased,
    LegalHoldPlaced,
    LegalHoldReleased,
    LegalHoldUnknown,
    PlaceLegalHold,
    ReleaseLegalHold,
    UnderLegalHold,
)
from domain.creator.judgement import Outcome
from domain.creator.overruling import DecisionOverturned, OpenDispute, OverturnDecision, RecordDisputeDecision
from domain.creator.overturn import Ground, ViolationOverturned
from domain.creator.sanctions import PersonRequired
from domain.creator.state import Erased, ErasureAwaited
from domain.creator.violations import ViolationConfirmed
from domain.creator.warnings import ReasonsRequired
from domain.facts import Actor, Personal
from tests.rulebook import APPEALS_REVIEWER, CREATOR, MODEL, MODERATOR, REASONS, SECOND, Story, stories_are_replayed
from tests.rulebook import Outcome as Told
from tests.test_projections_histories import varied

__all__ = ["stories_are_replayed"]


def asking(told: Story, **more: Any) -> EraseCreator:
    given: dict[str, Any] = {"ground": ErasureGround.CREATOR_REQUEST, "reasons": REASONS, "reference": "DSR-17"}
    return EraseCreator(creator=told.creator, **given | more)


def approve(told: Story, by: Actor = SECOND) -> Told:
    return told.when(ApproveErasure(creator=told.creator), by)


def held(told: Story, reference: str = "matter 4") -> PlaceLegalHold:
    return PlaceLegalHold(creator=told.creator, reference=reference, reasons=REASONS)


def released(told: Story, reference: str = "matter 4") -> ReleaseLegalHold:
    return ReleaseLegalHold(creator=told.creator, reference=reference, reasons=REASONS)


def erased() -> Story:
    told = Story()
    told.confirm()
    told.given(asking(told)).given(ApproveErasure(creator=told.creator), by=SECOND)
    return told


# Four eyes


def test_an_erasure_is_asked_for_by_one_person_and_done_once_a_second_one_approves() -> None:
    told = Story()
    told.when(asking(told)).then(ErasureRequested)
    waiting: object = told.account.erasure
    assert waiting == ErasureAwaited("CREATOR_REQUEST", "DSR-17", MODERATOR.id, told.now)
    done = approve(told.days(1)).then(CreatorErased).one(CreatorErased)
    assert done == CreatorErased(ground=ErasureGround.CREATOR_REQUEST, reference="DSR-17", requested_by=MODERATOR.id)
    assert told.account.erasure == Erased(told.now)


def test_whoever_asked_for_an_erasure_does_not_approve_it() -> None:
    told = Story().given(asking(Story()))
    approve(told, MODERATOR).refused(SameApprover)


@pytest.mark.parametrize("by", [MODEL, CREATOR])
def test_only_persons_of_the_platform_decide_about_an_erasure(by: Actor) -> None:
    told = Story()
    told.when(asking(told), by).refused(PersonRequired)
    told.given(asking(told))
    approve(told, by).refused(PersonRequired)
    told.when(DeclineErasure(creator=told.creator, reasons=REASONS), by).refused(PersonRequired)


def test_an_erasure_that_nobody_asked_for_is_neither_approved_nor_declined() -> None:
    told = Story()
    approve(told).refused(ErasureNotRequested)
    told.when(DeclineErasure(creator=told.creator, reasons=REASONS)).refused(ErasureNotRequested)


@pytest.mark.parametrize("by", [MODERATOR, SECOND])
def test_an_erasure_is_declined_by_another_person_or_taken_back_and_may_be_asked_for_again(by: Actor) -> None:
    told = Story()
    told.given(asking(told))
    told.when(DeclineErasure(creator=told.creator, reasons=REASONS), by).then(ErasureDeclined)
    approve(told).refused(ErasureNotRequested)
    told.when(asking(told)).then(ErasureRequested)


@pytest.mark.parametrize("otherwise", [{"ground": ErasureGround.COURT_ORDER}, {"reference": "DSR-18"}])
def test_what_was_asked_for_is_not_replaced_by_something_else_before_it_is_approved(otherwise: dict[str, Any]) -> None:
    told = Story()
    told.given(asking(told))
    told.when(asking(told, **otherwise)).refused(ErasureAlreadyRequested)


@pytest.mark.parametrize("make", [asking, held, released])
def test_an_erasure_and_a_hold_give_reasons(make: Any) -> None:
    told = Story()
    command = make(told)
    told.when(msgspec.structs.replace(command, reasons=Personal(" "))).refused(ReasonsRequired)
    told.given(asking(told))
    told.when(DeclineErasure(creator=told.creator, reasons=Personal())).refused(ReasonsRequired)


# Legal hold


def test_nothing_is_erased_while_it_must_be_kept() -> None:
    told = Story()
    told.when(held(told)).then(LegalHoldPlaced)
    refusal = told.when(asking(told)).refused(UnderLegalHold)
    assert "matter 4" in refusal.message
    told.when(released(told)).then(LegalHoldReleased)
    told.when(asking(told)).then(ErasureRequested)


def test_a_hold_that_comes_between_the_request_and_the_approval_is_in_time() -> None:
    told = Story()
    told.given(asking(told), held(told), held(told, "matter 5"), released(told))
    approve(told).refused(UnderLegalHold)
    told.given(released(told, "matter 5"))
    approve(told).then(CreatorErased)


def test_a_hold_that_is_not_there_is_not_released() -> None:
    told = Story()
    told.when(released(told)).refused(LegalHoldUnknown)


def test_there_is_nothing_to_keep_of_an_erased_account() -> None:
    told = erased()
    told.when(held(told)).refused(AccountErased)


# What waits for a decision


def test_an_appeal_is_decided_or_withdrawn_before_its_grounds_are_erased() -> None:
    told = Story()
    told.confirm()
    told.when(SubmitAppeal(creator=told.creator, subject=told.latest, grounds=REASONS), CREATOR)
    told.given(asking(told))
    assert "appeals that wait: 1" in approve(told).refused(DecisionPending).message
    (appeal,) = told.account.appeals
    told.given(WithdrawAppeal(creator=told.creator, appeal_id=appeal), by=CREATOR)
    approve(told).then(CreatorErased)


def test_a_dispute_outside_the_platform_is_decided_before_what_it_is_about_is_erased() -> None:
    told = Story()
    told.confirm()
    told.given(OpenDispute(creator=told.creator, subject=told.latest, body="ADR Europe", reference="17"), asking(told))
    approve(told).refused(DecisionPending)
    (dispute,) = told.account.disputes
    told.given(RecordDisputeDecision(creator=told.creator, dispute_id=dispute, outcome=Outcome.UPHELD, reasons=REASONS))
    approve(told).then(CreatorErased)


# Afterwards


def test_an_account_is_erased_once_for_ever() -> None:
    told = erased()
    told.when(asking(told)).refused(AccountErased)
    approve(told).refused(AccountErased)


def test_an_erased_account_stands_where_it_stood_and_decisions_about_it_go_on() -> None:
    told, other = erased(), Story()
    other.confirm()
    assert (told.score, told.penalties, told.account.violations) == (other.score, other.penalties, other.account.violations)
    told.confirm("video-2").includes(ViolationConfirmed)
    told.when(OverturnDecision(
        creator=told.creator, subject=told.latest, ground=Ground.POLICY_ROLLBACK, reasons=REASONS, root_cause="HASTE"), APPEALS_REVIEWER
    ).includes(DecisionOverturned, ViolationOverturned)


def test_an_erasure_changes_nothing_of_an_account_but_that_it_was_erased() -> None:
    facts = varied(800).stories[-1].facts
    (there,) = (number for number, fact in enumerate(facts) if isinstance(fact.event, CreatorErased))
    before, after = (decider.fold(decider.empty(), facts[:end]) for end in (there, there + 1))
    assert isinstance(after.erasure, Erased)
    assert len(before.violations) > 10
    assert after == msgspec.structs.replace(
        before, erasure=after.erasure, version=after.version, cause_version=after.version, at=facts[there].occurred_at)


def test_of_an_erased_account_no_appeal_is_taken_whose_grounds_nobody_could_read() -> None:
    told = erased()
    told.when(SubmitAppeal(creator=told.creator, subject=told.latest, grounds=REASONS), CREATOR).refused(AccountErased)


def test_a_state_of_before_there_were_erasures_is_not_taken_for_one_of_now() -> None:
    assert CREATORS.revision > "3"
