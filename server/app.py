"""The ASGI application: the one place where settings, store, schema and routes come together."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from executor import BatchedExecutor
from schema.build import build_schema
from server.admission.admission import build_admission
from server.admission.prepared_queries import build_prepared_queries
from server.auth.local_only import LocalOnly
from server.explorer.page import FILES, Explorer
from server.graphql.endpoint import GraphQLEndpoint
from server.graphql.execution import Execution
from server.guard import Guard
from server.http.cors import Cors, allows_any
from server.http.deadline import Stopped
from server.http.errors import error_response, internal_error_response
from server.http.health import answer_alive, answer_ready
from server.http.request_id import RequestIdMiddleware
from server.http.uvicorn_cycle import is_unanswered
from server.observability.access_log import RequestLog
from server.observability.explain_endpoint import PlanEndpoint
from server.observability.metrics import Telemetry, both
from server.observability.statement_texts import StatementTexts
from server.redis_links import build_links
from server.runtime.connection_close import STATE
from server.runtime.connections import Connections, limits_of
from server.runtime.garbage_collector import freezing
from server.runtime.uvicorn_protocol import CONNECTIONS
from server.settings.settings import Settings, load_settings
from server.shared import build_shared
from server.stores import open_stores
from storage.database import Database, OnQuery, ignore_query
from storage.events import OnEvent, ignore_event


class Application(Starlette):
    """Starlette for everything but `/graphql`: what answers that comes before any router and middleware."""

    def __init__(self, graphql: GraphQLEndpoint, settings: Settings, **options: Any) -> None:
        middleware = [Middleware(RequestIdMiddleware)]
        self.graphql = graphql
        self._preflights: ASGIApp = Cors(graphql, settings)
        self._graphql: ASGIApp = self._preflights if allows_any(settings) else graphql
        if settings.is_undecided:
            middleware.insert(0, Middleware(LocalOnly, settings.cors_origins))
            self._preflights = LocalOnly(self._preflights, settings.cors_origins)
            self._graphql = LocalOnly(self._graphql, settings.cors_origins)
        super().__init__(middleware=middleware, **options)
        self.router.redirect_slashes = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].removeprefix(scope.get("root_path", "")) == "/graphql":
            answer = self._preflights if scope["method"] == "OPTIONS" else self._graphql
            await answer(scope, receive, send)
            return
        try:
            await super().__call__(scope, receive, send)
        except asyncio.CancelledError:
            if not is_unanswered(receive):
                raise
            await RequestIdMiddleware(Stopped().response())(scope, receive, send)


def create_app(
    settings: Settings | None = None, *, on_query: OnQuery = ignore_query, on_event: OnEvent = ignore_event
) -> Application:
    """The application; its store opens when it starts and closes when it stops.

    `on_query` hears of every statement, `on_event` of what the layers over the database do. Raises InvalidSettings,
    InvalidManifest or Exposed; at its start, SchemaMismatch or Unavailable.
    """
    settings = settings or load_settings()
    explorer = (
        Explorer(development=settings.trace, trusted_only=settings.enforces_trusted_documents)
        if settings.graphiql
        else None
    )
    texts = StatementTexts() if settings.trace else None
    connections = Connections(limits_of(settings))
    telemetry = Telemetry(connections)
    links = build_links(settings)
    shared = build_shared(links.shared)
    admission = build_admission(settings, shared.buckets)
    guard = Guard(settings, admission, shared.registry)
    schema = build_schema()
    executor = BatchedExecutor(structs=True, on_fallback=telemetry.on_fallback)
    queries = build_prepared_queries(settings, schema, executor)
    endpoint = GraphQLEndpoint(
        currency=settings.currency,
        explorer=explorer,
        texts=texts,
        log=RequestLog(slow=settings.slow_statement, most_runs=settings.repeated_statements),
        bound=settings.cache_bound,
        body_limit=settings.body_limit,
        answer_limit=settings.answer_limit,
        telemetry=telemetry,
        guard=guard,
        execution=Execution(schema, queries, admission, executor, suggestions=settings.suggests),
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        async with (
            links.opened(),
            open_stores(
                settings,
                links.cache,
                on_query=both(on_query, telemetry.on_query),
                on_event=both(on_event, telemetry.on_event),
            ) as stores,
        ):
            await stores.store.check()
            endpoint.stores = telemetry.stores = stores
            try:
                async with telemetry.sampling(), freezing(), connections.watched():
                    yield {CONNECTIONS: connections}
            finally:
                await guard.close()

    async def home(request: Request) -> Response:
        return RedirectResponse("/graphql")

    async def livez(request: Request) -> Response:
        return answer_alive()

    async def readyz(request: Request) -> Response:
        return await answer_ready(endpoint.stores.store, is_leaving=hasattr(request.state, STATE))

    async def metrics(request: Request) -> Response:
        return telemetry.answer()

    def database() -> Database:
        return endpoint.stores.database

    return Application(
        endpoint,
        settings,
        routes=[
            Route("/", home),
            Route("/livez", livez),
            Route("/readyz", readyz),
            Route("/metrics", metrics),
            *_explorer_routes(explorer, texts, database),
        ],
        exception_handlers={404: _not_found, 405: _not_allowed, Exception: _failed},
        lifespan=lifespan,
    )


def _explorer_routes(
    explorer: Explorer | None, texts: StatementTexts | None, database: Callable[[], Database]
) -> Iterator[Route]:
    """The page's files, and in development the plans of statements."""
    if explorer is not None:
        yield Route(f"{FILES}/{{name}}", explorer.file)
    if texts is not None:
        plans = PlanEndpoint(texts, database)
        yield Route("/graphql/plans/{id}", plans.answer)


async def _not_found(request: Request, exc: Exception) -> Response:
    return error_response("NOT_FOUND", "There is nothing at this address; GraphQL is at /graphql.")


async def _not_allowed(request: Request, exc: Exception) -> Response:
    assert isinstance(exc, HTTPException)
    allowed = ", ".join(sorted((exc.headers or {})["Allow"].split(", ")))
    return error_response("METHOD_NOT_ALLOWED", f"This address is answered to {allowed}.", headers={"allow": allowed})


async def _failed(request: Request, exc: Exception) -> Response:
    return internal_error_response(exc)
