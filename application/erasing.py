"""Erasure carried out: what the log says of an account whose personal data was erased is done to its key, whatever happened in between.

A fact is recorded first and the key destroyed after it. A process may die between the two, and a copy of the keys may be put back that was
made before: so what is due follows from the log, and how far the log was followed is kept beside the keys and goes back with them. Should
the log be put back as well, what was erased is known from a list in a file of its own.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID

import structlog

from application.forgetting import Forgetting
from application.sealing import KeyStore
from application.store import Logs
from domain.creator.erasure import CreatorErased
from domain.creator.state import Account
from domain.facts import Fact

LIST_FILE = "erased.txt"

logger = structlog.stdlib.get_logger(__name__)


class ErasureListBroken(Exception):
    """A line of the list of erased accounts is no account's id."""


class ErasureList:
    """The accounts that were erased, in a file that is only ever added to: a line with the id of each. It holds nothing personal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._path.touch(mode=0o600)

    def read(self) -> list[UUID]:
        """All of them. ErasureListBroken if a line is none; one that was not written to its end, in a crash, counts as not written."""
        *lines, _ = self._path.read_text().split("\n")
        found = []
        for number, line in enumerate(map(str.strip, lines), start=1):
            try:
                found += [UUID(line)] if line else []
            except ValueError:
                raise ErasureListBroken(f"{self._path}, line {number}: {line!r} is no account's id; put it right or take the line out.") from None
        return found

    def add(self, creators: Iterable[UUID]) -> None:
        """Add accounts, durably; several processes may."""
        with self._path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            written = file.read()
            file.seek(written.rfind(b"\n") + 1)
            file.truncate()
            file.write(b"".join(f"{creator}\n".encode() for creator in creators))
            file.flush()
            os.fsync(file.fileno())


class Erasures:
    """Sees to it that of an account that was erased nothing can be read, here and in every process that shares the keys."""

    def __init__(self, accounts: Logs[Account], keys: KeyStore, listed: ErasureList) -> None:
        self._keys, self._listed = keys, listed
        self._forgetting = Forgetting(accounts, keys, CreatorErased, self.heard)
        self._overwritten = False

    def recover(self) -> None:
        """Erase again whatever was erased before, by the list and by the logs; and have all of it on the list."""
        listed = set(self._listed.read())
        self._destroy(listed)
        self.catch_up()
        if missing := self._keys.destroyed() - listed:
            self._listed.add(missing)

    def heard(self, facts: Sequence[Fact]) -> None:
        """Carry out what was just recorded."""
        if erased := [fact.stream for fact in facts if isinstance(fact.event, CreatorErased)]:
            self._carry_out(erased)

    def catch_up(self) -> None:
        """Carry out whatever was recorded by now, also by others who did not come to it."""
        self._forgetting.catch_up()
        if not self._overwritten:  # whoever destroyed a key last may have been kept from it, or died over it
            self._keys.overwrite()
            self._overwritten = True

    def _carry_out(self, creators: Iterable[UUID]) -> None:
        """List them first: what is on the list is erased again, come what may."""
        if left := set(creators) - self._keys.destroyed():
            self._listed.add(left)
            self._destroy(left)

    def _destroy(self, creators: set[UUID]) -> None:
        for creator in creators - self._keys.destroyed():
            self._overwritten = False
            self._keys.destroy(creator)
            logger.info("personal data erased", creator=str(creator))
