"""Closes connections after their next response, while the server is about to stop."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

IS_STOPPING = "is_stopping"
"""In the ASGI state of each request: the server is about to stop."""


class ConnectionClose:
    """Adds `Connection: close` to each response of `app`.

    A client that reads `Connection: close` sends its next request on another connection (RFC 9112, 9.6), so none is
    lost when the server closes what is still open.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_last(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["state"][IS_STOPPING] = True
        await self._app(scope, receive, send_last)
