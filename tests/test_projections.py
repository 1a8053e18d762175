"""What can be known is a function of history: kept from fact to fact or built anew, by one process or several, it is the same."""

from __future__ import annotations

import logging
import multiprocessing
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, Table, select, text
from sqlalchemy.exc import SQLAlchemyError

from application.projector import Projector, RebuildFailed, open_views
from application.store import Aggregate, Log, Store
from domain.cases.following import due_at
from domain.creator import decider
from domain.creator.decider import next_change
from domain.creator.hearing import EvidenceChanged
from domain.creator.penalties import PenaltyReversed, PenaltyShortened, restrictions_of
from domain.creator.rewards import RewardGranted
from domain.creator.sanctions import ShortenPenalty
from domain.creator.state import Account, Closed, Confirmed, Decided, Dispute, Milestone, Overturned, Stated, Submitted, Suspected
from domain.facts import Fact, placed
from projections.catalogue import READ_MODELS
from projections.readmodel import ReadModel
from projections.tables import (
    appeals,
    commission,
    content_measures,
    creator_restrictions,
    creators,
    disputes,
    ecosystem_flows,
    ecosystem_zones,
    evidence_changes,
    milestones,
    penalties,
    positions,
    remedies,
    rewards,
    statements,
    timeline,
    violations,
)
from tests.raw import rows_of
from tests.rulebook import REASONS, Story, at, laddered, proposed, step
from tests.test_projections_histories import ACTS, AGGREGATE, ERASING, LONG, MASTER, PACKS, WORDS, Market, Step, log_of, project_all, told, varied

SPAWN = multiprocessing.get_context("spawn")
STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(ACTS | ERASING)), st.integers(0, 2), st.sampled_from((0, 0, 1, 30, 100)), st.integers(0, 60)), max_size=60)
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass
class Views:
    """A log and the read models made of it."""

    folder: Path
    log: Log[Account]
    engine: Engine
    database: str

    def projector(self, models: Mapping[str, ReadModel] = READ_MODELS, at_most: int = 2000) -> Projector:
        return Projector(self.log, self.engine, models, at_most=at_most)

    def record(self, facts: list[Fact]) -> None:
        self.log.append(facts)

    def all(self, table: Table) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(table)))

    def rows(self) -> Rows:
        """Every row of every read model, as stored."""
        return rows_of(self.engine, READ_MODELS)


@contextmanager
def opened(folder: Path, database: str = "") -> Iterator[Views]:
    with Store.open(folder, MASTER, database=database) as store:
        engine = open_views(folder, database)
        try:
            yield Views(folder, log_of(store), engine, database)
        finally:
            engine.dispose()


@pytest.fixture
def views(tmp_path: Path, database: str) -> Iterator[Views]:
    with opened(tmp_path, database) as found:
        yield found


@pytest.fixture(scope="module")
def market() -> Market:
    return varied(LONG)


def projected(views: Views, market: Market) -> Rows:
    views.record(market.facts)
    projector = views.projector()
    assert projector.catch_up() == len(market.facts)
    assert projector.errors() == {}
    return views.rows()


# Kept as built anew


@given(steps=STEPS, sizes=st.lists(st.integers(1, 12), min_size=1, max_size=5), at_most=st.integers(1, 9))
@hypothesis_settings(max_examples=10)
def test_read_models_that_were_kept_are_those_that_are_built_anew(steps: list[Step], sizes: list[int], at_most: int) -> None:
    facts = told(steps).facts
    with TemporaryDirectory() as folder, opened(Path(folder)) as views:
        projector, start, turn = views.projector(at_most=at_most), 0, 0
        while start < len(facts):
            size, turn = sizes[turn % len(sizes)], turn + 1
            views.record(facts[start:start + size])
            start += size
            projector.catch_up()
        kept = views.rows()
        views.projector().rebuild()
        assert projector.errors() == {}
        assert views.rows() == kept
        assert len(kept["timeline"]) == len(facts)


