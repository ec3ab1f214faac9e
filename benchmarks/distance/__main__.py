"""A database far away: `python -m benchmarks.distance`. Starts a Postgres and servers of its own.

A delaying proxy on loopback stands before Postgres. One client asks one request after the other, then two hundred at
once.
"""

import asyncio
import sys
from contextlib import ExitStack
from typing import Any

import asyncpg
import orjson

from benchmarks.distance.asking import AT_ONCE, ask_at_once, ask_in_turn
from benchmarks.distance.figures import DELAYS, Figures, columns
from benchmarks.distance.proxy import open_proxy
from benchmarks.distance.trip import measure_trip
from benchmarks.report import describe_machine, table, write_results
from tests.postgres_server import open_empty_database, open_postgres_server
from tests.server.process import environment, run_freehold, serving

ASKED = 15
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


async def find_bodies(url: str) -> dict[str, list[bytes]]:
    """The requests of each kind."""
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch("SELECT id FROM properties ORDER BY id LIMIT $1", ASKED)
    finally:
        await connection.close()
    cities = [{"city": CITIES[number % len(CITIES)]} for number in range(ASKED)]
    return {
        "list": [_body(LIST, city) for city in cities],
        "point": [_body(POINT, {"id": row["id"]}) for row in found],
        "deep": [_body(DEEP, city) for city in cities],
    }


def _body(query: str, variables: dict[str, Any]) -> bytes:
    return orjson.dumps({"query": query, "variables": variables})


async def measure(url: str, delay: float, bodies: dict[str, list[bytes]]) -> Figures:
    """Through a proxy of this delay."""
    async with open_proxy(url, delay) as (proxy, distant):
        trip = await measure_trip(distant)
        stack, address = await asyncio.to_thread(_start, distant)
        try:
            latency = await ask_in_turn(address, bodies)
            seconds = await ask_at_once(address, bodies["list"])
            return Figures(delay, trip, latency, proxy.most, seconds)
        finally:
            await asyncio.to_thread(stack.close)


def _start(database_url: str) -> tuple[ExitStack, str]:
    stack = ExitStack()
    return stack, stack.enter_context(serving(database_url, **SETTINGS)).url


async def run(server_url: str) -> list[Figures]:
    """Every distance over one filled database."""
    async with open_empty_database(server_url) as url:
        env = environment(FREEHOLD_DATABASE_URL=url)
        for command in (["migrate"], ["seed"]):
            ended = await asyncio.to_thread(run_freehold, *command, env=env)
            assert ended.returncode == 0, ended.stderr
        bodies = await find_bodies(url)
        return [await measure(url, delay, bodies) for delay in (0.0, *DELAYS)]


def main() -> None:
    """Measure, write the results and show them."""
    with open_postgres_server() as server_url:
        found = asyncio.run(run(server_url))
    near = found[0]
    lines = [
        "# A database far away",
        "",
        "Freehold's median request by query, and in how many round trips more than beside the database; the most"
        " connections, one that listens among them, and the seconds of"
        f" {AT_ONCE} lists asked at once. No cache. `python -m benchmarks.distance`.",
        "",
        *table(columns(near), [figures.cells(near) for figures in found]),
    ]
    results = [figures._asdict() for figures in found]
    sys.stdout.write(write_results("distance", lines, results, describe_machine("asyncpg", "uvicorn")))


if __name__ == "__main__":
    main()
