"""The cache over a database: what is read through it, once for all, and what writes make of it."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

import pytest

from storage.cache.cache import Cache
from storage.cache.cached_read import CachedRead, Slot
from storage.cache.memory import MemoryCache, MemoryLimits
from storage.cache.store import CachedStore
from storage.database import Database
from storage.errors import DeadlineExceeded, InvalidValue, Rejected
from storage.events import CacheEvent, Event, FillEvent, QueryEvent, listeners
from storage.projection import build_projection
from storage.read import Read
from storage.reads.owner import OWNERS_BY_ID, OWNERS_BY_REFERENCE
from storage.reads.property import (
    PROPERTIES_BY_CITY,
    PROPERTIES_BY_ID,
    PROPERTIES_BY_OWNER_ID,
    PROPERTIES_BY_REFERENCE,
    PROPERTY_COUNTS_BY_OWNER_ID,
    SEARCH_PROPERTIES,
)
from storage.record import Owner, Property
from storage.search import CityListing, PropertyFilter, PropertyOrder, PropertyPage, PropertySearch
from storage.sql_store import SqlStore
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from storage.tags import owner_tag
from storage.transfer.row import OwnerRow
from storage.view import EVERYTHING, View
from tests.drafts import a_listing, an_owner
from tests.layers import Alone, Layer, cached, layered
from tests.query_log import QueryLog

LISBON = CityListing("lisbon", 10)
PORTO = CityListing("porto", 10)


@pytest.fixture
def events() -> list[Event]:
    """What the layers told."""
    return []


@pytest.fixture
def store(database: Database, cache: Cache, events: list[Event]) -> Store:
    """All layers."""
    return cached(database, cache, on_event=events.append)


@pytest.fixture
async def owner(store: Store, query_log: QueryLog) -> Owner:
    """An owner."""
    (created,) = await store.create(OWNERS, [an_owner()])
    query_log.clear()
    return created


@pytest.fixture
async def listing(store: Store, owner: Owner, query_log: QueryLog) -> Property:
    """Its listing, in Lisbon."""
    (created,) = await store.create(PROPERTIES, [a_listing(owner)])
    query_log.clear()
    return created


async def read_all(store: Store, owner: Owner, listing: Property) -> None:
    """Every read that is cached."""
    await store.read(OWNERS_BY_ID, [owner.id])
    await store.read(PROPERTIES_BY_ID, [listing.id])
    await store.read(PROPERTIES_BY_CITY, [LISBON, PORTO])
    await store.read(PROPERTIES_BY_OWNER_ID, [PropertyPage(owner.id, (), 5)])
    await store.read(PROPERTY_COUNTS_BY_OWNER_ID, [owner.id])


ALL = [
    "owners_by_id",
    "properties_by_id",
    "properties_by_city(2)",
    "properties_by_owner_id",
    "property_counts_by_owner_id",
]


async def test_every_cached_read_runs_its_statement_once(
    store: Store, owner: Owner, listing: Property, query_log: QueryLog
) -> None:
    await read_all(store, owner, listing)
    assert query_log == ALL
    await read_all(store, owner, listing)
    assert query_log == ALL


async def test_only_missing_values_are_read(store: Store, query_log: QueryLog) -> None:
    owners = await store.create(OWNERS, [an_owner() for _ in range(3)])
    query_log.clear()
    await store.read(OWNERS_BY_ID, [owners[0].id])
    assert await store.read(OWNERS_BY_ID, [owner.id for owner in owners]) == {owner.id: owner for owner in owners}
    assert query_log == ["owners_by_id", "owners_by_id(2)"]


async def test_a_missing_value_is_remembered_too(store: Store, query_log: QueryLog, events: list[Event]) -> None:
    for _ in range(2):
        assert await store.read(OWNERS_BY_ID, ["nobody"]) == {}
        assert await store.read(PROPERTIES_BY_CITY, [CityListing("nowhere", 5)]) == {}
    assert query_log == ["owners_by_id", "properties_by_city"]
    assert [event.absent for event in events if isinstance(event, CacheEvent)] == [0, 0, 1, 1]


async def test_a_thousand_listings_whose_owners_are_cached_take_one_look_and_no_statement(
    store: Store, query_log: QueryLog, events: list[Event]
) -> None:
    owners = await store.create(OWNERS, [an_owner() for _ in range(40)])
    await store.read(OWNERS_BY_ID, [owner.id for owner in owners])
    query_log.clear()
    events.clear()
    found = await store.read(OWNERS_BY_ID, [owners[number % 40].id for number in range(1000)])
    assert len(found) == 40
    assert query_log == []
    (event,) = events
    assert isinstance(event, CacheEvent)
    assert (event.hits, event.misses) == (40, 0)


async def test_two_hundred_concurrent_misses_of_one_key_run_one_statement(
    store: Store, owner: Owner, query_log: QueryLog
) -> None:
    answers = await asyncio.gather(*(store.read(OWNERS_BY_ID, [owner.id]) for _ in range(200)))
    assert answers == [{owner.id: owner}] * 200
    assert query_log == ["owners_by_id"]


async def test_searches_are_never_cached(store: Store, owner: Owner, listing: Property, query_log: QueryLog) -> None:
    for _ in range(2):
        await store.read(OWNERS_BY_REFERENCE, ["nobody"])
        await store.read(PROPERTIES_BY_REFERENCE, ["nothing"])
    assert query_log == ["owners_by_reference", "properties_by_reference"] * 2


async def test_an_update_is_seen_in_every_read_that_follows(store: Store, owner: Owner, listing: Property) -> None:
    await read_all(store, owner, listing)
    updated = await store.update(PROPERTIES, listing.id, {"price": 1})
    assert await store.read(PROPERTIES_BY_ID, [listing.id]) == {listing.id: updated}
    assert await store.read(PROPERTIES_BY_CITY, [LISBON]) == {LISBON: [updated]}
    page = PropertyPage(owner.id, (), 5)
    assert await store.read(PROPERTIES_BY_OWNER_ID, [page]) == {page: [updated]}


async def test_a_listing_that_moves_leaves_one_list_and_enters_the_other(
    store: Store, owner: Owner, listing: Property
) -> None:
    (other,) = await store.create(OWNERS, [an_owner()])
    pages = [PropertyPage(owner.id, (), 5), PropertyPage(other.id, (), 5)]
    assert await store.read(PROPERTIES_BY_CITY, [LISBON, PORTO]) == {LISBON: [listing]}
    assert await store.read(PROPERTIES_BY_OWNER_ID, pages) == {pages[0]: [listing]}
    assert await store.read(PROPERTY_COUNTS_BY_OWNER_ID, [owner.id, other.id]) == {owner.id: 1}
    moved = await store.update(PROPERTIES, listing.id, {"city": "PORTO", "owner_id": other.id})
    assert await store.read(PROPERTIES_BY_CITY, [LISBON, PORTO]) == {PORTO: [moved]}
    assert await store.read(PROPERTIES_BY_OWNER_ID, pages) == {pages[1]: [moved]}
    assert await store.read(PROPERTY_COUNTS_BY_OWNER_ID, [owner.id, other.id]) == {other.id: 1}


async def test_a_new_listing_appears_in_a_list_that_was_empty(store: Store, owner: Owner) -> None:
    assert await store.read(PROPERTIES_BY_CITY, [LISBON]) == {}
    assert await store.read(PROPERTY_COUNTS_BY_OWNER_ID, [owner.id]) == {}
    (created,) = await store.create(PROPERTIES, [a_listing(owner)])
    assert await store.read(PROPERTIES_BY_CITY, [LISBON]) == {LISBON: [created]}
    assert await store.read(PROPERTY_COUNTS_BY_OWNER_ID, [owner.id]) == {owner.id: 1}


async def test_a_deleted_listing_is_gone_from_every_read(store: Store, owner: Owner, listing: Property) -> None:
    await read_all(store, owner, listing)
    await store.delete(PROPERTIES, listing.id)
    assert await store.read(PROPERTIES_BY_ID, [listing.id]) == {}
    assert await store.read(PROPERTIES_BY_CITY, [LISBON]) == {}
    assert await store.read(PROPERTY_COUNTS_BY_OWNER_ID, [owner.id]) == {}


async def test_an_import_is_a_write_too(store: Store, owner: Owner) -> None:
    await store.read(OWNERS_BY_ID, [owner.id])
    async with store.importing() as session:
        await session.write([OwnerRow.saying(id=owner.id, name="Imported", email=owner.email)])
    assert (await store.read(OWNERS_BY_ID, [owner.id]))[owner.id].name == "Imported"


async def test_a_refused_write_invalidates_nothing(
    store: Store, owner: Owner, listing: Property, query_log: QueryLog
) -> None:
    await read_all(store, owner, listing)
    with pytest.raises(Rejected):
        await store.update(PROPERTIES, listing.id, {"price": 1}, expected_version=99)
    query_log.clear()
    await read_all(store, owner, listing)
    assert query_log == []


async def test_without_room_in_the_cache_a_read_uses_the_projection_and_prefetches_owners(
    database: Database, query_log: QueryLog
) -> None:
    cache = MemoryCache(MemoryLimits(entries=2))
    store = cached(database, cache)
    (owner,) = await store.create(OWNERS, [an_owner(name="Ada")])
    await store.create(PROPERTIES, [a_listing(owner)])
    await store.read(OWNERS_BY_ID, ["nobody"])
    query_log.clear()
    view = View(build_projection({Owner: ["name"], Property: ["address", "owner_id"]}, prefetched=["owner_id"]))
    (listing,) = (await store.read(PROPERTIES_BY_CITY, [LISBON], view))[LISBON]
    assert listing.__struct_fields__ == ("id", "address", "owner_id", "owner")
    assert listing.owner.name == "Ada"  # type: ignore[attr-defined]
    (listing,) = (await store.read(PROPERTIES_BY_CITY, [LISBON], view))[LISBON]
    assert type(listing) is Property
    assert query_log == ["properties_by_city"] * 2
    assert (await store.read(PROPERTIES_BY_CITY, [LISBON], view))[LISBON] == [listing]
    assert query_log == ["properties_by_city"] * 2


async def test_a_read_that_is_not_cached_uses_the_projection(
    store: Store, listing: Property, query_log: QueryLog
) -> None:
    view = View(build_projection({Owner: ["name"], Property: ["address"]}, prefetched=["owner_id"]))
    search = PropertySearch(PropertyFilter(), PropertyOrder.NEWEST, 10)
    (found,) = (await store.read(SEARCH_PROPERTIES, [search], view))[search]
    assert found.address == listing.address
    assert not hasattr(found, "city")
    assert hasattr(found, "owner")
    assert query_log == ["search_properties"]


Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Slow(Layer):
    """Reads owners, and gives them only when it is opened."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.below = store
        self.opened = asyncio.Event()
        self.reads = 0
        self.cancelled = 0
        self.error: Exception | None = None

    async def read(
        self, read: Read[Key, Value, Any], keys: Sequence[Key], view: View = EVERYTHING
    ) -> Mapping[Key, Value]:
        self.reads += 1
        found = await super().read(read, keys, view)
        try:
            await self.opened.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        return found


