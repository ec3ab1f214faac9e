"""What instances share beside the database: rates and registered documents, in Redis if the cache is there."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from server.documents.registry import MemoryRegistry, Registry
from server.rate_limit.bucket import Buckets
from server.rate_limit.memory import MemoryBuckets

_TIMEOUT = 0.5
"""Seconds for connecting to Redis, and for each answer."""


class Shared(NamedTuple):
    """The stores, and what closes their connections."""

    buckets: Buckets
    registry: Registry
    close: Callable[[], Awaitable[None]]


def open_shared(cache_url: str) -> Shared:
    """In Redis where this leads there, otherwise in this process. Connects when first used; must be closed."""
    if not cache_url.startswith(("redis://", "rediss://", "unix://")):
        return Shared(MemoryBuckets(), MemoryRegistry(), _close_nothing)
    # Imported only where it is used: redis-py takes a tenth of a start.
    from redis.asyncio import ConnectionPool, Redis

    from server.documents.redis_registry import RedisRegistry
    from server.rate_limit.redis import RedisBuckets
    from storage.redis_pool import build_pool

    redis: Redis = Redis.from_pool(build_pool(ConnectionPool, cache_url, deadline=_TIMEOUT))
    return Shared(RedisBuckets(redis), RedisRegistry(redis), redis.aclose)


async def _close_nothing() -> None:
    pass
