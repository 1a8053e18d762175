"""Runs all benchmarks, one after the other, and writes what they tell: tables, goals met and missed, pictures, and what holds figures back."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec

from bench.figures import Section, machine, progress, table, text
from bench.pictures import draw

EXAMPLES = """examples:
  python -m bench.report
  python -m bench.report --quick --to /tmp/quick
  python -m bench.report --only append,load_postgres
  python -m bench.report --growth 10000,100000,1000000 --name 2027-01-large-server
"""

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "docs" / "benchmarks"
NOTES = "notes"  # beside the reports: {benchmark}.md, by hand, is put under the benchmark's figures


class Benchmark(NamedTuple):
    """One benchmark: its module's name, whether it needs PostgreSQL, and what it is given in a quick try."""

    name: str
    postgres: bool
    quick: tuple[str, ...]


BENCHMARKS = (
    Benchmark("append", False, ("--rounds", "1", "--batch", "20")),  # noqa: FBT003
    Benchmark("append_postgres", True, ("--rounds", "1", "--incidents", "1")),  # noqa: FBT003
    Benchmark("load", False, ("--rounds", "2", "--facts", "1000")),  # noqa: FBT003
    Benchmark("load_postgres", True, ("--rounds", "2", "--facts", "1000")),  # noqa: FBT003
    Benchmark("replay", True, ("--rounds", "2", "--facts", "1000", "--samples", "20")),  # noqa: FBT003
    Benchmark("rebuild", True, ("--rounds", "1", "--creators", "200", "--peer-creators", "20", "--templates", "40")),  # noqa: FBT003
    Benchmark("writing", True, ("--creators", "100", "--templates", "20", "--sizes", "1,10", "--rounds", "1")),  # noqa: FBT003
    Benchmark("proof", True, ("--rounds", "1", "--creators", "200", "--templates", "40", "--appends", "50")),  # noqa: FBT003
    Benchmark("lag", True, ("--rounds", "1", "--seconds", "2")),  # noqa: FBT003
    Benchmark("importing", True, ("--rounds", "1", "--lines", "500")),  # noqa: FBT003
    Benchmark("growth", True, ("--creators", "200,1000", "--samples", "50", "--templates", "40")),  # noqa: FBT003
)
HEAD = """# Benchmarks, {date}{quick}

{machine}

Written by `{command}`. Each figure stands beside its limit or its peer, measured in the same run; ratios are to be trusted, absolute
figures are this machine's.
"""
QUICK = "\n**A quick try on small sizes: it shows that the benchmarks run, and its figures mean nothing.**\n"


def asked(given: argparse.Namespace, benchmark: Benchmark) -> list[str]:
    """The options of a benchmark."""
    words = list(benchmark.quick) if given.quick else []
    if benchmark.name == "growth" and not given.quick:
        words += ["--creators", given.growth, "--on", given.growth_on]
    if benchmark.postgres and given.database:
        words += ["--database", given.database]
    return [*words, *(["--folder", str(given.folder)] if given.folder else [])]


def measured(given: argparse.Namespace, benchmark: Benchmark) -> Section | str:
    """What a benchmark tells, run in a process of its own; or why there is nothing."""
    if given.measured and (before := given.measured / f"{benchmark.name}.json").exists():
        return msgspec.json.decode(before.read_bytes(), type=Section)
    with TemporaryDirectory() as folder:
        told = Path(folder) / "section.json"
        words = [sys.executable, "-m", f"bench.{benchmark.name}", *asked(given, benchmark), "--json", str(told)]
        progress(f"bench.{benchmark.name}\n")
        done = subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)  # noqa: S603  # its progress is ours
        if done.returncode or not told.exists():
            return f"`python -m bench.{benchmark.name}` ended with {done.returncode}, and there are no figures."
        return msgspec.json.decode(told.read_bytes(), type=Section)