@pytest.fixture
def slow(database: Database, cache: Cache) -> Slow:
    """Between the cache and the database."""
    return Slow(SqlStore(database, invalidating=cache.invalidating))


async def until_reads(slow: Slow, count: int) -> None:
    """Wait until so many reads have their rows."""
    for _ in range(500):
        if slow.reads >= count:
            await asyncio.sleep(0.02)
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"{slow.reads} reads, not {count}")


async def test_a_read_after_a_write_does_not_join_a_load_from_before_it(
    slow: Slow, cache: Cache, events: list[Event]
) -> None:
    store = layered(CachedStore(slow, cache, Alone(), on_event=events.append), slow.below)
    (owner,) = await store.create(OWNERS, [an_owner(name="Old")])
    early = asyncio.create_task(store.read(OWNERS_BY_ID, [owner.id]))
    await until_reads(slow, 1)
    await store.update(OWNERS, owner.id, {"name": "New"})
    late = asyncio.create_task(store.read(OWNERS_BY_ID, [owner.id]))
    await until_reads(slow, 2)
    slow.opened.set()
    assert (await late)[owner.id].name == "New"
    assert (await early)[owner.id].name == "Old"
    assert (await store.read(OWNERS_BY_ID, [owner.id]))[owner.id].name == "New"
    assert slow.reads == 2
    fills = {(event.filled, event.dropped) for event in events if isinstance(event, FillEvent)}
    assert fills == {(1, 0), (0, 1)}


