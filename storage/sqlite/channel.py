"""Others' writes to a SQLite file: its data version says that there were some, but not which."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from storage.channel import InvalidationHandler, ListeningChannel
from storage.errors import DeadlineExceeded


class SqliteChannel(ListeningChannel):
    """Reads the data version four times in every `max_staleness` seconds. If it has changed, the cache is flushed."""

    def __init__(
        self, data_version: Callable[[], Awaitable[int]], handler: InvalidationHandler, max_staleness: float
    ) -> None:
        super().__init__(handler, max_staleness)
        self._data_version = data_version

    async def listen(self) -> None:
        known = await self._version()
        await self.begin()
        while True:
            generation = await self._handler.generation()
            asked = monotonic()
            version = await self._version()
            if version != known:
                await self._handler.flush()
            known = version
            await self.confirm(asked, generation)
            await asyncio.sleep(self.interval)

    async def _version(self) -> int:
        try:
            async with asyncio.timeout(self.max_staleness):
                return await self._data_version()
        except TimeoutError as exc:
            raise DeadlineExceeded("SQLite did not return its data version in time") from exc
