"""What docs/operations.md says of backups is so: its commands, run as they stand there, bring everything back."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from base64 import b64encode
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretBytes

from application.settings import Settings
from application.store import Store
from application.wiring import CREATORS, opened
from tests.asking import World, world
from tests.documents import ROOT
from tests.postgres import database as new_database
from tests.postgres import installed
from tests.test_store_process import MASTER

SECTION = (ROOT / "docs" / "operations.md").read_text().partition("\n## Backup and restore\n")[2].partition("\n## ")[0]
COMMANDS = [block[1] for block in re.finditer(r"```sh\n(.*?)```", SECTION, re.DOTALL)]
BACKUP = {"postgres": COMMANDS[0], "sqlite": COMMANDS[2]}
RESTORE = {"postgres": COMMANDS[1], "sqlite": COMMANDS[3]}
TEXT = "The logo on the bag is a copy."


def lived_in(asked: World) -> None:
    """Some history, with personal text in it and a decision undone."""
    for name in ("ann", "bea"):
        id = asked.registered(name)
        for number in (1, 2):
            asked.confirmed(id, f"video-{number}", "COUNTERFEIT", "MAJOR", select="violation { id }", facts=TEXT)


def shell(script: str, where: Path, settings: Settings) -> None:
    """Run commands as an operator does, the server's own tools and ours on the path."""
    where.mkdir(exist_ok=True)
    ours = where / "governance"
    ours.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from api.cli import main; main()" "$@"\n')
    ours.chmod(0o755)
    environment = {
        "PATH": os.pathsep.join(map(str, (where, installed(), Path(sys.executable).parent, "/usr/bin", "/bin"))), "PYTHONPATH": str(ROOT),
        "GOVERNANCE_FOLDER": str(settings.folder), "GOVERNANCE_MASTER_KEY": b64encode(MASTER).decode(),
        "GOVERNANCE_DATABASE": settings.database.get_secret_value() if settings.database else ""}
    done = subprocess.run(["/bin/sh", "-eu", "-c", script], cwd=where, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr


def rows(settings: Settings, of: str) -> dict[str, list[Any]]:
    """All rows of the log or of the read models, table by table; where a read model has come to bears the number of its building."""
    if settings.database:
        with psycopg.connect(settings.database.get_secret_value(), autocommit=True) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s AND tablename <> 'positions'", (of,)).fetchall()
            return {name: sorted(map(repr, connection.execute(f'SELECT * FROM "{of}"."{name}"'.encode()))) for (name,) in tables}  # noqa: S608
    with closing(sqlite3.connect(settings.folder / f"{of}.db")) as file:
        found = file.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'positions'").fetchall()
        return {name: sorted(map(repr, file.execute(f'SELECT * FROM "{name}"'))) for (name,) in found}  # noqa: S608


def personal_texts(store: Store) -> list[str | None]:
    """The findings of fact of every violation, opened."""
    facts = [fact for fact in store.log(CREATORS).facts_after(0, 1000) if type(fact.event).__name__ == "ViolationConfirmed"]
    return [store.keys.open(fact.stream, fact.event.facts.token) for fact in facts]  # type: ignore[attr-defined]


def test_what_is_restored_from_a_backup_equals_what_was_backed_up(tmp_path: Path, database: str, request: pytest.FixtureRequest) -> None:
    kind = "postgres" if database else "sqlite"
    with ExitStack() as stack:
        elsewhere = stack.enter_context(new_database(request.getfixturevalue("postgres"))) if database else ""
        with world(tmp_path / "old", database, master_key=SecretBytes(MASTER)) as asked:
            lived_in(asked)
            old = asked.system.settings
            shell(BACKUP[kind], tmp_path / "backup", old)  # while it runs
            kept = {of: rows(old, of) for of in ("log", "views")}
        new = old.model_copy(update={"folder": tmp_path / "new", "database": type(old.database)(elsewhere) if old.database else None})
        shell(RESTORE[kind], tmp_path / "backup", new)
        assert {of: rows(new, of) for of in ("log", "views")} == kept
        with opened(new) as system:
            assert personal_texts(system.store) == [TEXT] * 4
