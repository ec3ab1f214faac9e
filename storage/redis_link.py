"""A link to one Redis: connections, deadlines and a circuit breaker, shared by all parts of a process that use it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.maint_notifications import MaintNotificationsConfig

from storage.completion import end
from storage.redis_errors import FAILURES, explain, is_refusal
from storage.redis_url import tls_files

logger = logging.getLogger("freehold")

T = TypeVar("T")

_PROBE = "freehold:probe"
_EXTRA_CONNECTIONS = 2
"""For the commands of `run_now`."""


class LinkOptions(msgspec.Struct, frozen=True):
    """The deadline of a command and the pause between two probes, in seconds; the number of connections."""

    timeout: float = 0.25
    retry: float = 0.5
    connections: int = 16


class RedisDown(Exception):
    """Redis didn't carry out a command, or the circuit breaker is open."""


class RedisUser:
    """A part of the process that depends on a link. The log says `lost` and `back` when the link goes down and up.

    A user that `is_stale` is mended before the link is up again.
    """

    is_stale = False

    def __init__(self, *, lost: str, back: str) -> None:
        self.lost = lost
        self.back = back

    def note_restart(self) -> None:
        """Redis was restarted, and may hold an old state of its data."""

    async def mend(self) -> None:
        """Bring Redis up to date, and stop being stale. Raises one of FAILURES."""


class RedisLink:
    """A circuit breaker: after a command has failed, all others raise RedisDown at once until a probe succeeds.

    They do so before `open` and after `close` too. A probe writes, since a Redis that can't (a replica, or a full one)
    is of no use. A restart counts as a failure.
    """

    def __init__(self, url: str, options: LinkOptions | None = None, *, called: str) -> None:
        """Makes no connection. `called` is the name of the URL's setting. Raises ValueError for a bad URL."""
        self.called = called
        self._has_tls = url.startswith("rediss:")
        self._tls_files = tls_files(url)
        self._options = options = options or LinkOptions()
        self._pool = _build_pool(url, options, self._set_up)
        self.client: Redis = Redis.from_pool(self._pool)
        """For registering scripts, and for the commands of `run`."""
        self._room = asyncio.Semaphore(options.connections)
        self._users: list[RedisUser] = []
        self._up = asyncio.Event()
        self._period = 0  # how often Redis has come up
        self._failure: str | None = None
        self._run_id = b""
        self._recovery: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        """Whether commands are sent."""
        return self._up.is_set()

    async def wait_until_up(self) -> None:
        """Return once a probe has succeeded and no user is stale."""
        await self._up.wait()

    def attach(self, user: RedisUser) -> None:
        """Notify this user of restarts, and mend it when it is stale, until it is detached."""
        self._users.append(user)
        if self._failure is not None:
            self._log_loss(user)

    def detach(self, user: RedisUser) -> None:
        """The opposite of `attach`."""
        self._users.remove(user)

    async def open(self) -> None:
        """Make the first probe. If it fails, repeat it until one succeeds."""
        try:
            await self._restore()
        except FAILURES as exc:
            self._lose(exc)

    async def find_refusal(self) -> str | None:
        """Why Redis refuses to serve us; None if it doesn't, or is down. Leaves no connection open."""
        try:
            async with asyncio.timeout(self._options.timeout):
                await self.client.set(_PROBE, b"", px=1000)
                await self.client.eval("return redis.call('get', KEYS[1])", 1, _PROBE)
        except FAILURES as exc:
            return explain(exc) if is_refusal(exc) else self._tls_files.find_fault()
        finally:
            await self.close()
        return None

    async def close(self) -> None:
        """Close the connections. The link may be opened again."""
        self._up.clear()
        self._failure = None
        self._run_id = b""
        if self._recovery is not None:
            await end(self._recovery)
        with suppress(*FAILURES):
            await self.client.aclose()

    async def run(self, command: Callable[[], Awaitable[T]]) -> T:
        """Run the command once there is room for it, and return its result. Raises RedisDown.

        The wait for other commands doesn't count towards the deadline.
        """
        async with self._room:
            return await self.run_now(command)

    async def run_now(self, command: Callable[[], Awaitable[T]]) -> T:
        """As `run`, but without waiting for other commands. For a few commands at a time."""
        if not self.is_up:
            raise RedisDown
        period = self._period
        try:
            async with asyncio.timeout(self._options.timeout):
                return await command()
        except FAILURES as exc:
            # A command that was sent before Redis came up again says nothing about it.
            if self.is_up and period == self._period:
                self._lose(exc)
            raise RedisDown from exc

    def _lose(self, exc: Exception) -> None:
        self._up.clear()
        self._failure = f"{self.called}: {explain(exc)}{self._hint(exc)}"
        for user in self._users:
            self._log_loss(user)
        self._recovery = asyncio.create_task(self._recover())

    def _log_loss(self, user: RedisUser) -> None:
        logger.warning("%s until Redis answers: %s", user.lost, self._failure)

    def _hint(self, exc: Exception) -> str:
        """A Redis without TLS takes a TLS handshake for an unfinished command, and waits for the rest."""
        is_late = isinstance(exc, TimeoutError | RedisTimeoutError)
        return "; is it a Redis without TLS, which redis:// is for?" if self._has_tls and is_late else ""

    async def _recover(self) -> None:
        while not self.is_up:
            await asyncio.sleep(self._options.retry)
            with suppress(*FAILURES):
                await self._restore()
        for user in self._users:
            logger.warning(user.back)

    async def _restore(self) -> None:
        """Probe, and mend stale users. Raises one of FAILURES."""
        async with asyncio.timeout(self._options.timeout):
            await self._pool.disconnect(inuse_connections=False)  # connections from before the failure may be dead
            await self.client.set(_PROBE, b"", px=1000)
            while stale := [user for user in self._users if user.is_stale]:
                for user in stale:
                    await user.mend()
        self._failure = None
        self._period += 1
        self._up.set()

    async def _set_up(self, connection: Any) -> None:
        """Set up a new connection, and find out whether Redis was restarted."""
        await connection.on_connect()
        await connection.send_command("INFO", "server")
        run_id = _run_id_of(await connection.read_response())
        if run_id == self._run_id:
            return
        if self.is_up:
            raise ConnectionError("Redis was restarted")
        if self._run_id:
            for user in self._users:
                user.note_restart()
        self._run_id = run_id


def _build_pool(url: str, options: LinkOptions, greet: Callable[[Any], Awaitable[None]]) -> BlockingConnectionPool:
    """A pool that connects on first use and never repeats a command.

    An idle connection that Redis has closed (after its own `timeout`, or by CLIENT KILL) is replaced before it is used.
    redis-py checks for that only if maintenance notifications, a feature of managed Redis services, are off.
    """
    return BlockingConnectionPool.from_url(
        url,
        timeout=options.timeout,
        socket_timeout=options.timeout,
        socket_connect_timeout=options.timeout,
        max_connections=options.connections + _EXTRA_CONNECTIONS,
        retry=Retry(NoBackoff(), 0),
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
        redis_connect_func=greet,
    )


def _run_id_of(info: Any) -> bytes:
    text: bytes = info if isinstance(info, bytes) else str(info).encode()
    return text.partition(b"run_id:")[2].partition(b"\r")[0]
