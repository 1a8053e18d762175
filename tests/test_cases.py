"""The desk follows the accounts, whoever dies in between and however many follow; one of several reviewers gets an appeal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from application.desk import AT_ONCE, CASES, FOLLOWER
from application.governance import IdempotencyKeyReused, Request
from application.wiring import CREATORS, System, opened
from domain.cases.case import Case, CaseOpened, RecusalReason, ReleaseReason
from domain.cases.desk import AssignAppeal, ClaimAppeal, Command, ReassignAppeal, RecuseFromAppeal, ReleaseAppeal
from domain.cases.fitness import CaseNotLeased
from domain.creator.appeals import AppealSubmitted, ReviewerConflict, SubmitAppeal, WithdrawAppeal
from domain.creator.finding import Content, ContentKind, Finding
from domain.creator.hearing import ProvideInformation, RequestInformation
from domain.creator.judgement import DecideAppeal, Outcome
from domain.creator.overturn import AmendViolation
from domain.creator.scheme import AccountType, RegisterCreator
from domain.creator.violations import ConfirmViolation, violation_id
from domain.facts import SYSTEM, Actor, ActorKind, Fact, Personal
from domain.identity import AppealId, ContentId, CreatorId, case_id, creator_id
from domain.packs.model import Severity
from domain.packs.publishing import PublishPack
from domain.refusals import Refused
from projections.catalogue import CASE_MODELS
from projections.tables import positions
from tests.asking import packs_in
from tests.postgres import settings_in
from tests.processes import in_processes
from tests.raw import rows_of
from tests.rulebook import APPEALS_REVIEWER, MODERATOR, REASONS, SECOND, START
from tests.test_cases_process import claim_at_once, follow_at_once

ANN = creator_id("ann")
OWN = Actor(ActorKind.CREATOR, "ann", "CREATOR")
MARIA = Actor(ActorKind.REVIEWER, "maria", "APPEALS_REVIEWER")


class Hands:
    """A clock that is set by hand."""

    now = START

    def __call__(self) -> Any:
        return self.now


@contextmanager
def system_in(folder: Path, clock: Callable[[], Any] = lambda: START, *, projecting: bool = True, database: str = "") -> Iterator[System]:
    """A system with the shipped packs and one creator."""
    with opened(settings_in(folder, database), clock, projecting=projecting) as system:
        for pack in packs_in(system.settings.packs):
            system.library.publish(PublishPack(pack.pack), MODERATOR)
        system.governance.handle(RegisterCreator(
            adult=True, creator=ANN, external_id="ann", account_type=AccountType.PRIVATE, market="US", languages=("en",)), by=SYSTEM)
        yield system


@pytest.fixture
def system(tmp_path: Path, database: str) -> Iterator[System]:
    with system_in(tmp_path, database=database) as found:
        yield found


def appealed(system: System, content: str = "video-1", policy: str = "COUNTERFEIT", severity: Severity = Severity.MAJOR) -> AppealId:
    """An appeal against a violation just confirmed."""
    finding = Finding(policy, severity, Content(ContentId(content), ContentKind.VIDEO, START - timedelta(hours=1)))
    system.governance.handle(ConfirmViolation(creator=ANN, finding=finding), by=MODERATOR)
    filed = system.governance.handle(SubmitAppeal(creator=ANN, subject=violation_id(ANN, finding), grounds=REASONS), by=OWN)
    event = system.store.log(CREATORS).facts(ANN, filed.last_version - 1)[0].event
    assert isinstance(event, AppealSubmitted)
    return event.appeal_id


def deciding(appeal: AppealId, outcome: Outcome = Outcome.UPHELD) -> DecideAppeal:
    return DecideAppeal(creator=ANN, appeal_id=appeal, outcome=outcome, reasons=Personal("Seen."))


def case_facts(system: System) -> list[Fact]:
    return system.store.log(CASES).facts_after(0, 1_000_000)


def told(facts: list[Fact]) -> list[tuple[Any, ...]]:
    """What happened at the desk, whenever it was recorded."""
    return [(fact.stream, fact.version, fact.event, fact.occurred_at, fact.actor, fact.cause) for fact in facts]


def case_of(system: System, appeal: AppealId) -> Case:
    return system.store.load(CASES, case_id(appeal))


def rows(system: System) -> dict[str, list[Any]]:
    """Every row about cases, as stored."""
    return rows_of(system.views, CASE_MODELS)


# The desk follows the accounts


def test_an_appeal_has_a_case_as_soon_as_it_is_submitted_and_none_to_work_on_once_it_is_decided(system: System) -> None:
    appeal = appealed(system)
    opened_ = case_of(system, appeal).opened
    assert opened_
    assert (opened_.appeal_id, opened_.creator, opened_.languages, opened_.conflicted) == (appeal, ANN, ("en",), ("moderator-1",))
    system.desk.handle(ClaimAppeal(creator=ANN, appeal_id=appeal), by=APPEALS_REVIEWER)
    system.governance.handle(deciding(appeal, Outcome.REVERSED), by=APPEALS_REVIEWER)
    closed = case_of(system, appeal).closed
    assert closed
    assert closed.outcome == "REVERSED"


def test_what_the_desk_does_by_itself_names_the_account_fact_it_follows_from(system: System) -> None:
    appealed(system)
    (fact,) = case_facts(system)
    submitted = next(it for it in system.store.log(CREATORS).facts(ANN) if isinstance(it.event, AppealSubmitted))
    assert fact.cause
    assert (fact.actor, fact.cause.stream, fact.cause.version) == (SYSTEM, ANN, submitted.version)
    assert fact.occurred_at == submitted.occurred_at


@pytest.mark.parametrize("resumed_by", ["the sweeper", "a claim"])
def test_a_process_that_dies_between_commit_and_reaction_loses_nothing(tmp_path: Path, database: str, resumed_by: str) -> None:
    with system_in(tmp_path, projecting=False, database=database) as dying:
        first, second = appealed(dying), appealed(dying, "video-2")
        dying.governance.handle(WithdrawAppeal(creator=ANN, appeal_id=second), by=OWN)
        assert case_facts(dying) == []
    with opened(dying.settings, lambda: START) as system:
        if resumed_by == "the sweeper":
            system.settle()
        else:
            system.desk.handle(ClaimAppeal(creator=ANN, appeal_id=first), by=MARIA)
        assert [type(fact.event).__name__ for fact in case_facts(system)][:3] == ["CaseOpened", "CaseOpened", "CaseClosed"]
        assert case_of(system, second).closed is not None


def test_a_case_opened_late_is_the_one_that_would_have_been_opened_at_once(tmp_path: Path) -> None:
    def played(folder: Path, *, projecting: bool) -> list[tuple[Any, ...]]:
        with system_in(folder, projecting=projecting) as system:
            appeal = appealed(system, policy="MISLEADING_PROMOTION")
            (violation,) = system.store.load(CREATORS, ANN).violations
            amending = AmendViolation(creator=ANN, violation_id=violation, severity=Severity.MODERATE, reasons=REASONS)
            system.governance.handle(amending, by=SECOND)  # who takes part from now on
            system.governance.handle(WithdrawAppeal(creator=ANN, appeal_id=appeal), by=OWN)
            appealed(system, "video-2")
            system.desk.catch_up()
            return [line for line in told(case_facts(system)) if line[4] == SYSTEM]

    at_once, late = played(tmp_path / "a", projecting=True), played(tmp_path / "b", projecting=False)
    assert at_once == late
    assert next(line[2].conflicted for line in late if isinstance(line[2], CaseOpened)) == ("moderator-1",)


def test_following_again_from_the_beginning_records_nothing(system: System) -> None:
    appeal = appealed(system)
    system.desk.handle(ClaimAppeal(creator=ANN, appeal_id=appeal), by=MARIA)
    system.governance.handle(deciding(appeal), by=MARIA)
    before = case_facts(system)
    with system.views.begin() as connection:
        connection.execute(delete(positions).where(positions.c.name == FOLLOWER))
    with opened(system.settings, lambda: START) as again:
        again.desk.catch_up()
        assert case_facts(again) == before


def test_a_log_that_is_behind_what_was_followed_is_followed_from_the_beginning(system: System) -> None:
    appeal = appealed(system)
    with system.views.begin() as connection:
        connection.execute(update(positions).where(positions.c.name == FOLLOWER).values(position=10**6))
    with opened(system.settings, lambda: START, projecting=False) as restored:
        later = appealed(restored, "video-2")
        restored.desk.catch_up()
        assert case_of(restored, later).opened
        assert case_of(restored, appeal).version == 1
        with restored.views.connect() as connection:
            come_to = connection.execute(select(positions.c.position).where(positions.c.name == FOLLOWER)).scalar()
        assert come_to == restored.store.log(CREATORS).last_position()


def test_several_processes_that_follow_at_once_open_every_case_once(tmp_path: Path, database: str) -> None:
    with system_in(tmp_path, projecting=False, database=database) as dying:
        appeals = [appealed(dying, f"video-{number}") for number in range(20)]
        in_processes(follow_at_once, [(dying.settings,)] * 3)
        assert sorted(fact.stream for fact in case_facts(dying)) == sorted(map(case_id, appeals))


def test_many_appeals_are_followed_in_several_goes(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert AT_ONCE > 3
    monkeypatch.setattr("application.desk.AT_ONCE", 3)
    with system_in(tmp_path, projecting=False, database=database) as system:
        appeals = [appealed(system, f"video-{number}") for number in range(7)]
        system.desk.catch_up()
        assert [fact.stream for fact in case_facts(system)] == list(map(case_id, appeals))


def test_a_case_is_due_when_the_clocks_of_its_appeal_say_and_moves_with_them(tmp_path: Path) -> None:
    clock = Hands()
    with system_in(tmp_path, clock) as system:
        answered, left = appealed(system), appealed(system, "video-2")
        due = case_of(system, answered).due_at
        assert due is not None
        for appeal in (answered, left):
            system.desk.handle(ClaimAppeal(creator=ANN, appeal_id=appeal), by=MARIA)
            system.governance.handle(
                RequestInformation(creator=ANN, appeal_id=appeal, question=REASONS, until=START + timedelta(days=3)), by=MARIA)
            assert case_of(system, appeal).due_at is None
        clock.now += timedelta(days=1)
        system.governance.handle(ProvideInformation(creator=ANN, appeal_id=answered, answer=REASONS), by=OWN)
        assert case_of(system, answered).due_at == due + timedelta(days=1)
        clock.now += timedelta(days=2)
        system.settle()
        assert case_of(system, left).due_at == due + timedelta(days=3), "nobody answered in time"


# Deciding


def test_an_appeal_is_decided_by_whoever_has_it_in_hand(system: System) -> None:
    appeal = appealed(system)
    with pytest.raises(CaseNotLeased):
        system.governance.handle(deciding(appeal), by=MARIA)
    system.desk.handle(ClaimAppeal(creator=ANN, appeal_id=appeal), by=MARIA)
    with pytest.raises(CaseNotLeased):
        system.governance.handle(deciding(appeal), by=APPEALS_REVIEWER)
    system.governance.handle(deciding(appeal), by=MARIA)


def test_a_lease_that_ran_out_does_not_let_anybody_decide(tmp_path: Path, database: str) -> None:
    clock = Hands()
    with system_in(tmp_path, clock, database=database) as system:
        appeal = appealed(system)
        system.desk.handle(ClaimAppeal(creator=ANN, appeal_id=appeal), by=MARIA)
        clock.now += timedelta(hours=8)
        with pytest.raises(CaseNotLeased):
            system.governance.handle(deciding(appeal), by=MARIA)
        system.desk.handle(ClaimAppeal(creator=ANN, appeal_id=appeal), by=MARIA)
        system.governance.handle(deciding(appeal), by=MARIA)


def test_many_decisions_in_one_transaction_are_guarded_one_by_one(system: System) -> None:
    first, second = appealed(system), appealed(system, "video-2")
    system.desk.handle(ClaimAppeal(creator=ANN, appeal_id=first), by=MARIA)
    outcomes = system.governance.handle_all([Request(deciding(second), MARIA), Request(deciding(first), MARIA)])
    assert [isinstance(outcome, CaseNotLeased) for outcome in outcomes] == [True, False]


def test_an_appeal_submitted_and_decided_in_one_transaction_is_guarded_too(system: System) -> None:
    appeal = appealed(system)
    system.governance.handle(WithdrawAppeal(creator=ANN, appeal_id=appeal), by=OWN)
    (subject,) = {it.event.subject for it in system.store.log(CREATORS).facts(ANN) if isinstance(it.event, AppealSubmitted)}
    with opened(system.settings, lambda: START, projecting=False) as other:
        other.governance.handle(SubmitAppeal(creator=ANN, subject=subject, grounds=REASONS), by=OWN)
        waiting = list(other.store.load(CREATORS, ANN).appeals)[-1]
        assert case_of(other, waiting).opened is None
        with pytest.raises(CaseNotLeased):
            other.governance.handle(deciding(waiting), by=MARIA)
        with pytest.raises(ReviewerConflict):
            other.governance.handle(deciding(waiting), by=MODERATOR)


def test_a_decision_asked_for_again_is_answered_although_the_case_is_closed(system: System) -> None:
    appeal = appealed(system)
    system.desk.handle(ClaimAppeal(creator=ANN, appeal_id=appeal), by=MARIA)
    first = system.governance.handle(deciding(appeal), by=MARIA, key="d-1")
    again = system.governance.handle(deciding(appeal), by=MARIA, key="d-1")
    assert (again.repeated, again.last_version) == (True, first.last_version)


# Claiming


def test_of_several_reviewers_who_claim_an_appeal_at_once_one_gets_it(tmp_path: Path, database: str) -> None:
    names = ["maria", "peter", "olga"]
    with system_in(tmp_path, database=database) as system:
        appeals = [appealed(system, f"video-{number}") for number in range(12)]
        heard = in_processes(claim_at_once, [(system.settings, ANN, appeals, name) for name in names])
        for appeal, *told_ in zip(appeals, *heard, strict=True):
            assert sorted(set(told_) - set(names)) == ["CASE_LEASED_BY_ANOTHER"]
            (winner,) = set(told_) & set(names)
            assert case_of(system, appeal).held_by(START) == winner
            assert case_of(system, appeal).version == 2, "opened, and claimed once"


def test_a_claim_is_repeated_by_its_key_and_another_request_under_it_refused(system: System) -> None:
    appeal = appealed(system)
    first = system.desk.handle(ClaimAppeal(creator=ANN, appeal_id=appeal), by=MARIA, key="k")
    again = system.desk.handle(ClaimAppeal(creator=ANN, appeal_id=appeal), by=MARIA, key="k")
    assert (first.repeated, again.repeated) == (False, True)
    assert case_of(system, appeal).version == 2
    with pytest.raises(IdempotencyKeyReused):
        system.desk.handle(ReleaseAppeal(creator=ANN, appeal_id=appeal, reason=ReleaseReason.OTHER), by=MARIA, key="k")


# The read model


def worked(system: System, clock: Hands) -> None:
    """A desk at which everything has happened."""
    def asked(command: Command, by: Actor = MARIA) -> None:
        system.desk.handle(command, by=by)

    def of(kind: type[Any], appeal: AppealId, **more: Any) -> Any:
        return kind(creator=ANN, appeal_id=appeal, **more)

    first, second, third, fourth = (appealed(system, f"video-{number}") for number in range(4))
    asked(of(ClaimAppeal, fourth))
    asked(of(ReassignAppeal, fourth, assignee="maria"))
    asked(of(ClaimAppeal, first))
    clock.now += timedelta(hours=1)
    asked(of(ClaimAppeal, first))
    asked(of(ReleaseAppeal, first, reason=ReleaseReason.WAITS_FOR_EVIDENCE))
    asked(of(AssignAppeal, second, assignee="maria"))
    asked(of(ClaimAppeal, second))
    asked(of(ReassignAppeal, second, assignee="peter"))
    asked(of(ClaimAppeal, third))
    asked(of(ReassignAppeal, third, assignee="maria"))
    asked(of(RecuseFromAppeal, third, reason=RecusalReason.OTHER))
    asked(of(ClaimAppeal, first))
    system.governance.handle(of(RequestInformation, first, question=REASONS, until=clock.now + timedelta(days=1)), by=MARIA)
    system.governance.handle(deciding(first, Outcome.REVERSED), by=MARIA)


@pytest.mark.parametrize("name", [None, "cases"])
def test_the_cases_that_were_kept_are_those_that_are_built_anew(tmp_path: Path, database: str, name: str | None) -> None:
    clock = Hands()
    with system_in(tmp_path, clock, database=database) as system:
        worked(system, clock)
        kept = rows(system)
        assert {kind for fact in case_facts(system) for kind in (type(fact.event).__name__,)} == set(CASES.events)
        assert min(map(len, kept.values())) > 0
        system.projector.rebuild(name)
        assert rows(system) == kept
        assert system.projector.errors() == {}
        assert system.projector.positions()["cases"] == system.store.log(CASES).last_position()


def test_a_row_says_what_the_case_is(tmp_path: Path, database: str) -> None:
    clock = Hands()
    with system_in(tmp_path, clock, database=database) as system:
        worked(system, clock)
        with system.views.connect() as connection:
            for row in connection.exec_driver_sql("SELECT case_id, assignee, leased_by, status, outcome, due_at FROM cases").all():
                found = system.store.load(CASES, next(fact.stream for fact in case_facts(system) if fact.stream == UUID(str(row.case_id))))
                status = "CLOSED" if found.closed else "CLAIMED" if found.lease else "OPEN"
                lease, closed = found.lease, found.closed
                due_at = datetime.fromisoformat(row.due_at) if isinstance(row.due_at, str) else row.due_at
                assert (row.assignee, row.leased_by, row.status, row.outcome, due_at) == (
                    found.assignee, lease.reviewer if lease else "", status, closed.outcome if closed else "", found.due_at)


def test_every_event_of_a_case_is_handled_by_its_read_model() -> None:
    assert set(CASE_MODELS["cases"].handles) == set(CASES.events.values())


def test_nobody_learns_of_another_creators_appeal_by_claiming_it(system: System) -> None:
    appeal = appealed(system)
    with pytest.raises(Refused, match="has no appeal"):
        system.desk.handle(ClaimAppeal(creator=CreatorId(creator_id("ben")), appeal_id=appeal), by=MARIA)
