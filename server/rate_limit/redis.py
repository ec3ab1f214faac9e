"""Buckets that all instances share, in Redis."""

import logging
import time
from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.rate_limit.bucket import WINDOW, Bucket, Level
from server.rate_limit.memory import MemoryBuckets
from storage.redis_pool import explain

logger = logging.getLogger("freehold")

PAUSE = 5.0
"""Seconds for which Redis is left alone after it failed."""

_TAKE = """
local limit, cost, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local kept = redis.call('HMGET', KEYS[1], 'left', 'then')
local left, before = tonumber(kept[1]) or limit, tonumber(kept[2]) or now
left = math.min(limit, left + math.max(0, now - before) * limit / window)
local allowed = left >= math.min(cost, limit)
if allowed then left = left - cost end
redis.call('HSET', KEYS[1], 'left', tostring(left), 'then', tostring(now))
redis.call('EXPIRE', KEYS[1], math.ceil((limit - left) * window / limit) + 1)
return {allowed and 1 or 0, tostring(left)}
"""


class RedisBuckets:
    """While Redis does not answer, each instance counts by itself."""

    def __init__(self, redis: Redis, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._redis = redis
        self._take: Any = redis.register_script(_TAKE)
        self._memory = MemoryBuckets(clock=clock)
        self._clock = clock
        self._resume = float("-inf")

    async def take(self, bucket: Bucket, cost: int) -> Level:
        """One round trip."""
        if self._clock() >= self._resume:
            try:
                allowed, left = await self._take(
                    keys=[f"freehold:rate:{bucket.key}"], args=[bucket.limit, cost, WINDOW]
                )
                return Level(allowed == 1, float(left))
            except (RedisError, OSError) as exc:
                self._resume = self._clock() + PAUSE
                logger.warning("Redis fails; each instance limits rates by itself for %s s: %s", PAUSE, explain(exc))
        return await self._memory.take(bucket, cost)
