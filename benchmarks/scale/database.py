"""One database of one size: filled, changed and asked."""

import asyncio
from contextlib import ExitStack
from typing import NamedTuple

from benchmarks.scale.filling import Filling
from benchmarks.scale.importing import Transfer, transfer
from benchmarks.scale.latency import Answered, time_question
from benchmarks.scale.questions import Question, find_questions
from benchmarks.server.connection import Connection
from tests.server.process import serving

SETTINGS = {
    "FREEHOLD_CACHE_URL": "none",
    "FREEHOLD_LOG_LEVEL": "warning",
    "FREEHOLD_PUBLIC": "read personal",
    "FREEHOLD_RATE_LIMIT": "0",
}


class Measured(NamedTuple):
    """All that was found out, the questions in their order."""

    filling: Filling
    transfer: Transfer
    answers: dict[str, Answered]


async def measure(url: str, filling: Filling) -> tuple[Measured, list[Question]]:
    """Of a filled database: the export and the imports first, so that what is asked meets a database in use."""
    seconds, ids = await asyncio.to_thread(transfer, url)
    with ExitStack() as stack:
        server = await asyncio.to_thread(lambda: stack.enter_context(serving(url, **SETTINGS)))
        connection = await Connection.open(server.url)
        questions = await find_questions(connection, ids[:200])
        answers = {question.name: await time_question(connection, question) for question in questions}
        connection.close()
    return Measured(filling, seconds, answers), questions