async def test_a_cancelled_caller_leaves_the_read_to_the_others(slow: Slow, cache: Cache) -> None:
    store = layered(CachedStore(slow, cache, Alone()), slow.below)
    asking = [asyncio.create_task(store.read(OWNERS_BY_ID, ["nobody"])) for _ in range(2)]
    await until_reads(slow, 1)
    asking[0].cancel()
    await asyncio.sleep(0)
    slow.opened.set()
    assert await asking[1] == {}
    assert slow.cancelled == 0


async def test_the_last_to_hang_up_ends_the_read_and_the_next_starts_another(slow: Slow, cache: Cache) -> None:
    store = layered(CachedStore(slow, cache, Alone()), slow.below)
    asking = [asyncio.create_task(store.read(OWNERS_BY_ID, ["nobody"])) for _ in range(2)]
    await until_reads(slow, 1)
    for task in asking:
        task.cancel()
    again = asyncio.create_task(store.read(OWNERS_BY_ID, ["nobody"]))
    await until_reads(slow, 2)
    slow.opened.set()
    assert await again == {}
    assert slow.cancelled == 1


async def test_a_failing_read_fails_all_waiting_callers_and_is_not_remembered(slow: Slow, cache: Cache) -> None:
    store = layered(CachedStore(slow, cache, Alone()), slow.below)
    slow.error = DeadlineExceeded("too slow")
    slow.opened.set()
    outcomes = await asyncio.gather(*(store.read(OWNERS_BY_ID, ["nobody"]) for _ in range(5)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {DeadlineExceeded}
    slow.error = None
    assert await store.read(OWNERS_BY_ID, ["nobody"]) == {}


async def test_a_bad_key_of_another_caller_is_not_an_error_for_this_one(slow: Slow, cache: Cache) -> None:
    store = layered(CachedStore(slow, cache, Alone()), slow.below)
    (owner,) = await store.create(OWNERS, [an_owner()])
    bad = asyncio.create_task(store.read(OWNERS_BY_ID, [owner.id, "bad"]))
    await until_reads(slow, 1)
    slow.error = InvalidValue("bad")
    good = asyncio.create_task(store.read(OWNERS_BY_ID, [owner.id]))
    await asyncio.sleep(0.02)
    slow.opened.set()
    with pytest.raises(InvalidValue):
        await bad
    slow.error = None
    assert await good == {owner.id: owner}


async def test_while_the_channel_is_lost_nothing_is_read_from_the_cache_or_filled(
    database: Database, query_log: QueryLog
) -> None:
    class Lost(Alone):
        is_live = False

    cache = MemoryCache()
    store = CachedStore(SqlStore(database, invalidating=cache.invalidating), cache, Lost())
    for _ in range(2):
        await store.read(OWNERS_BY_ID, ["nobody"])
    assert query_log == ["owners_by_id"] * 2
    assert cache.entries == 0


async def test_listeners_of_all_callers_of_a_load_receive_its_statement(database: Database) -> None:
    store = cached(database, MemoryCache())
    heard: list[list[Event]] = [[], []]

    async def ask(number: int) -> None:
        listeners.set((heard[number].append,))
        await store.read(OWNERS_BY_ID, ["nobody"])

    await asyncio.gather(*(asyncio.create_task(ask(number)) for number in (0, 1)))
    for events in heard:
        assert [type(event) for event in events if isinstance(event, CacheEvent | QueryEvent)] == [
            CacheEvent,
            QueryEvent,
        ]
    assert [event.joined for events in heard for event in events if isinstance(event, QueryEvent)] == [False, True]


class Distant(MemoryCache):
    """Its answers are known long before they arrive."""

    def __init__(self) -> None:
        super().__init__()
        self.arrive = asyncio.Event()
        self.asked = 0

    async def get_many(self, cached: CachedRead[Any], slots: Sequence[Slot]) -> Sequence[Any]:
        held = await super().get_many(cached, slots)
        self.asked += 1
        if self.asked == 2:
            await self.arrive.wait()
        return held


async def test_a_lookup_that_began_before_the_fill_and_ends_after_it_reads_nothing_again(
    database: Database, query_log: QueryLog
) -> None:
    cache = Distant()
    store = cached(database, cache)
    first = asyncio.create_task(store.read(OWNERS_BY_ID, ["nobody", "somebody"]))
    late = asyncio.create_task(store.read(OWNERS_BY_ID, ["somebody"]))
    assert await first == {}
    cache.arrive.set()
    assert await late == {}
    assert query_log == ["owners_by_id(2)"]


async def test_but_after_a_write_in_between_it_does(database: Database, query_log: QueryLog) -> None:
    cache = Distant()
    store = cached(database, cache)
    (owner,) = await store.create(OWNERS, [an_owner()])
    query_log.clear()
    first = asyncio.create_task(store.read(OWNERS_BY_ID, [owner.id]))
    await asyncio.sleep(0)
    async with cache.invalidating([owner_tag(owner.id)]):
        pass
    late = asyncio.create_task(store.read(OWNERS_BY_ID, [owner.id]))
    await first
    cache.arrive.set()
    await late
    assert query_log == ["owners_by_id"] * 2
