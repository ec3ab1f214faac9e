"""What a connection beyond the limit on connections is answered."""

from starlette.types import ASGIApp, Receive, Scope, Send

from server.http.errors import CLOSE, error_response

HEALTH = ("/livez", "/readyz", "/metrics")


class HealthChecksOnly:
    """Answers health checks, and refuses everything else while there are too many connections."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: ASGIApp = self._app
        if scope["path"] not in HEALTH:
            answer = error_response("OVERLOADED", "Too many connections; try again in a second.", headers=CLOSE)
        await answer(scope, receive, send)
