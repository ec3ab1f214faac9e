"""The loaders of one request: one for each read, made when the read is first needed."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from loaders.key_loader import KeyLoader
from loaders.loader import StoreLoader
from storage.events import LoadEvent, OnEvent
from storage.provenance import Provenance
from storage.read import AnyRead, Read
from storage.reads.owner import OWNERS_BY_ID
from storage.store import Reads
from storage.view import EVERYTHING, View

Key = TypeVar("Key", bound=Hashable)
Loaded = TypeVar("Loaded")
Along = list[Callable[[], Mapping[Any, Any]]]


class Loaders(msgspec.Struct, eq=False):
    """Made for one request and dropped with it. `hear` is told of every load, and `provenance` notes it.

    `along` has functions that give prefetched values, under the read that would have loaded them.
    """

    store: Reads
    view: View = EVERYTHING
    hear: OnEvent | None = None
    provenance: Provenance | None = None
    along: dict[AnyRead, Along] = {}
    _loaders: dict[AnyRead, StoreLoader[Any, Any]] = {}
    _key_loaders: dict[AnyRead, KeyLoader[Any, Any]] = {}

    def of(self, read: Read[Key, Any, Loaded]) -> StoreLoader[Key, Loaded]:
        """The loader of this read, which loads levels."""
        loader = self._loaders.get(read)
        if loader is None:
            along = self.along.setdefault(read, [])
            loader = self._loaders[read] = StoreLoader(self.store, read, self.view, along, self.hear, self.provenance)
        return loader

    def by_key(self, read: Read[Key, Any, Loaded]) -> KeyLoader[Key, Loaded]:
        """aiodataloader's loader of this read, which loads key by key. It shares what `of` has loaded."""
        loader = self._key_loaders.get(read)
        if loader is None:
            loader = self._key_loaders[read] = KeyLoader(self.of(read))
        return loader

    def select(self, view: View) -> None:
        """Read in this view from now on. Call it before anything is read."""
        self.view = view

    def know_owners(self, listings: Sequence[Any]) -> None:
        """Remember the owners that were prefetched with these listings. Each counts as asked for."""
        along = self.along.setdefault(OWNERS_BY_ID, [])
        along.append(lambda: {listing.owner.id: listing.owner for listing in listings})
        if self.provenance is not None:
            self.provenance.values += len(listings)
        if self.hear is not None:
            self.hear(LoadEvent(OWNERS_BY_ID.name, len(listings), 0, 0.0))

    def clear_all(self) -> None:
        """Forget everything that was read, because something was written."""
        for along in self.along.values():
            along.clear()
        for loader in self._loaders.values():
            loader.clear_all()
