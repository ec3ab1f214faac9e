"""Migrations: forward only, whole or not at all, and safe when many instances start at once."""

import asyncio
import sys
import unicodedata
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import pytest

from storage.database import Database
from storage.errors import SchemaMismatch
from storage.folding import fold
from storage.migrations import Migration, applied_migrations, check_schema, load_migrations, migrate
from storage.opening import open_database
from storage.sql_store import SqlStore
from storage.statements import Statement
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.query_log import QueryLog

BACKENDS = ["storage.sqlite.migrations", "storage.postgres.migrations"]
NEWEST = len(load_migrations(BACKENDS[0]))

Write = Callable[..., str]


@pytest.fixture
async def empty_database(empty_database_url: str) -> AsyncIterator[Database]:
    """An open database without tables."""
    database = await open_database(empty_database_url)
    yield database
    await database.close()


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Write:
    """Writes migrations into a package and names it."""
    name = f"migrations_{abs(hash(request.node.nodeid))}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)

    def write_files(**texts: str) -> str:
        for stem, text in texts.items():
            (folder / f"{stem.removeprefix('m')}.sql").write_text(text)
        load_migrations.cache_clear()
        return name

    return write_files


def use(database: Database, package: str) -> None:
    database.migrations = package


async def versions(database: Database) -> list[int]:
    return [migration.version for migration in await applied_migrations(database, database)]


async def insert_migration(database: Database, version: int, oldest: int) -> None:
    async with database.transaction() as transaction:
        await transaction.fetch(database.statements["record_migration"], version, "later", oldest, 0)


async def exists(database: Database, table: str) -> bool:
    try:
        await database.fetch(Statement("probe", f"SELECT 1 FROM {table}"))
    except Exception:
        return False
    return True


async def test_an_empty_database_has_no_migrations_and_is_refused(empty_database: Database) -> None:
    assert await applied_migrations(empty_database, empty_database) == []
    with pytest.raises(
        SchemaMismatch, match=r"\d migrations? (is|are) missing from the database: run `freehold migrate`"
    ):
        await check_schema(empty_database)


async def test_an_empty_database_gets_every_migration_and_a_second_run_does_nothing(empty_database: Database) -> None:
    fresh = await migrate(empty_database)
    assert [migration.version for migration in fresh] == await versions(empty_database) == list(range(1, NEWEST + 1))
    assert await migrate(empty_database) == []
    await check_schema(empty_database)


async def test_an_applied_migration_has_its_name_and_time(empty_database: Database) -> None:
    await migrate(empty_database)
    first = (await applied_migrations(empty_database, empty_database))[0]
    assert (first.name, first.oldest) == ("listings", 1)
    assert first.applied_at is not None
    assert first.applied_at > 1_600_000_000_000_000


async def test_tasks_that_migrate_at_once_apply_each_migration_once(empty_database_url: str) -> None:
    async def start() -> int:
        database = await open_database(empty_database_url)
        try:
            return len(await migrate(database))
        finally:
            await database.close()

    assert sum(await asyncio.gather(*(start() for _ in range(5)))) == NEWEST


_START = """
import asyncio, sys
from storage.migrations import check_schema, migrate
from storage.opening import open_database

async def main(url):
    database = await open_database(url)
    try:
        fresh = await migrate(database)
        await check_schema(database)
        print(len(fresh))
    finally:
        await database.close()

asyncio.run(main(sys.argv[1]))
"""


async def test_processes_that_migrate_at_once_apply_each_migration_once(empty_database_url: str) -> None:
    async def start() -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            _START,
            empty_database_url,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, errors = await process.communicate()
        return (out + errors).decode().strip()

    assert sum(map(int, await asyncio.gather(*(start() for _ in range(4))))) == NEWEST


async def test_a_failing_migration_leaves_nothing_and_those_before_it_stay(
    empty_database: Database, write: Write
) -> None:
    good = "-- oldest: 1\nCREATE TABLE first (id integer);\n"
    step = "-- oldest: 1\nCREATE TABLE second (id integer);\nINSERT INTO second VALUES (1);\n"
    bad = step + "SELECT nonsense FROM nowhere;\n"
    use(empty_database, write(m0001_first=good, m0002_second=bad))
    with pytest.raises(Exception, match="nowhere"):
        await migrate(empty_database)
    assert await versions(empty_database) == [1]
    assert (await exists(empty_database, "first"), await exists(empty_database, "second")) == (True, False)

    use(empty_database, write(m0002_second=step))
    assert [migration.name for migration in await migrate(empty_database)] == ["second"]
    assert await exists(empty_database, "second")


async def test_a_migration_that_is_called_off_leaves_nothing(empty_database: Database, write: Write) -> None:
    use(empty_database, write(m0001_first="-- oldest: 1\nCREATE TABLE first (id integer);\n"))
    for steps in range(0, 60, 3):
        migrating = asyncio.create_task(migrate(empty_database))
        for _ in range(steps):
            await asyncio.sleep(0)
        migrating.cancel()
        await asyncio.wait([migrating])
        applied = await versions(empty_database)
        assert await exists(empty_database, "first") == (applied == [1])
    await migrate(empty_database)
    assert await versions(empty_database) == [1]


async def test_a_newer_database_that_suits_older_code_is_accepted(empty_database: Database) -> None:
    await migrate(empty_database)
    await insert_migration(empty_database, NEWEST + 1, oldest=NEWEST)
    await check_schema(empty_database)
    assert await migrate(empty_database) == []


