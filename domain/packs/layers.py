"""Pack files laid on one another: global, region, market; tables are merged, anything else is replaced whole by the later file.

A duration and a provenance are one figure and one source, not tables: they are replaced whole as well.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from domain.packs.problems import Fault, Path, Problem, Tree, located, one_of, shown

OWN_KEYS = ("abstract", "covers", "inherits")
DURATION_KEYS = {"value", "unit"}
MESSAGES = ".ftl"


class Layer(msgspec.Struct, frozen=True):
    """One file as it was read."""

    file: str
    tree: Tree

    def header(self, key: str) -> str:
        """A text of the file's header; empty where there is none."""
        header = self.tree.get("pack")
        value = header.get(key, "") if isinstance(header, dict) else ""
        return value if isinstance(value, str) else ""

    @property
    def name(self) -> tuple[str, str]:
        """Scheme and market, which name a file among the others."""
        return self.header("scheme"), self.header("market")

    @property
    def abstract(self) -> bool:
        """Whether the file is only there to lay others on."""
        header = self.tree.get("pack")
        return isinstance(header, dict) and header.get("abstract") is True


def parsed(files: Mapping[str, bytes]) -> tuple[list[Layer], list[Problem]]:
    """The files as trees, in the order of their names, and what is not TOML or stands for the same scheme and market twice.

    Files of messages (.ftl) are no trees: their texts are put where a tree names them.
    """
    messages = {name: content.decode(errors="replace") for name, content in files.items() if name.endswith(MESSAGES)}
    layers: dict[tuple[str, str], Layer] = {}
    unnamed: list[Layer] = []
    problems = []
    for file, content in sorted(files.items()):
        if file in messages:
            continue
        try:
            layer = Layer(file, tomllib.loads(content.decode()))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            problems.append(Problem(file, "", f"no TOML ({error})", "a file of TOML 1.0 in UTF-8"))
            continue
        problems += with_texts(layer, messages)
        if not all(layer.name):
            unnamed.append(layer)
        elif (earlier := layers.setdefault(layer.name, layer)) is not layer:
            found = f"{' '.join(layer.name)}, which is also {earlier.file}"
            problems.append(Problem(file, "pack.market", found, "one file for each scheme and market"))
    return [*layers.values(), *unnamed], problems


def with_texts(layer: Layer, messages: Mapping[str, str]) -> list[Problem]:
    """Put the messages into a layer in place of the names of their files; a problem for each that is not there."""
    statement = layer.tree.get("statement")
    texts = statement.get("texts") if isinstance(statement, dict) else None
    problems: list[Problem] = []
    if not isinstance(texts, dict):
        return problems
    for language, name in tuple(texts.items()):
        if name in messages:
            texts[language] = messages[name]
        elif isinstance(name, str) and name.endswith(MESSAGES):
            del texts[language]
            problems.append(located(layer.file, Fault(("statement", "texts", language), shown(name), one_of(messages, name))))
    return problems


def chain(layer: Layer, layers: list[Layer]) -> tuple[list[Layer], list[Problem]]:
    """The layer and all that it is laid on, lowest first; a problem where the one named does not exist or comes back to itself."""
    found = [layer]
    by_market = {other.name[1]: other for other in layers if other.name[0] == layer.name[0] and other.name[1]}
    while below := found[0].header("inherits"):
        if below not in by_market:
            fault = Fault(("pack", "inherits"), shown(below), one_of((m for m in by_market if m != found[0].name[1]), below))
            return found, [located(found[0].file, fault)]
        if by_market[below] in found:
            circle = " on ".join([*(each.name[1] for each in reversed(found)), below])
            fault = Fault(("pack", "inherits"), f"a circle: {circle}", "a market that does not inherit from this one")
            return found, [located(found[0].file, fault)]
        found.insert(0, by_market[below])
    return found, []


def merged(layers: list[Layer]) -> tuple[Tree, dict[Path, str]]:
    """The layers, lowest first, as one tree; and for each table and each value the file that wrote it last."""
    tree: Tree = {}
    origins: dict[Path, str] = {(): layers[-1].file}
    for layer in layers:
        header = tree.get("pack")
        below = {**tree, "pack": {k: v for k, v in header.items() if k not in OWN_KEYS}} if isinstance(header, dict) else tree
        tree = _laid(below, layer.tree)
        _note_origins(layer.tree, layer.file, (), origins)
    return tree, origins


def origin(path: Path, origins: Mapping[Path, str]) -> str:
    """The file that a path comes from: where it is nobody's, the file of the nearest table around it."""
    while path not in origins:
        path = path[:-1]
    return origins[path]


def is_duration(value: Any) -> bool:
    """Whether this is an inline table { value, unit }."""
    return isinstance(value, dict) and bool(value) and value.keys() <= DURATION_KEYS


def is_figure(value: Any) -> bool:
    """Whether this is a number, a date, a duration or an array with one of them."""
    if isinstance(value, list):
        return any(is_figure(each) for each in value if not isinstance(each, dict) or is_duration(each))
    return (isinstance(value, int | float | date) and not isinstance(value, bool)) or is_duration(value)


def source_of(table: Tree, key: str) -> Tree | None:
    """Where one figure of a table comes from, as it stands in the file."""
    given = table.get("provenance")
    if not isinstance(given, dict):
        return None
    exceptions = given.get("but")
    if isinstance(exceptions, dict) and isinstance(exceptions.get(key), dict):
        return dict(exceptions[key])
    return {name: value for name, value in given.items() if name != "but"}


def _laid(below: Tree, above: Tree) -> Tree:
    result = dict(below)
    for key, value in above.items():
        lower = result.get(key)
        result[key] = _laid(lower, value) if isinstance(lower, dict) and _is_merged(key, value) else value
    if isinstance(above.get("provenance"), dict) and (kept := _kept_sources(below, above)):
        given = above["provenance"].get("but")
        result["provenance"] = {**above["provenance"], "but": {**kept, **given} if isinstance(given, dict) else kept}
    return result


def _is_merged(key: str, value: Any) -> bool:
    """Whether this is a table that is merged, key by key, rather than replaced."""
    return isinstance(value, dict) and key != "provenance" and not is_duration(value)


def _kept_sources(below: Tree, above: Tree) -> dict[str, Tree]:
    """The sources of the lower table's figures that the upper one leaves as they are."""
    kept = [key for key, value in below.items() if is_figure(value) and key not in above]
    return {key: source for key in kept if (source := source_of(below, key)) is not None}


def _note_origins(tree: Tree, file: str, path: Path, origins: dict[Path, str]) -> None:
    for key, value in tree.items():
        origins[*path, key] = file
        if _is_merged(key, value):
            _note_origins(value, file, (*path, key), origins)
