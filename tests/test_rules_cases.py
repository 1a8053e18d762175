"""The appeals desk: who may take an appeal in hand, for how long, and who may not work on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from domain.calendar import Duration, Unit
from domain.cases import case, desk
from domain.cases.case import (
    Case,
    CaseAssigned,
    CaseClaimed,
    CaseClosed,
    CaseLeaseRenewed,
    CaseOpened,
    CaseReassigned,
    CaseRecused,
    CaseReleased,
    RecusalReason,
    ReleaseReason,
)
from domain.cases.desk import (
    AssignAppeal,
    CaseAlreadyAssigned,
    CaseAlreadyClosed,
    CaseAssignedToAnother,
    CaseLeasedByAnother,
    CaseNotAssigned,
    CaseUnknown,
    ClaimAppeal,
    CloseCase,
    OpenCase,
    Order,
    ReassignAppeal,
    RecuseFromAppeal,
    ReleaseAppeal,
    RescheduleCase,
)
from domain.cases.fitness import CaseNotLeased, NotQualified, ReviewerRecused, require_decider
from domain.cases.following import react
from domain.creator.appeals import AppealSubmitted, ReviewerConflict, SubmitAppeal, WithdrawAppeal
from domain.creator.finding import Effect, Factor
from domain.creator.hearing import ProvideInformation, RequestInformation
from domain.creator.judgement import DecideAppeal, Outcome
from domain.creator.overruling import OverturnDecision
from domain.creator.overturn import Ground
from domain.creator.reliefs import Relief
from domain.creator.subjects import Subject
from domain.facts import SYSTEM, Actor, ActorKind, Cause, Event, Fact, placed
from domain.identity import AppealId, PenaltyId, case_id, creator_id, derived
from domain.packs.model import AppealRule, Certificate, Pack, Severity
from domain.refusals import Refused
from tests.rulebook import APPEALS_REVIEWER, CREATOR, REASONS, SHIPPED, START, Story, at, laddered, pack_of, plain, published, step

ANN = creator_id("ann")
APPEAL = AppealId(derived(ANN, "appeal"))
CAUSE = Cause(ANN, 7)
MARIA = Actor(ActorKind.REVIEWER, "maria", "APPEALS_REVIEWER")
PETER = Actor(ActorKind.REVIEWER, "peter", "APPEALS_REVIEWER")
SHIFT = timedelta(hours=8)
SEVENTH_DAY = datetime(2026, 3, 10, 7, tzinfo=UTC)  # after START it ends at midnight in Los Angeles, where clocks go forward meanwhile

TOLD: list[Work] = []


def rules(**parts: Any) -> Pack:
    """A pack that asks for leases of eight hours, unless said otherwise."""
    rule: AppealRule = plain().appeal
    return plain(appeal=msgspec.structs.replace(rule, **({"lease": Duration(8, Unit.HOURS), "certificates": ()} | parts)))


class Work:
    """The case of one appeal, told command by command at simulated times."""

    def __init__(self, pack: Pack | None = None, *, opened: bool = True, **parts: Any) -> None:
        self.packs = published([pack or rules()])
        self.case, self.now, self.facts = case.empty(), START, list[Fact]()
        (version,) = self.packs
        given: dict[str, Any] = {"appeal_id": APPEAL, "creator": ANN, "market": "US", "pack": version.hash, "level": 1,
                                 "subject_kind": Subject.VIOLATION, "conflicted": ("moderator-1",)}
        self.opening = CaseOpened(**(given | parts))
        TOLD.append(self)
        if opened:
            self.when(OpenCase(creator=ANN, appeal_id=APPEAL, opened=self.opening, cause=CAUSE), SYSTEM)

    def after(self, time: timedelta) -> Work:
        """Let time pass."""
        self.now += time
        return self

    def when(self, command: Any, by: Actor = MARIA) -> list[Event]:
        """What follows from a command now. Raises Refused. The same again changes nothing, or is refused."""
        order = Order(command, by, self.now, self.now)
        drafts = desk.decide(self.case, order, self.packs)
        facts = placed(drafts, case_id(APPEAL), self.case.version, self.now, "")
        self.case = case.fold(self.case, facts)
        self.facts += facts
        try:
            assert desk.decide(self.case, order, self.packs) == []
        except Refused:
            assert drafts, "what changed nothing is not refused when it is asked again"
        return [fact.event for fact in facts]

    def claim(self, by: Actor = MARIA) -> list[Event]:
        return self.when(ClaimAppeal(creator=ANN, appeal_id=APPEAL), by)

    def assign(self, assignee: str) -> list[Event]:
        return self.when(AssignAppeal(creator=ANN, appeal_id=APPEAL, assignee=assignee), PETER)

    def reassign(self, assignee: str) -> list[Event]:
        return self.when(ReassignAppeal(creator=ANN, appeal_id=APPEAL, assignee=assignee), PETER)

    def release(self, by: Actor = MARIA) -> list[Event]:
        return self.when(ReleaseAppeal(creator=ANN, appeal_id=APPEAL, reason=ReleaseReason.SHIFT_ENDED), by)

    def recuse(self, by: Actor = MARIA) -> list[Event]:
        return self.when(RecuseFromAppeal(creator=ANN, appeal_id=APPEAL, reason=RecusalReason.KNOWS_CREATOR), by)

    def close(self) -> list[Event]:
        return self.when(CloseCase(creator=ANN, appeal_id=APPEAL, outcome="UPHELD", cause=CAUSE), SYSTEM)

    def may_decide(self, by: Actor = MARIA) -> None:
        require_decider(self.case, self.opening, by, self.now, self.packs.by_hash(self.opening.pack).pack)


@pytest.fixture(autouse=True)
def cases_are_replayed() -> Iterator[None]:
    TOLD.clear()
    yield
    for work in TOLD:
        assert case.fold(case.empty(), work.facts) == work.case, "the case is what its facts alone make of it"


# Leases


def test_a_claim_is_held_for_the_packs_lease() -> None:
    work = Work()
    assert work.claim() == [CaseClaimed(reviewer="maria", lease_until=START + SHIFT)]


def test_somebody_else_may_claim_at_the_very_instant_the_lease_runs_out_and_not_before() -> None:
    work = Work()
    work.claim()
    work.after(SHIFT - timedelta(microseconds=1))
    with pytest.raises(CaseLeasedByAnother, match="maria has the appeal in hand until 2026-03-02 18:00 UTC"):
        work.claim(PETER)
    assert work.after(timedelta(microseconds=1)).claim(PETER) == [CaseClaimed(reviewer="peter", lease_until=START + 2 * SHIFT)]


def test_claiming_again_keeps_it_longer() -> None:
    work = Work()
    work.claim()
    later = work.after(timedelta(hours=3)).now
    assert work.claim() == [CaseLeaseRenewed(reviewer="maria", lease_until=later + SHIFT)]
    assert work.case.held_by(START + SHIFT) == "maria"


def test_a_lease_that_ran_out_is_claimed_anew_also_by_the_same_person() -> None:
    work = Work()
    work.claim()
    assert work.after(SHIFT).claim() == [CaseClaimed(reviewer="maria", lease_until=START + 2 * SHIFT)]


def test_where_the_pack_grants_no_lease_a_claim_holds_until_it_is_given_back() -> None:
    work = Work(rules(lease=None))
    assert work.claim() == [CaseClaimed(reviewer="maria")]
    with pytest.raises(CaseLeasedByAnother, match="in hand"):
        work.after(timedelta(days=99)).claim(PETER)
    assert work.claim() == []
    work.release()
    assert work.claim(PETER) == [CaseClaimed(reviewer="peter")]


def test_a_case_is_given_back_by_whoever_has_it_in_hand() -> None:
    work = Work()
    work.claim()
    with pytest.raises(CaseNotLeased, match="maria has it until 2026-03-02 18:00 UTC"):
        work.release(PETER)
    assert work.release() == [CaseReleased(reviewer="maria", reason=ReleaseReason.SHIFT_ENDED)]
    assert work.claim(PETER) == [CaseClaimed(reviewer="peter", lease_until=START + SHIFT)]


def test_a_lease_that_ran_out_cannot_be_given_back() -> None:
    work = Work()
    work.claim()
    with pytest.raises(CaseNotLeased, match="nobody has"):
        work.after(SHIFT).release()


# Who decides


def test_whoever_has_the_case_in_hand_may_decide_until_the_lease_runs_out() -> None:
    work = Work()
    with pytest.raises(CaseNotLeased):
        work.may_decide()
    work.claim()
    work.may_decide()
    with pytest.raises(CaseNotLeased):
        work.may_decide(PETER)
    work.after(SHIFT - timedelta(microseconds=1)).may_decide()
    with pytest.raises(CaseNotLeased):
        work.after(timedelta(microseconds=1)).may_decide()


def test_where_the_pack_asks_for_no_lease_anybody_fit_may_decide() -> None:
    work = Work(rules(lease=None, certificates=(Certificate.LANGUAGE,)), languages=("vi",))
    work.may_decide(msgspec.structs.replace(PETER, qualifications=("LANGUAGE:vi",)))
    with pytest.raises(NotQualified):
        work.may_decide(PETER)
    with pytest.raises(ReviewerConflict):
        work.may_decide(Actor(ActorKind.REVIEWER, "moderator-1"))


# Who may not


def test_whoever_took_part_in_the_decision_neither_claims_the_case_nor_is_given_it() -> None:
    work = Work()
    moderator = Actor(ActorKind.REVIEWER, "moderator-1")
    with pytest.raises(ReviewerConflict):
        work.claim(moderator)
    with pytest.raises(ReviewerConflict):
        work.assign("moderator-1")
    work.assign("maria")
    with pytest.raises(ReviewerConflict):
        work.reassign("moderator-1")
    with pytest.raises(ReviewerConflict):
        work.may_decide(moderator)


def test_whoever_is_recused_has_the_case_neither_in_hand_nor_assigned_and_gets_it_no_more() -> None:
    work = Work()
    work.assign("maria")
    work.claim()
    assert work.recuse() == [CaseRecused(reviewer="maria", reason=RecusalReason.KNOWS_CREATOR)]
    assert (work.case.assignee, work.case.held_by(work.now)) == ("", "")
    with pytest.raises(ReviewerRecused):
        work.claim()
    with pytest.raises(ReviewerRecused):
        work.assign("maria")
    assert work.claim(PETER) == [CaseClaimed(reviewer="peter", lease_until=START + SHIFT)]


def test_a_recusal_leaves_the_case_with_whoever_else_has_it() -> None:
    work = Work()
    work.assign("maria")
    work.claim()
    work.recuse(PETER)
    assert (work.case.assignee, work.case.held_by(work.now)) == ("maria", "maria")
    assert work.recuse(PETER) == []


@pytest.mark.parametrize(("held", "fit"), [
    ((), False), (("LANGUAGE:en",), False), (("LANGUAGE:vi",), True), (("LANGUAGE:fr", "LANGUAGE:en"), True), (("POLICY:*",), False)])
def test_one_of_the_creators_languages_will_do(held: tuple[str, ...], fit: bool) -> None:  # noqa: FBT001  # a row of the table
    work = Work(rules(certificates=(Certificate.LANGUAGE,)), languages=("vi", "fr"))
    by = msgspec.structs.replace(MARIA, qualifications=held)
    if fit:
        assert work.claim(by)
    else:
        with pytest.raises(NotQualified, match="one of LANGUAGE:fr, LANGUAGE:vi, which maria does not hold"):
            work.claim(by)


@pytest.mark.parametrize(("held", "lacking"), [
    ((), "POLICY:COUNTERFEIT, POLICY:MEDICAL_CLAIM"), (("POLICY:COUNTERFEIT",), "POLICY:MEDICAL_CLAIM"), (("POLICY:*",), ""),
    (("POLICY:COUNTERFEIT", "POLICY:MEDICAL_CLAIM"), "")])
def test_every_policy_concerned_asks_for_its_certificate(held: tuple[str, ...], lacking: str) -> None:
    work = Work(rules(certificates=(Certificate.POLICY,)), policies=("COUNTERFEIT", "MEDICAL_CLAIM"))
    by = msgspec.structs.replace(MARIA, qualifications=held)
    if lacking:
        with pytest.raises(NotQualified, match=f"asks for {lacking}, which"):
            work.claim(by)
    else:
        assert work.claim(by)


def test_a_creator_of_no_known_language_asks_for_none() -> None:
    assert Work(rules(certificates=(Certificate.LANGUAGE, Certificate.POLICY))).claim()


# Assignment


def test_an_assigned_case_is_the_assignees_alone_to_claim() -> None:
    work = Work()
    assert work.assign("maria") == [CaseAssigned(assignee="maria")]
    assert work.assign("maria") == []
    with pytest.raises(CaseAssignedToAnother):
        work.claim(PETER)
    with pytest.raises(CaseAlreadyAssigned):
        work.assign("peter")
    assert work.claim()


def test_a_case_in_somebodys_hands_is_assigned_to_nobody_else_but_may_be_reassigned() -> None:
    work = Work()
    work.claim()
    with pytest.raises(CaseLeasedByAnother):
        work.assign("peter")
    assert work.reassign("peter") == [CaseReassigned(assignee="peter", before="maria")]
    assert work.case.held_by(work.now) == ""
    assert work.claim(PETER)


def test_reassigning_to_whoever_has_the_case_in_hand_leaves_it_there() -> None:
    work = Work()
    work.claim()
    work.reassign("maria")
    assert work.case.held_by(work.now) == "maria"


def test_a_case_that_nobody_has_is_assigned_and_not_reassigned() -> None:
    work = Work()
    with pytest.raises(CaseNotAssigned):
        work.reassign("maria")
    work.claim()
    with pytest.raises(CaseNotAssigned):
        work.after(SHIFT).reassign("peter")


# Opened and closed


def test_a_case_is_opened_and_closed_once() -> None:
    work = Work()
    assert work.when(OpenCase(creator=ANN, appeal_id=APPEAL, opened=work.opening, cause=CAUSE), SYSTEM) == []
    work.claim()
    assert work.close() == [CaseClosed(outcome="UPHELD")]
    assert work.case.held_by(work.now) == ""
    assert work.close() == []
    assert [fact.cause for fact in work.facts] == [CAUSE, None, CAUSE]


def test_there_is_nothing_to_work_on_before_a_case_is_opened_after_it_is_closed_or_for_another_creator() -> None:
    with pytest.raises(CaseUnknown):
        Work(opened=False).claim()
    work = Work()
    with pytest.raises(CaseUnknown):
        work.when(ClaimAppeal(creator=creator_id("ben"), appeal_id=APPEAL))
    work.close()
    for act in (work.claim, work.release, work.recuse):
        with pytest.raises(CaseAlreadyClosed):
            act()


# What follows from the account


def appealed(story: Story, subject: Any) -> AppealId:
    filed = story.when(SubmitAppeal(creator=story.creator, subject=subject, grounds=REASONS), CREATOR)
    return filed.one(AppealSubmitted).appeal_id


def last(story: Story) -> OpenCase | CloseCase | RescheduleCase | None:
    return react(story.facts[-1], story.account)


def test_an_appeal_opens_a_case_with_what_the_desk_must_know() -> None:
    story = Story()
    story.confirm("video-1", "COUNTERFEIT", Severity.MAJOR)
    id = appealed(story, story.latest)
    opened = last(story)
    assert isinstance(opened, OpenCase)
    assert (opened.appeal_id, opened.creator, opened.cause) == (id, story.creator, Cause(story.creator, story.account.version))
    found = opened.opened
    assert (found.market, found.policies, found.level, found.subject_kind) == ("US", ("COUNTERFEIT",), 1, Subject.VIOLATION)
    assert (found.conflicted, found.due_at) == (("moderator-1",), SEVENTH_DAY)
    assert pack_of(SHIPPED, "US") == SHIPPED.by_hash(found.pack).pack


def test_the_case_of_a_penalty_is_about_the_policies_of_all_it_rests_on() -> None:
    story = Story(packs=laddered(at(100, step())))
    story.deduct(60, policy="COUNTERFEIT", severity=Severity.MAJOR)
    story.deduct(60, policy="MISLEADING_PROMOTION")
    (penalty,) = story.penalties
    appealed(story, PenaltyId(penalty.id))
    opened = last(story)
    assert isinstance(opened, OpenCase)
    assert len(penalty.violations) == 2
    assert opened.opened.policies == ("COUNTERFEIT", "MISLEADING_PROMOTION")
    assert opened.opened.subject_kind is Subject.PENALTY


@pytest.mark.parametrize("outcome", Outcome)
def test_a_decision_closes_the_case_with_its_outcome(outcome: Outcome) -> None:
    story = Story()
    story.confirm()
    id = appealed(story, story.latest)
    relief = Relief(factors=(Factor(Effect.MITIGATING, "CONTEXT", REASONS),)) if outcome is Outcome.PARTIALLY_REVERSED else None
    decided = story.when(DecideAppeal(creator=story.creator, appeal_id=id, outcome=outcome, reasons=REASONS, relief=relief), APPEALS_REVIEWER)
    (closed,) = [found for fact in decided.facts if (found := react(fact, story.account))]
    assert isinstance(closed, CloseCase)
    assert (closed.appeal_id, closed.outcome) == (id, outcome.value)


def test_a_withdrawal_closes_the_case_and_nothing_else_concerns_the_desk() -> None:
    story = Story()
    story.confirm()
    assert [react(fact, story.account) for fact in story.facts] == [None] * len(story.facts)
    id = appealed(story, story.latest)
    story.given(WithdrawAppeal(creator=story.creator, appeal_id=id), by=CREATOR)
    closed = last(story)
    assert isinstance(closed, CloseCase)
    assert closed.outcome == "WITHDRAWN"


def test_an_appeal_whose_subject_fell_by_another_way_has_its_case_closed() -> None:
    story = Story()
    story.confirm()
    id = appealed(story, story.latest)
    fallen = story.when(OverturnDecision(
        creator=story.creator, subject=story.latest, ground=Ground.QUALITY_REVIEW, reasons=REASONS, root_cause="HASTE"), APPEALS_REVIEWER)
    (closed,) = [found for fact in fallen.facts if (found := react(fact, story.account))]
    assert isinstance(closed, CloseCase)
    assert (closed.appeal_id, closed.outcome) == (id, "SETTLED")


def asked(story: Story, id: AppealId, days: int) -> RescheduleCase:
    story.given(RequestInformation(creator=story.creator, appeal_id=id, question=REASONS, until=story.now + timedelta(days=days)), by=MARIA)
    return moved(story)


def moved(story: Story) -> RescheduleCase:
    found = last(story)
    assert isinstance(found, RescheduleCase)
    assert found.cause == Cause(story.creator, story.account.version)
    return found


def test_while_the_appellant_is_asked_for_more_the_case_is_due_by_the_clocks_that_do_not_stand_still() -> None:
    for jurisdictions, left in (((), None), (("US", "US-TX"), datetime(2026, 3, 21, 7, tzinfo=UTC))):
        story = Story(jurisdictions=jurisdictions)
        story.confirm()
        id = appealed(story, story.latest)
        assert asked(story, id, days=3).due_at == left


def test_the_case_is_due_later_by_as_long_as_the_answer_took() -> None:
    story = Story()
    story.confirm()
    id = appealed(story, story.latest)
    asked(story, id, days=5)
    story.days(2).given(ProvideInformation(creator=story.creator, appeal_id=id, answer=REASONS), by=CREATOR)
    assert (moved(story).appeal_id, moved(story).due_at) == (id, SEVENTH_DAY + timedelta(days=2))


def test_the_case_is_due_later_by_the_time_for_an_answer_that_did_not_come() -> None:
    story = Story()
    story.confirm()
    id = appealed(story, story.latest)
    asked(story, id, days=3)
    story.days(4).settle()
    assert moved(story).due_at == SEVENTH_DAY + timedelta(days=3)


def test_a_case_that_is_late_stays_late_when_the_appellant_is_asked_and_answers() -> None:
    story = Story()
    story.confirm()
    id = appealed(story, story.latest)
    story.days(8).settle()
    assert last(story) is None, "that a deadline was missed moves nothing"
    assert asked(story, id, days=3).due_at == SEVENTH_DAY
    story.given(ProvideInformation(creator=story.creator, appeal_id=id, answer=REASONS), by=CREATOR)
    assert moved(story).due_at == SEVENTH_DAY


def test_the_shipped_packs_ask_for_a_lease_and_for_no_certificates() -> None:
    assert {(str(version.pack.appeal.lease), version.pack.appeal.certificates) for version in SHIPPED} == {("8 hours", ())}


def test_a_case_that_is_folded_is_left_as_it_was() -> None:
    work = Work()
    before = msgspec.structs.replace(work.case)
    known = work.case
    work.claim()
    assert known == before == Case(version=1, opened=work.opening)
