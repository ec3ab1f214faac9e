"""A mapping of bounded size that evicts what was used least recently."""

from collections import OrderedDict
from collections.abc import Hashable
from math import inf
from typing import Generic, TypeVar

__all__ = ["LRU"]

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class LRU(Generic[Key, Value]):
    """At most `entries` entries, whose sizes sum up to at most `size`; the unit of a size is the caller's.

    An OrderedDict finds its oldest entry at once. A dict would look for it past the places of all that were removed.
    """

    def __init__(self, entries: int, size: float = inf) -> None:
        self._most_entries = entries
        self._most_size = size
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """The sum of the entries' sizes."""
        return self._size

    def get(self, key: Key) -> Value | None:
        """The value, which becomes the most recently used; None if the key is absent."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: Key, value: Value, size: int = 0) -> None:
        """Replace the key's value, if it has one. A value greater than the whole mapping may be is not kept."""
        self.drop(key)
        if size > self._most_size:
            return
        self._entries[key] = (value, size)
        self._size += size
        while len(self._entries) > self._most_entries or self._size > self._most_size:
            _, (_, evicted) = self._entries.popitem(last=False)
            self._size -= evicted

    def drop(self, key: Key) -> None:
        """Remove the key; if it is absent, nothing happens."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= entry[1]
