"""The answer to a request of which nothing was executed."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from schema.errors import ErrorCode

CHALLENGE = {"www-authenticate": 'Bearer realm="freehold"'}
_STATUS: dict[str, tuple[int, dict[str, str]]] = {
    ErrorCode.UNAUTHENTICATED: (401, CHALLENGE),
    ErrorCode.FORBIDDEN: (403, {}),
    ErrorCode.DOCUMENT_NOT_TRUSTED: (403, {}),
    ErrorCode.RATE_LIMITED: (429, {}),
}


def refuse(status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """A response in the shape of a GraphQL error, so that every client can read it."""
    body = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return Response(orjson.dumps(body), status_code=status, headers=headers, media_type="application/json")


def refusal_of(errors: list[dict[str, Any]], otherwise: int) -> tuple[int, Mapping[str, str]]:
    """The status, and headers besides, of an operation that was refused for these errors."""
    return _STATUS.get(errors[0]["extensions"]["code"], (otherwise, {}))
