"""How fast an account is told as it was at random moments, beside a raw select of all its rows with a typed decode of each."""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory

import psycopg

from application.replaying import Replays
from application.store import SNAPSHOT_EVERY
from application.store_files import connected
from application.wiring import CREATORS
from bench import load, load_postgres
from bench.figures import Goal, Section, Table, at_most, machine, options, outcome, positive, progress, run
from bench.rounds import Rounds
from bench.scene import Site, made_of, site
from bench.servers import host, new_database, settings_of
from domain.creator.replaying import AtVersion, Moment, When, replayed

EXAMPLES = """examples:
  python -m bench.replay
  python -m bench.replay --facts 1000 --rounds 5 --samples 100
"""

NOTES = """
The account has violations, notices and their expiries; {late:.0%} of the violations are recorded up to five days late. Moments are random: as of
a time and as known now or at another time, or a version.
limit:  the rows of all its facts selected, each decoded into the type of its event; nothing is folded
refold: all its facts read and folded, those that count at the moment
first:  the first replay of the account ever, which keeps its stages
cold:   a replay in a store just opened, connected before: nothing is in the process's memory
warm:   a replay in a store that replays all the time
SQLite and {server}. {samples} warm moments, {rounds} of all else, seed {seed}. {machine}"""

LATE = 0.1
MOST_MILLISECONDS = 50
PATHS = ("limit", "refold", "first", "cold", "warm")


class Measured:
    """One account in a database, and the time that its replays took."""

    def __init__(self, given: argparse.Namespace, name: str, folder: Path, dsn: str, stack: ExitStack) -> None:
        self.name, self.folder, self.dsn, self.given = name, folder, dsn, given
        self.rounds = Rounds(PATHS)
        made = stack.enter_context(site(folder, dsn))
        progress(f"an account of {given.facts:,} facts is made in {name}")
        self.id = made_of(made, given.facts, given.seed, LATE)
        self.site, self.version = made, made.log.load(self.id).version
        self.limit = stack.enter_context(self.raw())
        first, last = (made.log.facts(self.id, at - 1, at)[0].recorded_at for at in (1, self.version))
        self.first, self.span, self.random = first, last - first, Random(given.seed)  # noqa: S311  # moments, not secrets

    @contextmanager
    def raw(self) -> Iterator[Callable[[], object]]:
        """What selects and decodes all rows."""
        decoders = load.decoders()
        if self.dsn:
            with psycopg.connect(self.dsn, autocommit=True, prepare_threshold=0) as other:
                select = load_postgres.SELECT
                yield lambda: [decoders[name].decode(state) for name, state in other.execute(select, (self.id,), binary=True).fetchall()]
        else:
            with closing(connected(self.folder / "log.db")) as file:
                yield lambda: load.decoded(file, decoders, self.id)

    def moment(self) -> When:
        """Some moment of the account."""
        kind = self.random.randrange(3)
        if kind == 0:
            return AtVersion(self.random.randint(2, self.version))
        as_of, known_at = (self.first + self.random.random() * (self.span - timedelta(seconds=1)) for _ in range(2))
        return Moment(as_of, self.first + self.span if kind == 1 else max(as_of, known_at))

    def measure(self) -> None:
        """Replay it in each way."""
        for _ in range(self.given.rounds):
            when = self.moment()
            self.rounds.timed("limit", self.limit)
            self.rounds.timed("refold", lambda when=when: replayed(self.site.log.facts(self.id), when, self.site.library.catalogue()))  # type: ignore[misc]
            self.forget_stages()
            for way in ("first", "cold"):
                with site(self.folder, self.dsn) as opened:
                    replays = replays_of(opened)
                    self.rounds.timed(way, lambda when=when, replays=replays: replays.at(self.id, when))  # type: ignore[misc]
        replays = replays_of(self.site)
        for _ in range(self.given.samples):
            when = self.moment()
            self.rounds.timed("warm", lambda when=when: replays.at(self.id, when))  # type: ignore[misc]

    def forget_stages(self) -> None:
        """Let the account be as if it had never been replayed."""
        if self.dsn:
            with psycopg.connect(self.dsn, autocommit=True) as other:
                other.execute("DELETE FROM log.creators_stages")
        else:
            with closing(sqlite3.connect(self.folder / "log.db", isolation_level=None)) as file:
                file.execute("DELETE FROM creators_stages")

    def kept(self) -> tuple[int, int]:
        """How many stages there are, and how many bytes they take."""
        stages = self.site.log.stages
        versions = [stage.version for stage in stages.of(self.id)]
        return len(versions), sum(len(stages.state(self.id, version) or b"") for version in versions)

    def percentiles(self, way: str) -> tuple[float, float]:
        """The p50 and the p99 of a way, in milliseconds."""
        found = [seconds * 1000 for seconds in self.rounds.seconds[way]]
        cuts = quantiles(found, n=100, method="inclusive") if len(found) > 1 else found * 99
        return cuts[49], cuts[98]

    def goals(self) -> list[Goal]:
        """What is to be reached."""
        return [at_most(f"replay an account of {self.given.facts:,} facts at any moment ({self.name}), {way}, p50", self.percentiles(way)[0],
                        MOST_MILLISECONDS, " ms") for way in ("cold", "warm")]

    def row(self) -> list[str]:
        """What the table says of it."""
        told = [" / ".join(f"{milliseconds:.1f}" for milliseconds in self.percentiles(way)) for way in PATHS]
        count, size = self.kept()
        return [self.name, f"{self.version:,}", *told, f"{count}, {size / 2**20:.1f} MB", *map(outcome, self.goals())]


def replays_of(opened: Site) -> Replays:
    """The replays of a store, which is connected by then."""
    opened.log.last_position()
    return Replays(opened.store.logs(CREATORS), opened.library.catalogue, SNAPSHOT_EVERY)


def measured(given: argparse.Namespace) -> Section:
    """What was measured."""
    with TemporaryDirectory() as folder, host(given.database) as dsn, new_database(dsn) as database, ExitStack() as stack:
        both = [Measured(given, name, Path(folder) / name, where, stack) for name, where in (("SQLite", ""), ("PostgreSQL", database))]
        for one in both:
            progress(f"it is replayed in {one.name}")
            one.measure()
        server, rows = settings_of(dsn), [one.row() for one in both]
    return Section(
        "Replaying an account at any moment",
        [Table(["", "facts", *(f"{path}, ms p50 / p99" for path in PATHS), "stages", "cold", "warm"], rows)],
        NOTES.format(late=LATE, server=server, samples=given.samples, rounds=given.rounds, seed=given.seed, machine=machine()),
        [goal for one in both for goal in one.goals()])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = options(__doc__ or "", EXAMPLES, rounds=30)
    parser.add_argument("--facts", type=positive, default=10_000, help="the size of the account (default: 10000)")
    parser.add_argument("--samples", type=positive, default=300, help="how many moments are asked for (default: 300)")
    parser.add_argument("--database", help="an administrator's URL of the server to measure (default: a new one, fsync on)")
    run(parser, measured, arguments)


if __name__ == "__main__":
    main()
