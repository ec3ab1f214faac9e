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

LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What a connection that has gone raises when it is to be tidied up."""

HELD = 1.0
"""Seconds after which what nobody took goes back to the pool, and one of the others: there old ones are closed."""

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
        self._unused = 0
        self._is_due = False
        self._is_closing = False
        self._lent = 0
        self._waiting = 0
        self._waits = 0
        self._waited = 0.0

    def find(self) -> Any | None:
        """One that is at hand, if there is any: to be kept, or put back."""
        while self._at_hand:
            connection = self._at_hand.pop()
            self._unused = min(self._unused, len(self._at_hand))
            if _is_open(connection):
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
        if self._waiting or self._is_due or self._is_closing:
            self._is_due = False
            return False
        self._lent -= 1
        self._at_hand.append(connection)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HELD, self._look)
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
        self._unused = len(self._at_hand)
        self._look()
        try:
            await self._pool.close()
        except BaseException:
            self._pool.terminate()
            raise

    def _look(self) -> None:
        """Give the pool what nobody took since the last look, and the next that comes back."""
        unused, self._at_hand = self._at_hand[: self._unused], self._at_hand[self._unused :]
        self._return(unused)
        self._unused = len(self._at_hand)
        self._is_due = True
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(HELD, self._look) if self._at_hand else None

    def _return(self, connections: list[Any]) -> None:
        for connection in connections:
            task = asyncio.get_running_loop().create_task(self._release(connection))
            self._returning.add(task)
            task.add_done_callback(self._returning.discard)

    async def _release(self, connection: Any) -> None:
        with suppress(*LOST):
            await self._pool.release(connection, timeout=self._timeout)


def _is_open(connection: Any) -> bool:
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:  # it was lost, and the pool has taken it back by itself
        return False
