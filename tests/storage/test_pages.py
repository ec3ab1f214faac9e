"""Pages of a parent's rows: many parents, one statement, each page in its order."""

import pytest

from storage.folding import fold
from storage.reads.price_change import PRICE_CHANGES_BY_ID, PRICE_CHANGES_BY_PROPERTY_ID
from storage.reads.property import PROPERTIES_BY_CITY, PROPERTIES_BY_OWNER_ID
from storage.record import Owner, PriceChange, Property
from storage.search import CityListing, Keyset, PriceChangePage, PropertyPage
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.clock import Clock
from tests.drafts import a_listing, an_owner
from tests.query_log import QueryLog

pytestmark = pytest.mark.every_layer

CITIES_OF_ONE_KEY = ["Málaga", "MÁLAGA", "ma\u0301laga", " Málaga "]


def newest(listings: list[Property]) -> list[Property]:
    return sorted(listings, key=lambda listing: (listing.created_at, listing.id), reverse=True)


async def listings_of(store: Store, owner: Owner, count: int, **fields: object) -> list[Property]:
    """As many listings, made one after the other."""
    made = []
    for _ in range(count):
        made += await store.create(PROPERTIES, [a_listing(owner, **fields)])
    return made


async def the_owner(store: Store) -> Owner:
    (owner,) = await store.create(OWNERS, [an_owner()])
    return owner


async def city(store: Store, name: str, limit: int = 10) -> list[Property]:
    listing = CityListing(fold(name), limit)
    return (await store.read(PROPERTIES_BY_CITY, [listing])).get(listing, [])


async def test_a_citys_listings_are_active_and_newest_first(store: Store, query_log: QueryLog) -> None:
    owner = await the_owner(store)
    made = await listings_of(store, owner, 3)
    for status in ("draft", "pending", "sold", "withdrawn"):
        await listings_of(store, owner, 1, status=status)
    await listings_of(store, owner, 1, city="Porto")
    query_log.clear()
    assert await city(store, "Lisbon") == made[::-1]
    assert query_log == ["properties_by_city"]


async def test_a_citys_listings_of_one_moment_are_ordered_by_id(store: Store) -> None:
    owner = await the_owner(store)
    made = await store.create(PROPERTIES, [a_listing(owner) for _ in range(9)])
    assert await city(store, "Lisbon", 4) == newest(made)[:4]


async def test_a_citys_listings_are_at_most_as_many_as_asked_for(store: Store) -> None:
    owner = await the_owner(store)
    made = await listings_of(store, owner, 3)
    assert await city(store, "Lisbon", 2) == newest(made)[:2]
    assert await city(store, "Lisbon", 3) == newest(made)
    assert await city(store, "Lisbon", 500) == newest(made)


async def test_cities_of_different_sizes_each_get_their_own(store: Store) -> None:
    owner = await the_owner(store)
    lisbon, porto = await listings_of(store, owner, 3), await listings_of(store, owner, 3, city="Porto")
    wanted = [CityListing("lisbon", 1), CityListing("porto", 2), CityListing("faro", 2), CityListing("porto", 1)]
    assert await store.read(PROPERTIES_BY_CITY, wanted) == {
        wanted[0]: newest(lisbon)[:1],
        wanted[1]: newest(porto)[:2],
        wanted[3]: newest(porto)[:1],
    }


async def test_a_city_in_the_keys_twice_has_its_rows_once(store: Store, query_log: QueryLog) -> None:
    made = await listings_of(store, await the_owner(store), 2)
    listing = CityListing("lisbon", 5)
    query_log.clear()
    assert await store.read(PROPERTIES_BY_CITY, [listing, listing]) == {listing: newest(made)}
    assert query_log == ["properties_by_city"]


async def test_no_pages_run_no_statement(store: Store, query_log: QueryLog) -> None:
    assert await store.read(PROPERTIES_BY_CITY, []) == {}
    assert await store.read(PROPERTIES_BY_OWNER_ID, []) == {}
    assert await store.read(PRICE_CHANGES_BY_PROPERTY_ID, []) == {}
    assert query_log == []


async def test_a_hundred_cities_are_one_statement(store: Store, query_log: QueryLog) -> None:
    owner = await the_owner(store)
    made = await store.create(PROPERTIES, [a_listing(owner, city=f"City {number}") for number in range(100)])
    query_log.clear()
    found = await store.read(PROPERTIES_BY_CITY, [CityListing(f"city {number}", 3) for number in range(100)])
    assert list(found.values()) == [[listing] for listing in made]
    assert query_log == ["properties_by_city(100)"]


async def test_accents_count_and_their_encoding_and_case_do_not(store: Store) -> None:
    owner = await the_owner(store)
    for name in [*CITIES_OF_ONE_KEY, "Malaga"]:
        await listings_of(store, owner, 1, city=name)
    for name in CITIES_OF_ONE_KEY:
        assert len(await city(store, name)) == 4
    assert len(await city(store, "malaga")) == 1


async def test_sharp_s_folds_to_two_and_every_i_to_one(store: Store) -> None:
    owner = await the_owner(store)
    for name in ("Gießen", "GIESSEN", "İzmir", "izmir", "IZMIR", "Iğdır"):
        await listings_of(store, owner, 1, city=name)
    counts = {name: len(await city(store, name)) for name in ("giessen", "GIEẞEN", "İzmir", "izmir", "ığdır")}
    assert counts == {"giessen": 2, "GIEẞEN": 2, "İzmir": 3, "izmir": 3, "ığdır": 1}


