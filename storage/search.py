"""The keys of plural reads: frozen values that describe the wanted rows.

They cache their hash, since every layer looks them up.
"""

from enum import StrEnum

import msgspec


class Keyset(msgspec.Struct, frozen=True, cache_hash=True):
    """A place in an order: a row's sorted value (µs, price or name key) and its id. A page starts behind it."""

    value: int | str
    id: str


class Box(msgspec.Struct, frozen=True, cache_hash=True):
    """A bounding box in degrees (WGS 84), edges included. It does not cross the 180th meridian."""

    south: float
    west: float
    north: float
    east: float


class PropertyOrder(StrEnum):
    """Orders of listings. Ties are broken by id, in the same direction."""

    NEWEST = "newest"
    PRICE_UP = "price_up"
    PRICE_DOWN = "price_down"


class PropertyFilter(msgspec.Struct, frozen=True, cache_hash=True):
    """A filter of listings. None means any value, and no statuses means all. Ranges include their ends.

    `city_key` and `region_key` are folded. `statuses` are sorted and unique.
    """

    city_key: str | None = None
    region_key: str | None = None
    statuses: tuple[str, ...] = ()
    min_price: int | None = None
    max_price: int | None = None
    min_bedrooms: int | None = None
    min_bathrooms: float | None = None
    min_area: float | None = None
    max_area: float | None = None
    owner_id: str | None = None
    box: Box | None = None


class PropertySearch(msgspec.Struct, frozen=True, cache_hash=True):
    """A page of a filtered, ordered search. A `backward` page has the last rows before `start`, in the same order."""

    filter: PropertyFilter
    order: PropertyOrder
    limit: int
    start: Keyset | None = None
    backward: bool = False


class CityListing(msgspec.Struct, frozen=True, cache_hash=True):
    """A city's newest active listings: a first page."""

    city_key: str
    limit: int

    @property
    def start(self) -> None:
        """None: there are only first pages."""


class PropertyPage(msgspec.Struct, frozen=True, cache_hash=True):
    """A page of an owner's listings, newest first. No statuses means every status."""

    owner_id: str
    statuses: tuple[str, ...]
    limit: int
    start: Keyset | None = None

    @property
    def filter(self) -> PropertyFilter:
        """The filter that finds the whole list."""
        return PropertyFilter(owner_id=self.owner_id, statuses=self.statuses)


class PriceChangePage(msgspec.Struct, frozen=True, cache_hash=True):
    """A page of a listing's price changes, newest first."""

    property_id: str
    limit: int
    start: Keyset | None = None


class OwnerOrder(StrEnum):
    """Orders of owners. Ties are broken by id, in the same direction."""

    NEWEST = "newest"
    NAME = "name"


class OwnerFilter(msgspec.Struct, frozen=True, cache_hash=True):
    """A filter of owners: those whose folded name starts with `name_key`. None means all."""

    name_key: str | None = None


class OwnerSearch(msgspec.Struct, frozen=True, cache_hash=True):
    """A page of owners. `backward` is as in `PropertySearch`."""

    filter: OwnerFilter
    order: OwnerOrder
    limit: int
    start: Keyset | None = None
    backward: bool = False
