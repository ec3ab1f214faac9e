"""Transactions of a Postgres connection, and scripts within them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from storage.database import Deadlines, Door, Row, Unit, translated
from storage.postgres.channel import CHANNEL
from storage.postgres.errors import LOST, translate
from storage.postgres.session import Connection


class UnitOfWork:
    """A transaction that has begun."""

    def __init__(self, transaction: Any) -> None:
        self.is_ending = False
        self._transaction = transaction

    async def commit(self) -> None:
        self.is_ending = True  # if it fails, there is nothing to roll back
        with translated(translate):
            await self._transaction.commit()


@asynccontextmanager
async def unit_of_work(connection: Connection, deadlines: Deadlines, **options: Any) -> AsyncIterator[UnitOfWork]:
    """A transaction: committed at the end at the latest, or rolled back on an exception."""
    transaction = connection.transaction(**options)
    work = UnitOfWork(transaction)
    with translated(translate):
        try:
            await transaction.start()
        except BaseException:
            connection.terminate()  # it may or may not be in a transaction
            raise
    try:
        yield work
    except BaseException:
        if not work.is_ending:
            try:
                async with asyncio.timeout(deadlines.acquire):
                    await transaction.rollback()
            except LOST:
                connection.terminate()
        raise
    if not work.is_ending:
        await work.commit()


class PostgresTransaction(Unit):
    """Implements `Transaction` (storage/database.py)."""

    def __init__(self, door: Door, connection: Any, timeout: float, work: UnitOfWork, schema: str) -> None:
        super().__init__(door, partial(_execute, connection), timeout, work.commit)
        self._schema = schema
        self._connection = connection

    async def run_script(self, sql: str) -> None:
        with translated(translate):
            await self._connection.execute(in_schema(sql, self._schema), timeout=self._timeout)


async def _execute(connection: Any, text: str, args: Sequence[object], timeout: float) -> Sequence[Row]:
    rows: Sequence[Row] = await connection.fetch(text, *args, timeout=timeout)
    return rows


def in_schema(script: str, schema: str) -> str:
    """The script of a migration, with names that resolve to the schema until the transaction ends."""
    script = script.replace("{channel}", f"{CHANNEL}_{schema}" if schema else CHANNEL)
    return f'SET LOCAL search_path TO "{schema}";\n{script}' if schema else script
