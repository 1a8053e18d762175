"""The benchmarks run: each of them once, on the smallest sizes that make sense, so that none of them rots between two reports."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from application.wiring import CREATORS
from bench import append, append_postgres, growth, importing, lag, load, load_postgres, proof, rebuild, replay, report
from bench.deployment import deployed, fill
from bench.figures import Goal, Plot, Section, Table
from bench.stamping import IDS, Template, differing, stamp, templates

SMALL = ("--rounds", "1")
HISTORIES = ("--templates", "4", "--events-per-creator", "3")


@pytest.fixture
def histories() -> Sequence[Template]:
    return templates(4, 3, 1, datetime.now(UTC).date())  # as the benchmarks ask for them: they are played once


def told(folder: Path, main: Callable[[list[str]], None], *words: str) -> Section:
    path = folder / "section.json"
    main([*SMALL, *words, "--json", str(path)])
    return msgspec.json.decode(path.read_bytes(), type=Section)


@pytest.mark.parametrize(("main", "words"), [(append.main, ("--batch", "5", "--incidents", "1")), (load.main, ("--facts", "20"))])
def test_what_is_measured_on_sqlite_runs(tmp_path: Path, main: Callable[[list[str]], None], words: tuple[str, ...]) -> None:
    assert told(tmp_path, main, *words).tables


@pytest.mark.parametrize(("main", "words"), [
    (append_postgres.main, ("--callers", "2", "--incidents", "1", "--no-emmett")),
    (load_postgres.main, ("--facts", "20", "--no-emmett")),
    (rebuild.main, ("--creators", "6", "--peer-creators", "3", "--peer-facts", "6", *HISTORIES, "--no-emmett"))])
def test_what_is_measured_on_postgresql_runs(
        tmp_path: Path, postgres: str, main: Callable[[list[str]], None], words: tuple[str, ...]) -> None:
    assert told(tmp_path, main, *words, "--database", postgres).tables


def test_growth_is_measured(tmp_path: Path, postgres: str) -> None:
    found = told(tmp_path, growth.main, "--creators", "6", "--samples", "2", *HISTORIES, "--on", "postgresql", "--database", postgres)
    assert [row[0] for row in found.tables[1].rows] == ["6"]


def test_imports_are_measured_on_both(tmp_path: Path, postgres: str) -> None:
    found = told(tmp_path, importing.main, "--lines", "20", "--database", postgres)
    assert [row[0] for row in found.tables[0].rows] == ["SQLite", "PostgreSQL"]


def test_replays_are_measured_on_both(tmp_path: Path, postgres: str) -> None:
    found = told(tmp_path, replay.main, "--facts", "30", "--samples", "4", "--database", postgres)
    assert [row[0] for row in found.tables[0].rows] == ["SQLite", "PostgreSQL"]


def test_proving_is_measured_on_both(tmp_path: Path, postgres: str) -> None:
    found = told(tmp_path, proof.main, "--creators", "6", "--appends", "3", *HISTORIES, "--database", postgres)
    assert [row[0] for row in found.tables[0].rows] == ["SQLite", "PostgreSQL"]


def test_lag_is_measured(tmp_path: Path, postgres: str) -> None:
    found = told(tmp_path, lag.main, "--rate", "50", "--seconds", "1", "--creators", "8", "--on", "postgresql", "--database", postgres)
    assert {goal.what.split(", ")[1] for goal in found.goals} == {"p50", "p99"}


def test_stamped_accounts_are_what_was_played_under_other_names(tmp_path: Path, database: str, histories: Sequence[Template]) -> None:
    numbers = range(3 * len(histories))
    with deployed(tmp_path, database, projecting=False) as system:
        facts = [fact for part in stamp(histories, numbers, 1) for fact in part]
        load_account = system.store.log(CREATORS).load
        assert fill(system, [facts]) == len(facts)
        assert differing(histories, load_account, numbers, 1) == []
        assert differing(histories, load_account, numbers, 2) == list(numbers)


def test_two_stamped_creators_share_no_id_but_those_of_packs(histories: Sequence[Template]) -> None:
    longest = max(histories, key=lambda history: len(history.facts))
    first, second = ({*IDS.findall(" ".join(fact.state.decode() for fact in longest.stamped(number, 1)))} for number in (0, 1))
    assert first - second
    assert first & second == {*IDS.findall(longest.pattern)}


def test_the_report_tells_goals_tables_and_what_is_said_by_hand(tmp_path: Path) -> None:
    (tmp_path / report.NOTES).mkdir()
    (tmp_path / report.NOTES / "load.md").write_text("What holds it back.")
    plot = Plot("load", "Loading", "milliseconds", ["1,000 facts"], {"ours": [2.0]})
    section = Section("Loading", [Table(["facts", "ours"], [["1,000", "2.00"]])], "How.", [Goal("load fast", "≥ 0.7", "0.60", met=False)], [plot])
    given = Namespace(to=tmp_path, name="try", quick=True, words=["--quick"])
    written = report.write(given, [(one, section if one.name == "load" else "No figures.") for one in report.BENCHMARKS]).read_text()
    for what in ("A quick try", "| load fast | ≥ 0.7 | 0.60 | **missed** |", "| 1,000 | 2.00 |", "What holds it back.", "No figures."):
        assert what in " ".join(written.split())
