"""Tasks that must come to their end."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def finish(work: Awaitable[T]) -> T:
    """See `work` through to its end even if this task is cancelled meanwhile; the cancellation is raised after."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
        except Exception:
            break
    if cancelled:
        raise asyncio.CancelledError
    return task.result()


async def end(task: asyncio.Task[None]) -> None:
    """Cancel the task, as often as it takes: libraries swallow a cancellation that meets a deadline of their own."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.1)
