"""Searches over random listings find what a plain filter and sort in Python finds."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from operator import attrgetter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.database import Database
from storage.folding import fold
from storage.ids import OWNER, PROPERTY
from storage.opening import open_database
from storage.reads.property import COUNT_PROPERTIES, SEARCH_PROPERTIES
from storage.record import Owner, Property
from storage.search import Box, Keyset, PropertyFilter, PropertyOrder, PropertySearch
from storage.sql_store import SqlStore
from storage.statements import Statement
from storage.tables import table_rows
from storage.view import EVERYTHING, PUBLISHED
from storage.visibility import EVERY_LISTING, PUBLISHED_LISTINGS

OWNERS = [Owner(f"{OWNER}_{number:026d}", None, "Ada", "ada@example.org", None, 0) for number in range(3)]
CITIES = ["Lisbon", "LISBON", "Málaga", "Ma\u0301laga", "Gießen", "giessen"]
SMALL = st.integers(0, 3)
EXAMPLES = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def maybe(values: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.none() | values


@st.composite
def markets(draw: st.DrawFn) -> list[Property]:
    """Listings with many equal times and prices."""
    return [
        Property(
            id=f"{PROPERTY}_{number:026d}",
            reference=None,
            version=1,
            address="1 Market Street",
            city=draw(st.sampled_from(CITIES)),
            region=draw(st.sampled_from([None, "North", "north", "South"])),
            postal_code=None,
            price=draw(st.sampled_from([0, 1, 2, 2**53 - 1])),
            status=draw(st.sampled_from(EVERY_LISTING.statuses)),
            bedrooms=draw(maybe(SMALL)),  # type: ignore[arg-type]
            bathrooms=draw(maybe(SMALL.map(float))),  # type: ignore[arg-type]
            area=draw(maybe(st.floats(0.1, 3))),  # type: ignore[arg-type]
            latitude=draw(maybe(st.floats(-1, 1))),  # type: ignore[arg-type]
            longitude=draw(maybe(st.floats(-1, 1))),  # type: ignore[arg-type]
            owner_id=draw(st.sampled_from(OWNERS)).id,
            created_at=draw(st.sampled_from([-1, 0, 1, 10**15])),
            updated_at=0,
        )
        for number in draw(st.permutations(range(draw(st.integers(0, 30)))))
    ]


boxes = st.builds(
    lambda s, w, height, width: Box(s, w, s + height, w + width),
    st.floats(-1, 1),
    st.floats(-1, 1),
    st.floats(0, 2),
    st.floats(0, 2),
)
filters = st.builds(
    PropertyFilter,
    city_key=maybe(st.sampled_from(sorted({fold(city) for city in CITIES}))),
    region_key=maybe(st.sampled_from(["north", "south"])),
    statuses=st.lists(st.sampled_from(EVERY_LISTING.statuses), unique=True).map(sorted).map(tuple),
    min_price=maybe(SMALL),
    max_price=maybe(SMALL),
    min_bedrooms=maybe(SMALL),
    min_bathrooms=maybe(SMALL.map(float)),
    min_area=maybe(st.floats(0, 3)),
    max_area=maybe(st.floats(0, 3)),
    owner_id=maybe(st.sampled_from(OWNERS).map(attrgetter("id"))),
    box=maybe(boxes),
)
# Most filters of all fields find nothing: those of one or two find more.
narrow_filters = filters.flatmap(
    lambda full: st.sets(st.sampled_from(PropertyFilter.__struct_fields__), max_size=3).map(
        lambda kept: PropertyFilter(**{name: getattr(full, name) for name in kept})
    )
)


def found_in(market: Sequence[Property], wanted: PropertyFilter) -> list[Property]:
    return [row for row in market if all(_holds(row, wanted))]


def _holds(row: Property, wanted: PropertyFilter) -> list[bool]:
    region = None if row.region is None else fold(row.region)
    box = wanted.box
    return [
        wanted.city_key in (None, fold(row.city)),
        wanted.region_key in (None, region),
        not wanted.statuses or row.status in wanted.statuses,
        wanted.owner_id in (None, row.owner_id),
        _between(wanted.min_price, row.price, wanted.max_price),
        _between(wanted.min_bedrooms, row.bedrooms, None),
        _between(wanted.min_bathrooms, row.bathrooms, None),
        _between(wanted.min_area, row.area, wanted.max_area),
        box is None or (_between(box.south, row.latitude, box.north) and _between(box.west, row.longitude, box.east)),
    ]


def _between(low: float | None, value: float | None, high: float | None) -> bool:
    if value is None:
        return low is None and high is None
    return (low is None or low <= value) and (high is None or value <= high)


def page_of(found: Sequence[Property], search: PropertySearch) -> list[Property]:
    """The page as a sort and a slice make it."""
    column = "created_at" if search.order is PropertyOrder.NEWEST else "price"
    place = attrgetter(column, "id")
    rows = sorted(found, key=place, reverse=search.order is not PropertyOrder.PRICE_UP)
    if search.start is None:
        return rows[-search.limit :] if search.backward else rows[: search.limit]
    start = (search.start.value, search.start.id)
    upward = (search.order is PropertyOrder.PRICE_UP) != search.backward
    rows = [row for row in rows if (place(row) > start if upward else place(row) < start)]
    return rows[-search.limit :] if search.backward else rows[: search.limit]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = await open_database(database_url)
    try:
        async with database.transaction() as transaction:
            await transaction.fetch(database.statements["insert_owners"], table_rows(OWNERS))
        yield database
    finally:
        await database.close()


async def refill(database: Database, market: Sequence[Property]) -> None:
    async with database.transaction() as transaction:
        await transaction.fetch(Statement("clear", "DELETE FROM properties"))
        await transaction.fetch(database.statements["insert_properties"], table_rows(market))


orders = st.sampled_from(PropertyOrder)
starts = maybe(
    st.builds(Keyset, st.sampled_from([-1, 0, 1, 2, 10**15]), st.sampled_from(["", "~", f"{PROPERTY}_{7:026d}"]))
)
searches = st.builds(PropertySearch, narrow_filters, orders, st.integers(1, 12), start=starts, backward=st.booleans())


@EXAMPLES
@given(market=markets(), asked=st.lists(searches, min_size=1, max_size=8))
async def test_searches_and_counts_agree_with_a_plain_filter_and_sort(
    database: Database, market: list[Property], asked: list[PropertySearch]
) -> None:
    await refill(database, market)
    store = SqlStore(database)
    published = [row for row in market if row.status in PUBLISHED_LISTINGS.statuses]
    for view, existing in ((EVERYTHING, market), (PUBLISHED, published)):
        found, counts = await asyncio.gather(
            store.read(SEARCH_PROPERTIES, asked, view),
            store.read(COUNT_PROPERTIES, [search.filter for search in asked], view),
        )
        assert found == {search: page_of(found_in(existing, search.filter), search) for search in asked}
        assert counts == {search.filter: len(found_in(existing, search.filter)) for search in asked}
