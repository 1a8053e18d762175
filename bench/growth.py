"""How a deployment bears growth: point queries over HTTP, rebuild, disk and the server's memory, with ever more creators."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from application.settings import Settings
from application.wiring import CREATORS, System
from bench.deployment import Server, command, deployed, fill, free_bytes, serving, settings_in, sizes, tidied
from bench.figures import Goal, Plot, Section, Table, at_most, machine, numbers, options, outcome, positive, progress, run
from bench.servers import host, new_database, settings_of
from bench.stamping import CREATORS_AT_ONCE, Template, differing, external_id_of, stamp, templates
from domain.identity import creator_id

EXAMPLES = """examples:
  python -m bench.growth
  python -m bench.growth --creators 1000,10000 --samples 100
  python -m bench.growth --creators 10000,100000,1000000 --on postgresql,sqlite
"""

NOTES = """
Histories: {templates} accounts of the demo's year, played by the real rules until they have {events} facts on average, then stamped out
for each creator under other ids and mixed in time ({at_once} creators at a time); up to {checked} of them were loaded through the log and are,
ids apart, the played ones. Personal text in stamped copies was sealed for another stream and reads as erased. `fill` is COPY into the log
(INSERT on SQLite), stamping included, with the indexes in place; the rebuild is `governance rebuild`; the desk then opens and
closes its cases, and what has fallen due is settled, both by the real commands.
Queries: one caller, over HTTP and one connection, to `governance serve` as a user would run it; of random creators, {samples} of each kind,
kinds and sizes in turn, each size a deployment of its own. "nothing" reads nothing: what HTTP and GraphQL take alone. Memory is the
server's, after those queries and {registered} mutations. Disk is with indexes, after VACUUM.
{server}. Seed {seed}. {machine}"""

PAGE = "nodes { version sentence actor { kind } } pageInfo { endCursor hasNextPage }"
CREATOR = "externalId status health { score zone } restrictions { capability until }"
LISTED = "nodes { externalId status health { score zone } } pageInfo { endCursor hasNextPage }"
QUERIES = {
    "nothing": "{ __typename }",
    "creator by id": f"query ($id: ID!) {{ creator(id: $id) {{ {CREATOR} }} }}",
    "creator by external id": f"query ($externalId: String!) {{ creator(externalId: $externalId) {{ {CREATOR} }} }}",
    "its timeline, a page": f"query ($id: ID!) {{ creator(id: $id) {{ timeline(first: 20) {{ {PAGE} }} }} }}",
    "its violations, a page": "query ($id: ID!) { creator(id: $id) { violations(first: 20) { nodes { policy severity status points } } } }",
    "creators by score, a page": f"{{ creators(orderBy: {{field: SCORE}}, first: 20) {{ {LISTED} }} }}",
    "creators by score, the next page": f"query ($after: String) {{ creators(orderBy: {{field: SCORE}}, first: 20, after: $after) {{ {LISTED} }} }}",
    "the appeals desk, a page": "{ appealDesk(first: 20) { nodes { status dueAt policies creator { externalId } } } }",
}
READING = [name for name in QUERIES if name != "nothing"]
REGISTER = """mutation ($id: String!) { registerCreator(input: {
    externalId: $id, market: "US", accountType: PRIVATE, adult: true, idempotencyKey: $id}) { errors { code } } }"""
REGISTERED = 20
WARM = 20
GROWTH, MEMORY_MB, MEMORY_FROM = 1.3, 300, 1_000_000
BYTES_OF_A_FACT = 4_500  # on disk, while read models are built beside the old, with what PostgreSQL logs ahead
MB = 1_000_000


@dataclass
class Grown:
    """What was measured with that many creators."""

    creators: int
    facts: int = 0
    filled: float = 0
    rebuilt: float = 0
    settled: float = 0
    disk: tuple[int, int] = (0, 0)
    memory: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def middle(self, query: str) -> float:
        """The median of a query, in milliseconds."""
        return median(self.seconds[query]) * 1000

    def late(self, query: str) -> float:
        """The 99th percentile of a query, in milliseconds."""
        return quantiles(self.seconds[query], n=100, method="inclusive")[98] * 1000

    def row(self) -> list[str]:
        """What the table of sizes says."""
        log, views = (f"{size / MB:,.0f}" for size in self.disk)
        memory = [f"{self.memory[name] / MB:,.0f}" if name in self.memory else "–" for name in ("VmRSS", "VmHWM")]
        return [f"{self.creators:,}", f"{self.facts:,}", f"{self.facts / self.filled:,.0f}", f"{self.rebuilt:,.1f}",
                f"{self.facts / self.rebuilt:,.0f}", f"{self.settled:,.1f}", log, views, *memory]


SIZES = ["creators", "facts", "fill, facts/s", "rebuild, s", "facts/s", "desk and settling, s", "log, MB", "read models, MB", "serve, MB", "at most"]


def timed(work: Callable[[], Any]) -> float:
    """The seconds that it takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def grow(given: argparse.Namespace, settings: Settings, histories: Sequence[Template], creators: int) -> Grown:
    """Make a deployment with that many creators, and measure that."""
    found = Grown(creators)
    with deployed(settings.folder, database_of(settings), projecting=False) as system:
        refuse_without_room(system, creators * given.events_per_creator)
        progress(f"{creators:,} creators: stamping")
        found.filled = timed(lambda: fill(system, stamp(histories, range(creators), given.seed)))
        found.facts = system.store.log(CREATORS).last_position()
        check(given, system, histories, range(creators))
        tidied(system)
    progress(f"{creators:,} creators: rebuilding the read models of {found.facts:,} facts")
    found.rebuilt = timed(lambda: command(settings, "rebuild"))
    with deployed(settings.folder, database_of(settings)) as system:
        progress(f"{creators:,} creators: the desk and what has fallen due")
        found.settled = timed(lambda: settle(system))
        tidied(system)
        found.disk = sizes(system)
    return found


