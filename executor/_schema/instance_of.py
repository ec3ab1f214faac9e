"""`InstanceOf`: an `is_type_of` that depends on the object's class alone."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from types import NoneType
from typing import Any, NamedTuple, get_args, get_type_hints

__all__ = ["InstanceOf", "Promise"]

_BUILT_IN = (str, int, float, bool)


class Promise(NamedTuple):
    """That an attribute always holds values of one type, or None too where it is `nullable`."""

    kind: type
    nullable: bool


class InstanceOf:
    """Whether an object is an instance of `kind`. The executor asks once for each class in a column.

    Declare it in a type: `is_type_of = InstanceOf(records.Owner)`. With `typed`, the attributes of instances are
    trusted to hold what the annotations of that class say, and their types are not checked again.
    """

    def __init__(self, kind: type, *, typed: type | None = None) -> None:
        self.kind = kind
        self._promises = {} if typed is None else _promises(typed)

    def __call__(self, value: object, info: object) -> bool:
        return isinstance(value, self.kind)

    def holds_for(self, kinds: Iterable[type]) -> bool:
        """Whether objects of all these classes are instances."""
        return all(map(issubclass, kinds, repeat(self.kind)))

    def promise(self, attribute: str) -> Promise | None:
        """What is known of an instance's attribute; None if nothing is."""
        return self._promises.get(attribute)


def _promises(typed: type) -> dict[str, Promise]:
    """For the attributes whose annotation is a built-in type, or one or None."""
    found = {name: _promise(hint) for name, hint in get_type_hints(typed).items()}
    return {name: promise for name, promise in found.items() if promise is not None}


def _promise(hint: Any) -> Promise | None:
    kinds = set(get_args(hint)) or {hint}
    nullable = NoneType in kinds
    (kind, *others) = kinds - {NoneType} or {NoneType}
    return Promise(kind, nullable) if kind in _BUILT_IN and not others else None
