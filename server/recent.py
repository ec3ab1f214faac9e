"""A mapping of bounded size that forgets what was used least recently."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """At most `most` entries whose sizes sum up to at most `greatest`; an entry is of size 0 unless it says more."""

    def __init__(self, most: int, greatest: int = 0) -> None:
        self._most = most
        self._greatest = greatest
        self._entries: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size(self) -> int:
        """The sum of the entries' sizes."""
        return self._size

    def get(self, key: Key) -> Value | None:
        """The value, used most recently from now on; None if there is none."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        self._entries.move_to_end(key)
        return entry[0]

    def put(self, key: Key, value: Value, size: int = 0) -> None:
        """Keep the value in the place of an older one. What alone is above `greatest` is not kept."""
        self.drop(key)
        if size > self._greatest:
            return
        self._entries[key] = (value, size)
        self._size += size
        while len(self._entries) > self._most or self._size > self._greatest:
            _, (_, evicted) = self._entries.popitem(last=False)
            self._size -= evicted

    def drop(self, key: Key) -> None:
        """Forget the key, if it is there."""
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._size -= entry[1]
