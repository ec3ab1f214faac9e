"""A cache in the memory of this process."""

import random
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from math import inf
from time import monotonic
from typing import Any

import msgspec

from storage.cache.cache import ABSENT, OFF, Fill, Miss
from storage.cache.cached_read import CachedRead, Slot
from storage.cache.doorkeeper import Doorkeeper
from storage.events import InvalidationEvent, OnEvent, ignore_event
from storage.provenance import Proof

_ENTRY_BYTES = 300  # of an entry without its value
_BUCKET_BYTES = 700  # of a bucket, with what the doorkeeper remembers for it
_FULL = 0.9
_USE = 1.0  # seconds in which further uses of a proof don't count


class MemoryLimits(msgspec.Struct, frozen=True):
    """Limits of memory and time. `ttl` is in seconds, shortened at random by up to a tenth to spread expiry."""

    entries: int = 200_000
    bytes: int = 64 << 20
    ttl: float = 300.0


class _Entry(msgspec.Struct, frozen=True):
    value: Any
    expires: float
    bytes: int


class _Proof(msgspec.Struct):
    """The leases that values were held under, and when the first value expires.

    `removals` and `checked` say when it was last checked: after how many removals, and at what time.
    """

    cache: "MemoryCache"
    leases: Mapping[str, int]
    expires: float
    removals: int
    checked: float

    @property
    def tags(self) -> int:
        return len(self.leases)

    def holds(self) -> bool:
        return self.cache.check(self)


class _Bucket:
    """The entries of one tag, their bytes in all, and a lease. An invalidation removes the bucket and so voids it."""

    __slots__ = ("bytes", "entries", "lease")

    def __init__(self, lease: int, size: int) -> None:
        self.lease = lease
        self.bytes = size
        self.entries: dict[str, _Entry] = {}


class MemoryCache:
    """Implements `Cache` (storage/cache/cache.py). The least recently used buckets are evicted first.

    Once the cache is nearly full, a tag without a bucket gets one when a slot of it is missed for the second time.
    """

    can_prove = True

    def __init__(
        self,
        limits: MemoryLimits | None = None,
        *,
        clock: Callable[[], float] = monotonic,
        on_event: OnEvent = ignore_event,
    ) -> None:
        self._limits = limits or MemoryLimits()
        self._clock = clock
        self._on_event = on_event
        self._leases = count()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()  # a dict finds its first item slowly after removals
        self._writers: dict[str, int] = {}
        self._doorkeeper = Doorkeeper()
        self._removals = 0
        self.bytes = 0
        self.entries = 0

    async def get_many(self, read: CachedRead[Any], slots: Sequence[Slot]) -> Sequence[Any]:
        now = self._clock()
        buckets = self._buckets
        held: list[Any] = []
        for slot in slots:
            bucket = buckets.get(slot.tag)
            if bucket is None:
                held.append(self._open(slot))
                continue
            buckets.move_to_end(slot.tag)  # the most recently used is last
            entry = bucket.entries.get(slot.field)
            if entry is not None and entry.expires > now:
                held.append(entry.value)
            else:
                held.append(self._lapse(bucket, slot.field))
        self._evict()
        return held

    def prove(self, slots: Sequence[Slot], held: Sequence[Any]) -> Proof | None:
        leases: dict[str, int] = {}
        expires = inf
        for slot, value in zip(slots, held, strict=True):
            bucket = self._buckets.get(slot.tag)
            entry = None if bucket is None else bucket.entries.get(slot.field)
            if bucket is None or entry is None or entry.value is not value:
                return None
            leases[slot.tag] = bucket.lease
            if entry.expires < expires:
                expires = entry.expires
        return _Proof(self, leases, expires, self._removals, self._clock())

    def check(self, proof: _Proof) -> bool:
        """As `Proof.holds`."""
        now = self._clock()
        if proof.expires <= now:
            return False
        if proof.removals == self._removals and now < proof.checked + _USE:
            return True  # no bucket was removed since
        buckets = self._buckets
        for tag, lease in proof.leases.items():
            bucket = buckets.get(tag)
            if bucket is None or bucket.lease != lease:
                return False
            buckets.move_to_end(tag)
        proof.removals, proof.checked = self._removals, now
        return True

    def _open(self, slot: Slot) -> Miss:
        """Open a bucket for the slot's tag, unless the tag is being written or there is no room."""
        tag = slot.tag
        if tag in self._writers or not self._has_room(slot):
            return OFF
        bucket = self._buckets[tag] = _Bucket(next(self._leases), _BUCKET_BYTES + len(tag))
        self.entries += 1
        self.bytes += bucket.bytes
        return Miss(bucket.lease)

    def _has_room(self, slot: Slot) -> bool:
        limits = self._limits
        full = self.bytes > _FULL * limits.bytes or self.entries > _FULL * limits.entries
        return not full or self._doorkeeper.admits(slot, len(self._buckets))

    def _lapse(self, bucket: _Bucket, field: str) -> Miss:
        """Drop the field's entry, if there is one: it has expired."""
        entry = bucket.entries.pop(field, None)
        if entry is not None:
            self.entries -= 1
            self._weigh(bucket, -entry.bytes)
        return Miss(bucket.lease)

    async def set_many(self, read: CachedRead[Any], fills: Sequence[Fill]) -> int:
        now, ttl = self._clock(), self._limits.ttl
        weights = read.weigh([fill.value for fill in fills if fill.value is not ABSENT])
        dropped = 0
        for fill in fills:
            field, value = fill.slot.field, fill.value
            size = _ENTRY_BYTES + len(field) + (0 if value is ABSENT else next(weights))
            bucket = self._buckets.get(fill.slot.tag)
            if bucket is None or bucket.lease != fill.lease:
                dropped += 1
                continue
            if field in bucket.entries:
                self._lapse(bucket, field)
            bucket.entries[field] = _Entry(value, now + ttl * (1 - random.random() / 10), size)
            self.entries += 1
            self._weigh(bucket, size)
        self._evict()
        return dropped

    def _weigh(self, bucket: _Bucket, more: int) -> None:
        bucket.bytes += more
        self.bytes += more

    def _evict(self) -> None:
        while self.entries > self._limits.entries or self.bytes > self._limits.bytes:
            self._discount(self._buckets.popitem(last=False)[1])

    def _drop(self, tag: str) -> None:
        if tag in self._buckets:
            self._discount(self._buckets.pop(tag))

    def _discount(self, bucket: _Bucket) -> None:
        self._removals += 1
        self.entries -= 1 + len(bucket.entries)
        self.bytes -= bucket.bytes

    @asynccontextmanager
    async def invalidating(self, tags: Collection[str]) -> AsyncIterator[None]:
        self._on_event(InvalidationEvent(len(tags), "write"))
        for tag in tags:
            self._drop(tag)
            self._writers[tag] = self._writers.get(tag, 0) + 1
        try:
            yield
        finally:
            for tag in tags:
                self._writers[tag] -= 1
                if not self._writers[tag]:
                    del self._writers[tag]

    async def forget(self, tags: Collection[str]) -> None:
        self._on_event(InvalidationEvent(len(tags), "channel"))
        for tag in tags:
            self._drop(tag)

    async def flush(self) -> None:
        self._on_event(InvalidationEvent(None, "channel"))
        self._clear()

    async def generation(self) -> int:
        return 0

    async def attest(self, generation: int, seconds: float) -> None:
        """Do nothing: no other process shares this cache."""

    async def await_attestation(self, seconds: float) -> bool:
        return False

    async def close(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._removals += 1
        self._buckets.clear()
        self._doorkeeper.clear()
        self.entries = self.bytes = 0
