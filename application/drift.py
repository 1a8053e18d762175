"""Whether the read models are what history makes of them: all of it is replayed into a file of its own, and compared row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Engine, Table, select
from sqlalchemy.dialects import sqlite

from application.projector import FACTS_AT_MOST
from application.projector_beside import Progress, fill_part
from application.projector_views import open_views, writing
from application.store import WHOLE, Log
from domain.facts import Fact
from projections import places, storing
from projections.catalogue import models_of
from projections.places import Position
from projections.readmodel import ReadModel
from projections.rows import Batch, Key, Row, key_columns

ROWS_AT_ONCE = 2000
TOLD_AT_MOST = 20
SQLITE = sqlite.dialect()  # into which all is replayed


class Drift(NamedTuple):
    """A row that is not what history gives: `stored` None if it is missing, `replayed` None if nothing leads to it.

    `began` is the position, in the log of that number, of the fact from which on it is wrong (None: it is a sum over many streams, or no
    fact ever made such a row); `stream`, `version` and `kind` name that fact.
    """

    model: str
    table: str
    key: Row
    stored: Row | None
    replayed: Row | None
    log: int
    began: int | None = None
    stream: UUID | None = None
    version: int | None = None
    kind: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that differ; none if the row is missing or too many."""
        if self.stored is None or self.replayed is None:
            return ()
        return tuple(name for name, value in self.replayed.items() if not same(value, self.stored[name]))


class Checked(NamedTuple):
    """How many rows were compared and how many had drifted, with the first of them; the read models that must be rebuilt are left out."""

    rows: int
    drifted: int
    first: tuple[Drift, ...]
    left_out: tuple[str, ...]


class Following(NamedTuple):
    """A read model of one log, and where it was seen."""

    number: int
    model: ReadModel
    seen: Position


def check(logs: Mapping[int, Log[Any]], views: Engine, progress: Callable[[str, int, int], None], at_most: int = TOLD_AT_MOST) -> Checked:
    """Compare the read models of all logs with a replay of everything that they have come to. `at_most` drifts are told in full.

    Others may go on recording and projecting meanwhile. `progress` hears of the stage, how much is done and how much there is. The replay
    needs about as much room among the temporary files as the read models take.
    """
    with TemporaryDirectory() as folder, opened(Path(folder)) as replayed:
        with views.connect() as connection:
            following, left_out = seen_of(connection, logs)
        fill(logs, replayed, following, partial(progress, "Replaying"))
        with views.connect() as connection:
            now = {(it.number, it.model.name): it for it in seen_of(connection, logs)[0]}
            for it in following:
                forward(logs[it.number], replayed, it, now[it.number, it.model.name].seen.position)
            with replayed.connect() as other:
                rows, drifted, first = counted(compared(connection, other, following, partial(progress, "Comparing")), at_most)
    models = {it.model.name: it.model for it in following}
    return Checked(rows, drifted, tuple(began(logs[drift.log], models[drift.model], drift) for drift in first), left_out)


def counted(compared_rows: Iterable[Drift | None], at_most: int) -> tuple[int, int, list[Drift]]:
    """How many rows there are, how many of them have drifted, and the first of these."""
    rows, drifted, first = 0, 0, list[Drift]()
    for drift in compared_rows:
        rows += 1
        if drift is not None:
            drifted += 1
            first += [drift][:at_most - len(first)]
    return rows, drifted, first


@contextmanager
def opened(folder: Path) -> Iterator[Engine]:
    """Read models of their own."""
    engine = open_views(folder)
    try:
        yield engine
    finally:
        engine.dispose()


def seen_of(connection: Connection, logs: Iterable[int]) -> tuple[list[Following], tuple[str, ...]]:
    """Every read model of every log as it is seen now, and the names of those of another version."""
    found, outdated = [], []
    for number in logs:
        seen = places.read(connection, number)
        for name, model in models_of(number).items():
            if seen[name].version == model.version:
                found.append(Following(number, model, seen[name]))
            else:
                outdated.append(name)
    return found, tuple(dict.fromkeys(outdated))


def fill(logs: Mapping[int, Log[Any]], replayed: Engine, following: Iterable[Following], progress: Progress) -> None:
    """Replay what each read model has come to."""
    parts = [(number, position, list(some)) for (number, position), some in groupby(
        sorted(following, key=lambda it: (it.number, it.seen.position)), key=lambda it: (it.number, it.seen.position))]
    whole, done = sum(position for _, position, _ in parts), 0
    for number in logs:
        with writing(replayed) as connection:
            places.prepare(connection, models_of(number).values(), number)
    for number, position, some in parts:
        own = [storing.own(it.model) for it in some]
        for count in fill_part(logs[number], number, replayed, own, position, WHOLE):
            done += count
            progress(done, whole)
        with writing(replayed) as connection:
            places.advance(connection, number, [place.name for place in own], position)


def forward(log: Log[Any], replayed: Engine, it: Following, until: int) -> None:
    """Replay what came since, up to and with a position."""
    position, place = it.seen.position, storing.own(it.model)
    while position < until:
        facts = log.facts_after(position, min(FACTS_AT_MOST, until - position))
        with writing(replayed) as connection:
            for change in storing.projected(place, storing.load(connection, place, it.number, facts), facts):
                storing.write(connection, it.number, change)
        position = facts[-1].position


