"""The pause between attempts to open another connection to Postgres after a failure."""

import asyncio
import logging
from collections.abc import Callable

logger = logging.getLogger("freehold")

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds until the next attempt; each pause is twice as long as the one before."""


class Growth:
    """Counts failed attempts. After a failure it pauses, and then calls `again`."""

    def __init__(self, again: Callable[[], None]) -> None:
        self.refusals = 0
        self._again = again
        self._pause = 0.0
        self._next = 0.0  # the event loop's time
        self._timer: asyncio.TimerHandle | None = None
        self._is_logged = False

    @property
    def is_paused(self) -> bool:
        """Whether the pause after a failure isn't over."""
        return asyncio.get_running_loop().time() < self._next

    def note_refusal(self, error: Exception, others: int) -> None:
        """Note a failed attempt, while `others` connections are open. The first one is logged."""
        self.refusals += 1
        if others and not self._is_logged:
            self._is_logged = True
            logger.warning("no further connection to Postgres can be opened (%d open): %s", others, error)
        if self.is_paused:  # made at the same time as the one before
            return
        self.stop()
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        loop = asyncio.get_running_loop()
        self._next = loop.time() + self._pause
        self._timer = loop.call_later(self._pause, self._again)

    def note_success(self) -> None:
        """Note a successful attempt, and end the pause."""
        self._pause = self._next = 0.0
        if self._is_logged:
            self._is_logged = False
            logger.warning("further connections to Postgres can be opened again")

    def stop(self) -> None:
        """Don't call `again` for the failures so far."""
        if self._timer is not None:
            self._timer.cancel()