def test_a_long_history_with_every_kind_of_fact_is_kept_as_it_is_built_anew(
        views: Views, market: Market, caplog: pytest.LogCaptureFixture) -> None:
    projector = views.projector(at_most=17)
    for start in range(0, len(market.facts), 100):
        views.record(market.facts[start:start + 100])
        projector.catch_up()
    kept = views.rows()
    assert projector.errors() == {}
    assert min(map(len, kept.values())) > 0, "no table is left empty"
    views.projector().rebuild()
    assert views.rows() == kept
    assert "stream by stream" not in caplog.text, "all of a stream can be projected at once"


def test_projecting_what_has_been_projected_changes_nothing(views: Views, market: Market) -> None:
    kept = projected(views, market)
    assert views.projector().catch_up() == len(market.facts)
    assert views.rows() == kept


def test_a_read_model_may_be_built_anew_alone(views: Views, market: Market) -> None:
    kept = projected(views, market)
    views.projector().rebuild("violations")
    assert views.rows() == kept
    generations = {row.name: row.generation for row in views.all(positions)}
    assert [name for name, generation in generations.items() if generation] == ["violations"]


def test_read_models_are_read_and_kept_while_they_are_built_anew(views: Views, market: Market) -> None:
    half = len(market.facts) // 2
    views.record(market.facts[:half])
    projector, seen = views.projector(at_most=200), list[int]()
    projector.catch_up()

    def recording(_done: int, everything: int) -> None:
        """While it is built, more is recorded and kept, and what is read is complete."""
        if everything < len(market.facts):
            views.record(market.facts[everything:everything + 100])
            projector.catch_up()
        seen.append(len(views.all(timeline)))

    projector.rebuild(progress=recording)
    assert seen == sorted(seen)
    assert seen[0] >= half
    assert seen[-1] == len(market.facts)
    kept = views.rows()
    projector.rebuild()
    assert views.rows() == kept


