"""The files of a dossier, taken out of a zip file that may come from anybody.

Nothing is unpacked to a disk; every length is bounded before anything of it is read; and what was written in another way than dossiers are is
refused.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import SEEK_END, BufferedReader
from struct import Struct
from typing import IO, TypeVar
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import msgspec

from domain.proof.dossier import ABOUT, FACTS, FILES, HEAD, PACK, PROOFS, StoredFact, written

MOST_FILES = 1000
MOST_DIRECTORY_BYTES = 1 << 20
MOST_PART_BYTES = 4 << 20  # of a line, a pack, or a head
MOST_LINES_BYTES = 2 << 30  # of all facts, or all proofs
END = Struct("<4s4H2IH")  # of a zip file: mark, four counts, bytes and place of the directory, bytes of a comment
ZIP64_END = 20
ENCRYPTED = 1
UNREADABLE = (BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError)

Kind = TypeVar("Kind", bound=msgspec.Struct)


class NoDossier(Exception):
    """The file is no dossier; the message says why."""


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is wrong, in words; if it is a fact, with its place: its position in the log, and its version in the account's history."""

    file: str
    message: str
    position: int | None = None
    version: int | None = None


def printable(text: str) -> str:
    """Text from a stranger as it may be shown: nothing in it steers a terminal."""
    return "".join(it if it.isprintable() else "?" for it in text[:200])


def opened(file: IO[bytes]) -> ZipFile:
    """The files of a dossier, whose directory is no longer than a dossier's can be; NoDossier if there are none."""
    size = file.seek(0, SEEK_END)
    file.seek(max(0, size - END.size - ZIP64_END))
    tail = file.read()
    if len(tail) < END.size or not tail[-END.size:].startswith(b"PK\5\6"):
        raise NoDossier("It is no zip file, or not the whole of it.")
    *_, directory, _, comment = END.unpack(tail[-END.size:])
    if tail.startswith(b"PK\6\7") or directory > MOST_DIRECTORY_BYTES or comment:
        raise NoDossier("It is a zip file, but none that a dossier could be.")
    try:
        archive = ZipFile(file)
    except UNREADABLE as error:
        raise NoDossier(f"It is no zip file that can be read: {printable(str(error))}.") from None
    if missing := [name for name in (ABOUT, FACTS, PROOFS, HEAD) if name not in archive.namelist()]:
        raise NoDossier(f"There is no {missing[0]} in it.")
    return archive


def content(archive: ZipFile, name: str) -> bytes:
    """The content of a file; ValueError if it cannot be read, or is too long."""
    try:
        with archive.open(name) as file:
            found = file.read(MOST_PART_BYTES + 1)
    except UNREADABLE as error:
        raise ValueError(f"It cannot be unpacked ({printable(str(error))}).") from None
    if len(found) > MOST_PART_BYTES:
        raise ValueError(f"It is longer than {MOST_PART_BYTES:,} bytes.")
    return found


def read(found: bytes, kind: type[Kind]) -> Kind:
    """What those bytes say; ValueError if they say it in another way than dossiers do."""
    try:
        part = msgspec.json.decode(found, type=kind)
        again = written(part.as_written() if isinstance(part, StoredFact) else part)
    except (ValueError, OverflowError, RecursionError) as error:  # msgspec's own errors among them
        raise ValueError(f"It cannot be read ({printable(str(error))}).") from None
    if again != found:
        raise ValueError("It is not written as a dossier is: somebody changed it.")
    return part


def lines(archive: ZipFile, name: str) -> Iterator[bytes]:
    """The lines of a file, one after the other; ValueError where it cannot be read on."""
    try:
        with BufferedReader(archive.open(name)) as file:  # type: ignore[type-var]  # typeshed has it no raw file, which it is enough of
            while line := file.readline(MOST_PART_BYTES + 1):
                if len(line) > MOST_PART_BYTES:
                    raise ValueError(f"A line of it is longer than {MOST_PART_BYTES:,} bytes.")
                yield line
    except UNREADABLE as error:
        raise ValueError(f"It cannot be unpacked to its end ({printable(str(error))}).") from None


def faults_of_archive(archive: ZipFile) -> Iterator[Fault]:
    """What is wrong with the files as such: nothing of them is read yet."""
    known: set[str] = set()
    for info in archive.infolist():
        name, shown = info.filename, printable(info.filename)
        if name in known:
            yield Fault(shown, "It is there twice.")
        if name not in FILES and not PACK.fullmatch(name):
            yield Fault(shown, "It does not belong in a dossier.")
        if info.flag_bits & ENCRYPTED or info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            yield Fault(shown, "It is packed in another way than a dossier's files are.")
        if info.file_size > MOST_LINES_BYTES:
            yield Fault(shown, "It is longer than a dossier's file can be.")
        known.add(name)
    if len(known) > MOST_FILES:
        yield Fault("", f"There are more than {MOST_FILES} files.")
