"""The loaders of one request: one for each relation, under the name of the Store method it batches."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from loaders.loader import StoreLoader
from storage.events import LoadEvent, OnEvent
from storage.record import Owner, PriceChange, Property
from storage.search import (
    CityListing,
    OwnerFilter,
    OwnerSearch,
    PriceChangePage,
    PropertyFilter,
    PropertyPage,
    PropertySearch,
)
from storage.store import Store

Loader = TypeVar("Loader")


class _made_once(Generic[Loader]):
    """`functools.cached_property` without the lock that it takes before Python 3.12."""

    def __init__(self, make: Callable[[Any], Loader]) -> None:
        self._make = make

    def __get__(self, loaders: "Loaders", kind: type) -> Loader:
        loader = loaders.__dict__[self._make.__name__] = self._make(loaders)
        return loader


class Loaders:
    """Made for one request and dropped with it; a loader is made when it is first asked for.

    `hear` is told of every load.
    """

    def __init__(self, store: Store, hear: OnEvent | None = None) -> None:
        self.hear = hear
        self._store = store
        self._owners_along: list[Callable[[], Mapping[str, Owner | None]]] = []

    def read_from(self, store: Store) -> None:
        """Read from this store, where nothing was read yet."""
        self._store = store

    def know_owners(self, listings: Sequence[Any]) -> None:
        """Remember the owners that these listings brought along, each of which counts as asked for."""
        self._owners_along.append(lambda: {listing.owner.id: listing.owner for listing in listings})
        if self.hear is not None:
            self.hear(LoadEvent("owners_by_id", len(listings), 0, 0.0))

    @_made_once
    def owners_by_id(self) -> StoreLoader[str, Owner | None]:
        return StoreLoader(self._store.owners_by_id, None, self._owners_along, self.hear)

    @_made_once
    def properties_by_id(self) -> StoreLoader[str, Property | None]:
        return StoreLoader(self._store.properties_by_id, None, hear=self.hear)

    @_made_once
    def price_changes_by_id(self) -> StoreLoader[str, PriceChange | None]:
        return StoreLoader(self._store.price_changes_by_id, None, hear=self.hear)

    @_made_once
    def properties_by_city(self) -> StoreLoader[CityListing, list[Property]]:
        return StoreLoader(self._store.properties_by_city, [], hear=self.hear)

    @_made_once
    def properties_by_owner_id(self) -> StoreLoader[PropertyPage, list[Property]]:
        return StoreLoader(self._store.properties_by_owner_id, [], hear=self.hear)

    @_made_once
    def price_changes_by_property_id(self) -> StoreLoader[PriceChangePage, list[PriceChange]]:
        return StoreLoader(self._store.price_changes_by_property_id, [], hear=self.hear)

    @_made_once
    def property_counts_by_owner_id(self) -> StoreLoader[str, int]:
        return StoreLoader(self._store.property_counts_by_owner_id, 0, hear=self.hear)

    @_made_once
    def search_properties(self) -> StoreLoader[PropertySearch, list[Property]]:
        return StoreLoader(self._store.search_properties, [], hear=self.hear)

    @_made_once
    def count_properties(self) -> StoreLoader[PropertyFilter, int]:
        return StoreLoader(self._store.count_properties, 0, hear=self.hear)

    @_made_once
    def search_owners(self) -> StoreLoader[OwnerSearch, list[Owner]]:
        return StoreLoader(self._store.search_owners, [], hear=self.hear)

    @_made_once
    def count_owners(self) -> StoreLoader[OwnerFilter, int]:
        return StoreLoader(self._store.count_owners, 0, hear=self.hear)

    def clear_all(self) -> None:
        """Forget everything that was read: something was written."""
        self._owners_along.clear()
        for loader in vars(self).values():
            if isinstance(loader, StoreLoader):
                loader.clear_all()
