"""Remedies: what is owed because a decision fell has an owner and a date, is owed once, and stands until it is fulfilled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from domain.calendar import Duration, Unit
from domain.creator.approvals import DeclinePenalty
from domain.creator.commission import CommissionForfeited, CommissionFrozen, ForfeitCommission, FreezeCommission
from domain.creator.grammar import Command, Order, Work
from domain.creator.overturn import AmendViolation, Ground, ViolationAmended, ViolationOverturned, overturn, reverse
from domain.creator.owing import owe
from domain.creator.penalties import PenaltyReversed, PenaltyShortened, PermissionSuspended, RecommendationEligibilityRevoked
from domain.creator.remedies import (
    AssignRemedy,
    FulfilRemedy,
    RemedyAssigned,
    RemedyFulfilled,
    RemedyFulfilledBefore,
    RemedyOwed,
    RemedyUnknown,
)
from domain.creator.rewards import GrantReward, RevokeReward, RewardBasisUnknown, RewardGranted, RewardRevoked
from domain.creator.sanctions import LiftPenalty, RevokeRecommendationEligibility, ShortenPenalty, SuspendPermission
from domain.creator.settling import release_over
from domain.creator.state import Remedy, RemedyKind
from domain.creator.violations import CorrectViolation, DismissViolation, SuspectViolation, ViolationSuspected
from domain.creator.wellformed import TextBlank
from domain.facts import SYSTEM, Cause, Personal
from domain.identity import FreezeId, PenaltyId, RemedyId, RewardId, ViolationId, derived
from domain.packs.model import RemedyRule, Severity
from tests.rulebook import (
    MODERATOR,
    REASONS,
    SECOND,
    SHIPPED,
    START,
    Outcome,
    Story,
    at,
    laddered,
    plain,
    proposed,
    published,
    restricted,
    step,
    stories_are_replayed,
)

__all__ = ["stories_are_replayed"]

HELD = restricted("WITHDRAW_COMMISSION")
LADDER = (at(150, step("HOLD", 60, ("WITHDRAW_COMMISSION",))), at(100, step("HOLD", 90, ("WITHDRAW_COMMISSION",))))
DAY = 86400


def fall(story: Story, *subjects: UUID) -> Outcome:
    """Violations and penalties fall by a way that is no appeal, all in one decision."""
    order = Order(Command(creator=story.creator), MODERATOR, story.now)
    story.settle()
    work = Work(story.account, order, story.packs)
    for subject in subjects:
        if penalty := work.account.standing.penalties.get(PenaltyId(subject)):
            reverse(work, penalty, story.account.version)
        else:
            overturn(work, ViolationId(subject), Ground.QUALITY_REVIEW, "", story.account.version)
    release_over(work)
    owe(work)
    return Outcome(story, order, story._take(work.drafts), None)  # noqa: SLF001  # as `when` does


def restricting(story: Story, *violations: ViolationId, days: int = 60) -> PenaltyId:
    """Commission may not be withdrawn because of violations, by a person's decision, for so many days."""
    return story.when(SuspendPermission(
        creator=story.creator, violations=violations, restrictions=HELD, ends_at=story.now + timedelta(days=days), reasons=REASONS),
        SECOND).one(PermissionSuspended).penalty_id


def frozen(story: Story, penalty: PenaltyId, *orders: str) -> FreezeId:
    """12.50 USD held because of a penalty."""
    return story.when(FreezeCommission(
        creator=story.creator, penalty_id=penalty, amount=12_50, currency="USD", orders=orders)).one(CommissionFrozen).freeze_id


def forfeited(story: Story, freeze: FreezeId, *amounts: int) -> FreezeId:
    """So much of what is held is lost, once no appeal can change that any more."""
    for subject in (*story.account.violations, *story.account.standing.penalties):
        story.inform(subject)
    story.days(31)
    for amount in amounts:
        story.when(ForfeitCommission(creator=story.creator, freeze_id=freeze, amount=amount, reasons=REASONS)).then(CommissionForfeited)
    return freeze


