"""HTTP as uvicorn speaks it, but what is written to a connection in one turn of the event loop is sent at once.

Sent after everything else that is ready has run, it keeps nobody from running, and wakes the client once; and what
uvicorn writes in pieces, since it did not come as a whole (server/whole.py), takes one system call and not two.
"""

import asyncio
from typing import Any

from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class Protocol(HttpToolsProtocol):
    """One connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """It is open."""
        super().connection_made(Gathering(transport, self.loop))

    def leave(self, app: ASGIApp) -> None:
        """Have `app` answer what comes next, and close after the answers that have not begun."""
        self.app = app
        if self.cycle is not None and not self.cycle.response_started:
            self.cycle.keep_alive = False


class Gathering(asyncio.Transport):
    """A transport that sends at the end of the turn, unless the connection has gone by then.

    Everything but writing and closing is the transport's own: each method is written out, since a class with a
    `__getattr__` is slow to read its own attributes.
    """

    __slots__ = ("_loop", "_parts", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._parts: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._parts:
            self._loop.call_soon(self._send)
        self._parts.append(bytes(data))

    def close(self) -> None:
        self._send()
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._transport.get_extra_info(name, default)

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._transport.get_protocol()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._transport.set_protocol(protocol)

    def _send(self) -> None:
        if self._parts and not self._transport.is_closing():
            self._transport.write(b"".join(self._parts))
        self._parts.clear()
