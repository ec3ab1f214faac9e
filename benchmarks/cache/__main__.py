"""What the cache saves: `python -m benchmarks.cache`. Starts a Postgres and a Redis of its own.

One process asks for a city's fifty listings and their owners, one request after the other, each of another city: of
those cities a part is cached. CPU is this process', so neither the database's nor Redis' own is in it.
"""

import asyncio
import gc
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

from benchmarks.report import describe_machine, table, write_results
from executor import BatchedExecutor
from schema.build import build_schema
from server.graphql.context import build_context
from storage.cache.cache import Cache
from storage.cache.memory import MemoryCache
from storage.cache.store import CachedStore
from storage.coalescing.store import CoalescingStore
from storage.database import Database
from storage.migrations import migrate
from storage.opening import open_database
from storage.redis_link import LinkOptions
from storage.sql_store import SqlStore
from storage.store import Reads, Writes
from storage.tables import OWNERS, PROPERTIES
from storage.tags import city_tag, owner_tag
from tests.drafts import a_listing, an_owner
from tests.layers import Alone
from tests.postgres_server import open_empty_database, open_postgres_server
from tests.redis_caches import open_redis
from tests.redis_server import find_redis, open_redis_server

CITIES = 60
LISTINGS = 50
OWNERS_OF_A_CITY = 10
ROUNDS = 9
RATIOS = (0, 50, 90, 100)
QUERY = """query List($city: String!) {
  propertiesByCity(city: $city, limit: 50) { id address city price status owner { id name } }
}"""
SCHEMA = build_schema([BatchedExecutor()])


class Figures(NamedTuple):
    """A request's CPU in this process, and its time, in µs."""

    cpu: float
    latency: float


async def fill(store: Writes) -> list[list[str]]:
    """Cities of fifty listings and ten owners; the tags of each."""
    tags = []
    for city in range(CITIES):
        owners = await store.create(OWNERS, [an_owner() for _ in range(OWNERS_OF_A_CITY)])
        drafts = [a_listing(owners[number % OWNERS_OF_A_CITY], city=f"City {city}") for number in range(LISTINGS)]
        await store.create(PROPERTIES, drafts)
        tags.append([city_tag(f"city {city}"), *(owner_tag(owner.id) for owner in owners)])
    return tags


async def ask(store: Reads, city: int) -> float:
    """The seconds a request took."""
    started = perf_counter()
    context = build_context(store, None, "EUR")  # type: ignore[arg-type]
    result = await SCHEMA.execute(QUERY, {"city": f"City {city}"}, context_value=context)
    assert result.data is not None, result.errors
    assert not result.errors
    assert len(result.data["propertiesByCity"]) == LISTINGS
    return perf_counter() - started


async def measure(store: Reads, cache: Cache | None, tags: Sequence[Sequence[str]], ratio: int) -> Figures:
    """Medians over the rounds, in each of which `ratio` per cent of the cities are cached."""
    cpu, latency = [], []
    for _ in range(ROUNDS):
        if cache is not None:
            for city in range(CITIES):
                await ask(store, city)
            for city in range(CITIES * ratio // 100, CITIES):
                await cache.forget(tags[city])
        gc.collect()
        started = process_time()
        seconds = [await ask(store, city) for city in range(CITIES)]
        cpu.append((process_time() - started) / CITIES)
        latency.append(median(seconds))
    return Figures(median(cpu) * 1e6, median(latency) * 1e6)


@asynccontextmanager
async def open_filled(url: str) -> AsyncIterator[tuple[Database, list[list[str]]]]:
    """A database of many cities, and their tags."""
    database = await open_database(url, create=True)
    try:
        await migrate(database)
        yield database, await fill(SqlStore(database))
    finally:
        await database.close()


async def compare(name: str, url: str, redis_url: str) -> list[tuple[str, str, str, Figures]]:
    """Every cache over one database."""
    async with open_filled(url) as (database, tags), AsyncExitStack() as stack:
        below = CoalescingStore(SqlStore(database))
        rows = [(name, "none", "", await measure(below, None, tags, 0))]
        redis = await open_redis(redis_url, LinkOptions())
        stack.push_async_callback(redis.close)
        caches: list[tuple[str, Cache]] = [("memory", MemoryCache()), ("Redis", redis)]
        for kind, cache in caches:
            store = CachedStore(below, cache, Alone())
            rows += [(name, kind, f"{ratio} %", await measure(store, cache, tags, ratio)) for ratio in RATIOS]
        return rows


async def run(postgres: str, redis_url: str, folder: Path) -> list[tuple[str, str, str, Figures]]:
    """Both databases."""
    rows = await compare("SQLite", f"sqlite:///{folder / 'benchmark.db'}", redis_url)
    async with open_empty_database(postgres) as url:
        return rows + await compare("Postgres", url, redis_url)


def main() -> None:
    """Measure, write the results and show them."""
    program = find_redis()
    if program is None:
        sys.exit("there is no redis-server on this machine")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = stack.enter_context(open_postgres_server())
        redis = stack.enter_context(open_redis_server(program))
        rows = asyncio.run(run(postgres, redis.url, folder))
    lines = [
        "# The cache",
        "",
        "Fifty listings with their owners, one request after the other in one process, over a database on the same"
        " machine; medians of rounds, in µs a request. `python -m benchmarks.cache`.",
        "",
        *table(
            ("database", "cache", "hits", "CPU", "latency"),
            [(*names, f"{figures.cpu:.0f}", f"{figures.latency:.0f}") for *names, figures in rows],
        ),
    ]
    results = [
        {"database": name, "cache": kind, "hits": hits, "cpu_us": round(cpu), "latency_us": round(latency)}
        for name, kind, hits, (cpu, latency) in rows
    ]
    machine = describe_machine("strawberry-graphql", "asyncpg", "aiosqlite", "redis", "hiredis")
    sys.stdout.write(write_results("cache", lines, results, machine))


if __name__ == "__main__":
    main()
