"""The layers over a database, as tests put them together."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar, cast

import pytest

from storage.cache.cache import Cache
from storage.cache.memory import MemoryCache
from storage.cache.store import CachedStore
from storage.coalescing.store import CoalescingStore
from storage.database import Database
from storage.events import OnEvent, ignore_event
from storage.read import Read
from storage.sql_store import SqlStore
from storage.store import Reads, Store
from storage.view import EVERYTHING, View
from tests.clock import Clock
from tests.redis_caches import open_redis
from tests.redis_server import RedisServer

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

LAYERS = ["sql", "coalesced", "memory", "redis"]


class Alone:
    """A channel where nobody else writes."""

    max_staleness = 0.0
    is_live = True

    async def close(self) -> None:
        """Nothing to do."""


async def open_cache(layers: str, request: pytest.FixtureRequest) -> Cache:
    """The cache of these layers, which must be closed."""
    if layers == "memory":
        return MemoryCache()
    server: RedisServer = request.getfixturevalue("redis_server")
    return await open_redis(server.url)


class Layer:
    """Reads of the store below, which a test's layer overrides; everything else is the store's own."""

    def __init__(self, store: Reads) -> None:
        self.keeps_pages = store.keeps_pages
        self._store = store

    async def read(
        self, read: Read[Key, Value, Any], keys: Sequence[Key], view: View = EVERYTHING
    ) -> Mapping[Key, Value]:
        return await self._store.read(read, keys, view)


class _Layered(Layer):
    def __init__(self, reads: Reads, store: Store) -> None:
        super().__init__(reads)
        self._below = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._below, name)


def layered(reads: Reads, store: Store) -> Store:
    """A whole store, which reads by the layer and does everything else by the store below it."""
    return cast("Store", _Layered(reads, store))


def cached(database: Database, cache: Cache, *, clock: Clock | None = None, on_event: OnEvent = ignore_event) -> Store:
    """All layers, as a server puts them together, over a database where nobody else writes."""
    sql = SqlStore(database, clock=clock or Clock(), invalidating=cache.invalidating)
    return layered(CachedStore(CoalescingStore(sql, on_event=on_event), cache, Alone(), on_event=on_event), sql)
