"""The links to Redis of one application: one for each Redis that its settings name."""

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from server.settings.environment import source_of
from server.settings.settings import Settings

if TYPE_CHECKING:
    from storage.redis_link import RedisLink


class RedisRefuses(Exception):
    """A Redis answers and will not be used as the settings say."""


class RedisLinks(NamedTuple):
    """The cache's, and that of rates and registered documents: None for what is not in Redis, or one for both."""

    cache: "RedisLink | None"
    shared: "RedisLink | None"

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Each is open while this lasts."""
        try:
            for link in self._each():
                await link.open()
            yield
        finally:
            for link in self._each():
                await link.close()

    async def check(self) -> None:
        """Before they are opened. Raises RedisRefuses; a Redis that is down may come back, and is no error."""
        for link in self._each():
            if (refusal := await link.find_refusal()) is not None:
                raise RedisRefuses(f"{link.called}: {refusal}")

    def _each(self) -> "Collection[RedisLink]":
        return {id(link): link for link in self if link is not None}.values()


def build_links(settings: Settings) -> RedisLinks:
    """Connects to nothing yet."""
    urls = settings.redis_urls()
    named = _named(urls, settings)
    if not named:
        return RedisLinks(None, None)
    from storage.redis_link import LinkOptions, RedisLink  # only here: redis-py takes a tenth of a start

    options = LinkOptions(timeout=settings.cache_timeout)
    links = {url: RedisLink(url, options, called=" and ".join(called)) for url, called in named.items()}
    cache, shared = (None if url is None else links[url] for url in urls)
    return RedisLinks(cache, shared)


def _named(urls: Sequence[str | None], settings: Settings) -> dict[str, list[str]]:
    """Each URL, and the variables that name it."""
    variables = [source_of("cache_url"), *([] if settings.redis_url is None else [source_of("redis_url")])]
    named = defaultdict(list)
    for url, variable in zip(urls, variables, strict=False):  # without its own variable the second is the first
        if url is not None:
            named[url].append(variable)
    return named
