"""A request as the endpoint reads it: straight from ASGI, its headers put in order once."""

from collections.abc import Sequence
from functools import cached_property

import msgspec
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope

from server.http.errors import RequestError
from server.http.headers import CONSISTENCY_TOKEN
from server.http.uvicorn_cycle import arrived_body


class BodyTooLarge(RequestError):
    """The body has more than `limit` bytes, or announces more."""

    def __init__(self, limit: int) -> None:
        super().__init__("BODY_TOO_LARGE", f"The body must have at most {limit} bytes.")


class HungUp(Exception):
    """The client has gone: nobody waits for the answer."""


class Effects(msgspec.Struct):
    """What a request has written so far: its client hears of that even if the request fails or is stopped.

    `committed` has the ids that each mutation wrote, by its response name.
    """

    committed: dict[str, Sequence[str]] = {}
    consistency_token: str | None = None

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The response headers that tell of it, as ASGI has them."""
        token = self.consistency_token
        return [] if token is None else [(CONSISTENCY_TOKEN.encode(), token.encode())]


class Request:
    """One request. `body_is_read` says that `receive` has nothing more to give than the client's hanging up."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope = scope
        self.receive = receive
        self.method: str = scope["method"]
        self.headers: dict[bytes, bytes] = dict(reversed(scope["headers"]))  # the first of a name counts
        self.body_is_read = False
        self.effects = Effects()

    def header(self, name: bytes) -> str | None:
        """The text of a header; its name is in lower case."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def values(self, name: bytes) -> list[str]:
        """The texts of all headers of a name, in lower case."""
        return [value.decode("latin-1") for each, value in self.scope["headers"] if each == name]

    @cached_property
    def parameters(self) -> QueryParams:
        """Those of the address."""
        return QueryParams(self.scope["query_string"])

    @property
    def address(self) -> str:
        """The caller's; that which a trusted proxy told, if there is one."""
        client = self.scope.get("client")
        return client[0] if client else ""

    def check_length(self, limit: int) -> None:
        """Raises BodyTooLarge for an announced length that is above the limit, or none."""
        announced = self.headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > limit:
            raise BodyTooLarge(limit)

    def arrived_body(self, limit: int) -> bytes | None:
        """The body, once, if it is all there. Raises BodyTooLarge."""
        body = arrived_body(self.receive)
        if body is not None:
            self.body_is_read = True
            if len(body) > limit:
                raise BodyTooLarge(limit)
        return body

    async def body(self, limit: int) -> bytes:
        """What is still to come of it. Raises BodyTooLarge as soon as too much has come, or HungUp."""
        parts: list[bytes] = []
        size, more = 0, True
        while more:
            message = await self.receive()
            if message["type"] == "http.disconnect":
                raise HungUp
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                raise BodyTooLarge(limit)
            more = message.get("more_body", False)
        self.body_is_read = True
        return b"".join(parts)
