"""The accesses that storage/search_statement.py guarantees, as calls of a Store, and the statements they come to."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import msgspec

from storage.database import Database, Row
from storage.projection import Projection, build_projection
from storage.read import AnyRead
from storage.reads.owner import COUNT_OWNERS, OWNERS_BY_ID, SEARCH_OWNERS
from storage.reads.price_change import PRICE_CHANGES_BY_ID, PRICE_CHANGES_BY_PROPERTY_ID
from storage.reads.property import (
    COUNT_PROPERTIES,
    PROPERTIES_BY_CITY,
    PROPERTIES_BY_ID,
    PROPERTIES_BY_OWNER_ID,
    PROPERTY_COUNTS_BY_OWNER_ID,
    SEARCH_PROPERTIES,
)
from storage.record import Owner, Property
from storage.search import (
    CityListing,
    Keyset,
    OwnerFilter,
    OwnerOrder,
    OwnerSearch,
    PriceChangePage,
    PropertyFilter,
    PropertyOrder,
    PropertyPage,
    PropertySearch,
)
from storage.sql_store import SqlStore
from storage.statements import Statement
from storage.view import EVERYTHING, View
from storage.visibility import PUBLISHED_LISTINGS
from tests.storage.filled import CITIES, DRAFTING, owner_id, price_change_id, property_id

PAGE = 20


class Access(msgspec.Struct, frozen=True):
    """Keys of a read in a view, and the most rows they may read: those they return, and few more."""

    name: str
    read: AnyRead
    keys: Sequence[Any]
    rows: int
    view: View = EVERYTHING


class Run(msgspec.Struct, frozen=True):
    """A statement with its arguments."""

    statement: Statement
    args: tuple[object, ...]


class _Recorder:
    """Stands for a database's `fetch`: takes down what would run, and finds nothing."""

    def __init__(self) -> None:
        self.runs: list[Run] = []

    async def __call__(
        self, statement: Statement, *args: object, keys: int = 1, timeout: float | None = None
    ) -> Sequence[Row]:
        self.runs.append(Run(statement, args))
        return []


async def run_of(database: Database, access: Access) -> Run:
    """The one statement that the access comes to on this database. The database runs nothing from now on."""
    recorder = _Recorder()
    database.fetch = recorder  # type: ignore[method-assign]
    store = SqlStore(database)
    await store.read(access.read, access.keys, access.view)
    (run,) = recorder.runs
    return run


_FILTERS = {
    "a city's listings of a status": PropertyFilter(city_key=CITIES[1].lower(), statuses=("active",)),
    "an owner's listings": PropertyFilter(owner_id=owner_id(0)),
    "the listings of an owner of many drafts": PropertyFilter(owner_id=owner_id(DRAFTING)),
    "listings of a status": PropertyFilter(statuses=("active",)),
    "listings of a rare status": PropertyFilter(statuses=("withdrawn",)),
}
_STARTS = {
    PropertyOrder.NEWEST: Keyset(1_700_002_500_000_000, property_id(3)),
    PropertyOrder.PRICE_UP: Keyset(1_000_000, property_id(3)),
    PropertyOrder.PRICE_DOWN: Keyset(1_000_000, property_id(3)),
}
_PRICED = PropertyFilter(statuses=("active",), min_price=60_000, max_price=1_990_000)
_OWNER_STARTS = {
    OwnerOrder.NEWEST: Keyset(1_700_000_000_000_200, owner_id(3)),
    OwnerOrder.NAME: Keyset("owner 300", owner_id(3)),
}


def _name(*parts: object) -> str:
    return ", ".join(str(part) for part in parts if part)


def _search(name: str, search: PropertySearch) -> Access:
    parts = (name, search.order, search.backward and "backward", search.start and "from a row")
    return Access(_name(*parts), SEARCH_PROPERTIES, [search], PAGE)


def _owner_search(search: OwnerSearch, name: str = "owners") -> Access:
    parts = (name, search.order, search.backward and "backward", search.start and "from a row")
    return Access(_name(*parts), SEARCH_OWNERS, [search], PAGE)


def _count(name: str, wanted: PropertyFilter) -> Access:
    return Access(f"the count of {name}", COUNT_PROPERTIES, [wanted], 10_001)