def loses(story: Story, *because: UUID, kind: str = "CAMPAIGN") -> RewardId:
    """A reward was granted and taken back."""
    reward = story.when(GrantReward(creator=story.creator, kind=kind, promotion_score=420)).one(RewardGranted).reward_id
    story.when(RevokeReward(creator=story.creator, reward_id=reward, reasons=REASONS, because=because)).then(RewardRevoked)
    return reward


def cause_of(outcome: Outcome, event: RemedyOwed) -> Any:
    """The event that a remedy follows from."""
    fact = next(fact for fact in outcome.facts if fact.event is event)
    assert fact.actor == SYSTEM
    assert isinstance(fact.cause, Cause)
    return next(other.event for other in outcome.story.facts if other.version == getattr(fact.cause, "version", 0))


# Time served


def test_time_that_was_served_of_a_penalty_that_is_reversed_is_owed_with_what_was_restricted() -> None:
    story = Story(packs=laddered(at(150, step("BAN", 9, ("LIVE_SELLING", "CAMPAIGN")))))
    story.deduct(60)
    (penalty,) = story.penalties
    outcome = story.days(2).overturn(story.latest)
    owed = outcome.one(RemedyOwed)
    assert (owed.kind, owed.subject, owed.violation_id, owed.seconds) == (RemedyKind.SERVED_TIME, penalty.id, story.latest, 2 * DAY)
    assert owed.restrictions == restricted("LIVE_SELLING", "CAMPAIGN")
    assert cause_of(outcome, owed) == outcome.one(PenaltyReversed)


def test_time_that_was_served_beyond_a_shorter_penalty_is_owed() -> None:
    story = Story(packs=laddered(at(150, step("BAN", 7)), at(100, step("BAN", 14))))
    story.deduct(60, "a")
    a = story.latest
    story.deduct(60, "b")
    outcome = story.at(datetime(2026, 3, 12, tzinfo=UTC)).overturn(a)
    owed = outcome.one(RemedyOwed)
    assert (owed.subject, owed.violation_id, owed.seconds) == (outcome.one(PenaltyShortened).penalty_id, a, 2 * DAY), (
        "the first seven days would have been served for the other violation alone")


def test_a_penalty_that_is_reversed_before_a_second_of_it_was_served_leaves_nothing_owed() -> None:
    story = Story(packs=laddered(at(150, step())))
    story.deduct(60)
    story.overturn(story.latest).includes(PenaltyReversed).excludes(RemedyOwed)


def test_a_penalty_reversed_alone_is_owed_for_without_a_violation() -> None:
    story = Story(packs=laddered(at(150, step())))
    story.deduct(60)
    (penalty,) = story.penalties
    owed = story.days(1).overturn(penalty.id).one(RemedyOwed)
    assert (owed.subject, owed.violation_id, owed.seconds) == (penalty.id, None, DAY)


def test_an_amendment_owes_for_what_was_served_of_the_penalty_it_takes_away() -> None:
    story = Story(packs=laddered(at(150, step())))
    story.deduct(60)
    outcome = story.days(1).when(AmendViolation(creator=story.creator, violation_id=story.latest, reasons=REASONS, points=10), SECOND)
    assert outcome.then(ViolationAmended, *(type(event) for event in outcome.events[1:])).one(RemedyOwed).violation_id == story.latest


def test_who_shortens_or_lifts_a_penalty_of_mercy_owes_nothing() -> None:
    story = Story(packs=laddered(at(150, step())))
    story.deduct(60)
    (penalty,) = story.penalties
    story.days(1).when(ShortenPenalty(
        creator=story.creator, penalty_id=penalty.id, ends_at=story.now + timedelta(days=1), reasons=REASONS)).then(PenaltyShortened)
    story.when(LiftPenalty(creator=story.creator, penalty_id=penalty.id, reasons=REASONS)).excludes(RemedyOwed)


def test_time_served_for_two_penalties_at_once_is_owed_once_for_each_restriction() -> None:
    story = Story(packs=laddered(at(150, step("FIRST", 30)), at(100, step("SECOND", 30, capabilities=("LIVE_SELLING", "CAMPAIGN")))))
    story.deduct(60, "a")
    story.deduct(60, "b")
    outcome = fall(story.days(3), *story.account.violations)
    assert len(outcome.all(PenaltyReversed)) == 2
    assert [(owed.restrictions, owed.seconds) for owed in outcome.all(RemedyOwed)] == [(restricted("LIVE_SELLING", "CAMPAIGN"), 3 * DAY)]


