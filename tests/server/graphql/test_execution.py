"""A document is prepared once; nobody can tell by an answer whether it was prepared for it or before."""

import gc
import logging
from collections.abc import AsyncIterator
from hashlib import sha256
from importlib import import_module
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from executor import LRU
from loaders.loader import StoreLoader
from server.app import create_app
from server.graphql.context import RequestContext
from server.graphql.response_cache import CacheKey
from server.settings.secret import Secret
from server.settings.settings import Settings
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.query_log import QueryLog
from tests.server.clients import opened, until_live

TIMES = 4
DELETION = {"query": 'mutation { deleteProperty(id: "property_01h00000000000000000000001") { deletedId } }'}
CITY = {"query": 'query City { propertiesByCity(city: "lisbon") { address owner { name } } }'}
MANY = {"query": 'query A { currency } query B($n: Int!) { propertiesByCity(city: "x", limit: $n) { address } }'}


async def ask(http: httpx.AsyncClient, body: dict[str, Any], **headers: str) -> tuple[int, Any]:
    response = await http.post("/graphql", json=body, headers=headers)
    return response.status_code, response.json()


@pytest.mark.parametrize(
    "body",
    [
        CITY,
        DELETION,
        {"query": "{ currency }"},
        MANY | {"operationName": "A"},
        MANY | {"operationName": "B", "variables": {"n": 3}},
        MANY | {"operationName": "B", "variables": {"n": "three"}},
        MANY | {"operationName": "B"},
        {"query": '{ property(id: "no id") { address } currency }'},
        {"query": "{ __typename __schema { queryType { name } } }"},
        {"query": "query Q($all: Boolean!) { currency @include(if: $all) a: currency }", "variables": {"all": False}},
    ],
)
async def test_an_answer_is_the_same_whether_its_document_was_prepared_for_it_or_before(
    http: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    answers = [await ask(http, body) for _ in range(TIMES)]
    assert answers == [answers[0]] * TIMES


class Steps:
    """What is done with documents: each call by the name of its function."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.done: list[str] = []

    def note(self, module: str, name: str) -> None:
        function = getattr(import_module(module), name)

        def noted(*arguments: Any, **options: Any) -> Any:
            self.done.append(name)
            return function(*arguments, **options)

        self._monkeypatch.setattr(f"{module}.{name}", noted)

    def take(self) -> list[str]:
        """Those since it was called last."""
        done, self.done = self.done, []
        return done


@pytest.mark.parametrize("body", [CITY, DELETION], ids=["query", "mutation"])
async def test_a_document_is_examined_and_planned_once(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]
) -> None:
    steps = Steps(monkeypatch)
    for module, name in [
        ("server.admission.examiner", "parse"),
        ("server.admission.examiner", "validate"),
        ("server.admission.prepared_queries", "compile_cost"),
        ("server.admission.prepared_queries", "needs_of"),
        ("executor._documents.document", "plan_operation"),
    ]:
        steps.note(module, name)
    await ask(http, body)
    assert steps.take() == ["parse", "validate", "compile_cost", "needs_of", "plan_operation"]
    for _ in range(TIMES):
        await ask(http, body)
    assert steps.take() == []


@pytest.mark.parametrize("body", [CITY, DELETION], ids=["query", "mutation"])
async def test_a_prepared_document_is_found_by_one_lookup_of_its_text(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]
) -> None:
    looked_up: list[str] = []
    get = LRU.get

    def noted(self: LRU[Any, Any], key: Any) -> Any:
        if body["query"] in (key if isinstance(key, tuple) else (key,)):
            looked_up.append(key)
        return get(self, key)

    await ask(http, body)
    monkeypatch.setattr(LRU, "get", noted)
    await ask(http, body)
    assert looked_up == [body["query"]]


async def test_prepared_queries_answers_and_persisted_queries_keep_one_string_of_a_document(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[str] = []
    put = LRU.put

    def noted(self: LRU[Any, Any], key: Any, value: Any, size: int = 0) -> None:
        cached = key[0] if isinstance(key, tuple) else None
        texts = [key, value, cached.text if isinstance(cached, CacheKey) else None]
        kept.extend(each for each in texts if each == CITY["query"])
        put(self, key, value, size)

    monkeypatch.setattr(LRU, "put", noted)
    app = create_app(replace(settings, cache_url=Secret("memory")))
    digest = sha256(CITY["query"].encode()).hexdigest()
    async with opened(app) as http:
        await until_live(app)
        for more in ({}, {}, {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}):
            assert (await ask(http, CITY | more))[0] == 200
    assert len(kept) == 3
    assert len(set(map(id, kept))) == 1


@pytest.mark.parametrize("name", ["C", None])
async def test_an_operation_that_the_document_lacks_is_refused(http: httpx.AsyncClient, name: str | None) -> None:
    for known in (name, "A", name):
        status, answer = await ask(http, MANY | {"operationName": known})
    assert status == 200
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_known_query_still_runs_its_statements(http: httpx.AsyncClient, query_log: QueryLog) -> None:
    for _ in range(TIMES):
        query_log.clear()
        await ask(http, CITY)
        assert query_log == ["properties_by_city"]


async def test_a_known_query_is_told_its_cost_where_it_asks(http: httpx.AsyncClient) -> None:
    answers = [await ask(http, CITY, **{"freehold-cost": "1"}) for _ in range(TIMES)]
    assert answers == [answers[0]] * TIMES
    assert answers[-1][1]["extensions"]["cost"]["requested"] > 0


async def test_a_known_querys_log_line_names_it(http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "freehold.request"):
        for _ in range(TIMES):
            await ask(http, CITY)
    lines = [record.getMessage() for record in caplog.records if record.name == "freehold.request"]
    assert len(lines) == TIMES
    assert all(line.startswith("operation=City kind=query status=200 errors=0 statements=1") for line in lines)


@pytest.fixture
async def narrow(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that takes cheap operations alone, and few of them."""
    app = create_app(replace(settings, max_cost=30, rate_limit=150, public="read"))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


async def test_a_known_querys_cost_is_of_its_own_variables(narrow: httpx.AsyncClient) -> None:
    query = 'query L($n: Int!) { propertiesByCity(city: "x", limit: $n) { address } }'
    for _ in range(TIMES):
        assert (await ask(narrow, {"query": query, "variables": {"n": 1}}))[1] == {"data": {"propertiesByCity": []}}
    _, answer = await ask(narrow, {"query": query, "variables": {"n": 500}})
    assert answer["errors"][0]["extensions"]["code"] == "COST_EXCEEDED"


async def test_known_queries_are_charged_until_the_rate_is_spent(narrow: httpx.AsyncClient) -> None:
    statuses = [(await ask(narrow, {"query": "{ a: currency b: __typename }"}))[0] for _ in range(200)]
    assert statuses[0] == 200
    assert 429 in statuses  # not always the last: the bucket fills again meanwhile


async def test_a_known_query_needs_its_scope(settings: Settings) -> None:
    shut = create_app(replace(settings, public="write"))
    transport = httpx.ASGITransport(app=shut)
    async with (
        shut.router.lifespan_context(shut),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        answers = [await ask(client, CITY) for _ in range(TIMES)]
    assert answers == [answers[0]] * TIMES
    assert answers[0][0] == 401


async def test_an_answered_query_leaves_nothing_to_the_garbage_collector(http: httpx.AsyncClient) -> None:
    for _ in range(TIMES):
        await ask(http, CITY)
    gc.collect()
    gc.disable()
    try:
        held = [found for found in gc.get_objects() if isinstance(found, RequestContext | StoreLoader)]
        await ask(http, CITY)
        known = set(map(id, held))  # `held` keeps what earlier tests left alive, so that no id is used again
        found = [each for each in gc.get_objects() if isinstance(each, RequestContext | StoreLoader)]
        assert not [each for each in found if id(each) not in known]
    finally:
        gc.enable()


@pytest.mark.parametrize(("value", "is_told"), [("1", True), ("0", False), ("", False), ("true", False), ("11", False)])
async def test_only_a_header_of_1_asks_for_the_cost(http: httpx.AsyncClient, value: str, is_told: bool) -> None:
    for _ in range(TIMES):
        _, answer = await ask(http, CITY, **{"freehold-cost": value})
        assert ("extensions" in answer) is is_told


@pytest.mark.parametrize(
    ("query", "statements"),
    [
        ("{ properties(first: 2) { nodes { price } } }", ["search_properties of 2 rows"]),
        ("{ properties(last: 2) { edges { cursor } } }", ["search_properties of 2 rows"]),
        ("{ properties(first: 2) { pageInfo { hasNextPage } } }", ["search_properties of 3 rows"]),
        ("{ properties(first: 0) { totalCount } }", ["count_properties of 5 rows"]),
        ("{ properties(first: 0) { pageInfo { hasNextPage } } }", ["search_properties of 1 rows"]),
        (
            "{ owners(first: 1) { nodes { properties(first: 2) { nodes { price } } } } }",
            ["search_owners of 1 rows", "properties_by_owner_id of 2 rows"],
        ),
        (
            "{ owners(first: 1) { nodes { properties(first: 0) { totalCount } } } }",
            ["search_owners of 1 rows", "count_properties of 1 rows"],
        ),
    ],
)
async def test_a_known_query_reads_no_row_that_its_answer_has_no_use_for(
    settings: Settings, store: Store, query: str, statements: list[str]
) -> None:
    (owner,) = await store.create(OWNERS, [an_owner()])
    await store.create(PROPERTIES, [a_listing(owner) for _ in range(5)])
    ran: list[str] = []
    app = create_app(settings, on_query=lambda event: ran.append(f"{event.statement.name} of {event.rows} rows"))
    async with opened(app) as http:
        answers = []
        for _ in range(TIMES):
            ran.clear()
            answers.append(await ask(http, {"query": query}))
    assert answers == [answers[0]] * TIMES
    assert ran == statements
