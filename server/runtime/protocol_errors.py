"""What is answered to bytes that are no request, or none that is taken. The connection is closed after it."""

import re

from httptools import HttpParserError, HttpParserInvalidMethodError
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from server.graphql.errors import RETRY_AFTER
from server.http.errors import refuse


class Malformed(Exception):
    """The answer's status, code, message, and headers of these names, `_` for `-`."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._body = refuse(status, code, message, headers=named | {"connection": "close"})

    def response(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        """The whole response, with these headers besides."""
        lines = map(b": ".join, (*headers, *self._body.raw_headers))
        return b"".join((STATUS_LINE[self.status], b"\r\n".join(lines), b"\r\n\r\n", bytes(self._body.body)))


_WRONG_VERSION = "Invalid HTTP version"
"""What the parser says of a version that it does not know."""

HEAD_LIMIT = 64 * 1024
"""Bytes of a request line and headers; also of chunk extensions or trailers without a byte of the body between."""
MOST_HEADERS = 200

NO_HTTP = Malformed(400, "BAD_REQUEST", "This is not a valid HTTP/1.1 request.")
WRONG_HOST = Malformed(400, "BAD_REQUEST", "The request must have one Host header, with a name or an address.")
WRONG_TARGET = Malformed(400, "BAD_REQUEST", "The address must not have a fragment (`#`).")
WRONG_CODING = Malformed(400, "BAD_REQUEST", "Only `Transfer-Encoding: chunked` is understood, in HTTP/1.1.")
OTHER_VERSION = Malformed(505, "BAD_REQUEST", "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
UNKNOWN_METHOD = Malformed(
    405, "METHOD_NOT_ALLOWED", "This method is not known; use GET, HEAD or POST.", allow="GET, HEAD, POST"
)
TUNNEL = Malformed(405, "METHOD_NOT_ALLOWED", "CONNECT is not answered: this is no proxy.", allow="GET, HEAD, POST")
LONG_ADDRESS = Malformed(
    414, "ADDRESS_TOO_LONG", f"Address and headers must have at most {HEAD_LIMIT:,} bytes: send the query by POST."
)
LARGE_HEAD = Malformed(
    431,
    "HEADERS_TOO_LARGE",
    f"Address and headers must have at most {HEAD_LIMIT:,} bytes, in at most {MOST_HEADERS} headers.",
)
LARGE_CHUNKS = Malformed(
    400, "BAD_REQUEST", f"Chunk extensions and trailers must have at most {HEAD_LIMIT:,} bytes in a row."
)
CROWDED = Malformed(
    503,
    "OVERLOADED",
    "Too much is being sent to this server at once; try again in a second.",
    retry_after=RETRY_AFTER,
)
_METHOD = re.compile(rb"(?!(GET|HEAD|POST|PUT|DELETE|OPTIONS|CONNECT|TRACE|PATCH) )[A-Z]+ ")
"""A method that is none of those that the parser knows, so that it is what the parser complains of."""


def malformed_by(error: HttpParserError, data: bytes | memoryview) -> Malformed:
    """What the parser's error about these bytes is told as."""
    cause = error.__context__
    if isinstance(cause, Malformed):
        return cause
    if isinstance(error, HttpParserInvalidMethodError):
        return UNKNOWN_METHOD if _METHOD.match(data) else NO_HTTP
    return OTHER_VERSION if str(error) == _WRONG_VERSION else NO_HTTP


LATE_HEAD = Malformed(408, "REQUEST_TIMEOUT", "The headers took too long to arrive.")
