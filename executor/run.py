"""A run: levels are begun one after the other, awaited together, and completed from the last to the first."""

from __future__ import annotations

from asyncio import FIRST_COMPLETED, Task, ensure_future, gather, sleep, wait
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from executor.columns import Column, Completed
from executor.errors import FAILED, Fault, Faults, Part, merge
from executor.waiting import Waiting

if TYPE_CHECKING:
    from graphql.pyutils import Path

    from executor.paths import Place
    from executor.plan import Field, Selection
    from executor.request import Request
    from executor.rows import Row

__all__ = ["Level", "Run"]

Made = TypeVar("Made")

_TURNS = 3
"""Turns of the event loop in which what has nothing to wait for is done: graphql-core would have met its errors."""


class Level(msgspec.Struct, eq=False):
    """A selection, run for all its objects at once; `depth` levels below the root."""

    run: Run
    selection: Selection
    objects: Sequence[Any]
    depth: int = 0
    _place: Place | None = None
    rows: list[Any] = []
    faults: Faults = {}
    columns: Sequence[Column] = ()
    _fields: Sequence[Field] = ()
    _plain: list[Row] | None = None

    def path(self, index: int) -> Path | None:
        return self._place.path(index) if self._place else None

    def begin(self) -> None:
        self._fields = self.selection.fields
        plain = self.selection.plain
        reader = None if plain is None else plain.reader(self.objects, self.run.request)
        if reader is not None and reader.others:
            self._plain = reader.read(self.objects, self.run.request)
            if self._plain is not None:
                self._fields = reader.others
        self.columns = [field.resolver.begin(self, field) for field in self._fields]

    def complete(self) -> None:
        self.faults = {}
        columns: list[Completed] = []
        values: list[Sequence[Any]] = []
        faulty = False
        for waited in self.columns:
            column = waited.complete()
            columns.append(column)
            values.append(column.values)
            if column.faults:
                faulty = True
        if faulty:
            self._complete_faulty(columns)
        else:
            self._assemble(values)

    def _assemble(self, columns: Sequence[Sequence[Any]]) -> None:
        if self._plain is None:
            self.rows = self.selection.rows(len(self.objects), columns)
            return
        for field, values in zip(self._fields, columns, strict=True):
            key = field.key
            for row, value in zip(self._plain, values, strict=True):
                row[key] = value
        self.rows = self._plain

    def _complete_faulty(self, columns: Sequence[Completed]) -> None:
        columns = [column.settled(field.shape.required) for field, column in zip(self._fields, columns, strict=True)]
        self._assemble([column.values for column in columns])
        self.rows = [*self.rows]
        parts: dict[int, list[Part]] = {}
        for field, column in zip(self._fields, columns, strict=True):
            for row, faults in column.faults.items():
                failed = column.values[row] is FAILED
                parts.setdefault(row, []).append(Part(failed, [fault.under(field.key) for fault in faults]))
        for row, met in parts.items():
            failed, self.faults[row] = merge(met)
            if failed:
                self.rows[row] = FAILED


class Run:
    """The levels of one operation, or of one root field of a mutation."""

    def __init__(self, request: Request, selection: Selection, root: Any) -> None:
        self.request = request
        self.faulty = False
        """Whether something failed since it was last seen to what that leaves to be done."""
        self._levels: list[Level] = [Level(self, selection, [root])]
        self._begun = 0
        self._waiting: list[Waiting] = []

    def enter(self, level: Level) -> None:
        self._levels.append(level)

    def wait_for(self, column: Waiting) -> Waiting:
        self._waiting.append(column)
        return column

    def begin(self) -> bool:
        """Begins every level there is. False where something is to be awaited before all are complete."""
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
            self._levels[self._begun - 1].begin()

    async def wait(self, then: Callable[[Run], Made]) -> Made:
        """What `then` makes of the run once nothing of it is awaited. Leaves no task behind, however it ends."""
        tasks: dict[Task[bool], Waiting] = {}
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

    async def _wait_for_first(self, tasks: dict[Task[bool], Waiting]) -> None:
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

    async def _end_unwanted(self, tasks: dict[Task[bool], Waiting]) -> None:
        """Cancels what a failure has left without a place in the response."""
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
        """The root's row, null where it failed, and its faults. Ends the run.

        Levels let go of their columns, which know them: nothing is left for the garbage collector.
        """
        answer = self._complete()
        for level in self._levels:
            level.columns = ()
        self._levels.clear()
        return answer

    def _complete(self) -> tuple[dict[str, Any] | None, list[Fault]]:
        """The root as it stands: what is still awaited counts as null."""
        for level in reversed(self._levels):
            level.complete()
        root = self._levels[0]
        row = root.rows[0]
        return None if row is FAILED else row, root.faults.get(0, [])


async def _cancel(tasks: Collection[Task[bool]]) -> None:
    for task in tasks:
        task.cancel()
    await gather(*tasks, return_exceptions=True)
