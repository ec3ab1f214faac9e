"""SQLite through aiosqlite: WAL, one writer, a few readers that can't write."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from storage.channel import Channel, InvalidationHandler
from storage.completion import end, finish
from storage.database import (
    Connection,
    Deadlines,
    Door,
    OnQuery,
    Page,
    PoolUse,
    Row,
    Transaction,
    ignore_query,
    translated,
)
from storage.errors import StoreError, Unavailable
from storage.json_text import encode_json
from storage.sqlite.channel import SqliteChannel
from storage.sqlite.connection import SqliteConnection, close_connections, execute
from storage.sqlite.errors import translate
from storage.sqlite.file import DatabaseFile
from storage.sqlite.opening import open_connections
from storage.sqlite.options import SqliteOptions
from storage.sqlite.readers import Readers, acquiring
from storage.sqlite.transaction import open_transaction
from storage.statements import Statement, Statements, load_statements

logger = logging.getLogger("freehold")


class SqliteDatabase:
    """One file. Reads take any idle reader; writes queue for the one writer.

    While the file is missing, or another is in its place, everything raises Unavailable. The other file is opened as
    soon as that is safe.
    """

    migrations = "storage.sqlite.migrations"
    preparation = ""

    def __init__(
        self,
        path: Path,
        connections: Sequence[SqliteConnection],
        options: SqliteOptions,
        deadlines: Deadlines,
        on_query: OnQuery,
        statements: Statements,
    ) -> None:
        self.statements = statements
        self._path = path
        self._options = options
        self.readers = options.readers
        self._readers = Readers(deadlines.acquire)
        self._adopt(connections)
        self._lost: Unavailable | None = None
        self._writing = asyncio.Lock()
        self._deadlines = deadlines
        self._door = Door(on_query, translate)
        self._closed = False
        self._watching: asyncio.Task[None] | None = None

    def watch(self) -> None:
        """Start checking, at intervals, that the file is still there."""
        self._watching = asyncio.create_task(self._watch())

    def _adopt(self, connections: Sequence[SqliteConnection]) -> None:
        self._writer, *readers = connections
        self._readers.add(readers)
        self._file = DatabaseFile(self._path)

    def encode_keys(self, keys: Sequence[str]) -> object:
        return encode_json(keys)

    async def fetch(
        self, statement: Statement, *args: object, keys: int = 1, timeout: float | None = None
    ) -> Sequence[Row]:
        self._refuse_closed()
        reader = await self._readers.take()
        try:
            rows = await self._door.run(
                statement, keys, execute(reader, statement.text, args, timeout or self._deadlines.statement)
            )
        except BaseException:
            self._readers.recover(reader)
            raise
        self._readers.give_back(reader)
        return rows

    async def fetch_pages(
        self, statement: Statement, pages: Sequence[Page], *, keys: int, timeout: float | None = None
    ) -> Sequence[Row]:
        # SQLite's LIMIT can't read a joined value, so pages of one size share a statement.
        groups = group_by_size(pages)
        rows: list[Row] = []
        for size, group in groups.items():
            served = keys if len(groups) == 1 else len({page["key"] for page in group})
            rows += await self.fetch(statement, encode_json(group), size, keys=served, timeout=timeout)
        return rows

    @asynccontextmanager
    async def transaction(self, *, timeout: float | None = None) -> AsyncIterator[Transaction]:
        self._refuse_closed()
        async with acquiring(self._deadlines.acquire):
            await self._writing.acquire()
        try:
            self._check_file()
            patience, deadline = self._deadlines.acquire, timeout or self._deadlines.statement
            async with open_transaction(
                self._door, self._writer, "BEGIN IMMEDIATE", patience=patience, timeout=deadline
            ) as transaction:
                yield transaction
            self._check_file()  # a write to a file that is gone must not be acknowledged
        finally:
            self._writing.release()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        self._refuse_closed()
        reader = await self._readers.take()
        try:
            patience, deadline = self._deadlines.acquire, self._deadlines.statement
            async with open_transaction(
                self._door, reader, "BEGIN", patience=patience, timeout=deadline
            ) as transaction:
                yield transaction
        finally:
            self._readers.give_back(reader)

    async def data_version(self) -> int:
        """A number that changes when a connection other than our writer commits."""
        self._refuse_closed()
        with translated(translate):
            ((version,),) = await self._writer.execute_fetchall("PRAGMA data_version")
        return int(version)

    def use(self) -> PoolUse:
        readers = self._readers
        busy = self.readers - readers.idle + self._writing.locked()
        return PoolUse(1 + self.readers, busy, readers.waits, readers.waited)

    def open_channel(self, handler: InvalidationHandler, max_staleness: float) -> Channel:
        channel = SqliteChannel(self.data_version, handler, max_staleness)
        channel.start()
        return channel

    async def plan(self, statement: Statement) -> list[str]:
        arguments = [None] * len(set(re.findall(r"\?\d+", statement.text)))
        steps = await self.fetch(Statement("plan", f"EXPLAIN QUERY PLAN {statement.text}"), *arguments)
        depths = {0: -1}
        for id, parent, _, _ in steps:
            depths[id] = depths.get(parent, -1) + 1
        return [f"{'  ' * depths[id]}{step}" for id, _, _, step in steps]

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await finish(self._close())

    async def _close(self) -> None:
        if self._watching is not None:
            await end(self._watching)
        await close_connections([*await self._readers.wait_for_recoveries(), self._writer])
        self._file.close()

    def _refuse_closed(self) -> None:
        if self._closed:
            raise Unavailable("SQLite: the database is closed")
        if self._lost is not None:
            raise Unavailable(str(self._lost))

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self._options.watch)
            try:
                if self._lost is not None and self._file.can_be_reopened():
                    await self._reopen()
                self._check_file()
            except Unavailable as exc:
                self._lose(exc)
            except Exception:
                logger.exception("watching the SQLite file failed")

    def _check_file(self) -> None:
        """Raises Unavailable unless the open file is the one at its path."""
        try:
            self._file.check()
        except Unavailable as exc:
            self._lose(exc)
            raise
        if self._lost is not None:
            self._lost = None
            logger.warning("SQLite: the file %s is there again", self._path)

    def _lose(self, reason: Unavailable) -> None:
        """Refuse everything for this reason. The log gets a line when the reason changes."""
        if str(reason) != str(self._lost):
            logger.error("%s", reason)
        self._lost = reason

    async def _reopen(self) -> None:
        """Open the file that is at the path now, once no old connection is in use.

        Raises Unavailable. Then there are no connections until a later call succeeds.
        """
        async with self._writing:
            readers = await self._readers.remove_all()
            with suppress(Exception):  # saves writes that are only in a log that was removed
                await self._writer.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")
            await finish(close_connections([*readers, self._writer]))
            self._file.close()
            try:
                connections = await open_connections(self._path, self._options, self._deadlines)
            except StoreError as exc:
                raise Unavailable(f"SQLite: the file {self._path} can't be opened: {exc}") from exc
            self._adopt(connections)


def group_by_size(pages: Iterable[Page]) -> dict[int, list[Page]]:
    """The pages by their size, in their order."""
    groups: dict[int, list[Page]] = {}
    for page in pages:
        groups.setdefault(page["size"], []).append(page)
    return groups


async def open_sqlite(
    path: Path,
    *,
    create: bool = False,
    options: SqliteOptions | None = None,
    deadlines: Deadlines | None = None,
    on_query: OnQuery = ignore_query,
) -> SqliteDatabase:
    """Open the file; `create` makes a missing one. Its folder must exist. Raises Unavailable or DeadlineExceeded."""
    options, deadlines = options or SqliteOptions(), deadlines or Deadlines()
    connections = await open_connections(path, options, deadlines, create=create)
    database = SqliteDatabase(path, connections, options, deadlines, on_query, load_statements("storage.sqlite"))
    database.watch()
    return database
