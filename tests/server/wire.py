"""Bytes to and from the protocol on real sockets, and an application that tells what it was sent."""

import asyncio
import functools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
import uvloop
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from server.runtime.connections import Connections, Limits
from server.runtime.uvicorn_protocol import CONNECTIONS, Protocol

PATIENCE = 5.0  # seconds


def on_uvloop(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """The test on the event loop that serves, whose transports differ from asyncio's."""

    @functools.wraps(test)
    def run(**arguments: Any) -> None:
        async def body() -> None:
            await test(**arguments)

        uvloop.run(body())

    return run


class Teller:
    """Answers with the method, path, headers and body of a request; `ends` has how each ended.

    `/unread` is answered without a look at the body, `/held` when `let_go` is set, `/large` with so many bytes.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self.connections = Connections(limits or Limits())
        self.ends: list[str] = []
        self.let_go = asyncio.Event()
        self.begun = asyncio.Semaphore(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            scope["state"][CONNECTIONS] = self.connections
            for event in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{event}.complete"})
            return
        self.begun.release()
        request = Request(scope, receive)
        try:
            response = await self._answer(request)
        except ClientDisconnect:
            self.ends.append("hung up")
            return
        self.ends.append("answered")
        await response(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path = request.url.path
        if path == "/held":
            await self.let_go.wait()
        if path == "/large":
            return Response(b"x" * int(request.query_params["bytes"]))
        body = b"" if path == "/unread" else await request.body()
        told = {
            "method": request.method,
            "path": path,
            "body": body.decode("latin-1"),
            "headers": [[name.decode(), value.decode("latin-1")] for name, value in request.scope["headers"]],
        }
        return JSONResponse(told)


class Wire:
    """A client's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *segments: bytes) -> None:
        """Each in a segment of its own."""
        for number, segment in enumerate(segments):
            if number:
                await asyncio.sleep(0.02)
            self.writer.write(segment)
            await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        """The next response's status, headers, and body as JSON."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            line, *fields = head.rstrip().split("\r\n")
            headers = dict(field.split(": ", 1) for field in fields)
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return int(line.split()[1]), headers, json.loads(body) if body else None

    async def is_closed(self) -> bool:
        """Whether the server closes the connection and sends nothing more."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read(1000) == b""
            except ConnectionError:
                return True


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[uvicorn.Server]:
    """A server of this application."""
    config = uvicorn.Config(
        app, port=0, http=Protocol, ws="none", log_config=None, lifespan="on", timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    try:
        yield server
    finally:
        server.should_exit = True
        await serving


@asynccontextmanager
async def dialed(server: uvicorn.Server) -> AsyncIterator[Wire]:
    """A connection to this server."""
    reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def wired(app: Any) -> AsyncIterator[Wire]:
    """A connection to a server of this application."""
    async with served(app) as server, dialed(server) as wire:
        yield wire
