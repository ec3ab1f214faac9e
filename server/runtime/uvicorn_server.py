"""One process that answers requests: uvicorn's server, which stops in stages."""

import asyncio
import logging
import math
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, contextmanager
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from server.runtime.connection_close import ConnectionClose
from server.runtime.shutdown import STOPS, Stage, handling, next_stage
from server.runtime.uvicorn_protocol import Protocol
from server.settings.settings import Settings

logger = logging.getLogger("freehold")

_TICK = 0.1  # seconds
_BEFORE_CUT = 0.3  # seconds before the end of draining at which answers that no client takes are given up
_CLEANUP = 2.0  # seconds for a cancelled request to take back its transaction and answer


def build_config(settings: Settings, app: ASGIApp) -> uvicorn.Config:
    """What uvicorn is told."""
    return uvicorn.Config(
        app,
        lifespan="off",  # Server runs it, so that what fails at the start is raised to whoever runs the server
        http=Protocol,
        ws="none",
        log_config=None,
        access_log=False,
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=math.ceil(settings.drain_timeout),
        server_header=False,
        reset_contextvars=True,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
    )


class Server(uvicorn.Server):
    """Runs within the application's `lifespan`, and raises what that raises. Calls `on_start` when it listens.

    After SIGTERM it leaves for `delay` seconds before it refuses connections.

    uvicorn ends by the signal that stopped it; this one returns, so that a stop as asked for is a success.
    """

    signals: tuple[int, ...] = STOPS

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        lifespan: AbstractAsyncContextManager[Mapping[str, Any] | None],
        delay: float,
        on_start: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(config)
        self._within = lifespan
        self._state: Mapping[str, Any] = {}
        self.stage = Stage.SERVING
        self._delay = delay
        self._on_start = on_start
        self._is_known = False  # to clients: who is told to stop before has nothing to wait for
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        with asyncio.Runner(loop_factory=self.config.get_loop_factory()) as runner:
            runner.run(self._run(sockets))

    async def _run(self, sockets: list[socket.socket] | None) -> None:
        async with self._within as state:
            self._state = state or {}
            await self.serve(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with handling(self.signals, self.handle_exit):
            yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.advance(next_stage(self.stage, sig))

    def advance(self, stage: Stage) -> None:
        """Go on to a stage, at the event loop's next turn; an earlier one changes nothing."""
        self.stage = max(self.stage, stage)
        self.should_exit = self.stage > Stage.SERVING
        if self.stage is Stage.CUTTING and self._loop is not None:
            self._loop.call_soon_threadsafe(self._cut)  # a handler of a signal does not run within the loop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self.lifespan.state.update(self._state)
        await super().startup(sockets)
        if not self.should_exit:
            self._is_known = True
            if self._on_start is not None:
                self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.stage is Stage.LEAVING and self._is_known and self._delay:
            await self._leave()
        self.advance(Stage.DRAINING)
        drain = (self.config.timeout_graceful_shutdown or 1) - _BEFORE_CUT
        cut = asyncio.get_running_loop().call_later(drain, self._abort_unread)
        await super().shutdown(sockets)
        cut.cancel()
        await self._finish_cancelled()

    async def _finish_cancelled(self) -> None:
        """Let requests that were cancelled roll back and answer, while the application's resources are still open."""
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_CLEANUP)

    async def _leave(self) -> None:
        """Answer still, each request as the last of its connection."""
        logger.info("not ready any more; connections are refused in %g s", self._delay)
        closing = ConnectionClose(self.config.loaded_app)
        self.config.loaded_app = closing
        for connection in list(self.server_state.connections):
            if isinstance(connection, Protocol):
                connection.leave(closing)
        loop = asyncio.get_running_loop()
        until = loop.time() + self._delay
        tick = 0
        while self.stage is Stage.LEAVING and loop.time() < until:
            await self.on_tick(tick)  # which keeps the date of responses
            await asyncio.sleep(_TICK)
            tick += 1

    def _abort_unread(self) -> None:
        """Give up the answers that clients do not take: uvicorn would wait for them and log that it cuts no request."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, Protocol) and connection.is_answered:
                connection.abort()

    def _cut(self) -> None:
        for task in list(self.server_state.tasks):
            task.cancel()
