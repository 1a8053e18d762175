"""What is wrong with pack files, said so that the writer can repair all of it in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

import msgspec

from domain.refusals import Refused

Path = tuple[str | int, ...]
Tree = dict[str, Any]


class Fault(msgspec.Struct, frozen=True):
    """Something wrong at a place, whichever file it comes from: what was found there and what would be right."""

    path: Path
    found: str
    right: str


class Problem(msgspec.Struct, frozen=True):
    """A fault in a file. `key` is written like `counters.score.thresholds[2].at`, array elements counted from 0."""

    file: str
    key: str
    found: str
    right: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}" if self.key else self.file
        return f"{place}: found {self.found}; right would be {self.right}"


class PackFilesInvalid(Refused):
    """Pack files that cannot be used; `problems` are all that were found, in the order of the files' names."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join([f"{len(self.problems)} problem(s) in pack files:", *map(str, self.problems)]))


def located(file: str, fault: Fault) -> Problem:
    """The fault as a problem of that file."""
    return Problem(file, written(fault.path), fault.found, fault.right)


def written(path: Path) -> str:
    """A path as people write it."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def shown(value: object) -> str:
    """A value as it stands in a file, tables and arrays by name."""
    match value:
        case Mapping():
            return "a table"
        case list():
            return "an array"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value}"'
        case date():
            return value.isoformat()
        case _:
            return str(value)


def one_of(known: Iterable[str], found: object) -> str:
    """The allowed names, the nearest to what was found first."""
    names = list(known)
    nearest = get_close_matches(str(found).upper(), [name.upper() for name in names], 1, 0.6)
    listed = f"one of {', '.join(names)}" if names else "none: no such name is defined"
    return next((f'"{name}" ({listed})' for name in names if [name.upper()] == nearest), listed)
