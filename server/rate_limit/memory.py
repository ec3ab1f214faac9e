"""Buckets of one process."""

import time
from collections.abc import Callable

from executor import LRU
from server.rate_limit.bucket import Bucket, Level, refill

MOST = 50_000


class MemoryBuckets:
    """At most MOST; the one used least recently is forgotten, that is: full again."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._levels = LRU[str, tuple[float, float]](MOST)

    async def take(self, bucket: Bucket, cost: int) -> Level:
        """Never waits."""
        now = self._clock()
        left, then = self._levels.get(bucket.key) or (float(bucket.limit), now)
        left = refill(left, now - then, bucket.limit)
        allowed = left >= min(cost, bucket.limit)
        if allowed:
            left -= cost
        self._levels.put(bucket.key, (left, now))
        return Level(allowed, left)
