"""Requests and responses that uvicorn lets pass as a whole, on real connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal

import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from server.app import create_app
from server.http.request import BodyTooLarge, HungUp, Request
from server.http.response import GraphQLResponse
from server.http.uvicorn_cycle import send_in_one_write
from server.runtime.uvicorn_protocol import Protocol
from server.settings.secret import Secret
from server.settings.settings import Settings
from storage.events import listeners

REQUEST = b"POST /%s HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n%s\r\n"
LIMIT = 100_000


class Echo:
    """Answers with the body; under `/pieces` as uvicorn does it. `ends` has how each request ended."""

    def __init__(self) -> None:
        self.ends: list[object] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = Request(scope, receive)
            whole = request.arrived_body(LIMIT)
            body = await request.body(LIMIT) if whole is None else whole
        except (BodyTooLarge, HungUp) as error:
            self.ends.append(type(error))
            body = b"none"
        else:
            self.ends.append(len(body))
        response = GraphQLResponse(body, 200, b"application/json", [(b"x-request-id", b"1")])
        if scope["path"] == "/pieces" or not send_in_one_write(send, response):
            await response(scope, receive, send)


@asynccontextmanager
async def connected(
    app: ASGIApp, lifespan: Literal["on", "off"] = "off"
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server of this application."""
    server = uvicorn.Server(
        uvicorn.Config(
            app, port=0, http=Protocol, log_config=None, lifespan=lifespan, server_header=False, date_header=False
        )
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
    try:
        yield reader, writer
    finally:
        writer.close()
        server.should_exit = True
        await serving


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The next response's head and its four bytes of body."""
    async with asyncio.timeout(5):
        return await reader.readuntil(b"\r\n\r\n"), await reader.readexactly(4)


@pytest.mark.parametrize("header", [b"", b"connection: close\r\n", b"expect: 100-continue\r\n"])
async def test_a_whole_response_is_what_uvicorn_makes_of_its_pieces(header: bytes) -> None:
    answers: list[Any] = []
    for path in (b"whole", b"pieces"):
        async with connected(Echo()) as (reader, writer):
            writer.write(REQUEST % (path, header) + b"ping")
            answers.append(await answer(reader))
            if b"close" in header:
                assert await reader.read() == b""
    assert answers[0] == answers[1]
    assert answers[0][1] == b"ping"


async def test_a_connection_is_kept_and_pipelined_requests_are_answered_in_their_order() -> None:
    requests = [REQUEST % (path, b"") + b"%4d" % number for number, path in enumerate([b"whole", b"pieces"] * 3)]
    async with connected(Echo()) as (reader, writer):
        for _ in range(2):
            writer.write(b"".join(requests))
            assert [(await answer(reader))[1] for _ in range(6)] == [b"%4d" % number for number in range(6)]


async def test_a_body_that_comes_in_pieces_is_put_together() -> None:
    async with connected(Echo()) as (reader, writer):
        writer.write(REQUEST % (b"whole", b"") + b"pi")
        await asyncio.sleep(0.05)
        writer.write(b"ng")
        assert (await answer(reader))[1] == b"ping"


@pytest.mark.parametrize("size", [LIMIT, LIMIT + 1])
async def test_a_body_may_be_as_large_as_the_limit(size: int) -> None:
    app = Echo()
    async with connected(app) as (reader, writer):
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % size + b"x" * size)
        await reader.readuntil(b"\r\n\r\n")
    assert app.ends == [LIMIT if size == LIMIT else BodyTooLarge]


async def test_who_hangs_up_before_the_body_is_whole_is_told_from_who_sent_it() -> None:
    app = Echo()
    async with connected(app) as (_, writer):
        writer.write(REQUEST % (b"whole", b"") + b"pi")
        await asyncio.sleep(0.05)
        writer.close()
        await asyncio.sleep(0.05)
    assert app.ends == [HungUp]


async def test_pipelined_requests_hear_nothing_of_each_other(database_url: str) -> None:
    app = create_app(Settings(database_url=Secret(database_url)))
    heard: list[object] = []

    async def listened(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            heard.append(listeners.get())
        await app(scope, receive, send)

    body = b'{"query":"{ currency }"}'
    head = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    async with connected(listened, "on") as (reader, writer):
        writer.write((head % len(body) + body) * 5)
        for _ in range(5):
            await reader.readuntil(b"}}")
    assert heard == [()] * 5
