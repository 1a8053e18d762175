"""How long after its commit a fact can be read: one process records at a fixed rate, one projects, and one looks."""

from __future__ import annotations

import argparse
import multiprocessing
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import groupby
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import monotonic, sleep
from typing import NamedTuple

from application.settings import Settings
from application.wiring import CREATORS
from bench.deployment import LOOK_SECONDS, Looking, deployed, follow, settings_in
from bench.figures import Goal, Plot, Section, Table, at_most, machine, options, outcome, positive, progress, run
from bench.growth import NAMES, database_of, kinds
from bench.scene import Scene
from bench.servers import host, new_database, settings_of
from domain.facts import Fact

EXAMPLES = """examples:
  python -m bench.lag
  python -m bench.lag --rate 100 --seconds 2 --rounds 1
"""

NOTES = """
One process records the facts of one command at a time, decided before, in {callers} threads that begin at fixed times whether or not the
former ones are done (open loop); one keeps all read models of accounts up with the log; one looks how far the timeline has come, every
{look} ms. Lag is from the moment at which the caller was answered to the moment at which its last fact's row was seen; what was seen before
the caller had its answer counts as 0. {seconds} s a round, {rounds} rounds, all appends of all rounds together; seed {seed}.
{server}. {machine}"""

GOALS_MS = {"p50": 5.0, "p99": 50.0}
SPAWN = multiprocessing.get_context("spawn")
CALLERS = 8
PATIENCE_SECONDS = 120


class Written(NamedTuple):
    """One append: the position of its last fact, and when its caller was answered."""

    position: int
    answered: float


class Told(NamedTuple):
    """What one round showed: the lags in seconds, and how many facts a second were recorded."""

    lags: list[float]
    rate: float


def record(settings: Settings, creators: int, rate: int, seconds: int, seed: int, told: Connection) -> None:
    """What the process does that records: it decides, says that it is ready, hears when to begin, and tells of every append."""
    with deployed(settings.folder, database_of(settings), projecting=False) as system:
        scene = Scene(system.packs(), seed)
        system.governance.handle_all([scene.register(f"lag-{seed}-{number}") for number in range(creators)])
        parts = appends(scene, rate * seconds)
        told.send(system.store.log(CREATORS).last_position())
        begin = told.recv()
        append = system.store.log(CREATORS).append

        def caller(own: Sequence[tuple[float, list[Fact]]]) -> list[Written]:
            found = []
            for after, facts in own:
                sleep(max(0.0, begin + after - monotonic()))
                before = append(facts)
                found.append(Written(before + len(facts), monotonic()))
            return found

        with ThreadPoolExecutor(CALLERS) as threads:
            shares = [timed(parts[number::CALLERS], number, rate) for number in range(CALLERS)]
            written = [one for some in threads.map(caller, shares) for one in some]
        told.send((sorted(written), sum(len(part) for some in parts for part in some) / (monotonic() - begin)))


def appends(scene: Scene, count: int) -> list[list[list[Fact]]]:
    """What to record of each creator, in order: the facts of one command at a time."""
    before = {id: len(facts) for id, facts in scene.facts.items()}
    while sum(map(len, scene.facts.values())) - sum(before.values()) < count:
        for id in before:
            list(scene.incident(id))
    return [[list(part) for _, part in groupby(facts[before[id]:], key=lambda fact: fact.request)] for id, facts in scene.facts.items()]


def timed(creators: Sequence[Sequence[list[Fact]]], number: int, rate: int) -> list[tuple[float, list[Fact]]]:
    """What one caller records, of one creator after the other in turn, and how many seconds after the beginning."""
    own = [parts[turn] for turn in range(max(map(len, creators))) for parts in creators if turn < len(parts)]
    found, facts = [], 0
    for part in own:
        found.append(((facts * CALLERS + number) / rate, part))
        facts += len(part)
    return found


def project(settings: Settings, told: Connection) -> None:
    """What the process does that projects: it says that it is ready, and follows until it hears a word."""
    with deployed(settings.folder, database_of(settings), projecting=False) as system:
        stopped = Event()
        following = Thread(target=follow, args=(system, stopped))
        following.start()
        told.send("ready")
        told.recv()
        stopped.set()
        following.join()


def look(looking: Looking, until: Event, seen: list[tuple[int, float]]) -> None:
    """Note each position at which the timeline is seen, and when it was."""
    while not until.is_set():
        position = looking()
        if not seen or position > seen[-1][0]:
            seen.append((position, monotonic()))
        else:
            sleep(LOOK_SECONDS)


