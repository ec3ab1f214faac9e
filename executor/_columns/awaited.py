"""Columns still to be awaited. A run awaits all it has at once, and goes on as each comes in."""

from __future__ import annotations

from asyncio import FIRST_EXCEPTION, Future, ensure_future, gather, wait
from collections.abc import Awaitable, Callable, Iterable, Sequence
from inspect import iscoroutine
from typing import Any

import msgspec

from executor._columns.columns import Column, Completed
from executor._columns.faults import FAILED, Fault, Faults
from executor._columns.places import Place
from executor._columns.values import batch_values, is_awaitable

__all__ = ["Awaited", "AwaitedBatch", "AwaitedValues"]


class Awaited(msgspec.Struct, eq=False, kw_only=True):
    """A column of so many values, of which some are awaited: what they become is another column."""

    place: Place
    size: int
    column: Column | None = None

    async def wait(self) -> bool:
        """Awaits the values, keeping exceptions. False if one failed while others are still to come: wait again.

        Cancelling it cancels what it awaits.
        """
        raise NotImplementedError

    def only(self) -> Awaitable[Any] | None:
        """The one thing to await, if there is no other: asked where nothing else of the run is under way."""
        raise NotImplementedError

    def receive(self, outcome: Any) -> None:
        """What `only` has given, or the exception that it raised."""
        raise NotImplementedError

    def resume(self) -> None:
        """Begins what the values have become."""
        raise NotImplementedError

    def close(self) -> None:
        """Closes coroutines which nobody has begun to await."""
        raise NotImplementedError

    def awaited(self) -> Iterable[int]:
        """The indexes of the awaited values."""
        raise NotImplementedError

    def end(self) -> None:
        """Gives up: no value still to come will be in the response."""
        self.close()
        self.column = self._so_far()

    def wanted(self, data: Any) -> bool:
        """Whether the response as it stands has a place for any of the awaited values."""
        return any(_reachable(data, self.place.path(index).as_list()) for index in self.awaited())

    def complete(self) -> Completed:
        if self.column is None:
            return self._so_far()
        completed = self.column.complete()
        if not completed.faults:
            return completed
        faults = {**completed.faults}
        for index in faults.keys() & set(self.awaited()):
            faults[index] = [fault.later() for fault in faults[index]]
        return Completed(completed.values, faults)

    def _so_far(self) -> Completed:
        return Completed([None] * self.size)


def _reachable(data: Any, path: list[str | int]) -> bool:
    for key in path[:-1]:
        if data is None:
            return False
        data = data[key]
    return data is not None


class AwaitedValues(Awaited):
    """Values some of which are awaitable."""

    values: list[Any]
    then: Callable[[list[Any]], Column]
    pending: dict[int, Any] = {}
    tasks: dict[Future[Any], int] = {}

    @classmethod
    def among(cls, values: Sequence[Any], place: Place, then: Callable[[list[Any]], Column]) -> AwaitedValues:
        """The column of these values, and what they become once all are there."""
        pending = {index: value for index, value in enumerate(values) if is_awaitable(value)}
        return cls([*values], then, pending, place=place, size=len(values))

    def only(self) -> Awaitable[Any] | None:
        return next(iter(self.pending.values())) if len(self.pending) == 1 else None

    def receive(self, outcome: Any) -> None:
        self.values[next(iter(self.pending))] = outcome

    async def wait(self) -> bool:
        if not self.tasks:
            self.tasks = {ensure_future(value): index for index, value in self.pending.items()}
        try:
            await self._wait_for_tasks()
        except BaseException:
            for task in self.tasks:
                task.cancel()
            await gather(*self.tasks, return_exceptions=True)
            raise
        return not self.tasks

    async def _wait_for_tasks(self) -> None:
        done, _ = await wait(self.tasks, return_when=FIRST_EXCEPTION)
        for task in done:
            try:
                outcome = task.result()
            except Exception as error:
                outcome = error
            self.values[self.tasks.pop(task)] = outcome

    def resume(self) -> None:
        self.column = self.then(self.values)

    def close(self) -> None:
        for value in self.pending.values():
            if iscoroutine(value):
                value.close()

    def awaited(self) -> Iterable[int]:
        return self.pending

    def _so_far(self) -> Completed:
        faults: Faults = {
            index: [Fault(value, self.place.field.nodes)]
            for index, value in enumerate(self.values)
            if isinstance(value, Exception)
        }
        return Completed([FAILED if index in faults else None for index in range(self.size)], faults)


class AwaitedBatch(Awaited):
    """An awaitable of what a batched field gives: all the values, or one exception.

    What gathers company before it begins may offer `alone()`, which begins at once.
    """

    batch: Awaitable[Any]
    then: Callable[[Sequence[Any]], Column]
    outcome: Any = None

    def only(self) -> Awaitable[Any] | None:
        alone: Callable[[], Awaitable[Any]] | None = getattr(self.batch, "alone", None)
        return self.batch if alone is None else alone()

    def receive(self, outcome: Any) -> None:
        self.outcome = outcome

    async def wait(self) -> bool:
        try:
            self.outcome = await self.batch
        except Exception as error:
            self.outcome = error
        return True

    def resume(self) -> None:
        self.column = self.then(batch_values(self.outcome, self.size))

    def close(self) -> None:
        if iscoroutine(self.batch):
            self.batch.close()

    def awaited(self) -> Iterable[int]:
        return range(self.size)
