"""A layer whose reads are late, and sometimes fail."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from storage.errors import DeadlineExceeded, Unavailable
from storage.layer import StoreLayer
from storage.record import Property
from storage.search import CityListing, PropertyPage, PropertySearch
from storage.store import Store

Read = Callable[[Sequence[Any]], Awaitable[Mapping[Any, Any]]]


class Flaky(StoreLayer):
    """Waits for some turns of the event loop before and after a read, and raises instead with the odds of `failing`."""

    def __init__(self, store: Store, chance: random.Random, failing: float) -> None:
        super().__init__(store)
        self._chance = chance
        self._failing = failing

    async def properties_by_id(self, ids: Sequence[str]) -> Mapping[str, Property]:
        return await self._late(self._store.properties_by_id, ids)

    async def properties_by_city(self, listings: Sequence[CityListing]) -> Mapping[CityListing, list[Property]]:
        return await self._late(self._store.properties_by_city, listings)

    async def properties_by_owner_id(self, pages: Sequence[PropertyPage]) -> Mapping[PropertyPage, list[Property]]:
        return await self._late(self._store.properties_by_owner_id, pages)

    async def property_counts_by_owner_id(self, ids: Sequence[str]) -> Mapping[str, int]:
        return await self._late(self._store.property_counts_by_owner_id, ids)

    async def search_properties(self, searches: Sequence[PropertySearch]) -> Mapping[PropertySearch, list[Property]]:
        return await self._late(self._store.search_properties, searches)

    async def _late(self, read: Read, keys: Sequence[Any]) -> Mapping[Any, Any]:
        await self._wait()
        if self._chance.random() < self._failing:
            raise self._chance.choice([DeadlineExceeded, Unavailable])("by chance")
        found = await read(keys)
        await self._wait()
        return found

    async def _wait(self) -> None:
        for _ in range(self._chance.choice([0, 0, 1, 3, 10])):
            await asyncio.sleep(0)
