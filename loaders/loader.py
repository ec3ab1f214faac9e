"""Loads by one read of the store: keys that are asked for in the same turn of the event loop share a batch.

A value that was loaded is remembered until it is cleared. A batch that nobody waits for any more is cancelled; one that
fails or is cancelled leaves nobody waiting and nothing remembered.

`StoreLoader` loads levels: many keys for one future. loaders/key_loader.py has aiodataloader's loader over it, which
loads key by key.
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
    """Loads by one read in one view; `missing` is the value of a key that finds nothing.

    `prefetched` lists functions that return values prefetched with other reads, by key. Each is called once, by the
    next load. `hear` receives a `LoadEvent` (storage/events.py) for each batch. `provenance` notes what each batch was
    read from.
    """

    def __init__(
        self,
        store: Reads,
        read: Read[Key, Any, Value],
        view: View = EVERYTHING,
        prefetched: list[Callable[[], Mapping[Key, Value]]] | None = None,
        hear: OnEvent | None = None,
        provenance: Provenance | None = None,
    ) -> None:
        self.missing = read.missing()
        self._store = store
        self._read = read
        self._view = view
        self._memo: dict[Key, Batch[Key, Value]] = {}
        self._prefetched = [] if prefetched is None else prefetched
        self._hear = hear
        self._provenance = provenance
        self._counts = hear is not None or provenance is not None
        self._open: Batch[Key, Value] | None = None

    def load_level(self, keys: Iterable[Key]) -> LevelLoad[Key, Value]:
        """A value for each key, in their order; keys may repeat. Costs one future, however many keys."""
        keys = list(keys)
        batches: list[Batch[Key, Value]] = []
        distinct = self._join(keys)
        if len(distinct) > 1:
            batches = list(map(self._memo.__getitem__, keys))
        if self._counts:
            self._count(Counter(batches) if batches else dict.fromkeys(distinct, len(keys)))
        return LevelLoad(self, keys, batches, distinct)

    def known(self, keys: Sequence[Key]) -> list[Value] | None:
        """The value of each key, if all are remembered and found; otherwise None, and nothing is asked for."""
        if self._prefetched:
            self._learn()
        memo = self._memo
        try:
            values = [memo[key].values[key] for key in keys]  # type: ignore[index]
        except (KeyError, TypeError):  # not asked for, or missing; or not there yet
            return None
        self._tell(len(keys))
        return values

    def answer(self, key: Key, value: "asyncio.Future[Value]") -> None:
        """Set the future to the key's value once that is loaded. Whoever cancels the future waits no longer."""
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
        """The keys whose values are remembered, or on their way."""
        if self._prefetched:
            self._learn()
        return self._memo.keys()

    def remember(self, key: Key, value: Value | None, error: BaseException | None = None) -> None:
        """Answer the key with this value, or this error, until it is cleared."""
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
        """The batches of the keys. Keys without one are put into the batch that is still open."""
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
        """Count what is asked for with the batch that answers it; a batch that is done has been told already."""
        remembered = 0
        for batch, asked in counts.items():
            if batch.is_done:
                remembered += asked
            else:
                batch.asked += asked
        if remembered:
            self._tell(remembered)

    def _tell(self, asked: int, distinct: int = 0, seconds: float = 0.0, error: BaseException | None = None) -> None:
        if self._provenance is not None:
            self._provenance.values += asked
        if self._hear is not None:
            kind = None if error is None else type(error).__name__
            self._hear(LoadEvent(self._read.name, asked, distinct, seconds, kind))

    def _send(self, batch: Batch[Key, Value]) -> None:
        """Run the batch if somebody waits; otherwise it stays open for those who joined it and wait later."""
        if batch.waiters and self.take(batch):
            batch.task = asyncio.get_running_loop().create_task(self._run_for_waiters(batch))

    def take(self, batch: Batch[Key, Value]) -> bool:
        """Whether the batch was still open. From now on it is closed, and the caller's to run."""
        if self._open is not batch:
            return False
        self._open = None
        return True

    async def run(self, batch: Batch[Key, Value], then: Callable[[], Made]) -> Made:
        """Read the batch's keys, wake who waits, and return what `then` returns. Raises what the store raised."""
        try:
            batch.values = await self._store.read(self._read, batch.keys, self._view)
            if self._provenance is not None:
                self._provenance.add(batch.values)
        except asyncio.CancelledError as exc:
            if batch.task is None and batch.waiters:  # who ran it has gone, and others wait
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
        """They find the error in the batch."""
        with suppress(Exception):
            await self.run(batch, lambda: None)

    def _end(self, batch: Batch[Key, Value], error: BaseException | None = None) -> None:
        batch.error = error
        batch.task = None
        if error is not None:
            self._forget(batch)
        batch.settle(self.missing)
        if self._counts:
            self._tell(batch.asked, len(batch.keys), perf_counter() - batch.opened, error)

    async def wait(self, batches: Collection[Batch[Key, Value]]) -> None:
        """Wait until all are done. Raises what one of them failed with.

        All are entered before the first is awaited: a batch that nobody waits for is not sent.
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
            # Two turns on, as aiodataloader does: tasks that start in this turn can still join.
            loop = waiter.get_loop()
            loop.call_soon(loop.call_soon, self._send, batch)
        batch.waiters.add(waiter)
        return waiter

    def _leave(self, batch: Batch[Key, Value], waiter: "asyncio.Future[Any]") -> None:
        """The last one to leave a batch that runs cancels it; who asks for its keys later starts another."""
        batch.waiters.discard(waiter)
        if not batch.waiters and batch.task is not None:
            self._forget(batch)
            batch.task.cancel()

    def _forget(self, batch: Batch[Key, Value]) -> None:
        for key in batch.keys:
            if self._memo.get(key) is batch:
                del self._memo[key]
