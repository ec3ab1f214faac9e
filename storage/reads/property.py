"""The reads of listings, and of their numbers.

Indexes serve these paths in both directions and in all orders: listings by city and status, by owner, and by status.
Other conditions of a filter select among the rows of a path. A search for several statuses reads an index range for
each. Where unpublished listings don't exist, their ranges are left out, and an owner's listings have indexes of their
own.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from storage.read import Cached
from storage.record import Property
from storage.search import Box, CityListing, Keyset, PropertyFilter, PropertyOrder, PropertyPage, PropertySearch
from storage.sql.lookup import Count, Lookup, ReferenceLookup
from storage.sql.order import Order
from storage.sql.pages import Pages
from storage.sql.parameters import types_of, values_of
from storage.sql.search import FilterCount, Search
from storage.tables import PROPERTIES
from storage.tags import city_tag, owner_tag, property_tag
from storage.visibility import Visibility

_FILTERS = (
    "region_key",
    "min_price",
    "max_price",
    "min_bedrooms",
    "min_bathrooms",
    "min_area",
    "max_area",
    "box",
)
_ROW = Keyset(0, "id")
_NEWEST = Order(PROPERTIES, "created_at", descending=True)
_ORDERS = {
    PropertyOrder.NEWEST: _NEWEST,
    PropertyOrder.PRICE_UP: Order(PROPERTIES, "price"),
    PropertyOrder.PRICE_DOWN: Order(PROPERTIES, "price", descending=True),
}


class _PropertyPaths:
    types: Mapping[str, type] = types_of(PropertyFilter) | {"status": str}
    samples: Mapping[str, PropertyFilter] = {
        "a city's listings of a status": PropertyFilter(city_key="city", statuses=("active",)),
        "an owner's listings": PropertyFilter(owner_id="owner"),
        "an owner's listings of some statuses in a city": PropertyFilter(
            owner_id="owner", statuses=("active",), city_key="city"
        ),
        "listings of a status": PropertyFilter(statuses=("active",)),
        "listings of a status, narrowed by everything else": PropertyFilter(
            statuses=("active",),
            region_key="region",
            min_price=0,
            max_price=0,
            min_bedrooms=0,
            min_bathrooms=0.0,
            min_area=0.0,
            max_area=0.0,
            box=Box(south=0.0, west=0.0, north=0.0, east=0.0),
        ),
    }

    def fragments(self, wanted: PropertyFilter, visibility: Visibility) -> tuple[str, ...]:
        if wanted.owner_id is not None:
            path = ["properties_of_owner", *(["published"] if visibility.hides else [])]
            path += ["statuses"] if wanted.statuses else []
            path += ["city_key"] if wanted.city_key is not None else []
        elif wanted.city_key is not None:
            path = ["properties_of_city"]
        else:
            path = ["properties_of_status"]
        return (*path, *(name for name in _FILTERS if getattr(wanted, name) is not None))

    def ranges(self, wanted: PropertyFilter, visibility: Visibility) -> Iterator[dict[str, Any]]:
        """No range if no listing that exists has one of the statuses."""
        statuses = visibility.among(wanted.statuses)
        given = values_of(wanted, without=("statuses",))
        if wanted.owner_id is None:
            for status in statuses:
                yield given | {"status": status}
        elif statuses:
            yield given | {"statuses": statuses} if wanted.statuses else given


class _PagesOfOwners(Pages[PropertyPage, Property]):
    def parameters(
        self, keys: Sequence[PropertyPage], visibility: Visibility
    ) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
        """The condition on statuses is left out if no key has any: it takes a third of the statement's time."""
        pages: list[dict[str, Any]] = [{"owner_id": key.owner_id} for key in keys]
        if not any(key.statuses for key in keys):
            return (), pages
        for key, page in zip(keys, pages, strict=True):
            page["statuses"] = visibility.among(key.statuses)
        return ("statuses",), pages


def _page_detail(page: PropertyPage) -> str:
    start = "" if page.start is None else f"{page.start.value}:{page.start.id}"
    return f"{page.limit}:{','.join(page.statuses)}:{start}"


_PATHS = _PropertyPaths()

PROPERTIES_BY_ID = Lookup("properties_by_id", Property, Cached(property_tag, by_visibility=True))
"""The listings with these ids."""

PROPERTIES_BY_REFERENCE = ReferenceLookup("properties_by_reference", Property)
"""The listings with these references."""

PROPERTIES_BY_CITY = Pages(
    "properties_by_city",
    CityListing,
    Property,
    order=_NEWEST,
    samples={"first pages": CityListing("city", 20)},
    cached=Cached(lambda listing: city_tag(listing.city_key), lambda listing: listing.limit),
)
"""Each city's active listings, newest first. They exist for all readers."""

PROPERTIES_BY_OWNER_ID = _PagesOfOwners(
    "properties_by_owner_id",
    PropertyPage,
    Property,
    order=_NEWEST,
    samples={
        "first pages": PropertyPage("owner", (), 20),
        "first pages of listings of some statuses": PropertyPage("owner", ("active",), 20),
        "pages from a row": PropertyPage("owner", (), 20, _ROW),
        "pages of listings of some statuses from a row": PropertyPage("owner", ("active",), 20, _ROW),
    },
    hidden=("published",),
    cached=Cached(lambda page: owner_tag(page.owner_id), _page_detail, by_visibility=True),
)
"""Each page of an owner's listings, newest first."""

PROPERTY_COUNTS_BY_OWNER_ID = Count("property_counts_by_owner_id", Cached(owner_tag, by_visibility=True))
"""The number of each owner's listings with any status."""

SEARCH_PROPERTIES: Search[PropertySearch, Property] = Search(
    "search_properties", PropertySearch, Property, _PATHS, _ORDERS, merged_by=("created_at", "price")
)
"""Each search's page of listings."""

COUNT_PROPERTIES: FilterCount[PropertyFilter] = FilterCount("count_properties", _PATHS)
"""The number of listings that each filter finds."""
