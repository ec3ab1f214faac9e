"""Loads through one read of the store: keys that are loaded in the same turn of the event loop share a batch.

A loaded value is remembered until it is cleared. A batch is cancelled when no future waits for it. A batch that fails
or is cancelled leaves no future pending and no value remembered.

`StoreLoader` loads levels: many keys with one future. loaders/key_loader.py has aiodataloader's loader over it, which
loads single keys.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any, Generic, TypeVar

from loaders.batch import Batch
from loaders.level_load import LevelLoad
from storage.events import LoadEvent, OnEvent
from storage.provenance import Provenance
from storage.read import Read
from storage.store import Reads
from storage.view import EVERYTHING, View

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Made = TypeVar("Made")


class StoreLoader(Generic[Key, Value]):
    """Loads through one read in one view; `missing` is the value of a key that finds nothing.

    `prefetched` lists functions that return values prefetched by other reads, by key. The next load calls each once.
    `listener` receives a `LoadEvent` (storage/events.py) for each batch. `provenance` notes what each batch was read
    from.
    """

    def __init__(
        self,
        store: Reads,
        read: Read[Key, Any, Value],
        view: View = EVERYTHING,
        prefetched: list[Callable[[], Mapping[Key, Value]]] | None = None,
        listener: OnEvent | None = None,
        provenance: Provenance | None = None,
    ) -> None:
        self.missing = read.missing()
        self._store = store
        self._read = read
        self._view = view
        self._memo: dict[Key, Batch[Key, Value]] = {}
        self._prefetched = [] if prefetched is None else prefetched
        self._listener = listener
        self._provenance = provenance
        self._counts = listener is not None or provenance is not None
        self._open: Batch[Key, Value] | None = None

    def load_level(self, keys: Iterable[Key]) -> LevelLoad[Key, Value]:
        """Load a value for each key, in the order of the keys, which may repeat. Costs one future for all keys."""
        keys = list(keys)
        batches: list[Batch[Key, Value]] = []
        distinct = self._join(keys)
        if len(distinct) > 1:
            batches = list(map(self._memo.__getitem__, keys))
        if self._counts:
            self._count(Counter(batches) if batches else dict.fromkeys(distinct, len(keys)))
        return LevelLoad(self, keys, batches, distinct)

    def known(self, keys: Sequence[Key]) -> list[Value] | None:
        """The value of each key if all values are remembered and none is missing; otherwise None. Reads nothing."""
        if self._prefetched:
            self._learn()
        memo = self._memo
        try:
            values = [memo[key].values[key] for key in keys]  # type: ignore[index]
        except (KeyError, TypeError):  # not loaded, or missing; or the batch isn't done
            return None
        self._emit(len(keys))
        return values

    def answer(self, key: Key, value: "asyncio.Future[Value]") -> None:
        """Load the key and set the future to its value. A cancelled future no longer counts as waiting."""
        (batch,) = self._join([key])
        if self._counts:
            self._count({batch: 1})
        if batch.is_done:
            batch.deliver(key, value, self.missing)
        else:
            self._enter(batch, value)
            batch.singles.append((key, value))
            value.add_done_callback(partial(self._leave, batch))

    def remembered(self) -> Collection[Key]:
        """The keys whose values are remembered or being loaded."""
        if self._prefetched:
            self._learn()
        return self._memo.keys()

    def remember(self, key: Key, value: Value | None, error: BaseException | None = None) -> None:
        """Use this value, or this error, for the key until it is cleared."""
        batch: Batch[Key, Value] = Batch(error=error)
        if error is None:
            batch.values = {key: value}  # type: ignore[dict-item]
        self._memo[key] = batch

    def clear(self, key: Key) -> None:
        """Forget this key's value, if it is remembered."""
        if self._prefetched:
            self._learn()
        self._memo.pop(key, None)

    def clear_all(self) -> None:
        """Forget every value."""
        self._prefetched.clear()
        self._memo.clear()

    def _learn(self) -> None:
        """Remember the prefetched values of keys that have none yet."""
        memo = self._memo
        while self._prefetched:
            values = self._prefetched.pop(0)()
            batch: Batch[Key, Value] = Batch(values=values)
            memo.update(dict.fromkeys([key for key in values if key not in memo], batch))

    def _join(self, keys: Sequence[Key]) -> Collection[Batch[Key, Value]]:
        """The batches of the keys. Keys without one join the open batch."""
        if self._prefetched:
            self._learn()
        memo = self._memo
        batch = self._open
        if keys and batch is None and not memo:
            batch = self._open = Batch()
            memo.update(dict.fromkeys(keys, batch))
            batch.keys = [*memo]
            return (batch,)
        fresh = [key for key in keys if key not in memo]
        if fresh:
            if batch is None:
                batch = self._open = Batch()
            joined = dict.fromkeys(fresh, batch)
            batch.keys += joined
            memo.update(joined)
        return set(map(memo.__getitem__, keys))

    def _count(self, counts: Mapping[Batch[Key, Value], int]) -> None:
        """Add the numbers of loaded values to their batches. Values of batches that are done have an event apart."""
        remembered = 0
        for batch, asked in counts.items():
            if batch.is_done:
                remembered += asked
            else:
                batch.asked += asked
        if remembered:
            self._emit(remembered)

    def _emit(self, asked: int, distinct: int = 0, seconds: float = 0.0, error: BaseException | None = None) -> None:
        if self._provenance is not None:
            self._provenance.values += asked
        if self._listener is not None:
            kind = None if error is None else type(error).__name__
            self._listener(LoadEvent(self._read.name, asked, distinct, seconds, kind))

    def _send(self, batch: Batch[Key, Value]) -> None:
        """Run the batch if a future waits; otherwise it stays open for loads that have joined and are awaited later."""
        if batch.waiters and self.take(batch):
            batch.task = asyncio.get_running_loop().create_task(self._run_for_waiters(batch))

    def take(self, batch: Batch[Key, Value]) -> bool:
        """Close the batch for the caller to run. False if it was closed already."""
        if self._open is not batch:
            return False
        self._open = None
        return True

    async def run(self, batch: Batch[Key, Value], then: Callable[[], Made]) -> Made:
        """Read the batch's keys, set its futures, and return `then()`. Raises the store's errors."""
        try:
            batch.values = await self._store.read(self._read, batch.keys, self._view)
            if self._provenance is not None:
                self._provenance.add(batch.values)
        except asyncio.CancelledError as exc:
            if batch.task is None and batch.waiters:  # the caller that ran it was cancelled, and others wait
                batch.task = asyncio.get_running_loop().create_task(self._run_for_waiters(batch))
            else:
                self._end(batch, exc)
            raise
        except Exception as exc:
            self._end(batch, exc)
            raise
        self._end(batch)
        return then()

    async def _run_for_waiters(self, batch: Batch[Key, Value]) -> None:
        """Run the batch as a task. The waiters find an error in the batch."""
        with suppress(Exception):
            await self.run(batch, lambda: None)

    def _end(self, batch: Batch[Key, Value], error: BaseException | None = None) -> None:
        batch.error = error
        batch.task = None
        if error is not None:
            self._forget(batch)
        batch.settle(self.missing)
        if self._counts:
            self._emit(batch.asked, len(batch.keys), perf_counter() - batch.opened, error)

    async def wait(self, batches: Collection[Batch[Key, Value]]) -> None:
        """Wait until all are done. Raises the error of one that failed.

        The futures of all are added before the first is awaited, since a batch without futures isn't sent.
        """
        loop = asyncio.get_running_loop()
        waiting = [(batch, self._enter(batch, loop.create_future())) for batch in batches if not batch.is_done]
        try:
            for _, waiter in waiting:
                await waiter
        except asyncio.CancelledError:
            for batch, waiter in waiting:
                self._leave(batch, waiter)
            raise
        for batch in batches:
            if batch.error is not None:
                raise batch.error

    def _enter(self, batch: Batch[Key, Value], waiter: "asyncio.Future[Any]") -> "asyncio.Future[Any]":
        if not batch.waiters and self._open is batch:
            # Two turns later, like aiodataloader: tasks that start in this turn can still join.
            loop = waiter.get_loop()
            loop.call_soon(loop.call_soon, self._send, batch)
        batch.waiters.add(waiter)
        return waiter

    def _leave(self, batch: Batch[Key, Value], waiter: "asyncio.Future[Any]") -> None:
        """Remove a future. A running batch without futures is cancelled, and its keys can be loaded again."""
        batch.waiters.discard(waiter)
        if not batch.waiters and batch.task is not None:
            self._forget(batch)
            batch.task.cancel()

    def _forget(self, batch: Batch[Key, Value]) -> None:
        for key in batch.keys:
            if self._memo.get(key) is batch:
                del self._memo[key]