def test_a_read_model_that_is_moved_on_without_a_pause_is_built_anew_all_the_same(
        views: Views, market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    done = len(market.facts) // 2
    views.record(market.facts[:done])
    projector, swaps = views.projector(), list[int]()
    projector.catch_up()
    swap = Projector._swapped  # noqa: SLF001

    def just_after_more_was_kept(*given: Any) -> bool:
        at = done + 10 * len(swaps)
        swaps.append(at)
        views.record(market.facts[at:at + 10])
        projector.catch_up()
        return swap(*given)

    monkeypatch.setattr(Projector, "_swapped", just_after_more_was_kept)
    views.projector().rebuild()
    assert len(swaps) == len(projector.models)
    assert set(projector.positions().values()) == {done + 10 * len(swaps)}
    kept = views.rows()
    monkeypatch.undo()
    views.projector().rebuild()
    assert views.rows() == kept


def test_who_builds_a_read_model_anew_last_builds_it(views: Views, market: Market) -> None:
    kept = projected(views, market)
    first, second, begun = views.projector(), views.projector(), list[int]()

    def overtaking(done: int, _all: int) -> None:
        if not begun:
            begun.append(done)
            second.rebuild("timeline")

    with pytest.raises(RebuildFailed, match="Another process builds timeline anew"):
        first.rebuild("timeline", overtaking)
    assert views.rows() == kept
    first.rebuild("timeline")
    assert views.rows() == kept


def test_catching_up_until_a_position_goes_no_further_than_its_batch(views: Views, market: Market) -> None:
    views.record(market.facts)
    projector = views.projector(at_most=10)
    assert projector.catch_up(25) == 30
    assert set(projector.positions().values()) == {30}


# Several processes


def test_several_processes_may_project_at_once(views: Views, market: Market) -> None:
    views.record(market.facts)
    start = SPAWN.Barrier(3)
    processes = [SPAWN.Process(target=project_all, args=(views.folder, start, 7, views.database)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert set(views.projector().positions().values()) == {len(market.facts)}
    kept = views.rows()
    views.projector().rebuild()
    assert views.rows() == kept


def test_a_process_that_is_killed_while_it_projects_leaves_nothing_half(views: Views, market: Market) -> None:
    views.record(market.facts)
    projector, start = views.projector(), SPAWN.Barrier(2)
    process = SPAWN.Process(target=project_all, args=(views.folder, start, 1, views.database))
    process.start()
    start.wait()
    while projector.positions()["timeline"] == 0:
        assert process.is_alive()
    process.kill()
    process.join()
    assert 0 < projector.positions()["timeline"] < len(market.facts)
    assert len(views.all(timeline)) == projector.positions()["timeline"]
    projector.catch_up()
    kept = views.rows()
    projector.rebuild()
    assert views.rows() == kept


# Defects


class Defect(Exception):
    """What a read model with a defect raises."""


def with_defect(name: str, event: type[Any]) -> dict[str, ReadModel]:
    """The read models, one of which fails at an event."""

    def fails(*_: object) -> None:
        raise Defect("2 + 2 is not 5")

    model = READ_MODELS[name]
    return READ_MODELS | {name: replace(model, handles=model.handles | {event: fails})}


def first(market: Market, event: type[Any]) -> int:
    """The position of the first fact of a kind."""
    return 1 + next(place for place, fact in enumerate(market.facts) if type(fact.event) is event)


def test_a_fact_that_cannot_be_projected_stops_that_read_model_alone_and_loudly(
        views: Views, market: Market, caplog: pytest.LogCaptureFixture) -> None:
    views.record(market.facts)
    projector, at = views.projector(with_defect("rewards", RewardGranted)), first(market, RewardGranted)
    with caplog.at_level(logging.ERROR):
        assert projector.catch_up() == len(market.facts)
    assert projector.positions() == dict.fromkeys(READ_MODELS, len(market.facts)) | {"rewards": at - 1}
    assert projector.errors()["rewards"].position == at
    assert f"rewards stopped at position {at}" in caplog.text
    assert [(row.failed_at, row.error) for row in views.all(positions) if row.error] == [(at, "Defect: 2 + 2 is not 5")]
    projector.catch_up()
    assert caplog.text.count("stopped at position") == 1, "it is not tried for ever"


def test_a_read_model_that_stopped_goes_on_once_the_defect_is_gone(views: Views, market: Market) -> None:
    views.record(market.facts)
    views.projector(with_defect("creators", RewardGranted)).catch_up()
    views.projector().catch_up()
    assert [row.name for row in views.all(positions) if row.error or row.failed_at] == []
    kept = views.rows()
    views.projector().rebuild()
    assert views.rows() == kept


def test_a_read_model_that_cannot_be_built_anew_is_left_as_it_was_and_the_others_are_built(views: Views, market: Market) -> None:
    kept = projected(views, market)
    projector = views.projector(with_defect("rewards", RewardGranted))
    with pytest.raises(RebuildFailed, match=rf"rewards at position {first(market, RewardGranted)} \(Defect"):
        projector.rebuild()
    assert views.rows() == kept
    assert [row.name for row in views.all(positions) if not row.generation] == ["rewards"]
    assert projector.errors() == {}


def test_a_fact_that_cannot_be_read_stops_all_read_models_before_it(views: Views, market: Market) -> None:
    views.record(market.facts)
    fewer = {name: event for name, event in decider.EVENTS.items() if event is not RewardGranted}
    older = Aggregate("creators", fewer, decider.empty, decider.fold, AGGREGATE.revision, Account)
    with Store.open(views.folder, MASTER, database=views.database) as store:
        projector, at = Projector(store.log(older), views.engine), first(market, RewardGranted)
        projector.catch_up()
    assert set(projector.positions().values()) == {at - 1}
    assert {failure.position for failure in projector.errors().values()} == {at}


def test_a_read_model_of_another_version_is_left_alone_until_it_is_built_anew(views: Views, market: Market) -> None:
    kept = projected(views, market)
    newer = READ_MODELS | {"appeals": replace(READ_MODELS["appeals"], version=READ_MODELS["appeals"].version + 1)}
    projector = views.projector(newer)
    assert projector.outdated() == ["appeals"]
    projector.rebuild("appeals")
    assert projector.outdated() == []
    assert views.rows() == kept
    assert views.projector().outdated() == ["appeals"], "the older program leaves it alone in turn"


def test_read_models_that_are_ahead_of_their_log_must_be_built_anew(views: Views, market: Market, tmp_path: Path) -> None:
    projected(views, market)
    with Store.open(tmp_path / "restored", MASTER) as store:
        older = log_of(store)
        older.append(market.facts[:10])
        assert Projector(older, views.engine).outdated() == list(READ_MODELS)


# Creators


def test_a_creators_row_is_the_account_as_the_domain_folds_it(views: Views, market: Market) -> None:
    projected(views, market)
    rows = {row.creator_id: row for row in views.all(creators)}
    for story in market.stories:
        row, account = rows[story.creator], story.account
        assert account.scheme is not None
        assert (row.score, row.zone) == (story.score, PACKS.by_hash(account.scheme.hash).pack.zone(story.score))
        assert (row.market, row.pack_hash, row.tier, row.version) == (account.market, account.scheme.hash, account.tier, account.version)
        assert row.next_change_at == next_change(account)
        assert row.penalties_live == len(account.standing.penalties)
        assert row.rewards_live == len(account.rewards)
        assert row.appeals_open == sum(isinstance(appeal, Submitted) for appeal in account.appeals.values())
        assert row.violations_standing == sum(isinstance(found, Confirmed) for found in account.violations.values())
        assert row.violations_confirmed == sum(isinstance(found, Confirmed | Overturned) for found in account.violations.values())
        assert timed(row.health) == timed(account)


def timed(account: Account) -> list[object]:
    """What of an account the creators' rows keep."""
    open_notices = {id: notice for id, notice in account.notices.items() if not notice.bounced and notice.informed_at is None}
    return [
        account.id, account.version, account.cause_version, account.at, account.market, account.jurisdictions, account.scheme,
        account.standing.ledger, account.standing.penalties, account.standing.proposals, open_notices, account.freezes, account.rewards,
        account.tier, account.representatives, account.links]


@pytest.mark.parametrize("days", [0, 1, 40, 400])
def test_what_falls_due_on_a_creators_row_is_what_falls_due_on_the_account(views: Views, market: Market, days: int) -> None:
    projected(views, market)
    rows = {row.creator_id: row for row in views.all(creators)}
    for story in market.stories:
        until = story.now + timedelta(days=days)
        assert timed(later(rows[story.creator].health, story, until)) == timed(later(story.account, story, until))


def later(account: Account, story: Story, until: datetime) -> Account:
    drafts = decider.settle(account, until, PACKS)
    return decider.fold(account, placed(drafts, story.creator, account.version, until, ""))


def test_a_creators_restrictions_are_the_union_over_the_live_penalties(views: Views, market: Market) -> None:
    projected(views, market)
    found = {(row.creator_id, row.capability, row.category, row.territory, row.item): row for row in views.all(creator_restrictions)}
    expected = {
        (story.creator, it.capability, it.category, it.territory, it.item): because
        for story in market.stories for it, because in restrictions_of(story.account).items()}
    assert {key: row.penalties for key, row in found.items()} == {key: [str(id) for id in because] for key, because in expected.items()}
    live = {id: penalty for story in market.stories for id, penalty in story.account.standing.penalties.items()}
    for key, because in expected.items():
        ends = [live[id].ends_at for id in because]
        assert found[key].until == (None if None in ends else max(filter(None, ends)))


# Violations, penalties, appeals, rewards


def status(violation: Suspected | Closed | Confirmed | Overturned) -> str:
    match violation:
        case Suspected():
            return "SUSPECTED"
        case Closed(corrected=corrected):
            return "CORRECTED" if corrected else "DISMISSED"
        case Confirmed():
            return "CONFIRMED"
        case Overturned():
            return "OVERTURNED"


def test_a_violations_row_is_the_violation_of_the_account(views: Views, market: Market) -> None:
    projected(views, market)
    rows = {row.violation_id: row for row in views.all(violations)}
    accounts = [story.account for story in market.stories]
    assert {id: row.status for id, row in rows.items()} == {id: status(it) for account in accounts for id, it in account.violations.items()}
    for account in accounts:
        for id, informed in account.informed.items():
            if id in rows:
                assert rows[id].appeal_until == informed.appeal_until
        for id in account.violations:
            in_force = [taken.measure.value for taken in account.measures.values() if taken.violation == id]
            assert sorted(rows[id].measures) == sorted(in_force)


def test_what_a_violation_cost_less_what_came_back_is_its_entry_in_the_ledger(views: Views, market: Market) -> None:
    projected(views, market)
    entries = {id: entry for story in market.stories for id, entry in story.account.standing.ledger.entries.items()}
    left = {row.entry_id: row.points - row.points_restored for row in views.all(violations) if row.entry_id in entries}
    assert len(left) > 0
    assert left == {id: abs(entries[id].delta) for id in left}


def test_a_penaltys_row_is_the_penalty_of_the_account(views: Views, market: Market) -> None:
    projected(views, market)
    rows = {row.penalty_id: row for row in views.all(penalties)}
    for story in market.stories:
        standing, ended = story.account.standing, story.account.ended
        for id, penalty in (standing.penalties | ended).items():
            row = rows[id]
            assert (row.kind, row.channel, row.trigger, row.restorable) == (penalty.kind, penalty.channel, penalty.trigger, penalty.restorable)
            assert (row.starts_at, row.ends_at, row.application) == (penalty.starts_at, penalty.ends_at, penalty.application.value)
            assert row.status == "PROPOSED" if id in standing.proposals else (row.status == "LIVE") == (id in standing.penalties)
        assert {id for id, row in rows.items() if row.creator_id == story.creator and row.status == "PROPOSED"} == set(standing.proposals)


def test_a_proposal_whose_interim_restriction_is_over_is_shown_as_waiting_until_it_is_decided(views: Views) -> None:
    told = Story(packs=laddered(at(150, proposed(hours=72, interim=True))))
    told.deduct(60)
    (id,) = told.account.standing.proposals
    projector, sooner = views.projector(), told.now + timedelta(hours=10)
    told.given(ShortenPenalty(creator=told.creator, penalty_id=id, ends_at=sooner, reasons=REASONS))
    told.at(sooner).settle()
    assert (told.penalties, list(told.account.standing.proposals)) == ([], [id])
    views.record(told.facts)
    projector.catch_up()
    (row,) = views.all(penalties)
    assert (row.status, row.ended_at) == ("PROPOSED", sooner)
    seen = len(told.facts)
    told.days(3).settle()
    views.record(told.facts[seen:])
    projector.catch_up()
    assert [row.status for row in views.all(penalties)] == ["LAPSED"]


def test_what_was_served_of_a_penalty_beyond_its_due_is_on_its_row_though_it_was_shortened_and_not_reversed(views: Views) -> None:
    told = Story(packs=laddered(at(150, step("SUSPENDED", 7)), at(100, step("SUSPENDED", 14))))
    told.deduct(60)
    first = told.latest
    told.deduct(60)
    told.days(12)
    assert told.overturn(first).one(PenaltyShortened).served_seconds > 0
    views.record(told.facts)
    views.projector().catch_up()
    rows = {row.penalty_id: row for row in views.all(penalties)}
    served: dict[UUID, int] = {}
    for fact in told.facts:
        if isinstance(fact.event, PenaltyShortened | PenaltyReversed):
            served[fact.event.penalty_id] = served.get(fact.event.penalty_id, 0) + fact.event.served_seconds
    assert {id: rows[id].served_seconds for id in served} == served


def test_an_appeals_row_is_the_appeal_of_the_account(views: Views, market: Market) -> None:
    projected(views, market)
    rows = {row.appeal_id: row for row in views.all(appeals)}
    known = {id: appeal for story in market.stories for id, appeal in story.account.appeals.items()}
    assert {id: (row.subject, row.level, row.ordinal) for id, row in rows.items()} == {
        id: (it.subject, it.level, it.ordinal) for id, it in known.items()}
    waiting = {id: it for id, it in known.items() if isinstance(it, Submitted)}
    accounts = {id: story.account for story in market.stories for id in story.account.appeals}
    assert {id for id, row in rows.items() if row.status == "SUBMITTED"} == waiting.keys()
    assert {id: row.status for id, row in rows.items() if isinstance(known[id], Decided)} == {
        id: it.outcome for id, it in known.items() if isinstance(it, Decided)}
    for id, appeal in waiting.items():
        assert rows[id].question_until == (appeal.question.until if appeal.question else None)
        assert rows[id].due_at == due_at(accounts[id], id)
        assert tuple((each["reference"], each["sha256"]) for each in rows[id].evidence) == appeal.evidence
        assert rows[id].breached == bool(rows[id].missed)
        assert {clock["rule"] for clock in rows[id].clocks} - {one["rule"] for one in rows[id].missed} == {clock.rule for clock in appeal.clocks}
    assert all(row.market in {"US", "VN", "TH"} for row in rows.values())


def test_a_milestones_row_is_the_milestone_of_the_account(views: Views, market: Market) -> None:
    projected(views, market)
    rows = views.all(milestones)
    assert {row.reversed_at is None for row in rows} == {True, False}
    standing = {
        row.milestone_id: Milestone(row.violation_id, row.channel, row.tally, row.threshold, row.reached_at, row.version)
        for row in rows if row.reversed_at is None}
    assert standing == {id: it for story in market.stories for id, it in story.account.milestones.items()}


def test_a_content_measures_row_is_the_measure_of_the_account(views: Views, market: Market) -> None:
    projected(views, market)
    rows = views.all(content_measures)
    assert {row.ended_at is None for row in rows} == {True, False}
    in_force = {
        row.measure_id: (row.content_id, row.measure, row.violation_id, row.taken_at, row.taken_by) for row in rows if row.ended_at is None}
    assert in_force == {
        id: (it.content_id, it.measure.value, it.violation, it.at, it.decided_by)
        for story in market.stories for id, it in story.account.measures.items()}


def test_a_row_of_commission_is_the_freeze_of_the_account_with_what_was_forfeited_out_of_it(views: Views, market: Market) -> None:
    projected(views, market)
    rows = {row.freeze_id: row for row in views.all(commission)}
    accounts = [story.account for story in market.stories]
    assert {id: (row.penalty_id, row.held, row.currency, tuple(row.orders)) for id, row in rows.items() if row.held} == {
        id: (it.penalty, it.amount, it.currency, it.orders) for account in accounts for id, it in account.freezes.items()}
    assert all(row.frozen == row.held + row.released + row.forfeited + row.reinstated for row in rows.values()), "no money is lost"
    lost = {
        UUID(one["id"]): (id, one["amount"], datetime.fromisoformat(one["at"]))
        for id, row in rows.items() for one in row.forfeitures if one["reversed_at"] is None}
    assert lost == {id: (it.freeze, it.amount, it.at) for account in accounts for id, it in account.forfeitures.items()}
    assert sum(amount for _, amount, _ in lost.values()) == sum(row.forfeited for row in rows.values())
    assert sum(row.reinstated for row in rows.values()) > 0


def test_a_disputes_row_is_the_dispute_of_the_account(views: Views, market: Market) -> None:
    projected(views, market)
    rows = views.all(disputes)
    assert {row.status for row in rows} == {"OPEN", "DECIDED", "IMPLEMENTED"}
    assert {row.dispute_id: Dispute(row.subject, row.body, row.outcome, row.status == "IMPLEMENTED") for row in rows} == {
        id: it for story in market.stories for id, it in story.account.disputes.items()}


def test_what_changed_of_the_evidence_is_told_as_the_account_knows_it_now(views: Views, market: Market) -> None:
    projected(views, market)
    known: dict[UUID, dict[str, str]] = {story.creator: story.account.evidence for story in market.stories}
    rows = views.all(evidence_changes)
    assert {(row.creator_id, row.reference): row.sha256 for row in rows} == {
        (fact.stream, fact.event.reference): known[fact.stream][fact.event.reference]
        for fact in market.facts if isinstance(fact.event, EvidenceChanged)}


def test_a_row_of_a_statement_of_reasons_is_the_statement_of_the_account(views: Views, market: Market) -> None:
    projected(views, market)
    rows = views.all(statements)
    assert {row.statement_id: Stated(row.subject, bool(row.correction), row.remote_id, tuple(row.errors)) for row in rows} == {
        id: it for story in market.stories for id, it in story.account.statements.items()}


def test_the_rewards_in_force_are_those_of_the_accounts(views: Views, market: Market) -> None:
    projected(views, market)
    live = {row.reward_id: (row.kind, row.ends_at) for row in views.all(rewards) if row.status == "LIVE"}
    assert live == {id: (it.kind, it.ends_at) for story in market.stories for id, it in story.account.rewards.items()}


def test_a_remedys_row_is_the_remedy_of_the_account(views: Views, market: Market) -> None:
    projected(views, market)
    found = {row.remedy_id: (row.kind, row.reward, row.owner, row.due_at, row.status == "FULFILLED", row.reference) for row in views.all(remedies)}
    assert {row.status for row in views.all(remedies)} == {"OWED", "FULFILLED"}
    assert found == {
        id: (it.kind, it.reward, it.owner, it.due_at, it.fulfilled, it.reference)
        for story in market.stories for id, it in story.account.remedies.items()}


# Timeline, ecosystem


def test_the_timeline_holds_every_fact_with_parameters_and_no_prose(views: Views, market: Market) -> None:
    projected(views, market)
    rows = sorted(views.all(timeline), key=lambda row: row.position)
    assert [(row.creator_id, row.version, row.kind) for row in rows] == [
        (fact.stream, fact.version, type(fact.event).__name__) for fact in market.facts]
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        if row.score_after is not None:
            assert row.parameters["score"]["after"] == row.score_after


def test_no_personal_text_is_in_the_read_models(views: Views, market: Market) -> None:
    rows = projected(views, market)
    stored = b"".join(file.read_bytes() for file in views.folder.glob("views.db*")) + repr(rows).encode()
    assert WORDS.text.encode() not in stored
    assert re.search(r"\d+:CreatorAccountOpened\.1:", repr(rows["creators"])), "but its ciphertext is"


def test_the_stock_of_each_zone_is_the_number_of_creators_in_it(views: Views, market: Market) -> None:
    projected(views, market)
    stock: dict[tuple[str, str], int] = {}
    days = sorted(views.all(ecosystem_zones), key=lambda row: row.day)
    for row in days:
        stock[row.market, row.zone] = stock.get((row.market, row.zone), 0) + row.change
    counted: dict[tuple[str, str], int] = {}
    for row in views.all(creators):
        counted[row.market, row.zone] = counted.get((row.market, row.zone), 0) + 1
    assert {key: number for key, number in stock.items() if number} == counted


def test_every_fact_is_counted_once_in_the_flows(views: Views, market: Market) -> None:
    projected(views, market)
    rows = views.all(ecosystem_flows)
    assert sum(row.count for row in rows) == len(market.facts)
    deducted = sum(row.points for row in rows if row.measure == "PointsDeducted")
    assert deducted == sum(row.points for row in views.all(violations))


def test_penalties_and_appeals_are_counted_under_the_policy_of_the_violation_they_rest_on(views: Views) -> None:
    market = Market()
    for act in (("confirm", 0, 0, 4), ("suspend", 0, 0, 0), ("appeal", 0, 0, 0), ("uphold", 0, 0, 0)):
        market.step(*act)
    projected(views, market)
    under = {row.measure: row.policy for row in views.all(ecosystem_flows)}
    assert under["ViolationConfirmed"] == "MISLEADING_PROMOTION"
    assert {under[measure] for measure in ("PointsDeducted", "PermissionSuspended", "AppealSubmitted", "AppealDecided")} == {"MISLEADING_PROMOTION"}
    assert under["SchemeAdopted"] == ""


def test_a_time_is_stored_as_text_that_sorts_and_read_as_utc(views: Views, market: Market) -> None:
    rows = projected(views, market)
    opened_at = {row.registered_at for row in views.all(creators)}
    assert opened_at == {datetime(2026, 3, 2, 10, tzinfo=UTC)}
    stored = "datetime.datetime(2026, 3, 2, 10, 0, tzinfo=datetime.timezone.utc)" if views.database else "'2026-03-02T10:00:00.000000Z'"
    assert stored in repr(rows["creators"][0])


def test_what_a_statement_was_given_is_in_no_message_of_its_failure(tmp_path: Path, database: str) -> None:
    engine = open_views(tmp_path, database)
    with engine.connect() as connection, pytest.raises(SQLAlchemyError) as failed:
        connection.execute(text("SELECT :given FROM there_is_none"), {"given": "reviewer-7"})
    assert "reviewer-7" not in str(failed.value)
    engine.dispose()
