"""A deployment whose logs hold a few short facts, a head over them, and a hand that reaches past the program into the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from eventsourcing.persistence import StoredEvent

from application.proving.evidence import from_outside, witnesses_in
from application.proving.findings import Verified
from application.proving.heads import FILE, Heads, heads_of
from application.proving.trees import Trees
from application.proving.verifying import verify
from application.wiring import System, opened
from tests.asking import Clock
from tests.postgres import settings_in
from tests.raw import log_database

SPACE = UUID(int=7)
LOG = "creators"
COLUMNS = {"": "rowid, originator_id, originator_version, topic, state", "postgres": "position, stream, version, name, state"}


def stream(number: int) -> UUID:
    """One of some streams."""
    return uuid5(SPACE, str(number))


ANN, BOB, EVE = stream(0), stream(1), stream(2)


@dataclass(frozen=True)
class Stored:
    """A row as it is stored; an id is text in SQLite (hex)."""

    position: Any
    stream: Any
    version: Any
    name: Any
    state: Any

    @property
    def values(self) -> tuple[Any, ...]:
        """Its columns."""
        return self.position, self.stream, self.version, self.name, self.state


class Deployment:
    """An open deployment, and a connection of somebody else's to its log."""

    def __init__(self, system: System, clock: Clock, hand: Any) -> None:
        self.system = system
        self.clock = clock
        self.heads: Heads = heads_of(system)
        self.trees = self.heads.trees
        self.hand = hand
        self.columns = COLUMNS["postgres" if system.settings.database else ""]
        self.mark = "%s" if system.settings.database else "?"

    @property
    def file(self) -> Path:
        """Where its heads are kept."""
        return self.system.settings.folder / FILE

    def id(self, of: UUID) -> Any:
        """A stream's id as it is stored."""
        return of if self.system.settings.database else of.hex

    def record(self, streams: Sequence[int], log: str = LOG) -> None:
        """Record a fact in each of these streams, in that order."""
        last = {it.stream: it.version for it in self.rows(log)}
        facts = []
        for number in streams:
            of = stream(number)
            version = last[self.id(of)] = last.get(self.id(of), 0) + 1
            facts.append(StoredEvent(of, version, "Opened" if version == 1 else "Changed", b'{"n":%d.%d}' % (number, version)))
        self.trees.recorder(log).append(facts, ())

    def head(self) -> None:
        """Take a head a minute later."""
        self.clock.now += timedelta(minutes=1)
        self.heads.take()

    def rows(self, log: str = LOG) -> list[Stored]:
        """What is stored, in the order of positions."""
        return [Stored(*row) for row in self.hand.execute(f"SELECT {self.columns} FROM {log} ORDER BY 1").fetchall()]  # noqa: S608

    def write(self, rows: Sequence[Stored], log: str = LOG) -> None:
        """Let that be stored, and nothing else."""
        self.hand.execute("BEGIN")
        self.hand.execute(f"DELETE FROM {log}")  # noqa: S608
        with closing(self.hand.cursor()) as cursor:
            cursor.executemany(f"INSERT INTO {log} ({self.columns}) VALUES ({', '.join([self.mark] * 5)})", [it.values for it in rows])  # noqa: S608
        self.hand.execute("COMMIT")

    def verified(self, *outside: Path, trees: Trees | None = None) -> Verified:
        """What the check finds."""
        own = witnesses_in(self.file, outside=False) if self.file.exists() else ()
        return verify(trees or self.trees, [*own, *from_outside(outside)], [self.heads.signer.public_key])

    @contextmanager
    def tampered(self, rows: Sequence[Stored], log: str = LOG) -> Iterator[None]:
        """Meanwhile other rows are stored; then everything is as it was, the trees and heads too."""
        before, heads = self.rows(log), self.file.read_bytes()
        self.write(rows, log)
        try:
            yield
        finally:
            self.write(before, log)
            self.file.write_bytes(heads)
            self.trees.rebuild()


@contextmanager
def deployment(folder: Path, database: str, **more: Any) -> Iterator[Deployment]:
    """A new, empty one."""
    clock = Clock()
    settings = settings_in(folder / "data", database).model_copy(update=more)
    with opened(settings, clock=clock, projecting=False) as system, log_database(settings) as hand:
        if not database:
            hand.execute("PRAGMA synchronous=OFF")
        yield Deployment(system, clock, hand)


def moved_up(rows: Sequence[Stored], shift: int = -1) -> list[Stored]:
    """The same rows at other positions."""
    return [replace(row, position=row.position + shift) for row in rows]
