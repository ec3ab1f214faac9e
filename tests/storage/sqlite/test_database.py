"""What SQLite's database promises beyond the common contract."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import pytest

from storage.database import Deadlines
from storage.errors import Unavailable
from storage.ids import OWNER, new_id
from storage.opening import sqlite_path
from storage.reads.property import PROPERTIES_BY_CITY
from storage.record import Owner
from storage.search import CityListing
from storage.sql_store import SqlStore
from storage.sqlite.connection import SqliteConnection, close_connections
from storage.sqlite.database import SqliteDatabase, group_by_size, open_sqlite
from storage.sqlite.errors import translate
from storage.sqlite.options import SqliteOptions
from storage.sqlite.transaction import split_script
from storage.statements import Statement
from storage.tables import table_rows
from tests.query_log import QueryLog
from tests.storage.statement_samples import ONE, endless

DEADLINES = Deadlines(connect=2, acquire=0.4, statement=1)


@pytest.fixture
async def database(sqlite_url: str, query_log: QueryLog) -> AsyncIterator[SqliteDatabase]:
    options = SqliteOptions(readers=2)
    database = await open_sqlite(
        sqlite_path(sqlite_url), options=options, deadlines=DEADLINES, on_query=query_log.listen
    )
    yield database
    await database.close()


def test_use_of_a_closed_connection_is_unavailable() -> None:
    connection = sqlite3.connect(":memory:")
    connection.close()
    with pytest.raises(sqlite3.ProgrammingError) as caught:
        connection.rollback()
    assert isinstance(translate(caught.value), Unavailable)


@contextmanager
def another_writer(path: Path) -> Iterator[None]:
    """As another process would, hold the lock of the one writer."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.rollback()
        connection.close()


async def insert_owner(database: SqliteDatabase) -> None:
    owner = Owner(new_id(OWNER), None, "Ada", "ada@example.org", None, 0)
    async with database.transaction() as transaction:
        await transaction.fetch(database.statements["insert_owners"], table_rows([owner]))


async def pragma(database: SqliteDatabase, name: str) -> object:
    ((value,),) = await database.fetch(Statement("pragma", f"PRAGMA {name}"))
    return value


async def test_readers_see_a_write_ahead_log(database: SqliteDatabase) -> None:
    assert await pragma(database, "journal_mode") == "wal"


async def test_a_reader_does_not_write(database: SqliteDatabase) -> None:
    with pytest.raises(Unavailable, match="readonly"):
        await database.fetch(Statement("write", "DELETE FROM owners"))


async def test_foreign_keys_are_kept_and_commits_outlive_a_loss_of_power(database: SqliteDatabase) -> None:
    async with database.transaction() as transaction:
        for name, value in (("foreign_keys", 1), ("synchronous", 2), ("query_only", 0)):
            assert [tuple(row) for row in await transaction.fetch(Statement("p", f"PRAGMA {name}"))] == [(value,)]


async def test_statistics_are_of_a_part_of_each_index_since_other_writers_wait_for_them(
    database: SqliteDatabase,
) -> None:
    async with database.transaction() as transaction:
        assert [tuple(row) for row in await transaction.fetch(Statement("p", "PRAGMA analysis_limit"))] == [(1000,)]


async def test_readers_go_on_while_a_transaction_writes(database: SqliteDatabase) -> None:
    async with database.transaction() as transaction:
        await transaction.fetch(Statement("write", "DELETE FROM owners"))
        assert await database.fetch(ONE)


async def test_writers_of_one_database_take_turns(database: SqliteDatabase) -> None:
    await asyncio.gather(*(insert_owner(database) for _ in range(50)))
    assert [tuple(row) for row in await database.fetch(Statement("n", "SELECT count(*) FROM owners"))] == [(50,)]


async def test_a_file_that_another_process_writes_is_unavailable_after_a_while(
    database: SqliteDatabase, sqlite_url: str
) -> None:
    with another_writer(sqlite_path(sqlite_url)):
        started = perf_counter()
        with pytest.raises(Unavailable, match="locked"):
            await insert_owner(database)
        assert 0.3 < perf_counter() - started < 2
    await insert_owner(database)


async def test_a_writer_waits_for_another_process_that_is_soon_done(database: SqliteDatabase, sqlite_url: str) -> None:
    with another_writer(sqlite_path(sqlite_url)):
        waiting = asyncio.create_task(insert_owner(database))
        await asyncio.sleep(0.1)
    await waiting


async def test_a_transaction_with_longer_statements_does_not_wait_longer_for_another_process(
    database: SqliteDatabase, sqlite_url: str
) -> None:
    with (
        another_writer(sqlite_path(sqlite_url)),
        pytest.raises(Unavailable, match=r"has kept .* locked for 0\.4 seconds"),
    ):
        async with database.transaction(timeout=3600):
            pass


async def test_a_writer_that_waits_for_another_process_can_be_called_off(
    database: SqliteDatabase, sqlite_url: str
) -> None:
    with another_writer(sqlite_path(sqlite_url)):
        for pause in (0, 0.001, 0.05, 0.15):
            waiting = asyncio.create_task(insert_owner(database))
            await asyncio.sleep(pause)
            waiting.cancel()
            started = perf_counter()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert perf_counter() - started < 0.3
    await insert_owner(database)


