"""An open demonstration: what it answers, and what it refuses since others could have sent it."""

import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from server.app import create_app
from server.auth.access import Exposed
from server.settings.secret import Secret
from server.settings.settings import Settings
from tests.server.clients import running
from tests.server.process import ServerProcess, serving
from tests.server.proxies import haproxy, nginx

WRITE = {"query": 'mutation { createOwner(input: {name: "A", email: "a@b.c"}) { owner { email } } }'}
PROXY_HEADERS = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-anything",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
    "cf-ray",
    "fastly-client-ip",
    "fly-client-ip",
    "x-amzn-trace-id",
    "x-envoy-external-address",
    "x-original-host",
    "tailscale-user-login",
    "client-ip",
    "proxy-client-ip",
    "wl-proxy-client-ip",
    "proxy-connection",
    "x-request-start",
    "x-queue-start",
    "x-nf-client-connection-ip",
    "do-connecting-ip",
    "x-originating-ip",
    "x-varnish",
    "x-rewrite-url",
    "x-cloud-trace-context",
    "x-host",
    "max-forwards",
]
ODD_HOSTS = ["evil@localhost", "localhost:evil", "evil .localhost", "evil\\.localhost", "a b", "[::1", "x/.localhost"]


@pytest.mark.parametrize("name", PROXY_HEADERS)
async def test_a_demonstration_refuses_a_request_with_a_header_that_proxies_add(sqlite_url: str, name: str) -> None:
    async with running(sqlite_url, tokens=Secret(""), demonstration=True) as client:
        refused = await client.post("/graphql", json=WRITE, headers={name: "192.0.2.1"})
        assert refused.status_code == 421
        error = refused.json()["errors"][0]
        assert error["extensions"]["code"] == "MISDIRECTED"
        assert f"`{name}`" in error["message"]
        assert "FREEHOLD_PUBLIC or FREEHOLD_TOKENS" in error["message"]
        assert (await client.post("/graphql", json=WRITE)).json()["data"]["createOwner"]["owner"]["email"] == "a@b.c"
    async with running(sqlite_url) as client:
        allowed = await client.post("/graphql", json={"query": "{ currency }"}, headers={name: "192.0.2.1"})
        assert allowed.status_code == 200


@pytest.mark.parametrize("name", ["X_Forwarded_For", "x_real-ip", "CF_Ray"])
async def test_a_proxys_header_with_underscores_counts_too(sqlite_url: str, name: str) -> None:
    async with running(sqlite_url, tokens=Secret(""), demonstration=True) as client:
        assert (await client.post("/graphql", json=WRITE, headers={name: "192.0.2.1"})).status_code == 421


@pytest.mark.parametrize("path", ["/graphql", "/", "/metrics", "/readyz", "/livez", "/graphql/plans/1", "/nothing"])
async def test_a_demonstration_refuses_whatever_path_a_proxy_asks_for(sqlite_url: str, path: str) -> None:
    async with running(sqlite_url, tokens=Secret(""), demonstration=True, trace=True) as client:
        refused = await client.get(path, headers={"x-forwarded-for": "192.0.2.1", "accept": "text/html"})
        assert refused.status_code == 421
        assert refused.headers["x-request-id"]


@pytest.mark.parametrize(
    "host", ["203.0.113.7", "203.0.113.7:8000", "0.0.0.0:8000", "10.0.0.1", "[2001:db8::1]", *ODD_HOSTS]
)
async def test_a_demonstration_refuses_addresses_that_are_not_loopback(sqlite_url: str, host: str) -> None:
    async with running(sqlite_url, tokens=Secret(""), demonstration=True) as client:
        assert (await client.post("/graphql", json=WRITE, headers={"host": host})).status_code == 421


@pytest.mark.parametrize("path", ["/graphql", "/metrics"])
@pytest.mark.parametrize("origin", ["https://freehold.example", "http://203.0.113.7", "null"])
async def test_a_demonstration_refuses_a_page_that_was_served_elsewhere(
    sqlite_url: str, path: str, origin: str
) -> None:
    async with running(sqlite_url, tokens=Secret(""), demonstration=True) as client:
        assert (await client.post(path, json=WRITE, headers={"origin": origin})).status_code == 421
        for local in ("http://localhost:5173", "http://LOCALHOST:5173"):
            assert (await client.post("/graphql", json=WRITE, headers={"origin": local})).status_code == 200
    async with running(sqlite_url, tokens=Secret(""), demonstration=True, cors_origins=("https://app.test",)) as client:
        named = await client.post("/graphql", json=WRITE, headers={"origin": "https://app.test"})
        assert named.status_code == 200


