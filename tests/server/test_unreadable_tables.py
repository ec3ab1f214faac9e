"""Tables that are missing or may not be read: a server doesn't start, is not ready, and every command says so."""

import asyncio
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest

from server.app import create_app
from server.settings.secret import Secret
from server.settings.settings import Settings
from storage.errors import Misconfigured
from storage.migrations import check_schema, migrate
from storage.opening import open_database
from tests.server.cli.conftest import runner_of
from tests.server.test_changed_databases import change, running

NOT_READY = "the database refuses what this server asks: its log says why"
CHANGES = [
    ("ALTER TABLE price_changes RENAME TO others", "there is no table price_changes"),
    ("ALTER TABLE properties RENAME COLUMN city_key TO other", "the table properties lacks city_key"),
]


@pytest.fixture
async def migrated_url(empty_database_url: str) -> str:
    """A database of this test's own, whose tables it may change."""
    database = await open_database(empty_database_url)
    await migrate(database)
    await database.close()
    return empty_database_url


@pytest.mark.parametrize(("statement", "said"), CHANGES)
async def test_a_server_whose_tables_went_missing_is_not_ready_and_logs_why(
    migrated_url: str, caplog: pytest.LogCaptureFixture, statement: str, said: str
) -> None:
    async with running(migrated_url) as http:
        assert (await http.get("/readyz")).status_code == 200
        await change(migrated_url, statement)
        response = await http.get("/readyz")
    assert (response.status_code, response.json()) == (503, {"status": "not ready", "reason": NOT_READY})
    [line] = [record.getMessage() for record in caplog.records if record.name == "freehold"]
    assert line.startswith(f"not ready: {said}")


@pytest.mark.parametrize(("statement", "said"), CHANGES)
async def test_a_server_whose_tables_are_missing_does_not_start(migrated_url: str, statement: str, said: str) -> None:
    await change(migrated_url, statement)
    app = create_app(Settings(database_url=Secret(migrated_url), demonstration=True))
    with pytest.raises(Misconfigured, match=said):
        async with app.router.lifespan_context(app):
            pass


@pytest.mark.parametrize("command", ["migrate", "migrate --status", "export -"])
@pytest.mark.parametrize(("statement", "said"), CHANGES)
def test_a_command_on_tables_that_are_missing_says_so(
    migrated_url: str, statement: str, said: str, command: str
) -> None:
    asyncio.run(change(migrated_url, statement))
    ended = runner_of(migrated_url)(*command.split())
    assert isinstance(ended.exception, Misconfigured)
    assert said in str(ended.exception)
    assert "up to date" not in ended.stdout


async def test_a_table_that_the_role_may_not_read_is_named(empty_postgres_url: str) -> None:
    role = f"reader_{uuid4().hex}"
    database = await open_database(empty_postgres_url)
    await migrate(database)
    await database.close()
    grants = [
        f"CREATE ROLE {role} LOGIN PASSWORD 'p'",
        f"GRANT SELECT ON schema_migrations, owners, properties TO {role}",
        f"GRANT SELECT (id) ON price_changes TO {role}",
    ]
    await change(empty_postgres_url, *grants)
    parts = urlsplit(empty_postgres_url)
    try:
        place = parts.netloc.rpartition("@")[2]
        reading = await open_database(parts._replace(netloc=f"{role}:p@{place}").geturl())
        try:
            with pytest.raises(Misconfigured, match="may not read the table price_changes: grant"):
                await check_schema(reading)
            await change(empty_postgres_url, f"GRANT SELECT ON price_changes TO {role}")
            await check_schema(reading)
        finally:
            await reading.close()
    finally:
        await change(empty_postgres_url, f"DROP OWNED BY {role}", f"DROP ROLE {role}")


async def test_a_server_stays_ready_while_a_table_is_locked(empty_postgres_url: str) -> None:
    database = await open_database(empty_postgres_url)
    await migrate(database)
    await database.close()
    locking = await asyncpg.connect(empty_postgres_url)
    async with running(empty_postgres_url) as http, locking.transaction():
        await locking.execute("LOCK TABLE owners, properties, price_changes")
        assert (await http.get("/readyz")).status_code == 200
    await locking.close()
