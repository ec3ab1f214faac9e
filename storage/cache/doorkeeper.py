"""A doorkeeper: who may come into a cache that is full."""

from storage.cache.cached_read import Slot


class Doorkeeper:
    """Lets in who has knocked before, while no more than `most` to twice `most` others did.

    What is asked for once must not drive out what is asked for again and again: somebody may walk through every page.
    """

    def __init__(self) -> None:
        self._knocks: set[int] = set()
        self._former: set[int] = set()

    def admits(self, slot: Slot, most: int) -> bool:
        """Whether this is not the first time, as far as is remembered."""
        knock = hash(slot)
        if knock in self._knocks or knock in self._former:
            return True
        if len(self._knocks) >= most:
            self._former, self._knocks = self._knocks, set()
        self._knocks.add(knock)
        return False

    def clear(self) -> None:
        """Remember nobody."""
        self._knocks.clear()
        self._former.clear()
