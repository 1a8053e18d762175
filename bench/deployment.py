"""What the benchmarks know of a deployment's inside: its tables, its processes, how it is filled. Whoever changes one of them looks here."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from time import monotonic, sleep
from typing import Any

import orjson
import psycopg
from pydantic import SecretStr

from application.library import read_packs
from application.projector_views import open_views
from application.settings import Settings
from application.store_files import connected
from application.wiring import CREATORS, System, opened
from bench.scene import MASTER_KEY, MODERATOR, PACKS
from bench.stamping import Stamped
from domain.packs.publishing import PublishPack
from projections import storing
from projections.catalogue import CREATORS_LOG
from projections.reading import Reader
from projections.readmodel import ReadModel
from projections.tables import timeline

LOG_SCHEMA, LOG_TABLE = "log", "log.creators"
VIEWS_SCHEMA = "views"
START_SECONDS = 120
LOOK_SECONDS = 0.0005
AUDITOR = "dev:AUDITOR:bench"
COPY_BYTES = 1 << 20
COPY_BEGIN, COPY_END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
COMMAND = (sys.executable, "-c", "from api.cli import main; main()")
NEVER = "1e9"  # seconds between two sweeps
STATUS = "/proc/{}/status"


def settings_in(folder: Path, database: str) -> Settings:
    """The settings of a deployment in a folder, and in a PostgreSQL database unless that is ""."""
    return Settings(folder=folder, database=SecretStr(database) if database else None, master_key=b64encode(MASTER_KEY).decode())  # type: ignore[arg-type]


@contextmanager
def deployed(folder: Path, database: str, *, projecting: bool = True) -> Iterator[System]:
    """The deployment, open, with the shipped packs published."""
    with opened(settings_in(folder, database), projecting=projecting) as system:
        for found in read_packs(PACKS):
            system.library.publish(PublishPack(found.pack), MODERATOR)
        yield system


def fill(system: System, parts: Iterable[Sequence[Stamped]]) -> int:
    """Write facts straight into the log of accounts, which nobody else may write to meanwhile. Gives how many there are then."""
    position = system.store.log(CREATORS).last_position()
    settings = system.settings
    write = fill_postgres if settings.database else fill_sqlite
    for part in parts:
        write(settings, part, position)
        position += len(part)
    return position


def fill_postgres(settings: Settings, facts: Sequence[Stamped], position: int) -> None:
    """By COPY, in its binary format."""
    assert settings.database is not None  # noqa: S101 - asked before
    with (psycopg.connect(settings.database.get_secret_value()) as connection, connection.cursor() as cursor,
          cursor.copy(f"COPY {LOG_TABLE} (position, stream, version, name, state) FROM STDIN (FORMAT BINARY)".encode()) as copy):
        for piece in packed(facts, position):
            copy.write(piece)


def packed(facts: Sequence[Stamped], position: int) -> Iterator[bytes]:
    """Rows in the binary format of COPY."""
    buffer = bytearray(COPY_BEGIN)
    head, length = struct.Struct(">hiqi16sii"), struct.Struct(">i")
    names = {name: length.pack(len(name)) + name.encode() for name in {fact.name for fact in facts}}
    for number, (stream, version, name, state) in enumerate(facts, start=position + 1):
        buffer += head.pack(5, 8, number, 16, stream.bytes, 4, version) + names[name] + length.pack(len(state)) + state
        if len(buffer) > COPY_BYTES:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer) + COPY_END


def fill_sqlite(settings: Settings, facts: Sequence[Stamped], position: int) -> None:
    """In one transaction."""
    with closing(connected(settings.folder / "log.db")) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO creators (rowid, originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?, ?)",
            ((number, fact.stream.hex, *fact[1:]) for number, fact in enumerate(facts, start=position + 1)))
        connection.execute("COMMIT")


def tidied(system: System) -> None:
    """What the database does by itself sooner or later, done now: statistics, pages marked as seen by all."""
    settings = system.settings
    if settings.database:
        with psycopg.connect(settings.database.get_secret_value(), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")
    else:
        for name in ("log.db", "views.db"):
            with closing(connected(settings.folder / name)) as file:
                file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def sizes(system: System) -> tuple[int, int]:
    """Bytes on disk of the logs and of the read models, with their indexes."""
    settings = system.settings
    if not settings.database:
        return (settings.folder / "log.db").stat().st_size, (settings.folder / "views.db").stat().st_size
    with psycopg.connect(settings.database.get_secret_value()) as connection:
        found: dict[str, int] = dict(connection.execute(
            "SELECT schemaname, sum(pg_total_relation_size(format('%I.%I', schemaname, tablename)))::bigint "
            "FROM pg_tables GROUP BY schemaname").fetchall())
    return found[LOG_SCHEMA], found[VIEWS_SCHEMA]


def tables_of(models: Iterable[ReadModel]) -> list[str]:
    """The tables of read models, by name."""
    return [table.name for model in models for table in model.tables]


def project_one(models: Iterable[ReadModel], fact: Any, connection: Any) -> None:
    """Project one fact into all read models, within a transaction."""
    for model in models:
        place = storing.own(model)
        batch = storing.load(connection, place, 0, [fact])
        model.project([fact], batch)
        for change in storing.changes(place, batch):
            storing.write(connection, 0, change)


def follow(system: System, stopped: Event) -> None:
    """Keep the read models of accounts up with their log, as a process does that only projects (`governance project`)."""
    if system.settings.database:
        with system.followed():
            stopped.wait()
        return
    log = system.store.log(CREATORS)
    come_to = -1
    while not stopped.is_set():
        if (last := log.last_position()) > come_to:
            come_to = system.projector.catch_up_with(CREATORS_LOG, last)
        else:
            sleep(LOOK_SECONDS)


class Looking:
    """A reader who asks, again and again, how far the timeline has come: a fact is visible once its row is there."""

    def __init__(self, settings: Settings) -> None:
        self._views = open_views(settings.folder, settings.database.get_secret_value() if settings.database else "")

    def close(self) -> None:
        """Look no more."""
        self._views.dispose()

    def __call__(self) -> int:
        """The position of its last row."""
        with self._views.connect() as connection:
            return Reader(connection).last_position(timeline, CREATORS_LOG)


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """The environment of a process of that deployment."""
    database = settings.database.get_secret_value() if settings.database else ""
    root = str(Path(__file__).parent.parent)
    return {
        "PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", root), "PYTHONPATH": root, "GOVERNANCE_FOLDER": str(settings.folder),
        "GOVERNANCE_DATABASE": database, "GOVERNANCE_MASTER_KEY": b64encode(MASTER_KEY).decode(), "GOVERNANCE_LOG_LEVEL": "WARNING",
        "GOVERNANCE_SETTLE_EVERY": NEVER, **more}


def command(settings: Settings, *words: str) -> None:
    """Run `governance` with these words, and wait for it."""
    done = subprocess.run([*COMMAND, *words], env=environment(settings), stdout=subprocess.DEVNULL, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"governance {' '.join(words)} ended with {done.returncode}; what it said stands above.")


class Server:
    """`governance serve`, running."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self._connection = HTTPConnection("127.0.0.1", port, timeout=START_SECONDS)

    def ask(self, query: str, token: str = AUDITOR, **variables: Any) -> dict[str, Any]:
        """What it answers; RuntimeError if there is an error in that."""
        body, headers = orjson.dumps({"query": query, "variables": variables}), {"authorization": f"Bearer {token}"}
        try:
            answer = self._posted(body, headers)
        except ConnectionError:  # the server closes a connection that nobody has used for some seconds
            self._connection.close()
            answer = self._posted(body, headers)
        if "errors" in answer:
            raise RuntimeError(f"{query} was answered with {answer['errors']}.")
        return answer["data"]  # type: ignore[no-any-return]

    def _posted(self, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        self._connection.request("POST", "/graphql", body, {"content-type": "application/json", **headers})
        return orjson.loads(self._connection.getresponse().read())  # type: ignore[no-any-return]

    def answers(self) -> bool:
        """Whether it does so yet."""
        try:
            self.ask("{ __typename }")
        except OSError:
            self._connection.close()  # the next question connects anew
            return False
        return True

    def memory(self) -> dict[str, int]:
        """Bytes of memory that it holds now (VmRSS), and held at most (VmHWM); nothing where the system does not say."""
        status = Path(STATUS.format(self._process.pid))
        lines = status.read_text().splitlines() if status.exists() else []
        return {name: int(value.split()[0]) * 1024 for name, _, value in (line.partition(":") for line in lines) if name in {"VmRSS", "VmHWM"}}

    def close(self) -> None:
        """Let it end."""
        self._connection.close()
        self._process.terminate()
        self._process.wait(START_SECONDS)


@contextmanager
def serving(settings: Settings) -> Iterator[Server]:
    """A server of that deployment, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with subprocess.Popen([*COMMAND, "serve"], env=environment(settings, GOVERNANCE_PORT=str(port)),  # noqa: S603
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        server = Server(process, port)
        try:
            until_it_answers(server, process)
            yield server
        finally:
            server.close()


def until_it_answers(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Wait for a server that has just been started."""
    end = monotonic() + START_SECONDS
    while process.poll() is None and monotonic() < end:
        if server.answers():
            return
        sleep(0.05)
    raise RuntimeError(f"governance serve did not answer within {START_SECONDS} seconds.")


def free_bytes(folder: Path) -> int:
    """How much room there is where a folder is."""
    return shutil.disk_usage(folder).free


def rows_of(settings: Settings, statement: str) -> list[Any]:
    """What a statement finds in the read models: to choose what to ask about, never timed."""
    if settings.database:
        with psycopg.connect(settings.database.get_secret_value(), options=f"-c search_path={VIEWS_SCHEMA}") as connection:
            return connection.execute(statement.encode()).fetchall()
    with closing(sqlite3.connect(settings.folder / "views.db")) as file:
        return file.execute(statement).fetchall()
