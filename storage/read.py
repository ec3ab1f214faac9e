"""A read: its name, its keys and values, and how it is cached. storage/reads/ declares each read once."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from storage.visibility import Visibility

if TYPE_CHECKING:
    from storage.sql.order import Order
    from storage.sql.prepared_read import PreparedRead

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Loaded = TypeVar("Loaded")


class Cached(msgspec.Struct, Generic[Key], frozen=True):
    """Where a cache keeps the value of a key.

    Invalidating `tag(key)` drops the value; `detail(key)` distinguishes the keys of one tag, if there are several.
    With `by_visibility`, the value depends on which listings exist for the reader, and each visibility has its own.
    `personal` values hold personal data.
    """

    tag: Callable[[Key], str]
    detail: Callable[[Key], object] | None = None
    by_visibility: bool = False
    personal: bool = False


class Read(ABC, Generic[Key, Value, Loaded]):
    """A plural read: it takes keys and returns a mapping of those that were found to their values.

    `name` is the name of its statement and its loader, and its label in metrics and traces. `record` is the class of
    the values, or of the items of values that are lists (`is_list`); None if values are numbers. For a key that finds
    nothing a loader returns `missing()`.
    """

    is_list = False
    has_shapes = False
    sorted_by: Sequence[str] = ()
    """Fields of the record that the read itself needs, whatever the view selects."""
    orders: Collection["Order"] = ()
    """The orders that its lists may have."""

    def __init__(
        self,
        name: str,
        record: type[msgspec.Struct] | None,
        missing: Callable[[], Loaded],
        cached: Cached[Key] | None = None,
    ) -> None:
        self.name = name
        self.record = record
        self.missing = missing
        self.cached = cached

    def __repr__(self) -> str:
        return self.name

    def samples(self) -> Mapping[str, Key]:
        """A key for each statement that the read may run, by a description of the key. The simplest comes first."""
        return {}

    def shape(self, key: Key, visibility: Visibility) -> Hashable:
        """What keys must have in common to share a statement, where the read `has_shapes`."""
        return None

    @abstractmethod
    def weight(self, keys: Sequence[Key]) -> int:
        """The greatest number of rows that these keys may bring."""

    @abstractmethod
    async def run(self, sql: "PreparedRead", keys: Sequence[Key]) -> Mapping[Key, Value]:
        """The values of these keys, read by SQL: at least one key, and all of one shape."""


AnyRead = Read[Any, Any, Any]


async def read_by_shape(
    read: Read[Key, Value, Any],
    keys: Sequence[Key],
    visibility: Visibility,
    run: Callable[[Hashable, list[Key]], Awaitable[Mapping[Key, Value]]],
) -> Mapping[Key, Value]:
    """The values that `run` finds for the keys of each shape, one shape after the other."""
    groups: dict[Hashable, list[Key]] = {}
    for key in keys:
        groups.setdefault(read.shape(key, visibility), []).append(key)
    found: dict[Key, Value] = {}
    for shape, group in groups.items():
        found |= await run(shape, group)
    return found


async def find_nothing() -> Mapping[Any, Any]:
    """The values of no keys."""
    return {}
