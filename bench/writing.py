"""How the rows of a live batch are written in PostgreSQL: as arrays in one upsert per table, as ours are, or by COPY to a staging table first."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, Engine, event

from application.projector import FACTS_AT_MOST
from application.projector_views import writing
from application.wiring import CREATORS, System
from bench.deployment import deployed, fill
from bench.figures import Plot, Section, Table, machine, numbers, options, positive, progress, run
from bench.rounds import Rounds
from bench.servers import host, new_database, settings_of
from bench.stamping import stamp, templates
from projections import places, storing
from projections.catalogue import CREATORS_LOG, READ_MODELS
from projections.storing import KINDS, Change, Form, form_of

EXAMPLES = """examples:
  python -m bench.writing
  python -m bench.writing --creators 200 --sizes 10,100 --rounds 1
"""

NOTES = """
Two databases with the same log and the same read models, made of {before:,} of its {facts:,} facts ({creators:,} creators). What each further
batch of facts changes is written in both, with the position, in one transaction; measured is that transaction, not what leads to the rows.
arrays:  ours: for each table one INSERT … SELECT FROM unnest(…) ON CONFLICT, every column an array
staging: for each table a COPY in the binary format to a temporary table, and one INSERT … SELECT FROM it ON CONFLICT; emptied by the commit
{server}. Medians of {rounds} rounds, interleaved, seed {seed}; ratios are medians of each round's ratio. {machine}"""

WAYS = ("arrays", "staging")

Write = Callable[[Connection, Change], None]


def by_arrays(connection: Connection, change: Change) -> None:
    """As ours."""
    storing.write(connection, CREATORS_LOG, change)


def by_staging(connection: Connection, change: Change) -> None:
    """By way of a temporary table."""
    form = form_of(change.table, connection.dialect)
    if change.owners:
        form.remove(connection, change.table.info["owner"], CREATORS_LOG, change.owners)
    if not change.rows:
        return
    upsert, copy = statements(form, change.table)
    driven: Any = connection.connection.driver_connection
    with driven.cursor().copy(copy) as into:
        into.set_types([KINDS.get(kind, kind) for kind in ("integer", *form._kinds)])  # noqa: SLF001 - the bench looks inside what it compares
        for values in zip(repeat(CREATORS_LOG), *form._bound(change.rows), strict=False):  # noqa: SLF001 - as above
            into.write_row(values)
    connection.exec_driver_sql(upsert)


def statements(form: Form, table: Any) -> tuple[str, str]:
    """The upsert from a staging table, and the COPY to it."""
    listed = ", ".join(f'"{name}"' for name in ("log", *form._names))  # noqa: SLF001 - as above
    _, on, conflict = form._upsert.partition(" ON CONFLICT ")  # noqa: SLF001 - as above
    staged = f'pg_temp."staged_{table.name}"'
    return (f'INSERT INTO "{table.name}" ({listed}) SELECT {listed} FROM {staged}{on}{conflict}',  # noqa: S608 - the metadata's own names
            f"COPY {staged} ({listed}) FROM STDIN (FORMAT BINARY)")


def staged(views: Engine) -> None:
    """Give every session from now on its temporary tables."""
    def make(session: Any, *_: object) -> None:
        for model in READ_MODELS.values():
            for table in model.tables:
                session.execute(f'CREATE TEMP TABLE "staged_{table.name}" (LIKE views."{table.name}" INCLUDING DEFAULTS) ON COMMIT DELETE ROWS')

    views.dispose()
    event.listen(views, "connect", make)


