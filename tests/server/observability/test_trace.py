"""The trace of a request: who gets it, what it says, and what it never says."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.app import create_app
from server.graphql.context import build_context
from server.observability.trace import Trace, is_asked_for, may_trace, server_timing
from server.settings.secret import Secret
from server.settings.settings import Settings
from storage.database import Database
from storage.events import Event, LoadEvent, QueryEvent
from storage.reads.owner import OWNERS_BY_ID, SEARCH_OWNERS
from storage.record import Owner
from storage.sql_store import SqlStore
from storage.statements import Statement
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.query_log import QueryLog
from tests.server.clients import bearer, running

TRACED = {"freehold-trace": "1"}
FIFTY = '{ propertiesByCity(city: "lisbon", limit: 50) { address owner { name propertyCount } } }'


@pytest.fixture
async def owners(store: SqlStore) -> list[Owner]:
    """Ten owners, with five listings in Lisbon each."""
    owners = await store.create(OWNERS, [an_owner(name=f"Secret Person {number}") for number in range(10)])
    await store.create(PROPERTIES, [a_listing(owners[number % 10], address="1 Hidden Lane") for number in range(50)])
    return owners


@pytest.fixture
async def developing(database_url: str, query_log: QueryLog) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application in development."""
    settings = Settings(database_url=Secret(database_url), trace=True, demonstration=True)
    app = create_app(settings, on_query=query_log.listen)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as client,
    ):
        query_log.clear()
        yield client


