"""What Postgres' database promises beyond the common contract."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import perf_counter
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from storage.database import Database, Deadlines
from storage.errors import DeadlineExceeded, InvalidValue, Unavailable
from storage.ids import OWNER, new_id
from storage.opening import Options, open_database
from storage.postgres.errors import translate
from storage.postgres.options import PostgresOptions
from storage.record import Owner
from storage.statements import Statement
from storage.tables import table_rows
from tests.query_log import QueryLog
from tests.storage.postgres.silent_server import Way, open_way
from tests.storage.statement_samples import ONE, endless

BRIEF = Deadlines(connect=0.4, acquire=0.3, statement=0.4)
PID = Statement("pid", "SELECT pg_backend_pid()")


def sized(pool_size: int, **options: Any) -> Options:
    return Options(deadlines=BRIEF, postgres=PostgresOptions(pool_size=pool_size, **options))


@asynccontextmanager
async def opened(url: str, options: Options, log: QueryLog | None = None) -> AsyncIterator[Database]:
    database = await open_database(url, options=options, on_query=(QueryLog() if log is None else log).listen)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
async def way(postgres_url: str) -> AsyncIterator[Way]:
    async with open_way(postgres_url) as way:
        yield way
        way.open.set()


@pytest.fixture
async def outsider(postgres_url: str) -> AsyncIterator[Any]:
    """A connection that is not the store's."""
    connection = await asyncpg.connect(postgres_url)
    yield connection
    await connection.close()


async def pid_of(database: Database) -> int:
    ((pid,),) = await database.fetch(PID)
    return int(pid)


async def test_a_lost_connection_is_replaced_for_the_next_caller(postgres_url: str, outsider: Any) -> None:
    async with opened(postgres_url, sized(1)) as database:
        await outsider.execute("SELECT pg_terminate_backend($1)", await pid_of(database))
        await asyncio.sleep(0.1)
        assert await database.fetch(ONE)


async def test_a_connection_lost_mid_statement_is_unavailable_and_then_replaced(
    postgres_url: str, outsider: Any, query_log: QueryLog
) -> None:
    async with opened(postgres_url, sized(1), query_log) as database:
        pid = await pid_of(database)
        running = asyncio.create_task(database.fetch(endless(postgres_url), timeout=30))
        await asyncio.sleep(0.05)
        await outsider.execute("SELECT pg_terminate_backend($1)", pid)
        with pytest.raises(Unavailable):
            await running
        assert await pid_of(database) != pid
    assert query_log == ["pid", "endless failed: Unavailable", "pid"]


async def test_a_connection_lost_mid_transaction_is_unavailable_and_writes_nothing(
    postgres_url: str, outsider: Any
) -> None:
    async with opened(postgres_url, sized(1)) as database:
        insert = database.statements["insert_owners"]

        async def write(kill_before_commit: bool) -> None:
            async with database.transaction() as transaction:
                owner = Owner(new_id(OWNER), None, "Ada", "ada@example.org", None, 0)
                await transaction.fetch(insert, table_rows([owner]))
                ((pid,),) = await transaction.fetch(PID)
                await outsider.execute("SELECT pg_terminate_backend($1)", pid)
                await asyncio.sleep(0.05)
                if not kill_before_commit:
                    await transaction.fetch(insert, table_rows([owner]))

        for kill_before_commit in (True, False):
            with pytest.raises(Unavailable):
                await write(kill_before_commit)
        ((count,),) = await database.fetch(Statement("count", "SELECT count(*) FROM owners"))
        assert count == 0


def test_a_state_that_the_driver_does_not_know_is_unavailable() -> None:
    assert isinstance(translate(asyncpg.InternalClientError("cannot switch to state 12")), Unavailable)


async def test_a_server_that_falls_silent_costs_no_more_than_the_deadlines(way: Way) -> None:
    database = await open_database(way.url, options=sized(2))
    try:
        await database.fetch(ONE)
        way.open.clear()
        started = perf_counter()
        with pytest.raises(DeadlineExceeded):
            await database.fetch(ONE)
        assert perf_counter() - started < 2 * (BRIEF.statement + BRIEF.acquire)
        way.open.set()
        await asyncio.sleep(0.3)
        assert await database.fetch(ONE)
    finally:
        await database.close()


