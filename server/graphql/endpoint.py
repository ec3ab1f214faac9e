"""The GraphQL endpoint, per https://graphql.github.io/graphql-over-http/draft/"""

from typing import Any

from graphql import ExecutionResult
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Send
from starlette.types import Scope as Connection

from schema.errors import ErrorCode
from schema.viewer import Scope, Viewer
from server.admission.admission import Admission, scope_error
from server.auth.access import Access
from server.auth.errors import Unauthenticated
from server.explorer.page import Explorer
from server.graphql.cache_control import CacheControl
from server.graphql.context import RequestContext, build_context
from server.graphql.errors import format_errors, is_overloaded
from server.graphql.execution import Execution
from server.graphql.parameters import read_address, read_body
from server.graphql.response_cache import ResponseCache
from server.http.conditional import UNKEPT, is_shared, revalidated
from server.http.consistency_token import any_is_current
from server.http.deadline import RequestWatch
from server.http.errors import ANSWERS, Answer, RequestError, internal_error_response
from server.http.headers import CONSISTENCY_TOKEN, COST, REQUEST_ID, TRACE
from server.http.negotiation import GRAPHQL_RESPONSE, JSON, pick_media_type
from server.http.request import Effects, HungUp, Request
from server.http.request_id import name_request
from server.http.response import GraphQLResponse, encode
from server.http.uvicorn_cycle import send_in_one_write
from server.observability.access_log import AccessLog
from server.observability.metrics import Metrics
from server.observability.statement_texts import StatementTexts
from server.observability.trace import Trace, describe, is_asked_for, may_trace, server_timing
from server.persisted.queries import ID_PARAMETERS, DocumentRefused, PersistedQueries
from server.settings.settings import Settings
from server.stores import Stores
from storage.store import Reads

_NAMES_A_DOCUMENT = {"query", "extensions", *ID_PARAMETERS}
_JSON = JSON.encode()
_VARY = f"accept, authorization, {CONSISTENCY_TOKEN}".encode()
_TOKEN = CONSISTENCY_TOKEN.encode()
_AUTHORIZATION = b"authorization"
_TRACE = TRACE.encode()
_COST = COST.encode()
_REQUEST_ID = REQUEST_ID.encode()
_UNKEPT = (b"cache-control", UNKEPT.encode())
_SAFE = ("GET", "HEAD")
_TOO_LARGE = "The answer has {:,} bytes, more than the {:,} allowed. Ask for less."
_METHODS = {"allow": "GET, HEAD, POST"}
_CONTENT_TYPES = {name: f"{name}; charset=utf-8".encode() for name in (JSON, GRAPHQL_RESPONSE)}


