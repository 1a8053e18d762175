"""How fast facts are recorded in PostgreSQL by concurrent callers, beside the library's recorder and one-row inserts of the very same bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool

from bench.figures import machine, options, positive, progress, table
from bench.scene import Scene, site
from domain.facts import Fact
from domain.identity import CreatorId
from tests.postgres import database as new_database
from tests.postgres import server

EXAMPLES = """examples:
  python bench/append_postgres.py
  python bench/append_postgres.py --rounds 15 --callers 64
  python bench/append_postgres.py --database postgresql://postgres@db.example/postgres
"""

NOTES = """
One fact a transaction, each caller with creators of its own. fsync {fsync}, synchronous_commit {commit}, PostgreSQL {server}.
raw:   each caller inserts the rows that we wrote, one a transaction, on a connection of its own, without position or conflict to look for
stock: PostgresApplicationRecorder.insert_events of the eventsourcing library with the same stored events
Both peers are given encoded bytes; ours seals and encodes.
Medians of {rounds} rounds, seed {seed}; ratios are medians of each round's ratio. {machine}"""

GOALS = {1: {"raw": 0.75}, 32: {"stock": 10.0}}

Parts = Sequence[Sequence[Any]]


class Course:
    """One number of concurrent callers, with the seconds that each peer took for a round's facts."""

    def __init__(self, dsn: str, folder: Path, callers: int, incidents: int, seed: int, stack: ExitStack) -> None:
        self.callers, self.incidents = callers, incidents
        self.site = stack.enter_context(site(folder, dsn))
        self.scene = Scene(self.site.library.catalogue(), seed)
        self.site.governance.handle_all([self.scene.register(f"creator-{number}") for number in range(callers)])  # makes their keys
        self.position = self.site.log.last_position()
        self.threads = stack.enter_context(ThreadPoolExecutor(callers))
        self.pool = stack.enter_context(ConnectionPool(dsn, min_size=callers, max_size=callers, kwargs={"autocommit": True, "prepare_threshold": 0}))
        self.pool.wait()
        with self.pool.connection() as connection:
            connection.execute("CREATE TABLE raw (LIKE log.creators INCLUDING ALL)")
        known = conninfo_to_dict(dsn)
        self.datastore = PostgresDatastore(
            str(known["dbname"]), str(known.get("host", "")), str(known.get("port", "5432")), str(known.get("user", "")),
            str(known.get("password", "")), pool_size=callers, max_overflow=callers)
        stack.callback(self.datastore.close)
        self.stock = PostgresApplicationRecorder(self.datastore, events_table_name="stock")
        self.stock.create_table()
        self.facts: list[int] = []
        self.seconds: dict[str, list[float]] = {"ours": [], "raw": [], "stock": []}

    def round(self, turn: int) -> None:
        """Measure one round: ours first, for the peers repeat its bytes; they change places from round to round."""
        facts = [self._incidents(id) for id in list(self.scene.facts)]
        self._timed("ours", facts, lambda fact: self.site.log.append([fact]))
        rows = self._written(facts)
        stored = [[StoredEvent(row[1], row[2], row[3], row[4]) for row in part] for part in rows]
        peers: list[tuple[str, Parts, Callable[[Any], object]]] = [
            ("raw", rows, self._insert_raw), ("stock", stored, lambda event: self.stock.insert_events([event]))]
        for name, parts, insert in peers if turn % 2 else peers[::-1]:
            self._timed(name, parts, insert)
        self.facts.append(sum(map(len, facts)))

    def row(self) -> list[str]:
        """What the table says of it."""
        rates = {name: median(n / s for n, s in zip(self.facts, seconds, strict=True)) for name, seconds in self.seconds.items()}
        goals = GOALS.get(self.callers, {})
        return [f"{self.callers} concurrent callers" if self.callers > 1 else "1 caller", *(f"{rate:,.0f}" for rate in rates.values()),
                self._told("raw", goals.get("raw")), self._told("stock", goals.get("stock"))]

    def _told(self, peer: str, goal: float | None) -> str:
        ratio = median(theirs / ours for theirs, ours in zip(self.seconds[peer], self.seconds["ours"], strict=True))
        return f"{ratio:.2f}" if goal is None else f"{ratio:.2f} (≥ {goal:g} {'met' if ratio >= goal else 'missed'})"

    def _incidents(self, id: CreatorId) -> list[Fact]:
        before = len(self.scene.facts[id])
        for _ in range(self.incidents):
            list(self.scene.incident(id))
        return self.scene.facts[id][before:]

    def _timed(self, name: str, parts: Parts, work: Callable[[Any], object]) -> None:
        def caller(part: Sequence[Any]) -> None:
            for it in part:
                work(it)

        start = perf_counter()
        list(self.threads.map(caller, parts))
        self.seconds[name].append(perf_counter() - start)

    def _written(self, facts: Sequence[Sequence[Fact]]) -> list[list[tuple[Any, ...]]]:
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


@contextmanager
def courses(dsn: str | None, folder: Path, callers: int, seed: int) -> Iterator[list[Course]]:
    """One caller and many, each on a database of its own."""
    with ExitStack() as stack:
        host = stack.enter_context(nullcontext(dsn) if dsn else server("-c max_connections=300"))
        yield [
            Course(stack.enter_context(new_database(host)), folder / str(number), number, incidents, seed, stack)
            for number, incidents in ((1, 12), (callers, 4))]


def main() -> None:
    """Measure and print."""
    parser = options(__doc__ or "", EXAMPLES, rounds=9)
    parser.add_argument("--callers", type=positive, default=32, help="concurrent callers (default: %(default)s)")
    parser.add_argument("--database", help="an administrator's URL of the server to measure (default: a new one, fsync on)")
    given = parser.parse_args()
    with TemporaryDirectory(dir=given.folder) as folder, courses(given.database, Path(folder), given.callers, given.seed) as measured:
        for turn in range(given.rounds + 1):
            for course in measured:
                progress(f"round {turn} of {given.rounds}: {course.callers} callers")
                course.round(turn)
        for course in measured:  # the first round only warms up
            course.facts.pop(0)
            for seconds in course.seconds.values():
                seconds.pop(0)
        with measured[0].pool.connection() as connection:
            fsync, commit, version = (str(connection.execute(f"SHOW {name}".encode()).fetchone()[0])  # type: ignore[index]
                                      for name in ("fsync", "synchronous_commit", "server_version"))
        rows = [course.row() for course in measured]
    progress("")
    print(table(["facts per second", "ours", "raw", "stock", "ours / raw", "ours / stock"], rows))
    print(NOTES.format(fsync=fsync, commit=commit, server=version, rounds=given.rounds, seed=given.seed, machine=machine()))


if __name__ == "__main__":
    main()
