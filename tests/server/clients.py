"""The application without a network, at settings of a test's choice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import httpx
from starlette.applications import Starlette

from server.app import create_app
from server.application import Application
from server.settings.secret import Secret
from server.settings.settings import Settings
from storage.database import OnQuery, ignore_query

TOKENS = {
    "reader": "read",
    "writer": "read+write",
    "clerk": "read+personal",
    "scribe": "write",
    "root": "read+write+personal+trace",
    "editor": "read+unpublished+personal",
    "tracer": "read+personal+trace",
}


def token_settings() -> Secret:
    """FREEHOLD_TOKENS with a token for each of TOKENS; its text is its holder's name."""
    return Secret(" ".join(f"{name}:{scopes}:{sha256(name.encode()).hexdigest()}" for name, scopes in TOKENS.items()))


def bearer(name: str) -> dict[str, str]:
    """The headers of this holder."""
    return {"authorization": f"Bearer {name}"}


@asynccontextmanager
async def opened(app: Starlette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of this application while it runs."""
    transport = httpx.ASGITransport(app=app, client=("198.51.100.7", 123))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


async def until_live(app: Application) -> None:
    """Until its cache is used: writers elsewhere are heard."""
    cached: Any = app.graphql.stores.cached
    for _ in range(500):
        if cached._channel.is_live:
            return
        await asyncio.sleep(0.01)
    raise TimeoutError("The cache did not come to life.")


@asynccontextmanager
async def running(
    database_url: str, *, on_query: OnQuery = ignore_query, **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running application; with TOKENS unless the settings say otherwise."""
    given = {"database_url": Secret(database_url), "tokens": token_settings()} | settings
    async with opened(create_app(Settings(**given), on_query=on_query)) as client:
        yield client
