"""A database that its operator changes under a running server: clients hear UNAVAILABLE, and the log has one line."""

import asyncio
import shutil
import sqlite3
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest

from server.app import create_app
from server.settings.secret import Secret
from server.settings.settings import Settings
from storage.migrations import migrate
from storage.opening import open_database, sqlite_path
from tests.server.clients import opened

READ = "{ owners { nodes { name } } }"
WRITE = 'mutation { createOwner(input: {name: "A", email: "a@example.org"}) { owner { id } } }'


def running(url: str) -> AbstractAsyncContextManager[httpx.AsyncClient]:
    """An open demonstration without a cache, which looks at its file often."""
    settings = Settings(database_url=Secret(url), cache_url=Secret("none"), cache_bound=0.2, demonstration=True)
    return opened(create_app(settings))


@pytest.fixture
async def migrated_url(empty_database_url: str) -> str:
    """A database of this test's own, whose tables it may change."""
    return await _migrated(empty_database_url)


@pytest.fixture
async def migrated_postgres_url(empty_postgres_url: str) -> str:
    """The same on Postgres alone."""
    return await _migrated(empty_postgres_url)


async def _migrated(url: str) -> str:
    database = await open_database(url)
    await migrate(database)
    await database.close()
    return url


async def assert_unavailable(http: httpx.AsyncClient, query: str, caplog: pytest.LogCaptureFixture, said: str) -> None:
    """One error without a detail, and one line without a traceback that says what the database said."""
    caplog.clear()
    [error] = (await http.post("/graphql", json={"query": query})).json()["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert said not in error["message"]
    [line] = [record for record in caplog.records if record.name == "freehold"]
    assert said in line.getMessage()
    assert "\n" not in line.getMessage()
    assert (line.levelname, line.exc_info) == ("ERROR", None)


async def change(url: str, *statements: str) -> None:
    """Run these, in a way that either database has."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(sqlite_path(url))) as file:
            for statement in statements:
                file.execute(statement)
            file.commit()
        return
    connection = await asyncpg.connect(url)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


@pytest.mark.parametrize(
    ("statements", "query", "said"),
    [
        (["ALTER TABLE owners RENAME TO people"], READ, "owners"),
        (["ALTER TABLE owners RENAME TO people"], WRITE, "owners"),
        (["ALTER TABLE owners RENAME COLUMN name TO called"], READ, "name"),
        (["ALTER TABLE owners RENAME TO people", "CREATE VIEW owners AS SELECT 1 AS id"], READ, "column"),
        (
            [
                "ALTER TABLE owners RENAME TO people",
                "CREATE VIEW owners AS SELECT * FROM people UNION SELECT * FROM people",
            ],
            WRITE,
            "owners",
        ),
    ],
)
async def test_tables_that_were_changed_are_not_the_servers_mistake(
    migrated_url: str, caplog: pytest.LogCaptureFixture, statements: list[str], query: str, said: str
) -> None:
    async with running(migrated_url) as http:
        await change(migrated_url, *statements)
        await assert_unavailable(http, query, caplog, said)


async def test_a_role_that_may_only_read_is_told_to_the_operator_when_it_writes(
    migrated_postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    role = f"reader_{uuid4().hex}"
    name = urlsplit(migrated_postgres_url).path[1:]
    await change(
        migrated_postgres_url,
        f"CREATE ROLE {role} LOGIN PASSWORD 'p'",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}",
    )
    try:
        place = urlsplit(migrated_postgres_url).netloc.rpartition("@")[2]
        query = urlsplit(migrated_postgres_url).query
        url = f"postgresql://{role}:p@{place}/{name}" + (f"?{query}" if query else "")
        async with running(url) as http:
            assert (await http.post("/graphql", json={"query": READ})).json() == {"data": {"owners": {"nodes": []}}}
            await assert_unavailable(http, WRITE, caplog, "Postgres: permission denied for table owners")
    finally:
        await change(migrated_postgres_url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


async def test_a_trigger_of_the_operators_that_refuses_writes_is_told_to_the_operator(
    migrated_postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(migrated_postgres_url) as http:
        await change(
            migrated_postgres_url,
            "CREATE FUNCTION closed() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'closed for today' USING DETAIL = 'a@example.org'; END $$",
            "CREATE TRIGGER closed BEFORE INSERT ON owners EXECUTE FUNCTION closed()",
        )
        await assert_unavailable(http, WRITE, caplog, "Postgres: closed for today")
        assert "a@example.org" not in caplog.text


async def test_a_table_that_another_locks_is_a_deadline_that_passed(migrated_postgres_url: str) -> None:
    await change(
        migrated_postgres_url, f"ALTER DATABASE {urlsplit(migrated_postgres_url).path[1:]} SET lock_timeout = '50ms'"
    )
    locking = await asyncpg.connect(migrated_postgres_url)
    async with (
        running(migrated_postgres_url) as http,
        locking.transaction(),
    ):
        await locking.execute("LOCK TABLE owners")
        [error] = (await http.post("/graphql", json={"query": READ})).json()["errors"]
        assert error["extensions"]["code"] == "DEADLINE_EXCEEDED"
    await locking.close()


async def test_a_file_without_tables_in_the_databases_place_is_not_the_servers_mistake(
    sqlite_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as file:
        file.execute("CREATE TABLE something (id)")
    async with running(sqlite_url) as http:
        path = sqlite_path(sqlite_url)
        for each in path.parent.glob(f"{path.name}*"):
            each.unlink()
        shutil.move(other, path)
        for _ in range(200):
            if "migrations are missing" in (await http.get("/readyz")).text:
                break
            await asyncio.sleep(0.05)
        await assert_unavailable(http, READ, caplog, "SQLite: no such table: owners")
