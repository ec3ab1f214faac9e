"""Views of fewer fields: records with few of them, listings with their owners, over every layer."""

from collections.abc import Mapping
from typing import Any

import pytest

from storage.database import Database
from storage.projection import Projection, build_projection
from storage.reads.owner import OWNERS_BY_ID
from storage.reads.property import PROPERTIES_BY_CITY, PROPERTIES_BY_ID, PROPERTIES_BY_OWNER_ID, SEARCH_PROPERTIES
from storage.record import Owner, Property
from storage.search import CityListing, PropertyFilter, PropertyOrder, PropertyPage, PropertySearch
from storage.sql_store import SqlStore
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from storage.view import View
from tests.drafts import a_listing, an_owner
from tests.query_log import QueryLog

NARROW = build_projection({Owner: ["name"], Property: ["address", "price"]})
JOINED = build_projection({Owner: ["name"], Property: ["address", "owner_id"]}, prefetched=["owner_id"])
EVERYTHING = PropertySearch(PropertyFilter(), PropertyOrder.NEWEST, 10)


@pytest.fixture
async def listings(store: Store) -> list[Property]:
    """Three listings in Lisbon, newest first, of two owners."""
    first, second = await store.create(OWNERS, [an_owner(name="One"), an_owner(name="Two")])
    made = await store.create(PROPERTIES, [a_listing(owner, city="Lisbon") for owner in (first, second, first)])
    return sorted(made, key=lambda listing: (listing.created_at, listing.id), reverse=True)


async def read_all(store: Store, listings: list[Property], view: View) -> list[list[Any]]:
    """The same listings by every read that brings some."""
    owner_ids = {listing.owner_id for listing in listings}
    by_id = await store.read(PROPERTIES_BY_ID, [listing.id for listing in listings], view)
    by_city: Mapping[Any, list[Any]] = await store.read(PROPERTIES_BY_CITY, [CityListing("lisbon", 10)], view)
    found: Mapping[Any, list[Any]] = await store.read(SEARCH_PROPERTIES, [EVERYTHING], view)
    pages = await store.read(PROPERTIES_BY_OWNER_ID, [PropertyPage(id, (), 10) for id in owner_ids], view)
    of_owners = {row.id: row for page in pages.values() for row in page}
    return [
        [by_id[listing.id] for listing in listings],
        *by_city.values(),
        *found.values(),
        [of_owners[listing.id] for listing in listings],
    ]


def seen(record: Any, fields: tuple[str, ...]) -> tuple[Any, ...]:
    """These fields' values."""
    return tuple(getattr(record, field) for field in fields)


@pytest.mark.every_layer
@pytest.mark.parametrize("fields", [NARROW, JOINED, Projection(), Projection(prefetched=("owner_id",))])
async def test_a_store_that_selects_brings_at_least_these_fields(
    store: Store, listings: list[Property], fields: Projection
) -> None:
    view = View(fields)
    for found in await read_all(store, listings, view):
        assert [seen(row, fields.of(Property)) for row in found] == [seen(row, fields.of(Property)) for row in listings]
    whole = await store.read(OWNERS_BY_ID, [listings[0].owner_id])
    (owner,) = (await store.read(OWNERS_BY_ID, [listings[0].owner_id], view)).values()
    assert seen(owner, fields.of(Owner)) == seen(whole[owner.id], fields.of(Owner))


async def test_fields_that_were_not_chosen_are_not_read(database: Database, listings: list[Property]) -> None:
    store, view = SqlStore(database), View(NARROW)
    by_id, by_city, found, of_owners = await read_all(store, listings, view)
    assert {row.__struct_fields__ for row in (*by_id, *by_city, *of_owners)} == {("id", "address", "price")}
    assert {row.__struct_fields__ for row in found} == {("id", "address", "price", "created_at")}  # merged by it
    (owner,) = (await store.read(OWNERS_BY_ID, [listings[0].owner_id], view)).values()
    assert owner.__struct_fields__ == ("id", "name")


async def test_listings_bring_their_owners_in_the_same_statement(
    database: Database, listings: list[Property], query_log: QueryLog
) -> None:
    store = SqlStore(database)
    owners: dict[str, Owner] = dict(await store.read(OWNERS_BY_ID, [row.owner_id for row in listings]))
    query_log.clear()
    *joined, of_owners = await read_all(store, listings, View(JOINED))
    for found in joined:
        assert [row.owner.name for row in found] == [owners[row.owner_id].name for row in listings]
    assert not hasattr(of_owners[0], "owner")
    assert query_log == [
        "properties_by_id(3)",
        "properties_by_city",
        "search_properties",
        "properties_by_owner_id(2)",
    ]


def test_chosen_fields_are_in_the_order_of_the_record() -> None:
    fields = build_projection({Owner: ["phone", "name"], Property: ["price", "address"]})
    assert fields.of(Owner) == ("id", "name", "phone")
    assert fields.of(Property) == ("id", "address", "price")
    assert build_projection({Property: ["price"], Owner: ["name"]}) == build_projection(
        {Owner: ["name"], Property: ["price"]}
    )


def test_a_choice_of_every_field_is_the_choice_of_none() -> None:
    assert build_projection({Owner: Owner.__struct_fields__, Property: Property.__struct_fields__}) == Projection()
    assert Projection().of(Owner) == Owner.__struct_fields__
