"""Pauses of the event loop: `python -m benchmarks.pauses [--seconds 480]`. Starts a server over SQLite of its own.

200 requests a second, of which one in twenty has a text that the server has not seen and one in twenty is a mutation.
Beside them a probe asks for a constant every 5 ms on a connection of its own; how late its answers come is what any
request waits. The probe's own oversleeping shows how busy the machine is.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import orjson

from benchmarks.commit import commit
from benchmarks.processes import memory
from benchmarks.report import describe_machine, table, write_results
from benchmarks.server.connection import Connection
from tests.server.process import environment, run_freehold, serving

RATE, CONNECTIONS = 200, 16
EVERY = 20
"""One request in so many has a new text, and one in so many is a mutation."""
BETWEEN = 0.005
"""Seconds between two questions of the probe."""
LATE = 50.0
"""Milliseconds that no answer to the probe should take."""
_LIST = (
    "properties(filter: {city: %s}, first: 20) { totalCount nodes { id address price owner { name propertyCount } } }"
)
_CITIES = ("Berlin", "Paris", "Wien", "Madrid", "Lyon")


def _body(number: int) -> bytes:
    city = orjson.dumps(_CITIES[number % len(_CITIES)]).decode()
    if number % EVERY == 0:
        return orjson.dumps({"query": f"query New{number} {{ {_LIST % city} }}"})
    if number % EVERY == 1:
        owner = {"name": f"Owner {number}", "email": "owner@example.org"}
        query = "mutation New($owner: CreateOwnerInput!) { createOwner(input: $owner) { owner { id } } }"
        return orjson.dumps({"query": query, "variables": {"owner": owner}})
    return orjson.dumps({"query": f"{{ {_LIST % city} }}"})


async def _work(url: str, numbers: "count[int]", begun: float, end: float) -> None:
    connection = await Connection.open(url)
    try:
        while True:
            number = next(numbers)
            due = begun + number / RATE
            if due > end:
                return
            await asyncio.sleep(due - time.perf_counter())
            await connection.ask(_body(number))
    finally:
        connection.close()


async def _probe(url: str, end: float) -> tuple[list[float], list[float]]:
    """Milliseconds of each answer, and by how much each sleep took longer than asked."""
    connection, body = await Connection.open(url), b'{"query":"{ currency }"}'
    answers, overslept = [], []
    try:
        while (started := time.perf_counter()) < end:
            await asyncio.sleep(BETWEEN)
            woke = time.perf_counter()
            await connection.ask(body)
            overslept.append((woke - started - BETWEEN) * 1000)
            answers.append((time.perf_counter() - woke) * 1000)
    finally:
        connection.close()
    return answers, overslept


async def measure(url: str, seconds: float) -> tuple[list[float], list[float]]:
    """What the probe saw of the server, and of the machine."""
    begun = time.perf_counter()
    numbers, end = count(), begun + seconds
    probe = asyncio.create_task(_probe(url, end))
    await asyncio.gather(*(_work(url, numbers, begun, end) for _ in range(CONNECTIONS)))
    return await probe


def _row(name: str, times: list[float]) -> tuple[object, ...]:
    ordered = sorted(times)
    shares = (ordered[int(len(ordered) * share)] for share in (0.5, 0.99, 0.999))
    return name, *(f"{each:.1f}" for each in shares), f"{ordered[-1]:.1f}", sum(each > LATE for each in ordered)


def main() -> None:
    """Measure, write the results and show them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pauses")
    parser.add_argument("--seconds", type=float, default=480)
    seconds: float = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'pauses.db'}"
        for command in (["migrate"], ["seed"]):
            ended = run_freehold(*command, env=environment(FREEHOLD_DATABASE_URL=url))
            assert ended.returncode == 0, ended.stderr
        with serving(url, FREEHOLD_RATE_LIMIT="0", FREEHOLD_LOG_LEVEL="warning") as server:
            answers, overslept = asyncio.run(measure(server.url, seconds))
            rss = memory([server.process.pid]).rss
    rows = [_row("an answer to the probe", answers), _row("the probe's own oversleeping", overslept)]
    lines = [
        "# Pauses",
        "",
        f"{RATE} requests a second for {seconds:.0f} s, one in {EVERY} with a new text and one in {EVERY} a mutation,"
        f" over SQLite; {rss:.0f} MB at the end. `python -m benchmarks.pauses`.",
        "",
        *table(("ms", "median", "99 %", "99.9 %", "most", f"above {LATE:.0f}"), rows),
    ]
    machine = describe_machine("strawberry-graphql", "graphql-core") | {"commit": commit()}
    sys.stdout.write(write_results("pauses", lines, {"answers": rows[0], "overslept": rows[1], "rss": rss}, machine))


if __name__ == "__main__":
    main()