def compared(connection: Connection, other: Connection, following: Sequence[Following], progress: Progress) -> Iterator[Drift | None]:
    """For each row of each table how it has drifted; None if it has not."""
    models = {it.model.name: it.model for it in following}
    tables = [(model, table) for model in models.values() for table in model.tables]
    for done, (model, table) in enumerate(tables, start=1):
        numbers = sorted(it.number for it in following if it.model.name == model.name)
        names = [column.name for column in table.primary_key.columns]
        for key, stored, replayed in side_by_side(rows_of(connection, table, numbers), rows_of(other, table, numbers)):
            if stored is not None and replayed is not None and all(map(same, replayed.values(), stored.values())):
                yield None
            else:
                place = dict(zip(names, key, strict=True))
                yield Drift(model.name, table.name, place, stored, replayed, place["log"])
        progress(done, len(tables))


def rows_of(connection: Connection, table: Table, numbers: Iterable[int]) -> Iterator[tuple[tuple[Any, ...], Row]]:
    """The rows of a table that belong to some logs, by their keys, in the order of these."""
    key = list(table.primary_key.columns)
    statement = select(table).where(table.c.log.in_(list(numbers))).order_by(*key)
    for row in connection.execute(statement, execution_options={"yield_per": ROWS_AT_ONCE}).mappings():
        yield tuple(row[column.name] for column in key), dict(row)


def side_by_side(
        ones: Iterator[tuple[Any, Row]], others: Iterator[tuple[Any, Row]]) -> Iterator[tuple[tuple[Any, ...], Row | None, Row | None]]:
    """The rows of both under their keys; None where one has none."""
    one, other = next(ones, None), next(others, None)
    while one or other:
        if other is None or (one is not None and one[0] < other[0]):
            assert one is not None  # noqa: S101 - one of them is there
            yield one[0], one[1], None
            one = next(ones, None)
        elif one is None or other[0] < one[0]:
            yield other[0], None, other[1]
            other = next(others, None)
        else:
            yield one[0], one[1], other[1]
            one, other = next(ones, None), next(others, None)


def same(replayed: Any, stored: Any) -> bool:
    """Whether two values are the same in the eyes of the database: PostgreSQL cannot hold the character NUL (`Words`)."""
    return replayed == stored or (isinstance(replayed, str) and replayed.replace("\0", "\ufffd") == stored)


def began(log: Log[Any], model: ReadModel, drift: Drift) -> Drift:
    """The same with where it began.

    That is the first fact after which the row is no longer what is stored; or, if it never was, that which gave the columns that differ
    what they should hold.
    """
    row = drift.replayed or drift.stored
    table = next(table for table in model.tables if table.name == drift.table)
    if row is None or "adds" in table.info:
        return drift
    facts = history_of(log, row)
    states = [None, *replays(model, table, tuple(drift.key[column.name] for column in key_columns(table)), facts)]
    matching = [place for place, state in enumerate(states) if alike(state, drift.stored)]
    place = next((it for it in range(matching[-1], len(states)) if not alike(states[it], drift.stored)), 0) if matching else settled_at(
        states, drift)
    if not place:
        return drift
    fact = facts[place - 1]
    return drift._replace(began=fact.position, stream=fact.stream, version=fact.version, kind=type(fact.event).__name__)


def history_of(log: Log[Any], row: Row) -> list[Fact]:
    """The facts of the stream that a row follows from: that of the fact at its position, or the one that it names and that this log holds."""
    if "position" in row and (found := log.facts_at([row["position"]])):
        return log.facts(found[0].stream)
    named = (value for name, value in sorted(row.items(), key=lambda it: it[0] != "creator_id") if isinstance(value, UUID))
    return next((facts for stream in named if (facts := log.facts(stream))), [])


def replays(model: ReadModel, table: Table, key: tuple[Any, ...], facts: Iterable[Fact]) -> Iterator[Row | None]:
    """What a row is after each fact."""
    batch, own = Batch(model.tables), key[0] if len(key) == 1 else key
    for fact in facts:
        model.project([fact], batch)
        yield row_in(batch, table, own, key)


def row_in(batch: Batch, table: Table, own: Key, key: tuple[Any, ...]) -> Row | None:
    """A row of a batch as it would be read back."""
    row = batch[table].get(own)
    names = [column.name for column in key_columns(table)]
    if row is None and "owner" in table.info:
        rows = batch.replaced[table.name].get(key[names.index(table.info["owner"])], ())
        row = next((it for it in rows if tuple(it[name] for name in names) == key), None)
    return None if row is None else read_back(table, row)


def read_back(table: Table, row: Row) -> Row:
    """A row as the database that is replayed into would give it."""
    return {name: through(table.c[name].type, value) for name, value in row.items()}


def through(kind: Any, value: Any) -> Any:
    """A value, written and read."""
    bind, result = kind.dialect_impl(SQLITE).bind_processor(SQLITE), kind.dialect_impl(SQLITE).result_processor(SQLITE, None)
    written = bind(value) if bind else value
    return result(written) if result else written


def alike(state: Row | None, stored: Row | None) -> bool:
    """Whether a row is what is stored, but for its log."""
    if state is None or stored is None:
        return state is stored
    return all(same(value, stored[name]) for name, value in state.items())


def settled_at(states: list[Row | None], drift: Drift) -> int:
    """The place of the state from which on the columns that differ hold what they should; 0 if there is none."""
    if drift.replayed is None:
        return 0
    right = {name: drift.replayed[name] for name in drift.columns or drift.replayed if name != "log"}
    place = len(states)
    while place > 1 and (state := states[place - 1]) is not None and all(state[name] == value for name, value in right.items()):
        place -= 1
    return place if place < len(states) else 0
