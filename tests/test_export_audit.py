"""`governance export audit`: the audit log as a file, whole or not there, that other programs read without being deceived by it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet
from typer.testing import CliRunner, Result

from api.cli import app
from application.auditing import Format, records
from application.auditing_files import ROW_GROUP, SCHEMA, safe, writing
from application.wiring import followed_logs
from domain.creator.scheme import CreatorAccountOpened
from projections.audit import AUDIT_LOG
from projections.auditing import Wanted
from tests.asking import MODERATOR, World, world
from tests.raw import environment, log_database

TRICKSTER = "dev:MODERATOR:=HYPERLINK(1)"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory, database_of_module: str) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("export"), database_of_module) as asked:
        for number, market in enumerate(("US", "VN", "US")):
            asked.clock.now += timedelta(microseconds=1)
            asked.confirmed(asked.registered(f"c-{number}", market, handle=f"secret-{number}"), select="")
        asked.confirmed(asked.registered("last"), token=TRICKSTER, select="")
        asked.ask("{ creators(first: 2) { nodes { handle } } }", MODERATOR)
        yield asked


@pytest.fixture
def governance(full: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    for name, value in environment(full.system.settings).items():
        monkeypatch.setenv(name, value)
    return lambda *words: CliRunner().invoke(app, ["export", "audit", *map(str, words)])


def every(asked: World, wanted: Wanted | None = None) -> list[dict[str, Any]]:
    """What is to be exported."""
    return [it for some in records(asked.system, wanted or Wanted(), lambda _done, _all: None) for it in some]


def written(governance: Callable[..., Result], file: Path, *words: object) -> Path:
    found = governance("--out", file, *words)
    assert found.exit_code == 0, found.output
    assert [it.name for it in file.parent.iterdir() if it.name.startswith(file.name)] == [file.name]
    return file


def test_json_lines_hold_every_fact_and_no_personal_text(full: World, governance: Callable[..., Result], tmp_path: Path) -> None:
    text = written(governance, tmp_path / "a.jsonl").read_text()
    found = [json.loads(line) for line in text.splitlines()]
    assert {(it["log"], it["position"]) for it in found} == {
        (log.name, fact.position) for log in followed_logs(full.system.store).values() for fact in log.facts_after(0, 10_000)}
    assert len(found) == len(every(full))
    assert "secret-" not in text
    opened = next(it for it in found if it["kind"] == "CreatorAccountOpened")
    assert (opened["recorded_at"], opened["parameters"]["handle"]) == ("2026-03-02T10:00:00.000001Z", None)


def test_the_same_export_has_the_same_bytes(governance: Callable[..., Result], tmp_path: Path) -> None:
    for kind in Format:
        one, other = (written(governance, tmp_path / f"{name}.{kind}").read_bytes() for name in ("one", "other"))
        assert one == other


def test_parquet_has_types_of_its_own_and_the_same_rows(full: World, governance: Callable[..., Result], tmp_path: Path) -> None:
    table = parquet.read_table(written(governance, tmp_path / "a.parquet"))
    assert table.schema.equals(SCHEMA)
    assert str(table.schema.field("recorded_at").type) == "timestamp[us, tz=UTC]"
    expected = every(full)
    assert [(it["log"], it["position"], it["recorded_at"], it["market"]) for it in table.to_pylist()] == [
        (it["log"], it["position"], it["recorded_at"], it["market"]) for it in expected]
    assert [json.loads(it) for it in table.column("parameters").to_pylist()] == [
        json.loads(json.dumps(it["parameters"])) for it in expected]


def test_parquet_is_written_in_groups_of_rows(full: World, tmp_path: Path) -> None:
    some = every(full)
    with writing(tmp_path / "a.parquet", Format.PARQUET) as writer:
        for _ in range(ROW_GROUP // len(some) + 1):
            writer.write(some)
    groups = parquet.ParquetFile(tmp_path / "a.parquet").metadata
    assert (groups.num_row_groups, groups.row_group(0).num_rows) == (2, ROW_GROUP)


def test_csv_starts_no_formula_in_a_spreadsheet(governance: Callable[..., Result], tmp_path: Path) -> None:
    with written(governance, tmp_path / "a.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert "'=HYPERLINK(1)" in {it["actor_id"] for it in found}
    assert not [cell for it in found for cell in it.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert {it["recorded_at"] for it in found if it["kind"] == "CreatorAccountOpened"} >= {"2026-03-02T10:00:00.000001Z"}


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\ta", "\ra"])
def test_what_a_spreadsheet_takes_for_a_formula_is_made_text(text: str) -> None:
    assert safe(text) == f"'{text}"
    assert safe(f"a{text}") == f"a{text}"


def test_filters_are_those_of_the_api(full: World, governance: Callable[..., Result], tmp_path: Path) -> None:
    def kinds(*words: object) -> set[tuple[str, str]]:
        return {(it["log"], it["kind"]) for it in map(json.loads, written(governance, tmp_path / "a.jsonl", *words).read_text().splitlines())}

    assert kinds("--kind", "PersonalDataAccessed", "--creator", "c-1") == {("accesses", "PersonalDataAccessed")}
    assert kinds("--kind", "PersonalDataAccessed", "--creator", "last") == set()
    assert kinds("--log", "packs", "--position-to", 1) == {("packs", "PolicyPublished")}
    assert kinds("--market", "VN", "--kind", "CreatorAccountOpened", "--kind", "ViolationConfirmed", "--role", "SERVICE") == {
        ("creators", "CreatorAccountOpened")}
    assert kinds("--recorded-from", "2026-03-03") == set()
    assert kinds("--occurred-to", "2026-03-02T10:00:00Z") == set()
    subject = next(it["violation_id"] for it in every(full) if it["violation_id"])
    assert ("creators", "ViolationConfirmed") in kinds("--subject", subject)


@pytest.mark.parametrize(("words", "message"), [
    (("--out", "a.txt"), "does not end with .jsonl, .csv, .parquet"),
    (("--out", "nowhere/a.csv"), "name a file in a folder that is there"),
    (("--out", "a.csv", "--kind", "Nothing"), "--kind: 'Nothing' is no kind of event"),
    (("--out", "a.csv", "--log", "nowhere"), "--log: there is no log 'nowhere'"),
    (("--out", "a.csv", "--position-from", "3"), "--log: positions are those of one log"),
    (("--out", "a.csv", "--subject", "x"), "--subject: 'x' is no id"),
    (("--out", "a.csv", "--recorded-from", "2026-03-03", "--recorded-to", "2026-03-02"), "--recorded-from: its beginning must lie before its end"),
    (("--out", "a.csv", "--actor", ""), "--actor: one of the values is empty")])
def test_what_cannot_be_exported_is_told_and_no_file_is_left(
        governance: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str) -> None:
    monkeypatch.chdir(tmp_path)
    found = governance(*words)
    assert (found.exit_code, list(tmp_path.iterdir())) == (2, [])
    assert message in " ".join(found.output.split())


def test_an_audit_log_that_was_stopped_is_not_exported_as_if_it_were_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ValueError("It is broken.")

    handles: dict[Any, Any] = AUDIT_LOG.handles
    with world(tmp_path) as asked:
        asked.registered("before")
        with monkeypatch.context() as patched:
            patched.setitem(handles, CreatorAccountOpened, broken)
            asked.registered("after")
            found = CliRunner().invoke(app, ["export", "audit", "--out", str(tmp_path / "a.csv")], env=environment(asked.system.settings))
        assert (found.exit_code, (tmp_path / "a.csv").exists()) == (2, False)
        assert "does not hold every fact of creators" in " ".join(found.output.split())


@pytest.mark.parametrize("kind", list(Format))
def test_a_file_is_whole_or_as_it_was_before(full: World, tmp_path: Path, kind: Format) -> None:
    file = tmp_path / "a"
    file.write_text("before")

    def broken() -> None:
        with writing(file, kind) as writer:
            writer.write(every(full))
            raise OSError("The disk is full.")

    with pytest.raises(OSError, match="full"):
        broken()
    assert (file.read_text(), list(tmp_path.iterdir())) == ("before", [file])


@pytest.mark.parametrize("kind", list(Format))
def test_nothing_is_a_file_without_rows(tmp_path: Path, kind: Format) -> None:
    with writing(tmp_path / "a", kind):
        pass
    if kind is Format.PARQUET:
        assert parquet.read_table(tmp_path / "a").num_rows == 0
    else:
        assert len((tmp_path / "a").read_text().splitlines()) == (kind is Format.CSV)


def test_where_a_fact_is_gone_from_its_log_that_is_told_and_no_file_is_there(tmp_path: Path) -> None:
    with world(tmp_path) as asked:
        asked.registered("ann")
        with log_database(asked.system.settings) as log:
            log.execute("DELETE FROM creators WHERE rowid = 2")
        found = CliRunner().invoke(
            app, ["export", "audit", "--out", str(tmp_path / "a.jsonl")], env=environment(asked.system.settings))
    assert (found.exit_code, "no fact at position 2" in found.output, "governance verify" in found.output) == (2, True, True)
    assert [it.name for it in tmp_path.iterdir()] == ["data"]
