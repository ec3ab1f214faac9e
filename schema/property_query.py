"""Root query fields that find listings."""

from collections.abc import Awaitable
from enum import Enum
from typing import Annotated

import strawberry

from executor import batched
from schema.argument import check_id, check_range, check_text
from schema.connection import After, Before, First, Last, load_pages, window_of
from schema.context import Info
from schema.errors import BadInput
from schema.page import Page, pages_of_search
from schema.property import Property, PropertyConnection, property_keyset_of
from schema.property_status import ONE_OF_STATUSES, PropertyStatus, status_values
from schema.reads import PROVED
from schema.scalar import Price
from storage import ids, record
from storage.folding import fold
from storage.reads.property import PROPERTIES_BY_CITY, PROPERTIES_BY_ID, SEARCH_PROPERTIES
from storage.search import Box, CityListing, PropertyFilter, PropertyOrder, PropertySearch

MAX_CITY_LISTING = 500


@strawberry.enum(name="PropertyOrder", description="The order of a list of listings; ties are broken by id.")
class PropertyOrderInput(Enum):
    """The values are those of `storage.search.PropertyOrder`."""

    NEWEST = strawberry.enum_value("newest", description="Last listed first.")
    PRICE_UP = strawberry.enum_value("price_up", description="Cheapest first.")
    PRICE_DOWN = strawberry.enum_value("price_down", description="Dearest first.")


@strawberry.input(description="Prices from `min` to `max`, both included.")
class PriceRange:
    """Either end may be open."""

    min: Price | None = strawberry.field(default=None, description="The least price.")
    max: Price | None = strawberry.field(default=None, description="The greatest price.")


@strawberry.input(description="Areas from `min` to `max` square metres, both included.")
class AreaRange:
    """Either end may be open."""

    min: float | None = strawberry.field(default=None, description="The least area.")
    max: float | None = strawberry.field(default=None, description="The greatest area.")


@strawberry.input(description="The part of a map between two parallels and two meridians (degrees, WGS 84).")
class BoundingBox:
    """Does not cross the 180th meridian."""

    south: float = strawberry.field(description="The southern edge, -90 to 90.")
    west: float = strawberry.field(description="The western edge, -180 to 180.")
    north: float = strawberry.field(description="The northern edge, at least `south`.")
    east: float = strawberry.field(description="The eastern edge, at least `west`.")


@strawberry.input(name="PropertyFilter", description="Which listings: those that all given fields let through.")
class PropertyFilterInput:
    """What is absent or null lets everything through."""

    city: str | None = strawberry.field(default=None, description="The city's whole name; case is ignored.")
    region: str | None = strawberry.field(default=None, description="The region's whole name; case is ignored.")
    statuses: list[PropertyStatus] | None = strawberry.field(
        default=None, description=f"One of these statuses, {ONE_OF_STATUSES}"
    )
    price: PriceRange | None = strawberry.field(default=None, description="The asking price.")
    min_bedrooms: int | None = strawberry.field(default=None, description="At least so many bedrooms.")
    min_bathrooms: float | None = strawberry.field(default=None, description="At least so many bathrooms.")
    area: AreaRange | None = strawberry.field(default=None, description="The living area.")
    owner_id: strawberry.ID | None = strawberry.field(default=None, description="Offered by this owner.")
    within: BoundingBox | None = strawberry.field(default=None, description="Lying in this part of the map.")


@strawberry.type
class PropertyQuery:
    """Mixed into Query. The root is a level of one parent."""

    @batched(
        description="The listing with this id, or null: also where the viewer may not see it.",
        graphql_type=Property | None,
        metadata=PROVED,
    )
    def property(
        parents: list[None],
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="A listing's id.")],
    ) -> Awaitable[list[record.Property | None]]:
        """Raises BadInput for what is no listing's id."""
        return info.context.loaders.of(PROPERTIES_BY_ID).load_level([check_id("id", ids.PROPERTY, id)])

    @batched(
        description="A city's active listings, newest first: the cheapest way to a city's first page.",
        graphql_type=list[Property] | None,
        metadata=PROVED,
    )
    def properties_by_city(
        parents: list[None],
        info: Info,
        city: Annotated[str, strawberry.argument(description="The city's whole name; case is ignored.")],
        limit: Annotated[int, strawberry.argument(description="At most so many, 1 to 500.")] = 20,
    ) -> Awaitable[list[list[record.Property]]]:
        """Raises BadInput."""
        key = fold(check_text("city", city))
        listing = CityListing(key, check_range("limit", limit, least=1, most=MAX_CITY_LISTING))
        return info.context.loaders.of(PROPERTIES_BY_CITY).load_level([listing])

    @batched(
        description="Listings that the viewer may see, filtered and in an order, page by page.",
        graphql_type=PropertyConnection | None,
        metadata=PROVED,
    )
    def properties(
        parents: list[None],
        info: Info,
        filter: Annotated[
            PropertyFilterInput | None,
            strawberry.argument(description="Which listings; by default all that the viewer may see."),
        ] = None,
        order_by: Annotated[
            PropertyOrderInput, strawberry.argument(description="In which order.")
        ] = PropertyOrderInput.NEWEST,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Awaitable[list[Page]] | list[Page]:
        """Raises BadInput."""
        wanted = _property_filter(filter)
        order = PropertyOrder(str(order_by.value))
        scope = _FOUND.scope_of(PropertySearch(wanted, order, limit=0))
        window = window_of(info, scope, first=first, after=after, last=last, before=before)
        search = PropertySearch(wanted, order, window.limit, window.start, window.backward)
        return load_pages(info.context.loaders.of(SEARCH_PROPERTIES), [search], window, _FOUND)


_FOUND = pages_of_search("properties", property_keyset_of)


def _property_filter(given: PropertyFilterInput | None) -> PropertyFilter:
    if given is None:
        return PropertyFilter()
    price, area = given.price or PriceRange(), given.area or AreaRange()
    _check_ends("filter.price", price.min, price.max)
    _check_ends("filter.area", area.min, area.max)
    if given.min_bedrooms is not None:
        check_range("filter.minBedrooms", given.min_bedrooms, least=0, most=1000)
    if given.min_bathrooms is not None:
        check_range("filter.minBathrooms", given.min_bathrooms, least=0, most=1000)
    return PropertyFilter(
        city_key=None if given.city is None else fold(check_text("filter.city", given.city)),
        region_key=None if given.region is None else fold(check_text("filter.region", given.region)),
        statuses=status_values("filter.statuses", given.statuses),
        min_price=price.min,
        max_price=price.max,
        min_bedrooms=given.min_bedrooms,
        min_bathrooms=given.min_bathrooms,
        min_area=area.min,
        max_area=area.max,
        owner_id=None if given.owner_id is None else check_id("filter.ownerId", ids.OWNER, given.owner_id),
        box=None if given.within is None else _box(given.within),
    )


def _check_ends(argument: str, least: float | None, greatest: float | None) -> None:
    if least is not None and greatest is not None and least > greatest:
        raise BadInput(argument, f"min {least} is above max {greatest}")


def _box(given: BoundingBox) -> Box:
    if not -90 <= given.south <= given.north <= 90:
        raise BadInput("filter.within", "must have -90 ≤ south ≤ north ≤ 90")
    if not -180 <= given.west <= given.east <= 180:
        raise BadInput("filter.within", "must have -180 ≤ west ≤ east ≤ 180")
    return Box(given.south, given.west, given.north, given.east)
