"""From settings to an open Store."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server.settings import Settings
from storage.database import Database, OnQuery, ignore_query
from storage.opening import open_database
from storage.sql_store import SqlStore
from storage.store import Store


@asynccontextmanager
async def open_settings_database(settings: Settings, *, on_query: OnQuery = ignore_query) -> AsyncIterator[Database]:
    """The settings' database, closed at the end. Raises Unavailable or DeadlineExceeded."""
    url = settings.database_url.get_secret_value()
    database = await open_database(url, options=settings.options(), on_query=on_query)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_store(settings: Settings, *, on_query: OnQuery = ignore_query) -> AsyncIterator[Store]:
    """The settings' store, closed at the end; its tables are not checked. Raises as the database does."""
    async with open_settings_database(settings, on_query=on_query) as database:
        yield SqlStore(database, count_timeout=settings.count_timeout)
