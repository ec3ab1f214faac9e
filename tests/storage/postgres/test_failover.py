"""An address that leads to a standby at first, and then to the primary, as a failover makes it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest

from server.app import create_app
from server.settings.secret import Secret
from server.settings.settings import Settings
from storage.cache.memory import MemoryCache
from storage.cache.store import CachedStore
from storage.database import Database
from storage.errors import Unavailable
from storage.opening import Options, open_database
from storage.postgres.options import PostgresOptions
from storage.reads.owner import OWNERS_BY_ID
from storage.sql_store import SqlStore
from storage.statements import Statement
from storage.tables import OWNERS
from tests.drafts import an_owner
from tests.missing import skip_or_fail
from tests.server.clients import opened
from tests.server.process import environment, run_freehold
from tests.standby import Standby, open_standby
from tests.storage.cache.test_channel import until_live
from tests.storage.postgres.silent_server import Way, open_way

IN_RECOVERY = Statement("in_recovery", "SELECT pg_is_in_recovery(), pg_sleep(0.02)")
BOUND = 0.4


@pytest.fixture(scope="module")
def standby(postgres_server: str) -> Iterator[Standby]:
    if "?host=/" not in postgres_server:
        skip_or_fail("no standby can be made of a Postgres that the tests have not started")
    with open_standby(postgres_server) as standby:
        yield standby


@pytest.fixture
async def standby_url(standby: Standby, postgres_url: str) -> str:
    """The standby's, once it has all that the primary has."""
    primary = await asyncpg.connect(postgres_url)
    position = await primary.fetchval("SELECT pg_current_wal_lsn()")
    await primary.close()
    url = standby.url(postgres_url)
    follower = await asyncpg.connect(url)
    async with asyncio.timeout(10):
        while await follower.fetchval("SELECT pg_last_wal_replay_lsn() < $1 FROM pg_sleep(0.02)", position):
            pass
    await follower.close()
    return url


@pytest.fixture
async def way(standby_url: str) -> AsyncIterator[Way]:
    """Leads to the standby."""
    async with open_way(standby_url) as way:
        yield way


@pytest.fixture
async def database(way: Way) -> AsyncIterator[Database]:
    database = await open_database(way.url, options=Options(postgres=PostgresOptions(pool_size=4)))
    await asyncio.gather(*(database.fetch(IN_RECOVERY) for _ in range(4)))
    yield database
    await database.close()


async def where_reads_go(database: Database) -> set[bool]:
    """Whether the servers that concurrent reads go to are standbys."""
    return {rows[0][0] for rows in await asyncio.gather(*(database.fetch(IN_RECOVERY) for _ in range(8)))}


async def test_after_one_refused_write_every_connection_leads_to_the_primary(
    database: Database, way: Way, postgres_url: str
) -> None:
    store = SqlStore(database)
    with pytest.raises(Unavailable, match="read-only transaction"):
        await store.create(OWNERS, [an_owner()])
    way.target = postgres_url
    await store.create(OWNERS, [an_owner()])
    assert await where_reads_go(database) == {False}


async def test_a_write_refused_while_others_read_moves_the_readers_too(
    database: Database, way: Way, postgres_url: str
) -> None:
    store = SqlStore(database)
    reading = [asyncio.create_task(database.fetch(IN_RECOVERY)) for _ in range(3)]
    await asyncio.sleep(0)
    way.target = postgres_url
    with pytest.raises(Unavailable, match="read-only transaction"):
        await store.create(OWNERS, [an_owner()])
    await asyncio.gather(*reading)
    for _ in range(5):
        await store.create(OWNERS, [an_owner()])
    assert await where_reads_go(database) == {False}


async def test_the_cache_is_unused_at_a_standby_and_lives_once_everything_reads_from_the_primary(
    database: Database, way: Way, postgres_url: str
) -> None:
    cache = MemoryCache()
    channel = database.open_channel(cache, BOUND)
    await asyncio.sleep(2 * BOUND)
    assert not channel.is_live
    way.target = postgres_url
    await until_live(channel)
    assert await where_reads_go(database) == {False}
    await channel.close()


async def test_the_cache_is_unused_where_rows_are_read_from_another_server_than_the_one_that_tells_of_writes(
    way: Way, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    options = Options(postgres=PostgresOptions(pool_size=2, listen_url=postgres_url))
    database = await open_database(way.url, options=options)
    channel = database.open_channel(MemoryCache(), BOUND)
    await asyncio.sleep(2 * BOUND)
    assert not channel.is_live
    assert "FREEHOLD_LISTEN_URL must lead to the server that FREEHOLD_DATABASE_URL leads to" in caplog.text
    way.target = postgres_url
    await until_live(channel)
    await channel.close()
    await database.close()


async def test_a_new_connection_that_leads_to_another_server_stops_the_use_of_the_cache_at_once(
    way: Way, postgres_url: str, standby_url: str
) -> None:
    way.target = postgres_url
    database = await open_database(way.url, options=Options(postgres=PostgresOptions(pool_size=3)))
    cache = MemoryCache()
    channel = database.open_channel(cache, 10)
    await until_live(channel)
    store = CachedStore(SqlStore(database, invalidating=cache.invalidating), cache, channel)
    await store.read(OWNERS_BY_ID, ["nobody"])
    way.target = standby_url
    assert True in await where_reads_go(database)
    assert not channel.is_live
    assert await where_reads_go(database) == {True}
    await channel.close()
    await database.close()


async def test_a_server_at_a_standby_is_ready_since_it_can_be_read(way: Way) -> None:
    async with opened(create_app(Settings(database_url=Secret(way.url), demonstration=True))) as http:
        assert (await http.get("/readyz")).status_code == 200
        query = 'mutation { createOwner(input: {name: "A", email: "a@example.org"}) { owner { id } } }'
        answer = (await http.post("/graphql", json={"query": query})).json()
        assert answer["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        assert (await http.get("/readyz")).status_code == 200


@pytest.mark.parametrize("command", [["migrate"], ["import", "examples/listings.csv"]])
async def test_a_command_that_meets_a_standby_ends_with_one_line(
    standby: Standby, postgres_server: str, standby_url: str, command: list[str]
) -> None:
    url = standby_url if command[0] == "import" else standby.url(postgres_server)
    ended = run_freehold(*command, env=environment(FREEHOLD_DATABASE_URL=url))
    assert ended.returncode == 1
    assert "read-only transaction" in ended.stderr
    assert "Traceback" not in ended.stderr


async def test_a_standby_that_is_promoted_takes_writes_on_the_connections_that_it_has(
    standby: Standby, database: Database
) -> None:
    store = SqlStore(database)
    with pytest.raises(Unavailable, match="read-only transaction"):
        await store.create(OWNERS, [an_owner()])
    await asyncio.to_thread(standby.control, "promote")
    await store.create(OWNERS, [an_owner()])
    assert await where_reads_go(database) == {False}
