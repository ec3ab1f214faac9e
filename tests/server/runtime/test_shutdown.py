"""How a server stops: what clients see meanwhile, and the status it ends with."""

import json
import os
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress

import httpx
import pytest

from server.runtime.shutdown import Stage, next_stage
from tests.server.cli.test_serve import a_request, connected
from tests.server.process import ServerProcess, serving
from tests.server.runtime.test_workers import children, is_worker

QUERY = {"query": "{ currency }"}
PATIENCE = 20.0  # seconds


@pytest.fixture(params=["1", "2"])
def workers(request: pytest.FixtureRequest) -> str:
    value: str = request.param
    return value


@pytest.fixture
def leaving(sqlite_url: str, workers: str) -> Iterator[ServerProcess]:
    """A server that waits for longer than a test before it refuses connections."""
    with serving(sqlite_url, FREEHOLD_WORKERS=workers, FREEHOLD_SHUTDOWN_DELAY="60") as server:
        yield server


def readiness(server: ServerProcess) -> httpx.Response:
    return httpx.get(server.url.replace("/graphql", "/readyz"), timeout=PATIENCE)


def until_not_ready(server: ServerProcess, workers: str) -> None:
    """Wait until every worker says so: each answers some of ten connections."""
    until = time.monotonic() + PATIENCE
    while any(readiness(server).is_success for _ in range(1 if workers == "1" else 10)):
        assert time.monotonic() < until, "still ready"


def refused(server: ServerProcess) -> bool:
    """Whether a connection is refused; anything but that or taking it fails."""
    try:
        connected(server).close()
    except ConnectionRefusedError:
        return True
    return False


def until_refused(server: ServerProcess) -> None:
    """Wait until the listener has gone: who connects in the very moment may be reset."""
    until = time.monotonic() + PATIENCE
    while True:
        with suppress(ConnectionResetError):
            if refused(server):
                return
        assert time.monotonic() < until, "connections are taken still"


def ends(server: ServerProcess) -> int:
    """The exit status."""
    return server.process.wait(timeout=PATIENCE)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_clean_stop_has_status_0(sqlite_url: str, workers: str, how: signal.Signals) -> None:
    with serving(sqlite_url, FREEHOLD_WORKERS=workers) as server:
        assert httpx.post(server.url, json=QUERY, timeout=PATIENCE).is_success
        assert server.stop(how) == 0
        assert server.process.stdout is not None
        assert "Traceback" not in server.process.stdout.read()


def test_after_sigterm_it_is_not_ready_and_answers_each_connection_once_more(
    leaving: ServerProcess, workers: str
) -> None:
    with closing(connected(leaving)) as idle:
        idle.sendall(a_request())
        assert b"connection: close" not in idle.recv(65536)
        leaving.process.send_signal(signal.SIGTERM)
        until_not_ready(leaving, workers)
        assert readiness(leaving).json() == {"status": "not ready", "reason": "the server is stopping"}
        idle.sendall(a_request())
        answer = b"".join(iter(lambda: idle.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.lower().count(b"\r\nconnection: close\r\n") == 1
        assert answer.endswith(b'{"data":{"currency":"EUR"}}')
    fresh = httpx.post(leaving.url, json=QUERY, timeout=PATIENCE)
    assert (fresh.status_code, fresh.headers["connection"]) == (200, "close")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_another_signal_ends_the_waiting(leaving: ServerProcess, workers: str, how: signal.Signals) -> None:
    leaving.process.send_signal(signal.SIGTERM)
    until_not_ready(leaving, workers)
    assert leaving.stop(how) == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGHUP])
def test_a_terminal_does_not_wait(leaving: ServerProcess, how: signal.Signals) -> None:
    assert leaving.stop(how) == 0


def test_a_sigterm_to_all_processes_counts_once(leaving: ServerProcess, workers: str) -> None:
    """As systemd sends it, beside what the parent tells its workers."""
    for pid in [leaving.process.pid, *filter(is_worker, children(leaving.process.pid))]:
        os.kill(pid, signal.SIGTERM)
    until_not_ready(leaving, workers)
    assert httpx.post(leaving.url, json=QUERY, timeout=PATIENCE).is_success
    assert leaving.stop(signal.SIGTERM) == 0


def a_running_request(server: ServerProcess) -> socket.socket:
    """A connection whose request lacks its last byte, so that the server waits for it."""
    connection = connected(server)
    connection.sendall(a_request(expect="100-continue")[:-1])
    assert connection.recv(65536).startswith(b"HTTP/1.1 100 Continue")
    return connection


def test_who_connects_after_the_listener_has_gone_is_refused_while_requests_run(sqlite_url: str, workers: str) -> None:
    with serving(sqlite_url, FREEHOLD_WORKERS=workers, FREEHOLD_DRAIN_TIMEOUT="60") as server:
        with closing(a_running_request(server)) as running:
            server.process.send_signal(signal.SIGTERM)
            until_refused(server)
            for _ in range(20):
                assert refused(server)
            assert server.process.poll() is None
            running.sendall(b"}")
            assert running.recv(65536).endswith(b'{"data":{"currency":"EUR"}}')
        assert ends(server) == 0


