"""A write whose commit has an unknown outcome: its client can still read what was written."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from server.graphql.context import build_context
from server.http.headers import CONSISTENCY_TOKEN
from storage import writes
from storage.database import Database
from storage.errors import DeadlineExceeded, Rejected, Unavailable
from storage.reads.owner import OWNERS_BY_ID
from storage.record import Owner, Property
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.server.clients import bearer, running

MUTATIONS = {
    "createOwner": 'createOwner(input: {name: "New", email: "new@example.org"}) { owner { id } }',
    "updateOwner": 'updateOwner(id: "%(owner)s", input: {name: "New"}) { owner { id } }',
    "createProperty": "createProperty(input: %(input)s) { property { id } }",
    "createProperties": "createProperties(inputs: [%(input)s]) { properties { id } }",
    "updateProperty": 'updateProperty(id: "%(listing)s", input: {price: 7}) { property { id } }',
    "deleteProperty": 'deleteProperty(id: "%(listing)s") { deletedId }',
}

Break = Callable[[], Awaitable[None]]


@pytest.fixture
async def owner(store: Store) -> Owner:
    (created,) = await store.create(OWNERS, [an_owner(name="Old")])
    return created


@pytest.fixture
async def listing(store: Store, owner: Owner) -> Property:
    (created,) = await store.create(PROPERTIES, [a_listing(owner, price=5)])
    return created


@pytest.fixture
def values(owner: Owner, listing: Property) -> dict[str, str]:
    fields = f'address: "1 Main Street", city: "Lisbon", price: 6, ownerId: "{owner.id}"'
    return {"owner": owner.id, "listing": listing.id, "input": f"{{{fields}}}"}


@pytest.fixture
def after_commit(monkeypatch: pytest.MonkeyPatch) -> Callable[[Break], None]:
    """Has every write of the server break this way right after its commit."""
    writing = writes.writing

    def install(breaks: Break) -> None:
        @asynccontextmanager
        async def broken(database: Database, *args: Any, **options: Any) -> AsyncIterator[writes.Writing]:
            async with writing(database, *args, **options) as transaction:
                yield transaction
            await breaks()

        monkeypatch.setattr(writes, "writing", broken)

    return install


async def post(http: httpx.AsyncClient, query: str) -> httpx.Response:
    return await http.post("/graphql", json={"query": query}, headers=bearer("root"))


@pytest.mark.parametrize("name", MUTATIONS)
@pytest.mark.parametrize("error", [Unavailable("lost"), DeadlineExceeded("too long")])
async def test_a_write_that_fails_while_it_commits_is_answered_with_a_consistency_token(
    database_url: str, values: dict[str, str], after_commit: Callable[[Break], None], name: str, error: Exception
) -> None:
    async def lose() -> None:
        raise error

    async with running(database_url) as http:
        after_commit(lose)
        answer = await post(http, f"mutation {{ {MUTATIONS[name] % values} }}")
        assert "errors" in answer.json()
        assert CONSISTENCY_TOKEN in answer.headers


@pytest.mark.parametrize("name", MUTATIONS)
async def test_a_request_that_is_stopped_while_it_commits_is_answered_with_a_consistency_token(
    database_url: str, values: dict[str, str], after_commit: Callable[[Break], None], name: str
) -> None:
    async def hang() -> None:
        await asyncio.Event().wait()

    async with running(database_url, request_timeout=0.3) as http:
        after_commit(hang)
        answer = await post(http, f"mutation {{ {MUTATIONS[name] % values} }}")
        assert answer.status_code == 504
        assert CONSISTENCY_TOKEN in answer.headers


@pytest.mark.parametrize("error", [Unavailable("lost"), DeadlineExceeded("too long"), asyncio.CancelledError()])
async def test_what_a_request_remembers_is_read_again_after_a_write_that_failed_while_it_committed(
    store: Store, owner: Owner, error: BaseException
) -> None:
    context = build_context(store, store, "EUR")
    assert await context.loaders.by_key(OWNERS_BY_ID).load(owner.id) == owner

    async def write() -> None:
        with context.writing():
            await store.update(OWNERS, owner.id, {"name": "New"})
            raise error

    with pytest.raises(type(error)):
        await write()
    read = await context.loaders.by_key(OWNERS_BY_ID).load(owner.id)
    assert read is not None
    assert read.name == "New"


async def test_a_rejected_write_is_no_write(store: Store, owner: Owner) -> None:
    context = build_context(store, store, "EUR")
    with pytest.raises(Rejected), context.writing():
        raise Rejected([])
    assert context.effects.consistency_token is None
