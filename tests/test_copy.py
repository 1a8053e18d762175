"""What a deployment has recorded can move to another database, and is the same there to the last byte."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from typer.testing import CliRunner

from api.cli import app
from application.copying import CannotCopy, copy
from application.demo.run import make
from application.rebuilding import InProcesses
from application.settings import Settings
from application.store import which
from application.wiring import CREATORS, System, followed_logs, opened
from domain.creator.warnings import IssueWarning
from domain.facts import Personal
from domain.identity import CreatorId
from tests.postgres import settings_in
from tests.raw import everything
from tests.rulebook import MODERATOR

Row = tuple[str, int, str, bytes]


def unheard(_stage: str, _done: int, _all: int) -> None:
    """Nobody looks at the progress here."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A deployment with a history of thirty creators, and a request that was answered under a key."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    make(Settings(folder=folder), date(2026, 3, 2), unheard, creators=30)
    with opened(Settings(folder=folder)) as system:
        assert warned(system) is False
    return folder


def warned(system: System) -> bool:
    """Whether a warning that is given under one key had been given before."""
    creator = min(fact.stream for log in system.store.logs(CREATORS).all for fact in log.facts_after(0, 10_000))
    return system.governance.handle(IssueWarning(creator=CreatorId(creator), reasons=Personal("Careful.")), by=MODERATOR, key="w-1").repeated


def in_sqlite(folder: Path) -> list[Row]:
    """Every fact of the accounts, as stored."""
    with closing(sqlite3.connect(folder / "log.db")) as file:
        return file.execute("SELECT originator_id, originator_version, topic, state FROM creators ORDER BY rowid").fetchall()


def in_postgres(dsn: str, table: str = "creators") -> list[Row]:
    with psycopg.connect(dsn) as connection:
        rows = connection.execute(f"SELECT stream, version, name, state FROM log.{table} ORDER BY position".encode()).fetchall()  # noqa: S608
    return [(stream.hex, version, name, bytes(state)) for stream, version, name, state in rows]


def test_every_fact_has_the_same_bytes_in_the_same_order_there_and_back(demo: Path, tmp_path: Path, postgres_database: str) -> None:
    done = copy(str(demo), postgres_database, None, unheard)
    assert in_postgres(postgres_database) == in_sqlite(demo)
    assert copy(postgres_database, str(tmp_path / "back"), None, unheard) == done
    assert in_sqlite(tmp_path / "back") == in_sqlite(demo)
    assert done.streams >= 30
    assert done.facts > len(in_sqlite(demo)), "packs and cases go with the accounts"
    assert done.requests == 1


def test_a_deployment_goes_on_in_the_other_database_as_if_it_had_always_been_there(demo: Path, tmp_path: Path, postgres_database: str) -> None:
    shutil.copytree(demo, tmp_path / "data")
    copy(str(demo), postgres_database, None, unheard)
    with opened(settings_in(tmp_path / "data", "")) as before, opened(settings_in(tmp_path / "data", postgres_database)) as after:
        after.projector.rebuild()
        after.desk.catch_up()
        asked = [(system.projector.positions(), rows(system)) for system in (before, after)]
        assert asked[0] == asked[1]
        assert warned(after) is True, "the same request is answered, not done again"


def test_read_models_built_by_several_processes_are_those_built_by_one(demo: Path, tmp_path: Path, postgres_database: str) -> None:
    shutil.copytree(demo, tmp_path / "data")
    copy(str(demo), postgres_database, 2, unheard)
    settings, heard = settings_in(tmp_path / "data", postgres_database), list[tuple[int, int]]()
    with opened(settings) as system:
        system.projector.rebuild()
        alone = everything(settings)
        system.projector.rebuild(None, lambda done, all_: heard.append((done, all_)), InProcesses(settings, 2, worth_it=100))
        assert {name: sorted(found, key=repr) for name, found in everything(settings).items() if name != "views/positions"} == {
            name: sorted(found, key=repr) for name, found in alone.items() if name != "views/positions"}
        facts = sum(log.last_position() for log in followed_logs(system.store).values())
        assert heard[-1] == (facts, facts)
        assert system.projector.outdated() == []


