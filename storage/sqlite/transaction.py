"""Transactions of a SQLite connection, and scripts within them."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from sqlite3 import complete_statement

import aiosqlite

from storage.completion import finish
from storage.database import Door, Unit, translated
from storage.sqlite.connection import execute, roll_back, run_when_free
from storage.sqlite.errors import translate


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
    """A transaction: committed at the end at the latest, rolled back on any exception, cancellation included."""
    try:
        await run_when_free(connection, begin, patience)
        work = UnitOfWork(connection)
        yield work
        if not work.is_committed:
            await work.commit()
    except BaseException:
        await finish(roll_back(connection))
        raise


class SqliteTransaction(Unit):
    """Implements `Transaction` (storage/database.py)."""

    def __init__(self, door: Door, connection: aiosqlite.Connection, timeout: float, work: UnitOfWork) -> None:
        super().__init__(door, partial(execute, connection), timeout, work.commit)

    async def run_script(self, sql: str) -> None:
        for statement in split_script(sql):
            with translated(translate):
                await self._run(statement, (), self._timeout)


def split_script(sql: str) -> list[str]:
    """The complete statements of a script. Raises ValueError if the last one is incomplete."""
    statements: list[str] = []
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if complete_statement(pending):
            statements.append(pending)
            pending = ""
    if re.sub("--.*", "", pending).strip():
        raise ValueError(f"the script ends amid a statement: {pending}")
    return statements
