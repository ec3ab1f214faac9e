"""The answer to a request that has no data: nothing was executed, or it was given up."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from schema.errors import ErrorCode
from server.http.request_id import request_id
from server.http.response import encode

logger = logging.getLogger("freehold")

CHALLENGE = {"www-authenticate": 'Bearer realm="freehold"'}
_STATUS: dict[str, tuple[int, dict[str, str]]] = {
    ErrorCode.UNAUTHENTICATED: (401, CHALLENGE),
    ErrorCode.FORBIDDEN: (403, {}),
    ErrorCode.DOCUMENT_NOT_TRUSTED: (403, {}),
    ErrorCode.METHOD_NOT_ALLOWED: (405, {"allow": "POST"}),
    ErrorCode.RATE_LIMITED: (429, {}),
}


def refuse(
    status: int,
    code: str,
    message: str,
    *,
    headers: Mapping[str, str] | None = None,
    committed: Mapping[str, Sequence[str]] | None = None,
) -> Response:
    """A response in the shape of a GraphQL error, so that every client can read it, and for no cache to keep.

    `committed` has the ids that mutations wrote before the request was given up, by their response names.
    """
    extensions: dict[str, Any] = {"code": code}
    if committed:
        extensions["committed"] = committed
    body = {"errors": [{"message": message, "extensions": extensions}]}
    headers = {"cache-control": "no-store", **(headers or {})}
    return Response(encode(body), status_code=status, headers=headers, media_type="application/json")


def refuse_failed(error: Exception, committed: Mapping[str, Sequence[str]] | None = None) -> Response:
    """500 for what nobody has foreseen; the log has the rest under the request's id."""
    logger.error("request %s failed", request_id.get(), exc_info=error)
    return refuse(500, ErrorCode.INTERNAL, f"Internal error; its id is {request_id.get()}.", committed=committed)


def refuse_stopped(committed: Mapping[str, Sequence[str]] | None = None) -> Response:
    """503 as the server ends; 500 for what wrote something, since proxies send again what was answered with 503."""
    message = "The server is stopping and did not finish this request; try again."
    headers = {"connection": "close"}
    return refuse(500 if committed else 503, ErrorCode.UNAVAILABLE, message, headers=headers, committed=committed)


def refusal_of(errors: list[dict[str, Any]], otherwise: int) -> tuple[int, Mapping[str, str]]:
    """The status, and headers besides, of an operation that was refused for these errors."""
    return _STATUS.get(errors[0]["extensions"]["code"], (otherwise, {}))
