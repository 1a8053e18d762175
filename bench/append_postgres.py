"""How fast facts are recorded in PostgreSQL by concurrent callers, beside one-row inserts of the same bytes, the library's recorder and Emmett."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from bench.emmett import Emmett, Happened, emmett, installed_version, missing
from bench.figures import Goal, Plot, Section, Table, at_least, machine, options, outcome, positive, progress, run, with_server
from bench.rounds import Rounds
from bench.scene import Scene, site
from bench.servers import host, new_database, settings_of
from domain.facts import Fact
from domain.identity import CreatorId

EXAMPLES = """examples:
  python -m bench.append_postgres
  python -m bench.append_postgres --rounds 15 --callers 64
  python -m bench.append_postgres --database postgresql://postgres@db.example/postgres
"""

NOTES = """
One fact a transaction, each caller with creators of its own. {server}.
raw:    each caller inserts the rows that we wrote, one a transaction, on a connection of its own, without position or conflict to look for
stock:  PostgresApplicationRecorder.insert_events of the eventsourcing library with the same stored events
Emmett: appendToStream with the expected version, one event a call, as many connections as callers; {emmett}
Raw and stock are given encoded bytes; ours seals and encodes, and Emmett is given the same JSON parsed, and encodes it.
Medians of {rounds} rounds, seed {seed}; ratios are medians of each round's ratio. {machine}"""

WAYS = ("ours", "raw", "stock", "Emmett")
GOALS = {1: {"raw": 0.75}, 32: {"stock": 10.0, "Emmett": 4.0}}

Parts = Sequence[Sequence[Any]]
Rows = list[list[tuple[Any, ...]]]


class Course:
    """One number of concurrent callers, with what each peer needs."""

    def __init__(self, dsn: str, folder: Path, callers: int, incidents: int, seed: int, stack: ExitStack, other: Emmett | None) -> None:
        self.callers, self.incidents, self.emmett = callers, incidents, other
        self.site = stack.enter_context(site(folder, dsn))
        self.scene = Scene(self.site.library.catalogue(), seed)
        self.site.governance.handle_all([self.scene.register(f"creator-{number}") for number in range(callers)])  # makes their keys
        self.position = self.site.log.last_position()
        self.threads = stack.enter_context(ThreadPoolExecutor(callers))
        self.pool = stack.enter_context(ConnectionPool(dsn, min_size=callers, max_size=callers, kwargs={"autocommit": True, "prepare_threshold": 0}))
        self.pool.wait()
        with self.pool.connection() as connection:
            connection.execute("CREATE TABLE raw (LIKE log.creators INCLUDING ALL)")
        self.stock = stock_recorder(dsn, callers, stack)
        self.rounds = Rounds(WAYS)
        self._filled()

    def round(self, turn: int) -> None:
        """Measure one round: ours first, for the peers repeat its bytes; they change places from round to round."""
        facts = [self._incidents(id) for id in list(self.scene.facts)]
        self._timed("ours", facts, lambda fact: self.site.log.append([fact]))
        rows = self._written(facts)
        stored = [[StoredEvent(row[1], row[2], row[3], row[4]) for row in part] for part in rows]
        peers: list[Callable[[], None]] = [
            lambda: self._timed("raw", rows, self._insert_raw),
            lambda: self._timed("stock", stored, lambda event: self.stock.insert_events([event])),
            lambda: self._append_to_emmett(rows)]
        for ask in (*peers[turn % 3:], *peers[:turn % 3]):
            ask()
        self.rounds.amounts.append(sum(map(len, facts)))

    @property
    def name(self) -> str:
        """What the table calls it."""
        return f"{self.callers} concurrent callers" if self.callers > 1 else "1 caller"

    def goals(self) -> dict[str, Goal]:
        """What is to be reached, by peer."""
        return {peer: at_least(f"append, {self.name} (PostgreSQL), beside {peer}", self.rounds.ratio("ours", peer), wanted)
                for peer, wanted in GOALS.get(self.callers, {}).items() if self.rounds.has(peer)}

    def row(self) -> list[str]:
        """What the table says of it."""
        goals = self.goals()
        return [self.name, *(f"{self.rounds.rate(way):,.0f}" if self.rounds.has(way) else "–" for way in WAYS),
                *(outcome(goals[peer]) if peer in goals else f"{self.rounds.ratio('ours', peer):.2f}" if self.rounds.has(peer) else "–"
                  for peer in WAYS[1:])]

    def _incidents(self, id: CreatorId) -> list[Fact]:
        before = len(self.scene.facts[id])
        for _ in range(self.incidents):
            list(self.scene.incident(id))
        return self.scene.facts[id][before:]

    def _timed(self, way: str, parts: Parts, work: Callable[[Any], object]) -> None:
        def caller(part: Sequence[Any]) -> None:
            for it in part:
                work(it)

        self.rounds.timed(way, lambda: list(self.threads.map(caller, parts)))

    def _append_to_emmett(self, rows: Rows) -> None:
        if self.emmett:
            self.rounds.took("Emmett", self.emmett.append([happened(part) for part in rows]))

    def _filled(self) -> None:
        """What stood in the streams before the first round stands in Emmett's, too: versions are to be the same."""
        if self.emmett:
            with self.pool.connection() as connection:
                self.emmett.fill(happened(connection.execute("SELECT * FROM log.creators ORDER BY position").fetchall()))

    def _written(self, facts: Sequence[Sequence[Fact]]) -> Rows:
        """The rows of those facts as we wrote them, by caller."""
        with self.pool.connection() as connection:
            rows = connection.execute("SELECT * FROM log.creators WHERE position > %s ORDER BY position", (self.position,)).fetchall()
        if len(rows) != sum(map(len, facts)):
            raise RuntimeError(f"{sum(map(len, facts))} facts were expected and {len(rows)} written")
        self.position = rows[-1][0]
        of: dict[UUID, list[tuple[Any, ...]]] = {}
        for row in rows:
            of.setdefault(row[1], []).append(row)
        return list(of.values())

    def _insert_raw(self, row: tuple[Any, ...]) -> None:
        with self.pool.connection() as connection:
            connection.execute("INSERT INTO raw VALUES (%b, %b, %b, %b, %b)", row)


