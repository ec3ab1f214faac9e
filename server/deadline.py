"""How long a request may go on: until its deadline, or until its client hangs up. Both cancel its work."""

import asyncio
from collections.abc import Awaitable
from enum import Enum
from typing import Any, TypeVar

from starlette.types import Receive

Answer = TypeVar("Answer")

PATIENCE = 0.1
"""Seconds before a request is watched at all: most are answered by then, and have paid for one timer."""


class DeadlinePassed(Exception):
    """The request took too long. What it was writing may or may not be written."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The request took longer than {seconds:g} s and was stopped; ask for less, or try again.")


class HungUp(Exception):
    """The client has gone: nobody waits for the answer."""


class _End(Enum):
    LATE = "late"
    GONE = "gone"


class Attendance:
    """Watches one request. `body_is_read` says that `receive` has nothing more to give than the client's hanging up."""

    def __init__(self, seconds: float, receive: Receive) -> None:
        self.body_is_read = False
        self._seconds = seconds
        self._receive = receive
        self._end: _End | None = None
        self._watching: asyncio.Task[None] | None = None

    async def answer(self, work: Awaitable[Answer]) -> Answer:
        """The answer of `work`. Raises DeadlinePassed or HungUp, when the work has been cancelled."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        self._timer = loop.call_later(min(PATIENCE, self._seconds), self._begin, loop, task)
        try:
            return await work
        except asyncio.CancelledError:
            if self._end is None or task.uncancel() > 0:
                raise
            if self._end is _End.GONE:
                raise HungUp from None
            raise DeadlinePassed(self._seconds) from None
        finally:
            self._timer.cancel()
            if self._watching is not None:
                self._watching.cancel()

    def _begin(self, loop: asyncio.AbstractEventLoop, task: "asyncio.Task[Any]") -> None:
        left = max(0.0, self._seconds - PATIENCE)
        self._timer = loop.call_later(left, self._stop, task, _End.LATE)
        self._watching = loop.create_task(self._watch(task))

    async def _watch(self, task: "asyncio.Task[Any]") -> None:
        while not self.body_is_read:  # noqa: ASYNC110 - who reads the body must not share what is received
            await asyncio.sleep(PATIENCE)
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._stop(task, _End.GONE)

    def _stop(self, task: "asyncio.Task[Any]", end: _End) -> None:
        if self._end is None:
            self._end = end
            task.cancel()
