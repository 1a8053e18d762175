"""What can be measured of one application, as Prometheus reads it at /metrics.

Every value of a label is one of a fixed set: names of read models, logs, commands and refusals, never anybody's id or words.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Gauge, GCCollector, Histogram, PlatformCollector, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.errors import NotYetKnown
from application.status import Following, head_of
from application.usage import appends_of, pools_of
from application.wiring import System

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
LONG_SECONDS = (0.01, 0.1, 1, 10, 60, 600)

class Metrics:
    """The figures of one application, in a registry of its own."""

    def __init__(self, system: System) -> None:
        self.system = system
        disable_created_metrics()  # type: ignore[no-untyped-call]  # else every counter is told twice, once as the time it was made
        self.registry = registry = CollectorRegistry()
        GCCollector(registry)
        PlatformCollector(registry)
        ProcessCollector(registry=registry)
        self.commands = Counter(
            "governance_commands", "Commands asked for over the API, by what came of them: answered, repeated, failed, or the refusal's code.",
            ("command", "outcome"), registry=registry)
        self.command_seconds = Histogram(
            "governance_command_duration_seconds", "Time from a command to its answer, recorded and flushed to disk.", ("command",),
            buckets=SECONDS, registry=registry)
        self.requests = Counter(
            "governance_http_requests", "HTTP requests answered.", ("method", "path", "status"), registry=registry)
        self.request_seconds = Histogram(
            "governance_http_request_duration_seconds", "Time from a request's head to the end of its answer.", ("method", "path"),
            buckets=SECONDS, registry=registry)
        self.operations = Counter("governance_graphql_operations", "GraphQL operations begun.", ("type",), registry=registry)
        self.errors = Counter("governance_graphql_errors", "Errors that operations over HTTP were answered with.", ("code",), registry=registry)
        self.wait_seconds = Histogram(
            "governance_read_wait_seconds", "Time waited until the read models held what a mutation recorded, or what `atLeast` asks for.",
            buckets=SECONDS, registry=registry)
        self.wait_timeouts = Counter("governance_read_wait_timeouts", "Such waits that were given up.", registry=registry)
        self.connections = Gauge("governance_websocket_connections", "WebSockets open.", registry=registry)
        self.subscriptions = Gauge("governance_subscriptions", "Subscriptions followed.", registry=registry)
        self.settle_runs = Counter("governance_settle_runs", "Sweeps for what falls due, by outcome.", ("outcome",), registry=registry)
        self.settle_seconds = Histogram("governance_settle_duration_seconds", "Time that a sweep took.", buckets=LONG_SECONDS, registry=registry)
        self.settled = Counter("governance_settled_accounts", "Accounts on which a sweep found something due.", registry=registry)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Meanwhile somebody waits for the read models, or is told that they have not come so far."""
        began = perf_counter()
        try:
            yield
        except NotYetKnown:
            self.wait_timeouts.inc()
            raise
        finally:
            self.wait_seconds.observe(perf_counter() - began)

    @contextmanager
    def settling(self) -> Iterator[None]:
        """Meanwhile a sweep runs."""
        began, outcome = perf_counter(), "failed"
        try:
            yield
            outcome = "done"
        finally:
            self.settle_runs.labels(outcome).inc()
            self.settle_seconds.observe(perf_counter() - began)

    def told(self, found: Following | None, accept: str) -> tuple[bytes, str]:
        """All of it, with how far everything has come, in the form that a scraper accepts; and the name of that form."""
        encode, media = choose_encoder(accept)
        return encode(Scraped(self, found)), media


class Scraped(Collector):
    """All that is told at one time: the figures of an application, and how far everything has come (None: the database does not answer)."""

    def __init__(self, metrics: Metrics, found: Following | None) -> None:
        self._metrics = metrics
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """The figures."""
        up = GaugeMetricFamily("governance_database_up", "Whether the database answered (1) or not (0).")
        up.add_metric((), self._found is not None)
        yield up
        if self._found:
            yield from of_logs(self._found)
            yield from of_models(self._found)
        yield from of_heads(self._metrics.system)
        yield from of_appends(self._metrics.system)
        yield from of_pools(self._metrics.system)
        yield from self._metrics.registry.collect()


