"""Others' writes to Postgres: triggers notify the tags of changed rows (migrations/0002_tell_caches.sql)."""

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Any
from uuid import uuid4

from storage.channel import InvalidationHandler, ListeningChannel
from storage.database import translated
from storage.errors import Unavailable
from storage.postgres.address import Address
from storage.postgres.connecting import connect
from storage.postgres.connections import Connections
from storage.postgres.errors import translate
from storage.postgres.session import Server, find_server

CHANNEL = "freehold"
"""The name of the channel if no schema is set."""

_NOTIFYING = "freehold_table_emptied"  # a function of our triggers
# The channel that the function notifies: a migration wrote it into the function's text.
_FIND_CHANNEL = r"SELECT substring(prosrc FROM 'pg_notify\(''(\w+)''') FROM pg_proc WHERE oid = to_regproc($1)"
_EVERYTHING = "flush"
_PROOF = "proof "
_MAX_RECEIVED = 10_000  # tags that wait for invalidation; if there are more, everything is flushed


class PostgresChannel(ListeningChannel):
    """Listens on a connection of its own, which must lead to Postgres itself or to a pooler that keeps sessions.

    It is live only while it listens at the server that `connections` read from. After a failover, either may reach the
    new server first, and one server doesn't notify of writes to another.
    """

    def __init__(
        self,
        address: Address,
        connections: Connections,
        schema: str,
        handler: InvalidationHandler,
        max_staleness: float,
    ) -> None:
        super().__init__(handler, max_staleness)
        self._address = address
        self._function = f'"{schema}".{_NOTIFYING}' if schema else _NOTIFYING
        self._connections = connections
        self._server: Server | None = None
        self._received: set[str] = set()
        self._wake = asyncio.Event()

    @property
    def is_live(self) -> bool:
        return monotonic() < self._live_until and self._server == self._connections.server

    async def listen(self) -> None:
        with translated(translate):
            name = await self._find_name()
            connection = await self._connect()
            try:
                self._received.clear()
                connection.add_termination_listener(self._notice)
                await connection.add_listener(name, self._receive)
                await self._prove(name)
                self._server = await find_server(connection)
                await self._connections.move_to(self._server)
                await self.begin()
                while True:
                    generation = await self._handler.generation()
                    asked = monotonic()
                    await connection.execute("SELECT 1")
                    await self._forget()
                    await self._check_server()
                    await self.confirm(asked, generation)
                    await self._rest()
            finally:
                connection.terminate()

    async def _prove(self, name: str) -> None:
        """Check that notifications arrive. A pooler that shares sessions accepts LISTEN, but never delivers any."""
        proof = _PROOF + uuid4().hex
        other = await self._connect()
        try:
            await other.execute(f"""NOTIFY "{name}", '{proof}'""")
        finally:
            other.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(self.interval):
                while proof not in self._received:
                    self._wake.clear()
                    await self._wake.wait()
        if proof not in self._received:
            raise Unavailable("notifications don't arrive: FREEHOLD_LISTEN_URL must lead to Postgres without a pooler")

    async def _check_server(self) -> None:
        async with asyncio.timeout(self.max_staleness):
            await self._connections.verify()
        if self._connections.server != self._server:
            raise Unavailable(
                "the database is read from another server than the one that tells of writes:"
                " FREEHOLD_LISTEN_URL must lead to the server that FREEHOLD_DATABASE_URL leads to"
            )

    async def _find_name(self) -> str:
        async with self._connections.lent() as connection:
            rows = await connection.fetch(_FIND_CHANNEL, self._function)
        return next((str(name) for (name,) in rows if name), CHANNEL)

    async def _connect(self) -> Any:
        return await connect(self._address, self.max_staleness, command_timeout=self.max_staleness)

    def _receive(self, connection: object, pid: int, channel: str, tag: object) -> None:
        self._received.add(str(tag) if len(self._received) < _MAX_RECEIVED else _EVERYTHING)
        self._wake.set()

    def _notice(self, connection: Any) -> None:
        """Note that the connection has ended."""
        self._live_until = 0.0
        self._wake.set()

    async def _rest(self) -> None:
        """Wait for a notification, or until it is time for the next check."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.interval):
                await self._wake.wait()
        self._wake.clear()

    async def _forget(self) -> None:
        received, self._received = self._received, set()
        received = {tag for tag in received if not tag.startswith(_PROOF)}
        if _EVERYTHING in received:
            await self._handler.flush()
        elif received:
            await self._handler.forget(received)
