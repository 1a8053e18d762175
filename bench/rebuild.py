"""How fast all read models are built anew, beside a bare COPY of the very same rows, the library's stock runner and Emmett's consumer."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import psycopg
from eventsourcing.persistence import StoredEvent

from application.wiring import CREATORS
from bench.append_postgres import happened
from bench.deployment import LOG_TABLE, VIEWS_SCHEMA, deployed, fill, tables_of
from bench.emmett import emmett, installed_version, missing
from bench.figures import Goal, Plot, Section, Table, at_least, machine, options, outcome, positive, progress, run, with_server
from bench.rounds import Rounds
from bench.servers import host, new_database, settings_of
from bench.stamping import stamp, templates
from bench.stock import AllReadModels, Counting, Runner
from projections.catalogue import READ_MODELS

EXAMPLES = """examples:
  python -m bench.rebuild
  python -m bench.rebuild --creators 200 --peer-creators 20 --rounds 1 --no-emmett
"""

NOTES = """
{facts:,} facts of {creators:,} creators (histories of the demo's year under other ids); what peers do one event at a time is measured on
{peer_facts:,} of them.
ours:           the read models of accounts built anew from the log: {tables} tables, beside those that are read, then swapped in
COPY:           the rows that ours wrote, in COPY's binary format, into the same tables with the same indexes, in one transaction that is
                not flushed; nothing is read, decoded, folded or encoded
stock:          the eventsourcing library's ProjectionRunner: each event into all of the same read models, in a transaction with its position
stock, counter: the same, but each event only adds one to a row of its stream
Emmett:         its consumer with its own batches and polls, each event only adds one to a Pongo document of its stream; {emmett}
{server}. Medians of {rounds} rounds, interleaved, seed {seed}; ratios are medians of each round's ratio. {machine}"""

WAYS = ("ours", "COPY", "stock", "stock, counter", "Emmett")
GOALS = {"COPY": 0.25, "stock": 100.0}
COPIES = "bare"


class Rebuilding:
    """A log with its read models, and for the peers a shorter one of the same kind."""

    def __init__(self, given: argparse.Namespace, dsn: str, folder: Path, stack: ExitStack) -> None:
        histories = templates(given.templates, given.events_per_creator, given.seed, datetime.now(UTC).date())
        self.database, peers = stack.enter_context(new_database(dsn)), stack.enter_context(new_database(dsn))
        self.system = stack.enter_context(deployed(folder / "ours", self.database, projecting=False))
        self.facts = fill(self.system, stamp(histories, range(given.creators), given.seed))
        beside = stack.enter_context(deployed(folder / "peers", peers, projecting=False))
        fill(beside, stamp(histories, range(given.peer_creators), given.seed))
        rows = beside.store.log(CREATORS).recorder.log_rows(0, given.peer_facts)
        self.peer_facts = len(rows)
        self.tables = tables_of(READ_MODELS.values())
        self.runner = Runner(peers, beside, stored_of(peers, self.peer_facts))
        self.beside = beside
        self.emmett = stack.enter_context(emmett(peers, wanted=given.emmett))
        self.types = sorted({row[2] for row in rows})
        if self.emmett:
            self.emmett.fill(happened(log_rows(peers, self.peer_facts)))
        self.rounds = Rounds(WAYS)
        self.rounds.timed("ours", self.rebuild)
        self.rounds.forget()  # it warmed up, and made the rows that are copied
        self.copied = copied(self.database, self.tables)

    def round(self, turn: int) -> None:
        """Measure one round; who is first changes from round to round."""
        ways: list[Callable[[], None]] = [
            lambda: self.rounds.timed("ours", self.rebuild),
            lambda: self.rounds.took("COPY", copy(self.database, self.copied)),
            lambda: self._took("stock", self._stock(turn)),
            lambda: self._took("stock, counter", self.runner.seconds(Counting, turn)),
            lambda: self._project_in_emmett(turn)]
        for ask in (*ways[turn % len(ways):], *ways[:turn % len(ways)]):
            ask()
        self.rounds.amounts.append(self.facts)

    def rebuild(self) -> None:
        """Build all read models of accounts anew."""
        self.system.projector.rebuild()

    def goals(self) -> dict[str, Goal]:
        """What is to be reached, by peer."""
        return {peer: at_least(f"rebuild all read models (PostgreSQL), beside {NAMES[peer]}", self.rounds.ratio("ours", peer), wanted)
                for peer, wanted in GOALS.items()}

    def row(self) -> list[str]:
        """What the table says of it."""
        goals = self.goals()
        return ["facts per second", *(f"{self.rounds.rate(way):,.0f}" if self.rounds.has(way) else "–" for way in WAYS),
                *(outcome(goals[peer]) if peer in goals else f"{self.rounds.ratio('ours', peer):.1f}" if self.rounds.has(peer) else "–"
                  for peer in WAYS[1:])]

    def _took(self, way: str, seconds: float) -> None:
        """Note what it would have taken for as many facts as ours."""
        self.rounds.took(way, seconds * self.facts / self.peer_facts)

    def _stock(self, turn: int) -> float:
        emptied(str(self.beside.settings.database.get_secret_value() if self.beside.settings.database else ""), self.tables)
        return self.runner.seconds(AllReadModels, turn)

    def _project_in_emmett(self, turn: int) -> None:
        if self.emmett:
            self._took("Emmett", self.emmett.project(f"counts{turn}", self.types, self.peer_facts))


NAMES = {"COPY": "a bare COPY of the same rows", "stock": "the stock runner, one event a transaction"}


def log_rows(dsn: str, facts: int) -> list[tuple[object, ...]]:
    """The first rows of the log as they are stored."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(f"SELECT * FROM {LOG_TABLE} WHERE position <= %s ORDER BY position".encode(), (facts,)).fetchall()  # noqa: S608


def stored_of(dsn: str, facts: int) -> list[StoredEvent]:
    """The same as the library has them."""
    return [StoredEvent(*row[1:5]) for row in log_rows(dsn, facts)]  # type: ignore[arg-type]


def copied(dsn: str, tables: Sequence[str]) -> dict[str, bytes]:
    """The rows of the read models in COPY's binary format, and empty tables like theirs to copy them to."""
    found = {}
    with psycopg.connect(dsn) as connection:
        connection.execute(f"CREATE SCHEMA {COPIES}".encode())
        for table in tables:
            connection.execute(f'CREATE TABLE {COPIES}."{table}" (LIKE {VIEWS_SCHEMA}."{table}" INCLUDING ALL)'.encode())
            with connection.cursor().copy(f'COPY {VIEWS_SCHEMA}."{table}" TO STDOUT (FORMAT BINARY)'.encode()) as copy:
                found[table] = b"".join(copy)
    return found


def copy(dsn: str, rows: dict[str, bytes]) -> float:
    """The seconds that it takes to copy rows to empty tables."""
    with psycopg.connect(dsn, options="-c synchronous_commit=off") as connection:
        for table in rows:
            connection.execute(f'TRUNCATE {COPIES}."{table}"'.encode())
        connection.commit()
        start = perf_counter()
        for table, data in rows.items():
            with connection.cursor().copy(f'COPY {COPIES}."{table}" FROM STDIN (FORMAT BINARY)'.encode()) as into:
                into.write(data)
        connection.commit()
        return perf_counter() - start


def emptied(dsn: str, tables: Sequence[str]) -> None:
    """Take all rows out of the read models of a log that nobody projects."""
    with psycopg.connect(dsn) as connection:
        connection.execute(("TRUNCATE " + ", ".join(f'{VIEWS_SCHEMA}."{table}"' for table in tables)).encode())


def measured(given: argparse.Namespace) -> Section:
    """What was measured."""
    with TemporaryDirectory() as folder, host(given.database) as dsn, ExitStack() as stack:
        asked = Rebuilding(given, dsn, Path(folder), stack)
        for turn in range(given.rounds):
            progress(f"round {turn + 1} of {given.rounds}: {asked.facts:,} facts")
            asked.round(turn)
        server = settings_of(dsn)
    there = [way for way in WAYS if asked.rounds.has(way)]
    other = "left out here" if not given.emmett else missing() or installed_version()
    return Section(
        "Rebuilding all read models",
        [Table(["", *WAYS, *(f"ours / {peer}" for peer in WAYS[1:])], [asked.row()])],
        NOTES.format(
            facts=asked.facts, creators=given.creators, peer_facts=asked.peer_facts, tables=len(asked.tables), emmett=other, server=server,
            rounds=given.rounds, seed=given.seed, machine=machine()),
        list(asked.goals().values()),
        [Plot("rebuild", "Rebuilding all read models", "facts per second", there, {"facts per second": [asked.rounds.rate(way) for way in there]})])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = options(__doc__ or "", EXAMPLES, rounds=5)
    parser.add_argument("--creators", type=positive, default=5000, help="creators whose histories are projected (default: %(default)s)")
    parser.add_argument("--events-per-creator", type=positive, default=10, help="facts of an account on average (default: %(default)s)")
    parser.add_argument("--templates", type=positive, default=300, help="histories to play (default: %(default)s)")
    parser.add_argument("--peer-creators", type=positive, default=200, help="creators for the peers (default: %(default)s)")
    parser.add_argument("--peer-facts", type=positive, default=2000, help="facts for the peers, at most (default: %(default)s)")
    with_server(parser)
    run(parser, measured, arguments)


if __name__ == "__main__":
    main()
