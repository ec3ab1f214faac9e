"""Rows that carry a version: what an export wrote, and what people made of it."""

from storage.reads.owner import OWNERS_BY_REFERENCE
from storage.store import Store
from storage.transfer.row import PropertyRow
from tests.clock import Clock
from tests.storage.transfer.rows import (
    PROPERTY_ID,
    a_listing_row,
    reasons,
    results,
    the_listing,
    the_price_changes,
    write,
)

CREATED, UPDATED = 1_700_000_000_123_456, 1_710_000_000_654_321


def an_exported_row(**fields: object) -> PropertyRow:
    """A listing at version 3."""
    defaults: dict[str, object] = {
        "id": PROPERTY_ID,
        "version": 3,
        "created_at": "2023-11-14T22:13:20.123456Z",
        "updated_at": "2024-03-09T16:00:00.654321Z",
    }
    return a_listing_row(**defaults | fields)


async def test_a_new_listing_keeps_its_id_version_and_times(store: Store) -> None:
    assert results(await write(store, an_exported_row())) == ["created"]
    listing = await the_listing(store)
    assert (listing.id, listing.version) == (PROPERTY_ID, 3)
    assert (listing.created_at, listing.updated_at) == (CREATED, UPDATED)


async def test_the_same_version_with_the_same_fields_is_untouched(store: Store) -> None:
    await write(store, an_exported_row())
    before = await the_listing(store)
    assert results(await write(store, an_exported_row())) == ["unchanged"]
    assert await the_listing(store) == before


async def test_the_same_version_with_other_fields_is_an_edit(store: Store, clock: Clock) -> None:
    await write(store, an_exported_row())
    assert results(await write(store, an_exported_row(price=1))) == ["updated"]
    listing = await the_listing(store)
    assert (listing.version, listing.updated_at) == (4, clock.now)
    assert len(await the_price_changes(store, PROPERTY_ID)) == 1


async def test_an_edited_export_twice_adds_nothing(store: Store) -> None:
    await write(store, an_exported_row())
    await write(store, an_exported_row(price=1))
    assert results(await write(store, an_exported_row(price=1))) == ["unchanged"]


async def test_a_newer_version_is_adopted_without_a_price_change(store: Store) -> None:
    await write(store, an_exported_row())
    newer = an_exported_row(version=7, price=1, updated_at="2024-03-10T00:00:00Z")
    assert results(await write(store, newer)) == ["updated"]
    listing = await the_listing(store)
    assert (listing.version, listing.price, listing.updated_at) == (7, 1, 1_710_028_800_000_000)
    assert await the_price_changes(store, PROPERTY_ID) == []


async def test_a_newer_version_with_the_same_fields_is_adopted_too(store: Store) -> None:
    await write(store, an_exported_row())
    assert results(await write(store, an_exported_row(version=5))) == ["updated"]
    assert (await the_listing(store)).version == 5


async def test_an_older_version_with_other_fields_is_a_conflict(store: Store) -> None:
    await write(store, an_exported_row(version=5))
    (outcome,) = await write(store, an_exported_row(price=1, owner_name="Anna Weiß"))
    assert reasons(outcome) == [("version", "the file has version 3, the database 5")]
    assert (await store.read(OWNERS_BY_REFERENCE, ["anna"]))["anna"].name == "Anna König"


async def test_an_older_version_with_the_same_fields_is_untouched(store: Store) -> None:
    await write(store, an_exported_row(version=5))
    assert results(await write(store, an_exported_row())) == ["unchanged"]


async def test_an_edit_never_goes_back_in_time(store: Store, clock: Clock) -> None:
    await write(store, an_exported_row(updated_at="2100-01-01T00:00:00Z"))
    await write(store, an_exported_row(price=1))
    assert (await the_listing(store)).updated_at == 4_102_444_800_000_000
