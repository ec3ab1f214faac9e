"""A transport that joins what is written during one turn of the event loop and sends it in one system call.

The bytes are sent after every other callback that is ready has run, so that sending delays no other connection and
wakes the client once. uvicorn writes a response's head and body apart unless `server/http/uvicorn_cycle.py` sends it.
"""

import asyncio
from collections.abc import Callable
from typing import Any


class BufferedTransport(asyncio.Transport):
    """A transport that sends at the end of the turn, unless the connection has gone by then.

    `lingers` is asked when it is closed, whether the client may still be sending.

    Everything but writing and closing is the transport's own: each method is written out, since a class with a
    `__getattr__` is slow to read its own attributes.
    """

    __slots__ = ("_is_ending", "_lingers", "_loop", "_parts", "_transport")

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, lingers: Callable[[], bool] = bool
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._lingers = lingers
        self._parts: list[bytes] = []
        self._is_ending = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._parts:
            self._loop.call_soon(self._send)
        self._parts.append(bytes(data))

    def close(self) -> None:
        """If it lingers, the first time only the sending end.

        Closed while the client still sends, the connection would be reset, and the client might never read the answer.
        """
        self._send()
        if self._is_ending or self._transport.is_closing() or not self._lingers():
            self._transport.close()
        else:
            self._transport.write_eof()
        self._is_ending = True

    def abort(self) -> None:
        self._transport.abort()

    def is_closing(self) -> bool:
        return self._is_ending or self._transport.is_closing()

    def get_write_buffer_size(self) -> int:
        return self._transport.get_write_buffer_size() + sum(map(len, self._parts))

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
        parts, self._parts = self._parts, []  # a protocol that is paused meanwhile asks how much is unsent
        if parts and not self._transport.is_closing():
            self._transport.write(b"".join(parts))