async def test_a_transaction_on_a_server_that_falls_silent_costs_no_more_than_the_deadlines(way: Way) -> None:
    database = await open_database(way.url, options=sized(1))

    async def write() -> None:
        async with database.transaction() as transaction:
            way.open.clear()
            await transaction.fetch(ONE)

    try:
        started = perf_counter()
        with pytest.raises(DeadlineExceeded):
            await write()
        assert perf_counter() - started < 3 * (BRIEF.statement + BRIEF.acquire)
        way.open.set()
        await asyncio.sleep(0.3)
        assert await database.fetch(ONE)
    finally:
        await database.close()


async def test_connecting_to_a_server_that_never_answers_ends_at_its_deadline(way: Way) -> None:
    way.open.clear()
    started = perf_counter()
    with pytest.raises(DeadlineExceeded):
        await open_database(way.url, options=sized(1))
    assert perf_counter() - started < 3 * BRIEF.connect


async def test_an_address_without_a_server_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        await open_database("postgresql://postgres@127.0.0.1:1/nothing", options=sized(1))


async def test_a_database_that_does_not_exist_is_unavailable(postgres_url: str) -> None:
    with pytest.raises(Unavailable, match="does not exist"):
        await open_database(postgres_url.replace("/freehold_test_", "/missing_"), options=sized(1))


async def test_the_pool_never_exceeds_its_budget(postgres_url: str, outsider: Any) -> None:
    async with opened(postgres_url, sized(3)) as database:
        slow = Statement("slow", "SELECT pg_sleep(0.05)")
        running = [asyncio.create_task(database.fetch(slow)) for _ in range(12)]
        await asyncio.sleep(0.06)
        most = await outsider.fetchval("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'freehold'")
        await asyncio.gather(*running)
    assert most == 3


async def test_instances_share_the_connections_beyond_the_reserve(postgres_url: str, outsider: Any) -> None:
    most = int(await outsider.fetchval("SHOW max_connections"))
    options = sized(50, reserve=most - 5, instances=2)
    async with opened(postgres_url, options) as database:
        slow = Statement("slow", "SELECT pg_sleep(0.03)")
        running = [asyncio.create_task(database.fetch(slow)) for _ in range(6)]
        await asyncio.sleep(0.05)
        count = await outsider.fetchval("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'freehold'")
        await asyncio.gather(*running)
    assert count == 2


async def test_connections_outside_the_pool_count(postgres_url: str, outsider: Any) -> None:
    most = int(await outsider.fetchval("SHOW max_connections"))
    options = sized(50, reserve=most - 10, instances=2, extra=2)
    async with opened(postgres_url, options) as database:
        assert database.readers == 2  # of a pool of three


@pytest.mark.parametrize(("size", "readers"), [(10, 9), (2, 1), (1, 1)])
async def test_reads_leave_a_connection_to_writes_where_there_is_more_than_one(
    postgres_url: str, size: int, readers: int
) -> None:
    async with opened(postgres_url, sized(size)) as database:
        assert database.readers == readers


async def test_more_instances_than_the_server_has_room_for_are_refused(postgres_url: str) -> None:
    with pytest.raises(Unavailable, match=r"1000 processes .* need 1 each: 1000\. Raise max_connections to 1010"):
        await open_database(postgres_url, options=sized(1, instances=1000))


async def test_giving_a_connection_back_runs_nothing(postgres_url: str, outsider: Any) -> None:
    async with opened(postgres_url, sized(1)) as database:
        pid = await pid_of(database)
        await database.fetch(ONE)
        last = await outsider.fetchval("SELECT query FROM pg_stat_activity WHERE pid = $1", pid)
    assert last == ONE.text


async def test_every_session_has_the_settings_it_needs(postgres_url: str) -> None:
    async with opened(postgres_url, sized(1)) as database:
        for name, value in (
            ("application_name", "freehold"),
            ("statement_timeout", "400ms"),
            ("jit", "off"),
            ("enable_memoize", "off"),
        ):
            assert await show(database, name) == value


