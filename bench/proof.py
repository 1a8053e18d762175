"""How fast the Merkle trees over the logs are built, what a head and a proof take, and what it costs whoever records meanwhile (nothing)."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import psycopg
from eventsourcing.persistence import StoredEvent

from application.proving.heads import Heads, heads_of
from application.store_files import connected
from application.wiring import System
from bench.deployment import LOG_TABLE, deployed, fill
from bench.figures import Goal, Plot, Section, Table, at_least, machine, options, outcome, positive, progress, run
from bench.rounds import Rounds
from bench.servers import host, new_database, settings_of
from bench.stamping import Stamped, stamp, templates
from domain.proof.merkle import inclusion_path, root_by_inclusion

EXAMPLES = """examples:
  python -m bench.proof
  python -m bench.proof --creators 100000 --rounds 3
"""

NOTES = """
{facts:,} facts of {creators:,} creators (histories of the demo's year under other ids).
tree:          the trees of all logs built anew, tiles written beside those in use and swapped in: read, hash, 256 hashes a tile, write
select:        the same rows read by the bare driver, which makes of them what it makes of rows
select, hash:  the same, and SHA-256 of the stored bytes of each
A head is taken over trees that have come as far as the logs: its roots, the signature, a line on disk. A proof is a path of hashes from one fact
to the root, and the check of it, for facts chosen by chance; tiles are read from the database each time.
Appends are single facts, each in a transaction that is flushed; followed: while a thread of the same process takes a head each second, as
`serve` does with GOVERNANCE_HEAD_EVERY=1. {server}.
Medians of {rounds} rounds, interleaved, seed {seed}; ratios are medians of each round's ratio. {machine}"""

BUILDING = ("tree", "select", "select, hash")
APPENDING = ("append", "append, followed")
PROVING = ("head", "proof")
GOAL, UNTOUCHED = 100_000, 0.95
CREATORS_LOG = "creators"
PROOFS = 100


class Proving:
    """A deployment on one kind of database, whose trees are built and asked."""

    def __init__(self, kind: str, given: argparse.Namespace, folder: Path, database: str, stack: ExitStack) -> None:
        self.kind, self.database, self.folder = kind, database, folder / kind
        self.random = Random(given.seed)  # noqa: S311  # which facts are proved
        self.system: System = stack.enter_context(deployed(self.folder, database, projecting=False))
        histories = templates(given.templates, given.events_per_creator, given.seed, datetime.now(UTC).date())
        self.facts = fill(self.system, stamp(histories, range(given.creators), given.seed))
        more = stamp(histories, range(given.creators, 2 * given.creators), given.seed)
        self.more: Iterator[Stamped] = (fact for part in more for fact in part)
        self.heads: Heads = heads_of(self.system)
        self.appends = given.appends
        self.rounds, self.others = Rounds(BUILDING), Rounds((*APPENDING, *PROVING))

    def round(self, turn: int) -> None:
        """Measure one round; who is first changes from round to round."""
        ways = {"tree": self.heads.trees.rebuild, "select": lambda: self._select(hashed=False), "select, hash": lambda: self._select(hashed=True)}
        for way in (*BUILDING[turn % 3:], *BUILDING[:turn % 3]):
            self.rounds.timed(way, ways[way])
        self.rounds.amounts.append(self.heads.trees.size(CREATORS_LOG))
        self.heads.trees.catch_up()
        self.others.timed("head", self.heads.take)
        self.others.timed("proof", self._prove)
        for way in APPENDING[::1 if turn % 2 else -1]:
            facts = [StoredEvent(*it) for it in islice(self.more, self.appends)]
            with followed(self.heads, really=way != "append"):
                self.others.timed(way, lambda facts=facts: self._append(facts))  # type: ignore[misc]

    def goals(self) -> list[Goal]:
        """What is to be reached."""
        rate, ratio = self.rounds.rate("tree"), self.others.ratio("append, followed", "append")
        return [Goal(f"build the Merkle trees ({self.kind}), facts per second", f"≥ {GOAL:,}", f"{rate:,.0f}", rate >= GOAL),
                at_least(f"append while a tree follows ({self.kind}), beside append alone", ratio, UNTOUCHED)]

    def row(self) -> list[str]:
        """What the table says of it."""
        build, append = self.goals()
        return [self.kind, *(f"{self.rounds.rate(way):,.0f}" for way in BUILDING), f"{self.rounds.ratio('tree', 'select'):.2f}",
                f"{self.rounds.ratio('tree', 'select, hash'):.2f}", f"{1000 * self.others.middle('head'):.1f}",
                f"{1000 * self.others.middle('proof') / PROOFS:.2f}", *(f"{self.appends / self.others.middle(way):,.0f}" for way in APPENDING),
                outcome(append), "met" if build.met else "missed"]

    def _select(self, *, hashed: bool) -> None:
        """Read all rows of the log of accounts, and hash what is stored."""
        with bare(self.folder, self.database) as rows:
            for row in rows:
                if hashed:
                    sha256(row[-1]).digest()

    def _prove(self) -> None:
        """Prove that some facts are in the tree."""
        trees = self.heads.trees
        size = trees.size(CREATORS_LOG)
        root = trees.root(CREATORS_LOG, size)
        for _ in range(PROOFS):
            index, subtree = self.random.randrange(size), trees.subtree(CREATORS_LOG)
            if root_by_inclusion(index, size, subtree(0, index), inclusion_path(index, size, subtree)) != root:
                raise RuntimeError(f"Fact {index + 1} cannot be proved.")

    def _append(self, facts: Sequence[StoredEvent]) -> None:
        recorder = self.heads.trees.recorder(CREATORS_LOG)
        for fact in facts:
            recorder.append([fact], ())


@contextmanager
def bare(folder: Path, database: str) -> Iterator[Iterator[tuple[Any, ...]]]:
    """The rows of the log of accounts in the order of positions, read by the driver alone."""
    if database:
        with psycopg.connect(database) as connection, connection.cursor("bare", binary=True) as cursor:
            cursor.itersize = 5000
            cursor.execute(f"SELECT position, stream::text, version, name, state FROM {LOG_TABLE} ORDER BY position".encode())  # noqa: S608
            yield cursor
        return
    with closing(connected(folder / "log.db")) as file, closing(file.cursor()) as rows:
        yield rows.execute("SELECT rowid, originator_id, originator_version, topic, state FROM creators ORDER BY rowid")


@contextmanager
def followed(heads: Heads, *, really: bool) -> Iterator[None]:
    """Meanwhile a thread takes a head each second, the first at once."""
    ended = Event()

    def follow() -> None:
        while not ended.is_set():
            heads.take()
            ended.wait(1)

    thread = Thread(target=follow)
    if really:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if really:
            thread.join()


def measured(given: argparse.Namespace) -> Section:
    """What was measured."""
    with TemporaryDirectory() as folder, host(given.database) as dsn, ExitStack() as stack:
        database = stack.enter_context(new_database(dsn))
        both = [Proving(kind, given, Path(folder), where, stack) for kind, where in (("SQLite", ""), ("PostgreSQL", database))]
        for turn in range(given.rounds):
            for one in both:
                progress(f"round {turn + 1} of {given.rounds}: {one.kind}, {one.facts:,} facts")
                one.round(turn)
        server = settings_of(dsn)
    head = ["facts per second", *BUILDING, "tree / select", "tree / select, hash", "head, ms", "proof, ms", *APPENDING, "followed / append",
            f"{GOAL:,} facts/s"]
    return Section(
        "Proving", [Table(head, [one.row() for one in both])],
        NOTES.format(facts=both[0].facts, creators=given.creators, server=server, rounds=given.rounds, seed=given.seed, machine=machine()),
        [goal for one in both for goal in one.goals()],
        [Plot("proof", "Building the Merkle trees", "facts per second", [one.kind for one in both], {
            way: [one.rounds.rate(way) for one in both] for way in BUILDING})])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = options(__doc__ or "", EXAMPLES, rounds=5)
    parser.add_argument("--creators", type=positive, default=20_000, help="creators whose facts are in the tree (default: %(default)s)")
    parser.add_argument("--events-per-creator", type=positive, default=10, help="facts of an account on average (default: %(default)s)")
    parser.add_argument("--templates", type=positive, default=300, help="histories to play (default: %(default)s)")
    parser.add_argument("--appends", type=positive, default=1000, help="facts appended each time (default: %(default)s)")
    parser.add_argument("--database", help="an administrator's URL of the server to measure (default: a new one, fsync on)")
    run(parser, measured, arguments)


if __name__ == "__main__":
    main()
