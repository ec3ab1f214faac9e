"""Automatic persisted queries: registered by clients, in one process and in Redis."""

import hashlib
from typing import Any

import httpx
import pytest
import redis

from server.persisted.redis_registry import RedisRegistry
from server.persisted.registry import MemoryRegistry
from server.settings.secret import Secret
from storage.redis_link import RedisLink
from tests.ports import free_port
from tests.redis_server import RedisServer
from tests.server.clients import running
from tests.silent_server import open_silent_server

QUERY = "{ currency }"


def persisted(query: str, **extra: Any) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(query.encode()).hexdigest()} | extra}


async def ask(client: httpx.AsyncClient, **body: Any) -> Any:
    return (await client.post("/graphql", json=body)).json()


async def test_a_document_is_registered_with_its_text_and_asked_for_by_its_hash(sqlite_url: str) -> None:
    async with running(sqlite_url) as client:
        unknown = await client.post("/graphql", json={"extensions": persisted(QUERY)})
        assert unknown.json() == {
            "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]
        }
        assert (await ask(client, query=QUERY, extensions=persisted(QUERY)))["data"]
        assert await ask(client, extensions=persisted(QUERY)) == {"data": {"currency": "EUR"}}


@pytest.mark.parametrize("query", ["{ nothing }", "{", 'mutation { deleteProperty(id: "a") { deletedId } }'])
async def test_what_is_not_executed_is_not_registered(sqlite_url: str, query: str) -> None:
    async with running(sqlite_url) as client:
        assert (await ask(client, query=query, extensions=persisted(query)))["errors"]
        [error] = (await ask(client, extensions=persisted(query)))["errors"]
        assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "extensions",
    [
        persisted("{ other }"),
        persisted(QUERY, sha256Hash="x"),
        persisted(QUERY, sha256Hash=5),
        persisted(QUERY, version=2),
        {"persistedQuery": "x"},
        {"persistedQuery": []},
    ],
)
async def test_a_hash_that_is_not_the_documents_is_refused(sqlite_url: str, extensions: dict[str, Any]) -> None:
    async with running(sqlite_url) as client:
        [error] = (await ask(client, query=QUERY, extensions=extensions))["errors"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_registering_can_be_turned_off(sqlite_url: str) -> None:
    async with running(sqlite_url, apq=False) as client:
        assert (await ask(client, query=QUERY, extensions=persisted(QUERY)))["data"]
        [error] = (await ask(client, extensions=persisted(QUERY)))["errors"]
        assert error == {
            "message": "PersistedQueryNotSupported",
            "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"},
        }


async def test_the_store_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.persisted.registry.MOST", 5)
    monkeypatch.setattr("server.persisted.registry.GREATEST", 100)
    registry = MemoryRegistry()
    for number in range(10):
        await registry.keep(str(number), "x")
    assert [await registry.find(str(number)) for number in range(10)] == [None] * 5 + ["x"] * 5
    await registry.keep("long", "x" * 98)
    assert [await registry.find(str(number)) for number in range(6, 10)] == [None, None, "x", "x"]
    await registry.keep("too long", "x" * 101)
    assert await registry.find("too long") is None


async def test_instances_with_one_redis_share_what_was_registered(sqlite_url: str, redis_server: RedisServer) -> None:
    url = Secret(redis_server.url)
    async with running(sqlite_url, cache_url=url) as one, running(sqlite_url, cache_url=url) as other:
        assert (await ask(one, query=QUERY, extensions=persisted(QUERY)))["data"]
        assert await ask(other, extensions=persisted(QUERY)) == {"data": {"currency": "EUR"}}
    with redis.Redis.from_url(redis_server.url) as there:
        [key] = there.keys("freehold:document:*")
        assert there.ttl(key) > 0


async def test_lookups_in_a_row_wait_for_a_redis_that_hangs_only_once(sqlite_url: str) -> None:
    lookups = 30
    async with open_silent_server() as silent:
        url = Secret(f"redis://127.0.0.1:{silent.port}/0")
        async with running(sqlite_url, cache_url=url, cache_timeout=0.05) as client:
            for number in range(lookups):
                [error] = (await ask(client, extensions=persisted(f"{{ a{number}: currency }}")))["errors"]
                assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
            assert silent.accepted < lookups / 2


async def test_while_redis_is_down_an_instance_has_its_own() -> None:
    link = RedisLink(f"redis://127.0.0.1:{free_port()}/0", called="FREEHOLD_REDIS_URL")
    await link.open()
    registry = RedisRegistry(link)
    assert await registry.find("a") is None
    await registry.keep("a", QUERY)
    assert await registry.find("a") == QUERY
    await link.close()


@pytest.mark.parametrize("cache_url", ["memory", "none"])
async def test_they_are_shared_in_redis_also_where_the_cache_is_not(
    sqlite_url: str, redis_server: RedisServer, cache_url: str
) -> None:
    settings: dict[str, Any] = {"cache_url": Secret(cache_url), "redis_url": Secret(redis_server.url)}
    async with running(sqlite_url, **settings) as one, running(sqlite_url, **settings) as other:
        assert (await ask(one, query=QUERY, extensions=persisted(QUERY)))["data"]
        assert await ask(other, extensions=persisted(QUERY)) == {"data": {"currency": "EUR"}}


async def test_they_can_be_kept_out_of_the_redis_of_the_cache(sqlite_url: str, redis_server: RedisServer) -> None:
    settings: dict[str, Any] = {"cache_url": Secret(redis_server.url), "redis_url": Secret("none")}
    async with running(sqlite_url, rate_limit=1000, **settings) as client:
        assert (await ask(client, query=QUERY, extensions=persisted(QUERY)))["data"]
        assert await ask(client, extensions=persisted(QUERY)) == {"data": {"currency": "EUR"}}
    with redis.Redis.from_url(redis_server.url) as there:
        assert there.keys("freehold:document:*") == there.keys("freehold:rate:*") == []
