"""Transactions of a SQLite connection, and scripts within them."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from sqlite3 import complete_statement

from storage.completion import finish
from storage.database import Door, Row, Unit, translated
from storage.sqlite.connection import SqliteConnection, execute, roll_back, run_when_free
from storage.sqlite.errors import translate


class SqliteTransaction(Unit):
    """Implements `Transaction` (storage/database.py), once it has begun."""

    def __init__(self, door: Door, connection: SqliteConnection, timeout: float) -> None:
        super().__init__(door, timeout)
        self._connection = connection

    async def run_script(self, sql: str) -> None:
        for statement in split_script(sql):
            with translated(translate):
                await self._run(statement, (), self._timeout)

    async def _run(self, text: str, args: Sequence[object], timeout: float) -> Sequence[Row]:
        return await execute(self._connection, text, args, timeout)

    async def _commit(self) -> None:
        with translated(translate):
            await finish(self._connection.execute_fetchall("COMMIT"))
        self.is_ending = True


@asynccontextmanager
async def open_transaction(
    door: Door, connection: SqliteConnection, begin: str, *, patience: float, timeout: float
) -> AsyncIterator[SqliteTransaction]:
    """A transaction: committed at the end at the latest, rolled back on any exception, cancellation included.

    Another process that writes is waited for `patience` seconds; `timeout` is the deadline of each statement.
    """
    try:
        await run_when_free(connection, begin, patience)
        transaction = SqliteTransaction(door, connection, timeout)
        yield transaction
        transaction.refuse_failed()
        if not transaction.is_ending:
            await transaction.commit()
    except BaseException:
        await finish(roll_back(connection))
        raise


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
