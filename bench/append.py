"""How fast facts are recorded, beside raw sqlite3 and the library's stock recorder, which insert the very same bytes in the same transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any
from uuid import UUID

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from application.governance import Request
from bench.figures import machine, options, positive, progress, table
from bench.scene import Scene, Site, site
from domain.facts import Fact
from domain.refusals import Refused

EXAMPLES = """examples:
  python bench/append.py
  python bench/append.py --rounds 15 --folder /mnt/disk
  python bench/append.py --rounds 3 --batch 500

raw:   sqlite3 alone, on a copy of our tables: BEGIN IMMEDIATE, INSERT of the rows we wrote, COMMIT (WAL, synchronous=FULL)
stock: SQLiteApplicationRecorder.insert_events of the eventsourcing library, on a file and a table of its own
A command writes several facts and the row that remembers its idempotency key; raw writes that row too, stock does not."""

GOAL = 0.75
CREATORS = 50
TABLES = ("creators", "creators_requests")

Rows = list[tuple[Any, ...]]
Transaction = tuple[Rows, Rows]  # the rows of a transaction in each of the two tables


@dataclass
class Workload:
    """One way of recording: `write` takes a round's requests and their facts, `transactions` says after how many of them one commits."""

    name: str
    incidents: int
    batch: int
    write: Callable[[Site, list[Request], list[Fact], int], None]
    goal: float | None = None


@dataclass
class Course:
    """A workload on a site of its own, with the peers that repeat what it writes, and the seconds per round that each has taken."""

    workload: Workload
    site: Site
    scene: Scene
    raw: sqlite3.Connection
    written: sqlite3.Connection
    stock: SQLiteApplicationRecorder
    position: int = 0
    facts: list[int] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"ours": [], "raw": [], "stock": []})

    def begin(self) -> None:
        """Register the creators, which makes their keys; not measured."""
        requests = [self.scene.register(f"creator-{number}") for number in range(CREATORS)]
        self._write(requests)
        for schema, in self.written.execute(f"SELECT sql FROM sqlite_master WHERE name IN {TABLES} ORDER BY name"):  # noqa: S608 - constants
            self.raw.execute(schema)
        self._insert_raw(self._transactions(CREATORS))

    def round(self, turn: int) -> None:
        """Measure one round: ours first, for the peers repeat its bytes; they change places from round to round."""
        incidents = [self.scene.incident(id) for id in islice(cycle(self.scene.accounts), self.workload.incidents)]
        before = {id: len(facts) for id, facts in self.scene.facts.items()}
        requests = [request for incident in incidents for request in incident]
        facts = [fact for id, known in self.scene.facts.items() for fact in known[before[id]:]]
        batch = self.workload.batch
        self._timed("ours", lambda: self.workload.write(self.site, requests, facts, batch))
        transactions = self._transactions(batch)
        stored = [[StoredEvent(UUID(row[1]), *row[2:]) for row in rows] for rows, _ in transactions]
        peers = [("raw", lambda: self._insert_raw(transactions)), ("stock", lambda: self._insert_stock(stored))]
        for name, insert in peers if turn % 2 else reversed(peers):
            self._timed(name, insert)
        self.facts.append(len(facts))
