"""CachedStore: a read-through cache over a Store, for lookups by id, cities' first pages, owners' pages and counts."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any, Self, TypeVar

import msgspec

from storage.cache.cache import ABSENT, Cache, Fill, Miss, Proof
from storage.cache.channel import Channel
from storage.cache.kind import (
    OWNERS_BY_ID,
    PROPERTIES_BY_CITY,
    PROPERTIES_BY_ID,
    PROPERTIES_BY_OWNER_ID,
    PROPERTY_COUNTS_BY_OWNER_ID,
    Kind,
    Slot,
)
from storage.cache.load import Load, Loads
from storage.errors import InvalidValue
from storage.events import CacheEvent, Event, FillEvent, OnEvent, ignore_event, tell
from storage.layer import StoreLayer
from storage.record import Owner, Property
from storage.search import CityListing, PropertyPage
from storage.store import Store

Key = TypeVar("Key", bound=Hashable)
Read = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Any]]]

_HOLDS_NOTHING = {Miss, type(ABSENT)}


class _Missed(msgspec.Struct, frozen=True):
    key: Any
    slot: Slot
    lease: Hashable | None

    @property
    def place(self) -> Hashable:
        """Loads of one place may be shared: no write came between those who have this lease."""
        return None if self.lease is None else (self.slot, self.lease)


class CachedStore(StoreLayer):
    """Reads what the cache lacks from the store below, once for all who miss it at the same time.

    What is kept is whole, for whatever query; what the cache has no room for is read with the selected fields alone.

    Nothing is read from the cache, nor filled in, while `channel` is not live. The store below must tell `cache` of its
    writes (`invalidating=cache.writing`): nobody who asks after an acknowledged write gets what a read before it saw.
    """

    def __init__(self, store: Store, cache: Cache, channel: Channel, *, on_event: OnEvent = ignore_event) -> None:
        super().__init__(store)
        self._whole = store
        self._cache = cache
        self._channel = channel
        self._on_event = on_event
        self._loads = Loads()
        self.keeps_pages = True

    def holds(self, proofs: Iterable[Proof]) -> bool:
        """Whether what these proofs are of would be read from the cache now, just as it was."""
        return self._channel.is_live and all(map(self._cache.holds, proofs))

    def _hide(self) -> Self:
        """The same cache, where what is found of published listings alone is kept by itself."""
        store = super()._hide()
        store._whole = self._whole.published
        return store

    async def owners_by_id(self, ids: Sequence[str]) -> Mapping[str, Owner]:
        return await self._read(OWNERS_BY_ID, ids)

    async def properties_by_id(self, ids: Sequence[str]) -> Mapping[str, Property]:
        return await self._read(PROPERTIES_BY_ID, ids)

    async def properties_by_city(self, listings: Sequence[CityListing]) -> Mapping[CityListing, list[Property]]:
        return await self._read(PROPERTIES_BY_CITY, listings)

    async def properties_by_owner_id(self, pages: Sequence[PropertyPage]) -> Mapping[PropertyPage, list[Property]]:
        return await self._read(PROPERTIES_BY_OWNER_ID, pages)

    async def property_counts_by_owner_id(self, ids: Sequence[str]) -> Mapping[str, int]:
        return await self._read(PROPERTY_COUNTS_BY_OWNER_ID, ids)

    async def _read(self, kind: Kind[Key], keys: Sequence[Key]) -> Mapping[Key, Any]:
        if not keys:
            return {}
        if not self._channel.is_live:
            return await _read_of(self._store, kind)(keys)
        started = perf_counter()
        keys = list(dict.fromkeys(keys))
        slots = kind.slots(keys, self.visibility)
        with self._loads.looking():
            held = await self._cache.get_many(kind, slots)
            found: dict[Key, Any] = dict(zip(keys, held, strict=True))
            missed: list[_Missed] = []
            if not _HOLDS_NOTHING.isdisjoint(map(type, held)):
                for key, slot, value in zip(keys, slots, held, strict=True):
                    if type(value) is Miss:
                        missed.append(_Missed(key, slot, value.lease))
                    if type(value) in _HOLDS_NOTHING:
                        del found[key]
            hits = len(keys) - len(missed)
            proof = None if missed else self._cache.prove(slots, held)
            self._tell(CacheEvent(kind.name, hits, len(missed), hits - len(found), perf_counter() - started, proof))
            kept = any(miss.lease is not None for miss in missed)
            wanted, own = self._find_loads(kind, missed) if kept else ({}, None)
        if kept:
            found.update(await _gather(wanted, own, _read_of(self._whole, kind)))
        elif missed:
            found.update(await _read_of(self._store, kind)([miss.key for miss in missed]))
        return found

    def _find_loads(self, kind: Kind[Key], missed: Sequence[_Missed]) -> tuple[dict[Load, list[Key]], Load | None]:
        """The loads that bring what is missed, and which of them is our own, started for what no other brings."""
        wanted: dict[Load, list[Key]] = {}
        fresh: list[_Missed] = []
        for miss in missed:
            load = self._loads.find(miss.place)
            if load is None:
                fresh.append(miss)
            else:
                wanted.setdefault(load, []).append(miss.key)
        if not fresh:
            return wanted, None
        places = [miss.place for miss in fresh if miss.lease is not None]
        own = self._loads.start(self._fill(kind, fresh), places)
        wanted[own] = [miss.key for miss in fresh]
        return wanted, own

    async def _fill(self, kind: Kind[Key], missed: Sequence[_Missed]) -> Mapping[Key, Any]:
        found = await _read_of(self._whole, kind)([miss.key for miss in missed])
        fills = [Fill(miss.slot, miss.lease, found.get(miss.key, ABSENT)) for miss in missed if miss.lease is not None]
        if fills and self._channel.is_live:
            dropped = await self._cache.set_many(kind, fills)
            self._tell(FillEvent(kind.name, len(fills) - dropped, dropped))
        return found

    def _tell(self, event: Event) -> None:
        self._on_event(event)
        tell(event)


def _read_of(store: Store, kind: Kind[Key]) -> Read[Key]:
    read: Read[Key] = getattr(store, kind.name)
    return read


async def _gather(wanted: Mapping[Load, Sequence[Key]], own: Load | None, read: Read[Key]) -> dict[Key, Any]:
    for load in wanted:
        load.join(own=load is own)
    found: dict[Key, Any] = {}
    try:
        for load, keys in wanted.items():
            try:
                answer = await load.answer()
            except InvalidValue:
                if load is own:
                    raise
                answer = await read(keys)  # the bad value was perhaps another's
            found.update((key, answer[key]) for key in keys if key in answer)
    finally:
        for load in wanted:
            load.leave()
    return found
