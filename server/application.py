"""The ASGI application: Starlette, and what answers `/graphql` before any router and middleware."""

import asyncio
from collections.abc import Iterable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

from server.auth.local_only import LocalOnly
from server.graphql.endpoint import GraphQLEndpoint
from server.http.cors import Cors, allows_any
from server.http.deadline import Stopped
from server.http.errors import error_response, internal_error_response
from server.http.request_id import RequestIdMiddleware
from server.http.uvicorn_cycle import is_unanswered
from server.settings.settings import Settings


class Application(Starlette):
    """Answers `/graphql` by its endpoint, `graphql`, once `lifespan` has set it; other paths by the routes."""

    def __init__(self, settings: Settings, routes: Iterable[BaseRoute], lifespan: "Lifespan[Application]") -> None:
        middleware = [Middleware(RequestIdMiddleware)]
        if settings.is_undecided:
            middleware.insert(0, Middleware(LocalOnly, settings.cors_origins))
        super().__init__(
            routes=list(routes),
            middleware=middleware,
            exception_handlers={404: _not_found, 405: _not_allowed, Exception: _failed},
            lifespan=lifespan,
        )
        self.router.redirect_slashes = False
        self._settings = settings

    @property
    def graphql(self) -> GraphQLEndpoint:
        """The endpoint of `/graphql`."""
        return self._endpoint

    @graphql.setter
    def graphql(self, endpoint: GraphQLEndpoint) -> None:
        settings = self._settings
        self._endpoint = endpoint
        self._preflights: ASGIApp = Cors(endpoint, settings)
        self._requests: ASGIApp = self._preflights if allows_any(settings) else endpoint
        if settings.is_undecided:
            self._preflights = LocalOnly(self._preflights, settings.cors_origins)
            self._requests = LocalOnly(self._requests, settings.cors_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].removeprefix(scope.get("root_path", "")) == "/graphql":
            answer = self._preflights if scope["method"] == "OPTIONS" else self._requests
            await answer(scope, receive, send)
            return
        try:
            await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            if not is_unanswered(receive):
                raise
            await RequestIdMiddleware(Stopped().response())(scope, receive, send)


async def _not_found(request: Request, exc: Exception) -> Response:
    return error_response("NOT_FOUND", "There is nothing at this address; GraphQL is at /graphql.")


async def _not_allowed(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    allowed = ", ".join(sorted((exc.headers or {})["Allow"].split(", ")))
    return error_response("METHOD_NOT_ALLOWED", f"This address is answered to {allowed}.", headers={"allow": allowed})


async def _failed(request: Request, exc: Exception) -> Response:
    return internal_error_response(exc)
