"""The loaders of one request: one for each read, made when it is first used."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import msgspec

from loaders.key_loader import KeyLoader
from loaders.loader import StoreLoader
from storage.events import LoadEvent, OnEvent
from storage.provenance import Provenance
from storage.read import AnyRead, Read
from storage.store import Reads
from storage.view import EVERYTHING, View

Key = TypeVar("Key", bound=Hashable)
Loaded = TypeVar("Loaded")
Prefetched = list[Callable[[], Mapping[Any, Any]]]


class Loaders(msgspec.Struct, eq=False):
    """Lives as long as its request. `listener` receives the event of every load, and `provenance` notes it.

    `prefetched` has functions that return prefetched values by key, under the read that would have loaded them.
    """

    store: Reads
    view: View = EVERYTHING
    listener: OnEvent | None = None
    provenance: Provenance | None = None
    prefetched: dict[AnyRead, Prefetched] = {}
    _loaders: dict[AnyRead, StoreLoader[Any, Any]] = {}
    _key_loaders: dict[AnyRead, KeyLoader[Any, Any]] = {}

    def of(self, read: Read[Key, Any, Loaded]) -> StoreLoader[Key, Loaded]:
        """The loader of levels for this read."""
        loader = self._loaders.get(read)
        if loader is None:
            prefetched = self.prefetched.setdefault(read, [])
            loader = self._loaders[read] = StoreLoader(
                self.store, read, self.view, prefetched, self.listener, self.provenance
            )
        return loader

    def by_key(self, read: Read[Key, Any, Loaded]) -> KeyLoader[Key, Loaded]:
        """aiodataloader's loader of single keys for this read. It shares the values of `of`."""
        loader = self._key_loaders.get(read)
        if loader is None:
            loader = self._key_loaders[read] = KeyLoader(self.of(read))
        return loader

    def select(self, view: View) -> None:
        """Use this view. Call it before the first load."""
        self.view = view

    def prime(self, read: AnyRead, asked: int, values: Callable[[], Mapping[Any, Any]]) -> None:
        """Remember values that were prefetched, which `values` returns by this read's keys; they count as `asked`."""
        self.prefetched.setdefault(read, []).append(values)
        if self.provenance is not None:
            self.provenance.values += asked
        if self.listener is not None:
            self.listener(LoadEvent(read.name, asked, 0, 0.0))

    def clear_all(self) -> None:
        """Forget all values, after a write."""
        for prefetched in self.prefetched.values():
            prefetched.clear()
        for loader in self._loaders.values():
            loader.clear_all()
