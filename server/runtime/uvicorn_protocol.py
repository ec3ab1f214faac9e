"""HTTP/1.1 as uvicorn speaks it, with limits on what a client may send and on how long it may take.

uvicorn's protocol has no limit on a head, loses the body of a request that offers an upgrade, and only times idle
connections. This file and server/http/uvicorn_cycle.py are the two that know uvicorn's insides.
"""

import asyncio
from typing import Any

import httptools
from starlette.types import ASGIApp
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from server.runtime.buffered_transport import BufferedTransport
from server.runtime.connections import Connections, Limits, Place
from server.runtime.health_checks_only import HealthChecksOnly
from server.runtime.protocol_errors import (
    HEAD_LIMIT,
    HEAD_TIMEOUT,
    LARGE_CHUNKS,
    LARGE_HEAD,
    LONG_ADDRESS,
    OVERLOADED,
    TUNNEL,
    ProtocolError,
    protocol_error_of,
)
from server.runtime.request_head import check_head

CONNECTIONS = "connections"
"""The key under which the application's lifespan state has its Connections."""
PIECE = 16 * 1024
"""Bytes that are parsed at once: so many requests may be in them, and so much may be too much before it is noticed."""
_MOST_UNPARSED = 1024 * 1024
_NOTHING, _HEAD, _BODY = range(3)


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._clients: Connections = app_state.get(CONNECTIONS) or app_state.setdefault(
            CONNECTIONS, Connections(Limits(idle=config.timeout_keep_alive))
        )
        self.url = b""
        self._place: Place | None = None
        self._expects = _NOTHING
        """What the next bytes belong to: nothing begun, a head, or a body."""
        self._bare = 0
        """Bytes of whole pieces since the message began, its head ended, or the last byte of its body came."""
        self._unparsed = b""
        """What came behind requests that still wait for earlier ones."""
        self.held = 0
        """Bytes of requests that came and are not answered, about."""
        self._offers_upgrade = False
        self._waits_to_continue = False
        self._protocol_error: ProtocolError | None = None
        self._is_stopping = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(BufferedTransport(transport, self.loop, self._linger))
        if not self._clients.admit(self):
            self.app = HealthChecksOnly(self.app)
        self._settle()

    def leave(self, app: ASGIApp) -> None:
        """Have `app` answer what comes next, and close after the answers that have not begun."""
        self.app = app
        self._waits_to_continue = False
        if self.cycle is not None and not self.cycle.response_started:
            self.cycle.keep_alive = False

    def connection_lost(self, exc: Exception | None) -> None:
        self._move(None)
        self._hold(0)
        self._clients.remove_unread(self)
        self._clients.open -= 1
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing() or self._protocol_error is not None:
            return
        self._hold(self.held + len(data))
        if self._unparsed or self.pipeline or len(data) > PIECE:
            self._unparsed += data
            if len(self._unparsed) > _MOST_UNPARSED:
                self.abort()
                return
            self._parse_pieces()
        else:
            self._parse(data)
        self._settle()
        if self._clients.held > self._clients.limits.held:
            self._clients.make_room()

    def _hold(self, size: int) -> None:
        self._clients.held += size - self.held
        self.held = size

    def _parse_pieces(self) -> None:
        """Parse what came until a request has to wait for an earlier one: a client can't make work without end."""
        data, self._unparsed = self._unparsed, b""
        view = memoryview(data)
        at = 0
        while at < len(data) and not self.pipeline and self._protocol_error is None and self.parser is not None:
            self._parse(view[at : at + PIECE])
            at += PIECE
        if self.pipeline and self._protocol_error is None:
            self._unparsed = data[at:]
            self.flow.pause_reading()

    def _parse(self, data: bytes | memoryview) -> None:
        size = len(data)
        try:
            while data:
                try:
                    self.parser.feed_data(data)
                    break
                except httptools.HttpParserUpgrade as offered:
                    data = self._without_offer() + bytes(data[offered.args[0] :])
        except httptools.HttpParserError as error:
            self._refuse(protocol_error_of(error, data))
            return
        self._bare += size
        if self._bare > HEAD_LIMIT + PIECE:
            self._refuse(LARGE_CHUNKS if self._expects == _BODY else self._large_head())

    def _without_offer(self) -> bytes:
        """The head once more without its offer of another protocol, which RFC 9110 (7.8) lets a server ignore.

        The parser has ended the request with its head, and takes what follows for the next one.
        """
        self._offers_upgrade = False
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.scope["http_version"].encode())]
        lines += [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def on_message_begin(self) -> None:
        self._expects = _HEAD
        self._bare = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Blanks around a value are no part of it (RFC 9110, 5.5); the parser leaves those behind it."""
        super().on_header(name, value.rstrip(b" \t"))

    def on_headers_complete(self) -> None:
        self._check_head()
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise TUNNEL
            self._offers_upgrade = True
            self.scope["http_version"] = self.parser.get_http_version()
            return
        super().on_headers_complete()
        self._expects = _BODY
        self._bare = 0
        self.headers = []  # trailers are not headers
        if self.expect_100_continue and self.cycle.keep_alive:
            # Answered before it is told to continue, the client may send its body or not: nobody can tell which.
            self.cycle.keep_alive = False
            self._waits_to_continue = True

    def _check_head(self) -> None:
        """Raises ProtocolError for a head that is complete and not taken."""
        if self._bare > HEAD_LIMIT - PIECE:
            size = len(self.url) + sum(len(name) + len(value) + len(": \r\n") for name, value in self.headers)
            if size > HEAD_LIMIT:
                raise self._large_head()
        check_head(self.parser.get_http_version(), self.url, self.headers)

    def _large_head(self) -> ProtocolError:
        return LONG_ADDRESS if len(self.url) > HEAD_LIMIT // 2 else LARGE_HEAD

    def on_body(self, body: bytes) -> None:
        self._bare = 0
        self._continued()
        super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._offers_upgrade:
            self._expects = _NOTHING
            self._continued()
            super().on_message_complete()

    def _continued(self) -> None:
        if self._waits_to_continue:
            self._waits_to_continue = False
            self.cycle.keep_alive = True

    def on_response_complete(self) -> None:
        """The next request, or the rest of what came, or the client's turn."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self._hold(len(self._unparsed))
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif self._protocol_error is not None:
            self._send_protocol_error()
        if not self.pipeline and self._protocol_error is None:
            self.flow.resume_reading()
            if self._unparsed:
                self._parse_pieces()
        self._settle()

    def shutdown(self) -> None:
        self._waits_to_continue = False
        self._is_stopping = True
        super().shutdown()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._clients.add_unread(self, self.loop.time())

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            self._clients.remove_unread(self)

    @property
    def is_answered(self) -> bool:
        """Whether every request that was begun has its whole answer written."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def unsent(self) -> int:
        """Bytes that were written and not sent."""
        return self.transport.get_write_buffer_size()

    def close(self) -> None:
        """Close it once what was written is sent."""
        self._move(None)
        self.transport.close()

    def abort(self) -> None:
        """Close it now."""
        self._move(None)
        self._clients.remove_unread(self)
        self.transport.abort()

    def give_up_head(self) -> None:
        """Answer 408 and close it."""
        self._move(None)
        self._refuse(HEAD_TIMEOUT)

    def give_up_request(self) -> None:
        """Answer 503 in its turn to what is not whole or waits behind other requests, and close it."""
        self._move(None)
        self._refuse(OVERLOADED)

    def _refuse(self, error: ProtocolError) -> None:
        """Answer so after what was asked before, and close the connection."""
        if self._protocol_error is not None:
            return
        self._protocol_error = error
        self._clients.closed[error.code.lower()] += 1
        self._unparsed = b""
        self._hold(0)
        if self._expects == _BODY and self.pipeline:
            self.pipeline.popleft()
        elif self._expects == _BODY or self.cycle is None or self.cycle.response_complete:
            self._send_protocol_error()

    def _send_protocol_error(self) -> None:
        assert self._protocol_error is not None
        if self._expects != _BODY or not self.cycle.response_started:
            self.transport.write(self._protocol_error.to_bytes(self.server_state.default_headers))
        self.transport.close()
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _linger(self) -> bool:
        """Whether to read on after the answer. Asked when the connection is closed."""
        if self.unsent:
            self._clients.add_unread(self, self.loop.time())
        if self._is_stopping or (self._expects == _NOTHING and self._protocol_error is None and not self._unparsed):
            return False
        self._move(self._clients.rests)
        self.flow.resume_reading()
        return True

    def _settle(self) -> None:
        """Go where connections wait for their clients, or leave it."""
        if self.transport.is_closing():
            return
        cycle, clients = self.cycle, self._clients
        if cycle is not None and not cycle.response_complete:
            if self._expects == _BODY and not self.pipeline and not self.flow.read_paused:
                self._move(clients.bodies)
            else:
                self._move(clients.queues if self._expects or self._unparsed else None)
        else:
            if self._expects != _HEAD:
                self._hold(0)
            self._move((clients.idle, clients.heads, clients.rests)[self._expects])

    def _move(self, place: Place | None) -> None:
        if place is not self._place:
            if self._place is not None:
                self._place.pop(self, None)
            if place is not None:
                place[self] = self.loop.time()
            self._place = place
