"""CachedStore: a read-through cache for the reads that are declared as cached."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any, TypeVar

import msgspec

from storage.cache.cache import ABSENT, Cache, Fill, Miss
from storage.cache.cached_read import CachedRead, Slot, cached_read_of
from storage.cache.load import Load, Loads
from storage.channel import Channel
from storage.errors import InvalidValue
from storage.events import CacheEvent, Event, FillEvent, OnEvent, emit, ignore_event
from storage.provenance import Proof, Proved
from storage.read import Read
from storage.store import Reads
from storage.view import EVERYTHING, View

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Ask = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Any]]]

_HOLDS_NOTHING = {Miss, type(ABSENT)}


class _Missed(msgspec.Struct, frozen=True):
    key: Any
    slot: Slot
    lease: Hashable | None

    @property
    def place(self) -> Hashable:
        """Calls that miss one place may share a load: no write came between calls with equal leases."""
        return None if self.lease is None else (self.slot, self.lease)


class CachedStore:
    """Implements `Reads` (storage/store.py) over another store.

    Missed values are read from the store below, once for all calls that miss them at the same time. Values are kept as
    whole records, for any query; a value that the cache has no room for is read with its projection.

    While `channel` isn't live, the cache is neither read nor filled. Writes of the store below must invalidate `cache`
    (`invalidating=cache.invalidating`): then a read that begins after an acknowledged write never returns older values.
    """

    def __init__(self, store: Reads, cache: Cache, channel: Channel, *, on_event: OnEvent = ignore_event) -> None:
        self._store = store
        self._cache = cache
        self._channel = channel
        self._on_event = on_event
        self._loads = Loads()
        self.keeps_pages = True

    def holds(self, proofs: Iterable[Proof]) -> bool:
        """Whether reads would find what these proofs are for in the cache now, unchanged."""
        return self._channel.is_live and all(proof.holds() for proof in proofs)

    async def read(
        self, read: Read[Key, Value, Any], keys: Sequence[Key], view: View = EVERYTHING
    ) -> Mapping[Key, Value]:
        cached = cached_read_of(read)
        if cached is None:
            return await self._store.read(read, keys, view)
        if not keys:
            return {}
        if not self._channel.is_live:
            return await self._store.read(read, keys, view)
        started = perf_counter()
        keys = list(dict.fromkeys(keys))
        slots = cached.slots(keys, view.visibility)
        with self._loads.looking():
            held = await self._cache.get_many(cached, slots)
            found: Proved[Key, Value] = Proved(zip(keys, held, strict=True))
            missed: list[_Missed] = []
            if not _HOLDS_NOTHING.isdisjoint(map(type, held)):
                for key, slot, value in zip(keys, slots, held, strict=True):
                    if type(value) is Miss:
                        missed.append(_Missed(key, slot, value.lease))
                    if type(value) in _HOLDS_NOTHING:
                        del found[key]
            hits = len(keys) - len(missed)
            proof = None if missed else self._cache.prove(slots, held)
            self._emit(CacheEvent(read.name, hits, len(missed), hits - len(found), perf_counter() - started))
            kept = any(miss.lease is not None for miss in missed)
            ask = partial(self._store.read, read, view=view.whole if kept else view)
            wanted, own = self._find_loads(cached, missed, ask) if kept else ({}, None)
        if proof is not None:
            found.proof = proof
            return found
        if kept:
            found.update(await _gather(wanted, own, ask))
        elif missed:
            found.update(await ask([miss.key for miss in missed]))
        return dict(found)

    def _find_loads(
        self, cached: CachedRead[Key], missed: Sequence[_Missed], ask: Ask[Key]
    ) -> tuple[dict[Load, list[Key]], Load | None]:
        """The loads of the missed keys, and our own one among them: it has the keys that no other load has."""
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
        own = self._loads.start(self._fill(cached, fresh, ask), places)
        wanted[own] = [miss.key for miss in fresh]
        return wanted, own

    async def _fill(self, cached: CachedRead[Key], missed: Sequence[_Missed], ask: Ask[Key]) -> Mapping[Key, Any]:
        found = await ask([miss.key for miss in missed])
        fills = [Fill(miss.slot, miss.lease, found.get(miss.key, ABSENT)) for miss in missed if miss.lease is not None]
        if fills and self._channel.is_live:
            dropped = await self._cache.set_many(cached, fills)
            self._emit(FillEvent(cached.name, len(fills) - dropped, dropped))
        return found

    def _emit(self, event: Event) -> None:
        self._on_event(event)
        emit(event)


async def _gather(wanted: Mapping[Load, Sequence[Key]], own: Load | None, ask: Ask[Key]) -> dict[Key, Any]:
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
                answer = await ask(keys)  # the invalid value may be another caller's
            found.update((key, answer[key]) for key in keys if key in answer)
    finally:
        for load in wanted:
            load.leave()
    return found