def goals(sections: Sequence[Section | str]) -> str:
    """All goals in one table."""
    every = [goal for section in sections if isinstance(section, Section) for goal in section.goals]
    rows = [[goal.what, goal.wanted, goal.measured, "met" if goal.met else "**missed**"] for goal in every]
    return table(["goal", "wanted", "measured", ""], rows) if rows else "No goal was measured."


def chapter(benchmark: Benchmark, section: Section | str, pictures: Path) -> str:
    """What the report says of one benchmark, its pictures drawn beside."""
    if isinstance(section, str):
        return f"## {benchmark.name}\n\n{section}\n"
    parts = [f"## {section.title}", fenced(text(section))]
    for plot in section.plots:
        try:
            draw(plot, pictures / f"{plot.name}.svg")
        except ModuleNotFoundError:
            progress("Pictures are left out: matplotlib is not installed (pip install --group bench).\n")
        else:
            parts.append(f"![{plot.title}]({pictures.name}/{plot.name}.svg)")
    by_hand = pictures.parent / NOTES / f"{benchmark.name}.md"
    if not by_hand.exists():
        by_hand = FOLDER / NOTES / f"{benchmark.name}.md"
    if by_hand.exists():
        parts.append(by_hand.read_text().strip())
    return "\n\n".join(parts) + "\n"


def fenced(told: str) -> str:
    """Tables as they are, and the notes under them as they were laid out."""
    parts = told.split("\n\n")
    return "\n\n".join([*parts[:-1], f"```text\n{parts[-1]}\n```"])


def write(given: argparse.Namespace, sections: Sequence[tuple[Benchmark, Section | str]]) -> Path:
    """Write the report, and give where it is."""
    folder: Path = given.to
    path, pictures = folder / f"{given.name}.md", folder / given.name
    pictures.mkdir(parents=True, exist_ok=True)
    head = HEAD.format(
        date=datetime.now(UTC).date(), machine=machine(), quick=" (quick)" if given.quick else "", command="python -m bench.report "
        + " ".join(given.words)).replace(" `.", "`.")
    parts = [head, *([QUICK] if given.quick else []), "## Goals\n", goals([section for _, section in sections]) + "\n"]
    path.write_text("\n".join([*parts, *(chapter(benchmark, section, pictures) for benchmark, section in sections)]))
    return path


def names(told: str) -> list[str]:
    """Benchmarks, with commas between them, as an option."""
    known = [it.name for it in BENCHMARKS]
    if wrong := [one for one in told.split(",") if one not in known]:
        raise argparse.ArgumentTypeError(f"{', '.join(wrong)}: there are {', '.join(known)}")
    return told.split(",")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes: to see that everything runs")
    parser.add_argument("--only", type=names, default=[it.name for it in BENCHMARKS], help="these benchmarks, with commas between (default: all)")
    parser.add_argument("--growth", default="10000,100000,1000000", help="how many creators it is measured with (default: %(default)s)")
    parser.add_argument("--growth-on", default="postgresql", help="postgresql, sqlite or both (default: %(default)s)")
    parser.add_argument("--database", help="an administrator's URL of the PostgreSQL server to measure (default: a new one, fsync on)")
    parser.add_argument("--folder", type=Path, help="where to work, on the disk to be measured (default: the system's folder for temporary files)")
    parser.add_argument(
        "--measured", type=Path, metavar="FOLDER", help="take the figures that lie there ({benchmark}.json, by its --json) as they are")
    parser.add_argument("--to", type=Path, default=FOLDER, help="where to write the report (default: docs/benchmarks)")
    parser.add_argument("--name", default=f"{date.today():%Y-%m-%d}", help="the report's name (default: %(default)s)")  # noqa: DTZ011  # whoever asks
    given = parser.parse_args(arguments)
    given.words = sys.argv[1:] if arguments is None else list(arguments)
    path = write(given, [(it, measured(given, it)) for it in BENCHMARKS if it.name in given.only])
    print(path)


if __name__ == "__main__":
    main()
