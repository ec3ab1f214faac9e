"""Databases that are filled once and only read."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from storage.migrations import migrate
from storage.opening import open_database
from tests.postgres_server import open_empty_database
from tests.storage.filled import fill


async def _fill(url: str) -> None:
    database = await open_database(url, create=True)
    try:
        await migrate(database)
        await fill(database)
    finally:
        await database.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def filled_sqlite_without_statistics(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file of many rows that was never analyzed."""
    path = tmp_path_factory.mktemp("filled") / "plain.db"
    await _fill(f"sqlite:///{path}")
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def filled_sqlite(filled_sqlite_without_statistics: Path) -> Path:
    """A SQLite file of many rows, whose planner knows how they are spread."""
    path = filled_sqlite_without_statistics.with_name("analyzed.db")
    shutil.copy(filled_sqlite_without_statistics, path)
    await _analyze(f"sqlite:///{path}")
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def filled_postgres(postgres_server: str) -> AsyncIterator[str]:
    """The URL of a Postgres database of many rows, whose planner knows how they are spread and that all see them."""
    async with open_empty_database(postgres_server) as url:
        await _fill(url)
        await _analyze(url)
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("VACUUM")
        finally:
            await connection.close()
        yield url


async def _analyze(url: str) -> None:
    database = await open_database(url)
    try:
        async with database.transaction() as transaction:
            await transaction.fetch(database.statements["analyze"])
    finally:
        await database.close()
