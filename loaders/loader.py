"""A DataLoader over one plural read of the Store.

It keeps aiodataloader's contract (memo, one batch per turn of the event loop, `load`, `clear`, `prime`) and adds
`load_level`: many keys for one future, or for none where nobody else is to be waited for. It owns its batches: one that
nobody waits for any more is cancelled, and one that fails or is cancelled leaves nobody waiting and nothing remembered.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Generator, Hashable, Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import repeat
from time import perf_counter
from typing import Any, Generic, TypeVar

import msgspec
from aiodataloader import DataLoader

from storage.events import LoadEvent, OnEvent
from storage.provenance import Provenance
from storage.read import Read
from storage.store import Reads
from storage.view import EVERYTHING, View

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Made = TypeVar("Made")


class Batch(msgspec.Struct, Generic[Key, Value], eq=False):
    """The keys that one call of the Store answers, and who waits for them.

    `opened` as `perf_counter` tells it; `asked` is counted only where somebody hears of it.
    """

    opened: float = msgspec.field(default_factory=perf_counter)
    asked: int = 0
    keys: list[Key] = []
    values: Mapping[Key, Value] | None = None
    error: BaseException | None = None
    waiters: set[asyncio.Future[None]] = set()
    task: asyncio.Task[None] | None = None

    @property
    def is_done(self) -> bool:
        return self.values is not None or self.error is not None

    def settle(self) -> None:
        """Wake everybody who waits."""
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(None)
        self.waiters.clear()


class LevelLoad(msgspec.Struct, Generic[Key, Value], eq=False):
    """The values of a level's keys, in their order: to be awaited once, or by `alone`.

    `_batches` are the keys' own, where they are in more than one.
    """

    _loader: "StoreLoader[Key, Value]"
    _keys: list[Key]
    _batches: list[Batch[Key, Value]]
    _distinct: Collection[Batch[Key, Value]]

    def __await__(self) -> Generator[Any, None, list[Value]]:
        return self._load().__await__()

    def then(self, make: Callable[[list[Value]], Made]) -> "MadeLoad[Made]":
        """What `make` makes of the values once they are there; to be awaited once, or by its `alone`."""
        return MadeLoad(self, make)

    def alone(self) -> Awaitable[list[Value]]:
        """For whoever knows that nobody else of the request is about to ask: waits for no company.

        To be awaited at once.
        """
        if len(self._distinct) == 1:
            (batch,) = self._distinct
            if self._loader.take(batch):
                return self._loader.run(batch, self._values)
        return self._load()

    async def _load(self) -> list[Value]:
        await self._loader.wait(self._distinct)
        return self._values()

    def _values(self) -> list[Value]:
        missing = self._loader.missing
        if len(self._distinct) == 1:
            (batch,) = self._distinct
            return list(map(batch.values.get, self._keys, repeat(missing)))  # type: ignore[union-attr]
        return [
            batch.values.get(key, missing)  # type: ignore[union-attr]
            for key, batch in zip(self._keys, self._batches, strict=True)
        ]


class MadeLoad(msgspec.Struct, Generic[Made], eq=False):
    """What is made of a level's values."""

    _load: LevelLoad[Any, Any]
    _make: Callable[[list[Any]], Made]

    def __await__(self) -> Generator[Any, None, Made]:
        values = yield from self._load.__await__()
        return self._make(values)

    async def alone(self) -> Made:
        """As `LevelLoad.alone`."""
        return self._make(await self._load.alone())


