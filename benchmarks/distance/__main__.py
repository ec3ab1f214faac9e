"""A database far away: `python -m benchmarks.distance`. Starts a Postgres and servers of its own.

A delaying proxy on loopback stands before Postgres. One client asks one request after the other, then two hundred at
once.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from statistics import median
from typing import Any, NamedTuple

import httpx

from benchmarks.distance.proxy import open_proxy
from benchmarks.report import describe_machine, table, write_results
from tests.postgres_server import open_empty_database, open_postgres_server
from tests.server.process import environment, run_freehold, serving

DELAYS = (0.005, 0.05)
ASKED = 15
AT_ONCE = 200
CITIES = ("Berlin", "Hamburg", "München", "Köln", "Leipzig", "Dresden", "Bremen", "Hannover", "Stuttgart", "Nürnberg")
LIST = "query List($city: String!) { propertiesByCity(city: $city, limit: 50) { id address price owner { id name } } }"
POINT = "query Point($id: ID!) { property(id: $id) { id address price owner { name } } }"
DEEP = """query Deep($city: String!) {
  propertiesByCity(city: $city, limit: 20) {
    id owner { id properties(first: 5, statuses: [ACTIVE]) { nodes { id address owner { name } } } }
  }
}"""
SETTINGS = {
    "FREEHOLD_CACHE_URL": "none",
    "FREEHOLD_LOG_LEVEL": "warning",
    "FREEHOLD_PUBLIC": "read",
    "FREEHOLD_RATE_LIMIT": "0",
}


class Figures(NamedTuple):
    """Of one distance: ms of the median request by query; connections at `AT_ONCE` requests, and their seconds."""

    delay: float
    latency: dict[str, float]
    connections: int
    seconds: float


async def measure(url: str, delay: float) -> Figures:
    """Through a proxy of this delay."""
    async with open_proxy(url, delay) as (proxy, distant):
        started = asyncio.create_task(asyncio.to_thread(_start, distant))
        stack, address = await started
        try:
            async with httpx.AsyncClient(timeout=60, limits=httpx.Limits(max_connections=AT_ONCE)) as client:
                latency = await _ask_in_turn(client, address)
                begun = time.perf_counter()
                await asyncio.gather(*(_ask(client, address, LIST, _city(number)) for number in range(AT_ONCE)))
                return Figures(delay, latency, proxy.most, time.perf_counter() - begun)
        finally:
            await asyncio.to_thread(stack.close)


def _start(database_url: str) -> tuple[ExitStack, str]:
    stack = ExitStack()
    return stack, stack.enter_context(serving(database_url, **SETTINGS)).url


async def _ask_in_turn(client: httpx.AsyncClient, address: str) -> dict[str, float]:
    """Milliseconds of the median request of each kind."""
    found = await _ask(client, address, LIST, _city(0))
    ids = [listing["id"] for listing in found["propertiesByCity"]]
    requests: dict[str, Sequence[tuple[str, dict[str, Any]]]] = {
        "list": [(LIST, _city(number)) for number in range(ASKED)],
        "point": [(POINT, {"id": ids[number % len(ids)]}) for number in range(ASKED)],
        "deep": [(DEEP, _city(number)) for number in range(ASKED)],
    }
    latency = {}
    for name, asked in requests.items():
        seconds = []
        for query, variables in asked:
            begun = time.perf_counter()
            await _ask(client, address, query, variables)
            seconds.append(time.perf_counter() - begun)
        latency[name] = median(seconds) * 1000
    return latency


def _city(number: int) -> dict[str, str]:
    return {"city": CITIES[number % len(CITIES)]}


async def _ask(client: httpx.AsyncClient, address: str, query: str, variables: dict[str, Any]) -> Any:
    answer = await client.post(address, json={"query": query, "variables": variables})
    body = answer.json()
    assert "errors" not in body, body
    return body["data"]


async def run(server_url: str) -> list[Figures]:
    """Every distance over one filled database."""
    async with open_empty_database(server_url) as url:
        env = environment(FREEHOLD_DATABASE_URL=url)
        for command in (["migrate"], ["seed"]):
            ended = await asyncio.to_thread(run_freehold, *command, env=env)
            assert ended.returncode == 0, ended.stderr
        return [await measure(url, delay) for delay in (0.0, *DELAYS)]


def _cells(figures: Figures, near: Figures) -> list[str]:
    cells = []
    for name, ms in figures.latency.items():
        trips = (ms - near.latency[name]) / 1000 / figures.delay if figures.delay else 0.0
        cells.append(f"{ms:.1f} ms" + (f", {trips:.1f} round trips" if trips else ""))
    return [*cells, str(figures.connections), f"{figures.seconds:.2f} s"]


def main() -> None:
    """Measure, write the results and show them."""
    with open_postgres_server() as server_url:
        near, *far = asyncio.run(run(server_url))
    rows = [(f"{figures.delay * 1000:.0f} ms", *_cells(figures, near)) for figures in (near, *far)]
    lines = [
        "# A database far away",
        "",
        "Freehold's median request by query, and in how many round trips more than beside the database; the most"
        " connections, one that listens among them, and the seconds of"
        f" {AT_ONCE} lists asked at once, most of them the client's. No cache. `python -m benchmarks.distance`.",
        "",
        *table(("round trip", *near.latency, "connections", f"{AT_ONCE} at once"), rows),
    ]
    results = [figures._asdict() for figures in (near, *far)]
    sys.stdout.write(write_results("distance", lines, results, describe_machine("asyncpg", "uvicorn")))


if __name__ == "__main__":
    main()
