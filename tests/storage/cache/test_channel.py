"""Writes made elsewhere: by another process, or by hand."""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from storage.cache.cache import Cache
from storage.cache.memory import MemoryCache
from storage.cache.store import CachedStore
from storage.channel import Channel
from storage.database import Database
from storage.events import Event, InvalidationEvent
from storage.opening import Options, open_database, sqlite_path
from storage.postgres.options import PostgresOptions
from storage.reads.owner import OWNERS_BY_ID
from storage.reads.property import PROPERTIES_BY_CITY, PROPERTIES_BY_ID, PROPERTY_COUNTS_BY_OWNER_ID
from storage.record import Owner, Property
from storage.search import CityListing
from storage.sql_store import SqlStore
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.layers import layered
from tests.missing import skip_or_fail
from tests.query_log import QueryLog
from tests.redis_caches import open_redis
from tests.redis_server import RedisServer
from tests.storage.postgres.pgbouncer import find_pgbouncer, open_pgbouncer

BOUND = 0.4
LISBON = CityListing("lisbon", 10)

Execute = Callable[[str], Awaitable[None]]


async def until_lost(channel: Channel) -> None:
    """Looks at every turn of the event loop: the channel may be back after a moment."""
    for _ in range(1_000_000):
        if not channel.is_live:
            return
        await asyncio.sleep(0)
    pytest.fail("the channel is still live")


async def until_live(channel: Channel) -> None:
    """Wait until the channel hears."""
    for _ in range(500):
        if channel.is_live:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the channel is not live")


@pytest.fixture
async def outside(database_url: str) -> AsyncIterator[Execute]:
    """Runs SQL as somebody with a shell on the database would."""
    if database_url.startswith("sqlite"):
        path = sqlite_path(database_url)

        async def execute(sql: str) -> None:
            await asyncio.to_thread(_execute, path, sql)

        yield execute
        return
    connection = await asyncpg.connect(database_url)

    async def run(sql: str) -> None:
        await connection.execute(sql)

    yield run
    await connection.close()


def _execute(path: Path, sql: str) -> None:
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(sql)
    finally:
        connection.close()


@pytest.fixture
async def channel(database: Database, cache: Cache) -> AsyncIterator[Channel]:
    """Between the database and the cache, and live."""
    channel = database.open_channel(cache, BOUND)
    await until_live(channel)
    yield channel
    await channel.close()


@pytest.fixture
def store(database: Database, cache: Cache, channel: Channel) -> Store:
    """The store whose cache hears through the channel."""
    sql = SqlStore(database, invalidating=cache.invalidating)
    return layered(CachedStore(sql, cache, channel), sql)


@pytest.fixture
async def listing(store: Store) -> Property:
    """A listing in Lisbon, whose list is cached."""
    (owner,) = await store.create(OWNERS, [an_owner()])
    (created,) = await store.create(PROPERTIES, [a_listing(owner)])
    await asyncio.sleep(0.1)  # our own write is heard too
    assert await store.read(PROPERTIES_BY_CITY, [LISBON]) == {LISBON: [created]}
    assert await store.read(PROPERTIES_BY_ID, [created.id]) == {created.id: created}
    return created


async def test_an_update_by_hand_is_received_within_max_staleness(
    store: Store, listing: Property, outside: Execute
) -> None:
    await outside("UPDATE properties SET price = 5")
    await asyncio.sleep(BOUND)
    assert (await store.read(PROPERTIES_BY_ID, [listing.id]))[listing.id].price == 5
    assert (await store.read(PROPERTIES_BY_CITY, [LISBON]))[LISBON][0].price == 5


