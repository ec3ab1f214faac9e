"""A lane: one kind of statement. Calls gather in it while enough of its statements are under way."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from storage.coalescing.batch import Batch, Call
from storage.coalescing.traffic import Traffic
from storage.errors import InvalidValue, Unavailable
from storage.events import BatchEvent, OnEvent, listening, tell

Key = TypeVar("Key", bound=Hashable)
Read = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Any]]]


class Lane(Generic[Key]):
    """Merges concurrent calls of `read`.

    A call joins only what has not been sent, so it reads nothing older than its own arrival.
    """

    def __init__(self, name: str, read: Read[Key], traffic: Traffic, on_event: OnEvent) -> None:
        self._name = name
        self._read = read
        self._traffic = traffic
        self._on_event = on_event
        self._batches: deque[Batch[Key]] = deque()
        self._young = 0
        self._under_way = 0

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits here."""
        return not self._batches and not self._under_way

    async def ask(self, keys: Sequence[Key], weight: int) -> Mapping[Key, Any]:
        """What `read` finds of these keys, asked together with others. Raises as it does, or Overloaded."""
        self._traffic.admit()
        call = Call(keys, weight, listening.get(), asyncio.get_running_loop().create_future())
        batch = self._open_batch(weight)
        batch.join(call)
        try:
            return await call.answer
        except asyncio.CancelledError:
            if batch.task is None:
                self._traffic.waiting -= 1
            batch.leave(call)
            raise

    def _open_batch(self, weight: int) -> Batch[Key]:
        last = self._batches[-1] if self._batches else None
        if last is not None and (not last.calls or last.weight + weight <= self._traffic.limits.rows):
            return last
        batch: Batch[Key] = Batch()
        self._batches.append(batch)
        self._traffic.queue(self)
        return batch

    def may_send(self) -> bool:
        return self._young < self._traffic.limits.side_by_side

    def send(self) -> None:
        batch = self._batches.popleft()
        self._traffic.waiting -= len(batch.calls)
        if not batch.calls:
            self._traffic.land()
            return
        loop = asyncio.get_running_loop()
        self._young += 1
        self._under_way += 1
        ageing = loop.call_later(self._traffic.limits.patience, self._age, batch)
        batch.task = loop.create_task(self._run(batch))
        batch.task.add_done_callback(lambda task: self._land(batch, task, ageing))

    async def _run(self, batch: Batch[Key]) -> None:
        keys = batch.keys()
        try:
            listening.set(batch.listeners())
            event = BatchEvent(self._name, len(batch.calls), len(keys))
            self._on_event(event)
            tell(event)
            batch.deliver(keys, await self._read(keys))
        except InvalidValue as exc:
            await self._run_apart(batch, keys, exc)
        except Exception as exc:
            batch.fail(exc)

    async def _run_apart(self, batch: Batch[Key], keys: Sequence[Key], error: InvalidValue) -> None:
        """Somebody brought a value that can't be, perhaps one who has left: each hears of its own keys alone."""
        while batch.calls:
            call = next(iter(batch.calls))
            if call.keys is keys:
                call.fail(error)
            else:
                listening.set(call.listeners)
                try:
                    call.deliver(await self._read(call.keys))
                except Exception as exc:
                    call.fail(exc)
            batch.drop(call)

    def _age(self, batch: Batch[Key]) -> None:
        """A statement that takes long does not hold back the next."""
        batch.is_young = False
        self._young -= 1
        self._traffic.schedule()

    def _land(self, batch: Batch[Key], task: asyncio.Task[None], ageing: asyncio.TimerHandle) -> None:
        if batch.is_young:
            ageing.cancel()
            self._young -= 1
        self._under_way -= 1
        if task.cancelled():
            batch.fail(Unavailable("the read was given up"))
        self._traffic.land()
