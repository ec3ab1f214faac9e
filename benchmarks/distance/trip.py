"""A round trip to Postgres as it is, and not as it was meant: timers and a busy machine add to a delay."""

import time
from statistics import median

import asyncpg

ASKED = 15


async def measure_trip(url: str) -> float:
    """Milliseconds of the median of a few statements that do nothing, the first apart, which is prepared."""
    connection = await asyncpg.connect(url)
    try:
        await connection.fetchval("SELECT 1")
        seconds = []
        for _ in range(ASKED):
            begun = time.perf_counter()
            await connection.fetchval("SELECT 1")
            seconds.append(time.perf_counter() - begun)
    finally:
        await connection.close()
    return median(seconds) * 1000
