"""The store over one database, the same for SQLite and Postgres: they differ behind `Database` and in their SQL."""

import time
from collections.abc import AsyncIterator, Callable, Coroutine, Hashable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from storage import writes
from storage.database import Database
from storage.draft import Draft
from storage.errors import Rejected
from storage.migrations import check_schema
from storage.read import AnyRead, Read, find_nothing, read_by_shape
from storage.rows import build_maker
from storage.sql.composing import Fragments
from storage.sql.prepared_read import PreparedRead
from storage.table import Table
from storage.tables import TABLES
from storage.view import EVERYTHING, View

if TYPE_CHECKING:  # a server imports no files
    from storage.transfer.session import ImportSession
    from storage.transfer.snapshot import Snapshot

Record = TypeVar("Record", bound=msgspec.Struct)
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_MAX_PREPARED = 1024
"""The number of prepared reads, one for each read and view, that are kept."""


def now_in_micros() -> int:
    """Microseconds since 1970-01-01T00:00:00Z."""
    return time.time_ns() // 1000


class SqlStore:
    """Implements `Store` (storage/store.py), which documents the methods.

    `count_timeout` is in seconds. `invalidating` is entered with the tags of every write.
    """

    keeps_pages = False

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], int] = now_in_micros,
        count_timeout: float = 0.5,
        invalidating: writes.Invalidating = writes.invalidate_nothing,
    ) -> None:
        self._database = database
        self._fragments = Fragments(database.statements.fragments, database.statements.rows)
        self._clock = clock
        self._count_timeout = count_timeout
        self._invalidating = invalidating
        self._prepare: Callable[[AnyRead, View], PreparedRead] = lru_cache(_MAX_PREPARED)(self._prepare_read)

    def read(
        self, read: Read[Key, Value, Any], keys: Sequence[Key], view: View = EVERYTHING
    ) -> Coroutine[Any, Any, Mapping[Key, Value]]:
        if not keys:
            return find_nothing()
        prepared = self._prepare(read, view)
        if read.has_shapes:
            return read_by_shape(read, keys, view.visibility, lambda shape, keys: read.run(prepared, keys))
        return read.run(prepared, keys)

    def _prepare_read(self, read: AnyRead, view: View) -> PreparedRead:
        statements, fields = self._database.statements, view.projection
        if read.record is not None and read.sorted_by:
            fields = fields.with_more(read.record, read.sorted_by)
        view = View(fields, view.visibility)
        joined = [
            (reference, other.record)
            for table in TABLES
            for reference, other in table.refers.items()
            if table.record is read.record and statements.joins(read.name, reference, fields)
        ]
        return PreparedRead(
            self._database,
            statements.view(read.name, view),
            self._fragments,
            build_maker(read.record, fields, joined[0] if joined else None),
            view.visibility,
            self._count_timeout,
        )

    async def create(self, table: Table[Record], drafts: Sequence[Draft]) -> list[Record]:
        """A unique violation doesn't say which row collided. On a retry, the check before the insert finds it."""
        try:
            async with self._writing() as writing:
                return await writes.create(writing, table, drafts, self._clock())
        except Rejected as rejected:
            if any(problem.index is not None for problem in rejected.problems):
                raise
        async with self._writing() as writing:
            return await writes.create(writing, table, drafts, self._clock())

    async def update(
        self, table: Table[Record], id: str, changes: Mapping[str, Any], *, expected_version: int | None = None
    ) -> Record:
        async with self._writing() as writing:
            return await writes.update(writing, table, id, changes, self._clock(), expected_version=expected_version)

    async def delete(self, table: Table[Record], id: str) -> Record:
        async with self._writing() as writing:
            return await writes.delete(writing, table, id)

    def importing(self, *, dry_run: bool = False) -> AbstractAsyncContextManager["ImportSession"]:
        from storage.transfer.session import ImportSession

        return ImportSession.open(self._database, clock=self._clock, dry_run=dry_run, invalidating=self._invalidating)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator["Snapshot"]:
        async with self._database.snapshot() as connection:
            from storage.transfer.snapshot import Snapshot

            yield Snapshot(self._database.statements, connection)

    async def check(self) -> None:
        await check_schema(self._database)

    async def close(self) -> None:
        await self._database.close()

    def _writing(self) -> AbstractAsyncContextManager[writes.Writing]:
        return writes.writing(self._database, self._invalidating)
