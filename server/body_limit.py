"""No request body larger than the limit, and none compressed, reaches the application."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.refusal import refuse


class BodyTooLarge(Exception):
    """More bytes came than the limit allows."""


class BodyLimitMiddleware:
    """Refuses with 413 by the announced length at once, else as soon as too much has come; a coding with 415."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if headers.get(b"content-encoding", b"identity") != b"identity":
            response = refuse(415, "UNSUPPORTED_MEDIA_TYPE", "The body must not be compressed.")
            await response(scope, receive, send)
            return
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.limit:
            await self._refuse(scope, receive, send)
            return
        try:
            await self.app(scope, self._counted(receive), send)
        except BodyTooLarge:
            await self._refuse(scope, receive, send)

    def _counted(self, receive: Receive) -> Receive:
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.limit:
                raise BodyTooLarge
            return message

        return counted

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        message = f"The body must have at most {self.limit} bytes."
        await refuse(413, "BODY_TOO_LARGE", message, headers={"connection": "close"})(scope, receive, send)
