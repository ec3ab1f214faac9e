"""CoalescingStore: concurrent reads of one kind share a statement, as group commit shares a write."""

from collections.abc import Callable, Coroutine, Hashable, Iterable, Mapping, Sequence
from typing import Any, Self, TypeVar

from storage.coalescing.lane import Lane, Read
from storage.coalescing.traffic import Limits, Traffic
from storage.events import OnEvent, ignore_event
from storage.layer import StoreLayer
from storage.record import Fields, Owner, PriceChange, Property
from storage.search import (
    CityListing,
    OwnerFilter,
    OwnerSearch,
    PriceChangePage,
    PropertyFilter,
    PropertyPage,
    PropertySearch,
)
from storage.search_statement import owner_filter_shape, owner_shape, property_filter_shape, property_shape
from storage.store import Store

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")
Page = TypeVar("Page", CityListing, PropertyPage, PriceChangePage, PropertySearch, OwnerSearch)

Answer = Coroutine[Any, Any, Found]
"""What an `async def` gives, here without one more to go through: a read's way is short for being taken so often."""

_MOST_LANES = 256
_COUNT_WEIGHT = 1000  # a count reads index entries, up to ten thousand, and brings no rows


class CoalescingStore(StoreLayer):
    """Reads may also raise Overloaded; writes pass through.

    Searches and counts share a statement with those of their own shape, so that an odd one slows no others. All fields'
    reads, and those of some fields alone (`selecting`), share the database.
    """

    def __init__(self, store: Store, limits: Limits | None = None, *, on_event: OnEvent = ignore_event) -> None:
        super().__init__(store)
        self._traffic = Traffic(limits or Limits())
        self._on_event = on_event
        self._lanes: dict[Hashable, Lane[Any]] = {}

    def _narrow(self, fields: Fields) -> Self:
        """Reads of other fields are of another kind, and wait for their own company."""
        store = super()._narrow(fields)
        store._lanes = {}
        return store

    def _hide(self) -> Self:
        """As `_narrow`: nobody shares a statement with those for whom other listings exist."""
        store = super()._hide()
        store._lanes = {}
        return store

    def owners_by_id(self, ids: Sequence[str]) -> Answer[Mapping[str, Owner]]:
        return self._lookup("owners_by_id", self._store.owners_by_id, ids)

    def owners_by_reference(self, references: Sequence[str]) -> Answer[Mapping[str, Owner]]:
        return self._lookup("owners_by_reference", self._store.owners_by_reference, references)

    def properties_by_id(self, ids: Sequence[str]) -> Answer[Mapping[str, Property]]:
        return self._lookup("properties_by_id", self._store.properties_by_id, ids)

    def properties_by_reference(self, references: Sequence[str]) -> Answer[Mapping[str, Property]]:
        return self._lookup("properties_by_reference", self._store.properties_by_reference, references)

    def price_changes_by_id(self, ids: Sequence[str]) -> Answer[Mapping[str, PriceChange]]:
        return self._lookup("price_changes_by_id", self._store.price_changes_by_id, ids)

    def property_counts_by_owner_id(self, ids: Sequence[str]) -> Answer[Mapping[str, int]]:
        return self._lookup("property_counts_by_owner_id", self._store.property_counts_by_owner_id, ids)

    def properties_by_city(self, listings: Sequence[CityListing]) -> Answer[Mapping[CityListing, list[Property]]]:
        return self._pages("properties_by_city", self._store.properties_by_city, listings)

    def properties_by_owner_id(self, pages: Sequence[PropertyPage]) -> Answer[Mapping[PropertyPage, list[Property]]]:
        return self._pages("properties_by_owner_id", self._store.properties_by_owner_id, pages)

    async def price_changes_by_property_id(
        self, pages: Sequence[PriceChangePage]
    ) -> Mapping[PriceChangePage, list[PriceChange]]:
        return await self._pages("price_changes_by_property_id", self._store.price_changes_by_property_id, pages)

    async def search_properties(self, searches: Sequence[PropertySearch]) -> Mapping[PropertySearch, list[Property]]:
        read = self._store.search_properties
        return await self._by_shape("search_properties", read, searches, property_shape, _rows_of)

    async def count_properties(self, filters: Sequence[PropertyFilter]) -> Mapping[PropertyFilter, int]:
        read = self._store.count_properties
        return await self._by_shape("count_properties", read, filters, property_filter_shape, _weight_of_counts)

    async def search_owners(self, searches: Sequence[OwnerSearch]) -> Mapping[OwnerSearch, list[Owner]]:
        read = self._store.search_owners
        return await self._by_shape("search_owners", read, searches, owner_shape, _rows_of)

    async def count_owners(self, filters: Sequence[OwnerFilter]) -> Mapping[OwnerFilter, int]:
        read = self._store.count_owners
        return await self._by_shape("count_owners", read, filters, owner_filter_shape, _weight_of_counts)

    def _lookup(self, name: str, read: Read[str], keys: Sequence[str]) -> Answer[Mapping[str, Any]]:
        return self._lane(name, name, read).ask(keys, len(keys)) if keys else _nothing()

    def _pages(self, name: str, read: Read[Page], pages: Sequence[Page]) -> Answer[Mapping[Page, Any]]:
        return self._lane(name, name, read).ask(pages, _rows_of(pages)) if pages else _nothing()

    async def _by_shape(
        self,
        name: str,
        read: Read[Key],
        keys: Sequence[Key],
        shape_of: Callable[[Key], Hashable],
        weigh: Callable[[Sequence[Key]], int],
    ) -> Mapping[Key, Any]:
        """Shapes are asked one after the other, as the store below would."""
        groups: dict[Hashable, list[Key]] = {}
        for key in keys:
            groups.setdefault(shape_of(key), []).append(key)
        found: dict[Key, Any] = {}
        for shape, group in groups.items():
            found |= await self._lane((name, shape), name, read).ask(group, weigh(group))
        return found

    def _lane(self, place: Hashable, name: str, read: Read[Any]) -> Lane[Any]:
        lane = self._lanes.get(place)
        if lane is None:
            if len(self._lanes) >= _MOST_LANES:
                self._lanes = {place: lane for place, lane in self._lanes.items() if not lane.is_idle}
            lane = self._lanes[place] = Lane(name, read, self._traffic, self._on_event)
        return lane


async def _nothing() -> Mapping[Any, Any]:
    return {}


def _rows_of(pages: Iterable[Page]) -> int:
    return sum(page.limit for page in pages)


def _weight_of_counts(filters: Sequence[object]) -> int:
    return len(filters) * _COUNT_WEIGHT
