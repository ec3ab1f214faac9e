"""CoalescingStore: concurrent reads of one kind share a statement, as group commit shares a write."""

from collections.abc import Coroutine, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from storage.coalescing.lane import Lane
from storage.coalescing.traffic import Limits, Traffic
from storage.events import OnEvent, ignore_event
from storage.read import Read, find_nothing, read_by_shape
from storage.store import Reads
from storage.view import EVERYTHING, View

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_MOST_LANES = 1024


class CoalescingStore:
    """Implements `Reads` (storage/store.py) over another, and may also raise Overloaded.

    Calls share a statement with those of the same read in the same view, and of the same shape where reads have any, so
    that an odd search slows no others.
    """

    def __init__(self, store: Reads, limits: Limits | None = None, *, on_event: OnEvent = ignore_event) -> None:
        self.keeps_pages = store.keeps_pages
        self._store = store
        self._traffic = Traffic(limits or Limits())
        self._on_event = on_event
        self._lanes: dict[Hashable, Lane[Any]] = {}

    def read(
        self, read: Read[Key, Value, Any], keys: Sequence[Key], view: View = EVERYTHING
    ) -> Coroutine[Any, Any, Mapping[Key, Value]]:
        if read.has_shapes:
            return read_by_shape(read, keys, view.visibility, partial(self._ask, read, view))
        return self._ask(read, view, None, keys) if keys else find_nothing()

    def _ask(
        self, read: Read[Key, Value, Any], view: View, shape: Hashable, keys: Sequence[Key]
    ) -> Coroutine[Any, Any, Mapping[Key, Value]]:
        return self._lane(read, view, shape).ask(keys, read.weight(keys))

    def _lane(self, read: Read[Key, Value, Any], view: View, shape: Hashable) -> Lane[Key]:
        place = (read, view, shape)
        lane = self._lanes.get(place)
        if lane is None:
            if len(self._lanes) >= _MOST_LANES:
                self._lanes = {place: lane for place, lane in self._lanes.items() if not lane.is_idle}
            ask = partial(self._store.read, read, view=view)
            lane = self._lanes[place] = Lane(read.name, ask, self._traffic, self._on_event)
        return lane
