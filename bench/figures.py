"""How the benchmarks tell what they measured: on which machine, in tables, beside the goal, as text and for the report."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec

MEMORY = Path("/proc/meminfo")
PROCESSOR = Path("/proc/cpuinfo")


class Table(msgspec.Struct, frozen=True):
    """A table of figures, its rows under its head."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    title: str = ""


class Goal(msgspec.Struct, frozen=True):
    """What was to be reached, and what was."""

    what: str
    wanted: str
    measured: str
    met: bool


class Plot(msgspec.Struct, frozen=True):
    """A picture of figures: series of values over the same labels, as bars; as lines if the labels are numbers."""

    name: str
    title: str
    unit: str
    labels: Sequence[str]
    series: dict[str, Sequence[float]]
    lines: bool = False


class Section(msgspec.Struct, frozen=True):
    """What one benchmark tells: tables, goals, pictures, and notes that say what was done and how."""

    title: str
    tables: Sequence[Table]
    notes: str
    goals: Sequence[Goal] = ()
    plots: Sequence[Plot] = ()


def machine() -> str:
    """The machine and the versions that figures were measured on, in one line."""
    return (
        f"{processor()}, {os.cpu_count()} cores, {memory()}load {os.getloadavg()[0]:.1f}; {platform.system()} {platform.release()}; "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, msgspec {version('msgspec')}, "
        f"eventsourcing {version('eventsourcing')}, psycopg {version('psycopg')}")


def processor() -> str:
    """The processor's name."""
    lines = PROCESSOR.read_text().splitlines() if PROCESSOR.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def memory() -> str:
    """How much memory there is, where the system says so."""
    lines = MEMORY.read_text().splitlines() if MEMORY.exists() else []
    kilobytes = next((int(line.split()[1]) for line in lines if line.startswith("MemTotal")), 0)
    return f"{kilobytes / 2**20:.0f} GB of memory, " if kilobytes else ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, the first column to the left."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [[cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in enumerate(zip(row, widths, strict=True))]
             for row in (head, *rows)]
    rule = ["-" * width if column == 0 else "-" * (width - 1) + ":" for column, width in enumerate(widths)]
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))


def text(section: Section) -> str:
    """A section as Markdown, without its title and pictures."""
    tables = [f"{it.title}\n\n{table(it.head, it.rows)}" if it.title else table(it.head, it.rows) for it in section.tables]
    return "\n\n".join([*tables, section.notes.strip()])


def at_least(what: str, measured: float, goal: float) -> Goal:
    """A ratio that is to be that or more."""
    return Goal(what, f"≥ {goal:g}", f"{measured:.2f}", measured >= goal)


def at_most(what: str, measured: float, goal: float, unit: str = "") -> Goal:
    """A figure that is to be that or less."""
    return Goal(what, f"≤ {goal:g}{unit}", f"{measured:.2f}{unit}", measured <= goal)


def outcome(goal: Goal) -> str:
    """A goal in a cell: what was measured, what was wanted, and whether it was met."""
    return f"{goal.measured} ({goal.wanted} {'met' if goal.met else 'missed'})"


def progress(what: str) -> None:
    """Say on standard error what is being done; on a terminal in one line."""
    print(f"\r\033[K{what}" if sys.stderr.isatty() else what, end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)


def positive(text: str) -> int:
    """A number from 1, as an option."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


def numbers(text: str) -> list[int]:
    """Numbers from 1, with commas between them, as an option."""
    return [positive(one) for one in text.split(",")]


def options(description: str, examples: str, rounds: int) -> argparse.ArgumentParser:
    """A command line with the options that every benchmark has."""
    parser = argparse.ArgumentParser(description=description, epilog=examples, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=positive, default=rounds, help="how often each thing is measured; medians are told (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="which history is played (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="where to write, on the disk to be measured (default: the system's folder for temporary files)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser


def with_server(parser: argparse.ArgumentParser) -> None:
    """The options of a benchmark that needs PostgreSQL."""
    parser.add_argument("--database", help="an administrator's URL of the server to measure (default: a new one, fsync on)")
    parser.add_argument("--no-emmett", dest="emmett", action="store_false", help="leave Emmett out")


def run(parser: argparse.ArgumentParser, measured: Callable[[argparse.Namespace], Section], arguments: Sequence[str] | None) -> None:
    """Measure as the command line says, and print; the figures for the report go to a file."""
    given = parser.parse_args(arguments)
    if given.folder:
        tempfile.tempdir = str(given.folder)
    section = measured(given)
    progress("")
    print(text(section))
    if given.json:
        given.json.write_bytes(msgspec.json.encode(section))
