"""The dispatcher: how many statements run at once, and which queue sends the next one."""

import asyncio
from collections import deque
from typing import Protocol

import msgspec

from storage.errors import Overloaded


class CoalescingLimits(msgspec.Struct, frozen=True):
    """How reads share the database.

    At most `max_statements` run at once. Of those from one queue, at most `max_recent` have run for less than
    `recent_seconds`: that is the longest that a call waits for others to join it while the database has room. A batch
    brings at most `max_rows` rows, unless a single call asks for more. At most `max_waiting` calls wait to be sent.
    """

    max_statements: int = 9
    max_recent: int = 1
    recent_seconds: float = 0.02
    max_rows: int = 10_000
    max_waiting: int = 4096


class Dispatchable(Protocol):
    """A queue, as the dispatcher sees it."""

    def may_send(self) -> bool:
        """Whether the queue's own statements leave room for its next batch."""

    def send(self) -> None:
        """Start the oldest batch."""


class Dispatcher:
    """Lets queues take turns, so that no kind of statement keeps another from the database."""

    def __init__(self, limits: CoalescingLimits) -> None:
        self.limits = limits
        self.running = 0
        self.waiting = 0
        self._turns: deque[Dispatchable] = deque()
        self._scheduled = False

    def admit(self) -> None:
        """Count one more waiting call. Raises Overloaded."""
        if self.waiting >= self.limits.max_waiting:
            raise Overloaded(f"{self.waiting} reads wait for the database already")
        self.waiting += 1

    def enqueue(self, queue: Dispatchable) -> None:
        """Let this queue send a batch when its turn comes."""
        self._turns.append(queue)
        self.schedule()

    def schedule(self) -> None:
        """Dispatch at the end of the event loop's turn."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._dispatch)

    def _dispatch(self) -> None:
        self._scheduled = False
        held: list[Dispatchable] = []
        while self._turns and self.running < self.limits.max_statements:
            queue = self._turns.popleft()
            if queue.may_send():
                self.running += 1
                queue.send()
            else:
                held.append(queue)
        self._turns.extendleft(reversed(held))

    def complete(self) -> None:
        """Count one running statement less."""
        self.running -= 1
        if self._turns:
            self.schedule()
