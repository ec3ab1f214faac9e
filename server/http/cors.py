"""Which pages may ask from a browser (CORS): https://fetch.spec.whatwg.org/#http-cors-protocol"""

import logging
from typing import Any

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from server.http import headers as own
from server.http.errors import error_response
from server.http.host import LOCAL_ORIGIN
from server.settings.settings import Settings

logger = logging.getLogger("freehold")

_REQUEST_HEADERS = (
    *("authorization", "content-type", "if-none-match"),
    *(own.REQUEST_ID, own.COST, own.TRACE, own.CONSISTENCY_TOKEN),
    # What browser clients add: Apollo, graphql-request and urql plugins; OpenTelemetry and Sentry.
    *("apollo-require-preflight", "apollographql-client-name", "apollographql-client-version"),
    *("graphql-client-name", "graphql-client-version", "x-apollo-operation-name", "x-apollo-operation-id"),
    *("x-requested-with", "cache-control", "pragma"),
    *("traceparent", "tracestate", "baggage", "sentry-trace"),
)
_RESPONSE_HEADERS = (
    *("etag", "ratelimit", "ratelimit-policy", "retry-after", "www-authenticate", "server-timing"),
    *(own.REQUEST_ID, own.CONSISTENCY_TOKEN),
)
_LONGEST = 200


class Cors(CORSMiddleware):
    """Starlette's middleware; it also says, in the log and to the page's developer, why a preflight is refused.

    A POST without `Origin` goes past it: nobody keeps its answer, so no `Vary` need name that header.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        super().__init__(
            app,
            allow_origins=settings.cors_origins,
            allow_origin_regex=LOCAL_ORIGIN if settings.is_undecided else None,
            allow_methods=["GET", "HEAD", "POST"],
            allow_headers=[*_REQUEST_HEADERS, *settings.cors_headers],
            expose_headers=_RESPONSE_HEADERS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or (scope["method"] == "POST" and not _comes_from_page(scope)):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def preflight_response(self, request_headers: Headers) -> Response:
        """200, or 400 with what the page asks for in vain, and the setting that would allow it."""
        response = super().preflight_response(request_headers)
        if response.status_code == 200:
            return response
        reason = self._refused(request_headers)
        logger.warning("a preflight is refused: %s", reason)
        headers: dict[str, Any] = {
            name: value for name, value in response.headers.items() if not name.startswith("content-")
        }
        return error_response("PREFLIGHT_REFUSED", f"This preflight is refused: {reason}.", headers=headers)

    def _refused(self, asked: Headers) -> str:
        origin = _shown(asked["origin"])
        if not self.is_allowed_origin(asked["origin"]):
            return f"pages of {origin} may not ask; FREEHOLD_CORS_ORIGINS names the origins that may"
        method = asked["access-control-request-method"]
        if method not in self.allow_methods:
            return f"a page of {origin} asks for the method {_shown(method)}, and only GET, HEAD and POST are answered"
        names = [name.strip().lower() for name in asked.get("access-control-request-headers", "").split(",")]
        unknown = [name for name in names if name not in self.allow_headers]
        if unknown and not self.allow_all_headers:
            return (
                f"a page of {origin} asks to send {_shown(', '.join(unknown))};"
                " FREEHOLD_CORS_HEADERS names headers that may be sent besides the usual ones"
            )
        return f"a page of {origin} is not on this machine's network, and asks for access to it"


def allows_any(settings: Settings) -> bool:
    """Whether pages of any other origin may ask at all."""
    return bool(settings.cors_origins) or settings.is_undecided


def _comes_from_page(scope: Scope) -> bool:
    return any(name == b"origin" for name, _ in scope["headers"])


def _shown(text: str) -> str:
    """Text of a client's as it can stand in a log."""
    return ascii(text[:_LONGEST])[1:-1]
