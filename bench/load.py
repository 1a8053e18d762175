"""How fast an account is loaded from its facts, from a snapshot and again, beside a raw select of its rows with a typed decode of each."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import msgspec

from application.mapper import Envelope
from application.store_files import connected
from application.wiring import CREATORS
from bench.figures import machine, options, positive, progress, table
from bench.scene import Scene, site
from domain.facts import Personal
from domain.identity import CreatorId, creator_id

EXAMPLES = """examples:
  python bench/load.py
  python bench/load.py --facts 1000 20000 --rounds 5
"""

NOTES = """
limit:         sqlite3 alone selects the rows, msgspec decodes each into the type of its event; nothing is folded
from facts:    select, decode, fold, as at the first load of an account that has no snapshot; connected before, as the limit is
from snapshot: the first load in a store just opened, with the facts after the snapshot
again:         the next load in the same store, which looks for newer facts
stock:         the eventsourcing library's EventStore and its recorder's select_events on the same table, with our mapper, and the same fold
Medians of {rounds} rounds, interleaved, seed {seed}. {machine}"""

GOALS = {1000: 0.7}
SELECT = "SELECT topic, state FROM creators WHERE originator_id = ? ORDER BY originator_version"
PATHS = ("limit", "from facts", "from snapshot", "again", "stock")


class Measured:
    """One account of at least so many facts in a folder, made by real commands, and the seconds that each way of loading it took."""

    def __init__(self, folder: Path, facts: int, seed: int, stack: ExitStack) -> None:
        self.folder, self.facts = folder, facts
        self.seconds: dict[str, list[float]] = {path: [] for path in PATHS}
        self.id: CreatorId = creator_id("creator-1")
        made = stack.enter_context(site(folder))
        requests = Scene(made.library.catalogue(), seed).history("creator-1", facts)
        for start in range(0, len(requests), 100):
            made.governance.handle_all(requests[start:start + 100])
        self.log, self.version = made.log, made.log.load(self.id).version
        self.raw = stack.enter_context(closing(connected(folder / "log.db")))
        self.decoders: dict[str, msgspec.json.Decoder[Any]] = {
            name: msgspec.json.Decoder(Envelope[event], dec_hook=personal) for name, event in CREATORS.events.items()}  # type: ignore[valid-type]

    def round(self) -> None:
        """Load it once in each way."""
        self._timed("limit", lambda: decoded(self.raw, self.decoders, self.id))
        self._timed("from facts", lambda: CREATORS.fold(CREATORS.empty(), self.log.facts(self.id)))
        self._timed("stock", lambda: CREATORS.fold(CREATORS.empty(), list(self.log.events.get(self.id))))  # type: ignore[arg-type]
        with site(self.folder) as opened:
            log = opened.log
            log.last_position()  # so that no load has to connect
            self._timed("from snapshot", lambda: log.load(self.id))
            self._timed("again", lambda: log.load(self.id))

    def row(self) -> list[str]:
        """What the table says of it."""
        times = {path: median(seconds) * 1000 for path, seconds in self.seconds.items()}
        ratio = median(limit / ours for limit, ours in zip(self.seconds["limit"], self.seconds["from facts"], strict=True))
        goal = GOALS.get(self.facts)
        return [f"{self.version:,}", *(f"{time:.2f}" for time in times.values()), f"{ratio:.2f}",
                f"≥ {goal} {'met' if ratio >= goal else 'missed'}" if goal else "–"]

    def _timed(self, path: str, work: Callable[[], object]) -> None:
        gc.collect()
        start = perf_counter()
        work()
        self.seconds[path].append(perf_counter() - start)


def decoded(raw: sqlite3.Connection, decoders: dict[str, msgspec.json.Decoder[Any]], id: CreatorId) -> list[object]:
    """The rows of a stream, each as its type says."""
    return [decoders[name].decode(state) for name, state in raw.execute(SELECT, (id.hex,)).fetchall()]


def personal(_: type, token: object) -> Personal:
    """Personal text as it is read: its ciphertext."""
    return Personal(token=str(token))


def main() -> None:
    """Measure and print."""
    parser = options(__doc__ or "", EXAMPLES, rounds=15)
    parser.add_argument("--facts", type=positive, nargs="+", default=[1000, 5000], help="sizes of accounts (default: 1000 5000)")
    given = parser.parse_args()
    with TemporaryDirectory(dir=given.folder) as folder, ExitStack() as stack:
        accounts = []
        for facts in given.facts:
            progress(f"an account of {facts:,} facts is made")
            accounts.append(Measured(Path(folder) / str(facts), facts, given.seed, stack))
        for turn in range(given.rounds):
            progress(f"round {turn + 1} of {given.rounds}")
            for account in accounts:
                account.round()
    progress("")
    print(table(["facts", *(f"{path}, ms" for path in PATHS), "limit / from facts", "goal"], [account.row() for account in accounts]))
    print(NOTES.format(rounds=given.rounds, seed=given.seed, machine=machine()))


if __name__ == "__main__":
    main()
