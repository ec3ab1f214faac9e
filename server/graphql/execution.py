"""Execution: from a request's parameters to its result."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from graphql import ExecutionResult, GraphQLError, OperationDefinitionNode, OperationType, get_operation_ast

from executor import BatchedExecutor, Fallback
from schema.build import FreeholdSchema, build_schema
from server.admission.admission import Admission, MethodNotAllowed
from server.admission.examiner import Invalid
from server.admission.prepared_queries import Operation, PreparedQueries, PreparedQuery, build_prepared_queries
from server.graphql.context import RequestContext
from server.graphql.errors import MOST_TOLD
from server.graphql.parameters import Parameters
from server.graphql.response_cache import CacheKey, key_of
from server.http.errors import RequestError
from server.settings.security import SecuritySettings


class Execution:
    """Runs what passes these checks, in this order: the rate of a new document's examination; its limits and its
    validity; the operation's name; admission. What is refused has run nothing.
    """

    def __init__(
        self,
        schema: FreeholdSchema,
        queries: PreparedQueries,
        admission: Admission,
        executor: BatchedExecutor,
        *,
        suggestions: bool,
    ) -> None:
        self._schema = schema
        self._queries = queries
        self._admission = admission
        self._executor = executor
        self._options: dict[str, Any] = {"hide_suggestions": not suggestions, "max_coercion_errors": MOST_TOLD}

    async def answer(self, asked: Parameters, context: RequestContext) -> ExecutionResult:
        """The result, errors among it. Raises RequestError for a request without an operation.

        The query's text becomes that of the prepared query, so that whatever keeps a text keeps the same string.
        """
        if not asked.query:
            raise RequestError("BAD_REQUEST", "No GraphQL query found in the request")
        try:
            prepared = self._queries.find(asked.query) or await self._prepare(asked.query, context)
            asked.query = prepared.text
            try:
                operation = prepared.operation(asked.operation_name)
                charge = self._admission.admit(operation, asked.variables, context)
            except GraphQLError:
                await self._admission.charge_refusal(context)
                raise
            if charge is not None:
                await charge
            if context.trace is not None:
                context.trace.note(operation.name, operation.kind)
            key = _key(operation, asked, context)
            result = None if key is None else _find(key, context)
            if result is None:
                begun = self._execute(prepared, operation, asked, context)
                result = begun if isinstance(begun, ExecutionResult) else await begun
                if key is not None and prepared.needs.is_proved:
                    _keep(key, result, context)
        except Invalid as invalid:
            result = ExecutionResult(None, _errors(invalid, asked.operation_name, context))
        except GraphQLError as error:
            result = ExecutionResult(None, [error])
        except Exception as error:
            result = ExecutionResult(None, [GraphQLError(str(error), original_error=error)])
        if context.wants_cost:
            result.extensions = self._admission.results(context)
        return result

    async def _prepare(self, text: str, context: RequestContext) -> PreparedQuery:
        """Lets other requests go on afterwards: an examination takes some milliseconds."""
        await self._admission.charge_examination(text, context)
        prepared = self._queries.prepare(text)
        await asyncio.sleep(0)
        return prepared

    def _execute(
        self, prepared: PreparedQuery, operation: Operation, asked: Parameters, context: RequestContext
    ) -> ExecutionResult | Awaitable[ExecutionResult]:
        if operation.kind == "query":
            context.select(prepared.needs)
        given = (asked.variables, asked.operation_name, context)
        return self._executor.answer(prepared.document, self._schema, *given, options=self._options)


def build_execution(
    settings: SecuritySettings, admission: Admission, on_fallback: Callable[[Fallback], None]
) -> Execution:
    """Of the schema, with the settings' limits; `on_fallback` hears why the executor took a slower path."""
    schema = build_schema()
    executor = BatchedExecutor(structs=True, on_fallback=on_fallback)
    return Execution(
        schema, build_prepared_queries(settings, schema, executor), admission, executor, suggestions=settings.suggests
    )


def _errors(invalid: Invalid, operation_name: str | None, context: RequestContext) -> list[GraphQLError]:
    """What is wrong with an invalid document, or with its HTTP method. Raises RequestError if it has no operation."""
    if not any(isinstance(each, OperationDefinitionNode) for each in invalid.node.definitions):
        raise RequestError("BAD_REQUEST", "The document has no operation to execute.") from invalid
    operation = get_operation_ast(invalid.node, operation_name)
    if context.is_safe and operation is not None and operation.operation is OperationType.MUTATION:
        return [MethodNotAllowed()]
    return invalid.errors


def _key(operation: Operation, asked: Parameters, context: RequestContext) -> CacheKey | None:
    """The key of a cached response, if the request may be given one."""
    if context.responses is None or operation.kind != "query":
        return None
    return key_of(asked, context.viewer)


def _find(key: CacheKey, context: RequestContext) -> ExecutionResult | None:
    if context.responses is None:
        return None
    found = context.responses.find(key, context.viewer, context.loaders.listener)
    if found is None:
        return None
    context.viewer_mattered = found.viewer is not None
    return ExecutionResult(found.data)  # type: ignore[arg-type]


def _keep(key: CacheKey, result: ExecutionResult, context: RequestContext) -> None:
    """For later requests with this key, if everything that was read can be proved."""
    provenance = context.loaders.provenance
    if context.responses is not None and provenance is not None:
        viewer = context.viewer if context.viewer_mattered else None
        context.responses.keep(key, result, viewer, provenance)
