"""Personal text is sealed under its creator's own key; who destroys the key has erased the text wherever a copy of it lies.

The keys are in a file of their own, which belongs in no dump of the log, each wrapped under one master key. Beside a creator's key are the
marks of what the creator is found by, erased with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from eventsourcing.application import LRUCache

from application.search import Findable, comparable
from application.store_files import BUSY_SECONDS, connected

KEY_BYTES = 32
NONCE_BYTES = 12
OVERWRITE_SECONDS = 2  # a backup may read for longer; then it is tried again
NOT_KEPT = "."  # in the place of ciphertext: the key was destroyed before this was to be sealed
CHECK = b"creator governance"

TABLES = (
    "CREATE TABLE IF NOT EXISTS creator_keys (stream BLOB PRIMARY KEY, wrapped BLOB) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS destroyed_keys ON creator_keys (stream) WHERE wrapped IS NULL",
    "CREATE TABLE IF NOT EXISTS master (one INTEGER PRIMARY KEY CHECK (one = 1), wrapped BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS marks (mark BLOB, stream BLOB, PRIMARY KEY (mark, stream)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS marks_of_stream ON marks (stream)",
    "CREATE TABLE IF NOT EXISTS marked (log TEXT PRIMARY KEY, fields TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS erased (log TEXT PRIMARY KEY, position INTEGER NOT NULL, fact TEXT NOT NULL) WITHOUT ROWID",
)


class WrongMasterKey(Exception):
    """The master key is not the one that the keys of this file were wrapped under."""


class BrokenSeal(Exception):
    """A token was altered, or stands where it was not sealed."""


class KeyStore:
    """The data keys of creators, in the SQLite file at `path`, wrapped (AES-256-GCM) under `master_key` of 32 bytes.

    A key is made when it is first needed and is durable before it seals anything; several processes may share the file. A destroyed
    key is never made again.
    """

    def __init__(self, path: Path, master_key: bytes, *, remembered: int = 10_000) -> None:
        if len(master_key) != KEY_BYTES:
            raise WrongMasterKey(f"The master key has {len(master_key)} bytes; {KEY_BYTES} are needed.")
        self._master = AESGCM(master_key)
        self._fingerprints = hmac.digest(master_key, b"fingerprints", "sha256")
        self._marks = hmac.digest(master_key, b"marks", "sha256")
        self._remembered = remembered
        self._ciphers: LRUCache[UUID, AESGCM] = LRUCache(remembered)
        self._lock = RLock()
        self._file = connected(path)
        self._file.execute("PRAGMA secure_delete=ON")
        try:
            with self._writing():
                for statement in TABLES:
                    self._file.execute(statement)
            self._check_master()
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

        Whose key was destroyed is found by nothing any more.
        """
        missing = [stream for stream in streams if self._cipher(stream) is None]
        if not missing and not findable:
            return
        rows = [(stream.bytes, self._wrap(os.urandom(KEY_BYTES), stream.bytes)) for stream in missing]
        marks = [(self._mark(it.field, it.text), it.stream.bytes) for it in findable if comparable(it.text)]
        with self._writing():
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
        if cipher is None:
            return NOT_KEPT
        nonce = os.urandom(NONCE_BYTES)
        return base64.urlsafe_b64encode(nonce + cipher.encrypt(nonce, text.encode(), stream.bytes + place.encode())).decode()

    def open(self, stream: UUID, token: str) -> str | None:
        """The text of a token "{place}:{ciphertext}"; None if the key is gone (erased). BrokenSeal if it was not sealed in that place."""
        if not token:
            return ""
        self._forget_destroyed()
        place, _, sealed = token.rpartition(":")
        cipher = None if sealed == NOT_KEPT else self._cipher(stream)
        if cipher is None:
            return None
        try:
            raw = base64.urlsafe_b64decode(sealed)
            return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], stream.bytes + place.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise BrokenSeal(f"The personal text at {place} of {stream} was not sealed there.") from error

    def destroy(self, stream: UUID) -> None:
        """Destroy a stream's key for ever, in the file and in every process that shares it: what it sealed can be neither read nor found."""
        with self._lock:
            with self._writing():
                self._file.execute("INSERT INTO creator_keys VALUES (?, NULL) ON CONFLICT DO UPDATE SET wrapped = NULL", (stream.bytes,))
                self._file.execute("DELETE FROM marks WHERE stream = ?", (stream.bytes,))
            self.overwrite()
            self._forget(self._count_destroyed())

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

    def erased_until(self, log: str) -> tuple[int, str]:
        """Up to which position of a log, and the fact there, whoever was erased has no key here any more; as `remember_erased_until` was told."""
        with self._lock:
            row = self._file.execute("SELECT position, fact FROM erased WHERE log = ?", (log,)).fetchone()
        return (0, "") if row is None else (int(row[0]), str(row[1]))

    def remember_erased_until(self, log: str, position: int, fact: str) -> None:
        """Remember that every erasure in a log up to a position, where that fact stands, was carried out on these keys."""
        with self._writing():
            self._file.execute("INSERT OR REPLACE INTO erased VALUES (?, ?, ?)", (log, position, fact))

    def fingerprint(self, data: bytes) -> bytes:
        """A keyed hash of `data` (HMAC-SHA-256): equal data can be told, and without the master key nothing can be guessed from it."""
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

    def _wrap(self, key: bytes, owner: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._master.encrypt(nonce, key, owner)

    def _unwrap(self, wrapped: bytes, owner: bytes) -> bytes:
        try:
            return self._master.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], owner)
        except InvalidTag as error:
            raise WrongMasterKey("The keys of this store were wrapped under another master key.") from error

    def _check_master(self) -> None:
        with self._writing():
            self._file.execute("INSERT OR IGNORE INTO master VALUES (1, ?)", (self._wrap(CHECK, b"master"),))
            (wrapped,) = self._file.execute("SELECT wrapped FROM master").fetchone()
        self._unwrap(wrapped, b"master")

    def _cipher(self, stream: UUID) -> AESGCM | None:
        try:
            return self._ciphers.get(stream)
        except KeyError:
            return self._read(stream)

    def _read(self, stream: UUID) -> AESGCM | None:
        with self._lock:
            row = self._file.execute("SELECT wrapped FROM creator_keys WHERE stream = ?", (stream.bytes,)).fetchone()
            if row is None or row[0] is None:
                return None
            cipher = AESGCM(self._unwrap(row[0], stream.bytes))
            self._ciphers.put(stream, cipher)
            return cipher

    def _forget_destroyed(self) -> None:
        """Drop the remembered ciphers when any process has destroyed a key since they were remembered."""
        with self._lock:
            (changes,) = self._file.execute("PRAGMA data_version").fetchone()
            if changes != self._changes:
                self._changes = changes
                self._forget(self._count_destroyed())

    def _forget(self, destroyed: int) -> None:
        if destroyed != self._destroyed:
            self._destroyed = destroyed
            self._ciphers = LRUCache(self._remembered)  # its `clear` would keep the entries

    def _count_destroyed(self) -> int:
        (count,) = self._file.execute("SELECT count(*) FROM creator_keys WHERE wrapped IS NULL").fetchone()
        return int(count)
