"""A doorkeeper (as in TinyLFU): which slots a full cache admits."""

from storage.cache.cached_read import Slot


class Doorkeeper:
    """Admits slots that are missed for the second time. It remembers the last `max_entries` to twice as many slots.

    Slots that are read once, as by a client that walks through all pages, must not evict slots that are read often.
    """

    def __init__(self) -> None:
        self._missed: set[int] = set()
        self._former: set[int] = set()

    def admits(self, slot: Slot, max_entries: int) -> bool:
        """Whether this isn't the slot's first miss, as far as is remembered."""
        miss = hash(slot)
        if miss in self._missed or miss in self._former:
            return True
        if len(self._missed) >= max_entries:
            self._former, self._missed = self._missed, set()
        self._missed.add(miss)
        return False

    def clear(self) -> None:
        """Forget all slots."""
        self._missed.clear()
        self._former.clear()
