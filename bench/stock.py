"""The eventsourcing library's own projection runner as a peer: one event a transaction, with its position, as it does by itself."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event
from time import perf_counter
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.application import Application
from eventsourcing.persistence import Mapper, StoredEvent, Tracking
from eventsourcing.postgres import PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from application.projector_views import writing
from application.wiring import CREATORS, System
from bench.deployment import project_one
from domain.facts import Fact
from projections.catalogue import READ_MODELS

LOOK_SECONDS, PATIENCE_SECONDS = 0.05, 300
WRITTEN_AT_ONCE = 100  # its recorder writes one pipeline, in which many events at once wait for a server that waits for them
COUNTS = "CREATE TABLE IF NOT EXISTS {} (stream uuid PRIMARY KEY, events integer NOT NULL)"
COUNT = "INSERT INTO {} AS it VALUES (%s, 1) ON CONFLICT (stream) DO UPDATE SET events = it.events + 1"


class Counted(PostgresTrackingRecorder):
    """The least that a view can be: a row for each stream, with the number of its events."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.table = Identifier(self.datastore.schema, f"{self.tracking_table_name}_counts")
        self.sql_create_statements.append(SQL(COUNTS).format(self.table))

    def count(self, fact: Fact, tracking: Tracking) -> None:
        """Count one event, in one transaction with its position."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(SQL(COUNT).format(self.table), (fact.stream,), prepare=True)


class Watched(Projection[Counted]):
    """What is timed from its first event to its last: what the runner needs to start is left out."""

    last = 0
    done: Event
    begun = ended = 0.0

    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Project one event."""
        kind = type(self)
        kind.begun = kind.begun or perf_counter()
        self.project(domain_event, tracking)
        if tracking.notification_id >= self.last:
            kind.ended = perf_counter()
            self.done.set()

    def project(self, fact: Fact, tracking: Tracking) -> None:
        """Do what this one does with an event."""
        raise NotImplementedError


class Counting(Watched):
    """Counts events."""

    name = "counting"

    def project(self, fact: Fact, tracking: Tracking) -> None:
        """Count it."""
        self.view.count(fact, tracking)


class AllReadModels(Watched):
    """Projects each event into all of our read models."""

    name = "all"
    system: System

    def project(self, fact: Fact, tracking: Tracking) -> None:
        """Find the rows, project, and write them, in one transaction with the position."""
        fact = msgspec.structs.replace(fact, position=tracking.notification_id)
        place = {"application_name": tracking.application_name, "notification_id": tracking.notification_id}
        with writing(self.system.views) as connection:
            project_one(READ_MODELS.values(), fact, connection)
            connection.connection.driver_connection.execute(self.view.insert_tracking_statement, place)  # type: ignore[union-attr]


class Runner:
    """The library's runner over an application of its own that holds the very same stored events."""

    def __init__(self, dsn: str, system: System, stored: Sequence[StoredEvent]) -> None:
        known = conninfo_to_dict(dsn)
        self._environment = {
            "PERSISTENCE_MODULE": "eventsourcing.postgres", "POSTGRES_DBNAME": str(known["dbname"]), "POSTGRES_HOST": str(known.get("host", "")),
            "POSTGRES_PORT": str(known.get("port", "5432")), "POSTGRES_USER": str(known.get("user", "")),
            "POSTGRES_PASSWORD": str(known.get("password", ""))}
        self._system, self._count = system, len(stored)

        class Stock(Application[UUID]):
            name = "stock"

            def construct_mapper(self) -> Mapper[UUID]:
                """Facts, as our own log reads them."""
                return system.store.log(CREATORS).mapper

        self._application = Stock
        with Stock(self._environment) as application:
            for start in range(0, len(stored), WRITTEN_AT_ONCE):
                application.recorder.insert_events(stored[start:start + WRITTEN_AT_ONCE])

    def seconds(self, projection: type[Watched], turn: int) -> float:
        """How long it takes to project all events, from none, under a name of this turn's own."""

        class Once(projection):  # type: ignore[misc,valid-type]
            name = f"{projection.name}{turn}"
            last, done, system = self._count, Event(), self._system

        with ProjectionRunner(
                application_class=self._application, projection_class=Once, view_class=Counted, env=self._environment) as runner:
            patience = perf_counter() + PATIENCE_SECONDS
            while not Once.done.wait(LOOK_SECONDS):
                runner.run_forever(0)  # raises what stopped it, if anything did
                if perf_counter() > patience:
                    raise TimeoutError(f"The stock runner did not project {self._count} events within {PATIENCE_SECONDS} seconds.")
            runner.view.datastore.close()  # the runner does not
            return float(Once.ended - Once.begun)
