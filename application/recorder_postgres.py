"""Logs in a PostgreSQL database: positions are given under a lock that is held until the commit, so that a reader sees them without a gap."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import accumulate
from threading import Lock
from typing import Any, NamedTuple, TypeAlias, cast
from uuid import UUID

import psycopg
from eventsourcing.persistence import IntegrityError, Notification, StoredEvent, Subscription
from psycopg.sql import SQL, Identifier, Literal
from psycopg_pool import ConnectionPool

from application.announcing import Announcer
from application.mapper import Row
from application.recorder import LAST, Answered, Append, LogRecorder, OutcomeUnknown, Remembered, RequestKey, StoredRow, TryAgain
from application.stages import PostgresStages
from application.store_arrays import Array, Bytes, Integers, Texts, Uuids, takes_arrays
from application.store_sessions import MAKING, Session, has_spoken, records_nothing
from application.together import PATIENCE_SECONDS, Closed, Figures, Together, TurnedAway

SCHEMA = "log"
MADE = Identifier(SCHEMA, "made")
CONNECTIONS_AT_MOST = 32
RECONNECT_SECONDS = 2.0  # after which the pool's attempts, each after twice as long a pause, begin anew

# Every statement here is to find its rows by an index, also while the table is so small that another plan would be cheaper: plans are kept.
SESSION = (
    "SELECT set_config('lock_timeout', %s, false), set_config('idle_in_transaction_session_timeout', %s, false), "
    "set_config('default_transaction_isolation', 'read committed', false), set_config('plan_cache_mode', 'force_generic_plan', false), "
    "set_config('jit', 'off', false), set_config('enable_seqscan', 'off', false), set_config('enable_hashjoin', 'off', false), "
    "set_config('enable_mergejoin', 'off', false), set_config('enable_bitmapscan', 'off', false), "
    "CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END")
TAKEN = "A version or a request exists already, or a version before is not there."
UNREADABLE = "The database is in trouble or too busy, and the log could not be read; try again."
UNKNOWN = "{} Whether it was recorded is not known; ask again under the same idempotency key."

TABLES = """
CREATE TABLE IF NOT EXISTS {facts} (
    position bigint PRIMARY KEY, stream uuid NOT NULL, version integer NOT NULL, name text NOT NULL, state bytea NOT NULL,
    UNIQUE (stream, version));
CREATE TABLE IF NOT EXISTS {requests} (
    principal text, stream uuid, key text, payload bytea NOT NULL, first_version integer NOT NULL, last_version integer NOT NULL,
    position bigint NOT NULL, PRIMARY KEY (principal, stream, key));
CREATE TABLE IF NOT EXISTS {snapshots} (stream uuid PRIMARY KEY, version integer NOT NULL, revision text NOT NULL, state bytea NOT NULL);
CREATE OR REPLACE FUNCTION {append}(
    streams uuid[], versions integer[], names text[], states bytea[],
    principals text[] DEFAULT NULL, asked uuid[] DEFAULT NULL, keys text[] DEFAULT NULL, payloads bytea[] DEFAULT NULL,
    firsts integer[] DEFAULT NULL, lasts integer[] DEFAULT NULL, precedings integer[] DEFAULT NULL,
    OUT last bigint, OUT refused uuid[]) LANGUAGE plpgsql AS $$
DECLARE
    alone boolean;
BEGIN
    PERFORM pg_advisory_xact_lock({lock});
    alone := cardinality(streams) = 1;  -- as it is most often; the same by simpler statements
    IF alone THEN
        IF versions[1] - 1 <> coalesce((SELECT version FROM {facts} WHERE stream = streams[1] ORDER BY version DESC LIMIT 1), 0) THEN
            refused := streams;
        END IF;
    ELSE
        SELECT array_agg(it.stream) INTO refused
            FROM (SELECT stream, min(version) AS first FROM unnest(streams, versions) AS it (stream, version) GROUP BY stream) AS it
            WHERE it.first - 1 <> coalesce(
                (SELECT version FROM {facts} WHERE {facts}.stream = it.stream ORDER BY version DESC LIMIT 1), 0);
    END IF;
    IF keys IS NOT NULL THEN
        refused := refused || (
            SELECT array_agg(it.stream) FROM unnest(principals, asked, keys) AS it (principal, stream, key)
            WHERE EXISTS (SELECT FROM {requests} AS r WHERE r.principal = it.principal AND r.stream = it.stream AND r.key = it.key));
    END IF;
    last := coalesce((SELECT position FROM {facts} ORDER BY position DESC LIMIT 1), 0);
    IF refused IS NULL THEN
        IF alone THEN
            INSERT INTO {facts} VALUES (last + 1, streams[1], versions[1], names[1], states[1]);
        ELSE
            INSERT INTO {facts}
                SELECT last + it.number, it.stream, it.version, it.name, it.state
                FROM unnest(streams, versions, names, states) WITH ORDINALITY AS it (stream, version, name, state, number);
        END IF;
        IF keys IS NOT NULL THEN
            INSERT INTO {requests}
                SELECT it.principal, it.stream, it.key, it.payload, it.first_version, it.last_version, last + it.preceding
                FROM unnest(principals, asked, keys, payloads, firsts, lasts, precedings)
                    AS it (principal, stream, key, payload, first_version, last_version, preceding);
        END IF;
    END IF;