class GraphQLEndpoint:
    """Queries by GET and HEAD, anything by POST, and the explorer's page for a browser.

    Nothing of a framework comes before it. `responses` is None where nothing can be cached; in development `texts`
    remembers the statements that traces name.
    """

    def __init__(
        self,
        settings: Settings,
        stores: Stores,
        responses: ResponseCache | None,
        *,
        access: Access,
        admission: Admission,
        persisted: PersistedQueries,
        execution: Execution,
        explorer: Explorer | None,
        texts: StatementTexts | None,
        metrics: Metrics,
    ) -> None:
        self.stores = stores
        self.responses = responses
        self._cached: Reads = stores.fresh if stores.cached is None else stores.cached
        self._currency = settings.currency
        self._max_staleness = settings.cache_bound
        self._body_limit = settings.body_limit
        self._answer_limit = settings.answer_limit
        self._access = access
        self._admission = admission
        self._persisted = persisted
        self._execution = execution
        self._explorer = explorer
        self._texts = texts
        self._metrics = metrics
        self._log = AccessLog(slow=settings.slow_statement, most_runs=settings.repeated_statements)
        self._cache_control = CacheControl(access.public, settings.max_age)
        self._watch = RequestWatch(settings.request_timeout)

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        name = name_request(request.headers.get(_REQUEST_ID))
        response: Response | None = None
        with Trace() as trace:
            try:
                with self._watch.over(request):
                    response = await self._respond(request, trace)
            except HungUp:
                return
            except Exception as error:
                response = _error_response(error, request.effects)
                response.headers["content-type"] = _CONTENT_TYPES[_media_type(request)].decode()
                response.raw_headers += request.effects.headers()
            finally:
                if not isinstance(response, HTMLResponse):
                    self._note(trace, response)
            if trace.wanted:
                response.headers["server-timing"] = server_timing(trace.timeline())
        if request.method == "POST" or not is_shared(response):
            response.raw_headers.append((_REQUEST_ID, name.encode()))
        # What uvicorn starts when it is sent takes over this context, and no trace with it.
        if not send_in_one_write(send, response):
            await response(scope, receive, send)

    def _note(self, trace: Trace, response: Response | None) -> None:
        status = None if response is None else response.status_code
        self._log.note(trace, status=status)
        self._metrics.note_request(trace, status)

    async def _respond(self, request: Request, trace: Trace) -> Response:
        """Raises HungUp or RequestError."""
        request.check_length(self._body_limit)
        if request.headers.get(b"content-encoding", b"identity") != b"identity":
            raise RequestError("UNSUPPORTED_MEDIA_TYPE", "The body must not be compressed.")
        viewer = await self._viewer(request) if _AUTHORIZATION in request.headers else self._access.public
        context = self._context(request, trace, viewer)
        if request.method == "POST":
            _check_media_type(request)
        elif context.is_safe:
            request.body_is_read = True
            if _wants_page(request):
                return self._page(request)
        else:
            raise RequestError("METHOD_NOT_ALLOWED", "GraphQL is answered to GET, HEAD and POST.", _METHODS)
        if not viewer.may(Scope.READ):
            return self._refuse_viewer(request, viewer, trace)
        if context.is_safe:
            asked = read_address(request.parameters)
        else:
            body = request.arrived_body(self._body_limit)
            asked = read_body(await request.body(self._body_limit) if body is None else body)
        given = asked.query
        try:
            if given is None:
                asked.query = await self._persisted.find(asked.extensions)
            else:
                self._persisted.check(given, asked.extensions)
            result = await self._execution.answer(asked, context)
            if given is not None and asked.extensions and result.data is not None:
                await self._persisted.registered(asked.query, asked.extensions)
        except DocumentRefused as error:
            result = ExecutionResult(None, [error])
        headers = request.effects.headers()
        if context.rate is not None:
            headers += context.rate.headers()
        if context.is_safe:
            kept = self._cache_control.of(result, asked.extensions, context)
            own = [] if kept.startswith("public") else headers  # a shared cache shows others what it keeps
            headers = [*own, (b"cache-control", kept.encode()), (b"vary", _VARY)]
        else:
            headers.append(_UNKEPT)
        answer = self._described(result, trace)
        may_repeat = not request.effects.committed
        response = _response(answer, _media_type(request), headers, may_repeat=may_repeat)
        if len(response.body) > self._answer_limit:
            raise RequestError("ANSWER_TOO_LARGE", _TOO_LARGE.format(len(response.body), self._answer_limit))
        return revalidated(request.header(b"if-none-match"), response) if context.is_safe else response

    async def _viewer(self, request: Request) -> Viewer:
        """Whose token it is. Raises RequestError; an invalid token is charged to its address."""
        try:
            return await self._access.viewer(request.values(_AUTHORIZATION))
        except Unauthenticated:
            await self._admission.charge_failure(request.address)
            raise

    def _refuse_viewer(self, request: Request, viewer: Viewer, trace: Trace) -> Response:
        """Whoever may not read may run nothing: no answer depends on the document, so that it tells nothing of ours."""
        answer = self._described(ExecutionResult(None, [scope_error(viewer, Scope.READ)]), trace)
        return _response(answer, _media_type(request), [_UNKEPT], may_repeat=True)

    def _page(self, request: Request) -> Response:
        if self._explorer is None:
            raise RequestError("NOT_FOUND", "Not Found")
        return self._explorer.page(request.scope)

    def _context(self, request: Request, trace: Trace, viewer: Viewer) -> RequestContext:
        headers = request.headers
        if _TRACE in headers and is_asked_for(request.header(_TRACE)):
            trace.wanted = may_trace(development=self._texts is not None, scopes=viewer.scopes)
        wrote = _TOKEN in headers and any_is_current(request.values(_TOKEN), self._max_staleness)
        return build_context(
            self.stores.fresh if wrote else self._cached,
            self.stores.store,
            self._currency,
            viewer,
            address=request.address,
            is_safe=request.method in _SAFE,
            wants_cost=_COST in headers and request.header(_COST) == "1",
            effects=request.effects,
            responses=None if wrote else self.responses,
            max_staleness=self._max_staleness,
            trace=trace,
        )

    def _described(self, result: Any, trace: Trace) -> dict[str, Any]:
        """The answer as it goes into the body."""
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            errors = format_errors(result.errors)
            trace.errors = len(errors)
            answer["errors"] = errors
            if result.data is None and not any(error.path for error in result.errors):
                del answer["data"]  # nothing was executed
        if result.extensions:
            answer["extensions"] = result.extensions
        if trace.wanted:
            answer.setdefault("extensions", {})["trace"] = describe(trace, trace.timeline(), self._texts)
        return answer


def _error_response(error: Exception, effects: Effects) -> Response:
    """What is answered to a request that ends with this error."""
    if isinstance(error, RequestError):
        return error.response(effects.committed)
    return internal_error_response(error, effects.committed)


def _response(
    answer: dict[str, Any], media_type: str, headers: list[tuple[bytes, bytes]], *, may_repeat: bool
) -> Response:
    """503 tells clients and proxies to send the request again, so it is not for one that wrote something."""
    status = 200
    if "errors" in answer:
        result = Answer(200)
        if may_repeat and is_overloaded(answer):
            result = ANSWERS[ErrorCode.OVERLOADED]
        elif "data" not in answer:
            otherwise = Answer(400 if media_type == GRAPHQL_RESPONSE else 200)
            result = ANSWERS.get(answer["errors"][0]["extensions"]["code"], otherwise)
        status = result.status
        headers = [*((name.encode(), value.encode()) for name, value in result.headers.items()), *headers]
    return GraphQLResponse(encode(answer), status, _CONTENT_TYPES[media_type], headers)


def _media_type(request: Request) -> str:
    return pick_media_type(request.header(b"accept"))


def _wants_page(request: Request) -> bool:
    return "text/html" in (request.header(b"accept") or "") and not _NAMES_A_DOCUMENT & set(request.parameters)


def _check_media_type(request: Request) -> None:
    media_type = request.headers.get(b"content-type", b"")
    if media_type != _JSON and media_type.partition(b";")[0].strip().lower() != _JSON:
        raise RequestError("UNSUPPORTED_MEDIA_TYPE", f"The body must be of the type {JSON}.")
