"""Ten thousand idle connections: `python -m benchmarks.idle`. Starts a Postgres and a server of its own; Linux.

Each asks for one list, then waits. `freehold serve` closes a connection that was idle for five seconds, so the same
application runs under uvicorn's own command with a longer time. Needs a limit of open files above ten thousand.
"""

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import NamedTuple

import httpx

from benchmarks.commit import commit
from benchmarks.processes import Memory, memory
from benchmarks.report import describe_machine, table, write_results
from benchmarks.server.__main__ import SETTINGS, find_cases
from benchmarks.server.connection import Connection
from server.workers import FACTORY
from tests.ports import free_port
from tests.postgres_server import open_empty_database, open_postgres_server
from tests.server.process import environment, run_freehold

CONNECTIONS, AT_ONCE = 10_000, 32
KEEP_ALIVE = 600  # seconds
WARM_UP, ASKED = 2000, 500
STARTUP = 30.0


class Figures(NamedTuple):
    """MB of memory at one moment; ms of the median and of the slowest but one in a hundred of `ASKED` lists."""

    memory: Memory
    median: float
    slow: float


@contextmanager
def serving(database_url: str) -> Iterator[tuple[str, int]]:
    """The address and the process id of one worker that keeps idle connections; killed at the end."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", FACTORY, "--factory", "--port", str(port), "--no-access-log"]
    env = environment(FREEHOLD_DATABASE_URL=database_url, **SETTINGS)
    process = subprocess.Popen([*command, "--timeout-keep-alive", str(KEEP_ALIVE), "--log-level", "warning"], env=env)
    try:
        _await_ready(f"http://127.0.0.1:{port}/readyz")
        yield f"http://127.0.0.1:{port}/graphql", process.pid
    finally:
        process.kill()
        process.wait()


def _await_ready(url: str) -> None:
    until = time.monotonic() + STARTUP
    while True:
        try:
            httpx.get(url).raise_for_status()
        except httpx.HTTPError:
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.1)
        else:
            return


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
        with serving(url) as (address, pid):
            return await measure(address, pid, bodies)


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
        " other, the median and the slowest but one in a hundred. No cache; uvicorn with"
        f" `--timeout-keep-alive {KEEP_ALIVE}`, where `freehold serve` has 5. `python -m benchmarks.idle`.",
        "",
        *table(("when", "RSS MB", "median ms", "99th ms"), rows),
    ]
    described = {name: {**each._asdict(), "memory": each.memory._asdict()} for name, each in results.items()}
    machine = describe_machine("asyncpg", "uvicorn", "uvloop", "httptools") | {"commit": commit()}
    sys.stdout.write(write_results("idle", lines, described, machine))


if __name__ == "__main__":
    main()
