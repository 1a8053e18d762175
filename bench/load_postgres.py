"""How fast an account is loaded from PostgreSQL, beside a raw select of its rows with a typed decode, Emmett and the library's own repository."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from application.wiring import CREATORS
from bench.append_postgres import happened
from bench.emmett import emmett, installed_version, missing
from bench.figures import Goal, Plot, Section, Table, at_least, machine, numbers, options, outcome, progress, run, with_server
from bench.load import decoders
from bench.rounds import Rounds
from bench.scene import made_of, site
from bench.servers import host, new_database, settings_of

EXAMPLES = """examples:
  python -m bench.load_postgres
  python -m bench.load_postgres --facts 1000,20000 --rounds 5 --no-emmett
"""

NOTES = """
limit:         psycopg alone selects the rows (binary, prepared), msgspec decodes each into the type of its event; nothing is folded
facts:         select and decode into facts with their place, actor and cause, as our log reads them; nothing is folded
from facts:    select, decode, fold into the whole account, as at the first load of one that has no snapshot
from snapshot: the first load in a store just opened, with the facts after the snapshot; connected before, as all here are
again:         the next load in the same store, which looks for newer facts
repository:    the eventsourcing library's EventStore and select_events on the same table, with our mapper, and the same fold
Emmett:        aggregateStream of the same events with a fold that only counts them; {emmett}
{server}. Medians of {rounds} rounds, interleaved, seed {seed}. {machine}"""

GOALS = {1000: {"limit": 0.7, "Emmett": 3.0}}
SELECT = b"SELECT name, state FROM log.creators WHERE stream = %b ORDER BY version"
PATHS = ("limit", "facts", "from facts", "from snapshot", "again", "repository", "Emmett")
PEERS = {"limit": "a raw select and typed decode", "repository": "the library’s repository", "Emmett": "Emmett"}


class Measured:
    """One account of at least so many facts, made by real commands in a database of its own, and the time that each way of loading it took."""

    def __init__(self, given: argparse.Namespace, dsn: str, folder: Path, facts: int, stack: ExitStack) -> None:
        self.dsn, self.folder, self.facts = stack.enter_context(new_database(dsn)), folder, facts
        self.rounds = Rounds(PATHS)
        made = stack.enter_context(site(folder, self.dsn))
        self.id = made_of(made, facts, given.seed)
        self.log, self.version = made.log, made.log.load(self.id).version
        self.raw = stack.enter_context(psycopg.connect(self.dsn, autocommit=True, prepare_threshold=0))
        self.decoders = decoders()
        self.emmett = stack.enter_context(emmett(self.dsn, wanted=given.emmett))
        if self.emmett:
            self.emmett.fill(happened(self.raw.execute("SELECT * FROM log.creators ORDER BY position").fetchall()))

    def round(self) -> None:
        """Load it once in each way."""
        self.rounds.timed("limit", self._decoded)
        self.rounds.timed("facts", lambda: self.log.facts(self.id))
        self.rounds.timed("from facts", lambda: CREATORS.fold(CREATORS.empty(), self.log.facts(self.id)))
        self.rounds.timed("repository", lambda: CREATORS.fold(CREATORS.empty(), list(self.log.events.get(self.id))))  # type: ignore[arg-type]
        with site(self.folder, self.dsn) as opened:
            log = opened.log
            log.last_position()  # so that no load has to connect
            self.rounds.timed("from snapshot", lambda: log.load(self.id))
            self.rounds.timed("again", lambda: log.load(self.id))
        if self.emmett:
            self.rounds.took("Emmett", self.emmett.load(str(self.id), self.version))

    def goals(self) -> dict[str, Goal]:
        """What is to be reached, by peer."""
        return {peer: at_least(
            f"load an account of {self.facts:,} facts (PostgreSQL), beside {PEERS[peer]}", self.rounds.ratio("from facts", peer), wanted)
            for peer, wanted in GOALS.get(self.facts, {}).items() if self.rounds.has(peer)}

    def row(self) -> list[str]:
        """What the table says of it."""
        goals = self.goals()
        return [f"{self.version:,}", *(f"{self.rounds.middle(path) * 1000:.2f}" if self.rounds.has(path) else "–" for path in PATHS),
                *(outcome(goals[peer]) if peer in goals else f"{self.rounds.ratio('from facts', peer):.2f}" if self.rounds.has(peer) else "–"
                  for peer in PEERS)]

    def _decoded(self) -> list[object]:
        rows: list[tuple[Any, ...]] = self.raw.execute(SELECT, (self.id,), binary=True).fetchall()
        return [self.decoders[name].decode(state) for name, state in rows]




def measured(given: argparse.Namespace) -> Section:
    """What was measured."""
    with TemporaryDirectory() as folder, host(given.database) as dsn, ExitStack() as stack:
        accounts = []
        for facts in given.facts:
            progress(f"an account of {facts:,} facts is made")
            accounts.append(Measured(given, dsn, Path(folder) / str(facts), facts, stack))
        for turn in range(given.rounds):
            progress(f"round {turn + 1} of {given.rounds}")
            for account in accounts:
                account.round()
        server = settings_of(dsn)
    there = [path for path in PATHS if accounts[0].rounds.has(path)]
    other = "left out here" if not given.emmett else missing() or installed_version()
    return Section(
        "Loading an account from PostgreSQL",
        [Table(["facts", *(f"{path}, ms" for path in PATHS), *(f"{peer} / from facts" for peer in PEERS)], [it.row() for it in accounts])],
        NOTES.format(server=server, emmett=other, rounds=given.rounds, seed=given.seed, machine=machine()),
        [goal for account in accounts for goal in account.goals().values()],
        [Plot("load-postgres", "Loading an account from PostgreSQL", "milliseconds", [f"{it.version:,} facts" for it in accounts], {
            path: [it.rounds.middle(path) * 1000 for it in accounts] for path in there})])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = options(__doc__ or "", EXAMPLES, rounds=15)
    parser.add_argument("--facts", type=numbers, default=[1000, 5000], help="sizes of accounts (default: 1000,5000)")
    with_server(parser)
    run(parser, measured, arguments)


if __name__ == "__main__":
    main()
