"""How long a request may go on: until its deadline, or until its client hangs up. Both cancel its work."""

import asyncio
from enum import Enum
from types import TracebackType
from typing import Any

import msgspec

from schema.errors import ErrorCode
from server.http.errors import CLOSE, RequestError
from server.http.request import HungUp, Request
from server.http.uvicorn_cycle import is_unanswered

PATIENCE = 0.1
"""Seconds between looks at who is still there: most requests are answered before anybody looks."""


class DeadlinePassed(RequestError):
    """The request took too long. What it was writing may or may not be written."""

    def __init__(self, seconds: float) -> None:
        message = f"The request took longer than {seconds:g} s and was stopped; ask for less, or try again."
        super().__init__(ErrorCode.DEADLINE_EXCEEDED, message)


class Stopped(RequestError):
    """The server ends, and waits no longer. What the request was writing may or may not be written."""

    def __init__(self) -> None:
        message = "The server is stopping and did not finish this request; try again."
        super().__init__(ErrorCode.UNAVAILABLE, message, CLOSE)


class RequestWatch:
    """Watches the requests of one endpoint, each for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._between = min(PATIENCE, seconds)
        self._watched: dict[_WatchedRequest, None] = {}
        self._look: asyncio.TimerHandle | None = None

    def over(self, request: Request) -> "_WatchedRequest":
        """`with` it, this task works for the request. Raises DeadlinePassed, HungUp or Stopped once it is cancelled."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        assert task is not None
        if self._look is None:
            self._look = loop.call_later(self._between, self._look_round, loop)
        return _WatchedRequest(self._watched, request, task, loop.time(), self._seconds)

    def _look_round(self, loop: asyncio.AbstractEventLoop) -> None:
        for each in self._watched:
            each.watch(loop)
        self._look = loop.call_later(self._between, self._look_round, loop) if self._watched else None


class _End(Enum):
    LATE = "late"
    GONE = "gone"


class _WatchedRequest(msgspec.Struct, eq=False):
    """One request and the task that answers it, for so many seconds from the loop's time `since`."""

    watched: dict["_WatchedRequest", None]
    request: Request
    task: "asyncio.Task[Any]"
    since: float
    seconds: float
    timer: asyncio.TimerHandle | None = None
    watching: "asyncio.Task[None] | None" = None
    end: _End | None = None

    def __enter__(self) -> None:
        self.watched[self] = None

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, traceback: TracebackType | None
    ) -> None:
        del self.watched[self]
        if self.timer is not None and self.watching is not None:
            self.timer.cancel()
            self.watching.cancel()
        if kind is not asyncio.CancelledError:
            return
        if self.end is None or self.task.uncancel() > 0:
            if is_unanswered(self.request.receive):
                self.task.uncancel()
                raise Stopped from None
            return
        if self.end is _End.GONE:
            raise HungUp from None
        raise DeadlinePassed(self.seconds) from None

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """From now on, unless it is watched already."""
        if self.timer is None:
            self.timer = loop.call_at(self.since + self.seconds, self._stop, _End.LATE)
            self.watching = loop.create_task(self._wait_for_its_end())

    async def _wait_for_its_end(self) -> None:
        while not self.request.body_is_read:  # noqa: ASYNC110 - who reads the body must not share what is received
            await asyncio.sleep(PATIENCE)
        while (await self.request.receive())["type"] != "http.disconnect":
            pass
        self._stop(_End.GONE)

    def _stop(self, end: _End) -> None:
        if self.end is None:
            self.end = end
            self.task.cancel()
