"""Loads: reads of the store below that fill the cache, each for all who miss the same under the same lease."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Mapping, Sequence
from typing import Any

from storage.events import Event, OnEvent, listening

Places = Sequence[Hashable]
"""What a load fills, and under which leases."""


class Load:
    """One read under way. It ends when nobody waits for it any more."""

    def __init__(self, work: Coroutine[Any, Any, Mapping[Any, Any]], on_end: Callable[["Load"], None]) -> None:
        self._on_end = on_end
        self._waiting = 0
        self._listeners: list[OnEvent] = []
        self._task = asyncio.create_task(self._run(work))
        self._task.add_done_callback(self._end)

    async def _run(self, work: Coroutine[Any, Any, Mapping[Any, Any]]) -> Mapping[Any, Any]:
        listening.set((self._tell,))
        return await work

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            listener(event)

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._on_end(self)
        if not task.cancelled():
            task.exception()  # whoever waits has it; if nobody does, it is of no interest

    def join(self) -> None:
        """One more waits; its listeners hear of what the load runs from now on."""
        self._waiting += 1
        self._listeners += [listener for listener in listening.get() if listener not in self._listeners]

    def leave(self) -> None:
        """One waits no longer."""
        self._waiting -= 1
        if not self._waiting and not self._task.done():
            self._on_end(self)
            self._task.cancel()

    async def answer(self) -> Mapping[Any, Any]:
        """What was found, for who has joined. Raises what the read raised."""
        return await asyncio.shield(self._task)


class Loads:
    """The loads under way, by what they fill."""

    def __init__(self) -> None:
        self._loads: dict[Hashable, Load] = {}
        self._places: dict[Load, Places] = {}

    def find(self, place: Hashable) -> Load | None:
        """The load that fills this place."""
        return self._loads.get(place)

    def start(self, work: Coroutine[Any, Any, Mapping[Any, Any]], places: Places) -> Load:
        """A load that others find until it ends."""
        load = Load(work, self._forget)
        self._places[load] = places
        self._loads.update(dict.fromkeys(places, load))
        return load

    def _forget(self, load: Load) -> None:
        for place in self._places.pop(load, ()):
            del self._loads[place]
