"""The connections that read a SQLite file, each lent to one caller at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from time import perf_counter

from storage.errors import DeadlineExceeded, StoreError
from storage.sqlite.connection import SqliteConnection, roll_back


@asynccontextmanager
async def acquiring(seconds: float) -> AsyncIterator[None]:
    """For the wait for a connection. Raises DeadlineExceeded."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as exc:
        raise DeadlineExceeded("no connection to SQLite became free in time") from exc


class Readers:
    """Connections that can't write. A caller waits `timeout` seconds at most for one.

    `waits` counts the callers that waited, and `waited` has the seconds in all.
    """

    def __init__(self, timeout: float) -> None:
        self.waits = 0
        self.waited = 0.0
        self._timeout = timeout
        self._all: Sequence[SqliteConnection] = ()
        self._idle: asyncio.LifoQueue[SqliteConnection] = asyncio.LifoQueue()
        self._recoveries: set[asyncio.Task[None]] = set()

    @property
    def idle(self) -> int:
        """How many are not lent."""
        return self._idle.qsize()

    def add(self, connections: Sequence[SqliteConnection]) -> None:
        """Lend these, once all former ones were removed."""
        self._all = connections
        for connection in connections:
            self._idle.put_nowait(connection)

    async def take(self) -> SqliteConnection:
        """A connection, to be given back or recovered. Raises DeadlineExceeded."""
        if not self._idle.empty():
            return self._idle.get_nowait()
        started = perf_counter()
        async with acquiring(self._timeout):
            reader = await self._idle.get()
        self.waits += 1
        self.waited += perf_counter() - started
        return reader

    def give_back(self, reader: SqliteConnection) -> None:
        """Give back a connection whose statements have ended."""
        self._idle.put_nowait(reader)

    def recover(self, reader: SqliteConnection) -> None:
        """Give a connection back once its thread has ended the statement that failed or was given up."""
        recovery = asyncio.create_task(self._recover(reader))
        self._recoveries.add(recovery)
        recovery.add_done_callback(self._recoveries.discard)

    async def remove_all(self) -> Sequence[SqliteConnection]:
        """Wait until none is lent, and return all of them for closing."""
        for _ in range(len(self._all)):
            await self._idle.get()
        removed, self._all = self._all, ()
        return removed

    async def wait_for_recoveries(self) -> Sequence[SqliteConnection]:
        """All connections, once no recovery uses one."""
        if self._recoveries:
            await asyncio.wait(self._recoveries)
        return self._all

    async def _recover(self, reader: SqliteConnection) -> None:
        try:
            await roll_back(reader)
        except StoreError:
            pass  # the next caller gets the error
        finally:
            self._idle.put_nowait(reader)
