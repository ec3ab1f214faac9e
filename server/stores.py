"""From settings to an open Store."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from server.settings.settings import Settings
from storage.cache.cache import Cache
from storage.cache.memory import MemoryCache, MemoryLimits
from storage.cache.store import CachedStore
from storage.coalescing.dispatcher import CoalescingLimits
from storage.coalescing.store import CoalescingStore
from storage.database import Database, OnQuery, ignore_query
from storage.events import OnEvent, ignore_event
from storage.opening import open_database
from storage.sql_store import SqlStore
from storage.store import Reads, Store
from storage.writes import invalidate_nothing

if TYPE_CHECKING:
    from storage.redis_link import RedisLink


@asynccontextmanager
async def open_settings_database(
    settings: Settings, *, create: bool = False, on_query: OnQuery = ignore_query
) -> AsyncIterator[Database]:
    """The settings' database, closed at the end; `create` makes a SQLite file that is missing.

    Raises Unavailable or DeadlineExceeded.
    """
    url = settings.database_url.text
    database = await open_database(url, create=create, options=settings.options(), on_query=on_query)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """The settings' store for a command, closed at the end; its tables are not checked. Raises as the database does."""
    async with open_settings_database(settings) as database:
        yield SqlStore(database, count_timeout=settings.count_timeout)


class Stores(NamedTuple):
    """The store, its reads past the cache as `fresh`, and through it as `cached` if there is a cache."""

    database: Database
    store: Store
    fresh: Reads
    cached: CachedStore | None = None
    cache: Cache | None = None


@asynccontextmanager
async def open_stores(
    settings: Settings,
    link: "RedisLink | None" = None,
    *,
    on_query: OnQuery = ignore_query,
    on_event: OnEvent = ignore_event,
) -> AsyncIterator[Stores]:
    """The store as a server reads it, coalesced and cached, closed at the end. Raises as the database does.

    The link leads to the cache's Redis, if it is in one.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(open_settings_database(settings, on_query=on_query))
        cache = _build_cache(settings, link, on_event)
        if cache is not None:
            stack.push_async_callback(cache.close)
        store = SqlStore(
            database,
            count_timeout=settings.count_timeout,
            invalidating=invalidate_nothing if cache is None else cache.invalidating,
        )
        fresh: Reads = store
        if settings.coalescing:
            limits = CoalescingLimits(max_statements=database.readers, max_waiting=settings.queue_limit)
            fresh = CoalescingStore(store, limits, on_event=on_event)
        if cache is None:
            yield Stores(database, store, fresh)
            return
        channel = database.open_channel(cache, settings.cache_bound)
        stack.push_async_callback(channel.close)
        cached = CachedStore(fresh, cache, channel, on_event=on_event)
        yield Stores(database, store, fresh, cached, cache)


def _build_cache(settings: Settings, link: "RedisLink | None", on_event: OnEvent) -> Cache | None:
    if settings.cache_url.text == "memory":
        limits = MemoryLimits(bytes=settings.cache_bytes - response_cache_bytes(settings), ttl=settings.cache_ttl)
        return MemoryCache(limits, on_event=on_event)
    if link is None:
        return None
    from storage.cache.redis import RedisOptions, open_redis_cache  # only here: redis-py takes a tenth of a start

    options = RedisOptions(ttl=settings.cache_ttl, max_staleness=settings.cache_bound, personal=settings.cache_personal)
    return open_redis_cache(link, options, on_event=on_event)


def response_cache_bytes(settings: Settings) -> int:
    """The response cache takes a quarter of the cache's memory."""
    return settings.cache_bytes // 4
