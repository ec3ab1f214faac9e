"""A layer whose reads are late, and sometimes fail."""

import asyncio
import random
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

from storage.errors import DeadlineExceeded, Unavailable
from storage.read import Read
from storage.store import Reads
from storage.view import EVERYTHING, View
from tests.layers import Layer

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Flaky(Layer):
    """Waits for some turns of the event loop before and after a read, and raises instead with the odds of `failing`."""

    def __init__(self, store: Reads, chance: random.Random, failing: float) -> None:
        super().__init__(store)
        self._chance = chance
        self._failing = failing

    async def read(
        self, read: Read[Key, Value, Any], keys: Sequence[Key], view: View = EVERYTHING
    ) -> Mapping[Key, Value]:
        await self._wait()
        if self._chance.random() < self._failing:
            raise self._chance.choice([DeadlineExceeded, Unavailable])("by chance")
        found = await super().read(read, keys, view)
        await self._wait()
        return found

    async def _wait(self) -> None:
        for _ in range(self._chance.choice([0, 0, 1, 3, 10])):
            await asyncio.sleep(0)