async def test_a_city_may_hold_quotes_and_wildcards(store: Store) -> None:
    owner = await the_owner(store)
    names = ["L'Aquila", '"X"', "100%", "a_b", "北京", "🏙", "{a,b}", "\\n"]
    for name in names:
        await listings_of(store, owner, 1, city=name)
    for name in names:
        assert [listing.city for listing in await city(store, name)] == [name]


async def owner_page(store: Store, page: PropertyPage) -> list[Property]:
    return (await store.read(PROPERTIES_BY_OWNER_ID, [page])).get(page, [])


async def test_an_owners_listings_are_of_every_status_newest_first(store: Store, query_log: QueryLog) -> None:
    owner, other = await store.create(OWNERS, [an_owner(), an_owner()])
    made = [
        listing
        for status in ("draft", "active", "sold")
        for listing in await listings_of(store, owner, 1, status=status)
    ]
    await listings_of(store, other, 1)
    query_log.clear()
    assert await owner_page(store, PropertyPage(owner.id, (), 10)) == made[::-1]
    assert query_log == ["properties_by_owner_id"]


async def test_an_owners_listings_of_some_statuses(store: Store) -> None:
    owner = await the_owner(store)
    draft, active, sold = [
        (await listings_of(store, owner, 1, status=status))[0] for status in ("draft", "active", "sold")
    ]
    assert await owner_page(store, PropertyPage(owner.id, ("draft", "sold"), 10)) == [sold, draft]
    assert await owner_page(store, PropertyPage(owner.id, ("active",), 10)) == [active]
    assert await owner_page(store, PropertyPage(owner.id, ("pending",), 10)) == []


async def test_an_owners_pages_follow_each_other_without_gap_or_repetition(store: Store, clock: Clock) -> None:
    owner = await the_owner(store)
    made: list[Property] = []
    for _ in range(4):
        made += await store.create(PROPERTIES, [a_listing(owner) for _ in range(5)])
    seen: list[Property] = []
    start = None
    while page := await owner_page(store, PropertyPage(owner.id, (), 3, start)):
        seen += page
        start = Keyset(page[-1].created_at, page[-1].id)
    assert seen == newest(made)


async def test_a_page_behind_the_last_row_is_absent(store: Store) -> None:
    (listing,) = await listings_of(store, owner := await the_owner(store), 1)
    page = PropertyPage(owner.id, (), 3, Keyset(listing.created_at, listing.id))
    assert await store.read(PROPERTIES_BY_OWNER_ID, [page]) == {}


async def test_owners_pages_of_many_kinds_go_together(store: Store, query_log: QueryLog) -> None:
    owners = await store.create(OWNERS, [an_owner() for _ in range(3)])
    made = {owner.id: await listings_of(store, owner, 3) for owner in owners}
    pages = [PropertyPage(owner.id, statuses, 2) for owner in owners for statuses in ((), ("active",), ("sold",))]
    query_log.clear()
    found = await store.read(PROPERTIES_BY_OWNER_ID, [*pages, *pages])
    assert found == {page: newest(made[page.owner_id])[:2] for page in pages if page.statuses != ("sold",)}
    assert query_log == ["properties_by_owner_id(9)"]


async def changes_of(store: Store, page: PriceChangePage) -> list[PriceChange]:
    return (await store.read(PRICE_CHANGES_BY_PROPERTY_ID, [page])).get(page, [])


async def test_price_changes_are_newest_first_and_paged(store: Store, clock: Clock, query_log: QueryLog) -> None:
    (listing,) = await listings_of(store, await the_owner(store), 1)
    clock.step = 0  # every change at one moment
    for price in range(1, 8):
        await store.update(PROPERTIES, listing.id, {"price": price})
    query_log.clear()
    everything = await changes_of(store, PriceChangePage(listing.id, 100))
    assert query_log == ["price_changes_by_property_id"]
    assert [change.new_price for change in everything] == [7, 6, 5, 4, 3, 2, 1]
    last = everything[2]
    start = Keyset(last.changed_at, last.id)
    assert await changes_of(store, PriceChangePage(listing.id, 3, start)) == everything[3:6]


async def test_price_changes_of_many_listings_are_one_statement(store: Store, query_log: QueryLog) -> None:
    made = await listings_of(store, await the_owner(store), 3)
    for listing in made[:2]:
        await store.update(PROPERTIES, listing.id, {"price": 7})
    query_log.clear()
    pages = [PriceChangePage(listing.id, 5) for listing in made]
    found = await store.read(PRICE_CHANGES_BY_PROPERTY_ID, pages)
    assert [page.property_id for page in found] == [made[0].id, made[1].id]
    assert query_log == ["price_changes_by_property_id(3)"]


async def test_price_changes_are_found_by_id(store: Store, query_log: QueryLog) -> None:
    (listing,) = await listings_of(store, await the_owner(store), 1)
    await store.update(PROPERTIES, listing.id, {"price": 7})
    (change,) = await changes_of(store, PriceChangePage(listing.id, 5))
    query_log.clear()
    assert await store.read(PRICE_CHANGES_BY_ID, [change.id]) == {change.id: change}
    assert query_log == ["price_changes_by_id"]