def settle(system: System) -> None:
    """Do what follows from the facts at the desk, and what time alone has brought."""
    system.projector.catch_up()
    system.desk.catch_up()
    system.settle()
    system.projector.catch_up()


def database_of(settings: Settings) -> str:
    """The DSN, "" for SQLite."""
    return settings.database.get_secret_value() if settings.database else ""


def refuse_without_room(system: System, facts: int) -> None:
    """Say before an hour's work that the disk is too small for it."""
    needed, free = facts * BYTES_OF_A_FACT, free_bytes(system.settings.folder)
    if needed > free:
        raise SystemExit(f"{facts:,} more facts may take {needed / MB:,.0f} MB, and {free / MB:,.0f} MB are free. "
                         f"Ask for fewer with --creators, or name another disk with --folder.")


def check(given: argparse.Namespace, system: System, histories: Sequence[Template], numbers: range) -> None:
    """Refuse to go on if stamped accounts are not what was played."""
    some = Random(given.seed).sample(numbers, min(2 * len(histories), len(numbers)))  # noqa: S311  # a choice, not a secret
    if wrong := differing(histories, system.store.log(CREATORS).load, some, given.seed):
        raise SystemExit(f"{len(wrong)} of {len(some)} stamped accounts are not what was played: creators {wrong[:5]}. Nothing is measured on them.")


def ask(given: argparse.Namespace, servers: Sequence[Server], grown: Sequence[Grown]) -> None:
    """Ask each kind of query of random creators, of all sizes in turn, so that a busy moment meets all of them."""
    random = Random(given.seed)  # noqa: S311  # a choice, not a secret
    ends = [server.ask(QUERIES["creators by score, a page"])["creators"]["pageInfo"]["endCursor"] for server in servers]
    for found in grown:
        found.seconds = {name: [] for name in QUERIES}
    for turn in range(-WARM, given.samples):
        if turn % 100 == 0:
            progress(f"query {turn} of {given.samples}")
        for name in QUERIES:
            for server, found, after in zip(servers, grown, ends, strict=True):
                seconds = asked(server, name, external_id_of(random.randrange(found.creators), given.seed), after)
                if turn >= 0:
                    found.seconds[name].append(seconds)


def asked(server: Server, name: str, external_id: str, after: str) -> float:
    """The seconds that one query takes."""
    known = {"id": str(creator_id(external_id)), "externalId": external_id, "after": after}
    variables = {key: value for key, value in known.items() if f"${key}" in QUERIES[name]}
    start = perf_counter()
    answer = server.ask(QUERIES[name], **variables)
    seconds = perf_counter() - start
    if None in answer.values():
        raise RuntimeError(f"{name} of {external_id} was answered with nothing.")
    return seconds


def write(server: Server, found: Grown) -> None:
    """Let the server record something, too, and see what memory it holds."""
    for number in range(REGISTERED):
        server.ask(REGISTER, "dev:SERVICE:ingest", id=f"registered-{number}")
    found.memory = server.memory()


