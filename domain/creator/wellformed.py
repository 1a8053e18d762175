"""What a command names is never blank, and a digest is a digest.

What somebody wrote is `Personal`; every other text in a command, however deep, is a code, an id or a name that something has elsewhere. So
no field need be declared to be looked at, and none can be forgotten. Only commands are: history is read back as it was recorded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import msgspec

from domain.creator.grammar import Command
from domain.identity import Sha256
from domain.refusals import Refused

Look = Callable[[Any], None]

DIGEST = re.compile("[0-9a-f]{64}")


class TextBlank(Refused):
    """Something is named by nothing, or by spaces."""


class TextPadded(Refused):
    """A code, id or name has spaces around it, and would not be the same as without."""


class DigestMalformed(Refused):
    """What is given as a SHA-256 is none."""


def refuse_malformed(command: Command) -> None:
    """Refuse a command whose text names nothing, or whose digest is none."""
    at_fields(looks(type(command)), command)


@cache
def looks(kind: type[msgspec.Struct]) -> tuple[tuple[str, Look], ...]:
    """The fields of a struct that hold text, each with how it is looked at. What is empty or none if left out may be empty."""
    found = ((field.name, look_at(field.type, or_empty=field.default is None or field.default == "")) for field in msgspec.structs.fields(kind))
    return tuple((name, look) for name, look in found if look)


def look_at(kind: Any, *, or_empty: bool = False) -> Look | None:
    """How a value of that type is looked at; None: it holds no text."""
    kind = getattr(kind, "__supertype__", kind)
    if kind == Sha256:
        return refuse_no_digest
    if kind is str:
        return refuse_padded if or_empty else refuse_blank
    if get_origin(kind) in (Union, UnionType):
        (one,) = (it for it in get_args(kind) if it is not NoneType)
        look = look_at(one, or_empty=or_empty)
        return look and partial(if_given, look)
    if get_origin(kind) is tuple:
        look = look_at(get_args(kind)[0])
        return look and partial(at_each, look)
    fields = looks(kind) if isinstance(kind, type) and issubclass(kind, msgspec.Struct) else ()
    return partial(at_fields, fields) if fields else None


def if_given(look: Look, value: object) -> None:
    """Look at a value if there is one."""
    if value is not None:
        look(value)


def at_each(look: Look, values: tuple[object, ...]) -> None:
    """Look at each of several values."""
    index = 0
    try:
        for index, value in enumerate(values):  # noqa: B007  # told if it is refused
            look(value)
    except Refused as refusal:
        refusal.field = f"{index}.{refusal.field}".rstrip(".")
        raise


def at_fields(fields: tuple[tuple[str, Look], ...], value: object) -> None:
    """Look at the fields of a struct. The path to what is refused is put together on the way out: commands are seldom refused."""
    name = ""
    try:
        for name, look in fields:
            look(getattr(value, name))
    except Refused as refusal:
        refusal.field = f"{name}.{refusal.field}".rstrip(".")
        raise


def refuse_blank(text: str) -> None:
    """Refuse text that names nothing."""
    if not text:
        raise TextBlank("This is blank: give the code, id or name of what is meant.")
    refuse_padded(text)


def refuse_padded(text: str) -> None:
    """Refuse spaces around text, and text that is nothing else."""
    bare = text.strip()
    if text and not bare:
        raise TextBlank("This is nothing but spaces: give the code, id or name of what is meant.")
    if bare != text:
        raise TextPadded(f"{text!r} begins or ends with a space: give it without.")


def refuse_no_digest(text: str) -> None:
    """Refuse what is no SHA-256."""
    if not DIGEST.fullmatch(text):
        raise DigestMalformed(f"A SHA-256 is 64 hexadecimal digits in lower case; {text[:80]!r} is none.")
