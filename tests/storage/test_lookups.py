"""Lookups: keys in, a mapping out, one statement whatever the number of keys."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from storage.database import Database
from storage.events import QueryEvent
from storage.ids import OWNER, new_id
from storage.opening import open_database
from storage.reads import READS
from storage.reads.owner import OWNERS_BY_ID, OWNERS_BY_REFERENCE
from storage.reads.price_change import PRICE_CHANGES_BY_PROPERTY_ID
from storage.reads.property import PROPERTIES_BY_ID, PROPERTIES_BY_REFERENCE, PROPERTY_COUNTS_BY_OWNER_ID
from storage.search import PriceChangePage
from storage.sql_store import SqlStore
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.clock import Clock
from tests.drafts import a_listing, an_owner
from tests.query_log import QueryLog

pytestmark = pytest.mark.every_layer

LOOKUPS = [
    "owners_by_id",
    "owners_by_reference",
    "properties_by_id",
    "properties_by_reference",
    "price_changes_by_id",
    "property_counts_by_owner_id",
]
Lookup = Callable[[Sequence[str]], Awaitable[Mapping[str, Any]]]

of_every_lookup = pytest.mark.parametrize("name", LOOKUPS)


def lookup_of(store: Store, name: str) -> Lookup:
    found: Lookup = partial(store.read, READS[name])
    return found


@of_every_lookup
async def test_no_keys_run_no_statement(store: Store, query_log: QueryLog, name: str) -> None:
    assert await lookup_of(store, name)([]) == {}
    assert query_log == []


@of_every_lookup
async def test_a_key_that_finds_nothing_is_absent(store: Store, query_log: QueryLog, name: str) -> None:
    assert await lookup_of(store, name)(["nobody", ""]) == {}
    assert query_log == [f"{name}(2)"]


@of_every_lookup
async def test_a_hundred_thousand_keys_are_one_statement(store: Store, query_log: QueryLog, name: str) -> None:
    (owner,) = await store.create(OWNERS, [an_owner(reference="the one")])
    (listing,) = await store.create(PROPERTIES, [a_listing(owner, reference="the one")])
    await store.update(PROPERTIES, listing.id, {"price": 1})
    page = PriceChangePage(listing.id, 1)
    ((change,),) = (await store.read(PRICE_CHANGES_BY_PROPERTY_ID, [page])).values()
    query_log.clear()
    keys = [f"key_{number}" for number in range(99_997)]
    found = await lookup_of(store, name)([*keys, "the one", owner.id, listing.id, change.id])
    assert len(found) == 1
    assert query_log == [f"{name}(100001)"]


@of_every_lookup
async def test_the_text_is_the_same_whatever_the_number_of_keys(database_url: str, name: str) -> None:
    events: list[QueryEvent] = []
    database = await open_database(database_url, on_query=events.append)
    try:
        for count in (1, 2, 50):
            await lookup_of(SqlStore(database), name)([f"key_{number}" for number in range(count)])
    finally:
        await database.close()
    assert len({event.statement.text for event in events}) == 1


async def test_owners_are_found_by_id(store: Store, query_log: QueryLog) -> None:
    owners = await store.create(OWNERS, [an_owner() for _ in range(3)])
    query_log.clear()
    found = await store.read(OWNERS_BY_ID, [owners[2].id, owners[0].id, new_id(OWNER)])
    assert found == {owner.id: owner for owner in (owners[0], owners[2])}
    assert query_log == ["owners_by_id(3)"]


async def test_a_key_given_twice_is_found_once(store: Store) -> None:
    (owner,) = await store.create(OWNERS, [an_owner(reference="a-1")])
    assert await store.read(OWNERS_BY_ID, [owner.id, owner.id]) == {owner.id: owner}
    assert await store.read(OWNERS_BY_REFERENCE, ["a-1", "a-1"]) == {"a-1": owner}


async def test_ids_are_compared_exactly(store: Store) -> None:
    (owner,) = await store.create(OWNERS, [an_owner()])
    assert await store.read(OWNERS_BY_ID, [owner.id.upper(), owner.id + " ", owner.id[:-1]]) == {}


async def test_references_are_compared_exactly_and_belong_to_their_kind(store: Store) -> None:
    (owner,) = await store.create(OWNERS, [an_owner(reference="Ä-1")])
    (listing,) = await store.create(PROPERTIES, [a_listing(owner, reference="Ä-1")])
    assert await store.read(OWNERS_BY_REFERENCE, ["Ä-1", "ä-1", "A-1"]) == {"Ä-1": owner}
    assert await store.read(PROPERTIES_BY_REFERENCE, ["Ä-1"]) == {"Ä-1": listing}


async def test_rows_without_a_reference_are_found_by_none(store: Store) -> None:
    await store.create(OWNERS, [an_owner(), an_owner()])
    assert await store.read(OWNERS_BY_REFERENCE, ["", "None", "null"]) == {}


async def test_keys_may_hold_whatever_json_and_sql_have_signs_for(store: Store) -> None:
    references = ['"', "'", "\\", "{1,2}", "$1", "?1", "%", "a,b", "null", "🏠", "\u05d0a", "a\u00a0b", "[]", "--"]
    await store.create(OWNERS, [an_owner(reference=reference) for reference in references])
    assert set(await store.read(OWNERS_BY_REFERENCE, references)) == set(references)


async def test_records_come_back_as_they_were_written(store: Store, clock: Clock) -> None:
    clock.now, clock.step = 1_750_000_000_123_456, 0
    (owner,) = await store.create(OWNERS, [an_owner(name="Zoë O'Neil 🏠", phone="+1 555", reference="r")])
    (listing,) = await store.create(
        PROPERTIES,
        [
            a_listing(
                owner,
                reference="r",
                region="Île-de-France",
                postal_code="75001",
                price=2**53 - 1,
                bedrooms=0,
                bathrooms=1.5,
                area=0.1 + 0.2,
                latitude=-89.99999999999999,
                longitude=1 / 3,
            )
        ],
    )
    assert await store.read(OWNERS_BY_ID, [owner.id]) == {owner.id: owner}
    found = (await store.read(PROPERTIES_BY_ID, [listing.id]))[listing.id]
    assert found == listing
    assert (found.price, found.area, found.longitude) == (9007199254740991, 0.30000000000000004, 1 / 3)
    assert (found.created_at, found.updated_at, found.version) == (1_750_000_000_123_456, 1_750_000_000_123_456, 1)


@pytest.mark.parametrize("moment", [-2_208_988_800_000_000, -1, 0, 1, 946_684_800_000_001, 2**53 - 1])
async def test_times_keep_their_microseconds_before_1970_and_far_from_now(
    store: Store, clock: Clock, moment: int
) -> None:
    clock.now, clock.step = moment, 0
    (owner,) = await store.create(OWNERS, [an_owner()])
    (listing,) = await store.create(PROPERTIES, [a_listing(owner)])
    assert (await store.read(OWNERS_BY_ID, [owner.id]))[owner.id].created_at == moment
    assert (await store.read(PROPERTIES_BY_ID, [listing.id]))[listing.id].updated_at == moment


async def test_whole_numbers_stay_numbers_of_their_kind(store: Store) -> None:
    (owner,) = await store.create(OWNERS, [an_owner()])
    (listing,) = await store.create(PROPERTIES, [a_listing(owner, bathrooms=2, area=100, latitude=-0.0)])
    found = (await store.read(PROPERTIES_BY_ID, [listing.id]))[listing.id]
    assert [repr(value) for value in (found.bathrooms, found.area, found.latitude)] == ["2.0", "100.0", "0.0"]


async def test_counts_are_of_every_status_and_absent_without_listings(
    store: Store, database: Database, query_log: QueryLog
) -> None:
    busy, idle = await store.create(OWNERS, [an_owner(), an_owner()])
    statuses = ["active", "draft", "withdrawn", "active"]
    await store.create(PROPERTIES, [a_listing(busy, status=status) for status in statuses])
    query_log.clear()
    assert await store.read(PROPERTY_COUNTS_BY_OWNER_ID, [busy.id, idle.id, "nobody"]) == {busy.id: 4}
    assert query_log == ["property_counts_by_owner_id(3)"]
