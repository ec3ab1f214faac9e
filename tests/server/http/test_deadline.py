"""A request that takes too long, and a client that hangs up: their statements are cancelled, and others are served."""

import asyncio
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
import uvicorn

from server.app import create_app
from server.settings.secret import Secret
from server.settings.settings import Settings
from server.stores import open_store
from storage.tables import OWNERS
from tests.conftest import BACKENDS
from tests.drafts import an_owner
from tests.query_log import QueryLog
from tests.server.process import environment, run_freehold

SLOW = {"query": "{ properties(filter: {minBathrooms: 999}) { nodes { id } } }"}
CANCELLED = ["search_properties failed: Cancelled"]
ROWS = 400_000
HEAD = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n"


@pytest.fixture(params=BACKENDS)
def _database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("many_rows_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
async def slow_url(_database_url: str) -> AsyncIterator[str]:
    """A database of one owner in which SLOW takes long: SQLite reads many rows, Postgres waits for a lock."""
    if _database_url.startswith("sqlite"):
        yield _database_url
        return
    async with open_store(Settings(database_url=Secret(_database_url))) as store:
        await store.create(OWNERS, [an_owner()])
    async with _locked(_database_url):
        yield _database_url


@pytest.fixture(scope="module")
def many_rows_url(_migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("many") / "many.db"
    shutil.copy(_migrated_sqlite, path)
    url = f"sqlite:///{path}"
    run_freehold("seed", "--owners", "1", "--properties", "1", env=environment(FREEHOLD_DATABASE_URL=url))
    connection = sqlite3.connect(path)
    with connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(properties)")]
        new = {"id": "'property_' || printf('%026d', n.value)", "reference": "NULL"}
        values = [new.get(name, f"p.{name}") for name in columns]
        connection.execute(
            f"WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < {ROWS})"
            f" INSERT INTO properties ({', '.join(columns)}) SELECT {', '.join(values)} FROM n, properties p"
        )
    connection.close()
    return url


@asynccontextmanager
async def _locked(url: str) -> AsyncIterator[None]:
    connection: Any = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE properties IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await connection.close()


@asynccontextmanager
async def listening(url: str, query_log: QueryLog, **settings: Any) -> AsyncIterator[str]:
    """The application behind a real socket, with one connection to its database."""
    given: dict[str, Any] = {"database_url": Secret(url), "pool_size": 1, "sqlite_readers": 1} | settings
    app = create_app(Settings(**given), on_query=query_log.listen)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on"))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    query_log.clear()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/graphql"
    finally:
        server.should_exit = True
        await serving


async def until(log: QueryLog, expected: list[str]) -> None:
    deadline = time.monotonic() + 2
    while log != expected and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert log == expected


async def assert_served(url: str) -> None:
    """The next caller gets the only connection, and an answer."""
    async with httpx.AsyncClient() as client:
        response = await client.post(url, json={"query": "{ owners { nodes { name } } }"}, timeout=3)
        assert len(response.json()["data"]["owners"]["nodes"]) == 1


async def test_a_deadline_cancels_the_statement_and_says_so(slow_url: str, query_log: QueryLog) -> None:
    async with listening(slow_url, query_log, request_timeout=0.06) as url, httpx.AsyncClient() as client:
        started = time.monotonic()
        response = await client.post(url, json=SLOW)
        assert time.monotonic() - started < 1
        assert response.status_code == 504
        [error] = response.json()["errors"]
        assert error["extensions"] == {"code": "DEADLINE_EXCEEDED"}
        assert "0.06 s" in error["message"]
        await until(query_log, CANCELLED)
        await assert_served(url)


async def test_a_client_that_hangs_up_cancels_its_statement(slow_url: str, query_log: QueryLog) -> None:
    async with listening(slow_url, query_log) as url:
        port = int(url.split(":")[2].partition("/")[0])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        body = orjson.dumps(SLOW)
        writer.write(HEAD.format(len(body)).encode() + body)
        await asyncio.sleep(0.05)
        assert query_log == []
        writer.close()
        await writer.wait_closed()
        await until(query_log, CANCELLED)
        await assert_served(url)


async def test_a_client_that_hangs_up_a_get_is_noticed_too(slow_url: str, query_log: QueryLog) -> None:
    async with listening(slow_url, query_log) as url, httpx.AsyncClient() as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(url, params=SLOW, timeout=0.05)
        await until(query_log, CANCELLED)
        await assert_served(url)


async def test_one_that_hangs_up_takes_nothing_from_one_that_waits(slow_url: str, query_log: QueryLog) -> None:
    async with listening(slow_url, query_log, pool_size=2, sqlite_readers=2) as url, httpx.AsyncClient() as client:
        waits = asyncio.create_task(client.post(url, json={"query": "{ owners { nodes { name } } }"}))
        with pytest.raises(httpx.ReadTimeout):
            await client.post(url, json=SLOW, timeout=0.05)
        assert (await waits).json()["data"]["owners"]["nodes"]


async def test_a_body_that_never_comes_is_given_up(sqlite_url: str, query_log: QueryLog) -> None:
    async with listening(sqlite_url, query_log, request_timeout=0.2) as url:
        port = int(url.split(":")[2].partition("/")[0])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD.format(99).encode() + b"{")
        answer = await asyncio.wait_for(reader.read(1000), 2)
        assert b"504" in answer
        assert b"DEADLINE_EXCEEDED" in answer
        writer.close()
        await writer.wait_closed()