class StoreLoader(DataLoader[Key, Value]):
    """Loads by one read of the store; `missing` is the value of a key that finds nothing.

    What came `along` with something else is taken from that list and remembered when anything is asked for.

    `hear` is told what each batch collapsed, under the read's name: `LoadEvent` (storage/events.py). `provenance` notes
    what each batch was read from.
    """

    def __init__(
        self,
        store: Reads,
        read: Read[Key, Any, Value],
        view: View = EVERYTHING,
        along: list[Callable[[], Mapping[Key, Value]]] | None = None,
        hear: OnEvent | None = None,
        provenance: Provenance | None = None,
    ) -> None:
        # Not DataLoader's own, which inspects the function it is given: loaders are made for every request.
        self._store = store
        self._read = read
        self._view = view
        self.missing = read.missing()
        self._memo: dict[Key, Batch[Key, Value]] = {}
        self._along = [] if along is None else along
        self._hear = hear
        self._provenance = provenance
        self._counts = hear is not None or provenance is not None
        self._open: Batch[Key, Value] | None = None

    @property
    def loop(self) -> asyncio.AbstractEventLoop:  # type: ignore[override]
        """The one that runs."""
        return asyncio.get_running_loop()

    async def batch_load_fn(self, keys: Sequence[Key]) -> list[Value]:
        """aiodataloader's own face of the read: a value for each key, in their order."""
        found = await self._store.read(self._read, keys, self._view)
        if self._provenance is not None:
            self._provenance.add(found)
        return [found.get(key, self.missing) for key in keys]

    def load(self, key: Key) -> "asyncio.Future[Value]":
        """One value. Raises what the Store raised for the key's batch."""
        if key is None:
            raise TypeError("load() takes a key, not None")
        self._join([key])
        batch = self._memo[key]
        if self._counts:
            self._count({batch: 1})
        value: asyncio.Future[Value] = self.loop.create_future()
        if batch.is_done:
            self._deliver(batch, key, value)
        else:
            waiter = self._enter(batch)
            waiter.add_done_callback(lambda _: self._deliver(batch, key, value))
            value.add_done_callback(lambda _: self._leave(batch, waiter))
        return value

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
        """The value of each key, if there is nothing to wait for: all are remembered, and none is missing."""
        if self._along:
            self._learn()
        memo = self._memo
        try:
            values = [memo[key].values[key] for key in keys]  # type: ignore[index]
        except (KeyError, TypeError):  # not asked for, or missing; or not there yet
            return None
        self._tell(len(keys))
        return values

    def clear(self, key: Key) -> "StoreLoader[Key, Value]":
        """Forget this key's value, if it is remembered."""
        self._learn()
        self._memo.pop(key, None)
        return self

    def clear_all(self) -> "StoreLoader[Key, Value]":
        """Forget every value."""
        self._along.clear()
        self._memo.clear()
        return self

    def prime(self, key: Key, value: Value) -> "StoreLoader[Key, Value]":
        """Remember this value unless the key has one already."""
        self._learn()
        self._remember({key: value})
        return self

    def _remember(self, values: Mapping[Key, Value]) -> None:
        batch: Batch[Key, Value] = Batch()
        batch.values = values
        memo = self._memo
        memo.update(dict.fromkeys([key for key in values if key not in memo], batch))

    def _learn(self) -> None:
        """Remember all that came along."""
        while self._along:
            self._remember(self._along.pop(0)())

    def _join(self, keys: Sequence[Key]) -> Collection[Batch[Key, Value]]:
        """The batches that the keys are in: those in none go into the one still open."""
        if self._along:
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
        """What is asked for counts for the batch that answers it, or by itself if that one is done."""
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
        """What nobody waits for any more stays open: somebody who joined it may still wait."""
        if batch.waiters and self.take(batch):
            batch.task = self.loop.create_task(self._run_for_waiters(batch))

    def take(self, batch: Batch[Key, Value]) -> bool:
        """Whether the batch was still open. From now on it is closed, and the caller's to run."""
        if self._open is not batch:
            return False
        self._open = None
        return True

    async def run(self, batch: Batch[Key, Value], then: Callable[[], Made]) -> Made:
        """Ask for the batch's keys and wake who waits; what `then` makes of it. Raises what the Store raised."""
        try:
            batch.values = await self._store.read(self._read, batch.keys, self._view)
            if self._provenance is not None:
                self._provenance.add(batch.values)
        except asyncio.CancelledError as exc:
            if batch.task is None and batch.waiters:  # who ran it has gone, and others wait
                batch.task = self.loop.create_task(self._run_for_waiters(batch))
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
        batch.settle()
        if self._counts:
            self._tell(batch.asked, len(batch.keys), perf_counter() - batch.opened, error)

    async def wait(self, batches: Collection[Batch[Key, Value]]) -> None:
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
            value.set_result(batch.values.get(key, self.missing))  # type: ignore[union-attr]

    def _enter(self, batch: Batch[Key, Value]) -> "asyncio.Future[None]":
        if not batch.waiters and self._open is batch:
            # Two turns on, as aiodataloader does: those who start as tasks in this turn still come in time.
            self.loop.call_soon(self.loop.call_soon, self._send, batch)
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
