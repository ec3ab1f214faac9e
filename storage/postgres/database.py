"""Postgres through one asyncpg pool."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import msgspec
import orjson

from storage.database import Connection, Deadlines, Door, OnQuery, Page, Row, Transaction, ignore_query
from storage.errors import DeadlineExceeded, Unavailable
from storage.postgres.errors import translate
from storage.statements import Statement, load_statements

_MICROS_BEFORE_2000 = 946_684_800_000_000


class PostgresOptions(msgspec.Struct, frozen=True):
    """How the pool is sized and how it talks.

    The pool holds at most `pool_size` connections, and never more than
    `(max_connections − reserve) / instances`, so that all instances together leave `reserve` for others.
    Behind a PgBouncer in transaction mode (`pgbouncer`), the server's settings are not sent and the limit is
    PgBouncer's to keep; `statement_cache` 0 is for one older than 1.21.
    """

    pool_size: int = 10
    reserve: int = 10
    instances: int = 1
    pgbouncer: bool = False
    statement_cache: int = 256


class _Session(asyncpg.Connection):
    """Nothing we run changes a session, so a connection needs no reset when it goes back to the pool."""

    def get_reset_query(self) -> str:
        return ""


class PostgresDatabase:
    """One database. Every statement takes a connection of the pool for its own duration."""

    migrations = "storage.postgres.migrations"

    def __init__(self, pool: Any, deadlines: Deadlines, on_query: OnQuery) -> None:
        self.statements = load_statements("storage.postgres")
        self._pool = pool
        self._deadlines = deadlines
        self._door = Door(on_query, translate)

    def encode_keys(self, keys: Sequence[str]) -> object:
        return keys

    async def fetch(
        self, statement: Statement, *args: object, keys: int = 1, timeout: float | None = None
    ) -> Sequence[Row]:
        async with self._acquire() as connection:
            return await self._door.run(
                statement,
                keys,
                connection.fetch(statement.text, *args, timeout=timeout or self._deadlines.statement),
            )

    async def fetch_pages(
        self, statement: Statement, pages: Sequence[Page], *, keys: int, timeout: float | None = None
    ) -> Sequence[Row]:
        return await self.fetch(statement, orjson.dumps(pages).decode(), keys=keys, timeout=timeout)

    @asynccontextmanager
    async def transaction(self, *, timeout: float | None = None) -> AsyncIterator[Transaction]:
        async with self._acquire() as connection, _translated(), connection.transaction():
            if timeout is not None:
                await connection.execute(f"SET LOCAL statement_timeout = {int(timeout * 1000)}")
            yield _PostgresTransaction(connection, self._door, timeout or self._deadlines.statement)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Connection]:
        async with (
            self._acquire() as connection,
            _translated(),
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield _PostgresTransaction(connection, self._door, self._deadlines.statement)

    async def close(self) -> None:
        try:
            await self._pool.close()
        except BaseException:
            self._pool.terminate()
            raise

    @asynccontextmanager
    async def _acquire(self) -> AsyncIterator[Any]:
        try:
            connection = await self._pool.acquire(timeout=self._deadlines.acquire)
        except TimeoutError as exc:
            raise DeadlineExceeded("no connection to Postgres became free in time") from exc
        except Exception as exc:
            raise translate(exc) from exc
        try:
            yield connection
        finally:
            await self._pool.release(connection)


class _PostgresTransaction:
    def __init__(self, connection: Any, door: Door, timeout: float) -> None:
        self._connection = connection
        self._door = door
        self._timeout = timeout

    async def fetch(
        self, statement: Statement, *args: object, keys: int = 1, timeout: float | None = None
    ) -> Sequence[Row]:
        work = self._connection.fetch(statement.text, *args, timeout=timeout or self._timeout)
        return await self._door.run(statement, keys, work)

    async def run_script(self, sql: str) -> None:
        await self._connection.execute(sql, timeout=self._timeout)


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    """BEGIN and COMMIT can fail as statements do."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as exc:
        raise translate(exc) from exc


async def open_postgres(
    url: str,
    *,
    options: PostgresOptions | None = None,
    deadlines: Deadlines | None = None,
    on_query: OnQuery = ignore_query,
) -> PostgresDatabase:
    """Connect and fill the pool's first place. Raises Unavailable, or DeadlineExceeded if it takes too long."""
    options, deadlines = options or PostgresOptions(), deadlines or Deadlines()
    try:
        size = options.pool_size if options.pgbouncer else await _budget(url, options, deadlines)
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=size,
            timeout=deadlines.connect,
            connection_class=_Session,
            init=_read_times_as_integers,
            statement_cache_size=options.statement_cache,
            max_cached_statement_lifetime=0,
            server_settings=None if options.pgbouncer else _server_settings(deadlines),
        )
    except (Exception, TimeoutError) as exc:
        raise translate(exc) from exc
    return PostgresDatabase(pool, deadlines, on_query)


async def _budget(url: str, options: PostgresOptions, deadlines: Deadlines) -> int:
    connection = await asyncpg.connect(url, timeout=deadlines.connect)
    try:
        most = int(await connection.fetchval("SHOW max_connections"))
    finally:
        await connection.close()
    share = (most - options.reserve) // options.instances
    if share < 1:
        raise Unavailable(
            f"{options.instances} instances can't share Postgres' {most} connections with {options.reserve} kept back"
        )
    return min(options.pool_size, share)


def _server_settings(deadlines: Deadlines) -> dict[str, str]:
    return {
        "application_name": "freehold",
        "statement_timeout": str(int(deadlines.statement * 1000)),
        "idle_in_transaction_session_timeout": "60000",
        # Compiling takes longer than any of our statements runs.
        "jit": "off",
    }


async def _read_times_as_integers(connection: Any) -> None:
    """Records hold times as microseconds since 1970; Postgres sends microseconds since 2000."""
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        format="tuple",
        encoder=lambda micros: (micros - _MICROS_BEFORE_2000,),
        decoder=lambda value: value[0] + _MICROS_BEFORE_2000,
    )
