"""Over SQLite, beside a hand-written endpoint: `python -m benchmarks.sqlite`. Linux; a minute, with QUICK=1 less.

`freehold serve` and endpoint.py answer the same requests from the same file, in turns. They share one core and the
load has another: threads that wake each other across cores cost as it happens.
"""

import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import orjson

from benchmarks.commit import commit
from benchmarks.processes import cpu
from benchmarks.report import describe_machine, table, write_results
from benchmarks.server.connection import Connection
from benchmarks.server.load import Case, load
from tests.server.process import environment, run_freehold, serving

ROUNDS, WARM_UP, SECONDS = (1, 1.0, 2.0) if os.environ.get("QUICK") else (3, 1.5, 5.0)
STARTUP = 10.0  # seconds
SETTINGS = {
    "FREEHOLD_CACHE_URL": "none",
    "FREEHOLD_LOG_LEVEL": "warning",
    "FREEHOLD_PUBLIC": "read personal",
    "FREEHOLD_RATE_LIMIT": "0",
}
QUERY = """query List($city: String!, $limit: Int!) {
  propertiesByCity(city: $city, limit: $limit) { id address city price status owner { id name email } }
}"""


class Figures(NamedTuple):
    """Milliseconds of CPU and bytes of one request, and requests a second."""

    cpu: float
    size: int
    rate: float


def fill(file: Path) -> None:
    """The rows of benchmarks.server."""
    env = environment(FREEHOLD_DATABASE_URL=f"sqlite:///{file}")
    for command in (["migrate"], ["seed", "--owners", "5000", "--properties", "40000"]):
        ended = run_freehold(*command, env=env)
        assert ended.returncode == 0, ended.stderr


def find_case(file: Path) -> Case:
    """Lists of the twenty greatest cities."""
    connection = sqlite3.connect(file)
    cities = connection.execute(
        "SELECT city FROM properties WHERE status = 'active' GROUP BY city ORDER BY count(*) DESC, city LIMIT 20"
    ).fetchall()
    connection.close()
    return Case(QUERY, [{"city": city, "limit": 50} for (city,) in cities])


@contextmanager
def serving_by_hand(file: Path) -> Iterator[tuple[str, int]]:
    """The endpoint's URL and process id."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.sqlite.endpoint", str(file), str(port)])
    try:
        yield f"http://127.0.0.1:{port}/graphql", process.pid
    finally:
        process.terminate()
        process.wait()


async def check(case: Case, urls: list[str]) -> None:
    """Every server gives the same answers, once it is up. Raises TimeoutError or AssertionError."""
    answers = []
    for url in urls:
        connection = await _connect(url)
        answers.append([orjson.loads(await connection.ask(body)) for body in case.bodies()[:20]])
        connection.close()
    assert all(others == answers[0] for others in answers), "the answers differ"


async def _connect(url: str) -> Connection:
    async with asyncio.timeout(STARTUP):
        while True:
            try:
                return await Connection.open(url)
            except OSError:
                await asyncio.sleep(0.1)


async def measure(url: str, pid: int, case: Case) -> Figures:
    await load(url, case, WARM_UP)
    before = cpu(pid)
    requests, size = await load(url, case, SECONDS)
    return Figures((cpu(pid) - before) / requests * 1000, size // requests, requests / SECONDS)


async def run(case: Case, servers: dict[str, tuple[str, int]]) -> dict[str, list[Figures]]:
    """Every round of every server."""
    await check(case, [url for url, _ in servers.values()])
    found: dict[str, list[Figures]] = {name: [] for name in servers}
    for _ in range(ROUNDS):
        for name, (url, pid) in servers.items():
            found[name].append(await measure(url, pid, case))
    return found


def main() -> None:
    """Measure, write the results and show them."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "listings.db")
        fill(file)
        os.sched_setaffinity(0, cores[:1])  # the servers inherit it
        with serving_by_hand(file) as by_hand, serving(f"sqlite:///{file}", **SETTINGS) as freehold:
            servers = {"hand-written": by_hand, "freehold": (freehold.url, freehold.process.pid)}
            os.sched_setaffinity(0, cores[-1:])
            found = asyncio.run(run(find_case(file), servers))
    medians = {
        name: Figures(*(median(figure) for figure in zip(*rounds, strict=True))) for name, rounds in found.items()
    }
    quick = ", shortened by QUICK=1" if os.environ.get("QUICK") else ""
    least = medians["hand-written"].cpu
    lines = [
        "# Over SQLite, beside a hand-written endpoint",
        "",
        "Milliseconds of CPU a request of the server, all its threads, for 50 listings with their owners from one file;"
        f" 32 keep-alive connections, no cache, one core; medians of {ROUNDS} interleaved rounds{quick}. The endpoint"
        " is Starlette, aiosqlite and orjson, two statements. `python -m benchmarks.sqlite`.",
        "",
        *table(
            ("server", "ms", "of the endpoint's", "bytes", "requests a second"),
            [
                (name, f"{each.cpu:.3f}", f"{each.cpu / least:.2f}", f"{each.size:,.0f}", f"{each.rate:,.0f}")
                for name, each in medians.items()
            ],
        ),
    ]
    results = {name: each._asdict() for name, each in medians.items()}
    machine = describe_machine("aiosqlite", "uvicorn", "starlette", "strawberry-graphql")
    sys.stdout.write(write_results("sqlite", lines, results, machine | {"commit": commit()}))


if __name__ == "__main__":
    main()
