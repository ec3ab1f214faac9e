"""A GraphQL response over HTTP: what its headers are is known, and not worked out again for each."""

from starlette.responses import Response


class GraphQLResponse(Response):
    """A JSON body of a content type; `headers` come besides the two that tell of it."""

    def __init__(self, body: bytes, status: int, content_type: bytes, headers: list[tuple[bytes, bytes]]) -> None:
        self.body = body
        self.status_code = status
        self.background = None
        self.raw_headers = [(b"content-length", b"%d" % len(body)), (b"content-type", content_type), *headers]
