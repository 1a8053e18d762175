"""Notices to the creator, and the window for an appeal that begins when the creator was informed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from domain.calendar import Duration, Unit
from domain.creator.appeals import AppealSubmitted, AppealWindowClosed, SubmitAppeal
from domain.creator.approvals import ApprovePenalty
from domain.creator.notices import (
    BounceNotice,
    CreatorInformed,
    DeliverNotice,
    NoticeBounced,
    NoticeDeemed,
    NoticeDelivered,
    NoticeNotOpen,
    NoticeRead,
    NoticeSent,
    NoticeSubjectUnknown,
    NoticeUnknown,
    ReadNotice,
    SendNotice,
    informed_of,
)
from domain.creator.penalties import PenaltyImposed, PenaltyProposed
from domain.creator.scheme import ChangeMarket
from domain.creator.violations import SuspectViolation, ViolationSuspected
from domain.facts import Cause, Personal
from domain.identity import NoticeId
from domain.packs.model import NoticeRule, Severity
from tests.rulebook import CREATOR, MODEL, SECOND, SHIPPED, START, Story, changed, pack_of, published, stories_are_replayed

__all__ = ["stories_are_replayed"]

DEEMED = datetime(2026, 3, 6, 8, tzinfo=UTC)  # 2 March and three days, at midnight in Los Angeles
THIRTY_DAYS = datetime(2026, 4, 2, 7, tzinfo=UTC)  # 2 March and thirty days, at midnight in Los Angeles, where summer time has begun
SIX_MONTHS = datetime(2026, 9, 3, 7, tzinfo=UTC)


def with_violation(*jurisdictions: str) -> Story:
    story = Story(jurisdictions=jurisdictions)
    story.confirm()
    return story


def until(story: Story, subject: UUID) -> datetime | None:
    informed = informed_of(story.account, subject)
    return informed.appeal_until if informed else None


def deliver(story: Story, notice: NoticeId) -> DeliverNotice:
    return DeliverNotice(creator=story.creator, notice_id=notice)


def sending(story: Story, subject: UUID) -> SendNotice:
    return SendNotice(
        creator=story.creator, subject=subject, channel="EMAIL", language="en", template="decision", template_version="3", sha256="ab" * 32)


# What happens to a notice


def test_a_notice_says_by_which_channel_language_and_template_and_when_it_counts_as_received() -> None:
    story = with_violation().again_may_differ()
    event = story.when(sending(story, story.latest)).then(NoticeSent).one(NoticeSent)
    assert (event.subject, event.channel, event.language, event.template, event.template_version) == (story.latest, "EMAIL", "en", "decision", "3")
    assert (event.sha256, event.deemed_at) == ("ab" * 32, DEEMED)


def test_word_is_sent_only_of_a_decision_that_the_account_has() -> None:
    story = with_violation()
    story.when(sending(story, uuid4())).refused(NoticeSubjectUnknown)


def test_a_sent_notice_begins_no_window() -> None:
    story = with_violation()
    story.notify(story.latest)
    assert until(story, story.latest) is None


def test_a_delivered_notice_begins_the_window_once() -> None:
    story = with_violation()
    notice = story.notify(story.latest)
    event = story.when(deliver(story, notice)).then(NoticeDelivered).one(NoticeDelivered)
    assert (event.subject, event.appeal_until, until(story, story.latest)) == (story.latest, THIRTY_DAYS, THIRTY_DAYS)


def test_a_notice_that_was_read_begins_the_window_and_needs_no_delivery() -> None:
    story = with_violation()
    notice = story.notify(story.latest)
    story.when(ReadNotice(creator=story.creator, notice_id=notice), CREATOR).then(NoticeRead)
    story.when(deliver(story, notice)).then()
    assert until(story, story.latest) == THIRTY_DAYS


def test_reading_a_delivered_notice_is_recorded_and_moves_no_deadline() -> None:
    story = with_violation()
    notice = story.notify(story.latest)
    story.given(deliver(story, notice))
    event = story.days(5).when(ReadNotice(creator=story.creator, notice_id=notice), CREATOR).then(NoticeRead).one(NoticeRead)
    assert (event.appeal_until, event.law, until(story, story.latest)) == (THIRTY_DAYS, None, THIRTY_DAYS)


def test_a_notice_that_bounced_begins_nothing_and_never_counts_as_received() -> None:
    story = with_violation()
    notice = story.notify(story.latest)
    story.when(BounceNotice(creator=story.creator, notice_id=notice, detail=Personal("mailbox full"))).then(NoticeBounced)
    assert story.days(20).settle() == []
    assert until(story, story.latest) is None


def test_a_notice_that_bounced_is_neither_delivered_nor_read_any_more() -> None:
    story = with_violation()
    notice = story.notify(story.latest)
    story.given(BounceNotice(creator=story.creator, notice_id=notice))
    story.when(deliver(story, notice)).refused(NoticeNotOpen)
    story.when(ReadNotice(creator=story.creator, notice_id=notice)).refused(NoticeNotOpen)


def test_a_notice_that_was_received_does_not_bounce_any_more() -> None:
    story = with_violation()
    notice = story.notify(story.latest)
    story.given(deliver(story, notice))
    story.when(BounceNotice(creator=story.creator, notice_id=notice)).refused(NoticeNotOpen)


@pytest.mark.parametrize("command", [DeliverNotice, ReadNotice, BounceNotice])
def test_nothing_happens_to_a_notice_that_was_never_sent(command: type[DeliverNotice | ReadNotice | BounceNotice]) -> None:
    story = with_violation()
    story.when(command(creator=story.creator, notice_id=NoticeId(uuid4()))).refused(NoticeUnknown)


# Deemed received


def test_a_notice_counts_as_received_at_its_instant_and_not_before() -> None:
    story = with_violation()
    notice = story.notify(story.latest)
    assert story.at(DEEMED - timedelta(microseconds=1)).settle() == []
    (event,) = story.at(DEEMED).settle()
    assert isinstance(event, NoticeDeemed)
    assert (event.notice_id, event.appeal_until) == (notice, datetime(2026, 4, 6, 7, tzinfo=UTC))


def test_a_notice_that_counts_as_received_says_so_from_that_instant_however_late_it_is_settled() -> None:
    story = with_violation()
    story.notify(story.latest)
    sent = story.facts[-1]
    story.days(20).settle()
    fact = story.facts[-1]
    assert (type(fact.event), fact.occurred_at, fact.cause) == (NoticeDeemed, DEEMED, Cause(story.creator, sent.version))
    assert until(story, story.latest) == datetime(2026, 4, 6, 7, tzinfo=UTC)


def test_a_notice_that_was_delivered_is_not_deemed_received_again() -> None:
    story = with_violation()
    story.inform(story.latest)
    assert story.at(DEEMED).settle() == []


def test_where_the_pack_deems_nothing_received_a_notice_waits_for_its_delivery() -> None:
    story = Story(packs=published([changed(pack_of(SHIPPED, "US"), notice=NoticeRule())]))
    story.confirm()
    story.notify(story.latest)
    assert story.days(20).settle() == []


# The window


def test_the_first_time_the_creator_is_informed_fixes_the_deadline_and_later_times_do_not_move_it() -> None:
    story = with_violation()
    story.inform(story.latest)
    second = story.days(10).inform(story.latest).one(NoticeDelivered)
    assert (second.appeal_until, second.law, until(story, story.latest)) == (THIRTY_DAYS, None, THIRTY_DAYS)


def test_the_platforms_window_holds_where_no_law_gives_more() -> None:
    story = with_violation("US")
    law = story.inform(story.latest).one(NoticeDelivered).law
    assert law is not None
    assert (law.jurisdictions, law.time_zone, law.rule, law.window) == (
        ("US",), "America/Los_Angeles", "PLATFORM: 30 days", Duration(30, Unit.DAYS))


def test_the_longer_window_of_a_law_that_applies_holds() -> None:
    story = with_violation("US", "EU")
    event = story.inform(story.latest).one(NoticeDelivered)
    assert event.law is not None
    assert (event.appeal_until, event.law.rule, event.law.window) == (SIX_MONTHS, "EU: 6 months", Duration(6, Unit.MONTHS))


def test_moving_to_a_market_with_a_shorter_window_does_not_shrink_an_open_deadline() -> None:
    story = with_violation("US", "EU")
    violation = story.latest
    story.inform(violation)
    story.given(ChangeMarket(creator=story.creator, market="VN"))
    story.days(1).inform(violation)
    assert until(story, violation) == SIX_MONTHS


def test_a_later_notice_of_a_penalty_does_not_shrink_the_deadline_that_the_notice_of_its_violation_began() -> None:
    story = Story(jurisdictions=("US", "EU"))
    story.confirm(severity=Severity.MAJOR)
    story.confirm("video-2", severity=Severity.MAJOR)
    penalty, violation = next(iter(story.account.standing.penalties)), story.latest
    story.inform(violation)
    assert until(story, penalty) == SIX_MONTHS
    story.given(ChangeMarket(creator=story.creator, market="VN"))
    story.inform(penalty)
    assert until(story, penalty) == SIX_MONTHS
    story.days(60).when(SubmitAppeal(creator=story.creator, subject=penalty, grounds=Personal("not so")), CREATOR).then(AppealSubmitted)


def test_word_of_a_suspicion_begins_no_window_for_the_decision_that_may_follow() -> None:
    story = Story()
    finding = story.finding()
    violation = story.when(SuspectViolation(creator=story.creator, finding=finding), MODEL).one(ViolationSuspected).violation_id
    early = story.notify(violation)
    told = story.when(deliver(story, early)).one(NoticeDelivered)
    assert (told.appeal_until, told.law) == (None, None)
    story.days(40).confirm(made=START)
    assert until(story, violation) is None
    assert story.inform(violation).one(NoticeDelivered).law is not None
    story.days(29).when(SubmitAppeal(creator=story.creator, subject=violation, grounds=Personal("not so")), CREATOR).then(AppealSubmitted)


def test_word_of_a_suspicion_that_arrives_after_the_decision_is_no_word_of_the_decision() -> None:
    story = Story()
    violation = story.when(SuspectViolation(creator=story.creator, finding=story.finding()), MODEL).one(ViolationSuspected).violation_id
    early = story.notify(violation)
    story.confirm()
    story.when(deliver(story, early)).then(NoticeDelivered)
    assert until(story, violation) is None


def test_a_penalty_that_was_approved_after_word_of_its_violation_has_a_window_of_its_own() -> None:
    story = Story()
    proposed = story.confirm(policy="FAKE_ENGAGEMENT", severity=Severity.SEVERE).one(PenaltyProposed)
    story.inform(story.latest)
    story.days(2).when(ApprovePenalty(creator=story.creator, penalty_id=proposed.penalty_id), SECOND).includes(PenaltyImposed)
    assert until(story, proposed.penalty_id) is None
    story.days(2).inform(proposed.penalty_id)
    assert until(story, proposed.penalty_id) == THIRTY_DAYS + timedelta(days=4)


def test_word_of_an_interim_restriction_does_not_begin_the_window_of_the_penalty_approved_later() -> None:
    story = Story()
    proposed = story.confirm(policy="FAKE_ENGAGEMENT", severity=Severity.SEVERE).one(PenaltyProposed)
    story.inform(proposed.penalty_id)
    assert until(story, proposed.penalty_id) == THIRTY_DAYS
    story.days(2).given(ApprovePenalty(creator=story.creator, penalty_id=proposed.penalty_id), by=SECOND)
    story.inform(proposed.penalty_id)
    assert until(story, proposed.penalty_id) == THIRTY_DAYS + timedelta(days=2)


def test_a_notice_reported_late_begins_the_window_no_earlier_than_the_accounts_last_fact() -> None:
    story = with_violation()
    notice = story.days(1).notify(story.latest)
    event = story.days(2).when(deliver(story, notice), occurred_at=START).then(NoticeDelivered).one(NoticeDelivered)
    assert event.appeal_until == THIRTY_DAYS + timedelta(days=1)


def test_once_the_window_has_closed_it_stays_closed_when_the_creator_is_informed_again() -> None:
    story = with_violation()
    story.inform(story.latest)
    story.at(THIRTY_DAYS).inform(story.latest)
    story.when(SubmitAppeal(creator=story.creator, subject=story.latest, grounds=Personal("not so")), CREATOR).refused(AppealWindowClosed)


def test_every_way_of_being_informed_is_one_of_three() -> None:
    assert {kind.__name__ for kind in CreatorInformed.__subclasses__()} == {"NoticeDelivered", "NoticeRead", "NoticeDeemed"}
