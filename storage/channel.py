"""Channels: how a cache hears of writes that this process did not make. The cache is behind `Hearer` here."""

import asyncio
import logging
import random
from abc import ABC, abstractmethod
from collections.abc import Collection
from time import monotonic
from typing import Protocol

from storage.completion import end
from storage.errors import StoreError

logger = logging.getLogger("freehold")

_BEATS = 4
"""In the time of a bound: how often it is made sure that everything was heard."""

_LONGEST_PAUSE = 16
"""The longest pause between two attempts to listen, in intervals; each is twice as long as the one before."""


class Hearer(Protocol):
    """What is told of others' writes. A cache (storage/cache/cache.py) is one."""

    async def forget(self, tags: Collection[str]) -> None:
        """What these tags name was written."""

    async def flush(self) -> None:
        """Anything may have been written."""

    async def newcomers(self) -> int:
        """How many processes have begun to share what is kept so far."""

    async def vouch(self, newcomers: int, seconds: float) -> None:
        """Say, for these seconds: what others wrote before so many processes had begun was told."""

    async def await_vouch(self, seconds: float) -> bool:
        """Whether another process vouches within these seconds for what is kept."""


class Channel(Protocol):
    """Forgets in the cache what others have written, within `bound` seconds of their commit."""

    bound: float

    @property
    def is_live(self) -> bool:
        """Whether everything committed more than `bound` seconds ago has been forgotten."""

    async def close(self) -> None:
        """Stop listening. A second call does nothing."""


class Listener(ABC):
    """A channel that listens until it is closed. Where it is lost, the cache is unused until it is back."""

    def __init__(self, hearer: Hearer, bound: float) -> None:
        self.bound = bound
        self.interval = bound / _BEATS
        self._hearer = hearer
        self._live_until = 0.0
        self._lost = False
        self._pause = self.interval
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._task = asyncio.create_task(self._run())

    @property
    def is_live(self) -> bool:
        return monotonic() < self._live_until

    async def close(self) -> None:
        if self._task is not None:
            await end(self._task)
        self._live_until = 0.0

    @abstractmethod
    async def listen(self) -> None:
        """Listen until the channel is lost; call `begin` once, then `confirm` again and again. Raises StoreError."""

    async def begin(self) -> None:
        """What is written from now on will be heard; what was written before is not known."""
        self._pause = self.interval
        if not await self._hearer.await_vouch(2 * self.interval):
            await self._hearer.flush()

    async def confirm(self, moment: float, newcomers: int) -> None:
        """What was committed before this moment, of `monotonic()`, and before so many newcomers, is forgotten."""
        self._live_until = moment + self.bound
        if self._lost:
            self._lost = False
            logger.warning("the cache hears of writes again")
        await self._hearer.vouch(newcomers, self.bound)

    async def _run(self) -> None:
        while True:
            try:
                await self.listen()
            except StoreError as exc:
                self._lose(exc)
            except Exception as exc:
                logger.exception("listening for writes failed")
                self._lose(exc)
            await asyncio.sleep(self._pause)
            # So that many instances don't ask a server that has no room at the same moments.
            self._pause = min(2 * self._pause, _LONGEST_PAUSE * self.interval) * random.uniform(0.8, 1.0)

    def _lose(self, exc: Exception) -> None:
        self._live_until = 0.0
        if not self._lost:
            self._lost = True
            logger.warning("the cache is unused until it hears of others' writes again: %s", exc)
