"""Appeals: who may file one, until when, who decides it, and what a decision changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from domain.creator.appeals import (
    AppealAlreadyDecided,
    AppealLevelExhausted,
    AppealNotYours,
    AppealSubjectUnknown,
    AppealSubmitted,
    AppealUnknown,
    AppealWindowClosed,
    AppealWithdrawn,
    DuplicateAppeal,
    ReviewerConflict,
    SubmitAppeal,
    WithdrawAppeal,
)
from domain.creator.approvals import ApprovePenalty, ProposalUnknown
from domain.creator.content import ContentRemoved, ContentRestored, RemoveContent
from domain.creator.finding import Evidence
from domain.creator.judgement import AppealDecided, AutomatedAppealDecision, DecideAppeal, Outcome
from domain.creator.overturn import AmendViolation, Ground, ViolationOverturned
from domain.creator.penalties import (
    PenaltyExpired,
    PenaltyImposed,
    PenaltyLifted,
    PenaltyProposalLapsed,
    PenaltyProposed,
    PenaltyReversed,
    restrictions_of,
)
from domain.creator.points import MilestoneReversed, PointsRestored, StrikeRemoved
from domain.creator.reliefs import PersonalPenaltyUndecided
from domain.creator.remedies import RemedyOwed
from domain.creator.sanctions import ImposePenalty
from domain.creator.state import Restriction
from domain.creator.subjects import Subject
from domain.creator.violations import ConfirmViolation
from domain.creator.warnings import ReasonsRequired
from domain.facts import Actor, ActorKind, Cause, Personal
from domain.identity import AppealId, PenaltyId, ViolationId
from domain.packs.model import Severity
from tests.rulebook import (
    APPEALS_REVIEWER,
    CREATOR,
    MODEL,
    MODERATOR,
    SECOND,
    SHIPPED,
    Story,
    changed,
    pack_of,
    published,
    stories_are_replayed,
)

__all__ = ["stories_are_replayed"]

US = pack_of(SHIPPED, "US")
THIRTY_DAYS = datetime(2026, 4, 2, 7, tzinfo=UTC)  # 2 March and thirty days, at midnight in Los Angeles
END_OF_AUGUST = datetime(2026, 8, 31, 20, tzinfo=UTC)
END_OF_FEBRUARY = datetime(2027, 3, 1, 8, tzinfo=UTC)  # midnight in Los Angeles
MOMENT = timedelta(microseconds=1)
THIRD = Actor(ActorKind.REVIEWER, "moderator-3", "MODERATOR")


def with_violation(**more: Any) -> Story:
    story = Story(**more)
    story.confirm()
    return story


def informed(**more: Any) -> Story:
    """A creator with a violation, told of it at once."""
    story = with_violation(**more)
    story.inform(story.latest)
    return story


def appeal(story: Story, subject: UUID | None = None) -> SubmitAppeal:
    return SubmitAppeal(creator=story.creator, subject=subject or story.latest, grounds=Personal("The product is as shown."))


def appealed(story: Story, subject: UUID | None = None) -> AppealId:
    return story.when(appeal(story, subject), CREATOR).one(AppealSubmitted).appeal_id


def decision(story: Story, id: AppealId, outcome: Outcome = Outcome.REVERSED, **more: Any) -> DecideAppeal:
    return DecideAppeal(creator=story.creator, appeal_id=id, outcome=outcome, reasons=Personal("It is as shown."), **more)


def withdrawal(story: Story, id: AppealId) -> WithdrawAppeal:
    return WithdrawAppeal(creator=story.creator, appeal_id=id)


def by_hand(story: Story, *violations: ViolationId, capability: str = "LIVE_SELLING", by: Actor = SECOND) -> PenaltyId:
    """A penalty that a person places because of violations."""
    return story.when(ImposePenalty(
        creator=story.creator, kind="LIVE_BAN", violations=violations, restrictions=(Restriction(capability),), reasons=Personal("repeated"),
        ends_at=story.now + timedelta(days=60)), by).one(PenaltyImposed).penalty_id


def with_penalty() -> tuple[Story, PenaltyImposed]:
    """A creator at the first milestone, by two violations."""
    story = Story()
    story.confirm("video-1", "UNDISCLOSED_COMMERCIAL")
    return story, story.confirm("video-2", severity=Severity.MAJOR).one(PenaltyImposed)


# The window


def test_an_appeal_is_filed_with_grounds_and_evidence_and_says_until_when_it_could_be() -> None:
    story = informed()
    command = msgspec.structs.replace(appeal(story), evidence=(Evidence("receipt/1", "0" * 64, "DOCUMENT", "APPEAL"),))
    event = story.when(command, CREATOR).then(AppealSubmitted).one(AppealSubmitted)
    assert (event.subject, event.subject_kind, event.level, event.ordinal) == (story.latest, Subject.VIOLATION, 1, 1)
    assert (event.evidence, event.appeal_until) == ((Evidence("receipt/1", "0" * 64, "DOCUMENT", "APPEAL"),), THIRTY_DAYS)


def test_an_appeal_gives_grounds() -> None:
    story = informed()
    story.when(SubmitAppeal(creator=story.creator, subject=story.latest, grounds=Personal(" ")), CREATOR).refused(ReasonsRequired)


def test_an_appeal_is_taken_before_the_creator_was_informed_because_no_window_runs() -> None:
    story = with_violation().days(400)
    event = story.when(appeal(story), CREATOR).then(AppealSubmitted).one(AppealSubmitted)
    assert event.appeal_until is None


def test_the_platforms_window_is_open_until_just_before_local_midnight_thirty_days_on() -> None:
    story = informed().at(THIRTY_DAYS - MOMENT)
    story.when(appeal(story), CREATOR).then(AppealSubmitted)


@pytest.mark.parametrize("late", [timedelta(0), MOMENT, timedelta(days=1)], ids=["at its end", "just after", "a day after"])
def test_the_platforms_window_is_closed_from_that_midnight_on(late: timedelta) -> None:
    story = informed().at(THIRTY_DAYS + late)
    refusal = story.when(appeal(story), CREATOR).refused(AppealWindowClosed)
    assert "2026-04-02 07:00" in refusal.message


def told_at_the_end_of_august() -> Story:
    story = Story(jurisdictions=("US", "EU")).at(END_OF_AUGUST)
    story.confirm()
    story.inform(story.latest)
    return story


def test_in_the_eu_31_august_and_six_months_is_the_last_day_of_february() -> None:
    story = told_at_the_end_of_august().at(END_OF_FEBRUARY - MOMENT)
    event = story.when(appeal(story), CREATOR).then(AppealSubmitted).one(AppealSubmitted)
    assert event.appeal_until == END_OF_FEBRUARY


@pytest.mark.parametrize("late", [timedelta(0), MOMENT], ids=["at its end", "just after"])
def test_in_the_eu_the_window_is_closed_as_1_march_begins(late: timedelta) -> None:
    story = told_at_the_end_of_august().at(END_OF_FEBRUARY + late)
    story.when(appeal(story), CREATOR).refused(AppealWindowClosed)


def test_the_notice_of_a_violation_begins_the_window_of_the_penalty_it_set_off() -> None:
    story, penalty = with_penalty()
    story.inform(story.latest)
    story.at(THIRTY_DAYS).when(appeal(story, penalty.penalty_id), CREATOR).refused(AppealWindowClosed)


def test_a_notice_of_the_penalty_itself_gives_it_a_later_deadline() -> None:
    story, penalty = with_penalty()
    story.inform(story.latest)
    story.days(10).inform(penalty.penalty_id)
    story.at(THIRTY_DAYS).when(appeal(story, penalty.penalty_id), CREATOR).then(AppealSubmitted)


# What may be appealed, and by whom


def test_only_a_violation_or_penalty_of_the_account_is_appealed() -> None:
    story = with_violation()
    story.when(appeal(story, uuid4()), CREATOR).refused(AppealSubjectUnknown)


def test_a_penalty_that_is_only_proposed_is_not_appealed() -> None:
    packs = published([changed(US, zero_tolerance=tuple(
        msgspec.structs.replace(rule, steps=tuple(msgspec.structs.replace(step, interim=False) for step in rule.steps))
        for rule in US.zero_tolerance))])
    story = Story(packs=packs)
    proposed = story.confirm(policy="FAKE_ENGAGEMENT", severity=Severity.SEVERE).one(PenaltyProposed)
    story.when(appeal(story, proposed.penalty_id), CREATOR).refused(AppealSubjectUnknown)


def test_a_penalty_is_appealed_alone_also_after_its_end() -> None:
    story, penalty = with_penalty()
    story.days(20)
    event = story.when(appeal(story, penalty.penalty_id), CREATOR).then(AppealSubmitted).one(AppealSubmitted)
    assert event.subject_kind is Subject.PENALTY
    assert penalty.penalty_id in story.account.ended


@pytest.mark.parametrize("actor", [
    Actor(ActorKind.CREATOR, "creator-2"), Actor(ActorKind.AGENCY, "agency-1"), MODERATOR, MODEL, Actor(ActorKind.NOTIFIER, "creator-1"),
], ids=["another creator", "an agency not authorised", "a moderator", "a model", "a notifier"])
def test_nobody_appeals_or_withdraws_but_the_creator_or_who_may_act_for_the_creator(actor: Actor) -> None:
    story = informed()
    story.when(appeal(story), actor).refused(AppealNotYours)
    id = appealed(story)
    story.when(withdrawal(story, id), actor).refused(AppealNotYours)


def test_a_decision_under_appeal_is_not_appealed_again() -> None:
    story = informed()
    appealed(story)
    story.when(appeal(story), CREATOR).refused(DuplicateAppeal)


def test_a_decision_upheld_on_appeal_is_not_appealed_again() -> None:
    story = informed()
    story.given(decision(story, appealed(story), Outcome.UPHELD), by=APPEALS_REVIEWER)
    story.when(appeal(story), CREATOR).refused(AppealLevelExhausted)
    story.when(msgspec.structs.replace(appeal(story), level=1), CREATOR).refused(DuplicateAppeal)


def test_a_withdrawn_appeal_may_be_filed_again_while_the_window_is_open() -> None:
    story = informed()
    first = appealed(story)
    story.when(withdrawal(story, first), CREATOR).then(AppealWithdrawn)
    event = story.when(appeal(story), CREATOR).then(AppealSubmitted).one(AppealSubmitted)
    assert event.ordinal == 2
    assert event.appeal_id != first


def test_a_withdrawn_appeal_is_not_filed_again_once_the_window_has_closed() -> None:
    story = informed()
    story.given(withdrawal(story, appealed(story)), by=CREATOR)
    story.at(THIRTY_DAYS).when(appeal(story), CREATOR).refused(AppealWindowClosed)


def test_a_decided_appeal_is_not_withdrawn() -> None:
    story = informed()
    id = appealed(story)
    story.given(decision(story, id, Outcome.UPHELD), by=APPEALS_REVIEWER)
    story.when(withdrawal(story, id), CREATOR).refused(AppealAlreadyDecided)


def test_an_appeal_that_was_never_filed_is_neither_withdrawn_nor_decided() -> None:
    story = informed()
    story.when(withdrawal(story, AppealId(uuid4())), CREATOR).refused(AppealUnknown)
    story.when(decision(story, AppealId(uuid4())), APPEALS_REVIEWER).refused(AppealUnknown)


# Who decides


def test_an_appeal_is_decided_once() -> None:
    story = informed()
    id = appealed(story)
    story.when(decision(story, id, Outcome.UPHELD), APPEALS_REVIEWER).then(AppealDecided)
    story.when(decision(story, id, Outcome.UPHELD), APPEALS_REVIEWER).refused(AppealAlreadyDecided)


def test_a_withdrawn_appeal_is_not_decided() -> None:
    story = informed()
    id = appealed(story)
    story.given(withdrawal(story, id), by=CREATOR)
    story.when(decision(story, id), APPEALS_REVIEWER).refused(AppealAlreadyDecided)


def test_an_appeal_is_decided_with_reasons() -> None:
    story = informed()
    command = msgspec.structs.replace(decision(story, appealed(story)), reasons=Personal())
    story.when(command, APPEALS_REVIEWER).refused(ReasonsRequired)


def test_no_model_decides_an_appeal_where_a_person_is_required() -> None:
    story = informed()
    story.when(decision(story, appealed(story)), MODEL).refused(AutomatedAppealDecision)


def test_a_model_may_decide_an_appeal_where_the_pack_requires_no_person() -> None:
    packs = published([changed(US, appeal=msgspec.structs.replace(US.appeal, person_required=False))])
    story = informed(packs=packs)
    story.when(decision(story, appealed(story), Outcome.UPHELD), MODEL).then(AppealDecided)


def test_whoever_amended_a_violation_does_not_decide_the_appeal_against_it() -> None:
    story = Story()
    story.confirm(severity=Severity.MAJOR)
    amending = AmendViolation(creator=story.creator, violation_id=story.latest, severity=Severity.MODERATE, reasons=Personal("It was lighter."))
    story.given(amending, by=APPEALS_REVIEWER)
    story.when(decision(story, appealed(story)), APPEALS_REVIEWER).refused(ReviewerConflict)


def test_a_model_does_not_decide_the_appeal_against_its_own_decision() -> None:
    packs = published([changed(US, appeal=msgspec.structs.replace(US.appeal, person_required=False))])
    story = Story(packs=packs)
    story.confirm(by=MODEL)
    story.when(decision(story, appealed(story), Outcome.UPHELD), MODEL).refused(ReviewerConflict)


def test_whoever_decided_a_violation_does_not_decide_the_appeal_against_it() -> None:
    story = informed()
    story.when(decision(story, appealed(story)), MODERATOR).refused(ReviewerConflict)


def test_whoever_decided_a_violation_under_a_penalty_does_not_decide_the_appeal_against_the_penalty() -> None:
    story = Story()
    story.confirm("video-1", "UNDISCLOSED_COMMERCIAL", by=SECOND)
    penalty = story.confirm("video-2", severity=Severity.MAJOR).one(PenaltyImposed)
    id = appealed(story, penalty.penalty_id)
    story.when(decision(story, id), MODERATOR).refused(ReviewerConflict)
    story.when(decision(story, id), SECOND).refused(ReviewerConflict)
    story.when(decision(story, id), APPEALS_REVIEWER).then(AppealDecided, PenaltyReversed)


def test_whoever_placed_a_penalty_does_not_decide_the_appeal_against_it_nor_against_its_violation() -> None:
    story = with_violation()
    penalty = by_hand(story, story.latest, by=SECOND)
    against_penalty, against_violation = appealed(story, penalty), appealed(story)
    story.when(decision(story, against_penalty), SECOND).refused(ReviewerConflict)
    story.when(decision(story, against_violation, lift=(penalty,)), SECOND).refused(ReviewerConflict)


def approved() -> tuple[Story, PenaltyId]:
    story = Story()
    proposed = story.confirm(policy="FAKE_ENGAGEMENT", severity=Severity.SEVERE).one(PenaltyProposed)
    story.given(ApprovePenalty(creator=story.creator, penalty_id=proposed.penalty_id), by=SECOND)
    return story, proposed.penalty_id


def test_whoever_approved_a_penalty_does_not_decide_the_appeal_against_it() -> None:
    story, penalty = approved()
    story.when(decision(story, appealed(story, penalty)), SECOND).refused(ReviewerConflict)


def test_whoever_approved_a_penalty_does_not_decide_the_appeal_against_its_violation() -> None:
    story, _ = approved()
    story.when(decision(story, appealed(story)), SECOND).refused(ReviewerConflict)


def test_whoever_decided_another_violation_may_decide_the_appeal() -> None:
    story = with_violation()
    id = appealed(story)
    story.confirm("video-2", "UNDISCLOSED_COMMERCIAL", by=SECOND)
    story.when(decision(story, id, Outcome.UPHELD), SECOND).then(AppealDecided)


# What a decision changes


def test_a_pending_appeal_suspends_nothing() -> None:
    story, penalty = with_penalty()
    appealed(story, penalty.penalty_id)
    assert penalty.penalty_id in story.account.standing.penalties
    assert penalty.ends_at is not None
    assert PenaltyExpired(penalty_id=penalty.penalty_id) in story.at(penalty.ends_at).settle()


def test_an_upheld_decision_changes_nothing_else() -> None:
    story, _ = with_penalty()
    id, before = appealed(story), story.account.standing
    story.when(decision(story, id, Outcome.UPHELD), APPEALS_REVIEWER).then(AppealDecided)
    assert story.account.standing == before


def test_a_reversed_violation_falls_with_its_points_strikes_and_penalty() -> None:
    story, _ = with_penalty()
    violation, id = story.latest, appealed(story)
    outcome = story.when(decision(story, id, root_cause="WRONG_PRODUCT"), APPEALS_REVIEWER)
    outcome.then(AppealDecided, ViolationOverturned, PointsRestored, StrikeRemoved, StrikeRemoved, MilestoneReversed, PenaltyReversed)
    fallen = outcome.one(ViolationOverturned)
    assert (fallen.violation_id, fallen.ground, fallen.root_cause) == (violation, Ground.APPEAL, "WRONG_PRODUCT")
    assert (story.score, restrictions_of(story.account)) == (180, {})


def test_what_follows_from_a_reversal_names_the_system_and_the_decision_it_follows_from() -> None:
    story, _ = with_penalty()
    outcome = story.when(decision(story, appealed(story)), APPEALS_REVIEWER)
    assert (outcome.facts[0].actor, outcome.facts[0].cause) == (APPEALS_REVIEWER, None)
    assert {fact.actor.kind for fact in outcome.facts[1:]} == {ActorKind.SYSTEM}
    assert outcome.facts[1].cause == Cause(story.creator, outcome.facts[0].version)


def test_reversing_a_violation_restores_its_content() -> None:
    story = with_violation()
    content = story.finding().content.id
    story.when(RemoveContent(creator=story.creator, content_id=content, violation_id=story.latest)).then(ContentRemoved)
    story.when(decision(story, appealed(story)), APPEALS_REVIEWER).includes(ContentRestored)


def test_a_violation_that_fell_is_not_appealed_again() -> None:
    story = with_violation()
    story.given(decision(story, appealed(story)), by=APPEALS_REVIEWER)
    story.when(appeal(story), CREATOR).refused(AppealSubjectUnknown)


def test_reversing_a_penalty_alone_leaves_its_violations_and_points() -> None:
    story, penalty = with_penalty()
    id = appealed(story, penalty.penalty_id)
    outcome = story.days(2).when(decision(story, id), APPEALS_REVIEWER).then(AppealDecided, PenaltyReversed, RemedyOwed)
    assert outcome.one(PenaltyReversed).served_seconds == 2 * 24 * 3600
    assert (story.score, restrictions_of(story.account)) == (140, {})


def test_a_milestone_whose_penalty_was_reversed_alone_is_not_armed_by_that() -> None:
    story, penalty = with_penalty()
    story.given(decision(story, appealed(story, penalty.penalty_id)), by=APPEALS_REVIEWER)
    story.confirm("video-3", "TRAFFIC_REDIRECTION").excludes(PenaltyImposed)


def test_reversing_a_penalty_that_is_over_is_recorded_and_what_was_served_of_it_is_owed() -> None:
    story, penalty = with_penalty()
    id = appealed(story, penalty.penalty_id)
    outcome = story.days(20).when(decision(story, id), APPEALS_REVIEWER).then(AppealDecided, PenaltyReversed, RemedyOwed)
    assert outcome.one(RemedyOwed).seconds == outcome.one(PenaltyReversed).served_seconds


def test_reversing_an_interim_restriction_withdraws_the_proposal_it_stood_for() -> None:
    story = Story()
    proposed = story.confirm(policy="FAKE_ENGAGEMENT", severity=Severity.SEVERE).one(PenaltyProposed)
    id = appealed(story, proposed.penalty_id)
    story.when(decision(story, id), APPEALS_REVIEWER).then(AppealDecided, PenaltyReversed, PenaltyProposalLapsed)
    story.when(ApprovePenalty(creator=story.creator, penalty_id=proposed.penalty_id), SECOND).refused(ProposalUnknown)


# A person's penalties


def test_a_decision_that_reverses_a_violation_says_what_becomes_of_a_persons_penalty() -> None:
    story = with_violation()
    penalty = by_hand(story, story.latest)
    refusal = story.when(decision(story, appealed(story)), APPEALS_REVIEWER).refused(PersonalPenaltyUndecided)
    assert str(penalty) in refusal.message


def test_a_persons_penalty_that_is_kept_stays() -> None:
    story = with_violation()
    penalty = by_hand(story, story.latest)
    event = story.when(decision(story, appealed(story), keep=(penalty,)), APPEALS_REVIEWER).excludes(PenaltyLifted).one(AppealDecided)
    assert (event.kept, event.lifted) == ((penalty,), ())
    assert penalty in story.account.standing.penalties


def test_a_persons_penalty_that_is_lifted_ends_because_of_the_decision() -> None:
    story = with_violation()
    penalty = by_hand(story, story.latest)
    outcome = story.when(decision(story, appealed(story), lift=(penalty,)), APPEALS_REVIEWER)
    assert outcome.one(PenaltyLifted).penalty_id == penalty
    assert penalty not in story.account.standing.penalties
    lifted = next(fact for fact in outcome.facts if isinstance(fact.event, PenaltyLifted))
    assert lifted.cause == Cause(story.creator, outcome.facts[0].version)


def test_one_penalty_may_be_kept_and_another_lifted() -> None:
    story = with_violation()
    kept, lifted = by_hand(story, story.latest), by_hand(story, story.latest, capability="ADD_PRODUCTS")
    story.given(decision(story, appealed(story), keep=(kept,), lift=(lifted,)), by=APPEALS_REVIEWER)
    assert set(story.account.standing.penalties) == {kept}


def test_a_penalty_is_not_named_as_kept_and_lifted_at_once() -> None:
    story = with_violation()
    penalty = by_hand(story, story.latest)
    story.when(decision(story, appealed(story), keep=(penalty,), lift=(penalty,)), APPEALS_REVIEWER).refused(PersonalPenaltyUndecided)


def test_a_decision_names_no_penalty_that_does_not_rest_on_the_violation() -> None:
    story = with_violation()
    id = appealed(story)
    story.given(ConfirmViolation(creator=story.creator, finding=story.finding("video-2", "UNDISCLOSED_COMMERCIAL")))
    foreign = by_hand(story, story.latest)
    story.when(decision(story, id, lift=(foreign,)), APPEALS_REVIEWER).refused(PersonalPenaltyUndecided)


def test_an_upheld_decision_names_no_penalty() -> None:
    story = with_violation()
    penalty = by_hand(story, story.latest)
    id = appealed(story)
    story.when(decision(story, id, Outcome.UPHELD, keep=(penalty,)), APPEALS_REVIEWER).refused(PersonalPenaltyUndecided)
    story.when(decision(story, id, Outcome.UPHELD), APPEALS_REVIEWER).then(AppealDecided)


def test_overturning_one_violation_never_lifts_the_penalty_of_another() -> None:
    story = with_violation()
    id = appealed(story)
    story.given(ConfirmViolation(creator=story.creator, finding=story.finding("video-2", "COUNTERFEIT", Severity.MAJOR)))
    penalty = by_hand(story, story.latest, by=THIRD)
    story.given(decision(story, id), by=APPEALS_REVIEWER)
    assert penalty in story.account.standing.penalties


def test_an_appeal_counts_when_it_is_filed_whatever_earlier_time_is_claimed() -> None:
    story = informed()
    filing = SubmitAppeal(creator=story.creator, subject=story.latest, grounds=Personal("not so"))
    story.days(200).when(filing, CREATOR, occurred_at=story.now - timedelta(days=199)).refused(AppealWindowClosed)


@pytest.mark.parametrize("law", ["EU", "DE", "FR"])
def test_the_law_of_the_union_is_that_of_its_members(law: str) -> None:
    story = informed(jurisdictions=("US", law))
    filing = SubmitAppeal(creator=story.creator, subject=story.latest, grounds=Personal("not so"))
    story.days(100).when(filing, CREATOR).then(AppealSubmitted)
