"""Accounts and decisions of another system are taken over from a file: in order, once only, and what cannot be is told and kept."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import random
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from api.cli import app
from api.cli_common import OPERATOR
from api.contracts import ROOT, import_schema
from application.importing.lines import decode, key_of
from application.importing.ordering import Numbered
from application.importing.rejecting import OTHERWISE, REMEDIES, Rejects
from application.importing.run import BYTES_AT_ONCE, LONGEST, Import, Imported, in_groups
from application.wiring import CREATORS, System, opened
from domain.creator.penalties import ExternalPenaltyRecorded, PenaltyImposed, PenaltyProposed
from domain.creator.points import MilestoneCrossed
from domain.creator.scheme import CreatorAccountOpened
from domain.creator.violations import ViolationConfirmed
from domain.facts import Fact
from domain.identity import creator_id
from domain.packs.publishing import PublishPack
from projections import tables
from tests.asking import packs_in
from tests.postgres import settings_in
from tests.rulebook import MODERATOR

EXAMPLE = ROOT / "docs" / "import.jsonl"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
FIRST = datetime(2025, 3, 1, tzinfo=UTC)
LATER = NOW - timedelta(days=1)
SPAWN = multiprocessing.get_context("spawn")


@contextmanager
def deployment(folder: Path, database: str, now: datetime = NOW) -> Iterator[System]:
    """A deployment whose read models do not follow by themselves, with the shipped packs."""
    with opened(settings_in(folder, database), lambda: now, projecting=False) as system:
        if not tuple(system.packs()):
            for pack in packs_in(system.settings.packs):
                system.library.publish(PublishPack(pack.pack), MODERATOR)
        yield system


def unheard(_stage: str, _done: int, _all: int) -> None:
    """Progress that nobody watches."""


def taken_over(system: System, lines: bytes | list[dict[str, Any]], rejects: Path, at_once: int = 50) -> tuple[Imported, list[dict[str, Any]]]:
    """What came of an import, and what was rejected."""
    data = lines if isinstance(lines, bytes) else written(lines)
    done = Import(system, OPERATOR, Rejects(rejects), unheard, at_once).run(io.BytesIO(data), len(data))
    return done, [json.loads(line) for line in rejects.read_text().splitlines()] if rejects.exists() else []


def written(lines: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def account(name: str = "a-1", at: datetime = FIRST, **more: Any) -> dict[str, Any]:
    return {"type": "account", "account": name, "at": at.isoformat(), "market": "US", "account_type": "PRIVATE", "adult": True} | more


def violation(name: str = "a-1", at: datetime = FIRST + timedelta(days=30), reference: str = "V-1", **more: Any) -> dict[str, Any]:
    made = {"id": f"video-{reference}", "kind": "VIDEO", "created_at": (at - timedelta(days=1)).isoformat()}
    return {"type": "violation", "account": name, "at": at.isoformat(), "system": "legacy", "reference": reference,
            "policy": "COUNTERFEIT", "severity": "MAJOR", "content": made} | more


def penalty(name: str = "a-1", at: datetime = FIRST + timedelta(days=40), reference: str = "P-1", **more: Any) -> dict[str, Any]:
    return {"type": "penalty", "account": name, "at": at.isoformat(), "system": "legacy", "reference": reference, "kind": "LIVE_BANNED",
            "restrictions": [{"capability": "LIVE_SELLING"}]} | more


def warning(name: str = "a-1", at: datetime = FIRST + timedelta(days=50), reference: str = "W-1", **more: Any) -> dict[str, Any]:
    return {"type": "warning", "account": name, "at": at.isoformat(), "system": "legacy", "reference": reference, "reasons": "Said so."} | more


def made_at(at: datetime) -> dict[str, Any]:
    """A content item made then."""
    return {"id": "video-2", "kind": "VIDEO", "created_at": at.isoformat()}


GOOD = [account(), violation(), warning()]


def histories(accounts: int, seed: int = 1) -> list[dict[str, Any]]:
    """Lines of invented accounts, each with a history of its own."""
    chance, lines = random.Random(seed), []  # noqa: S311  # a history, not a secret
    for number in range(accounts):
        name = f"account-{number}"
        days = sorted(chance.sample(range(1, 360), 4))
        lines.append(account(name, handle=f"@{name}"))
        lines += [violation(name, FIRST + timedelta(days=day), f"V-{day}") for day in days[:3]]
        lines.append(penalty(name, FIRST + timedelta(days=days[-1]), because=[f"V-{days[0]}"]))
    return lines


def shuffled(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return random.Random(5).sample(lines, len(lines))  # noqa: S311  # an order, not a secret


def told(facts: list[Fact]) -> list[tuple[Any, ...]]:
    """What facts say, without where and when they were recorded; personal text is sealed anew each time."""
    return [
        (fact.stream, fact.version, type(fact.event).__name__, fact.occurred_at, fact.actor, fact.cause, fact.request,
         re.sub(rb'"(handle|contact|facts|reasons)":"[^"]*"', b"", msgspec.json.encode(fact.event, enc_hook=lambda _: "sealed")))
        for fact in facts]


def all_told(system: System) -> list[tuple[Any, ...]]:
    return sorted(told(system.store.log(CREATORS).facts_after(0, 1_000_000)), key=lambda it: it[:2])


def facts_of(system: System, name: str) -> list[Fact]:
    return system.store.log(CREATORS).facts(creator_id(name))


# What is taken over


def test_the_example_of_the_document_is_taken_over(tmp_path: Path, database: str) -> None:
    with deployment(tmp_path / "data", database) as system:
        done, rejected = taken_over(system, EXAMPLE.read_bytes(), tmp_path / "rejects")
        assert (done.new, done.known, rejected) == (6, 0, [])
        facts = facts_of(system, "acct-3001")
        assert {fact.recorded_at for fact in facts} == {NOW}
        assert facts[0].occurred_at == datetime(2021, 4, 12, 8, tzinfo=UTC)
        taken = [fact for fact in facts if isinstance(fact.event, CreatorAccountOpened | ViolationConfirmed | ExternalPenaltyRecorded)]
        assert {fact.actor for fact in taken} == {OPERATOR}
        assert any(isinstance(fact.event, MilestoneCrossed) for fact in facts)
        with system.views.connect() as connection:
            rows = connection.execute(tables.penalties.select()).all()
            lines = connection.execute(tables.timeline.select()).all()
        assert [(row.channel, row.kind, row.status, row.decided_by) for row in rows] == [("EXTERNAL", "LIVE_SUSPENDED", "LIVE", "reviewer-17")]
        assert {line.kind for line in lines} >= {"ViolationConfirmed", "ExternalPenaltyRecorded", "WarningIssued"}


def test_no_import_imposes_anything(tmp_path: Path) -> None:
    with deployment(tmp_path / "data", "") as system:
        done, rejected = taken_over(system, histories(60), tmp_path / "rejects")
        kinds = {type(fact.event) for fact in system.store.log(CREATORS).facts_after(0, 100_000)}
    assert (done.new, rejected) == (300, [])
    assert MilestoneCrossed in kinds
    assert not kinds & {PenaltyImposed, PenaltyProposed}


def test_lines_in_any_order_make_the_same_histories(tmp_path: Path, database: str) -> None:
    lines = histories(12)
    with deployment(tmp_path / "sorted", "") as system:
        taken_over(system, lines, tmp_path / "rejects")
        expected = all_told(system)
    lines = shuffled(lines)
    with deployment(tmp_path / "shuffled", database) as system:
        assert taken_over(system, lines, tmp_path / "rejects")[1] == []
        assert all_told(system) == expected


def test_to_run_it_twice_adds_nothing(tmp_path: Path, database: str) -> None:
    with deployment(tmp_path / "data", database) as system:
        first, _ = taken_over(system, histories(10), tmp_path / "rejects")
        before = system.store.log(CREATORS).last_position()
        again, rejected = taken_over(system, histories(10), tmp_path / "rejects")
        assert system.store.log(CREATORS).last_position() == before
    assert (first.new, again.new, again.known, again.facts, rejected) == (50, 0, 50, 0, [])


def test_one_account_with_more_lines_than_are_recorded_at_once_is_taken_over_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("application.importing.run.DECIDED_AT_MOST", 7)
    lines = [account(), *(warning(at=FIRST + timedelta(hours=hour), reference=f"W-{hour}") for hour in range(1, 40))]
    with deployment(tmp_path / "data", "") as system:
        done, rejected = taken_over(system, lines[::-1], tmp_path / "rejects", at_once=3)
        times = [fact.occurred_at for fact in facts_of(system, "a-1")]
    assert (done.new, rejected) == (40, [])
    assert times == sorted(times)


# What is rejected


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A deployment that has taken over the good lines."""
    folder = tmp_path_factory.mktemp("known")
    with deployment(folder / "data", "") as system:
        taken_over(system, GOOD, folder / "rejects")
        yield system


