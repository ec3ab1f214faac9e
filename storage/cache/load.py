"""Loads: reads of the store below that fill the cache. Calls that miss the same slot under the same lease share one."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from msgspec.structs import replace

from storage.events import Event, OnEvent, QueryEvent, listeners

Places = Sequence[Hashable]
"""The slots that a load fills, with their leases."""


class Load:
    """A running read. It is cancelled when no caller waits for it."""

    _task: asyncio.Task[Mapping[Any, Any]]

    def __init__(self, on_end: Callable[["Load"], None]) -> None:
        self._on_end = on_end
        self._waiting = 0
        self._listeners: dict[OnEvent, bool] = {}  # and whether they belong to the caller that started it

    def start(self, work: Coroutine[Any, Any, Mapping[Any, Any]]) -> None:
        """Run the read as a task."""
        self._task = asyncio.create_task(self._run(work))
        self._task.add_done_callback(self._end)

    async def _run(self, work: Coroutine[Any, Any, Mapping[Any, Any]]) -> Mapping[Any, Any]:
        listeners.set((self._emit,))
        return await work

    def _emit(self, event: Event) -> None:
        joined = replace(event, joined=True) if isinstance(event, QueryEvent) else event
        for listener, own in self._listeners.items():
            listener(event if own else joined)

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._on_end(self)
        if not task.cancelled():
            task.exception()  # retrieved, so that asyncio doesn't log it if no caller waits

    def join(self, *, own: bool) -> None:
        """Add a caller, which started the load if `own`. Its listeners receive the load's events from now on."""
        self._waiting += 1
        for listener in listeners.get():
            self._listeners.setdefault(listener, own)

    def leave(self) -> None:
        """Remove a caller."""
        self._waiting -= 1
        if not self._waiting and not self._task.done():
            self._on_end(self)
            self._task.cancel()

    @property
    def succeeded(self) -> bool:
        """Whether it has ended without an error."""
        return self._task.done() and not self._task.cancelled() and self._task.exception() is None

    async def answer(self) -> Mapping[Any, Any]:
        """The values that were found, for a caller that has joined. Raises the read's error."""
        return await asyncio.shield(self._task)


class Loads:
    """The loads by the places that they fill.

    A load that has ended is kept until all lookups that began before its end are over: such a lookup, in a cache
    across the network, may return a miss that the load has filled since.
    """

    def __init__(self) -> None:
        self._loads: dict[Hashable, Load] = {}
        self._places: dict[Load, Places] = {}
        self._moments = count()
        self._lookups: dict[int, None] = {}
        self._ended: deque[tuple[int, Load]] = deque()

    @contextmanager
    def looking(self) -> Iterator[None]:
        """A cache lookup, and the search for loads of the slots that it missed."""
        began = next(self._moments)
        self._lookups[began] = None
        try:
            yield
        finally:
            del self._lookups[began]
            self._sweep()

    def find(self, place: Hashable) -> Load | None:
        """The load that fills this place."""
        return self._loads.get(place)

    def start(self, work: Coroutine[Any, Any, Mapping[Any, Any]], places: Places) -> Load:
        """Start a load that others find by its places."""
        load = Load(self._end)
        load.start(work)
        self._places[load] = places
        self._loads.update(dict.fromkeys(places, load))
        return load

    def _end(self, load: Load) -> None:
        if load.succeeded:
            self._ended.append((next(self._moments), load))
            self._sweep()
        else:
            self._forget(load)

    def _sweep(self) -> None:
        """Forget the loads that ended before the first of the current lookups began."""
        first = next(iter(self._lookups), None)
        while self._ended and (first is None or self._ended[0][0] < first):
            self._forget(self._ended.popleft()[1])

    def _forget(self, load: Load) -> None:
        for place in self._places.pop(load, ()):
            if self._loads.get(place) is load:
                del self._loads[place]