@pytest.mark.parametrize(
    ("site", "mode", "status"),
    [
        ("cross-site", "no-cors", 421),
        ("cross-site", "cors", 421),
        ("Cross-Site", "no-cors", 421),
        ("cross-site", "Navigate", 200),
        ("cross-site", "navigate", 200),
        ("same-site", "no-cors", 200),
        ("none", "navigate", 200),
    ],
)
async def test_a_demonstration_refuses_what_a_page_elsewhere_asks_for_without_naming_its_origin(
    sqlite_url: str, site: str, mode: str, status: int
) -> None:
    async with running(sqlite_url, tokens=Secret(""), demonstration=True) as client:
        headers = {"sec-fetch-site": site, "sec-fetch-mode": mode}
        answer = await client.get("/graphql", params={"query": "{ currency }"}, headers=headers)
        assert answer.status_code == status


async def test_a_demonstration_refuses_two_host_headers(sqlite_url: str) -> None:
    async with running(sqlite_url, tokens=Secret(""), demonstration=True) as client:
        hosts = [(b"host", b"localhost"), (b"host", b"evil.example")]
        assert (await client.get("/readyz", headers=hosts)).status_code == 421


async def test_the_log_names_each_sign_of_a_proxy_once(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async with running(sqlite_url, tokens=Secret(""), demonstration=True) as client:
        for _ in range(3):
            await client.get("/readyz", headers={"x-real-ip": "192.0.2.1"})
    assert caplog.text.count("`x-real-ip`") == 1


@pytest.mark.parametrize(
    ("setting", "value"), [("trusted_proxies", "127.0.0.1"), ("trusted_proxies", "*"), ("cors_origins", ("*",))]
)
def test_settings_for_a_server_that_others_reach_need_a_word_on_who_may_ask(
    sqlite_url: str, setting: str, value: str | tuple[str, ...]
) -> None:
    given: dict[str, Any] = {"database_url": Secret(sqlite_url), setting: value}
    with pytest.raises(Exposed, match=f"(?s)FREEHOLD_{setting.upper()}.*FREEHOLD_PUBLIC"):
        create_app(Settings(**given))
    create_app(Settings(**given, public="read"))


@pytest.fixture
def demonstration(sqlite_url: str) -> Iterator[ServerProcess]:
    with serving(sqlite_url) as server:
        yield server


def ask_through(proxy: str, **headers: str) -> int:
    return httpx.post(f"{proxy}/graphql", json=WRITE, headers=headers).status_code


def test_a_demonstration_refuses_http_1_0(demonstration: ServerProcess) -> None:
    url = urlsplit(demonstration.url)
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=10) as connection:
        connection.sendall(f"GET /readyz HTTP/1.0\r\nHost: {url.netloc}\r\n\r\n".encode())
        assert b" 421 " in connection.recv(100)


def test_a_demonstration_refuses_an_absolute_target_of_another_host(demonstration: ServerProcess) -> None:
    """Whatever `Host` says: RFC 9112, 3.2.2."""
    url = urlsplit(demonstration.url)
    for host, status in (("evil.example", b" 421 "), (url.netloc, b" 200 ")):
        with socket.create_connection((url.hostname or "", url.port or 0), timeout=10) as connection:
            connection.sendall(f"GET http://{host}/livez HTTP/1.1\r\nHost: {url.netloc}\r\n\r\n".encode())
            assert status in connection.recv(100)


@pytest.mark.parametrize(
    "more",
    [
        "proxy_http_version 1.0;",
        "proxy_http_version 1.1; proxy_set_header Host $host; proxy_set_header X-Real-IP $remote_addr;",
        "proxy_http_version 1.1; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
    ],
)
def test_a_demonstration_behind_nginx_is_refused(demonstration: ServerProcess, more: str) -> None:
    with nginx(urlsplit(demonstration.url).netloc, more) as proxy:
        assert ask_through(proxy) == 421


def test_a_page_that_nginx_passes_on_without_a_sign_is_refused_by_its_origin(demonstration: ServerProcess) -> None:
    with nginx(urlsplit(demonstration.url).netloc, 'proxy_http_version 1.1; proxy_set_header Connection "";') as proxy:
        assert ask_through(proxy, origin="https://freehold.example") == 421


def test_a_demonstration_behind_haproxy_is_refused(demonstration: ServerProcess) -> None:
    upstream = urlsplit(demonstration.url).netloc
    with haproxy(upstream, "option forwardfor") as proxy:
        assert ask_through(proxy) == 421
    with haproxy(upstream) as proxy:
        assert ask_through(proxy, host="freehold.example") == 421


def test_a_server_that_knows_who_may_ask_answers_behind_nginx(sqlite_url: str) -> None:
    with serving(sqlite_url, FREEHOLD_PUBLIC="read") as server, nginx(urlsplit(server.url).netloc) as proxy:
        assert httpx.post(f"{proxy}/graphql", json={"query": "{ currency }"}).json() == {"data": {"currency": "EUR"}}
