"""Answers kept beside a cache in memory: given while every value they were made of is held, and never after."""

import asyncio
import gc
import random
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from strawberry.types import get_object_definition

from executor import LRU
from schema.query import Query
from server.app import create_app
from server.application import Application
from server.http.headers import CONSISTENCY_TOKEN
from server.observability import trace
from server.settings.secret import Secret
from server.settings.settings import Settings
from storage.events import CacheEvent, Event
from storage.record import Owner, Property
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.query_log import QueryLog
from tests.server.clients import bearer, opened, token_settings, until_live

OFTEN = 5
"""A document is known from its second time on; then its answer is kept, and given the next time."""
CITY = (
    '{ propertiesByCity(city: "lisbon") { id address price owner { name properties(first: 3) { nodes { price } } } } }'
)
SECRET = '{ propertiesByCity(city: "lisbon") { owner { name email } } }'
RENAME = 'mutation { updateOwner(id: "%s", input: { name: "%s" }) { owner { name } errors { message } } }'
CHANGE = 'mutation { updateProperty(id: "%s", input: { %s }) { property { id } errors { message } } }'
DELETE = 'mutation { deleteProperty(id: "%s") { deletedId errors { message } } }'
CREATE = """mutation { createProperty(input: { ownerId: "%s", address: "New", city: "Lisbon", postalCode: "1",
    price: 5, bedrooms: 1, bathrooms: 1, area: 9, status: ACTIVE }) { property { id } errors { message } } }"""


class Kept:
    """How many answers were given from those kept."""

    given = 0

    def listen(self, event: Event) -> None:
        """The `on_event` hook."""
        self.given += isinstance(event, CacheEvent) and event.name == "answers"


@pytest.fixture
def kept() -> Kept:
    """What the application's hook heard."""
    return Kept()


@pytest.fixture
async def owner(store: Store) -> Owner:
    """An owner with an address."""
    (created,) = await store.create(OWNERS, [an_owner(name="Old", email="old@example.com")])
    return created


@pytest.fixture
async def listings(store: Store, owner: Owner) -> list[Property]:
    """Three of the owner's in Lisbon."""
    return await store.create(PROPERTIES, [a_listing(owner, city="Lisbon", price=price) for price in (1, 2, 3)])


@pytest.fixture
async def app(database_url: str, listings: list[Property], kept: Kept, query_log: QueryLog) -> Application:
    """An application over the listings; what it read at its start is not in the log."""
    settings = Settings(database_url=Secret(database_url), tokens=token_settings(), rate_limit=0)
    return create_app(settings, on_query=query_log.listen, on_event=kept.listen)


