"""The contract of a cache, in memory and in Redis alike."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from storage.cache.cache import ABSENT, OFF, Cache, Fill, Miss
from storage.cache.cached_read import CachedRead, Slot
from storage.record import Owner, Property
from storage.search import CityListing, Keyset, PropertyPage
from tests.storage.cache.cached_reads import (
    OWNERS_BY_ID,
    PROPERTIES_BY_CITY,
    PROPERTIES_BY_ID,
    PROPERTIES_BY_OWNER_ID,
    PROPERTY_COUNTS_BY_OWNER_ID,
)

OWNER = Owner("owner_1", None, "Zoë", "zoe@example.org", None, 1_750_000_000_000_000)
LISTING = Property(
    id="property_1",
    reference="r",
    version=3,
    address="1 High Street",
    city="Lisbon",
    region=None,
    postal_code="1000",
    price=2**53 - 1,
    status="active",
    bedrooms=2,
    bathrooms=1.5,
    area=100.0,
    latitude=-0.5,
    longitude=None,
    owner_id="owner_1",
    created_at=1,
    updated_at=2,
)


async def misses(cache: Cache, cached: CachedRead[Any], keys: Sequence[Any]) -> list[tuple[Slot, Miss]]:
    """The slots of keys that must all be missed."""
    slots = cached.slots(keys)
    held = await cache.get_many(cached, slots)
    assert {type(answer) for answer in held} == {Miss}
    return list(zip(slots, held, strict=True))


async def put(cache: Cache, cached: CachedRead[Any], key: Any, value: Any) -> int:
    """Read it through: how many fills were dropped."""
    ((slot, miss),) = await misses(cache, cached, [key])
    assert miss.lease is not None
    return await cache.set_many(cached, [Fill(slot, miss.lease, value)])


async def get(cache: Cache, cached: CachedRead[Any], key: Any) -> Any:
    """What the cache answers for one key."""
    (held,) = await cache.get_many(cached, cached.slots([key]))
    return held


@pytest.mark.parametrize(
    ("cached", "key", "value"),
    [
        (OWNERS_BY_ID, "owner_1", OWNER),
        (PROPERTIES_BY_ID, "property_1", LISTING),
        (PROPERTIES_BY_CITY, CityListing("lisbon", 2), [LISTING, LISTING]),
        (PROPERTIES_BY_OWNER_ID, PropertyPage("owner_1", ("active",), 2, Keyset(5, "x")), [LISTING]),
        (PROPERTY_COUNTS_BY_OWNER_ID, "owner_1", 7),
        (OWNERS_BY_ID, "nobody", ABSENT),
        (OWNERS_BY_ID, "\ud800 \x00 🏠", ABSENT),
    ],
)
async def test_a_filled_value_is_held(cache: Cache, cached: CachedRead[Any], key: Any, value: Any) -> None:
    assert await put(cache, cached, key, value) == 0
    held = await get(cache, cached, key)
    assert held is ABSENT if value is ABSENT else held == value
    assert type(held) is type(value)


async def test_different_pages_of_one_owner_have_entries_of_their_own(cache: Cache) -> None:
    pages = [
        PropertyPage("owner_1", (), 2),
        PropertyPage("owner_1", (), 3),
        PropertyPage("owner_1", ("active",), 2),
        PropertyPage("owner_1", (), 2, Keyset(5, "x")),
        PropertyPage("owner_2", (), 2),
    ]
    assert await put(cache, PROPERTIES_BY_OWNER_ID, pages[0], [LISTING]) == 0
    assert await get(cache, PROPERTIES_BY_OWNER_ID, pages[0]) == [LISTING]
    await misses(cache, PROPERTIES_BY_OWNER_ID, pages[1:])


async def test_concurrent_misses_have_one_lease_until_an_invalidation(cache: Cache) -> None:
    ((_, first),) = await misses(cache, OWNERS_BY_ID, ["owner_1"])
    ((_, second),) = await misses(cache, OWNERS_BY_ID, ["owner_1"])
    assert first == second
    await cache.forget(["owner:owner_1"])
    ((_, third),) = await misses(cache, OWNERS_BY_ID, ["owner_1"])
    assert third != first


@pytest.mark.parametrize("how", ["forget", "flush", "write"])
async def test_a_fill_that_began_before_an_invalidation_is_dropped(cache: Cache, how: str) -> None:
    ((slot, miss),) = await misses(cache, OWNERS_BY_ID, ["owner_1"])
    if how == "forget":
        await cache.forget([slot.tag])
    elif how == "flush":
        await cache.flush()
    else:
        async with cache.invalidating([slot.tag]):
            pass
    assert miss.lease is not None
    dropped = await cache.set_many(OWNERS_BY_ID, [Fill(slot, miss.lease, OWNER)])
    assert type(await get(cache, OWNERS_BY_ID, "owner_1")) is Miss
    assert dropped == 1 or how == "flush"


async def test_an_invalidation_forgets_all_of_its_tag_and_nothing_else(cache: Cache) -> None:
    page = PropertyPage("owner_1", (), 2)
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    await put(cache, PROPERTY_COUNTS_BY_OWNER_ID, "owner_1", 7)
    await put(cache, PROPERTIES_BY_OWNER_ID, page, [LISTING])
    await put(cache, PROPERTY_COUNTS_BY_OWNER_ID, "owner_2", 8)
    await cache.forget(["owner:owner_1", "owner:unknown"])
    await misses(cache, OWNERS_BY_ID, ["owner_1"])
    await misses(cache, PROPERTY_COUNTS_BY_OWNER_ID, ["owner_1"])
    await misses(cache, PROPERTIES_BY_OWNER_ID, [page])
    assert await get(cache, PROPERTY_COUNTS_BY_OWNER_ID, "owner_2") == 8


async def test_a_flush_forgets_everything(cache: Cache) -> None:
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    await put(cache, PROPERTIES_BY_ID, "property_1", LISTING)
    await cache.flush()
    await misses(cache, OWNERS_BY_ID, ["owner_1"])
    await misses(cache, PROPERTIES_BY_ID, ["property_1"])


async def test_nothing_can_be_filled_while_a_writer_is_at_work(cache: Cache) -> None:
    await put(cache, OWNERS_BY_ID, "owner_1", OWNER)
    async with cache.invalidating(["owner:owner_1"]):
        assert await get(cache, OWNERS_BY_ID, "owner_1") == OFF
        await cache.forget(["owner:owner_1"])
        assert await get(cache, OWNERS_BY_ID, "owner_1") == OFF
    assert await put(cache, OWNERS_BY_ID, "owner_1", OWNER) == 0


async def test_nor_until_the_last_of_several_writers_is_done(cache: Cache) -> None:
    async with cache.invalidating(["owner:owner_1"]):
        async with cache.invalidating(["owner:owner_1", "owner:owner_2"]):
            pass
        assert await get(cache, OWNERS_BY_ID, "owner_1") == OFF
        assert await put(cache, OWNERS_BY_ID, "owner_2", OWNER) == 0
    assert await put(cache, OWNERS_BY_ID, "owner_1", OWNER) == 0


async def test_a_write_that_fails_lets_go_of_its_tags(cache: Cache) -> None:
    with pytest.raises(RuntimeError):
        async with cache.invalidating(["owner:owner_1"]):
            raise RuntimeError
    assert await put(cache, OWNERS_BY_ID, "owner_1", OWNER) == 0


async def test_a_write_whose_client_hangs_up_lets_go_of_its_tags(cache: Cache) -> None:
    async def write() -> None:
        async with cache.invalidating(["owner:owner_1"]):
            await asyncio.sleep(60)

    writing = asyncio.create_task(write())
    await asyncio.sleep(0.05)
    writing.cancel()
    await asyncio.wait([writing])
    assert writing.cancelled()
    assert await put(cache, OWNERS_BY_ID, "owner_1", OWNER) == 0


async def test_records_with_other_fields_are_packed_in_another_format() -> None:
    kinds = (OWNERS_BY_ID, PROPERTIES_BY_ID, PROPERTY_COUNTS_BY_OWNER_ID)
    assert len({kind.format for kind in kinds}) == 3
    assert PROPERTIES_BY_CITY.format == PROPERTIES_BY_ID.format
