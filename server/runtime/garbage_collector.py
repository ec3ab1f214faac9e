"""Python's garbage collector in a process that serves: no pause grows with what the process holds.

A full collection visits every object, which takes half a second once a thousand documents are kept. So what is kept
is frozen, that is left out of further collections, and automatic full collections are off. A frozen object is freed
when its last reference goes; only a cycle of frozen objects would stay. Documents, plans and rows hold no cycles
(`tests/server/runtime/test_garbage_collector.py`).
"""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from storage.completion import end

THRESHOLDS = (2_000, 15, 1 << 30)
"""New objects before a collection of the youngest, such collections before one of the middle generation, and never."""
STARTED = 1.0
"""Seconds after which the garbage of the start is collected."""
INTERVAL = 0.25
"""Seconds between looks for objects that survived both, which are then frozen."""


def collect_and_freeze() -> None:
    """Free the garbage among what is not frozen yet, and freeze the rest."""
    gc.collect()
    gc.freeze()


def freeze_start() -> None:
    """Freeze modules, the schema and its types, some 90,000 objects. Call it once the application is built.

    Their garbage, which is little, is collected only when the application runs, so that it does not slow the start.
    """
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)


@asynccontextmanager
async def freezing_survivors() -> AsyncIterator[None]:
    """While the application runs: freeze what survives, between requests' steps. Does nothing before `freeze_start`."""
    if gc.get_threshold() != THRESHOLDS:
        yield
        return
    task = asyncio.create_task(_freeze_on())
    try:
        yield
    finally:
        await end(task)


async def _freeze_on() -> None:
    await asyncio.sleep(STARTED)
    gc.unfreeze()
    collect_and_freeze()
    while True:
        await asyncio.sleep(INTERVAL)
        if gc.get_count()[2]:
            collect_and_freeze()