def goals(where: str, grown: Sequence[Grown]) -> list[Goal]:
    """What is to be reached."""
    first, last = grown[0], grown[-1]
    beside = f"p50 with {last.creators:,} creators beside {first.creators:,} ({where})"
    told = [at_most(f"{name}: {beside}", last.middle(name) / first.middle(name), GROWTH) for name in READING] if len(grown) > 1 else []
    held = [at_most(f"memory of `serve` with {it.facts:,} facts ({where})", it.memory["VmRSS"] / MB, MEMORY_MB, " MB")
            for it in grown if it.memory and it.facts >= MEMORY_FROM]
    return told + held


def told(where: str, grown: Sequence[Grown]) -> tuple[list[Table], list[Goal], Plot]:
    """What one database's tables and picture say."""
    reached = goals(where, grown)
    first, last = grown[0], grown[-1]
    by_name = dict(zip(READING, reached, strict=False)) if len(grown) > 1 else {}
    rows = [[name, *(f"{it.middle(name):.2f} / {it.late(name):.2f}" for it in grown),
             outcome(by_name[name]) if name in by_name else f"{last.middle(name) / first.middle(name):.2f}"] for name in QUERIES]
    tables = [
        Table([f"query ({where}), p50 / p99 in ms", *(f"{it.creators:,} creators" for it in grown), "growth of p50"], rows),
        Table(SIZES, [it.row() for it in grown], f"Sizes ({where})")]
    plot = Plot(f"growth-{where.lower()}", f"Point queries over HTTP, {where}: p50", "milliseconds", [f"{it.creators}" for it in grown], {
        name: [it.middle(name) for it in grown] for name in QUERIES}, lines=True)
    return tables, reached, plot


def grown_on(given: argparse.Namespace, kind: str, histories: Sequence[Template], stack: ExitStack) -> tuple[list[Grown], str]:
    """Every size on one kind of database, each a deployment of its own; and that database's settings."""
    folder = Path(stack.enter_context(TemporaryDirectory()))
    dsn = stack.enter_context(host(given.database)) if kind == "postgresql" else ""
    made = [settings_in(folder / str(creators), stack.enter_context(new_database(dsn)) if dsn else "") for creators in given.creators]
    grown = [grow(given, settings, histories, creators) for settings, creators in zip(made, given.creators, strict=True)]
    with ExitStack() as running:
        servers = [running.enter_context(serving(settings)) for settings in made]
        ask(given, servers, grown)
        for server, found in zip(servers, grown, strict=True):
            write(server, found)
    return grown, settings_of(dsn) if dsn else "SQLite in WAL mode"


def measured(given: argparse.Namespace) -> Section:
    """What was measured."""
    histories = templates(given.templates, given.events_per_creator, given.seed, datetime.now(UTC).date())
    tables: list[Table] = []
    reached: list[Goal] = []
    plots: list[Plot] = []
    databases = []
    for kind in given.on:
        with ExitStack() as stack:
            grown, database = grown_on(given, kind, histories, stack)
        its_tables, its_goals, plot = told(NAMES[kind], grown)
        tables, reached, plots = tables + its_tables, reached + its_goals, [*plots, plot]
        databases.append(database)
    notes = NOTES.format(
        templates=len(histories), events=given.events_per_creator, at_once=f"{CREATORS_AT_ONCE:,}", checked=2 * len(histories), samples=given.samples,
        registered=REGISTERED, server="; ".join(databases), seed=given.seed, machine=machine())
    return Section("Growth", tables, notes, reached, plots)


NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


def kinds(text: str) -> list[str]:
    """Databases, with commas between them, as an option."""
    if wrong := [one for one in text.split(",") if one not in NAMES]:
        raise argparse.ArgumentTypeError(f"{', '.join(wrong)} is none of {', '.join(NAMES)}")
    return text.split(",")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = options(__doc__ or "", EXAMPLES, rounds=1)
    parser.add_argument("--creators", type=numbers, default=[10_000, 100_000], help="how many, the fewest first (default: 10000,100000)")
    parser.add_argument("--events-per-creator", type=positive, default=10, help="facts of an account on average (default: %(default)s)")
    parser.add_argument("--templates", type=positive, default=300, help="histories to play (default: %(default)s)")
    parser.add_argument("--samples", type=positive, default=500, help="queries of each kind (default: %(default)s)")
    parser.add_argument("--on", type=kinds, default=["postgresql"], help="postgresql, sqlite or both (default: postgresql)")
    parser.add_argument("--database", help="an administrator's URL of the server to measure (default: a new one, fsync on)")
    run(parser, measured, arguments)


if __name__ == "__main__":
    main()