def stock_recorder(dsn: str, callers: int, stack: ExitStack) -> PostgresApplicationRecorder:
    """The library's own recorder in that database, with as many connections as callers."""
    known = conninfo_to_dict(dsn)
    datastore = PostgresDatastore(
        str(known["dbname"]), str(known.get("host", "")), str(known.get("port", "5432")), str(known.get("user", "")),
        str(known.get("password", "")), pool_size=callers, max_overflow=callers)
    stack.callback(datastore.close)
    recorder = PostgresApplicationRecorder(datastore, events_table_name="stock")
    recorder.create_table()
    return recorder


def happened(rows: Sequence[tuple[Any, ...]]) -> list[Happened]:
    """Rows of the log as Emmett is given them."""
    return [Happened(str(row[1]), row[2], row[3], bytes(row[4]).decode()) for row in rows]


@contextmanager
def courses(given: argparse.Namespace, dsn: str, folder: Path) -> Iterator[list[Course]]:
    """One caller and many, each on a database of its own."""
    with ExitStack() as stack:
        made = []
        for callers, incidents in ((1, given.incidents * 3), (given.callers, given.incidents)):
            database = stack.enter_context(new_database(dsn))
            other = stack.enter_context(emmett(database, callers, wanted=given.emmett))
            made.append(Course(database, folder / str(callers), callers, incidents, given.seed, stack, other))
        yield made


def measured(given: argparse.Namespace) -> Section:
    """What was measured."""
    with TemporaryDirectory() as folder, host(given.database) as dsn, courses(given, dsn, Path(folder)) as asked:
        for turn in range(given.rounds + 1):
            for course in asked:
                progress(f"round {turn} of {given.rounds}: {course.callers} callers")
                course.round(turn)
                if turn == 0:  # it only warms up
                    course.rounds.forget()
        server = settings_of(dsn)
    names = [course.name for course in asked]
    there = [way for way in WAYS if asked[0].rounds.has(way)]
    other = "left out here" if not given.emmett else missing() or installed_version()
    return Section(
        "Recording facts in PostgreSQL",
        [Table(["facts per second", *WAYS, *(f"ours / {peer}" for peer in WAYS[1:])], [course.row() for course in asked])],
        NOTES.format(server=server, emmett=other, rounds=given.rounds, seed=given.seed, machine=machine()),
        [goal for course in asked for goal in course.goals().values()],
        [Plot("append-postgres", "Recording facts in PostgreSQL", "facts per second", names, {
            way: [course.rounds.rate(way) for course in asked] for way in there})])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = options(__doc__ or "", EXAMPLES, rounds=9)
    parser.add_argument("--callers", type=positive, default=32, help="concurrent callers (default: %(default)s)")
    parser.add_argument("--incidents", type=positive, default=4, help="incidents of each caller in a round (default: %(default)s)")
    with_server(parser)
    run(parser, measured, arguments)


if __name__ == "__main__":
    main()
