"""A client that hangs up: nobody waits for the answer, so the work for it is cancelled, and its statements."""

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from starlette.types import Receive

Answer = TypeVar("Answer")

PATIENCE = 0.02
"""Seconds before it is watched whether the client is still there: most requests are answered by then."""


class HungUp(Exception):
    """The client has gone."""


async def answer_while_connected(work: Awaitable[Answer], receive: Receive) -> Answer:
    """The answer of `work`. `receive` must have given the whole body. Raises HungUp."""
    task = asyncio.current_task()
    assert task is not None
    watch = _Watch(task, receive)
    timer = asyncio.get_running_loop().call_later(PATIENCE, watch.start)
    try:
        return await work
    except asyncio.CancelledError:
        if watch.has_gone:
            task.uncancel()
            raise HungUp from None
        raise
    finally:
        timer.cancel()
        watch.stop()


class _Watch:
    """Cancels the task when the client goes. Costs nothing before it starts."""

    def __init__(self, task: "asyncio.Task[Any]", receive: Receive) -> None:
        self.has_gone = False
        self._task = task
        self._receive = receive
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """To be called by a timer."""
        self._watching = asyncio.get_running_loop().create_task(self._wait())

    def stop(self) -> None:
        """The answer is there, or was given up."""
        if self._watching is not None:
            self._watching.cancel()

    async def _wait(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.has_gone = True
        self._task.cancel()
