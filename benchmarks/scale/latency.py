"""How long one client waits for each answer, on a server that does nothing else."""

from statistics import median
from time import perf_counter
from typing import NamedTuple

import orjson

from benchmarks.scale.questions import Question, describe
from benchmarks.server.connection import Connection

WARM_UP, LEAST, MOST, SECONDS = 2, 3, 200, 5.0


class Answered(NamedTuple):
    """`ms` of the median request; what its last answer holds, and the code of its error if it has one."""

    ms: float
    asked: int
    answer: str
    error: str | None


async def time_question(connection: Connection, question: Question) -> Answered:
    """Asked one after the other, some to warm up and then for some seconds."""
    bodies = question.bodies()
    for number in range(WARM_UP):
        answer = await connection.ask(bodies[number % len(bodies)])
    seconds: list[float] = []
    while len(seconds) < LEAST or (sum(seconds) < SECONDS and len(seconds) < MOST):
        begun = perf_counter()
        answer = await connection.ask(bodies[len(seconds) % len(bodies)])
        seconds.append(perf_counter() - begun)
    body = orjson.loads(answer)
    error = body["errors"][0]["extensions"]["code"] if "errors" in body else None
    return Answered(round(median(seconds) * 1000, 2), len(seconds), describe(question, body["data"]), error)
