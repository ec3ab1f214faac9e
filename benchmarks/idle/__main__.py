"""Ten thousand idle connections: `python -m benchmarks.idle`. Starts a Postgres and a server of its own; Linux.

Each asks for one list, then waits. Needs a limit of open files above ten thousand.
"""

import asyncio
import resource
import sys
import time
from statistics import median
from typing import NamedTuple

from benchmarks.commit import commit
from benchmarks.processes import Memory, memory
from benchmarks.report import describe_machine, table, write_results
from benchmarks.server.__main__ import SETTINGS, find_cases
from benchmarks.server.connection import Connection
from tests.postgres_server import open_empty_database, open_postgres_server
from tests.server.process import environment, run_freehold, serving

CONNECTIONS, AT_ONCE = 10_000, 32
KEEP_ALIVE = {"FREEHOLD_KEEP_ALIVE": "600"}
WARM_UP, ASKED = 2000, 500


class Figures(NamedTuple):
    """MB of memory at one moment; ms of the median and of the slowest but one in a hundred of `ASKED` lists."""

    memory: Memory
    median: float
    slow: float


async def measure(url: str, pid: int, bodies: list[bytes]) -> dict[str, Figures]:
    """The figures by moment."""
    alone = [await Connection.open(url)]
    figures = {"started": await _look(pid, alone, bodies)}
    await _ask_each(alone * WARM_UP, bodies, at_once=1)
    figures["after some thousand requests"] = await _look(pid, alone, bodies)
    waiting = await _open(url)
    await _ask_each(waiting, bodies, at_once=AT_ONCE)
    figures[f"{CONNECTIONS:,} idle; another asks"] = await _look(pid, alone, bodies)
    figures[f"{CONNECTIONS:,} idle; they ask in turn"] = await _look(pid, waiting, bodies)
    for connection in waiting:
        connection.close()
    await asyncio.sleep(1)
    figures["all of them closed"] = await _look(pid, alone, bodies)
    return figures


async def _open(url: str) -> list[Connection]:
    opened: list[Connection] = []
    while len(opened) < CONNECTIONS:
        opened += await asyncio.gather(*(Connection.open(url) for _ in range(AT_ONCE)))
    return opened


async def _ask_each(connections: list[Connection], bodies: list[bytes], *, at_once: int) -> None:
    for start in range(0, len(connections), at_once):
        some = connections[start : start + at_once]
        await asyncio.gather(*(each.ask(bodies[(start + n) % len(bodies)]) for n, each in enumerate(some)))


async def _look(pid: int, connections: list[Connection], bodies: list[bytes]) -> Figures:
    """Memory now, and how long lists take over these connections, one after the other."""
    taken = memory([pid])
    seconds = []
    for number in range(ASKED):
        # Far from each other: connections that asked long ago.
        connection = connections[number * (len(connections) // ASKED) % len(connections)]
        begun = time.perf_counter()
        await connection.ask(bodies[number % len(bodies)])
        seconds.append(time.perf_counter() - begun)
    return Figures(taken, round(median(seconds) * 1000, 2), round(sorted(seconds)[-ASKED // 100 - 1] * 1000, 2))


async def run(server_url: str) -> dict[str, Figures]:
    async with open_empty_database(server_url) as url:
        env = environment(FREEHOLD_DATABASE_URL=url)
        for command in (["migrate"], ["seed"]):
            ended = await asyncio.to_thread(run_freehold, *command, env=env)
            assert ended.returncode == 0, ended.stderr
        bodies = (await find_cases(url))["list"].bodies()
        with serving(url, **SETTINGS, **KEEP_ALIVE) as server:
            return await measure(server.url, server.process.pid, bodies)


def main() -> None:
    """Measure, write the results and show them."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the server gets it from here
    with open_postgres_server() as server_url:
        results = asyncio.run(run(server_url))
    rows = [(name, f"{each.memory.rss:.1f}", each.median, each.slow) for name, each in results.items()]
    _, warm, idle, *_ = results.values()
    each_kb = (idle.memory.rss - warm.memory.rss) * 1024 / CONNECTIONS
    lines = [
        f"# {CONNECTIONS:,} idle connections",
        "",
        "Keep-alive connections to one worker, each of which asked once for 50 listings with owners:"
        f" **{each_kb:.1f} kB** a connection. Memory of the worker, then milliseconds of {ASKED} lists one after the"
        " other, the median and the slowest but one in a hundred. No cache."
        " `python -m benchmarks.idle`.",
        "",
        *table(("when", "RSS MB", "median ms", "99th ms"), rows),
    ]
    described = {name: {**each._asdict(), "memory": each.memory._asdict()} for name, each in results.items()}
    machine = describe_machine("asyncpg", "uvicorn", "uvloop", "httptools") | {"commit": commit()}
    sys.stdout.write(write_results("idle", lines, described, machine))


if __name__ == "__main__":
    main()
