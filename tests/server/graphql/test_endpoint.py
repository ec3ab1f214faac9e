"""GraphQL over HTTP: what is answered, in which type, and what is refused."""

import gzip
import sqlite3

import httpx
import orjson
import pytest

from server.graphql import endpoint
from server.settings.secret import Secret
from server.settings.settings import Settings
from server.stores import open_store
from storage.errors import DeadlineExceeded, Misconfigured, Occupied, SchemaMismatch, Unavailable, UnknownColumn
from storage.reads.owner import SEARCH_OWNERS
from storage.reads.property import SEARCH_PROPERTIES
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.server.clients import running

JSON = {"content-type": "application/json"}
GRAPHQL_RESPONSE = "application/graphql-response+json"


async def test_a_query_is_answered_by_post_and_by_get(http: httpx.AsyncClient) -> None:
    by_post = await http.post("/graphql", json={"query": "{ currency }"})
    by_get = await http.get("/graphql", params={"query": "{ currency }"})
    for response in (by_post, by_get):
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json; charset=utf-8"
        assert response.json() == {"data": {"currency": "EUR"}}


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, application/json;q=0.9", GRAPHQL_RESPONSE),
        (f"application/json, {GRAPHQL_RESPONSE};q=0.5", "application/json"),
        ("image/png", "application/json"),
        ("application/json;q=nonsense", "application/json"),
    ],
)
async def test_the_answers_type_is_the_one_accepted(http: httpx.AsyncClient, accept: str | None, given: str) -> None:
    headers = {} if accept is None else {"accept": accept}
    response = await http.post("/graphql", json={"query": "{ currency }"}, headers=headers)
    assert response.headers["content-type"] == f"{given}; charset=utf-8"


async def test_a_refused_document_is_400_without_data_in_graphqls_own_type(http: httpx.AsyncClient) -> None:
    for query in ("{", "{ nonsense }", 'query($i: Int!) { propertiesByCity(city: "x", limit: $i) { id } }'):
        response = await http.post("/graphql", json={"query": query}, headers={"accept": GRAPHQL_RESPONSE})
        assert response.status_code == 400
        assert "data" not in response.json()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"null", 400),
        (b'"text"', 400),
        (b"5", 400),
        (b"[]", 400),
        (b'[{"query": "{ currency }"}]', 400),
        (b"{", 400),
        (b"\xff\xfe{}", 400),
        (b'{"query": "\xc3"}', 400),
        (b'{"query": 5}', 400),
        (b"{}", 400),
        (b'{"query": "{ currency }", "variables": "x"}', 400),
        (b'{"query": "{ currency }", "operationName": 5}', 400),
        (b'{"query": "{ currency }", "extensions": []}', 400),
        (b'{"query": "{ currency }", "variables": {"a": ' + b"9" * 5000 + b"}}", 400),
        (b"[" * 100_000 + b"]" * 100_000, 400),
        (b'{"query": "{ currency }", "variables": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001, 400),
        (b'{"query": "' + b"{a" * 100_000 + b'"}', 400),
        (b'{"query": "{ properties(first: ' + b"9" * 5000 + b') { totalCount } }"}', 400),
        (b'{"query": "{ properties(filter: {price: {min: ' + b"9" * 5000 + b'}}) { totalCount } }"}', 400),
        (b" " * 1_000_001, 413),
    ],
    ids=lambda value: str(value[:24]) if isinstance(value, bytes) else str(value),
)
async def test_a_malformed_request_is_a_client_error_in_json(http: httpx.AsyncClient, body: bytes, status: int) -> None:
    response = await http.post("/graphql", content=body, headers=JSON | {"accept": GRAPHQL_RESPONSE})
    assert response.status_code == status
    assert response.json()["errors"]


async def test_a_body_that_does_not_say_its_length_is_limited_too(http: httpx.AsyncClient) -> None:
    async def endless() -> object:
        for _ in range(1000):
            yield b" " * 10_000

    response = await http.post("/graphql", content=endless(), headers=JSON)  # type: ignore[arg-type]
    assert response.status_code == 413


