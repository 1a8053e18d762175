"""The master key: what every other key is wrapped under, how it is told from another one, and how all are wrapped under a new one."""

from __future__ import annotations

import hmac
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
WRAPPED_AT_ONCE = 5000
WRAPPED = (("creator_keys", "stream"), ("evidence_keys", "evidence"))  # the tables that may be long, and what names a key in each
CHECK = b"creator governance"
CHECK_NAME = b"master"


class WrongMasterKey(Exception):
    """The master key is not the one that the keys of this file are wrapped under."""


class MasterKey:
    """A master key of 32 bytes. `fingerprint` (16 hexadecimal digits) tells it from others and tells nothing of it."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise WrongMasterKey(f"The master key has {len(key)} bytes; {KEY_BYTES} are needed.")
        self._key = key
        self._cipher = AESGCM(key)
        self.fingerprint = hmac.digest(key, b"fingerprint of the master key", "sha256").hex()[:16]

    def derived(self, name: str) -> bytes:
        """A key made of this one: what the keys of marks and fingerprints were before they were keys of their own."""
        return hmac.digest(self._key, name.encode(), "sha256")

    def wrap(self, key: bytes, owner: bytes) -> bytes:
        """A key of an owner, so that only this master key gives it back."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, owner)

    def unwrap(self, wrapped: bytes, owner: bytes) -> bytes:
        """The key that was wrapped for its owner; WrongMasterKey if it was not by this one."""
        try:
            return self._cipher.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], owner)
        except InvalidTag as error:
            raise WrongMasterKey("The keys of this store were wrapped under another master key.") from error


def newest(file: sqlite3.Connection) -> tuple[str, str | None]:
    """The fingerprint of the master key that a file's keys are wrapped under, and since when (ISO 8601; None: from the beginning)."""
    fingerprint, since = file.execute("SELECT fingerprint, since FROM masters ORDER BY number DESC LIMIT 1").fetchone()
    return str(fingerprint), since


def fingerprint_in(path: Path) -> str:
    """The fingerprint of the master key that the file of keys at `path` needs; "" if it does not say, or is not there."""
    if not path.exists():
        return ""
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as file:
        try:
            return newest(file)[0]
        except (sqlite3.OperationalError, TypeError):  # of an earlier revision, which kept none
            return ""


def refusal(file: sqlite3.Connection, given: MasterKey) -> WrongMasterKey:
    """What is said to who has another master key than the file's."""
    fingerprint, since = newest(file)
    replaced = f", since {since}" if since else ""
    return WrongMasterKey(
        f"The keys of this store were wrapped under another master key: {fingerprint}{replaced}. The one given is {given.fingerprint}. "
        "Give the one with that fingerprint, and start again what runs with an earlier one.")


def wrapped_anew(file: sqlite3.Connection, old: MasterKey, new: MasterKey, progress: Callable[[int, int], None]) -> int:
    """Wrap all keys of a file under another master key, in the transaction that it is in. Gives how many; `progress` hears of those and all."""
    total = sum(file.execute(f"SELECT count(*) FROM {table} WHERE wrapped IS NOT NULL").fetchone()[0] for table, _ in WRAPPED)  # noqa: S608
    done = 0
    progress(done, total)
    for table, owner in WRAPPED:
        last = b""
        while rows := file.execute(
                f"SELECT {owner}, wrapped FROM {table} WHERE {owner} > ? AND wrapped IS NOT NULL ORDER BY {owner} LIMIT ?",  # noqa: S608
                (last, WRAPPED_AT_ONCE)).fetchall():
            file.executemany(
                f"UPDATE {table} SET wrapped = ? WHERE {owner} = ?",  # noqa: S608  # its own tables
                [(new.wrap(old.unwrap(wrapped, of), of), of) for of, wrapped in rows])
            last = rows[-1][0]
            done += len(rows)
            progress(done, total)
    for name, wrapped in file.execute("SELECT name, wrapped FROM secrets").fetchall():
        file.execute("UPDATE secrets SET wrapped = ? WHERE name = ?", (new.wrap(old.unwrap(wrapped, name.encode()), name.encode()), name))
    file.execute("UPDATE master SET wrapped = ?", (new.wrap(CHECK, CHECK_NAME),))
    return done
