"""Caches in Redis, each with a link of its own, as each worker has one."""

from storage.cache.redis import RedisCache, RedisOptions
from storage.redis_link import LinkOptions, RedisLink
from storage.statements import load_texts

PATIENT = LinkOptions(timeout=5.0)  # for tests of what Redis does, not of when: a busy machine is no failure of it


class LinkedCache(RedisCache):
    """Closes its link with itself."""

    def __init__(self, link: RedisLink, options: RedisOptions) -> None:
        super().__init__(link, load_texts("storage.cache", "scripts.lua"), options)
        self.link = link

    async def close(self) -> None:
        await super().close()
        await self.link.close()


async def open_redis(url: str, link: LinkOptions = PATIENT, options: RedisOptions | None = None) -> LinkedCache:
    """Off until Redis answers."""
    cache = LinkedCache(RedisLink(url, link, called="FREEHOLD_CACHE_URL"), options or RedisOptions())
    await cache.link.open()
    return cache
