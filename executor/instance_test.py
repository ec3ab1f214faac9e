"""Instance tests: an `is_type_of` of which is known that it looks at nothing but the object's class."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["InstanceTest"]


class InstanceTest:
    """Whether an object is an instance of `kind`; asked once for each class in a column.

    An attribute of a type: `is_type_of = InstanceTest(record.Owner)`.
    """

    def __init__(self, kind: type) -> None:
        self.kind = kind

    def __call__(self, value: object, info: object) -> bool:
        return isinstance(value, self.kind)

    def holds_for(self, values: Iterable[object]) -> bool:
        """Whether all of them are instances."""
        return all(issubclass(kind, self.kind) for kind in set(map(type, values)))