def test_time_that_is_owed_already_is_not_owed_again_when_another_violation_falls() -> None:
    story = Story(packs=laddered(at(150, step("FIRST", 2)), at(100, step("SECOND", 10))))
    story.deduct(60, "a")
    story.deduct(60, "b")
    a, b = story.account.violations
    first = story.days(5).overturn(a).all(RemedyOwed)
    second = story.days(5).overturn(b).all(RemedyOwed)
    assert [owed.seconds for owed in first] == [int((story.now - timedelta(days=5) - datetime(2026, 3, 5, tzinfo=UTC)).total_seconds())]
    assert [owed.seconds for owed in second] == [int((datetime(2026, 3, 5, tzinfo=UTC) - START).total_seconds())]


# Commission


def automatic() -> tuple[Story, FreezeId]:
    """Some of the commission was forfeited that was held because of a milestone."""
    story = Story(packs=laddered(*LADDER)).again_may_differ()
    story.deduct(60)
    (penalty,) = story.penalties
    return story, forfeited(story, frozen(story, penalty.id, "o-1", "o-2"), 500, 250)


def test_commission_that_was_forfeited_because_of_a_penalty_that_is_reversed_is_owed_in_one_sum() -> None:
    story, freeze = automatic()
    outcome = fall(story, story.latest)
    (owed,) = (event for event in outcome.all(RemedyOwed) if event.kind is RemedyKind.COMMISSION)
    assert (owed.subject, owed.amount, owed.currency, owed.orders, owed.seconds) == (freeze, 750, "USD", ("o-1", "o-2"), 0)
    assert owed.violation_id == story.latest
    assert cause_of(outcome, owed) == outcome.one(PenaltyReversed)
    assert story.account.forfeitures == {}


def test_commission_is_owed_when_an_amendment_takes_the_penalty_away() -> None:
    story, freeze = automatic()
    lighter = AmendViolation(creator=story.creator, violation_id=story.latest, reasons=REASONS, points=10)
    (owed,) = (event for event in story.when(lighter, SECOND).all(RemedyOwed) if event.kind is RemedyKind.COMMISSION)
    assert (owed.subject, owed.amount) == (freeze, 750)


def test_commission_is_owed_also_when_the_penalty_was_over_before_its_violation_fell() -> None:
    story, freeze = automatic()
    story.days(60).settle()
    assert story.penalties == []
    outcome = fall(story, story.latest)
    (owed,) = (event for event in outcome.all(RemedyOwed) if event.kind is RemedyKind.COMMISSION)
    assert (owed.subject, owed.amount) == (freeze, 750)
    assert cause_of(outcome, owed) == outcome.one(PenaltyReversed)


@pytest.mark.parametrize("over", [False, True], ids=["in force", "over"])
def test_commission_stays_lost_while_the_history_without_what_fell_gives_the_penalty_too(*, over: bool) -> None:
    story, _ = automatic()
    story.deduct(10)
    story.days(60 if over else 0).settle()
    assert bool(story.penalties) is not over
    fall(story, story.latest).excludes(RemedyOwed)
    assert story.account.forfeitures


def test_commission_is_owed_when_one_of_two_violations_falls_without_which_the_penalty_that_is_over_would_not_have_been() -> None:
    story = Story(packs=laddered(*LADDER)).again_may_differ()
    story.deduct(30, "a")
    story.deduct(30, "b")
    (penalty,) = story.penalties
    freeze = forfeited(story, frozen(story, penalty.id), 12_50)
    story.days(60).settle()
    assert freeze in {owed.subject for owed in fall(story, penalty.violations[0]).all(RemedyOwed)}


def by_hand(count: int = 1) -> tuple[Story, PenaltyId, FreezeId]:
    """Commission was forfeited that was held because of what a person placed for some violations; it is over."""
    story = Story(packs=published([plain()])).again_may_differ()
    for number in range(count):
        story.deduct(1, f"video-{number}")
    penalty = restricting(story, *story.account.violations)
    return story, penalty, forfeited(story, frozen(story, penalty), 12_50)