@pytest.mark.parametrize(("line", "field", "reason", "remedy"), [
    (b"{", "", "no JSON", "one JSON object"),
    (b"\xff\xfe", "", "no JSON", "UTF-8"),
    (b"[]", "", "Expected `object`", "--schema"),
    (b'"' + b"x" * 2 * LONGEST + b'"', "", "longer than", "Shorten"),
    ({"type": "reward"}, "", "Invalid value 'reward'", "--schema"),
    (account("b-1", adult="yes"), "", "Expected `bool`", "--schema"),
    (account("b-1", at=FIRST.replace(tzinfo=None)), "", "timezone", "--schema"),
    (account("b\0", market="US"), "", "regex", "--schema"),
    (account("b-1") | {"at": "0001-01-01T00:00:00+14:00"}, "", "`at` lies at the end of the calendar", "--schema"),
    (account("b-1") | {"at": "9999-12-31T23:59:59-12:00"}, "", "`at` lies at the end of the calendar", "--schema"),
    (penalty(reference="P-2", at=LATER, ends_at="9999-12-31T23:59:59-12:00"), "", "what has no end is left out", "--schema"),
    (violation(reference="V-2", at=LATER, content=made_at(LATER) | {"ended_at": "9999-12-31T23:59:59-12:00"}), "", "`ended_at` lies", "--schema"),
    (violation(reference="V-2", at=LATER, content=made_at(LATER) | {"offset_seconds": 2**31}), "", "<= 2147483647", "--schema"),
    (violation(reference="V-2", at=LATER, content=made_at(LATER) | {"offset_seconds": -1}), "", ">= 0", "--schema"),
    (violation(reference="V-2", at=LATER, content=made_at(NOW + timedelta(days=1))), "content.created_at", "later than now", "lies in the past"),
    (violation(polcy="COUNTERFEIT"), "", "unknown field `polcy`", "--schema"),
    (account("b-1", market="XX"), "market", "No policy pack is in force in market XX", "publish"),
    (account("b-1", adult=False), "adult", "18 or older", OTHERWISE),
    (account("a-1", market="VN"), "market", "registered in market US", "Leave the line out"),
    (violation("nobody"), "account", "not been registered", 'type "account"'),
    (violation(reference="V-2", at=LATER, policy="NONE_SUCH"), "policy", "has no policy NONE_SUCH", "governance packs show"),
    (violation(reference="V-2", at=LATER, severity="MINOR"), "severity", "knows the severities", "governance packs show"),
    (violation(reference="V-2", at=LATER, leaf="NONE_SUCH"), "leaf", "has the leaves", "governance packs show"),
    (violation(reference="V-2", at=NOW + timedelta(days=1)), "at", "later than now", "lies in the past"),
    (violation(reference="V-2", at=FIRST - timedelta(days=9)), "at", "The account was registered at", "the account was open"),
    (violation(policy="MISLEADING_PROMOTION", severity="MODERATE"), "reference", "was used before", "other content"),
    (penalty(reference="P-2", at=LATER, restrictions=[{"capability": "FLYING"}]), "restrictions", "no capability 'FLYING'", "pack does"),
    (penalty(reference="P-2", at=LATER, because=["V-9"]), "because", "calls 'V-9'", "violation's line too"),
    (penalty(reference="P-2", at=LATER, ends_at=FIRST.isoformat()), "ends_at", "The penalty ended at", "after the beginning"),
    (warning(reference="W-2", at=LATER, reasons=" "), "reasons", "Give the reasons", OTHERWISE),
    (violation(reference=" V-2", at=LATER), "reference", "begins or ends with a space", OTHERWISE),
])
def test_a_bad_line_is_rejected_with_number_reason_and_remedy_and_the_rest_is_kept(
        tmp_path: Path, known: System, line: Any, field: str, reason: str, remedy: str) -> None:
    bad = line if isinstance(line, bytes) else json.dumps(line).encode()
    new = account(tmp_path.name)
    done, (told_of,) = taken_over(known, written(GOOD) + b"\n" + bad + b"\n" + written([new]), tmp_path / "rejects")
    assert (done.known, done.new, done.rejected) == (3, 1, 1)
    assert told_of["line"] == 5
    assert told_of.get("field", "") == field
    assert reason in told_of["reason"]
    assert remedy in told_of["remedy"]
    if isinstance(line, dict):
        assert told_of["original"] == line


