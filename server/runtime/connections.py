"""The connections of one worker: how many there may be, how long each may wait for its client, and which go first.

A connection waits for its client in one of four places, each in the order in which they began to wait. Once a second
those that waited too long are closed. Beyond the limit a new connection takes the place of the one that waited longest.
"""

import asyncio
import errno
import logging
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Protocol

import msgspec

from server.runtime.file_descriptors import left_for_connections
from server.settings.settings import Settings
from storage.completion import end

logger = logging.getLogger("freehold")

LINGER = 5.0
"""Seconds for which the rest of a request that was answered is read and dropped, before its connection is closed."""
RESERVE = 16
"""Connections beyond the limit, for health checks alone, while nothing can be closed for them."""
LEAST_READ = 8 * 1024
"""Bytes of its answer that a client must take in each `write` seconds."""
LEAST_PART = 10
"""A client must also take one part in so many of its answer in that time, so that it has taken all of it in the end."""
_BODIES = 64
"""Bodies of the greatest size that a worker holds before they are answered."""
_ANSWERS = 8
"""Answers of the greatest size that a worker holds until its clients take them."""
_BETWEEN_LINES = 60.0
"""Seconds between two log lines that say the same."""


class Limits(msgspec.Struct, frozen=True):
    """Of a worker: `connections`; seconds for which one may be idle, send a head, and take nothing of its answer."""

    connections: int = 4096
    idle: float = 65.0
    head: float = 10.0
    write: float = 30.0
    held: int = 64_000_000
    """Bytes of requests that came and are not answered, of all connections together."""
    unsent: int = 64_000_000
    """Bytes of answers that clients do not take, of all connections together."""


def limits_of(settings: Settings) -> Limits:
    """The settings' limits; fewer connections where the limit of open files leaves fewer."""
    left = left_for_connections(settings.pool_size + 4 * settings.sqlite_readers)
    return Limits(
        connections=min(settings.connections, left),
        idle=settings.keep_alive,
        head=settings.head_timeout,
        write=settings.write_timeout,
        held=_BODIES * settings.body_limit,
        unsent=_ANSWERS * settings.answer_limit,
    )


class Client(Protocol):
    """What is asked of a connection here."""

    @property
    def unsent(self) -> int:
        """Bytes that were written and not sent."""

    @property
    def held(self) -> int:
        """Bytes of requests that came and are not answered."""

    def close(self) -> None:
        """Close it once what was written is sent."""

    def give_up_request(self) -> None:
        """Answer 503 to what is not whole, and close it."""

    def give_up_head(self) -> None:
        """Answer 408 and close it."""

    def abort(self) -> None:
        """Close it now."""


class Unread(msgspec.Struct):
    """An answer that its client does not take as fast as it was written.

    Since the loop's time `began`, when `unsent` bytes were left, the client has to take `due` bytes. `counted` bytes
    are those of the total.
    """

    began: float
    unsent: int
    due: int
    counted: int


Place = dict[Client, float]
"""Connections, and the loop's time at which each began to wait."""


