"""The contract of a cache: values under tags, leases that allow a miss to be filled, and invalidation."""

from collections.abc import Collection, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol

import msgspec

from storage.cache.cached_read import CachedRead, Slot
from storage.provenance import Proof


class Miss(msgspec.Struct, frozen=True):
    """The slot holds nothing. The holder of the lease may fill it.

    There is no lease while a write is under way or the cache is off, and if the cache has no room for a rare key. Equal
    leases of a slot mean that no invalidation came between them.
    """

    lease: Hashable | None


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""Held for a key that finds nothing in the database."""

OFF: Final = Miss(None)


class Fill(msgspec.Struct, frozen=True):
    """A value, or ABSENT, for a missed slot."""

    slot: Slot
    lease: Hashable
    value: Any


class Cache(Protocol):
    """No method raises because the cache is down or slow: it then acts as if empty, within a bounded delay.

    `bytes` is about how much memory of this process its values take. A cache `can_prove` what it holds if that takes
    no round trip.
    """

    bytes: int
    can_prove: bool

    async def get_many(self, read: CachedRead[Any], slots: Sequence[Slot]) -> Sequence[Any]:
        """For each slot its value, ABSENT, or a Miss. One round trip for all."""

    def prove(self, slots: Sequence[Slot], held: Sequence[Any]) -> Proof | None:
        """A proof that these slots hold these values; None if they don't, or unless the cache `can_prove`."""

    async def set_many(self, read: CachedRead[Any], fills: Sequence[Fill]) -> int:
        """Keep the values whose leases still hold. Returns the number of those dropped."""

    def invalidating(self, tags: Collection[str]) -> AbstractAsyncContextManager[None]:
        """Forgets what these tags name, and lets nothing be filled under them until the block ends."""

    async def forget(self, tags: Collection[str]) -> None:
        """Forget what these tags name, and void its leases."""

    async def flush(self) -> None:
        """Forget everything, and void every lease."""

    async def generation(self) -> int:
        """How many processes have joined the cache so far."""

    async def attest(self, generation: int, seconds: float) -> None:
        """Declare, for these seconds, that all writes made before this generation have been invalidated."""

    async def await_attestation(self, seconds: float) -> bool:
        """Join the cache as a new generation, and wait at most these seconds; whether another process attests to it."""

    async def close(self) -> None:
        """Release all resources. A second call does nothing."""
