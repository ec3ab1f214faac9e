"""Caches of both kinds."""

from collections.abc import AsyncIterator

import pytest

from storage.cache.cache import Cache
from tests.layers import open_cache


@pytest.fixture(params=["memory", "redis"])
async def cache(request: pytest.FixtureRequest) -> AsyncIterator[Cache]:
    """A cache that holds nothing."""
    cache = await open_cache(request.param, request)
    try:
        yield cache
    finally:
        await cache.close()
