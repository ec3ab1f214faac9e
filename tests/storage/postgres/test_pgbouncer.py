"""The store through a PgBouncer in transaction mode: more callers than connections, and no session of one's own."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from storage.database import Database, Deadlines
from storage.errors import DeadlineExceeded, Misconfigured, Unavailable
from storage.migrations import migrate
from storage.opening import Options, open_database
from storage.postgres.errors import translate
from storage.postgres.options import PostgresOptions
from storage.reads.owner import OWNERS_BY_REFERENCE
from storage.reads.property import PROPERTIES_BY_CITY, SEARCH_PROPERTIES
from storage.search import CityListing, PropertyFilter, PropertyOrder, PropertySearch
from storage.sql_store import SqlStore
from storage.statements import Statement
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.missing import skip_or_fail
from tests.storage.postgres.pgbouncer import find_pgbouncer, open_pgbouncer
from tests.storage.statement_samples import ONE, endless

CALLERS, SERVERS = 12, 3
OPTIONS = Options(
    deadlines=Deadlines(acquire=5),
    postgres=PostgresOptions(pool_size=CALLERS, pgbouncer=True, statement_cache=0),
)


def _program() -> str:
    program = find_pgbouncer()
    if program is None:
        skip_or_fail("no pgbouncer on this machine (Debian: apt-get install pgbouncer)")
    return program


async def open_through_pgbouncer(url: str) -> AsyncIterator[Database]:
    async with open_pgbouncer(_program(), url, pool_size=SERVERS) as through:
        database = await open_database(through, options=OPTIONS)
        try:
            yield database
        finally:
            await database.close()


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    async for database in open_through_pgbouncer(postgres_url):
        yield database


@pytest.fixture
async def empty_database(empty_postgres_url: str) -> AsyncIterator[Database]:
    async for database in open_through_pgbouncer(empty_postgres_url):
        yield database


async def test_migrations_run_through_it(empty_database: Database) -> None:
    assert await migrate(empty_database)
    assert await migrate(empty_database) == []


async def test_many_callers_share_few_connections(database: Database) -> None:
    store = SqlStore(database)

    async def work(number: int) -> None:
        (owner,) = await store.create(OWNERS, [an_owner(reference=f"owner-{number}")])
        for price in range(1, 11):
            (listing,) = await store.create(PROPERTIES, [a_listing(owner, city=f"City {number}", price=price)])
            changed = await store.update(PROPERTIES, listing.id, {"price": price + 100}, expected_version=1)
            assert await store.read(OWNERS_BY_REFERENCE, [f"owner-{number}"]) == {f"owner-{number}": owner}
            city = CityListing(f"city {number}", price + 1)
            assert (await store.read(PROPERTIES_BY_CITY, [city]))[city][0] == changed
            search = PropertySearch(PropertyFilter(owner_id=owner.id), PropertyOrder.PRICE_UP, 100)
            assert len((await store.read(SEARCH_PROPERTIES, [search]))[search]) == price

    await asyncio.gather(*(work(number) for number in range(CALLERS)))


async def test_a_deadline_cancels_the_statement_and_frees_the_connection(database: Database) -> None:
    late = [database.fetch(endless("postgresql:"), timeout=0.2) for _ in range(SERVERS)]
    ends = await asyncio.gather(*late, return_exceptions=True)
    assert [type(end) for end in ends] == [DeadlineExceeded] * SERVERS
    assert [tuple(row) for row in await database.fetch(ONE)] == [(1,)]


async def test_a_snapshot_sees_one_state(database: Database) -> None:
    store = SqlStore(database)
    count = Statement("count", "SELECT count(*) FROM owners")
    async with database.snapshot() as snapshot:
        before = await snapshot.fetch(count)
        await asyncio.gather(*(store.create(OWNERS, [an_owner()]) for _ in range(5)))
        assert await snapshot.fetch(count) == before


async def test_the_settings_of_one_transaction_are_gone_in_the_next(database: Database) -> None:
    show = Statement("show", "SHOW statement_timeout")
    async with database.transaction(timeout=7) as transaction:
        assert [tuple(row) for row in await transaction.fetch(show)] == [("7s",)]
    shown = await asyncio.gather(*(database.fetch(show) for _ in range(20)))
    assert {tuple(rows[0]) for rows in shown} == {("0",)}


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("", "if a PgBouncer in transaction mode answers there, set FREEHOLD_PGBOUNCER=true"),
        ("?pgbouncer=true&options=-c%20geqo%3Doff", "leave out its parameter options, which PgBouncer does not take"),
    ],
)
async def test_a_pgbouncer_that_refuses_session_settings_names_ours(postgres_url: str, query: str, hint: str) -> None:
    async with open_pgbouncer(_program(), postgres_url, pool_size=SERVERS) as through:
        with pytest.raises(Unavailable, match="unsupported startup parameter") as raised:
            await open_database(through + query)
    assert str(raised.value).endswith(f": {hint}")


@pytest.mark.parametrize("kind", [asyncpg.InvalidSQLStatementNameError, asyncpg.DuplicatePreparedStatementError])
def test_statements_that_a_pooler_has_prepared_on_another_connection_name_the_settings(
    kind: type[asyncpg.PostgresError],
) -> None:
    error = translate(kind('prepared statement "s" is not as it should be'))
    assert isinstance(error, Misconfigured)
    assert str(error) == (
        'Postgres: prepared statement "s" is not as it should be: behind a pooler that shares sessions set'
        " FREEHOLD_PGBOUNCER=true, and FREEHOLD_STATEMENT_CACHE=0 if it is a PgBouncer older than 1.21"
    )
