"""Reads, writes, failures and cancellations at random: no answer is older than its question, none is another's.

`COALESCING_SEEDS` sets how many seeds a run takes for each database.
"""

import asyncio
import os
import random

from storage.coalescing.dispatcher import CoalescingLimits
from storage.coalescing.store import CoalescingStore
from storage.errors import DeadlineExceeded, InvalidValue, Unavailable
from storage.reads.property import PROPERTIES_BY_ID
from storage.store import Store
from tests.layers import layered
from tests.storage.flaky import Flaky
from tests.storage.history import History

_SEEDS = int(os.environ.get("COALESCING_SEEDS", "2000"))
_TASKS = 12


async def _act(history: History, coalescing: Store, store: Store, chance: random.Random) -> None:
    try:
        for _ in range(chance.choice([0, 1, 2, 5, 20])):
            await asyncio.sleep(0)
        action = chance.random()
        if action < 0.15:
            await history.write(store, chance)
        elif action < 0.2:
            await coalescing.read(PROPERTIES_BY_ID, ["\ud800"])
            raise AssertionError("a lone surrogate is no key")
        else:
            await history.read(coalescing, chance)
    except (DeadlineExceeded, Unavailable):
        pass
    except InvalidValue:
        assert action >= 0.15, "another caller's bad key"
        assert action < 0.2, "another caller's bad key"


async def _run(seed: int, history: History, store: Store) -> None:
    chance = random.Random(seed)
    limits = CoalescingLimits(
        max_statements=chance.choice([1, 2, 9]),
        max_recent=chance.choice([1, 2]),
        recent_seconds=chance.choice([0, 0.001, 60]),
        max_rows=chance.choice([1, 5, 10_000]),
    )
    flaky = Flaky(store, chance, failing=chance.choice([0, 0.1]))
    coalescing = layered(CoalescingStore(flaky, limits), store)
    tasks = [asyncio.create_task(_act(history, coalescing, store, chance)) for _ in range(_TASKS)]
    for task in chance.sample(tasks, chance.choice([0, 1, 4])):
        for _ in range(chance.choice([0, 3, 10])):
            await asyncio.sleep(0)
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise AssertionError(f"seed {seed}") from outcome


async def test_no_answer_is_stale_or_anothers_whatever_happens(store: Store) -> None:
    history = await History.begin(store, 6)
    for seed in range(_SEEDS):
        async with asyncio.timeout(30):  # nobody waits for ever
            await _run(seed, history, store)
    assert sum(map(len, history.acknowledged)) > _SEEDS / 4
