"""Where the figures of a pack come from: none without a source, and for each one the file, the mark and the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from domain.packs.layers import is_duration, is_figure, origin, source_of
from domain.packs.problems import Fault, Path, Tree, one_of, shown, written


class Figure(msgspec.Struct, frozen=True):
    """A number, date or duration of a pack, as text, and where it comes from. `mark` is O, S or P."""

    key: str
    value: str
    file: str
    mark: str
    source: str
    note: str = ""


def source_faults(tree: Tree) -> Iterator[Fault]:
    """Tables of one file that hold figures and do not say, in the same file, where they come from."""
    for path, table in _tables(tree, ()):
        keys = [key for key, value in table.items() if is_figure(value)]
        if keys and "provenance" not in table:
            right = 'provenance = { mark = "O", "S" or "P", source = "…" } in the same table of the same file'
            yield Fault((*path, "provenance"), f"nothing, though the table holds {', '.join(keys)}", right)
        given = table.get("provenance")
        exceptions = given.get("but", {}) if isinstance(given, dict) else {}
        if isinstance(exceptions, dict):
            yield from (Fault((*path, "provenance", "but", key), "no figure of this table", one_of(keys, key))
                        for key in exceptions if key not in keys)


def figures(tree: Tree, origins: Mapping[Path, str]) -> tuple[Figure, ...]:
    """Every figure of a merged tree with its source, in the order of the file."""
    return tuple(
        _figure((*path, key), value, source_of(table, key) or {}, origins)
        for path, table in _tables(tree, ())
        for key, value in table.items()
        if is_figure(value)
    )


def _figure(path: Path, value: Any, source: Tree, origins: Mapping[Path, str]) -> Figure:
    marked = (str(source.get(key, "")) for key in ("mark", "source", "note"))
    return Figure(written(path), _text(value), origin(path, origins), *marked)


def _text(value: Any) -> str:
    if is_duration(value):
        return " ".join(str(value[key]).lower() for key in ("value", "unit") if key in value)
    return ", ".join(map(_text, value)) if isinstance(value, list) else shown(value)


def _tables(node: Any, path: Path) -> Iterator[tuple[Path, Tree]]:
    """Every table below `node` that may hold figures of its own, and itself unless it is the file."""
    if isinstance(node, list):
        for index, value in enumerate(node):
            yield from _tables(value, (*path, index))
    elif isinstance(node, dict) and not is_duration(node):
        if path:
            yield path, node
        for key, value in node.items():
            if key != "provenance":
                yield from _tables(value, (*path, key))
