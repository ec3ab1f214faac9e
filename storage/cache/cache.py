"""What a cache is to the Store over it: values under tags, leases that let a miss be filled, and invalidation."""

from collections.abc import Collection, Hashable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, Protocol

import msgspec

from storage.cache.cached_read import CachedRead, Slot
from storage.provenance import Proof


class Miss(msgspec.Struct, frozen=True):
    """Nothing is held. A lease lets its holder fill the slot; without one nobody may: a writer is at work, the cache is
    off, or it has no room for what is asked for so seldom. Equal leases of a slot say that no invalidation came between
    them.
    """

    lease: Hashable | None


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""Held in the place of what the database lacks."""

OFF: Final = Miss(None)


class Fill(msgspec.Struct, frozen=True):
    """A value, or ABSENT, for a slot that was missed."""

    slot: Slot
    lease: Hashable
    value: Any


class Cache(Protocol):
    """No method raises because the cache is down or slow: it then holds nothing, within a bounded delay.

    `bytes` is about how much memory of this process its values take. A cache `can_prove` what it holds if that takes
    no round trip.
    """

    bytes: int
    can_prove: bool

    async def get_many(self, read: CachedRead[Any], slots: Sequence[Slot]) -> Sequence[Any]:
        """For each slot its value, ABSENT, or a Miss. One round trip, however many."""

    def prove(self, slots: Sequence[Slot], held: Sequence[Any]) -> Proof | None:
        """A proof that these slots hold these values; None if they don't, or unless the cache `can_prove`."""

    async def set_many(self, read: CachedRead[Any], fills: Sequence[Fill]) -> int:
        """Keep the values whose leases still hold; how many were dropped because theirs does not."""

    def writing(self, tags: Collection[str]) -> AbstractAsyncContextManager[None]:
        """While it is entered, what these tags name is forgotten and can't be filled; on leaving, it can again."""

    async def forget(self, tags: Collection[str]) -> None:
        """Forget what these tags name, and void the leases."""

    async def flush(self) -> None:
        """Forget everything, and void every lease."""

    async def newcomers(self) -> int:
        """How many processes have begun to share the cache so far."""

    async def vouch(self, newcomers: int, seconds: float) -> None:
        """Say, for these seconds: what others wrote before so many processes had begun is forgotten."""

    async def await_vouch(self, seconds: float) -> bool:
        """Begin to share the cache; whether another process vouches within these seconds for what it holds."""

    async def close(self) -> None:
        """Let go of connections. A second call does nothing."""
