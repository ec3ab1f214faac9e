"""The cache's promise, at random: readers, writers, a writer outside and restarts of the cache, over every mode.

A worker's writes are seen at once by itself, and with Redis by every worker; all others within the max_staleness.
`CONSISTENCY_OPERATIONS` sets how many operations a mode takes; what was seen is printed (`pytest -s`).
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import NamedTuple

import asyncpg
import pytest

from storage.cache.cache import Cache
from storage.cache.memory import MemoryCache
from storage.cache.redis import RedisOptions
from storage.cache.store import CachedStore
from storage.channel import Channel
from storage.coalescing.store import CoalescingStore
from storage.events import CacheEvent, Event, FillEvent
from storage.opening import open_database
from storage.redis_link import LinkOptions
from storage.sql_store import SqlStore
from storage.store import Store
from tests.layers import layered
from tests.redis_caches import open_redis
from tests.redis_server import RedisServer
from tests.storage.history import History

OPERATIONS = int(os.environ.get("CONSISTENCY_OPERATIONS", "10000"))
BOUND = 0.8
_TASKS = 12
_OUTSIDE = "outside"


class Worker(NamedTuple):
    """A process' whole stack, here beside others in one."""

    name: str
    store: Store
    cache: Cache
    channel: Channel


class Tally(Counter[str]):
    """Looks into the cache, and what came of them."""

    def listen(self, event: Event) -> None:
        """The hook."""
        if isinstance(event, CacheEvent):
            self.update(hits=event.hits, misses=event.misses)
        elif isinstance(event, FillEvent):
            self.update(filled=event.filled, dropped=event.dropped)


@asynccontextmanager
async def open_worker(name: str, url: str, redis_url: str | None, tally: Tally) -> AsyncIterator[Worker]:
    """A worker with connections and a cache of its own."""
    database = await open_database(url)
    cache: Cache = MemoryCache()
    if redis_url is not None:
        cache = await open_redis(redis_url, LinkOptions(retry=0.05), RedisOptions(max_staleness=BOUND))
    channel = database.open_channel(cache, BOUND)
    sql = SqlStore(database, invalidating=cache.invalidating)
    try:
        reads = CachedStore(CoalescingStore(sql), cache, channel, on_event=tally.listen)
        yield Worker(name, layered(reads, sql), cache, channel)
    finally:
        await channel.close()
        await cache.close()
        await database.close()


class Scene:
    """Workers, a writer outside, and what they do by chance."""

    def __init__(
        self,
        history: History,
        *,
        workers: list[Worker],
        outside: Store,
        restart: Callable[[], None] | None,
        lose_channels: Callable[[], Awaitable[None]] | None,
        seed: int,
    ) -> None:
        self.operations: Counter[str] = Counter()
        self._history = history
        self._workers = workers
        self._outside = outside
        self._restart = restart
        self._lose_channels = lose_channels
        self._chance = random.Random(seed)

    async def run(self) -> None:
        """As many operations as there must be; in every tenth of them the cache is restarted or its channel lost."""
        for part in range(10):
            async with asyncio.TaskGroup() as group:
                for _ in range(_TASKS):
                    group.create_task(self._act_on(OPERATIONS * (part + 1) // 10))
                group.create_task(self._restart_cache(kill=part % 3 == 1))

    async def _act_on(self, count: int) -> None:
        while self.operations.total() < count:
            await self._act()

    async def _act(self) -> None:
        chance = self._chance
        worker = chance.choice(self._workers)
        action = chance.choices(["read", "write", "outside", "wait"], [90, 6, 2, 2])[0]
        self.operations[action] += 1
        if action == "write":
            await self._history.write(worker.store, chance, worker.name)
        elif action == "outside":
            await self._history.write(self._outside, chance, _OUTSIDE)
        elif action == "wait":
            await asyncio.sleep(chance.choice([0, 0.001, 0.05]))
        else:
            await self._history.read(
                worker.store, chance, self._history.floor(max_staleness=BOUND, at_once=self._at_once(worker))
            )

    def _at_once(self, worker: Worker) -> set[str]:
        """Whose writes this worker shows at once."""
        return {each.name for each in self._workers} if self._restart is not None else {worker.name}

    async def _restart_cache(self, *, kill: bool) -> None:
        await asyncio.sleep(self._chance.random() / 10)
        if kill and self._restart is not None:
            await asyncio.to_thread(self._restart)
        elif self._lose_channels is not None and self._chance.random() < 0.5:
            await self._lose_channels()
        else:
            await self._chance.choice(self._workers).cache.flush()


async def lose_listeners(url: str) -> None:
    """End the connections that listen for writes, as a restart of Postgres would."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND query IN ('SELECT 1', 'LISTEN freehold', 'LISTEN \"freehold\"')"
        )
    finally:
        await connection.close()


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("mode", ["memory", "redis"])
async def test_no_read_returns_a_value_overwritten_longer_ago_than_promised(
    mode: str, workers: int, database_url: str, request: pytest.FixtureRequest
) -> None:
    redis_server: RedisServer | None = request.getfixturevalue("redis_server") if mode == "redis" else None
    tally = Tally()

    def restart() -> None:
        assert redis_server is not None
        redis_server.kill()
        redis_server.start()

    async with AsyncExitStack() as stack:
        redis_url = None if redis_server is None else redis_server.url
        opened = [
            await stack.enter_async_context(open_worker(f"worker {number}", database_url, redis_url, tally))
            for number in range(workers)
        ]
        database = await open_database(database_url)
        stack.push_async_callback(database.close)
        outside = SqlStore(database)
        history = await History.begin(outside, 8)
        scene = Scene(
            history,
            workers=opened,
            outside=outside,
            restart=None if redis_server is None else restart,
            lose_channels=partial(lose_listeners, database_url) if database_url.startswith("postgres") else None,
            seed=workers,
        )
        async with asyncio.timeout(100):
            await scene.run()
    assert scene.operations.total() >= OPERATIONS
    assert tally["hits"] > tally["misses"] / 20
    print(  # noqa: T201 - the figures are asked for
        f"\n{mode}, {workers} workers, {database_url.split(':')[0]}: {dict(scene.operations)}, {dict(tally)},"
        f" staleness at most {history.staleness * 1000:.0f} ms of {BOUND * 1000:.0f}"
    )
