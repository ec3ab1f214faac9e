"""A DataLoader over one plural read of the Store.

It keeps aiodataloader's contract (memo, one batch per turn of the event loop, `load`, `clear`, `prime`) and adds
`load_level`: many keys for one future. It owns its batches: one that nobody waits for any more is cancelled,
and one that fails or is cancelled leaves nobody waiting and nothing remembered.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Mapping, Sequence
from time import perf_counter
from typing import Generic, TypeVar

from aiodataloader import DataLoader

from storage.events import LoadEvent, listening, tell

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Batch(Generic[Key, Value]):
    """The keys that one call of the Store answers, and who waits for them."""

    __slots__ = ("asked", "error", "keys", "opened", "task", "values", "waiters")

    def __init__(self) -> None:
        self.opened = perf_counter()
        self.asked = 0  # counted only where somebody listens
        self.keys: list[Key] = []
        self.values: Mapping[Key, Value] | None = None
        self.error: BaseException | None = None
        self.waiters: set[asyncio.Future[None]] = set()
        self.task: asyncio.Task[None] | None = None

    @property
    def is_done(self) -> bool:
        return self.values is not None or self.error is not None

    def settle(self) -> None:
        """Wake everybody who waits."""
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)
        self.waiters.clear()


class StoreLoader(DataLoader[Key, Value]):
    """Loads by a Store method; `missing` is the value of a key that the mapping lacks.

    Those who listen hear what each batch collapsed, under the method's name: `LoadEvent` (storage/events.py).
    """

    def __init__(self, read: Callable[[Sequence[Key]], Awaitable[Mapping[Key, Value]]], *, missing: Value) -> None:
        # Not DataLoader's own, which inspects the function it is given: loaders are made for every request.
        self.loop = asyncio.get_running_loop()
        self._read = read
        self._name: str = getattr(read, "__name__", "read")
        self._missing = missing
        self._memo: dict[Key, Batch[Key, Value]] = {}
        self._open: Batch[Key, Value] | None = None

    async def batch_load_fn(self, keys: Sequence[Key]) -> list[Value]:
        """aiodataloader's own face of the read: a value for each key, in their order."""
        found = await self._read(keys)
        return [found.get(key, self._missing) for key in keys]

    def load(self, key: Key) -> "asyncio.Future[Value]":
        """One value. Raises what the Store raised for the key's batch."""
        if key is None:
            raise TypeError("load() takes a key, not None")
        self._join([key])
        batch = self._memo[key]
        if listening.get():
            self._count([batch])
        value: asyncio.Future[Value] = self.loop.create_future()
        if batch.is_done:
            self._deliver(batch, key, value)
        else:
            waiter = self._enter(batch)
            waiter.add_done_callback(lambda _: self._deliver(batch, key, value))
            value.add_done_callback(lambda _: self._leave(batch, waiter))
        return value

    async def load_level(self, keys: Iterable[Key]) -> list[Value]:
        """A value for each key, in their order; keys may repeat. Costs one future, however many keys."""
        keys = list(keys)
        self._join(keys)
        memo = self._memo
        batches = [memo[key] for key in keys]
        if listening.get():
            self._count(batches)
        await self._wait(set(batches))
        missing = self._missing
        return [batch.values.get(key, missing) for key, batch in zip(keys, batches, strict=True)]  # type: ignore[union-attr]

    def clear(self, key: Key) -> "StoreLoader[Key, Value]":
        """Forget this key's value, if it is remembered."""
        self._memo.pop(key, None)
        return self

    def clear_all(self) -> "StoreLoader[Key, Value]":
        """Forget every value."""
        self._memo.clear()
        return self

    def prime(self, key: Key, value: Value) -> "StoreLoader[Key, Value]":
        """Remember this value unless the key has one already."""
        if key not in self._memo:
            batch: Batch[Key, Value] = Batch()
            batch.values = {key: value}
            self._memo[key] = batch
        return self

    def _join(self, keys: list[Key]) -> None:
        """See that each key is in a batch: those that are in none go into the one that is still open."""
        memo = self._memo
        fresh = [key for key in dict.fromkeys(keys) if key not in memo]
        if not fresh:
            return
        if self._open is None:
            self._open = Batch()
            # Two turns on, as aiodataloader does: those who start as tasks in this turn still come in time.
            self.loop.call_soon(self.loop.call_soon, self._send, self._open)
        self._open.keys += fresh
        memo.update(dict.fromkeys(fresh, self._open))

    def _count(self, batches: list[Batch[Key, Value]]) -> None:
        """Each value that is asked for counts for the batch that answers it, or by itself if that one is done."""
        remembered = 0
        for batch, asked in Counter(batches).items():
            if batch.is_done:
                remembered += asked
            else:
                batch.asked += asked
        if remembered:
            tell(LoadEvent(self._name, remembered, 0, 0.0))

    def _send(self, batch: Batch[Key, Value]) -> None:
        self._open = None
        if batch.waiters:
            batch.task = self.loop.create_task(self._run(batch))
        else:
            self._forget(batch)

    async def _run(self, batch: Batch[Key, Value]) -> None:
        try:
            batch.values = await self._read(batch.keys)
        except asyncio.CancelledError as exc:
            batch.error = exc
            self._forget(batch)
            raise
        except Exception as exc:
            batch.error = exc
            self._forget(batch)
        finally:
            batch.task = None
            if listening.get():
                error = None if batch.error is None else type(batch.error).__name__
                tell(LoadEvent(self._name, batch.asked, len(batch.keys), perf_counter() - batch.opened, error))
            batch.settle()

    async def _wait(self, batches: Collection[Batch[Key, Value]]) -> None:
        """Until all are done. Each is entered before any is awaited: one that nobody waits for is not sent."""
        waiting = [(batch, self._enter(batch)) for batch in batches if not batch.is_done]
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

    def _deliver(self, batch: Batch[Key, Value], key: Key, value: "asyncio.Future[Value]") -> None:
        if value.done():
            return
        if isinstance(batch.error, asyncio.CancelledError):
            value.cancel()
        elif batch.error is not None:
            value.set_exception(batch.error)
        else:
            value.set_result(batch.values.get(key, self._missing))  # type: ignore[union-attr]

    def _enter(self, batch: Batch[Key, Value]) -> "asyncio.Future[None]":
        waiter = self.loop.create_future()
        batch.waiters.add(waiter)
        return waiter

    def _leave(self, batch: Batch[Key, Value], waiter: "asyncio.Future[None]") -> None:
        """The last one to leave a batch under way stops it; who comes later starts another."""
        batch.waiters.discard(waiter)
        if not batch.waiters and batch.task is not None:
            self._forget(batch)
            batch.task.cancel()

    def _forget(self, batch: Batch[Key, Value]) -> None:
        for key in batch.keys:
            if self._memo.get(key) is batch:
                del self._memo[key]
