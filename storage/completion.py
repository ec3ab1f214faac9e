"""Waiting for tasks to the end, whatever is cancelled meanwhile."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def finish(work: Awaitable[T]) -> T:
    """Await `work` even if this task is cancelled meanwhile. The cancellation is raised once `work` has ended."""
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
    """Cancel the task until it ends: a library may swallow a cancellation that coincides with its own timeout."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.1)
