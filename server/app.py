"""Makes the ASGI application: the one place where settings, stores, schema and routes come together."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from typing import Any

from server.admission.admission import build_admission
from server.application import Application
from server.auth.access import build_access
from server.explorer.page import build_explorer
from server.graphql.endpoint import GraphQLEndpoint
from server.graphql.execution import build_execution
from server.graphql.response_cache import build_response_cache
from server.observability.metrics import Metrics, both
from server.observability.statement_texts import StatementTexts
from server.persisted.queries import build_persisted_queries
from server.redis_links import build_links
from server.routes import build_routes
from server.runtime.connections import Connections, limits_of
from server.runtime.garbage_collector import freezing_survivors
from server.runtime.uvicorn_protocol import CONNECTIONS
from server.settings.settings import Settings, load_settings
from server.shared import build_shared
from server.stores import open_stores
from storage.database import OnQuery, ignore_query
from storage.events import OnEvent, ignore_event


def create_app(
    settings: Settings | None = None, *, on_query: OnQuery = ignore_query, on_event: OnEvent = ignore_event
) -> Application:
    """The application; its stores open when it starts and close when it stops.

    `on_query` hears of every statement, `on_event` of what the layers over the database do. Raises InvalidSettings,
    InvalidManifest or Exposed; at its start, SchemaMismatch or Unavailable.
    """
    settings = settings or load_settings()
    connections = Connections(limits_of(settings))
    metrics = Metrics(connections)
    on_query, on_event = both(on_query, metrics.on_query), both(on_event, metrics.on_event)
    links = build_links(settings)
    shared = build_shared(links.shared)
    access = build_access(settings, settings.host)
    admission = build_admission(settings, shared.buckets)
    explorer, texts = build_explorer(settings), StatementTexts() if settings.trace else None
    build_endpoint = partial(
        GraphQLEndpoint,
        settings,
        access=access,
        admission=admission,
        persisted=build_persisted_queries(settings, shared.registry),
        execution=build_execution(settings, admission, metrics.on_fallback),
        explorer=explorer,
        texts=texts,
        metrics=metrics,
    )

    @asynccontextmanager
    async def lifespan(app: Application) -> AsyncIterator[dict[str, Any]]:
        async with (
            links.opened(),
            open_stores(settings, links.cache, on_query=on_query, on_event=on_event) as stores,
            aclosing(access),
        ):
            await stores.store.check()
            responses = build_response_cache(settings, stores, on_event)
            caches = [cache for cache in (stores.cache, responses) if cache is not None]
            app.graphql = build_endpoint(stores, responses)
            async with metrics.sampling(stores.database, caches), freezing_survivors(), connections.watched():
                yield {CONNECTIONS: connections}

    return Application(settings, build_routes(metrics, explorer, texts), lifespan)
