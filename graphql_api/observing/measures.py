"""What one process counts of its own work, for as long as it runs, as Prometheus reads it.

Kept only where GET /metrics is answered: nothing else imports the library.
"""

from collections.abc import Iterable
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from graphql_api.observing.kept_names import KeptNames

REQUEST_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
STATEMENT_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)


class Measures:
    """The measures of one process. A label has few values, all of them ours but the names of operations."""

    def __init__(self, version: str) -> None:
        self.registry = CollectorRegistry()
        self._names = KeptNames()
        self._operations = Counter(
            "rollcall_operations",
            "Operations by name and outcome: ok, or the code of the first error.",
            ("operation", "outcome"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "rollcall_operation_duration_seconds",
            "How long queries and mutations took.",
            ("operation",),
            buckets=REQUEST_SECONDS,
            registry=self.registry,
        )
        self._statements = Histogram(
            "rollcall_statement_duration_seconds",
            "How long statements to the database took, until the first row was there.",
            buckets=STATEMENT_SECONDS,
            registry=self.registry,
        )
        self._subscribers = Gauge(
            "rollcall_subscribers", "Subscriptions that are open in this process.", registry=self.registry
        )
        Info("rollcall_build", "Which Rollcall this is.", registry=self.registry).info({"version": version})
        ProcessCollector(registry=self.registry)
        self.statement_took = self._statements.observe
        self.subscriber_came = self._subscribers.inc
        self.subscriber_left = self._subscribers.dec

    def operation_ended(self, name: str | None, outcome: str, seconds: float | None, *, ran: bool) -> None:
        """Counts one operation; `seconds` None: it was a subscription, whose length says nothing about us."""
        label = self._names.label(name, ran=ran)
        self._operations.labels(label, outcome).inc()
        if seconds is not None:
            self._seconds.labels(label).observe(seconds)

    def watch_pool(self, engine: AsyncEngine) -> None:
        """Shows how many of the database's connections are in use, at the moment of each look."""
        pool = engine.sync_engine.pool
        assert isinstance(pool, QueuePool)
        connections = Gauge(
            "rollcall_database_connections",
            "Connections to the database this process has open.",
            ("state",),
            registry=self.registry,
        )
        connections.labels("in_use").set_function(pool.checkedout)
        connections.labels("idle").set_function(pool.checkedin)
        most = Gauge(
            "rollcall_database_connections_most",
            "Connections to the database this process may have.",
            registry=self.registry,
        )
        most.set(pool.size())

    def text(self, further: Iterable[Metric]) -> bytes:
        """All of it in the text format, and the `further` ones after it."""
        return generate_latest(self.registry) + generate_latest(_Given(further))


class _Given(Collector):
    """Measures that were just read elsewhere."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics
