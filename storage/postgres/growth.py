"""When another connection to Postgres is tried after one that could not be opened."""

import asyncio
import logging
from collections.abc import Callable

logger = logging.getLogger("freehold")

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds until the next attempt; each pause is twice as long as the one before."""


class Growth:
    """Counts refused attempts. Calls `again` when the pause after one is over."""

    def __init__(self, again: Callable[[], None]) -> None:
        self.refusals = 0
        self._again = again
        self._pause = 0.0
        self._next = 0.0  # the event loop's time
        self._timer: asyncio.TimerHandle | None = None
        self._is_logged = False

    @property
    def is_paused(self) -> bool:
        """Whether an attempt has failed just now."""
        return asyncio.get_running_loop().time() < self._next

    def note_refusal(self, error: Exception, others: int) -> None:
        """An attempt has failed; so many `others` are open. Logs the first."""
        self.refusals += 1
        if others and not self._is_logged:
            self._is_logged = True
            logger.warning("no further connection to Postgres can be opened, %d serve: %s", others, error)
        if self.is_paused:  # they were tried together
            return
        self.stop()
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        loop = asyncio.get_running_loop()
        self._next = loop.time() + self._pause
        self._timer = loop.call_later(self._pause, self._again)

    def note_success(self) -> None:
        """An attempt has succeeded: there is no pause any more."""
        self._pause = self._next = 0.0
        if self._is_logged:
            self._is_logged = False
            logger.warning("another connection to Postgres was opened again")

    def stop(self) -> None:
        """Call `again` no more for what was refused so far."""
        if self._timer is not None:
            self._timer.cancel()
