"""Several workers at one address: what each promises of writes made by another, or outside."""

import os
import re
import signal
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from server.http.headers import CONSISTENCY_TOKEN
from storage.opening import open_database
from storage.record import Owner
from storage.sql_store import SqlStore
from storage.tables import OWNERS
from tests.drafts import an_owner
from tests.redis_server import RedisServer
from tests.server.process import ServerProcess, serving

WORKERS = 2
BOUND = 0.6
ASKED = 12
"""Connections, each of its own, so that every worker is asked."""


def settings(**more: str) -> dict[str, str]:
    """Of a server of two workers that logs no requests."""
    return {
        "FREEHOLD_WORKERS": str(WORKERS),
        "FREEHOLD_CACHE_BOUND": str(BOUND),
        "FREEHOLD_LOG_LEVEL": "warning",
        **more,
    }


@pytest.fixture
async def outside(database_url: str) -> AsyncIterator[SqlStore]:
    """A writer that has nothing to do with the server."""
    database = await open_database(database_url)
    yield SqlStore(database)
    await database.close()


@pytest.fixture
async def owner(outside: SqlStore) -> Owner:
    """An owner whose name is told by what wrote it."""
    (created,) = await outside.create(OWNERS, [an_owner(name="first")])
    return created


@pytest.fixture
def server(database_url: str, owner: Owner) -> Iterator[ServerProcess]:
    """With a cache in the memory of each worker."""
    with serving(database_url, **settings()) as server:
        yield server
        server.stop(signal.SIGTERM)


def name_of(server: ServerProcess, owner: Owner, **headers: str) -> str:
    """The owner's name as one of the workers tells it, on a connection of its own."""
    query = f'{{ owner(id: "{owner.id}") {{ name }} }}'
    answer = httpx.post(server.url, json={"query": query}, headers=headers, timeout=20)
    name: str = answer.json()["data"]["owner"]["name"]
    return name


def names(server: ServerProcess, owner: Owner, **headers: str) -> set[str]:
    """The names that the workers tell."""
    return {name_of(server, owner, **headers) for _ in range(ASKED)}


def rename(server: ServerProcess, owner: Owner, name: str) -> str:
    """Write through one of the workers; the mark of the write."""
    query = f'mutation {{ updateOwner(id: "{owner.id}", input: {{ name: "{name}" }}) {{ errors {{ message }} }} }}'
    answer = httpx.post(server.url, json={"query": query}, timeout=20)
    assert answer.json() == {"data": {"updateOwner": {"errors": []}}}
    return answer.headers[CONSISTENCY_TOKEN]


def test_who_sends_its_mark_reads_its_own_write_whichever_worker_answers(server: ServerProcess, owner: Owner) -> None:
    for number in range(5):
        names(server, owner)  # every worker has it cached
        mark = rename(server, owner, f"name {number}")
        assert names(server, owner, **{CONSISTENCY_TOKEN: mark}) == {f"name {number}"}


def test_without_it_every_worker_tells_it_within_the_bound(server: ServerProcess, owner: Owner) -> None:
    names(server, owner)
    rename(server, owner, "second")
    time.sleep(BOUND)
    assert names(server, owner) == {"second"}


async def test_a_write_from_outside_is_told_by_every_worker_within_the_bound(
    server: ServerProcess, owner: Owner, outside: SqlStore
) -> None:
    names(server, owner)
    await outside.update(OWNERS, owner.id, {"name": "outside"})
    time.sleep(BOUND)  # noqa: ASYNC251 - nothing else runs here
    assert names(server, owner) == {"outside"}


def test_with_redis_every_worker_tells_a_write_at_once(
    database_url: str, owner: Owner, redis_server: RedisServer
) -> None:
    with serving(database_url, **settings(FREEHOLD_CACHE_URL=redis_server.url)) as server:
        time.sleep(2 * BOUND)
        for number in range(10):
            names(server, owner)
            rename(server, owner, f"name {number}")
            assert names(server, owner) == {f"name {number}"}
        server.stop(signal.SIGTERM)


def test_any_worker_tells_the_figures_of_all(server: ServerProcess, owner: Owner) -> None:
    for _ in range(20):
        name_of(server, owner)
    answered = 'freehold_requests_total{kind="query",operation="",outcome="ok"} 20.0'
    for _ in range(100):  # each hands over its figures once a second
        text = httpx.get(server.url.replace("/graphql", "/metrics"), timeout=20).text
        if answered in text:
            break
        time.sleep(0.1)
    assert answered in text
    assert 'freehold_request_seconds_count{kind="query"} 20.0' in text


def children(pid: int) -> list[int]:
    """The processes that this one has started."""
    found = Path(f"/proc/{pid}/task/{pid}/children")
    if not found.exists():
        pytest.skip("this system does not tell a process' children")
    return [int(child) for child in found.read_text().split()]


def is_worker(pid: int) -> bool:
    """Whether the process is one of the workers, and not what helps to start them."""
    return "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()


def test_a_worker_that_dies_is_replaced(server: ServerProcess, owner: Owner) -> None:
    name_of(server, owner)
    before = list(filter(is_worker, children(server.process.pid)))
    assert len(before) == WORKERS
    os.kill(before[0], signal.SIGKILL)
    for _ in range(100):
        now = list(filter(is_worker, children(server.process.pid)))
        if len(now) == WORKERS and before[0] not in now:
            break
        time.sleep(0.1)
    assert len(set(now) - set(before)) == 1
    assert names(server, owner) == {"first"}
    text = httpx.get(server.url.replace("/graphql", "/metrics"), timeout=20).text
    (open_connections,) = re.findall(r"^freehold_pool_connections ([\d.]+)$", text, re.MULTILINE)
    assert float(open_connections) <= WORKERS * 10


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_all_workers_end_cleanly(sqlite_url: str, how: signal.Signals) -> None:
    with serving(sqlite_url, **settings()) as server:
        assert httpx.post(server.url, json={"query": "{ currency }"}, timeout=20).status_code == 200
        workers = list(filter(is_worker, children(server.process.pid)))
        assert len(workers) == WORKERS
        assert server.stop(how) == 0
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers)
        assert server.process.stdout is not None
        assert "Traceback" not in server.process.stdout.read()


def test_workers_end_when_their_parent_is_killed(database_url: str) -> None:
    with serving(database_url, **settings()) as server:
        assert httpx.post(server.url, json={"query": "{ currency }"}, timeout=20).status_code == 200
        server.stop(signal.SIGKILL)
        until = time.monotonic() + 10
        while answers(server):
            assert time.monotonic() < until, "the workers answer still"
            time.sleep(0.1)


def answers(server: ServerProcess) -> bool:
    try:
        return httpx.post(server.url, json={"query": "{ currency }"}, timeout=5).is_success
    except httpx.TransportError:
        return False