class Writing:
    """Two deployments of the same history, one for each way, whose read models follow all but its end."""

    def __init__(self, given: argparse.Namespace, dsn: str, folder: Path, stack: ExitStack) -> None:
        histories = templates(given.templates, 10, given.seed, datetime.now(UTC).date())
        self.ways = {way: stack.enter_context(deployed(folder / way, stack.enter_context(new_database(dsn)), projecting=False)) for way in WAYS}
        for system in self.ways.values():
            self.facts = fill(system, stamp(histories, range(given.creators), given.seed))
        enough = max(0, self.facts - FACTS_AT_MOST - (given.rounds + 1) * sum(given.sizes))  # a last batch goes beyond
        reached = [system.projector.catch_up_with(CREATORS_LOG, enough) for system in self.ways.values()]
        self.position = self.before = max(reached)
        for system in self.ways.values():
            system.projector.catch_up_with(CREATORS_LOG, self.position)
        staged(self.ways["staging"].views)
        self.rounds = {size: Rounds(WAYS) for size in given.sizes}
        self.rows: dict[int, int] = {}

    def round(self, turn: int) -> None:
        """Write the next batch of each size in both ways; who is first changes."""
        for size, rounds in self.rounds.items():
            for way in WAYS if turn % 2 else WAYS[::-1]:
                seconds, self.rows[size] = write(self.ways[way], self.position, size, by_arrays if way == "arrays" else by_staging)
                rounds.took(way, seconds)
            rounds.amounts.append(self.rows[size])
            self.position += size

    def forget(self) -> None:
        """Forget what was noted: it only warmed up."""
        for rounds in self.rounds.values():
            rounds.forget()


def write(system: System, after: int, size: int, way: Write) -> tuple[float, int]:
    """The seconds it takes to write what the facts after a position change, and how many rows that are."""
    facts = system.store.log(CREATORS).facts_after(after, size)
    own = [storing.own(model) for model in READ_MODELS.values()]
    with system.views.connect() as connection:
        batches = [storing.load(connection, place, CREATORS_LOG, facts) for place in own]
        seen = places.read(connection, CREATORS_LOG)
    changes = [change for place, batch in zip(own, batches, strict=True) for change in storing.projected(place, batch, facts)]
    began = perf_counter()
    with writing(system.views) as connection:
        places.hold(connection, CREATORS_LOG, {place.name: seen[place.name] for place in own})
        for change in changes:
            way(connection, change)
        places.advance(connection, CREATORS_LOG, [place.name for place in own], facts[-1].position)
    return perf_counter() - began, sum(len(change.rows) for change in changes)


def measured(given: argparse.Namespace) -> Section:
    """What was measured."""
    with TemporaryDirectory() as folder, host(given.database) as dsn, ExitStack() as stack:
        asked = Writing(given, dsn, Path(folder), stack)
        for turn in range(given.rounds + 1):
            progress(f"round {turn} of {given.rounds}")
            asked.round(turn)
            if turn == 0:
                asked.forget()
        server = settings_of(dsn)
    rows = [[f"{size:,}", f"{asked.rows[size]:,}", *(f"{rounds.middle(way) * 1000:.1f}" for way in WAYS), f"{rounds.ratio('arrays', 'staging'):.2f}"]
            for size, rounds in asked.rounds.items()]
    return Section(
        "Writing a live batch",
        [Table(["facts in a batch", "rows", "arrays, ms", "staging, ms", "staging / arrays"], rows)],
        NOTES.format(facts=asked.facts, before=asked.before, creators=given.creators, server=server, rounds=given.rounds, seed=given.seed,
                     machine=machine()),
        plots=[Plot("writing", "Writing a live batch", "milliseconds", [row[0] for row in rows],
                    {way: [rounds.middle(way) * 1000 for rounds in asked.rounds.values()] for way in WAYS})])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = options(__doc__ or "", EXAMPLES, rounds=15)
    parser.add_argument("--creators", type=positive, default=5000, help="creators whose histories are projected (default: %(default)s)")
    parser.add_argument("--templates", type=positive, default=300, help="histories to play (default: %(default)s)")
    parser.add_argument("--sizes", type=numbers, default="1,10,100,1000", help="facts in a batch (default: %(default)s)")
    parser.add_argument("--database", help="an administrator's URL of the server to measure (default: a new one, fsync on)")
    run(parser, measured, arguments)


if __name__ == "__main__":
    main()
