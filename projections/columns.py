"""Kinds of columns: how an instant, an id and a document stand in a table, the same in every dialect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import DateTime, Dialect, LargeBinary, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from domain.facts import Personal

INSTANT_CHARACTERS = 27


class Instant(TypeDecorator[datetime]):
    """A time in UTC, to the microsecond: aware in Python; in SQLite text of one width ("2026-03-02T10:00:00.000000Z"), which sorts."""

    impl = String(INSTANT_CHARACTERS)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """PostgreSQL has a type for it."""
        return dialect.type_descriptor(DateTime(timezone=True) if dialect.name == "postgresql" else String(INSTANT_CHARACTERS))

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """To the database."""
        return None if dialect.name == "postgresql" else _instant_bound

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None or dialect.name != "postgresql":
            return None if value is None else datetime.fromisoformat(value)
        return value.astimezone(UTC)  # type: ignore[no-any-return]  # a driver's own value


def instant_text(at: datetime) -> str:
    """The text of an instant; a time that is not UTC is told in UTC."""
    at = at if at.tzinfo is UTC else at.astimezone(UTC)
    return at.isoformat(timespec="microseconds")[:-6] + "Z"


class Words(TypeDecorator[str]):
    """Text, sorted by code points in every dialect. PostgreSQL cannot hold the character NUL, which stands there as U+FFFD."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """PostgreSQL would sort by a language's rules."""
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """To the database."""
        return _without_nul if dialect.name == "postgresql" else None


class Document(TypeDecorator[Any]):
    """A value as JSON text: any that msgspec encodes, personal text as its ciphertext token. It is read as plain lists and dicts."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:  # noqa: ARG002
        """To the database."""
        return _document_bound

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """From the database."""
        return None if value is None else msgspec.json.decode(value)


class Packed(TypeDecorator[Any]):
    """A struct as MessagePack; it is read as that struct."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, struct: type[msgspec.Struct]) -> None:
        super().__init__()
        self.struct = struct
        self._decode: Callable[[bytes], Any] = msgspec.msgpack.Decoder(struct).decode

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """To the database."""
        return None if value is None else msgspec.msgpack.encode(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        """From the database."""
        return None if value is None else self._decode(value)


def _instant_bound(value: datetime | None) -> str | None:
    return None if value is None else instant_text(value)


def _without_nul(value: str | None) -> str | None:
    return value.replace("\0", "\ufffd") if value else value


def _document_bound(value: Any) -> str | None:
    return None if value is None else document_text(value)


def document_text(value: Any) -> str:
    """The JSON of a value."""
    return _encoder.encode(value).decode()


def token_of(text: Personal | None) -> str:
    """The ciphertext of personal text, "" where there is none. It is never opened here."""
    return text.token if text else ""


def _token(value: object) -> str:
    if isinstance(value, Personal):
        return value.token
    raise NotImplementedError(f"{type(value).__name__} cannot stand in a document.")


_encoder = msgspec.json.Encoder(enc_hook=_token)
