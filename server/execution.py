"""Execution: known queries the short way, everything else by Strawberry's pipeline.

What the pipeline asks of its extensions is asked here in the same order. The pipeline examines each document for the
first time, and answers mutations and whatever no plan does for.
"""

from collections.abc import Awaitable
from typing import Any, NamedTuple

from cross_web import HTTPException
from graphql import ExecutionResult, GraphQLError, OperationType
from strawberry.exceptions import MissingQueryError
from strawberry.http import GraphQLRequestData
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType as Allowed

from executor import BatchedExecutor
from executor.documents import Document as Planned
from schema.build import FreeholdSchema
from server.admission import Admission
from server.answers import Answers, Question, question
from server.context import RequestContext
from server.limits.documents import Document, Operation
from server.operation import note_operation
from server.recent import Recent
from server.trace import current

_MOST_KNOWN = 1000
_GREATEST = 1_000_000
"""Operations, and characters of their documents together, that are found at one look."""


class _Known(NamedTuple):
    """An operation as the admission knows it, and its document as the executor does."""

    document: Document
    operation: Operation
    planned: Planned


class Execution:
    """One schema's; the short way is for documents that the executor and the admission both remember."""

    def __init__(self, schema: FreeholdSchema, admission: Admission, executor: BatchedExecutor) -> None:
        self._schema = schema
        self._admission = admission
        self._executor = executor
        self._known = Recent[tuple[str, str | None], _Known](_MOST_KNOWN, _GREATEST)

    def answer(self, data: GraphQLRequestData, context: RequestContext, method: str) -> Awaitable[Any]:
        """The result, errors among it. Raises HTTPException for an operation that the HTTP method does not take."""
        known = self._find(data.query, data.operation_name) if data.query else None
        if known is None:
            return self._by_pipeline(data, context, method)
        return self._answer_known(known, data, context, method)

    def _find(self, text: str, name: str | None) -> _Known | None:
        known = self._known.get((text, name))
        if known is None:
            known = self._look_up(text, name)
            if known is not None:
                self._known.put((text, name), known, len(text))
        return known

    def _look_up(self, text: str, name: str | None) -> _Known | None:
        document, planned = self._admission.known(text), self._executor.find(self._schema, text)
        if document is None or planned is None:
            return None
        operation = document.operations.get(name)
        if operation is None or operation.type is not OperationType.QUERY:
            return None
        return _Known(document, operation, planned)

    async def _answer_known(self, known: _Known, data: GraphQLRequestData, context: RequestContext, method: str) -> Any:
        operation, answers = known.operation, context.answers
        try:
            await self._admission.check(operation, data.variables or {}, context)
            note_operation(operation.name, operation.type.value)
            asked = question(data) if answers else None
            result = _find_answer(answers, asked, context) if answers and asked else None
            if result is None:
                context.select(known.document.needs)
                running = self._executor.answer(
                    known.planned, self._schema, data.variables, data.operation_name, context
                )
                result = running if running is None or isinstance(running, ExecutionResult) else await running
                if answers and asked and result:
                    _keep(answers, asked, result, context)
        except Exception as error:  # as the pipeline does: the answer is an error
            if not isinstance(error, GraphQLError):
                error = GraphQLError(str(error), original_error=error)
            result = ExecutionResult(None, [error])
        if result is None:  # the odd case that the document has a plan, but not with these variables
            return await self._by_pipeline(data, context, method)
        if context.wants_cost:
            result.extensions = self._admission.results(context)
        return result

    async def _by_pipeline(self, data: GraphQLRequestData, context: RequestContext, method: str) -> Any:
        try:
            return await self._schema.execute(
                data.query,
                variable_values=data.variables,
                context_value=context,
                operation_name=data.operation_name,
                allowed_operation_types=Allowed.from_http("GET" if method == "GET" else "POST"),
                operation_extensions=data.extensions,
            )
        except CannotGetOperationTypeError as error:
            raise HTTPException(400, error.as_http_error_reason()) from error
        except InvalidOperationTypeError as error:
            raise HTTPException(400, error.as_http_error_reason(method)) from error
        except MissingQueryError as error:
            raise HTTPException(400, "No GraphQL query found in the request") from error


def _find_answer(answers: Answers, asked: Question, context: RequestContext) -> ExecutionResult | None:
    answer = answers.find(asked, context.viewer)
    if answer is None:
        return None
    context.viewer_mattered = answer.viewer is not None
    return ExecutionResult(answer.data)  # type: ignore[arg-type]


def _keep(answers: Answers, asked: Question, result: ExecutionResult, context: RequestContext) -> None:
    trace = current.get()
    if trace is not None and not trace.missed:
        answers.keep(asked, result, context.viewer if context.viewer_mattered else None, trace.events)
