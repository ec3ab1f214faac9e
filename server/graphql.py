"""The GraphQL endpoint, per https://graphql.github.io/graphql-over-http/draft/"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson
import strawberry
from cross_web import HTTPException
from graphql import ExecutionResult
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.http import GraphQLRequestData

from schema.context import Context
from schema.errors import ErrorCode
from server import written
from server.accept import GRAPHQL_RESPONSE, JSON, pick_media_type
from server.auth.errors import KeysUnavailable, Unauthenticated
from server.auth.refusal import refuse_token, refuse_without_keys
from server.context import RequestContext, build_context
from server.deadline import Attendance, DeadlinePassed, HungUp
from server.documents.freshness import UNKEPT, revalidated
from server.documents.lookup import DOCUMENT_ID, ID_PARAMETERS, Refused
from server.errors import RETRY_AFTER, format_error, is_overloaded, without_suggestions
from server.execution import Execution
from server.explorer import Explorer
from server.guard import COST_HEADER, Guard, address_of
from server.opening import Stores
from server.plans import Texts
from server.rate_limit.bucket import RateLimited
from server.refusal import refusal_of, refuse
from server.request_log import RequestLog
from server.telemetry import Telemetry
from server.trace import HEADER, Trace, current, describe, is_asked_for, may_trace, server_timing, tracing

_ATTENDANCE = "freehold.attendance"
_NAMES_A_DOCUMENT = {"query", "extensions", *ID_PARAMETERS}
_CODES = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 415: "UNSUPPORTED_MEDIA_TYPE", 421: "MISDIRECTED"}


class GraphQLEndpoint(GraphQL[Context, None]):
    """Queries by GET, anything by POST, and the explorer's page for a browser.

    `stores` is set while the application runs; `bound` is that of its cache. In development `texts` remembers the
    statements that traces name.
    """

    stores: Stores

    def __init__(
        self,
        schema: strawberry.Schema,
        *,
        currency: str,
        explorer: Explorer | None,
        texts: Texts | None,
        log: RequestLog,
        bound: float,
        telemetry: Telemetry,
        guard: Guard,
        execution: Execution,
    ) -> None:
        super().__init__(schema, graphql_ide="graphiql" if explorer else None, subscription_protocols=())
        self._currency = currency
        self._explorer = explorer
        self._texts = texts
        self._log = log
        self._bound = bound
        self._telemetry = telemetry
        self._guard = guard
        self._execution = execution

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        with suppress(HungUp), tracing() as trace:
            response = await self._answer(request, trace)
            await response(scope, receive, send)

    async def _answer(self, request: Request, trace: Trace) -> Response:
        """The response, with its timings if its trace is wanted. Logs every request but those for the page."""
        response = None
        try:
            response = await self._run(request)
        finally:
            if not isinstance(response, HTMLResponse):
                status = response.status_code if response else None
                self._log.note(trace, status=status)
                self._telemetry.note_request(trace, status)
        if trace.wanted:
            response.headers["server-timing"] = server_timing(trace.timeline())
        return response

    async def _run(self, request: Request) -> Response:
        """Raises HungUp."""
        attendance = request.scope[_ATTENDANCE] = Attendance(self._guard.deadline, request.receive)
        try:
            response = await attendance.answer(self.run(request))
            is_kept = request.method == "GET" and not isinstance(response, HTMLResponse)
            return revalidated(request, response) if is_kept else response
        except DeadlinePassed as error:
            return refuse(504, ErrorCode.DEADLINE_EXCEEDED, str(error))
        except Unauthenticated as error:
            return refuse_token(str(error))
        except KeysUnavailable as error:
            return refuse_without_keys(error)
        except RateLimited as error:
            return refuse(429, ErrorCode.RATE_LIMITED, error.message, headers={"retry-after": str(error.wait)})
        except HTTPException as error:
            headers = {"allow": "GET, POST"} if error.status_code == 405 else None
            code = _CODES.get(error.status_code, "BAD_REQUEST")
            return refuse(error.status_code, code, error.reason, headers=headers)

    async def render_graphql_ide(self, request: Request) -> Response:
        assert self._explorer is not None
        return self._explorer.page(request)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        def mark() -> None:
            if isinstance(response, Response):
                response.headers[written.HEADER] = written.write_mark(self._bound)

        viewer = await self._guard.viewer(request)
        recent = written.is_recent(request.headers.get(written.HEADER), self._bound)
        trace = current.get()
        if trace is not None and is_asked_for(request.headers.get(HEADER)):
            trace.wanted = may_trace(development=self._texts is not None, scopes=viewer.scopes)
        return build_context(
            self.stores.fresh if recent else self.stores.cached,
            self._currency,
            viewer,
            on_write=mark,
            address=address_of(request),
            wants_cost=COST_HEADER in request.headers,
        )

    async def execute_single(
        self,
        request: Request,
        request_adapter: Any,
        sub_response: Response,
        context: Context,
        root_value: None,
        request_data: GraphQLRequestData,
    ) -> Any:
        assert isinstance(context, RequestContext)
        request.scope[_ATTENDANCE].body_is_read = True
        query, extensions = request_data.query, request_data.extensions or {}
        try:
            request_data.query = await self._guard.documents.find(query, extensions)
        except Refused as error:
            return ExecutionResult(None, [error])
        result: Any = await self._execution.answer(request_data, context)
        if result is None:
            result = await super().execute_single(
                request, request_adapter, sub_response, context, root_value, request_data
            )
        elif context.wants_cost:
            result.extensions = self._guard.admission.results(context)
        if result.data is not None:
            await self._guard.documents.registered(query, extensions)
        sub_response.raw_headers += context.headers
        if request.method == "GET":
            trace = current.get()
            is_whole = not result.errors and not (trace is not None and trace.wanted)
            kept = self._guard.cache_control(context, extensions, is_whole=is_whole)
            sub_response.headers["cache-control"] = kept
        return result

    async def get_sub_response(self, request: Request | WebSocket) -> Response:
        sub_response = await super().get_sub_response(request)
        sub_response.media_type = pick_media_type(request.headers.get("accept"))
        if request.scope.get("method") == "GET":
            sub_response.headers.update({"cache-control": UNKEPT, "vary": f"accept, authorization, {written.HEADER}"})
        return sub_response

    def should_render_graphql_ide(self, request: Any) -> bool:
        return (
            request.method == "GET"
            and not _NAMES_A_DOCUMENT & set(request.query_params)
            and "text/html" in request.headers.get("accept", "")
        )

    async def parse_http_body(self, request: Any) -> GraphQLRequestData:
        if request.method == "GET":
            return _request_data(self.parse_query_params(request.query_params))
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        if media_type != JSON:
            raise HTTPException(415, f"The body must be of the type {JSON}.")
        return _request_data(self.parse_json(await request.get_body()))

    async def process_result(self, request: Request, result: ExecutionResult) -> Any:  # type: ignore[override]
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            errors = [format_error(error) for error in result.errors]
            answer["errors"] = errors if self._guard.suggestions else list(map(without_suggestions, errors))
            if result.data is None and not any(error.path for error in result.errors):
                del answer["data"]  # nothing was executed
        if result.extensions:
            answer["extensions"] = result.extensions
        trace = current.get()
        if trace is not None:
            trace.errors = len(result.errors or ())
            if trace.wanted:
                answer.setdefault("extensions", {})["trace"] = describe(trace, trace.timeline(), self._texts)
        return answer

    def create_response(self, response_data: Any, sub_response: Response) -> Response:
        media_type = sub_response.media_type or JSON
        status: int = 200
        headers: Mapping[str, str] | None = None
        if is_overloaded(response_data):
            status, headers = 503, {"retry-after": RETRY_AFTER}
        elif "data" not in response_data:
            status, headers = refusal_of(response_data["errors"], 400 if media_type == GRAPHQL_RESPONSE else 200)
        response = Response(
            self.encode_json(response_data),
            status_code=status,
            headers=headers,
            media_type=f"{media_type}; charset=utf-8",
        )
        response.raw_headers += sub_response.raw_headers
        return response

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> object:
        return orjson.loads(data)


def _request_data(parameters: Any) -> GraphQLRequestData:
    if isinstance(parameters, list):
        raise HTTPException(400, "Send one operation a request: batches are not taken.")
    if not isinstance(parameters, dict):
        raise HTTPException(400, "The request must be a JSON object.")
    extensions = _parameter(parameters, "extensions", dict, "an object")
    for name in ID_PARAMETERS:
        if parameters.get(name):
            extensions = (extensions or {}) | {DOCUMENT_ID: _parameter(parameters, name, str, "a string")}
    return GraphQLRequestData(
        query=_parameter(parameters, "query", str, "a string"),
        variables=_parameter(parameters, "variables", dict, "an object"),
        operation_name=_parameter(parameters, "operationName", str, "a string"),
        extensions=extensions,
    )


def _parameter(parameters: dict[str, Any], name: str, kind: type, expected: str) -> Any:
    value = parameters.get(name)
    if value in (None, ""):
        return None
    if not isinstance(value, kind):
        raise HTTPException(400, f"`{name}` must be {expected} or null.")
    return value
