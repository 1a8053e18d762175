"""Between a fact and the bytes that are stored of it. Stored bytes are never encoded again."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from eventsourcing.persistence import Mapper, StoredEvent
from msgspec import inspect

from application.sealing import BrokenSeal, KeyStore
from application.search import Findable, findable
from domain.facts import Actor, Cause, Event, Fact, Personal

E = TypeVar("E", bound=Event)
Row = tuple[str, int, str, bytes, int]  # stream (hex), version, name, state, position

logger = logging.getLogger(__name__)


class UnreadableFact(Exception):
    """What is stored in a place of a log cannot be read as a fact."""


class UnknownEvent(UnreadableFact):
    """A stored fact has a name that this revision of the program does not know."""


class CorruptFact(UnreadableFact):
    """The bytes of a stored fact are not what its name promises."""


class Envelope(msgspec.Struct, Generic[E], omit_defaults=True, gc=False):
    """What is stored of a fact beside its place and its name."""

    event: E
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    cause: Cause | None = None
    request: str = ""


class _Place(threading.local):
    """The fact that this thread encodes or decodes: its personal texts are numbered in the order they stand in."""

    stream = UUID(int=0)
    fact = ""
    number = 0

    def begin(self, stream: UUID, version: int, name: str) -> None:
        self.stream, self.fact, self.number = stream, f"{version}:{name}", 0

    def next(self) -> str:
        self.number += 1
        return f"{self.fact}.{self.number}"


class FactMapper(Mapper[UUID]):
    """Encodes facts whose events are among `events` (class by name), with their personal text sealed by `keys`.

    Of personal text only the ciphertext is stored; where it was found is added as it is read ("{version}:{name}.{number}:{ciphertext}"),
    so that a ciphertext moved elsewhere does not open. Reading decrypts nothing.
    """

    def __init__(self, events: Mapping[str, type[Event]], keys: KeyStore) -> None:
        encoder = msgspec.json.Encoder(enc_hook=self._sealed)
        self._encode = encoder.encode
        self._decoders = {name: msgspec.json.Decoder(Envelope[event], dec_hook=self._found) for name, event in events.items()}  # type: ignore[valid-type]
        self._personal = frozenset(name for name, event in events.items() if holds_personal(event))
        self._events = dict(events)
        self._keys = keys
        self._place = _Place()

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        """The stored form of one fact."""
        return self.stored([domain_event])[0]

    def to_domain_event(self, stored_event: StoredEvent) -> Any:
        """The fact of a stored event; its position is not known here, and 0."""
        return self._fact(UUID(str(stored_event.originator_id)), stored_event.originator_version, stored_event.topic, stored_event.state, 0)

    def stored(self, facts: Sequence[Fact]) -> list[StoredEvent]:
        """The stored form of facts. The keys that they need, and the marks they are found by, are durable when this returns."""
        self._keys.ensure(
            {fact.stream for fact in facts if type(fact.event).__name__ in self._personal},
            findable(facts, lambda _, personal: personal.text))
        return list(map(self._stored, facts))

    def facts_from_rows(self, rows: Iterable[Row]) -> list[Fact]:
        """The facts of rows as the recorder reads them."""
        streams = _Streams()
        return [self._fact(streams[stream], version, name, state, position) for stream, version, name, state, position in rows]

    def findable_in(self, rows: Iterable[Row]) -> list[Findable]:
        """The texts in stored facts that creators are found by. A fact that cannot be read is left out: nobody could be shown it."""
        found: list[Findable] = []
        for row in rows:
            if row[2] in self._events and self._events[row[2]].searchable:
                try:
                    found += findable(self.facts_from_rows([row]), lambda stream, personal: self._keys.open(stream, personal.token))
                except (UnreadableFact, BrokenSeal):
                    logger.exception("Nobody can be found by fact %s of %s.", row[1], row[0])
        return found

    def _stored(self, fact: Fact) -> StoredEvent:
        name = type(fact.event).__name__
        if self._events.get(name) is not type(fact.event):
            raise UnknownEvent(f"{name} is not an event of this log: fact {fact.version} of {fact.stream}.")
        if fact.occurred_at.tzinfo is None or fact.recorded_at.tzinfo is None:
            raise ValueError(f"A time without a zone in {name}, fact {fact.version} of {fact.stream}.")
        self._place.begin(fact.stream, fact.version, name)
        envelope = Envelope(fact.event, fact.occurred_at, fact.recorded_at, fact.actor, fact.cause, fact.request)
        return StoredEvent(fact.stream, fact.version, name, self._encode(envelope))

    def _fact(self, stream: UUID, version: int, name: str, state: bytes, position: int) -> Fact:
        decoder = self._decoders.get(name)
        if decoder is None:
            raise UnknownEvent(f"Fact {version} of {stream} is named {name!r}, which this revision of the program does not know.")
        if name in self._personal:
            self._place.begin(stream, version, name)
        try:
            it = decoder.decode(state)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise CorruptFact(f"Fact {version} of {stream} is stored as {name}, but its bytes are none: {error}") from error
        return Fact(stream, version, it.event, it.occurred_at, it.recorded_at, it.actor, it.cause, it.request, position)

    def _sealed(self, value: object) -> str:
        if not isinstance(value, Personal):
            raise NotImplementedError(f"{type(value).__name__} cannot be stored.")
        place = self._place.next()
        if value.token:
            raise ValueError(f"Personal text that was read from the log cannot be recorded again: {place} of {self._place.stream}.")
        if not value.text:
            return ""
        stream = self._place.stream
        return self._keys.seal_apart(stream, value.apart, place, value.text) if value.apart else self._keys.seal(stream, place, value.text)

    def _found(self, kind: type, value: object) -> Personal:
        if kind is not Personal or not isinstance(value, str):
            raise NotImplementedError(f"{kind.__name__} cannot be read.")
        place = self._place.next()
        return Personal(token=f"{place}:{value}") if value else Personal()


class _Streams(dict[str, UUID]):
    """Stream ids by their hex, each parsed once."""

    def __missing__(self, text: str) -> UUID:
        found = self[text] = UUID(text)
        return found


@cache
def holds_personal(event: type[Event]) -> bool:
    """Whether personal text can stand anywhere in such an event."""
    waiting: list[object] = [inspect.type_info(event)]
    seen: set[int] = set()
    while waiting:
        info = waiting.pop()
        if isinstance(info, inspect.CustomType) and info.cls is Personal:
            return True
        if isinstance(info, tuple):
            waiting += info
        elif isinstance(info, inspect.Type | inspect.Field) and id(info) not in seen:
            seen.add(id(info))
            waiting += [getattr(info, name) for name in info.__struct_fields__]
    return False
