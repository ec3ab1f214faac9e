"""Writing files of rows."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from storage.database import Database


class ImportSession:
    """To be written."""

    @classmethod
    @asynccontextmanager
    async def open(
        cls, database: Database, *, clock: Callable[[], int], dry_run: bool
    ) -> AsyncIterator["ImportSession"]:
        yield cls()
