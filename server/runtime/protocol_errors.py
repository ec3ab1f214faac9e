"""What is answered to bytes that are no request, or none that is taken. The connection is closed after it."""

import re
from collections.abc import Mapping

from httptools import HttpParserError, HttpParserInvalidMethodError
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from server.http.errors import CLOSE, RequestError


class ProtocolError(RequestError):
    """The bytes are not a request that this server takes. The connection is closed after the response."""

    def __init__(self, code: str, message: str, headers: Mapping[str, str] = {}) -> None:
        super().__init__(code, message, {**headers, **CLOSE})
        self._response = super().response()

    def to_bytes(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        """The whole response, with these headers besides its own."""
        response = self._response
        lines = map(b": ".join, (*headers, *response.raw_headers))
        return b"".join((STATUS_LINE[response.status_code], b"\r\n".join(lines), b"\r\n\r\n", bytes(response.body)))


_WRONG_VERSION = "Invalid HTTP version"
"""What the parser says of a version that it does not know."""

HEAD_LIMIT = 64 * 1024
"""Bytes of a request line and headers; also of chunk extensions or trailers without a byte of the body between."""
MOST_HEADERS = 200

_METHODS = {"allow": "GET, HEAD, POST"}

NOT_HTTP = ProtocolError("BAD_REQUEST", "This is not a valid HTTP/1.1 request.")
WRONG_HOST = ProtocolError("BAD_REQUEST", "The request must have one Host header, with a name or an address.")
WRONG_TARGET = ProtocolError("BAD_REQUEST", "The address must not have a fragment (`#`).")
WRONG_CODING = ProtocolError("BAD_REQUEST", "Only `Transfer-Encoding: chunked` is understood, in HTTP/1.1.")
OTHER_VERSION = ProtocolError("HTTP_VERSION_NOT_SUPPORTED", "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
UNKNOWN_METHOD = ProtocolError("METHOD_NOT_ALLOWED", "This method is not known; use GET, HEAD or POST.", _METHODS)
TUNNEL = ProtocolError("METHOD_NOT_ALLOWED", "CONNECT is not answered: this is no proxy.", _METHODS)
LONG_ADDRESS = ProtocolError(
    "ADDRESS_TOO_LONG", f"Address and headers must have at most {HEAD_LIMIT:,} bytes: send the query by POST."
)
LARGE_HEAD = ProtocolError(
    "HEADERS_TOO_LARGE",
    f"Address and headers must have at most {HEAD_LIMIT:,} bytes, in at most {MOST_HEADERS} headers.",
)
LARGE_CHUNKS = ProtocolError(
    "BAD_REQUEST", f"Chunk extensions and trailers must have at most {HEAD_LIMIT:,} bytes in a row."
)
HEAD_TIMEOUT = ProtocolError("REQUEST_TIMEOUT", "The headers took too long to arrive.")
OVERLOADED = ProtocolError("OVERLOADED", "Too much is being sent to this server at once; try again in a second.")
_METHOD = re.compile(rb"(?!(GET|HEAD|POST|PUT|DELETE|OPTIONS|CONNECT|TRACE|PATCH) )[A-Z]+ ")
"""A method that is none of those that the parser knows, so that it is what the parser complains of."""


def protocol_error_of(error: HttpParserError, data: bytes | memoryview) -> ProtocolError:
    """What the parser's error about these bytes is told as."""
    cause = error.__context__
    if isinstance(cause, ProtocolError):
        return cause
    if isinstance(error, HttpParserInvalidMethodError):
        return UNKNOWN_METHOD if _METHOD.match(data) else NOT_HTTP
    return OTHER_VERSION if str(error) == _WRONG_VERSION else NOT_HTTP
