"""What Prometheus is told: https://prometheus.io/docs/concepts/metric_types/"""

import asyncio
import os
from collections import Counter as Counts
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.responses import Response

from executor import Fallback
from server.observability.metrics_folder import VARIABLE
from server.observability.operation_labels import OperationLabels
from server.observability.request_metrics import SECONDS, RequestMetrics
from server.observability.trace import Trace
from server.runtime.connections import Connections
from storage.completion import end
from storage.database import Database, PoolUse
from storage.events import BatchEvent, CacheEvent, Event, FillEvent, InvalidationEvent, QueryEvent

_MOST_OPERATIONS = 200
_SAMPLED = 1.0
"""Seconds between samples of what is asked for, when requests are handed over too."""

_SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000)


class Holder(Protocol):
    """Something that takes memory."""

    @property
    def bytes(self) -> int:
        """How much, about."""


class Metrics:
    """Counts what it hears. One for each application.

    A metric with labels is kept as a function of them, which remembers: looking a child up costs more than counting.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._registry = registry = CollectorRegistry()

        def counter(name: str, about: str, *labels: str) -> Callable[..., Counter]:
            return cache(Counter(f"freehold_{name}", about, labels, registry=registry).labels)

        def histogram(name: str, about: str, label: str, buckets: Sequence[float]) -> Callable[..., Histogram]:
            return cache(Histogram(f"freehold_{name}", about, (label,), buckets=buckets, registry=registry).labels)

        self._statements = histogram("statement_seconds", "How long statements took.", "statement", SECONDS)
        self._rows = counter("statement_rows", "Rows that statements gave.", "statement")
        self._keys = histogram("statement_keys", "Keys that a statement served.", "statement", _SIZES)
        self._failures = counter("statement_failures", "Statements that failed.", "statement", "error")
        self._calls = histogram("batch_calls", "Calls that shared a read.", "statement", _SIZES)
        self._coalesced = counter("coalesced_calls", "Calls that needed no read of their own.", "statement")
        self._hits = counter("cache_hits", "Keys found in the cache.", "statement")
        self._misses = counter("cache_misses", "Keys not found in the cache.", "statement")
        self._absent = counter("cache_negative_hits", "Hits that say there is nothing.", "statement")
        self._fills = counter("cache_fills", "Values put into the cache.", "statement")
        self._dropped = counter("cache_fills_dropped", "Values not kept since a write came between.", "statement")
        self._invalidations = counter("cache_invalidations", "Tags forgotten.", "source")
        self._flushes = Counter("freehold_cache_flushes", "Times that everything was forgotten.", registry=registry)
        self._fallbacks = counter("executor_fallbacks", "Operations or selections that took a slower path.", "reason")
        self._requests = RequestMetrics(registry)
        self._waits = Counter("freehold_pool_waits", "Waits for a connection.", registry=registry)
        self._refusals = Counter(
            "freehold_pool_refusals", "Attempts to open another connection that failed.", registry=registry
        )
        self._waited = Counter("freehold_pool_wait_seconds", "Seconds waited for a connection.", registry=registry)
        self._gauges = {
            name: Gauge(f"freehold_{name}", about, registry=registry, multiprocess_mode="livesum")
            for name, about in (
                ("connections", "Connections of clients."),
                ("connections_idle", "Connections that wait for a request."),
                ("pool_connections", "Connections open to the database."),
                ("pool_connections_in_use", "Connections at work."),
                ("cache_bytes", "Memory that cached values take, about."),
            )
        }
        self._closed = counter("connections_refused", "Connections closed and requests refused for a limit.", "reason")
        self._told: Counts[str] = Counts()
        # prometheus_client can't forget a name where several processes write to files.
        self._operations = OperationLabels(_MOST_OPERATIONS, forgets=not os.environ.get(VARIABLE))
        self._seen = PoolUse(0, 0, 0, 0.0)
        self._database: Database | None = None
        self._caches: Sequence[Holder] = ()

    def on_query(self, event: QueryEvent) -> None:
        """A statement ran."""
        name = event.statement.name
        self._statements(name).observe(event.seconds)
        self._keys(name).observe(event.keys)
        self._rows(name).inc(event.rows)
        if event.error is not None:
            self._failures(name, event.error).inc()

    def on_event(self, event: Event) -> None:
        """A layer over the database did something."""
        if isinstance(event, BatchEvent):
            self._calls(event.name).observe(event.calls)
            self._coalesced(event.name).inc(event.calls - 1)
        elif isinstance(event, CacheEvent):
            self._hits(event.name).inc(event.hits)
            self._misses(event.name).inc(event.misses)
            self._absent(event.name).inc(event.absent)
        elif isinstance(event, FillEvent):
            self._fills(event.name).inc(event.filled)
            self._dropped(event.name).inc(event.dropped)
        elif isinstance(event, InvalidationEvent):
            if event.tags is None:
                self._flushes.inc()
            else:
                self._invalidations(event.source).inc(event.tags)

    def on_fallback(self, reason: Fallback) -> None:
        """The executor took a slower path."""
        self._fallbacks(reason.value).inc()

    def note_request(self, trace: Trace, status: int | None) -> None:
        """A request was answered, or given up. Of names, which clients choose, two hundred are told apart."""
        name = self._operations.use(trace.operation or "")
        self._requests.add(name, trace.kind or "none", _outcome(trace, status), trace.seconds)

    @asynccontextmanager
    async def sampling(self, database: Database, caches: Sequence[Holder]) -> AsyncIterator[None]:
        """Samples these now and then, for whichever worker is asked for the figures of all."""
        self._database, self._caches = database, caches
        task = asyncio.create_task(self._sample_on())
        try:
            yield
        finally:
            await end(task)
            self.sample()
            self._database, self._caches = None, ()
            if os.environ.get(VARIABLE):
                mark_process_dead(os.getpid())  # type: ignore[no-untyped-call]

    async def _sample_on(self) -> None:
        while True:
            self.sample()
            await asyncio.sleep(_SAMPLED)

    def sample(self) -> None:
        """Read what is not told but asked for, and hand over what was counted."""
        self._requests.hand_over()
        self._requests.forget(self._operations.take_forgotten())
        self._sample_connections()
        if self._database is None:
            return
        use, seen = self._database.use(), self._seen
        self._seen = use
        self._waits.inc(use.waits - seen.waits)
        self._waited.inc(use.waited - seen.waited)
        self._refusals.inc(use.refusals - seen.refusals)
        self._gauges["pool_connections"].set(use.open)
        self._gauges["pool_connections_in_use"].set(use.busy)
        self._gauges["cache_bytes"].set(sum(cache.bytes for cache in self._caches))

    def _sample_connections(self) -> None:
        connections = self._connections
        self._gauges["connections"].set(connections.open)
        self._gauges["connections_idle"].set(len(connections.idle))
        for reason, number in connections.closed.items():
            self._closed(reason).inc(number - self._told[reason])
        self._told = connections.closed.copy()

    def answer(self) -> Response:
        """The figures, of all workers together where there are several."""
        self.sample()
        registry = self._registry
        if folder := os.environ.get(VARIABLE):
            _forget_the_dead(Path(folder))
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


def _outcome(trace: Trace, status: int | None) -> str:
    """What became of a request: an answer whole, in part or with a status, or none."""
    if status is None:
        return "unanswered"
    if status != 200:
        return str(status)
    return "errors" if trace.errors else "ok"


def _forget_the_dead(folder: Path) -> None:
    """What workers that were killed have last said of themselves counts no longer."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = int(file.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid)  # type: ignore[no-untyped-call]


E = TypeVar("E")


def both(first: Callable[[E], None], second: Callable[[E], None]) -> Callable[[E], None]:
    """A hook that tells two."""

    def tell(event: E) -> None:
        first(event)
        second(event)

    return tell
