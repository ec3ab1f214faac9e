"""One log line a request, and a warning for a slow statement and for one that a request repeats."""

import logging
from collections import Counter

from server.http.request_id import request_id
from server.observability.trace import Trace
from storage.events import CacheEvent, QueryEvent

logger = logging.getLogger("freehold.request")


class AccessLog:
    """`slow` in seconds a statement; `most_runs` of one statement in one request are not yet worth a warning."""

    def __init__(self, *, slow: float, most_runs: int) -> None:
        self._slow = slow
        self._most_runs = most_runs

    def note(self, trace: Trace, *, status: int | None) -> None:
        """Log a request that is answered; `status` None for one that was cancelled or failed."""
        queries = trace.queries
        if logger.isEnabledFor(logging.INFO):
            self._line(trace, queries, status or "unanswered")
        for query in queries:
            if query.seconds >= self._slow:
                logger.warning(
                    "slow statement: operation=%s statement=%s keys=%d rows=%d ms=%.1f request=%s",
                    *(trace.operation or "-", query.statement.name, query.keys, query.rows, query.seconds * 1000),
                    request_id.get(),
                )
        if len(queries) > self._most_runs:
            for name, runs in Counter(query.statement.name for query in queries if not query.joined).items():
                if runs > self._most_runs:
                    logger.warning(
                        "repeated statement: operation=%s statement=%s runs=%d request=%s",
                        *(trace.operation or "-", name, runs, request_id.get()),
                    )

    def _line(self, trace: Trace, queries: list[QueryEvent], status: int | str) -> None:
        looks = [event for event in trace.events if type(event) is CacheEvent]
        logger.info(
            "operation=%s kind=%s status=%s errors=%d statements=%d keys=%d hits=%d misses=%d ms=%.1f request=%s",
            trace.operation or "-",
            trace.kind or "-",
            status,
            trace.errors,
            len(queries),
            sum(query.keys for query in queries),
            sum(look.hits for look in looks),
            sum(look.misses for look in looks),
            trace.seconds * 1000,
            request_id.get(),
        )
