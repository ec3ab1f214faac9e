"""What is the memory cache's own: its bounds, and the ends of its entries."""

import tracemalloc
from typing import Any

import pytest
from msgspec.structs import replace

from storage.cache.cache import ABSENT, Fill, Miss
from storage.cache.cached_read import CachedRead
from storage.cache.memory import MemoryCache, MemoryLimits
from storage.provenance import Proof
from storage.search import CityListing
from tests.storage.cache.cached_reads import OWNERS_BY_ID, PROPERTIES_BY_CITY, PROPERTY_COUNTS_BY_OWNER_ID
from tests.storage.cache.test_cache import LISTING, OWNER, get, misses, put


class Time:
    """Seconds, as a test sets them."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    """The cache's clock."""
    return Time()


async def test_an_entry_ends_within_its_ttl_and_not_before_nine_tenths_of_it(time: Time) -> None:
    cache = MemoryCache(MemoryLimits(ttl=300), clock=time)
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    time.now += 269
    assert await get(cache, OWNERS_BY_ID, "owner_1") == OWNER
    time.now += 31
    assert type(await get(cache, OWNERS_BY_ID, "owner_1")) is Miss
    assert await put(cache, OWNERS_BY_ID, "owner_1", OWNER) == 0


async def test_entries_filled_together_end_apart(time: Time) -> None:
    cache = MemoryCache(MemoryLimits(ttl=300), clock=time)
    ids = [f"owner_{number}" for number in range(100)]
    for id in ids:
        await put(cache, OWNERS_BY_ID, id, OWNER)
    time.now += 285
    held = await cache.get_many(OWNERS_BY_ID, OWNERS_BY_ID.slots(ids))
    assert 20 < sum(type(answer) is Miss for answer in held) < 80


async def test_the_least_recently_used_tag_is_evicted_first() -> None:
    cache = MemoryCache(MemoryLimits(entries=6))  # a tag counts as one, and so does each of its values
    for number in range(3):
        await put(cache, OWNERS_BY_ID, f"owner_{number}", OWNER)
    assert await get(cache, OWNERS_BY_ID, "owner_0") == OWNER
    await put_again(cache, OWNERS_BY_ID, "owner_3", OWNER)
    assert await get(cache, OWNERS_BY_ID, "owner_0") == OWNER
    assert await get(cache, OWNERS_BY_ID, "owner_3") == OWNER
    assert cache.entries <= 6
    assert type(await get(cache, OWNERS_BY_ID, "owner_1")) is Miss


async def test_memory_is_bounded_by_bytes() -> None:
    cache = MemoryCache(MemoryLimits(bytes=100_000))
    for number in range(100):
        await put_again(cache, PROPERTIES_BY_CITY, CityListing(f"city {number}", 50), [LISTING] * 50)
        assert cache.bytes <= 100_000
    assert cache.entries > 0
    assert await get(cache, PROPERTIES_BY_CITY, CityListing("city 99", 50)) == [LISTING] * 50


@pytest.mark.parametrize("length", [1, 200])
async def test_counted_bytes_are_close_to_the_real_memory(length: int) -> None:
    tracemalloc.start()
    cache = MemoryCache()
    before = tracemalloc.get_traced_memory()[0]
    for number in range(2000):
        await put(cache, PROPERTIES_BY_CITY, CityListing(f"{number:04}" + "\U0001f3e0" * length, 50), ABSENT)
        await put(
            cache, OWNERS_BY_ID, f"owner_{number}", replace(OWNER, name=f"{number:04}", created_at=number + 2**40)
        )
    taken = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert 0.5 < cache.bytes / taken < 2


async def test_misses_alone_do_not_fill_the_memory() -> None:
    cache = MemoryCache(MemoryLimits(entries=100))
    await misses(cache, OWNERS_BY_ID, [f"owner_{number}" for number in range(10_000)])
    assert cache.entries <= 101
    await put_again(cache, OWNERS_BY_ID, "owner_x", OWNER)
    assert await get(cache, OWNERS_BY_ID, "owner_x") == OWNER


async def test_reading_every_page_once_evicts_nothing() -> None:
    cache, ids = await a_full_cache()
    strangers = [f"owner_{number}" for number in range(1000, 2000)]
    for cached in (OWNERS_BY_ID, PROPERTY_COUNTS_BY_OWNER_ID):
        assert {miss.lease for _, miss in await misses(cache, cached, strangers)} == {None}
    assert set(await cache.get_many(OWNERS_BY_ID, OWNERS_BY_ID.slots(ids))) == {OWNER}


