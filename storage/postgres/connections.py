"""The pool of one process: connections to Postgres, opened on demand, each lent to one caller at a time."""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from time import perf_counter
from typing import Any

from storage.database import PoolUse, translated
from storage.errors import DeadlineExceeded, InvalidValue, Rejected, Unavailable
from storage.postgres.callers import Callers
from storage.postgres.errors import says_not_primary, translate
from storage.postgres.growth import Growth
from storage.postgres.session import Connection, Server, find_server

logger = logging.getLogger("freehold")

Connect = Callable[[], Awaitable[tuple[Connection, Server]]]

UNUSED = 300.0
"""Seconds after which unused connections are closed, all but one."""

LIFETIME = 3600.0
"""About the seconds after which a connection is replaced, to free the caches of its session."""

EXPIRY = 1.0
"""Seconds between two replacements of all connections, which limits the cost of a server that stays read-only."""

_AT_ONCE = 0.001  # seconds; a shorter wait doesn't count as one


class Connections:
    """At most `max_size` connections. A caller waits at most `timeout` seconds for one.

    A caller that finds no idle connection waits for the first that is given back or opened. If opening one fails, the
    others serve all callers, and another attempt follows after a pause. Callers get the error only if there are no
    connections.

    All connections lead to one server, `server`. If a new one leads to another server, the older ones are replaced.
    """

    def __init__(self, connect: Connect, *, max_size: int, timeout: float) -> None:
        self.server: Server | None = None
        self.max_size = max_size
        self._connect = connect
        self._timeout = timeout
        self._all: dict[Connection, float] = {}  # and the time when each is to be replaced
        self._idle: list[Connection] = []
        self._stale: set[Connection] = set()  # lent, and to be closed when they are given back
        self._callers = Callers()
        self._opening = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._generation = 0
        self._expired_at = 0.0
        self._unused = 0
        self._looking: asyncio.TimerHandle | None = None
        self._is_closing = False
        self._changed = asyncio.Event()
        self._waits = 0
        self._waited = 0.0
        self._growth = Growth(self._grow)

    def take_idle(self) -> Connection | None:
        """Take an idle connection, if there is one. Return it by `keep` or `put_back`."""
        while self._idle:
            connection = self._idle.pop()
            if len(self._idle) < self._unused:
                self._unused = len(self._idle)
            if not connection.is_closed():
                return connection
            self._drop(connection)
        return None

    async def take(self, timeout: float | None = None) -> Connection:
        """Wait for a connection. Return it by `keep` or `put_back`. Raises Unavailable or DeadlineExceeded."""
        if self._is_closing:
            raise Unavailable("Postgres: the database is closed")
        started = perf_counter()
        waiter = self._callers.add()
        self._grow()
        try:
            async with asyncio.timeout(timeout or self._timeout):
                connection = await waiter
        except BaseException as exc:
            given = self._callers.remove(waiter)
            if given is not None:
                self._return(given)
            if isinstance(exc, TimeoutError):
                raise DeadlineExceeded("no connection to Postgres became free in time") from exc
            raise
        seconds = perf_counter() - started
        if seconds > _AT_ONCE:
            self._waits += 1
            self._waited += seconds
        return connection

    def keep(self, connection: Connection) -> None:
        """Give back a connection that is ready for use. The first waiting caller gets it."""
        if self._callers or self._stale or self._is_closing:
            self._return(connection)
        else:
            self._idle.append(connection)

    def put_back(self, connection: Connection, error: BaseException) -> None:
        """Give back a connection after an error. It is used again once a round trip shows that it works.

        If the server says that it takes no writes, the connection is closed, and all others are replaced.
        """
        if says_not_primary(error):
            self._stale.add(connection)
            self.expire()
        if isinstance(error, (Rejected, InvalidValue)) and not connection.is_closed():
            self.keep(connection)
        else:
            self._start(self._check(connection))

    @asynccontextmanager
    async def lent(self, timeout: float | None = None) -> AsyncIterator[Connection]:
        """A connection for the block; `timeout`, in seconds, replaces the longest wait for it."""
        connection = self.take_idle() or await self.take(timeout)
        try:
            yield connection
        except BaseException as exc:
            self.put_back(connection, exc)
            raise
        self.keep(connection)

    def expire(self) -> None:
        """Replace idle connections now and others when they are given back; at most once in EXPIRY seconds."""
        now = asyncio.get_running_loop().time()
        if now < self._expired_at + EXPIRY:
            return
        self._expired_at = now
        self._replace()

    async def move_to(self, server: Server) -> None:
        """Replace all connections if they lead to another server."""
        if self.server != server:
            self._replace()
            async with self.lent():
                pass

    async def verify(self) -> None:
        """Ask an idle connection for its server, since a pooler in between may have changed that."""
        connection = self.take_idle()
        if connection is None:
            return
        try:
            with translated(translate):
                server = await find_server(connection)
        except BaseException as exc:
            self.put_back(connection, exc)
            raise
        self._note_server(connection, server)
        self.keep(connection)

    def use(self) -> PoolUse:
        """How the connections are used, the waits so far, and the failed attempts to open another."""
        count = len(self._all)
        return PoolUse(count, count - len(self._idle), self._waits, self._waited, self._growth.refusals)

    async def close(self) -> None:
        """Close all connections once they are given back."""
        self._is_closing = True
        self._growth.stop()
        if self._looking is not None:
            self._looking.cancel()
        self._replace()
        self._callers.refuse(Unavailable("Postgres: the database is closed"))
        try:
            while self._all or self._tasks:
                self._changed.clear()
                await self._changed.wait()
        except BaseException:
            for connection in self._all:
                connection.terminate()
            raise

    def _return(self, connection: Connection) -> None:
        if connection in self._stale or connection.is_closed() or self._is_closing:
            self._close(connection)
            self._grow()
            return
        if not self._callers.serve(connection):
            self._idle.append(connection)

    def _grow(self) -> None:
        """Open a connection for each waiting caller, as far as there is room and no attempt has just failed."""
        while self._opening < len(self._callers) and not self._is_closing:
            count = len(self._all) + self._opening
            if count >= self.max_size or (count and self._growth.is_paused):
                return
            self._opening += 1
            self._start(self._open())

    async def _open(self) -> None:
        generation = self._generation
        try:
            connection, server = await self._connect()
        except Exception as exc:
            self._opening -= 1
            self._growth.note_refusal(exc, len(self._all))
            if not self._all and not self._opening:
                self._callers.refuse(translate(exc))
            return
        except BaseException:
            self._opening -= 1
            raise
        self._opening -= 1
        self._growth.note_success()
        now = asyncio.get_running_loop().time()
        self._all[connection] = now + LIFETIME * random.uniform(0.9, 1.1)
        if generation != self._generation:
            self._stale.add(connection)  # it was begun before all were replaced, so it may lead to the old server
        else:
            self._note_server(connection, server)
        self._return(connection)
        if self._looking is None and not self._is_closing:
            self._looking = asyncio.get_running_loop().call_later(UNUSED, self._look)

    def _note_server(self, connection: Connection, server: Server) -> None:
        if server == self.server:
            return
        if self.server is not None:
            logger.warning("Postgres was restarted, or another server answers at its address: connections are replaced")
            self._replace(but=connection)
        self.server = server

    async def _check(self, connection: Connection) -> None:
        """Try the connection, after the statement that was given up is cancelled. Without an answer it is closed."""
        try:
            if connection not in self._stale:
                async with asyncio.timeout(self._timeout):
                    await connection.execute("SELECT 1")
                if connection.is_in_transaction():
                    connection.terminate()
        except Exception:
            connection.terminate()
        self._return(connection)

    def _replace(self, but: Connection | None = None) -> None:
        self._generation += 1
        idle, self._idle = self._idle, []
        self._stale.update(self._all.keys() - idle - {but})
        for connection in idle:
            self._close(connection)

    def _look(self) -> None:
        """Close connections that were unused since the last time, and old ones."""
        loop = asyncio.get_running_loop()
        unused = self._idle[: self._unused]
        old = [connection for connection, until in self._all.items() if until < loop.time()]
        for connection in {*(unused if len(unused) < len(self._all) else unused[1:]), *old}:
            if connection in self._idle:
                self._idle.remove(connection)
                self._close(connection)
            else:
                self._stale.add(connection)
        self._unused = len(self._idle)
        self._looking = loop.call_later(UNUSED, self._look)

    def _close(self, connection: Connection) -> None:
        self._drop(connection)
        if not connection.is_closed():
            self._start(self._hang_up(connection))

    async def _hang_up(self, connection: Connection) -> None:
        try:
            await connection.close(timeout=self._timeout)
        except Exception:
            connection.terminate()

    def _drop(self, connection: Connection) -> None:
        self._all.pop(connection, None)
        self._stale.discard(connection)
        self._changed.set()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._changed.set()
