"""Work that must come to its end."""

import asyncio
from collections.abc import Awaitable


async def finish(work: Awaitable[object]) -> None:
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
    task.result()
