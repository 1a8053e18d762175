"""The whole check: every fact of every log hashed again, beside the trees and beside every head, kept here or held outside."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

import psycopg
from sqlalchemy.exc import DBAPIError

from application.proving.evidence import Witness, distrusted, from_outside, trusted, withheld, witnesses_in
from application.proving.findings import Finding, Kind, LogChecked, Verified
from application.proving.heads import FILE
from application.proving.log_check import LogCheck, Said
from application.proving.signing import own_key
from application.proving.trees import Progress, Trees, opened_trees, unheard
from application.recorder import TryAgain
from application.settings import Settings

LISTED = 1000
BROKEN = (sqlite3.DatabaseError, psycopg.Error, DBAPIError, TryAgain)


def verified(settings: Settings, outside: Sequence[Path], keys: Collection[bytes], progress: Progress = unheard) -> Verified:
    """The check of a deployment, with its own heads and those in files from outside; `keys` are the public ones to trust (none: its own).

    A database that cannot even be opened is told as damaged. NotMade if there is no deployment, NoHeads if a file holds none.
    """
    own = own_key(settings)
    kept = settings.folder / FILE
    witnesses = [*(witnesses_in(kept, outside=False) if kept.exists() else ()), *from_outside(outside)]
    try:
        with opened_trees(settings) as trees:
            return verify(trees, witnesses, keys or ([own] if own else []), progress)
    except BROKEN as error:
        return Verified(well=False, logs=(), heads=0, findings=(damaged(str(error)),))


def verify(trees: Trees, witnesses: Sequence[Witness], keys: Collection[bytes], progress: Progress = unheard) -> Verified:
    """Check all logs beside their trees and these heads, which count if they are signed under one of these public keys (raw).

    It only reads. `progress` hears of the stage, the facts read and all.
    """
    findings = [*distrusted(witnesses, keys), *withheld(witnesses, keys)]
    good = [it for it in witnesses if it.signed and trusted(it.signed, keys)]
    logs, more = [], 0
    for name in trees.names:
        check = LogCheck(trees, name, list(said_of(name, good)), partial(told, progress, trees, name))
        try:
            checked, found = check.run()
        except BROKEN as error:
            checked, found = LogChecked(name, check.count, 0, 0), [unreadable(name, check.end, error)]
        logs.append(checked)
        findings += sorted(found, key=lambda it: (it.position is None, it.position or 0))
        more += check.more
    findings += [*unknown_logs(trees, good), *(damaged(it) for it in trees.damage())]
    heads = len({it.signed.signature for it in good if it.signed})
    return Verified(not findings, tuple(logs), heads, tuple(findings[:LISTED]), more + len(findings[LISTED:]))


def said_of(log: str, witnesses: Sequence[Witness]) -> Iterator[Said]:
    """What heads say of a log."""
    for it in witnesses:
        head = it.signed.head.of(log) if it.signed else None
        if head:
            yield Said(it, head)


def unknown_logs(trees: Trees, witnesses: Sequence[Witness]) -> Iterator[Finding]:
    """Logs that heads name, and that are not there."""
    sizes: dict[str, int] = {}
    for it in witnesses:
        for log in it.signed.head.logs if it.signed else ():
            if log.log not in trees.names and log.size:
                sizes[log.log] = max(log.size, sizes.get(log.log, 0))
    for name, size in sorted(sizes.items()):
        yield Finding(Kind.TRUNCATED, f"Log {name}, position 1: it is not there, and a head says that it has {size} facts.", name, 1, size)


def unreadable(log: str, end: int, error: Exception) -> Finding:
    """A log that cannot be read to its end."""
    return Finding(Kind.DAMAGED, f"Log {log}, position {end + 1}: the database cannot read on: {error}. Restore it from a backup.", log, end + 1)


def damaged(words: str) -> Finding:
    """What the database says of itself."""
    return Finding(Kind.DAMAGED, f"The database says of its own file: {words}.")


def told(progress: Progress, trees: Trees, log: str, done: int) -> None:
    """Let it be known how far a log was read."""
    progress(f"Checking {log}", done, max(done, trees.recorder(log).last_position()))
