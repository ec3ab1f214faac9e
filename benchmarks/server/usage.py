"""What a server has used so far: its CPU, that of its database's processes, and statements, as /metrics counts them."""

import re
from typing import NamedTuple

import asyncpg
import httpx

from benchmarks.processes import cpu

_STATEMENTS = re.compile(r"^freehold_statement_seconds_count\{.*\} (.*)$", re.MULTILINE)


class Usage(NamedTuple):
    """Seconds of CPU, and statements."""

    server: float
    database: float
    statements: float

    def __sub__(self, earlier: "Usage") -> "Usage":
        return Usage(*(now - then for now, then in zip(self, earlier, strict=True)))


async def read_usage(url: str, pid: int, backends: list[int]) -> Usage:
    """Of the server with this process id, which answers at `url`, and of these processes of its database."""
    async with httpx.AsyncClient() as client:
        text = (await client.get(url.replace("/graphql", "/metrics"))).text
    statements = sum(float(count) for count in _STATEMENTS.findall(text))
    return Usage(cpu(pid), sum(map(cpu, backends)), statements)


async def find_backends(database_url: str) -> list[int]:
    """The processes that answer the server's connections now."""
    connection = await asyncpg.connect(database_url)
    try:
        found = await connection.fetch("SELECT pid FROM pg_stat_activity WHERE application_name = 'freehold'")
    finally:
        await connection.close()
    return [row["pid"] for row in found]
