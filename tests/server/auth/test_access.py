"""Who may ask for what, over HTTP."""

import asyncio
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.admission.examiner import Examiner
from server.app import create_app
from server.auth.access import Exposed
from server.settings.secret import Secret
from server.settings.settings import Settings
from tests.query_log import QueryLog
from tests.server.auth.issuer import AUDIENCE, ISSUER, Issuer, issuing
from tests.server.clients import bearer, running
from tests.server.process import environment, run_freehold, serving

READ = {"query": "{ owners { nodes { name } } }"}
WRITE = {"query": 'mutation { createOwner(input: {name: "A", email: "a@b.c"}) { owner { name email } } }'}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as issuer:
        yield issuer


async def ask(client: httpx.AsyncClient, query: dict[str, str], holder: str | None) -> tuple[int, Any]:
    """The status, and the first error's code."""
    response = await client.post("/graphql", json=query, headers=bearer(holder) if holder else {})
    errors = response.json().get("errors")
    return response.status_code, errors and errors[0]["extensions"]["code"]


@pytest.mark.parametrize(
    ("holder", "reading", "writing"),
    [
        (None, (200, None), (401, "UNAUTHENTICATED")),
        ("reader", (200, None), (403, "FORBIDDEN")),
        ("writer", (200, None), (200, "FORBIDDEN")),  # it is written; the e-mail address in the answer is personal
        ("clerk", (200, None), (403, "FORBIDDEN")),
        ("scribe", (200, None), (200, "FORBIDDEN")),  # it may read too, since the public may
        ("root", (200, None), (200, None)),
    ],
)
async def test_scopes_say_who_reads_and_who_writes(
    database_url: str,
    query_log: QueryLog,
    holder: str | None,
    reading: tuple[int, str | None],
    writing: tuple[int, str | None],
) -> None:
    async with running(database_url, on_query=query_log.listen) as client:
        query_log.clear()
        assert await ask(client, READ, holder) == reading
        assert query_log == (["search_owners"] if reading[0] == 200 else [])
        query_log.clear()
        assert await ask(client, WRITE, holder) == writing
        assert query_log == (["insert_owners"] if writing[0] == 200 else [])


@pytest.mark.parametrize(
    "authorization",
    ["Bearer wrong", "Bearer", "Bearer ", "Basic cm9vdDpyb290", "root", "Bearer a.b.c", "Bearer root x", "Bearer é"],
)
async def test_a_wrong_token_is_401_even_where_the_public_may_read(sqlite_url: str, authorization: str) -> None:
    async with running(sqlite_url) as client:
        headers = [(b"authorization", authorization.encode())]
        response = await client.post("/graphql", json=READ, headers=headers)
        assert response.status_code == 401
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert response.headers["www-authenticate"] == 'Bearer realm="freehold", error="invalid_token"'
        assert "root" not in response.text


async def test_no_token_where_one_is_needed_is_told_what_is_missing(sqlite_url: str) -> None:
    async with running(sqlite_url, public="none") as client:
        response = await client.post("/graphql", json=READ)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == 'Bearer realm="freehold"'
        assert response.json() == {
            "errors": [
                {
                    "message": "This needs the scope `read`: show a token that has it.",
                    "extensions": {"code": "UNAUTHENTICATED", "scope": "read"},
                }
            ]
        }
        assert await ask(client, READ, "reader") == (200, None)
        assert await ask(client, {"query": "{ __schema { queryType { name } } }"}, None) == (401, "UNAUTHENTICATED")


QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("POST", {"json": {"query": text}})
    for text in (
        "{ currency }",
        "{ nothing }",
        "{ owners(frist: 1) { nodes { nmae } } }",
        "{",
        "{ __schema { types { name } } }",
        "mutation { deleteProperty(id: 1) }",
        "{" + " currency" * 700 + "}",
        "query A { currency } query B { currency }",
        "{ owners(first: 100) { nodes { properties(first: 100) { nodes { id } } } } }",
    )
] + [
    ("POST", {"content": b"no JSON", "headers": {"content-type": "application/json"}}),
    ("POST", {"content": b"[]", "headers": {"content-type": "application/json"}}),
    ("POST", {"json": {"query": "{ currency }", "variables": {"a": ["x"] * 30_000}}}),
    ("POST", {"json": {"documentId": "known"}}),
    ("POST", {"json": {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}}}),
    ("GET", {"params": {"query": "{ nothing }"}}),
    ("GET", {"params": {"query": "mutation { deleteProperty(id: 1) { deletedId } }"}}),
    ("GET", {"params": {"documentId": "unknown"}}),
    ("GET", {}),
]


