"""Answers to GET: who may keep them, and whether they still hold."""

import hashlib
import json
from typing import Any

import httpx
import pytest

from server.settings.secret import Secret
from server.settings.settings import Settings
from server.stores import open_store
from storage.sql_store import SqlStore
from storage.tables import OWNERS
from tests.drafts import an_owner
from tests.server.clients import bearer, running

READ_OWNERS = "{ owners { nodes { name } } }"
PERSONAL = "{ owners { nodes { name email } } }"


def persisted(query: str) -> dict[str, Any]:
    """The extensions that name this document."""
    return {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(query.encode()).hexdigest()}}


async def get(
    client: httpx.AsyncClient, query: str, headers: dict[str, str] | None = None, *, text: bool = False
) -> httpx.Response:
    """A GET by hash of what was registered by its first request."""
    params: dict[str, Any] = {"extensions": json.dumps(persisted(query))} | ({"query": query} if text else {})
    return await client.get("/graphql", params=params, headers=headers)


async def test_an_answer_holds_until_what_it_was_made_of_changes(database_url: str, store: SqlStore) -> None:
    await store.create(OWNERS, [an_owner(name="A")])
    async with running(database_url) as client:
        first = await get(client, READ_OWNERS, text=True)
        assert first.headers["cache-control"] == "public, max-age=0, must-revalidate"
        assert first.headers["vary"] == "accept, authorization, freehold-written"
        again = await get(client, READ_OWNERS, {"if-none-match": f'"other", W/{first.headers["etag"]}'})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == first.headers["etag"]
        assert again.headers["cache-control"] == first.headers["cache-control"]
        await store.create(OWNERS, [an_owner(name="B")])
        changed = await get(client, READ_OWNERS, {"if-none-match": first.headers["etag"]})
        assert changed.status_code == 200
        assert changed.headers["etag"] != first.headers["etag"]
        assert len(changed.json()["data"]["owners"]["nodes"]) == 2


async def test_another_media_type_is_another_answer(sqlite_url: str) -> None:
    async with running(sqlite_url) as client:
        plain = await get(client, READ_OWNERS, text=True)
        own = await get(client, READ_OWNERS, {"accept": "application/graphql-response+json"})
        assert plain.content == own.content
        assert plain.headers["etag"] != own.headers["etag"]


async def test_how_long_it_may_be_kept_is_a_setting(sqlite_url: str) -> None:
    async with running(sqlite_url, max_age=60) as client:
        response = await get(client, READ_OWNERS, text=True)
        assert response.headers["cache-control"] == "public, max-age=60, must-revalidate"


async def test_it_is_private_as_soon_as_the_viewer_mattered(sqlite_url: str, store_with_an_owner: None) -> None:
    async with running(sqlite_url) as client:
        holder = await get(client, PERSONAL, bearer("clerk"), text=True)
        assert holder.headers["cache-control"] == "private, max-age=0, must-revalidate"
        kept = {"if-none-match": holder.headers["etag"]}
        assert (await get(client, PERSONAL, kept | bearer("clerk"))).status_code == 304
        public = await get(client, PERSONAL, kept)
        assert public.status_code == 200
        assert public.headers["cache-control"] == "no-store"  # it has errors
        assert "etag" not in public.headers
        assert (
            (await get(client, READ_OWNERS, bearer("clerk"), text=True)).headers["cache-control"].startswith("public")
        )
    async with running(sqlite_url, public="none") as client:
        holder = await get(client, READ_OWNERS, bearer("reader"), text=True)
        assert holder.headers["cache-control"].startswith("private")


async def test_shared_caches_keep_no_answer_of_whoever_sees_more_than_the_public(sqlite_url: str) -> None:
    async with running(sqlite_url) as client:
        listings = "{ properties { totalCount nodes { id } } }"
        assert (await get(client, listings, text=True)).headers["cache-control"].startswith("public")
        for holder, kept_by in (("reader", "public"), ("editor", "private"), ("writer", "private")):
            response = await get(client, listings, bearer(holder), text=True)
            assert response.headers["cache-control"].startswith(kept_by)
    async with running(sqlite_url, public="read unpublished") as client:
        response = await get(client, listings, bearer("editor"), text=True)
        assert response.headers["cache-control"].startswith("public")


@pytest.fixture
async def store_with_an_owner(sqlite_url: str) -> None:
    async with open_store(Settings(database_url=Secret(sqlite_url))) as store:
        await store.create(OWNERS, [an_owner()])


async def test_nothing_else_may_be_kept(sqlite_url: str) -> None:
    async with running(sqlite_url) as client:
        for params in ({"query": READ_OWNERS}, {"query": "{ nothing }"}, {"query": "{"}):
            response = await client.get("/graphql", params=params)
            assert response.headers["cache-control"] == "no-store"
            assert "etag" not in response.headers
        unknown = await get(client, "{ currency }")
        assert unknown.headers["cache-control"] == "no-store"


async def test_an_answer_with_its_trace_is_not_kept(sqlite_url: str) -> None:
    async with running(sqlite_url) as client:
        response = await get(client, READ_OWNERS, {"freehold-trace": "1"} | bearer("root"), text=True)
        assert response.json()["extensions"]["trace"]
        assert response.headers["cache-control"] == "no-store"


async def test_an_answer_with_its_cost_is_not_kept(sqlite_url: str) -> None:
    async with running(sqlite_url) as client:
        response = await get(client, READ_OWNERS, {"freehold-cost": "1"}, text=True)
        assert response.json()["extensions"]["cost"]["limit"] == 5000
        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers
        assert "extensions" not in (await get(client, READ_OWNERS)).json()


async def test_an_answer_that_shared_caches_keep_tells_nothing_of_its_caller(sqlite_url: str) -> None:
    async with running(sqlite_url, max_age=60) as client:
        etag = (await get(client, READ_OWNERS, text=True)).headers["etag"]
        for headers, status in (({}, 200), ({"if-none-match": etag}, 304), (bearer("reader"), 200)):
            response = await get(client, READ_OWNERS, {"x-request-id": "mine", **headers})
            assert response.status_code == status
            assert response.headers["cache-control"].startswith("public")
            assert set(response.headers) <= {"cache-control", "vary", "etag", "content-type", "content-length"}


async def test_an_answer_for_one_viewer_tells_it_its_rate_and_its_request(
    sqlite_url: str, store_with_an_owner: None
) -> None:
    async with running(sqlite_url) as client:
        response = await get(client, PERSONAL, bearer("clerk"), text=True)
        assert response.headers["cache-control"].startswith("private")
        assert {"ratelimit", "ratelimit-policy", "x-request-id"} <= set(response.headers)
