"""One log line a request, and a warning for a slow statement and for one that a request repeats."""

import logging

from server.request_id import request_id
from server.timeline import Timeline
from server.trace import Trace

logger = logging.getLogger("freehold.request")


class RequestLog:
    """`slow` in seconds a statement; `most_runs` of one statement in one request are not yet worth a warning."""

    def __init__(self, *, slow: float, most_runs: int) -> None:
        self._slow = slow * 1000
        self._most_runs = most_runs

    def note(self, trace: Trace, timeline: Timeline, *, status: int | None) -> None:
        """Log a request that is answered; `status` None for one that was cancelled."""
        operation = trace.operation or "-"
        logger.info(
            "operation=%s kind=%s status=%s errors=%d statements=%d keys=%d hits=%d misses=%d ms=%.1f request=%s",
            operation,
            trace.kind or "-",
            status or "cancelled",
            trace.errors,
            timeline.statements,
            timeline.keys,
            timeline.hits,
            timeline.misses,
            timeline.ms,
            request_id.get(),
        )
        self._warn(operation, timeline)

    def _warn(self, operation: str, timeline: Timeline) -> None:
        for run in timeline.runs:
            if run.ms >= self._slow:
                logger.warning(
                    "slow statement: operation=%s statement=%s keys=%d rows=%d ms=%.1f request=%s",
                    *(operation, run.name, run.keys, run.rows, run.ms, request_id.get()),
                )
        for name, runs in timeline.repeated.items():
            if runs > self._most_runs:
                logger.warning(
                    "repeated statement: operation=%s statement=%s runs=%d request=%s",
                    *(operation, name, runs, request_id.get()),
                )
