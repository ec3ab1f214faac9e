"""What is answered at other addresses than `/graphql`."""

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from server.explorer.page import FILES, Explorer
from server.http.health import answer_alive, answer_ready
from server.observability.explain_endpoint import ExplainEndpoint
from server.observability.metrics import Metrics
from server.observability.statement_texts import StatementTexts
from server.runtime.connection_close import IS_STOPPING
from server.stores import Stores


def build_routes(metrics: Metrics, explorer: Explorer | None, texts: StatementTexts | None) -> Iterator[Route]:
    """Health, metrics, the explorer's files, and in development the plans of statements."""

    async def answer_metrics(request: Request) -> Response:
        return metrics.answer()

    yield Route("/", _home)
    yield Route("/livez", _livez)
    yield Route("/readyz", _readyz)
    yield Route("/metrics", answer_metrics)
    if explorer is not None:
        yield Route(f"{FILES}/{{name}}", explorer.file)
    if texts is not None:
        plans = ExplainEndpoint(texts, lambda request: _stores(request).database)
        yield Route("/graphql/plans/{id}", plans.answer)


async def _home(request: Request) -> Response:
    return RedirectResponse("/graphql")


async def _livez(request: Request) -> Response:
    return answer_alive()


async def _readyz(request: Request) -> Response:
    return await answer_ready(_stores(request).store, is_stopping=hasattr(request.state, IS_STOPPING))


def _stores(request: Request) -> Stores:
    stores: Stores = request.app.graphql.stores
    return stores