async def test_a_newer_database_that_older_code_can_not_live_with_is_refused(empty_database: Database) -> None:
    await migrate(empty_database)
    await insert_migration(empty_database, NEWEST + 1, oldest=NEWEST + 1)
    message = f"need code that knows migration {NEWEST + 1}; this code knows {NEWEST}: deploy a newer Freehold"
    with pytest.raises(SchemaMismatch, match=message):
        await check_schema(empty_database)
    with pytest.raises(SchemaMismatch, match=message):
        await migrate(empty_database)


async def test_missing_migrations_are_counted(empty_database: Database, write: Write) -> None:
    await migrate(empty_database)
    texts = {f"m{number:04}_step": "-- oldest: 1\n" for number in range(1, NEWEST + 3)}
    use(empty_database, write(**texts))
    with pytest.raises(SchemaMismatch, match="2 migrations are missing from the database: run `freehold migrate`"):
        await check_schema(empty_database)


def test_a_gap_in_the_numbers_is_refused(write: Write) -> None:
    package = write(m0001_a="-- oldest: 1\n", m0003_c="-- oldest: 1\n")
    with pytest.raises(ValueError, match="without gaps"):
        load_migrations(package)


def test_a_number_given_twice_is_refused(write: Write) -> None:
    package = write(m0001_a="-- oldest: 1\n", m0001_b="-- oldest: 1\n")
    with pytest.raises(ValueError, match="without gaps"):
        load_migrations(package)


def test_a_migration_without_its_header_is_refused(write: Write) -> None:
    package = write(m0001_a="CREATE TABLE a (id integer);\n-- oldest: 1\n")
    with pytest.raises(ValueError, match=r"0001_a\.sql does not begin with '-- oldest: N'"):
        load_migrations(package)


def test_files_of_other_names_are_no_migrations(write: Write) -> None:
    package = write(m0001_a="-- oldest: 1\n", notes="", m12_b="")
    assert load_migrations(package) == (Migration(1, "a", 1, "-- oldest: 1\n"),)


def test_both_databases_have_the_same_migrations() -> None:
    histories = [[(one.version, one.name, one.oldest) for one in load_migrations(package)] for package in BACKENDS]
    assert histories[0] == histories[1]


@pytest.mark.parametrize("package", BACKENDS)
def test_no_migration_needs_code_that_is_newer_than_itself(package: str) -> None:
    assert all(1 <= migration.oldest <= migration.version for migration in load_migrations(package))


async def test_migrating_again_runs_no_script(database: Database, query_log: QueryLog) -> None:
    await migrate(database)
    assert "record_migration" not in query_log
    assert "create_schema_migrations" not in query_log


NAMES = ["İstanbul", "Istanbul", "Diyarbakır", "ı", "İ\u0323", "ı\u0307i\u0307\u0307", "Málaga", "Ilıca İlıca"]


def old_key(text: str) -> str:
    """The key that `text` had before migration 0006."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


async def store_old_keys(database: Database, names: list[str]) -> None:
    """An owner and a listing of each name, with the keys that older code gave them; every second has no region."""
    store = SqlStore(database)
    owners = await store.create(OWNERS, [an_owner(name=name, reference=str(n)) for n, name in enumerate(names)])
    await store.create(
        PROPERTIES,
        [a_listing(owner, city=owner.name, region=owner.name if n % 2 else None) for n, owner in enumerate(owners)],
    )
    async with database.transaction() as transaction:
        for owner in owners:
            key = old_key(owner.name)
            sqls = (
                f"UPDATE owners SET name_key = '{key}' WHERE id = '{owner.id}'",
                f"UPDATE properties SET city_key = '{key}' WHERE owner_id = '{owner.id}'",
                f"UPDATE properties SET region_key = '{key}' WHERE owner_id = '{owner.id}' AND region IS NOT NULL",
            )
            for sql in sqls:
                await transaction.run_script(f"{sql};")


async def run_migration(database: Database, version: int) -> None:
    async with database.transaction() as transaction:
        await transaction.run_script(load_migrations(database.migrations)[version - 1].sql)


async def test_keys_stored_before_i_had_one_key_become_those_of_new_rows(database: Database) -> None:
    await store_old_keys(database, NAMES)
    await run_migration(database, 6)
    owners = await database.fetch(Statement("probe", "SELECT name, name_key FROM owners"))
    cities = await database.fetch(Statement("probe", "SELECT city, city_key FROM properties"))
    regions = await database.fetch(Statement("probe", "SELECT region, region_key FROM properties"))
    assert dict(map(tuple, owners)) == dict(map(tuple, cities)) == {name: fold(name) for name in NAMES}
    assert dict(map(tuple, regions)) == {None: None} | {name: fold(name) for name in NAMES[1::2]}


async def test_caches_are_notified_only_of_rows_whose_keys_a_migration_changes(postgres_url: str) -> None:
    database = await open_database(postgres_url)
    await store_old_keys(database, ["İstanbul", "Lisbon", "Istanbul"])
    heard: list[str] = []
    listener = await asyncpg.connect(postgres_url)
    await listener.add_listener("freehold", lambda *event: heard.append(str(event[3])))
    await run_migration(database, 6)
    await listener.execute("SELECT 1")
    await listener.close()
    await database.close()
    assert sorted(tag for tag in heard if tag.startswith("city:")) == ["city:istanbul", "city:i\u0307stanbul"]
    assert len({tag for tag in heard if tag.startswith("owner:")}) == 1
    assert len({tag for tag in heard if tag.startswith("property:")}) == 1
