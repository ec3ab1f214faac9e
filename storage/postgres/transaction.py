"""Transactions of a Postgres connection, and scripts within them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from storage.database import Deadlines, Door, Row, Unit, translated
from storage.postgres.channel import CHANNEL
from storage.postgres.errors import LOST, translate
from storage.postgres.session import Connection


class PostgresTransaction(Unit):
    """Implements `Transaction` (storage/database.py), once the driver's has begun."""

    def __init__(self, door: Door, connection: Connection, transaction: Any, schema: str, timeout: float) -> None:
        super().__init__(door, timeout)
        self._connection = connection
        self._transaction = transaction
        self._schema = schema

    async def run_script(self, sql: str) -> None:
        with translated(translate):
            await self._connection.execute(in_schema(sql, self._schema), timeout=self._timeout)

    async def _run(self, text: str, args: Sequence[object], timeout: float) -> Sequence[Row]:
        rows: Any = await self._connection.fetch(text, *args, timeout=timeout)
        return rows  # type: ignore[no-any-return]

    async def _commit(self) -> None:
        self.is_ending = True  # if it fails, there is nothing to roll back
        with translated(translate):
            await self._transaction.commit()


@asynccontextmanager
async def open_transaction(
    door: Door,
    connection: Connection,
    deadlines: Deadlines,
    *,
    schema: str,
    timeout: float | None = None,
    **options: Any,
) -> AsyncIterator[PostgresTransaction]:
    """A transaction: committed at the end at the latest, or rolled back on an exception.

    `timeout`, in seconds, replaces the deadline of each statement; `options` are those of the driver's transaction.
    """
    begun = connection.transaction(**options)
    with translated(translate):
        try:
            await begun.start()
        except BaseException:
            connection.terminate()  # it may or may not be in a transaction
            raise
    transaction = PostgresTransaction(door, connection, begun, schema, timeout or deadlines.statement)
    try:
        yield transaction
        transaction.refuse_failed()
        if not transaction.is_ending:
            await transaction.commit()
    except BaseException:
        if not transaction.is_ending:
            try:
                async with asyncio.timeout(deadlines.acquire):
                    await begun.rollback()
            except LOST:
                connection.terminate()
        raise


def in_schema(script: str, schema: str) -> str:
    """The script of a migration, with names that resolve to the schema until the transaction ends."""
    script = script.replace("{channel}", f"{CHANNEL}_{schema}" if schema else CHANNEL)
    return f'SET LOCAL search_path TO "{schema}";\n{script}' if schema else script
