"""Searches: filtered, ordered pages, forward and backward, along every guaranteed path."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import product
from typing import Any

import pytest

from storage.errors import InvalidValue
from storage.reads.owner import COUNT_OWNERS, SEARCH_OWNERS
from storage.reads.property import COUNT_PROPERTIES, SEARCH_PROPERTIES
from storage.record import Owner, Property, Status
from storage.search import (
    Box,
    Keyset,
    OwnerFilter,
    OwnerOrder,
    OwnerSearch,
    PropertyFilter,
    PropertyOrder,
    PropertySearch,
)
from storage.sql.search import COUNT_LIMIT
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from storage.visibility import EVERY_LISTING
from tests.drafts import a_listing, an_owner
from tests.query_log import QueryLog

pytestmark = pytest.mark.every_layer

PATHS = [
    "city",
    "city of two statuses",
    "owner",
    "owner and statuses",
    "owner and city",
    "status",
    "statuses",
    "everything",
]

of_every_order = pytest.mark.parametrize("order", PropertyOrder)


async def the_owner(store: Store) -> Owner:
    (owner,) = await store.create(OWNERS, [an_owner()])
    return owner


async def listed(store: Store, owner: Owner, *fields: dict[str, Any]) -> list[Property]:
    """A listing for each of these."""
    return await store.create(PROPERTIES, [a_listing(owner, **given) for given in fields])


async def search(
    store: Store, wanted: PropertyFilter, order: PropertyOrder = PropertyOrder.NEWEST, **rest: Any
) -> list[Property]:
    asked = PropertySearch(wanted, order, **{"limit": 100} | rest)
    return (await store.read(SEARCH_PROPERTIES, [asked]))[asked]


def start_of(order: PropertyOrder, row: Property) -> Keyset:
    return Keyset(row.created_at if order is PropertyOrder.NEWEST else row.price, row.id)


def in_order(order: PropertyOrder, rows: Sequence[Property]) -> list[Property]:
    """The rows as the order has them, ties by id in the same direction."""
    if order is PropertyOrder.NEWEST:
        return sorted(rows, key=lambda row: (row.created_at, row.id), reverse=True)
    return sorted(rows, key=lambda row: (row.price, row.id), reverse=order is PropertyOrder.PRICE_DOWN)


async def a_varied_market(store: Store) -> tuple[Owner, list[Property]]:
    """Listings of two owners, two cities and every status, many with equal times and prices."""
    owner, other = await store.create(OWNERS, [an_owner(), an_owner()])
    made: list[Property] = []
    for round_number in range(3):
        kinds = product((owner, other), ("Lisbon", "Porto"), EVERY_LISTING.statuses)
        made += await store.create(
            PROPERTIES,
            [
                a_listing(whose, city=city, status=status, price=(number + round_number) % 3)
                for number, (whose, city, status) in enumerate(kinds)
            ],
        )
    return owner, made


def path_filter(path: str, owner: Owner) -> PropertyFilter:
    return {
        "city": PropertyFilter(city_key="lisbon", statuses=("active",)),
        "city of two statuses": PropertyFilter(city_key="lisbon", statuses=("active", "sold")),
        "owner": PropertyFilter(owner_id=owner.id),
        "owner and statuses": PropertyFilter(owner_id=owner.id, statuses=("draft", "sold")),
        "owner and city": PropertyFilter(owner_id=owner.id, city_key="porto"),
        "status": PropertyFilter(statuses=("pending",)),
        "statuses": PropertyFilter(statuses=("active", "pending", "sold")),
        "everything": PropertyFilter(),
    }[path]


def matches(wanted: PropertyFilter, row: Property) -> bool:
    return (
        (wanted.city_key is None or row.city.lower() == wanted.city_key)
        and (wanted.owner_id is None or row.owner_id == wanted.owner_id)
        and (not wanted.statuses or row.status in wanted.statuses)
    )


@of_every_order
@pytest.mark.parametrize("path", PATHS)
async def test_pages_follow_each_other_both_ways_without_gap_or_repetition(
    store: Store, path: str, order: PropertyOrder
) -> None:
    owner, made = await a_varied_market(store)
    wanted = path_filter(path, owner)
    expected = in_order(order, [row for row in made if matches(wanted, row)])
    assert expected
    assert await search(store, wanted, order) == expected

    seen: list[Property] = []
    start = None
    while page := await search(store, wanted, order, limit=4, start=start):
        seen += page
        start = start_of(order, page[-1])
    assert seen == expected

    seen, start = [], None
    while page := await search(store, wanted, order, limit=4, start=start, backward=True):
        seen = page + seen
        start = start_of(order, page[0])
    assert seen == expected


async def test_a_search_of_one_path_is_one_statement(store: Store, query_log: QueryLog) -> None:
    owner, _ = await a_varied_market(store)
    for path in PATHS:
        query_log.clear()
        await search(store, path_filter(path, owner))
        assert query_log == ["search_properties"]


async def test_searches_of_one_shape_go_together_and_each_gets_its_page(store: Store, query_log: QueryLog) -> None:
    _, made = await a_varied_market(store)
    searches = [
        PropertySearch(PropertyFilter(city_key=city, statuses=(status,)), PropertyOrder.PRICE_UP, 5)
        for city, status in product(("lisbon", "porto", "faro"), EVERY_LISTING.statuses)
    ]
    query_log.clear()
    found = await store.read(SEARCH_PROPERTIES, [*searches, *searches])
    assert query_log == ["search_properties(15)"]
    for asked in searches:
        assert found[asked] == in_order(asked.order, [row for row in made if matches(asked.filter, row)])[:5]


async def test_searches_of_two_shapes_are_two_statements(store: Store, query_log: QueryLog) -> None:
    owner = await the_owner(store)
    query_log.clear()
    by_city, by_owner = PropertyFilter(city_key="lisbon"), PropertyFilter(owner_id=owner.id)
    searches = [PropertySearch(wanted, PropertyOrder.NEWEST, 5) for wanted in (by_city, by_owner)]
    assert await store.read(SEARCH_PROPERTIES, searches) == {asked: [] for asked in searches}
    assert query_log == ["search_properties", "search_properties"]


async def test_no_searches_run_no_statement(store: Store, query_log: QueryLog) -> None:
    assert await store.read(SEARCH_PROPERTIES, []) == {}
    assert await store.read(SEARCH_OWNERS, []) == {}
    assert await store.read(COUNT_PROPERTIES, []) == {}
    assert await store.read(COUNT_OWNERS, []) == {}
    assert query_log == []


async def test_a_search_in_the_keys_twice_has_its_rows_once(store: Store) -> None:
    made = await listed(store, await the_owner(store), {}, {})
    asked = PropertySearch(PropertyFilter(city_key="lisbon", statuses=("active",)), PropertyOrder.NEWEST, 10)
    assert await store.read(SEARCH_PROPERTIES, [asked, asked]) == {asked: in_order(PropertyOrder.NEWEST, made)}


async def test_a_start_need_not_exist_any_more(store: Store) -> None:
    owner = await the_owner(store)
    made = in_order(PropertyOrder.NEWEST, await listed(store, owner, *({} for _ in range(5))))
    start = start_of(PropertyOrder.NEWEST, made[1])
    await store.delete(PROPERTIES, made[1].id)
    assert await search(store, PropertyFilter(owner_id=owner.id), start=start) == made[2:]


def place(region: str, latitude: float, longitude: float) -> dict[str, Any]:
    return {"region": region, "latitude": latitude, "longitude": longitude}


RANGES = [
    (PropertyFilter(min_price=200), [200, 300]),
    (PropertyFilter(max_price=200), [100, 200]),
    (PropertyFilter(min_price=101, max_price=299), [200]),
    (PropertyFilter(min_price=300, max_price=100), []),
    (PropertyFilter(min_bedrooms=2), [200, 300]),
    (PropertyFilter(min_bathrooms=1.5), [200, 300]),
    (PropertyFilter(min_area=75.5), [200, 300]),
    (PropertyFilter(max_area=75.5), [100, 200]),
    (PropertyFilter(region_key="north"), [100, 200]),
    (PropertyFilter(region_key="north", min_price=150), [200]),
    (PropertyFilter(box=Box(south=10, west=-20, north=20, east=-10)), [100, 200]),
    (PropertyFilter(box=Box(south=10.5, west=-180, north=90, east=180)), [200, 300]),
    (PropertyFilter(min_area=1e-9, max_area=1e9, min_bedrooms=0, min_bathrooms=0.0), [100, 200, 300]),
]


@pytest.mark.parametrize(("wanted", "prices"), RANGES)
async def test_a_range_includes_its_ends_and_leaves_out_nulls(
    store: Store, wanted: PropertyFilter, prices: list[int]
) -> None:
    await listed(
        store,
        await the_owner(store),
        {"price": 100, "bedrooms": 1, "bathrooms": 1.0, "area": 50} | place("North", 10, -10),
        {"price": 200, "bedrooms": 2, "bathrooms": 1.5, "area": 75.5} | place(" NORTH", 20, -20),
        {"price": 300, "bedrooms": 3, "bathrooms": 2.0, "area": 100.25} | place("South", 20.001, 0),
        {"price": 0},
    )
    found = await search(store, wanted, PropertyOrder.PRICE_UP)
    known = [row.price for row in found if row.price or wanted.max_price is not None]
    assert [price for price in known if price] == prices
    assert (await store.read(COUNT_PROPERTIES, [wanted]))[wanted] == len(found)


async def test_a_price_of_zero_and_the_greatest_price_are_prices(store: Store) -> None:
    owner = await the_owner(store)
    free, dear = await listed(store, owner, {"price": 0}, {"price": 2**53 - 1})
    assert await search(store, PropertyFilter(max_price=0)) == [free]
    assert await search(store, PropertyFilter(min_price=2**53 - 1)) == [dear]
    up = await search(store, PropertyFilter(), PropertyOrder.PRICE_UP, start=Keyset(2**53 - 2, "~"))
    assert up == [dear]


async def test_a_city_without_statuses_has_listings_of_every_status(store: Store) -> None:
    made = await listed(store, await the_owner(store), *({"status": status} for status in Status))
    assert await search(store, PropertyFilter(city_key="lisbon")) == in_order(PropertyOrder.NEWEST, made)


async def test_an_unknown_status_finds_nothing(store: Store) -> None:
    await listed(store, await the_owner(store), {})
    assert await search(store, PropertyFilter(statuses=("gone",))) == []


@pytest.mark.parametrize("value", [2**63, 2**64, -(2**65), "\ud800"])
async def test_a_value_that_no_database_can_hold_is_an_invalid_value_or_finds_nothing(store: Store, value: Any) -> None:
    wanted = PropertyFilter(city_key=value) if isinstance(value, str) else PropertyFilter(min_price=value)
    with suppress(InvalidValue):
        assert await search(store, wanted) == []
    assert await search(store, PropertyFilter()) == []


async def test_counts_are_exact_up_to_their_limit(store: Store, query_log: QueryLog) -> None:
    owner = await the_owner(store)
    await store.create(PROPERTIES, [a_listing(owner, price=1, status="active")] * (COUNT_LIMIT - 1))
    some = PropertyFilter(statuses=("active",))
    everything = PropertyFilter()
    for expected in (COUNT_LIMIT - 1, COUNT_LIMIT, COUNT_LIMIT + 1, COUNT_LIMIT + 1):
        query_log.clear()
        counts = await store.read(COUNT_PROPERTIES, [some, everything, some])
        assert counts == {some: expected, everything: min(expected, COUNT_LIMIT + 1)}
        assert query_log == ["count_properties(2)"]
        await listed(store, owner, {"status": "active"})


async def test_counts_follow_the_filter(store: Store) -> None:
    owner, made = await a_varied_market(store)
    wanted = [path_filter(path, owner) for path in PATHS]
    counts = await store.read(COUNT_PROPERTIES, wanted)
    assert counts == {some: sum(matches(some, row) for row in made) for some in wanted}


async def test_a_count_of_nothing_is_zero(store: Store) -> None:
    nothing = [PropertyFilter(city_key="nowhere"), PropertyFilter(owner_id="nobody"), PropertyFilter(min_price=1)]
    assert await store.read(COUNT_PROPERTIES, nothing) == dict.fromkeys(nothing, 0)
    assert await store.read(COUNT_OWNERS, [OwnerFilter("x")]) == {OwnerFilter("x"): 0}


async def owners_found(store: Store, asked: OwnerSearch) -> list[Owner]:
    return (await store.read(SEARCH_OWNERS, [asked]))[asked]


def owner_start(order: OwnerOrder, row: Owner) -> Keyset:
    return Keyset(row.created_at if order is OwnerOrder.NEWEST else row.name.lower(), row.id)


@pytest.mark.parametrize("order", OwnerOrder)
@pytest.mark.parametrize("wanted", [OwnerFilter(), OwnerFilter("b")])
async def test_owners_pages_follow_each_other_both_ways(
    store: Store, query_log: QueryLog, order: OwnerOrder, wanted: OwnerFilter
) -> None:
    made: list[Owner] = []
    for _ in range(3):
        made += await store.create(OWNERS, [an_owner(name=name) for name in ("Bo", "ada", "BO", "Bob", "Cy", "b")])
    matching = [owner for owner in made if owner.name.lower().startswith(wanted.name_key or "")]
    if order is OwnerOrder.NEWEST:
        expected = sorted(matching, key=lambda owner: (owner.created_at, owner.id), reverse=True)
    else:
        expected = sorted(matching, key=lambda owner: (owner.name.lower(), owner.id))

    query_log.clear()
    assert await owners_found(store, OwnerSearch(wanted, order, 100)) == expected
    assert query_log == ["search_owners"]
    for backward in (False, True):
        seen: list[Owner] = []
        start = None
        while page := await owners_found(store, OwnerSearch(wanted, order, 4, start, backward)):
            seen = page + seen if backward else seen + page
            start = owner_start(order, page[0] if backward else page[-1])
        assert seen == expected
    assert await store.read(COUNT_OWNERS, [wanted]) == {wanted: len(expected)}


async def test_a_name_is_matched_from_its_start_whatever_its_script(store: Store) -> None:
    names = ["Zoë", "zoe", "ZOË", "Zo", "Åsa", "åsa b", "李明", "李", "𝒜da", "z\U0010fffe"]
    await store.create(OWNERS, [an_owner(name=name) for name in names])
    counts = {key: await count_of(store, key) for key in ("zo", "zoë", "å", "李", "𝒜", "z")}
    assert counts == {"zo": 4, "zoë": 2, "å": 2, "李": 2, "𝒜": 1, "z": 5}


async def count_of(store: Store, name_key: str) -> int:
    wanted = OwnerFilter(name_key)
    found = await owners_found(store, OwnerSearch(wanted, OwnerOrder.NAME, 100))
    count = (await store.read(COUNT_OWNERS, [wanted]))[wanted]
    assert len(found) == count
    return count
