"""How one aiosqlite connection is used: each has a thread, which nothing but an interrupt can stop."""

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from threading import Thread, current_thread
from time import monotonic

import aiosqlite

from storage.database import Row, translated
from storage.errors import Unavailable
from storage.sqlite.errors import is_busy, translate

# How long SQLite itself waits for another process' lock, in seconds: its thread can't be called off meanwhile.
BUSY = 0.1
_INTERRUPT_AGAIN = 0.05
_LAST_MILLISECONDS = 1000
"""How long to wait for the end of a thread."""


class SqliteConnection(aiosqlite.Connection):
    """A connection that knows whether its thread has ended. Await it to connect."""

    def __init__(self, address: str) -> None:
        super().__init__(self._open, iter_chunk_size=64)
        self._address = address
        self._worker: Thread | None = None

    def _open(self) -> sqlite3.Connection:
        """Runs in the connection's own thread."""
        self._worker = current_thread()
        return sqlite3.connect(self._address, uri=True, isolation_level=None, cached_statements=512)

    @property
    def has_ended(self) -> bool:
        """Whether the thread has begun and ended."""
        return self._worker is not None and not self._worker.is_alive()


async def execute(connection: aiosqlite.Connection, text: str, args: Sequence[object], timeout: float) -> Sequence[Row]:
    """The statement's rows, or TimeoutError after `timeout` seconds; given up or cancelled, it is interrupted."""
    try:
        async with asyncio.timeout(timeout):
            return await connection.execute_fetchall(text, args)  # type: ignore[return-value]
    except (TimeoutError, asyncio.CancelledError):
        await interrupt(connection)
        raise


async def interrupt(connection: aiosqlite.Connection) -> None:
    """Interrupt what the thread runs now, if anything."""
    with suppress(ValueError):  # closed meanwhile
        await connection.interrupt()


async def run_when_free(connection: aiosqlite.Connection, text: str, patience: float) -> None:
    """Run what needs a lock of the file, within `patience` seconds of waiting for another process that holds it."""
    deadline = monotonic() + patience
    while True:
        try:
            with translated(translate):
                await connection.execute_fetchall(text)
        except Unavailable as exc:
            if not is_busy(exc.__cause__) or monotonic() > deadline:
                raise
            await asyncio.sleep(BUSY / 10)
        else:
            return


async def roll_back(connection: aiosqlite.Connection) -> None:
    """Take the transaction back, if there is one, once the thread has let go of what it runs.

    An interrupt is lost on a statement that has not begun, so it is repeated; the empty statement behind tells when
    to stop, before one could hit the rollback.
    """
    with translated(translate):
        quiet = asyncio.ensure_future(connection.execute_fetchall(""))
        while not (await asyncio.wait([quiet], timeout=_INTERRUPT_AGAIN))[0]:
            await interrupt(connection)
        quiet.exception()  # perhaps interrupted too
        await connection.rollback()


async def close_connections(connections: Iterable[SqliteConnection]) -> None:
    """Close one after the other, whatever one of them says: the last, when alone, empties the write-ahead log."""
    for connection in connections:
        with suppress(Exception):
            await connection.close()
        # A thread that outlives the event loop fails when it reports to the loop.
        for _ in range(_LAST_MILLISECONDS):
            if connection.has_ended:
                break
            await asyncio.sleep(0.001)
