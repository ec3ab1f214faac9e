"""How one aiosqlite connection is used: each has a thread, which nothing but an interrupt can stop."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread, current_thread
from time import monotonic

import aiosqlite

from storage.database import Row, translated
from storage.errors import Unavailable
from storage.sqlite.errors import is_busy, translate

logger = logging.getLogger("freehold")

# Seconds that SQLite itself waits for another process' lock. Its thread can't be interrupted meanwhile.
BUSY = 0.1
_TELL = 1.0
"""Seconds of waiting for another process after which the log says so."""
_INTERRUPT_AGAIN = 0.05
_LAST_MILLISECONDS = 1000
"""How long to wait for the end of a thread."""


class SqliteConnection(aiosqlite.Connection):
    """A connection to the file at `path` that knows whether its thread has ended. Await it to connect.

    `create` makes a missing file.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        super().__init__(self._open, iter_chunk_size=64)
        self.path = path
        # Only a URI can say that the file must exist (https://sqlite.org/uri.html).
        self._address = f"{path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}"
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
    """The statement's rows. Raises TimeoutError after `timeout` seconds. A statement given up is interrupted."""
    try:
        async with asyncio.timeout(timeout):
            return await connection.execute_fetchall(text, args)  # type: ignore[return-value]
    except (TimeoutError, asyncio.CancelledError):
        await interrupt(connection)
        raise


async def interrupt(connection: aiosqlite.Connection) -> None:
    """Interrupt the statement that the thread runs now, if any."""
    with suppress(ValueError):  # closed meanwhile
        await connection.interrupt()


async def run_when_free(connection: SqliteConnection, text: str, patience: float) -> None:
    """Run a statement that locks the file. Another process that holds the lock is waited for `patience` seconds.

    The log says so after a second. Raises Unavailable, with advice if the lock stays held.
    """
    started, told = monotonic(), False
    while True:
        try:
            with translated(translate):
                await connection.execute_fetchall(text)
        except Unavailable as exc:
            if not is_busy(exc.__cause__):
                raise
            waited = monotonic() - started
            if waited + BUSY > patience:
                raise Unavailable(
                    f"SQLite: another process has kept {connection.path} locked for {patience:g} seconds:"
                    " let it finish, or end it (`fuser` lists the processes that have a file open), and try again"
                ) from exc
            if waited > _TELL and not told:
                told = True
                message = "SQLite: another process is writing to %s: waiting for it, for up to %g seconds"
                logger.warning(message, connection.path, patience)
            await asyncio.sleep(BUSY / 10)
        else:
            return


async def roll_back(connection: aiosqlite.Connection) -> None:
    """Roll the transaction back, if there is one, once the thread has ended its statement.

    An interrupt has no effect on a statement that hasn't begun, so it is repeated until an empty statement, which is
    queued behind, has run. So no interrupt can hit the rollback.
    """
    with translated(translate):
        quiet = asyncio.ensure_future(connection.execute_fetchall(""))
        while not (await asyncio.wait([quiet], timeout=_INTERRUPT_AGAIN))[0]:
            await interrupt(connection)
        quiet.exception()  # it may be interrupted too
        await connection.rollback()


async def close_connections(connections: Iterable[SqliteConnection]) -> None:
    """Close one after the other, in spite of errors. SQLite empties the write-ahead log when the last one closes."""
    for connection in connections:
        with suppress(Exception):
            await connection.close()
        # A thread that outlives the event loop fails when it reports to the loop.
        for _ in range(_LAST_MILLISECONDS):
            if connection.has_ended:
                break
            await asyncio.sleep(0.001)