def round_of(settings: Settings, given: argparse.Namespace, seed: int) -> Told:
    """One round."""
    (mine, writers), (ours, followers) = SPAWN.Pipe(), SPAWN.Pipe()
    writing = SPAWN.Process(target=record, args=(settings, given.creators, given.rate, given.seconds, seed, writers), daemon=True)
    following = SPAWN.Process(target=project, args=(settings, followers), daemon=True)
    for process, end in ((writing, writers), (following, followers)):
        process.start()
        end.close()  # so that a process that dies is heard of
    start, _ = mine.recv(), ours.recv()
    looking, stopped = Looking(settings), Event()
    seen: list[tuple[int, float]] = []
    reading = Thread(target=look, args=(looking, stopped, seen))
    reading.start()
    until(lambda: bool(seen) and seen[-1][0] >= start)
    mine.send(monotonic() + 0.2)
    written, achieved = mine.recv()
    until(lambda: seen[-1][0] >= written[-1].position)
    stopped.set()
    ours.send("enough")
    for waiting in (reading, writing, following):
        waiting.join()
    looking.close()
    return Told(lags(written, seen), achieved)


def until(condition: object) -> None:
    """Wait until something is so."""
    end = monotonic() + PATIENCE_SECONDS
    while not condition():  # type: ignore[operator]
        if monotonic() > end:
            raise TimeoutError(f"The read models did not follow within {PATIENCE_SECONDS} seconds.")
        sleep(0.01)


def lags(written: Iterable[Written], seen: Sequence[tuple[int, float]]) -> list[float]:
    """For each append, the seconds from its answer to the first look that showed it."""
    positions = [position for position, _ in seen]
    return [max(0.0, seen[bisect_left(positions, one.position)][1] - one.answered) for one in written]


def figures(found: Sequence[Told]) -> dict[str, float]:
    """Milliseconds of lag over all rounds."""
    every = sorted(lag * 1000 for one in found for lag in one.lags)
    return {"p50": median(every), "p90": quantiles(every, n=10)[8], "p99": quantiles(every, n=100)[98], "worst": every[-1]}


def goals_of(where: str, rate: int, told: dict[str, float]) -> dict[str, Goal]:
    """What is to be reached."""
    return {name: at_most(f"lag from commit to visible row, {name}, under {rate:,} events/s ({where})", told[name], wanted, " ms")
            for name, wanted in GOALS_MS.items()}


def measured(given: argparse.Namespace) -> Section:
    """What was measured."""
    rows, servers = [], []
    goals: list[Goal] = []
    series: dict[str, Sequence[float]] = {}
    for kind in given.on:
        with TemporaryDirectory() as folder, ExitStack() as stack:
            dsn = stack.enter_context(host(given.database)) if kind == "postgresql" else ""
            settings = settings_in(Path(folder), stack.enter_context(new_database(dsn)) if dsn else "")
            found = []
            for turn in range(given.rounds):
                progress(f"round {turn + 1} of {given.rounds}: {NAMES[kind]}")
                found.append(round_of(settings, given, given.seed + turn))
            servers.append(settings_of(dsn) if dsn else "SQLite in WAL mode")
        told = figures(found)
        reached = goals_of(NAMES[kind], given.rate, told)
        rows.append([NAMES[kind], f"{median(one.rate for one in found):,.0f}",
                     *(outcome(reached[name]) if name in reached else f"{value:.2f} ms" for name, value in told.items())])
        goals += reached.values()
        series[NAMES[kind]] = list(told.values())
    notes = NOTES.format(
        callers=CALLERS, look=LOOK_SECONDS * 1000, seconds=given.seconds, rounds=given.rounds, seed=given.seed, server="; ".join(servers),
        machine=machine())
    return Section(
        "Lag from commit to visible row", [Table([f"{given.rate:,} events/s", "recorded/s", "p50", "p90", "p99", "worst"], rows)], notes, goals,
        [Plot("lag", f"Lag under {given.rate:,} events/s", "milliseconds", ["p50", "p90", "p99", "worst"], series)])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = options(__doc__ or "", EXAMPLES, rounds=3)
    parser.add_argument("--rate", type=positive, default=1000, help="events a second (default: %(default)s)")
    parser.add_argument("--seconds", type=positive, default=10, help="of each round (default: %(default)s)")
    parser.add_argument("--creators", type=positive, default=200, help="accounts that are written to, 8 or more (default: %(default)s)")
    parser.add_argument("--on", type=kinds, default=["postgresql", "sqlite"], help="postgresql, sqlite or both (default: postgresql,sqlite)")
    parser.add_argument("--database", help="an administrator's URL of the server to measure (default: a new one, fsync on)")
    run(parser, measured, arguments)


if __name__ == "__main__":
    main()