END $$;
"""

Connected: TypeAlias = Session


class Appended(NamedTuple):
    """What is to be recorded at once: all of it, or nothing."""

    events: Sequence[StoredEvent]
    answered: Sequence[Answered]

    @property
    def streams(self) -> frozenset[UUID]:
        """The streams that are written to or asked about."""
        return frozenset(cast("list[UUID]", [it.originator_id for it in self.events])) | {it.request.stream for it in self.answered}


class PostgresLogs:
    """The logs in the schema "log" of the database that `dsn` names. Threads share its connections; readers wait for nobody.

    Nobody waits for long: `patience` seconds for a turn or a connection, as long for a lock, and twice as long for an answer.
    """

    is_written = False  # a snapshot waits for nobody

    def __init__(self, dsn: str, patience: float = PATIENCE_SECONDS) -> None:
        with psycopg.connect(dsn, connect_timeout=10):  # whoever cannot be reached says so at once
            pass
        self._patience = patience
        self.pool: ConnectionPool[Connected] = ConnectionPool(
            dsn, connection_class=Session, min_size=1, max_size=CONNECTIONS_AT_MOST, timeout=patience, open=True, check=check,
            configure=self._configure, kwargs={"autocommit": True, "prepare_threshold": 0},
            reconnect_timeout=RECONNECT_SECONDS, reconnect_failed=ConnectionPool.check)  # which tries again
        self._announcer = Announcer(self.pool)
        self._logs: dict[str, PostgresLog] = {}

    def spread(self, asked: int | None) -> int:
        """Over how many logs accounts are spread, in the table "made"; one without it was made when there was but one."""
        with making(self.pool) as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (SCHEMA,)).fetchall()
            if ("made",) not in tables:
                connection.execute(SQL("CREATE TABLE {} (logs integer NOT NULL)").format(MADE))
                connection.execute(SQL("INSERT INTO {} VALUES (%s)").format(MADE), (1 if tables else asked or 1,))
            row = connection.execute(SQL("SELECT logs FROM {}").format(MADE)).fetchone()
            assert row is not None  # noqa: S101 - it is made with its row
            return int(row[0])

    def recorder(self, name: str) -> PostgresLog:
        """The log of that name, made if it is not there."""
        log = PostgresLog(self.pool, name, lambda: self._announcer.announce(name), self._patience)
        self._logs[name] = log
        return log

    def snapshots(self, name: str) -> PostgresSnapshots:
        """The snapshots of its streams."""
        return PostgresSnapshots(self.pool, name)

    def stages(self, name: str) -> PostgresStages:
        """The stages of its streams."""
        with making(self.pool) as connection:
            return PostgresStages(self.pool, connection, Identifier(SCHEMA, f"{name}_stages"))

    def figures(self) -> dict[str, Figures]:
        """For each log, how busy it is."""
        return {name: log.together.figures() for name, log in self._logs.items()}

    def announce(self, about: str, word: str) -> None:
        """Send a word to other processes soon."""
        self._announcer.announce(about, word)

    def close(self) -> None:
        """Commit what was begun, and take nothing more."""
        for log in self._logs.values():
            log.together.close()
        self._announcer.close()
        self.pool.close()

    def _configure(self, session: Connected) -> None:
        """Set up a session."""
        milliseconds = str(round(self._patience * 1000))
        session.execute(SESSION, (milliseconds, milliseconds), prepare=False)
        session.add_notice_handler(session.heed)
        takes_arrays(session)
        session.patience = 2 * self._patience


class PostgresLog(LogRecorder):
    """The facts of one log in the table of its name, and the requests answered in "{name}_requests"."""

    def __init__(self, pool: ConnectionPool[Connected], name: str, announce: Callable[[], None], patience: float) -> None:
        self._pool, self._announce, self._patience = pool, announce, patience
        self._holding = Lock()
        self.together = Together(self.commit, patience=patience)
        lock = int.from_bytes(sha256(f"{SCHEMA}.{name}".encode()).digest()[:8], signed=True)
        named = {key: Identifier(SCHEMA, f"{name}{more}") for key, more in SUFFIXES.items()}
        with making(pool) as connection:
            connection.execute(SQL(TABLES).format(lock=Literal(lock), **named), prepare=False)

        def statement(text: str) -> bytes:
            return SQL(text).format(lock=Literal(lock), **named).as_bytes()

        place = "SELECT stream::text AS id, version, name, state, position FROM {facts} "  # ORDER BY stream is to mean the column, and its index
        self._append = statement("SELECT * FROM {append}(%b, %b, %b, %b)")
        self._append_answered = statement("SELECT * FROM {append}(%b, %b, %b, %b, %b, %b, %b, %b, %b, %b, %b)")
        self._lock = statement("SELECT pg_advisory_xact_lock({lock})")
        self._select_stream = statement(place + "WHERE stream = %b AND version > %b AND version <= %b ORDER BY version")
        self._select_streams = statement(place + "WHERE stream = ANY(%b::uuid[]) AND position <= %b ORDER BY stream, version")
        self._select_by_stream = statement(
            place + "WHERE (stream, version) > (%b, %b) AND stream <= %b AND position <= %b ORDER BY stream, version LIMIT %b")
        self._select_log = statement(place + "WHERE position > %b ORDER BY position LIMIT %b")
        self._select_stored = statement(
            "SELECT position, uuid_send(stream), version, convert_to(name, 'UTF8'), state FROM {facts} "
            "WHERE position >= %b ORDER BY position LIMIT %b")
        self._select_placed = statement(place + "WHERE position = ANY(%b::bigint[]) ORDER BY position")
        self._select_requests = statement(
            "SELECT principal, stream, key, payload, first_version, last_version, position FROM {requests} "
            "WHERE (principal, stream, key) > (%b, %b, %b) ORDER BY principal, stream, key LIMIT %b")
        self._select_named = statement(place + "WHERE position > %b AND position <= %b AND name = ANY(%b) ORDER BY position LIMIT %b")
        self._select_last = statement("SELECT coalesce(max(position), 0) FROM {facts}")
        self._select_request = statement(
            "SELECT payload, first_version, last_version, position FROM {requests} WHERE principal = %b AND stream = %b AND key = %b")

    def append(self, events: Sequence[StoredEvent], answered: Sequence[Answered]) -> int:
        """Record events and answers, in one transaction with whatever else waits."""
        try:
            return self.together(work := Appended(events, answered), work.streams, len(events) + len(answered))
        except TurnedAway as error:
            raise TryAgain(f"Too many wait to be recorded; it was not this one's turn for {self._patience:g} seconds. Nothing was recorded; "
                           "try again.") from error
        except Closed as error:
            raise TryAgain("The log is closed. Nothing was recorded; try again.") from error

    @contextmanager
    def held(self) -> Iterator[Append]:
        """The lock under which positions are given. One thread of a process waits for it at a time, and leaves connections to others."""
        if not self._holding.acquire(timeout=self._patience):
            raise TryAgain(f"Another one in this process has held the log for {self._patience:g} seconds. Nothing was recorded; try again.")
        try:
            with self._session() as connection:
                with connection.transaction():
                    connection.execute(self._lock)
                    yield lambda events, answered: self._alone(connection, Appended(events, answered))
                assert_replicated(connection)
            self._announce()
        finally:
            self._holding.release()

    def commit(self, works: Sequence[Appended]) -> list[int | BaseException]:
        """Record works that touch no stream twice, in one transaction: for each the last position before it, or why it cannot be recorded."""
        with self._session() as connection:
            try:
                return self._appended(connection, works)
            except psycopg.OperationalError:  # the database's trouble: to try again would not help, or might do it twice
                raise
            except psycopg.Error as error:
                if len(works) == 1:
                    return [error]
        return [outcome for work in works for outcome in self.commit([work])]  # one of them cannot be stored: the others can

    def _appended(self, connection: Connected, works: Sequence[Appended]) -> list[int | BaseException]:
        """Record whatever does not exist, in one transaction, and say what does."""
        outcomes: list[int | BaseException] = [IntegrityError(TAKEN) for _ in works]
        left = list(range(len(works)))
        while left:
            chosen = [works[number] for number in left]
            last, refused = self._asked(connection, chosen)
            assert_replicated(connection)
            if not refused:
                self._announce()
                for number, before in zip(left, preceding(chosen), strict=True):
                    outcomes[number] = last + before
                break
            left = [number for number in left if works[number].streams.isdisjoint(refused)]
        return outcomes

    def _alone(self, connection: Connected, work: Appended) -> int:
        last, refused = self._asked(connection, [work])
        if refused:
            raise IntegrityError(TAKEN)
        return last

    def _asked(self, connection: Connected, works: Sequence[Appended]) -> tuple[int, list[UUID] | None]:
        """Record works, unless something of them exists. Gives the last position before them, and the streams of what exists."""
        answers = answer_columns(works)
        row = connection.execute(
            self._append_answered if answers else self._append, fact_columns(works) + answers, binary=True).fetchone()
        assert row is not None  # noqa: S101 - a function answers with a row
        return row[0], row[1]

    @contextmanager
    def _session(self) -> Iterator[Connected]:
        """A session to write with: what goes wrong with it is told with what has become of the transaction."""
        try:
            with self._pool.connection() as connection:
                yield connection
        except psycopg.OperationalError as error:
            if records_nothing(error):
                raise TryAgain("The database is in trouble or too busy. Nothing was recorded; try again.") from error
            raise OutcomeUnknown(UNKNOWN.format("The database was lost meanwhile.")) from error

    def _rows(self, statement: bytes, *values: object) -> list[Any]:
        try:
            with self._pool.connection() as connection:
                return connection.execute(statement, values, binary=True).fetchall()
        except psycopg.OperationalError as error:
            raise TryAgain(UNREADABLE) from error

    def stream_rows(self, stream: UUID, after: int, until: int = LAST) -> list[Row]:
        """The rows of a stream after a version, up to and with another one."""
        return self._rows(self._select_stream, stream, after, until)

    def streams_rows(self, streams: Collection[UUID], until: int) -> list[Row]:
        """The rows of several streams up to and with a position of the log, one stream after the other."""
        return self._rows(self._select_streams, list(streams), until)

    def rows_by_stream(self, stream: UUID, version: int, last: UUID, until: int, limit: int) -> list[Row]:
        """The rows up to and with a position of the log, by stream and version: at most `limit` of those after these, up to the `last` stream."""
        return self._rows(self._select_by_stream, stream, version, last, until, limit)

    def log_rows(self, after: int, limit: int) -> list[Row]:
        """The rows of the log after a position, at most `limit` of them."""
        return self._rows(self._select_log, after, limit)

    def stored_rows(self, first: int, limit: int) -> list[StoredRow]:
        """What lies at a position and after it, at most `limit` rows of it."""
        return list(map(StoredRow._make, self._rows(self._select_stored, first, limit)))

    def placed_rows(self, positions: Collection[int]) -> list[Row]:
        """The rows at these positions of the log, in order; nothing where there is none."""
        return self._rows(self._select_placed, list(positions))

    def requests_after(self, after: RequestKey | None, limit: int) -> list[tuple[RequestKey, Remembered]]:
        """The requests that were answered, by their keys, after one of them (None: from the first), at most `limit` of them."""
        rows = self._rows(self._select_requests, *(after or RequestKey("", UUID(int=0), "")), limit)
        return [(RequestKey(*row[:3]), Remembered(*row[3:])) for row in rows]

    def named_rows(self, names: Sequence[str], after: int, until: int, limit: int) -> list[Row]:
        """The rows of those names after a position and up to another one, at most `limit` of them."""
        return self._rows(self._select_named, after, until, list(names), limit)

    def last_position(self) -> int:
        """The greatest position, 0 while the log is empty."""
        return int(self._rows(self._select_last)[0][0])

    def remembered(self, request: RequestKey) -> Remembered | None:
        """What is remembered of a request, if it was answered. It is as durable then as when it was answered first."""
        rows = self._rows(self._select_request, request.principal, request.stream, storable(request.key))
        if rows:
            self._wait_for_standbys()
        return Remembered(*rows[0]) if rows else None

    def _wait_for_standbys(self) -> None:
        """Come back when everything that can be read now is as durable as what is answered.

        What can be read might not have reached the standbys: somebody cancelled the wait for them, or the server started anew meanwhile.
        """
        with self._session() as connection:
            connection.execute("SELECT pg_logical_emit_message(true, 'governance', '')")  # it is written, so its commit waits
            assert_replicated(connection)

    # The library's own way to ask

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """Record events."""
        last = self.append(stored_events, ())
        return range(last + 1, last + 1 + len(stored_events))

    def select_events(
            self, originator_id: UUID | str, *, gt: int | None = None, lte: int | None = None, desc: bool = False,
            limit: int | None = None) -> Sequence[StoredEvent]:
        """Events of a stream."""
        rows = [row for row in self.stream_rows(UUID(str(originator_id)), gt or 0) if lte is None or row[1] <= lte]
        return [StoredEvent(UUID(row[0]), *row[1:4]) for row in (rows[::-1] if desc else rows)[:limit]]

    def select_notifications(
            self, start: int | None, limit: int, stop: int | None = None, topics: Sequence[str] = (), *,
            inclusive_of_start: bool = True) -> Sequence[Notification]:
        """Events of the log."""
        after = 0 if start is None else start - inclusive_of_start
        rows = self.named_rows(topics, after, self.last_position() if stop is None else stop, limit) if topics else self.log_rows(after, limit)
        return [Notification(UUID(row[0]), *row[1:]) for row in rows if stop is None or row[4] <= stop]

    def max_notification_id(self) -> int | None:
        """The greatest position."""
        return self.last_position() or None

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Subscription[Any]:
        """Nobody here asks for it."""
        raise NotImplementedError


class PostgresSnapshots:
    """The latest snapshot of each stream, in "{name}_snapshots"."""

    def __init__(self, pool: ConnectionPool[Connected], name: str) -> None:
        table = Identifier(SCHEMA, f"{name}_snapshots")
        self._pool = pool
        self._select = SQL("SELECT version, revision, state FROM {} WHERE stream = %b").format(table).as_bytes()
        self._upsert = SQL(
            "INSERT INTO {table} VALUES (%b, %b, %b, %b) ON CONFLICT (stream) DO UPDATE "
            "SET version = excluded.version, revision = excluded.revision, state = excluded.state").format(table=table).as_bytes()

    def latest(self, stream: UUID) -> tuple[int, str, bytes] | None:
        """The version, the revision and the bytes of a stream's snapshot, if it has one."""
        try:
            with self._pool.connection() as connection:
                return connection.execute(self._select, (stream,), binary=True).fetchone()
        except psycopg.OperationalError as error:
            raise TryAgain(UNREADABLE) from error

    def put(self, stream: UUID, version: int, revision: str, state: bytes) -> None:
        """Keep a snapshot."""
        with self._pool.connection() as connection:
            connection.execute(self._upsert, (stream, version, revision, state))