@pytest.fixture
async def http(app: Application, query_log: QueryLog) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it; the cache is live."""
    async with opened(app) as client:
        await until_live(app)
        query_log.clear()
        yield client


async def ask(http: httpx.AsyncClient, query: str, who: str = "root", **more: Any) -> httpx.Response:
    answer = await http.post("/graphql", json={"query": query} | more, headers=bearer(who))
    assert answer.status_code == 200
    return answer


async def ask_often(http: httpx.AsyncClient, query: str, who: str = "root", **more: Any) -> list[bytes]:
    return [(await ask(http, query, who, **more)).content for _ in range(OFTEN)]


async def test_what_the_cache_alone_answered_is_kept_and_given_as_it_was(
    http: httpx.AsyncClient, kept: Kept, query_log: QueryLog
) -> None:
    first, *others = await ask_often(http, CITY)
    assert others == [first] * (OFTEN - 1)
    assert kept.given == OFTEN - 2
    assert query_log == ["properties_by_city", "owners_by_id", "properties_by_owner_id"]


async def test_the_trace_of_a_kept_answer_says_so(http: httpx.AsyncClient) -> None:
    await ask_often(http, CITY)
    answer = await http.post("/graphql", json={"query": CITY}, headers=bearer("root") | {"freehold-trace": "1"})
    shown = answer.json()["extensions"]["trace"]
    # The page of one owner counts once: all three have it.
    assert (shown["totals"]["statements"], shown["totals"]["naive"]) == (0, 1 + 3 + 1)
    [[batch]] = shown["levels"]
    assert (batch["read"], batch["hits"]) == ("answers", 1)


@pytest.mark.parametrize("most", [0, 1000], ids=["full", "with room"])
async def test_an_answer_is_kept_whether_or_not_the_trace_has_room(
    http: httpx.AsyncClient, kept: Kept, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(trace, "_MOST_EVENTS", most)
    await ask_often(http, CITY)
    assert kept.given == OFTEN - 2


@pytest.mark.parametrize("most", [0, 1000], ids=["full", "with room"])
async def test_an_answer_with_a_field_that_reads_something_unproved_is_not_kept(
    app: Application, http: httpx.AsyncClient, kept: Kept, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(trace, "_MOST_EVENTS", most)
    currency = get_object_definition(Query, strict=True).get_field("currency")
    monkeypatch.setattr(currency, "metadata", {})
    assert await ask_often(http, CITY.replace("{", "{ currency ", 1))
    assert kept.given == 0


@pytest.mark.parametrize("write", ["rename", "price", "move", "delete", "create"])
async def test_whoever_asks_after_a_write_sees_it(
    http: httpx.AsyncClient, owner: Owner, listings: list[Property], kept: Kept, write: str
) -> None:
    before = (await ask_often(http, CITY))[-1]
    assert kept.given
    mutation = {
        "rename": RENAME % (owner.id, "New"),
        "price": CHANGE % (listings[0].id, "price: 9"),
        "move": CHANGE % (listings[0].id, 'city: "Porto"'),
        "delete": DELETE % listings[0].id,
        "create": CREATE % owner.id,
    }[write]
    written = await ask(http, mutation)
    assert "errors" not in written.json()
    after = await ask(http, CITY)
    past = await http.post(
        "/graphql",
        json={"query": CITY},
        headers=bearer("root") | {CONSISTENCY_TOKEN: written.headers[CONSISTENCY_TOKEN]},
    )
    assert after.json() == past.json()
    assert after.content != before


async def test_a_write_made_elsewhere_is_seen_within_the_bound(
    http: httpx.AsyncClient, store: Store, owner: Owner, kept: Kept
) -> None:
    await ask_often(http, CITY)
    assert kept.given
    await store.update(OWNERS, owner.id, {"name": "Elsewhere"})
    for _ in range(200):
        if "Elsewhere" in (await ask(http, CITY)).text:
            return
        await asyncio.sleep(0.01)
    pytest.fail("The write was not seen within the bound.")


async def test_no_answer_is_given_while_writers_elsewhere_may_not_be_heard(
    app: Application, http: httpx.AsyncClient, kept: Kept, query_log: QueryLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ask_often(http, CITY)
    given = kept.given
    query_log.clear()
    cached: Any = app.graphql.stores.cached
    monkeypatch.setattr(type(cached._channel), "is_live", False)
    await ask(http, CITY)
    assert kept.given == given
    assert query_log


async def test_answers_that_hang_on_the_viewer_are_not_mixed(http: httpx.AsyncClient, kept: Kept) -> None:
    for _ in range(OFTEN):
        told = (await ask(http, SECRET, "clerk")).json()
        refused = (await ask(http, SECRET, "reader")).json()
        assert {listing["owner"]["email"] for listing in told["data"]["propertiesByCity"]} == {"old@example.com"}
        assert {listing["owner"]["email"] for listing in refused["data"]["propertiesByCity"]} == {None}
        [error] = refused["errors"]
        assert error["extensions"]["count"] == 3
    assert kept.given


async def test_answers_that_do_not_are_every_viewers(http: httpx.AsyncClient, kept: Kept) -> None:
    await ask_often(http, CITY, "reader")
    given = kept.given
    await ask(http, CITY, "clerk")
    assert kept.given == given + 1


async def test_viewers_for_whom_it_matters_have_an_answer_each(http: httpx.AsyncClient, kept: Kept) -> None:
    for _ in range(OFTEN):
        for who in ("clerk", "root"):
            await ask(http, SECRET, who)
    assert kept.given >= 2 * (OFTEN - 2)


@pytest.mark.parametrize("comment", ["", "# \U0001f3e0" + "x" * 5000])
async def test_answers_take_no_more_memory_than_is_counted(
    app: Application, http: httpx.AsyncClient, comment: str
) -> None:
    query = "query($id: ID!) { owner(id: $id) { name } } " + comment
    id = (await ask(http, "{ owners { nodes { id } } }")).json()["data"]["owners"]["nodes"][0]["id"]
    answers = app.graphql.responses
    assert answers is not None
    await ask_often(http, query, variables={"id": id})
    tracemalloc.start()
    try:
        for number in range(300):
            await ask(http, query, variables={"id": id, "other": number})
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        counted = answers.bytes
        answers._entries = LRU(1)
        gc.collect()
        freed = before - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert counted > 300 * 1000
    assert freed < counted


async def test_who_may_not_read_is_given_no_answer(database_url: str, listings: list[Property], kept: Kept) -> None:
    settings = Settings(database_url=Secret(database_url), tokens=token_settings(), rate_limit=0, public="none")
    app = create_app(settings, on_event=kept.listen)
    async with opened(app) as http:
        await until_live(app)
        await ask_often(http, CITY)
        assert kept.given
        answer = await http.post("/graphql", json={"query": CITY}, headers=bearer("scribe"))
    assert answer.status_code == 403
    assert answer.json().get("data") is None


async def test_other_variables_and_other_operations_have_answers_of_their_own(http: httpx.AsyncClient) -> None:
    query = """query A($n: Int!) { propertiesByCity(city: "lisbon", limit: $n) { price } }
        query B($n: Int!) { propertiesByCity(city: "lisbon", limit: $n) { id } }"""
    seen = {(await ask_often(http, query, operationName=name, variables={"n": n}))[-1] for name in "AB" for n in (1, 2)}
    assert len(seen) == 4


@pytest.mark.parametrize(
    "selection",
    [
        "properties { nodes { price } }",
        'propertiesByCity(city: "lisbon") { priceHistory { nodes { newPrice } } }',
        'propertiesByCity(city: "lisbon") { owner { properties { totalCount } } }',
    ],
)
async def test_what_is_read_past_the_cache_is_read_every_time(
    http: httpx.AsyncClient, kept: Kept, query_log: QueryLog, selection: str
) -> None:
    await ask_often(http, f"{{ {selection} }}")
    query_log.clear()
    await ask(http, f"{{ {selection} }}")
    assert query_log
    assert not kept.given


@asynccontextmanager
async def uncached(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        database_url=Secret(database_url), tokens=token_settings(), cache_url=Secret("none"), rate_limit=0
    )
    async with opened(create_app(settings)) as client:
        yield client


async def test_whatever_is_written_in_between_answers_are_those_of_no_cache(
    http: httpx.AsyncClient, database_url: str, owner: Owner, listings: list[Property], kept: Kept
) -> None:
    chance = random.Random(7)
    cities = ("Lisbon", "Porto")
    queries = [
        *(f'{{ propertiesByCity(city: "{city}") {{ price owner {{ name email }} }} }}' for city in cities),
        f'{{ property(id: "{listings[0].id}") {{ city price owner {{ name propertyCount }} }} }}',
        f'{{ owner(id: "{owner.id}") {{ name properties(first: 2) {{ nodes {{ city price }} }} }} }}',
    ]
    async with uncached(database_url) as plain:
        for number in range(60):
            listing = chance.choice(listings).id
            write = chance.choice(
                [
                    RENAME % (owner.id, f"Name {number}"),
                    CHANGE % (listing, f"price: {number}"),
                    CHANGE % (listing, f'city: "{chance.choice(cities)}"'),
                    CREATE % owner.id,
                ]
            )
            assert "errors" not in (await ask(http, write)).json()
            for query in chance.choices(queries, k=6):
                assert (await ask(http, query)).content == (await ask(plain, query)).content
    assert kept.given > 10