def test_every_remedy_is_a_sentence() -> None:
    assert all(re.fullmatch(r"[A-Z].*\.", remedy) for remedy in (*REMEDIES.values(), OTHERWISE))


def test_what_was_rejected_can_be_put_right_and_imported(tmp_path: Path) -> None:
    with deployment(tmp_path / "data", "") as system:
        _, rejected = taken_over(system, [account(), account("b-1", market="XX"), violation("b-1")], tmp_path / "rejects")
        assert [one["line"] for one in rejected] == [2, 3]
        assert stat.S_IMODE((tmp_path / "rejects").stat().st_mode) == 0o600
        right = [one["original"] | ({"market": "US"} if "market" in one["original"] else {}) for one in rejected]
        done, rejected = taken_over(system, right, tmp_path / "rejects")
    assert (done.new, rejected) == (2, [])
    assert not (tmp_path / "rejects").exists()


def test_a_line_earlier_than_the_latest_fact_of_a_live_account_is_rejected(tmp_path: Path, database: str) -> None:
    with deployment(tmp_path / "data", database) as system:
        taken_over(system, [account(), warning()], tmp_path / "rejects")
        early = warning(at=FIRST + timedelta(days=49), reference="W-0")
        later = warning(at=FIRST + timedelta(days=51), reference="W-2")
        done, (rejected,) = taken_over(system, [later, early], tmp_path / "rejects")
    assert done.new == 1
    assert (rejected["line"], rejected["code"], rejected["field"]) == (2, "OCCURRED_BEFORE_LATEST", "at")


