"""The real server, in a process of its own."""

import asyncio
import signal
import time

import httpx
import pytest

from tests.server.process import environment, run_freehold, serving


@pytest.fixture
def url(sqlite_url: str) -> str:
    return sqlite_url


def test_a_server_greets_answers_and_ends_cleanly_on_ctrl_c(url: str) -> None:
    with serving(url) as server:
        response = httpx.post(server.url, json={"query": "{ currency }"})
        assert response.json() == {"data": {"currency": "EUR"}}
        assert server.stop(signal.SIGINT) == 0
        assert server.process.stdout is not None
        assert "Traceback" not in server.process.stdout.read()


async def test_sigterm_lets_a_running_request_finish(url: str) -> None:
    listing = {"address": "a", "city": "c", "price": 1, "ownerId": "owner_01jx0000000000000000000000"}
    query = "mutation($inputs: [CreatePropertyInput!]!) { createProperties(inputs: $inputs) { errors { code } } }"
    body = {"query": query, "variables": {"inputs": [listing] * 1000}}
    with serving(url) as server:
        async with httpx.AsyncClient() as client:
            running = asyncio.create_task(client.post(server.url, json=body, timeout=30))
            await asyncio.sleep(0.1)
            server.process.send_signal(signal.SIGTERM)
            response = await running
        assert response.status_code == 200
        assert len(response.json()["data"]["createProperties"]["errors"]) == 1000
        server.process.wait(timeout=20)


def test_a_server_without_tables_says_so_and_stops(empty_database_url: str) -> None:
    started = time.monotonic()
    ended = run_freehold("serve", env=environment(FREEHOLD_DATABASE_URL=empty_database_url, FREEHOLD_PORT="0"))
    assert ended.returncode == 1
    assert "run `freehold migrate`" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert time.monotonic() - started < 20


def test_wrong_settings_are_one_line_not_a_traceback() -> None:
    ended = run_freehold("serve", env=environment(FREEHOLD_PORT="http"))
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: FREEHOLD_PORT: ")
    assert "Traceback" not in ended.stderr


def test_a_database_that_is_not_there_is_one_line_too() -> None:
    env = environment(FREEHOLD_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    ended = run_freehold("serve", env=env)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: Postgres: ")


def test_migrate_shows_what_is_missing_and_applies_it_once(empty_database_url: str) -> None:
    env = environment(FREEHOLD_DATABASE_URL=empty_database_url)
    assert "0001 listings  missing" in run_freehold("migrate", "--status", env=env).stdout
    assert "applied 0001 listings" in run_freehold("migrate", env=env).stdout
    assert run_freehold("migrate", env=env).stdout == "the database is up to date\n"
    assert "0001 listings  applied" in run_freehold("migrate", "--status", env=env).stdout


def test_schema_prints_the_committed_text() -> None:
    ended = run_freehold("schema", env=environment())
    with open("schema/schema.graphql", encoding="utf-8") as committed:
        assert ended.stdout == committed.read()
