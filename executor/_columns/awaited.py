"""Columns with values that are still awaited. A run awaits all of them at once, and resumes each when it is done."""

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
    """A column of `size` values, some of which are awaited. Once they are there, they begin another column."""

    place: Place
    size: int
    column: Column | None = None

    async def wait(self) -> bool:
        """Awaits the values. Returns False if one raised an exception while others are pending: then wait again.

        Canceling it cancels what it awaits.
        """
        raise NotImplementedError

    def only(self) -> Awaitable[Any] | None:
        """The only awaitable; None if there are several. The run asks when it awaits nothing else."""
        raise NotImplementedError

    def receive(self, outcome: Any) -> None:
        """Takes the result of `only`, or the exception that it raised."""
        raise NotImplementedError

    def resume(self) -> None:
        """Begins the column of the values."""
        raise NotImplementedError

    def close(self) -> None:
        """Closes coroutines that were never awaited."""
        raise NotImplementedError

    def awaited(self) -> Iterable[int]:
        """The indexes of the values that are or were awaited."""
        raise NotImplementedError

    def end(self) -> None:
        """Gives up the pending values, which have no place in the response."""
        self.close()
        self.column = self._so_far()

    def wanted(self, data: Any) -> bool:
        """Whether the response so far has a place for any of the awaited values."""
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
    """Values, of which those in `pending` are awaitable."""

    values: list[Any]
    then: Callable[[list[Any]], Column]
    pending: dict[int, Any] = {}
    tasks: dict[Future[Any], int] = {}

    @classmethod
    def among(cls, values: Sequence[Any], place: Place, then: Callable[[list[Any]], Column]) -> AwaitedValues:
        """The column of these values; `then` begins the column of their results."""
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
    """The awaitable that a batched resolver returned: of all values, or of one exception.

    If it has a method `alone`, that returns an awaitable that waits for no other keys of a batch.
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
