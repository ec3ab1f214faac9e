"""Errors as responses: one table says the status and the headers of each code."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from starlette.responses import Response

from schema.errors import ErrorCode
from server.http.request_id import request_id
from server.http.response import encode

logger = logging.getLogger("freehold")

CHALLENGE = 'Bearer realm="freehold"'
"""`WWW-Authenticate` of RFC 6750."""
RETRY_AFTER = {"retry-after": "1"}
"""Seconds after which an overloaded server may be asked again."""
CLOSE = {"connection": "close"}


class Answer(NamedTuple):
    """The status of a code, and the headers that every response with it has."""

    status: int
    headers: Mapping[str, str] = {}


ANSWERS: Mapping[str, Answer] = {
    "BAD_REQUEST": Answer(400),
    "PREFLIGHT_REFUSED": Answer(400),
    "ANSWER_TOO_LARGE": Answer(400),
    ErrorCode.UNAUTHENTICATED: Answer(401, {"www-authenticate": CHALLENGE}),
    ErrorCode.FORBIDDEN: Answer(403),
    ErrorCode.DOCUMENT_NOT_TRUSTED: Answer(403),
    "NOT_FOUND": Answer(404),
    ErrorCode.METHOD_NOT_ALLOWED: Answer(405, {"allow": "POST"}),  # of a mutation by GET
    "REQUEST_TIMEOUT": Answer(408),
    "BODY_TOO_LARGE": Answer(413, CLOSE),
    "ADDRESS_TOO_LONG": Answer(414),
    "UNSUPPORTED_MEDIA_TYPE": Answer(415),
    "MISDIRECTED": Answer(421),
    ErrorCode.RATE_LIMITED: Answer(429),
    "HEADERS_TOO_LARGE": Answer(431),
    ErrorCode.INTERNAL: Answer(500),
    ErrorCode.OVERLOADED: Answer(503, RETRY_AFTER),
    ErrorCode.UNAVAILABLE: Answer(503),
    ErrorCode.DEADLINE_EXCEEDED: Answer(504),
    "HTTP_VERSION_NOT_SUPPORTED": Answer(505),
}
"""By code, for responses without data. Codes that are missing here are a document's or a variable's: GraphQL over HTTP
gives those 400 or 200, by the media type."""


class RequestError(Exception):
    """A request is answered with this error alone. `headers` come besides those of its code in ANSWERS."""

    def __init__(self, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.headers = headers

    def response(self, committed: Mapping[str, Sequence[str]] | None = None) -> Response:
        """The response; `committed` as `error_response` takes it."""
        return error_response(self.code, str(self), headers=self.headers, committed=committed)


def error_response(
    code: str,
    message: str,
    *,
    headers: Mapping[str, str] | None = None,
    committed: Mapping[str, Sequence[str]] | None = None,
) -> Response:
    """A response in the shape of a GraphQL error, so that every client can read it, and for no cache to keep.

    `committed` has the ids that mutations wrote before the request was stopped, by their response names. Then the
    status is never 503, because proxies and clients send such a request again.
    """
    status, fixed = ANSWERS[code]
    extensions: dict[str, Any] = {"code": code}
    if code == ErrorCode.INTERNAL:
        extensions["requestId"] = request_id.get()
    if committed:
        extensions["committed"] = committed
        status = 500 if status == 503 else status
    body = {"errors": [{"message": message, "extensions": extensions}]}
    headers = {"cache-control": "no-store", **fixed, **(headers or {})}
    return Response(encode(body), status_code=status, headers=headers, media_type="application/json")


def internal_error_response(error: Exception, committed: Mapping[str, Sequence[str]] | None = None) -> Response:
    """500 for an error that nothing foresees. Logs it under the request's id, which is all that the client sees."""
    logger.error("request %s failed", request_id.get(), exc_info=error)
    return error_response(ErrorCode.INTERNAL, f"Internal error; its id is {request_id.get()}.", committed=committed)