async def test_a_begin_that_is_called_off_leaves_no_transaction_open(database: SqliteDatabase) -> None:
    for steps in range(12):
        beginning = asyncio.create_task(insert_owner(database))
        for _ in range(steps):
            await asyncio.sleep(0)
        beginning.cancel()
        await asyncio.wait([beginning])
        await insert_owner(database)


async def test_a_commit_that_fails_is_taken_back(
    database: SqliteDatabase, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = database._writer
    run = writer.execute_fetchall

    def refuse(sql: str, parameters: object = None) -> object:
        return run("COMMIT NONSENSE" if sql == "COMMIT" else sql, parameters)

    monkeypatch.setattr(writer, "execute_fetchall", refuse)
    with pytest.raises(sqlite3.OperationalError, match="NONSENSE"):
        await insert_owner(database)
    cancelled = asyncio.create_task(insert_owner(database))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.wait([cancelled])
    monkeypatch.undo()
    await insert_owner(database)
    assert [tuple(row) for row in await database.fetch(Statement("n", "SELECT count(*) FROM owners"))] == [(1,)]


async def test_many_interrupts_never_hit_the_next_statement(database: SqliteDatabase, sqlite_url: str) -> None:
    slow = endless(sqlite_url)
    for pause in range(60):
        running = asyncio.create_task(database.fetch(slow))
        await asyncio.sleep(pause / 10_000)
        running.cancel()
        await asyncio.wait([running])
        await asyncio.gather(*(database.fetch(ONE) for _ in range(4)))


async def test_pages_of_one_size_share_a_statement(database: SqliteDatabase, query_log: QueryLog) -> None:
    await SqlStore(database).read(PROPERTIES_BY_CITY, [CityListing(*key) for key in (("x", 5), ("y", 5), ("x", 7))])
    assert query_log == ["properties_by_city(2)", "properties_by_city"]


async def test_a_new_file_can_be_opened_by_many_at_once(tmp_path: Path) -> None:
    for number in range(10):
        path = tmp_path / f"{number}.db"
        for opened in await asyncio.gather(*(open_sqlite(path, create=True) for _ in range(6))):
            await opened.close()


async def test_a_closed_database_is_one_file_whole(empty_sqlite_url: str) -> None:
    path = sqlite_path(empty_sqlite_url)
    for _ in range(10):
        database = await open_sqlite(path, options=SqliteOptions(readers=3))
        async with database.transaction() as transaction:
            await transaction.fetch(Statement("table", "CREATE TABLE IF NOT EXISTS t (x)"))
            await transaction.fetch(Statement("row", "INSERT INTO t VALUES (1)"))
        await asyncio.gather(*(database.fetch(Statement("read", "SELECT * FROM t")) for _ in range(6)))
        await database.close()
        assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_pages_are_grouped_by_their_size() -> None:
    pages = [{"key": key, "size": size} for key, size in enumerate((5, 7, 5))]
    assert group_by_size(pages) == {5: [pages[0], pages[2]], 7: [pages[1]]}
    assert group_by_size([]) == {}


def test_a_script_is_split_into_whole_statements() -> None:
    script = "-- a; comment\nCREATE TABLE t (\n    x TEXT DEFAULT ';'\n);\n\nCREATE INDEX i ON t (x);\n"
    assert [part.strip() for part in split_script(script)] == [
        "-- a; comment\nCREATE TABLE t (\n    x TEXT DEFAULT ';'\n);",
        "CREATE INDEX i ON t (x);",
    ]


def test_a_trigger_is_one_statement_of_a_script() -> None:
    trigger = "CREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM b;\n  DELETE FROM c;\nEND;\n"
    assert split_script(trigger + "SELECT 1;\n") == [trigger, "SELECT 1;\n"]


def test_a_script_that_ends_amid_a_statement_is_refused() -> None:
    with pytest.raises(ValueError, match="SELECT 2"):
        split_script("SELECT 1;\nSELECT 2")


async def test_a_folder_that_does_not_exist_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="unable to open"):
        await open_sqlite(tmp_path / "nowhere" / "freehold.db", create=True)


async def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, " * 1000)
    with pytest.raises(Unavailable, match="not a database"):
        await open_sqlite(path)


async def test_the_thread_of_a_connection_has_ended_once_it_is_closed(tmp_path: Path) -> None:
    connection = SqliteConnection(tmp_path / "new.db", create=True)
    await connection
    assert not connection.has_ended
    await close_connections([connection])
    assert connection.has_ended


async def test_opening_that_is_called_off_leaves_no_thread(tmp_path: Path) -> None:
    before = threading.active_count()
    for steps in range(12):
        opening = asyncio.create_task(open_sqlite(tmp_path / "freehold.db", create=True))
        for _ in range(steps):
            await asyncio.sleep(0)
        opening.cancel()
        await asyncio.wait([opening])
        if not opening.cancelled():
            await opening.result().close()
    assert threading.active_count() == before
