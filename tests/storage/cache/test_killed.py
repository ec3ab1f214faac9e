"""A process that is killed between its commit and what follows it leaves nothing old to serve."""

import asyncio
import signal
import sys

import pytest

from storage.cache.cache import OFF, Cache
from storage.database import Database
from storage.reads.owner import OWNERS_BY_ID
from storage.tables import OWNERS
from tests.drafts import an_owner
from tests.layers import cached
from tests.redis_caches import open_redis
from tests.redis_server import RedisServer
from tests.storage.cache import cached_reads

_WRITE = """
import asyncio, os, signal, sys
from storage.cache.redis import RedisOptions
from storage.opening import open_database
from storage.sql_store import SqlStore
from storage.tables import OWNERS
from tests.redis_caches import open_redis

async def main(database_url, redis_url, owner_id, seconds):
    database = await open_database(database_url)
    cache = await open_redis(redis_url, options=RedisOptions(max_write=float(seconds)))
    run = cache._run

    async def run_until_committed(script, *rest):
        if script == "end_writing":
            os.kill(os.getpid(), signal.SIGKILL)
        return await run(script, *rest)

    cache._run = run_until_committed
    await SqlStore(database, invalidating=cache.invalidating).update(OWNERS, owner_id, {"name": "New"})

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def redis_cache(redis_server: RedisServer) -> Cache:
    """The cache of a process that lives on."""
    return await open_redis(redis_server.url)


@pytest.mark.parametrize("seconds", [60.0, 0.05])
async def test_the_new_value_is_read_at_once_and_cached_again_when_the_mark_has_ended(
    database: Database, database_url: str, redis_cache: Cache, redis_server: RedisServer, seconds: float
) -> None:
    store = cached(database, redis_cache)
    (owner,) = await store.create(OWNERS, [an_owner(name="Old")])
    assert (await store.read(OWNERS_BY_ID, [owner.id]))[owner.id].name == "Old"
    arguments = [database_url, redis_server.url, owner.id, str(seconds)]
    writer = await asyncio.create_subprocess_exec(sys.executable, "-c", _WRITE, *arguments)
    assert await writer.wait() == -signal.SIGKILL
    for _ in range(2):
        assert (await store.read(OWNERS_BY_ID, [owner.id]))[owner.id].name == "New"
    (held,) = await redis_cache.get_many(cached_reads.OWNERS_BY_ID, cached_reads.OWNERS_BY_ID.slots([owner.id]))
    if seconds > 1:
        assert held == OFF
    else:
        await asyncio.sleep(seconds)
        await store.read(OWNERS_BY_ID, [owner.id])
        (held,) = await redis_cache.get_many(cached_reads.OWNERS_BY_ID, cached_reads.OWNERS_BY_ID.slots([owner.id]))
        assert held.name == "New"
    await redis_cache.close()
