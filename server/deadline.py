"""The deadline of a whole request: when it passes, the request's work is cancelled, and so its statements."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

Answer = TypeVar("Answer")


class DeadlinePassed(Exception):
    """The request took too long. What it was writing may or may not be written."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The request took longer than {seconds:g} s and was stopped; ask for less, or try again.")


async def answer_in_time(work: Awaitable[Answer], seconds: float) -> Answer:
    """The answer of `work`. Raises DeadlinePassed."""
    try:
        async with asyncio.timeout(seconds) as deadline:
            return await work
    except TimeoutError as exc:
        if deadline.expired():
            raise DeadlinePassed(seconds) from exc
        raise
