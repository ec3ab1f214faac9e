"""The figures of requests, told to Prometheus together now and then: one by one they cost a twentieth of a request."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import msgspec
from prometheus_client import CollectorRegistry, Counter, Histogram

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class _Durations(Histogram):
    """A histogram that takes many observations at once."""

    def add(self, buckets: Sequence[int], total: float) -> None:
        """How many fell into each bucket, and the sum of all."""
        self._sum.inc(total)
        for bucket, count in zip(self._buckets, buckets, strict=True):
            bucket.inc(count)


class _Tally(msgspec.Struct):
    """Durations by the bucket, and their sum."""

    buckets: list[int]
    total: float = 0.0


class RequestMetrics:
    """Counts requests until it is told to `hand_over`."""

    def __init__(self, registry: CollectorRegistry) -> None:
        labels = ("operation", "kind", "outcome")
        self._requests = Counter("freehold_requests", "Operations answered.", labels, registry=registry)
        about = "How long operations took."
        self._seconds = _Durations("freehold_request_seconds", about, ("kind",), buckets=SECONDS, registry=registry)
        self._answered: dict[tuple[str, str, str], int] = {}
        self._took: dict[str, _Tally] = {}
        self._told: dict[str, set[tuple[str, str, str]]] = {}

    def add(self, operation: str, kind: str, outcome: str, seconds: float) -> None:
        """One more."""
        labels = (operation, kind, outcome)
        self._answered[labels] = self._answered.get(labels, 0) + 1
        took = self._took.get(kind)
        if took is None:
            took = self._took[kind] = _Tally([0] * (len(SECONDS) + 1))
        took.buckets[bisect_left(SECONDS, seconds)] += 1
        took.total += seconds

    def forget(self, operations: Iterable[str]) -> None:
        """Tell no more of these operations; counted anew, they begin at 0, as after a restart."""
        for operation in operations:
            for labels in self._told.pop(operation, ()):
                self._requests.remove(*labels)

    def hand_over(self) -> None:
        """Tell Prometheus what was counted since the last time."""
        answered, self._answered = self._answered, {}
        took, self._took = self._took, {}
        for labels, count in answered.items():
            self._requests.labels(*labels).inc(count)
            self._told.setdefault(labels[0], set()).add(labels)
        for kind, tally in took.items():
            self._seconds.labels(kind).add(tally.buckets, tally.total)
