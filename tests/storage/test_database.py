"""The door to a database, on both backends: deadlines, cancellation, failure, closing."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

import pytest

from storage.database import Database, Deadlines
from storage.errors import DeadlineExceeded, InvalidValue, ProblemCode, Rejected, Unavailable
from storage.events import QueryEvent, listeners
from storage.ids import OWNER, PRICE_CHANGE, new_id
from storage.opening import Options, open_database
from storage.postgres.options import PostgresOptions
from storage.reads.owner import OWNERS_BY_ID, OWNERS_BY_REFERENCE
from storage.record import Owner, PriceChange
from storage.sqlite.options import SqliteOptions
from storage.statements import Statement
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES, table_rows
from tests.drafts import a_listing, an_owner
from tests.query_log import QueryLog
from tests.storage.statement_samples import ONE, endless

BRIEF = Options(deadlines=Deadlines(connect=5, acquire=0.2, statement=0.3))
ONE_CONNECTION = Options(
    deadlines=BRIEF.deadlines, sqlite=SqliteOptions(readers=1), postgres=PostgresOptions(pool_size=1)
)


@asynccontextmanager
async def opened(url: str, options: Options = BRIEF, log: QueryLog | None = None) -> AsyncIterator[Database]:
    database = await open_database(url, options=options, on_query=(QueryLog() if log is None else log).listen)
    try:
        yield database
    finally:
        await database.close()


async def insert_owner(database: Database) -> str:
    """Insert an owner in a transaction of its own."""
    async with database.transaction() as transaction:
        owner = Owner(new_id(OWNER), None, "Ada", "ada@example.org", None, 0)
        await transaction.fetch(database.statements["insert_owners"], table_rows([owner]))
    return owner.id


async def owner_count(database: Database) -> int:
    ((count,),) = await database.fetch(Statement("count", "SELECT count(*) FROM owners"))
    return int(count)


async def test_the_hook_receives_each_statement_once(database_url: str) -> None:
    events: list[QueryEvent] = []
    database = await open_database(database_url, on_query=events.append)
    try:
        await database.fetch(database.statements["owners_by_id"], database.encode_keys(["a", "b"]), keys=2)
    finally:
        await database.close()
    (event,) = events
    assert (event.statement.name, event.keys, event.rows, event.error) == ("owners_by_id", 2, 0, None)
    assert 0 < event.seconds < 5


async def test_a_statement_ends_at_its_deadline(database_url: str, query_log: QueryLog) -> None:
    async with opened(database_url, log=query_log) as database:
        started = perf_counter()
        with pytest.raises(DeadlineExceeded):
            await database.fetch(endless(database_url))
        assert perf_counter() - started < 2
    assert query_log == ["endless failed: DeadlineExceeded"]


async def test_a_deadline_of_ones_own_replaces_the_statements(database_url: str) -> None:
    async with opened(database_url, Options()) as database:
        with pytest.raises(DeadlineExceeded):
            await database.fetch(endless(database_url), timeout=0.05)


async def test_the_connection_serves_the_next_caller_after_a_deadline(database_url: str) -> None:
    async with opened(database_url, ONE_CONNECTION) as database:
        for _ in range(3):
            with pytest.raises(DeadlineExceeded):
                await database.fetch(endless(database_url))
            assert [tuple(row) for row in await database.fetch(ONE)] == [(1,)]


async def test_a_caller_waits_no_longer_than_its_deadline_for_a_connection(database_url: str) -> None:
    options = Options(
        deadlines=Deadlines(acquire=0.1, statement=1),
        sqlite=SqliteOptions(readers=1),
        postgres=PostgresOptions(pool_size=1),
    )
    async with opened(database_url, options) as database:
        hog = asyncio.create_task(database.fetch(endless(database_url)))
        await asyncio.sleep(0.05)
        with pytest.raises(DeadlineExceeded, match="no connection"):
            await database.fetch(ONE)
        with pytest.raises(DeadlineExceeded):
            await hog
        assert await database.fetch(ONE)


async def test_callers_that_give_up_waiting_leave_every_connection_to_others(database_url: str) -> None:
    options = Options(sqlite=SqliteOptions(readers=2), postgres=PostgresOptions(pool_size=2))
    async with opened(database_url, options) as database:
        for delay in range(40):
            tasks = [asyncio.create_task(database.fetch(ONE)) for _ in range(8)]
            for _ in range(delay // 4):
                await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert not any(isinstance(result, Exception) for result in results)
        async with database.snapshot() as one, database.snapshot() as other:
            assert await one.fetch(ONE)
            assert await other.fetch(ONE)


async def test_a_cancelled_call_is_cancelled_whatever_it_waits_for(database_url: str) -> None:
    """Whether for a connection just given to it, or for a result that just came."""
    async with opened(database_url, ONE_CONNECTION) as database:
        for steps in range(30):
            holder = asyncio.create_task(database.fetch(ONE))
            await asyncio.sleep(0)
            caller = asyncio.create_task(database.fetch(ONE))
            for _ in range(steps):
                await asyncio.sleep(0)
            if not caller.done():
                caller.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await caller
            await holder
        assert await database.fetch(ONE)


async def test_a_caller_that_is_cancelled_stops_its_statement(database_url: str, query_log: QueryLog) -> None:
    async with opened(database_url, ONE_CONNECTION, query_log) as database:
        task = asyncio.create_task(database.fetch(endless(database_url), timeout=60))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await database.fetch(ONE)
    assert query_log == ["endless failed: Cancelled", "one"]


async def test_a_caller_that_is_cancelled_at_once_stops_its_statement(database_url: str) -> None:
    """The statement may not have begun yet when it is called off."""
    async with opened(database_url, ONE_CONNECTION) as database:
        for steps in range(8):
            task = asyncio.create_task(database.fetch(endless(database_url), timeout=60))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await database.fetch(ONE)


async def test_a_transaction_that_is_cancelled_mid_statement_writes_nothing(database_url: str) -> None:
    async with opened(database_url) as database:

        async def write() -> None:
            async with database.transaction() as transaction:
                owner = Owner(new_id(OWNER), None, "Ada", "ada@example.org", None, 0)
                await transaction.fetch(database.statements["insert_owners"], table_rows([owner]))
                await transaction.fetch(endless(database_url), timeout=60)

        task = asyncio.create_task(write())
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await owner_count(database) == 0
        await insert_owner(database)
        assert await owner_count(database) == 1


async def test_a_transaction_cancelled_at_any_moment_is_whole_or_absent(database_url: str) -> None:
    async with opened(database_url) as database:

        async def write() -> None:
            async with database.transaction() as transaction:
                for _ in range(2):
                    owner = Owner(new_id(OWNER), None, "Ada", "ada@example.org", None, 0)
                    await transaction.fetch(database.statements["insert_owners"], table_rows([owner]))

        cancelled = 0
        for steps in (*range(60), *range(60, 400, 10)):
            before = await owner_count(database)
            task = asyncio.create_task(write())
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            cancelled += task.cancelled()
            assert task.cancelled() or task.exception() is None
            assert await owner_count(database) in (before, before + 2)
        assert cancelled > 10
        await insert_owner(database)


async def test_a_transaction_rolls_back_on_any_exception_and_hands_it_on(database_url: str) -> None:
    async with opened(database_url) as database:

        async def write() -> None:
            async with database.transaction() as transaction:
                owner = Owner(new_id(OWNER), None, "Ada", "ada@example.org", None, 0)
                await transaction.fetch(database.statements["insert_owners"], table_rows([owner]))
                raise FileNotFoundError("the caller's own")

        with pytest.raises(FileNotFoundError):
            await write()
        assert await owner_count(database) == 0
        await insert_owner(database)


async def test_a_transaction_ends_with_the_deadline_of_its_statement(database_url: str) -> None:
    async with opened(database_url) as database:

        async def write() -> None:
            async with database.transaction() as transaction:
                owner = Owner(new_id(OWNER), None, "Ada", "ada@example.org", None, 0)
                await transaction.fetch(database.statements["insert_owners"], table_rows([owner]))
                await transaction.fetch(endless(database_url))

        with pytest.raises(DeadlineExceeded):
            await write()
        assert await owner_count(database) == 0
        await insert_owner(database)


async def test_nothing_is_written_after_a_statement_of_the_transaction_failed(database_url: str) -> None:
    async with opened(database_url) as database:

        async def write() -> None:
            async with database.transaction() as transaction:
                with pytest.raises(DeadlineExceeded):
                    await transaction.fetch(endless(database_url))
                owner = Owner(new_id(OWNER), None, "Ada", "ada@example.org", None, 0)
                await transaction.fetch(database.statements["insert_owners"], table_rows([owner]))

        with pytest.raises(RuntimeError, match="a statement of this transaction failed"):
            await write()
        assert await owner_count(database) == 0


async def test_a_transaction_whose_statement_failed_is_not_committed(database_url: str) -> None:
    async with opened(database_url) as database:

        async def write() -> None:
            async with database.transaction() as transaction:
                owner = Owner(new_id(OWNER), None, "Ada", "ada@example.org", None, 0)
                await transaction.fetch(database.statements["insert_owners"], table_rows([owner]))
                with pytest.raises(Rejected):
                    await transaction.fetch(database.statements["insert_owners"], table_rows([owner]))

        with pytest.raises(RuntimeError, match="a statement of this transaction failed"):
            await write()
        assert await owner_count(database) == 0


async def test_a_snapshot_sees_one_state(database_url: str) -> None:
    async with opened(database_url) as database:
        await insert_owner(database)
        count = Statement("count", "SELECT count(*) FROM owners")
        async with database.snapshot() as snapshot:
            assert [tuple(row) for row in await snapshot.fetch(count)] == [(1,)]
            await insert_owner(database)
            assert [tuple(row) for row in await snapshot.fetch(count)] == [(1,)]
        assert await owner_count(database) == 2


async def test_a_snapshot_writes_nothing(database_url: str) -> None:
    async with opened(database_url) as database:
        with pytest.raises(Unavailable, match="read"):
            async with database.snapshot() as snapshot:
                await snapshot.fetch(Statement("write", "DELETE FROM owners"))


async def test_a_cancelled_snapshot_gives_its_connection_back(database_url: str) -> None:
    async with opened(database_url, ONE_CONNECTION) as database:

        async def read() -> None:
            async with database.snapshot() as snapshot:
                await snapshot.fetch(endless(database_url), timeout=60)

        task = asyncio.create_task(read())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await database.fetch(ONE)


async def test_a_taken_reference_is_a_conflict(store: Store, database: Database) -> None:
    (owner,) = await store.create(OWNERS, [an_owner(reference="a-1")])
    twin = Owner(new_id(OWNER), "a-1", "Ada", "ada@example.org", None, 0)
    with pytest.raises(Rejected) as caught:
        async with database.transaction() as transaction:
            await transaction.fetch(database.statements["insert_owners"], table_rows([twin]))
    (problem,) = caught.value.problems
    assert (problem.code, problem.field) == (ProblemCode.CONFLICT, "reference")
    assert await store.read(OWNERS_BY_REFERENCE, ["a-1"]) == {"a-1": owner}


async def test_a_taken_id_is_a_conflict(store: Store, database: Database) -> None:
    (owner,) = await store.create(OWNERS, [an_owner()])
    with pytest.raises(Rejected) as caught:
        async with database.transaction() as transaction:
            await transaction.fetch(database.statements["insert_owners"], table_rows([owner]))
    (problem,) = caught.value.problems
    assert (problem.code, problem.field) == (ProblemCode.CONFLICT, "id")


async def test_a_row_that_refers_to_nothing_is_a_conflict(database: Database) -> None:
    change = PriceChange(new_id(PRICE_CHANGE), "property_none", 1, 2, "draft", "draft", 0)
    with pytest.raises(Rejected) as caught:
        async with database.transaction() as transaction:
            await transaction.fetch(database.statements["insert_price_changes"], table_rows([change]))
    assert [problem.code for problem in caught.value.problems] == [ProblemCode.CONFLICT]


async def test_a_value_that_a_table_forbids_is_rejected(store: Store, database: Database) -> None:
    (owner,) = await store.create(OWNERS, [an_owner()])
    (listing,) = await store.create(PROPERTIES, [a_listing(owner)])
    with pytest.raises(Rejected) as caught:
        async with database.transaction() as transaction:
            await transaction.fetch(Statement("break", f"UPDATE properties SET price = -1 WHERE id = '{listing.id}'"))
    assert [problem.code for problem in caught.value.problems] == [ProblemCode.VALIDATION]


@pytest.mark.parametrize("key", ["\ud800", "owner_\udfff"])
async def test_a_key_that_no_database_can_hold_is_an_invalid_value(store: Store, key: str) -> None:
    with pytest.raises(InvalidValue):
        await store.read(OWNERS_BY_ID, [key])


async def test_closing_twice_does_nothing(database_url: str) -> None:
    database = await open_database(database_url)
    await database.close()
    await database.close()


async def test_a_closed_database_is_unavailable(database_url: str) -> None:
    database = await open_database(database_url)
    await database.close()
    with pytest.raises(Unavailable):
        await database.fetch(ONE)
    with pytest.raises(Unavailable):
        async with database.transaction():
            pass
    with pytest.raises(Unavailable):
        async with database.snapshot():
            pass


async def test_closing_waits_for_running_statements(database_url: str) -> None:
    database = await open_database(database_url, options=BRIEF)
    running = [asyncio.create_task(database.fetch(ONE)) for _ in range(4)]
    endless_run = asyncio.create_task(database.fetch(endless(database_url)))
    await asyncio.sleep(0.02)
    await asyncio.wait_for(database.close(), 5)
    results = await asyncio.gather(*running, endless_run, return_exceptions=True)
    assert all(isinstance(result, (DeadlineExceeded, Unavailable)) or len(result) == 1 for result in results)  # type: ignore[arg-type]


async def test_a_cancelled_close_leaves_nothing_open(database_url: str) -> None:
    database = await open_database(database_url, options=BRIEF)
    running = asyncio.create_task(database.fetch(endless(database_url), timeout=60))
    await asyncio.sleep(0.02)
    running.cancel()
    await asyncio.wait([running])
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait([closing])
    await asyncio.wait_for(database.close(), 5)


async def test_no_task_is_left_behind(database_url: str) -> None:
    async with opened(database_url) as database:
        with pytest.raises(DeadlineExceeded):
            await database.fetch(endless(database_url))
        await insert_owner(database)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}


_EXIT = """
import asyncio, sys
from storage.opening import open_database
from storage.statements import Statement

async def main(url, slow):
    asyncio.get_running_loop().slow_callback_duration = 60  # a busy machine is told of too
    database = await open_database(url)
    running = asyncio.create_task(database.fetch(Statement("endless", slow), timeout=60))
    await asyncio.sleep(0.1)
    running.cancel()
    await asyncio.wait([running])
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


def test_no_thread_keeps_the_process_from_ending(database_url: str) -> None:
    arguments = [sys.executable, "-X", "dev", "-c", _EXIT, database_url, endless(database_url).text]
    ended = subprocess.run(arguments, check=True, timeout=20, capture_output=True, text=True)
    assert ended.stderr == ""


async def test_a_listener_in_the_context_receives_its_own_statements(database: Database) -> None:
    heard: list[object] = []

    async def ask() -> None:
        listeners.set((heard.append,))
        await database.fetch(database.statements["lock_migrations"])

    await asyncio.create_task(ask())
    await database.fetch(database.statements["schema_exists"])
    assert [event.statement.name for event in heard if isinstance(event, QueryEvent)] == ["lock_migrations"]
