"""What clients are given to hand back: global ids, cursors, positions. All are opaque to them, and decoded strictly here."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from api.errors import BadUserInput

Key = str | int | float | None
MOST_DIGITS = 18  # of a number that fits 64 bits


def packed(text: bytes) -> str:
    """Opaque text for those bytes."""
    return urlsafe_b64encode(text).decode().rstrip("=")


def unpacked(text: str) -> bytes | None:
    """The bytes that opaque text was made for; None if it was not made here."""
    try:
        found = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Error, ValueError):
        return None
    return found if packed(found) == text else None


def global_id(type_name: str, id: object) -> str:
    """The id of a thing among all things."""
    return packed(f"{type_name}:{id}".encode())


def thing_of(given: str) -> tuple[str, UUID] | None:
    """The type and own id that a global id was made of; None if it was not made here."""
    raw = unpacked(given)
    if raw is None or not raw.isascii():
        return None
    type_name, _, id = raw.decode().partition(":")
    uuid = uuid_of(id)
    return (type_name, uuid) if uuid else None


def id_of(given: str, *type_names: str) -> UUID | None:
    """The own id behind a global id of one of those types, or a plain UUID; None if it is neither."""
    if uuid := uuid_of(given):
        return uuid
    found = thing_of(given)
    return found[1] if found and found[0] in type_names else None


def uuid_of(text: str) -> UUID | None:
    """The UUID written in its usual form; None if it is none."""
    try:
        uuid = UUID(text)
    except ValueError:
        return None
    return uuid if str(uuid) == text else None


def cursor(order: str, key: tuple[Any, ...]) -> str:
    """Where an item stands in a list in that order."""
    return packed(msgspec.json.encode((order, *key)))


def place_of(given: str, order: str, types: tuple[type, ...]) -> tuple[Any, ...]:
    """The key that a cursor was made for. Raises BadUserInput if it was not made here, or for another order."""
    try:
        made_for, *key = msgspec.json.decode(unpacked(given) or b"")
        if made_for == order and len(key) == len(types):
            return tuple(datetime.fromisoformat(part) if kind is datetime else msgspec.convert(part, kind)
                         for part, kind in zip(key, types, strict=True))
    except (msgspec.MsgspecError, ValueError, TypeError):
        pass
    raise BadUserInput("The cursor was not given out for this list in this order; start without one.", argument="after")


def position_text(*come_to: tuple[int, int]) -> str:
    """How far logs, by their numbers, had come."""
    return packed(b":".join([b"position", *(b"%d:%d" % it for it in come_to)]))


def positions_of(given: str, argument: str) -> dict[int, int]:
    """The position of each log behind that text, given as that argument; BadUserInput if it was not given out here."""
    name, *numbers = (unpacked(given) or b"").split(b":")
    if name == b"position" and numbers and len(numbers) % 2 == 0 and all(it.isdigit() and len(it) <= MOST_DIGITS for it in numbers):
        return dict(zip(map(int, numbers[::2]), map(int, numbers[1::2]), strict=True))
    raise no_position(argument)


def no_position(argument: str) -> BadUserInput:
    """What is told of a position that was not given out here."""
    return BadUserInput("The position was not given out by this service.", argument=argument)
