"""Personal text is sealed under its creator's own key; who destroys the key has erased the text wherever a copy of it lies.

The keys are in a file of their own, which belongs in no dump of the log, each wrapped under one master key. Beside a creator's key are the
marks of what the creator is found by, and the keys of evidence that is kept for a time, erased with it. What marks and fingerprints are made
with are keys of their own, wrapped like the others, so that another master key changes none of them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.application import LRUCache

from application.master import CHECK, CHECK_NAME, KEY_BYTES, NONCE_BYTES, MasterKey, WrongMasterKey, newest, refusal, wrapped_anew
from application.search import Findable, comparable
from application.store_files import BUSY_SECONDS, connected

__all__ = ["KEY_BYTES", "BrokenSeal", "KeyStatus", "KeyStore", "WrongMasterKey"]

OVERWRITE_SECONDS = 2  # a backup may read for longer; then it is tried again
NOT_KEPT = "."  # in the place of ciphertext: the key was destroyed before this was to be sealed
APART = "."  # between the key that a text was sealed under beside its creator's, and the ciphertext

TABLES = (
    "CREATE TABLE IF NOT EXISTS creator_keys (stream BLOB PRIMARY KEY, wrapped BLOB) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS destroyed_keys ON creator_keys (stream) WHERE wrapped IS NULL",
    "CREATE TABLE IF NOT EXISTS master (one INTEGER PRIMARY KEY CHECK (one = 1), wrapped BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS marks (mark BLOB, stream BLOB, PRIMARY KEY (mark, stream)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS marks_of_stream ON marks (stream)",
    "CREATE TABLE IF NOT EXISTS marked (log TEXT PRIMARY KEY, fields TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS evidence_keys (evidence BLOB PRIMARY KEY, stream BLOB NOT NULL, wrapped BLOB) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS evidence_of_stream ON evidence_keys (stream)",
    "CREATE INDEX IF NOT EXISTS destroyed_evidence ON evidence_keys (evidence) WHERE wrapped IS NULL",
    "CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS masters (number INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL, since TEXT)",
    "CREATE TABLE IF NOT EXISTS followed (event TEXT, log TEXT, position INTEGER, fact TEXT, PRIMARY KEY (event, log)) WITHOUT ROWID",
)
DESTROYED = (
    "SELECT (SELECT count(*) FROM creator_keys WHERE wrapped IS NULL) + (SELECT count(*) FROM evidence_keys WHERE wrapped IS NULL)")


class KeyStatus(NamedTuple):
    """What a file holds: creators' keys, and those destroyed; keys of evidence likewise; its master key's fingerprint, since when (None: ever)."""

    keys: int
    destroyed: int
    evidence: int
    evidence_destroyed: int
    master_key: str
    since: str | None


class BrokenSeal(Exception):
    """A token was altered, or stands where it was not sealed."""


class KeyStore:
    """The data keys of creators, in the SQLite file at `path`, wrapped (AES-256-GCM) under a master key of 32 bytes.

    A key is made when it is first needed and is durable before it seals anything; several processes may share the file. A destroyed
    key is never made again. `master_key` may be a function: it is asked again when another process has put another master key in place.
    """

    def __init__(self, path: Path, master_key: bytes | Callable[[], bytes], *, remembered: int = 10_000) -> None:
        self._asked: Callable[[], bytes] = master_key if callable(master_key) else lambda: master_key
        self._master = MasterKey(self._asked())
        self._remembered = remembered
        self._ciphers: LRUCache[UUID, AESGCM] = LRUCache(remembered)
        self._lock = RLock()
        self._file = connected(path)
        self._file.execute("PRAGMA secure_delete=ON")
        try:
            with self._writing():
                for statement in TABLES:
                    self._file.execute(statement)
                self._begin_master()
                self._fingerprints, self._marks = self._secret("fingerprints"), self._secret("marks")
        except BaseException:
            self._file.close()
            raise
        self._changes, self._destroyed = -1, self._count_destroyed()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()

    def ensure(self, streams: Iterable[UUID], findable: Collection[Findable] = ()) -> None:
        """See to it that each of these streams has a key and can be found by these texts, durably, in one transaction for all.

        Whose key was destroyed, by whichever process, is found by nothing any more, and nothing that is sealed after this is kept.
        """
        self._forget_destroyed()
        missing = [stream for stream in streams if self._cipher(stream) is None]
        if not missing and not findable:
            return
        marks = [(self._mark(it.field, it.text), it.stream.bytes) for it in findable if comparable(it.text)]
        with self._writing():
            rows = [(stream.bytes, self._new_key(stream.bytes)) for stream in missing]
            # One that another process made meanwhile stands, as does one destroyed; `seal` reads back which it is.
            self._file.executemany("INSERT OR IGNORE INTO creator_keys VALUES (?, ?)", rows)
            self._file.executemany(
                "INSERT OR IGNORE INTO marks SELECT ?, stream FROM creator_keys WHERE stream = ? AND wrapped IS NOT NULL", marks)

    def streams_with(self, field: str, text: str) -> list[UUID]:
        """The streams that can be found by `text` in `field`; perhaps others too, whose fact was decided and then not stored."""
        with self._lock:
            rows = self._file.execute("SELECT stream FROM marks WHERE mark = ? ORDER BY stream", (self._mark(field, text),)).fetchall()
        return [UUID(bytes=stream) for (stream,) in rows]

    def marked(self, log: str) -> str:
        """Which fields of a log every stored fact is found by, as `remember_marked` was told."""
        with self._lock:
            row = self._file.execute("SELECT fields FROM marked WHERE log = ?", (log,)).fetchone()
        return "" if row is None else str(row[0])

    def remember_marked(self, log: str, fields: str) -> None:
        """Remember that every stored fact of a log is found by these fields."""
        with self._writing():
            self._file.execute("INSERT OR REPLACE INTO marked VALUES (?, ?)", (log, fields))

    def seal(self, stream: UUID, place: str, text: str) -> str:
        """The ciphertext of `text` for `place` (which fact, which field) in `stream`; nothing is kept once its key is destroyed."""
        cipher = self._cipher(stream)
        if cipher is None:
            self.ensure([stream])
            cipher = self._cipher(stream)
        return NOT_KEPT if cipher is None else encrypted(cipher, stream.bytes + place.encode(), text)

    def seal_apart(self, stream: UUID, evidence: UUID, place: str, text: str) -> str:
        """As `seal`, under a key of that piece of evidence first: without either key nothing can be read."""
        self.ensure([stream])
        if self._cipher(stream) is None:
            return NOT_KEPT
        with self._writing():
            self._file.execute(
                "INSERT OR IGNORE INTO evidence_keys VALUES (?, ?, ?)", (evidence.bytes, stream.bytes, self._new_key(evidence.bytes)))
        cipher = self._cipher(evidence)
        if cipher is None:
            return NOT_KEPT
        return f"{evidence.hex}{APART}{self.seal(stream, place, encrypted(cipher, evidence.bytes + place.encode(), text))}"

    def open(self, stream: UUID, token: str) -> str | None:
        """The text of a token "{place}:{ciphertext}"; None if the key is gone (erased). BrokenSeal if it was not sealed in that place."""
        if not token:
            return ""
        self._forget_destroyed()
        place, _, sealed = token.rpartition(":")
        if sealed.endswith(NOT_KEPT):
            return None
        evidence, _, sealed = sealed.rpartition(APART)
        try:
            text: str | None = sealed
            for owner in (stream, UUID(evidence)) if evidence else (stream,):
                cipher = self._cipher(owner)
                text = None if cipher is None or text is None else decrypted(cipher, owner.bytes + place.encode(), text)
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise BrokenSeal(f"The personal text at {place} of {stream} was not sealed there.") from error
        return text

    def destroy(self, stream: UUID) -> None:
        """Destroy a stream's key for ever, in the file and in every process that shares it: what it sealed can be neither read nor found."""
        with self._destroying():
            self._file.execute("INSERT INTO creator_keys VALUES (?, NULL) ON CONFLICT DO UPDATE SET wrapped = NULL", (stream.bytes,))
            self._file.execute("UPDATE evidence_keys SET wrapped = NULL WHERE stream = ?", (stream.bytes,))
            self._file.execute("DELETE FROM marks WHERE stream = ?", (stream.bytes,))

    def dispose(self, evidence: Iterable[tuple[UUID, UUID]]) -> None:
        """Destroy the keys of pieces of evidence for ever: whose each is, and which."""
        with self._destroying():
            self._file.executemany(
                "INSERT INTO evidence_keys VALUES (?, ?, NULL) ON CONFLICT DO UPDATE SET wrapped = NULL",
                [(piece.bytes, stream.bytes) for stream, piece in evidence])

    def rotate(self, master_key: bytes, at: datetime, progress: Callable[[int, int], None] = lambda _done, _all: None) -> int:
        """Wrap every key under another master key, all or none of them, as of `at` (UTC). Gives how many.

        `progress` hears of those done and all, and once more when it is committed. Nothing that is sealed, marked or fingerprinted changes.
        """
        new = MasterKey(master_key)
        with self._lock:
            with self._writing():
                self._stay_current()
                count = wrapped_anew(self._file, self._master, new, progress)
                self._file.execute("INSERT INTO masters (fingerprint, since) VALUES (?, ?)", (new.fingerprint, at.isoformat()))
            self._master, self._asked = new, lambda: master_key
            self.overwrite()
        progress(count, count)
        return count

    def status(self) -> KeyStatus:
        """What the file holds."""
        with self._lock:
            counts = self._file.execute(
                "SELECT count(wrapped), count(*) - count(wrapped), (SELECT count(wrapped) FROM evidence_keys), "
                "(SELECT count(*) - count(wrapped) FROM evidence_keys) FROM creator_keys").fetchone()
            made, destroyed, evidence, ended = map(int, counts)
            return KeyStatus(made, destroyed, evidence, ended, *newest(self._file))

    def overwrite(self) -> None:
        """Have what was destroyed written over in the file itself, and not in its `-wal` file alone; unless another process reads it just now."""
        with self._lock:
            self._file.execute(f"PRAGMA busy_timeout={OVERWRITE_SECONDS * 1000}")
            try:
                self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                self._file.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")

    def destroyed(self) -> set[UUID]:
        """The streams whose key was destroyed."""
        with self._lock:
            return {UUID(bytes=stream) for (stream,) in self._file.execute("SELECT stream FROM creator_keys WHERE wrapped IS NULL")}

    def followed(self, event: str, log: str) -> tuple[int, str]:
        """Up to which position of a log, and the fact there, what the facts of a kind say was done to these keys; 0 and "": none of it."""
        with self._lock:
            row = self._file.execute("SELECT position, fact FROM followed WHERE event = ? AND log = ?", (event, log)).fetchone()
        return (0, "") if row is None else (int(row[0]), str(row[1]))

    def remember_followed(self, event: str, log: str, position: int, fact: str) -> None:
        """Remember how far the facts of a kind in a log were followed, and which fact stands there."""
        with self._writing():
            self._file.execute("INSERT OR REPLACE INTO followed VALUES (?, ?, ?, ?)", (event, log, position, fact))

    def fingerprint(self, data: bytes) -> bytes:
        """A keyed hash of `data` (HMAC-SHA-256): equal data can be told, and without the key nothing can be guessed from it."""
        return hmac.digest(self._fingerprints, data, hashlib.sha256)

    def _mark(self, field: str, text: str) -> bytes:
        return hmac.digest(self._marks, f"{field}\0{comparable(text)}".encode(), hashlib.sha256)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock:
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._file.execute("COMMIT")
            finally:
                if self._file.in_transaction:
                    self._file.execute("ROLLBACK")

    @contextmanager
    def _destroying(self) -> Iterator[None]:
        with self._lock:
            with self._writing():
                yield
            self.overwrite()
            self._forget(self._count_destroyed())

    def _begin_master(self) -> None:
        """See to it that the file's master key is known, in a new file or one of an earlier revision; WrongMasterKey if it is another."""
        self._file.execute("INSERT OR IGNORE INTO master VALUES (1, ?)", (self._master.wrap(CHECK, CHECK_NAME),))
        known = self._file.execute("SELECT count(*) FROM masters").fetchone()[0]
        (wrapped,) = self._file.execute("SELECT wrapped FROM master").fetchone()
        if known:
            self._stay_current()
        self._master.unwrap(wrapped, CHECK_NAME)
        if not known:
            self._file.execute("INSERT INTO masters (fingerprint) VALUES (?)", (self._master.fingerprint,))

    def _stay_current(self) -> None:
        """Go over to the master key that another process has put in place, if it can be had here; WrongMasterKey if not."""
        if newest(self._file)[0] != self._master.fingerprint:
            asked = MasterKey(self._asked())
            if newest(self._file)[0] != asked.fingerprint:
                raise refusal(self._file, asked)
            self._master = asked

    def _secret(self, name: str) -> bytes:
        """A key of the file's own, at first the one that was derived from the master key before there were such."""
        made = self._master.wrap(self._master.derived(name), name.encode())
        self._file.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, made))
        (wrapped,) = self._file.execute("SELECT wrapped FROM secrets WHERE name = ?", (name,)).fetchone()
        return self._master.unwrap(wrapped, name.encode())

    def _new_key(self, owner: bytes) -> bytes:
        """A new key, wrapped under the file's master key as of this transaction."""
        self._stay_current()
        return self._master.wrap(os.urandom(KEY_BYTES), owner)

    def _unwrapped(self, wrapped: bytes, owner: bytes) -> bytes:
        try:
            return self._master.unwrap(wrapped, owner)
        except WrongMasterKey:
            self._stay_current()
            return self._master.unwrap(wrapped, owner)

    def _cipher(self, owner: UUID) -> AESGCM | None:
        try:
            return self._ciphers.get(owner)
        except KeyError:
            return self._read(owner)

    def _read(self, owner: UUID) -> AESGCM | None:
        with self._lock:
            row = self._file.execute(
                "SELECT wrapped FROM creator_keys WHERE stream = ? UNION ALL SELECT wrapped FROM evidence_keys WHERE evidence = ?",
                (owner.bytes, owner.bytes)).fetchone()
            if row is None or row[0] is None:
                return None
            cipher = AESGCM(self._unwrapped(row[0], owner.bytes))
            self._ciphers.put(owner, cipher)
            return cipher

    def _forget_destroyed(self) -> None:
        """Drop the remembered ciphers when any process has destroyed a key since they were remembered."""
        with self._lock:
            (changes,) = self._file.execute("PRAGMA data_version").fetchone()
            if changes != self._changes:
                self._changes = changes
                if (destroyed := self._count_destroyed()) != self._destroyed:
                    self._forget(destroyed)

    def _forget(self, destroyed: int) -> None:
        self._destroyed = destroyed
        self._ciphers = LRUCache(self._remembered)  # its `clear` would keep the entries

    def _count_destroyed(self) -> int:
        (count,) = self._file.execute(DESTROYED).fetchone()
        return int(count)


def encrypted(cipher: AESGCM, place: bytes, text: str) -> str:
    """The ciphertext of a text, which opens in its place alone."""
    nonce = os.urandom(NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + cipher.encrypt(nonce, text.encode(), place)).decode()


def decrypted(cipher: AESGCM, place: bytes, sealed: str) -> str:
    """The text of a ciphertext."""
    raw = base64.urlsafe_b64decode(sealed)
    return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], place).decode()