@pytest.mark.parametrize("token", [None, "watcher"])
async def test_who_may_nothing_gets_the_same_answer_whatever_the_document_is(
    sqlite_url: str, tmp_path: Path, token: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text('{"known": "{ currency }"}')
    watcher = Secret(f"watcher:trace+write:{sha256(b'watcher').hexdigest()}")
    more: dict[str, Any] = {"trusted_documents": str(manifest), "trusted_documents_mode": "log"}
    async with running(sqlite_url, public="none", introspection=False, tokens=watcher, **more) as client:
        examined: list[str] = []
        monkeypatch.setattr(Examiner, "examine", lambda _, text: examined.append(text))
        client.headers.update({} if token is None else bearer(token))
        answers = {
            (answer.status_code, answer.text, answer.headers.get("www-authenticate"))
            for answer in [await client.request(method, "/graphql", **given) for method, given in QUESTIONS]
        }
        [(status, text, challenge)] = answers
        assert json.loads(text)["errors"][0]["extensions"]["scope"] == "read"
        assert (status, challenge) == ((401, 'Bearer realm="freehold"') if token is None else (403, None))
        assert examined == []


async def test_what_the_public_may_is_a_setting(sqlite_url: str) -> None:
    async with running(sqlite_url, public="read write personal", tokens=Secret("")) as client:
        assert await ask(client, WRITE, None) == (200, None)


async def test_in_a_demonstration_everything_is_allowed(sqlite_url: str) -> None:
    async with running(sqlite_url, tokens=Secret(""), demonstration=True) as client:
        assert await ask(client, WRITE, None) == (200, None)


async def test_a_json_web_token_is_a_viewer_and_its_issuer_may_be_down(sqlite_url: str, issuer: Issuer) -> None:
    jwt: dict[str, Any] = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_jwks_url": issuer.url}
    async with running(sqlite_url, tokens=Secret(""), **jwt) as client:
        issuer.down = True
        assert await ask(client, WRITE, issuer.sign(scope="read write")) == (503, "UNAVAILABLE")
    async with running(sqlite_url, tokens=Secret(""), **jwt) as client:
        issuer.down = False
        assert await ask(client, WRITE, issuer.sign(scope="read write personal")) == (200, None)
        assert await ask(client, WRITE, issuer.sign(scope="read")) == (403, "FORBIDDEN")
        assert await ask(client, READ, issuer.sign(exp=1)) == (401, "UNAUTHENTICATED")
        assert await ask(client, WRITE, None) == (401, "UNAUTHENTICATED")


async def test_closing_the_application_ends_the_fetch_of_the_issuers_keys(
    sqlite_url: str, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.auth.keys.PATIENCE", 0.01)
    issuer.free.clear()
    jwt: dict[str, Any] = {"jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, "jwt_jwks_url": issuer.url}
    async with running(sqlite_url, tokens=Secret(""), **jwt) as client:
        assert await ask(client, READ, issuer.sign()) == (503, "UNAVAILABLE")
        assert [task for task in asyncio.all_tasks() if "FetchedKeys" in repr(task.get_coro())]
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "freehold.test"])
def test_beyond_loopback_without_a_word_on_who_may_ask_nothing_starts(sqlite_url: str, host: str) -> None:
    with pytest.raises(Exposed, match=r"FREEHOLD_PUBLIC=read"):
        create_app(Settings(database_url=Secret(sqlite_url), host=host))
    create_app(Settings(database_url=Secret(sqlite_url), host=host, public="read"))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_on_loopback_it_starts(sqlite_url: str, host: str) -> None:
    create_app(Settings(database_url=Secret(sqlite_url), host=host))


def test_the_command_explains_why_it_does_not_start_and_greets_a_demonstration_as_one(sqlite_url: str) -> None:
    off = {"FREEHOLD_DEMONSTRATION": "off"}
    env = environment(FREEHOLD_DATABASE_URL=sqlite_url, FREEHOLD_HOST="0.0.0.0", FREEHOLD_PORT="0", **off)
    ended = run_freehold("serve", env=env)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    for choice in ("FREEHOLD_PUBLIC=read", "FREEHOLD_TOKENS=", "FREEHOLD_JWT_ISSUER=", "FREEHOLD_HOST=127.0.0.1"):
        assert choice in ended.stderr
    assert (
        "HOST is 0.0.0.0" in run_freehold("serve", env=environment(HOST="0.0.0.0", **off)).stderr.split("FREEHOLD_")[0]
    )
    for settings, is_open in (({}, True), ({"FREEHOLD_PUBLIC": "read"}, False), (off, False)):
        with serving(sqlite_url, **settings) as server:
            server.process.terminate()
            assert server.process.stdout is not None
            assert ("open demonstration" in server.process.stdout.read()) is is_open


@pytest.mark.parametrize("host", ["999.1.1.1", "127.0.0.1:80"])
def test_a_host_that_is_no_address_is_named_before_who_may_reach_it_is_asked(sqlite_url: str, host: str) -> None:
    off = {"FREEHOLD_DEMONSTRATION": "off"}
    ended = run_freehold("serve", env=environment(FREEHOLD_DATABASE_URL=sqlite_url, FREEHOLD_HOST=host, **off))
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(f"Error: FREEHOLD_HOST: no address found for {host}: ")
    assert "which others can reach" not in ended.stderr


@pytest.mark.parametrize("public", ["", "all", "read;write"])
def test_a_public_that_is_no_scope_is_refused(monkeypatch: pytest.MonkeyPatch, public: str) -> None:
    monkeypatch.setenv("FREEHOLD_PUBLIC", public)
    assert "FREEHOLD_PUBLIC: " in run_freehold("serve", env=environment(FREEHOLD_PUBLIC=public)).stderr
