"""Buckets that all instances share, in Redis."""

import time
from collections.abc import Callable
from typing import Any

from server.rate_limit.bucket import WINDOW, Bucket, Level
from server.rate_limit.memory import MemoryBuckets
from storage.redis_link import RedisDown, RedisLink

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
    """While Redis is down, each instance counts by itself."""

    def __init__(self, link: RedisLink, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._link = link
        self._take: Any = link.client.register_script(_TAKE)
        self._memory = MemoryBuckets(clock=clock)

    async def take(self, bucket: Bucket, cost: int) -> Level:
        """One round trip."""
        keys, arguments = [f"freehold:rate:{bucket.key}"], [bucket.limit, cost, WINDOW]
        try:
            allowed, left = await self._link.run(lambda: self._take(keys=keys, args=arguments))
        except RedisDown:
            return await self._memory.take(bucket, cost)
        return Level(allowed == 1, float(left))
