"""A database that `freehold seed` filled: how long that took, and what it takes on disk."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import asyncpg

from tests.server.process import environment

OWNERS_SHARE = 10  # one owner for so many listings
_CREATED = re.compile(r"^(.+): ([\d,]+) created", re.MULTILINE)


class Filling(NamedTuple):
    """`rows` are owners, listings and price changes; `size` is in bytes, indexes included."""

    listings: int
    rows: int
    seconds: float
    size: int


def fill(url: str, listings: int) -> Filling:
    """Migrate an empty database and fill it, at the lowest priority: it takes long, and others may be at work."""
    run_long(url, "migrate")
    begun = perf_counter()
    said = run_long(url, "seed", "--owners", str(listings // OWNERS_SHARE), "--properties", str(listings), nice=19)
    seconds = perf_counter() - begun
    rows = sum(int(count.replace(",", "")) for _, count in _CREATED.findall(said))
    return Filling(listings, rows, round(seconds, 1), _size(url))


def run_long(url: str, *arguments: str, nice: int = 0) -> str:
    """What `freehold` with these arguments printed, however long it took. Raises CalledProcessError."""
    command = ["nice", "-n", str(nice), sys.executable, "-m", "server.cli", *arguments]
    env = environment(FREEHOLD_DATABASE_URL=url)
    return subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True).stdout


def _size(url: str) -> int:
    if url.startswith("sqlite:///"):
        return Path(url.removeprefix("sqlite:///")).stat().st_size
    return asyncio.run(_postgres_size(url))


async def _postgres_size(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT pg_database_size(current_database())"))
    finally:
        await connection.close()
