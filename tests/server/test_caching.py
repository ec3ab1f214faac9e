"""The application with its cache, as clients see it."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.app import create_app
from server.http.consistency_token import any_is_current, is_current, issue_token
from server.http.headers import CONSISTENCY_TOKEN
from server.settings.secret import Secret
from server.settings.settings import Settings
from storage.record import Owner
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.query_log import QueryLog
from tests.server.clients import opened, until_live

QUERY = '{ propertiesByCity(city: "lisbon") { address owner { name } } }'
RENAME = 'mutation { updateOwner(id: "%s", input: { name: "%s" }) { owner { name } errors { message } } }'


@pytest.fixture
def settings(database_url: str) -> Settings:
    """An open demonstration, with a cache in memory."""
    return Settings(database_url=Secret(database_url), demonstration=True)


@pytest.fixture
async def owner(store: Store) -> Owner:
    """An owner of three listings in Lisbon."""
    (created,) = await store.create(OWNERS, [an_owner(name="Old")])
    await store.create(PROPERTIES, [a_listing(created) for _ in range(3)])
    return created


@pytest.fixture
async def http(settings: Settings, owner: Owner, query_log: QueryLog) -> AsyncIterator[httpx.AsyncClient]:
    """A client; the cache is live."""
    app = create_app(settings, on_query=query_log.listen)
    async with opened(app) as client:
        await until_live(app)
        query_log.clear()
        yield client


async def ask(http: httpx.AsyncClient, query: str, **headers: str) -> Any:
    """The data of the answer, which must be without errors."""
    answer = await http.post("/graphql", json={"query": query}, headers=headers)
    body = answer.json()
    assert "errors" not in body, body
    return body["data"]


async def test_a_query_asked_again_runs_no_statement(http: httpx.AsyncClient, query_log: QueryLog) -> None:
    first = await ask(http, QUERY)
    assert query_log == ["properties_by_city", "owners_by_id"]
    assert await ask(http, QUERY) == first
    assert query_log == ["properties_by_city", "owners_by_id"]


async def test_a_mutation_is_seen_by_the_next_query(http: httpx.AsyncClient, owner: Owner) -> None:
    await ask(http, QUERY)
    await ask(http, RENAME % (owner.id, "New"))
    data = await ask(http, QUERY)
    assert {listing["owner"]["name"] for listing in data["propertiesByCity"]} == {"New"}


async def test_who_sends_the_mark_of_a_write_back_reads_past_the_cache(
    http: httpx.AsyncClient, owner: Owner, query_log: QueryLog
) -> None:
    await ask(http, QUERY)
    answer = await http.post("/graphql", json={"query": RENAME % (owner.id, "New")})
    mark = answer.headers[CONSISTENCY_TOKEN]
    await asyncio.sleep(0.1)  # our own write is heard through the channel too
    await ask(http, QUERY)
    query_log.clear()
    for _ in range(2):
        await ask(http, QUERY, **{CONSISTENCY_TOKEN: mark})
    assert query_log == ["properties_by_city"] * 2  # which brings the owners along, where nothing is to be kept
    query_log.clear()
    await ask(http, QUERY)
    assert query_log == []


async def test_only_writes_are_marked(http: httpx.AsyncClient, owner: Owner) -> None:
    for query in (QUERY, RENAME % (owner.id, "")):
        answer = await http.post("/graphql", json={"query": query})
        assert answer.status_code == 200
        assert CONSISTENCY_TOKEN not in answer.headers


def test_a_mark_runs_out_and_nonsense_is_none() -> None:
    assert is_current(issue_token(2), 2)
    for mark in ("", "-1", "1e9", "١٢", "9" * 15, "9" * 400, str(int(time.time() * 1000) - 1), "x"):
        assert not is_current(mark, 2)


@pytest.mark.parametrize("others", [["0"], ["x", "9" * 15], [""], ["1"] * 5])
@pytest.mark.parametrize("separator", [",", ", ", None])
def test_of_several_tokens_one_that_has_not_expired_is_enough(others: list[str], separator: str | None) -> None:
    def values(tokens: list[str]) -> list[str]:
        return tokens if separator is None else [separator.join(tokens)]

    assert not any_is_current(values(others), 2)
    assert any_is_current(values([*others, issue_token(2)]), 2)
    assert any_is_current(values([issue_token(2), *others]), 2)


def test_a_request_without_a_token_has_no_current_one() -> None:
    assert not any_is_current([], 2)


async def test_more_than_the_queue_holds_is_503_with_a_time_to_wait(database_url: str, owner: Owner) -> None:
    settings = Settings(database_url=Secret(database_url), cache_url=Secret("none"), queue_limit=1)
    async with opened(create_app(settings)) as http:
        query = "{ a: owners { nodes { id } } b: properties { nodes { id } } }"
        answer = await http.post("/graphql", json={"query": query})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "OVERLOADED"
        assert (await http.post("/graphql", json={"query": QUERY})).status_code == 200


async def test_metrics_tell_what_was_done(http: httpx.AsyncClient, owner: Owner) -> None:
    await ask(http, "query Lisbon " + QUERY)
    await ask(http, "query Lisbon " + QUERY)
    await ask(http, RENAME % (owner.id, "New"))
    await http.post("/graphql", json={"query": "{ nonsense }"})
    answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = answer.text.splitlines()
    for line in (
        'freehold_statement_seconds_count{statement="owners_by_id"} 1.0',
        'freehold_statement_rows_total{statement="properties_by_city"} 3.0',
        'freehold_statement_keys_sum{statement="owners_by_id"} 1.0',
        'freehold_batch_calls_count{statement="owners_by_id"} 1.0',
        'freehold_coalesced_calls_total{statement="owners_by_id"} 0.0',
        'freehold_cache_hits_total{statement="properties_by_city"} 1.0',
        'freehold_cache_misses_total{statement="properties_by_city"} 1.0',
        'freehold_cache_negative_hits_total{statement="properties_by_city"} 0.0',
        'freehold_cache_fills_total{statement="owners_by_id"} 1.0',
        'freehold_cache_fills_dropped_total{statement="owners_by_id"} 0.0',
        'freehold_cache_invalidations_total{source="write"} 1.0',
        'freehold_requests_total{kind="query",operation="Lisbon",outcome="ok"} 2.0',
        'freehold_requests_total{kind="mutation",operation="",outcome="ok"} 1.0',
    ):
        assert line in lines, line
    for name in ("cache_bytes", "pool_connections", "pool_connections_in_use", "pool_wait_seconds_total"):
        assert any(line.startswith(f"freehold_{name} ") for line in lines), name


async def test_names_that_clients_make_up_do_not_fill_the_metrics(http: httpx.AsyncClient) -> None:
    for number in range(250):
        await http.post("/graphql", json={"query": f"query Q{number} {{ currency }}"})
        if number % 100 == 0:
            await http.post("/graphql", json={"query": "query Used { currency }"})
            assert "Used" in (await http.get("/metrics")).text
    await http.post("/graphql", json={"query": "query New { currency }"})
    text = (await http.get("/metrics")).text
    assert text.count("freehold_requests_total{") == 200
    for name, count in (("Used", 3), ("New", 1)):
        assert f'freehold_requests_total{{kind="query",operation="{name}",outcome="ok"}} {count}.0' in text
    assert "Q0" not in text