_SEARCHES = [
    _search(name, PropertySearch(wanted, order, PAGE, start, backward))
    for (name, wanted), order, backward in product(_FILTERS.items(), PropertyOrder, (False, True))
    for start in (None, _STARTS[order])
]
_PRICED_SEARCHES = [
    _search("listings within prices", PropertySearch(_PRICED, order, PAGE, start, backward))
    for order, backward in product((PropertyOrder.PRICE_UP, PropertyOrder.PRICE_DOWN), (False, True))
    for start in (None, _STARTS[order])
]
_OWNER_SEARCHES = [
    _owner_search(OwnerSearch(OwnerFilter(), order, PAGE, start, backward))
    for order, backward in product(OwnerOrder, (False, True))
    for start in (None, _OWNER_STARTS[order])
]
_NAMED_SEARCHES = [
    _owner_search(OwnerSearch(OwnerFilter("owner "), OwnerOrder.NAME, PAGE, start, backward), "owners of a name")
    for backward in (False, True)
    for start in (None, _OWNER_STARTS[OwnerOrder.NAME])
]
_BY_NAME = OwnerSearch(OwnerFilter("owner 3"), OwnerOrder.NAME, PAGE)
_COUNTS = [_count(name, wanted) for name, wanted in _FILTERS.items()]
_OF_OWNERS = [
    Access("owners by the start of their name", SEARCH_OWNERS, [_BY_NAME], PAGE),
    Access("the count of owners", COUNT_OWNERS, [OwnerFilter()], 1_000),
    Access("the count of owners by name", COUNT_OWNERS, [OwnerFilter("owner 3")], 200),
]

_HUNDRED = range(100)
_LATER = Keyset(1_800_000_000_000_000, property_id(3))


def _owners_pages(name: str, statuses: tuple[str, ...] = (), start: Keyset | None = None) -> Access:
    pages = [PropertyPage(owner_id(n), statuses, PAGE, start) for n in _HUNDRED]
    passed_over = 100 * PAGE if statuses else 0  # the index knows no status
    return Access(name, PROPERTIES_BY_OWNER_ID, pages, rows=100 * PAGE + passed_over)


def _price_changes(name: str, start: Keyset | None = None) -> Access:
    pages = [PriceChangePage(property_id(n), PAGE, start) for n in _HUNDRED]
    return Access(name, PRICE_CHANGES_BY_PROPERTY_ID, pages, rows=100 * PAGE)


_MANY = [
    Access(
        "100 cities' newest",
        PROPERTIES_BY_CITY,
        [CityListing(city.lower(), PAGE) for city in CITIES[:100]],
        rows=100 * PAGE,
    ),
    _owners_pages("100 owners' listings"),
    _owners_pages("100 owners' listings from a row", start=_LATER),
    _owners_pages("100 owners' active listings", ("active",)),
    _owners_pages("100 owners' active and sold listings from a row", ("active", "sold"), _LATER),
    _price_changes("100 listings' price changes"),
    _price_changes("100 listings' price changes from a row", _LATER),
    Access(
        "100 searches of one shape",
        SEARCH_PROPERTIES,
        [
            PropertySearch(PropertyFilter(city_key=city.lower(), statuses=("active",)), PropertyOrder.PRICE_UP, PAGE)
            for city in CITIES[:100]
        ],
        rows=100 * PAGE,
    ),
    Access("100 owners", OWNERS_BY_ID, [owner_id(n) for n in _HUNDRED], rows=100),
    Access("100 listings", PROPERTIES_BY_ID, [property_id(n) for n in _HUNDRED], rows=100),
    Access(
        "100 owners' numbers of listings",
        PROPERTY_COUNTS_BY_OWNER_ID,
        [owner_id(n) for n in _HUNDRED],
        rows=12_000,
    ),
    Access(
        "100 price changes",
        PRICE_CHANGES_BY_ID,
        [price_change_id(n) for n in _HUNDRED],
        rows=200,  # and the listings of those that hide some
    ),
]

_WITH_OWNERS = [
    Access(
        f"{access.name}, with owners",
        access.read,
        access.keys,
        2 * access.rows,
        View(Projection(prefetched=("owner_id",))),
    )
    for access in (*_SEARCHES, *_PRICED_SEARCHES, *_MANY)
]

_SHOWN = build_projection(
    {
        Owner: ("name", "email"),
        Property: ("address", "city", "price", "status", "bedrooms", "bathrooms", "area"),
    },
    prefetched=["owner_id"],
)
SHOWN = [
    msgspec.structs.replace(access, view=View(_SHOWN))
    for access in _MANY
    if access.name in ("100 cities' newest", "100 owners' listings", "100 owners' listings from a row")
]
"""Lists that show of their listings what the indexes they are read along hold."""


def _published(access: Access) -> Access:
    view = View(access.view.projection, PUBLISHED_LISTINGS)
    return msgspec.structs.replace(access, name=f"{access.name}, published", view=view)


SHOWN += [_published(access) for access in SHOWN]

_PUBLISHED = [
    _published(access)
    for access in (*_SEARCHES, *_PRICED_SEARCHES, *_COUNTS, *_MANY, *_WITH_OWNERS)
    if "rare status" not in access.name  # of unpublished listings: nothing is read
]
"""What the public reads: no row of what is hidden from it, however many there are."""

GUARANTEED = [
    *(*_SEARCHES, *_PRICED_SEARCHES, *_WITH_OWNERS, *_PUBLISHED),
    *(*_OWNER_SEARCHES, *_NAMED_SEARCHES, *_COUNTS, *_OF_OWNERS, *_MANY),
]
