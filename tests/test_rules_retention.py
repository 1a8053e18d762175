"""Evidence is kept as long as its class says, once what it belongs to can be contested no more; then it is due to go."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from domain.calendar import Duration, Unit, end_of
from domain.creator.appeals import AppealSubmitted, SubmitAppeal, WithdrawAppeal
from domain.creator.decider import next_change
from domain.creator.finding import Evidence
from domain.creator.hearing import AddAppealEvidence
from domain.creator.holds import PlaceLegalHold, ReleaseLegalHold
from domain.creator.judgement import AppealDecided, DecideAppeal, Outcome
from domain.creator.keeping import RetentionClassUnknown
from domain.creator.relations import LinkAccounts, Relation, UnlinkAccounts
from domain.creator.retention import EvidenceRetentionEnded, EvidenceRetentionScheduled
from domain.creator.scheme import SchemeAdopted
from domain.creator.state import Informed
from domain.creator.violations import DismissViolation, SuspectViolation, ViolationConfirmed, ViolationDismissed
from domain.facts import Personal
from domain.identity import ViolationId
from domain.packs.catalogue import Catalogue
from domain.packs.model import CountedFrom, Mark, Provenance, Retention
from tests.rulebook import (
    APPEALS_REVIEWER,
    CREATOR,
    PACKS,
    REASONS,
    START,
    Story,
    from_toml,
    laddered,
    later,
    pack_of,
    published,
    stories_are_replayed,
)

__all__ = ["stories_are_replayed"]

DIGEST, OTHER_DIGEST = "a" * 64, "b" * 64
MONTHS = Duration(6, Unit.MONTHS)
OURS = Provenance(mark=Mark.OURS, source="ours")


def clip(retention: str = "DECISION", note: str = "At the end.", reference: str = "clip/1", digest: str = DIGEST) -> Evidence:
    return Evidence(reference, digest, "CLIP", retention, note=Personal(note))


def classes(counted_from: CountedFrom = CountedFrom.DECISION_FINAL, after: Duration = MONTHS) -> dict[str, Retention]:
    return {name: Retention(after=after, counted_from=counted_from, provenance=OURS) for name in ("DECISION", "APPEAL")}


def story(retention: dict[str, Retention] | None = None) -> Story:
    return Story(packs=laddered(retention=classes() if retention is None else retention))


def informed(it: Story, subject: ViolationId) -> Informed:
    it.inform(subject)
    return it.account.informed[subject]


def due(it: Story) -> set[datetime | None]:
    return {kept.due_at for kept in it.account.kept.values()}


def after(moment: datetime, duration: Duration = MONTHS) -> datetime:
    return end_of(moment, duration, "UTC")


def gone(it: Story) -> list[EvidenceRetentionEnded]:
    return [fact.event for fact in it.facts if isinstance(fact.event, EvidenceRetentionEnded)]


# Which classes there are

def test_evidence_of_a_class_that_the_pack_does_not_have_is_refused() -> None:
    it = story()
    refusal = it.confirm(evidence=(clip(), clip("FOREVER"))).refused(RetentionClassUnknown)
    assert refusal.field == "finding.evidence.1.retention"
    assert "as APPEAL, DECISION; it has no class 'FOREVER'" in str(refusal)


def test_a_pack_without_classes_takes_any_as_it_did_before() -> None:
    it = story({})
    violation = it.confirm(evidence=(clip("FOREVER"),)).one(ViolationConfirmed)
    assert violation.finding.evidence[0].note == Personal("At the end.")
    informed(it, violation.violation_id)
    it.days(4000).settle()
    assert (due(it), gone(it)) == ({None}, [])


def test_evidence_without_a_class_is_kept_as_long_as_the_account() -> None:
    it = story()
    informed(it, it.confirm(evidence=(clip(""),)).one(ViolationConfirmed).violation_id)
    it.days(4000).settle()
    assert (it.account.kept, gone(it)) == ({}, [])


def test_the_shipped_packs_have_classes_whose_figures_are_marked_as_ours() -> None:
    for market in ("US", "VN", "ID"):
        found = pack_of(published_by_all(), market, datetime(2026, 3, 2, tzinfo=UTC)).retention
        assert set(found) == {"DECISION", "APPEAL", "ACCOUNT_LINK"}
        assert {each.provenance.mark for each in found.values() if each.provenance} == {Mark.OURS}


def published_by_all() -> Catalogue:
    return from_toml({path.name: path.read_text() for path in PACKS.glob("*.toml")} | {
        str(path.relative_to(PACKS)): path.read_text() for path in PACKS.rglob("*.ftl")})


# From when they count

def test_a_class_counts_from_the_end_of_the_last_window_for_an_appeal() -> None:
    it = story()
    violation = it.confirm(evidence=(clip(),)).one(ViolationConfirmed).violation_id
    assert due(it) == {None}  # the creator has not been informed, and may appeal at any time
    told = informed(it, violation)
    assert due(it) == {after(told.appeal_until)}
    it.days(120).settle()  # the points have expired
    assert next_change(it.account) == after(told.appeal_until)


def test_when_its_time_is_over_evidence_is_due_to_go_by_itself_at_that_moment() -> None:
    it = story()
    violation = it.confirm(evidence=(clip(), clip(reference="clip/2"))).one(ViolationConfirmed).violation_id
    ends = after(informed(it, violation).appeal_until)
    it.now = ends - timedelta(seconds=1)
    it.settle()
    assert gone(it) == []
    it.now = ends + timedelta(days=30)
    it.settle()
    (event,) = gone(it)
    assert (event.matter, it.facts[-1].occurred_at) == (violation, ends)
    assert [(piece.reference, piece.sha256, piece.retention, piece.given_in) for piece in event.evidence] == [
        ("clip/1", DIGEST, "DECISION", violation), ("clip/2", DIGEST, "DECISION", violation)]
    assert it.account.kept == {}


def test_under_a_legal_hold_no_evidence_goes_and_what_was_due_goes_once_it_is_released() -> None:
    it = story()
    ends = after(informed(it, it.confirm(evidence=(clip(),)).one(ViolationConfirmed).violation_id).appeal_until)
    it.when(PlaceLegalHold(creator=it.creator, reference="matter 4", reasons=REASONS))
    it.days(120).settle()
    assert next_change(it.account) is None
    it.now = ends + timedelta(days=30)
    it.settle()
    assert gone(it) == []
    it.when(ReleaseLegalHold(creator=it.creator, reference="matter 4", reasons=REASONS))
    it.settle()
    assert len(gone(it)) == 1
    assert it.facts[-1].occurred_at == it.now


def test_an_appeal_keeps_the_evidence_and_its_decision_starts_the_time_anew() -> None:
    it = story()
    violation = it.confirm(evidence=(clip(),)).one(ViolationConfirmed).violation_id
    informed(it, violation)
    filed = it.when(SubmitAppeal(creator=it.creator, subject=violation, grounds=REASONS, evidence=(clip("APPEAL", reference="receipt/1"),)), CREATOR)
    appeal = filed.one(AppealSubmitted).appeal_id
    assert due(it) == {None}
    it.days(400).settle()
    assert gone(it) == []
    it.when(DecideAppeal(creator=it.creator, appeal_id=appeal, outcome=Outcome.REVERSED, reasons=REASONS), APPEALS_REVIEWER).one(AppealDecided)
    assert due(it) == {after(it.now)}
    it.days(400).settle()
    assert sorted(piece.reference for event in gone(it) for piece in event.evidence) == ["clip/1", "receipt/1"]


def test_an_appeal_that_is_withdrawn_starts_the_time_anew() -> None:
    it = story()
    violation = it.confirm(evidence=(clip(),)).one(ViolationConfirmed).violation_id
    until = informed(it, violation).appeal_until
    appeal = it.when(SubmitAppeal(creator=it.creator, subject=violation, grounds=REASONS), CREATOR).one(AppealSubmitted).appeal_id
    it.now = until + timedelta(days=1)
    it.when(WithdrawAppeal(creator=it.creator, appeal_id=appeal), CREATOR)
    assert due(it) == {after(it.now)}


def test_a_suspicion_that_was_not_borne_out_counts_from_its_dismissal() -> None:
    it = story()
    it.when(SuspectViolation(creator=it.creator, finding=it.finding(evidence=(clip(),))))
    assert due(it) == {None}
    it.days(10).settle()
    it.when(DismissViolation(creator=it.creator, violation_id=it.latest, reasons=REASONS)).one(ViolationDismissed)
    assert due(it) == {after(it.now)}


def test_the_evidence_of_a_link_counts_from_when_the_link_is_undone() -> None:
    it = story()
    it.when(LinkAccounts(creator=it.creator, other="shop-9", relation=Relation.SHOP, evidence=(clip(),), reasons=REASONS))
    it.days(4000).settle()
    assert due(it) == {None}
    it.when(UnlinkAccounts(creator=it.creator, other="shop-9", reasons=REASONS))
    assert due(it) == {after(it.now)}


def test_a_class_may_count_from_when_evidence_was_given_and_yet_keeps_what_can_be_contested() -> None:
    it = story(classes(CountedFrom.GIVEN, Duration(1, Unit.DAYS)))
    violation = it.confirm(evidence=(clip(),)).one(ViolationConfirmed).violation_id
    it.days(5).settle()
    assert due(it) == {None}
    told = informed(it, violation)
    assert due(it) == {told.appeal_until}
    longer = story(classes(CountedFrom.GIVEN))
    told = informed(longer, longer.confirm(evidence=(clip(),)).one(ViolationConfirmed).violation_id)
    assert due(longer) == {after(START)} != {after(told.appeal_until)}


def test_a_notice_that_is_deemed_received_starts_the_time_and_all_falls_due_in_its_order() -> None:
    it = story()
    violation = it.confirm(evidence=(clip(),)).one(ViolationConfirmed).violation_id
    it.notify(violation)
    it.days(1000).settle()
    kinds = [type(fact.event).__name__ for fact in it.facts]
    assert kinds.index("NoticeDeemed") + 1 == kinds.index("EvidenceRetentionScheduled")
    assert kinds[-1] == "EvidenceRetentionEnded"
    assert [fact.occurred_at for fact in it.facts] == sorted(fact.occurred_at for fact in it.facts)


def test_evidence_given_later_in_an_appeal_is_kept_with_it() -> None:
    it = story()
    violation = it.confirm().one(ViolationConfirmed).violation_id
    informed(it, violation)
    appeal = it.when(SubmitAppeal(creator=it.creator, subject=violation, grounds=REASONS), CREATOR).one(AppealSubmitted).appeal_id
    it.when(AddAppealEvidence(creator=it.creator, appeal_id=appeal, evidence=(clip("APPEAL"),)), CREATOR)
    assert [(kept.given_in, kept.matter) for kept in it.account.kept.values()] == [(appeal, violation)]


def test_a_newer_pack_decides_anew_how_long_evidence_is_kept() -> None:
    first = next(iter(laddered(retention=classes()))).pack
    shorter = later(first, (START + timedelta(days=20)).date(), retention=classes(after=Duration(1, Unit.DAYS)))
    it = Story(packs=published([first, shorter]))
    until = informed(it, it.confirm(evidence=(clip(),)).one(ViolationConfirmed).violation_id).appeal_until
    assert due(it) == {after(until)}
    it.days(21).settle()
    assert isinstance(it.facts[-2].event, SchemeAdopted)
    assert due(it) == {after(until, Duration(1, Unit.DAYS))}


# How it is recorded

def test_each_note_of_a_class_has_a_key_of_its_own() -> None:
    it = story()
    finding = it.confirm(evidence=(clip(), clip(digest=OTHER_DIGEST), clip(""))).one(ViolationConfirmed).finding
    apart = [each.note.apart for each in finding.evidence if each.note]
    assert apart == [*it.account.kept, None]
    assert len(set(apart)) == 3


def test_what_is_recorded_of_it_is_read_again() -> None:
    it = story()
    informed(it, it.confirm(evidence=(clip(),)).one(ViolationConfirmed).violation_id)
    (event,) = [fact.event for fact in it.facts if isinstance(fact.event, EvidenceRetentionScheduled)]
    assert msgspec.json.decode(msgspec.json.encode(event), type=EvidenceRetentionScheduled) == event


@pytest.mark.parametrize("months", [0, -1])
def test_a_class_that_keeps_nothing_is_refused_in_a_pack(months: int) -> None:
    texts = {path.name: path.read_text() for path in PACKS.glob("*.toml")} | {
        str(path.relative_to(PACKS)): path.read_text() for path in PACKS.rglob("*.ftl")}
    texts["violation-points.sea.toml"] = texts["violation-points.sea.toml"].replace("value = 12,", f"value = {months},")
    with pytest.raises(Exception, match="a number of 1 or more"):
        from_toml(texts)
