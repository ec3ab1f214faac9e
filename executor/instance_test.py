"""Instance tests: an `is_type_of` of which is known that it looks at nothing but the object's class."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import repeat
from types import NoneType
from typing import Any, NamedTuple, get_args, get_type_hints

__all__ = ["InstanceTest", "Promise"]

_PLAIN = (str, int, float, bool)


class Promise(NamedTuple):
    """That an attribute holds values of one type, or None too where it is `nullable`."""

    kind: type
    nullable: bool


class InstanceTest:
    """Whether an object is an instance of `kind`; asked once for each class in a column.

    An attribute of a type: `is_type_of = InstanceTest(record.Owner)`. Where instances hold what the annotations of
    `typed` say, values are not looked at again: whoever makes them answers for that.
    """

    def __init__(self, kind: type, *, typed: type | None = None) -> None:
        self.kind = kind
        self._promises = {} if typed is None else _promises(typed)

    def __call__(self, value: object, info: object) -> bool:
        return isinstance(value, self.kind)

    def holds_for(self, kinds: Iterable[type]) -> bool:
        """Whether objects of these classes are instances."""
        return all(map(issubclass, kinds, repeat(self.kind)))

    def promise(self, attribute: str) -> Promise | None:
        """What is known of an instance's attribute."""
        return self._promises.get(attribute)


def _promises(typed: type) -> dict[str, Promise]:
    """Of the attributes whose annotation is a plain type, or that and None."""
    found = {name: _promise(hint) for name, hint in get_type_hints(typed).items()}
    return {name: promise for name, promise in found.items() if promise is not None}


def _promise(hint: Any) -> Promise | None:
    kinds = set(get_args(hint)) or {hint}
    nullable = NoneType in kinds
    (kind, *others) = kinds - {NoneType} or {NoneType}
    return Promise(kind, nullable) if kind in _PLAIN and not others else None
