"""How fast an account is loaded from its facts, from a snapshot and again, beside a raw select of its rows with a typed decode of each."""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from application.mapper import Envelope
from application.store_files import connected
from application.wiring import CREATORS
from bench.figures import Goal, Plot, Section, Table, at_least, machine, numbers, options, outcome, progress, run
from bench.rounds import Rounds
from bench.scene import made_of, site
from domain.facts import Personal
from domain.identity import CreatorId

EXAMPLES = """examples:
  python -m bench.load
  python -m bench.load --facts 1000,20000 --rounds 5
"""

NOTES = """
limit:         sqlite3 alone selects the rows, msgspec decodes each into the type of its event; nothing is folded
facts:         select and decode into facts with their place, actor and cause, as our log reads them; nothing is folded
from facts:    select, decode, fold, as at the first load of an account that has no snapshot; connected before, as the limit is
from snapshot: the first load in a store just opened, with the facts after the snapshot
again:         the next load in the same store, which looks for newer facts
stock:         the eventsourcing library's EventStore and its recorder's select_events on the same table, with our mapper, and the same fold
Medians of {rounds} rounds, interleaved, seed {seed}. {machine}"""

GOALS = {1000: 0.7}
SELECT = "SELECT topic, state FROM creators WHERE originator_id = ? ORDER BY originator_version"
PATHS = ("limit", "facts", "from facts", "from snapshot", "again", "stock")


class Measured:
    """One account of at least so many facts in a folder, made by real commands, and the time that each way of loading it took."""

    def __init__(self, folder: Path, facts: int, seed: int, stack: ExitStack) -> None:
        self.folder, self.facts = folder, facts
        self.rounds = Rounds(PATHS)
        made = stack.enter_context(site(folder))
        self.id = made_of(made, facts, seed)
        self.log, self.version = made.log, made.log.load(self.id).version
        self.raw = stack.enter_context(closing(connected(folder / "log.db")))
        self.decoders = decoders()

    def round(self) -> None:
        """Load it once in each way."""
        self.rounds.timed("limit", lambda: decoded(self.raw, self.decoders, self.id))
        self.rounds.timed("facts", lambda: self.log.facts(self.id))
        self.rounds.timed("from facts", lambda: CREATORS.fold(CREATORS.empty(), self.log.facts(self.id)))
        self.rounds.timed("stock", lambda: CREATORS.fold(CREATORS.empty(), list(self.log.events.get(self.id))))  # type: ignore[arg-type]
        with site(self.folder) as opened:
            log = opened.log
            log.last_position()  # so that no load has to connect
            self.rounds.timed("from snapshot", lambda: log.load(self.id))
            self.rounds.timed("again", lambda: log.load(self.id))

    def goal(self) -> Goal | None:
        """What is to be reached, if anything is."""
        wanted = GOALS.get(self.facts)
        return at_least(
            f"load an account of {self.facts:,} facts (SQLite), beside a raw select and typed decode", self.rounds.ratio("from facts", "limit"),
            wanted) if wanted else None

    def row(self) -> list[str]:
        """What the table says of it."""
        goal = self.goal()
        return [f"{self.version:,}", *(f"{self.rounds.middle(path) * 1000:.2f}" for path in PATHS),
                outcome(goal) if goal else f"{self.rounds.ratio('from facts', 'limit'):.2f}"]


def decoders() -> dict[str, msgspec.json.Decoder[Any]]:
    """What decodes the bytes of each kind of event into its type."""
    return {name: msgspec.json.Decoder(Envelope[event], dec_hook=personal) for name, event in CREATORS.events.items()}  # type: ignore[valid-type]


def decoded(raw: sqlite3.Connection, decoders: dict[str, msgspec.json.Decoder[Any]], id: CreatorId) -> list[object]:
    """The rows of a stream, each as its type says."""
    return [decoders[name].decode(state) for name, state in raw.execute(SELECT, (id.hex,)).fetchall()]


def personal(_: type, token: object) -> Personal:
    """Personal text as it is read: its ciphertext."""
    return Personal(token=str(token))


def measured(given: argparse.Namespace) -> Section:
    """What was measured."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        accounts = []
        for facts in given.facts:
            progress(f"an account of {facts:,} facts is made")
            accounts.append(Measured(Path(folder) / str(facts), facts, given.seed, stack))
        for turn in range(given.rounds):
            progress(f"round {turn + 1} of {given.rounds}")
            for account in accounts:
                account.round()
    return Section(
        "Loading an account from SQLite",
        [Table(["facts", *(f"{path}, ms" for path in PATHS), "limit / from facts"], [account.row() for account in accounts])],
        NOTES.format(rounds=given.rounds, seed=given.seed, machine=machine()),
        [goal for account in accounts if (goal := account.goal())],
        [Plot("load-sqlite", "Loading an account from SQLite", "milliseconds", [f"{account.version:,} facts" for account in accounts], {
            path: [account.rounds.middle(path) * 1000 for account in accounts] for path in PATHS})])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = options(__doc__ or "", EXAMPLES, rounds=15)
    parser.add_argument("--facts", type=numbers, default=[1000, 5000], help="sizes of accounts (default: 1000,5000)")
    run(parser, measured, arguments)


if __name__ == "__main__":
    main()
