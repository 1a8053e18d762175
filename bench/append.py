"""How fast facts are recorded, beside raw sqlite3 and the library's stock recorder, which insert the very same bytes in the same transactions."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import cycle, islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from application.governance import Answer, Request
from application.store_files import connected
from bench.figures import Goal, Plot, Section, Table, at_least, machine, options, outcome, positive, progress, run
from bench.rounds import Rounds
from bench.scene import Scene, Site, site
from domain.facts import Fact

EXAMPLES = """examples:
  python -m bench.append
  python -m bench.append --rounds 15 --folder /mnt/disk
  python -m bench.append --rounds 3 --batch 500
"""

NOTES = """
raw:   sqlite3 alone, on a copy of our tables: BEGIN IMMEDIATE, INSERT of the rows we wrote, COMMIT (WAL, synchronous=FULL)
stock: SQLiteApplicationRecorder.insert_events of the eventsourcing library with the same stored events (WAL, synchronous={synchronous})
Both peers are given encoded bytes; ours decides, seals and encodes. Raw inserts the rows of idempotency keys too, stock does not.
Medians of {rounds} rounds, seed {seed}; ratios are medians of each round's ratio. {machine}"""

PEERS = ("ours", "raw", "stock")
GOAL = 0.75
CREATORS = 50

Rows = list[tuple[Any, ...]]
Write = Callable[[Site, list[Request], list[Fact], int], list[int]]


@dataclass(frozen=True)
class Workload:
    """One way of recording.

    `write` takes a round's requests, the facts they lead to and the size of a batch; it gives the last position of each transaction.
    """

    name: str
    incidents: int
    batch: int
    write: Write
    goal: float | None = None


def append(site: Site, _: list[Request], facts: list[Fact], batch: int) -> list[int]:
    """Record ready facts."""
    parts = [facts[start:start + batch] for start in range(0, len(facts), batch)]
    return [site.log.append(part) + len(part) for part in parts]


def handle(site: Site, requests: list[Request], _: list[Fact], __: int) -> list[int]:
    """Handle commands one by one."""
    governance = site.governance
    return [governance.handle(it.command, by=it.by, key=it.key, at=it.at).position for it in requests]


def handle_all(site: Site, requests: list[Request], _: list[Fact], batch: int) -> list[int]:
    """Handle commands in batches."""
    answers = [site.governance.handle_all(requests[start:start + batch]) for start in range(0, len(requests), batch)]
    return [max(answer.position for answer in some if isinstance(answer, Answer)) for some in answers]


