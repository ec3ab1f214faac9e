"""Postgres through one asyncpg pool."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import asyncpg
import msgspec

from storage.cache.cache import Cache
from storage.cache.channel import Channel
from storage.database import (
    Connection,
    Deadlines,
    Door,
    OnQuery,
    Page,
    PoolUse,
    Row,
    Transaction,
    Unit,
    encode_json,
    ignore_query,
    translated,
)
from storage.errors import Unavailable
from storage.postgres.address import Address, parse_address
from storage.postgres.channel import PostgresChannel
from storage.postgres.connecting import check_server, connect, connecting, session_settings
from storage.postgres.connections import LOST, Connections
from storage.postgres.errors import translate
from storage.statements import Statement, load_statements

_MICROS_BEFORE_2000 = 946_684_800_000_000
_ANY_ARGUMENT = {"text": "", "json": "[]", "int4": 1, "int8": 1}  # of other types: an array


class PostgresOptions(msgspec.Struct, frozen=True):
    """How the pool is sized and how it talks.

    The pool holds at most `pool_size` connections, and never more than
    `(max_connections − reserve) / instances − beside`, so that all instances together leave `reserve` for others;
    `beside` is what each holds outside its pool: one that listens, and another while that is proved to hear.
    Behind a PgBouncer in transaction mode (`pgbouncer`), the server's settings are not sent and the limit is
    PgBouncer's to keep; `statement_cache` 0 is for one older than 1.21. `listen_url` leads past it, to Postgres itself.
    """

    pool_size: int = 10
    reserve: int = 10
    instances: int = 1
    beside: int = 0
    pgbouncer: bool = False
    statement_cache: int = 256
    listen_url: str | None = None


class _Session(asyncpg.Connection):
    """Nothing we run changes a session, so a connection needs no reset when it goes back to the pool."""

    def get_reset_query(self) -> str:
        return ""


class PostgresDatabase:
    """One database. Every statement takes a connection of the pool for its own duration."""

    migrations = "storage.postgres.migrations"

    def __init__(self, pool: Any, listen: Address, deadlines: Deadlines, on_query: OnQuery) -> None:
        self.statements = load_statements("storage.postgres")
        self.readers = max(1, pool.get_max_size() - 1)
        self._connections = Connections(pool, deadlines.acquire)
        self._listen = listen
        self._deadlines = deadlines
        self._door = Door(on_query, translate)

    def encode_keys(self, keys: Sequence[str]) -> object:
        return keys

    async def fetch(
        self, statement: Statement, *args: object, keys: int = 1, timeout: float | None = None
    ) -> Sequence[Row]:
        connections = self._connections
        connection = connections.find() or await connections.take()
        try:
            work = connection.fetch(statement.text, *args, timeout=timeout or self._deadlines.statement)
            rows = await self._door.run(statement, keys, work)
        except BaseException:
            await connections.put_back(connection)
            raise
        if not connections.keep(connection):
            await connections.put_back(connection)
        return rows

    async def fetch_pages(
        self, statement: Statement, pages: Sequence[Page], *, keys: int, timeout: float | None = None
    ) -> Sequence[Row]:
        return await self.fetch(statement, encode_json(pages), keys=keys, timeout=timeout)

    @asynccontextmanager
    async def transaction(self, *, timeout: float | None = None) -> AsyncIterator[Transaction]:
        async with self._connections.lent() as connection, _unit_of_work(connection.transaction(), self._deadlines):
            if timeout is not None:
                with translated(translate):
                    await connection.execute(f"SET LOCAL statement_timeout = {int(timeout * 1000)}")
            unit = _PostgresTransaction(self._door, connection, timeout or self._deadlines.statement)
            yield unit
            unit.refuse_failed()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        async with self._connections.lent() as connection:
            reading = connection.transaction(isolation="repeatable_read", readonly=True)
            async with _unit_of_work(reading, self._deadlines):
                with translated(translate):
                    await connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
                yield _PostgresTransaction(self._door, connection, self._deadlines.statement)

    def use(self) -> PoolUse:
        return self._connections.use()

    def open_channel(self, cache: Cache, bound: float) -> Channel:
        return PostgresChannel(self._listen, cache, bound)

    async def plan(self, statement: Statement) -> list[str]:
        async with self._connections.lent() as connection:
            with translated(translate):
                # The driver wants arguments all the same, which GENERIC_PLAN ignores.
                try:
                    explain = await connection.prepare(f"EXPLAIN (GENERIC_PLAN) {statement.text}")
                except asyncpg.PostgresSyntaxError as exc:
                    raise Unavailable("Postgres plans without arguments only from version 16 on") from exc
                arguments = [_ANY_ARGUMENT.get(kind.name, []) for kind in explain.get_parameters()]
            rows = await self._door.run(Statement("plan", explain.get_query()), 1, explain.fetch(*arguments))
        return [row[0] for row in rows]

    async def close(self) -> None:
        await self._connections.close()


class _PostgresTransaction(Unit):
    def __init__(self, door: Door, connection: Any, timeout: float) -> None:
        super().__init__(door, partial(_execute, connection), timeout)
        self._connection = connection

    async def run_script(self, sql: str) -> None:
        with translated(translate):
            await self._connection.execute(sql, timeout=self._timeout)


async def _execute(connection: Any, text: str, args: Sequence[object], timeout: float) -> Sequence[Row]:
    rows: Sequence[Row] = await connection.fetch(text, *args, timeout=timeout)
    return rows


@asynccontextmanager
async def _unit_of_work(transaction: Any, deadlines: Deadlines) -> AsyncIterator[None]:
    with translated(translate):
        await transaction.start()
    try:
        yield
    except BaseException:
        with suppress(*LOST):  # a connection that can't roll back is not kept
            async with asyncio.timeout(deadlines.acquire):
                await transaction.rollback()
        raise
    with translated(translate):
        await transaction.commit()


async def open_postgres(
    url: str,
    *,
    options: PostgresOptions | None = None,
    deadlines: Deadlines | None = None,
    on_query: OnQuery = ignore_query,
) -> PostgresDatabase:
    """Connect and fill the pool's first place. Raises Unavailable, or DeadlineExceeded if it takes too long.

    Raises ValueError for a URL that can't be taken apart.
    """
    options, deadlines = options or PostgresOptions(), deadlines or Deadlines()
    address = parse_address(url)
    pgbouncer = options.pgbouncer or address.pgbouncer
    size = options.pool_size if pgbouncer else await _budget(address, options, deadlines)
    seconds = address.connect_timeout or deadlines.connect
    settings = address.server_settings if pgbouncer else session_settings(address, deadlines.statement)
    with connecting(address, seconds):
        pool = await asyncpg.create_pool(
            **address.arguments(),
            min_size=1,
            max_size=size,
            timeout=seconds,
            command_timeout=deadlines.statement,
            connection_class=_Session,
            init=_prepare,
            statement_cache_size=options.statement_cache,
            max_cached_statement_lifetime=0,
            server_settings=settings,
        )
    listen = parse_address(options.listen_url) if options.listen_url else address
    return PostgresDatabase(pool, listen, deadlines, on_query)


async def _budget(address: Address, options: PostgresOptions, deadlines: Deadlines) -> int:
    connection = await connect(address, deadlines.connect)
    try:
        check_server(connection)
        with translated(translate):
            most = int(await connection.fetchval("SHOW max_connections"))
    finally:
        await connection.close()
    share = (most - options.reserve) // options.instances - options.beside
    if share < 1:
        raise Unavailable(_shortage(most, options))
    return min(options.pool_size, share)


def _shortage(most: int, options: PostgresOptions) -> str:
    each = 1 + options.beside
    cache = (
        f", 1 for its pool and {options.beside} for the cache, which listens for others' writes"
        " (FREEHOLD_CACHE_URL=none needs none)"
        if options.beside
        else ""
    )
    return (
        f"Postgres takes {most} connections, of which {options.reserve} are left to others (FREEHOLD_POOL_RESERVE)."
        f" {options.instances} processes (FREEHOLD_INSTANCES times FREEHOLD_WORKERS) need {each} each{cache}:"
        f" {options.instances * each}. Raise max_connections to {options.instances * each + options.reserve},"
        " or lower one of these settings"
    )


async def _prepare(connection: Any) -> None:
    """Records hold times as microseconds since 1970; Postgres sends microseconds since 2000."""
    check_server(connection)
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        format="tuple",
        encoder=lambda micros: (micros - _MICROS_BEFORE_2000,),
        decoder=lambda value: value[0] + _MICROS_BEFORE_2000,
    )