async def trace_of(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    response = await client.post("/graphql", json={"query": query, "variables": variables}, headers=TRACED)
    trace: dict[str, Any] = response.json()["extensions"]["trace"]
    return trace


async def test_a_trace_says_what_ran_level_by_level(
    developing: httpx.AsyncClient, owners: list[Owner], query_log: QueryLog
) -> None:
    query_log.clear()
    trace = await trace_of(developing, f"query Fifty {FIFTY}")
    assert trace["operation"] == "Fifty"
    assert [[batch["read"] for batch in level] for level in trace["levels"]] == [
        ["properties_by_city"],
        ["owners_by_id"],
        ["property_counts_by_owner_id"],
    ]
    runs = [run for level in trace["levels"] for batch in level for run in batch["statements"]]
    assert [f"{run['name']}({run['keys']})".replace("(1)", "") for run in runs] == query_log
    totals = trace["totals"]
    assert (totals["statements"], totals["keys"], totals["rows"]) == (3, 21, 70)
    assert 0 < totals["databaseMs"] <= totals["ms"]


async def test_a_trace_says_what_was_collapsed_and_what_a_naive_server_would_have_run(
    developing: httpx.AsyncClient, owners: list[Owner]
) -> None:
    trace = await trace_of(developing, FIFTY)
    asked = [(batch["asked"], batch["distinct"]) for level in trace["levels"] for batch in level]
    assert asked == [(1, 1), (50, 10), (10, 10)]
    assert trace["totals"]["naive"] == 61


async def test_a_trace_holds_no_values(developing: httpx.AsyncClient, owners: list[Owner]) -> None:
    query = "query($id: ID!) { node(id: $id) { ... on Owner { name properties { nodes { address } } } } }"
    response = await developing.post(
        "/graphql", json={"query": query, "variables": {"id": owners[0].id}}, headers=TRACED
    )
    assert "Secret Person 0" in response.text
    trace = str(response.json()["extensions"]["trace"])
    for secret in ("Secret", "Hidden", owners[0].id, "lisbon"):
        assert secret not in trace + response.headers["server-timing"]


async def test_the_timings_are_in_a_header_too(developing: httpx.AsyncClient, owners: list[Owner]) -> None:
    response = await developing.post("/graphql", json={"query": FIFTY}, headers=TRACED)
    timings = re.findall(r'(\w+);dur=[\d.]+(?:;desc="([^"]*)")?', response.headers["server-timing"])
    assert timings == [
        ("total", ""),
        ("database", "3 statements"),
        ("properties_by_city", "1 run, 50 rows"),
        ("owners_by_id", "1 run, 10 rows"),
        ("property_counts_by_owner_id", "1 run, 10 rows"),
    ]


@pytest.mark.parametrize("headers", [{}, {"freehold-trace": "0"}, {"freehold-trace": "off"}])
async def test_who_does_not_ask_gets_no_trace(developing: httpx.AsyncClient, headers: dict[str, str]) -> None:
    response = await developing.post("/graphql", json={"query": "{ currency }"}, headers=headers)
    assert response.json() == {"data": {"currency": "EUR"}}
    assert "server-timing" not in response.headers


async def test_outside_development_asking_is_not_enough_without_the_scope(database_url: str) -> None:
    query = {"query": "{ owners { nodes { name } } }"}
    async with running(database_url) as client:
        for headers in ({}, bearer("writer")):
            response = await client.post("/graphql", json=query, headers=TRACED | headers)
            assert set(response.json()) == {"data"}
            assert "server-timing" not in response.headers
        response = await client.post("/graphql", json=query, headers=TRACED | bearer("root"))
        [[batch]] = response.json()["extensions"]["trace"]["levels"]
        assert [set(statement) & {"id", "text"} for statement in batch["statements"]] == [set()]
        assert "server-timing" in response.headers
        assert (await client.get("/graphql/plans/0000000000000000")).status_code == 404


def test_a_token_with_the_scope_may_ask_anywhere() -> None:
    assert may_trace(development=False, scopes=["write", "trace"])
    assert not may_trace(development=False, scopes=["write"])
    assert may_trace(development=True)


@pytest.mark.parametrize(
    ("header", "asks"), [(None, False), ("", False), ("1", True), ("true", True), ("False", False), (" 0 ", False)]
)
def test_the_header_asks_unless_it_says_no(header: str | None, asks: bool) -> None:
    assert is_asked_for(header) is asks


async def test_a_write_is_traced_with_the_read_of_its_answer(
    developing: httpx.AsyncClient, owners: list[Owner]
) -> None:
    mutation = (
        "mutation($input: CreatePropertyInput!) { createProperty(input: $input) { property { owner { name } } } }"
    )
    given = {"address": "2 High Street", "city": "Porto", "price": 1, "ownerId": owners[0].id}
    trace = await trace_of(developing, mutation, input=given)
    batches = [batch for level in trace["levels"] for batch in level]
    assert [batch["read"] for batch in batches] == [None, "owners_by_id"]
    assert trace["totals"]["naive"] == trace["totals"]["statements"]


async def test_a_request_that_fails_is_traced_too(
    developing: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(sql: object, keys: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(SEARCH_OWNERS, "run", broken)
    trace = await trace_of(developing, "{ owners { nodes { id } } }")
    assert trace["levels"][0][0]["error"] == "RuntimeError"


async def test_a_refused_document_has_an_empty_trace(developing: httpx.AsyncClient) -> None:
    trace = await trace_of(developing, "query Wrong { nonsense }")
    assert (trace["operation"], trace["levels"]) == (None, [])


async def test_in_development_a_statement_of_a_trace_has_a_text_and_a_plan(
    developing: httpx.AsyncClient, owners: list[Owner]
) -> None:
    trace = await trace_of(developing, FIFTY)
    ids = [run["id"] for level in trace["levels"] for batch in level for run in batch["statements"]]
    for id, name in zip(ids, ("properties_by_city", "owners_by_id", "property_counts_by_owner_id"), strict=True):
        explained = (await developing.get(f"/graphql/plans/{id}")).json()
        assert explained["name"] == name
        assert explained["text"].startswith(("SELECT", "WITH"))
        assert "index" in " ".join(explained["plan"]).lower()


async def test_a_text_that_no_trace_named_has_no_plan(developing: httpx.AsyncClient) -> None:
    response = await developing.get("/graphql/plans/0123456789abcdef")
    assert response.status_code == 404
    assert response.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_the_plan_of_a_write_writes_nothing(database: Database, store: SqlStore) -> None:
    text = (
        "INSERT INTO owners (id, name, name_key, email, created_at) SELECT id || 'x', name, name_key, email, created_at"
    )
    await store.create(OWNERS, [an_owner()])
    plan = await database.plan(Statement("insert", f"{text} FROM owners"))
    assert plan
    async with store.snapshot() as snapshot:
        assert len(await snapshot.page(OWNERS, after="", limit=9)) == 1


async def test_requests_at_the_same_time_hear_only_themselves(
    developing: httpx.AsyncClient, owners: list[Owner]
) -> None:
    one, other = await asyncio.gather(trace_of(developing, FIFTY), trace_of(developing, "{ owners { nodes { id } } }"))
    assert (one["totals"]["statements"], other["totals"]["statements"]) == (3, 1)


async def test_what_loaders_collapse_is_told_where_somebody_wants_to_know(store: SqlStore, owners: list[Owner]) -> None:
    told: list[list[Event]] = []
    for wanted in (False, True):
        with Trace() as trace:
            trace.wanted = wanted
            context = build_context(store, store, "EUR", trace=trace)
            await context.loaders.by_key(OWNERS_BY_ID).load(owners[0].id)
            context.loaders.prime(OWNERS_BY_ID, 0, dict)
        told.append([event for event in trace.events if isinstance(event, LoadEvent)])
    assert [len(events) for events in told] == [0, 2]


def test_a_trace_keeps_a_thousand_events_and_counts_the_rest() -> None:
    with Trace() as trace:
        for _ in range(1003):
            trace.listen(LoadEvent("owners_by_id", 1, 1, 0.0))
    assert trace.missed == 3
    assert len(trace.timeline().batches) == 1000


def test_the_header_names_at_most_twenty_statements() -> None:
    trace = Trace()
    for number in range(30):
        trace.listen(QueryEvent(Statement(f"statement_{number}", ""), 1, 0, 0.001))
    assert server_timing(trace.timeline()).count("statement_") == 20
