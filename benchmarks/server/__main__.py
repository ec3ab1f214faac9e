"""What a request costs: `python -m benchmarks.server`. Starts a Postgres and a `freehold serve` of its own; Linux.

CPU and statements a request, which other load on the machine sways less than times, and the bytecodes of Python that
a request takes, which it hardly sways at all. A minute: run it before a change lands, and compare with
benchmarks/results/server.md of the same machine.
"""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain
from typing import Any, NamedTuple

import asyncpg

from benchmarks.commit import commit
from benchmarks.report import describe_machine, table, write_results
from benchmarks.server.bytecodes import read_count, start_count
from benchmarks.server.load import SEED, Case, load
from benchmarks.server.usage import find_backends, read_usage
from tests.postgres_server import open_empty_database, open_postgres_server
from tests.server.process import environment, run_freehold, serving

WARM_UP, SECONDS = 1.5, 5.0
_COUNTING = "benchmarks.server.bytecodes"
SETTINGS = {
    "FREEHOLD_CACHE_URL": "none",
    "FREEHOLD_LOG_LEVEL": "warning",
    "FREEHOLD_PUBLIC": "read personal",
    "FREEHOLD_RATE_LIMIT": "0",
}
_CITY = """($city: String!, $limit: Int!) {
  propertiesByCity(city: $city, limit: $limit) { id address city price status owner { id name email } }
}"""
_DEEP = """query Deep($city: String!, $limit: Int!) {
  propertiesByCity(city: $city, limit: $limit) {
    id address owner { id name properties(first: 5) { nodes { id address owner { id name } } } }
  }
}"""


class Figures(NamedTuple):
    """Milliseconds of CPU, statements and bytes, each of one request."""

    server: float
    database: float
    statements: float
    size: int
    requests: int


async def find_cases(database_url: str) -> dict[str, Case]:
    connection = await asyncpg.connect(database_url)
    try:
        cities = await connection.fetch(
            "SELECT city FROM properties WHERE status = 'active' GROUP BY city ORDER BY count(*) DESC, city LIMIT 20"
        )
        ids = await connection.fetch("SELECT id FROM properties WHERE status = 'active' ORDER BY id LIMIT 5000")
    finally:
        await connection.close()

    def by_city(limit: int) -> list[dict[str, Any]]:
        return [{"city": row["city"], "limit": limit} for row in cities]

    point = "query Point($id: ID!) { property(id: $id) { id address price owner { name } } }"
    return {
        "list": Case(f"query List{_CITY}", by_city(50)),
        "wide": Case(f"query Wide{_CITY}", by_city(500), connections=8),
        "point": Case(point, [{"id": row["id"]} for row in ids]),
        "deep": Case(_DEEP, by_city(20)),
    }


async def measure(url: str, pid: int, database_url: str, case: Case) -> Figures:
    await load(url, case, WARM_UP)
    backends = await find_backends(database_url)
    before = await read_usage(url, pid, backends)
    requests, size = await load(url, case, SECONDS)
    used = await read_usage(url, pid, backends) - before
    return Figures(
        round(used.server / requests * 1000, 3),
        round(used.database / requests * 1000, 3),
        round(used.statements / requests, 3),
        size // requests,
        requests,
    )


async def count(url: str, process: subprocess.Popen[str], case: Case) -> dict[str, int]:
    """Bytecodes of one request, by package."""
    await load(url, case, WARM_UP)
    start_count(process)
    requests, _ = await load(url, case, SECONDS)
    counted = read_count(process)
    return {package: round(bytecodes / requests) for package, bytecodes in counted.items()}


@asynccontextmanager
async def filled_database(server_url: str) -> AsyncIterator[str]:
    """The URL of a database of 40,000 listings."""
    async with open_empty_database(server_url) as url:
        env = environment(FREEHOLD_DATABASE_URL=url)
        for command in (["migrate"], ["seed", "--owners", "5000", "--properties", "40000"]):
            ended = await asyncio.to_thread(run_freehold, *command, env=env)
            assert ended.returncode == 0, ended.stderr
        yield url


async def run(server_url: str) -> tuple[dict[str, Figures], dict[str, dict[str, int]]]:
    async with filled_database(server_url) as url:
        cases = await find_cases(url)
        with serving(url, **SETTINGS) as server:
            figures = {name: await measure(server.url, server.process.pid, url, case) for name, case in cases.items()}
        with serving(url, program=_COUNTING, **SETTINGS) as server:
            return figures, {name: await count(server.url, server.process, case) for name, case in cases.items()}


def _by_package(counts: dict[str, dict[str, int]]) -> list[list[str]]:
    """Rows of a table: all together, then each package that runs any, the most first."""
    packages = sorted({*chain(*counts.values())}, key=lambda name: -sum(each.get(name, 0) for each in counts.values()))
    rows = [("all", [sum(each.values()) for each in counts.values()])]
    rows += [(name, [each.get(name, 0) for each in counts.values()]) for name in packages]
    return [[name, *(f"{bytecodes:,}" for bytecodes in row)] for name, row in rows if any(row)]


def main() -> None:
    """Measure, write the results and show them."""
    with open_postgres_server() as server_url:
        results, counts = asyncio.run(run(server_url))
    rows = [(name, *figures) for name, figures in results.items()]
    lines = [
        "# What a request costs the server",
        "",
        "Milliseconds of CPU a request, of the server and of Postgres' processes behind it; statements and bytes a"
        " request. 32 keep-alive connections, 8 for wide; no cache. `python -m benchmarks.server`.",
        "",
        *table(("query", "server ms", "Postgres ms", "statements", "bytes", "requests"), rows),
        "",
        "Bytecodes of Python a request, by package:",
        "",
        *table(("package", *counts), _by_package(counts)),
    ]
    machine = describe_machine("asyncpg", "uvicorn", "starlette", "graphql-core", "strawberry-graphql")
    described = {name: figures._asdict() | {"bytecodes": counts[name]} for name, figures in results.items()}
    sys.stdout.write(write_results("server", lines, described, machine | {"seed": str(SEED), "commit": commit()}))


if __name__ == "__main__":
    main()
