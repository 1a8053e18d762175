"""How an appeal is heard: levels, late filing, evidence, questions, and the clocks by which it must be decided."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from domain.calendar import Duration, Unit
from domain.creator.appeals import (
    AdmitLateAppeal,
    AppealAlreadyDecided,
    AppealLevelExhausted,
    AppealLevelSkipped,
    AppealNotYours,
    AppealSettled,
    AppealSubjectUnknown,
    AppealSubmitted,
    AppealWindowClosed,
    AppealWindowOpen,
    DuplicateAppeal,
    EvidenceIncomplete,
    LateAppealAdmitted,
    ReviewerConflict,
    SecondAppealWindowClosed,
    SubmitAppeal,
    WithdrawAppeal,
)
from domain.creator.commission import (
    CommissionForfeited,
    CommissionFrozen,
    ForfeitBeforeAppealEnd,
    ForfeitCommission,
    FreezeCommission,
)
from domain.creator.deadlines import AppealDeadlineMissed, AppealResumed
from domain.creator.finding import Evidence
from domain.creator.hearing import (
    AddAppealEvidence,
    AnswerTimeInvalid,
    AppealEvidenceAdded,
    EvidenceChanged,
    EvidenceUnknown,
    InformationAlreadyRequested,
    InformationNotRequested,
    InformationProvided,
    InformationRequested,
    ProvideInformation,
    ReportEvidence,
    RequestInformation,
)
from domain.creator.judgement import AppealDecided, DecideAppeal, Outcome
from domain.creator.notices import NoticeDelivered
from domain.creator.penalties import PenaltyImposed
from domain.creator.relations import EvidenceRequired
from domain.creator.sanctions import PersonRequired
from domain.creator.scheme import ChangeMarket
from domain.creator.state import Submitted
from domain.creator.warnings import ReasonsRequired
from domain.facts import Actor, ActorKind, Personal
from domain.identity import AppealId
from domain.packs.catalogue import Catalogue
from domain.packs.model import AppealRule, DecisionLimit, Mark, Provenance
from tests.rulebook import (
    ANY_ZONE,
    APPEALS_REVIEWER,
    CREATOR,
    MODEL,
    MODERATOR,
    REASONS,
    SECOND,
    START,
    Story,
    at,
    counting,
    laddered,
    later,
    pack_of,
    plain,
    published,
    step,
    stories_are_replayed,
)

__all__ = ["stories_are_replayed"]

MOMENT = timedelta(microseconds=1)
OURS = Provenance(mark=Mark.OURS, source="ours")
TEXAS = DecisionLimit(jurisdiction="US-TX", within=Duration(14, Unit.WEEKDAYS), provenance=OURS)
DIGEST, OTHER_DIGEST = "a" * 64, "b" * 64
RECEIPT = Evidence("receipt/1", DIGEST, "DOCUMENT", "APPEAL")
STRANGER = Actor(ActorKind.CREATOR, "creator-2", "CREATOR")


def days(number: int) -> Duration:
    return Duration(number, Unit.DAYS)


def rules(**more: Any) -> Catalogue:
    """A pack in UTC with a window of thirty days, two levels, fifteen days for the second, and nothing that expires."""
    score = counting(at(0, step()), days=None)
    rule: dict[str, Any] = {"window": days(30), "levels": 2, "second_window": days(15), "provenance": OURS}
    return published([plain(counters={"score": score}, rewards={}, zones=ANY_ZONE, appeal=AppealRule(**(rule | more)))])


def guilty(packs: Catalogue, **more: Any) -> Story:
    """A creator with a violation, informed of it at once."""
    story = Story(packs=packs, **more)
    story.confirm()
    story.inform(story.latest)
    return story


def submit(story: Story, subject: UUID | None = None, **more: Any) -> Any:
    return story.when(SubmitAppeal(creator=story.creator, subject=subject or story.latest, grounds=REASONS, **more), CREATOR)


def filed(story: Story, **more: Any) -> AppealId:
    return submit(story, **more).one(AppealSubmitted).appeal_id  # type: ignore[no-any-return]


def decide(story: Story, id: AppealId, outcome: Outcome, by: Actor = APPEALS_REVIEWER, **more: Any) -> Any:
    return story.when(DecideAppeal(creator=story.creator, appeal_id=id, outcome=outcome, reasons=REASONS, **more), by)


# Levels


def test_the_second_level_is_open_only_after_the_first_has_decided() -> None:
    story = guilty(rules())
    submit(story, level=2).refused(AppealLevelSkipped)
    first = filed(story)
    submit(story, level=2).refused(DuplicateAppeal)
    decide(story, first, Outcome.UPHELD)
    assert submit(story).one(AppealSubmitted).level == 2


def test_there_is_no_level_past_the_last() -> None:
    story = guilty(rules())
    decide(story, filed(story), Outcome.UPHELD)
    decide(story, filed(story), Outcome.UPHELD, SECOND)
    submit(story).refused(AppealLevelExhausted)


@pytest.mark.parametrize("late", [timedelta(0), MOMENT, timedelta(days=9)])
def test_the_second_window_is_closed_from_the_midnight_after_its_days_on(late: timedelta) -> None:
    story = guilty(rules())
    first = filed(story)
    decide(story, first, Outcome.UPHELD)
    assert story.inform(first).one(NoticeDelivered).appeal_until == datetime(2026, 3, 18, tzinfo=UTC)
    story.at(datetime(2026, 3, 18, tzinfo=UTC) + late)
    submit(story).refused(SecondAppealWindowClosed)


def test_the_second_window_is_open_until_just_before_that_midnight_and_counts_from_word_of_the_decision() -> None:
    story = guilty(rules()).days(20)
    first = filed(story)
    decide(story, first, Outcome.UPHELD)
    story.inform(first)
    event = submit(story.at(datetime(2026, 4, 7, tzinfo=UTC) - MOMENT)).one(AppealSubmitted)
    assert (event.level, event.ordinal, event.rule) == (2, 1, "PLATFORM, next level: 15 days")


def test_the_second_window_has_not_begun_before_the_creator_was_informed_of_the_first_decision() -> None:
    story = guilty(rules())
    decide(story, filed(story), Outcome.UPHELD)
    assert submit(story.days(400)).one(AppealSubmitted).appeal_until is None


def test_whoever_decided_the_first_level_does_not_decide_the_second() -> None:
    story = guilty(rules())
    decide(story, filed(story), Outcome.UPHELD)
    second = filed(story)
    decide(story, second, Outcome.UPHELD).refused(ReviewerConflict)
    decide(story, second, Outcome.REVERSED, SECOND).includes(AppealDecided)


def test_an_appeal_that_was_omitted_may_be_filed_again_at_its_level_while_the_window_is_open() -> None:
    story = guilty(rules(levels=1))
    decide(story, filed(story), Outcome.OMITTED).then(AppealDecided)
    event = submit(story).one(AppealSubmitted)
    assert (event.level, event.ordinal) == (1, 2)


def test_commission_is_not_forfeited_while_the_second_level_is_open() -> None:
    story = Story(packs=laddered(at(150, step(capabilities=("WITHDRAW_COMMISSION",), days=None)), appeal=AppealRule(
        window=days(30), levels=2, second_window=days(15), provenance=OURS)))
    penalty = story.deduct(60).one(PenaltyImposed).penalty_id
    freeze = story.when(FreezeCommission(
        creator=story.creator, penalty_id=penalty, amount=100, currency="USD")).one(CommissionFrozen).freeze_id
    story.inform(story.latest)
    forfeiting = ForfeitCommission(creator=story.creator, freeze_id=freeze, amount=100, reasons=REASONS)
    first = filed(story)
    decide(story, first, Outcome.UPHELD)
    story.at(START + timedelta(days=40)).when(forfeiting).refused(ForfeitBeforeAppealEnd)
    story.inform(first)
    story.at(datetime(2026, 4, 27, tzinfo=UTC) - MOMENT).when(forfeiting).refused(ForfeitBeforeAppealEnd)
    story.at(MOMENT).when(forfeiting).then(CommissionForfeited)


# Filing late


def late(story: Story, until: datetime, subject: UUID | None = None, **more: Any) -> Any:
    return story.when(AdmitLateAppeal(
        creator=story.creator, subject=subject or story.latest, until=until, **({"reasons": Personal("In hospital.")} | more)), APPEALS_REVIEWER)


def test_a_late_appeal_is_filed_once_a_reviewer_admitted_it_for_good_cause() -> None:
    story = guilty(rules()).days(60)
    submit(story).refused(AppealWindowClosed)
    until = story.now + timedelta(days=5)
    late(story, until).then(LateAppealAdmitted)
    submit(story.at(until - MOMENT)).then(AppealSubmitted)


def test_a_late_appeal_is_admitted_only_until_the_time_given() -> None:
    story = guilty(rules()).days(60)
    until = story.now + timedelta(days=5)
    late(story, until)
    submit(story.at(until)).refused(AppealWindowClosed)


def test_nothing_is_admitted_late_that_would_not_be_late() -> None:
    story = guilty(rules())
    late(story, story.now + timedelta(days=90)).refused(AppealWindowOpen)


def test_a_late_appeal_is_admitted_with_reasons_until_a_time_that_lies_ahead_about_a_decision_there_is() -> None:
    story = guilty(rules()).days(60)
    late(story, story.now).refused(AppealWindowClosed)
    late(story, story.now + timedelta(days=5), reasons=Personal(" ")).refused(ReasonsRequired)
    late(story, story.now + timedelta(days=5), subject=UUID(int=7)).refused(AppealSubjectUnknown)


def test_what_was_admitted_serves_one_filing() -> None:
    story = guilty(rules(levels=1)).days(60)
    late(story, story.now + timedelta(days=5))
    decide(story, filed(story), Outcome.OMITTED)
    submit(story).refused(AppealWindowClosed)


# Evidence


def add(story: Story, id: AppealId, *evidence: Evidence, by: Actor = CREATOR) -> Any:
    return story.when(AddAppealEvidence(creator=story.creator, appeal_id=id, evidence=evidence), by)


@pytest.mark.parametrize("side", [CREATOR, MODERATOR])
def test_either_side_adds_evidence_while_the_appeal_waits(side: Actor) -> None:
    story = guilty(rules())
    event = add(story, filed(story), RECEIPT, by=side).then(AppealEvidenceAdded).one(AppealEvidenceAdded)
    assert event.evidence == (RECEIPT,)


def test_a_decision_locks_the_evidence() -> None:
    story = guilty(rules())
    appeal = filed(story)
    decide(story, appeal, Outcome.UPHELD)
    add(story, appeal, RECEIPT).refused(AppealAlreadyDecided)


def test_nobody_adds_evidence_to_another_creators_appeal_nor_none_at_all() -> None:
    story = guilty(rules())
    appeal = filed(story)
    add(story, appeal, RECEIPT, by=STRANGER).refused(AppealNotYours)
    add(story, appeal).refused(EvidenceRequired)


@pytest.mark.parametrize("missing", ["kind", "retention"])
def test_evidence_in_an_appeal_says_its_kind_and_its_retention_class(missing: str) -> None:
    story = guilty(rules())
    less = msgspec.structs.replace(RECEIPT, **{missing: ""})
    assert submit(story, evidence=(less,)).refused(EvidenceIncomplete).field == f"evidence.0.{missing}"
    appeal = filed(story)
    add(story, appeal, less).refused(EvidenceIncomplete)
    ask(story, appeal, story.now + timedelta(days=1))
    answer(story, appeal, evidence=(less,)).refused(EvidenceIncomplete)


def test_evidence_whose_content_changed_later_is_recorded_as_changed() -> None:
    story = guilty(rules())
    filed(story, evidence=(RECEIPT,))
    seen = ReportEvidence(creator=story.creator, reference=RECEIPT.reference, sha256=DIGEST)
    story.when(seen).then()
    event = story.when(msgspec.structs.replace(seen, sha256=OTHER_DIGEST)).then(EvidenceChanged).one(EvidenceChanged)
    assert (event.reference, event.before, event.sha256) == (RECEIPT.reference, DIGEST, OTHER_DIGEST)
    story.when(ReportEvidence(creator=story.creator, reference="elsewhere", sha256=DIGEST)).refused(EvidenceUnknown)


def test_the_evidence_of_a_violation_is_watched_too() -> None:
    story = Story(packs=rules())
    story.confirm(evidence=(Evidence("clip/9", DIGEST),))
    story.when(ReportEvidence(creator=story.creator, reference="clip/9", sha256=OTHER_DIGEST)).then(EvidenceChanged)


# Clocks


def due(story: Story, id: AppealId) -> dict[str, datetime]:
    waiting = story.account.appeals[id]
    assert isinstance(waiting, Submitted)
    return {clock.rule.partition(":")[0]: clock.due_at for clock in waiting.clocks}


def timed(*limits: DecisionLimit, within: Duration | None = None) -> Catalogue:
    return rules(decide_within=within, decision_limits=limits)


def ask(story: Story, id: AppealId, until: datetime, **more: Any) -> Any:
    question = more.get("question", Personal("Which order?"))
    return story.when(RequestInformation(creator=story.creator, appeal_id=id, question=question, until=until), APPEALS_REVIEWER)


def answer(story: Story, id: AppealId, by: Actor = CREATOR, **more: Any) -> Any:
    return story.when(ProvideInformation(creator=story.creator, appeal_id=id, **({"answer": Personal("This one.")} | more)), by)


def test_texas_gives_fourteen_days_without_saturdays_and_sundays_for_the_decision_not_for_the_filing() -> None:
    story = guilty(timed(TEXAS), jurisdictions=("US-TX",))
    appeal = filed(story)  # on Monday, 2 March
    assert due(story, appeal) == {"US-TX": datetime(2026, 3, 21, tzinfo=UTC)}  # when Friday the 20th is over
    assert story.account.informed[story.latest].rule == "PLATFORM: 30 days"


def test_a_limit_of_another_law_does_not_bind() -> None:
    story = guilty(timed(TEXAS), jurisdictions=("US-CA",))
    assert due(story, filed(story)) == {}


def test_a_missed_deadline_is_recorded_at_its_moment_by_the_system_because_of_the_appeal() -> None:
    story = guilty(timed(TEXAS), jurisdictions=("US-TX",))
    filed(story)
    submitted = story.facts[-1]
    assert story.at(datetime(2026, 3, 21, tzinfo=UTC) - MOMENT).settle() == []
    assert [type(event) for event in story.at(MOMENT).settle()] == [AppealDeadlineMissed]
    fact = story.facts[-1]
    assert fact.cause is not None
    assert (fact.actor.kind, fact.cause.version, fact.occurred_at) == (ActorKind.SYSTEM, submitted.version, story.now)
    assert story.days(30).settle() == [], "once"


def test_a_decision_in_time_misses_nothing() -> None:
    story = guilty(timed(TEXAS), jurisdictions=("US-TX",))
    decide(story, filed(story), Outcome.UPHELD)
    assert story.days(60).settle() == []


@pytest.mark.parametrize(("within", "asked", "answered", "expected"), [
    (Duration(48, Unit.HOURS), 10, 34, START + timedelta(hours=72)),
    (Duration(3, Unit.DAYS), 10, 34, datetime(2026, 3, 7, tzinfo=UTC)),
    (Duration(3, Unit.DAYS), 10, 11, datetime(2026, 3, 6, tzinfo=UTC)),  # within a day: that day counts
    (Duration(5, Unit.WEEKDAYS), 90, 90 + 72, datetime(2026, 3, 11, tzinfo=UTC)),  # asked on Friday, answered on Monday: one weekday
])
def test_while_the_appellant_is_asked_for_more_the_platforms_clock_stands_still(
        within: Duration, asked: int, answered: int, expected: datetime) -> None:
    story = guilty(timed(within=within))
    appeal = filed(story)
    ask(story.at(START + timedelta(hours=asked)), appeal, story.now + timedelta(days=9)).then(InformationRequested)
    answer(story.at(START + timedelta(hours=answered)), appeal).then(InformationProvided, AppealResumed)
    assert due(story, appeal) == {"PLATFORM": expected}


def test_a_clock_that_stands_still_is_not_missed_and_runs_on_when_the_time_for_the_answer_is_over() -> None:
    story = guilty(timed(within=days(3)))
    appeal = filed(story)
    until = story.now + timedelta(days=10)
    ask(story, appeal, until)
    assert story.at(until - MOMENT).settle() == []
    assert [type(event) for event in story.at(MOMENT).settle()] == [AppealResumed]
    assert due(story, appeal) == {"PLATFORM": datetime(2026, 3, 16, tzinfo=UTC)}
    assert [type(event) for event in story.days(9).settle()] == [AppealDeadlineMissed]


def test_an_answer_that_never_came_and_the_deadline_after_it_are_recorded_in_one_go() -> None:
    story = guilty(timed(within=days(3)))
    ask(story, filed(story), story.now + timedelta(days=10))
    assert [type(event) for event in story.days(40).settle()] == [AppealResumed, AppealDeadlineMissed]


def test_a_question_does_not_stop_the_clock_of_a_law() -> None:
    story = guilty(timed(TEXAS), jurisdictions=("US-TX",))
    ask(story, filed(story), story.now + timedelta(days=60))
    assert [type(event) for event in story.at(datetime(2026, 3, 21, tzinfo=UTC)).settle()] == [AppealDeadlineMissed]


def test_the_appellant_is_asked_one_thing_at_a_time_with_a_time_for_the_answer() -> None:
    story = guilty(timed(within=days(3)))
    appeal = filed(story)
    ask(story, appeal, story.now).refused(AnswerTimeInvalid)
    ask(story, appeal, story.now + timedelta(days=1), question=Personal("")).refused(ReasonsRequired)
    ask(story, appeal, story.now + timedelta(days=1))
    ask(story, appeal, story.now + timedelta(days=2)).refused(InformationAlreadyRequested)


def test_only_the_appellant_answers_and_only_what_was_asked() -> None:
    story = guilty(timed(within=days(3)))
    appeal = filed(story)
    answer(story, appeal).refused(InformationNotRequested)
    ask(story, appeal, story.now + timedelta(days=1))
    answer(story, appeal, STRANGER).refused(AppealNotYours)
    answer(story, appeal, answer=Personal(" ")).refused(ReasonsRequired)
    event = answer(story, appeal, evidence=(RECEIPT,)).one(InformationProvided)
    assert event.evidence == (RECEIPT,)
    assert story.account.evidence[RECEIPT.reference] == DIGEST


def test_an_open_deadline_never_shrinks_when_the_account_moves() -> None:
    story = Story(market="US", jurisdictions=("DE",))
    story.confirm()
    story.inform(story.latest)
    before = story.account.informed[story.latest]
    assert before.rule.startswith("EU")
    story.given(ChangeMarket(creator=story.creator, market="VN", jurisdictions=("VN",)))
    submit(story.days(100)).then(AppealSubmitted)
    assert story.account.informed[story.latest] == before


def test_an_appeal_whose_subject_fell_by_another_way_is_closed_by_the_system() -> None:
    story = Story(packs=laddered(at(150, step())))
    penalty = story.deduct(60).one(PenaltyImposed).penalty_id
    appeal = filed(story, subject=penalty)
    outcome = story.overturn(story.latest).includes(AppealSettled)
    assert outcome.one(AppealSettled).appeal_id == appeal
    settled = next(fact for fact in outcome.facts if isinstance(fact.event, AppealSettled))
    assert settled.actor.kind is ActorKind.SYSTEM
    decide(story, appeal, Outcome.UPHELD).refused(AppealAlreadyDecided)


# What reviewers of these rules asked about


def test_a_second_level_that_is_open_stays_open_when_a_new_pack_has_fewer_levels() -> None:
    before = pack_of(rules(), "US")
    later_rule = msgspec.structs.replace(before.appeal, levels=1)
    story = guilty(published([before, later(before, date(2026, 3, 10), appeal=later_rule)]))
    first = filed(story)
    decide(story, first, Outcome.UPHELD)
    story.inform(first)
    story.at(datetime(2026, 3, 12, tzinfo=UTC)).settle()
    assert story.account.scheme is not None
    assert story.account.scheme.version == 2
    assert submit(story).one(AppealSubmitted).level == 2


def test_no_late_appeal_is_admitted_past_the_last_level() -> None:
    story = guilty(rules(levels=1))
    decide(story, filed(story), Outcome.UPHELD, SECOND)
    late(story.days(60), story.now + timedelta(days=90)).refused(AppealLevelExhausted)


def test_a_late_appeal_that_was_withdrawn_may_be_filed_again_while_it_is_admitted() -> None:
    story = guilty(rules()).days(60)
    late(story, story.now + timedelta(days=5))
    story.given(WithdrawAppeal(creator=story.creator, appeal_id=filed(story)), by=CREATOR)
    assert submit(story).one(AppealSubmitted).ordinal == 2


@pytest.mark.parametrize("actor", [MODERATOR, MODEL, CREATOR])
def test_good_cause_is_found_by_a_person_who_took_no_part(actor: Actor) -> None:
    story = guilty(rules()).days(60)
    admitting = AdmitLateAppeal(creator=story.creator, subject=story.latest, until=story.now + timedelta(days=5), reasons=REASONS)
    story.when(admitting, actor).refused(ReviewerConflict if actor is MODERATOR else PersonRequired)


@pytest.mark.parametrize("actor", [MODERATOR, MODEL, CREATOR])
def test_the_appellant_is_asked_by_a_person_who_took_no_part(actor: Actor) -> None:
    story = guilty(rules())
    asking = RequestInformation(creator=story.creator, appeal_id=filed(story), question=REASONS, until=story.now + timedelta(days=1))
    story.when(asking, actor).refused(ReviewerConflict if actor is MODERATOR else PersonRequired)


def test_clocks_stand_still_for_no_longer_than_the_pack_lets_them() -> None:
    story = guilty(rules(answer_within=days(14)))
    appeal = filed(story)
    ask(story, appeal, datetime(2026, 3, 17, tzinfo=UTC) + MOMENT).refused(AnswerTimeInvalid)
    ask(story, appeal, datetime(2026, 3, 17, tzinfo=UTC)).then(InformationRequested)


def test_a_document_that_is_on_the_violation_is_evidence_of_the_appeal_too() -> None:
    story = Story(packs=rules())
    story.confirm(evidence=(RECEIPT,))
    appeal = filed(story)
    add(story, appeal, RECEIPT).then(AppealEvidenceAdded)
    add(story, appeal, RECEIPT).then()


def test_another_digest_for_the_same_reference_does_not_hide_that_the_first_one_changed() -> None:
    story = Story(packs=rules())
    story.confirm(evidence=(RECEIPT,))
    add(story, filed(story), msgspec.structs.replace(RECEIPT, sha256=OTHER_DIGEST))
    story.when(ReportEvidence(creator=story.creator, reference=RECEIPT.reference, sha256=OTHER_DIGEST)).then(EvidenceChanged)
