"""The schema of the settings: our tables beside another's, and two Freeholds in one database."""

import asyncio
import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from storage.cache.memory import MemoryCache
from storage.database import Database
from storage.errors import Misconfigured, Occupied
from storage.migrations import applied_migrations, check_schema, load_migrations, migrate
from storage.opening import Options, open_database
from storage.postgres.options import PostgresOptions
from storage.reads.owner import OWNERS_BY_ID
from storage.record import Owner
from storage.sql_store import SqlStore
from storage.statements import load_statements
from storage.tables import OWNERS
from tests.drafts import an_owner
from tests.missing import skip_or_fail
from tests.storage.postgres.pgbouncer import find_pgbouncer, open_pgbouncer

BOUND = 0.4
TABLES = ("owners", "properties", "price_changes", "schema_migrations")


@asynccontextmanager
async def opened(url: str, schema: str = "", *, pgbouncer: bool = False) -> AsyncIterator[Database]:
    postgres = PostgresOptions(schema=schema, pool_size=2, pgbouncer=pgbouncer, statement_cache=0 if pgbouncer else 256)
    database = await open_database(url, options=Options(postgres=postgres))
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def outsider(empty_postgres_url: str) -> AsyncIterator[Any]:
    """A connection that is not the store's."""
    connection = await asyncpg.connect(empty_postgres_url)
    yield connection
    await connection.close()


async def create_owner(database: Database) -> Owner:
    (owner,) = await SqlStore(database).create(OWNERS, [an_owner()])
    return owner


@pytest.mark.parametrize("name", load_statements("storage.postgres"))
def test_every_statement_names_the_schema_of_every_table(name: str) -> None:
    text = load_statements("storage.postgres", schema="estate")[name].text
    bare = re.findall(rf"(?<![\w.\"])(?:{'|'.join(TABLES)})\b(?! AS)", re.sub(r"--.*", "", text))
    assert not bare


def test_no_migration_names_a_channel_or_a_schema_of_its_own() -> None:
    for migration in load_migrations("storage.postgres.migrations"):
        for call in re.findall(r"pg_notify\(('.*?')", migration.sql):
            assert call == "'{channel}'", migration.name
        assert "public." not in migration.sql


@pytest.mark.parametrize("foreign", TABLES)
async def test_another_s_table_ends_the_migration_in_a_sentence(
    empty_postgres_url: str, outsider: Any, foreign: str
) -> None:
    await outsider.execute(f"CREATE TABLE {foreign} (version bigint PRIMARY KEY, dirty boolean)")
    async with opened(empty_postgres_url) as database:
        with pytest.raises(Occupied, match=rf"{foreign}.* is not Freehold's: use another .*FREEHOLD_DATABASE_SCHEMA"):
            await migrate(database)
    tables = await outsider.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert [row[0] for row in tables] == [foreign]


@pytest.mark.parametrize("by_pgbouncer", [False, True])
async def test_our_tables_live_in_a_schema_beside_another_s(
    empty_postgres_url: str, outsider: Any, *, by_pgbouncer: bool
) -> None:
    for table in TABLES:
        await outsider.execute(f"CREATE TABLE {table} (id integer)")
    async with (
        _way(empty_postgres_url, by_pgbouncer=by_pgbouncer) as url,
        opened(url, "estate", pgbouncer=by_pgbouncer) as database,
    ):
        assert len(await migrate(database)) == len(load_migrations(database.migrations))
        assert await migrate(database) == []
        await check_schema(database)
        owner = await create_owner(database)
        assert list((await SqlStore(database).read(OWNERS_BY_ID, [owner.id])).values()) == [owner]
        await database.fetch(database.statements["analyze"])
    assert await outsider.fetchval("SELECT count(*) FROM estate.owners") == 1
    assert await outsider.fetchval("SELECT count(*) FROM public.owners") == 0


@asynccontextmanager
async def _way(url: str, *, by_pgbouncer: bool) -> AsyncIterator[str]:
    if not by_pgbouncer:
        yield url
        return
    program = find_pgbouncer()
    if program is None:
        skip_or_fail("there is no PgBouncer on this machine")
    async with open_pgbouncer(program, url, pool_size=2) as through:
        yield through


class Heard(MemoryCache):
    """What a channel has forgotten in it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.forgot = asyncio.Event()

    async def forget(self, tags: Collection[str]) -> None:
        self.tags |= set(tags)
        self.forgot.set()
        await super().forget(tags)


@asynccontextmanager
async def listening(database: Database) -> AsyncIterator[Heard]:
    """What a live channel of the database forgets."""
    cache = Heard()
    channel = database.open_channel(cache, BOUND)
    try:
        while not channel.is_live:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        yield cache
    finally:
        await channel.close()


async def test_two_freeholds_in_one_database_receive_only_their_own_writes(empty_postgres_url: str) -> None:
    async with opened(empty_postgres_url) as usual, opened(empty_postgres_url, "estate") as estate:
        await migrate(usual)
        await migrate(estate)
        async with listening(usual) as heard, listening(estate) as heard_in_estate:
            first = await create_owner(estate)
            await heard_in_estate.forgot.wait()
            second = await create_owner(usual)
            await heard.forgot.wait()
        assert heard_in_estate.tags == {f"owner:{first.id}"}
        assert heard.tags == {f"owner:{second.id}"}


async def test_a_schema_that_is_set_later_receives_the_notifications_of_its_triggers(
    empty_postgres_url: str, outsider: Any
) -> None:
    async with opened(empty_postgres_url) as database:
        await migrate(database)
    async with opened(empty_postgres_url, "public") as database, listening(database) as heard:
        await create_owner(database)
        await heard.forgot.wait()


@pytest.mark.parametrize("schema", ["", "estate"])
async def test_a_role_without_rights_gets_an_error_that_says_so(
    empty_postgres_url: str, outsider: Any, schema: str
) -> None:
    role = f"role_{uuid4().hex}"
    await outsider.execute(f"CREATE ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM public")
    try:
        url = re.sub("//[^@/]*@", f"//{role}@", empty_postgres_url)
        async with opened(url, schema) as database:
            with pytest.raises(Misconfigured, match=r"^Postgres: permission denied for "):
                await migrate(database)
        async with opened(empty_postgres_url) as database:
            await migrate(database)
        async with opened(url) as database:
            with pytest.raises(Misconfigured, match="permission denied for table schema_migrations"):
                await applied_migrations(database, database)
        await outsider.execute("CREATE SCHEMA estate")
        await outsider.execute(f"GRANT CREATE, USAGE ON SCHEMA estate TO {role}")
        async with opened(url, "estate") as database:
            assert await migrate(database)
    finally:
        await outsider.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