class Course:
    """A workload on a site of its own, with the peers that repeat what it writes, and the seconds that each took for a round's facts."""

    def __init__(self, workload: Workload, folder: Path, seed: int, stack: ExitStack) -> None:
        self.workload = workload
        self.site = stack.enter_context(site(folder))
        self.scene = Scene(self.site.library.catalogue(), seed)
        self.site.governance.handle_all([self.scene.register(f"creator-{number}") for number in range(CREATORS)])  # makes their keys
        self.position = self.site.log.last_position()
        self.raw = stack.enter_context(closing(connected(folder / "raw.db")))
        self.log = stack.enter_context(closing(connected(folder / "log.db")))
        for (schema,) in self.log.execute("SELECT sql FROM sqlite_master WHERE name IN ('creators', 'creators_requests')"):
            self.raw.execute(schema)
        self.datastore = SQLiteDatastore(str(folder / "stock.db"))
        stack.callback(self.datastore.close)
        self.stock = SQLiteApplicationRecorder(self.datastore)
        self.stock.create_table()
        self.rounds = Rounds(PEERS)

    def round(self, turn: int) -> None:
        """Measure one round: ours first, for the peers repeat its bytes; they change places from round to round."""
        before = {id: len(facts) for id, facts in self.scene.facts.items()}
        creators = islice(cycle(before), self.workload.incidents)
        requests = [request for id in creators for request in self.scene.incident(id)]
        facts = [fact for id, known in self.scene.facts.items() for fact in known[before[id]:]]
        ends: list[int] = []
        self.rounds.timed("ours", lambda: ends.extend(self.workload.write(self.site, requests, facts, self.workload.batch)))
        if ends[-1] - self.position != len(facts):
            raise RuntimeError(f"{len(facts)} facts were expected and {ends[-1] - self.position} written")
        transactions = [self._written(*span) for span in pairwise([self.position, *ends])]
        stored = [[StoredEvent(UUID(row[1]), *row[2:]) for row in rows] for rows, _ in transactions]
        peers = [("raw", lambda: self._insert_raw(transactions)), ("stock", lambda: self._insert_stock(stored))]
        for name, insert in peers if turn % 2 else peers[::-1]:
            self.rounds.timed(name, insert)
        self.rounds.amounts.append(len(facts))
        self.position = ends[-1]

    def goal(self) -> Goal | None:
        """What is to be reached, if anything is."""
        wanted = self.workload.goal
        return at_least(f"{self.workload.name} (SQLite), beside raw inserts", self.rounds.ratio("ours", "raw"), wanted) if wanted else None

    def row(self) -> list[str]:
        """What the table says of it."""
        goal = self.goal()
        return [self.workload.name, *(f"{self.rounds.rate(way):,.0f}" for way in PEERS),
                outcome(goal) if goal else f"{self.rounds.ratio('ours', 'raw'):.2f}", f"{self.rounds.ratio('ours', 'stock'):.2f}"]

    def _written(self, after: int, until: int) -> tuple[Rows, Rows]:
        """The rows of one transaction: of facts, and of requests."""
        where, span = "> ? AND {} <= ?", (after, until)
        facts = self.log.execute(f"SELECT * FROM creators WHERE rowid {where.format('rowid')}", span).fetchall()  # noqa: S608 - constants
        answered = self.log.execute(f"SELECT * FROM creators_requests WHERE position {where.format('position')}", span)  # noqa: S608
        return facts, answered.fetchall()

    def _insert_raw(self, transactions: Sequence[tuple[Rows, Rows]]) -> None:
        for facts, requests in transactions:
            self.raw.execute("BEGIN IMMEDIATE")
            self.raw.executemany("INSERT INTO creators VALUES (?, ?, ?, ?, ?)", facts)
            if requests:
                self.raw.executemany("INSERT INTO creators_requests VALUES (?, ?, ?, ?, ?, ?, ?)", requests)
            self.raw.execute("COMMIT")

    def _insert_stock(self, transactions: Sequence[Sequence[StoredEvent]]) -> None:
        for stored in transactions:
            self.stock.insert_events(stored)


def workloads(batch: int, incidents: int) -> tuple[Workload, ...]:
    """What is measured."""
    return (
        Workload("append, one fact a transaction", incidents, 1, append, GOAL),
        Workload(f"append, {batch} facts a transaction", 10 * incidents, batch, append),
        Workload("handle, one command a transaction", incidents, 1, handle),
        Workload(f"handle_all, {batch} commands a transaction", 10 * incidents, batch, handle_all))


def measured(given: argparse.Namespace) -> Section:
    """What was measured."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        asked = enumerate(workloads(given.batch, given.incidents))
        courses = [Course(workload, Path(folder) / str(number), given.seed, stack) for number, workload in asked]
        for turn in range(given.rounds):
            for course in courses:
                progress(f"round {turn + 1} of {given.rounds}: {course.workload.name}")
                course.round(turn)
        with courses[0].datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA synchronous")
            synchronous = ("OFF", "NORMAL", "FULL")[cursor.fetchone()[0]]
    names = [course.workload.name for course in courses]
    return Section(
        "Recording facts in SQLite",
        [Table(["facts per second", *PEERS, "ours / raw", "ours / stock"], [course.row() for course in courses])],
        NOTES.format(synchronous=synchronous, rounds=given.rounds, seed=given.seed, machine=machine()),
        [goal for course in courses if (goal := course.goal())],
        [Plot("append-sqlite", "Recording facts in SQLite", "facts per second", names, {
            way: [course.rounds.rate(way) for course in courses] for way in PEERS})])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = options(__doc__ or "", EXAMPLES, rounds=9)
    parser.add_argument("--batch", type=positive, default=100, help="commands, or facts, in one transaction (default: %(default)s)")
    parser.add_argument("--incidents", type=positive, default=25, help="incidents of a round; ten times as many in batches (default: %(default)s)")
    run(parser, measured, arguments)


if __name__ == "__main__":
    main()
