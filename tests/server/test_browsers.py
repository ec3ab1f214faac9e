"""Browsers: which pages may ask, and that nothing changes by a request that takes no preflight."""

from urllib.parse import urlencode

import httpx
import orjson
import pytest
from pydantic import SecretStr

from server.settings import load_settings
from tests.query_log import QueryLog
from tests.server.clients import running

PAGE = "https://app.test"
MUTATION = 'mutation { createOwner(input: {name: "A", email: "a@b.c"}) { owner { id } } }'
PREFLIGHT = {
    "origin": PAGE,
    "access-control-request-method": "POST",
    "access-control-request-headers": "content-type, authorization",
}


async def test_a_page_of_a_named_origin_may_ask_and_see_the_headers_it_needs(sqlite_url: str) -> None:
    async with running(sqlite_url, cors_origins=(PAGE,)) as client:
        allowed = await client.options("/graphql", headers=PREFLIGHT)
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == PAGE
        response = await client.post("/graphql", json={"query": "{ currency }"}, headers={"origin": PAGE})
        assert response.headers["access-control-allow-origin"] == PAGE
        assert "ratelimit" in response.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in response.headers
        refused = await client.post("/graphql", content=b" " * 2_000_000, headers={"origin": PAGE})
        assert refused.status_code == 413
        assert refused.headers["access-control-allow-origin"] == PAGE


@pytest.mark.parametrize("origins", [(), ("https://other.test",), ("https://app.test.evil.example",)])
async def test_a_page_of_another_origin_may_not(sqlite_url: str, origins: tuple[str, ...]) -> None:
    async with running(sqlite_url, cors_origins=origins) as client:
        preflight = await client.options("/graphql", headers=PREFLIGHT)
        assert preflight.status_code in (400, 405)
        assert "access-control-allow-origin" not in preflight.headers


def test_origins_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FREEHOLD_CORS_ORIGINS", "https://a.test, https://b.test")
    assert load_settings().cors_origins == ("https://a.test", "https://b.test")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", orjson.dumps({"query": MUTATION})),
        ("text/plain;charset=utf-8", orjson.dumps({"query": MUTATION})),
        ("application/x-www-form-urlencoded", urlencode({"query": MUTATION}).encode()),
        ("application/x-www-form-urlencoded", orjson.dumps({"query": MUTATION})),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n'
            + orjson.dumps({"query": MUTATION})
            + b"\r\n--x--\r\n",
        ),
        ("", orjson.dumps({"query": MUTATION})),
        ("text/plain; application/json", orjson.dumps({"query": MUTATION})),
    ],
)
async def test_nothing_changes_by_what_a_page_can_send_without_a_preflight(
    sqlite_url: str, query_log: QueryLog, content_type: str, body: bytes
) -> None:
    async with running(sqlite_url, public="read write personal", on_query=query_log.listen) as client:
        query_log.clear()
        headers = {"origin": "https://evil.example"} | ({"content-type": content_type} if content_type else {})
        assert (await client.post("/graphql", content=body, headers=headers)).status_code == 415
        assert (await client.get("/graphql", params={"query": MUTATION})).status_code == 400
        assert (await client.head("/graphql", params={"query": MUTATION})).status_code == 405
        assert query_log == []


async def test_a_page_is_shown_at_the_address_but_not_in_place_of_an_answer(http: httpx.AsyncClient) -> None:
    accept = {"accept": "text/html"}
    assert "graphiql" in (await http.get("/graphql", headers=accept)).text.lower()
    assert (await http.get("/graphql", params={"query": "{ currency }"}, headers=accept)).json()["data"]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:8000", 200),
        ("127.0.0.1", 200),
        ("[::1]:8000", 200),
        ("freehold.localhost", 200),
        ("evil.example:8000", 421),
        ("localhost.evil.example", 421),
        ("", 421),
        ("[::1", 421),
    ],
)
async def test_a_page_that_leads_its_own_name_to_this_machine_gets_nothing_from_a_demonstration(
    sqlite_url: str, host: str, status: int
) -> None:
    query = {"query": "{ currency }"}
    async with running(sqlite_url, tokens=SecretStr("")) as client:
        assert (await client.post("/graphql", json=query, headers={"host": host})).status_code == status
    async with running(sqlite_url) as client:
        assert (await client.post("/graphql", json=query, headers={"host": host})).status_code == 200
