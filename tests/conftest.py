"""Databases and stores for tests. What takes `database_url`, `database` or `store` runs on both backends."""

import gc
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, ExitStack
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from storage.coalescing.store import CoalescingStore
from storage.database import Database
from storage.migrations import migrate
from storage.opening import open_database
from storage.sql_store import SqlStore
from storage.store import Store
from tests.clock import Clock
from tests.layers import LAYERS, cached, layered, open_cache
from tests.missing import skip_or_fail
from tests.postgres_server import empty_tables, open_empty_database, open_postgres_server
from tests.query_log import QueryLog, at_most
from tests.redis_server import RedisServer, find_redis, open_redis_server

MaxStatements = Callable[[int], AbstractContextManager[None]]
BACKENDS = ["sqlite", "postgres"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a Postgres where the tests may make databases."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(open_postgres_server())
        except Exception as exc:
            skip_or_fail(f"no Postgres for the tests: {exc!r}")
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _migrated_postgres(postgres_server: str) -> AsyncIterator[str]:
    async with AsyncExitStack() as stack:
        try:
            url = await stack.enter_async_context(open_empty_database(postgres_server))
        except Exception as exc:
            skip_or_fail(f"no Postgres for the tests: {exc!r}")
        await _migrate(url)
        yield url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    await _migrate(f"sqlite:///{path}")
    return path


async def _migrate(url: str) -> None:
    database = await open_database(url, create=True)
    try:
        await migrate(database)
    finally:
        await database.close()


@pytest.fixture
def sqlite_url(_migrated_sqlite: Path, tmp_path: Path) -> str:
    """A migrated SQLite file without rows."""
    path = tmp_path / "freehold.db"
    shutil.copy(_migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def postgres_url(_migrated_postgres: str) -> str:
    """A migrated Postgres database without rows. One serves all tests: leave its tables as they are."""
    await empty_tables(_migrated_postgres)
    return _migrated_postgres


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    """A SQLite file without tables."""
    path = tmp_path / "empty.db"
    path.touch()
    return f"sqlite:///{path}"


@pytest.fixture
async def empty_postgres_url(postgres_server: str) -> AsyncIterator[str]:
    """A Postgres database without tables, of this test's own."""
    async with open_empty_database(postgres_server) as url:
        yield url


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database without rows."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(params=BACKENDS)
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """A database without tables."""
    return str(request.getfixturevalue(f"empty_{request.param}_url"))


@pytest.fixture
def query_log() -> QueryLog:
    """The statements that ran on `database` so far; `clear()` forgets those that set the test up."""
    return QueryLog()


@pytest.fixture
def max_statements(query_log: QueryLog) -> MaxStatements:
    """`with max_statements(3): …` fails if more statements run inside, and names them."""
    return partial(at_most, query_log)


@pytest.fixture
def unmeasured(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes that the test starts run as they do outside of `make coverage`, which loads modules into them."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)


@pytest.fixture
def clock() -> Clock:
    """The store's clock."""
    return Clock()


@pytest.fixture
async def database(database_url: str, query_log: QueryLog) -> AsyncIterator[Database]:
    """An open database."""
    database = await open_database(database_url, on_query=query_log.listen)
    try:
        yield database
    finally:
        await database.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What takes a store and is marked `every_layer` runs over each of them."""
    if "layers" in metafunc.fixturenames and metafunc.definition.get_closest_marker("every_layer"):
        metafunc.parametrize("layers", LAYERS, indirect=True)


@pytest.fixture
def layers(request: pytest.FixtureRequest) -> str:
    """What lies over the database: "sql" if the test does not ask for more."""
    return str(getattr(request, "param", "sql"))


@pytest.fixture
async def store(request: pytest.FixtureRequest, database: Database, clock: Clock, layers: str) -> AsyncIterator[Store]:
    """The store over `database`; the fixture that owns the database closes it."""
    if layers in ("sql", "coalesced"):
        sql = SqlStore(database, clock=clock)
        yield sql if layers == "sql" else layered(CoalescingStore(sql), sql)
        return
    cache = await open_cache(layers, request)
    try:
        yield cached(database, cache, clock=clock)
    finally:
        await cache.close()


@pytest.fixture(scope="session")
def _redis_server() -> Iterator[RedisServer]:
    program = find_redis()
    if program is None:
        skip_or_fail("no Redis for the tests: there is no redis-server on this machine")
    with open_redis_server(program) as server:
        yield server


@pytest.fixture
def redis_server(_redis_server: RedisServer) -> RedisServer:
    """A running Redis that holds nothing."""
    _redis_server.empty()
    return _redis_server


@pytest.fixture(scope="module")
def forgotten_coroutines() -> Iterator[None]:
    """Collects, before the next module's tests, the coroutines that graphql-core made here and never awaited."""
    yield
    gc.collect()
