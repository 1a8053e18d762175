"""Whether a tree read from TOML has the shape of the pack's types: every fault at once, where `msgspec.convert` stops at the first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
from msgspec.inspect import BoolType, DateType, IntType, StrType, type_info

from domain.calendar import Duration
from domain.packs.model import Mark, Positive
from domain.packs.problems import Fault, Path, one_of, shown

HEARSAY = (
    'mark "O" with the official page, "S" with a secondary source, or "P" if the figure is ours: '
    "a figure known only from hearsay may not be presented as a platform's rule"
)


def shape_faults(node: Any, kind: Any, path: Path = (), *, whole: bool = False) -> Iterator[Fault]:
    """Everything in `node` that does not fit `kind`; keys that a lower layer may still give are missing only if `whole`."""
    kind = _without_none(kind)
    if _is_struct(kind):
        yield from _table_faults(node, kind, path, whole=whole)
    elif get_origin(kind) is dict:
        yield from _dict_faults(node, get_args(kind)[1], path, whole=whole)
    elif get_origin(kind) is tuple:
        yield from _array_faults(node, get_args(kind), path)
    else:
        yield from _leaf_faults(node, kind, path)


def missing_faults(node: Any, kind: Any, path: Path = ()) -> Iterator[Fault]:
    """Required keys that no layer gives. Arrays are left out: they come from one file, which was checked as a whole."""
    kind = _without_none(kind)
    if not isinstance(node, dict):
        return
    if _is_struct(kind):
        for name, inner, required in _fields(kind):
            if name in node:
                yield from missing_faults(node[name], inner, (*path, name))
            elif required:
                yield _missing(path, name, inner)
    elif get_origin(kind) is dict:
        for name, value in node.items():
            yield from missing_faults(value, get_args(kind)[1], (*path, name))


def _table_faults(node: Any, kind: type[msgspec.Struct], path: Path, *, whole: bool) -> Iterator[Fault]:
    if not isinstance(node, dict):
        yield Fault(path, shown(node), "a table")
        return
    fields = {name: (inner, required) for name, inner, required in _fields(kind)}
    for name, value in node.items():
        if name in fields:
            yield from shape_faults(value, fields[name][0], (*path, name), whole=whole)
        else:
            yield Fault((*path, name), "an unknown key", one_of(fields, name))
    if whole or kind is Duration:
        yield from (_missing(path, name, inner) for name, (inner, required) in fields.items() if required and name not in node)


def _dict_faults(node: Any, inner: Any, path: Path, *, whole: bool) -> Iterator[Fault]:
    if not isinstance(node, dict):
        yield Fault(path, shown(node), "a table")
        return
    for name, value in node.items():
        yield from shape_faults(value, inner, (*path, name), whole=whole)


def _array_faults(node: Any, kinds: tuple[Any, ...], path: Path) -> Iterator[Fault]:
    endless = kinds[-1] is Ellipsis
    if not isinstance(node, list) or not (endless or len(node) == len(kinds)):
        yield Fault(path, shown(node), "an array" if endless else f"an array of {len(kinds)}")
        return
    for index, value in enumerate(node):
        yield from shape_faults(value, kinds[0 if endless else index], (*path, index), whole=True)


def _leaf_faults(node: Any, kind: Any, path: Path) -> Iterator[Fault]:
    try:
        msgspec.convert(node, kind, builtin_types=(date,))
    except msgspec.ValidationError:
        hearsay = kind is Mark and node == "G"
        yield Fault(path, shown(node), HEARSAY if hearsay else _described(kind, node))


def _missing(path: Path, name: str, kind: Any) -> Fault:
    return Fault((*path, name), "nothing", _described(_without_none(kind), None))


def _described(kind: Any, found: object) -> str:
    """What fits a type, in words."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return one_of([str(member.value) for member in kind], found)
    if get_origin(kind) in (UnionType, Union):
        return " or ".join(_described(option, found) for option in get_args(kind))
    if get_origin(kind) is tuple:
        return "an array"
    if _is_struct(kind) or get_origin(kind) is dict:
        return "a table"
    return _described_value(kind)


def _described_value(kind: Any) -> str:
    match type_info(kind):
        case IntType(ge=least, le=most):
            bounds = (("of at least", least), ("of at most", most))
            return " ".join(["a whole number", *(f"{word} {bound}" for word, bound in bounds if bound is not None)])
        case StrType(min_length=int()):
            return "a text that is not empty"
        case BoolType():
            return "true or false"
        case DateType():
            return "a local date such as 2026-01-12, without quotes"
        case _:
            return "a text"


@cache
def fields_of(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The fields of a kind of struct. Its annotations are looked at once: that takes longer than all else that is done with a pack."""
    return msgspec.structs.fields(kind)


def _fields(kind: type[msgspec.Struct]) -> Iterator[tuple[str, Any, bool]]:
    """Name, type and whether it is required of each field; a duration in a pack is never zero or negative."""
    for field in fields_of(kind):
        stricter = kind is Duration and field.name == "value"
        yield field.name, Positive if stricter else field.type, field.required


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _without_none(kind: Any) -> Any:
    """An optional type's own type: TOML has no null."""
    if get_origin(kind) not in (UnionType, Union):
        return kind
    options = [option for option in get_args(kind) if option is not NoneType]
    return options[0] if len(options) == 1 else Union[tuple(options)]  # noqa: UP007 - made at run time
