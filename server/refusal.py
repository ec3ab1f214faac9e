"""The answer to a request that never became a GraphQL operation."""

from collections.abc import Mapping

import orjson
from starlette.responses import Response


def refuse(status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """A response in the shape of a GraphQL error, so that every client can read it."""
    body = {"errors": [{"message": message, "extensions": {"code": code}}]}
    return Response(orjson.dumps(body), status_code=status, headers=headers, media_type="application/json")