def test_commission_and_time_under_a_persons_penalty_that_is_over_are_owed_once_nothing_it_rested_on_stands() -> None:
    story, penalty, freeze = by_hand(2)
    first, second = story.account.violations
    story.days(60).settle()
    fall(story, first).excludes(RemedyOwed)
    time, owed = fall(story, second).all(RemedyOwed)
    assert (time.kind, time.subject, time.restrictions) == (RemedyKind.SERVED_TIME, penalty, HELD)
    assert (owed.kind, owed.subject, owed.amount, owed.violation_id) == (RemedyKind.COMMISSION, freeze, 1250, second)


def test_commission_under_a_persons_penalty_stays_lost_while_that_is_in_force() -> None:
    story, penalty, _ = by_hand()
    fall(story, story.latest).excludes(RemedyOwed)
    assert [found.id for found in story.penalties] == [penalty]


def test_what_is_owed_is_owed_once() -> None:
    story, _ = automatic()
    fall(story, story.latest).includes(RemedyOwed)
    story.deduct(1)
    fall(story, story.latest).excludes(RemedyOwed)


# Rewards


def test_a_reward_taken_back_because_of_a_violation_is_owed_when_that_falls() -> None:
    story = Story()
    story.confirm()
    reward = loses(story, story.latest)
    outcome = story.overturn(story.latest)
    owed = outcome.one(RemedyOwed)
    assert (owed.kind, owed.subject, owed.reward, owed.violation_id) == (RemedyKind.REWARD, reward, "CAMPAIGN", story.latest)
    assert cause_of(outcome, owed) == outcome.one(ViolationOverturned)


def test_a_reward_taken_back_because_of_nothing_named_is_not_owed() -> None:
    story = Story()
    story.confirm()
    loses(story)
    story.overturn(story.latest).excludes(RemedyOwed)


def test_a_reward_is_owed_only_when_all_that_it_was_taken_back_because_of_has_fallen() -> None:
    story = Story()
    story.confirm("video-1")
    story.inform(story.latest)
    story.confirm("video-2")
    first, second = story.account.violations
    loses(story, first, second, kind="WIDER_REACH")
    story.overturn(first).excludes(RemedyOwed)
    assert story.overturn(second).one(RemedyOwed).kind is RemedyKind.REWARD


def test_a_reward_taken_back_because_of_a_penalty_is_owed_when_that_is_reversed() -> None:
    story = Story(packs=laddered(at(150, step()), rewards=plain().rewards))
    story.deduct(60)
    (penalty,) = story.penalties
    reward = loses(story, penalty.id, kind="WIDER_REACH")
    outcome = story.overturn(penalty.id)
    owed = outcome.one(RemedyOwed)
    assert (owed.kind, owed.subject, owed.violation_id) == (RemedyKind.REWARD, reward, None)
    assert cause_of(outcome, owed) == outcome.one(PenaltyReversed)


def test_a_reward_taken_back_because_of_a_penalty_that_is_over_is_owed_when_that_is_reversed_on_appeal() -> None:
    story = Story(packs=laddered(at(150, step(days=7)), rewards=plain().rewards))
    story.deduct(60)
    (penalty,) = story.penalties
    reward = loses(story, penalty.id, kind="WIDER_REACH")
    story.days(9).settle()
    assert [owed.subject for owed in story.overturn(penalty.id).all(RemedyOwed)] == [penalty.id, reward]


def test_a_reward_taken_back_because_of_a_penalty_that_was_kept_is_not_owed_when_something_else_falls() -> None:
    story = Story().again_may_differ()
    story.confirm("video-1")
    first = story.latest
    penalty = restricting(story, first, days=5)
    story.inform(first)
    story.confirm("video-2")
    loses(story, penalty, kind="WIDER_REACH")
    story.overturn(first, keep=(penalty,)).excludes(RemedyOwed)
    story.days(9).overturn(story.latest).excludes(RemedyOwed)


