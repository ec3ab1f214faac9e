"""Postgres through asyncpg, over one pool of connections."""

from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from storage.channel import Channel, InvalidationHandler
from storage.completion import finish
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
from storage.errors import Unavailable
from storage.json_text import encode_json
from storage.postgres.address import Address, parse_address
from storage.postgres.budget import find_budget
from storage.postgres.channel import PostgresChannel
from storage.postgres.connecting import session_settings
from storage.postgres.connections import Connections
from storage.postgres.errors import translate
from storage.postgres.options import PostgresOptions
from storage.postgres.session import Connection as Session
from storage.postgres.session import Server, open_session
from storage.postgres.transaction import open_transaction
from storage.statements import Statement, Statements, load_statements

# A role may have the right to use the schema, but not to create it.
_CREATE_SCHEMA = """\
DO $$
BEGIN
    IF to_regnamespace('"{schema}"') IS NULL THEN
        CREATE SCHEMA "{schema}";
    END IF;
END
$$;
"""
_ANY_ARGUMENT = {"text": "", "json": "[]", "int4": 1, "int8": 1}  # of other types: an array


class PostgresDatabase:
    """One database. Every statement takes a connection for its own duration."""

    migrations = "storage.postgres.migrations"

    def __init__(
        self,
        connections: Connections,
        listen: Address,
        schema: str,
        deadlines: Deadlines,
        on_query: OnQuery,
        statements: Statements,
    ) -> None:
        self.statements = statements
        self._schema = schema
        self.preparation = _CREATE_SCHEMA.format(schema=schema) if schema else ""
        self.readers = max(1, connections.max_size - 1)
        self._connections = connections
        self._listen = listen
        self._deadlines = deadlines
        self._door = Door(on_query, translate)

    def encode_keys(self, keys: Sequence[str]) -> object:
        return keys

    async def fetch(
        self, statement: Statement, *args: object, keys: int = 1, timeout: float | None = None
    ) -> Sequence[Row]:
        connections = self._connections
        connection = connections.take_idle() or await connections.take()
        try:
            work: Any = connection.fetch(statement.text, *args, timeout=timeout or self._deadlines.statement)
            rows = await self._door.run(statement, keys, work)
        except BaseException as exc:
            connections.put_back(connection, exc)
            raise
        connections.keep(connection)
        return rows

    def fetch_pages(
        self, statement: Statement, pages: Sequence[Page], *, keys: int, timeout: float | None = None
    ) -> Coroutine[Any, Any, Sequence[Row]]:
        return self.fetch(statement, encode_json(pages), keys=keys, timeout=timeout)

    @asynccontextmanager
    async def transaction(self, *, timeout: float | None = None) -> AsyncIterator[Transaction]:
        async with (
            self._connections.lent() as connection,
            open_transaction(
                self._door, connection, self._deadlines, schema=self._schema, timeout=timeout
            ) as transaction,
        ):
            if timeout is not None:
                with translated(translate):
                    await connection.execute(f"SET LOCAL statement_timeout = {int(timeout * 1000)}")
            yield transaction

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        async with (
            self._connections.lent() as connection,
            open_transaction(
                self._door, connection, self._deadlines, schema=self._schema, isolation="repeatable_read", readonly=True
            ) as transaction,
        ):
            with translated(translate):
                await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield transaction

    def use(self) -> PoolUse:
        return self._connections.use()

    def open_channel(self, handler: InvalidationHandler, max_staleness: float) -> Channel:
        channel = PostgresChannel(self._listen, self._connections, self._schema, handler, max_staleness)
        channel.start()
        return channel

    async def plan(self, statement: Statement) -> list[str]:
        async with self._connections.lent() as connection:
            with translated(translate):
                # The driver needs arguments, which GENERIC_PLAN ignores.
                try:
                    explain = await connection.prepare(f"EXPLAIN (GENERIC_PLAN) {statement.text}")
                except asyncpg.PostgresSyntaxError as exc:
                    raise Unavailable("Postgres plans without arguments only from version 16 on") from exc
                arguments = [_ANY_ARGUMENT.get(kind.name, []) for kind in explain.get_parameters()]
            work: Any = explain.fetch(*arguments)
            rows = await self._door.run(Statement("plan", explain.get_query()), 1, work)
        return [row[0] for row in rows]

    async def close(self) -> None:
        await self._connections.close()


async def open_postgres(
    url: str,
    *,
    options: PostgresOptions | None = None,
    deadlines: Deadlines | None = None,
    on_query: OnQuery = ignore_query,
) -> PostgresDatabase:
    """Open the pool and its first connection. Raises Unavailable, DeadlineExceeded, or ValueError for a bad URL."""
    options, deadlines = options or PostgresOptions(), deadlines or Deadlines()
    address = parse_address(url)
    listen = parse_address(options.listen_url) if options.listen_url else address
    pgbouncer = options.pgbouncer or address.pgbouncer
    settings = address.server_settings if pgbouncer else session_settings(address, deadlines.statement)

    async def connect() -> tuple[Session, Server]:
        return await open_session(
            address,
            deadlines.connect,
            command_timeout=deadlines.statement,
            statement_cache_size=options.statement_cache,
            max_cached_statement_lifetime=0,
            server_settings=settings,
        )

    connections = Connections(connect, max_size=options.pool_size, timeout=deadlines.acquire)
    try:
        # Connecting has a deadline of its own, with a better error, so this one is longer.
        async with connections.lent(2 * (address.connect_timeout or deadlines.connect)) as connection:
            if not pgbouncer:
                with translated(translate):
                    connections.max_size = await find_budget(connection, options)
    except BaseException:
        await finish(connections.close())
        raise
    statements = load_statements("storage.postgres", schema=options.schema)
    return PostgresDatabase(connections, listen, options.schema, deadlines, on_query, statements)
