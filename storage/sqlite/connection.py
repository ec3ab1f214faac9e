"""How one aiosqlite connection is used: each has a thread, which can't be stopped but by an interrupt."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from time import monotonic

import aiosqlite

from storage.completion import finish
from storage.database import Row, translated
from storage.errors import Unavailable
from storage.sqlite.errors import is_busy, translate

# How long SQLite itself waits for another process' lock, in seconds: its thread can't be called off meanwhile.
BUSY = 0.1
_INTERRUPT_AGAIN = 0.05
_THREAD_PATIENCE = 1000  # milliseconds


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


class UnitOfWork:
    """A transaction that has begun."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self.is_committed = False
        self._connection = connection

    async def commit(self) -> None:
        """Commit, cancelled or not."""
        with translated(translate):
            await finish(self._connection.execute_fetchall("COMMIT"))
        self.is_committed = True


@asynccontextmanager
async def unit_of_work(connection: aiosqlite.Connection, begin: str, patience: float) -> AsyncIterator[UnitOfWork]:
    """A transaction: committed at the end at the latest, taken back on any exception, cancellation among them."""
    try:
        await run_when_free(connection, begin, patience)
        work = UnitOfWork(connection)
        yield work
        if not work.is_committed:
            await work.commit()
    except BaseException:
        await finish(roll_back(connection))
        raise


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


async def close_connections(connections: Iterable[aiosqlite.Connection]) -> None:
    """Close one after the other, whatever one of them says: the last, when alone, empties the write-ahead log."""
    for connection in connections:
        with suppress(Exception):
            await connection.close()
        # A thread that outlives the event loop complains.
        for _ in range(_THREAD_PATIENCE):
            if not connection._thread.is_alive():
                break
            await asyncio.sleep(0.001)
