"""The view of published listings: the same reads where others, and their history, do not exist."""

import re
from pathlib import Path
from typing import Any

import pytest

from storage.database import Database
from storage.projection import build_projection
from storage.reads.owner import OWNERS_BY_ID
from storage.reads.price_change import PRICE_CHANGES_BY_ID, PRICE_CHANGES_BY_PROPERTY_ID
from storage.reads.property import (
    COUNT_PROPERTIES,
    PROPERTIES_BY_CITY,
    PROPERTIES_BY_ID,
    PROPERTIES_BY_OWNER_ID,
    PROPERTIES_BY_REFERENCE,
    PROPERTY_COUNTS_BY_OWNER_ID,
    SEARCH_PROPERTIES,
)
from storage.record import Owner, PriceChange, Property
from storage.search import CityListing, PriceChangePage, PropertyFilter, PropertyOrder, PropertyPage, PropertySearch
from storage.sql_store import SqlStore
from storage.statements import load_statements
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from storage.view import EVERYTHING, PUBLISHED, View
from storage.visibility import EVERY_LISTING, PUBLISHED_LISTINGS, Visibility
from tests.drafts import a_listing, an_owner
from tests.query_log import QueryLog

CITY = CityListing("lisbon", 100)


@pytest.fixture
async def owners(store: Store) -> list[Owner]:
    """Two."""
    return await store.create(OWNERS, [an_owner(), an_owner()])


@pytest.fixture
async def listings(store: Store, owners: list[Owner]) -> list[Property]:
    """Of the first owner one of each status, of the second one that was never published."""
    drafts = [a_listing(owners[0], status=status, reference=status) for status in EVERY_LISTING.statuses]
    return await store.create(PROPERTIES, [*drafts, a_listing(owners[1], status="draft", reference="hers")])


async def find_all(store: Store, listings: list[Property], view: View) -> dict[str, list[str]]:
    """The statuses of what each read of listings finds."""
    owner_ids = list(dict.fromkeys(listing.owner_id for listing in listings))
    pages = [PropertyPage(id, statuses, 100) for id in owner_ids for statuses in ((), EVERY_LISTING.statuses)]
    filters = [
        *(PropertyFilter(), PropertyFilter(city_key="lisbon"), PropertyFilter(statuses=EVERY_LISTING.statuses)),
        *(PropertyFilter(owner_id=id) for id in owner_ids),
        *(PropertyFilter(owner_id=id, statuses=EVERY_LISTING.statuses) for id in owner_ids),
    ]
    searches = [PropertySearch(each, order, 100) for each in filters for order in PropertyOrder]
    found: dict[str, Any] = {
        "id": (await store.read(PROPERTIES_BY_ID, [listing.id for listing in listings], view)).values(),
        "reference": (
            await store.read(PROPERTIES_BY_REFERENCE, [str(listing.reference) for listing in listings], view)
        ).values(),
        "city": (await store.read(PROPERTIES_BY_CITY, [CITY], view))[CITY],
    }
    of_owners, searched = (
        await store.read(PROPERTIES_BY_OWNER_ID, pages, view),
        await store.read(SEARCH_PROPERTIES, searches, view),
    )
    found |= {str(page): of_owners.get(page, []) for page in pages}
    found |= {str(search): searched.get(search, []) for search in searches}
    return {name: sorted(listing.status for listing in rows) for name, rows in found.items()}


@pytest.mark.every_layer
async def test_every_read_of_listings_finds_published_ones_alone(store: Store, listings: list[Property]) -> None:
    for _ in range(2):
        everything, published = await find_all(store, listings, EVERYTHING), await find_all(store, listings, PUBLISHED)
        expected = {
            name: [status for status in statuses if status in PUBLISHED_LISTINGS.statuses]
            for name, statuses in everything.items()
        }
        assert published == expected
        assert everything["id"] == sorted(listing.status for listing in listings)


@pytest.mark.every_layer
async def test_counts_are_of_published_listings_alone(
    store: Store, owners: list[Owner], listings: list[Property]
) -> None:
    ids = [owner.id for owner in owners]
    filters = [PropertyFilter(), *(PropertyFilter(owner_id=id) for id in ids), PropertyFilter(statuses=("draft",))]
    for _ in range(2):
        assert await store.read(PROPERTY_COUNTS_BY_OWNER_ID, ids) == {ids[0]: 5, ids[1]: 1}
        assert await store.read(PROPERTY_COUNTS_BY_OWNER_ID, ids, PUBLISHED) == {ids[0]: 3}
        for view, counts in ((EVERYTHING, [6, 5, 1, 2]), (PUBLISHED, [3, 3, 0, 0])):
            found = await store.read(COUNT_PROPERTIES, filters, view)
            assert [found.get(each) for each in filters] == counts