def of_logs(found: Following) -> Iterator[Metric]:
    """How far the logs have come."""
    position = GaugeMetricFamily("governance_log_position", "The last position of a log.", labels=("log",))
    facts = CounterMetricFamily("governance_facts_appended", "Facts in a log, whichever process recorded them.", labels=("log",))
    for it in found.logs:
        position.add_metric((it.name,), it.position)
        facts.add_metric((it.name,), it.facts)
    yield position
    yield facts


def of_models(found: Following) -> Iterator[Metric]:
    """How far the read models and other followers have come."""
    labels = ("model", "log")
    position = GaugeMetricFamily("governance_read_model_position", "The position that a read model has come to.", labels=labels)
    backlog = GaugeMetricFamily("governance_read_model_backlog_facts", "Facts that a read model lacks.", labels=labels)
    lag = GaugeMetricFamily(
        "governance_read_model_lag_seconds", "Time since the oldest fact that a read model lacks was recorded; 0: it lacks none.", labels=labels)
    stopped = GaugeMetricFamily("governance_read_model_stopped", "Whether a fact stopped a read model (1).", labels=labels)
    outdated = GaugeMetricFamily("governance_read_model_outdated", "Whether a read model must be rebuilt (1).", labels=labels)
    for it in found.models:
        its = (it.name, it.log)
        position.add_metric(its, it.position)
        backlog.add_metric(its, it.backlog)
        if it.lag_seconds is not None:
            lag.add_metric(its, it.lag_seconds)
        stopped.add_metric(its, it.state == "stopped")
        outdated.add_metric(its, it.state == "outdated")
    behind = GaugeMetricFamily("governance_follower_position", "The position that something else has come to.", labels=("follower", "log"))
    for other in found.followers:
        behind.add_metric((other.name, other.log), other.position)
    yield from (position, backlog, lag, stopped, outdated, behind)


def of_heads(system: System) -> Iterator[Metric]:
    """How old the latest signed head is, if one was taken."""
    age = GaugeMetricFamily("governance_head_age_seconds", "Time since the latest signed tree head was taken.")
    if head := head_of(system.settings.folder, system.clock()):
        age.add_metric((), head.age_seconds)
    yield age


def of_appends(system: System) -> Iterator[Metric]:
    """How callers of this process share transactions: appends by transactions is how many share one."""
    waiting = GaugeMetricFamily("governance_appends_waiting", "Callers that wait to be recorded.", labels=("log",))
    works = CounterMetricFamily("governance_appends", "Appends asked for in this process.", labels=("log",))
    transactions = CounterMetricFamily("governance_append_transactions", "Transactions that these shared.", labels=("log",))
    turned_away = CounterMetricFamily("governance_appends_turned_away", "Appends for which there was no room in time.", labels=("log",))
    for name, it in appends_of(system.store.datastore).items():
        waiting.add_metric((name,), it.waiting)
        works.add_metric((name,), it.works)
        transactions.add_metric((name,), it.transactions)
        turned_away.add_metric((name,), it.turned_away)
    yield from (waiting, works, transactions, turned_away)


def of_pools(system: System) -> Iterator[Metric]:
    """How much the pools of database connections are used."""
    connections = GaugeMetricFamily("governance_pool_connections", "Connections that are open, used or not.", labels=("pool", "state"))
    most = GaugeMetricFamily("governance_pool_connections_max", "Connections that may be open.", labels=("pool",))
    for it in pools_of(system):
        connections.add_metric((it.name, "used"), it.used)
        connections.add_metric((it.name, "idle"), it.idle)
        most.add_metric((it.name,), it.most)
    yield from (connections, most)
