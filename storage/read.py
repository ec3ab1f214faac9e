"""A read, declared once: its name, its keys and values, and how it is cached. storage/reads/ has the declarations."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from storage.visibility import Visibility

if TYPE_CHECKING:
    from storage.sql.prepared_read import PreparedRead

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Loaded = TypeVar("Loaded")


class Cached(msgspec.Struct, Generic[Key], frozen=True):
    """Where a cache keeps the value of a key.

    A write that invalidates `tag(key)` drops the value; `detail(key)` tells the keys of one tag apart, if there are
    several. Where the value depends on which listings exist, `by_visibility`, each view has its own. `personal` values
    hold personal data.
    """

    tag: Callable[[Key], str]
    detail: Callable[[Key], object] | None = None
    by_visibility: bool = False
    personal: bool = False


class Read(ABC, Generic[Key, Value, Loaded]):
    """A plural read: keys in, a mapping of the found ones out.

    `name` is the statement, the loader, the metric's label and the trace's entry. `record` is the class of the values,
    or of the items of values that are lists (`is_list`); None where values are numbers. A loader gives `missing()` for
    a key that finds nothing.
    """

    is_list = False
    has_shapes = False
    sorted_by: Sequence[str] = ()
    """Fields of listings that the read itself looks at, whatever the view selects."""

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
        """A key for each statement that the read is known to run, by what it asks for; the plainest is the first."""
        return {}

    def shape(self, key: Key, visibility: Visibility) -> Hashable:
        """Where the read `has_shapes`: keys of one shape share a statement."""
        return None

    @abstractmethod
    def weight(self, keys: Sequence[Key]) -> int:
        """At most how many rows these keys may bring."""

    @abstractmethod
    async def run(self, sql: "PreparedRead", keys: Sequence[Key]) -> Mapping[Key, Value]:
        """Read these keys, at least one, by SQL."""


AnyRead = Read[Any, Any, Any]


async def find_nothing() -> Mapping[Any, Any]:
    """What a store finds of no keys."""
    return {}