@pytest.mark.every_layer
async def test_a_price_change_is_found_if_its_listing_and_both_of_its_statuses_are_published(
    store: Store, owners: list[Owner]
) -> None:
    [listing] = await store.create(PROPERTIES, [a_listing(owners[0], status="draft", price=1)])
    for changes in ({"price": 2}, {"status": "active"}, {"price": 3}, {"status": "sold", "price": 4}):
        await store.update(PROPERTIES, listing.id, changes)
    page = PriceChangePage(listing.id, 100)
    every = (await store.read(PRICE_CHANGES_BY_PROPERTY_ID, [page]))[page]
    ids = [change.id for change in every]
    assert [change.new_price for change in every] == [4, 3, 2, 2]
    for status, prices in (("sold", [4, 3]), ("withdrawn", []), ("sold", [4, 3])):
        await store.update(PROPERTIES, listing.id, {"status": status})
        found = (await store.read(PRICE_CHANGES_BY_PROPERTY_ID, [page], PUBLISHED)).get(page, [])
        assert [change.new_price for change in found] == prices
        assert sorted((await store.read(PRICE_CHANGES_BY_ID, ids, PUBLISHED)).values(), key=ids_of(every)) == found


def ids_of(changes: list[PriceChange]) -> Any:
    ids = [change.id for change in changes]
    return lambda change: ids.index(change.id)


@pytest.mark.every_layer
async def test_owners_exist_whatever_they_offer(store: Store, owners: list[Owner], listings: list[Property]) -> None:
    assert list((await store.read(OWNERS_BY_ID, [owner.id for owner in owners], PUBLISHED)).values()) == owners


@pytest.mark.every_layer
async def test_a_view_may_be_of_few_fields_and_of_published_listings(store: Store, listings: list[Property]) -> None:
    fields = build_projection({Owner: ["name"], Property: ["address", "owner_id"]}, prefetched=["owner_id"])
    search = PropertySearch(PropertyFilter(), PropertyOrder.PRICE_UP, 100)
    published = [listing.id for listing in listings if listing.status in PUBLISHED_LISTINGS.statuses]
    view = View(fields, PUBLISHED_LISTINGS)
    found = await store.read(SEARCH_PROPERTIES, [search], view)
    assert sorted(row.id for row in found[search]) == sorted(published)
    assert sorted(await store.read(PROPERTIES_BY_ID, [listing.id for listing in listings], view)) == sorted(published)


async def test_a_search_for_hidden_statuses_runs_no_statement(database: Database, query_log: QueryLog) -> None:
    hidden = PropertyFilter(statuses=("draft", "withdrawn"))
    search = PropertySearch(hidden, PropertyOrder.NEWEST, 10)
    store = SqlStore(database)
    query_log.clear()
    assert await store.read(SEARCH_PROPERTIES, [search], PUBLISHED) == {search: []}
    assert await store.read(COUNT_PROPERTIES, [hidden], PUBLISHED) == {hidden: 0}
    assert query_log == []


def test_of_some_statuses_those_of_published_listings_are_left() -> None:
    assert PUBLISHED_LISTINGS.among(()) == PUBLISHED_LISTINGS.statuses == ("active", "pending", "sold")
    assert PUBLISHED_LISTINGS.among(("draft", "sold")) == ("sold",)
    assert PUBLISHED_LISTINGS.among(("draft",)) == ()
    assert Visibility(("a", "b")).among(()) == ("a", "b")


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_statements_and_indexes_name_the_published_statuses_in_the_same_words(backend: str) -> None:
    """A partial index serves a condition that the database finds in its own."""
    words = f"status IN {PUBLISHED_LISTINGS.statuses!r}"
    statements = load_statements(f"storage.{backend}")
    migration = Path(f"storage/{backend}/migrations/0005_published_listings.sql").read_text(encoding="utf-8")
    for text in (*(statements.view(name, PUBLISHED).text for name in statements), migration):
        assert set(re.findall(r"status IN \('[^)]*\)", text)) <= {words}
    prefix = "+" if backend == "sqlite" else ""
    assert statements["published"].text.replace("p.", "") == prefix + words
    assert migration.count(f"WHERE {prefix}{words};") == 2
    assert f"WHERE {statements['published_change'].text.replace('c.', '')};" in migration
