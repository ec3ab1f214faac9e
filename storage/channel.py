"""Channels: how a cache learns of writes that this process didn't make."""

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

_CHECKS = 4
"""How often a channel confirms, within `max_staleness` seconds, that it has received everything."""

_LONGEST_PAUSE = 16
"""The longest pause between two attempts to listen, in intervals; each is twice as long as the one before."""


class InvalidationHandler(Protocol):
    """Receives what others wrote. A cache (storage/cache/cache.py) is one."""

    async def forget(self, tags: Collection[str]) -> None:
        """Forget what these tags name, because it was written."""

    async def flush(self) -> None:
        """Forget everything, because anything may have been written."""

    async def generation(self) -> int:
        """How many processes have joined the cache so far."""

    async def attest(self, generation: int, seconds: float) -> None:
        """Declare, for these seconds, that all writes made before this generation have been handled."""

    async def await_attestation(self, seconds: float) -> bool:
        """Join the cache as a new generation, and wait at most these seconds; whether another process attests to it."""


class Channel(Protocol):
    """Invalidates in the cache what others write, within `max_staleness` seconds of the commit."""

    max_staleness: float

    @property
    def is_live(self) -> bool:
        """Whether every write committed more than `max_staleness` seconds ago has been invalidated."""

    async def close(self) -> None:
        """Stop listening. A second call does nothing."""


class ListeningChannel(ABC):
    """A channel that listens until it is closed. While it can't listen, the cache isn't used."""

    def __init__(self, handler: InvalidationHandler, max_staleness: float) -> None:
        self.max_staleness = max_staleness
        self.interval = max_staleness / _CHECKS
        self._handler = handler
        self._live_until = 0.0
        self._lost = False
        self._pause = self.interval
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start listening."""
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
        """Call `begin` once, then `confirm` repeatedly, until listening fails. Raises StoreError."""

    async def begin(self) -> None:
        """Note that writes are received from now on; earlier ones may have been missed."""
        self._pause = self.interval
        if not await self._handler.await_attestation(2 * self.interval):
            await self._handler.flush()

    async def confirm(self, moment: float, generation: int) -> None:
        """Note that all writes from before this moment (`monotonic()`) and this generation have been invalidated."""
        self._live_until = moment + self.max_staleness
        if self._lost:
            self._lost = False
            logger.warning("the cache receives writes by others again")
        await self._handler.attest(generation, self.max_staleness)

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
            # Random, so that many instances don't reconnect to a full server at the same moments.
            self._pause = min(2 * self._pause, _LONGEST_PAUSE * self.interval) * random.uniform(0.8, 1.0)

    def _lose(self, exc: Exception) -> None:
        self._live_until = 0.0
        if not self._lost:
            self._lost = True
            logger.warning("the cache is off until it receives writes by others again: %s", exc)