def test_ctrl_c_twice_cancels_what_runs(sqlite_url: str, workers: str) -> None:
    with (
        serving(sqlite_url, FREEHOLD_WORKERS=workers, FREEHOLD_DRAIN_TIMEOUT="60") as server,
        closing(a_running_request(server)),
    ):
        server.process.send_signal(signal.SIGINT)
        until_refused(server)
        assert server.stop(signal.SIGINT) == 0


def test_a_worker_killed_while_it_drains_is_a_failure_and_the_others_finish(sqlite_url: str) -> None:
    with serving(sqlite_url, FREEHOLD_WORKERS="2", FREEHOLD_SHUTDOWN_DELAY="60") as server:
        server.process.send_signal(signal.SIGTERM)
        until_not_ready(server, "2")
        killed, _ = filter(is_worker, children(server.process.pid))
        os.kill(killed, signal.SIGKILL)
        while killed in children(server.process.pid):
            time.sleep(0.01)
        assert httpx.post(server.url, json=QUERY, timeout=PATIENCE).is_success
        assert len(list(filter(is_worker, children(server.process.pid)))) == 1
        assert server.stop(signal.SIGTERM) == 1
        assert server.process.stdout is not None
        assert f"worker {killed} died: signal 9" in server.process.stdout.read()


def answer_on(connection: socket.socket) -> httpx.Response:
    """What is sent until the connection is closed."""
    connection.settimeout(PATIENCE)
    head, _, body = b"".join(iter(lambda: connection.recv(65536), b"")).partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    return httpx.Response(int(line.split()[1]), headers=dict(field.split(": ", 1) for field in fields), content=body)


def test_a_request_whose_body_is_late_is_told_that_the_server_stops(sqlite_url: str, workers: str) -> None:
    limits = {"FREEHOLD_SHUTDOWN_DELAY": "0", "FREEHOLD_DRAIN_TIMEOUT": "1"}
    with serving(sqlite_url, FREEHOLD_WORKERS=workers, **limits) as server:
        with closing(a_running_request(server)) as running:
            server.process.send_signal(signal.SIGTERM)
            answer = answer_on(running)
        assert answer.status_code == 503
        assert answer.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
        assert (answer.headers["cache-control"], answer.headers["connection"]) == ("no-store", "close")
        assert answer.headers["x-request-id"]
        assert answer.headers["content-type"].startswith("application/json")
        assert ends(server) == 0
        assert server.process.stdout is not None
        log = server.process.stdout.read()
        assert "Traceback" not in log
        assert "status=503" in log


def test_a_write_that_is_cut_off_as_draining_ends_is_answered(sqlite_url: str, workers: str) -> None:
    limits = {"FREEHOLD_SHUTDOWN_DELAY": "0", "FREEHOLD_DRAIN_TIMEOUT": "1", "FREEHOLD_ACQUIRE_TIMEOUT": "60"}
    write = {"query": 'mutation { createOwner(input: {name: "A", email: "a@b.c"}) { owner { id } } }'}
    path = sqlite_url.removeprefix("sqlite:///")
    with (
        serving(sqlite_url, FREEHOLD_WORKERS=workers, **limits) as server,
        closing(sqlite3.connect(path, isolation_level=None)) as holder,
        closing(connected(server)) as running,
    ):
        holder.execute("BEGIN IMMEDIATE")
        body = json.dumps(write).encode()
        head = f"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: {len(body)}\r\nexpect: 100-continue\r\n"
        running.sendall(head.encode() + b"content-type: application/json\r\n\r\n")
        assert running.recv(65536).startswith(b"HTTP/1.1 100 Continue")
        running.sendall(body)
        server.process.send_signal(signal.SIGTERM)
        answer = answer_on(running)
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "UNAVAILABLE"
        assert (answer.status_code, error.get("path")) == (503, None)
        assert ends(server) == 0


@pytest.mark.parametrize(
    ("stage", "sent", "reached"),
    [
        (Stage.SERVING, signal.SIGTERM, Stage.LEAVING),
        (Stage.SERVING, signal.SIGINT, Stage.DRAINING),
        (Stage.SERVING, signal.SIGHUP, Stage.DRAINING),
        (Stage.LEAVING, signal.SIGTERM, Stage.DRAINING),
        (Stage.LEAVING, signal.SIGINT, Stage.DRAINING),
        (Stage.DRAINING, signal.SIGTERM, Stage.DRAINING),
        (Stage.DRAINING, signal.SIGHUP, Stage.DRAINING),
        (Stage.DRAINING, signal.SIGINT, Stage.CUTTING),
        (Stage.CUTTING, signal.SIGINT, Stage.CUTTING),
    ],
)
def test_each_signal_leads_on_by_a_stage(stage: Stage, sent: signal.Signals, reached: Stage) -> None:
    assert next_stage(stage, sent) is reached
