"""Registered documents that all instances share, in Redis."""

from contextlib import suppress

from server.persisted.registry import MemoryRegistry
from storage.redis_link import RedisDown, RedisLink

LIFESPAN = 7 * 24 * 3600
"""Seconds for which Redis keeps a document that nobody asks for."""


class RedisRegistry:
    """Shared by all instances, each of which remembers what it has read. Redis bounds it, by LIFESPAN and maxmemory."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link
        self._memory = MemoryRegistry()

    async def find(self, digest: str) -> str | None:
        """None also while Redis is down: the client sends the text then."""
        text = await self._memory.find(digest)
        if text is None:
            try:
                kept = await self._link.run(lambda: self._link.client.getex(_key(digest), ex=LIFESPAN))
            except RedisDown:
                return None
            if kept is not None:
                text = kept.decode() if isinstance(kept, bytes) else kept
                await self._memory.keep(digest, text)
        return text

    async def keep(self, digest: str, text: str) -> None:
        """In this instance alone while Redis is down."""
        await self._memory.keep(digest, text)
        with suppress(RedisDown):
            await self._link.run(lambda: self._link.client.set(_key(digest), text.encode(), ex=LIFESPAN))


def _key(digest: str) -> str:
    return f"freehold:document:{digest}"
