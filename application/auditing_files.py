"""Records of the audit log as files: JSON Lines, CSV and Parquet. A file is whole, or it is not there."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Any, Protocol
from uuid import UUID

import msgspec
import pyarrow as pa
from pyarrow import parquet

from application.auditing import COLUMNS, Format, Record
from projections.columns import instant_text

ROW_GROUP = 10_000
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for the beginning of a formula, as OWASP lists it
KINDS = {str: pa.string(), UUID: pa.string(), int: pa.int64(), datetime: pa.timestamp("us", tz="UTC"), list: pa.list_(pa.string()), dict: pa.string()}
SCHEMA = pa.schema([pa.field(name, KINDS[kind]) for name, kind in COLUMNS.items()])


class Writer(Protocol):
    """Writes records to a file."""

    def write(self, records: list[Record]) -> None:
        """Write some more."""

    def end(self) -> None:
        """Write what is left."""


class JsonLines:
    """An object a line; times as ISO 8601 in UTC."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, records: list[Record]) -> None:
        """Write some more."""
        self._file.write(msgspec.json.Encoder().encode_lines(records))

    def end(self) -> None:
        """Nothing is left."""


class Csv:
    """A header and a row each, as RFC 4180 has it; documents as JSON.

    A text that a spreadsheet would take for a formula has an apostrophe before it, for some of them are anybody's words.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = TextIOWrapper(file, encoding="utf-8", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(COLUMNS)

    def write(self, records: list[Record]) -> None:
        """Write some more."""
        self._rows.writerows([cell(value) for value in record.values()] for record in records)

    def end(self) -> None:
        """Let go of the file, which is not ours to close."""
        self._file.detach()


class Parquet:
    """Columns with types of their own, in groups of rows; documents as JSON, times in microseconds of UTC."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = parquet.ParquetWriter(file, SCHEMA, compression="zstd")
        self._waiting: list[Record] = []

    def write(self, records: list[Record]) -> None:
        """Write some more, once a group is full."""
        self._waiting += [{name: plain(value) for name, value in record.items()} for record in records]
        while len(self._waiting) >= ROW_GROUP:
            self._put(ROW_GROUP)

    def end(self) -> None:
        """Write what is left."""
        try:
            if self._waiting:
                self._put(len(self._waiting))
        finally:
            self._file.close()

    def _put(self, count: int) -> None:
        some, self._waiting = self._waiting[:count], self._waiting[count:]
        self._file.write_table(pa.Table.from_pylist(some, SCHEMA))


WRITERS: dict[Format, Callable[[IO[bytes]], Writer]] = {Format.JSONL: JsonLines, Format.CSV: Csv, Format.PARQUET: Parquet}


@contextmanager
def writing(file: Path, kind: Format) -> Iterator[Writer]:
    """What writes a file beside the one of that name, which it takes the place of at the end; of one that fails nothing is left."""
    beside = file.with_name(f"{file.name}.part")
    try:
        with beside.open("wb") as part:
            writer = WRITERS[kind](part)
            try:
                yield writer
            finally:
                writer.end()  # also of a file that is to go: pyarrow would end it later, when it is closed
        beside.replace(file)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def cell(value: Any) -> object:
    """A value as a cell of CSV."""
    match value:
        case None:
            return ""
        case datetime():
            return instant_text(value)
        case list():
            return safe(" ".join(value))
        case dict():
            return msgspec.json.encode(value).decode()
        case str():
            return safe(value)
        case _:
            return value


def safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def plain(value: Any) -> Any:
    """A value as Parquet takes it."""
    match value:
        case UUID():
            return str(value)
        case dict():
            return msgspec.json.encode(value).decode()
        case _:
            return value
