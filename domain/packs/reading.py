"""From pack files to packs: read, laid on one another, checked, and named by the hash of their content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from domain.identity import PackHash
from domain.packs.layers import Layer, chain, merged, origin, parsed
from domain.packs.model import Pack
from domain.packs.problems import Fault, PackFilesInvalid, Path, Problem, located
from domain.packs.sense import sense_faults
from domain.packs.shape import fields_of, missing_faults, shape_faults
from domain.packs.sources import Figure, figures, source_faults


class Resolved(msgspec.Struct, frozen=True):
    """A pack with all its layers laid on one another. `layers` are the files, lowest first; `figures` every number and its source."""

    pack: Pack
    hash: PackHash
    layers: tuple[str, ...]
    figures: tuple[Figure, ...]


def read_layers(files: Mapping[str, bytes]) -> tuple[Resolved, ...]:
    """Every pack that the files make, abstract ones only as layers, in the order of the files' names.

    `files` maps a file's name to its TOML. Raises PackFilesInvalid with every problem of every file; a part that cannot be read is
    left out of the checks across parts until it can.
    """
    layers, problems = parsed(files)
    for layer in layers:
        faults = [*shape_faults(layer.tree, Pack), *source_faults(layer.tree)]
        problems += [located(layer.file, fault) for fault in faults]
    unreadable = {problem.file for problem in problems}
    resolved = []
    for layer in layers:
        below, broken = chain(layer, layers)
        problems += broken
        if not layer.abstract and not broken:
            pack, found = _resolved(below, sound=unreadable.isdisjoint(each.file for each in below))
            problems += found
            resolved += pack
    if problems:
        raise PackFilesInvalid(sorted(dict.fromkeys(problems), key=lambda problem: problem.file))
    return tuple(sorted(resolved, key=lambda each: each.layers[-1]))


def canonical(pack: Pack) -> bytes:
    """The pack's content as JSON with sorted keys, without what is as it is by default: equal packs have equal bytes, also later on."""
    return msgspec.json.encode(_plain(pack), order="deterministic")


def content_hash(pack: Pack) -> PackHash:
    """The name of a pack's content: SHA-256 of its canonical form, in hexadecimal."""
    return PackHash(sha256(canonical(pack)).hexdigest())


def _resolved(layers: list[Layer], *, sound: bool) -> tuple[list[Resolved], list[Problem]]:
    """The pack that the layers make, lowest first, or what is wrong with it as a whole."""
    tree, origins = merged(layers)
    problems = _problems([*missing_faults(tree, Pack), *sense_faults(tree)], origins)
    if problems or not sound:
        return [], problems
    try:
        pack = msgspec.convert(tree, Pack)
    except msgspec.ValidationError as error:
        return [], [Problem(layers[-1].file, "", str(error), "a pack")]
    return [Resolved(pack, content_hash(pack), tuple(layer.file for layer in layers), figures(tree, origins))], []


def _problems(faults: Iterable[Fault], origins: Mapping[Path, str]) -> list[Problem]:
    return [located(origin(fault.path, origins), fault) for fault in faults]


def _plain(value: Any) -> Any:
    match value:
        case msgspec.Struct():
            return {field.name: _plain(given) for field in fields_of(type(value))
                    if (given := getattr(value, field.name)) != _default(field)}
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()


