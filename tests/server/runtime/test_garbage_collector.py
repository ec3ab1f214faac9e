"""What a serving process keeps is freed without a full collection of garbage."""

import gc
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest

from server.admission import prepared_queries
from server.app import create_app
from server.runtime import garbage_collector
from server.settings.secret import Secret
from server.settings.settings import Settings
from tests.server.clients import opened

KEPT = ("DocumentNode", "FieldNode", "Location", "Selection", "Field", "ObjectShape")
"""Types of which every kept document has instances."""


MOST = 20
"""Documents that the application of these tests keeps."""


@pytest.fixture
async def client(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr(prepared_queries, "MOST", MOST)
    async with opened(create_app(Settings(database_url=Secret(sqlite_url)))) as client:
        yield client


async def ask(client: httpx.AsyncClient, number: int) -> None:
    listing = "{ nodes { address owner { name } priceHistory(first: 2) { nodes { newPrice } } } }"
    query = f"query Q{number} {{ properties(first: 1, after: null) {listing} ... on Query {{ currency }} }}"
    answer = await client.post("/graphql", json={"query": query})
    assert "errors" not in answer.json()


def count_kept() -> Counter[str]:
    kinds = Counter(type(each).__name__ for each in gc.get_objects())
    return Counter({kind: kinds[kind] for kind in KEPT})


async def test_an_evicted_document_is_freed_without_a_collection(client: httpx.AsyncClient) -> None:
    for number in range(2 * MOST):
        await ask(client, number)
    gc.collect()
    full = count_kept()
    assert full["Selection"] > MOST
    gc.disable()
    try:
        for number in range(2 * MOST, 4 * MOST):
            await ask(client, number)
        gc.collect(0)  # what the requests left, but nothing that was kept before them
        assert count_kept() == full
    finally:
        gc.enable()


async def test_what_survives_is_frozen_while_the_application_runs(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    frozen, thresholds = gc.get_freeze_count(), gc.get_threshold()
    try:
        garbage_collector.freeze_start()
        settled = gc.get_freeze_count()
        monkeypatch.setattr(garbage_collector, "STARTED", 0.001)
        monkeypatch.setattr(garbage_collector, "INTERVAL", 0.001)
        async with opened(create_app(Settings(database_url=Secret(sqlite_url)))) as client:
            while gc.get_freeze_count() < settled + 1_000:
                await ask(client, gc.get_freeze_count())
                gc.collect(1)
    finally:
        gc.set_threshold(*thresholds)
        if not frozen:
            gc.unfreeze()
