"""A server on loopback for which nothing says who may ask: this machine may read what is public."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from server.app import create_app
from server.auth.access import Exposed
from server.settings.secret import Secret
from server.settings.settings import InvalidSettings, Settings, load_settings
from server.stores import open_store
from storage.reads.owner import OWNERS_BY_ID
from storage.record import Status
from storage.store import Store
from storage.tables import OWNERS, PROPERTIES
from tests.drafts import a_listing, an_owner
from tests.server.clients import running
from tests.server.process import ServerProcess, environment, run_freehold, serving
from tests.server.proxies import haproxy, nginx

BARE: dict[str, Any] = {"tokens": Secret("")}
OFF = {"FREEHOLD_DEMONSTRATION": "off"}
CURRENCY = {"query": "{ currency }"}
READ_OWNERS = {"query": "{ owners { nodes { name email } } }"}
WRITE = {"query": 'mutation { createOwner(input: {name: "A", email: "a@b.c"}) { owner { email } } }'}
ADVICE = (
    "This needs the scope `write`: nothing says who has it. Set FREEHOLD_TOKENS (`freehold token` makes a token), or"
    " FREEHOLD_DEMONSTRATION=on for generated data on this machine alone."
)
UNSIGNED = 'proxy_http_version 1.1; proxy_set_header Connection "";'  # what nginx does by itself since 1.29.7


def code_of(response: httpx.Response) -> Any:
    return response.json()["errors"][0]["extensions"]["code"]


async def test_the_public_may_read_what_is_published_and_nothing_else(database_url: str, store: Store) -> None:
    [owner] = await store.create(OWNERS, [an_owner()])
    await store.create(PROPERTIES, [a_listing(owner), a_listing(owner, status=Status.DRAFT)])
    async with running(database_url, **BARE) as client:
        counted = await client.post("/graphql", json={"query": "{ properties { totalCount } }"})
        assert counted.json() == {"data": {"properties": {"totalCount": 1}}}
        owners = await client.post("/graphql", json=READ_OWNERS, headers={"freehold-trace": "1"})
        assert owners.json()["data"]["owners"]["nodes"] == [{"name": owner.name, "email": None}]
        assert code_of(owners) == "FORBIDDEN"
        assert "trace" not in owners.json().get("extensions", {})
        refused = await client.post("/graphql", json=WRITE)
        assert (refused.status_code, code_of(refused)) == (401, "UNAUTHENTICATED")
        assert refused.json()["errors"][0]["message"] == ADVICE
    assert len(await store.read(OWNERS_BY_ID, [owner.id])) == 1


async def test_it_has_the_limits_of_production(sqlite_url: str) -> None:
    async with running(sqlite_url, **BARE) as client:
        assert "ratelimit" in (await client.post("/graphql", json=CURRENCY)).headers
        wrong = await client.post("/graphql", json={"query": "{ currenci }"})
        assert "Did you mean" not in wrong.text
    assert Settings().delay_before_shutdown > 0


@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:4200"])
async def test_pages_of_this_machine_may_ask(sqlite_url: str, origin: str) -> None:
    async with running(sqlite_url, **BARE) as client:
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        preflight = await client.options("/graphql", headers={"origin": origin} | asked)
        assert preflight.status_code == 200
        answer = await client.post("/graphql", json=CURRENCY, headers={"origin": origin})
        assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize(
    "headers",
    [{"host": "evil.example:8000"}, {"origin": "https://evil.example"}, {"x-forwarded-for": "192.0.2.1"}],
)
async def test_what_others_show_that_they_sent_is_refused(sqlite_url: str, headers: dict[str, str]) -> None:
    async with running(sqlite_url, **BARE) as client:
        refused = await client.post("/graphql", json=CURRENCY, headers=headers)
        assert (refused.status_code, code_of(refused)) == (421, "MISDIRECTED")
        assert "FREEHOLD_PUBLIC or FREEHOLD_TOKENS" in refused.json()["errors"][0]["message"]


@pytest.fixture
async def one_owner_url(sqlite_url: str) -> str:
    async with open_store(Settings(database_url=Secret(sqlite_url))) as store:
        await store.create(OWNERS, [an_owner(name="Ada")])
    return sqlite_url


@pytest.fixture
def bare(one_owner_url: str) -> Iterator[ServerProcess]:
    with serving(one_owner_url, **OFF) as server:
        yield server


def assert_reads_alone(proxy: str) -> None:
    refused = httpx.post(f"{proxy}/graphql", json=WRITE)
    assert (refused.status_code, code_of(refused)) == (401, "UNAUTHENTICATED")
    owners = httpx.post(f"{proxy}/graphql", json=READ_OWNERS)
    assert owners.json()["data"] == {"owners": {"nodes": [{"name": "Ada", "email": None}]}}
    assert code_of(owners) == "FORBIDDEN"


def test_behind_nginx_that_adds_nothing_the_world_may_read_alone(bare: ServerProcess) -> None:
    with nginx(urlsplit(bare.url).netloc, UNSIGNED) as proxy:
        assert_reads_alone(proxy)


def test_behind_haproxy_that_adds_nothing_the_world_may_read_alone(bare: ServerProcess) -> None:
    with haproxy(urlsplit(bare.url).netloc) as proxy:
        assert_reads_alone(proxy)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_greeting_says_in_two_lines_how_to_allow_more(sqlite_url: str, workers: str) -> None:
    with serving(sqlite_url, FREEHOLD_WORKERS=workers, FREEHOLD_SHUTDOWN_DELAY="0", **OFF) as server:
        assert server.process.stdout is not None
        server.process.terminate()
        greeting = server.process.stdout.read()
    lines = [line for line in greeting.splitlines() if "FREEHOLD_" in line]
    assert "FREEHOLD_TOKENS" in lines[0]
    assert "FREEHOLD_DEMONSTRATION=on" in lines[1]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("FREEHOLD_PUBLIC", "read"),
        ("FREEHOLD_TOKENS", f"a:read:{'0' * 64}"),
        ("FREEHOLD_JWT_ISSUER", "https://issuer.test"),
    ],
)
def test_a_demonstration_and_a_word_on_who_may_ask_exclude_each_other(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv("FREEHOLD_DEMONSTRATION", "on")
    monkeypatch.setenv("FREEHOLD_JWT_AUDIENCE", "us" if "JWT" in variable else "")
    monkeypatch.setenv("FREEHOLD_JWT_JWKS_URL", "https://issuer.test/keys" if "JWT" in variable else "")
    monkeypatch.setenv(variable, value)
    with pytest.raises(InvalidSettings) as raised:
        load_settings()
    [line] = str(raised.value).splitlines()
    assert line.startswith(f"FREEHOLD_DEMONSTRATION and {variable}: ")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "freehold.test"])
def test_a_demonstration_starts_on_loopback_alone(sqlite_url: str, host: str) -> None:
    with pytest.raises(Exposed) as raised:
        create_app(Settings(database_url=Secret(sqlite_url), host=host, demonstration=True))
    assert re.fullmatch(r"FREEHOLD_HOST is .* FREEHOLD_DEMONSTRATION .* FREEHOLD_TOKENS .*", str(raised.value))


def test_the_command_refuses_a_demonstration_beyond_loopback_in_one_line(sqlite_url: str) -> None:
    env = environment(FREEHOLD_DATABASE_URL=sqlite_url, HOST="0.0.0.0", FREEHOLD_PORT="0")
    ended = run_freehold("serve", env=env)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: HOST is 0.0.0.0")
    assert ended.stderr.count("\n") == 1
