"""Loads: reads of the store below that fill the cache, each for all who miss the same under the same lease."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from msgspec.structs import replace

from storage.events import Event, OnEvent, QueryEvent, listening

Places = Sequence[Hashable]
"""What a load fills, and under which leases."""


class Load:
    """One read under way. It ends when nobody waits for it any more."""

    def __init__(self, work: Coroutine[Any, Any, Mapping[Any, Any]], on_end: Callable[["Load"], None]) -> None:
        self._on_end = on_end
        self._waiting = 0
        self._listeners: dict[OnEvent, bool] = {}  # and whether they are of who started it
        self._task = asyncio.create_task(self._run(work))
        self._task.add_done_callback(self._end)

    async def _run(self, work: Coroutine[Any, Any, Mapping[Any, Any]]) -> Mapping[Any, Any]:
        listening.set((self._tell,))
        return await work

    def _tell(self, event: Event) -> None:
        joined = replace(event, joined=True) if isinstance(event, QueryEvent) else event
        for listener, own in self._listeners.items():
            listener(event if own else joined)

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._on_end(self)
        if not task.cancelled():
            task.exception()  # whoever waits has it; if nobody does, it is of no interest

    def join(self, *, own: bool) -> None:
        """One more waits, who started it or not; its listeners hear of what the load runs from now on."""
        self._waiting += 1
        for listener in listening.get():
            self._listeners.setdefault(listener, own)

    def leave(self) -> None:
        """One waits no longer."""
        self._waiting -= 1
        if not self._waiting and not self._task.done():
            self._on_end(self)
            self._task.cancel()

    @property
    def succeeded(self) -> bool:
        """Whether it has ended, and with an answer."""
        return self._task.done() and not self._task.cancelled() and self._task.exception() is None

    async def answer(self) -> Mapping[Any, Any]:
        """What was found, for who has joined. Raises what the read raised."""
        return await asyncio.shield(self._task)


class Loads:
    """The loads by what they fill, while they are under way and until all have looked who began to before they ended.

    One who looked into a distant cache before it was filled may hear so only afterwards.
    """

    def __init__(self) -> None:
        self._loads: dict[Hashable, Load] = {}
        self._places: dict[Load, Places] = {}
        self._moments = count()
        self._looks: dict[int, None] = {}
        self._ended: deque[tuple[int, Load]] = deque()

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Around a look into the cache, and around finding loads for what it missed."""
        began = next(self._moments)
        self._looks[began] = None
        try:
            yield
        finally:
            del self._looks[began]
            self._sweep()

    def find(self, place: Hashable) -> Load | None:
        """The load that fills this place."""
        return self._loads.get(place)

    def start(self, work: Coroutine[Any, Any, Mapping[Any, Any]], places: Places) -> Load:
        """A load that others find until it ends."""
        load = Load(work, self._end)
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
        """Forget what ended before the first of the looks under way began."""
        first = next(iter(self._looks), None)
        while self._ended and (first is None or self._ended[0][0] < first):
            self._forget(self._ended.popleft()[1])

    def _forget(self, load: Load) -> None:
        for place in self._places.pop(load, ()):
            if self._loads.get(place) is load:
                del self._loads[place]
