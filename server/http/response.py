"""A GraphQL response over HTTP: what its headers are is known, and not worked out again for each."""

from typing import Any

import msgspec
from starlette.responses import Response


def _built_in(value: Any) -> Any:
    """The text or number that an instance of a class of texts or numbers is."""
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    raise TypeError(f"{type(value).__name__} has no JSON")


encode = msgspec.json.Encoder(enc_hook=_built_in).encode
"""The JSON of an answer, whose rows may be the executor's structs."""


class GraphQLResponse(Response):
    """A JSON body of a content type; `headers` come besides the two that tell of it.

    Their names are in lower case, their values without line breaks, and none of them tells of the connection.
    """

    def __init__(self, body: bytes, status: int, content_type: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.body = body
        self.status_code = status
        self.background = None
        self.raw_headers = [(b"content-length", b"%d" % len(body)), (b"content-type", content_type), *headers]
