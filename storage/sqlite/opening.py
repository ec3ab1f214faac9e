"""Opening the connections of one SQLite file."""

import asyncio
from pathlib import Path

from storage.completion import finish
from storage.database import Deadlines, translated
from storage.sqlite.access import check_access
from storage.sqlite.connection import BUSY, SqliteConnection, close_connections, run_when_free
from storage.sqlite.errors import translate
from storage.sqlite.options import SqliteOptions

# After a crash, the index looks as if a checkpoint were running, until one runs. DatabaseFile would accept any write.
_SETTLE = "wal_checkpoint(PASSIVE)"


async def open_connections(
    path: Path, options: SqliteOptions, deadlines: Deadlines, *, create: bool = False
) -> list[SqliteConnection]:
    """The writer, and then the readers. `create` makes a missing file. Raises Unavailable or DeadlineExceeded."""
    check_access(path)
    opened: list[SqliteConnection] = []
    try:
        with translated(translate):
            async with asyncio.timeout(deadlines.connect):
                for index in range(1 + options.readers):
                    connection = SqliteConnection(path, create=create)
                    opened.append(connection)
                    await connection
                    for pragma in _pragmas(options, deadlines, reader=index > 0):
                        await run_when_free(connection, f"PRAGMA {pragma}", deadlines.connect)
    except BaseException:
        await finish(close_connections(opened))
        raise
    return opened


def _pragmas(options: SqliteOptions, deadlines: Deadlines, *, reader: bool) -> list[str]:
    patience = min(deadlines.acquire, deadlines.statement)
    return [
        f"busy_timeout = {int(BUSY * 1000)}",
        "journal_mode = WAL",
        # FULL: an acknowledged write survives a loss of power.
        "synchronous = FULL",
        "foreign_keys = ON",
        f"mmap_size = {options.mmap}",
        # Pages that each connection keeps, in KiB: as fast as a mapped file, which can end the process.
        "cache_size = -16000",
        "temp_store = MEMORY",
        # Rows of each index that ANALYZE reads. A million take seconds, and other writers wait.
        "analysis_limit = 1000",
        *(["query_only = ON", f"busy_timeout = {int(patience * 1000)}"] if reader else [_SETTLE]),
    ]
