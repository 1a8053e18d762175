"""Who was shown personal data: a stream for each time that somebody was. It names accounts and fields, never what was read in them."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from domain.facts import Event, Fact
from domain.identity import CreatorId

# Events


class PersonalDataAccessed(Event, frozen=True, kw_only=True):
    """Somebody other than the creator was shown personal data of these accounts, of each of them the same `fields`.

    A field is named as whoever asked knows it ("Creator.handle"); `operation` is the root field that was asked, or the command;
    `request_id` the id that the answer carried ("": none).
    """

    creators: tuple[CreatorId, ...]
    fields: tuple[str, ...]
    operation: str
    request_id: str = ""


EVENTS: dict[str, type[Event]] = {PersonalDataAccessed.__name__: PersonalDataAccessed}

# State


class Accesses(msgspec.Struct):
    """What was shown at one time. `version` is the stream's, of its latest fact; nothing else is ever decided on it."""

    version: int = 0


def empty() -> Accesses:
    """Nothing was shown."""
    return Accesses()


# Evolve


def fold(accesses: Accesses, facts: Iterable[Fact]) -> Accesses:
    """The stream after more facts; the one given is not changed."""
    return Accesses(max((fact.version for fact in facts), default=accesses.version))
