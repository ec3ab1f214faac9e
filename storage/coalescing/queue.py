"""The queue of one read in one view and shape: its calls gather here while its recent statements run."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from storage.coalescing.batch import Call, CallBatch
from storage.coalescing.dispatcher import Dispatcher
from storage.errors import InvalidValue, Unavailable
from storage.events import BatchEvent, OnEvent, emit, listeners

Key = TypeVar("Key", bound=Hashable)
Read = Callable[[Sequence[Key]], Awaitable[Mapping[Key, Any]]]


class Queue(Generic[Key]):
    """Merges concurrent calls of `read` into batches.

    A call joins only a batch that hasn't been sent, so what it reads is never older than the call.
    """

    def __init__(self, name: str, read: Read[Key], dispatcher: Dispatcher, on_event: OnEvent) -> None:
        self._name = name
        self._read = read
        self._dispatcher = dispatcher
        self._on_event = on_event
        self._batches: deque[CallBatch[Key]] = deque()
        self._recent = 0
        self._running = 0

    @property
    def is_idle(self) -> bool:
        """Whether no call waits and no statement runs."""
        return not self._batches and not self._running

    async def ask(self, keys: Sequence[Key], weight: int) -> Mapping[Key, Any]:
        """The values that `read` finds for these keys, batched with other calls. Raises as `read`, or Overloaded."""
        self._dispatcher.admit()
        call = Call(keys, weight, listeners.get(), asyncio.get_running_loop().create_future())
        batch = self._open_batch(weight)
        batch.join(call)
        try:
            return await call.answer
        except asyncio.CancelledError:
            if batch.task is None:
                self._dispatcher.waiting -= 1
            batch.leave(call)
            raise

    def _open_batch(self, weight: int) -> CallBatch[Key]:
        last = self._batches[-1] if self._batches else None
        if last is not None and (not last.calls or last.weight + weight <= self._dispatcher.limits.max_rows):
            return last
        batch: CallBatch[Key] = CallBatch()
        self._batches.append(batch)
        self._dispatcher.enqueue(self)
        return batch

    def may_send(self) -> bool:
        return self._recent < self._dispatcher.limits.max_recent

    def send(self) -> None:
        batch = self._batches.popleft()
        self._dispatcher.waiting -= len(batch.calls)
        if not batch.calls:
            self._dispatcher.complete()
            return
        loop = asyncio.get_running_loop()
        self._recent += 1
        self._running += 1
        ageing = loop.call_later(self._dispatcher.limits.recent_seconds, self._age, batch)
        batch.task = loop.create_task(self._run(batch))
        batch.task.add_done_callback(lambda task: self._complete(batch, task, ageing))

    async def _run(self, batch: CallBatch[Key]) -> None:
        keys = batch.keys()
        try:
            listeners.set(batch.listeners())
            event = BatchEvent(self._name, len(batch.calls), len(keys))
            self._on_event(event)
            emit(event)
            batch.deliver(keys, await self._read(keys))
        except InvalidValue as exc:
            await self._run_apart(batch, keys, exc)
        except Exception as exc:
            batch.fail(exc)

    async def _run_apart(self, batch: CallBatch[Key], keys: Sequence[Key], error: InvalidValue) -> None:
        """Run each call by itself: one has an invalid value, and only that one may fail with it.

        That call may have left the batch since.
        """
        while batch.calls:
            call = next(iter(batch.calls))
            if call.keys is keys:
                call.fail(error)
            else:
                listeners.set(call.listeners)
                try:
                    call.deliver(await self._read(call.keys))
                except Exception as exc:
                    call.fail(exc)
            batch.drop(call)

    def _age(self, batch: CallBatch[Key]) -> None:
        """Stop counting a slow statement as recent, so that it doesn't hold back the next one."""
        batch.is_recent = False
        self._recent -= 1
        self._dispatcher.schedule()

    def _complete(self, batch: CallBatch[Key], task: asyncio.Task[None], ageing: asyncio.TimerHandle) -> None:
        if batch.is_recent:
            ageing.cancel()
            self._recent -= 1
        self._running -= 1
        if task.cancelled():
            batch.fail(Unavailable("the read was given up"))
        self._dispatcher.complete()
