"""Registered documents that all instances share, in Redis."""

import logging

from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.documents.registry import MemoryRegistry
from storage.redis_pool import explain

logger = logging.getLogger("freehold")

LIFESPAN = 7 * 24 * 3600
"""Seconds for which Redis keeps a document that nobody asks for."""


class RedisRegistry:
    """Shared by all instances, each of which remembers what it has read. Redis bounds it, by LIFESPAN and maxmemory."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._memory = MemoryRegistry()

    async def find(self, digest: str) -> str | None:
        """None also while Redis does not answer: the client sends the text then."""
        text = await self._memory.find(digest)
        if text is None:
            try:
                kept = await self._redis.getex(_key(digest), ex=LIFESPAN)
            except (RedisError, OSError) as exc:
                logger.warning("Redis fails; persisted queries are those of this instance: %s", explain(exc))
                return None
            if kept is not None:
                text = kept.decode() if isinstance(kept, bytes) else kept
                await self._memory.keep(digest, text)
        return text

    async def keep(self, digest: str, text: str) -> None:
        """In this instance alone while Redis does not answer."""
        await self._memory.keep(digest, text)
        try:
            await self._redis.set(_key(digest), text.encode(), ex=LIFESPAN)
        except (RedisError, OSError) as exc:
            logger.warning("Redis fails; persisted queries are those of this instance: %s", explain(exc))


def _key(digest: str) -> str:
    return f"freehold:document:{digest}"
