"""How fast lines of another system are imported, beside bare COPY (PostgreSQL) or executemany (SQLite) of the very rows that it wrote."""

from __future__ import annotations

import argparse
import io
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import psycopg

from application.importing.rejecting import Rejects
from application.importing.run import Import
from application.library import read_packs
from application.store_files import connected
from application.wiring import opened
from bench.figures import Plot, Section, Table, machine, options, positive, progress, run
from bench.scene import MODERATOR, PACKS, START, clock
from bench.servers import host
from domain.packs.publishing import PublishPack
from tests.postgres import database as new_database
from tests.postgres import settings_in

EXAMPLES = """examples:
  python -m bench.importing
  python -m bench.importing --lines 100000 --rounds 3
  python -m bench.importing --database postgresql://postgres@db.example/postgres
"""

NOTES = """
{lines:,} lines a round in random order, five an account: account, two violations, warning, penalty; {facts:,} facts come of them. fsync on.
import: read, sort on disk, decide by the rules, seal, encode, record; ended when all is durable
read models: what follows, until all of it can be asked for
bare:   the rows of those facts alone, into an empty table with the same keys: COPY on PostgreSQL, executemany on SQLite; one transaction
Medians of {rounds} rounds, interleaved, seed {seed}, each on empty databases. {machine}"""

STAGES = ("import", "read models", "bare")


def lines(count: int, seed: int) -> bytes:
    """So many lines, shuffled."""
    chance = Random(seed)  # noqa: S311  # a history, not a secret
    found = [line for number in range(count // 5) for line in history(f"account-{number}", chance)]
    chance.shuffle(found)
    return b"".join(json.dumps(line).encode() + b"\n" for line in found)


def history(account: str, chance: Random) -> Iterator[dict[str, Any]]:
    """The lines of one account in the year before the start."""
    days = sorted(chance.sample(range(1, 360), 4))
    times = [START - timedelta(days=365 - day) for day in days]
    opened_at = START - timedelta(days=365)
    yield {"type": "account", "account": account, "at": opened_at.isoformat(), "market": "US", "account_type": "PRIVATE", "adult": True,
           "handle": f"@{account}"}
    for at in times[:2]:
        content = {"id": f"video-{at:%j}", "kind": "VIDEO", "created_at": (at - timedelta(days=1)).isoformat()}
        yield {"type": "violation", "account": account, "at": at.isoformat(), "system": "legacy", "reference": f"V-{at:%j}",
               "policy": "COUNTERFEIT", "severity": "MAJOR", "content": content, "facts": "The logo is a copy."}
    yield {"type": "warning", "account": account, "at": times[2].isoformat(), "system": "legacy", "reference": "W-1", "reasons": "Links elsewhere."}
    yield {"type": "penalty", "account": account, "at": times[3].isoformat(), "system": "legacy", "reference": "P-1", "kind": "LIVE_SUSPENDED",
           "restrictions": [{"capability": "LIVE_SELLING"}], "because": [f"V-{times[0]:%j}"], "reasons": "Twice."}


def imported(folder: Path, database: str, data: bytes) -> tuple[float, float]:
    """The seconds that the lines took to be recorded, and the read models then."""
    with opened(settings_in(folder, database), clock, projecting=False) as system:
        for pack in read_packs(PACKS):
            system.library.publish(PublishPack(pack.pack), MODERATOR)
        stages: list[float] = []

        def show(stage: str, _done: int, _all: int) -> None:
            if stage == "Importing lines":
                stages[:] = [perf_counter()]

        start = perf_counter()
        done = Import(system, MODERATOR, Rejects(folder / "rejects"), show).run(io.BytesIO(data), len(data))
        end = perf_counter()
        if done.rejected:
            raise RuntimeError(f"{done.rejected} lines were rejected")
    return stages[0] - start, end - stages[0]


def bare_sqlite(folder: Path) -> tuple[float, int]:
    """The seconds that the rows alone take in SQLite, and how many they are."""
    with closing(connected(folder / "log.db")) as log:
        rows = log.execute("SELECT * FROM creators ORDER BY rowid").fetchall()
        (made,) = log.execute("SELECT sql FROM sqlite_master WHERE name = 'creators'").fetchone()
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as bare:
        bare.execute("PRAGMA journal_mode = WAL")
        bare.execute("PRAGMA synchronous = FULL")
        bare.execute(made)
        start = perf_counter()
        bare.execute("BEGIN IMMEDIATE")
        bare.executemany(f"INSERT INTO creators VALUES ({', '.join('?' * len(rows[0]))})", rows)  # noqa: S608  # no text of anybody's
        bare.execute("COMMIT")
        return perf_counter() - start, len(rows)


def bare_postgres(dsn: str) -> tuple[float, int]:
    """The seconds that the rows alone take in PostgreSQL, and how many they are."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        rows = connection.execute("SELECT * FROM log.creators ORDER BY position").fetchall()
        connection.execute("CREATE TABLE bare (LIKE log.creators INCLUDING ALL)")
        start = perf_counter()
        with connection.cursor() as cursor, cursor.copy("COPY bare FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "uuid", "int4", "text", "bytea"])
            for row in rows:
                copy.write_row(row)
        return perf_counter() - start, len(rows)


def round_of(dsn: str, folder: Path, data: bytes, seconds: dict[str, list[tuple[float, ...]]], turn: int) -> int:
    """Measure one round on both databases, in turns. Gives the number of facts."""
    facts = 0
    for name in ("SQLite", "PostgreSQL")[::1 if turn % 2 else -1]:
        with ExitStack() as stack:
            place = Path(stack.enter_context(TemporaryDirectory(dir=folder)))
            database = stack.enter_context(new_database(dsn)) if name == "PostgreSQL" else ""
            took = imported(place, database, data)
            alone, facts = bare_postgres(database) if database else bare_sqlite(place)
            seconds[name].append((*took, alone))
    return facts


def measured(given: argparse.Namespace) -> Section:
    """What was measured."""
    data, facts = lines(given.lines, given.seed), 0
    seconds: dict[str, list[tuple[float, ...]]] = {"SQLite": [], "PostgreSQL": []}
    with TemporaryDirectory() as folder, host(given.database) as dsn:
        for turn in range(given.rounds):
            progress(f"round {turn + 1} of {given.rounds}")
            facts = round_of(dsn, Path(folder), data, seconds, turn)
    rows: list[list[str]] = []
    rates: dict[str, Sequence[float]] = {}
    for name, found in seconds.items():
        took = [median(one[stage] for one in found) for stage in range(len(STAGES))]
        rates[name] = [facts / each for each in took]
        ratio = median(alone / ours for ours, _, alone in found)
        rows.append([name, f"{given.lines / took[0]:,.0f}", *(f"{rate:,.0f}" for rate in rates[name]), f"{ratio:.3f}"])
    head = ["", "lines per second", *(f"facts per second, {stage}" for stage in STAGES), "import / bare"]
    notes = NOTES.format(lines=given.lines, facts=facts, rounds=given.rounds, seed=given.seed, machine=machine())
    return Section("Importing", [Table(head, rows)], notes, [], [Plot("importing", "Importing", "facts per second", list(STAGES), rates)])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = options(__doc__ or "", EXAMPLES, rounds=3)
    parser.add_argument("--lines", type=positive, default=20_000, help="lines of a round (default: %(default)s)")
    parser.add_argument("--database", help="an administrator's URL of the server to measure (default: a new one, fsync on)")
    run(parser, measured, arguments)


if __name__ == "__main__":
    main()
