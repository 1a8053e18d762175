"""When the creator is given reasons for a restriction, when they are corrected, and what the database says of them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from application.statements import Telling
from domain.creator.approvals import ApprovePenalty, DeclinePenalty
from domain.creator.commission import CommissionFrozen, ForfeitCommission, FreezeCommission
from domain.creator.content import DemoteContent, LabelContent, RemoveContent, RestoreContent
from domain.creator.finding import ContentKind, Detection, Source, SourceKind
from domain.creator.penalties import PenaltyImposed
from domain.creator.sanctions import (
    ImposePenalty,
    LiftPenalty,
    RevokePermission,
    RevokeRecommendationEligibility,
    ShortenPenalty,
    SuspendPermission,
)
from domain.creator.scheme import AccountType, RegisterCreator
from domain.creator.state import Measure
from domain.creator.statements import (
    Correction,
    PuidReused,
    ReportStatement,
    SorAfterEffect,
    StatementOfReasonsCorrected,
    StatementOfReasonsIssued,
    StatementOfReasonsRejected,
    StatementOfReasonsSubmitted,
    StatementReport,
    StatementReportIncomplete,
    StatementSubject,
    StatementUnknown,
)
from domain.facts import SYSTEM
from domain.identity import ContentId, PenaltyId, StatementId
from domain.packs.model import Severity
from domain.statements.categories import Category
from domain.statements.checking import SorIncomplete, problems
from domain.statements.schema import EU, Automation, ContentType, Ground, Monetary, Provision, SourceType, Visibility, YesOrNo
from tests.rulebook import (
    MODEL,
    MODERATOR,
    REASONS,
    SECOND,
    SHIPPED,
    START,
    Story,
    at,
    changed,
    pack_of,
    plain,
    published,
    restricted,
    step,
    stories_are_replayed,
)

__all__ = ["stories_are_replayed"]


def german(**more: Any) -> Story:
    return Story(jurisdictions=("DE",), **more)


def restricted_by_score(story: Story, **more: Any) -> StatementOfReasonsIssued:
    story.deduct(40, **more)
    return story.deduct(40, **more).one(StatementOfReasonsIssued)


def suspended(story: Story, **more: Any) -> Any:
    return story.when(SuspendPermission(
        creator=story.creator, violations=(story.latest,), restrictions=restricted("LIVE_SELLING"), ends_at=story.now + timedelta(days=9),
        reasons=REASONS, **more))


# Issued


def test_reasons_are_stated_in_the_decision_that_restricts_and_no_later() -> None:
    story = german()
    story.deduct(40).excludes(StatementOfReasonsIssued)
    outcome = story.deduct(40)
    imposed, issued = outcome.one(PenaltyImposed), outcome.one(StatementOfReasonsIssued)
    fact = next(fact for fact in outcome.facts if fact.event is issued)
    cause = next(fact for fact in outcome.facts if fact.event is imposed)
    assert (issued.subject, issued.subject_kind) == (imposed.penalty_id, StatementSubject.PENALTY)
    assert (fact.occurred_at, fact.recorded_at) == (imposed.starts_at, cause.recorded_at)
    assert (fact.actor, fact.cause.version if fact.cause else 0) == (SYSTEM, cause.version)


def test_a_statement_says_what_how_long_where_because_of_what_and_how() -> None:
    story = german()
    said = restricted_by_score(story).statement
    assert said.decision_provision is Provision.PARTIAL_SUSPENSION
    assert said.end_date_service_restriction == date(2026, 3, 9)
    assert (said.decision_visibility, said.decision_monetary, said.decision_account) == ((), None, None)
    assert said.territorial_scope == tuple(sorted(EU))
    assert (said.application_date, said.content_date) == (date(2026, 3, 2), date(2026, 3, 2))
    assert (said.decision_ground, said.category) == (Ground.INCOMPATIBLE_CONTENT, Category.CONSUMER_INFORMATION)
    assert (said.automated_detection, said.automated_decision) == (YesOrNo.NO, Automation.PARTIALLY)
    assert (said.source_type, said.content_type) == (SourceType.VOLUNTARY, (ContentType.VIDEO,))


@pytest.mark.parametrize("law", ["EU", "DE", "FR", "DE-BY"])
def test_every_member_of_the_union_is_owed_reasons(law: str) -> None:
    restricted_by_score(Story(jurisdictions=("US", law)))


@pytest.mark.parametrize("law", ["US", "VN", "GB", "CH", "IS"])
def test_nobody_else_is(law: str) -> None:
    story = Story(jurisdictions=(law,))
    story.deduct(40)
    story.deduct(40).includes(PenaltyImposed).excludes(StatementOfReasonsIssued)


def test_points_and_warnings_restrict_nothing() -> None:
    story = german()
    story.confirm("video-1", "LOW_QUALITY", Severity.MINOR).excludes(StatementOfReasonsIssued)
    story.confirm("video-2", "LOW_QUALITY", Severity.MINOR).excludes(StatementOfReasonsIssued)


def test_a_pack_without_statements_states_none() -> None:
    story = german(packs=published([changed(pack_of(SHIPPED, "US"), statement=None)]))
    story.deduct(40)
    story.deduct(40).includes(PenaltyImposed).excludes(StatementOfReasonsIssued)


@pytest.mark.parametrize(("capability", "attribute", "value"), [
    ("LIVE_SELLING", "decision_provision", Provision.PARTIAL_SUSPENSION), ("WITHDRAW_COMMISSION", "decision_monetary", Monetary.SUSPENSION)])
def test_what_a_capability_stands_for_is_in_the_pack(capability: str, attribute: str, value: Any) -> None:
    story = german()
    story.deduct(20)
    said = story.when(ImposePenalty(
        creator=story.creator, kind="HOLD", violations=(story.latest,), restrictions=restricted(capability), reasons=REASONS,
    )).one(StatementOfReasonsIssued).statement
    assert getattr(said, attribute) is value
    assert said.automated_decision is Automation.NOT_AUTOMATED


def test_what_is_revoked_is_terminated_and_has_no_end() -> None:
    story = german()
    story.deduct(20)
    said = story.when(RevokePermission(
        creator=story.creator, violations=(story.latest,), restrictions=restricted("CAMPAIGN"), reasons=REASONS)).one(StatementOfReasonsIssued)
    assert said.statement.decision_provision is Provision.PARTIAL_TERMINATION
    assert said.statement.end_date_service_restriction is None


def test_what_is_not_recommended_is_demoted() -> None:
    story = german()
    story.deduct(20)
    said = story.when(RevokeRecommendationEligibility(
        creator=story.creator, violations=(story.latest,), item="video-1", reasons=REASONS)).one(StatementOfReasonsIssued)
    assert said.statement.decision_visibility == (Visibility.CONTENT_DEMOTED,)


@pytest.mark.parametrize(("command", "more", "visibility"), [
    (RemoveContent, {}, Visibility.CONTENT_REMOVED), (DemoteContent, {}, Visibility.CONTENT_DEMOTED),
    (LabelContent, {"label": "AD"}, Visibility.CONTENT_LABELLED)])
def test_every_measure_on_content_has_reasons(command: Any, more: dict[str, str], visibility: Visibility) -> None:
    story = german()
    story.confirm("video-1")
    said = story.when(command(creator=story.creator, content_id=ContentId("video-1"), violation_id=story.latest, **more))
    assert said.one(StatementOfReasonsIssued).statement.decision_visibility == (visibility,)
    assert said.one(StatementOfReasonsIssued).subject_kind is StatementSubject.CONTENT


def test_commission_that_is_lost_has_reasons_of_its_own() -> None:
    story = german()
    story.deduct(20)
    hold = story.when(ImposePenalty(
        creator=story.creator, kind="HOLD", violations=(story.latest,), restrictions=restricted("WITHDRAW_COMMISSION"), reasons=REASONS))
    penalty = hold.one(PenaltyImposed).penalty_id
    frozen = story.when(FreezeCommission(creator=story.creator, penalty_id=penalty, amount=500, currency="EUR")).one(CommissionFrozen)
    story.inform(story.latest)
    story.inform(penalty)
    lost = story.days(200).when(ForfeitCommission(creator=story.creator, freeze_id=frozen.freeze_id, amount=500, reasons=REASONS))
    issued = lost.one(StatementOfReasonsIssued)
    assert (issued.subject_kind, issued.statement.decision_monetary) == (StatementSubject.COMMISSION, Monetary.TERMINATION)
    assert issued.statement.end_date_monetary_restriction is None


def test_an_authoritys_order_is_given_reasons_for_by_the_authority() -> None:
    story = german()
    story.confirm("video-1", source=Source(SourceKind.ORDER, "order-1"))
    story.when(RemoveContent(creator=story.creator, content_id=ContentId("video-1"), violation_id=story.latest)).excludes(StatementOfReasonsIssued)


@pytest.mark.parametrize(("source", "told"), [
    (SourceKind.NOTICE, SourceType.ARTICLE_16), (SourceKind.TRUSTED_FLAGGER, SourceType.TRUSTED_FLAGGER),
    (SourceKind.USER_REPORT, SourceType.TYPE_OTHER_NOTIFICATION), (SourceKind.OWN_INITIATIVE, SourceType.VOLUNTARY)])
def test_the_source_is_told_by_its_kind_and_never_who_it_was(source: SourceKind, told: SourceType) -> None:
    said = restricted_by_score(german(), source=Source(source, "notice-1")).statement
    assert (said.source_type, said.source_identity) == (told, "")


def test_what_a_machine_found_and_decided_is_fully_automated() -> None:
    story = german()
    for video in "abc":
        story.confirm(video, "COUNTERFEIT", Severity.MAJOR, MODEL, detection=Detection(automated=True))
    said = story.facts[-1].event
    assert isinstance(said, StatementOfReasonsIssued)
    assert (said.statement.automated_detection, said.statement.automated_decision) == (YesOrNo.YES, Automation.FULLY)


def test_a_restriction_beyond_the_union_is_not_the_unions_business() -> None:
    pack = changed(plain(), zero_tolerance=())
    score = msgspec.structs.replace(pack.score, thresholds=(at(150, step(territories=("US",))),))
    story = german(packs=published([changed(pack, counters={**pack.counters, "score": score})]))
    story.deduct(60).includes(PenaltyImposed).excludes(StatementOfReasonsIssued)


def test_a_breach_of_a_law_is_told_as_illegal() -> None:
    us = pack_of(SHIPPED, "US")
    policies = {name: msgspec.structs.replace(it, law="Directive 2005/29/EC") for name, it in us.policies.items()}
    story = german(packs=published([changed(us, policies=policies)]))
    issued = restricted_by_score(story)
    assert issued.statement.decision_ground is Ground.ILLEGAL_CONTENT
    filled = Telling(issued, story.packs.by_hash(issued.pack).pack).filled()
    assert problems(filled) == []
    assert filled.illegal_content_legal_ground == "Directive 2005/29/EC"


@pytest.mark.parametrize(("languages", "language"), [(("de",), "de"), (("th", "vi-VN"), "vi"), ((), "en"), (("th",), "en")])
def test_it_is_issued_in_the_creators_language_where_there_is_a_text(languages: tuple[str, ...], language: str) -> None:
    story = Story(registered=False)
    story.given(RegisterCreator(
        creator=story.creator, external_id="creator-1", account_type=AccountType.BUSINESS, market="US", jurisdictions=("FR",),
        languages=languages, adult=True))
    assert restricted_by_score(story).language == language


@pytest.mark.parametrize("kind", ContentKind)
def test_every_statement_of_the_rules_may_be_sent(kind: ContentKind) -> None:
    story = german()
    for number, policy in enumerate(story.packs.by_hash(story.account.scheme.hash).pack.policies if story.account.scheme else ()):
        severity = pack_of(SHIPPED, "US").policies[policy].severities[-1]
        story.confirm(f"content-{number}", policy, severity, kind=kind)
        if "LIVE_SELLING" not in {it.capability for penalty in story.penalties if penalty.by_person for it in penalty.restrictions}:
            suspended(story)
        story.when(RemoveContent(creator=story.creator, content_id=ContentId(f"content-{number}"), violation_id=story.latest))
    issued = [fact.event for fact in story.facts if isinstance(fact.event, StatementOfReasonsIssued)]
    assert len(issued) > 20
    for one in issued:
        assert problems(Telling(one, story.packs.by_hash(one.pack).pack).filled()) == []


# Refused


def test_a_restriction_without_a_violation_has_no_facts_to_state() -> None:
    asked = RevokeRecommendationEligibility(creator=Story().creator, reasons=REASONS)
    german().when(asked).refused(SorIncomplete)
    Story().when(asked).excludes(StatementOfReasonsIssued)


@pytest.mark.parametrize(("ago", "refused"), [(timedelta(0), False), (timedelta(seconds=5), False), (timedelta(seconds=6), True)])
def test_nobody_restricts_as_of_a_time_before_the_reasons(ago: timedelta, *, refused: bool) -> None:
    story = german()
    story.deduct(20)
    story.days(1)
    asked = SuspendPermission(
        creator=story.creator, violations=(story.latest,), restrictions=restricted("LIVE_SELLING"), ends_at=story.now + timedelta(days=9),
        reasons=REASONS)
    outcome = story.when(asked, occurred_at=story.now - ago)
    if refused:
        assert outcome.refused(SorAfterEffect).field == "occurred_at"
    else:
        outcome.includes(StatementOfReasonsIssued)


# Corrected


def test_an_overturn_corrects_what_was_stated() -> None:
    story = german()
    issued = restricted_by_score(story)
    corrected = story.overturn(story.latest).one(StatementOfReasonsCorrected)
    assert (corrected.statement_id, corrected.subject) == (issued.statement_id, issued.subject)
    assert (corrected.correction, corrected.replaced_by) == (Correction.OVERTURNED, None)


def test_a_lift_corrects_it_too() -> None:
    story = german()
    story.deduct(20)
    issued = suspended(story).one(StatementOfReasonsIssued)
    corrected = story.when(LiftPenalty(creator=story.creator, penalty_id=PenaltyId(issued.subject), reasons=REASONS)).one(StatementOfReasonsCorrected)
    assert (corrected.statement_id, corrected.correction) == (issued.statement_id, Correction.LIFTED)


def test_a_shorter_penalty_is_stated_anew_under_another_puid() -> None:
    story = german()
    story.deduct(20)
    first = suspended(story).one(StatementOfReasonsIssued)
    outcome = story.days(1).when(ShortenPenalty(
        creator=story.creator, penalty_id=PenaltyId(first.subject), ends_at=story.now + timedelta(days=3), reasons=REASONS))
    again, corrected = outcome.one(StatementOfReasonsIssued), outcome.one(StatementOfReasonsCorrected)
    assert (corrected.correction, corrected.replaced_by) == (Correction.SHORTENED, again.statement_id)
    assert again.puid != first.puid
    assert again.statement.end_date_service_restriction == date(2026, 3, 6)


def test_a_restriction_that_comes_to_its_end_needs_no_correction() -> None:
    story = german()
    story.deduct(20)
    suspended(story)
    story.days(30)
    assert not [event for event in story.settle() if isinstance(event, StatementOfReasonsCorrected)]


def test_what_held_in_the_interim_is_stated_anew_once_it_is_approved() -> None:
    story = german()
    interim = story.confirm("video-1", "FAKE_ENGAGEMENT", Severity.SEVERE).all(StatementOfReasonsIssued)
    (first,) = [one for one in interim if one.subject in story.account.standing.proposals]
    outcome = story.when(ApprovePenalty(creator=story.creator, penalty_id=PenaltyId(first.subject)), SECOND)
    again, corrected = outcome.one(StatementOfReasonsIssued), outcome.one(StatementOfReasonsCorrected)
    assert (corrected.correction, corrected.statement_id, corrected.replaced_by) == (Correction.CONFIRMED, first.statement_id, again.statement_id)
    assert first.statement.decision_provision is Provision.PARTIAL_SUSPENSION
    assert again.statement.decision_provision is Provision.PARTIAL_TERMINATION


def test_a_declined_proposal_corrects_what_was_stated_of_its_interim() -> None:
    story = german()
    story.confirm("video-1", "FAKE_ENGAGEMENT", Severity.SEVERE)
    proposal = next(iter(story.account.standing.proposals))
    outcome = story.when(DeclinePenalty(creator=story.creator, penalty_id=proposal, reasons=REASONS), SECOND)
    assert outcome.one(StatementOfReasonsCorrected).correction is Correction.LIFTED


def test_content_that_is_restored_is_corrected_and_may_be_removed_again_under_another_puid() -> None:
    story = german()
    story.confirm("video-1")
    removal = RemoveContent(creator=story.creator, content_id=ContentId("video-1"), violation_id=story.latest)
    first = story.when(removal).one(StatementOfReasonsIssued)
    story.when(RestoreContent(
        creator=story.creator, content_id=ContentId("video-1"), measure=Measure.REMOVED, violation_id=story.latest, reasons=REASONS,
    )).includes(StatementOfReasonsCorrected)
    again = story.when(removal).one(StatementOfReasonsIssued)
    assert (again.subject, again.puid == first.puid) == (first.subject, False)


def test_no_puid_is_ever_used_twice() -> None:
    story = german()
    for number in range(12):
        story.confirm(f"video-{number}")
        suspended(story)
        story.days(10)
    issued = [fact.event.puid for fact in story.facts if isinstance(fact.event, StatementOfReasonsIssued)]
    assert len(issued) == len(set(issued)) == 12


# Sent


def report(issued: StatementOfReasonsIssued, remote_id: str = "", *errors: str) -> ReportStatement:
    kind = StatementReport.REJECTED if errors else StatementReport.SUBMITTED
    return ReportStatement(creator=Story().creator, statement_id=issued.statement_id, report=kind, remote_id=remote_id, errors=errors)


def test_what_the_database_says_is_recorded_once() -> None:
    story = german()
    issued = restricted_by_score(story)
    story.when(report(issued, "", "category is missing")).then(StatementOfReasonsRejected)
    story.when(report(issued, "", "category is missing")).then()
    story.when(report(issued, "", "puid is missing")).then(StatementOfReasonsRejected)
    story.when(report(issued, "r-1")).then(StatementOfReasonsSubmitted)
    story.when(report(issued, "r-1")).then()


def test_a_puid_that_was_taken_is_used_up() -> None:
    story = german()
    issued = restricted_by_score(story)
    story.given(report(issued, "r-1"))
    story.when(report(issued, "r-2")).refused(PuidReused)
    story.when(report(issued, "", "duplicate")).refused(PuidReused)


def test_a_report_names_a_statement_and_says_all_there_is_to_say() -> None:
    story = german()
    issued = restricted_by_score(story)
    story.when(ReportStatement(
        creator=story.creator, statement_id=StatementId(story.creator), report=StatementReport.SUBMITTED, remote_id="r")).refused(StatementUnknown)
    for kind in StatementReport:
        asked = ReportStatement(creator=story.creator, statement_id=issued.statement_id, report=kind)
        story.when(asked).refused(StatementReportIncomplete)


def test_a_report_is_bookkeeping() -> None:
    story = german()
    issued = restricted_by_score(story)
    version = story.account.version
    story.given(report(issued, "r-1"))
    story.when(LiftPenalty(creator=story.creator, penalty_id=PenaltyId(issued.subject), reasons=REASONS), MODERATOR, expected=version).includes(
        StatementOfReasonsCorrected)


def test_a_statement_names_no_reviewer() -> None:
    issued = restricted_by_score(german())
    text = str(Telling(issued, SHIPPED.by_hash(issued.pack).pack).document(START))
    assert MODERATOR.id not in text + msgspec.json.encode(issued).decode()
