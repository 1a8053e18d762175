"""What `governance verify` finds: of which kind, where, and in words."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Kind(StrEnum):
    """What was done, as far as it can be told."""

    EDITED = "EDITED"  # a fact is not what it was
    REMOVED = "REMOVED"
    INSERTED = "INSERTED"
    EXCHANGED = "EXCHANGED"  # two facts, or what is in them
    MOVED_TO_STREAM = "MOVED_TO_STREAM"  # a fact stands in another stream
    MOVED = "MOVED"  # a fact stands at another position
    TRUNCATED = "TRUNCATED"  # the log ends too early
    CHANGED = "CHANGED"  # something in a range, and nothing is left that tells what
    POSITIONS = "POSITIONS"  # a log whose positions are not dense
    VERSIONS = "VERSIONS"  # a stream whose versions are not dense
    HEAD = "HEAD"  # a head was rewritten
    TREE = "TREE"  # the tiles are wrong, and the log is not: rebuild them
    DAMAGED = "DAMAGED"  # the database cannot read its own pages


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong.

    `position` is the first it concerns, `last` the last if they are several; `stream` and `version` are the fact's own, as they were before
    if that can be told.
    """

    kind: Kind
    words: str
    log: str | None = None
    position: int | None = None
    last: int | None = None
    stream: str | None = None
    version: int | None = None


class LogChecked(msgspec.Struct, frozen=True):
    """How much of a log was read: its facts, how many of them its tree covers, and how many the largest head that was checked."""

    log: str
    facts: int
    in_tree: int
    in_head: int


class Verified(msgspec.Struct, frozen=True):
    """All that was checked, and found. `more` counts findings that are not listed, for there are too many."""

    well: bool
    logs: tuple[LogChecked, ...]
    heads: int
    findings: tuple[Finding, ...]
    more: int = 0
