"""Connections of asyncpg's pool, of which those that came back just now are at hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import perf_counter
from typing import Any

import asyncpg

from storage.database import PoolUse, translated
from storage.errors import DeadlineExceeded
from storage.postgres.errors import translate

LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
"""What a connection that has gone raises when it is to be tidied up."""

HELD = 1.0
"""Seconds in which what is at hand goes back to the pool: there old connections are replaced, and idle ones closed."""

_AT_ONCE = 0.001  # seconds in which a free connection is given


class Connections:
    """Lends the pool's connections, each to one caller at a time, who waits `timeout` seconds for one at most.

    To put one back into asyncpg's pool and to take it out again makes two tasks, which cost two thirds of a lookup. So
    a connection whose statement went well stays at hand, unless somebody waits for one.
    """

    def __init__(self, pool: Any, timeout: float) -> None:
        self._pool = pool
        self._timeout = timeout
        self._at_hand: list[Any] = []
        self._returning: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._is_closing = False
        self._lent = 0
        self._waiting = 0
        self._waits = 0
        self._waited = 0.0

    def find(self) -> Any | None:
        """One that is at hand, if there is any: to be kept, or put back."""
        while self._at_hand:
            connection = self._at_hand.pop()
            with suppress(asyncpg.InterfaceError):  # the pool has taken back by itself what was lost
                if not connection.is_closed():
                    self._lent += 1
                    return connection
                self._return([connection])
        return None

    async def take(self) -> Any:
        """One of the pool's: to be kept, or put back. Raises Unavailable, or DeadlineExceeded if none became free."""
        started = perf_counter()
        self._waiting += 1
        try:
            with translated(translate):
                connection = await self._pool.acquire(timeout=self._timeout)
        except DeadlineExceeded as exc:
            raise DeadlineExceeded("no connection to Postgres became free in time") from exc.__cause__
        finally:
            self._waiting -= 1
        self._lent += 1
        seconds = perf_counter() - started
        if seconds > _AT_ONCE:
            self._waits += 1
            self._waited += seconds
        return connection

    def keep(self, connection: Any) -> bool:
        """Whether a connection that is ready for anything stays at hand; if not, it is to be put back."""
        if self._waiting or self._is_closing:
            return False
        self._lent -= 1
        self._at_hand.append(connection)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HELD, self._return_all)
        return True

    async def put_back(self, connection: Any) -> None:
        """For the next who waits, or into the pool.

        A statement that was given up is cancelled first; on a server that does not answer, the connection goes.
        """
        self._lent -= 1
        await self._release(connection)

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Any]:
        """One for as long as it takes, which then goes back to the pool."""
        connection = self.find() or await self.take()
        try:
            yield connection
        finally:
            await self.put_back(connection)

    def use(self) -> PoolUse:
        """How many there are and are lent, and the waits so far."""
        return PoolUse(self._pool.get_size(), self._lent, self._waits, self._waited)

    async def close(self) -> None:
        """Close them all, once they have come back."""
        self._is_closing = True
        self._return_all()
        try:
            await self._pool.close()
        except BaseException:
            self._pool.terminate()
            raise

    def _return_all(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        connections, self._at_hand = self._at_hand, []
        self._return(connections)

    def _return(self, connections: list[Any]) -> None:
        for connection in connections:
            task = asyncio.get_running_loop().create_task(self._release(connection))
            self._returning.add(task)
            task.add_done_callback(self._returning.discard)

    async def _release(self, connection: Any) -> None:
        with suppress(*LOST):
            await self._pool.release(connection, timeout=self._timeout)