def test_blank_lines_and_a_byte_order_mark_are_no_matter(tmp_path: Path) -> None:
    with deployment(tmp_path / "data", "") as system:
        done, rejected = taken_over(
            system, b"\xef\xbb\xbf" + json.dumps(account()).encode() + b"\r\n\r\n  \n" + json.dumps(warning()).encode(), tmp_path / "rejects")
    assert (done.new, rejected) == (2, [])


# Killed


def importing(folder: Path, database: str, file: Path, tell: Connection) -> None:
    """Import in a process of its own, and tell of every batch that was recorded."""
    with deployment(folder, database) as system, file.open("rb") as source:
        Import(system, OPERATOR, Rejects(file.with_suffix(".rejects")), lambda *it: tell.send(it), 10).run(source, 1)


def test_killed_in_the_middle_a_second_run_ends_as_one_run(tmp_path: Path, database: str) -> None:
    lines = [*histories(40), violation("nobody")]
    lines = shuffled(lines)
    file = tmp_path / "lines.jsonl"
    file.write_bytes(written(lines))
    with deployment(tmp_path / "whole", "") as system:
        taken_over(system, lines, tmp_path / "rejects")
        expected = all_told(system)
    heard, tell = SPAWN.Pipe(duplex=False)
    process = SPAWN.Process(target=importing, args=(tmp_path / "killed", database, file, tell))
    process.start()
    tell.close()
    while (word := heard.recv())[0] != "Importing lines" or word[1] < 60:
        pass
    process.kill()
    process.join()
    with deployment(tmp_path / "killed", database) as system:
        assert 0 < system.store.log(CREATORS).last_position() < len(expected)
        done, rejected = taken_over(system, lines, tmp_path / "rejects")
        assert all_told(system) == expected
    assert done.known > 0
    assert done.new + done.known == 200
    assert [one["code"] for one in rejected] == ["ACCOUNT_NOT_REGISTERED"]