async def test_moving_or_deleting_a_listing_invalidates_both_cities(
    store: Store, listing: Property, outside: Execute
) -> None:
    assert await store.read(PROPERTIES_BY_CITY, [CityListing("porto", 10)]) == {}
    await outside("UPDATE properties SET city = 'Porto', city_key = 'porto'")
    await asyncio.sleep(BOUND)
    assert await store.read(PROPERTIES_BY_CITY, [LISBON]) == {}
    assert len((await store.read(PROPERTIES_BY_CITY, [CityListing("porto", 10)]))[CityListing("porto", 10)]) == 1
    assert await store.read(PROPERTY_COUNTS_BY_OWNER_ID, [listing.owner_id]) == {listing.owner_id: 1}
    await outside("DELETE FROM properties")
    await asyncio.sleep(BOUND)
    assert await store.read(PROPERTIES_BY_ID, [listing.id]) == {}
    assert await store.read(PROPERTY_COUNTS_BY_OWNER_ID, [listing.owner_id]) == {}
    await outside("UPDATE owners SET name = 'By hand'")
    await asyncio.sleep(BOUND)
    assert (await store.read(OWNERS_BY_ID, [listing.owner_id]))[listing.owner_id].name == "By hand"


async def test_another_processs_write_is_received_within_max_staleness(
    store: Store, listing: Property, database_url: str
) -> None:
    database = await open_database(database_url)
    try:
        await SqlStore(database).update(PROPERTIES, listing.id, {"price": 6})
        await asyncio.sleep(BOUND)
        assert (await store.read(PROPERTIES_BY_ID, [listing.id]))[listing.id].price == 6
    finally:
        await database.close()


async def test_values_that_were_not_written_stay_cached(store: Store, listing: Property, query_log: QueryLog) -> None:
    query_log.clear()
    await asyncio.sleep(2 * BOUND)
    await store.read(PROPERTIES_BY_ID, [listing.id])
    assert query_log == []


async def test_a_channel_that_falls_silent_is_not_live_within_its_bound(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    database: Any = await open_database(sqlite_url)
    channel = database.open_channel(MemoryCache(), BOUND)
    await until_live(channel)

    async def never() -> int:
        await asyncio.sleep(60)
        return 0

    monkeypatch.setattr(channel, "_data_version", never)
    await asyncio.sleep(1.3 * BOUND)
    assert not channel.is_live
    monkeypatch.undo()
    with caplog.at_level(logging.WARNING, "freehold"):
        await until_live(channel)
    assert "receives writes by others again" in caplog.text
    await channel.close()
    await database.close()


async def test_a_lost_connection_switches_the_cache_off_until_it_is_back_and_then_flushes_it(
    postgres_url: str,
) -> None:
    events: list[Event] = []
    cache = MemoryCache(on_event=events.append)
    database = await open_database(postgres_url)
    channel = database.open_channel(cache, BOUND)
    await until_live(channel)
    events.clear()
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND query IN ('SELECT 1', 'LISTEN freehold')"
    )
    await until_lost(channel)
    await until_live(channel)
    assert InvalidationEvent(None, "channel") in events
    await channel.close()
    await database.close()
    await connection.close()


async def notifications(url: str, sql: str) -> list[str]:
    """What one transaction's statements notify, sorted."""
    heard: list[str] = []
    listener, writer = await asyncpg.connect(url), await asyncpg.connect(url)
    await listener.add_listener("freehold", lambda *event: heard.append(str(event[3])))
    async with writer.transaction():
        await writer.execute(sql)
    await listener.execute("SELECT 1")
    await listener.close()
    await writer.close()
    return sorted(heard)


@pytest.fixture
async def owners(postgres_url: str) -> AsyncIterator[list[Owner]]:
    """Ten owners on Postgres, each with thirty listings in a city of its own."""
    database = await open_database(postgres_url)
    store = SqlStore(database)
    created = await store.create(OWNERS, [an_owner() for _ in range(10)])
    await store.create(
        PROPERTIES, [a_listing(owner, city=f"City {place}") for place, owner in enumerate(created) for _ in range(30)]
    )
    yield created
    await database.close()


async def test_tags_of_the_old_and_the_new_row_are_notified_each_once(postgres_url: str, owners: list[Owner]) -> None:
    first, second = owners[0].id, owners[1].id
    heard = await notifications(
        postgres_url,
        f"UPDATE properties SET city_key = 'faro', owner_id = '{second}' WHERE owner_id = '{first}';"
        f"UPDATE properties SET price = 1 WHERE city_key = 'faro'",
    )
    assert [tag for tag in heard if not tag.startswith("property:")] == sorted(
        ["city:city 0", "city:faro", f"owner:{first}", f"owner:{second}"]
    )
    assert len(heard) == len(set(heard)) == 30 + 4


