"""Runs: levels are begun one after the other, awaited together, and completed from the last to the first."""

from __future__ import annotations

from asyncio import FIRST_COMPLETED, Task, ensure_future, gather, sleep, wait
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from executor._columns.awaited import Awaited
from executor._columns.faults import FAILED, Fault
from executor._columns.places import Place
from executor._field import Field
from executor._plan import Selection
from executor._request import Request
from executor._run.level import Level

__all__ = ["Run"]

Made = TypeVar("Made")

_TURNS = 3
"""Iterations of the event loop before a failure cancels other work, so that resolvers which need no more of them report
their errors, as on graphql-core."""


class Run:
    """The levels of one operation, or of one root field of a mutation."""

    def __init__(self, request: Request, selection: Selection, root: Any) -> None:
        self.request = request
        self.faulty = False
        """Whether a value failed since unwanted work was last canceled."""
        self._levels: list[Level] = [Level(selection, [root])]
        self._begun = 0
        self._waiting: list[Awaited] = []

    def enter(self, selection: Selection, objects: Sequence[Any], place: Place) -> Level:
        """A level below, which is begun after those that were entered before."""
        level = Level(selection, objects, place)
        self._levels.append(level)
        return level

    def fail(self, cause: Exception, field: Field) -> list[Fault]:
        """The faults of a value that could not be completed. Work without a place in the response will be canceled."""
        self.faulty = True
        return [Fault(cause, field.nodes)]

    def wait_for(self, column: Awaited) -> Awaited:
        self._waiting.append(column)
        return column

    def begin(self) -> bool:
        """Begins all levels that need nothing awaited. False if something must be awaited to complete the run."""
        self._begin_levels()
        if self.faulty and self._waiting:
            self.faulty = False
            data, _ = self._complete()
            unwanted = [column for column in self._waiting if not column.wanted(data)]
            for column in unwanted:
                self._waiting.remove(column)
                column.end()
        return not self._waiting

    def _begin_levels(self) -> None:
        while self._begun < len(self._levels):
            self._begun += 1
            self._levels[self._begun - 1].begin(self)

    async def wait(self, then: Callable[[Run], Made]) -> Made:
        """Awaits everything, and returns what `then` makes of the run. No task outlives it, even if it is canceled."""
        tasks: dict[Task[bool], Awaited] = {}
        try:
            while self._waiting or tasks:
                single = len(self._waiting) == 1 and not tasks and not self.faulty
                only = self._waiting[0].only() if single else None
                if only is None:
                    await self._wait_for_first(tasks)
                else:
                    column = self._waiting[0]
                    try:
                        column.receive(await only)
                    except Exception as error:
                        column.receive(error)
                    self._waiting.pop().resume()
                self._begin_levels()
        except BaseException:
            await _cancel(tasks)
            for column in (*tasks.values(), *self._waiting):
                column.close()
            raise
        return then(self)

    async def _wait_for_first(self, tasks: dict[Task[bool], Awaited]) -> None:
        while self._waiting:
            column = self._waiting.pop(0)
            tasks[ensure_future(column.wait())] = column
        if self.faulty:
            await self._end_unwanted(tasks)
        if not tasks:
            return
        done, _ = await wait(tasks, return_when=FIRST_COMPLETED)
        for task in [task for task in tasks if task in done]:
            column = tasks.pop(task)
            if task.result():
                column.resume()
            else:
                self.faulty = True
                self._waiting.append(column)

    async def _end_unwanted(self, tasks: dict[Task[bool], Awaited]) -> None:
        """Cancels work that lost its place in the response when something failed."""
        self.faulty = False
        for _ in range(_TURNS):
            await sleep(0)
        data, _ = self._complete()
        unwanted = {task: column for task, column in tasks.items() if not task.done() and not column.wanted(data)}
        await _cancel(unwanted)
        for task, column in unwanted.items():
            del tasks[task]
            column.end()

    def finish(self) -> tuple[dict[str, Any] | None, list[Fault]]:
        """The root's row, None if it failed, and its faults. Ends the run.

        Levels drop their columns, which refer to levels, so that nothing is left to the garbage collector.
        """
        answer = self._complete()
        for level in self._levels:
            level.columns = ()
        self._levels.clear()
        return answer

    def _complete(self) -> tuple[dict[str, Any] | None, list[Fault]]:
        """The root's row and faults so far: values that are still awaited are null."""
        for level in reversed(self._levels):
            level.complete()
        root = self._levels[0]
        row = root.rows[0]
        return None if row is FAILED else row, root.faults.get(0, [])


async def _cancel(tasks: Collection[Task[bool]]) -> None:
    for task in tasks:
        task.cancel()
    await gather(*tasks, return_exceptions=True)