async def test_a_full_cache_keeps_a_value_that_is_missed_twice() -> None:
    cache, _ = await a_full_cache()
    first, again = [(await misses(cache, OWNERS_BY_ID, ["owner_x"]))[0][1].lease for _ in range(2)]
    assert first is None
    assert again is not None
    await put(cache, OWNERS_BY_ID, "owner_x", OWNER)
    assert await get(cache, OWNERS_BY_ID, "owner_x") == OWNER


async def test_a_knock_is_forgotten_once_many_others_have_knocked() -> None:
    cache, _ = await a_full_cache()
    await misses(cache, OWNERS_BY_ID, ["owner_x", *[f"owner_{number}" for number in range(1000, 1120)]])
    ((_, miss),) = await misses(cache, OWNERS_BY_ID, ["owner_x"])
    assert miss.lease is None


async def test_a_freed_connection_is_given_to_the_next_caller() -> None:
    cache, ids = await a_full_cache()
    await cache.forget([slot.tag for slot in OWNERS_BY_ID.slots(ids[:10])])
    await put(cache, OWNERS_BY_ID, "owner_x", OWNER)
    assert await get(cache, OWNERS_BY_ID, "owner_x") == OWNER


async def test_counts_return_to_nothing() -> None:
    cache = MemoryCache()
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    slot, miss = OWNERS_BY_ID.slots(["owner_1"])[0], 0
    await cache.set_many(OWNERS_BY_ID, [Fill(slot, miss, OWNER)])  # filled over
    await cache.forget(["owner:owner_1"])
    assert (cache.entries, cache.bytes) == (0, 0)


async def test_a_proof_holds_until_the_first_of_its_values_ends(time: Time) -> None:
    cache = MemoryCache(MemoryLimits(ttl=300), clock=time)
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    time.now += 100
    await put(cache, OWNERS_BY_ID, "owner_2", OWNER)
    proof = await prove(cache, "owner_1", "owner_2")
    time.now += 169
    assert proof.holds()
    time.now += 31
    assert not proof.holds()


@pytest.mark.parametrize("tags", [["owner:owner_1"], None])
async def test_a_proof_is_void_once_any_of_its_tags_was_forgotten_even_if_it_is_filled_again(
    tags: list[str] | None,
) -> None:
    cache = MemoryCache()
    for id in ("owner_1", "owner_2"):
        await put(cache, OWNERS_BY_ID, id, OWNER)
    proof = await prove(cache, "owner_1", "owner_2")
    await (cache.flush() if tags is None else cache.forget(tags))
    assert not proof.holds()
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    if tags is None:
        await put(cache, OWNERS_BY_ID, "owner_2", OWNER)
    assert not proof.holds()


async def test_a_proof_is_void_from_the_start_of_a_write_on() -> None:
    cache = MemoryCache()
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    proof = await prove(cache, "owner_1")
    async with cache.invalidating(["owner:owner_1"]):
        assert not proof.holds()
    assert not proof.holds()


async def test_a_value_that_is_no_longer_held_has_no_proof() -> None:
    cache = MemoryCache()
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    slots = OWNERS_BY_ID.slots(["owner_1"])
    held = await cache.get_many(OWNERS_BY_ID, slots)
    await cache.forget(["owner:owner_1"])
    assert cache.prove(slots, held) is None
    await put(cache, OWNERS_BY_ID, "owner_1", replace(OWNER, name="Other"))
    assert cache.prove(slots, held) is None


async def test_checking_a_proof_counts_as_a_use() -> None:
    cache = MemoryCache(MemoryLimits(entries=4))
    for id in ("owner_1", "owner_2"):
        await put(cache, OWNERS_BY_ID, id, OWNER)
    proof = await prove(cache, "owner_1")
    assert proof.holds()
    await put_again(cache, OWNERS_BY_ID, "owner_3", OWNER)
    assert proof.holds()
    assert await get(cache, OWNERS_BY_ID, "owner_1") == OWNER


async def a_full_cache() -> tuple[MemoryCache, list[str]]:
    """One with room for four values more, which it gives to none but who knocks twice; and its owners' ids."""
    cache = MemoryCache(MemoryLimits(entries=100))
    ids = [f"owner_{number}" for number in range(46)]
    for id in ids:
        await put(cache, OWNERS_BY_ID, id, OWNER)
    return cache, ids


async def put_again(cache: MemoryCache, cached: CachedRead[Any], key: Any, value: Any) -> None:
    """Read it through a second time, since the first may have found no room."""
    await misses(cache, cached, [key])
    await put(cache, cached, key, value)


async def prove(cache: MemoryCache, *ids: str) -> Proof:
    slots = OWNERS_BY_ID.slots(ids)
    proof = cache.prove(slots, await cache.get_many(OWNERS_BY_ID, slots))
    assert proof is not None
    return proof