def test_a_reward_taken_back_because_of_what_a_person_placed_is_owed_by_whatever_way_that_is_reversed() -> None:
    story = Story()
    story.confirm()
    penalty = restricting(story, story.latest)
    reward = loses(story, penalty)
    assert fall(story, penalty).one(RemedyOwed).subject == reward


def test_a_reward_taken_back_because_of_a_restriction_that_rests_on_no_violation_is_not_owed_when_one_falls() -> None:
    story = Story()
    story.confirm()
    hidden = story.when(RevokeRecommendationEligibility(
        creator=story.creator, ends_at=story.now + timedelta(days=2), reasons=REASONS)).one(RecommendationEligibilityRevoked)
    loses(story, hidden.penalty_id)
    story.days(3).overturn(story.latest).excludes(RemedyOwed)


def test_a_reward_that_is_owed_is_not_owed_again_when_something_else_falls() -> None:
    story, _ = lost()
    story.confirm("video-2")
    story.overturn(story.latest).excludes(RemedyOwed)


def test_a_suspicion_that_was_corrected_was_borne_out_and_makes_no_reward_due() -> None:
    us = plain()
    policies = {code: msgspec.structs.replace(policy, correction=Duration(2, Unit.DAYS)) for code, policy in us.policies.items()}
    story = Story(packs=published([plain(policies=policies)]))
    story.deduct(1, "video-2")
    standing = story.latest
    suspected = story.when(SuspectViolation(creator=story.creator, finding=story.finding())).one(ViolationSuspected).violation_id
    loses(story, suspected)
    story.given(CorrectViolation(creator=story.creator, violation_id=suspected))
    fall(story, standing).excludes(RemedyOwed)


def test_a_reward_taken_back_because_of_a_suspicion_is_owed_when_that_is_dismissed() -> None:
    story = Story()
    suspected = story.when(SuspectViolation(creator=story.creator, finding=story.finding())).one(ViolationSuspected).violation_id
    loses(story, suspected)
    dismissed = story.when(DismissViolation(creator=story.creator, violation_id=suspected, reasons=REASONS))
    assert dismissed.one(RemedyOwed).violation_id == suspected


def test_a_reward_is_taken_back_only_because_of_what_the_account_has_and_what_stands() -> None:
    story = Story()
    story.confirm()
    penalty = restricting(story, story.latest)
    fall(story, penalty)
    story.overturn(story.latest)
    reward = story.when(GrantReward(creator=story.creator, kind="CAMPAIGN", promotion_score=420)).one(RewardGranted).reward_id
    for unknown in (uuid4(), story.latest, penalty):
        taking = RevokeReward(creator=story.creator, reward_id=reward, reasons=REASONS, because=(unknown,))
        assert story.when(taking).refused(RewardBasisUnknown).field == "because"


def test_a_declined_proposal_makes_no_reward_due() -> None:
    story = Story(packs=laddered(at(150, proposed(interim=True)), rewards=plain().rewards))
    story.deduct(60)
    (penalty,) = story.penalties
    loses(story, penalty.id, kind="WIDER_REACH")
    story.when(DeclinePenalty(creator=story.creator, penalty_id=penalty.id, reasons=REASONS), SECOND).excludes(RemedyOwed)


# Owner and date


def lost(story: Story | None = None) -> tuple[Story, RemedyId]:
    """A reward that is owed again."""
    story = story or Story()
    story.confirm()
    loses(story, story.latest)
    return story, story.overturn(story.latest).one(RemedyOwed).remedy_id


def remedy(story: Story, id: RemedyId) -> Remedy:
    return story.account.remedies[id]


def test_the_pack_says_who_owes_it_and_by_when_at_local_midnight() -> None:
    story, id = lost()
    assert (remedy(story, id).owner, remedy(story, id).due_at) == ("REMEDIES", datetime(2026, 3, 17, 7, tzinfo=UTC))


def test_where_the_pack_says_nothing_nobody_owes_it_yet_and_there_is_no_date() -> None:
    story, id = lost(Story(packs=published([plain(remedies=RemedyRule())])))
    assert (remedy(story, id).owner, remedy(story, id).due_at) == ("", None)


def test_the_shipped_schemes_say_who_owes_remedies() -> None:
    assert {published.pack.remedies.owner for published in SHIPPED} == {"REMEDIES"}


