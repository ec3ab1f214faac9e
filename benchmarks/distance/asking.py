"""Requests asked of a server in turn, and many at once."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from statistics import median

from benchmarks.server.connection import Connection

AT_ONCE = 200
WARM_UP = 3  # requests of each kind


async def ask_in_turn(url: str, bodies: Mapping[str, Sequence[bytes]]) -> dict[str, float]:
    """Milliseconds of the median request of each kind, by the kind's name."""
    connection = await Connection.open(url)
    latency = {}
    try:
        for name, asked in bodies.items():
            for body in asked[:WARM_UP]:
                await _ask(connection, body)
            seconds = []
            for body in asked:
                begun = time.perf_counter()
                await _ask(connection, body)
                seconds.append(time.perf_counter() - begun)
            latency[name] = median(seconds) * 1000
    finally:
        connection.close()
    return latency


async def ask_at_once(url: str, bodies: Sequence[bytes]) -> float:
    """The seconds until `AT_ONCE` requests, each on a connection of its own, were answered."""
    connections = [await Connection.open(url) for _ in range(AT_ONCE)]
    try:
        begun = time.perf_counter()
        await asyncio.gather(
            *(_ask(connection, bodies[number % len(bodies)]) for number, connection in enumerate(connections))
        )
        return time.perf_counter() - begun
    finally:
        for connection in connections:
            connection.close()


async def _ask(connection: Connection, body: bytes) -> None:
    answer = await connection.ask(body)
    assert b'"errors"' not in answer, answer