@contextmanager
def making(pool: ConnectionPool[Session]) -> Iterator[Session]:
    """A transaction in which tables are made: in one process at a time."""
    with pool.connection() as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (MAKING,))
        connection.execute(SQL("CREATE SCHEMA IF NOT EXISTS {}").format(Identifier(SCHEMA)))
        yield connection


SUFFIXES = {"facts": "", "requests": "_requests", "snapshots": "_snapshots", "append": "_append"}


def assert_replicated(connection: Connected) -> None:
    """Answer nobody if the server did not wait for its standbys: it is committed, and may be lost with this server."""
    if connection.unsure:
        connection.unsure = False
        raise OutcomeUnknown(UNKNOWN.format("The wait for a standby of the database was cancelled."))


def check(connection: Connected) -> None:
    """Let no connection be used that the server has ended."""
    if has_spoken(connection):
        ConnectionPool.check_connection(connection)


def storable(key: str) -> str:
    """An idempotency key as it is stored: PostgreSQL's text cannot hold the character NUL."""
    return key.replace("\0", "\ufffd")


def preceding(works: Sequence[Appended]) -> list[int]:
    """For each work the number of events before it."""
    return list(accumulate((len(work.events) for work in works), initial=0))[:-1]


def fact_columns(works: Sequence[Appended]) -> list[Array | None]:
    """The facts of works, column by column."""
    events = [it for work in works for it in work.events]
    if not events:
        return [None] * 4
    return [
        Uuids(cast("UUID", it.originator_id) for it in events), Integers(it.originator_version for it in events),
        Texts(it.topic for it in events), Bytes(it.state for it in events)]


def answer_columns(works: Sequence[Appended]) -> list[Array | None]:
    """The answers of works, column by column; no column if there is none."""
    answered = [(it, before + it.preceding) for work, before in zip(works, preceding(works), strict=True) for it in work.answered]
    if not answered:
        return []
    return [
        Texts(it.request.principal for it, _ in answered), Uuids(it.request.stream for it, _ in answered),
        Texts(storable(it.request.key) for it, _ in answered), Bytes(it.payload for it, _ in answered),
        Integers(it.first_version for it, _ in answered), Integers(it.last_version for it, _ in answered),
        Integers(place for _, place in answered)]