async def test_more_than_a_hundred_tags_of_one_statement_are_one_flush(postgres_url: str, owners: list[Owner]) -> None:
    assert await notifications(postgres_url, "UPDATE properties SET price = 1") == ["flush"]


async def test_emptied_tables_and_endless_names_are_a_flush(postgres_url: str, owners: list[Owner]) -> None:
    odd = f"UPDATE properties SET city_key = repeat('ä', 4000) WHERE owner_id = '{owners[0].id}'"
    assert "flush" in await notifications(postgres_url, odd)
    assert await notifications(postgres_url, "TRUNCATE properties CASCADE") == ["flush"]


async def test_a_rolled_back_write_is_not_notified(postgres_url: str, owners: list[Owner]) -> None:
    assert await notifications(postgres_url, "SAVEPOINT s; UPDATE owners SET name = 'x'; ROLLBACK TO s") == []


@pytest.mark.parametrize("setting", ["SET LOCAL search_path = ''", "SET LOCAL session_replication_role = replica"])
async def test_writes_by_any_program_are_received(postgres_url: str, owners: list[Owner], setting: str) -> None:
    heard = await notifications(postgres_url, f"{setting}; UPDATE public.owners SET name = 'x'")
    assert heard == sorted(f"owner:{owner.id}" for owner in owners)


async def test_writes_of_a_role_with_rights_to_rows_alone_are_received(postgres_url: str, owners: list[Owner]) -> None:
    role = f"writer_{uuid4().hex}"
    heard = await notifications(
        postgres_url,
        f"REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC; CREATE ROLE {role};"
        f"GRANT SELECT, INSERT, UPDATE ON owners, properties TO {role}; SET LOCAL ROLE {role};"
        f"UPDATE properties SET price = 1 WHERE owner_id = '{owners[0].id}' AND id = (SELECT max(id) FROM properties"
        f" WHERE owner_id = '{owners[0].id}'); RESET ROLE;"
        f"DROP OWNED BY {role}; DROP ROLE {role}; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC",
    )
    assert len(heard) == 3


async def test_behind_a_pooler_that_shares_sessions_the_cache_stays_unused(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    program = find_pgbouncer()
    if program is None:
        skip_or_fail("there is no PgBouncer on this machine")
    async with open_pgbouncer(program, postgres_url, pool_size=2) as url:
        options = Options(postgres=PostgresOptions(listen_url=url))
        database = await open_database(postgres_url, options=options)
        channel = database.open_channel(MemoryCache(), BOUND)
        await asyncio.sleep(3 * BOUND)
        assert not channel.is_live
        await channel.close()
        await database.close()
    assert "FREEHOLD_LISTEN_URL" in caplog.text


async def test_a_worker_that_joins_others_keeps_their_cached_values(
    database: Database, database_url: str, redis_server: RedisServer
) -> None:
    first = await open_redis(redis_server.url)
    channel = database.open_channel(first, BOUND)
    await until_live(channel)
    store = CachedStore(SqlStore(database, invalidating=first.invalidating), first, channel)
    await store.read(OWNERS_BY_ID, ["nobody"])
    other = await open_database(database_url)
    second = await open_redis(redis_server.url)
    joined = other.open_channel(second, BOUND)
    await until_live(joined)
    events: list[Event] = []
    again = CachedStore(SqlStore(other), second, joined, on_event=events.append)
    await again.read(OWNERS_BY_ID, ["nobody"])
    assert [getattr(event, "absent", None) for event in events] == [1]
    for each in (joined, channel):
        await each.close()
    for cache in (first, second):
        await cache.close()
    await other.close()


async def test_a_worker_that_starts_alone_trusts_nothing_that_is_cached(
    database: Database, redis_server: RedisServer, query_log: QueryLog
) -> None:
    for _ in range(2):
        cache = await open_redis(redis_server.url)
        channel = database.open_channel(cache, BOUND)
        await until_live(channel)
        store = CachedStore(SqlStore(database, invalidating=cache.invalidating), cache, channel)
        await store.read(OWNERS_BY_ID, ["nobody"])
        await channel.close()
        await cache.close()
    assert query_log == ["owners_by_id"] * 2
