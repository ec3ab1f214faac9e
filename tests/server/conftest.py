"""The application without a network, on either backend."""

from collections.abc import AsyncIterator

import httpx
import pytest

from server.app import create_app
from server.settings.secret import Secret
from server.settings.settings import Settings
from tests.query_log import QueryLog


@pytest.fixture
def settings(database_url: str) -> Settings:
    """An open demonstration over this test's database, without a cache: each request runs its own statements."""
    return Settings(database_url=Secret(database_url), cache_url=Secret("none"), demonstration=True)


@pytest.fixture
async def http(settings: Settings, query_log: QueryLog) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running application; what it read at its start is not in the log."""
    app = create_app(settings, on_query=query_log.listen)
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        query_log.clear()
        yield client