async def test_a_transaction_sets_its_own_deadline_on_the_server_and_no_others(postgres_url: str) -> None:
    async with opened(postgres_url, sized(1)) as database:
        async with database.transaction(timeout=30) as transaction:
            assert await show(transaction, "statement_timeout") == "30s"
        assert await show(database, "statement_timeout") == "400ms"


async def test_a_snapshot_may_rest_as_long_as_it_likes(postgres_url: str) -> None:
    async with opened(postgres_url, sized(1)) as database:
        async with database.snapshot() as snapshot:
            assert await show(snapshot, "idle_in_transaction_session_timeout") == "0"
        assert await show(database, "idle_in_transaction_session_timeout") == "1min"


async def show(connection: Any, name: str) -> str:
    ((value,),) = await connection.fetch(Statement("show", f"SHOW {name}"))
    return str(value)


async def test_a_table_that_changes_under_a_prepared_statement_is_no_error(postgres_url: str, outsider: Any) -> None:
    everything = Statement("everything", "SELECT * FROM changing")
    await outsider.execute("CREATE TABLE changing (a integer)")
    try:
        async with opened(postgres_url, sized(1)) as database:
            await database.fetch(everything)
            await outsider.execute("ALTER TABLE changing ADD COLUMN b integer")
            assert await database.fetch(everything) == []
            await outsider.execute("ALTER TABLE changing ADD COLUMN c integer")
            with pytest.raises(Unavailable):
                await in_transaction(database, everything)
            await in_transaction(database, everything)
    finally:
        await outsider.execute("DROP TABLE changing")


async def in_transaction(database: Database, statement: Statement) -> None:
    async with database.transaction() as transaction:
        await transaction.fetch(statement)


async def test_two_transactions_that_block_each_other_are_unavailable_not_stuck(
    postgres_url: str, outsider: Any
) -> None:
    await outsider.execute("CREATE TABLE rivals (id integer); INSERT INTO rivals VALUES (1), (2)")
    met = asyncio.Barrier(2)

    async def lock(database: Database, first: int, second: int) -> None:
        async with database.transaction(timeout=20) as transaction:
            await transaction.fetch(Statement("first", f"SELECT 1 FROM rivals WHERE id = {first} FOR UPDATE"))
            await met.wait()
            await transaction.fetch(Statement("second", f"SELECT 1 FROM rivals WHERE id = {second} FOR UPDATE"))

    try:
        async with opened(postgres_url, sized(2)) as database:
            ends = await asyncio.gather(lock(database, 1, 2), lock(database, 2, 1), return_exceptions=True)
    finally:
        await outsider.execute("DROP TABLE rivals")
    assert [type(end) for end in ends if end is not None] == [Unavailable]


@pytest.mark.parametrize("key", ["a\0b", "\ud800", 7, 2**70])
async def test_an_argument_that_postgres_can_not_take_is_an_invalid_value(postgres_url: str, key: object) -> None:
    async with opened(postgres_url, sized(1)) as database:
        with pytest.raises(InvalidValue):
            await database.fetch(database.statements["owners_by_id"], [key])
        assert await database.fetch(ONE)


async def test_a_server_without_room_for_another_connection_serves_all_callers_with_those_it_has(
    postgres_url: str, outsider: Any
) -> None:
    role = f"limited_{uuid4().hex}"
    await outsider.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 5; GRANT pg_read_all_data TO {role}")
    url = postgres_url.replace("postgres:@", f"{role}:@")
    try:
        async with AsyncExitStack() as stack:
            options = Options(postgres=PostgresOptions(pool_size=10))
            databases = [await stack.enter_async_context(opened(url, options)) for _ in range(4)]
            slow = Statement("slow", "SELECT pg_sleep(0.02)")
            await asyncio.gather(*(database.fetch(slow) for database in databases for _ in range(20)))
            assert sum(database.use().open for database in databases) == 5
            assert sum(database.use().refusals for database in databases) > 0
    finally:
        await outsider.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
