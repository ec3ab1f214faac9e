"""A request that is given up after a part of its mutations was committed says which, and gives a consistency token."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from server.app import create_app
from server.application import Application
from server.http.deadline import _End
from server.settings.secret import Secret
from server.settings.settings import Settings
from storage.errors import Overloaded
from tests.server.clients import bearer, opened, token_settings

CREATE = 'createOwner(input: {name: "A", email: "a@b.c"}) { owner { id } }'
UPDATE = 'updateOwner(id: "owner_01jx0000000000000000000000", input: {name: "A"}) { owner { id } }'
QUERY = f"mutation {{ a: {CREATE} b: {UPDATE} }}"


async def wait_past_the_deadline(app: Application) -> None:
    """The deadline of all requests passes now, whatever the time: nothing before it can have taken too long."""
    for watched in app.graphql._watch._watched:
        watched._stop(_End.LATE)
    await asyncio.Event().wait()


async def overloaded(app: Application) -> None:
    raise Overloaded("full")


@asynccontextmanager
async def updating(
    database_url: str, update: Callable[[Application], Awaitable[None]], **settings: Any
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that calls `update` with itself in place of updating an owner."""
    app = create_app(Settings(database_url=Secret(database_url), tokens=token_settings()))
    async with opened(app) as client:
        app.graphql.stores.store.update = lambda *_, **__: update(app)  # type: ignore[method-assign, assignment]
        yield client


async def owner_ids(client: httpx.AsyncClient) -> list[str]:
    response = await client.post("/graphql", json={"query": "{ owners { nodes { id } } }"}, headers=bearer("root"))
    return [node["id"] for node in response.json()["data"]["owners"]["nodes"]]


async def test_a_deadline_between_two_mutations_names_what_the_first_has_committed(database_url: str) -> None:
    async with updating(database_url, wait_past_the_deadline) as client:
        response = await client.post("/graphql", json={"query": QUERY}, headers=bearer("root"))
        assert response.status_code == 504
        [error] = response.json()["errors"]
        ids = await owner_ids(client)
        assert len(ids) == 1
        assert error["extensions"] == {"code": "DEADLINE_EXCEEDED", "committed": {"a": ids}}
        assert "freehold-written" in response.headers


async def test_a_deadline_during_a_write_gives_a_consistency_token(sqlite_url: str) -> None:
    async with updating(sqlite_url, wait_past_the_deadline) as client:
        response = await client.post("/graphql", json={"query": f"mutation {{ {UPDATE} }}"}, headers=bearer("root"))
        assert response.json()["errors"][0]["extensions"] == {"code": "DEADLINE_EXCEEDED"}
        assert "freehold-written" in response.headers


async def test_an_answer_that_cannot_be_sent_names_what_was_committed(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any, **options: Any) -> Any:
        raise RuntimeError("broken")

    async with updating(sqlite_url, overloaded) as client:
        monkeypatch.setattr("server.graphql.endpoint.GraphQLResponse", fail)
        response = await client.post("/graphql", json={"query": f"mutation {{ a: {CREATE} }}"}, headers=bearer("root"))
        monkeypatch.undo()
        assert response.status_code == 500
        [error] = response.json()["errors"]
        assert error["extensions"] == {
            "code": "INTERNAL",
            "requestId": response.headers["x-request-id"],
            "committed": {"a": await owner_ids(client)},
        }
        assert "freehold-written" in response.headers


async def test_nobody_is_told_to_repeat_a_request_that_wrote_something(sqlite_url: str) -> None:
    async with updating(sqlite_url, overloaded) as client:
        response = await client.post("/graphql", json={"query": QUERY}, headers=bearer("root"))
        assert response.status_code == 200
        assert "retry-after" not in response.headers
        assert response.json()["data"] == {"a": {"owner": {"id": (await owner_ids(client))[0]}}, "b": None}
        alone = await client.post("/graphql", json={"query": f"mutation {{ {UPDATE} }}"}, headers=bearer("root"))
        assert alone.status_code == 503
        assert alone.headers["retry-after"] == "1"