# Command line


@pytest.mark.usefixtures("log_restored")
def test_the_command_imports_a_file_and_says_by_its_exit_code_whether_all_was_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOVERNANCE_FOLDER", str(tmp_path / "data"))
    runner, file = CliRunner(), tmp_path / "legacy.jsonl"
    file.write_bytes(written([account(), warning()]))
    assert runner.invoke(app, ["packs", "publish"]).exit_code == 0
    whole = runner.invoke(app, ["import", str(file)])
    assert (whole.exit_code, whole.stdout) == (0, "2 lines were taken over (3 facts), 0 were known, 0 were rejected.\n")
    partly = runner.invoke(app, ["import", "-", "--rejects", str(tmp_path / "rejected")], input=written([warning("nobody"), warning()]))
    assert partly.exit_code == 1
    assert "1 were known, 1 were rejected" in partly.stdout
    assert "Line 1 (account):" in partly.stderr
    assert json.loads((tmp_path / "rejected").read_text())["line"] == 1


@pytest.mark.usefixtures("log_restored")
def test_the_command_prints_the_schema_of_a_line() -> None:
    printed = CliRunner().invoke(app, ["import", "--schema"]).stdout
    assert printed == import_schema() == (ROOT / "api" / "import.schema.json").read_text()
    kinds = [one["properties"]["type"]["enum"][0] for one in json.loads(printed)["$defs"].values() if "type" in one.get("required", ())]
    assert set(kinds) == {type(decode(line)).__struct_config__.tag for line in EXAMPLE.read_bytes().splitlines()}


@pytest.mark.usefixtures("log_restored")
def test_the_command_names_what_it_lacks() -> None:
    nothing = CliRunner().invoke(app, ["import"])
    assert nothing.exit_code == 2
    assert "Name the file to import" in nothing.stderr


@pytest.mark.usefixtures("log_restored")
def test_the_file_to_import_is_never_taken_for_the_rejected_lines(tmp_path: Path) -> None:
    file = tmp_path / "legacy.jsonl"
    file.write_bytes(written(GOOD))
    (tmp_path / "link").symlink_to(file)
    refused = CliRunner().invoke(app, ["import", str(file), "--rejects", str(tmp_path / "link")])
    assert refused.exit_code == 2
    assert "name another one" in refused.stderr
    assert file.read_bytes() == written(GOOD)


@pytest.mark.usefixtures("log_restored")
@pytest.mark.parametrize("place", ["", "none/rejected.jsonl", "pipe"])
def test_rejected_lines_go_to_a_file_or_nothing_is_begun(tmp_path: Path, place: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    file = tmp_path / "legacy.jsonl"
    file.write_bytes(written(GOOD))
    refused = CliRunner().invoke(app, ["import", str(file), "--rejects", str(tmp_path / place)])
    assert refused.exit_code == 2
    assert "in a folder that is there" in refused.stderr
    assert (tmp_path / "pipe").is_fifo()


def test_long_lines_are_read_fewer_at_a_time() -> None:
    lines = [Numbered(number, b"x" * (LONGEST + 1)) for number in range(1, 41)]
    groups = list(in_groups(iter(lines)))
    assert [line for group in groups for line in group] == lines
    assert max(len(group) for group in groups) * LONGEST <= BYTES_AT_ONCE


def test_a_decision_is_known_by_its_system_and_reference_whatever_stands_in_them() -> None:
    told = [{"type": "warning", "account": "a", "at": "2026-01-01T00:00:00Z", "system": system, "reference": reference, "reasons": "x"}
            for system, reference in (("a/b", "c"), ("a", "b/c"))]
    assert len({key_of(decode(json.dumps(it).encode())) for it in told}) == 2
