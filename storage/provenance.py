"""Provenance: what an answer was read from, and whether that can be proved to hold later."""

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

import msgspec

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Proof(msgspec.Struct):
    """The leases of the tags that values were held under, and when the first of the values ends (the cache's clock)."""

    leases: Mapping[str, Hashable]
    expires: float


class Proved(dict[Key, Value]):
    """What a read found, all of it in the cache, and the proof of it."""

    __slots__ = ("proof",)
    proof: Proof


class Provenance(msgspec.Struct):
    """What one request has read: `values` in all, and the proofs of them if every read has given one."""

    proofs: list[Proof] = []
    is_proved: bool = True
    values: int = 0

    def add(self, found: Mapping[Any, Any]) -> None:
        """A read has found this: proved if it says so itself."""
        if type(found) is Proved:
            self.proofs.append(found.proof)
        else:
            self.is_proved = False
