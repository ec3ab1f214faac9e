"""What is Redis' own: that it may be down, slow, restarted with old data, or full; and what is in it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any

import pytest
import redis

from storage.cache.cache import OFF, Fill, Miss
from storage.cache.redis import RedisCache, RedisOptions
from storage.redis_link import LinkOptions, RedisDown
from storage.search import CityListing
from tests.redis_caches import LinkedCache, open_redis
from tests.redis_server import RedisServer
from tests.storage.cache.cached_reads import OWNERS_BY_ID, PROPERTIES_BY_CITY, PROPERTIES_BY_ID
from tests.storage.cache.test_cache import LISTING, OWNER, get, misses, put

LISBON = CityListing("lisbon", 5)
HASTY = LinkOptions(timeout=0.1, retry=0.02)
OPTIONS = RedisOptions(max_staleness=0.01)


@pytest.fixture
async def cache(redis_server: RedisServer) -> AsyncIterator[LinkedCache]:
    """With short deadlines."""
    cache = await open_redis(redis_server.url, HASTY, OPTIONS)
    yield cache
    await cache.close()


@pytest.fixture
async def patient(redis_server: RedisServer) -> AsyncIterator[LinkedCache]:
    """With a deadline that opening many connections at once keeps on a busy machine."""
    cache = await open_redis(redis_server.url, LinkOptions(timeout=5, retry=0.02), OPTIONS)
    yield cache
    await cache.close()


@pytest.fixture
async def other(redis_server: RedisServer) -> AsyncIterator[LinkedCache]:
    """The same cache, as another worker has it."""
    cache = await open_redis(redis_server.url, HASTY, OPTIONS)
    yield cache
    await cache.close()


async def until_on(cache: RedisCache) -> None:
    """Wait until the cache can be filled again."""
    for _ in range(500):
        if await get(cache, OWNERS_BY_ID, "owner_probe") != OFF:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the cache stays off")


async def test_a_value_filled_by_one_worker_is_found_and_invalidated_by_another(
    cache: RedisCache, other: RedisCache
) -> None:
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    assert await get(other, OWNERS_BY_ID, "owner_1") == OWNER
    async with other.invalidating(["owner:owner_1"]):
        assert await get(cache, OWNERS_BY_ID, "owner_1") == OFF
    await misses(cache, OWNERS_BY_ID, ["owner_1"])


async def test_a_fill_of_one_worker_is_dropped_after_a_write_of_another(cache: RedisCache, other: RedisCache) -> None:
    ((slot, miss),) = await misses(cache, OWNERS_BY_ID, ["owner_1"])
    async with other.invalidating([slot.tag]):
        pass
    assert miss.lease is not None
    assert await cache.set_many(OWNERS_BY_ID, [Fill(slot, miss.lease, OWNER)]) == 1


async def test_a_redis_that_is_down_costs_no_error_and_no_wait(
    cache: RedisCache, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    redis_server.kill()
    try:
        started = perf_counter()
        with caplog.at_level(logging.WARNING, "freehold"):
            for _ in range(100):
                assert await get(cache, OWNERS_BY_ID, "owner_1") == OFF
                async with cache.invalidating(["owner:owner_1"]):
                    pass
                await cache.forget(["owner:owner_1"])
                await cache.flush()
        assert perf_counter() - started < 2
        assert sum("the cache is off" in record.message for record in caplog.records) == 1
    finally:
        redis_server.start()
    await until_on(cache)
    assert await put(cache, OWNERS_BY_ID, "owner_1", OWNER) == 0


async def test_a_redis_that_is_slow_costs_its_deadline_once(
    cache: RedisCache, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    with redis.Redis.from_url(redis_server.url) as client:
        client.client_pause(1000, all=True)
    started = perf_counter()
    for _ in range(50):
        assert await get(cache, OWNERS_BY_ID, "owner_1") == OFF
    assert perf_counter() - started < 0.5
    assert caplog.messages == ["the cache is off until Redis answers: FREEHOLD_CACHE_URL: it did not answer in time"]
    await until_on(cache)


async def test_old_data_of_a_restarted_redis_is_not_read(cache: RedisCache, redis_server: RedisServer) -> None:
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    redis_server.stop()
    redis_server.start()
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.exists("freehold:owner:owner_1")
    await until_on(cache)
    await misses(cache, OWNERS_BY_ID, ["owner_1"])


async def use_every_connection(cache: RedisCache) -> list[Any]:
    """Look up as many owners at a time as the cache has connections."""
    return list(await asyncio.gather(*(get(cache, OWNERS_BY_ID, f"owner_{n}") for n in range(16))))


async def test_a_restart_of_redis_switches_the_cache_off_once_whatever_the_number_of_connections(
    patient: RedisCache, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        await use_every_connection(patient)
    redis_server.stop()
    redis_server.start()
    await until_on(patient)
    for _ in range(20):
        assert OFF not in await use_every_connection(patient)
        async with patient.invalidating(["owner:owner_1"]):
            pass
    assert [message.partition(":")[0] for message in caplog.messages] == [
        "the cache is off until Redis answers",
        "the cache is on again",
    ]


async def test_connections_that_redis_closes_while_they_are_idle_are_replaced_and_nothing_is_flushed(
    patient: RedisCache, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    await use_every_connection(patient)
    await put(patient, OWNERS_BY_ID, "owner_20", OWNER)
    redis_server.close_clients()
    await asyncio.sleep(0.01)  # the event loop reads that they are closed
    for _ in range(3):
        assert OFF not in await use_every_connection(patient)
        assert await get(patient, OWNERS_BY_ID, "owner_20") == OWNER
    assert caplog.messages == []


async def test_a_new_connection_notices_a_restart_before_it_reads(
    cache: LinkedCache, redis_server: RedisServer
) -> None:
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    await cache.link.client.connection_pool.disconnect()
    redis_server.stop()
    redis_server.start()
    assert type(await get(cache, OWNERS_BY_ID, "owner_1")) is Miss
    await until_on(cache)
    await misses(cache, OWNERS_BY_ID, ["owner_1"])


async def test_an_invalidation_that_was_lost_flushes_everything_before_the_cache_is_used_again(
    cache: RedisCache, redis_server: RedisServer
) -> None:
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    with redis.Redis.from_url(redis_server.url) as client:
        client.client_pause(300, all=True)
    async with cache.invalidating(["owner:owner_1"]):
        pass
    await until_on(cache)
    await misses(cache, OWNERS_BY_ID, ["owner_1"])


async def test_an_invalidation_that_fails_when_redis_is_back_already_flushes_at_once(
    patient: LinkedCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = asyncio.Event()

    async def refuse() -> None:
        raise redis.ConnectionError

    async def lose(**_: Any) -> None:
        await lost.wait()
        await refuse()

    monkeypatch.setitem(patient._scripts, "forget", lose)
    forgetting = asyncio.create_task(patient.forget(["owner:owner_1"]))
    await asyncio.sleep(0)
    with pytest.raises(RedisDown):
        await patient.link.run(refuse)
    await until_on(patient)
    await put(patient, OWNERS_BY_ID, "owner_1", OWNER)
    lost.set()
    await forgetting
    await misses(patient, OWNERS_BY_ID, ["owner_1"])


async def test_a_write_whose_invalidation_failed_is_acknowledged_after_a_flush(
    redis_server: RedisServer, other: RedisCache
) -> None:
    patient = await open_redis(redis_server.url, HASTY, RedisOptions(max_staleness=5))
    redis_server.kill()
    assert await get(patient, OWNERS_BY_ID, "owner_1") == OFF

    async def write() -> None:
        async with patient.invalidating(["owner:owner_1"]):
            pass

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.1)
    assert not writing.done()
    redis_server.start()
    await writing
    assert type(await get(patient, OWNERS_BY_ID, "owner_1")) is Miss
    await patient.close()


async def test_a_write_whose_invalidation_failed_is_acknowledged_after_max_staleness(
    cache: RedisCache, redis_server: RedisServer
) -> None:
    redis_server.kill()
    try:
        async with asyncio.timeout(1):
            async with cache.invalidating(["owner:owner_1"]):
                pass
    finally:
        redis_server.start()


async def test_a_process_killed_between_commit_and_delete_leaves_nothing_old_to_serve(
    cache: RedisCache, other: RedisCache
) -> None:
    """The writer marks its tag and is never heard of again."""
    await put(other, OWNERS_BY_ID, "owner_1", OWNER)
    await cache._run("begin_writing", ["owner:owner_1"], ["killed", 100])
    assert await get(other, OWNERS_BY_ID, "owner_1") == OFF
    await asyncio.sleep(0.15)
    assert await put(other, OWNERS_BY_ID, "owner_1", OWNER) == 0


async def test_a_killed_writers_mark_ends_however_often_others_write(redis_server: RedisServer) -> None:
    cache = await open_redis(redis_server.url, options=RedisOptions(max_write=0.2))
    await cache._run("begin_writing", ["city:lisbon"], ["killed", 200])
    ended = False
    for _ in range(20):
        async with cache.invalidating(["city:lisbon"]):
            await asyncio.sleep(0.01)
        ended = ended or await get(cache, PROPERTIES_BY_CITY, LISBON) != OFF
        await asyncio.sleep(0.02)
    assert ended
    await cache.close()


async def test_an_end_without_its_beginning_leaves_the_marks_of_others(cache: RedisCache, other: RedisCache) -> None:
    async with other.invalidating(["owner:owner_1"]):
        await cache._run("end_writing", ["owner:owner_1"], ["never begun"])
        assert await get(cache, OWNERS_BY_ID, "owner_1") == OFF
    assert await put(cache, OWNERS_BY_ID, "owner_1", OWNER) == 0


async def test_thousands_of_looks_at_once_are_no_failure_of_redis(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    cache = await open_redis(redis_server.url)
    held = await asyncio.gather(*(get(cache, OWNERS_BY_ID, f"owner_{number}") for number in range(4000)))
    assert OFF not in held
    assert caplog.records == []
    await cache.close()


async def test_entries_of_another_format_are_neither_read_nor_in_the_way(
    cache: RedisCache, redis_server: RedisServer
) -> None:
    ((slot, _),) = await misses(cache, OWNERS_BY_ID, ["owner_1"])
    with redis.Redis.from_url(redis_server.url) as client:
        client.hset("freehold:owner:owner_1", "2.newer:row", b"what this code can't read")
    assert await put(cache, OWNERS_BY_ID, "owner_1", OWNER) == 0
    await cache.forget([slot.tag])
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.hgetall("freehold:owner:owner_1") == {}


async def test_entries_end_by_themselves(redis_server: RedisServer, cache: RedisCache) -> None:
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    with redis.Redis.from_url(redis_server.url) as client:
        assert 269 <= client.ttl("freehold:owner:owner_1") <= 300


async def test_personal_data_can_be_kept_out(redis_server: RedisServer) -> None:
    cache = await open_redis(redis_server.url, options=RedisOptions(personal=False))
    try:
        assert await get(cache, OWNERS_BY_ID, "owner_1") == OFF
        assert await put(cache, PROPERTIES_BY_ID, "property_1", LISTING) == 0
        with redis.Redis.from_url(redis_server.url) as client:
            assert client.keys("freehold:owner:*") == []
    finally:
        await cache.close()


async def test_a_redis_that_is_down_at_the_start_is_used_when_it_comes(redis_server: RedisServer) -> None:
    redis_server.kill()
    try:
        cache = await open_redis(redis_server.url, HASTY, OPTIONS)
        assert await get(cache, OWNERS_BY_ID, "owner_1") == OFF
    finally:
        redis_server.start()
    await until_on(cache)
    assert type(await get(cache, OWNERS_BY_ID, "owner_1")) is Miss
    await cache.close()


async def test_fifty_keys_are_one_round_trip(cache: RedisCache, redis_server: RedisServer) -> None:
    ids = [f"owner_{number}" for number in range(50)]
    with redis.Redis.from_url(redis_server.url) as client:
        await misses(cache, OWNERS_BY_ID, ids)  # the script is known from now on
        before = client.info("commandstats")["cmdstat_evalsha"]["calls"]
        await misses(cache, OWNERS_BY_ID, ids)
        assert client.info("commandstats")["cmdstat_evalsha"]["calls"] == before + 1
