"""The links to Redis of one application: one for each Redis that its settings name."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from server.settings import Settings

if TYPE_CHECKING:
    from storage.redis_link import RedisLink


class RedisLinks(NamedTuple):
    """The cache's, and that of rates and registered documents: None for what is not in Redis, or one for both."""

    cache: "RedisLink | None"
    shared: "RedisLink | None"

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Each is open while this lasts."""
        links = {id(link): link for link in self if link is not None}.values()
        try:
            for link in links:
                await link.open()
            yield
        finally:
            for link in links:
                await link.close()


def build_links(settings: Settings) -> RedisLinks:
    """Connects to nothing yet."""
    urls = settings.redis_urls()
    named = {url for url in urls if url is not None}
    if not named:
        return RedisLinks(None, None)
    from storage.redis_link import LinkOptions, RedisLink  # only here: redis-py takes a tenth of a start

    options = LinkOptions(timeout=settings.cache_timeout)
    links = {url: RedisLink(url, options) for url in named}
    cache, shared = (None if url is None else links[url] for url in urls)
    return RedisLinks(cache, shared)
