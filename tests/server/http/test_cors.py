"""Browsers: which pages may ask, and that nothing changes by a request that takes no preflight."""

from urllib.parse import urlencode

import httpx
import orjson
import pytest

from server.settings.secret import Secret
from server.settings.settings import load_settings
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


@pytest.mark.parametrize(
    "origin",
    [
        "http://localhost:5173",
        "http://localhost",
        "https://localhost:3000",
        "http://app.localhost:3000",
        "http://127.0.0.1:8080",
        "http://127.8.8.8:8080",
        "http://[::1]:4200",
    ],
)
async def test_a_page_of_this_machine_may_ask_a_demonstration(sqlite_url: str, origin: str) -> None:
    async with running(sqlite_url, tokens=Secret(""), demonstration=True) as client:
        allowed = await client.options("/graphql", headers=PREFLIGHT | {"origin": origin})
        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == origin
        answer = await client.post("/graphql", json={"query": "{ currency }"}, headers={"origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin
        assert "access-control-allow-credentials" not in answer.headers
    async with running(sqlite_url) as client:
        assert (await client.options("/graphql", headers=PREFLIGHT | {"origin": origin})).status_code == 400


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "https://evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "http://evil.example:8000#localhost",
        "http://evillocalhost",
        "file://",
        "chrome-extension://localhost",
        "http://localhost:123456",
        "http://localhost:8000/",
        "",
    ],
)
async def test_a_page_of_elsewhere_may_not_ask_a_demonstration(sqlite_url: str, origin: str) -> None:
    async with running(sqlite_url, tokens=Secret(""), demonstration=True) as client:
        refused = await client.options("/graphql", headers=PREFLIGHT | {"origin": origin})
        assert refused.status_code == 400
        assert "access-control-allow-origin" not in refused.headers
        answer = await client.get("/graphql", params={"query": "{ currency }"}, headers={"origin": origin})
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, "pages of https://app.test may not ask; FREEHOLD_CORS_ORIGINS names the origins that may"),
        ({"origin": "http://\x1b[31m" + "x" * 300}, "pages of http://\\x1b[31m" + "x" * 188 + " may not ask"),
        (
            {"origin": "https://b.test", "access-control-request-method": "DELETE"},
            "a page of https://b.test asks for the method DELETE, and only GET, HEAD and POST are answered",
        ),
        (
            {"origin": "https://b.test", "access-control-request-headers": "authorization, X-Tenant, x-other"},
            "a page of https://b.test asks to send x-tenant, x-other; FREEHOLD_CORS_HEADERS names headers",
        ),
    ],
)
async def test_a_refused_preflight_says_why_in_the_log_and_in_its_answer(
    sqlite_url: str, asked: dict[str, str], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(sqlite_url, cors_origins=("https://b.test",)) as client:
        refused = await client.options("/graphql", headers=PREFLIGHT | asked)
        assert refused.status_code == 400
        assert reason in refused.json()["errors"][0]["message"]
        assert refused.json()["errors"][0]["extensions"]["code"] == "PREFLIGHT_REFUSED"
        assert reason in caplog.text


async def test_a_preflight_says_why_it_is_refused_where_no_origin_may_ask(
    sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(sqlite_url) as client:
        refused = await client.options("/graphql", headers=PREFLIGHT)
        assert refused.status_code == 400
        assert "pages of https://app.test may not ask" in caplog.text


@pytest.mark.parametrize(
    "name",
    [
        "traceparent",
        "tracestate",
        "baggage",
        "sentry-trace",
        "apollographql-client-name",
        "apollographql-client-version",
        "apollo-require-preflight",
        "x-requested-with",
        "graphql-client-name",
        "graphql-client-version",
        "freehold-cost",
        "freehold-trace",
        "freehold-written",
    ],
)
async def test_headers_that_common_clients_send_pass_the_preflight(sqlite_url: str, name: str) -> None:
    async with running(sqlite_url, cors_origins=(PAGE,)) as client:
        asked = PREFLIGHT | {"access-control-request-headers": f"content-type,{name}"}
        assert (await client.options("/graphql", headers=asked)).status_code == 200


@pytest.mark.parametrize("headers", [("X-Tenant", "x-other"), ("*",)])
async def test_a_setting_names_more_headers_that_pages_may_send(sqlite_url: str, headers: tuple[str, ...]) -> None:
    asked = PREFLIGHT | {"access-control-request-headers": "content-type,x-tenant"}
    async with running(sqlite_url, cors_origins=(PAGE,), cors_headers=headers) as client:
        allowed = await client.options("/graphql", headers=asked)
        assert allowed.status_code == 200
        assert "x-tenant" in allowed.headers["access-control-allow-headers"].lower()
    async with running(sqlite_url, cors_origins=(PAGE,)) as client:
        assert (await client.options("/graphql", headers=asked)).status_code == 400


async def test_an_answer_that_may_be_kept_varies_by_origin_where_pages_may_ask(sqlite_url: str) -> None:
    async with running(sqlite_url, cors_origins=(PAGE,)) as client:
        for headers in ({}, {"origin": PAGE}, {"origin": "https://other.test"}):
            answer = await client.get("/graphql", params={"query": "{ currency }"}, headers=headers)
            assert answer.headers["vary"].lower().endswith("freehold-written, origin")


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
        assert (await client.get("/graphql", params={"query": MUTATION})).status_code == 405
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
        ("203.0.113.7", 421),
    ],
)
async def test_a_page_that_leads_its_own_name_to_this_machine_gets_nothing_from_a_demonstration(
    sqlite_url: str, host: str, status: int
) -> None:
    query = {"query": "{ currency }"}
    async with running(sqlite_url, tokens=Secret(""), demonstration=True) as client:
        assert (await client.post("/graphql", json=query, headers={"host": host})).status_code == status
    async with running(sqlite_url) as client:
        assert (await client.post("/graphql", json=query, headers={"host": host})).status_code == 200
