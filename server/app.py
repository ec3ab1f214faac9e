"""The ASGI application: the one place where settings, store, schema and routes come together."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from executor import BatchedExecutor
from schema.build import build_schema
from server.body_limit import BodyLimitMiddleware
from server.graphql import GraphQLEndpoint
from server.health import answer_alive, answer_ready
from server.opening import open_stores
from server.refusal import refuse
from server.request_id import RequestIdMiddleware, request_id
from server.settings import Settings, load_settings
from storage.database import OnQuery, ignore_query
from storage.events import OnEvent, ignore_event

logger = logging.getLogger("freehold")


def create_app(
    settings: Settings | None = None, *, on_query: OnQuery = ignore_query, on_event: OnEvent = ignore_event
) -> Starlette:
    """The application; its store opens when it starts and closes when it stops.

    `on_query` hears of every statement, `on_event` of what the layers over the database do. Raises InvalidSettings; at
    its start, SchemaMismatch or Unavailable.
    """
    settings = settings or load_settings()
    endpoint = GraphQLEndpoint(
        build_schema([BatchedExecutor()]),
        currency=settings.currency,
        graphiql=settings.graphiql,
        bound=settings.cache_bound,
    )

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with open_stores(settings, on_query=on_query, on_event=on_event) as endpoint.stores:
            await endpoint.stores.fresh.check()
            yield

    async def home(request: Request) -> Response:
        return RedirectResponse("/graphql")

    async def livez(request: Request) -> Response:
        return answer_alive()

    async def readyz(request: Request) -> Response:
        return await answer_ready(endpoint.stores.fresh)

    return Starlette(
        routes=[
            Route("/graphql", endpoint),
            Route("/", home),
            Route("/livez", livez),
            Route("/readyz", readyz),
        ],
        middleware=[Middleware(RequestIdMiddleware), Middleware(BodyLimitMiddleware, limit=settings.body_limit)],
        exception_handlers={404: _not_found, Exception: _failed},
        lifespan=lifespan,
    )


async def _not_found(request: Request, exc: Exception) -> Response:
    return refuse(404, "NOT_FOUND", "There is nothing at this address; GraphQL is at /graphql.")


async def _failed(request: Request, exc: Exception) -> Response:
    logger.error("request %s failed", request_id.get(), exc_info=exc)
    return refuse(500, "INTERNAL", f"Internal error; its id is {request_id.get()}.")
