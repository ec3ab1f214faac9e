"""The load of a benchmark: one query, asked by many connections."""

import asyncio
import random
import time
from typing import Any, NamedTuple

import orjson

from benchmarks.server.connection import Connection

SEED = 7


class Case(NamedTuple):
    """One query, with the variables that requests take by chance, over so many connections."""

    query: str
    variables: list[dict[str, Any]]
    connections: int = 32

    def bodies(self) -> list[bytes]:
        chance = random.Random(SEED)
        return [orjson.dumps({"query": self.query, "variables": chance.choice(self.variables)}) for _ in range(1000)]


async def load(url: str, case: Case, seconds: float) -> tuple[int, int]:
    """How many requests were answered, and their bytes."""
    bodies = case.bodies()
    connections = [await Connection.open(url) for _ in range(case.connections)]
    until = time.monotonic() + seconds
    answered = size = 0

    async def ask_on(number: int, connection: Connection) -> None:
        nonlocal answered, size
        while time.monotonic() < until:
            answer = await connection.ask(bodies[number % len(bodies)])
            assert b'"errors"' not in answer, answer
            answered, size, number = answered + 1, size + len(answer), number + len(connections)

    await asyncio.gather(*(ask_on(number, connection) for number, connection in enumerate(connections)))
    for connection in connections:
        connection.close()
    return answered, size
