"""Documents that clients registered under their SHA-256: automatic persisted queries.

Protocol: https://www.apollographql.com/docs/apollo-server/performance/apq
"""

import logging
from typing import Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

from server.recent import Recent

logger = logging.getLogger("freehold")

MOST = 10_000
GREATEST = 10_000_000
"""Documents, and characters of them together, that one process keeps."""
LIFESPAN = 7 * 24 * 3600
"""Seconds for which Redis keeps a document that nobody asks for."""


class Registry(Protocol):
    """A bounded store: what it forgot is sent anew by its client."""

    async def find(self, digest: str) -> str | None:
        """The text of this SHA-256 in hex, or None."""

    async def keep(self, digest: str, text: str) -> None:
        """Keep a text that was found valid, under its own SHA-256."""


class MemoryRegistry:
    """Of one process; the least recently used is forgotten."""

    def __init__(self) -> None:
        self._texts = Recent[str, str](MOST, GREATEST)

    async def find(self, digest: str) -> str | None:
        """Never waits."""
        return self._texts.get(digest)

    async def keep(self, digest: str, text: str) -> None:
        """Never waits."""
        self._texts.put(digest, text, len(text))


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
                logger.warning("Redis fails; persisted queries are those of this instance: %s", exc)
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
            logger.warning("Redis fails; persisted queries are those of this instance: %s", exc)


def _key(digest: str) -> str:
    return f"freehold:document:{digest}"
