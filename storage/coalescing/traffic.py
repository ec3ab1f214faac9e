"""Traffic: how many statements are under way, and whose turn it is when one has returned."""

import asyncio
from collections import deque
from typing import Protocol

import msgspec

from storage.errors import Overloaded


class Limits(msgspec.Struct, frozen=True):
    """How reads share the database.

    At most `statements` run at once. Of one kind, `side_by_side` are young at once: younger than `patience` seconds,
    which is the longest that a read waits for company while the database has room. A batch brings at most `rows`
    rows, unless a single call wants more; at most `waiting` calls wait to be sent.
    """

    statements: int = 9
    side_by_side: int = 1
    patience: float = 0.02
    rows: int = 10_000
    waiting: int = 4096


class Waiting(Protocol):
    """A lane, as traffic sees it."""

    def may_send(self) -> bool:
        """Whether a batch waits that its own kind does not hold back."""

    def send(self) -> None:
        """Start the oldest batch."""


class Traffic:
    """Lanes take turns, so that no kind of statement keeps another from the database."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.under_way = 0
        self.waiting = 0
        self._turns: deque[Waiting] = deque()
        self._scheduled = False

    def admit(self) -> None:
        """Count one more call that waits. Raises Overloaded."""
        if self.waiting >= self.limits.waiting:
            raise Overloaded(f"{self.waiting} reads wait for the database already")
        self.waiting += 1

    def queue(self, lane: Waiting) -> None:
        """This lane has something to send, at the end of the event loop's turn if there is room."""
        self._turns.append(lane)
        self.schedule()

    def schedule(self) -> None:
        """See at the end of the turn what can be sent."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_soon(self._dispatch)

    def _dispatch(self) -> None:
        self._scheduled = False
        held: list[Waiting] = []
        while self._turns and self.under_way < self.limits.statements:
            lane = self._turns.popleft()
            if lane.may_send():
                self.under_way += 1
                lane.send()
            else:
                held.append(lane)
        self._turns.extendleft(reversed(held))

    def land(self) -> None:
        """A statement has returned."""
        self.under_way -= 1
        if self._turns:
            self.schedule()
