"""What is written to a connection in one turn of the event loop, on real sockets and the loop that serves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvloop

from server.runtime.buffered_transport import BufferedTransport


class Accepted(asyncio.Protocol):
    """Hands out its transport."""

    def __init__(self, accepted: "asyncio.Future[Any]") -> None:
        self._accepted = accepted

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._accepted.set_result(transport)


@asynccontextmanager
async def connection() -> AsyncIterator[tuple[asyncio.Transport, asyncio.StreamReader]]:
    """The server's end and what the client reads. Fails if a callback does."""
    failures: list[Any] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: failures.append(context))
    accepted: asyncio.Future[Any] = loop.create_future()
    server = await loop.create_server(lambda: Accepted(accepted), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        yield await accepted, reader
    finally:
        writer.close()
        server.close()
    assert failures == []


def test_pieces_of_one_turn_are_sent_in_their_order() -> None:
    async def write_two_turns() -> None:
        async with connection() as (transport, reader):
            buffered = BufferedTransport(transport, asyncio.get_running_loop())
            for piece in (b"head ", b"", b"body"):
                buffered.write(piece)
            assert await reader.read(100) == b"head body"
            buffered.write(b"more")
            assert await reader.read(100) == b"more"

    uvloop.run(write_two_turns())


def test_what_was_written_is_sent_before_the_connection_is_closed() -> None:
    async def close_at_once() -> None:
        async with connection() as (transport, reader):
            buffered = BufferedTransport(transport, asyncio.get_running_loop())
            buffered.write(b"last words")
            buffered.close()
            assert await reader.read() == b"last words"

    uvloop.run(close_at_once())


def test_what_is_written_to_a_connection_that_has_gone_is_dropped() -> None:
    async def write_too_late() -> None:
        async with connection() as (transport, _):
            buffered = BufferedTransport(transport, asyncio.get_running_loop())
            transport.abort()
            await asyncio.sleep(0.05)
            buffered.write(b"late")
            buffered.close()
            buffered.write(b"later")
            await asyncio.sleep(0.05)

    uvloop.run(write_too_late())


def test_what_is_being_sent_is_counted_once_as_unsent() -> None:
    async def write_much() -> None:
        async with connection() as (transport, _):
            buffered = BufferedTransport(transport, asyncio.get_running_loop())
            unsent: list[int] = []

            class Watching(asyncio.Protocol):
                def pause_writing(self) -> None:
                    unsent.append(buffered.get_write_buffer_size())

            transport.set_protocol(Watching())
            buffered.write(b"x" * 10_000_000)
            await asyncio.sleep(0)
            assert [size <= 10_000_000 for size in unsent] == [True]
            transport.abort()

    uvloop.run(write_much())
