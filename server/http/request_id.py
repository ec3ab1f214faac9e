"""A name for each request: in its log lines, in its masked errors and in its response."""

import re
from contextvars import ContextVar
from random import Random

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.http.headers import REQUEST_ID

_HEADER = REQUEST_ID.encode()
_TRUSTED = re.compile(rb"[\w.:/-]{1,128}")

request_id: ContextVar[str] = ContextVar("request_id", default="-")

_random = Random()  # an id is to be unique: nobody need fail to guess it


def name_request(sent: bytes | None) -> str:
    """The id that a proxy sent if it is a plain word, else a new one; `request_id` is set to it."""
    if sent is not None and _TRUSTED.fullmatch(sent):
        name = sent.decode()
    else:
        name = _random.getrandbits(128).to_bytes(16).hex()
    request_id.set(name)
    return name


class RequestIdMiddleware:
    """Names what comes, and says the name in the response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        name = name_request(dict(scope["headers"]).get(_HEADER))

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID] = name
            await send(message)

        await self.app(scope, receive, send_named)
