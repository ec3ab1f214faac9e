"""The layers over a database, as tests put them together."""

import pytest

from storage.cache.cache import Cache
from storage.cache.memory import MemoryCache
from storage.cache.redis import RedisOptions, open_redis
from storage.cache.store import CachedStore
from storage.coalescing.store import CoalescingStore
from storage.database import Database
from storage.events import OnEvent, ignore_event
from storage.sql_store import SqlStore
from tests.clock import Clock
from tests.redis_server import RedisServer

LAYERS = ["sql", "coalesced", "memory", "redis"]
PATIENT = RedisOptions(timeout=5.0)  # for tests of what Redis does, not of when: a busy machine is no failure of it


class Alone:
    """A channel where nobody else writes."""

    bound = 0.0
    is_live = True

    async def close(self) -> None:
        """Nothing to do."""


async def open_cache(layers: str, request: pytest.FixtureRequest) -> Cache:
    """The cache of these layers, which must be closed."""
    if layers == "memory":
        return MemoryCache()
    server: RedisServer = request.getfixturevalue("redis_server")
    return await open_redis(server.url, PATIENT)


def cached(
    database: Database, cache: Cache, *, clock: Clock | None = None, on_event: OnEvent = ignore_event
) -> CachedStore:
    """All layers, as a server puts them together, over a database where nobody else writes."""
    sql = SqlStore(database, clock=clock or Clock(), invalidating=cache.writing)
    return CachedStore(CoalescingStore(sql, on_event=on_event), cache, Alone(), on_event=on_event)
