"""The master key exchanged for a new one: every key is wrapped anew in one transaction, and only then the new one takes the old one's place.

Whenever it is stopped, either the old master key opens the keys or the new one does; which, the file of keys tells by its fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from application.files import flush_names
from application.master import MasterKey, fingerprint_in
from application.sealing import KeyStore
from application.settings import KEY_FILE, KEYS_FILE, NEW_KEY_FILE, Settings, key_in, make_key_file, master_key, variable


class CannotRotate(Exception):
    """The master key cannot be exchanged so; the message says what would do."""


@dataclass(frozen=True)
class Rotated:
    """What came of it: how many keys were wrapped anew (None: they were already), the new master key's fingerprint, and where it is.

    `place` is a file, or the name of a variable; `in_use`: from now on it is found there without further ado.
    """

    keys: int | None
    fingerprint: str
    place: str
    in_use: bool


@contextmanager
def opened_keys(settings: Settings) -> Iterator[KeyStore]:
    """The keys of a deployment, which must be there."""
    path = settings.folder / KEYS_FILE
    if not path.exists():
        raise CannotRotate(f"There are no keys in {settings.folder}/; set {variable('folder')}.")
    with closing(KeyStore(path, partial(master_key, settings))) as keys:
        yield keys


def rotate(settings: Settings, to: Path | None, at: datetime, progress: Callable[[int, int], None]) -> Rotated:
    """Put another master key in place, as of `at` (UTC): that of the file `to`, made if it is not there, or of the setting, or a new one.

    Asked again after it was stopped, it goes on; after it was done, nothing is left to do. CannotRotate if it cannot be.
    """
    key, place, in_folder = successor(settings, to)
    fingerprint, count = MasterKey(key).fingerprint, None
    if fingerprint_in(settings.folder / KEYS_FILE) != fingerprint:
        with opened_keys(settings) as keys:
            count = keys.rotate(key, at, progress)
    if in_folder:
        own = settings.folder / KEY_FILE
        Path(place).replace(own)
        flush_names(settings.folder)
        place = str(own)
    return Rotated(count, fingerprint, place, in_folder)


def successor(settings: Settings, to: Path | None) -> tuple[bytes, str, bool]:
    """The new master key, where it is, and whether that is the folder's own file of it."""
    if not (settings.folder / KEYS_FILE).exists():
        raise CannotRotate(f"There are no keys in {settings.folder}/; set {variable('folder')}.")
    if to is not None and settings.new_master_key is not None:
        raise CannotRotate(f"Give the new master key once: with --to or with {variable('new_master_key')}.")
    if settings.new_master_key is not None:
        return settings.new_master_key.get_secret_value(), variable("new_master_key"), False
    if to is None and settings.master_key is not None:
        raise CannotRotate(
            f"The master key comes from {variable('master_key')}: give the new one in {variable('new_master_key')}, or a file for it with --to.")
    path = to or settings.folder / NEW_KEY_FILE
    make_key_file(path)  # unless it is there
    return key_in(path), str(path), to is None
