"""Columns as PostgreSQL takes them: arrays in its own binary form, which psycopg would make of lists in five times the time."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import Any
from uuid import UUID

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

HEAD = Struct(">iiiii").pack  # dimensions, whether there are nulls, type of the elements, how many, number of the first
LONG = Struct(">i").pack


class Array:
    """An array in its binary form."""

    __slots__ = ("data",)
    element: int

    def __init__(self, items: Iterable[bytes]) -> None:
        """Put elements in their binary form together. There is at least one."""
        parts = [part for item in items for part in (LONG(len(item)), item)]
        self.data = HEAD(1, 0, self.element, len(parts) // 2, 1) + b"".join(parts)


class Uuids(Array):
    """An uuid[]."""

    __slots__ = ()
    element = 2950

    def __init__(self, items: Iterable[UUID]) -> None:
        super().__init__(it.bytes for it in items)


class Integers(Array):
    """An integer[]."""

    __slots__ = ()
    element = 23

    def __init__(self, items: Iterable[int]) -> None:
        super().__init__(map(LONG, items))


class Texts(Array):
    """A text[]."""

    __slots__ = ()
    element = 25

    def __init__(self, items: Iterable[str]) -> None:
        super().__init__(it.encode() for it in items)


class Bytes(Array):
    """A bytea[]."""

    __slots__ = ()
    element = 17


class ArrayDumper(Dumper):
    """Hands an array over as it is."""

    format = Format.BINARY

    def dump(self, obj: Any) -> bytes:
        """Its binary form."""
        data: bytes = obj.data
        return data


KINDS = {Uuids: 2951, Integers: 1007, Texts: 1009, Bytes: 1001}  # the types of the arrays themselves


def takes_arrays(session: psycopg.Connection[Any]) -> None:
    """Let a session be given such arrays."""
    for kind, oid in KINDS.items():
        session.adapters.register_dumper(kind, type(f"{kind.__name__}Dumper", (ArrayDumper,), {"oid": oid}))