class Connections:
    """Those of one event loop. `closed` counts the ones that were closed from here, and refused requests, by reason."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.open = 0
        self.held = 0
        """Bytes of requests that came and are not answered."""
        self.idle: Place = {}
        self.heads: Place = {}
        self.bodies: Place = {}
        """Their requests are being answered, within the request's deadline, and not whole yet."""
        self.queues: Place = {}
        """More came than is read yet: it waits for earlier requests, or for who reads it."""
        self.rests: Place = {}
        """Their requests were answered before they were whole."""
        self.unread: dict[Client, Unread] = {}
        self.unsent = 0
        """Bytes that the connections in `unread` had left when each was last counted: at least what they have now."""
        self.closed: Counter[str] = Counter()
        self._lines: dict[str, float] = {}

    def admit(self, client: Client) -> bool:
        """Count one that was accepted. False if it comes beyond the limit and only health checks are answered."""
        self.open += 1
        if self.open <= self.limits.connections:
            return True
        self._log(
            "all %d connections are in use: those that waited longest for their clients are closed",
            self.limits.connections,
        )
        oldest = self._longest_waiting()
        if oldest is not None:
            self.closed["shed"] += 1
            oldest.abort()
            return True
        if self.open > self.limits.connections + RESERVE:
            self.closed["full"] += 1
            client.abort()
        return False

    def make_room(self) -> None:
        """Give up the requests that hold most and are not whole, until all together hold what they may."""
        self._log("requests that are not answered hold more than %d bytes: the largest are refused", self.limits.held)
        while self.held > self.limits.held:
            largest = max((*self.bodies, *self.queues, *self.heads), key=lambda each: each.held, default=None)
            if largest is None or not largest.held:
                return
            largest.give_up_request()

    def add_unread(self, client: Client, now: float) -> None:
        """A client does not take its answer. If all together hold more than they may, the largest are closed."""
        if client in self.unread:
            return
        unsent = client.unsent
        self.unread[client] = Unread(now, unsent, max(LEAST_READ, unsent // LEAST_PART), unsent)
        self.unsent += unsent
        if self.unsent > self.limits.unsent:
            self._close_largest_unread()

    def remove_unread(self, client: Client) -> None:
        """The client has taken its answer, or is gone."""
        unread = self.unread.pop(client, None)
        if unread is not None:
            self.unsent -= unread.counted

    def _close_largest_unread(self) -> None:
        for client, unread in self.unread.items():
            unread.counted = client.unsent
        self.unsent = sum(unread.counted for unread in self.unread.values())
        for client in sorted(self.unread, key=lambda each: self.unread[each].counted, reverse=True):
            if self.unsent <= self.limits.unsent:
                return
            self._log("clients leave more than %d bytes of answers unread: the largest are cut", self.limits.unsent)
            self.closed["unsent"] += 1
            client.abort()

    def _longest_waiting(self) -> Client | None:
        """Whatever it waits for: idle ones alone would let slow heads keep out who has just connected."""
        places = (self.idle, self.heads, self.rests, self.bodies)
        firsts = [next(iter(place.items())) for place in places if place]
        if firsts:
            return min(firsts, key=lambda first: first[1])[0]
        return next(iter(self.unread), None)

    def sweep(self, now: float) -> None:
        """Close what has waited too long."""
        limits = self.limits
        for client in _until(self.idle, now - limits.idle):
            self.closed["idle"] += 1
            client.close()
        for client in _until(self.heads, now - limits.head):
            self.closed["head"] += 1
            client.give_up_head()
        for client in _until(self.rests, now - LINGER):
            self.closed["body"] += 1
            client.abort()
        self._close_unread(now)
        self._look_for_descriptors()

    def _close_unread(self, now: float) -> None:
        for client, unread in list(self.unread.items()):
            if now - unread.began < self.limits.write:
                continue
            unsent = client.unsent
            if unsent + unread.due > unread.unsent:
                self.closed["unread"] += 1
                client.abort()
            else:
                unread.began, unread.unsent = now, unsent

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Sweep while this lasts."""
        task = asyncio.create_task(self._sweep_on())
        try:
            yield
        finally:
            await end(task)

    async def _sweep_on(self) -> None:
        limits = self.limits
        pause = min(1.0, *(seconds / 4 for seconds in (limits.idle, limits.head, limits.write)))
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(pause)
            self.sweep(loop.time())

    def _look_for_descriptors(self) -> None:
        """The event loop says nothing when it can't accept a connection for want of one."""
        try:
            os.close(os.open(os.devnull, os.O_RDONLY))
        except OSError as exc:
            if exc.errno not in (errno.EMFILE, errno.ENFILE):
                raise
            self._log(
                "no file descriptors are left, with %d connections at most: raise the limit of open files",
                self.limits.connections,
            )

    def _log(self, line: str, limit: int) -> None:
        now = time.monotonic()
        if now - self._lines.get(line, -_BETWEEN_LINES) >= _BETWEEN_LINES:
            self._lines[line] = now
            logger.warning(line, limit)


def _until(place: Place, since: float) -> Iterator[Client]:
    """Those that have waited since then or longer; whoever is told leaves the place."""
    for client, began in list(place.items()):
        if began > since:
            return
        yield client