def test_a_remedys_id_follows_from_what_it_is_for_and_what_it_follows_from() -> None:
    story, id = lost()
    fact = next(fact for fact in story.facts if isinstance(fact.event, RemedyOwed))
    assert isinstance(fact.event, RemedyOwed)
    assert fact.cause is not None
    assert id == derived(story.creator, "remedy", "REWARD", fact.event.subject, fact.cause.version)


def assign(story: Story, id: RemedyId, owner: str = "PAYOUTS", due_at: datetime | None = None) -> Outcome:
    return story.when(AssignRemedy(creator=story.creator, remedy_id=id, owner=owner, due_at=due_at))


def fulfil(story: Story, id: RemedyId, reference: str = "paid-1", note: Personal | None = None) -> Outcome:
    return story.when(FulfilRemedy(creator=story.creator, remedy_id=id, reference=reference, note=note))


def test_a_remedy_is_assigned_to_a_team_and_keeps_its_date_unless_another_is_given() -> None:
    story, id = lost()
    before, later = remedy(story, id).due_at, datetime(2026, 4, 1, tzinfo=UTC)
    assert assign(story, id).then(RemedyAssigned).one(RemedyAssigned).due_at == before
    assert assign(story, id, due_at=later).then(RemedyAssigned).one(RemedyAssigned).due_at == later
    assign(story, id).then()
    assert (remedy(story, id).owner, remedy(story, id).due_at) == ("PAYOUTS", later)


def test_a_remedy_is_not_assigned_to_nobody() -> None:
    story, id = lost()
    assert assign(story, id, " ").refused(TextBlank).field == "owner"


def test_a_remedy_is_fulfilled_once() -> None:
    story, id = lost()
    event = fulfil(story, id, note=REASONS).then(RemedyFulfilled).one(RemedyFulfilled)
    assert (event.reference, event.note, remedy(story, id).fulfilled) == ("paid-1", REASONS, True)
    fulfil(story, id).then()
    assert "paid-1" in fulfil(story, id, "paid-2").refused(RemedyFulfilledBefore).message


def test_a_remedy_that_was_fulfilled_is_not_assigned_any_more() -> None:
    story, id = lost()
    assign(story, id)
    fulfil(story, id)
    assign(story, id).then()
    assign(story, id, "OTHERS").refused(RemedyFulfilledBefore)


def test_a_remedy_that_the_account_does_not_have_is_neither_assigned_nor_fulfilled() -> None:
    story, unknown = Story(), RemedyId(uuid4())
    assign(story, unknown).refused(RemedyUnknown)
    fulfil(story, unknown).refused(RemedyUnknown)


# Offered again


def test_a_reward_that_is_granted_again_fulfils_what_was_owed() -> None:
    story, id = lost()
    outcome = story.when(GrantReward(creator=story.creator, kind="CAMPAIGN", promotion_score=420)).then(RewardGranted, RemedyFulfilled)
    assert outcome.one(RemedyFulfilled).reference == str(outcome.one(RewardGranted).reward_id)
    assert outcome.facts[1].cause == Cause(story.creator, outcome.facts[0].version)
    assert remedy(story, id).fulfilled


def test_a_reward_of_another_kind_fulfils_nothing_nor_does_one_when_nothing_is_owed_any_more() -> None:
    story, id = lost()
    story.when(GrantReward(creator=story.creator, kind="WIDER_REACH", promotion_score=420)).then(RewardGranted)
    fulfil(story, id)
    story.when(GrantReward(creator=story.creator, kind="CAMPAIGN", promotion_score=420)).then(RewardGranted)


def test_one_grant_fulfils_one_remedy_the_oldest_first() -> None:
    story = Story()
    story.confirm(severity=Severity.MODERATE)
    loses(story, story.latest)
    loses(story, story.latest)
    first, second = (event.remedy_id for event in story.overturn(story.latest).all(RemedyOwed))
    grant = story.when(GrantReward(creator=story.creator, kind="CAMPAIGN", promotion_score=420))
    assert grant.one(RemedyFulfilled).remedy_id == first
    assert not remedy(story, second).fulfilled
