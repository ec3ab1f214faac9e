"""CoalescingStore: concurrent calls of a read share one statement, as group commit shares one write."""

from collections.abc import Coroutine, Hashable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

from storage.coalescing.dispatcher import CoalescingLimits, Dispatcher
from storage.coalescing.queue import Queue
from storage.events import OnEvent, ignore_event
from storage.read import Read, find_nothing, read_by_shape
from storage.store import Reads
from storage.view import EVERYTHING, View

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_MAX_QUEUES = 1024


class CoalescingStore:
    """Implements `Reads` (storage/store.py) over another store. May also raise Overloaded.

    Calls share a statement if they have the same read and view and, where the read has shapes, the same shape: so an
    unusual search slows down no others.
    """

    def __init__(
        self, store: Reads, limits: CoalescingLimits | None = None, *, on_event: OnEvent = ignore_event
    ) -> None:
        self.keeps_pages = store.keeps_pages
        self._store = store
        self._dispatcher = Dispatcher(limits or CoalescingLimits())
        self._on_event = on_event
        self._queues: dict[Hashable, Queue[Any]] = {}

    def read(
        self, read: Read[Key, Value, Any], keys: Sequence[Key], view: View = EVERYTHING
    ) -> Coroutine[Any, Any, Mapping[Key, Value]]:
        if read.has_shapes:
            return read_by_shape(read, keys, view.visibility, partial(self._ask, read, view))
        return self._ask(read, view, None, keys) if keys else find_nothing()

    def _ask(
        self, read: Read[Key, Value, Any], view: View, shape: Hashable, keys: Sequence[Key]
    ) -> Coroutine[Any, Any, Mapping[Key, Value]]:
        return self._queue(read, view, shape).ask(keys, read.weight(keys))

    def _queue(self, read: Read[Key, Value, Any], view: View, shape: Hashable) -> Queue[Key]:
        place = (read, view, shape)
        queue = self._queues.get(place)
        if queue is None:
            if len(self._queues) >= _MAX_QUEUES:
                self._queues = {place: queue for place, queue in self._queues.items() if not queue.is_idle}
            ask = partial(self._store.read, read, view=view)
            queue = self._queues[place] = Queue(read.name, ask, self._dispatcher, self._on_event)
        return queue
