"""Buckets: what may be spent, in one process and in Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from server.rate_limit.bucket import WINDOW, Bucket, Buckets, RateLimited, spend
from server.rate_limit.callers import Callers, network_of
from server.rate_limit.memory import MemoryBuckets
from server.rate_limit.redis import RedisBuckets
from storage.redis_link import RedisLink
from tests.redis_caches import PATIENT
from tests.redis_server import RedisServer

BUCKET = Bucket("token:a", 600, "token")
OTHER = Bucket("token:b", 600, "token")


@asynccontextmanager
async def linked(url: str) -> AsyncIterator[RedisLink]:
    """An instance's link to Redis."""
    link = RedisLink(url, PATIENT, called="FREEHOLD_REDIS_URL")
    await link.open()
    try:
        yield link
    finally:
        await link.close()


@pytest.fixture(params=["memory", "redis"])
async def buckets(request: pytest.FixtureRequest) -> AsyncIterator[Buckets]:
    if request.param == "memory":
        yield MemoryBuckets()
        return
    async with linked(request.getfixturevalue("redis_server").url) as link:
        yield RedisBuckets(link)


async def test_a_bucket_is_full_at_first_and_empty_when_it_is_spent(buckets: Buckets) -> None:
    rate = await spend(buckets, BUCKET, 500)
    assert rate.headers() == [
        (b"ratelimit-policy", b'"token";q=600;w=60'),
        (b"ratelimit", b'"token";r=100;t=50'),
    ]
    with pytest.raises(RateLimited) as raised:
        await spend(buckets, BUCKET, 200)
    wait = raised.value.wait
    assert 9 <= wait <= 10
    assert raised.value.rate.headers()[2] == (b"retry-after", str(wait).encode())
    assert raised.value.extensions == {"code": "RATE_LIMITED", "limit": 600, "retryAfter": wait}
    await spend(buckets, BUCKET, 90)  # what was refused took nothing
    await spend(buckets, OTHER, 600)


async def test_what_costs_more_than_a_bucket_holds_waits_until_it_is_full(buckets: Buckets) -> None:
    assert (await buckets.take(BUCKET, 900)).allowed
    level = await buckets.take(BUCKET, 1)
    assert not level.allowed
    assert -300 <= level.left < -290


async def test_those_who_ask_at_once_do_not_get_more_together(buckets: Buckets) -> None:
    levels = await asyncio.gather(*[buckets.take(BUCKET, 10) for _ in range(100)])
    assert 60 <= sum(level.allowed for level in levels) <= 61


async def test_a_bucket_fills_again_with_time() -> None:
    now = 0.0
    buckets = MemoryBuckets(clock=lambda: now)
    await buckets.take(BUCKET, 600)
    now = WINDOW / 2
    assert not (await buckets.take(BUCKET, 301)).allowed
    assert (await buckets.take(BUCKET, 300)).allowed
    now = 10 * WINDOW
    assert (await buckets.take(BUCKET, 0)).left == 600


async def test_a_bucket_in_redis_fills_again_and_is_forgotten_when_it_is_full(redis_server: RedisServer) -> None:
    fast = Bucket("token:fast", 60_000, "token")
    async with linked(redis_server.url) as link:
        buckets = RedisBuckets(link)
        await buckets.take(fast, 60_000)
        await asyncio.sleep(0.2)
        assert 100 < (await buckets.take(fast, 0)).left < 1000
        assert 50 < await link.client.ttl("freehold:rate:token:fast") <= WINDOW + 1


async def test_two_instances_share_a_bucket_in_redis(redis_server: RedisServer) -> None:
    async with linked(redis_server.url) as first, linked(redis_server.url) as second:
        await RedisBuckets(first).take(BUCKET, 500)
        assert not (await RedisBuckets(second).take(BUCKET, 200)).allowed


async def test_while_redis_is_down_each_instance_counts_by_itself(redis_server: RedisServer) -> None:
    async with linked(redis_server.url) as link:
        buckets = RedisBuckets(link)
        redis_server.kill()
        try:
            assert (await buckets.take(BUCKET, 500)).allowed
            assert not (await buckets.take(BUCKET, 200)).allowed
        finally:
            redis_server.start()
        await link.wait_until_up()
        assert (await buckets.take(BUCKET, 600)).left == 0


async def test_buckets_are_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.rate_limit.memory.MOST", 10)
    buckets = MemoryBuckets()
    for number in range(100):
        await buckets.take(Bucket(f"address:{number}", 600, "address"), 1)
    assert len(buckets._levels) == 10


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_an_address_is_one_caller_and_of_ipv6_its_network_is(address: str, network: str) -> None:
    assert network_of(address) == network


def test_an_address_that_a_proxy_made_up_is_a_key_of_bounded_length() -> None:
    callers = Callers(public=600, token=600)
    keys = {callers.address_bucket(name * 10_000).key for name in ("a", "b")}  # type: ignore[union-attr]
    assert len(keys) == 2
    assert all(len(key) < 100 for key in keys)
