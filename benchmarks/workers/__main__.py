"""One, two and four workers: `python -m benchmarks.workers`. Starts a Postgres and servers of its own; Linux.

The list of benchmarks.server over 32 connections. Client and Postgres share the machine with the workers, so that more
of them than it has cores to spare for them bring nothing.
"""

import asyncio
import os
import signal
import sys
import time
from typing import NamedTuple

from benchmarks.commit import commit
from benchmarks.processes import cpu, memory, tree
from benchmarks.report import describe_machine, table, write_results
from benchmarks.server.__main__ import SETTINGS, WARM_UP, find_cases
from benchmarks.server.load import Case, load
from benchmarks.server.usage import find_backends
from tests.postgres_server import open_empty_database, open_postgres_server
from tests.server.process import environment, run_freehold, serving

WORKERS = (1, 2, 4)
ROUNDS, SECONDS = 3, 5.0


class Figures(NamedTuple):
    """Requests a second; ms of CPU of one, of all processes of a kind; the busiest worker's share; cores busy; MB."""

    rate: float
    server: float
    database: float
    client: float
    busiest: float
    cores: float
    rss: float
    pss: float


class _Usage(NamedTuple):
    server: dict[int, float]
    database: float
    client: float


async def measure(url: str, pid: int, database_url: str, case: Case) -> Figures:
    """Of the server that this process leads."""
    await load(url, case, WARM_UP)
    backends = await find_backends(database_url)
    before, begun = _use(pid, backends), time.perf_counter()
    requests, _ = await load(url, case, SECONDS)
    seconds, after = time.perf_counter() - begun, _use(pid, backends)
    spent = [after.server[each] - before.server[each] for each in before.server]
    server, database, client = sum(spent), after.database - before.database, after.client - before.client
    return Figures(
        round(requests / seconds),
        round(server / requests * 1000, 3),
        round(database / requests * 1000, 3),
        round(client / requests * 1000, 3),
        round(max(spent) / server, 2),
        round((server + database + client) / seconds, 2),
        *memory(tree(pid)),
    )


def _use(pid: int, backends: list[int]) -> _Usage:
    return _Usage({each: cpu(each) for each in tree(pid)}, sum(map(cpu, backends)), cpu(os.getpid()))


async def run(server_url: str) -> dict[int, list[Figures]]:
    """Each number of workers in turn, round by round; the rounds of each, the slowest first."""
    async with open_empty_database(server_url) as url:
        env = environment(FREEHOLD_DATABASE_URL=url)
        for command in (["migrate"], ["seed", "--owners", "5000", "--properties", "40000"]):
            ended = await asyncio.to_thread(run_freehold, *command, env=env)
            assert ended.returncode == 0, ended.stderr
        case = (await find_cases(url))["list"]
        rounds: dict[int, list[Figures]] = {workers: [] for workers in WORKERS}
        for _ in range(ROUNDS):
            for workers in WORKERS:
                with serving(url, **SETTINGS, FREEHOLD_WORKERS=str(workers)) as server:
                    rounds[workers].append(await measure(server.url, server.process.pid, url, case))
                    # Workers outlive a parent that is killed.
                    await asyncio.to_thread(server.stop, signal.SIGTERM)
        return {workers: sorted(each) for workers, each in rounds.items()}


def main() -> None:
    """Measure, write the results and show them."""
    with open_postgres_server() as server_url:
        results = asyncio.run(run(server_url))
    rows = [
        (
            str(workers),
            f"{each.rate:,.0f}",
            f"{each.server:.3f}",
            f"{each.database:.3f}",
            f"{each.client:.3f}",
            " ".join(f"{one.busiest:.0%}" for one in of),
            f"{each.cores:.2f}",
            f"{each.rss:.0f}",
            f"{each.pss:.0f}",
        )
        for workers, of in results.items()
        for each in of[ROUNDS // 2 : ROUNDS // 2 + 1]
    ]
    columns = (
        "workers",
        "requests/s",
        "server ms",
        "Postgres ms",
        "client ms",
        "busiest worker",
        "busy cores",
        "RSS MB",
        "PSS MB",
    )
    lines = [
        "# One, two and four workers",
        "",
        f"The list of 50 listings with owners over 32 connections, no cache; the median of {ROUNDS} rounds in turn."
        " Milliseconds of CPU a request, of all processes of a kind; the busiest process' share of the server's, in"
        " each round; memory of the workers, their parent and Python's helper together, after the load.",
        "",
        f"**This machine has {os.cpu_count()} cores, which the workers share with one client and Postgres**: requests a"
        " second say how far that goes, not what workers would bring on cores of their own."
        " `python -m benchmarks.workers`.",
        "",
        *table(columns, rows),
    ]
    described = {str(workers): [each._asdict() for each in of] for workers, of in results.items()}
    machine = describe_machine("asyncpg", "uvicorn") | {"cores": str(os.cpu_count()), "commit": commit()}
    sys.stdout.write(write_results("workers", lines, described, machine))


if __name__ == "__main__":
    main()
