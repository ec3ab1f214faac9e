"""Which HTTP methods GraphQL is answered to, and what each may do: RFC 9110, 9.3, and GraphQL over HTTP."""

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.http.response import encode
from storage.sql_store import SqlStore
from storage.tables import OWNERS
from tests.drafts import an_owner
from tests.query_log import QueryLog
from tests.server.clients import bearer, running

WRITE = 'mutation Add { createOwner(input: {name: "A", email: "a@b.c"}) { owner { id } } }'
READ_OWNERS = "query All { owners { nodes { name } } }"
GRAPHQL_RESPONSE = "application/graphql-response+json"
TYPES = ["application/json", GRAPHQL_RESPONSE]
REFUSAL = {
    "errors": [
        {
            "message": "Send mutations by POST: GET and HEAD only answer queries.",
            "extensions": {"code": "METHOD_NOT_ALLOWED"},
        }
    ]
}


def by_hash(text: str) -> dict[str, Any]:
    """The `extensions` that name this text by its hash."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"persistedQuery": {"version": 1, "sha256Hash": digest}}


def named(way: str) -> dict[str, str]:
    """The parameters of an address that name WRITE in this way."""
    match way:
        case "text":
            return {"query": WRITE}
        case "operationName":
            return {"query": f"{READ_OWNERS} {WRITE}", "operationName": "Add"}
        case "hash":
            return {"extensions": json.dumps(by_hash(WRITE))}
        case "documentId":
            return {"documentId": "add"}
        case _:
            return {"query": "mutation { createOwner }"}


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    path = tmp_path / "documents.json"
    path.write_text(json.dumps({"add": WRITE}))
    return str(path)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("media_type", TYPES)
@pytest.mark.parametrize("way", ["text", "operationName", "hash", "documentId", "an invalid text"])
async def test_a_mutation_by_a_safe_method_is_405_and_runs_nothing(
    database_url: str, manifest: str, query_log: QueryLog, way: str, media_type: str, method: str
) -> None:
    public = "read write personal"
    trusted = {"trusted_documents": manifest, "trusted_documents_mode": "log"}
    async with running(database_url, on_query=query_log.listen, public=public, **trusted) as client:
        registered = await client.post("/graphql", json={"query": WRITE, "extensions": by_hash(WRITE)})
        assert registered.json()["data"]["createOwner"]["owner"]
        query_log.clear()
        headers = {"accept": media_type}
        response = await client.request(method, "/graphql", params=named(way), headers=headers)
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"
        assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        assert response.content == (b"" if method == "HEAD" else encode(REFUSAL))
        assert query_log == []


async def test_a_mutation_by_get_is_405_for_a_viewer_who_may_not_write_either(sqlite_url: str) -> None:
    async with running(sqlite_url) as client:
        for headers in ({}, bearer("reader")):
            response = await client.get("/graphql", params={"query": WRITE}, headers=headers)
            assert response.status_code == 405


async def test_head_is_answered_with_the_status_and_headers_of_get(database_url: str, store: SqlStore) -> None:
    await store.create(OWNERS, [an_owner(name="A")])
    async with running(database_url, public="read") as client:
        await client.post("/graphql", json={"query": READ_OWNERS, "extensions": by_hash(READ_OWNERS)})
        kept = {"extensions": json.dumps(by_hash(READ_OWNERS))}
        for params in (kept, {"query": READ_OWNERS}, {"query": "{ nothing }"}, {"query": ""}):
            head, get = [await client.request(method, "/graphql", params=params) for method in ("HEAD", "GET")]
            assert head.status_code == get.status_code
            assert _compared(head) == _compared(get)
        head = await client.head("/graphql", params=kept)
        assert head.headers["etag"]
        again = await client.head("/graphql", params=kept, headers={"if-none-match": head.headers["etag"]})
        assert again.status_code == 304


def _compared(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name not in ("x-request-id", "ratelimit")}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "QUERY"])
async def test_other_methods_are_405_and_told_which_ones_there_are(sqlite_url: str, method: str) -> None:
    async with running(sqlite_url) as client:
        response = await client.request(method, "/graphql", headers={"accept": GRAPHQL_RESPONSE})
        assert response.status_code == 405
        assert response.headers["allow"] == "GET, HEAD, POST"
        assert response.headers["content-type"] == f"{GRAPHQL_RESPONSE}; charset=utf-8"
        assert response.json()["errors"][0]["extensions"] == {"code": "METHOD_NOT_ALLOWED"}


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/"])
async def test_other_addresses_say_in_json_which_methods_they_have(sqlite_url: str, path: str) -> None:
    async with running(sqlite_url) as client:
        response = await client.post(path)
        assert response.status_code == 405
        assert response.headers["allow"] == "GET, HEAD"
        assert response.headers["cache-control"] == "no-store"
        assert response.json()["errors"][0]["extensions"] == {"code": "METHOD_NOT_ALLOWED"}


async def test_no_cache_keeps_a_refusal_or_the_answer_to_a_post(sqlite_url: str) -> None:
    async with running(sqlite_url) as client:
        for response, status in (
            (await client.get("/nothing"), 404),
            (await client.put("/graphql"), 405),
            (await client.get("/graphql", params={"variables": "{"}), 400),
            (await client.get("/graphql", headers={"authorization": "Bearer none"}), 401),
            (await client.post("/graphql", headers={"authorization": "Bearer none"}), 401),
            (await client.post("/graphql", json={}), 400),
            (await client.post("/graphql", json={"query": "{ currency }"}), 200),
            (await client.post("/graphql", json={"query": "{ nothing }"}), 200),
        ):
            assert response.status_code == status
            assert response.headers.get_list("cache-control") == ["no-store"]


@pytest.mark.parametrize("media_type", TYPES)
async def test_what_is_refused_before_it_is_read_has_the_accepted_type_too(sqlite_url: str, media_type: str) -> None:
    statuses = []
    async with running(sqlite_url, body_limit=1000) as client:
        headers = {"accept": media_type}
        for response in (
            await client.get("/graphql", params={"variables": "{"}, headers=headers),
            await client.get("/graphql", headers=headers | {"authorization": "Bearer none"}),
            await client.post("/graphql", content=b" " * 1001, headers=headers),
            await client.post("/graphql", content=b"{}", headers=headers),
        ):
            statuses.append(response.status_code)
            assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert statuses == [400, 401, 413, 415]


async def test_a_page_of_another_origin_may_ask_by_head(sqlite_url: str) -> None:
    async with running(sqlite_url, cors_origins=("https://a.example",)) as client:
        headers = {"origin": "https://a.example", "access-control-request-method": "HEAD"}
        response = await client.options("/graphql", headers=headers)
        assert response.status_code == 200
        assert "HEAD" in response.headers["access-control-allow-methods"]


async def test_answers_are_not_compressed(sqlite_url: str) -> None:
    async with running(sqlite_url) as client:
        response = await client.get(
            "/graphql",
            params={"query": "{ __schema { types { name } } }"},
            headers={"accept-encoding": "gzip, br, zstd"},
        )
        assert len(response.content) > 1000
        assert "content-encoding" not in response.headers
