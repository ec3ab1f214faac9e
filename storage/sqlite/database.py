"""SQLite through aiosqlite: WAL, one writer, a few readers that can't write."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from sqlite3 import complete_statement
from typing import TypeVar

import aiosqlite
import msgspec
import orjson

from storage.database import Connection, Deadlines, Door, OnQuery, Page, Row, Transaction, ignore_query
from storage.errors import DeadlineExceeded, StoreError
from storage.sqlite.errors import translate
from storage.statements import Statement, load_statements

T = TypeVar("T")


class SqliteOptions(msgspec.Struct, frozen=True):
    """How SQLite is opened. More readers help long scans, not small lookups. `mmap` in bytes."""

    readers: int = 2
    mmap: int = 1 << 30


class SqliteDatabase:
    """One file. Reads take any idle reader; writes queue for the one writer."""

    migrations = "storage.sqlite.migrations"

    def __init__(
        self,
        writer: aiosqlite.Connection,
        readers: Sequence[aiosqlite.Connection],
        deadlines: Deadlines,
        on_query: OnQuery,
    ) -> None:
        self.statements = load_statements("storage.sqlite")
        self._writer = writer
        self._readers = readers
        self._idle: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        for reader in readers:
            self._idle.put_nowait(reader)
        self._writing = asyncio.Lock()
        self._deadlines = deadlines
        self._door = Door(on_query, translate)
        self._recoveries: set[asyncio.Task[None]] = set()
        self._closed = False

    def encode_keys(self, keys: Sequence[str]) -> object:
        return orjson.dumps(keys).decode()

    async def fetch(
        self, statement: Statement, *args: object, keys: int = 1, timeout: float | None = None
    ) -> Sequence[Row]:
        reader = self._idle.get_nowait() if not self._idle.empty() else await self._acquire(self._idle.get())
        try:
            rows = await self._door.run(
                statement, keys, _execute(reader, statement.text, args, timeout or self._deadlines.statement)
            )
        except BaseException:
            self._recover(reader)
            raise
        self._idle.put_nowait(reader)
        return rows

    async def fetch_pages(
        self, statement: Statement, pages: Sequence[Page], *, keys: int, timeout: float | None = None
    ) -> Sequence[Row]:
        # LIMIT can't read a joined value here, so pages of one size go together.
        rows: list[Row] = []
        for limit, same_size in group_by_limit(pages).items():
            argument = orjson.dumps(same_size).decode()
            rows += await self.fetch(statement, argument, limit, keys=keys, timeout=timeout)
        return rows

    @asynccontextmanager
    async def transaction(self, *, timeout: float | None = None) -> AsyncIterator[Transaction]:
        await self._acquire(self._writing.acquire())
        try:
            async with _unit_of_work(self._writer, "BEGIN IMMEDIATE"):
                yield _SqliteTransaction(self._writer, self._door, timeout or self._deadlines.statement)
        finally:
            self._writing.release()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        reader = await self._acquire(self._idle.get())
        try:
            async with _unit_of_work(reader, "BEGIN"):
                yield _SqliteTransaction(reader, self._door, self._deadlines.statement)
        finally:
            self._idle.put_nowait(reader)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._recoveries:
            await asyncio.wait(self._recoveries)
        await close_connections([self._writer, *self._readers])

    async def _acquire(self, wait: Awaitable[T]) -> T:
        try:
            return await asyncio.wait_for(wait, self._deadlines.acquire)
        except TimeoutError as exc:
            raise DeadlineExceeded("no connection to SQLite became free in time") from exc

    def _recover(self, reader: aiosqlite.Connection) -> None:
        """Give the reader back once its thread has let go of the statement that failed or was given up."""
        recovery = asyncio.create_task(self._return_when_quiet(reader))
        self._recoveries.add(recovery)
        recovery.add_done_callback(self._recoveries.discard)

    async def _return_when_quiet(self, reader: aiosqlite.Connection) -> None:
        try:
            await reader.rollback()
        finally:
            self._idle.put_nowait(reader)


class _SqliteTransaction:
    def __init__(self, connection: aiosqlite.Connection, door: Door, timeout: float) -> None:
        self._connection = connection
        self._door = door
        self._timeout = timeout

    async def fetch(
        self, statement: Statement, *args: object, keys: int = 1, timeout: float | None = None
    ) -> Sequence[Row]:
        work = _execute(self._connection, statement.text, args, timeout or self._timeout)
        return await self._door.run(statement, keys, work)

    async def run_script(self, sql: str) -> None:
        for statement in split_script(sql):
            await self._connection.execute_fetchall(statement)


async def _execute(
    connection: aiosqlite.Connection, text: str, args: tuple[object, ...], timeout: float
) -> Sequence[Row]:
    try:
        async with asyncio.timeout(timeout):
            return await connection.execute_fetchall(text, args)  # type: ignore[return-value]
    except (TimeoutError, asyncio.CancelledError):
        await connection.interrupt()
        raise


@asynccontextmanager
async def _unit_of_work(connection: aiosqlite.Connection, begin: str) -> AsyncIterator[None]:
    await _translated(connection.execute_fetchall(begin))
    try:
        yield
    except BaseException:
        await _finish(connection.rollback())
        raise
    try:
        await _finish(_translated(connection.execute_fetchall("COMMIT")))
    except StoreError:
        await _finish(connection.rollback())
        raise


async def _translated(work: Awaitable[T]) -> T:
    try:
        return await work
    except Exception as exc:
        raise translate(exc) from exc


async def _finish(work: Awaitable[object]) -> None:
    """See `work` through to its end even if this task is cancelled meanwhile; the cancellation is raised after."""
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
        except Exception:
            break
    if cancelled:
        raise asyncio.CancelledError
    task.result()


def group_by_limit(pages: Iterable[Page]) -> dict[int, list[Page]]:
    """The pages of each size, the sizes in the order they come."""
    groups: dict[int, list[Page]] = {}
    for page in pages:
        groups.setdefault(page["limit"], []).append(page)
    return groups


def split_script(sql: str) -> list[str]:
    """The statements of a script, each whole."""
    statements: list[str] = []
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if complete_statement(pending):
            statements.append(pending)
            pending = ""
    return statements


async def close_connections(connections: Iterable[aiosqlite.Connection]) -> None:
    """Close them all, whatever one of them says."""
    await asyncio.gather(*(connection.close() for connection in connections), return_exceptions=True)


async def open_sqlite(
    path: Path,
    *,
    options: SqliteOptions | None = None,
    deadlines: Deadlines | None = None,
    on_query: OnQuery = ignore_query,
) -> SqliteDatabase:
    """Open the file, or make it; its folder must exist. Raises Unavailable or DeadlineExceeded."""
    options, deadlines = options or SqliteOptions(), deadlines or Deadlines()
    opened: list[aiosqlite.Connection] = []
    try:
        async with asyncio.timeout(deadlines.connect):
            for index in range(1 + options.readers):
                connection = await aiosqlite.connect(path, isolation_level=None, cached_statements=512)
                opened.append(connection)
                for pragma in _pragmas(options, deadlines, reader=index > 0):
                    await connection.execute_fetchall(f"PRAGMA {pragma}")
    except BaseException as exc:
        await close_connections(opened)
        if isinstance(exc, Exception):
            raise translate(exc) from exc
        raise
    return SqliteDatabase(opened[0], opened[1:], deadlines, on_query)


def _pragmas(options: SqliteOptions, deadlines: Deadlines, *, reader: bool) -> list[str]:
    return [
        f"busy_timeout = {int(deadlines.acquire * 1000)}",
        "journal_mode = WAL",
        # FULL: a write that was acknowledged outlives a loss of power.
        "synchronous = FULL",
        "foreign_keys = ON",
        f"mmap_size = {options.mmap}",
        "temp_store = MEMORY",
        *(["query_only = ON"] if reader else []),
    ]
