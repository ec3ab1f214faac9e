"""The loaders of one request: one for each relation, under the name of the Store method it batches."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import msgspec

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

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Along = list[Callable[[], Mapping[Any, Any]]]


class _Relation(Generic[Key, Value]):
    """Makes a loader when it is first asked for; `missing` makes the value of a key that is not found."""

    def __init__(self, missing: Callable[[], Value]) -> None:
        self._missing = missing
        self._name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, loaders: "Loaders", kind: type) -> StoreLoader[Key, Value]:
        name = self._name
        along = loaders.along.setdefault(name, [])
        loader: StoreLoader[Key, Value]
        loader = StoreLoader(getattr(loaders.store, name), self._missing(), along, loaders.hear)
        loaders.__dict__[name] = loader
        return loader


def _none() -> None:
    pass


class Loaders(msgspec.Struct, dict=True, eq=False):
    """Made for one request and dropped with it.

    `hear` is told of every load. `along` has what came along with something else, under the loader's name.
    """

    store: Store
    hear: OnEvent | None = None
    along: dict[str, Along] = {}

    owners_by_id = _Relation[str, Owner | None](_none)
    properties_by_id = _Relation[str, Property | None](_none)
    price_changes_by_id = _Relation[str, PriceChange | None](_none)
    properties_by_city = _Relation[CityListing, list[Property]](list)
    properties_by_owner_id = _Relation[PropertyPage, list[Property]](list)
    price_changes_by_property_id = _Relation[PriceChangePage, list[PriceChange]](list)
    property_counts_by_owner_id = _Relation[str, int](int)
    search_properties = _Relation[PropertySearch, list[Property]](list)
    count_properties = _Relation[PropertyFilter, int](int)
    search_owners = _Relation[OwnerSearch, list[Owner]](list)
    count_owners = _Relation[OwnerFilter, int](int)

    def read_from(self, store: Store) -> None:
        """Read from this store, where nothing was read yet."""
        self.store = store

    def know_owners(self, listings: Sequence[Any]) -> None:
        """Remember the owners that these listings brought along, each of which counts as asked for."""
        along = self.along.setdefault("owners_by_id", [])
        along.append(lambda: {listing.owner.id: listing.owner for listing in listings})
        if self.hear is not None:
            self.hear(LoadEvent("owners_by_id", len(listings), 0, 0.0))

    def clear_all(self) -> None:
        """Forget everything that was read: something was written."""
        for along in self.along.values():
            along.clear()
        for loader in vars(self).values():
            loader.clear_all()
