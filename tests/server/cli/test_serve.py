"""The real server, in a process of its own."""

import asyncio
import json
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from server.cli.failures import explain_failure
from server.observability.metrics_folder import NoTemporaryFolder, metrics_folder
from tests.server.process import ServerProcess, environment, run_freehold, serving


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


def connected(server: ServerProcess) -> socket.socket:
    address = httpx.URL(server.url)
    return socket.create_connection((address.host, address.port), timeout=10)


def a_request(**headers: str) -> bytes:
    body = json.dumps({"query": "{ currency }"})
    lines = ["POST /graphql HTTP/1.1", "host: localhost", "content-type: application/json"]
    lines += [f"content-length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", body]).encode()


def test_a_response_comes_in_one_piece(url: str) -> None:
    with serving(url) as server, connected(server) as connection:
        for _ in range(20):
            connection.sendall(a_request())
            assert connection.recv(65536).endswith(b'{"data":{"currency":"EUR"}}')


def test_requests_sent_at_once_are_answered_in_turn(url: str) -> None:
    with serving(url) as server, connected(server) as connection:
        connection.sendall(a_request() * 3 + a_request(connection="close"))
        answered = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answered.count(b'{"data":{"currency":"EUR"}}') == answered.count(b"HTTP/1.1 200") == 4


def test_a_client_may_wait_to_be_told_to_go_on(url: str) -> None:
    with serving(url) as server:
        head, _, body = a_request(expect="100-continue").partition(b"\r\n\r\n")
        with connected(server) as connection:
            connection.sendall(head + b"\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 100 Continue")
            connection.sendall(body)
            assert connection.recv(65536).endswith(b'{"data":{"currency":"EUR"}}')


def test_an_idle_connection_is_closed_after_as_long_as_was_set(url: str) -> None:
    with serving(url, FREEHOLD_KEEP_ALIVE="1") as server, connected(server) as connection:
        connection.sendall(a_request())
        assert connection.recv(65536)
        assert connection.recv(65536) == b""


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
    assert ended.stderr.startswith("Error: FREEHOLD_DATABASE_URL: Postgres at ")


def test_workers_without_a_temporary_folder_are_one_line_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(NoTemporaryFolder) as raised, metrics_folder():
        pass
    assert explain_failure(raised.value) == (
        "several workers need a temporary folder for their metrics: No such file or directory;"
        " set TMPDIR to a folder that can be written, or FREEHOLD_WORKERS=1"
    )


def test_several_workers_greet_when_all_of_them_answer(sqlite_url: str) -> None:
    with serving(sqlite_url, FREEHOLD_WORKERS="2") as server:
        assert sum("answers" in line for line in server.before) == 2


def test_migrate_shows_what_is_missing_and_applies_it_once(empty_database_url: str) -> None:
    env = environment(FREEHOLD_DATABASE_URL=empty_database_url)
    assert "0001 listings  missing" in run_freehold("migrate", "--status", env=env).stdout
    assert "applied 0001 listings" in run_freehold("migrate", env=env).stdout
    assert run_freehold("migrate", env=env).stdout == "the database is up to date\n"
    assert "0001 listings  applied" in run_freehold("migrate", "--status", env=env).stdout


def test_schema_prints_the_committed_text() -> None:
    ended = run_freehold("schema", env=environment())
    with (Path(__file__).parents[3] / "schema/schema.graphql").open(encoding="utf-8") as committed:
        assert ended.stdout == committed.read()