def rows(system: System) -> list[tuple[object, ...]]:
    """Where each account stands, with the personal text in it opened."""
    with system.views.connect() as connection:
        found = connection.exec_driver_sql("SELECT creator_id, score, zone, status, version, handle_token FROM creators").all()
    return sorted((str(it[0]).replace("-", ""), *it[1:5], system.open_text(CreatorId(uuid_of(it[0])), it[5])) for it in found)


def uuid_of(value: object) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))


def test_accounts_may_be_spread_over_another_number_of_logs(demo: Path, tmp_path: Path, postgres_database: str) -> None:
    copy(str(demo), postgres_database, 3, unheard)
    for ordinal, table in enumerate(("creators", "creators_2", "creators_3")):
        expected = [row for row in in_sqlite(demo) if which(UUID(row[0]), 3) == ordinal]
        assert in_postgres(postgres_database, table) == expected
        assert expected
    shutil.copytree(demo, tmp_path / "data")
    with opened(settings_in(tmp_path / "data", postgres_database)) as system:
        assert warned(system) is True


@pytest.mark.parametrize("logs", [None, 3])
def test_whoever_does_as_is_told_after_a_copy_goes_on_with_heads(demo: Path, tmp_path: Path, logs: int | None) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    shutil.copytree(demo, old)

    def governance(folder: Path, *arguments: str) -> str:
        done = CliRunner().invoke(app, arguments, env={"GOVERNANCE_FOLDER": str(folder)})
        assert done.exit_code == 0, done.output
        return done.output

    governance(old, "heads", "take")
    told = governance(old, "copy", "--from", str(old), "--to", str(new), *(("--logs", str(logs)) if logs else ()))
    for name in ("keys.db", "master.key", "erased.txt", "heads.jsonl", "signing.key"):
        assert name in told
        shutil.copy(old / name, new)
    if logs:
        assert "take it out of the folder" in told
        (new / "heads.jsonl").unlink()
    governance(new, "rebuild")
    governance(new, "heads", "take")
    governance(new, "verify")
    assert governance(new, "heads", "key") == governance(old, "heads", "key")


def test_what_is_not_empty_is_not_copied_to(demo: Path, postgres_database: str) -> None:
    copy(str(demo), postgres_database, None, unheard)
    before = in_postgres(postgres_database)
    with pytest.raises(CannotCopy, match=r"holds \d+ facts already; name an empty database"):
        copy(str(demo), postgres_database, None, unheard)
    with pytest.raises(CannotCopy, match="made with 1 logs, not 2"):
        copy(str(demo), postgres_database, 2, unheard)
    assert in_postgres(postgres_database) == before


def test_a_stream_that_is_not_the_same_in_the_end_is_named(demo: Path, postgres_database: str) -> None:
    changed = Counter[str]()

    def change(stage: str, done: int, whole: int) -> None:
        """Somebody changes a fact that was copied already, once all were."""
        if stage == "Copying facts" and done == whole and not changed:
            with psycopg.connect(postgres_database, autocommit=True) as connection:
                found = connection.execute("UPDATE log.creators SET state = 'x' WHERE position = 7 RETURNING stream").fetchone()
                assert found is not None
                changed[str(found[0])] += 1

    with pytest.raises(CannotCopy) as refused:
        copy(str(demo), postgres_database, None, change)
    assert str(refused.value).startswith(f"Stream {next(iter(changed))} is not the same in both.")


def test_the_command_says_what_it_did_and_what_to_do_next(demo: Path, tmp_path: Path, postgres_database: str) -> None:
    done = CliRunner().invoke(app, ["copy", "--from", str(demo), "--to", postgres_database], env={"GOVERNANCE_FOLDER": str(tmp_path)})
    assert done.exit_code == 0
    assert "every stream is the same in both" in done.output
    assert "GOVERNANCE_DATABASE" in done.output
    assert "take it out of the folder" not in done.output
    missing = CliRunner().invoke(app, ["copy", "--from", str(tmp_path / "nothing"), "--to", postgres_database])
    assert missing.exit_code == 2
    assert "holds no log.db" in missing.output
    assert not (tmp_path / "nothing").exists()
