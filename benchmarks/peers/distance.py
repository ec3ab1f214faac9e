"""PostgreSQL far away from Freehold and its peers: a delaying proxy stands where their URLs lead."""

import asyncio
import sys
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.commit import commit
from benchmarks.distance.asking import AT_ONCE, ask_at_once, ask_in_turn
from benchmarks.distance.figures import DELAYS, Figures, columns
from benchmarks.distance.proxy import open_proxy
from benchmarks.distance.trip import measure_trip
from benchmarks.peers.harness import NAME, open_harness, open_servers
from benchmarks.peers.rows import FIFTY, address
from benchmarks.report import describe_machine, table, write_results

SERVERS = ("mercurius-dataloader", "raw-starlette", "postgraphile", "strawberry", NAME)
ASKED = 15
ABOUT = (
    "The median request by query, and in how many round trips more than beside the database; the most connections, of"
    f" which Freehold has one that listens, and the seconds of {AT_ONCE} lists asked at once. No cache."
    " `python -m benchmarks.peers HARNESS distance`."
)


def run(folder: Path) -> str:
    """The text of the results, of every server at every distance."""
    harness = open_harness(folder)
    harness.OUT = str(folder / "out/distance")
    found = asyncio.run(_measure_all(harness))
    rows = [(name, *figures.cells(measured[0])) for name, measured in found.items() for figures in measured]
    lines = [
        "# A database far away, Freehold beside its peers",
        "",
        ABOUT,
        "",
        *table(("server", *columns(found[NAME][0])), rows),
    ]
    results = {name: [figures._asdict() for figures in measured] for name, measured in found.items()}
    machine = describe_machine("asyncpg", "uvicorn", "starlette", "graphql-core", "strawberry-graphql")
    return write_results("peers_distance", lines, results, machine | {"commit": commit()})


async def _measure_all(harness: Any) -> dict[str, list[Figures]]:
    found: dict[str, list[Figures]] = {}
    for delay in (0.0, *DELAYS):
        for name in SERVERS:
            found.setdefault(name, []).append(await _measure(harness, name, delay))
            sys.stderr.write(f"{name}: {found[name][-1]}\n")
    return found


async def _measure(harness: Any, name: str, delay: float) -> Figures:
    """Through a proxy of this delay."""
    schema = FIFTY.freehold if name == NAME else FIFTY.peers
    async with open_proxy(address(harness, schema), delay) as (proxy, distant):
        trip = await measure_trip(distant)
        [server] = open_servers(harness, [name])
        server.env |= {"DSN": distant, "FREEHOLD_DATABASE_URL": distant}
        await asyncio.to_thread(server.start)
        try:
            url = f"http://127.0.0.1:{server.port}{server.path}"
            bodies = {query: _bodies(harness, server.shape, query, ASKED) for query in ("list", "point", "deep")}
            latency = await ask_in_turn(url, bodies)
            seconds = await ask_at_once(url, _bodies(harness, server.shape, "list", AT_ONCE))
            return Figures(delay, trip, latency, proxy.most, seconds)
        finally:
            await asyncio.to_thread(server.stop)


def _bodies(harness: Any, shape: str, query: str, number: int) -> list[bytes]:
    chance = Random(7)
    return [harness.body(shape, query, harness.variables(query, chance)).encode() for _ in range(number)]
