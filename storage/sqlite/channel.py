"""Writes to a SQLite file by others: its data version tells that there were some, not which."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from storage.channel import Hearer, Listener
from storage.errors import DeadlineExceeded


class SqliteChannel(Listener):
    """Asks for the data version four times in every `bound`; another than before flushes the cache."""

    def __init__(self, data_version: Callable[[], Awaitable[int]], hearer: Hearer, bound: float) -> None:
        super().__init__(hearer, bound)
        self._data_version = data_version

    async def listen(self) -> None:
        known = await self._version()
        await self.begin()
        while True:
            newcomers = await self._hearer.newcomers()
            asked = monotonic()
            version = await self._version()
            if version != known:
                await self._hearer.flush()
            known = version
            await self.confirm(asked, newcomers)
            await asyncio.sleep(self.interval)

    async def _version(self) -> int:
        try:
            async with asyncio.timeout(self.bound):
                return await self._data_version()
        except TimeoutError as exc:
            raise DeadlineExceeded("SQLite did not tell its data version in time") from exc
