"""Figures of requests, beside prometheus_client's own way of counting."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from server.observability.request_metrics import SECONDS, RequestMetrics

DURATIONS = (*SECONDS, 0.0, 0.0007, 0.03, 20.0)


def lines(registry: CollectorRegistry) -> list[str]:
    """What Prometheus is told, without when it began."""
    return [line for line in generate_latest(registry).decode().splitlines() if "_created" not in line]


def test_what_is_handed_over_is_what_was_observed_and_counted_once() -> None:
    told, expected = CollectorRegistry(), CollectorRegistry()
    tally = RequestMetrics(told)
    requests = Counter("freehold_requests", "Operations answered.", ("operation", "kind", "outcome"), registry=expected)
    seconds = Histogram(
        "freehold_request_seconds", "How long operations took.", ("kind",), buckets=SECONDS, registry=expected
    )
    for number, took in enumerate(DURATIONS):
        for kind, outcome in (("query", "ok"), ("mutation", "errors")):
            tally.add("Point", kind, outcome, took)
            requests.labels("Point", kind, outcome).inc()
            seconds.labels(kind).observe(took)
        if number % 5 == 0:
            tally.hand_over()
    tally.hand_over()
    tally.hand_over()
    assert lines(told) == lines(expected)