async def test_a_compressed_body_is_refused(http: httpx.AsyncClient) -> None:
    body = gzip.compress(orjson.dumps({"query": "{ currency }"}))
    response = await http.post("/graphql", content=body, headers=JSON | {"content-encoding": "gzip"})
    assert response.status_code == 415
    assert response.json()["errors"]


async def test_other_types_methods_and_addresses_are_refused_in_json(http: httpx.AsyncClient) -> None:
    assert (
        await http.post("/graphql", content=b"{ currency }", headers={"content-type": "text/plain"})
    ).status_code == 415
    assert (await http.put("/graphql", json={})).status_code == 405
    paths = ["nothing", "graphql/", "livez/", "readyz/", "metrics/", "graphql/files/icon.svg/", "graphql/plans/1/"]
    for path in paths:
        response = await http.get(f"/{path}")
        assert response.status_code == 404, path
        assert response.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_a_browser_gets_the_page_and_is_led_to_it(http: httpx.AsyncClient) -> None:
    response = await http.get("/", headers={"accept": "text/html"}, follow_redirects=True)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    assert "graphiql" in response.text.lower()


async def test_an_unexpected_error_outside_of_any_field_has_its_id_too(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(endpoint, "read_body", broken)
    response = await http.post("/graphql", json={"query": "{ currency }"}, headers={"x-request-id": "abc-2"})
    assert response.status_code == 500
    [error] = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "abc-2"}
    assert "secret" not in response.text


async def test_an_unexpected_error_is_logged_and_the_client_sees_only_its_id(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(sql: object, keys: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(SEARCH_PROPERTIES, "run", broken)
    query = {"query": "{ currency properties { nodes { id } } }"}
    response = await http.post("/graphql", json=query, headers={"x-request-id": "abc-1"})
    assert response.headers["x-request-id"] == "abc-1"
    assert "secret" not in response.text
    [error] = response.json()["errors"]
    assert error["message"] == "Internal error; its id is abc-1."
    assert error["extensions"] == {"code": "INTERNAL", "requestId": "abc-1"}
    assert error["path"] == ["properties"]
    assert "the secret of the house" in caplog.text
    assert "abc-1" in caplog.text


async def test_a_stored_value_that_can_not_be_shown_is_our_error_not_the_clients(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_store(Settings(database_url=Secret(sqlite_url))) as store:
        [owner] = await store.create(OWNERS, [an_owner()])
        await store.create(PROPERTIES, [a_listing(owner)])
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    with connection:
        connection.execute("UPDATE properties SET version = 5000000000")
    connection.close()
    async with running(sqlite_url) as client:
        response = await client.post("/graphql", json={"query": "{ properties { nodes { version } } }"})
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "5000000000" not in response.text
    assert "5000000000" in caplog.text


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (DeadlineExceeded("slow"), "DEADLINE_EXCEEDED"),
        (Unavailable("10.0.0.1"), "UNAVAILABLE"),
        (Misconfigured("permission denied for table owners"), "UNAVAILABLE"),
        (Occupied("owners is a view"), "UNAVAILABLE"),
        (UnknownColumn("owners.name"), "UNAVAILABLE"),
        (SchemaMismatch("2 migrations are missing"), "UNAVAILABLE"),
    ],
)
async def test_trouble_with_the_database_has_a_code_and_no_details(
    http: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    raised: Exception,
    code: str,
) -> None:
    async def broken(sql: object, keys: object) -> None:
        raise raised

    monkeypatch.setattr(SEARCH_OWNERS, "run", broken)
    response = await http.post("/graphql", json={"query": "{ owners { nodes { id } } }"})
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == code
    assert str(raised) not in response.text
    [line] = [record for record in caplog.records if record.name == "freehold"]
    assert line.getMessage().endswith(f"{code} at owners: {raised}")
    assert line.exc_info is None


@pytest.mark.parametrize("name", ["x" * 129, "a b", "é", ""])
async def test_a_request_id_that_is_no_word_is_replaced(http: httpx.AsyncClient, name: str) -> None:
    response = await http.get("/livez", headers=[(b"x-request-id", name.encode())])
    assert len(response.headers["x-request-id"]) == 32
