"""Provenance: what a response was read from, and whether that can be proved to be unchanged later."""

from collections.abc import Hashable, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Proof(Protocol):
    """Shows later that values which were read from a cache are still there, unchanged. `tags` counts their tags."""

    @property
    def tags(self) -> int: ...

    def holds(self) -> bool:
        """Whether the cache has held all the values until now, without a break. Counts as their use."""


class Proved(dict[Key, Value]):
    """The values of a read that found all of them in the cache, and the proof of them."""

    __slots__ = ("proof",)
    proof: Proof


class Provenance(msgspec.Struct):
    """What one request has read: the number of `values`, and their proofs, if every read has given one."""

    proofs: list[Proof] = []
    is_proved: bool = True
    values: int = 0

    def add(self, found: Mapping[Any, Any]) -> None:
        """Note what a read has found. Values that aren't `Proved` make the whole unproved."""
        if type(found) is Proved:
            self.proofs.append(found.proof)
        else:
            self.is_proved = False
